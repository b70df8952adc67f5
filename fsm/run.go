package fsm

import (
	"errors"
	"slices"
)

// MaxDeliveries bounds the messages that one step hands over on atomic links.
const MaxDeliveries = 64

// errNotEnabled ends a run whose step turns out not to be possible with these picks.
var errNotEnabled = errors.New("fsm: the step is not enabled")

// run is one step under way: a copy of the joint state that bodies write to, and what is still to be handed over.
// Violations are raised as panics and caught by [attempt], so that the rules below read as the language states them.
type run struct {
	scope
	out     *Outcome
	picks   picks
	answers []answered // of extern guards in this step
	sends   []Sent     // made by the bodies at hand, not yet gone
	queue   []Sent     // on atomic links, oldest first

	inspect func(Taken) // told of what is taken, before its bodies run; nil: nobody asks
}

// answered is the one answer of an extern guard for these arguments in this step.
type answered struct {
	extern int
	args   []int64
	answer int64
}

// attempt runs a step on a copy of j with the given picks. It returns the run, whose picks then tell what was asked, and
// a *Violation or errNotEnabled.
func attempt(sys *System, j *Joint, given []int64, step func(*run)) (r *run, err error) {
	r = &run{picks: picks{given: given}}
	r.scope = scope{sys: sys, joint: j.Clone(), own: OwnInstance, ask: r.answerExtern}
	r.out = &Outcome{Joint: r.joint}
	defer func() {
		if p := recover(); p == errNotEnabled {
			err = errNotEnabled
		} else if v, ok := p.(*Violation); ok {
			err = v
		} else if p != nil {
			panic(p)
		}
	}()
	step(r)
	r.settle()
	return r, nil
}

func (r *run) answerExtern(extern int, args []int64) int64 {
	if v, asked := r.answered(extern, args); asked {
		return v
	}
	v := r.picks.next(0, 1)
	r.answers = append(r.answers, answered{extern, args, v})
	return v
}

// answered is the answer that the step has been given already.
func (r *run) answered(extern int, args []int64) (answer int64, asked bool) {
	for _, a := range r.answers {
		if a.extern == extern && slices.Equal(a.args, args) {
			return a.answer, true
		}
	}
	return 0, false
}

// handle lets an instance answer an event: guards first, then the bodies; the sends stay in r.sends. It reports the
// transition taken, or -1 if nothing answers.
func (r *run) handle(instance, event int, params []int64, from int64) int {
	r.own, r.params, r.from = instance, params, from
	m := r.sys.MachineOf(instance)
	t := r.answer(m, m.States[r.joint.States[instance]].On[event])
	if t >= 0 && m.Transitions[t].Answer != Defer {
		r.take(instance, t)
	}
	return t
}

// answer finds the transition that answers: the enabled one of the first level that has one.
func (r *run) answer(m *Machine, levels []Level) int {
	for _, level := range levels {
		enabled := -1
		for _, t := range level {
			if g := m.Transitions[t].Guard; g != nil && r.eval(g) == 0 {
				continue
			}
			if enabled >= 0 {
				panic(&Violation{Builtin: Overlap, Instance: r.own, Transitions: []int{enabled, t}, Span: m.Transitions[t].Span,
					Detail: "two transitions are enabled at once: " + m.Transitions[enabled].Text + ", and " + m.Transitions[t].Text})
			}
			enabled = t
		}
		if enabled >= 0 {
			return enabled
		}
	}
	return -1
}

// take runs the bodies of a transition and goes to its target.
func (r *run) take(instance, t int) {
	tr := r.sys.MachineOf(instance).Transitions[t]
	r.out.Taken = append(r.out.Taken, Taken{instance, t})
	if r.inspect != nil {
		r.inspect(Taken{instance, t})
	}
	if tr.Answer == Take {
		r.body(tr.Body)
		r.enter(instance, tr.Target)
	}
}

func (r *run) enter(instance, target int) {
	if target != Stay {
		r.joint.States[instance] = target
	}
}

// body runs statements, each of which sees the writes before it.
func (r *run) body(stmts []*Stmt) {
	for _, s := range stmts {
		switch s.Op {
		case Assign:
			r.assign(s)
		case If:
			if r.eval(s.Cond) != 0 {
				r.body(s.Then)
			} else {
				r.body(s.Else)
			}
		case Send:
			r.send(s)
		case Start, Stop:
			r.joint.Armed[r.sys.TimerSlot(r.own, s.Timer)] = s.Op == Start
			if s.Op == Start {
				r.out.Started = append(r.out.Started, TimerRef{r.own, s.Timer})
			}
		case Do:
			args := r.evalAll(s.Args)
			r.checkArgs(args, r.sys.Spec.Effects[s.Effect].Params, s)
			r.out.Effects = append(r.out.Effects, Effect{r.own, s.Effect, args})
		}
	}
}

// assign computes every value and every place before it writes any.
func (r *run) assign(s *Stmt) {
	values := make([]int64, len(s.Values))
	for i, e := range s.Values {
		if e.Op == OpAny {
			values[i] = r.picks.next(e.Type.Lo, e.Type.Hi)
		} else {
			values[i] = r.eval(e)
		}
	}
	slots := make([]int, len(s.Targets))
	for i, t := range s.Targets {
		v, base := &r.sys.Vars, 0
		if t.System {
			base = r.sys.SystemSlot(t.Var)
		} else {
			v, base = &r.sys.MachineOf(r.own).Vars, r.sys.VarSlot(r.own, t.Var)
		}
		variable := (*v)[t.Var]
		slots[i] = r.slot(variable.Type, base, t.Index)
		if scalar := variable.Type.Scalar(); !scalar.Has(values[i]) {
			r.outOfRange(s.Span, "%s leaves its range %s: it would become %d", variable.Name, scalar, values[i])
		}
	}
	for i, slot := range slots {
		r.joint.Vars[slot] = values[i]
	}
}

// checkArgs ends the step if an argument is outside the type of its parameter.
func (r *run) checkArgs(args []int64, params []Param, s *Stmt) {
	for i, v := range args {
		if p := params[i]; !p.Type.Has(v) {
			r.outOfRange(s.Args[i].Span, "%s leaves its range %s: it would be %d", p.Name, p.Type, v)
		}
	}
}

func (r *run) send(s *Stmt) {
	element := int64(0)
	bound := r.sys.Instances[r.own].Peers[s.Peer]
	if s.Element != nil {
		if element = r.eval(s.Element); element < 0 || element >= int64(len(bound)) {
			r.outOfRange(s.Element.Span, "index %d is out of range for %d peers", element, len(bound))
		}
	}
	args := r.evalAll(s.Args)
	r.checkArgs(args, r.sys.Spec.Messages[s.Message].Fields, s)
	link := r.sys.Instances[r.own].Routes[s.Peer][element][s.Message]
	if link < 0 {
		panic("fsm: a send without a link: " + s.Span.String())
	}
	r.sends = append(r.sends, Sent{Link: link, Packet: Packet{s.Message, args}})
}

// settle lets the sends made so far leave, then hands over what is on atomic links, oldest first, each to completion.
func (r *run) settle() {
	r.leave()
	seen := map[string]bool{}
	for n := 0; len(r.queue) > 0; n++ {
		key := r.joint.Key() + queueKey(r.queue)
		next := r.queue[0]
		if n >= MaxDeliveries || seen[key] {
			to := r.sys.Links[next.Link].To
			panic(&Violation{Builtin: Runaway, Instance: to, Span: r.sys.Links[next.Link].Span,
				Detail: "the step does not end: messages on atomic links go round"})
		}
		seen[key] = true
		r.queue = r.queue[1:]
		r.receive(next.Link, next.Packet, false)
		r.leave()
	}
}

// leave puts each message where it goes: into its link, or on the step's own queue.
func (r *run) leave() {
	for _, s := range r.sends {
		l := r.sys.Links[s.Link]
		switch {
		case l.Kind == Atomic:
			r.queue = append(r.queue, s)
		case l.Kind == Keep && r.joint.find(s.Link, s.Packet):
		case len(r.joint.Links[s.Link]) < l.Capacity:
			r.joint.insert(l, s.Link, s.Packet)
		case l.Lose:
			s.Lost = true
		case l.FullBlocks:
			panic(errNotEnabled)
		default:
			panic(&Violation{Builtin: Overflow, Instance: l.From, Span: l.Span, Detail: "the link " + l.Name +
				" is full: there is no room for " + r.sys.Spec.Messages[s.Packet.Message].Name})
		}
		r.out.Sent = append(r.out.Sent, s)
	}
	r.sends = nil
}

// receive lets the receiver answer a message. mayDefer says that deferring is an answer: then the step is not enabled.
func (r *run) receive(link int, p Packet, mayDefer bool) {
	l := r.sys.Links[link]
	m := r.sys.MachineOf(l.To)
	event := m.receives(p.Message)
	t := -1
	if event >= 0 {
		t = r.handle(l.To, event, p.Args, int64(r.sys.Instances[l.From].Index))
	}
	if t >= 0 && m.Transitions[t].Answer != Defer {
		return
	}
	if t >= 0 && mayDefer {
		panic(errNotEnabled)
	}
	what := "is not expected by "
	if t >= 0 {
		what = "is deferred in the same step by "
	}
	to := r.sys.Instances[l.To]
	panic(&Violation{Builtin: Unexpected, Instance: l.To, Span: m.States[r.joint.States[l.To]].Span,
		Detail: r.sys.Spec.Messages[p.Message].Name + " " + what + to.Name + " in " + m.States[r.joint.States[l.To]].Name})
}

// receives finds the event of a message, or -1.
func (m *Machine) receives(message int) int {
	return slices.IndexFunc(m.Events, func(e Event) bool { return e.Kind == Receive && e.Message == message })
}
