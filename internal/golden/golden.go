// Package golden compares what a test produced with what is stored in
// testdata, and stores it anew when the test is run with -update:
//
//	go test ./spec -update && git diff
//
// A stored file is either whole ([Compare]) or an archive of named sections
// in the txtar format ([Read], [Archive.Compare]), so that input, output and
// diagnostics of one case stand in one file that reads from top to bottom.
//
// The flag exists only in test binaries that import this package, so it is
// given to single packages and not to ./... .
package golden

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "store what the tests produce as the new golden files")

// Compare fails the test, with a line diff, if got is not what the file at
// path holds. With -update it writes got there instead, and makes the folder.
// Unlike sections, whole files are compared to the last byte.
func Compare(t testing.TB, path string, got []byte) {
	t.Helper()
	want, err := os.ReadFile(path)
	if *update {
		if err != nil || !bytes.Equal(want, got) {
			store(t, path, got)
		}
		return
	}
	if err != nil {
		t.Errorf("golden: %v (run with -update to make it)", err)
		return
	}
	if !bytes.Equal(want, got) {
		t.Errorf("golden: %s is not what the test produced (-stored +produced; -update accepts):\n%s",
			path, Diff(string(want), string(got)))
	}
}

// Read reads the archive at path. A missing file, one that is larger than 16
// MiB, or one with two sections of the same name ends the test.
func Read(t testing.TB, path string) *Archive {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("golden: %v", err)
	}
	if len(data) > maxBytes {
		t.Fatalf("golden: %s has %d bytes, the limit is %d", path, len(data), maxBytes)
	}
	a := Parse(data)
	a.path = path
	seen := map[string]bool{}
	for _, s := range a.Sections {
		if seen[s.Name] {
			t.Fatalf("golden: %s has two sections named %q", path, s.Name)
		}
		seen[s.Name] = true
	}
	return a
}

// Each runs one subtest for each archive that the pattern (of
// [filepath.Match]) names, in the order of the names; a subtest is called
// what its file is called, without the extension. A pattern that finds
// nothing ends the test: a moved folder must not turn a test off.
func Each(t *testing.T, pattern string, test func(t *testing.T, a *Archive)) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatalf("golden: %v", err)
	}
	if len(paths) == 0 {
		t.Fatalf("golden: no file matches %s", pattern)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		t.Run(name, func(t *testing.T) { test(t, Read(t, path)) })
	}
}

// Compare fails the test, with a line diff, if got is not what the section
// holds. A section that is not there counts as empty. With -update it puts got
// into the archive, behind the last section if there is none of this name, and
// writes the file. A section is whole lines, so a missing newline at the end of
// got is added first.
func (a *Archive) Compare(t testing.TB, name, got string) {
	t.Helper()
	got = wholeLines(got)
	want := a.Get(name)
	if want == got {
		return
	}
	if !*update {
		t.Errorf("golden: section %q of %s is not what the test produced (-stored +produced; -update accepts):\n%s",
			name, a.path, Diff(want, got))
		return
	}
	if err := a.Set(name, got); err != nil {
		t.Errorf("golden: %s: %v", a.path, err)
		return
	}
	store(t, a.path, a.Format())
}

func store(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatalf("golden: %v", err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatalf("golden: %v", err)
	}
}
