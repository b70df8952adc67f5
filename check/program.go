package check

import (
	"slices"

	"interlock/fsm"
)

// program is a system made ready to be run: what the rules of package fsm look up again at every step is looked up once,
// and every expression and statement is a closure over packed states. It is not changed when built.
type program struct {
	*layout
	loose     bool // of [Control]: no order, no bounds on faults, no ghosts
	maxArgs   int  // most parameters of any event, message, extern guard or joint
	instances []*instance
	links     []*link
	joints    []*joint
	series    []series // of joints, for expand
	crashes   []*crash
	nodes     []*node
	faulty    bool      // some link loses or duplicates
	inits     []initial // of variables, in the order of picks
	entries   [][]stmt  // by instance: entry bodies of its initial state
	defers    []*transition
	covers    []int // by machine: the number of its first transition in what is covered; last: the first joint transition

	reduce *reduction // nil: every joint state is explored as it is

	fairTimers map[int]bool // cells of timers that are declared fair: that they were started is noted
}

// instance is what an instance can do, by leaf state.
type instance struct{ states []leaf }

type leaf struct {
	own       []ownEvent   // inputs, internals and timers that it can take, in order
	tries     []try        // what is tried of them, in order
	byMessage []*reception // for messages that its machine does not know too
}

// ownEvent is an event that an instance takes by itself.
type ownEvent struct {
	event      int
	kind       fsm.EventKind
	params     []fsm.Param
	timer      int       // cell
	ready      []test    // the timer is armed, and none that goes before it is
	variants   []variant // one for each combination of arguments; or one for all, if there are many
	many       bool
	unexpected *site
}

// variant is an event with arguments, and what answers it.
type variant struct {
	args   []int64 // nil: those at hand
	levels [][]*transition
	only   *transition // if there is no other
}

// try is an event with arguments that an instance takes by itself, if the tests hold. They are about the joint state before the
// step, and are those without which nothing answers.
type try struct {
	test // the first
	more []test
	step step
	own  *ownEvent
	with *variant
}

// maxVariants is how many combinations of arguments an event may have to be compiled for each of them.
const maxVariants = 64

// reception is what a leaf state does with a message.
type reception struct {
	levels     [][]*transition
	unexpected *site
}

type transition struct {
	first    []test // what its guard asks first
	guard    cond   // what it asks then; nil: nothing
	answer   fsm.Answer
	target   int
	body     []stmt
	instance int
	index    int // in the machine's transitions
	cover    int // its number in what is covered
	number   int // among the deferring ones of the program, from 0; -1 for others
	overlap  *site
}

type link struct {
	*fsm.Link
	at                *linkLayout
	from              int64 // index of the sender in its array
	receiver          []leaf
	bag               bool // it keeps no order
	posts             bool // what is sent into it is noted, even if it is lost at once: fairness asks for it
	overflow, runaway *site
}

type joint struct {
	first []test // what must hold first: parts that can step in one state only are in it, and the beginning of the guard
	guard cond   // what the guard asks then; nil: nothing
	parts []jointPart
	only  bool // every part can step in one state only
	body  []stmt
	cover int // its number in what is covered
}

type jointPart struct {
	instance int
	byState  []int    // leaf state -> position in the part, or -1
	bodies   [][]stmt // with the state that is gone to
}

type crash struct {
	instance, node, counter int
	atMost                  int64
	body                    []stmt
}

// node says how its instances go down and come up again.
type node struct {
	instances []int
	forgets   []initial // of variables that are not durable
	timers    []int     // cells
	queues    []int     // links that are emptied
	anew      []initial // variables that are picked at a restart
	restart   [][][]*transition
}

// initial is the first value of a cell, or the range that it is picked from.
type initial struct {
	cell   int
	any    bool
	value  int64
	lo, hi int64
}

// compile makes a program of a system.
func compile(sys *fsm.System, loose bool) (*program, error) {
	p := &program{loose: loose, maxArgs: maxArgs(sys)}
	ghosts := ghostSlots(sys)
	drop := func(slot int) bool { return loose && ghosts[slot] }
	var err error
	if p.layout, err = newLayout(sys, loose, drop); err != nil {
		return nil, err
	}
	p.findFairTimers()
	p.covers = append(p.covers, 0)
	for i, m := range sys.Spec.Machines {
		p.covers = append(p.covers, p.covers[i]+len(m.Transitions))
	}
	for i := range sys.Instances {
		p.instances = append(p.instances, p.compileInstance(i))
	}
	for i := range sys.Links {
		p.links = append(p.links, p.compileLink(i))
	}
	for i, t := range sys.Joints {
		p.joints = append(p.joints, p.compileJoint(t))
		p.joints[i].cover = p.covers[len(sys.Spec.Machines)] + i
	}
	p.findSeries()
	for i, c := range sys.Crashes {
		k := newCompiler(p, c.Instance)
		p.crashes = append(p.crashes, &crash{instance: c.Instance, node: sys.Instances[c.Instance].Node, counter: p.crash + i,
			atMost: int64(c.AtMost), body: k.body(c.Body)})
	}
	for _, n := range sys.Nodes {
		p.nodes = append(p.nodes, p.compileNode(n))
	}
	p.compileStart()
	p.faulty = slices.ContainsFunc(sys.Links, func(l *fsm.Link) bool { return l.Lose || l.Duplicate })
	return p, nil
}

// findFairTimers finds the timers that a weak fairness is about: starting them begins it anew.
func (p *program) findFairTimers() {
	p.fairTimers = map[int]bool{}
	for _, f := range p.sys.Fair {
		if f.Event < 0 || f.Strong || p.loose {
			continue
		}
		if e := p.sys.MachineOf(f.Instance).Events[f.Event]; e.Kind == fsm.Fire {
			p.fairTimers[p.timers+p.sys.TimerSlot(f.Instance, e.Timer)] = true
		}
	}
}

// maxArgs is the largest number of arguments that a step of the system carries about.
func maxArgs(sys *fsm.System) int {
	n := 0
	for _, m := range sys.Spec.Messages {
		n = max(n, len(m.Fields))
	}
	for _, e := range sys.Spec.Externs {
		n = max(n, len(e.Params))
	}
	for _, m := range sys.Spec.Machines {
		for _, e := range m.Events {
			n = max(n, len(e.Params))
		}
	}
	return n
}

// ghostSlots says which slots hold ghost variables.
func ghostSlots(sys *fsm.System) []bool {
	ghost := make([]bool, len(sys.SlotTypes()))
	mark := func(v fsm.Var, base int) {
		for i := range v.Type.Slots() {
			ghost[base+i] = v.Ghost
		}
	}
	for i, v := range sys.Vars {
		mark(v, sys.SystemSlot(i))
	}
	for i := range sys.Instances {
		for j, v := range sys.MachineOf(i).Vars {
			if !v.Shared {
				mark(v, sys.VarSlot(i, j))
			}
		}
	}
	return ghost
}

func (p *program) compileInstance(i int) *instance {
	m := p.sys.MachineOf(i)
	k := newCompiler(p, i)
	transitions := make([]*transition, len(m.Transitions))
	for t := range m.Transitions {
		transitions[t] = k.transition(t)
	}
	in := &instance{}
	for s := range m.States {
		in.states = append(in.states, p.compileLeaf(i, s, transitions))
	}
	return in
}

func (p *program) compileLeaf(i, s int, transitions []*transition) leaf {
	m := p.sys.MachineOf(i)
	state := m.States[s]
	l := leaf{byMessage: make([]*reception, len(p.sys.Spec.Messages))}
	for message := range l.byMessage {
		l.byMessage[message] = &reception{unexpected: &site{fsm.Unexpected, i, state.Span, message}}
	}
	for event, e := range m.Events {
		levels := pickLevels(state.On[event], transitions)
		switch e.Kind {
		case fsm.Receive:
			l.byMessage[e.Message].levels = levels
			continue
		case fsm.Input, fsm.Internal:
			if len(levels) == 0 {
				continue
			}
		}
		own := ownEvent{event: event, kind: e.Kind, params: e.Params, variants: p.variants(i, e.Params, state.On[event], levels)}
		own.many = len(e.Params) > 0 && own.variants[0].args == nil
		if e.Kind == fsm.Fire {
			own.timer = p.timers + p.sys.TimerSlot(i, e.Timer)
			own.ready = p.cellIs(own.timer, 1)
			for _, cell := range p.holdingBack(i, e.Timer) {
				own.ready = meet(own.ready, p.cellIs(cell, 0))
			}
			own.unexpected = &site{fsm.Unexpected, i, state.Span, -1 - e.Timer}
		}
		l.own = append(l.own, own)
	}
	l.findTries(i)
	return l
}

// findTries lists what the leaf state of an instance tries.
func (l *leaf) findTries(i int) {
	for n := range l.own {
		own := &l.own[n]
		for v := range own.variants {
			with := &own.variants[v]
			tests := own.ready
			if with.only != nil && own.kind != fsm.Fire { // nothing else answers
				tests = with.only.first
			}
			t := try{more: tests, step: step{kind: fsm.Handle, index: i, event: n}, own: own, with: with}
			if len(tests) > 0 {
				t.test, t.more = tests[0], tests[1:]
			}
			l.tries = append(l.tries, t)
		}
	}
}

// variants compiles what answers an event for each combination of its arguments, the last fastest, if these are not too many.
func (p *program) variants(i int, params []fsm.Param, levels []fsm.Level, compiled [][]*transition) []variant {
	n := int64(1)
	for _, param := range params {
		n = min(n*(param.Type.Hi-param.Type.Lo+1), maxVariants+1)
	}
	if n > maxVariants || len(params) == 0 {
		return []variant{newVariant(nil, compiled)}
	}
	var list []variant
	args := make([]int64, len(params))
	for j, param := range params {
		args[j] = param.Type.Lo
	}
	for more := true; more; more = advance(args, params) {
		k := newCompiler(p, i)
		k.params = slices.Clone(args)
		list = append(list, newVariant(k.params, k.levels(levels)))
	}
	return list
}

func newVariant(args []int64, levels [][]*transition) variant {
	v := variant{args: args, levels: levels}
	if len(levels) == 1 && len(levels[0]) == 1 {
		v.only = levels[0][0]
	}
	return v
}

// levels compiles the transitions of levels for the parameters that are known.
func (k *compiler) levels(levels []fsm.Level) [][]*transition {
	var compiled [][]*transition
	for _, level := range levels {
		var ts []*transition
		for _, t := range level {
			ts = append(ts, k.transition(t))
		}
		compiled = append(compiled, ts)
	}
	return compiled
}

// holdingBack lists the cells of the timers that must not be armed when this one fires.
func (p *program) holdingBack(instance, timer int) []int {
	var cells []int
	for _, o := range p.sys.Orders {
		if !p.loose && o.Second == (fsm.TimerRef{Instance: instance, Timer: timer}) {
			cells = append(cells, p.timers+p.sys.TimerSlot(o.First.Instance, o.First.Timer))
		}
	}
	return cells
}

func pickLevels(levels []fsm.Level, transitions []*transition) [][]*transition {
	var picked [][]*transition
	for _, level := range levels {
		var ts []*transition
		for _, t := range level {
			ts = append(ts, transitions[t])
		}
		picked = append(picked, ts)
	}
	return picked
}

func (k *compiler) transition(index int) *transition {
	t := k.p.sys.MachineOf(k.own).Transitions[index]
	c := &transition{answer: t.Answer, target: t.Target, body: k.bodyTo(t.Body, t.Target), instance: k.own, index: index,
		cover:   k.p.covers[k.p.sys.Instances[k.own].Machine] + index,
		overlap: &site{builtin: fsm.Overlap, instance: k.own, span: t.Span}, number: -1}
	if t.Answer == fsm.Defer {
		c.number = len(k.p.defers)
		k.p.defers = append(k.p.defers, c)
	}
	c.first, c.guard = k.guard(t.Guard)
	return c
}

// posts reports whether what is sent into a link is noted.
func (p *program) posts(l *fsm.Link) bool {
	return l.Fair && l.Lose && l.Kind == fsm.Network && !p.loose
}

func (p *program) compileLink(i int) *link {
	l := p.sys.Links[i]
	return &link{Link: l, at: &p.layout.links[i], from: int64(p.sys.Instances[l.From].Index), receiver: p.instances[l.To].states,
		bag: l.Bag(), posts: p.posts(l),
		overflow: &site{builtin: fsm.Overflow, instance: l.From, span: l.Span},
		runaway:  &site{builtin: fsm.Runaway, instance: l.To, span: l.Span}}
}

func (p *program) compileJoint(t *fsm.JointTransition) *joint {
	k := newCompiler(p, fsm.OwnInstance)
	k.params = t.Args
	j := &joint{body: k.body(t.Body), only: true}
	for _, part := range t.Parts {
		k := newCompiler(p, part.Instance)
		k.params = t.Args
		c := jointPart{instance: part.Instance, byState: make([]int, len(p.sys.MachineOf(part.Instance).States))}
		for s := range c.byState {
			c.byState[s] = -1
		}
		for at := len(part.From) - 1; at >= 0; at-- { // the first wins, as in fsm
			c.byState[part.From[at]] = at
		}
		for at, body := range part.Bodies {
			c.bodies = append(c.bodies, k.bodyTo(body, part.Targets[at]))
		}
		j.parts = append(j.parts, c)
		j.only = j.only && len(part.From) == 1
		if len(part.From) == 1 {
			j.first = meet(j.first, p.cellIs(part.Instance, int64(part.From[0])))
		}
	}
	first, rest := k.guard(t.Guard)
	j.first, j.guard = meet(j.first, first), rest
	return j
}

func (p *program) compileNode(n fsm.Node) *node {
	c := &node{instances: n.Instances}
	queued := make([]bool, len(p.sys.Links))
	for _, i := range n.Instances {
		m := p.sys.MachineOf(i)
		for v, variable := range m.Vars {
			if variable.Durable || variable.Shared || variable.Ghost {
				continue
			}
			first := p.initials(variable, p.sys.VarSlot(i, v))
			for _, f := range first {
				if f.any {
					c.anew = append(c.anew, f)
					f = initial{cell: f.cell, value: f.lo}
				}
				c.forgets = append(c.forgets, f)
			}
		}
		for t := range m.Timers {
			c.timers = append(c.timers, p.timers+p.sys.TimerSlot(i, t))
		}
		for l, link := range p.sys.Links {
			if link.Kind == fsm.Queue && (link.From == i || link.To == i) && !queued[l] {
				queued[l] = true
				c.queues = append(c.queues, l)
			}
		}
		k := newCompiler(p, i)
		transitions := make([]*transition, len(m.Transitions))
		for _, level := range m.Restart {
			for _, t := range level {
				transitions[t] = k.transition(t)
			}
		}
		c.restart = append(c.restart, pickLevels(m.Restart, transitions))
	}
	return c
}

// initials are the first values of the slots of a variable; none if it was dropped.
func (p *program) initials(v fsm.Var, base int) []initial {
	if p.loose && v.Ghost {
		return nil
	}
	t := v.Type.Scalar()
	var list []initial
	for i := range v.Type.Slots() {
		f := initial{cell: p.vars + base + i, any: v.Any, lo: t.Lo, hi: t.Hi}
		if !v.Any {
			f.value = v.Init[i]
		}
		list = append(list, f)
	}
	return list
}

func (p *program) compileStart() {
	for i, v := range p.sys.Vars {
		p.inits = append(p.inits, p.initials(v, p.sys.SystemSlot(i))...)
	}
	for i := range p.sys.Instances {
		m := p.sys.MachineOf(i)
		for v, variable := range m.Vars {
			if !variable.Shared {
				p.inits = append(p.inits, p.initials(variable, p.sys.VarSlot(i, v))...)
			}
		}
		k := newCompiler(p, i)
		p.entries = append(p.entries, k.body(m.Entry))
	}
}
