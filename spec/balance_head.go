package spec

import "slices"

// openHeads puts a brace behind each head that has none, where the lines below it are indented and closed as if there were
// one. It tells each, and reports whether there were any. Without this, what stands in the block would be told as misplaced,
// and its end as a brace that closes nothing, far from the mistake.
func (p *parser) openHeads() bool {
	before, toks := p.unmatched(), p.toks
	heads := p.bareHeads()
	for _, h := range slices.Backward(heads) {
		t := toks[h.end]
		brace := token{text: "{", kind: tokOp, start: t.start, end: t.start, line: t.line, col: t.col, comments: t.comments, virtual: true}
		p.toks = slices.Replace(slices.Clone(p.toks), h.end, h.next, brace)
	}
	if len(heads) == 0 || p.unmatched() != before-len(heads) {
		p.toks = toks
		return false
	}
	for _, h := range heads {
		p.tellHead(toks, h)
	}
	return true
}

// bareHead is a head without a brace: it begins at the token first, a brace belongs in place of the tokens from end to next,
// which are its line end and perhaps a colon.
type bareHead struct{ first, end, next int }

// bareHeads finds the heads of machines, systems and states without a brace whose line is followed by lines that are indented
// deeper, and then by a closing brace below the head.
func (p *parser) bareHeads() []bareHead {
	var heads []bareHead
	for i := range p.toks {
		if t := &p.toks[i]; t.kind != tokWord || !headWordSet[t.text] || !p.beginsStatement(i) {
			continue
		}
		end := i
		for p.toks[end].kind != tokNewline && p.toks[end].kind != tokEOF && !p.toks[end].is("{") && !p.toks[end].is("}") && !p.toks[end].is(":") {
			end++
		}
		next := end
		if p.toks[next].is(":") {
			next++
		}
		if p.toks[next].kind == tokNewline {
			next++
		}
		if next > end && p.indentedBlock(i, next) {
			heads = append(heads, bareHead{first: i, end: end, next: next})
		}
	}
	return heads
}

// headWordSet are the words that the head of a block begins with.
var headWordSet = wordSet("machine", "system", "state", "initial", "final")

// indentedBlock reports whether the lines from the token at on are indented deeper than the head, up to a brace below it.
func (p *parser) indentedBlock(head, at int) bool {
	line, col := p.toks[head].line, p.toks[head].col
	if p.toks[at].line == line || p.toks[at].col <= col {
		return false
	}
	for ; p.toks[at].kind != tokEOF; at++ {
		if t := &p.toks[at]; p.beginsStatement(at) && t.col <= col {
			return t.is("}") && t.col == col
		}
	}
	return false
}

// tellHead tells that a head has no brace.
func (p *parser) tellHead(toks []token, h bareHead) {
	head := p.src[toks[h.first].start:toks[h.end-1].end]
	at := toks[h.end-1].span(p.file)
	at.Line, at.Col = at.EndLine, at.EndCol
	fix := at
	if toks[h.end].is(":") {
		at = toks[h.end].span(p.file)
		fix = at
	}
	d := Diagnostic{Code: "missing-brace", Message: "no `{` stands behind " + quote(head), Span: at, Fix: &Fix{Span: fix, Text: " {"},
		Help: "Write " + quote(head+" {") + "."}
	p.tell(d)
}
