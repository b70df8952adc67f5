package gen

import (
	"slices"

	"interlock/fsm"
)

// span is an interval of values: those that some expression, variable or field can have.
type span struct{ lo, hi int64 }

func (a span) join(b span) span { return span{min(a.lo, b.lo), max(a.hi, b.hi)} }

func (a span) meets(b span) bool { return a.lo <= b.hi && b.lo <= a.hi }

func (a span) single() bool { return a.lo == a.hi }

// Conditions are spans too.
var (
	never  = span{0, 0}
	always = span{1, 1}
	either = span{0, 1}
)

func truth(must, can bool) span {
	switch {
	case must:
		return always
	case !can:
		return never
	}
	return either
}

func spanOf(t *fsm.Type) span { return span{t.Scalar().Lo, t.Scalar().Hi} }

// pending is a message on its way to an instance, or the kind of all of them.
type pending struct{ to, message int }

// values is what the variables of a system and the fields of its messages can be, in whatever order its steps come: every
// write is joined to what was there. It tells guards that can never hold, such as those about a number that only a restart
// changes. Where the joint state comes from a stored word it may be wrong: see the generated method refuses.
type values struct {
	s       *system
	system  []cell
	own     [][]cell           // by instance and variable
	states  [][]bool           // by instance and leaf state: it can be entered
	fields  map[pending][]cell // the sender's index, then the fields; nothing for what is never sent
	changed bool
}

// cell is one of them, with its type and how often it has grown.
type cell struct {
	span
	limit span
	grown int
}

// maxGrowth is how often a cell grows by what is written to it; then it grows to its whole type.
const maxGrowth = 16

// planValues finds the smallest spans that no step leaves.
func planValues(s *system) *values {
	v := &values{s: s, fields: map[pending][]cell{}}
	for i := range s.Vars {
		v.system = append(v.system, newCell(&s.Vars[i]))
	}
	for _, in := range s.instances {
		cells := make([]cell, len(in.machine.Vars))
		for k := range cells {
			cells[k] = newCell(&in.machine.Vars[k])
		}
		v.own = append(v.own, cells)
		v.states = append(v.states, make([]bool, len(in.machine.States)))
	}
	for _, tuple := range s.tuples {
		for i, state := range tuple {
			v.states[i][state] = true
		}
	}
	for v.changed = true; v.changed; {
		v.changed = false
		v.pass()
	}
	return v
}

// newCell is a variable at its beginning.
func newCell(v *fsm.Var) cell {
	c := cell{span: spanOf(v.Type), limit: spanOf(v.Type)}
	if !v.Any && !v.Ghost && len(v.Init) > 0 {
		c.span = span{slices.Min(v.Init), slices.Max(v.Init)}
	}
	return c
}

// write joins a value to a cell. What is outside the type is refused, and joins nothing.
func (v *values) write(c *cell, value span) {
	value = span{max(value.lo, c.limit.lo), min(value.hi, c.limit.hi)}
	if value.lo > value.hi || c.lo <= value.lo && value.hi <= c.hi {
		return
	}
	v.changed = true
	if c.grown++; c.grown > maxGrowth {
		value = c.limit
	}
	c.span = c.join(value)
}

// pass lets every step happen once.
func (v *values) pass() {
	for i, in := range v.s.instances {
		v.states[i][in.machine.Initial] = true
		v.run(view{v: v, own: i, state: in.machine.Initial}, in.machine.Entry)
		for _, t := range in.machine.Transitions {
			if x, ok := v.at(i, t); ok && t.Answer == fsm.Take && x.can(t.Guard) {
				v.run(x, t.Body)
				v.enter(i, t.Target)
			}
		}
	}
	for _, j := range v.s.Joints {
		x := view{v: v, own: fsm.OwnInstance, params: constants(j.Args)}
		if !x.can(j.Guard) {
			continue
		}
		v.run(x, j.Body)
		for _, p := range j.Parts {
			for k, from := range p.From {
				if from != fsm.Down && v.states[p.Instance][from] {
					v.run(view{v: v, own: p.Instance, state: from, params: constants(j.Args)}, p.Bodies[k])
					v.enter(p.Instance, p.Targets[k])
				}
			}
		}
	}
}

func constants(args []int64) []span {
	spans := make([]span, len(args))
	for i, a := range args {
		spans[i] = span{a, a}
	}
	return spans
}

func (v *values) enter(instance, target int) {
	if target != fsm.Stay && !v.states[instance][target] {
		v.states[instance][target], v.changed = true, true
	}
}

// at is what a transition of an instance sees, unless it never comes to it.
func (v *values) at(instance int, t *fsm.Transition) (view, bool) {
	x := view{v: v, own: instance, state: t.State}
	if t.Event < 0 || !v.states[instance][t.State] {
		return x, false
	}
	e := &v.s.instances[instance].machine.Events[t.Event]
	if e.Kind != fsm.Receive {
		for _, p := range e.Params {
			x.params = append(x.params, spanOf(p.Type))
		}
		return x, true
	}
	cells := v.fields[pending{instance, e.Message}]
	if cells == nil {
		return x, false
	}
	x.from = cells[0].span
	for _, c := range cells[1:] {
		x.params = append(x.params, c.span)
	}
	return x, true
}

// run lets a body happen.
func (v *values) run(x view, body []*fsm.Stmt) {
	for _, st := range body {
		switch st.Op {
		case fsm.Assign:
			for i, t := range st.Targets {
				v.write(x.target(t), x.eval(st.Values[i]))
			}
		case fsm.If:
			cond := x.eval(st.Cond)
			if cond.hi != 0 {
				v.run(x, st.Then)
			}
			if cond.lo == 0 {
				v.run(x, st.Else)
			}
		case fsm.Send:
			for _, to := range x.receivers(st) {
				v.send(x, pending{to, st.Message}, st)
			}
		}
	}
}

func (v *values) send(x view, p pending, st *fsm.Stmt) {
	index := int64(v.s.instances[x.own].Index)
	cells := v.fields[p]
	if cells == nil {
		v.changed = true
		cells = []cell{{span: span{index, index}, limit: span{0, int64(len(v.s.instances))}}}
		for i, f := range v.s.Spec.Messages[p.message].Fields {
			cells = append(cells, cell{span: x.eval(st.Args[i]).within(spanOf(f.Type)), limit: spanOf(f.Type)})
		}
		v.fields[p] = cells
		return
	}
	v.write(&cells[0], span{index, index})
	for i, a := range st.Args {
		v.write(&cells[i+1], x.eval(a))
	}
}

// within is a cut down to a type, or the type where nothing is left of it.
func (a span) within(limit span) span {
	if !a.meets(limit) {
		return limit
	}
	return span{max(a.lo, limit.lo), min(a.hi, limit.hi)}
}
