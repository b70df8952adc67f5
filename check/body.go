package check

import "interlock/fsm"

// body compiles statements.
func (k *compiler) body(stmts []*fsm.Stmt) []stmt {
	var compiled []stmt
	for _, s := range stmts {
		switch s.Op {
		case fsm.Assign:
			compiled = append(compiled, k.assign(s)...)
		case fsm.If:
			compiled = append(compiled, k.branch(s)...)
		case fsm.Send:
			compiled = append(compiled, k.send(s))
		case fsm.Start, fsm.Stop:
			cell, v := k.p.timers+k.p.sys.TimerSlot(k.own, s.Timer), truth(s.Op == fsm.Start)
			if s.Op == fsm.Start && k.p.fairTimers[cell] {
				compiled = append(compiled, func(x *exec) { x.c[cell], x.started = v, append(x.started, cell) })
				continue
			}
			compiled = append(compiled, func(x *exec) { x.c[cell] = v })
		case fsm.Do:
			compiled = append(compiled, k.order(s)...)
		}
	}
	return compiled
}

func (k *compiler) branch(s *fsm.Stmt) []stmt {
	then, otherwise := k.body(s.Then), k.body(s.Else)
	if v, ok := k.constant(s.Cond); ok {
		if v != 0 {
			return then
		}
		return otherwise
	}
	cond := k.expr(s.Cond)
	return []stmt{func(x *exec) {
		if cond(x) != 0 {
			x.run(then)
		} else if x.end == done {
			x.run(otherwise)
		}
	}}
}

// place is a compiled target: where to write, and what may be written.
type place struct {
	cell  func(x *exec) int
	fixed int // the cell, if it is always the same; otherwise -1
	typ   *fsm.Type
	out   *site
}

func (k *compiler) place(t fsm.Target, s *fsm.Stmt) (place, bool) {
	v, base := fsm.Var{}, 0
	if t.System {
		v, base = k.p.sys.Vars[t.Var], k.p.sys.SystemSlot(t.Var)
	} else {
		v, base = k.p.sys.MachineOf(k.own).Vars[t.Var], k.p.sys.VarSlot(k.own, t.Var)
	}
	base += k.p.vars
	p := place{cell: k.slot(v.Type, base, t.Index), fixed: -1, typ: v.Type.Scalar(), out: k.out(s.Span)}
	if len(t.Index) == 0 {
		p.fixed = base
	}
	return p, !(k.p.loose && v.Ghost)
}

func (k *compiler) value(e *fsm.Expr) expr {
	if e.Op == fsm.OpAny {
		lo, hi := e.Type.Lo, e.Type.Hi
		return func(x *exec) int64 { return x.pick(lo, hi) }
	}
	return k.expr(e)
}

// assign computes every value and every place before it writes any. What is assigned to dropped ghosts is left out.
func (k *compiler) assign(s *fsm.Stmt) []stmt {
	var places []place
	var values []expr
	for i, t := range s.Targets {
		if p, kept := k.place(t, s); kept {
			places = append(places, p)
			values = append(values, k.value(s.Values[i]))
		}
	}
	switch {
	case len(places) == 0:
		return nil
	case len(places) == 1 && places[0].fixed >= 0:
		return []stmt{assignCell(places[0], values[0])}
	}
	return []stmt{func(x *exec) {
		x.values, x.slots = x.values[:0], x.slots[:0]
		for _, v := range values {
			x.values = append(x.values, v(x))
		}
		for i := range places {
			p := &places[i]
			x.slots = append(x.slots, p.cell(x))
			if !p.typ.Has(x.values[i]) {
				x.violate(p.out)
			}
		}
		if x.end == done {
			for i, cell := range x.slots {
				x.c[cell] = x.values[i]
			}
		}
	}}
}

// assignCell is the commonest assignment: of one value to a variable that is no array.
func assignCell(p place, value expr) stmt {
	return func(x *exec) {
		v := value(x)
		if x.end != done {
			return
		}
		if !p.typ.Has(v) {
			x.violate(p.out)
			return
		}
		x.c[p.fixed] = v
	}
}

// arguments compiles values that must be of the types of parameters. They are computed all before any is checked.
func (k *compiler) arguments(args []*fsm.Expr, params []fsm.Param) func(x *exec, to []int64) []int64 {
	values, outs := k.exprs(args), make([]*site, len(args))
	for i, a := range args {
		outs[i] = k.out(a.Span)
	}
	return func(x *exec, to []int64) []int64 {
		first := len(to)
		for _, v := range values {
			to = append(to, v(x))
		}
		for i := range values {
			if !params[i].Type.Has(to[first+i]) {
				x.violate(outs[i])
			}
		}
		return to
	}
}

// order compiles an effect: the checker asks only whether its arguments are in range.
func (k *compiler) order(s *fsm.Stmt) []stmt {
	params := k.p.sys.Spec.Effects[s.Effect].Params
	known := true
	for i, a := range s.Args {
		v, ok := k.constant(a)
		known = known && ok && params[i].Type.Has(v)
	}
	if known {
		return nil
	}
	arguments := k.arguments(s.Args, params)
	return []stmt{func(x *exec) { x.values = arguments(x, x.values[:0]) }}
}

func (k *compiler) send(s *fsm.Stmt) stmt {
	in := k.p.sys.Instances[k.own]
	var routes []int64
	for _, element := range in.Routes[s.Peer] {
		routes = append(routes, int64(element[s.Message]))
	}
	message := int64(s.Message)
	fields := k.p.sys.Spec.Messages[s.Message].Fields
	arguments, padding := k.arguments(s.Args, fields), make([]int64, k.p.maxArgs-len(fields))
	element, out := expr(func(*exec) int64 { return 0 }), (*site)(nil)
	if s.Element != nil {
		element, out = k.expr(s.Element), k.out(s.Element.Span)
	}
	return func(x *exec) {
		i := element(x)
		if i < 0 || i >= int64(len(routes)) {
			x.violate(out)
			return
		}
		x.sends = append(x.sends, routes[i], message)
		x.sends = append(arguments(x, x.sends), padding...)
	}
}
