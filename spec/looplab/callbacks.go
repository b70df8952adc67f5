package looplab

import (
	"go/ast"
)

// maxInner bounds the functions that are followed from a callback to where it cancels.
const maxInner = 10

// callbacks reads the third argument of NewFSM.
func (t *tableReader) callbacks(s scope, e ast.Expr) {
	if no := t.list(s, e, 0, t.callback); no != nil {
		t.leaveCallback(e, no, "the callbacks, or the rest of them, are")
	}
}

func (t *tableReader) leaveCallback(at ast.Node, no *unknown, what string) {
	t.table.Missing = append(t.table.Missing, t.span(at))
	t.warnUnknown("looplab-callback", at, no, "Write the callbacks as a literal of fsm.Callbacks, or declare effects by hand.", "%s left out: %s", what, no.why)
}

// callback reads one of them.
func (t *tableReader) callback(s scope, e ast.Expr) {
	kv, ok := e.(*ast.KeyValueExpr)
	if !ok || t.full(e) {
		return
	}
	key, no := t.text(s, kv.Key, 0)
	if no != nil {
		t.leaveCallback(kv.Key, no, "a callback is")
		return
	}
	c := Callback{Key: key, Span: t.span(kv.Key)}
	f := &follower{reader: t.reader, seen: map[ast.Node]bool{}}
	f.function(s, kv.Value, 0)
	c.Cancels, c.Unseen, c.Delays = f.cancels, f.lost, f.delays
	t.table.Callbacks = append(t.table.Callbacks, c)
}

// follower looks for what a callback does with its event, in the function itself and in those that it hands the event to.
type follower struct {
	*reader
	seen                  map[ast.Node]bool
	cancels, delays, lost bool
}

// function follows the function that an expression is.
func (f *follower) function(s scope, e ast.Expr, depth int) {
	switch e := e.(type) {
	case *ast.FuncLit:
		f.body(s.within(e), e.Type, e.Body, depth)
	case *ast.ParenExpr:
		f.function(s, e.X, depth)
	case *ast.CallExpr: // of a function that makes a callback, or a conversion
		if len(e.Args) == 1 && f.isType(s, e.Fun) || len(e.Args) == 1 && s.file.isCallback(e.Fun) {
			f.function(s, e.Args[0], depth)
			return
		}
		f.results(s, e, depth)
	default:
		d := f.callee(s, e)
		switch {
		case d != nil && d.fn != nil && d.fn.Body != nil:
			f.body(d.scope.within(d.fn), d.fn.Type, d.fn.Body, depth)
		case d != nil && d.value != nil && depth < maxInner && len(f.changes(d)) == 0:
			f.function(d.scope, d.value, depth+1)
		case isNamed(e, "nil"):
		default:
			f.lost = true
		}
	}
}

// results follows every function that a call may return.
func (f *follower) results(s scope, e *ast.CallExpr, depth int) {
	d := f.callee(s, e.Fun)
	if d == nil || d.fn == nil || d.fn.Body == nil || depth > maxInner {
		f.lost = true
		return
	}
	returned := 0
	ast.PreorderStack(d.fn.Body, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			if returned++; len(n.Results) != 1 {
				f.lost = true
				return false
			}
			from := d.scope.within(d.fn)
			for _, round := range stack {
				from = from.within(round)
			}
			from.pos = n.Pos()
			f.function(from, n.Results[0], depth+1)
			return false
		}
		return true
	})
	f.lost = f.lost || returned == 0
}

func (g *goFile) isCallback(fun ast.Expr) bool {
	name, ok := g.looplabMember(fun)
	return ok && name == "Callback"
}

// body looks at what is done with the parameters that are events: those whose type is *fsm.Event of looplab.
func (f *follower) body(s scope, typ *ast.FuncType, body *ast.BlockStmt, depth int) {
	if f.seen[body] {
		return
	}
	f.seen[body] = true
	if depth > maxInner {
		f.lost = true
		return
	}
	events := map[string]bool{}
	for _, p := range typ.Params.List {
		if star, ok := p.Type.(*ast.StarExpr); ok {
			if name, ok := s.file.looplabMember(star.X); ok && name == "Event" {
				for _, id := range p.Names {
					events[id.Name] = id.Name != "_"
				}
			}
		}
	}
	if len(events) == 0 {
		return
	}
	visit(s, body, func(s scope, n ast.Node) {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && events[id.Name] {
				f.cancels = f.cancels || sel.Sel.Name == "Cancel"
				f.delays = f.delays || sel.Sel.Name == "Async"
				return
			}
		}
		for _, arg := range call.Args {
			if id, ok := arg.(*ast.Ident); ok && events[id.Name] {
				s.pos = call.Pos()
				f.function(s, call.Fun, depth+1)
				return
			}
		}
	})
}
