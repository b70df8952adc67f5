package check

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// hop is a step of a loop.
type hop struct{ from, to, means uint32 }

// Bounds on the search for a short lasso. The first one found will do; these are for one that is nicer to read.
const (
	maxEntries = 256     // states tried as the place where the loop begins
	maxLooks   = 4 << 20 // steps looked at
)

// violated is the verdict on a property that some fair run breaks: a run to a part that can be gone round fairly, and a loop
// in it. It is not always the shortest of all lassos, but one of the shortest that lead to the places tried.
func (l *liveness) violated() Verdict {
	n := len(l.pending)
	l.seen, l.before, l.via = make([]uint32, n), make([]uint32, n), make([]uint32, n)
	entry, loop := uint32(noState), []hop(nil)
	tried, looks := 0, 0
	for _, id := range l.queue {
		if !l.fair[id] {
			continue
		}
		if entry != noState && (l.steps[id] >= l.steps[entry]+uint32(len(loop)) || tried == maxEntries || looks > maxLooks) {
			break
		}
		tried++
		l.ban(l.bans[l.part[id]])
		round := l.loop(id, &looks)
		if entry == noState || int(l.steps[id])+len(round) < int(l.steps[entry])+len(loop) {
			entry, loop = id, round
		}
	}
	v := Verdict{Result: Violated, Trace: l.trace(entry, loop)}
	v.Notes = append(l.tellFairness(entry, loop, len(v.Trace.Steps)-len(loop)), untimed(l.s.p.sys, v.Trace)...)
	return v
}

// loop finds a short way from a state of a fair part round to it again that meets what fairness asks. No step at all: the
// run may stay there.
func (l *liveness) loop(entry uint32, looks *int) []hop {
	var walk []hop
	for at := entry; ; {
		unmet := l.unmet(entry, walk)
		if len(unmet) == 0 && at == entry {
			return l.straight(entry, walk)
		}
		walk = append(walk, l.way(at, looks, func(h hop) bool {
			if len(unmet) == 0 {
				return h.to == entry
			}
			return l.meets(h, unmet)
		})...)
		at = walk[len(walk)-1].to
	}
}

// Bounds on what is tried to make a loop shorter.
const (
	maxRounds = 1000 // steps of a loop that is looked at
	maxCuts   = 5000 // shorter loops that are tried
)

// straight makes a loop shorter where fairness lets it: the ways were found one after another, and a later one may do what an
// earlier one was for. It takes rounds out, and steps from one place of the loop straight to a later one.
func (l *liveness) straight(entry uint32, walk []hop) []hop {
	if len(walk) > maxRounds {
		return walk
	}
	for tries := 0; tries < maxCuts; {
		shorter := l.cut(entry, walk, &tries)
		if shorter == nil {
			break
		}
		walk = shorter
	}
	return walk
}

// cut finds one shorter loop that is still fair; nil if there is none.
func (l *liveness) cut(entry uint32, walk []hop, tries *int) []hop {
	fair := func(shorter []hop) bool {
		*tries++
		return len(l.unmet(entry, shorter)) == 0
	}
	for i := range walk {
		from := walk[i].from
		for j := len(walk); j > i && *tries < maxCuts; j-- {
			if walk[j-1].to != from || j-i == len(walk) {
				continue
			}
			if shorter := slices.Concat(walk[:i], walk[j:]); fair(shorter) {
				return shorter
			}
		}
		for e := l.g.first[from]; e < l.g.first[from+1]; e++ {
			h := hop{from, l.g.to[e], l.g.means[e]}
			if l.part[h.to] != l.part[from] || l.banned[h.means] {
				continue
			}
			for j := len(walk) - 1; j > i && *tries < maxCuts; j-- {
				if walk[j].to != h.to {
					continue
				}
				if shorter := slices.Concat(walk[:i], []hop{h}, walk[j+1:]); fair(shorter) {
					return shorter
				}
			}
		}
	}
	return nil
}

// unmet lists what fairness still asks of a walk that would be gone round for ever.
func (l *liveness) unmet(entry uint32, walk []hop) []uint32 {
	answered, enabled := map[uint32]bool{}, map[uint32]int{}
	visit := func(id uint32) {
		for _, o := range l.g.sets[l.g.enabled[id]] {
			enabled[o]++
		}
	}
	visit(entry)
	for _, h := range walk {
		visit(h.to)
		for _, o := range l.g.marks[h.means].answers {
			answered[o] = true
		}
		for _, o := range l.g.marks[h.means].renews {
			answered[o] = true
		}
		for _, o := range l.g.marks[h.means].makes {
			enabled[o]++
		}
	}
	var list []uint32
	for o, n := range enabled { // sorted below
		if !answered[o] && (l.g.asks[o].strong || n == len(walk)+1) {
			list = append(list, o)
		}
	}
	slices.Sort(list)
	return list
}

// meets reports whether a step does something for what is unmet.
func (l *liveness) meets(h hop, unmet []uint32) bool {
	m := &l.g.marks[h.means]
	for _, o := range unmet {
		if slices.Contains(m.answers, o) || slices.Contains(m.renews, o) {
			return true
		}
		if !l.g.asks[o].strong && !slices.Contains(l.g.sets[l.g.enabled[h.to]], o) {
			return true
		}
	}
	return false
}

// way is a shortest way within the part of a state whose last step is wanted. There is one.
func (l *liveness) way(from uint32, looks *int, wanted func(hop) bool) []hop {
	l.round++
	l.seen[from] = l.round
	l.stack = append(l.stack[:0], from)
	for i := 0; i < len(l.stack); i++ {
		id := l.stack[i]
		for e := l.g.first[id]; e < l.g.first[id+1]; e++ {
			*looks++
			h := hop{id, l.g.to[e], l.g.means[e]}
			if l.part[h.to] != l.part[from] || l.banned[h.means] {
				continue
			}
			if wanted(h) {
				return append(l.back(from, id), h)
			}
			if l.seen[h.to] != l.round {
				l.seen[h.to], l.before[h.to], l.via[h.to] = l.round, id, h.means
				l.stack = append(l.stack, h.to)
			}
		}
	}
	panic("check: a fair part is not strongly connected")
}

// back is the way to a state that was just found from where the search began.
func (l *liveness) back(from, id uint32) []hop {
	var walk []hop
	for ; id != from; id = l.before[id] {
		walk = append(walk, hop{l.before[id], id, l.via[id]})
	}
	slices.Reverse(walk)
	return walk
}

// trace is the run to the loop and once round it, confirmed by the reference.
func (l *liveness) trace(entry uint32, loop []hop) *fsm.Trace {
	var tail [][]uint64
	first := entry
	for ; l.prev[first] != noState; first = l.prev[first] {
		tail = append(tail, l.s.st.at(first))
	}
	slices.Reverse(tail)
	t := l.s.p.follow(append(l.s.path(first), tail...))
	t.trace.Loop = len(t.trace.Steps)
	for rounds := 1; ; rounds++ {
		if t.round(l, loop); t.joint.Equal(t.at(t.trace.Loop)) {
			break
		}
		t.agree(rounds < 3, "the loop does not close")
		t.trace.Loop = len(t.trace.Steps) // what variables are while they are dead may differ after the first time
	}
	err := fsm.Replay(l.s.p.sys, t.trace)
	t.agree(err == nil, "%v", err)
	return t.trace
}

// at is the joint state of the trace after so many steps.
func (t *tracer) at(steps int) *fsm.Joint {
	if steps == 0 {
		return &t.trace.Start
	}
	return t.trace.Steps[steps-1].Outcome.Joint
}

// round goes once round a loop.
func (t *tracer) round(l *liveness, loop []hop) {
	var answers []uint32
	for _, h := range loop {
		next := l.s.st.at(h.to)
		t.step(func(s step) bool {
			if !t.leadsTo(next) {
				return false
			}
			answers = l.g.answers(t.x, s, answers[:0])
			return l.g.mark(t.x, answers) == h.means
		})
	}
}

// tellFairness says for each fairness why the loop is fair: what can never be taken in it, and where the others are. The
// loop begins after the step of that number.
func (l *liveness) tellFairness(entry uint32, loop []hop, number int) []string {
	var never, notes []string
	done := map[string]bool{}
	for o := range l.g.asks {
		name := l.name(&l.g.asks[o])
		if said := l.meeting(uint32(o), entry, loop, number); said != "" {
			notes = append(notes, l.nameOf(uint32(o))+": "+said)
			done[name] = true
		}
	}
	for _, name := range append(l.declared(), l.fairLinks()...) {
		if !done[name] && !slices.Contains(never, name) {
			never = append(never, name)
		}
	}
	if len(never) > 0 {
		where := "in the loop"
		if len(loop) == 0 {
			where = "in the state where the run stays"
		}
		notes = append(notes, strings.Join(never, ", ")+": never enabled "+where)
	}
	if len(notes) == 0 {
		notes = []string{"nothing is declared fair: no step need ever be taken"}
	}
	return notes
}

// meeting says how the loop meets an obligation; nothing if it is never enabled there.
func (l *liveness) meeting(o, entry uint32, loop []hop, number int) string {
	enabled := func(id uint32) bool { return slices.Contains(l.g.sets[l.g.enabled[id]], o) }
	some, renewed, off := enabled(entry), -1, -1
	for i, h := range loop {
		m := &l.g.marks[h.means]
		switch {
		case slices.Contains(m.answers, o):
			return fmt.Sprintf("%s in step %d", l.g.asks[o].done(), number+i+1)
		case slices.Contains(m.renews, o) && renewed < 0:
			renewed = number + i + 1
		}
		if some = some || enabled(h.to) || slices.Contains(m.makes, o); !enabled(h.to) && off < 0 {
			off = number + i + 1
		}
	}
	switch {
	case !some:
		return ""
	case renewed >= 0:
		return fmt.Sprintf("started again in step %d, so it need not fire", renewed)
	}
	return fmt.Sprintf("not enabled after step %d", off)
}

// name is what declares an obligation.
func (l *liveness) name(o *obligation) string {
	if o.fair == nil {
		return fairLink(l.s.p.sys.Links[o.link])
	}
	return fairText(l.s.p.sys, o.fair)
}

// nameOf names an obligation with the message that it is about.
func (l *liveness) nameOf(n uint32) string {
	o := &l.g.asks[n]
	if o.fair == nil {
		return l.name(o) + ", " + l.s.p.sys.FormatPacket(o.packet)
	}
	return l.name(o)
}

func (l *liveness) declared() []string { return declaredFair(l.s.p.sys) }

func (l *liveness) fairLinks() []string { return fairLinks(l.s.p.sys) }

// declaredFair lists the declared fairness of a system.
func declaredFair(sys *fsm.System) []string {
	var list []string
	for i := range sys.Fair {
		list = append(list, fairText(sys, &sys.Fair[i]))
	}
	return list
}

// fairText names a fairness by what takes the step: "fair rm[1].Try" where the text says "fair rm.Try".
func fairText(sys *fsm.System, f *fsm.Fairness) string {
	text := "fair "
	if f.Strong {
		text = "strong fair "
	}
	if f.Event >= 0 {
		return text + sys.Instances[f.Instance].Name + "." + sys.MachineOf(f.Instance).Events[f.Event].Name
	}
	if f.Joint < 0 {
		return text + "some joint transition"
	}
	j := sys.Joints[f.Joint]
	return text + j.Name + fsm.FormatArgs(j.Params, j.Args)
}

// fairLinks lists the fair links of a system.
func fairLinks(sys *fsm.System) []string {
	var list []string
	for _, link := range sys.Links {
		if link.Fair {
			list = append(list, fairLink(link))
		}
	}
	return list
}

func fairLink(link *fsm.Link) string { return "fair link " + link.Name }
