package workers

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Who has slept takes part again, and who comes late is not waited for.
func TestGate(t *testing.T) {
	const least = 1 << 13
	for _, workers := range []int{2, runtime.GOMAXPROCS(0) + 1} { // more than processors do not spin
		g := NewGate(workers)
		for n := range 500 {
			done := make([]bool, n%7)
			require.True(t, g.Share(len(done)*least, least, func(from, to int) bool {
				require.False(t, done[from/least])
				done[from/least] = true
				return true
			}))
			require.NotContains(t, done, false)
			require.Equal(t, n%2 == 0, g.Share(1, least, func(from, to int) bool { return n%2 == 0 }))
		}
		g.Dismiss()
	}
}

// Of each slot the rival of the earliest part is left, and all the others are told of, each once.
func TestRivals(t *testing.T) {
	var r Rivals // used again and again
	rapid.Check(t, func(t *rapid.T) {
		var all []Rival
		earliest := map[uint32]int{}
		seen := map[[2]uint32]bool{}
		for i := range rapid.IntRange(1, 60).Draw(t, "rivals") {
			n := Rival{Slot: rapid.Uint32Range(0, 12).Draw(t, "slot") * 0x10001, Part: rapid.IntRange(0, 40).Draw(t, "part"), At: i}
			if at := [2]uint32{n.Slot, uint32(n.Part)}; seen[at] {
				continue
			} else {
				seen[at] = true
			}
			all = append(all, n)
			if part, there := earliest[n.Slot]; !there || n.Part < part {
				earliest[n.Slot] = n.Part
			}
		}
		late := map[int]bool{}
		r.Settle(all, func(n *Rival) {
			require.False(t, late[n.At])
			late[n.At] = true
		})
		for _, n := range all {
			require.Equal(t, n.Part != earliest[n.Slot], late[n.At])
		}
	})
}

// A sketch has what was added to it or to what has joined it.
func TestSketch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a, b Sketch
		slots := rapid.SliceOfN(rapid.Uint32(), 0, 40).Draw(t, "slots")
		for i, slot := range slots {
			if i%2 == 0 {
				a.Add(slot)
			} else {
				b.Add(slot)
			}
		}
		a.Join(&b)
		require.Equal(t, Sketch{}, b)
		require.Equal(t, len(slots) > 0, a.Some)
		for _, slot := range slots {
			require.True(t, a.Has(slot))
		}
		few := 0
		for slot := range uint32(1000) {
			if a.Has(slot * 0x01000193) {
				few++
			}
		}
		require.Less(t, few, 100)
	})
}
