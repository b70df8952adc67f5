package mutants

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	run   = flag.String("mutants", "", "run the tests against the seeded faults whose names match this regular expression, such as .")
	limit = flag.Duration("mutants.time", 3*time.Minute, "how long one run of tests may take, compiling aside")
)

// root is the folder of the module.
func root(t *testing.T) string {
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	return dir
}

// Every fault can be put into the text as it is now.
func TestMutantsAreCurrent(t *testing.T) {
	require.GreaterOrEqual(t, len(all), 30)
	seen := map[string]bool{}
	for _, m := range all {
		if _, err := m.apply(root(t)); err != nil {
			t.Error(err) // and go on: the list of all that is stale is wanted
		}
		require.False(t, seen[m.Name], m.Name)
		require.NotEmpty(t, m.Breaks, m.Name)
		seen[m.Name] = true
	}
}

// Every row of the tables of faults in docs/verification.md is a fault of the list.
func TestTablesAreOfTheList(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "docs", "verification.md"))
	require.NoError(t, err)
	rows := regexp.MustCompile("(?m)^\\| `([a-z_/]+\\.go)` \\| (.+) \\| (?:`Test\\w+`|a test that does not end|a panic)[^|]*\\|$").FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(rows), 50)
	for _, row := range rows {
		listed := slices.ContainsFunc(all, func(m Mutant) bool {
			return m.Breaks == row[2] && (m.File == row[1] || strings.HasSuffix(m.File, "/"+row[1]))
		})
		require.True(t, listed, "%s", row[0])
	}
	counted := strings.Count(string(text), ".go` | ")
	require.Equal(t, counted, len(rows), "rows that are not understood")
}

// Some test fails with each fault. It takes long: with -mutants=. only.
func TestMutantsAreFound(t *testing.T) {
	if *run == "" {
		t.Skip("seeded faults are tried with -mutants=.")
	}
	wanted, err := regexp.Compile(*run)
	require.NoError(t, err)
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	require.NoError(t, err)
	for _, m := range all {
		if !wanted.MatchString(m.Name) {
			continue
		}
		t.Run(m.Name, func(t *testing.T) {
			text, err := m.apply(root(t))
			require.NoError(t, err)
			dir := t.TempDir()
			file, overlay := filepath.Join(dir, "mutant.go"), filepath.Join(dir, "overlay.json")
			require.NoError(t, os.WriteFile(file, text, 0o644))
			replace, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(root(t), m.File): file}})
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(overlay, replace, 0o644))
			by := ""
			for _, args := range suites[m.By] {
				if by = found(t, args, overlay, dir, strings.TrimSpace(string(cache))); by != "" {
					break
				}
			}
			require.NotEmpty(t, by, "no test notices that %s", m.Breaks)
			t.Logf("| %s | %s | %s |", m.File, m.Breaks, by)
		})
	}
}

var (
	failed  = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)
	endless = regexp.MustCompile(`panic: test timed out after .*\n\s+running tests:\n\s+(\w+)`)
)

// found runs tests with a fault in place and tells which failed; empty: none. Programs that the tests build go to a folder
// of their own.
func found(t *testing.T, args []string, overlay, dir, cache string) string {
	ctx, cancel := context.WithTimeout(context.Background(), *limit+5*time.Minute) // it must be compiled, too
	defer cancel()
	c := exec.CommandContext(ctx, "go", slices.Concat([]string{"test", "-count=1", "-vet=off", "-failfast", "-timeout", limit.String(), "-overlay", overlay}, args)...)
	c.Dir = root(t)
	c.Env = append(os.Environ(), "GOCACHE="+cache, "XDG_CACHE_HOME="+dir)
	c.WaitDelay = time.Second
	out, err := c.CombinedOutput()
	if err == nil {
		return ""
	}
	if ctx.Err() != nil {
		return "a test that does not end"
	}
	require.NotContains(t, string(out), "[build failed]", string(out))
	require.NotContains(t, string(out), "[setup failed]", string(out))
	if names := endless.FindStringSubmatch(string(out)); names != nil {
		return "`" + names[1] + "`, which does not end"
	}
	if names := failed.FindAllStringSubmatch(string(out), -1); names != nil {
		return "`" + names[0][1] + "`"
	}
	require.Contains(t, string(out), "FAIL", "the tests did not run")
	t.Logf("%s", out[max(0, len(out)-2000):])
	return "a panic"
}
