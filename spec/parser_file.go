package spec

import (
	"cmp"
	"strconv"
	"strings"

	"interlock/fsm"
)

// Edition is the edition of the language that this package reads: "fsm 1".
const Edition = 1

// level is where a member stands.
type level uint8

const (
	inFile level = iota
	inMachine
	inState
	inStates // "in A, B { … }"
	inSystem
)

// String names the level in messages.
func (l level) String() string {
	return [...]string{"at the level of the file", "in a machine", "in a state", "in `in A, B { … }`", "in a system"}[l]
}

// parseFile reads the whole file.
func (p *parser) parseFile() *File {
	f := &File{Name: p.file}
	m := p.begin()
	p.parseHeader(f)
	for {
		p.separators()
		if p.tok().kind == tokEOF {
			break
		}
		start := p.pos
		p.stmt = start
		if it, ok := p.member(inFile).(Item); ok {
			f.Items = append(f.Items, it)
		}
		p.stmt = start
		p.endOfStatement("item")
		if p.pos == start {
			p.next() // told as unexpected
		}
	}
	f.Span = p.spanFrom(m)
	return f
}

// parseHeader reads "fsm 1" and "spec name".
func (p *parser) parseHeader(f *File) {
	p.separators()
	start := fsm.Span{File: p.file, Line: 1, Col: 1, EndLine: 1, EndCol: 1}
	if !p.tok().isName("fsm") {
		if HasErrors(p.diags) && p.tok().kind == tokEOF {
			return // it was too large, or all of it was strange
		}
		d := Diagnostic{Code: "missing-edition", Message: "the first line is `fsm 1`, the edition of the language", Span: start,
			Help: "The second is `spec name`.", Fix: &Fix{Span: start, Text: "fsm 1\nspec name\n"}}
		if p.tok().kind != tokEOF {
			d.Span = p.here()
		}
		if p.tok().isName("spec") {
			d.Fix.Text = "fsm 1\n"
		}
		p.tell(d)
		if p.tok().isName("spec") {
			p.parseSpecLine(f)
		}
		return
	}
	p.next()
	p.parseEdition(f)
	p.endOfStatement("edition")
	p.separators()
	if p.tok().isName("spec") {
		p.parseSpecLine(f)
		return
	}
	at := p.before()
	p.tell(Diagnostic{Code: "missing-spec", Message: "the second line is `spec name`, the name of the spec", Span: p.here(),
		Help: "All files of a folder have the same name there.", Fix: &Fix{Span: at, Text: "\nspec name"}})
}

// parseEdition reads the number after "fsm".
func (p *parser) parseEdition(f *File) {
	t := p.tok()
	if t.kind != tokInt {
		p.fail(p.before(), "missing-edition", "expected the edition after `fsm`, found "+t.describe(), "Write `fsm 1`.")
		return
	}
	if n, err := strconv.Atoi(t.text); err == nil && n == Edition {
		f.Edition = n
	} else {
		p.tell(Diagnostic{Code: "unknown-edition", Span: p.here(), Message: "edition " + quote(t.text) + " of the language is not known here",
			Help: "This version reads edition 1.", Fix: &Fix{Span: p.here(), Text: "1"}})
	}
	p.next()
}

// parseSpecLine reads "spec name".
func (p *parser) parseSpecLine(f *File) {
	f.Doc = p.doc(p.pos)
	p.next()
	f.Spec = p.declared("the spec")
	p.endOfStatement("name")
}

// itemWords, machineWords, stateWords and systemWords are what a member can begin with, for "did you mean".
var (
	itemWords    = []string{"const", "type", "enum", "message", "effect", "predicate", "extern", "machine", "system", "if"}
	machineWords = []string{"peer", "var", "durable", "shared", "ghost", "timer", "input", "internal", "initial", "final", "state",
		"in", "on", "ignore", "defer", "predicate", "if"}
	stateWords  = []string{"on", "ignore", "defer", "entry", "exit", "initial", "final", "state", "in", "if"}
	systemWords = []string{"link", "never", "always", "after", "reachable", "recoverable", "eventually", "infinitely", "for",
		"fair", "strong", "joint", "scenario", "initially", "assume", "order", "node", "crash", "predicate", "var", "ghost", "if"}
	levelWords = [...][]string{itemWords, machineWords, stateWords, stateWords, systemWords}
)

// member reads an item or member and reports a mistake if it may not stand at the level. The result is a node of any kind.
func (p *parser) member(l level) any {
	m, t := p.begin(), p.tok()
	if t.kind == tokName && l != inSystem {
		p.mendWord(levelWords[l], func(next *token) bool { return next.kind == tokName || next.kind == tokWord || next.is("{") })
	}
	var n any
	switch t.kind {
	case tokWord:
		n = p.wordMember(l, t)
	case tokName:
		if l == inSystem {
			n = p.systemMember()
		}
	}
	if n == nil && l == inSystem && p.startsExpr() {
		n = p.property()
	}
	if n == nil {
		p.unexpectedMember(l)
		return &BadDecl{Node{Span: p.spanFrom(m), Bad: true}}
	}
	if !allowed(n, l) {
		p.misplaced(n, l, t)
	}
	return n
}

// startsExpr reports whether an expression can begin here.
func (p *parser) startsExpr() bool {
	switch t := p.tok(); t.kind {
	case tokInt:
		return true
	case tokWord:
		return !memberWords[t.text] && t.text != "when" && t.text != "else" && t.text != "in"
	case tokOp:
		return t.is("(") || t.is("!") || t.is("-") || t.is("{")
	}
	return false
}

// wordMember reads a member that begins with a reserved word; nil if none does.
func (p *parser) wordMember(l level, t *token) any {
	switch t.text {
	case "const":
		return p.constDecl()
	case "type":
		return p.typeDecl()
	case "enum":
		return p.enumDecl()
	case "message", "effect", "input", "internal":
		return p.signature(t.text)
	case "predicate":
		return p.predicateDecl()
	case "extern":
		return p.externGuard()
	case "machine":
		return p.machineDecl()
	case "system":
		return p.systemDecl()
	case "if":
		return p.ifMembers(l)
	case "peer":
		return p.peerDecl()
	case "var", "durable", "shared", "ghost":
		return p.varDecl()
	case "timer":
		return p.timerDecl()
	}
	return p.wordStateMember(l, t)
}

// wordStateMember is wordMember for what stands in states, and the two of systems.
func (p *parser) wordStateMember(l level, t *token) any {
	switch t.text {
	case "initial", "final", "state":
		return p.stateDecl()
	case "in":
		return p.inStates()
	case "on":
		if l == inSystem && p.look(1).isName("crash") {
			return p.onCrash()
		}
		return p.transition()
	case "ignore":
		return p.ignore()
	case "defer":
		return p.deferDecl()
	case "entry", "exit":
		return p.entryExit()
	case "joint":
		return p.joint()
	case "link":
		if !p.look(1).is("(") {
			return p.linkDecl()
		}
	case "for":
		if l == inSystem {
			return p.property()
		}
	}
	return nil
}

// unexpectedMember tells that what stands here begins no member.
func (p *parser) unexpectedMember(l level) {
	t := p.tok()
	help := map[level]string{
		inFile:    "A file holds const, type, enum, message, effect, predicate, extern guard, machine and system.",
		inMachine: "A machine holds peer, var, timer, input, internal, state, on, ignore, defer and predicate.",
		inState:   "A state holds on, ignore, defer, entry, exit and state.",
		inStates:  "It holds on, ignore, defer, entry and exit.",
		inSystem:  "A system holds instances, links, faults, joint transitions, properties and scenarios.",
	}[l]
	switch {
	case l == inFile && t.is("}"):
		p.fail(p.here(), "surplus-brace", "this `}` closes nothing", "Remove it, or look for a `{` that is missing above.")
	case l == inFile && t.isName("guard"):
		p.fail(p.here(), "unexpected", "`extern` stands before `guard`", "Write `extern guard …`: it is decided by the host. A condition with a name is a `predicate`.")
	case l == inSystem && t.isName("leads") && p.look(1).isName("to"):
		p.fail(p.here(), "leads-to", "`leads to` stands between two conditions", "Write `P leads to Q`.")
	case l == inFile && t.isName("spec"):
		p.fail(p.here(), "misplaced", "`spec` stands once, in the second line", "")
	case l == inFile && t.isName("fsm"):
		p.fail(p.here(), "misplaced", "`fsm` stands once, in the first line", "")
	case t.kind == tokWord && statementWord[t.text] && (l == inState || l == inStates):
		p.fail(p.here(), "misplaced", quote(t.text)+" cannot stand "+l.String(),
			"Write `entry { "+t.text+" … }` or `exit { … }`, or put it into the body of a transition.")
	case t.kind == tokWord && memberWords[t.text]:
		p.fail(p.here(), "misplaced", quote(t.text)+" cannot stand "+l.String(), help)
	default:
		p.fail(p.here(), "unexpected", "unexpected "+t.describe()+" "+l.String(), cmp.Or(p.otherWord(l), help))
	}
	p.next()
}

// allowed reports whether a node may stand at a level.
func allowed(n any, l level) bool {
	ok := false
	switch l {
	case inFile:
		_, ok = n.(Item)
	case inMachine:
		_, ok = n.(MachineMember)
	case inState:
		_, ok = n.(StateMember)
	case inStates:
		_, nested := n.(*StateDecl)
		_, ok = n.(StateMember)
		ok = ok && !nested
	case inSystem:
		_, ok = n.(SystemMember)
	}
	return ok
}

// misplaced tells that a member stands at the wrong level. What belongs to the machine round it is kept for that.
func (p *parser) misplaced(n any, l level, first *token) {
	where := "elsewhere"
	switch n.(type) {
	case *EntryExit:
		where = "in a state"
	case MachineMember:
		where = "in a machine"
	case SystemMember:
		where = "in a system"
	case Item:
		where = "at the level of the file"
	}
	p.tell(Diagnostic{Code: "misplaced", Span: first.span(p.file), Message: quote(first.text) + " cannot stand " + l.String(),
		Help: "It stands " + where + "."})
	if mm, ok := n.(MachineMember); ok && (l == inState || l == inStates) {
		p.hoisted = append(p.hoisted, mm)
	}
}

// members reads the members of a block after openBlock: those that may stand there.
func members[T any](p *parser, l level, what string) []T {
	var ms []T
	p.block(what, func() {
		n := p.member(l)
		if t, ok := n.(T); ok && allowed(n, l) {
			ms = append(ms, t)
		}
	})
	return ms
}

// ifMembers reads "if cond { members } else { members }".
func (p *parser) ifMembers(l level) any {
	switch l {
	case inFile:
		n := &IfItems{}
		n.Node, n.Cond, n.Then, n.Else = ifBlocks[Item](p, l)
		return n
	case inMachine:
		n := &IfMachine{}
		n.Node, n.Cond, n.Then, n.Else = ifBlocks[MachineMember](p, l)
		return n
	case inSystem:
		n := &IfSystem{}
		n.Node, n.Cond, n.Then, n.Else = ifBlocks[SystemMember](p, l)
		return n
	}
	n := &IfState{}
	n.Node, n.Cond, n.Then, n.Else = ifBlocks[StateMember](p, l)
	return n
}

// ifBlocks reads an "if" round members.
func ifBlocks[T any](p *parser, l level) (n Node, cond Expr, then, other []T) {
	m := p.begin()
	p.next()
	cond = p.parseExpr()
	if p.openBlock("the condition") {
		then = members[T](p, l, "member")
	}
	if p.gotElse() {
		if p.at("if") && p.enter() {
			if t, ok := p.ifMembers(l).(T); ok {
				other = []T{t}
			}
			p.leave()
		} else if p.openBlock("`else`") {
			other = members[T](p, l, "member")
		}
	}
	return p.node(m), cond, then, other
}

// ---- declarations

// constDecl reads "const N = 3".
func (p *parser) constDecl() any {
	m := p.begin()
	d := &ConstDecl{Doc: p.doc(p.pos)}
	p.next()
	d.Name = p.declared("the constant")
	p.expectOr("=", "after the name of the constant", "Write `const "+d.Name.Name+" = …`: its value says its type.")
	d.Value = p.parseExprIf()
	d.Node = p.node(m)
	return d
}

// parseExprIf reads an expression unless a mistake was just told.
func (p *parser) parseExprIf() Expr {
	if p.quiet {
		return p.bad()
	}
	return p.parseExpr()
}

// typeDecl reads "type T = 0..7".
func (p *parser) typeDecl() any {
	m := p.begin()
	d := &TypeDecl{Doc: p.doc(p.pos), Type: &TypeExpr{}}
	p.next()
	d.Name = p.declared("the type")
	if p.expectOr("=", "after the name of the type", "Write `type "+d.Name.Name+" = …`.") && !p.quiet {
		d.Type = p.parseType()
	}
	d.Node = p.node(m)
	return d
}

// enumDecl reads "enum E { A, B }".
func (p *parser) enumDecl() any {
	m := p.begin()
	d := &EnumDecl{Doc: p.doc(p.pos)}
	p.next()
	d.Name = p.declared("the enum")
	if !p.quiet && p.at("=") {
		p.unexpected("`{`", "Write `enum "+d.Name.Name+" { A, B }`.")
	}
	if p.quiet {
		p.catchUpHead()
	}
	open := p.tok()
	p.listBlock("value", func() {
		doc := p.doc(p.pos)
		d.Values = append(d.Values, EnumValue{Doc: doc, Name: p.declared("the value")})
	})
	open.role = roleListBlock
	d.Node = p.node(m)
	return d
}

// listBlock reads "{ a, b }" that is set like a block. Lines without commas between are told once.
func (p *parser) listBlock(what string, element func()) {
	var gaps []int32 // offsets of missing commas
	var first fsm.Span
	p.list("{", "}", what, func() {
		element()
		for p.tok().kind == tokNewline && p.look(1).kind == tokName && !p.quiet {
			if len(gaps) == 0 {
				first = p.before()
			}
			gaps = append(gaps, p.toks[p.last()].end)
			p.skipNewline()
			element()
		}
	})
	if len(gaps) > 0 {
		p.tell(Diagnostic{Code: "missing-comma", Span: first, Message: "expected a comma after this " + what,
			Help: "Commas separate, on lines of their own too.", Fix: p.commas(first, gaps)})
	}
	if i := p.last(); i >= 0 && p.toks[i].is("}") {
		p.toks[i].role = roleListBlock
	}
}

// commas puts a comma at each of the offsets, of which the first has the empty span at.
func (p *parser) commas(at fsm.Span, gaps []int32) *Fix {
	last := p.toks[p.last()]
	var b strings.Builder
	for i, gap := range gaps {
		end := last.start
		if i+1 < len(gaps) {
			end = gaps[i+1]
		}
		b.WriteString("," + p.src[gap:end])
	}
	at.EndLine, at.EndCol = int(last.line), int(last.col)
	return &Fix{Span: at, Text: b.String()}
}

// signature reads "message M(field T)" and the like.
func (p *parser) signature(word string) any {
	m, doc := p.begin(), p.doc(p.pos)
	p.next()
	name := p.declared("the " + word)
	var params []Param
	if p.at("(") && !p.quiet {
		params = p.params()
	}
	if p.at("{") && !p.quiet {
		params = p.bracedFields(word, name.Name)
	}
	n := p.node(m)
	switch word {
	case "message":
		return &MessageDecl{Node: n, Doc: doc, Name: name, Params: params}
	case "effect":
		return &EffectDecl{Node: n, Doc: doc, Name: name, Params: params}
	case "input":
		return &InputDecl{Node: n, Doc: doc, Name: name, Params: params}
	}
	return &InternalDecl{Node: n, Doc: doc, Name: name, Params: params}
}

// params reads "(name Type, …)".
func (p *parser) params() []Param {
	var ps []Param
	p.list("(", ")", "parameter", func() {
		m, doc := p.begin(), p.doc(p.pos)
		param := Param{Doc: doc, Name: p.declared("the parameter"), Type: &TypeExpr{}}
		switch {
		case p.quiet:
		case p.at(",") || p.at(")"):
			p.tell(Diagnostic{Code: "missing-type", Span: param.Name.Span, Message: "the parameter " + quote(param.Name.Name) + " has no type",
				Help: "Write `" + param.Name.Name + " Type`; each parameter has its own."})
		default:
			p.noColon()
			param.Type = p.parseType()
		}
		param.Node = p.node(m)
		ps = append(ps, param)
	})
	return ps
}

// noColon tells of a colon between a name and its type, and goes past it.
func (p *parser) noColon() {
	if p.at(":") {
		p.tell(Diagnostic{Code: "colon-before-type", Span: p.here(), Message: "no colon stands between a name and its type",
			Help: "Write `name Type`.", Fix: &Fix{Span: p.here()}})
		p.next()
	}
}

// predicateDecl reads "predicate P(x T) = …".
func (p *parser) predicateDecl() any {
	m := p.begin()
	d := &PredicateDecl{Doc: p.doc(p.pos)}
	p.next()
	d.Name = p.declared("the predicate")
	if p.at("(") && !p.quiet {
		d.Params = p.params()
	}
	p.expect("=", "before the condition of the predicate")
	d.Body = p.parseExprIf()
	d.Node = p.node(m)
	return d
}

// externGuard reads "extern guard g(x T)".
func (p *parser) externGuard() any {
	m := p.begin()
	d := &ExternGuard{Doc: p.doc(p.pos)}
	p.next()
	if p.tok().isName("guard") {
		p.next()
	} else {
		p.tell(Diagnostic{Code: "extern-guard", Span: p.here(), Message: "expected `guard` after `extern`, found " + p.tok().describe(),
			Help: "Only guards can be decided by the host: `extern guard name(x T)`."})
	}
	d.Name = p.declared("the guard")
	if p.at("(") && !p.quiet {
		d.Params = p.params()
	}
	d.Node = p.node(m)
	return d
}
