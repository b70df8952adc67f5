package fsm

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
)

// This file is how a program sees what its machines do.

// Observation is an event that generated code has just been given, with what became of it. Its texts are made only when
// somebody observes. Those who are told share it: they may keep it, and must not write to it.
type Observation struct {
	Spec    string // the digest of the spec
	Machine string // of a joint machine, the system
	Session string // the text of the key under which the machine is kept; "" where the code that tells does not know one

	// Seq is the number of the step, from 1 on, in the run of a joint machine; of an event that was refused, the number of
	// the last step before it. It is 0 where nobody counts: plain machines do not, nor joint values whose word has no room.
	Seq uint64

	Event    string   // by its name in the spec alone: there are only so many
	Call     string   // the event as scenarios write it: with the index of its machine, and its arguments
	From, To string   // the states, or joint states, before and after; equal where nothing has changed
	Effects  []string // in the order of execution
	Delivery Delivery // taken, ignored, deferred or refused
	Refused  Cause    // why, and CauseNone if it was not
}

// watch is a function that is told, and its place in the list.
type watch struct{ tell func(Observation) }

var (
	watchLock sync.Mutex               // held by whoever changes what follows
	watches   atomic.Pointer[[]*watch] // nil when there are none: that is all a step looks at
	watchErrs []error                  // at most maxWatchErrs, the first ones
)

const maxWatchErrs = 16

// Watched is 255 while anybody observes, and 0 otherwise. It is there for generated steps that are so small that a call of [Observed]
// would be too much: they read it, atomically. Nothing outside this package writes it.
var Watched uint32

// Observe lets every generated machine call f after each event, beside those who observe already; remove ends it. It is
// called on the goroutine of the event, after the machine has changed and before the caller has the effects, in the order in
// which the observers were set; so it must be fast, and safe for many goroutines. A step of a joint machine may have been
// followed by others already when it is told of, and may be told of after them: Seq is the order. A call that is under way
// when remove returns may still end after it.
//
// An f that panics harms nobody else: the step is taken and its caller gets the effects, the other observers are told, and f,
// which may have left a lock behind, is never called again. [ObserverErrors] has the panic.
func Observe(f func(Observation)) (remove func()) {
	if f == nil {
		panic("fsm: Observe needs a function")
	}
	w := &watch{f}
	watchLock.Lock()
	defer watchLock.Unlock()
	list := []*watch{w}
	if old := watches.Load(); old != nil {
		list = append(slices.Clone(*old), w)
	}
	watches.Store(&list)
	atomic.StoreUint32(&Watched, 255)
	return func() {
		watchLock.Lock()
		defer watchLock.Unlock()
		w.remove()
	}
}

// remove takes w off the list, under the lock; a second time nothing happens.
func (w *watch) remove() {
	old := watches.Load()
	if old == nil {
		return
	}
	list := slices.DeleteFunc(slices.Clone(*old), func(x *watch) bool { return x == w })
	if len(list) == 0 {
		watches.Store(nil)
		atomic.StoreUint32(&Watched, 0)
		return
	}
	watches.Store(&list)
}

// Observed reports whether anyone wants to be told.
func Observed() bool { return watches.Load() != nil }

// Tell hands an observation to every observer. Generated code calls it, and so does code that keeps machines and knows them by
// a key.
func Tell(o Observation) {
	list := watches.Load()
	if list == nil {
		return
	}
	for _, w := range *list {
		w.call(o)
	}
}

// TellOutcome is Tell for an event that may have been refused with the given error: where it is a [Refusal], that says in which
// state and why.
func TellOutcome(o Observation, err error) {
	var r *Refusal
	if errors.As(err, &r) {
		o.From, o.To, o.Refused, o.Delivery = r.State, r.State, r.Cause, DeliveryRefused
	}
	Tell(o)
}

// SetText writes a set as [Type.Format] does: bit i stands for the element lo+i, which may have a name.
func SetText(set, lo int64, names ...string) string {
	elem := IntType(lo, lo+MaxSet-1)
	if len(names) > 0 {
		elem = &Type{Kind: Enum, Lo: lo, Hi: lo + int64(len(names)) - 1}
		for _, n := range names {
			elem.Values = append(elem.Values, Value{Name: n})
		}
	}
	return SetType(elem).Format(set)
}

// call tells one observer, which is the last time if it panics.
func (w *watch) call(o Observation) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		watchLock.Lock()
		defer watchLock.Unlock()
		w.remove()
		if len(watchErrs) < maxWatchErrs {
			watchErrs = append(watchErrs, fmt.Errorf("fsm: an observer panicked and was removed: %v\n%s", p, debug.Stack()))
		}
	}()
	w.tell(o)
}

// ObserverErrors lists the panics of observers, each with its stack: at most the first sixteen.
func ObserverErrors() []error {
	watchLock.Lock()
	defer watchLock.Unlock()
	return slices.Clone(watchErrs)
}

// causeNames are the causes as single words.
var causeNames = []string{"none", "state", "argument", "timer", "order", "overlap", "range", "deferred", "runaway", "start",
	"unreachable", "contention"}

// Name is the cause as a single word, for records and counters: "state".
func (c Cause) Name() string { return nameOr(causeNames, int(c)) }

// MarshalText is Name, for causes that have one.
func (c Cause) MarshalText() ([]byte, error) { return textOf(causeNames, int(c), "cause") }

// UnmarshalText sets c to the cause of that name; it is unchanged where there is none.
func (c *Cause) UnmarshalText(text []byte) error {
	i := slices.Index(causeNames, string(text))
	if i < 0 {
		return fmt.Errorf("fsm: no cause is named %q", text)
	}
	*c = Cause(i)
	return nil
}

// MarshalText is String, for values that have a name.
func (d Delivery) MarshalText() ([]byte, error) { return textOf(deliveryNames, int(d), "delivery") }

// UnmarshalText sets d to the value of that name; it is unchanged where there is none.
func (d *Delivery) UnmarshalText(text []byte) error {
	i := slices.Index(deliveryNames, string(text))
	if i < 0 {
		return fmt.Errorf("fsm: no delivery is named %q", text)
	}
	*d = Delivery(i)
	return nil
}

func textOf(names []string, i int, what string) ([]byte, error) {
	if !within(i, len(names)) {
		return nil, fmt.Errorf("fsm: no %s has the number %d", what, i)
	}
	return []byte(names[i]), nil
}
