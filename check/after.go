package check

import "interlock/fsm"

// aftermath is the second search of `after P always Q`: over the stored states that a run can be in when P has held. Base
// states are not stored again; a bit and a predecessor for each is all it keeps.
type aftermath struct {
	s     *search
	w     *watch
	in    []uint64 // the set of states reached with P behind them
	prev  []uint32 // the state before, which is in the set too; noState: P holds here first
	queue []uint32
	at    uint32 // the state that is expanded
	bad   uint32 // the first state found without Q
}

// after decides `after P always Q`. The states in which P holds enter the search at their own depth, so that what is
// found first has the shortest run.
func (s *search) after(w *watch) Verdict {
	if w.held == noState {
		if s.incomplete != "" {
			return Verdict{Reason: s.unknown()}
		}
		return Verdict{Result: Holds, Vacuous: true, Reason: w.vacuous()}
	}
	if n := int64(s.st.n); s.bytes()+n/8+8*n > s.opts.MaxMemory {
		return Verdict{Reason: "the limit of memory leaves no room for the second search"}
	}
	a := &aftermath{s: s, w: w, in: make([]uint64, (s.st.n+63)/64), prev: make([]uint32, s.st.n), bad: noState}
	s.stage, s.reason = "after "+Title(w.property), ""
	s.st.number()
	s.x.memos = s.memos
	a.explore()
	s.x.memos = nil
	switch {
	case a.bad != noState:
		return Verdict{Result: Violated, Trace: a.trace()}
	case s.reason != "":
		return Verdict{Reason: s.reason}
	case s.incomplete != "":
		return Verdict{Reason: s.unknown()}
	}
	return Verdict{Result: Holds}
}

func (a *aftermath) explore() {
	first, done := 0, 0
	for depth := 0; a.bad == noState && (depth < len(a.s.levels) || done < len(a.queue)); depth++ {
		if depth < len(a.s.levels) {
			next := first + a.s.levels[depth]
			a.enter(uint32(first), uint32(next))
			first = next
		}
		end := len(a.queue)
		for ; done < end && a.bad == noState; done++ {
			if a.expand(a.queue[done]); a.s.reason != "" {
				return
			}
		}
	}
}

// enter puts the states of one depth into the set in which P holds. What the states of the depth before lead to was put
// in when those were expanded.
func (a *aftermath) enter(from, to uint32) {
	x := a.s.x
	for id := from; id < to && a.bad == noState; id++ {
		if a.has(id) {
			continue
		}
		a.s.st.load(id, x.w)
		if v, _ := x.ask(a.w.p); v {
			a.add(id, noState)
		}
	}
}

func (a *aftermath) has(id uint32) bool { return a.in[id>>6]>>(id&63)&1 != 0 }

// add puts the state id, which the exec holds, into the set.
func (a *aftermath) add(id, prev uint32) {
	a.in[id>>6] |= 1 << (id & 63)
	a.prev[id] = prev
	a.queue = append(a.queue, id)
	if v, _ := a.s.x.ask(a.w.q); !v && a.bad == noState {
		a.bad = id
	}
}

func (a *aftermath) expand(id uint32) {
	if int(id) >= a.s.expanded {
		return // beyond a limit: its successors are not stored
	}
	a.at = id
	a.s.st.load(id, a.s.x.base)
	a.s.x.expand(a.step)
}

func (a *aftermath) step(step) {
	x := a.s.x
	if x.end != done {
		return
	}
	x.dirty = true
	if id := a.s.st.find(x.stored()); id != noState && !a.has(id) {
		a.add(id, a.at)
	}
}

func (a *aftermath) trace() *fsm.Trace {
	var tail [][]uint64
	id := a.bad
	for a.prev[id] != noState {
		tail = append(tail, a.s.st.at(id))
		id = a.prev[id]
	}
	states := a.s.path(id)
	for i := len(tail) - 1; i >= 0; i-- {
		states = append(states, tail[i])
	}
	return a.s.p.follow(states).trace
}
