package check

import (
	"slices"

	"interlock/fsm"
)

// exec is the working memory of one step: the cells it changes, the free choices it made, and what is still to be handed
// over. It is used again for the next step, so that taking a step allocates nothing.
type exec struct {
	p     *program
	base  []int64 // the joint state that is expanded
	c     []int64 // what the step makes of it
	dirty bool    // c may differ from base

	end  conclusion
	fail *site // of violated

	tick   func() bool // asked at every run of a step; true: end
	most   int         // runs of one step, and so combinations of its free choices; 0: no bound
	overdo func(step)  // told of a step that has more
	tried  func(step)  // told when every run of a step has been tried; nil: nobody asks
	unsure bool        // some of these were no step, or rested on an answer that lets it overtake others
	halted bool        // no further run is begun

	args []int64 // parameters of the event, message or joint at hand
	from int64   // index of the sender of the message at hand

	picks, his []int64 // free choices and the highest value of each
	pos        int     // choices made by this run

	answers []int64   // of extern guards: index, answer and arguments, stride program.maxArgs+2
	sends   []int64   // link, message and arguments, stride program.maxArgs+2
	queue   []int64   // on atomic links, oldest first, likewise
	trail   [][]int64 // what the cells and the queue were at each delivery on an atomic link; reused
	taken   []*transition
	started []int   // cells of fair timers that were started
	posted  []int64 // sends into fair links that may lose, got in or not, stride program.maxArgs+2
	defers  []bool  // by transition.number: it has deferred a message, which is no step
	inputs  []int64 // the arguments of an input being tried
	packet  []int64 // the arguments of a message being delivered
	values  []int64 // of an assignment
	slots   []int
	peek    *exec // tries whether a message can be deferred
}

// conclusion is how a run of a step came out.
type conclusion uint8

const (
	done       conclusion = iota
	violated              // exec.fail says by what
	notEnabled            // it is no step after all
)

// site is a place in the spec that a built-in check found violated.
type site struct {
	builtin  fsm.Builtin
	instance int
	span     fsm.Span
	what     int // of Unexpected: the message, or -1-timer
}

func newExec(p *program) *exec {
	x := &exec{p: p, base: p.blank(), c: p.blank()}
	x.inputs = make([]int64, p.maxArgs)
	x.packet = make([]int64, p.maxArgs)
	x.defers = make([]bool, len(p.defers))
	x.peek = &exec{p: p}
	return x
}

// begin makes the exec ready for a run of a step with the picks at hand.
func (x *exec) begin() {
	if x.dirty {
		copy(x.c, x.base)
		x.dirty = false
	}
	x.end, x.fail = done, nil
	x.pos = 0
	x.args, x.from = nil, 0
	x.answers, x.sends, x.queue, x.taken = x.answers[:0], x.sends[:0], x.queue[:0], x.taken[:0]
	x.started, x.posted = x.started[:0], x.posted[:0]
}

// violate ends the run; the first violation counts.
func (x *exec) violate(s *site) {
	if x.end == done {
		x.end, x.fail = violated, s
	}
}

func (x *exec) refuse() {
	if x.end == done {
		x.end = notEnabled
	}
}

// pick makes a free choice: what the picks say, or the lowest value. A run that has ended chooses no more.
func (x *exec) pick(lo, hi int64) int64 {
	if x.end != done {
		return lo
	}
	if x.pos == len(x.picks) {
		x.picks = append(x.picks, lo)
		x.his = append(x.his, hi)
	}
	x.pos++
	return x.picks[x.pos-1]
}

// nextPicks goes to the next combination of free choices, the last fastest, or reports that all have been seen.
func (x *exec) nextPicks() bool {
	for i := len(x.picks) - 1; i >= 0; i-- {
		if x.picks[i] < x.his[i] {
			x.picks[i]++
			x.picks, x.his = x.picks[:i+1], x.his[:i+1]
			return true
		}
	}
	x.picks, x.his = x.picks[:0], x.his[:0]
	return false
}

// extern is the answer of an extern guard: one for the same arguments in one step.
func (x *exec) extern(index int64, args []int64) int64 {
	stride := x.p.maxArgs + 2
	for i := 0; i < len(x.answers); i += stride {
		if x.answers[i] == index && slices.Equal(x.answers[i+2:i+2+len(args)], args) {
			return x.answers[i+1]
		}
	}
	v := x.pick(0, 1)
	if x.end == done {
		x.answers = x.appendEntry(x.answers, index, v, args)
	}
	return v
}

// appendEntry appends a, b and the arguments, filled up to the stride.
func (x *exec) appendEntry(to []int64, a, b int64, args []int64) []int64 {
	to = append(append(to, a, b), args...)
	for range x.p.maxArgs - len(args) {
		to = append(to, 0)
	}
	return to
}

// run runs the statements of a body, as far as the first that ends the step.
func (x *exec) run(body []stmt) {
	for _, s := range body {
		s(x)
		if x.end != done {
			return
		}
	}
}

// answer finds the transition that answers: the enabled one of the first level that has one, or nil.
func (x *exec) answer(levels [][]*transition) *transition {
	for _, level := range levels {
		var enabled *transition
		for _, t := range level {
			if t.guard != nil && (t.guard(x) == 0 || x.end != done) {
				if x.end != done {
					return nil
				}
				continue
			}
			if enabled != nil {
				x.violate(t.overlap)
				return nil
			}
			enabled = t
		}
		if enabled != nil {
			return enabled
		}
	}
	return nil
}

// take runs the bodies of a transition and goes to its target.
func (x *exec) take(t *transition) {
	x.taken = append(x.taken, t)
	if t.answer != fsm.Take {
		return
	}
	x.dirty = true
	x.run(t.body)
	if t.target != fsm.Stay && x.end == done {
		x.c[t.instance] = int64(t.target)
	}
}

// settle lets the sends made so far leave, then hands over what is on atomic links, oldest first, each to completion.
func (x *exec) settle() {
	if x.end != done || len(x.sends) == 0 {
		return
	}
	x.leave()
	stride := x.p.maxArgs + 2
	for n := 0; x.end == done && len(x.queue) > 0; n++ {
		link := int(x.queue[0])
		if n >= fsm.MaxDeliveries || x.repeats(n) {
			x.violate(x.p.links[link].runaway)
			return
		}
		message, args := int(x.queue[1]), x.queue[2:stride]
		copy(x.packet, args)
		x.queue = slices.Delete(x.queue, 0, stride)
		x.receive(link, message, false)
		x.leave()
	}
}

// repeats reports whether the cells and the queue are what they were at an earlier delivery of the step, and keeps them.
func (x *exec) repeats(n int) bool {
	if n == len(x.trail) {
		x.trail = append(x.trail, nil)
	}
	x.trail[n] = append(append(x.trail[n][:0], x.c...), x.queue...)
	for _, earlier := range x.trail[:n] {
		if slices.Equal(earlier, x.trail[n]) {
			return true
		}
	}
	return false
}

// leave puts each message where it goes: into its link, or on the step's own queue.
func (x *exec) leave() {
	if x.end != done || len(x.sends) == 0 {
		return
	}
	x.dirty = true
	stride := x.p.maxArgs + 2
	for i := 0; i < len(x.sends) && x.end == done; i += stride {
		s := x.sends[i : i+stride]
		link := x.p.links[s[0]]
		if link.posts {
			x.posted = append(x.posted, s...)
		}
		switch {
		case link.Kind == fsm.Atomic:
			x.queue = append(x.queue, s...)
		case link.Kind == fsm.Keep && x.find(link, s[1:]):
		case x.c[link.at.cell] < int64(link.Capacity):
			x.insert(link, s[1:])
		case link.Lose:
		case link.FullBlocks:
			x.refuse()
		default:
			x.violate(link.overflow)
		}
	}
	x.sends = x.sends[:0]
}

// receive lets the receiver answer the message with the arguments in packet. mayDefer says that deferring is an answer:
// then it is no step.
func (x *exec) receive(link, message int, mayDefer bool) {
	l := x.p.links[link]
	x.args, x.from = x.packet, l.from
	r := l.receiver[x.c[l.To]].byMessage[message]
	t := x.answer(r.levels)
	switch {
	case x.end != done:
	case t != nil && t.answer != fsm.Defer:
		x.take(t)
	case t != nil && mayDefer:
		x.defers[t.number] = true
		x.refuse()
	default:
		x.violate(r.unexpected)
	}
}

// find reports whether a link holds the packet: message and arguments.
func (x *exec) find(l *link, packet []int64) bool {
	for p := range int(x.c[l.at.cell]) {
		if x.compare(l, p, packet) == 0 {
			return true
		}
	}
	return false
}

// compare orders the message at place p of a link and a packet, as fsm.Packet.Compare does.
func (x *exec) compare(l *link, p int, packet []int64) int {
	cell := l.at.place(p)
	return slices.Compare(x.c[cell:cell+l.at.stride], packet[:l.at.stride])
}

// insert adds a packet to a link that has room: at the end, or in a bag where the order wants it.
func (x *exec) insert(l *link, packet []int64) {
	n := int(x.c[l.at.cell])
	at := n
	for l.Bag() && at > 0 && x.compare(l, at-1, packet) >= 0 {
		at--
	}
	x.open(l, at)
	copy(x.c[l.at.place(at):], packet[:l.at.stride])
}

// open makes room at a place of a link.
func (x *exec) open(l *link, at int) {
	from, end := l.at.place(at), l.at.place(int(x.c[l.at.cell]))
	copy(x.c[from+l.at.stride:end+l.at.stride], x.c[from:end])
	x.c[l.at.cell]++
	x.dirty = true
}

// remove takes the message at a place out of a link.
func (x *exec) remove(l *link, at int) {
	from, end := l.at.place(at), l.at.place(int(x.c[l.at.cell]))
	copy(x.c[from:], x.c[from+l.at.stride:end])
	clear(x.c[end-l.at.stride : end])
	x.c[l.at.cell]--
	x.dirty = true
}
