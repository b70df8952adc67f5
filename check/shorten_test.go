package check

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
)

// A shortened run is one, ends in the same violation, and needs each of its steps.
func TestShortenLeavesOutWhatItCan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t)
		tr := walk(t, sys)
		tr.Loop = -1
		if tr.Fails == nil || len(tr.Steps) == 0 {
			t.Skip("nothing is violated")
		}
		assumed := true
		for _, s := range tr.Steps[:len(tr.Steps)-1] {
			ok, err := fsm.Assumed(sys, s.Outcome.Joint)
			assumed = assumed && ok && err == nil
		}
		if !assumed {
			t.Skip("the walk left what is assumed")
		}
		g := judge{sys: sys, pr: &fsm.Property{Kind: fsm.BuiltIn, Builtin: tr.Fails.Builtin}, fails: tr.Fails}
		got := shorten(g, tr)
		require.NoError(t, fsm.Replay(sys, got))
		require.LessOrEqual(t, len(got.Steps), len(tr.Steps))
		require.Equal(t, tr.Fails.Builtin, got.Fails.Builtin)
		require.Equal(t, tr.Fails.Span, got.Fails.Span)
		s := &shortening{judge: g, start: &fsm.Trace{Start: got.Start, Begun: got.Begun, Loop: -1}, budget: shortenSteps}
		for i := range got.Steps {
			without := s.try(slices.Delete(itemsOf(got), i, i+1))
			require.True(t, without == nil || len(without.Steps) >= len(got.Steps), "step %d is not needed", i+1)
		}
	})
}

// A walk that goes round is cut straight, with what it came round to for the first time kept.
func TestShortenCutsRounds(t *testing.T) {
	sys := sessionSpec(t, fsm.Network, true)
	tr := playOut(t, sys, "proxy.Accept", "duplicate proxy -> leader Register", "lose proxy -> leader Register", "deliver proxy -> leader Register",
		"deliver leader -> proxy Registered")
	p := &fsm.Property{Kind: fsm.Reachable, P: stateIs(0, 2)}
	got := shorten(judge{sys: sys, pr: p}, tr)
	require.Equal(t, []string{"deliver leader -> proxy Registered", "deliver proxy -> leader Register", "proxy.Accept"}, labels(sys, got))
}

// patience is a context that ends when it has been asked so often.
type patience struct {
	context.Context
	left int
}

func (p *patience) Err() error {
	if p.left--; p.left < 0 {
		return context.Canceled
	}
	return nil
}

// The search for a shorter run ends with the time, however long its steps take.
func TestTheSearchForAShorterRunEnds(t *testing.T) {
	sys := counters(t, 3, 8)
	p, err := compile(sys, false)
	require.NoError(t, err)
	last := sys.Properties[1]
	for left, found := range map[int]bool{0: false, 1: false, 1 << 20: true} {
		opts := Options{}.withDefaults()
		w := newWalker(&patience{t.Context(), left}, p, &opts, Walks{})
		require.Equal(t, found, w.refine(last, judge{sys: sys, pr: last}, 100) != nil, left)
	}
}

// A walk has seen what the search for a shorter run does not come to: that search ends with P behind it, and no run to show.
func TestTheWalkStaysWhereTheSearchIsCutOff(t *testing.T) {
	sys := counters(t, 12, 8)
	opts := Options{Properties: []string{"Later"}}
	r, err := Run(t.Context(), sys, Options{Properties: opts.Properties, MaxStates: refineStates, Soon: true})
	require.NoError(t, err)
	require.Equal(t, Unknown, r.Verdicts[0].Result)
	require.Nil(t, r.Verdicts[0].Trace)
	r, err = Simulate(t.Context(), sys, opts, Walks{Walks: 20, Depth: 300})
	require.NoError(t, err)
	require.Equal(t, Violated, r.Verdicts[0].Result)
	require.Len(t, r.Verdicts[0].Trace.Steps, 8)
	require.Len(t, r.Verdicts[0].Notes, 1, "no search has found a run")
}
