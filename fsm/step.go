package fsm

import (
	"fmt"
	"slices"
)

// Initial is one way in which a system can begin: the values picked for variables that begin anywhere, and what the entry
// bodies of the initial states did. If they break a built-in check, Fails tells and Outcome is nil.
type Initial struct {
	Picks   []int64
	Outcome *Outcome
	Fails   *Violation
}

// Starts lists the starts of a system that `initially` allows, in the order of picks.
func Starts(sys *System) ([]Initial, error) {
	var starts []Initial
	var failed error
	empty := emptyJoint(sys)
	combinations(sys, empty, func(r *run) { r.start() }, func(r *run, err error) {
		start := Initial{Picks: r.picks.made, Outcome: r.out}
		if v, ok := err.(*Violation); ok {
			start.Fails, start.Outcome = v, nil
		} else if err != nil {
			return // a send that blocks
		} else if allowed, err := holdAll(sys, r.joint, sys.Initially); err != nil {
			failed = err
			return
		} else if !allowed {
			return
		}
		starts = append(starts, start)
	})
	return starts, failed
}

// Begin is the start with the given picks, without regard to `initially`. The error is a *Violation where an entry body
// breaks a built-in check; any other error says that there is no such start.
func Begin(sys *System, given []int64) (*Outcome, error) {
	r, err := attempt(sys, emptyJoint(sys), given, func(r *run) { r.start() })
	if err == nil && len(r.picks.made) != len(given) {
		err = errNotEnabled
	}
	if err != nil {
		return nil, err
	}
	return r.out, nil
}

// Assumed reports whether every `assume` of the system holds in a joint state.
func Assumed(sys *System, j *Joint) (bool, error) { return holdAll(sys, j, sys.Assumes) }

func holdAll(sys *System, j *Joint, exprs []*Expr) (bool, error) {
	for _, e := range exprs {
		if v, err := Eval(sys, j, e); v == 0 || err != nil {
			return false, err
		}
	}
	return true, nil
}

func emptyJoint(sys *System) *Joint {
	return &Joint{States: make([]int, len(sys.Instances)), Vars: make([]int64, len(sys.slotTypes)),
		Armed: make([]bool, sys.timers), Links: make([][]Packet, len(sys.Links)), Crashes: make([]int, len(sys.Crashes))}
}

// start gives every variable its first value and enters every initial state; the sends leave when all have.
func (r *run) start() {
	for i, v := range r.sys.Vars {
		r.initVar(v, r.sys.SystemSlot(i))
	}
	for i, in := range r.sys.Instances {
		r.joint.States[i] = in.m.Initial
		for v, variable := range in.m.Vars {
			if !variable.Shared {
				r.initVar(variable, r.sys.VarSlot(i, v))
			}
		}
	}
	for i, in := range r.sys.Instances {
		r.own = i
		r.body(in.m.Entry)
	}
}

func (r *run) initVar(v Var, base int) {
	for i := range v.Type.Slots() {
		if v.Any {
			t := v.Type.Scalar()
			r.joint.Vars[base+i] = r.picks.next(t.Lo, t.Hi)
		} else {
			r.joint.Vars[base+i] = v.Init[i]
		}
	}
}

// Step takes a choice. The error is a *Violation where the step breaks a built-in check; any other error says that the
// choice is not enabled there, which is the caller's mistake.
func Step(sys *System, j *Joint, c Choice) (*Outcome, error) {
	if err := c.fits(sys, j); err != nil {
		return nil, err
	}
	r, err := attempt(sys, j, c.Picks, func(r *run) { r.step(c) })
	if _, ok := err.(*Violation); !ok && (err != nil || len(r.picks.made) != len(c.Picks) || idle(sys, j, c, r)) {
		return nil, fmt.Errorf("fsm: %s is not enabled", c.Format(sys, j))
	}
	if err != nil {
		return nil, err
	}
	return r.out, nil
}

// idle reports a delivery on a keep link that changes nothing: it is no step.
func idle(sys *System, j *Joint, c Choice, r *run) bool {
	return c.Kind == Deliver && sys.Links[c.Link].Kind == Keep && r.joint.Equal(j)
}

// fits reports a choice whose indices are not of this system.
func (c Choice) fits(sys *System, j *Joint) error {
	ok := false
	switch c.Kind {
	case Handle:
		ok = within(c.Instance, len(sys.Instances)) && within(c.Event, len(sys.MachineOf(c.Instance).Events)) &&
			(sys.MachineOf(c.Instance).Events[c.Event].Kind > Internal || sys.takes(c))
	case Deliver, LoseMessage, DuplicateMessage:
		ok = within(c.Link, len(sys.Links)) && within(c.Position, len(j.Links[c.Link]))
	case TakeJoint:
		ok = within(c.Joint, len(sys.Joints))
	case CrashNode:
		ok = within(c.Crash, len(sys.Crashes))
	case RestartNode:
		ok = within(c.Node, len(sys.Nodes))
	}
	if !ok {
		return fmt.Errorf("fsm: no such step in system %s: %+v", sys.Name, c)
	}
	return nil
}

// takes reports whether the arguments of an input or internal are of the types of its parameters.
func (sys *System) takes(c Choice) bool {
	params := sys.MachineOf(c.Instance).Events[c.Event].Params
	if len(c.Args) != len(params) {
		return false
	}
	for i, p := range params {
		if !p.Type.Has(c.Args[i]) {
			return false
		}
	}
	return true
}

// step is the rule of each kind of step.
func (r *run) step(c Choice) {
	switch c.Kind {
	case Handle:
		r.handleOwn(c)
	case Deliver:
		p := r.joint.Links[c.Link][c.Position]
		if r.sys.Links[c.Link].Kind == Atomic || r.joint.States[r.sys.Links[c.Link].To] == Down || !r.mayOvertake(c) {
			panic(errNotEnabled)
		}
		if r.sys.Links[c.Link].Kind != Keep {
			r.joint.remove(c.Link, c.Position)
		}
		r.receive(c.Link, p, true)
	case TakeJoint:
		r.joinIn(r.sys.Joints[c.Joint])
	case RestartNode:
		r.restart(r.sys.Nodes[c.Node])
	case LoseMessage:
		mustBe(r.sys.Links[c.Link].Lose)
		r.joint.remove(c.Link, c.Position)
	case DuplicateMessage:
		l, p := r.sys.Links[c.Link], r.joint.Links[c.Link][c.Position]
		mustBe(l.Duplicate && len(r.joint.Links[c.Link]) < l.Capacity)
		r.joint.Links[c.Link] = slices.Insert(r.joint.Links[c.Link], c.Position+1, p)
	case CrashNode:
		r.crash(c.Crash)
	}
}

func mustBe(enabled bool) {
	if !enabled {
		panic(errNotEnabled)
	}
}

// handleOwn is an input, an internal step, or a timer that fires: disarmed before anything else.
func (r *run) handleOwn(c Choice) {
	m := r.sys.MachineOf(c.Instance)
	e := m.Events[c.Event]
	mustBe(r.joint.States[c.Instance] != Down && e.Kind != Receive)
	if e.Kind == Fire {
		slot := r.sys.TimerSlot(c.Instance, e.Timer)
		mustBe(r.joint.Armed[slot] && !r.heldBack(c.Instance, e.Timer))
		r.joint.Armed[slot] = false
	}
	if r.handle(c.Instance, c.Event, c.Args, 0) >= 0 {
		return
	}
	mustBe(e.Kind == Fire)
	state := m.States[r.joint.States[c.Instance]]
	panic(&Violation{Builtin: Unexpected, Instance: c.Instance, Span: state.Span,
		Detail: "the timer " + e.Name + " is not expected by " + r.sys.Instances[c.Instance].Name + " in " + state.Name})
}

// heldBack reports whether an `order` lets another timer go first.
func (r *run) heldBack(instance, timer int) bool {
	for _, o := range r.sys.Orders {
		if (o.Second == TimerRef{instance, timer}) && r.joint.Armed[r.sys.TimerSlot(o.First.Instance, o.First.Timer)] {
			return true
		}
	}
	return false
}

// mayOvertake reports whether everything before the message in a link that keeps its order can be deferred now.
func (r *run) mayOvertake(c Choice) bool {
	l := r.sys.Links[c.Link]
	if l.Bag() {
		return true
	}
	for _, p := range r.joint.Links[c.Link][:c.Position] {
		if some, _ := canDefer(r.sys, r.joint, l, p); !some {
			return false
		}
	}
	return true
}

// canDefer reports whether the receiver defers a message for some answers of extern guards, and whether for all.
func canDefer(sys *System, j *Joint, l *Link, p Packet) (some, all bool) {
	m := sys.MachineOf(l.To)
	event := m.receives(p.Message)
	if event < 0 {
		return false, false
	}
	deferred := false
	all = true
	combinations(sys, j, func(r *run) {
		r.own, r.params, r.from = l.To, p.Args, int64(sys.Instances[l.From].Index)
		t := r.answer(m, m.States[j.States[l.To]].On[event])
		deferred = t >= 0 && m.Transitions[t].Answer == Defer
	}, func(_ *run, err error) {
		some = some || deferred && err == nil
		all = all && deferred && err == nil
		deferred = false
	})
	return some, all
}

// joinIn is a joint transition: every part must be possible; bodies run in the order of the text.
func (r *run) joinIn(t *JointTransition) {
	r.params = t.Args
	at := make([]int, len(t.Parts))
	for i, p := range t.Parts {
		at[i] = slices.Index(p.From, r.joint.States[p.Instance])
		mustBe(at[i] >= 0)
	}
	mustBe(t.Guard == nil || r.eval(t.Guard) != 0)
	if r.inspect != nil {
		r.inspect(Taken{OwnInstance, -1})
	}
	for i, p := range t.Parts {
		r.own = p.Instance
		r.out.Taken = append(r.out.Taken, Taken{p.Instance, -1})
		r.body(p.Bodies[at[i]])
		r.enter(p.Instance, p.Targets[at[i]])
	}
	r.own = OwnInstance
	r.body(t.Body)
}

// crash takes a node down: what is not durable is lost, with the messages inside the node.
func (r *run) crash(crash int) {
	c := r.sys.Crashes[crash]
	mustBe(r.joint.Crashes[crash] < c.AtMost && r.joint.States[c.Instance] != Down)
	r.joint.Crashes[crash]++
	for _, i := range r.sys.Nodes[r.sys.Instances[c.Instance].Node].Instances {
		r.joint.States[i] = Down
		m := r.sys.MachineOf(i)
		for v, variable := range m.Vars {
			if !variable.Durable && !variable.Shared && !variable.Ghost {
				r.forget(variable, r.sys.VarSlot(i, v))
			}
		}
		for t := range m.Timers {
			r.joint.Armed[r.sys.TimerSlot(i, t)] = false
		}
		for l, link := range r.sys.Links {
			if link.Kind == Queue && (link.From == i || link.To == i) {
				r.joint.Links[l] = nil
			}
		}
	}
	r.own = c.Instance
	r.body(c.Body)
}

// forget sets a variable back; one that begins anywhere waits for the restart to be picked.
func (r *run) forget(v Var, base int) {
	for i := range v.Type.Slots() {
		r.joint.Vars[base+i] = v.Type.Scalar().Lo
		if !v.Any {
			r.joint.Vars[base+i] = v.Init[i]
		}
	}
}

// restart brings every machine of a node up again: into what `on restart` says, or the initial state.
func (r *run) restart(node Node) {
	for _, i := range node.Instances {
		mustBe(r.joint.States[i] == Down)
	}
	for _, i := range node.Instances {
		for v, variable := range r.sys.MachineOf(i).Vars {
			if variable.Any && !variable.Durable && !variable.Shared && !variable.Ghost {
				r.initVar(variable, r.sys.VarSlot(i, v))
			}
		}
	}
	for _, i := range node.Instances {
		r.own, r.params = i, nil
		m := r.sys.MachineOf(i)
		if t := r.answer(m, m.Restart); t >= 0 {
			r.take(i, t)
			continue
		}
		r.joint.States[i] = m.Initial
		r.body(m.Entry)
	}
}
