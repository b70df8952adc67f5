package spec

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

// A mistake is a text in which the bytes between « and » are wrong, for one reason and in one way. A text of a level
// stands in the middle of a whole spec, whose rest must be read all the same.
type mistake struct {
	code string
	text string
}

// around are the texts round a mistake, by the level that it stands at. After is found again in the tree.
var around = map[string][2]string{
	"file":   {"", ""},
	"item":   {"fsm 1\nspec s\nconst Before = 1\n", "\nconst After = 1\n"},
	"member": {"fsm 1\nspec s\nmachine M {\n\tinitial state First\n\t", "\n\tstate After\n}\nconst After = 1\n"},
	"state":  {"fsm 1\nspec s\nmachine M {\n\tstate First {\n\t\t", "\n\t\ton Go -> After\n\t}\n\tstate After\n}\nconst After = 1\n"},
	"body":   {"fsm 1\nspec s\nmachine M {\n\tstate First {\n\t\ton Go -> After {\n\t\t\t", "\n\t\t\tstart after\n\t\t}\n\t}\n\tstate After\n}\nconst After = 1\n"},
	"guard":  {"fsm 1\nspec s\nmachine M {\n\tstate First {\n\t\ton Go when ", " -> After { start after }\n\t}\n\tstate After\n}\nconst After = 1\n"},
	"system": {"fsm 1\nspec s\nsystem S {\n\tfirst First\n\t", "\n\tafterwards After\n}\nconst After = 1\n"},
	"steps":  {"fsm 1\nspec s\nsystem S {\n\tscenario First {\n\t\t", "\n\t\tx.After\n\t}\n\tafterwards After\n}\nconst After = 1\n"},
}

// levels are the keys of around in a fixed order.
var levels = []string{"file", "item", "member", "state", "body", "guard", "system", "steps"}

var mistakes = map[string][]mistake{
	"file": {
		{"missing-edition", "«spec» s\nconst N = 1\n"},
		{"missing-edition", "«»"},
		{"missing-edition", "// a remark\n«machine» M {\n\tinitial state A\n}\n"},
		{"missing-edition", "fsm«»\nspec s\n"},
		{"unknown-edition", "fsm «2»\nspec s\n"},
		{"missing-spec", "fsm 1\n«const» N = 1\n"},
		{"missing-spec", "fsm 1\n«»"},
		{"unexpected", "fsm 1\nspec«»\nconst N = 1\n"},
		{"reserved-word", "fsm 1\nspec «all»\n"},
		{"missing-brace", "fsm 1\nspec s\nmachine M «{»\n\tinitial state A\n"},
		{"missing-brace", "fsm 1\nspec s\nmachine M «{»\n\tinitial state A {\n\t\ton X -> B\n\t}\n\tstate B\n\nsystem S {\n\tm M\n}\n"},
		{"missing-brace", "fsm 1\nspec s\nmachine M {\n\tinitial state A «{»\n\t\ton X -> B\n\tstate B\n\tfinal state C {\n\t\ton Y\n\t}\n}\nsystem S {\n\tm M\n}\n"},
		{"missing-brace", "fsm 1\nspec s\nmachine M {\n\tinitial state A {\n\t\tentry «{» start t; start u\n\t\ton X -> B\n\t}\n\tstate B\n}\n"},
		{"missing-brace", "fsm 1\nspec s\nmachine M {\n\tinitial state A {\n\t\ton X -> B «{»\n\t\t\tstart t\n\t\ton Y -> B\n\t}\n\tstate B\n}\n"},
		{"missing-brace", "fsm 1\nspec s\nmachine M «{»\ninitial state A\nstate B {\non X -> A\n}\n\nmachine N {\ninitial state A\n}\n"},
		{"missing-brace", "fsm 1\nspec s\nif true «{»\n\tconst A = 1\n"},
		{"surplus-brace", "fsm 1\nspec s\nmachine M {\n\tinitial state A {\n\t\ton X -> B\n\t}\n\t«}»\n\tstate B\n}\nsystem S {\n\tm M\n}\n"},
		{"surplus-brace", "fsm 1\nspec s\nmachine M {\n\tinitial state A\n}\n«}»\nsystem S {\n\tm M\n}\n"},
		{"surplus-brace", "fsm 1\nspec s\nmachine M {\n\tinitial state A {\n\t\ton X -> B\n\t}\n«}»\n\tstate B\n}\nsystem S {\n\tm M\n}\n"},
		{"surplus-brace", "fsm 1\nspec s\nmachine M {\n\tinitial state A {\n\t\ton X {\n\t\t\tstart t\n\t\t}\n\t«}»\n\t\ton Y -> B\n\t}\n\tstate B\n}\n"},
		{"missing-brace", "fsm 1\nspec s\nmachine M« »\n\tvar x bool\n\tinitial state A {\n\t\ton X -> B\n\t}\n\tstate B\n}\nsystem S {\n\tm M\n}\n"},
		{"missing-brace", "fsm 1\nspec s\nmachine M(n 0..3)« »\n\tinitial state A\n}\n"},
		{"missing-brace", "fsm 1\nspec s\nmachine M {\n\tinitial state A« »// here\n\t\tentry { start t }\n\t\ton X -> B\n\t}\n\tstate B\n}\n"},
		{"missing-brace", "fsm 1\nspec s\nmachine M {\n\tinitial state A«:»\n\t\tentry { start t }\n\t\ton X -> B\n\t}\n\tstate B\n}\n"},
		{"missing-brace", "fsm 1\nspec s\nmachine M {\n\tinitial state A\n}\nsystem S« »\n\tm M\n\tnever m in A\n}\n"},
		{"open-comment", "fsm 1\nspec s\n«/*» for ever\nmachine M {}\n"},
		{"bidi-character", "fsm 1\nspec s\n// «\u202e»hello \u202d\u202c\n"},
		{"invisible-character", "fsm 1\nspec s\nconst A«\u200b» = 1\n"},
		{"invalid-utf8", "fsm 1\nspec s\nconst A = 1 // «\xff»\xfe\n"},
		{"nul-byte", "fsm 1\nspec s\n«\x00»\x00\x00"},
		{"control-character", "fsm 1\nspec s\nconst A = 1 // «\x1b»[31m\n"},
		{"strange-space", "fsm 1\nspec s\nconst«\u00a0»A =\u00a01\n"},
		{"file-too-large", "«»fsm 1\nspec s\n" + strings.Repeat("// much\n", MaxFile/8)},
	},
	"item": {
		{"reserved-word", "type «state» = 0..1"},
		{"reserved-word", "message M(«from» 0..3)"},
		{"misspelt-word", "«mesage» Ping"},
		{"misspelt-word", "«machin» M {\n\tinitial state A\n}"},
		{"unexpected", "«frobnicate» 3"},
		{"unexpected", "const N«»"},
		{"unexpected", "const N =«»"},
		{"unexpected", "const N «3»"},
		{"quoted-name", "message «\"Ping\"»"},
		{"string", "const N = «\"a b\"»"},
		{"bad-number", "const N = «3x»"},
		{"bad-number", "const N = «010»"},
		{"bad-number", "const N = «1.5»"},
		{"number-too-large", "const N = «99999999999999999999»"},
		{"token-too-long", "const «" + strings.Repeat("n", MaxToken+1) + "» = 1"},
		{"bad-name", "const «größe» = 1\nconst N = größe"},
		{"bad-name", "const «_n» = 1"},
		{"lookalike", "message Ping«（»n 0..3)"},
		{"bad-character", "const N = 3 «#» three"},
		{"missing-comma", "enum E {\n\tA«»\n\tB\n\tC\n}"},
		{"open-list", "enum E { A «B» }"},
		{"unexpected", "enum E { A,«,» B }"},
		{"unexpected", "enum«»"},
		{"missing-type", "message M(«n»)"},
		{"missing-type", "message M(«a», b 0..3)"},
		{"unexpected", "message M «{» n 0..3 }"},
		{"unexpected", "effect E «{»\n\tn 0..3\n}"},
		{"unexpected", "const N «int» = 3"},
		{"unexpected", "type T «0»..3"},
		{"unexpected", "enum E «=» A | B"},
		{"unexpected", "«guard» allowed"},
		{"colon-before-type", "message M(n«:» 0..3)"},
		{"unbounded-type", "type T = «7»"},
		{"unexpected", "type T = set of «{»A, B}"},
		{"open-list", "message M(n 0..3«»"},
		{"two-on-a-line", "const A = 1 «const» B = 2"},
		{"extern-guard", "extern «allowed»(n 0..3)"},
		{"line-begins", "const A = N\n\t«+» 1"},
		{"misplaced", "«timer» t 5s"},
		{"misplaced", "«on» X -> Y"},
		{"misplaced", "«spec» again"},
		{"brace-on-new-line", "machine M\n«{»\n\tinitial state A\n}"},
		{"else-on-new-line", "if true {\n\tconst B = 1\n}\n«else» {\n\tconst C = 1\n}"},
		{"too-deep", "const B = " + strings.Repeat("(", MaxNesting) + "«(»1)" + strings.Repeat(")", MaxNesting)},
		{"too-long", "const B = 1" + strings.Repeat(" + 1", MaxExprNodes) + " «+» 1"},
	},
	"member": {
		{"missing-state", "initial«» Idle"},
		{"misspelt-word", "«staet» Open {\n\t\ton X -> First\n\t}"},
		{"misspelt-word", "«tmier» retry 5s"},
		{"misspelt-word", "initial «sate» Open"},
		{"duration-unit", "timer t «500»"},
		{"unexpected", "timer t«»"},
		{"unexpected", "timer «500ms»"},
		{"said-twice", "final «final» state Open"},
		{"said-twice", "ghost «ghost» var x bool"},
		{"unexpected", "durable «x» bool"},
		{"unexpected", "var x«»"},
		{"unexpected", "var x 0..3 =«»"},
		{"unexpected", "var x 0..«=» 3"},
		{"bad-operator", "var x 0..3 «:=» 3"},
		{"unexpected", "peer leader«»"},
		{"colon-before-type", "peer leader«:» Leader"},
		{"misplaced", "«entry» { start t }"},
		{"misplaced", "«link» a -> b"},
		{"misplaced", "«const» N = 3"},
		{"unexpected", "state «{»\n\t\ton X -> First\n\t}"},
		{"ignore-guard", "ignore Data «when» x == 1"},
		{"ignore-arrow", "ignore Data «->» First"},
		{"ignore-params", "ignore Data«(n)»"},
		{"other-messages", "ignore other «message»"},
		{"other-messages", "on other «mesages» -> First"},
		{"defer-guard", "defer A, «B» when x"},
		{"unexpected", "in First«»"},
	},
	"state": {
		{"unexpected", "on Go when a && «->» First { start t }"},
		{"unexpected", "on Go when (a && b «->» First { start t }"},
		{"open-list", "on Go when x in {A, B «->» First { start t }"},
		{"open-list", "on Go when P(a, b «->» First { start t }"},
		{"missing-target", "on Accept ->«»"},
		{"missing-target", "on Accept ->« »{ start t }"},
		{"bad-arrow", "on Accept «=>» Open"},
		{"bad-arrow", "on Accept «- >» Open { start t }"},
		{"two-targets", "on Accept -> Open «->» Closed"},
		{"two-guards", "on Accept when a «when» b -> Open"},
		{"guard-word", "on Accept «if» a -> Open"},
		{"guard-after-arrow", "on Accept -> Open «when» a"},
		{"else-guard", "on Accept «when» else -> Open"},
		{"else-guard", "on Accept when a «else» -> Open"},
		{"pattern-value", "on Data(«3») -> Open"},
		{"pattern-type", "on Data(n «Seq») -> Open"},
		{"open-list", "on Data(n «->» Open"},
		{"unexpected", "on «-> »Open"},
		{"misplaced", "«var» x bool"},
		{"misplaced", "«send» leader Register"},
		{"body-braces", "on Accept -> Open «start» t"},
		{"unexpected", "entry«»"},
		{"quoted-name", "on Accept -> «'Open'»"},
		{"line-begins", "on Accept when a\n\t\t\t«&&» b -> Open { start t }"},
		{"two-on-a-line", "on Accept -> Open «on» Close -> Closed"},
		{"unexpected", "on Accept«,» Close -> Open"},
		{"unexpected", "on Accept«,» Close { start t }"},
		{"bad-arrow", "on Accept «Open» { start t }"},
		{"bad-arrow", "on Accept «Open»"},
		{"bad-arrow", "on Accept «goto» Open"},
		{"guard-word", "on Accept «where» x < 3 -> Open"},
		{"guard-word", "on Accept «[»x < 3] -> Open"},
		{"body-braces", "on Accept «/» x = 1"},
		{"body-braces", "entry«:» x = 1"},
		{"body-braces", "exit «->» x = 1"},
		{"unexpected", "«Accept» -> Open"},
		{"unexpected", "«after» 5s -> Open"},
		{"bad-arrow", "on Accept when x < 3 «Open»"},
		{"body-braces", "on Accept when x < 3 «x» = x + 1"},
		{"body-braces", "on Accept -> Open «x» = 1"},
		{"misplaced", "«do» CloseSocket"},
		{"body-braces", "entry «start» t"},
	},
	"guard": {
		{"assign-in-expression", "tries «=» 3"},
		{"word-operator", "a «and» b"},
		{"word-operator", "«not» a"},
		{"not-in", "a && «!»x in Open, Closed"},
		{"comma-condition", "x in Open, y «in» Closed"},
		{"unexpected", "a «b»"},
		{"wildcard", "a == «_»"},
		{"duration", "t > «5s»"},
		{"reserved-word", "a == «else»"},
		{"unexpected", "all r «of» rm: r.x"},
		{"word-operator", "«exists» r in rm: r.x"},
		{"word-operator", "a && «forall» r in rm: r.x"},
		{"unexpected", "some r«:» rm in A"},
		{"unexpected", "count(«rm»: rm in A) > 1"},
		{"unexpected", "all r in rm «r».x"},
		{"bad-character", "a «?» b"},
	},
	"body": {
		{"misspelt-word", "«sned» leader Register"},
		{"misspelt-word", "«strat» retry"},
		{"send-order", "«send Register» to leader"},
		{"unexpected", "send Register«»"},
		{"compare-in-body", "x «==» 1"},
		{"local-variable", "x «:=» 1"},
		{"bad-operator", "x«++»"},
		{"bad-operator", "x «+=» 1"},
		{"assign-count", "«x, y = 1»"},
		{"unexpected", "x«»"},
		{"unexpected", "x =«»"},
		{"misplaced", "«on» X -> Open"},
		{"unexpected", "if «{» start t }"},
		{"unexpected", "if a«»\n\t\t\tstart t"},
		{"unexpected", "for q «of» Pid { start t }"},
		{"unexpected", "start«»"},
		{"unexpected", "«3»"},
		{"two-on-a-line", "start t «start» u"},
		{"open-list", "send leader Data(1, 2«»"},
		{"unexpected", "start t«,» start u"},
		{"duration", "start t «5s»"},
		{"reserved-word", "t.«start»()"},
		{"reserved-word", "send «from» Data"},
		{"unexpected", "do E(n)«,» send leader Data"},
	},
	"system": {
		{"leads-to", "Released: a in Closing «leads-to» b in Gone"},
		{"leads-to", "a in Closing «leadsto» b in Gone"},
		{"leads-to", "«leads» to a in Closing b in Gone"},
		{"reserved-word", "fair «link» a -> b"},
		{"unexpected", "node Edge «a», b"},
		{"unexpected", "«invariant» a in Open"},
		{"unexpected", "«assert» a.x == 1"},
		{"unexpected", "joint J { a«.»Open -> Closed; b Open -> Closed }"},
		{"unexpected", "never link(a «->» b).len > 1"},
		{"leads-to", "a in Closing leads «b» in Gone"},
		{"unexpected", "never a in Open; «expect» violated"},
		{"unexpected", "«leads»: never a in Open"},
		{"missing-form", "«a in Closing»"},
		{"missing-form", "Name: «x == 3»"},
		{"arrow-in-expression", "never a in Open «->» b in Open"},
		{"misspelt-word", "«nevr» Orphan: a in Open"},
		{"misspelt-word", "Orphan: «nevr» a in Open"},
		{"misspelt-word", "«reachabel» a in Open"},
		{"misspelt-word", "«lnik» a -> b"},
		{"two-names", "Orphan: never «Other»: a in Open"},
		{"unexpected", "never«»"},
		{"unexpected", "after a in Open«»"},
		{"unexpected", "infinitely «a» in Open"},
		{"unexpected", "never a in Open expect «broken»"},
		{"built-in", "«deadlock»"},
		{"link-braces", "link a -> b «atomic»"},
		{"unexpected", "link a «to» b"},
		{"misspelt-word", "link a -> b { «capasity» 2 }"},
		{"misspelt-word", "link a -> b { may «loose» }"},
		{"unexpected", "link a -> b { may «break» }"},
		{"unexpected", "link a -> b { capacity 2«,» may lose }"},
		{"unexpected", "link a -> b { capacity «=» 2; may lose }"},
		{"unexpected", "link a -> b { capacity«:» 2 }"},
		{"unexpected", "link a -> b { «lose»; capacity 2 }"},
		{"unexpected", "link a -> b { «duplicate», lose }"},
		{"unexpected", "link a -> b { full «}»"},
		{"said-twice", "link a -> b { atomic; «queue» }"},
		{"said-twice", "link a -> b { fair; «fair» }"},
		{"unexpected", "crash a«»"},
		{"bad-binding", "a A(leader«:» b)"},
		{"bad-binding", "a A(«leader»)"},
		{"missing-source", "joint J { a« »-> Open }"},
		{"unexpected", "joint J(n «Pid») { x = 1 }"},
		{"misplaced", "«state» Open"},
		{"misplaced", "«timer» t 5s"},
		{"unexpected", "order a.t «after» b.t"},
		{"reserved-word", "never a.«state» == Open"},
		{"unexpected", "fair a.«»"},
		{"assign-in-expression", "never x[3] «=» 4"},
		{"quoted-name", "never «\"Orphan\"»: a in Open"},
		{"too-deep", strings.Repeat("for i in T: ", MaxNesting) + "«for» i in T: never P(i)"},
	},
	"steps": {
		{"misspelt-word", "«delivr» a -> b M"},
		{"unexpected", "deliver a «b» M"},
		{"unexpected", "deliver a -> b«»"},
		{"unexpected", "deliver M«»"},
		{"unexpected", "x.«»"},
		{"unexpected", "x[1]«»"},
		{"misplaced", "«send» a M"},
		{"unexpected", "«3»"},
		{"unexpected", "x.Go «-> »Open"},
	},
}

// TestMistakes checks that every mistake is one diagnostic, at its place, that the rest of the text is read, and that a
// fix, where there is one, mends the text.
func TestMistakes(t *testing.T) {
	for _, level := range levels {
		for _, m := range mistakes[level] {
			t.Run(level+"/"+m.code, func(t *testing.T) { checkMistake(t, level, m) })
		}
	}
}

func checkMistake(t *testing.T, level string, m mistake) {
	marked := around[level][0] + m.text + around[level][1]
	src, from, to := unmark(marked)
	file, ds := Parse("x.fsm", []byte(src))
	shown := src[:min(len(src), 2000)]
	var out strings.Builder
	require.NoError(t, Render(&out, ds, func(string) []byte { return []byte(src) }))
	require.Len(t, ds, 1, "%s\n%s", shown, out.String())
	require.Equal(t, m.code, ds[0].Code, out.String())
	require.True(t, file.Bad)
	require.Equal(t, place(src, from, to), ds[0].Span, "%s\n%s", shown, out.String())
	if level != "file" {
		requireRest(t, file, level, m.code, shown)
	}
	if f := ds[0].Fix; f != nil {
		fixed := apply(src, *f)
		_, ds := Parse("x.fsm", []byte(fixed))
		require.Empty(t, ds, fixed)
	}
}

// unmark takes out the marks and gives the bytes between them. A mark round a space stands for the empty place before it.
func unmark(s string) (text string, from, to int) {
	from, to = strings.Index(s, "«"), strings.Index(s, "»")
	wrong := s[from+len("«") : to]
	text = s[:from] + wrong + s[to+len("»"):]
	to = from + len(strings.TrimRight(wrong, " "))
	return text, from, to
}

// place is the span of src[from:to], which lies in one line.
func place(src string, from, to int) fsm.Span {
	line := strings.Count(src[:from], "\n") + 1
	bol := strings.LastIndex(src[:from], "\n") + 1
	return fsm.Span{File: "x.fsm", Line: line, Col: from - bol + 1, EndLine: line, EndCol: to - bol + 1}
}

// apply makes an edit.
func apply(src string, f Fix) string {
	offset := func(line, col int) int {
		at := 0
		for ; line > 1; line-- {
			at += strings.IndexByte(src[at:], '\n') + 1
		}
		return at + col - 1
	}
	return src[:offset(f.Span.Line, f.Span.Col)] + f.Text + src[offset(f.Span.EndLine, f.Span.EndCol):]
}

// requireRest checks that what stands after the mistake is in the tree, at its level.
func requireRest(t *testing.T, file *File, level, code, shown string) {
	last, ok := file.Items[len(file.Items)-1].(*ConstDecl)
	require.True(t, ok, shown)
	require.Equal(t, "After", last.Name.Name)
	require.False(t, last.Bad)
	for _, item := range file.Items {
		switch d := item.(type) {
		case *MachineDecl:
			if level == "item" {
				break
			}
			require.True(t, d.Bad || code == "quoted-name", "the machine is not marked")
			after := false
			for _, m := range d.Members {
				s, ok := m.(*StateDecl)
				after = after || ok && s.Name.Name == "After" && !s.Bad
			}
			require.True(t, after, shown)
		case *SystemDecl:
			inst, ok := d.Members[len(d.Members)-1].(*Instance)
			require.True(t, ok, shown)
			require.Equal(t, "afterwards", inst.Name.Name)
		}
	}
}

// TestEverySyntaxCodeHasAMistake keeps the table of codes and the examples together.
func TestEverySyntaxCodeHasAMistake(t *testing.T) {
	used := map[string]bool{"too-many": true, "byte-order-mark": true, "carriage-return": true} // in tests of their own
	for _, level := range levels {
		for _, m := range mistakes[level] {
			used[m.code] = true
		}
	}
	for i, e := range syntaxCodes {
		require.True(t, used[e.Code], "no example of %s", e.Code)
		require.NotEmpty(t, e.Title)
		require.NotEmpty(t, strings.TrimSpace(e.Page))
		if i > 0 {
			require.Less(t, syntaxCodes[i-1].Code, e.Code)
		}
	}
	for code := range used {
		_, ok := Explain(code)
		require.True(t, ok, code)
	}
}

// TestMistakesTogether puts all mistakes of a level into one text: each is still told once, at its place, in order.
func TestMistakesTogether(t *testing.T) {
	for _, level := range []string{"item", "member", "state", "body", "system", "steps"} {
		t.Run(level, func(t *testing.T) {
			src := around[level][0]
			var want []fsm.Span
			var codes []string
			for _, m := range mistakes[level] {
				_, from, to := unmark(src + m.text)
				src, _, _ = unmark(src + m.text)
				src += "\n" + indentOf(around[level][0])
				want = append(want, place(src, from, to))
				codes = append(codes, m.code)
			}
			src += around[level][1]
			_, ds := Parse("x.fsm", []byte(src))
			for i := range min(len(ds), len(want)) {
				require.Equal(t, want[i], ds[i].Span, "%s, told as %s", codes[i], ds[i].Error())
				require.Equal(t, codes[i], ds[i].Code)
			}
			require.Len(t, ds, len(want))
		})
	}
}

// indentOf is the indentation that a text ends in.
func indentOf(s string) string { return s[strings.LastIndex(s, "\n")+1:] }
