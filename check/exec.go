package check

import (
	"slices"

	"interlock/check/compiled/engine/orbits"
	"interlock/fsm"
)

// exec is the working memory of one step: the joint state it changes, the free choices it made, and what is still to be handed
// over. It is used again for the next step, so that taking a step allocates nothing.
type exec struct {
	p        *program
	base     []uint64          // the joint state that is expanded
	w        []uint64          // what the step makes of it
	dirty    bool              // w may differ from base
	reduced  []uint64          // what is stored for w
	labels   *orbits.Labelling // by the shape of labelled
	labelled *symmetry
	keys     []uint64 // of elements

	end  conclusion
	fail *site // of violated

	tick   func() bool // asked at every run of a step; true: end
	most   int         // runs of one step, and so combinations of its free choices; 0: no bound
	overdo func(step)  // told of a step that has more
	tried  func(step)  // told when every run of a step has been tried; nil: nobody asks
	unsure bool        // some of these were no step, or rested on an answer that lets it overtake others
	halted bool        // no further run is begun
	memos  *memos      // what was made before; nil: it is not remembered

	args []int64 // parameters of the event, message or joint at hand
	from int64   // index of the sender of the message at hand

	picks, his []int64 // free choices and the highest value of each
	pos        int     // choices made by this run

	answers []int64 // of extern guards: index, answer and arguments, stride program.maxArgs+2
	sends   []sent
	letters []int64   // of sends that need them: link, message and arguments, stride program.maxArgs+2
	queue   []int64   // on atomic links, oldest first, likewise
	trail   []instant // at each delivery on an atomic link; reused
	taken   []*transition
	started []int     // cells of fair timers that were started
	posted  []int64   // sends into fair links that may lose, got in or not, stride program.maxArgs+2
	defers  []bool    // by transition.number: it has deferred a message, which is no step
	own     *ownEvent // the event that the instance takes by itself
	event   *variant  // with these arguments
	inputs  []int64   // its arguments
	many    []int64   // room for them
	packet  []int64   // the arguments of a message being delivered
	values  []int64   // of an assignment
	slots   []int
	code    []uint64 // a packed message
	room    []uint64
	looked  []int64 // the arguments of a message that is looked at
	peek    *exec   // tries whether a message can be deferred
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

// instant is what the joint state and the queue are at a delivery.
type instant struct {
	state []uint64
	queue []int64
}

func newExec(p *program) *exec {
	x := &exec{p: p, base: apart[uint64](p.words), w: apart[uint64](p.words)}
	x.many = apart[int64](p.maxArgs)
	x.defers = apart[bool](len(p.defers))
	x.peek = &exec{p: p}
	for _, x := range []*exec{x, x.peek} {
		x.packet, x.looked = apart[int64](p.maxArgs), apart[int64](p.maxArgs)
		x.code, x.room = apart[uint64](p.parcel), apart[uint64](p.parcel)
	}
	return x
}

// hold makes the joint state w the one that expressions are asked of.
func (x *exec) hold(w []uint64) {
	copy(x.w, w)
	x.dirty = true
}

// begin makes the exec ready for a run of a step with the picks at hand.
func (x *exec) begin() {
	if x.dirty {
		copy(x.w, x.base)
		x.dirty = false
	}
	x.end, x.fail = done, nil
	x.pos = 0
	x.args, x.from = nil, 0
	x.answers, x.sends, x.letters, x.queue, x.taken = x.answers[:0], x.sends[:0], x.letters[:0], x.queue[:0], x.taken[:0]
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
			if !hold(t.first, x.w) {
				continue
			}
			if t.guard != nil && (!t.guard(x) || x.end != done) {
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

// take runs the bodies of a transition, the last of which goes to its target.
func (x *exec) take(t *transition) {
	x.taken = append(x.taken, t)
	if t.answer != fsm.Take {
		return
	}
	x.dirty = true
	x.run(t.body)
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

// repeats reports whether the joint state and the queue are what they were at an earlier delivery of the step, and keeps them.
func (x *exec) repeats(n int) bool {
	if n == len(x.trail) {
		x.trail = append(x.trail, instant{})
	}
	now := &x.trail[n]
	now.state, now.queue = append(now.state[:0], x.w...), append(now.queue[:0], x.queue...)
	for _, earlier := range x.trail[:n] {
		if slices.Equal(earlier.state, now.state) && slices.Equal(earlier.queue, now.queue) {
			return true
		}
	}
	return false
}

// sent is a message that leaves when the body has run. On a link that keeps messages of one word, and tells nobody about
// them, it is packed at once; otherwise letter says where it lies in exec.letters.
type sent struct {
	link   *link
	code   uint64
	letter int // -1: it is packed
}

// leave puts each message where it goes: into its link, or on the step's own queue.
func (x *exec) leave() {
	if x.end != done || len(x.sends) == 0 {
		return
	}
	x.dirty = true
	stride := x.p.maxArgs + 2
	for i := 0; i < len(x.sends) && x.end == done; i++ {
		s := &x.sends[i]
		if s.letter < 0 {
			x.code[0] = s.code
			x.post(s.link)
			continue
		}
		letter := x.letters[s.letter : s.letter+stride]
		if s.link.posts {
			x.posted = append(x.posted, letter...)
		}
		if s.link.Kind == fsm.Atomic {
			x.queue = append(x.queue, letter...)
			continue
		}
		s.link.at.encode(letter[1:], x.code)
		x.post(s.link)
	}
	x.sends, x.letters = x.sends[:0], x.letters[:0]
}

// post puts the packed message at hand into a link that keeps it.
func (x *exec) post(l *link) {
	at := l.at
	if at.narrow() {
		x.postNarrow(l, x.code[0])
		return
	}
	n := at.count(x.w)
	place := n
	if l.bag {
		for place > 0 && x.compare(at, place-1) >= 0 {
			place--
		}
		if l.Kind == fsm.Keep && place < n && x.compare(at, place) == 0 {
			return // it is there
		}
	}
	if n >= at.capacity {
		x.full(l)
		return
	}
	at.putIn(x.w, place, x.code, x.room)
}

// postNarrow is post into a link of which the whole row is no wider than a word.
func (x *exec) postNarrow(l *link, code uint64) {
	at := l.at
	row := at.bitsOf(x.w)
	n := at.countIn(row)
	place := n
	switch {
	case at.set:
		if row>>(code-1)&1 != 0 {
			return // it is there
		}
	case l.bag:
		mask := uint64(1)<<at.width - 1
		for place > 0 && row>>(uint((place-1)*at.width)&63)&mask >= code {
			place--
		}
		if l.Kind == fsm.Keep && place < n && row>>(uint(place*at.width)&63)&mask == code {
			return
		}
	}
	if n >= at.capacity {
		x.full(l)
		return
	}
	at.setBits(x.w, at.with(row, place, code))
}

// full is what a message does that goes into a link which has no room for it.
func (x *exec) full(l *link) {
	switch {
	case l.Lose:
	case l.FullBlocks:
		x.refuse()
	default:
		x.violate(l.overflow)
	}
}

// compare orders what is at a place of a link and the packed message at hand.
func (x *exec) compare(at *linkLayout, place int) int {
	at.code(x.w, place, x.room)
	return compareCodes(x.room[:at.parcel()], x.code[:at.parcel()])
}

// receive lets the receiver answer the message with the arguments in packet. mayDefer says that deferring is an answer:
// then it is no step.
func (x *exec) receive(link, message int, mayDefer bool) {
	l := x.p.links[link]
	x.args, x.from = x.packet, l.from
	r := l.receiver[x.p.state(x.w, l.To)].byMessage[message]
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
