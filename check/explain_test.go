package check

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
)

// fsm.Inspect sees what a step takes, in order, and each guard is true just before.
func TestGuardsAreTrueWhenTheyLetAStepHappen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t)
		tr := walk(t, sys)
		at := &tr.Start
		for _, s := range tr.Steps {
			var seen []fsm.Taken
			err := fsm.Inspect(sys, at, s.Choice, func(taken fsm.Taken, eval func(*fsm.Expr) (int64, error)) {
				var guard *fsm.Expr
				if taken.Instance < 0 {
					guard = sys.Joints[s.Choice.Joint].Guard
				} else {
					seen = append(seen, taken)
					guard = sys.MachineOf(taken.Instance).Transitions[taken.Transition].Guard
				}
				if guard == nil {
					return
				}
				if v, err := eval(guard); err != nil || v == 0 {
					t.Fatalf("%s: a guard is %d, %v", s.Choice.Format(sys, at), v, err)
				}
			})
			var violation *fsm.Violation
			if s.Outcome == nil {
				require.ErrorAs(t, err, &violation)
				break
			}
			require.NoError(t, err)
			taken := slices.DeleteFunc(slices.Clone(s.Outcome.Taken), func(t fsm.Taken) bool { return t.Transition < 0 })
			require.True(t, slices.Equal(taken, seen), "%v, not %v", seen, taken)
			at = s.Outcome.Joint
		}
	})
}

// A condition has the value that its facts force: with every fact as it is, no other part of the condition can change it.
func TestFactsDecide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t)
		if len(sys.Properties) == 0 {
			t.Skip("no property")
		}
		tr := walk(t, sys)
		end := last(tr)
		if tr.Fails != nil && len(tr.Steps) == 0 {
			t.Skip("no joint state")
		}
		for _, p := range sys.Properties {
			if p.P == nil {
				continue
			}
			v, err := fsm.Eval(sys, end, p.P)
			if err != nil {
				continue
			}
			known := map[string]bool{}
			for _, f := range because(sys, end, p.P) {
				known[f.text] = f.holds
			}
			got, sure := decided3(sys, p.P, known)
			if !sure || got != (v != 0) {
				t.Fatalf("%s is %d, and the facts %v say %v, %v", express(sys, p.P), v, known, got, sure)
			}
		}
	})
}

// decided3 is the value of a condition of which some parts are known, in a logic of three values.
func decided3(sys *fsm.System, e *fsm.Expr, known map[string]bool) (value, sure bool) {
	switch e.Op {
	case fsm.OpConst:
		return e.Value != 0, true
	case fsm.OpNot:
		value, sure = decided3(sys, e.Args[0], known)
		return !value, sure
	case fsm.OpAnd, fsm.OpOr, fsm.OpImplies:
		sure = true
		for i, a := range e.Args {
			v, s := decided3(sys, a, known)
			if e.Op == fsm.OpImplies && i == 0 {
				v = !v
			}
			if s && v == (e.Op != fsm.OpAnd) {
				return v, true
			}
			sure = sure && s
		}
		return e.Op == fsm.OpAnd, sure
	}
	value, sure = known[express(sys, e)]
	return value, sure
}

// Every instance that is stuck has a reason to be.
func TestEveryoneStuckWaitsForSomething(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t)
		tr := walk(t, sys)
		if tr.Fails != nil && len(tr.Steps) == 0 {
			t.Skip("no joint state")
		}
		s := newStory(sys, &fsm.Trace{Start: *last(tr), Begun: tr.Begun, Loop: -1})
		waiting := s.waits(s.end)
		stuck := 0
		for i, state := range s.end.States {
			if state != fsm.Down && !sys.MachineOf(i).States[state].Final {
				stuck++
			}
		}
		require.Len(t, waiting, stuck)
		for _, w := range waiting {
			require.NotEmpty(t, w.reasons)
		}
	})
}
