package promela

import (
	"fmt"

	"interlock/fsm"
)

// What phase says: a step begins in trying, or looking, and ends in ending. Each d_step below is for one phase and group.
const (
	trying  = 0 // the group takes the step, or as many of it as is known
	picking = 1 // a free choice is made
	looking = 2 // the joint state is looked at
	trapped = 3 // it was tried whether any step leads on
	ending  = 4

	making   = 5 // of runs that never end: what was sent asks whether its receiver would take it
	made     = 6 // that has been asked
	surveyed = 7 // it is known what is enabled
)

// system writes the loop of one system.
func (x *exporter) system() {
	w := x.w
	x.list()
	x.startLimit, x.stepLimit = x.startPicks(), x.stepPicks()
	w.line("")
	w.line("/* system %s: v[0..%d] is its joint state */", x.sys.Name, x.lay.size-1)
	w.line("begin_%d:", x.index)
	if len(x.after) > 0 {
		w.line("if")
		w.line(":: mon = 0")
		w.line(":: mon = 1")
		w.line("fi;")
	}
	w.line("do")
	w.line(":: atomic {")
	x.tries()
	w.line("do")
	for _, g := range x.groups {
		x.here = g.name
		w.line(":: d_step { phase == %d && group == %d ->", trying, g.number)
		x.whole(g)
		w.line("}")
	}
	x.picks()
	w.line(":: d_step { phase == %d ->", looking)
	x.looks()
	w.line("}")
	w.line(":: d_step { phase == %d ->", trapped)
	w.when("stuck", func() { x.assert(assert{builtin: fsm.Deadlock, at: afterSweep}) })
	w.line("phase = %d", ending)
	w.line("}")
	w.line(":: d_step { phase == %d -> op = 0; phase = 0; group = 0; stuck = 0;%s }; break", ending, x.clear())
	w.line("od")
	w.line("}")
	w.line("od;")
	x.p.measure(x)
}

// tries says which step is tried.
func (x *exporter) tries() {
	w := x.w
	w.line("if")
	look := fmt.Sprintf("op = %d; phase = %d", x.look(), looking)
	w.line(":: d_step { up && !mon -> %s } /* looks at a joint state, once each */", look)
	x.p.plain = append(x.p.plain, w.at)
	if len(x.after) > 0 {
		w.line(":: d_step { up && mon -> %s }", look)
	}
	for _, g := range x.groups {
		for _, s := range g.steps {
			up := "up"
			if s == x.begin {
				up = "!up"
			}
			w.line("/* %s */", comment(s.name))
			for n := range s.count {
				w.line(":: d_step { %s -> op = %d; group = %d }", both(up, s.guard), s.first+n, g.number)
			}
		}
	}
	w.line("fi;")
}

// picks makes the choice that the step asked for. Every step takes as many turns as the one with the most choices, so
// that a breadth-first search counts steps alike.
func (x *exporter) picks() {
	limit := x.limit()
	if limit == "0" {
		return
	}
	on := fmt.Sprintf("stage++; phase = %d", trying)
	for i := range x.domain {
		x.w.line(":: d_step { phase == %d && need && need_lo + %d <= need_hi -> pk[given] = need_lo + %d; given++; %s }", picking, i, i, on)
	}
	x.w.line(":: d_step { phase == %d && !need -> %s }", picking, on)
}

// clear sets back what free choices need.
func (x *exporter) clear() string {
	if x.limit() == "0" {
		return ""
	}
	text := " stage = 0; given = 0; need = 0; need_lo = 0; need_hi = 0;"
	for i := range x.max.picks {
		text += fmt.Sprintf(" pk[%d] = 0;", i)
	}
	return text
}

// limit is how many free choices the step at hand may make.
func (x *exporter) limit() string {
	if x.startLimit == x.stepLimit {
		return fmt.Sprint(x.stepLimit)
	}
	return fmt.Sprintf("(op == %d -> %d : %d)", x.start(), x.startLimit, x.stepLimit)
}

// whole is one step of a group from its beginning to its end, or where the joint state is looked at, every step of the
// group in turn, until one leads on.
func (x *exporter) whole(g *group) {
	w := x.w
	if x.live != nil {
		x.surveyBegins(g)
	} else {
		w.line("x_sweep = (op == %d); x_overtake = 0; x_base = 0; x_given = given; x_cur = (x_sweep -> %d : op);", x.look(), g.steps[0].first)
		if !g.fault() {
			w.when("x_sweep && !stuck", func() { w.line("goto leave_%s", x.here) })
		}
	}
	if limit := x.limit(); limit != "0" {
		w.when(fmt.Sprintf("stage > 0 && !need && stage < %s", limit), func() { w.line("goto leave_%s", x.here) })
		w.line("need = 0; x_j = 0;")
		w.line("do")
		w.line(":: x_j < given -> x_picks[x_j] = pk[x_j]; x_j++")
		w.line(":: else -> break")
		w.line("od;")
	}
	x.copy("x_bak", "v")
	w.line("again_%s:", x.here)
	w.line("x_viol = 0; x_ns = 0; x_qh = 0; x_qt = 0; x_n = 0; x_made = 0; x_nm_asked = 0;")
	if x.live != nil {
		x.forgetMarks(g)
	}
	w.line("if")
	for _, s := range g.steps {
		w.line(":: x_cur >= %d && x_cur < %d -> /* %s */", s.first, s.first+s.count, comment(s.name))
		w.line("x_place = x_cur - %d;", s.first)
		if s.guard != "" {
			w.when(not(s.guard), func() { w.line("goto blocked_%s", x.here) })
		}
		s.take()
	}
	w.line("fi;")
	x.overtaking(g)
	if len(g.meetings) > 0 || x.handsOver(g) {
		x.handling(g)
	}
	x.settling(g)
	x.done(g)
	x.notDone(g)
}

func (x *exporter) copy(to, from string) {
	w := x.w
	w.line("x_j = 0;")
	w.line("do")
	w.line(":: x_j < %d -> %s[x_j] = %s[x_j]; x_j++", x.lay.size, to, from)
	w.line(":: else -> break")
	w.line("od;")
}

// done is the end of a step that was possible: its joint state is the new one, unless an assumption rules it out. In a
// sweep, a step that changes something shows that the system is not stuck.
func (x *exporter) done(g *group) {
	w := x.w
	w.line("done_%s:", x.here)
	if x.live != nil {
		x.idles(g)
	} else if !g.fault() {
		w.when("x_sweep", func() {
			w.line("x_same = 1; x_j = 0;")
			w.line("do")
			w.line(":: x_same && x_j < %d -> x_same = (v[x_j] == x_bak[x_j]); x_j++", x.lay.size)
			w.line(":: else -> break")
			w.line("od;")
			w.line("if")
			w.line(":: x_same -> goto blocked_%s", x.here)
			w.line(":: else -> stuck = 0; goto restore_%s", x.here)
			w.line("fi")
		})
	}
	x.early()
	x.allow()
	w.line("up = 1;")
	x.monitor()
	if x.live != nil {
		x.notes(g)
	}
	w.line("goto leave_%s;", x.here)
}

// notDone are the other ways in which a step ends: blocked, violated, or more choices are wanted than it may make.
func (x *exporter) notDone(g *group) {
	w := x.w
	w.line("blocked_%s:", x.here)
	if x.live != nil {
		x.surveyed(g)
	} else if !g.fault() {
		w.when("x_sweep", func() { x.nextTry(g) })
	}
	w.line("goto restore_%s;", x.here)
	w.line("violated_%s:", x.here)
	if g.overtakes {
		w.when("x_overtake", func() { w.line("goto otherwise_%s", x.here) })
	}
	if x.live != nil {
		x.whenSurveyed(g, "goto tried_")
	} else {
		w.when("x_sweep", func() { w.line("stuck = 0; goto restore_%s", x.here) })
		x.early()
		x.blames()
	}
	w.line("goto restore_%s;", x.here)
	limit := x.limit()
	if limit != "0" {
		w.line("exhausted_%s:", x.here)
		w.line("x_fail = %d; assert(x_fail != %d); need = 0;", x.p.Exhausted, x.p.Exhausted)
	}
	w.line("restore_%s:", x.here)
	x.copy("v", "x_bak")
	w.line("leave_%s:", x.here)
	if limit != "0" {
		w.when(fmt.Sprintf("need && stage == %s", limit), func() {
			w.line("x_fail = %d; assert(x_fail != %d); need = 0", x.p.Exhausted, x.p.Exhausted)
		})
	}
	x.onward(g)
}

// blames says which built-in check the step breaks.
func (x *exporter) blames() {
	for b := range fsm.NumBuiltins {
		if fsm.Builtin(b) != fsm.Deadlock {
			x.w.when(fmt.Sprintf("x_viol == %d", b+1), func() { x.assert(assert{builtin: fsm.Builtin(b)}) })
		}
	}
}

// onward goes to the next phase: after a sweep to the next group, as long as the system may be stuck.
func (x *exporter) onward(g *group) {
	w, after := x.w, ending
	w.line("if")
	if x.live != nil {
		after = making
		x.surveyGoesOn(g)
	} else if !g.fault() {
		w.line(":: x_sweep && group < %d -> group++", x.sweeps())
		w.line(":: x_sweep && group >= %d -> phase = %d", x.sweeps(), trapped)
	}
	if limit := x.limit(); limit != "0" {
		w.line(":: !x_sweep && stage < %s -> phase = %d", limit, picking)
		w.line(":: !x_sweep && stage >= %s -> phase = %d", limit, after)
	} else {
		w.line(":: !x_sweep -> phase = %d", after)
	}
	w.line("fi")
}

// sweeps is how many groups are not of faults. They are the first ones.
func (x *exporter) sweeps() int {
	n := 0
	for _, g := range x.groups {
		if !g.fault() {
			n++
		}
	}
	return n
}

// early takes a step back that was only tried, to learn what it asks for: it is taken on the last turn.
func (x *exporter) early() {
	if limit := x.limit(); limit != "0" {
		x.w.when("stage < "+limit, func() { x.w.line("goto restore_%s", x.here) })
	}
}

// allow drops a start that `initially` rules out, and a joint state that breaks an assumption.
func (x *exporter) allow() {
	s := scope{own: fsm.OwnInstance, from: "0"}
	w := x.w
	for _, e := range x.sys.Initially {
		v := x.expr(s, e)
		w.when(fmt.Sprintf("x_cur == %d && !(%s)", x.start(), both(orTrue(v.ok), v.val)), func() { w.line("goto restore_%s", x.here) })
	}
	for _, e := range x.sys.Assumes {
		v := x.expr(s, e)
		x.require(v.ok)
		w.when(not(v.val), func() { w.line("goto restore_%s", x.here) })
	}
}

// monitor notes for each `after P always Q` whether P has held.
func (x *exporter) monitor() {
	for i, p := range x.after {
		v := x.expr(scope{own: fsm.OwnInstance, from: "0"}, p.P)
		x.w.when("mon && "+both(orTrue(v.ok), v.val), func() { x.w.line("held[%d] = 1", i) })
	}
}

// nextTry goes on to the next choices of the step that is tried, or to the next step of the group.
func (x *exporter) nextTry(g *group) {
	w := x.w
	x.copy("v", "x_bak")
	x.odometer()
	w.when("x_given > 0", func() { w.line("x_picks[x_given - 1]++; goto again_%s", x.here) })
	last := g.steps[len(g.steps)-1]
	w.line("x_cur++;")
	w.when(fmt.Sprintf("x_cur < %d", last.first+last.count), func() { w.line("goto again_%s", x.here) })
}
