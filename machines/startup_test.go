package machines_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/spec"
)

// From text to the first joint states of every system: what a test pays before it checks anything.
func BenchmarkStartup(b *testing.B) {
	sources, err := spec.Load(filepath.Join("wukongim", "repaired"))
	require.NoError(b, err)
	for b.Loop() {
		compiled, diagnostics := spec.Compile(sources, nil)
		require.Empty(b, diagnostics)
		for _, sys := range compiled.Systems {
			_, err := check.Run(context.Background(), sys, check.Options{MaxStates: 1, Properties: []string{}})
			require.NoError(b, err)
		}
	}
}
