package check

import (
	"fmt"

	"interlock/fsm"
)

// expr computes a value; a range violation in it ends the step of the exec, and the value then means nothing.
type expr func(x *exec) int64

// cond computes a condition, likewise.
type cond func(x *exec) bool

// stmt runs a statement.
type stmt func(x *exec)

// compiler makes closures of expressions and statements for one scope, as fsm.Eval and fsm.Step understand them.
type compiler struct {
	p      *program
	own    int     // the instance that takes the step, or fsm.OwnInstance
	params []int64 // of a joint transition: they are known
	from   []int64 // the index of the sender, if it is known
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
	case fsm.OpFrom:
		if k.from != nil {
			return k.from[0], true
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
	return k.slotOf(t, base, e.Args)
}

// slotOf is the cell of an element of a variable of type t that begins at base, if it is always the same.
func (k *compiler) slotOf(t *fsm.Type, base int, index []*fsm.Expr) (int, bool) {
	for _, e := range index {
		i, ok := k.constant(e)
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
	return k.compute(e)
}

// compute is expr for what is not a constant, or not known to be one.
func (k *compiler) compute(e *fsm.Expr) expr {
	if cell, ok := k.cell(e); ok {
		return k.p.reader(cell)
	}
	if isCondition(e.Op) {
		c := k.decide(e)
		return func(x *exec) int64 { return truth(c(x)) }
	}
	switch e.Op {
	case fsm.OpVar, fsm.OpInstanceVar, fsm.OpSystemVar:
		t, base := k.variable(e)
		cell, p := k.slot(t, base, e.Args), k.p
		return func(x *exec) int64 { return p.value(x.w, cell(x)) }
	case fsm.OpParam:
		i := e.Index
		return func(x *exec) int64 { return x.args[i] }
	case fsm.OpFrom:
		return func(x *exec) int64 { return x.from }
	case fsm.OpLinkLen:
		return k.linkLength(e)
	case fsm.OpCount, fsm.OpCond, fsm.OpSelect:
		return k.choose(e)
	case fsm.OpSetOf:
		return k.setOf(e)
	}
	return k.arithmetic(e)
}

// reader reads a cell.
func (p *program) reader(cell int) expr {
	f := p.at[cell]
	switch {
	case f.bits == 0:
		return func(*exec) int64 { return f.lo }
	case f.straddles():
		return func(x *exec) int64 { return f.lo + int64(get(x.w, f.at, f.bits)) }
	}
	at := f.locate()
	return func(x *exec) int64 { return at.read(x.w) }
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

func (k *compiler) extern(e *fsm.Expr) cond {
	args, index := k.exprs(e.Args), int64(e.Index)
	return func(x *exec) bool {
		var room [8]int64
		values := room[:0]
		for _, a := range args {
			values = append(values, a(x))
		}
		return x.extern(index, values) != 0
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

// linkLength is how many messages several links hold together.
func (k *compiler) linkLength(e *fsm.Expr) expr {
	at := k.linksOf(e)
	return func(x *exec) int64 {
		n := 0
		for _, l := range at {
			n += l.count(x.w)
		}
		return int64(n)
	}
}

func (k *compiler) linksOf(e *fsm.Expr) []*linkLayout {
	var at []*linkLayout
	for _, l := range e.Links {
		at = append(at, &k.p.layout.links[l])
	}
	return at
}

// look compiles the conditions on what is in links.
func (k *compiler) look(e *fsm.Expr) cond {
	at, message, wanted := k.linksOf(e), e.Message, k.exprs(e.Args)
	if e.Op == fsm.OpLinkHas {
		return func(x *exec) bool {
			for _, l := range at {
				for p := range l.count(x.w) {
					if x.holdsAt(l, p, message, wanted) {
						return true
					}
				}
			}
			return false
		}
	}
	l, last := at[0], e.Op == fsm.OpLinkLast
	return func(x *exec) bool {
		n := l.count(x.w)
		if n > 0 && !last {
			n = 1
		}
		return n > 0 && x.holdsAt(l, n-1, message, wanted)
	}
}

// holdsAt compares what is at a place of a link with a message and wanted arguments, where nil means any.
func (x *exec) holdsAt(l *linkLayout, place, message int, wanted []expr) bool {
	l.code(x.w, place, x.room)
	if l.decode(x.room, x.looked) != message {
		return false
	}
	for i, w := range wanted {
		if w != nil && w(x) != x.looked[i] {
			return false
		}
	}
	return true
}

// choose compiles what need not look at all its arguments.
func (k *compiler) choose(e *fsm.Expr) expr {
	switch e.Op {
	case fsm.OpCount:
		var args []cond
		for _, a := range e.Args {
			args = append(args, k.cond(a))
		}
		return func(x *exec) int64 {
			n := int64(0)
			for _, a := range args {
				n += truth(a(x))
			}
			return n
		}
	case fsm.OpCond:
		c, a, b := k.cond(e.Args[0]), k.expr(e.Args[1]), k.expr(e.Args[2])
		return func(x *exec) int64 {
			if c(x) {
				return a(x)
			}
			return b(x)
		}
	}
	at, alternatives, out := k.expr(e.Args[0]), k.exprs(e.Args[1:]), k.out(e.Span) // OpSelect
	return func(x *exec) int64 {
		i := at(x)
		if i < 0 || i >= int64(len(alternatives)) {
			x.violate(out)
			return 0
		}
		return alternatives[i](x)
	}
}

// arithmetic compiles integer operators, with Go's meaning on int64. None overflows: see [fsm.Expr].
func (k *compiler) arithmetic(e *fsm.Expr) expr {
	a := k.expr(e.Args[0])
	if e.Op == fsm.OpNeg {
		return func(x *exec) int64 { return -a(x) }
	}
	if v, ok := k.constant(e.Args[1]); ok && (e.Op == fsm.OpAdd || e.Op == fsm.OpSub) {
		if e.Op == fsm.OpSub {
			v = -v
		}
		return func(x *exec) int64 { return a(x) + v }
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
	if e.Op != fsm.OpShl && e.Op != fsm.OpShr {
		panic(fmt.Sprintf("check: operator %d where a value is wanted", e.Op))
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

// setOf compiles a set of elements, each of which must be of the element type.
func (k *compiler) setOf(e *fsm.Expr) expr {
	args := k.exprs(e.Args)
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
}
