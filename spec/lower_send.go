package spec

import (
	"interlock/fsm"
)

// inMachine reports whether the body is of a machine; otherwise it tells that the statement has no place there.
func (e *env) inMachine(what string, at fsm.Span) bool {
	if e.m != nil && e.inst == fsm.OwnInstance {
		return true
	}
	e.c.tell("statement-place", at, "%s is something that a machine does, and %s is not of one", what, e.where).
		help("Only variables of the system are written here.")
	return false
}

// args lowers the arguments of a message or an effect.
func (e *env) args(what string, name Ident, params []fsm.Param, args []Expr, at fsm.Span) (values []*fsm.Expr, ok bool) {
	if !e.c.arity(what, name.Name, len(params), len(args), at, name.Span) {
		return nil, false
	}
	ok = true
	for i, a := range args {
		v := e.typed(a, params[i].Type)
		ok = ok && v != nil
		values = append(values, v)
	}
	return values, ok
}

// lookAll finds the mistakes in arguments of something unknown.
func (e *env) lookAll(args []Expr) {
	for _, a := range args {
		e.look(a)
	}
}

func (e *env) send(s *SendStmt) []*fsm.Stmt {
	if !e.inMachine("a send", s.Span) {
		return nil
	}
	if e.swapped(s) {
		return nil
	}
	peer, element, ok := e.sendTo(s.Peer)
	m := e.c.findMessage(s.Message)
	if m != nil {
		m.used, m.sent = true, true
	}
	if m == nil || m.bad {
		e.lookAll(s.Args)
		return nil
	}
	values, good := e.args("message", Ident{s.Message.Name, m.decl.Name.Span}, m.fields, s.Args, s.Span)
	if !ok || !good {
		return nil
	}
	return []*fsm.Stmt{{Op: fsm.Send, Peer: peer, Element: element, Message: m.index, Args: values, Span: s.Span}}
}

// swapped tells of a message that stands where its peer should, and the peer behind it.
func (e *env) swapped(s *SendStmt) bool {
	first, second := s.Peer.Name, s.Message
	m, named := e.c.messages.find(first.Name)
	peer := e.lookup(second.Name)
	if at := e.lookup(first.Name); at != nil && at.kind == symPeer || !named || peer == nil || peer.kind != symPeer {
		return false
	}
	m.used, m.sent = true, true
	at := cover(first.Span, second.Span)
	t := e.c.tell("send-order", at, "the peer stands before the message").help("Write `send %s %s`.", second.Name, first.Name)
	if s.Peer.Index == nil && len(s.Args) == 0 {
		t.fix(at, second.Name+" "+first.Name)
	}
	return true
}

// sendTo resolves the peer that is sent to. element is nil for a single one.
func (e *env) sendTo(r InstanceRef) (peer int, element *fsm.Expr, ok bool) {
	if r.Name.Name == "" {
		return 0, nil, false
	}
	s := e.lookup(r.Name.Name)
	if s == nil || s.kind != symPeer {
		e.unknownPeer(r.Name, s)
		return 0, nil, false
	}
	n := e.m.peerLen(s.index)
	if n < 0 {
		return 0, nil, false // that it is not known has been told
	}
	switch {
	case s.element >= 0 && r.Index == nil:
		return s.index, intConst(int64(s.element), r.Span), true
	case r.Index == nil && n == 0:
		return s.index, nil, true
	case r.Index == nil:
		t := e.c.tell("needs-index", r.Span, "%s is an array of %s", quote(r.Name.Name), plural(n, "peer"))
		if e.from != nil {
			t.help("Write `%s[from]` for the sender, `%s[0]`, or loop: `for q in %s { send q … }`.", r.Name.Name, r.Name.Name, r.Name.Name)
		} else {
			t.help("Write `%s[0]`, or loop: `for q in %s { send q … }`.", r.Name.Name, r.Name.Name)
		}
		return 0, nil, false
	case n == 0 || s.element >= 0:
		e.c.tell("not-an-array", r.Index.Pos(), "%s is a single peer", quote(r.Name.Name)).help("Leave the index out.")
		return 0, nil, false
	}
	i := e.typed(r.Index, anyInt)
	if i == nil || !e.inBounds(i, n, r.Index.Pos(), r.Name.Name) {
		return 0, nil, false
	}
	return s.index, i, true
}

func (e *env) unknownPeer(name Ident, s *symbol) {
	if e.m.hidden {
		return
	}
	if s != nil {
		e.c.tell("not-a-peer", name.Span, "%s is %s, not a peer", quote(name.Name), s.what()).label(s.name.Span, "declared here")
		return
	}
	e.c.unknown(e.m, "unknown-peer", name, "machine %s has no peer %s", e.m.decl.Name.Name, quote(name.Name)).
		suggest(name, e.m.namesOf(symPeer))
}

func (e *env) timerStmt(op fsm.StmtOp, timer Ident, at fsm.Span) []*fsm.Stmt {
	if !e.inMachine("starting or stopping a timer", at) || timer.Name == "" {
		return nil
	}
	s, ok := e.m.names.find(timer.Name)
	if !ok || s.kind != symTimer {
		if e.m.hidden {
			return nil
		}
		t := e.c.unknown(nil, "unknown-timer", timer, "machine %s has no timer %s", e.m.decl.Name.Name, quote(timer.Name)).
			suggest(timer, e.m.namesOf(symTimer))
		if ok {
			t.label(s.name.Span, "this is %s", s.what())
		}
		return nil
	}
	if op == fsm.Start {
		e.m.started[s.index] = true
	}
	return []*fsm.Stmt{{Op: op, Timer: s.index, Span: at}}
}

func (e *env) do(s *DoStmt) []*fsm.Stmt {
	if !e.inMachine("an effect", s.Span) || s.Effect.Name == "" {
		return nil
	}
	d, ok := e.c.effects.find(s.Effect.Name)
	if !ok {
		if !e.c.hidden {
			e.c.unknown(nil, "unknown-effect", s.Effect, "there is no effect %s", quote(s.Effect.Name)).
				suggest(s.Effect, e.c.effects.names)
		}
		e.lookAll(s.Args)
		return nil
	}
	if d.bad {
		e.lookAll(s.Args)
		return nil
	}
	values, good := e.args("effect", Ident{s.Effect.Name, d.decl.Name.Span}, d.params, s.Args, s.Span)
	if !good {
		return nil
	}
	return []*fsm.Stmt{{Op: fsm.Do, Effect: d.index, Args: values, Span: s.Span}}
}
