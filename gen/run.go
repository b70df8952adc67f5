package gen

import (
	"fmt"
	"strings"

	"interlock/fsm"
)

// systemNew writes the constructor: variables, then the entry bodies in the order of the instances, then their messages.
func (g *generator) systemNew(s *system) {
	name := "New" + s.name
	g.declare(name, "the generated function "+name)
	g.w.doc(name+" is the system at its start, with what the entry bodies of the initial states order.", "")
	refusal := fmt.Sprintf("%s{}, %sEffects{}, %s%s.Start", s.name, s.name, s.low, suffixRefusals)
	g.w.p("func %s(%s) (%s, %sEffects, error) {", name, signature(s.start.args), s.name, s.name)
	g.argChecks(s.start.args, refusal+"(fsm.CauseArgument)")
	g.w.p("var out %sEffects", s.name)
	g.w.p("w := %s%s{out: &out}", s.low, suffixRun)
	for _, set := range s.start.sets {
		g.w.p("w.%s = %s", set[0], set[1])
	}
	g.startVars(s)
	entries, args := g.startEntries(s)
	if entries != "" {
		g.w.p("if cause := w.begin(%s); cause != fsm.CauseNone {", strings.Join(argNames(args), ", "))
		g.w.p("return %s(cause)", refusal)
		g.w.p("}")
	}
	if s.queue > 0 {
		g.w.p("if cause := w.drain(); cause != fsm.CauseNone {")
		g.w.p("return %s(cause)", refusal)
		g.w.p("}")
	}
	g.initially(s, refusal)
	g.w.p("word, found := w.pack()")
	g.w.p("if !found {")
	g.w.p("return %s(fsm.CauseUnreachable)", refusal)
	g.w.p("}")
	g.w.p("s := %s{word}", s.name)
	if s.table != nil {
		g.w.p("out.from, out.to = word-%#x, word", mask(s.width)+1)
	} else {
		g.w.p("out.delivery, out.from, out.to = fsm.DeliveryTaken, s.State(), s.State()")
	}
	g.w.p("return s, out, nil")
	g.w.p("}\n")
	if entries != "" {
		g.method(s.low+suffixRun, "begin", "the generated method begin")
		g.w.p("// begin runs the entry bodies of the initial states.")
		g.w.p("func (w *%s%s) begin(%s) fsm.Cause {", s.low, suffixRun, signature(args))
		g.w.WriteString(entries)
		g.w.p("return fsm.CauseNone")
		g.w.p("}\n")
	}
}

// startVars gives variables and machines their first values.
func (g *generator) startVars(s *system) {
	for i, v := range s.Vars {
		switch {
		case v.Ghost:
		case v.Any:
			g.w.p("w.%s = %s", s.fields[i], s.start.chosen[fmt.Sprintf("system %d", i)])
		default:
			g.w.p("w.%s = %s", s.fields[i], g.literals(v.Type, v.Init))
		}
	}
	for _, in := range s.instances {
		var params []string
		for i, p := range in.machine.Params {
			params = append(params, g.literal(p.Type, in.Args[i]))
		}
		given := func(v int) string {
			if in.machine.Vars[v].Shared {
				return "w." + s.fields[in.Shared[v]]
			}
			if !in.machine.Vars[v].Any {
				return ""
			}
			text := s.start.chosen[fmt.Sprintf("%d var %d", in.group.index, v)]
			if in.group.array {
				text += fmt.Sprintf("[%d]", in.Index)
			}
			return text
		}
		g.w.p("%s = %s", in.record, g.fresh(in.machine, fmt.Sprint(in.Index), params, given))
	}
}

// startEntries is the text that runs the entry bodies, and the parameters that it needs.
func (g *generator) startEntries(s *system) (string, []arg) {
	needed := map[string]bool{}
	text := g.aside(func() {
		for _, in := range s.instances {
			if !in.machine.hasEntry() {
				continue
			}
			args := []string{"&out"}
			for _, a := range g.entryArgs(in.machine, distinct{}) {
				name := s.start.chosen[fmt.Sprint(in.group.index)+"|"+keyOf(in.machine.anyNames, a.name)]
				needed[name] = true
				args = append(args, name)
			}
			g.w.p("{")
			g.w.p("var out %sEffects", in.machine.name)
			g.lend(s, in.group, in.record)
			g.w.p("if cause := %s.start(%s); cause != fsm.CauseNone {", in.record, strings.Join(args, ", "))
			g.w.p("return cause")
			g.w.p("}")
			g.takeBack(s, in.group, in.record)
			g.handOn(s, in)
			g.w.p("}")
		}
	})
	var args []arg
	for _, a := range s.start.args {
		if needed[a.name] {
			args = append(args, a)
		}
	}
	return text, args
}

// initially writes the refusal of starts that the system does not allow. What looks at ghosts is for the checker alone.
func (g *generator) initially(s *system, refusal string) {
	for _, e := range s.Initially {
		p := &place{g: g, system: s}
		if p.ghostly(e) {
			continue
		}
		text := p.not(e).text
		if text == "false" {
			continue
		}
		if p.checks {
			g.w.p("{")
			g.w.p("var bad fsm.Ranges")
			text = fmt.Sprintf("holds := %s; !holds || bad.Failed()", p.expr(e).text)
		}
		g.w.p("if %s {", text)
		g.w.p("return %s(fsm.CauseStart)", refusal)
		g.w.p("}")
		if p.checks {
			g.w.p("}")
		}
	}
}

// ghostly reports whether an expression reads a ghost.
func (p *place) ghostly(e *fsm.Expr) bool {
	found := false
	walkExpr(e, func(x *fsm.Expr) {
		if x.Op == fsm.OpVar || x.Op == fsm.OpSystemVar || x.Op == fsm.OpInstanceVar {
			found = found || p.variable(x).Ghost
		}
	})
	return found
}

// systemStep writes what takes plain events.
func (g *generator) systemStep(s *system) {
	g.method(s.name, "handle", "the generated method handle")
	g.w.p("func (s *%s) handle(out *%sEffects, event %sEvent) error {", s.name, s.name, s.name)
	if s.table != nil {
		g.jointHandled(s)
	}
	if s.general() && len(s.roots) > 0 {
		g.handleKinds(s)
	}
	g.w.p("return %s%s.Refuse(int(s.State()), int(event.Kind), fsm.CauseArgument)", s.low, suffixRefusals)
	g.w.p("}\n")
	if s.table != nil {
		g.jointAsk(s)
		return
	}
	g.method(s.name, "Step", "the generated method Step")
	g.w.doc("Step is the method of the event's kind.", "")
	g.w.p("func (s *%s) Step(event %sEvent) (out %sEffects, err error) {", s.name, s.name, s.name)
	g.w.p("err = s.handle(&out, event)")
	g.tell("event", s.seqOf("s"))
	g.w.p("return out, err")
	g.w.p("}\n")
	g.method(s.name, "Can", "the generated method Can")
	g.w.doc("Can reports whether Step would not refuse the event.", "")
	g.w.p("func (s %s) Can(event %sEvent) bool {", s.name, s.name)
	g.w.p("var out %sEffects", s.name)
	g.w.p("return s.handle(&out, event) == nil")
	g.w.p("}\n")
	g.jointSuccessor(s)
}

// handleKinds writes the choice between the kinds of events.
func (g *generator) handleKinds(s *system) {
	g.w.p("switch event.Kind {")
	for _, r := range s.roots {
		args := []string{"out"}
		for _, a := range r.args {
			args = append(args, "event."+a.field)
		}
		g.w.p("case %s:", r.kind)
		g.w.p("return s.on%s(%s)", r.name, strings.Join(args, ", "))
	}
	g.w.p("}")
}

// systemFinish writes the end of every step.
func (g *generator) systemFinish(s *system) {
	g.private(s.low + suffixRefusals)
	g.w.p("var %s%s = fsm.NewRefusals(%q, %sState%s[:], %sEvent%s[:])\n", s.low, suffixRefusals, s.Name, s.low, suffixNames, s.low, suffixNames)
	if !s.general() {
		g.tellMethod(s.name, s.Name)
		return
	}
	g.method(s.name, "finish", "the generated method finish")
	g.w.p("// finish hands over the messages of a step and ends it: it is refused, or w becomes the joint state.")
	g.w.p("func (s *%s) finish(kind %sEventKind, w *%s%s, cause fsm.Cause) error {", s.name, s.name, s.low, suffixRun)
	if s.queue > 0 {
		g.w.p("if cause == fsm.CauseNone {")
		g.w.p("cause = w.drain()")
		g.w.p("}")
	}
	g.w.p("if cause == fsm.CauseNone {")
	g.w.p("word, found := w.pack()")
	g.w.p("if found {")
	if s.seq > 0 {
		g.w.p("word |= s.word>>%d<<%d + 1<<%d", s.width, s.width, s.width)
	}
	if s.table != nil {
		g.w.p("*w.out = %sEffects{s.word, word}", s.name)
	} else {
		g.w.p("w.out.delivery, w.out.from, w.out.to = fsm.DeliveryTaken, s.State(), %s{word}.State()", s.name)
	}
	g.w.p("s.word = word")
	if s.seq > 0 && s.table == nil {
		g.w.p("w.out.seq = s.Seq()")
	}
	g.w.p("return nil")
	g.w.p("}")
	g.w.p("cause = fsm.CauseUnreachable")
	g.w.p("}")
	g.w.p("*w.out = %sEffects{}", s.name)
	g.w.p("return %s%s.Refuse(int(s.State()), int(kind), cause)", s.low, suffixRefusals)
	g.w.p("}\n")
	g.tellMethod(s.name, s.Name)
}

// systemRun writes the unpacked joint state and how messages are handed over in it.
func (g *generator) systemRun(s *system) {
	run := g.private(s.low + suffixRun)
	if s.queue > 0 {
		g.packet(s)
	}
	g.w.p("// %s is the joint state unpacked, with a step under way.", run)
	g.w.p("type %s struct {", run)
	for i, v := range s.Vars {
		if !v.Ghost {
			g.w.p("%s %s", s.fields[i], g.goType(v.Type))
		}
	}
	for _, gr := range s.groups {
		typ := gr.machine.name
		if gr.array {
			typ = fmt.Sprintf("[%d]%s", gr.count, typ)
		}
		g.w.p("%s %s", gr.field, typ)
	}
	for _, a := range s.answers {
		g.w.p("%s %s", a.name, a.goType)
	}
	g.w.p("out *%sEffects", s.name)
	g.w.p("full bool // there were more effects, or messages, than a step from a reachable joint state can have")
	if s.queue > 0 {
		g.w.p("queue [%d]%s%s // what is to be handed over, from head to tail, round and round", s.slots(), s.low, suffixPacket)
		g.w.p("head, tail uint")
	}
	g.w.p("}\n")
	g.places(s)
	for _, gr := range s.groups {
		g.routes(s, gr)
		g.handOver(s, gr)
	}
	if s.queue > 0 {
		g.drain(s)
	}
}

// packet writes a message on its way.
func (g *generator) packet(s *system) {
	name := g.private(s.low + suffixPacket)
	for _, gr := range s.groups {
		for _, k := range gr.machine.orders.kinds {
			for i := range k.params {
				if k.op == fsm.Send {
					g.packetField(s, k.message, i)
				}
			}
		}
	}
	g.w.p("// %s is a message on its way: to an instance, from the one with that index in its array.", name)
	g.w.p("type %s struct {", name)
	g.w.p("To, From, Message uint16")
	for _, f := range s.packet.fields {
		g.w.p("%s %s", f.name, f.goType)
	}
	g.w.p("}\n")
}

// routes writes what becomes of the effects of an instance: messages are queued, the rest is the system's.
func (g *generator) routes(s *system, gr *group) {
	if !gr.hasOrders() {
		return
	}
	name := "route" + gr.name
	g.method(s.low+suffixRun, name, "the generated method "+name)
	text := g.aside(func() {
		for _, k := range gr.machine.orders.kinds {
			if k.op == fsm.Send {
				g.w.p("case %s:", k.name)
				g.route(s, gr, k)
			}
		}
		for _, k := range s.kinds {
			if k.group != gr {
				continue
			}
			fields, values := []string{"Kind"}, []string{k.goName}
			if gr.array {
				fields, values = append(fields, "Index"), append(values, fmt.Sprintf("%s(index)", smallest(0, int64(len(s.instances)))))
			}
			for i, f := range k.fields {
				fields, values = append(fields, f), append(values, "effect."+k.orderKind.fields[i])
			}
			g.w.p("case %s:", k.name)
			g.place("w.more()", fields, values)
		}
	})
	param := ""
	if gr.array {
		param = "index int, "
		if !strings.Contains(text, "index") {
			param = "_ int, "
		}
	}
	g.w.p("// %s queues the messages among the effects and passes the others on.", name)
	g.w.p("func (w *%s%s) %s(%sout *%sEffects) {", s.low, suffixRun, name, param, gr.machine.name)
	g.declareAt(text, s.name+"Effect")
	g.w.p("for i := range out.list[:out.n] {")
	if strings.Contains(text, "effect.") {
		g.w.p("effect := &out.list[i]")
		g.w.p("switch effect.Kind {")
	} else {
		g.w.p("switch out.list[i].Kind {")
	}
	g.w.WriteString(text)
	g.w.p("}")
	g.w.p("}")
	g.w.p("}\n")
}

// route writes where one kind of message goes.
func (g *generator) route(s *system, gr *group, k *orderKind) {
	var rows [][]int
	for _, in := range s.instances[gr.first : gr.first+gr.count] {
		rows = append(rows, in.Peers[k.peer])
	}
	to := fmt.Sprint(rows[0][0])
	switch array := gr.machine.Peers[k.peer].Len > 0; {
	case gr.array && array:
		to = routeTable(rows) + "[index][effect.To]"
	case gr.array:
		to = routeTable(rows) + "[index][0]"
	case array:
		to = strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%v", rows[0]), "["), "]")
		to = fmt.Sprintf("[...]uint16{%s}[effect.To]", strings.ReplaceAll(to, " ", ", "))
	}
	from := "0"
	if gr.array {
		from = "uint16(index)"
	}
	fields, values := []string{"To", "From", "Message"}, []string{to, from, fmt.Sprint(k.message)}
	for i := range k.params {
		fields, values = append(fields, g.packetField(s, k.message, i)), append(values, "effect."+k.fields[i])
	}
	g.w.p("p := w.post()")
	g.w.p("p.%s = %s", strings.Join(fields, ", p."), strings.Join(values, ", "))
}

// slots is the room for messages that wait: a power of two, so that it is gone round in without a division.
func (s *system) slots() int { return 1 << bitsFor(int64(s.queue-1)) }

// slot is the place in the queue that a counter stands for.
func (s *system) slot(counter string) string {
	if s.slots() == 1 {
		return "0"
	}
	return fmt.Sprintf("%s%%%d", counter, s.slots())
}

// places writes how a step makes room for an effect and for a message. A joint state that no step leads to, from a stored word,
// could need more than there is: then the step is refused at its end, and what it wrote till then does not matter.
func (g *generator) places(s *system) {
	run := s.low + suffixRun
	if len(s.kinds) > 0 {
		g.method(run, "more", "the generated method more")
		g.w.p("// more is the place of one more effect.")
		g.w.p("func (w *%s) more() *%sEffect {", run, s.name)
		g.w.p("if int(w.out.n) >= len(w.out.list) {")
		g.w.p("w.full, w.out.n = true, 0")
		g.w.p("}")
		g.w.p("w.out.n++")
		g.w.p("return &w.out.list[w.out.n-1]")
		g.w.p("}\n")
	}
	if s.queue > 0 {
		g.method(run, "post", "the generated method post")
		g.w.p("// post is the place of one more message.")
		g.w.p("func (w *%s) post() *%s%s {", run, s.low, suffixPacket)
		g.w.p("if w.tail-w.head >= %d {", s.slots())
		g.w.p("w.full, w.tail = true, w.head")
		g.w.p("}")
		g.w.p("w.tail++")
		g.w.p("return &w.queue[%s]", s.slot("(w.tail-1)"))
		g.w.p("}\n")
	}
}

func routeTable(rows [][]int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[...][%d]uint16{", len(rows[0]))
	for _, row := range rows {
		fmt.Fprintf(&b, "{%s}, ", strings.Trim(strings.ReplaceAll(fmt.Sprint(row), " ", ", "), "[]"))
	}
	return b.String() + "}"
}

// handOver writes how an instance receives a message.
func (g *generator) handOver(s *system, gr *group) {
	var events []groupEvent
	for _, at := range s.reached {
		if at.group == gr.index {
			events = append(events, at)
		}
	}
	if len(events) == 0 || s.queue == 0 {
		return
	}
	name := "receive" + gr.name
	g.method(s.low+suffixRun, name, "the generated method "+name)
	param, record, index := "", "w."+gr.field, ""
	if gr.array {
		param, record, index = "index int, ", record+"[index]", "index, "
	}
	g.w.p("func (w *%s%s) %s(%sp *%s%s) fsm.Cause {", s.low, suffixRun, name, param, s.low, suffixPacket)
	g.w.p("var out %sEffects", gr.machine.name)
	g.w.p("cause := fsm.CauseState")
	g.lend(s, gr, record)
	g.w.p("switch p.Message {")
	for _, at := range events {
		e := gr.machine.events[at.event]
		g.w.p("case %d:", e.Message)
		g.w.p("cause = %s.%s(%s)", record, e.core, strings.Join(append([]string{"&out"}, g.receivedArgs(s, at, e)...), ", "))
	}
	g.w.p("}")
	g.w.p("if cause == fsm.CauseNone && out.delivery == fsm.DeliveryDeferred {")
	g.w.p("cause = fsm.CauseDeferred")
	g.w.p("}")
	g.w.p("if cause != fsm.CauseNone {")
	g.w.p("return cause")
	g.w.p("}")
	g.takeBack(s, gr, record)
	if gr.hasOrders() {
		g.w.p("w.route%s(%s&out)", gr.name, index)
	}
	g.w.p("return fsm.CauseNone")
	g.w.p("}\n")
}

// receivedArgs are the arguments of an event that is a message handed over.
func (g *generator) receivedArgs(s *system, at groupEvent, e *event) []string {
	var args []string
	plain := 0
	for _, a := range e.args {
		switch a.role {
		case roleFrom:
			args = append(args, fmt.Sprintf("%s(p.From)", a.goType))
		case rolePlain:
			args = append(args, "p."+g.packetField(s, e.Message, plain))
			plain++
		case roleExtern:
			args = append(args, "w."+s.asked[a.extern])
		case roleAny:
			args = append(args, "w."+s.chosen[at][keyOf(e.anys, a.name)])
		}
	}
	return args
}

// drain writes the handing over of messages, oldest first.
func (g *generator) drain(s *system) {
	g.method(s.low+suffixRun, "drain", "the generated method drain")
	g.w.p("// drain hands over the messages of the step, oldest first, each to completion. Where one is kept may hold the next as soon")
	g.w.p("// as its receiver has it.")
	g.w.p("func (w *%s%s) drain() fsm.Cause {", s.low, suffixRun)
	if len(s.reached) == 0 { // no receiver knows what is sent
		g.w.p("if w.head != w.tail {")
		g.w.p("return fsm.CauseState")
		g.w.p("}")
		g.w.p("return fsm.CauseNone")
		g.w.p("}\n")
		return
	}
	g.w.p("for n := 0; w.head != w.tail; n++ {")
	g.w.p("if n >= fsm.MaxDeliveries {")
	g.w.p("return fsm.CauseRunaway")
	g.w.p("}")
	g.w.p("p := &w.queue[%s]", s.slot("w.head"))
	g.w.p("w.head++")
	g.w.p("cause := fsm.CauseState")
	g.w.p("switch {")
	for _, gr := range s.groups {
		receives := false
		for _, at := range s.reached {
			receives = receives || at.group == gr.index
		}
		switch {
		case !receives:
		case gr.array:
			g.w.p("case p.To >= %d && p.To < %d:", gr.first, gr.first+gr.count)
			g.w.p("cause = w.receive%s(int(p.To)-%d, p)", gr.name, gr.first)
		default:
			g.w.p("case p.To == %d:", gr.first)
			g.w.p("cause = w.receive%s(p)", gr.name)
		}
	}
	g.w.p("}")
	g.w.p("if cause != fsm.CauseNone {")
	g.w.p("return cause")
	g.w.p("}")
	g.w.p("}")
	g.w.p("return fsm.CauseNone")
	g.w.p("}\n")
}
