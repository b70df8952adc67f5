package promela

import (
	"fmt"

	"interlock/fsm"
)

// ask lets every extern guard in an expression be answered, so that the expression itself only reads. Guards that a
// short circuit would skip are asked too: that tries a step twice, and adds none.
func (x *exporter) ask(s scope, exprs ...*fsm.Expr) {
	for _, e := range exprs {
		if e == nil {
			continue
		}
		x.ask(s, e.Args...)
		if e.Op == fsm.OpExtern {
			x.asked[e] = x.answer(s, e)
		}
	}
}

// answer asks one extern guard: what was answered in this step for the same arguments, or a free choice.
func (x *exporter) answer(s scope, e *fsm.Expr) string {
	w, name := x.w, fmt.Sprintf("x_x[%d]", x.temps)
	x.temps++
	x.max.temps = max(x.max.temps, x.temps)
	same := fmt.Sprintf("x_mx[x_j] == %d", e.Index)
	for i, a := range e.Args {
		v := x.expr(s, a)
		x.require(v.ok)
		w.line("x_w[%d] = %s;", i, v.val)
		same += fmt.Sprintf(" && x_ma[x_j * %d + %d] == x_w[%d]", x.max.args, i, i)
	}
	w.line("%s = -1; x_j = 0;", name)
	w.line("do")
	w.line(":: x_j < x_nm_asked ->")
	x.w.when(same, func() { w.line("%s = x_mv[x_j]", name) })
	w.line("x_j++")
	w.line(":: else -> break")
	w.line("od;")
	w.line("if")
	w.line(":: %s < 0 ->", name)
	x.pick(0, 1)
	w.line("%s = x_pick; x_mx[x_nm_asked] = %d; x_mv[x_nm_asked] = x_pick;", name, e.Index)
	for i := range e.Args {
		w.line("x_ma[x_nm_asked * %d + %d] = x_w[%d];", x.max.args, i, i)
	}
	w.line("x_nm_asked++")
	w.line(":: else")
	w.line("fi;")
	return name
}

// pick makes a free choice in lo..hi: the next of those given, or where all are tried in turn the lowest, or the step
// ends here and asks for one more.
func (x *exporter) pick(lo, hi int64) {
	w := x.w
	x.domain = max(x.domain, hi-lo+1)
	x.max.pickLo, x.max.pickHi = min(x.max.pickLo, lo), max(x.max.pickHi, hi)
	w.line("if")
	w.line(":: x_made < x_given")
	w.line(":: else ->")
	w.line("if")
	w.line(":: x_made >= %d -> goto exhausted_%s", x.max.picks, x.here)
	w.line(":: x_made < %d && (x_sweep || x_overtake) -> x_picks[x_base + x_made] = %s; x_given = x_made + 1", x.max.picks, number(lo))
	w.line(":: else -> need = 1; need_lo = %s; need_hi = %s; goto restore_%s", number(lo), number(hi), x.here)
	w.line("fi")
	w.line("fi;")
	w.line("x_pick = x_picks[x_base + x_made]; x_high[x_base + x_made] = %s; x_made++;", number(hi))
}

// require ends the step with a range violation where a condition is false.
func (x *exporter) require(ok string) {
	if ok != "" {
		x.w.when(not(ok), func() { x.violate(fsm.Range) })
	}
}

func (x *exporter) violate(b fsm.Builtin) {
	x.w.line("x_viol = %d; goto violated_%s", int(b)+1, x.here)
}

// eval asks what an expression asks, requires that it has a value, and gives that.
func (x *exporter) eval(s scope, e *fsm.Expr) string {
	x.temps = 0
	x.ask(s, e)
	v := x.expr(s, e)
	x.require(v.ok)
	return v.val
}

// body writes statements, each of which sees the writes before it.
func (x *exporter) body(s scope, stmts []*fsm.Stmt) {
	for _, stmt := range stmts {
		switch stmt.Op {
		case fsm.Assign:
			x.assign(s, stmt)
		case fsm.If:
			cond := x.eval(s, stmt.Cond)
			x.w.line("if")
			x.w.line(":: %s ->", cond)
			x.body(s, stmt.Then)
			x.w.line("skip")
			x.w.line(":: else ->")
			x.body(s, stmt.Else)
			x.w.line("skip")
			x.w.line("fi;")
		case fsm.Send:
			x.send(s, stmt)
		case fsm.Start, fsm.Stop:
			x.w.line("%s = %d;", x.timer(s.own, stmt.Timer), map[bool]int{true: 1, false: 0}[stmt.Op == fsm.Start])
			if stmt.Op == fsm.Start {
				x.renews(s.own, stmt.Timer)
			}
		case fsm.Do:
			x.args(s, stmt, x.sys.Spec.Effects[stmt.Effect].Params)
		}
	}
}

// args computes and checks arguments into x_w.
func (x *exporter) args(s scope, stmt *fsm.Stmt, params []fsm.Param) {
	fits := ""
	for i, e := range stmt.Args {
		x.w.line("x_w[%d] = %s;", i+x.max.args, x.eval(s, e))
		fits = both(fits, inside(e, fmt.Sprintf("x_w[%d]", i+x.max.args), params[i].Type.Lo, params[i].Type.Hi))
	}
	x.require(fits)
	x.max.wide = max(x.max.wide, len(stmt.Args))
}

// assign computes every value and place before it writes any.
func (x *exporter) assign(s scope, stmt *fsm.Stmt) {
	w := x.w
	x.max.wide = max(x.max.wide, len(stmt.Values))
	for i, e := range stmt.Values {
		if e.Op == fsm.OpAny {
			x.pick(e.Type.Lo, e.Type.Hi)
			w.line("x_w[%d] = x_pick;", i+x.max.args)
		} else {
			w.line("x_w[%d] = %s;", i+x.max.args, x.eval(s, e))
		}
	}
	fits := ""
	places := make([]string, len(stmt.Targets))
	for i, t := range stmt.Targets {
		v, base := x.sys.Vars, 0
		if t.System {
			base = x.sys.SystemSlot(t.Var)
		} else {
			v, base = x.sys.MachineOf(s.own).Vars, x.sys.VarSlot(s.own, t.Var)
		}
		scalar := v[t.Var].Type.Scalar()
		fits = both(fits, inside(stmt.Values[i], fmt.Sprintf("x_w[%d]", i+x.max.args), scalar.Lo, scalar.Hi))
		if places[i] = x.slot(x.lay.vars + base); len(t.Index) > 0 {
			w.line("x_at[%d] = %s;", i, x.place(s, v[t.Var].Type, base, t.Index))
			places[i] = fmt.Sprintf("v[x_at[%d]]", i)
		}
	}
	x.require(fits)
	for i, place := range places {
		w.line("%s = x_w[%d];", place, i+x.max.args)
	}
}

// place is the index in v of the element that the indices say.
func (x *exporter) place(s scope, t *fsm.Type, slot int, index []*fsm.Expr) string {
	at := fmt.Sprint(x.lay.vars + slot)
	for _, e := range index {
		i := x.eval(s, e)
		x.require(inside(e, i, 0, int64(t.Len)-1))
		t = t.Elem
		at += fmt.Sprintf(" + (%s) * %d", i, t.Slots())
	}
	return at
}

// send puts a message among those that leave when the bodies have finished.
func (x *exporter) send(s scope, stmt *fsm.Stmt) {
	w := x.w
	in := x.sys.Instances[s.own]
	routes := in.Routes[stmt.Peer]
	element := ""
	if stmt.Element != nil {
		w.line("x_at[0] = %s;", x.eval(s, stmt.Element))
		element = "x_at[0]"
		x.require(inside(stmt.Element, element, 0, int64(len(in.Peers[stmt.Peer]))-1))
	}
	x.args(s, stmt, x.sys.Spec.Messages[stmt.Message].Fields)
	if element == "" {
		w.line("x_sl[x_ns] = %d;", routes[0][stmt.Message])
	} else {
		w.line("if")
		for i, route := range routes {
			w.line(":: %s == %d -> x_sl[x_ns] = %d", element, i, route[stmt.Message])
		}
		w.line("fi;")
	}
	w.line("x_sm[x_ns] = %d;", stmt.Message)
	for i := range x.max.args {
		val := "0"
		if i < len(stmt.Args) {
			val = fmt.Sprintf("x_w[%d]", i+x.max.args)
		}
		w.line("x_sa[x_ns * %d + %d] = %s;", x.max.args, i, val)
	}
	w.line("x_ns++;")
}
