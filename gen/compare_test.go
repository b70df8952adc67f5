package gen

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Generated code is compiled, vetted and run: every machine and every atomic system of testdata/specs does what the
// reference step does, in every reachable state, for every event, with every argument and one past each range.
func TestGeneratedCodeMeansWhatTheReferenceDoes(t *testing.T) {
	m := newModule(t)
	for _, path := range specFiles(t) {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		name := strings.TrimSuffix(filepath.Base(path), ".fsm")
		m.add(t, name, compile(t, name, string(text)))
	}
	m.compare(t)
}
