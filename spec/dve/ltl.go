package dve

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
	"interlock/spec"
)

// Formula is something to be decided of the runs of an imported text, in linear temporal logic: G F X U R W (or [] and <>),
// ! && || -> <-> (or not, and, or, imply), true and false. A name is a proposition; what stands between braces or double
// quotes is a condition of DVE, such as {P.s && x > 2}.
type Formula struct {
	Name         string
	LTL          string
	Propositions map[string]string // by name: a condition of DVE
}

// The limits on a formula.
const (
	maxFormula = 10_000 // bytes
	maxLTL     = 400    // operators
)

// ltl is a formula of linear temporal logic. The operator is "atom" (cond, which may be long), "!", "&&", "||", "->", "<->", "X",
// "U", "R", "W", "F", "G", "true" or "false"; in normal form there are atoms, "&&", "||", "X", "U", "R", "true" and "false" only.
type ltl struct {
	op   string
	args []*ltl
	text string // of an atom: what tells it from others
	cond *fsm.Expr
}

func (f *ltl) temporal() bool {
	return slices.Contains([]string{"X", "U", "R", "W", "F", "G"}, f.op) || slices.ContainsFunc(f.args, (*ltl).temporal)
}

// size counts the operators and atoms of a formula in normal form, up to a bit above the limit: <-> stands for both of its
// operands twice.
func (f *ltl) size() int {
	n := 1
	for _, a := range f.args {
		n += a.size()
	}
	if f.op == "<->" {
		n *= 2
	}
	return min(n, maxLTL+1)
}

// ltlReader reads a formula. The places in its diagnostics are columns of the formula, whose name stands as the file.
type ltlReader struct {
	l     *lowering
	of    *Formula
	text  string
	at    int
	depth int
	atoms map[string]*fsm.Expr
	err   *spec.Diagnostic
}

// formula reads a formula; nil if a mistake was told.
func (l *lowering) formula(of *Formula) *ltl {
	r := &ltlReader{l: l, of: of, text: of.LTL, atoms: map[string]*fsm.Expr{}}
	if len(r.text) > maxFormula {
		r.text = ""
		r.fail("dve-limit", "the formula has %d bytes; the limit is %d", len(of.LTL), maxFormula)
	}
	f := r.binary(0)
	if f != nil && r.word() != "" {
		r.fail("dve-formula", "the formula goes on: %s", quote(r.word()))
	}
	if r.err == nil && f.size() > maxLTL {
		r.fail("dve-limit", "the formula has more than %d operators", maxLTL)
	}
	if r.err != nil {
		l.diags = append(l.diags, *r.err)
		return nil
	}
	return f
}

// fail tells the first mistake only. It returns nil, for its caller to return.
func (r *ltlReader) fail(code, format string, args ...any) *ltl {
	if r.err == nil {
		at := fsm.Span{File: r.of.Name, Line: 1, Col: r.at + 1, EndLine: 1, EndCol: r.at + 1 + len(r.word())}
		d := mistake(at, code, format, args...)
		r.err = &d
	}
	return nil
}

// ltlSigns are the operators that are written with signs, the longest first.
var ltlSigns = []string{"<->", "<=>", "->", "=>", "&&", "||", "/\\", "\\/", "[]", "<>", "!", "~", "&", "|", "(", ")"}

// ltlSpelling gives operators one spelling.
var ltlSpelling = map[string]string{"<=>": "<->", "=>": "->", "imply": "->", "/\\": "&&", "and": "&&", "&": "&&", "\\/": "||", "or": "||", "|": "||",
	"[]": "G", "<>": "F", "~": "!", "not": "!", "V": "R"}

// word is the next word or sign; empty at the end. Letters that are one-place operators may stand together: GF p.
func (r *ltlReader) word() string {
	rest := strings.TrimLeft(r.text[r.at:], " \t\r\n")
	r.at = len(r.text) - len(rest)
	if rest == "" {
		return ""
	}
	for _, s := range ltlSigns {
		if strings.HasPrefix(rest, s) {
			return s
		}
	}
	for _, pair := range []string{"{}", `""`} {
		if end := strings.IndexByte(rest[1:], pair[1]); rest[0] == pair[0] && end >= 0 {
			return rest[:end+2]
		}
	}
	n := 0
	for n < len(rest) && (isLetter(rest[n]) || isDigit(rest[n]) || rest[n] == '.' && n > 0) {
		n++
	}
	w := rest[:max(1, n)]
	if _, ap := r.of.Propositions[w]; !ap && strings.Trim(w, "GFX") == "" {
		return w[:1]
	}
	return w
}

// next takes the next word, in its one spelling.
func (r *ltlReader) next() string {
	w := r.word()
	r.at += len(w)
	return r.spelled(w)
}

func (r *ltlReader) spelled(w string) string {
	if _, ap := r.of.Propositions[w]; ap {
		return w
	}
	if s, ok := ltlSpelling[w]; ok {
		return s
	}
	return w
}

// ltlLevels are the two-place operators, those that bind least first.
var ltlLevels = [][]string{{"<->"}, {"->"}, {"||"}, {"&&"}, {"U", "R", "W"}}

// binary reads operators of a level and of those that bind more tightly. -> U R W associate to the right.
func (r *ltlReader) binary(level int) *ltl {
	if level == len(ltlLevels) {
		return r.unary()
	}
	left := r.binary(level + 1)
	for left != nil {
		op := r.spelled(r.word())
		if _, ap := r.of.Propositions[op]; ap || !slices.Contains(ltlLevels[level], op) {
			return left
		}
		r.next()
		right, toRight := (*ltl)(nil), level == 1 || level == 4
		if r.depth++; r.depth > maxDepth {
			return r.fail("dve-limit", "the formula is nested more than %d deep", maxDepth)
		}
		if toRight {
			right = r.binary(level)
		} else {
			right = r.binary(level + 1)
		}
		r.depth--
		if right == nil {
			return nil
		}
		left = &ltl{op: op, args: []*ltl{left, right}}
	}
	return nil
}

// unary reads what two-place operators stand between.
func (r *ltlReader) unary() *ltl {
	defer func() { r.depth-- }()
	if r.depth++; r.depth > maxDepth {
		return r.fail("dve-limit", "the formula is nested more than %d deep", maxDepth)
	}
	w := r.word()
	switch op := r.spelled(w); {
	case w == "":
		return r.fail("dve-formula", "expected a formula, found its end")
	case w == "(":
		r.next()
		f := r.binary(0)
		if f != nil && r.word() != ")" {
			return r.fail("dve-formula", "expected `)`, found %s", quote(r.word()))
		}
		r.next()
		return f
	case w[0] == '{', w[0] == '"':
		if len(w) < 2 {
			return r.fail("dve-formula", "the condition that begins here is never closed")
		}
		return r.atom(w, w[1:len(w)-1])
	case r.of.Propositions[w] != "":
		return r.atom(w, r.of.Propositions[w])
	case op == "!" || op == "G" || op == "F" || op == "X":
		r.next()
		f := r.unary()
		if f == nil {
			return nil
		}
		return &ltl{op: op, args: []*ltl{f}}
	case op == "true" || op == "false" || op == "1" || op == "0":
		r.next()
		return &ltl{op: fmt.Sprint(op == "true" || op == "1")}
	case isLetter(w[0]) && !slices.Contains([]string{"U", "R", "W"}, op):
		return r.proposition(w)
	}
	return r.fail("dve-formula", "expected a formula, found %s", quote(w))
}

// proposition is a name that is given no meaning: P.s and the names of variables have one of their own.
func (r *ltlReader) proposition(name string) *ltl {
	if r.l.global[name] != nil || strings.Contains(name, ".") {
		return r.atom(name, name)
	}
	var known []string
	for k := range r.of.Propositions {
		known = append(known, k)
	}
	slices.Sort(known)
	r.fail("dve-formula", "no proposition %s", quote(name))
	if r.err.Help = "A condition of DVE stands between braces: {P.s}."; spec.Nearest(name, known) != "" {
		r.err.Help = "Did you mean " + quote(spec.Nearest(name, known)) + "?"
	}
	return nil
}

// atom lowers the condition of a proposition, once.
func (r *ltlReader) atom(called, text string) *ltl {
	cond, again := r.atoms[text]
	if !again {
		known := len(r.l.diags)
		if cond = r.l.asked(r.of.Name+", "+called, text); cond == nil {
			r.fail("dve-formula", "the condition is not understood")
			*r.err = r.l.diags[known]
			r.l.diags = r.l.diags[:known]
			return nil
		}
		r.atoms[text] = cond
	}
	r.at += len(called)
	return &ltl{op: "atom", text: text, cond: cond}
}

// normal is a formula, or its negation, in normal form. What has no temporal operator becomes one atom.
func normal(f *ltl, negated bool) *ltl {
	if f.op != "true" && f.op != "false" && !f.temporal() {
		return condition(f, negated)
	}
	dual := map[string]string{"&&": "||", "||": "&&", "U": "R", "R": "U", "X": "X", "true": "false", "false": "true"}
	op := f.op
	switch op {
	case "!":
		return normal(f.args[0], !negated)
	case "->":
		return normal(&ltl{op: "||", args: []*ltl{{op: "!", args: f.args[:1]}, f.args[1]}}, negated)
	case "<->":
		no := func(i int) *ltl { return &ltl{op: "!", args: f.args[i : i+1]} }
		return normal(&ltl{op: "||", args: []*ltl{{op: "&&", args: f.args}, {op: "&&", args: []*ltl{no(0), no(1)}}}}, negated)
	case "F":
		return normal(&ltl{op: "U", args: []*ltl{{op: "true"}, f.args[0]}}, negated)
	case "G":
		return normal(&ltl{op: "R", args: []*ltl{{op: "false"}, f.args[0]}}, negated)
	case "W": // a W b is b R (a || b)
		return normal(&ltl{op: "R", args: []*ltl{f.args[1], {op: "||", args: f.args}}}, negated)
	}
	if negated {
		op = dual[op]
	}
	n := &ltl{op: op}
	for _, a := range f.args {
		n.args = append(n.args, normal(a, negated))
	}
	return n
}

// condition makes one atom of a formula without temporal operators.
func condition(f *ltl, negated bool) *ltl {
	x := f.state()
	text := f.String()
	if negated {
		x = negation(x)
		text = "!" + text
	}
	return &ltl{op: "atom", text: text, cond: x}
}

// state is the condition that a formula without temporal operators is.
func (f *ltl) state() *fsm.Expr {
	var args []*fsm.Expr
	for _, a := range f.args {
		args = append(args, a.state())
	}
	x := &fsm.Expr{Type: fsm.BoolType, Args: args}
	switch f.op {
	case "atom":
		return f.cond
	case "true", "false":
		x.Value = truth(f.op == "true")
	case "!":
		return negation(args[0])
	case "&&":
		x.Op = fsm.OpAnd
	case "||":
		x.Op = fsm.OpOr
	case "->":
		x.Op = fsm.OpImplies
	case "<->":
		x.Op = fsm.OpEq
	}
	return x
}

// String writes a formula, every operator in brackets.
func (f *ltl) String() string {
	switch {
	case f.op == "atom":
		return f.text
	case len(f.args) == 0:
		return f.op
	case len(f.args) == 1:
		return f.op + " " + f.args[0].String()
	}
	return "(" + f.args[0].String() + " " + f.op + " " + f.args[1].String() + ")"
}
