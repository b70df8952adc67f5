package dve

import "slices"

// process reads "process P { … }". After a mistake inside it goes on with the next part, so that all are told in one run.
func (p *parser) process() (*process, bool) {
	p.next()
	proc := &process{}
	var ok bool
	if proc.ident, ok = p.ident("a process"); !ok || !p.expect("{", "after the name of the process") {
		return nil, false
	}
	for !p.here().is("}") && !p.done {
		if t := p.here(); t.kind == endOfText || t.is("process") || t.is("system") {
			p.fail(t.span, "dve-syntax", "expected `}` after process %s, found %s", quote(proc.name), t.describe())
			return proc, true
		}
		before := p.at
		if !p.part(proc) {
			p.recover(before)
		}
	}
	p.take("}")
	if proc.init.name == "" && len(p.diags) == 0 {
		p.fail(proc.span, "dve-syntax", "process %s has no initial state: `init NAME;`", quote(proc.name))
	}
	return proc, true
}

// part reads one part of a process.
func (p *parser) part(proc *process) bool {
	t := p.here()
	switch {
	case t.is("const"), t.is("byte"), t.is("int"):
		list, ok := p.variables(0)
		proc.vars = append(proc.vars, list...)
		return ok
	case t.is("channel"):
		list, ok := p.channels()
		proc.channels = append(proc.channels, list...)
		return ok
	case t.is("trans"):
		return p.transitions(proc)
	case t.is("assert"):
		return p.asserts(proc)
	case t.is("state"), t.is("init"), t.is("commit"), t.is("accept"):
		p.next()
		if t.is("accept") && !p.acceptance() {
			return false
		}
		list, ok := p.idents("a state")
		switch {
		case !ok:
		case t.is("state"):
			proc.states = append(proc.states, list...)
		case t.is("commit"):
			proc.commit = append(proc.commit, list...)
		case t.is("accept"):
			proc.accept = append(proc.accept, list...)
		case len(list) > 1 || proc.init.name != "":
			return p.fail(list[len(list)-1].span, "dve-syntax", "a second initial state")
		default:
			proc.init = list[0]
		}
		return ok
	}
	p.fail(t.span, "dve-syntax", "expected a declaration or a part of a process (`state`, `init`, `commit`, `assert`, `trans`), found %s", t.describe())
	advise(p.diags, t.text)
	return false
}

// acceptance reads what kind of automaton accepts, which may stand before the accepting states: that of Büchi is read.
func (p *parser) acceptance() bool {
	t := p.here()
	if t.kind != name || p.tokens[p.at+1].is(",") || p.tokens[p.at+1].is(";") {
		return true // a state
	}
	switch t.text {
	case "buchi":
		p.next()
	case "genbuchi", "muller", "rabin", "streett":
		return p.fail(t.span, "dve-unsupported", "acceptance by %s: that of Büchi is read", quote(t.text))
	}
	return true
}

// asserts reads "assert s: cond, t: cond;".
func (p *parser) asserts(proc *process) bool {
	p.next()
	for {
		var a assertion
		var ok bool
		if a.state, ok = p.ident("a state"); !ok || !p.expect(":", "after the state") {
			return false
		}
		if a.cond, ok = p.expr(); !ok {
			return false
		}
		proc.asserts = append(proc.asserts, a)
		if !p.take(",") {
			return p.expect(";", "after the assertions")
		}
	}
}

// transitions reads "trans a -> b { … }, -> c { … };". One without a source has that of the one before. As in later readers, a
// comma between two of them, one behind the last, and the semicolon before the brace of the process may be there or not.
func (p *parser) transitions(proc *process) bool {
	p.next()
	if p.take(";") {
		return true // there are none
	}
	from := ident{}
	for {
		if len(proc.trans) > 0 && p.here().is("}") {
			return true
		}
		first := p.at
		t, ok := p.transition(from)
		if ok {
			proc.trans = append(proc.trans, t)
			from = t.from
		} else if !p.behindBrace(first) {
			return true // at the end of the process; the mistake was told
		}
		if p.done {
			return false
		}
		if t := p.here(); !p.take(",") && t.kind != name && !t.is("->") && !t.is("}") {
			return p.expect(";", "after the transitions")
		}
		if p.take(";") {
			return true
		}
	}
}

// behindBrace goes behind the brace that closes the transition with a mistake in it; first is its first token. It reports
// whether the list may go on.
func (p *parser) behindBrace(first int) bool {
	open := slices.ContainsFunc(p.tokens[first:p.at], func(t token) bool { return t.is("{") })
	for {
		switch t := p.here(); {
		case t.kind == endOfText || t.is("process") || t.is("system") || t.is("}") && !open:
			return false
		case t.is("}"):
			p.next()
			return p.here().is(",") || p.here().is(";")
		case t.is(";") && !open:
			p.next()
			return false
		case t.is("{"):
			open = true
		}
		p.next()
	}
}

func (p *parser) transition(from ident) (*transition, bool) {
	t := &transition{from: from}
	start := p.here().span
	var ok bool
	if !p.here().is("->") || from.name == "" {
		if t.from, ok = p.ident("a state"); !ok {
			return nil, false
		}
	}
	if p.here().is("=>") {
		return nil, p.fail(p.here().span, "dve-unsupported", "probabilities are not read")
	}
	if !p.expect("->", "between the states of a transition") {
		return nil, false
	}
	if t.to, ok = p.ident("a state"); !ok {
		return nil, false
	}
	t.span = start
	t.span.EndLine, t.span.EndCol = t.to.span.EndLine, t.to.span.EndCol
	if !p.expect("{", "after the states of a transition") {
		return nil, false
	}
	for !p.take("}") {
		if !p.clause(t) {
			return nil, false
		}
	}
	return t, true
}

// clause reads a guard, a sync or effects.
func (p *parser) clause(t *transition) (ok bool) {
	switch {
	case p.take("guard"):
		list, ok := p.list(maxSlots)
		t.guards = append(t.guards, list...)
		return ok && p.expect(";", "after the guard")
	case p.here().is("sync"):
		if t.sync != nil {
			return p.fail(p.here().span, "dve-syntax", "a second sync in one transition")
		}
		p.next()
		t.sync, ok = p.sync()
		return ok && p.expect(";", "after the sync")
	case p.take("effect"):
		for more := true; more; more = p.take(",") {
			a, ok := p.assignment()
			if !ok {
				return false
			}
			t.effects = append(t.effects, a)
		}
		return p.expect(";", "after the effects")
	}
	return p.fail(p.here().span, "dve-syntax", "expected `guard`, `sync`, `effect` or `}`, found %s", p.here().describe())
}

// sync reads "c!value", "c?place", "c!{a, b}", "c!", or one of these with "P->" before it, for a channel of process P.
func (p *parser) sync() (*sync, bool) {
	s := &sync{}
	var ok bool
	if s.channel, ok = p.ident("a channel"); !ok {
		return nil, false
	}
	if p.take("->") {
		s.owner = s.channel
		if s.channel, ok = p.ident("a channel"); !ok {
			return nil, false
		}
	}
	switch {
	case p.take("!"):
		s.send = true
	case p.take("?"):
	default:
		return nil, p.fail(p.here().span, "dve-syntax", "expected `!` or `?` after the channel, found %s", p.here().describe())
	}
	switch {
	case p.here().is(";"):
	case p.take("{"):
		if s.values, ok = p.list(maxSlots); !ok || !p.expect("}", "after the values") {
			return nil, false
		}
	default:
		if s.values, ok = p.list(1); !ok {
			return nil, false
		}
	}
	return s, true
}

func (p *parser) assignment() (a assignment, ok bool) {
	if a.target, ok = p.operand(); !ok {
		return a, false
	}
	if sign := p.here().text; !p.expect("=", "after what is assigned to") {
		advise(p.diags, sign)
		return a, false
	}
	a.value, ok = p.expr()
	return a, ok
}
