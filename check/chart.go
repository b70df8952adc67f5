package check

import (
	"slices"
	"strconv"
	"strings"

	"interlock/fsm"
)

// chart is a message sequence chart in text: a lifeline an instance with its states on it, time going down, a message as
// an arrow. A message that arrives in the step after the one that sent it is one arrow; any other is told twice, where it
// leaves and where it arrives, each with the number of the other step.
type chart struct {
	story  *story
	lines  []int // the instances that have a lifeline
	at     []int // by instance: its lifeline, or -1
	terse  bool  // "▷5" instead of "┄▷ step 5"
	rows   []chartRow
	down   []bool // by lifeline, while rows are made
	gutter int    // columns of the numbers of the steps
	x      []int  // columns of the lifelines
	end    int    // the first column to the right of all lifelines and what is drawn beside the last one
}

// chartRow is one line of a chart.
type chartRow struct {
	number string
	labels []string // by lifeline: what stands on it instead of the line: a name or a state
	down   []bool   // by lifeline: it is crashed
	marks  []chartMark
	notes  []string // beside it: where the spec says so, effects, what changed
	text   string   // a line of text instead of all that
}

// chartMark is something drawn beside or between lifelines.
type chartMark struct {
	kind     markKind
	from, to int // lifelines; of one beside a lifeline, to says on which side
	text     string
}

type markKind uint8

const (
	enter  markKind = iota // "Accept ─▶" into from, always at its left
	arrow                  // a message from from to to
	handed                 // the same within one step
	leaves                 // "├─ Register ┄▷ step 5", from from towards to
	comes                  // "step 1 ┄▷ Register ─▶", into from, out of the direction of to
	loose                  // a message in the link, near from
	joined                 // a joint transition: a line through all of from..to
)

// newChart lays a story out on lifelines for the given instances.
func newChart(s *story, instances []int, terse bool) *chart {
	c := &chart{story: s, lines: instances, terse: terse, at: make([]int, len(s.sys.Instances)), down: make([]bool, len(instances))}
	for i := range c.at {
		c.at[i] = slices.Index(instances, i)
	}
	c.rows = append(c.rows, c.row())
	for k, i := range instances {
		c.rows[0].labels[k] = s.instance(i)
	}
	for i := range s.moments {
		if i > 0 && s.loop == i-1 {
			c.rows = append(c.rows, chartRow{text: "┄┄ from here on, for ever:"})
		}
		c.moment(&s.moments[i])
	}
	if n := len(s.moments) - 1; s.loop >= 0 && s.loop < n {
		c.rows = append(c.rows, chartRow{text: "┄┄ and again from step " + strconv.Itoa(s.loop+1)})
	} else if s.loop == n {
		c.rows = append(c.rows, chartRow{text: "┄┄ and nothing more need happen: no step left is fair"})
	}
	c.place()
	return c
}

// row is an empty line of the chart.
func (c *chart) row() chartRow {
	return chartRow{labels: make([]string, len(c.lines)), down: slices.Clone(c.down)}
}

// moment draws one moment: what it begins with, then what was handed over and sent, in order. What changed stands beside.
func (c *chart) moment(m *moment) {
	begin := len(c.rows)
	acts := m.acts
	if m.choice == nil {
		c.start(m)
	} else {
		acts = c.first(m)
	}
	for _, l := range m.sent {
		if c.story.sys.Links[l.link].Kind != fsm.Atomic {
			c.leave(l)
		} else if len(acts) > 0 {
			c.hand(m, acts[0])
			acts = acts[1:]
		}
	}
	c.tell(m, begin)
}

// start shows the states that the trace begins in.
func (c *chart) start(m *moment) {
	r := c.row()
	if m.after == nil || len(m.after.States) == 0 {
		r.text = "(start)"
	} else {
		for k, i := range c.lines {
			r.labels[k] = c.label(i, m.after.States[i])
		}
	}
	c.rows = append(c.rows, r)
}

// first draws what a step begins with and returns the acts that remain: those handed over.
func (c *chart) first(m *moment) []act {
	r := c.row()
	r.number = strconv.Itoa(m.number)
	if m.choice.Kind == fsm.TakeJoint {
		r.notes = []string{short(c.story.sys.Joints[m.choice.Joint].Span)}
	}
	rest := len(m.acts)
	for k, a := range m.acts {
		if a.by != nil {
			rest = k
			break
		}
		c.land(&r, m, a)
	}
	switch m.choice.Kind {
	case fsm.TakeJoint:
		c.joint(&r, m, m.acts[:rest])
	case fsm.Deliver:
		c.deliver(&r, m)
	case fsm.LoseMessage, fsm.DuplicateMessage:
		c.fault(&r, m)
	default:
		if at := c.at[m.who]; at >= 0 {
			r.marks = append(r.marks, chartMark{kind: enter, from: at, to: at, text: c.story.event(m)})
		}
	}
	if m.after == nil && m.who >= 0 && c.at[m.who] >= 0 {
		r.labels[c.at[m.who]] = "✗"
	}
	c.rows = append(c.rows, r)
	return m.acts[rest:]
}

// land puts the state that an act leads to on its lifeline, and the place of the act beside the first one.
func (c *chart) land(r *chartRow, m *moment, a act) {
	at := c.at[a.instance]
	if at < 0 {
		return
	}
	if t := a.transition; a.from != a.to || t != nil && t.Answer == fsm.Take && t.Target != fsm.Stay {
		r.labels[at] = c.label(a.instance, a.to)
	}
	c.down[at] = a.to == fsm.Down
	r.down[at] = c.down[at]
	if at := short(c.story.place(m, a)); at != "" && len(r.notes) == 0 {
		r.notes = []string{at}
	}
	if t := a.transition; t != nil && t.Answer == fsm.Ignore {
		r.notes = append(r.notes, "ignored")
	}
}

func (c *chart) label(instance, state int) string { return "[" + c.story.state(instance, state) + "]" }

// joint draws a joint transition: its name, and a line through the machines that take part.
func (c *chart) joint(r *chartRow, m *moment, acts []act) {
	lo, hi := -1, -1
	for _, part := range c.story.sys.Joints[m.choice.Joint].Parts {
		if at := c.at[part.Instance]; at >= 0 {
			if lo < 0 || at < lo {
				lo = at
			}
			hi = max(hi, at)
		}
	}
	if lo < 0 {
		r.notes = append(r.notes, m.label)
		return
	}
	for _, a := range acts {
		if at := c.at[a.instance]; at >= 0 && r.labels[at] == "" {
			r.labels[at] = c.label(a.instance, a.to)
		}
	}
	r.marks = append(r.marks, chartMark{kind: enter, from: lo, to: lo, text: m.label}, chartMark{kind: joined, from: lo, to: hi})
	if m.after == nil {
		r.labels[lo] = "✗"
	}
}

// deliver draws a message that arrives.
func (c *chart) deliver(r *chartRow, m *moment) {
	link := c.story.sys.Links[m.choice.Link]
	from, to := c.at[link.From], c.at[link.To]
	switch {
	case from < 0 || to < 0:
	case from == to:
		r.marks = append(r.marks, chartMark{kind: enter, from: to, to: to, text: m.label + " to itself"})
	case m.arrival.direct():
		r.marks = append(r.marks, chartMark{kind: arrow, from: from, to: to, text: m.label})
	default:
		r.marks = append(r.marks, chartMark{kind: comes, from: to, to: from, text: c.origin(m, from < to)})
	}
}

// origin is the text of a message that was sent earlier than in the step before.
func (c *chart) origin(m *moment, rightwards bool) string {
	of, sign := stepNumber(m.arrival.sent)+" ", "┄"
	if c.terse {
		of, sign = strconv.Itoa(m.arrival.sent), ""
	}
	if rightwards {
		return of + sign + "▷ " + m.label
	}
	if c.terse {
		return m.label + " ◁" + of
	}
	return m.label + " ◁" + sign + " " + strings.TrimSpace(of)
}

// fault draws a message that is lost or doubled.
func (c *chart) fault(r *chartRow, m *moment) {
	link := c.story.sys.Links[m.choice.Link]
	from, to := c.at[link.From], c.at[link.To]
	if from < 0 || to < 0 {
		return
	}
	text := m.label + " ✗ lost"
	if m.choice.Kind == fsm.DuplicateMessage {
		text = m.label + " ×2"
	}
	if m.arrival.sent != m.number-1 && !c.terse {
		text += ", of " + stepNumber(m.arrival.sent)
	}
	r.marks = append(r.marks, chartMark{kind: loose, from: from, to: to, text: text})
}

// hand draws a message that is handed over within the step, and the state that it leads to.
func (c *chart) hand(m *moment, a act) {
	r := c.row()
	link := c.story.sys.Links[a.by.link]
	from, to := c.at[link.From], c.at[link.To]
	if from >= 0 && to >= 0 && from != to {
		r.marks = append(r.marks, chartMark{kind: handed, from: from, to: to, text: a.by.text})
	}
	c.land(&r, m, a)
	c.rows = append(c.rows, r)
}

// leave draws a message that is put into a link, unless its arrow follows at once.
func (c *chart) leave(l *letter) {
	link := c.story.sys.Links[l.link]
	from, to := c.at[link.From], c.at[link.To]
	if l.direct() || from < 0 || to < 0 {
		return
	}
	r := c.row()
	fate := c.fate(l)
	text := l.text + fate
	if to < from {
		text = mirror(fate) + l.text
	}
	r.marks = append(r.marks, chartMark{kind: leaves, from: from, to: to, text: text})
	c.rows = append(c.rows, r)
}

// fate tells what becomes of a letter: " ┄▷ step 5".
func (c *chart) fate(l *letter) string {
	switch {
	case l.full:
		return " ✗ lost, link full"
	case len(l.arrived) > 0 && c.terse:
		return " ▷" + numbers(l.arrived, ",")
	case len(l.arrived) > 1:
		return " ┄▷ steps " + numbers(l.arrived, ", ")
	case len(l.arrived) > 0:
		return " ┄▷ " + stepNumber(l.arrived[0])
	case c.terse:
		return " ▷"
	case l.lost > 0:
		return " ┄▷ lost in " + stepNumber(l.lost)
	case l.gone > 0:
		return " ┄▷ lost in " + stepNumber(l.gone)
	case !l.resting:
		return " ┄▷ already there"
	}
	return " ┄▷ on the way"
}

func stepNumber(n int) string {
	if n == 0 {
		return "start"
	}
	return "step " + strconv.Itoa(n)
}

func numbers(ns []int, sep string) string {
	texts := make([]string, len(ns))
	for i, n := range ns {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, sep)
}

// mirror writes a fate for a message that goes to the left.
func mirror(fate string) string {
	if rest, ok := strings.CutPrefix(fate, " ┄▷ "); ok {
		return rest + " ◁┄ "
	}
	if rest, ok := strings.CutPrefix(fate, " ▷"); ok {
		return rest + "◁ "
	}
	return strings.TrimSpace(fate) + " "
}

// tell puts effects and changes beside the rows of a moment that have no note yet, and below them where there are more.
func (c *chart) tell(m *moment, begin int) {
	var news []string
	for _, e := range m.effects {
		kind := c.story.sys.Spec.Effects[e.Effect]
		news = append(news, c.story.of(e.Instance, m)+"do "+kind.Name+fsm.FormatArgs(kind.Params, e.Args))
	}
	for _, ch := range m.changes {
		if !ch.timer { // the table tells of timers; here they would drown the rest
			news = append(news, c.story.of(ch.instance, m)+ch.String())
		}
	}
	for i := begin; i < len(c.rows) && len(news) > 0; i++ {
		if len(c.rows[i].notes) == 0 {
			c.rows[i].notes, news = news[:1], news[1:]
		}
	}
	last := &c.rows[len(c.rows)-1]
	last.notes = append(last.notes[:len(last.notes):len(last.notes)], news...)
}
