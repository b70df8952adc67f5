package promela

import (
	"fmt"
	"slices"

	"interlock/fsm"
)

// survey and probe are numbers of steps that are none: finding out what is enabled in a joint state, and whether a
// message that was sent would be taken.
func (x *exporter) survey() int { return x.last + 1 }
func (x *exporter) probe() int  { return x.last + 2 }

// renews notes that a timer is started.
func (x *exporter) renews(instance, timer int) {
	if x.live == nil {
		return
	}
	for _, o := range x.live.renewed(instance, timer) {
		x.w.line("x_new[%d] = 1;", o)
	}
}

// makes notes that a message is sent.
func (x *exporter) makes(link int, part func(k int) string) {
	if x.live != nil && x.live.lossy(link) {
		x.w.line("x_sent[%s] = 1;", x.live.packet(link, part))
	}
}

// asks reports whether fairness asks for steps of a group.
func (x *exporter) asks(g *group) bool { return slices.ContainsFunc(g.steps, x.wanted) }

// wanted reports whether fairness may ask for a step.
func (x *exporter) wanted(s *step) bool {
	return len(s.answers) > 0 || s.delivers && x.live.on(s.link)
}

// surveyBegins is the beginning of a step, or of a survey of a group.
func (x *exporter) surveyBegins(g *group) {
	w := x.w
	w.line("x_sweep = (op >= %d); x_overtake = 0; x_base = 0; x_given = (x_sweep -> 0 : given); x_unsure = 0;", x.survey())
	w.line("x_cur = (op == %d -> only : (op == %d -> %d : op));", x.probe(), x.survey(), g.steps[0].first)
}

// forgetMarks is before each try of a step: it has started and sent nothing yet. In a survey, what fairness never asks for
// is passed by.
func (x *exporter) forgetMarks(g *group) {
	w := x.w
	w.line("x_j = 0;")
	w.line("do")
	w.line(":: x_j < %d -> x_new[x_j] = 0; x_sent[x_j] = 0; x_j++", x.live.total)
	w.line(":: else -> break")
	w.line("od;")
	if !x.asks(g) {
		return
	}
	wanted := "0"
	for _, s := range g.steps {
		if x.wanted(s) {
			wanted += " || " + s.is("x_cur")
		}
	}
	w.when("x_sweep && !("+wanted+")", func() { w.line("x_unsure = 1; goto tried_%s", x.here) })
}

// is the condition that a number is one of the step's.
func (s *step) is(number string) string {
	return fmt.Sprintf("(%s >= %d && %s < %d)", number, s.first, number, s.first+s.count)
}

// idles is for a step that was possible. A delivery on a `keep` link that changes nothing is none.
func (x *exporter) idles(g *group) {
	w, kept := x.w, "0"
	for _, s := range g.steps {
		if s.delivers && x.sys.Links[s.link].Kind == fsm.Keep {
			kept += " || " + s.is("x_cur")
		}
	}
	if kept != "0" {
		w.when(kept, func() {
			w.line("x_same = 1; x_j = 0;")
			w.line("do")
			w.line(":: x_same && x_j < %d -> x_same = (v[x_j] == x_bak[x_j]); x_j++", x.lay.size)
			w.line(":: else -> break")
			w.line("od;")
			w.when("x_same", func() { w.line("goto blocked_%s", x.here) })
		})
	}
	x.whenSurveyed(g, "goto tried_")
}

// whenSurveyed writes a jump that is for surveys only.
func (x *exporter) whenSurveyed(g *group, jump string) {
	if x.asks(g) {
		x.w.when("x_sweep", func() { x.w.line("%s%s", jump, x.here) })
	}
}

// asksAll is for a message that stands before the one that is to be delivered: to be sure, the receiver must defer it
// whatever extern guards answer.
func (x *exporter) asksAll(g *group) {
	w := x.w
	if !x.asks(g) {
		return
	}
	w.line("if")
	w.line(":: x_sweep && x_t != %d -> x_unsure = 1; goto tried_%s", deferred, x.here)
	w.line(":: x_sweep && x_t == %d ->", deferred)
	x.odometer()
	w.line("if")
	w.line(":: x_given > 0 -> x_picks[x_base + x_given - 1]++;")
	x.byLink(g, "try")
	w.line(":: else")
	w.line("fi")
	w.line(":: else")
	w.line("fi;")
}

// surveyed goes on with the next free choices of the step that is tried. A step that was possible with all of them is
// enabled, or in a probe the message would be taken. Then comes the next step of the group.
func (x *exporter) surveyed(g *group) {
	w := x.w
	if !x.asks(g) {
		return
	}
	w.when("!x_sweep", func() { w.line("goto restore_%s", x.here) })
	w.line("x_unsure = 1;")
	w.line("tried_%s:", x.here)
	x.copy("v", "x_bak")
	w.line("x_overtake = 0; x_base = 0; x_given = (x_unsure -> 0 : x_given);")
	x.odometer()
	w.when("x_given > 0", func() { w.line("x_picks[x_given - 1]++; goto again_%s", x.here) })
	w.line("if")
	w.line(":: op == %d -> made[probed] = !x_unsure; goto leave_%s", x.probe(), x.here)
	w.line(":: op == %d && x_unsure", x.survey())
	for _, s := range g.steps {
		if s.delivers && x.live.on(s.link) {
			place := fmt.Sprintf("x_cur - %d", s.first)
			part := func(k int) string { return x.field(s.link, place, k) }
			w.line(":: op == %d && !x_unsure && %s -> en[%s] = 1", x.survey(), s.is("x_cur"), x.live.packet(s.link, part))
		} else if len(s.answers) > 0 {
			w.line(":: op == %d && !x_unsure && %s ->", x.survey(), s.is("x_cur"))
			for _, o := range s.answers {
				w.line("en[%d] = 1;", o)
			}
			w.line("skip")
		}
	}
	w.line("fi;")
	last := g.steps[len(g.steps)-1]
	w.line("x_unsure = 0; x_cur++;")
	w.when(fmt.Sprintf("x_cur < %d", last.first+last.count), func() { w.line("goto again_%s", x.here) })
	w.line("goto leave_%s;", x.here)
}

// surveyGoesOn is what comes after a group has been looked through: the next one that fairness may ask for steps of.
func (x *exporter) surveyGoesOn(g *group) {
	if !x.asks(g) {
		return
	}
	w := x.w
	w.line(":: x_sweep && op == %d -> phase = %d", x.probe(), made)
	at := slices.Index(x.groups, g)
	next := slices.IndexFunc(x.groups[at+1:], x.asks)
	if next < 0 {
		w.line(":: x_sweep && op == %d -> phase = %d", x.survey(), surveyed)
	} else {
		w.line(":: x_sweep && op == %d -> group = %d", x.survey(), x.groups[at+1+next].number)
	}
}

// notes says what a step that has been taken means to fairness.
func (x *exporter) notes(g *group) {
	w := x.w
	w.line("moved = 1;")
	w.line("if")
	for _, s := range g.steps {
		if s.delivers && x.live.on(s.link) {
			part := func(k int) string { return x.fieldOf("x_bak", s.link, fmt.Sprintf("op - %d", s.first), k) }
			w.line(":: counted && %s -> took[%s] = 1", s.is("op"), x.live.packet(s.link, part))
		} else if len(s.answers) > 0 {
			w.line(":: counted && %s ->", s.is("op"))
			for _, o := range s.answers {
				w.line("took[%d] = 1;", o)
			}
			w.line("skip")
		}
	}
	w.line(":: else")
	w.line("fi;")
	w.line("x_j = 0;")
	w.line("do")
	w.line(":: counted && x_j < %d -> took[x_j] = took[x_j] || x_new[x_j]; sent[x_j] = x_sent[x_j]; x_j++", x.live.total)
	w.line(":: else -> break")
	w.line("od;")
}

// asksReceivers asks of each message that the step has sent whether its receiver would take it, were it alone in its link:
// the link is put aside meanwhile.
func (x *exporter) asksReceivers() {
	w := x.w
	w.line(":: d_step { phase == %d ->", making)
	w.line("probed = 0;")
	w.line("do")
	w.line(":: probed < %d && !sent[probed] -> probed++", x.live.total)
	w.line(":: else -> break")
	w.line("od;")
	w.line("if")
	for _, p := range x.live.packets {
		if !x.live.lossy(p.link) {
			continue
		}
		w.line(":: probed >= %d && probed < %d -> /* %s on %s */", p.first, p.first+p.count, x.sys.Spec.Messages[p.message].Name, x.sys.Links[p.link].Name)
		x.alone(p)
	}
	w.line(":: else -> probed = 0; phase = %d", ending)
	w.line("fi")
	w.line("}")
	w.line(":: d_step { phase == %d ->", made)
	w.line("if")
	seen := map[int]bool{}
	for _, p := range x.live.packets {
		if !x.live.lossy(p.link) || seen[p.link] {
			continue
		}
		seen[p.link] = true
		s := x.delivery(p.link)
		w.line(":: only == %d ->", s.first)
		for k := range x.linkSize(p.link) {
			w.line("v[%d] = keep[%d]; keep[%d] = 0;", x.lay.links[p.link].base+k, k, k)
		}
		w.line("skip")
	}
	w.line(":: else")
	w.line("fi;")
	w.line("only = 0; phase = %d", making)
	w.line("}")
}

// alone puts the link of a message aside, and the message into it.
func (x *exporter) alone(p packets) {
	w, at := x.w, x.lay.links[p.link]
	for k := range x.linkSize(p.link) {
		w.line("keep[%d] = v[%d]; v[%d] = 0;", k, at.base+k, at.base+k)
	}
	w.line("%s = 1; %s = %d;", x.length(p.link), x.field(p.link, "0", 0), p.message)
	fields := x.sys.Spec.Messages[p.message].Fields
	for k, stride := range x.live.strides(p) {
		f := fields[k].Type
		w.line("%s = %s + ((probed - %d) / %d) %% %d;", x.field(p.link, "0", 1+k), number(f.Lo), p.first, stride, f.Hi-f.Lo+1)
	}
	s := x.delivery(p.link)
	g := x.groups[slices.IndexFunc(x.groups, func(g *group) bool { return slices.Contains(g.steps, s) })]
	w.line("sent[probed] = 0; only = %d; group = %d; op = %d; phase = %d", s.first, g.number, x.probe(), trying)
}

// delivery is the step that delivers from a link.
func (x *exporter) delivery(link int) *step {
	return x.steps[slices.IndexFunc(x.steps, func(s *step) bool { return s.delivers && s.link == link })]
}

// linkSize is how many elements of v a link has.
func (x *exporter) linkSize(link int) int {
	return 1 + x.lay.links[link].stride*x.lay.links[link].capacity
}
