package golden

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// recorder stands in for a test, so that failing can be watched.
type recorder struct {
	testing.TB
	said []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

// updating runs f as if -update had been given.
func updating(f func()) {
	old := *update
	*update = true
	defer func() { *update = old }()
	f()
}

func TestParse(t *testing.T) {
	a := Parse([]byte("about\n\n-- in.fsm --\nfsm 1\n\n-- empty --\n--  out  --\nlast line"))
	require.Equal(t, "about\n\n", a.Comment)
	require.Equal(t, []Section{
		{"in.fsm", "fsm 1\n\n"},
		{"empty", ""},
		{"out", "last line\n"},
	}, a.Sections)
	require.True(t, a.Has("empty"))
	require.False(t, a.Has("absent"))
	require.Equal(t, "fsm 1\n\n", a.Get("in.fsm"))
}

func TestOnlyMarkersAreMarkers(t *testing.T) {
	for _, line := range []string{"--", "-- --", "--  --", "-- a--", "--a --", " -- a --", "-- a -- ", "--- a ---"} {
		require.Empty(t, Parse([]byte(line+"\n")).Sections, "%q", line)
	}
	require.Equal(t, "a", Parse([]byte("-- a --\r\nx\r\n")).Sections[0].Name)
}

// What Set accepts is read back as it was; what it refuses would not be.
func TestFormatThenParse(t *testing.T) {
	line := rapid.SampledFrom([]string{"", "-", "--", "-- x --", "-- x -- ", " -- x --", "a", "--  --"})
	text := rapid.Custom(func(t *rapid.T) string {
		return wholeLines(strings.Join(rapid.SliceOfN(line, 0, 4).Draw(t, "lines"), "\n"))
	})
	rapid.Check(t, func(t *rapid.T) {
		a := &Archive{Comment: "about\n"}
		for i := range rapid.IntRange(0, 3).Draw(t, "sections") {
			name := rapid.SampledFrom([]string{"a", "b c", "-", "", " d", "e\nf"}).Draw(t, "name")
			body := text.Draw(t, "text")
			before := string(a.Format())
			if err := a.Set(name, body); err != nil {
				require.Equal(t, before, string(a.Format()), "a refused Set changes nothing")
				forced := Parse(fmt.Appendf(nil, "-- %s --\n%s", name, body))
				require.NotEqual(t, []Section{{name, body}}, forced.Sections, "Set %d was refused without need", i)
				continue
			}
			require.Equal(t, body, a.Get(name))
		}
		require.Equal(t, a, Parse(a.Format()))
	})
}

func TestDiff(t *testing.T) {
	require.Empty(t, Diff("a\n", "a\n"))
	require.Equal(t, "@@ -1 +1\n-a (no newline at the end)\n+a\n", Diff("a", "a\n"))
	require.Equal(t, "@@ -1 +1\n+a\n", Diff("", "a\n"))
	old := "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n"
	new := strings.Replace(strings.Replace(old, "5\n", "five\n", 1), "12\n", "", 1)
	require.Equal(t, "@@ -2 +2\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n 9\n 10\n 11\n-12\n", Diff(old, new))
	require.Equal(t, "@@ -10 +10\n 10\n 11\n 12\n+13\n", Diff(old, old+"13\n"))
}

// A diff of everything (no context is cut in short texts) holds both texts.
func TestDiffHoldsBothTexts(t *testing.T) {
	lines := rapid.SliceOfN(rapid.SampledFrom([]string{"a\n", "b\n", "c\n"}), 0, 7)
	rapid.Check(t, func(t *rapid.T) {
		a, b := lines.Draw(t, "a"), lines.Draw(t, "b")
		var old, new strings.Builder
		kept := 0
		for _, e := range edits(split(strings.Join(a, "")), split(strings.Join(b, ""))) {
			if e.op != '+' {
				old.WriteString(e.line + "\n")
			}
			if e.op != '-' {
				new.WriteString(e.line + "\n")
			}
			if e.op == ' ' {
				kept++
			}
		}
		require.Equal(t, strings.Join(a, ""), old.String())
		require.Equal(t, strings.Join(b, ""), new.String())
		require.Equal(t, longestCommon(a, b), kept, "not the shortest diff")
	})
}

// longestCommon is the obvious twin of the table: try every way.
func longestCommon(a, b []string) int {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	if a[0] == b[0] {
		return 1 + longestCommon(a[1:], b[1:])
	}
	return max(longestCommon(a[1:], b), longestCommon(a, b[1:]))
}

func TestHugeDiffIsStillADiff(t *testing.T) {
	old := strings.Repeat("a\n", 5000)
	new := strings.Repeat("b\n", 5000)
	require.Nil(t, suffixLengths(split(old), split(new)))
	d := Diff("same\n"+old, "same\n"+new)
	require.Equal(t, 5000, strings.Count(d, "-a\n"))
	require.Equal(t, 5000, strings.Count(d, "+b\n"))
}

func TestCompareWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "whole.txt")
	r := &recorder{TB: t}
	Compare(r, path, []byte("x\n"))
	require.Len(t, r.said, 1)
	require.Contains(t, r.said[0], "-update")

	updating(func() { Compare(t, path, []byte("x\n")) })
	Compare(t, path, []byte("x\n"))

	r = &recorder{TB: t}
	Compare(r, path, []byte("y\n"))
	require.Len(t, r.said, 1)
	require.Contains(t, r.said[0], "-x\n+y\n")
}

func TestCompareSections(t *testing.T) {
	path := filepath.Join(t.TempDir(), "case.txtar")
	require.NoError(t, os.WriteFile(path, []byte("about\n-- in --\n1\n-- out --\nold\n"), 0o644))
	a := Read(t, path)
	a.Compare(t, "out", "old") // the newline is added
	a.Compare(t, "absent", "")

	r := &recorder{TB: t}
	a.Compare(r, "out", "new\n")
	a.Compare(r, "absent", "something\n")
	require.Len(t, r.said, 2)
	require.Contains(t, r.said[0], "-old\n+new\n")
	require.Contains(t, r.said[1], `"absent"`)

	updating(func() {
		a.Compare(t, "out", "new\n")
		a.Compare(t, "more", "3")
		r = &recorder{TB: t}
		a.Compare(r, "out", "-- in --\n")
		require.Len(t, r.said, 1, "a marker in a section is refused, not written")
	})
	stored, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "about\n-- in --\n1\n-- out --\nnew\n-- more --\n3\n", string(stored))
}

func TestEach(t *testing.T) {
	var names []string
	Each(t, filepath.Join("testdata", "*.txtar"), func(t *testing.T, a *Archive) {
		names = append(names, t.Name())
		a.Compare(t, "out", strings.ToUpper(a.Get("in")))
	})
	require.Equal(t, []string{"TestEach/upper"}, names)
}
