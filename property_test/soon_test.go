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

// What ends as soon as one thing is known ("interlock check -why") says the same with every reduction as the whole search
// without any: whether some run gets there, and in how few steps.
func TestAskingSoonKeepsVerdicts(t *testing.T) {
	var seen reducedRuns
	early := 0
	rapid.Check(t, func(t *rapid.T) {
		var sys *fsm.System
		if rapid.Bool().Draw(t, "a ring") {
			sys = ringSystem(t, rapid.IntRange(0, 3).Draw(t, "skew") == 3, rapid.Bool().Draw(t, "apart"))
		} else {
			features := []randspec.Options{{}, {Atomic: true, Free: true, Wild: true, Nested: true}, {Faults: true, Free: true}}
			sys = randomSystem(t, rapid.SampledFrom(features).Draw(t, "features"))
		}
		var names []string
		for _, p := range sys.Properties {
			if p.Kind == fsm.Never || p.Kind == fsm.Always || p.Kind == fsm.Reachable {
				names = append(names, p.Name)
			}
		}
		if len(names) == 0 {
			t.Skip("nothing to ask")
		}
		asked := []string{rapid.SampledFrom(names).Draw(t, "asked")}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second) // cascades with many free choices have no end
		defer cancel()
		plain, err := check.Run(ctx, sys, check.Options{MaxStates: 2000, Properties: asked})
		if err != nil || !plain.Complete || plain.AnyUnknown() {
			t.Skip("no start, or too many joint states")
		}
		for _, reduce := range []check.Reductions{check.NoReductions, check.DeadVariables, check.Symmetry, check.PartialOrder, check.DefaultReductions, check.AllReductions} {
			soon, err := check.Run(context.Background(), sys, check.Options{Reduce: reduce, Properties: asked, Soon: true})
			require.NoError(t, err)
			sameAnswer(t, plain, soon)
			if !soon.Complete {
				early++
			}
			seen.add(plain, soon)
		}
	})
	t.Logf("%d of %d searches were smaller, %d ended early", seen.smaller, seen.runs, early)
	seen.differs(t)
}

// sameAnswer compares the verdict on the one property that was asked for.
func sameAnswer(t failer, plain, soon *check.Report) {
	require.NotEmpty(t, soon.Verdicts)
	require.Len(t, soon.Verdicts, len(plain.Verdicts))
	for i, want := range plain.Verdicts {
		got := soon.Verdicts[i]
		name := check.Title(want.Property)
		require.Equal(t, want.Result, got.Result, name)
		require.Equal(t, want.Trace == nil, got.Trace == nil, name)
		if got.Trace == nil {
			continue
		}
		require.NoError(t, fsm.Replay(plain.System, got.Trace), name)
		require.Len(t, got.Trace.Steps, len(want.Trace.Steps), "the length of the trace of %s", name)
		require.NoError(t, shows(plain.System, want.Property, got.Trace))
	}
}
