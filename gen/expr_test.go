package gen

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

// exprs makes random expressions over the variables of one machine and the parameters x and y of an input. Each has an
// interval that its value does not leave, as the front end would have found, but not always the smallest.
type exprs struct {
	*rand.Rand
	vars []fsm.Var
}

var (
	exprColor = &fsm.Type{Kind: fsm.Enum, Name: "Color", Hi: 2, Values: []fsm.Value{{Name: "Red"}, {Name: "Green"}, {Name: "Blue"}}}
	exprNear  = &fsm.Type{Kind: fsm.Int, Name: "Near", Lo: -3, Hi: 4}
	exprSet   = fsm.SetType(fsm.IntType(2, 6))
)

func newExprs(seed int64) *exprs {
	x := &exprs{Rand: rand.New(rand.NewSource(seed))}
	add := func(name string, t *fsm.Type) {
		init := make([]int64, t.Slots())
		for i := range init {
			init[i] = t.Scalar().Lo
		}
		x.vars = append(x.vars, fsm.Var{Name: name, Type: t, Init: init})
	}
	add("near", exprNear)
	add("far", fsm.IntType(0, 300))
	add("lit", fsm.BoolType)
	add("color", exprColor)
	add("few", exprSet)
	add("row", fsm.ArrayType(3, fsm.IntType(0, 5)))
	add("board", fsm.ArrayType(2, fsm.ArrayType(2, fsm.BoolType)))
	return x
}

func node(op fsm.Op, lo, hi int64, args ...*fsm.Expr) *fsm.Expr {
	return &fsm.Expr{Op: op, Type: fsm.IntType(lo, hi), Args: args, Instance: fsm.OwnInstance}
}

func truthOf(op fsm.Op, args ...*fsm.Expr) *fsm.Expr {
	return &fsm.Expr{Op: op, Type: fsm.BoolType, Args: args, Instance: fsm.OwnInstance}
}

func (x *exprs) variable(i int, args ...*fsm.Expr) *fsm.Expr {
	return &fsm.Expr{Op: fsm.OpVar, Index: i, Type: x.vars[i].Type.Scalar(), Args: args}
}

// small is a number that may be too large or negative for an index or a shift.
func (x *exprs) small(depth int) *fsm.Expr {
	if depth > 0 && x.Intn(3) == 0 {
		return node(fsm.OpRem, -6, 6, x.number(depth-1), fsm.ConstExpr(fsm.IntType(7, 7), 7))
	}
	if x.Intn(2) == 0 {
		return fsm.ConstExpr(fsm.IntType(0, 0), int64(x.Intn(2)))
	}
	return &fsm.Expr{Op: fsm.OpParam, Type: exprNear}
}

// number is an integer expression.
func (x *exprs) number(depth int) *fsm.Expr {
	if depth <= 0 {
		switch x.Intn(6) {
		case 0:
			v := int64(x.Intn(20) - 6)
			return fsm.ConstExpr(fsm.IntType(v, v), v)
		case 1:
			return x.variable(0)
		case 2:
			return x.variable(1)
		case 3:
			return &fsm.Expr{Op: fsm.OpParam, Type: exprNear}
		case 4:
			return &fsm.Expr{Op: fsm.OpParam, Index: 1, Type: fsm.IntType(0, 3)}
		}
		return x.variable(5, x.small(0))
	}
	switch x.Intn(5) {
	case 0:
		return tightened(node(fsm.OpNeg, 0, 0, x.number(depth-1)))
	case 1:
		return x.several(depth)
	}
	ops := []fsm.Op{fsm.OpAdd, fsm.OpSub, fsm.OpMul, fsm.OpDiv, fsm.OpRem, fsm.OpBitAnd, fsm.OpBitOr, fsm.OpBitXor, fsm.OpAndNot, fsm.OpShl, fsm.OpShr}
	op := ops[x.Intn(len(ops))]
	a, b := x.number(depth-1), x.number(depth-1)
	if op == fsm.OpShl || op == fsm.OpShr {
		b = x.small(depth - 1)
	}
	return bounded(op, a, b)
}

// several is a choice between numbers.
func (x *exprs) several(depth int) *fsm.Expr {
	a, b, c := x.number(depth-1), x.number(depth-1), x.number(depth-1)
	lo, hi := min(a.Type.Lo, b.Type.Lo, c.Type.Lo), max(a.Type.Hi, b.Type.Hi, c.Type.Hi)
	switch x.Intn(3) {
	case 0:
		return node(fsm.OpCond, lo, hi, x.condition(depth-1), a, b)
	case 1:
		return node(fsm.OpSelect, lo, hi, x.small(depth-1), a, b, c)
	}
	return node(fsm.OpCount, 0, 2, x.condition(depth-1), x.condition(depth-1))
}

// bounded joins two numbers, if the result is small enough.
func bounded(op fsm.Op, a, b *fsm.Expr) *fsm.Expr {
	size := func(e *fsm.Expr) int64 { return max(-e.Type.Lo, e.Type.Hi, 1) }
	m := int64(0)
	switch op {
	case fsm.OpAdd, fsm.OpSub:
		m = size(a) + size(b)
	case fsm.OpMul:
		m = size(a) * size(b)
	case fsm.OpShl:
		m = size(a) << 6
	case fsm.OpDiv, fsm.OpRem, fsm.OpShr:
		m = size(a)
	default:
		for m = 1; m < max(size(a), size(b))+1; m *= 2 {
		}
	}
	if m > 1<<30 {
		return a
	}
	return node(op, -m, m, a, b)
}

// condition is a condition.
func (x *exprs) condition(depth int) *fsm.Expr {
	if depth <= 0 {
		switch x.Intn(4) {
		case 0:
			return fsm.ConstExpr(fsm.BoolType, int64(x.Intn(2)))
		case 1:
			return truthOf(fsm.OpArmed)
		case 2:
			return x.variable(6, x.small(0), x.small(0))
		}
		return x.variable(2)
	}
	compare := []fsm.Op{fsm.OpEq, fsm.OpNe, fsm.OpLt, fsm.OpLe, fsm.OpGt, fsm.OpGe}
	switch x.Intn(8) {
	case 0:
		return truthOf(fsm.OpNot, x.condition(depth-1))
	case 1:
		return truthOf(fsm.OpAnd, x.condition(depth-1), x.condition(depth-1), x.condition(depth-1))
	case 2:
		return truthOf(fsm.OpOr, x.condition(depth-1), x.condition(depth-1))
	case 3:
		return truthOf(fsm.OpImplies, x.condition(depth-1), x.condition(depth-1))
	case 4:
		return truthOf(compare[x.Intn(2)], x.condition(depth-1), x.condition(depth-1))
	case 5:
		return truthOf(compare[x.Intn(2)], x.variable(3), fsm.ConstExpr(exprColor, int64(x.Intn(3))))
	case 6:
		return truthOf(fsm.OpSetHas, x.number(depth-1), x.set(depth-1))
	}
	return truthOf(compare[x.Intn(6)], x.number(depth-1), x.number(depth-1))
}

// set is a set of numbers.
func (x *exprs) set(depth int) *fsm.Expr {
	ops := []fsm.Op{fsm.OpBitAnd, fsm.OpBitOr, fsm.OpBitXor, fsm.OpAndNot}
	switch {
	case depth > 0 && x.Intn(2) == 0:
		return &fsm.Expr{Op: ops[x.Intn(4)], Type: exprSet, Args: []*fsm.Expr{x.set(depth - 1), x.set(depth - 1)}}
	case x.Intn(2) == 0:
		return x.variable(4)
	}
	return &fsm.Expr{Op: fsm.OpSetOf, Type: exprSet, Args: []*fsm.Expr{x.number(0), fsm.ConstExpr(fsm.IntType(2, 6), int64(2+x.Intn(5)))}[:1+x.Intn(2)]}
}

// tightened gives a negation its interval.
func tightened(e *fsm.Expr) *fsm.Expr {
	e.Type = fsm.IntType(-e.Args[0].Type.Hi, -e.Args[0].Type.Lo)
	return e
}

// body assigns something random.
func (x *exprs) body(depth int) []*fsm.Stmt {
	assign := func(v int, value *fsm.Expr, index ...*fsm.Expr) *fsm.Stmt {
		return &fsm.Stmt{Op: fsm.Assign, Targets: []fsm.Target{{Var: v, Index: index}}, Values: []*fsm.Expr{value}}
	}
	switch x.Intn(7) {
	case 0:
		return []*fsm.Stmt{assign(0, x.number(depth))}
	case 1:
		return []*fsm.Stmt{assign(1, bounded(fsm.OpBitAnd, x.number(depth), fsm.ConstExpr(fsm.IntType(255, 255), 255)))}
	case 2:
		return []*fsm.Stmt{assign(2, x.condition(depth))}
	case 3:
		return []*fsm.Stmt{assign(4, x.set(depth)), {Op: fsm.Start}}
	case 4:
		return []*fsm.Stmt{assign(5, bounded(fsm.OpRem, x.number(depth), fsm.ConstExpr(fsm.IntType(6, 6), 6)), x.small(depth))}
	case 5:
		return []*fsm.Stmt{assign(6, x.condition(depth), x.small(1), x.small(1)), {Op: fsm.Stop}}
	}
	swap := &fsm.Stmt{Op: fsm.Assign, Targets: []fsm.Target{{Var: 5, Index: []*fsm.Expr{x.small(1)}}, {Var: 5, Index: []*fsm.Expr{x.small(1)}}, {Var: 0}},
		Values: []*fsm.Expr{x.variable(5, x.small(1)), x.number(0), x.variable(5, x.small(1))}}
	return []*fsm.Stmt{{Op: fsm.If, Cond: x.condition(depth), Then: []*fsm.Stmt{swap}, Else: []*fsm.Stmt{{Op: fsm.Do, Args: []*fsm.Expr{x.number(depth)}}}}}
}

// spec is a machine of one state whose inputs have random guards and bodies.
func (x *exprs) spec(t *testing.T, inputs int) *fsm.Spec {
	m := &fsm.Machine{Name: "Calc", Vars: x.vars, Timers: []fsm.Timer{{Name: "t"}}, States: []fsm.State{{Name: "Only"}}}
	params := []fsm.Param{{Name: "x", Type: exprNear}, {Name: "y", Type: fsm.IntType(0, 3)}}
	for i := range inputs {
		m.Events = append(m.Events, fsm.Event{Kind: fsm.Input, Name: fmt.Sprintf("I%d", i), Params: params})
		level := fsm.Level{len(m.Transitions)}
		guard := x.condition(3)
		m.Transitions = append(m.Transitions, &fsm.Transition{Event: i, Guard: guard, Target: fsm.Stay, Body: x.body(3)})
		levels := []fsm.Level{level, {len(m.Transitions)}}
		m.Transitions = append(m.Transitions, &fsm.Transition{Event: i, Target: fsm.Stay, Body: x.body(2)})
		if x.Intn(4) == 0 {
			levels = []fsm.Level{{level[0], level[0] + 1}} // both at once where the guard holds
		}
		m.States[0].On = append(m.States[0].On, levels)
	}
	s := &fsm.Spec{Name: "calc", Types: []*fsm.Type{exprColor, exprNear}, Machines: []*fsm.Machine{m},
		Effects: []fsm.EffectKind{{Name: "Show", Params: []fsm.Param{{Name: "n", Type: fsm.IntType(-10, 10)}}}}}
	require.NoError(t, s.Finish())
	return s
}

func TestRandomExpressionsMeanWhatTheReferenceDoes(t *testing.T) {
	m := newModule(t)
	for seed := range seeds(2) {
		m.add(t, fmt.Sprintf("calc%d", seed), newExprs(int64(seed)).spec(t, 40))
	}
	m.compare(t)
}
