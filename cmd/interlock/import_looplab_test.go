package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// However many warnings there are, some are told, and the spec is written: no warning is a mistake.
func TestImportWithManyWarnings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "door.go")
	text := "package door\n\nimport \"github.com/looplab/fsm\"\n\nvar m = fsm.NewFSM(\"a\", fsm.Events{{Name: \"go\", Src: []string{\"a\"}, Dst: \"b\"}}, nil)\n\n" +
		"func init() {\n" + strings.Repeat("\tm.SetState(\"b\")\n", 150) + "}\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	said := say(t, "", "import", "looplab", file)
	require.Contains(t, said, "machine Door {")
	require.Contains(t, said, "50 more mistakes not shown")
	require.NotContains(t, said, "[exit")
}

// A table that is too large for a spec is told so.
func TestImportOfWhatNoSpecCanSay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "door.go")
	var events strings.Builder
	for i := range 300 {
		name := strings.Repeat("x", 70) + string(rune('a'+i/26)) + string(rune('a'+i%26))
		events.WriteString("\t{Name: \"" + name + "\", Src: []string{" + "\"" + name + "\", \"a\"}, Dst: \"b\"},\n")
	}
	text := "package door\n\nimport \"github.com/looplab/fsm\"\n\nvar m = fsm.NewFSM(\"a\", fsm.Events{\n" + events.String() + "}, nil)\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	require.NotContains(t, say(t, "", "import", "looplab", file), "[exit", "this one is not too large")

	many := strings.Repeat("var _ = fsm.NewFSM(\"a\", fsm.Events{\n"+events.String()+"}, nil)\n", 30)
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(text, "var m", many+"var m", 1)), 0o644))
	said := say(t, "", "import", "looplab", file)
	require.Contains(t, said, "no spec can say this")
	require.Contains(t, said, "[exit 2]")
}
