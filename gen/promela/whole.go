package promela

import (
	"fmt"

	"interlock/fsm"
)

// join is a joint transition: every part must be possible before any body runs.
func (x *exporter) join(j *fsm.JointTransition) {
	w := x.w
	params := func(i int) string { return number(j.Args[i]) }
	system := scope{own: fsm.OwnInstance, params: params, from: "0"}
	for _, p := range j.Parts {
		possible := "(0"
		for _, from := range p.From {
			possible += fmt.Sprintf(" || %s == %d", x.state(p.Instance), from)
		}
		w.when("!"+possible+")", func() { w.line("goto blocked_%s", x.here) })
	}
	if j.Guard != nil {
		w.when(not(x.eval(system, j.Guard)), func() { w.line("goto blocked_%s", x.here) })
	}
	for n, p := range j.Parts { // what the parts were in is decided before any of them moves
		w.line("x_at_part[%d] = %s;", n, x.state(p.Instance))
		x.max.parts = max(x.max.parts, n+1)
	}
	for n, p := range j.Parts {
		w.line("if")
		for at, from := range p.From {
			w.line(":: x_at_part[%d] == %d ->", n, from)
			x.body(scope{own: p.Instance, params: params, from: "0"}, p.Bodies[at])
			x.enter(p.Instance, p.Targets[at])
			w.line("skip")
		}
		w.line(":: else")
		w.line("fi;")
	}
	x.body(system, j.Body)
	w.line("goto settle_%s", x.here)
}

// crash takes a node down.
func (x *exporter) crash(crash int) {
	w, c := x.w, x.sys.Crashes[crash]
	count := x.slot(x.lay.crashes + crash)
	w.when(fmt.Sprintf("%s >= %d", count, c.AtMost), func() { w.line("goto blocked_%s", x.here) })
	w.line("%s++;", count)
	down := map[int]bool{}
	for _, i := range x.sys.Nodes[x.sys.Instances[c.Instance].Node].Instances {
		down[i] = true
		w.line("%s = %d;", x.state(i), x.down(i))
		m := x.sys.MachineOf(i)
		for v, variable := range m.Vars {
			if !variable.Durable && !variable.Shared && !variable.Ghost {
				x.forget(variable, x.sys.VarSlot(i, v))
			}
		}
		for t := range m.Timers {
			w.line("%s = 0;", x.timer(i, t))
		}
	}
	for l, link := range x.sys.Links {
		if link.Kind != fsm.Queue || !down[link.From] && !down[link.To] {
			continue
		}
		for k := range 1 + x.lay.links[l].stride*x.lay.links[l].capacity {
			w.line("v[%d] = 0;", x.lay.links[l].base+k)
		}
	}
	x.body(scope{own: c.Instance, from: "0"}, c.Body)
	w.line("goto settle_%s", x.here)
}

func (x *exporter) forget(v fsm.Var, slot int) {
	for i := range v.Type.Slots() {
		val := v.Type.Scalar().Lo
		if !v.Any {
			val = v.Init[i]
		}
		x.w.line("%s = %s;", x.slot(x.lay.vars+slot+i), number(val))
	}
}

// restart brings a node up again, machine by machine.
func (x *exporter) restart(node fsm.Node) {
	w := x.w
	for _, i := range node.Instances {
		w.when(x.standing(i), func() { w.line("goto blocked_%s", x.here) })
	}
	for _, i := range node.Instances {
		for v, variable := range x.sys.MachineOf(i).Vars {
			if variable.Any && !variable.Durable && !variable.Shared && !variable.Ghost {
				x.first(variable, x.sys.VarSlot(i, v))
			}
		}
	}
	for _, i := range node.Instances {
		x.awake(i)
	}
	w.line("goto settle_%s", x.here)
}

// awake is the restart of one machine: what answers it, or the initial state.
func (x *exporter) awake(instance int) {
	w, m := x.w, x.sys.MachineOf(instance)
	s := scope{own: instance, from: "0"}
	w.line("x_t = %d;", unanswered)
	x.levels(s, m, m.Restart)
	w.line("if")
	w.line(":: x_t == %d ->", unanswered)
	w.line("%s = %d;", x.state(instance), m.Initial)
	x.body(s, m.Entry)
	w.line("skip")
	for _, level := range m.Restart {
		for _, t := range level {
			if m.Transitions[t].Answer == fsm.Take {
				w.line(":: x_t == %d -> /* %s */", t+1, comment(m.Transitions[t].Text))
				x.take(s, m.Transitions[t])
				w.line("skip")
			}
		}
	}
	w.line(":: else")
	w.line("fi;")
}

// begins is the start: first values, then the entry bodies of all machines.
func (x *exporter) begins() {
	w := x.w
	for i, v := range x.sys.Vars {
		x.first(v, x.sys.SystemSlot(i))
	}
	for i := range x.sys.Instances {
		m := x.sys.MachineOf(i)
		w.line("%s = %d;", x.state(i), m.Initial)
		for v, variable := range m.Vars {
			if !variable.Shared {
				x.first(variable, x.sys.VarSlot(i, v))
			}
		}
	}
	for i := range x.sys.Instances {
		x.body(scope{own: i, from: "0"}, x.sys.MachineOf(i).Entry)
	}
	w.line("goto settle_%s", x.here)
}

// first gives a variable its first value, or any.
func (x *exporter) first(v fsm.Var, slot int) {
	for i := range v.Type.Slots() {
		at := x.slot(x.lay.vars + slot + i)
		if v.Any {
			t := v.Type.Scalar()
			x.pick(t.Lo, t.Hi)
			x.w.line("%s = x_pick;", at)
		} else {
			x.w.line("%s = %s;", at, number(v.Init[i]))
		}
	}
}
