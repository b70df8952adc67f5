package engine

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const testDigest = "0123456789abcdef"

func never() bool { return false }

// onDisk makes a search of the small system in a folder, with an explorer that asks all there is to ask.
func onDisk(t require.TestingT, dir string, memory int64, every time.Duration, resume bool) (*explorer, *disk) {
	x := newExplorer()
	x.limit = limits{maxOnDisk, memory, 1 << 20}
	for i := range x.asked {
		x.asked[i] = true
	}
	x.tell = func(*explorer) bool { return true }
	d, err := openDisk(x, dir, testDigest, resume, every, never)
	require.NoError(t, err)
	x.keep(d)
	d.begin(&state{1})
	return x, d
}

// inMemory is the same search by the table.
func inMemory() *explorer {
	x := newExplorer()
	x.limit = limits{maxStates, 1 << 30, 1 << 20}
	for i := range x.asked {
		x.asked[i] = true
	}
	x.tell = func(*explorer) bool { return true }
	x.reserve(1)
	s := state{1}
	x.hash[0] = x.hashOf(s)
	x.lookup(&s, 0)
	x.add(&s, 0)
	x.explore()
	return x
}

// alike requires that two searches have found the same, but for the order within a level.
func alike(t require.TestingT, here *explorer, there *explorer, d *disk) {
	require.Empty(t, there.halted)
	require.Equal(t, here.levels, there.levels)
	require.Equal(t, []int{here.count, here.sent, here.loops, here.expanded, here.deadlocks, here.cuts},
		[]int{there.count, there.sent, there.loops, there.expanded, there.deadlocks, there.cuts})
	require.Equal(t, here.cover, there.cover)
	require.Equal(t, here.entered, there.entered)
	require.Equal(t, here.premise, there.premise)
	require.Equal(t, here.seen, there.seen)
	levels := func(x *explorer) []state {
		var all []state
		for id := range uint32(x.count) {
			var s state
			x.load(id, &s)
			all = append(all, s)
		}
		return all
	}
	want := levels(here)
	var got []state
	require.NoError(t, d.each(func(s *state) { got = append(got, *s) }))
	at := 0
	for _, n := range here.levels {
		require.Equal(t, sorted(want[at:at+n]), sorted(got[at:at+n]))
		at += n
	}
	for i := range here.first {
		require.Equal(t, here.first[i] == noState, there.first[i] == noState)
		if here.first[i] == noState {
			continue
		}
		path, err := d.path(there.first[i])
		require.NoError(t, err)
		require.Len(t, path, len(here.path(here.first[i])))
	}
}

// Whatever memory there is, the search on disk finds what the search in memory finds.
func TestDiskIsTheSearch(t *testing.T) {
	here := inMemory()
	for _, memory := range []int64{1, 1 << 9, 1 << 11, 1 << 13, 1 << 16, 1 << 24} {
		for _, every := range []time.Duration{0, time.Hour} {
			x, d := onDisk(t, t.TempDir(), memory, every, false)
			require.NoError(t, d.explore())
			alike(t, here, x, d)
			require.LessOrEqual(t, len(d.seen), maxSeen)
		}
	}
}

func TestSortStates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		random := rand.New(rand.NewPCG(seed, 1))
		few := rapid.Uint64Range(1, lastMask).Draw(t, "different")
		list := make([]state, rapid.IntRange(0, 3000).Draw(t, "length"))
		for i := range list {
			list[i].row()[words-1] = random.Uint64N(few + 1)
		}
		want := slices.Clone(list)
		slices.SortFunc(want, func(a, b state) int {
			if before(&a, &b) {
				return -1
			}
			return int(truth(before(&b, &a)))
		})
		require.Equal(t, slices.Compact(want), sorted(list))
	})
}
