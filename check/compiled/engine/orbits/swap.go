package orbits

// swap is two places that exchanging two elements exchanges with one another, or one that stays and may name elements.
type swap struct {
	family *Family
	a, b   int
}

// twins reports whether exchanging two elements changes nothing.
func (o *Labelling) twins(a, b int) bool {
	n := len(o.perm)
	list := o.swaps[a*n+b]
	if list == nil {
		list = o.shape.swapsOf(a, b)
		o.swaps[a*n+b], o.swaps[b*n+a] = list, list
	}
	for e := range o.perm {
		o.perm[e] = e
	}
	o.perm[a], o.perm[b] = b, a
	for i := range list {
		if !o.exchangeable(&list[i]) {
			return false
		}
	}
	return true
}

// swapsOf lists what exchanging two elements may change.
func (s *Shape) swapsOf(a, b int) []swap {
	perm := s.identity()
	perm[a], perm[b] = b, a
	list := []swap{}
	for i := range s.Families {
		f := &s.Families[i]
		for p := range f.Places {
			q := s.image(f, &f.Places[p], perm)
			if p < q || p == q && (f.Value.Class >= 0 || f.Link.Width > 0) {
				list = append(list, swap{f, p, q})
			}
		}
	}
	return list
}

// exchangeable reports whether two places hold each the image of what the other holds.
func (o *Labelling) exchangeable(p *swap) bool {
	f := p.family
	from, to := &f.Places[p.a], &f.Places[p.b]
	switch {
	case f.Link.Width > 0:
		o.shape.moveLink(f, o.w, from.At, o.perm, o.other, to.At)
		return equal(o.w, to.At, o.other, to.At, f.Bits)
	case f.Value.Class < 0:
		return p.a == p.b || equal(o.w, from.At, o.w, to.At, f.Bits)
	case f.dead(from, o.w):
		return f.dead(to, o.w) // states come first, so that owners hold the same
	}
	return o.shape.value(get(o.w, from.At, f.Bits), &f.Value, o.perm) == get(o.w, to.At, f.Bits)
}

// equal reports whether n bits are the same in two places.
func equal(v []uint64, at int, w []uint64, to, n int) bool {
	for i := 0; i < n; i += 64 {
		size := min(n-i, 64)
		if get(v, at+i, size) != get(w, to+i, size) {
			return false
		}
	}
	return true
}
