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
	for _, w := range s.watches {
		if w.lives() {
			told.Why = "what is fair is asked of each instance by itself, and " + Title(w.property) + " is about runs that never end"
			s.reductions = append(s.reductions, told)
			return nil
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
	if len(roots) == 0 {
		told.Why = strings.Join(refused, "; ")
		s.reductions = append(s.reductions, told)
		return nil
	}
	shape := newSymmetry(s.p, x, roots, dead)
	var of []string
	for _, class := range shape.classes {
		of = append(of, fmt.Sprintf("%s (%d!)", class.name, class.size))
	}
	told.Of = strings.Join(of, ", ")
	s.reductions = append(s.reductions, told)
	if len(refused) > 0 {
		s.reductions = append(s.reductions, Reduction{By: Symmetry, Why: strings.Join(refused, "; ")})
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
		for _, p := range s.properties() {
			for _, e := range []*fsm.Expr{p.P, p.Q} {
				if y.form(e) != y.form(y.image(e)) {
					return Title(p) + " singles out one"
				}
			}
		}
	}
	return ""
}
