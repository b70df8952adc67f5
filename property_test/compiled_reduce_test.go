package property

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/fsm"
	"interlock/spec"
)

// A compiled search with reductions tells what the search in process tells with them: the same states stand for others, in the
// same order, so that whole reports are the same, with what was reduced; by several workers, too.
func TestCompiledReductionsAreTheReductions(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program of many systems")
	}
	opts := check.Options{MaxStates: 300_000, Reduce: check.DefaultReductions}
	done := map[check.Reductions]int{}
	var systems []named
	var all []*fsm.System
	for _, s := range slices.Concat(semanticsSystems(t), machineSystems(t), benchmarkSystems(t), randomSystems(t, *compiledCount), ringSystems(t, *compiledCount)) {
		report, err := check.Run(context.Background(), s.sys, opts)
		if err == nil && slices.ContainsFunc(report.Stats.Reductions, func(r check.Reduction) bool { return r.Why == "" }) {
			systems, all = append(systems, s), append(all, s.sys)
		}
	}
	require.NoError(t, check.Prebuild(context.Background(), all, func(*fsm.System) check.Options { return opts }))
	for i, s := range systems {
		report := sameReduced(t, s, opts)
		for _, by := range []check.Reductions{check.DeadVariables, check.Symmetry} {
			if reducedBy(report, by) {
				done[by]++
			}
		}
		limited, several := opts, opts
		limited.MaxStates = 1 + i%60
		sameReduced(t, s, limited)
		several.Workers = 3
		sameReduced(t, s, several)
	}
	t.Logf("of %d systems dead variables did something in %d, symmetry in %d", len(systems), done[check.DeadVariables], done[check.Symmetry])
	require.Greater(t, done[check.DeadVariables], *compiledCount/4)
	require.Greater(t, done[check.Symmetry], *compiledCount/4)
}

// sameReduced compares the two searches, where the compiled one does the same reductions; it returns the report of that.
func sameReduced(t *testing.T, s named, opts check.Options) *check.Report {
	opts.Compiled = true
	there, err := check.Run(context.Background(), s.sys, opts)
	require.NoError(t, err, s.text)
	opts.Compiled = false
	if slices.ContainsFunc(there.Stats.Reductions, func(r check.Reduction) bool { return strings.Contains(r.Why, "a compiled search does not follow") }) {
		opts.Reduce &^= check.Symmetry
	}
	same(t, s, opts)
	return there
}

// benchmarkSystems are those of the benchmark that symmetry and dead variables make smaller, large enough for several workers.
// What they ask of runs that never end is left out: symmetry is not for that.
func benchmarkSystems(t *testing.T) []named {
	var list []named
	for _, about := range []struct {
		folder string
		set    map[string]string
	}{{"german", nil}, {"twophase", map[string]string{"N": "9"}}, {"abp", map[string]string{"N": "2", "Capacity": "1"}}} {
		sources, err := spec.Load("../cmd/benchmark/specs/" + about.folder)
		require.NoError(t, err)
		s, diagnostics := spec.Compile(sources, about.set)
		require.NotNil(t, s, diagnostics)
		sys := s.Systems[0]
		sys.Properties = slices.DeleteFunc(sys.Properties, func(p *fsm.Property) bool { return p.Kind == fsm.LeadsTo })
		list = append(list, named{about.folder, "", sys})
	}
	return list
}

// ringSystems are random ones about arrays of nodes.
func ringSystems(t *testing.T, n int) []named {
	var list []named
	for i := range n {
		seed := int(*compiledSeed) + i
		text := ringText(i%4 == 3, i%5 > 0).Example(seed)
		list = append(list, named{fmt.Sprintf("ring %d", seed), text, compile(t, "ring.fsm", text).Systems[0]})
	}
	return list
}
