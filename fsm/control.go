package fsm

// ControlSpace is which tuples of control states (one leaf state an instance) an atomic system can be in, whatever its
// environment does. The generator numbers the joint states of the generated machine by it.
type ControlSpace struct {
	Tuples   [][]int // in the order in which a breadth-first search finds them; the first is the start
	Complete bool    // false: a limit was reached, and no joint machine may be generated
	Reason   string  // why it is not complete
}
