package engine

import (
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// stored is an explorer with some states in its table.
func stored(t require.TestingT, plain bool, states []state) *explorer {
	x := newExplorer()
	x.plain, x.limit = plain, limits{maxStates, 1 << 40, 1 << 20}
	x.resize(minSlots + 2)
	x.tell = func(*explorer) bool { return true }
	for _, s := range states {
		x.put1(t, s)
	}
	return x
}

// put1 stores a state, if it is new.
func (x *explorer) put1(t require.TestingT, s state) {
	require.True(t, x.reserve(1))
	x.next[0], x.hash[0] = s, x.hashOf(s)
	if x.lookup(&s, 0) {
		x.add(&s, 0)
	}
}

// begins is what [crew.block] does before the workers begin, of parts of one state each.
func (c *crew) begins() {
	c.size = 1
	for _, h := range c.hands {
		h.reset()
		h.ready()
	}
}

// looksUp lets a worker look up the successors of a part from one on, and returns where it has come to.
func (h *hand) looksUp(part int, successors []state, from, n int) int {
	if h.part = part; from == 0 {
		h.crew.parts[part].by, h.crew.parts[part].from, h.turn = h, h.found, 0
		h.parts = append(h.parts, part)
	}
	n = min(n, len(successors)-from)
	for i, s := range successors[from : from+n] {
		h.next[i], h.from[i], h.hash[i] = s, uint32(h.crew.begin+part), h.hashOf(s)
	}
	h.gather(n)
	h.crew.parts[part].to = h.found
	return from + n
}

// However the workers take turns, what is new gets the numbers that one worker would have given it; and if the block is not
// kept, nothing has changed.
func TestBlock(t *testing.T) {
	some := rapid.SliceOfN(rapid.Map(rapid.Uint64Range(0, 1<<stateBits-1), func(w uint64) state { return state{w} }), 1, 60)
	few := rapid.SliceOfN(rapid.Map(rapid.Uint64Range(0, 40), func(w uint64) state { return state{w} }), 0, 60)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.Bool().Draw(t, "plain")
		known := some.Draw(t, "known")
		parts := rapid.SliceOfN(few, 1, 8).Draw(t, "parts")
		x := stored(t, plain, known)
		c := newCrew(x, rapid.IntRange(1, 4).Draw(t, "workers"), 1)
		defer c.dismiss()
		require.True(t, c.allot())
		c.begins()
		slots, count := slices.Clone(x.slots), x.count
		at, next := make([]int, len(c.hands)), 0
		under := make([]int, len(c.hands)) // the part that each is at
		for i := range under {
			under[i] = -1
		}
		for busy := true; busy; {
			busy = false
			i := rapid.IntRange(0, len(c.hands)-1).Draw(t, "who")
			if under[i] < 0 && next < len(parts) {
				under[i], at[i] = next, 0
				next++
			}
			if part := under[i]; part >= 0 {
				if at[i] = c.hands[i].looksUp(part, parts[part], at[i], rapid.IntRange(1, 20).Draw(t, "how many")); at[i] == len(parts[part]) {
					under[i] = -1
				}
			}
			for _, part := range under {
				busy = busy || part >= 0 || next < len(parts)
			}
		}
		if rapid.Bool().Draw(t, "spoiled") {
			c.undo()
			require.True(t, slices.Equal(slots, x.slots))
			require.Equal(t, count, x.count)
			return
		}
		c.keep(c.parts[:len(parts)])
		one := stored(t, plain, known)
		for _, successors := range parts {
			for _, s := range successors {
				one.put1(t, s)
			}
		}
		require.Equal(t, one.all(), x.all())
		for id := range uint32(x.count) { // every slot is right
			x.load(id, &x.next[0])
			x.hash[0] = x.hashOf(x.next[0])
			require.False(t, x.lookup(&x.next[0], 0))
		}
		for i, entry := range x.slots {
			require.Equal(t, entry == 0, one.slots[i] == 0)
		}
	})
}

// A block that finds more than there is room for is taken back, and so is one where a quotient is too far from home.
func TestBlockThatIsTooMuch(t *testing.T) {
	for _, plain := range []bool{true, false} {
		x := stored(t, plain, []state{{0}})
		c := newCrew(x, 2, 1)
		require.True(t, c.allot())
		c.begins()
		slots := slices.Clone(x.slots)
		h := c.hands[1]
		var row []state // of a few homes, in a table of quotients
		for w := range uint64(1) << mixBits {
			if plain || mix(w)>>(mixBits-minSlots) < 36 {
				row = append(row, state{w})
			}
		}
		for at := 0; at < len(row) && h.halted == ""; {
			at = h.looksUp(0, row, at, batch)
		}
		require.Equal(t, "spoiled", h.halted)
		require.Greater(t, h.found, 1000)
		c.undo()
		require.True(t, slices.Equal(slots, x.slots))
		c.dismiss()
	}
}

// Who has slept takes part again, and who comes late is not waited for.
func TestGate(t *testing.T) {
	for _, workers := range []int{2, min(maxWorkers, runtime.GOMAXPROCS(0)+1)} { // more than processors do not spin
		c := newCrew(stored(t, false, []state{{0}}), workers, 1)
		for n := range 500 {
			done := make([]bool, n%7)
			require.True(t, c.share(len(done)*leastShared, func(from, to int) bool {
				require.False(t, done[from/leastShared])
				done[from/leastShared] = true
				return true
			}))
			require.NotContains(t, done, false)
			require.Equal(t, n%2 == 0, c.share(1, func(from, to int) bool { return n%2 == 0 }))
		}
		c.dismiss()
	}
}
