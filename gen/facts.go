package gen

import (
	"slices"

	"interlock/fsm"
)

// What a guard asked need not be checked again: behind `on Ack(n) when n + credit <= 15` the sum is in 0..15. While a body is
// written, its place keeps the conditions that hold there, and a check is left out where it cannot fail: all values that the
// variables and parameters can have are tried, by the reference's evaluator.

// maxProved bounds how many combinations of values are tried for one check.
const maxProved = 1 << 12

// leaf is a variable, a parameter or such, whose value is one of its type.
type leaf struct {
	op    fsm.Op
	index int
}

// leafOf is the leaf that an expression is, with its type; not ok if it is none whose values can be tried.
func (p *place) leafOf(e *fsm.Expr) (l leaf, t *fsm.Type, ok bool) {
	switch {
	case p.machine == nil:
		return leaf{}, nil, false
	case e.Op == fsm.OpVar && len(e.Args) == 0:
		return leaf{e.Op, e.Index}, p.machine.Vars[e.Index].Type, p.machine.Vars[e.Index].Type.Kind != fsm.Array
	case e.Op == fsm.OpMachineParam:
		return leaf{e.Op, e.Index}, p.machine.Params[e.Index].Type, p.machine.Params[e.Index].Type.Kind != fsm.Array
	case e.Op == fsm.OpParam:
		return leaf{e.Op, e.Index}, e.Type, e.Type.Kind != fsm.Array
	}
	return leaf{}, nil, false
}

// trial is an expression that is tried with all values of its leaves, which have become parameters.
type trial struct {
	p      *place
	leaves []leaf
	types  []*fsm.Type
}

// size is how many combinations of values there are, more than maxProved if there are too many.
func (t *trial) size() int64 {
	n := int64(1)
	for _, typ := range t.types {
		values := typ.Hi - typ.Lo + 1
		if values > maxProved || n > maxProved {
			return maxProved + 1
		}
		n *= values
	}
	return n
}

// add is the expression over parameters instead of leaves. It is not ok where it looks at anything else, or where there are too many
// combinations then; the trial is as it was in this case.
func (t *trial) add(e *fsm.Expr) (over *fsm.Expr, ok bool) {
	before := len(t.leaves)
	if over, ok = t.over(e); ok && t.size() <= maxProved {
		return over, true
	}
	t.leaves, t.types = t.leaves[:before], t.types[:before]
	return nil, false
}

func (t *trial) over(e *fsm.Expr) (*fsm.Expr, bool) {
	if l, typ, ok := t.p.leafOf(e); ok {
		at := slices.Index(t.leaves, l)
		if at < 0 {
			at = len(t.leaves)
			t.leaves, t.types = append(t.leaves, l), append(t.types, typ)
		}
		return &fsm.Expr{Op: fsm.OpParam, Index: at, Type: e.Type}, true
	}
	if e.Op != fsm.OpConst && (e.Op <= fsm.OpLinkLast || e.Op == fsm.OpAny) {
		return nil, false // it reads something else
	}
	next := *e
	next.Args = make([]*fsm.Expr, len(e.Args))
	for i, a := range e.Args {
		var ok bool
		if next.Args[i], ok = t.over(a); !ok {
			return nil, false
		}
	}
	return &next, true
}

// all reports whether accept is true of the expression's value for all values of the leaves with which the conditions hold. Where the
// expression has no value, it is not.
func (t *trial) all(conditions []*fsm.Expr, e *fsm.Expr, accept func(int64) bool) bool {
	values := make([]int64, len(t.types))
	for i, typ := range t.types {
		values[i] = typ.Lo
	}
	holds := func(condition *fsm.Expr) bool {
		v, err := fsm.EvalOwn(nil, nil, 0, values, condition)
		return err == nil && v != 0
	}
	for {
		if !slices.ContainsFunc(conditions, func(c *fsm.Expr) bool { return !holds(c) }) {
			if v, err := fsm.EvalOwn(nil, nil, 0, values, e); err != nil || !accept(v) {
				return false
			}
		}
		i := 0
		for ; i < len(values) && values[i] == t.types[i].Hi; i++ {
			values[i] = t.types[i].Lo
		}
		if i == len(values) {
			return true
		}
		values[i]++
	}
}

// sure reports whether the value of an expression lies in lo..hi, by its type or by what is known where it stands.
func (p *place) sure(e *fsm.Expr, lo, hi int64) bool {
	return within(e, lo, hi) || p.follows(p.facts, e, func(v int64) bool { return lo <= v && v <= hi })
}

// disjoint reports whether two guards can never hold at once.
func (p *place) disjoint(a, b *fsm.Expr) bool {
	return a != nil && b != nil && p.follows([]*fsm.Expr{a}, b, func(v int64) bool { return v == 0 })
}

// follows reports whether accept is true of all values that an expression can have under some conditions.
func (p *place) follows(conditions []*fsm.Expr, e *fsm.Expr, accept func(int64) bool) bool {
	t := &trial{p: p}
	e, ok := t.add(e)
	if !ok {
		return false
	}
	var known []*fsm.Expr
	for _, c := range conditions {
		if over, ok := t.add(c); ok {
			known = append(known, over)
		}
	}
	return len(known) > 0 && t.all(known, e, accept)
}

// assume notes that a condition holds from here on.
func (p *place) assume(condition *fsm.Expr) {
	if condition != nil {
		p.facts = append(slices.Clip(p.facts), flat(fsm.OpAnd, condition)...)
	}
}

// assumeNot notes that a condition does not hold from here on.
func (p *place) assumeNot(condition *fsm.Expr) {
	p.assume(&fsm.Expr{Op: fsm.OpNot, Type: fsm.BoolType, Args: []*fsm.Expr{condition}})
}

// forget drops what is known of the variables that statements write.
func (p *place) forget(stmts ...*fsm.Stmt) {
	if len(p.facts) == 0 {
		return
	}
	written := map[int]bool{}
	walkStmts(stmts, func(s *fsm.Stmt) {
		for _, t := range s.Targets {
			if !t.System {
				written[t.Var] = true
			}
		}
	})
	p.facts = slices.DeleteFunc(slices.Clone(p.facts), func(fact *fsm.Expr) bool {
		stale := false
		walkExpr(fact, func(e *fsm.Expr) { stale = stale || e.Op == fsm.OpVar && written[e.Index] })
		return stale
	})
}
