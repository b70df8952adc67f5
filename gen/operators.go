package gen

import (
	"fmt"
	"strings"

	"interlock/fsm"
)

// decide writes what need not look at all its arguments.
func (p *place) decide(e *fsm.Expr) code {
	switch e.Op {
	case fsm.OpNot:
		return p.not(e.Args[0])
	case fsm.OpAnd:
		return p.chain(flat(fsm.OpAnd, e), precAnd, " && ", "true", "false")
	case fsm.OpOr, fsm.OpImplies:
		return p.chain(flat(fsm.OpOr, e), precOr, " || ", "false", "true")
	case fsm.OpCount:
		texts := make([]string, len(e.Args))
		for i, a := range e.Args {
			texts[i] = p.expr(a).text
		}
		return atom("int64", "fsm.Count(%s)", strings.Join(texts, ", "))
	case fsm.OpCond:
		return p.cond(e)
	}
	return p.choose(e)
}

// opposite has, for each comparison, the one that holds where it does not.
var opposite = map[fsm.Op]fsm.Op{fsm.OpEq: fsm.OpNe, fsm.OpNe: fsm.OpEq, fsm.OpLt: fsm.OpGe, fsm.OpGe: fsm.OpLt, fsm.OpLe: fsm.OpGt, fsm.OpGt: fsm.OpLe}

func (p *place) not(e *fsm.Expr) code {
	if op, ok := opposite[e.Op]; ok {
		return p.compare(op, e.Args[0], e.Args[1])
	}
	if e.Op == fsm.OpNot {
		return p.expr(e.Args[0])
	}
	c := p.expr(e)
	switch {
	case c.text == "true":
		return atom("bool", "false")
	case c.text == "false":
		return atom("bool", "true")
	}
	return code{"!" + c.in(precUnary), precUnary, "bool"}
}

// flat are the conditions that an operator joins, however deep they are nested: Go's vet looks at all of them together.
func flat(op fsm.Op, e *fsm.Expr) []*fsm.Expr {
	args := e.Args
	switch {
	case e.Op == fsm.OpImplies && op == fsm.OpOr:
		args = []*fsm.Expr{{Op: fsm.OpNot, Type: fsm.BoolType, Args: e.Args[:1]}, e.Args[1]}
	case e.Op != op:
		return []*fsm.Expr{e}
	}
	var all []*fsm.Expr
	for _, a := range args {
		all = append(all, flat(op, a)...)
	}
	return all
}

// chain joins conditions; what is neutral is left out, and what decides ends the chain.
func (p *place) chain(args []*fsm.Expr, prec int, op, neutral, decides string) code {
	var parts []code
	seen := map[string]bool{}
	for _, a := range args {
		c := p.expr(a)
		if c.text == neutral || seen[c.text] && !p.fallible(a) {
			continue
		}
		seen[c.text] = true
		parts = append(parts, c)
		if c.text == decides {
			break
		}
	}
	switch {
	case len(parts) == 0:
		return atom("bool", "%s", neutral)
	case len(parts) == 1:
		return parts[0]
	case parts[0].text == decides:
		return parts[0]
	}
	texts := make([]string, len(parts))
	for i, c := range parts {
		texts[i] = c.in(prec)
	}
	return code{strings.Join(texts, op), prec, "bool"}
}

// plain is the Go type in which alternatives of an expression meet, and each of them in it.
func (p *place) plain(t *fsm.Type, args []*fsm.Expr) (string, []string) {
	texts := make([]string, len(args))
	for i, a := range args {
		if t.Kind == fsm.Bool {
			texts[i] = p.expr(a).text
		} else {
			texts[i] = p.int(a).text
		}
	}
	if t.Kind == fsm.Bool {
		return "bool", texts
	}
	return "int64", texts
}

// cond writes c ? a : b. Where evaluating a or b can fail, only the chosen one is evaluated.
func (p *place) cond(e *fsm.Expr) code {
	typ, alternatives := p.plain(e.Type, e.Args[1:])
	c := p.expr(e.Args[0]).text
	if !p.fallible(e.Args[1]) && !p.fallible(e.Args[2]) {
		return atom(typ, "fsm.Cond[%s](%s, %s, %s)", typ, c, alternatives[0], alternatives[1])
	}
	return atom(typ, "func() %s {\nif %s {\nreturn %s\n}\nreturn %s\n}()", typ, c, alternatives[0], alternatives[1])
}

// choose writes the selection of one of several alternatives by a number.
func (p *place) choose(e *fsm.Expr) code {
	typ, alternatives := p.plain(e.Type, e.Args[1:])
	n := len(alternatives)
	fallible := false
	for _, a := range e.Args[1:] {
		fallible = fallible || p.fallible(a)
	}
	at := p.int(e.Args[0]).text
	if !p.sure(e.Args[0], 0, int64(n-1)) {
		at = fmt.Sprintf("%s.Index(%s, %d)", p.bad(), at, n)
	}
	if !fallible {
		return atom(typ, "[...]%s{%s}[%s]", typ, strings.Join(alternatives, ", "), at)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "func() %s {\nswitch %s {\n", typ, at)
	for i, a := range alternatives[:n-1] {
		fmt.Fprintf(&b, "case %d:\nreturn %s\n", i, a)
	}
	fmt.Fprintf(&b, "}\nreturn %s\n}()", alternatives[n-1])
	return atom(typ, "%s", b.String())
}

var comparisons = map[fsm.Op]string{fsm.OpEq: "==", fsm.OpNe: "!=", fsm.OpLt: "<", fsm.OpLe: "<=", fsm.OpGt: ">", fsm.OpGe: ">="}

// compare writes a comparison, or its answer where the intervals of both sides have it already.
func (p *place) compare(op fsm.Op, a, b *fsm.Expr) code {
	if !p.fallible(a) && !p.fallible(b) {
		if known, ok := decided(op, a, b); ok {
			return atom("bool", "%t", known)
		}
	}
	x, y := p.expr(a), p.expr(b)
	if x.typ == "bool" && y.typ == "bool" && (op == fsm.OpEq || op == fsm.OpNe) {
		return p.compareBools(op, a, b)
	}
	same := x.typ == y.typ || x.typ == "" && fits(a, b) || y.typ == "" && fits(b, a)
	if !same || x.typ == "bool" {
		x, y = p.int(a), p.int(b)
	}
	return code{x.in(precCompare+1) + " " + comparisons[op] + " " + y.in(precCompare+1), precCompare, "bool"}
}

// fits reports whether e is a constant that the Go type of other can hold.
func fits(e, other *fsm.Expr) bool {
	lo, hi := goBounds(other.Type)
	return e.Op == fsm.OpConst && within(e, lo, hi)
}

// compareBools spares readers a comparison with true or false.
func (p *place) compareBools(op fsm.Op, a, b *fsm.Expr) code {
	if a.Op == fsm.OpConst {
		a, b = b, a
	}
	if b.Op == fsm.OpConst {
		if (b.Value != 0) == (op == fsm.OpEq) {
			return p.expr(a)
		}
		return p.not(a)
	}
	return code{p.expr(a).in(precCompare+1) + " " + comparisons[op] + " " + p.expr(b).in(precCompare+1), precCompare, "bool"}
}

// decided is the answer of a comparison whose sides' intervals do not leave it open.
func decided(op fsm.Op, a, b *fsm.Expr) (answer, ok bool) {
	alo, ahi := interval(a)
	blo, bhi := interval(b)
	apart := ahi < blo || bhi < alo
	same := alo == ahi && blo == bhi && alo == blo
	switch op {
	case fsm.OpEq:
		return same, same || apart
	case fsm.OpNe:
		return apart, same || apart
	case fsm.OpLt:
		return ahi < blo, ahi < blo || alo >= bhi
	case fsm.OpLe:
		return ahi <= blo, ahi <= blo || alo > bhi
	case fsm.OpGt:
		return alo > bhi, alo > bhi || ahi <= blo
	}
	return alo >= bhi, alo >= bhi || ahi < blo // OpGe
}

// arithmetic has the operators that need no check.
var arithmetic = map[fsm.Op]struct {
	op   string
	prec int
}{fsm.OpAdd: {"+", precAdd}, fsm.OpSub: {"-", precAdd}, fsm.OpMul: {"*", precMul}, fsm.OpBitAnd: {"&", precMul}, fsm.OpBitOr: {"|", precAdd},
	fsm.OpBitXor: {"^", precAdd}, fsm.OpAndNot: {"&^", precMul}, fsm.OpDiv: {"/", precMul}, fsm.OpRem: {"%", precMul},
	fsm.OpShl: {"<<", precMul}, fsm.OpShr: {">>", precMul}}

// compute writes arithmetic on int64.
func (p *place) compute(e *fsm.Expr) code {
	a := p.int(e.Args[0])
	if e.Op == fsm.OpNeg {
		return code{"-" + a.in(precAtom), precUnary, a.typ}
	}
	b := p.int(e.Args[1])
	if p.partial(e) {
		method := map[fsm.Op]string{fsm.OpDiv: "Div", fsm.OpRem: "Rem", fsm.OpShl: "Shl", fsm.OpShr: "Shr"}[e.Op]
		return atom("int64", "%s.%s(%s, %s)", p.bad(), method, a.text, b.text)
	}
	if a.typ == "" && b.typ == "" { // constants would be computed by Go's untyped rules
		a = atom("int64", "int64(%s)", a.text)
	}
	how := arithmetic[e.Op]
	if e.Op == fsm.OpShl || e.Op == fsm.OpShr {
		if a.typ == "" {
			a = atom("int64", "int64(%s)", a.text)
		}
		return code{a.in(how.prec) + " " + how.op + " " + b.in(how.prec+1), how.prec, "int64"}
	}
	return code{a.in(how.prec) + " " + how.op + " " + b.in(how.prec+1), how.prec, "int64"}
}

// collect writes sets.
func (p *place) collect(e *fsm.Expr) code {
	if e.Op == fsm.OpSetHas {
		elem := e.Args[1].Type.Elem
		if p.sure(e.Args[0], elem.Lo, elem.Hi) {
			return code{fmt.Sprintf("%s>>%s&1 != 0", p.int64(e.Args[1]).in(precMul), p.from(e.Args[0], elem.Lo)), precCompare, "bool"}
		}
		return atom("bool", "fsm.Member(%s, %s, %d, %d)", p.int(e.Args[1]).text, p.int(e.Args[0]).text, elem.Lo, elem.Hi)
	}
	if e.Op == fsm.OpAny {
		return atom(p.g.goType(e.Type), "%s", p.nextAny(e))
	}
	elem, known := e.Type.Elem, int64(0)
	var parts []string
	for _, a := range e.Args { // OpSetOf
		switch {
		case a.Op == fsm.OpConst && elem.Has(a.Value):
			known |= 1 << uint(a.Value-elem.Lo)
		case p.sure(a, elem.Lo, elem.Hi):
			parts = append(parts, "int64(1)<<"+p.from(a, elem.Lo))
		default:
			parts = append(parts, fmt.Sprintf("%s.Bit(%s, %d, %d)", p.bad(), p.int(a).text, elem.Lo, elem.Hi))
		}
	}
	if len(parts) == 0 {
		return atom("", "%d", known)
	}
	if known != 0 {
		parts = append([]string{fmt.Sprint(known)}, parts...)
	}
	return code{strings.Join(parts, " | "), precAdd, "int64"}
}

// int64 is int, with a type for what would be a constant.
func (p *place) int64(e *fsm.Expr) code {
	c := p.int(e)
	if c.typ == "" {
		return atom("int64", "int64(%s)", c.text)
	}
	return c
}

// from is the place of an element in a set that begins at lo, as an operand of a shift.
func (p *place) from(e *fsm.Expr, lo int64) string {
	if e.Op == fsm.OpConst {
		return fmt.Sprint(e.Value - lo)
	}
	if lo == 0 {
		return p.int(e).in(precUnary)
	}
	return fmt.Sprintf("(%s-(%d))", p.int(e).in(precAdd), lo)
}
