package check

import (
	"fmt"
	"slices"

	"interlock/fsm"
)

// liveness decides one property of runs that never end. All three forms are one: from each joint state that begins (for
// `eventually P` a start, for `infinitely often P` any, for `P leads to Q` one with P) no fair run stays for ever among
// those in which what must come (P, or Q) has not come. Such a run ends up in a strongly connected part of these that can
// be gone round fairly; to stay in one state is to go round it, too.
//
// The parts are found as Streett's condition is decided (Lichtenstein and Pnueli, 1985): a component that enables what is
// strongly fair and never takes it is looked into again without the states that enable it; one in which something weakly
// fair is always enabled and never taken is no good, and neither is anything in it.
type liveness struct {
	s       *search
	g       *fairGraph
	pending []bool   // by state: what must come has not
	begins  []bool   // by state: from here on it must come
	prev    []uint32 // on the way from a state that begins, among the pending; noState: it begins
	steps   []uint32 // by reached state: the length of a shortest run to it
	queue   []uint32 // the reached states by that length

	part         []uint32 // by state: the number of the part that it is in; 0: none
	parts        uint32
	fair         []bool // by state: its part can be gone round fairly
	anyFair      bool
	index, low   []uint32 // of Tarjan's algorithm
	stack        []uint32
	frames       []frame
	count        []uint32 // by obligation: states of a part that enable it
	met          []bool   // by obligation: an edge of the part answers it
	touched      []uint32 // the obligations for which the two are set
	alive        bool     // no limit was reached
	unfair       []uint32 // obligations that a part does not meet
	todo         []region
	at           region              // the region that is taken apart
	banned       []bool              // by mark: no step of it may be taken there
	bans         map[uint32][]uint32 // by fair part: the obligations that its steps must not make; none: no entry
	seen, before []uint32            // of the search for a loop
	via          []uint32
	round        uint32
}

// region is a set of states to look into, by steps that make none of these obligations.
type region struct{ states, bans []uint32 }

// frame is a state whose steps Tarjan's algorithm is looking at.
type frame struct{ id, edge uint32 }

// liveness gives the verdict on `eventually`, `leads to` and `infinitely often`.
func (s *search) liveness(w *watch) Verdict {
	if !s.needFair() {
		return Verdict{Reason: s.unfair}
	}
	s.stage, s.reason = "liveness "+Title(w.property), ""
	l := s.newLiveness(w)
	if l.find(); l.anyFair && l.alive {
		return l.violated()
	}
	switch {
	case s.incomplete != "":
		return Verdict{Reason: s.unknown()}
	case !l.alive:
		return Verdict{Reason: s.reason}
	case w.broken:
		return Verdict{Reason: "it cannot be evaluated in every joint state: see range"}
	}
	return s.endure(w, l)
}

// needFair makes the graph with its fairness, once.
func (s *search) needFair() bool {
	if s.fair == nil && s.unfair == "" {
		s.fair = s.fairGraph()
		s.unfair = s.reason
	}
	return s.fair != nil
}

// endure is the verdict on a property that no run breaks. That may be because there is no run: where assume or a built-in
// check ends them, or what is sent again and again finds no room.
func (s *search) endure(w *watch, l *liveness) Verdict {
	if why := w.vacuous(); why != "" {
		return Verdict{Result: Holds, Vacuous: true, Reason: why}
	}
	if s.goesOn == nil && !s.findFair(w) {
		return Verdict{Reason: s.reason}
	}
	begin, lost, all := 0, 0, 0
	for _, id := range l.queue {
		if l.prev[id] == noState && s.goesOn[id] {
			begin++
		}
		if all++; !s.goesOn[id] {
			lost++
		}
	}
	const why = "they end in what assume cuts or a built-in check forbids, or fairness asks for what cannot be"
	switch {
	case lost > 0 && begin == 0:
		return Verdict{Result: Holds, Vacuous: true, Reason: "it says nothing: no fair run goes on from where it must come; " + why}
	case lost > 0:
		return Verdict{Result: Holds, Notes: []string{fmt.Sprintf("of %d joint states where it is still to come, %d have no fair run: ", all, lost) + why}}
	}
	return Verdict{Result: Holds}
}

// findFair finds the states that a fair run can go on from.
func (s *search) findFair(w *watch) bool {
	l := s.newLiveness(w)
	for id := range l.pending {
		l.pending[id], l.begins[id] = true, true
	}
	if l.find(); !l.alive {
		return false
	}
	var queue []uint32
	for id, fair := range l.fair {
		if fair {
			queue = append(queue, uint32(id))
		}
	}
	s.goesOn = l.fair
	back := l.g.reverse()
	for len(queue) > 0 {
		id := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, from := range back.to[back.first[id]:back.first[id+1]] {
			if !s.goesOn[from] {
				s.goesOn[from] = true
				queue = append(queue, from)
			}
		}
	}
	return true
}

func (s *search) newLiveness(w *watch) *liveness {
	n, asks := s.expanded, len(s.fair.asks)
	l := &liveness{s: s, g: s.fair, pending: make([]bool, n), begins: make([]bool, n), prev: make([]uint32, n), steps: make([]uint32, n),
		part: make([]uint32, n), fair: make([]bool, n), index: make([]uint32, n), low: make([]uint32, n), count: make([]uint32, asks),
		met: make([]bool, asks)}
	starts := 0
	if len(s.levels) > 0 {
		starts = s.levels[0]
	}
	goal := w.p
	if w.property.Kind == fsm.LeadsTo {
		goal = w.q
	}
	x := s.x
	for id := range n {
		s.st.load(uint32(id), x.w)
		came, fail := x.ask(goal)
		l.pending[id] = !came && fail == nil
		switch w.property.Kind {
		case fsm.Eventually:
			l.begins[id] = id < starts
		case fsm.InfinitelyOften:
			l.begins[id] = true
		default:
			l.begins[id], _ = x.ask(w.p)
		}
	}
	return l
}

// find finds the parts of the reached pending states that can be gone round fairly.
func (l *liveness) find() {
	l.alive, l.anyFair = true, false
	l.reach()
	clear(l.part)
	clear(l.fair)
	l.parts = 0
	l.bans = map[uint32][]uint32{}
	l.todo = append(l.todo[:0], region{states: l.queue})
	for len(l.todo) > 0 && l.alive {
		l.at = l.todo[len(l.todo)-1]
		l.todo = l.todo[:len(l.todo)-1]
		l.ban(l.at.bans)
		l.split(l.at.states)
	}
}

// reach finds the pending states that a run can be in when it must still come, each by a shortest run: those that begin
// enter at their own depth.
func (l *liveness) reach() {
	l.queue = l.queue[:0]
	for id := range l.steps {
		l.steps[id] = noState
	}
	first, done := 0, 0
	for depth := 0; depth < len(l.s.levels) || done < len(l.queue); depth++ {
		if depth < len(l.s.levels) {
			next := min(first+l.s.levels[depth], len(l.begins))
			for id := first; id < next; id++ {
				if l.begins[id] {
					l.enter(uint32(id), noState, depth)
				}
			}
			first = next
		}
		for end := len(l.queue); done < end; done++ {
			id := l.queue[done]
			for _, to := range l.g.to[l.g.first[id]:l.g.first[id+1]] {
				l.enter(to, id, depth+1)
			}
		}
	}
}

func (l *liveness) enter(id, prev uint32, steps int) {
	if l.pending[id] && l.steps[id] == noState {
		l.steps[id], l.prev[id] = uint32(steps), prev
		l.queue = append(l.queue, id)
	}
}

// ban forbids every step that makes one of these obligations.
func (l *liveness) ban(bans []uint32) {
	l.banned = append(l.banned[:0], make([]bool, len(l.g.marks))...)
	for n := range l.g.marks {
		l.banned[n] = slices.ContainsFunc(l.g.marks[n].makes, func(o uint32) bool { return slices.Contains(bans, o) })
	}
}

// split takes a set of states apart into its strongly connected components, by Tarjan's algorithm, and judges each.
func (l *liveness) split(states []uint32) {
	l.parts++
	whole := l.parts
	for _, id := range states {
		l.part[id], l.index[id] = whole, 0
	}
	clock := uint32(0)
	for _, root := range states {
		if l.part[root] != whole || l.index[root] != 0 {
			continue
		}
		l.push(root, &clock)
		for len(l.frames) > 0 && l.alive {
			l.descend(whole, &clock)
		}
		if !l.alive {
			return
		}
	}
}

func (l *liveness) push(id uint32, clock *uint32) {
	*clock++
	l.index[id], l.low[id] = *clock, *clock
	l.stack = append(l.stack, id)
	l.frames = append(l.frames, frame{id, l.g.first[id]})
}

// descend goes one step on from the state of the last frame, or closes it. A state whose component is closed is not in
// the whole any more.
func (l *liveness) descend(whole uint32, clock *uint32) {
	f := &l.frames[len(l.frames)-1]
	id := f.id
	if f.edge < l.g.first[id+1] {
		to, means := l.g.to[f.edge], l.g.means[f.edge]
		f.edge++
		switch {
		case l.part[to] != whole || l.banned[means]:
		case l.index[to] == 0:
			l.push(to, clock)
		default:
			l.low[id] = min(l.low[id], l.index[to])
		}
		return
	}
	l.alive = !l.s.tick(l.s.progress)
	l.frames = l.frames[:len(l.frames)-1]
	if n := len(l.frames); n > 0 {
		up := l.frames[n-1].id
		l.low[up] = min(l.low[up], l.low[id])
	}
	if l.low[id] == l.index[id] {
		from := len(l.stack) - 1
		for l.stack[from] != id {
			from--
		}
		l.judge(l.stack[from:])
		l.stack = l.stack[:from]
	}
}

// judge says whether a component can be gone round fairly; if only a part of it can be, it is looked into again.
func (l *liveness) judge(states []uint32) {
	l.parts++
	for _, id := range states {
		l.part[id] = l.parts
	}
	l.measure(states)
	hopeless := false
	l.unfair = l.unfair[:0]
	for _, o := range l.touched {
		switch {
		case l.met[o] || l.count[o] == 0:
		case l.g.asks[o].strong:
			l.unfair = append(l.unfair, o)
		case int(l.count[o]) == len(states):
			hopeless = true
		}
		l.met[o], l.count[o] = false, 0
	}
	l.touched = l.touched[:0]
	switch {
	case hopeless:
		return
	case len(l.unfair) == 0:
		l.anyFair = true
		if len(l.at.bans) > 0 {
			l.bans[l.parts] = l.at.bans
		}
		for _, id := range states {
			l.fair[id] = true
		}
		return
	}
	var rest []uint32
	for _, id := range states {
		if !slices.ContainsFunc(l.g.sets[l.g.enabled[id]], func(o uint32) bool { return slices.Contains(l.unfair, o) }) {
			rest = append(rest, id)
		}
	}
	if len(rest) > 0 {
		l.todo = append(l.todo, region{rest, append(slices.Clone(l.at.bans), l.unfair...)})
	}
}

// measure finds out what the states of a component enable, and what the steps between them answer.
func (l *liveness) measure(states []uint32) {
	for _, id := range states {
		for _, o := range l.g.sets[l.g.enabled[id]] {
			l.touch(o)
			l.count[o]++
		}
		for e := l.g.first[id]; e < l.g.first[id+1]; e++ {
			if means := l.g.means[e]; means != 0 && l.part[l.g.to[e]] == l.parts && !l.banned[means] {
				l.weigh(&l.g.marks[means])
			}
		}
	}
}

// weigh adds what a step means.
func (l *liveness) weigh(m *mark) {
	for _, list := range [2][]uint32{m.answers, m.renews} {
		for _, o := range list {
			l.touch(o)
			l.met[o] = true
		}
	}
	for _, o := range m.makes {
		l.touch(o)
		l.count[o]++
	}
}

func (l *liveness) touch(o uint32) {
	if l.count[o] == 0 && !l.met[o] {
		l.touched = append(l.touched, o)
	}
}
