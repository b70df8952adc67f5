package gen

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// Precedences of Go's binary operators; a text of a higher one needs no brackets inside a lower.
const (
	precOr = iota + 1
	precAnd
	precCompare
	precAdd
	precMul
	precUnary
	precAtom
)

// code is a Go expression. Its type is typ: a Go type, or "" for an integer constant that fits where it stands.
type code struct {
	text string
	prec int
	typ  string
}

func atom(typ, format string, args ...any) code {
	return code{fmt.Sprintf(format, args...), precAtom, typ}
}

// in is the text, in brackets where an operator of precedence prec stands round it.
func (c code) in(prec int) string {
	if c.prec < prec {
		return "(" + c.text + ")"
	}
	return c.text
}

// place is where expressions and bodies are written: in a function of a machine (machine scope, the receiver is m) or of
// the unpacked joint machine (system scope, the receiver is w). What can leave its range is checked with a fsm.Ranges
// called bad, which the function must declare if checks is true in the end.
type place struct {
	g        *generator
	machine  *machine          // machine scope
	system   *system           // system scope
	param    func(i int) code  // a parameter of the event or joint
	externs  map[string]string // by exprKey, the identifier of the answer
	anys     map[string]string // by anyKey, the identifier of the value
	counts   map[string]int    // occurrences of any in the body that is being written
	fromType string            // the Go type of from
	checks   bool
	down     bool        // the machine is Down: the restart is under way
	assigned *fsm.Var    // of the assignment that is being written
	facts    []*fsm.Expr // conditions that hold where text is written next
	placed   int         // effects of the body so far, plus 1, while their places are known: out is fresh, and all ways are alike; else 0
	undo     string      // text that takes a body back that failed; old is the machine before it. "" if nobody has to
	rearm    string      // text that arms the timer again whose end is refused; "" of other events
}

// bad notes that a check is written, and names what checks.
func (p *place) bad() string {
	p.checks = true
	return "bad"
}

// fallible reports whether evaluating e can leave a range.
func (p *place) fallible(e *fsm.Expr) bool {
	return p.partial(e) || slices.ContainsFunc(e.Args, p.fallible)
}

// partial reports whether the operator of e itself, given its operands, can leave a range.
func (p *place) partial(e *fsm.Expr) bool {
	switch e.Op {
	case fsm.OpDiv, fsm.OpRem:
		lo, hi := interval(e.Args[1])
		return lo <= 0 && 0 <= hi
	case fsm.OpShl, fsm.OpShr:
		return !within(e.Args[1], 0, fsm.MaxSet)
	case fsm.OpSelect:
		return !within(e.Args[0], 0, int64(len(e.Args)-2))
	case fsm.OpSetOf:
		for _, a := range e.Args {
			if !within(a, e.Type.Elem.Lo, e.Type.Elem.Hi) {
				return true
			}
		}
	case fsm.OpVar, fsm.OpInstanceVar, fsm.OpSystemVar:
		t := p.variable(e).Type
		for _, a := range e.Args {
			if !within(a, 0, int64(t.Len-1)) {
				return true
			}
			t = t.Elem
		}
	}
	return false
}

// variable is the variable that an expression reads.
func (p *place) variable(e *fsm.Expr) *fsm.Var {
	switch e.Op {
	case fsm.OpSystemVar:
		return &p.system.Vars[e.Index]
	case fsm.OpInstanceVar:
		return &p.system.instances[e.Instance].machine.Vars[e.Index]
	}
	return &p.machine.Vars[e.Index]
}

// expr writes an expression.
func (p *place) expr(e *fsm.Expr) code {
	switch {
	case e.Op <= fsm.OpExtern:
		return p.read(e)
	case e.Op <= fsm.OpLinkLast:
		return p.link(e)
	case e.Op <= fsm.OpSelect:
		return p.decide(e)
	case e.Op <= fsm.OpGe:
		return p.compare(e.Op, e.Args[0], e.Args[1])
	case e.Op <= fsm.OpShr:
		return p.compute(e)
	}
	return p.collect(e)
}

// constant is a value of t in Go; numbers have no type of their own.
func (p *place) constant(t *fsm.Type, v int64) code {
	switch {
	case t.Kind == fsm.Bool:
		return atom("bool", "%t", v != 0)
	case t.Kind == fsm.Enum && p.g.declared(t) && t.Has(v):
		return atom(exported(t.Name), "%s", p.g.enumConst(t, int(v)))
	case v < 0:
		return code{fmt.Sprint(v), precUnary, ""}
	}
	return atom("", "%d", v)
}

// read writes what looks at variables, parameters, states and timers.
func (p *place) read(e *fsm.Expr) code {
	g := p.g
	switch e.Op {
	case fsm.OpConst:
		return p.constant(e.Type, e.Value)
	case fsm.OpVar, fsm.OpSystemVar, fsm.OpInstanceVar:
		return p.slot(p.holder(e), p.variable(e).Type, e.Args)
	case fsm.OpMachineParam:
		return atom(g.goType(p.machine.Params[e.Index].Type), "m.%s", p.machine.params[e.Index])
	case fsm.OpSelf:
		return atom(p.machine.selfType, "m.self")
	case fsm.OpParam:
		return p.param(e.Index)
	case fsm.OpFrom:
		return atom(p.fromType, "from")
	case fsm.OpArmed:
		if p.machine != nil {
			return code{fmt.Sprintf("m.armed&%#x != 0", 1<<e.Index), precCompare, "bool"}
		}
		return code{fmt.Sprintf("%s.armed&%#x != 0", p.system.instances[e.Instance].record, 1<<e.Index), precCompare, "bool"}
	case fsm.OpIn:
		return p.in(e)
	}
	return atom("bool", "%s", p.externs[externKey(e)]) // OpExtern
}

// externKey tells the questions to extern guards apart: the guard, and what its arguments are.
func externKey(e *fsm.Expr) string { return exprKey(e) }

// holder is the Go place of a whole variable.
func (p *place) holder(e *fsm.Expr) string {
	v := p.variable(e)
	if v.Ghost {
		p.g.fail("the ghost variable %s is read by what is generated", v.Name)
	}
	switch e.Op {
	case fsm.OpSystemVar:
		return "w." + p.system.fields[e.Index]
	case fsm.OpInstanceVar:
		in := p.system.instances[e.Instance]
		if v.Shared {
			return "w." + p.system.fields[p.system.Instances[e.Instance].Shared[e.Index]]
		}
		return in.record + "." + in.machine.fields[e.Index]
	}
	return "m." + p.machine.fields[e.Index]
}

// slot is one slot of a variable of type t.
func (p *place) slot(text string, t *fsm.Type, index []*fsm.Expr) code {
	for _, e := range index {
		i := p.expr(e)
		if i.typ == "bool" || !p.sure(e, 0, int64(t.Len-1)) {
			i = atom("int", "%s.Index(%s, %d)", p.bad(), p.int(e).text, t.Len)
		}
		text += "[" + i.text + "]"
		t = t.Elem
	}
	return atom(p.g.goType(t), "%s", text)
}

// in asks for the state of an instance. Down is no state of generated machines.
func (p *place) in(e *fsm.Expr) code {
	m, record := p.machine, "m"
	if m == nil {
		m, record = p.system.instances[e.Instance].machine, p.system.instances[e.Instance].record
	}
	if p.down {
		return atom("bool", "%t", slices.Contains(e.States, fsm.Down))
	}
	var tests []string
	for _, s := range e.States {
		if s != fsm.Down {
			tests = append(tests, fmt.Sprintf("%s.state == %s", record, m.states[s]))
		}
	}
	switch len(tests) {
	case 0:
		return atom("bool", "false")
	case 1:
		return code{tests[0], precCompare, "bool"}
	}
	return code{strings.Join(tests, " || "), precOr, "bool"}
}

// link writes views into links. Only atomic systems are generated as a whole, and an atomic link is empty between steps.
func (p *place) link(e *fsm.Expr) code {
	if e.Op == fsm.OpLinkLen {
		return atom("", "0")
	}
	return atom("bool", "false")
}

// int writes a value as an int64, or as a constant that becomes one.
func (p *place) int(e *fsm.Expr) code {
	c := p.expr(e)
	switch c.typ {
	case "", "int64":
		return c
	case "bool":
		return atom("int64", "fsm.Cond[int64](%s, 1, 0)", c.text)
	}
	if e.Op == fsm.OpConst {
		return p.constant(fsm.IntType(e.Value, e.Value), e.Value)
	}
	return atom("int64", "int64(%s)", c.text)
}

// into writes a value for a place of type t: where it could leave the range of t, with a check.
func (p *place) into(t *fsm.Type, e *fsm.Expr) string {
	goal := p.g.goType(t)
	if !p.sure(e, t.Lo, t.Hi) {
		return fmt.Sprintf("%s(%s.In(%s, %d, %d))", goal, p.bad(), p.int(e).text, t.Lo, t.Hi)
	}
	c := p.expr(e)
	switch {
	case c.typ == goal:
		return c.text
	case e.Op == fsm.OpConst:
		return p.g.literal(t, e.Value)
	case goal == "bool":
		return p.int(e).in(precCompare+1) + " != 0"
	case c.typ == "bool":
		return fmt.Sprintf("%s(%s)", goal, p.int(e).text)
	}
	return fmt.Sprintf("%s(%s)", goal, c.text)
}
