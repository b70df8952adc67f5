package property

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/fsm"
	"interlock/internal/golden"
	"interlock/internal/randspec"
	"interlock/spec"
)

var (
	compiledCount = flag.Int("compiled.count", 24, "how many random systems the compiled search is asked about")
	compiledSeed  = flag.Uint64("compiled.seed", 1, "the first of their seeds")
)

// named is a system with the words that a failure needs.
type named struct {
	name, text string
	sys        *fsm.System
}

// The compiled search tells what the search in process tells: the same states in the same order, the same verdicts with the
// same traces, the same coverage. The whole reports are compared.
func TestCompiledSearchIsTheSearch(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program of many systems")
	}
	systems := slices.Concat(semanticsSystems(t), machineSystems(t), randomSystems(t, *compiledCount))
	all := make([]*fsm.System, len(systems))
	for i, s := range systems {
		all[i] = s.sys
	}
	require.NoError(t, check.Prebuild(context.Background(), all, nil))
	for i, s := range systems {
		same(t, s, check.Options{MaxStates: 300_000})
		same(t, s, check.Options{MaxStates: 1 + i%60}) // a limit ends both at the same step
		same(t, s, check.Options{MaxStates: 300_000, MaxChoices: 1 + i%4})
	}
}

// same compares the two searches.
func same(t *testing.T, s named, opts check.Options) {
	t.Helper()
	here, err := check.Run(context.Background(), s.sys, opts)
	opts.Compiled = true
	there, failed := check.Run(context.Background(), s.sys, opts)
	if err != nil {
		require.EqualError(t, failed, err.Error(), s.name)
		return
	}
	require.NoError(t, failed, "%s\n%s", s.name, s.text)
	require.True(t, there.Stats.Compiled, "%s: %s", s.name, there.Stats.NotCompiled)
	if difference := difference(image(t, here), image(t, there)); difference != "" {
		require.Fail(t, "the searches differ", "%s, at most %d states: %s\n%s", s.name, opts.MaxStates, difference, s.text)
	}
}

// difference is the first line in which two texts differ, with what stands before it; reports are long.
func difference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return fmt.Sprintf("\n%s\nin process: %s\ncompiled:   %s", strings.Join(as[max(0, i-12):i], "\n"), as[i], bs[i])
		}
	}
	if len(as) != len(bs) {
		return "one is longer"
	}
	return ""
}

// image is a report without what is measured.
func image(t *testing.T, r *check.Report) string {
	t.Helper()
	st := r.Stats
	r.Stats = check.Stats{States: st.States, Transitions: st.Transitions, Depth: st.Depth, Explored: st.Explored, Levels: st.Levels}
	if r.Complete { // the steps after a limit are others
		r.Stats.Reductions = st.Reductions
	}
	text, err := json.MarshalIndent(r, "", " ")
	require.NoError(t, err)
	var counts strings.Builder
	for _, taken := range r.Coverage.Taken {
		fmt.Fprintf(&counts, "\n%s: %d %v", taken.Text, taken.Count, taken.Deferred)
	}
	return string(text) + counts.String()
}

// semanticsSystems are those that show the rules of docs/semantics.md.
func semanticsSystems(t *testing.T) []named {
	paths, err := filepath.Glob("testdata/semantics/*.txtar")
	require.NoError(t, err)
	var list []named
	for _, path := range paths {
		for _, f := range golden.Read(t, path).Sections {
			for _, sys := range compile(t, f.Name, string(f.Text)).Systems {
				list = append(list, named{f.Name + " " + sys.Name, string(f.Text), sys})
			}
		}
	}
	require.NotEmpty(t, list)
	return list
}

// machineSystems are those of the repository's machines and of the generator's specs.
func machineSystems(t *testing.T) []named {
	var list []named
	for _, pattern := range []string{"../machines/*/*.fsm", "../machines/*/*/*.fsm"} {
		paths, err := filepath.Glob(pattern)
		require.NoError(t, err)
		var dirs []string
		for _, path := range paths {
			dirs = append(dirs, filepath.Dir(path))
		}
		for _, dir := range slices.Compact(dirs) {
			sources, err := spec.Load(dir)
			require.NoError(t, err)
			s, _ := spec.Compile(sources, nil)
			require.NotNil(t, s, dir)
			for _, sys := range s.Systems {
				list = append(list, named{dir + " " + sys.Name, "", sys})
			}
		}
	}
	require.NotEmpty(t, list)
	return list
}

// randomSystems are random ones with everything in them.
func randomSystems(t *testing.T, n int) []named {
	features := []randspec.Options{{}, {Atomic: true, Free: true, Wild: true, Nested: true}, {Faults: true}, randspec.Everything,
		{Liveness: true, Faults: true, Joints: true}, {Arrays: true, Joints: true, Assumes: true, Free: true}}
	var list []named
	for i := range n {
		seed := *compiledSeed + uint64(i)
		random := rand.New(rand.NewPCG(seed, seed))
		text := randspec.Text(random.IntN, features[i%len(features)])
		if i%2 == 1 { // more than one word, and what else there is lies across their ends
			text = strings.Replace(text, "\tvar turn 0..1\n", "\tvar pad [2]set of 0..61\n\tvar turn 0..1\n", 1)
		}
		list = append(list, named{fmt.Sprintf("seed %d", seed), text, compile(t, "random.fsm", text).Systems[0]})
	}
	return list
}

// Where entries make free choices at the start, each combination of them begins with what the variables are then, not with what the one
// before has left.
func TestCompiledStartsBeginAnew(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	const text = `fsm 1
spec anew
message Ping(n 0..1)
machine M {
	peer other M
	var v 0..1
	var f bool
	initial final state A {
		entry { v = v + 1; f = any; send other Ping(v) }
		on Ping(n) { v = n }
	}
}
system S {
	m M(other = k)
	k M(other = m)
	link m <-> k
	never m.f && k.f && m.v == 0
}`
	s := named{"anew", text, compile(t, "anew.fsm", text).Systems[0]}
	for _, reduce := range []check.Reductions{check.NoReductions, check.DefaultReductions} {
		same(t, s, check.Options{Reduce: reduce})
		report, err := check.Run(context.Background(), s.sys, check.Options{Reduce: reduce, Compiled: true})
		require.NoError(t, err)
		require.True(t, report.Met())
	}
}
