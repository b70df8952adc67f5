package check

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

// twin is the obvious search: maps of keys, and fsm.Choices and fsm.Step. The checker must find what it finds.
type twin struct {
	sys         *fsm.System
	ids         map[string]int // by Key
	joints      []*fsm.Joint
	depth       []int
	transitions int
	builtin     map[spot]int // depth of the first violation of a check at a place
	shown       map[*fsm.Property]int
	deadlock    int // depth, or -1
	cut         int
	complete    bool
	taken       map[[2]int]int64 // by machine and written transition; by -1 and joint transition
}

func newTwin(t require.TestingT, sys *fsm.System, limit int) *twin {
	w := &twin{sys: sys, ids: map[string]int{}, builtin: map[spot]int{}, shown: map[*fsm.Property]int{}, deadlock: -1, taken: map[[2]int]int64{}}
	starts, err := fsm.Starts(sys)
	if err != nil {
		return w // `initially` cannot be evaluated in some start: the reference tells of one
	}
	for _, s := range starts {
		if s.Fails != nil {
			w.violate(s.Fails, 0)
		} else {
			w.reach(s.Outcome.Joint, 0)
		}
	}
	for i := 0; i < len(w.joints); i++ {
		if len(w.joints) > limit {
			return w
		}
		w.expand(t, i)
	}
	w.complete = true
	for _, p := range sys.Properties {
		switch p.Kind {
		case fsm.AfterAlways:
			w.after(p)
		case fsm.Recoverable:
			w.recoverable(p)
		}
	}
	return w
}

// after searches the pairs of a joint state and whether P has held.
func (w *twin) after(p *fsm.Property) {
	type pair struct {
		id   int
		held bool
	}
	depth := map[pair]int{}
	var queue []pair
	push := func(id int, held bool, d int) {
		now, _ := fsm.Eval(w.sys, w.joints[id], p.P)
		at := pair{id, held || now != 0}
		if _, known := depth[at]; !known {
			depth[at] = d
			queue = append(queue, at)
		}
	}
	for id, d := range w.depth {
		if d == 0 {
			push(id, false, 0)
		}
	}
	for i := 0; i < len(queue); i++ {
		at := queue[i]
		if q, _ := fsm.Eval(w.sys, w.joints[at.id], p.Q); at.held && q == 0 {
			w.shown[p] = depth[at]
			return
		}
		for _, c := range fsm.Choices(w.sys, w.joints[at.id]) {
			if out, err := fsm.Step(w.sys, w.joints[at.id], c); err == nil {
				if id, stored := w.ids[out.Joint.Key()]; stored {
					push(id, at.held, depth[at]+1)
				}
			}
		}
	}
}

// violate keeps the depth of the first violation at a place. The reference does not tell which message or timer was
// unexpected but in words, so places are told apart by check and span only.
func (w *twin) violate(err error, depth int) {
	v := err.(*fsm.Violation)
	at := spot{builtin: v.Builtin, span: v.Span}
	if _, known := w.builtin[at]; !known {
		w.builtin[at] = depth
	}
}

func (w *twin) reach(j *fsm.Joint, depth int) bool {
	key := j.Key()
	if _, known := w.ids[key]; known {
		return true
	}
	assumed, err := fsm.Assumed(w.sys, j)
	if err != nil {
		w.violate(err, depth)
	}
	if !assumed {
		return false
	}
	w.ids[key] = len(w.joints)
	w.joints = append(w.joints, j)
	w.depth = append(w.depth, depth)
	for _, p := range w.sys.Properties {
		if p.Kind == fsm.Never || p.Kind == fsm.Always || p.Kind == fsm.Reachable {
			v, err := fsm.Eval(w.sys, j, p.P)
			if err != nil {
				w.violate(err, depth)
			} else if _, known := w.shown[p]; !known && (v != 0) == (p.Kind != fsm.Always) {
				w.shown[p] = depth
			}
		}
	}
	return true
}

// recoverable goes forward from every state in turn until it meets P.
func (w *twin) recoverable(p *fsm.Property) {
	for id := range w.joints {
		seen := map[int]bool{id: true}
		queue := []int{id}
		found := false
		for i := 0; i < len(queue) && !found; i++ {
			j := w.joints[queue[i]]
			v, _ := fsm.Eval(w.sys, j, p.P)
			found = v != 0
			for _, c := range fsm.Choices(w.sys, j) {
				if out, err := fsm.Step(w.sys, j, c); err == nil {
					if to, stored := w.ids[out.Joint.Key()]; stored && !seen[to] {
						seen[to] = true
						queue = append(queue, to)
					}
				}
			}
		}
		if !found {
			w.shown[p] = w.depth[id]
			return
		}
	}
}

func (w *twin) expand(t require.TestingT, i int) {
	j, depth := w.joints[i], w.depth[i]
	moved, cut := false, false
	for _, c := range fsm.Choices(w.sys, j) {
		out, err := fsm.Step(w.sys, j, c)
		switch {
		case err != nil:
			require.IsType(t, &fsm.Violation{}, err)
			w.violate(err, depth+1)
			moved = moved || !c.Kind.IsFault()
		case w.reach(out.Joint, depth+1):
			w.transitions++
			w.count(c, out)
			moved = moved || !c.Kind.IsFault() && !out.Joint.Equal(j)
		default:
			cut = cut || !c.Kind.IsFault()
		}
	}
	rest := true
	for i, s := range j.States {
		rest = rest && (s == fsm.Down || w.sys.MachineOf(i).States[s].Final)
	}
	switch {
	case moved || rest:
	case cut:
		w.cut++
	case w.deadlock < 0:
		w.deadlock = depth
	}
}

// count adds what a step has taken.
func (w *twin) count(c fsm.Choice, out *fsm.Outcome) {
	for _, t := range out.Taken {
		if t.Transition >= 0 {
			w.taken[[2]int{w.sys.Instances[t.Instance].Machine, w.sys.MachineOf(t.Instance).Transitions[t.Transition].Source}]++
		}
	}
	if c.Kind == fsm.TakeJoint {
		at := slices.IndexFunc(w.sys.Joints, func(j *fsm.JointTransition) bool { return j.Span == w.sys.Joints[c.Joint].Span })
		w.taken[[2]int{-1, at}]++
	}
}

// agreeOnCoverage compares how often everything written was taken.
func agreeOnCoverage(t require.TestingT, w *twin, r Coverage) {
	taken := map[[2]int]int64{}
	for _, at := range r.Taken {
		if at.Count > 0 {
			taken[[2]int{slices.Index(w.sys.Spec.Machines, at.Machine), at.Source}] = at.Count
		}
	}
	require.Equal(t, w.taken, taken)
}

// agree compares the checker with the twin: state for state, step for step, verdict for verdict.
func agree(t require.TestingT, sys *fsm.System, limit int) *Report {
	w := newTwin(t, sys, limit)
	agreeOnSteps(t, w)
	if !w.complete {
		return nil
	}
	report, err := Run(context.Background(), sys, Options{})
	if len(w.joints) == 0 && len(w.builtin) == 0 {
		require.ErrorContains(t, err, "no start")
		return nil
	}
	require.NoError(t, err)
	require.True(t, report.Complete)
	require.Equal(t, len(w.joints), report.Stats.States)
	require.Equal(t, w.transitions, report.Stats.Transitions)
	require.Equal(t, w.cut, report.Coverage.Cut)
	if n := len(w.depth); n > 0 {
		require.Equal(t, w.depth[n-1], report.Stats.Depth)
	}
	agreeOnCoverage(t, w, report.Coverage)
	agreeOnVerdicts(t, w, report)
	return report
}

// agreeOnSteps compares the successors of every state: the choices in order, the joint states, the violations.
func agreeOnSteps(t require.TestingT, w *twin) {
	p, err := compile(w.sys, false)
	require.NoError(t, err)
	x := newExec(p)
	for _, j := range w.joints {
		p.load(j, x.base)
		require.Equal(t, j.Key(), p.joint(x.base).Key(), "packing changes a state")
		choices := fsm.Choices(w.sys, j)
		at := 0
		x.expand(func(s step) {
			require.Less(t, at, len(choices), "a step too many: %v in %s", x.choice(s), j.Key())
			require.Equal(t, choices[at], x.choice(s), "in %s", j.Key())
			out, err := fsm.Step(w.sys, j, choices[at])
			if err != nil {
				require.Equal(t, violated, x.end, "%s in %s: %v", choices[at].Format(w.sys, j), j.Key(), err)
				v := err.(*fsm.Violation)
				require.Equal(t, site{v.Builtin, v.Instance, v.Span, 0}, site{x.fail.builtin, x.fail.instance, x.fail.span, 0})
			} else {
				require.Equal(t, done, x.end, "%s in %s", choices[at].Format(w.sys, j), j.Key())
				require.Equal(t, out.Joint.Key(), p.joint(x.w).Key(), "%s in %s", choices[at].Format(w.sys, j), j.Key())
			}
			at++
		})
		require.Equal(t, len(choices), at, "steps are missing in %s", j.Key())
	}
}

func agreeOnVerdicts(t require.TestingT, w *twin, report *Report) {
	violations := 0
	for i := range report.Verdicts {
		v := &report.Verdicts[i]
		p := v.Property
		switch p.Kind {
		case fsm.Never, fsm.Always, fsm.Reachable, fsm.AfterAlways, fsm.Recoverable:
			depth, shown := w.shown[p]
			broken := v.Result == Unknown && v.Reason == "it cannot be evaluated in every joint state: see range"
			require.True(t, broken || (v.Result == Holds) == (shown == (p.Kind == fsm.Reachable)), "%s: %v %s", p.Text, v.Result, v.Reason)
			if shown {
				require.Len(t, v.Trace.Steps, depth, p.Text)
			}
		case fsm.BuiltIn:
			if p.Builtin == fsm.Deadlock {
				require.Equal(t, w.deadlock >= 0, v.Result == Violated)
				if w.deadlock >= 0 {
					require.Len(t, v.Trace.Steps, w.deadlock)
				}
				continue
			}
			violations += agreeOnBuiltin(t, w, v)
		}
	}
	require.Equal(t, len(w.builtin), violations, "%v", w.builtin)
}

// agreeOnBuiltin compares the findings of one built-in check by place and returns how many places there are.
func agreeOnBuiltin(t require.TestingT, w *twin, v *Verdict) int {
	places := map[spot]bool{}
	traces := v.More
	if v.Trace != nil {
		traces = append([]*fsm.Trace{v.Trace}, v.More...)
	}
	require.Equal(t, len(traces) > 0, v.Result == Violated)
	for _, tr := range traces {
		at := spot{builtin: tr.Fails.Builtin, span: tr.Fails.Span}
		if !places[at] { // another message may be unexpected at the same place later
			require.Contains(t, w.builtin, at)
			require.Equal(t, w.builtin[at], len(tr.Steps), "%v", tr.Fails)
		}
		places[at] = true
	}
	if v.Hidden > 0 {
		n := 0
		for at := range w.builtin {
			if at.builtin == v.Property.Builtin {
				n++
			}
		}
		return n
	}
	return len(places)
}

func TestAgreesOnTheSession(t *testing.T) {
	for _, reopens := range []bool{false, true} {
		report := agree(t, sessionSpec(t, fsm.Network, reopens), 100_000)
		for _, v := range report.Verdicts {
			t.Log(v.Property.Name, v.Result, v.Reason, v.Trace != nil)
		}
		t.Log(report.Stats, report.Coverage)
	}
	for _, kind := range []fsm.LinkKind{fsm.Queue, fsm.Keep} {
		agree(t, sessionSpec(t, kind, true), 100_000)
	}
}
