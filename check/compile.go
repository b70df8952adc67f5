package check

import (
	"fmt"

	"interlock/fsm"
)

// expr computes a value; a range violation in it ends the step of the exec, and the value then means nothing.
type expr func(x *exec) int64

// stmt runs a statement.
type stmt func(x *exec)

// compiler makes closures of expressions and statements for one scope, as fsm.Eval and fsm.Step understand them.
type compiler struct {
	p      *program
	own    int     // the instance that takes the step, or fsm.OwnInstance
	params []int64 // of a joint transition: they are known
	known  map[*fsm.Expr]known
}

// known is what is known of an expression before anything runs.
type known struct {
	value int64
	ok    bool
}

func newCompiler(p *program, own int) *compiler {
	return &compiler{p: p, own: own, known: map[*fsm.Expr]known{}}
}

func (k *compiler) out(at fsm.Span) *site {
	return &site{builtin: fsm.Range, instance: k.own, span: at}
}

// constant is the value of an expression that is the same in every joint state.
func (k *compiler) constant(e *fsm.Expr) (int64, bool) {
	if found, ok := k.known[e]; ok {
		return found.value, found.ok
	}
	v, ok := k.fold(e)
	k.known[e] = known{v, ok}
	return v, ok
}

func (k *compiler) fold(e *fsm.Expr) (int64, bool) {
	switch e.Op {
	case fsm.OpConst:
		return e.Value, true
	case fsm.OpMachineParam:
		return k.p.sys.Instances[k.own].Args[e.Index], true
	case fsm.OpSelf:
		return int64(k.p.sys.Instances[k.own].Index), true
	case fsm.OpParam:
		if k.params != nil {
			return k.params[e.Index], true
		}
	}
	if e.Op < fsm.OpNot || e.Op > fsm.OpSetHas {
		return 0, false
	}
	for _, a := range e.Args {
		if _, ok := k.constant(a); !ok {
			return 0, false
		}
	}
	var x exec
	v := k.compute(e)(&x)
	return v, x.end == done
}

// cell is the cell that an expression reads, if it does nothing else.
func (k *compiler) cell(e *fsm.Expr) (int, bool) {
	if e.Op != fsm.OpVar && e.Op != fsm.OpInstanceVar && e.Op != fsm.OpSystemVar {
		return 0, false
	}
	t, base := k.variable(e)
	for _, index := range e.Args {
		i, ok := k.constant(index)
		if !ok || i < 0 || i >= int64(t.Len) {
			return 0, false
		}
		t = t.Elem
		base += int(i) * t.Slots()
	}
	return base, true
}

// variable is the type and the first cell of the variable that an expression reads.
func (k *compiler) variable(e *fsm.Expr) (*fsm.Type, int) {
	sys, instance := k.p.sys, e.Instance
	switch {
	case e.Op == fsm.OpSystemVar:
		return sys.Vars[e.Index].Type, k.p.vars + sys.SystemSlot(e.Index)
	case e.Op == fsm.OpVar || instance == fsm.OwnInstance:
		instance = k.own
	}
	return sys.MachineOf(instance).Vars[e.Index].Type, k.p.vars + sys.VarSlot(instance, e.Index)
}

func (k *compiler) expr(e *fsm.Expr) expr {
	if v, ok := k.constant(e); ok {
		return func(*exec) int64 { return v }
	}
	if cell, ok := k.cell(e); ok {
		return func(x *exec) int64 { return x.c[cell] }
	}
	switch {
	case e.Op <= fsm.OpExtern:
		return k.read(e)
	case e.Op <= fsm.OpLinkLast:
		return k.look(e)
	}
	return k.compute(e)
}

func (k *compiler) exprs(list []*fsm.Expr) []expr {
	compiled := make([]expr, len(list))
	for i, e := range list {
		if e != nil {
			compiled[i] = k.expr(e)
		}
	}
	return compiled
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// read compiles what looks at variables, parameters, states and timers.
func (k *compiler) read(e *fsm.Expr) expr {
	instance := e.Instance
	if instance == fsm.OwnInstance {
		instance = k.own
	}
	switch e.Op {
	case fsm.OpVar, fsm.OpInstanceVar, fsm.OpSystemVar:
		t, base := k.variable(e)
		cell := k.slot(t, base, e.Args)
		return func(x *exec) int64 { return x.c[cell(x)] }
	case fsm.OpParam:
		i := e.Index
		return func(x *exec) int64 { return x.args[i] }
	case fsm.OpFrom:
		return func(x *exec) int64 { return x.from }
	case fsm.OpArmed:
		cell := k.p.timers + k.p.sys.TimerSlot(instance, e.Index)
		return func(x *exec) int64 { return x.c[cell] }
	case fsm.OpIn:
		return stateTest(instance, e.States)
	case fsm.OpExtern:
		return k.extern(e)
	}
	panic(fmt.Sprintf("check: operator %d where a value is wanted", e.Op))
}

func stateTest(instance int, states []int) expr {
	if len(states) == 1 {
		s := int64(states[0])
		return func(x *exec) int64 { return truth(x.c[instance] == s) }
	}
	return func(x *exec) int64 {
		for _, s := range states {
			if x.c[instance] == int64(s) {
				return 1
			}
		}
		return 0
	}
}

func (k *compiler) extern(e *fsm.Expr) expr {
	args, index := k.exprs(e.Args), int64(e.Index)
	return func(x *exec) int64 {
		var room [8]int64
		values := room[:0]
		for _, a := range args {
			values = append(values, a(x))
		}
		return x.extern(index, values)
	}
}

// slot compiles the cell of an element of a variable of type t that begins at base. After a violation it is base.
func (k *compiler) slot(t *fsm.Type, base int, index []*fsm.Expr) func(x *exec) int {
	if len(index) == 0 {
		return func(*exec) int { return base }
	}
	if len(index) == 1 {
		at, n, size, out := k.expr(index[0]), int64(t.Len), t.Elem.Slots(), k.out(index[0].Span)
		return func(x *exec) int {
			i := at(x)
			if i < 0 || i >= n {
				x.violate(out)
				return base
			}
			return base + int(i)*size
		}
	}
	first := k.slot(t, base, index[:1])
	rest := k.slot(t.Elem, 0, index[1:])
	return func(x *exec) int {
		at := first(x)
		return at + rest(x)
	}
}

// look compiles the views into links.
func (k *compiler) look(e *fsm.Expr) expr {
	var at []*linkLayout
	for _, l := range e.Links {
		at = append(at, &k.p.layout.links[l])
	}
	if e.Op == fsm.OpLinkLen {
		return func(x *exec) int64 {
			n := int64(0)
			for _, l := range at {
				n += x.c[l.cell]
			}
			return n
		}
	}
	message, wanted := int64(e.Message), k.exprs(e.Args)
	if e.Op == fsm.OpLinkHas {
		return func(x *exec) int64 {
			for _, l := range at {
				for p := range int(x.c[l.cell]) {
					if matches(x, l.place(p), message, wanted) {
						return 1
					}
				}
			}
			return 0
		}
	}
	l, last := at[0], e.Op == fsm.OpLinkLast
	return func(x *exec) int64 {
		n := int(x.c[l.cell])
		if n == 0 {
			return 0
		}
		if !last {
			n = 1
		}
		return truth(matches(x, l.place(n-1), message, wanted))
	}
}

// matches compares a place with a message and wanted fields, where nil means any.
func matches(x *exec, cell int, message int64, wanted []expr) bool {
	if x.c[cell] != message {
		return false
	}
	for i, w := range wanted {
		if w != nil && w(x) != x.c[cell+1+i] {
			return false
		}
	}
	return true
}

// compute compiles the operators.
func (k *compiler) compute(e *fsm.Expr) expr {
	switch {
	case e.Op <= fsm.OpSelect:
		return k.decide(e)
	case e.Op <= fsm.OpGe:
		return k.compare(e)
	case e.Op <= fsm.OpShr:
		return k.arithmetic(e)
	}
	return k.collect(e)
}

// decide compiles what need not look at all its arguments.
func (k *compiler) decide(e *fsm.Expr) expr {
	args := k.exprs(e.Args)
	switch e.Op {
	case fsm.OpNot:
		a := args[0]
		return func(x *exec) int64 { return 1 - a(x) }
	case fsm.OpAnd:
		return k.all(e)
	case fsm.OpOr:
		return k.some(e)
	case fsm.OpImplies:
		a, b := args[0], args[1]
		return func(x *exec) int64 {
			if a(x) == 0 {
				return 1
			}
			return b(x)
		}
	case fsm.OpCount:
		return func(x *exec) int64 {
			n := int64(0)
			for _, a := range args {
				n += a(x)
			}
			return n
		}
	case fsm.OpCond:
		c, a, b := args[0], args[1], args[2]
		return func(x *exec) int64 {
			if c(x) != 0 {
				return a(x)
			}
			return b(x)
		}
	}
	at, alternatives, out := args[0], args[1:], k.out(e.Span) // OpSelect
	return func(x *exec) int64 {
		i := at(x)
		if i < 0 || i >= int64(len(alternatives)) {
			x.violate(out)
			return 0
		}
		return alternatives[i](x)
	}
}

// all compiles a conjunction. What is known to be true is left out.
func (k *compiler) all(e *fsm.Expr) expr {
	var args []expr
	for _, a := range e.Args {
		if v, ok := k.constant(a); !ok || v == 0 {
			args = append(args, k.expr(a))
		}
	}
	switch len(args) {
	case 1:
		return args[0]
	case 2:
		a, b := args[0], args[1]
		return func(x *exec) int64 {
			if a(x) == 0 {
				return 0
			}
			return b(x)
		}
	}
	return func(x *exec) int64 {
		for _, a := range args {
			if a(x) == 0 {
				return 0
			}
		}
		return 1
	}
}

// some compiles a disjunction. What is known to be false is left out.
func (k *compiler) some(e *fsm.Expr) expr {
	var args []expr
	for _, a := range e.Args {
		if v, ok := k.constant(a); !ok || v != 0 {
			args = append(args, k.expr(a))
		}
	}
	return func(x *exec) int64 {
		for _, a := range args {
			if a(x) != 0 {
				return 1
			}
		}
		return 0
	}
}

func (k *compiler) compare(e *fsm.Expr) expr {
	cell, isCell := k.cell(e.Args[0])
	v, isConstant := k.constant(e.Args[1])
	if isCell && isConstant {
		return compareCell(e.Op, cell, v)
	}
	a, b := k.expr(e.Args[0]), k.expr(e.Args[1])
	switch e.Op {
	case fsm.OpEq:
		return func(x *exec) int64 { return truth(a(x) == b(x)) }
	case fsm.OpNe:
		return func(x *exec) int64 { return truth(a(x) != b(x)) }
	case fsm.OpLt:
		return func(x *exec) int64 { return truth(a(x) < b(x)) }
	case fsm.OpLe:
		return func(x *exec) int64 { return truth(a(x) <= b(x)) }
	case fsm.OpGt:
		return func(x *exec) int64 { return truth(a(x) > b(x)) }
	}
	return func(x *exec) int64 { return truth(a(x) >= b(x)) } // OpGe
}

// compareCell is the commonest comparison: of a variable with a constant.
func compareCell(op fsm.Op, cell int, v int64) expr {
	switch op {
	case fsm.OpEq:
		return func(x *exec) int64 { return truth(x.c[cell] == v) }
	case fsm.OpNe:
		return func(x *exec) int64 { return truth(x.c[cell] != v) }
	case fsm.OpLt:
		return func(x *exec) int64 { return truth(x.c[cell] < v) }
	case fsm.OpLe:
		return func(x *exec) int64 { return truth(x.c[cell] <= v) }
	case fsm.OpGt:
		return func(x *exec) int64 { return truth(x.c[cell] > v) }
	}
	return func(x *exec) int64 { return truth(x.c[cell] >= v) } // OpGe
}

// arithmetic compiles integer operators, with Go's meaning on int64. None overflows: see [fsm.Expr].
func (k *compiler) arithmetic(e *fsm.Expr) expr {
	a := k.expr(e.Args[0])
	if e.Op == fsm.OpNeg {
		return func(x *exec) int64 { return -a(x) }
	}
	b := k.expr(e.Args[1])
	switch e.Op {
	case fsm.OpAdd:
		return func(x *exec) int64 { return a(x) + b(x) }
	case fsm.OpSub:
		return func(x *exec) int64 { return a(x) - b(x) }
	case fsm.OpMul:
		return func(x *exec) int64 { return a(x) * b(x) }
	case fsm.OpBitAnd:
		return func(x *exec) int64 { return a(x) & b(x) }
	case fsm.OpBitOr:
		return func(x *exec) int64 { return a(x) | b(x) }
	case fsm.OpBitXor:
		return func(x *exec) int64 { return a(x) ^ b(x) }
	case fsm.OpAndNot:
		return func(x *exec) int64 { return a(x) &^ b(x) }
	case fsm.OpDiv, fsm.OpRem:
		return k.divide(e.Op, a, b, e.Span)
	}
	left, out := e.Op == fsm.OpShl, k.out(e.Span)
	return func(x *exec) int64 {
		v, by := a(x), b(x)
		if by < 0 || by > fsm.MaxSet {
			x.violate(out)
			return 0
		}
		if left {
			return v << uint(by)
		}
		return v >> uint(by)
	}
}

func (k *compiler) divide(op fsm.Op, a, b expr, at fsm.Span) expr {
	out := k.out(at)
	return func(x *exec) int64 {
		v, by := a(x), b(x)
		if by == 0 {
			x.violate(out)
			return 0
		}
		if op == fsm.OpDiv {
			return v / by
		}
		return v % by
	}
}

// collect compiles the operators on sets.
func (k *compiler) collect(e *fsm.Expr) expr {
	args := k.exprs(e.Args)
	switch e.Op {
	case fsm.OpSetOf:
		elem, outs := e.Type.Elem, make([]*site, len(args))
		for i, a := range e.Args {
			outs[i] = k.out(a.Span)
		}
		return func(x *exec) int64 {
			set := int64(0)
			for i, a := range args {
				v := a(x)
				if !elem.Has(v) {
					x.violate(outs[i])
					return 0
				}
				set |= 1 << uint(v-elem.Lo)
			}
			return set
		}
	case fsm.OpSetHas:
		a, b, elem := args[0], args[1], e.Args[1].Type.Elem
		return func(x *exec) int64 {
			v, set := a(x), b(x)
			return truth(elem.Has(v) && set>>uint(v-elem.Lo)&1 != 0)
		}
	}
	panic(fmt.Sprintf("check: operator %d where a value is wanted", e.Op))
}
