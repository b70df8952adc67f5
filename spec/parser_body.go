package spec

import "strings"

// parseBody reads "{ statements }".
func (p *parser) parseBody(owner string) *Body {
	m := p.begin()
	b := &Body{}
	if !p.openBlock(owner) {
		b.Node = p.node(m)
		return b
	}
	p.block("statement", func() { b.Stmts = append(b.Stmts, p.statement()) })
	b.Node = p.node(m)
	return b
}

// openBlock goes past the "{" of a block. On a line of its own it is told and taken.
func (p *parser) openBlock(owner string) bool {
	if p.tok().kind == tokNewline && p.look(1).is("{") {
		at := p.look(1).span(p.file)
		p.tell(Diagnostic{Code: "brace-on-new-line", Span: at, Message: "`{` stands on the line of what it opens",
			Help: "A line end ends the statement: move the brace up."})
		p.skipNewline()
	}
	if p.quiet || !p.at("{") {
		switch t := p.tok(); {
		case p.quiet:
		case t.kind == tokWord && statementWord[t.text] && !p.firstOnLine(p.pos):
			p.fail(p.here(), "body-braces", "the body stands in braces", "Write `{ "+t.text+" … }`.")
		case (t.is(":") || t.is("->")) && (owner == "`entry`" || owner == "`exit`"):
			p.fail(p.here(), "body-braces", "the body stands in braces", "Write "+strings.TrimSuffix(owner, "`")+" { … }`.")
		default:
			p.unexpected("`{` after "+owner, "")
		}
		p.catchUpHead()
		if !p.at("{") {
			return false
		}
	}
	if !p.enter() {
		return false
	}
	p.tok().role = roleBlock
	p.next()
	return true
}

// block reads the members of a block up to its "}", after openBlock.
func (p *parser) block(what string, member func()) {
	defer p.leave()
	// What may stand in an expression is that of the block's own statements.
	comma, wild, arrow, depth := p.commaOK, p.wildOK, p.arrowOK, p.exprDepth
	p.commaOK, p.wildOK, p.arrowOK, p.exprDepth = true, false, false, 0
	defer func() { p.commaOK, p.wildOK, p.arrowOK, p.exprDepth = comma, wild, arrow, depth }()
	for {
		p.separators()
		if p.at("}") || p.tok().kind == tokEOF {
			break
		}
		start := p.pos
		p.stmt = start
		member()
		p.stmt = start
		p.endOfStatement(what)
		if p.pos == start {
			p.next()
		}
	}
	if p.at("}") {
		p.tok().role = roleBlock
		p.next()
	}
}

// separators goes past line ends and ";".
func (p *parser) separators() {
	for p.tok().kind == tokNewline || p.at(";") {
		p.next()
	}
}

// statementWords are what a statement can begin with, for "did you mean".
var statementWords = []string{"send", "start", "stop", "do", "if", "for"}

// statement reads one statement.
func (p *parser) statement() Stmt {
	m, t := p.begin(), p.tok()
	if t.kind == tokName {
		p.mendWord(statementWords, func(next *token) bool { return next.kind == tokName })
	}
	if t.kind == tokWord {
		if s := p.wordStatement(m, t); s != nil {
			return s
		}
	}
	if t.kind == tokName || t.kind == tokWord && (t.text == "self" || t.text == "from") {
		return p.assignment(m)
	}
	switch {
	case t.kind == tokWord && memberWords[t.text]:
		p.fail(p.here(), "misplaced", quote(t.text)+" cannot stand in a body", "A body holds assignments, send, start, stop, do, if and for.")
	default:
		p.fail(p.here(), "unexpected", "expected a statement, found "+t.describe(), "A body holds assignments, send, start, stop, do, if and for.")
	}
	p.next()
	return p.badStmt(m)
}

func (p *parser) badStmt(m mark) Stmt {
	n := p.node(m)
	n.Bad = true
	return &BadStmt{n}
}

// wordStatement reads a statement that begins with a reserved word; nil if none does.
func (p *parser) wordStatement(m mark, t *token) Stmt {
	switch t.text {
	case "if":
		return p.ifStatement()
	case "for":
		return p.forStatement()
	case "send":
		return p.sendStatement()
	case "start":
		p.next()
		s := &StartStmt{Timer: p.name("the timer to start")}
		s.Node = p.node(m)
		return s
	case "stop":
		p.next()
		s := &StopStmt{Timer: p.name("the timer to stop")}
		s.Node = p.node(m)
		return s
	case "do":
		p.next()
		s := &DoStmt{Effect: p.name("an effect")}
		if p.at("(") {
			s.Args = p.arguments(false)
		}
		s.Node = p.node(m)
		return s
	}
	return nil
}

// mendWord takes a misspelt word for the word that was meant, if what follows fits, and tells.
func (p *parser) mendWord(words []string, fits func(next *token) bool) bool {
	t := p.tok()
	if p.quiet || !fits(p.look(1)) {
		return false
	}
	word := Nearest(t.text, words)
	if word == "" {
		return false
	}
	p.tell(Diagnostic{Code: "misspelt-word", Span: p.here(), Message: "unknown word " + quote(t.text),
		Help: "Did you mean " + quote(word) + "?", Fix: &Fix{Span: p.here(), Text: word}})
	t.text = word
	if reservedSet[word] {
		t.kind = tokWord
	}
	return true
}

// ifStatement reads "if cond { } else { }".
func (p *parser) ifStatement() Stmt {
	m := p.begin()
	s := &IfStmt{}
	p.next()
	s.Cond = p.parseExpr()
	s.Then = p.parseBody("the condition")
	if p.gotElse() {
		e := p.begin()
		if p.at("if") && p.enter() {
			nested := p.ifStatement()
			p.leave()
			s.Else = &Body{Node: p.node(e), Stmts: []Stmt{nested}}
		} else {
			s.Else = p.parseBody("`else`")
		}
	}
	s.Node = p.node(m)
	return s
}

// gotElse goes past "else" after a block. On a new line it is told and taken.
func (p *parser) gotElse() bool {
	if p.tok().kind == tokNewline && p.look(1).is("else") {
		p.tell(Diagnostic{Code: "else-on-new-line", Span: p.look(1).span(p.file), Message: "`else` stands on the line of the `}` before it",
			Help: "A line end after `}` ends the statement: write `} else {`."})
		p.skipNewline()
	}
	return p.got("else")
}

// forStatement reads "for x in D when cond { }".
func (p *parser) forStatement() Stmt {
	m := p.begin()
	s := &ForStmt{}
	p.next()
	s.Name = p.declared("what `for` ranges over")
	p.expectOr("in", "after the name", "Write `for x in … { … }`.")
	s.Domain = p.domain()
	if p.gotClause("when") {
		s.Cond = p.parseExpr()
	}
	s.Body = p.parseBody("the head of `for`")
	s.Node = p.node(m)
	return s
}

// sendStatement reads "send peer Message(args)".
func (p *parser) sendStatement() Stmt {
	m := p.begin()
	s := &SendStmt{}
	p.next()
	if p.at("from") {
		p.fail(p.here(), "reserved-word", "`from` is the number of the sender, not a peer", "Write `send peer[from] Message`.")
	}
	s.Peer = p.instanceRef()
	switch {
	case p.quiet:
	case p.tok().isName("to") && p.look(1).kind == tokName:
		p.fail(p.spanFrom(m), "send-order", "the peer stands before the message",
			"Write `send "+p.look(1).text+" "+s.Peer.Name.Name+"`.")
	case p.ends():
		p.fail(p.before(), "unexpected", "expected a message after the peer, found "+p.tok().describe(), "Write `send peer Message`.")
	default:
		s.Message = p.name("a message")
		if p.at("(") {
			s.Args = p.arguments(false)
		}
	}
	s.Node = p.node(m)
	return s
}

// assignment reads "a, b = x, y".
func (p *parser) assignment(m mark) Stmt {
	s := &AssignStmt{}
	s.Targets = append(s.Targets, p.postfix())
	for !p.quiet && p.got(",") {
		s.Targets = append(s.Targets, p.postfix())
	}
	if !p.assignOperator() {
		return p.badStmt(m)
	}
	for {
		s.Values = append(s.Values, p.inBrackets(true))
		if p.quiet || !p.got(",") {
			break
		}
	}
	if len(s.Targets) != len(s.Values) {
		p.tell(Diagnostic{Code: "assign-count", Span: p.spanFrom(m),
			Message: plural(len(s.Values), "value") + " for " + plural(len(s.Targets), "variable"),
			Help:    "A test of several states among values stands in brackets: `(x in A, B)`."})
	}
	s.Node = p.node(m)
	return s
}

// assignOperator goes past "=". What Go has and the language has not is told.
func (p *parser) assignOperator() bool {
	t := p.tok()
	if p.got("=") {
		return true
	}
	switch {
	case p.quiet:
		return false
	case t.is("=="):
		p.tell(Diagnostic{Code: "compare-in-body", Span: p.here(), Message: "`==` compares", Help: "To assign, write `=`.",
			Fix: &Fix{Span: p.here(), Text: "="}})
		p.next()
		return true
	case t.is(":="):
		p.fail(p.here(), "local-variable", "bodies have no variables of their own", "Declare it in the machine with `var`.")
	case t.is("++") || t.is("--"):
		p.fail(p.here(), "bad-operator", quote(t.text)+" is not an operator", "Write `x = x "+t.text[:1]+" 1`.")
	case t.kind == tokOp && len(t.text) == 2 && t.text[1] == '=' && binding(t) == 0:
		p.fail(p.here(), "bad-operator", quote(t.text)+" is not an operator", "Write `x = x "+t.text[:1]+" …`.")
	default:
		p.unexpected("`=`", "A statement is an assignment, or begins with send, start, stop, do, if or for.")
	}
	return false
}
