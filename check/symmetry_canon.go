package check

import (
	"fmt"
	"slices"
	"sync/atomic"

	"interlock/check/compiled/engine/orbits"
	"interlock/fsm"
)

// symmetry says where in the cells of a joint state the instances of arrays and the indices into them are, so that they
// can be permuted. An element is an index of a class; elements are numbered over all classes. It is not changed when built.
type symmetry struct {
	classes  []indexClass
	elements int
	families []*family
	sheaves  []sheaf // by class, if every element has bits of its own; otherwise nil
	packed   *orbits.Shape
	lost     atomic.Bool
}

// indexClass is the indices of arrays of one size.
type indexClass struct {
	name        string
	first, size int // of its elements
}

// family is cells that a permutation exchanges among one another: the states of an array, a variable of each of its
// instances, an array with an index as a dimension, the links between two arrays.
type family struct {
	dims   []int // classes
	places []familyPlace
	at     []int // the cell, by the indices of the dimensions, the first the slowest
	values kindOf
	deadIn []bool      // by leaf state + 1 of the owner: what is there says nothing; nil: never
	link   *fsm.Link   // the cells are a whole link
	shape  *linkLayout // of link
	fields []fields    // of link, by message
	title  string      // of what holds indices
}

// fields are the kinds of the fields of a message.
type fields []kindOf

type familyPlace struct {
	cell     int
	elements []int
	owner    int // the instance of deadIn
}

// kindOf says whether a value is an index, or a set of indices, of a class; -1: neither.
type kindOf struct {
	class int
	set   bool
	lo    int64 // what bit 0 of a set stands for
}

// coordinate is a dimension of a family: an index of a class, or, without a class, a number that only names the family.
type coordinate struct{ class, index int }

// shaper builds a symmetry.
type shaper struct {
	*symmetry
	p     *program
	x     *indexing
	roots []int
	dead  *deadness
	known map[string]*family
}

// newSymmetry finds where elements are. If it cannot, it says why.
func newSymmetry(p *program, x *indexing, roots []int, dead *deadness) (y *symmetry, why string) {
	b := &shaper{symmetry: &symmetry{}, p: p, x: x, roots: roots, dead: dead, known: map[string]*family{}}
	for _, r := range roots {
		i := slices.IndexFunc(x.arrays, func(a array) bool { return x.root(a.node) == x.root(r) })
		b.classes = append(b.classes, indexClass{x.names(x.root(r)), b.elements, x.arrays[i].size})
		b.elements += x.arrays[i].size
	}
	b.instances()
	b.variables()
	b.links()
	b.bundle()
	return b.symmetry, b.pack()
}

// arity is how many elements a fact of the family may be about.
func (f *family) arity() int {
	n, most := 0, 0
	for _, p := range f.places {
		n = max(n, len(slices.Compact(slices.Sorted(slices.Values(p.elements)))))
	}
	if f.values.class >= 0 {
		n++
	}
	for _, kinds := range f.fields {
		k := 0
		for _, kind := range kinds {
			if kind.class >= 0 {
				k++
			}
		}
		most = max(most, k)
	}
	return n + most
}

// of is the coordinate of an instance.
func (b *shaper) of(instance int) coordinate {
	if a := b.x.arrayOf(instance); a != nil {
		if class := b.x.class(a.node, b.roots); class >= 0 {
			return coordinate{class, instance - a.first}
		}
	}
	return coordinate{-1, instance}
}

// group names an instance but for what its coordinate says.
func (b *shaper) group(instance int) string { return b.p.sys.Instances[instance].Group }

// kind is that of the values of a type whose node is known.
func (b *shaper) kind(t *fsm.Type, node int) kindOf {
	k := kindOf{class: b.x.class(node, b.roots)}
	if t = t.Scalar(); t.Kind == fsm.Set {
		k.set, k.lo = true, t.Elem.Lo
	}
	return k
}

// add puts cells into their family; what no permutation moves or changes has none.
func (b *shaper) add(name string, at []coordinate, cell, owner int, values kindOf) *family {
	var elements, dims []int
	for _, c := range at {
		if c.class < 0 || c.index >= b.classes[c.class].size {
			name += fmt.Sprint(" ", c.index)
			continue
		}
		name += fmt.Sprintf(" %d*", c.class)
		dims = append(dims, c.class)
		elements = append(elements, b.classes[c.class].first+c.index)
	}
	f := b.known[name]
	if f == nil {
		size := 1
		for _, class := range dims {
			size *= b.classes[class].size
		}
		f = &family{dims: dims, at: make([]int, size), values: values}
		b.known[name] = f
		if len(dims) > 0 || values.class >= 0 {
			b.families = append(b.families, f)
		}
	}
	f.places = append(f.places, familyPlace{cell, elements, owner})
	f.at[b.flat(f, elements)] = cell
	return f
}

// flat is the number of a place of a family, by its elements.
func (y *symmetry) flat(f *family, elements []int) int {
	n := 0
	for d, class := range f.dims {
		n = n*y.classes[class].size + elements[d] - y.classes[class].first
	}
	return n
}

// plainValue is the kind of what is no index.
var plainValue = kindOf{class: -1}

// instances adds the states, timers and crashes of instances.
func (b *shaper) instances() {
	for i := range b.p.sys.Instances {
		at := []coordinate{b.of(i)}
		b.add("state "+b.group(i), at, i, i, plainValue)
		for t := range b.p.sys.MachineOf(i).Timers {
			b.add(fmt.Sprint("timer ", b.group(i), t), at, b.p.timers+b.p.sys.TimerSlot(i, t), i, plainValue)
		}
		n := 0
		for c, crash := range b.p.sys.Crashes {
			if crash.Instance == i {
				b.add(fmt.Sprint("crash ", b.group(i), n), at, b.p.crash+c, i, plainValue)
				n++
			}
		}
	}
}

// variables adds the variables of the system and of instances.
func (b *shaper) variables() {
	sys := b.p.sys
	for v, variable := range sys.Vars {
		if b.dead == nil || b.dead.read[v] {
			b.slots(fmt.Sprint("var ", v), variable.Name, nil, variable.Type, b.x.system[v], b.p.vars+sys.SystemSlot(v), -1, nil)
		}
	}
	for i, in := range sys.Instances {
		m := sys.MachineOf(i)
		for v, variable := range m.Vars {
			if variable.Shared {
				continue
			}
			var deadIn []bool
			if b.dead != nil {
				for state := fsm.Down; state < len(m.States); state++ {
					deadIn = append(deadIn, b.dead.dead(in.Machine, state, v))
				}
			}
			b.slots(fmt.Sprint("var ", b.group(i), v), m.Name+"."+variable.Name, []coordinate{b.of(i)}, variable.Type, b.x.varNodes(in.Machine, v),
				b.p.vars+sys.VarSlot(i, v), i, deadIn)
		}
	}
}

func (b *shaper) slots(name, title string, at []coordinate, t *fsm.Type, nodes []int, cell, owner int, deadIn []bool) {
	if t.Kind != fsm.Array {
		f := b.add(name, at, cell, owner, b.kind(t, nodes[0]))
		f.deadIn, f.title = deadIn, title
		return
	}
	class := b.x.class(nodes[1], b.roots)
	for i := range t.Len {
		inner := append(slices.Clone(at), coordinate{class, i})
		b.slots(name, title, inner, t.Elem, append([]int{nodes[0]}, nodes[2:]...), cell+i*t.Elem.Slots(), owner, deadIn)
	}
}

// links adds the links that store messages.
func (b *shaper) links() {
	sys := b.p.sys
	for l, link := range sys.Links {
		shape := &b.p.layout.links[l]
		if shape.capacity == 0 {
			continue
		}
		name := fmt.Sprint("link ", b.group(link.From), " ", b.group(link.To), link.Carries)
		f := b.add(name, []coordinate{b.of(link.From), b.of(link.To)}, shape.cell, link.From, plainValue)
		if f.link != nil {
			continue
		}
		f.link, f.shape, f.fields, f.title = link, shape, make([]fields, len(sys.Spec.Messages)), "the link "+link.Name
		indexed := false
		for _, m := range link.Carries {
			var kinds fields
			for i, field := range sys.Spec.Messages[m].Fields {
				kinds = append(kinds, b.kind(field.Type, b.x.fields[m][i]))
				indexed = indexed || kinds[i].class >= 0
			}
			f.fields[m] = kinds
		}
		if indexed && len(f.dims) == 0 {
			b.families = append(b.families, f)
		}
	}
}
