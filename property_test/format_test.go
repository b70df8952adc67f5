package property

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
	"interlock/internal/randspec"
	"interlock/spec"
)

// Formatting a text keeps what it means, and formatting it again changes nothing. The texts are first disturbed: indented
// otherwise, with blank lines and comments put in.
func TestFormattingKeepsTheMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := disturb(t, randspec.Text(draw(t), randspec.Everything))
		keepsTheMeaning(t, "random.fsm", text)
	})
}

// The same for every spec of the project.
func TestFormattingKeepsOurMachines(t *testing.T) {
	paths, err := filepath.Glob("../machines/*/*.fsm")
	require.NoError(t, err)
	deeper, err := filepath.Glob("../machines/*/*/*.fsm")
	require.NoError(t, err)
	paths = append(paths, deeper...)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		keepsTheMeaning(t, filepath.Base(path), string(text))
	}
}

type failer interface {
	require.TestingT
	Helper()
}

func keepsTheMeaning(t failer, name, text string) {
	t.Helper()
	before, diagnostics := spec.Compile([]spec.Source{{Name: name, Text: []byte(text)}}, nil)
	require.NotNil(t, before, "%s does not compile: %v", name, diagnostics)
	formatted, diagnostics := spec.Format([]byte(text), name)
	require.Empty(t, diagnostics)
	again, _ := spec.Format(formatted, name)
	require.Equal(t, string(formatted), string(again), "formatting twice")
	after, diagnostics := spec.Compile([]spec.Source{{Name: name, Text: formatted}}, nil)
	require.NotNil(t, after, "%s does not compile when formatted: %v", name, diagnostics)
	require.Equal(t, before.Digest, after.Digest)
	require.Equal(t, meaning(t, before), meaning(t, after))
}

// disturb changes what formatting should put right.
func disturb(t *rapid.T, text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		switch rapid.IntRange(0, 9).Draw(t, "disturb") {
		case 7:
			lines[i] = "  " + strings.TrimSpace(line)
		case 8:
			if i > 1 {
				lines[i] = "\n\n\n" + line
			}
		case 9:
			lines[i] = line + " // why"
		}
	}
	return strings.Join(lines, "\n")
}

// meaning is a spec as plain data, without where and how it was written.
func meaning(t failer, s *fsm.Spec) any {
	image, err := json.Marshal(s)
	require.NoError(t, err)
	var data any
	require.NoError(t, json.Unmarshal(image, &data))
	return unwritten(data)
}

// unwritten leaves out spans, texts and comments.
func unwritten(data any) any {
	switch d := data.(type) {
	case map[string]any:
		for _, key := range []string{"Span", "Text", "Doc"} {
			delete(d, key)
		}
		for key, v := range d {
			d[key] = unwritten(v)
		}
	case []any:
		for i, v := range d {
			d[i] = unwritten(v)
		}
	}
	return data
}
