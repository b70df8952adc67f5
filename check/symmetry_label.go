package check

import "slices"

// maxOrders bounds the orders of elements that are compared for one joint state.
const maxOrders = 5040

// labelling finds the joint state that stands for all that come from one by permuting elements: the same for each of them.
//
// Every element has a colour, which says what is known of it without its index: what its own cells hold, and by rounds also
// how it belongs together with elements of which colours. Elements are put in the order of their colours. Where several
// have one colour, either exchanging them changes nothing, or each is tried as the first of them, and the least joint state
// that comes out is taken. (It is how canonical labels of graphs are found.) Colours are hashes: if two that differ ever
// collide, there are more orders to compare and nothing else.
type labelling struct {
	y      *symmetry
	bury   func(c []int64) // sets dead variables back; what they hold may look like an index
	c      []int64         // the joint state, with dead variables set back
	best   []int64
	other  []int64
	found  bool
	orders int
	perm   []int
	sorted []int
	sum    []uint64
	levels [][]uint64 // colours, by depth
	about  []int      // the elements of a fact
}

func newLabelling(y *symmetry, blank []int64, bury func(c []int64)) *labelling {
	return &labelling{y: y, bury: bury, c: blank, best: slices.Clone(blank), other: slices.Clone(blank), perm: make([]int, y.elements),
		sorted: make([]int, y.elements), sum: make([]uint64, y.elements)}
}

// first returns the joint state that stands for the one in c, in memory that the next call uses again.
func (o *labelling) first() []int64 {
	o.found, o.orders = false, 0
	colours := o.level(0)
	for i := range o.y.classes {
		class := &o.y.classes[i]
		for e := range class.size {
			colours[class.first+e] = uint64(i)
		}
	}
	o.round(colours)
	if o.y.single {
		o.leaf(colours)
	} else {
		o.search(0)
	}
	return o.best
}

func (o *labelling) level(depth int) []uint64 {
	if depth == len(o.levels) {
		o.levels = append(o.levels, make([]uint64, o.y.elements))
	}
	return o.levels[depth]
}

// search tries every order that the colours leave open.
func (o *labelling) search(depth int) {
	colours := o.levels[depth]
	o.refine(colours)
	tied := o.tied(colours)
	if tied == nil {
		o.leaf(colours)
		return
	}
	var tried []int
	for _, e := range tied {
		if slices.ContainsFunc(tried, func(t int) bool { return o.twins(t, e) }) {
			continue
		}
		tried = append(tried, e)
		if o.orders >= maxOrders {
			o.y.lost.Store(true)
			return
		}
		next := o.level(depth + 1)
		copy(next, colours)
		next[e] = scramble(next[e] ^ uint64(depth+1)<<32)
		o.search(depth + 1)
	}
}

// tied returns the elements of the first colour that several have and whose exchange changes something; nil: none.
func (o *labelling) tied(colours []uint64) []int {
	o.sort(colours)
	for i := range o.y.classes {
		class := &o.y.classes[i]
		list := o.sorted[class.first : class.first+class.size]
		for from := 0; from < len(list); {
			to := from + 1
			same := true
			for ; to < len(list) && colours[list[to]] == colours[list[from]]; to++ {
				same = same && o.twins(list[from], list[to])
			}
			if !same {
				return slices.Clone(list[from:to])
			}
			from = to
		}
	}
	return nil
}

// sort puts the elements of each class in the order of their colours.
func (o *labelling) sort(colours []uint64) {
	for i := range o.y.classes {
		class := &o.y.classes[i]
		list := o.sorted[class.first : class.first+class.size]
		for n := range list {
			e := class.first + n
			at := n
			for ; at > 0 && colours[list[at-1]] > colours[e]; at-- {
				list[at] = list[at-1]
			}
			list[at] = e
		}
	}
}

// twins reports whether exchanging two elements changes nothing.
func (o *labelling) twins(a, b int) bool {
	for e := range o.perm {
		o.perm[e] = e
	}
	o.perm[a], o.perm[b] = b, a
	o.y.permute(o.c, o.perm, o.other)
	o.bury(o.other)
	return slices.Equal(o.other, o.c)
}

// leaf compares the joint state in the order of the colours with the best so far.
func (o *labelling) leaf(colours []uint64) {
	o.orders++
	o.sort(colours)
	for to, e := range o.sorted {
		o.perm[e] = to
	}
	o.y.permute(o.c, o.perm, o.other)
	o.bury(o.other)
	if !o.found || slices.Compare(o.other, o.best) < 0 {
		o.found = true
		o.best, o.other = o.other, o.best
	}
}

// refine goes on with rounds as long as they tell more elements apart.
func (o *labelling) refine(colours []uint64) {
	n := o.distinct(colours)
	for n < o.y.elements {
		o.round(colours)
		more := o.distinct(colours)
		if more == n {
			return
		}
		n = more
	}
}

func (o *labelling) distinct(colours []uint64) int {
	o.sort(colours)
	n := 0
	for i := range o.y.classes {
		class := &o.y.classes[i]
		list := o.sorted[class.first : class.first+class.size]
		for k, e := range list {
			if k == 0 || colours[list[k-1]] != colours[e] {
				n++
			}
		}
	}
	return n
}

// round gives every element a colour made of its own and of all facts about it.
func (o *labelling) round(colours []uint64) {
	clear(o.sum)
	for _, f := range o.y.families {
		for i := range f.places {
			place := &f.places[i]
			if f.deadIn != nil && f.deadIn[o.c[place.owner]+1] {
				continue
			}
			o.about = append(o.about[:0], place.elements...)
			if f.link == nil {
				o.fact(colours, f.seed, o.c[place.cell], f.values)
			} else {
				o.messages(colours, f, o.c[place.cell:])
			}
		}
	}
	for e := range colours {
		colours[e] = scramble(colours[e] + scramble(o.sum[e]))
	}
}

// messages tells of what is in a link: where a message stands counts only where there is an order.
func (o *labelling) messages(colours []uint64, f *family, link []int64) {
	dims := len(o.about)
	for p := range int(link[0]) {
		message := link[1+p*f.shape.stride : 1+(p+1)*f.shape.stride]
		said := f.seed ^ uint64(message[0]+1)
		if !f.link.Bag() {
			said = scramble(said + uint64(p)<<8)
		}
		o.about = o.about[:dims]
		kinds := f.fields[int(message[0])]
		for i, k := range kinds {
			v := message[1+i]
			if k.class >= 0 && !k.set && v >= 0 && v < int64(o.y.classes[k.class].size) {
				o.about = append(o.about, o.y.classes[k.class].first+int(v))
			} else if k.class < 0 || !k.set {
				said = scramble(said ^ uint64(v+1)<<4 ^ uint64(i))
			}
		}
		o.tell(colours, said)
		for i, k := range kinds {
			if k.class >= 0 && k.set {
				o.fact(colours, scramble(said+uint64(i)), message[1+i], k)
			}
		}
	}
}

// fact tells that a value is held, of the elements in about and of those that it names.
func (o *labelling) fact(colours []uint64, said uint64, v int64, k kindOf) {
	if k.class < 0 {
		o.tell(colours, scramble(said^uint64(v)))
		return
	}
	class, dims := &o.y.classes[k.class], len(o.about)
	if !k.set {
		if v < 0 || v >= int64(class.size) {
			o.tell(colours, scramble(said^uint64(v)))
			return
		}
		o.about = append(o.about, class.first+int(v))
		o.tell(colours, said)
		o.about = o.about[:dims]
		return
	}
	for e := range class.size {
		if at := int64(e) - k.lo; uint64(v)>>uint(at)&1 != 0 {
			o.about = append(o.about, class.first+e)
			o.tell(colours, said)
			o.about = o.about[:dims]
		}
	}
}

// tell adds a fact to the elements that it is about.
func (o *labelling) tell(colours []uint64, said uint64) {
	for _, e := range o.about {
		said = scramble(said ^ colours[e])
	}
	for p, e := range o.about {
		o.sum[e] += scramble(said + uint64(p))
	}
}
