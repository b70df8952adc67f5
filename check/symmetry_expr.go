package check

import "interlock/fsm"

// expr infers what an expression says about indices and returns the node of its value; of a set, that of its elements.
func (x *indexing) expr(e *fsm.Expr, at standing) int {
	switch {
	case e == nil:
		return plainNode
	case e.Op == fsm.OpConst:
		return x.constant(e)
	case e.Op <= fsm.OpExtern:
		return x.read(e, at)
	case e.Op <= fsm.OpLinkLast:
		for i, a := range e.Args {
			x.unify(x.expr(a, at), x.fields[e.Message][i])
		}
		if e.Op == fsm.OpLinkLen {
			return x.counted(e)
		}
		return plainNode
	case e.Op <= fsm.OpSelect:
		return x.decide(e, at)
	}
	return x.compute(e, at)
}

// constant is what it is used as.
func (x *indexing) constant(e *fsm.Expr) int {
	if e.Type != nil && e.Type.Kind != fsm.Int && !(e.Type.Kind == fsm.Set && e.Type.Elem.Kind == fsm.Int) {
		return plainNode
	}
	n, known := x.node[e]
	if !known {
		n = x.fresh()
		x.node[e] = n
	}
	return n
}

// counted is the node of a number that cannot be an index.
func (x *indexing) counted(e *fsm.Expr) int {
	n := x.fresh()
	x.number(n, "it is compared with a count (%s)", e.Span)
	return n
}

func (x *indexing) read(e *fsm.Expr, at standing) int {
	var nodes []int
	switch e.Op {
	case fsm.OpVar:
		nodes = x.varNodes(at.machine, e.Index)
	case fsm.OpInstanceVar:
		nodes = x.varNodes(x.sys.Instances[e.Instance].Machine, e.Index)
	case fsm.OpSystemVar:
		nodes = x.system[e.Index]
	case fsm.OpMachineParam:
		return x.fixed[at.machine][e.Index]
	case fsm.OpSelf:
		return x.selfOf(at.machine)
	case fsm.OpParam:
		return at.params[e.Index]
	case fsm.OpFrom:
		return x.fromOf(at.machine, at.message)
	case fsm.OpExtern:
		for i, a := range e.Args {
			x.unify(x.expr(a, at), x.externs[e.Index][i])
		}
		return plainNode
	default:
		return plainNode
	}
	for d, i := range e.Args {
		x.unify(x.expr(i, at), nodes[d+1])
	}
	return nodes[0]
}

// decide infers what need not look at all its arguments.
func (x *indexing) decide(e *fsm.Expr, at standing) int {
	switch e.Op {
	case fsm.OpCond:
		x.expr(e.Args[0], at)
		n := x.expr(e.Args[1], at)
		x.unify(n, x.expr(e.Args[2], at))
		return n
	case fsm.OpSelect:
		chosen, n := x.expr(e.Args[0], at), plainNode
		x.node[e] = chosen
		if a := x.selected(e.Args[1:]); a != nil {
			x.unify(chosen, a.node)
		}
		for i, a := range e.Args[1:] {
			if value := x.expr(a, at); i == 0 {
				n = value
			} else {
				x.unify(n, value)
			}
		}
		return n
	}
	for _, a := range e.Args {
		x.expr(a, at)
	}
	if e.Op == fsm.OpCount {
		return x.counted(e)
	}
	return plainNode
}

// selected finds the array of which each alternative is about the element of its number, or nil.
func (x *indexing) selected(alternatives []*fsm.Expr) *array {
	for i := range x.arrays {
		a := &x.arrays[i]
		all := a.size == len(alternatives)
		for k, e := range alternatives {
			about := false
			eachPart(e, func(e *fsm.Expr) {
				switch e.Op {
				case fsm.OpInstanceVar, fsm.OpArmed, fsm.OpIn:
					about = about || e.Instance == a.first+k
				case fsm.OpLinkLen, fsm.OpLinkHas, fsm.OpLinkHead, fsm.OpLinkLast:
					for _, l := range e.Links {
						about = about || x.sys.Links[l].From == a.first+k || x.sys.Links[l].To == a.first+k
					}
				}
			})
			all = all && about
		}
		if all {
			return a
		}
	}
	return nil
}

// compute infers comparisons, arithmetic and sets.
func (x *indexing) compute(e *fsm.Expr, at standing) int {
	var nodes []int
	for _, a := range e.Args {
		nodes = append(nodes, x.expr(a, at))
	}
	set := e.Type != nil && e.Type.Kind == fsm.Set
	switch {
	case e.Op == fsm.OpAny:
		if e.Type.Kind == fsm.Int || set && e.Type.Elem.Kind == fsm.Int {
			return x.typed(e.Type, "any ("+e.Span.String()+")")
		}
		return plainNode
	case e.Op == fsm.OpEq, e.Op == fsm.OpNe, e.Op == fsm.OpSetHas:
		x.unify(nodes[0], nodes[1])
		return plainNode
	case e.Op == fsm.OpSetOf:
		n := plainNode
		if e.Type.Elem.Kind == fsm.Int {
			n = x.fresh()
			x.needs = append(x.needs, need{n, e.Type.Elem.Lo, e.Type.Elem.Hi, "a set (" + e.Span.String() + ")"})
		}
		for _, a := range nodes {
			x.unify(n, a)
		}
		return n
	case set && e.Op >= fsm.OpBitAnd && e.Op <= fsm.OpAndNot:
		x.unify(nodes[0], nodes[1])
		return nodes[0]
	}
	n, what := x.fresh(), "is calculated with"
	if e.Op >= fsm.OpLt && e.Op <= fsm.OpGe {
		what = "is ordered"
	}
	for _, a := range append(nodes, n) {
		x.number(a, "its index %s (%s)", what, e.Span)
	}
	return n
}

// class is the number of the class of indices that a node is of, or -1. Nil classes: none yet.
func (x *indexing) class(node int, roots []int) int {
	if node == plainNode {
		return -1
	}
	r := x.root(node)
	for c, root := range roots {
		if x.root(root) == r {
			return c
		}
	}
	return -1
}
