package check

import (
	"fmt"
	"strings"
)

// landing is what is known of a step that changes one instance and links alone: the leaf state in which the instance ends.
// What is dead in the others is set back already.
type landing struct{ instance, state int }

// landsBy notes what is known of a step by a transition from a leaf state of the instance at hand. Who is reached over atomic
// links is found out only then.
func (c *code) landsBy(state, t int) {
	m := c.p.sys.Instances[c.k.own].Machine
	if target := c.p.sys.Spec.Machines[m].Transitions[t].Target; target >= 0 {
		state = target
	}
	c.landed = &landing{c.k.own, state}
	if c.cascades {
		c.landed = nil
	}
	c.writesDead = c.p.reduce != nil && c.p.reduce.dead != nil && c.p.reduce.dead.writes[m][t]
}

// joinsDead reports whether a joint transition writes what is dead somewhere.
func (e *emitter) joinsDead(joint int) bool {
	return e.p.reduce != nil && e.p.reduce.dead != nil && e.p.reduce.dead.joins[joint]
}

// reduced writes that a step is taken to the state that stands for n.
func (c *code) reduced() {
	name := "emit"
	if c.landed != nil {
		name = "emitBuried"
		if lands := c.lasting(c.landed); lands != nil {
			c.line("%s", c.buries(lands))
		}
	}
	writes := fmt.Sprint(c.writesDead)
	if c.cascades && !c.writesDead && c.p.reduce.dead != nil {
		writes = "writesDead(x.taken)"
	}
	call := fmt.Sprintf("%s(x, s, n, %s)", name, writes)
	if len(c.p.sys.Assumes) > 0 {
		call = "if " + call + " {"
	}
	c.line("%s", call)
}

// lasting is the bits, by word, that are set back where a step lands; nil: there are none.
func (e *emitter) lasting(l *landing) []uint64 {
	r := e.p.reduce
	if r.dead == nil {
		return nil
	}
	return e.bitsOf(r.never, r.resets[l.instance][l.state+1])
}

// bitsOf is the bits of some cells, by word; nil: they have none.
func (e *emitter) bitsOf(lists ...[]fixed) []uint64 {
	x, some := e.fixing(), false
	for _, list := range lists {
		for _, f := range list {
			x.add(e, f.cell, f.value)
			some = some || e.p.layout.at[f.cell].bits > 0
		}
	}
	if !some {
		return nil
	}
	return x.masks
}

// buries writes that bits of n are set back, and that it is noted which held something. A dead variable has the lowest value
// of its type, which is packed as zeros.
func (c *code) buries(masks []uint64) string {
	var b strings.Builder
	for i, mask := range masks {
		if mask != 0 {
			fmt.Fprintf(&b, "x.buried.w%d |= n.w%d & %#x\nn.w%d &^= %#x\n", i, i, mask, i, mask)
		}
	}
	return b.String()
}

// stands writes the state that is explored for another.
func (e *emitter) stands(state string) string {
	if e.p.reduce == nil {
		return state
	}
	if e.p.reduce.shape != nil {
		return "arrange(x, bury(x, " + state + "))"
	}
	return "bury(x, " + state + ")"
}

// reducing writes the functions that take steps to the states that stand for what they lead to.
func (e *emitter) reducing() {
	if e.p.reduce == nil {
		return
	}
	c := &code{emitter: e, at: "n"}
	c.burying()
	switch {
	case e.labelled():
		c.labelling()
	case e.p.reduce.shape != nil:
		c.arranging()
	}
	for _, name := range []string{"emit", "emitBuried"} {
		c.emits(name)
	}
	c.listWrites()
	e.text.Write(c.Bytes())
}

// burying writes the function that sets back what is dead.
func (c *code) burying() {
	r := c.p.reduce
	c.line("// bury sets back what is dead.")
	c.line("func bury(x *explorer, n state) state {")
	if never := c.bitsOf(r.never); never != nil {
		c.line("%s", c.buries(never))
	}
	for i, states := range r.resets {
		c.buryOf(i, states)
	}
	c.line("return n\n}\n")
}

// buryOf writes what is set back of one instance: by its leaf state, the bits of each word, in a table.
func (c *code) buryOf(instance int, states [][]fixed) {
	f, _ := c.field(instance)
	if f == nil { // it has one leaf state, which is the lowest
		states = states[1:]
		if masks := c.bitsOf(states[0]); masks != nil {
			c.line("%s", c.buries(masks))
		}
		return
	}
	states = states[f.lo+1:]
	tables := make([][]string, c.p.words)
	for word := range tables {
		some := false
		for _, list := range states {
			mask := uint64(0)
			if masks := c.bitsOf(list); masks != nil {
				mask = masks[word]
			}
			some = some || mask != 0
			tables[word] = append(tables[word], fmt.Sprintf("%#x", mask))
		}
		if !some {
			continue
		}
		name := c.name("dead")
		fmt.Fprintf(&c.emitter.text, "var %s = [%d]uint64{%s}\n\n", name, uint64(1)<<f.bits, strings.Join(tables[word], ", "))
		c.line("{\nmask := %s[%s]", name, c.raw(f))
		c.line("x.buried.w%d |= n.w%d & mask\nn.w%d &^= mask\n}", word, word, word)
	}
}

// emits writes the function that takes a step from s to n, or to what stands for it. writes says that the step writes what
// may be dead: where it leads back, whether anything changes may depend on that.
func (c *code) emits(name string) {
	assumes := len(c.p.sys.Assumes) > 0
	result, yes := "", "return"
	if assumes {
		result, yes = " bool", "return true"
	}
	c.line("func %s(x *explorer, s, n state, writes bool)%s {", name, result)
	if name == "emit" {
		c.line("b := bury(x, n)")
	} else {
		c.line("b := n")
	}
	if c.p.reduce.shape != nil {
		c.line("m := arrange(x, b)")
	} else {
		c.line("m := b")
	}
	c.line("if !same(m, s) {")
	if assumes {
		c.line("if !assumed(x, n) {\nx.cut = true\nreturn false\n}")
	}
	c.line("x.take(m)\n%s\n}", yes)
	c.line("x.loops += int(x.live)")
	if c.p.reduce.shape != nil { // the run has moved on, to another state for which this one stands
		c.line("if !same(b, s) { x.turns++ } else")
	}
	c.line("{ x.unsettled = x.unsettled || writes }")
	if assumes {
		c.line("return true")
	}
	c.line("}\n")
}

// listWrites writes which transitions write what is dead somewhere, for steps over atomic links.
func (c *code) listWrites() {
	if c.p.reduce.dead == nil {
		return
	}
	var list []string
	for m, machine := range c.p.sys.Spec.Machines {
		for t := range machine.Transitions {
			list = append(list, fmt.Sprint(c.p.reduce.dead.writes[m][t]))
		}
	}
	c.line("var deadWrites = [...]bool{%s}\n", strings.Join(list, ", "))
	c.line("// writesDead reports whether some of these transitions writes what is dead somewhere.")
	c.line("func writesDead(taken []int) bool {")
	c.line("for _, t := range taken {\nif deadWrites[t] { return true }\n}\nreturn false\n}\n")
}
