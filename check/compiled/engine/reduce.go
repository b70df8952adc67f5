package engine

import "interlock/check/compiled/engine/orbits"

// reducing is what a search notes that explores one state for several: system.go says which.
type reducing struct {
	buried    state // bits of dead variables that were set back
	turns     int   // steps to other states than the one that is expanded, for which that one stands
	unsettled bool  // whether the state that is expanded has a step depends on variables that are dead
	crowded   bool  // some state has too many orders of elements to compare
}

// join takes in what a worker has noted.
func (r *reducing) join(other *reducing) {
	bits := r.buried.row()
	for i, w := range other.buried.row() {
		bits[i] |= w
	}
	r.crowded = r.crowded || other.crowded
}

// label finds the state that stands for n by the labels of elements, which are where the shape says. What is dead is set back.
func (x *explorer) label(n state, shape *orbits.Shape) state {
	if x.labels == nil {
		x.labels = orbits.New(shape)
	}
	if !x.labels.First(n.row()[:]) {
		x.crowded = true
	}
	return n
}
