package promela

import (
	"fmt"

	"interlock/fsm"
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
	looping := x.startLimit+x.stepLimit > 0
	if looping {
		w.line("do")
		w.line("::")
	}
	w.line("d_step {")
	x.whole()
	w.line("}")
	if looping {
		w.line(";")
		x.picking()
		w.line("od")
	}
	w.line("}")
	w.line("od;")
	x.p.measure(x, looping)
}

// tries says which step is tried.
func (x *exporter) tries() {
	w := x.w
	w.line("if")
	w.line(":: d_step { !up -> op = %d }", x.start())
	w.line(":: d_step { up && !mon -> op = %d } /* looks at a joint state, once each */", x.look())
	x.p.plain = append(x.p.plain, w.at)
	if len(x.after) > 0 {
		w.line(":: d_step { up && mon -> op = %d }", x.look())
	}
	for _, s := range x.steps {
		w.line("/* %s */", comment(s.name))
		for n := range s.count {
			w.line(":: d_step { %s -> op = %d }", both("up", s.guard), s.first+n)
		}
	}
	w.line("fi;")
}

// picking chooses what the step asked for. Every step takes as many turns as the one with the most choices, so that a
// breadth-first search counts steps alike.
func (x *exporter) picking() {
	w := x.w
	limit := x.limit()
	w.line("if")
	for i := range x.domain {
		w.line(":: d_step { need && need_lo + %d <= need_hi -> pk[given] = need_lo + %d; given++; stage++ }", i, i)
	}
	w.line(":: d_step { !need && stage < %s -> stage++ }", limit)
	clear := ""
	for i := range x.max.picks {
		clear += fmt.Sprintf(" pk[%d] = 0;", i)
	}
	w.line(":: d_step { !need && stage == %s -> op = 0; stage = 0; given = 0; need_lo = 0; need_hi = 0;%s }; break", limit, clear)
	w.line("fi")
}

// limit is how many free choices the step at hand may make.
func (x *exporter) limit() string {
	if x.startLimit == x.stepLimit {
		return fmt.Sprint(x.stepLimit)
	}
	return fmt.Sprintf("(op == %d -> %d : %d)", x.start(), x.startLimit, x.stepLimit)
}

// whole is one step from its beginning to its end, or a look at the joint state.
func (x *exporter) whole() {
	w, n := x.w, x.index
	w.line("x_sweep = 0; x_overtake = 0; x_base = 0; x_given = given; x_cur = op;")
	if limit := x.limit(); limit != "0" {
		w.when(fmt.Sprintf("stage > 0 && !need && stage < %s", limit), func() { w.line("goto leave_%d", n) })
		w.line("need = 0; x_j = 0;")
		w.line("do")
		w.line(":: x_j < given -> x_picks[x_j] = pk[x_j]; x_j++")
		w.line(":: else -> break")
		w.line("od;")
	}
	x.copy("x_bak", "v")
	w.when(fmt.Sprintf("op == %d", x.look()), x.looking)
	w.line("again_%d:", n)
	w.line("x_viol = 0; x_ns = 0; x_qh = 0; x_qt = 0; x_n = 0; x_made = 0; x_nm_asked = 0;")
	w.line("if")
	for _, s := range x.steps {
		w.line(":: x_cur >= %d && x_cur < %d -> /* %s */", s.first, s.first+s.count, comment(s.name))
		w.line("x_place = x_cur - %d;", s.first)
		if s.guard != "" {
			w.when("!("+s.guard+")", func() { w.line("goto blocked_%d", n) })
		}
		s.take()
	}
	w.line(":: x_cur == %d ->", x.start())
	x.begins()
	w.line("fi;")
	x.overtaking()
	x.handling()
	x.settling()
	x.ends()
}

func (x *exporter) copy(to, from string) {
	w := x.w
	w.line("x_j = 0;")
	w.line("do")
	w.line(":: x_j < %d -> %s[x_j] = %s[x_j]; x_j++", x.lay.size, to, from)
	w.line(":: else -> break")
	w.line("od;")
}

// ends are the ways in which a step ends: done, blocked, violated, or one more choice is wanted.
func (x *exporter) ends() {
	w, n := x.w, x.index
	w.line("done_%d:", n)
	w.when("x_sweep", func() {
		w.line("x_same = 1; x_j = 0;")
		w.line("do")
		w.line(":: x_same && x_j < %d -> x_same = (v[x_j] == x_bak[x_j]); x_j++", x.lay.size)
		w.line(":: else -> break")
		w.line("od;")
		w.line("if")
		w.line(":: x_same -> goto next_%d", n)
		w.line(":: else -> goto restore_%d", n)
		w.line("fi")
	})
	x.early()
	x.allow()
	w.line("up = 1;")
	x.monitor()
	w.line("goto leave_%d;", n)

	w.line("blocked_%d:", n)
	w.when("!x_sweep", func() { w.line("goto restore_%d", n) })
	x.nextTry()

	w.line("violated_%d:", n)
	if x.overtakes() {
		w.when("x_overtake", func() { w.line("goto otherwise_%d", n) })
	}
	w.when("x_sweep", func() { w.line("goto restore_%d", n) })
	x.early()
	for b := range fsm.NumBuiltins {
		if fsm.Builtin(b) != fsm.Deadlock {
			w.when(fmt.Sprintf("x_viol == %d", b+1), func() { x.assert(assert{builtin: fsm.Builtin(b)}) })
		}
	}
	w.line("goto restore_%d;", n)
	if x.limit() != "0" {
		w.line("exhausted_%d:", n)
		w.line("x_fail = %d; assert(x_fail != %d); need = 0;", x.p.Exhausted, x.p.Exhausted)
	}
	w.line("restore_%d:", n)
	x.copy("v", "x_bak")
	w.line("leave_%d:", n)
	if limit := x.limit(); limit != "0" {
		w.when(fmt.Sprintf("need && stage == %s", limit), func() {
			w.line("x_fail = %d; assert(x_fail != %d); need = 0", x.p.Exhausted, x.p.Exhausted)
		})
	}
	if x.startLimit+x.stepLimit == 0 {
		w.line("op = 0;")
	}
	w.line("x_j = 0")
}

// early takes a step back that was only tried, to learn what it asks for: it is taken on the last turn.
func (x *exporter) early() {
	if limit := x.limit(); limit != "0" {
		x.w.when("stage < "+limit, func() { x.w.line("goto restore_%d", x.index) })
	}
}

// allow drops a start that `initially` rules out, and a joint state that breaks an assumption.
func (x *exporter) allow() {
	s := scope{own: fsm.OwnInstance, from: "0"}
	w := x.w
	for _, e := range x.sys.Initially {
		v := x.expr(s, e)
		w.when(fmt.Sprintf("x_cur == %d && !%s", x.start(), both(orTrue(v.ok), v.val)), func() { w.line("goto restore_%d", x.index) })
	}
	for _, e := range x.sys.Assumes {
		v := x.expr(s, e)
		x.require(v.ok)
		w.when("!"+v.val, func() { w.line("goto restore_%d", x.index) })
	}
}

// monitor notes for each `after P always Q` whether P has held.
func (x *exporter) monitor() {
	for i, p := range x.after {
		v := x.expr(scope{own: fsm.OwnInstance, from: "0"}, p.P)
		x.w.when("mon && "+both(orTrue(v.ok), v.val), func() { x.w.line("held[%d] = 1", i) })
	}
}

// assert reports that something was found.
func (x *exporter) assert(a assert) {
	a.system = x.index
	n := x.p.number(a)
	x.w.line("x_fail = %d; assert(x_fail != %d);", n, n)
}

// looking asserts what must be true of the joint state, and then tries every step that is no fault: where none changes
// anything, the system is stuck.
func (x *exporter) looking() {
	w := x.w
	x.early()
	s := scope{own: fsm.OwnInstance, from: "0"}
	if len(x.after) > 0 {
		w.when("mon", func() {
			for i, p := range x.after {
				v := x.expr(s, p.Q)
				w.when(fmt.Sprintf("held[%d] && !%s", i, both(orTrue(v.ok), v.val)), func() { x.assert(assert{property: p, early: true}) })
			}
			w.line("goto leave_%d", x.index)
		})
	}
	for _, p := range x.sys.Properties {
		if p.Kind == fsm.Never || p.Kind == fsm.Always || p.Kind == fsm.Reachable {
			x.property(s, p)
		}
	}
	rest := ""
	for i := range x.sys.Instances {
		at := fmt.Sprintf("(%s == %d", x.state(i), x.down(i))
		for n, state := range x.sys.MachineOf(i).States {
			if state.Final {
				at += fmt.Sprintf(" || %s == %d", x.state(i), n)
			}
		}
		rest = both(rest, at+")")
	}
	w.when(rest, func() { w.line("goto leave_%d", x.index) })
	w.line("x_sweep = 1; x_cur = 0;")
	x.nextStep()
	w.line("skip")
}

func (x *exporter) property(s scope, p *fsm.Property) {
	w := x.w
	v := x.expr(s, p.P)
	bad := v.val
	if p.Kind == fsm.Always {
		bad = "!" + v.val
	}
	w.line("/* %s */", comment(p.Text))
	w.line("if")
	if v.ok != "" {
		w.line(":: !%s ->", v.ok)
		x.assert(assert{builtin: fsm.Range, early: true})
		bad = v.ok + " && " + bad
	}
	w.line(":: %s ->", bad)
	x.assert(assert{property: p, early: true})
	w.line(":: else")
	w.line("fi;")
}

// nextTry goes on to the next choices of the step that is tried, or to the next step.
func (x *exporter) nextTry() {
	w := x.w
	w.line("next_%d:", x.index)
	x.copy("v", "x_bak")
	x.odometer()
	w.when("x_given > 0", func() { w.line("x_picks[x_given - 1]++; goto again_%d", x.index) })
	x.nextStep()
	w.line("goto again_%d;", x.index)
}

// nextStep goes on to the next kind of step, or reports that there is none left.
func (x *exporter) nextStep() {
	w := x.w
	w.line("x_cur++; x_given = 0;")
	w.when(fmt.Sprintf("x_cur >= %d", x.faults), func() {
		x.assert(assert{builtin: fsm.Deadlock, early: true})
		w.line("goto restore_%d", x.index)
	})
}
