package spec

import "interlock/fsm"

// IsReserved reports whether a word of the language can never be a name. A reader of another language that makes specs asks
// this before it names something.
func IsReserved(word string) bool { return reservedSet[word] }

// Interval bounds the values of an arithmetic or bitwise operation, from [fsm.OpNeg] to [fsm.OpShr], whose operands are of the
// integer types a and b (b is nil for a negation). ok is false where a value may leave ±2^53: no [fsm.Expr] may do that.
func Interval(op fsm.Op, a, b *fsm.Type) (lo, hi int64, ok bool) {
	if op == fsm.OpNeg {
		return -a.Hi, -a.Lo, true
	}
	return interval(op, a, b)
}
