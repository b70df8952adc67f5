package spec

import (
	"slices"

	"interlock/fsm"
)

// view builds an expression of link(a, b), for the links that go from one instance to the other. Where an index is known at
// run time only, it is built for every pair. none is the value for a pair without a link, such as an instance and itself,
// where other pairs of the two arrays have one.
func (e *env) view(x *LinkExpr, none *fsm.Expr, build func(links []int) *fsm.Expr) *fsm.Expr {
	if e.sys == nil {
		e.c.tell("link-view", x.Span, "links belong to a system, and %s does not see them", e.where)
		return nil
	}
	from, to := e.instance(x.From), e.instance(x.To)
	if from == nil || to == nil || !e.host.linked {
		return nil
	}
	any := false
	v := e.perInstance(from, func(a int) *fsm.Expr {
		return e.perInstance(to, func(b int) *fsm.Expr {
			if links := e.host.between[[2]int{a, b}]; len(links) > 0 {
				any = true
				return build(links)
			}
			return none
		})
	})
	if v == nil || any || e.host.joined(from.group, to.group) {
		return v
	}
	if e.host.declaresLink(from.group.name.Name, to.group.name.Name) {
		e.c.warning("link-view", x.Span, "nothing is ever sent from %s to %s", e.c.text(x.From.Span), e.c.text(x.To.Span))
		return v
	}
	if !e.host.badLinks {
		e.c.tell("link-view", x.Span, "no link goes from %s to %s", e.c.text(x.From.Span), e.c.text(x.To.Span))
	}
	return nil
}

// declaresLink reports whether a link of the text goes this way, used or not: a switch may have taken its messages away.
func (s *system) declaresLink(from, to string) bool {
	return slices.ContainsFunc(s.members, func(m SystemMember) bool {
		d, ok := m.(*LinkDecl)
		return ok && (d.From.Name.Name == from && d.To.Name.Name == to || d.Both && d.From.Name.Name == to && d.To.Name.Name == from)
	})
}

// joined reports whether some link goes from an instance of one group to one of the other.
func (s *system) joined(from, to *group) bool {
	for a := range from.count {
		for b := range to.count {
			if len(s.between[[2]int{from.first + a, to.first + b}]) > 0 {
				return true
			}
		}
	}
	return false
}

// linkSelector lowers link(a, b).len; the ends are comparisons, see linkEnd.
func (e *env) linkSelector(link *LinkExpr, x *SelectorExpr) *fsm.Expr {
	switch x.Sel.Name {
	case "len":
	case "head", "last":
		e.c.tell("link-view", x.Span, "`.%s` is a message: compare it with one", x.Sel.Name).
			help("Write `link(a, b).%s == M`.", x.Sel.Name)
		return nil
	case "":
		return nil
	default:
		e.c.tell("link-view", x.Sel.Span, "a link has no %s", quote(x.Sel.Name)).suggest(x.Sel, []string{"len", "head", "last"})
		return nil
	}
	return e.view(link, intConst(0, x.Span), func(links []int) *fsm.Expr {
		most := int64(0)
		for _, l := range links {
			most += int64(e.host.ir.Links[l].Capacity)
		}
		return e.node(fsm.Expr{Op: fsm.OpLinkLen, Type: fsm.IntType(0, most), Links: links, Span: x.Span})
	})
}

// linkEnd finds link(a, b).head or .last on one side of a comparison.
func linkEnd(x, y Expr) (view *SelectorExpr, message Expr) {
	for _, side := range [2][2]Expr{{x, y}, {y, x}} {
		sel, ok := side[0].(*SelectorExpr)
		if !ok {
			continue
		}
		if _, ok := sel.X.(*LinkExpr); ok && (sel.Sel.Name == "head" || sel.Sel.Name == "last") {
			return sel, side[1]
		}
	}
	return nil, nil
}

// linkEnd lowers link(a, b).head == M and its kin.
func (e *env) linkEnd(x *BinaryExpr, view *SelectorExpr, message Expr) *fsm.Expr {
	name, isName := message.(*NameExpr)
	if !isName {
		if _, bad := message.(*BadExpr); !bad {
			e.c.tell("link-view", message.Pos(), "the %s of a link is compared with a message", view.Sel.Name)
		}
		return nil
	}
	m := e.c.findMessage(Ident{name.Name, name.Span})
	op := fsm.OpLinkHead
	if view.Sel.Name == "last" {
		op = fsm.OpLinkLast
	}
	v := e.view(view.X.(*LinkExpr), boolConst(false, x.Span), func(links []int) *fsm.Expr {
		if m == nil {
			return nil
		}
		if len(links) > 1 {
			e.c.tell("link-view", view.Span, "%s links go that way, and each has a %s of its own", numeral(len(links)), view.Sel.Name).
				help("Ask `link(a, b) has %s`.", name.Name)
			return nil
		}
		return e.node(fsm.Expr{Op: op, Type: fsm.BoolType, Links: links, Message: m.index, Span: x.Span})
	})
	if x.Op == OpNe && v != nil {
		return e.not(v, x.Span)
	}
	return v
}

func numeral(n int) string {
	if n < 4 {
		return [...]string{"no", "one", "two", "three"}[n]
	}
	return "several"
}

// has lowers link(a, b) has M(args).
func (e *env) has(x *HasExpr) *fsm.Expr {
	link, isLink := x.X.(*LinkExpr)
	if !isLink {
		if !x.X.IsBad() {
			e.c.tell("link-view", x.X.Pos(), "`has` looks into a link").help("Write `link(a, b) has M`.")
		}
		return nil
	}
	m := e.c.findMessage(x.Message)
	var args []*fsm.Expr
	ok := false
	if m != nil {
		args, ok = e.patternArgs(m, x)
	}
	return e.view(link, boolConst(false, x.Span), func(links []int) *fsm.Expr {
		if !ok {
			return nil
		}
		return e.node(fsm.Expr{Op: fsm.OpLinkHas, Type: fsm.BoolType, Links: links, Message: m.index, Args: args, Span: x.Span})
	})
}

// patternArgs lowers the values that a message is looked for with; nil stands for any.
func (e *env) patternArgs(m *messageDecl, x *HasExpr) (args []*fsm.Expr, ok bool) {
	args = make([]*fsm.Expr, len(m.fields))
	if !x.HasArgs || m.bad {
		return args, !m.bad
	}
	if len(m.fields) != len(x.Args) {
		e.c.tellArity("message", x.Message.Name, len(m.fields), len(x.Args), x.Span, m.decl.Name.Span).
			help("Write `_` for a field that may be anything, or no brackets at all.")
		return nil, false
	}
	ok = true
	for i, a := range x.Args {
		if _, any := a.(*WildcardExpr); any {
			continue
		}
		args[i] = e.typed(a, m.fields[i].Type)
		ok = ok && args[i] != nil
	}
	return args, ok
}
