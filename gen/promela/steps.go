package promela

import (
	"fmt"
	"slices"

	"interlock/fsm"
)

// step is one kind of step: numbers from first on, one for each arguments of an input and each place of a link.
type step struct {
	first, count int
	fault        bool
	overtakes    bool
	weight       int // lines that take writes
	delivers     bool
	link         int       // of a delivery
	answers      []int     // obligations of a text about runs that never end; not of a delivery
	meetings     []meeting // what it may have to handle
	senders      []int     // who else sends in it
	guard        string    // without it the step is not possible; the whole condition is in what take writes
	name         string
	take         func() // what the step does before the bodies of an event, and where it goes on
}

// start and look are the numbers of the steps that are none: the start, and looking at a joint state.
func (x *exporter) start() int { return x.begin.first }
func (x *exporter) look() int  { return x.last + 1 }

// list collects the kinds of steps, faults last.
func (x *exporter) list() {
	for i := range x.sys.Instances {
		x.ownSteps(i)
	}
	for l, link := range x.sys.Links {
		if link.Kind != fsm.Atomic {
			x.add(&step{count: link.Capacity, guard: x.standing(link.To), name: "deliver " + link.Name, meetings: x.meetings(link),
				overtakes: x.ordered(l), delivers: true, link: l, take: func() { x.deliver(l) }})
		}
	}
	for i, j := range x.sys.Joints {
		s := &step{count: 1, name: "joint " + j.Name, take: func() { x.join(j) }}
		if x.live != nil {
			s.answers = x.live.joint(i)
		}
		for _, p := range j.Parts {
			s.senders = append(s.senders, p.Instance)
		}
		x.add(s)
	}
	for _, n := range x.sys.Nodes {
		if x.sys.MayCrash(n.Instances[0]) {
			x.add(&step{count: 1, guard: not(x.standing(n.Instances[0])), name: "restart " + n.Name, senders: n.Instances,
				take: func() { x.restart(n) }})
		}
	}
	all := make([]int, len(x.sys.Instances))
	for i := range all {
		all[i] = i
	}
	x.faultSteps()
	x.begin = &step{count: 1, name: "the start", fault: true, senders: all, take: x.begins}
	x.add(x.begin)
	if x.last > x.opts.MaxSteps {
		x.fail(fmt.Errorf("it has %d kinds of steps, the limit is %d", x.last, x.opts.MaxSteps))
	}
	x.max.last = max(x.max.last, x.look(), x.probe())
	x.grouping()
}

// faultSteps lists the faults: they do not count as a way on.
func (x *exporter) faultSteps() {
	for l, link := range x.sys.Links {
		if link.Kind != fsm.Atomic && link.Lose {
			x.add(&step{count: link.Capacity, fault: true, name: "lose " + link.Name, take: func() { x.lose(l) }})
		}
	}
	for l, link := range x.sys.Links {
		if link.Kind != fsm.Atomic && link.Duplicate {
			x.add(&step{count: link.Capacity, fault: true, name: "duplicate " + link.Name, take: func() { x.duplicate(l) }})
		}
	}
	for c, crash := range x.sys.Crashes {
		x.add(&step{count: 1, fault: true, guard: x.standing(crash.Instance), name: "crash " + x.sys.Instances[crash.Instance].Name,
			take: func() { x.crash(c) }})
	}
}

func (x *exporter) add(s *step) {
	s.first = x.last + 1
	x.last += s.count
	s.weight = x.lines(func() { s.take() })
	x.steps = append(x.steps, s)
}

// standing is true where an instance is not down.
func (x *exporter) standing(instance int) string {
	return fmt.Sprintf("(%s != %d)", x.state(instance), x.down(instance))
}

// ownSteps are the inputs, internal steps and timers of an instance.
func (x *exporter) ownSteps(instance int) {
	for e, event := range x.sys.MachineOf(instance).Events {
		s := &step{count: 1, meetings: []meeting{{instance, e}}, guard: x.standing(instance), name: x.sys.Instances[instance].Name + "." + event.Name}
		kind := asked
		switch event.Kind {
		case fsm.Receive:
			continue
		case fsm.Fire:
			kind = fired
			s.guard = x.mayFire(instance, event.Timer)
		case fsm.Input, fsm.Internal:
			for _, p := range event.Params {
				s.count *= int(p.Type.Hi - p.Type.Lo + 1)
			}
		}
		if x.live != nil {
			s.answers = x.live.event(instance, e)
		}
		s.take = func() {
			if event.Kind == fsm.Fire {
				x.w.line("%s = 0;", x.timer(instance, event.Timer))
			}
			x.w.line("x_inst = %d; x_ev = %d; x_from = 0; x_kind = %d; x_j = x_place;", instance, e, kind)
			for k, p := range slices.Backward(event.Params) {
				size := p.Type.Hi - p.Type.Lo + 1
				x.w.line("x_a[%d] = %s + x_j %% %d; x_j = x_j / %d;", k, number(p.Type.Lo), size, size)
			}
			x.w.line("goto handle_%s", x.here)
		}
		x.add(s)
	}
}

// mayFire is true where a timer is armed and no `order` holds it back.
func (x *exporter) mayFire(instance, timer int) string {
	cond := both(x.standing(instance), x.timer(instance, timer))
	for _, o := range x.sys.Orders {
		if (o.Second == fsm.TimerRef{Instance: instance, Timer: timer}) {
			cond = both(cond, not(x.timer(o.First.Instance, o.First.Timer)))
		}
	}
	return cond
}

// deliver takes the message at x_place. In a link that keeps its order, everything before it must be deferred now: each
// such message is asked as if it were delivered, until it is deferred or no answers of extern guards are left.
func (x *exporter) deliver(link int) {
	w, l := x.w, x.sys.Links[link]
	w.when(fmt.Sprintf("x_place >= %s", x.length(link)), func() { w.line("goto blocked_%s", x.here) })
	if !l.Bag() && l.Capacity > 1 {
		w.line("x_keep = x_given; x_overtake = 1; x_base = %d; x_o = 0; x_link = %d;", x.max.picks, link)
		w.line("goto over_%s_%d", x.here, link)
		return
	}
	x.receive(link)
}

func (x *exporter) receive(link int) {
	x.load(link, "x_place")
	if x.sys.Links[link].Kind != fsm.Keep {
		x.remove(link, "x_place")
	}
	x.w.line("x_kind = %d;", delivered)
	x.w.line("goto handle_%s;", x.here)
}

func (x *exporter) ordered(link int) bool {
	l := x.sys.Links[link]
	return l.Kind != fsm.Atomic && !l.Bag() && l.Capacity > 1
}

// overtaking asks what stands before a message in its link, one after another.
func (x *exporter) overtaking(g *group) {
	if !g.overtakes {
		return
	}
	w := x.w
	for _, s := range g.steps {
		if !s.overtakes {
			continue
		}
		l := s.link
		w.line("over_%s_%d:", x.here, l)
		w.line("x_given = 0;")
		w.line("if")
		w.line(":: x_o >= x_place ->")
		w.line("x_overtake = 0; x_base = 0; x_given = x_keep; x_made = 0; x_nm_asked = 0;")
		x.receive(l)
		w.line(":: else")
		w.line("fi;")
		w.line("try_%s_%d:", x.here, l)
		w.line("x_made = 0; x_nm_asked = 0;")
		x.load(l, "x_o")
		w.line("goto handle_%s;", x.here)
	}
	w.line("asked_%s:", x.here)
	if x.live != nil {
		x.asksAll(g)
	}
	w.line("if")
	w.line(":: x_t == %d -> x_o++;", deferred)
	x.byLink(g, "over")
	w.line(":: else")
	w.line("fi;")
	w.line("otherwise_%s:", x.here)
	if x.live != nil {
		x.whenSurveyed(g, "x_unsure = 1; goto tried_")
	}
	x.odometer()
	w.line("if")
	w.line(":: x_given == 0 -> x_overtake = 0; x_base = 0; x_given = x_keep; goto blocked_%s", x.here)
	w.line(":: else -> x_picks[x_base + x_given - 1]++;")
	x.byLink(g, "try")
	w.line("fi;")
}

func (x *exporter) byLink(g *group, label string) {
	x.w.line("if")
	for _, s := range g.steps {
		if s.overtakes {
			x.w.line(":: x_link == %d -> goto %s_%s_%d", s.link, label, x.here, s.link)
		}
	}
	x.w.line("fi;")
}

// odometer drops the choices made that have been tried up to their highest value.
func (x *exporter) odometer() {
	x.w.line("do")
	x.w.line(":: x_given > 0 && x_picks[x_base + x_given - 1] >= x_high[x_base + x_given - 1] -> x_given--")
	x.w.line(":: else -> break")
	x.w.line("od;")
}

func (x *exporter) lose(link int) {
	x.w.when(fmt.Sprintf("x_place >= %s", x.length(link)), func() { x.w.line("goto blocked_%s", x.here) })
	x.remove(link, "x_place")
	x.w.line("goto settle_%s", x.here)
}

func (x *exporter) duplicate(link int) {
	full := fmt.Sprintf("x_place >= %s || %s >= %d", x.length(link), x.length(link), x.sys.Links[link].Capacity)
	x.w.when(full, func() { x.w.line("goto blocked_%s", x.here) })
	x.w.line("x_k = x_place + 1;")
	x.insert(link, func(k int) string { return x.field(link, "x_place", k) })
	x.w.line("goto settle_%s", x.here)
}
