package gen

import (
	"slices"

	"interlock/fsm"
)

// view is what an expression can see: an instance in one of its states that handles an event, or, with OwnInstance, the system.
type view struct {
	v      *values
	own    int
	state  int
	params []span
	from   span
}

// can reports whether a guard may hold, and must whether it always does.
func (x view) can(guard *fsm.Expr) bool { return guard == nil || x.eval(guard).hi != 0 }

func (x view) must(guard *fsm.Expr) bool { return guard == nil || x.eval(guard).lo != 0 }

// cell is a variable of an instance.
func (x view) cell(instance, index int) *cell {
	in := x.v.s.instances[instance]
	if in.machine.Vars[index].Shared {
		return &x.v.system[in.Shared[index]]
	}
	return &x.v.own[instance][index]
}

func (x view) target(t fsm.Target) *cell {
	if t.System {
		return &x.v.system[t.Var]
	}
	return x.cell(x.own, t.Var)
}

// receivers are the instances that a send can go to.
func (x view) receivers(st *fsm.Stmt) []int {
	peers := x.v.s.instances[x.own].Peers[st.Peer]
	if st.Element == nil {
		return peers[:1]
	}
	index := x.eval(st.Element)
	lo, hi := max(index.lo, 0), min(index.hi, int64(len(peers)-1))
	if lo > hi {
		return nil
	}
	return peers[lo : hi+1]
}

// eval is where the value of an expression lies. What it does not look into lies in its type.
func (x view) eval(e *fsm.Expr) span {
	switch e.Op {
	case fsm.OpConst:
		return span{e.Value, e.Value}
	case fsm.OpVar:
		return x.cell(x.own, e.Index).span
	case fsm.OpSystemVar:
		return x.v.system[e.Index].span
	case fsm.OpInstanceVar:
		return x.cell(e.Instance, e.Index).span
	case fsm.OpMachineParam:
		value := x.v.s.instances[x.own].Args[e.Index]
		return span{value, value}
	case fsm.OpSelf:
		index := int64(x.v.s.instances[x.own].Index)
		return span{index, index}
	case fsm.OpParam:
		return x.params[e.Index]
	case fsm.OpFrom:
		return x.from
	case fsm.OpIn:
		if x.own == fsm.OwnInstance || e.Instance != fsm.OwnInstance {
			return either
		}
		is := slices.Contains(e.States, x.state)
		return truth(is, is)
	case fsm.OpNot, fsm.OpAnd, fsm.OpOr, fsm.OpImplies, fsm.OpCond:
		return x.decide(e)
	case fsm.OpEq, fsm.OpNe, fsm.OpLt, fsm.OpLe, fsm.OpGt, fsm.OpGe:
		return compare(e.Op, x.eval(e.Args[0]), x.eval(e.Args[1]))
	case fsm.OpNeg:
		a := x.eval(e.Args[0])
		return span{-a.hi, -a.lo}
	case fsm.OpAdd:
		a, b := x.eval(e.Args[0]), x.eval(e.Args[1])
		return span{a.lo + b.lo, a.hi + b.hi}
	case fsm.OpSub:
		a, b := x.eval(e.Args[0]), x.eval(e.Args[1])
		return span{a.lo - b.hi, a.hi - b.lo}
	}
	return span{e.Type.Lo, e.Type.Hi}
}

func (x view) decide(e *fsm.Expr) span {
	a := x.eval(e.Args[0])
	switch e.Op {
	case fsm.OpNot:
		return truth(a.hi == 0, a.lo == 0)
	case fsm.OpImplies:
		b := x.eval(e.Args[1])
		return truth(a.hi == 0 || b.lo != 0, a.lo == 0 || b.hi != 0)
	case fsm.OpCond:
		switch {
		case a.lo != 0:
			return x.eval(e.Args[1])
		case a.hi == 0:
			return x.eval(e.Args[2])
		}
		return x.eval(e.Args[1]).join(x.eval(e.Args[2]))
	}
	all, some := a, a
	for _, arg := range e.Args[1:] {
		b := x.eval(arg)
		all = span{min(all.lo, b.lo), min(all.hi, b.hi)}
		some = span{max(some.lo, b.lo), max(some.hi, b.hi)}
	}
	if e.Op == fsm.OpAnd {
		return all
	}
	return some
}

func compare(op fsm.Op, a, b span) span {
	switch op {
	case fsm.OpEq:
		return truth(a.single() && a == b, a.meets(b))
	case fsm.OpNe:
		return truth(!a.meets(b), !(a.single() && a == b))
	case fsm.OpLt:
		return truth(a.hi < b.lo, a.lo < b.hi)
	case fsm.OpLe:
		return truth(a.hi <= b.lo, a.lo <= b.hi)
	case fsm.OpGt:
		return compare(fsm.OpLt, b, a)
	}
	return compare(fsm.OpLe, b, a)
}
