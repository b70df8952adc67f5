package check

import (
	"fmt"
	"strings"

	"interlock/fsm"
)

// number writes a constant.
func number(v int64) string {
	if v < 0 {
		return fmt.Sprintf("(%d)", v)
	}
	return fmt.Sprint(v)
}

// interval is what is known of a value before anything runs.
func (c *code) interval(e *fsm.Expr) (lo, hi int64) {
	if v, ok := c.k.constant(e); ok {
		return v, v
	}
	return e.Type.Lo, e.Type.Hi
}

// within reports whether a value is known to be of a type.
func (c *code) within(e *fsm.Expr, t *fsm.Type) bool {
	lo, hi := c.interval(e)
	return t.Lo <= lo && hi <= t.Hi
}

// isCondition reports whether an operator gives a truth value.
func isCondition(op fsm.Op) bool {
	switch op {
	case fsm.OpArmed, fsm.OpIn, fsm.OpExtern, fsm.OpLinkHas, fsm.OpLinkHead, fsm.OpLinkLast, fsm.OpNot, fsm.OpAnd, fsm.OpOr,
		fsm.OpImplies, fsm.OpEq, fsm.OpNe, fsm.OpLt, fsm.OpLe, fsm.OpGt, fsm.OpGe, fsm.OpSetHas:
		return true
	}
	return false
}

// value writes an expression as a Go expression of the type int64. What can end the step comes before it, as statements.
func (c *code) value(e *fsm.Expr) string {
	if v, ok := c.k.constant(e); ok {
		return number(v)
	}
	if cell, ok := c.k.cell(e); ok {
		return c.cell(cell)
	}
	switch e.Op {
	case fsm.OpVar, fsm.OpInstanceVar, fsm.OpSystemVar:
		t, base := c.k.variable(e)
		return c.element(t, base, e.Args).read(c)
	case fsm.OpParam:
		return c.arg(e.Index)
	case fsm.OpFrom: // nobody: known where there is a sender
		return "0"
	case fsm.OpLinkLen:
		return c.linkLength(e)
	case fsm.OpCount:
		terms := make([]string, len(e.Args))
		for i, a := range e.Args {
			terms[i] = c.value(a)
		}
		return "(" + strings.Join(terms, " + ") + ")"
	case fsm.OpCond, fsm.OpSelect:
		return c.chosenValue(e, "int64", c.value)
	case fsm.OpSetOf:
		return c.setOf(e)
	}
	if isCondition(e.Op) {
		return "truth(" + c.cond(e) + ")"
	}
	return c.arithmetic(e)
}

// chosenValue writes an expression of which only one alternative is evaluated.
func (c *code) chosenValue(e *fsm.Expr, typ string, write func(*fsm.Expr) string) string {
	if e.Op == fsm.OpSelect {
		if row, ok := c.row(e); ok {
			if typ == "bool" {
				return "(" + row + " != 0)"
			}
			return row
		}
	}
	v := c.name("v")
	if e.Op == fsm.OpCond {
		condition := c.cond(e.Args[0])
		c.line("var %s %s", v, typ)
		c.line("if %s {", condition)
		c.line("%s = %s", v, write(e.Args[1]))
		c.line("} else {")
		c.line("%s = %s", v, write(e.Args[2]))
		c.line("}")
		return v
	}
	at := c.value(e.Args[0])
	c.line("var %s %s", v, typ)
	c.line("switch %s {", at)
	for i, a := range e.Args[1:] {
		c.line("case %d:", i)
		c.line("%s = %s", v, write(a))
	}
	c.line("default:")
	c.violate(c.out(e.Span))
	c.line("}")
	return v
}

// row writes a choice among the same variable of several instances, where these lie in equal steps in the packed state.
func (c *code) row(e *fsm.Expr) (string, bool) {
	if len(e.Args) < 3 {
		return "", false
	}
	var first, step *field
	for i, a := range e.Args[1:] {
		cell, ok := c.k.cell(a)
		f, _ := c.field(cell)
		switch {
		case !ok || f == nil:
			return "", false
		case i == 0:
			first = f
			continue
		case i == 1:
			step = &field{at: f.at - first.at}
		}
		if f.bits != first.bits || f.lo != first.lo || f.at != first.at+i*step.at {
			return "", false
		}
	}
	if step.at <= 0 {
		return "", false
	}
	index := c.index(e.Args[0], len(e.Args)-1, c.out(e.Span))
	return element{at: first.at, size: (len(e.Args)-2)*step.at + int(first.bits), bits: first.bits, lo: first.lo,
		steps: []string{fmt.Sprintf("uint(%s)*%d", index, step.at)}}.read(c), true
}

// index writes an index and ends the step where it is outside 0..n-1.
func (c *code) index(e *fsm.Expr, n int, out site) string {
	v := c.value(e)
	if lo, hi := c.interval(e); lo >= 0 && hi < int64(n) {
		return v
	}
	v = c.temp(v)
	c.unless(fmt.Sprintf("uint64(%s) < %d", v, n), out)
	return v
}

// infixes are operators that Go writes alike.
var infixes = map[fsm.Op]string{fsm.OpEq: "==", fsm.OpNe: "!=", fsm.OpLt: "<", fsm.OpLe: "<=", fsm.OpGt: ">", fsm.OpGe: ">=",
	fsm.OpAdd: "+", fsm.OpSub: "-", fsm.OpMul: "*", fsm.OpDiv: "/", fsm.OpRem: "%", fsm.OpBitAnd: "&", fsm.OpBitOr: "|",
	fsm.OpBitXor: "^", fsm.OpAndNot: "&^", fsm.OpShl: "<<", fsm.OpShr: ">>"}

func (c *code) arithmetic(e *fsm.Expr) string {
	a := c.value(e.Args[0])
	if e.Op == fsm.OpNeg {
		return "(-" + a + ")"
	}
	b := c.value(e.Args[1])
	lo, hi := c.interval(e.Args[1])
	switch e.Op {
	case fsm.OpDiv, fsm.OpRem:
		if lo <= 0 && 0 <= hi {
			b = c.temp(b)
			c.unless(b+" != 0", c.out(e.Span))
		}
		a = "int64(" + a + ")"
	case fsm.OpShl, fsm.OpShr:
		if lo < 0 || hi > fsm.MaxSet {
			b = c.temp(b)
			c.unless(fmt.Sprintf("uint64(%s) <= %d", b, fsm.MaxSet), c.out(e.Span))
		}
		a, b = "int64("+a+")", "(uint("+b+")&63)"
	}
	op := infixes[e.Op]
	if op == "" {
		panic(fmt.Sprintf("check: operator %d where a value is wanted", e.Op))
	}
	return "(" + a + " " + op + " " + b + ")"
}

// setOf writes a set of elements, each of which must be in the element type.
func (c *code) setOf(e *fsm.Expr) string {
	elem := e.Type.Elem
	var terms []string
	for _, a := range e.Args {
		v := c.value(a)
		if !c.within(a, elem) {
			v = c.temp(v)
			c.unless(fmt.Sprintf("%d <= %s && %s <= %d", elem.Lo, v, v, elem.Hi), c.out(a.Span))
		}
		terms = append(terms, fmt.Sprintf("int64(1)<<(uint(%s-%s)&63)", v, number(elem.Lo)))
	}
	if len(terms) == 0 {
		return "0"
	}
	return "(" + strings.Join(terms, " | ") + ")"
}

// has writes the test for an element of a set.
func (c *code) has(e *fsm.Expr) string {
	elem := e.Args[1].Type.Elem
	v := c.value(e.Args[0])
	set := c.value(e.Args[1])
	test := func(v string) string {
		return fmt.Sprintf("int64(%s)>>(uint(%s-%s)&63)&1 != 0", set, v, number(elem.Lo))
	}
	if c.within(e.Args[0], elem) {
		return "(" + test(v) + ")"
	}
	v = c.temp(v)
	return fmt.Sprintf("(%d <= %s && %s <= %d && %s)", elem.Lo, v, v, elem.Hi, test(v))
}

// cond writes an expression as a condition of Go.
func (c *code) cond(e *fsm.Expr) string {
	if v, ok := c.k.constant(e); ok {
		return fmt.Sprint(v != 0)
	}
	if m, ok := c.mask(e); ok {
		return m.String(c)
	}
	switch e.Op {
	case fsm.OpIn:
		return c.in(e)
	case fsm.OpExtern:
		return c.extern(e)
	case fsm.OpLinkHas, fsm.OpLinkHead, fsm.OpLinkLast:
		return c.view(e)
	case fsm.OpNot:
		return "!" + c.cond(e.Args[0])
	case fsm.OpAnd:
		return c.junction(e.Args, "&&", true, c.cond)
	case fsm.OpOr:
		return c.junction(e.Args, "||", false, c.cond)
	case fsm.OpImplies:
		first := true
		return c.junction(e.Args, "||", false, func(e *fsm.Expr) string {
			text := c.cond(e)
			if first {
				first, text = false, "!"+text
			}
			return text
		})
	case fsm.OpEq, fsm.OpNe, fsm.OpLt, fsm.OpLe, fsm.OpGt, fsm.OpGe:
		return c.comparison(e)
	case fsm.OpSetHas:
		return c.has(e)
	case fsm.OpCond, fsm.OpSelect:
		return c.chosenValue(e, "bool", c.cond)
	}
	return "(" + c.value(e) + " != 0)"
}

func (c *code) comparison(e *fsm.Expr) string {
	op := infixes[e.Op]
	if a, b := e.Args[0], e.Args[1]; a.Type.Kind == fsm.Bool && b.Type.Kind == fsm.Bool && (e.Op == fsm.OpEq || e.Op == fsm.OpNe) {
		x := c.cond(a)
		return "(" + x + " " + op + " " + c.cond(b) + ")"
	}
	a := c.value(e.Args[0])
	return "(" + a + " " + op + " " + c.value(e.Args[1]) + ")"
}

// junction writes conditions of which each is evaluated only if those before it do not decide. As long as they are plain
// expressions Go's operator does that; before one that needs statements it is an if. If merge, tests of bits in one word
// become one.
func (c *code) junction(args []*fsm.Expr, op string, merge bool, write func(*fsm.Expr) string) string {
	var texts []string
	var masks []mask
	bits := func() {
		for _, m := range masks {
			texts = append(texts, m.String(c))
		}
		masks = nil
	}
	sum := ""
	for _, a := range args {
		if merge {
			if m, ok := c.mask(a); ok {
				masks = m.join(masks)
				continue
			}
		}
		bits()
		var text string
		before := c.aside(func() { text = write(a) })
		if before == "" {
			texts = append(texts, text)
			continue
		}
		if sum == "" {
			sum = c.name("c")
			c.line("%s := %s", sum, junctionOf(texts, op))
		} else {
			c.line("%s = %s", sum, junctionOf(append([]string{sum}, texts...), op))
		}
		texts = nil
		if op == "&&" {
			c.line("if %s {", sum)
		} else {
			c.line("if !%s {", sum)
		}
		c.WriteString(before)
		c.line("%s = %s", sum, text)
		c.line("}")
	}
	if bits(); sum != "" {
		texts = append([]string{sum}, texts...)
	}
	return junctionOf(texts, op)
}

// junctionOf joins plain conditions, each once; those that decide nothing are left out.
func junctionOf(texts []string, op string) string {
	neutral, absorbing := fmt.Sprint(op == "&&"), fmt.Sprint(op != "&&")
	seen := map[string]bool{neutral: true}
	var list []string
	for _, text := range texts {
		if text == absorbing {
			return absorbing
		}
		if !seen[text] {
			seen[text] = true
			list = append(list, text)
		}
	}
	switch len(list) {
	case 0:
		return neutral
	case 1:
		return list[0]
	}
	return "(" + strings.Join(list, " "+op+" ") + ")"
}

// extern writes the question to an extern guard.
func (c *code) extern(e *fsm.Expr) string {
	values := make([]string, len(e.Args))
	for i, a := range e.Args {
		values[i] = c.value(a)
	}
	c.chosen = true
	v := c.name("c")
	c.line("%s := %s.extern(%d, [maxArgs]int64{%s})", v, c.picks, e.Index, strings.Join(values, ", "))
	return v
}

// in writes the test for states of an instance.
func (c *code) in(e *fsm.Expr) string {
	instance := e.Instance
	if instance == fsm.OwnInstance {
		instance = c.k.own
	}
	return c.isIn(instance, e.States)
}

func (c *code) isIn(instance int, states []int) string {
	f, lo := c.field(instance)
	if f == nil {
		for _, s := range states {
			if int64(s) == lo {
				return "true"
			}
		}
		return "false"
	}
	var texts []string
	set := uint64(0)
	for _, s := range states {
		at := int64(s) - lo
		switch {
		case at < 0 || at >= 1<<f.bits:
		case f.bits <= 6:
			set |= 1 << uint(at)
		default:
			texts = append(texts, c.holds(f, uint64(at)))
		}
	}
	if set&(set-1) == 0 && set != 0 {
		for at := uint64(0); at < 64; at++ {
			if set>>at == 1 {
				return c.holds(f, at)
			}
		}
	}
	if f.bits <= 6 && set != 0 {
		return fmt.Sprintf("(uint64(%#x)>>(%s)&1 != 0)", set, c.raw(f))
	}
	if len(texts) == 0 {
		return "false"
	}
	return junctionOf(texts, "||")
}
