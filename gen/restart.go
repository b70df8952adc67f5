package gen

import (
	"fmt"
	"strings"

	"interlock/fsm"
)

// restarts reports whether a crash leaves a machine otherwise than a first start does, so that it gets a constructor of its
// own for it.
func (m *machine) restarts() bool { return len(m.durables()) > 0 || len(m.Restart) > 0 }

// durables are the variables, by number, that the host keeps. Ghosts are the checker's, and shared variables of the host anyway.
func (m *machine) durables() []int {
	var kept []int
	for i, v := range m.Vars {
		if v.Durable && !v.Ghost && !v.Shared {
			kept = append(kept, i)
		}
	}
	return kept
}

// restarting is how a machine is made after a crash: as by a constructor, and what is asked of the host beyond that.
type restarting struct {
	constructor
	durable string // the parameter with the durable variables; "" if there are none
	asks    *event // extern guards and free choices of what answers the restart
	begins  bool   // nothing may answer, and the machine begins at its initial state
	text    string // the levels
	checks  bool
}

// planRestart finds the parameters: what a constructor has, the durable variables, and the answers and choices of `on restart`
// or of the entry bodies.
func (g *generator) planRestart(m *machine) *restarting {
	used := distinct{}
	r := &restarting{constructor: constructor{vars: map[int]string{}},
		asks: &event{Event: &fsm.Event{}, externs: map[string]string{}, anys: map[string]string{}}}
	g.made(m, &r.constructor, used)
	if len(m.durables()) > 0 {
		r.durable = used.name("durable")
		r.args = append(r.args, arg{name: r.durable, goType: m.name + "Durable"})
		for _, i := range m.durables() {
			r.vars[i] = r.durable + "." + exported(m.Vars[i].Name)
		}
	}
	g.madeFree(m, &r.constructor, used, func(v fsm.Var) bool { return !v.Durable || v.Shared })
	p := &place{g: g, machine: m, externs: r.asks.externs, anys: r.asks.anys, down: true}
	for _, level := range m.Restart {
		for _, t := range level {
			visit := func(x *fsm.Expr) { g.planExtern(r.asks, x, used) }
			walkExpr(m.Transitions[t].Guard, visit)
			walkBodyExprs(m.Transitions[t].Body, visit)
			r.asks.planAnys(g, p.anySites(m.Transitions[t].Body), used)
		}
	}
	r.text = g.aside(func() {
		g.answerChecks(p, r.asks)
		g.levels(p, m, m.Restart)
	})
	r.begins = !strings.HasSuffix(r.text, "return fsm.CauseNone\n") // what is conditional ends in a bracket
	if r.begins {
		r.asks.planAnys(g, m.entry, used)
	}
	r.checks = p.checks
	r.entry = r.asks.args
	r.args = append(r.args, r.entry...)
	return r
}

// machineRestart writes the durable variables and what makes a machine of them.
func (g *generator) machineRestart(m *machine) {
	if !m.restarts() {
		return
	}
	g.durable(m)
	r := g.planRestart(m)
	name := "Restart" + m.name
	g.declare(name, "the generated function "+name)
	g.restartCore(m, r)
	g.w.doc(restartDoc(m, name)+argDoc(g, r.args), "")
	g.w.p("func %s(%s) (%s, %sEffects, error) {", name, signature(r.args), m.name, m.name)
	refusal := fmt.Sprintf("%s{}, %sEffects{}, %s%s.Start", m.name, m.name, m.low, suffixRefusals)
	g.argChecks(append(r.args, g.durableArgs(m, r)...), refusal+"(fsm.CauseArgument)")
	g.w.p("next, out := %s, %sEffects{}", g.fresh(m, r.self, r.params, func(v int) string { return r.vars[v] }), m.name)
	if r.text != "" || m.hasEntry() {
		g.w.p("if cause := next.restart(%s); cause != fsm.CauseNone {", strings.Join(append([]string{"&out"}, argNames(r.entry)...), ", "))
		g.w.p("return %s(cause)", refusal)
		g.w.p("}")
	}
	g.w.p("out.delivery, out.from, out.to = fsm.DeliveryTaken, next.state, next.state")
	g.w.p("return next, out, nil")
	g.w.p("}\n")
}

// restartDoc says what is made and what the host owes.
func restartDoc(m *machine, name string) string {
	doc := name + " is the machine after a crash and a restart, with no timer running: in the state that `on restart` says, or else in its " +
		"initial state. It returns what that orders."
	if m.selfType != "" {
		doc += fmt.Sprintf(" The first argument is its index in an array of machines, 0..%d, and 0 where there is no array.", m.selfTop)
	}
	if len(m.durables()) > 0 {
		doc += " Its durable variables are those that the host stored last. After each step that changes them, and after this, the host " +
			"stores Durable() before it performs the effects; all other variables have their first values again."
	}
	return doc
}

// durableArgs are the fields with the durable variables, to be checked as parameters are.
func (g *generator) durableArgs(m *machine, r *restarting) []arg {
	var args []arg
	for _, i := range m.durables() {
		args = append(args, arg{name: r.vars[i], typ: m.Vars[i].Type})
	}
	return args
}

// durable writes the struct of the durable variables and the method that reads them.
func (g *generator) durable(m *machine) {
	kept := m.durables()
	if len(kept) == 0 {
		return
	}
	name := m.name + "Durable"
	g.declare(name, "the generated type "+name)
	g.w.doc(name+" is what of "+m.name+" outlives a crash. The host stores it.", "")
	g.w.p("type %s struct {", name)
	var values []string
	for _, i := range kept {
		v := m.Vars[i]
		for _, line := range commentLines(v.Doc) {
			g.w.p("// %s", line)
		}
		g.w.p("%s %s", exported(v.Name), g.goType(v.Type))
		values = append(values, exported(v.Name)+": m."+m.fields[i])
	}
	g.w.p("}\n")
	g.method(m.name, "Durable", "the generated method Durable")
	g.w.doc("Durable is what has to be stored for Restart"+m.name+".", "")
	g.w.p("func (m *%s) Durable() %s { return %s{%s} }\n", m.name, name, name, strings.Join(values, ", "))
}

// restartCore writes the method that answers the restart of a machine whose variables are set.
func (g *generator) restartCore(m *machine, r *restarting) {
	if r.text == "" && !m.hasEntry() {
		return
	}
	end := "return fsm.CauseNone\n"
	if m.hasEntry() {
		args := []string{"out"}
		seen := map[string]bool{}
		for _, s := range m.entry {
			if !seen[s.key] {
				seen[s.key] = true
				args = append(args, r.asks.anys[s.key])
			}
		}
		end = "return m.start(" + strings.Join(args, ", ") + ")\n"
	}
	text := r.text
	if r.begins {
		text += end
	}
	out := "_"
	if strings.Contains(text, "out.") || strings.Contains(text, "(out") {
		out = "out"
	}
	g.method(m.name, "restart", "the generated method restart")
	g.w.p("// restart does what `on restart` says. Where it fails, m is half written.")
	g.w.p("func (m *%s) restart(%s) fsm.Cause {", m.name, signature(append([]arg{{name: out, goType: "*" + m.name + "Effects"}}, r.entry...)))
	if r.checks {
		g.w.p("var bad fsm.Ranges")
	}
	g.declareAt(text, m.name+"Effect")
	g.w.WriteString(text)
	g.w.p("}\n")
}
