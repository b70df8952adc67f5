package check

import (
	"slices"

	"interlock/fsm"
)

// A search finds the steps of a run in the order of its queue, in which steps that have nothing to do with one another stand
// as it happens. The steps of a trace are put into the order that reads best: still a run, with the same steps, to the same
// joint state, but with few changes from one instance to another, and messages delivered just after they were sent.

// Bounds on the search for an order.
const (
	orderWindow = 24   // steps that are ordered together
	orderBeam   = 12   // beginnings that are followed at once
	orderSteps  = 2000 // steps of the reference for one trace
)

// ordering orders the steps of one trace. It takes steps by the reference only.
type ordering struct {
	sys     *fsm.System
	pr      *fsm.Property // what the trace shows; nil: nothing that a change of order could lose
	trace   *fsm.Trace
	budget  int
	items   []*orderItem // of the window
	places  map[string]*orderPlace
	pending []bool // by step of the trace: what [ordering.monitor] says after it
}

// orderItem is a step to be put somewhere.
type orderItem struct {
	choice fsm.Choice
	packet fsm.Packet // of a delivery, a loss or a doubling: the position says little in another joint state
}

// orderPlace is a joint state, with what the items lead to from there.
type orderPlace struct {
	joint *fsm.Joint
	key   string
	took  []*orderTook // by item; nil: not tried yet
}

// orderTook is an item taken in a joint state; to is nil if it cannot be.
type orderTook struct {
	step fsm.TraceStep
	to   *orderPlace
}

// beginningWith is the first steps of an order.
type beginningWith struct {
	before  *beginningWith
	item    int // the last one; -1: none yet
	step    fsm.TraceStep
	place   *orderPlace
	taken   uint64 // the set of its items
	cost    int
	pending bool
	given   bool // it is the order in which the trace has them
}

// readable puts the steps of a trace that shows something of a property into the order that reads best. The loop of a lasso
// and the step that breaks a built-in check stay where they are.
func readable(sys *fsm.System, pr *fsm.Property, tr *fsm.Trace) *fsm.Trace {
	n := len(tr.Steps)
	if tr.Fails != nil {
		n--
	}
	if tr.Loop >= 0 {
		n = tr.Loop
	}
	if n < 2 {
		return tr
	}
	o := &ordering{sys: sys, pr: pr, budget: orderSteps}
	ordered := *tr
	ordered.Steps = slices.Clone(tr.Steps)
	o.trace = &ordered
	for from := 0; from < n-1 && o.budget > 0; from += orderWindow / 2 {
		o.window(from, min(from+orderWindow, n))
	}
	run := &fsm.Trace{Start: tr.Start, Begun: tr.Begun, Steps: o.trace.Steps[:n], Loop: -1}
	if err := fsm.Replay(sys, run); err != nil {
		panic("check: steps put into another order are no run: " + err.Error())
	}
	return o.trace
}

// makeReadable orders the steps of the traces of a verdict.
func (v *Verdict) makeReadable(sys *fsm.System) {
	if v.Trace != nil {
		v.Trace = readable(sys, v.Property, v.Trace)
	}
	for i, tr := range v.More {
		v.More[i] = readable(sys, v.Property, tr)
	}
}

// jointAfter is the joint state after so many steps of the trace.
func (o *ordering) jointAfter(n int) *fsm.Joint {
	if n == 0 {
		return &o.trace.Start
	}
	return o.trace.Steps[n-1].Outcome.Joint
}

// window orders the steps from..to-1. The joint states before and after them stay what they are.
func (o *ordering) window(from, to int) {
	o.items, o.places = nil, map[string]*orderPlace{}
	for i := from; i < to; i++ {
		o.items = append(o.items, o.item(i))
	}
	o.monitor()
	beam := []*beginningWith{{item: -1, place: o.place(o.jointAfter(from)), pending: o.pending[from], given: true}}
	if from > 0 {
		beam[0].step = o.trace.Steps[from-1]
	}
	for i := from; i < to; i++ {
		beam = o.extend(beam, from, i)
	}
	end := o.place(o.jointAfter(to))
	var best *beginningWith
	for _, b := range beam {
		if b.place != end || b.pending != o.pending[to] && !b.given {
			continue
		}
		if to < len(o.trace.Steps) {
			b.cost += o.cost(&b.step, &o.trace.Steps[to], to)
		}
		if best == nil || b.cost < best.cost || b.cost == best.cost && b.given {
			best = b
		}
	}
	for i := to - 1; i >= from; i-- {
		o.trace.Steps[i] = best.step
		best = best.before
	}
}

// extend adds a step to every beginning of a beam, and keeps the best and the given one, whose next step is number i.
func (o *ordering) extend(beam []*beginningWith, from, i int) []*beginningWith {
	var next []*beginningWith
	for _, b := range beam {
		for k := range o.items {
			if b.taken>>k&1 != 0 {
				continue
			}
			given := b.given && k == i-from
			took := o.take(b.place, k, given, i)
			if took == nil || took.to == nil {
				continue
			}
			n := &beginningWith{before: b, item: k, step: took.step, place: took.to, taken: b.taken | 1<<k, given: given,
				cost: b.cost + o.cost(&b.step, &took.step, i)}
			ok := false
			if n.pending, ok = o.goesOn(b.pending, took.to.joint); ok || given {
				next = append(next, n)
			}
		}
	}
	slices.SortStableFunc(next, func(a, b *beginningWith) int { return a.cost - b.cost })
	return distinctOf(next)
}

// distinctOf keeps the cheapest of beginnings with the same steps, the same last one and the same joint state, the best so
// many of these, and the given one.
func distinctOf(sorted []*beginningWith) []*beginningWith {
	var kept []*beginningWith
	for _, b := range sorted {
		again := slices.ContainsFunc(kept, func(k *beginningWith) bool {
			return k.taken == b.taken && k.item == b.item && k.place == b.place && k.pending == b.pending
		})
		if b.given || !again && len(kept) < orderBeam {
			kept = append(kept, b)
		}
	}
	return kept
}

// item is step i of the trace, without its place.
func (o *ordering) item(i int) *orderItem {
	c := o.trace.Steps[i].Choice
	it := &orderItem{choice: c}
	if picksMessage(c.Kind) {
		it.packet = o.jointAfter(i).Links[c.Link][c.Position]
	}
	return it
}

// picksMessage reports whether a kind of step is about a message in a link.
func picksMessage(k fsm.ChoiceKind) bool {
	return k == fsm.Deliver || k == fsm.LoseMessage || k == fsm.DuplicateMessage
}

// find gives a choice the place of the item's message in a joint state, if it is there.
func (it *orderItem) find(j *fsm.Joint, c *fsm.Choice) bool {
	c.Position = slices.IndexFunc(j.Links[c.Link], func(p fsm.Packet) bool { return p.Compare(it.packet) == 0 })
	return c.Position >= 0
}

// place is the one place of a joint state.
func (o *ordering) place(j *fsm.Joint) *orderPlace {
	key := j.Key()
	p := o.places[key]
	if p == nil {
		p = &orderPlace{joint: j, key: key, took: make([]*orderTook, len(o.items))}
		o.places[key] = p
	}
	return p
}

// take takes an item in a joint state; nil where the budget is spent. What the trace itself does there is known.
func (o *ordering) take(at *orderPlace, k int, given bool, i int) *orderTook {
	if given {
		return &orderTook{o.trace.Steps[i], o.place(o.jointAfter(i + 1))}
	}
	if at.took[k] != nil || o.budget <= 0 {
		return at.took[k]
	}
	took := &orderTook{}
	at.took[k] = took
	c := o.items[k].choice
	if picksMessage(c.Kind) && !o.items[k].find(at.joint, &c) {
		return took
	}
	o.budget--
	out, err := fsm.Step(o.sys, at.joint, c)
	if err != nil {
		return took
	}
	if assumed, err := fsm.Assumed(o.sys, out.Joint); err == nil && assumed {
		took.step, took.to = fsm.TraceStep{Choice: c, Outcome: out}, o.place(out.Joint)
	}
	return took
}

// cost is how much it asks of a reader to go from one step to the next, which is number i of the trace.
func (o *ordering) cost(a, b *fsm.TraceStep, i int) int {
	if i == 0 {
		return 0
	}
	switch {
	case o.sends(a, b):
		return 0
	case o.actor(a) != o.actor(b) && b.Choice.Kind == fsm.Deliver:
		return 3
	case o.actor(a) != o.actor(b):
		return 2
	case b.Choice.Kind == fsm.Deliver:
		return 1
	}
	return 0
}

// sends reports whether step b is about a message that step a has sent, or doubled.
func (o *ordering) sends(a, b *fsm.TraceStep) bool {
	if !picksMessage(b.Choice.Kind) || a.Outcome == nil {
		return false
	}
	link := b.Choice.Link
	packets := a.Outcome.Joint.Links[link]
	if b.Choice.Position >= len(packets) {
		return false
	}
	packet := packets[b.Choice.Position]
	if a.Choice.Kind == fsm.DuplicateMessage && a.Choice.Link == link {
		return true
	}
	return slices.ContainsFunc(a.Outcome.Sent, func(s fsm.Sent) bool { return s.Link == link && !s.Lost && s.Packet.Compare(packet) == 0 })
}

// actor is the instance that a reader takes for the one that acts; -1 if there is none: nobody crashes of his own.
func (o *ordering) actor(s *fsm.TraceStep) int {
	switch c := &s.Choice; c.Kind {
	case fsm.Handle:
		return c.Instance
	case fsm.Deliver:
		return o.sys.Links[c.Link].To
	case fsm.RestartNode:
		return o.sys.Nodes[c.Node].Instances[0]
	case fsm.TakeJoint:
		if parts := o.sys.Joints[c.Joint].Parts; len(parts) > 0 {
			return parts[0].Instance
		}
	}
	return -1
}

// monitor finds what must be remembered of a run for its property, after each step of the trace.
func (o *ordering) monitor() {
	o.pending = make([]bool, len(o.trace.Steps)+1)
	o.pending[0], _ = o.goesOn(false, &o.trace.Start)
	for i, s := range o.trace.Steps {
		if s.Outcome != nil {
			o.pending[i+1], _ = o.goesOn(o.pending[i], s.Outcome.Joint)
		}
	}
}

// goesOn follows what is remembered of a run for its property, and whether it may come to the joint state at all.
func (o *ordering) goesOn(pending bool, j *fsm.Joint) (bool, bool) {
	if o.pr == nil {
		return false, true
	}
	holds := func(e *fsm.Expr) bool {
		v, err := fsm.Eval(o.sys, j, e)
		return err == nil && v != 0
	}
	switch o.pr.Kind {
	case fsm.AfterAlways:
		return pending || holds(o.pr.P), true
	case fsm.LeadsTo:
		return (pending || holds(o.pr.P)) && !holds(o.pr.Q), true
	case fsm.Eventually:
		return false, !holds(o.pr.P)
	}
	return false, true
}
