package dve

import (
	"slices"

	"interlock/fsm"
	"interlock/spec"
)

// maxHeight bounds the tree of an expression, chains of one operator included.
const maxHeight = 10_000

// precedence is how tightly a binary operator binds, as in the first DIVINE, with which the counts of BEEM were made: "and" and
// "or" bind alike there, and so do the operators on bits. All associate to the left.
var precedence = map[string]int{
	"imply": 1,
	"||":    2, "or": 2, "&&": 2, "and": 2,
	"|": 3, "&": 3, "^": 3,
	"==": 4, "!=": 4,
	"<": 5, "<=": 5, ">": 5, ">=": 5,
	"<<": 6, ">>": 6,
	"+": 7, "-": 7,
	"*": 8, "/": 8, "%": 8,
}

// spelling gives operators that are words their signs.
var spelling = map[string]string{"or": "||", "and": "&&", "not": "!"}

func operator(t *token) string {
	if s, ok := spelling[t.text]; ok {
		return s
	}
	return t.text
}

// list reads up to most expressions between commas.
func (p *parser) list(most int) ([]*expr, bool) {
	var list []*expr
	for {
		e, ok := p.expr()
		if !ok {
			return nil, false
		}
		list = append(list, e)
		if len(list) > most {
			return nil, p.fail(e.span, "dve-limit", "a list of more than %d values", most)
		}
		if most == 1 || !p.take(",") {
			return list, true
		}
	}
}

// expr reads an expression.
func (p *parser) expr() (*expr, bool) { return p.binary(1) }

// binary reads operators that bind at least as tightly as lowest.
func (p *parser) binary(lowest int) (*expr, bool) {
	left, ok := p.operand()
	if !ok {
		return nil, false
	}
	for {
		t := p.here()
		level := precedence[t.text]
		if t.kind < word || level < lowest {
			return left, true
		}
		p.next()
		right, ok := p.binary(level + 1)
		if !ok {
			return nil, false
		}
		p.warnMixed(operator(t), left, t.span)
		left = tree(operator(t), cover(left.span, right.span), left, right)
		if left.height > maxHeight {
			return nil, p.fail(t.span, "dve-limit", "an expression is more than %d operators high", maxHeight)
		}
	}
}

// tighter are operators that bind more tightly in C than those they are mapped to, and alike in DVE.
var tighter = map[string][]string{"&&": {"||"}, "&": {"|", "^"}, "^": {"|"}}

// warnMixed tells where operators that bind alike in DVE stand side by side and C, or a newer reader of DVE, would group them
// otherwise.
func (p *parser) warnMixed(op string, left *expr, at fsm.Span) {
	if left.parens || !slices.Contains(tighter[op], left.op) {
		return
	}
	d := mistake(at, "dve-mixed", "%s and %s bind alike in DVE: this means (… %s …) %s …", quote(left.op), quote(op), left.op, op)
	d.Severity = spec.Warning
	d.Help = "C, and other readers of DVE, take it otherwise. Brackets make it clear."
	p.diags = append(p.diags, d)
}

func tree(op string, at fsm.Span, args ...*expr) *expr {
	e := &expr{op: op, args: args, span: at}
	for _, a := range args {
		e.height = max(e.height, a.height+1)
	}
	return e
}

func cover(a, b fsm.Span) fsm.Span {
	a.EndLine, a.EndCol = b.EndLine, b.EndCol
	return a
}

// operand reads what binary operators stand between.
func (p *parser) operand() (*expr, bool) {
	defer func() { p.depth-- }()
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail(p.here().span, "dve-limit", "an expression is nested more than %d deep", maxDepth)
	}
	t := p.here()
	switch {
	case t.is("-"), t.is("~"), t.is("!"), t.is("not"):
		p.next()
		a, ok := p.operand()
		if !ok {
			return nil, false
		}
		op := operator(t)
		if op == "-" {
			op = "neg"
		}
		return tree(op, cover(t.span, a.span), a), true
	case t.is("("):
		p.next()
		e, ok := p.expr()
		if !ok || !p.expect(")", "after the expression") {
			return nil, false
		}
		inner := *e
		inner.parens = true
		return &inner, true
	case t.is("true"), t.is("false"):
		p.next()
		return &expr{op: t.text, span: t.span}, true
	case t.kind == number:
		p.next()
		return &expr{op: "number", value: t.number(), span: t.span}, true
	case t.kind == name:
		return p.reference()
	}
	return nil, p.fail(t.span, "dve-syntax", "expected an expression, found %s", t.describe())
}

// reference reads x, x[i], P.s, P->x or P->x[i].
func (p *parser) reference() (*expr, bool) {
	t := p.next()
	e := &expr{op: "name", name: ident{t.text, t.span}, span: t.span}
	var ok bool
	if p.take(".") {
		e.op = "state"
		e.field, ok = p.ident("a state")
		e.span = cover(e.span, e.field.span)
		return e, ok
	}
	if p.take("->") {
		e.op = "foreign"
		if e.field, ok = p.ident("a variable"); !ok {
			return nil, false
		}
		e.span = cover(e.span, e.field.span)
	}
	if !p.take("[") {
		return e, true
	}
	index, ok := p.expr()
	if !ok {
		return nil, false
	}
	end := p.here().span
	if !p.expect("]", "after the index") {
		return nil, false
	}
	if e.op == "name" {
		e.op = "index"
	}
	e.args, e.height, e.span = []*expr{index}, index.height+1, cover(e.span, end)
	return e, true
}
