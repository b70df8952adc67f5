package spec

import (
	"slices"

	"interlock/fsm"
)

// valueOps are the operators that compute or compare values.
var valueOps = map[Op]fsm.Op{
	OpEq: fsm.OpEq, OpNe: fsm.OpNe, OpLt: fsm.OpLt, OpLe: fsm.OpLe, OpGt: fsm.OpGt, OpGe: fsm.OpGe,
	OpAdd: fsm.OpAdd, OpSub: fsm.OpSub, OpMul: fsm.OpMul, OpDiv: fsm.OpDiv, OpMod: fsm.OpRem,
	OpOr: fsm.OpBitOr, OpXor: fsm.OpBitXor, OpAnd: fsm.OpBitAnd, OpAndNot: fsm.OpAndNot, OpShl: fsm.OpShl, OpShr: fsm.OpShr,
}

func (e *env) unary(x *UnaryExpr, want *fsm.Type) *fsm.Expr {
	if x.Op == OpNot {
		v := e.cond(x.X)
		if v == nil {
			return nil
		}
		return e.not(v, x.Span)
	}
	v := e.expr(x.X, want)
	if v == nil {
		return nil
	}
	if v.Type.Kind == fsm.Set && x.Op == OpXor {
		full := &fsm.Expr{Op: fsm.OpConst, Type: v.Type, Value: v.Type.Hi, Span: x.Span}
		return e.compute(fsm.OpBitXor, v, full, v.Type, x)
	}
	if v.Type.Kind != fsm.Int {
		e.c.tell("operand", x.X.Pos(), "%s is for numbers, and this is %s", quote(string(x.Op)), describe(v.Type))
		return nil
	}
	if x.Op == OpXor {
		return e.arithmetic(fsm.OpBitXor, v, intConst(-1, x.Span), x)
	}
	if v.Op == fsm.OpConst {
		return e.node(*intConst(-v.Value, x.Span))
	}
	return e.node(fsm.Expr{Op: fsm.OpNeg, Type: fsm.IntType(-v.Type.Hi, -v.Type.Lo), Args: []*fsm.Expr{v}, Span: x.Span})
}

func (e *env) not(v *fsm.Expr, at fsm.Span) *fsm.Expr {
	if v.Op == fsm.OpConst {
		return e.node(*boolConst(v.Value == 0, at))
	}
	return e.node(fsm.Expr{Op: fsm.OpNot, Type: fsm.BoolType, Args: []*fsm.Expr{v}, Span: at})
}

func (e *env) binary(x *BinaryExpr, want *fsm.Type) *fsm.Expr {
	switch x.Op {
	case OpAndAlso, OpOrElse, OpImplies:
		return e.logic(x)
	case OpEq, OpNe:
		if view, message := linkEnd(x.X, x.Y); view != nil {
			return e.linkEnd(x, view, message)
		}
		a, b := e.operands(x.X, x.Y, nil)
		return e.equality(x, a, b)
	}
	if slices.Contains([]Op{OpLt, OpLe, OpGt, OpGe}, x.Op) {
		want = nil
	}
	a, b := e.operands(x.X, x.Y, want)
	if a == nil || b == nil {
		return nil
	}
	op := valueOps[x.Op]
	if a.Type.Kind == fsm.Set && (op == fsm.OpBitOr || op == fsm.OpBitXor || op == fsm.OpBitAnd || op == fsm.OpAndNot) {
		if !same(a.Type, b.Type) {
			e.mismatch(x, a, b)
			return nil
		}
		return e.compute(op, a, b, a.Type, x)
	}
	for _, v := range []struct {
		of  Expr
		val *fsm.Expr
	}{{x.X, a}, {x.Y, b}} {
		if v.val.Type.Kind != fsm.Int {
			e.c.tell("operand", v.of.Pos(), "%s is for numbers, and this is %s", quote(string(x.Op)), describe(v.val.Type))
			return nil
		}
	}
	if op >= fsm.OpLt && op <= fsm.OpGe {
		return e.compute(op, a, b, fsm.BoolType, x)
	}
	return e.arithmetic(op, a, b, x)
}

// operands lowers the two sides of an operator: first the one that knows its type, which decides what the other means.
func (e *env) operands(x, y Expr, want *fsm.Type) (a, b *fsm.Expr) {
	if e.needsContext(x) && !e.needsContext(y) {
		x, y = y, x
		b, a = e.operands(x, y, want)
		return a, b
	}
	if a = e.expr(x, want); a == nil && e.hangs(y) {
		return nil, nil
	} else if a != nil {
		want = a.Type
	}
	return a, e.expr(y, want)
}

// needsContext reports whether the meaning of an expression depends on the wanted type.
func (e *env) needsContext(x Expr) bool {
	switch x := x.(type) {
	case *SetLit:
		return true
	case *NameExpr:
		s := e.lookup(x.Name)
		return s == nil || len(e.c.enums[x.Name]) > 0 && s.kind != symLocal
	case *BinaryExpr:
		return x.Op != OpEq && x.Op != OpNe && e.needsContext(x.X) && e.needsContext(x.Y)
	}
	return false
}

// hangs reports whether nothing can be said of an expression as long as the wanted type is not known.
func (e *env) hangs(x Expr) bool {
	switch x := x.(type) {
	case *SetLit:
		return true
	case *NameExpr:
		return e.lookup(x.Name) == nil && len(e.c.enums[x.Name]) > 0
	}
	return false
}

// mismatch tells of two operands that do not go together.
func (e *env) mismatch(x *BinaryExpr, a, b *fsm.Expr) {
	e.c.tell("type-mismatch", x.Span, "%s and %s do not go together", describe(a.Type), describe(b.Type))
}

// logic lowers && || =>; what a constant decides leaves no trace.
func (e *env) logic(x *BinaryExpr) *fsm.Expr {
	a := e.cond(x.X)
	decided := isConst(a, 0) && x.Op != OpOrElse || isConst(a, 1) && x.Op == OpOrElse
	right := e
	if decided || a == nil {
		right = e.unevaluated()
	}
	b := right.cond(x.Y)
	switch {
	case decided:
		return e.node(*boolConst(x.Op != OpAndAlso, x.Span))
	case a == nil || b == nil:
		return nil
	case x.Op == OpImplies:
		return e.implies(a, b, x.Span)
	}
	return e.junction(x.Op == OpAndAlso, []*fsm.Expr{a, b}, x.Span)
}

func (e *env) implies(a, b *fsm.Expr, at fsm.Span) *fsm.Expr {
	switch {
	case isConst(a, 0) || isConst(b, 1) && total(a):
		return e.node(*boolConst(true, at))
	case isConst(a, 1):
		return b
	case isConst(b, 0):
		return e.not(a, at)
	}
	return e.node(fsm.Expr{Op: fsm.OpImplies, Type: fsm.BoolType, Args: []*fsm.Expr{a, b}, Span: at})
}

// junction is the conjunction or disjunction of conditions, flat and without constants.
func (e *env) junction(and bool, list []*fsm.Expr, at fsm.Span) *fsm.Expr {
	op, neutral := fsm.OpAnd, int64(1)
	if !and {
		op, neutral = fsm.OpOr, 0
	}
	var args []*fsm.Expr
	for _, v := range list {
		switch {
		case v == nil:
			return nil
		case isConst(v, neutral):
			continue
		case v.Op == fsm.OpConst && allTotal(args):
			return e.node(*boolConst(!and, at))
		case v.Op == op:
			args = append(args, v.Args...)
			continue
		}
		args = append(args, v)
		if v.Op == fsm.OpConst { // it decides, once those before it have been evaluated
			break
		}
	}
	switch len(args) {
	case 0:
		return e.node(*boolConst(and, at))
	case 1:
		return args[0]
	}
	return e.node(fsm.Expr{Op: op, Type: fsm.BoolType, Args: args, Span: at})
}

func allTotal(list []*fsm.Expr) bool {
	return !slices.ContainsFunc(list, func(v *fsm.Expr) bool { return !total(v) })
}

// total reports whether evaluating an expression can break no rule, so that it may be left out.
func total(v *fsm.Expr) bool {
	switch v.Op {
	case fsm.OpSelect, fsm.OpDiv, fsm.OpRem, fsm.OpShl, fsm.OpShr, fsm.OpSetOf, fsm.OpExtern:
		return false
	case fsm.OpVar, fsm.OpSystemVar, fsm.OpInstanceVar:
		return len(v.Args) == 0
	}
	for _, a := range v.Args {
		if a != nil && !total(a) {
			return false
		}
	}
	return true
}

// equality lowers == and !=; arrays are compared element by element.
func (e *env) equality(x *BinaryExpr, a, b *fsm.Expr) *fsm.Expr {
	if a == nil || b == nil {
		return nil
	}
	if !same(a.Type, b.Type) {
		e.mismatch(x, a, b)
		return nil
	}
	if a.Type.Kind != fsm.Array {
		return e.compute(valueOps[x.Op], a, b, fsm.BoolType, x)
	}
	left, right := e.elements(a), e.elements(b)
	var each []*fsm.Expr
	for i := range left {
		each = append(each, e.compute(fsm.OpEq, left[i], right[i], fsm.BoolType, x))
	}
	all := e.junction(true, each, x.Span)
	if x.Op == OpNe && all != nil {
		return e.not(all, x.Span)
	}
	return all
}

// elements are the scalars of an array, in order.
func (e *env) elements(v *fsm.Expr) []*fsm.Expr {
	if v == nil || v.Type.Kind != fsm.Array {
		return []*fsm.Expr{v}
	}
	var list []*fsm.Expr
	for i := range v.Type.Len {
		list = append(list, e.elements(e.element(v, intConst(int64(i), v.Span), v.Span))...)
	}
	return list
}

// arithmetic lowers an operation on numbers.
func (e *env) arithmetic(op fsm.Op, a, b *fsm.Expr, x Expr) *fsm.Expr {
	if (op == fsm.OpDiv || op == fsm.OpRem) && isConst(b, 0) {
		if !e.dead {
			e.c.tell("division-by-zero", x.Pos(), "this divides by zero")
		}
		return nil
	}
	if (op == fsm.OpShl || op == fsm.OpShr) && (b.Type.Hi < 0 || b.Type.Lo > fsm.MaxSet) {
		if !e.dead {
			e.c.tell("shift", x.Pos(), "this shifts by %s; a shift is by 0 to %d", e.valueText(b), fsm.MaxSet)
		}
		return nil
	}
	lo, hi, ok := interval(op, a.Type, b.Type)
	if !ok {
		if !e.dead {
			e.c.tell("too-wide", x.Pos(), "the result can leave %d..%d", -maxValue, maxValue).
				help("Use smaller ranges.")
		}
		return nil
	}
	return e.compute(op, a, b, fsm.IntType(lo, hi), x)
}

// compute makes an operation on two values, or its result if both are known.
func (e *env) compute(op fsm.Op, a, b *fsm.Expr, t *fsm.Type, x Expr) *fsm.Expr {
	if a == nil || b == nil {
		return nil
	}
	if a.Op == fsm.OpConst && b.Op == fsm.OpConst {
		v, ok := fold(op, a.Value, b.Value)
		if !ok {
			return nil
		}
		if t.Kind == fsm.Int {
			return e.node(*intConst(v, x.Pos()))
		}
		return e.node(fsm.Expr{Op: fsm.OpConst, Type: t, Value: v, Span: x.Pos()})
	}
	return e.node(fsm.Expr{Op: op, Type: t, Args: []*fsm.Expr{a, b}, Span: x.Pos()})
}

// setLit lowers {A, B}.
func (e *env) setLit(x *SetLit, want *fsm.Type) *fsm.Expr {
	var elem *fsm.Type
	if want != nil && want.Kind == fsm.Set {
		elem = want.Elem
	}
	var args []*fsm.Expr
	bad := false
	for _, el := range x.Elems {
		v := e.expr(el, elem)
		if v == nil {
			bad = true
			continue
		}
		if want == nil || want.Kind != fsm.Set {
			elem = widen(elem, v.Type)
		}
		if v = e.fit(v, elem, el); v == nil {
			bad = true
		}
		args = append(args, v)
	}
	if bad {
		return nil
	}
	if elem == nil || elem.Kind == fsm.Set || elem.Hi-elem.Lo >= fsm.MaxSet {
		e.c.tell("set-of", x.Span, "it is not clear what this is a set of").
			help("Compare it with a set, or assign it to one.")
		return nil
	}
	return e.setOf(args, elem, x)
}

// widen bounds the elements of a set literal that nothing else gives a type.
func widen(elem, t *fsm.Type) *fsm.Type {
	if elem == nil || !same(elem, t) {
		if elem != nil {
			return elem
		}
		return t
	}
	return union(elem, t)
}

func (e *env) setOf(args []*fsm.Expr, elem *fsm.Type, x *SetLit) *fsm.Expr {
	set, known := int64(0), true
	for _, v := range args {
		if v.Op != fsm.OpConst || !elem.Has(v.Value) {
			known = false
			break
		}
		set |= 1 << uint(v.Value-elem.Lo)
	}
	t := fsm.SetType(elem)
	if known {
		return e.node(fsm.Expr{Op: fsm.OpConst, Type: t, Value: set, Span: x.Span})
	}
	return e.node(fsm.Expr{Op: fsm.OpSetOf, Type: t, Args: args, Span: x.Span})
}

// in lowers "x in …": the state of an instance, or an element of a set.
func (e *env) in(x *InExpr) *fsm.Expr {
	if _, isSelf := x.X.(*SelfExpr); isSelf && e.m != nil && e.namesStates(x.List) {
		return e.ownState(x)
	}
	if ref, isInstance := e.instanceOf(x.X); isInstance {
		return e.inStates(ref, x)
	}
	v := e.expr(x.X, nil)
	if v == nil {
		return nil // what the list means hangs on it
	}
	if len(x.List) == 1 {
		if lit, ok := x.List[0].(*SetLit); ok {
			return e.inList(x, v, lit.Elems)
		}
	}
	if len(x.List) > 1 {
		all := cover(x.List[0].Pos(), x.List[len(x.List)-1].Pos())
		e.c.tell("in-list", all, "several values stand in braces after `in`").help("Write `in {…}`.").
			fix(all, "{"+e.c.text(all)+"}")
		return nil
	}
	set := e.expr(x.List[0], nil)
	if set == nil {
		return nil
	}
	if set.Type.Kind != fsm.Set {
		e.c.tell("type-mismatch", x.List[0].Pos(), "a set is wanted after `in`, but this is %s", describe(set.Type)).
			help("Write `in {…}`, or compare with `==`.")
		return nil
	}
	if !same(v.Type, set.Type.Elem) {
		e.c.tell("type-mismatch", x.X.Pos(), "%s is never in %s", describe(v.Type), describe(set.Type))
		return nil
	}
	return e.setHas(v, set, x.Span)
}

func (e *env) setHas(v, set *fsm.Expr, at fsm.Span) *fsm.Expr {
	if v.Op == fsm.OpConst && set.Op == fsm.OpConst {
		elem := set.Type.Elem
		return e.node(*boolConst(elem.Has(v.Value) && set.Value>>uint(v.Value-elem.Lo)&1 != 0, at))
	}
	return e.node(fsm.Expr{Op: fsm.OpSetHas, Type: fsm.BoolType, Args: []*fsm.Expr{v, set}, Span: at})
}

// inList lowers "x in {A, B}" as a choice of equalities: no set is made, so no element is out of range.
func (e *env) inList(x *InExpr, v *fsm.Expr, elems []Expr) *fsm.Expr {
	var each []*fsm.Expr
	bad := false
	for _, el := range elems {
		w := e.expr(el, v.Type)
		if w == nil {
			bad = true
			continue
		}
		if !same(v.Type, w.Type) || v.Type.Kind == fsm.Array {
			e.c.tell("type-mismatch", el.Pos(), "%s and %s do not go together", describe(v.Type), describe(w.Type))
			bad = true
			continue
		}
		each = append(each, e.compute(fsm.OpEq, v, w, fsm.BoolType, x))
	}
	if bad {
		return nil
	}
	return e.junction(false, each, x.Span)
}
