package gen

import (
	"fmt"

	"interlock/fsm"
)

// planRoots names what the environment can ask: the inputs, internal steps and timers of each instance, and the joint
// transitions.
func (g *generator) planRoots(s *system) {
	for _, gr := range s.groups {
		for _, e := range gr.machine.events {
			if e.Kind == fsm.Receive {
				continue
			}
			r := &root{group: gr, event: e, name: gr.name + e.method, text: gr.source + "." + e.Name}
			g.claimRoot(s, r, fmt.Sprintf("the %s %s of %s", kindWord[e.Kind], e.Name, gr.source))
			g.planEventRoot(s, r)
			s.roots = append(s.roots, r)
		}
	}
	byName := map[string]*root{}
	for j, t := range s.Joints {
		r := byName[t.Name]
		if r == nil {
			r = &root{name: exported(t.Name), text: t.Name}
			g.claimRoot(s, r, "the joint transition "+t.Name)
			byName[t.Name] = r
			s.roots = append(s.roots, r)
		}
		r.joints = append(r.joints, j)
	}
	for _, r := range s.roots {
		if r.event == nil {
			g.planJointRoot(s, r)
		}
	}
	g.planStart(s)
}

func (g *generator) claimRoot(s *system, r *root, what string) {
	r.method = r.name
	r.kind = g.declare(s.name+"On"+r.name, what+" in "+s.Name)
	g.method(s.name, r.method, what)
	g.method(s.name+"Cell", r.method, what)
}

// planEventRoot finds the parameters of an event of an instance: its index in the array, what the event itself asks, and
// what the messages handed over in its step ask.
func (g *generator) planEventRoot(s *system, r *root) {
	used := distinct{}
	if r.group.array {
		r.args = append(r.args, indexArg(r.group, used))
	}
	at := groupEvent{r.group.index, indexOf(r.group.machine, r.event)}
	reached := s.reach(s.bodiesOf(at))
	shared := map[int]string{}
	for _, later := range g.laterAnswers(s, reached) {
		if later.role == roleExtern {
			shared[later.extern] = "" // its one answer serves the event itself too
		}
	}
	for _, a := range r.event.args {
		if _, ok := shared[a.extern]; a.role == roleExtern && ok {
			if shared[a.extern] == "" {
				shared[a.extern] = used.name(local(g.spec.Externs[a.extern].Name))
			}
			r.own = append(r.own, shared[a.extern])
			continue
		}
		if taken[a.name] { // here, if not on the plain machine
			a.name += "_"
		}
		a.name = used.name(a.name)
		r.own = append(r.own, a.name)
		r.args = append(r.args, a)
	}
	g.addLater(s, r, reached, used, shared)
}

func indexOf(m *machine, e *event) int {
	for i := range m.events {
		if m.events[i] == e {
			return i
		}
	}
	return -1
}

func indexArg(gr *group, used distinct) arg {
	return arg{name: used.name("index"), goType: "int", label: "Index"}
}

// laterAnswers are the fields of the unpacked joint state that messages handed over look at.
func (g *generator) laterAnswers(s *system, reached []groupEvent) []arg {
	needed := map[string]bool{}
	for _, at := range reached {
		for _, a := range s.groups[at.group].machine.events[at.event].args {
			if a.role == roleExtern {
				needed[s.asked[a.extern]] = true
			}
		}
		for _, name := range s.chosen[at] {
			needed[name] = true
		}
	}
	var args []arg
	for _, a := range s.answers {
		if needed[a.name] {
			args = append(args, a)
		}
	}
	return args
}

// addLater adds parameters for what the messages handed over ask.
func (g *generator) addLater(s *system, r *root, reached []groupEvent, used distinct, shared map[int]string) {
	for _, a := range g.laterAnswers(s, reached) {
		field := a.name
		if a.role == roleExtern && shared[a.extern] != "" {
			a.name = shared[a.extern]
		} else {
			a.name = used.name(local(a.label))
		}
		r.sets = append(r.sets, [2]string{field, a.name})
		a.label = exported(a.label)
		r.args = append(r.args, a)
	}
}

// planJointRoot finds the parameters of a joint transition. One answer serves an extern guard for all its arguments.
func (g *generator) planJointRoot(s *system, r *root) {
	used := distinct{}
	r.asked, r.chosen = map[int]string{}, map[string]string{}
	for i, p := range s.Joints[r.joints[0]].Params {
		typ := p.Type
		for _, j := range r.joints { // a quantified index may have a type of its own in each
			if other := s.Joints[j].Params[i].Type; other.Kind == fsm.Int && !g.declared(other) {
				typ = fsm.IntType(min(typ.Lo, other.Lo), max(typ.Hi, other.Hi))
			}
		}
		r.args = append(r.args, arg{name: used.name(local(p.Name)), typ: typ, goType: g.goType(typ), label: exported(p.Name)})
	}
	var bodies []owned
	e := event{anys: map[string]string{}}
	for _, j := range r.joints {
		t := s.Joints[j]
		bodies = append(bodies, s.jointBodies(j)...)
		ask := func(x *fsm.Expr) {
			if x.Op == fsm.OpExtern && r.asked[x.Index] == "" {
				label := g.spec.Externs[x.Index].Name
				r.asked[x.Index] = used.name(local(label))
				r.args = append(r.args, arg{name: r.asked[x.Index], typ: fsm.BoolType, goType: "bool", role: roleExtern, extern: x.Index, label: exported(label)})
			}
		}
		walkExpr(t.Guard, ask)
		walkBodyExprs(t.Body, ask)
		for k, part := range t.Parts {
			for _, b := range part.Bodies {
				walkBodyExprs(b, ask)
				p := &place{g: g, machine: s.instances[part.Instance].machine}
				e.planAnys(g, owner(fmt.Sprint(k), p.anySites(b)), used)
			}
		}
		e.planAnys(g, owner("", (&place{g: g, system: s}).anySites(t.Body)), used)
	}
	r.chosen = e.anys
	r.args = append(r.args, e.args...)
	g.addLater(s, r, s.reach(bodies), used, r.asked)
	r.args = dropRepeated(r.args)
}

// owner tells the free choices of different bodies apart.
func owner(name string, sites []anySite) []anySite {
	for i := range sites {
		sites[i].key = name + "|" + sites[i].key
	}
	return sites
}

// dropRepeated keeps the first parameter of each name: a guard that is asked twice has one answer.
func dropRepeated(args []arg) []arg {
	seen := map[string]bool{}
	var kept []arg
	for _, a := range args {
		if !seen[a.name] {
			seen[a.name] = true
			kept = append(kept, a)
		}
	}
	return kept
}

// planStart finds the parameters of the constructor: variables that begin anywhere, and what the entry bodies ask.
func (g *generator) planStart(s *system) {
	r := &root{chosen: map[string]string{}}
	used := distinct{}
	add := func(key string, label string, v fsm.Var, count int, array bool) {
		typ := v.Type
		if array {
			typ = fsm.ArrayType(count, typ)
		}
		name := used.name(local(label))
		r.chosen[key] = name
		r.args = append(r.args, arg{name: name, typ: typ, goType: g.goType(typ)})
	}
	for i, v := range s.Vars {
		if v.Any && !v.Ghost {
			add(fmt.Sprintf("system %d", i), v.Name, v, 0, false)
		}
	}
	e := event{anys: map[string]string{}}
	for _, gr := range s.groups {
		for i, v := range gr.machine.Vars {
			if v.Any && !v.Ghost && !v.Shared {
				add(fmt.Sprintf("%d var %d", gr.index, i), gr.name+"_"+v.Name, v, gr.count, gr.array)
			}
		}
		p := &place{g: g, machine: gr.machine}
		e.planAnys(g, owner(fmt.Sprint(gr.index), p.anySites(gr.machine.Entry)), used)
	}
	for key, name := range e.anys {
		r.chosen[key] = name
	}
	r.args = append(r.args, e.args...)
	g.addLater(s, r, s.reach(s.entries()), used, map[int]string{})
	s.start = r
}
