package orbits

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drawn is a random shape, and how to fill a joint state with what may be there.
type drawn struct {
	t     *rapid.T
	shape *Shape
	bits  int
}

// dice throws one of n.
func (d *drawn) dice(n int, of string) int { return rapid.IntRange(0, n-1).Draw(d.t, of) }

// value draws what numbers of a class may be: some have room for numbers that are no elements.
func (d *drawn) value() (v Value, bits int) {
	class := d.dice(len(d.shape.Classes), "class")
	size := d.shape.Classes[class].Size
	if d.dice(2, "set") == 1 {
		lo := -d.dice(2, "below")
		return Value{class, true, lo}, size - lo + d.dice(2, "above")
	}
	lo := -d.dice(2, "below")
	for 1<<bits < size-lo {
		bits++
	}
	return Value{class, false, lo}, bits
}

// family draws a family of places, of which some may be missing, the same ones however elements are permuted.
func (d *drawn) family(first bool) {
	f := Family{Seed: uint64(len(d.shape.Families)+1) * 0x9e3779b97f4a7c15, Value: Value{Class: -1}, Bits: 1 + d.dice(3, "bits")}
	for range d.dice(3, "dimensions") {
		f.Dims = append(f.Dims, d.dice(len(d.shape.Classes), "dimension"))
	}
	switch kind := d.dice(4, "kind"); {
	case first: // what owners hold
		f.Dims = []int{0}
	case kind == 1:
		f.Value, f.Bits = d.value()
	case kind == 0: // small numbers are drawn more often
		d.link(&f)
	case kind == 3:
		f.Bits = 60 + d.dice(80, "wide")
	}
	owned := !first && f.Link.Width == 0 && len(f.Dims) > 0 && f.Dims[0] == 0 && d.dice(2, "dead") == 1
	if owned {
		f.Dead = make([]bool, 1<<d.shape.Families[0].Bits)
		for i := range f.Dead {
			f.Dead[i] = d.dice(2, "dead here") == 1
		}
	}
	apart := d.dice(2, "without itself") == 1
	f.At = []int{-1}
	elements := [][]int{nil}
	for _, class := range f.Dims {
		var longer [][]int
		for _, list := range elements {
			for e := range d.shape.Classes[class].Size {
				longer = append(longer, append(slices.Clone(list), d.shape.Classes[class].First+e))
			}
		}
		elements = longer
	}
	f.At = make([]int, len(elements))
	for i, list := range elements {
		if f.At[i] = -1; apart && len(list) == 2 && list[0] == list[1] {
			continue
		}
		f.At[i] = len(f.Places)
		place := Place{At: d.bits, Elements: list}
		if owned {
			place.Owner, place.OwnerBits = d.shape.Families[0].Places[list[0]].At, d.shape.Families[0].Bits
		}
		f.Places = append(f.Places, place)
		d.bits += f.Bits
	}
	d.shape.Families = append(d.shape.Families, f)
}

// link makes a family one of links, whose messages of the first kind name an element, those of the second two things.
func (d *drawn) link(f *Family) {
	a, n := d.value()
	b, m := d.value()
	k := &f.Link
	k.Fields = [][]Part{nil, {{0, n, a}}, {{0, n, a}, {n, m, b}}}
	k.Room, k.Sorted = rapid.SampledFrom([]int{1, 2, 3, 12}).Draw(d.t, "room"), d.dice(2, "sorted") == 0
	k.TagAt, k.Width = n+m, n+m+2
	if d.dice(2, "counted") == 1 {
		k.TagAt, k.Firsts = 0, []uint64{0, 1, 1 + 1<<n}
	}
	f.Bits = k.Room * k.Width
	if k.Firsts != nil && 1<<n+1<<(n+m) <= 64 && d.dice(2, "a bit each") == 1 {
		k.Set, f.Bits = true, 1<<n+1<<(n+m)
	}
}

// fill draws a joint state. If it is plain, most places hold nothing, and what names elements is a permutation: so elements look
// alike that are not.
func (d *drawn) fill(plain bool) []uint64 {
	w := make([]uint64, d.shape.Words)
	round := rapid.SampledFrom(permutations(d.shape)).Draw(d.t, "round")
	for i := range d.shape.Families {
		f := &d.shape.Families[i]
		idle := plain && d.dice(4, "idle") > 0
		for p := range f.Places {
			if place := &f.Places[p]; f.dead(place, w) {
				continue
			} else if k := f.Value; plain && k.Class >= 0 && !k.Set && len(f.Dims) > 0 && f.Dims[0] == k.Class {
				set(w, place.At, f.Bits, uint64(round[place.Elements[0]]-d.shape.Classes[k.Class].First-k.Lo))
			} else if idle {
				continue
			} else if f.Link.Width > 0 && !f.Link.Set {
				d.messages(f, place.At, w)
			} else {
				for at := 0; at < f.Bits; at += 64 {
					n := min(f.Bits-at, 64)
					set(w, place.At+at, n, rapid.Uint64Range(0, 1<<uint(n)-1).Draw(d.t, "bits"))
				}
			}
		}
	}
	return w
}

// messages draws what is in a link.
func (d *drawn) messages(f *Family, at int, w []uint64) {
	k := &f.Link
	list := make([]uint64, k.Room-d.dice(k.Room+1, "free places"))
	for i := range list {
		kind := 1 + d.dice(2, "kind")
		m := uint64(0)
		for _, part := range k.Fields[kind] {
			m |= rapid.Uint64Range(0, 1<<part.Bits-1).Draw(d.t, "part") << part.At
		}
		if k.Firsts != nil {
			list[i] = k.Firsts[kind] + m
		} else {
			list[i] = uint64(kind)<<k.TagAt | m
		}
	}
	if k.Sorted {
		slices.Sort(list)
	}
	for i, m := range list {
		set(w, at+i*k.Width, k.Width, m)
	}
}

// sound checks what is known of all joint states: what is dead is 0, and messages without an order are sorted.
func (d *drawn) sound(w []uint64) {
	for i := range d.shape.Families {
		f := &d.shape.Families[i]
		for p := range f.Places {
			place := &f.Places[p]
			if f.dead(place, w) {
				for at := 0; at < f.Bits; at += 64 {
					require.Zero(d.t, get(w, place.At+at, min(f.Bits-at, 64)))
				}
			}
			last := uint64(0)
			for m := f.Link.Room - 1; m >= 0 && f.Link.Sorted && !f.Link.Set; m-- {
				here := get(w, place.At+m*f.Link.Width, f.Link.Width)
				require.True(d.t, last == 0 || 0 < here && here <= last)
				last = here
			}
		}
	}
}

// permutations lists all permutations of elements within their classes.
func permutations(s *Shape) [][]int {
	list := [][]int{s.identity()}
	for _, class := range s.Classes {
		for e := class.First + 1; e < class.First+class.Size; e++ {
			for _, perm := range slices.Clone(list) {
				for other := class.First; other < e; other++ {
					next := slices.Clone(perm)
					next[e], next[other] = next[other], next[e]
					list = append(list, next)
				}
			}
		}
	}
	return list
}

// The joint state that stands for another comes from it by a permutation, and stands for all that do. Permuting twice is permuting by
// both, and permuting back changes nothing.
func TestOneStandsForAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &drawn{t: t, shape: &Shape{}}
		for range 1 + d.dice(2, "classes") {
			d.shape.Classes = append(d.shape.Classes, Class{d.shape.elements(), 2 + d.dice(3, "size")})
		}
		for i := range 4 - d.dice(4, "families") {
			d.family(i == 0)
		}
		d.bits += d.dice(10, "what is not permuted")
		d.shape.Words = d.bits/64 + 1
		perms := permutations(d.shape)
		perm := func() []int { return rapid.SampledFrom(perms).Draw(t, "permutation") }
		w, image, again := d.fill(d.dice(3, "plain") < 2), make([]uint64, d.shape.Words), make([]uint64, d.shape.Words)
		first, second := perm(), perm()
		d.shape.Permute(w, first, image)
		d.sound(image)
		d.shape.Permute(image, second, again)
		both := make([]int, len(first))
		for e := range both {
			both[e] = second[first[e]]
		}
		direct := make([]uint64, d.shape.Words)
		d.shape.Permute(w, both, direct)
		require.Equal(t, direct, again)
		back := make([]int, len(first))
		for from, to := range first {
			back[to] = from
		}
		d.shape.Permute(w, first, image)
		d.shape.Permute(image, back, again)
		require.Equal(t, w, again)

		o := New(d.shape)
		least := slices.Clone(w)
		require.True(t, o.First(least))
		found := false
		for _, perm := range perms {
			d.shape.Permute(w, perm, image)
			found = found || slices.Equal(image, least)
			require.True(t, o.First(image))
			require.Equal(t, least, image, "permuted by %v", perm)
		}
		require.True(t, found)
	})
}
