package check

import (
	"slices"

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
// x.c as what the step makes of it, or x.end == violated. visit may change nothing of x but x.c.
func (x *exec) expand(visit func(step)) {
	x.reset()
	for i := range x.p.instances {
		x.expandOwn(i, visit)
	}
	x.expandPackets(fsm.Deliver, visit)
	for n := range x.p.series {
		for _, i := range x.p.series[n].candidates(x.base) {
			if x.p.joints[i].inPlace(x.base) {
				x.attempt(step{kind: fsm.TakeJoint, index: i}, visit)
			}
		}
	}
	for i := range x.p.nodes {
		if x.base[x.p.nodes[i].instances[0]] == fsm.Down {
			x.attempt(step{kind: fsm.RestartNode, index: i}, visit)
		}
	}
	x.expandPackets(fsm.LoseMessage, visit)
	x.expandPackets(fsm.DuplicateMessage, visit)
	for i := range x.p.crashes {
		x.attempt(step{kind: fsm.CrashNode, index: i}, visit)
	}
}

// reset forgets what an exec that was halted left.
func (x *exec) reset() {
	x.dirty, x.halted = true, false
	x.picks, x.his = x.picks[:0], x.his[:0]
}

// starts calls visit for every way to begin, without regard to `initially` and `assume`.
func (x *exec) starts(visit func(step)) {
	copy(x.base, x.p.blank())
	x.reset()
	x.attempt(step{kind: beginning}, visit)
}

// attempt runs a step with every combination of picks and calls visit with those that can be taken.
func (x *exec) attempt(s step, visit func(step)) {
	x.unsure = false
	for n, more := 0, !x.halted; more; n, more = n+1, x.nextPicks() && !x.halted {
		if n == x.most && n > 0 && s.kind != beginning { // a start more is a state more: other limits bound those
			x.halted = true
			x.overdo(s)
			return
		}
		if x.tick != nil && x.tick() {
			x.halted = true
			return
		}
		x.begin()
		x.rule(s)
		x.settle()
		if x.end != notEnabled && !x.idle(s) {
			visit(s)
		} else {
			x.unsure = true
		}
	}
	if x.tried != nil {
		x.tried(s)
	}
}

// idle reports a delivery on a keep link that changes nothing: it is no step.
func (x *exec) idle(s step) bool {
	return s.kind == fsm.Deliver && x.end == done && x.p.links[s.index].Kind == fsm.Keep && slices.Equal(x.c, x.base)
}

func (x *exec) expandOwn(i int, visit func(step)) {
	if x.base[i] == fsm.Down {
		return
	}
	events := x.p.instances[i].states[x.base[i]].own
	for n := range events {
		s := step{kind: fsm.Handle, index: i, event: n}
		if events[n].kind == fsm.Fire && x.base[events[n].timer] == 0 {
			continue
		}
		for j, param := range events[n].params {
			x.inputs[j] = param.Type.Lo
		}
		x.attempt(s, visit)
		for !x.halted && advance(x.inputs, events[n].params) {
			x.attempt(s, visit)
		}
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
		if l.at.capacity == 0 || kind == fsm.LoseMessage && !l.Lose || kind == fsm.DuplicateMessage && !l.Duplicate ||
			kind == fsm.Deliver && x.base[l.To] == fsm.Down {
			continue
		}
		for at := range int(x.base[l.at.cell]) {
			cell := l.at.place(at)
			if at > 0 && l.Bag() && slices.Equal(x.base[cell:cell+l.at.stride], x.base[cell-l.at.stride:cell]) {
				continue
			}
			x.attempt(step{kind: kind, index: i, position: at}, visit)
		}
	}
}

// rule runs the rule of one kind of step.
func (x *exec) rule(s step) {
	switch s.kind {
	case fsm.Handle:
		x.handleOwn(s)
	case fsm.Deliver:
		x.deliver(s)
	case fsm.TakeJoint:
		x.joinIn(x.p.joints[s.index])
	case fsm.RestartNode:
		x.restart(x.p.nodes[s.index])
	case fsm.LoseMessage:
		x.remove(x.p.links[s.index], s.position)
	case fsm.DuplicateMessage:
		x.duplicate(x.p.links[s.index], s.position)
	case fsm.CrashNode:
		x.crash(x.p.crashes[s.index])
	default:
		x.start()
	}
}

// handleOwn is an input, an internal step, or a timer that fires: disarmed before anything else.
func (x *exec) handleOwn(s step) {
	e := &x.p.instances[s.index].states[x.c[s.index]].own[s.event]
	if e.kind == fsm.Fire {
		for _, first := range e.heldBackBy {
			if x.c[first] != 0 {
				x.refuse()
				return
			}
		}
		x.c[e.timer] = 0
		x.dirty = true
	}
	x.args, x.from = x.inputs, 0
	t := x.answer(e.levels)
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
	cell := l.at.place(s.position)
	message := int(x.c[cell])
	copy(x.packet, x.c[cell+1:cell+l.at.stride])
	if l.Kind != fsm.Keep {
		x.remove(l, s.position)
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
	y, cell, can := x.peek, l.at.place(at), false
	y.c = x.c
	levels := l.receiver[x.c[l.To]].byMessage[x.c[cell]].levels
	for more := true; more; more = y.nextPicks() {
		y.begin()
		y.args, y.from = x.c[cell+1:cell+l.at.stride], l.from
		t := y.answer(levels)
		defers := y.end == done && t != nil && t.answer == fsm.Defer
		can = can || defers
		x.unsure = x.unsure || !defers
	}
	return can
}

// duplicate adds a copy behind the original, where there is room.
func (x *exec) duplicate(l *link, at int) {
	if x.c[l.at.cell] >= int64(l.Capacity) {
		x.refuse()
		return
	}
	x.open(l, at+1)
	cell := l.at.place(at)
	copy(x.c[cell+l.at.stride:cell+2*l.at.stride], x.c[cell:cell+l.at.stride])
}

// joinIn is a joint transition: every part must be possible; bodies run in the order of the text.
func (x *exec) joinIn(j *joint) {
	if !j.inPlace(x.c) {
		x.refuse()
		return
	}
	if j.guard != nil && j.guard(x) == 0 {
		x.refuse()
	}
	if x.end != done {
		return
	}
	x.dirty = true
	for i := range j.parts {
		p := &j.parts[i]
		at := p.byState[x.base[p.instance]]
		x.run(p.bodies[at])
		if x.end != done {
			return
		}
		if p.targets[at] != fsm.Stay {
			x.c[p.instance] = int64(p.targets[at])
		}
	}
	x.run(j.body)
}

// crash takes a node down: what is not durable is lost, with the messages inside the node.
func (x *exec) crash(c *crash) {
	if x.c[c.instance] == fsm.Down || !x.p.loose && x.c[c.counter] >= c.atMost {
		x.refuse()
		return
	}
	x.dirty = true
	if !x.p.loose {
		x.c[c.counter]++
	}
	n := x.p.nodes[c.node]
	for _, i := range n.instances {
		x.c[i] = fsm.Down
	}
	for _, f := range n.forgets {
		x.c[f.cell] = f.value
	}
	for _, timer := range n.timers {
		x.c[timer] = 0
	}
	for _, q := range n.queues {
		at := x.p.links[q].at
		clear(x.c[at.cell : at.cell+1+at.capacity*at.stride])
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
		x.c[i] = int64(x.p.sys.MachineOf(i).Initial)
		x.run(x.p.entries[i])
	}
}

// start gives every variable its first value and enters every initial state.
func (x *exec) start() {
	x.dirty = true
	x.init(x.p.inits)
	for i := range x.p.instances {
		x.c[i] = int64(x.p.sys.MachineOf(i).Initial)
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
		x.c[f.cell] = f.value
	}
}
