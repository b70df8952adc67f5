package workers

import "math/bits"

// Sketch is a set of slots, which may seem to hold some that it does not.
type Sketch struct {
	bits [1 << 10]uint64
	Some bool // it is not empty
}

func (s *Sketch) place(slot uint32) (word, bit uint32) {
	h := slot * 0x9e3779b1
	return h >> 22, h >> 16 & 63
}

// Add adds a slot.
func (s *Sketch) Add(slot uint32) {
	word, bit := s.place(slot)
	s.bits[word] |= 1 << bit
	s.Some = true
}

// Has reports whether a slot is in the set: it is if it was added.
func (s *Sketch) Has(slot uint32) bool {
	word, bit := s.place(slot)
	return s.bits[word]>>bit&1 != 0
}

// Join adds what another one holds, and empties that one.
func (s *Sketch) Join(other *Sketch) {
	if !other.Some {
		return
	}
	for i, w := range other.bits {
		s.bits[i] |= w
	}
	*other, s.Some = Sketch{}, true
}

// Rival is one of several findings of one state, which has a slot.
type Rival struct {
	Slot uint32
	Part int // in which it was found
	At   int // where it is among those of the part
}

// Rivals settles who keeps a slot. The zero value is usable.
type Rivals struct {
	earliest []uint32 // by hash of the slot: the place among all, and one more
}

// Settle leaves each slot to the rival of the earliest part, and tells of all the others.
func (r *Rivals) Settle(all []Rival, late func(*Rival)) {
	size := bits.Len(uint(2 * len(all)))
	if len(r.earliest) < 1<<size {
		r.earliest = make([]uint32, 1<<size)
	}
	earliest := r.earliest[:1<<size]
	clear(earliest)
	for i := range all {
		n := &all[i]
		at := n.Slot * 0x9e3779b1 >> (32 - size)
		for earliest[at] != 0 && all[earliest[at]-1].Slot != n.Slot {
			at = (at + 1) & (1<<size - 1)
		}
		switch there := earliest[at]; {
		case there == 0:
			earliest[at] = uint32(i + 1)
		case n.Part < all[there-1].Part:
			earliest[at] = uint32(i + 1)
			late(&all[there-1])
		default:
			late(n)
		}
	}
}
