package spec

import (
	"interlock/fsm"
)

// links resolves link(a, b): the links that go from one instance to another.
func (e *env) links(x *LinkExpr) (links []int, ok bool) {
	if e.sys == nil {
		e.c.tell("link-view", x.Span, "links belong to a system, and %s does not see them", e.where)
		return nil, false
	}
	from, to := e.one(x.From), e.one(x.To)
	if from < 0 || to < 0 || !e.host.linked {
		return nil, false
	}
	links = e.host.between[[2]int{from, to}]
	if len(links) == 0 && !e.host.badLinks {
		e.c.tell("link-view", x.Span, "no link goes from %s to %s", e.host.ir.Instances[from].Name, e.host.ir.Instances[to].Name)
	}
	return links, len(links) > 0
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
	links, ok := e.links(link)
	if !ok {
		return nil
	}
	most := int64(0)
	for _, l := range links {
		most += int64(e.host.ir.Links[l].Capacity)
	}
	return e.node(fsm.Expr{Op: fsm.OpLinkLen, Type: fsm.IntType(0, most), Links: links, Span: x.Span})
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
	links, ok := e.links(view.X.(*LinkExpr))
	name, isName := message.(*NameExpr)
	if !isName {
		if _, bad := message.(*BadExpr); !bad {
			e.c.tell("link-view", message.Pos(), "the %s of a link is compared with a message", view.Sel.Name)
		}
		return nil
	}
	m := e.c.findMessage(Ident{name.Name, name.Span})
	if !ok || m == nil {
		return nil
	}
	if len(links) > 1 {
		e.c.tell("link-view", view.Span, "%s links go that way, and each has a %s of its own", numeral(len(links)), view.Sel.Name).
			help("Ask `link(a, b) has %s`.", name.Name)
		return nil
	}
	op := fsm.OpLinkHead
	if view.Sel.Name == "last" {
		op = fsm.OpLinkLast
	}
	v := e.node(fsm.Expr{Op: op, Type: fsm.BoolType, Links: links, Message: m.index, Span: x.Span})
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
	links, ok := e.links(link)
	m := e.c.findMessage(x.Message)
	if m == nil {
		return nil
	}
	args, good := e.patternArgs(m, x)
	if !ok || !good {
		return nil
	}
	return e.node(fsm.Expr{Op: fsm.OpLinkHas, Type: fsm.BoolType, Links: links, Message: m.index, Args: args, Span: x.Span})
}

// patternArgs lowers the values that a message is looked for with; nil stands for any.
func (e *env) patternArgs(m *messageDecl, x *HasExpr) (args []*fsm.Expr, ok bool) {
	args = make([]*fsm.Expr, len(m.fields))
	if !x.HasArgs || m.bad {
		return args, !m.bad
	}
	if !e.c.arity("message", x.Message.Name, len(m.fields), len(x.Args), x.Span) {
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
