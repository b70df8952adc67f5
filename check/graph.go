package check

import "slices"

// graph is the steps between the stored states, self-loops left out: those from state i lead to
// to[first[i]:first[i+1]], in the order of the steps, each state once for every step to it.
type graph struct {
	first []uint32
	to    []uint32
}

// maxEdges is how many steps a graph can number.
const maxEdges = 1<<32 - 1

// graph takes every step once more and keeps where it leads. It fails, and s.reason says why, where there is no memory
// for it, or the time is over.
func (s *search) graph(stage string) *graph {
	s.stage, s.reason = stage, ""
	n := int64(s.st.n)
	edges := int64(s.transitions)
	if s.bytes()+2*(4*edges+4*(n+1))+8*n > s.opts.MaxMemory || edges > maxEdges {
		s.reason = noRoomForGraph
		return nil
	}
	s.st.number()
	s.x.memos = s.memos
	defer func() { s.x.memos = nil }()
	g := &graph{first: make([]uint32, 0, n+1), to: make([]uint32, 0, edges)}
	for id := range uint32(s.st.n) {
		g.first = append(g.first, uint32(len(g.to)))
		s.st.load(id, s.x.base)
		s.x.expand(func(step) {
			if s.x.end != done {
				return
			}
			w := s.x.stored()
			if sameWords(w, s.x.base) {
				return
			}
			if to := s.st.find(w); to != noState {
				g.to = append(g.to, to)
			}
		})
		if s.reason != "" {
			return nil
		}
	}
	g.first = append(g.first, uint32(len(g.to)))
	return g
}

// reverse is the graph with every step turned round.
func (g *graph) reverse() *graph {
	n := len(g.first) - 1
	r := &graph{first: make([]uint32, n+1), to: make([]uint32, len(g.to))}
	for _, to := range g.to {
		r.first[to+1]++
	}
	for i := range n {
		r.first[i+1] += r.first[i]
	}
	next := append([]uint32{}, r.first[:n]...)
	for from := range n {
		for _, to := range g.to[g.first[from]:g.first[from+1]] {
			r.to[next[to]] = uint32(from)
			next[to]++
		}
	}
	return r
}

// recoverable decides CTL's AG EF P: it marks backwards what can get to P. The counterexample ends in the first state in
// breadth-first order that cannot.
func (s *search) recoverable(w *watch) Verdict {
	if s.incomplete != "" {
		return Verdict{Reason: s.unknown()}
	}
	var g *graph
	if slices.ContainsFunc(s.watches, (*watch).lives) && s.needFair() {
		g = &s.fair.graph // it is needed anyway, and a few self-loops more do no harm
	} else if g = s.graph("recoverable " + w.property.Name); g == nil {
		return Verdict{Reason: s.reason}
	}
	can := make([]bool, s.st.n)
	var queue []uint32
	for id := range uint32(s.st.n) {
		s.st.load(id, s.x.w)
		if v, _ := s.x.ask(w.p); v {
			can[id] = true
			queue = append(queue, id)
		}
	}
	back := g.reverse()
	for len(queue) > 0 {
		id := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, from := range back.to[back.first[id]:back.first[id+1]] {
			if !can[from] {
				can[from] = true
				queue = append(queue, from)
			}
		}
	}
	for id, is := range can {
		if !is {
			return Verdict{Result: Violated, Reason: "no run goes from the end of the trace to it", Trace: s.traceTo(uint32(id))}
		}
	}
	return Verdict{Result: Holds}
}
