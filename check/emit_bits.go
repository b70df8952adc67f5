package check

import (
	"fmt"
	"strings"

	"interlock/fsm"
)

// raw writes what a field holds, as a uint64 above its lowest value.
func (c *code) raw(f *field) string {
	i, s := f.at>>6, uint(f.at&63)
	mask := uint64(1)<<f.bits - 1
	if s+f.bits > 64 {
		return fmt.Sprintf("(%s.w%d>>%d|%s.w%d<<%d)&%#x", c.at, i, s, c.at, i+1, 64-s, mask)
	}
	if s+f.bits == 64 {
		return fmt.Sprintf("%s.w%d>>%d", c.at, i, s)
	}
	return fmt.Sprintf("%s.w%d>>%d&%#x", c.at, i, s, mask)
}

// above writes a number that was taken out of bits as the value above lo.
func above(raw string, lo int64) string {
	if lo == 0 {
		return "int64(" + raw + ")"
	}
	return fmt.Sprintf("(int64(%s) + %s)", raw, number(lo))
}

// cell writes the value of a cell.
func (c *code) cell(cell int) string {
	f, lo := c.field(cell)
	if f == nil {
		return number(lo)
	}
	return above(c.raw(f), lo)
}

// under writes a value as the bits that stand for it.
func under(value string, lo int64) string {
	if lo == 0 {
		return "uint64(" + value + ")"
	}
	return fmt.Sprintf("uint64(%s-%s)", value, number(lo))
}

// setCell writes a value, which is in range, into a cell of the step.
func (c *code) setCell(cell int, value string) {
	f, lo := c.field(cell)
	if f == nil {
		c.line("_ = %s", value)
		return
	}
	i, s := f.at>>6, uint(f.at&63)
	mask := uint64(1)<<f.bits - 1
	if s+f.bits > 64 {
		v := c.name("b")
		c.line("%s := %s", v, under(value, lo))
		c.line("n.w%d = n.w%d&^%#x | %s<<%d", i, i, mask<<s, v, s)
		c.line("n.w%d = n.w%d&^%#x | %s>>%d", i+1, i+1, mask>>(64-s), v, 64-s)
		return
	}
	c.line("n.w%d = n.w%d&^%#x | %s<<%d", i, i, mask<<s, under(value, lo), s)
}

// fixing is constants that are written into cells together.
type fixing struct{ masks, values []uint64 }

func (e *emitter) fixing() *fixing {
	return &fixing{make([]uint64, e.p.words), make([]uint64, e.p.words)}
}

// add lets a cell have a constant value.
func (x *fixing) add(e *emitter, cell int, value int64) {
	if f, lo := e.field(cell); f != nil {
		x.bits(f.at, f.bits, uint64(value-lo))
	}
}

// bits lets bits from at on have a value; the last value counts.
func (x *fixing) bits(at int, n uint, value uint64) {
	for i := range n {
		bit := uint64(1) << uint((at+int(i))&63)
		word := (at + int(i)) >> 6
		x.masks[word] |= bit
		x.values[word] &^= bit
		if value>>i&1 != 0 {
			x.values[word] |= bit
		}
	}
}

func (x *fixing) write(c *code) {
	for i, mask := range x.masks {
		switch {
		case mask == 0:
		case mask == ^uint64(0):
			c.line("n.w%d = %#x", i, x.values[i])
		case x.values[i] == 0:
			c.line("n.w%d &^= %#x", i, mask)
		default:
			c.line("n.w%d = n.w%d&^%#x | %#x", i, i, mask, x.values[i])
		}
	}
}

// fix writes constants into single cells.
func (c *code) fix(cell int, value int64) {
	x := c.fixing()
	x.add(c.emitter, cell, value)
	x.write(c)
}

// element is a slot of a variable, at a place that the step finds out.
type element struct {
	at    int // the first bit of the variable
	size  int // bits of all of it
	bits  uint
	lo    int64
	steps []string // what is added to at
}

// element writes the place of an element of a variable of type t that begins at the cell base.
func (c *code) element(t *fsm.Type, base int, index []*fsm.Expr) element {
	scalar := t.Scalar()
	e := element{bits: width(scalar.Lo, scalar.Hi), lo: scalar.Lo}
	e.size = t.Slots() * int(e.bits)
	if f, _ := c.field(base); f != nil {
		e.at = f.at
	}
	for _, i := range index {
		at := c.index(i, t.Len, c.out(i.Span))
		t = t.Elem
		e.steps = append(e.steps, fmt.Sprintf("uint(%s)*%d", at, t.Slots()*int(e.bits)))
	}
	return e
}

// place writes where the element is: the word, if it is always the same, and the bit in it.
func (e element) place() (word int, bit string) {
	word = e.at >> 6
	at := e.at & 63
	if at+e.size > 64 {
		word, at = -1, e.at
	}
	return word, strings.Join(append([]string{fmt.Sprint(at)}, e.steps...), " + ")
}

func (e element) read(c *code) string {
	if e.bits == 0 {
		return number(e.lo)
	}
	word, bit := e.place()
	if word < 0 {
		return above(fmt.Sprintf("get(%s, %s, %d)", c.whole(), bit, e.bits), e.lo)
	}
	return above(fmt.Sprintf("%s.w%d>>((%s)&63)&%#x", c.at, word, bit, uint64(1)<<e.bits-1), e.lo)
}

func (e element) write(c *code, value string) {
	if e.bits == 0 {
		return
	}
	word, bit := e.place()
	if word < 0 {
		c.line("%s = set(%s, %s, %d, %s)", c.step(), c.step(), bit, e.bits, under(value, e.lo))
		return
	}
	b := c.name("b")
	c.line("%s := (%s) & 63", b, bit)
	c.line("n.w%d = n.w%d&^(%#x<<%s) | %s<<%s", word, word, uint64(1)<<e.bits-1, b, under(value, e.lo), b)
}

// whole is the state that is read.
func (c *code) whole() string {
	if c.at == "n" {
		return c.step()
	}
	return c.at
}

// step is the state that is written.
func (c *code) step() string {
	if c.lent {
		return "*n"
	}
	return "n"
}

// mask is a test of bits of one word.
type mask struct {
	word       int
	mask, want uint64
	not        bool // they must differ
	never      bool // no bits are so
}

func (m mask) String(c *code) string {
	op := "=="
	if m.not {
		op = "!="
	}
	switch {
	case m.never:
		return fmt.Sprint(m.not)
	case m.want == 0 || m.mask != m.want || m.mask&(m.mask-1) != 0:
		return fmt.Sprintf("(%s.w%d&%#x %s %#x)", c.at, m.word, m.mask, op, m.want)
	case m.not:
		return fmt.Sprintf("(%s.w%d&%#x == 0)", c.at, m.word, m.mask)
	}
	return fmt.Sprintf("(%s.w%d&%#x != 0)", c.at, m.word, m.mask)
}

// join adds the test to those that must all be true.
func (m mask) join(masks []mask) []mask {
	for i, other := range masks {
		if other.word == m.word && !m.not && !other.not && !m.never && !other.never {
			if (other.want^m.want)&other.mask&m.mask != 0 {
				masks[i].never = true
			}
			masks[i].mask |= m.mask
			masks[i].want |= m.want
			return masks
		}
	}
	return append(masks, m)
}

// test is whether a field holds a value. It must be in one word.
func (c *code) test(f *field, raw uint64) mask {
	s := uint(f.at & 63)
	return mask{word: f.at >> 6, mask: (uint64(1)<<f.bits - 1) << s, want: raw << s, never: raw>>f.bits != 0}
}

// holds writes whether a field holds a value.
func (c *code) holds(f *field, raw uint64) string {
	if f.at&63+int(f.bits) > 64 {
		return fmt.Sprintf("(%s == %#x)", c.raw(f), raw)
	}
	return c.test(f, raw).String(c)
}

// mask writes a condition as a test of bits, if it is one.
func (c *code) mask(e *fsm.Expr) (mask, bool) {
	cell, want := 0, int64(1)
	not := false
	switch e.Op {
	case fsm.OpNot:
		m, ok := c.mask(e.Args[0])
		m.not = !m.not
		return m.plain(), ok
	case fsm.OpSetHas:
		return c.member(e)
	case fsm.OpEq, fsm.OpNe:
		at, ok := c.k.cell(e.Args[0])
		v, known := c.k.constant(e.Args[1])
		if !ok || !known {
			return mask{}, false
		}
		cell, want, not = at, v, e.Op == fsm.OpNe
	case fsm.OpIn:
		if len(e.States) != 1 {
			return mask{}, false
		}
		if cell, want = e.Instance, int64(e.States[0]); cell == fsm.OwnInstance {
			cell = c.k.own
		}
	case fsm.OpArmed:
		instance := e.Instance
		if instance == fsm.OwnInstance {
			instance = c.k.own
		}
		cell = c.p.timers + c.p.sys.TimerSlot(instance, e.Index)
	default:
		at, ok := c.k.cell(e)
		if !ok || e.Type.Kind != fsm.Bool {
			return mask{}, false
		}
		cell = at
	}
	f, lo := c.field(cell)
	switch {
	case f == nil:
		return mask{never: want != lo, not: not}, want != lo // what is always true is no test
	case f.at&63+int(f.bits) > 64:
		return mask{}, false
	case want < lo:
		return mask{never: true, not: not}, true
	}
	m := c.test(f, uint64(want-lo))
	m.not = not
	return m.plain(), true
}

// plain is the test without a not, where one bit is tested: so it may be joined with others.
func (m mask) plain() mask {
	if m.not && !m.never && m.mask&(m.mask-1) == 0 {
		m.want, m.not = m.want^m.mask, false
	}
	return m
}

// member writes whether a set has an element, if both are always the same ones, as a test of a bit.
func (c *code) member(e *fsm.Expr) (mask, bool) {
	elem := e.Args[1].Type.Elem
	at, ok := c.k.cell(e.Args[1])
	v, known := c.k.constant(e.Args[0])
	if !ok || !known || v < elem.Lo || v > elem.Hi {
		return mask{}, false
	}
	f, lo := c.field(at)
	bit := v - elem.Lo
	if f == nil || lo != 0 || bit >= int64(f.bits) {
		return mask{}, false
	}
	place := f.at + int(bit)
	return mask{word: place >> 6, mask: 1 << (place & 63), want: 1 << (place & 63)}, true
}
