package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/internal/golden"
	"interlock/internal/randspec"
)

// valid are the inputs of the goldens that have no mistake.
func valid(t *testing.T) [][]byte {
	paths, err := filepath.Glob("testdata/syntax/*.txtar")
	require.NoError(t, err)
	var texts [][]byte
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, s := range golden.Parse(data).Sections {
			if file, _ := Parse(s.Name, []byte(s.Text)); !file.Bad && strings.HasPrefix(s.Name, "in") {
				texts = append(texts, []byte(s.Text))
			}
		}
	}
	require.NotEmpty(t, texts)
	return texts
}

// TestFormatKeepsWhatIsWrittenOddly scatters comments, space, line ends and semicolons over texts without mistakes. Wherever
// the result is still one, formatting keeps its promises.
func TestFormatKeepsWhatIsWrittenOddly(t *testing.T) {
	texts := valid(t)
	odd := []string{" ", "\t", "\n", "\n\n\n", "/* c */", "// c\n", "/* c\n   d */", ";", " // c\n\n", "\r\n", ",", "(", ")", "/**/;"}
	formatted, tried := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		src := string(texts[rapid.IntRange(0, len(texts)-1).Draw(t, "text")])
		toks := lex("x.fsm", []byte(src)).tokens
		var b strings.Builder
		at := 0
		for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(toks)-1), 1, 4, rapid.ID[int]).Draw(t, "places") {
			if gap := int(toks[i].start); gap >= at {
				b.WriteString(src[at:gap] + rapid.SampledFrom(odd).Draw(t, "odd"))
				at = gap
			}
		}
		b.WriteString(src[at:])
		tried++
		if checkFormat(t, []byte(b.String())) {
			formatted++
		}
	})
	require.Greater(t, formatted, tried/10, "too few of the texts were without mistakes")
}

// TestLinesMayBeJoined writes every block that has no comment on one line, and checks that formatting opens what is too
// long and nothing else.
func TestLinesMayBeJoined(t *testing.T) {
	src := "fsm 1\nspec s\nmachine M { state A { on X -> B { start t; stop t }; ignore Y }; state B }\n" +
		"machine N { state A { on Xxxxxxxxxxxxxxxxxxxx -> Bbbbbbbbbbbbbbbbbbbbbbbbbbb { start t; stop t }; ignore Y }; state B }\n"
	out, ds := Format([]byte(src), "x.fsm")
	require.Empty(t, ds)
	require.Equal(t, `fsm 1
spec s
machine M { state A { on X -> B { start t; stop t }; ignore Y }; state B }
machine N {
	state A { on Xxxxxxxxxxxxxxxxxxxx -> Bbbbbbbbbbbbbbbbbbbbbbbbbbb { start t; stop t }; ignore Y }
	state B
}
`, string(out))
}

// TestMarksAndReturns checks that what editors of other systems leave behind is a warning, and gone after formatting.
func TestMarksAndReturns(t *testing.T) {
	src := "\uFEFFfsm 1\r\nspec s\r\n// a remark\r\nconst A = 1 /* b\r\n c */\r\n"
	file, ds := Parse("x.fsm", []byte(src))
	require.False(t, file.Bad)
	require.Len(t, ds, 2)
	require.Equal(t, []string{"byte-order-mark", "carriage-return"}, []string{ds[0].Code, ds[1].Code})
	require.False(t, HasErrors(ds))
	out, ds := Format([]byte(src), "x.fsm")
	require.Empty(t, ds)
	require.Equal(t, "fsm 1\nspec s\n// a remark\nconst A = 1 /* b\n c */\n", string(out))
}

// TestDifferenceSees checks that the comparison on which the other tests rest sees what changes.
func TestDifferenceSees(t *testing.T) {
	base := "fsm 1\nspec s\n// Doc.\nconst A = 1 + 2\nmachine M {\n\tstate A { on X -> B { start t } }\n}\n"
	a, ds := Parse("a.fsm", []byte(base))
	require.Empty(t, ds)
	same, _ := Parse("b.fsm", []byte(strings.ReplaceAll(base, " + ", "  +  ")))
	require.Empty(t, Difference(a, same))
	for _, change := range [][2]string{{"Doc.", "Dog."}, {"1 + 2", "1 - 2"}, {"1 + 2", "1"}, {"-> B ", ""}, {"start t", ""}, {"start", "stop"}, {"\tstate A {", "\tfinal state A {"}} {
		b, ds := Parse("a.fsm", []byte(strings.Replace(base, change[0], change[1], 1)))
		require.Empty(t, ds, change)
		require.NotEmpty(t, Difference(a, b), change)
	}
}

// TestFormatRandomSpecs formats random specs, and the same with all their blocks on one line.
func TestFormatRandomSpecs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := randspec.Text(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") }, randspec.Everything)
		require.True(t, checkFormat(t, []byte(text)), text)
		head, body, _ := strings.Cut(text, "\n")
		oneLine := head + "\n" + strings.NewReplacer("{\n", "{ ", "\n", "; ").Replace(body)
		if !strings.Contains(text, "//") {
			before, _ := Parse("x.fsm", []byte(text))
			after, ds := Parse("x.fsm", []byte(oneLine))
			require.Empty(t, ds, oneLine)
			require.Empty(t, Difference(before, after))
			require.True(t, checkFormat(t, []byte(oneLine)), oneLine)
		}
	})
}
