package property

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/fsm"
	"interlock/internal/golden"
	"interlock/spec"
)

// compile compiles one text and fails the test on any diagnostic.
func compile(t failer, name, text string) *fsm.Spec {
	t.Helper()
	s, diagnostics := spec.Compile([]spec.Source{{Name: name, Text: []byte(text)}}, nil)
	for _, d := range diagnostics {
		if d.Severity == spec.Error {
			require.Fail(t, "does not compile", "%s: %s: %s", d.Span, d.Code, d.Message)
		}
	}
	return s
}

// Every rule of docs/semantics.md has a small spec, whose expectations come true by the reference step alone, and
// by the checker.
func TestRulesOfTheMeaning(t *testing.T) {
	rules := rulesOfThePage(t)
	paths, err := filepath.Glob("testdata/semantics/*.txtar")
	require.NoError(t, err)
	for _, path := range paths {
		for _, f := range golden.Read(t, path).Sections {
			rule, _, _ := strings.Cut(strings.TrimSuffix(f.Name, ".fsm"), "-")
			require.Contains(t, rules, rule, "%s: %s is no rule of the page", path, f.Name)
			rules[rule] = true
			t.Run(f.Name, func(t *testing.T) {
				for _, sys := range compile(t, f.Name, string(f.Text)).Systems {
					meetsExpectations(t, sys)
				}
			})
		}
	}
	for rule, tested := range rules {
		require.True(t, tested, "rule %s has no spec that shows it", rule)
	}
}

// rulesOfThePage lists the rule numbers that docs/semantics.md states, none of them tested yet.
func rulesOfThePage(t *testing.T) map[string]bool {
	page, err := os.ReadFile("../docs/semantics.md")
	require.NoError(t, err)
	rules := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^- \*\*([A-Z][0-9]+)\*\*`).FindAllStringSubmatch(string(page), -1) {
		require.NotContains(t, rules, m[1], "rule %s is stated twice", m[1])
		rules[m[1]] = false
	}
	require.NotEmpty(t, rules)
	return rules
}

// meetsExpectations asks the obvious search and the checker whether everything that the system states is so.
func meetsExpectations(t *testing.T, sys *fsm.System) {
	x := explore(t, sys, 200_000)
	require.True(t, x.complete)
	expected := map[fsm.Builtin]bool{}
	for _, p := range sys.Properties {
		_, shown := x.shows[p]
		holds := shown == (p.Kind == fsm.Reachable)
		if p.Kind == fsm.BuiltIn {
			_, violated := x.builtin[p.Builtin]
			holds = !violated
			expected[p.Builtin] = true
		}
		require.Equal(t, p.ExpectViolated, !holds, "%s: %s", p.Span, p.Text)
	}
	for b, length := range x.builtin {
		require.True(t, expected[b], "built-in check %d is violated after %d steps", b, length)
	}
	for _, s := range sys.Scenarios {
		require.Equal(t, s.ExpectViolated, !executable(t, sys, s, 200_000), "%s: scenario %s", s.Span, s.Name)
	}
	report, err := check.Run(context.Background(), sys, check.Options{})
	require.NoError(t, err)
	for _, v := range report.Verdicts {
		require.True(t, v.Met, "the checker says of %q: %v %s", v.Property.Text, v.Result, v.Reason)
		if isLive(v.Property) && v.Trace != nil {
			require.NoError(t, isLasso(t, sys, v.Property, v.Trace), v.Property.Text)
		}
	}
	for _, s := range report.Scenarios {
		require.True(t, s.Met, "the checker says of scenario %s: %v %s", s.Scenario.Name, s.Result, s.Reason)
	}
	require.Equal(t, len(x.order), report.Stats.States)
	require.Equal(t, x.transitions, report.Stats.Transitions)
	require.Equal(t, x.depths, report.Stats.Depth)
}
