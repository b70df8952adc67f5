package check

import "interlock/fsm"

// text is statements that are being compiled. What is written whatever the joint state is gathered: several such writes
// that follow one another are one.
type text struct {
	stmts []stmt
	fixes []fix
}

// fix keeps some bits of a word, and sets others.
type fix struct {
	word      int
	keep, set uint64
}

// fixed adds a fix to those that wait.
func (t *text) fixed(f fix) {
	for i := range t.fixes {
		if at := &t.fixes[i]; at.word == f.word {
			at.keep, at.set = at.keep&f.keep, at.set&f.keep|f.set
			return
		}
	}
	t.fixes = append(t.fixes, f)
}

func (t *text) add(s stmt) {
	t.flush()
	t.stmts = append(t.stmts, s)
}

// flush makes a statement of the fixes that wait.
func (t *text) flush() {
	switch fixes := t.fixes; len(fixes) {
	case 0:
		return
	case 1:
		word, keep, set := fixes[0].word, fixes[0].keep, fixes[0].set
		t.stmts = append(t.stmts, func(x *exec) { x.w[word] = x.w[word]&keep | set })
	default:
		t.stmts = append(t.stmts, func(x *exec) {
			for i := range fixes {
				f := &fixes[i]
				x.w[f.word] = x.w[f.word]&f.keep | f.set
			}
		})
	}
	t.fixes = nil
}

// write adds that a cell becomes a value.
func (t *text) write(p *program, cell int, v int64) {
	if f := &p.at[cell]; f.bits > 0 {
		for _, is := range equals(f.at, f.bits, uint64(v-f.lo)) {
			t.fixed(fix{is.word, ^is.mask, is.want})
		}
	}
}

// body compiles statements.
func (k *compiler) body(stmts []*fsm.Stmt) []stmt { return k.bodyTo(stmts, fsm.Stay) }

// bodyTo compiles statements after which the compiler's instance is in the state target.
func (k *compiler) bodyTo(stmts []*fsm.Stmt, target int) []stmt {
	var t text
	k.statements(&t, stmts)
	if target != fsm.Stay {
		t.write(k.p, k.own, int64(target))
	}
	t.flush()
	return t.stmts
}

func (k *compiler) statements(t *text, stmts []*fsm.Stmt) {
	for _, s := range stmts {
		switch s.Op {
		case fsm.Assign:
			k.assign(t, s)
		case fsm.If:
			k.branch(t, s)
		case fsm.Send:
			t.add(k.send(s))
		case fsm.Start, fsm.Stop:
			cell := k.p.timers + k.p.sys.TimerSlot(k.own, s.Timer)
			t.write(k.p, cell, truth(s.Op == fsm.Start))
			if s.Op == fsm.Start && k.p.fairTimers[cell] {
				t.add(func(x *exec) { x.started = append(x.started, cell) })
			}
		case fsm.Do:
			k.order(t, s)
		}
	}
}

func (k *compiler) branch(t *text, s *fsm.Stmt) {
	if v, ok := k.constant(s.Cond); ok {
		if v != 0 {
			k.statements(t, s.Then)
		} else {
			k.statements(t, s.Else)
		}
		return
	}
	then, otherwise := k.body(s.Then), k.body(s.Else)
	c := k.cond(s.Cond)
	t.add(func(x *exec) {
		if c(x) {
			x.run(then)
		} else if x.end == done {
			x.run(otherwise)
		}
	})
}

// place is a compiled target: where to write, and what may be written.
type place struct {
	cell  func(x *exec) int
	fixed int // the cell, if it is always the same; otherwise -1
	typ   *fsm.Type
	out   *site
}

// target is the variable that is written, and its first cell.
func (k *compiler) target(t fsm.Target) (v *fsm.Var, base int) {
	if t.System {
		return &k.p.sys.Vars[t.Var], k.p.vars + k.p.sys.SystemSlot(t.Var)
	}
	return &k.p.sys.MachineOf(k.own).Vars[t.Var], k.p.vars + k.p.sys.VarSlot(k.own, t.Var)
}

func (k *compiler) place(t fsm.Target, s *fsm.Stmt) (place, bool) {
	v, base := k.target(t)
	p := place{cell: k.slot(v.Type, base, t.Index), fixed: -1, typ: v.Type.Scalar(), out: k.out(s.Span)}
	if cell, ok := k.slotOf(v.Type, base, t.Index); ok {
		p.fixed = cell
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
func (k *compiler) assign(t *text, s *fsm.Stmt) {
	var places []place
	var values []*fsm.Expr
	for i, target := range s.Targets {
		if p, kept := k.place(target, s); kept {
			places = append(places, p)
			values = append(values, s.Values[i])
		}
	}
	switch {
	case len(places) == 0:
		return
	case len(places) == 1 && places[0].fixed >= 0:
		if !k.assignKnown(t, places[0], values[0]) {
			t.add(k.assignCell(places[0], values[0]))
		}
		return
	}
	computed := make([]expr, len(values))
	for i, v := range values {
		computed[i] = k.value(v)
	}
	layout := k.p.layout
	t.add(func(x *exec) {
		x.values, x.slots = x.values[:0], x.slots[:0]
		for _, v := range computed {
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
				layout.write(x.w, cell, x.values[i])
			}
		}
	})
}

// assignKnown compiles the assignment of a constant, and of a set to which constant elements are added, or from which
// they are taken: the bits that it writes are known.
func (k *compiler) assignKnown(t *text, to place, value *fsm.Expr) bool {
	if v, ok := k.constant(value); ok && to.typ.Has(v) {
		t.write(k.p, to.fixed, v)
		return true
	}
	f := &k.p.at[to.fixed]
	if to.typ.Kind != fsm.Set || f.straddles() || f.bits == 0 || value.Op != fsm.OpBitOr && value.Op != fsm.OpAndNot {
		return false
	}
	from, is := k.cell(value.Args[0])
	v, known := k.constant(value.Args[1])
	if !is || !known || from != to.fixed || !to.typ.Has(v) {
		return false
	}
	word, moved := f.at>>6, uint64(v)<<(f.at&63)
	if value.Op == fsm.OpBitOr {
		t.fixed(fix{word, ^moved, moved})
	} else {
		t.fixed(fix{word, ^moved, 0})
	}
	return true
}

// assignCell is the commonest assignment: of one value to a variable that is no array.
func (k *compiler) assignCell(to place, value *fsm.Expr) stmt {
	v, layout, cell := k.value(value), k.p.layout, to.fixed
	f := &k.p.at[cell]
	if value.Op != fsm.OpAny && k.pure(value) && k.within(value, to.typ) && f.bits > 0 && !f.straddles() {
		at := f.locate()
		keep := ^(at.mask << at.shift)
		return func(x *exec) { x.w[at.word] = x.w[at.word]&keep | uint64(v(x)-at.lo)<<(at.shift&63) }
	}
	return func(x *exec) {
		v := v(x)
		if x.end != done {
			return
		}
		if !to.typ.Has(v) {
			x.violate(to.out)
			return
		}
		layout.write(x.w, cell, v)
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
func (k *compiler) order(t *text, s *fsm.Stmt) {
	params := k.p.sys.Spec.Effects[s.Effect].Params
	known := true
	for i, a := range s.Args {
		known = known && k.pure(a) && k.within(a, params[i].Type)
	}
	if !known {
		arguments := k.arguments(s.Args, params)
		t.add(func(x *exec) { x.values = arguments(x, x.values[:0]) })
	}
}

// send compiles a send. Which link the message goes to may depend on the element of the peer.
func (k *compiler) send(s *fsm.Stmt) stmt {
	var routes []int64
	plain := true
	for _, element := range k.p.sys.Instances[k.own].Routes[s.Peer] {
		link := element[s.Message]
		routes = append(routes, int64(link))
		plain = plain && link >= 0 && k.p.plain(link)
	}
	fields := k.p.sys.Spec.Messages[s.Message].Fields
	arguments := k.arguments(s.Args, fields)
	element, out := expr(func(*exec) int64 { return 0 }), (*site)(nil)
	if s.Element != nil {
		element, out = k.expr(s.Element), k.out(s.Element.Span)
	}
	if packet, ok := k.knownPacket(s, fields); ok && plain {
		if to, ok := k.knownRoute(s, routes); ok {
			return k.sendKnown(to, packet)
		}
	}
	message, padding, p := int64(s.Message), make([]int64, k.p.maxArgs-len(fields)), k.p
	return func(x *exec) {
		i := element(x)
		if i < 0 || i >= int64(len(routes)) {
			x.violate(out)
			return
		}
		at := len(x.letters)
		x.letters = append(x.letters, routes[i], message)
		x.letters = append(arguments(x, x.letters), padding...)
		link := p.links[routes[i]]
		if !plain {
			x.sends = append(x.sends, sent{link: link, letter: at})
			return
		}
		if x.end == done {
			link.at.encode(x.letters[at+1:], x.code)
			x.sends = append(x.sends, sent{link: link, code: x.code[0], letter: -1})
		}
		x.letters = x.letters[:at]
	}
}

// plain reports whether a link keeps what is sent into it, in one word, and nobody asks what was.
func (p *program) plain(link int) bool {
	l := p.sys.Links[link]
	return l.Kind != fsm.Atomic && !p.posts(l) && p.layout.links[link].parcel() == 1
}

// knownPacket is the message of a send whose arguments are known.
func (k *compiler) knownPacket(s *fsm.Stmt, fields []fsm.Param) ([]int64, bool) {
	packet := []int64{int64(s.Message)}
	for i, a := range s.Args {
		v, ok := k.constant(a)
		if !ok || !fields[i].Type.Has(v) {
			return nil, false
		}
		packet = append(packet, v)
	}
	return packet, true
}

// knownRoute is the link that a send goes to, if it is always the same.
func (k *compiler) knownRoute(s *fsm.Stmt, routes []int64) (int64, bool) {
	i := int64(0)
	if s.Element != nil {
		var ok bool
		if i, ok = k.constant(s.Element); !ok || i < 0 || i >= int64(len(routes)) {
			return 0, false
		}
	}
	return routes[i], true
}

// sendKnown sends a message that is known.
func (k *compiler) sendKnown(link int64, packet []int64) stmt {
	code := make([]uint64, k.p.parcel)
	k.p.layout.links[link].encode(packet, code)
	p, known := k.p, code[0]
	return func(x *exec) { x.sends = append(x.sends, sent{link: p.links[link], code: known, letter: -1}) }
}
