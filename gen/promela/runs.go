package promela

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// Runs is a system written so that SPIN can decide its properties of runs that never end.
type Runs struct {
	Text      []byte
	Claims    []Claim
	Weak      int // how many things fairness asks for weakly
	Strong    int // and strongly
	Exhausted int // the number of the assertion that says that MaxPicks is too small: then nothing that SPIN says counts
}

// Claim is a property as a formula of the text: SPIN finds an acceptance cycle where it is violated.
type Claim struct {
	Name     string
	Property *fsm.Property
}

const guideToRuns = `/* Written by Interlock. Which properties of runs that never end are true, from SPIN:
 *
 *	spin -o3 -a this.pml
 *	gcc -O1 -w -DNOREDUCE -o pan pan.c
 *	./pan -a -N l0
 *
 * and so for each formula below. A property is violated where SPIN finds an acceptance cycle. SPIN's own fairness (-f) is
 * per process, and there is one process: what fairness asks for is written out here, by number:
 *`

// WriteRuns writes a system for its properties `eventually`, `leads to` and `infinitely often`.
//
// What fairness asks for is counted from some moment on, which SPIN is free to choose: `counted`. In each joint state from
// there on, it is first worked out which steps are enabled (`en`), and then a step or a pause is taken. It says what it
// satisfies (`took`: taken, or a timer started anew) and asks for (`made`: messages sent). `turn` goes round through all
// that is asked for; it waits for each until that is taken, or for a weak one not enabled. A strong one may be left out for
// good, once (`gone`): it must never be enabled again, or the run is dead. Whenever all have had their turn, `round` is
// true. So a run is fair if some counting of it has `round` again and again, and the formulas say so.
//
// With Options.Spelled, nothing is counted, and fairness stands in the formulas: `[]<> …` for a weak one, and
// `[]<> … -> []<> …` for a strong one. That is what it means, and SPIN takes it for a few things asked for at most.
func WriteRuns(sys *fsm.System, opts Options) (*Runs, error) {
	opts = opts.withDefaults()
	live, err := newObligations(sys)
	if err != nil {
		return nil, fmt.Errorf("promela: system %s: %w", sys.Name, err)
	}
	p := &Program{Systems: []*fsm.System{sys}}
	p.Exhausted = p.number(assert{system: -1})
	text := &sheets{max: &sizes{args: 1, picks: opts.MaxPicks}}
	runs := &Runs{Weak: live.weak, Strong: live.total - live.weak, Exhausted: p.Exhausted}
	x := newExporter(p, text, 0, opts)
	x.live, x.after = live, nil
	x.max.after = 0
	x.names(&text.names)
	for i, prop := range sys.Properties {
		if prop.Kind == fsm.Eventually || prop.Kind == fsm.LeadsTo || prop.Kind == fsm.InfinitelyOften {
			runs.Claims = append(runs.Claims, Claim{fmt.Sprintf("l%d", i), prop})
		}
	}
	x.w.line("init {")
	if x.runs(runs); x.err != nil {
		return nil, fmt.Errorf("promela: system %s: %w", sys.Name, x.err)
	}
	x.w.line("}")
	x.formulas(runs)
	if err := x.headOfRuns(&text.head, runs); err != nil {
		return nil, err
	}
	runs.Text = slices.Concat(text.head.Bytes(), text.names.Bytes(), text.body.Bytes())
	return runs, nil
}

// runs writes the loop.
func (x *exporter) runs(r *Runs) {
	w := x.w
	x.list()
	x.startLimit, x.stepLimit = x.startPicks(), x.stepPicks()
	x.max.looping = x.limit() != "0"
	if x.opts.Spelled {
		w.line("counted = 1;")
	}
	w.line("do")
	w.line(":: d_step { up && !counted -> counted = 1; round = 0 } /* from here on it counts */")
	w.line(":: d_step { ready && counted -> /* a pause */")
	w.line("round = 0;%s", x.untake())
	x.advance()
	w.line("skip")
	w.line("}")
	w.line(":: d_step { ready && counted && !again && turn >= %d && turn < %d && !en[turn] && !gone[turn] ->", x.live.weak, x.live.total)
	w.line("round = 0; gone[turn] = 1;")
	x.advance()
	w.line("skip")
	w.line("}")
	w.line(":: atomic {")
	x.turns()
	w.line("do")
	for _, g := range x.groups {
		x.here = g.name
		w.line(":: d_step { phase == %d && group == %d ->", trying, g.number)
		x.whole(g)
		w.line("}")
	}
	x.picks()
	x.asksReceivers()
	w.line(":: d_step { phase == %d ->", surveyed)
	w.line("known = 1; round = 0; op = 0; phase = 0; group = 0; ")
	x.forEach("en[x_j] && gone[x_j] -> dead = 1")
	w.line("skip")
	w.line("}; break")
	w.line(":: d_step { phase == %d ->", ending)
	x.ends(r)
	w.line("}; break")
	w.line("od")
	w.line("}")
	w.line("od")
}

// turns chooses between a survey and the steps.
func (x *exporter) turns() {
	w := x.w
	w.line("if")
	first := fmt.Sprintf("phase = %d", surveyed)
	if i := slices.IndexFunc(x.groups, x.asks); i >= 0 {
		first = fmt.Sprintf("group = %d", x.groups[i].number)
	}
	w.line(":: d_step { up && counted && !known && !dead -> op = %d; %s } /* finds out what is enabled */", x.survey(), first)
	for _, g := range x.groups {
		for _, s := range g.steps {
			when := "ready"
			if s == x.begin {
				when = "!up"
			}
			w.line("/* %s */", comment(s.name))
			for n := range s.count {
				w.line(":: d_step { %s -> op = %d; group = %d;%s }", both(when, s.guard), s.first+n, g.number, x.untake())
			}
		}
	}
	w.line("fi;")
}

// untake forgets what the last step was, where that is kept for the formulas.
func (x *exporter) untake() string {
	text := ""
	if x.opts.Spelled {
		for i := range x.live.total {
			text += fmt.Sprintf(" took[%d] = 0; made[%d] = 0;", i, i)
		}
	}
	return text
}

// forEach does something for all that is asked for, by x_j.
func (x *exporter) forEach(what string) {
	w := x.w
	w.line("x_j = 0;")
	w.line("do")
	w.line(":: x_j < %d ->", x.live.total)
	w.line("if")
	w.line(":: %s", what)
	w.line(":: else")
	w.line("fi;")
	w.line("x_j++")
	w.line(":: else -> break")
	w.line("od;")
}

// advance goes on to what is asked for and not yet satisfied.
func (x *exporter) advance() {
	if x.opts.Spelled {
		return
	}
	w := x.w
	w.line("do")
	w.line(":: turn < %d && (took[turn] || gone[turn] || (turn < %d && !en[turn])) -> turn++", x.live.total, x.live.weak)
	w.line(":: turn >= %d -> turn = 0; again = 1; round = 1; break", x.live.total)
	w.line(":: else -> break")
	w.line("od;")
}

// ends is the end of a step: what it means to fairness counts, and the conditions of the properties are those of the
// joint state from now on.
func (x *exporter) ends(r *Runs) {
	w := x.w
	w.line("round = 0;")
	w.line("if")
	w.line(":: moved && counted ->")
	if !x.opts.Spelled {
		x.forEach("made[x_j] && gone[x_j] -> dead = 1")
		w.line("if")
		w.line(":: !dead ->")
		x.advance()
		w.line("skip")
		w.line(":: else")
		w.line("fi;")
		x.forEach("1 -> took[x_j] = 0; made[x_j] = 0")
	}
	x.forEach("1 -> en[x_j] = 0; sent[x_j] = 0")
	w.line("known = 0")
	w.line(":: else")
	w.line("fi;")
	s := scope{own: fsm.OwnInstance, from: "0"}
	for _, c := range r.Claims {
		x.condition("p"+c.Name, s, c.Property.P)
		if c.Property.Kind == fsm.LeadsTo {
			x.condition("q"+c.Name, s, c.Property.Q)
		}
	}
	w.line("moved = 0; op = 0; phase = 0; group = 0;%s", x.clear())
}

// condition keeps whether something holds in the joint state.
func (x *exporter) condition(name string, s scope, e *fsm.Expr) {
	v := x.expr(s, e)
	x.w.line("%s = up && %s;", name, both(orTrue(v.ok), v.val))
}

// formulas writes the properties.
func (x *exporter) formulas(r *Runs) {
	w := x.w
	w.line("")
	for _, c := range r.Claims {
		p, q := "p"+c.Name, "q"+c.Name
		w.line("/* %s */", comment(c.Property.Text))
		if x.opts.Spelled {
			goal := map[fsm.PropertyKind]string{fsm.Eventually: "<>" + p, fsm.LeadsTo: fmt.Sprintf("[](%s -> <>%s)", p, q),
				fsm.InfinitelyOften: "[]<>" + p}[c.Property.Kind]
			w.line("ltl %s { %s -> (%s) }", c.Name, x.spelled(), goal)
			continue
		}
		bad := map[fsm.PropertyKind]string{fsm.Eventually: "[] !" + p, fsm.LeadsTo: fmt.Sprintf("(!counted U (%s && [] !%s))", p, q),
			fsm.InfinitelyOften: fmt.Sprintf("(!counted U ([] !%s))", p)}[c.Property.Kind]
		w.line("ltl %s { !(%s && []<> round) }", c.Name, bad)
	}
}

// spelled is what fairness means, as a formula.
func (x *exporter) spelled() string {
	all := []string{"<> up"}
	for i := range x.live.total {
		if i < x.live.weak {
			all = append(all, fmt.Sprintf("[]<> w%d", i))
		} else {
			all = append(all, fmt.Sprintf("([]<> e%d -> []<> t%d)", i, i))
		}
	}
	return "(" + strings.Join(all, " && ") + ")"
}

// headOfRuns writes how to read the text, and declares what it uses.
func (x *exporter) headOfRuns(w *writer, r *Runs) error {
	w.line("%s", guideToRuns)
	for i := range x.live.total {
		w.line(" * %4d  %s", i, x.live.describe(i))
	}
	w.line(" */")
	if err := x.p.declare(w, x.max); err != nil {
		return err
	}
	n := max(1, x.live.total)
	w.line("bit counted, known, again, round, dead, moved; byte turn, probed; %s only;", narrow(x.max.last))
	w.line("bit en[%d], took[%d], made[%d], gone[%d], sent[%d];", n, n, n, n, n)
	w.line("hidden byte x_unsure, x_new[%d], x_sent[%d];", n, n)
	widest := 1
	for l := range x.sys.Links {
		if x.live.lossy(l) {
			widest = max(widest, x.linkSize(l))
		}
	}
	vector, err := width(x.max.lo, x.max.hi)
	w.line("%s keep[%d];", vector, widest)
	w.line("#define ready (up && !dead && (!counted || known))")
	for _, c := range r.Claims {
		w.line("bit p%s, q%s;", c.Name, c.Name)
	}
	for i := range x.live.total {
		w.line("#define w%d (took[%d] || (known && !en[%d]))", i, i, i)
		w.line("#define e%d (en[%d] || made[%d])", i, i, i)
		w.line("#define t%d (took[%d])", i, i)
	}
	return err
}
