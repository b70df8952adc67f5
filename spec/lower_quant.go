package spec

import (
	"interlock/fsm"
)

// maxDomain bounds what one quantifier or loop ranges over.
const maxDomain = 4096

// choiceOf is one value of a domain: what the bound name means, and (in a set that is not known beforehand) whether it is
// in the domain at all.
type choiceOf struct {
	symbol symbol
	in     *fsm.Expr // nil: always
	label  string    // the value as it stands in the name of a property
	value  int64
	typ    *fsm.Type
}

// quantified lowers all, some and count.
func (e *env) quantified(x *QuantExpr) *fsm.Expr {
	choices, ok := e.domain(x.Name, x.Domain)
	if !ok {
		return nil
	}
	e.c.depth++
	defer func() { e.c.depth-- }()
	var each []*fsm.Expr
	for _, ch := range choices {
		v := e.with(ch.symbol).cond(x.P)
		if v == nil {
			return nil
		}
		if ch.in != nil && x.Quant == All {
			v = e.implies(ch.in, v, x.Span)
		} else if ch.in != nil {
			v = e.junction(true, []*fsm.Expr{ch.in, v}, x.Span)
		}
		each = append(each, v)
	}
	if x.Quant != Count {
		return e.junction(x.Quant == All, each, x.Span)
	}
	n, known := int64(0), true
	for _, v := range each {
		if v == nil {
			return nil
		}
		n += v.Value
		known = known && v.Op == fsm.OpConst
	}
	if known {
		return e.node(*intConst(n, x.Span))
	}
	return e.node(fsm.Expr{Op: fsm.OpCount, Type: fsm.IntType(0, int64(len(each))), Args: each, Span: x.Span})
}

// domain lists the values of a domain in order.
func (e *env) domain(name Ident, d Expr) (choices []choiceOf, ok bool) {
	switch d := d.(type) {
	case *RangeExpr:
		lo, hi := e.constant(d.Lo, anyInt), e.constant(d.Hi, anyInt)
		if lo == nil || hi == nil {
			return nil, false
		}
		return e.values(name, fsm.IntType(lo.Value, hi.Value), d.Span)
	case *NameExpr:
		s := e.lookup(d.Name)
		switch {
		case s != nil && s.kind == symInstance:
			return e.instances(name, s)
		case s != nil && s.kind == symPeer:
			return e.peers(name, s, d.Span)
		case s == nil && d.Name == "bool":
			return e.values(name, fsm.BoolType, d.Span)
		case s == nil:
			return e.typeDomain(name, d)
		}
	}
	set := e.expr(d, nil)
	if set == nil {
		return nil, false
	}
	if set.Type.Kind != fsm.Set {
		e.c.tell("domain", d.Pos(), "instances, a type, a range or a set are wanted here, but this is %s", describe(set.Type)).
			help("To count up to a number write `0..N-1`.")
		return nil, false
	}
	return e.elementsOf(name, set)
}

func (e *env) typeDomain(name Ident, d *NameExpr) (choices []choiceOf, ok bool) {
	t, ok := e.c.types.find(d.Name)
	if !ok {
		if !e.hidden() && d.Name != "" {
			list := append(e.candidates(fsm.BoolType), e.c.types.names...)
			e.c.unknown(e.scope(), "unknown-name", Ident{d.Name, d.Span}, "there is no type, set or array %s", quote(d.Name)).
				suggest(Ident{d.Name, d.Span}, list)
		}
		return nil, false
	}
	e.c.settleType(t)
	if t.typ == nil {
		return nil, false
	}
	if t.typ.Kind == fsm.Set || t.typ.Kind == fsm.Array {
		e.c.tell("domain", d.Span, "%s is too large a type to go through", quote(d.Name))
		return nil, false
	}
	return e.values(name, t.typ, d.Span)
}

// values binds the name to every value of a type.
func (e *env) values(name Ident, t *fsm.Type, at fsm.Span) (choices []choiceOf, ok bool) {
	if t.Hi-t.Lo >= maxDomain {
		e.c.tell("limit", at, "this ranges over %d values; the limit is %d", t.Hi-t.Lo+1, maxDomain)
		return nil, false
	}
	for v := t.Lo; v <= t.Hi; v++ {
		choices = append(choices, valueChoice(name, t, v))
	}
	return choices, true
}

func valueChoice(name Ident, t *fsm.Type, v int64) choiceOf {
	value := &fsm.Expr{Op: fsm.OpConst, Type: t, Value: v}
	if t.Kind == fsm.Int {
		value = intConst(v, fsm.Span{})
	}
	return choiceOf{symbol: symbol{kind: symLocal, name: name, expr: value}, label: t.Format(v), value: v, typ: t}
}

// elementsOf binds the name to every possible element of a set.
func (e *env) elementsOf(name Ident, set *fsm.Expr) (choices []choiceOf, ok bool) {
	elem := set.Type.Elem
	for v := elem.Lo; v <= elem.Hi; v++ {
		ch := valueChoice(name, elem, v)
		in := e.setHas(ch.symbol.expr, set, set.Span)
		switch {
		case in == nil:
			return nil, false
		case isConst(in, 0):
			continue
		case in.Op != fsm.OpConst:
			ch.in = in
		}
		choices = append(choices, ch)
	}
	return choices, true
}

// instances binds the name to every instance of an array.
func (e *env) instances(name Ident, s *symbol) (choices []choiceOf, ok bool) {
	if s.group == nil || s.group.count == 0 {
		return nil, false
	}
	t := fsm.IntType(0, int64(s.group.count-1))
	for i := range s.group.count {
		if s.element >= 0 && s.element != i {
			continue
		}
		sym := symbol{kind: symInstance, name: name, group: s.group, element: i}
		choices = append(choices, choiceOf{symbol: sym, label: t.Format(int64(i)), value: int64(i), typ: t})
	}
	return choices, true
}

// peers binds the name to every element of an array of peers.
func (e *env) peers(name Ident, s *symbol, at fsm.Span) (choices []choiceOf, ok bool) {
	n := e.m.peerLen(s.index)
	if s.element >= 0 || n == 0 {
		e.c.tell("domain", at, "%s is a single peer", quote(s.name.Name)).help("Send to it directly.")
		return nil, false
	}
	t := fsm.IntType(0, int64(n-1))
	for i := range n {
		sym := symbol{kind: symPeer, name: name, index: s.index, element: i}
		choices = append(choices, choiceOf{symbol: sym, label: t.Format(int64(i)), value: int64(i), typ: t})
	}
	return choices, true
}
