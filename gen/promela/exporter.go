package promela

import (
	"fmt"
	"slices"

	"interlock/fsm"
)

// sheets are the parts of the text, in order. The head declares what the body turns out to need.
type sheets struct {
	head, names, body writer
	max               *sizes
}

// sizes are the lengths that arrays must have for every system of the text.
type sizes struct {
	args    int // arguments of anything
	picks   int // free choices of one step
	temps   int // extern guards in one expression
	wide    int // values computed side by side
	sends   int // messages that bodies send before they leave
	queue   int // messages handed over in one step
	history int
	parts   int // parts of a joint transition
	after   int // monitors of `after P always Q`
	vector  int
	lo, hi  int64 // of an element of the vector
	pickLo  int64 // the lowest and highest value of a free choice
	pickHi  int64
	last    int  // the largest number of a step
	looping bool // some step makes a free choice
}

// exporter writes one system.
type exporter struct {
	p     *Program
	w     *writer
	max   *sizes
	sys   *fsm.System
	index int
	opts  Options
	lay   layout
	slots []string // names of the first elements of v

	asked  map[*fsm.Expr]string // extern guards of the expression at hand
	temps  int
	domain int64 // values of the largest free choice
	after  []*fsm.Property
	live   *obligations // of a text about runs that never end; nil: one about joint states
	err    error        // the first thing that cannot be written

	steps      []*step
	begin      *step // the start
	groups     []*group
	here       string // the name of the group that is written
	last       int    // the number of the last step
	startLimit int    // turns of picking in the start
	stepLimit  int    // and in each later step
}

func newExporter(p *Program, text *sheets, index int, opts Options) *exporter {
	sys := p.Systems[index]
	x := &exporter{p: p, w: &text.body, max: text.max, sys: sys, index: index, opts: opts, lay: newLayout(sys), asked: map[*fsm.Expr]string{}}
	for _, prop := range sys.Properties {
		if prop.Kind == fsm.AfterAlways {
			x.after = append(x.after, prop)
		}
	}
	m := x.max
	m.after = max(m.after, len(x.after))
	m.vector = max(m.vector, x.lay.size)
	m.lo, m.hi = min(m.lo, x.lay.lo), max(m.hi, x.lay.hi)
	for _, message := range sys.Spec.Messages {
		m.args = max(m.args, len(message.Fields))
	}
	for _, e := range sys.Spec.Externs {
		m.args = max(m.args, len(e.Params))
	}
	for _, machine := range sys.Spec.Machines {
		for _, e := range machine.Events {
			m.args = max(m.args, len(e.Params))
		}
	}
	sends := 0
	for i := range sys.Instances {
		sends += x.mostSends(i)
	}
	m.sends = max(m.sends, sends)
	if x.atomic() {
		m.queue = max(m.queue, max(1, sends)*(fsm.MaxDeliveries+1)) // declared even where nobody sends
		m.history = fsm.MaxDeliveries
	}
	m.picks = max(m.picks, x.startPicks())
	return x
}

// atomic reports whether a step may hand messages over.
func (x *exporter) atomic() bool {
	return slices.ContainsFunc(x.sys.Links, func(l *fsm.Link) bool { return l.Kind == fsm.Atomic })
}

// fail keeps the first error.
func (x *exporter) fail(err error) {
	if x.err == nil {
		x.err = err
	}
}

// mostSends is how many messages one body of an instance can send at most.
func (x *exporter) mostSends(instance int) int {
	m := x.sys.MachineOf(instance)
	most := sends(m.Entry)
	for _, t := range m.Transitions {
		most = max(most, sends(t.Body))
	}
	for _, j := range x.sys.Joints {
		for _, p := range j.Parts {
			for _, b := range p.Bodies {
				if p.Instance == instance {
					most = max(most, sends(b))
				}
			}
		}
	}
	return most
}

func sends(stmts []*fsm.Stmt) int {
	n := 0
	for _, s := range stmts {
		if s.Op == fsm.Send {
			n++
		}
		n += max(sends(s.Then), sends(s.Else))
	}
	return n
}

// picksOf is how many free choices statements make at most.
func picksOf(stmts []*fsm.Stmt) int {
	n := 0
	for _, s := range stmts {
		for _, v := range s.Values {
			if v.Op == fsm.OpAny {
				n++
			}
		}
		n += externs(s.Values...) + externs(s.Args...) + externs(s.Cond, s.Element) + max(picksOf(s.Then), picksOf(s.Else))
		for _, t := range s.Targets {
			n += externs(t.Index...)
		}
	}
	return n
}

// externs counts the extern guards that expressions ask.
func externs(exprs ...*fsm.Expr) int {
	n := 0
	for _, e := range exprs {
		if e == nil {
			continue
		}
		if e.Op == fsm.OpExtern {
			n++
		}
		n += externs(e.Args...)
	}
	return n
}

// startPicks is how many free choices a start makes.
func (x *exporter) startPicks() int {
	n := freeSlots(x.sys.Vars, func(v fsm.Var) bool { return v.Any })
	for i := range x.sys.Instances {
		m := x.sys.MachineOf(i)
		n += freeSlots(m.Vars, func(v fsm.Var) bool { return v.Any && !v.Shared }) + picksOf(m.Entry)
	}
	if x.atomic() { // what the entry bodies send is handled in the start
		return max(n, x.stepPicks())
	}
	return n
}

func freeSlots(vars []fsm.Var, free func(fsm.Var) bool) int {
	n := 0
	for _, v := range vars {
		if free(v) {
			n += v.Type.Slots()
		}
	}
	return n
}

// stepPicks is how many free choices a later step makes at most: an estimate from above, cut off at MaxPicks.
func (x *exporter) stepPicks() int {
	most := 0
	for i := range x.sys.Instances {
		most = max(most, x.ownPicks(i))
	}
	if x.atomic() && most > 0 {
		return x.opts.MaxPicks
	}
	for _, j := range x.sys.Joints {
		n := externs(j.Guard) + picksOf(j.Body)
		for _, p := range j.Parts {
			widest := 0
			for _, b := range p.Bodies {
				widest = max(widest, picksOf(b))
			}
			n += widest
		}
		most = max(most, n)
	}
	for _, node := range x.sys.Nodes {
		n := 0
		for _, i := range node.Instances {
			m := x.sys.MachineOf(i)
			n += freeSlots(m.Vars, func(v fsm.Var) bool { return v.Any && !v.Durable && !v.Shared && !v.Ghost })
			n += max(picksOf(m.Entry), x.levelPicks(m, m.Restart))
		}
		if x.sys.MayCrash(node.Instances[0]) {
			most = max(most, n)
		}
	}
	for _, c := range x.sys.Crashes {
		most = max(most, picksOf(c.Body))
	}
	return min(most, x.opts.MaxPicks)
}

// ownPicks is how many free choices an instance makes when it handles an event.
func (x *exporter) ownPicks(instance int) int {
	m, most := x.sys.MachineOf(instance), 0
	for _, s := range m.States {
		for _, levels := range s.On {
			most = max(most, x.levelPicks(m, levels))
		}
	}
	return most
}

func (x *exporter) levelPicks(m *fsm.Machine, levels []fsm.Level) int {
	guards, bodies := 0, 0
	seen := map[string]bool{}
	for _, level := range levels {
		for _, t := range level {
			guards += unlike(seen, m.Transitions[t].Guard)
			bodies = max(bodies, picksOf(m.Transitions[t].Body))
		}
	}
	return guards + bodies
}

// unlike counts the extern guards without arguments once, however often they are asked: they have one answer in a step.
func unlike(seen map[string]bool, exprs ...*fsm.Expr) int {
	n := 0
	for _, e := range exprs {
		if e == nil {
			continue
		}
		key := fmt.Sprint(e.Index)
		if e.Op == fsm.OpExtern && !(len(e.Args) == 0 && seen[key]) {
			n++
			seen[key] = seen[key] || len(e.Args) == 0
		}
		n += unlike(seen, e.Args...)
	}
	return n
}
