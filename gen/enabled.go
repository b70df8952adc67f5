package gen

import (
	"fmt"
	"strings"
)

// maxTried bounds the combinations of arguments of one event that EnabledEvents tries. The language lets no input have more; a message
// can, and so can guards of the host and free choices beside the parameters.
const maxTried = 4096

// tried is an event whose arguments are tried.
type tried struct {
	kind, name string
	args       []arg
	indices    int // of the argument that is an index, the instances
}

// combinations is how many there are, or more than maxTried.
func (t tried) combinations() int {
	n := 1
	for _, a := range t.args {
		span := int64(t.indices)
		if a.typ != nil {
			span = a.typ.Hi - a.typ.Lo + 1
		}
		if span > maxTried {
			return maxTried + 1
		}
		n = min(n*int(span), maxTried+1)
	}
	return n
}

func (g *generator) machineEnabled(m *machine) {
	var all []tried
	for _, e := range m.events {
		all = append(all, tried{kind: e.kind, name: e.Name, args: e.args})
	}
	g.enabled(m.name, "m", "*"+m.name, "at := *m\n", "at", all)
}

func (g *generator) systemEnabled(s *system) {
	var all []tried
	for _, r := range s.roots {
		all = append(all, s.tried(r))
	}
	g.enabled(s.name, "s", s.name, "", "s", all)
}

// enabled writes what gives the events that are possible now. Step itself is asked, so that it cannot be of another opinion.
func (g *generator) enabled(typ, r, receiver, prepare, at string, all []tried) {
	var left []string
	text := g.aside(func() {
		for _, t := range all {
			if t.combinations() > maxTried {
				left = append(left, t.name)
				continue
			}
			g.tryAll(typ, at, t)
		}
	})
	doc := "EnabledEvents gives every event that Step would not refuse now, with all arguments, in order. Now is the time of the call: the " +
		"loop may take them. A message that would be ignored or deferred is not refused."
	kinds := "EnabledKinds gives the kinds of EnabledEvents."
	if len(left) > 0 {
		not := fmt.Sprintf(" Left out, for more than %d combinations of arguments: %s. Ask Can.", maxTried, strings.Join(left, ", "))
		doc, kinds = doc+not, kinds+not
	}
	g.w.use("iter")
	g.method(typ, "EnabledEvents", "the generated method EnabledEvents")
	g.w.doc(doc, "")
	g.w.p("func (%s %s) EnabledEvents() iter.Seq[%sEvent] {", r, receiver, typ)
	if text == "" {
		g.w.p("return func(func(%sEvent) bool) {}", typ)
	} else {
		g.w.WriteString(prepare)
		g.w.p("return func(yield func(%sEvent) bool) {", typ)
		g.w.WriteString(text)
		g.w.p("}")
	}
	g.w.p("}\n")
	g.method(typ, "EnabledKinds", "the generated method EnabledKinds")
	g.w.doc(kinds, "")
	g.w.p("func (%s %s) EnabledKinds() iter.Seq[%sEventKind] {", r, receiver, typ)
	g.w.p("events := %s.EnabledEvents()", r)
	g.w.p("return func(yield func(%sEventKind) bool) {", typ)
	g.w.p("last := -1")
	g.w.p("for event := range events {")
	g.w.p("if int(event.Kind) == last {\ncontinue\n}")
	g.w.p("if last = int(event.Kind); !yield(event.Kind) {\nreturn\n}")
	g.w.p("}")
	g.w.p("}")
	g.w.p("}\n")
}

// tryAll writes the loops over the arguments of one event.
func (g *generator) tryAll(typ, at string, t tried) {
	fields := g.argLoops(t)
	g.w.p("if event := (%sEvent{%s}); %s.Can(event) && !yield(event) {", typ, strings.Join(fields, ", "), at)
	g.w.p("return")
	g.w.p("}")
	g.w.WriteString(strings.Repeat("}\n", len(t.args)))
}

// argLoops opens a loop for each argument of an event, the last one fastest, and returns the fields of the plain event.
func (g *generator) argLoops(t tried) []string {
	fields := []string{"Kind: " + t.kind}
	for i, a := range t.args {
		switch {
		case a.typ == nil:
			g.w.p("for arg%d := range %d {", i, t.indices)
			fields = append(fields, fmt.Sprintf("%s: arg%d", a.field, i))
		case a.goType == "bool":
			g.w.p("for arg%d := range fsm.Values(0, 1) {", i)
			fields = append(fields, fmt.Sprintf("%s: arg%d != 0", a.field, i))
		default:
			g.w.p("for arg%d := range fsm.Values(%d, %d) {", i, a.typ.Lo, a.typ.Hi)
			fields = append(fields, fmt.Sprintf("%s: %s(arg%d)", a.field, a.goType, i))
		}
	}
	return fields
}
