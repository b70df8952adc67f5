package spec

import (
	"interlock/fsm"
)

// maxUnrolled bounds the expressions and statements that quantifiers, loops and predicates make.
const maxUnrolled = 500_000

// node counts an expression that is made, and ends unrolling at the limit.
func (e *env) node(x fsm.Expr) *fsm.Expr {
	if !e.c.spend(x.Span) {
		return nil
	}
	return &x
}

// spend counts one node under unrolling; false: the limit is reached, and told.
func (c *compiler) spend(at fsm.Span) bool {
	if c.depth == 0 {
		return true
	}
	if c.unrolled++; c.unrolled <= maxUnrolled {
		return true
	}
	if c.unrolled == maxUnrolled+1 {
		c.tell("limit", at, "quantifiers, loops and predicates unroll to more than %d expressions and statements", maxUnrolled).
			help("Make the domains smaller, or nest fewer of them.")
	}
	return false
}

// exhausted reports whether unrolling has been given up.
func (c *compiler) exhausted() bool { return c.unrolled > maxUnrolled }

// expr resolves and lowers an expression. want is the type that its surroundings want, or nil: it decides what bare names
// and set literals mean, and is not checked. The result is nil where a mistake was told: nobody complains about it again.
func (e *env) expr(x Expr, want *fsm.Type) *fsm.Expr {
	if x == nil || e.c.exhausted() {
		return nil
	}
	switch x := x.(type) {
	case *NameExpr:
		return e.name(x, want)
	case *IntLit:
		if x.Value < -maxValue || x.Value > maxValue {
			e.c.tell("too-wide", x.Span, "%s is outside %d..%d", quote(x.Text), -maxValue, maxValue)
			return nil
		}
		return e.node(*intConst(x.Value, x.Span))
	case *BoolLit:
		return e.node(*boolConst(x.Value, x.Span))
	case *SelfExpr:
		return e.selfValue(x)
	case *FromExpr:
		if e.from == nil {
			e.c.tell("from-place", e.use(x.Span), "`from` is the sender of a message, and %s has none", e.where).
				help("Use it in the guard or the body of `on` with a message.")
			return nil
		}
		return e.node(fsm.Expr{Op: fsm.OpFrom, Type: e.from, Span: x.Span})
	case *UnaryExpr:
		return e.unary(x, want)
	case *BinaryExpr:
		return e.binary(x, want)
	case *InExpr:
		return e.in(x)
	case *HasExpr:
		return e.has(x)
	case *IndexExpr:
		return e.index(x)
	case *SelectorExpr:
		return e.selector(x)
	case *CallExpr:
		return e.call(x)
	case *SetLit:
		return e.setLit(x, want)
	case *QuantExpr:
		return e.quantified(x)
	}
	e.misplaced(x)
	return nil
}

// misplaced tells of an expression that has a meaning elsewhere only.
func (e *env) misplaced(x Expr) {
	switch x := x.(type) {
	case *AnyExpr:
		e.c.tell("any-place", x.Span, "`any` is a free choice: it stands alone on the right of an assignment").
			help("Assign it to a variable first.")
	case *WildcardExpr:
		e.c.tell("wildcard-place", x.Span, "`_` stands for any value among the arguments of a message or a step only")
	case *LinkExpr:
		e.c.tell("link-view", x.Span, "a link is no value").
			help("Ask for its `.len`, `.head == M`, `.last == M`, or `has M`.")
	}
}

// use is where something stands; inside a predicate, where the predicate is used.
func (e *env) use(at fsm.Span) fsm.Span {
	if e.blame.IsZero() {
		return at
	}
	return e.blame
}

// selfValue is the index of the instance in its array.
func (e *env) selfValue(x *SelfExpr) *fsm.Expr {
	if e.self == nil {
		e.c.tell("self-place", x.Span, "`self` is the index of an instance, and %s has none", e.where)
		return nil
	}
	self := *e.self
	self.Span = x.Span
	return e.node(self)
}

// cond lowers a condition.
func (e *env) cond(x Expr) *fsm.Expr {
	v := e.expr(x, fsm.BoolType)
	if v != nil && v.Type.Kind != fsm.Bool {
		e.c.tell("not-a-condition", x.Pos(), "a condition is wanted here, but this is %s", describe(v.Type)).
			help("Compare it with something.")
		return nil
	}
	return v
}

// typed lowers an expression that must be of a kind of type. A number may leave the range of the type: that is found when
// it happens, and here only if every value does.
func (e *env) typed(x Expr, want *fsm.Type) *fsm.Expr {
	return e.fit(e.expr(x, want), want, x)
}

func (e *env) fit(v *fsm.Expr, want *fsm.Type, x Expr) *fsm.Expr {
	if v == nil || want == nil {
		return nil
	}
	if !same(v.Type, want) {
		t := e.c.tell("type-mismatch", x.Pos(), "%s is wanted here, but this is %s", describe(want), describe(v.Type))
		if few := 8; want.Kind == fsm.Enum && len(want.Values) <= few {
			t.help("There is %s.", listOf(valueNames(want)))
		}
		return nil
	}
	if v.Type.Kind == fsm.Int && (v.Type.Hi < want.Lo || v.Type.Lo > want.Hi) {
		if !e.dead {
			e.c.tell("out-of-range", x.Pos(), "this is %s, which never is in %s", e.valueText(v), want)
		}
		return nil
	}
	return v
}

// valueText says what a value can be.
func (e *env) valueText(v *fsm.Expr) string {
	if v.Op == fsm.OpConst {
		return quote(v.Type.Format(v.Value))
	}
	return quote(fsm.IntType(v.Type.Lo, v.Type.Hi).String())
}

// constant lowers an expression whose value must be known. want may be nil.
func (e *env) constant(x Expr, want *fsm.Type) *fsm.Expr {
	if x == nil {
		return nil
	}
	v := e.expr(x, want)
	if v == nil {
		return nil
	}
	if v.Op != fsm.OpConst && e.trial {
		return nil
	}
	if v.Op != fsm.OpConst {
		e.c.tell("not-constant", x.Pos(), "this must be known beforehand, and depends on the run").
			help("Use numbers, constants and values of enums.")
		return nil
	}
	if want == nil {
		return v
	}
	if want.Kind == fsm.Bool {
		if v.Type.Kind != fsm.Bool {
			e.c.tell("not-a-condition", x.Pos(), "a condition is wanted here, but this is %s", describe(v.Type))
			return nil
		}
		return v
	}
	return e.fit(v, want, x)
}

// name lowers a bare name. Where the surroundings want a value of an enum that has this name, that is meant, unless a
// name in scope is of the same type.
func (e *env) name(x *NameExpr, want *fsm.Type) *fsm.Expr {
	id := Ident{x.Name, x.Span}
	s := e.lookup(x.Name)
	if v := e.enumValue(id, want, s); v != nil {
		return v
	}
	if s == nil {
		if len(e.c.enums[x.Name]) > 1 {
			e.ambiguous(id)
		} else {
			e.unknownName(id, want)
		}
		return nil
	}
	return e.read(s, id)
}

// enumValue is the value of an enum that a bare name means, or nil.
func (e *env) enumValue(id Ident, want *fsm.Type, s *symbol) *fsm.Expr {
	owners := e.c.enums[id.Name]
	if len(owners) == 0 {
		return nil
	}
	for _, d := range owners {
		e.c.settleType(d)
		if d.typ == nil || want == nil || want.Kind != fsm.Enum || !same(d.typ, want) {
			continue
		}
		if t := s.valueType(); t != nil && same(t, want) {
			return nil
		}
		return e.enumConst(d.typ, id)
	}
	if s == nil && len(owners) == 1 && owners[0].typ != nil {
		return e.enumConst(owners[0].typ, id)
	}
	return nil
}

func (e *env) enumConst(t *fsm.Type, id Ident) *fsm.Expr {
	for i, v := range t.Values {
		if v.Name == id.Name {
			return e.node(fsm.Expr{Op: fsm.OpConst, Type: t, Value: int64(i), Span: id.Span})
		}
	}
	return nil
}

func (e *env) ambiguous(id Ident) {
	owners := e.c.enums[id.Name]
	e.c.tell("ambiguous", id.Span, "%s is a value of %s and of %s", quote(id.Name), owners[0].name.Name, owners[1].name.Name).
		help("Write `%s.%s`.", owners[0].name.Name, id.Name)
}

// read lowers the use of a symbol as a value.
func (e *env) read(s *symbol, id Ident) *fsm.Expr {
	switch s.kind {
	case symLocal:
		if s.expr == nil {
			return nil
		}
		v := *s.expr
		v.Span = id.Span
		return e.node(v)
	case symVar, symSystemVar:
		return e.readVar(s, id.Span)
	case symParam:
		return e.readParam(s, id.Span)
	case symPredicate:
		return e.expand(s.predicate, nil, id.Span)
	case symGlobal:
		return e.readGlobal(s, id)
	case symInstance, symPeer:
		if s.element >= 0 {
			return e.node(*intConst(int64(s.element), id.Span))
		}
	}
	t := e.c.tell("not-a-value", id.Span, "%s is %s, not a value", quote(id.Name), s.what()).label(s.name.Span, "declared here")
	switch s.kind {
	case symTimer:
		t.help("Ask `%s.armed`.", id.Name).fix(after(id.Span), ".armed")
	case symInstance:
		t.help("Ask for its state, `%s in S`, or for a variable, `%s.x`.", id.Name, id.Name)
	}
	return nil
}

// readVar lowers the use of a variable; of an array, the whole of it.
func (e *env) readVar(s *symbol, at fsm.Span) *fsm.Expr {
	if s.typ == nil {
		return nil
	}
	if s.ghost && !e.ghosts {
		e.c.tell("ghost-read", e.use(at), "%s reads the ghost variable %s", e.where, quote(s.name.Name)).
			label(s.name.Span, "declared here").
			help("Ghosts are for properties: only properties and assignments to ghosts read them.")
		return nil
	}
	v := fsm.Expr{Op: fsm.OpVar, Type: s.typ, Index: s.index, Instance: fsm.OwnInstance, Span: at}
	switch {
	case s.kind == symSystemVar:
		v.Op = fsm.OpSystemVar
	case e.inst != fsm.OwnInstance:
		v.Op, v.Instance = fsm.OpInstanceVar, e.inst
	}
	return e.node(v)
}

// readParam lowers the use of a parameter of the machine. For a known instance it is a constant.
func (e *env) readParam(s *symbol, at fsm.Span) *fsm.Expr {
	if s.typ == nil {
		return nil
	}
	if e.inst == fsm.OwnInstance {
		return e.node(fsm.Expr{Op: fsm.OpMachineParam, Type: s.typ, Index: s.index, Instance: fsm.OwnInstance, Span: at})
	}
	args := e.host.ir.Instances[e.inst].Args
	if s.index >= len(args) {
		return nil
	}
	v := fsm.Expr{Op: fsm.OpConst, Type: s.typ, Value: args[s.index], Span: at}
	if s.typ.Kind == fsm.Int {
		v.Type = fsm.IntType(v.Value, v.Value)
	}
	return e.node(v)
}

func (e *env) readGlobal(s *symbol, id Ident) *fsm.Expr {
	d := s.value
	switch {
	case d.predicate != nil:
		return e.expand(d.predicate, nil, id.Span)
	case d.extern != nil:
		return e.askExtern(d, nil, id.Span)
	case d.progress == underway:
		e.c.tell("const-cycle", id.Span, "the constant %s depends on itself", quote(id.Name)).
			label(d.name.Span, "declared here").help("Give one of the constants a value of its own.")
		return nil
	}
	e.c.settleConst(d)
	if d.value == nil {
		return nil
	}
	v := *d.value
	v.Span = id.Span
	return e.node(v)
}
