package spec

import (
	"math"
	"math/bits"

	"interlock/fsm"
)

// interval bounds the values of an operation whose operands lie in a and b. ok is false where they may leave
// -maxValue..maxValue. Division by zero and shifts out of range are found when they happen, so they bound nothing.
func interval(op fsm.Op, a, b *fsm.Type) (lo, hi int64, ok bool) {
	switch op {
	case fsm.OpAdd:
		lo, hi = a.Lo+b.Lo, a.Hi+b.Hi
	case fsm.OpSub:
		lo, hi = a.Lo-b.Hi, a.Hi-b.Lo
	case fsm.OpMul:
		return corners(a, b, func(x, y int64) (int64, bool) {
			if p := float64(x) * float64(y); math.Abs(p) > 2*maxValue {
				return 0, false
			}
			return x * y, true
		})
	case fsm.OpDiv:
		return quotient(a, b)
	case fsm.OpRem:
		lo, hi = remainder(a, b)
	case fsm.OpShl, fsm.OpShr:
		return shifted(op, a, b)
	default:
		lo, hi = bitwise(op, a, b)
	}
	return lo, hi, lo >= -maxValue && hi <= maxValue
}

// corners bounds an operation that is monotone in each operand by its values at the ends.
func corners(a, b *fsm.Type, at func(x, y int64) (int64, bool)) (lo, hi int64, ok bool) {
	lo, hi = math.MaxInt64, math.MinInt64
	for _, x := range [2]int64{a.Lo, a.Hi} {
		for _, y := range [2]int64{b.Lo, b.Hi} {
			v, fits := at(x, y)
			if !fits || v < -maxValue || v > maxValue {
				return 0, 0, false
			}
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	return lo, hi, true
}

// quotient bounds a division: it is monotone where the divisor keeps its sign.
func quotient(a, b *fsm.Type) (lo, hi int64, ok bool) {
	divide := func(x, y int64) (int64, bool) { return x / y, true }
	lo, hi = math.MaxInt64, math.MinInt64
	if b.Lo <= -1 {
		l, h, _ := corners(a, fsm.IntType(b.Lo, min(b.Hi, -1)), divide)
		lo, hi = min(lo, l), max(hi, h)
	}
	if b.Hi >= 1 {
		l, h, _ := corners(a, fsm.IntType(max(b.Lo, 1), b.Hi), divide)
		lo, hi = min(lo, l), max(hi, h)
	}
	if lo > hi { // the divisor is 0: no value at all
		return 0, 0, true
	}
	return lo, hi, true
}

// remainder has the sign of the dividend and is smaller than the divisor.
func remainder(a, b *fsm.Type) (lo, hi int64) {
	most := max(b.Hi, -b.Hi, b.Lo, -b.Lo) - 1
	if most < 0 {
		return 0, 0
	}
	return max(min(a.Lo, 0), -most), min(max(a.Hi, 0), most)
}

// shifted bounds a shift by 0..62 places.
func shifted(op fsm.Op, a, b *fsm.Type) (lo, hi int64, ok bool) {
	count := fsm.IntType(min(max(b.Lo, 0), fsm.MaxSet), max(min(b.Hi, fsm.MaxSet), 0))
	return corners(a, count, func(x, n int64) (int64, bool) {
		if op == fsm.OpShr {
			return x >> uint(n), true
		}
		return x << uint(n), x == 0 || bits.Len64(uint64(max(x, -x)))+int(n) < 62
	})
}

// bitwise bounds &, |, ^ and &^ by the bits that the operands need.
func bitwise(op fsm.Op, a, b *fsm.Type) (lo, hi int64) {
	switch {
	case op == fsm.OpBitAnd && a.Lo >= 0 && b.Lo >= 0:
		return 0, min(a.Hi, b.Hi)
	case (op == fsm.OpBitAnd || op == fsm.OpAndNot) && a.Lo >= 0:
		return 0, a.Hi
	case op == fsm.OpBitAnd && b.Lo >= 0:
		return 0, b.Hi
	}
	most := int64(1)<<uint(max(needs(a.Lo), needs(a.Hi), needs(b.Lo), needs(b.Hi))) - 1
	if a.Lo >= 0 && b.Lo >= 0 {
		return 0, most
	}
	return -most - 1, most
}

// needs is the number of bits of a number beside its sign.
func needs(v int64) int {
	if v < 0 {
		v = ^v
	}
	return bits.Len64(uint64(v))
}

// fold computes an operation on two known values; ok is false where it is not defined.
func fold(op fsm.Op, a, b int64) (v int64, ok bool) {
	switch op {
	case fsm.OpEq, fsm.OpNe, fsm.OpLt, fsm.OpLe, fsm.OpGt, fsm.OpGe:
		return foldCompare(op, a, b), true
	case fsm.OpAdd:
		return a + b, true
	case fsm.OpSub:
		return a - b, true
	case fsm.OpMul:
		return a * b, true
	case fsm.OpBitAnd:
		return a & b, true
	case fsm.OpBitOr:
		return a | b, true
	case fsm.OpBitXor:
		return a ^ b, true
	case fsm.OpAndNot:
		return a &^ b, true
	case fsm.OpDiv, fsm.OpRem:
		if b == 0 {
			return 0, false
		}
		if op == fsm.OpDiv {
			return a / b, true
		}
		return a % b, true
	case fsm.OpShl, fsm.OpShr:
		if b < 0 || b > fsm.MaxSet {
			return 0, false
		}
		if op == fsm.OpShl {
			return a << uint(b), true
		}
		return a >> uint(b), true
	}
	return 0, false
}

func foldCompare(op fsm.Op, a, b int64) int64 {
	holds := false
	switch op {
	case fsm.OpEq:
		holds = a == b
	case fsm.OpNe:
		holds = a != b
	case fsm.OpLt:
		holds = a < b
	case fsm.OpLe:
		holds = a <= b
	case fsm.OpGt:
		holds = a > b
	case fsm.OpGe:
		holds = a >= b
	}
	if holds {
		return 1
	}
	return 0
}
