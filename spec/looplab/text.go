package looplab

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"interlock/fsm"
	"interlock/spec"
)

// Text writes a spec with a machine for each table, and a system with nothing but one of it, so that it can be checked as it
// is. The diagnostics, all of them warnings, say what looplab does that the text does not, with the places of the tables.
// Text fails for a table that is too large for a spec.
func Text(name string, tables []Table) (text []byte, said []spec.Diagnostic, err error) {
	w := &writer{}
	plans := make([]*plan, len(tables))
	for i := range tables {
		plans[i] = fileTable(&tables[i])
		w.warn(plans[i])
	}
	w.top(name, plans)
	for _, p := range plans {
		w.machine(p)
	}
	text, diagnostics := spec.Format([]byte(w.String()), "imported")
	if spec.HasErrors(diagnostics) {
		return nil, nil, fmt.Errorf("looplab: no spec can say this: %w", diagnostics[0])
	}
	return text, w.said, nil
}

// writer writes the text; the formatter puts it into shape.
type writer struct {
	strings.Builder
	said    []spec.Diagnostic
	items   namer           // what is declared in the file: machines, systems, effects, guards
	effects map[hook]string // what a callback has become
	guards  map[hook]string
}

func (w *writer) line(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

// top writes the head of the file, and what the machines share: an effect or a guard for each callback. Callbacks of several
// tables with one key share theirs.
func (w *writer) top(name string, plans []*plan) {
	w.effects, w.guards = map[hook]string{}, map[hook]string{}
	w.line("fsm 1\n")
	w.line("// Made of tables of github.com/looplab/fsm. Callbacks are effects, in the order in which looplab calls them. One that can")
	w.line("// cancel is a guard of the host.")
	var names namer
	w.line("spec %s\n", names.name(strings.ToLower(name), "imported"))
	for _, p := range plans {
		p.Name = w.items.name(capital(plainName(p.Name, "Machine")), "Machine")
	}
	for _, p := range plans {
		for i, c := range p.Callbacks {
			h := p.filed[i].hook
			if !p.filed[i].called || h.target == "" {
				continue
			}
			if c.guards(h.point) && w.guards[h] == "" {
				w.guards[h] = w.items.name("May"+h.words(), "May")
				w.line("// %s is false where the callback %s cancels.\nextern guard %s\n", w.guards[h], shortened(c.Key), w.guards[h])
			} else if !c.guards(h.point) && w.effects[h] == "" {
				w.effects[h] = w.items.name(pointWords[h.point]+compound(h.target), "Effect")
				w.line("// %s is what the callback %s does.\neffect %s\n", w.effects[h], shortened(c.Key), w.effects[h])
			}
		}
	}
}

var pointWords = [...]string{Before: "Before", Leave: "Leave", Enter: "Enter", After: "After"}

// words is what the guard of a hook is called by.
func (h hook) words() string {
	if h.point == Leave {
		return pointWords[Leave] + compound(h.target)
	}
	return compound(h.target)
}

// machine writes a machine and its system.
func (w *writer) machine(p *plan) {
	states, events := map[string]string{}, map[string]string{}
	names, taken := avoiding(methodNames...), slices.Clip(typeNames)
	for _, e := range p.events {
		events[e] = names.name(e, "Event")
		taken = append(taken, "On"+events[e])
	}
	for _, effect := range w.effects { // the order of what is taken does not matter
		taken = append(taken, "Do"+effect)
	}
	names = avoiding(taken...)
	for _, s := range p.states {
		states[s] = names.name(s, "In")
	}
	w.machineDoc(p)
	w.line("machine %s {", p.Name)
	for _, e := range p.events {
		w.original(e, events[e])
		w.line("input %s", events[e])
	}
	for i, s := range p.states {
		w.line("")
		w.original(s, states[s])
		w.state(p, i, states, events)
	}
	w.line("}\n")
	w.line("system %s {\nm %s\n}\n", w.items.name("Lone"+p.Name, "System"), p.Name)
}

// machineDoc says where the machine comes from, and of the callbacks for all events or states.
func (w *writer) machineDoc(p *plan) {
	from := "a table"
	if !p.Span.IsZero() {
		from = "fsm.NewFSM at " + strconv.Quote(path.Base(p.Span.File)) + ", line " + strconv.Itoa(p.Span.Line)
	}
	w.line("// %s is what %s makes.", p.Name, from)
	var missing []string
	for _, at := range p.Missing {
		if line := strconv.Itoa(at.Line); !slices.Contains(missing, line) {
			missing = append(missing, line)
		}
	}
	if len(missing) > 0 {
		w.line("// Something is missing: see what was said of line %s.", strings.Join(missing, ", "))
	}
	for i, c := range p.Callbacks {
		if p.filed[i].called && p.filed[i].target == "" {
			w.line("// The callback %s is not here: see fsm.Observe.", shortened(c.Key))
		}
	}
}

// original is the comment that says what looplab calls something.
func (w *writer) original(text, name string) {
	if text != name {
		w.line("// %s is %s in looplab/fsm.", name, shortened(text))
	}
}

// shortened quotes a text, in one line of bounded length.
func shortened(text string) string {
	const most = 200
	if len(text) > most {
		return strconv.Quote(text[:most]) + " and so on"
	}
	return strconv.Quote(text)
}

// state writes a state: final where no event leads to another, if all events are known.
func (w *writer) state(p *plan, i int, states, events map[string]string) {
	s, kind := p.states[i], ""
	if i == 0 {
		kind = "initial "
	}
	if p.stuck(s) && !p.Partial {
		kind += "final "
	}
	var on []string
	for _, i := range p.from[s] {
		on = append(on, "on "+events[p.moves[i].event]+w.transition(p, p.moves[i], states))
	}
	if len(on) == 0 {
		w.line("%sstate %s", kind, states[s])
		return
	}
	w.line("%sstate %s {\n%s\n}", kind, states[s], strings.Join(on, "\n"))
}

// transition writes what an event does: guards, where it leads, and what is called on the way.
func (w *writer) transition(p *plan, m move, states map[string]string) string {
	hooks := []hook{{Before, m.event}, {Leave, m.src}, {Enter, m.dst}, {After, m.event}}
	arrow := " -> " + states[m.dst]
	if m.dst == m.src {
		hooks, arrow = []hook{hooks[0], hooks[3]}, ""
	}
	var guards, body []string
	for _, h := range hooks {
		i, there := p.hooks[h]
		switch {
		case !there || h.target == "":
		case p.Callbacks[i].guards(h.point):
			guards = append(guards, w.guards[h]+"()")
		default:
			body = append(body, "do "+w.effects[h])
		}
	}
	text := ""
	if len(guards) > 0 {
		text = " when " + strings.Join(guards, " && ")
	}
	text += arrow
	if len(body) > 0 {
		text += " { " + strings.Join(body, "; ") + " }"
	}
	return text
}

// warn says what looplab does with the table that the text does not say.
func (w *writer) warn(p *plan) {
	for _, old := range p.overridden {
		now := p.moves[p.at[[2]string{old.event, old.src}]]
		w.say("looplab-twice", now.span, old.span, "it said so here first", "Take out the one that is not meant.",
			"event %s has two destinations from state %s: looplab takes the later, %s", shortened(old.event), shortened(old.src), shortened(now.dst))
	}
	for i, c := range p.Callbacks {
		w.warnOf(p.filed[i], c)
	}
}

// warnOf says what becomes of a callback, where that is not an effect that is called as it was.
func (w *writer) warnOf(h filed, c Callback) {
	say := func(code, help, format string) {
		w.say(code, c.Span, fsm.Span{}, "", help, format, shortened(c.Key))
	}
	switch {
	case h.twin:
		say("looplab-callback", "Take out the one that is not meant.", "callback %s has the place of another one: looplab calls either")
		return
	case !h.called:
		say("looplab-callback", "Name a state or an event of the table.", "callback %s names nothing in the table: looplab never calls it")
		return
	case h.target == "" && c.guards(h.point) && c.Cancels:
		say("looplab-callback", "Cancel in the callback of the event, such as before_open: it becomes a guard.", "callback %s may cancel any transition, and the spec does not say so")
	case h.target == "":
		say("looplab-callback", "fsm.Observe tells of each step of the generated code.", "callback %s is called for all, and has no place in the spec")
	case h.point <= Leave && c.Unseen && !c.Cancels:
		say("looplab-callback", "If it never cancels, take the guard out of the spec.", "what callback %s does is not among what is read: it is taken for one that may cancel")
	}
	if h.point > Leave && c.Cancels {
		say("looplab-late", "Cancel in a callback before the event, or when the state is left.", "callback %s cancels when the transition has been made: looplab stays in the new state")
	}
	if h.point == Leave && c.Delays {
		say("looplab-async", "Add a state in which the machine waits, and an input that ends it.", "callback %s makes the transition asynchronous; in the spec it is one step")
	}
}

func (w *writer) say(code string, at, other fsm.Span, why, help, format string, args ...any) {
	d := spec.Diagnostic{Code: code, Severity: spec.Warning, Message: fmt.Sprintf(format, args...), Span: at, Help: help}
	if !other.IsZero() {
		d.Labels = []spec.Label{{Span: other, Text: why}}
	}
	w.said = append(w.said, d)
}
