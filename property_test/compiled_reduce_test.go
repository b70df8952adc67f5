package property

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/fsm"
)

// A compiled search with reductions tells what the search in process tells with them: the same states stand for others, in the
// same order, so that whole reports are the same, with what was reduced; by several workers, and by fingerprints, too.
func TestCompiledReductionsAreTheReductions(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program of many systems")
	}
	systems := slices.Concat(semanticsSystems(t), machineSystems(t), randomSystems(t, *compiledCount))
	all := make([]*fsm.System, len(systems))
	for i, s := range systems {
		all[i] = s.sys
	}
	reduced := func(*fsm.System) check.Options { return check.Options{Reduce: check.DeadVariables} }
	require.NoError(t, check.Prebuild(context.Background(), all, reduced))
	done := map[check.Reductions]int{}
	for i, s := range systems {
		opts := check.Options{MaxStates: 300_000, Reduce: check.DeadVariables}
		same(t, s, opts)
		limited := opts
		limited.MaxStates = 1 + i%60
		same(t, s, limited)
		several := opts
		several.Workers = 3
		same(t, s, several)
		report, err := check.Run(context.Background(), s.sys, opts)
		if err != nil {
			continue
		}
		for _, r := range report.Stats.Reductions {
			if r.Why == "" {
				done[r.By]++
			}
		}
	}
	t.Logf("dead variables in %d systems, symmetry in %d", done[check.DeadVariables], done[check.Symmetry])
	require.Greater(t, done[check.DeadVariables], 10)
}
