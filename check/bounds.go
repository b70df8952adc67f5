package check

import (
	"math/bits"

	"interlock/fsm"
)

// unbounded is more than any value of an expression.
const unbounded = 1 << 62

// bounds is an interval that the value of an expression does not leave, found from what variables may hold. It does not rest
// on the types that expressions carry.
func (k *compiler) bounds(e *fsm.Expr) (lo, hi int64) {
	if v, ok := k.constant(e); ok {
		return v, v
	}
	if isCondition(e.Op) {
		return 0, 1
	}
	switch e.Op {
	case fsm.OpVar, fsm.OpInstanceVar, fsm.OpSystemVar:
		t, _ := k.variable(e)
		t = t.Scalar()
		return t.Lo, t.Hi
	case fsm.OpCount:
		return 0, int64(len(e.Args))
	case fsm.OpCond, fsm.OpSelect:
		lo, hi = k.bounds(e.Args[1])
		for _, a := range e.Args[2:] {
			l, h := k.bounds(a)
			lo, hi = min(lo, l), max(hi, h)
		}
		return lo, hi
	case fsm.OpSetOf:
		return 0, 1<<uint(e.Type.Elem.Hi-e.Type.Elem.Lo+1) - 1
	case fsm.OpAdd, fsm.OpSub, fsm.OpRem, fsm.OpBitAnd, fsm.OpBitOr, fsm.OpBitXor, fsm.OpAndNot:
		return k.boundsOfTwo(e)
	}
	return -unbounded, unbounded
}

func (k *compiler) boundsOfTwo(e *fsm.Expr) (lo, hi int64) {
	al, ah := k.bounds(e.Args[0])
	bl, bh := k.bounds(e.Args[1])
	const large = unbounded / 4
	if min(al, bl) < -large || max(ah, bh) > large {
		return -unbounded, unbounded
	}
	switch {
	case e.Op == fsm.OpAdd:
		return al + bl, ah + bh
	case e.Op == fsm.OpSub:
		return al - bh, ah - bl
	case e.Op == fsm.OpRem && al >= 0 && bl > 0:
		return 0, min(ah, bh-1)
	case e.Op == fsm.OpRem || min(al, bl) < 0:
		return -unbounded, unbounded
	case e.Op == fsm.OpAndNot:
		return 0, ah
	case e.Op == fsm.OpBitAnd:
		return 0, min(ah, bh)
	}
	return 0, 1<<bits.Len64(uint64(max(ah, bh))) - 1
}

// within reports whether the value of an expression is sure to be of a type.
func (k *compiler) within(e *fsm.Expr, t *fsm.Type) bool {
	lo, hi := k.bounds(e)
	return t.Lo <= lo && hi <= t.Hi
}

// pure reports whether evaluating an expression does nothing else: no violation, no free choice.
func (k *compiler) pure(e *fsm.Expr) bool {
	if e == nil {
		return true
	}
	if _, ok := k.constant(e); ok {
		return true
	}
	for _, a := range e.Args {
		if !k.pure(a) {
			return false
		}
	}
	switch e.Op {
	case fsm.OpExtern, fsm.OpAny:
		return false
	case fsm.OpVar, fsm.OpInstanceVar, fsm.OpSystemVar:
		t, _ := k.variable(e)
		for _, index := range e.Args {
			if lo, hi := k.bounds(index); lo < 0 || hi >= int64(t.Len) {
				return false
			}
			t = t.Elem
		}
	case fsm.OpSelect:
		lo, hi := k.bounds(e.Args[0])
		return lo >= 0 && hi < int64(len(e.Args)-1)
	case fsm.OpDiv, fsm.OpRem:
		lo, hi := k.bounds(e.Args[1])
		return lo > 0 || hi < 0
	case fsm.OpShl, fsm.OpShr:
		lo, hi := k.bounds(e.Args[1])
		return lo >= 0 && hi <= fsm.MaxSet
	case fsm.OpSetOf:
		for _, a := range e.Args {
			if !k.within(a, e.Type.Elem) {
				return false
			}
		}
	}
	return true
}

// guard compiles a guard in two parts: tests that come first, and the rest, or nil. Only a test before which nothing can go
// wrong, and nothing is chosen freely, comes first.
func (k *compiler) guard(e *fsm.Expr) (first []test, rest cond) {
	if e == nil {
		return nil, nil
	}
	var others []*fsm.Expr
	pure := true
	for _, c := range conjuncts(e) {
		if tests, ok := k.tests(c); ok && pure {
			first = meet(first, tests)
			continue
		}
		others = append(others, c)
		pure = pure && k.pure(c)
	}
	if others != nil {
		rest = k.all(others)
	}
	return first, rest
}
