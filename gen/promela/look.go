package promela

import (
	"fmt"

	"interlock/fsm"
)

// assert reports that something was found.
func (x *exporter) assert(a assert) {
	a.system = x.index
	n := x.p.number(a)
	x.w.line("x_fail = %d; assert(x_fail != %d);", n, n)
}

// looks asserts what must be true of the joint state, and decides whether it could be that the system is stuck in it.
func (x *exporter) looks() {
	w := x.w
	s := scope{own: fsm.OwnInstance, from: "0"}
	w.line("phase = %d;", ending)
	if len(x.after) > 0 {
		w.line("if")
		w.line(":: mon ->")
		for i, p := range x.after {
			v := x.expr(s, p.Q)
			w.when(fmt.Sprintf("held[%d] && !(%s)", i, both(orTrue(v.ok), v.val)), func() { x.assert(assert{property: p, at: looked}) })
		}
		w.line(":: else ->")
	}
	for _, p := range x.sys.Properties {
		if p.Kind == fsm.Never || p.Kind == fsm.Always || p.Kind == fsm.Reachable {
			x.property(s, p)
		}
	}
	next := fmt.Sprintf("phase = %d; group = 1", trying)
	if x.sweeps() == 0 {
		next = fmt.Sprintf("phase = %d", trapped)
	}
	w.when(not(x.atRest()), func() { w.line("stuck = 1; %s", next) })
	if len(x.after) > 0 {
		w.line("fi")
	}
}

// atRest is true where every instance is down or in a final state.
func (x *exporter) atRest() string {
	rest := "1"
	for i := range x.sys.Instances {
		at := fmt.Sprintf("(%s == %d", x.state(i), x.down(i))
		for n, state := range x.sys.MachineOf(i).States {
			if state.Final {
				at += fmt.Sprintf(" || %s == %d", x.state(i), n)
			}
		}
		rest = both(rest, at+")")
	}
	return rest
}

func (x *exporter) property(s scope, p *fsm.Property) {
	w := x.w
	v := x.expr(s, p.P)
	bad := v.val
	if p.Kind == fsm.Always {
		bad = not(v.val)
	}
	w.line("/* %s */", comment(p.Text))
	w.line("if")
	if v.ok != "" {
		w.line(":: !(%s) ->", v.ok)
		x.assert(assert{builtin: fsm.Range, at: looked})
		bad = v.ok + " && " + bad
	}
	w.line(":: %s ->", bad)
	x.assert(assert{property: p, at: looked})
	w.line(":: else")
	w.line("fi;")
}
