package dve

import (
	"slices"

	"interlock/fsm"
	"interlock/spec"
)

// outside is the scope of what stands in no process.
const outside = -1

// maxLong bounds what is calculated at once, before it is cut to 32 bits.
const maxLong = 1 << 52

// find is the variable that a name means in a scope, or nil.
func (l *lowering) find(id ident, scope int) *variable {
	if scope >= 0 {
		if v, ok := l.program.processes[scope].scope[id.name]; ok {
			return v
		}
	}
	return l.global[id.name]
}

// visible lists the names of the variables of a scope.
func (l *lowering) visible(scope int) []string {
	var list []string
	for _, v := range l.program.vars {
		list = append(list, v.name)
	}
	if scope >= 0 {
		for _, v := range l.program.processes[scope].vars {
			list = append(list, v.name)
		}
	}
	return list
}

// owner is the process that a name with a point or an arrow behind it means.
func (l *lowering) owner(id ident) (int, bool) {
	if i, ok := l.process[id.name]; ok {
		return i, true
	}
	var known []string
	for _, p := range l.program.processes {
		known = append(known, p.name)
	}
	l.unknown(id, "process", known)
	return 0, false
}

// variableOf is the variable that a reference means; nil if a mistake was told.
func (l *lowering) variableOf(e *expr, scope int) *variable {
	id := e.name
	if e.op == "foreign" {
		owner, ok := l.owner(e.name)
		if !ok {
			return nil
		}
		id = e.field
		v := l.program.processes[owner].scope[id.name]
		if v == nil {
			l.unknown(id, "variable of process "+e.name.name, nil)
		}
		return v
	}
	v := l.find(id, scope)
	if v == nil {
		l.unknown(id, "variable", l.visible(scope))
	}
	return v
}

// expr lowers an expression; nil if a mistake in it was told. Conditions are of the type bool, all else are integers.
func (l *lowering) expr(e *expr, scope int) *fsm.Expr {
	l.nodes++
	switch e.op {
	case "number":
		return constant(e.value, e.span)
	case "true", "false":
		return &fsm.Expr{Op: fsm.OpConst, Type: fsm.BoolType, Value: truth(e.op == "true"), Span: e.span}
	case "name", "index", "foreign":
		return l.read(e, scope)
	case "state":
		return l.stateTest(e)
	}
	args := make([]*fsm.Expr, len(e.args))
	for i, a := range e.args {
		if args[i] = l.expr(a, scope); args[i] == nil {
			return nil
		}
	}
	x := l.operation(e, args)
	if v, ok := known(x); ok && x.Op != fsm.OpConst {
		return &fsm.Expr{Op: fsm.OpConst, Type: constType(x.Type, v), Value: v, Span: e.span}
	}
	return x
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func constant(v int64, at fsm.Span) *fsm.Expr {
	return &fsm.Expr{Op: fsm.OpConst, Type: fsm.IntType(v, v), Value: v, Span: at}
}

func constType(t *fsm.Type, v int64) *fsm.Type {
	if t.Kind == fsm.Bool {
		return t
	}
	return fsm.IntType(v, v)
}

// known is the value of an operation on constants.
func known(x *fsm.Expr) (int64, bool) {
	if x == nil || x.Op != fsm.OpConst && x.Op < fsm.OpNot {
		return 0, false
	}
	for _, a := range x.Args {
		if a.Op != fsm.OpConst {
			return 0, false
		}
	}
	v, err := fsm.Eval(&fsm.System{}, &fsm.Joint{}, x)
	return v, err == nil
}

// constantOf is the value of an expression that must be known beforehand; ok is false if a mistake was told.
func (l *lowering) constantOf(e *expr, scope int) (int64, bool) {
	x := l.expr(e, scope)
	if x == nil {
		return 0, false
	}
	v, ok := known(x)
	if !ok {
		l.fail(e.span, "dve-type", "the value must be known beforehand: numbers and constants only")
	}
	return v, ok
}

// firstValue is the value of an expression before any step: a variable in it, which stands before, has its first value.
func (l *lowering) firstValue(e *expr, scope int) (int64, bool) {
	x := l.expr(e, scope)
	if x == nil {
		return 0, false
	}
	if v, ok := known(x); ok {
		return v, true
	}
	first := &fsm.Joint{}
	sys := &fsm.System{Vars: l.sys.Vars}
	for _, v := range l.sys.Vars {
		first.Vars = append(first.Vars, v.Init...)
	}
	if err := (&fsm.Spec{Systems: []*fsm.System{sys}}).Finish(); err != nil {
		panic("dve: variables that are not whole: " + err.Error())
	}
	if !arithmetical(x) {
		l.fail(e.span, "dve-type", "the value must be known beforehand: numbers, constants and variables declared before")
		return 0, false
	}
	v, err := fsm.Eval(sys, first, x)
	if err != nil {
		l.fail(e.span, "dve-range", "there is no such value: %s", err)
	}
	return v, err == nil
}

// arithmetical reports whether an expression says nothing of states.
func arithmetical(x *fsm.Expr) bool {
	return x.Op != fsm.OpIn && !slices.ContainsFunc(x.Args, func(a *fsm.Expr) bool { return !arithmetical(a) })
}

// read lowers a reference to a variable or constant.
func (l *lowering) read(e *expr, scope int) *fsm.Expr {
	v := l.variableOf(e, scope)
	if v == nil || v.broken {
		return nil
	}
	index, ok := l.index(v, e, scope)
	switch {
	case !ok:
		return nil
	case v.constant:
		return l.readConstant(v, e, index)
	case v.values == nil:
		l.fail(e.span, "dve-name", "%s is used before it is declared", quote(v.name))
		return nil
	}
	holds := v.holds
	if known := l.guarded[v.index]; known != nil {
		holds = known
	}
	return &fsm.Expr{Op: fsm.OpSystemVar, Type: holds, Index: v.index, Args: index, Span: e.span}
}

// index lowers the index of a reference. An array without one is its first element, as in DIVINE: texts of BEEM rely on it.
func (l *lowering) index(v *variable, e *expr, scope int) ([]*fsm.Expr, bool) {
	switch {
	case v.array && len(e.args) == 0:
		if !v.bare {
			v.bare = true
			d := l.fail(e.span, "dve-type", "%s is an array; without an index its first element is meant", quote(v.name))
			d.Severity = spec.Warning
		}
		return []*fsm.Expr{constant(0, e.span)}, true
	case !v.array && len(e.args) > 0:
		l.fail(e.span, "dve-type", "%s is no array", quote(v.name))
		return nil, false
	case !v.array:
		return nil, true
	}
	i := l.integer(e.args[0], scope)
	if i == nil {
		return nil, false
	}
	if at, ok := known(i); ok && (at < 0 || at >= int64(v.length)) {
		d := l.fail(e.args[0].span, "dve-range", "index %d is outside of %s, which has %d elements", at, quote(v.name), v.length)
		d.Severity = spec.Warning
		d.Help = "The step that gets here is a violation (range)."
	}
	return []*fsm.Expr{i}, true
}

// readConstant lowers a reference to a constant: its value, or one of its values.
func (l *lowering) readConstant(v *variable, e *expr, index []*fsm.Expr) *fsm.Expr {
	if v.values == nil {
		l.fail(e.span, "dve-name", "%s is used before it is declared", quote(v.name))
		return nil
	}
	if !v.array {
		return constant(int64(v.values[0]), e.span)
	}
	x := &fsm.Expr{Op: fsm.OpSelect, Type: v.holds, Args: index, Span: e.span}
	for _, value := range v.values {
		x.Args = append(x.Args, constant(int64(value), e.span))
	}
	if l.nodes += len(v.values); l.nodes > maxNodes {
		l.tooMuch(e.span)
		return nil
	}
	if value, ok := known(x); ok {
		return constant(value, e.span)
	}
	return x
}

func (l *lowering) tooMuch(at fsm.Span) {
	l.fail(at, "dve-limit", "the steps have more than %d parts together, counted in each that they are part of", maxNodes)
}

func (l *lowering) stateTest(e *expr) *fsm.Expr {
	owner, ok := l.owner(e.name)
	if !ok {
		return nil
	}
	s := l.state(l.program.processes[owner], e.field)
	if s < 0 {
		if l.program.processes[owner].scope[e.field.name] != nil {
			l.diags[len(l.diags)-1].Help = "There is a variable of that name: " + quote(e.name.name+"->"+e.field.name) + "."
		}
		return nil
	}
	return &fsm.Expr{Op: fsm.OpIn, Type: fsm.BoolType, Instance: owner, States: []int{s}, Span: e.span}
}

// condition lowers an expression that is asked whether it is not 0.
func (l *lowering) condition(e *expr, scope int) *fsm.Expr { return asBool(l.expr(e, scope)) }

// integer lowers an expression that is calculated with: a condition counts as 0 or 1.
func (l *lowering) integer(e *expr, scope int) *fsm.Expr { return asInt(l.expr(e, scope)) }

func asBool(x *fsm.Expr) *fsm.Expr {
	switch {
	case x == nil || x.Type.Kind == fsm.Bool:
		return x
	case x.Op == fsm.OpConst:
		return &fsm.Expr{Op: fsm.OpConst, Type: fsm.BoolType, Value: truth(x.Value != 0), Span: x.Span}
	}
	return &fsm.Expr{Op: fsm.OpNe, Type: fsm.BoolType, Args: []*fsm.Expr{x, constant(0, x.Span)}, Span: x.Span}
}

func asInt(x *fsm.Expr) *fsm.Expr {
	switch {
	case x == nil || x.Type.Kind != fsm.Bool:
		return x
	case x.Op == fsm.OpConst:
		return constant(x.Value, x.Span)
	}
	return &fsm.Expr{Op: fsm.OpCount, Type: fsm.IntType(0, 1), Args: []*fsm.Expr{x}, Span: x.Span}
}

var (
	logic      = map[string]fsm.Op{"&&": fsm.OpAnd, "||": fsm.OpOr, "imply": fsm.OpImplies, "!": fsm.OpNot}
	comparison = map[string]fsm.Op{"==": fsm.OpEq, "!=": fsm.OpNe, "<": fsm.OpLt, "<=": fsm.OpLe, ">": fsm.OpGt, ">=": fsm.OpGe}
	arithmetic = map[string]fsm.Op{"neg": fsm.OpNeg, "+": fsm.OpAdd, "-": fsm.OpSub, "*": fsm.OpMul, "/": fsm.OpDiv, "%": fsm.OpRem,
		"&": fsm.OpBitAnd, "|": fsm.OpBitOr, "^": fsm.OpBitXor, "<<": fsm.OpShl, ">>": fsm.OpShr}
)

// operation lowers an operator on lowered operands.
func (l *lowering) operation(e *expr, args []*fsm.Expr) *fsm.Expr {
	if op, ok := logic[e.op]; ok {
		x := &fsm.Expr{Op: op, Type: fsm.BoolType, Span: e.span}
		for _, a := range args {
			if a = asBool(a); a.Op == op && (op == fsm.OpAnd || op == fsm.OpOr) {
				x.Args = append(x.Args, a.Args...)
				continue
			}
			x.Args = append(x.Args, a)
		}
		return x
	}
	for i := range args {
		args[i] = asInt(args[i])
	}
	if op, ok := comparison[e.op]; ok {
		return &fsm.Expr{Op: op, Type: fsm.BoolType, Args: args, Span: e.span}
	}
	op := arithmetic[e.op]
	switch {
	case e.op == "~": // two's complement: -1 is all bits
		op, args = fsm.OpBitXor, append(args, constant(-1, e.span))
	case (op == fsm.OpShl || op == fsm.OpShr) && !within32(args[1].Type): // the low five bits count, as on the machines that DVE ran on
		args[1] = &fsm.Expr{Op: fsm.OpBitAnd, Type: fsm.IntType(0, 31), Args: []*fsm.Expr{args[1], constant(31, e.span)}, Span: args[1].Span}
	}
	x, fits := made(op, e.span, args...)
	if !fits {
		x = made32(op, e.span, args[0], args[1])
	}
	return wrap(x, longType)
}

// made is an operator on operands. It reports whether its values can be told.
func made(op fsm.Op, at fsm.Span, args ...*fsm.Expr) (*fsm.Expr, bool) {
	var b *fsm.Type
	if len(args) > 1 {
		b = args[1].Type
	}
	lo, hi, ok := spec.Interval(op, args[0].Type, b)
	return &fsm.Expr{Op: op, Type: fsm.IntType(lo, hi), Args: args, Span: at}, ok && -maxLong <= lo && hi <= maxLong
}

// made32 is what [made] cannot tell of two values of 32 bits, a product or a shift to the left, from halves that it can: its low 32 bits
// are right.
func made32(op fsm.Op, at fsm.Span, a, b *fsm.Expr) *fsm.Expr {
	do := func(op fsm.Op, a, b *fsm.Expr) *fsm.Expr {
		x, fits := made(op, at, a, b)
		if !fits {
			panic("dve: an operand of more than 32 bits")
		}
		return x
	}
	if op == fsm.OpShl { // half of the bits, and the other half
		half := wrap(do(fsm.OpShl, a, do(fsm.OpShr, b, constant(1, at))), longType)
		return do(fsm.OpShl, half, do(fsm.OpShr, do(fsm.OpAdd, b, constant(1, at)), constant(1, at)))
	}
	low := do(fsm.OpMul, a, do(fsm.OpBitAnd, b, constant(1<<16-1, at)))
	high := do(fsm.OpBitAnd, do(fsm.OpMul, a, do(fsm.OpShr, b, constant(16, at))), constant(1<<16-1, at))
	return do(fsm.OpAdd, low, do(fsm.OpMul, high, constant(1<<16, at)))
}

// within32 reports whether a shift by values of a type stays within 32 bits.
func within32(t *fsm.Type) bool { return t.Lo >= 0 && t.Hi < 32 }
