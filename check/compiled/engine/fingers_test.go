package engine

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// inPrints is the search of the small system that keeps fingerprints.
func inPrints(t *testing.T, limit limits) (*explorer, *fingers) {
	x := newExplorer()
	x.limit = limit
	for i := range x.asked {
		x.asked[i] = true
	}
	x.tell = func(*explorer) bool { return true }
	f := newFingers(x)
	x.keep(f)
	f.begin(&state{1})
	require.NoError(t, f.explore())
	return x, f
}

// A search by fingerprints finds the same states in the same order, and the same runs to them.
func TestFingersAreTheSearch(t *testing.T) {
	here := inMemory()
	there, f := inPrints(t, limits{maxStates, 1 << 30, 1 << 20})
	require.Equal(t, here.levels, there.levels)
	require.Equal(t, []int{here.count, here.sent, here.loops, here.expanded, here.deadlocks, here.cuts},
		[]int{there.count, there.sent, there.loops, there.expanded, there.deadlocks, there.cuts})
	require.Equal(t, here.found, there.found)
	require.Equal(t, here.first, there.first)
	require.Equal(t, here.cover, there.cover)
	for id := range uint32(here.count) {
		path, err := f.path(id)
		require.NoError(t, err)
		require.Len(t, path, len(here.path(id)))
		var s state
		here.load(id, &s)
		require.Equal(t, s, path[len(path)-1], "state %d", id)
	}
	require.Error(t, f.each(nil))
}

// A limit ends the search where it ends the one that keeps the states.
func TestFingersWithinLimits(t *testing.T) {
	whole := inMemory()
	for _, n := range []int{1, 2, 10, whole.count - 1} {
		x, _ := inPrints(t, limits{n, 1 << 30, 1 << 20})
		require.Equal(t, "states", x.halted)
		require.Equal(t, n, x.count)
		require.Less(t, x.expanded, n)
	}
	x, _ := inPrints(t, limits{maxStates, 1 << 10, 1 << 20})
	require.Equal(t, "memory", x.halted)
	require.Equal(t, 0, x.expanded)
}

// Splitting a fingerprint into a home and a rest loses nothing, and the rest fits.
func TestSplitAndJoin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &prints{}
		p.divide(rapid.Uint64Range(minPrints, 1<<36).Draw(t, "n"))
		print := rapid.Uint64().Draw(t, "print")
		home, rest := p.split(print)
		require.Less(t, home, p.n)
		require.Less(t, rest, uint64(1)<<(8*slotBytes-printWay))
		require.Equal(t, print, p.join(home, rest))
		for _, next := range []uint64{print + 1, print + 2, print - 1} {
			h, r := p.split(next)
			require.NotEqual(t, []uint64{home, rest}, []uint64{h, r})
		}
	})
}

// The set holds what was put into it, through growth, and also where fingerprints crowd.
func TestPrints(t *testing.T) {
	for _, spread := range []int{0, 20} {
		var p prints
		p.init(minPrints)
		random := rand.New(rand.NewPCG(3, uint64(spread)))
		known := map[uint64]bool{}
		for range 500_000 {
			print := random.Uint64()
			if spread > 0 && len(known) < 3000 {
				print >>= spread // all near one home
			}
			if known[print] != p.has(print) {
				require.Equal(t, known[print], p.has(print))
			}
			if known[print] {
				continue
			}
			for p.crowded(1) {
				p.grow(p.larger())
			}
			p.add(print)
			known[print] = true
		}
		for print := range known { // in any order: each is asked for
			if !p.has(print) {
				require.True(t, p.has(print))
			}
		}
		require.Equal(t, spread > 0, len(p.astray) > 0)
		require.Greater(t, p.n, uint64(minPrints)*2)
	}
}

// The list of children knows the place of each.
func TestUnary(t *testing.T) {
	var l unary
	random := rand.New(rand.NewPCG(1, 1))
	var places []int
	for i := range 3 * 8 * chunkBytes {
		bit := uint64(0)
		if random.IntN(3) == 0 {
			bit = 1
			places = append(places, i)
		}
		if l.add(bit); l.at(i) != bit {
			require.Equal(t, bit, l.at(i))
		}
	}
	for number, place := range places {
		if number%97 == 0 || number < 100 {
			require.Equal(t, place, l.find(number))
		}
	}
}

// A step that is far from the one before it, among thousands, is found again.
func TestFarSteps(t *testing.T) {
	x := newExplorer()
	x.limit = limits{maxStates, 1 << 30, 1 << 20}
	f := newFingers(x)
	steps := []int{0, 1, 254, 255, 256, 1000, 1254, 1510, 70_000}
	f.starts, x.count = make([]state, 2), 2
	for parent := uint32(1); parent < 9; parent += 3 {
		for i, step := range steps {
			f.store(uint64(parent)<<32|uint64(i), &state{1}, parent, step)
		}
	}
	for child := range 3 * len(steps) {
		parent, step := f.origin(child)
		require.EqualValues(t, 1+child/len(steps)*3, parent)
		require.Equal(t, steps[child%len(steps)], step)
	}
}
