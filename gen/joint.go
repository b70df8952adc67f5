package gen

import (
	"fmt"
	"strings"

	"interlock/fsm"
)

// jointRoot writes a joint transition: one function for each of its instances, and the choice between them.
func (g *generator) jointRoot(s *system, r *root) {
	core := "on" + r.name
	g.method(s.low+suffixRun, core, "the generated method "+core)
	params := r.coreParams()
	own := s.Joints[r.joints[0]].Params
	g.w.p("func (w *%s%s) %s(%s) fsm.Cause {", s.low, suffixRun, core, signature(params))
	g.argChecks(params, "fsm.CauseArgument")
	rest := params[len(own):]
	p := &place{g: g, system: s}
	for _, j := range r.joints {
		var tests []string
		for i, a := range own {
			tests = append(tests, fmt.Sprintf("%s == %s", params[i].name, p.constant(a.Type, s.Joints[j].Args[i]).text))
		}
		call := fmt.Sprintf("return w.on%s(%s)", g.jointName(s, j), strings.Join(argNames(rest), ", "))
		if len(tests) == 0 {
			g.w.p("%s", call)
			break
		}
		g.w.p("if %s {", strings.Join(tests, " && "))
		g.w.p("%s", call)
		g.w.p("}")
	}
	if len(own) > 0 {
		g.w.p("return fsm.CauseState")
	}
	g.w.p("}\n")
	for _, j := range r.joints {
		g.joint(s, r, j, rest)
	}
}

// jointName tells the instances of a joint transition apart.
func (g *generator) jointName(s *system, j int) string {
	return fmt.Sprintf("%s_%d", exported(s.Joints[j].Name), j)
}

// joint writes one instance of a joint transition: every machine must be in a state that takes part and the guard must hold;
// then the bodies run in the order of the text.
func (g *generator) joint(s *system, r *root, j int, params []arg) {
	t := s.Joints[j]
	name := g.jointName(s, j)
	g.method(s.low+suffixRun, "on"+name, "the generated method on"+name)
	for k := range t.Parts {
		g.jointPart(s, r, j, k, params)
	}
	p := &place{g: g, system: s, externs: r.externsOf(t), anys: r.anysOf("")}
	p.param = func(i int) code { return p.constant(t.Params[i].Type, t.Args[i]) }
	text := g.aside(func() {
		g.partTests(s, t)
		if t.Guard != nil && p.expr(t.Guard).text != "true" {
			g.w.p("if %s {", p.not(t.Guard).text)
			g.w.p("return fsm.CauseState")
			g.w.p("}")
		}
		for k := range t.Parts {
			g.partCall(s, j, k, params)
		}
		p.body(t.Body)
	})
	g.w.p("func (w *%s%s) on%s(%s) fsm.Cause {", s.low, suffixRun, name, signature(params))
	g.declareBad(p)
	g.w.WriteString(text)
	g.finishBad(p)
	g.w.p("return fsm.CauseNone")
	g.w.p("}\n")
}

// partTests writes the refusal in states that take no part.
func (g *generator) partTests(s *system, t *fsm.JointTransition) {
	for _, part := range t.Parts {
		in := s.instances[part.Instance]
		var tests []string
		for _, from := range part.From {
			if from != fsm.Down {
				tests = append(tests, fmt.Sprintf("%s.state != %s", in.record, in.machine.states[from]))
			}
		}
		if len(tests) > 0 {
			g.w.p("if %s {", strings.Join(tests, " && "))
		}
		g.w.p("return fsm.CauseState")
		if len(tests) > 0 {
			g.w.p("}")
		}
	}
}

// partCall writes how one machine takes its part, inside the function of the joint transition.
func (g *generator) partCall(s *system, j, k int, params []arg) {
	in := s.instances[s.Joints[j].Parts[k].Instance]
	g.w.p("{")
	g.w.p("var out %sEffects", in.machine.name)
	g.lend(s, in.group, in.record)
	args := append([]string{"&out"}, argNames(params)...)
	g.w.p("if cause := %s.%s(%s); cause != fsm.CauseNone {", in.record, g.partName(s, j, k), strings.Join(args, ", "))
	g.w.p("return cause")
	g.w.p("}")
	g.takeBack(s, in.group, in.record)
	g.handOn(s, in)
	g.w.p("}")
}

// handOn writes what becomes of the effects in out of one instance.
func (g *generator) handOn(s *system, in *instance) {
	if !in.group.hasOrders() {
		return
	}
	index := ""
	if in.group.array {
		index = fmt.Sprintf("%d, ", in.Index)
	}
	g.w.p("w.route%s(%s&out)", in.group.name, index)
}

func (g *generator) partName(s *system, j, k int) string {
	return fmt.Sprintf("on%s%s_%d", s.name, g.jointName(s, j), k)
}

// jointPart writes a machine's part of a joint transition as a method of the machine.
func (g *generator) jointPart(s *system, r *root, j, k int, params []arg) {
	t := s.Joints[j]
	part := t.Parts[k]
	m := s.instances[part.Instance].machine
	name := g.partName(s, j, k)
	g.method(m.name, name, "the generated method "+name)
	p := &place{g: g, machine: m, externs: map[string]string{}, anys: r.anysOf(fmt.Sprint(k))}
	for _, b := range part.Bodies {
		walkBodyExprs(b, r.noteExterns(p.externs))
	}
	p.param = func(i int) code { return p.constant(t.Params[i].Type, t.Args[i]) }
	ordered := false
	text := g.aside(func() {
		g.w.p("switch m.state {")
		for i, from := range part.From {
			if from == fsm.Down {
				continue
			}
			g.w.p("case %s:", m.states[from])
			p.body(part.Bodies[i])
			if part.Targets[i] != fsm.Stay && part.Targets[i] != from {
				g.w.p("m.state = %s", m.states[part.Targets[i]])
			}
			ordered = ordered || orders(part.Bodies[i]) > 0
		}
		g.w.p("}")
	})
	out := "_"
	if ordered {
		out = "out"
	}
	g.w.p("func (m *%s) %s(%s) fsm.Cause {", m.name, name, signature(append([]arg{{name: out, goType: "*" + m.name + "Effects"}}, params...)))
	g.declareBad(p)
	g.declareAt(text, m.name+"Effect")
	g.w.WriteString(text)
	g.finishBad(p)
	g.w.p("return fsm.CauseNone")
	g.w.p("}\n")
}

// noteExterns fills a map from questions to the parameters that answer them.
func (r *root) noteExterns(into map[string]string) func(*fsm.Expr) {
	return func(x *fsm.Expr) {
		if x.Op == fsm.OpExtern {
			into[externKey(x)] = r.asked[x.Index]
		}
	}
}

// externsOf are the questions of a joint transition's guard and system body.
func (r *root) externsOf(t *fsm.JointTransition) map[string]string {
	externs := map[string]string{}
	walkExpr(t.Guard, r.noteExterns(externs))
	walkBodyExprs(t.Body, r.noteExterns(externs))
	return externs
}

// anysOf are the parameters for the free choices of one body of a joint transition.
func (r *root) anysOf(name string) map[string]string {
	own := map[string]string{}
	for key, param := range r.chosen {
		if rest, ok := strings.CutPrefix(key, name+"|"); ok {
			own[rest] = param
		}
	}
	return own
}
