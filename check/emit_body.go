package check

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// body writes statements. Each works on n.
func (c *code) body(stmts []*fsm.Stmt) {
	for _, s := range stmts {
		switch s.Op {
		case fsm.Assign:
			c.assign(s)
		case fsm.If:
			c.branch(s)
		case fsm.Send:
			c.send(s)
		case fsm.Start, fsm.Stop:
			var on int64
			if s.Op == fsm.Start {
				on = 1
			}
			c.fix(c.p.timers+c.p.sys.TimerSlot(c.k.own, s.Timer), on)
		case fsm.Do:
			c.ranges(c.arguments(s.Args), s.Args, c.p.sys.Spec.Effects[s.Effect].Params)
		}
	}
}

func (c *code) branch(s *fsm.Stmt) {
	if v, ok := c.k.constant(s.Cond); ok {
		if v != 0 {
			c.body(s.Then)
		} else {
			c.body(s.Else)
		}
		return
	}
	c.line("if %s {", c.cond(s.Cond))
	c.body(s.Then)
	if len(s.Else) > 0 {
		c.line("} else {")
		c.body(s.Else)
	}
	c.line("}")
}

// target is where an assignment writes.
type target struct {
	cell    int // of a place that is always the same; otherwise -1
	element element
	typ     *fsm.Type
}

func (c *code) target(t fsm.Target) target {
	v, base := fsm.Var{}, 0
	if t.System {
		v, base = c.p.sys.Vars[t.Var], c.p.sys.SystemSlot(t.Var)
	} else {
		v, base = c.p.sys.MachineOf(c.k.own).Vars[t.Var], c.p.sys.VarSlot(c.k.own, t.Var)
	}
	base += c.p.vars
	to := target{cell: -1, typ: v.Type.Scalar()}
	if len(t.Index) == 0 {
		to.cell = base
		return to
	}
	if slot, ok := c.fixedSlot(v.Type, t.Index); ok {
		to.cell = base + slot
		return to
	}
	to.element = c.element(v.Type, base, t.Index)
	return to
}

// fixedSlot is the slot of an element whose indices are constants.
func (c *code) fixedSlot(t *fsm.Type, index []*fsm.Expr) (int, bool) {
	slot := 0
	for _, e := range index {
		i, ok := c.k.constant(e)
		if !ok || i < 0 || i >= int64(t.Len) {
			return 0, false
		}
		t = t.Elem
		slot += int(i) * t.Slots()
	}
	return slot, true
}

// assign computes every value, then every place, and then writes. A value that several places wait for is put aside.
func (c *code) assign(s *fsm.Stmt) {
	values := make([]string, len(s.Values))
	for i, e := range s.Values {
		if e.Op == fsm.OpAny {
			c.chosen = true
			values[i] = c.temp(fmt.Sprintf("%s.pick(%s, %s)", c.picks, number(e.Type.Lo), number(e.Type.Hi)))
			continue
		}
		values[i] = c.value(e)
		if _, ok := c.k.constant(e); !ok && len(s.Values) > 1 {
			values[i] = c.temp(values[i])
		}
	}
	targets := make([]target, len(s.Targets))
	possible := true
	for i, t := range s.Targets {
		targets[i] = c.target(t)
		e, typ := s.Values[i], targets[i].typ
		if e.Op == fsm.OpAny && typ.Lo <= e.Type.Lo && e.Type.Hi <= typ.Hi || e.Op != fsm.OpAny && c.within(e, typ) {
			continue
		}
		if v, ok := c.k.constant(e); ok && !typ.Has(v) {
			c.violate(c.out(s.Span))
			possible = false
			continue
		}
		values[i] = c.temp(values[i])
		c.unless(inside(values[i], typ), c.out(s.Span))
	}
	if !possible {
		return // nothing gets here
	}
	if len(targets) == 1 && c.assignBits(targets[0], s.Values[0]) {
		return
	}
	for i, t := range targets {
		if t.cell < 0 {
			t.element.write(c, values[i])
		} else if v, ok := c.k.constant(s.Values[i]); ok {
			c.fix(t.cell, v)
		} else {
			c.setCell(t.cell, values[i])
		}
	}
}

// assignBits writes that constant bits are set in a variable, or taken out of it: elements of a set. It reports whether the
// assignment is of that kind.
func (c *code) assignBits(to target, e *fsm.Expr) bool {
	if to.cell < 0 || e.Op != fsm.OpBitOr && e.Op != fsm.OpAndNot {
		return false
	}
	at, ok := c.k.cell(e.Args[0])
	v, known := c.k.constant(e.Args[1])
	f, lo := c.field(to.cell)
	if !ok || at != to.cell || !known || v < 0 || f == nil || lo != 0 {
		return false
	}
	x := c.fixing()
	for i := range f.bits {
		if v>>i&1 == 0 {
			continue
		}
		if e.Op == fsm.OpBitOr {
			x.bits(f.at+int(i), 1, 1)
		} else {
			x.bits(f.at+int(i), 1, 0)
		}
	}
	x.write(c)
	return true
}

// inside writes the test that a value is of a type.
func inside(v string, t *fsm.Type) string {
	return fmt.Sprintf("%s <= %s && %s <= %s", number(t.Lo), v, v, number(t.Hi))
}

// arguments writes the values of arguments.
func (c *code) arguments(args []*fsm.Expr) []string {
	values := make([]string, len(args))
	for i, a := range args {
		values[i] = c.value(a)
	}
	return values
}

// ranges ends the step where an argument is not of the type of its parameter. It puts aside what it looks at.
func (c *code) ranges(values []string, args []*fsm.Expr, params []fsm.Param) {
	for i, a := range args {
		if c.within(a, params[i].Type) {
			if _, ok := c.k.constant(a); !ok {
				c.line("_ = %s", values[i])
			}
			continue
		}
		values[i] = c.temp(values[i])
		c.unless(inside(values[i], params[i].Type), c.out(a.Span))
	}
}

// send writes a send: what is sent is computed now, and leaves with [code.leave].
func (c *code) send(s *fsm.Stmt) {
	in := c.p.sys.Instances[c.k.own]
	d := dispatch{message: s.Message}
	for _, element := range in.Routes[s.Peer] {
		d.links = append(d.links, element[s.Message])
	}
	if s.Element != nil {
		if v, ok := c.k.constant(s.Element); ok && v >= 0 && v < int64(len(d.links)) {
			d.links = d.links[v : v+1]
		} else {
			d.element = c.keep(c.index(s.Element, len(d.links), c.out(s.Element.Span)))
		}
	}
	values := c.arguments(s.Args)
	c.ranges(values, s.Args, c.p.sys.Spec.Messages[s.Message].Fields)
	if len(d.links) == 1 && !c.isAtomic(d) {
		link := c.p.links[d.links[0]]
		d.packet = c.name("m")
		c.decls = append(c.decls, "var "+d.packet+" uint64")
		c.line("%s = %s", d.packet, c.pack(link.at, s.Message, values))
		c.sends = append(c.sends, d)
		return
	}
	for i, v := range values {
		if _, ok := c.k.constant(s.Args[i]); !ok {
			v = c.keep(v)
		}
		d.args = append(d.args, v)
	}
	d.sent = c.name("c")
	c.decls = append(c.decls, "var "+d.sent+" bool")
	c.line("%s = true", d.sent)
	c.sends = append(c.sends, d)
}

// keep puts a value into a variable that lives as long as the step.
func (c *code) keep(value string) string {
	v := c.name("v")
	c.decls = append(c.decls, "var "+v+" int64", "_ = "+v) // a field of one value is not looked at
	c.line("%s = %s", v, value)
	return v
}

// pack writes a message as it lies in a link.
func (c *code) pack(l *linkLayout, message int, values []string) string {
	tag := l.tag[message]
	fixed, together := uint64(tag)<<l.tagAt, " | "
	if l.firsts != nil {
		fixed, together = l.firsts[tag], " + "
	}
	var terms []string
	for i, f := range l.fields[tag] {
		if f.bits > 0 {
			terms = append(terms, fmt.Sprintf("%s<<%d", under(values[i], f.lo), f.at))
		}
	}
	return strings.Join(append(terms, fmt.Sprintf("%#x", fixed)), together)
}

// leave writes that what was sent leaves, in the order of the sends, and that atomic links are served then.
func (c *code) leave() {
	atomic := slices.ContainsFunc(c.sends, func(d dispatch) bool { return c.isAtomic(d) })
	c.cascades = c.cascades || atomic
	for _, d := range c.sends {
		switch {
		case d.packet != "":
			c.line("if %s != 0 {", d.packet)
			c.push(d.links[0], d.packet)
		case d.element == "":
			c.line("if %s {", d.sent)
			c.hand(d, d.links[0])
		default:
			c.line("if %s {", d.sent)
			c.line("switch %s {", d.element)
			for i, link := range d.links {
				if link < 0 {
					continue // no step sends to this element: there would be a link
				}
				c.line("case %d:", i)
				c.hand(d, link)
			}
			c.line("}")
		}
		c.line("}")
	}
	if !atomic || c.receives {
		return // what a receiver sends joins the queue of the step
	}
	c.chosen = c.chosen || c.picky
	c.left = true
	c.line("if len(x.queue) > 0 {")
	c.line("after := n")
	c.line("r := x.settle(&after)")
	c.line("n = after")
	c.line("if r == violated { x.violate(x.site) }")
	c.line("if r != done { %s }", c.refuse)
	c.line("}")
}

func (c *code) isAtomic(d dispatch) bool {
	return slices.ContainsFunc(d.links, func(l int) bool { return l >= 0 && c.p.links[l].Kind == fsm.Atomic })
}

// hand puts the message of a dispatch into a link, or on the queue of the step.
func (c *code) hand(d dispatch, link int) {
	l := c.p.links[link]
	if l.Kind == fsm.Atomic {
		c.line("x.queue = append(x.queue, packet{%d, %d, [maxArgs]int64{%s}})", link, d.message, strings.Join(d.args, ", "))
		return
	}
	m := c.name("m")
	c.line("var %s uint64 = %s", m, c.pack(l.at, d.message, d.args))
	c.push(link, m)
}

// push puts a packed message into a link, with what becomes of it where the link is full.
func (c *code) push(link int, packet string) {
	l := c.p.links[link]
	ok := c.name("c")
	c.line("var %s bool", ok)
	c.line("%s, %s = push%d(%s, %s)", c.step(), ok, link, c.step(), packet)
	switch {
	case l.Lose:
		c.line("_ = %s", ok)
	case l.FullBlocks:
		c.left = true
		c.line("if !%s { %s }", ok, c.refuse)
	default:
		c.line("if !%s { %s }", ok, c.fail(c.site(*l.overflow)))
	}
}
