package promela

import "interlock/fsm"

// bounds is an interval that no value of an expression leaves, worked out here from the declared types of what is read:
// the intervals that come with a spec are what the exporter is to judge, so only those of leaves are believed.
func bounds(e *fsm.Expr) (lo, hi int64) {
	switch {
	case e.Op == fsm.OpConst:
		return e.Value, e.Value
	case fsm.OpNot <= e.Op && e.Op <= fsm.OpImplies, fsm.OpEq <= e.Op && e.Op <= fsm.OpGe, e.Op == fsm.OpSetHas:
		return 0, 1
	case fsm.OpLinkHas <= e.Op && e.Op <= fsm.OpLinkLast, e.Op == fsm.OpArmed, e.Op == fsm.OpIn, e.Op == fsm.OpExtern:
		return 0, 1
	case e.Op <= fsm.OpInstanceVar && e.Type.Kind != fsm.Array, e.Op == fsm.OpAny:
		return e.Type.Lo, e.Type.Hi
	case e.Op == fsm.OpCond:
		return hull(e.Args[1:])
	case e.Op == fsm.OpSelect:
		return hull(e.Args[1:])
	case e.Op == fsm.OpAdd, e.Op == fsm.OpSub:
		a, b := e.Args[0], e.Args[1]
		alo, ahi := bounds(a)
		blo, bhi := bounds(b)
		if e.Op == fsm.OpSub {
			blo, bhi = -bhi, -blo
		}
		return alo + blo, ahi + bhi
	case e.Op == fsm.OpRem:
		alo, _ := bounds(e.Args[0])
		blo, bhi := bounds(e.Args[1])
		if alo >= 0 && blo > 0 {
			return 0, bhi - 1
		}
	}
	return -unknown, unknown
}

// unknown is beyond every declared range, and so small that a few of it can be added.
const unknown = 1 << 40

func hull(exprs []*fsm.Expr) (lo, hi int64) {
	lo, hi = bounds(exprs[0])
	for _, e := range exprs[1:] {
		l, h := bounds(e)
		lo, hi = min(lo, l), max(hi, h)
	}
	return max(lo, -unknown), min(hi, unknown)
}

// inside is the condition that an expression, whose text is val, is in lo..hi; empty where it always is.
func inside(e *fsm.Expr, val string, lo, hi int64) string {
	if l, h := bounds(e); lo <= l && h <= hi {
		return ""
	}
	return between(val, lo, hi)
}
