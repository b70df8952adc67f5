package looplab

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	lab "github.com/looplab/fsm"

	"interlock/fsm"
)

// maxValues bounds the values of a generated system that are visited for its table.
const maxValues = 1 << 16

// ErrTooLarge says that a generated system has more values than its table is made of.
var ErrTooLarge = fmt.Errorf("looplab: the system has more than %d values under these events", maxValues)

// ClassOptions say what a live FSM of generated code is made with.
type ClassOptions[E, F any] struct {
	// Events are the events that looplab is to know, by the names that it calls them: with their arguments, answers of guards and
	// messages, so that an event with several arguments has several names. Timers are among them (see [fsm.Class.Fire]).
	Events map[string]E
	// Callbacks and Split are those of [Options].
	Callbacks lab.Callbacks
	Split     bool
	// Perform carries out what a step orders, as that of [Options] does. It is called for each step, also if there is nothing
	// to do.
	Perform func(ctx context.Context, effects F)
}

// NewOfClass makes a live looplab FSM of a generated system, by the descriptor XClass that generated code has of each system X whose
// links are atomic. Its states are the joint states, as States of the class names them. The table is found by visiting every value
// that the events lead to; the steps are taken by the generated code. What [New] says of errors holds here too.
func NewOfClass[S comparable, E, F any](c *fsm.Class[S, E, F], o ClassOptions[E, F]) (*lab.FSM, error) {
	if c.Start == nil {
		return nil, &NotCarried{c.Name, []Reason{{Feature: Parameters, Text: "its start needs arguments"}}}
	}
	start, effects, err := c.Start()
	if err != nil {
		return nil, &NotCarried{c.Name, []Reason{{Feature: Start, Text: "the start is not possible: " + err.Error()}}}
	}
	g := &generated[S, E, F]{class: c, ClassOptions: o, leads: map[cell][]int{}, to: map[string]int{}, of: map[string]E{}}
	if err := g.visit(start); err != nil {
		return nil, err
	}
	events, err := g.table()
	if err != nil {
		return nil, err
	}
	k := &keeper[S]{now: start, step: g.step, in: g.in, enter: func(now S, _ string) (S, bool) { return now, false }}
	callbacks, err := k.callbacks(names{c.Name, c.States, slices.Sorted(maps.Keys(o.Events))}, events, o.Callbacks)
	if err != nil {
		return nil, err
	}
	f := lab.NewFSM(g.in(start), events, callbacks)
	if o.Perform != nil {
		o.Perform(context.Background(), effects)
	}
	return f, nil
}

// generated lets generated code take the steps.
type generated[S comparable, E, F any] struct {
	class *fsm.Class[S, E, F]
	ClassOptions[E, F]
	orders bool           // some step has effects
	leads  map[cell][]int // where events lead from joint states, ascending
	of     map[string]E   // by the name of an event of looplab
	to     map[string]int // of those that are split: the joint state that they lead to
}

// cell is a place of the table.
type cell struct {
	event string
	state int
}

// visit goes through all values, breadth first, without their counters of steps.
func (g *generated[S, E, F]) visit(start S) error {
	seen := map[uint64]bool{g.word(start): true}
	events := slices.Sorted(maps.Keys(g.Events))
	for queue := []S{start}; len(queue) > 0; queue = queue[1:] {
		for _, name := range events {
			next, effects, err := g.class.Step(queue[0], g.Events[name])
			if err != nil {
				continue
			}
			if counted, ok := any(&effects).(interface{ Len() int }); ok && counted.Len() > 0 {
				g.orders = true
			}
			from, to := g.class.State(queue[0]), g.class.State(next)
			if at := (cell{name, from}); !slices.Contains(g.leads[at], to) {
				g.leads[at] = append(g.leads[at], to)
				slices.Sort(g.leads[at])
			}
			if w := g.word(next); !seen[w] {
				if seen[w] = true; len(seen) > maxValues {
					return ErrTooLarge
				}
				queue = append(queue, next)
			}
		}
	}
	return nil
}

// word is the value without its counter, which stands in the high bits of the word.
func (g *generated[S, E, F]) word(s S) uint64 {
	low := 64 - g.class.SeqBits
	return g.class.Word(s) & (1<<low - 1)
}

// table lists the events for looplab, or says why there are none.
func (g *generated[S, E, F]) table() (lab.Events, error) {
	var reasons []Reason
	if g.orders && g.Perform == nil {
		reasons = append(reasons, Reason{Feature: Effects, Text: "its steps order effects, and there is no Perform to do it"})
	}
	var all lab.Events
	for _, name := range slices.Sorted(maps.Keys(g.Events)) {
		split := false
		for state := range g.class.States {
			if to := g.leads[cell{name, state}]; len(to) > 1 {
				split = true
				if !g.Split {
					reasons = append(reasons, Reason{Feature: SeveralDestinations, Text: fmt.Sprintf("in state %s the event %s leads to %d states, %s among them",
						g.class.States[state], name, len(to), g.class.States[to[0]])})
				}
			}
		}
		for to, dst := range g.class.States {
			desc := lab.EventDesc{Name: name, Dst: dst}
			if split {
				desc.Name += "/" + dst
				g.to[desc.Name] = to
			}
			g.of[desc.Name] = g.Events[name]
			for state, src := range g.class.States {
				if slices.Contains(g.leads[cell{name, state}], to) {
					desc.Src = append(desc.Src, src)
				}
			}
			if len(desc.Src) > 0 {
				all = append(all, desc)
			}
		}
	}
	if len(reasons) > 0 {
		return nil, &NotCarried{g.class.Name, reasons}
	}
	return all, nil
}

func (g *generated[S, E, F]) in(now S) string { return g.class.States[g.class.State(now)] }

// step lets the generated code take the step.
func (g *generated[S, E, F]) step(_ context.Context, e *lab.Event, now S) (S, func(context.Context), error) {
	next, effects, err := g.class.Step(now, g.of[e.Event])
	if err != nil {
		return now, nil, err
	}
	if to, split := g.to[e.Event]; split && g.class.State(next) != to {
		return now, nil, errElsewhere{errors.New("looplab: the step leads elsewhere")}
	}
	return next, func(ctx context.Context) {
		if g.Perform != nil {
			g.Perform(ctx, effects)
		}
	}, nil
}
