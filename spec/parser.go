package spec

import (
	"fmt"
	"strings"

	"interlock/fsm"
)

// Limits of what the parser takes. Reaching one is a diagnostic with the number in it.
const (
	MaxNesting   = 100    // blocks, brackets and operators inside one another
	MaxExprNodes = 10_000 // parts of one expression

	maxKept = 1000 // diagnostics of one file
)

// Parse reads one file. The tree exists for every text; File.Bad says whether something in it is wrong. The diagnostics
// are in the order of the text, one for each mistake, and not limited in number: see [Limit].
func Parse(name string, src []byte) (*File, []Diagnostic) {
	p := parseTokens(name, src)
	return p.tree, p.diags
}

// parseTokens is Parse for the formatter, which needs the tokens and what the parser found them to be.
func parseTokens(name string, src []byte) *parser {
	l := lex(name, src)
	p := &parser{file: name, src: l.src, toks: l.tokens, comments: l.comments, diags: l.diags, dropped: l.dropped, commaOK: true}
	p.balance()
	if p.dropped > 0 {
		p.pos = len(p.toks) - 1
	}
	p.tree = p.parseFile()
	p.tree.Bad = p.dropped > 0 || HasErrors(p.diags)
	Sort(p.diags)
	if p.dropped > 0 {
		p.diags = append(p.diags, Diagnostic{Code: "too-many", Message: fmt.Sprintf("the file has more than %d mistakes", maxKept),
			Span: p.diags[len(p.diags)-1].Span, Help: "Is it a spec?"})
	}
	return p
}

// parser is a recursive-descent parser that goes on after mistakes. After a mistake that it cannot step over it is quiet
// until the end of the member or statement: nothing that follows from one mistake is told as another.
type parser struct {
	file     string
	src      string
	toks     []token
	comments []comment
	pos      int
	tree     *File
	diags    []Diagnostic
	dropped  int  // diagnostics beyond maxKept
	errs     int  // mistakes met so far
	quiet    bool // a mistake was told and the text not yet caught up with

	stmt      int  // where the present member or statement begins
	depth     int  // of blocks and expressions
	exprDepth int  // of expressions alone
	exprNodes int  // parts of the present expression
	commaOK   bool // "x in A, B" may go on after a comma
	wildOK    bool // _ may stand for a value
	arrowOK   bool // "->" may follow the expression

	hoisted   []MachineMember // found in a state, though they belong to its machine
	lineFirst []int32         // for balance: the first token of the line of each token
}

// ---- tokens

// tok is the present token.
func (p *parser) tok() *token { return &p.toks[p.pos] }

// look is the token n after the present one.
func (p *parser) look(n int) *token { return &p.toks[min(p.pos+n, len(p.toks)-1)] }

// next goes to the next token. The end of the file is never passed.
func (p *parser) next() *token {
	t := p.tok()
	if p.pos < len(p.toks)-1 {
		p.pos++
	}
	return t
}

// at reports whether the present token is this word or operator.
func (p *parser) at(text string) bool { return p.tok().is(text) }

// got goes past this word or operator if it is there.
func (p *parser) got(text string) bool {
	if p.at(text) {
		p.next()
		return true
	}
	return false
}

// atClause reports whether a clause begins here with this word, perhaps on a new line: no statement begins with it.
func (p *parser) atClause(text string) bool {
	if p.tok().kind == tokNewline {
		t := p.look(1)
		return t.is(text) || t.isName(text)
	}
	return p.at(text) || p.tok().isName(text)
}

// gotClause goes past the word if a clause begins here with it.
func (p *parser) gotClause(text string) bool {
	if !p.atClause(text) {
		return false
	}
	p.skipNewline()
	p.next()
	return true
}

// skipNewline goes past a line end in the middle of a statement.
func (p *parser) skipNewline() {
	if p.tok().kind == tokNewline {
		p.tok().role = roleSoft
		p.next()
	}
}

// continued goes past a line end where something must follow, unless the next line begins another member and is not
// indented deeper than what began at m: then that is missing.
func (p *parser) continued(m mark) {
	if p.tok().kind != tokNewline {
		return
	}
	next := p.look(1)
	deeper := next.col > p.toks[m.pos].col && next.line > p.toks[m.pos].line
	p.pos++
	member := next.kind == tokWord && memberWords[next.text] || next.kind == tokName && (systemKeyword[next.text] || p.looksLikeInstance())
	p.pos--
	if deeper || !member {
		p.skipNewline()
	}
}

// atEnd reports whether a member or statement ends here.
func (p *parser) atEnd() bool {
	t := p.tok()
	return t.kind == tokNewline || t.kind == tokEOF || t.is(";") || t.is("}")
}

// ends reports whether what is being read ends here: the statement, or the line with an operator.
func (p *parser) ends() bool { return p.atEnd() || p.firstOnLine(p.pos) }

// firstOnLine reports whether the token at i begins a line.
func (p *parser) firstOnLine(i int) bool { return i == 0 || p.toks[i-1].line < p.toks[i].line }

// here is the span of the present token.
func (p *parser) here() fsm.Span { return p.tok().span(p.file) }

// beforeHere is the empty span where the present token begins.
func (p *parser) beforeHere() fsm.Span {
	s := p.here()
	s.EndLine, s.EndCol = s.Line, s.Col
	return s
}

// before is the empty span just after the last token that is not a line end.
func (p *parser) before() fsm.Span {
	i := p.last()
	if i < 0 {
		return p.here()
	}
	s := p.toks[i].span(p.file)
	return fsm.Span{File: p.file, Line: s.EndLine, Col: s.EndCol, EndLine: s.EndLine, EndCol: s.EndCol}
}

// last is the index of the last token before the present one that stands in the text and is not a line end, or -1.
func (p *parser) last() int {
	i := p.pos - 1
	for i >= 0 && (p.toks[i].kind == tokNewline || p.toks[i].virtual) {
		i--
	}
	return i
}

// ---- nodes

// mark remembers where a node begins.
type mark struct {
	pos, errs int
	quiet     bool
}

func (p *parser) begin() mark { return mark{pos: p.pos, errs: p.errs, quiet: p.quiet} }

// node is the Node of what was read since m.
func (p *parser) node(m mark) Node {
	return Node{Span: p.spanFrom(m), Bad: p.errs != m.errs || m.quiet}
}

// spanFrom is the span of what was read since m: empty if it is nothing.
func (p *parser) spanFrom(m mark) fsm.Span {
	start := p.toks[m.pos].span(p.file)
	last := p.last()
	if last < m.pos {
		return fsm.Span{File: p.file, Line: start.Line, Col: start.Col, EndLine: start.Line, EndCol: start.Col}
	}
	end := p.toks[last].span(p.file)
	return fsm.Span{File: p.file, Line: start.Line, Col: start.Col, EndLine: end.EndLine, EndCol: end.EndCol}
}

// ---- mistakes

// fail tells a mistake that the parser cannot step over: it is quiet until the end of the member or statement.
func (p *parser) fail(span fsm.Span, code, message, help string) {
	p.tell(Diagnostic{Code: code, Message: message, Span: span, Help: help})
	p.quiet = true
}

// tell tells a mistake that the parser has stepped over.
func (p *parser) tell(d Diagnostic) {
	if p.quiet {
		return
	}
	p.errs++
	if p.tok().kind == tokBad {
		p.quiet = true // the lexer has told
		return
	}
	if len(p.diags) >= maxKept {
		p.dropped++
		p.pos = len(p.toks) - 1 // enough: the rest is not read
		return
	}
	p.diags = append(p.diags, d)
}

// unexpected tells that something else was expected here.
func (p *parser) unexpected(want, help string) {
	t := p.tok()
	if p.last() >= 0 && (t.kind == tokEOF || t.kind != tokNewline && p.firstOnLine(p.pos)) {
		found := "the end of the line"
		if t.kind == tokEOF {
			found = "the end of the file"
		}
		p.fail(p.before(), "unexpected", "expected "+want+", found "+found, help)
		return
	}
	p.fail(p.here(), "unexpected", "expected "+want+", found "+t.describe(), help)
}

// expect goes past the word or operator, or tells that it is missing.
func (p *parser) expect(text, where string) bool {
	if p.got(text) {
		return true
	}
	if where != "" {
		where = " " + where
	}
	p.unexpected(quote(text)+where, "")
	return false
}

// ---- recovery

// atNewStatement reports whether a line begins here that is not part of the present statement: it begins with a word that
// begins a member, or is not indented deeper.
func (p *parser) atNewStatement() bool {
	t := p.tok()
	if p.pos == p.stmt || !p.firstOnLine(p.pos) {
		return false
	}
	return t.kind == tokWord && memberWords[t.text] || t.kind != tokOp && t.col <= p.toks[p.stmt].col
}

// catchUp skips to the end of a member or statement after a mistake: to a line end, ";" or "}" of this level, or to a line
// that begins another one.
func (p *parser) catchUp() {
	for p.quiet && (!p.atEnd() || p.goesOn()) {
		if p.atNewStatement() {
			break
		}
		if p.at("{") {
			p.skipBraces()
			continue
		}
		p.next()
	}
	p.quiet = false
}

// goesOn reports whether the next line cannot begin anything, and so belongs to the mistake.
func (p *parser) goesOn() bool {
	n := p.look(1)
	return p.tok().kind == tokNewline && (n.kind == tokOp && (startsLine[n.text] || n.text == "->") || n.is("when"))
}

// catchUpHead skips after a mistake in the head of something that has a block: to the block, if there is one.
func (p *parser) catchUpHead() {
	for p.quiet && !p.atEnd() {
		if p.atNewStatement() {
			return
		}
		if !p.at("{") {
			p.next()
			continue
		}
		start := p.pos
		p.skipBraces()
		if p.atEnd() || p.at("else") || p.tok().isName("reaches") {
			p.pos = start
			p.quiet = false
			return
		}
	}
}

// skipBraces goes past the braces that open here.
func (p *parser) skipBraces() {
	depth := 0
	for p.tok().kind != tokEOF {
		switch t := p.next(); {
		case t.is("{"):
			depth++
		case t.is("}"):
			if depth--; depth <= 0 {
				return
			}
		}
	}
}

// memberWords are the reserved words that begin an item, a member or a statement.
var memberWords = wordSet("const", "type", "enum", "message", "effect", "predicate", "extern", "machine", "system", "peer",
	"var", "durable", "shared", "ghost", "timer", "input", "internal", "initial", "final", "state", "on", "ignore", "defer",
	"entry", "exit", "if", "for", "send", "start", "stop", "do", "joint")

func wordSet(words ...string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}

// endOfStatement goes to what follows a member or statement. what names it in messages.
func (p *parser) endOfStatement(what string) {
	if p.quiet {
		p.catchUp()
		if p.atNewStatement() {
			return
		}
	}
	if p.tok().kind == tokNewline && startsLine[p.look(1).text] && p.look(1).kind == tokOp {
		p.next()
	}
	if p.atEnd() {
		return
	}
	t := p.tok()
	switch {
	case startsLine[t.text] && p.firstOnLine(p.pos):
		p.fail(p.here(), "line-begins", "a line cannot begin with "+t.describe(),
			"End the line before with it: a line end after a name, a number or a bracket ends the statement.")
	case t.kind == tokWord && statementWord[t.text] && what != "statement" && what != "step":
		p.fail(p.here(), "body-braces", "the body stands in braces", "Write `{ "+t.text+" … }`.")
	case t.is("{"):
		p.fail(p.here(), "unexpected", "a block cannot stand after this "+what, "")
	case t.is(",") && (what == "statement" || what == "option"):
		p.fail(p.here(), "unexpected", "unexpected `,` after this "+what, "What stands on one line is separated by `;`.")
	case t.kind == tokDuration && what == "statement":
		p.fail(p.here(), "duration", "a duration cannot stand here", "It is declared with the timer: `timer retry 5s`.")
	case t.kind == tokWord && memberWords[t.text] || t.kind == tokName && p.tellsTwo():
		if p.firstOnLine(p.pos) {
			return // the line before ended in an operator, and that was told
		}
		p.tell(Diagnostic{Code: "two-on-a-line", Span: p.here(),
			Message: "expected a new line before " + t.describe(),
			Help:    "What stands on one line is separated by `;`.",
			Fix:     &Fix{Span: p.before(), Text: ";"}})
		return
	default:
		p.fail(p.here(), "unexpected", "unexpected "+t.describe()+" after this "+what, "")
	}
	p.catchUp()
}

// tellsTwo reports whether the name here looks like the start of a member of a system or of an assignment.
func (p *parser) tellsTwo() bool {
	next := p.look(1)
	return next.is("=") || next.is(":") || next.kind == tokName
}

// startsLine are the operators that people put at the start of a line.
var startsLine = wordSet("&&", "||", "=>", "+", "-", "*", "/", "%", "|", "^", "&", "==", "!=", "<", ">", "<=", ">=", ",", ")", "]",
	".", "..", "=", ":")

// statementWord are the words that stand in bodies only.
var statementWord = wordSet("send", "start", "stop", "do")

// enter goes one level deeper; it tells and reports false at the limit.
func (p *parser) enter() bool {
	if p.depth >= MaxNesting {
		p.tooDeep()
		return false
	}
	p.depth++
	return true
}

// tooDeep tells that the limit of nesting is reached here.
func (p *parser) tooDeep() {
	p.fail(p.here(), "too-deep", fmt.Sprintf("this is nested deeper than the limit of %d", MaxNesting),
		"Name the inner part with a predicate or a type.")
}

func (p *parser) leave() { p.depth-- }

// ---- names and comments

// name reads a name that is used.
func (p *parser) name(what string) Ident {
	t := p.tok()
	if t.kind == tokName && t.text != "_" && !p.strayed() {
		p.next()
		return Ident{Name: t.text, Span: t.span(p.file)}
	}
	at := p.here()
	if t.kind == tokWord && reservedSet[t.text] && !p.firstOnLine(p.pos) {
		p.fail(at, "reserved-word", "expected "+what+", found "+quote(t.text)+", which is a word of the language", "")
	} else {
		p.unexpected(what, "")
	}
	return Ident{Span: fsm.Span{File: at.File, Line: at.Line, Col: at.Col, EndLine: at.Line, EndCol: at.Col}}
}

// strayed reports whether the token here begins a line though the line before did not end in a comma or bracket: it is
// hardly the name that was expected there.
func (p *parser) strayed() bool {
	if p.pos == p.stmt || !p.firstOnLine(p.pos) {
		return false
	}
	b := &p.toks[p.pos-1]
	return !b.is(",") && !b.is("(") && !b.is("{") && !b.is("[") && b.kind != tokNewline
}

// declared reads a name that is being declared: a reserved word is told and taken as the name.
func (p *parser) declared(what string) Ident {
	t := p.tok()
	if t.kind == tokWord && !p.firstOnLine(p.pos) {
		p.tell(Diagnostic{Code: "reserved-word", Span: p.here(),
			Message: quote(t.text) + " is a word of the language and cannot be the name of " + what,
			Help:    "Choose another name, perhaps " + quote(strings.ToUpper(t.text[:1])+t.text[1:]) + "."})
		p.next()
		return Ident{Name: t.text, Span: t.span(p.file)}
	}
	return p.name("a name for " + what)
}

// doc is the text of the comments that stand directly above the token at pos, without slashes.
func (p *parser) doc(pos int) string {
	t := &p.toks[pos]
	first, line := int32(0), int32(0)
	if i := p.lastBefore(pos); i >= 0 {
		first, line = p.toks[i].comments, p.toks[i].line
	}
	below, from := t.line, t.comments
	for from > first {
		c := &p.comments[from-1]
		if c.endLine != below-1 || c.line <= line {
			break
		}
		below = c.line
		from--
	}
	if from == t.comments {
		return ""
	}
	var lines []string
	for _, c := range p.comments[from:t.comments] {
		lines = append(lines, commentText(c.text)...)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// lastBefore is the index of the last token before pos that does not only separate, or -1.
func (p *parser) lastBefore(pos int) int {
	i := pos - 1
	for i >= 0 && (p.toks[i].kind == tokNewline || p.toks[i].is(";")) {
		i--
	}
	return i
}

// commentText is the lines of a comment without its slashes and stars.
func commentText(text string) []string {
	if rest, ok := strings.CutPrefix(text, "//"); ok {
		return []string{strings.TrimRight(strings.TrimPrefix(rest, " "), " \t")}
	}
	text = strings.TrimSuffix(strings.TrimPrefix(text, "/*"), "*/")
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return lines
}
