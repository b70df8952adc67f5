package property

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/internal/golden"
)

type named struct{ name, text string }

// ruleSpecs are the specs of testdata/semantics.
func ruleSpecs(t testing.TB) []named {
	paths, err := filepath.Glob("testdata/semantics/*.txtar")
	require.NoError(t, err)
	var all []named
	for _, path := range paths {
		for _, f := range golden.Read(t, path).Sections {
			all = append(all, named{f.Name, string(f.Text)})
		}
	}
	require.NotEmpty(t, all)
	return all
}
