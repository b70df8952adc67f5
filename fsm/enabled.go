package fsm

import "iter"

// Values gives lo to hi, both included: what generated code tries as the arguments of an event.
func Values(lo, hi int64) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for v := lo; v <= hi; v++ {
			if !yield(v) {
				return
			}
		}
	}
}
