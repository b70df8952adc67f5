package check

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// deliveries writes the function that delivers what is in a link.
func (e *emitter) deliveries(i int, l *link) {
	r := l.at.row()
	c := &code{emitter: e, at: "s"}
	defers := !l.Bag() && e.mayDefer(l) && r.capacity > 1
	if defers {
		e.deferring(i, l)
	}
	first := !l.Bag() && !defers || r.capacity == 1 && !r.set // no other is delivered
	at, params := "at", ""
	if first {
		at, params = "0", ", m uint64"
		c.line("m := %s", r.place("s", "s", "0"))
		if !r.whole { // otherwise it was asked before
			c.line("if m == 0 { return }")
		}
	}
	down := ""
	if e.p.sys.MayCrash(l.To) {
		down = fmt.Sprintf("if %s { return }\n", c.isIn(l.To, []int{fsm.Down}))
	}
	before := down + c.String()
	m := e.p.sys.MachineOf(l.To)
	texts := make([]string, len(m.States))
	for s := range m.States {
		texts[s] = e.messages(l, func(message int) string {
			return e.attempt(l.To, func(c *code) { c.delivery(l, at, s, message) })
		})
		if first {
			continue
		}
		texts[s] = c.aside(func() {
			c.eachPlace(r, l, func() {
				if defers {
					c.line("if at > 0 && !defers%d(x, s, last) { break }", i)
					c.line("last = m")
				}
				c.WriteString(texts[s])
			})
		})
	}
	e.byState(fmt.Sprintf("deliver%d", i), before, params, l.To, texts)
}

// eachPlace writes a loop over the messages m in a link, at their places; of equal ones in a bag it sees the first.
func (c *code) eachPlace(r row, l *link, inner func()) {
	if r.set {
		c.line("rest := %s", r.all("s"))
		c.line("for at := uint(0); rest != 0; at++ {")
		c.line("m := uint64(bits.TrailingZeros64(rest)) + 1\n_ = m") // a message that is lost is not looked at
		c.line("rest &= rest - 1")
		inner()
		c.line("}")
		return
	}
	c.line("last := uint64(0)\n_ = last")
	if r.whole { // where nothing is any more, nothing is behind it
		c.line("for at, rest := uint(0), %s; rest != 0; at, rest = at+1, rest>>%d {", r.all("s"), r.width)
		c.line("m := rest&%#x\n_ = m", r.one) // a message that is lost is not looked at
	} else {
		c.line("for at := uint(0); at < %d; at++ {", r.capacity)
		c.line("m := %s", r.place("s", "s", "at"))
		c.line("if m == 0 { break }")
	}
	if l.Bag() {
		c.line("if m == last { continue }")
		c.line("last = m")
	}
	inner()
	c.line("}")
}

// messages writes a choice by the message that m is. There is one.
func (e *emitter) messages(l *link, write func(message int) string) string {
	var b strings.Builder
	if l.at.firsts == nil {
		fmt.Fprintf(&b, "switch m>>%d {\n", l.at.tagAt)
	} else {
		b.WriteString("switch {\n")
	}
	for tag, message := range l.at.carries {
		switch {
		case l.at.firsts == nil:
			fmt.Fprintf(&b, "case %d:\n%s", tag+1, write(message))
		case tag+1 == len(l.at.carries):
			fmt.Fprintf(&b, "default:\n%s", write(message))
		default:
			fmt.Fprintf(&b, "case m < %d:\n%s", l.at.firsts[tag+2], write(message))
		}
	}
	b.WriteString("}\n")
	return b.String()
}

// reception lists what a leaf state answers a message with; event is -1 if its machine does not know it.
func (e *emitter) reception(l *link, s, message int) (m *fsm.Machine, levels []fsm.Level) {
	m = e.p.sys.MachineOf(l.To)
	for event, ev := range m.Events {
		if ev.Kind == fsm.Receive && ev.Message == message {
			return m, m.States[s].On[event]
		}
	}
	return m, nil
}

// incoming lets the parameters of the code be the fields of the message m in a link.
func (c *code) incoming(l *link, message int) {
	tag := l.at.tag[message]
	fields, m := l.at.fields[tag], l.at.fieldsOf(tag, "m")
	c.k.from = []int64{int64(l.from)}
	c.arg = func(i int) string { return c.packed(fields[i], m) }
}

// delivery writes what a leaf state does with a message at a place of its link.
func (c *code) delivery(l *link, at string, s, message int) {
	c.incoming(l, message)
	m, levels := c.reception(l, s, message)
	if l.Kind != fsm.Keep && len(levels) > 0 {
		c.copied()
		c.takeOut(l.at, at)
	}
	c.levels(m, levels, func(t int) {
		cover := c.covers[c.p.sys.Instances[l.To].Machine] + t
		if m.Transitions[t].Answer == fsm.Defer {
			c.line("x.cover[%d] |= x.live", cover)
			return
		}
		if l.Kind == fsm.Keep {
			c.copied()
		}
		c.take(m, t)
		c.leave()
		c.landsBy(s, t)
		if l.Kind == fsm.Keep { // a delivery that changes nothing is no step
			c.line("if !same(n, s) {")
			defer c.line("}")
		}
		c.moves = l.Kind == fsm.Keep || departs(m, t, s) || !c.returns(l)
		c.taken(cover)
	}, func() { c.violate(c.unexpected(l, s, message)) })
}

// returns reports whether the step may put a message into the link that it has taken one out of.
func (c *code) returns(l *link) bool {
	return slices.ContainsFunc(c.sends, func(d dispatch) bool {
		return slices.ContainsFunc(d.links, func(i int) bool { return i >= 0 && c.p.links[i] == l })
	})
}

func (c *code) unexpected(l *link, s, message int) site {
	return site{fsm.Unexpected, l.To, c.p.sys.MachineOf(l.To).States[s].Span, message}
}

// mayDefer reports whether the receiver of a link defers some message that it carries, in some state.
func (e *emitter) mayDefer(l *link) bool {
	m := e.p.sys.MachineOf(l.To)
	for s := range m.States {
		for _, message := range l.at.carries {
			_, levels := e.reception(l, s, message)
			for _, level := range levels {
				for _, t := range level {
					if m.Transitions[t].Answer == fsm.Defer {
						return true
					}
				}
			}
		}
	}
	return false
}

// deferring writes the function that tells whether some answers of extern guards make the receiver defer the message m.
func (e *emitter) deferring(i int, l *link) {
	var b strings.Builder
	m := e.p.sys.MachineOf(l.To)
	f, lo := e.field(l.To)
	at := number(lo)
	if c := (&code{emitter: e, at: "s"}); f != nil {
		at = above(c.raw(f), lo)
	}
	fmt.Fprintf(&b, "func defers%d(x *explorer, s state, m uint64) bool {\nswitch %s {\n", i, at)
	for s := range m.States {
		fmt.Fprintf(&b, "case %d:\n%s", s, e.messages(l, func(message int) string { return e.deferral(l, s, message) }))
	}
	b.WriteString("}\nreturn false\n}\n\n")
	e.text.WriteString(b.String())
}

// deferral is an attempt that takes nothing.
func (e *emitter) deferral(l *link, s, message int) string {
	label := e.name("L")
	c := &code{emitter: e, k: newCompiler(e.p, l.To), at: "s", picks: "y"}
	c.fail = func(int) string {
		c.left = true
		return "break " + label
	}
	c.incoming(l, message)
	m, levels := e.reception(l, s, message)
	c.levels(m, levels, func(t int) {
		if m.Transitions[t].Answer == fsm.Defer {
			c.line("return true")
		}
	}, func() {})
	text := c.String()
	if c.left {
		text = label + ":\nswitch {\ndefault:\n" + text + "}\n"
	}
	if c.chosen {
		text = "var y choices\nfor more := y.begin(); more; more = y.again() {\n" + text + "}\n"
	}
	return text
}

// atomic writes the functions of messages on atomic links: what the receiver does in the middle of a step.
func (e *emitter) atomic() {
	c := &code{emitter: e}
	c.line("func runaway(link int) int {")
	c.line("switch link {")
	for i, l := range e.p.links {
		if l.Kind == fsm.Atomic {
			c.line("case %d: return %d", i, e.site(*l.runaway))
		}
	}
	c.line("}\nreturn 0\n}\n")
	c.line("func receive(x *explorer, n *state, p *packet) outcome {")
	c.line("switch p.link {")
	for i, l := range e.p.links {
		if l.Kind == fsm.Atomic {
			c.line("case %d: return receive%d(x, n, p)", i, i)
		}
	}
	c.line("}\nreturn done\n}\n")
	e.text.Write(c.Bytes())
	for i, l := range e.p.links {
		if l.Kind == fsm.Atomic {
			e.receiver(i, l)
		}
	}
}

func (e *emitter) receiver(i int, l *link) {
	c := &code{emitter: e, at: "n", lent: true}
	m := e.p.sys.MachineOf(l.To)
	f, lo := e.field(l.To)
	at := number(lo)
	if f != nil {
		at = above(c.raw(f), lo)
	}
	var others strings.Builder
	c.line("func receive%d(x *explorer, n *state, p *packet) outcome {", i)
	c.line("switch %s {", at)
	for s := range m.States {
		c.line("case %d:", s)
		c.line("switch p.message {")
		for _, message := range l.at.carries {
			name := fmt.Sprintf("receive%dm%ds%d", i, message, s)
			c.line("case %d: return %s(x, n, p)", message, name)
			fmt.Fprintf(&others, "func %s(x *explorer, n *state, p *packet) outcome {\n%s}\n\n", name, e.received(l, s, message))
		}
		c.line("}")
	}
	c.line("}\nreturn done\n}\n")
	e.text.Write(c.Bytes())
	e.text.WriteString(others.String())
}

// received writes what a leaf state does with a message in the middle of a step.
func (e *emitter) received(l *link, s, message int) string {
	c := &code{emitter: e, k: newCompiler(e.p, l.To), at: "n", lent: true, refuse: "return refused", picks: "x", receives: true}
	c.fail = func(site int) string { return fmt.Sprintf("return x.fail(%d)", site) }
	c.arg = func(i int) string { return fmt.Sprintf("p.args[%d]", i) }
	c.k.from = []int64{int64(l.from)}
	m, levels := e.reception(l, s, message)
	c.levels(m, levels, func(t int) {
		if m.Transitions[t].Answer == fsm.Defer {
			c.violate(c.unexpected(l, s, message))
			return
		}
		c.take(m, t)
		c.line("x.taken = append(x.taken, %d)", e.covers[e.p.sys.Instances[l.To].Machine]+t)
		c.leave()
	}, func() { c.violate(c.unexpected(l, s, message)) })
	c.line("return done")
	e.picky = e.picky || c.chosen
	return strings.Join(c.decls, "\n") + "\n" + c.String()
}
