package check

import "interlock/fsm"

// coverage remembers what a run has seen, by machine.
type coverage struct {
	sys       *fsm.System
	machine   []int     // by instance
	entered   [][]bool  // by machine: leaf states
	taken     [][]int64 // by machine: how often each transition was
	deferring [][]bool  // by machine: transitions that kept a message where it was
	joints    []int64
}

func newCoverage(sys *fsm.System) coverage {
	c := coverage{sys: sys, joints: make([]int64, len(sys.Joints))}
	for _, in := range sys.Instances {
		c.machine = append(c.machine, in.Machine)
	}
	for _, m := range sys.Spec.Machines {
		c.entered = append(c.entered, make([]bool, len(m.States)))
		c.taken = append(c.taken, make([]int64, len(m.Transitions)))
		c.deferring = append(c.deferring, make([]bool, len(m.Transitions)))
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
		c.taken[m][tr.index]++
		if tr.answer == fsm.Take && tr.target != fsm.Stay {
			c.entered[m][tr.target] = true
		}
	}
	if t.kind == fsm.TakeJoint {
		c.joints[t.index]++
	}
}

// deferred notes the transitions that kept a message where it was.
func (c *coverage) deferred(x *exec) {
	for n, was := range x.defers {
		if t := x.p.defers[n]; was {
			c.deferring[c.machine[t.instance]][t.index] = true
		}
	}
}

// report lists what was seen and what was not, of machines that have an instance, in the order of the text.
func (c *coverage) report() Coverage {
	var r Coverage
	used := make([]bool, len(c.entered))
	for _, m := range c.machine {
		used[m] = true
	}
	var all []Taken
	for i, m := range c.sys.Spec.Machines {
		if !used[i] {
			continue
		}
		for s, entered := range c.entered[i] {
			if !entered {
				r.NeverEntered = append(r.NeverEntered, Unentered{m, s})
			}
		}
		all = append(all, c.written(i)...)
	}
	all = append(all, c.writtenJoints()...)
	for _, t := range all {
		if t.Count == 0 && !t.Deferred {
			r.NeverTaken = append(r.NeverTaken, Untaken{t.Machine, t.Source, t.Text, t.Span})
		}
	}
	r.Taken = all
	return r
}

// written lists the written transitions of a machine, each with all its copies in leaf states.
func (c *coverage) written(machine int) []Taken {
	var list []Taken
	m := c.sys.Spec.Machines[machine]
	at := map[int]int{} // by source: place in the list
	for t, n := range c.taken[machine] {
		tr := m.Transitions[t]
		i, known := at[tr.Source]
		if !known {
			i = len(list)
			at[tr.Source] = i
			list = append(list, Taken{Machine: m, Source: tr.Source, Text: tr.Text, Span: tr.Span})
		}
		list[i].Count += n
		list[i].Deferred = list[i].Deferred || c.deferring[machine][t]
	}
	return list
}

// writtenJoints lists the joint transitions as written: one that is quantified stands for all its instances.
func (c *coverage) writtenJoints() []Taken {
	var list []Taken
	at := map[fsm.Span]int{}
	for j, n := range c.joints {
		t := c.sys.Joints[j]
		i, known := at[t.Span]
		if !known {
			i = len(list)
			at[t.Span] = i
			list = append(list, Taken{Source: j, Text: t.Text, Span: t.Span})
		}
		list[i].Count += n
	}
	return list
}
