package engine

// get reads n bits at bit at.
func get(s *state, at, n uint) uint64 {
	i, shift := at>>6, at&63
	v := s[i] >> shift
	if shift+n > 64 {
		v |= s[i+1] << (64 - shift)
	}
	return v & (1<<n - 1)
}

// set writes n bits at bit at.
func set(s *state, at, n uint, v uint64) {
	i, shift := at>>6, at&63
	mask := uint64(1)<<n - 1
	s[i] = s[i]&^(mask<<shift) | v<<shift
	if shift+n > 64 {
		s[i+1] = s[i+1]&^(mask>>(64-shift)) | v>>(64-shift)
	}
}

// A link that does not fit into one word is a row of places: width bits each, room of them, from bit at on.

// length is how many places hold something.
func length(s *state, at, width, room uint) uint {
	n := uint(0)
	for n < room && get(s, at+n*width, width) != 0 {
		n++
	}
	return n
}

// takeOut moves what is behind a place over it.
func takeOut(s *state, at, width, room, place uint) {
	for ; place+1 < room; place++ {
		set(s, at+place*width, width, get(s, at+(place+1)*width, width))
	}
	set(s, at+place*width, width, 0)
}

// putIn makes room at a place and puts something there. The last place must be free.
func putIn(s *state, at, width, room, place uint, packet uint64) {
	for p := room - 1; p > place; p-- {
		set(s, at+p*width, width, get(s, at+(p-1)*width, width))
	}
	set(s, at+place*width, width, packet)
}

// truth is a condition as a number.
func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// A link that fits into one word is a number: width bits each, the place 0 lowest.

// cutOut is the number without what is at a place; what is above comes down.
func cutOut(r uint64, place, width uint) uint64 {
	at := place * width
	return r&(1<<at-1) | r>>(at+width)<<at
}

// fitIn is the number with something put in at a place; what is there goes up.
func fitIn(r uint64, place, width uint, packet uint64) uint64 {
	at := place * width
	return r&(1<<at-1) | packet<<at | r>>at<<(at+width)
}
