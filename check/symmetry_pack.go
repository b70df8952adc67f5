package check

import (
	"slices"

	"interlock/check/compiled/engine/orbits"
)

// pack finds where the elements are in packed joint states. If it cannot, it says why.
func (b *shaper) pack() (why string) {
	s := &orbits.Shape{Words: b.p.words}
	for _, class := range b.classes {
		s.Classes = append(s.Classes, orbits.Class{First: class.first, Size: class.size})
	}
	for i, f := range b.families {
		packed, why := b.family(f)
		if why != "" {
			return f.title + " " + why
		}
		packed.Seed = uint64(i+1) * 0x9e3779b97f4a7c15
		if packed.Bits > 0 {
			s.Families = append(s.Families, packed)
		}
	}
	b.packed = s
	return ""
}

// family finds where the cells of a family are packed.
func (b *shaper) family(f *family) (packed orbits.Family, why string) {
	const differ = "is packed in several ways"
	packed = orbits.Family{Dims: f.dims, At: slices.Repeat([]int{-1}, len(f.at)), Value: f.values.packed(0)}
	for i, place := range f.places {
		at, n := b.bitsAt(place.cell, f.link != nil)
		to := orbits.Place{At: at, Elements: place.elements}
		lo := 0
		if f.link == nil && !f.values.set {
			lo = int(b.p.layout.at[place.cell].lo)
		}
		var dead []bool
		if slices.Contains(f.deadIn, true) {
			owner := &b.p.layout.at[place.owner]
			to.Owner, to.OwnerBits = owner.at, int(owner.bits)
			dead = f.deadIn[owner.lo+1:]
		}
		if !f.values.set {
			if i > 0 && packed.Value.Lo != lo {
				return packed, differ
			}
			packed.Value.Lo = lo
		}
		if i > 0 && (packed.Bits != int(n) || !slices.Equal(packed.Dead, dead)) {
			return packed, differ
		}
		packed.Bits, packed.Dead = int(n), dead
		packed.At[b.flat(f, place.elements)] = i
		packed.Places = append(packed.Places, to)
	}
	if f.link == nil {
		return packed, ""
	}
	packed.Link, why = f.packedLink()
	return packed, why
}

// packed says what a kind of values says of them where they are packed as what they are above lo.
func (k kindOf) packed(lo int) orbits.Value {
	if k.set {
		lo = int(k.lo)
	}
	return orbits.Value{Class: k.class, Set: k.set, Lo: lo}
}

// packedLink says how the messages of a link are packed, if they name elements, or where they stand depends on what they hold.
func (f *family) packedLink() (link orbits.Link, why string) {
	shape := f.shape
	parts := make([][]orbits.Part, len(shape.fields))
	names := false
	for message, kinds := range f.fields {
		for i, k := range kinds {
			if at := shape.fields[shape.tag[message]][i]; k.class >= 0 {
				names = true
				parts[shape.tag[message]] = append(parts[shape.tag[message]], orbits.Part{At: at.at, Bits: int(at.bits), Value: k.packed(int(at.lo))})
			}
		}
	}
	switch {
	case !names:
		return link, ""
	case shape.parcel() > 1:
		return link, "holds messages of more than 64 bits"
	}
	return orbits.Link{Width: shape.width, Room: shape.capacity, Sorted: f.link.Bag(), Set: shape.set, TagAt: shape.tagAt, Firsts: shape.firsts, Fields: parts}, ""
}
