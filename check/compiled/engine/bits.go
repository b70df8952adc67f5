package engine

import (
	"math/bits"
	"unsafe"
)

// row is the words of a state as an array, for what finds out only then which of them it wants.
type row [words]uint64

// row is the words of a state that lies in memory.
func (s *state) row() *row { return (*row)(unsafe.Pointer(s)) }

// get reads n bits at bit at.
func (r *row) get(at, n uint) uint64 {
	i, shift := at>>6, at&63
	v := r[i] >> shift
	if shift+n > 64 {
		v |= r[i+1] << (64 - shift)
	}
	return v & (1<<n - 1)
}

// set writes n bits at bit at.
func (r *row) set(at, n uint, v uint64) {
	i, shift := at>>6, at&63
	mask := uint64(1)<<n - 1
	r[i] = r[i]&^(mask<<shift) | v<<shift
	if shift+n > 64 {
		r[i+1] = r[i+1]&^(mask>>(64-shift)) | v>>(64-shift)
	}
}

// get reads n bits at bit at. Like what follows, it takes the state itself, not its address: so steps may keep it in registers.
func get(s state, at, n uint) uint64 { return s.row().get(at, n) }

// set is the state with n bits written at bit at.
func set(s state, at, n uint, v uint64) state {
	s.row().set(at, n, v)
	return s
}

// A link that does not fit into one word is a row of places: width bits each, room of them, from bit at on.

// length is how many places hold something.
func length(s state, at, width, room uint) uint {
	n := uint(0)
	for n < room && s.row().get(at+n*width, width) != 0 {
		n++
	}
	return n
}

// takeOut moves what is behind a place over it.
func takeOut(s state, at, width, room, place uint) state {
	r := s.row()
	for ; place+1 < room; place++ {
		r.set(at+place*width, width, r.get(at+(place+1)*width, width))
	}
	r.set(at+place*width, width, 0)
	return s
}

// putIn makes room at a place and puts something there. The last place must be free.
func putIn(s state, at, width, room, place uint, packet uint64) state {
	r := s.row()
	for p := room - 1; p > place; p-- {
		r.set(at+p*width, width, r.get(at+(p-1)*width, width))
	}
	r.set(at+place*width, width, packet)
	return s
}

// truth is a condition as a number.
func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// A link that fits into one word is a number: width bits each, the place 0 lowest. No place begins behind bit 63; that the shifts
// say so spares the program a comparison each.

// cutOut is the number without what is at a place; what is above comes down.
func cutOut(r uint64, place, width uint) uint64 {
	at := place * width & 63
	return r&(1<<at-1) | r>>at>>width<<at
}

// fitIn is the number with something put in at a place; what is there goes up.
func fitIn(r uint64, place, width uint, packet uint64) uint64 {
	at := place * width & 63
	return r&(1<<at-1) | packet<<at | r>>at<<width<<at
}

// A link that keeps each message once may have a bit for each instead, the message 1 lowest; their places are as they follow.

// member is the message at a place, or 0 where there are not so many.
func member(set uint64, place uint) uint64 {
	for ; place > 0; place-- {
		set &= set - 1
	}
	if set == 0 {
		return 0
	}
	return uint64(bits.TrailingZeros64(set)) + 1
}

// without is the set without the message at a place.
func without(set uint64, place uint) uint64 { return set &^ (1 << ((member(set, place) - 1) & 63)) }
