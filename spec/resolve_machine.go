package spec

import (
	"strconv"
	"time"

	"interlock/fsm"
)

// machine is a declared machine on its way to its fsm.Machine.
type machine struct {
	c        *compiler
	decl     *MachineDecl
	index    int
	ir       *fsm.Machine
	names    names
	members  []MachineMember // once switches are decided
	hidden   bool            // a part of it could not be read
	peers    []peer
	events   [2][]fsm.Event // inputs and internals
	badEvent map[string]bool
	started  []bool // by timer: some body starts it
	root     *state
	leaves   []*state
	bySimple map[string][]*state // by their own name, in order
	receives map[int]fsm.Span    // messages that it mentions, with the place
	arrives  map[int]bool        // messages that a machine sends to it
	broken   bool                // some answer has a mistake in it
	sources  int                 // written transitions so far
	restart  holder
	top      int64 // the largest index of an instance
	senders  int64 // the largest index of an instance that may send to it
}

// peer is a peer of a machine; n is 0 for a single one and -1 where its number is not known.
type peer struct {
	machine *machine
	n       int
}

func newMachine(c *compiler, d *MachineDecl) *machine {
	return &machine{
		c: c, decl: d, hidden: d.Bad, bySimple: map[string][]*state{}, receives: map[int]fsm.Span{}, arrives: map[int]bool{},
		badEvent: map[string]bool{}, ir: &fsm.Machine{Name: d.Name.Name, Doc: d.Doc, Span: d.Name.Span},
	}
}

// peerLen is the number of elements of an array of peers; 0 for a single one, -1 if it is not known.
func (m *machine) peerLen(i int) int { return m.peers[i].n }

// namesOf lists the names of some kinds that the machine declares.
func (m *machine) namesOf(kinds ...symbolKind) []string {
	var list []string
	for _, s := range m.names.list {
		for _, k := range kinds {
			if s.kind == k {
				list = append(list, s.name.Name)
			}
		}
	}
	return list
}

// shapeMachines resolves everything in machines but guards and bodies.
func (c *compiler) shapeMachines() {
	for i, m := range c.machines.list {
		m.index = i
		c.spec.Machines = append(c.spec.Machines, m.ir)
	}
	for _, m := range c.machines.list {
		m.members = m.active(nil, m.decl.Members)
		m.declareParams()
		for _, member := range m.members {
			m.declareMember(member)
		}
		m.shapeStates()
	}
}

// active decides the switches round members.
func (m *machine) active(list, members []MachineMember) []MachineMember {
	for _, member := range members {
		sw, ok := member.(*IfMachine)
		if !ok {
			list = append(list, member)
			continue
		}
		if chosen, known := m.c.decide(sw.Cond, sw.Then, sw.Else); known {
			list = m.active(list, chosen.([]MachineMember))
		} else {
			m.hidden = true
		}
	}
	return list
}

// activeState decides the switches round members of a state.
func (m *machine) activeState(list, members []StateMember) []StateMember {
	for _, member := range members {
		sw, ok := member.(*IfState)
		if !ok {
			list = append(list, member)
			continue
		}
		if chosen, known := m.c.decide(sw.Cond, sw.Then, sw.Else); known {
			list = m.activeState(list, chosen.([]StateMember))
		} else {
			m.hidden = true
		}
	}
	return list
}

func (m *machine) declareParams() {
	params, _ := m.c.params(m.decl.Params, "parameter")
	m.ir.Params = params
	for i, p := range params {
		if _, taken := m.names.find(p.Name); !taken { // twice: told by params
			m.c.declareSymbol(&m.names, &symbol{kind: symParam, name: Ident{p.Name, p.Span}, index: i, typ: p.Type})
		}
	}
}

func (m *machine) declareMember(member MachineMember) {
	switch d := member.(type) {
	case *PeerDecl:
		m.declarePeer(d)
	case *VarDecl:
		v, typ := m.c.variable(d, m.env("the first value of a variable"))
		v.Durable, v.Shared = d.Durable, d.Shared
		s := &symbol{kind: symVar, name: d.Name, index: len(m.ir.Vars), typ: typ, ghost: d.Ghost}
		m.ir.Vars = append(m.ir.Vars, v)
		m.c.declareSymbol(&m.names, s)
	case *TimerDecl:
		if !m.eventName(d.Name) {
			return
		}
		s := &symbol{kind: symTimer, name: d.Name, index: len(m.ir.Timers)}
		m.ir.Timers = append(m.ir.Timers,
			fsm.Timer{Name: d.Name.Name, Doc: d.Doc, Duration: time.Duration(d.Duration), Span: d.Name.Span})
		m.started = append(m.started, false)
		m.c.declareSymbol(&m.names, s)
	case *InputDecl:
		m.declareEvent(fsm.Input, symInput, d.Name, d.Doc, d.Params)
	case *InternalDecl:
		m.declareEvent(fsm.Internal, symInternal, d.Name, d.Doc, d.Params)
	case *PredicateDecl:
		m.c.declareSymbol(&m.names, &symbol{kind: symPredicate, name: d.Name, predicate: &predicate{decl: d, m: m}})
	}
}

// eventName reports whether a name can be that of an event: messages come by name too.
func (m *machine) eventName(name Ident) bool {
	if name.Name == "" {
		return false
	}
	if d, taken := m.c.messages.find(name.Name); taken {
		m.c.duplicate(name, "event", d.decl.Name.Span)
		return false
	}
	return m.c.notRestart(name)
}

func (m *machine) declareEvent(kind fsm.EventKind, sym symbolKind, name Ident, doc string, decls []Param) {
	params, bad := m.c.params(decls, "parameter")
	if !m.eventName(name) {
		return
	}
	m.badEvent[name.Name] = bad
	if many, over := combinations(params); over {
		m.c.tell("limit", name.Span, "the parameters of %s together have %s combinations of values; the limit is %d", quote(name.Name), many,
			maxDomain).help("The checker tries each. Let a parameter range over the values that differ in what they do.")
	}
	list := &m.events[kind]
	s := &symbol{kind: sym, name: name, index: len(*list)}
	*list = append(*list, fsm.Event{Kind: kind, Name: name.Name, Doc: doc, Params: params, Span: name.Span})
	m.c.declareSymbol(&m.names, s)
}

// combinations counts the values of parameters together, and reports whether they are more than the checker should try.
func combinations(params []fsm.Param) (text string, over bool) {
	n := int64(1)
	for _, p := range params {
		if p.Type == nil {
			continue // told
		}
		if size := p.Type.Hi - p.Type.Lo + 1; n <= maxDomain {
			n *= min(size, 1<<40)
		}
	}
	if n > maxDomain && len(params) > 1 {
		return "more than " + strconv.Itoa(maxDomain), true
	}
	return strconv.FormatInt(n, 10), n > maxDomain
}

func (m *machine) declarePeer(d *PeerDecl) {
	p := peer{}
	if d.Count != nil {
		n, known := m.c.length(d.Count, "an array of peers", maxInstances)
		if p.n = n; !known {
			p.n = -1
		}
	}
	machine := 0
	if d.Machine.Name != "" {
		if other, ok := m.c.machines.find(d.Machine.Name); ok {
			p.machine, machine = other, other.index
		} else if !m.c.hidden {
			m.c.unknownMachine(d.Machine)
		}
	}
	s := &symbol{kind: symPeer, name: d.Name, index: len(m.peers), element: -1}
	m.peers = append(m.peers, p)
	m.ir.Peers = append(m.ir.Peers, fsm.Peer{Name: d.Name.Name, Machine: machine, Len: max(p.n, 0), Span: d.Name.Span})
	m.c.declareSymbol(&m.names, s)
}

func (c *compiler) unknownMachine(name Ident) {
	t := c.unknown(nil, "unknown-machine", name, "there is no machine %s", quote(name.Name)).suggest(name, c.machines.names)
	if d, ok := c.systems.find(name.Name); ok {
		t.label(d.decl.Name.Span, "this is a system")
	}
}

// variable resolves a declared variable of a machine or a system. typ is nil where a mistake was told.
func (c *compiler) variable(d *VarDecl, e *env) (v fsm.Var, typ *fsm.Type) {
	v = fsm.Var{Name: d.Name.Name, Doc: d.Doc, Ghost: d.Ghost, Span: d.Name.Span}
	typ = c.typ(d.Type)
	if typ == nil {
		return v, nil
	}
	v.Type = typ
	v.Init = make([]int64, typ.Slots())
	scalar := typ.Scalar()
	first := scalar.Lo
	switch init := d.Init.(type) {
	case nil:
	case *AnyExpr:
		v.Any = true
		if init.Type == nil {
			break
		}
		if t := c.typ(init.Type); t != nil && !identical(t, scalar) {
			c.tell("any-type", init.Span, "%s begins with any value of its own type %s only", quote(d.Name.Name), scalar).
				help("Write `any`, and narrow it with `initially` in a system.")
		}
	default:
		if value := e.constant(init, scalar); value != nil {
			if value = e.fit(value, scalar, init); value != nil {
				first = value.Value
			}
		}
	}
	if d.Shared && d.Init != nil {
		c.tell("shared-init", d.Init.Pos(), "%s is shared: the system says how it begins", quote(d.Name.Name)).
			help("Leave the value out.")
	}
	for i := range v.Init {
		v.Init[i] = first
	}
	return v, typ
}
