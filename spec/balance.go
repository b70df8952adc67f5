package spec

import (
	"strings"

	"interlock/fsm"
)

// balance mends braces that do not match before the parser sees them, so that one forgotten or surplus brace is one
// mistake. Where it belongs is read from the indentation, if that explains the imbalance with the fewest mistakes;
// otherwise a forgotten brace ends before the next item. Braces of sets are left to the parser.
func (p *parser) balance() {
	p.matchSets()
	least := p.unmatched()
	if least == 0 {
		return
	}
	if p.openHeads() {
		if least = p.unmatched(); least == 0 {
			return
		}
	}
	p.lineFirst = p.firstOfLines()
	edits := p.editsByIndent()
	if len(edits) != least {
		edits = p.editsByItem()
	}
	p.mend(edits)
}

// firstOfLines is, for each token, the index of the first token of its line.
func (p *parser) firstOfLines() []int32 {
	first := make([]int32, len(p.toks))
	for i := range p.toks {
		if i > 0 && !p.firstOnLine(i) {
			first[i] = first[i-1]
		} else {
			first[i] = int32(i)
		}
	}
	return first
}

// braceEdit inserts a brace before the token at index at, for the one that opened at index open; or drops a surplus one.
type braceEdit struct {
	at, open int
	drop     bool
}

// matchSets finds the braces of sets: they have the role of lists and take no part in the balance.
func (p *parser) matchSets() {
	for i := range p.toks {
		if p.toks[i].is("{") && i > 0 && beginsSet(&p.toks[i-1]) {
			p.toks[i].role = roleList
			if end := p.setEnd(i); end > 0 {
				p.toks[end].role = roleList
			} else {
				p.toks[i].unclosed = true
			}
		}
	}
}

// beginsSet reports whether a brace after the token begins a set rather than a block.
func beginsSet(before *token) bool {
	if before.kind == tokWord {
		return before.text == "in"
	}
	return before.kind == tokOp && !wordSetOps[before.text]
}

// wordSetOps are the operators after which a brace begins a block, perhaps of something half written.
var wordSetOps = wordSet(")", "]", "}", "{", ";", "->", "<->", "...", "++", "--", ".")

// setEnd is the index of the brace that ends the set that begins at i, or 0 if it is not closed.
func (p *parser) setEnd(i int) int {
	for j := i + 1; j < len(p.toks); j++ {
		t := &p.toks[j]
		switch {
		case t.is("}"):
			return j
		case t.is("{") || t.is(";") || t.is("->") || t.kind == tokEOF:
			return 0
		case t.kind == tokNewline && !p.toks[j+1].is("}"):
			return 0
		}
	}
	return 0
}

// isBrace reports whether the token at i is this brace of a block.
func (p *parser) isBrace(i int, brace string) bool {
	return p.toks[i].is(brace) && p.toks[i].role != roleList
}

// unmatched is the number of braces without a partner.
func (p *parser) unmatched() int {
	open, surplus := 0, 0
	for i := range p.toks {
		switch {
		case p.isBrace(i, "{"):
			open++
		case p.isBrace(i, "}") && open > 0:
			open--
		case p.isBrace(i, "}"):
			surplus++
		}
	}
	return open + surplus
}

// openBrace is a brace that is open, and the indentation of the line that it stands on.
type openBrace struct {
	at, indent int
}

// editsByIndent trusts the indentation: a block ends where a line begins no deeper than the line that opened it.
func (p *parser) editsByIndent() []braceEdit {
	var edits []braceEdit
	var open []openBrace
	indent := 0
	pop := func() openBrace {
		top := open[len(open)-1]
		open = open[:len(open)-1]
		return top
	}
	last := -1 // the brace that stands alone on the line before, and the block that it ended
	var ended openBrace
	for i := range p.toks {
		begins := p.beginsStatement(i)
		if p.firstOnLine(i) {
			indent = int(p.toks[i].col) - 1
		}
		if begins && last >= 0 && indent > ended.indent {
			edits = append(edits, braceEdit{at: last, drop: true}) // the block goes on: it was one brace too many
			open = append(open, ended)
		}
		if begins {
			last = -1
		}
		switch {
		case p.isBrace(i, "}"):
			for begins && len(open) > 0 && indent < open[len(open)-1].indent {
				edits = append(edits, braceEdit{at: i, open: pop().at})
			}
			if len(open) == 0 || begins && indent > open[len(open)-1].indent {
				edits = append(edits, braceEdit{at: i, drop: true})
				continue
			}
			if ended = pop(); begins && ended.indent == indent {
				last = i
			}
		case begins || p.toks[i].kind == tokEOF:
			for len(open) > 0 && (indent <= open[len(open)-1].indent || p.toks[i].kind == tokEOF) {
				edits = append(edits, braceEdit{at: i, open: pop().at})
			}
		}
		if p.isBrace(i, "{") {
			open = append(open, openBrace{at: i, indent: indent})
		}
	}
	return edits
}

// beginsStatement reports whether the token at i stands first on its line and begins a statement or ends a block.
func (p *parser) beginsStatement(i int) bool {
	t := &p.toks[i]
	if !p.firstOnLine(i) || t.kind == tokNewline || t.kind == tokEOF || t.is(")") || t.is("]") {
		return false
	}
	if i == 0 {
		return true
	}
	b := &p.toks[i-1]
	return b.kind == tokNewline || b.is(";") || b.is("{") || b.is("}")
}

// itemWordSet are the words that stand at the level of the file only.
var itemWordSet = wordSet("const", "type", "enum", "message", "effect", "extern", "machine", "system")

// editsByItem takes an item that begins inside a block for the end of the block, unless it is that of an "if".
func (p *parser) editsByItem() []braceEdit {
	var edits []braceEdit
	var open []int
	for i := range p.toks {
		t := &p.toks[i]
		item := t.kind == tokWord && itemWordSet[t.text] && p.beginsStatement(i)
		for len(open) > 0 && (t.kind == tokEOF || item && !p.opensIf(open[len(open)-1])) {
			edits = append(edits, braceEdit{at: i, open: open[len(open)-1]})
			open = open[:len(open)-1]
		}
		switch {
		case p.isBrace(i, "{"):
			open = append(open, i)
		case p.isBrace(i, "}") && len(open) > 0:
			open = open[:len(open)-1]
		case p.isBrace(i, "}"):
			edits = append(edits, braceEdit{at: i, drop: true})
		}
	}
	return edits
}

// opensIf reports whether the brace at i belongs to an "if" or "else".
func (p *parser) opensIf(i int) bool {
	i = int(p.lineFirst[i])
	return p.toks[i].is("if") || p.toks[i].is("}") || p.toks[i].is("else")
}

// mend makes the edits and tells each of them.
func (p *parser) mend(edits []braceEdit) {
	toks := make([]token, 0, len(p.toks)+len(edits))
	next := 0
	for i, t := range p.toks {
		dropped := false
		for ; next < len(edits) && edits[next].at == i; next++ {
			e := edits[next]
			if e.drop {
				dropped = true
				p.tell(Diagnostic{Code: "surplus-brace", Message: "this `}` closes nothing", Span: t.span(p.file),
					Help: "Remove it, or look for a `{` that is missing above.", Fix: &Fix{Span: t.span(p.file)}})
				continue
			}
			p.tellOpen(e, &t)
			toks = append(toks, token{text: "}", kind: tokOp, start: t.start, end: t.start, line: t.line, col: t.col, comments: t.comments, virtual: true},
				token{text: "\n", kind: tokNewline, start: t.start, end: t.start, line: t.line, col: t.col, comments: t.comments, virtual: true})
		}
		if !dropped {
			toks = append(toks, t)
		}
	}
	p.toks = toks
}

// tellOpen tells that a brace is never closed, at the brace.
func (p *parser) tellOpen(e braceEdit, before *token) {
	open := &p.toks[e.open]
	first := int(p.lineFirst[e.open])
	head := strings.TrimSpace(p.src[p.toks[first].start:open.start])
	message := "this `{` is never closed"
	if head != "" && len(head) <= 40 {
		message = "the `{` of " + quote(head) + " is never closed"
	}
	d := Diagnostic{Code: "missing-brace", Message: message, Span: open.span(p.file)}
	indent := strings.Repeat("\t", max(0, int(p.toks[first].col)-1))
	at := fsm.Span{File: p.file, Line: int(before.line), Col: 1, EndLine: int(before.line), EndCol: 1}
	if before.kind == tokEOF {
		d.Help = "Close it before the end of the file."
		at = before.span(p.file)
		if !strings.HasSuffix(p.src, "\n") {
			indent = "\n" + indent
		}
	} else {
		d.Labels = []Label{{Span: before.span(p.file), Text: "expected `}` before this"}}
	}
	d.Fix = &Fix{Span: at, Text: indent + "}\n"}
	p.tell(d)
}
