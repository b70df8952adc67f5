package spec

import (
	"fmt"
	"strconv"

	"interlock/fsm"
)

// binding is how tightly an operator binds; 0 is not a binary operator. "in" and "has" bind like comparisons.
func binding(t *token) int {
	if t.kind == tokName {
		switch t.text {
		case "has":
			return 4
		case "and":
			return 3
		case "or":
			return 2
		case "implies":
			return 1
		}
		return 0
	}
	if t.kind != tokOp && !t.is("in") {
		return 0
	}
	switch Op(t.text) {
	case OpImplies:
		return 1
	case OpOrElse:
		return 2
	case OpAndAlso:
		return 3
	case OpEq, OpNe, OpLt, OpLe, OpGt, OpGe, "in", "=":
		return 4
	case OpAdd, OpSub, OpOr, OpXor:
		return 5
	case OpMul, OpDiv, OpMod, OpShl, OpShr, OpAnd, OpAndNot:
		return 6
	}
	return 0
}

// The levels at which an expression can begin.
const (
	bindLoose = 1 // a whole expression
	bindSum   = 5 // no comparison: the bounds of a range, the domain of a quantifier
)

// parseExpr reads a whole expression.
func (p *parser) parseExpr() Expr { return p.binary(bindLoose) }

// inBrackets reads a whole expression where a comma separates (listed) or where none is expected.
func (p *parser) inBrackets(listed bool) Expr {
	comma, arrow := p.commaOK, p.arrowOK
	p.commaOK, p.arrowOK = !listed, false
	x := p.parseExpr()
	p.commaOK, p.arrowOK = comma, arrow
	return x
}

// count counts the parts of one expression; it tells and reports false at the limit.
func (p *parser) count() bool {
	p.exprNodes++
	if p.exprNodes > MaxExprNodes {
		p.fail(p.here(), "too-long", fmt.Sprintf("the expression has more parts than the limit of %d", MaxExprNodes), "Name parts of it with predicates.")
		return false
	}
	return true
}

// bad is the expression that stands where none could be read.
func (p *parser) bad() Expr {
	s := p.here()
	return &BadExpr{Node{Span: fsm.Span{File: s.File, Line: s.Line, Col: s.Col, EndLine: s.Line, EndCol: s.Col}, Bad: true}}
}

// binary reads an expression of operators that bind at least as tightly as level.
func (p *parser) binary(level int) Expr {
	if !p.enter() {
		return p.bad()
	}
	if p.exprDepth == 0 {
		p.exprNodes = 0
	}
	p.exprDepth++
	defer func() { p.exprDepth--; p.leave() }()
	m := p.begin()
	x := p.unary()
	for !p.quiet {
		t := p.tok()
		b := binding(t)
		if b < level || b == 0 || !p.count() {
			break
		}
		x = p.operation(m, x, t, b)
	}
	return x
}

// operation reads an operator of binding b and what stands right of it.
func (p *parser) operation(m mark, x Expr, t *token, b int) Expr {
	p.wordOperator(t)
	p.next()
	switch t.text {
	case "in":
		return p.in(m, x)
	case "has":
		return p.has(m, x)
	}
	op := Op(t.text)
	if op == "=" {
		p.tell(Diagnostic{Code: "assign-in-expression", Span: t.span(p.file), Message: "`=` does not compare",
			Help: "To compare, write `==`.", Fix: &Fix{Span: t.span(p.file), Text: "=="}})
		op = OpEq
	}
	right := b + 1
	if op == OpImplies {
		right = b
	}
	y := p.binary(right)
	return &BinaryExpr{Node: p.node(m), Op: op, OpSpan: t.span(p.file), X: x, Y: y}
}

// wordOperator tells of an operator that was written as a word and takes it for the operator.
func (p *parser) wordOperator(t *token) {
	if t.kind != tokName || t.text == "has" {
		return
	}
	op := map[string]string{"and": "&&", "or": "||", "implies": "=>"}[t.text]
	p.tell(Diagnostic{Code: "word-operator", Span: t.span(p.file), Message: quote(t.text) + " is not an operator",
		Help: "Write " + quote(op) + ".", Fix: &Fix{Span: t.span(p.file), Text: op}})
	t.kind, t.text = tokOp, op
}

// in reads what stands right of "in": a set, or the names of states.
func (p *parser) in(m mark, x Expr) Expr {
	p.checkNotIn(m, x)
	list := []Expr{p.binary(bindSum)}
	for p.commaOK && isPath(list[0]) && p.at(",") && !p.quiet {
		p.next()
		list = append(list, p.path())
	}
	if len(list) > 1 && p.at("in") {
		p.fail(p.here(), "comma-condition", "conditions are joined with `&&`, not with a comma",
			"Or put the test in brackets: `(x in A, B)`.")
	}
	return &InExpr{Node: p.node(m), X: x, List: list}
}

// checkNotIn tells of "!x in A", which does not mean what it seems to.
func (p *parser) checkNotIn(m mark, x Expr) {
	u, ok := x.(*UnaryExpr)
	if !ok || u.Op != OpNot || !p.toks[m.pos].is("!") {
		return
	}
	at := p.toks[m.pos].span(p.file)
	p.tell(Diagnostic{Code: "not-in", Span: at, Message: "`!` binds more tightly than `in`",
		Help: "Write `!(x in A)` to negate the test."})
}

// isPath reports whether x is a name or names joined by dots.
func isPath(x Expr) bool {
	for {
		switch e := x.(type) {
		case *NameExpr:
			return true
		case *SelectorExpr:
			x = e.X
		default:
			return false
		}
	}
}

// isCallable reports whether x is a name or ends in one: a predicate, perhaps of an instance.
func isCallable(x Expr) bool {
	switch x.(type) {
	case *NameExpr, *SelectorExpr:
		return true
	}
	return false
}

// path reads a name or names joined by dots.
func (p *parser) path() Expr {
	m := p.begin()
	id := p.name("a state")
	if id.Name == "" {
		return p.bad()
	}
	var x Expr = &NameExpr{Node: p.node(m), Name: id.Name}
	for p.at(".") && !p.quiet && p.count() {
		p.next()
		sel := p.name("a state")
		x = &SelectorExpr{Node: p.node(m), X: x, Sel: sel}
	}
	return x
}

// has reads what stands right of "has".
func (p *parser) has(m mark, x Expr) Expr {
	e := &HasExpr{X: x, Message: p.name("a message")}
	if p.at("(") {
		e.HasArgs = true
		e.Args = p.arguments(true)
	}
	e.Node = p.node(m)
	return e
}

// unary reads an operand with the operators before it.
func (p *parser) unary() Expr {
	t := p.tok()
	if !t.is("!") && !t.is("-") && !t.is("^") && !t.is("--") {
		return p.postfix()
	}
	if !p.enter() || !p.count() {
		return p.bad()
	}
	defer p.leave()
	m := p.begin()
	t.role = roleUnary
	p.next()
	if t.text == "--" {
		p.fail(t.span(p.file), "bad-operator", "`--` is not an operator", "")
	}
	x := p.unary()
	return &UnaryExpr{Node: p.node(m), Op: Op(t.text), X: x}
}

// postfix reads an operand with what follows it: .name, [index], (arguments).
func (p *parser) postfix() Expr {
	m := p.begin()
	x := p.operand()
	for !p.quiet {
		switch {
		case p.at("."):
			p.next()
			if n, ok := x.(*NameExpr); ok {
				p.strangeMember(n.Name)
			} else {
				p.strangeMember("")
			}
			x = &SelectorExpr{X: x, Sel: p.name("a name after the dot")}
			x.(*SelectorExpr).Node = p.node(m)
		case p.at("["):
			x = p.index(m, x)
		case p.at("(") && isCallable(x):
			args := p.arguments(false)
			x = &CallExpr{Node: p.node(m), Func: x, Args: args}
		default:
			return x
		}
		if !p.count() {
			break
		}
	}
	return x
}

// index reads "[index]" after x.
func (p *parser) index(m mark, x Expr) Expr {
	i := p.bracketed("index")
	return &IndexExpr{Node: p.node(m), X: x, Index: i}
}

// bracketed reads "[expression]".
func (p *parser) bracketed(what string) Expr {
	p.expect("[", "before the "+what)
	start := p.pos
	x := p.inBrackets(false)
	p.tighten(start)
	p.expect("]", "after the "+what)
	return x
}

// tighten has the operators since start set without space round them.
func (p *parser) tighten(start int) {
	for i := start; i < p.pos; i++ {
		t := &p.toks[i]
		if t.kind == tokOp && t.role == roleNone && binding(t) >= bindSum {
			t.role = roleTight
		}
	}
}

// arguments reads "(a, b)"; wild says whether _ may stand among them.
func (p *parser) arguments(wild bool) []Expr {
	before := p.wildOK
	p.wildOK = wild
	defer func() { p.wildOK = before }()
	var args []Expr
	p.list("(", ")", "argument", func() {
		if len(args) < MaxExprNodes {
			args = append(args, p.inBrackets(true))
		}
	})
	return args
}

// list reads "open element, element close"; a comma may stand before a close on a new line.
func (p *parser) list(open, close, what string, element func()) {
	opened := p.tok()
	if !p.expect(open, "") {
		return
	}
	opened.role = roleList
	for !p.quiet {
		if p.tok().kind == tokNewline && p.look(1).is(close) {
			p.skipNewline()
		}
		if p.at(close) {
			break
		}
		start := p.pos
		element()
		if p.tok().kind == tokNewline && p.look(1).is(close) {
			p.skipNewline()
		}
		if p.quiet || p.at(close) {
			break
		}
		p.comma(opened, close, what)
		if p.pos == start {
			break
		}
	}
	p.tok().role = max(p.tok().role, roleOfClose(p.tok(), close))
	if !p.quiet && !p.got(close) {
		p.unexpected(quote(close), "")
	}
	if p.quiet && open == "{" && !opened.unclosed {
		for p.tok().kind != tokEOF && !p.next().is(close) {
		}
	}
}

// roleOfClose is the role of the token that closes a list, if it does.
func roleOfClose(t *token, close string) role {
	if t.is(close) {
		return roleList
	}
	return roleNone
}

// comma goes past the comma between two elements, or tells that it or the closing bracket is missing.
func (p *parser) comma(opened *token, close, what string) {
	if p.got(",") {
		return
	}
	t := p.tok()
	d := Diagnostic{Code: "open-list", Message: "expected " + quote(",") + " or " + quote(close) + " after this " + what + ", found " + t.describe(),
		Span: p.here(), Labels: []Label{{Span: opened.span(p.file), Text: "the list begins here"}}}
	p.tell(d)
	p.quiet = true
}

// operand reads what an expression begins with.
func (p *parser) operand() Expr {
	m, t := p.begin(), p.tok()
	switch t.kind {
	case tokName:
		return p.nameOperand()
	case tokInt:
		p.next()
		return p.integer(m, t)
	case tokWord:
		if x := p.wordOperand(m, t); x != nil {
			return x
		}
	case tokOp:
		switch t.text {
		case "(":
			t.role = roleGap
			p.next()
			x := p.inBrackets(false)
			if p.look(1).is(")") {
				p.skipNewline()
			}
			p.expect(")", "")
			return x
		case "{":
			if t.role == roleList || t.unclosed {
				return p.set(m)
			}
		}
	case tokDuration:
		p.fail(p.here(), "duration", "a duration stands in the declaration of a timer only", "In guards, time is a timer that fires.")
		return p.bad()
	}
	p.noOperand(t)
	return p.bad()
}

// noOperand tells that an expression is missing.
func (p *parser) noOperand(t *token) {
	if t.kind == tokOp && p.firstOnLine(p.pos) && startsLine[t.text] && p.pos > 0 && p.toks[p.pos-1].kind == tokNewline {
		p.fail(p.here(), "line-begins", "a line cannot begin with "+t.describe(), "End the line before with it.")
		return
	}
	if t.kind == tokWord && !p.firstOnLine(p.pos) && !memberWords[t.text] {
		p.fail(p.here(), "reserved-word", "expected an expression, found "+quote(t.text)+", which is a word of the language", "")
		return
	}
	p.unexpected("an expression", "")
}

// nameOperand reads an operand that begins with a name.
func (p *parser) nameOperand() Expr {
	m, t := p.begin(), p.tok()
	switch {
	case p.strangeQuantifier():
		return p.bad()
	case t.text == "_" && !p.wildOK:
		p.fail(p.here(), "wildcard", "`_` is not a value", "It stands for any value among the arguments of a message in a property or scenario.")
		return p.bad()
	case t.text == "_":
		p.next()
		return &WildcardExpr{p.node(m)}
	case t.text == "count" && p.look(1).is("(") && p.look(2).kind == tokName && p.look(3).is("in"):
		return p.countOf(m)
	case t.text == "not" && p.look(1).kind != tokOp && !p.firstOnLine(p.pos+1) && p.look(1).kind != tokNewline && p.look(1).kind != tokEOF:
		p.tell(Diagnostic{Code: "word-operator", Span: p.here(), Message: "`not` is not an operator", Help: "Write `!`.",
			Fix: &Fix{Span: p.here(), Text: "!"}})
		p.next()
		return &UnaryExpr{Node: p.node(m), Op: OpNot, X: p.unary()}
	}
	p.next()
	return &NameExpr{Node: p.node(m), Name: t.text}
}

// integer is the number that was just read.
func (p *parser) integer(m mark, t *token) Expr {
	v, err := strconv.ParseInt(t.text, 0, 64)
	if err != nil {
		p.tell(Diagnostic{Code: "number-too-large", Span: t.span(p.file), Message: "the number " + quote(t.text) + " is too large",
			Help: "Numbers are at most 9223372036854775807; ranges lie within ±2^31."})
	}
	return &IntLit{Node: p.node(m), Value: v, Text: t.text}
}

// wordOperand reads an operand that begins with a reserved word; nil if none does.
func (p *parser) wordOperand(m mark, t *token) Expr {
	switch t.text {
	case "true", "false":
		p.next()
		return &BoolLit{Node: p.node(m), Value: t.text == "true"}
	case "self":
		p.next()
		return &SelfExpr{p.node(m)}
	case "from":
		p.next()
		return &FromExpr{p.node(m)}
	case "bool":
		p.next()
		return &NameExpr{Node: p.node(m), Name: "bool"}
	case "any":
		p.next()
		e := &AnyExpr{}
		if n := p.tok(); n.kind == tokName || n.kind == tokInt || n.is("bool") || n.is("[") || n.is("-") || n.is("(") {
			e.Type = p.parseType()
		}
		e.Node = p.node(m)
		return e
	case "all", "some":
		return p.quantifier(m, t)
	case "link":
		p.next()
		return p.linkView(m)
	}
	return nil
}

// quantifier reads "all x in D: P" or "some x in D: P".
func (p *parser) quantifier(m mark, t *token) Expr {
	p.next()
	e := &QuantExpr{Quant: All}
	if t.text == "some" {
		e.Quant = Some
	}
	p.quantified(e, t.text)
	e.P = p.parseExpr()
	e.Node = p.node(m)
	return e
}

// countOf reads "count(x in D: P)".
func (p *parser) countOf(m mark) Expr {
	p.next()
	p.next()
	e := &QuantExpr{Quant: Count}
	p.quantified(e, "count")
	e.P = p.inBrackets(false)
	p.expect(")", "after the condition that is counted")
	e.Node = p.node(m)
	return e
}

// quantified reads "x in D:".
func (p *parser) quantified(e *QuantExpr, word string) {
	e.Name = p.declared("what " + quote(word) + " ranges over")
	p.expectOr("in", "after the name", "Write `"+word+" x in …: …`.")
	e.Domain = p.domain()
	p.expect(":", "before the condition")
}

// domain reads what a name ranges over: a set, a type, instances or "lo..hi".
func (p *parser) domain() Expr {
	m := p.begin()
	x := p.binary(bindSum)
	if !p.at("..") {
		return x
	}
	p.next()
	hi := p.binary(bindSum)
	p.tighten(m.pos)
	return &RangeExpr{Node: p.node(m), Lo: x, Hi: hi}
}

// linkView reads "(from, to)" after "link".
func (p *parser) linkView(m mark) Expr {
	e := &LinkExpr{}
	p.expect("(", "after `link`")
	e.From = p.instanceRef()
	p.expectOr(",", "between the two ends of the link", "Write `link("+e.From.Name.Name+", b)`.")
	e.To = p.instanceRef()
	p.expect(")", "after the two ends of the link")
	e.Node = p.node(m)
	return e
}

// instanceRef reads "name" or "name[index]".
func (p *parser) instanceRef() InstanceRef {
	m := p.begin()
	r := InstanceRef{Name: p.name("an instance")}
	if p.at("[") && !p.quiet {
		r.Index = p.bracketed("index")
	}
	r.Span = p.spanFrom(m)
	return r
}

// set reads "{a, b}".
func (p *parser) set(m mark) Expr {
	e := &SetLit{}
	p.list("{", "}", "element", func() { e.Elems = append(e.Elems, p.inBrackets(true)) })
	e.Node = p.node(m)
	return e
}

// ---- types

// parseType reads a type.
func (p *parser) parseType() *TypeExpr {
	m := p.begin()
	t := &TypeExpr{}
	if !p.enter() {
		t.Node = p.node(m)
		return t
	}
	defer p.leave()
	switch {
	case p.got("bool"):
		t.Kind = BoolType
	case p.tok().isName("set") && p.look(1).isName("of"):
		p.next()
		p.next()
		t.Kind, t.Elem = SetType, p.parseType()
	case p.at("["):
		p.tok().role = roleType
		t.Len = p.bracketed("length")
		if last := p.last(); last >= 0 && p.toks[last].is("]") {
			p.toks[last].role = roleType
		}
		t.Kind, t.Elem = ArrayType, p.parseType()
	default:
		p.rangeOrName(t)
	}
	t.Node = p.node(m)
	return t
}

// rangeOrName reads a type that is a name or "lo..hi".
func (p *parser) rangeOrName(t *TypeExpr) {
	start := p.pos
	switch k := p.tok(); {
	case k.kind == tokName, k.kind == tokInt, k.is("-"), k.is("("):
	default:
		p.unexpected("a type", "Types are `bool`, `0..7`, a declared name, `[4]T` and `set of T`.")
		return
	}
	if p.tok().kind == tokName && p.typeEnds(p.look(1)) {
		t.Kind, t.Name = NamedType, p.name("a type")
		return
	}
	lo := p.binary(bindSum)
	if p.quiet {
		return
	}
	if !p.got("..") {
		d := Diagnostic{Code: "unbounded-type", Span: lo.Pos(), Message: "this is a value, not a type",
			Help: "A type of numbers is written with its bounds, as in `0..7`."}
		p.tell(d)
		return
	}
	hi := p.binary(bindSum)
	p.tighten(start)
	t.Kind, t.Lo, t.Hi = RangeType, lo, hi
}

// typeEnds reports whether a type that is a name ends before the token: no operator goes on.
func (p *parser) typeEnds(t *token) bool {
	if t.kind != tokOp {
		return true
	}
	return binding(t) < bindSum && !t.is("..") && !t.is("(") && !t.is("[") && !t.is(".")
}
