package spec

import "interlock/fsm"

// tokenKind is the class of a token; which word or operator it is, is its text.
type tokenKind uint8

const (
	tokEOF      tokenKind = iota
	tokNewline            // a line end that ends a statement
	tokName               // not reserved; also the words that are words in one place only
	tokWord               // reserved
	tokInt                //
	tokDuration           // 500ms
	tokBad                // something that the lexer has told about: the parser stays silent
	tokOp                 // operators and punctuation, ";" among them; "…" has the text "..."
)

// role is what the parser found a token to be, where the text alone does not say; the formatter reads it.
type role uint8

const (
	roleNone      role = iota
	roleBlock          // a brace round statements or members, separated by line ends or ";"
	roleList           // a bracket or brace round a comma list, which may end in a comma
	roleListBlock      // a brace round a comma list that is set like a block: an enum, a node
	roleType           // the brackets of [N]T
	roleUnary          // an operator before its operand
	roleTight          // a binary operator that is set without space: in a range or an index
	roleSoft           // a line end in the middle of a statement
	roleGap            // a "(" that begins an operand: space before it is decided by what stands there
)

// token is one token of a text. The spelling is kept: a name that was quoted has lost its quotes.
type token struct {
	text     string
	start    int32 // byte offset
	end      int32
	line     int32
	col      int32
	comments int32 // how many comments stand before it in the file
	kind     tokenKind
	role     role
	virtual  bool // not in the text: a brace that was forgotten
	unclosed bool // the brace of a set that is never closed
}

// comment is one comment, with its slashes; line ends inside are \n.
type comment struct {
	text       string
	start, end int32
	line, col  int32
	endLine    int32 // the line of its last byte
}

// is reports whether the token is the given reserved word or operator.
func (t *token) is(text string) bool {
	return (t.kind == tokOp || t.kind == tokWord) && t.text == text
}

// isName reports whether the token is a name with this spelling: a word that is special here only.
func (t *token) isName(text string) bool { return t.kind == tokName && t.text == text }

// span is the place of the token.
func (t *token) span(file string) fsm.Span {
	return fsm.Span{File: file, Line: int(t.line), Col: int(t.col), EndLine: int(t.line),
		EndCol: int(t.col) + int(t.end-t.start)}
}

// describe names the token in a message.
func (t *token) describe() string {
	switch t.kind {
	case tokEOF:
		return "the end of the file"
	case tokNewline:
		return "the end of the line"
	case tokInt:
		return "the number " + quote(t.text)
	case tokDuration:
		return "the duration " + quote(t.text)
	}
	return quote(t.text)
}

// quote puts text of a spec between backquotes for a message, cut where it is long.
func quote(s string) string {
	const longest = 60
	if len(s) > longest {
		s = s[:longest] + "…"
	}
	return "`" + s + "`"
}

// reserved are the words that can never be names, in the order in which the documentation lists them. Their number is kept
// small: a word that is clear from its place (capacity, never, node, …) is not among them.
var reserved = []string{
	"const", "type", "enum", "message", "effect", "predicate", "extern", "machine", "system",
	"peer", "var", "durable", "shared", "ghost", "timer", "input", "internal",
	"initial", "final", "state", "in", "on", "when", "else", "ignore", "defer", "entry", "exit",
	"if", "for", "send", "start", "stop", "do",
	"link", "joint", "all", "some", "any", "self", "from", "true", "false", "bool",
}

// reservedSet is reserved for look-up.
var reservedSet = func() map[string]bool {
	set := make(map[string]bool, len(reserved))
	for _, w := range reserved {
		set[w] = true
	}
	return set
}()

// endsStatement reports whether a line end after the token ends the statement: Go's rule.
func (t *token) endsStatement() bool {
	switch t.kind {
	case tokName, tokInt, tokDuration, tokBad:
		return true
	case tokWord:
		switch t.text {
		case "any", "self", "from", "true", "false", "bool", "else":
			return true
		}
	case tokOp:
		switch t.text {
		case ")", "]", "}", "...", "++", "--":
			return true
		}
	}
	return false
}
