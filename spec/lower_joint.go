package spec

import (
	"slices"

	"interlock/fsm"
)

// maxJoints bounds the joint transitions of a system, counted for each value of their parameters.
const maxJoints = 10_000

// moved finds the group of instances that a move of a joint transition is about, without telling of mistakes.
func (s *system) moved(d *Joint, move JointMove) *group {
	name := move.Instance.Name.Name
	for _, p := range d.Params {
		if domain, ok := p.Domain.(*NameExpr); ok && p.Name.Name == name {
			name = domain.Name
		}
	}
	if sym, ok := s.names.find(name); ok && sym.kind == symInstance {
		return sym.group
	}
	return nil
}

// jointSends visits the sends in the parts that instances of a group take in joint transitions.
func (s *system) jointSends(g *group, visit func(peer, message int)) {
	for _, member := range s.members {
		d, ok := member.(*Joint)
		if !ok {
			continue
		}
		for _, move := range d.Moves {
			if move.Body == nil || s.moved(d, move) != g {
				continue
			}
			s.scanSends(g, move.Body, visit)
		}
	}
}

func (s *system) scanSends(g *group, b *Body, visit func(peer, message int)) {
	if b == nil {
		return
	}
	for _, st := range b.Stmts {
		switch st := st.(type) {
		case *IfStmt:
			s.scanSends(g, st.Then, visit)
			s.scanSends(g, st.Else, visit)
		case *ForStmt:
			s.scanSends(g, st.Body, visit)
			for _, peer := range g.machine.namesOf(symPeer) { // the bound name may stand for any peer of an array
				s.visitSends(g, st, peer, visit)
			}
		case *SendStmt:
			s.visitSend(g, st.Peer.Name.Name, st.Message.Name, visit)
		}
	}
}

// visitSends visits the sends in a loop over an array of peers, which name the peer by the loop's own name.
func (s *system) visitSends(g *group, loop *ForStmt, peer string, visit func(peer, message int)) {
	if domain, ok := loop.Domain.(*NameExpr); !ok || domain.Name != peer || loop.Body == nil {
		return
	}
	for _, st := range loop.Body.Stmts {
		if send, ok := st.(*SendStmt); ok && send.Peer.Name.Name == loop.Name.Name {
			s.visitSend(g, peer, send.Message.Name, visit)
		}
	}
}

func (s *system) visitSend(g *group, peer, message string, visit func(peer, message int)) {
	sym, ok := g.machine.names.find(peer)
	m, known := s.c.messages.find(message)
	if ok && known && sym.kind == symPeer {
		visit(sym.index, m.index)
	}
}

// noteJointSends tells peers what is sent to them in joint transitions.
func (c *compiler) noteJointSends() {
	for _, s := range c.systems.list {
		for _, g := range s.groups {
			if g.machine == nil {
				continue
			}
			s.jointSends(g, func(peer, message int) {
				if to := g.machine.peers[peer].machine; to != nil {
					to.arrives[message] = true
				}
			})
		}
	}
}

// lowerJoints lowers the joint transitions, one for each combination of values of their parameters.
func (s *system) lowerJoints() {
	for _, member := range s.members {
		if d, ok := member.(*Joint); ok {
			s.c.depth++
			s.eachJoint(d, s.env("a joint transition"), 0, nil, nil)
			s.c.depth--
		}
	}
}

// eachJoint binds the parameters from the i-th on.
func (s *system) eachJoint(d *Joint, e *env, i int, args []int64, params []fsm.Param) {
	if i == len(d.Params) {
		s.lowerJoint(d, e, slices.Clone(args), slices.Clone(params))
		return
	}
	p := d.Params[i]
	choices, ok := e.domain(p.Name, p.Domain)
	if !ok {
		return
	}
	for _, ch := range choices {
		if ch.in != nil {
			s.c.tell("not-constant", p.Domain.Pos(), "the values of a parameter must be known beforehand").
				help("Go through all of them, and test in `when`.")
			return
		}
		param := fsm.Param{Name: p.Name.Name, Type: ch.typ, Span: p.Name.Span}
		s.eachJoint(d, e.with(ch.symbol), i+1, append(args, ch.value), append(params, param))
	}
}

func (s *system) lowerJoint(d *Joint, e *env, args []int64, params []fsm.Param) {
	if len(s.ir.Joints) >= maxJoints {
		s.c.tell("limit", d.Name.Span, "system %s has more than %d joint transitions, counted for each value of their parameters",
			quote(s.decl.Name.Name), maxJoints)
		return
	}
	j := &fsm.JointTransition{Name: d.Name.Name, Doc: d.Doc, Args: args, Params: params, Text: s.jointText(d), Span: d.Name.Span}
	if d.Guard != nil {
		guard := *e
		guard.ghosts, guard.where = false, "the guard of a joint transition"
		j.Guard = guard.cond(d.Guard)
		switch {
		case j.Guard == nil:
			s.badJoints = true
			return
		case isConst(j.Guard, 0): // not possible with these values
			return
		case isConst(j.Guard, 1):
			j.Guard = nil
		}
	}
	moved := map[int]fsm.Span{}
	for _, move := range d.Moves {
		part, ok := s.lowerMove(e, move)
		if !ok {
			continue
		}
		if first, twice := moved[part.Instance]; twice {
			s.c.tell("joint-twice", move.Instance.Span, "%s moves twice in one step", quote(s.ir.Instances[part.Instance].Name)).
				label(first, "here first").help("Make one move of it, or rule it out with `when`.")
			continue
		}
		moved[part.Instance] = move.Instance.Span
		j.Parts = append(j.Parts, part)
	}
	body := *e
	body.ghosts, body.where = false, "the body of a joint transition"
	j.Body = body.body(d.Body)
	s.joints[d.Name.Name] = append(s.joints[d.Name.Name], len(s.ir.Joints))
	s.ir.Joints = append(s.ir.Joints, j)
}

// jointText is the head of a joint transition as written.
func (s *system) jointText(d *Joint) string {
	at := d.Name.Span
	if n := len(d.Params); n > 0 {
		at = cover(at, d.Params[n-1].Span)
	}
	text := "joint " + s.c.text(at)
	if len(d.Params) > 0 {
		text += ")"
	}
	if d.Guard != nil {
		text += " when " + s.c.text(d.Guard.Pos())
	}
	return text
}

// lowerMove lowers what one machine does in a joint transition, for each state that it may be in.
func (s *system) lowerMove(e *env, move JointMove) (part fsm.JointPart, ok bool) {
	where := *e
	where.where = "a joint transition"
	part = fsm.JointPart{Instance: where.one(move.Instance), Span: move.Span}
	if part.Instance < 0 {
		return part, false
	}
	m := s.c.machines.list[s.ir.Instances[part.Instance].Machine]
	sources := s.sources(m, move)
	var target *state
	ok = len(sources) > 0
	if move.Target != nil {
		if target = m.find(*move.Target, m.root); target == nil {
			ok = false
		} else if target.descend() == nil {
			m.noInner(target, move.Target.Span)
			ok = false
		}
	}
	inner := *e
	inner.m, inner.inst, inner.ghosts, inner.where = m, fsm.OwnInstance, false, "a joint transition"
	inner.self = &fsm.Expr{Op: fsm.OpSelf, Type: fsm.IntType(0, m.top), Instance: fsm.OwnInstance}
	own := inner.body(move.Body)
	if !ok {
		return part, false
	}
	for _, from := range sources {
		for _, leaf := range from.leavesOf(nil) {
			if slices.Contains(part.From, leaf) {
				continue
			}
			part.From = append(part.From, leaf)
			if target == nil {
				part.Targets = append(part.Targets, fsm.Stay)
				part.Bodies = append(part.Bodies, own)
				continue
			}
			part.Targets = append(part.Targets, target.descend().leaf)
			part.Bodies = append(part.Bodies, moveBody(m.leaves[leaf], from, target, own))
		}
	}
	return part, true
}

// sources resolves the states that a move starts in; none written means all.
func (s *system) sources(m *machine, move JointMove) []*state {
	var list []*state
	for _, ref := range move.Sources {
		if st := m.find(ref, m.root); st != nil {
			list = append(list, st)
		}
	}
	if len(move.Sources) == 0 && !move.Bad {
		list = m.root.children
	}
	return list
}
