package peers

import "slices"

// Machine is any of the machines that are compared, by numbers: what a comparison needs of it, not what is measured.
type Machine interface {
	// Step takes the event with that number and reports whether it was taken; one that is refused changes nothing.
	Step(event int) bool
	// State is a number of the state, and of what was ordered so far, where anything is ordered.
	State() int
}

// Subject is one way to have a machine.
type Subject struct {
	Name string
	// New is a machine at its start; nil where only a run can be measured.
	New func() Machine
	// Drive prepares a run through events, so that what is measured holds nothing but the machine and its caller's loop: the
	// events are there in the form that its caller would have. The run begins with a new machine and gives the number of
	// events that were taken.
	Drive func(events []int) func() int
}

// Contest is a machine and everybody who has it. The first subject is the measure of the others.
type Contest struct {
	Name     string
	Events   int // how many there are
	Subjects []Subject
	Streams  []string // those that are measured
}

// Contests are all that are measured.
func Contests() []Contest {
	return []Contest{
		{"5 states, 9 events", 9, Connections(), []string{"legal", "cycle", "uniform", "refused"}},
		{"32 states, 32 events", 32, Wides(), []string{"legal", "uniform"}},
		{"5 states, 9 events, effects", 9, Effects(), []string{"legal", "uniform"}},
		{"variables, guards, timers, effects with arguments", uplinkEvents, Uplinks(), []string{"legal", "uniform"}},
		{"two machines at once", 11, Pairs(), []string{"legal", "uniform"}},
	}
}

// as are events in the form of one of the subjects.
func as[E any](events []int, form func(int) E) []E {
	list := make([]E, len(events))
	for i, e := range events {
		list[i] = form(e)
	}
	return list
}

// same reports whether a stream is another again and again.
func same(events, again []int) bool {
	for len(events) > 0 {
		n := min(len(events), len(again))
		if !slices.Equal(events[:n], again[:n]) {
			return false
		}
		events = events[n:]
	}
	return true
}
