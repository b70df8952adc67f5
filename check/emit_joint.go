package check

import (
	"slices"
	"strings"

	"interlock/fsm"
)

// joint writes a joint transition: every part must be possible; bodies run in the order of the text.
func (e *emitter) joint(i int) string {
	j := e.p.sys.Joints[i]
	return e.attempt(fsm.OwnInstance, func(c *code) {
		c.gathers = true
		c.k.params = j.Args
		var texts []string
		for _, p := range j.Parts {
			texts = append(texts, c.isIn(p.Instance, p.From))
		}
		if len(texts) > 0 {
			c.line("if %s {", junctionOf(texts, "&&"))
			defer c.line("}")
		}
		if j.Guard != nil {
			c.line("if %s {", c.cond(j.Guard))
			defer c.line("}")
		}
		c.copied()
		for p := range j.Parts {
			c.part(j, &j.Parts[p])
		}
		c.k = newCompiler(e.p, fsm.OwnInstance)
		c.k.params = j.Args
		c.body(j.Body)
		c.leave()
		c.writesDead = e.joinsDead(i)
		c.taken(c.covers[len(c.covers)-1] + i)
	})
}

// part writes what one machine does in a joint transition. It depends on the state that it was in before the step.
func (c *code) part(j *fsm.JointTransition, p *fsm.JointPart) {
	c.k = newCompiler(c.p, p.Instance)
	c.k.params = j.Args
	do := func(at int) {
		c.body(p.Bodies[at])
		if p.Targets[at] != fsm.Stay {
			c.fix(p.Instance, int64(p.Targets[at]))
		}
	}
	if len(p.From) == 1 {
		do(0)
		return
	}
	f, lo := c.field(p.Instance)
	before := &code{emitter: c.emitter, at: "s"}
	at := number(lo)
	if f != nil {
		at = above(before.raw(f), lo)
	}
	c.line("switch %s {", at)
	for i, s := range p.From {
		if slices.Index(p.From, s) == i { // the first wins, as in fsm
			c.line("case %d:", s)
			do(i)
		}
	}
	c.line("}")
}

// restart writes how a node comes up again.
func (e *emitter) restart(i int) string {
	n := e.p.nodes[i]
	return e.attempt(fsm.OwnInstance, func(c *code) {
		c.gathers, c.cascades = true, true // its transitions are covered as those of a cascade are
		c.copied()
		for _, f := range n.anew {
			c.chosen = true
			c.setCell(f.cell, c.temp("x.pick("+number(f.lo)+", "+number(f.hi)+")"))
		}
		for _, instance := range n.instances {
			m := e.p.sys.MachineOf(instance)
			c.k = newCompiler(e.p, instance)
			c.levels(m, m.Restart, func(t int) {
				c.take(m, t)
				c.line("x.taken = append(x.taken, %d)", e.covers[e.p.sys.Instances[instance].Machine]+t)
			}, func() {
				c.fix(instance, int64(m.Initial))
				c.body(m.Entry)
			})
		}
		c.leave()
		c.taken()
	})
}

// faults writes the steps that are faults.
func (e *emitter) faults() {
	c := &code{emitter: e, at: "s"}
	c.line("func faults(x *explorer, p *state) {")
	c.given()
	for _, l := range e.p.links {
		if l.Lose && l.at.capacity > 0 && l.at.width > 0 {
			c.eachFault(l, func(c *code) { c.takeOut(l.at, "at") })
		}
	}
	for _, l := range e.p.links {
		if l.Duplicate && l.at.capacity > 0 && l.at.width > 0 {
			r := l.at.row()
			c.line("if %s == 0 {", r.place("s", "s", number(int64(r.capacity-1))))
			c.eachFault(l, func(c *code) { c.insert(r, "at+1", "m") })
			c.line("}")
		}
	}
	for i := range e.p.crashes {
		c.WriteString(e.crash(i))
	}
	c.line("}\n")
	c.line("func visit(x *explorer, p *state) {")
	c.given()
	for i, in := range e.p.sys.Instances {
		c.line("x.entered[%d+%s] = 1", e.entries[in.Machine]+1, c.cell(i))
	}
	c.line("}\n")
	e.text.Write(c.Bytes())
}

// eachFault writes a kind of fault for every message of a link.
func (c *code) eachFault(l *link, change func(c *code)) {
	c.line("{")
	c.eachPlace(l.at.row(), l, func() {
		c.WriteString(c.attempt(fsm.OwnInstance, func(c *code) {
			c.copied()
			change(c)
			c.taken()
		}))
	})
	c.line("}")
}

// crash writes how a node goes down: what is not durable is lost, with the messages inside the node.
func (e *emitter) crash(i int) string {
	k, declared := e.p.crashes[i], e.p.sys.Crashes[i]
	if k.atMost == 0 {
		return ""
	}
	return e.attempt(k.instance, func(c *code) {
		count, _ := e.field(k.counter)
		c.line("if !%s && int64(%s) < %d {", c.isIn(k.instance, []int{fsm.Down}), c.raw(count), k.atMost)
		defer c.line("}")
		c.copied()
		n, x := e.p.nodes[k.node], e.fixing()
		for _, instance := range n.instances {
			x.add(e, instance, fsm.Down)
		}
		for _, f := range n.forgets {
			x.add(e, f.cell, f.value)
		}
		for _, timer := range n.timers {
			x.add(e, timer, 0)
		}
		for _, q := range n.queues {
			l := e.p.links[q].at
			for at := range l.size {
				x.bits(l.at+at, 1, 0)
			}
		}
		x.write(c)
		c.setCell(k.counter, "("+c.cell(k.counter)+" + 1)")
		c.body(declared.Body)
		c.leave()
		c.taken()
	})
}

// questions writes what is asked of states: whether every instance is at rest, the assumptions, the properties.
func (e *emitter) questions() {
	c := &code{emitter: e, at: "s"}
	c.line("func atRest(p *state) bool {")
	c.given()
	for i := range e.p.instances {
		states := []int{fsm.Down}
		for s, state := range e.p.sys.MachineOf(i).States {
			if state.Final {
				states = append(states, s)
			}
		}
		c.line("if !%s { return false }", c.isIn(i, states))
	}
	c.line("return true\n}\n")
	e.text.Write(c.Bytes())
	e.emitting()
	e.watching()
}

// emitting writes the function that takes a successor, where assumptions may cut it.
func (e *emitter) emitting() {
	e.reducing()
	if len(e.p.sys.Assumes) == 0 {
		return
	}
	c := &code{emitter: e, at: "n"}
	if e.p.reduce == nil {
		c.line("// emit takes a step from s to n. It reports whether no assumption cuts it.")
		c.line("func emit(x *explorer, s, n state) bool {")
		c.line("if same(n, s) {\nx.loops += int(x.live)\nreturn true\n}")
		c.line("if !assumed(x, n) {\nx.cut = true\nreturn false\n}")
		c.line("x.take(n)\nreturn true\n}\n")
	}
	c.line("func assumed(x *explorer, s state) bool {")
	for _, a := range e.p.sys.Assumes {
		q := e.question(a, "{ x.doubt(%d); return false }")
		q.line("if !%s { return false }", q.cond(a))
		c.Write(q.Bytes())
	}
	c.line("return true\n}\n")
	e.text.Write(c.Bytes())
}

// question makes a code for a condition on a state s.
func (e *emitter) question(a *fsm.Expr, fail string) *code {
	c := &code{emitter: e, k: newCompiler(e.p, fsm.OwnInstance), at: "s"}
	c.fail = func(site int) string {
		c.left = true
		return strings.ReplaceAll(fail, "%d", number(int64(site)))
	}
	return c
}

// watching writes what is asked of each new state, as [search.watch] asks it.
func (e *emitter) watching() {
	c := &code{emitter: e, at: "s"}
	c.line("func watch(x *explorer, p *state, id, from uint32) {")
	c.given()
	for i, w := range e.watched {
		c.line("if x.asked[%d] {", i)
		for _, q := range w.premises {
			n := e.asked
			e.asked++
			c.line("if !x.premise[%d] { x.premise[%d], _ = %s(x, s) }", n, n, e.ask(q.of))
		}
		c.watch(w, i)
		c.line("}")
	}
	c.line("}\n")
	e.text.Write(c.Bytes())
}

// ask writes the function that evaluates a condition: its value, and the place where it has none, or -1.
func (e *emitter) ask(a *fsm.Expr) string {
	name := e.name("ask")
	q := e.question(a, "return false, %d")
	q.line("return %s, -1", q.cond(a))
	e.text.WriteString("func " + name + "(x *explorer, s state) (bool, int) {\n" + q.String() + "}\n\n")
	return name
}

func (c *code) watch(w *watch, i int) {
	p := w.property
	once := func(of, condition string) {
		c.line("if x.%s[%d] == noState && %s { x.%s[%d] = id }", of, i, condition, of, i)
	}
	note := func() {
		c.line("if fail >= 0 { x.broken[%d] = true; x.note(fail, from, true) }", i)
	}
	switch {
	case w.lives():
		c.line("_, fail := %s(x, s)", c.ask(w.asks))
		if p.Q != nil {
			c.line("if fail < 0 { _, fail = %s(x, s) }", c.ask(p.Q))
		}
		note()
	case p.Kind == fsm.Never || p.Kind == fsm.Reachable || p.Kind == fsm.Always:
		c.line("is, fail := %s(x, s)", c.ask(w.asks))
		condition := "is"
		if p.Kind == fsm.Always {
			condition = "!is && fail < 0"
		}
		c.line("if x.first[%d] == noState && %s { x.reach(%d, id) }", i, condition, i)
		note()
	default:
		c.line("is, _ := %s(x, s)", c.ask(w.asks))
		once("held", "is")
	}
}
