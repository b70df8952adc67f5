package looplab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	lab "github.com/looplab/fsm"

	"interlock/fsm"
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
	// Names says what looplab calls states and events that the spec calls otherwise: {"HalfOpen": "half-open"}. The comments of an
	// imported spec tell.
	Names map[string]string
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
	b := &bridge{carried: c, Options: o}
	events := b.table()
	k := &keeper[*fsm.Joint]{now: out.Joint, step: b.step, in: b.in, enter: b.enter}
	callbacks, err := k.callbacks(names{c.machine.Name, b.states(), b.events()}, events, o.Callbacks)
	if err != nil {
		return nil, err
	}
	f := lab.NewFSM(b.in(out.Joint), events, callbacks)
	b.perform(b.effects(out))(context.Background())
	return f, nil
}

// bridge lets the reference take the steps of a machine, alone in a system.
type bridge struct {
	*carried
	Options
	meanings map[string]meaning // by the name of an event of looplab
}

// meaning is what an event of looplab stands for: an event of the machine and, if it is split, the state that it leads to.
type meaning struct {
	event int
	to    int // -1: whichever
}

func (b *bridge) states() []string {
	var all []string
	for _, st := range b.machine.States {
		all = append(all, st.Name)
	}
	return all
}

func (b *bridge) events() []string {
	var all []string
	for _, e := range b.machine.Events {
		all = append(all, e.Name)
	}
	return all
}

// table lists the events for looplab, by event and destination.
func (b *bridge) table() lab.Events {
	var all lab.Events
	b.meanings = map[string]meaning{}
	for e, event := range b.machine.Events {
		split := false
		for s := range b.machine.States {
			split = split || len(destinations(b.machine, s, e)) > 1
		}
		for to := range b.machine.States {
			desc := lab.EventDesc{Name: event.Name, Dst: b.machine.States[to].Name}
			stands := meaning{e, -1}
			if split {
				desc.Name, stands.to = event.Name+"/"+desc.Dst, to
			}
			for s, st := range b.machine.States {
				if slices.Contains(destinations(b.machine, s, e), to) {
					desc.Src = append(desc.Src, st.Name)
				}
			}
			if len(desc.Src) > 0 {
				all = append(all, desc)
				b.meanings[desc.Name] = stands
			}
		}
	}
	return all
}

// step lets the reference take the step.
func (b *bridge) step(ctx context.Context, e *lab.Event, now *fsm.Joint) (*fsm.Joint, func(context.Context), error) {
	stands := b.meanings[e.Event]
	params, err := b.params(ctx, stands.event, e)
	if err != nil {
		return nil, nil, err
	}
	out, err := fsm.Step(b.sys, now, fsm.Choice{Kind: fsm.Handle, Event: stands.event, Args: params})
	if err != nil {
		return nil, nil, b.refusal(e, cause(err, b.machine.Events[stands.event], now))
	}
	if slices.ContainsFunc(out.Effects, func(x fsm.Effect) bool { return b.kinds[x.Effect].op == deferred }) {
		return nil, nil, ErrDeferred
	}
	if stands.to >= 0 && out.Joint.States[0] != stands.to {
		return nil, nil, errElsewhere{b.refusal(e, fsm.CauseState)}
	}
	return out.Joint, b.perform(b.effects(out)), nil
}

func (b *bridge) in(now *fsm.Joint) string { return b.machine.States[now.States[0]].Name }

// enter is the joint state in another state, if that is all there is to it.
func (b *bridge) enter(now *fsm.Joint, state string) (*fsm.Joint, bool) {
	if len(b.machine.Vars)+len(b.machine.Timers) > 0 {
		return nil, false
	}
	set := now.Clone()
	set.States[0] = slices.Index(b.states(), state)
	return set, true
}

// perform performs the effects, when it is called.
func (b *bridge) perform(effects []Effect) func(context.Context) {
	return func(ctx context.Context) {
		for _, e := range effects {
			b.Perform(ctx, e)
		}
	}
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
	return &fsm.Refusal{Machine: b.machine.Name, State: e.Src, Event: b.machine.Events[b.meanings[e.Event].event].Name, Cause: why}
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
