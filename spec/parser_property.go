package spec

// property reads "for i in T: Name: form expect violated".
func (p *parser) property() any {
	m := p.begin()
	d := &Property{Doc: p.doc(p.pos)}
	for !p.quiet {
		if p.at("for") {
			p.propertyFor(d)
		} else if p.tok().kind == tokName && p.look(1).is(":") {
			p.propertyName(d)
			p.next()
		} else {
			break
		}
		p.continued(m)
	}
	if !p.quiet {
		p.propertyForm(m, d)
	}
	if !p.quiet {
		p.arrowIsImplies()
	}
	if !p.quiet {
		d.ExpectViolated = p.expectViolated()
	}
	d.Node = p.node(m)
	return d
}

// propertyFor reads "for i in T:".
func (p *parser) propertyFor(d *Property) {
	if len(d.For) >= MaxNesting {
		p.tooDeep()
		return
	}
	p.next()
	b := Binder{Name: p.declared("what `for` ranges over")}
	p.expectOr("in", "after the name", "Write `for x in …: never …`.")
	if p.quiet {
		return
	}
	b.Domain = p.domain()
	d.For = append(d.For, b)
	p.expect(":", "before the property")
}

// propertyName reads the name of a property.
func (p *parser) propertyName(d *Property) {
	if d.Name.Name != "" {
		p.tell(Diagnostic{Code: "two-names", Span: p.here(), Message: "the property has two names", Help: "Write one of them.",
			Labels: []Label{{Span: d.Name.Span, Text: "the first"}}})
	}
	d.Name = p.declared("the property")
}

// propertyWords are the words that a property can begin with.
var propertyWords = []string{"never", "always", "after", "reachable", "recoverable", "eventually", "infinitely"}

// propertyForm reads a property without its name.
func (p *parser) propertyForm(m mark, d *Property) {
	t := p.tok()
	if n := p.look(1); t.kind == tokName && !wordSet(propertyWords...)[t.text] && (n.kind == tokName && n.text != "leads" && n.text != "has" || n.is("all") || n.is("some")) {
		p.mendWord(propertyWords, func(*token) bool { return true })
	}
	forms := map[string]PropertyForm{"never": Never, "always": Always, "after": AfterAlways, "reachable": Reachable,
		"recoverable": Recoverable, "eventually": Eventually, "infinitely": InfinitelyOften}
	form, ok := forms[t.text]
	switch {
	case t.kind == tokName && ok:
		p.next()
		d.Form = form
		p.wordForm(m, d)
	case p.builtIn(d):
	default:
		p.leadsTo(m, d)
	}
}

// wordForm reads the rest of a form that begins with a word.
func (p *parser) wordForm(m mark, d *Property) {
	if d.Form == InfinitelyOften {
		if !p.tok().isName("often") {
			p.unexpected("`often` after `infinitely`", "Write `infinitely often P`.")
			return
		}
		p.next()
	}
	p.continued(m)
	if p.tok().kind == tokName && p.look(1).is(":") {
		p.propertyName(d)
		p.next()
		p.continued(m)
	}
	d.P = p.parseExpr()
	if d.Form != AfterAlways || p.quiet {
		return
	}
	if !p.gotClause("always") {
		p.unexpected("`always`", "Write `after P always Q`: once P held, Q holds from then on.")
		return
	}
	p.continued(m)
	d.Q = p.parseExpr()
}

// builtIn reads the name of a built-in check.
func (p *parser) builtIn(d *Property) bool {
	t := p.tok()
	switch {
	case t.isName("unexpected") && p.look(1).is("message"):
		p.next()
		d.Check = "unexpected message"
	case t.kind == tokName && wordSet("deadlock", "overflow", "overlap", "range", "runaway")[t.text] && (p.look(1).isName("expect") || p.atEndAfter(1)):
		d.Check = t.text
	default:
		return false
	}
	p.next()
	d.Form = BuiltIn
	if !p.atClause("expect") {
		p.tell(Diagnostic{Code: "built-in", Span: t.span(p.file), Message: "the check " + quote(d.Check) + " is built in and always made",
			Help: "Write it only where it is known to fail: `" + d.Check + " expect violated`."})
	}
	return true
}

// leadsTo reads "P leads to Q".
func (p *parser) leadsTo(m mark, d *Property) {
	d.P = p.parseExpr()
	if p.quiet {
		return
	}
	if !p.gotLeadsTo() {
		if !p.quiet && !d.P.IsBad() && !p.at("->") && !p.startsOddly() {
			p.fail(d.P.Pos(), "missing-form", "this is a condition, not a property",
				"Say when it must hold: never, always, after … always, reachable, recoverable, eventually, … leads to …, infinitely often.")
		}
		return
	}
	d.Form = LeadsTo
	p.continued(m)
	d.Q = p.parseExpr()
}

// startsOddly reports whether what follows the expression is a mistake of its own, which is told as that.
func (p *parser) startsOddly() bool { return !p.atEnd() && !p.tok().isName("expect") }

// gotLeadsTo goes past "leads to". Other spellings are told and taken.
func (p *parser) gotLeadsTo() bool {
	if p.atClause("leads") {
		p.skipNewline()
	}
	t, at := p.tok(), p.here()
	switch {
	case t.isName("leads") && p.look(1).isName("to"):
		p.next()
		p.next()
		return true
	case t.isName("leads") && p.look(1).is("-") && p.look(2).isName("to"):
		p.next()
		p.next()
		at.EndCol = p.here().EndCol
	case t.isName("leads"):
		at = p.look(1).span(p.file)
		p.fail(at, "leads-to", "expected `to` after `leads`, found "+p.look(1).describe(), "Write `P leads to Q`.")
		return false
	case t.isName("leadsto") || t.isName("leads_to") || t.isName("leadsTo"):
	default:
		return false
	}
	p.next()
	p.tell(Diagnostic{Code: "leads-to", Span: at, Message: "`leads to` is two words", Help: "Write `P leads to Q`.",
		Fix: &Fix{Span: at, Text: "leads to"}})
	return true
}

// expectViolated goes past "expect violated".
func (p *parser) expectViolated() bool {
	if !p.gotClause("expect") {
		return false
	}
	if p.tok().isName("violated") {
		p.next()
		return true
	}
	p.unexpected("`violated` after `expect`", "Write `expect violated` after a property that is known to fail; all others are expected to hold.")
	return false
}

// scenario reads "scenario S { steps } reaches P".
func (p *parser) scenario() any {
	m := p.begin()
	d := &Scenario{Doc: p.doc(p.pos)}
	p.next()
	d.Name = p.declared("the scenario")
	if p.openBlock("the name of the scenario") {
		p.block("step", func() { d.Steps = append(d.Steps, p.scenarioStep()) })
	}
	if !p.quiet && p.gotClause("reaches") {
		p.continued(m)
		d.Reaches = p.parseExpr()
		p.arrowIsImplies()
	}
	if !p.quiet {
		d.ExpectViolated = p.expectViolated()
	}
	d.Node = p.node(m)
	return d
}

// stepKinds are the words that begin a step of a scenario.
var stepKinds = map[string]StepKind{"deliver": StepDeliver, "lose": StepLose, "duplicate": StepDuplicate, "crash": StepCrash, "restart": StepRestart}

// scenarioStep reads one step of a scenario.
func (p *parser) scenarioStep() ScenarioStep {
	m, t := p.begin(), p.tok()
	s := ScenarioStep{}
	if n := p.look(1); t.kind == tokName && n.kind == tokName && stepKinds[t.text] == BadStep {
		p.mendWord([]string{"deliver", "lose", "duplicate", "crash", "restart"}, func(*token) bool { return true })
	}
	kind := stepKinds[t.text]
	switch {
	case p.got("..."):
		s.Kind = StepAny
	case kind != BadStep && p.look(1).kind == tokName:
		p.next()
		s.Kind = kind
		s.Instance = p.instanceRef()
		if kind == StepDeliver || kind == StepLose || kind == StepDuplicate {
			p.linkStep(&s)
		}
	case t.kind == tokName:
		p.eventStep(&s)
	case t.kind == tokWord && memberWords[t.text]:
		p.fail(p.here(), "misplaced", quote(t.text)+" cannot stand in a scenario", "A scenario says which steps are taken.")
		p.next()
	default:
		p.fail(p.here(), "unexpected", "expected a step, found "+t.describe(), "Steps are instance.Event, deliver a -> b Message, lose, duplicate, crash, restart, a joint transition and `...`.")
		p.next()
	}
	s.Node = p.node(m)
	return s
}

// linkStep reads "-> b Message(args)" after the sender.
func (p *parser) linkStep(s *ScenarioStep) {
	if p.quiet || !p.expectOr("->", "between the sender and the receiver", "Write `deliver a -> b Message`.") {
		return
	}
	s.To = p.instanceRef()
	if !p.quiet {
		s.Name = p.name("a message")
	}
	p.stepArguments(s)
}

// eventStep reads "instance.Event(args)" or "Joint(args)".
func (p *parser) eventStep(s *ScenarioStep) {
	r := p.instanceRef()
	switch {
	case p.quiet:
		return
	case p.got("."):
		s.Kind, s.Instance = StepEvent, r
		s.Name = p.name("an event")
	case r.Index != nil:
		p.unexpected("`.` and an event", "")
	default:
		s.Kind, s.Name = StepJoint, r.Name
	}
	p.stepArguments(s)
}

// stepArguments reads the arguments of a step, if there are any.
func (p *parser) stepArguments(s *ScenarioStep) {
	if p.at("(") && !p.quiet {
		s.HasArgs = true
		s.Args = p.arguments(true)
	}
}
