package property

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/fsm"
)

// The search on disk tells what the search in process tells: the same states level by level, the same verdicts, traces of the
// same length, the same coverage; however little memory it has, only what needs every state at once may be Unknown instead.
func TestDiskSearchIsTheSearch(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program of many systems")
	}
	for i, s := range storageSystems(t) {
		opts := check.Options{MaxStates: 100_000}
		here, err := check.Run(context.Background(), s.sys, opts)
		memories := []int64{0}
		if err == nil {
			memories = append(memories, int64(512+here.Stats.States>>(i%4)))
		}
		for _, memory := range memories {
			opts.Dir, opts.MaxMemory = t.TempDir(), memory
			there, failed := check.Run(context.Background(), s.sys, opts)
			if err != nil {
				require.EqualError(t, failed, err.Error(), s.name)
				continue
			}
			require.NoError(t, failed, "%s\n%s", s.name, s.text)
			if !here.Complete {
				require.False(t, there.Complete)
				continue
			}
			alike(t, s, here, there, memory != 0)
		}
	}
}

// A search that gives a reduction up begins again in another folder. Who resumes it gets there, though the one with the reduction
// came to no checkpoint of its own.
func TestASearchWithoutAReductionIsResumed(t *testing.T) {
	if testing.Short() {
		t.Skip("builds two programs")
	}
	t.Run("dead variables", func(t *testing.T) { resumedWithout(t, onTheSpot(t)[0], "all that can still happen", "spot.S") })
	t.Run("symmetry", func(t *testing.T) { resumedWithout(t, crowd(t)[0], "too many orders", "crowd.S-dead-variables") })
}

// resumedWithout resumes a search that gives a reduction up, and says why; the one that begins again has a folder of that name.
func resumedWithout(t *testing.T, s named, why, folder string) {
	opts := check.Options{MaxStates: 3000, Reduce: check.DefaultReductions, Dir: t.TempDir(), Resume: true}
	_, err := check.Run(t.Context(), s.sys, opts)
	require.ErrorContains(t, err, "there is no checkpoint")
	opts.Resume = false
	want, err := check.Run(t.Context(), s.sys, opts)
	require.NoError(t, err)
	gaveUp := func(r check.Reduction) bool { return strings.Contains(r.Why, why) }
	require.True(t, slices.ContainsFunc(want.Stats.Reductions, gaveUp))
	require.False(t, want.Stats.Resumed)

	opts.Resume = true
	got, err := check.Run(t.Context(), s.sys, opts)
	require.NoError(t, err)
	require.True(t, got.Stats.Resumed)
	require.Equal(t, want.Stats.Reductions, got.Stats.Reductions)
	alike(t, s, want, got, false)

	without := filepath.Join(opts.Dir, folder)
	require.NoError(t, os.RemoveAll(without)) // it was killed before it came to a checkpoint
	got, err = check.Run(t.Context(), s.sys, opts)
	require.NoError(t, err)
	require.False(t, got.Stats.Resumed)
	alike(t, s, want, got, false)
}

// storageSystems are those that the searches with other storage are asked about. They are built.
func storageSystems(t *testing.T) []named {
	systems := randomSystems(t, *compiledCount)
	for i, s := range semanticsSystems(t) {
		if i%4 == 0 || *compiledCount > 100 {
			systems = append(systems, s)
		}
	}
	all := make([]*fsm.System, len(systems))
	for i, s := range systems {
		all[i] = s.sys
	}
	require.NoError(t, check.Prebuild(context.Background(), all, nil))
	return systems
}

// The search by fingerprints numbers states as the search in process does, so it has the same traces, too. What needs every
// state is Unknown, and what holds does so with odds that are told where a state is wider than a fingerprint.
func TestFingerprintSearchIsTheSearch(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program of many systems")
	}
	wide := 0
	for i, s := range storageSystems(t) {
		for _, most := range []int{100_000, 1 + i%50} {
			opts := check.Options{MaxStates: most}
			here, err := check.Run(context.Background(), s.sys, opts)
			opts.Fingerprints = true
			there, failed := check.Run(context.Background(), s.sys, opts)
			if err != nil {
				require.EqualError(t, failed, err.Error(), s.name)
				continue
			}
			require.NoError(t, failed, "%s\n%s", s.name, s.text)
			require.Equal(t, there.Stats.StateBits > 64 && there.Stats.States > 1, there.Missed > 0)
			if there.Missed > 0 {
				wide++
			}
			require.Less(t, there.Missed, 1e-9)
			for k := range here.Verdicts {
				v := &there.Verdicts[k]
				if v.Property.Kind >= fsm.Recoverable || v.Property.Kind == fsm.AfterAlways {
					if strings.Contains(v.Reason, "only fingerprints were kept") {
						require.Equal(t, check.Unknown, v.Result)
						here.Verdicts[k] = *v
					}
				}
			}
			there.Missed = 0
			require.Empty(t, difference(image(t, here), image(t, there)), "%s\n%s", s.name, s.text)
		}
	}
	require.NotZero(t, wide)
}

// alike compares a report with that of a search that may have taken the states of a level in another order; poor says that it
// had no memory for what needs every state.
func alike(t *testing.T, s named, here, there *check.Report, poor bool) {
	t.Helper()
	require.Equal(t, counts(here), counts(there), "%s\n%s", s.name, s.text)
	for i := range here.Verdicts {
		a, b := &here.Verdicts[i], &there.Verdicts[i]
		whole := a.Property.Kind >= fsm.Recoverable || a.Property.Kind == fsm.AfterAlways
		if poor && whole && b.Result == check.Unknown {
			require.Contains(t, b.Reason, "memory")
			continue
		}
		require.Equal(t, a.Result, b.Result, "%s: %s\n%s", s.name, a.Property.Text, s.text)
		require.Equal(t, []any{a.Met, a.Vacuous, a.Hidden, len(a.More)}, []any{b.Met, b.Vacuous, b.Hidden, len(b.More)})
		require.Equal(t, a.Trace == nil, b.Trace == nil)
		if a.Trace != nil && a.Trace.Loop < 0 {
			require.Len(t, b.Trace.Steps, len(a.Trace.Steps), "%s: %s\n%s", s.name, a.Property.Text, s.text)
		}
		lengths := func(v *check.Verdict) (list []int) {
			for _, tr := range v.More {
				list = append(list, len(tr.Steps))
			}
			return list
		}
		require.Equal(t, lengths(a), lengths(b), "%s: %s\n%s", s.name, a.Property.Text, s.text)
	}
	for i := range here.Scenarios {
		if !poor {
			require.Equal(t, here.Scenarios[i].Result, there.Scenarios[i].Result)
		}
	}
}

// counts are the numbers of a report that do not depend on the order of the states of a level.
func counts(r *check.Report) string {
	st := r.Stats
	trace := -1
	if r.Coverage.CutTrace != nil {
		trace = len(r.Coverage.CutTrace.Steps)
	}
	text, _ := json.Marshal([]any{r.Complete, r.Reason, st.States, st.Transitions, st.Depth, st.Explored, st.Levels,
		r.Coverage.NeverTaken, r.Coverage.NeverEntered, r.Coverage.Cut, trace})
	return string(text)
}
