package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// sized is a spec with a constant of the given name, which says how far its machine counts.
func sized(spec, constant string) string {
	return "fsm 1\nspec " + spec + "\n\nconst " + constant + " = 1\n\nmachine M {\n\tvar n 0.." + constant + "\n\tinput Go\n" +
		"\tinitial final state On {\n\t\ton Go when n < " + constant + " { n = n + 1 }\n\t}\n}\n\nsystem S {\n\tm M\n\treachable m.n == " +
		constant + "\n}\n"
}

func writeSpec(t *testing.T, dir, name, text string) {
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
}

func checkOutput(args ...string) (string, int) {
	var out bytes.Buffer
	code := run(context.Background(), append([]string{"check"}, args...), nil, &out, &out)
	return out.String(), code
}

// -set over several specs reaches those that have the constant; one that none has is told.
func TestSetReachesTheSpecsThatHaveTheConstant(t *testing.T) {
	top := t.TempDir()
	writeSpec(t, filepath.Join(top, "a"), "a.fsm", sized("a", "Far"))
	writeSpec(t, filepath.Join(top, "b"), "b.fsm", sized("b", "Near"))
	out, code := checkOutput("-set", "Far=4", top+"/...")
	require.Equal(t, exitOK, code, out)
	require.Regexp(t, `a\.S .* 5 states`, out)
	require.Regexp(t, `b\.S .* 2 states`, out)

	out, code = checkOutput("-set", "Farr=4", top+"/...")
	require.Equal(t, exitInput, code)
	require.Contains(t, out, "error: -set Farr=4: there is no constant `Farr`")
	require.NotContains(t, out, "-: error")
}

// A link to a spec is read like the spec; one that leads nowhere is told.
func TestLinksToSpecsAreFollowed(t *testing.T) {
	top := t.TempDir()
	writeSpec(t, filepath.Join(top, "a"), "a.fsm", sized("a", "Far"))
	linked := filepath.Join(top, "linked")
	require.NoError(t, os.Mkdir(linked, 0o755))
	if err := os.Symlink(filepath.Join(top, "a", "a.fsm"), filepath.Join(linked, "a.fsm")); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	out, code := checkOutput(linked)
	require.Equal(t, exitOK, code, out)
	require.NoError(t, os.Remove(filepath.Join(top, "a", "a.fsm")))
	out, code = checkOutput(linked)
	require.Equal(t, exitInput, code)
	require.Contains(t, out, "no such file")
}
