package gen

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a user writes against the generated code of a session, and what may not compile, in a module of its own.
func TestGeneratedCodeInUse(t *testing.T) {
	m := newModule(t)
	text, err := os.ReadFile(filepath.Join("testdata", "specs", "session.fsm"))
	require.NoError(t, err)
	m.add(t, "session", compile(t, "session", string(text)))
	use, err := os.ReadFile(filepath.Join("testdata", "use", "use.go"))
	require.NoError(t, err)
	m.write(t, "session/use_test.go", string(use))
	use, err = os.ReadFile(filepath.Join("testdata", "use", "snapshot.go"))
	require.NoError(t, err)
	m.write(t, "session/snapshot_test.go", string(use))
	require.Contains(t, string(text), "timer retry 500ms")
	same := compile(t, "session", string(text))
	spaces := controls(t, same)
	slices.Reverse(spaces["Embedded"].Tuples)
	m.addWith(t, "reversed", same, spaces)
	m.add(t, "changed", compile(t, "session", strings.Replace(string(text), "timer retry 500ms", "timer retry 600ms", 1)))
	m.run(t, "vet", "./session")
	m.run(t, "test", "-count=1", "-race", "./session")

	path := filepath.Join(m.dir, "session", "session_fsm.go")
	generated, err := os.ReadFile(path)
	require.NoError(t, err)
	for old, with := range map[string]string{
		"ProxyOpening ProxyState = 1": "ProxyOpening ProxyState = 2",
		"fsm.RuntimeVersion-1":        "fsm.RuntimeVersion-0",
		"ReasonKick Reason = 2":       "ReasonKick Reason = 3",
	} {
		require.Contains(t, squeeze(string(generated)), old)
		stale := strings.Replace(squeeze(string(generated)), old, with, 1)
		require.NoError(t, os.WriteFile(path, []byte(stale), 0o644))
		require.Contains(t, m.fail(t, "build", "./session"), "invalid argument: index", "a stale file must not compile")
	}
}

// squeeze undoes the alignment of columns.
func squeeze(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.Join(strings.Fields(line), " ") + "\n")
	}
	return b.String()
}
