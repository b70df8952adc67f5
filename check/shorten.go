package check

import (
	"slices"

	"interlock/fsm"
)

// A random walk that comes to a violation is long, and most of its steps have nothing to do with it. What can be left out is
// found by leaving it out and taking the rest by the reference.

// shortenSteps bounds the steps of the reference that shortening one run may take.
const shortenSteps = 30_000

// judge decides whether a run shows what it is said to show, joint state by joint state.
type judge struct {
	sys   *fsm.System
	pr    *fsm.Property
	fails *fsm.Violation // of a built-in check that forbids a step: what the run ends in; otherwise nil
	held  bool           // P of `after P always Q` has held
}

// sees takes note of the next joint state of the run and reports whether it shows the property there.
func (g *judge) sees(j *fsm.Joint) bool {
	value := func(e *fsm.Expr) (bool, bool) {
		v, err := fsm.Eval(g.sys, j, e)
		return v != 0, err == nil
	}
	switch g.pr.Kind {
	case fsm.Never, fsm.Reachable:
		v, ok := value(g.pr.P)
		return ok && v
	case fsm.Always:
		v, ok := value(g.pr.P)
		return ok && !v
	case fsm.AfterAlways:
		p, ok := value(g.pr.P)
		g.held = g.held || ok && p
		q, ok := value(g.pr.Q)
		return g.held && ok && !q
	}
	return false
}

// stops reports whether a run that ends in the joint state shows the property by that.
func (g *judge) stops(j *fsm.Joint) bool {
	if g.pr.Kind != fsm.BuiltIn || g.pr.Builtin != fsm.Deadlock || g.fails != nil {
		return false
	}
	rests := true
	for i, state := range j.States {
		rests = rests && (state == fsm.Down || g.sys.MachineOf(i).States[state].Final)
	}
	cut := false
	for _, c := range fsm.Choices(g.sys, j) {
		if c.Kind.IsFault() {
			continue
		}
		out, err := fsm.Step(g.sys, j, c)
		if err != nil {
			return false
		}
		if ok, err := fsm.Assumed(g.sys, out.Joint); err == nil && ok {
			if !out.Joint.Equal(j) {
				return false
			}
		} else {
			cut = true
		}
	}
	return !rests && !cut
}

// breaks reports whether a violation is the one that the run is to end in.
func (g *judge) breaks(v *fsm.Violation) bool {
	return g.fails != nil && v.Builtin == g.fails.Builtin && v.Span == g.fails.Span
}

// shortening leaves steps out of one run.
type shortening struct {
	judge  judge
	start  *fsm.Trace // without its steps
	budget int
}

// shorten leaves out of a run what it does not need to show what it shows: first the ways round to a joint state that it was in
// before, then whatever can be left out while the rest is still a run, in large pieces and then in small ones. The run must
// be one that the judge is content with.
func shorten(g judge, tr *fsm.Trace) *fsm.Trace {
	s := &shortening{judge: g, start: &fsm.Trace{Start: tr.Start, Begun: tr.Begun, Loop: -1}, budget: shortenSteps}
	best := s.straight(tr)
	for size := max(len(best.Steps)/2, 1); s.budget > 0; size = max(size/2, 1) {
		shorter := s.without(best, size)
		if size == 1 && len(shorter.Steps) == len(best.Steps) {
			return shorter
		}
		best = shorter
	}
	return best
}

// straight cuts out the ways from a joint state back to it.
func (s *shortening) straight(tr *fsm.Trace) *fsm.Trace {
	g := s.judge
	g.held = false
	last := map[string]int{}
	keys := make([]string, len(tr.Steps)+1)
	for i := range keys {
		at := &tr.Start
		if i > 0 {
			if tr.Steps[i-1].Outcome == nil {
				break
			}
			at = tr.Steps[i-1].Outcome.Joint
		}
		g.sees(at)
		keys[i] = at.Key()
		if g.held {
			keys[i] += " held"
		}
		last[keys[i]] = i
	}
	short := *tr
	short.Steps = nil
	for i := last[keys[0]]; i < len(tr.Steps); {
		short.Steps = append(short.Steps, tr.Steps[i])
		if i++; keys[i] != "" {
			i = last[keys[i]]
		}
	}
	return &short
}

// without leaves out pieces of so many steps, one after another, as long as that can be.
func (s *shortening) without(tr *fsm.Trace, size int) *fsm.Trace {
	for i := 0; i < len(tr.Steps) && s.budget > 0; {
		items := itemsOf(tr)
		if shorter := s.try(slices.Delete(items, i, min(i+size, len(items)))); shorter != nil && len(shorter.Steps) < len(tr.Steps) {
			tr = shorter
		} else {
			i += size
		}
	}
	return tr
}

// itemsOf are the steps of a trace without their places.
func itemsOf(tr *fsm.Trace) []*orderItem {
	o := &ordering{trace: tr}
	items := make([]*orderItem, len(tr.Steps))
	for i := range items {
		items[i] = o.item(i)
	}
	return items
}

// try takes steps from the start, leaving out those that are not possible any more, until the run shows what it should; nil
// if it does not.
func (s *shortening) try(items []*orderItem) *fsm.Trace {
	g := s.judge
	g.held = false
	run := *s.start
	run.Steps = nil
	at := &run.Start
	if g.sees(at) {
		return &run
	}
	for _, item := range items {
		c := item.choice
		if picksMessage(c.Kind) && !item.find(at, &c) {
			continue
		}
		s.budget--
		out, err := fsm.Step(g.sys, at, c)
		if v, ok := err.(*fsm.Violation); ok && g.breaks(v) {
			run.Steps, run.Fails = append(run.Steps, fsm.TraceStep{Choice: c}), v
			return &run
		}
		if err != nil || out.Joint.Equal(at) {
			continue
		}
		if ok, err := fsm.Assumed(g.sys, out.Joint); err != nil || !ok {
			continue
		}
		run.Steps = append(run.Steps, fsm.TraceStep{Choice: c, Outcome: out})
		at = out.Joint
		if g.sees(at) {
			return &run
		}
	}
	if g.stops(at) {
		return &run
	}
	return nil
}
