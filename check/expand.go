package check

import (
	"interlock/fsm"
)

// beginning is the kind of the "step" that makes a start; the others are those of package fsm.
const beginning = fsm.CrashNode + 1

// step names what an exec is doing, as fsm.Choice does; arguments and picks are in the exec.
type step struct {
	kind     fsm.ChoiceKind
	index    int // the instance, link, joint, node or crash
	event    int // of Handle: its number in leaf.own
	position int
}

// expand calls visit for every step that can be taken in the joint state in x.base, in the order of fsm.Choices, with
// x.w as what the step makes of it, or x.end == violated. visit may change nothing of x but x.w, and must then set x.dirty.
func (x *exec) expand(visit func(step)) {
	x.reset()
	if x.tick != nil && x.tick() {
		x.halted = true
		return
	}
	if x.memos != nil {
		x.recallInstances(visit)
		x.recallPackets(visit)
	} else {
		for i := range x.p.instances {
			x.expandOwn(i, visit)
		}
		x.expandPackets(fsm.Deliver, visit)
	}
	for n := range x.p.series {
		for _, i := range x.p.series[n].candidates(x.p.layout, x.base) {
			if j := x.p.joints[i]; hold(j.first, x.base) && (j.only || j.inPlace(x.p.layout, x.base)) {
				x.attemptOne(step{kind: fsm.TakeJoint, index: i}, visit)
			}
		}
	}
	if len(x.p.crashes) == 0 && !x.p.faulty {
		return
	}
	for i := range x.p.nodes {
		if x.p.value(x.base, x.p.nodes[i].instances[0]) == fsm.Down {
			x.attemptOne(step{kind: fsm.RestartNode, index: i}, visit)
		}
	}
	x.expandPackets(fsm.LoseMessage, visit)
	x.expandPackets(fsm.DuplicateMessage, visit)
	for i := range x.p.crashes {
		x.attemptOne(step{kind: fsm.CrashNode, index: i}, visit)
	}
}

// reset forgets what an exec that was halted left.
func (x *exec) reset() {
	x.dirty, x.halted = true, false
	x.picks, x.his = x.picks[:0], x.his[:0]
}

// starts calls visit for every way to begin, without regard to `initially` and `assume`.
func (x *exec) starts(visit func(step)) {
	clear(x.base)
	x.reset()
	x.attempt(step{kind: beginning}, visit)
}

// attempt runs a step with every combination of picks and calls visit with those that can be taken.
func (x *exec) attempt(s step, visit func(step)) {
	if x.halted {
		return
	}
	x.unsure = false
	x.runOnce(s, visit)
	if len(x.picks) > 0 {
		x.attemptOthers(s, visit)
	}
	if x.tried != nil {
		x.tried(s)
	}
}

// attemptOthers runs a step with all combinations of picks but the first.
func (x *exec) attemptOthers(s step, visit func(step)) {
	for n := 1; x.nextPicks() && !x.halted; n++ {
		if n == x.most && s.kind != beginning { // a start more is a state more: other limits bound those
			x.halted = true
			x.overdo(s)
			return
		}
		if x.tick != nil && x.tick() {
			x.halted = true
			return
		}
		x.runOnce(s, visit)
	}
}

// runOnce runs a step with the picks at hand.
func (x *exec) runOnce(s step, visit func(step)) {
	x.begin()
	x.rule(s)
	if x.memos != nil && x.memos.learned != nil {
		x.memos.learned.note(x, s)
	}
	if len(x.sends) > 0 {
		x.settle()
	}
	if x.end != notEnabled && !x.idle(s) {
		visit(s)
	} else {
		x.unsure = true
	}
}

// idle reports a delivery on a keep link that changes nothing: it is no step.
func (x *exec) idle(s step) bool {
	return s.kind == fsm.Deliver && x.end == done && x.p.links[s.index].Kind == fsm.Keep && sameWords(x.w, x.base)
}

func (x *exec) expandOwn(i int, visit func(step)) {
	in := x.p.state(x.base, i)
	if in == fsm.Down {
		return
	}
	if x.memos != nil {
		x.recallOwn(i, in, visit)
		return
	}
	x.tryOwn(i, in, visit)
}

// tryOwn takes the steps that an instance, which is in the state in, takes by itself, by its closures.
func (x *exec) tryOwn(i int, in int64, visit func(step)) {
	tries, first := x.p.instances[i].states[in].tries, x.base[0]
	for n := range tries {
		t := &tries[n]
		w := first
		if t.word != 0 {
			w = x.base[t.word]
		}
		if w&t.mask != t.want || len(t.more) > 0 && !hold(t.more, x.base) {
			continue
		}
		x.own, x.event = t.own, t.with
		if t.own.many {
			x.expandMany(t.step, t.own, visit)
			continue
		}
		x.inputs = t.with.args
		x.attempt(t.step, visit)
	}
}

// expandMany tries an event that has too many combinations of arguments to be compiled for each.
func (x *exec) expandMany(s step, e *ownEvent, visit func(step)) {
	x.inputs = x.many
	for j, param := range e.params {
		x.inputs[j] = param.Type.Lo
	}
	for more := true; more && !x.halted; more = advance(x.inputs, e.params) {
		x.attempt(s, visit)
	}
}

// advance goes to the next arguments, the last fastest.
func advance(args []int64, params []fsm.Param) bool {
	for i := len(params) - 1; i >= 0; i-- {
		if args[i] < params[i].Type.Hi {
			args[i]++
			return true
		}
		args[i] = params[i].Type.Lo
	}
	return false
}

// expandPackets takes a kind of step for every message in a link; equal messages of a bag give one.
func (x *exec) expandPackets(kind fsm.ChoiceKind, visit func(step)) {
	for i, l := range x.p.links {
		if l.at.capacity == 0 || kind == fsm.LoseMessage && !l.Lose || kind == fsm.DuplicateMessage && !l.Duplicate {
			continue
		}
		n := l.at.count(x.base)
		if n == 0 || kind == fsm.Deliver && x.p.state(x.base, l.To) == fsm.Down {
			continue
		}
		if x.memos != nil {
			x.disturb(kind, i, n, visit)
			continue
		}
		x.expandLink(kind, i, 0, visit)
	}
}

// disturb loses or doubles every message in a link that holds n. No rule decides about that.
func (x *exec) disturb(kind fsm.ChoiceKind, i, n int, visit func(step)) {
	l := x.p.links[i]
	if kind == fsm.DuplicateMessage && n >= l.Capacity {
		return
	}
	for at := 0; at < n && !x.halted; at++ {
		if at > 0 && l.bag && x.same(l.at, at) {
			continue
		}
		copyWords(x.w, x.base)
		x.dirty, x.end, x.taken = true, done, x.taken[:0]
		if kind == fsm.LoseMessage {
			l.at.takeOut(x.w, at, x.room)
		} else {
			l.at.code(x.base, at, x.code)
			l.at.putIn(x.w, at+1, x.code, x.room)
		}
		visit(step{kind: kind, index: i, position: at})
	}
}

// expandLink takes a kind of step for every message in a link from a place on.
func (x *exec) expandLink(kind fsm.ChoiceKind, i, from int, visit func(step)) {
	l := x.p.links[i]
	for at := from; at < l.at.count(x.base); at++ {
		if at > 0 && l.Bag() && x.same(l.at, at) {
			continue
		}
		x.attempt(step{kind: kind, index: i, position: at}, visit)
	}
}

// same reports whether a place of a link holds what the place before it does.
func (x *exec) same(l *linkLayout, place int) bool {
	if l.set {
		return false
	}
	l.code(x.base, place, x.room)
	l.code(x.base, place-1, x.code)
	return compareCodes(x.room[:l.parcel()], x.code[:l.parcel()]) == 0
}

// rule runs the rule of one kind of step.
func (x *exec) rule(s step) {
	switch s.kind {
	case fsm.Handle:
		x.handleOwn()
	case fsm.Deliver:
		x.deliver(s)
	case fsm.TakeJoint:
		x.joinIn(x.p.joints[s.index])
	case fsm.RestartNode:
		x.restart(x.p.nodes[s.index])
	case fsm.LoseMessage:
		x.dirty = true
		x.p.links[s.index].at.takeOut(x.w, s.position, x.room)
	case fsm.DuplicateMessage:
		x.duplicate(x.p.links[s.index], s.position)
	case fsm.CrashNode:
		x.crash(x.p.crashes[s.index])
	default:
		x.start()
	}
}

// handleOwn is an input, an internal step, or a timer that fires: disarmed before anything else.
func (x *exec) handleOwn() {
	e := x.own
	if e.kind == fsm.Fire {
		x.dirty = true
		x.p.write(x.w, e.timer, 0)
	}
	x.args, x.from = x.inputs, 0
	t := x.answer(x.event.levels)
	switch {
	case x.end != done:
	case t != nil:
		x.take(t)
	case e.kind == fsm.Fire:
		x.violate(e.unexpected)
	default:
		x.refuse()
	}
}

func (x *exec) deliver(s step) {
	l := x.p.links[s.index]
	if !l.Bag() && !x.mayOvertake(l, s.position) {
		x.refuse()
		return
	}
	l.at.code(x.w, s.position, x.code)
	message := l.at.decode(x.code, x.packet)
	if l.Kind != fsm.Keep {
		x.dirty = true
		l.at.takeOut(x.w, s.position, x.room)
	}
	x.receive(s.index, message, true)
}

// mayOvertake reports whether everything before the position can be deferred now.
func (x *exec) mayOvertake(l *link, position int) bool {
	for at := range position {
		if !x.canDefer(l, at) {
			return false
		}
	}
	return true
}

// canDefer reports whether some answers of extern guards make the receiver defer the message at a place. If only some do,
// what overtakes it is not sure to.
func (x *exec) canDefer(l *link, at int) bool {
	y, can := x.peek, false
	y.w = x.w
	l.at.code(x.w, at, y.code)
	message := l.at.decode(y.code, y.packet)
	levels := l.receiver[x.p.value(x.w, l.To)].byMessage[message].levels
	for more := true; more; more = y.nextPicks() {
		y.begin()
		y.args, y.from = y.packet, l.from
		t := y.answer(levels)
		defers := y.end == done && t != nil && t.answer == fsm.Defer
		can = can || defers
		x.unsure = x.unsure || !defers
	}
	return can
}

// duplicate adds a copy behind the original, where there is room.
func (x *exec) duplicate(l *link, at int) {
	if l.at.count(x.w) >= l.Capacity {
		x.refuse()
		return
	}
	x.dirty = true
	l.at.code(x.w, at, x.code)
	l.at.putIn(x.w, at+1, x.code, x.room)
}

// joinIn is a joint transition of which every part is possible; bodies run in the order of the text.
func (x *exec) joinIn(j *joint) {
	if j.guard != nil && !j.guard(x) {
		x.refuse()
	}
	if x.end != done {
		return
	}
	x.dirty = true
	for i := range j.parts {
		p := &j.parts[i]
		x.run(p.bodies[p.byState[x.p.value(x.base, p.instance)]])
		if x.end != done {
			return
		}
	}
	x.run(j.body)
}

// crash takes a node down: what is not durable is lost, with the messages inside the node.
func (x *exec) crash(c *crash) {
	p := x.p
	if p.value(x.w, c.instance) == fsm.Down || !p.loose && p.value(x.w, c.counter) >= c.atMost {
		x.refuse()
		return
	}
	x.dirty = true
	if !p.loose {
		p.write(x.w, c.counter, p.value(x.w, c.counter)+1)
	}
	n := p.nodes[c.node]
	for _, i := range n.instances {
		p.write(x.w, i, fsm.Down)
	}
	for _, f := range n.forgets {
		p.write(x.w, f.cell, f.value)
	}
	for _, timer := range n.timers {
		p.write(x.w, timer, 0)
	}
	for _, q := range n.queues {
		p.links[q].at.wipe(x.w)
	}
	x.run(c.body)
}

// restart brings every machine of a node up again.
func (x *exec) restart(n *node) {
	x.dirty = true
	x.init(n.anew)
	for at, i := range n.instances {
		if x.end != done {
			return
		}
		t := x.answer(n.restart[at])
		if x.end != done {
			return
		}
		if t != nil {
			x.take(t)
			continue
		}
		x.p.write(x.w, i, int64(x.p.sys.MachineOf(i).Initial))
		x.run(x.p.entries[i])
	}
}

// start gives every variable its first value and enters every initial state.
func (x *exec) start() {
	x.dirty = true
	x.init(x.p.inits)
	for i := range x.p.instances {
		x.p.write(x.w, i, int64(x.p.sys.MachineOf(i).Initial))
	}
	for _, body := range x.p.entries {
		if x.end == done {
			x.run(body)
		}
	}
}

func (x *exec) init(list []initial) {
	for _, f := range list {
		if f.any {
			f.value = x.pick(f.lo, f.hi)
		}
		x.p.write(x.w, f.cell, f.value)
	}
}
