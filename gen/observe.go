package gen

import (
	"fmt"
	"strconv"
	"strings"

	"interlock/fsm"
)

// What generated code tells whoever observes: events and effects as texts, in the words of scenarios and traces.

// phrase is one case of a generated String: what is printed for a kind, without and with what it carries.
type phrase struct {
	kind   string   // Go constant
	format string   // of fmt.Sprintf; "" where the name of the kind says all
	values []string // Go expressions
}

// args adds the parameters in brackets, if there are any.
func (p *phrase) args(g *generator, texts []string, types []*fsm.Type) {
	for i, text := range texts {
		sep := ", "
		if i == 0 {
			sep = "("
		}
		verb, value := g.printed(types[i], text)
		p.format += sep + verb
		p.values = append(p.values, value)
	}
	if len(texts) > 0 {
		p.format += ")"
	}
}

// printed is how a value of type t is printed as [fsm.Type.Format] does: a verb of fmt and the Go expression for it.
func (g *generator) printed(t *fsm.Type, value string) (verb, text string) {
	if t == nil || t.Kind != fsm.Set {
		return "%v", value
	}
	call := fmt.Sprintf("fsm.SetText(int64(%s), %d", value, t.Elem.Lo)
	switch t.Elem.Kind {
	case fsm.Enum:
		for _, v := range t.Elem.Values {
			call += ", " + strconv.Quote(v.Name)
		}
	case fsm.Bool:
		call += `, "false", "true"`
	}
	return "%s", call + ")"
}

// phrases writes the method String of a plain event or effect.
func (g *generator) phrases(typ, doc string, list []phrase) {
	g.method(typ, "String", "the generated method String")
	g.w.doc("String is "+doc+".", "")
	g.w.p("func (e %s) String() string {", typ)
	some := false
	for _, p := range list {
		if len(p.values) == 0 {
			continue
		}
		if !some {
			g.w.p("switch e.Kind {")
			g.w.use("fmt")
			some = true
		}
		g.w.p("case %s:", p.kind)
		g.w.p("return fmt.Sprintf(%q, %s)", p.format, strings.Join(p.values, ", "))
	}
	if some {
		g.w.p("}")
	}
	g.w.p("return e.Kind.String()")
	g.w.p("}\n")
}

// eventPhrase is an event with its arguments, those that the spec names: what the host answered or chose is not written.
func eventPhrase(g *generator, kind, name string, args []arg) phrase {
	p := phrase{kind: kind, format: name}
	var texts []string
	var types []*fsm.Type
	for _, a := range args {
		if a.role == rolePlain {
			texts, types = append(texts, "e."+a.field), append(types, a.typ)
		}
	}
	p.args(g, texts, types)
	return p
}

const (
	eventWords  = "the event as scenarios write it, with its arguments"
	effectWords = "the effect as the spec writes it, with its arguments"
)

// machineTexts writes the texts of a machine's events and effects.
func (g *generator) machineTexts(m *machine) {
	var events, effects []phrase
	for _, e := range m.events {
		events = append(events, eventPhrase(g, e.kind, e.Name, e.args))
	}
	for _, k := range m.orders.kinds {
		effects = append(effects, effectPhrase(g, m, k, k.name, "", k.fields))
	}
	g.phrases(m.name+"Event", eventWords, events)
	g.phrases(m.name+"Effect", effectWords, effects)
}

// effectPhrase is one kind of effect, with the index of the receiver where there are several.
func effectPhrase(g *generator, m *machine, k *orderKind, kind, before string, fields []string) phrase {
	p := phrase{kind: kind, format: before + k.text}
	if before != "" && strings.Contains(before, "%d") {
		p.values = append(p.values, "e.Index")
	}
	if k.op == fsm.Send && m.Peers[k.peer].Len > 0 {
		p.format = fmt.Sprintf("%ssend %s[%%d] %s", before, m.Peers[k.peer].Name, g.spec.Messages[k.message].Name)
		p.values = append(p.values, "e.To")
	}
	var texts []string
	var types []*fsm.Type
	for i, f := range fields {
		texts, types = append(texts, "e."+f), append(types, k.params[i].Type)
	}
	p.args(g, texts, types)
	return p
}

// systemTexts writes the texts of a joint machine's events and effects, which name the instance.
func (g *generator) systemTexts(s *system) {
	var events, effects []phrase
	for _, r := range s.roots {
		name, args := r.text, r.args
		var index []string
		if r.group != nil && r.group.array {
			name, args = fmt.Sprintf("%s[%%d].%s", r.group.source, r.event.Name), args[1:]
			index = []string{"e." + r.args[0].field}
		}
		p := eventPhrase(g, r.kind, name, args)
		p.values = append(index, p.values...)
		events = append(events, p)
	}
	for _, k := range s.kinds {
		before := k.group.source + ": "
		if k.group.array {
			before = k.group.source + "[%d]: "
		}
		effects = append(effects, effectPhrase(g, k.group.machine, k.orderKind, k.goName, before, k.fields))
	}
	g.phrases(s.name+"Event", eventWords, events)
	g.phrases(s.name+"Effect", effectWords, effects)
}

// tellMethod writes what makes an observation of an event, and what hands it on.
func (g *generator) tellMethod(name, source string) {
	effects := name + "Effects"
	g.method(effects, "observation", "the generated method observation")
	g.w.p("// observation is what observers are told of a step that was taken.")
	g.w.p("func (e *%s) observation(event %sEvent) fsm.Observation {", effects, name)
	g.w.p("o := fsm.Observation{Spec: SpecDigest, Machine: %q, Event: event.Kind.String(), Call: event.String(),", source)
	g.w.p("From: e.From().String(), To: e.To().String(), Delivery: e.Delivery()}")
	g.w.p("for effect := range e.All() {")
	g.w.p("o.Effects = append(o.Effects, effect.String())")
	g.w.p("}")
	g.w.p("return o")
	g.w.p("}\n")
	g.method(effects, "tell", "the generated method tell")
	g.w.p("// tell lets the observers know of an event and of what became of it.")
	g.w.p("func (e *%s) tell(event %sEvent, seq uint64, err error) {", effects, name)
	g.w.p("o := e.observation(event)")
	g.w.p("o.Seq = seq")
	g.w.p("fsm.TellOutcome(o, err)")
	g.w.p("}\n")
}

// tell writes what follows an event: whoever observes is told of it.
func (g *generator) tell(event, seq string) {
	g.w.p("if fsm.Observed() {")
	g.w.p("out.tell(%s, %s, err)", event, seq)
	g.w.p("}")
}

// eventLiteral is a plain event as a Go expression, where the arguments are at hand under their names.
func eventLiteral(name, kind string, args []arg) string {
	text := name + "Event{Kind: " + kind
	for _, a := range args {
		text += ", " + a.field + ": " + a.name
	}
	return text + "}"
}
