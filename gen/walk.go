package gen

import (
	"fmt"
	"strings"

	"interlock/fsm"
)

// fsmParam shortens signatures that take parameters of the spec.
type fsmParam = fsm.Param

// walkStmts calls visit with every statement, branches included, in the order of the text.
func walkStmts(body []*fsm.Stmt, visit func(*fsm.Stmt)) {
	for _, s := range body {
		visit(s)
		walkStmts(s.Then, visit)
		walkStmts(s.Else, visit)
	}
}

// walkExpr calls visit with every part of an expression, outermost first.
func walkExpr(e *fsm.Expr, visit func(*fsm.Expr)) {
	if e == nil {
		return
	}
	visit(e)
	for _, a := range e.Args {
		walkExpr(a, visit)
	}
}

// walkBodyExprs calls visit with every part of every expression of a body.
func walkBodyExprs(body []*fsm.Stmt, visit func(*fsm.Expr)) {
	walkStmts(body, func(s *fsm.Stmt) {
		for _, e := range s.Values {
			walkExpr(e, visit)
		}
		for _, t := range s.Targets {
			for _, e := range t.Index {
				walkExpr(e, visit)
			}
		}
		walkExpr(s.Cond, visit)
		walkExpr(s.Element, visit)
		for _, e := range s.Args {
			walkExpr(e, visit)
		}
	})
}

// exprKey is a text that two expressions share only if they mean the same.
func exprKey(e *fsm.Expr) string {
	if e == nil {
		return "_"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d.%d.%d.%d.%v(", e.Op, e.Value, e.Index, e.Instance, e.States)
	for _, a := range e.Args {
		b.WriteString(exprKey(a))
		b.WriteByte(',')
	}
	b.WriteByte(')')
	return b.String()
}

// orders is the largest number of effects (sends, timers and declared effects) that a run through a body makes.
func orders(body []*fsm.Stmt) int {
	n := 0
	for _, s := range body {
		switch s.Op {
		case fsm.Send, fsm.Start, fsm.Stop, fsm.Do:
			n++
		case fsm.If:
			n += max(orders(s.Then), orders(s.Else))
		}
	}
	return n
}

// interval is where the value of an expression lies.
func interval(e *fsm.Expr) (lo, hi int64) {
	if e.Op == fsm.OpConst {
		return e.Value, e.Value
	}
	return e.Type.Lo, e.Type.Hi
}

// within reports whether the value of an expression lies in lo..hi, whatever happens.
func within(e *fsm.Expr, lo, hi int64) bool {
	l, h := interval(e)
	return lo <= l && h <= hi
}
