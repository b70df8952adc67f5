package gen

import (
	"fmt"
	"strings"

	"interlock/fsm"
)

// system writes the joint machine of an atomic system.
func (g *generator) system(s *system) {
	s.table = g.planJointTable(s)
	s.known = g.planKnown(s)
	g.systemStates(s)
	g.systemEvents(s)
	g.systemEffects(s)
	g.systemWord(s)
	g.systemViews(s)
	g.systemNew(s)
	for _, r := range s.roots {
		g.rootMethods(s, r)
	}
	if s.table != nil {
		g.jointStep(s)
	}
	if s.known != nil {
		g.knownStep(s)
	}
	g.systemStep(s)
	g.systemTexts(s)
	g.systemFinish(s)
	g.systemRun(s)
	g.systemCell(s)
	g.systemClass(s)
	g.systemEnabled(s)
	g.systemSnapshot(s)
}

func (g *generator) systemStates(s *system) {
	name := s.name + "State"
	g.declare(name, "the generated type "+name)
	e := enum{name: name, low: s.low + "State", consts: s.states, texts: s.texts,
		doc: name + " is a reachable joint state of " + s.name + ": the states of all its machines."}
	var final []string
	for i, tuple := range s.tuples {
		all := true
		for k, state := range tuple {
			all = all && s.instances[k].machine.States[state].Final
		}
		if all {
			final = append(final, s.states[i])
		}
	}
	g.enum(e)
	g.isFinal(name, final)
}

func (g *generator) systemEvents(s *system) {
	kind := s.name + "EventKind"
	g.declare(kind, "the generated type "+kind)
	e := enum{name: kind, low: s.low + "Event", doc: kind + " names what the environment can ask of " + s.name + "."}
	all := newMerge(g, "Kind", "String")
	for _, r := range s.roots {
		e.consts, e.texts, e.docs = append(e.consts, r.kind), append(e.texts, r.text), append(e.docs, s.doc(r))
		used := distinct{}
		for i := range r.args {
			r.args[i].label = used.name(r.args[i].label)
			all.want(r.args[i].label, r.args[i].goType)
		}
	}
	for _, r := range s.roots {
		for i, a := range r.args {
			r.args[i].field = all.field(r.kind, a.label, a.goType)
		}
	}
	g.enum(e)
	name := s.name + "Event"
	g.declare(name, "the generated type "+name)
	g.w.doc(name+" is an event of "+s.name+" as plain data, for queues and replay. Fields that the event has no use for are not looked at.", "")
	g.w.p("type %s struct {", name)
	g.w.p("Kind %s", kind)
	for _, f := range all.fields {
		g.w.p("%s %s", f.name, f.goType)
	}
	g.w.p("}\n")
}

func (s *system) doc(r *root) string {
	if r.event != nil {
		return withParams(r.event.Doc, r.event.Params)
	}
	return s.Joints[r.joints[0]].Doc
}

func (g *generator) systemEffects(s *system) {
	kind := s.name + "EffectKind"
	g.declare(kind, "the generated type "+kind)
	e := enum{name: kind, low: s.low + "Effect", doc: kind + " names an effect of " + s.name + ": an order to its host."}
	timed := false
	for _, k := range s.kinds {
		e.consts, e.docs, e.texts = append(e.consts, k.goName), append(e.docs, k.doc), append(e.texts, k.group.source+": "+k.text)
		timed = timed || k.op == fsm.Start
	}
	g.enum(e)
	if timed {
		g.w.use("time")
		g.method(kind, "Duration", "the generated method Duration")
		g.w.doc("Duration is how long the timer runs that the effect starts; 0 for other effects.", "")
		g.w.p("func (v %s) Duration() time.Duration {", kind)
		g.w.p("switch v {")
		for _, k := range s.kinds {
			if k.op == fsm.Start {
				g.w.p("case %s:", k.goName)
				g.w.p("return %s.Duration()", k.name)
			}
		}
		g.w.p("}")
		g.w.p("return 0")
		g.w.p("}\n")
	}
	name := s.name + "Effect"
	g.declare(name, "the generated type "+name)
	g.w.doc(name+" is one effect. Fields that its kind has no use for are zero.", "")
	g.w.p("type %s struct {", name)
	g.w.p("Kind %s", kind)
	if s.hasArray() {
		g.w.p("Index %s // of the instance in its array", smallest(0, int64(len(s.instances))))
	}
	for _, f := range s.effects.fields {
		g.w.p("%s %s", f.name, f.goType)
	}
	g.w.p("}\n")
	if s.table != nil {
		g.jointEffects(s, name)
		return
	}
	g.list(listed{name: s.name + "Effects", element: name, state: s.name + "State", bound: s.bound, none: s.bound == 0 && len(s.kinds) == 0,
		what: "a step of " + s.name, seq: true})
}

func (s *system) hasArray() bool {
	for _, gr := range s.groups {
		if gr.array {
			return true
		}
	}
	return false
}

// systemViews writes what can be asked of a joint state.
func (g *generator) systemViews(s *system) {
	g.method(s.name, "State", "the generated method State")
	g.w.doc("State is the joint state of control.", "")
	g.w.p("func (s %s) State() %sState { return %sState(%s) }\n", s.name, s.name, s.name, s.control("s.word"))
	view := func(name, what, doc, specDoc, param, result, text string) {
		g.method(s.name, name, what)
		g.w.doc(name+" "+doc, specDoc)
		g.w.p("func (s %s) %s(%s) %s {", s.name, name, param, result)
		if strings.HasPrefix(text, "w.") {
			g.w.p("var w %s%s", s.low, suffixRun)
			g.w.p("s.unpack(&w)")
		}
		g.w.p("return %s", text)
		g.w.p("}\n")
	}
	for i, v := range s.Vars {
		if !v.Ghost {
			view(exported(v.Name), "the variable "+v.Name+" of "+s.Name, "is the variable "+v.Name+".", v.Doc, "", g.goType(v.Type), "w."+s.fields[i])
		}
	}
	for _, gr := range s.groups {
		param, record, of := "", "w."+gr.field, "of "+gr.source
		state := fmt.Sprintf("%s%s[s.State()][%d]", s.low, suffixTuples, gr.first)
		if gr.array {
			param, record = "index int", record+"[index]"
			state = fmt.Sprintf("%s%s[s.State()][%d:%d][index]", s.low, suffixTuples, gr.first, gr.first+gr.count)
			of += "[index]"
		}
		m := gr.machine
		doc := s.instances[gr.first].Doc
		if doc == "" {
			doc = m.Doc
		}
		view(gr.name, "the instance "+gr.source+" of "+s.Name, "is the state "+of+".", doc, param, m.name+"State", m.name+"State("+state+")")
		for i, v := range m.Vars {
			if !v.Ghost && !v.Shared {
				view(gr.name+exported(v.Name), "the variable "+v.Name+" of "+gr.source, "is the variable "+v.Name+" "+of+".", v.Doc, param,
					g.goType(v.Type), record+"."+m.fields[i])
			}
		}
		for i, t := range m.Timers {
			view(gr.name+exported(t.Name)+"Armed", "the timer "+t.Name+" of "+gr.source, "reports whether the timer "+t.Name+" "+of+" runs.", t.Doc, param,
				"bool", fmt.Sprintf("%s.armed&%#x != 0", record, uint64(1)<<i))
		}
	}
}

// rootMethods writes what the environment can ask: on the value, and the core on the unpacked joint state.
func (g *generator) rootMethods(s *system, r *root) {
	what := r.method + " is the joint transition " + r.text + "."
	if r.event != nil {
		what = fmt.Sprintf("%s is the %s %s of %s.", r.method, kindWord[r.event.Kind], r.event.Name, r.group.source)
	}
	g.w.doc(what+argDoc(g, r.args), s.doc(r))
	g.w.p("func (s *%s) %s(%s) (out %sEffects, err error) {", s.name, r.method, signature(r.args), s.name)
	if s.table != nil {
		g.w.p("out, err = s.step(%s, %s%s)", r.kind, s.low, suffixMore)
		g.w.p("return")
	} else {
		g.w.p("err = s.on%s(%s)", r.name, strings.Join(append([]string{"&out"}, argNames(r.args)...), ", "))
		g.tell(eventLiteral(s.name, r.kind, r.args), s.seqOf("s"))
		g.w.p("return out, err")
	}
	g.w.p("}\n")
	if !s.general() {
		return
	}
	g.method(s.name, "on"+r.name, "the generated method on"+r.name)
	g.w.p("func (s *%s) on%s(%s) error {", s.name, r.name, signature(append([]arg{{name: "out", goType: "*" + s.name + "Effects"}}, r.args...)))
	g.knownRoot(s, r)
	g.argChecks(r.later(), fmt.Sprintf("%s%s.Refuse(int(s.State()), int(%s), fsm.CauseArgument)", s.low, suffixRefusals, r.kind))
	g.w.p("w := %s%s{out: out}", s.low, suffixRun)
	g.w.p("s.unpack(&w)")
	for _, set := range r.sets {
		g.w.p("w.%s = %s", set[0], set[1])
	}
	g.w.p("cause := w.on%s(%s)", r.name, strings.Join(argNames(r.coreParams()), ", "))
	g.w.p("return s.finish(%s, &w, cause)", r.kind)
	g.w.p("}\n")
	if r.event != nil {
		g.eventRoot(s, r)
	} else {
		g.jointRoot(s, r)
	}
}

// coreParams are the parameters of the core of a root: all but those that only messages handed over look at, which are kept in
// the unpacked joint state.
func (r *root) coreParams() []arg {
	later := map[string]bool{}
	for _, set := range r.sets {
		later[set[1]] = true
	}
	asked := map[string]bool{}
	for _, name := range r.own {
		asked[name] = true
	}
	for _, name := range r.asked {
		asked[name] = true
	}
	var params []arg
	for _, a := range r.args {
		if !later[a.name] || asked[a.name] || a.role == rolePlain {
			params = append(params, a)
		}
	}
	return params
}

// later are the parameters that only messages handed over look at. They are checked at once, so that they are refused
// whether the step asks for them or not.
func (r *root) later() []arg {
	core := map[string]bool{}
	for _, a := range r.coreParams() {
		core[a.name] = true
	}
	var params []arg
	for _, a := range r.args {
		if !core[a.name] {
			params = append(params, a)
		}
	}
	return params
}

// eventRoot writes how an instance takes an event of its own.
func (g *generator) eventRoot(s *system, r *root) {
	gr := r.group
	core := "on" + r.name
	g.method(s.low+suffixRun, core, "the generated method "+core)
	g.w.p("func (w *%s%s) %s(%s) fsm.Cause {", s.low, suffixRun, core, signature(r.coreParams()))
	record, index := "w."+gr.field, ""
	if gr.array {
		g.w.p("if index < 0 || index >= %d {", gr.count)
		g.w.p("return fsm.CauseArgument")
		g.w.p("}")
		record, index = record+"[index]", "index, "
	}
	if r.event.Kind == fsm.Fire {
		g.heldBack(s, r)
	}
	g.w.p("var out %sEffects", gr.machine.name)
	g.lend(s, gr, record)
	g.w.p("if cause := %s.%s(%s); cause != fsm.CauseNone {", record, r.event.core, strings.Join(append([]string{"&out"}, r.own...), ", "))
	g.w.p("return cause")
	g.w.p("}")
	g.takeBack(s, gr, record)
	if gr.hasOrders() {
		g.w.p("w.route%s(%s&out)", gr.name, index)
	}
	g.w.p("return fsm.CauseNone")
	g.w.p("}\n")
}

// hasOrders reports whether the machine has effects at all.
func (gr *group) hasOrders() bool { return len(gr.machine.orders.kinds) > 0 }

// heldBack writes the refusal of a timer that an `order` holds back.
func (g *generator) heldBack(s *system, r *root) {
	for _, o := range s.Orders {
		second := s.instances[o.Second.Instance]
		if second.group != r.group || second.machine.Events[indexOf(second.machine, r.event)].Timer != o.Second.Timer {
			continue
		}
		cond := fmt.Sprintf("%s.armed&%#x != 0", s.instances[o.First.Instance].record, uint64(1)<<o.First.Timer)
		if r.group.array {
			cond = fmt.Sprintf("index == %d && %s", second.Index, cond)
		}
		g.w.p("if %s {", cond)
		g.w.p("return fsm.CauseOrder")
		g.w.p("}")
	}
}

// lend copies shared variables into the record of an instance, and takeBack what has become of them out of it.
func (g *generator) lend(s *system, gr *group, record string) {
	g.eachShared(s, gr, func(system, own string) { g.w.p("%s.%s = w.%s", record, own, system) })
}

func (g *generator) takeBack(s *system, gr *group, record string) {
	g.eachShared(s, gr, func(system, own string) { g.w.p("w.%s = %s.%s", system, record, own) })
}

func (g *generator) eachShared(s *system, gr *group, visit func(system, own string)) {
	for i, v := range gr.machine.Vars {
		if v.Shared && !v.Ghost {
			visit(s.fields[s.instances[gr.first].Shared[i]], gr.machine.fields[i])
		}
	}
}
