package dve

import (
	"slices"
	"strconv"
	"strings"

	"interlock/fsm"
	"interlock/spec"
)

// place is where an assignment writes, and what fits there.
type place struct {
	target fsm.Target
	typ    *fsm.Type
	of     *variable
	ok     bool
}

// processes makes a machine and an instance of each process, all on one node: their steps are no assumption on a network.
func (l *lowering) processes() {
	node := fsm.Node{}
	var machines namer
	for i, p := range l.program.processes {
		called := machines.name(p.name)
		m := &fsm.Machine{Name: called, Initial: max(0, p.initial), Span: p.span}
		var states namer
		for _, s := range p.states {
			m.States = append(m.States, fsm.State{Name: states.name(s.name), Final: true, Span: s.span})
		}
		for _, t := range p.trans {
			if s, ok := p.stateOf[t.from.name]; ok {
				m.States[s].Final = false
			}
		}
		l.spec.Machines = append(l.spec.Machines, m)
		l.sys.Instances = append(l.sys.Instances, &fsm.Instance{Name: l.names.name(called), Group: called, Machine: i, Span: p.span})
		node.Instances = append(node.Instances, i)
	}
	node.Name = l.names.name("processes")
	l.sys.Nodes = []fsm.Node{node}
}

// transitions lowers the guard and the effects of every transition.
func (l *lowering) transitions() {
	l.idle = l.uncommitted()
	for i, p := range l.program.processes {
		for _, t := range p.trans {
			l.transition(i, p, t)
		}
	}
	l.passed()
}

// uncommitted is the condition that no process is in a committed state; nil if there are no such states.
func (l *lowering) uncommitted() *fsm.Expr {
	var all []*fsm.Expr
	for i, p := range l.program.processes {
		if len(p.committed) > 0 {
			in := &fsm.Expr{Op: fsm.OpIn, Type: fsm.BoolType, Instance: i, States: p.committed, Span: p.span}
			all = append(all, &fsm.Expr{Op: fsm.OpNot, Type: fsm.BoolType, Args: []*fsm.Expr{in}, Span: p.span})
		}
	}
	return conjunction(all)
}

// conjunction is all of the conditions; nil stands for one that always holds.
func conjunction(conds []*fsm.Expr) *fsm.Expr {
	var kept []*fsm.Expr
	for _, c := range conds {
		switch {
		case c == nil:
		case c.Op == fsm.OpAnd:
			kept = append(kept, c.Args...)
		default:
			kept = append(kept, c)
		}
	}
	if len(kept) < 2 {
		return slices.Concat(kept, []*fsm.Expr{nil})[0]
	}
	return &fsm.Expr{Op: fsm.OpAnd, Type: fsm.BoolType, Args: kept, Span: kept[0].Span}
}

func (l *lowering) transition(i int, p *process, t *transition) {
	before := l.nodes
	t.source, t.target = l.state(p, t.from), l.state(p, t.to)
	var guards []*fsm.Expr
	for _, g := range t.guards {
		guards = append(guards, l.condition(g, i))
	}
	if t.guard = conjunction(guards); t.guard != nil && t.guard.Op == fsm.OpConst && t.guard.Value != 0 {
		t.guard = nil
	}
	l.guarded = bounds(l.sys, t.guard)
	if t.sync != nil {
		l.synchronize(i, t.sync)
		l.afterSync(t.sync)
	}
	for _, a := range t.effects {
		target, value := l.target(a.target, i), l.integer(a.value, i)
		if target.ok && value != nil {
			if l.cutting {
				value = wrap(value, target.typ)
			}
			l.hold.gets(target, value.Type)
			t.body = append(t.body, assign(a.target.span, []place{target}, []*fsm.Expr{value}))
			delete(l.guarded, target.target.Var)
		}
	}
	l.guarded = nil
	t.size = 1 + l.nodes - before
}

// assign makes one statement: every value and place is computed before anything is written.
func assign(at fsm.Span, places []place, values []*fsm.Expr) *fsm.Stmt {
	s := &fsm.Stmt{Op: fsm.Assign, Values: values, Span: at}
	for _, p := range places {
		s.Targets = append(s.Targets, p.target)
	}
	return s
}

// target lowers a place that is written to.
func (l *lowering) target(e *expr, scope int) (to place) {
	if e.op != "name" && e.op != "index" {
		l.fail(e.span, "dve-type", "only a variable of this process or a global one can be written to")
		return to
	}
	v := l.variableOf(e, scope)
	switch {
	case v == nil || v.broken:
		return to
	case v.constant:
		d := l.fail(e.span, "dve-type", "%s is a constant", quote(v.name))
		d.Labels = []spec.Label{{Span: v.span, Text: "declared here"}}
		return to
	}
	index, ok := l.index(v, e, scope)
	return place{target: fsm.Target{System: true, Var: v.index, Index: index, Span: e.span}, typ: v.typ, of: v, ok: ok}
}

// synchronize lowers what a transition sends or the places that it receives into.
func (l *lowering) synchronize(i int, s *sync) {
	c := l.channelOf(i, s)
	if c == nil {
		return
	}
	s.on = c
	if c.typed && len(s.values) != len(c.types) {
		l.fail(s.channel.span, "dve-type", "%d values on channel %s, which carries %d", len(s.values), quote(c.name), len(c.types))
		s.on = nil
		return
	}
	for n, e := range s.values {
		if !s.send {
			s.places = append(s.places, l.target(e, i))
			continue
		}
		value := l.integer(e, i)
		if value != nil && c.typed {
			value = wrap(value, c.types[n])
		}
		s.sent = append(s.sent, value)
	}
}

// channelOf is the channel that a transition means: one of its process or of all, or one of the process that it names; nil if
// a mistake was told.
func (l *lowering) channelOf(i int, s *sync) *channel {
	own, all := l.program.processes[i], l.program.channels
	if s.owner.name != "" {
		owner, ok := l.owner(s.owner)
		if !ok {
			return nil
		}
		own, all = l.program.processes[owner], nil
	}
	var known []string
	for _, c := range slices.Concat(own.channels, all) {
		if c.name == s.channel.name {
			return c
		}
		known = append(known, c.name)
	}
	l.unknown(s.channel, "channel", known)
	return nil
}

// wrap keeps of a value what fits into a type, as a channel with types does, and every calculation.
func wrap(x *fsm.Expr, t *fsm.Type) *fsm.Expr {
	if x.Type.Lo >= t.Lo && x.Type.Hi <= t.Hi {
		return x
	}
	bits := constant(t.Hi-t.Lo, x.Span)
	if t.Lo == 0 {
		return &fsm.Expr{Op: fsm.OpBitAnd, Type: t, Args: []*fsm.Expr{x, bits}, Span: x.Span}
	}
	up := &fsm.Expr{Op: fsm.OpAdd, Type: fsm.IntType(x.Type.Lo-t.Lo, x.Type.Hi-t.Lo), Args: []*fsm.Expr{x, constant(-t.Lo, x.Span)}, Span: x.Span}
	cut := &fsm.Expr{Op: fsm.OpBitAnd, Type: fsm.IntType(0, t.Hi-t.Lo), Args: []*fsm.Expr{up, bits}, Span: x.Span}
	return &fsm.Expr{Op: fsm.OpSub, Type: t, Args: []*fsm.Expr{cut, constant(-t.Lo, x.Span)}, Span: x.Span}
}

// joints makes the steps: in the order of the processes and their transitions, a sender with each of its receivers.
func (l *lowering) joints() {
	if spec.HasErrors(l.diags) {
		return
	}
	receivers := map[*channel][]party{}
	for i, p := range l.program.processes {
		for _, t := range p.trans {
			if t.sync != nil && !t.sync.send {
				receivers[t.sync.on] = append(receivers[t.sync.on], party{i, t})
			}
		}
	}
	for i, p := range l.program.processes {
		for _, t := range p.trans {
			me := party{i, t}
			switch {
			case t.sync == nil:
				l.joint(nil, nil, me)
			case t.sync.on.capacity > 0:
				l.buffered(me)
			case t.sync.send:
				l.meet(me, receivers[t.sync.on])
			}
			if spec.HasErrors(l.diags) {
				return
			}
		}
	}
}

// party is a transition of a process in a step.
type party struct {
	process int
	trans   *transition
}

// meet makes the steps of a sender and each receiver in another process.
func (l *lowering) meet(sender party, receivers []party) {
	for _, r := range receivers {
		if r.process == sender.process {
			continue
		}
		sent, places := sender.trans.sync.sent, r.trans.sync.places
		if len(sent) != len(places) {
			d := l.fail(r.trans.sync.channel.span, "dve-type", "a receiver of %s and a sender of %s meet on channel %s", values(len(places)), values(len(sent)),
				quote(r.trans.sync.on.name))
			d.Labels = []spec.Label{{Span: sender.trans.sync.channel.span, Text: "the sender"}}
			return
		}
		var pass []*fsm.Stmt
		if len(sent) > 0 {
			pass = []*fsm.Stmt{assign(sender.trans.sync.channel.span, places, l.received(sent, places))}
		}
		if !l.joint(nil, pass, sender, r) {
			return
		}
	}
}

// received is what places get of what is sent to them.
func (l *lowering) received(sent []*fsm.Expr, places []place) []*fsm.Expr {
	if !l.cutting {
		return sent
	}
	list := make([]*fsm.Expr, len(sent))
	for i, x := range sent {
		list[i] = wrap(x, places[i].typ)
	}
	return list
}

func values(n int) string {
	if n == 1 {
		return "1 value"
	}
	return strconv.Itoa(n) + " values"
}

// buffered makes the step of a sender into a buffer, or of a receiver from it: its own, and not together with another.
func (l *lowering) buffered(p party) {
	c := p.trans.sync.on
	at := p.trans.sync.channel.span
	count := &fsm.Expr{Op: fsm.OpSystemVar, Type: fsm.IntType(0, int64(c.capacity)), Index: c.count, Span: at}
	var places []place
	var moved []*fsm.Expr
	put := func(t fsm.Target, x *fsm.Expr) {
		places, moved = append(places, place{target: t}), append(moved, x)
	}
	cond, op := compare(fsm.OpLt, count, int64(c.capacity)), fsm.OpAdd
	if p.trans.sync.send {
		for n, x := range p.trans.sync.sent {
			put(fsm.Target{System: true, Var: c.slots[n], Index: []*fsm.Expr{count}, Span: at}, x)
		}
	} else {
		cond, op = compare(fsm.OpGt, count, 0), fsm.OpSub
		for n, to := range p.trans.sync.places {
			put(to.target, l.received([]*fsm.Expr{l.slot(c, n, 0, at)}, []place{to})[0])
		}
		for n := range c.types { // the rest moves up, and the place that is free becomes 0: equal buffers are equal joint states
			for k := range c.capacity {
				next := constant(0, at)
				if k+1 < c.capacity {
					next = l.slot(c, n, k+1, at)
				}
				put(fsm.Target{System: true, Var: c.slots[n], Index: []*fsm.Expr{constant(int64(k), at)}, Span: at}, next)
			}
		}
	}
	one := constant(1, at)
	lo, hi, _ := spec.Interval(op, count.Type, one.Type)
	put(fsm.Target{System: true, Var: c.count, Span: at}, &fsm.Expr{Op: op, Type: fsm.IntType(lo, hi), Args: []*fsm.Expr{count, one}, Span: at})
	l.nodes += len(places)
	l.joint(cond, []*fsm.Stmt{assign(at, places, moved)}, p)
}

// slot reads the k-th message of a buffer, its n-th value.
func (l *lowering) slot(c *channel, n, k int, at fsm.Span) *fsm.Expr {
	return &fsm.Expr{Op: fsm.OpSystemVar, Type: c.types[n], Index: c.slots[n], Args: []*fsm.Expr{constant(int64(k), at)}, Span: at}
}

func compare(op fsm.Op, x *fsm.Expr, v int64) *fsm.Expr {
	return &fsm.Expr{Op: op, Type: fsm.BoolType, Args: []*fsm.Expr{x, constant(v, x.Span)}, Span: x.Span}
}

// never reports whether a guard is known to be false: 0 stands in it.
func never(guard *fsm.Expr) bool {
	isZero := func(e *fsm.Expr) bool { return e.Op == fsm.OpConst && e.Value == 0 }
	return guard != nil && (isZero(guard) || guard.Op == fsm.OpAnd && slices.ContainsFunc(guard.Args, isZero))
}

// joint makes one step: what is passed first, then the effects of the receiver, then those of the sender. It reports whether
// there may be more.
func (l *lowering) joint(cond *fsm.Expr, pass []*fsm.Stmt, parties ...party) bool {
	j := &fsm.JointTransition{Body: slices.Clone(pass), Span: parties[0].trans.span}
	var guards []*fsm.Expr
	var called, text []string
	committed := true
	size := 1 + len(pass)
	for _, p := range parties {
		owner := l.program.processes[p.process]
		committed = committed && slices.Contains(owner.committed, p.trans.source)
		guards = append(guards, p.trans.guard)
		size += p.trans.size
		j.Parts = append(j.Parts, fsm.JointPart{Instance: p.process, From: []int{p.trans.source}, Targets: []int{p.trans.target},
			Bodies: [][]*fsm.Stmt{nil}, Span: p.trans.span})
		called = append(called, l.sys.Instances[p.process].Name, plainName(p.trans.from.name), plainName(p.trans.to.name))
		text = append(text, owner.name+": "+p.trans.from.name+" -> "+p.trans.to.name)
	}
	j.Body = l.before(j.Body, parties...)
	for i, p := range slices.Backward(parties) {
		j.Body = append(j.Body, l.before(p.trans.body, parties[:i]...)...)
	}
	if !committed { // who must wait is asked nothing that could fail
		guards = append([]*fsm.Expr{l.idle}, guards...)
	}
	if j.Guard = conjunction(append(guards, cond)); never(j.Guard) {
		return true
	}
	j.Name, j.Text = l.names.name(strings.Join(called, "_")), strings.Join(text, " with ")
	l.sys.Joints = append(l.sys.Joints, j)
	l.stepNodes += size
	if l.nodes += size; l.nodes > maxNodes {
		l.tooMuch(j.Span)
		return false
	}
	if len(l.sys.Joints) > maxJoints {
		l.fail(j.Span, "dve-limit", "there are more than %d steps: transitions, and pairs that meet on a channel", maxJoints)
		return false
	}
	return true
}

// before is a body in which the parties that have not moved yet are still in their states: a joint transition moves them all at once,
// before its body, and DVE moves each before its own effects.
func (l *lowering) before(body []*fsm.Stmt, parties ...party) []*fsm.Stmt {
	source := map[int]int{}
	for _, p := range parties {
		source[p.process] = p.trans.source
	}
	told := slices.Clone(body)
	for i, s := range told {
		moved := func(x *fsm.Expr) bool {
			_, asked := source[x.Instance]
			return asked && x.Op == fsm.OpIn
		}
		if !slices.ContainsFunc(s.Values, func(x *fsm.Expr) bool { return says(x, moved) }) &&
			!slices.ContainsFunc(s.Targets, func(t fsm.Target) bool { return says(&fsm.Expr{Op: fsm.OpAnd, Args: t.Index}, moved) }) {
			continue
		}
		own := *s
		own.Values, own.Targets = replaced(s.Values, source), slices.Clone(s.Targets)
		for k, t := range own.Targets {
			own.Targets[k].Index = replaced(t.Index, source)
		}
		told[i] = &own
	}
	return told
}

// says reports whether something is so of an expression or of a part of it.
func says(x *fsm.Expr, is func(*fsm.Expr) bool) bool {
	return is(x) || slices.ContainsFunc(x.Args, func(a *fsm.Expr) bool { return says(a, is) })
}

// replaced are expressions in which it is known which states some processes are in.
func replaced(list []*fsm.Expr, state map[int]int) []*fsm.Expr {
	told := make([]*fsm.Expr, len(list))
	for i, x := range list {
		if s, known := state[x.Instance]; known && x.Op == fsm.OpIn {
			told[i] = &fsm.Expr{Op: fsm.OpConst, Type: fsm.BoolType, Value: truth(slices.Contains(x.States, s)), Span: x.Span}
			continue
		}
		own := *x
		own.Args = replaced(x.Args, state)
		told[i] = &own
	}
	return told
}
