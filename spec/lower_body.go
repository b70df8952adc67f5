package spec

import (
	"interlock/fsm"
)

// assignee is a variable that a statement assigns to, or some elements of it.
type assignee struct {
	system bool
	index  int
	at     []*fsm.Expr
	typ    *fsm.Type // of what is assigned
	ghost  bool
	name   string
}

// body lowers statements. They come back even where some could not be lowered: the spec is not used then.
func (e *env) body(b *Body) []*fsm.Stmt {
	if b == nil {
		return nil
	}
	var list []*fsm.Stmt
	for _, s := range b.Stmts {
		list = append(list, e.stmt(s)...)
	}
	return list
}

// stmt lowers one statement, which may become none or several.
func (e *env) stmt(s Stmt) []*fsm.Stmt {
	if e.c.exhausted() || !e.c.spend(s.Pos()) {
		return nil
	}
	switch s := s.(type) {
	case *AssignStmt:
		return e.assign(s)
	case *IfStmt:
		return e.branch(s)
	case *ForStmt:
		return e.loop(s)
	case *SendStmt:
		return e.send(s)
	case *StartStmt:
		return e.timerStmt(fsm.Start, s.Timer, s.Span)
	case *StopStmt:
		return e.timerStmt(fsm.Stop, s.Timer, s.Span)
	case *DoStmt:
		return e.do(s)
	}
	return nil
}

func (e *env) branch(s *IfStmt) []*fsm.Stmt {
	cond := e.cond(s.Cond)
	then, otherwise := e, e
	if cond == nil || isConst(cond, 0) {
		then = e.unevaluated()
	}
	if cond == nil || isConst(cond, 1) {
		otherwise = e.unevaluated()
	}
	out := fsm.Stmt{Op: fsm.If, Cond: cond, Then: then.body(s.Then), Else: otherwise.body(s.Else), Span: s.Span}
	switch {
	case cond == nil:
		return nil
	case isConst(cond, 1):
		return out.Then
	case isConst(cond, 0):
		return out.Else
	}
	return []*fsm.Stmt{&out}
}

// loop unrolls a for.
func (e *env) loop(s *ForStmt) []*fsm.Stmt {
	choices, ok := e.domain(s.Name, s.Domain)
	if !ok {
		return nil
	}
	e.c.depth++
	defer func() { e.c.depth-- }()
	var list []*fsm.Stmt
	for _, ch := range choices {
		inner := e.with(ch.symbol)
		when := boolConst(true, s.Span)
		if s.Cond != nil {
			when = inner.cond(s.Cond)
		}
		if ch.in != nil {
			when = e.junction(true, []*fsm.Expr{ch.in, when}, s.Span)
		}
		if when == nil || isConst(when, 0) {
			inner.unevaluated().body(s.Body)
			continue
		}
		stmts := inner.body(s.Body)
		if when.Op != fsm.OpConst && len(stmts) > 0 {
			stmts = []*fsm.Stmt{{Op: fsm.If, Cond: when, Then: stmts, Span: s.Span}}
		}
		list = append(list, stmts...)
	}
	return list
}

// assign lowers an assignment, scalar by scalar.
func (e *env) assign(s *AssignStmt) []*fsm.Stmt {
	if len(s.Targets) != len(s.Values) {
		return nil
	}
	out := fsm.Stmt{Op: fsm.Assign, Span: s.Span}
	bad := false
	for i, target := range s.Targets {
		p := e.target(target)
		if p == nil {
			e.look(s.Values[i])
			bad = true
			continue
		}
		values := e.assigned(p, s.Values[i])
		if values == nil {
			bad = true
			continue
		}
		for j, t := range places(p, target.Pos()) {
			if values[j] == nil {
				bad = true
				break
			}
			out.Targets = append(out.Targets, t)
			out.Values = append(out.Values, values[j])
		}
	}
	if bad {
		return nil
	}
	return []*fsm.Stmt{&out}
}

// look finds the mistakes in a value of which it is not known what it is for.
func (e *env) look(x Expr) {
	if _, free := x.(*AnyExpr); !free && x != nil && !e.hangs(x) {
		reader := *e
		reader.ghosts = true
		reader.expr(x, nil)
	}
}

// assigned lowers the value for a place, one expression a scalar; nil means that a mistake was told.
func (e *env) assigned(p *assignee, x Expr) []*fsm.Expr {
	reader := *e
	reader.ghosts = e.ghosts || p.ghost
	scalar := p.typ.Scalar()
	if free, ok := x.(*AnyExpr); ok {
		t := scalar
		if free.Type != nil {
			if t = e.c.typ(free.Type); t == nil {
				return nil
			}
			if !same(t, scalar) {
				e.c.tell("type-mismatch", free.Span, "%s is wanted here, but this is %s", describe(scalar), describe(t))
				return nil
			}
		}
		if t.Hi-t.Lo >= maxDomain {
			e.c.tell("limit", free.Span, "this chooses among %d values; the limit is %d", t.Hi-t.Lo+1, maxDomain)
			return nil
		}
		values := make([]*fsm.Expr, p.typ.Slots())
		for i := range values {
			values[i] = e.node(fsm.Expr{Op: fsm.OpAny, Type: t, Span: free.Span})
		}
		return values
	}
	v := reader.typed(x, p.typ)
	if v == nil {
		return nil
	}
	return e.elements(v)
}

// places lists the scalars of a place.
func places(p *assignee, at fsm.Span) []fsm.Target {
	if p.typ.Kind != fsm.Array {
		return []fsm.Target{{System: p.system, Var: p.index, Index: p.at, Span: at}}
	}
	var list []fsm.Target
	for i := range p.typ.Len {
		one := *p
		one.typ = p.typ.Elem
		one.at = append(p.at[:len(p.at):len(p.at)], intConst(int64(i), at))
		list = append(list, places(&one, at)...)
	}
	return list
}

// target resolves the left side of an assignment.
func (e *env) target(x Expr) *assignee {
	switch x := x.(type) {
	case *NameExpr:
		return e.targetName(x)
	case *IndexExpr:
		p := e.target(x.X)
		reader := *e
		reader.ghosts = e.ghosts || p != nil && p.ghost
		i := reader.typed(x.Index, anyInt)
		if p == nil || i == nil {
			return nil
		}
		if p.typ.Kind != fsm.Array {
			e.c.tell("not-an-array", x.X.Pos(), "this is %s, not an array", describe(p.typ))
			return nil
		}
		if !e.inBounds(i, p.typ.Len, x.Index.Pos(), p.name) {
			return nil
		}
		p.typ = p.typ.Elem
		p.at = append(p.at[:len(p.at):len(p.at)], i)
		return p
	case *SelectorExpr:
		if ref, is := e.instanceOf(x.X); is {
			if ref != nil {
				e.c.tell("assign-target", x.Span, "a variable of %s is assigned from outside", quote(ref.group.name.Name)).
					help("Only a machine's own body writes its variables: write it in its part of the joint transition.")
			}
			return nil
		}
	}
	if x != nil && !x.IsBad() {
		e.c.tell("assign-target", x.Pos(), "this cannot be assigned to").help("Assign to a variable or an element of one.")
	}
	return nil
}

func (e *env) targetName(x *NameExpr) *assignee {
	id := Ident{x.Name, x.Span}
	s := e.lookup(x.Name)
	if s == nil {
		if x.Name != "" && len(e.c.enums[x.Name]) > 0 {
			e.c.tell("assign-target", x.Span, "%s is a value of an enum, and cannot be assigned to", quote(x.Name))
			return nil
		}
		e.unknownName(id, nil)
		return nil
	}
	if s.kind != symVar && s.kind != symSystemVar {
		t := e.c.tell("assign-target", x.Span, "%s is %s, and cannot be assigned to", quote(x.Name), s.what()).
			label(s.name.Span, "declared here")
		if s.kind == symLocal || s.kind == symParam {
			t.help("Parameters do not change: use a variable.")
		}
		return nil
	}
	if s.typ == nil {
		return nil
	}
	return &assignee{system: s.kind == symSystemVar, index: s.index, typ: s.typ, ghost: s.ghost, name: x.Name}
}
