package orbits

import (
	"math/bits"
	"slices"
)

// maxOrders bounds the orders of elements that are compared for one joint state.
const maxOrders = 5040

// Labelling finds the joint state that stands for all that come from one by permuting elements. It has memory for that, and is
// for one goroutine.
//
// Every element has a colour, which says what is known of it without its index: what its own bits hold, and by rounds also
// how it belongs together with elements of which colours. Elements are put in the order of their colours. Where several
// have one colour, either exchanging them changes nothing, or each is tried as the first of them, and the least joint state
// that comes out is taken. (It is how canonical labels of graphs are found.) Colours are hashes: if two that differ ever
// collide, there are more orders to compare and nothing else.
type Labelling struct {
	shape  *Shape
	w      []uint64 // the joint state
	best   []uint64
	other  []uint64
	found  bool
	orders int
	perm   []int
	sorted []int
	sum    []uint64
	levels []level
	plan   *plan
	memo   memo
	held   []held // what spots hold
	pairs  []pair
	facts  []fact // about more elements than two
	about  []int  // the elements of facts, one fact behind the other
	began  int    // where those of the last one begin
	swaps  [][]swap
}

// level is what is known at one depth of the search.
type level struct {
	colours     []uint64
	tied, tried []int
}

// pair is something that is said of two elements in an order.
type pair struct {
	said uint64
	a, b int
}

// fact is something that is said of several elements in an order: about[from:to].
type fact struct {
	said     uint64
	from, to int
}

// New makes a labelling by a shape.
func New(s *Shape) *Labelling {
	n := s.elements()
	return &Labelling{shape: s, w: make([]uint64, s.Words), best: make([]uint64, s.Words), other: make([]uint64, s.Words),
		perm: make([]int, n), sorted: make([]int, n), sum: make([]uint64, n), swaps: make([][]swap, n*n), plan: newPlan(s), memo: newMemo(s.Words)}
}

// First makes of w, in which what is dead is 0, the joint state that stands for it. That it is not ok says that there are too many
// orders to compare: what is in w is another of those that come from one, but not the same for all of them.
func (o *Labelling) First(w []uint64) (ok bool) {
	row := o.memo.row(w)
	if o.memo.knows(row, w) {
		copy(w, row[1+len(w):])
		return true
	}
	copy(o.w, w)
	o.found, o.orders = false, 0
	o.gather()
	if ok = o.search(0); ok {
		o.memo.learn(row, w, o.best)
	}
	copy(w, o.best)
	return ok
}

func (o *Labelling) level(depth int) *level {
	if depth == len(o.levels) {
		o.levels = append(o.levels, level{colours: make([]uint64, len(o.perm))})
	}
	return &o.levels[depth]
}

// search tries every order that the colours leave open. It reports whether they are not too many.
func (o *Labelling) search(depth int) (ok bool) {
	o.refine(o.levels[depth].colours)
	if !o.findTied(depth) {
		o.leaf()
		return true
	}
	o.levels[depth].tried = o.levels[depth].tried[:0]
	for _, e := range o.levels[depth].tied {
		if slices.ContainsFunc(o.levels[depth].tried, func(t int) bool { return o.twins(t, e) }) {
			continue
		}
		o.levels[depth].tried = append(o.levels[depth].tried, e)
		if o.orders >= maxOrders {
			return false
		}
		next := o.level(depth + 1).colours
		copy(next, o.levels[depth].colours)
		next[e] = scramble(next[e] ^ uint64(depth+1)<<32)
		if !o.search(depth + 1) {
			return false
		}
	}
	return true
}

// findTied finds, where the elements are sorted, the elements of the first colour that several have and whose exchange changes something. It reports whether there
// are some.
func (o *Labelling) findTied(depth int) bool {
	l := &o.levels[depth]
	for i := range o.shape.Classes {
		class := &o.shape.Classes[i]
		list := o.sorted[class.First : class.First+class.Size]
		for from := 0; from < len(list); {
			to := from + 1
			same := true
			for ; to < len(list) && l.colours[list[to]] == l.colours[list[from]]; to++ {
				same = same && o.twins(list[from], list[to])
			}
			if !same {
				l.tied = append(l.tied[:0], list[from:to]...)
				return true
			}
			from = to
		}
	}
	return false
}

// sort puts the elements of each class in the order of their colours.
func (o *Labelling) sort(colours []uint64) {
	for i := range o.shape.Classes {
		class := &o.shape.Classes[i]
		list := o.sorted[class.First : class.First+class.Size]
		for n := range list {
			e := class.First + n
			at := n
			for ; at > 0 && colours[list[at-1]] > colours[e]; at-- {
				list[at] = list[at-1]
			}
			list[at] = e
		}
	}
}

// leaf compares the joint state in the order of the colours with the best so far.
func (o *Labelling) leaf() {
	o.orders++
	for to, e := range o.sorted {
		o.perm[e] = to
	}
	o.permute(o.perm, o.other)
	if !o.found || slices.Compare(o.other, o.best) < 0 {
		o.found = true
		o.best, o.other = o.other, o.best
	}
}

// refine goes on with rounds as long as they tell more elements apart. Then the elements are sorted.
func (o *Labelling) refine(colours []uint64) {
	n := o.distinct(colours)
	for n < len(colours) && len(o.pairs)+len(o.facts) > 0 {
		o.round(colours)
		more := o.distinct(colours)
		if more == n {
			return
		}
		n = more
	}
}

// distinct sorts the elements, and tells how many colours there are.
func (o *Labelling) distinct(colours []uint64) int {
	o.sort(colours)
	n := 0
	for i := range o.shape.Classes {
		class := &o.shape.Classes[i]
		list := o.sorted[class.First : class.First+class.Size]
		for k, e := range list {
			if k == 0 || colours[list[k-1]] != colours[e] {
				n++
			}
		}
	}
	return n
}

// round gives every element a colour made of its own and of all facts about it and others.
func (o *Labelling) round(colours []uint64) {
	clear(o.sum)
	for i := range o.pairs {
		p := &o.pairs[i]
		a, b := colours[p.a], colours[p.b]
		o.sum[p.a] += scramble(p.said ^ b)
		o.sum[p.b] += scramble(^p.said ^ a)
	}
	for i := range o.facts {
		f := &o.facts[i]
		said, about := f.said, o.about[f.from:f.to]
		for _, e := range about {
			said = scramble(said ^ colours[e])
		}
		for p, e := range about {
			o.sum[e] += scramble(said + uint64(p))
		}
	}
	for e := range colours {
		colours[e] = scramble(colours[e] + scramble(o.sum[e]))
	}
}

// gather finds all facts: what is said of one element goes into its first colour. Where all is 0, and that names nobody, there is
// nothing to tell, as that is said of all elements in this way.
func (o *Labelling) gather() {
	clear(o.sum)
	o.held, o.pairs, o.facts, o.about = o.held[:0], o.pairs[:0], o.facts[:0], o.about[:0]
	for i := range o.plan.spots {
		t := &o.plan.spots[i]
		v := t.in(o.w)
		switch {
		case v == 0 && t.kind != naming:
			continue
		case t.kind == mail:
			o.row(t.family, v, t.place)
		case t.kind != plain:
			if v == 0 && t.family.dead(t.place, o.w) {
				continue
			}
			o.named(t.seed, v, &t.family.Value, t.place)
		case t.b < 0:
			o.sum[t.a] += scramble(t.seed ^ v)
		default:
			o.pairs = append(o.pairs, pair{scramble(t.seed ^ v), int(t.a), int(t.b)})
		}
		o.held = append(o.held, held{t, v})
	}
	for _, f := range o.plan.other {
		for p := range f.Places {
			o.place(f, &f.Places[p])
		}
	}
	colours := o.level(0).colours
	for i, class := range o.shape.Classes {
		for e := class.First; e < class.First+class.Size; e++ {
			colours[e] = scramble(o.sum[e] + uint64(i))
		}
	}
}

// place tells of a place that is no spot.
func (o *Labelling) place(f *Family, place *Place) {
	if f.dead(place, o.w) {
		return
	}
	switch {
	case f.Link.Width > 0:
		o.messages(f, place)
		return
	case f.Value.Class >= 0:
		o.named(f.Seed, get(o.w, place.At, f.Bits), &f.Value, place)
		return
	}
	said, some := f.Seed, false
	for at := 0; at < f.Bits; at += 64 {
		v := get(o.w, place.At+at, min(f.Bits-at, 64))
		some = some || v != 0
		said = scramble(said ^ v)
	}
	if some {
		o.begin(place)
		o.tell(said)
	}
}

// named tells of the elements that a number names.
func (o *Labelling) named(said, v uint64, k *Value, place *Place) {
	class := &o.shape.Classes[k.Class]
	if !k.Set {
		o.begin(place)
		if e := int(v) + k.Lo; e >= 0 && e < class.Size {
			o.about = append(o.about, class.First+e)
		} else {
			said = scramble(said ^ v)
		}
		o.tell(said)
		return
	}
	beyond := uint64(0)
	for ; v != 0; v &= v - 1 {
		bit := bits.TrailingZeros64(v)
		if e := bit + k.Lo; e >= 0 && e < class.Size {
			o.begin(place)
			o.about = append(o.about, class.First+e)
			o.tell(said)
		} else {
			beyond |= 1 << uint(bit)
		}
	}
	if beyond != 0 {
		o.begin(place)
		o.tell(scramble(said ^ beyond))
	}
}

// messages tells of what is in a link: where a message stands counts only where there is an order.
func (o *Labelling) messages(f *Family, place *Place) {
	if f.Bits <= 64 {
		o.row(f, get(o.w, place.At, f.Bits), place)
		return
	}
	for p := range f.Link.Room {
		if m := get(o.w, place.At+p*f.Link.Width, f.Link.Width); m != 0 {
			o.message(&f.Link, f.seedAt(p), m, place)
		}
	}
}

// row tells of what is in a link that takes no more than a word.
func (o *Labelling) row(f *Family, row uint64, place *Place) {
	k := &f.Link
	if k.Set {
		for ; row != 0; row &= row - 1 {
			o.message(k, f.Seed, uint64(bits.TrailingZeros64(row))+1, place)
		}
		return
	}
	for p := 0; row != 0; p, row = p+1, row>>uint(k.Width) {
		o.message(k, f.seedAt(p), row&(1<<uint(k.Width)-1), place)
	}
}

// seedAt is what is said of a message at a place of a link, whatever the message is.
func (f *Family) seedAt(p int) uint64 {
	if f.Link.Sorted {
		return f.Seed
	}
	return scramble(f.Seed + uint64(p))
}

// message tells of a message.
func (o *Labelling) message(k *Link, said, m uint64, place *Place) {
	kind, first := k.kind(m)
	m -= first
	said = scramble(said ^ uint64(kind))
	rest := m // but for what names elements
	for i := range k.Fields[kind] {
		part := &k.Fields[kind][i]
		v := part.of(m)
		if class := &o.shape.Classes[part.Value.Class]; part.Value.Set || int(v)+part.Value.Lo < class.Size {
			rest &^= v << uint(part.At)
		}
	}
	said = scramble(said ^ rest)
	o.begin(place)
	for i := range k.Fields[kind] {
		part := &k.Fields[kind][i]
		v := part.of(m)
		if class := &o.shape.Classes[part.Value.Class]; !part.Value.Set && int(v)+part.Value.Lo >= 0 && int(v)+part.Value.Lo < class.Size {
			o.about = append(o.about, class.First+int(v)+part.Value.Lo)
		}
	}
	o.tell(said)
	for i := range k.Fields[kind] {
		if part := &k.Fields[kind][i]; part.Value.Set {
			o.named(scramble(said+uint64(i)), part.of(m), &part.Value, place)
		}
	}
}

// of is the bits of a part of a message.
func (p *Part) of(m uint64) uint64 { return m >> uint(p.At) & (1<<uint(p.Bits) - 1) }

// begin begins a fact about the elements of a place.
func (o *Labelling) begin(place *Place) {
	o.began = len(o.about)
	o.about = append(o.about, place.Elements...)
}

// tell ends a fact. If it is about one element it is part of its first colour; about none, it says nothing.
func (o *Labelling) tell(said uint64) {
	switch about := o.about[o.began:]; len(about) {
	case 0:
	case 1:
		o.sum[about[0]] += scramble(said)
	case 2:
		o.pairs = append(o.pairs, pair{said, about[0], about[1]})
	default:
		o.facts = append(o.facts, fact{said, o.began, len(o.about)})
		return
	}
	o.about = o.about[:o.began]
}

// scramble mixes up a number.
func scramble(v uint64) uint64 {
	hi, lo := bits.Mul64(v^0xa0761d6478bd642f, 0xe7037ed1a0b428db)
	return hi ^ lo
}
