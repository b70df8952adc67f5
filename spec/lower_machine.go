package spec

import (
	"slices"

	"interlock/fsm"
)

// eventKey identifies an event of a machine before events are numbered. A restart has the kind restartKind.
type eventKey struct {
	kind  fsm.EventKind
	index int // of the input, internal, message or timer
}

const restartKind fsm.EventKind = 255

// rank orders the answers of one state for one event: a later one is asked when no earlier one is enabled.
type rank uint8

const (
	rankOn    rank = iota // on E, on E when G
	rankElse              // on E else
	rankDefer             // defer E when G
	rankRest              // ignore E, defer E
)

// handler is one written answer to one event.
type handler struct {
	source int // its number among the written ones of the machine
	rank   rank
	answer fsm.Answer
	guard  *fsm.Expr // nil: always
	target *state    // nil: stay
	body   []*fsm.Stmt
	text   string
	span   fsm.Span
	never  bool     // its guard is constantly false
	sure   bool     // a guard is written and constantly true: a switch, most likely, so that what stands behind it is no mistake
	used   bool     // it is asked in some leaf
	stands int      // in how many holders
	elseAt fsm.Span // where `else` can be inserted
}

// holder is what a state, or the machine itself, answers.
type holder struct {
	on   map[eventKey][]*handler
	keys []eventKey // of on, in the order of the text
	wild []*handler // for other messages
}

func (h *holder) add(key eventKey, x *handler) {
	if h.on == nil {
		h.on = map[eventKey][]*handler{}
	}
	if h.on[key] == nil {
		h.keys = append(h.keys, key)
	}
	h.on[key] = append(h.on[key], x)
	x.stands++
}

// lowerMachines lowers guards and bodies of all machines. What they refer to is shaped already.
func (c *compiler) lowerMachines() {
	for _, m := range c.machines.list {
		e := m.env("machine " + m.decl.Name.Name)
		e.ghosts, e.where, e.from = true, "a predicate", fsm.IntType(0, m.senders)
		for _, s := range m.names.list {
			if s.kind == symPredicate {
				e.checkPredicate(s.predicate)
			}
		}
		for _, member := range m.members {
			m.lowerMember(member)
		}
		var walk func(*state)
		walk = func(s *state) {
			for _, child := range s.children {
				m.lowerState([]*state{child}, child, child.members)
				walk(child)
			}
		}
		walk(m.root)
	}
}

// env is the environment of text in a machine.
func (m *machine) env(where string) *env {
	return &env{c: m.c, m: m, inst: fsm.OwnInstance, where: where,
		self: &fsm.Expr{Op: fsm.OpSelf, Type: fsm.IntType(0, m.top), Instance: fsm.OwnInstance}}
}

func (m *machine) lowerMember(member MachineMember) {
	switch d := member.(type) {
	case *InStates:
		m.lowerInStates(d, m.root)
	case *Transition:
		m.lowerTransition(d, []*state{m.root}, m.root)
	case *Ignore:
		m.lowerIgnore(d, []*state{m.root})
	case *Defer:
		m.lowerDefer(d, []*state{m.root})
	}
}

// lowerState lowers members that are written once for the states in holders. They stand in the text of state at.
func (m *machine) lowerState(holders []*state, at *state, members []StateMember) {
	for _, member := range members {
		switch d := member.(type) {
		case *InStates:
			m.lowerInStates(d, at)
		case *Transition:
			m.lowerTransition(d, holders, at)
		case *Ignore:
			m.lowerIgnore(d, holders)
		case *Defer:
			m.lowerDefer(d, holders)
		case *EntryExit:
			m.lowerEntryExit(d, holders)
		}
	}
}

func (m *machine) lowerInStates(d *InStates, at *state) {
	var holders []*state
	for _, ref := range d.States {
		s := m.find(ref, at)
		if s == nil {
			continue
		}
		if slices.Contains(holders, s) {
			m.c.tell("duplicate", ref.Span, "%s is named twice", quote(ref.String())).help("Name every state once.")
			continue
		}
		holders = append(holders, s)
	}
	m.lowerState(holders, at, m.activeState(nil, d.Members))
}

func (m *machine) lowerEntryExit(d *EntryExit, holders []*state) {
	e := m.env("an entry body")
	if d.Exit {
		e.where = "an exit body"
	}
	body := e.body(d.Body)
	for _, s := range holders {
		if d.Exit {
			s.exit = append(s.exit, body...)
		} else {
			s.entry = append(s.entry, body...)
		}
	}
}

// event resolves the event of a pattern. ok is false where a mistake was told.
func (m *machine) event(name Ident) (key eventKey, params []fsm.Param, ok bool) {
	if name.Name == "" {
		return key, nil, false
	}
	if name.Name == "restart" {
		return eventKey{restartKind, 0}, nil, true
	}
	if s, found := m.names.find(name.Name); found {
		switch s.kind {
		case symInput:
			return eventKey{fsm.Input, s.index}, m.events[fsm.Input][s.index].Params, true
		case symInternal:
			return eventKey{fsm.Internal, s.index}, m.events[fsm.Internal][s.index].Params, true
		case symTimer:
			return eventKey{fsm.Fire, s.index}, nil, true
		}
	}
	if d, found := m.c.messages.find(name.Name); found {
		d.used = true
		if _, mentioned := m.receives[d.index]; !mentioned {
			m.receives[d.index] = name.Span
		}
		return eventKey{fsm.Receive, d.index}, d.fields, true
	}
	if !m.hidden && !m.c.hidden {
		candidates := append(m.namesOf(symInput, symInternal, symTimer), m.c.messages.names...)
		t := m.c.unknown(nil, "unknown-event", name, "machine %s knows no event %s", m.decl.Name.Name, quote(name.Name)).
			suggest(name, candidates)
		if t != nil && m.c.diags[t.i].Help == "" {
			t.help("Declare an `input`, an `internal`, a `timer` or a `message` of that name.")
		}
	}
	return key, nil, false
}

// eventSpan is where an event is declared.
func (m *machine) eventSpan(key eventKey) fsm.Span {
	switch key.kind {
	case fsm.Input, fsm.Internal:
		return m.events[key.kind][key.index].Span
	case fsm.Receive:
		return m.c.messages.list[key.index].decl.Name.Span
	case fsm.Fire:
		return m.ir.Timers[key.index].Span
	}
	return fsm.Span{}
}

// pattern resolves an event pattern and binds its names; at says what it stands in.
func (m *machine) pattern(p EventPattern, where string) (key eventKey, e *env, ok bool) {
	e = m.env(where)
	key, params, ok := m.event(p.Name)
	if !ok {
		e.from = fsm.IntType(0, m.senders) // it may have been meant to be a message
		for _, id := range p.Params {      // unknown, but not to be complained about
			e = e.with(symbol{kind: symLocal, name: id})
		}
		return key, e, false
	}
	if key.kind == fsm.Receive {
		e.from = fsm.IntType(0, m.senders)
	}
	if p.HasArgs && len(p.Params) != len(params) {
		m.c.tell("arity", p.Span, "%s has %s, not %d", quote(p.Name.Name), plural(len(params), "parameter"), len(p.Params)).
			label(m.eventSpan(key), "declared here").
			help("Name each of them, or `_`; or leave the brackets out.")
	}
	seen := map[string]bool{}
	for i, id := range p.Params {
		if id.Name == "" || id.Name == "_" {
			continue
		}
		if seen[id.Name] {
			m.c.tell("duplicate", id.Span, "%s is declared twice", quote(id.Name)).help("Give each parameter a name of its own.")
		}
		seen[id.Name] = true
		s := symbol{kind: symLocal, name: id}
		if i < len(params) && params[i].Type != nil && len(p.Params) == len(params) {
			s.expr = &fsm.Expr{Op: fsm.OpParam, Type: params[i].Type, Index: i, Instance: fsm.OwnInstance}
		}
		e = e.with(s)
	}
	return key, e, true
}

// number gives a written answer its number.
func (m *machine) number() int {
	m.sources++
	return m.sources - 1
}

// lowerTransition lowers "on …", once for all the states that it is written for.
func (m *machine) lowerTransition(d *Transition, holders []*state, at *state) {
	h := &handler{source: m.number(), span: d.Head, text: m.c.text(d.Head), elseAt: after(d.Event.Span)}
	var key eventKey
	e, known, resolved := m.env("the body of a transition"), true, true
	if !d.Other {
		key, e, resolved = m.pattern(d.Event, "the body of a transition")
		known = resolved
	}
	if d.Other {
		e.from = fsm.IntType(0, m.senders)
	}
	e.extern = true
	if d.Else {
		h.rank = rankElse
	}
	if d.Guard != nil {
		guard := *e
		guard.where = "a guard"
		h.guard = guard.cond(d.Guard)
		known = known && h.guard != nil
		h.never = isConst(h.guard, 0)
		if isConst(h.guard, 1) {
			h.guard, h.sure = nil, true
		}
	}
	if d.Target != nil {
		if h.target = m.find(*d.Target, at); h.target == nil {
			known = false
		} else if h.target.descend() == nil {
			m.noInner(h.target, d.Target.Span)
			known = false
		}
	}
	h.body = e.body(d.Body)
	if !known { // it stays, so that nothing is said of its absence
		m.broken = true
		h.never, h.target, h.body = true, nil, nil
	}
	if !resolved {
		return
	}
	if key.kind == restartKind {
		m.addRestart(h, holders, d.Event.Name.Span)
		return
	}
	for _, s := range holders {
		if d.Other {
			s.holder.wild = append(s.holder.wild, h)
		} else {
			s.holder.add(key, h)
		}
	}
}

// addRestart adds what answers the restart of a crashed machine, which is in no state.
func (m *machine) addRestart(h *handler, holders []*state, at fsm.Span) {
	if len(holders) != 1 || holders[0] != m.root {
		m.c.tell("restart-place", at, "a crashed machine is in no state").help("Write `on restart` beside the states.")
		return
	}
	m.restart.add(eventKey{restartKind, 0}, h)
}

func (m *machine) lowerIgnore(d *Ignore, holders []*state) {
	if d.Other {
		h := &handler{source: m.number(), rank: rankRest, answer: fsm.Ignore, text: "ignore other messages", span: d.Span}
		for _, s := range holders {
			s.holder.wild = append(s.holder.wild, h)
		}
		return
	}
	for _, name := range d.Events {
		key, _, ok := m.event(name)
		h := &handler{source: m.number(), rank: rankRest, answer: fsm.Ignore, text: "ignore " + name.Name, span: name.Span}
		if !ok || !m.mayLeave(key, name, "ignored", true) {
			continue
		}
		for _, s := range holders {
			s.holder.add(key, h)
		}
	}
}

// mayLeave tells if an event cannot be ignored or deferred: only what arrives by itself can.
func (m *machine) mayLeave(key eventKey, name Ident, done string, timers bool) bool {
	switch key.kind {
	case fsm.Receive:
		return true
	case fsm.Fire:
		if timers {
			return true
		}
		m.c.tell("not-deferrable", name.Span, "%s is a timer: there is no link for it to wait in", quote(name.Name)).
			help("Ignore it, or start it again.")
	case fsm.Input:
		m.c.tell("not-deferrable", name.Span, "%s is an input, and cannot be %s", quote(name.Name), done).
			help("An input with no enabled transition is refused; `on %s { }` takes it without effect.", name.Name)
	case fsm.Internal:
		m.c.tell("not-deferrable", name.Span, "%s is an internal event, and cannot be %s", quote(name.Name), done).
			help("Without an enabled transition it does not happen.")
	case restartKind:
		m.c.tell("not-deferrable", name.Span, "a restart cannot be %s", done).
			help("Without `on restart` the machine starts again in its initial state.")
	}
	return false
}

func (m *machine) lowerDefer(d *Defer, holders []*state) {
	for _, p := range d.Events {
		key, e, ok := m.pattern(p, "a guard")
		e.extern = true
		h := &handler{source: m.number(), rank: rankRest, answer: fsm.Defer, text: "defer " + m.c.text(p.Span), span: p.Span}
		if d.Guard != nil {
			h.rank = rankDefer
			h.guard = e.cond(d.Guard)
			ok = ok && h.guard != nil
			h.never = isConst(h.guard, 0)
			h.text = "defer " + m.c.text(p.Span) + " when " + m.c.text(d.Guard.Pos())
			if isConst(h.guard, 1) {
				h.guard, h.rank = nil, rankRest
			}
		}
		if !ok || !m.mayLeave(key, p.Name, "deferred", false) {
			continue
		}
		for _, s := range holders {
			s.holder.add(key, h)
		}
	}
}
