package gen

import (
	"fmt"
	"strings"

	"interlock/fsm"
)

// machine writes everything of one machine.
func (g *generator) machine(m *machine) {
	g.machineStates(m)
	g.machineEvents(m)
	m.table = g.planTable(m)
	g.machineOrders(m)
	g.machineStruct(m)
	g.machineNew(m)
	g.machineRestart(m)
	g.machineViews(m)
	if m.table != nil {
		g.machineTable(m)
	} else {
		g.machineSwitch(m)
	}
	g.machineTexts(m)
	g.tellMethod(m.name, m.Name)
	g.machineEnabled(m)
	g.machineSnapshot(m)
}

// machineSwitch writes the methods of a machine whose events do more than move it.
func (g *generator) machineSwitch(m *machine) {
	for i, e := range m.events {
		g.eventMethod(m, i, e)
		g.eventCore(m, i, e)
	}
	g.machineAnswers(m)
	g.machineStep(m)
	g.machineFinish(m)
}

func (g *generator) machineStates(m *machine) {
	name := m.name + "State"
	g.declare(name, "the generated type "+name)
	e := enum{name: name, low: m.low + "State", doc: name + " is a state of " + m.name + ".", consts: m.states}
	var final []string
	for i, s := range m.States {
		e.docs, e.texts = append(e.docs, s.Doc), append(e.texts, s.Name)
		if s.Final {
			final = append(final, m.states[i])
		}
	}
	g.enum(e)
	g.isFinal(name, final)
}

// isFinal writes the method that tells final states.
func (g *generator) isFinal(name string, final []string) {
	g.method(name, "IsFinal", "the generated method IsFinal")
	g.w.doc("IsFinal reports a state in which a run may rest for ever.", "")
	g.w.p("func (v %s) IsFinal() bool {", name)
	if len(final) > 0 {
		g.w.p("switch v {")
		g.w.p("case %s:", strings.Join(final, ", "))
		g.w.p("return true")
		g.w.p("}")
	}
	g.w.p("return false")
	g.w.p("}\n")
}

// machineEvents writes the kinds of events and the plain event.
func (g *generator) machineEvents(m *machine) {
	kind := m.name + "EventKind"
	g.declare(kind, "the generated type "+kind)
	e := enum{name: kind, low: m.low + "Event", doc: kind + " names an event of " + m.name + "."}
	all := newMerge(g, "Kind", "String")
	for _, ev := range m.events {
		e.consts, e.docs, e.texts = append(e.consts, ev.kind), append(e.docs, ev.Doc), append(e.texts, ev.Name)
		used := distinct{}
		for i := range ev.args {
			ev.args[i].label = used.name(ev.args[i].label)
			all.want(ev.args[i].label, ev.args[i].goType)
		}
	}
	for _, ev := range m.events {
		for i, a := range ev.args {
			ev.args[i].field = all.field(ev.kind, a.label, a.goType)
		}
	}
	g.enum(e)
	name := m.name + "Event"
	g.declare(name, "the generated type "+name)
	g.w.doc(name+" is an event of "+m.name+" as plain data, for queues and replay. Fields that the event has no use for are not looked at.", "")
	g.w.p("type %s struct {", name)
	g.w.p("Kind %s", kind)
	for _, f := range all.fields {
		g.w.p("%s %s", f.name, f.goType)
	}
	g.w.p("}\n")
}

// machineOrders writes the kinds of effects, the effect, and the list of them that a step returns.
func (g *generator) machineOrders(m *machine) {
	kind := m.name + "EffectKind"
	g.declare(kind, "the generated type "+kind)
	e := enum{name: kind, low: m.low + "Effect", doc: kind + " names an effect of " + m.name + ": an order to its host."}
	for _, k := range m.orders.kinds {
		e.consts, e.docs, e.texts = append(e.consts, k.name), append(e.docs, k.doc), append(e.texts, k.text)
	}
	g.enum(e)
	g.durations(kind, m)
	name := m.name + "Effect"
	g.declare(name, "the generated type "+name)
	g.w.doc(name+" is one effect. Fields that its kind has no use for are zero.", "")
	g.w.p("type %s struct {", name)
	g.w.p("Kind %s", kind)
	if m.orders.toType != "" {
		g.w.p("To %s // of a message to an array of peers: the index of the receiver", m.orders.toType)
	}
	for _, f := range m.orders.merged {
		g.w.p("%s %s", f.name, f.goType)
	}
	g.w.p("}\n")
	if m.table != nil && m.table.rich() {
		g.richEffects(m, name)
		return
	}
	g.list(listed{name: m.name + "Effects", element: name, state: m.name + "State", bound: m.bound, none: m.bound == 0 && len(m.orders.kinds) == 0, what: "a step of " + m.name})
}

// durations writes how long the timers run.
func (g *generator) durations(kind string, m *machine) {
	started := false
	for _, k := range m.orders.kinds {
		started = started || k.op == fsm.Start
	}
	if !started {
		return
	}
	g.w.use("time")
	g.method(kind, "Duration", "the generated method Duration")
	g.w.doc("Duration is how long the timer runs that the effect starts; 0 for other effects.", "")
	g.w.p("func (v %s) Duration() time.Duration {", kind)
	g.w.p("switch v {")
	for _, k := range m.orders.kinds {
		if k.op == fsm.Start {
			g.w.p("case %s:", k.name)
			g.w.p("return %d // %s", int64(m.Timers[k.timer].Duration), m.Timers[k.timer].Duration)
		}
	}
	g.w.p("}")
	g.w.p("return 0")
	g.w.p("}\n")
}

// listed is a list of effects of bounded length, as a value.
type listed struct {
	name, element, state string
	bound                int
	none                 bool // there are no effects at all: the type says it by having no place for them
	what                 string
	seq                  bool
}

// list writes such a type.
func (g *generator) list(l listed) {
	g.declare(l.name, "the generated type "+l.name)
	count := smallest(0, int64(l.bound))
	g.w.doc(fmt.Sprintf("%s is what %s did: the states before and after it, and its effects in the order of execution. "+
		"The zero value is that of an event that was refused.", l.name, l.what), "")
	g.w.p("type %s struct {", l.name)
	g.w.p("from, to %s", l.state)
	g.w.p("delivery fsm.Delivery")
	if !l.none {
		g.w.p("n %s", count)
		g.w.p("list [%d]%s", l.bound, l.element)
	}
	if l.seq {
		g.w.p("seq uint64")
	}
	g.w.p("}\n")
	view := func(name, doc, result, text string) {
		g.method(l.name, name, "the generated method "+name)
		g.w.doc(name+" "+doc, "")
		g.w.p("func (e *%s) %s() %s { return %s }\n", l.name, name, result, text)
	}
	view("Delivery", "says what became of the event.", "fsm.Delivery", "e.delivery")
	view("From", "is the state before the step.", l.state, "e.from")
	view("To", "is the state after the step.", l.state, "e.to")
	if l.seq {
		view("Seq", "is the number of the step: one more than that of the step before it, modulo the width of the counter.", "uint64", "e.seq")
	}
	if l.none {
		g.noList(l)
		return
	}
	view("Len", "is the number of effects.", "int", "int(e.n)")
	g.method(l.name, "At", "the generated method At")
	g.w.doc("At is effect i, from 0; it panics where there is none.", "")
	g.w.p("func (e *%s) At(i int) %s { return e.list[:e.n][i] }\n", l.name, l.element)
	g.method(l.name, "All", "the generated method All")
	g.w.use("iter")
	g.w.doc("All gives the effects in the order of execution.", "")
	g.w.p("func (e *%s) All() iter.Seq[%s] {", l.name, l.element)
	g.w.p("return func(yield func(%s) bool) {", l.element)
	g.w.p("for i := range e.list[:e.n] {")
	g.w.p("if !yield(e.list[i]) {")
	g.w.p("return")
	g.w.p("}")
	g.w.p("}")
	g.w.p("}")
	g.w.p("}\n")
	if l.bound > 0 && !l.seq {
		g.method(l.name, "more", "the generated method more")
		g.w.p("// more is the place of one more effect: no way through a body has more of them than there is room for.")
		g.w.p("func (e *%s) more() *%s {", l.name, l.element)
		g.w.p("e.n++")
		g.w.p("return &e.list[e.n-1]")
		g.w.p("}\n")
	}
}

// noList writes the views of effects that there never are.
func (g *generator) noList(l listed) {
	for _, name := range []string{"Len", "At", "All"} {
		g.method(l.name, name, "the generated method "+name)
	}
	g.w.use("iter")
	g.w.doc("Len is the number of effects, which is 0.", "")
	g.w.p("func (e *%s) Len() int { return 0 }\n", l.name)
	g.w.doc("At is effect i, of which there is none: it panics.", "")
	g.w.p("func (e *%s) At(i int) %s { return []%s{}[i] }\n", l.name, l.element, l.element)
	g.w.doc("All gives the effects in the order of execution: none.", "")
	g.w.p("func (e *%s) All() iter.Seq[%s] {", l.name, l.element)
	g.w.p("return func(func(%s) bool) {}", l.element)
	g.w.p("}\n")
}

// machineStruct writes the machine itself.
func (g *generator) machineStruct(m *machine) {
	doc := fmt.Sprintf("%s is the machine %s of the spec: a small value for one goroutine, made by New%s. An event that it refuses changes nothing.", m.name, m.Name, m.name)
	for _, v := range m.Vars {
		if v.Shared && !v.Ghost {
			doc += " Its shared variables are the host's: set them before an event and take them back after it."
			break
		}
	}
	if m.table != nil {
		doc += " It is nothing but its state: a step is a look into a table."
	}
	g.w.doc(doc, m.Doc)
	g.w.p("type %s struct {", m.name)
	g.w.p("state %sState", m.name)
	if n := len(m.Timers); n > 0 {
		g.w.p("armed %s // bit i: timer i", timerBits(n))
	}
	if m.selfType != "" {
		g.w.p("self %s", m.selfType)
	}
	for i, p := range m.Params {
		g.w.p("%s %s", m.params[i], g.goType(p.Type))
	}
	for i, v := range m.Vars {
		if !v.Ghost {
			g.w.p("%s %s", m.fields[i], g.goType(v.Type))
		}
	}
	g.w.p("}\n")
}

// timerBits is the Go type of a bit for each of n timers.
func timerBits(n int) string {
	if n > 32 {
		return "uint64"
	}
	return smallest(0, 1<<n-1)
}

// fresh is the literal of a machine before its entry bodies, given the texts of self, parameters, and the variables that do not
// have their first values ("" for those that do).
func (g *generator) fresh(m *machine, self string, params []string, given func(v int) string) string {
	parts := []string{"state: " + m.states[m.Initial]}
	if m.selfType != "" {
		parts = append(parts, "self: "+self)
	}
	for i, p := range params {
		parts = append(parts, m.params[i]+": "+p)
	}
	for i, v := range m.Vars {
		if v.Ghost {
			continue
		}
		text := given(i)
		if text == "" {
			text = g.literals(v.Type, v.Init)
		}
		parts = append(parts, m.fields[i]+": "+text)
	}
	return m.name + "{" + strings.Join(parts, ", ") + "}"
}

// constructor is how a machine is made: its parameters, and where they go.
type constructor struct {
	args   []arg
	self   string
	params []string
	vars   map[int]string // variables that do not have their first values
	entry  []arg          // what the bodies that run ask: the free choices of the entry bodies
}

// constructor lists what a machine is made from: its index in an array, its parameters, variables that begin anywhere or are
// shared, the free choices of its entry bodies.
func (g *generator) constructor(m *machine) constructor {
	used := distinct{}
	c := constructor{vars: map[int]string{}}
	g.made(m, &c, used)
	g.madeFree(m, &c, used, func(fsm.Var) bool { return true })
	c.entry = g.entryArgs(m, used)
	c.args = append(c.args, c.entry...)
	return c
}

func (c *constructor) add(used distinct, name string, t *fsm.Type, goType string) string {
	c.args = append(c.args, arg{name: used.name(name), typ: t, goType: goType})
	return c.args[len(c.args)-1].name
}

// made adds what tells one machine from another: its index and its parameters.
func (g *generator) made(m *machine, c *constructor, used distinct) {
	if m.selfType != "" {
		c.self = c.add(used, "element", fsm.IntType(0, m.selfTop), m.selfType)
	}
	for _, p := range m.Params {
		c.params = append(c.params, c.add(used, plainParam(p.Name), p.Type, g.goType(p.Type)))
	}
}

// madeFree adds those of the chosen variables that begin anywhere or are shared.
func (g *generator) madeFree(m *machine, c *constructor, used distinct, chosen func(fsm.Var) bool) {
	for i, v := range m.Vars {
		if (v.Any || v.Shared) && !v.Ghost && chosen(v) {
			c.vars[i] = c.add(used, plainParam(v.Name), v.Type, g.goType(v.Type))
		}
	}
}

// newChecks is the text that refuses arguments of the constructor.
func (g *generator) newChecks(m *machine, c constructor) string {
	return g.aside(func() {
		g.argChecks(c.args, m.name+"{}, "+m.name+"Effects{}, "+m.low+suffixRefusals+".Start(fsm.CauseArgument)")
	})
}

// plainNew reports that the constructor has nothing to refuse and no effects to return: it returns the machine alone.
func (g *generator) plainNew(m *machine) bool {
	return g.newChecks(m, g.constructor(m)) == "" && !m.hasEntry()
}

// machineNew writes the constructor. It returns effects only where the initial state has some, and an error only where there
// is something to refuse.
func (g *generator) machineNew(m *machine) {
	g.declare("New"+m.name, "the generated function New"+m.name)
	g.startCore(m)
	c := g.constructor(m)
	fresh := g.fresh(m, c.self, c.params, func(v int) string { return c.vars[v] })
	doc := "New" + m.name + " is a machine in its initial state."
	if m.selfType != "" {
		doc += fmt.Sprintf(" The first argument is its index in an array of machines, 0..%d, and 0 where there is no array.", m.selfTop)
	}
	switch {
	case g.plainNew(m):
		g.w.doc(doc, "")
		g.w.p("func New%s(%s) %s {", m.name, signature(c.args), m.name)
		g.w.p("return %s", fresh)
	default:
		g.w.doc(doc+" It returns what entering the initial state orders.", "")
		g.w.p("func New%s(%s) (%s, %sEffects, error) {", m.name, signature(c.args), m.name, m.name)
		g.w.WriteString(g.newChecks(m, c))
		g.w.p("next, out := %s, %sEffects{}", fresh, m.name)
		if m.hasEntry() {
			g.w.p("if cause := next.start(%s); cause != fsm.CauseNone {", strings.Join(append([]string{"&out"}, argNames(c.entry)...), ", "))
			g.w.p("return %s{}, %sEffects{}, %s%s.Start(cause)", m.name, m.name, m.low, suffixRefusals)
			g.w.p("}")
		}
		g.w.p("out.delivery, out.from, out.to = fsm.DeliveryTaken, next.state, next.state")
		g.w.p("return next, out, nil")
	}
	g.w.p("}\n")
}

// hasEntry reports whether entering the initial state does anything but write ghosts.
func (m *machine) hasEntry() bool { return m.entryText != "" }

// startCore writes the method that runs the entry bodies of the initial state.
func (g *generator) startCore(m *machine) {
	p := &place{g: g, machine: m, anys: m.anyNames}
	used := distinct{}
	args := g.entryArgs(m, used)
	p.anys = m.anyNames
	m.entryText = g.aside(func() { p.body(m.Entry) })
	if m.entryText == "" {
		return
	}
	g.method(m.name, "start", "the generated method start")
	g.w.p("// start runs the entry bodies of the initial state. Where it fails, m is half written.")
	g.w.p("func (m *%s) start(%s) fsm.Cause {", m.name, signature(append([]arg{{name: "out", goType: "*" + m.name + "Effects"}}, args...)))
	g.declareBad(p)
	g.declareAt(m.entryText, m.name+"Effect")
	g.w.WriteString(m.entryText)
	g.finishBad(p)
	g.w.p("return fsm.CauseNone")
	g.w.p("}\n")
}

// entryArgs are the parameters for free choices in the entry bodies of the initial state.
func (g *generator) entryArgs(m *machine, used distinct) []arg {
	e := event{anys: map[string]string{}}
	e.planAnys(g, m.entry, used)
	m.anyNames = e.anys
	return e.args
}

func (g *generator) declareBad(p *place) {
	if p.checks {
		g.w.p("var bad fsm.Ranges")
	}
}

func (g *generator) finishBad(p *place) {
	if p.checks {
		g.w.p("if bad.Failed() {")
		g.w.p("return fsm.CauseRange")
		g.w.p("}")
	}
}

// argChecks writes the refusal of arguments that are outside their types, with what is returned then.
func (g *generator) argChecks(args []arg, refusal string) {
	for _, a := range args {
		if a.typ == nil {
			continue
		}
		t, name := a.typ, a.name
		depth := 0
		var loops []string
		for t.Kind == fsm.Array {
			loops = append(loops, fmt.Sprintf("for index%d := range %s {", depth, name))
			name += fmt.Sprintf("[index%d]", depth)
			t = t.Elem
			depth++
		}
		outside := g.outside(name, t)
		if outside == "" {
			continue
		}
		for _, l := range loops {
			g.w.p("%s", l)
		}
		g.w.p("if %s {", outside)
		g.w.p("return %s", refusal)
		g.w.p("}")
		g.w.WriteString(strings.Repeat("}\n", depth))
	}
}

// signature is a Go parameter list; parameters of one type in a row share it.
func signature(args []arg) string {
	var b strings.Builder
	for i, a := range args {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(a.name)
		if i+1 == len(args) || args[i+1].goType != a.goType {
			b.WriteString(" " + a.goType)
		}
	}
	return b.String()
}

func argNames(args []arg) []string {
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = a.name
	}
	return names
}
