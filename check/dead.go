package check

import (
	"slices"

	"interlock/fsm"
)

// deadness finds variables that are dead in some leaf states of their machine: whatever happens next, they are written
// before they are read. Two joint states that differ in nothing else have the same future, so the search gives a dead
// variable its lowest value ([layout] begins there) and explores one joint state for all of them.
//
// It is the usual analysis of live variables, over leaf states: the live variables of a state are those that some
// transition from it reads before it writes them, or leaves alone and goes to a state where they are live. What is read
// from outside the machine (by a property that is asked, an assumption, a joint guard, a body of the system) never dies.
// A restart and what survives a crash are transitions like others. Arguments of effects are no reads where they cannot
// leave their types: nothing in a joint state depends on them, and the effects in a trace are those of the real run.
type deadness struct {
	sys  *fsm.System
	kept [][]bool   // by machine and variable: it never dies
	live [][][]bool // by machine, leaf state + 1 (0 is Down) and variable
	read []bool     // by variable of the system

	names   []string // of the variables that are dead somewhere
	system  []int    // by variable of the system: its number in names, or -1
	machine [][]int  // by machine and variable, likewise
	writes  [][]bool // by machine and transition: its body writes one of these
	joins   []bool   // by joint transition: some body of it does
}

// findDead analyses a system of which these properties are asked.
func findDead(sys *fsm.System, asked []*fsm.Property) *deadness {
	d := &deadness{sys: sys, read: make([]bool, len(sys.Vars))}
	for _, m := range sys.Spec.Machines {
		d.kept = append(d.kept, make([]bool, len(m.Vars)))
		states := make([][]bool, len(m.States)+1)
		for s := range states {
			states[s] = make([]bool, len(m.Vars))
		}
		d.live = append(d.live, states)
	}
	d.readOutside(asked)
	for m := range sys.Spec.Machines {
		d.sharedReads(m)
		for d.grow(m) {
		}
	}
	d.list()
	return d
}

// readOutside notes what is read in the scope of the system: it never dies.
func (d *deadness) readOutside(asked []*fsm.Property) {
	for _, p := range asked {
		d.readBySystem(p.P)
		d.readBySystem(p.Q)
	}
	for _, e := range d.sys.Assumes {
		d.readBySystem(e)
	}
	for _, j := range d.sys.Joints {
		d.readBySystem(j.Guard)
		eachExpr(j.Body, d.readBySystem)
	}
	for _, c := range d.sys.Crashes {
		eachExpr(c.Body, d.readBySystem)
	}
	for _, l := range d.sys.Links {
		if l.Kind != fsm.Keep {
			continue
		}
		// Whether a delivery is a step at all depends on whether it changes anything, a dead variable too.
		m := d.sys.Instances[l.To].Machine
		for v := range d.kept[m] {
			d.kept[m][v] = true
		}
		for v := range d.read {
			d.read[v] = true
		}
	}
}

func (d *deadness) readBySystem(e *fsm.Expr) {
	eachPart(e, func(e *fsm.Expr) {
		switch e.Op {
		case fsm.OpSystemVar:
			d.read[e.Index] = true
		case fsm.OpInstanceVar:
			in := d.sys.Instances[e.Instance]
			if d.sys.MachineOf(e.Instance).Vars[e.Index].Shared {
				d.read[in.Shared[e.Index]] = true
			} else {
				d.kept[in.Machine][e.Index] = true
			}
		}
	})
}

// sharedReads notes the system's variables that a machine reads, in its own text or in its parts of joint transitions.
func (d *deadness) sharedReads(m int) {
	live := make([]bool, len(d.sys.Spec.Machines[m].Vars))
	note := func(e *fsm.Expr) { d.readIn(e, live) }
	d.eachFlow(m, func(f flow) {
		note(f.guard)
		eachExpr(f.body, note)
	})
	for v, variable := range d.sys.Spec.Machines[m].Vars {
		if !variable.Shared || !live[v] {
			continue
		}
		for _, in := range d.sys.Instances {
			if in.Machine == m {
				d.read[in.Shared[v]] = true
			}
		}
	}
}

// flow is one way from a leaf state, or fsm.Down, to another.
type flow struct {
	from, to int
	guard    *fsm.Expr
	body     []*fsm.Stmt
	anew     bool // variables that begin anywhere are picked first
	falls    bool // a crash: what does not survive it is written
}

// eachFlow calls visit for every way that the instances of a machine can go.
func (d *deadness) eachFlow(m int, visit func(flow)) {
	machine := d.sys.Spec.Machines[m]
	for _, t := range machine.Transitions {
		f := flow{from: t.State, to: t.Target, guard: t.Guard, anew: t.State == fsm.Down}
		if t.Answer == fsm.Take {
			f.body = t.Body
		}
		if t.Target == fsm.Stay || t.Answer != fsm.Take {
			f.to = t.State
		}
		visit(f)
	}
	visit(flow{from: fsm.Down, to: machine.Initial, body: machine.Entry, anew: true})
	for i, in := range d.sys.Instances {
		if in.Machine == m && d.sys.MayCrash(i) {
			for s := range machine.States {
				visit(flow{from: s, to: fsm.Down, falls: true})
			}
		}
	}
	for _, j := range d.sys.Joints {
		for _, p := range j.Parts {
			if d.sys.Instances[p.Instance].Machine != m {
				continue
			}
			for at, from := range p.From {
				to := p.Targets[at]
				if to == fsm.Stay {
					to = from
				}
				visit(flow{from: from, to: to, body: p.Bodies[at]})
			}
		}
	}
}

// grow follows every flow of a machine once and reports whether more variables turned out to be live.
func (d *deadness) grow(m int) bool {
	more := false
	vars := d.sys.Spec.Machines[m].Vars
	d.eachFlow(m, func(f flow) {
		live := slices.Clone(d.live[m][f.to+1])
		if f.falls {
			for v := range live {
				live[v] = live[v] && (vars[v].Durable || vars[v].Ghost)
			}
		}
		d.before(f.body, live, vars)
		d.readIn(f.guard, live)
		if f.anew {
			for v := range live {
				live[v] = live[v] && !(vars[v].Any && !vars[v].Durable && !vars[v].Ghost)
			}
		}
		for v, is := range live {
			if is && !d.live[m][f.from+1][v] {
				d.live[m][f.from+1][v] = true
				more = true
			}
		}
	})
	return more
}

// before turns what is live behind a body into what is live in front of it.
func (d *deadness) before(body []*fsm.Stmt, live []bool, vars []fsm.Var) {
	for _, s := range slices.Backward(body) {
		switch s.Op {
		case fsm.Assign:
			for _, t := range s.Targets {
				if !t.System && len(t.Index) == 0 {
					live[t.Var] = false
				}
			}
		case fsm.If:
			other := slices.Clone(live)
			d.before(s.Then, live, vars)
			d.before(s.Else, other, vars)
			for v, is := range other {
				live[v] = live[v] || is
			}
		}
		d.readHere(s, live, vars)
	}
}

// readHere notes what a statement itself reads, without those in it.
func (d *deadness) readHere(s *fsm.Stmt, live []bool, vars []fsm.Var) {
	d.readIn(s.Cond, live)
	d.readIn(s.Element, live)
	for _, e := range s.Values {
		d.readIn(e, live)
	}
	for _, t := range s.Targets {
		for _, e := range t.Index {
			d.readIn(e, live)
		}
	}
	for i, e := range s.Args {
		if s.Op != fsm.Do || !d.harmless(e, d.sys.Spec.Effects[s.Effect].Params[i].Type, vars) {
			d.readIn(e, live)
		}
	}
}

// harmless reports whether an argument of an effect asks nothing of the host and stays within its type.
func (d *deadness) harmless(e *fsm.Expr, t *fsm.Type, vars []fsm.Var) bool {
	if e.Type == nil || e.Type.Lo < t.Lo || e.Type.Hi > t.Hi {
		return false
	}
	asks := false
	eachPart(e, func(e *fsm.Expr) { asks = asks || e.Op == fsm.OpExtern })
	return !asks && !mayFail(d.sys, vars, e)
}

// readIn notes the variables of the machine that an expression reads; those of the system go to d.read.
func (d *deadness) readIn(e *fsm.Expr, live []bool) {
	eachPart(e, func(e *fsm.Expr) {
		switch e.Op {
		case fsm.OpVar:
			live[e.Index] = true
		case fsm.OpSystemVar, fsm.OpInstanceVar:
			d.readBySystem(&fsm.Expr{Op: e.Op, Index: e.Index, Instance: e.Instance})
		}
	})
}

// dead reports whether a variable of a machine is dead in a leaf state, or Down.
func (d *deadness) dead(m, state, v int) bool {
	return !d.kept[m][v] && !d.live[m][state+1][v] && !d.sys.Spec.Machines[m].Vars[v].Shared
}

// sometimes reports whether a variable is dead in some leaf state.
func (d *deadness) sometimes(m, v int) bool {
	for s := range d.sys.Spec.Machines[m].States {
		if d.dead(m, s, v) {
			return true
		}
	}
	return false
}

// list names what is set back, of machines that have an instance and of the system, and finds out who writes it.
func (d *deadness) list() {
	number := func(dead bool, name string) int {
		if !dead {
			return -1
		}
		d.names = append(d.names, name)
		return len(d.names) - 1
	}
	for v, read := range d.read {
		d.system = append(d.system, number(!read, d.sys.Vars[v].Name))
	}
	for m, machine := range d.sys.Spec.Machines {
		used := slices.ContainsFunc(d.sys.Instances, func(in *fsm.Instance) bool { return in.Machine == m })
		d.machine = append(d.machine, nil)
		for v, variable := range machine.Vars {
			d.machine[m] = append(d.machine[m], number(used && (d.sometimes(m, v) || d.dead(m, fsm.Down, v)), machine.Name+"."+variable.Name))
		}
		d.writes = append(d.writes, make([]bool, len(machine.Transitions)))
		for t, tr := range machine.Transitions {
			d.writes[m][t] = d.buries(m, tr.Body)
		}
	}
	for _, j := range d.sys.Joints {
		writes := d.buries(-1, j.Body)
		for _, p := range j.Parts {
			for _, body := range p.Bodies {
				writes = writes || d.buries(d.sys.Instances[p.Instance].Machine, body)
			}
		}
		d.joins = append(d.joins, writes)
	}
}

// buries reports whether a body of a machine writes a variable that is dead somewhere.
func (d *deadness) buries(m int, body []*fsm.Stmt) bool {
	return slices.ContainsFunc(body, func(s *fsm.Stmt) bool {
		for _, t := range s.Targets {
			switch {
			case t.System && d.system[t.Var] >= 0, !t.System && d.sometimes(m, t.Var):
				return true
			case !t.System && d.sys.Spec.Machines[m].Vars[t.Var].Shared && slices.Contains(d.read, false):
				return true
			}
		}
		return d.buries(m, s.Then) || d.buries(m, s.Else)
	})
}

// eachPart calls visit for an expression and everything in it. Nil is no expression.
func eachPart(e *fsm.Expr, visit func(*fsm.Expr)) {
	if e == nil {
		return
	}
	visit(e)
	for _, a := range e.Args {
		eachPart(a, visit)
	}
}

// eachExpr calls visit for every expression that stands in a body.
func eachExpr(body []*fsm.Stmt, visit func(*fsm.Expr)) {
	for _, s := range body {
		for _, list := range [][]*fsm.Expr{{s.Cond, s.Element}, s.Values, s.Args} {
			for _, e := range list {
				visit(e)
			}
		}
		for _, t := range s.Targets {
			for _, e := range t.Index {
				visit(e)
			}
		}
		eachExpr(s.Then, visit)
		eachExpr(s.Else, visit)
	}
}

// mayFail reports whether evaluating an expression may be a range violation. vars are those of the machine in which it
// stands; nil: of none.
func mayFail(sys *fsm.System, vars []fsm.Var, e *fsm.Expr) bool {
	fails := false
	eachPart(e, func(e *fsm.Expr) {
		switch e.Op {
		case fsm.OpVar, fsm.OpInstanceVar, fsm.OpSystemVar:
			fails = fails || len(e.Args) > 0 && !indexed(sys, vars, e)
		case fsm.OpSelect:
			fails = fails || !within(e.Args[0], 0, int64(len(e.Args)-2))
		case fsm.OpDiv, fsm.OpRem:
			by := e.Args[1].Type
			fails = fails || by == nil || by.Lo <= 0 && by.Hi >= 0
		case fsm.OpShl, fsm.OpShr:
			fails = fails || !within(e.Args[1], 0, fsm.MaxSet)
		case fsm.OpSetOf:
			for _, a := range e.Args {
				fails = fails || !within(a, e.Type.Elem.Lo, e.Type.Elem.Hi)
			}
		}
	})
	return fails
}

// within reports whether no value of an expression leaves lo..hi.
func within(e *fsm.Expr, lo, hi int64) bool {
	return e.Type != nil && e.Type.Lo >= lo && e.Type.Hi <= hi
}

// indexed reports whether the indices in an expression that reads an array stay within it.
func indexed(sys *fsm.System, vars []fsm.Var, e *fsm.Expr) bool {
	switch e.Op {
	case fsm.OpSystemVar:
		vars = sys.Vars
	case fsm.OpInstanceVar:
		vars = sys.MachineOf(e.Instance).Vars
	}
	t := vars[e.Index].Type
	for _, i := range e.Args {
		if !within(i, 0, int64(t.Len-1)) {
			return false
		}
		t = t.Elem
	}
	return true
}
