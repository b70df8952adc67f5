package check

import (
	"context"
	"slices"

	"interlock/fsm"
)

// ample is a partial-order reduction. In a joint state where one instance has steps that have nothing to do with anybody
// else, only these are taken: what the others can do they can still do afterwards, with the same result.
//
// An instance is free in a leaf state if, as long as it is there, nobody can do anything to it and nothing that it does can
// be noticed: no link leads to it, its node does not crash, no joint transition, order, property or assumption is about it, and
// its transitions there read and write what is its own alone, and send nothing. Then its steps are independent of all
// other steps, now and later. They are enough in a joint state (an ample set) if at least one leads to a joint state that was
// not found yet: so nothing is put off for ever (the proviso of Bošnački, Leue and Lluch-Lafuente for searches in any order).
//
// Every step that the whole space has is then taken somewhere, and every combination of what properties see is met; but runs
// get longer. So if there is a run to show, it comes from a search without the reduction, to its depth.
type ample struct {
	free [][]bool // by instance and leaf state
}

// findAmple finds the instances that are free somewhere; nil and a reason if there is none.
func (s *search) findAmple() (*ample, string) {
	for _, w := range s.watches {
		if kind := w.property.Kind; kind != fsm.Never && kind != fsm.Always && kind != fsm.Reachable {
			return nil, Title(w.property) + " is about more than single joint states"
		}
	}
	sys := s.p.sys
	seen := s.noticed()
	a := &ample{}
	some := false
	for i := range sys.Instances {
		m := sys.MachineOf(i)
		free := make([]bool, len(m.States))
		for state := range free {
			free[state] = !seen[i] && !sys.MayCrash(i) && ownBusiness(m, state)
			some = some || free[state]
		}
		a.free = append(a.free, free)
	}
	if !some {
		return nil, "no instance has steps that nobody can notice"
	}
	return a, ""
}

// noticed says of which instances somebody else can notice what they do, or do something to them.
func (s *search) noticed() []bool {
	sys := s.p.sys
	seen := make([]bool, len(sys.Instances))
	look := func(e *fsm.Expr) {
		eachPart(e, func(e *fsm.Expr) {
			switch e.Op {
			case fsm.OpInstanceVar, fsm.OpArmed, fsm.OpIn:
				if e.Instance != fsm.OwnInstance {
					seen[e.Instance] = true
				}
			}
		})
	}
	for _, p := range s.properties() {
		look(p.P)
		look(p.Q)
	}
	for _, e := range sys.Assumes {
		look(e)
	}
	for _, c := range sys.Crashes {
		eachExpr(c.Body, look)
	}
	for _, j := range sys.Joints {
		look(j.Guard)
		eachExpr(j.Body, look)
		for _, p := range j.Parts {
			seen[p.Instance] = true
		}
	}
	for _, o := range sys.Orders {
		seen[o.First.Instance], seen[o.Second.Instance] = true, true
	}
	for _, l := range sys.Links {
		seen[l.To] = true
	}
	return seen
}

// ownBusiness reports whether the transitions of a machine from a leaf state read and write only what is the machine's own.
func ownBusiness(m *fsm.Machine, state int) bool {
	own := true
	look := func(e *fsm.Expr) {
		eachPart(e, func(e *fsm.Expr) {
			switch e.Op {
			case fsm.OpVar:
				own = own && !m.Vars[e.Index].Shared
			case fsm.OpSystemVar, fsm.OpInstanceVar, fsm.OpLinkLen, fsm.OpLinkHas, fsm.OpLinkHead, fsm.OpLinkLast:
				own = false
			case fsm.OpArmed, fsm.OpIn:
				own = own && e.Instance == fsm.OwnInstance
			}
		})
	}
	for _, t := range m.Transitions {
		if t.State == state {
			look(t.Guard)
			eachExpr(t.Body, look)
			own = own && keepsToItself(m, t.Body)
		}
	}
	return own
}

// keepsToItself reports whether a body sends nothing and writes nothing shared.
func keepsToItself(m *fsm.Machine, body []*fsm.Stmt) bool {
	return !slices.ContainsFunc(body, func(s *fsm.Stmt) bool {
		if s.Op == fsm.Send || !keepsToItself(m, s.Then) || !keepsToItself(m, s.Else) {
			return true
		}
		return slices.ContainsFunc(s.Targets, func(t fsm.Target) bool { return t.System || m.Vars[t.Var].Shared })
	})
}

// enough finds an instance whose steps are all that need be taken in the joint state that the exec is based on, or -1.
func (a *ample) enough(x *exec, st *store) int {
	for i, free := range a.free {
		if state := x.p.value(x.base, i); state == fsm.Down || !free[state] {
			continue
		}
		isNew := false
		x.reset()
		x.expandOwn(i, func(step) {
			if x.end == done && !isNew {
				w := x.stored()
				_, _, found := st.lookup(w, st.hash(w))
				isNew = !found
			}
		})
		if isNew {
			return i
		}
	}
	return -1
}

// expandAll takes the steps from the joint state that the exec is based on: every one, or as many as are enough.
func (s *search) expandAll() {
	if r := s.p.reduce; r != nil && r.ample != nil {
		if i := r.ample.enough(s.x, s.st); i >= 0 && s.reason == "" {
			s.x.reset()
			s.x.expandOwn(i, s.visit)
			r.ampleStates++
			return
		}
	}
	s.x.expand(s.visit)
}

// shortest replaces what a search with partial order found by what one without it finds: the runs that a report shows are
// shortest ones. If only properties of single joint states have one, it need go no deeper than those.
func (s *search) shortest(ctx context.Context, r *Report) (*Report, error) {
	opts := *s.opts
	opts.Reduce &^= PartialOrder
	whole := r.Coverage.CutTrace != nil
	opts.Properties = nil
	for i := range r.Verdicts {
		switch v := &r.Verdicts[i]; {
		case v.Trace == nil:
		case v.Property.Kind == fsm.BuiltIn:
			whole = true
		case v.Property.Name != "":
			opts.Properties = append(opts.Properties, v.Property.Name)
		default:
			opts.Properties = append(opts.Properties, v.Property.Text)
		}
	}
	if whole {
		opts.Properties = s.opts.Properties
		full, err := Run(ctx, s.p.sys, opts)
		if err == nil {
			full.keep(r)
			full.Stats.Reductions = append(full.Stats.Reductions, Reduction{By: PartialOrder, Why: "a built-in check has a run to show"})
		}
		return full, err
	}
	if opts.Properties == nil {
		return r, nil
	}
	opts.Soon = true
	short, err := Run(ctx, s.p.sys, opts)
	if err != nil {
		return nil, err
	}
	short.keep(r)
	for i := range r.Verdicts {
		for _, v := range short.Verdicts {
			if v.Property == r.Verdicts[i].Property && r.Verdicts[i].Trace != nil {
				r.Verdicts[i].Trace, r.Verdicts[i].Notes = v.Trace, v.Notes
			}
		}
	}
	return r, nil
}

// keep takes over verdicts that another report has and this one, whose search has reached a limit, has not.
func (r *Report) keep(other *Report) {
	for i := range r.Verdicts {
		for _, v := range other.Verdicts {
			if v.Property == r.Verdicts[i].Property && v.Trace != nil && r.Verdicts[i].Trace == nil {
				v.Notes = append(v.Notes, "there may be a shorter run: the search for one has reached a limit")
				r.Verdicts[i] = v
			}
		}
	}
}
