package fleet

import (
	"hash/maphash"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// tableOf is a table and a map that are given the same keys.
type tableOf[K comparable] struct {
	table[K, int]
	hash func(K) uint64
	slot map[K]uint16
}

func (x *tableOf[K]) insert(key K) {
	if x.full() {
		x.grow(x.hash)
	}
	h := x.hash(key)
	s := x.put(h, session[K, int]{key: key, slot: x.take(), tag: tagOf(h), mark: markLive})
	x.slot[key] = s.slot
}

// check finds every key, and every slot once, in the table.
func (x *tableOf[K]) check(t *rapid.T) {
	require.Equal(t, len(x.slot), x.live)
	for key, slot := range x.slot {
		s := x.find(x.hash(key), key)
		require.NotNil(t, s)
		require.Equal(t, slot, s.slot)
		require.Same(t, s, x.at(uint32(slot)))
	}
	live, slots := 0, 0
	for i := range x.places {
		if x.places[i].mark&markLive != 0 {
			live++
		}
	}
	for slot := range x.slots() {
		if x.at(slot) != nil {
			slots++
		}
	}
	require.Equal(t, len(x.slot), live)
	require.Equal(t, len(x.slot), slots)
	require.LessOrEqual(t, 4*live, 3*len(x.places))
}

// A table against a map. Of the hashes of its keys many are equal, and many lie at the end of the table.
func against[K comparable](t *testing.T, keyOf func(i int) K) {
	seed := maphash.MakeSeed()
	rapid.Check(t, func(t *rapid.T) {
		homes := rapid.SampledFrom([]uint64{1, 3, 1 << 32}).Draw(t, "homes")
		x := &tableOf[K]{slot: map[K]uint16{}, hash: func(key K) uint64 {
			h := maphash.Comparable(seed, key)
			return -(h>>32%homes)<<32 | h>>56<<24
		}}
		key := rapid.Custom(func(t *rapid.T) K { return keyOf(rapid.IntRange(0, 60).Draw(t, "key")) })
		t.Repeat(map[string]func(*rapid.T){
			"": x.check,
			"insert": func(t *rapid.T) {
				if k := key.Draw(t, "key"); x.find(x.hash(k), k) == nil {
					x.insert(k)
				}
			},
			"remove": func(t *rapid.T) {
				k := key.Draw(t, "key")
				s := x.find(x.hash(k), k)
				_, there := x.slot[k]
				require.Equal(t, there, s != nil)
				if there {
					x.remove(s, x.hash)
					delete(x.slot, k)
				}
			},
		})
	})
}

func TestTheTableAgainstAMap(t *testing.T) {
	t.Run("two in a line", func(t *testing.T) { against(t, func(i int) [16]byte { return [16]byte{byte(i)} }) })
	t.Run("across lines", func(t *testing.T) { against(t, func(i int) int { return i }) })
	t.Run("strings", func(t *testing.T) { against(t, func(i int) string { return string(rune('a' + i)) }) })
}

// A table as large as it may get: each step of its growth leaves it as full as it is meant to be, and its places can be numbered.
func TestATableGrowsToItsLimit(t *testing.T) {
	seed := maphash.MakeSeed()
	x := &tableOf[int]{slot: map[int]uint16{}, hash: func(key int) uint64 { return maphash.Comparable(seed, key) }}
	for i := range mostSlots {
		before := len(x.places)
		x.insert(i)
		if n := len(x.places); before >= smallTable && n > before {
			require.Greater(t, 5*4*x.live, 5*3*before-20)
			require.Greater(t, float64(x.live)/float64(n), 0.55)
		}
	}
	require.LessOrEqual(t, len(x.places), mostPlaces)
	for i := range mostSlots {
		require.Equal(t, x.slot[i], x.find(x.hash(i), i).slot)
	}
}

// What every event needs is where it is meant to be.
func TestTheLayout(t *testing.T) {
	type s = shard[[16]byte, int, uint64, int, int]
	require.Equal(t, uintptr(32), unsafe.Sizeof(session[[16]byte, uint64]{}))
	require.Equal(t, uint32(2), stride[[16]byte, uint64]())
	require.Equal(t, uint32(1), stride[int, uint64]())
	require.Zero(t, unsafe.Sizeof(s{})%lineSize, unsafe.Sizeof(s{}))
	require.Equal(t, uintptr(16), unsafe.Sizeof(node{}))
}
