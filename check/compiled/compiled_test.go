package compiled

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// cacheOfItsOwn lets the test build into an empty cache; what the go command has built stays where it is.
func cacheOfItsOwn(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds programs")
	}
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	require.NoError(t, err)
	dir := t.TempDir()
	t.Setenv("GOCACHE", strings.TrimSpace(string(out)))
	t.Setenv("XDG_CACHE_HOME", dir)
	t.Setenv("HOME", dir) // where there is no XDG
	folder, err := cache()
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(folder, dir), folder)
	return folder
}

// session is the text of a small system.
func session(t *testing.T) []byte {
	text, err := os.ReadFile("engine/system.go")
	require.NoError(t, err)
	return text
}

func TestBuildOnceAndSearch(t *testing.T) {
	folder := cacheOfItsOwn(t)
	text := session(t)
	other := append([]byte("// another\n"), text...)
	programs, err := Build(t.Context(), [][]byte{text, other, text})
	require.NoError(t, err)
	require.Len(t, programs, 3)
	require.Equal(t, programs[0], programs[2])
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, files, 2, "two programs, and nothing else is left behind")

	t.Setenv("PATH", "")
	again, err := Build(t.Context(), [][]byte{other})
	require.NoError(t, err, "it is there: the go command is not needed")
	require.Equal(t, programs[1], again[0])
	_, err = Build(t.Context(), [][]byte{append([]byte("// a third\n"), text...)})
	require.ErrorContains(t, err, "the go command is needed")

	for _, p := range programs[:2] {
		search, err := p.Start()
		require.NoError(t, err)
		found, err := search.Explore(t.Context(), Job{MaxStates: 1 << 20, MaxMemory: 1 << 30, Words: 1, Starts: [][]uint64{{1}}}, nil)
		require.NoError(t, err)
		require.Equal(t, "complete", found.Ended)
		require.Equal(t, found.States, found.Expanded)
		n := 0
		require.NoError(t, search.States(func([]uint64) { n++ }))
		require.Equal(t, found.States, n)
		path, err := search.Path(uint32(n - 1))
		require.NoError(t, err)
		require.Len(t, path, len(found.Levels))
		search.Close()
	}
}

// A search that is told to stop says what it has found by then; one that dies is an error.
func TestStopAndDie(t *testing.T) {
	cacheOfItsOwn(t)
	programs, err := Build(t.Context(), [][]byte{session(t)})
	require.NoError(t, err)
	job := Job{MaxStates: 1 << 20, MaxMemory: 1 << 30, Words: 1, Starts: [][]uint64{{1}}}

	search, err := programs[0].Start()
	require.NoError(t, err)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	found, err := search.Explore(over, job, nil)
	require.NoError(t, err)
	require.Contains(t, []string{"stopped", "complete"}, found.Ended)
	require.NoError(t, search.cmd.Process.Kill())
	_, err = search.Path(0)
	require.ErrorContains(t, err, "the search has ended")
	search.Close()
}

// A search that was ended before it had a start has no states, and says so when it is asked for them.
func TestNoStates(t *testing.T) {
	cacheOfItsOwn(t)
	programs, err := Build(t.Context(), [][]byte{session(t)})
	require.NoError(t, err)
	search, err := programs[0].Start()
	require.NoError(t, err)
	defer search.Close()
	found, err := search.Explore(t.Context(), Job{MaxStates: 1 << 20, MaxMemory: 1 << 30, Words: 1}, nil)
	require.NoError(t, err)
	require.Zero(t, found.States)
	for range 2 {
		require.NoError(t, search.States(func([]uint64) { t.Error("there is none") }))
	}
}

// Whoever ends a group of processes sends all of them the signal that ends the one that was started: the search goes on until it is
// told to stop by that one, which still asks for what was found.
func TestSignalsAreForWhoStartedIt(t *testing.T) {
	cacheOfItsOwn(t)
	programs, err := Build(t.Context(), [][]byte{session(t)})
	require.NoError(t, err)
	search, err := programs[0].Start()
	require.NoError(t, err)
	defer search.Close()
	found, err := search.Explore(t.Context(), Job{MaxStates: 1 << 20, MaxMemory: 1 << 30, Words: 1, Starts: [][]uint64{{1}}}, nil)
	require.NoError(t, err)
	for _, sent := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		if err := search.cmd.Process.Signal(sent); err != nil {
			t.Skip("this system has no such signal: ", err)
		}
	}
	for range 100 { // one of the answers comes after the signals have
		path, err := search.Path(uint32(found.States - 1))
		require.NoError(t, err)
		require.Len(t, path, len(found.Levels))
	}
}

func TestTextThatDoesNotCompile(t *testing.T) {
	folder := cacheOfItsOwn(t)
	_, err := Build(t.Context(), [][]byte{append(session(t), "\nvar more = nonsense\n"...)})
	require.ErrorContains(t, err, "undefined: nonsense")
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, files)
}

// What nobody has used for long goes when something is built.
func TestTrim(t *testing.T) {
	dir := t.TempDir()
	old, fresh := filepath.Join(dir, "old"), filepath.Join(dir, "fresh")
	for _, path := range []string{old, fresh} {
		require.NoError(t, os.WriteFile(path, nil, 0o600))
	}
	long := time.Now().Add(-2 * keptFor)
	require.NoError(t, os.Chtimes(old, long, long))
	trim(dir)
	require.NoFileExists(t, old)
	require.True(t, used(fresh))
	require.False(t, used(old))
}
