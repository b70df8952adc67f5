package engine

import "sync/atomic"

// parentOf is the first of the states from..end-1 that leads to a state; noState if none does.
func (x *explorer) parentOf(target *state, from, end int) uint32 {
	if x.crew == nil || end-from < 4*x.crew.least {
		return x.trace(target, from, end)
	}
	piece := x.crew.least // states that a worker looks at before it takes the next ones
	var next atomic.Int64
	var first atomic.Uint32
	first.Store(noState)
	x.crew.together(func(h *hand) {
		h.chunks, h.count, h.limit, h.halted = x.chunks, x.count, x.limit, ""
		for {
			to := int(next.Add(int64(piece))) + from
			if to-piece >= end || first.Load() < uint32(to-piece) {
				return
			}
			if at := h.trace(target, to-piece, min(to, end)); at != noState {
				for was := first.Load(); at < was && !first.CompareAndSwap(was, at); {
					was = first.Load()
				}
				return // what is left comes later
			}
		}
	})
	return first.Load()
}

// trace is parentOf by one worker. It notes nothing of what it does.
func (x *explorer) trace(target *state, from, end int) uint32 {
	x.tracing, x.live, x.full, x.every = true, 0, batch, true
	x.target, x.previous, x.n = *target, noState, 0
	for at := from; at < end && x.previous == noState; at++ {
		var s state
		x.load(uint32(at), &s)
		x.id = uint32(at)
		successors(x, &s)
		faults(x, &s)
	}
	x.flush()
	return x.previous
}
