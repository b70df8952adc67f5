package spec

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// largeSpec is a spec of n transitions, as one machine of ten in each state.
func largeSpec(n int) []byte {
	var b strings.Builder
	b.WriteString("fsm 1\nspec large\n\nmachine M {\n")
	for i := range n {
		if i%10 == 0 {
			if i > 0 {
				b.WriteString("\t}\n")
			}
			fmt.Fprintf(&b, "\tstate S%d {\n", i/10)
		}
		fmt.Fprintf(&b, "\t\ton Data%d(n) when n < %d && x in {A, B} -> S%d { x = x + 1; send up Data(n, x) } // note\n", i%10, i, i/20)
	}
	b.WriteString("\t}\n}\n")
	return []byte(b.String())
}

// hostile are texts of about size bytes made to take long: deep, unbalanced, or one mistake after another.
func hostile(size int) map[string]string {
	texts := map[string]string{"name": strings.Repeat("a", size)}
	for _, piece := range []string{"{", "}", "(", "[", "a[", "a[;", "{x", "{\n", "}\n", "if a {", "x in {", "!", "- ", "#\n", "\"", "/*",
		"a => ", "a + ", "a.", "all x in y: ", "any ", "for i in T: ", "else if a {", "state A {", "a,", "on X {", "machine M {\n",
		"system S {", "link(", "count(x in ", "\xff", "\x00", "é", "（", "x y\n", "machine\n"} {
		texts[piece] = "fsm 1\nspec s\n" + strings.Repeat(piece, (size-20)/len(piece))
		texts["in a system: "+piece] = "fsm 1\nspec s\nsystem S {\n" + strings.Repeat(piece, (size-40)/len(piece))
		texts["in a body: "+piece] = "fsm 1\nspec s\nmachine M {\nstate A {\nentry {\n" + strings.Repeat(piece, (size-60)/len(piece))
	}
	return texts
}

func BenchmarkParse(b *testing.B) {
	src := largeSpec(10_000)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		_, ds := Parse("large.fsm", src)
		require.Empty(b, ds)
	}
}

// wholeSpec is a spec of n transitions that means something: a machine with ten inputs that go from state to state.
func wholeSpec(n int) []byte {
	var b strings.Builder
	b.WriteString("fsm 1\nspec large\n\nmachine M {\n\tvar x 0..9\n")
	for e := range 10 {
		fmt.Fprintf(&b, "\tinput E%d(n 0..3)\n", e)
	}
	for i := range n / 10 {
		initial := ""
		if i == 0 {
			initial = "initial "
		}
		fmt.Fprintf(&b, "\t%sstate S%d {\n", initial, i)
		for e := range 10 {
			fmt.Fprintf(&b, "\t\ton E%d(n) when x < 9 && n != %d -> S%d { x = (x + n) %% 10 }\n", e, e%4, (i*7+e)%(n/10))
		}
		b.WriteString("\t}\n")
	}
	b.WriteString("}\n")
	return []byte(b.String())
}

// Names, types, levels and digest of ten thousand transitions: everything before the search.
func BenchmarkCompile(b *testing.B) {
	src := wholeSpec(10_000)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		s, ds := Compile([]Source{{Name: "large.fsm", Text: src}}, nil)
		require.False(b, HasErrors(ds), "%v", ds)
		require.Len(b, s.Machines[0].Transitions, 10_000)
	}
}

func BenchmarkFormat(b *testing.B) {
	src := largeSpec(10_000)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		_, ds := Format(src, "large.fsm")
		require.Empty(b, ds)
	}
}

// BenchmarkHostile is there to be looked at: no text of the largest size may take long.
func BenchmarkHostile(b *testing.B) {
	for name, text := range hostile(MaxFile) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Parse("x.fsm", []byte(text))
			}
		})
	}
}

// TestHostile checks that every limit is told, and that the diagnostics stay few.
func TestHostile(t *testing.T) {
	for name, text := range hostile(MaxFile / 16) {
		file, ds := Parse("x.fsm", []byte(text))
		require.True(t, file.Bad, name)
		require.NotEmpty(t, ds, name)
		require.LessOrEqual(t, len(ds), 2*maxKept+1, name)
		require.LessOrEqual(t, len(Limit(ds, MaxDiagnostics)), MaxDiagnostics+1)
	}
}
