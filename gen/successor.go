package gen

// successor writes the question what a step would lead to, of a machine or of a joint machine. self is the name that step knows the
// receiver by, here a copy; step is the text of the step, with out and err for its results, without what observers are told.
func (g *generator) successor(name, self string, step func()) {
	g.method(name, "Successor", "the generated method Successor")
	g.w.doc("Successor asks what Step would do: next is the "+name+" that it would lead to, the rest what it would return. Observers are not told. "+
		"Where the event would be refused, next is the "+name+" as it is.", "")
	g.w.p("func (%s %s) Successor(event %sEvent) (next %s, out %sEffects, err error) {", self, name, name, name, name)
	step()
	g.w.p("return %s, out, err", self)
	g.w.p("}\n")
}

// tableSuccessor writes Successor of a machine that steps by a table.
func (g *generator) tableSuccessor(m *machine) {
	g.successor(m.name, "m", func() {
		g.w.p("kind := min(event.Kind, %d)", len(m.events))
		g.tableCases(m, "event")
	})
}

// machineSuccessor writes Successor of a machine whose steps run bodies.
func (g *generator) machineSuccessor(m *machine) {
	g.successor(m.name, "m", func() {
		g.machineTakes(m, g.answered(m), "m.handle(&out, event)", "event.Kind")
	})
}

// jointSuccessor writes Successor of a joint machine.
func (g *generator) jointSuccessor(s *system) {
	g.successor(s.name, "s", func() { g.w.p("err = s.handle(&out, event)") })
}
