package check

import "interlock/fsm"

// coverage remembers what a run has seen, by machine.
type coverage struct {
	sys     *fsm.System
	machine []int    // by instance
	entered [][]bool // by machine: leaf states
	taken   [][]bool // by machine: transitions
	joints  []bool
}

func newCoverage(sys *fsm.System) coverage {
	c := coverage{sys: sys, joints: make([]bool, len(sys.Joints))}
	for _, in := range sys.Instances {
		c.machine = append(c.machine, in.Machine)
	}
	for _, m := range sys.Spec.Machines {
		c.entered = append(c.entered, make([]bool, len(m.States)))
		c.taken = append(c.taken, make([]bool, len(m.Transitions)))
	}
	return c
}

// visit notes the states that the instances are in.
func (c *coverage) visit(cells []int64) {
	for i, m := range c.machine {
		if s := cells[i]; s != fsm.Down {
			c.entered[m][s] = true
		}
	}
}

// take notes the transitions of a step, and the states that it only passes through.
func (c *coverage) take(t step, x *exec) {
	for _, tr := range x.taken {
		m := c.machine[tr.instance]
		c.taken[m][tr.index] = true
		if tr.answer == fsm.Take && tr.target != fsm.Stay {
			c.entered[m][tr.target] = true
		}
	}
	if t.kind == fsm.TakeJoint {
		c.joints[t.index] = true
	}
}

// deferred notes the transitions that kept a message where it was.
func (c *coverage) deferred(x *exec) {
	for n, was := range x.defers {
		if t := x.p.defers[n]; was {
			c.taken[c.machine[t.instance]][t.index] = true
		}
	}
}

// report lists what was not seen, of machines that have an instance, in the order of the text.
func (c *coverage) report() Coverage {
	var r Coverage
	used := make([]bool, len(c.entered))
	for _, m := range c.machine {
		used[m] = true
	}
	for i, m := range c.sys.Spec.Machines {
		if !used[i] {
			continue
		}
		for s, entered := range c.entered[i] {
			if !entered {
				r.NeverEntered = append(r.NeverEntered, Unentered{m, s})
			}
		}
		r.NeverTaken = append(r.NeverTaken, untaken(m, c.taken[i])...)
	}
	r.NeverTaken = append(r.NeverTaken, c.untakenJoints()...)
	return r
}

// untaken lists the written transitions that none of their copies in leaf states was taken of.
func untaken(m *fsm.Machine, taken []bool) []Untaken {
	var list []Untaken
	some := map[int]bool{}
	for t, was := range taken {
		some[m.Transitions[t].Source] = some[m.Transitions[t].Source] || was
	}
	for _, t := range m.Transitions {
		if !some[t.Source] {
			some[t.Source] = true // once
			list = append(list, Untaken{m, t.Source, t.Text, t.Span})
		}
	}
	return list
}

// untakenJoints lists the joint transitions as written: one that is quantified stands for all its instances.
func (c *coverage) untakenJoints() []Untaken {
	var list []Untaken
	some := map[fsm.Span]bool{}
	for j, was := range c.joints {
		span := c.sys.Joints[j].Span
		some[span] = some[span] || was
	}
	for j, t := range c.sys.Joints {
		if !some[t.Span] {
			some[t.Span] = true // once
			list = append(list, Untaken{nil, j, t.Text, t.Span})
		}
	}
	return list
}
