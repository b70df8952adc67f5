package check

import (
	"slices"
	"sync"
	"sync/atomic"
)

// No parents are kept with the states. A run is found again backwards, level by level: the states of the level before are
// expanded once more, in order, until one leads to the state, and that is the one that the search found it from. One pass finds
// the runs to everything that verdicts show.

// way lists the packed states of a shortest run to a base state, from a start: the run that was found first.
func (s *search) way(id uint32) [][]uint64 {
	if _, known := s.parents[id]; !known {
		s.parentsOf(append(s.shown(), id))
	}
	var states [][]uint64
	for ; id != noState; id = s.parents[id] {
		states = append(states, s.st.at(id))
	}
	slices.Reverse(states)
	return states
}

// shown lists the states to which a verdict will show a run.
func (s *search) shown() []uint32 {
	list := []uint32{s.deadlock, s.firstCut}
	for _, w := range s.watches {
		list = append(list, w.first)
	}
	for _, f := range s.found {
		list = append(list, f.parent)
	}
	return slices.DeleteFunc(list, func(id uint32) bool { return id == noState })
}

// parentsOf finds the parents of states, and of these, as far as the starts.
func (s *search) parentsOf(ids []uint32) {
	ends := make([]uint32, len(s.levels)) // by depth: the first state of the next one
	n := 0
	for depth, states := range s.levels {
		n += states
		ends[depth] = uint32(n)
	}
	for depth := len(ends) - 1; depth > 0; depth-- {
		var level []uint32
		for _, id := range ids {
			if id >= ends[depth-1] && id < ends[depth] {
				level = append(level, id)
			}
		}
		before := uint32(0)
		if depth > 1 {
			before = ends[depth-2]
		}
		ids = append(ids, s.parentsIn(level, before, ends[depth-1])...)
	}
	for _, id := range ids {
		if id < ends[0] {
			s.parents[id] = noState
		}
	}
}

// parentsIn finds the parents of states of one level among the states from..to-1 of the level before, and returns them.
func (s *search) parentsIn(level []uint32, from, to uint32) []uint32 {
	slices.Sort(level)
	f := lineage{s: s, to: to, piece: uint32(4 * s.shared)}
	f.next.Store(from)
	for _, id := range slices.Compact(level) {
		if _, known := s.parents[id]; !known {
			f.lose(id)
		}
	}
	if len(f.lost) == 0 {
		return nil
	}
	var others sync.WaitGroup
	if s.crew != nil && to-from >= 4*f.piece {
		for _, h := range s.crew.hands[1:] {
			others.Go(func() { f.search(h.memos) })
		}
	}
	f.search(s.memos)
	others.Wait()
	var parents []uint32
	for i := range f.lost {
		parent := f.lost[i].parent.Load()
		if parent == noState {
			panic("check: a state is not found again from the level before")
		}
		s.parents[f.lost[i].id] = parent
		parents = append(parents, parent)
	}
	return parents
}

// lineage is a search for parents, which several workers may do.
type lineage struct {
	s      *search
	to     uint32
	piece  uint32        // states that a worker looks at before it takes the next ones
	next   atomic.Uint32 // the first state that nobody looks at yet
	lost   []lostChild
	filter [1 << 6]uint64 // of hashes, so that few successors are compared with all that are lost
}

// lostChild is a state of which the parent is looked for: the first of those that lead to it.
type lostChild struct {
	id     uint32
	state  []uint64
	parent atomic.Uint32 // the first that was found, so far; or noState
}

// lose adds a child.
func (f *lineage) lose(id uint32) {
	w := f.s.st.at(id)
	h := hashWords(w) % (64 << 6)
	f.filter[h>>6] |= 1 << (h & 63)
	f.lost = append(f.lost, lostChild{id: id, state: w})
	f.lost[len(f.lost)-1].parent.Store(noState)
}

// search looks at some of the states after others, until no child has its first parent among those that are left.
func (f *lineage) search(m *memos) {
	x := newExec(f.s.p)
	x.memos = m
	for {
		at := f.next.Add(f.piece) - f.piece
		if at >= f.to || f.found(at) {
			return
		}
		for end := min(at+f.piece, f.to); at < end; at++ {
			f.s.st.load(at, x.base)
			x.expand(func(step) { f.look(x, at) })
			if x.halted {
				break
			}
		}
	}
}

// look looks whether the step that has been made from a state leads to a child.
func (f *lineage) look(x *exec, from uint32) {
	if x.end != done {
		return
	}
	w := x.stored()
	h := hashWords(w) % (64 << 6)
	if f.filter[h>>6]>>(h&63)&1 == 0 {
		return
	}
	for i := range f.lost {
		c := &f.lost[i]
		if !sameWords(c.state, w) {
			continue
		}
		for was := c.parent.Load(); from < was && !c.parent.CompareAndSwap(was, from); {
			was = c.parent.Load()
		}
		x.halted = f.found(from + 1)
		return
	}
}

// found reports whether every child has a parent before a state.
func (f *lineage) found(before uint32) bool {
	for i := range f.lost {
		if f.lost[i].parent.Load() >= before {
			return false
		}
	}
	return true
}
