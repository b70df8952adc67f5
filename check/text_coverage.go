package check

import (
	"cmp"
	"slices"
	"strings"

	"interlock/fsm"
)

// inTextOrder sorts written transitions as they stand in the spec: machine by machine, and joint transitions behind them.
func inTextOrder(list []Taken) []Taken {
	machines := map[*fsm.Machine]int{} // by the order of the list; never ranged over
	for _, t := range list {
		if _, seen := machines[t.Machine]; !seen {
			machines[t.Machine] = len(machines)
		}
	}
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b Taken) int {
		return cmp.Or(machines[a.Machine]-machines[b.Machine], strings.Compare(a.Span.File, b.Span.File), a.Span.Line-b.Span.Line, a.Span.Col-b.Span.Col)
	})
	return sorted
}

// counts tells how often every written transition was taken, machine by machine, with its place.
func (p *printer) counts(c *Coverage) {
	p.line()
	title := "how often the steps of this search took each transition"
	if p.report.Simulation != nil {
		title = "how often each transition could be taken along the walks"
	} else if !p.report.Complete {
		title += ", as far as it went"
	}
	p.line(p.in(bold, title))
	if c.Taken == nil {
		p.tell(yellow, "not counted: this search does not")
		return
	}
	list := inTextOrder(c.Taken)
	number, text, place := 0, 0, 0
	for _, t := range list {
		number, place = max(number, columns(grouped(int(t.Count)))), max(place, columns(short(t.Span)))
		text = max(text, columns(escape(oneLine(t.Text))))
	}
	text = min(text, max(p.o.Width-number-place-len("deferred")-10, 20))
	for i, t := range list {
		if i == 0 || t.Machine != list[i-1].Machine {
			p.line("  ", p.in(plain, ownerOf(t)))
		}
		p.counted(t, number, text, place)
	}
	for _, u := range c.NeverEntered {
		st := u.Machine.States[u.State]
		p.tell(yellow, "never entered: "+u.Machine.Name+"."+st.Name+behind(st.Span))
	}
}

func ownerOf(t Taken) string {
	if t.Machine == nil {
		return "joint transitions"
	}
	return t.Machine.Name
}

// counted writes the line of one transition: number, text, place, and a mark where it was never taken.
func (p *printer) counted(t Taken, number, room, place int) {
	c, mark := plain, ""
	switch {
	case t.Count == 0 && t.Deferred:
		mark = "deferred" // that is no step
	case t.Count == 0:
		c, mark = yellow, "never"
	}
	n := grouped(int(t.Count))
	for k, part := range wrap(escape(oneLine(t.Text)), room) {
		if k > 0 {
			p.line("    ", strings.Repeat(" ", number+4), p.in(c, part))
			continue
		}
		p.line("    ", strings.Repeat(" ", number-columns(n)), p.in(c, n), "  ", p.in(c, pad(part, room)), "  ",
			p.in(dim, pad(short(t.Span), place)), "  ", p.in(c, mark))
	}
}
