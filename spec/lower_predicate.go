package spec

import (
	"slices"

	"interlock/fsm"
)

// maxExpansion bounds how deep predicates use predicates.
const maxExpansion = 100

// predicate is a named condition: it is expanded where it is used.
type predicate struct {
	decl   *PredicateDecl
	m      *machine // it stands in this machine,
	sys    *system  // or in this system, or else at file level
	params []fsm.Param
	bad    bool
	ready  bool // params are resolved
	busy   bool // it is being expanded: meeting it again is a recursion
	cyclic bool // this was told, or that it nests too deep
}

func (p *predicate) resolve(c *compiler) {
	if !p.ready {
		p.ready = true
		p.params, p.bad = c.params(p.decl.Params, "parameter")
	}
}

// checkPredicates lowers the body of every predicate once, with parameters of which nothing is known: what is wrong in it is
// told even where nobody uses it.
func (c *compiler) checkPredicates() {
	for _, d := range c.values.list {
		if d.predicate != nil {
			e := &env{c: c, where: "a predicate", ghosts: true, inst: fsm.OwnInstance}
			e.checkPredicate(d.predicate)
		}
	}
}

func (e env) checkPredicate(p *predicate) {
	e.trial, e.extern = true, true // where it is used decides
	p.resolve(e.c)
	for i, param := range p.params {
		s := symbol{kind: symLocal, name: Ident{param.Name, param.Span}}
		if param.Type != nil {
			s.expr = &fsm.Expr{Op: fsm.OpParam, Type: param.Type, Index: i}
		}
		e = *e.with(s)
	}
	e.unfold(p)
}

// unfold lowers the body of a predicate, unless that would not end.
func (e *env) unfold(p *predicate) *fsm.Expr {
	if p.cyclic {
		return nil
	}
	c := e.c
	p.busy = true
	c.expanded = append(c.expanded, p)
	v := e.cond(p.decl.Body)
	c.expanded = c.expanded[:len(c.expanded)-1]
	p.busy = false
	return v
}

// call lowers P(args), x.P(args) and g(args).
func (e *env) call(x *CallExpr) *fsm.Expr {
	switch f := x.Func.(type) {
	case *NameExpr:
		s := e.lookup(f.Name)
		switch {
		case s == nil:
			e.unknownCall(Ident{f.Name, f.Span})
			return nil
		case s.predicate != nil:
			return e.expand(s.predicate, x.Args, x.Span)
		case s.kind == symGlobal && s.value.extern != nil:
			return e.askExtern(s.value, x.Args, x.Span)
		}
		e.c.tell("not-a-predicate", f.Span, "%s is %s, not a predicate", quote(f.Name), s.what()).
			label(s.name.Span, "declared here")
	case *SelectorExpr:
		ref, is := e.instanceOf(f.X)
		if is && ref != nil && f.Sel.Name != "" {
			return e.memberCall(ref, f.Sel, x)
		}
		if !is {
			e.c.tell("not-a-predicate", x.Func.Pos(), "this is not a predicate")
		}
	}
	return nil
}

func (e *env) memberCall(ref *instanceRef, sel Ident, x *CallExpr) *fsm.Expr {
	m := ref.group.machine
	s, ok := m.names.find(sel.Name)
	if ok && s.kind == symPredicate {
		return e.member(ref, sel, x.Args)
	}
	if !m.hidden {
		e.c.unknown(m, "unknown-predicate", sel, "machine %s has no predicate %s", m.decl.Name.Name, quote(sel.Name)).
			suggest(sel, m.namesOf(symPredicate))
	}
	return nil
}

func (e *env) unknownCall(name Ident) {
	if e.hidden() || name.Name == "" {
		return
	}
	var list []string
	for _, n := range e.candidates(fsm.BoolType) {
		if s := e.lookup(n); s != nil && (s.predicate != nil || s.kind == symGlobal && s.value.extern != nil) {
			list = append(list, n)
		}
	}
	if name.Name == "len" || name.Name == "has" {
		e.c.unknown(e.scope(), "unknown-predicate", name, "there is no function %s", quote(name.Name)).
			help("Ask a link: `link(a, b).len`, `link(a, b) has M`.")
		return
	}
	e.c.unknown(e.scope(), "unknown-predicate", name, "there is no predicate or extern guard %s", quote(name.Name)).
		help("Declare `predicate %s = …`, or `extern guard %s` if the host decides.", name.Name, name.Name).suggest(name, list)
}

// arity tells where the number of arguments does not fit.
func (c *compiler) arity(what, name string, want, got int, at, declared fsm.Span) bool {
	if want != got {
		c.tellArity(what, name, want, got, at, declared)
	}
	return want == got
}

func (c *compiler) tellArity(what, name string, want, got int, at, declared fsm.Span) *telling {
	return c.tell("arity", at, "%s %s takes %s, not %d", what, quote(name), plural(want, "argument"), got).
		label(declared, "declared here")
}

// predicateArgs lowers the arguments of a predicate where it is used.
func (e *env) predicateArgs(p *predicate, args []Expr, at fsm.Span) (values []*fsm.Expr, ok bool) {
	p.resolve(e.c)
	if p.bad {
		return nil, false
	}
	if !e.c.arity("predicate", p.decl.Name.Name, len(p.params), len(args), at, p.decl.Name.Span) {
		return nil, false
	}
	ok = true
	for i, a := range args {
		v := e.typed(a, p.params[i].Type)
		ok = ok && v != nil
		values = append(values, v)
	}
	return values, ok
}

// expand lowers the use of a predicate.
func (e *env) expand(p *predicate, args []Expr, at fsm.Span) *fsm.Expr {
	values, ok := e.predicateArgs(p, args, at)
	if !ok {
		return nil
	}
	return e.expandWith(p, values, at)
}

func (e *env) expandWith(p *predicate, values []*fsm.Expr, at fsm.Span) *fsm.Expr {
	if p.busy {
		for _, q := range e.c.expanded[slices.Index(e.c.expanded, p):] {
			q.cyclic = true
		}
		e.c.tell("predicate-cycle", at, "the predicate %s uses itself", quote(p.decl.Name.Name)).
			label(p.decl.Name.Span, "declared here").help("A predicate is expanded where it is used: it cannot recur.")
		return nil
	}
	inner := *e
	inner.locals = nil
	inner.m, inner.sys = p.m, p.sys
	if p.m == nil {
		inner.inst, inner.self, inner.from = fsm.OwnInstance, nil, nil
	}
	if inner.blame.IsZero() {
		inner.blame = at
	}
	for i, v := range values {
		inner = *inner.with(symbol{kind: symLocal, name: Ident{p.params[i].Name, p.params[i].Span}, expr: v})
	}
	if len(e.c.expanded) >= maxExpansion {
		for _, q := range e.c.expanded { // told once, not again from each of them
			q.cyclic = true
		}
		e.c.tell("limit", at, "predicates use each other more than %d deep", maxExpansion)
		return nil
	}
	e.c.depth++
	defer func() { e.c.depth-- }()
	return inner.unfold(p)
}

// askExtern lowers an extern guard: its arguments are parameters of the event, so that the host can answer beforehand.
func (e *env) askExtern(d *valueDecl, args []Expr, at fsm.Span) *fsm.Expr {
	kind := e.c.spec.Externs[d.index]
	if !e.c.arity("extern guard", d.name.Name, len(kind.Params), len(args), at, kind.Span) {
		return nil
	}
	if !e.extern {
		e.c.tell("extern-place", e.use(at), "the extern guard %s is asked in %s", quote(d.name.Name), e.where).
			help("The host answers before a transition: ask in its `when`, or in its body.")
		return nil
	}
	v := fsm.Expr{Op: fsm.OpExtern, Type: fsm.BoolType, Index: d.index, Span: at}
	for i, a := range args {
		arg := e.typed(a, kind.Params[i].Type)
		if arg == nil {
			return nil
		}
		if arg.Op != fsm.OpParam {
			e.c.tell("extern-argument", a.Pos(), "the host answers before the step, and knows the parameters of the event only").
				help("Pass a parameter of the event.")
			return nil
		}
		v.Args = append(v.Args, arg)
	}
	return e.node(v)
}
