package check

import "slices"

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
	level = slices.Compact(level)
	x := newExec(s.p)
	x.memos = s.memos
	var wanted []lostChild
	var filter [1 << 6]uint64 // of hashes, so that few successors are compared with all that are wanted
	for _, id := range level {
		if _, known := s.parents[id]; !known {
			w := s.st.at(id)
			h := hashWords(w) % (64 << 6)
			filter[h>>6] |= 1 << (h & 63)
			wanted = append(wanted, lostChild{id, w})
		}
	}
	var parents []uint32
	for at := from; at < to && len(wanted) > 0; at++ {
		s.st.load(at, x.base)
		x.expand(func(step) {
			if x.end != done {
				return
			}
			w := x.stored()
			h := hashWords(w) % (64 << 6)
			if filter[h>>6]>>(h&63)&1 == 0 {
				return
			}
			i := slices.IndexFunc(wanted, func(c lostChild) bool { return sameWords(c.state, w) })
			if i < 0 {
				return
			}
			s.parents[wanted[i].id] = at
			parents = append(parents, at)
			wanted = slices.Delete(wanted, i, i+1)
			x.halted = len(wanted) == 0
		})
	}
	if len(wanted) > 0 {
		panic("check: a state is not found again from the level before")
	}
	return parents
}

// lostChild is a state of which the parent is looked for.
type lostChild struct {
	id    uint32
	state []uint64
}
