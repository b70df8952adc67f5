package spec

import "time"

// machineDecl reads "machine M(x T) { … }".
func (p *parser) machineDecl() any {
	m := p.begin()
	d := &MachineDecl{Doc: p.doc(p.pos)}
	p.next()
	d.Name = p.declared("the machine")
	if p.at("(") && !p.quiet {
		d.Params = p.params()
	}
	outer := p.hoisted
	p.hoisted = nil
	if p.openBlock("the head of the machine") {
		d.Members = members[MachineMember](p, inMachine, "member")
	}
	d.Members = append(d.Members, p.hoisted...)
	p.hoisted = outer
	d.Node = p.node(m)
	return d
}

// peerDecl reads "peer name Machine" or "peer name[N] Machine".
func (p *parser) peerDecl() any {
	m := p.begin()
	d := &PeerDecl{Doc: p.doc(p.pos)}
	p.next()
	d.Name = p.declared("the peer")
	if p.at("[") && !p.quiet {
		d.Count = p.bracketed("number of peers")
	}
	if !p.quiet {
		p.noColon()
		d.Machine = p.name("the machine of the peer")
	}
	d.Node = p.node(m)
	return d
}

// varDecl reads "durable shared ghost var x T = init".
func (p *parser) varDecl() any {
	m := p.begin()
	d := &VarDecl{Doc: p.doc(p.pos), Type: &TypeExpr{}}
	for !p.at("var") {
		said := p.varWord(d)
		if said == nil {
			p.unexpected("`var`", "")
			d.Node = p.node(m)
			return d
		}
		if *said {
			p.tell(Diagnostic{Code: "said-twice", Span: p.here(), Message: quote(p.tok().text) + " is said twice", Help: "Once is enough."})
		}
		*said = true
		p.next()
	}
	p.next()
	d.Name = p.declared("the variable")
	if !p.quiet {
		p.noColon()
		d.Type = p.parseType()
	}
	p.strangeStart()
	if p.got("=") {
		d.Init = p.parseExprIf()
	}
	d.Node = p.node(m)
	return d
}

// varWord is the field of d that the word here sets; nil if it is none.
func (p *parser) varWord(d *VarDecl) *bool {
	switch {
	case p.at("durable"):
		return &d.Durable
	case p.at("shared"):
		return &d.Shared
	case p.at("ghost"):
		return &d.Ghost
	}
	return nil
}

// timerDecl reads "timer t 500ms".
func (p *parser) timerDecl() any {
	m := p.begin()
	d := &TimerDecl{Doc: p.doc(p.pos)}
	p.next()
	d.Name = p.declared("the timer")
	t := p.tok()
	switch {
	case p.quiet:
	case t.kind == tokDuration:
		duration, err := time.ParseDuration(t.text)
		if err != nil || duration < 0 {
			p.tell(Diagnostic{Code: "bad-number", Span: p.here(), Message: quote(t.text) + " is not a duration"})
		}
		d.Duration, d.DurationSpan = int64(duration), p.here()
		p.next()
	case t.kind == tokInt:
		p.tell(Diagnostic{Code: "duration-unit", Span: p.here(), Message: "the duration " + quote(t.text) + " has no unit",
			Help: "Write it as in 500ms, 1.5s or 2m30s.", Fix: &Fix{Span: p.here(), Text: t.text + "ms"}})
		p.next()
	default:
		p.unexpected("a duration", "Write `timer name 500ms`.")
	}
	d.Node = p.node(m)
	return d
}

// stateDecl reads "initial final state S { … }".
func (p *parser) stateDecl() any {
	m := p.begin()
	d := &StateDecl{Doc: p.doc(p.pos)}
	for p.at("initial") || p.at("final") {
		said := &d.Initial
		if p.at("final") {
			said = &d.Final
		}
		if *said {
			p.tell(Diagnostic{Code: "said-twice", Span: p.here(), Message: quote(p.tok().text) + " is said twice", Help: "Once is enough."})
		}
		*said = true
		p.next()
	}
	switch t := p.tok(); {
	case p.got("state"):
	case t.kind == tokName && p.mendWord([]string{"state"}, func(next *token) bool { return next.kind == tokName }):
		p.next()
	case t.kind == tokName:
		p.tell(Diagnostic{Code: "missing-state", Span: p.before(), Message: "expected `state` before " + t.describe(),
			Help: "Write `initial state " + t.text + "`.", Fix: &Fix{Span: p.before(), Text: " state"}})
	default:
		p.unexpected("`state`", "")
	}
	d.Name = p.declared("the state")
	if p.quiet {
		p.catchUpHead()
	}
	if p.at("{") || p.tok().kind == tokNewline && p.look(1).is("{") {
		if p.openBlock("the name of the state") {
			d.Members = members[StateMember](p, inState, "member")
		}
	}
	d.Node = p.node(m)
	return d
}

// stateRef reads "S" or "Outer.Inner".
func (p *parser) stateRef(what string) StateRef {
	m := p.begin()
	r := StateRef{Path: []Ident{p.name(what)}}
	for !p.quiet && p.at(".") && len(r.Path) < MaxNesting {
		p.next()
		r.Path = append(r.Path, p.name("a state"))
	}
	r.Span = p.spanFrom(m)
	return r
}

// stateRefs reads "A, B".
func (p *parser) stateRefs(what string) []StateRef {
	refs := []StateRef{p.stateRef(what)}
	for !p.quiet && p.got(",") {
		refs = append(refs, p.stateRef("a state"))
	}
	return refs
}

// inStates reads "in A, B { … }".
func (p *parser) inStates() any {
	m := p.begin()
	d := &InStates{}
	p.next()
	d.States = p.stateRefs("a state")
	if p.openBlock("the names of the states") {
		d.Members = members[StateMember](p, inStates, "member")
	}
	d.Node = p.node(m)
	return d
}

// pattern reads "Event" or "Event(a, b)".
func (p *parser) pattern() EventPattern {
	m := p.begin()
	e := EventPattern{Name: p.name("an event")}
	if p.at("(") && !p.quiet {
		e.HasArgs = true
		p.list("(", ")", "name", func() { e.Params = append(e.Params, p.patternName()) })
	}
	e.Span = p.spanFrom(m)
	return e
}

// patternName reads a name for a parameter of an event.
func (p *parser) patternName() Ident {
	t := p.tok()
	if t.isName("_") {
		p.next()
		return Ident{Name: "_", Span: t.span(p.file)}
	}
	if t.kind == tokInt || t.is("true") || t.is("false") {
		p.fail(p.here(), "pattern-value", "expected a name for the parameter, found "+t.describe(), "Name it, and compare it in the guard: `when x == "+t.text+"`.")
		return Ident{Span: p.before()}
	}
	id := p.declared("the parameter")
	if n := p.tok(); !p.quiet && (n.kind == tokName || n.is("bool") || n.kind == tokInt) {
		p.tell(Diagnostic{Code: "pattern-type", Span: p.here(), Message: "the type of the parameter stands in the declaration of the event",
			Help: "Here it has its name only."})
		p.parseType()
	}
	return id
}

// transition reads "on Event(params) when Guard -> Target { … }".
func (p *parser) transition() any {
	m := p.begin()
	t := &Transition{Doc: p.doc(p.pos)}
	p.next()
	if p.otherMessages() {
		t.Other = true
	} else {
		t.Event = p.pattern()
	}
	for !p.quiet && p.transitionClause(t) {
	}
	t.Head = p.spanFrom(m)
	if p.quiet {
		p.catchUpHead()
	}
	if p.at("{") || p.tok().kind == tokNewline && p.look(1).is("{") {
		t.Body = p.parseBody("the head of the transition")
	}
	t.Node = p.node(m)
	return t
}

// otherMessages goes past "other messages".
func (p *parser) otherMessages() bool {
	if !p.tok().isName("other") {
		return false
	}
	if n := p.look(1); n.isName("messages") {
		p.next()
		p.next()
		return true
	} else if n.kind == tokName || n.is("message") {
		p.next()
		p.tell(Diagnostic{Code: "other-messages", Span: p.here(), Message: "expected `messages` after `other`, found " + n.describe(),
			Help: "Write `other messages`.", Fix: &Fix{Span: p.here(), Text: "messages"}})
		p.next()
		return true
	}
	return false
}

// transitionClause reads a guard or an arrow with its target.
func (p *parser) transitionClause(t *Transition) bool {
	k := p.tok()
	switch {
	case p.atClause("when") || p.at("if"):
		p.guard(t)
	case p.got("else"):
		if t.Guard != nil || t.Else || t.Target != nil {
			p.fail(k.span(p.file), "else-guard", "`else` stands in the place of a guard", "Write `on Event else -> Target`.")
		}
		t.Else = true
	case p.atClause("->"):
		p.target(t)
	case p.at("=>") || p.at("=") || p.at("-") && p.look(1).is(">"):
		fix := p.arrowFix()
		p.tell(Diagnostic{Code: "bad-arrow", Span: fix.Span, Message: "an arrow is written `->`", Help: "Write `-> Target`.", Fix: fix})
		p.next()
		p.got(">")
		p.targetState(t)
	default:
		p.strangeClause(t)
		return false
	}
	return true
}

// strangeClause tells of what people write after the event of a transition and does not belong there.
func (p *parser) strangeClause(t *Transition) {
	k, n := p.tok(), p.look(1)
	switch {
	case p.at("["):
		p.fail(p.here(), "guard-word", "a guard begins with `when`", "Write `on Event when guard -> Target`.")
	case p.at("/"):
		p.fail(p.here(), "body-braces", "the body stands in braces", "Write `on Event -> Target { … }`.")
	case k.isName("goto") && n.kind == tokName:
		p.tell(Diagnostic{Code: "bad-arrow", Span: p.here(), Message: "an arrow is written `->`", Help: "Write `-> Target`.", Fix: &Fix{Span: p.here(), Text: "->"}})
		p.next()
		p.targetState(t)
	case (k.isName("where") || k.isName("unless")) && !p.firstOnLine(p.pos) && (n.kind == tokName || n.is("!") || n.is("(")):
		p.fail(p.here(), "guard-word", "a guard begins with `when`", "Write `on Event when guard -> Target`.")
	case p.at(",") && n.kind == tokName && t.Guard == nil && t.Target == nil && !t.Else:
		p.fail(p.here(), "unexpected", "a transition has one event", "Write an `on` of its own for "+quote(n.text)+".")
	case k.kind == tokName && !p.firstOnLine(p.pos) && n.is("="):
		p.fail(p.here(), "body-braces", "the body stands in braces", "Write `{ "+k.text+" = … }`.")
	case k.kind == tokName && !p.firstOnLine(p.pos) && t.Target == nil && (n.is("{") || n.kind == tokNewline || n.is("}")):
		p.tell(Diagnostic{Code: "bad-arrow", Span: p.here(), Message: "no arrow stands before the target",
			Help: "Write `-> " + k.text + "`.", Fix: &Fix{Span: p.beforeHere(), Text: "-> "}})
		p.targetState(t)
	}
}

// arrowFix replaces what stands here for an arrow.
func (p *parser) arrowFix() *Fix {
	s := p.here()
	if p.at("-") {
		s.EndCol = p.look(1).span(p.file).EndCol
	}
	return &Fix{Span: s, Text: "->"}
}

// guard reads "when guard".
func (p *parser) guard(t *Transition) {
	p.skipNewline()
	at := p.here()
	switch {
	case p.at("if"):
		p.tell(Diagnostic{Code: "guard-word", Span: at, Message: "a guard begins with `when`", Help: "Write `when` instead of `if`.",
			Fix: &Fix{Span: at, Text: "when"}})
	case t.Target != nil:
		p.tell(Diagnostic{Code: "guard-after-arrow", Span: at, Message: "the guard stands before the arrow", Help: "Write `on Event when guard -> Target`."})
	case t.Guard != nil:
		p.tell(Diagnostic{Code: "two-guards", Span: at, Message: "a transition has one guard", Help: "Conditions are joined with `&&`.",
			Fix: &Fix{Span: at, Text: "&&"}})
	}
	p.next()
	if p.at("else") {
		p.tell(Diagnostic{Code: "else-guard", Span: at, Message: "`else` stands without `when`", Help: "Write `on Event else -> Target`.",
			Fix: &Fix{Span: at}})
		p.next()
		t.Else = true
		return
	}
	p.arrowOK = true
	t.Guard = p.parseExpr()
	p.arrowOK = false
}

// target reads "-> State".
func (p *parser) target(t *Transition) {
	p.skipNewline()
	if t.Target != nil {
		p.fail(p.here(), "two-targets", "a transition has one target", "Write another transition with a guard of its own.")
		return
	}
	p.next()
	p.targetState(t)
}

// targetState reads the state after the arrow.
func (p *parser) targetState(t *Transition) {
	switch k := p.tok(); {
	case p.ends() || p.at("{"):
		p.fail(p.before(), "missing-target", "expected a state after the arrow, found "+k.describe(), "To stay in the state, leave out the arrow too.")
		t.Target = &StateRef{Path: []Ident{{Span: p.before()}}, Span: p.before()}
	default:
		r := p.stateRef("a state after the arrow")
		t.Target = &r
	}
}

// ignore reads "ignore A, B" or "ignore other messages".
func (p *parser) ignore() any {
	m := p.begin()
	d := &Ignore{Doc: p.doc(p.pos)}
	p.next()
	if p.otherMessages() {
		d.Other = true
	} else {
		d.Events = append(d.Events, p.ignored())
		for !p.quiet && p.got(",") {
			d.Events = append(d.Events, p.ignored())
		}
	}
	switch {
	case p.quiet:
	case p.atClause("when"):
		p.skipNewline()
		p.fail(p.here(), "ignore-guard", "`ignore` has no guard", "Write a transition with the guard and no arrow: `on Event when guard`.")
	case p.at("->"):
		p.fail(p.here(), "ignore-arrow", "`ignore` goes nowhere", "Write `on Event -> Target`.")
	}
	d.Node = p.node(m)
	return d
}

// ignored reads the name of an event that is ignored.
func (p *parser) ignored() Ident {
	id := p.name("an event")
	if p.at("(") && !p.quiet {
		at := p.begin()
		p.list("(", ")", "name", func() { p.patternName() })
		p.tell(Diagnostic{Code: "ignore-params", Span: p.spanFrom(at), Message: "`ignore` has no parameters", Help: "Write `ignore " + id.Name + "`.",
			Fix: &Fix{Span: p.spanFrom(at)}})
	}
	return id
}

// deferDecl reads "defer Event(params) when Guard".
func (p *parser) deferDecl() any {
	m := p.begin()
	d := &Defer{Doc: p.doc(p.pos)}
	p.next()
	d.Events = append(d.Events, p.pattern())
	for !p.quiet && p.got(",") {
		d.Events = append(d.Events, p.pattern())
	}
	if !p.quiet && p.gotClause("when") {
		if len(d.Events) > 1 {
			p.tell(Diagnostic{Code: "defer-guard", Span: d.Events[1].Span, Message: "a guarded `defer` has one event", Help: "Write one `defer` for each."})
		}
		d.Guard = p.parseExpr()
	}
	d.Node = p.node(m)
	return d
}

// entryExit reads "entry { … }" or "exit { … }".
func (p *parser) entryExit() any {
	m := p.begin()
	d := &EntryExit{Exit: p.at("exit")}
	word := p.next().text
	d.Body = p.parseBody(quote(word))
	d.Node = p.node(m)
	return d
}
