package spec

import (
	"interlock/fsm"
)

// lowerSystems lowers everything in systems, in the order in which one thing needs another.
func (c *compiler) lowerSystems() {
	for _, s := range c.systems.list {
		if len(s.groups) == 0 && !s.hidden {
			c.tell("no-instances", s.decl.Name.Span, "system %s has no instances", quote(s.decl.Name.Name)).
				help("Name a machine in it: `proxy Proxy`.")
		}
		for _, g := range s.groups {
			s.bind(g)
		}
		s.findSends() // needs parameters: they decide what an instance sends
		s.lowerLinks()
		s.checkRoutes()
		s.makeNodes() // needs links: atomic and queue links bind
		s.checkSystemPredicates()
		s.lowerCrashes()
		s.lowerJoints()
		for _, member := range s.members {
			s.lowerMember(member)
		}
		s.answer()
		s.checkWidth()
	}
}

func (s *system) checkSystemPredicates() {
	for _, sym := range s.names.list {
		if sym.kind == symPredicate {
			s.env("a predicate").checkPredicate(sym.predicate)
		}
	}
}

func (s *system) lowerMember(member SystemMember) {
	switch d := member.(type) {
	case *Initially:
		if p := s.env("`initially`").cond(d.P); p != nil {
			s.ir.Initially = append(s.ir.Initially, p)
		}
	case *Assume:
		if p := s.env("`assume`").cond(d.P); p != nil {
			s.ir.Assumes = append(s.ir.Assumes, p)
		}
	case *OrderDecl:
		s.lowerOrder(d)
	case *FairDecl:
		s.lowerFair(d)
	case *Property:
		s.lowerProperty(d)
	case *Scenario:
		s.lowerScenario(d)
	}
}

// bind gives the instances of a group their parameters, peers and shared variables.
func (s *system) bind(g *group) {
	if g.machine == nil || g.count == 0 {
		return
	}
	m := g.machine
	bindings := map[string]*Binding{}
	for i := range g.decl.Bindings {
		b := &g.decl.Bindings[i]
		if b.Name.Name == "" {
			continue
		}
		if first := bindings[b.Name.Name]; first != nil {
			s.c.tell("duplicate", b.Name.Span, "%s is bound twice", quote(b.Name.Name)).label(first.Name.Span, "bound here first")
			continue
		}
		bindings[b.Name.Name] = b
		sym, ok := m.names.find(b.Name.Name)
		if (!ok || sym.kind != symParam && sym.kind != symPeer) && !m.hidden {
			g.misnamed = true
			s.c.unknown(m, "unknown-binding", b.Name, "machine %s has no parameter or peer %s", m.decl.Name.Name, quote(b.Name.Name)).
				suggest(b.Name, m.namesOf(symParam, symPeer))
		}
	}
	for i := range g.count {
		in := s.ir.Instances[g.first+i]
		e := s.env("a binding")
		e.self = intConst(int64(i), g.name.Span)
		for _, p := range m.ir.Params {
			in.Args = append(in.Args, s.bindParam(e, g, p, bindings[p.Name]))
		}
		for p, peer := range m.ir.Peers {
			in.Peers = append(in.Peers, s.bindPeer(e, g, m.peers[p], peer, bindings[peer.Name]))
		}
	}
	s.bindShared(g)
}

// bindParam evaluates the value of a parameter.
func (s *system) bindParam(e *env, g *group, p fsm.Param, b *Binding) int64 {
	if p.Type == nil {
		return 0
	}
	if b == nil {
		if !g.decl.Bad && !g.misnamed {
			s.c.tellAbout(p.Name, Error, "unbound-parameter", g.name.Span, "%s does not say what the parameter %s of %s is", quote(g.name.Name),
				quote(p.Name), g.machine.decl.Name.Name).label(p.Span, "declared here").
				help("Write `%s %s(%s = …)`.", g.name.Name, g.machine.decl.Name.Name, p.Name)
		}
		return p.Type.Lo
	}
	if v := e.constant(b.Value, p.Type); v != nil {
		if v = e.fit(v, p.Type, b.Value); v != nil {
			return v.Value
		}
	}
	return p.Type.Lo
}

// bindPeer finds the instances that a peer is: those that the binding names, or those of its own name.
func (s *system) bindPeer(e *env, g *group, p peer, declared fsm.Peer, b *Binding) []int {
	if p.machine == nil || p.n < 0 || declared.Name == "" {
		return nil
	}
	var ref *instanceRef
	at := g.name.Span
	if b != nil {
		at = b.Value.Pos()
		var is bool
		if ref, is = e.instanceOf(b.Value); !is {
			if name, ok := b.Value.(*NameExpr); ok {
				e.unknownInstance(Ident{name.Name, name.Span}, e.lookup(name.Name))
			} else if !b.Value.IsBad() {
				s.c.tell("peer-binding", at, "a peer is an instance").help("Write `%s = NAME`, or `%s = NAME[self]`.", b.Name.Name, b.Name.Name)
			}
		}
	} else {
		ref = s.peerByName(g, declared)
	}
	if ref == nil || ref.group.machine == nil {
		return nil
	}
	if ref.group.machine != p.machine {
		s.c.tell("peer-machine", at, "the peer %s is of machine %s, but %s is of machine %s", quote(declared.Name), p.machine.decl.Name.Name,
			quote(ref.group.name.Name), ref.group.machine.decl.Name.Name).label(declared.Span, "declared here")
		return nil
	}
	return s.fitPeer(g, p, declared, ref, at)
}

// fitPeer sees that a single peer is one instance, and an array of peers an array of that size.
func (s *system) fitPeer(g *group, p peer, declared fsm.Peer, ref *instanceRef, at fsm.Span) []int {
	name := ref.group.name.Name
	switch {
	case p.n == 0 && ref.whole:
		index := "0"
		if g.array {
			index = "self"
		}
		t := s.c.tell("peer-size", at, "the peer %s is a single one, but %s is an array of %d", quote(declared.Name), quote(name),
			ref.group.count).label(declared.Span, "declared here").
			help("Write `%s = %s[%s]`.", declared.Name, name, index)
		if at != g.name.Span {
			t.fix(at, name+"["+index+"]")
		}
		return nil
	case p.n > 0 && (!ref.whole || ref.group.count != p.n):
		is, help := "a single instance", "Bind an array of "+plural(p.n, "instance")+"."
		if ref.whole {
			is, help = "an array of "+plural(ref.group.count, "instance"), "Give both the same size, by a constant."
		}
		s.c.tell("peer-size", at, "the peer %s is an array of %d, but %s is %s", quote(declared.Name), p.n, quote(name), is).
			label(declared.Span, "declared here").help("%s", help)
		return nil
	case p.n > 0:
		var list []int
		for i := range p.n {
			list = append(list, ref.first+i)
		}
		return list
	case ref.index != nil:
		s.c.tell("not-constant", at, "a peer must be known beforehand")
		return nil
	}
	return []int{ref.first}
}

// peerByName finds the instance that has the name of the peer.
func (s *system) peerByName(g *group, declared fsm.Peer) *instanceRef {
	sym, ok := s.names.find(declared.Name)
	if !ok || sym.kind != symInstance {
		if !s.hidden && !g.decl.Bad && !g.misnamed {
			s.c.silence(s, "value", declared.Name)
			s.c.unknown(g.machine, "unbound-peer", Ident{declared.Name, g.name.Span}, "the peer %s of %s is bound to nothing", quote(declared.Name), quote(g.name.Name)).
				label(declared.Span, "declared here").
				help("Name an instance %s, or write `%s %s(%s = …)`.", quote(declared.Name), g.name.Name,
					g.machine.decl.Name.Name, declared.Name)
		}
		return nil
	}
	if sym.group.count == 0 || g.misnamed {
		return nil
	}
	return &instanceRef{group: sym.group, first: sym.group.first, whole: sym.group.array, span: g.name.Span}
}

// bindShared finds the variables of the system that the machine shares.
func (s *system) bindShared(g *group) {
	m := g.machine
	shared := make([]int, len(m.ir.Vars))
	for i, v := range m.ir.Vars {
		shared[i] = -1
		if !v.Shared || v.Type == nil || v.Name == "" {
			continue
		}
		sym, ok := s.names.find(v.Name)
		if !ok || sym.kind != symSystemVar {
			if !s.hidden {
				s.c.unknown(nil, "shared-unbound", Ident{v.Name, g.name.Span}, "%s shares the variable %s, which system %s does not have", quote(g.name.Name),
					quote(v.Name), s.decl.Name.Name).label(v.Span, "declared here").
					help("Declare `var %s %s` in the system.", v.Name, v.Type)
				s.c.silence(s, "value", v.Name)
			}
			continue
		}
		if sym.typ == nil {
			continue
		}
		if !identical(sym.typ, v.Type) || sym.ghost != v.Ghost {
			s.c.tell("shared-type", v.Span, "the shared variable %s is %s here, but %s in system %s", quote(v.Name),
				sharedKind(v.Type, v.Ghost), sharedKind(sym.typ, sym.ghost), s.decl.Name.Name).
				label(sym.name.Span, "declared here")
			continue
		}
		shared[i] = sym.index
	}
	for i := range g.count {
		s.ir.Instances[g.first+i].Shared = shared
	}
}

func sharedKind(t *fsm.Type, ghost bool) string {
	if ghost {
		return "a ghost of type " + t.String()
	}
	return "of type " + t.String()
}
