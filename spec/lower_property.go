package spec

import (
	"strings"

	"interlock/fsm"
)

// maxProperties bounds the properties of a system, counted for each value that they are stated for.
const maxProperties = 10_000

// forms are the forms of properties of the tree in the IR.
var forms = map[PropertyForm]fsm.PropertyKind{
	Never: fsm.Never, Always: fsm.Always, AfterAlways: fsm.AfterAlways, Reachable: fsm.Reachable, Recoverable: fsm.Recoverable,
	Eventually: fsm.Eventually, LeadsTo: fsm.LeadsTo, InfinitelyOften: fsm.InfinitelyOften, BuiltIn: fsm.BuiltIn,
}

// builtins are the built-in checks by the words that name them.
var builtins = map[string]fsm.Builtin{
	"deadlock": fsm.Deadlock, "unexpected message": fsm.Unexpected, "overflow": fsm.Overflow, "overlap": fsm.Overlap,
	"range": fsm.Range, "runaway": fsm.Runaway,
}

// verdictName takes a name for a property or a scenario.
func (s *system) verdictName(name Ident, kind string) {
	if name.Name == "" {
		return
	}
	if first, taken := s.verdicts[name.Name]; taken {
		s.c.duplicate(name, kind, first)
		return
	}
	s.verdicts[name.Name] = name.Span
}

func (s *system) lowerProperty(d *Property) {
	s.verdictName(d.Name, "property")
	if d.Form == BadProperty {
		return
	}
	if d.Form == BuiltIn {
		s.lowerBuiltin(d)
		return
	}
	if len(d.For) > 0 {
		s.c.depth++
		defer func() { s.c.depth-- }()
	}
	s.eachProperty(d, s.env("a property"), 0, nil)
}

// lowerBuiltin lowers what is said of a built-in check.
func (s *system) lowerBuiltin(d *Property) {
	b, ok := builtins[d.Check]
	if !ok {
		return
	}
	s.verdictName(Ident{d.Check, d.Span}, "check")
	name := d.Name.Name
	if name == "" {
		name = d.Check
	}
	s.ir.Allowed[b] = s.ir.Allowed[b] || d.ExpectViolated
	s.ir.Properties = append(s.ir.Properties, &fsm.Property{Name: name, Kind: fsm.BuiltIn, Builtin: b,
		ExpectViolated: d.ExpectViolated, Text: s.c.text(d.Span), Doc: d.Doc, Span: d.Span})
}

// eachProperty states a property once for each value of its binders from the i-th on.
func (s *system) eachProperty(d *Property, e *env, i int, labels []string) {
	if i < len(d.For) {
		choices, ok := e.domain(d.For[i].Name, d.For[i].Domain)
		if !ok {
			return
		}
		for _, ch := range choices {
			if ch.in != nil {
				s.c.tell("not-constant", d.For[i].Domain.Pos(), "what a property is stated for must be known beforehand").
					help("Use `all … in …: …` in the property.")
				return
			}
			s.eachProperty(d, e.with(ch.symbol), i+1, append(labels[:len(labels):len(labels)], ch.label))
		}
		return
	}
	if len(s.ir.Properties) >= maxProperties {
		s.c.tell("limit", d.Span, "system %s has more than %d properties, counted for each value", quote(s.decl.Name.Name),
			maxProperties)
		return
	}
	p := &fsm.Property{Name: d.Name.Name, Kind: forms[d.Form], ExpectViolated: d.ExpectViolated, Text: s.c.text(d.Span), Doc: d.Doc,
		Span: d.Span}
	if len(labels) > 0 {
		p.Name += "[" + strings.Join(labels, ",") + "]"
	}
	p.P = e.cond(d.P)
	if d.Form == AfterAlways || d.Form == LeadsTo {
		p.Q = e.cond(d.Q)
	}
	s.ir.Properties = append(s.ir.Properties, p)
}
