package spec

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// seeds are the texts that fuzzing starts from: the inputs of all goldens, whole and cut off in the middle.
func seeds(f *testing.F) {
	paths, err := filepath.Glob("testdata/syntax/*.txtar")
	require.NoError(f, err)
	require.NotEmpty(f, paths)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(f, err)
		_, input, _ := bytes.Cut(text, []byte("-- in.fsm --\n"))
		input, _, _ = bytes.Cut(input, []byte("\n-- "))
		input = append(bytes.Clone(input), '\n')
		f.Add(input)
		f.Add(input[:len(input)/2])
	}
}

// FuzzParse checks that no text makes the parser panic, and that every tree and diagnostic has places inside the text.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		file, ds := Parse("x.fsm", src)
		require.NotNil(t, file)
		require.Equal(t, HasErrors(ds), file.Bad)
		lines := bytes.Count(src, []byte("\n")) + 1
		for i, d := range ds {
			require.LessOrEqual(t, d.Span.Line, lines)
			require.GreaterOrEqual(t, d.Span.Line, 1)
			require.GreaterOrEqual(t, d.Span.Col, 1)
			require.NotEmpty(t, d.Message)
			_, known := Explain(d.Code)
			require.True(t, known, d.Code)
			if i > 0 {
				require.LessOrEqual(t, ds[i-1].Span.Line, d.Span.Line)
			}
		}
		var out bytes.Buffer
		require.NoError(t, Render(&out, ds, func(string) []byte { return src }))
		for _, r := range out.String() {
			require.True(t, r == '\n' || r >= ' ' && r != 0x7F && !isBidi(r), "%q", r)
		}
	})
}

// FuzzFormat checks that formatting keeps the tree, and that formatting again changes nothing.
func FuzzFormat(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		checkFormat(t, src)
	})
}

// checkFormat formats a text without mistakes and checks what formatting promises. It reports whether there was a result.
func checkFormat(t require.TestingT, src []byte) bool {
	before, ds := Parse("x.fsm", src)
	once, formatDiags := Format(src, "x.fsm")
	if before.Bad {
		require.Nil(t, once)
		require.Equal(t, ds, formatDiags)
		return false
	}
	require.Empty(t, formatDiags)
	after, ds := Parse("x.fsm", once)
	require.Empty(t, ds, "%s", once)
	require.Empty(t, Difference(before, after), "%s", once)
	twice, ds := Format(once, "x.fsm")
	require.Empty(t, ds)
	require.Equal(t, string(once), string(twice))
	return true
}
