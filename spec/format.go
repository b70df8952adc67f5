package spec

import "strings"

// Format gives the text in its canonical form: tabs, single spaces, no alignment, at most one empty line, comments in their
// place. Line breaks stay where they are, but statements on one line are separated, save in a block that was written on
// one line, holds no comment and fits in 100 columns. The form has no options, formatting again changes nothing, and the
// meaning stays. A text with a mistake is not formatted: the diagnostics say why, and the text is nil.
func Format(src []byte, name string) ([]byte, []Diagnostic) {
	p := parseTokens(name, src)
	if p.tree.Bad {
		return nil, p.diags
	}
	f := &formatter{toks: p.toks, comments: p.comments}
	f.matchBrackets()
	f.findBlocks()
	for {
		f.print()
		if len(f.wide) == 0 {
			return f.out, nil
		}
		// Each round opens at least one block of every line that is too long, so the rounds are at most as many as blocks
		// are nested.
		for _, i := range f.wide {
			f.multi[i], f.opened[i] = true, true
		}
	}
}

// formatColumns is the width up to which a block stays on one line; a tab counts as tabWidth.
const formatColumns = 100

// formatter prints tokens and comments in their order.
type formatter struct {
	toks     []token
	comments []comment
	match    []int32 // of an opening bracket: the index of its closing one, and back
	multi    []bool  // of the brace of a block: its members stand on lines of their own
	opened   []bool  // it is multi because it was too wide

	out        []byte
	stack      []bracket
	base       int    // indentation of statements here
	flat       int    // one-line blocks that are open
	prev       *token // last token printed
	prevLine   int32  // the line of the text on which what was printed last ends
	boundary   bool   // a statement ended since then
	afterComma bool   // a comma was printed last, but for comments
	afterNote  bool   // a comment was printed last
	inline     bool   // and it stands behind a token, on its line
	detached   bool   // and a statement ended since
	mustBreak  bool   // and it goes to the end of its line
	lineStart  int    // offset in out
	codeEnd    int    // offset in out of the end of the last token
	blocks     []int  // outermost one-line blocks on this line of the output
	wide       []int  // one-line blocks on lines that are too long
}

// bracket is an open bracket.
type bracket struct {
	at     int
	broken bool // what follows stands on the next line, one deeper
	flat   bool // a one-line block
}

// matchBrackets pairs the brackets of a text without mistakes.
func (f *formatter) matchBrackets() {
	f.match = make([]int32, len(f.toks))
	var open []int
	for i := range f.toks {
		if f.toks[i].kind != tokOp {
			continue
		}
		switch f.toks[i].text {
		case "(", "[", "{":
			open = append(open, i)
		case ")", "]", "}":
			o := open[len(open)-1]
			open = open[:len(open)-1]
			f.match[o], f.match[i] = int32(i), int32(o)
		}
	}
}

// findBlocks decides which blocks stand on several lines: those that were written so or hold a comment, and are not empty.
func (f *formatter) findBlocks() {
	f.multi, f.opened = make([]bool, len(f.toks)), make([]bool, len(f.toks))
	for i := range f.toks {
		t := &f.toks[i]
		if !t.is("{") || t.role != roleBlock && t.role != roleListBlock {
			continue
		}
		end := &f.toks[f.match[i]]
		notes := end.comments != t.comments
		f.multi[i] = notes || end.line != t.line && f.nextReal(i) != int(f.match[i])
	}
}

// nextReal is the index of the next token that is no separator.
func (f *formatter) nextReal(i int) int {
	i++
	for f.toks[i].kind == tokNewline || f.toks[i].is(";") {
		i++
	}
	return i
}

// print writes the whole text into out.
func (f *formatter) print() {
	f.out, f.stack, f.blocks, f.wide = f.out[:0], f.stack[:0], f.blocks[:0], f.wide[:0]
	f.base, f.flat, f.prev, f.prevLine, f.boundary = 0, 0, nil, 0, false
	f.afterComma, f.afterNote, f.detached, f.mustBreak = false, false, false, false
	f.lineStart, f.codeEnd = 0, 0
	note := int32(0)
	for i := range f.toks {
		t := &f.toks[i]
		for ; note < t.comments; note++ {
			f.note(note, i)
		}
		switch {
		case t.kind == tokEOF:
		case t.kind == tokNewline && t.role == roleSoft:
		case t.kind == tokNewline || t.is(";"):
			f.boundary, f.detached = true, f.afterNote && f.inline
		default:
			f.token(i)
		}
	}
	f.endLine()
}

// endLine ends the line of the output, unless it is empty.
func (f *formatter) endLine() {
	if len(f.out) == f.lineStart {
		return
	}
	if len(f.blocks) > 0 && columns(string(f.out[f.lineStart:f.codeEnd])) > formatColumns {
		f.wide = append(f.wide, f.blocks...)
	}
	f.blocks = f.blocks[:0]
	f.out = append(f.out, '\n')
	f.lineStart = len(f.out)
	f.mustBreak = false
}

// newLine ends the line and indents the next; blank leaves an empty line between.
func (f *formatter) newLine(indent int, blank bool) {
	f.endLine()
	if blank && f.lineStart > 0 {
		f.out = append(f.out, '\n')
		f.lineStart = len(f.out)
	}
	for range indent {
		f.out = append(f.out, '\t')
	}
}

// token prints one token with the line break or space before it.
func (f *formatter) token(i int) {
	t := &f.toks[i]
	f.breakOrSpace(i, t)
	f.out = append(f.out, t.text...)
	f.prev, f.prevLine, f.boundary, f.afterComma, f.afterNote, f.detached = t, t.line, false, false, false, false
	switch {
	case t.kind != tokOp:
	case t.text == "(" || t.text == "[" || t.text == "{":
		f.open(i, t)
	case t.text == ")" || t.text == "]" || t.text == "}":
		f.close()
	case t.text == "," && f.dropsComma(i):
		f.out = f.out[:len(f.out)-1]
	case t.text == ",":
		f.afterComma = true
	}
	if f.wantsComma(i) {
		f.out = append(f.out, ',')
		f.afterComma = true
	}
	f.codeEnd = len(f.out)
}

// breakOrSpace prints what stands before a token.
func (f *formatter) breakOrSpace(i int, t *token) {
	switch {
	case f.closes(i) && f.emptyBefore(i):
	case f.breaks(i, t):
		f.newLine(f.indentOf(i), f.blank(i, t))
	case f.flat > 0 && f.boundary && !t.is("}") && !f.prev.is("{"):
		f.out = append(f.out, "; "...)
	case f.afterNote && !t.is(")") && !t.is("]") && !t.is(","), !f.afterNote && spaced(f.prev, t):
		f.out = append(f.out, ' ')
	}
}

// closes reports whether the token at i closes a bracket.
func (f *formatter) closes(i int) bool {
	t := &f.toks[i]
	return t.is(")") || t.is("]") || t.is("}")
}

// emptyBefore reports whether the bracket that the token at i closes is empty, without comments too.
func (f *formatter) emptyBefore(i int) bool {
	o := int(f.match[i])
	return f.toks[i].comments == f.toks[o].comments && f.nextReal(o) == i
}

// breaks reports whether a token stands on a new line.
func (f *formatter) breaks(i int, t *token) bool {
	switch {
	case len(f.out) == 0:
		return false
	case f.mustBreak:
		return true
	case f.flat > 0:
		return false
	}
	top, ok := f.top()
	switch {
	case ok && f.multi[top.at] && int(f.match[top.at]) == i:
		return true
	case f.afterNote:
		return t.line > f.prevLine || f.detached
	case ok && f.multi[top.at] && f.prev == &f.toks[top.at]:
		return true
	case ok && f.opened[top.at] && f.toks[top.at].role == roleListBlock && f.afterComma:
		return true
	}
	return f.boundary || t.line > f.prevLine
}

// top is the innermost bracket that is open.
func (f *formatter) top() (bracket, bool) {
	if n := len(f.stack); n > 0 {
		return f.stack[n-1], true
	}
	return bracket{}, false
}

// blank reports whether an empty line stands before a token that begins a line.
func (f *formatter) blank(i int, t *token) bool {
	if t.line-f.prevLine < 2 || f.closes(i) || f.prev == nil && !f.afterNote {
		return false
	}
	return f.atBoundary()
}

// atBoundary reports whether a statement or an element begins here, and not the first of its block.
func (f *formatter) atBoundary() bool {
	if top, ok := f.top(); ok && f.prev == &f.toks[top.at] {
		return f.afterNote
	}
	return f.boundary || f.prev == nil || f.inList() && f.afterComma
}

// inList reports whether the innermost bracket is that of a list on several lines.
func (f *formatter) inList() bool {
	top, ok := f.top()
	return ok && top.broken && f.toks[top.at].role != roleBlock
}

// indentOf is the indentation of a line that begins with the token at i.
func (f *formatter) indentOf(i int) int {
	top, ok := f.top()
	switch {
	case !ok || int(f.match[top.at]) != i:
		return f.indent()
	case top.broken:
		return f.base - 1
	case f.toks[top.at].role == roleGap:
		return f.base + 1
	}
	return f.base
}

// indent is the indentation of a line that begins here: one deeper in the middle of a statement.
func (f *formatter) indent() int {
	top, ok := f.top()
	first := ok && top.broken && f.prev == &f.toks[top.at]
	if f.prev == nil || f.boundary || first || f.inList() && f.afterComma {
		return f.base
	}
	return f.base + 1
}

// open notes an opening bracket that was just printed.
func (f *formatter) open(i int, t *token) {
	b := bracket{at: i}
	block := t.role == roleBlock || t.role == roleListBlock
	switch {
	case block && f.multi[i]:
		b.broken = true
	case block && f.nextReal(i) != int(f.match[i]):
		b.flat = true
		if f.flat == 0 {
			f.blocks = append(f.blocks, i)
		}
		f.flat++
	case !block:
		b.broken = f.flat == 0 && f.brokenAfter(i, t)
	}
	if b.broken {
		f.base++
	}
	f.stack = append(f.stack, b)
}

// brokenAfter reports whether what follows an opening bracket was written on a new line.
func (f *formatter) brokenAfter(i int, t *token) bool {
	if f.emptyBefore(int(f.match[i])) {
		return false
	}
	next := i + 1
	for f.toks[next].kind == tokNewline {
		next++
	}
	if n := f.toks[i+1].comments; n > t.comments {
		c := &f.comments[t.comments]
		return c.line > t.line || strings.HasPrefix(c.text, "//") || f.toks[next].line > t.line
	}
	return f.toks[next].line > t.line
}

// close notes a closing bracket that was just printed.
func (f *formatter) close() {
	b := f.stack[len(f.stack)-1]
	f.stack = f.stack[:len(f.stack)-1]
	if b.broken {
		f.base--
	}
	if b.flat {
		f.flat--
	}
}

// dropsComma reports whether the comma at i stands before a closing bracket on the same line.
func (f *formatter) dropsComma(i int) bool {
	next := f.nextReal(i)
	return f.closes(next) && !f.closeBreaks(next)
}

// wantsComma reports whether a comma is missing after the token at i: a list whose bracket closes on a line of its own.
func (f *formatter) wantsComma(i int) bool {
	next := i + 1
	for next < len(f.toks) && f.toks[next].kind == tokNewline && f.toks[next].role == roleSoft {
		next++
	}
	if next >= len(f.toks) || !f.closes(next) || f.toks[next].role == roleBlock {
		return false
	}
	o := int(f.match[next])
	list := f.toks[o].role == roleList || f.toks[o].role == roleListBlock
	return list && o != i && !f.toks[i].is(",") && f.closeBreaks(next)
}

// closeBreaks reports whether the closing bracket at i stands on a line of its own.
func (f *formatter) closeBreaks(i int) bool {
	if o := int(f.match[i]); f.toks[o].role == roleListBlock {
		return f.multi[o]
	}
	last := i - 1
	for f.toks[last].kind == tokNewline {
		last--
	}
	line := f.toks[last].line
	if n := f.toks[i].comments; n > f.toks[last].comments {
		line = f.comments[n-1].endLine
	}
	return f.toks[i].line > line
}

// note prints the comment at index n, which stands before the token at next.
func (f *formatter) note(n int32, next int) {
	c := &f.comments[n]
	own := c.line > f.prevLine
	f.inline, f.detached = false, false
	switch {
	case len(f.out) == 0:
	case own || f.mustBreak || (f.boundary || f.startsBlock()) && f.leads(n, next):
		f.newLine(f.indent(), c.line-f.prevLine > 1 && f.atBoundary())
	case f.prev != nil && !f.afterNote && (f.prev.is("(") || f.prev.is("[")):
	default:
		f.out = append(f.out, ' ')
		f.inline = true
	}
	for i, line := range strings.Split(c.text, "\n") {
		if i > 0 {
			f.endLine()
		}
		f.out = append(f.out, strings.TrimRight(line, " \t")...)
	}
	f.prevLine, f.afterNote = c.endLine, true
	f.mustBreak = strings.HasPrefix(c.text, "//")
}

// leads reports whether the comment at index n, and perhaps others, stands before the token at next on the same line.
func (f *formatter) leads(n int32, next int) bool {
	if next = f.nextReal(next - 1); n+1 > f.toks[next].comments {
		return false
	}
	for ; n+1 < f.toks[next].comments && f.comments[n+1].line == f.comments[n].endLine; n++ {
	}
	c := &f.comments[n]
	return !strings.HasPrefix(c.text, "//") && n+1 == f.toks[next].comments && f.toks[next].line == c.endLine &&
		f.toks[next].kind != tokEOF
}

// startsBlock reports whether a block on several lines has just begun.
func (f *formatter) startsBlock() bool {
	top, ok := f.top()
	return ok && top.broken && f.prev == &f.toks[top.at] && !f.afterNote
}

// spaced reports whether a space stands between two tokens on one line.
func spaced(a, b *token) bool {
	if a == nil {
		return false
	}
	tight := closeTogether(a, b)
	if tight && a.kind == tokOp && b.kind == tokOp && merges(a.text, b.text) {
		return true
	}
	return !tight
}

// closeTogether reports whether nothing needs to stand between two tokens, nor should.
func closeTogether(a, b *token) bool {
	switch {
	case a.is("(") || a.is("[") || a.is(".") || a.is("..") || a.role == roleUnary || a.role == roleTight:
		return true
	case b.is(")") || b.is("]") || b.is(",") || b.is(":") || b.is(".") || b.is("..") || b.role == roleTight:
		return true
	case a.is("{"):
		return a.role == roleList || b.is("}")
	case b.is("}"):
		return b.role == roleList
	case b.is("("):
		return b.role != roleGap
	case b.is("["):
		return b.role != roleType || a.is("]") && a.role == roleType
	case a.is("]"):
		return a.role == roleType
	}
	return false
}

// merges reports whether two operators written without space would be read as others.
func merges(a, b string) bool {
	for _, op := range operators {
		if len(op) > len(a) && strings.HasPrefix(a+b, op) {
			return true
		}
	}
	return false
}
