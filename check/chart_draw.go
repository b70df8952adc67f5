package check

import (
	"slices"
	"strings"
)

// place finds the column of each lifeline: as near as the widest row between two of them allows.
func (c *chart) place() {
	n := len(c.lines)
	c.gutter = 1
	for _, r := range c.rows {
		c.gutter = max(c.gutter, columns(r.number))
	}
	gaps := make([]int, n+1) // gaps[k] is between the lifelines k-1 and k
	for _, r := range c.rows {
		for g := range gaps {
			gaps[g] = max(gaps[g], r.need(g, n))
		}
	}
	for _, r := range c.rows {
		for _, m := range r.marks {
			r.widen(gaps, m)
		}
	}
	c.x = make([]int, n)
	at := c.gutter
	for k := range n {
		at += gaps[k]
		c.x[k] = at
		at++
	}
	c.end = at + gaps[n]
}

// need is how many columns a row needs in the gap before lifeline g, leaving out arrows, which may span several gaps.
func (r *chartRow) need(g, n int) int {
	if r.text != "" {
		return 0
	}
	width := r.right(g-1) + r.left(g, n)
	for _, m := range r.marks {
		if at, ok := m.gap(); ok && at == g {
			width += columns(m.text) + 4
		}
	}
	return width + 1
}

// gap is the gap that a mark beside a lifeline stands in.
func (m chartMark) gap() (int, bool) {
	switch {
	case m.kind == enter:
		return m.from, true
	case m.kind == leaves, m.kind == comes, m.kind == loose:
		if m.to < m.from {
			return m.from, true
		}
		return m.from + 1, true
	}
	return 0, false
}

// widen makes room for an arrow, in the last gap that it crosses.
func (r *chartRow) widen(gaps []int, m chartMark) {
	if m.kind != arrow && m.kind != handed {
		return
	}
	lo, hi := min(m.from, m.to), max(m.from, m.to)
	have := hi - lo - 1
	for g := lo + 1; g <= hi; g++ {
		have += gaps[g]
	}
	if want := columns(m.text) + 6 + r.right(lo) + r.left(hi, len(r.labels)); want > have {
		gaps[hi] += want - have
	}
}

// left and right are how far the label of a lifeline reaches beyond its column.
func (r *chartRow) left(k, n int) int {
	if k >= n || r.labels[k] == "" {
		return 0
	}
	return columns(r.labels[k]) / 2
}

func (r *chartRow) right(k int) int {
	if k < 0 || r.labels[k] == "" {
		return 0
	}
	return columns(r.labels[k]) - 1 - columns(r.labels[k])/2
}

// lineOf draws a row up to the right end of the chart.
func (c *chart) lineOf(r *chartRow) string {
	if r.text != "" {
		return r.text
	}
	line := []rune(strings.Repeat(" ", c.end))
	putText(line, c.gutter-columns(r.number), r.number)
	header := r == &c.rows[0]
	for k, x := range c.x {
		if r.down[k] {
			line[x] = '┊'
		} else if !header {
			line[x] = '│'
		}
	}
	for _, m := range r.marks {
		if m.kind == joined {
			fillLine(line, c.x[m.from], c.x[m.to], '═')
		}
	}
	for _, m := range r.marks {
		c.draw(line, r, m)
	}
	for k, l := range r.labels {
		putText(line, c.x[k]-columns(l)/2, l)
	}
	return strings.TrimRight(string(line), " ")
}

// draw draws one mark. Labels are put over it afterwards.
func (c *chart) draw(line []rune, r *chartRow, m chartMark) {
	x := c.x[m.from]
	lo, hi := x-r.left(m.from, len(r.labels)), x+r.right(m.from) // the columns that the label or the lifeline takes
	w := columns(m.text)
	switch m.kind {
	case enter:
		putText(line, lo-w-3, m.text+" ─▶")
	case leaves:
		if m.to < m.from {
			putText(line, x-w-2, m.text+" ─┤")
		} else {
			putText(line, x, "├─ "+m.text)
		}
	case comes:
		if m.to < m.from {
			putText(line, lo-w-3, m.text+" ─▶")
		} else {
			putText(line, hi+1, "◀─ "+m.text)
		}
	case loose:
		if m.to < m.from {
			putText(line, x-w-2, m.text)
		} else {
			putText(line, x+3, m.text)
		}
	case arrow, handed:
		c.arrow(line, r, m)
	}
}

// arrow draws a message from one lifeline to another, across those between.
func (c *chart) arrow(line []rune, r *chartRow, m chartMark) {
	stroke, cross := '─', '┼'
	if m.kind == handed {
		stroke, cross = '═', '╪'
	}
	from, to := c.x[m.from], c.x[m.to]
	rightwards := from < to
	head := to - r.left(m.to, len(r.labels)) - 1
	if !rightwards {
		head = to + r.right(m.to) + 1
	}
	fillLine(line, min(from, head), max(from, head), stroke)
	for k := min(m.from, m.to) + 1; k < max(m.from, m.to); k++ {
		line[c.x[k]] = cross
	}
	junction, point := '├', '▶'
	if !rightwards {
		junction, point = '┤', '◀'
	}
	line[from], line[head] = junction, point
	text := " " + m.text + " "
	putText(line, (from+head+1-columns(text))/2, text)
}

func fillLine(line []rune, from, to int, with rune) {
	for i := max(0, from); i <= to && i < len(line); i++ {
		line[i] = with
	}
}

// putText writes text into a line; what would stand outside is left out.
func putText(line []rune, at int, text string) {
	for _, r := range text {
		if at >= 0 && at < len(line) {
			line[at] = r
		}
		at++
	}
}

// Columns of the notes beside a chart.
const (
	minNotes  = 16 // narrower than this, notes are not put beside the chart
	manyNotes = 28 // longer ones are wrapped
	noteSpace = 2
)

// wishes is how many columns the notes ask for.
func (c *chart) wishes() int {
	widest := minNotes
	for _, r := range c.rows {
		for _, note := range r.notes {
			widest = max(widest, columns(note))
		}
	}
	return noteSpace + min(widest, manyNotes)
}

// draws gives the chart line by line, with notes at its right if the width allows; all says that nothing was left out.
func (c *chart) draws(width int) (lines []string, all bool) {
	from, room := c.end+noteSpace, width-c.end-noteSpace
	all = room >= minNotes
	for i := range c.rows {
		if text := c.rows[i].text; text != "" {
			lines = append(lines, wrap(text, width)...)
			continue
		}
		line := c.lineOf(&c.rows[i])
		if !all || len(c.rows[i].notes) == 0 {
			lines = append(lines, line)
			continue
		}
		for _, note := range c.rows[i].notes {
			for k, part := range wrap(note, room) {
				if k > 0 {
					part = "  " + part
				}
				lines = append(lines, pad(line, from)+part)
				line = c.lineOf(c.below(i))
			}
		}
	}
	if c.terse {
		lines = append(lines, wrap("▷5 goes to step 5, 1▷ comes from step 1, ▷ is never delivered", width)...)
	}
	if rest := c.story.others(c.lines); rest != "" {
		lines = append(lines, wrap("not shown: "+rest, width)...)
	}
	return lines, all
}

// below is a row of lifelines only, to go on with the notes of row i.
func (c *chart) below(i int) *chartRow {
	r := c.row()
	r.down = c.rows[i].down
	return &r
}

// chartOf draws a story within a width: with every instance, or with those that take part, or, where that is too wide
// still, with short signs; best of all with the notes beside it. It returns nil if even so there is no room. all says that
// nothing was left out of it.
func (s *story) chartOf(width int, mentioned []int) (lines []string, all bool) {
	everyone := make([]int, len(s.sys.Instances))
	for i := range everyone {
		everyone[i] = i
	}
	some := s.involved(mentioned)
	if len(everyone) > maxLifelines {
		everyone = some
	}
	if len(some) > maxLifelines || len(some) == 0 {
		return nil, false
	}
	for _, notes := range []bool{true, false} {
		for _, terse := range []bool{false, true} {
			for _, instances := range [][]int{everyone, some} {
				c := newChart(s, instances, terse)
				if !notes && c.end <= width || notes && c.end+c.wishes() <= width {
					return c.draws(width)
				}
			}
		}
	}
	return nil, false
}

// maxLifelines bounds the width of a chart before it is laid out.
const maxLifelines = 24

// involved are the instances that take part in a story, or that its property mentions.
func (s *story) involved(mentioned []int) []int {
	in := make([]bool, len(s.sys.Instances))
	for _, i := range mentioned {
		in[i] = true
	}
	for i := range s.moments {
		m := &s.moments[i]
		if m.who >= 0 {
			in[m.who] = true
		}
		for _, a := range m.acts {
			in[a.instance] = true
		}
	}
	for _, l := range s.letters {
		in[s.sys.Links[l.link].From], in[s.sys.Links[l.link].To] = true, true
	}
	var list []int
	for i, yes := range in {
		if yes {
			list = append(list, i)
		}
	}
	return list
}

// others tells the states of the instances without a lifeline.
func (s *story) others(shown []int) string {
	var parts []string
	for i := range s.sys.Instances {
		if !slices.Contains(shown, i) && len(s.end.States) > i {
			parts = append(parts, s.instance(i)+" "+s.state(i, s.end.States[i]))
		}
	}
	return strings.Join(parts, ", ")
}
