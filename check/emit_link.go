package check

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// row is how the places of a link are reached. Where they have the bits of one word they are taken out together, also across
// the end of a word.
type row struct {
	*linkLayout
	word  int // of all of them, or -1
	first int // the first word
	shift int
	whole bool   // they have the bits of one word
	mask  uint64 // of all places
	one   uint64 // of one
}

func (l *linkLayout) row() row {
	r := row{linkLayout: l, word: l.at >> 6, first: l.at >> 6, shift: l.at & 63, one: ones(l.width)}
	r.whole, r.mask = l.size <= 64, ones(l.size)
	if r.shift+l.size > 64 {
		r.word = -1
	}
	return r
}

// ones is n low bits.
func ones(n int) uint64 {
	if n >= 64 {
		return ^uint64(0)
	}
	return 1<<n - 1
}

// all writes all places of a link as a number.
func (r row) all(state string) string {
	if r.word < 0 {
		return fmt.Sprintf("((%s.w%d>>%d|%s.w%d<<%d)&%#x)", state, r.first, r.shift, state, r.first+1, 64-r.shift, r.mask)
	}
	return fmt.Sprintf("(%s.w%d>>%d&%#x)", state, r.word, r.shift, r.mask)
}

// place writes what lies at a place; whole is the state, which is not called by the name of a pointer to it.
func (r row) place(state, whole, at string) string {
	if r.set {
		return fmt.Sprintf("member(%s, %s)", r.all(state), at)
	}
	if at == "0" {
		return (&code{at: state}).raw(&field{at: r.at, bits: uint(r.width)})
	}
	if r.word < 0 {
		return fmt.Sprintf("get(%s, %d+(%s)*%d, %d)", whole, r.at, at, r.width, r.width)
	}
	return fmt.Sprintf("%s.w%d>>((%d+(%s)*%d)&63)&%#x", state, r.word, r.shift, at, r.width, r.one)
}

// length writes how many messages there are.
func (r row) length(state, whole string) string {
	if !r.whole {
		return fmt.Sprintf("length(%s, %d, %d, %d)", whole, r.at, r.width, r.capacity)
	}
	if r.set {
		return fmt.Sprintf("uint(bits.OnesCount64(%s))", r.all(state))
	}
	if r.capacity == 1 {
		return fmt.Sprintf("uint(truth(%s != 0))", r.all(state))
	}
	return fmt.Sprintf("((uint(bits.Len64(%s)) + %d) / %d)", r.all(state), r.width-1, r.width)
}

// takeOut writes that the message at a place is taken out of n.
func (c *code) takeOut(l *linkLayout, at string) {
	r := l.row()
	if !r.whole {
		c.line("%s = takeOut(%s, %d, %d, %d, %s)", c.step(), c.step(), r.at, r.width, r.capacity, at)
		return
	}
	if r.set {
		c.setRow(r, fmt.Sprintf("without(%s, %s)", r.all("n"), at))
		return
	}
	if r.capacity == 1 && r.word >= 0 {
		c.line("n.w%d &^= %#x", r.word, r.mask<<r.shift)
		return
	}
	if at == "0" {
		c.setRow(r, fmt.Sprintf("%s>>%d", r.all("n"), r.width))
		return
	}
	c.setRow(r, fmt.Sprintf("cutOut(%s, %s, %d)", r.all("n"), at, r.width))
}

// setRow writes that all places of a link become a number.
func (c *code) setRow(r row, value string) {
	if r.word >= 0 {
		c.line("n.w%d = n.w%d&^%#x | %s<<%d", r.word, r.word, r.mask<<r.shift, value, r.shift)
		return
	}
	v := c.name("r")
	c.line("%s := %s", v, value)
	c.line("n.w%d = n.w%d&^%#x | %s<<%d", r.first, r.first, r.mask<<r.shift, v, r.shift)
	c.line("n.w%d = n.w%d&^%#x | %s>>%d", r.first+1, r.first+1, r.mask>>(64-r.shift), v, 64-r.shift)
}

// links writes the functions that put messages into links, for every link that stores some.
func (e *emitter) links() {
	for i, l := range e.p.links {
		if l.at.capacity == 0 || l.at.width == 0 {
			continue
		}
		if l.at.width > 64 {
			e.cannot("a message of the link %s takes %d bits; at most 64 are compiled", l.Name, l.at.width)
			return
		}
		e.push(i, l)
	}
}

// push writes the function that puts a message into a link. It reports whether there was room.
func (e *emitter) push(i int, l *link) {
	r := l.at.row()
	c := &code{emitter: e, at: "n"}
	c.line("func push%d(n state, m uint64) (state, bool) {", i)
	if r.whole && !r.set && l.Kind != fsm.Keep && r.capacity > 1 {
		c.pushWhole(r, l.Bag())
		c.line("}\n")
		e.text.Write(c.Bytes())
		return
	}
	c.line("count := %s", r.length("n", "n"))
	switch {
	case r.set:
		c.line("if %s>>((m-1)&63)&1 != 0 { return n, true }", r.all("n"))
	case l.Kind == fsm.Keep:
		c.line("for at := uint(0); at < count; at++ {")
		c.line("if %s == m { return n, true }", r.place("n", "n", "at"))
		c.line("}")
	}
	c.line("if count == %d { return n, false }", r.capacity)
	c.line("at := count\n_ = at")
	if l.Bag() && !r.set {
		c.line("for at > 0 && %s >= m { at-- }", r.place("n", "n", "at-1"))
	}
	c.insert(r, "at", "m")
	c.line("return n, true")
	c.line("}\n")
	e.text.Write(c.Bytes())
}

// pushWhole writes how a message is put into a link whose places have the bits of one word: into a bag before what is not less,
// and behind all others into a queue.
func (c *code) pushWhole(r row, bag bool) {
	c.line("row := %s", r.all("n"))
	c.line("if row>>%d != 0 { return n, false }", (r.capacity-1)*r.width)
	if bag {
		c.line("at := uint(0)")
		c.line("for rest := row; rest != 0 && rest&%#x < m; rest >>= %d { at++ }", r.one, r.width)
		c.setRow(r, fmt.Sprintf("fitIn(row, at, %d, m)", r.width))
	} else {
		c.line("end := (uint(bits.Len64(row)) + %d) / %d * %d", r.width-1, r.width, r.width)
		c.setRow(r, "(row | m<<(end&63))")
	}
	c.line("return n, true")
}

// filled writes the test that something is in a link, or nothing where it takes more bits than a word.
func (r row) filled(c *code) string {
	if !r.whole {
		return ""
	}
	x := c.fixing()
	x.bits(r.at, uint(r.size), 0)
	var words []string
	for i, mask := range x.masks {
		if mask != 0 {
			words = append(words, fmt.Sprintf("%s.w%d&%#x", c.at, i, mask))
		}
	}
	return strings.Join(words, "|") + " != 0"
}

// insert writes that a message is put at a place of n, before what lies there. There must be room.
func (c *code) insert(r row, at, packet string) {
	switch {
	case r.set:
		c.setRow(r, fmt.Sprintf("(%s | 1<<((%s-1)&63))", r.all("n"), packet))
	case !r.whole:
		c.line("%s = putIn(%s, %d, %d, %d, %s, %s)", c.step(), c.step(), r.at, r.width, r.capacity, at, packet)
	case r.capacity == 1 && r.word >= 0:
		c.line("n.w%d |= %s << %d", r.word, packet, r.shift)
	default:
		c.setRow(r, fmt.Sprintf("fitIn(%s, %s, %d, %s)", r.all("n"), at, r.width, packet))
	}
}

// linkLength writes how many messages are in some links together.
func (c *code) linkLength(e *fsm.Expr) string {
	text := "int64(0"
	for _, i := range e.Links {
		if l := c.p.links[i].at; l.capacity > 0 && l.width > 0 {
			text += "+" + l.row().length(c.at, c.whole())
		}
	}
	return text + ")"
}

// view writes a question to the messages in links.
func (c *code) view(e *fsm.Expr) string {
	v := c.name("c")
	c.line("%s := false", v)
	for _, i := range e.Links {
		l := c.p.links[i].at
		tag := l.tag[e.Message]
		if l.capacity == 0 || tag == 0 {
			continue
		}
		r := l.row()
		m, at := c.name("m"), c.name("at")
		switch e.Op {
		case fsm.OpLinkHas:
			c.line("for %s := uint(0); %s < %d && !%s; %s++ {", at, at, l.capacity, v, at)
		case fsm.OpLinkHead:
			c.line("{")
			at = "0"
		case fsm.OpLinkLast:
			c.line("if %s := %s; %s > 0 {", at, r.length(c.at, c.whole()), at)
			at += "-1"
		}
		c.line("%s := %s", m, r.place(c.at, c.whole(), at))
		c.line("if %s {", l.isOf(tag, m))
		c.line("%s = %s", v, c.fieldsMatch(e, l.fields[tag], l.fieldsOf(tag, m)))
		c.line("}")
		c.line("}")
	}
	return v
}

// isOf writes the test that what a place holds, perhaps nothing, is a message of a tag.
func (l *linkLayout) isOf(tag int, m string) string {
	switch {
	case l.firsts == nil:
		return fmt.Sprintf("%s>>%d == %d", m, l.tagAt, tag)
	case tag == len(l.carries):
		return fmt.Sprintf("%s >= %d", m, l.firsts[tag])
	}
	return fmt.Sprintf("%d <= %s && %s < %d", l.firsts[tag], m, m, l.firsts[tag+1])
}

// fieldsOf writes the fields of a packed message of a tag, in their places.
func (l *linkLayout) fieldsOf(tag int, m string) string {
	if l.firsts == nil {
		return m
	}
	return fmt.Sprintf("(%s - %d)", m, l.firsts[tag])
}

// fieldsMatch writes the test that the fields m of a packed message are those that are wanted, where nil means any. As in the
// reference, what is wanted is evaluated field by field, as long as they are equal.
func (c *code) fieldsMatch(e *fsm.Expr, fields []field, m string) string {
	var tests []*fsm.Expr
	var at []field
	for i, want := range e.Args {
		if want != nil {
			tests, at = append(tests, want), append(at, fields[i])
		}
	}
	return c.junction(tests, "&&", false, func(want *fsm.Expr) string {
		f := at[slices.Index(tests, want)]
		value := c.value(want)
		return fmt.Sprintf("(%s == %s)", c.packed(f, m), value)
	})
}

// packed writes one of the fields m of a packed message.
func (e *emitter) packed(f field, m string) string {
	if f.bits == 0 {
		return number(f.lo)
	}
	return above(fmt.Sprintf("%s>>%d&%#x", m, f.at, uint64(1)<<f.bits-1), f.lo)
}
