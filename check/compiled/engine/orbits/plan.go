package orbits

// plan is a shape laid out for going through it quickly: most places are of a few bits, which are told of and moved without a look
// at anything else, and most of them hold nothing.
type plan struct {
	spots []spot
	where []packed // of all spots, by family and elements
	keeps []uint64 // by word: the bits that no spot has
	other []*Family
}

// spot is a place of at most 64 bits that has two elements at most.
type spot struct {
	packed
	mask   uint64
	a, b   int32 // the elements; -1: none
	first  int32 // in where, of the family
	kind   kind
	seed   uint64
	family *Family
	place  *Place
}

// packed is where bits begin.
type packed struct {
	word  int32
	shift uint8
	next  bool // they go on in the next word
}

// kind is what a spot holds.
type kind uint8

const (
	plain  kind = iota // a number that says nothing of other elements
	naming             // one that may name an element
	choice             // a set of elements
	mail               // messages that name elements
)

// held is a spot and what it holds, if that is something.
type held struct {
	spot *spot
	v    uint64
}

// newPlan lays a shape out.
func newPlan(s *Shape) *plan {
	p := &plan{keeps: make([]uint64, s.Words)}
	for i := range p.keeps {
		p.keeps[i] = ^uint64(0)
	}
	for i := range s.Families {
		switch f := &s.Families[i]; {
		case f.Bits > 64 || len(f.Dims) > 2:
			p.other = append(p.other, f)
		case len(f.Dims) > 0 || f.Value.Class >= 0 || f.Link.Width > 0: // otherwise nothing is permuted
			p.lay(s, f)
		}
	}
	return p
}

// lay makes spots of the places of a family.
func (p *plan) lay(s *Shape, f *Family) {
	identity, room := s.identity(), 1
	for range f.Dims {
		room *= len(identity)
	}
	first := len(p.where)
	p.where = append(p.where, make([]packed, room)...)
	for k := range f.Places {
		place := &f.Places[k]
		t := spot{packed: packed{int32(place.At >> 6), uint8(place.At & 63), place.At&63+f.Bits > 64}, mask: ^uint64(0) >> (64 - f.Bits),
			a: -1, b: -1, first: int32(first), seed: f.Seed, family: f, place: place}
		switch {
		case f.Link.Width > 0:
			t.kind = mail
		case f.Value.Class >= 0 && f.Value.Set:
			t.kind = choice
		case f.Value.Class >= 0:
			t.kind = naming
		}
		if len(f.Dims) > 0 {
			t.a = int32(place.Elements[0])
		}
		if len(f.Dims) > 1 {
			t.b = int32(place.Elements[1])
		}
		p.where[t.goes(identity)] = t.packed
		p.spots = append(p.spots, t)
		set(p.keeps, place.At, f.Bits, 0)
	}
}

// goes is the number in where of the spot to which this one goes.
func (t *spot) goes(perm []int) int {
	switch {
	case t.a < 0:
		return int(t.first)
	case t.b < 0:
		return int(t.first) + perm[t.a]
	}
	return int(t.first) + perm[t.a]*len(perm) + perm[t.b]
}

// in is what a spot holds.
func (t *spot) in(w []uint64) uint64 {
	v := w[t.word] >> (t.shift & 63)
	if t.next {
		v |= w[t.word+1] << ((64 - t.shift) & 63)
	}
	return v & t.mask
}

// put writes what belongs there; the bits there are 0.
func (at packed) put(w []uint64, v uint64) {
	w[at.word] |= v << (at.shift & 63)
	if at.next {
		w[at.word+1] |= v >> ((64 - at.shift) & 63)
	}
}

// permute writes into out what the joint state becomes when each element goes where perm says.
func (o *Labelling) permute(perm []int, out []uint64) {
	for i, keeps := range o.plan.keeps {
		out[i] = o.w[i] & keeps
	}
	for i := range o.held {
		h := &o.held[i]
		v := h.v
		switch h.spot.kind {
		case plain:
		case mail:
			v = o.shape.row(&h.spot.family.Link, v, perm)
		default:
			v = o.shape.value(v, &h.spot.family.Value, perm)
		}
		o.plan.where[h.spot.goes(perm)].put(out, v)
	}
	for _, f := range o.plan.other {
		for p := range f.Places {
			o.shape.move(f, p, o.w, perm, out)
		}
	}
}
