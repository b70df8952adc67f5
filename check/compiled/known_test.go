package compiled

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The executable of a test can be told from others, too, and by what the go command tells it by.
func TestIdentityOfATest(t *testing.T) {
	if runtime.GOOS != "linux" {
		require.Empty(t, identity())
		return
	}
	self, err := os.Executable()
	require.NoError(t, err)
	out, err := exec.Command("go", "tool", "buildid", self).Output()
	require.NoError(t, err)
	require.Equal(t, strings.TrimSpace(string(out)), identity())
	require.NotEmpty(t, identity())
}

// Whatever changes in a package that is linked makes another identity, and one that somebody chose is none.
func TestIdentityFollowsTheText(t *testing.T) {
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("builds programs")
	}
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	build := func(flags ...string) string {
		cmd := exec.Command("go", append(append([]string{"build"}, flags...), "-o", "it", ".")...)
		cmd.Dir = dir
		said, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", said)
		f, err := os.Open(filepath.Join(dir, "it"))
		require.NoError(t, err)
		defer f.Close()
		return buildID(f)
	}
	write("go.mod", "module it\n\ngo 1.22\n")
	write("main.go", "package main\n\nimport \"it/part\"\n\nfunc main() { println(part.Text) }\n")
	seen := map[string]bool{}
	for i := range 2 {
		write("part/part.go", fmt.Sprintf("package part\n\nvar Text = %q\n", fmt.Sprint("text ", i)))
		for _, flags := range [][]string{nil, {"-trimpath"}, {"-ldflags=-s -w"}} {
			id := build(flags...)
			require.NotEmpty(t, id, "%v", flags)
			require.False(t, seen[id], "%v: %s", flags, id)
			seen[id] = true
		}
	}
	require.Empty(t, build("-ldflags=-buildid="))
	require.Empty(t, build("-ldflags=-buildid=redacted"))
	require.Empty(t, build("-ldflags=-buildid=a/b/c/d"))
}

func TestNoIdentity(t *testing.T) {
	for _, head := range []string{"", "#!/bin/sh\n", "\x7fELF", "\x7fELF\x04\x00\x00\x00Go\x00\x00", "\x7fELF....\xff\xff\xff\xff\x04\x00\x00\x00Go\x00\x00abc",
		strings.Repeat("x", 1<<13)} {
		require.Empty(t, buildID(bytes.NewReader([]byte(head))), "%q", head)
	}
}

// A program is found again by the executable that told of it, and by no other.
func TestFindWhatWasTold(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", dir)
	t.Setenv("HOME", dir)
	folder, err := cache()
	require.NoError(t, err)
	was := identity
	t.Cleanup(func() { identity = was })
	as := func(who string) { identity = func() string { return who } }

	as("one")
	p := program(folder, digest([]byte("text")))
	require.True(t, p.Is([]byte("text")))
	require.False(t, p.Is([]byte("another")))
	p.Tell("shape")
	require.Nil(t, Find("shape"), "it was never built")
	require.NoError(t, os.WriteFile(p.path, nil, 0o700))
	require.Equal(t, p, Find("shape"))
	require.Nil(t, Find("another shape"))
	as("two")
	require.Nil(t, Find("shape"))
	for _, nothing := range []func(){func() { as("") }, func() { as("one") }} {
		nothing()
		p.Tell("")
		require.Nil(t, Find(""))
	}
	as("")
	p.Tell("shape")
	require.Nil(t, Find("shape"))
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, files, 2, "the program, and one that tells of it")

	as("one")
	require.NoError(t, os.WriteFile(known(folder, "shape"), []byte("nonsense"), 0o600))
	require.Nil(t, Find("shape"))
	p.Tell("shape")
	require.NoError(t, os.Remove(p.path))
	require.Nil(t, Find("shape"), "the program is gone")
}
