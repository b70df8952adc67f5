package property

import (
	"slices"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

// explored is what the obvious search finds: the twin that the checker is held against. Lengths are steps of the
// shortest run that shows a thing.
type explored struct {
	depth       map[string]int // by Key of a joint state
	order       []*fsm.Joint
	transitions int
	depths      int
	builtin     map[fsm.Builtin]int
	shows       map[*fsm.Property]int // a counterexample, or for `reachable` a witness; of a lasso no length: 0
	complete    bool
	fair        *fairRuns // made for the first property of runs that never end
}

// explore visits every reachable joint state of a system, breadth first, with the reference step alone.
func explore(t failer, sys *fsm.System, limit int) *explored {
	x := &explored{depth: map[string]int{}, builtin: map[fsm.Builtin]int{}, shows: map[*fsm.Property]int{}, complete: true}
	starts, err := fsm.Starts(sys)
	require.NoError(t, err)
	for _, s := range starts {
		if s.Fails != nil {
			x.violate(s.Fails.Builtin, 0)
		} else {
			x.visit(t, sys, s.Outcome.Joint, 0)
		}
	}
	for i := 0; i < len(x.order); i++ {
		if len(x.order) > limit {
			x.complete = false
			return x
		}
		x.expand(t, sys, x.order[i])
	}
	for _, p := range sys.Properties {
		switch p.Kind {
		case fsm.AfterAlways:
			x.after(t, sys, p)
		case fsm.Eventually, fsm.LeadsTo, fsm.InfinitelyOften:
			x.live(t, sys, p)
		}
	}
	return x
}

// visit records a joint state the first time that it is seen, unless an assumption rules it out.
func (x *explored) visit(t failer, sys *fsm.System, j *fsm.Joint, depth int) (cut bool) {
	assumed, err := fsm.Assumed(sys, j)
	if x.failed(err, depth) || !assumed {
		return true
	}
	if _, known := x.depth[j.Key()]; known {
		return false
	}
	x.depth[j.Key()] = depth
	x.depths = max(x.depths, depth)
	x.order = append(x.order, j)
	for _, p := range sys.Properties {
		if p.Kind != fsm.Never && p.Kind != fsm.Always && p.Kind != fsm.Reachable {
			continue
		}
		holds, err := fsm.Eval(sys, j, p.P)
		if _, known := x.shows[p]; !x.failed(err, depth) && !known && (holds != 0) == (p.Kind != fsm.Always) {
			x.shows[p] = depth
		}
	}
	return false
}

func (x *explored) failed(err error, depth int) bool {
	if v, ok := err.(*fsm.Violation); ok {
		x.violate(v.Builtin, depth)
	}
	return err != nil
}

func (x *explored) violate(b fsm.Builtin, length int) {
	if old, known := x.builtin[b]; !known || length < old {
		x.builtin[b] = length
	}
}

// expand takes every step from a joint state.
func (x *explored) expand(t failer, sys *fsm.System, j *fsm.Joint) {
	depth := x.depth[j.Key()]
	stuck := !atRest(sys, j)
	for _, c := range fsm.Choices(sys, j) {
		out, err := fsm.Step(sys, j, c)
		if x.failed(err, depth+1) {
			require.IsType(t, &fsm.Violation{}, err)
			stuck = stuck && c.Kind.IsFault()
			continue
		}
		if !c.Kind.IsFault() && !out.Joint.Equal(j) {
			stuck = false
		}
		if !x.visit(t, sys, out.Joint, depth+1) {
			x.transitions++
		}
	}
	if stuck {
		x.violate(fsm.Deadlock, depth)
	}
}

// atRest reports whether every instance is down or in a final state.
func atRest(sys *fsm.System, j *fsm.Joint) bool {
	for i, s := range j.States {
		if s != fsm.Down && !sys.MachineOf(i).States[s].Final {
			return false
		}
	}
	return true
}

// after searches the pairs of a joint state and whether P has held.
func (x *explored) after(t failer, sys *fsm.System, p *fsm.Property) {
	type pair struct {
		joint *fsm.Joint
		held  bool
		depth int
	}
	seen := map[string]bool{}
	var queue []pair
	push := func(j *fsm.Joint, held bool, depth int) {
		if _, known := x.depth[j.Key()]; !known {
			return // cut by an assumption
		}
		now, _ := fsm.Eval(sys, j, p.P)
		held = held || now != 0
		key := j.Key()
		if held {
			key = "held" + key
		}
		if !seen[key] {
			seen[key] = true
			queue = append(queue, pair{j, held, depth})
		}
	}
	for _, j := range x.order {
		if x.depth[j.Key()] == 0 {
			push(j, false, 0)
		}
	}
	for i := 0; i < len(queue); i++ {
		at := queue[i]
		if q, _ := fsm.Eval(sys, at.joint, p.Q); at.held && q == 0 {
			x.shows[p] = at.depth
			return
		}
		for _, c := range fsm.Choices(sys, at.joint) {
			if out, err := fsm.Step(sys, at.joint, c); err == nil {
				push(out.Joint, at.held, at.depth+1)
			}
		}
	}
}

// executable reports whether a scenario can be executed, by searching the pairs of a joint state and the number of
// scenario steps taken.
func executable(t failer, sys *fsm.System, s *fsm.Scenario, limit int) bool {
	type pair struct {
		joint *fsm.Joint
		done  int
	}
	seen := map[string]bool{}
	var queue []pair
	push := func(j *fsm.Joint, done int) {
		if ok, err := fsm.Assumed(sys, j); err != nil || !ok {
			return
		}
		key := string(rune('0'+done)) + j.Key()
		if !seen[key] {
			seen[key] = true
			queue = append(queue, pair{j, done})
		}
	}
	starts, err := fsm.Starts(sys)
	require.NoError(t, err)
	for _, st := range starts {
		if st.Fails == nil {
			push(st.Outcome.Joint, 0)
		}
	}
	for i := 0; i < len(queue); i++ {
		require.Less(t, len(queue), limit, "the scenario's search is too large for a test")
		at := queue[i]
		if at.done == len(s.Steps) && reached(sys, at.joint, s.Reaches) {
			return true
		}
		for _, c := range fsm.Choices(sys, at.joint) {
			out, err := fsm.Step(sys, at.joint, c)
			if err != nil {
				continue
			}
			if at.done < len(s.Steps) && matches(sys, at.joint, c, s.Steps[at.done]) {
				push(out.Joint, at.done+1)
			}
			if at.done < len(s.Steps) && s.Steps[at.done].Gap || at.done == len(s.Steps) && s.OpenEnd {
				push(out.Joint, at.done)
			}
		}
	}
	return false
}

func reached(sys *fsm.System, j *fsm.Joint, p *fsm.Expr) bool {
	if p == nil {
		return true
	}
	v, err := fsm.Eval(sys, j, p)
	return err == nil && v != 0
}

// matches reports whether a step of a run is the one that a scenario asks for.
func matches(sys *fsm.System, j *fsm.Joint, c fsm.Choice, s fsm.ScenarioStep) bool {
	if c.Kind != s.Kind {
		return false
	}
	args := c.Args
	switch c.Kind {
	case fsm.Handle:
		if c.Instance != s.Instance || c.Event != s.Event {
			return false
		}
	case fsm.Deliver, fsm.LoseMessage, fsm.DuplicateMessage:
		p := j.Links[c.Link][c.Position]
		if !slices.Contains(s.Links, c.Link) || p.Message != s.Message {
			return false
		}
		args = p.Args
	case fsm.TakeJoint:
		if !slices.Contains(s.Joints, c.Joint) {
			return false
		}
		args = sys.Joints[c.Joint].Args
	case fsm.CrashNode:
		return sys.Instances[sys.Crashes[c.Crash].Instance].Node == sys.Instances[s.Instance].Node
	case fsm.RestartNode:
		return c.Node == sys.Instances[s.Instance].Node
	}
	for i, want := range s.Args {
		if want != nil && *want != args[i] {
			return false
		}
	}
	return true
}
