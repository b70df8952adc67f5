package gen

import (
	"fmt"

	"interlock/fsm"
)

// maxOrders bounds the effects of one step: they are returned by value.
const maxOrders = 4096

// machine is a machine of the spec with its Go names.
type machine struct {
	*fsm.Machine
	index     int
	name      string   // the Go type
	low       string   // for private names
	states    []string // Go constants
	fields    []string // by variable, the Go field; of ghosts, ""
	params    []string // by parameter, the Go field
	selfType  string   // of the field self; "" if nothing asks for it
	selfTop   int64    // its largest value: the last index of the largest array of such machines, 0 without any
	fromType  *fsm.Type
	events    []*event
	orders    *orderSet
	entry     []anySite
	anyNames  map[string]string // of the entry bodies
	entryText string            // the entry bodies in Go
	table     *table            // how events move it; nil if they do more
	moves     []string          // small methods of a machine with a table, in Go
	bound     int               // effects of one step
}

// event is an event of a machine with its Go names.
type event struct {
	*fsm.Event
	kind    string // Go constant
	method  string // exported method
	core    string // the method that writes to the receiver and leaves it half written where it fails
	args    []arg
	externs map[string]string // by externKey, the parameter with the answer
	asks    []*fsm.Expr       // one for each externKey, in the order of the text
	anys    map[string]string // by anyKey, the parameter with the value
}

// arg is a Go parameter of an event's methods.
type arg struct {
	name   string
	typ    *fsm.Type
	goType string
	role   argRole
	extern int    // of roleExtern
	label  string // for fields of plain events
	field  string // of the plain event
}

// argRole says where the value of a parameter comes from.
type argRole int

const (
	rolePlain  argRole = iota // a parameter of the event
	roleFrom                  // the index of the sender
	roleExtern                // the answer of an extern guard
	roleAny                   // the value of an any
)

// orderKind is one kind of effect that a machine can make.
type orderKind struct {
	op                           fsm.StmtOp
	peer, message, timer, effect int
	name                         string // Go constant
	text                         string // for String
	doc                          string
	params                       []fsmParam
	fields                       []string // by parameter, the Go field
}

// orderSet is every kind of effect of a machine.
type orderSet struct {
	kinds  []*orderKind
	merged []field
	toType string // of the field To; "" if no peer is an array
}

func (o *orderSet) find(op fsm.StmtOp, match func(*orderKind) bool) *orderKind {
	for _, k := range o.kinds {
		if k.op == op && match(k) {
			return k
		}
	}
	panic(fmt.Sprintf("gen: an effect of kind %d was not planned", op))
}

func (o *orderSet) send(peer, message int) *orderKind {
	return o.find(fsm.Send, func(k *orderKind) bool { return k.peer == peer && k.message == message })
}

func (o *orderSet) do(effect int) *orderKind {
	return o.find(fsm.Do, func(k *orderKind) bool { return k.effect == effect })
}

func (o *orderSet) start(timer int) string {
	return o.find(fsm.Start, func(k *orderKind) bool { return k.timer == timer }).name
}

func (o *orderSet) stop(timer int) string {
	return o.find(fsm.Stop, func(k *orderKind) bool { return k.timer == timer }).name
}

// planMachine claims the Go names of a machine.
func (g *generator) planMachine(index int, src *fsm.Machine) *machine {
	m := &machine{Machine: src, index: index, name: exported(src.Name), low: lowered(src.Name)}
	g.declare(m.name, "the machine "+src.Name)
	for _, s := range src.States {
		m.states = append(m.states, g.declare(m.name+exported(s.Name), "the state "+s.Name+" of "+src.Name))
	}
	if len(src.Timers) > 64 {
		g.fail("machine %s has %d timers: at most 64 fit", src.Name, len(src.Timers))
	}
	g.planFields(m)
	p := &place{g: g, machine: m}
	m.entry = p.anySites(src.Entry)
	for i := range src.Events {
		m.events = append(m.events, g.planEvent(m, i))
	}
	g.planOrders(m)
	g.scanMachine(m)
	return m
}

// planFields names the fields of the machine's struct and their accessors.
func (g *generator) planFields(m *machine) {
	used := distinct{"state": true, "armed": true, "self": true}
	for _, v := range m.Vars {
		if v.Ghost {
			m.fields = append(m.fields, "")
			continue
		}
		m.fields = append(m.fields, used.name(local(v.Name)))
	}
	for _, p := range m.Params {
		m.params = append(m.params, used.name(local(p.Name)))
	}
}

// bodies are all bodies that run in the scope of the machine.
func (g *generator) bodies(m *machine) [][]*fsm.Stmt {
	all := [][]*fsm.Stmt{m.Entry}
	for _, t := range m.Transitions {
		all = append(all, t.Body)
	}
	for _, s := range g.spec.Systems {
		for _, j := range s.Joints {
			for _, part := range j.Parts {
				if g.spaces[s.Name] != nil && s.IsAtomic() && s.Instances[part.Instance].Machine == m.index {
					all = append(all, part.Bodies...)
				}
			}
		}
	}
	return all
}

// scanMachine finds what the machine asks for besides its variables, and how many effects a step can make.
func (g *generator) scanMachine(m *machine) {
	visit := func(e *fsm.Expr) {
		switch e.Op {
		case fsm.OpSelf:
			m.selfType = widest(m.selfType, e.Type)
			m.selfTop = max(m.selfTop, e.Type.Hi)
		case fsm.OpFrom:
			if m.fromType == nil {
				m.fromType = fsm.IntType(0, 0)
			}
			m.fromType = fsm.IntType(0, max(m.fromType.Hi, e.Type.Hi))
		}
	}
	for _, t := range m.Transitions {
		walkExpr(t.Guard, visit)
	}
	for _, b := range g.bodies(m) {
		walkBodyExprs(b, visit)
		m.bound = max(m.bound, orders(b))
	}
	if m.bound > maxOrders {
		g.fail("a step of machine %s can have %d effects: at most %d fit", m.Name, m.bound, maxOrders)
	}
}

// widest is the larger of an unsigned Go type and the one for values of t.
func widest(typ string, t *fsm.Type) string {
	other := smallest(0, max(t.Hi, 0))
	if len(other) > len(typ) || len(other) == len(typ) && other > typ {
		return other
	}
	return typ
}
