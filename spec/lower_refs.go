package spec

import (
	"interlock/fsm"
)

// instanceRef is one instance of a system, one of several by a value known at run time, or a whole array of them.
type instanceRef struct {
	group *group
	index *fsm.Expr // nil unless the choice is made at run time
	first int       // the instance; with index, the one for index 0
	whole bool      // an array without an index
	span  fsm.Span
}

// instanceOf resolves an expression that names an instance. is says that it does; the reference is nil where a mistake in it
// was told.
func (e *env) instanceOf(x Expr) (ref *instanceRef, is bool) {
	switch x := x.(type) {
	case *NameExpr:
		s := e.lookup(x.Name)
		if s == nil || s.kind != symInstance {
			return nil, false
		}
		return e.instance(InstanceRef{Name: Ident{x.Name, x.Span}, Span: x.Span}), true
	case *IndexExpr:
		name, ok := x.X.(*NameExpr)
		if !ok {
			return nil, false
		}
		if s := e.lookup(name.Name); s == nil || s.kind != symInstance {
			return nil, false
		}
		return e.instance(InstanceRef{Name: Ident{name.Name, name.Span}, Index: x.Index, Span: x.Span}), true
	}
	return nil, false
}

// instance resolves a reference to an instance, or to all of an array; nil means that a mistake was told.
func (e *env) instance(r InstanceRef) *instanceRef {
	if r.Name.Name == "" {
		return nil
	}
	s := e.lookup(r.Name.Name)
	if s == nil || s.kind != symInstance {
		e.unknownInstance(r.Name, s)
		return nil
	}
	if s.group == nil || s.group.count == 0 {
		return nil // its declaration has a mistake
	}
	g := s.group
	switch {
	case s.element >= 0 && r.Index != nil || !g.array && r.Index != nil:
		e.c.tell("not-an-array", r.Index.Pos(), "%s is a single instance", quote(r.Name.Name)).help("Leave the index out.")
		return nil
	case s.element >= 0:
		return &instanceRef{group: g, first: g.first + s.element, span: r.Span}
	case r.Index == nil:
		return &instanceRef{group: g, first: g.first, whole: g.array, span: r.Span}
	}
	i := e.typed(r.Index, anyInt)
	if i == nil {
		return nil
	}
	if !e.inBounds(i, g.count, r.Index.Pos(), r.Name.Name) {
		return nil
	}
	if i.Op == fsm.OpConst {
		return &instanceRef{group: g, first: g.first + int(i.Value), span: r.Span}
	}
	return &instanceRef{group: g, first: g.first, index: i, span: r.Span}
}

// unknownInstance tells of a name that is no instance.
func (e *env) unknownInstance(name Ident, s *symbol) {
	if e.hidden() || name.Name == "" {
		return
	}
	if s != nil {
		e.c.tell("not-an-instance", name.Span, "%s is %s, not an instance", quote(name.Name), s.what()).
			label(s.name.Span, "declared here")
		return
	}
	if e.sys == nil {
		e.c.unknown(e.scope(), "unknown-instance", name, "%s is not known here", quote(name.Name))
		return
	}
	e.c.unknown(e.scope(), "unknown-instance", name, "system %s has no instance %s", e.sys.decl.Name.Name, quote(name.Name)).
		suggest(name, e.sys.groupNames())
}

// one resolves a reference to exactly one instance that is known beforehand; -1 means that a mistake was told.
func (e *env) one(r InstanceRef) int {
	ref := e.instance(r)
	if ref == nil {
		return -1
	}
	if ref.whole {
		e.needsIndex(ref)
		return -1
	}
	if ref.index != nil && e.trial {
		return ref.first
	}
	if ref.index != nil {
		e.c.tell("not-constant", r.Index.Pos(), "%s must name one instance, and this index is not known beforehand", e.where).
			help("Use a number, a constant or a quantified name.")
		return -1
	}
	return ref.first
}

func (e *env) needsIndex(ref *instanceRef) {
	name := ref.group.name.Name
	e.c.tell("needs-index", ref.span, "%s is an array of %s", quote(name), plural(ref.group.count, "instance")).
		help("Write `%s[0]`, or quantify: `all x in %s: …`.", name, name)
}

// inBounds tells of an index that is outside its array whatever its value.
func (e *env) inBounds(i *fsm.Expr, n int, at fsm.Span, name string) bool {
	if i.Type.Hi >= 0 && i.Type.Lo < int64(n) {
		return true
	}
	if !e.dead {
		e.c.tell("index-out-of-bounds", at, "%s has the elements 0 to %d, and this index is %s", quote(name), n-1, e.valueText(i))
	}
	return false
}

// perInstance builds an expression for the instance that a reference means.
func (e *env) perInstance(ref *instanceRef, of func(instance int) *fsm.Expr) *fsm.Expr {
	if ref.whole {
		e.needsIndex(ref)
		return nil
	}
	if ref.index == nil {
		return of(ref.first)
	}
	args := []*fsm.Expr{ref.index}
	var t *fsm.Type
	for i := range ref.group.count {
		v := of(ref.first + i)
		if v == nil {
			return nil
		}
		if t == nil {
			t = v.Type
		}
		t = union(t, v.Type)
		args = append(args, v)
	}
	return e.node(fsm.Expr{Op: fsm.OpSelect, Type: t, Args: args, Span: ref.span})
}

// index lowers a[i].
func (e *env) index(x *IndexExpr) *fsm.Expr {
	if ref, isInstance := e.instanceOf(x); isInstance {
		if ref != nil {
			e.c.tell("not-a-value", x.Span, "this is an instance, not a value").
				help("Ask for its state, `… in S`, or for a variable, `….x`.")
		}
		return nil
	}
	v := e.expr(x.X, nil)
	i := e.typed(x.Index, anyInt)
	if v == nil || i == nil {
		return nil
	}
	if v.Type.Kind != fsm.Array {
		e.c.tell("not-an-array", x.X.Pos(), "this is %s, not an array", describe(v.Type))
		return nil
	}
	if !e.inBounds(i, v.Type.Len, x.Index.Pos(), e.c.text(x.X.Pos())) {
		return nil
	}
	return e.element(v, i, x.Span)
}

// element is one element of an array value: a variable with some of its indices, or a choice between such.
func (e *env) element(v, i *fsm.Expr, at fsm.Span) *fsm.Expr {
	if v == nil {
		return nil
	}
	elem := *v
	elem.Type, elem.Span = v.Type.Elem, at
	if v.Op != fsm.OpSelect {
		elem.Args = append(v.Args[:len(v.Args):len(v.Args)], i)
		return e.node(elem)
	}
	elem.Args = []*fsm.Expr{v.Args[0]}
	for _, a := range v.Args[1:] {
		elem.Args = append(elem.Args, e.element(a, i, at))
	}
	return e.node(elem)
}

// selector lowers x.y.
func (e *env) selector(x *SelectorExpr) *fsm.Expr {
	if link, ok := x.X.(*LinkExpr); ok {
		return e.linkSelector(link, x)
	}
	if x.Sel.Name == "" {
		return nil
	}
	if ref, is := e.instanceOf(x.X); is {
		if ref == nil {
			return nil
		}
		return e.member(ref, x.Sel, nil)
	}
	if name, ok := x.X.(*NameExpr); ok {
		s := e.lookup(name.Name)
		if s != nil && s.kind == symTimer {
			return e.armed(s, x.Sel, fsm.OwnInstance, x.Span)
		}
		if d, isType := e.c.types.find(name.Name); isType && s == nil {
			return e.qualified(d, x.Sel)
		}
		if s == nil {
			e.unknownInstance(Ident{name.Name, name.Span}, nil)
			return nil
		}
	}
	if outer, ok := x.X.(*SelectorExpr); ok {
		if ref, is := e.instanceOf(outer.X); is {
			return e.memberTimer(ref, outer, x)
		}
	}
	if name := rootName(x.X); name != nil && e.lookup(name.Name) == nil {
		e.unknownInstance(Ident{name.Name, name.Span}, nil)
		return nil
	}
	e.c.tell("selector", x.Span, "what stands before `.%s` has no members", x.Sel.Name).
		help("Members have instances (`proxy.x`), timers (`t.armed`), enums (`Reason.Gone`) and links (`link(a, b).len`).")
	return nil
}

// rootName is the name that an expression such as a[i].b begins with, or nil.
func rootName(x Expr) *NameExpr {
	for {
		switch y := x.(type) {
		case *NameExpr:
			return y
		case *IndexExpr:
			x = y.X
		case *SelectorExpr:
			x = y.X
		default:
			return nil
		}
	}
}

// qualified lowers Reason.Gone.
func (e *env) qualified(d *typeDecl, sel Ident) *fsm.Expr {
	e.c.settleType(d)
	if d.typ == nil {
		return nil
	}
	if d.typ.Kind == fsm.Enum {
		if v := e.enumConst(d.typ, sel); v != nil {
			return v
		}
	}
	var values []string
	for _, v := range d.typ.Values {
		values = append(values, v.Name)
	}
	e.c.unknown(d.name.Name, "unknown-value", sel, "%s is not a value of %s", quote(sel.Name), d.name.Name).suggest(sel, values)
	return nil
}

// memberTimer lowers x.t.armed.
func (e *env) memberTimer(ref *instanceRef, timer, x *SelectorExpr) *fsm.Expr {
	if ref == nil || timer.Sel.Name == "" {
		return nil
	}
	m := ref.group.machine
	s, ok := m.names.find(timer.Sel.Name)
	if !ok || s.kind != symTimer {
		if !m.hidden {
			e.c.unknown(nil, "unknown-timer", timer.Sel, "machine %s has no timer %s", m.decl.Name.Name, quote(timer.Sel.Name)).
				suggest(timer.Sel, m.namesOf(symTimer))
		}
		return nil
	}
	return e.perInstance(ref, func(i int) *fsm.Expr { return e.armed(s, x.Sel, i, x.Span) })
}

func (e *env) armed(timer *symbol, sel Ident, instance int, at fsm.Span) *fsm.Expr {
	if sel.Name != "armed" {
		e.c.tell("selector", sel.Span, "a timer has `.armed` only").suggest(sel, []string{"armed"})
		return nil
	}
	if instance == fsm.OwnInstance {
		instance = e.inst
	}
	return e.node(fsm.Expr{Op: fsm.OpArmed, Type: fsm.BoolType, Index: timer.index, Instance: instance, Span: at})
}

// member lowers x.v, or x.P(args): a variable, a parameter or a predicate of an instance.
func (e *env) member(ref *instanceRef, sel Ident, args []Expr) *fsm.Expr {
	m := ref.group.machine
	if m == nil {
		return nil
	}
	s, ok := m.names.find(sel.Name)
	if !ok {
		e.unknownMember(ref, sel)
		return nil
	}
	switch {
	case s.kind == symPredicate:
		values, ok := e.predicateArgs(s.predicate, args, cover(ref.span, sel.Span))
		if !ok {
			return nil
		}
		return e.perInstance(ref, func(i int) *fsm.Expr {
			return e.at(m, i).expandWith(s.predicate, values, cover(ref.span, sel.Span))
		})
	case s.kind == symVar || s.kind == symParam:
		return e.perInstance(ref, func(i int) *fsm.Expr { return e.at(m, i).read(s, Ident{sel.Name, cover(ref.span, sel.Span)}) })
	case s.kind == symTimer:
		e.c.tell("not-a-value", sel.Span, "%s is a timer, not a value", quote(sel.Name)).
			help("Ask `….%s.armed`.", sel.Name).fix(after(sel.Span), ".armed")
	default:
		e.c.tell("not-a-value", sel.Span, "%s is %s, not a value", quote(sel.Name), s.what()).label(s.name.Span, "declared here")
	}
	return nil
}

// at returns the environment of a machine's own names as seen from the system, for one instance.
func (e env) at(m *machine, instance int) *env {
	e.m, e.inst, e.locals = m, instance, nil
	e.self = intConst(int64(e.host.ir.Instances[instance].Index), fsm.Span{})
	return &e
}

func (e *env) unknownMember(ref *instanceRef, sel Ident) {
	m := ref.group.machine
	if m.hidden || sel.Name == "" {
		return
	}
	t := e.c.unknown(m, "unknown-member", sel, "machine %s has no variable %s", m.decl.Name.Name, quote(sel.Name))
	if len(m.bySimple[sel.Name]) > 0 {
		t.help("It is a state: write `%s in %s`.", ref.group.name.Name, sel.Name)
		return
	}
	t.suggest(sel, m.namesOf(symVar, symParam, symPredicate))
}
