package looplab

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	lab "github.com/looplab/fsm"

	tables "interlock/spec/looplab"
)

// keeper stands behind the callbacks of a live FSM. It keeps what looplab does not: the whole state of the machine, a J.
type keeper[J any] struct {
	// step is the state after an event, and what is to be performed then; an error cancels the event.
	step func(ctx context.Context, e *lab.Event, now J) (next J, perform func(context.Context), err error)
	// in is what looplab calls the state.
	in func(J) string
	// enter is the state as it is after SetState; false where that cannot be known.
	enter func(now J, state string) (J, bool)

	mu      sync.Mutex
	now     J
	pending *pending[J]
	due     map[*lab.Event]func(context.Context) // of events that have been taken: not performed yet
}

// pending is a step that the machine allows, and of which it is not known yet whether a callback cancels it.
type pending[J any] struct {
	of      *lab.Event
	next    J
	moves   bool
	left    bool // of one that moves: no callback that may cancel it has done so
	dst     string
	perform func(context.Context)
}

// names are what keys of callbacks may name, besides the events of looplab.
type names struct {
	machine        string
	states, events []string
}

// callbacks puts those of the program behind those of the keeper.
func (k *keeper[J]) callbacks(known names, events lab.Events, program lab.Callbacks) (lab.Callbacks, error) {
	own, err := sortCallbacks(known, events, program)
	if err != nil {
		return nil, err
	}
	k.due = map[*lab.Event]func(context.Context){}
	all := lab.Callbacks{}
	for _, e := range events {
		all["before_"+e.Name] = k.before(own[place{tables.Before, e.Name}])
		all["after_"+e.Name] = k.behind(own[place{tables.After, e.Name}])
	}
	entered := func(ctx context.Context, e *lab.Event) {
		// Not by the state in the key: looplab asks which state it is in when another goroutine may already have left this one.
		if f := own[place{tables.Enter, e.Dst}]; f != nil {
			f(ctx, e)
		}
	}
	for _, st := range known.states {
		all["enter_"+st] = k.behind(entered)
		if f := own[place{tables.Leave, st}]; f != nil {
			all["leave_"+st] = k.leave(f)
		}
	}
	all["before_event"] = k.last(own[place{tables.Before, ""}])
	all["leave_state"] = k.leave(own[place{tables.Leave, ""}])
	for _, p := range []struct {
		key string
		at  tables.Point
	}{{"enter_state", tables.Enter}, {"after_event", tables.After}} {
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
func sortCallbacks(known names, events lab.Events, program lab.Callbacks) (map[place]lab.Callback, error) {
	states, all := map[string]bool{}, map[string]bool{}
	for _, st := range known.states {
		states[st] = true
	}
	for _, e := range known.events {
		all[e] = true
	}
	for _, e := range events {
		all[e.Name] = true
	}
	own, keys := map[place]lab.Callback{}, map[place]string{}
	for _, key := range slices.Sorted(maps.Keys(program)) {
		at, target, ok := tables.Place(key, states, all)
		p := place{at, target}
		switch {
		case !ok:
			return nil, fmt.Errorf("looplab: the callback %q names no state or event of machine %s: looplab would never call it", key, known.machine)
		case keys[p] != "":
			return nil, fmt.Errorf("looplab: the callbacks %q and %q have the same place: looplab would call either", keys[p], key)
		}
		own[p], keys[p] = program[key], key
	}
	return own, nil
}

// before asks the machine, and then the program.
func (k *keeper[J]) before(own lab.Callback) lab.Callback {
	return func(ctx context.Context, e *lab.Event) {
		if err := k.allow(ctx, e); err != nil {
			e.Cancel(err)
		} else if own != nil {
			own(ctx, e)
		}
	}
}

// last comes when every callback before the event has been called: it is now known whether an event that stays is taken. If the
// caller has given up, the event is cancelled here: later, looplab would never end the transition, and refuse every event.
func (k *keeper[J]) last(own lab.Callback) lab.Callback {
	return func(ctx context.Context, e *lab.Event) {
		if own != nil {
			own(ctx, e)
		}
		if ctx.Err() != nil {
			e.Cancel()
			return
		}
		k.accept(e)
	}
}

// leave calls the program's callback and notes whether it cancels a step that moves: Cancel ends the context. Behind one that makes it
// asynchronous, looplab calls no other.
func (k *keeper[J]) leave(own lab.Callback) lab.Callback {
	return func(ctx context.Context, e *lab.Event) {
		if own != nil {
			own(ctx, e)
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		if p := k.pending; p != nil && p.of == e {
			p.left = ctx.Err() == nil
		}
	}
}

// behind performs what the step orders, and then calls the program's callback.
func (k *keeper[J]) behind(own lab.Callback) lab.Callback {
	return func(ctx context.Context, e *lab.Event) {
		k.take(e)(ctx)
		if own != nil {
			own(ctx, e)
		}
	}
}

// allow takes the step. What comes of it counts when no callback has cancelled it.
func (k *keeper[J]) allow(ctx context.Context, e *lab.Event) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.settle(e.Src)
	if k.in(k.now) != e.Src {
		now, ok := k.enter(k.now, e.Src)
		if !ok {
			return ErrStateSet
		}
		k.now = now
	}
	next, perform, err := k.step(ctx, e, k.now)
	if err != nil {
		return err
	}
	k.pending = &pending[J]{of: e, next: next, moves: e.Src != e.Dst, dst: e.Dst, perform: perform}
	return nil
}

// settle finds out what became of the last step that was allowed: the state tells, unless the step was cancelled and the state set. The caller
// holds the lock.
func (k *keeper[J]) settle(current string) {
	if p := k.pending; p != nil && p.left && p.dst == current {
		k.commit(p)
	}
	k.pending = nil
}

func (k *keeper[J]) commit(p *pending[J]) {
	k.now = p.next
	k.due[p.of] = p.perform
	k.pending = nil
}

// accept commits an event that stays.
func (k *keeper[J]) accept(e *lab.Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if p := k.pending; p != nil && p.of == e && !p.moves {
		k.commit(p)
	}
}

// take gives what is to be performed for an event that has been taken, once.
func (k *keeper[J]) take(e *lab.Event) func(context.Context) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if p := k.pending; p != nil && p.of == e {
		k.commit(p)
	}
	perform := k.due[e]
	delete(k.due, e)
	if perform == nil {
		return func(context.Context) {}
	}
	return perform
}
