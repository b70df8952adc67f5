package promela

import (
	"fmt"
	"slices"

	"interlock/fsm"
)

// load makes the message at a place of a link the event at hand.
func (x *exporter) load(link int, at string) {
	w, l, p := x.w, x.sys.Links[link], x.lay.links[link]
	x.meet(l, x.field(link, at, 0))
	for k := range p.stride - 1 {
		w.line("x_a[%d] = %s;", k, x.field(link, at, 1+k))
	}
}

// meet sets who is to handle which event, for a message on a link.
func (x *exporter) meet(l *fsm.Link, message string) {
	w, m := x.w, x.sys.MachineOf(l.To)
	w.line("x_inst = %d; x_from = %d; x_ev = -1;", l.To, x.sys.Instances[l.From].Index)
	w.line("if")
	for _, carried := range l.Carries {
		e := slices.IndexFunc(m.Events, func(e fsm.Event) bool { return e.Kind == fsm.Receive && e.Message == carried })
		if e >= 0 {
			w.line(":: %s == %d -> x_ev = %d", message, carried, e)
		}
	}
	w.line(":: else")
	w.line("fi;")
}

// remove takes the message at a place out of a link: those behind it move up.
func (x *exporter) remove(link int, at string) {
	w, p := x.w, x.lay.links[link]
	w.line("x_j = %s;", at)
	w.line("do")
	w.line(":: x_j + 1 < %s ->", x.length(link))
	for k := range p.stride {
		w.line("%s = %s;", x.field(link, "x_j", k), x.field(link, "x_j + 1", k))
	}
	w.line("x_j++")
	w.line(":: else -> break")
	w.line("od;")
	for k := range p.stride {
		w.line("%s = 0;", x.field(link, "x_j", k))
	}
	w.line("%s--;", x.length(link))
}

// insert puts a message, given by its parts, at the place x_k of a link: those from there on move down.
func (x *exporter) insert(link int, part func(k int) string) {
	w, p := x.w, x.lay.links[link]
	w.line("x_j = %s;", x.length(link))
	w.line("do")
	w.line(":: x_j > x_k ->")
	for k := range p.stride {
		w.line("%s = %s;", x.field(link, "x_j", k), x.field(link, "x_j - 1", k))
	}
	w.line("x_j--")
	w.line(":: else -> break")
	w.line("od;")
	for k := range p.stride {
		w.line("%s = %s;", x.field(link, "x_k", k), part(k))
	}
	w.line("%s++;", x.length(link))
}

// handsOver reports whether a step of a group may send over an atomic link.
func (x *exporter) handsOver(g *group) bool {
	return slices.ContainsFunc(x.sys.Links, func(l *fsm.Link) bool { return l.Kind == fsm.Atomic && g.sends(l.From) })
}

// leaving lets the sends go, in their order: each into its link, or on the queue of this step.
func (x *exporter) leaving(g *group) {
	w := x.w
	w.line("x_i = 0;")
	w.line("do")
	w.line(":: x_i < x_ns ->")
	w.line("if")
	for l, link := range x.sys.Links {
		if g.sends(link.From) {
			w.line(":: x_sl[x_i] == %d -> /* %s */", l, link.Name)
			x.leave(l)
			w.line("skip")
		}
	}
	w.line(":: else")
	w.line("fi;")
	w.line("x_i++")
	w.line(":: else -> break")
	w.line("od;")
	w.line("x_ns = 0;")
}

// leave is the send x_i into one link.
func (x *exporter) leave(link int) {
	w, l, p := x.w, x.sys.Links[link], x.lay.links[link]
	part := func(k int) string {
		if k == 0 {
			return "x_sm[x_i]"
		}
		return fmt.Sprintf("x_sa[x_i * %d + %d]", x.max.args, k-1)
	}
	if l.Kind == fsm.Atomic {
		x.enqueue(link, part)
		return
	}
	x.makes(link, part)
	w.line("x_k = %s;", x.length(link))
	if l.Bag() { // the place of the first message that is not less
		w.line("x_k = 0;")
		w.line("do")
		w.line(":: x_k < %s && %s -> x_k++", x.length(link), x.less(link, "x_k", part, 0))
		w.line(":: else -> break")
		w.line("od;")
	}
	room := ""
	if l.Kind == fsm.Keep {
		same := fmt.Sprintf("x_k < %s", x.length(link))
		for k := range p.stride {
			same += fmt.Sprintf(" && %s == %s", x.field(link, "x_k", k), part(k))
		}
		room = "!(" + same + ")"
	}
	w.when(room, func() { x.enterLink(link, part) })
}

// enterLink puts a message into a link at x_k, if there is room.
func (x *exporter) enterLink(link int, part func(k int) string) {
	w, l := x.w, x.sys.Links[link]
	w.line("if")
	w.line(":: %s < %d ->", x.length(link), l.Capacity)
	x.insert(link, part)
	w.line("skip")
	w.line(":: else ->")
	switch {
	case l.Lose:
		w.line("skip")
	case l.FullBlocks:
		w.line("goto blocked_%s", x.here)
	default:
		x.violate(fsm.Overflow)
	}
	w.line("fi;")
}

// less compares the message at a place with another one, by message and then by arguments.
func (x *exporter) less(link int, at string, part func(k int) string, from int) string {
	f, p := x.field(link, at, from), part(from)
	if from+1 == x.lay.links[link].stride {
		return fmt.Sprintf("(%s < %s)", f, p)
	}
	return fmt.Sprintf("(%s < %s || (%s == %s && %s))", f, p, f, p, x.less(link, at, part, from+1))
}

// enqueue puts a message on the queue of this step: link, message, arguments.
func (x *exporter) enqueue(link int, part func(k int) string) {
	w, width := x.w, x.queueWidth()
	w.line("x_q[x_qt * %d] = %d;", width, link)
	for k := range x.max.args + 1 {
		w.line("x_q[x_qt * %d + %d] = %s;", width, 1+k, part(k))
	}
	w.line("x_qt++;")
}

func (x *exporter) queueWidth() int { return 2 + x.max.args }

// settling lets sends leave, and hands over what is on atomic links, oldest first, until nothing is.
func (x *exporter) settling(g *group) {
	w := x.w
	w.line("settle_%s:", x.here)
	x.leaving(g)
	if !x.handsOver(g) {
		w.line("goto done_%s;", x.here)
		return
	}
	w.when("x_qh == x_qt", func() { w.line("goto done_%s", x.here) })
	w.when(fmt.Sprintf("x_n >= %d", fsm.MaxDeliveries), func() { x.violate(fsm.Runaway) })
	x.repeats()
	width := x.queueWidth()
	w.line("x_kind = %d;", handed)
	for k := range x.max.args {
		w.line("x_a[%d] = x_q[x_qh * %d + %d];", k, width, 2+k)
	}
	w.line("if")
	for i, l := range x.sys.Links {
		if l.Kind == fsm.Atomic && g.sends(l.From) {
			w.line(":: x_q[x_qh * %d] == %d -> /* %s */", width, i, l.Name)
			x.meet(l, fmt.Sprintf("x_q[x_qh * %d + 1]", width))
			w.line("skip")
		}
	}
	w.line("fi;")
	w.line("x_n++; x_qh++;")
	w.line("goto handle_%s;", x.here)
}

// repeats compares the joint state and the queue with those before each message handed over so far, and keeps them.
func (x *exporter) repeats() {
	w, width := x.w, x.queueWidth()
	row := x.historyRow()
	w.line("x_i = 0; x_same = 0;")
	w.line("do")
	w.line(":: x_i < x_n && !x_same ->")
	w.line("x_same = (x_h[x_i * %d] == x_qt - x_qh); x_j = 0;", row)
	w.line("do")
	w.line(":: x_same && x_j < %d -> x_same = (x_h[x_i * %d + 1 + x_j] == v[x_j]); x_j++", x.lay.size, row)
	w.line(":: else -> break")
	w.line("od;")
	w.line("x_j = 0;")
	w.line("do")
	w.line(":: x_same && x_j < (x_qt - x_qh) * %d -> x_same = (x_h[x_i * %d + %d + x_j] == x_q[x_qh * %d + x_j]); x_j++",
		width, row, 1+x.lay.size, width)
	w.line(":: else -> break")
	w.line("od;")
	w.line("x_i++")
	w.line(":: else -> break")
	w.line("od;")
	w.when("x_same", func() { x.violate(fsm.Runaway) })
	w.line("x_h[x_n * %d] = x_qt - x_qh; x_j = 0;", row)
	w.line("do")
	w.line(":: x_j < %d -> x_h[x_n * %d + 1 + x_j] = v[x_j]; x_j++", x.lay.size, row)
	w.line(":: else -> break")
	w.line("od;")
	w.line("x_j = 0;")
	w.line("do")
	w.line(":: x_j < (x_qt - x_qh) * %d -> x_h[x_n * %d + %d + x_j] = x_q[x_qh * %d + x_j]; x_j++",
		width, row, 1+x.lay.size, width)
	w.line(":: else -> break")
	w.line("od;")
}

// historyRow is the length of what is kept of one moment: the length of the queue, the vector, the queue.
func (x *exporter) historyRow() int { return 1 + x.max.vector + x.max.queue*x.queueWidth() }
