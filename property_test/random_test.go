package property

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/check"
	"interlock/fsm"
	"interlock/internal/randspec"
	"interlock/spec"
)

// randomText lets rapid make the choices of a random spec, and logs the text, so that a failure can be read.
func randomText(t *rapid.T, o randspec.Options) string {
	text := rapid.Custom(func(t *rapid.T) string {
		return randspec.Text(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") }, o)
	}).Draw(t, "text")
	t.Log("\n" + text)
	return text
}

// randomSystem compiles a random spec.
func randomSystem(t *rapid.T, o randspec.Options) *fsm.System {
	s, diagnostics := spec.Compile([]spec.Source{{Name: "random.fsm", Text: []byte(randomText(t, o))}}, nil)
	for _, d := range diagnostics {
		if d.Severity == spec.Error {
			t.Fatalf("%s: %s: %s", d.Span, d.Code, d.Message)
		}
	}
	return s.Systems[0]
}

// modest skips a system that the obvious search would not come to an end with: it lists all steps of a joint state, and
// one step over atomic links can have a million million combinations of free choices.
func modest(t *rapid.T, sys *fsm.System) {
	report, err := check.Run(context.Background(), sys, check.Options{MaxStates: 2000, MaxChoices: 1000, Properties: []string{}})
	if err == nil && !report.Complete {
		t.Skip(report.Reason)
	}
}

// The checker finds what the obvious search finds: as many joint states, transitions and levels, the same verdicts, no
// longer counterexamples; and each of its traces is a run by the reference.
func TestCheckerIsTheObviousSearch(t *testing.T) {
	lively := randspec.Everything
	lively.Liveness = true
	features := []randspec.Options{{}, {Atomic: true, Free: true, Wild: true, Nested: true}, {Faults: true}, randspec.Everything,
		{Liveness: true}, {Liveness: true, Faults: true, Joints: true}, lively}
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t, rapid.SampledFrom(features).Draw(t, "features"))
		modest(t, sys)
		x := explore(t, sys, 2000)
		require.True(t, x.complete)
		report, err := check.Run(context.Background(), sys, check.Options{})
		if len(x.order) == 0 && len(x.builtin) == 0 {
			require.ErrorContains(t, err, "no start")
			return
		}
		require.NoError(t, err)
		require.True(t, report.Complete)
		require.Equal(t, len(x.order), report.Stats.States, "joint states")
		require.Equal(t, x.transitions, report.Stats.Transitions, "transitions")
		require.Equal(t, x.depths, report.Stats.Depth, "levels")
		for _, v := range report.Verdicts {
			length, shown := x.shows[v.Property]
			if v.Property.Kind == fsm.BuiltIn {
				length, shown = x.builtin[v.Property.Builtin]
			}
			agrees(t, sys, v, length, shown)
		}
	})
}

// agrees compares one verdict with what the obvious search shows: a run of this length, or none.
func agrees(t *rapid.T, sys *fsm.System, v check.Verdict, length int, shown bool) {
	want := check.Holds
	if shown != (v.Property.Kind == fsm.Reachable) {
		want = check.Violated
	}
	require.Equal(t, want, v.Result, "%s (built-in %d)", v.Property.Text, v.Property.Builtin)
	if !shown {
		return
	}
	require.NotNil(t, v.Trace, v.Property.Text)
	if isLive(v.Property) {
		require.NoError(t, fsm.Replay(sys, v.Trace), v.Property.Text)
		require.NoError(t, isLasso(t, sys, v.Property, v.Trace), v.Property.Text)
		return
	}
	require.Len(t, v.Trace.Steps, length, "%s: the length of its trace", v.Property.Text)
	for _, trace := range append(v.More, v.Trace) {
		require.NoError(t, fsm.Replay(sys, trace), v.Property.Text)
	}
}
