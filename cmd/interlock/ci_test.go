package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"interlock/internal/golden"
)

// forTools runs check on the files of an archive, with both reports for tools, in a folder of its own.
func forTools(t *testing.T, a *golden.Archive, args ...string) (code int, junit, sarif []byte) {
	dir := t.TempDir()
	for _, s := range a.Sections {
		if strings.HasSuffix(s.Name, ".fsm") {
			file := filepath.Join(dir, filepath.FromSlash(s.Name))
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
			require.NoError(t, os.WriteFile(file, []byte(s.Text), 0o644))
		}
	}
	t.Chdir(dir)
	var out, err bytes.Buffer
	code = run(t.Context(), append([]string{"check", "-quiet", "-junit", "j.xml", "-sarif", "s.json"}, args...), strings.NewReader(""), &out, &err)
	junit, failed := os.ReadFile("j.xml")
	require.NoError(t, failed)
	sarif, failed = os.ReadFile("s.json")
	require.NoError(t, failed)
	return code, junit, sarif
}

// timing matches what differs from run to run, and from build to build.
var timing = regexp.MustCompile(`time="[0-9.]+"|"version": "[^2][^"]*",\n *`)

func TestReportsForTools(t *testing.T) {
	golden.Each(t, "testdata/tools/*.txtar", func(t *testing.T, a *golden.Archive) {
		home, err := os.Getwd()
		require.NoError(t, err)
		code, junit, sarif := forTools(t, a, "./...")
		t.Chdir(home)
		require.Equal(t, exitInput, code)
		a.Compare(t, "junit", timing.ReplaceAllString(string(junit), ""))
		a.Compare(t, "sarif", timing.ReplaceAllString(string(sarif), ""))
	})
}

// The numbers of a JUnit report are those of its cases, and nothing is both a failure and an error.
func TestJUnitAddsUp(t *testing.T) {
	a := golden.Read(t, "testdata/tools/mixed.txtar")
	code, text, _ := forTools(t, a, "-max-states", "3", "./...")
	require.Equal(t, exitInput, code)
	var r junitReport
	require.NoError(t, xml.Unmarshal(text, &r))
	tests, failures, errors := 0, 0, 0
	for _, s := range r.Suites {
		require.Len(t, s.Cases, s.Tests)
		tests, failures, errors = tests+s.Tests, failures+s.Failures, errors+s.Errors
		failed, erred := 0, 0
		for _, c := range s.Cases {
			require.NotEmpty(t, c.Name)
			require.False(t, c.Failure != nil && c.Error != nil)
			if c.Failure != nil {
				failed++
			}
			if c.Error != nil {
				erred++
				require.NotEqual(t, "violated", c.Error.Type)
			}
		}
		require.Equal(t, []int{s.Failures, s.Errors}, []int{failed, erred})
	}
	require.Equal(t, []int{r.Tests, r.Failures, r.Errors}, []int{tests, failures, errors})
	require.Positive(t, failures)
	require.Positive(t, errors)
}

// A question that cannot be read is one that is not decided, and the report of the file must not pass for that.
func TestJUnitOfWhatIsNotAsked(t *testing.T) {
	dir := t.TempDir()
	dve, questions, junit := filepath.Join(dir, "p.1.dve"), filepath.Join(dir, "p.xml"), filepath.Join(dir, "j.xml")
	require.NoError(t, os.WriteFile(dve, []byte("process P { state a, b; init a; trans a -> b {}; } system async;"), 0o644))
	require.NoError(t, os.WriteFile(questions, []byte(`<model type="x"><property id="1" prop-type="reachability"><formula>P.c</formula></property>
<instance id="1"><parameters></parameters></instance></model>`), 0o644))
	var out, err bytes.Buffer
	require.Equal(t, exitUnknown, run(t.Context(), []string{"check", "-questions", questions, "-junit", junit, dve}, nil, &out, &err))
	text, failed := os.ReadFile(junit)
	require.NoError(t, failed)
	var r junitReport
	require.NoError(t, xml.Unmarshal(text, &r))
	require.Equal(t, 1, r.Errors)
	require.Equal(t, "goal1", r.Suites[0].Cases[0].Name)
	require.Contains(t, r.Suites[0].Cases[0].Error.Message, "no state of process P `c`")
}

// A SARIF log has what the format asks for: a rule for each result, places from line 1 on, and a code flow of a step or more.
func TestSARIFIsWhole(t *testing.T) {
	a := golden.Read(t, "testdata/tools/mixed.txtar")
	_, _, text := forTools(t, a, "./...")
	var log sarifLog
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&log))
	require.Equal(t, "2.1.0", log.Version)
	require.Len(t, log.Runs, 1)
	run, flows := log.Runs[0], 0
	located := func(l sarifLocation) {
		require.NotEmpty(t, l.Physical.Artifact.URI)
		require.NotContains(t, l.Physical.Artifact.URI, " ")
		if r := l.Physical.Region; r != nil {
			require.Positive(t, r.StartLine)
			require.Positive(t, r.StartColumn)
		}
	}
	for _, r := range run.Results {
		require.Equal(t, r.RuleID, run.Tool.Driver.Rules[r.RuleIndex].ID)
		require.Contains(t, []string{"error", "warning"}, r.Level)
		require.NotEmpty(t, r.Message.Text)
		require.Len(t, r.Locations, 1)
		located(r.Locations[0])
		for _, f := range r.CodeFlows {
			flows++
			require.Len(t, f.ThreadFlows, 1)
			require.NotEmpty(t, f.ThreadFlows[0].Locations)
			for _, s := range f.ThreadFlows[0].Locations {
				located(s.Location)
				require.NotEmpty(t, s.Location.Message.Text)
			}
		}
	}
	require.Positive(t, flows)
}

// Columns of a SARIF log count the units of UTF-16: two for a sign that is beyond 16 bits, one for any other.
func TestSARIFColumns(t *testing.T) {
	const text = "fsm 1\nspec signs\n/* é𝄞 */ machine A {\n\tinput Go\n\tinitial state S { /* é𝄞 */ on Go -> T }\n\tstate T\n}\nsystem Y {\n\ta A\n\t/* 𝄞𝄞 */ never Gone: a in T\n}\n"
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("signs.fsm", []byte(text), 0o644))
	var out, err bytes.Buffer
	require.Equal(t, exitFindings, run(t.Context(), []string{"check", "-quiet", "-sarif", "s.json", "."}, strings.NewReader(""), &out, &err), err.String())
	written, failed := os.ReadFile("s.json")
	require.NoError(t, failed)
	var log sarifLog
	require.NoError(t, json.Unmarshal(written, &log))
	require.Equal(t, "utf16CodeUnits", log.Runs[0].ColumnKind)
	lines := strings.Split(text, "\n")
	column := func(line int, what string) int {
		before, _, found := strings.Cut(lines[line-1], what)
		require.True(t, found)
		return len(utf16.Encode([]rune(before))) + 1
	}
	for _, r := range log.Runs[0].Results {
		if r.RuleID != "never" {
			continue
		}
		require.Equal(t, sarifRegion{10, column(10, "never"), 10, len(utf16.Encode([]rune(lines[9]))) + 1}, *r.Locations[0].Physical.Region)
		require.Equal(t, column(5, "on Go"), r.CodeFlows[0].ThreadFlows[0].Locations[0].Location.Physical.Region.StartColumn)
		return
	}
	t.Fatal("no result of the property")
}

// A report that cannot be written is a mistake, whatever was found.
func TestReportsThatCannotBeWritten(t *testing.T) {
	a := golden.Read(t, "testdata/tools/mixed.txtar")
	forTools(t, a, "./...")
	var out, err bytes.Buffer
	code := run(t.Context(), []string{"check", "-junit", "no/such/folder.xml", "my door"}, strings.NewReader(""), &out, &err)
	require.Equal(t, exitInput, code)
	require.Contains(t, err.String(), "folder.xml")
}

// Annotations are one line each, name the place, and tell what the log for editors tells; standard output stays as it is.
func TestAnnotations(t *testing.T) {
	a := golden.Read(t, "testdata/tools/mixed.txtar")
	_, _, log := forTools(t, a, "./...") // leaves the files here
	var sarif sarifLog
	require.NoError(t, json.Unmarshal(log, &sarif))
	check := func(flags ...string) (string, string) {
		var out, err bytes.Buffer
		run(t.Context(), append(append([]string{"check", "-quiet"}, flags...), "./..."), strings.NewReader(""), &out, &err)
		return out.String(), err.String()
	}
	out, told := check()
	annotatedOut, annotated := check("-annotations")
	require.Equal(t, out, annotatedOut)
	lines := strings.Split(strings.TrimSuffix(strings.TrimPrefix(annotated, told), "\n"), "\n")
	require.Len(t, lines, len(sarif.Runs[0].Results))
	form := regexp.MustCompile(`^::(error|warning) file=[^,:]+(,line=\d+,col=\d+)?,title=interlock%3A [^,:]+::[^\x00-\x1f]+$`)
	for i, line := range lines {
		require.Regexp(t, form, line)
		require.Contains(t, line, sarif.Runs[0].Results[i].RuleID)
	}
}

// What a spec may bring into a line cannot end it, nor one of its fields.
func TestAnnotationsKeepTheirForm(t *testing.T) {
	require.Equal(t, "100%25%0Anext: a, b", annotated("100%\nnext: a, b", false))
	require.Equal(t, "a%3A%3Ab%2Cc", annotated("a::b,c", true))
	require.NotContains(t, annotated("\r\x1b[31m", false), "\r")
	require.NotContains(t, annotated("\r\x1b[31m", false), "\x1b")
}
