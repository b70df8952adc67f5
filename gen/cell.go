package gen

import (
	"fmt"
	"strings"
)

// systemCell writes the joint machine for many goroutines: a word and compare-and-swap; where the counter of steps does not fit
// beside the joint state, a lock round both.
func (g *generator) systemCell(s *system) {
	if s.table != nil {
		g.tableCell(s)
		return
	}
	cell := s.name + "Cell"
	g.declare(cell, "the generated type "+cell)
	method := func(name string) { g.method(cell, name, "the generated method "+name) }
	if s.seq > 0 {
		g.w.use("sync/atomic")
		g.w.doc(cell+" holds a "+s.name+" for any number of goroutines: every step is one compare-and-swap. "+
			"Whoever wins has the effects, with the number of the step. A zero "+cell+" is to be set by Store. It must not be copied.", "")
		g.w.p("type %s struct{ word atomic.Uint64 }\n", cell)
	} else {
		g.w.use("sync")
		g.w.doc(cell+" holds a "+s.name+" for any number of goroutines. The joint state leaves no room for the number of the step in its word, "+
			"so a lock keeps the two together. A zero "+cell+" is to be set by Store. It must not be copied.", "")
		g.w.p("type %s struct {", cell)
		g.w.p("lock sync.Mutex")
		g.w.p("system %s", s.name)
		g.w.p("seq uint64")
		g.w.p("}\n")
	}
	method("Load")
	g.w.doc("Load is the joint state as it is now.", "")
	if s.seq > 0 {
		g.w.p("func (c *%s) Load() %s { return %s{c.word.Load()} }\n", cell, s.name, s.name)
	} else {
		g.w.p("func (c *%s) Load() %s {\nc.lock.Lock()\ndefer c.lock.Unlock()\nreturn c.system\n}\n", cell, s.name)
	}
	method("Store")
	g.w.doc("Store sets the joint state, whatever it was: for beginnings.", "")
	if s.seq > 0 {
		g.w.p("func (c *%s) Store(s %s) { c.word.Store(s.word) }\n", cell, s.name)
	} else {
		g.w.p("func (c *%s) Store(s %s) {\nc.lock.Lock()\ndefer c.lock.Unlock()\nc.system = s\n}\n", cell, s.name)
	}
	for _, r := range s.roots {
		g.cellMethod(s, r.method, r.kind, eventLiteral(s.name, r.kind, r.args), fmt.Sprintf("on%s(%s)", r.name, strings.Join(append([]string{"&out"}, argNames(r.args)...), ", ")), signature(r.args),
			fmt.Sprintf("%s is %s.%s, for any goroutine.", r.method, s.name, r.method))
	}
	method("Step")
	g.cellMethod(s, "Step", "event.Kind", "event", "handle(&out, event)", "event "+s.name+"Event", "Step is the method of the event's kind.")
}

// cellMethod writes a step on the cell.
func (g *generator) cellMethod(s *system, name, kind, event, call, params, doc string) {
	g.w.doc(doc, "")
	g.w.p("func (c *%sCell) %s(%s) (out %sEffects, err error) {", s.name, name, params, s.name)
	if s.seq == 0 {
		g.w.p("c.lock.Lock()")
		g.w.p("err = c.system.%s", call)
		g.w.p("if err == nil {")
		g.w.p("c.seq++")
		g.w.p("out.seq = c.seq")
		g.w.p("}")
		g.w.p("seq := c.seq")
		g.w.p("c.lock.Unlock()")
		g.tell(event, "seq")
		g.w.p("return out, err")
		g.w.p("}\n")
		return
	}
	g.w.p("for range fsm.MaxTries {")
	g.w.p("old := c.Load()")
	g.w.p("next := old")
	g.w.p("if err = next.%s; err != nil {", call)
	g.tell(event, "old.Seq()")
	g.w.p("return out, err")
	g.w.p("}")
	g.w.p("if c.word.CompareAndSwap(old.word, next.word) {")
	g.tell(event, "out.seq")
	g.w.p("return out, nil")
	g.w.p("}")
	g.w.p("out = %sEffects{}", s.name)
	g.w.p("}")
	g.w.p("old := c.Load()")
	g.w.p("err = %s%s.Refuse(int(old.State()), int(%s), fsm.CauseContention)", s.low, suffixRefusals, kind)
	g.tell(event, "old.Seq()")
	g.w.p("return out, err")
	g.w.p("}\n")
}
