package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"interlock/fsm"
)

// stories writes the traces: of what is not as expected, of what Show names, and with Verbose all.
func (p *printer) stories() {
	for i := 0; i < len(p.report.Verdicts); i++ {
		v := &p.report.Verdicts[i]
		if v.Trace == nil && v.Result == Holds && slices.Contains(p.o.Show, v.Property.Name) {
			p.line()
			p.tell(dim, "nothing to show of "+Title(v.Property)+": no run breaks it")
		}
		if v.Trace == nil || v.Met && !p.shows(v.Property.Name) {
			continue
		}
		p.story(v)
		i += p.likewise(i)
	}
	for i := range p.report.Scenarios {
		if s := &p.report.Scenarios[i]; !s.Met || p.shows(s.Scenario.Name) {
			p.stuck(s)
		}
	}
	if c := &p.report.Coverage; c.CutTrace != nil && p.o.Verbose {
		p.heading("cut by assume", "in "+steps(len(c.CutTrace.Steps)), fsm.Span{})
		p.trace(c.CutTrace, nil)
	}
}

// story writes the trace of a verdict, and those to the other places.
func (p *printer) story(v *Verdict) {
	p.heading(Title(v.Property), ending(v), v.Property.Span)
	if v.Property.Doc != "" {
		p.tell(plain, oneLine(v.Property.Doc))
	}
	if v.Reason != "" {
		p.tell(plain, v.Reason)
	}
	p.trace(v.Trace, v)
	p.more(v)
}

// likewise names those that "for" made of the property of verdict i and that fail like it, instead of their traces; it
// returns how many.
func (p *printer) likewise(i int) int {
	if p.report.Verdicts[i].Met {
		return 0
	}
	var names []string
	for k := i + 1; k < i+p.alike(i) && !p.shows(p.report.Verdicts[k].Property.Name); k++ {
		v := &p.report.Verdicts[k]
		names = append(names, v.Property.Name+" in "+steps(len(v.Trace.Steps)))
	}
	if len(names) > 0 {
		p.tell(plain, "Likewise "+strings.Join(names, ", ")+"; -v shows how.")
	}
	return len(names)
}

func (p *printer) shows(name string) bool { return p.o.Verbose || slices.Contains(p.o.Show, name) }

// ending says what kind of run a trace is.
func ending(v *Verdict) string {
	n, tr := len(v.Trace.Steps), v.Trace
	switch {
	case tr.Loop >= 0 && tr.Loop < n:
		return fmt.Sprintf("a fair run of %s, the last %d of them again and again", steps(n), n-tr.Loop)
	case tr.Loop >= 0:
		return "a fair run of " + steps(n) + ", after which nothing need happen"
	case v.Result == Holds:
		return "a shortest run to it, " + steps(n)
	case v.Property.Kind == fsm.BuiltIn && n == 0:
		return "found at the start"
	case v.Property.Kind == fsm.BuiltIn:
		return "found in " + steps(n)
	case n == 0:
		return "violated at the start"
	}
	return "violated in " + steps(n)
}

func (p *printer) heading(title, ending string, span fsm.Span) {
	p.line()
	for k, part := range wrap(title, p.o.Width) {
		if k > 0 {
			part = "  " + part
		}
		p.line(p.in(bold, part))
	}
	if at := "   " + span.String(); !span.IsZero() && columns(ending+at) <= p.o.Width-4 {
		p.line("  ", p.in(plain, ending), p.in(dim, at))
		return
	}
	p.tell(plain, ending)
	if !span.IsZero() {
		p.tell(dim, span.String())
	}
}

// trace tells the story of a trace, and how it ends; v is the verdict that it belongs to, if any.
func (p *printer) trace(tr *fsm.Trace, v *Verdict) {
	s := newStory(p.report.System, tr)
	if !s.empty() {
		p.steps(s, v)
	}
	p.line()
	p.last(s, tr, v)
}

// empty reports whether there is nothing to tell but the state that the run begins in.
func (s *story) empty() bool {
	first := &s.moments[0]
	return len(s.moments) == 1 && len(first.sent)+len(first.effects)+len(first.changes) == 0
}

// steps tells what happened, as a chart or as a table.
func (p *printer) steps(s *story, v *Verdict) {
	var mentioned []int
	if v != nil {
		mentioned = mentions(v.Property)
	}
	width := p.o.Width - 2
	p.line()
	var lines []string
	all := false
	if p.o.Trace != TableStyle {
		lines, all = s.chartOf(width, mentioned)
		p.block(lines)
	}
	tabled := p.o.Trace != ChartStyle || !all
	if when := s.conditions(width); !tabled && len(when) > 0 {
		p.line()
		p.block(when)
	}
	if tabled {
		if len(lines) > 0 {
			p.line()
		}
		p.block(s.table(width))
	}
}

// block writes lines; of very many the middle is left out, unless every detail is wanted.
func (p *printer) block(lines []string) {
	if left := len(lines) - headLines - tailLines; left > 0 && !p.o.Verbose {
		p.block(lines[:headLines])
		p.line("  ", p.in(dim, fmt.Sprintf("… %s left out; -v shows them", count(left, "line"))))
		p.block(lines[len(lines)-tailLines:])
		return
	}
	for _, l := range lines {
		p.line("  ", p.in(plain, l))
	}
}

// How many lines of a long trace are shown: how it begins, and how it comes to its end.
const (
	headLines = 60
	tailLines = 180
)

// last tells how a run ends: the violation, or the joint state, with the values that the property asks for.
func (p *printer) last(s *story, tr *fsm.Trace, v *Verdict) {
	if tr.Fails != nil {
		p.tell(red, "✗ "+detail(tr.Fails)+behind(tr.Fails.Span))
		p.overlap(tr.Fails)
		if a := s.answersOf(tr.Fails); a != nil {
			p.tell(plain, "  "+a.String())
		}
		if tr.Fails.Builtin == fsm.Unexpected && strings.HasPrefix(tr.Fails.Detail, "the timer ") { // messages are told by their names alone
			p.tell(dim, "  Stop it on the way out (exit { stop … }), or answer it there: with on, or ignore.")
			return
		}
		p.tell(dim, wayOut(tr.Fails.Builtin))
		return
	}
	name := "at the end: "
	switch {
	case tr.Loop >= 0:
		name = "in the last state: "
	case len(tr.Steps) == 0:
		name = "at the start: "
	}
	parts := []string{s.states(s.end)}
	if mail := s.onTheWay(s.end); mail != "" {
		parts = append(parts, mail)
	}
	c, text := plain, name+strings.Join(parts, "; ")
	if v != nil && tr.Loop < 0 && (!v.Met || v.Result == Violated) {
		c, text = red, "✗ "+text
	}
	p.tell(c, text)
	if v != nil {
		p.facts(s, v.Property)
		p.why(s, v)
		for _, n := range v.Notes {
			p.tell(dim, "  "+n)
		}
	}
}

// why explains what is wrong with the end of a run, where the joint state alone does not.
func (p *printer) why(s *story, v *Verdict) {
	pr := v.Property
	switch {
	case v.Result != Violated:
	case pr.Kind == fsm.BuiltIn && pr.Builtin == fsm.Deadlock:
		p.tell(red, "  stuck: faults aside, no step is left, and not final: "+s.unfinished(s.end))
		p.waiting(s)
		p.tell(dim, wayOut(fsm.Deadlock))
	case v.Trace.Loop == len(v.Trace.Steps):
		p.tell(dim, "  If a step that is missing is sure to be taken, say so: fair, of a link, a timer, an internal or a joint.")
		if i := slices.Index(s.end.States, fsm.Down); i >= 0 {
			p.tell(dim, "  No restart is sure: if it may stay away, say so in the property, as in Q || "+s.instance(i)+" in Down.")
		}
	}
}

func when(n int) string {
	if n == 0 {
		return "at the start"
	}
	return "after step " + strconv.Itoa(n)
}

// begins is the number of the first moment after which p holds and q holds in none of the moments from then on (a nil q: in
// whatever).
func (s *story) begins(p, q *fsm.Expr) int {
	holds := func(e *fsm.Expr, j *fsm.Joint) bool {
		v, err := fsm.Eval(s.sys, j, e)
		return err == nil && v != 0
	}
	begun := -1
	for i := range s.moments {
		m := &s.moments[i]
		switch {
		case m.after == nil:
		case q != nil && holds(q, m.after):
			begun = -1
		case begun < 0 && holds(p, m.after):
			begun = m.number
		}
	}
	return max(begun, 0)
}

// detail is what a violation says; of an overlap the two transitions are shown by themselves.
func detail(v *fsm.Violation) string {
	if v.Builtin == fsm.Overlap && len(v.Transitions) > 0 {
		return "two transitions are enabled at once"
	}
	return v.Detail
}

// overlap shows where the two transitions stand that were enabled at once.
func (p *printer) overlap(v *fsm.Violation) {
	if v.Instance < 0 {
		return
	}
	for _, t := range v.Transitions {
		tr := p.report.System.MachineOf(v.Instance).Transitions[t]
		p.tell(plain, "  "+oneLine(tr.Text)+behind(tr.Span))
	}
}

// wayOut is what may be done about a built-in check that is violated.
func wayOut(b fsm.Builtin) string {
	switch b {
	case fsm.Unexpected:
		return "  Answer it there: with on, ignore, or defer."
	case fsm.Overflow:
		return "  Give the link more capacity, or say what happens when it is full: may lose, or full blocks."
	case fsm.Overlap:
		return "  Make the guards exclude each other."
	case fsm.Deadlock:
		return "  If a machine may rest there, make its state final."
	case fsm.Range:
		return "  Guard the step, or widen the type."
	}
	return "  Some answer in the chain must end it: a guard, or a link that is not atomic."
}

// unfinished tells the states of the instances that are neither final nor down.
func (s *story) unfinished(j *fsm.Joint) string {
	return s.statesOf(j, func(i int) bool {
		return j.States[i] != fsm.Down && !s.sys.MachineOf(i).States[j.States[i]].Final
	})
}

// tell writes a sentence, wrapped; what it is indented by, every line is.
func (p *printer) tell(c ink, text string) {
	text = escape(text)
	words := strings.TrimLeft(text, " ")
	indent := text[:len(text)-len(words)]
	for k, part := range wrap(words, p.o.Width-4-len(indent)) {
		if k > 0 {
			part = "  " + part
		}
		p.line("  ", indent, p.in(c, part))
	}
}

// behind is a place to stand behind a sentence; nothing if there is none.
func behind(s fsm.Span) string {
	if s.IsZero() {
		return ""
	}
	return "   " + s.String()
}

// more tells the other places in which a built-in check is violated.
func (p *printer) more(v *Verdict) {
	for _, tr := range v.More {
		if p.o.Verbose {
			p.line()
			p.line("  ", p.in(bold, "also in "+steps(len(tr.Steps))))
			p.trace(tr, v)
		} else if tr.Fails != nil {
			p.tell(red, "✗ also, in "+steps(len(tr.Steps))+": "+detail(tr.Fails)+behind(tr.Fails.Span))
		}
	}
	if v.Hidden > 0 {
		p.tell(plain, fmt.Sprintf("and in %d more places", v.Hidden))
	}
}

// stuck tells how far a scenario goes.
func (p *printer) stuck(s *ScenarioResult) {
	if s.Trace == nil && s.Result != Violated {
		return
	}
	sc := s.Scenario
	ending := "executed in full"
	if s.Result == Violated && s.Done < len(sc.Steps) {
		ending = "stuck before " + oneLine(sc.Steps[s.Done].Text)
	} else if s.Result == Violated {
		ending = "executed, but it does not reach what it must"
	}
	p.heading("scenario "+sc.Name, ending, sc.Span)
	if s.Trace != nil {
		p.trace(s.Trace, nil)
	}
	if len(s.Enabled) > 0 {
		p.tell(plain, "possible then: "+strings.Join(s.Enabled, "; "))
	}
}

// mentions are the instances that a property speaks of, ascending.
func mentions(pr *fsm.Property) []int {
	var list []int
	for _, e := range atoms(pr) {
		switch e.Op {
		case fsm.OpIn, fsm.OpInstanceVar, fsm.OpArmed:
			list = append(list, e.Instance)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// atoms are the expressions within a property that read the joint state, in the order of the text.
func atoms(pr *fsm.Property) []*fsm.Expr {
	var list []*fsm.Expr
	var walk func(e *fsm.Expr)
	walk = func(e *fsm.Expr) {
		if e == nil {
			return
		}
		if e.Op <= fsm.OpIn && e.Op != fsm.OpConst {
			list = append(list, e)
		}
		for _, a := range e.Args {
			walk(a)
		}
	}
	walk(pr.P)
	walk(pr.Q)
	return list
}
