package orbits

import "slices"

// memoWords is how many words a memo has, about: it should lie in the cache of a processor.
const memoWords = 1 << 15

// memo is what stands for joint states that were asked about a moment ago: steps from neighbouring states lead to much that is the
// same. A row of it is whether it is used, a joint state, and the one that stands for it.
type memo struct {
	rows  []uint64
	words int
	bits  uint // log 2 of the rows
}

func newMemo(words int) memo {
	m := memo{words: words, bits: 1}
	for (1+2*words)<<(m.bits+1) <= memoWords {
		m.bits++
	}
	m.rows = make([]uint64, (1+2*words)<<m.bits)
	return m
}

// row is where a joint state would be.
func (m *memo) row(w []uint64) []uint64 {
	h := uint64(0)
	for _, v := range w {
		h = scramble(h ^ v)
	}
	size := 1 + 2*m.words
	at := int(h>>(64-m.bits)) * size
	return m.rows[at : at+size]
}

// knows reports whether a row is of a joint state.
func (m *memo) knows(row, w []uint64) bool { return row[0] != 0 && slices.Equal(row[1:1+m.words], w) }

// learn notes what stands for a joint state.
func (m *memo) learn(row, w, stands []uint64) {
	row[0] = 1
	copy(row[1:], w)
	copy(row[1+m.words:], stands)
}
