package property

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/check"
	"interlock/fsm"
	"interlock/internal/randspec"
)

// What walks find a search finds, too, and no shorter; what they say holds is reached. They say nothing else.
func TestWalksFindWhatASearchFinds(t *testing.T) {
	features := []randspec.Options{{Faults: true}, randspec.Everything, {Joints: true, Arrays: true, Assumes: true}, {Wild: true, Arrays: true, Mixed: true},
		{Liveness: true, Faults: true}}
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t, rapid.SampledFrom(features).Draw(t, "features"))
		walks := check.Walks{Walks: 40, Depth: 60, Seed: rapid.Uint64().Draw(t, "seed")}
		walked, err := check.Simulate(context.Background(), sys, check.Options{}, walks)
		searched, failed := check.Run(context.Background(), sys, check.Options{MaxStates: 20_000})
		if failed != nil {
			require.ErrorContains(t, failed, "no start")
			require.ErrorContains(t, err, "no start")
			return
		}
		require.NoError(t, err)
		require.False(t, walked.Complete)
		require.Len(t, walked.Verdicts, len(searched.Verdicts))
		for i, v := range walked.Verdicts {
			if v.Result == check.Unknown {
				require.Nil(t, v.Trace)
				require.NotEmpty(t, v.Reason)
				continue
			}
			found++
			require.Equal(t, v.Property.Kind == fsm.Reachable, v.Result == check.Holds, v.Property.Text)
			want := searched.Verdicts[i]
			if want.Result != check.Unknown {
				require.Equal(t, want.Result, v.Result, v.Property.Text)
				require.GreaterOrEqual(t, len(v.Trace.Steps), len(want.Trace.Steps), v.Property.Text)
			}
			for _, trace := range append(v.More, v.Trace) {
				require.NoError(t, fsm.Replay(sys, trace), v.Property.Text)
				require.NoError(t, shows(sys, v.Property, trace), v.Property.Text)
			}
		}
	})
	require.Positive(t, found)
}

// The same seed walks the same walks; another one does not.
func TestWalksRepeat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t, randspec.Everything)
		walks := check.Walks{Walks: 9, Depth: 30, Seed: rapid.Uint64().Draw(t, "seed")}
		first, err := check.Simulate(context.Background(), sys, check.Options{}, walks)
		again, failed := check.Simulate(context.Background(), sys, check.Options{}, walks)
		require.Equal(t, err == nil, failed == nil)
		if err == nil {
			require.Equal(t, timeless(t, first), timeless(t, again))
		}
	})
}

// seconds matches what differs from run to run.
var seconds = regexp.MustCompile(`"seconds":[0-9.e+-]+`)

func timeless(t *rapid.T, r *check.Report) string {
	image, err := json.Marshal(r)
	require.NoError(t, err)
	return seconds.ReplaceAllString(string(image), "")
}

// The walks come to every joint state of a small system, crashes and losses among them, and look at every transition that a
// search takes.
func TestWalksSeeEverythingThatIsSmall(t *testing.T) {
	seen, states := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t, randspec.Options{Faults: true, Joints: true})
		searched, err := check.Run(context.Background(), sys, check.Options{MaxStates: 40})
		if err != nil || !searched.Complete {
			t.Skip("none, or not small")
		}
		walked, err := check.Simulate(context.Background(), sys, check.Options{}, check.Walks{Walks: 200, Depth: 60})
		require.NoError(t, err)
		seen, states = seen+int(walked.Simulation.Distinct), states+searched.Stats.States
		require.LessOrEqual(t, walked.Simulation.Distinct, int64(searched.Stats.States))
		for _, u := range walked.Coverage.NeverTaken {
			require.True(t, slices.Contains(searched.Coverage.NeverTaken, u), "%s: no walk came to it", u.Text)
		}
	})
	t.Logf("%d of %d joint states", seen, states)
	require.GreaterOrEqual(t, seen*100, states*85, "joint states") // one system that is hard to walk is some percent of a few
}
