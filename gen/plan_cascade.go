package gen

import (
	"fmt"
	"slices"

	"interlock/fsm"
)

// maxCascades bounds the moments of steps that are looked at to size their effects.
const maxCascades = 1 << 18

// maxOutcomes bounds the ways through a body.
const maxOutcomes = 1 << 10

// cascades follows every step from every reachable tuple of control states, message by message, as the generated code does.
// Guards are decided by what the variables can be; where that leaves both open, both are followed.
type cascades struct {
	v       *values
	layer   []*moment // all that can be after so many messages have been handed over
	index   map[string]*moment
	most    cost // effects, and messages that wait at once
	visited int
	taken   map[[2]int][]outcome // by instance and transition
	failed  bool                 // there are too many
}

// moment is a step under way, between two messages.
type moment struct {
	states  []int
	queue   []pending // oldest first
	effects int       // at most
}

// outcome is one way through a body.
type outcome struct {
	effects int
	sends   []pending
}

// planCascades finds the most effects of a step and the most messages that wait at once. It reports false where there are too
// many cascades to look at.
func planCascades(s *system) (cost, bool) {
	c := &cascades{v: planValues(s), index: map[string]*moment{}, taken: map[[2]int][]outcome{}}
	c.start()
	for _, tuple := range s.tuples {
		c.roots(tuple)
	}
	for n := 0; n < fsm.MaxDeliveries && len(c.layer) > 0 && !c.failed; n++ {
		last := c.layer
		c.layer, c.index = nil, map[string]*moment{}
		for _, m := range last {
			c.deliver(m)
		}
	}
	return c.most, !c.failed
}

// add notes a moment; of two that will go on alike, the one with more effects counts.
func (c *cascades) add(m moment) {
	c.most = c.most.max(cost{m.effects, len(m.queue)})
	c.visited++
	c.failed = c.failed || c.visited > maxCascades || len(m.queue) > maxOrders
	if c.failed || len(m.queue) == 0 {
		return
	}
	key := fmt.Sprint(m.states, m.queue)
	if same := c.index[key]; same != nil {
		same.effects = max(same.effects, m.effects)
		return
	}
	c.index[key] = &m
	c.layer = append(c.layer, &m)
}

// after adds what becomes of a moment when an instance has run a body, for each way through it.
func (c *cascades) after(m moment, instance, target int, ways []outcome) {
	states := m.states
	if target != fsm.Stay && states[instance] != target {
		states = slices.Clone(states)
		states[instance] = target
	}
	for _, o := range ways {
		c.add(moment{states, slices.Concat(m.queue, o.sends), m.effects + o.effects})
	}
}

// start is the first step: every entry body.
func (c *cascades) start() {
	var states []int
	parts := make([][]outcome, 0, len(c.v.s.instances))
	for i, in := range c.v.s.instances {
		states = append(states, in.machine.Initial)
		parts = append(parts, c.ways(view{v: c.v, own: i, state: in.machine.Initial}, in.machine.Entry))
	}
	for _, o := range c.together(parts) {
		c.add(moment{states, o.sends, o.effects})
	}
}

// together is one outcome of each part, one after the other.
func (c *cascades) together(parts [][]outcome) []outcome {
	all := []outcome{{}}
	for _, ways := range parts {
		all = c.then(all, ways)
	}
	return all
}

// then is every outcome of the one followed by every outcome of the other.
func (c *cascades) then(first, second []outcome) []outcome {
	var all []outcome
	for _, a := range first {
		for _, b := range second {
			all = c.merge(all, outcome{a.effects + b.effects, slices.Concat(a.sends, b.sends)})
		}
	}
	return all
}

// merge adds an outcome; of those that send alike, the one with more effects counts.
func (c *cascades) merge(all []outcome, o outcome) []outcome {
	for i := range all {
		if slices.Equal(all[i].sends, o.sends) {
			all[i].effects = max(all[i].effects, o.effects)
			return all
		}
	}
	if len(all) >= maxOutcomes {
		c.failed = true
		return all
	}
	return append(all, o)
}

// roots are the steps that can begin in a tuple.
func (c *cascades) roots(tuple []int) {
	m := moment{states: tuple}
	for i, in := range c.v.s.instances {
		for e := range in.machine.Events {
			if in.machine.Events[e].Kind != fsm.Receive {
				c.answer(m, i, e)
			}
		}
	}
	for _, j := range c.v.s.Joints {
		c.joint(tuple, j)
	}
}

// answer follows what an instance can do with an event.
func (c *cascades) answer(m moment, instance, event int) {
	machine := c.v.s.instances[instance].machine
	for _, level := range machine.States[m.states[instance]].On[event] {
		must := false
		for _, i := range level {
			t := machine.Transitions[i]
			x, ok := c.v.at(instance, t)
			if !ok || !x.can(t.Guard) {
				continue
			}
			must = must || x.must(t.Guard)
			switch t.Answer {
			case fsm.Take:
				c.after(m, instance, t.Target, c.body(instance, i, x))
			case fsm.Ignore:
				c.after(m, instance, fsm.Stay, []outcome{{}})
			}
		}
		if must {
			return
		}
	}
}

// body is the ways through the body of a transition.
func (c *cascades) body(instance, transition int, x view) []outcome {
	key := [2]int{instance, transition}
	ways, ok := c.taken[key]
	if !ok {
		ways = c.ways(x, c.v.s.instances[instance].machine.Transitions[transition].Body)
		c.taken[key] = ways
	}
	return ways
}

func (c *cascades) joint(tuple []int, j *fsm.JointTransition) {
	if x := (view{v: c.v, own: fsm.OwnInstance, params: constants(j.Args)}); !x.can(j.Guard) {
		return
	}
	states := slices.Clone(tuple)
	var parts [][]outcome
	for _, p := range j.Parts {
		k := slices.Index(p.From, tuple[p.Instance])
		if k < 0 {
			return
		}
		parts = append(parts, c.ways(view{v: c.v, own: p.Instance, state: tuple[p.Instance], params: constants(j.Args)}, p.Bodies[k]))
		if p.Targets[k] != fsm.Stay {
			states[p.Instance] = p.Targets[k]
		}
	}
	for _, o := range c.together(parts) {
		c.add(moment{states, o.sends, o.effects})
	}
}

// ways is every way through a body.
func (c *cascades) ways(x view, body []*fsm.Stmt) []outcome {
	all := []outcome{{}}
	for _, st := range body {
		var here []outcome
		switch st.Op {
		case fsm.Start, fsm.Stop, fsm.Do:
			here = []outcome{{effects: 1}}
		case fsm.If:
			cond := x.eval(st.Cond)
			if cond.hi != 0 {
				here = c.ways(x, st.Then)
			}
			if cond.lo == 0 {
				for _, o := range c.ways(x, st.Else) {
					here = c.merge(here, o)
				}
			}
		case fsm.Send:
			for _, to := range x.receivers(st) {
				here = append(here, outcome{sends: []pending{{to, st.Message}}})
			}
		default:
			continue
		}
		if len(here) > 0 { // a send that has nowhere to go is refused in the end
			all = c.then(all, here)
		}
	}
	return all
}

// deliver follows what becomes of the oldest message.
func (c *cascades) deliver(m *moment) {
	next := m.queue[0]
	event := c.v.s.instances[next.to].machine.receives(next.message)
	if event >= 0 {
		c.answer(moment{m.states, m.queue[1:], m.effects}, next.to, event)
	}
}
