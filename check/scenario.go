package check

import (
	"fmt"
	"slices"

	"interlock/fsm"
)

// MaxEnabled bounds the steps that a [ScenarioResult] names as possible where a scenario got stuck.
const MaxEnabled = 20

// rehearsal is the search for a run that a scenario allows: over pairs of a joint state and the number of the scenario's
// steps taken. It is a search of its own, which does not need the base states.
type rehearsal struct {
	*search
	scenario *fsm.Scenario
	reaches  cond
	pairs    *store // base words, then the position
	pair     []uint64
	at       uint32
	position int
	best     uint32 // the first pair with the largest position
	goal     uint32
}

// scenario decides whether a scenario can be executed.
func (s *search) scenario(sc *fsm.Scenario) ScenarioResult {
	defer s.unreduced()() // it may name instances, and asks for steps that lead nowhere new
	y := &rehearsal{search: s, scenario: sc, pairs: newStore(s.p.words+1, 64*(s.p.words+1)), pair: make([]uint64, s.p.words+1), best: noState, goal: noState}
	y.pairs.keeps = true
	if sc.Reaches != nil {
		y.reaches = newCompiler(s.p, fsm.OwnInstance).cond(sc.Reaches)
	}
	s.stage, s.reason, s.spent = "scenario "+sc.Name, "", s.bytes()
	y.explore()
	s.spent = 0
	r := ScenarioResult{Scenario: sc, Result: Violated}
	switch {
	case y.goal != noState:
		r.Result, r.Done = Holds, len(sc.Steps)
		r.Trace = y.trace(y.goal).trace
	case s.reason != "":
		r.Result, r.Reason = Unknown, s.reason
	case y.best == noState:
		r.Reason = "the system has no start"
	default:
		y.stuck(&r)
	}
	r.Met = r.Result == Holds && !sc.ExpectViolated || r.Result == Violated && sc.ExpectViolated
	return r
}

func (y *rehearsal) explore() {
	y.x.starts(func(step) {
		if y.x.end == done && y.allowed(y.initially) {
			y.reach(noState, 0)
		}
	})
	for id := uint32(0); int(id) < y.pairs.n && y.goal == noState && y.reason == ""; id++ {
		y.expand(id)
	}
}

func (y *rehearsal) allowed(conditions []cond) bool {
	for _, e := range conditions {
		if v, _ := y.x.ask(e); !v {
			return false
		}
	}
	return true
}

func (y *rehearsal) expand(id uint32) {
	words := y.pairs.at(id)
	y.at, y.position = id, int(words[y.p.words])
	copy(y.x.base, words[:y.p.words])
	switch {
	case y.position < len(y.scenario.Steps):
		y.x.expand(y.step)
	case y.scenario.OpenEnd:
		y.x.expand(y.idle)
	}
}

// idle takes any step after the last of the scenario.
func (y *rehearsal) idle(step) {
	if y.x.end == done {
		y.reach(y.at, y.position)
	}
}

// step takes a step that the scenario asks for next, or allows before it.
func (y *rehearsal) step(s step) {
	if y.x.end != done {
		return
	}
	want := &y.scenario.Steps[y.position]
	if y.x.matches(s, want) {
		y.reach(y.at, y.position+1)
	}
	if want.Gap {
		y.reach(y.at, y.position)
	}
}

// reach stores the pair of the joint state in x.w and a position.
func (y *rehearsal) reach(parent uint32, position int) {
	copy(y.pair, y.x.stored())
	y.pair[y.p.words] = uint64(position)
	if y.pairs.find(y.pair) != noState || !y.allowed(y.assumes) {
		return
	}
	if !y.fits(y.pairs) {
		y.x.halted = true
		return
	}
	id, _ := y.pairs.insert(y.pair, parent)
	if y.best == noState || uint64(position) > y.pairs.at(y.best)[y.p.words] {
		y.best = id
	}
	if position == len(y.scenario.Steps) && (y.reaches == nil || y.allowed([]cond{y.reaches})) {
		y.goal = id
		y.x.halted = true
	}
}

// trace is a run to a pair: the choices are those that the scenario asks for, where others lead to the same state.
func (y *rehearsal) trace(id uint32) *tracer {
	path := y.pairs.path(id)
	n := y.p.words
	t := newTracer(y.p)
	t.begin(path[0][:n])
	for i, next := range path[1:] {
		before, after := path[i][n], next[n]
		t.step(func(s step) bool {
			return t.leadsTo(next[:n]) && (before == after || t.x.matches(s, &y.scenario.Steps[before]))
		})
	}
	return t
}

// stuck tells how far a scenario got that cannot be executed, and what was possible there.
func (y *rehearsal) stuck(r *ScenarioResult) {
	t := y.trace(y.best)
	sys, steps := y.p.sys, y.scenario.Steps
	r.Trace, r.Done = t.trace, int(y.pairs.at(y.best)[y.p.words])
	if r.Done == len(steps) {
		r.Reason = "every step can be taken, but " + express(sys, y.scenario.Reaches) + " does not hold then"
	} else {
		r.Reason = fmt.Sprintf("step %d, %s, cannot be taken", r.Done+1, steps[r.Done].Text)
	}
	t.x.expand(func(s step) {
		wanted := r.Done < len(steps) && t.x.matches(s, &steps[r.Done])
		choice := t.x.choice(s)
		text := choice.Format(sys, t.joint)
		switch {
		case t.x.end == violated:
			_, err := fsm.Step(sys, t.joint, choice)
			if wanted {
				r.Reason = fmt.Sprintf("step %d, %s, is a violation: %v", r.Done+1, steps[r.Done].Text, err)
			}
			text += " (a violation)"
		case wanted:
			r.Reason = fmt.Sprintf("step %d, %s, is cut by assume", r.Done+1, steps[r.Done].Text)
			text += " (cut by assume)"
		}
		if len(r.Enabled) < MaxEnabled && !slices.Contains(r.Enabled, text) {
			r.Enabled = append(r.Enabled, text)
		}
	})
}

// matches reports whether the step that x is taking is the one that a scenario asks for.
func (x *exec) matches(s step, want *fsm.ScenarioStep) bool {
	if s.kind != want.Kind {
		return false
	}
	sys := x.p.sys
	switch s.kind {
	case fsm.Handle:
		events := x.p.instances[s.index].states[max(0, x.p.value(x.base, s.index))].own
		return s.index == want.Instance && events[s.event].event == want.Event && sameArgs(want.Args, x.inputs)
	case fsm.Deliver, fsm.LoseMessage, fsm.DuplicateMessage:
		at := x.p.links[s.index].at
		at.code(x.base, s.position, x.room)
		return slices.Contains(want.Links, s.index) && at.decode(x.room, x.looked) == want.Message && sameArgs(want.Args, x.looked)
	case fsm.TakeJoint:
		return slices.Contains(want.Joints, s.index) && sameArgs(want.Args, sys.Joints[s.index].Args)
	case fsm.CrashNode:
		return x.p.crashes[s.index].node == sys.Instances[want.Instance].Node
	}
	return s.index == sys.Instances[want.Instance].Node // RestartNode
}

func sameArgs(want []*int64, args []int64) bool {
	for i, w := range want {
		if w != nil && *w != args[i] {
			return false
		}
	}
	return true
}
