package spec

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"interlock/fsm"
)

// Limits of a text. Reaching one is a diagnostic with the number in it.
const (
	MaxFile  = 1 << 20 // bytes of a file
	MaxToken = 128     // bytes of a name or a number
)

// lexer turns a text into tokens. It reads on after every mistake.
type lexer struct {
	file     string
	src      string
	at       int // offset of the next byte
	line     int // of the next byte
	bol      int // offset at which the line begins
	tokens   []token
	comments []comment
	diags    []Diagnostic
	dropped  int             // diagnostics beyond maxKept
	strange  []strangeBytes  // by kind, in order of appearance
	seen     map[string]bool // names that were told once
}

// strangeBytes are the bytes of one kind that have no place in a text: one diagnostic, at the first, for all of them.
type strangeBytes struct {
	code, message, help string
	severity            Severity
	first               fsm.Span
	count               int
	fix                 *Fix
}

// lex reads the whole text. The last token is the end of the file.
func lex(file string, src []byte) *lexer {
	l := &lexer{file: file, src: string(src), line: 1, seen: map[string]bool{}}
	if len(src) > MaxFile {
		l.diags = append(l.diags, Diagnostic{
			Code:    "file-too-large",
			Message: fmt.Sprintf("the file has %d bytes; the limit is %d", len(src), MaxFile),
			Span:    fsm.Span{File: file, Line: 1, Col: 1, EndLine: 1, EndCol: 1},
			Help:    "A folder may hold several files of one spec: split it.",
		})
		l.src = ""
	}
	l.tokens = make([]token, 0, len(l.src)/3+16)
	l.skipMark()
	for l.at < len(l.src) {
		l.next()
	}
	l.newline()
	l.emit(tokEOF, "", len(l.src))
	l.tellStrange()
	return l
}

// skipMark skips a byte order mark at the start.
func (l *lexer) skipMark() {
	const mark = "\uFEFF"
	if strings.HasPrefix(l.src, mark) {
		l.found("byte-order-mark", Warning, "the file begins with a byte order mark",
			"Formatting the file removes it.", len(mark), &Fix{Span: l.spanTo(0, len(mark))})
		l.at = len(mark)
	}
}

// next reads one token, comment or stretch of space.
func (l *lexer) next() {
	c := l.src[l.at]
	switch {
	case c == '\n':
		l.newline()
		l.at++
		l.line++
		l.bol = l.at
	case c == ' ' || c == '\t':
		l.at++
	case c == '\r':
		l.carriageReturn()
	case isLetter(c):
		l.name()
	case isDigit(c):
		l.number()
	case c == '/' && (l.peek(1) == '/' || l.peek(1) == '*'):
		l.comment()
	case c == '"' || c == '\'' || c == '`':
		l.quoted(c)
	case c == '_' && !isNamePart(l.peek(1)):
		l.emit(tokName, "_", l.at+1)
	case c == '_' || c >= utf8.RuneSelf:
		l.foreign()
	case c < ' ' || c == 0x7F:
		l.control()
		l.at++
	default:
		l.operator()
	}
}

// peek is the byte n after the next, or 0 at the end.
func (l *lexer) peek(n int) byte {
	if l.at+n < len(l.src) {
		return l.src[l.at+n]
	}
	return 0
}

func isLetter(c byte) bool   { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool    { return '0' <= c && c <= '9' }
func isNamePart(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' }

// isNameText reports whether s is written as names are.
func isNameText(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isNamePart(s[i]) {
			return false
		}
	}
	return s != "" && isLetter(s[0])
}

// emit appends the token that ends at end and moves there.
func (l *lexer) emit(kind tokenKind, text string, end int) {
	l.tokens = append(l.tokens, token{
		text: text, kind: kind, start: int32(l.at), end: int32(end), line: int32(l.line), col: int32(l.at - l.bol + 1),
		comments: int32(len(l.comments)),
	})
	l.at = end
}

// newline ends a statement if the last token can end one.
func (l *lexer) newline() {
	if n := len(l.tokens); n > 0 && l.tokens[n-1].endsStatement() {
		at := l.at
		l.emit(tokNewline, "\n", l.at)
		l.at = at
	}
}

// spanTo is the span of the bytes start..end of the present line.
func (l *lexer) spanTo(start, end int) fsm.Span {
	return fsm.Span{File: l.file, Line: l.line, Col: start - l.bol + 1, EndLine: l.line, EndCol: end - l.bol + 1}
}

// tell reports a mistake in the bytes from here to end.
func (l *lexer) tell(code, message, help string, end int, fix *Fix) {
	if len(l.diags) >= maxKept {
		l.dropped++
		return
	}
	l.diags = append(l.diags, Diagnostic{Code: code, Message: message, Span: l.spanTo(l.at, end), Help: help, Fix: fix})
}

// found counts strange bytes of one kind, of which the next n are one.
func (l *lexer) found(code string, severity Severity, message, help string, n int, fix *Fix) {
	for i := range l.strange {
		if l.strange[i].code == code {
			l.strange[i].count++
			return
		}
	}
	l.strange = append(l.strange, strangeBytes{code: code, message: message, help: help, severity: severity,
		first: l.spanTo(l.at, l.at+n), count: 1, fix: fix})
}

// tellStrange gives one diagnostic for each kind of strange bytes.
func (l *lexer) tellStrange() {
	for _, s := range l.strange {
		message := s.message
		if s.count > 1 {
			s.fix = nil // it would mend the first only
			message += fmt.Sprintf(", and %d more", s.count-1)
		}
		l.diags = append(l.diags, Diagnostic{Code: s.code, Severity: s.severity, Message: message, Span: s.first,
			Help: s.help, Fix: s.fix})
	}
}

// carriageReturn skips one, told once a file.
func (l *lexer) carriageReturn() {
	if l.peek(1) == '\n' {
		l.found("carriage-return", Warning, "the lines end in carriage return and line feed",
			"Formatting the file leaves line feeds only.", 1, nil)
	} else {
		l.found("control-character", Error, "a carriage return stands inside a line", controlHelp, 1, nil)
	}
	l.at++
}

const controlHelp = "Only tabs, spaces and line ends may stand between words."

// control tells of a control character.
func (l *lexer) control() {
	if c := l.src[l.at]; c == 0 {
		l.found("nul-byte", Error, "the file holds a NUL byte", "Is this a text file in UTF-8?", 1, nil)
	} else {
		l.found("control-character", Error, fmt.Sprintf("the file holds the control character %#02x", c), controlHelp, 1, nil)
	}
}

// name reads a name or a reserved word.
func (l *lexer) name() {
	end := l.at + 1
	for end < len(l.src) && isNamePart(l.src[end]) {
		end++
	}
	if end < len(l.src) && l.src[end] >= utf8.RuneSelf {
		if r, _ := utf8.DecodeRuneInString(l.src[end:]); unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			l.foreignName()
			return
		}
	}
	text := l.src[l.at:end]
	if len(text) > MaxToken {
		l.tell("token-too-long", fmt.Sprintf("the name has %d bytes; the limit is %d", len(text), MaxToken), "", end, nil)
	}
	if reservedSet[text] {
		l.emit(tokWord, text, end)
		return
	}
	l.emit(tokName, text, end)
}

// number reads a whole number or a duration.
func (l *lexer) number() {
	end := l.at + 1
	for end < len(l.src) {
		c := l.src[end]
		fraction := c == '.' && end+1 < len(l.src) && isDigit(l.src[end+1])
		if !isNamePart(c) && !fraction {
			break
		}
		end++
	}
	text := l.src[l.at:end]
	switch {
	case len(text) > MaxToken:
		l.tell("token-too-long", fmt.Sprintf("the number has %d bytes; the limit is %d", len(text), MaxToken), "", end, nil)
		l.emit(tokBad, text, end)
	case isInteger(text):
		l.emit(tokInt, text, end)
	case isDuration(text):
		l.emit(tokDuration, text, end)
	default:
		l.badNumber(text, end)
	}
}

// isInteger reports whether text is one of Go's whole numbers; a leading 0 that would mean octal is not taken.
func isInteger(text string) bool {
	digits, base := text, "0123456789_"
	if len(text) > 1 && text[0] == '0' {
		switch text[1] {
		case 'x', 'X':
			base = "0123456789abcdefABCDEF_"
		case 'o', 'O':
			base = "01234567_"
		case 'b', 'B':
			base = "01_"
		default:
			return false
		}
		digits = text[2:]
		if digits == "" {
			return false
		}
	}
	return strings.Trim(digits, base) == "" && !strings.Contains(text, "__") && !strings.HasSuffix(text, "_")
}

// isDuration reports whether text is a duration in Go's notation.
func isDuration(text string) bool {
	_, err := time.ParseDuration(text)
	return err == nil && !isDigit(text[len(text)-1])
}

// badNumber tells why text is no number, and goes on as if it were one.
func (l *lexer) badNumber(text string, end int) {
	message, help := quote(text)+" is not a number", "Names begin with a letter; durations are written as in 500ms, 1.5s or 2m30s."
	switch digits := strings.TrimLeft(text, "0"); {
	case isInteger(digits) && text[0] == '0':
		help = "Write " + quote(digits) + ", or " + quote("0o"+digits) + " for octal."
	case strings.Contains(text, "."):
		message, help = quote(text)+" is not a whole number", "Numbers are whole; durations are written as in 1.5s."
	}
	l.tell("bad-number", message, help, end, nil)
	l.emit(tokBad, text, end)
}

// comment reads a comment. One that spans lines counts as a line end, as in Go.
func (l *lexer) comment() {
	c := comment{start: int32(l.at), line: int32(l.line), col: int32(l.at - l.bol + 1)}
	end := len(l.src)
	if l.peek(1) == '/' {
		if i := strings.IndexByte(l.src[l.at:], '\n'); i >= 0 {
			end = l.at + i
		}
	} else if i := strings.Index(l.src[l.at+2:], "*/"); i >= 0 {
		end = l.at + 2 + i + 2
	} else {
		l.tell("open-comment", "the comment is never closed", "Close it with `*/`.", l.at+2, nil)
	}
	l.checkComment(end)
	text := l.src[int(c.start):end]
	if strings.Contains(text, "\r") {
		text = strings.ReplaceAll(text, "\r", "")
	}
	c.text, c.end, c.endLine = strings.TrimRight(text, " \t"), int32(end), int32(l.line)
	if c.endLine != c.line {
		l.newlineAt(int(c.start), int(c.line), int(c.col))
	}
	l.comments = append(l.comments, c)
	l.at = end
}

// newlineAt ends a statement at a comment that spans lines.
func (l *lexer) newlineAt(start, line, col int) {
	at := l.at
	l.at = start
	l.newline()
	if n := len(l.tokens); n > 0 && l.tokens[n-1].kind == tokNewline {
		l.tokens[n-1].line, l.tokens[n-1].col = int32(line), int32(col)
	}
	l.at = at
}

// checkComment looks for strange bytes up to end and counts lines.
func (l *lexer) checkComment(end int) {
	for l.at < end {
		c := l.src[l.at]
		switch {
		case c == '\n':
			l.line++
			l.bol = l.at + 1
		case c == '\r':
			l.carriageReturn()
			continue
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(l.src[l.at:end])
			l.checkRune(r, size)
			l.at += size
			continue
		case c < ' ' && c != '\t' || c == 0x7F:
			l.control()
		}
		l.at++
	}
	l.at = end
}

// checkRune tells of a rune that has no place even in a comment. It reports whether it was one.
func (l *lexer) checkRune(r rune, size int) bool {
	switch {
	case r == utf8.RuneError && size <= 1:
		l.found("invalid-utf8", Error, "the file holds bytes that are not UTF-8", "Save it as UTF-8.", size, nil)
	case isBidi(r):
		l.found("bidi-character", Error, fmt.Sprintf("the file holds the character %U, which changes the order in which text is shown", r),
			"Remove it: what is seen must be what is meant.", size, &Fix{Span: l.spanTo(l.at, l.at+size)})
	case unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029':
		l.found("invisible-character", Error, fmt.Sprintf("the file holds the invisible character %U", r),
			"Remove it: what is seen must be what is meant.", size, &Fix{Span: l.spanTo(l.at, l.at+size)})
	default:
		return false
	}
	return true
}

// isBidi reports whether r changes the order in which text is shown.
func isBidi(r rune) bool {
	return r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069' || r == '\u200E' || r == '\u200F' || r == '\u061C'
}

// lookalikes are what editors, input methods and other notations write for a token.
var lookalikes = map[rune]string{
	'（': "(", '）': ")", '｛': "{", '｝': "}", '［': "[", '］': "]", '，': ",", '；': ";", '：': ":", '。': ".", '＝': "=",
	'→': "->", '⟶': "->", '↔': "<->", '⇒': "=>", '⟹': "=>", '≤': "<=", '≥': ">=", '≠': "!=", '∧': "&&", '∨': "||",
	'¬': "!", '−': "-", '–': "-", '！': "!", '＜': "<", '＞': ">", '＋': "+",
}

// foreign reads what begins with a byte outside of ASCII, or with an underscore.
func (l *lexer) foreign() {
	r, size := utf8.DecodeRuneInString(l.src[l.at:])
	switch {
	case r == '…':
		l.emit(tokOp, "...", l.at+size)
	case lookalikes[r] != "":
		l.tell("lookalike", fmt.Sprintf("%s is not %s", quote(string(r)), quote(lookalikes[r])), "",
			l.at+size, &Fix{Span: l.spanTo(l.at, l.at+size), Text: lookalikes[r]})
		l.emit(tokOp, lookalikes[r], l.at+size)
	case r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
		l.foreignName()
	case l.checkRune(r, size):
		l.at += size
	case unicode.IsSpace(r):
		l.found("strange-space", Error, fmt.Sprintf("the file holds the space %U", r), controlHelp, size,
			&Fix{Span: l.spanTo(l.at, l.at+size), Text: " "})
		l.at += size
	case r == '“' || r == '”' || r == '‘' || r == '’':
		l.found("quoted-name", Error, "names are not quoted", "", size, &Fix{Span: l.spanTo(l.at, l.at+size)})
		l.at += size
	default:
		l.badCharacter(string(r))
	}
}

// badCharacter tells of a character that begins no token; # and what follows on its line is taken for a comment.
func (l *lexer) badCharacter(char string) {
	help := ""
	switch char {
	case "#":
		help = "Comments begin with `//`."
	case "?":
		help = "There is no conditional expression: write two transitions, or `if` in a body."
	case "~":
		help = "Write `P leads to Q`; `!` negates, `^` complements."
	}
	l.tell("bad-character", "the character "+quote(char)+" begins nothing in this language", help, l.at+len(char), nil)
	if char != "#" {
		l.emit(tokBad, char, l.at+len(char))
		return
	}
	for l.at < len(l.src) && l.src[l.at] != '\n' {
		l.at++
	}
}

// foreignName reads a name with letters outside of ASCII, or one that begins with an underscore: told once a name.
func (l *lexer) foreignName() {
	end := l.at
	for end < len(l.src) {
		r, size := utf8.DecodeRuneInString(l.src[end:])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			break
		}
		end += size
	}
	text := l.src[l.at:end]
	if !l.seen[text] {
		l.seen[text] = true
		l.tell("bad-name", "the name "+quote(text)+" is not written in plain letters",
			"Names begin with a letter a-z or A-Z and go on with letters, digits and `_`: they become names in Go and in diagrams.", end, nil)
	}
	l.emit(tokName, text, end)
}

// quoted reads a quoted name as if it had no quotes.
func (l *lexer) quoted(q byte) {
	end := l.at + 1
	for end < len(l.src) && l.src[end] != q && l.src[end] != '\n' && end-l.at < 4*MaxToken {
		end++
	}
	text := l.src[l.at+1 : end]
	if end < len(l.src) && l.src[end] == q {
		end++
	}
	if isNameText(text) && len(text) <= MaxToken {
		l.tell("quoted-name", "names are not quoted", "Write "+quote(text)+".", end, &Fix{Span: l.spanTo(l.at, end), Text: text})
		kind := tokName
		if reservedSet[text] {
			kind = tokWord
		}
		l.emit(kind, text, end)
		return
	}
	l.tell("string", "there are no strings in this language", "Write names without quotes and remarks as `// comments`.", end, nil)
	l.emit(tokBad, text, end)
}

// operators, longest first. The last line are Go's that the language has not: the parser says what to write.
var operators = []string{
	"...", "<->", "->", "=>", "==", "!=", "<=", ">=", "&&", "||", "<<", ">>", "&^", "..",
	":=", "+=", "-=", "*=", "/=", "%=", "|=", "^=", "++", "--",
	"=", "!", "<", ">", "&", "|", "^", "+", "-", "*", "/", "%", "(", ")", "[", "]", "{", "}", ",", ":", ";", ".",
}

// operatorsBy are the operators by their first byte, longest first.
var operatorsBy = func() (by [utf8.RuneSelf][]string) {
	for _, op := range operators {
		by[op[0]] = append(by[op[0]], op)
	}
	return by
}()

// operator reads an operator or a character that begins nothing.
func (l *lexer) operator() {
	rest := l.src[l.at:]
	for _, op := range operatorsBy[rest[0]] {
		if strings.HasPrefix(rest, op) {
			l.emit(tokOp, op, l.at+len(op))
			return
		}
	}
	l.badCharacter(rest[:1])
}
