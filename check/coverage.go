package check

import "interlock/fsm"

// coverage remembers what a run has seen. Transitions are numbered by machine, joint transitions after them.
type coverage struct {
	p         *program
	counts    []int64 // how often each was taken
	deferring []bool  // transitions that kept a message where it was
	entered   []bool  // leaf states, by machine
	first     []int   // by machine: its first leaf state in entered
	begins    []int   // by instance: the first leaf state of its machine in entered
}

func newCoverage(p *program) coverage {
	n := p.covers[len(p.sys.Spec.Machines)]
	c := coverage{p: p, counts: apart[int64](n + len(p.sys.Joints)), deferring: make([]bool, n)}
	states := 0
	for _, m := range p.sys.Spec.Machines {
		c.first = append(c.first, states+1) // Down is the one before
		states += len(m.States) + 1
	}
	c.entered = apart[bool](states)
	for _, in := range p.sys.Instances {
		c.begins = append(c.begins, c.first[in.Machine])
	}
	return c
}

// visit notes the states that the instances are in.
func (c *coverage) visit(w []uint64) {
	for i, first := range c.begins {
		c.entered[first+int(c.p.state(w, i))] = true
	}
}

// join adds what another worker has seen.
func (c *coverage) join(other *coverage) {
	for i, n := range other.counts {
		c.counts[i] += n
	}
	for i, was := range other.entered {
		c.entered[i] = c.entered[i] || was
	}
}

// take notes the transitions of a step.
func (c *coverage) take(t step, x *exec) {
	for _, tr := range x.taken {
		c.counts[tr.cover]++
	}
	if t.kind == fsm.TakeJoint {
		c.counts[x.p.joints[t.index].cover]++
	}
}

// deferred notes the transitions that kept a message where it was.
func (c *coverage) deferred(x *exec) {
	for n, was := range x.defers {
		if was {
			c.deferring[x.p.defers[n].cover] = true
		}
	}
}

// report lists what was seen and what was not, of machines that have an instance, in the order of the text.
func (c *coverage) report() Coverage {
	var r Coverage
	used := make([]bool, len(c.first))
	for _, in := range c.p.sys.Instances {
		used[in.Machine] = true
	}
	var all []Taken
	for i, m := range c.p.sys.Spec.Machines {
		if !used[i] {
			continue
		}
		c.pass(i)
		for s := range m.States {
			if !c.entered[c.first[i]+s] {
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

// pass notes the states of a machine that steps have only passed through.
func (c *coverage) pass(machine int) {
	for t, tr := range c.p.sys.Spec.Machines[machine].Transitions {
		if c.counts[c.p.covers[machine]+t] > 0 && tr.Answer == fsm.Take && tr.Target != fsm.Stay {
			c.entered[c.first[machine]+tr.Target] = true
		}
	}
}

// written lists the written transitions of a machine, each with all its copies in leaf states.
func (c *coverage) written(machine int) []Taken {
	var list []Taken
	m, first := c.p.sys.Spec.Machines[machine], c.p.covers[machine]
	at := map[int]int{} // by source: place in the list
	for t, tr := range m.Transitions {
		i, known := at[tr.Source]
		if !known {
			i = len(list)
			at[tr.Source] = i
			list = append(list, Taken{Machine: m, Source: tr.Source, Text: tr.Text, Span: tr.Span})
		}
		list[i].Count += c.counts[first+t]
		list[i].Deferred = list[i].Deferred || c.deferring[first+t]
	}
	return list
}

// writtenJoints lists the joint transitions as written: one that is quantified stands for all its instances.
func (c *coverage) writtenJoints() []Taken {
	var list []Taken
	at := map[fsm.Span]int{}
	first := c.p.covers[len(c.p.sys.Spec.Machines)]
	for j, t := range c.p.sys.Joints {
		i, known := at[t.Span]
		if !known {
			i = len(list)
			at[t.Span] = i
			list = append(list, Taken{Source: j, Text: t.Text, Span: t.Span})
		}
		list[i].Count += c.counts[first+j]
	}
	return list
}
