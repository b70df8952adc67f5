package check

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// attempt makes a block that tries one step: write fills it in, for the instance own, whose steps read the state "s" until n
// is there. Where it makes free choices, it is run with every combination.
func (e *emitter) attempt(own int, write func(c *code)) string {
	label := e.name("L")
	c := &code{emitter: e, k: newCompiler(e.p, own), at: "s", refuse: "break " + label, picks: "x"}
	c.fail = func(site int) string {
		c.left = true
		return fmt.Sprintf("x.violate(%d); break %s", site, label)
	}
	write(c)
	text := c.String()
	if len(c.decls) > 0 {
		text = strings.Join(c.decls, "\n") + "\n" + text
	}
	if c.cascades {
		text = "x.queue, x.taken = x.queue[:0], x.taken[:0]\n" + text
	}
	if c.left {
		text = label + ":\nswitch {\ndefault:\n" + text + "}\n"
	} else {
		text = "{\n" + text + "}\n"
	}
	if c.chosen {
		again := "x.again()"
		if c.starts {
			again = "x.choices.again()"
		}
		text = "for more := x.begin(); more; more = " + again + " {\n" + text + "}\n"
	}
	return text
}

// copied writes that the step begins: n is a copy of s, and what is read from now on is read from it.
func (c *code) copied() {
	c.line("n := s")
	c.at = "n"
}

// taken writes that the step is complete: it leads from s to n, and covers what has these numbers.
func (c *code) taken(covers ...int) {
	switch {
	case c.p.reduce != nil:
		c.reduced()
	case len(c.p.sys.Assumes) == 0 && c.moves && !c.cascades:
		c.line("x.take(n)")
	case len(c.p.sys.Assumes) == 0:
		c.line("x.lead(s, n)")
	default:
		c.line("if emit(x, s, n) {")
	}
	if len(c.p.sys.Assumes) > 0 {
		defer c.line("}")
	}
	for _, k := range covers {
		c.line("x.cover[%d] += x.live", k)
	}
	if c.cascades {
		c.line("x.coverTaken()")
	}
}

// levels writes which transition answers: then writes what one does, none what happens if there is none. Both are written
// where the block goes on.
func (c *code) levels(m *fsm.Machine, levels []fsm.Level, then func(t int), none func()) {
	if len(levels) == 0 {
		none()
		return
	}
	level := c.possible(m, levels[0])
	rest := func() { c.levels(m, levels[1:], then, none) }
	switch len(level) {
	case 0:
		rest()
	case 1:
		t := m.Transitions[level[0]]
		if c.always(t) {
			then(level[0])
			return
		}
		c.line("if %s {", c.cond(t.Guard))
		c.scoped(func() { then(level[0]) })
		if text := c.aside(func() { c.scoped(rest) }); text != "" {
			c.line("} else {")
			c.WriteString(text)
		}
		c.line("}")
	default:
		c.overlapping(m, level, then, rest)
	}
}

// scoped writes one of several ways on: what is read in it does not change what is read in the others.
func (c *code) scoped(f func()) {
	at, sends := c.at, c.sends
	f()
	c.at = at
	if !c.gathers {
		c.sends = sends
	}
}

// overlapping writes the choice among several transitions of one level, of which two must not be enabled.
func (c *code) overlapping(m *fsm.Machine, level []int, then func(t int), rest func()) {
	v := c.name("t")
	c.line("%s := 0", v)
	for i, index := range level {
		t := m.Transitions[index]
		guard := "true"
		if !c.always(t) {
			guard = c.cond(t.Guard)
		}
		c.line("if %s {", guard)
		if i > 0 {
			c.line("if %s != 0 { %s }", v, c.fail(c.site(site{builtin: fsm.Overlap, instance: c.k.own, span: t.Span})))
		}
		c.line("%s = %d", v, i+1)
		c.line("}")
	}
	c.line("switch %s {", v)
	for i, index := range level {
		c.line("case %d:", i+1)
		c.scoped(func() { then(index) })
	}
	if text := c.aside(func() { c.scoped(rest) }); text != "" {
		c.line("default:")
		c.WriteString(text)
	}
	c.line("}")
}

// possible leaves out the transitions whose guards are never true.
func (c *code) possible(m *fsm.Machine, level fsm.Level) []int {
	var list []int
	for _, t := range level {
		if g := m.Transitions[t].Guard; g != nil {
			if v, ok := c.k.constant(g); ok && v == 0 {
				continue
			}
		}
		list = append(list, t)
	}
	return list
}

func (c *code) always(t *fsm.Transition) bool {
	if t.Guard == nil {
		return true
	}
	v, ok := c.k.constant(t.Guard)
	return ok && v != 0
}

// take writes the bodies of a transition and the state that it goes to.
func (c *code) take(m *fsm.Machine, t int) {
	tr := m.Transitions[t]
	if tr.Answer != fsm.Take {
		return
	}
	c.body(tr.Body)
	if tr.Target != fsm.Stay {
		c.fix(c.k.own, int64(tr.Target))
	}
}

// successors writes the steps that are not faults, in the order of [exec.expand].
func (e *emitter) successors() {
	c := &code{emitter: e, at: "s"}
	c.line("func successors(x *explorer, p *state) {")
	c.given()
	for i := range e.p.instances {
		if states := e.own(i); len(states) == len(e.p.sys.MachineOf(i).States) {
			c.line("own%d(x, s)", i)
		} else if len(states) > 0 {
			c.line("if %s { own%d(x, s) }", c.isIn(i, states), i)
		}
	}
	for i, l := range e.p.links {
		if l.at.capacity == 0 || l.at.width == 0 {
			continue
		}
		e.deliveries(i, l)
		if filled := l.at.row().filled(c); filled == "" {
			c.line("deliver%d(x, s)", i)
		} else {
			c.line("if %s { deliver%d(x, s) }", filled, i)
		}
	}
	for i := range e.p.joints {
		c.WriteString(e.joint(i))
	}
	for i, n := range e.p.nodes {
		if e.p.sys.MayCrash(n.instances[0]) {
			c.line("if %s {", c.isIn(n.instances[0], []int{fsm.Down}))
			c.WriteString(e.restart(i))
			c.line("}")
		}
	}
	c.line("}\n")
	e.text.Write(c.Bytes())
}

// given makes s of the parameter p.
func (c *code) given() {
	c.line("s := *p\n_ = s")
}

// own writes the function of the steps that an instance takes by itself, and lists the states in which there are some. A large
// state gets a function of its own: the Go compiler's time grows faster than a function.
func (e *emitter) own(i int) []int {
	m := e.p.sys.MachineOf(i)
	texts := make([]string, len(m.States))
	var states []int
	for s := range m.States {
		if texts[s] = e.leaf(i, s); texts[s] != "" {
			states = append(states, s)
		}
	}
	if len(states) > 0 {
		e.byState(fmt.Sprintf("own%d", i), "", "", i, texts)
	}
	return states
}

// largeText is how much text of one state is too much to stand among the others.
const largeText = 4000

// byState writes a function that does in each state of an instance what the texts say, after what stands before them; params are
// the variables from there that they read.
func (e *emitter) byState(name, before, params string, instance int, texts []string) {
	c := &code{emitter: e, at: "s"}
	var others strings.Builder
	c.line("func %s(x *explorer, s state) {", name)
	c.WriteString(before)
	f, lo := e.field(instance)
	if f == nil {
		c.line("const in = %d", lo)
	} else {
		c.line("in := %s", above(c.raw(f), lo))
	}
	c.line("switch in {")
	for s, text := range texts {
		if text == "" {
			continue
		}
		c.line("case %d:", s)
		if len(text) <= largeText {
			c.WriteString(text)
			continue
		}
		inner := fmt.Sprintf("%sin%d", name, s)
		c.line("%s(x, s%s)", inner, arguments(params))
		fmt.Fprintf(&others, "func %s(x *explorer, s state%s) {\n%s}\n\n", inner, params, text)
	}
	c.line("}\n}\n")
	e.text.Write(c.Bytes())
	e.text.WriteString(others.String())
}

// arguments are the names in a list of parameters.
func arguments(params string) string {
	var names strings.Builder
	for _, p := range strings.Split(params, ",")[1:] {
		names.WriteString(", " + strings.Fields(p)[0])
	}
	return names.String()
}

// leaf writes the steps that an instance takes by itself in a state.
func (e *emitter) leaf(i, s int) string {
	m := e.p.sys.MachineOf(i)
	var b strings.Builder
	for event, ev := range m.Events {
		levels := m.States[s].On[event]
		if ev.Kind == fsm.Receive || ev.Kind != fsm.Fire && len(levels) == 0 {
			continue
		}
		if text, ok := e.unrolled(i, s, event); ok {
			b.WriteString(text)
			continue
		}
		before, after := "", ""
		for p, param := range ev.Params {
			a := fmt.Sprintf("a%d", p)
			before += fmt.Sprintf("for %s := int64(%d); %s <= %d; %s++ {\n", a, param.Type.Lo, a, param.Type.Hi, a)
			after += "}\n"
		}
		b.WriteString(before + e.attempt(i, func(c *code) { c.ownEvent(m, s, event) }) + after)
	}
	return b.String()
}

// unrolled writes the steps of an event for each combination of its parameters, which are constants then, unless that is
// too much text.
func (e *emitter) unrolled(i, s, event int) (string, bool) {
	m := e.p.sys.MachineOf(i)
	params := m.Events[event].Params
	if len(params) == 0 {
		return "", false
	}
	values := make([]int64, len(params))
	for p, param := range params {
		values[p] = param.Type.Lo
	}
	var b strings.Builder
	for p := 0; p >= 0; {
		b.WriteString(e.attempt(i, func(c *code) {
			c.k.params = slices.Clone(values)
			c.ownEvent(m, s, event)
		}))
		if b.Len() > largeText {
			return "", false
		}
		for p = len(params) - 1; p >= 0; p-- { // the last one is the fastest
			if values[p]++; values[p] <= params[p].Type.Hi {
				break
			}
			values[p] = params[p].Type.Lo
		}
	}
	return b.String(), true
}

func (c *code) ownEvent(m *fsm.Machine, s, event int) {
	ev := m.Events[event]
	c.arg = func(i int) string { return fmt.Sprintf("a%d", i) }
	none := func() {}
	if ev.Kind == fsm.Fire {
		timer := c.p.timers + c.p.sys.TimerSlot(c.k.own, ev.Timer)
		c.line("if %s {", c.armed(timer, c.p.holdingBack(c.k.own, ev.Timer)))
		defer c.line("}")
		c.copied()
		c.fix(timer, 0)
		none = func() {
			c.violate(site{fsm.Unexpected, c.k.own, m.States[s].Span, -1 - ev.Timer})
		}
	}
	c.levels(m, m.States[s].On[event], func(t int) {
		if ev.Kind != fsm.Fire {
			c.copied()
		}
		c.take(m, t)
		c.leave()
		c.landsBy(s, t)
		c.moves = departs(m, t, s)
		c.taken(c.covers[c.p.sys.Instances[c.k.own].Machine] + t)
	}, none)
}

// departs reports whether a transition of a machine goes to another state than s.
func departs(m *fsm.Machine, t, s int) bool {
	tr := m.Transitions[t]
	return tr.Answer == fsm.Take && tr.Target != fsm.Stay && tr.Target != s
}

// armed writes the test that a timer is armed and that none of those that go before it is.
func (c *code) armed(timer int, before []int) string {
	var masks []mask
	add := func(cell int, armed uint64) {
		f, _ := c.field(cell)
		masks = c.test(f, armed).join(masks)
	}
	add(timer, 1)
	for _, cell := range before {
		add(cell, 0)
	}
	texts := make([]string, len(masks))
	for i, m := range masks {
		texts[i] = m.String(c)
	}
	return junctionOf(texts, "&&")
}
