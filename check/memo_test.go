package check

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// taking is a step as a visitor sees it.
type taking struct {
	step  step
	end   conclusion
	fail  *site
	state []uint64
	taken []*transition
}

// takings lists the steps from a joint state in the order in which an exec takes them. The one with the number end halts it.
func takings(x *exec, w []uint64, end int) []taking {
	copy(x.base, w)
	var list []taking
	x.expand(func(s step) {
		t := taking{step: s, end: x.end, taken: append([]*transition{}, x.taken...)}
		if x.end == violated {
			t.fail = x.fail
		} else {
			t.state = slices.Clone(x.w)
		}
		list = append(list, t)
		x.halted = x.halted || len(list) == end
	})
	return list
}

// sameWithMemos expands joint states several times with memos for which there is so much room, and compares the steps with those
// of an exec that has none.
func sameWithMemos(t require.TestingT, s *search, room int64) *exec {
	plain, x, halted := newExec(s.p), newExec(s.p), newExec(s.p)
	x.memos, halted.memos = newMemos(s.p, room), newMemos(s.p, room)
	for range 2 {
		for id := range uint32(s.st.n) {
			w := s.st.at(id)
			end := 1 + int(id)%7
			require.Equal(t, takings(plain, w, end), takings(halted, w, end))
			require.Equal(t, takings(plain, w, -1), takings(x, w, -1))
			require.Equal(t, plain.defers, x.defers)
		}
	}
	return x
}

// known is how much memos know.
func (m *memos) known() (slots, outs int) {
	for _, o := range slices.Concat(slices.Concat(m.own...), slices.Concat(m.links...)) {
		if o != nil {
			slots += o.n
			outs += len(o.outs)
		}
	}
	return slots, outs
}

// TestMemosOfRandomSystems: whatever a system does, what is remembered is what would be made. The small room lets memos forget.
func TestMemosOfRandomSystems(t *testing.T) {
	remembered := 0
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t)
		p, err := compile(sys, false)
		require.NoError(t, err)
		opts := Options{MaxStates: 100}.withDefaults()
		s := newSearch(context.Background(), p, &opts)
		s.explore()
		_, n := sameWithMemos(t, s, 1<<30).memos.known()
		remembered += n
		sameWithMemos(t, s, memoShare*bytesSlot*memoSlots*4)
	})
	require.Positive(t, remembered)
}

// TestMemos: two sessions with crashes, losses and repetitions, with room for all that is to be known and for little.
func TestMemos(t *testing.T) {
	p, err := compile(pairs(t, 2), false)
	require.NoError(t, err)
	opts := Options{MaxStates: 3000}.withDefaults()
	s := newSearch(t.Context(), p, &opts)
	s.explore()
	x := sameWithMemos(t, s, 1<<30)
	slots, outs := x.memos.known()
	require.Positive(t, slots)
	require.Positive(t, outs)
	sameWithMemos(t, s, memoShare*bytesSlot*memoSlots*8)

	visit := func(step) {}
	require.Zero(t, testing.AllocsPerRun(2, func() {
		for id := range uint32(s.st.n) {
			s.st.load(id, x.base)
			x.expand(visit)
		}
	}))
}

// A memo that is asked for what it does not know again and again is turned off; one that fills up begins anew.
func TestMemoPays(t *testing.T) {
	m := &memos{spare: 1 << 30}
	with := func(o *memo, asks int) {
		for i := range uint64(2 * memoMost) {
			if o.off {
				return
			}
			o.asked, o.missed = o.asked+asks, o.missed+1
			m.keep(o, remembered{first: i, code: 1}, 0)
			require.LessOrEqual(t, len(o.slots), memoMost)
		}
	}
	poor, rich := &memo{}, &memo{}
	require.True(t, m.resize(poor, memoSlots) && m.resize(rich, memoSlots))
	with(poor, memoPays-1)
	require.True(t, poor.off)
	with(rich, memoPays)
	require.False(t, rich.off)
	require.Equal(t, memoMost, len(rich.slots))
	require.Positive(t, rich.n)
	require.Equal(t, uint64(2*memoMost-1), rich.slot(2*memoMost-1, 0, 1).first)
}

// What is remembered of some bits and a message is found by all of them, among others that differ in one of them only.
func TestMemoSlots(t *testing.T) {
	m, o := &memos{spare: 1 << 30}, &memo{}
	require.True(t, m.resize(o, memoSlots))
	each := func(visit func(first, second, code, number uint64)) {
		number := uint64(0)
		for first := range uint64(16) {
			for second := range uint64(16) {
				for code := range uint64(4) {
					visit(first<<60, second<<7, code+1, number)
					number++
				}
			}
		}
	}
	each(func(first, second, code, number uint64) {
		require.Zero(t, o.slot(first, second, code).code)
		o.asked += memoPays
		o.missed++
		m.keep(o, remembered{first: first, second: second, code: code, defers: number%3 == 0, plain: number%5 == 0}, 0)
	})
	require.Equal(t, 1024, o.n)
	each(func(first, second, code, number uint64) {
		r := o.slot(first, second, code)
		require.Equal(t, []any{first, second, code, number%3 == 0, number%5 == 0}, []any{r.first, r.second, r.code, r.defers, r.plain})
	})
}
