package promela

import (
	"fmt"
	"strings"

	"interlock/fsm"
)

// value is an expression twice: what it is worth, and the condition under which it has a value at all (no index out of
// bounds, no division by zero). An empty ok means always. Where ok is false, val must not be evaluated.
type value struct{ ok, val string }

// scope is where an expression stands: the instance that takes the step, and where its parameters are.
type scope struct {
	own    int
	params func(i int) string
	from   string
}

func not(cond string) string { return "!(" + cond + ")" }

// both is true where all conditions are.
func both(conds ...string) string {
	var some []string
	for _, c := range conds {
		if c != "" {
			some = append(some, c)
		}
	}
	if len(some) < 2 {
		return strings.Join(some, "")
	}
	return "(" + strings.Join(some, " && ") + ")"
}

// all is the conjunction from left to right: what stands behind a false one is not asked, so it need not have a value.
func all(parts []value) value {
	v := value{val: "1"}
	for i := len(parts) - 1; i >= 0; i-- {
		p := parts[i]
		if v.ok != "" {
			v.ok = fmt.Sprintf("(!(%s) || %s)", p.val, v.ok)
		}
		v.ok = both(p.ok, v.ok)
		if i == len(parts)-1 {
			v.val = p.val
		} else {
			v.val = fmt.Sprintf("(%s && %s)", p.val, v.val)
		}
	}
	return v
}

// some is the disjunction, likewise.
func some(parts []value) value {
	v := value{val: "0"}
	for i := len(parts) - 1; i >= 0; i-- {
		p := parts[i]
		if v.ok != "" {
			v.ok = fmt.Sprintf("((%s) || %s)", p.val, v.ok)
		}
		v.ok = both(p.ok, v.ok)
		if i == len(parts)-1 {
			v.val = p.val
		} else {
			v.val = fmt.Sprintf("(%s || %s)", p.val, v.val)
		}
	}
	return v
}

// choose is a ? b : c.
func choose(cond string, a, b value) value {
	v := value{val: fmt.Sprintf("(%s -> %s : %s)", cond, a.val, b.val)}
	if a.ok != "" || b.ok != "" {
		v.ok = fmt.Sprintf("(%s -> %s : %s)", cond, orTrue(a.ok), orTrue(b.ok))
	}
	return v
}

func orTrue(cond string) string {
	if cond == "" {
		return "1"
	}
	return cond
}

func number(v int64) string {
	if v < 0 {
		return fmt.Sprintf("(%d)", v)
	}
	return fmt.Sprint(v)
}

// between is lo <= v <= hi.
func between(v string, lo, hi int64) string {
	return fmt.Sprintf("(%s >= %s && %s <= %s)", v, number(lo), v, number(hi))
}

// expr writes an expression. Extern guards in it have been asked before: see [exporter.ask].
func (x *exporter) expr(s scope, e *fsm.Expr) value {
	if e.Type != nil && e.Type.Kind != fsm.Array {
		if _, err := width(e.Type.Lo, e.Type.Hi); err != nil {
			x.fail(fmt.Errorf("%s: %w", e.Span, err))
		}
	}
	switch {
	case e.Op == fsm.OpConst:
		return value{val: number(e.Value)}
	case e.Op <= fsm.OpExtern:
		return x.read(s, e)
	case e.Op <= fsm.OpLinkLast:
		return x.view(s, e)
	case e.Op <= fsm.OpSelect:
		return x.decide(s, e)
	case e.Op <= fsm.OpShr:
		return x.compute(s, e)
	}
	return x.collect(s, e)
}

func (x *exporter) exprs(s scope, exprs []*fsm.Expr) []value {
	values := make([]value, len(exprs))
	for i, e := range exprs {
		values[i] = x.expr(s, e)
	}
	return values
}

// read is a variable, a parameter, a timer, or a state.
func (x *exporter) read(s scope, e *fsm.Expr) value {
	of := e.Instance
	if of == fsm.OwnInstance {
		of = s.own
	}
	switch e.Op {
	case fsm.OpVar:
		return x.element(s, x.sys.MachineOf(s.own).Vars[e.Index].Type, x.sys.VarSlot(s.own, e.Index), e.Args)
	case fsm.OpInstanceVar:
		return x.element(s, x.sys.MachineOf(of).Vars[e.Index].Type, x.sys.VarSlot(of, e.Index), e.Args)
	case fsm.OpSystemVar:
		return x.element(s, x.sys.Vars[e.Index].Type, x.sys.SystemSlot(e.Index), e.Args)
	case fsm.OpMachineParam:
		return value{val: number(x.sys.Instances[s.own].Args[e.Index])}
	case fsm.OpSelf:
		return value{val: fmt.Sprint(x.sys.Instances[s.own].Index)}
	case fsm.OpParam:
		return value{val: s.params(e.Index)}
	case fsm.OpFrom:
		return value{val: s.from}
	case fsm.OpArmed:
		return value{val: x.timer(of, e.Index)}
	case fsm.OpExtern:
		return value{val: x.asked[e]}
	}
	var in []string // OpIn
	for _, state := range e.States {
		if state == fsm.Down {
			state = x.down(of)
		}
		in = append(in, fmt.Sprintf("%s == %d", x.state(of), state))
	}
	if len(in) == 0 {
		return value{val: "0"}
	}
	return value{val: "(" + strings.Join(in, " || ") + ")"}
}

// element is a variable, or the element of an array that the indices say.
func (x *exporter) element(s scope, t *fsm.Type, slot int, index []*fsm.Expr) value {
	at, moving := x.lay.vars+slot, ""
	ok := ""
	for _, e := range index {
		i := x.expr(s, e)
		ok = both(ok, i.ok, inside(e, i.val, 0, int64(t.Len)-1))
		t = t.Elem
		if e.Op == fsm.OpConst {
			at += int(e.Value) * t.Slots()
		} else {
			moving += fmt.Sprintf(" + (%s) * %d", i.val, t.Slots())
		}
	}
	if moving == "" {
		if at < 0 || at >= x.lay.size {
			return value{ok, "0"}
		}
		return value{ok, x.slot(at)}
	}
	return value{ok, fmt.Sprintf("v[%d%s]", at, moving)}
}

// view is a look into links.
func (x *exporter) view(s scope, e *fsm.Expr) value {
	switch e.Op {
	case fsm.OpLinkLen:
		var lengths []string
		for _, l := range e.Links {
			lengths = append(lengths, x.lengthOf(l))
		}
		return value{val: "(" + strings.Join(append(lengths, "0"), " + ") + ")"}
	case fsm.OpLinkHas:
		var places []value
		for _, l := range e.Links {
			for at := range x.lay.links[l].capacity {
				filled := value{val: fmt.Sprintf("(%s > %d)", x.length(l), at)}
				places = append(places, all(append([]value{filled}, x.matches(s, e, l, fmt.Sprint(at))...)))
			}
		}
		return some(places)
	}
	l, at := e.Links[0], "0"
	if x.sys.Links[l].Kind == fsm.Atomic {
		return value{val: "0"}
	}
	if e.Op == fsm.OpLinkLast {
		at = x.length(l) + " - 1"
	}
	filled := value{val: fmt.Sprintf("(%s > 0)", x.length(l))}
	return all(append([]value{filled}, x.matches(s, e, l, at)...))
}

func (x *exporter) lengthOf(link int) string {
	if x.sys.Links[link].Kind == fsm.Atomic {
		return "0"
	}
	return x.length(link)
}

// matches compares a place of a link with the message and the arguments wanted.
func (x *exporter) matches(s scope, e *fsm.Expr, link int, at string) []value {
	parts := []value{{val: fmt.Sprintf("(%s == %d)", x.field(link, at, 0), e.Message)}}
	for i, wanted := range e.Args {
		if wanted == nil {
			continue
		}
		if 1+i >= x.lay.links[link].stride {
			return []value{{val: "0"}} // the link never carries this message
		}
		v := x.expr(s, wanted)
		parts = append(parts, value{v.ok, fmt.Sprintf("(%s == %s)", x.field(link, at, 1+i), v.val)})
	}
	return parts
}

// decide is what need not look at all its arguments.
func (x *exporter) decide(s scope, e *fsm.Expr) value {
	args := x.exprs(s, e.Args)
	switch e.Op {
	case fsm.OpNot:
		return value{args[0].ok, "(" + not(args[0].val) + ")"}
	case fsm.OpAnd:
		return all(args)
	case fsm.OpOr:
		return some(args)
	case fsm.OpImplies:
		return some([]value{{args[0].ok, "(" + not(args[0].val) + ")"}, args[1]})
	case fsm.OpCount:
		v := value{val: "(0"}
		for _, a := range args {
			v = value{both(v.ok, a.ok), v.val + " + " + a.val}
		}
		return value{v.ok, v.val + ")"}
	case fsm.OpCond:
		v := choose(args[0].val, args[1], args[2])
		return value{both(args[0].ok, v.ok), v.val}
	}
	v := args[len(args)-1] // OpSelect
	for i := len(args) - 2; i >= 1; i-- {
		v = choose(fmt.Sprintf("(%s == %d)", args[0].val, i-1), args[i], v)
	}
	return value{both(args[0].ok, inside(e.Args[0], args[0].val, 0, int64(len(args)-2)), v.ok), v.val}
}

var signs = map[fsm.Op]string{
	fsm.OpEq: "==", fsm.OpNe: "!=", fsm.OpLt: "<", fsm.OpLe: "<=", fsm.OpGt: ">", fsm.OpGe: ">=",
	fsm.OpAdd: "+", fsm.OpSub: "-", fsm.OpMul: "*", fsm.OpDiv: "/", fsm.OpRem: "%",
	fsm.OpBitAnd: "&", fsm.OpBitOr: "|", fsm.OpBitXor: "^", fsm.OpShl: "<<", fsm.OpShr: ">>",
}

// compute is comparison and arithmetic: Promela's are C's, and agree with the language as long as nothing overflows.
func (x *exporter) compute(s scope, e *fsm.Expr) value {
	a := x.expr(s, e.Args[0])
	if e.Op == fsm.OpNeg {
		return value{a.ok, "(-" + a.val + ")"}
	}
	b := x.expr(s, e.Args[1])
	ok := both(a.ok, b.ok)
	switch e.Op {
	case fsm.OpAndNot:
		return value{ok, fmt.Sprintf("(%s & (~%s))", a.val, b.val)}
	case fsm.OpDiv, fsm.OpRem:
		if lo, hi := bounds(e.Args[1]); lo <= 0 && 0 <= hi {
			ok = both(ok, fmt.Sprintf("(%s != 0)", b.val))
		}
	case fsm.OpShl, fsm.OpShr:
		ok = both(ok, inside(e.Args[1], b.val, 0, fsm.MaxSet))
		if e.Op == fsm.OpShr { // C leaves shifts by 32 and more open
			b.val = fmt.Sprintf("(%s > 31 -> 31 : %s)", b.val, b.val)
		}
	}
	return value{ok, fmt.Sprintf("(%s %s %s)", a.val, signs[e.Op], b.val)}
}

// collect is sets: bit i stands for the element lo+i.
func (x *exporter) collect(s scope, e *fsm.Expr) value {
	args := x.exprs(s, e.Args)
	switch e.Op {
	case fsm.OpSetOf:
		elem := e.Type.Elem
		v := value{val: "(0"}
		for i, a := range args {
			v = value{both(v.ok, a.ok, inside(e.Args[i], a.val, elem.Lo, elem.Hi)), fmt.Sprintf("%s | (1 << (%s - %s))", v.val, a.val, number(elem.Lo))}
		}
		return value{v.ok, v.val + ")"}
	case fsm.OpSetHas:
		elem := e.Args[1].Type.Elem
		bit := fmt.Sprintf("((%s >> (%s - %s)) & 1)", args[1].val, args[0].val, number(elem.Lo))
		return value{both(args[0].ok, args[1].ok), fmt.Sprintf("(%s && %s)", between(args[0].val, elem.Lo, elem.Hi), bit)}
	}
	x.fail(fmt.Errorf("%s: operator %d stands where a value is wanted", e.Span, e.Op))
	return value{val: "0"}
}
