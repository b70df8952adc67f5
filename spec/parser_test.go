package spec

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// show writes an expression with all its brackets.
func show(x Expr) string {
	list := func(xs []Expr) string {
		var s []string
		for _, x := range xs {
			s = append(s, show(x))
		}
		return strings.Join(s, ", ")
	}
	switch e := x.(type) {
	case *NameExpr:
		return e.Name
	case *IntLit:
		return fmt.Sprint(e.Value)
	case *BoolLit:
		return fmt.Sprint(e.Value)
	case *SelfExpr:
		return "self"
	case *FromExpr:
		return "from"
	case *WildcardExpr:
		return "_"
	case *UnaryExpr:
		return string(e.Op) + show(e.X)
	case *BinaryExpr:
		return "(" + show(e.X) + " " + string(e.Op) + " " + show(e.Y) + ")"
	case *InExpr:
		return "(" + show(e.X) + " in " + list(e.List) + ")"
	case *HasExpr:
		return "(" + show(e.X) + " has " + e.Message.Name + "(" + list(e.Args) + "))"
	case *IndexExpr:
		return show(e.X) + "[" + show(e.Index) + "]"
	case *SelectorExpr:
		return show(e.X) + "." + e.Sel.Name
	case *CallExpr:
		return show(e.Func) + "(" + list(e.Args) + ")"
	case *SetLit:
		return "{" + list(e.Elems) + "}"
	case *RangeExpr:
		return show(e.Lo) + ".." + show(e.Hi)
	case *QuantExpr:
		return fmt.Sprintf("%s(%s in %s: %s)", [...]string{"all", "some", "count"}[e.Quant], e.Name.Name, show(e.Domain), show(e.P))
	case *LinkExpr:
		return "link(" + e.From.Name.Name + ", " + e.To.Name.Name + ")"
	}
	return fmt.Sprintf("%T", x)
}

func TestPrecedence(t *testing.T) {
	for _, c := range [][2]string{
		{"a || b && c => d => e", "((a || (b && c)) => (d => e))"},
		{"a && b || c && d", "((a && b) || (c && d))"},
		{"!a && -b == c", "(!a && (-b == c))"},
		{"a + b * c - d", "((a + (b * c)) - d)"},
		{"a - b - c", "((a - b) - c)"},
		{"a | b & c ^ d &^ e", "((a | (b & c)) ^ (d &^ e))"},
		{"1 << n + 1 >> 2", "((1 << n) + (1 >> 2))"},
		{"a == b + 1 && c != d", "((a == (b + 1)) && (c != d))"},
		{"x in A, B.C && y", "((x in A, B.C) && y)"},
		{"x in s | t", "(x in (s | t))"},
		{"x in {A, B} == y", "((x in {A, B}) == y)"},
		{"P(x in A, B)", "P((x in A), B)"},
		{"P((x in A, B))", "P((x in A, B))"},
		{"a && all r in rm: r.v == 1 => b || c", "(a && all(r in rm: ((r.v == 1) => (b || c))))"},
		{"(some r in 0..N-1: a) && b", "(some(r in 0..(N - 1): a) && b)"},
		{"count(r in {1, 2}: r in A, B) > 1", "(count(r in {1, 2}: (r in A, B)) > 1)"},
		{"count(r)", "count(r)"},
		{"link(a, b).len + 1 == 2", "((link(a, b).len + 1) == 2)"},
		{"link(a, b) has M(1, _) || c", "((link(a, b) has M(1, _)) || c)"},
		{"a.b[i + 1].c(d)[0]", "a.b[(i + 1)].c(d)[0]"},
		{"- - ^a", "--^a"},
		{"self + from % 0x10", "(self + (from % 16))"},
		{"true == !false", "(true == !false)"},
		{"a.t.armed", "a.t.armed"},
	} {
		file, ds := Parse("x.fsm", []byte("fsm 1\nspec s\npredicate P = "+c[0]+"\n"))
		require.Empty(t, ds, c[0])
		require.Equal(t, c[1], show(file.Items[0].(*PredicateDecl).Body), c[0])
	}
}

// TestForms reads every form of a property, with and without a name.
func TestForms(t *testing.T) {
	for _, c := range []struct {
		text string
		form PropertyForm
		p, q string
	}{
		{"never a", Never, "a", ""}, {"always a || b", Always, "(a || b)", ""}, {"after a always b", AfterAlways, "a", "b"},
		{"reachable a", Reachable, "a", ""}, {"recoverable a", Recoverable, "a", ""}, {"eventually a", Eventually, "a", ""},
		{"infinitely often a", InfinitelyOften, "a", ""}, {"a in B leads to c", LeadsTo, "(a in B)", "c"},
		{"all i in T: a leads to b", LeadsTo, "all(i in T: a)", "b"}, {"(a) leads to (b)", LeadsTo, "a", "b"},
	} {
		for _, name := range []string{"", "Name: ", "for i in 0..2: ", "Name: for i in 0..2: ", "for i in 0..2: for j in T: Name: "} {
			for _, expect := range []string{"", " expect violated", "\n\t\texpect violated"} {
				p := onlyMember(t, name+c.text+expect).(*Property)
				require.Equal(t, c.form, p.Form)
				require.Equal(t, c.p, show(p.P))
				if c.q != "" {
					require.Equal(t, c.q, show(p.Q))
				}
				require.Equal(t, expect != "", p.ExpectViolated)
				require.Equal(t, strings.Contains(name, "Name"), p.Name.Name == "Name")
				require.Len(t, p.For, strings.Count(name, "for"))
			}
		}
	}
	for _, check := range []string{"deadlock", "unexpected message", "overflow", "overlap", "range", "runaway"} {
		p := onlyMember(t, check+" expect violated").(*Property)
		require.Equal(t, BuiltIn, p.Form)
		require.Equal(t, check, p.Check)
		require.True(t, p.ExpectViolated)
	}
}

// onlyMember is the member of a system with nothing else in it.
func onlyMember(t *testing.T, text string) SystemMember {
	file, ds := Parse("x.fsm", []byte("fsm 1\nspec s\nsystem S {\n\t"+text+"\n}\n"))
	require.Empty(t, ds, text)
	members := file.Items[0].(*SystemDecl).Members
	require.Len(t, members, 1)
	return members[0]
}

// TestWordsOfOnePlace uses words that mean something in one place as names everywhere else.
func TestWordsOfOnePlace(t *testing.T) {
	words := "fsm spec guard other messages restart capacity carries may lose duplicate reorder full blocks atomic queue keep " +
		"node at most order before reaches deliver leads to often violated has count armed len head last set of and or"
	for _, w := range strings.Fields(words) {
		text := "fsm 1\nspec s\nconst " + w + " = 1\nmachine M(" + w + " 0..3) {\n\tvar " + w + " 0..3\n\tstate A { on " + w + "x when " + w + " == 1 { " + w + " = 2 } }\n}\n"
		_, ds := Parse("x.fsm", []byte(text))
		require.Empty(t, ds, text)
	}
	for _, w := range []string{"node", "order", "deliver", "lose", "restart", "queue", "count", "link2"} {
		for _, text := range []string{w + " M", w + "[2] M(a = b)"} {
			require.Equal(t, w, onlyMember(t, text).(*Instance).Name.Name)
		}
	}
}

func TestDocs(t *testing.T) {
	file, ds := Parse("x.fsm", []byte(`// Licence.

// The spec.
// It has two lines.
fsm 1 // not this
// Session is it.
spec s

// Far away.

const A = 1 // behind
/* B is
   the second. */
const B = 2
enum E {
	// X is a value.
	X,
	Y, // Y too, but behind
	Z,
}
machine M { // not this
	// S is a state.
	initial state S
}
`))
	require.Empty(t, ds)
	require.Equal(t, "Session is it.", file.Doc)
	require.Equal(t, "", file.Items[0].(*ConstDecl).Doc)
	require.Equal(t, "B is\nthe second.", file.Items[1].(*ConstDecl).Doc)
	e := file.Items[2].(*EnumDecl)
	require.Equal(t, []string{"X is a value.", "", ""}, []string{e.Values[0].Doc, e.Values[1].Doc, e.Values[2].Doc})
	require.Equal(t, "S is a state.", file.Items[3].(*MachineDecl).Members[0].(*StateDecl).Doc)
}

// TestSpans checks the places of some nodes, by the text that they hold.
func TestSpans(t *testing.T) {
	src := "fsm 1\nspec s\nmachine M {\n\tstate A {\n\t\ton E(x) when x > 1 -> B { y = (x + 1) * 2 } // c\n\t}\n}\n"
	file, ds := Parse("x.fsm", []byte(src))
	require.Empty(t, ds)
	lines := strings.Split(src, "\n")
	at := func(line, col, endCol int) string { return lines[line-1][col-1 : endCol-1] }
	state := file.Items[0].(*MachineDecl).Members[0].(*StateDecl)
	require.Equal(t, 4, state.Span.Line)
	require.Equal(t, 6, state.Span.EndLine)
	tr := state.Members[0].(*Transition)
	require.Equal(t, "on E(x) when x > 1 -> B { y = (x + 1) * 2 }", at(5, tr.Span.Col, tr.Span.EndCol))
	require.Equal(t, "on E(x) when x > 1 -> B", at(5, tr.Head.Col, tr.Head.EndCol))
	require.Equal(t, "x > 1", at(5, tr.Guard.Pos().Col, tr.Guard.Pos().EndCol))
	require.Equal(t, "B", at(5, tr.Target.Span.Col, tr.Target.Span.EndCol))
	value := tr.Body.Stmts[0].(*AssignStmt).Values[0].(*BinaryExpr)
	require.Equal(t, "(x + 1) * 2", at(5, value.Span.Col, value.Span.EndCol))
	require.Equal(t, "*", at(5, value.OpSpan.Col, value.OpSpan.EndCol))
	require.Equal(t, "x + 1", at(5, value.X.Pos().Col, value.X.Pos().EndCol))
}
