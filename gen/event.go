package gen

import (
	"fmt"
	"strings"

	"interlock/fsm"
)

// machineViews writes what can be asked of a machine.
func (g *generator) machineViews(m *machine) {
	view := func(name, what, doc, specDoc, result, text string) {
		g.method(m.name, name, what)
		g.w.doc(name+" "+doc, specDoc)
		g.w.p("func (m *%s) %s() %s { return %s }\n", m.name, name, result, text)
	}
	view("State", "the generated method State", "is the state that the machine is in.", "", m.name+"State", "m.state")
	for i, p := range m.Params {
		view(exported(p.Name), "the parameter "+p.Name+" of "+m.Name, "is the parameter "+p.Name+".", p.Doc, g.goType(p.Type), "m."+m.params[i])
	}
	for i, v := range m.Vars {
		if v.Ghost {
			continue
		}
		view(exported(v.Name), "the variable "+v.Name+" of "+m.Name, "is the variable "+v.Name+".", v.Doc, g.goType(v.Type), "m."+m.fields[i])
		if v.Shared {
			g.sharedSetter(m, v, m.fields[i])
		}
	}
	for i, t := range m.Timers {
		name := exported(t.Name) + "Armed"
		view(name, "the timer "+t.Name+" of "+m.Name, "reports whether the timer "+t.Name+" runs.", t.Doc, "bool",
			fmt.Sprintf("m.armed&%#x != 0", uint64(1)<<i))
	}
}

// sharedSetter writes how the host hands a shared variable to the machine.
func (g *generator) sharedSetter(m *machine, v fsm.Var, field string) {
	name := "Set" + exported(v.Name)
	g.method(m.name, name, "the shared variable "+v.Name+" of "+m.Name)
	g.w.doc(name+" hands the machine the shared variable "+v.Name+", as it is now. The error says that it is outside its type.", "")
	value := arg{name: "value", typ: v.Type, goType: g.goType(v.Type)}
	g.w.p("func (m *%s) %s(%s) error {", m.name, name, signature([]arg{value}))
	g.argChecks([]arg{value}, fmt.Sprintf("%s%s.Refuse(int(m.state), %d, fsm.CauseArgument)", m.low, suffixRefusals, len(m.Events)))
	g.w.p("m.%s = value", field)
	g.w.p("return nil")
	g.w.p("}\n")
}

// eventDoc writes what the exported method of an event is.
func (g *generator) eventDoc(e *event) {
	doc := map[fsm.EventKind]string{
		fsm.Input:    "%s takes the input %s.",
		fsm.Internal: "%s takes the internal step %s.",
		fsm.Receive:  "%s handles the message %s.",
		fsm.Fire:     "%s is the end of the timer %s, which must be armed.",
	}[e.Kind]
	g.w.doc(fmt.Sprintf(doc, e.method, e.Name)+argDoc(g, e.args), withParams(e.Doc, e.Params))
}

// eventMethod writes the exported method of an event: the core, and what it returns.
func (g *generator) eventMethod(m *machine, index int, e *event) {
	g.eventDoc(e)
	g.w.p("func (m *%s) %s(%s) (out %sEffects, err error) {", m.name, e.method, signature(e.args), m.name)
	call := fmt.Sprintf("m.%s(%s)", e.core, strings.Join(append([]string{"&out"}, argNames(e.args)...), ", "))
	g.machineTakes(m, m.answers(index), call, e.kind)
	g.tell(eventLiteral(m.name, e.kind, e.args), "0")
	g.w.p("return out, err")
	g.w.p("}\n")
}

// withParams is what the spec says about something, and then about its parameters, a line each.
func withParams(doc string, params []fsmParam) string {
	for _, p := range params {
		if lines := commentLines(p.Doc); len(lines) > 0 {
			doc += fmt.Sprintf("\n\n%s: %s", p.Name, strings.Join(lines, " "))
		}
	}
	return strings.TrimLeft(doc, "\n")
}

// sentence ends a text as one.
func sentence(text string) string {
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// argDoc says what the parameters are that the spec does not name as such.
func argDoc(g *generator, args []arg) string {
	text := ""
	for _, a := range args {
		switch a.role {
		case roleFrom:
			text += " The argument from is the sender's index in its array."
		case roleExtern:
			text += fmt.Sprintf(" The argument %s is the host's answer to the guard %s.", a.name, g.spec.Externs[a.extern].Name)
			if lines := commentLines(g.spec.Externs[a.extern].Doc); len(lines) > 0 {
				text += " " + sentence(strings.Join(lines, " "))
			}
		case roleAny:
			text += fmt.Sprintf(" The argument %s is the host's choice.", a.name)
		}
	}
	return text
}

// eventCore writes the method that handles an event on the receiver itself.
func (g *generator) eventCore(m *machine, index int, e *event) {
	p := &place{g: g, machine: m, externs: e.externs, anys: e.anys}
	params := e.args
	for len(params) > 0 && params[0].role == roleFrom {
		params = params[1:]
	}
	p.param = func(i int) code { return atom(params[i].goType, "%s", params[i].name) }
	p.fromType = fromType(e.args)
	g.method(m.name, e.core, "the generated method "+e.core)
	g.w.p("// %s is %s without the outcome. Where it fails, m and out are as they were.", e.core, e.method)
	args := append([]arg{{name: "out", goType: "*" + m.name + "Effects"}}, e.args...)
	p.undo = "*m = old\n"
	if g.silent(m, index) {
		args[0].name = "_"
	} else {
		p.undo = fmt.Sprintf("*m, *out = old, %sEffects{}\n", m.name)
	}
	g.w.p("func (m *%s) %s(%s) fsm.Cause {", m.name, e.core, signature(args))
	g.argChecks(e.args, "fsm.CauseArgument")
	g.answerChecks(p, e)
	if e.Kind == fsm.Fire {
		bit := uint64(1) << e.Timer
		g.w.p("if m.armed&%#x == 0 {", bit)
		g.w.p("return fsm.CauseTimer")
		g.w.p("}")
		g.w.p("m.armed &^= %#x", bit) // which guards see
		p.rearm = fmt.Sprintf("m.armed |= %#x\n", bit)
	}
	cases := g.eventCases(p, m, index)
	g.declareBad(p)
	g.declareAt(texts(cases), m.name+"Effect")
	if len(cases) > 0 {
		g.w.p("switch m.state {")
		for _, c := range cases {
			g.w.p("case %s:\n%s", strings.Join(c.states, ", "), strings.TrimSuffix(c.text, "\n"))
		}
		g.w.p("}")
	}
	g.w.p("%sreturn fsm.CauseState", p.rearm)
	g.w.p("}\n")
}

func fromType(args []arg) string {
	for _, a := range args {
		if a.role == roleFrom {
			return a.goType
		}
	}
	return ""
}

// silent reports whether nothing that answers the event writes to its effects.
func (g *generator) silent(m *machine, index int) bool {
	for _, t := range m.Transitions {
		if t.Event == index && (t.Answer != fsm.Take || orders(t.Body) > 0) {
			return false
		}
	}
	return true
}

// answerChecks refuses two different answers to one question.
func (g *generator) answerChecks(p *place, e *event) {
	for i, a := range e.asks {
		for _, b := range e.asks[:i] {
			if a.Index != b.Index {
				continue
			}
			same := &fsm.Expr{Op: fsm.OpAnd, Type: fsm.BoolType}
			for k := range a.Args {
				same.Args = append(same.Args, &fsm.Expr{Op: fsm.OpEq, Type: fsm.BoolType, Args: []*fsm.Expr{a.Args[k], b.Args[k]}})
			}
			c := p.expr(same)
			if c.text == "false" {
				continue
			}
			g.w.p("if %s && %s != %s {", c.in(precAnd), e.externs[externKey(a)], e.externs[externKey(b)])
			g.w.p("return fsm.CauseArgument")
			g.w.p("}")
		}
	}
}

// stateCase is what several states do with an event.
type stateCase struct {
	states []string
	text   string
}

func texts(cases []stateCase) string {
	var b strings.Builder
	for _, c := range cases {
		b.WriteString(c.text)
	}
	return b.String()
}

// eventCases writes what each state does with the event; states that do the same come together.
func (g *generator) eventCases(p *place, m *machine, index int) []stateCase {
	var cases []stateCase
	at := map[string]int{}
	for i, s := range m.States {
		text := g.aside(func() { g.levels(p, m, s.On[index]) })
		if text == "" {
			continue
		}
		if k, ok := at[text]; ok {
			cases[k].states = append(cases[k].states, m.states[i])
			continue
		}
		at[text] = len(cases)
		cases = append(cases, stateCase{[]string{m.states[i]}, text})
	}
	return cases
}

// levels writes the answer of one state: level by level, until one has an enabled transition.
func (g *generator) levels(p *place, m *machine, levels []fsm.Level) {
	outer := p.facts
	defer func() { p.facts = outer }()
	guards := 0
	for _, level := range levels {
		if len(level) == 1 {
			t := m.Transitions[level[0]]
			if t.Guard == nil {
				g.answer(p, m, t)
				return
			}
			guard := p.expr(t.Guard)
			if !p.fallible(t.Guard) {
				if guard.text == "true" {
					g.answer(p, m, t)
					return
				}
				if guard.text != "false" {
					g.answerIf(p, m, guard.text, t)
				}
				continue
			}
		}
		guards = g.level(p, m, level, guards)
	}
}

// answerIf writes what a transition does where its guard holds. Behind it, the guard is known not to.
func (g *generator) answerIf(p *place, m *machine, guard string, t *fsm.Transition) {
	g.w.p("if %s {", guard)
	g.answer(p, m, t)
	g.w.p("}")
	if t.Guard != nil {
		p.assumeNot(t.Guard)
	}
}

// level writes a level of several transitions: all guards first, since two that hold are one too many.
func (g *generator) level(p *place, m *machine, level fsm.Level, guards int) int {
	if g.apart(p, m, level) {
		for _, i := range level {
			g.answerIf(p, m, p.expr(m.Transitions[i].Guard).text, m.Transitions[i])
		}
		return guards
	}
	var names []string
	fallible := false
	for _, i := range level {
		name := fmt.Sprintf("enabled%d", guards)
		guards++
		names = append(names, name)
		text := "true"
		if guard := m.Transitions[i].Guard; guard != nil {
			text = p.expr(guard).text
			fallible = fallible || p.fallible(guard)
		}
		g.w.p("%s := %s", name, text)
	}
	if fallible && p.checks {
		g.w.p("if bad.Failed() {\n%sreturn fsm.CauseRange\n}", p.rearm)
	}
	switch {
	case len(names) == 2:
		g.w.p("if %s && %s {", names[0], names[1])
	case len(names) > 2:
		g.w.p("if fsm.Count(%s) > 1 {", strings.Join(names, ", "))
	}
	if len(names) > 1 {
		g.w.p("%sreturn fsm.CauseOverlap", p.rearm)
		g.w.p("}")
	}
	for k, i := range level {
		g.answerIf(p, m, names[k], m.Transitions[i])
	}
	return guards
}

// apart reports whether at most one transition of a level can be enabled, and no guard can fail.
func (g *generator) apart(p *place, m *machine, level fsm.Level) bool {
	for k, i := range level {
		guard := m.Transitions[i].Guard
		if guard == nil || p.fallible(guard) {
			return false
		}
		for _, other := range level[:k] {
			if !p.disjoint(m.Transitions[other].Guard, guard) {
				return false
			}
		}
	}
	return len(level) > 1
}

// answer writes what a transition does, and returns.
func (g *generator) answer(p *place, m *machine, t *fsm.Transition) {
	switch t.Answer {
	case fsm.Ignore:
		g.w.p("out.delivery = fsm.DeliveryIgnored")
	case fsm.Defer:
		g.w.p("out.delivery = fsm.DeliveryDeferred")
	default:
		g.transition(p, t)
		if t.Target != fsm.Stay && t.Target != t.State {
			g.w.p("m.state = %s", m.states[t.Target])
		}
	}
	g.w.p("return fsm.CauseNone")
}

// transition writes the body of a transition, and takes it back where a value would leave its range.
func (g *generator) transition(p *place, t *fsm.Transition) {
	outer, facts := p.checks, p.facts
	p.checks = false
	p.assume(t.Guard)
	if p.undo != "" {
		p.placed = 1
	}
	text := g.aside(func() { p.body(t.Body); p.settle() })
	undo := ""
	if p.checks && p.undo != "" {
		g.w.p("old := *m")
		undo = p.undo
	}
	g.w.WriteString(text)
	if p.checks {
		g.w.p("if bad.Failed() {\n%s%sreturn fsm.CauseRange\n}", undo, p.rearm)
	}
	p.checks, p.facts = p.checks || outer, facts
}

// machineStep writes what takes plain events.
func (g *generator) machineStep(m *machine) {
	g.method(m.name, "handle", "the generated method handle")
	g.w.p("func (m *%s) handle(out *%sEffects, event %sEvent) fsm.Cause {", m.name, m.name, m.name)
	if len(m.events) > 0 {
		g.w.p("switch event.Kind {")
	}
	for _, e := range m.events {
		args := []string{"out"}
		for _, a := range e.args {
			args = append(args, "event."+a.field)
		}
		g.w.p("case %s:", e.kind)
		g.w.p("return m.%s(%s)", e.core, strings.Join(args, ", "))
	}
	if len(m.events) > 0 {
		g.w.p("}")
	}
	g.w.p("return fsm.CauseArgument")
	g.w.p("}\n")
	g.method(m.name, "Step", "the generated method Step")
	g.w.doc("Step is the method of the event's kind.", "")
	g.w.p("func (m *%s) Step(event %sEvent) (out %sEffects, err error) {", m.name, m.name, m.name)
	g.machineTakes(m, g.answered(m), "m.handle(&out, event)", "event.Kind")
	g.tell("event", "0")
	g.w.p("return out, err")
	g.w.p("}\n")
	g.method(m.name, "Can", "the generated method Can")
	g.w.doc("Can reports whether Step would not refuse the event. A message that would be deferred is not refused.", "")
	g.w.p("func (m *%s) Can(event %sEvent) bool {", m.name, m.name)
	g.w.p("next, out := *m, %sEffects{}", m.name)
	g.w.p("return next.handle(&out, event) == fsm.CauseNone")
	g.w.p("}\n")
	g.machineSuccessor(m)
}

// machineFinish writes the end of every step, and the errors of those that are refused.
func (g *generator) machineFinish(m *machine) {
	g.refusals(m)
	effects := m.name + "Effects"
	g.method(effects, "took", "the generated method took")
	g.w.p("// took notes that a step has ended.")
	g.w.p("func (e *%s) took(from, to %sState) {", effects, m.name)
	g.w.p("e.from, e.to = from, to")
	g.w.p("if e.delivery == fsm.DeliveryRefused {")
	g.w.p("e.delivery = fsm.DeliveryTaken")
	g.w.p("}")
	g.w.p("}\n")
}
