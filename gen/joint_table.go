package gen

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// A joint machine that is nothing but its joint state of control, and that orders nothing, steps by a table too: the reference step
// itself is asked, once for each joint state and event, when the code is generated. If it finds that a step which is enabled breaks
// something, the general form is there too, and is given what the table refuses: it knows why.

// What bounds the tables of joint machines: a cell is a byte, with 0 for what is not in the table and 255 for what observers add.
const (
	maxJointCells = 254
	maxWideRows   = 5 // bits of a joint state, up to which there is a row for each value of a byte: nothing has to be compared then
)

// jointTable is where the events lead.
type jointTable struct {
	cells [][]int // by root and joint state, the next joint state; -1 if there is none
	bits  int     // of the joint state in the word
	odd   bool    // a step that is enabled is refused all the same: only the general form knows why
}

// planJointTable finds the table of a joint machine, nil if it needs more than one.
func (g *generator) planJointTable(s *system) *jointTable {
	if len(s.tuples) > maxJointCells || len(s.roots) == 0 || len(s.roots) > 255 || s.seq == 0 || len(s.kinds) > 0 || len(s.Vars) > 0 || len(s.Crashes) > 0 {
		return nil
	}
	if len(s.parts) > 1 || len(s.parts) == 1 && s.control("") == "0" {
		return nil
	}
	for _, in := range s.instances {
		if len(in.machine.Vars) > 0 || len(in.machine.Timers) > 0 {
			return nil
		}
	}
	if slices.ContainsFunc(s.roots, func(r *root) bool { return len(r.args) > 0 }) {
		return nil
	}
	starts, err := fsm.Starts(s.System)
	if err != nil || len(starts) == 0 || starts[0].Outcome == nil {
		return nil
	}
	t := &jointTable{bits: s.width}
	for range s.roots {
		t.cells = append(t.cells, slices.Repeat([]int{-1}, len(s.tuples)))
	}
	for state, tuple := range s.tuples {
		at := starts[0].Outcome.Joint.Clone()
		at.States = slices.Clone(tuple)
		if !s.fill(t, state, at) {
			return nil
		}
	}
	return t
}

// fill asks the reference for all steps from a joint state. It reports whether a table can hold them.
func (s *system) fill(t *jointTable, state int, at *fsm.Joint) bool {
	for _, choice := range fsm.Choices(s.System, at) {
		root := s.rootOf(choice)
		if root < 0 {
			return false
		}
		outcome, err := fsm.Step(s.System, at, choice)
		if err != nil {
			t.odd = true
			continue
		}
		to := slices.IndexFunc(s.tuples, func(tuple []int) bool { return slices.Equal(tuple, outcome.Joint.States) })
		if t.cells[root][state] >= 0 {
			return false // it does not depend on the joint state alone
		}
		t.cells[root][state] = to
		t.odd = t.odd || to < 0
	}
	return true
}

// rootOf is the number of the root that takes a choice, or -1.
func (s *system) rootOf(c fsm.Choice) int {
	return slices.IndexFunc(s.roots, func(r *root) bool {
		switch c.Kind {
		case fsm.Handle:
			return r.event != nil && r.group.first == c.Instance && indexOf(r.group.machine, r.event) == c.Event
		case fsm.TakeJoint:
			return slices.Contains(r.joints, c.Joint)
		}
		return false
	})
}

// rows is the number of rows of the table, and row the text of the one for a kind.
func (s *system) rows() int {
	if s.table.bits <= maxWideRows {
		return 256
	}
	return len(s.roots) + 1
}

func (s *system) row(kind string) string {
	if s.table.bits <= maxWideRows {
		return kind
	}
	return fmt.Sprintf("min(%s, %d)", kind, len(s.roots))
}

// next is the text of the cell for a kind, in a word.
func (s *system) next(kind, word string) string {
	return fmt.Sprintf("%s%s[%s][%s&%#x]", s.low, suffixNext, kind, word, mask(s.table.bits))
}

// jointRows writes the table.
func (g *generator) jointRows(s *system) {
	t, name := s.table, g.private(s.low+suffixNext)
	g.w.p("// %s are the next joint states plus 1, by event and joint state; 0 is none.", name)
	g.w.p("var %s = [%d][%d]uint8{", name, s.rows(), 1<<t.bits)
	for i, cells := range t.cells {
		texts := make([]string, len(cells))
		for k, to := range cells {
			texts[k] = fmt.Sprint(to + 1)
		}
		g.w.p("%s: {%s},", s.roots[i].kind, strings.Join(texts, ", "))
	}
	g.w.p("}\n")
}

// jointEffects writes what a step did: the words before and after it say all.
func (g *generator) jointEffects(s *system, element string) {
	name := s.name + "Effects"
	g.declare(name, "the generated type "+name)
	g.w.doc(name+" is what a step of "+s.name+" did: the joint states before and after it. There are no effects. The zero value is that of an event "+
		"that was refused.", "")
	g.w.p("type %s struct{ from, to uint64 } // words; each step counts, so that they differ\n", name)
	view := func(method, doc, result, text string) {
		g.method(name, method, "the generated method "+method)
		g.w.doc(method+" "+doc, "")
		g.w.p("func (e *%s) %s() %s { return %s }\n", name, method, result, text)
	}
	g.method(name, "Delivery", "the generated method Delivery")
	g.w.doc("Delivery says what became of the event.", "")
	g.w.p("func (e *%s) Delivery() fsm.Delivery {", name)
	g.w.p("if e.from == e.to {")
	g.w.p("return fsm.DeliveryRefused")
	g.w.p("}")
	g.w.p("return fsm.DeliveryTaken")
	g.w.p("}\n")
	view("From", "is the state before the step.", s.name+"State", s.name+"{e.from}.State()")
	view("To", "is the state after the step.", s.name+"State", s.name+"{e.to}.State()")
	view("Seq", "is the number of the step: one more than that of the step before it, modulo the width of the counter.", "uint64", s.name+"{e.to}.Seq()")
	g.noList(listed{name: name, element: element})
}

// jointStep writes the small step of the value, and what does every case.
func (g *generator) jointStep(s *system) {
	g.jointRows(s)
	more, effects := g.private(s.low+suffixMore), s.name+"Effects"
	g.w.use("sync/atomic")
	g.method(s.name, "step", "the generated method step")
	g.w.p("// step takes an event. It is so small that it is compiled into its callers, for which more has to be a parameter: it is always")
	g.w.p("// %s, which does the same for all cases.", more)
	g.w.p("func (s *%s) step(kind %sEventKind, more func(*%s, %sEventKind) (%s, error)) (out %s, err error) {", s.name, s.name, s.name, s.name, effects, effects)
	g.w.p("to := uint32(%s)", s.next("kind", "s.word"))
	g.w.p("if to > atomic.LoadUint32(&fsm.Watched) {")
	g.w.p("out = %s{s.word, (s.word | %#x) + uint64(to)}", effects, mask(s.table.bits))
	g.w.p("s.word = out.to")
	g.w.p("} else {")
	g.w.p("out, err = more(s, kind)")
	g.w.p("}")
	g.w.p("return")
	g.w.p("}\n")
	g.w.p("// %s takes an event in all cases, and lets observers know.", more)
	g.w.p("func %s(s *%s, kind %sEventKind) (out %s, err error) {", more, s.name, s.name, effects)
	g.w.p("err = s.handle(&out, %sEvent{Kind: kind})", s.name)
	g.tell(s.name+"Event{Kind: kind}", "s.Seq()")
	g.w.p("return out, err")
	g.w.p("}\n")
}

// jointHandled writes the beginning of handle: what the table knows.
func (g *generator) jointHandled(s *system) {
	g.w.p("if to := %s; to != 0 {", s.next(s.row("event.Kind"), "s.word"))
	g.w.p("*out = %sEffects{s.word, (s.word | %#x) + uint64(to)}", s.name, mask(s.table.bits))
	g.w.p("s.word = out.to")
	g.w.p("return nil")
	g.w.p("}")
	if s.table.odd {
		return
	}
	g.w.p("if event.Kind < %d {", len(s.roots))
	g.w.p("return %s%s.Refuse(int(s.State()), int(event.Kind), fsm.CauseState)", s.low, suffixRefusals)
	g.w.p("}")
}

// general reports whether there is code that takes a step by running bodies.
func (s *system) general() bool { return s.table == nil || s.table.odd }

// jointAsk writes Step and Can.
func (g *generator) jointAsk(s *system) {
	g.method(s.name, "Step", "the generated method Step")
	g.w.doc("Step is the method of the event's kind.", "")
	g.w.p("func (s *%s) Step(event %sEvent) (out %sEffects, err error) {", s.name, s.name, s.name)
	g.w.p("out, err = s.step(%s, %s%s)", s.row("event.Kind"), s.low, suffixMore)
	g.w.p("return")
	g.w.p("}\n")
	g.method(s.name, "Can", "the generated method Can")
	g.w.doc("Can reports whether Step would not refuse the event.", "")
	g.w.p("func (s %s) Can(event %sEvent) bool { return %s != 0 }\n", s.name, s.name, s.next(s.row("event.Kind"), "s.word"))
	g.jointSuccessor(s)
}

// tableCell writes the joint machine for many goroutines.
func (g *generator) tableCell(s *system) {
	cell, effects, more := s.name+"Cell", s.name+"Effects", g.private(s.low+"Cell"+suffixMore)
	g.declare(cell, "the generated type "+cell)
	g.w.doc(cell+" holds a "+s.name+" for any number of goroutines: every step is one compare-and-swap. "+
		"Whoever wins has the number of the step. A zero "+cell+" is to be set by Store. It must not be copied.", "")
	g.w.p("type %s struct {", cell)
	g.w.p("_ [0]atomic.Uint64 // aligned for it, and not to be copied")
	g.w.p("word uint64")
	g.w.p("}\n")
	for _, name := range []string{"Load", "Store", "Step", "step"} {
		g.method(cell, name, "the generated method "+name)
	}
	g.w.doc("Load is the joint state as it is now.", "")
	g.w.p("func (c *%s) Load() %s { return %s{atomic.LoadUint64(&c.word)} }\n", cell, s.name, s.name)
	g.w.doc("Store sets the joint state, whatever it was: for beginnings.", "")
	g.w.p("func (c *%s) Store(s %s) { atomic.StoreUint64(&c.word, s.word) }\n", cell, s.name)
	for _, r := range s.roots {
		g.w.doc(fmt.Sprintf("%s is %s.%s, for any goroutine.", r.method, s.name, r.method), "")
		g.w.p("func (c *%s) %s() (out %s, err error) {", cell, r.method, effects)
		g.w.p("out, err = c.step(%s, %s)", r.kind, more)
		g.w.p("return")
		g.w.p("}\n")
	}
	g.w.doc("Step is the method of the event's kind.", "")
	g.w.p("func (c *%s) Step(event %sEvent) (out %s, err error) {", cell, s.name, effects)
	g.w.p("out, err = c.step(%s, %s)", s.row("event.Kind"), more)
	g.w.p("return")
	g.w.p("}\n")
	g.w.p("// step tries an event once. It is so small that it is compiled into its callers; see the one of %s.", s.name)
	g.w.p("func (c *%s) step(kind %sEventKind, more func(*%s, %sEventKind) (%s, error)) (out %s, err error) {", cell, s.name, cell, s.name, effects, effects)
	g.w.p("out.from = atomic.LoadUint64(&c.word)")
	g.w.p("to := uint32(%s)", s.next("kind", "out.from"))
	g.w.p("out.to = (out.from | %#x) + uint64(to)", mask(s.table.bits))
	g.w.p("if to <= atomic.LoadUint32(&fsm.Watched) || !atomic.CompareAndSwapUint64(&c.word, out.from, out.to) {")
	g.w.p("out, err = more(c, kind)")
	g.w.p("}")
	g.w.p("return")
	g.w.p("}\n")
	g.cellInFull(s, more)
}

// cellInFull writes what takes an event of a cell in all cases.
func (g *generator) cellInFull(s *system, more string) {
	g.w.p("// %s takes an event in all cases, as often as others are faster, and lets observers know.", more)
	g.w.p("func %s(c *%sCell, kind %sEventKind) (out %sEffects, err error) {", more, s.name, s.name, s.name)
	g.w.p("event := %sEvent{Kind: kind}", s.name)
	g.w.p("for range fsm.MaxTries {")
	g.w.p("old := c.Load()")
	g.w.p("next := old")
	g.w.p("if err = next.handle(&out, event); err != nil {")
	g.tell("event", "old.Seq()")
	g.w.p("return out, err")
	g.w.p("}")
	g.w.p("if atomic.CompareAndSwapUint64(&c.word, old.word, next.word) {")
	g.tell("event", "out.Seq()")
	g.w.p("return out, nil")
	g.w.p("}")
	g.w.p("out = %sEffects{}", s.name)
	g.w.p("}")
	g.w.p("old := c.Load()")
	g.w.p("err = %s%s.Refuse(int(old.State()), int(kind), fsm.CauseContention)", s.low, suffixRefusals)
	g.tell("event", "old.Seq()")
	g.w.p("return out, err")
	g.w.p("}\n")
}
