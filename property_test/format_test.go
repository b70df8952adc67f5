package property

import (
	"encoding/json"
	"io/fs"
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
		text := disturb(t, randomText(t, randspec.Everything))
		keepsTheMeaning(t, []spec.Source{{Name: "random.fsm", Text: []byte(text)}})
	})
}

// The same for every spec of the project.
func TestFormattingKeepsOurMachines(t *testing.T) {
	folders := 0
	require.NoError(t, filepath.WalkDir("../machines", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		sources, err := spec.Load(path)
		if err == nil && len(sources) > 0 {
			folders++
			keepsTheMeaning(t, sources)
		}
		return nil
	}))
	require.Positive(t, folders)
}

type failer interface {
	require.TestingT
	Helper()
}

func keepsTheMeaning(t failer, sources []spec.Source) {
	t.Helper()
	before, diagnostics := spec.Compile(sources, nil)
	require.NotNil(t, before, "does not compile: %v", diagnostics)
	formatted := make([]spec.Source, len(sources))
	for i, source := range sources {
		text, diagnostics := spec.Format(source.Text, source.Name)
		require.Empty(t, diagnostics)
		again, _ := spec.Format(text, source.Name)
		require.Equal(t, string(text), string(again), "formatting twice")
		formatted[i] = spec.Source{Name: source.Name, Text: text}
	}
	after, diagnostics := spec.Compile(formatted, nil)
	require.NotNil(t, after, "does not compile when formatted: %v", diagnostics)
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
