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
	opts := check.Options{MaxStates: 100_000, Reduce: check.DefaultReductions}
	done, naming, crowded := map[check.Reductions]int{}, 0, false
	var systems []named
	var all []*fsm.System
	for _, s := range slices.Concat(semanticsSystems(t), machineSystems(t), benchmarkSystems(t), namingSystems(t), onTheSpot(t), crowd(t), randomSystems(t, *compiledCount), ringSystems(t, *compiledCount)) {
		report, err := check.Run(context.Background(), s.sys, opts)
		reduced := func(r check.Reduction) bool {
			return r.Why == "" || strings.Contains(r.Why, "all that can still happen") || strings.Contains(r.Why, "too many orders")
		}
		if err == nil && slices.ContainsFunc(report.Stats.Reductions, reduced) {
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
		if reducedBy(report, check.Symmetry) && namesOthers(s) {
			naming++
		}
		crowded = crowded || slices.ContainsFunc(report.Stats.Reductions, func(r check.Reduction) bool { return strings.Contains(r.Why, "too many orders") })
		limited, several := opts, opts
		limited.MaxStates = 1 + i%60
		sameReduced(t, s, limited)
		several.Workers = 3
		sameReduced(t, s, several)
		if i%6 == 0 && report.Complete {
			storedReduced(t, s, report, opts)
		}
	}
	t.Logf("of %d systems dead variables did something in %d, symmetry in %d, in %d of which elements name one another", len(systems), done[check.DeadVariables], done[check.Symmetry], naming)
	require.Greater(t, done[check.DeadVariables], *compiledCount/4)
	require.Greater(t, done[check.Symmetry], *compiledCount/4)
	require.Greater(t, naming, *compiledCount/8)
	require.True(t, crowded)
}

// sameReduced compares the two searches; it returns the report of the compiled one.
func sameReduced(t *testing.T, s named, opts check.Options) *check.Report {
	same(t, s, opts)
	opts.Compiled = true
	there, err := check.Run(context.Background(), s.sys, opts)
	require.NoError(t, err, s.text)
	return there
}

// namesOthers reports whether elements of an array name one another: what the nodes of a ring have only then is in the text of all
// such rings.
func namesOthers(s named) bool {
	return slices.ContainsFunc([]string{"friend Id", "whom Id", "father Id"}, func(v string) bool { return strings.Contains(s.text, v) })
}

// namingSystems are those in which nodes name one another in what they know, and in messages.
func namingSystems(t *testing.T) (list []named) {
	for _, s := range []struct {
		name string
		n    int
	}{{"vote", 3}, {"vote", 4}, {"naimi", 3}, {"naimi", 4}} {
		list = append(list, namingSystem(t, s.name, s.n))
	}
	return list
}

func namingSystem(t *testing.T, name string, n int) named {
	sources, err := spec.Load("testdata/symmetry/" + name)
	require.NoError(t, err)
	s, diagnostics := spec.Compile(sources, map[string]string{"N": fmt.Sprint(n)})
	require.NotNil(t, s, diagnostics)
	return named{name, string(sources[0].Text), s.Systems[0]}
}

// onTheSpot are systems that do not come to rest, though every step leads back to the joint state that stands for others: what
// changes is a variable that is dead, or which element is named.
func onTheSpot(t *testing.T) (list []named) {
	for _, text := range []string{`
machine M {
	var v 0..1
	input Set(n 0..1)
	initial state A {
		on Set(n) { v = n }
	}
}
system S {
	m M
}`, `
type Id = 0..2
machine Node {
	shared var owner Id
	internal Take
	initial state On {
		on Take when owner != self { owner = self }
	}
}
system S {
	var owner Id
	node[3] Node
}`} {
		text = "fsm 1\nspec spot\n" + text
		list = append(list, named{"on the spot", text, compile(t, "spot.fsm", text).Systems[0]})
	}
	return list
}

// crowd is a system in which pairs find each other, until there are so many alike that symmetry gives up: eight of them may stand in
// 40 320 orders.
func crowd(t *testing.T) []named {
	const text = `fsm 1
spec crowd
const N = 16
type Id = 0..N-1
machine Node {
	shared var taken [N]bool
	var friend Id
	input Take(q Id)
	internal Look
	initial final state Alone {
		on Take(q) when q != self && !taken[self] && !taken[q] -> Paired { friend, taken[self], taken[q] = q, true, true }
	}
	final state Paired {
		on Look when friend == self
	}
}
system S {
	var taken [N]bool
	node[N] Node
}`
	return []named{{"crowd", text, compile(t, "crowd.fsm", text).Systems[0]}}
}

// storedReduced compares a report with those of searches that keep fingerprints, or files.
func storedReduced(t *testing.T, s named, report *check.Report, opts check.Options) {
	prints, files := opts, opts
	prints.Fingerprints, files.Dir = true, t.TempDir()
	hashed, err := check.Run(context.Background(), s.sys, prints)
	require.NoError(t, err)
	require.Equal(t, counts(report), counts(hashed), s.text)
	filed, err := check.Run(context.Background(), s.sys, files)
	require.NoError(t, err)
	alike(t, s, report, filed, false)
	again, err := check.Run(context.Background(), s.sys, files) // it is complete: what is told comes out of the files
	require.NoError(t, err)
	require.True(t, again.Stats.Resumed)
	require.Equal(t, report.Stats.Reductions, again.Stats.Reductions)
	alike(t, s, report, again, false)
}

// benchmarkSystems are those of the benchmark that symmetry and dead variables make smaller, large enough for several workers.
// What they ask of runs that never end is left out: symmetry is not for that.
func benchmarkSystems(t *testing.T) []named {
	return []named{benchmarkSystem(t, "german", 4), benchmarkSystem(t, "twophase", 9), benchmarkSystem(t, "abp", 2)}
}

func benchmarkSystem(t *testing.T, name string, n int) named {
	set := map[string]string{"N": fmt.Sprint(n)}
	if name == "abp" {
		set["Capacity"] = "1"
	}
	sources, err := spec.Load("../cmd/benchmark/specs/" + name)
	require.NoError(t, err)
	s, diagnostics := spec.Compile(sources, set)
	require.NotNil(t, s, diagnostics)
	sys := s.Systems[0]
	sys.Properties = slices.DeleteFunc(sys.Properties, func(p *fsm.Property) bool { return p.Kind == fsm.LeadsTo })
	return named{name, "", sys}
}

// So many joint states are left of resource managers that do not differ, of clients of which a variable names one while it is not
// dead, and of wires: of those there are pairs.
func TestSymmetryLeavesOrbits(t *testing.T) {
	states := func(s named) int {
		report, err := check.Run(context.Background(), s.sys, check.Options{Reduce: check.DefaultReductions})
		require.NoError(t, err)
		return report.Stats.States
	}
	require.Equal(t, 450, states(benchmarkSystem(t, "twophase", 9)))
	require.Equal(t, 9_626, states(benchmarkSystem(t, "german", 3)))
	wire := states(benchmarkSystem(t, "abp", 1))
	require.Equal(t, wire*(wire+1)/2, states(benchmarkSystem(t, "abp", 2)))
}

// As many joint states are left of nodes that name one another as there are orbits, by brute force; in a compiled search, too.
func TestSymmetryOfNamesLeavesOrbits(t *testing.T) {
	for _, name := range []string{"vote", "naimi"} {
		s := namingSystem(t, name, 3)
		s.sys.Properties = nil
		orbits := map[string]bool{}
		for _, j := range explore(t, s.sys, 5000).order {
			least := ""
			for _, order := range orders(3) {
				if key := permuted(s.sys, j, order).Key(); least == "" || key < least {
					least = key
				}
			}
			orbits[least] = true
		}
		for _, compiled := range []bool{false, true} {
			if compiled && testing.Short() {
				continue // it takes the go command
			}
			report, err := check.Run(context.Background(), s.sys, check.Options{Reduce: check.Symmetry, Compiled: compiled})
			require.NoError(t, err)
			require.True(t, reducedBy(report, check.Symmetry))
			require.Equal(t, len(orbits), report.Stats.States, "%s, compiled %v", name, compiled)
		}
	}
}

// ringSystems are random ones about arrays of nodes.
func ringSystems(t *testing.T, n int) []named {
	var list []named
	for i := range n {
		seed := int(*compiledSeed) + i
		text := ringText(i%4 == 3, i%5 > 2).Example(seed)
		list = append(list, named{fmt.Sprintf("ring %d", seed), text, compile(t, "ring.fsm", text).Systems[0]})
	}
	return list
}
