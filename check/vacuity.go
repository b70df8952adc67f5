package check

import "interlock/fsm"

// premises finds what a property rests on. For `after P always Q` and `P leads to Q` that is P; for `always A => B` it
// is A, or for several implications at once (a quantifier was expanded) any of their As; for `never A && B` it is each
// of A and B alone.
func premises(k *compiler, p *fsm.Property) []*premise {
	switch p.Kind {
	case fsm.AfterAlways, fsm.LeadsTo:
		return []*premise{{of: p.P, e: k.cond(p.P), says: "it says nothing: its premise" + k.quote(p.P) + " never holds"}}
	case fsm.Always:
		if ifs := implications(p.P); ifs != nil {
			return []*premise{{of: anyOf(ifs), e: k.cond(anyOf(ifs)), says: "it says nothing: its premise" + k.quote(ifs[0]) + " never holds"}}
		}
	case fsm.Never:
		return parts(k, p)
	}
	return nil
}

// implications lists the premises of an implication, or of a conjunction of nothing else.
func implications(e *fsm.Expr) []*fsm.Expr {
	if e.Op == fsm.OpImplies {
		return []*fsm.Expr{e.Args[0]}
	}
	if e.Op != fsm.OpAnd {
		return nil
	}
	var list []*fsm.Expr
	for _, a := range e.Args {
		inner := implications(a)
		if inner == nil {
			return nil
		}
		list = append(list, inner...)
	}
	return list
}

func anyOf(list []*fsm.Expr) *fsm.Expr {
	return &fsm.Expr{Op: fsm.OpOr, Type: fsm.BoolType, Args: list}
}

// parts lists the conjuncts of `never A && B`. Of `never some …` it takes those that stand at the same place of each
// alternative together.
func parts(k *compiler, p *fsm.Property) []*premise {
	alternatives := [][]*fsm.Expr{conjuncts(p.P)}
	if p.P.Op == fsm.OpOr {
		alternatives = nil
		for _, a := range p.P.Args {
			alternatives = append(alternatives, conjuncts(a))
		}
	}
	first := alternatives[0]
	if len(first) < 2 || len(first) > maxParts {
		return nil
	}
	var list []*premise
	for i := range first {
		var same []*fsm.Expr
		for _, a := range alternatives {
			if len(a) != len(first) || a[i].Span != first[i].Span {
				return nil
			}
			same = append(same, a[i])
		}
		if first[i].Op != fsm.OpConst {
			list = append(list, &premise{of: anyOf(same), e: k.cond(anyOf(same)), says: "it holds for a reason of its own: its part" + k.quote(first[i]) + " is never true"})
		}
	}
	return list
}

// maxParts bounds the conjuncts that are watched one by one.
const maxParts = 16

func conjuncts(e *fsm.Expr) []*fsm.Expr {
	if e.Op != fsm.OpAnd {
		return []*fsm.Expr{e}
	}
	var list []*fsm.Expr
	for _, a := range e.Args {
		list = append(list, conjuncts(a)...)
	}
	return list
}

// quote writes an expression in backticks, with a blank before.
func (k *compiler) quote(e *fsm.Expr) string { return " `" + express(k.p.sys, e) + "`" }

// vacuous is the sentence for the first premise of the property that was never true, or empty.
func (w *watch) vacuous() string {
	for _, p := range w.premises {
		if !p.seen {
			return p.says
		}
	}
	return ""
}
