package gen

import "interlock/fsm"

// cost is how much a body, and all that follows from its sends, can make.
type cost struct{ effects, messages int }

func (c cost) plus(o cost) cost { return cost{c.effects + o.effects, c.messages + o.messages} }

func (c cost) max(o cost) cost {
	return cost{max(c.effects, o.effects), max(c.messages, o.messages)}
}

// bounds finds the largest cost of a step.
type bounds struct {
	s      *system
	known  map[groupEvent]cost
	open   map[groupEvent]bool
	cyclic bool // messages can answer each other for ever, as far as their names tell
}

// planBounds sizes the effects of one step, and the messages of it that wait at once.
func (g *generator) planBounds(s *system) {
	most, ok := planCascades(s)
	if !ok {
		most = coarse(s)
	}
	for _, gr := range s.groups { // what is never done still has its place in the text
		for _, k := range gr.machine.orders.kinds {
			if k.op == fsm.Send {
				most.messages = max(most.messages, 1)
			} else {
				most.effects = max(most.effects, 1)
			}
		}
	}
	s.bound, s.queue = most.effects, most.messages
	if s.bound > maxOrders || s.queue > maxOrders {
		g.fail("a step of system %s can have %d effects and hand over %d messages: at most %d fit", s.Name, s.bound, s.queue, maxOrders)
	}
}

// coarse is a bound that looks at the names of messages alone: which can answer which. Where they could go round, the limit on
// deliveries bounds the step.
func coarse(s *system) cost {
	b := &bounds{s: s, known: map[groupEvent]cost{}, open: map[groupEvent]bool{}}
	var most, single cost
	for _, gr := range s.groups {
		for i, e := range gr.machine.Events {
			if e.Kind != fsm.Receive {
				most = most.max(b.event(groupEvent{gr.index, i}))
			}
		}
	}
	for j := range s.Joints {
		sum := cost{}
		for _, p := range s.Joints[j].Parts {
			largest := cost{}
			for _, body := range p.Bodies {
				largest = largest.max(b.body(s.instances[p.Instance].group, body))
			}
			sum = sum.plus(largest)
		}
		most = most.max(sum)
	}
	start := cost{}
	for _, o := range s.entries() {
		start = start.plus(b.body(o.group, o.body))
	}
	most = most.max(start)
	if !b.cyclic {
		return most
	}
	for _, at := range s.reached {
		for _, o := range s.bodiesOf(at) {
			single = single.max(shallow(o.body))
		}
	}
	first := cost{}
	for _, o := range s.everything() {
		first = first.plus(shallow(o.body)) // more than enough: roots do not run together, except at the start
	}
	return cost{first.effects + fsm.MaxDeliveries*single.effects, first.messages + fsm.MaxDeliveries*single.messages}
}

// shallow is the cost of a body itself.
func shallow(body []*fsm.Stmt) cost {
	sends, all := 0, orders(body)
	walkStmts(body, func(s *fsm.Stmt) {
		if s.Op == fsm.Send {
			sends++
		}
	})
	return cost{all, sends}
}

func (b *bounds) event(at groupEvent) cost {
	if c, ok := b.known[at]; ok {
		return c
	}
	if b.open[at] {
		b.cyclic = true
		return cost{}
	}
	b.open[at] = true
	c := cost{}
	for _, o := range b.s.bodiesOf(at) {
		c = c.max(b.body(o.group, o.body))
	}
	b.open[at] = false
	b.known[at] = c
	return c
}

func (b *bounds) body(gr *group, body []*fsm.Stmt) cost {
	sum := cost{}
	for _, st := range body {
		switch st.Op {
		case fsm.Start, fsm.Stop, fsm.Do:
			sum.effects++
		case fsm.If:
			sum = sum.plus(b.body(gr, st.Then).max(b.body(gr, st.Else)))
		case fsm.Send:
			largest := cost{}
			for _, at := range b.s.targets(gr, st) {
				largest = largest.max(b.event(at))
			}
			sum = sum.plus(largest).plus(cost{0, 1})
		}
	}
	return sum
}

// planKinds makes the effects of the machines effects of the system, and names the fields of messages that are handed over.
func (g *generator) planKinds(s *system) {
	s.packet = newMerge(g, "To", "From", "Message")
	for _, m := range g.spec.Messages {
		for i, label := range labels(m.Fields) {
			s.packet.want(label, g.goType(m.Fields[i].Type))
		}
	}
	s.effects = newMerge(g, "Kind", "Index", "String")
	for _, gr := range s.groups {
		for _, k := range gr.machine.orders.kinds {
			if k.op == fsm.Send {
				continue
			}
			own := &systemOrder{group: gr, orderKind: k}
			own.goName = g.declare(s.name+gr.name+k.name[len(gr.machine.name):], "the effect `"+k.text+"` of "+gr.source+" in "+s.Name)
			s.kinds = append(s.kinds, own)
			for i, label := range labels(k.params) {
				s.effects.want(label, g.goType(k.params[i].Type))
			}
		}
	}
	for _, k := range s.kinds {
		for i, label := range labels(k.params) {
			k.fields = append(k.fields, s.effects.field(k.goName, label, g.goType(k.params[i].Type)))
		}
	}
}

// packetField is where a field of a message is kept while it is handed over.
func (g *generator) packetField(s *system, message, i int) string {
	m := g.spec.Messages[message]
	return s.packet.field(exported(m.Name), labels(m.Fields)[i], g.goType(m.Fields[i].Type))
}
