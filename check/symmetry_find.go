package check

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// findSymmetry finds the arrays whose elements may be permuted, proves it, and tells what it found and what it refused.
func (s *search) findSymmetry(dead *deadness) *symmetry {
	sys := s.p.sys
	told := Reduction{By: Symmetry}
	x := newIndexing(sys)
	if len(x.arrays) == 0 {
		return nil // nothing to tell of
	}
	refuse := func(why string) *symmetry {
		s.reductions = append(s.reductions, Reduction{By: Symmetry, Why: why})
		return nil
	}
	for _, w := range s.watches {
		if w.lives() {
			return refuse("what is fair is asked of each instance by itself, and " + Title(w.property) + " is about runs that never end")
		}
	}
	x.run(s.properties())
	roots, refused := x.classes()
	for c := 0; c < len(roots); {
		why := s.provable(x, roots, c, dead)
		if why == "" {
			c++
			continue
		}
		refused = append(refused, x.names(x.root(roots[c]))+": "+why)
		roots = slices.Delete(roots, c, c+1)
		c = 0 // what counted as an index no longer does
	}
	if len(roots) == 0 && len(refused) == 0 {
		return nil // arrays of one element have nothing to exchange
	}
	if len(roots) == 0 {
		return refuse(strings.Join(refused, "; "))
	}
	shape, why := newSymmetry(s.p, x, roots, dead)
	if why != "" {
		return refuse(why)
	}
	widened, why := s.widened(shape, x, roots, dead)
	if why != "" {
		return refuse(why)
	}
	for _, w := range widened {
		s.widen(w, shape, x, roots)
	}
	var of []string
	for _, class := range shape.classes {
		of = append(of, fmt.Sprintf("%s (%d!)", class.name, class.size))
	}
	told.Of = strings.Join(of, ", ")
	s.reductions = append(s.reductions, told)
	if len(refused) > 0 {
		refuse(strings.Join(refused, "; "))
	}
	return shape
}

// provable returns why the elements of a class cannot be permuted, or an empty string.
func (s *search) provable(x *indexing, roots []int, class int, dead *deadness) string {
	size := 0
	for _, a := range x.arrays {
		if x.class(a.node, roots) == class {
			size = a.size
		}
	}
	for _, perm := range generators(size) {
		y := &sameness{x: x, roots: roots, class: class, perm: perm, dead: dead}
		if why := y.prove(); why != "" {
			return why
		}
		for _, w := range s.watches {
			if !w.widens() && (!y.same(w.property.P) || !y.same(w.property.Q)) {
				return Title(w.property) + " singles out one"
			}
		}
	}
	return ""
}

// same reports whether a condition of the system is its own image.
func (y *sameness) same(e *fsm.Expr) bool {
	y.vars = nil
	return y.form(e) == y.form(y.image(e))
}

// widens reports whether a property that singles an element out can be asked of all elements at once: it is about single
// joint states, and its value is always known.
func (w *watch) widens() bool {
	kind := w.property.Kind
	return w.sure && (kind == fsm.Never || kind == fsm.Always || kind == fsm.Reachable)
}

// maxOrbit bounds the images of one property.
const maxOrbit = 1024

// orbit is a property that singles elements out, with all its images: if the starts are symmetric, some run shows it of these
// elements where some run shows it of others.
type orbit struct {
	conds []cond
	perms [][]int // by condition: it is the image of the property by this permutation of elements
}

// widened lists what is asked of properties that single elements out. It returns why that cannot be asked of all elements.
func (s *search) widened(shape *symmetry, x *indexing, roots []int, dead *deadness) (list []*watch, why string) {
	for _, w := range s.watches {
		images, _ := s.images(w.property.P, shape, x, roots)
		switch {
		case len(images) == 1:
			continue
		case len(images) > maxOrbit:
			return nil, Title(w.property) + " singles out some, of too many"
		case !s.startAlike(shape, dead):
			return nil, Title(w.property) + " singles out one, and the starts are not symmetric"
		}
		list = append(list, w)
	}
	return list, ""
}

// widen asks the images of a property that singles elements out along with it.
func (s *search) widen(w *watch, shape *symmetry, x *indexing, roots []int) {
	k := newCompiler(s.p, fsm.OwnInstance)
	images, perms := s.images(w.property.P, shape, x, roots)
	w.orbit = &orbit{perms: perms}
	for _, e := range images {
		w.orbit.conds = append(w.orbit.conds, k.cond(e))
	}
	w.asks = anyOf(images)
	if w.property.Kind == fsm.Always {
		w.asks = &fsm.Expr{Op: fsm.OpAnd, Type: fsm.BoolType, Args: images}
	}
	w.p = k.cond(w.asks)
	for _, p := range w.premises {
		of, _ := s.images(p.of, shape, x, roots)
		p.of = anyOf(of)
		p.e = k.cond(p.of)
	}
}

// images lists a condition and its images by all permutations of elements, and those permutations; more than maxOrbit of them
// only to show that there are.
func (s *search) images(e *fsm.Expr, shape *symmetry, x *indexing, roots []int) (list []*fsm.Expr, perms [][]int) {
	if _, known := x.node[e]; !known && e.Op == fsm.OpConst {
		return []*fsm.Expr{e}, [][]int{shape.identity()}
	}
	var makers []*sameness
	for c, class := range shape.classes {
		for _, perm := range generators(class.size) {
			y := &sameness{x: x, roots: roots, class: c, perm: perm}
			y.sameLinks()
			makers = append(makers, y)
		}
	}
	list, perms = []*fsm.Expr{e}, [][]int{shape.identity()}
	seen := map[string]bool{makers[0].form(e): true}
	for i := 0; i < len(list) && len(list) <= maxOrbit; i++ {
		for _, y := range makers {
			image := y.image(list[i])
			form := y.form(image)
			if seen[form] {
				continue
			}
			seen[form] = true
			perm := slices.Clone(perms[i])
			class := shape.classes[y.class]
			for from, to := range perm {
				if to >= class.first && to < class.first+class.size {
					perm[from] = class.first + int(y.perm[to-class.first])
				}
			}
			list, perms = append(list, image), append(perms, perm)
		}
	}
	return list, perms
}

// identity leaves every element where it is.
func (y *symmetry) identity() []int {
	perm := make([]int, y.elements)
	for e := range perm {
		perm[e] = e
	}
	return perm
}

// maxStarts bounds the starts that are compared.
const maxStarts = 1 << 16

// startAlike reports whether permuting elements turns starts into starts, dead variables aside.
func (s *search) startAlike(shape *symmetry, dead *deadness) bool {
	r := &reduction{dead: dead}
	if dead != nil {
		r.reset(s.p)
	}
	x := newExec(s.p)
	starts := map[string]bool{}
	var states [][]uint64
	x.starts(func(step) {
		x.halted = len(starts) > maxStarts
		if x.end != done || slices.ContainsFunc(s.initially, func(e cond) bool { v, _ := x.ask(e); return !v }) {
			return
		}
		w := slices.Clone(x.w)
		r.bury(s.p, w)
		if key := fmt.Sprint(w); !starts[key] {
			starts[key] = true
			states = append(states, w)
		}
	})
	image := make([]uint64, s.p.words)
	for _, w := range states {
		for first, class := range shape.classes {
			for _, perm := range generators(class.size) {
				shape.packed.Permute(w, shape.of(first, perm), image)
				if !starts[fmt.Sprint(image)] {
					return false
				}
			}
		}
	}
	return len(starts) <= maxStarts
}

// of is a permutation of the indices of a class, as one of all elements.
func (y *symmetry) of(class int, perm []int64) []int {
	all := y.identity()
	for i, to := range perm {
		all[y.classes[class].first+i] = y.classes[class].first + int(to)
	}
	return all
}

// show is a shortest run that shows what a property of single joint states comes to.
func (s *search) show(w *watch) *fsm.Trace {
	run := s.traceTo(w.first)
	if w.orbit == nil {
		return run
	}
	x := newExec(s.p)
	end := &run.Start
	if n := len(run.Steps); n > 0 {
		end = run.Steps[n-1].Outcome.Joint
	}
	s.p.load(end, x.w)
	i := slices.IndexFunc(w.orbit.conds, func(e cond) bool {
		v, _ := x.ask(e)
		return v == (w.property.Kind != fsm.Always)
	})
	back := make([]int, len(w.orbit.perms[i]))
	for from, to := range w.orbit.perms[i] {
		back[to] = from
	}
	return s.exchanged(run, back)
}

// exchanged is a run with the elements permuted. What dead variables are in it is found out anew.
func (s *search) exchanged(run *fsm.Trace, perm []int) *fsm.Trace {
	r := s.p.reduce
	defer func() { s.p.reduce = r }()
	s.p.reduce = &reduction{dead: r.dead, resets: r.resets, never: r.never, hits: r.hits}
	var states [][]uint64
	add := func(j *fsm.Joint) {
		w, image := make([]uint64, s.p.words), make([]uint64, s.p.words)
		s.p.load(j, w)
		r.bury(s.p, w)
		r.shape.packed.Permute(w, perm, image)
		states = append(states, image)
	}
	add(&run.Start)
	for _, step := range run.Steps {
		add(step.Outcome.Joint)
	}
	return s.p.follow(states).trace
}
