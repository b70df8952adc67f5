package looplab

import (
	"go/ast"
	"go/token"
	"slices"

	"interlock/spec"
)

// table collects what is read of one call of NewFSM.
type tableReader struct {
	*reader
	table *Table
}

// leave tells that a part of the events, at a place in it, is left out.
func (t *tableReader) leave(at ast.Node, no *unknown, what string) {
	t.table.Missing, t.table.Partial = append(t.table.Missing, t.span(at)), true
	t.warnUnknown("looplab-dynamic", at, no, "Write it as text, or as a constant of what is read; or add it to the spec by hand.", "%s left out: %s", what, no.why)
}

// warnUnknown warns at a place, and shows the place where the reason is.
func (t *tableReader) warnUnknown(code string, at ast.Node, no *unknown, help, format string, args ...any) {
	t.warn(code, at, help, format, args...)
	if d := &t.said[len(t.said)-1]; t.span(no.at) != d.Span {
		d.Labels = []spec.Label{{Span: t.span(no.at), Text: "here"}}
	}
}

// list calls each for the elements of a slice or map that is written as a literal: behind a name, behind a call that returns it,
// with what is appended to it on the way to the place where it is used.
func (t *tableReader) list(s scope, e ast.Expr, depth int, each func(scope, ast.Expr)) *unknown {
	if no := t.spend(e, depth); no != nil {
		return no
	}
	switch e := e.(type) {
	case *ast.CompositeLit:
		inside := s
		for _, elt := range e.Elts {
			each(inside, elt)
		}
		return nil
	case *ast.ParenExpr:
		return t.list(s, e.X, depth+1, each)
	case *ast.Ident:
		if e.Name == "nil" && t.look(s, "nil") == nil {
			return nil
		}
		return t.listNamed(s, e, depth, each)
	case *ast.SelectorExpr:
		return t.listNamed(s, e, depth, each)
	case *ast.CallExpr:
		return t.listOfCall(s, e, depth, each)
	}
	return because(e, "only the running program knows it")
}

func (t *tableReader) listOfCall(s scope, e *ast.CallExpr, depth int, each func(scope, ast.Expr)) *unknown {
	if len(e.Args) == 1 && t.isType(s, e.Fun) || len(e.Args) == 1 && t.isLooplab(s, e.Fun) {
		return t.list(s, e.Args[0], depth+1, each)
	}
	if id, ok := e.Fun.(*ast.Ident); ok && t.look(s, id.Name) == nil {
		switch {
		case id.Name == "append" && len(e.Args) > 0:
			if no := t.list(s, e.Args[0], depth+1, each); no != nil {
				return no
			}
			return t.appended(s, e, depth, each)
		case id.Name == "make":
			return nil
		}
	}
	from, value, no := t.result(s, e, depth)
	if no != nil {
		return no
	}
	return t.list(from, value, depth+1, each)
}

// appended gives what a call of append adds.
func (t *tableReader) appended(s scope, e *ast.CallExpr, depth int, each func(scope, ast.Expr)) *unknown {
	if e.Ellipsis.IsValid() {
		return t.list(s, e.Args[len(e.Args)-1], depth+1, each)
	}
	for _, arg := range e.Args[1:] {
		each(s, arg)
	}
	return nil
}

// isLooplab reports whether what is called is a type of looplab, such as fsm.Events.
func (t *tableReader) isLooplab(s scope, fun ast.Expr) bool {
	name, ok := s.file.looplabMember(fun)
	return ok && (name == "Events" || name == "Callbacks")
}

// looplabMember is the name in looplab/fsm that an expression is.
func (g *goFile) looplabMember(e ast.Expr) (string, bool) {
	as := g.looplabName()
	switch e := e.(type) {
	case *ast.SelectorExpr:
		id, ok := e.X.(*ast.Ident)
		return e.Sel.Name, ok && as != "" && id.Name == as
	case *ast.Ident:
		return e.Name, as == "."
	}
	return "", false
}

// listNamed follows a name. A variable may grow before it is used: by v = append(v, ...) or v[key] = value in the block that
// declares it, and nowhere else.
func (t *tableReader) listNamed(s scope, e ast.Expr, depth int, each func(scope, ast.Expr)) *unknown {
	d, no := t.named(s, e)
	if no != nil {
		return no
	}
	if d == nil || d.kind != variable {
		from, value, no := t.follow(s, e, depth)
		if no != nil {
			return no
		}
		return t.list(from, value, depth+1, each)
	}
	changes := t.changes(d)
	loops := map[*ast.RangeStmt]bool{}
	for _, a := range changes {
		loop := d.scope.in.loopOf(a)
		if d.scope.in == nil || loop == nil && !d.scope.in.holds(a.stmt) || loop != nil && loops[loop] {
			return because(a.stmt, "%s is given another value here", d.name)
		}
		if loop != nil {
			loops[loop] = true
		}
	}
	if d.value != nil {
		if no := t.list(d.scope, d.value, depth+1, each); no != nil {
			return no
		}
	} else if d.typ == nil {
		return because(e, "%s has no value in the text", d.name)
	}
	for _, a := range changes {
		if a.stmt.Pos() > s.pos {
			continue
		}
		if no := t.grow(d, a, depth, each); no != nil {
			return no
		}
	}
	return nil
}

// loopOf is the loop over a list in the frame's node whose body, a straight line, holds an assignment; nil if it is in none.
func (f *frame) loopOf(a assignment) *ast.RangeStmt {
	body := a.scope.in
	if f == nil || body == nil || body.outer == nil || body.outer.outer == nil || body.outer.outer.node != f.node {
		return nil
	}
	loop, ok := body.outer.node.(*ast.RangeStmt)
	if !ok || loop.Body != body.node || !f.holds(loop) {
		return nil
	}
	for _, stmt := range loop.Body.List {
		switch stmt.(type) {
		case *ast.AssignStmt, *ast.DeclStmt:
		default:
			return nil
		}
	}
	return loop
}

// holds reports whether a statement stands in the list of the frame's node itself, and not deeper.
func (f *frame) holds(a ast.Stmt) bool {
	switch n := f.node.(type) {
	case *ast.BlockStmt:
		return slices.Contains(n.List, a)
	case *ast.CaseClause:
		return slices.Contains(n.Body, a)
	case *ast.CommClause:
		return slices.Contains(n.Body, a)
	}
	return false
}

// grow gives what one assignment adds to a variable: once, or in each turn of a loop over a list.
func (t *tableReader) grow(d *definition, a assignment, depth int, each func(scope, ast.Expr)) *unknown {
	from := a.scope
	from.pos = a.stmt.Pos()
	loop := d.scope.in.loopOf(a)
	if loop == nil {
		return t.added(d, from, a.stmt, depth, each)
	}
	var failed *unknown
	outside := scope{from.file, from.in.outer.outer, loop.Pos()}
	no := t.list(outside, loop.X, depth+1, func(s scope, e ast.Expr) {
		if failed == nil {
			failed = t.added(d, scope{from.file, &frame{loop.Body, &frame{t.turnOf(outside, loop, s, e), from.in.outer}}, from.pos}, a.stmt, depth, each)
		}
	})
	if no != nil {
		return no
	}
	return failed
}

// turnOf is a turn of a loop: its variables have the values of one element of the list, which stands in the scope s.
func (t *tableReader) turnOf(outside scope, loop *ast.RangeStmt, s scope, e ast.Expr) *turn {
	made := &turn{RangeStmt: loop}
	isMap, typ := t.elementType(outside, loop.X)
	bind := func(to, value ast.Expr) {
		if id, ok := to.(*ast.Ident); ok && value != nil {
			made.bound = append(made.bound, &definition{name: id.Name, at: value, value: value, typ: typ, kind: constant, scope: s, bound: true})
		}
	}
	kv, keyed := e.(*ast.KeyValueExpr)
	switch {
	case keyed && isMap:
		bind(loop.Value, kv.Value)
		typ = nil
		bind(loop.Key, kv.Key)
	case keyed:
		bind(loop.Value, kv.Value)
	default:
		bind(loop.Value, e)
	}
	return made
}

// elementType is the type of the elements of a list or a map that is written as a literal, by itself or behind a name.
func (t *tableReader) elementType(s scope, e ast.Expr) (isMap bool, typ ast.Expr) {
	if id, ok := e.(*ast.Ident); ok {
		if d := t.look(s, id.Name); d != nil && d.value != nil {
			e = d.value
		}
	}
	if lit := literalOf(e); lit != nil {
		switch typ := lit.Type.(type) {
		case *ast.ArrayType:
			return false, typ.Elt
		case *ast.MapType:
			return true, typ.Value
		}
	}
	return false, nil
}

// added gives what one assignment adds to a variable.
func (t *tableReader) added(d *definition, from scope, a *ast.AssignStmt, depth int, each func(scope, ast.Expr)) *unknown {
	if len(a.Lhs) != 1 || len(a.Rhs) != 1 || a.Tok != token.ASSIGN {
		return because(a, "%s is given another value here", d.name)
	}
	if index, ok := a.Lhs[0].(*ast.IndexExpr); ok && isNamed(index.X, d.name) {
		each(from, &ast.KeyValueExpr{Key: index.Index, Colon: index.Index.End(), Value: a.Rhs[0]})
		return nil
	}
	if call, ok := a.Rhs[0].(*ast.CallExpr); ok && isNamed(call.Fun, "append") && len(call.Args) > 0 && isNamed(call.Args[0], d.name) && isNamed(a.Lhs[0], d.name) {
		return t.appended(from, call, depth, each)
	}
	return because(a, "%s is given another value here", d.name)
}

// events reads the second argument of NewFSM.
func (t *tableReader) events(s scope, e ast.Expr) {
	if no := t.list(s, e, 0, t.event); no != nil {
		t.leave(e, no, "the table, or its rest, is")
	}
}

// event reads one element of it.
func (t *tableReader) event(s scope, e ast.Expr) {
	at := e
	if kv, ok := e.(*ast.KeyValueExpr); ok {
		e = kv.Value // of a slice: an index
	}
	s, lit, no := t.literalFor(s, e, 0)
	if no != nil {
		t.leave(at, no, "an event is")
		return
	}
	fields := map[string]ast.Expr{}
	for i, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok {
				fields[key.Name] = kv.Value
			}
		} else if i < 3 {
			fields[[]string{"Name", "Src", "Dst"}[i]] = elt
		}
	}
	if t.full(at) {
		return
	}
	event := Event{Span: t.span(at)}
	name, no := t.textOr(s, fields["Name"])
	if no != nil {
		t.leave(orOf(fields["Name"], at), no, "an event is")
		return
	}
	event.Name = name
	if event.Dst, no = t.textOr(s, fields["Dst"]); no != nil {
		t.leave(orOf(fields["Dst"], at), no, "event "+shortened(name)+" is")
		return
	}
	if src := fields["Src"]; src != nil {
		event.Src = t.sources(s, src, name)
	}
	t.table.Events = append(t.table.Events, event)
}

// full counts events and sources, and tells once that there are too many.
func (t *tableReader) full(at ast.Node) bool {
	if t.cells++; t.cells == maxCells+1 {
		t.leave(at, because(at, "an import has at most %d events and sources", maxCells), "the rest is")
	}
	return t.cells > maxCells
}

// orOf is the place of an expression, or that of what it is missing from.
func orOf(e ast.Expr, at ast.Node) ast.Node {
	if e == nil {
		return at
	}
	return e
}

// textOr is the text of a field, "" for one that is not written.
func (t *tableReader) textOr(s scope, e ast.Expr) (string, *unknown) {
	if e == nil {
		return "", nil
	}
	return t.text(s, e, 0)
}

// sources reads the sources of an event.
func (t *tableReader) sources(s scope, e ast.Expr, event string) []string {
	var all []string
	no := t.list(s, e, 0, func(s scope, e ast.Expr) {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			e = kv.Value
		}
		if t.full(e) {
			return
		}
		name, no := t.text(s, e, 0)
		if no != nil {
			t.leave(e, no, "a source of event "+shortened(event)+" is")
			return
		}
		all = append(all, name)
	})
	if no != nil {
		t.leave(e, no, "the sources of event "+shortened(event)+" are")
	}
	return all
}
