package dve

import (
	"maps"
	"slices"
	"strconv"

	"interlock/fsm"
)

// takeProperty takes the property process out of the processes: it is no part of the system, it watches it. nil if there is
// none, or a mistake in it was told.
func (l *lowering) takeProperty() *process {
	id := l.program.property
	if id.name == "" {
		return nil
	}
	for i, p := range l.program.processes {
		if p.name != id.name {
			continue
		}
		l.program.processes = append(l.program.processes[:i:i], l.program.processes[i+1:]...)
		if len(l.program.processes) == 0 {
			l.fail(id.span, "dve-syntax", "there is no process but the property")
		}
		return p
	}
	l.unknown(id, "process", nil)
	return nil
}

// watching makes the automaton that a property process is. It steps whenever the system does, by its guards; what it accepts
// is wrong.
func (l *lowering) watching(p *process) *automaton {
	p.stateOf = map[string]int{}
	for s, id := range p.states {
		p.stateOf[id.name] = s
	}
	a := &automaton{name: p.name, text: "no run that process " + p.name + " accepts", initial: l.state(p, p.init), accept: make([]bool, len(p.states)), span: p.span}
	for _, id := range p.accept {
		if s := l.state(p, id); s >= 0 {
			a.accept[s] = true
		}
	}
	if len(p.vars)+len(p.channels)+len(p.asserts)+len(p.commit) > 0 {
		l.fail(p.span, "dve-unsupported", "a property process with more than states and transitions: variables, channels, assertions or committed states")
		return nil
	}
	for _, t := range p.trans {
		e := edge{from: l.state(p, t.from), to: l.state(p, t.to)}
		if t.sync != nil || len(t.effects) > 0 {
			l.fail(t.span, "dve-unsupported", "a transition of a property process has a guard only: it watches, and changes nothing")
		}
		for _, g := range t.guards {
			e.conds = append(e.conds, l.condition(g, outside))
		}
		a.edges = append(a.edges, e)
	}
	return a
}

// question adds what a formula asks: a property of the system, if there is a form for it, or else a system of its own, in which
// an automaton watches.
func (l *lowering) question(of *Formula) {
	f := l.formula(of)
	if f == nil {
		return
	}
	if p := form(normal(f, false)); p != nil {
		p.Name, p.Text = of.Name, of.Name+": "+of.LTL
		l.sys.Properties = append(l.sys.Properties, p)
		return
	}
	a := newAutomaton(normal(f, true))
	if a == nil {
		l.fail(fsm.Span{File: of.Name, Line: 1, Col: 1, EndLine: 1, EndCol: 1}, "dve-limit",
			"the automaton of the formula has more than %d states or %d edges", maxAutomaton, maxEdges)
		return
	}
	a.name, a.text, a.span = of.Name, of.Name+": "+of.LTL, l.sys.Span
	l.watched = append(l.watched, a)
}

// form is the property that says the same as a formula in normal form; nil if there is none. Only what is said of every run
// alike has one: G p, F p, G F p and G (p -> F q).
func form(f *ltl) *fsm.Property {
	isF := func(f *ltl) bool { return f.op == "U" && f.args[0].op == "true" && f.args[1].op == "atom" }
	isG := func(f *ltl) bool { return f.op == "R" && f.args[0].op == "false" }
	switch {
	case isF(f):
		return &fsm.Property{Kind: fsm.Eventually, P: f.args[1].cond}
	case !isG(f):
		return nil
	}
	switch in := f.args[1]; {
	case in.op == "atom":
		return &fsm.Property{Kind: fsm.Always, P: in.cond}
	case isF(in):
		return &fsm.Property{Kind: fsm.InfinitelyOften, P: in.args[1].cond}
	case in.op == "||":
		for i, a := range in.args {
			if b := in.args[1-i]; a.op == "atom" && isF(b) {
				return &fsm.Property{Kind: fsm.LeadsTo, P: condition(a, true).cond, Q: b.args[1].cond}
			}
		}
	}
	return nil
}

// product is a system in the making in which an automaton watches the imported one: in each step it takes an edge whose
// conditions hold in the joint state that the step leaves. Where no step of the system is left it goes on alone, as a run that
// has stopped stays where it is.
//
// What is asked is that no run is accepted. It is told as: every run comes to the end, a state of the automaton that one joint
// transition leads to, which is enabled unless the automaton accepts here and can go on, and which is fair. So a run need not
// get there if, and only if, the automaton is in accepting states again and again.
type product struct {
	l     *lowering
	a     *automaton
	sys   *fsm.System
	names namer
	state int // the variable with the state of the automaton; its end is one more than its states
}

// watch makes the system in which an automaton watches the imported one.
func (l *lowering) watch(a *automaton) {
	base := l.sys
	p := &product{l: l, a: a, sys: &fsm.System{Name: l.title(a.name), Nodes: base.Nodes, Vars: base.Vars[:len(base.Vars):len(base.Vars)], Span: a.span}}
	if len(base.Joints)*len(a.edges) > maxJoints || l.stepNodes*len(a.edges) > maxNodes {
		l.fail(a.span, "dve-limit", "%s: %d steps and an automaton of %d edges are more than %d steps together, or have more than %d parts", a.name,
			len(base.Joints), len(a.edges), maxJoints, maxNodes)
		return
	}
	p.names = namer{taken: maps.Clone(l.names.taken), last: maps.Clone(l.names.last)}
	p.instances()
	p.state = len(p.sys.Vars)
	p.sys.Vars = append(p.sys.Vars, fsm.Var{Name: p.names.name("property"), Type: fsm.IntType(0, int64(len(a.accept))), Init: []int64{int64(a.initial)}, Span: a.span})
	for _, j := range base.Joints {
		p.together(j)
	}
	p.alone()
	p.end()
	p.sys.Fair = []fsm.Fairness{base.Fair[0], {Instance: -1, Event: -1, Joint: len(p.sys.Joints) - 1, Text: "fair a step to the end of the automaton", Span: a.span}}
	p.sys.Properties = []*fsm.Property{{Kind: fsm.Eventually, Name: a.name, P: p.in(len(a.accept)), Text: a.text, Span: a.span}}
	l.spec.Systems = append(l.spec.Systems, p.sys)
}

// title is a name for another system.
func (l *lowering) title(wanted string) string {
	var n namer
	for _, s := range l.spec.Systems {
		n.name(s.Name)
	}
	return n.name(wanted)
}

// instances makes the instances again, of machines all of whose states are final: who is stuck shows in the imported system, and
// is not to be told twice.
func (p *product) instances() {
	machines := len(p.l.sys.Instances) // one each, as [lowering.processes] makes them
	if len(p.l.spec.Machines) == machines {
		for _, m := range p.l.spec.Machines[:machines] {
			last := *m
			last.States = slices.Clone(m.States)
			for s := range last.States {
				last.States[s].Final = true
			}
			p.l.spec.Machines = append(p.l.spec.Machines, &last)
		}
	}
	for i, in := range p.l.sys.Instances {
		own := *in
		own.Machine = machines + i
		p.sys.Instances = append(p.sys.Instances, &own)
	}
}

// in is the condition that the automaton is in a state.
func (p *product) in(state int) *fsm.Expr {
	now := &fsm.Expr{Op: fsm.OpSystemVar, Type: p.sys.Vars[p.state].Type, Index: p.state, Span: p.a.span}
	return compare(fsm.OpEq, now, int64(state))
}

func (p *product) set(v int, x *fsm.Expr) *fsm.Stmt {
	return assign(p.a.span, []place{{target: fsm.Target{System: true, Var: v, Span: p.a.span}}}, []*fsm.Expr{x})
}

// taken is the condition of an edge.
func (p *product) taken(e edge) *fsm.Expr {
	return conjunction(append([]*fsm.Expr{p.in(e.from)}, e.conds...))
}

// together makes the joint transitions in which a step of the system and an edge are one.
func (p *product) together(j *fsm.JointTransition) {
	for i, e := range p.a.edges {
		both := *j
		both.Name = p.names.name(j.Name + "_" + strconv.Itoa(i+1))
		both.Guard = conjunction([]*fsm.Expr{p.taken(e), j.Guard})
		both.Body = append(j.Body[:len(j.Body):len(j.Body)], p.set(p.state, constant(int64(e.to), p.a.span)))
		p.sys.Joints = append(p.sys.Joints, &both)
	}
}

// negation is the opposite of a condition.
func negation(x *fsm.Expr) *fsm.Expr {
	if x.Op == fsm.OpNot {
		return x.Args[0]
	}
	return &fsm.Expr{Op: fsm.OpNot, Type: fsm.BoolType, Args: []*fsm.Expr{x}, Span: x.Span}
}

// some is the condition that one of the conditions holds.
func some(conds []*fsm.Expr, at fsm.Span) *fsm.Expr {
	if len(conds) == 1 {
		return conds[0]
	}
	return &fsm.Expr{Op: fsm.OpOr, Type: fsm.BoolType, Args: conds, Span: at}
}

// alone makes the steps of the automaton where the system has none.
func (p *product) alone() {
	var enabled []*fsm.Expr
	for _, j := range p.l.sys.Joints {
		var conds []*fsm.Expr
		for _, part := range j.Parts {
			conds = append(conds, &fsm.Expr{Op: fsm.OpIn, Type: fsm.BoolType, Instance: part.Instance, States: part.From, Span: part.Span})
		}
		enabled = append(enabled, conjunction(append(conds, j.Guard)))
	}
	stopped := negation(some(enabled, p.a.span))
	for i, e := range p.a.edges {
		p.sys.Joints = append(p.sys.Joints, &fsm.JointTransition{Name: p.names.name("stopped_" + strconv.Itoa(i+1)), Text: "the run has stopped",
			Parts: []fsm.JointPart{p.whatever(0, func(int) int { return fsm.Stay })},
			Guard: conjunction([]*fsm.Expr{p.taken(e), stopped}), Body: []*fsm.Stmt{p.set(p.state, constant(int64(e.to), p.a.span))}, Span: p.a.span})
	}
}

// end makes the step to the end of the automaton, where nothing goes on. The end is one joint state: all else is as at the start.
func (p *product) end() {
	last := len(p.a.accept)
	var free []*fsm.Expr
	for s, accepts := range p.a.accept {
		if !accepts {
			free = append(free, p.in(s))
			continue
		}
		conds := []*fsm.Expr{p.in(s)}
		for _, e := range p.a.out(s) {
			if len(e.conds) == 0 {
				conds = nil // it can always go on
				break
			}
			conds = append(conds, negation(conjunction(e.conds)))
		}
		if conds != nil {
			free = append(free, conjunction(conds))
		}
	}
	end := &fsm.JointTransition{Name: p.names.name("not_accepted"), Text: "nothing is accepted here", Guard: some(free, p.a.span), Span: p.a.span}
	if len(free) == 0 {
		end.Guard = &fsm.Expr{Op: fsm.OpConst, Type: fsm.BoolType, Span: p.a.span}
	}
	for i, in := range p.sys.Instances {
		end.Parts = append(end.Parts, p.whatever(i, func(int) int { return p.l.spec.Machines[in.Machine].Initial }))
	}
	for v := range p.sys.Vars {
		end.Body = append(end.Body, p.reset(v)...)
	}
	end.Body = append(end.Body, p.set(p.state, constant(int64(last), p.a.span)))
	p.sys.Joints = append(p.sys.Joints, end)
}

// whatever is the part of an instance in any of its states.
func (p *product) whatever(instance int, target func(state int) int) fsm.JointPart {
	part := fsm.JointPart{Instance: instance, Span: p.a.span}
	for s := range p.l.spec.Machines[p.sys.Instances[instance].Machine].States {
		part.From, part.Targets, part.Bodies = append(part.From, s), append(part.Targets, target(s)), append(part.Bodies, nil)
	}
	return part
}

// reset gives a variable its first values.
func (p *product) reset(v int) []*fsm.Stmt {
	is := &p.sys.Vars[v]
	if is.Type.Kind != fsm.Array {
		return []*fsm.Stmt{p.set(v, constant(is.Init[0], p.a.span))}
	}
	var places []place
	var values []*fsm.Expr
	for i, x := range is.Init {
		places = append(places, place{target: fsm.Target{System: true, Var: v, Index: []*fsm.Expr{constant(int64(i), p.a.span)}, Span: p.a.span}})
		values = append(values, constant(x, p.a.span))
	}
	return []*fsm.Stmt{assign(p.a.span, places, values)}
}
