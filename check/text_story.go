package check

import (
	"slices"
	"strconv"

	"interlock/fsm"
)

// story is a trace made ready to be told: each step with who took it, what came in, what changed and what left, and every
// message followed from where it was sent to where it ended. Table, chart and JSON tell the same story.
type story struct {
	sys     *fsm.System
	moments []moment // the start, then one a step
	letters []*letter
	loop    int // the moment whose joint state the last one returns to; -1: the run just ends
	fails   *fsm.Violation
	end     *fsm.Joint // the last joint state that there is
}

// moment is the start (number 0) or one step.
type moment struct {
	number  int
	choice  *fsm.Choice // nil for the start
	before  *fsm.Joint  // nil for the start
	after   *fsm.Joint  // nil where the step breaks a built-in check
	who     int         // the instance that the step begins with; -1: the links, or several
	label   string      // "Accept", "Hangup(Gone)", "Remove", "Handover(1)"
	arrival *letter     // what is delivered, lost or doubled
	acts    []act       // in the order of execution
	sent    []*letter   // in that order, too
	effects []fsm.Effect
	changes []change
	guard   *permit // of a joint transition
}

// act is what one instance did in a step.
type act struct {
	instance   int
	transition *fsm.Transition // nil for a part of a joint transition, a crash, and a restart into the initial state
	from, to   int
	by         *letter // what it was handed on an atomic link; nil for those that the step begins with
	guard      *permit
}

// letter is one message that was sent; a copy made by the network is the same letter.
type letter struct {
	text    string
	link    int
	packet  fsm.Packet
	sent    int   // the moment in which it was sent
	arrived []int // the moments in which it was delivered
	doubled []int
	lost    int  // the moment in which it, or a copy, was lost; 0: in none
	full    bool // the link was full: it was lost when it was sent
	gone    int  // the moment of the crash that it was lost with; 0: none
	resting bool // a copy is still in its link at the end
}

// change is a variable or a timer that a step changed.
type change struct {
	instance      int // -1: of the system
	name          string
	before, after string // of a start that picked a value, before is empty
	timer         bool
}

// newStory follows a trace.
func newStory(sys *fsm.System, tr *fsm.Trace) *story {
	s := &story{sys: sys, loop: tr.Loop, fails: tr.Fails, end: &tr.Start}
	mail := make([][]*letter, len(sys.Links))
	first := moment{who: -1, after: &tr.Start}
	if tr.Fails != nil && len(tr.Steps) == 0 {
		first.after = nil
	}
	s.follow(&first, tr.Begun, mail)
	first.changes = s.begun(&tr.Start)
	s.moments = append(s.moments, first)
	for i, step := range tr.Steps {
		m := moment{number: i + 1, choice: &tr.Steps[i].Choice, before: s.end, who: -1}
		s.name(&m, mail)
		if step.Outcome != nil {
			m.after = step.Outcome.Joint
			s.end = m.after
		}
		s.follow(&m, step.Outcome, mail)
		s.moments = append(s.moments, m)
	}
	for _, l := range slices.Concat(mail...) {
		l.resting = true
	}
	return s
}

// name says what a step begins with, and takes the letter that it is about out of its link.
func (s *story) name(m *moment, mail [][]*letter) {
	c := m.choice
	switch c.Kind {
	case fsm.Handle:
		m.who = c.Instance
		e := s.sys.MachineOf(c.Instance).Events[c.Event]
		m.label = e.Name + fsm.FormatArgs(e.Params, c.Args)
	case fsm.TakeJoint:
		j := s.sys.Joints[c.Joint]
		m.label = j.Name + fsm.FormatArgs(j.Params, j.Args)
	case fsm.RestartNode:
		m.label = "restart"
		m.who = s.sys.Nodes[c.Node].Instances[0]
	case fsm.CrashNode:
		m.label = "crash"
		m.who = s.sys.Crashes[c.Crash].Instance
	default:
		at := s.find(m.before, c, mail)
		m.arrival = mail[c.Link][at]
		m.label = m.arrival.text
		s.move(m, at, mail)
	}
}

// move does to a letter what the step does to its message.
func (s *story) move(m *moment, at int, mail [][]*letter) {
	link := m.choice.Link
	switch m.choice.Kind {
	case fsm.Deliver:
		m.who = s.sys.Links[link].To
		m.arrival.arrived = append(m.arrival.arrived, m.number)
		if s.sys.Links[link].Kind == fsm.Keep {
			return
		}
	case fsm.LoseMessage:
		m.arrival.lost = m.number
	case fsm.DuplicateMessage:
		m.arrival.doubled = append(m.arrival.doubled, m.number)
		mail[link] = slices.Insert(mail[link], at+1, m.arrival)
		return
	}
	mail[link] = slices.Delete(slices.Clone(mail[link]), at, at+1)
}

// find is the place of the letter that a choice is about. A bag is kept sorted and says nothing of age: the oldest of
// equal letters is taken.
func (s *story) find(before *fsm.Joint, c *fsm.Choice, mail [][]*letter) int {
	if !s.sys.Links[c.Link].Bag() {
		return c.Position
	}
	p := before.Links[c.Link][c.Position]
	return slices.IndexFunc(mail[c.Link], func(l *letter) bool { return l.packet.Compare(p) == 0 })
}

// follow records what a step did: who acted, what was sent, what changed.
func (s *story) follow(m *moment, out *fsm.Outcome, mail [][]*letter) {
	if out == nil {
		return
	}
	m.effects = out.Effects
	var handed []*letter
	for _, sent := range out.Sent {
		l := s.post(m, sent, mail)
		m.sent = append(m.sent, l)
		if s.sys.Links[l.link].Kind == fsm.Atomic {
			handed = append(handed, l)
		}
	}
	first := len(out.Taken) - len(handed) // every message handed over is answered by one transition, oldest first
	for i, taken := range out.Taken {
		a := s.act(m, taken)
		if i >= first {
			a.by = handed[i-first]
		}
		m.acts = append(m.acts, a)
	}
	if m.number == 0 {
		return
	}
	s.node(m)
	s.guards(m)
	m.changes = s.diff(m.before, m.after)
	s.sweep(m, mail)
}

// post puts a message that leaves where it goes.
func (s *story) post(m *moment, sent fsm.Sent, mail [][]*letter) *letter {
	l := &letter{text: s.sys.FormatPacket(sent.Packet), link: sent.Link, packet: sent.Packet, sent: m.number, full: sent.Lost}
	s.letters = append(s.letters, l)
	switch link := s.sys.Links[sent.Link]; {
	case link.Kind == fsm.Atomic:
		l.arrived = []int{m.number}
	case sent.Lost:
	case link.Kind == fsm.Keep && slices.ContainsFunc(mail[sent.Link], func(o *letter) bool {
		return o.packet.Compare(sent.Packet) == 0
	}): // it is there already
	default:
		mail[sent.Link] = append(slices.Clone(mail[sent.Link]), l)
	}
	return l
}

// act is what a transition, or a part of a joint transition, did.
func (s *story) act(m *moment, taken fsm.Taken) act {
	a := act{instance: taken.Instance}
	if taken.Transition >= 0 {
		a.transition = s.sys.MachineOf(taken.Instance).Transitions[taken.Transition]
		a.from, a.to = a.transition.State, a.transition.State
		if a.transition.Answer == fsm.Take && a.transition.Target != fsm.Stay {
			a.to = a.transition.Target
		}
		return a
	}
	if m.before == nil || m.choice.Kind != fsm.TakeJoint {
		a.from = m.after.States[taken.Instance]
		a.to = a.from
		return a
	}
	a.from = m.before.States[taken.Instance]
	a.to = a.from
	for _, p := range s.sys.Joints[m.choice.Joint].Parts {
		if at := slices.Index(p.From, a.from); p.Instance == taken.Instance && at >= 0 && p.Targets[at] != fsm.Stay {
			a.to = p.Targets[at]
		}
	}
	return a
}

// node adds what a crash or a restart does to each machine of the node and no transition tells.
func (s *story) node(m *moment) {
	if m.choice.Kind != fsm.CrashNode && m.choice.Kind != fsm.RestartNode {
		return
	}
	var silent []act
	for _, i := range s.sys.Nodes[s.sys.Instances[m.who].Node].Instances {
		to := m.after.States[i]
		if first := slices.IndexFunc(m.acts, func(a act) bool { return a.instance == i }); first >= 0 {
			to = m.acts[first].from // it came up without a transition, and was handed a message in the same step
		}
		if to != m.before.States[i] {
			silent = append(silent, act{instance: i, from: m.before.States[i], to: to})
		}
	}
	m.acts = slices.Concat(silent, m.acts)
}

// sweep takes the letters out that went with a crash.
func (s *story) sweep(m *moment, mail [][]*letter) {
	for i := range mail {
		if m.choice.Kind != fsm.CrashNode || len(m.after.Links[i]) > 0 {
			continue
		}
		for _, l := range mail[i] {
			l.gone = m.number
		}
		mail[i] = nil
	}
}

// begun lists what is not told by the text of the spec: the values that a start picked.
func (s *story) begun(start *fsm.Joint) []change {
	var changes []change
	add := func(instance int, v fsm.Var, base int) {
		if !v.Any || len(start.Vars) == 0 {
			return
		}
		for k, name := range slotNames(v.Name, v.Type) {
			changes = append(changes, change{instance: instance, name: name, after: v.Type.Scalar().Format(start.Vars[base+k])})
		}
	}
	for i, v := range s.sys.Vars {
		add(-1, v, s.sys.SystemSlot(i))
	}
	for i := range s.sys.Instances {
		for k, v := range s.sys.MachineOf(i).Vars {
			if !v.Shared {
				add(i, v, s.sys.VarSlot(i, k))
			}
		}
	}
	return changes
}

// diff lists the variables and timers that differ.
func (s *story) diff(before, after *fsm.Joint) []change {
	var changes []change
	add := func(instance int, v fsm.Var, base int) {
		for k, name := range slotNames(v.Name, v.Type) {
			if a, b := before.Vars[base+k], after.Vars[base+k]; a != b {
				t := v.Type.Scalar()
				changes = append(changes, change{instance: instance, name: name, before: t.Format(a), after: t.Format(b)})
			}
		}
	}
	for i, v := range s.sys.Vars {
		add(-1, v, s.sys.SystemSlot(i))
	}
	for i := range s.sys.Instances {
		m := s.sys.MachineOf(i)
		for k, v := range m.Vars {
			if !v.Shared {
				add(i, v, s.sys.VarSlot(i, k))
			}
		}
		for k, t := range m.Timers {
			slot := s.sys.TimerSlot(i, k)
			if a, b := before.Armed[slot], after.Armed[slot]; a != b {
				changes = append(changes, change{instance: i, name: t.Name, before: armed(a), after: armed(b), timer: true})
			}
		}
	}
	return changes
}

func armed(on bool) string {
	if on {
		return "armed"
	}
	return "off"
}

// slotNames names the slots of a variable: "seen[2][0]".
func slotNames(name string, t *fsm.Type) []string {
	if t.Kind != fsm.Array {
		return []string{name}
	}
	var names []string
	for i := range t.Len {
		names = append(names, slotNames(name+"["+strconv.Itoa(i)+"]", t.Elem)...)
	}
	return names
}

// state names a state of an instance.
func (s *story) state(instance, state int) string {
	if state == fsm.Down {
		return "Down"
	}
	return s.sys.MachineOf(instance).States[state].Name
}

// instance names an instance; -1 is no instance at all.
func (s *story) instance(i int) string {
	if i < 0 {
		return ""
	}
	return s.sys.Instances[i].Name
}

// place is where the text says that an act is done.
func (s *story) place(m *moment, a act) fsm.Span {
	switch {
	case a.transition != nil:
		return a.transition.Span
	case m.choice == nil:
		return fsm.Span{}
	case m.choice.Kind == fsm.TakeJoint:
		return s.sys.Joints[m.choice.Joint].Span
	case m.choice.Kind == fsm.CrashNode:
		return s.sys.Crashes[m.choice.Crash].Span
	}
	return fsm.Span{}
}

// direct reports whether a letter was delivered once, in the step after the one that sent it: then one arrow tells both.
func (l *letter) direct() bool {
	return len(l.arrived) == 1 && l.arrived[0] == l.sent+1 && !l.resting && len(l.doubled) == 0 && l.lost == 0
}
