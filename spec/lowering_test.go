package spec

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/internal/golden"
)

// What a text is lowered to is stored beside it.
func TestLowering(t *testing.T) {
	golden.Each(t, filepath.Join("testdata", "lowering", "*.txtar"), func(t *testing.T, a *golden.Archive) {
		sources, set := archived(t, a)
		spec, diags := Compile(sources, set)
		require.NotNil(t, spec, rendered(t, sources, diags))
		require.Empty(t, rendered(t, sources, diags))
		a.Compare(t, "lowered", dumped(spec))
	})
}
