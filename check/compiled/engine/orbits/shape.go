// Package orbits finds, of all packed joint states that come from one by permuting elements, the one that stands for them: the
// same for each of them. It belongs to the search in process and to compiled searches alike, so that both explore the same joint
// states. Where the elements are in the bits of a joint state is a [Shape], which package check finds out of a system.
package orbits

import "math/bits"

// Shape says where the elements, and what names them, are in a packed joint state. It is plain, so that it can be written as a Go
// literal, and it is not changed.
type Shape struct {
	Words    int
	Classes  []Class
	Families []Family
}

// Class is elements that may be exchanged with one another: the indices of arrays of one size. Elements are numbered over all
// classes.
type Class struct{ First, Size int }

// Family is bits that a permutation exchanges among one another: the states of an array of instances, a variable of each of them,
// an array with an index as a dimension, the links between two arrays.
type Family struct {
	Seed   uint64 // tells families apart
	Places []Place
	Dims   []int // the classes of the elements of a place
	At     []int // the place, by its elements, the first the slowest; -1: there is none
	Bits   int   // of a place
	Value  Value
	Dead   []bool // by what the owner holds: the place holds nothing, and is 0; nil: never so
	Link   Link
}

// Place is where one of a family is.
type Place struct {
	At               int // the first bit
	Elements         []int
	Owner, OwnerBits int // where is what Dead asks about
}

// Value says whether numbers are elements of a class, or sets of such; Class is -1 if they are neither. They are packed as what they
// are above Lo; of a set, bit 0 stands for Lo.
type Value struct {
	Class int
	Set   bool
	Lo    int
}

// Link says how messages are packed that name elements. Width is 0 if there are none, and the bits of a family are moved as they are.
type Link struct {
	Width  int      // bits of a message; 0 is none
	Room   int      // how many there may be
	Sorted bool     // they are in the order of their numbers
	Set    bool     // instead there is a bit for each message that there can be, that of the number 1 lowest
	TagAt  int      // the first bit of the kind of a message, if messages are not counted
	Firsts []uint64 // if they are: the first number of each kind
	Fields [][]Part // by kind
}

// Part is where in a message something is that names elements.
type Part struct {
	At, Bits int
	Value    Value
}

// identity leaves every element where it is.
func (s *Shape) identity() []int {
	perm := make([]int, s.elements())
	for e := range perm {
		perm[e] = e
	}
	return perm
}

func (s *Shape) elements() (n int) {
	for _, c := range s.Classes {
		n += c.Size
	}
	return n
}

// Permute writes into out what the joint state w becomes when each element goes where perm says. What is dead in w is 0.
func (s *Shape) Permute(w []uint64, perm []int, out []uint64) {
	copy(out, w)
	for i := range s.Families {
		f := &s.Families[i]
		for p := range f.Places {
			s.move(f, p, w, perm, out)
		}
	}
}

// move writes what becomes of a place.
func (s *Shape) move(f *Family, place int, w []uint64, perm []int, out []uint64) {
	from := &f.Places[place]
	to := f.Places[s.image(f, from, perm)].At
	if f.Link.Width > 0 {
		s.moveLink(f, w, from.At, perm, out, to)
		return
	}
	n := f.Bits
	for at := 0; at < n; at += 64 {
		size := min(n-at, 64)
		v := get(w, from.At+at, size)
		if f.Value.Class >= 0 && !f.dead(from, w) {
			v = s.value(v, &f.Value, perm)
		}
		set(out, to+at, size, v)
	}
}

// image is the number of the place to which a place goes.
func (s *Shape) image(f *Family, from *Place, perm []int) int {
	n := 0
	for d, class := range f.Dims {
		n = n*s.Classes[class].Size + perm[from.Elements[d]] - s.Classes[class].First
	}
	return f.At[n]
}

// dead reports whether a place holds nothing.
func (f *Family) dead(p *Place, w []uint64) bool {
	return f.Dead != nil && f.Dead[get(w, p.Owner, p.OwnerBits)]
}

// value is the image of a packed number.
func (s *Shape) value(v uint64, k *Value, perm []int) uint64 {
	class := &s.Classes[k.Class]
	if !k.Set {
		if e := int(v) + k.Lo; e >= 0 && e < class.Size {
			return uint64(perm[class.First+e] - class.First - k.Lo)
		}
		return v
	}
	image := uint64(0)
	for ; v != 0; v &= v - 1 {
		e := bits.TrailingZeros64(v) + k.Lo
		if e >= 0 && e < class.Size {
			e = perm[class.First+e] - class.First
		}
		image |= 1 << uint(e-k.Lo)
	}
	return image
}

// moveLink writes the image of a link that holds messages.
func (s *Shape) moveLink(f *Family, w []uint64, from int, perm []int, out []uint64, to int) {
	k := &f.Link
	if f.Bits <= 64 {
		set(out, to, f.Bits, s.row(k, get(w, from, f.Bits), perm))
		return
	}
	for p := range k.Room {
		m := get(w, from+p*k.Width, k.Width)
		if m != 0 {
			m = s.message(k, m, perm)
		}
		q := p
		for ; m != 0 && k.Sorted && q > 0; q-- { // by insertion: there are few
			before := get(out, to+(q-1)*k.Width, k.Width)
			if before <= m {
				break
			}
			set(out, to+q*k.Width, k.Width, before)
		}
		set(out, to+q*k.Width, k.Width, m)
	}
}

// row is the image of what is in a link that takes no more than a word.
func (s *Shape) row(k *Link, row uint64, perm []int) uint64 {
	image, width := uint64(0), uint(k.Width)
	if k.Set {
		for ; row != 0; row &= row - 1 {
			image |= 1 << (s.message(k, uint64(bits.TrailingZeros64(row))+1, perm) - 1)
		}
		return image
	}
	for at := uint(0); row != 0; at, row = at+width, row>>width {
		m, q := s.message(k, row&(1<<width-1), perm), at
		if k.Sorted {
			for q = 0; q < at && image>>q&(1<<width-1) <= m; {
				q += width
			}
		}
		image = image&(1<<q-1) | m<<q | image>>q<<(q+width)
	}
	return image
}

// kind is the kind of a message, and the number to which what it holds is added.
func (k *Link) kind(m uint64) (kind int, first uint64) {
	if k.Firsts == nil {
		return int(m >> uint(k.TagAt)), 0
	}
	kind = len(k.Firsts) - 1
	for m < k.Firsts[kind] {
		kind--
	}
	return kind, k.Firsts[kind]
}

// message is the image of a message.
func (s *Shape) message(k *Link, m uint64, perm []int) uint64 {
	kind, first := k.kind(m)
	m -= first
	for i := range k.Fields[kind] {
		part := &k.Fields[kind][i]
		at, mask := uint(part.At), uint64(1)<<uint(part.Bits)-1
		m = m&^(mask<<at) | s.value(m>>at&mask, &part.Value, perm)<<at
	}
	return m + first
}

// get reads n bits at bit at.
func get(w []uint64, at, n int) uint64 {
	i, s := at>>6, uint(at&63)
	v := w[i] >> s
	if int(s)+n > 64 {
		v |= w[i+1] << (64 - s)
	}
	return v & (1<<uint(n) - 1)
}

// set writes the low n bits of v at bit at.
func set(w []uint64, at, n int, v uint64) {
	i, s, mask := at>>6, uint(at&63), uint64(1)<<uint(n)-1
	w[i] = w[i]&^(mask<<s) | v<<s
	if int(s)+n > 64 {
		w[i+1] = w[i+1]&^(mask>>(64-s)) | v>>(64-s)
	}
}
