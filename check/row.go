package check

import "math/bits"

// A link is a row of places in the bits of a state, as many as it has capacity, the oldest message lowest. What a place holds
// is a message with its arguments, packed into a code of a word, or of several where it has more bits. A place that holds
// nothing is 0, and what holds something is not; as numbers, codes are ordered as [fsm.Packet.Compare] orders packets.
//
// A link that is a set has a bit for each code instead, that of the code 1 lowest. The message at a place is the one of the
// bit that is set as the first, the second, and so on.

// narrow reports whether the whole row is no wider than a word.
func (k *linkLayout) narrow() bool { return k.size <= 64 }

// parcel is how many words a code takes.
func (k *linkLayout) parcel() int { return (k.width + 63) / 64 }

// bitsOf is a row that is no wider than a word.
func (k *linkLayout) bitsOf(w []uint64) uint64 {
	if k.inWord {
		return k.where.raw(w)
	}
	return get(w, k.at, uint(k.size))
}

func (k *linkLayout) setBits(w []uint64, row uint64) {
	if k.inWord {
		at := &w[k.where.word]
		*at = *at&^(k.where.mask<<(k.where.shift&63)) | row<<(k.where.shift&63)
		return
	}
	set(w, k.at, uint(k.size), row)
}

// count is how many messages are in the link.
func (k *linkLayout) count(w []uint64) int {
	if k.size == 0 {
		return 0
	}
	if k.narrow() {
		return k.countIn(k.bitsOf(w))
	}
	n := 0
	for n < k.capacity && !k.free(w, n) {
		n++
	}
	return n
}

// free reports whether a place holds nothing.
func (k *linkLayout) free(w []uint64, place int) bool {
	if k.set {
		return place >= k.count(w)
	}
	if k.firsts != nil {
		return get(w, k.at+place*k.width, uint(k.width)) == 0
	}
	return get(w, k.at+place*k.width+k.tagAt, k.tagBits) == 0
}

// code reads what a place holds.
func (k *linkLayout) code(w []uint64, place int, code []uint64) {
	if k.set {
		code[0] = uint64(bits.TrailingZeros64(beyond(k.bitsOf(w), place))) + 1
		return
	}
	at := k.at + place*k.width
	for i, left := 0, k.width; left > 0; i, left = i+1, left-64 {
		code[i] = get(w, at+64*i, uint(min(left, 64)))
	}
}

// beyond is a set without its first so many.
func beyond(set uint64, n int) uint64 {
	for range n {
		set &= set - 1
	}
	return set
}

// setCode writes what a place holds.
func (k *linkLayout) setCode(w []uint64, place int, code []uint64) {
	at := k.at + place*k.width
	for i, left := 0, k.width; left > 0; i, left = i+1, left-64 {
		set(w, at+64*i, uint(min(left, 64)), code[i])
	}
}

// without is a row that is no wider than a word, without what is at a place of it.
func (k *linkLayout) without(row uint64, place int) uint64 {
	if k.set {
		rest := beyond(row, place)
		return row &^ (rest & -rest)
	}
	at := uint(place * k.width)
	return row&(1<<at-1) | row>>(at+uint(k.width))<<at
}

// with is a row that is no wider than a word, with a code at a place of it: those from there on go back.
func (k *linkLayout) with(row uint64, place int, code uint64) uint64 {
	if k.set {
		return row | 1<<(code-1)
	}
	at := uint(place * k.width)
	return row&(1<<at-1) | code<<at | row>>at<<(at+uint(k.width))
}

// countIn is how many messages are in a row that is no wider than a word.
func (k *linkLayout) countIn(row uint64) int {
	if k.set {
		return bits.OnesCount64(row)
	}
	return int(k.counts[bits.Len64(row)])
}

// takeOut takes a message out of the link; those behind it come nearer. room is for a code.
func (k *linkLayout) takeOut(w []uint64, place int, room []uint64) {
	if k.narrow() {
		k.setBits(w, k.without(k.bitsOf(w), place))
		return
	}
	for ; place+1 < k.capacity; place++ {
		k.code(w, place+1, room)
		k.setCode(w, place, room)
	}
	clear(room[:k.parcel()])
	k.setCode(w, place, room)
}

// putIn puts a code into the link, which has room for it; those from the place on go back. room is for a code.
func (k *linkLayout) putIn(w []uint64, place int, code, room []uint64) {
	if k.narrow() {
		k.setBits(w, k.with(k.bitsOf(w), place, code[0]))
		return
	}
	for p := k.capacity - 1; p > place; p-- {
		k.code(w, p-1, room)
		k.setCode(w, p, room)
	}
	k.setCode(w, place, code)
}

// wipe empties the link.
func (k *linkLayout) wipe(w []uint64) {
	for left, at := k.size, k.at; left > 0; left, at = left-64, at+64 {
		set(w, at, uint(min(left, 64)), 0)
	}
}

// encode packs a message, given as its index and its arguments.
func (k *linkLayout) encode(packet []int64, code []uint64) {
	clear(code[:k.parcel()])
	tag := k.tag[packet[0]]
	for _, f := range k.fields[tag] {
		put(code, f.at, f.bits, uint64(packet[f.cell]-f.lo))
	}
	if k.firsts != nil {
		code[0] += k.firsts[tag]
	} else {
		put(code, k.tagAt, k.tagBits, uint64(tag))
	}
}

// decode unpacks a code: the message, and its arguments into args.
func (k *linkLayout) decode(code []uint64, args []int64) (message int) {
	if k.firsts != nil {
		tag := len(k.carries)
		for code[0] < k.firsts[tag] {
			tag--
		}
		fields := code[0] - k.firsts[tag]
		for _, f := range k.fields[tag] {
			args[f.cell-1] = f.lo + int64(fields>>f.at&(1<<f.bits-1))
		}
		return k.carries[tag-1]
	}
	tag := get(code, k.tagAt, k.tagBits)
	for _, f := range k.fields[tag] {
		args[f.cell-1] = f.lo + int64(get(code, f.at, f.bits))
	}
	return k.carries[tag-1]
}

// compareCodes orders codes of as many words, the lowest word first.
func compareCodes(a, b []uint64) int {
	for i := len(a) - 1; i >= 0; i-- {
		if a[i] != b[i] {
			if a[i] < b[i] {
				return -1
			}
			return 1
		}
	}
	return 0
}
