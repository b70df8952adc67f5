package gen

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// A machine whose events only move it steps by a table; docs/decisions/0012-forms-of-generated-code.md says why, and what the
// other forms are. The cells are read off the Go text of the general form, so that both mean the same by construction: what the
// general form would write for a state and an event is either one of the few texts that a table can stand for, or the machine
// has no table.

// What bounds the tables: the cells of one, and those whose refusals are made before the first of them is asked for.
const (
	maxCells   = 1 << 14
	maxRefused = 512
)

// table is how the events of a machine move it.
type table struct {
	orders  []order  // every effect that a step can have; the first one has the code 1
	longest int      // effects of one step
	plain   bool     // no effect has parameters: its code is that of its kind
	given   bool     // events have parameters
	outside string   // the function that finds wrong ones; "" if none can be wrong
	cells   [][]move // by event and state
	other   bool     // a cell is ignored or deferred
}

// move is what a state does with an event: it goes to a state, or it answers otherwise. The zero move refuses.
type move struct {
	takes bool
	to    int
	other string // the Go constant of the delivery, of what is ignored or deferred

	orders []int // codes of its effects
}

// planTable finds the table of a machine, nil if a step needs more than one. A machine with a table is one byte, or two where
// it has more than 255 states.
func (g *generator) planTable(m *machine) *table {
	switch {
	case len(m.events) == 0, len(m.events) > 255, len(m.States) == 256, len(m.States) > 1<<12:
		return nil
	case (len(m.events)+1)*len(m.States) > maxCells, len(m.Params) > 0, len(m.Timers) > 0, m.selfType != "":
		return nil
	case slices.ContainsFunc(m.Vars, func(v fsm.Var) bool { return !v.Ghost }):
		return nil
	}
	t := &table{}
	for i, e := range m.events {
		if slices.ContainsFunc(e.args, func(a arg) bool { return a.role != rolePlain }) {
			return nil
		}
		t.given = t.given || len(e.args) > 0
		row := make([]move, len(m.States))
		for s, state := range m.States {
			p := &place{g: g, machine: m}
			p.param = func(i int) code { return atom(e.args[i].goType, "%s", e.args[i].name) }
			text := g.aside(func() { g.levels(p, m, state.On[i]) })
			c, ok := t.read(m, e, s, text)
			if !ok {
				return nil
			}
			row[s] = c
			t.other = t.other || c.other != ""
		}
		t.cells = append(t.cells, row)
	}
	if t.rich() && !g.richTable(m, t) || !t.rich() && m.bound > 0 {
		return nil
	}
	return t
}

// read reads the text of the general form for an event in a state: its effects, if the codes can be given to them, and the rest.
func (t *table) read(m *machine, e *event, state int, text string) (move, bool) {
	var codes []int
	for {
		o, rest, found, ok := readOrder(e, text)
		if !ok {
			return move{}, false
		}
		if !found {
			break
		}
		codes, text = append(codes, t.code(o)), rest
	}
	t.longest = max(t.longest, len(codes))
	c, ok := readMove(m, state, text)
	c.orders = codes
	return c, ok
}

// readMove reads the text of the general form for a state and an event.
func readMove(m *machine, state int, text string) (move, bool) {
	if text == "" {
		return move{}, true
	}
	body, ends := strings.CutSuffix(text, "return fsm.CauseNone\n")
	if !ends {
		return move{}, false
	}
	switch body {
	case "":
		return move{takes: true, to: state}, true
	case "out.delivery = fsm.DeliveryIgnored\n":
		return move{other: "fsm.DeliveryIgnored"}, true
	case "out.delivery = fsm.DeliveryDeferred\n":
		return move{other: "fsm.DeliveryDeferred"}, true
	}
	for i, name := range m.states {
		if body == "m.state = "+name+"\n" {
			return move{takes: true, to: i}, true
		}
	}
	return move{}, false
}

// refusesInline reports whether the small method that takes an event also knows the errors. It does where a cell can only be
// taken or refused, and the errors are few.
func (t *table) refusesInline() bool {
	return !t.rich() && !t.other && (len(t.cells)+1)*len(t.cells[0]) <= maxRefused
}

// machineTable writes the tables and the methods of a machine that has one.
func (g *generator) machineTable(m *machine) {
	g.tableRows(m)
	if m.table.rich() {
		g.richMachine(m)
		return
	}
	g.tableErrors(m)
	g.tableStep(m)
	g.tableMore(m)
	for i, e := range m.events {
		g.tableMethod(m, i, e)
		if g.instantiated(m) {
			g.eventCore(m, i, e)
		}
	}
	g.tableAll(m)
}

// instantiated reports whether a joint machine unpacks the machine and steps it.
func (g *generator) instantiated(m *machine) bool {
	for _, s := range g.systems {
		for _, in := range s.instances {
			if in.machine == m {
				return true
			}
		}
	}
	return false
}

// tableRows writes the next states and, where there is such a thing, what is ignored or deferred.
func (g *generator) tableRows(m *machine) {
	t, none := m.table, g.private(m.low+suffixNone)
	what := "refused"
	if t.other {
		what = "not simply taken"
	}
	g.w.p("// %s stands in the table where an event is %s.", none, what)
	g.w.p("const %s %sState = %d\n", none, m.name, len(m.States))
	rows := g.private(m.low + suffixNext)
	g.w.p("// %s are the next states by event and state. The last row is for what is no event.", rows)
	g.w.p("var %s = [%d][%d]%sState{", rows, len(t.cells)+1, len(m.States), m.name)
	row := func(cells []move) {
		names := make([]string, len(m.States))
		for s := range names {
			names[s] = none
			if cells != nil && cells[s].takes {
				names[s] = m.states[cells[s].to]
			}
		}
		g.w.p("{%s},", strings.Join(names, ", "))
	}
	for i, cells := range t.cells {
		g.w.p("// %s", strings.Join(commentLines(m.events[i].Name), " "))
		row(cells)
	}
	g.w.p("// no event")
	row(nil)
	g.w.p("}\n")
	if !t.other {
		return
	}
	other := g.private(m.low + suffixOther)
	g.w.p("// %s says what is ignored and what is deferred, by event and state.", other)
	g.w.p("var %s = [%d][%d]fsm.Delivery{", other, len(t.cells)+1, len(m.States))
	for i, cells := range t.cells {
		var some []string
		for s, c := range cells {
			if c.other != "" {
				some = append(some, fmt.Sprintf("%s: %s", m.states[s], c.other))
			}
		}
		if len(some) > 0 {
			g.w.p("%s: {%s},", m.events[i].kind, strings.Join(some, ", "))
		}
	}
	g.w.p("}\n")
}

// tableErrors writes what makes the errors, and the errors themselves where they are few.
func (g *generator) tableErrors(m *machine) {
	g.refusals(m)
	if !m.table.refusesInline() {
		return
	}
	events, states := len(m.events), len(m.States)
	errs := g.private(m.low + suffixErrors)
	g.w.p("// %s are the errors by event and state, made beforehand.", errs)
	g.w.p("var %s = func() (errs [%d][%d]error) {", errs, events+1, states)
	g.w.p("for i, refusal := range %s%s.Plain() {", m.low, suffixRefusals)
	g.w.p("errs[i/%d][i%%%d] = refusal", states, states)
	g.w.p("}")
	g.w.p("return errs")
	g.w.p("}()\n")
}

// refusals writes what makes the errors of a machine.
func (g *generator) refusals(m *machine) {
	g.private(m.low + suffixRefusals)
	g.w.p("var %s%s = fsm.NewRefusals(%q, %sState%s[:], %sEvent%s[:])\n", m.low, suffixRefusals, m.Name, m.low, suffixNames, m.low, suffixNames)
}

// moreType is the Go type of the function that does the rest.
func moreType(m *machine) string {
	return fmt.Sprintf("func(*%s, %sEventKind) (%sEffects, error)", m.name, m.name, m.name)
}

// tableStep writes Step, Can and the small method below Step.
func (g *generator) tableStep(m *machine) {
	t, more, effects := m.table, m.low+suffixMore, m.name+"Effects"
	for _, name := range []string{"Step", "step"} {
		g.method(m.name, name, "the generated method "+name)
	}
	g.w.doc("Step is the method of the event's kind.", "")
	g.w.p("func (m *%s) Step(event %sEvent) (out %s, err error) {", m.name, m.name, effects)
	g.w.p("out, err = m.step(min(event.Kind, %d), %s)", len(m.events), more)
	g.w.p("return")
	g.w.p("}\n")
	g.tableCan(m)
	g.tableSuccessor(m)
	g.w.use("sync/atomic")
	g.w.p("// step takes an event. It is so small that it is compiled into its callers, for which more has to be a parameter: it is always")
	g.w.p("// %s, which does the same for all cases.", more)
	g.w.p("func (m *%s) step(kind %sEventKind, more %s) (out %s, err error) {", m.name, m.name, moreType(m), effects)
	g.w.p("to := %s%s[kind][m.state]", m.low, suffixNext)
	if t.refusesInline() {
		g.w.p("if atomic.LoadUint32(&fsm.Watched) != 0 {")
		g.w.p("out, err = more(m, kind)")
		g.w.p("} else if to == %s%s {", m.low, suffixNone)
		g.w.p("err = %s%s[kind][m.state]", m.low, suffixErrors)
		g.w.p("} else {")
	} else {
		g.w.p("if to == %s%s || atomic.LoadUint32(&fsm.Watched) != 0 {", m.low, suffixNone)
		g.w.p("out, err = more(m, kind)")
		g.w.p("} else {")
	}
	g.w.p("out = %s", m.outcome("m.state, to, fsm.DeliveryTaken", "kind", ""))
	g.w.p("m.state = to")
	g.w.p("}")
	g.w.p("return")
	g.w.p("}\n")
}

// tableCan writes Can.
func (g *generator) tableCan(m *machine) {
	g.method(m.name, "Can", "the generated method Can")
	g.w.doc("Can reports whether Step would not refuse the event. A message that would be deferred is not refused.", "")
	g.w.p("func (m *%s) Can(event %sEvent) bool {", m.name, m.name)
	g.w.p("kind := min(event.Kind, %d)", len(m.events))
	if m.table.outside != "" {
		g.w.p("if %s(event) {", m.table.outside)
		g.w.p("return false")
		g.w.p("}")
	}
	g.w.p("return %s", strings.Trim(g.tableAnswers(m), "()"))
	g.w.p("}\n")
}

// tableAnswers is the condition, in Go, that the state has an answer to the event of kind.
func (g *generator) tableAnswers(m *machine) string {
	text := fmt.Sprintf("%s%s[kind][m.state] != %s%s", m.low, suffixNext, m.low, suffixNone)
	if m.table.other {
		text = fmt.Sprintf("(%s || %s%s[kind][m.state] != fsm.DeliveryRefused)", text, m.low, suffixOther)
	}
	return text
}

// tableMore writes what does every case: what is refused, ignored or deferred, and what is observed.
func (g *generator) tableMore(m *machine) {
	more := g.private(m.low + suffixMore)
	g.w.p("// %s takes an event in all cases, and lets observers know.", more)
	g.w.p("func %s(m *%s, kind %sEventKind) (out %sEffects, err error) {", more, m.name, m.name, m.name)
	g.tableCases(m, "")
	g.tell(m.name+"Event{Kind: kind}", "0")
	g.w.p("return out, err")
	g.w.p("}\n")
}

// tableCases writes what becomes of the event of a kind.
func (g *generator) tableCases(m *machine, event string) {
	t := m.table
	if t.outside != "" {
		g.w.p("if %s && %s(event) {", g.tableAnswers(m), t.outside)
		g.w.p("err = %s%s.Refuse(int(m.state), int(kind), fsm.CauseArgument)", m.low, suffixRefusals)
		g.w.p("} else if to := %s%s[kind][m.state]; to != %s%s {", m.low, suffixNext, m.low, suffixNone)
	} else {
		g.w.p("if to := %s%s[kind][m.state]; to != %s%s {", m.low, suffixNext, m.low, suffixNone)
	}
	g.w.p("out = %s", m.outcome("m.state, to, fsm.DeliveryTaken", "kind", event))
	g.w.p("m.state = to")
	if t.other {
		g.w.p("} else if delivery := %s%s[kind][m.state]; delivery != fsm.DeliveryRefused {", m.low, suffixOther)
		g.w.p("out = %sEffects{from: m.state, to: m.state, delivery: delivery}", m.name)
	}
	g.w.p("} else {")
	if t.refusesInline() {
		g.w.p("err = %s%s[kind][m.state]", m.low, suffixErrors)
	} else {
		g.w.p("cause := fsm.CauseState")
		g.w.p("if kind == %d {", len(m.events))
		g.w.p("cause = fsm.CauseArgument")
		g.w.p("}")
		g.w.p("err = %s%s.Refuse(int(m.state), int(kind), cause)", m.low, suffixRefusals)
	}
	g.w.p("}")
}

// way is how a method finds the state that its event leads to.
type way struct {
	from []int // the states that take the event
	to   int   // where it leads from all of them; -1 if to several states
}

// wayOf is the way of an event.
func (t *table) wayOf(event int) way {
	w := way{to: -1}
	for s, c := range t.cells[event] {
		if c.takes {
			w.from = append(w.from, s)
			w.to = c.to
		}
	}
	for _, s := range w.from {
		if t.cells[event][s].to != w.to {
			w.to = -1
			break
		}
	}
	return w
}

// tableMethod writes the method of an event. Where it leads to one state only, it is a comparison, which a processor foresees, and
// else the table.
func (g *generator) tableMethod(m *machine, index int, e *event) {
	w := m.table.wayOf(index)
	g.eventDoc(e)
	g.w.p("func (m *%s) %s() (out %sEffects, err error) {", m.name, e.method, m.name)
	more := m.low + suffixMore
	switch {
	case w.to < 0:
		g.w.p("out, err = m.step(%s, %s)", e.kind, more)
	case len(w.from) == 1:
		g.movesOnce(m, "move", "from, to %sState", "m.state == from", "from")
		g.w.p("out, err = m.move(%s, %s, %s, %s)", e.kind, m.states[w.from[0]], m.states[w.to], more)
	case len(m.States) <= 64:
		set := uint64(0)
		for _, s := range w.from {
			set |= 1 << s
		}
		g.movesOnce(m, "moveFrom", "from uint64, to %sState", "from>>(m.state&63)&1 != 0", "m.state")
		g.w.p("out, err = m.moveFrom(%s, %#b, %s, %s)", e.kind, set, m.states[w.to], more)
	default:
		g.w.p("out, err = m.step(%s, %s)", e.kind, more)
	}
	g.w.p("return")
	g.w.p("}\n")
}

// movesOnce notes a small method that methods of events call; it is written once, at the end.
func (g *generator) movesOnce(m *machine, name, params, test, from string) {
	if g.methods[m.name].owner[name] != "" {
		return
	}
	g.method(m.name, name, "the generated method "+name)
	m.moves = append(m.moves, g.aside(func() {
		g.w.p("// %s is step where the next state is known; from are the states, or is the state, that take the event.", name)
		g.w.p("func (m *%s) %s(kind %sEventKind, %s, more %s) (out %sEffects, err error) {", m.name, name, m.name, fmt.Sprintf(params, m.name), moreType(m), m.name)
		g.w.p("if %s && atomic.LoadUint32(&fsm.Watched) == 0 {", test)
		g.w.p("out = %sEffects{%s, to, fsm.DeliveryTaken}", m.name, from)
		g.w.p("m.state = to")
		g.w.p("} else {")
		g.w.p("out, err = more(m, kind)")
		g.w.p("}")
		g.w.p("return")
		g.w.p("}\n")
	}))
}

// tableAll writes the small methods, and the batch.
func (g *generator) tableAll(m *machine) {
	for _, text := range m.moves {
		g.w.WriteString(text)
	}
	name := "StepAll" + plural(m.name)
	g.declare(name, "the generated function "+name)
	g.w.doc(name+" lets each machine take the event at the same index, and returns how many of them were refused. became, if it is not nil, "+
		"gets what became of each. All lists that are given must have the same length; it panics where they do not.", "")
	g.w.p("func %s(machines []%s, events []%sEvent, became []fsm.Delivery) (refused int) {", name, m.name, m.name)
	g.w.p("if len(events) != len(machines) || became != nil && len(became) != len(machines) {")
	g.w.p("panic(\"%s: lists of different lengths\")", name)
	g.w.p("}")
	if m.table.other {
		g.stepAllSlow(m)
	} else {
		g.stepAllFast(m)
	}
	g.w.p("return refused")
	g.w.p("}\n")
}

// stepAllSlow writes the loop that asks about each machine.
func (g *generator) stepAllSlow(m *machine) {
	g.w.p("for i := range machines {")
	g.w.p("out, err := machines[i].Step(events[i])")
	g.w.p("if err != nil {")
	g.w.p("refused++")
	g.w.p("}")
	g.w.p("if became != nil {")
	g.w.p("became[i] = out.delivery")
	g.w.p("}")
	g.w.p("}")
}

// stepAllFast writes the loop that looks nothing up but the table, for when nobody observes and nobody asks about each.
func (g *generator) stepAllFast(m *machine) {
	g.w.p("if became != nil || fsm.Observed() {")
	g.stepAllSlow(m)
	g.w.p("return refused")
	g.w.p("}")
	g.w.p("for i := range machines {")
	g.w.p("state := machines[i].state")
	g.w.p("to := %s%s[min(events[i].Kind, %d)][state]", m.low, suffixNext, len(m.events))
	g.w.p("if to == %s%s {", m.low, suffixNone)
	g.w.p("to = state")
	g.w.p("refused++")
	g.w.p("}")
	g.w.p("machines[i].state = to")
	g.w.p("}")
}
