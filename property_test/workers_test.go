package property

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/fsm"
	"interlock/internal/randspec"
)

// Several workers of a compiled search tell what one tells: the same verdicts with the same traces, the same counts, also where a limit
// ends the search. Only systems with large levels are divided among them.
func TestWorkersAreOne(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program of many systems")
	}
	systems := largeSystems(t)
	all := make([]*fsm.System, len(systems))
	for i, s := range systems {
		all[i] = s.sys
	}
	require.NoError(t, check.Prebuild(context.Background(), all, nil))
	require.Greater(t, sameByWorkers(t, systems, check.Options{Compiled: true}, 1000), 30, "too few levels are large enough to be divided")
}

// And so do several workers of a search in process, with reductions and without.
func TestWorkersInProcessAreOne(t *testing.T) {
	systems := append(largeSystems(t), benchmarkSystems(t)...)
	if testing.Short() {
		systems = systems[:len(systems)/3]
	}
	for _, reduce := range []check.Reductions{check.NoReductions, check.DefaultReductions} {
		require.Greater(t, sameByWorkers(t, systems, check.Options{Reduce: reduce}, 300), 30, "too few levels are large enough to be divided")
	}
}

// largeSystems are some with thousands of states.
func largeSystems(t *testing.T) (systems []named) {
	for _, s := range machineSystems(t) {
		if strings.Contains(s.name, "repaired") || strings.Contains(s.name, "TwoUsers") {
			systems = append(systems, s)
		}
	}
	features := []randspec.Options{randspec.Everything, {Faults: true}, {Atomic: true, Free: true, Wild: true, Nested: true}, {Arrays: true, Joints: true, Assumes: true, Free: true}}
	for i, large := range []int{5, 20, 24, 65, 76, 123, 144, 268, 284, 300, 376} { // seeds of systems with thousands of states
		random := rand.New(rand.NewPCG(uint64(900+large), uint64(900+large)))
		text := randspec.Text(random.IntN, features[large%len(features)])
		if i%2 == 1 {
			text = strings.Replace(text, "\tvar turn 0..1\n", "\tvar pad [2]set of 0..61\n\tvar turn 0..1\n", 1)
		}
		systems = append(systems, named{"large", text, compile(t, "random.fsm", text).Systems[0]})
	}
	return append(systems, named{"many starts", manyStarts, compile(t, "starts.fsm", manyStarts).Systems[0]})
}

// manyStarts has thousands of starts, some of which are none, and some of which are equal because what is any is overwritten.
const manyStarts = `fsm 1
spec starts
machine Clock {
	var hour 0..11 = any
	var seen 0..3 = any
	input Tick
	initial state On {
		entry { seen = hour % 2 }
		on Tick when hour < 11 { hour = hour + 1 }
		on Tick when hour == 11 { hour = 0; seen = (seen + 1) % 4 }
	}
}
system Clocks {
	var turn 0..5 = any
	a Clock
	b Clock
	initially a.hour != b.hour
	assume turn < 5 || a.hour < 9
	never Late: a.hour == 11 && b.hour == 10 && turn == 4
	always Short: a.seen + b.seen < 6
	reachable turn == 5
}
`

// sameByWorkers compares the reports of one worker and of several, up to three limits. It returns how many levels have at least so many states.
func sameByWorkers(t *testing.T, systems []named, opts check.Options, large int) (levels int) {
	for i, s := range systems {
		for _, end := range []check.Options{{MaxStates: 12_000}, {MaxStates: 2000 + 97*i}, {MaxStates: 30_000, MaxMemory: int64(40_000 + 11_000*i)}} {
			opts.MaxStates, opts.MaxMemory, opts.Workers = end.MaxStates, end.MaxMemory, 1
			one, err := check.Run(context.Background(), s.sys, opts)
			require.NoError(t, err)
			for _, level := range one.Stats.Levels {
				if level > large {
					levels++
				}
			}
			want := image(t, one)
			for _, opts.Workers = range []int{2, 3, 5} {
				several, err := check.Run(context.Background(), s.sys, opts)
				require.NoError(t, err)
				require.Empty(t, difference(want, image(t, several)), "%s, %d workers, at most %d states and %d bytes\n%s", s.name, opts.Workers, opts.MaxStates, opts.MaxMemory, s.text)
			}
		}
	}
	return levels
}
