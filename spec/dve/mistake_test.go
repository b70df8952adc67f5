package dve

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
	"interlock/spec"
)

// mistakes are texts in which what stands between « and » is wrong, for one reason.
var mistakes = []struct{ code, text string }{
	{"dve-syntax", "«»"},
	{"dve-syntax", "byte x;«»"},
	{"dve-syntax", "byte «;» process P { state a; init a; } system async;"},
	{"dve-syntax", "«x» = 1; process P { state a; init a; } system async;"},
	{"dve-syntax", "process P { state a; init a; }«»"},
	{"dve-syntax", "process P { state a; init a; } system «;»"},
	{"dve-syntax", "process P { state a; init a; } system async«»"},
	{"dve-syntax", "process P { state a; init a; } system async; «byte» x;"},
	{"dve-syntax", "process P { state a; init a;«»"},
	{"dve-syntax", "process P { state a; init a; «system» async;"},
	{"dve-syntax", "process «P» { state a; } system async;"},
	{"dve-syntax", "process P { state a, b; init a; init «b»; } system async;"},
	{"dve-syntax", "process P { state a; init a; trans «,» a -> a {}; } system async;"},
	{"dve-unsupported", "process P { state a; init a; } process Q { state q; init q; accept «genbuchi» (q); } system async property Q;"},
	{"dve-syntax", "process P { state a; init a; trans a «a» {}; } system async;"},
	{"dve-syntax", "process P { state a; init a; trans a -> a { guard 1 «}»; } system async;"},
	{"dve-syntax", "process P { state a; init a; trans a -> a { guard «;» }; } system async;"},
	{"dve-syntax", "process P { state a; init a; trans a -> a { guard (1 «;» }; } system async;"},
	{"dve-syntax", "process P { byte x; state a; init a; trans a -> a { effect x «+» 1; }; } system async;"},
	{"dve-syntax", "process P { state a; init a; trans a -> a { «goto» a; }; } system async;"},
	{"dve-syntax", "channel c; process P { state a; init a; trans a -> a { sync c!; «sync» c!; }; } system async;"},
	{"dve-syntax", "channel c; process P { state a; init a; trans a -> a { sync c«;» }; } system async;"},
	{"dve-syntax", "process P { state a; init a; trans a -> a { effect «@»; }; } system async;"},
	{"dve-syntax", "process P { state a; init a; } «/*» system async;"},
	{"dve-unsupported", "process P { state a; init a; } system «sync»;"},
	{"dve-name", "process P { state a; init a; } system async property «Q»;"},
	{"dve-syntax", "process P { state a; init a; } system async property «P»;"},
	{"dve-unsupported", "process P { state a; init a; trans a «=>» { a:1 }; } system async;"},
	{"dve-name", "byte x, «x»; process P { state a; init a; } system async;"},
	{"dve-name", "channel c, «c»; process P { state a; init a; } system async;"},
	{"dve-name", "process P { state a; init a; } process «P» { state a; init a; } system async;"},
	{"dve-name", "process P { byte x, «x»; state a; init a; } system async;"},
	{"dve-name", "process P { state a, «a»; init a; } system async;"},
	{"dve-name", "process P { state a; init «b»; } system async;"},
	{"dve-name", "process P { state a; init a; commit «b»; } system async;"},
	{"dve-name", "process P { state a; init a; assert «b»: 1; } system async;"},
	{"dve-name", "process P { state a; init a; trans a -> «b» {}; } system async;"},
	{"dve-name", "process P { state a; init a; trans a -> a { guard «x»; }; } system async;"},
	{"dve-name", "process P { state a; init a; trans a -> a { guard «Q».a; }; } system async;"},
	{"dve-name", "process P { state a; init a; trans a -> a { guard P.«b»; }; } system async;"},
	{"dve-name", "process P { state a; init a; trans a -> a { guard P->«x»; }; } system async;"},
	{"dve-name", "process P { state a; init a; trans a -> a { sync «c»!; }; } system async;"},
	{"dve-name", "const byte A = «B», B = 1; process P { state a; init a; } system async;"},
	{"dve-type", "byte x; process P { state a; init a; trans a -> a { effect «x[1]» = 1; }; } system async;"},
	{"dve-type", "const byte N = 1; process P { state a; init a; trans a -> a { effect «N» = 1; }; } system async;"},
	{"dve-type", "process P { byte x; state a; init a; trans a -> a { effect «P->x» = 1; }; } system async;"},
	{"dve-type", "process P { byte x; state a; init a; trans a -> a { effect «3» = 1; }; } system async;"},
	{"dve-type", "byte x, t[«x»]; process P { state a; init a; } system async;"},
	{"dve-type", "byte «t»[2] = 1; process P { state a; init a; } system async;"},
	{"dve-type", "byte «x» = {1}; process P { state a; init a; } system async;"},
	{"dve-type", "channel {byte} c[0]; process P { state a; init a; trans a -> a { sync «c»!; }; } system async;"},
	{"dve-type", "channel c; process P { state a; init a; trans a -> a { sync c!1; }; } process Q { state a; init a; trans a -> a { sync «c»?; }; } system async;"},
	{"dve-limit", "byte t[«0»]; process P { state a; init a; } system async;"},
	{"dve-limit", "byte t[«999999»]; process P { state a; init a; } system async;"},
	{"dve-limit", "byte t[4000], «u»[4000]; process P { state a; init a; } system async;"},
	{"dve-limit", "byte x = «2147483648»; process P { state a; init a; } system async;"},
}

func TestMistakes(t *testing.T) {
	for _, c := range mistakes {
		before, rest, _ := strings.Cut(c.text, "«")
		wrong, after, _ := strings.Cut(rest, "»")
		s, diags := Import("x.dve", []byte(before+wrong+after))
		require.Nil(t, s, c.text)
		require.Len(t, diags, 1, c.text)
		d := diags[0]
		require.Equal(t, c.code, d.Code, "%s: %s", c.text, d.Message)
		require.Equal(t, spec.Error, d.Severity)
		require.Equal(t, [4]int{1, len(before) + 1, 1, len(before) + len(wrong) + 1},
			[4]int{d.Span.Line, d.Span.Col, d.Span.EndLine, d.Span.EndCol}, "%s: %s", c.text, d.Message)
	}
}

// TestAdvice: who writes what another tool would read is told what DVE has instead.
func TestAdvice(t *testing.T) {
	for wrong, help := range map[string]string{
		"byte x; process P { state a, b; init a; urgent a; } system async;":                                                "commit",
		"byte x; process P { state a, b; init a; committed a; } system async;":                                             "commit",
		"define(N, 3) byte x; process P { state a; init a; } system async;":                                                "m4",
		"# 1\nbyte x; process P { state a; init a; } system async;":                                                        "//",
		"byte x; process P { state a; init a; trans a -> a { effect x++; }; } system async;":                               "x = x + 1",
		"byte x; process P { state a; init a; trans a -> a { effect x += 1; }; } system async;":                            "x = x + 1",
		"channel c[2]; process P { state a; init a; } system async;":                                                       "channel {byte} c[1];",
		"process P { byte x; state a; init a; } process Q { state a; init a; trans a -> a { guard P.x; }; } system async;": "`P->x`",
	} {
		s, diags := Import("x.dve", []byte(wrong))
		require.Nil(t, s, wrong)
		require.Len(t, diags, 1, wrong)
		require.Contains(t, diags[0].Help, help, wrong)
	}
}

// TestWarnings holds texts that mean something, but perhaps not what was wanted.
func TestWarnings(t *testing.T) {
	for _, c := range []struct{ code, trans string }{
		{"dve-mixed", "guard 1 || 0 «&&» 0;"},
		{"dve-mixed", "guard 1 | 2 «&» 3;"},
		{"", "guard (1 || 0) && 0;"},
		{"", "guard 1 && 0 || 0;"},
		{"dve-type", "guard «t» == 1; effect t = 2;"},
		{"dve-range", "guard t[«2»] == 1;"},
		{"dve-type", "guard 1; }; } byte u[2] = {1, 2, «3»}; process Q { state a; init a; trans a -> a { guard u[1] == 2;"},
	} {
		before, rest, _ := strings.Cut("byte t[2]; process P { state a; init a; trans a -> a { "+c.trans, "«")
		wrong, after, _ := strings.Cut(rest, "»")
		s, diags := Import("x.dve", []byte(before+wrong+after+" }; } system async;"))
		require.NotNil(t, s, c.trans)
		if c.code == "" {
			require.Empty(t, diags, c.trans)
			continue
		}
		require.Len(t, diags, 1, c.trans)
		require.Equal(t, c.code, diags[0].Code)
		require.Equal(t, spec.Warning, diags[0].Severity)
		require.Equal(t, len(before)+1, diags[0].Span.Col)
	}
}

// TestSeveral: one run tells all mistakes, in the order of the text.
func TestSeveral(t *testing.T) {
	_, diags := Import("x.dve", []byte("byte ;\nint y = ;\nprocess P {\n state a\n init a;\n trans a -> b { guard ; }, a -> a { sync c }, a -> a { effect 1; };\n}\nbyte 3;\nsystem async;"))
	var lines []int
	for _, d := range diags {
		lines = append(lines, d.Span.Line)
	}
	require.Equal(t, []int{1, 2, 5, 6, 6, 6, 8}, lines, "%v", diags)
}

// TestProperty: what is asked for from outside may be wrong, too, and is told by its name.
func TestProperty(t *testing.T) {
	for _, text := range []string{"", "P.b", "(P.a", "P.a P.a", "x == 1", "@"} {
		s, diags := Import("x.dve", []byte("process P { state a; init a; } system async;"), Property{"asked", fsm.Reachable, text, ""})
		require.Nil(t, s, text)
		require.NotEmpty(t, diags, text)
		require.Equal(t, "asked", diags[0].Span.File)
	}
}

// TestHostile: texts that ask for much end in a diagnostic, soon.
func TestHostile(t *testing.T) {
	inProcess := func(trans string) string {
		return "channel c; byte t[4000]; const byte k[4000] = {1}; process P { byte x; state a; init a; trans " + trans + "; } process Q { state a; init a; trans a -> a { sync c?; }; } system async;"
	}
	many := func(n int, one string) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
	sums := strings.Repeat("x+", 900) + "x"
	for what, text := range map[string]string{
		"brackets":     inProcess("a -> a { guard " + strings.Repeat("(", 100_000)),
		"signs":        inProcess("a -> a { guard " + strings.Repeat("-", 100_000) + "1; }"),
		"indices":      inProcess("a -> a { guard " + strings.Repeat("t[", 50_000) + "1; }"),
		"a long chain": inProcess("a -> a { guard " + strings.Repeat("1+", 100_000) + "1; }"),
		"implications": inProcess("a -> a { guard " + strings.Repeat("1 imply ", 100_000) + "1; }"),
		"transitions":  inProcess(many(60_000, "a->a{}")),
		"pairs": "channel c; process P { state a; init a; trans " + many(250, "a->a{sync c!;}") + "; } process Q { state a; init a; trans " +
			many(250, "a->a{sync c?;}") + "; } system async;",
		"guards in pairs": "channel c; process P { byte x; state a; init a; trans " + many(90, "a->a{guard "+sums+"; sync c!;}") +
			"; } process Q { state a; init a; trans " + many(90, "a->a{sync c?;}") + "; } system async;",
		"tables":      inProcess(many(600, "a->a{guard k[x];}")),
		"mistakes":    inProcess(many(10_000, "a->a{guard y;}")),
		"no language": strings.Repeat("@$ 1 ", 100_000),
		"a comment":   "/*" + strings.Repeat("*\n", 100_000),
		"words":       strings.Repeat("process ", 300_000),
		"bytes":       strings.Repeat(" ", maxText+1),
	} {
		began := time.Now()
		s, diags := Import("x.dve", []byte(text))
		require.Nil(t, s, what)
		require.True(t, spec.HasErrors(diags), what)
		require.LessOrEqual(t, len(diags), spec.MaxDiagnostics+1, what)
		require.Less(t, time.Since(began), 20*time.Second, what)
	}
}

// TestExplanations: every code that the package's sources name has a page, and no page is of no code.
func TestExplanations(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var source []byte
	for _, f := range files {
		if f == "codes.go" || strings.HasSuffix(f, "_test.go") {
			continue
		}
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		source = append(source, text...)
	}
	var known []string
	for _, e := range Explanations() {
		known = append(known, e.Code)
		require.True(t, bytes.Contains(source, []byte(`"`+e.Code+`"`)), e.Code)
	}
	require.True(t, slices.IsSorted(known))
	rest := source
	for {
		_, after, found := bytes.Cut(rest, []byte(`"dve-`))
		if !found {
			break
		}
		code, _, _ := bytes.Cut(after, []byte(`"`))
		require.Contains(t, known, "dve-"+string(code))
		rest = after
	}
}

// FuzzImport checks that no text makes the reader panic, that every diagnostic has a place inside the text and a known code,
// and that what is printed of a spec compiles.
func FuzzImport(f *testing.F) {
	f.Add([]byte("byte x; channel c; process P { state a; init a; trans a -> a { guard x < 3; sync c!x + 1; effect x = x + 1; }; }\n" +
		"process Q { byte y; state a, b; init a; commit b; assert a: y < 9; trans a -> b { sync c?y; }, -> a { }; } system async;"))
	f.Add([]byte("const int K[2] = {1, -1}; channel {byte, int} d[2]; process P { int t[3]; state a; init a; trans a -> a { sync d!{t[1], K[0]}; }, a -> a { sync d?{t[0], t[2]}; }; } system async;"))
	f.Add([]byte("/* no */ process P { state a; init a; trans a -> a { guard ~1 << 2 imply not (P.a and 3 % 2 == 1); }; } // end\nsystem async;"))
	f.Add([]byte("channel c; process P { channel {byte} d[1]; byte x = -1; state a, b; init a; trans a -> b { sync P->d!x << x; } -> a { sync c!; }, } process W { state q; init q; accept q; trans q -> q { guard P.b; } } system async property W;"))
	f.Fuzz(func(t *testing.T, src []byte) {
		s, diags := Import("x.dve", src)
		require.Equal(t, spec.HasErrors(diags), s == nil)
		lines := bytes.Count(src, []byte("\n")) + 1
		for i, d := range diags {
			require.True(t, 1 <= d.Span.Line && d.Span.Line <= lines && d.Span.Col >= 1, "%v", d)
			require.True(t, d.Code == "too-many" || slices.ContainsFunc(Explanations(), func(e spec.Explanation) bool { return e.Code == d.Code }), "%v", d)
			require.True(t, i == 0 || diags[i-1].Span.Line <= d.Span.Line)
		}
		var out bytes.Buffer
		require.NoError(t, spec.Render(&out, diags, func(string) []byte { return src }))
		if s == nil {
			return
		}
		if text, err := Print(s); err == nil {
			again, more := spec.Compile([]spec.Source{{Name: "y.fsm", Text: text}}, nil)
			require.NotNil(t, again, "%v", more)
			require.Len(t, again.Systems[0].Joints, len(s.Systems[0].Joints), string(text))
		}
	})
}
