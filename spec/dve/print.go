package dve

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
	"interlock/spec"
)

// Print writes the imported system of a spec that [ImportAsking] made in the language of Interlock: from there it can be named, commented, given
// properties and kept. The text is formatted, and it compiles. The error says what the language has no words for: an array
// whose elements begin with different values, an array of constants with an index that changes, that a run does not pause
// (so properties of runs that never end are not printed).
func Print(s *fsm.Spec) ([]byte, error) {
	if len(s.Systems) == 0 {
		return nil, fmt.Errorf("dve: no system; an imported spec has one")
	}
	p := &printer{spec: s, sys: s.Systems[0]}
	p.line("fsm 1")
	p.line("spec %s", s.Name)
	for _, in := range p.sys.Instances {
		p.machine(s.Machines[in.Machine])
	}
	p.system()
	if p.err != nil {
		return nil, p.err
	}
	const file = "import.fsm"
	text, diags := spec.Format([]byte(p.b.String()), file)
	if !spec.HasErrors(diags) {
		_, diags = spec.Compile([]spec.Source{{Name: file, Text: text}}, nil)
	}
	if at := slices.IndexFunc(diags, func(d spec.Diagnostic) bool { return d.Severity == spec.Error }); at >= 0 {
		return nil, fmt.Errorf("dve: in the language of Interlock this is a mistake: %w", diags[at])
	}
	return text, nil
}

// printer writes the text of one spec. The first thing that cannot be written is kept in err.
type printer struct {
	spec *fsm.Spec
	sys  *fsm.System
	b    strings.Builder
	err  error
}

func (p *printer) line(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

func (p *printer) cannot(at fsm.Span, format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("dve: %s: "+format, append([]any{at}, args...)...)
	}
}

func (p *printer) machine(m *fsm.Machine) {
	if len(m.Events)+len(m.Vars)+len(m.Timers) > 0 {
		p.cannot(m.Span, "machine %s was not imported", m.Name)
	}
	p.line("\nmachine %s {", m.Name)
	for i, s := range m.States {
		kind := ""
		if i == m.Initial {
			kind = "initial "
		}
		if s.Final {
			kind += "final "
		}
		p.line("\t%sstate %s", kind, s.Name)
	}
	p.line("}")
}

func (p *printer) system() {
	p.line("\n// Each joint transition is a step of the imported text. There, a run stops only where no step is left; here it may pause.")
	p.line("system %s {", p.sys.Name)
	for _, in := range p.sys.Instances {
		p.line("\t%s %s", in.Name, p.spec.Machines[in.Machine].Name)
	}
	for _, n := range p.sys.Nodes {
		var names []string
		for _, i := range n.Instances {
			names = append(names, p.sys.Instances[i].Name)
		}
		if len(names) > 1 {
			p.line("\tnode %s { %s }", n.Name, strings.Join(names, ", "))
		}
	}
	for _, v := range p.sys.Vars {
		if slices.ContainsFunc(v.Init, func(x int64) bool { return x != v.Init[0] }) {
			p.cannot(v.Span, "the elements of %s begin with different values", v.Name)
		}
		p.line("\tvar %s %s = %d", v.Name, v.Type, v.Init[0])
	}
	for _, j := range p.sys.Joints {
		p.line("")
		p.joint(j)
	}
	if len(p.sys.Properties) > 0 {
		p.line("")
	}
	for _, q := range p.sys.Properties {
		p.property(q)
	}
	p.line("}")
}

func (p *printer) joint(j *fsm.JointTransition) {
	when := ""
	if j.Guard != nil {
		when = " when " + p.expr(j.Guard)
	}
	p.line("\tjoint %s%s {", j.Name, when)
	for _, part := range j.Parts {
		m := p.spec.Machines[p.sys.Instances[part.Instance].Machine]
		p.line("\t\t%s %s -> %s", p.sys.Instances[part.Instance].Name, m.States[part.From[0]].Name, m.States[part.Targets[0]].Name)
	}
	for _, s := range j.Body {
		var targets, values []string
		for i, t := range s.Targets {
			targets = append(targets, p.sys.Vars[t.Var].Name+p.indices(t.Index))
			values = append(values, p.expr(s.Values[i]))
		}
		p.line("\t\t%s = %s", strings.Join(targets, ", "), strings.Join(values, ", "))
	}
	p.line("\t}")
}

func (p *printer) property(q *fsm.Property) {
	label := ""
	if q.Name != "" {
		label = q.Name + ": "
	}
	forms := map[fsm.PropertyKind]string{fsm.Reachable: "reachable ", fsm.Recoverable: "recoverable ", fsm.Never: "never ", fsm.Always: "always "}
	switch form := forms[q.Kind]; q.Kind {
	case fsm.Never, fsm.Always:
		p.line("\t%s%s%s", form, label, p.expr(q.P))
	case fsm.AfterAlways:
		p.line("\t%safter %s always %s", label, p.expr(q.P), p.expr(q.Q))
	case fsm.Eventually, fsm.LeadsTo, fsm.InfinitelyOften:
		p.cannot(q.Span, "%s rests on runs that do not pause", q.Name)
	default:
		p.line("\t%s%s%s", label, form, p.expr(q.P))
	}
}

func (p *printer) indices(list []*fsm.Expr) string {
	text := ""
	for _, e := range list {
		text += "[" + p.expr(e) + "]"
	}
	return text
}

// infix are the operators that stand between their operands.
var infix = map[fsm.Op]string{fsm.OpAnd: " && ", fsm.OpOr: " || ", fsm.OpImplies: " => ",
	fsm.OpEq: " == ", fsm.OpNe: " != ", fsm.OpLt: " < ", fsm.OpLe: " <= ", fsm.OpGt: " > ", fsm.OpGe: " >= ",
	fsm.OpAdd: " + ", fsm.OpSub: " - ", fsm.OpMul: " * ", fsm.OpDiv: " / ", fsm.OpRem: " % ",
	fsm.OpBitAnd: " & ", fsm.OpBitOr: " | ", fsm.OpBitXor: " ^ ", fsm.OpShl: " << ", fsm.OpShr: " >> "}

// expr writes an expression. A condition that is calculated with has no other words than a count over one value.
func (p *printer) expr(e *fsm.Expr) string {
	if sign, ok := infix[e.Op]; ok {
		var args []string
		for _, a := range e.Args {
			if plainly(e.Op, a.Op) {
				args = append(args, p.expr(a))
			} else {
				args = append(args, p.operand(a))
			}
		}
		return strings.Join(args, sign)
	}
	switch e.Op {
	case fsm.OpConst:
		return e.Type.Format(e.Value)
	case fsm.OpSystemVar:
		return p.sys.Vars[e.Index].Name + p.indices(e.Args)
	case fsm.OpIn:
		in := p.sys.Instances[e.Instance]
		var names []string
		for _, s := range e.States {
			names = append(names, p.spec.Machines[in.Machine].States[s].Name)
		}
		return in.Name + " in " + strings.Join(names, ", ")
	case fsm.OpNot:
		return "!" + p.operand(e.Args[0])
	case fsm.OpNeg:
		return "-" + p.operand(e.Args[0])
	case fsm.OpCount:
		return "count(unit in 0..0: " + p.expr(e.Args[0]) + ")"
	case fsm.OpSelect:
		p.cannot(e.Span, "an array of constants is read at an index that changes")
		return "0"
	}
	p.cannot(e.Span, "an operator that no import makes")
	return "0"
}

// plainly reports whether nobody needs brackets to see how an operand belongs to its operator: comparisons in what joins
// conditions, and sums in comparisons.
func plainly(op, operand fsm.Op) bool {
	if op == fsm.OpAnd || op == fsm.OpOr {
		return fsm.OpEq <= operand && operand <= fsm.OpGe
	}
	return fsm.OpEq <= op && op <= fsm.OpGe && fsm.OpAdd <= operand && operand <= fsm.OpRem
}

// operand writes an expression in brackets, unless it is one name, number or call.
func (p *printer) operand(e *fsm.Expr) string {
	text := p.expr(e)
	if e.Op == fsm.OpConst && e.Value >= 0 || e.Op == fsm.OpSystemVar || e.Op == fsm.OpCount {
		return text
	}
	return "(" + text + ")"
}
