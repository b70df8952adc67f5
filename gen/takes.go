package gen

import (
	"fmt"
	"strings"
)

// A step of a machine that runs bodies first looks whether the state has an answer to the event at all: one look for all events,
// where the switch over their kinds would be a jump that the processor cannot foresee. Most events that are refused end there.

// answering is whether a state has an answer to an event: a transition, whatever that asks.
func (m *machine) answering(state, event int) bool { return len(m.States[state].On[event]) > 0 }

// answered is the condition, in Go, that the state called old has an answer to the event called event. What is no event is answered,
// by the function that finds out.
func (g *generator) answered(m *machine) string {
	kind := "event.Kind"
	if len(m.events) != 256 { // or there would be no kind without an event
		kind = fmt.Sprintf("min(event.Kind, %d)", len(m.events))
	}
	if len(m.States) > 64 {
		return fmt.Sprintf("%s%s[%s][old]", m.low, suffixAnswers, kind)
	}
	return fmt.Sprintf("%s%s[%s]>>(old&63)&1 != 0", m.low, suffixAnswers, kind)
}

// machineAnswers writes what answered looks at.
func (g *generator) machineAnswers(m *machine) {
	name, typ := g.private(m.low+suffixAnswers), "uint64"
	if len(m.States) > 64 {
		typ = fmt.Sprintf("[%d]bool", len(m.States))
	}
	g.w.p("// %s says by event which states have an answer to it. The last row is for what is no event.", name)
	g.w.p("var %s = [%d]%s{", name, len(m.events)+1, typ)
	for i := range len(m.events) + 1 {
		var states []string
		for s, state := range m.states {
			switch {
			case i < len(m.events) && !m.answering(s, i):
			case len(m.States) > 64:
				states = append(states, state+": true")
			default:
				states = append(states, "1<<"+state)
			}
		}
		kind := fmt.Sprint(i)
		if i < len(m.events) {
			kind = m.events[i].kind
		}
		switch {
		case len(states) == 0:
		case len(m.States) > 64:
			g.w.p("%s: {%s},", kind, strings.Join(states, ", "))
		default:
			g.w.p("%s: %s,", kind, strings.Join(states, " | "))
		}
	}
	g.w.p("}\n")
}

// answers is the condition, in Go, that the state called old has an answer to an event; "" if all states do.
func (m *machine) answers(event int) string {
	var states []string
	mask := uint64(0)
	for s, state := range m.states {
		if m.answering(s, event) {
			states = append(states, state)
			mask |= 1 << (s & 63)
		}
	}
	switch {
	case len(states) == len(m.States):
		return ""
	case len(states) == 0:
		return "false"
	case len(states) <= 2 || len(m.States) > 64:
		return "old == " + strings.Join(states, " || old == ")
	}
	return fmt.Sprintf("uint64(%#b)>>(old&63)&1 != 0", mask)
}

// machineTakes writes what a step does: the call that takes the event of a kind where the state has an answer, and what is returned.
func (g *generator) machineTakes(m *machine, answers, call, kind string) {
	if answers == "" {
		g.w.p("old := m.state")
		g.w.p("cause := %s", call)
	} else {
		g.w.p("old, cause := m.state, fsm.CauseState")
		g.w.p("if %s {", answers)
		g.w.p("cause = %s", call)
		g.w.p("}")
	}
	g.w.p("if cause == fsm.CauseNone {")
	g.w.p("out.took(old, m.state)")
	g.w.p("} else {")
	g.w.p("err = %s%s.Refuse(int(old), int(%s), cause)", m.low, suffixRefusals, kind)
	g.w.p("}")
}
