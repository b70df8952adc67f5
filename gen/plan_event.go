package gen

import (
	"fmt"

	"interlock/fsm"
)

// prefixes of the Go method of an event, by its kind.
var methodPrefix = map[fsm.EventKind]string{fsm.Input: "", fsm.Internal: "", fsm.Receive: "Deliver", fsm.Fire: "Fire"}

// kindWord names a kind of event in sentences.
var kindWord = map[fsm.EventKind]string{fsm.Input: "input", fsm.Internal: "internal step", fsm.Receive: "message", fsm.Fire: "timer"}

// planEvent names the methods of an event and their parameters: the sender's index where some transition asks for it, the
// event's own, the answers of extern guards, the values of any.
func (g *generator) planEvent(m *machine, index int) *event {
	src := &m.Events[index]
	e := &event{Event: src, kind: m.name + "On" + exported(src.Name), method: methodPrefix[src.Kind] + exported(src.Name),
		externs: map[string]string{}, anys: map[string]string{}}
	e.core = "on" + exported(src.Name)
	what := fmt.Sprintf("the %s %s of %s", kindWord[src.Kind], src.Name, m.Name)
	g.declare(e.kind, what)
	g.method(m.name, e.method, what)
	used := distinct{}
	g.planFrom(m, index, e)
	for _, p := range src.Params {
		e.args = append(e.args, arg{name: used.name(plainParam(p.Name)), typ: p.Type, goType: g.goType(p.Type), label: exported(p.Name)})
	}
	p := &place{g: g, machine: m}
	for _, t := range m.Transitions {
		if t.Event != index {
			continue
		}
		visit := func(x *fsm.Expr) { g.planExtern(e, x, used) }
		walkExpr(t.Guard, visit)
		walkBodyExprs(t.Body, visit)
	}
	for _, t := range m.Transitions {
		if t.Event == index && t.Answer == fsm.Take {
			e.planAnys(g, p.anySites(t.Body), used)
		}
	}
	return e
}

// planFrom adds the parameter from, if a transition of the event looks at it.
func (g *generator) planFrom(m *machine, index int, e *event) {
	var typ *fsm.Type
	visit := func(x *fsm.Expr) {
		if x.Op == fsm.OpFrom {
			hi := max(x.Type.Hi, 0)
			if typ != nil {
				hi = max(hi, typ.Hi)
			}
			typ = fsm.IntType(0, hi)
		}
	}
	for _, t := range m.Transitions {
		if t.Event == index {
			walkExpr(t.Guard, visit)
			walkBodyExprs(t.Body, visit)
		}
	}
	if typ != nil {
		e.args = append(e.args, arg{name: "from", typ: typ, goType: smallest(0, typ.Hi), role: roleFrom, label: "From"})
	}
}

// planExtern adds a parameter for the answer of an extern guard, once for the same arguments.
func (g *generator) planExtern(e *event, x *fsm.Expr, used distinct) {
	if x.Op != fsm.OpExtern {
		return
	}
	key := externKey(x)
	if e.externs[key] != "" {
		return
	}
	src := g.spec.Externs[x.Index]
	label := src.Name
	for i, a := range x.Args {
		switch a.Op {
		case fsm.OpParam:
			label += "_" + e.Params[a.Index].Name
		case fsm.OpConst:
			label += "_" + identifierOf(a)
		default:
			label += fmt.Sprintf("_%d", i)
		}
	}
	name := used.name(local(label))
	e.externs[key] = name
	e.asks = append(e.asks, x)
	e.args = append(e.args, arg{name: name, typ: fsm.BoolType, goType: "bool", role: roleExtern, extern: x.Index, label: exported(label)})
}

// identifierOf is a constant as part of a name.
func identifierOf(e *fsm.Expr) string {
	text := e.Type.Format(e.Value)
	if plainName.MatchString(text) {
		return text
	}
	if e.Value < 0 {
		return fmt.Sprintf("minus%d", -e.Value)
	}
	return fmt.Sprint(e.Value)
}

// planAnys adds a parameter for each free choice that has none yet.
func (e *event) planAnys(g *generator, sites []anySite, used distinct) {
	for _, s := range sites {
		if e.anys[s.key] != "" {
			continue
		}
		a := anyArg(g, s, used)
		e.anys[s.key] = a.name
		e.args = append(e.args, a)
	}
}

func anyArg(g *generator, s anySite, used distinct) arg {
	return arg{name: used.name(local("any_" + s.variable.Name)), typ: s.typ, goType: g.goType(s.typ), role: roleAny,
		label: exported("any_" + s.variable.Name)}
}

// planOrders finds the kinds of effects: sends by peer and message, declared effects, timers; each in the order of the spec.
func (g *generator) planOrders(m *machine) {
	type key struct {
		op   fsm.StmtOp
		a, b int
	}
	used := map[key]bool{}
	for _, b := range g.bodies(m) {
		walkStmts(b, func(s *fsm.Stmt) {
			switch s.Op {
			case fsm.Send:
				used[key{s.Op, s.Peer, s.Message}] = true
			case fsm.Do:
				used[key{s.Op, s.Effect, 0}] = true
			case fsm.Start, fsm.Stop:
				used[key{s.Op, s.Timer, 0}] = true
			}
		})
	}
	m.orders = &orderSet{}
	add := func(k orderKind, goName string) {
		k.name = g.declare(m.name+goName, "the effect `"+k.text+"` of "+m.Name)
		m.orders.kinds = append(m.orders.kinds, &k)
	}
	for i, peer := range m.Peers {
		for j, message := range g.spec.Messages {
			if used[key{fsm.Send, i, j}] {
				add(orderKind{op: fsm.Send, peer: i, message: j, text: "send " + peer.Name + " " + message.Name, doc: withParams(message.Doc, message.Fields),
					params: message.Fields}, "Send"+exported(peer.Name)+exported(message.Name))
				if peer.Len > 0 {
					m.orders.toType = widest(m.orders.toType, fsm.IntType(0, int64(peer.Len-1)))
				}
			}
		}
	}
	for i, effect := range g.spec.Effects {
		if used[key{fsm.Do, i, 0}] {
			add(orderKind{op: fsm.Do, effect: i, text: "do " + effect.Name, doc: withParams(effect.Doc, effect.Params), params: effect.Params}, "Do"+exported(effect.Name))
		}
	}
	for i, timer := range m.Timers {
		for op, word := range []fsm.StmtOp{fsm.Start, fsm.Stop} {
			if used[key{word, i, 0}] {
				text := []string{"start", "stop"}[op]
				add(orderKind{op: word, timer: i, text: text + " " + timer.Name, doc: timer.Doc}, exported(text)+exported(timer.Name))
			}
		}
	}
	g.mergeOrders(m.orders)
}

// labels are the exported names of parameters, all different.
func labels(params []fsmParam) []string {
	used := distinct{}
	names := make([]string, len(params))
	for i, p := range params {
		names[i] = used.name(exported(p.Name))
	}
	return names
}

// mergeOrders gives the parameters of all kinds of effects fields of one struct.
func (g *generator) mergeOrders(o *orderSet) {
	merge := newMerge(g, "Kind", "To", "Instance", "Index", "String")
	for _, k := range o.kinds {
		for i, label := range labels(k.params) {
			merge.want(label, g.goType(k.params[i].Type))
		}
	}
	for _, k := range o.kinds {
		for i, label := range labels(k.params) {
			k.fields = append(k.fields, merge.field(k.name, label, g.goType(k.params[i].Type)))
		}
	}
	o.merged = merge.fields
}

// field is a field of a struct that holds one of several things.
type field struct{ name, goType string }

// merge shares the fields of such a struct: things of one name and one type share a field; where a name is wanted with
// several types, each owner gets its own, under a longer name.
type merge struct {
	g      *generator
	types  map[string][]string
	fields []field
	made   map[field]bool
}

func newMerge(g *generator, reserved ...string) *merge {
	m := &merge{g: g, types: map[string][]string{}, made: map[field]bool{}}
	for _, r := range reserved {
		m.types[r] = []string{"", ""}
	}
	return m
}

// want says that some owner has something of that name and type.
func (m *merge) want(name, goType string) {
	for _, t := range m.types[name] {
		if t == goType {
			return
		}
	}
	m.types[name] = append(m.types[name], goType)
}

// field is where it is kept; every want must have been said before.
func (m *merge) field(owner, name, goType string) string {
	if len(m.types[name]) > 1 {
		name = owner + name
	}
	f := field{name, goType}
	if !m.made[f] {
		for _, other := range m.fields {
			if other.name == f.name {
				m.g.fail("two fields would both be %s in Go, as %s and as %s: rename one of them", f.name, other.goType, f.goType)
			}
		}
		m.made[f] = true
		m.fields = append(m.fields, f)
	}
	return f.name
}
