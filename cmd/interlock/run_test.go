package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/internal/golden"
)

// took matches what differs from run to run.
var took = regexp.MustCompile(`, [0-9.]+ m?s\b|; [0-9]+ bits[^/]*states/s|(?:"seconds": )[0-9.e-]+`)

// say runs the command in this process and gives all that it said: what it wrote to standard output, then what it wrote to
// standard error with "! " before each line, and the exit code if it is not 0.
func say(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	var out, err bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(stdin), &out, &err)
	var b strings.Builder
	b.WriteString(took.ReplaceAllString(out.String(), ""))
	for line := range strings.Lines(err.String()) {
		b.WriteString(strings.TrimRight("! "+line, " \n") + "\n")
	}
	if code != 0 {
		fmt.Fprintf(&b, "[exit %d]\n", code)
	}
	return b.String()
}

// A script is an archive of files and commands: a section "$ check -v" holds what that command says when it is run in a folder
// with the files before it; "$ fmt < a.fsm" reads a file, and " # again" is a remark.
func TestScripts(t *testing.T) {
	golden.Each(t, "testdata/*.txtar", func(t *testing.T, a *golden.Archive) {
		dir := t.TempDir()
		home, err := os.Getwd()
		require.NoError(t, err)
		t.Setenv("COLUMNS", "100")
		for _, s := range a.Sections {
			line, ok := strings.CutPrefix(s.Name, "$")
			if !ok {
				file := filepath.Join(dir, filepath.FromSlash(s.Name))
				require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
				require.NoError(t, os.WriteFile(file, []byte(s.Text), 0o644))
				continue
			}
			line, _, _ = strings.Cut(line, " # ") // sections need different names
			line, input, _ := strings.Cut(line, " < ")
			stdin := []byte{}
			t.Chdir(dir)
			if input != "" {
				stdin, err = os.ReadFile(input)
				require.NoError(t, err)
			}
			said := say(t, string(stdin), fields(line)...)
			t.Chdir(home)
			a.Compare(t, s.Name, said)
		}
	})
}

// fields splits a line into words; double quotes keep one together.
func fields(line string) []string {
	var words []string
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

func TestInternalErrorsAreTold(t *testing.T) {
	var err bytes.Buffer
	//lint:ignore SA1012 there is nowhere to write to, and no context either
	code := run(nil, []string{"version"}, nil, nil, &err)
	require.Equal(t, exitInput, code)
	require.Contains(t, err.String(), "interlock: internal error")
	require.Contains(t, err.String(), "not in your spec")
}

// Several errors are a line each, and none of them looks like another message.
func TestFailures(t *testing.T) {
	var said bytes.Buffer
	sh := &shell{err: &said}
	require.Equal(t, exitInput, sh.fail("%s", "one\ninterlock: \x1btwo\n"))
	require.Equal(t, "interlock: one\n  interlock: \\x1btwo\n", said.String())
}

func TestWorse(t *testing.T) {
	require.Equal(t, exitInput, worse(exitFindings, exitInput))
	require.Equal(t, exitInput, worse(exitInput, exitFindings))
	require.Equal(t, exitFindings, worse(exitUnknown, exitFindings))
	require.Equal(t, exitFindings, worse(exitFindings, exitUnknown))
	require.Equal(t, exitUnknown, worse(exitOK, exitUnknown))
	require.Equal(t, exitOK, worse(exitOK, exitOK))
}

func TestParseCount(t *testing.T) {
	for text, want := range map[string]int64{"7": 7, "500k": 500_000, "5M": 5_000_000, "2g": 2_000_000_000, "1_000": 1000} {
		n, err := parseCount(text, 1000)
		require.NoError(t, err)
		require.Equal(t, want, n, text)
	}
	n, err := parseCount("2G", 1024)
	require.NoError(t, err)
	require.Equal(t, int64(2<<30), n)
	for _, text := range []string{"", "0", "-1", "k", "1.5M", "9999999999999999999", "9999999999999G", "1kk"} {
		_, err := parseCount(text, 1000)
		require.Error(t, err, text)
	}
}

func TestProgressOnATerminal(t *testing.T) {
	var b bytes.Buffer
	p := &progress{w: &b, terminal: true, columns: 80, system: "s.S"}
	p.tell(check.Progress{Stage: "search", States: 10, Elapsed: 100 * time.Millisecond})
	require.Empty(t, b.String(), "a short search is not told")
	p.tell(check.Progress{Stage: "search", States: 1_234_567, Queue: 5000, Depth: 12, Elapsed: 2 * time.Second})
	require.Equal(t, "\r\x1b[Ks.S: search: 1.23M states, 617k/s, 5k waiting, depth 12, 2s", b.String())
	p.tell(check.Progress{Stage: "search", States: 1_234_568, Elapsed: 2*time.Second + redraw/2})
	require.Equal(t, 1, strings.Count(b.String(), "\r"), "it is not drawn anew at once")
	p.clear()
	require.True(t, strings.HasSuffix(b.String(), "\r\x1b[K"))
}

func TestProgressElsewhere(t *testing.T) {
	var b bytes.Buffer
	p := &progress{w: &b, system: "s.S"}
	for s := range 35 {
		p.tell(check.Progress{Stage: "search", States: 1000 * s, Elapsed: time.Duration(s) * time.Second})
	}
	p.clear()
	require.Equal(t, 3, strings.Count(b.String(), "\n"), "a line every ten seconds: %s", b.String())
	require.NotContains(t, b.String(), "\x1b")
}

func TestShortNumbers(t *testing.T) {
	for n, want := range map[float64]string{0: "0", 7: "7", 999: "999", 1000: "1k", 1234: "1.23k", 45_678: "45.7k", 999_400: "999k", 999_600: "1M", 5e9: "5G"} {
		require.Equal(t, want, short(n))
	}
}

// Ctrl-C is a context that ends: the search stops and everything that is not decided is Unknown.
func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "big.fsm"), []byte(bigSpec), 0o644))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, err bytes.Buffer
	code := run(ctx, []string{"check", dir}, nil, &out, &err)
	require.Equal(t, exitUnknown, code, "%s%s", out.String(), err.String())
	require.Contains(t, out.String(), "unknown")
	require.NotContains(t, out.String(), "✓ holds")
}

// Ctrl-C ends a fmt that waits for what is typed.
func TestInterruptedInput(t *testing.T) {
	typed, keyboard := io.Pipe()
	defer keyboard.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, err bytes.Buffer
	require.Equal(t, exitInput, run(ctx, []string{"fmt"}, typed, &out, &err))
	require.Equal(t, "interlock: standard input: it was interrupted\n", err.String())
}

// After Ctrl-C what has not begun does not begin.
func TestInterruptedBetweenSystems(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b", "c"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name, "big.fsm"), []byte(bigSpec), 0o644))
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, err bytes.Buffer
	require.Equal(t, exitUnknown, run(ctx, []string{"check", dir + "/..."}, nil, &out, &err))
	require.Contains(t, out.String(), "stopped before 2 more systems")

	// That they are unknown is in the reports for tools, too: what is missing there would pass.
	out.Reset()
	junit, sarif := filepath.Join(dir, "j.xml"), filepath.Join(dir, "s.json")
	require.Equal(t, exitUnknown, run(ctx, []string{"check", "-json", "-junit", junit, "-sarif", sarif, "-annotations", dir + "/..."}, nil, &out, &err))
	for _, name := range []string{"b", "c"} {
		require.Contains(t, err.String(), filepath.Join(dir, name)+",title=interlock%3A skipped::big.Many: it was not looked at")
	}
	require.Equal(t, 2, strings.Count(out.String(), `"skipped": [`))
	for _, file := range []string{junit, sarif} {
		text, failed := os.ReadFile(file)
		require.NoError(t, failed)
		require.Equal(t, 2, strings.Count(string(text), "it was not looked at"))
	}
}

// Ctrl-C while the programs are built that are to search ends the search, as it does later, and the report is whole.
func TestInterruptedBuild(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"a", "b"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o755))
		text := strings.ReplaceAll(bigSpec, "1000", fmt.Sprint(1077+i)) // nobody builds these
		require.NoError(t, os.WriteFile(filepath.Join(dir, name, "big.fsm"), []byte(text), 0o644))
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, flags := range [][]string{{"-compiled"}, {"-hash"}, {"-dir", filepath.Join(dir, "states")}} {
		var out, err bytes.Buffer
		args := append(append([]string{"check", "-json"}, flags...), dir+"/...")
		require.Equal(t, exitUnknown, run(ctx, args, nil, &out, &err), "%s", &err)
		require.Empty(t, err.String())
		require.True(t, json.Valid(out.Bytes()))
	}
}

// The spec of the help is a spec, and the answer is what the help says.
func TestHelpOnSpecs(t *testing.T) {
	var text strings.Builder
	for line := range strings.Lines(topics()["spec"]) {
		if line, ok := strings.CutPrefix(line, "  "); ok || line == "\n" {
			text.WriteString(line)
		}
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "session.fsm"), []byte(text.String()), 0o644))
	said := say(t, "", "check", "-property", "Left", dir)
	require.Contains(t, said, "violated in 3 steps")
	require.NotContains(t, said, "!")
}

// bigSpec has far more joint states than the limits of the tests.
const bigSpec = `fsm 1
spec big

machine Counter {
	var a 0..1000 = 0
	var b 0..1000 = 0
	input Up
	initial state On {
		on Up when a < 1000 { a = a + 1 }
	}
}

system Many {
	c[3] Counter
	never c[0].a == 1000 && c[1].a == 1000
}
`

func TestLimitsEndInUnknown(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "big.fsm"), []byte(bigSpec), 0o644))
	for _, limit := range []string{"-max-states=1000", "-timeout=1ms", "-max-memory=100k"} {
		said := say(t, "", "check", limit, dir)
		require.Contains(t, said, "? unknown", limit)
		require.NotContains(t, said, "✓ holds", limit)
		require.True(t, strings.HasSuffix(said, "[exit 3]\n"), said)
	}
}

func TestJSONIsOneDocument(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "big.fsm"), []byte(bigSpec), 0o644))
	var out, err bytes.Buffer
	code := run(t.Context(), []string{"check", "-json", "-max-states", "10", dir}, nil, &out, &err)
	require.Equal(t, exitUnknown, code)
	require.Empty(t, err.String())
	var doc struct {
		Format int
		Specs  []struct {
			Name    string
			Systems []struct{ Verdicts []struct{ Result string } }
		}
		Summary struct{ Unknown, Exit int }
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &doc), "one object and nothing else")
	require.Equal(t, 1, doc.Format)
	require.Equal(t, "big", doc.Specs[0].Name)
	require.Equal(t, "unknown", doc.Specs[0].Systems[0].Verdicts[0].Result)
	require.Equal(t, exitUnknown, doc.Summary.Exit)
	require.NotZero(t, doc.Summary.Unknown)
}

// A full disk is told and is no success, whatever the command: "fmt < a > b" would otherwise leave half of a spec.
func TestWhatCannotBeWrittenIsTold(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full here")
	}
	defer full.Close()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "big.fsm"), []byte(bigSpec+"\n\n"), 0o644))
	for _, args := range [][]string{{"fmt"}, {"fmt", dir}, {"fmt", "-d", dir}, {"check", "-max-states=10", dir}, {"check", "-json", "-max-states=10", dir},
		{"help"}, {"explain"}, {"explain", "limit"}, {"version"}} {
		var said bytes.Buffer
		require.Equal(t, exitInput, run(t.Context(), args, strings.NewReader(bigSpec), full, &said), args)
		require.Equal(t, 1, strings.Count(said.String(), "interlock: write /dev/full: no space left on device\n"), said.String())
	}
}

func TestUnreadableFolder(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.fsm")
	require.NoError(t, os.WriteFile(file, []byte(bigSpec), 0o000))
	if _, err := os.ReadFile(file); err == nil {
		t.Skip("everything is readable here")
	}
	said := say(t, "", "check", dir)
	require.Contains(t, said, "permission denied")
	require.Contains(t, said, "[exit 2]")
}

// Every command and flag has its place in the help, and every topic a title.
func TestHelpIsWhole(t *testing.T) {
	for _, c := range commands() {
		require.True(t, strings.HasPrefix(topics()[c.name], "usage: interlock "+c.name), c.name)
	}
	var o checkOptions
	text := topics()["check"]
	o.flags().VisitAll(func(f *flag.Flag) { require.Contains(t, text, "  -"+f.Name, f.Name) })
	for _, line := range strings.Split(helpText, "\n") {
		require.LessOrEqual(t, len([]rune(line)), 84, line)
		require.NotContains(t, line, "\t", "tabs are shown differently everywhere")
	}
}
