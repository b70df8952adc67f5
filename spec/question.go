package spec

import (
	"strings"

	"interlock/fsm"
)

// Question is a condition that is asked of a system from outside its text: is there a joint state in which it holds? It is
// written as a property of that system would be, and knows the same names.
type Question struct {
	System string // the system that it is asked of
	Name   string // of the property that it becomes, and the "file" in the spans of what is wrong with it
	Text   string
}

// CompileWith is [Compile] for a spec of which something is asked besides what it says itself. Each question becomes the last
// property of its system, of the kind Reachable and with no place in a text. What is wrong with one is among the diagnostics, with its name as the file. A
// question to a system that the spec has not is not asked. The digest is that of the spec without questions.
func CompileWith(sources []Source, set map[string]string, asked []Question) (*fsm.Spec, []Diagnostic) {
	c := newCompiler(sources, set)
	c.asked = asked
	return c.compile()
}

// answer lowers the questions that are asked of the system.
func (s *system) answer() {
	for _, q := range s.c.asked {
		if q.System != s.decl.Name.Name {
			continue
		}
		p, diags := parseQuestion(q)
		s.c.diags = append(s.c.diags, diags...)
		if HasErrors(diags) {
			continue
		}
		if cond := s.env("a property").cond(p); cond != nil {
			text := strings.Join(strings.Fields(q.Text), " ")
			s.ir.Properties = append(s.ir.Properties, &fsm.Property{Name: q.Name, Kind: fsm.Reachable, P: cond, Text: "reachable " + text})
		}
	}
}

// parseQuestion reads one expression and nothing else.
func parseQuestion(q Question) (Expr, []Diagnostic) {
	l := lex(q.Name, []byte(q.Text))
	p := &parser{file: q.Name, src: l.src, toks: l.tokens, comments: l.comments, diags: l.diags, dropped: l.dropped, commaOK: true}
	p.balance()
	if p.separators(); p.tok().kind == tokEOF && len(p.diags) == 0 {
		p.fail(fsm.Span{File: q.Name, Line: 1, Col: 1, EndLine: 1, EndCol: 1}, "unexpected", "expected a condition, found nothing",
			"Write what should be reached, such as `proxy in Closed && leader in Open`.")
	}
	p.notAForm()
	x := p.parseExpr()
	if !p.quiet {
		p.arrowIsImplies()
	}
	p.endOfStatement("condition")
	if p.separators(); p.tok().kind != tokEOF && len(p.diags) == 0 {
		p.fail(p.here(), "unexpected", "unexpected "+p.tok().describe()+" after this condition", "Join conditions with && or ||.")
	}
	Sort(p.diags)
	return x, p.diags
}

// notAForm tells a property where its condition alone is wanted.
func (p *parser) notAForm() {
	t, n := p.tok(), p.look(1)
	if t.kind == tokName && wordSet(propertyWords...)[t.text] && (n.kind == tokName || n.is("(") || n.is("!") || n.is("all") || n.is("some")) && n.text != "in" && n.text != "has" {
		p.fail(p.here(), "unexpected", "a condition is wanted here, and "+quote(t.text)+" begins a property", "Leave "+quote(t.text)+" out.")
	}
}
