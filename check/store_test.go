package check

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
)

// TestStore holds the table against a map: the same states are new, they have the same numbers, and all can be read again,
// whichever kind the slots are and become.
func TestStore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.IntRange(1, 140).Draw(t, "bits")
		words := (bits + 63) / 64
		s := newStore(words, bits)
		s.keeps, s.numbered = rapid.Bool().Draw(t, "keeps"), rapid.Bool().Draw(t, "numbered")
		s.resize(minSlots)
		known := map[[3]uint64]uint32{}
		var order [][3]uint64
		step := rapid.Uint64().Draw(t, "step") | 1
		for i := range rapid.IntRange(0, 3000).Draw(t, "states") {
			var w [3]uint64
			for at := range words {
				w[at] = uint64(i/2) * step // each twice
			}
			if rest := bits - 64*(words-1); rest < 64 {
				w[words-1] &= 1<<rest - 1
			}
			_, there := known[w]
			if id, isNew := s.insert(w[:words], uint32(i)); isNew {
				require.False(t, there)
				require.Equal(t, uint32(len(order)), id)
				known[w] = id
				order = append(order, w)
			} else {
				require.True(t, there)
			}
		}
		require.Equal(t, len(order), s.n)
		s.number()
		for id, w := range order {
			require.Equal(t, w[:words], s.at(uint32(id)))
			require.Equal(t, uint32(id), s.find(w[:words]))
		}
	})
}

// Every state of so many bits has a mixture of its own.
func TestMix(t *testing.T) {
	for n := uint(1); n <= 12; n++ {
		seen := map[uint64]bool{}
		for w := range uint64(1) << n {
			m := mix(w, n)
			require.Less(t, m, uint64(1)<<n)
			seen[m] = true
		}
		require.Len(t, seen, 1<<n)
	}
}

// TestSlotsFarFromHome fills one neighbourhood: the table grows before a quotient is too far from home.
func TestSlotsFarFromHome(t *testing.T) {
	s := newStore(1, 30)
	near := map[uint64]bool{}
	for w := uint64(0); len(near) < 1500; w++ {
		if mix(w, 30)>>26 == 0 { // a sixteenth of the table
			near[w] = true
			_, isNew := s.insert([]uint64{w}, 0)
			require.True(t, isNew)
		}
	}
	for w := range near {
		_, isNew := s.insert([]uint64{w}, 0)
		require.False(t, isNew)
	}
}

// TestStepsAllocateNothing expands the states of a session, whose steps send, lose, double, crash and restart.
func TestStepsAllocateNothing(t *testing.T) {
	sys := sessionSpec(t, fsm.Network, true)
	p, err := compile(sys, false)
	require.NoError(t, err)
	opts := Options{}.withDefaults()
	s := newSearch(t.Context(), p, &opts)
	s.addWatches()
	s.explore()
	require.Greater(t, s.st.n, 90)
	steps := 0
	visit := func(step) { steps++ }
	all := func() {
		for id := range uint32(s.st.n) {
			s.st.load(id, s.x.base)
			s.x.expand(visit)
		}
	}
	require.Zero(t, testing.AllocsPerRun(3, all))
	require.Positive(t, steps)
}

// TestBytesAState pins what a state costs: its bits in whole bytes, and slots of 4 bytes of which a quarter to five eighths are
// free; no parents.
func TestBytesAState(t *testing.T) {
	report, err := Run(t.Context(), counters(t, 5, 8), Options{})
	require.NoError(t, err)
	require.Equal(t, 32768, report.Stats.States)
	require.Equal(t, 15, report.Stats.StateBits)
	require.Equal(t, 2+4*2.0, report.Stats.BytesPerState) // 65536 slots
}
