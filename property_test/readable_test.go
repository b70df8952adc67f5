package property

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/check"
	"interlock/fsm"
	"interlock/internal/randspec"
)

// However the checker orders the steps of a counterexample, it stays one: a run by the reference, in which every joint state is
// as `assume` says, and that breaks what it is said to break.
func TestCounterexamplesShowTheirViolation(t *testing.T) {
	features := []randspec.Options{{Faults: true}, randspec.Everything, {Joints: true, Arrays: true, Assumes: true}, {Wild: true, Arrays: true, Mixed: true}}
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t, rapid.SampledFrom(features).Draw(t, "features"))
		report, err := check.Run(context.Background(), sys, check.Options{MaxStates: 2000})
		if err != nil {
			require.ErrorContains(t, err, "no start")
			return
		}
		for _, v := range report.Verdicts {
			if v.Trace == nil || isLive(v.Property) {
				continue
			}
			for _, trace := range append(v.More, v.Trace) {
				require.NoError(t, fsm.Replay(sys, trace), v.Property.Text)
				require.NoError(t, shows(sys, v.Property, trace), v.Property.Text)
			}
		}
	})
}

// shows reports why a trace does not show that a property is violated, or of a `reachable` that it holds.
func shows(sys *fsm.System, p *fsm.Property, trace *fsm.Trace) error {
	if trace.Fails != nil {
		if p.Kind != fsm.BuiltIn || trace.Fails.Builtin != p.Builtin {
			return fmt.Errorf("it ends in %v", trace.Fails)
		}
		return nil
	}
	end, held := &trace.Start, false
	for i := -1; i < len(trace.Steps); i++ {
		if i >= 0 {
			end = trace.Steps[i].Outcome.Joint
		}
		if ok, err := fsm.Assumed(sys, end); err != nil || !ok {
			return fmt.Errorf("step %d leads where assume does not let it", i+1)
		}
		if p.Kind == fsm.AfterAlways {
			v, err := fsm.Eval(sys, end, p.P)
			held = held || err == nil && v != 0
		}
	}
	value := func(e *fsm.Expr) bool {
		v, err := fsm.Eval(sys, end, e)
		return err == nil && v != 0
	}
	ok := true
	switch p.Kind {
	case fsm.Never, fsm.Reachable:
		ok = value(p.P)
	case fsm.Always:
		ok = !value(p.P)
	case fsm.AfterAlways:
		ok = held && !value(p.Q)
	case fsm.BuiltIn:
		ok = p.Builtin == fsm.Deadlock && !moves(sys, end)
	}
	if !ok {
		return fmt.Errorf("it ends in %s, where nothing is wrong", end.Key())
	}
	return nil
}

// moves reports whether some step but a fault leads to another joint state that assume allows.
func moves(sys *fsm.System, j *fsm.Joint) bool {
	return slices.ContainsFunc(fsm.Choices(sys, j), func(c fsm.Choice) bool {
		out, err := fsm.Step(sys, j, c)
		if c.Kind.IsFault() || err != nil {
			return !c.Kind.IsFault()
		}
		ok, err := fsm.Assumed(sys, out.Joint)
		return err == nil && ok && !out.Joint.Equal(j)
	})
}
