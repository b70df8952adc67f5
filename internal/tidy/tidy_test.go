package tidy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/internal/golden"
)

// checkout is the tree that holds this package.
func checkout(t *testing.T) *Tree {
	t.Helper()
	tree, err := Load(os.DirFS(filepath.Join("..", "..")))
	require.NoError(t, err)
	require.Contains(t, tree.Modules, "interlock")
	require.NotEmpty(t, tree.Go)
	return tree
}

func clean(t *testing.T, found []Finding) {
	t.Helper()
	for _, f := range found {
		t.Error(f)
	}
}

func TestImports(t *testing.T) { clean(t, checkout(t).Imports(House)) }

func TestDocComments(t *testing.T) { clean(t, checkout(t).Undocumented(SelfEvident...)) }

func TestWords(t *testing.T) { clean(t, checkout(t).Unglossed(Unwelcome...)) }

func TestReasons(t *testing.T) { clean(t, checkout(t).Unreasoned()) }

func TestLeaks(t *testing.T) {
	found, err := checkout(t).Leaks(Leaking...)
	require.NoError(t, err)
	clean(t, found)
}

func TestLinks(t *testing.T) {
	found, err := checkout(t).DeadLinks()
	require.NoError(t, err)
	clean(t, found)
}

func TestNamesInDocs(t *testing.T) {
	found, err := checkout(t).DeadNames("interlock/fsm", "interlock/spec", "interlock/check", "interlock/gen")
	require.NoError(t, err)
	clean(t, found)
}

func TestLoopsOverMaps(t *testing.T) { clean(t, checkout(t).Unordered()) }

// The list of long functions may only shrink. -update writes it anew, but never a longer one.
func TestFunctionLength(t *testing.T) {
	const path = "testdata/long_functions.txt"
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	known, err := ParseLengths(string(text))
	require.NoError(t, err)
	now := checkout(t).Long(LongestFunction)
	worse, better := Ratchet(known, now)
	if len(worse) > 0 {
		t.Fatalf("a function has at most %d lines; say its parts as functions with names of their own:\n%s",
			LongestFunction, strings.Join(worse, "\n"))
	}
	if len(better) > 0 {
		t.Log("better: keep it so with go test ./internal/tidy -run FunctionLength -update\n" + strings.Join(better, "\n"))
	}
	golden.Compare(t, path, []byte("# Functions longer than 60 lines. This list may only shrink: see TestFunctionLength.\n"+now.String()))
}
