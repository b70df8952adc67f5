package check

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
)

// searchedBy is a search by some workers, who share blocks of at least so many states.
func searchedBy(t require.TestingT, sys *fsm.System, opts Options, workers, least int, numbered bool) *search {
	p, err := compile(sys, false)
	require.NoError(t, err)
	opts.Workers = workers
	opts = opts.withDefaults()
	s := newSearch(context.Background(), p, &opts)
	s.addWatches()
	s.reduceBy(opts.Reduce)
	s.shared = least
	s.st.numbered = numbered
	s.st.resize(minSlots)
	s.explore()
	return s
}

// all lists the states.
func (s *store) all() [][]uint64 {
	list := make([][]uint64, s.n)
	for id := range list {
		list[id] = s.at(uint32(id))
	}
	return list
}

// sameSearch compares two searches, and then what they tell.
func sameSearch(t require.TestingT, one, several *search) {
	require.Equal(t, one.reason, several.reason)
	require.Equal(t, one.gaveUp, several.gaveUp)
	require.Equal(t, one.st.all(), several.st.all())
	require.Equal(t, []int{one.transitions, one.expanded, one.deadlocks, one.cut}, []int{several.transitions, several.expanded, several.deadlocks, several.cut})
	require.Equal(t, one.levels, several.levels)
	require.Equal(t, one.cover.counts, several.cover.counts)
	require.Equal(t, one.cover.entered, several.cover.entered)
	require.Equal(t, one.x.defers, several.x.defers)
	require.Equal(t, []uint32{one.deadlock, one.firstCut}, []uint32{several.deadlock, several.firstCut})
	for i, w := range several.watches {
		require.Equal(t, one.watches[i].sights, w.sights)
		require.Equal(t, one.watches[i].broken, w.broken)
		for n, p := range w.premises {
			require.Equal(t, one.watches[i].premises[n].seen, p.seen)
		}
	}
	require.Len(t, several.found, len(one.found))
	for i, f := range several.found {
		require.Equal(t, []any{one.found[i].site.spot(), one.found[i].parent, one.found[i].asked}, []any{f.site.spot(), f.parent, f.asked})
	}
	for id := range uint32(several.st.n) { // every slot is right
		w := several.st.at(id)
		_, there, found := several.st.lookup(w, several.st.hash(w))
		require.True(t, found)
		require.True(t, several.st.quotient || there == id)
	}
}

// What several workers find is what one finds, whatever they share, in both kinds of table, with reductions and without, and at every limit.
func TestCrewOfRandomSystems(t *testing.T) {
	blocks, findings := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t)
		opts := Options{MaxStates: rapid.SampledFrom([]int{600, 3000}).Draw(t, "states")}
		if rapid.Bool().Draw(t, "limited") {
			opts.MaxStates = rapid.IntRange(1, 4*batchSize).Draw(t, "at most")
		}
		if rapid.IntRange(0, 3).Draw(t, "little memory") == 0 {
			opts.MaxMemory = rapid.Int64Range(5_000, 80_000).Draw(t, "bytes")
		}
		if rapid.Bool().Draw(t, "reduced") {
			opts.Reduce = DefaultReductions
		}
		if rapid.IntRange(0, 4).Draw(t, "few choices") == 0 {
			opts.MaxChoices = rapid.IntRange(2, 12).Draw(t, "choices")
		}
		numbered := rapid.Bool().Draw(t, "numbered")
		one := searchedBy(t, sys, opts, 1, 1, numbered)
		several := searchedBy(t, sys, opts, rapid.IntRange(2, 5).Draw(t, "workers"), rapid.SampledFrom([]int{1, 2, 9}).Draw(t, "least"), numbered)
		sameSearch(t, one, several)
		if several.crew != nil && several.crew.used > 0 {
			blocks++
			findings += len(several.found)
		}
	})
	require.True(t, blocks > 0 || testing.Short(), "there was nothing to share")
	t.Logf("%d searches had blocks, with %d findings", blocks, findings)
}

// Sessions with crashes, losses and repetitions: many states, and a table that grows while there are workers.
func TestCrew(t *testing.T) {
	for _, opts := range []Options{{}, {MaxStates: 7000}, {MaxStates: 20_000}, {MaxMemory: 150_000}, {MaxMemory: 300_000}, {Reduce: DefaultReductions}} {
		for _, numbered := range []bool{true, false} {
			sys := counters(t, 5, 7)
			if numbered {
				sys = pairs(t, 2)
				opts.MaxStates = min(max(opts.MaxStates, 1), 30_000)
			}
			one := searchedBy(t, sys, opts, 1, 1, numbered)
			for _, workers := range []int{2, 3, 5} {
				several := searchedBy(t, sys, opts, workers, 50, numbered)
				sameSearch(t, one, several)
				require.True(t, one.st.n < 500 || several.crew.used > 0)
			}
		}
	}
}

// A block that is spoilt is as if it had not been begun, whoever spoils it and when.
func TestCrewThatIsSpoilt(t *testing.T) {
	spoilt := 0
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t)
		numbered := rapid.Bool().Draw(t, "numbered")
		one := searchedBy(t, sys, Options{MaxStates: 3000}, 1, 1, numbered)
		p, err := compile(sys, false)
		require.NoError(t, err)
		opts := Options{MaxStates: 3000, Workers: 3}.withDefaults()
		s := newSearch(context.Background(), p, &opts)
		s.addWatches()
		s.shared = 1
		s.st.numbered = numbered
		s.st.resize(minSlots)
		at, why := uint32(rapid.IntRange(1, 7).Draw(t, "at")), rapid.SampledFrom([]string{tooMuch, tooFar}).Draw(t, "why")
		left := rapid.IntRange(1, 4).Draw(t, "times")
		s.beginning()
		for s.st.n > 0 && s.expanded < s.st.n && s.reason == "" {
			end := s.st.n
			for s.expanded < end && s.reason == "" {
				n, well := 0, false
				if s.hires(1) {
					n, well = s.crew.block(s.expanded, end, func(h *hand, id int) {
						if h.expand(uint32(id)); uint32(id)%at == 0 && left > 0 && h.reason == "" {
							h.flush()
							h.spoil(why)
						}
					})
				}
				if s.expanded += n; s.crew.spoiled.Load() && left > 0 {
					left--
					spoilt++
				}
				if !well && s.reason == "" {
					s.expand(uint32(s.expanded))
				}
			}
			s.deepen(end)
		}
		s.dismiss()
		s.visited()
		s.incomplete = s.reason
		sameSearch(t, one, s)
	})
	require.Positive(t, spoilt)
}

// Starts that several make, of which not all are: the same, in the same order.
func TestCrewMakesStarts(t *testing.T) {
	for _, most := range []int{0, 1, 2000} {
		sys := counters(t, 4, 7)
		sys.Spec.Machines[0].Vars[0].Any = true
		sys.Initially = []*fsm.Expr{{Op: fsm.OpNot, Type: fsm.BoolType, Args: []*fsm.Expr{is(1, sys.Spec.Machines[0].Vars[0].Type, 3)}}}
		one := searchedBy(t, sys, Options{MaxStates: most}, 1, 1, false)
		if most == 0 {
			require.Equal(t, 6*7*7*7, one.levels[0])
		}
		several := searchedBy(t, sys, Options{MaxStates: most}, 3, 64, false)
		sameSearch(t, one, several)
		require.NotNil(t, several.crew)
	}
}

// The parent of a state is the first state that leads to it, whoever finds it.
func TestParentsAreTheFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := searchedBy(t, randomSystem(t), Options{MaxStates: 1000}, rapid.IntRange(1, 4).Draw(t, "workers"), 1, false)
		if s.reason != "" || s.st.n == 0 {
			t.Skip("not all was found")
		}
		s.st.number()
		first := make([]uint32, s.st.n)
		for id := range first {
			first[id] = noState
		}
		for id := range uint32(s.st.n) {
			s.st.load(id, s.x.base)
			s.x.expand(func(step) {
				if s.x.end == done {
					if to := s.st.find(s.x.w); to != noState { // an assumption cuts the others
						first[to] = min(first[to], id)
					}
				}
			})
		}
		var ids []uint32
		for id := range first {
			if id < s.levels[0] {
				first[id] = noState
			}
			if rapid.Bool().Draw(t, "wanted") {
				ids = append(ids, uint32(id))
			}
		}
		s.parentsOf(ids)
		for id, parent := range s.parents {
			require.Equal(t, first[id], parent)
		}
		for _, id := range ids {
			require.Contains(t, s.parents, id)
		}
	})
}

// Wherever the memory ends, the search ends where it would with one worker.
func TestCrewAtTheEndOfMemory(t *testing.T) {
	sys := counters(t, 5, 6)
	rapid.Check(t, func(t *rapid.T) {
		opts := Options{MaxMemory: rapid.Int64Range(10_000, 90_000).Draw(t, "bytes")}
		numbered := rapid.Bool().Draw(t, "numbered")
		one := searchedBy(t, sys, opts, 1, 1, numbered)
		several := searchedBy(t, sys, opts, rapid.IntRange(2, 4).Draw(t, "workers"), rapid.IntRange(1, 300).Draw(t, "least"), numbered)
		sameSearch(t, one, several)
	})
}

// Whoever stores a state beside those of others writes and reads nothing of theirs.
func TestSaveAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.IntRange(1, 200).Draw(t, "bits")
		s := newStore((bits+63)/64, bits)
		s.chunks = append(s.chunks, s.newChunk())
		for i := range s.chunks[0] {
			s.chunks[0][i] = 0xa5
		}
		w := make([]uint64, s.words)
		for i := range w {
			w[i] = rapid.Uint64().Draw(t, "w")
		}
		w[s.words-1] &= s.lastMask()
		n := rapid.IntRange(1, 20).Draw(t, "states")
		before := slices.Clone(s.chunks[0])
		s.n = n
		for id := range n {
			s.saveAt(uint32(id), w, uint32(n))
		}
		require.Equal(t, before[n*s.size:], s.chunks[0][n*s.size:])
		got := make([]uint64, s.words)
		for id := range n {
			require.Equal(t, w, s.at(uint32(id)))
			s.loadBeside(uint32(id), got)
			require.Equal(t, w, got)
		}
	})
}
