package promela

import (
	"fmt"
	"slices"

	"interlock/fsm"
)

// group is some kinds of steps that are written as one d_step, with the events that those may have to handle. SPIN limits how long a
// d_step may be; and one that is shared by steps need not be written for each.
type group struct {
	name      string // of its labels
	number    int
	steps     []*step
	meetings  []meeting
	overtakes bool
	senders   []int
}

// roomy is how many lines the handling in one group may have, together.
const roomy = 900

// grouping puts steps together as long as there is room: what cannot be split is one group, whatever its length.
func (x *exporter) grouping() {
	weights := map[meeting]int{}
	lines := 0
	for _, s := range x.steps {
		met := x.closure(s)
		extra := 0
		var g *group
		if n := len(x.groups); n > 0 && x.groups[n-1].fault() == s.fault {
			g = x.groups[n-1]
		}
		for _, m := range met {
			if g == nil || !slices.Contains(g.meetings, m) {
				extra += x.weight(weights, m)
			}
		}
		extra += s.weight
		if g == nil || lines+extra > roomy && lines > 0 {
			g = &group{number: len(x.groups) + 1, name: fmt.Sprintf("%d_%d", x.index, len(x.groups)+1)}
			x.groups = append(x.groups, g)
			lines, extra = 0, s.weight
			for _, m := range met {
				extra += x.weight(weights, m)
			}
		}
		lines += extra
		g.steps = append(g.steps, s)
		g.senders = append(g.senders, s.senders...)
		g.overtakes = g.overtakes || s.overtakes
		for _, m := range met {
			if !slices.Contains(g.meetings, m) {
				g.meetings = append(g.meetings, m)
			}
		}
	}
}

// sends reports whether an instance may send in a step of the group.
func (g *group) sends(instance int) bool {
	return slices.Contains(g.senders, instance) ||
		slices.ContainsFunc(g.meetings, func(m meeting) bool { return m.instance == instance })
}

func (g *group) fault() bool { return g.steps[0].fault }

// weight is the number of lines that handling an event takes.
func (x *exporter) weight(known map[meeting]int, m meeting) int {
	if n, ok := known[m]; ok {
		return n
	}
	known[m] = x.lines(func() {
		x.answering(m)
		x.taking(m)
	})
	return known[m]
}

// lines is the number of lines that something writes, without writing them.
func (x *exporter) lines(write func()) int {
	real := x.w
	defer func() { x.w = real }()
	x.w = &writer{}
	write()
	return x.w.at
}

// closure is what a step may have to handle: its own event, and what may be handed over on atomic links from there on.
func (x *exporter) closure(s *step) []meeting {
	met := slices.Clone(s.meetings)
	from := slices.Clone(s.senders)
	for _, m := range met {
		from = append(from, m.instance)
	}
	seen := map[int]bool{}
	for len(from) > 0 {
		i := from[0]
		if from = from[1:]; seen[i] {
			continue
		}
		seen[i] = true
		for _, l := range x.sys.Links {
			if l.Kind == fsm.Atomic && l.From == i {
				met = append(met, x.meetings(l)...)
				from = append(from, l.To)
			}
		}
	}
	return met
}

// meetings are the events that the messages of a link are to their receiver.
func (x *exporter) meetings(l *fsm.Link) []meeting {
	var met []meeting
	for e, event := range x.sys.MachineOf(l.To).Events {
		if event.Kind == fsm.Receive && slices.Contains(l.Carries, event.Message) {
			met = append(met, meeting{l.To, e})
		}
	}
	return met
}
