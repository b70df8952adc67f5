package check

import (
	"io"
	"strconv"

	"interlock/fsm"
)

// WriteVerdict writes one verdict of a report for people, with the story of its trace, and nothing else: what a tool shows that
// keeps verdicts apart. The error is the writer's.
func WriteVerdict(w io.Writer, r *Report, v *Verdict, o TextOptions) error {
	p := &printer{report: r, o: o.within()}
	p.verdict(v, 1)
	if v.Trace != nil && v.Result != Unknown {
		p.story(v)
	}
	return p.flush(w)
}

// WriteScenario does for a scenario what [WriteVerdict] does for a property.
func WriteScenario(w io.Writer, r *Report, s *ScenarioResult, o TextOptions) error {
	p := &printer{report: r, o: o.within()}
	p.scenario(s)
	if s.Trace != nil && s.Result != Unknown {
		p.stuck(s)
	}
	return p.flush(w)
}

// Told is one step of a trace in words, and where the spec says so.
type Told struct {
	Text string // "2 deliver proxy -> leader Register"
	Span fsm.Span
}

// Tell tells a trace in a line a step, for a tool that walks through it. The span of a step that is not in the text of the
// spec, such as the loss of a message, is that of the system.
func Tell(sys *fsm.System, tr *fsm.Trace) []Told {
	s := newStory(sys, tr)
	var list []Told
	for i := range s.moments[1:] {
		m := &s.moments[i+1]
		t := Told{Text: strconv.Itoa(m.number) + " " + m.choice.Format(sys, m.before), Span: sys.Span}
		if m.choice.Kind == fsm.TakeJoint {
			t.Span = sys.Joints[m.choice.Joint].Span
		}
		for _, a := range m.acts {
			if span := s.place(m, a); !span.IsZero() {
				t.Span = span
				break
			}
		}
		if m.after == nil && tr.Fails != nil && !tr.Fails.Span.IsZero() {
			t.Span = tr.Fails.Span
		}
		list = append(list, t)
	}
	return list
}
