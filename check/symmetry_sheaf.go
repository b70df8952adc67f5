package check

import "slices"

// sheaf says where in a packed joint state the bits of each element of a class are, where every element has its own and they
// fit into one word: a key. Then elements are permuted by exchanging keys, and the joint state that stands for all is the one
// whose keys are sorted. Sorting them is what a compiled search does as well, so the two agree.
type sheaf struct {
	size    int
	bits    uint
	strands []strand
}

// strand is some bits of every element: a field or a link of its own, or whether it is in a set, or whether a variable names it.
type strand struct {
	at    []int // by element: the first bit; of a variable that names one, by nothing: its first bit
	bits  uint  // of one element, or of the variable
	shift uint  // in the key

	names  bool // a variable names one element; it takes one bit of the key
	lo     int64
	owner  int    // where the variable is dead it names none
	deadIn []bool // by leaf state + 1 of the owner; nil: never
}

// inKey is how many bits of the key a strand has.
func (s *strand) inKey() uint {
	if s.names {
		return 1
	}
	return s.bits
}

// bundle makes a sheaf for every class, if every element has bits of its own that are not too many.
func (b *shaper) bundle() {
	sheaves := make([]sheaf, len(b.classes))
	for i, class := range b.classes {
		sheaves[i].size = class.size
	}
	for _, f := range b.families {
		class, s := b.strand(f)
		if s == nil {
			return
		}
		sheaf := &sheaves[class]
		s.shift = sheaf.bits
		sheaf.bits += s.inKey()
		sheaf.strands = append(sheaf.strands, *s)
		if sheaf.bits > 64 {
			return
		}
	}
	b.sheaves = sheaves
}

// maxNaming is how many bits a variable that names an element may have: each of its values is a bit of a word.
const maxNaming = 6

// strand is what a family gives to the keys of a class; nil: it does not say of each element something of its own.
func (b *shaper) strand(f *family) (class int, s *strand) {
	switch {
	case f.arity() != 1:
		return 0, nil
	case len(f.dims) > 0:
		return f.dims[0], b.owned(f)
	case f.link != nil:
		return 0, nil
	}
	at, bits := b.bitsAt(f.places[0].cell, false)
	class = f.values.class
	if f.values.set {
		s = &strand{bits: 1}
		for e := range b.classes[class].size {
			s.at = append(s.at, at+e-int(f.values.lo))
		}
		return class, s
	}
	if bits > maxNaming {
		return 0, nil
	}
	return class, &strand{at: []int{at}, bits: bits, names: true, lo: b.p.layout.at[f.places[0].cell].lo, owner: f.places[0].owner, deadIn: f.deadIn}
}

// owned is the strand of cells of which each element has one: an array, a variable of each instance, the links from each to its
// partner.
func (b *shaper) owned(f *family) *strand {
	class := &b.classes[f.dims[0]]
	s := &strand{at: make([]int, class.size)}
	if len(f.places) != class.size {
		return nil
	}
	for i := range f.places {
		place := &f.places[i]
		at, bits := b.bitsAt(place.cell, f.link != nil)
		if i > 0 && bits != s.bits || bits > 64 {
			return nil
		}
		s.at[place.elements[0]-class.first], s.bits = at, bits
	}
	return s
}

// bitsAt is where a cell is packed, or the link that begins with it.
func (b *shaper) bitsAt(cell int, link bool) (at int, n uint) {
	if !link {
		return b.p.layout.at[cell].at, b.p.layout.at[cell].bits
	}
	i := slices.IndexFunc(b.p.layout.links, func(k linkLayout) bool { return k.cell == cell })
	return b.p.layout.links[i].at, uint(b.p.layout.links[i].size)
}

// named is the element that the variable of a strand names; a number that is none: nobody.
func (s *strand) named(p *program, w []uint64) int64 {
	if s.deadIn != nil && s.deadIn[p.value(w, s.owner)+1] {
		return -1
	}
	return s.lo + int64(get(w, s.at[0], s.bits))
}

// arrange sorts the elements of a packed joint state, in which what is dead is set back. keys is memory for it.
func (h *sheaf) arrange(p *program, w []uint64, keys []uint64) {
	keys = keys[:h.size]
	clear(keys)
	for i := range h.strands {
		s := &h.strands[i]
		if s.names {
			if e := s.named(p, w); e >= 0 && e < int64(h.size) {
				keys[e] |= 1 << s.shift
			}
			continue
		}
		for e, at := range s.at {
			if s.bits > 0 {
				keys[e] |= get(w, at, s.bits) << s.shift
			}
		}
	}
	if slices.IsSorted(keys) {
		return
	}
	slices.Sort(keys)
	for i := range h.strands {
		s := &h.strands[i]
		if !s.names {
			for e, at := range s.at {
				if s.bits > 0 {
					set(w, at, s.bits, keys[e]>>s.shift&(1<<s.bits-1))
				}
			}
			continue
		}
		for e, key := range keys {
			if key>>s.shift&1 != 0 {
				set(w, s.at[0], s.bits, uint64(int64(e)-s.lo))
			}
		}
	}
}
