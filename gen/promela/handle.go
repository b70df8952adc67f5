package promela

import (
	"fmt"
	"strings"

	"interlock/fsm"
)

// What x_t says of an answer: a transition of the instance from 1, or one of these.
const (
	unanswered = 0
	deferred   = -1
	ignored    = -2
)

// What x_kind says of the event at hand: what it means that nothing answers it.
const (
	asked     = iota // an input or internal step: it is not possible
	fired            // a timer: unexpected
	delivered        // from a link: unexpected; a deferred one is not delivered
	handed           // over an atomic link: unexpected, deferred or not
)

// handling is what an event meets: x_inst, x_ev, x_a and x_from say which. First who answers, then the bodies.
func (x *exporter) handling() {
	w := x.w
	w.line("handle_%d:", x.index)
	w.line("x_t = %d;", unanswered)
	x.byInstance(func(i int) { x.answering(i) })
	if x.overtakes() {
		w.when("x_overtake", func() { w.line("goto asked_%d", x.index) })
	}
	w.line("if")
	w.line(":: x_t == %d && x_kind == %d -> goto blocked_%d", unanswered, asked, x.index)
	w.line(":: x_t == %d && x_kind == %d -> goto blocked_%d", deferred, delivered, x.index)
	w.line(":: (x_t == %d && x_kind != %d) || (x_t == %d && x_kind != %d) ->", unanswered, asked, deferred, delivered)
	x.violate(fsm.Unexpected)
	w.line(":: else")
	w.line("fi;")
	x.byInstance(func(i int) { x.taking(i) })
	w.line("goto settle_%d;", x.index)
}

func (x *exporter) byInstance(then func(i int)) {
	w := x.w
	w.line("if")
	for i, in := range x.sys.Instances {
		w.line(":: x_inst == %d -> /* %s */", i, in.Name)
		then(i)
		w.line("skip")
	}
	w.line("fi;")
}

// of is the scope of an instance that handles the event at hand.
func (x *exporter) of(instance int) scope {
	return scope{own: instance, params: func(i int) string { return fmt.Sprintf("x_a[%d]", i) }, from: "x_from"}
}

// answering finds the transition of one instance.
func (x *exporter) answering(instance int) {
	w, m := x.w, x.sys.MachineOf(instance)
	if len(m.Events) == 0 {
		return
	}
	w.line("if")
	for e, event := range m.Events {
		w.line(":: x_ev == %d -> /* %s */", e, event.Name)
		w.line("if")
		for s, state := range m.States {
			if len(state.On[e]) == 0 {
				continue
			}
			w.line(":: %s == %d -> /* %s */", x.state(instance), s, state.Name)
			x.levels(x.of(instance), m, state.On[e])
			w.line("skip")
		}
		w.line(":: else")
		w.line("fi")
	}
	w.line(":: else")
	w.line("fi;")
}

// levels sets x_t to what answers: the enabled transition of the first level that has one.
func (x *exporter) levels(s scope, m *fsm.Machine, levels []fsm.Level) {
	for i, level := range levels {
		cond := ""
		if i > 0 {
			cond = fmt.Sprintf("x_t == %d", unanswered)
		}
		x.w.when(cond, func() {
			for j, t := range level {
				x.enabled(s, m, t, j > 0)
			}
		})
	}
}

// enabled sets x_t to a transition whose guard is true; a second one of its level is an overlap.
func (x *exporter) enabled(s scope, m *fsm.Machine, t int, second bool) {
	tr, number := m.Transitions[t], t+1
	switch tr.Answer {
	case fsm.Defer:
		number = deferred
	case fsm.Ignore:
		number = ignored
	}
	guard := ""
	if tr.Guard != nil {
		guard = x.eval(s, tr.Guard)
	}
	x.w.when(guard, func() {
		if second {
			x.w.when(fmt.Sprintf("x_t != %d", unanswered), func() { x.violate(fsm.Overlap) })
		}
		x.w.line("x_t = %d;", number)
	})
}

// taking runs the body of the transition x_t of one instance.
func (x *exporter) taking(instance int) {
	w, m := x.w, x.sys.MachineOf(instance)
	w.line("if")
	for t, tr := range m.Transitions {
		if tr.Answer != fsm.Take || tr.Event < 0 {
			continue
		}
		w.line(":: x_t == %d -> /* %s, in %s */", t+1, comment(tr.Text), m.States[tr.State].Name)
		x.take(x.of(instance), tr)
		w.line("skip")
	}
	w.line(":: else")
	w.line("fi;")
}

func (x *exporter) take(s scope, tr *fsm.Transition) {
	x.body(s, tr.Body)
	x.enter(s.own, tr.Target)
}

func (x *exporter) enter(instance, target int) {
	if target != fsm.Stay {
		x.w.line("%s = %d;", x.state(instance), target)
	}
}

// comment makes a text of the spec harmless inside a comment, and a backslash harmless at the end of a line.
func comment(s string) string {
	s = strings.NewReplacer("*/", "* /", "/*", "/ *", "\\", "|", "\n", " ", "\r", " ").Replace(s)
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}
