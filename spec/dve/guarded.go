package dve

import "interlock/fsm"

// mirrored are comparisons with their operands exchanged.
var mirrored = map[fsm.Op]fsm.Op{fsm.OpEq: fsm.OpEq, fsm.OpLt: fsm.OpGt, fsm.OpGt: fsm.OpLt, fsm.OpLe: fsm.OpGe, fsm.OpGe: fsm.OpLe}

// bounds are what variables that are no arrays hold where a guard holds, if it compares them with numbers: x < 3.
func bounds(sys *fsm.System, guard *fsm.Expr) map[int]*fsm.Type {
	held := map[int]*fsm.Type{}
	if guard == nil {
		return held
	}
	conds := []*fsm.Expr{guard}
	if guard.Op == fsm.OpAnd {
		conds = guard.Args
	}
	for _, c := range conds {
		op, comparison := mirrored[c.Op]
		if !comparison {
			continue
		}
		x, n := c.Args[0], c.Args[1]
		if x.Op == fsm.OpConst {
			x, n = n, x
		} else {
			op = c.Op
		}
		if x.Op != fsm.OpSystemVar || len(x.Args) > 0 || n.Op != fsm.OpConst {
			continue
		}
		was := held[x.Index]
		if was == nil {
			was = sys.Vars[x.Index].Type
		}
		if t := narrowedBy(was, op, n.Value); t.Lo <= t.Hi { // otherwise it never holds
			held[x.Index] = t
		}
	}
	return held
}

// narrowedBy is the range of the values of a type that compare so with a number.
func narrowedBy(t *fsm.Type, op fsm.Op, n int64) *fsm.Type {
	lo, hi := t.Lo, t.Hi
	switch op {
	case fsm.OpEq:
		lo, hi = max(lo, n), min(hi, n)
	case fsm.OpLt:
		hi = min(hi, n-1)
	case fsm.OpLe:
		hi = min(hi, n)
	case fsm.OpGt:
		lo = max(lo, n+1)
	case fsm.OpGe:
		lo = max(lo, n)
	}
	return fsm.IntType(lo, hi)
}

// afterSync forgets what the guard said of variables that may be written before the effects of a transition: the places of a receiver, and
// where a receiver's effects come first, all that are not of the process.
func (l *lowering) afterSync(s *sync) {
	for _, to := range s.places {
		delete(l.guarded, to.target.Var)
	}
	if !s.send {
		return
	}
	for _, v := range l.program.vars {
		delete(l.guarded, v.index)
	}
}
