package check

import (
	"fmt"
	"slices"

	"interlock/fsm"
)

// tracer rebuilds runs. It finds the choices by the compiled program and takes them by the reference, fsm.Step: what the
// two do not agree on is a broken invariant of this package, and it panics.
type tracer struct {
	p     *program
	x     *exec
	trace *fsm.Trace
	joint *fsm.Joint // the last one of the trace
}

func newTracer(p *program) *tracer {
	return &tracer{p: p, x: newExec(p), trace: &fsm.Trace{Loop: -1}}
}

// path lists the packed states from a start to the state id.
func (s *store) path(id uint32) [][]uint64 {
	var states [][]uint64
	for ; id != noState; id = s.parent(id) {
		states = append(states, s.at(id))
	}
	slices.Reverse(states)
	return states
}

// follow makes a trace of the packed states of a run.
func (p *program) follow(states [][]uint64) *tracer {
	t := newTracer(p)
	t.begin(states[0])
	for _, next := range states[1:] {
		t.step(func(step) bool { return t.leadsTo(next) })
	}
	return t
}

// traceTo is a shortest run to the state id.
func (s *search) traceTo(id uint32) *fsm.Trace { return s.p.follow(s.path(id)).trace }

// leadsTo reports whether the step that the exec has made ends in the packed state.
func (t *tracer) leadsTo(state []uint64) bool {
	return t.x.end == done && sameWords(t.x.stored(), state)
}

// begin finds the start that is the packed state. With reductions, one that `initially` forbids may be packed alike.
func (t *tracer) begin(state []uint64) {
	initially := newCompiler(t.p, fsm.OwnInstance).conds(t.p.sys.Initially)
	picks := t.findStart(func(step) bool {
		return t.leadsTo(state) && !slices.ContainsFunc(initially, func(e cond) bool { v, _ := t.x.ask(e); return !v })
	})
	out, err := fsm.Begin(t.p.sys, picks)
	t.agree(err == nil, "start %v: %v", picks, err)
	t.trace.Begun, t.trace.Start = out, *out.Joint
	t.arrive(out.Joint)
}

// findStart returns the picks of the first start that is wanted.
func (t *tracer) findStart(wanted func(step) bool) []int64 {
	var picks []int64
	found := false
	t.x.starts(func(s step) {
		if wanted(s) {
			found, t.x.halted = true, true
			picks = append([]int64{}, t.x.picks...)
		}
	})
	t.agree(found, "a start is not found again")
	return picks
}

// find returns the first wanted choice from the state that the exec is based on.
func (t *tracer) find(wanted func(step) bool) fsm.Choice {
	var choice fsm.Choice
	found := false
	t.x.expand(func(s step) {
		if !t.x.halted && wanted(s) {
			found, t.x.halted = true, true
			choice = t.x.choice(s)
		}
	})
	t.agree(found, "a step is not found again after %d steps", len(t.trace.Steps))
	return choice
}

// step takes the first wanted choice by the reference.
func (t *tracer) step(wanted func(step) bool) {
	choice := t.find(wanted)
	out, err := fsm.Step(t.p.sys, t.joint, choice)
	t.agree(err == nil, "%s: %v", choice.Format(t.p.sys, t.joint), err)
	t.trace.Steps = append(t.trace.Steps, fsm.TraceStep{Choice: choice, Outcome: out})
	t.arrive(out.Joint)
}

// arrive compares the reference's joint state with that of the exec and goes on from it.
func (t *tracer) arrive(j *fsm.Joint) {
	t.agree(t.p.joint(t.x.w).Equal(j), "after %d steps the reference is in %s, the search in %s", len(t.trace.Steps), j.Key(),
		t.p.joint(t.x.w).Key())
	t.joint = j
	t.p.load(j, t.x.base)
}

func (t *tracer) agree(ok bool, format string, args ...any) {
	if !ok {
		panic("check: the search and the reference do not agree: " + fmt.Sprintf(format, args...))
	}
}

// traceOf is a shortest run to a finding; its end is the violation, as the reference tells it.
func (s *search) traceOf(f *finding) *fsm.Trace {
	if f.parent == noState {
		return s.traceVia(f, nil)
	}
	return s.traceVia(f, s.path(f.parent))
}

// traceVia is the run through the packed states that ends in a finding; none: it is a start that ends in it.
func (s *search) traceVia(f *finding, path [][]uint64) *fsm.Trace {
	t := newTracer(s.p)
	if len(path) > 0 {
		t = s.p.follow(path)
	}
	wanted := func(step) bool {
		if f.asked {
			return s.fails(t.x, f)
		}
		return t.x.end == violated && t.x.fail.spot() == f.site.spot()
	}
	var out *fsm.Outcome
	var err error
	if len(path) == 0 {
		out, err = fsm.Begin(s.p.sys, t.findStart(wanted))
	} else {
		choice := t.find(wanted)
		t.trace.Steps = append(t.trace.Steps, fsm.TraceStep{Choice: choice})
		out, err = fsm.Step(s.p.sys, t.joint, choice)
	}
	if f.asked && err == nil {
		err = s.askReference(out.Joint, f)
	}
	v, ok := err.(*fsm.Violation)
	t.agree(ok && v.Builtin == f.site.builtin && v.Span == f.site.span, "%v is not %v", err, *f.site)
	t.trace.Fails = v
	return t.trace
}

// fails reports whether what the finding is about cannot be evaluated in the joint state that x has made.
func (s *search) fails(x *exec, f *finding) bool {
	if x.end != done {
		return false
	}
	for _, e := range s.asked() {
		if _, fail := x.ask(e); fail != nil && fail.spot() == f.site.spot() {
			return true
		}
	}
	return false
}

// asked lists what is asked of joint states: the conditions in which evaluation may fail.
func (s *search) asked() []cond {
	list := append(append([]cond{}, s.initially...), s.assumes...)
	for _, w := range s.watches {
		list = append(list, w.p)
		if w.lives() && w.q != nil {
			list = append(list, w.q)
		}
	}
	return list
}

// askReference returns the reference's violation for a finding of fails.
func (s *search) askReference(j *fsm.Joint, f *finding) error {
	list := append(append([]*fsm.Expr{}, s.p.sys.Initially...), s.p.sys.Assumes...)
	for _, w := range s.watches {
		list = append(list, w.property.P)
		if w.lives() && w.q != nil {
			list = append(list, w.property.Q)
		}
	}
	for _, e := range list {
		_, err := fsm.Eval(s.p.sys, j, e)
		if v, ok := err.(*fsm.Violation); ok && v.Span == f.site.span {
			return v
		}
	}
	return nil
}

// choice names the step that the exec has made.
func (x *exec) choice(s step) fsm.Choice {
	c := fsm.Choice{Kind: s.kind}
	switch s.kind {
	case fsm.Handle:
		e := x.p.instances[s.index].states[x.p.value(x.base, s.index)].own[s.event]
		c.Instance, c.Event = s.index, e.event
		if e.kind == fsm.Input || e.kind == fsm.Internal {
			c.Args = append([]int64{}, x.inputs[:len(e.params)]...)
		}
	case fsm.Deliver, fsm.LoseMessage, fsm.DuplicateMessage:
		c.Link, c.Position = s.index, s.position
	case fsm.TakeJoint:
		c.Joint = s.index
	case fsm.RestartNode:
		c.Node = s.index
	case fsm.CrashNode:
		c.Crash = s.index
	}
	if len(x.picks) > 0 {
		c.Picks = append([]int64{}, x.picks...)
	}
	return c
}
