package check

import "math/bits"

const (
	chunkShift = 12 // states in a chunk: the arena grows without ever copying a state
	chunkSize  = 1 << chunkShift
	chunkMask  = chunkSize - 1
	noState    = ^uint32(0) // the parent of a start; also "not there"
	minSlots   = 1 << 10
	maxID      = 1<<31 - 2
)

// store is the set of packed states found so far, numbered in the order in which they were found, which breadth first is
// also the queue: the states from the expanded one on are still to be expanded.
//
// The states themselves lie in chunks, whole, so that membership is exact. The table is open addressing over ids: an
// entry of 2^k slots holds id+1 in its low k bits and, in the bits that are left, part of the hash, which spares most of
// the comparisons with states that are not the one looked for.
type store struct {
	words   int // of one state
	n       int // states
	states  [][]uint64
	parents [][]uint32
	slots   []uint32
	k       uint // len(slots) == 1<<k
}

func newStore(words int) *store {
	return &store{words: words, slots: make([]uint32, minSlots), k: uint(bits.TrailingZeros(minSlots))}
}

// bytes is the memory that the store holds.
func (s *store) bytes() int64 {
	return int64(len(s.states))*chunkSize*int64(8*s.words+4) + int64(len(s.slots))*4
}

// bytesAfterGrowth is the memory that the next add may need at its peak: a chunk more, or both tables.
func (s *store) bytesAfterGrowth() int64 {
	b := s.bytes()
	if s.n&chunkMask == 0 {
		b += chunkSize * int64(8*s.words+4)
	}
	if s.crowded() {
		b += int64(len(s.slots)) * 8
	}
	return b
}

// at returns the words of state id. They must not be changed.
func (s *store) at(id uint32) []uint64 {
	at := int(id&chunkMask) * s.words
	return s.states[id>>chunkShift][at : at+s.words : at+s.words]
}

func (s *store) parent(id uint32) uint32 { return s.parents[id>>chunkShift][id&chunkMask] }

// crowded reports whether the table must grow before another state: above three quarters the probes get long.
func (s *store) crowded() bool { return s.n >= len(s.slots)-len(s.slots)/4 }

// find looks w up. It returns the state's id, or noState and the slot where add would put it.
func (s *store) find(w []uint64, hash uint64) (id uint32, slot int) {
	mask := uint32(len(s.slots) - 1)
	tag := s.tag(hash)
	for i := uint32(hash) & mask; ; i = (i + 1) & mask {
		entry := s.slots[i]
		if entry == 0 {
			return noState, int(i)
		}
		if entry&^mask == tag && sameWords(s.at(entry&mask-1), w) {
			return entry&mask - 1, int(i)
		}
	}
}

// tag is the part of the hash that an entry has room for.
func (s *store) tag(hash uint64) uint32 { return uint32(hash>>32) &^ uint32(len(s.slots)-1) }

// add stores w, which find did not find, in the slot that find gave.
func (s *store) add(w []uint64, hash uint64, slot int, parent uint32) uint32 {
	if s.crowded() {
		s.grow()
		_, slot = s.find(w, hash)
	}
	id := uint32(s.n)
	if s.n&chunkMask == 0 {
		s.states = append(s.states, make([]uint64, chunkSize*s.words))
		s.parents = append(s.parents, make([]uint32, chunkSize))
	}
	s.n++
	copy(s.at(id), w)
	s.parents[id>>chunkShift][id&chunkMask] = parent
	s.slots[slot] = s.tag(hash) | (id + 1)
	return id
}

// grow doubles the table. The old one is not read: the states say all, in an order that is kind to the cache.
func (s *store) grow() {
	s.slots = nil // free before the new one is made
	s.k++
	s.slots = make([]uint32, 1<<s.k)
	mask := uint32(len(s.slots) - 1)
	for id := range uint32(s.n) {
		hash := hashWords(s.at(id))
		i := uint32(hash) & mask
		for s.slots[i] != 0 {
			i = (i + 1) & mask
		}
		s.slots[i] = s.tag(hash) | (id + 1)
	}
}

func sameWords(a, b []uint64) bool {
	for i, v := range a {
		if b[i] != v {
			return false
		}
	}
	return true
}

// hashWords mixes the words by folded 128-bit products, in the manner of wyhash.
func hashWords(w []uint64) uint64 {
	h := uint64(len(w)) ^ 0x9e3779b97f4a7c15
	for _, v := range w {
		hi, lo := bits.Mul64(h^v, 0xd6e8feb86659fd93)
		h = hi ^ lo
	}
	hi, lo := bits.Mul64(h^0xa0761d6478bd642f, 0xe7037ed1a0b428db)
	return hi ^ lo
}
