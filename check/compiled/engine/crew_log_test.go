package engine

import (
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

// begins is what [crew.block] does before the workers begin, of so many parts of one state each.
func (c *crew) begins(t require.TestingT, parts int) {
	require.True(t, c.allot(c.x.expanded, c.x.count))
	c.next, c.begun = c.end, parts
	for _, h := range c.hands {
		h.ready()
	}
}

// looksUp lets a worker look up the successors of a part from one on, and returns where it has come to.
func (h *hand) looksUp(part int, successors []state, from, n int) int {
	p := &h.crew.parts[part]
	if h.part = part; from == 0 {
		h.found = h.until
		p.by, p.from = h, h.found
		h.parts = append(h.parts, part)
		h.now.Store(int64(part))
	}
	n = min(n, len(successors)-from)
	for i, s := range successors[from : from+n] {
		h.next[i], h.from[i], h.hash[i] = s, uint32(h.crew.begin+part), h.hashOf(s)
	}
	h.gather(n)
	p.to = h.found
	return from + n
}

// twins are states of which always two have the same home and the same tag, in the table that [stored] makes.
func twins(t *testing.T) []state {
	x := stored(t, true, nil)
	there := map[[2]uint64]state{}
	var list []state
	for w := range uint64(1) << stateBits {
		s := state{w}
		h := hash(s)
		at := [2]uint64{x.home(h), uint64(x.tag(h))}
		if other, ok := there[at]; ok {
			list = append(list, other, s)
		}
		there[at] = s
	}
	require.Greater(t, len(list), 20)
	return list
}

// However the workers take turns, what is new gets the numbers that one worker would have given it; and if the block is not
// kept, nothing has changed.
func TestBlock(t *testing.T) {
	some := rapid.SliceOfN(rapid.Map(rapid.Uint64Range(0, 1<<stateBits-1), func(w uint64) state { return state{w} }), 1, 60)
	one := rapid.Map(rapid.Uint64Range(0, 40), func(w uint64) state { return state{w} })
	few := rapid.SliceOfN(rapid.OneOf(one, rapid.SampledFrom(twins(t)[:20])), 0, 60)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.Bool().Draw(t, "plain")
		known := some.Draw(t, "known")
		parts := rapid.SliceOfN(few, 1, 8).Draw(t, "parts")
		x := stored(t, plain, known)
		c := newCrew(x, rapid.IntRange(1, 4).Draw(t, "workers"), 1)
		defer c.gate.Dismiss()
		c.begins(t, len(parts))
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
			require.True(t, c.undo())
			require.True(t, slices.Equal(slots, x.slots))
			require.Equal(t, count, x.count)
			return
		}
		c.keep()
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
		c.begins(t, 1)
		slots := slices.Clone(x.slots)
		h, why := c.hands[1], "full"
		if !plain {
			why = "far"
		}
		var row []state // of a few homes, in a table of quotients
		for w := range uint64(1) << mixBits {
			if plain || mix(w)>>(mixBits-minSlots) < 36 {
				row = append(row, state{w})
			}
		}
		for at := 0; at < len(row) && h.halted == ""; {
			at = h.looksUp(0, row, at, batch)
		}
		require.Equal(t, why, h.halted)
		require.Greater(t, h.found, 1000)
		require.True(t, c.undo())
		require.Equal(t, plain, slices.Equal(slots, x.slots)) // where a quotient is too far from home there are more slots then
		require.Equal(t, 1, x.count)
		x.hash[0] = x.hashOf(row[0])
		require.Equal(t, row[0] != state{0}, x.lookup(&row[0], 0))
		for i, s := range row[1:] {
			x.hash[0] = x.hashOf(s)
			require.True(t, x.lookup(&row[1+i], 0))
		}
		c.gate.Dismiss()
	}
}

// A block in which a step has too many choices is left to one worker, who finds out which step it is.
func TestBlockThatIsHalted(t *testing.T) {
	x := stored(t, false, []state{{0}, {1}, {2}})
	c := newCrew(x, 2, 1)
	defer c.gate.Dismiss()
	c.begins(t, 1)
	slots := slices.Clone(x.slots)
	h := c.hands[1]
	h.looksUp(0, []state{{7}, {8}, {9}}, 0, batch)
	h.halted = "choices"
	require.False(t, c.undo())
	require.Equal(t, 3, c.alone)
	require.True(t, slices.Equal(slots, x.slots))
}

// Bits of a slot that are set aside leave room for what is there, or the slots become numbers.
func TestSetAside(t *testing.T) {
	var states []state
	for w := range uint64(1000) {
		states = append(states, state{w * 7})
	}
	for _, bits := range []uint{1, 32 - wayBits - (mixBits - minSlots - 2), 32 - wayBits - (mixBits - minSlots - 3)} {
		x := stored(t, false, states)
		x.setAside(bits)
		require.Equal(t, mixBits-x.k+bits <= 32-wayBits, x.quotient)
		for id := range uint32(len(states)) {
			x.hash[0] = x.hashOf(states[id])
			require.False(t, x.lookup(&states[id], 0))
		}
		for _, entry := range x.slots {
			require.True(t, !x.quotient || entry>>(32-bits) == 0)
		}
		require.True(t, x.reserve(1<<x.k))
		for id := range uint32(len(states)) {
			x.hash[0] = x.hashOf(states[id])
			require.False(t, x.lookup(&states[id], 0))
		}
	}
}
