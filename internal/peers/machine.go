package peers

// Machine is any of the machines that are compared, by numbers: what a comparison needs of it, not what is measured.
type Machine interface {
	// Step takes the event with that number and reports whether it was taken; one that is refused changes nothing.
	Step(event int) bool
	// State is the number of the state.
	State() int
}

// Subject is one way to have a machine.
type Subject struct {
	Name string
	// New is a machine at its start.
	New func() Machine
	// Drive prepares a run through events, so that what is measured holds nothing but the machine and its caller's loop: the
	// events are there in the form that its caller would have. The run begins with a new machine and gives the number of
	// events that were taken.
	Drive func(events []int) func() int
}

// as are events in the form of one of the subjects.
func as[E any](events []int, form func(int) E) []E {
	list := make([]E, len(events))
	for i, e := range events {
		list[i] = form(e)
	}
	return list
}
