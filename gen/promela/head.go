package promela

import (
	"fmt"

	"interlock/fsm"
)

const guide = `/* Written by Interlock. Joint states, verdicts and lengths of shortest runs, from SPIN:
 *
 *	spin -o3 -a this.pml
 *	sed -i '/cannot use BFS on models with variables declared hidden/d' pan.h
 *	gcc -O1 -w -DSAFETY -DNOREDUCE -DBFS -DPEG -o pan pan.c
 *	./pan -c0
 *
 * The line of sed is sound here: no hidden variable is read before it is written in the same d_step, so it does not matter
 * that a breadth-first search does not restore them. Under "Peg Counts" the line that looks at a joint state was
 * executed once for each joint state. An assertion that fails tells by its number what was found:
 *`

// head writes how to read the text, and declares what it uses.
func (p *Program) head(text *sheets, all []*exporter) error {
	w, m := &text.head, text.max
	w.line("%s", guide)
	w.at += countLines(guide)
	for n, a := range p.asserts {
		w.line(" * %4d  %s", n+1, p.describe(a))
	}
	for _, sys := range p.Systems {
		for _, prop := range sys.Properties {
			if leftOut(prop) {
				w.line(" * Left out: %s: %s", sys.Name, comment(prop.Text))
			}
		}
	}
	w.line(" */")
	return p.declare(w, m)
}

// declare declares the state, and what a step needs.
func (p *Program) declare(w *writer, m *sizes) error {
	vector, err := width(m.lo, m.hi)
	if err != nil {
		return err
	}
	picks, err := width(m.pickLo, m.pickHi)
	if err != nil {
		return err
	}
	w.line("%s v[%d]; /* the joint state */", vector, max(1, m.vector))
	w.line("bit up; /* it has begun */")
	w.line("bit mon; /* whether this run also looks at after ... always: then held says for which P has held */")
	if m.after > 0 {
		w.line("bit held[%d];", m.after)
	}
	w.line("%s op; /* the step that is tried; 0 between steps, like all that follows */", narrow(m.last))
	w.line("byte phase, group; bit stuck;")
	if m.looping {
		w.line("byte stage, given; bit need; %s need_lo, need_hi, pk[%d];", picks, m.picks)
	} else {
		w.line("#define given 0")
	}
	p.scratch(w, m)
	return nil
}

// scratch declares what is no part of the state.
func (p *Program) scratch(w *writer, m *sizes) {
	w.line("hidden int x_bak[%d], x_a[%d], x_w[%d], x_at[%d], x_at_part[%d], x_x[%d];", max(1, m.vector), m.args, m.args+m.wide+1,
		m.wide+1, m.parts+1, m.temps+1)
	w.line("hidden int x_picks[%d], x_high[%d], x_mx[%d], x_mv[%d], x_ma[%d];", 2*m.picks, 2*m.picks, m.picks, m.picks, m.picks*m.args)
	w.line("hidden int x_sl[%d], x_sm[%d], x_sa[%d];", m.sends+1, m.sends+1, (m.sends+1)*m.args)
	if m.queue > 0 {
		w.line("hidden int x_q[%d], x_h[%d];", m.queue*(2+m.args), m.history*(1+m.vector+m.queue*(2+m.args)))
	}
	w.line("hidden int x_cur, x_place, x_sweep, x_overtake, x_base, x_given, x_keep, x_made, x_nm_asked, x_pick;")
	w.line("hidden int x_inst, x_ev, x_from, x_kind, x_t, x_viol, x_fail, x_ns, x_qh, x_qt, x_n, x_same;")
	w.line("hidden int x_i, x_j, x_k, x_o, x_link;")
}

func narrow(highest int) string {
	name, _ := width(0, int64(highest))
	return name
}

func countLines(s string) int {
	n := 0
	for _, c := range s {
		if c == '\n' {
			n++
		}
	}
	return n
}

var builtins = [...]string{"deadlock", "unexpected message", "overflow", "overlap", "range", "runaway"}

func (p *Program) describe(a assert) string {
	if a.system < 0 {
		return "a step makes more free choices than it may: nothing counts"
	}
	name, what := p.Systems[a.system].Name, builtins[a.builtin]
	if a.property != nil {
		what = comment(a.property.Text)
	}
	return fmt.Sprintf("%s: %s", name, what)
}

// leftOut reports a property of a form that is not exported.
func leftOut(p *fsm.Property) bool {
	switch p.Kind {
	case fsm.Never, fsm.Always, fsm.Reachable, fsm.AfterAlways, fsm.BuiltIn:
		return false
	}
	return true
}

// measure notes how many of SPIN's transitions lead to what. A step is: one that says which; for each free choice a try
// and a pick; the step; three more until the next. The order of the d_steps in the text makes it so, and [Program.Read]
// refuses a depth that does not fit.
func (p *Program) measure(x *exporter) {
	x.max.looping = x.max.looping || x.limit() != "0"
	l := stepLength{start: 1 + 2*x.startLimit, step: 5 + 2*x.stepLimit}
	if len(p.Systems) > 1 {
		l.start++
	}
	if len(x.after) > 0 {
		l.start++
	}
	l.look = 5 // the rest of the step, and one that says that this is a look
	l.sweep = l.look + 1 + x.sweeps()
	p.length = append(p.length, l)
}
