package spec

// checkHolders looks at what each state answers to each event: two answers that are enabled together for all values, and
// answers that are never asked, are mistakes at once.
func (m *machine) checkHolders() {
	var walk func(*state)
	walk = func(s *state) {
		m.checkHolder(&s.holder)
		for _, child := range s.children {
			walk(child)
		}
	}
	walk(m.root)
	m.checkHolder(&m.restart)
}

func (m *machine) checkHolder(h *holder) {
	for _, key := range h.keys {
		m.checkAnswers(h.on[key])
	}
	var always *handler
	for _, w := range h.wild {
		if always != nil && !w.never {
			m.c.tell("overlap", w.span, "this and another transition for other messages are enabled together").
				label(always.span, "the other one").help("Take one of them away.")
		}
		if w.guard == nil && !w.never {
			always = w
		}
	}
}

// answers is what is known of the answers of one state to one event, while they are looked at in order.
type answers struct {
	m         *machine
	byGuard   map[string]*handler
	on        int      // transitions without else
	always    *handler // the transition without a guard
	guarded   *handler // the first one with a guard
	otherwise *handler // the one with else
	rest      *handler // ignore, or defer without a guard
}

// checkAnswers looks at the answers of one state to one event.
func (m *machine) checkAnswers(list []*handler) {
	a := answers{m: m, byGuard: map[string]*handler{}}
	for _, group := range ranks(list) {
		for _, x := range group {
			a.look(x)
		}
	}
}

func (a *answers) look(x *handler) {
	if x.rank == rankOn {
		a.on++
	}
	switch {
	case x.never:
	case x.rank == rankOn:
		a.checkOn(x)
	case a.always != nil:
		a.m.unreachable(x, a.always)
	case x.rank == rankElse:
		a.twice(x, &a.otherwise, "`else`")
	case a.otherwise != nil && a.otherwise.guard == nil:
		a.m.unreachable(x, a.otherwise)
	case x.rank == rankRest:
		a.twice(x, &a.rest, "ignore or defer")
	}
	if x.rank == rankElse && a.on == 0 {
		a.m.c.tell("else-alone", x.span, "there is no other transition for this event in this state").
			help("Leave `else` out.")
	}
}

// checkOn compares a transition with those before it in the same state, for the same event.
func (a *answers) checkOn(x *handler) {
	key := ""
	if x.guard != nil {
		key = guardKey(x.guard)
	}
	first, c := a.byGuard[key], a.m.c
	a.byGuard[key] = x
	switch {
	case first != nil && key == "":
		c.tell("overlap", x.span, "two transitions of one state for one event have no guard").
			label(first.span, "the other one").help("Give one of them a guard (`when …`), or take it away.")
	case first != nil:
		c.tell("overlap", x.span, "two transitions of one state for one event have the same guard").
			label(first.span, "the other one").help("They are always enabled together: take one of them away.")
	case a.always != nil:
		c.tell("overlap", x.span, "when this guard holds, the transition without a guard is enabled too").
			label(a.always.span, "this one").help("Write `else` on the one without a guard.").fix(a.always.elseAt, " else")
	case x.guard == nil && a.guarded != nil:
		c.tell("overlap", x.span, "this has no guard: it is enabled whenever another one is").
			label(a.guarded.span, "this one, for example").help("Write `else` as its guard.").fix(x.elseAt, " else")
	}
	if x.guard == nil && a.always == nil {
		a.always = x
	} else if x.guard != nil && a.guarded == nil {
		a.guarded = x
	}
}

func (m *machine) unreachable(x, always *handler) {
	if always.sure {
		x.used = true // with another value of the switch
		return
	}
	m.c.tell("unreachable", x.span, "this is never asked: another answer to the event is always given").
		label(always.span, "this one").help("Give that one a guard, or take this one away.")
}

func (a *answers) twice(x *handler, first **handler, what string) {
	if *first == nil {
		*first = x
		return
	}
	if x.guard == nil && (*first).guard == nil {
		a.m.c.tell("overlap", x.span, "one event is answered by %s twice in one state", what).
			label((*first).span, "the other one").help("Take one of them away.")
	}
}
