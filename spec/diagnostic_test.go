package spec

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
)

func TestNearest(t *testing.T) {
	states := []string{"Idle", "Opening", "Open", "Closing", "Closed"}
	for _, c := range [][2]string{
		{"Closng", "Closing"}, {"closing", "Closing"}, {"Opne", "Open"}, {"Closd", "Closed"}, {"Idel", "Idle"}, {"Opened", "Open"},
		{"Frobnicate", ""}, {"X", ""}, {"", ""}, {"Open", ""}, {strings.Repeat("Open", 20), ""},
	} {
		candidates := states
		if c[0] == "Open" {
			candidates = []string{"Open"} // a name is not near itself
		}
		require.Equal(t, c[1], Nearest(c[0], candidates), c[0])
	}
}

// TestEditDistance compares the distance with its definition, which is slow.
func TestEditDistance(t *testing.T) {
	var slow func(a, b string) int
	slow = func(a, b string) int {
		if a == "" || b == "" {
			return len(a) + len(b)
		}
		cost := 1
		if a[len(a)-1] == b[len(b)-1] {
			cost = 0
		}
		d := min(slow(a[:len(a)-1], b)+1, slow(a, b[:len(b)-1])+1, slow(a[:len(a)-1], b[:len(b)-1])+cost)
		if n, m := len(a), len(b); n > 1 && m > 1 && a[n-1] == b[m-2] && a[n-2] == b[m-1] {
			d = min(d, slow(a[:n-2], b[:m-2])+1)
		}
		return d
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.StringMatching("[abc]{0,5}").Draw(t, "a"), rapid.StringMatching("[abc]{0,5}").Draw(t, "b")
		require.Equal(t, slow(a, b), editDistance(a, b))
	})
}

func TestEcho(t *testing.T) {
	for _, c := range [][2]string{
		{"plain", "plain"}, {"größe 接続", "größe 接続"}, {"a\x1b[31m", `a\x1b[31m`}, {"\u202Eevil", `\u202eevil`},
		{"a\xffb", `a\xffb`}, {"\u200b", `\u200b`}, {"tab\t\r\n", `tab\x09\x0d\x0a`}, {"\x7f", `\x7f`}, {"\u009b", `\u009b`},
	} {
		require.Equal(t, c[1], Echo(c[0]))
	}
}

func TestSortAndLimit(t *testing.T) {
	var ds []Diagnostic
	for line := 5; line > 0; line-- {
		ds = append(ds, Diagnostic{Code: "unexpected", Span: fsm.Span{File: "b.fsm", Line: line, Col: 1}})
	}
	ds = append(ds, Diagnostic{Code: "x", Span: fsm.Span{File: "a.fsm", Line: 9, Col: 9}})
	limited := Limit(ds, 3)
	require.Len(t, limited, 4)
	require.Equal(t, "a.fsm", limited[0].Span.File)
	require.Equal(t, 2, limited[2].Span.Line)
	require.Equal(t, "too-many", limited[3].Code)
	require.Contains(t, limited[3].Message, "3 more mistakes")
	require.Len(t, Limit(ds, 6), 6)
}

// TestRenderAcrossFiles shows a label in another file, a span over lines, one past the end, and a file that is not there.
func TestRenderAcrossFiles(t *testing.T) {
	texts := map[string]string{"a.fsm": "one\n\ttwo three\n", "b.fsm": "four\x1b five"}
	d := Diagnostic{
		Code: "unexpected", Severity: Warning, Message: "a\x07b", Help: "Do.",
		Span: fsm.Span{File: "a.fsm", Line: 2, Col: 2, EndLine: 3, EndCol: 1},
		Labels: []Label{
			{fsm.Span{File: "b.fsm", Line: 1, Col: 7, EndLine: 1, EndCol: 11}, "here"},
			{fsm.Span{File: "c.fsm", Line: 12, Col: 7, EndLine: 12, EndCol: 11}, "there"},
			{fsm.Span{File: "b.fsm", Line: 1, Col: 90, EndLine: 1, EndCol: 95}, "nowhere"},
		},
	}
	var out strings.Builder
	require.NoError(t, Render(&out, []Diagnostic{d, {Code: "x", Message: "no place"}}, func(file string) []byte {
		if text, ok := texts[file]; ok {
			return []byte(text)
		}
		return nil
	}))
	require.Equal(t, strings.Join([]string{
		`a.fsm:2:2: warning: a\x07b [unexpected]`,
		`   2 |     two three`,
		`     |     ^^^^^^^^^`,
		`     > b.fsm:1:7`,
		`   1 | four\x1b five`,
		`     |          ---- here`,
		`     = c.fsm:12:7: there`,
		`     |              - nowhere`,
		`     = help: Do.`,
		``,
		`error: no place [x]`,
		``,
	}, "\n"), out.String())
}
