package dve

import (
	"strconv"
	"strings"

	"interlock/fsm"
	"interlock/spec"
)

// The limits on a text. Beyond them there is a diagnostic and no spec.
const (
	maxText   = 4 << 20 // bytes
	maxTokens = 500_000
	maxDepth  = 200
)

// kind is the class of a token.
type kind uint8

const (
	endOfText kind = iota
	name
	number
	word // a word of the language
	sign // operators and punctuation
)

type token struct {
	kind kind
	text string
	span fsm.Span
}

// is reports whether the token is this word or sign.
func (t *token) is(text string) bool { return t.kind >= word && t.text == text }

// describe names the token in a message.
func (t *token) describe() string {
	if t.kind == endOfText {
		return "the end of the text"
	}
	return quote(t.text)
}

// quote puts text of the source between backquotes, cut where it is long.
func quote(s string) string {
	const longest = 60
	if len(s) > longest {
		s = s[:longest] + "…"
	}
	return "`" + s + "`"
}

// words are the reserved words of DVE.
var words = wordSet("accept", "and", "assert", "async", "byte", "channel", "commit", "const", "effect", "false", "guard", "imply", "init", "int",
	"not", "or", "process", "property", "state", "sync", "system", "trans", "true")

func wordSet(list ...string) map[string]bool {
	set := map[string]bool{}
	for _, w := range list {
		set[w] = true
	}
	return set
}

// signs are the operators and punctuation, the longest first.
var signs = []string{"->", "=>", "==", "!=", "<=", ">=", "<<", ">>", "||", "&&", "++", "--",
	"{", "}", "[", "]", "(", ")", ",", ";", ":", ".", "?", "!", "=", "<", ">", "+", "-", "*", "/", "%", "&", "|", "^", "~"}

// byteOrder is the mark that some editors begin a text with.
const byteOrder = "\ufeff"

// lexer cuts a text into tokens.
type lexer struct {
	file      string
	text      string
	at        int
	line      int
	lineStart int
	tokens    []token
	diags     []spec.Diagnostic
}

// lex returns the tokens of a text, the last of which is its end.
func lex(file, text string) ([]token, []spec.Diagnostic) {
	l := &lexer{file: file, text: text, line: 1}
	if strings.HasPrefix(text, byteOrder) {
		l.at, l.lineStart = len(byteOrder), len(byteOrder)
	}
	if len(text) > maxText {
		l.tell(0, "dve-limit", "the text has %d bytes; the limit is %d", len(text), maxText)
		l.text = ""
	}
	for l.skip(); l.at < len(l.text); l.skip() {
		if len(l.tokens) >= maxTokens {
			l.tell(1, "dve-limit", "the text has more than %d words and signs", maxTokens)
			break
		}
		if len(l.diags) > spec.MaxDiagnostics {
			break // no text of this language
		}
		l.token()
	}
	l.tokens = append(l.tokens, token{kind: endOfText, span: l.span(l.at, 0)})
	return l.tokens, l.diags
}

func (l *lexer) span(start, length int) fsm.Span {
	col := start - l.lineStart + 1
	return fsm.Span{File: l.file, Line: l.line, Col: col, EndLine: l.line, EndCol: col + length}
}

func (l *lexer) tell(length int, code, format string, args ...any) {
	l.diags = append(l.diags, mistake(l.span(l.at, length), code, format, args...))
}

// skip passes spaces, line ends, comments, and backslashes, which continue a line in the output of macro processors.
func (l *lexer) skip() {
	for l.at < len(l.text) {
		rest := l.text[l.at:]
		switch c := rest[0]; {
		case c == '\n':
			l.at++
			l.line++
			l.lineStart = l.at
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v' || c == '\\':
			l.at++
		case strings.HasPrefix(rest, "//"):
			end := strings.IndexByte(rest, '\n')
			if end < 0 {
				end = len(rest)
			}
			l.at += end
		case strings.HasPrefix(rest, "/*"):
			l.comment(rest)
		default:
			return
		}
	}
}

func (l *lexer) comment(rest string) {
	end := strings.Index(rest[2:], "*/")
	if end < 0 {
		l.tell(2, "dve-syntax", "the comment is never closed")
		l.at = len(l.text)
		return
	}
	body := rest[:end+4]
	if last := strings.LastIndexByte(body, '\n'); last >= 0 {
		l.line += strings.Count(body, "\n")
		l.lineStart = l.at + last + 1
	}
	l.at += len(body)
}

// token reads one token.
func (l *lexer) token() {
	rest := l.text[l.at:]
	length := 1
	switch c := rest[0]; {
	case isLetter(c):
		for length < len(rest) && (isLetter(rest[length]) || isDigit(rest[length]) || rest[length] == '$' || rest[length] == '#') {
			length++
		}
		k := name
		if words[rest[:length]] {
			k = word
		}
		l.add(k, length)
	case isDigit(c):
		for length < len(rest) && isDigit(rest[length]) {
			length++
		}
		if _, err := strconv.ParseInt(rest[:length], 10, 32); err != nil {
			l.tell(length, "dve-limit", "a number of %d digits; the largest is %d", length, longType.Hi)
		}
		l.add(number, length)
	default:
		l.sign(rest)
	}
}

func (l *lexer) sign(rest string) {
	for _, s := range signs {
		if strings.HasPrefix(rest, s) {
			l.add(sign, len(s))
			return
		}
	}
	l.tell(1, "dve-syntax", "the character %s begins nothing in DVE", strconv.QuoteToASCII(string([]rune(rest[:min(4, len(rest))])[:1])))
	advise(l.diags, rest[:1])
	l.at++
}

func (l *lexer) add(k kind, length int) {
	l.tokens = append(l.tokens, token{k, l.text[l.at : l.at+length], l.span(l.at, length)})
	l.at += length
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
