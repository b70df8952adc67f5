package fsm

import "fmt"

// scope is where an expression is evaluated: a joint state, and in machine scope the instance and event at hand.
type scope struct {
	sys    *System
	joint  *Joint
	own    int     // the instance that takes the step; in a crash body the one that crashed
	params []int64 // of the event, message or joint
	from   int64   // index of the message's sender
	ask    func(extern int, args []int64) int64
}

// Eval evaluates a system-scope expression (a property, an assumption) in a joint state. The error is a *Violation of
// the kind Range.
func Eval(sys *System, j *Joint, e *Expr) (v int64, err error) {
	defer catch(&err)
	s := scope{sys: sys, joint: j, own: OwnInstance}
	return s.eval(e), nil
}

// catch turns a violation raised below into the error of the function that it is deferred in.
func catch(err *error) {
	switch p := recover().(type) {
	case nil:
	case *Violation:
		*err = p
	default:
		panic(p)
	}
}

// outOfRange ends the step with a range violation.
func (s *scope) outOfRange(at Span, format string, args ...any) {
	panic(&Violation{Builtin: Range, Instance: s.own, Detail: fmt.Sprintf(format, args...), Span: at})
}

func (s *scope) eval(e *Expr) int64 {
	switch {
	case e.Op == OpConst:
		return e.Value
	case e.Op <= OpExtern:
		return s.read(e)
	case e.Op <= OpLinkLast:
		return s.look(e)
	case e.Op <= OpSelect:
		return s.decide(e)
	case e.Op <= OpGe:
		return compare(e.Op, s.eval(e.Args[0]), s.eval(e.Args[1]))
	case e.Op <= OpShr:
		return s.compute(e)
	}
	return s.collect(e)
}

// read evaluates what looks at variables, parameters, states and timers.
func (s *scope) read(e *Expr) int64 {
	instance := e.Instance
	if instance == OwnInstance {
		instance = s.own
	}
	switch e.Op {
	case OpVar:
		return s.joint.Vars[s.slot(s.sys.MachineOf(s.own).Vars[e.Index].Type, s.sys.VarSlot(s.own, e.Index), e.Args)]
	case OpInstanceVar:
		return s.joint.Vars[s.slot(s.sys.MachineOf(instance).Vars[e.Index].Type, s.sys.VarSlot(instance, e.Index), e.Args)]
	case OpSystemVar:
		return s.joint.Vars[s.slot(s.sys.Vars[e.Index].Type, s.sys.SystemSlot(e.Index), e.Args)]
	case OpMachineParam:
		return s.sys.Instances[s.own].Args[e.Index]
	case OpSelf:
		return int64(s.sys.Instances[s.own].Index)
	case OpParam:
		return s.params[e.Index]
	case OpFrom:
		return s.from
	case OpArmed:
		return truth(s.joint.Armed[s.sys.TimerSlot(instance, e.Index)])
	case OpIn:
		for _, state := range e.States {
			if s.joint.States[instance] == state {
				return 1
			}
		}
		return 0
	}
	return s.ask(e.Index, s.evalAll(e.Args)) // OpExtern
}

// slot finds the slot of an element of a variable of type t that begins at base.
func (s *scope) slot(t *Type, base int, index []*Expr) int {
	for _, e := range index {
		i := s.eval(e)
		if i < 0 || i >= int64(t.Len) {
			s.outOfRange(e.Span, "index %d is out of range for an array of %d", i, t.Len)
		}
		t = t.Elem
		base += int(i) * t.Slots()
	}
	return base
}

// look evaluates the views into links.
func (s *scope) look(e *Expr) int64 {
	switch e.Op {
	case OpLinkLen:
		n := 0
		for _, l := range e.Links {
			n += len(s.joint.Links[l])
		}
		return int64(n)
	case OpLinkHas:
		for _, l := range e.Links {
			for _, p := range s.joint.Links[l] {
				if p.Message == e.Message && s.matches(e.Args, p.Args) {
					return 1
				}
			}
		}
		return 0
	}
	packets := s.joint.Links[e.Links[0]]
	if len(packets) == 0 {
		return 0
	}
	at := 0
	if e.Op == OpLinkLast {
		at = len(packets) - 1
	}
	return truth(packets[at].Message == e.Message && s.matches(e.Args, packets[at].Args))
}

// matches compares wanted field values, where nil means any.
func (s *scope) matches(wanted []*Expr, args []int64) bool {
	for i, e := range wanted {
		if e != nil && s.eval(e) != args[i] {
			return false
		}
	}
	return true
}

// decide evaluates what need not look at all its arguments.
func (s *scope) decide(e *Expr) int64 {
	switch e.Op {
	case OpNot:
		return 1 - s.eval(e.Args[0])
	case OpAnd:
		for _, a := range e.Args {
			if s.eval(a) == 0 {
				return 0
			}
		}
		return 1
	case OpOr:
		for _, a := range e.Args {
			if s.eval(a) != 0 {
				return 1
			}
		}
		return 0
	case OpImplies:
		if s.eval(e.Args[0]) == 0 {
			return 1
		}
		return s.eval(e.Args[1])
	case OpCount:
		n := int64(0)
		for _, a := range e.Args {
			n += s.eval(a)
		}
		return n
	case OpCond:
		if s.eval(e.Args[0]) != 0 {
			return s.eval(e.Args[1])
		}
		return s.eval(e.Args[2])
	}
	i := s.eval(e.Args[0]) // OpSelect
	if i < 0 || i >= int64(len(e.Args)-1) {
		s.outOfRange(e.Span, "index %d is out of range for an array of %d", i, len(e.Args)-1)
	}
	return s.eval(e.Args[1+i])
}

func compare(op Op, a, b int64) int64 {
	switch op {
	case OpEq:
		return truth(a == b)
	case OpNe:
		return truth(a != b)
	case OpLt:
		return truth(a < b)
	case OpLe:
		return truth(a <= b)
	case OpGt:
		return truth(a > b)
	}
	return truth(a >= b) // OpGe
}

// compute evaluates arithmetic, with Go's meaning on int64. No operation overflows: see [Expr].
func (s *scope) compute(e *Expr) int64 {
	a := s.eval(e.Args[0])
	if e.Op == OpNeg {
		return -a
	}
	b := s.eval(e.Args[1])
	switch e.Op {
	case OpAdd:
		return a + b
	case OpSub:
		return a - b
	case OpMul:
		return a * b
	case OpBitAnd:
		return a & b
	case OpBitOr:
		return a | b
	case OpBitXor:
		return a ^ b
	case OpAndNot:
		return a &^ b
	case OpDiv, OpRem:
		if b == 0 {
			s.outOfRange(e.Span, "division by zero")
		}
		if e.Op == OpDiv {
			return a / b
		}
		return a % b
	}
	if b < 0 || b > MaxSet {
		s.outOfRange(e.Span, "shift by %d is out of 0..%d", b, MaxSet)
	}
	if e.Op == OpShl {
		return a << uint(b)
	}
	return a >> uint(b) // OpShr
}

// collect evaluates sets.
func (s *scope) collect(e *Expr) int64 {
	switch e.Op {
	case OpSetOf:
		set := int64(0)
		for _, a := range e.Args {
			v := s.eval(a)
			if !e.Type.Elem.Has(v) {
				s.outOfRange(a.Span, "%s cannot be in a %s", a.Type.Format(v), e.Type)
			}
			set |= 1 << uint(v-e.Type.Elem.Lo)
		}
		return set
	case OpSetHas:
		v, set, elem := s.eval(e.Args[0]), s.eval(e.Args[1]), e.Args[1].Type.Elem
		return truth(elem.Has(v) && set>>uint(v-elem.Lo)&1 != 0)
	}
	panic(fmt.Sprintf("fsm: operator %d where a value is wanted", e.Op))
}

func (s *scope) evalAll(exprs []*Expr) []int64 {
	values := make([]int64, len(exprs))
	for i, e := range exprs {
		values[i] = s.eval(e)
	}
	return values
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
