package engine

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// searched is the session system after a search by some workers.
func searched(t require.TestingT, workers, least, few int, plain bool, limit limits) *explorer {
	x := newExplorer()
	x.plain, x.limit = plain, limit
	x.resize(minSlots)
	x.tell = func(*explorer) bool { return true }
	for i := range x.asked {
		x.asked[i] = true
	}
	require.True(t, x.reserve(1))
	x.next[0] = state{1}
	x.hash[0] = x.hashOf(x.next[0])
	require.True(t, x.lookup(&x.next[0], 0))
	x.add(&x.next[0], 0)
	x.near()
	if workers > 1 {
		x.crew = newCrew(x, workers, least)
		x.crew.few = few
	}
	x.explore()
	return x
}

// all lists the states.
func (x *explorer) all() []state {
	list := make([]state, x.count)
	for id := range list {
		x.load(uint32(id), &list[id])
	}
	return list
}

// What several workers find is what one finds, whatever they share, in both kinds of table and at every limit.
func TestCrew(t *testing.T) {
	most := limits{maxStates, 1 << 40, 1 << 20}
	whole := searched(t, 1, 0, 0, false, most)
	require.Greater(t, whole.count, 500)
	require.NotEmpty(t, whole.found)
	rapid.Check(t, func(t *rapid.T) {
		limit := most
		if rapid.Bool().Draw(t, "limited") {
			limit.states = rapid.IntRange(1, whole.count+3*batch).Draw(t, "states")
		}
		plain := rapid.Bool().Draw(t, "plain")
		one := searched(t, 1, 0, 0, plain, limit)
		several := searched(t, rapid.IntRange(2, 5).Draw(t, "workers"), rapid.IntRange(1, 200).Draw(t, "least"), rapid.IntRange(1, 16).Draw(t, "few"), plain, limit)
		require.Equal(t, one.halted, several.halted)
		require.True(t, slices.Equal(one.all(), several.all()))
		require.Equal(t, []int{one.sent, one.loops, one.expanded, one.deadlocks, one.cuts}, []int{several.sent, several.loops, several.expanded, several.deadlocks, several.cuts})
		require.Equal(t, one.levels, several.levels)
		require.Equal(t, one.cover, several.cover)
		require.Equal(t, one.entered, several.entered)
		require.Equal(t, []uint32{one.deadlock, one.firstCut}, []uint32{several.deadlock, several.firstCut})
		require.Equal(t, one.first, several.first)
		require.Equal(t, one.held, several.held)
		require.Equal(t, one.premise, several.premise)
		require.Equal(t, len(one.found), len(several.found))
		for i, f := range several.found {
			f.order = 0
			require.Equal(t, one.found[i], f)
		}
		defer several.crew.gate.Dismiss()
		if several.count > 0 {
			id := uint32(rapid.IntRange(0, several.count-1).Draw(t, "state"))
			require.Equal(t, one.path(id), several.path(id))
		}
		for id := range uint32(several.count) { // every slot is right
			several.load(id, &several.next[0])
			several.hash[0] = several.hashOf(several.next[0])
			require.False(t, several.lookup(&several.next[0], 0))
		}
	})
}
