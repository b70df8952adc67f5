package check

import (
	"encoding/binary"
	"slices"

	"interlock/fsm"
)

// fairness knows what the system's fairness asks of a run that never ends, and which steps answer it. What fair links ask,
// a message with its values at a time, is found as the messages are met.
type fairness struct {
	p        *program
	asks     []obligation
	events   [][][]uint32     // by instance and event: the obligations that the event answers
	joints   [][]uint32       // by joint transition
	timers   map[int][]uint32 // by cell of a timer: those that begin anew when it is started
	messages map[string]uint32
	marks    []mark // by number, as the edges of a graph carry them; number 0 says nothing
	markOf   map[string]uint32
	sets     [][]uint32 // of obligations, by number; number 0 is empty
	setOf    map[string]uint32
	bytes    int64  // held, about
	buffer   []byte // of keys
	cells    []int64
	taker    *exec // asks whether a receiver would take a message
}

// obligation is one thing that fairness asks of a run that never ends. Weak: a step that stays enabled for ever is taken
// again and again. Strong: one that is enabled again and again is. For a message on a fair link, to be sent counts like to be
// enabled, if the receiver would take it then: it may have been lost at once, but not for ever.
type obligation struct {
	strong bool
	fair   *fsm.Fairness // what declares it; nil: a fair link does
	link   int
	packet fsm.Packet
}

// mark says what a step means to fairness: which obligations it answers, which begin anew with it, and which it makes by
// sending. All ascend.
type mark struct{ answers, renews, makes []uint32 }

// entryBytes is about what an entry of a table costs beside its numbers.
const entryBytes = 120

func newFairness(p *program) *fairness {
	f := &fairness{p: p, timers: map[int][]uint32{}, messages: map[string]uint32{}, marks: []mark{{}}, markOf: map[string]uint32{"\x00\x00": 0},
		sets: [][]uint32{nil}, setOf: map[string]uint32{"": 0}, joints: make([][]uint32, len(p.sys.Joints)), taker: newExec(p)}
	for i := range p.sys.Instances {
		f.events = append(f.events, make([][]uint32, len(p.sys.MachineOf(i).Events)))
	}
	for i := range p.sys.Fair {
		f.declare(&p.sys.Fair[i])
	}
	return f
}

// declare adds the obligation of a declared fairness.
func (f *fairness) declare(fair *fsm.Fairness) {
	n := uint32(len(f.asks))
	f.asks = append(f.asks, obligation{strong: fair.Strong, fair: fair})
	if fair.Event < 0 {
		for j := range f.joints {
			if fair.Joint == j || fair.Joint < 0 {
				f.joints[j] = append(f.joints[j], n)
			}
		}
		return
	}
	f.events[fair.Instance][fair.Event] = append(f.events[fair.Instance][fair.Event], n)
	if e := f.p.sys.MachineOf(fair.Instance).Events[fair.Event]; e.Kind == fsm.Fire && !fair.Strong {
		cell := f.p.timers + f.p.sys.TimerSlot(fair.Instance, e.Timer)
		f.timers[cell] = append(f.timers[cell], n)
	}
}

// answers lists the obligations that the step at hand of x is an answer to; the list is used again.
func (f *fairness) answers(x *exec, s step, list []uint32) []uint32 {
	switch s.kind {
	case fsm.Handle:
		return append(list, f.events[s.index][f.p.instances[s.index].states[f.p.value(x.base, s.index)].own[s.event].event]...)
	case fsm.TakeJoint:
		return append(list, f.joints[s.index]...)
	case fsm.Deliver:
		if f.p.links[s.index].Fair {
			return append(list, f.message(x, s))
		}
	}
	return list
}

// message is the obligation for the message that is delivered.
func (f *fairness) message(x *exec, s step) uint32 {
	at := f.p.links[s.index].at
	at.code(x.base, s.position, x.room)
	f.cells = append(append(f.cells[:0], 0), x.looked...)
	f.cells[0] = int64(at.decode(x.room, f.cells[1:]))
	return f.packet(s.index, f.cells)
}

// packet is the obligation for a message, with its arguments behind it, on a link.
func (f *fairness) packet(link int, cells []int64) uint32 {
	cells = cells[:1+len(f.p.sys.Spec.Messages[cells[0]].Fields)]
	key := binary.AppendVarint(f.buffer[:0], int64(link))
	for _, v := range cells {
		key = binary.AppendVarint(key, v)
	}
	f.buffer = key
	n, known := f.messages[string(key)]
	if !known {
		n = uint32(len(f.asks))
		f.messages[string(key)] = n
		f.asks = append(f.asks, obligation{strong: true, link: link, packet: fsm.Packet{Message: int(cells[0]), Args: slices.Clone(cells[1:])}})
		f.bytes += entryBytes + int64(len(key)+8*len(cells))
	}
	return n
}

// mark numbers what a step that x has taken means: it answers these, and has started timers and sent messages.
func (f *fairness) mark(x *exec, answers []uint32) uint32 {
	if len(answers)+len(x.started)+len(x.posted) == 0 {
		return 0
	}
	var renews, makes []uint32
	for _, cell := range x.started {
		renews = append(renews, f.timers[cell]...)
	}
	stride := f.p.maxArgs + 2
	for i := 0; i < len(x.posted); i += stride {
		if sent := x.posted[i : i+stride]; f.wouldTake(x, sent) {
			makes = append(makes, f.packet(int(sent[0]), sent[1:]))
		}
	}
	renews, makes = ordered(renews), ordered(makes)
	f.buffer = append(appendNumbers(f.buffer[:0], answers), 0)
	f.buffer = append(appendNumbers(f.buffer, renews), 0)
	f.buffer = appendNumbers(f.buffer, makes)
	n, known := f.markOf[string(f.buffer)]
	if !known {
		n = uint32(len(f.marks))
		f.markOf[string(f.buffer)] = n
		f.marks = append(f.marks, mark{slices.Clone(answers), renews, makes})
		f.bytes += entryBytes + int64(len(f.buffer)+4*len(answers)+4*len(renews)+4*len(makes))
	}
	return n
}

// wouldTake reports whether the receiver would take a message that was sent, if it came first in the joint state that x has
// made: it is up, and neither defers it nor is kept from it by a full link.
func (f *fairness) wouldTake(x *exec, sent []int64) bool {
	y, l := f.taker, f.p.links[sent[0]]
	if f.p.value(x.w, l.To) == fsm.Down {
		return false
	}
	copy(y.base, x.w)
	l.at.wipe(y.base)
	y.reset()
	for more := true; more; more = y.nextPicks() {
		y.begin()
		copy(y.packet, sent[2:])
		y.receive(int(sent[0]), int(sent[1]), true)
		if y.settle(); y.end == notEnabled {
			return false
		}
	}
	return true
}

// ordered sorts numbers and leaves out what is there twice.
func ordered(list []uint32) []uint32 {
	slices.Sort(list)
	return slices.Compact(list)
}

// set numbers a set of obligations, which is sorted in place.
func (f *fairness) set(list []uint32) uint32 {
	list = ordered(list)
	f.buffer = appendNumbers(f.buffer[:0], list)
	n, known := f.setOf[string(f.buffer)]
	if !known {
		n = uint32(len(f.sets))
		f.setOf[string(f.buffer)] = n
		f.sets = append(f.sets, slices.Clone(list))
		f.bytes += entryBytes + int64(len(f.buffer)+4*len(list))
	}
	return n
}

// appendNumbers appends numbers so that none of their bytes ends a list too early: 0 stands for the end only.
func appendNumbers(key []byte, list []uint32) []byte {
	for _, n := range list {
		key = binary.AppendUvarint(key, uint64(n)+1)
	}
	return key
}

// fairGraph is the steps between stored states with what they mean to fairness. A self-loop is in it only if it means
// something; that a run may pause in any state goes without saying. A step that a built-in check forbids, or that assume
// cuts, leads nowhere, but it is enabled: a run that does not take it for ever, though it could, is not fair. A step is enabled
// if it can be taken whatever the free choices in it are: nobody makes the host answer.
type fairGraph struct {
	*fairness
	graph
	means   []uint32 // by edge: the number of its mark
	enabled []uint32 // by state: the set of obligations of which a step is enabled
}

// Bytes that the search for lassos needs beside the store.
const (
	liveBytesAnEdge  = 12
	liveBytesAState  = 100
	liveStatesAtOnce = 1 << 10 // between two looks at the memory
)

// fairGraph takes every step of the expanded states once more. It fails, and s.reason says why, where there is no memory
// for it, or the time is over.
func (s *search) fairGraph() *fairGraph {
	s.stage, s.reason = "liveness", ""
	n, edges := s.expanded, int64(s.transitions)
	spent := s.bytes() + liveBytesAnEdge*edges + liveBytesAState*int64(s.st.n)
	s.st.number()
	g := &fairGraph{fairness: newFairness(s.p), graph: graph{first: make([]uint32, 0, n+1)}}
	if spent > s.opts.MaxMemory || edges > maxEdges {
		s.reason = noRoomForGraph
		return nil
	}
	g.to, g.means = make([]uint32, 0, edges), make([]uint32, 0, edges)
	var answers, enabled []uint32
	visit := func(t step) {
		if s.x.end == done {
			answers = g.answers(s.x, t, answers[:0])
			s.fairEdge(g, g.mark(s.x, answers))
		}
	}
	s.x.tried = func(t step) {
		if !s.x.unsure {
			enabled = g.answers(s.x, t, enabled)
		}
	}
	defer func() { s.x.tried = nil }()
	for id := range uint32(n) {
		g.first = append(g.first, uint32(len(g.to)))
		enabled = enabled[:0]
		s.st.load(id, s.x.base)
		s.x.expand(visit)
		g.enabled = append(g.enabled, g.set(enabled))
		if id%liveStatesAtOnce == 0 && spent+g.bytes > s.opts.MaxMemory {
			s.reason = noRoomForGraph
		}
		if s.reason != "" {
			return nil
		}
	}
	g.first = append(g.first, uint32(len(g.to)))
	return g
}

// noRoomForGraph is why a property that needs the graph is not decided.
const noRoomForGraph = "the limit of memory leaves no room for the graph of steps"

// fairEdge adds the step that the exec has made, from the state that it is based on, if a run can go on from there.
func (s *search) fairEdge(g *fairGraph, mark uint32) {
	w := s.x.stored()
	if mark == 0 && sameWords(w, s.x.base) {
		return
	}
	if to := s.st.find(w); to != noState && int(to) < s.expanded {
		g.to = append(g.to, to)
		g.means = append(g.means, mark)
	}
}

// done is the word for an obligation that was met.
func (o *obligation) done() string {
	if o.fair == nil {
		return "delivered"
	}
	return "taken"
}
