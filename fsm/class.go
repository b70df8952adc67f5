package fsm

import "time"

// MaxTimers is how many timers a [Class] can tell apart: each has a bit in a word.
const MaxTimers = 64

// Class says of a generated joint machine what code must know that keeps many of them without knowing which they are: package
// fleet does. S is the joint value, E the plain event, F the effects of a step. Generated code has one for each atomic
// system, named XClass for the system X; nothing else makes one. It does not change, and its functions are for any goroutine,
// change nothing, tell no observer and allocate nothing, but for Observation.
type Class[S, E, F any] struct {
	Spec    string       // the digest of the spec
	Name    string       // of the system
	Layout  string       // a fingerprint of how Word lays a value out: another generator may do it otherwise for the same spec
	States  []string     // the joint states of control by number
	Final   []bool       // by joint state: every machine is in a final state
	Events  []string     // the kinds of events by number
	Timers  []ClassTimer // in the order of the instances, and in each in that of the spec; at most MaxTimers
	SeqBits int          // the width of the counter of steps in the value; 0: there is none, and whoever keeps the value counts

	// Start is the system at its start; nil if that needs arguments, so that only the host can call NewX.
	Start func() (S, F, error)
	// Step is the value after an event, with the effects. Where it errs, the value is the one before.
	Step func(S, E) (S, F, error)
	// Take is Step for code that follows every step: it tells what Step, State, Seq, Armed and Started would, at once, and writes the
	// effects to *out, whatever was there. Where it errs there is no change.
	Take func(s S, event E, out *F) (after S, change Change, err error)
	// State is the number of the joint state of control, and Seq that of the last step (0 if SeqBits is).
	State func(S) int
	Seq   func(S) uint64
	// Armed has a bit for each timer that runs, and Started one for each that the effects start or start again. A timer of
	// Started that is not in Armed was stopped by the same step.
	Armed   func(S) uint64
	Started func(F) uint64
	// Fire is the event of a timer. What its transitions ask of the host, extern guards and free choices, is left zero.
	Fire func(timer int) E
	// Word and FromWord are how a value is stored under Spec and Layout; the error is about words that no joint state is stored as.
	Word     func(S) uint64
	FromWord func(uint64) (S, error)
	// Observation is what observers are told of a step that was taken; Session and Seq are left to whoever knows them. With
	// TellOutcome it serves for events that were refused, too.
	Observation func(E, F) Observation
}

// Change is what a step of a [Class] did.
type Change struct {
	From, To      int    // the joint states of control before it and after it
	Seq           uint64 // after it
	Before, Armed uint64 // the timers that ran before it, and that run after it
	Started       uint64 // the timers that it started
}

// ClassTimer is a timer of an instance.
type ClassTimer struct {
	Name     string // "proxy.idle", "worker[2].lease"
	Duration time.Duration
}

// Timer is the number of a timer by its name, or -1.
func (c *Class[S, E, F]) Timer(name string) int {
	for i, t := range c.Timers {
		if t.Name == name {
			return i
		}
	}
	return -1
}
