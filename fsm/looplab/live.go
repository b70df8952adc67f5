package looplab

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	lab "github.com/looplab/fsm"

	"interlock/fsm"
	tables "interlock/spec/looplab"
)

// Options say what a live FSM is made with. The zero Options are right for a machine that orders nothing and asks nothing.
type Options struct {
	// Callbacks are the program's own, with looplab's keys. They are called where looplab calls them, but not for an event that
	// the spec refuses; they may cancel what the spec allows. A key that names nothing in the machine is an error here.
	Callbacks lab.Callbacks
	// Perform carries out an effect. It is called when the state has changed, before the callbacks enter_ and after_, on the
	// goroutine that called Event; it may call Event itself. The effects of the start are performed by New.
	Perform func(ctx context.Context, e Effect)
	// Allow answers an extern guard, with its arguments as the spec writes them. It is called inside Event, which holds the
	// locks of the FSM: it must not call a method of it.
	Allow func(ctx context.Context, guard string, args []string) bool
	// Split gives an event that may lead to several states from one an event of looplab for each, called "Event/State". [Fire]
	// finds the one that the spec takes.
	Split bool
}

// Op says what an effect orders.
type Op uint8

// The orders.
const (
	Do         Op = iota // an effect that the spec declares
	Send                 // a message to a peer
	StartTimer           // the timer is to fire after Duration: m.Event(ctx, Name)
	StopTimer            // it is not to fire any more
)

// Effect is something that the machine orders.
type Effect struct {
	Op       Op
	Name     string        // of the effect, message or timer
	To       string        // of Send: the peer, "leader" or "rm[2]"
	Args     []string      // as the spec writes values
	Duration time.Duration // of StartTimer
}

// String is the effect as a body has it: "do Ring(2)", "send leader Remove", "start retry".
func (e Effect) String() string {
	text := [...]string{"do ", "send ", "start ", "stop "}[e.Op&3]
	if e.To != "" {
		text += e.To + " "
	}
	text += e.Name
	if len(e.Args) > 0 {
		text += "(" + strings.Join(e.Args, ", ") + ")"
	}
	return text
}

// ErrDeferred is in the error of Event for a message that the machine defers: deliver it again later.
var ErrDeferred = errors.New("looplab: the message is deferred")

// ErrStateSet is in the error of Event after SetState: the machine has variables or timers, and what they are in the state that
// was set, nobody said.
var ErrStateSet = errors.New("looplab: the state was set past the spec")

// New makes a live looplab FSM of a machine. The steps are those of the reference: an event that no transition answers is an
// error and changes nothing, be it looplab's InvalidEventError or a CanceledError round an [fsm.Refusal] (see [Refused]); an event
// that stays in its state is a NoTransitionError, as looplab has it, and was taken (see [Taken]). Inputs, internal events,
// messages and timers are all events of looplab; parameters are given behind the name of the event. A nested state is called
// "Outer.Inner". What looplab has no room for is a [NotCarried].
func New(s *fsm.Spec, machine string, o Options) (*lab.FSM, error) {
	i := slices.IndexFunc(s.Machines, func(m *fsm.Machine) bool { return m.Name == machine })
	if i < 0 {
		return nil, fmt.Errorf("looplab: the spec %s has no machine %s", s.Name, machine)
	}
	c, err := carry(s, s.Machines[i], o)
	if err != nil {
		return nil, err
	}
	out, err := fsm.Begin(c.sys, nil)
	if err != nil {
		return nil, &NotCarried{machine, []Reason{{Start, "the start is not possible: " + err.Error(), c.machine.Span}}}
	}
	b := &bridge{carried: c, Options: o, now: out.Joint, due: map[*lab.Event][]Effect{}}
	events := b.table()
	callbacks, err := b.callbacks(events)
	if err != nil {
		return nil, err
	}
	f := lab.NewFSM(c.machine.States[out.Joint.States[0]].Name, events, callbacks)
	b.performAll(context.Background(), b.effects(out))
	return f, nil
}

// bridge is what a live FSM follows: the joint state of its machine, alone in a system.
type bridge struct {
	*carried
	Options
	names map[string]step // by the name of an event of looplab

	mu      sync.Mutex
	now     *fsm.Joint
	pending *pending
	due     map[*lab.Event][]Effect // of events that have been taken: not performed yet
}

// step is what an event of looplab means: an event of the machine and, if it is split, the state that it leads to.
type step struct {
	event int
	to    int // -1: whichever
}

// pending is a step that the spec allows, and of which it is not known yet whether a callback cancels it.
type pending struct {
	of      *lab.Event
	next    *fsm.Joint
	moves   bool
	dst     string
	effects []Effect
}

// table lists the events for looplab, by event and destination.
func (b *bridge) table() lab.Events {
	var all lab.Events
	b.names = map[string]step{}
	for e, event := range b.machine.Events {
		split := false
		for s := range b.machine.States {
			split = split || len(destinations(b.machine, s, e)) > 1
		}
		for to := range b.machine.States {
			desc := lab.EventDesc{Name: event.Name, Dst: b.machine.States[to].Name}
			meaning := step{e, -1}
			if split {
				desc.Name, meaning.to = event.Name+"/"+desc.Dst, to
			}
			for s, st := range b.machine.States {
				if slices.Contains(destinations(b.machine, s, e), to) {
					desc.Src = append(desc.Src, st.Name)
				}
			}
			if len(desc.Src) > 0 {
				all = append(all, desc)
				b.names[desc.Name] = meaning
			}
		}
	}
	return all
}

// callbacks puts those of the program behind those of the bridge.
func (b *bridge) callbacks(events lab.Events) (lab.Callbacks, error) {
	own, err := b.sortCallbacks(events)
	if err != nil {
		return nil, err
	}
	all := lab.Callbacks{}
	for _, e := range events {
		all["before_"+e.Name] = b.before(own[place{tables.Before, e.Name}])
		all["after_"+e.Name] = b.behind(own[place{tables.After, e.Name}])
	}
	entered := func(ctx context.Context, e *lab.Event) {
		// Not by the state in the key: looplab asks which state it is in when another goroutine may already have left this one.
		if f := own[place{tables.Enter, e.Dst}]; f != nil {
			f(ctx, e)
		}
	}
	for _, st := range b.machine.States {
		all["enter_"+st.Name] = b.behind(entered)
		if f := own[place{tables.Leave, st.Name}]; f != nil {
			all["leave_"+st.Name] = f
		}
	}
	all["before_event"] = b.last(own[place{tables.Before, ""}])
	for _, p := range []struct {
		key string
		at  tables.Point
	}{{"leave_state", tables.Leave}, {"enter_state", tables.Enter}, {"after_event", tables.After}} {
		if f := own[place{p.at, ""}]; f != nil {
			all[p.key] = f
		}
	}
	return all, nil
}

// place is where a callback is called.
type place struct {
	at     tables.Point
	target string
}

// sortCallbacks finds the place of each callback of the program.
func (b *bridge) sortCallbacks(events lab.Events) (map[place]lab.Callback, error) {
	states, names := map[string]bool{}, map[string]bool{}
	for _, st := range b.machine.States {
		states[st.Name] = true
	}
	for _, e := range b.machine.Events {
		names[e.Name] = true
	}
	for _, e := range events {
		names[e.Name] = true
	}
	own, keys := map[place]lab.Callback{}, map[place]string{}
	for _, key := range slices.Sorted(maps.Keys(b.Callbacks)) {
		at, target, ok := tables.Place(key, states, names)
		p := place{at, target}
		switch {
		case !ok:
			return nil, fmt.Errorf("looplab: the callback %q names no state or event of machine %s: looplab would never call it", key, b.machine.Name)
		case keys[p] != "":
			return nil, fmt.Errorf("looplab: the callbacks %q and %q have the same place: looplab would call either", keys[p], key)
		}
		own[p], keys[p] = b.Callbacks[key], key
	}
	return own, nil
}

// before asks the spec, and then the program.
func (b *bridge) before(own lab.Callback) lab.Callback {
	return func(ctx context.Context, e *lab.Event) {
		if err := b.allow(ctx, e); err != nil {
			e.Cancel(err)
		} else if own != nil {
			own(ctx, e)
		}
	}
}

// last comes when every callback before the event has been called: it is now known whether an event that stays is taken. If the
// caller has given up, the event is cancelled here: later, looplab would never end the transition, and refuse every event.
func (b *bridge) last(own lab.Callback) lab.Callback {
	return func(ctx context.Context, e *lab.Event) {
		if own != nil {
			own(ctx, e)
		}
		if ctx.Err() != nil {
			e.Cancel()
			return
		}
		b.accept(e)
	}
}

// behind performs what the step orders, and then calls the program's callback.
func (b *bridge) behind(own lab.Callback) lab.Callback {
	return func(ctx context.Context, e *lab.Event) {
		b.performAll(ctx, b.take(e))
		if own != nil {
			own(ctx, e)
		}
	}
}

// allow lets the reference take the step. What comes of it counts when no callback has cancelled it.
func (b *bridge) allow(ctx context.Context, e *lab.Event) error {
	meaning := b.names[e.Event]
	params, err := b.params(ctx, meaning.event, e)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settle(e.Src)
	if b.machine.States[b.now.States[0]].Name != e.Src {
		if len(b.machine.Vars)+len(b.machine.Timers) > 0 {
			return ErrStateSet
		}
		b.now = b.now.Clone()
		b.now.States[0] = slices.IndexFunc(b.machine.States, func(st fsm.State) bool { return st.Name == e.Src })
	}
	out, err := fsm.Step(b.sys, b.now, fsm.Choice{Kind: fsm.Handle, Event: meaning.event, Args: params})
	if err != nil {
		return b.refusal(e, cause(err, b.machine.Events[meaning.event], b.now))
	}
	if slices.ContainsFunc(out.Effects, func(x fsm.Effect) bool { return b.kinds[x.Effect].op == deferred }) {
		return ErrDeferred
	}
	if meaning.to >= 0 && out.Joint.States[0] != meaning.to {
		return errElsewhere{b.refusal(e, fsm.CauseState)}
	}
	b.pending = &pending{of: e, next: out.Joint, moves: e.Src != e.Dst, dst: e.Dst, effects: b.effects(out)}
	return nil
}

// cause says why the reference does not take a step.
func cause(err error, event fsm.Event, now *fsm.Joint) fsm.Cause {
	var v *fsm.Violation
	switch {
	case !errors.As(err, &v) && event.Kind == fsm.Fire && !now.Armed[event.Timer]:
		return fsm.CauseTimer
	case v == nil:
		return fsm.CauseState
	case v.Builtin == fsm.Overlap:
		return fsm.CauseOverlap
	}
	return fsm.CauseRange
}

func (b *bridge) refusal(e *lab.Event, why fsm.Cause) error {
	return &fsm.Refusal{Machine: b.machine.Name, State: e.Src, Event: b.machine.Events[b.names[e.Event].event].Name, Cause: why}
}

// settle finds out what became of the last step that was allowed: the state tells. The caller holds the lock.
func (b *bridge) settle(current string) {
	if p := b.pending; p != nil && p.moves && p.dst == current {
		b.commit(p)
	}
	b.pending = nil
}

func (b *bridge) commit(p *pending) {
	b.now = p.next
	b.due[p.of] = p.effects
	b.pending = nil
}

// accept commits an event that stays.
func (b *bridge) accept(e *lab.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.pending; p != nil && p.of == e && !p.moves {
		b.commit(p)
	}
}

// take gives the effects of an event that has been taken, once.
func (b *bridge) take(e *lab.Event) []Effect {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.pending; p != nil && p.of == e {
		b.commit(p)
	}
	effects := b.due[e]
	delete(b.due, e)
	return effects
}

func (b *bridge) performAll(ctx context.Context, effects []Effect) {
	for _, e := range effects {
		b.Perform(ctx, e)
	}
}

// effects says what a step orders.
func (b *bridge) effects(out *fsm.Outcome) []Effect {
	var all []Effect
	for _, x := range out.Effects {
		k := b.kinds[x.Effect]
		e := Effect{Op: map[fsm.StmtOp]Op{fsm.Do: Do, fsm.Send: Send, fsm.Start: StartTimer, fsm.Stop: StopTimer}[k.op], Name: k.name, To: k.to, Duration: k.wait}
		for i, v := range x.Args {
			if k.many && i == 0 {
				e.To = fmt.Sprintf("%s[%d]", k.to, v)
				continue
			}
			e.Args = append(e.Args, k.args[i].Format(v))
		}
		all = append(all, e)
	}
	return all
}

// errElsewhere is in the error of an event that is split, and of which the spec takes another part.
type errElsewhere struct{ error }

func (e errElsewhere) Unwrap() error { return e.error }

// Fire is f.Event for an event that may be split: it finds the part that the spec takes.
func Fire(ctx context.Context, f *lab.FSM, event string, args ...any) error {
	err := f.Event(ctx, event, args...)
	var unknown lab.UnknownEventError
	var invalid lab.InvalidEventError
	if !errors.As(err, &unknown) && !errors.As(err, &invalid) {
		return err
	}
	parts := f.AvailableTransitions()
	slices.Sort(parts)
	for _, part := range parts {
		if !strings.HasPrefix(part, event+"/") {
			continue
		}
		var elsewhere errElsewhere
		if err = f.Event(ctx, part, args...); !errors.As(err, &elsewhere) {
			return err
		}
	}
	return err
}

// Refused reports an error of Event that says that the table or the spec has no step: nothing has changed.
func Refused(err error) bool {
	var unknown lab.UnknownEventError
	var invalid lab.InvalidEventError
	return errors.Is(err, fsm.ErrRefused) || errors.As(err, &unknown) || errors.As(err, &invalid)
}

// Taken reports an error of Event that says that the step was taken: none, or that of an event that stays in its state.
func Taken(err error) bool {
	var stays lab.NoTransitionError
	return err == nil || errors.As(err, &stays)
}
