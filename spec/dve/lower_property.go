package dve

import (
	"strconv"

	"interlock/fsm"
	"interlock/spec"
)

// asserts makes a property of each assertion.
func (l *lowering) asserts() {
	for i, p := range l.program.processes {
		for n, a := range p.asserts {
			s, cond := l.state(p, a.state), l.condition(a.cond, i)
			if s < 0 || cond == nil {
				continue
			}
			in := &fsm.Expr{Op: fsm.OpIn, Type: fsm.BoolType, Instance: i, States: []int{s}, Span: a.state.span}
			l.sys.Properties = append(l.sys.Properties, &fsm.Property{Kind: fsm.Always, Name: plainName("assert_" + p.name + "_" + strconv.Itoa(n+1)),
				P:    &fsm.Expr{Op: fsm.OpImplies, Type: fsm.BoolType, Args: []*fsm.Expr{in, cond}, Span: a.cond.span},
				Text: "assert " + a.state.name, Span: a.state.span})
		}
	}
}

// property adds what is asked for from outside. Its diagnostics have the property's name in place of a file.
func (l *lowering) property(p Property) {
	made := &fsm.Property{Name: p.Name, Kind: p.Kind, Text: p.Name + ": " + p.P}
	if made.P = l.asked(p.Name, p.P); p.Kind == fsm.AfterAlways || p.Kind == fsm.LeadsTo {
		made.Q = l.asked(p.Name, p.Q)
		made.Text += ", " + p.Q
	}
	l.sys.Properties = append(l.sys.Properties, made)
}

// asked reads a condition that stands in no file.
func (l *lowering) asked(from, text string) *fsm.Expr {
	tokens, diags := lex(from, text)
	p := &parser{tokens: tokens, diags: diags}
	if len(diags) == 0 {
		if e, ok := p.expr(); ok {
			if t := p.here(); t.kind == endOfText {
				l.diags = append(l.diags, p.diags...)
				return l.condition(e, outside)
			}
			p.fail(p.here().span, "dve-syntax", "the condition goes on: %s", p.here().describe())
		}
	}
	l.diags = append(l.diags, p.diags...)
	if !spec.HasErrors(p.diags) {
		panic("dve: a condition that was not read, and no diagnostic")
	}
	return nil
}
