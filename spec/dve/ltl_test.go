package dve

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/check"
	"interlock/fsm"
	"interlock/spec"
)

// drawFormula draws the text of a formula over the propositions p, q and r.
func drawFormula(t *rapid.T, depth int) string {
	if depth == 0 {
		return rapid.SampledFrom([]string{"p", "q", "r", "true", "false"}).Draw(t, "leaf")
	}
	sub := func() string { return drawFormula(t, rapid.IntRange(0, depth-1).Draw(t, "depth")) }
	switch op := rapid.SampledFrom([]string{"!", "G", "F", "X", "GF", "FG", "&&", "||", "->", "<->", "U", "R", "W"}).Draw(t, "op"); op {
	case "!", "G", "F", "X", "GF", "FG":
		return op + " " + sub()
	default:
		return "(" + sub() + " " + op + " " + sub() + ")"
	}
}

// endless is a run that goes round for ever: letters, of which the last is followed by the one at loop again. Each letter is what p, q
// and r are.
type endless struct {
	letters [][3]bool
	loop    int
}

func (w *endless) next(at int) int {
	if at == len(w.letters)-1 {
		return w.loop
	}
	return at + 1
}

// holds lists the places of a word from which a formula holds: it follows the meaning of each operator, and until is found
// by going on until nothing changes.
func (w *endless) holds(f *ltl) []bool {
	var args [][]bool
	for _, a := range f.args {
		args = append(args, w.holds(a))
	}
	v := make([]bool, len(w.letters))
	fill := func(at func(i int) bool) []bool {
		for i := range v {
			v[i] = at(i)
		}
		return v
	}
	until := func(a, b func(int) bool) []bool {
		for range len(v) + 1 {
			fill(func(i int) bool { return b(i) || a(i) && v[w.next(i)] })
		}
		return v
	}
	switch f.op {
	case "atom":
		return fill(func(i int) bool { return w.letters[i][strings.Index("pqr", f.text)] })
	case "true", "false":
		return fill(func(int) bool { return f.op == "true" })
	case "!":
		return fill(func(i int) bool { return !args[0][i] })
	case "&&":
		return fill(func(i int) bool { return args[0][i] && args[1][i] })
	case "||":
		return fill(func(i int) bool { return args[0][i] || args[1][i] })
	case "->":
		return fill(func(i int) bool { return !args[0][i] || args[1][i] })
	case "<->":
		return fill(func(i int) bool { return args[0][i] == args[1][i] })
	case "X":
		return fill(func(i int) bool { return args[0][w.next(i)] })
	case "F":
		return until(func(int) bool { return true }, func(i int) bool { return args[0][i] })
	case "G":
		until(func(int) bool { return true }, func(i int) bool { return !args[0][i] })
		return fill(func(i int) bool { return !v[i] })
	case "U":
		return until(func(i int) bool { return args[0][i] }, func(i int) bool { return args[1][i] })
	case "R": // not (not a until not b)
		until(func(i int) bool { return !args[0][i] }, func(i int) bool { return !args[1][i] })
		return fill(func(i int) bool { return !v[i] })
	case "W": // a until b, or a for ever
		until(func(i int) bool { return args[0][i] }, func(i int) bool { return args[1][i] })
		ends := slices.Clone(v)
		until(func(int) bool { return true }, func(i int) bool { return !args[0][i] })
		return fill(func(i int) bool { return ends[i] || !v[i] })
	}
	panic(f.op)
}

// letterText is a text whose variables are the propositions: conditions of formulas are evaluated in its joint states.
const letterText = "byte p, q, r; process P { state a; init a; } system async;"

var letterNames = map[string]string{"p": "p", "q": "q", "r": "r"}

// lowered is a lowering of a text, as far as a formula needs it.
func lowered(t require.TestingT, text string) *lowering {
	program, diags := parse("x.dve", []byte(text))
	require.Empty(t, diags)
	l := newLowering("x.dve", program, nil)
	l.declare()
	l.variables()
	l.processes()
	l.transitions()
	l.joints()
	return l
}

// accepts reports whether an automaton accepts a graph: whether from start some accepting state can be gone round for ever.
// next lists what follows a node, holds says whether a condition holds there.
func (a *automaton) accepts(start []int, next func(int) []int, holds func(int, *fsm.Expr) bool) bool {
	type at struct{ node, state int }
	out := func(x at) (list []at) {
		for _, e := range a.out(x.state) {
			if !slices.ContainsFunc(e.conds, func(c *fsm.Expr) bool { return !holds(x.node, c) }) {
				for _, n := range next(x.node) {
					list = append(list, at{n, e.to})
				}
			}
		}
		return list
	}
	reach := func(from []at) map[at]bool {
		seen := map[at]bool{}
		for todo := from; len(todo) > 0; {
			x := todo[0]
			if todo = todo[1:]; !seen[x] {
				seen[x] = true
				todo = append(todo, out(x)...)
			}
		}
		return seen
	}
	var first []at
	for _, n := range start {
		first = append(first, at{n, a.initial})
	}
	for x := range reach(first) { // the order does not show
		if a.accept[x.state] && reach(out(x))[x] {
			return true
		}
	}
	return false
}

// TestAutomaton: the automaton of a formula accepts exactly the words on which the formula holds.
func TestAutomaton(t *testing.T) {
	l := lowered(t, letterText)
	require.NoError(t, l.spec.Finish())
	rapid.Check(t, func(t *rapid.T) {
		f := l.formula(&Formula{Name: "f", LTL: drawFormula(t, 4), Propositions: letterNames})
		require.NotNil(t, f)
		w := &endless{}
		for range rapid.IntRange(1, 6).Draw(t, "length") {
			w.letters = append(w.letters, [3]bool{rapid.Bool().Draw(t, "p"), rapid.Bool().Draw(t, "q"), rapid.Bool().Draw(t, "r")})
		}
		w.loop = rapid.IntRange(0, len(w.letters)-1).Draw(t, "loop")
		a := newAutomaton(normal(f, false))
		if a == nil {
			t.Skip("too many states")
		}
		letter := func(at int, cond *fsm.Expr) bool {
			j := &fsm.Joint{Vars: []int64{truth(w.letters[at][0]), truth(w.letters[at][1]), truth(w.letters[at][2])}}
			v, err := fsm.Eval(l.sys, j, cond)
			require.NoError(t, err)
			return v != 0
		}
		got := a.accepts([]int{0}, func(at int) []int { return []int{w.next(at)} }, letter)
		require.Equal(t, w.holds(f)[0], got, "%s on %v from %d", f, w.letters, w.loop)
	})
}

// TestSmallAutomata holds the sizes of automata of usual formulas: what the search must go through grows with them.
func TestSmallAutomata(t *testing.T) {
	l := lowered(t, letterText)
	for text, most := range map[string]int{"!(G (p -> F q))": 2, "!(G F p)": 2, "!((GF p && GF q) -> GF r)": 6, "!((p U q) -> ((q U r) || G q))": 8,
		"!(G (p -> (q U r)))": 3, "!(G (p -> X q))": 3, "p && !p": 2} {
		a := newAutomaton(normal(l.formula(&Formula{Name: "f", LTL: text, Propositions: letterNames}), false))
		require.LessOrEqual(t, len(a.accept), most, text)
	}
}

// drawText draws a small text: two processes that may meet, and a variable.
func drawText(t *rapid.T) string {
	text := "byte g; channel c;\n"
	for _, p := range []string{"P", "Q"} {
		text += "process " + p + " { state a, b, d; init a; trans "
		for range rapid.IntRange(1, 5).Draw(t, "transitions") {
			from, to := rapid.SampledFrom([]string{"a", "b", "d"}).Draw(t, "from"), rapid.SampledFrom([]string{"a", "b", "d"}).Draw(t, "to")
			text += from + " -> " + to + " {" +
				rapid.SampledFrom([]string{"", " guard g == 0;", " guard g < 2;", " guard g > 0;"}).Draw(t, "guard") +
				rapid.SampledFrom([]string{"", "", " sync c!;", " sync c?;"}).Draw(t, "sync") +
				rapid.SampledFrom([]string{"", " effect g = 1 - (g == 1);", " effect g = (g + 1) % 3;"}).Draw(t, "effect") + " }, "
		}
		text += "}\n"
	}
	return text + "system async;"
}

// usual are formulas that people write, and an empty one half of the time: draw one.
var usual = append([]string{"G p", "! F (p && q)", "F r", "! G ! r", "G F q", "! F G ! p", "G (p -> F q)", "G (F q || !r)", "G (q || r -> F (p && r))", "!(F (q && G !p))",
	"(GF p && GF q) -> GF r", "G (p -> (q U r))", "F G r", "G (p -> X q)", "(p U q) -> G !r", "G p && F q", "p -> F r",
	"(G F p) -> (G F q)", "G F p && G F q", "F G p || G F q", "(!p U q) || G !p", "!p W q", "q R !p", "G (p -> (!r W q))", "G (p -> F (q && F r))", "!(F (p && X F q))",
	"(G F p -> G F q) -> G (p -> F r)", "G (p -> X (q || X r))", "p U (q U r)"}, make([]string, 29)...)

var textNames = map[string]string{"p": "P.b", "q": "Q.b || Q.d", "r": "g == 1"}

// graph explores a system by its reference. A joint state that nothing leaves is followed by itself.
func graph(t require.TestingT, sys *fsm.System) (states []*fsm.Joint, next [][]int) {
	number := map[string]int{}
	enter := func(j *fsm.Joint) int {
		n, ok := number[j.Key()]
		if !ok {
			n = len(states)
			number[j.Key()] = n
			states = append(states, j)
		}
		return n
	}
	starts, err := fsm.Starts(sys)
	require.NoError(t, err)
	require.Len(t, starts, 1)
	enter(starts[0].Outcome.Joint)
	for n := 0; n < len(states); n++ {
		next = append(next, nil)
		for _, c := range fsm.Choices(sys, states[n]) {
			o, err := fsm.Step(sys, states[n], c)
			require.NoError(t, err)
			next[n] = append(next[n], enter(o.Joint))
		}
		if len(next[n]) == 0 {
			next[n] = []int{n}
		}
	}
	return states, next
}

// TestWatching holds the verdicts on formulas of small texts against what an automaton accepts of the graph of the reference,
// and a formula that has a form against itself watched.
func TestWatching(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := drawText(t)
		of := &Formula{Name: "asked", LTL: rapid.SampledFrom(usual).Draw(t, "formula"), Propositions: textNames}
		if of.LTL == "" {
			of.LTL = drawFormula(t, 3)
		}
		l := lowered(t, text)
		f := l.formula(of)
		require.NotNil(t, f)
		a := newAutomaton(normal(f, true))
		if a == nil {
			t.Skip("too many states")
		}
		a.name, a.text = "watched", of.LTL
		l.watched = []*automaton{a}
		l.question(of)
		l.ask(Questions{})
		require.Empty(t, l.diags)
		require.NoError(t, l.spec.Finish())
		states, next := graph(t, l.sys)
		wrong := a.accepts([]int{0}, func(n int) []int { return next[n] }, func(n int, c *fsm.Expr) bool {
			v, err := fsm.Eval(l.sys, states[n], c)
			require.NoError(t, err)
			return v != 0
		})
		told := 0
		for _, sys := range l.spec.Systems {
			for _, v := range verdicts(t, sys) {
				told++
				require.Equal(t, !wrong, v.Result == check.Holds, "%s\n%s in %s", text, of.LTL, sys.Name)
			}
		}
		require.Equal(t, 2, told)
	})
}

// verdicts checks a system and returns what is said of its own properties; a run that is shown is one.
func verdicts(t require.TestingT, sys *fsm.System) (list []check.Verdict) {
	report, err := check.Run(context.Background(), sys, check.Options{})
	require.NoError(t, err)
	require.True(t, report.Complete)
	for _, v := range report.Verdicts {
		if v.Property.Kind == fsm.BuiltIn {
			require.True(t, v.Result == check.Holds || v.Property.Builtin == fsm.Deadlock && sys.Name == "System", "%s: %s", sys.Name, v.Property.Name)
			continue
		}
		require.NotEqual(t, check.Unknown, v.Result, v.Reason)
		if v.Trace != nil {
			require.NoError(t, fsm.Replay(sys, v.Trace))
		}
		list = append(list, v)
	}
	return list
}

// TestPropertyProcess: what a property process accepts is wrong; it is no part of the system.
func TestPropertyProcess(t *testing.T) {
	const text = "byte g; process P { state a, b; init a; trans a -> b { effect g = 1; }, b -> %s {}; }\n" +
		"process Never { state q, r; init q; accept buchi r; trans q -> q {}, q -> r { guard g == 1 && not P.a; }, r -> r { guard P.b; }; }\n" +
		"system async property Never;"
	for to, holds := range map[string]bool{"a": true, "b": false} {
		s := mustImport(t, fmt.Sprintf(text, to))
		require.Len(t, s.Systems, 2)
		require.Len(t, s.Systems[0].Instances, 1)
		require.Equal(t, 2, len(s.Systems[0].Joints))
		got := verdicts(t, s.Systems[1])
		require.Len(t, got, 1)
		require.Equal(t, "Never", got[0].Property.Name)
		require.Equal(t, holds, got[0].Result == check.Holds, to)
		out, err := Print(s)
		require.NoError(t, err)
		require.NotContains(t, string(out), "Never")
	}
}

// TestForms holds which formulas are forms of property, and of what conditions.
func TestForms(t *testing.T) {
	l := lowered(t, letterText)
	require.NoError(t, l.spec.Finish())
	for _, c := range []struct {
		text string
		kind fsm.PropertyKind
		p, q string // the letters at which the conditions hold, as in "pr p r": both p and r, p alone, r alone; "-": none
	}{
		{"G p", fsm.Always, "p pq pqr pr", ""},
		{"! F p", fsm.Always, "- q qr r", ""},
		{"F (p && !q)", fsm.Eventually, "p pr", ""},
		{"! G p", fsm.Eventually, "- q qr r", ""},
		{"G F p", fsm.InfinitelyOften, "p pq pqr pr", ""},
		{"! F G p", fsm.InfinitelyOften, "- q qr r", ""},
		{"G (p -> F q)", fsm.LeadsTo, "p pq pqr pr", "pq pqr q qr"},
		{"G (F q || !r)", fsm.LeadsTo, "pqr pr qr r", "pq pqr q qr"},
		{"!F (p && q && G !r)", fsm.LeadsTo, "pq pqr", "pqr pr qr r"},
	} {
		f := form(normal(l.formula(&Formula{Name: "f", LTL: c.text, Propositions: letterNames}), false))
		require.NotNil(t, f, c.text)
		require.Equal(t, c.kind, f.Kind, c.text)
		require.Equal(t, c.p, letters(t, l.sys, f.P), c.text)
		if c.q != "" {
			require.Equal(t, c.q, letters(t, l.sys, f.Q), c.text)
		}
	}
	for _, text := range []string{"p", "X p", "F G p", "G (p -> X q)", "G (F p -> F q)", "G p && G q", "F (p && F q)", "p U q", "G (F p || F q)"} {
		require.Nil(t, form(normal(l.formula(&Formula{Name: "f", LTL: text, Propositions: letterNames}), false)), text)
	}
}

// letters lists where a condition holds.
func letters(t *testing.T, sys *fsm.System, cond *fsm.Expr) string {
	var list []string
	for _, at := range []string{"-", "p", "pq", "pqr", "pr", "q", "qr", "r"} {
		has := func(s string) int64 { return truth(strings.Contains(at, s)) }
		v, err := fsm.Eval(sys, &fsm.Joint{Vars: []int64{has("p"), has("q"), has("r")}}, cond)
		require.NoError(t, err)
		if v != 0 {
			list = append(list, at)
		}
	}
	return strings.Join(list, " ")
}

// formulaMistakes are formulas that are wrong at the place marked by « and ».
var formulaMistakes = []struct{ code, text string }{
	{"dve-formula", "G (p -> F «)»"},
	{"dve-formula", "G «»"},
	{"dve-formula", "p «q»"},
	{"dve-formula", "(p && q«»"},
	{"dve-formula", "G «s»"},
	{"dve-formula", "p && «U» q"},
	{"dve-formula", "F «{»P.b"},
	{"dve-formula", "F «%»"},
}

func TestFormulaMistakes(t *testing.T) {
	for _, c := range formulaMistakes {
		before, rest, _ := strings.Cut(c.text, "«")
		wrong, after, _ := strings.Cut(rest, "»")
		s, diags := ImportAsking("x.dve", []byte(letterText), Questions{Formulas: []Formula{{"run1", before + wrong + after, letterNames}}})
		require.Nil(t, s, c.text)
		require.Len(t, diags, 1, "%s: %v", c.text, diags)
		require.Equal(t, c.code, diags[0].Code, "%s: %s", c.text, diags[0].Message)
		require.Equal(t, [2]int{len(before) + 1, len(before) + 1 + len(wrong)}, [2]int{diags[0].Span.Col, diags[0].Span.EndCol}, "%s: %s", c.text, diags[0].Message)
		require.Equal(t, "run1", diags[0].Span.File)
	}
	for _, text := range []string{"F {P.nowhere}", "F {p +}"} {
		s, diags := ImportAsking("x.dve", []byte(letterText), Questions{Formulas: []Formula{{"run1", text, nil}}})
		require.Nil(t, s)
		require.Len(t, diags, 1, "%v", diags)
	}
	deep := strings.Repeat("X (", 300) + "p" + strings.Repeat(")", 300)
	for _, text := range []string{deep, strings.Repeat("p U ", 250) + "q", strings.Repeat("G F (p <-> ", 60) + "q" + strings.Repeat(")", 60), strings.Repeat(" ", 20_000)} {
		s, diags := ImportAsking("x.dve", []byte(letterText), Questions{Formulas: []Formula{{"run1", text, letterNames}}})
		require.Nil(t, s)
		require.True(t, spec.HasErrors(diags))
		require.Equal(t, "dve-limit", diags[0].Code, diags[0].Message)
	}
}

// TestReadsFormulas holds ways to write a formula against its meaning.
func TestReadsFormulas(t *testing.T) {
	l := lowered(t, letterText)
	for text, want := range map[string]string{
		"GF p":                           "G F p",
		"[] <> p":                        "G F p",
		"G(F(p)) && q":                   "(G F p && q)",
		"p U q U r":                      "(p U (q U r))",
		"p -> q -> r":                    "(p -> (q -> r))",
		"not p or q and r imply p":       "((! p || (q && r)) -> p)",
		"! p U q":                        "(! p U q)",
		"XX {p == 1} V \"q > 2\"":        "(X X p == 1 R q > 2)",
		"p <-> q <-> r":                  "((p <-> q) <-> r)",
		"F true || G 0":                  "(F true || G false)",
		"G(P.a->F P.a)":                  "G (P.a -> F P.a)",
		"G ((!{ p } ) -> F ( ( q ) ) ) ": "G (!  p  -> F q)",
	} {
		f := l.formula(&Formula{Name: "f", LTL: text, Propositions: letterNames})
		require.NotNil(t, f, "%s %v", text, l.diags)
		require.Equal(t, want, f.String(), text)
	}
	require.Equal(t, "((GF && U) && imply)", l.formula(&Formula{Name: "f", LTL: "GF && U && imply", Propositions: map[string]string{"GF": "p", "U": "q", "imply": "r"}}).named(map[string]string{"p": "GF", "q": "U", "r": "imply"}))
}

// named writes a formula with the names of its propositions.
func (f *ltl) named(names map[string]string) string {
	if f.op == "atom" {
		return names[f.text]
	}
	return "(" + f.args[0].named(names) + " " + f.op + " " + f.args[1].named(names) + ")"
}
