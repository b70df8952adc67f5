package spec

import "interlock/fsm"

// What people write who come from other languages, and what they meant. Each is told at its place with what to write, and
// the parser goes on as if that stood there, where it can.

// expectOr is expect with a way out.
func (p *parser) expectOr(text, where, help string) bool {
	if p.got(text) {
		return true
	}
	p.unexpected(quote(text)+" "+where, help)
	return false
}

// bracedFields tells of fields in braces. The parameter that it gives has no type, so that nobody counts arguments.
func (p *parser) bracedFields(word, name string) []Param {
	p.fail(p.here(), "unexpected", "parameters stand in round brackets", "Write `"+word+" "+name+"(name Type)`.")
	return []Param{{Type: &TypeExpr{}}}
}

// strangeStart goes past a ":=" or ":" before the first value of a variable, and tells it.
func (p *parser) strangeStart() {
	if p.quiet || !p.at(":=") {
		return
	}
	p.tell(Diagnostic{Code: "bad-operator", Span: p.here(), Message: "`:=` is not an operator", Help: "Write `=`.", Fix: &Fix{Span: p.here(), Text: "="}})
	p.tok().text = "="
}

// strangeOption steps over what people write round the options of a link: a "=" or ":" behind capacity, a fault without may.
func (p *parser) strangeOption(d *LinkDecl) bool {
	t := p.tok()
	if n := p.look(1); t.isName("capacity") && (n.is("=") || n.is(":")) {
		at := n.span(p.file)
		gap := fsm.Span{File: p.file, Line: at.Line, Col: t.span(p.file).EndCol, EndLine: at.EndLine, EndCol: at.EndCol}
		p.next()
		p.tell(Diagnostic{Code: "unexpected", Span: at, Message: "no " + n.describe() + " stands before the number", Help: "Write `capacity 2`.", Fix: &Fix{Span: gap}})
		p.next()
		d.Capacity = p.parseExpr()
		return true
	}
	if t.isName("lose") || t.isName("duplicate") || t.isName("reorder") {
		p.tell(Diagnostic{Code: "unexpected", Span: p.here(), Message: "`may` stands before " + quote(t.text), Help: "Write `may " + t.text + "`.",
			Fix: &Fix{Span: p.beforeHere(), Text: "may "}})
		for p.linkFault(d); !p.quiet && p.got(","); {
			p.linkFault(d)
		}
		return true
	}
	return false
}

// otherWords are what members are called elsewhere, and what to write here.
var otherWords = map[string]string{
	"event":        "An event from outside is an `input`, one of the machine itself is `internal`.",
	"transition":   "Write `on Event -> State`.",
	"import":       "A spec is all the files of its folder: nothing is imported.",
	"include":      "A spec is all the files of its folder: nothing is included.",
	"statemachine": "Write `machine Name { … }`.",
	"process":      "Write `machine Name { … }`.",
	"enter":        "Write `entry { … }`.",
	"leave":        "Write `exit { … }`.",
	"after":        "Declare `timer t 5s`, start it in `entry`, and write `on t -> State`.",
	"invariant":    "Write `always P`.",
	"assert":       "Write `always P`.",
}

// otherWord is what to write instead of the name that stands here and begins no member; "" if that is not known.
func (p *parser) otherWord(l level) string {
	t := p.tok()
	if t.kind == tokName && p.look(1).is("->") && l == inState {
		return "Write `on " + t.text + " -> …`."
	}
	return otherWords[t.text]
}

// strangeProperty tells of a property that begins as one does elsewhere. It would be read as an instance.
func (p *parser) strangeProperty(t, n *token) bool {
	if help := otherWords[t.text]; (t.text == "invariant" || t.text == "assert") && n.kind == tokName && !p.atEndAfter(2) && !p.look(2).is("(") {
		p.fail(p.here(), "unexpected", "unexpected "+t.describe()+" in a system", help)
		return true
	}
	return false
}

// quantifierWords are words for quantifiers in other languages.
var quantifierWords = map[string]string{"exists": "some", "forall": "all", "every": "all", "each": "all"}

// strangeQuantifier tells of a quantifier of another language, and of a count that does not name what it counts.
func (p *parser) strangeQuantifier() bool {
	t := p.tok()
	if word := quantifierWords[t.text]; word != "" && p.look(1).kind == tokName && p.look(2).is("in") {
		p.fail(p.here(), "word-operator", quote(t.text)+" is not a quantifier", "Write `"+word+" "+p.look(1).text+" in …: …`.")
		return true
	}
	if t.text == "count" && p.look(1).is("(") && p.look(2).kind == tokName && p.look(3).is(":") {
		of := p.look(2)
		p.fail(of.span(p.file), "unexpected", "what is counted has no name", "Write `count(x in "+of.text+": …)`.")
		return true
	}
	return false
}

// strangeMember tells of a word after a dot that begins a statement, or asks for a state as if it were a variable.
func (p *parser) strangeMember(of string) {
	t := p.tok()
	switch {
	case p.quiet || t.kind != tokWord:
	case t.text == "state":
		p.fail(p.here(), "reserved-word", "`state` is a word of the language, not a variable", "Ask for a state with `in`, as in `proxy in Closed`.")
	case statementWord[t.text] && of != "":
		p.fail(p.here(), "reserved-word", "expected a name after the dot, found "+quote(t.text)+", which is a word of the language",
			"Write `"+t.text+" "+of+"`.")
	}
}
