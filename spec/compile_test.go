package spec

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rendered is what a person sees of diagnostics.
func rendered(t *testing.T, sources []Source, diags []Diagnostic) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Render(&b, diags, func(file string) []byte {
		for _, s := range sources {
			if s.Name == file {
				return s.Text
			}
		}
		return nil
	}))
	return b.String()
}

// example is the example of the language's documentation.
func example(t *testing.T) []Source {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "session.fsm"))
	require.NoError(t, err)
	return []Source{{Name: "session.fsm", Text: text}}
}

func TestExampleCompiles(t *testing.T) {
	sources := example(t)
	spec, diags := Compile(sources, nil)
	require.Empty(t, rendered(t, sources, diags))
	require.Len(t, spec.Machines, 2)
	require.Len(t, spec.Systems, 2)
	require.True(t, strings.HasPrefix(spec.Digest, "sha256:"))
}
