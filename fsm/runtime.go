package fsm

import (
	"errors"
	"fmt"
	"sync/atomic"
)

// This file is what generated code needs while it runs.

// RuntimeVersion is the version of what generated code and this package expect of each other. Generated code does not
// compile with another one.
const RuntimeVersion = 1

// MaxTries bounds how often a generated step tries again because another goroutine was faster.
const MaxTries = 1 << 16

// ErrRefused is what every [Refusal] is: errors.Is(err, fsm.ErrRefused).
var ErrRefused = errors.New("fsm: the event is refused")

// ErrSpecChanged says that stored bytes were written by code generated from another spec.
var ErrSpecChanged = errors.New("fsm: written under another spec")

// Cause says why a generated machine refused an event. Whatever it is, nothing has changed.
type Cause uint8

// The causes.
const (
	CauseNone        Cause = iota // it was not refused
	CauseState                    // no transition of the state is enabled for the event
	CauseArgument                 // an argument is outside its type, or an index outside its array
	CauseTimer                    // the timer is not armed
	CauseOrder                    // the timer is held back by an `order`
	CauseOverlap                  // two transitions are enabled at once
	CauseRange                    // a value would leave its range, or an index its array
	CauseDeferred                 // a message of the same step would be deferred
	CauseRunaway                  // the messages of one step go round
	CauseStart                    // `initially` does not allow this start
	CauseUnreachable              // the joint state that the step leads to was not found by the checker
	CauseContention               // other goroutines changed the cell again and again
	numCauses        = int(CauseContention) + 1
)

// String says the cause in words.
func (c Cause) String() string {
	words := [numCauses]string{"it is not refused", "no transition is enabled", "an argument is out of range",
		"the timer is not armed", "another timer goes first", "two transitions are enabled at once", "a value would leave its range",
		"a message in the step would be deferred", "the step does not end", "no start is like this", "no joint state is like this",
		"too many others at the same cell"}
	if int(c) < numCauses {
		return words[c]
	}
	return fmt.Sprintf("Cause(%d)", uint8(c))
}

// Refusal is the error of an event that a generated machine refuses; nothing has changed. State is "" for a start. One value
// serves for all events that are refused alike: it must not be changed.
type Refusal struct {
	Machine, State, Event string
	Cause                 Cause
}

// Error says who refused what, where and why.
func (r *Refusal) Error() string {
	if r.State == "" {
		return fmt.Sprintf("fsm: %s cannot start: %s", r.Machine, r.Cause)
	}
	return fmt.Sprintf("fsm: %s in %s refuses %s: %s", r.Machine, r.State, r.Event, r.Cause)
}

// Is reports that every Refusal is [ErrRefused].
func (r *Refusal) Is(target error) bool { return target == ErrRefused }

// Refusals makes the errors of one generated machine. A refusal allocates nothing, except once for each state and event: their errors
// are made together when the state first refuses the event, and handed out again and again. Any goroutine may use it.
type Refusals struct {
	machine        string
	states, events []string
	cells          []atomic.Pointer[[numCauses]Refusal] // by state and event; the last ones are for what is no state, or no event
}

// NewRefusals returns the errors of a machine by the numbers of its states and events.
func NewRefusals(machine string, states, events []string) *Refusals {
	cells := make([]atomic.Pointer[[numCauses]Refusal], (len(states)+1)*(len(events)+1))
	return &Refusals{machine: machine, states: states, events: events, cells: cells}
}

// Refuse is the error, a *[Refusal], for an event in a state. Numbers that no state or event has are shown as "?".
func (t *Refusals) Refuse(state, event int, cause Cause) error {
	if state < 0 || state >= len(t.states) {
		state = len(t.states)
	}
	if event < 0 || event >= len(t.events) {
		event = len(t.events)
	}
	if int(cause) >= numCauses {
		cause = CauseNone
	}
	at := state*(len(t.events)+1) + event
	cell := t.cells[at].Load()
	if cell == nil {
		cell = t.fill(at, state, event)
	}
	return &cell[cause]
}

// Start is the error, a *[Refusal], of a start.
func (t *Refusals) Start(cause Cause) error { return &Refusal{Machine: t.machine, Cause: cause} }

// Plain are the errors of events that a state has no transition for, by event and then by state, and at their end, by state, those
// of what is no event. They are made at once and stay the caller's.
func (t *Refusals) Plain() []*Refusal {
	list := make([]Refusal, 0, (len(t.events)+1)*len(t.states))
	for event := range len(t.events) + 1 {
		for _, name := range t.states {
			cause := CauseState
			if event == len(t.events) {
				cause = CauseArgument
			}
			list = append(list, Refusal{t.machine, name, nameOr(t.events, event), cause})
		}
	}
	refusals := make([]*Refusal, len(list))
	for i := range list {
		refusals[i] = &list[i]
	}
	return refusals
}

// fill makes the errors of a state and an event. Where two goroutines are the first, both get those of the one that was faster.
func (t *Refusals) fill(at, state, event int) *[numCauses]Refusal {
	cell := &[numCauses]Refusal{}
	for cause := range cell {
		cell[cause] = Refusal{t.machine, nameOr(t.states, state), nameOr(t.events, event), Cause(cause)}
	}
	if !t.cells[at].CompareAndSwap(nil, cell) {
		return t.cells[at].Load()
	}
	return cell
}

func nameOr(names []string, i int) string {
	if within(i, len(names)) {
		return names[i]
	}
	return "?"
}

// Delivery says what became of an event.
type Delivery uint8

// What can become of an event. A deferred message changed nothing: the host keeps it and delivers it again later, and may
// deliver those behind it first.
const (
	DeliveryRefused Delivery = iota
	DeliveryTaken
	DeliveryIgnored
	DeliveryDeferred
)

// String is the word for it.
func (d Delivery) String() string { return nameOr(deliveryNames, int(d)) }

var deliveryNames = []string{"refused", "taken", "ignored", "deferred"}

// Ranges remembers that a value of a step left its range. Where a check fails, it answers with some value in range, and the
// step goes on with it and is refused at its end: generated code has no other way out of the middle of an expression.
type Ranges struct{ failed bool }

// Failed reports whether any check failed.
func (r *Ranges) Failed() bool { return r.failed }

// Fail lets the step fail.
func (r *Ranges) Fail() int64 {
	r.failed = true
	return 0
}

// In is v, which must be in lo..hi.
func (r *Ranges) In(v, lo, hi int64) int64 {
	if v < lo || v > hi {
		r.failed = true
		return lo
	}
	return v
}

// Index is i, which must be an index of an array of n.
func (r *Ranges) Index(i int64, n int) int { return int(r.In(i, 0, int64(n-1))) }

// Div is a / b, where b must not be 0.
func (r *Ranges) Div(a, b int64) int64 {
	if b == 0 {
		return r.Fail()
	}
	return a / b
}

// Rem is a % b, where b must not be 0.
func (r *Ranges) Rem(a, b int64) int64 {
	if b == 0 {
		return r.Fail()
	}
	return a % b
}

// Shl is a << n, where n must be in 0..62.
func (r *Ranges) Shl(a, n int64) int64 { return a << uint(r.In(n, 0, MaxSet)) }

// Shr is a >> n, where n must be in 0..62.
func (r *Ranges) Shr(a, n int64) int64 { return a >> uint(r.In(n, 0, MaxSet)) }

// Bit is the set of v alone, which must be one of lo..hi.
func (r *Ranges) Bit(v, lo, hi int64) int64 { return 1 << uint(r.In(v, lo, hi)-lo) }

// Member reports whether v is in a set of lo..hi; what is outside lo..hi is in none.
func Member(set, v, lo, hi int64) bool { return lo <= v && v <= hi && set>>uint(v-lo)&1 != 0 }

// Count is how many of the conditions are true.
func Count(conditions ...bool) int64 {
	n := int64(0)
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}

// Cond is a if c, otherwise b.
func Cond[T any](c bool, a, b T) T {
	if c {
		return a
	}
	return b
}
