package property

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/check"
	"interlock/fsm"
	"interlock/internal/randspec"
)

// sameVerdicts compares the report of a search with reductions with that of one without: the same verdicts, shortest runs
// of the same length, and every trace a run by the reference.
func sameVerdicts(t failer, plain, reduced *check.Report) {
	sys := plain.System
	require.True(t, plain.Complete)
	require.True(t, reduced.Complete)
	require.LessOrEqual(t, reduced.Stats.States, plain.Stats.States)
	require.Len(t, reduced.Verdicts, len(plain.Verdicts))
	for i, want := range plain.Verdicts {
		got := reduced.Verdicts[i]
		name := check.Title(want.Property)
		require.Equal(t, want.Result, got.Result, name)
		require.Equal(t, want.Vacuous, got.Vacuous, name)
		require.Equal(t, want.Met, got.Met, name)
		require.Equal(t, want.Trace == nil, got.Trace == nil, name)
		if got.Trace == nil {
			continue
		}
		for _, trace := range append(got.More, got.Trace) {
			require.NoError(t, fsm.Replay(sys, trace), name)
		}
		if !isLive(want.Property) {
			require.Len(t, got.Trace.Steps, len(want.Trace.Steps), "the length of the trace of %s", name)
			require.NoError(t, shows(sys, want.Property, got.Trace))
		}
	}
	require.Len(t, reduced.Scenarios, len(plain.Scenarios))
	for i, want := range plain.Scenarios {
		require.Equal(t, want.Result, reduced.Scenarios[i].Result, want.Scenario.Name)
	}
	require.Equal(t, plain.Coverage.NeverEntered, reduced.Coverage.NeverEntered)
	require.Equal(t, plain.Coverage.NeverTaken, reduced.Coverage.NeverTaken)
	require.Equal(t, plain.Coverage.Cut > 0, reduced.Coverage.Cut > 0)
}

// reducedRuns counts how often a reduction made a difference: a test in which it never does shows nothing.
type reducedRuns struct{ runs, smaller int }

// differs demands that some run was smaller. A handful of random systems may all have nothing to reduce.
func (n *reducedRuns) differs(t *testing.T) {
	if n.runs >= 100 {
		require.Positive(t, n.smaller)
	}
}

func (n *reducedRuns) add(plain, reduced *check.Report) {
	n.runs++
	if reduced.Stats.States < plain.Stats.States {
		n.smaller++
	}
}

func TestDeadVariablesKeepVerdicts(t *testing.T) {
	lively := randspec.Everything
	lively.Liveness = true
	features := []randspec.Options{{}, {Atomic: true, Free: true, Wild: true, Nested: true}, {Faults: true, Free: true}, randspec.Everything,
		{Liveness: true, Params: true}, {Liveness: true, Faults: true, Joints: true}, lively}
	var seen reducedRuns
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t, rapid.SampledFrom(features).Draw(t, "features"))
		if len(sys.Properties) > 1 && rapid.Bool().Draw(t, "fewer properties") { // so that less is read
			sys.Properties = sys.Properties[:1]
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second) // cascades with many free choices have no end
		defer cancel()
		plain, err := check.Run(ctx, sys, check.Options{MaxStates: 3000})
		if err != nil || !plain.Complete {
			t.Skip("no start, or too many joint states")
		}
		reduced, err := check.Run(context.Background(), sys, check.Options{Reduce: check.DeadVariables})
		require.NoError(t, err)
		sameVerdicts(t, plain, reduced)
		seen.add(plain, reduced)
	})
	t.Logf("%d of %d systems were reduced", seen.smaller, seen.runs)
	seen.differs(t)
}
