package engine

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// halved lets two goroutines do the halves.
func halved(n int, do func(from, to int) bool) bool {
	first := make(chan bool)
	go func() { first <- do(0, n/2) }()
	return do(n/2, n) && <-first
}

// numbersOf is a table of numbers with so many slots and at most n states: in random order those with a home that is wanted.
func numbersOf(k uint, n int, random *rand.Rand, wanted func(home uint64) bool) *explorer {
	x := &explorer{live: 1, limit: limits{maxStates, 1 << 40, 1 << 20}}
	x.plain = true
	x.resize(k)
	for _, w := range random.Perm(1 << stateBits) {
		if x.count == n {
			break
		}
		s := state{uint64(w)}
		if h := x.hashOf(s); wanted(x.home(h)) {
			x.hash[0] = h
			x.lookup(&s, 0)
			x.add(&s, 0)
		}
	}
	return x
}

// requireAll requires that every state of a table is found where it is looked for, once.
func requireAll(t require.TestingT, x *explorer, count int) {
	require.Equal(t, count, x.count)
	full := 0
	for _, entry := range x.slots {
		if entry != 0 {
			full++
		}
	}
	require.Equal(t, count, full)
	mask := uint32(len(x.slots) - 1)
	for id := range uint32(count) {
		var s state
		x.load(id, &s)
		h := x.hashOf(s)
		x.hash[0] = h
		require.False(t, x.lookup(&s, 0), "state %d of %d, home %d", id, count, x.home(h))
		at := x.home(h)
		for x.slots[at&uint64(mask)]&mask != id+1 {
			require.NotZero(t, x.slots[at&uint64(mask)])
			at++
		}
		require.Equal(t, x.tag(h), x.slots[at&uint64(mask)]&^mask)
	}
}

// A table of numbers that grows holds what it held, however full it was and however many slots it gets.
func TestNumbersGrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := uint(rapid.IntRange(10, 14).Draw(t, "k"))
		n := rapid.IntRange(0, 7<<k>>3).Draw(t, "states")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		x := numbersOf(k, n, random, func(uint64) bool { return true })
		for _, more := range rapid.SliceOfN(rapid.IntRange(1, 3), 1, 2).Draw(t, "more") {
			if x.share = nil; rapid.Bool().Draw(t, "shared") {
				x.share = halved
			}
			x.grow(x.k + uint(more))
			requireAll(t, x, n)
		}
	})
}

// Where many are wanted in one place they are far from home, farther than a tag can say, also round the end of the table.
func TestNumbersFarFromHome(t *testing.T) {
	const k, n = 13, 800
	for _, place := range []uint64{0, 1<<k/2 - 70, 1<<k - 1} {
		for _, width := range []uint64{8, 40} {
			for _, share := range []sharing{nil, halved} {
				x := numbersOf(k, n, rand.New(rand.NewPCG(place, width)), func(home uint64) bool { return (home-place)&(1<<k-1) < width })
				x.share = share
				count := x.count
				require.Greater(t, count, 1<<nearBits)
				x.grow(k + 1)
				requireAll(t, x, count)
				x.grow(k + 3)
				requireAll(t, x, count)
			}
		}
	}
}

// The largest table with bits of the home in its tags grows into one without.
func TestNumbersGrowPastTheTags(t *testing.T) {
	x := numbersOf(nearSlots-1, 5000, rand.New(rand.NewPCG(1, 2)), func(home uint64) bool { return home>>9&7 == 0 })
	count := x.count
	for range 3 {
		x.grow(x.k + 1)
		requireAll(t, x, count)
	}
	require.Equal(t, uint(32), x.tagged())
}
