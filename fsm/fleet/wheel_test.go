package fleet

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The wheel against a list: every node comes out at the first look that is not before its tick, in the order of the ticks.
func TestTheWheelAgainstAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := rapid.SampledFrom([]uint64{0, 63, 1<<36 - 1, 1<<36 - 70, 1 << 40}).Draw(t, "start")
		w := &wheel{tick: start}
		list := map[uint32]uint64{}
		now := start
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				first := never
				for _, tick := range list {
					first = min(first, max(tick, w.tick))
				}
				tick, _ := w.ahead()
				require.LessOrEqual(t, tick, first)
				require.Equal(t, len(list) == 0, tick == never)
				requireNodes(t, w, list)
			},
			"link": func(t *rapid.T) {
				slot := uint32(rapid.IntRange(0, 2).Draw(t, "slot")) * (chunk - 1)
				n := w.take(slot, 7)
				require.Equal(t, slot, w.slot(n))
				tick := now + rapid.SampledFrom([]uint64{0, 1, 2, 63, 64, 65, 4095, 4096, 1 << 18, 1 << 30, 1<<36 - 1, 1 << 36, 1 << 41}).Draw(t, "after") +
					uint64(rapid.IntRange(0, 100).Draw(t, "more"))
				w.link(n, tick)
				list[n] = tick
			},
			"pass": func(t *rapid.T) {
				w.pass(now + uint64(rapid.IntRange(0, 5000).Draw(t, "later")))
				now = max(now, w.tick)
			},
			"unlink": func(t *rapid.T) {
				for n := range list {
					w.unlink(n)
					w.give(n)
					delete(list, n)
					return
				}
			},
			"look": func(t *rapid.T) {
				now += rapid.SampledFrom([]uint64{0, 1, 3, 60, 64, 1000, 5000, 1 << 20, 1 << 31, 1 << 37}).Draw(t, "later")
				var out, want []uint64
				for n, ok := w.pop(now); ok; n, ok = w.pop(now) {
					if list[n] > w.tick {
						w.link(n, list[n])
						continue
					}
					out = append(out, max(list[n], start))
					delete(list, n)
					w.give(n)
				}
				want = slices.Sorted(slices.Values(out))
				require.Equal(t, want, slices.Clone(out))
				for _, tick := range list {
					require.Greater(t, tick, now)
				}
			},
		})
	})
}

// requireNodes finds the nodes of a list, each at its slot.
func requireNodes(t *rapid.T, w *wheel, list map[uint32]uint64) {
	nodes := map[uint32]uint64{}
	for slot := range uint32(2*chunk - 1) {
		for n := w.first(slot); n != none; n = w.after(n) {
			require.Equal(t, slot, w.slot(n))
			nodes[n] = list[n]
		}
	}
	require.Equal(t, list, nodes)
}
