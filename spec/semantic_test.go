package spec

import (
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/internal/golden"
)

// archived are the sources and overrides of a case.
func archived(t *testing.T, a *golden.Archive) (sources []Source, set map[string]string) {
	t.Helper()
	set = map[string]string{}
	for _, s := range a.Sections {
		if strings.HasSuffix(s.Name, ".fsm") {
			sources = append(sources, Source{Name: s.Name, Text: []byte(s.Text)})
		}
	}
	for line := range strings.Lines(a.Get("set")) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		require.True(t, ok, "a line of the section set is NAME=VALUE")
		set[name] = value
	}
	return sources, set
}

// A file testdata/semantic/CODE.txtar or CODE.variant.txtar has one mistake, of that code.
func TestEachMistakeIsToldOnce(t *testing.T) {
	golden.Each(t, filepath.Join("testdata", "semantic", "*.txtar"), func(t *testing.T, a *golden.Archive) {
		code, _, _ := strings.Cut(filepath.Base(t.Name()), ".")
		sources, set := archived(t, a)
		spec, diags := Compile(sources, set)
		text := rendered(t, sources, diags)
		require.Len(t, diags, 1, text)
		require.Equal(t, code, diags[0].Code, text)
		require.Equal(t, diags[0].Severity == Error, spec == nil)
		page, known := Explain(code)
		require.True(t, known, "no page for %s", code)
		require.NotEmpty(t, page)
		a.Compare(t, "diagnostics", text)
		if diags[0].Fix != nil {
			require.NotContains(t, refixed(t, sources, set, diags[0].Fix), code, "the fix does not mend it")
		}
	})
}

// refixed applies a fix and returns the codes that are told then.
func refixed(t *testing.T, sources []Source, set map[string]string, fix *Fix) []string {
	t.Helper()
	sources = slices.Clone(sources)
	for i, s := range sources {
		if s.Name == fix.Span.File {
			from, to := offset(s.Text, fix.Span.Line, fix.Span.Col), offset(s.Text, fix.Span.EndLine, fix.Span.EndCol)
			sources[i].Text = slices.Concat(s.Text[:from:from], []byte(fix.Text), s.Text[to:])
		}
	}
	_, diags := Compile(sources, set)
	var codes []string
	for _, d := range diags {
		codes = append(codes, d.Code)
	}
	return codes
}

func offset(text []byte, line, col int) int {
	at := 0
	for range line - 1 {
		at += strings.IndexByte(string(text[at:]), '\n') + 1
	}
	return at + col - 1
}

func TestEveryCodeOfMeaningHasACase(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("testdata", "semantic", "*.txtar"))
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, p := range paths {
		code, _, _ := strings.Cut(filepath.Base(p), ".")
		seen[code] = true
	}
	var codes []string
	for _, e := range meaningCodes {
		codes = append(codes, e.Code)
		require.True(t, seen[e.Code], "no case for %s", e.Code)
	}
	require.True(t, sort.StringsAreSorted(codes))
	require.Equal(t, slices.Compact(slices.Clone(codes)), codes)
}
