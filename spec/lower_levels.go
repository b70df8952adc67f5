package spec

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// maxTransitions bounds the transitions of a spec, once written for each leaf state.
const maxTransitions = 200_000

// assembleMachines numbers the events of every machine and writes what answers them in each leaf state. What other machines
// send is known by now.
func (c *compiler) assembleMachines() {
	for _, m := range c.machines.list {
		for _, stmts := range m.bodies() {
			m.noteSends(stmts)
		}
	}
	c.noteJointSends()
	total := 0
	for _, m := range c.machines.list {
		m.checkHolders()
		if len(m.leaves) == 0 || m.root.initial == nil || m.root.initial.descend() == nil {
			continue
		}
		index := m.numberEvents()
		a := assembly{m: m, index: index}
		a.assemble()
		if total += len(m.ir.Transitions); total > maxTransitions {
			c.tell("limit", m.decl.Name.Span, "the machines have more than %d transitions, counted for each state", maxTransitions).
				help("Declare fewer states, or answer fewer messages in all of them.")
			return
		}
	}
}

// bodies lists all bodies of a machine.
func (m *machine) bodies() [][]*fsm.Stmt {
	var list [][]*fsm.Stmt
	var walk func(*state)
	walk = func(s *state) {
		list = append(list, s.entry, s.exit)
		for _, key := range s.holder.keys {
			for _, h := range s.holder.on[key] {
				list = append(list, h.body)
			}
		}
		for _, h := range s.holder.wild {
			list = append(list, h.body)
		}
		for _, child := range s.children {
			walk(child)
		}
	}
	walk(m.root)
	for _, key := range m.restart.keys {
		for _, h := range m.restart.on[key] {
			list = append(list, h.body)
		}
	}
	return list
}

// noteSends tells the peers of a machine what it sends them.
func (m *machine) noteSends(stmts []*fsm.Stmt) {
	for _, s := range stmts {
		switch s.Op {
		case fsm.Send:
			if to := m.peers[s.Peer].machine; to != nil {
				to.arrives[s.Message] = true
			}
		case fsm.If:
			m.noteSends(s.Then)
			m.noteSends(s.Else)
		}
	}
}

// numberEvents lists the events: inputs, internals, messages, timers.
func (m *machine) numberEvents() map[eventKey]int {
	index := map[eventKey]int{}
	add := func(key eventKey, e fsm.Event) {
		index[key] = len(m.ir.Events)
		m.ir.Events = append(m.ir.Events, e)
	}
	for _, kind := range []fsm.EventKind{fsm.Input, fsm.Internal} {
		for i, e := range m.events[kind] {
			add(eventKey{kind, i}, e)
		}
	}
	for i, d := range m.c.messages.list {
		_, mentioned := m.receives[i]
		if mentioned || m.arrives[i] {
			add(eventKey{fsm.Receive, i}, fsm.Event{Kind: fsm.Receive, Name: d.decl.Name.Name, Doc: d.decl.Doc, Params: d.fields,
				Message: i, Span: d.decl.Name.Span})
		}
	}
	for i, t := range m.ir.Timers {
		add(eventKey{fsm.Fire, i}, fsm.Event{Kind: fsm.Fire, Name: t.Name, Doc: t.Doc, Timer: i, Span: t.Span})
	}
	return index
}

// assembly writes the transitions of one machine.
type assembly struct {
	m     *machine
	index map[eventKey]int
}

func (a *assembly) assemble() {
	m := a.m
	first := m.root.initial
	m.ir.Entry = slices.Concat(entries(nil, first.descend())...)
	for i, leaf := range m.leaves {
		m.ir.States[i].On = make([][]fsm.Level, len(m.ir.Events))
		for event, e := range m.ir.Events {
			key := eventKey{e.Kind, keyIndex(e, event, m)}
			m.ir.States[i].On[event] = a.levels(leaf, key, event)
			if len(m.ir.Transitions) > maxTransitions {
				return
			}
		}
	}
	a.restart()
}

// keyIndex is the index of an event among those of its kind.
func keyIndex(e fsm.Event, event int, m *machine) int {
	switch e.Kind {
	case fsm.Input:
		return event
	case fsm.Internal:
		return event - len(m.events[fsm.Input])
	case fsm.Receive:
		return e.Message
	}
	return e.Timer
}

// levels lists what answers an event in a leaf: state by state from the inside out, then the wildcards likewise. What
// stands behind an answer that is always given is left out.
func (a *assembly) levels(leaf *state, key eventKey, event int) []fsm.Level {
	var levels []fsm.Level
	for s := leaf; s != nil; s = s.parent {
		for _, group := range ranks(s.holder.on[key]) {
			level, final := a.level(group, leaf, s, event)
			if len(level) > 0 {
				levels = append(levels, level)
			}
			if final {
				return levels
			}
		}
	}
	if key.kind != fsm.Receive {
		return levels
	}
	for s := leaf; s != nil; s = s.parent {
		level, final := a.level(s.holder.wild, leaf, s, event)
		if len(level) > 0 {
			levels = append(levels, level)
		}
		if final {
			break
		}
	}
	return levels
}

// ranks splits the answers of one state for one event by rank, in order.
func ranks(list []*handler) [][]*handler {
	if len(list) < 2 {
		return [][]*handler{list}
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(x, y *handler) int {
		if x.rank != y.rank {
			return int(x.rank) - int(y.rank)
		}
		return x.source - y.source
	})
	var groups [][]*handler
	for i, h := range list {
		if i == 0 || h.rank != list[i-1].rank {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], h)
	}
	return groups
}

// level writes the transitions of one level. final says that one of them is always enabled.
func (a *assembly) level(group []*handler, leaf, at *state, event int) (level fsm.Level, final bool) {
	for _, h := range group {
		h.used = true
		if h.never {
			continue
		}
		t := &fsm.Transition{Source: h.source, State: leaf.leaf, Event: event, Guard: h.guard, Answer: h.answer, Target: fsm.Stay,
			Text: h.text, Span: h.span}
		if h.answer == fsm.Take {
			t.Body = h.body
		}
		if h.target != nil {
			t.Target = h.target.descend().leaf
			t.Body = moveBody(leaf, at, h.target, h.body)
		}
		level = append(level, len(a.m.ir.Transitions))
		a.m.ir.Transitions = append(a.m.ir.Transitions, t)
		final = final || h.guard == nil
	}
	return level, final
}

// moveBody is what runs when a leaf is left for a target by a transition written in the state at: exit bodies from the
// inside out, the transition's own, entry bodies from the outside in. As in UML the transition is external: everything up to
// the innermost state that strictly encloses both `at` and the target is left, so that `-> Same`, and a target inside or
// round the state, leave and enter it. What is written at machine level leaves everything.
func moveBody(leaf, at, target *state, own []*fsm.Stmt) []*fsm.Stmt {
	common := at.parent
	if common == nil {
		common = at // the root
	}
	for common.parent != nil && (common == target || !common.encloses(target)) {
		common = common.parent
	}
	var parts [][]*fsm.Stmt
	for s := leaf; s != common; s = s.parent {
		parts = append(parts, s.exit)
	}
	parts = append(parts, own)
	parts = append(parts, entries(common, target.descend())...)
	return slices.Concat(parts...)
}

// entries lists the entry bodies from below a state down to a leaf; from the outermost if above is nil.
func entries(above, leaf *state) [][]*fsm.Stmt {
	var parts [][]*fsm.Stmt
	for s := leaf; s != nil && s != above; s = s.parent {
		parts = append(parts, s.entry)
	}
	slices.Reverse(parts)
	return parts
}

// restart writes what answers a restart. Without an arrow the machine goes to its initial state.
func (a *assembly) restart() {
	m := a.m
	for _, group := range ranks(m.restart.on[eventKey{restartKind, 0}]) {
		var level fsm.Level
		for _, h := range group {
			h.used = true
			if h.never {
				continue
			}
			target := h.target
			if target == nil {
				target = m.root.initial
			}
			leaf := target.descend()
			body := slices.Concat(append([][]*fsm.Stmt{h.body}, entries(nil, leaf)...)...)
			level = append(level, len(m.ir.Transitions))
			m.ir.Transitions = append(m.ir.Transitions, &fsm.Transition{Source: h.source, State: fsm.Down, Event: -1, Guard: h.guard,
				Target: leaf.leaf, Body: body, Text: h.text, Span: h.span})
		}
		if len(level) > 0 {
			m.ir.Restart = append(m.ir.Restart, level)
		}
	}
}

// guardKey is a text that two guards share exactly when they are written alike after lowering.
func guardKey(x *fsm.Expr) string {
	var b strings.Builder
	writeKey(&b, x)
	return b.String()
}

func writeKey(b *strings.Builder, x *fsm.Expr) {
	if x == nil {
		b.WriteString("_")
		return
	}
	fmt.Fprintf(b, "(%d %d %d %d %v %v %d", x.Op, x.Value, x.Index, x.Instance, x.States, x.Links, x.Message)
	for _, a := range x.Args {
		writeKey(b, a)
	}
	b.WriteString(")")
}
