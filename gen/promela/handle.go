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
	overlapped = -3 // two are enabled
	valueless  = -4 // a guard has no value
)

// What x_kind says of the event at hand: what it means that nothing answers it.
const (
	asked     = iota // an input or internal step: it is not possible
	fired            // a timer: unexpected
	delivered        // from a link: unexpected; a deferred one is not delivered
	handed           // over an atomic link: unexpected, deferred or not
)

// meeting is an event that an instance may have to handle.
type meeting struct{ instance, event int }

// handling is what an event meets: x_inst, x_ev, x_a and x_from say which. First who answers, then the bodies.
func (x *exporter) handling(g *group) {
	w := x.w
	w.line("handle_%s:", x.here)
	w.line("x_t = %d;", unanswered)
	w.line("if")
	for _, m := range g.meetings {
		w.line(":: x_inst == %d && x_ev == %d -> /* %s.%s */", m.instance, m.event, x.sys.Instances[m.instance].Name,
			x.sys.MachineOf(m.instance).Events[m.event].Name)
		x.answering(m)
		w.line("skip")
	}
	w.line(":: else")
	w.line("fi;")
	w.when(fmt.Sprintf("x_t == %d", overlapped), func() { x.violate(fsm.Overlap) })
	w.when(fmt.Sprintf("x_t == %d", valueless), func() { x.violate(fsm.Range) })
	if g.overtakes {
		w.when("x_overtake", func() { w.line("goto asked_%s", x.here) })
	}
	w.line("if")
	w.line(":: x_t == %d && x_kind == %d -> goto blocked_%s", unanswered, asked, x.here)
	w.line(":: x_t == %d && x_kind == %d -> goto blocked_%s", deferred, delivered, x.here)
	w.line(":: (x_t == %d && x_kind != %d) || (x_t == %d && x_kind != %d) ->", unanswered, asked, deferred, delivered)
	x.violate(fsm.Unexpected)
	w.line(":: else")
	w.line("fi;")
	w.line("if")
	for _, m := range g.meetings {
		x.taking(m)
	}
	w.line(":: else")
	w.line("fi;")
	w.line("goto settle_%s;", x.here)
}

// of is the scope of an instance that handles the event at hand.
func (x *exporter) of(instance int) scope {
	return scope{own: instance, params: func(i int) string { return fmt.Sprintf("x_a[%d]", i) }, from: "x_from"}
}

// longest is how many bytes an expression may have that decides over all states of a machine at once. Statements are dear:
// SPIN takes some 2000 in one d_step.
const longest = 4000

// answering finds the transition of an instance for an event.
func (x *exporter) answering(met meeting) {
	w, m := x.w, x.sys.MachineOf(met.instance)
	guards, text := 0, "0"
	for s := len(m.States) - 1; s >= 0; s-- {
		levels := m.States[s].On[met.event]
		guards += levelAsks(m, levels)
		if guards == 0 && len(text) <= longest {
			if rule := x.rule(x.of(met.instance), m, levels, 0, unanswered); rule != "0" {
				text = fmt.Sprintf("(%s == %d -> %s : %s)", x.state(met.instance), s, rule, text)
			}
		}
	}
	if guards == 0 && len(text) <= longest {
		w.line("x_t = %s;", text)
		return
	}
	w.line("if")
	for s, state := range m.States {
		if len(state.On[met.event]) > 0 {
			w.line(":: %s == %d -> /* %s */", x.state(met.instance), s, state.Name)
			x.levels(x.of(met.instance), m, state.On[met.event])
		}
	}
	w.line(":: else")
	w.line("fi;")
}

// levelAsks counts the extern guards of levels.
func levelAsks(m *fsm.Machine, levels []fsm.Level) int {
	n := 0
	for _, level := range levels {
		for _, t := range level {
			n += externs(m.Transitions[t].Guard)
		}
	}
	return n
}

// levels sets x_t to what answers, once every extern guard has been asked.
func (x *exporter) levels(s scope, m *fsm.Machine, levels []fsm.Level) {
	x.temps = 0
	for _, level := range levels {
		for _, t := range level {
			x.ask(s, m.Transitions[t].Guard)
		}
	}
	x.w.line("x_t = %s;", x.rule(s, m, levels, 0, unanswered))
}

// rule is the number of what answers, as an expression: the enabled transition of the first level that has one. The
// first at transitions of the first level have been looked at, and found, if any, was enabled.
func (x *exporter) rule(s scope, m *fsm.Machine, levels []fsm.Level, at, found int) string {
	if len(levels) == 0 {
		return fmt.Sprint(unanswered)
	}
	if at == len(levels[0]) {
		if found != unanswered {
			return number(int64(found))
		}
		return x.rule(s, m, levels[1:], 0, unanswered)
	}
	t := levels[0][at]
	tr, yes := m.Transitions[t], fmt.Sprintf("(%d)", overlapped)
	if found == unanswered {
		yes = x.rule(s, m, levels, at+1, answerNumber(m, t))
	}
	if tr.Guard == nil {
		return yes
	}
	guard := x.expr(s, tr.Guard)
	text := fmt.Sprintf("(%s -> %s : %s)", guard.val, yes, x.rule(s, m, levels, at+1, found))
	if guard.ok != "" {
		text = fmt.Sprintf("(%s -> %s : (%d))", guard.ok, text, valueless)
	}
	return text
}

// answerNumber is what x_t is where a transition answers.
func answerNumber(m *fsm.Machine, t int) int {
	switch m.Transitions[t].Answer {
	case fsm.Defer:
		return deferred
	case fsm.Ignore:
		return ignored
	}
	return t + 1
}

// taking runs the bodies of the transitions that answer an event. A body without statements is one assignment.
func (x *exporter) taking(met meeting) {
	w, m := x.w, x.sys.MachineOf(met.instance)
	for t, tr := range m.Transitions {
		if tr.Answer != fsm.Take || tr.Event != met.event || len(tr.Body) == 0 && tr.Target == fsm.Stay {
			continue
		}
		w.line(":: x_inst == %d && x_t == %d -> /* %s, in %s */", met.instance, t+1, comment(tr.Text), m.States[tr.State].Name)
		x.take(x.of(met.instance), tr)
		w.line("skip")
	}
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
