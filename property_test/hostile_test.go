package property

import (
	"context"
	"fmt"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/fsm"
	"interlock/gen"
	"interlock/spec"
)

// machineText is a spec of one machine with these members and a system with one of it.
func machineText(members string) string {
	return "fsm 1\nspec hostile\n\nmachine M {\n" + members + "\n}\n\nsystem S {\n\tm M\n}\n"
}

// hostile texts that must not compile: an error, with a place, and nothing else.
var refused = map[string]string{
	"an empty file":           "",
	"only a NUL":              "\x00",
	"invalid UTF-8":           machineText("\tinitial final state On // \xff\xfe"),
	"a byte order mark alone": "\ufeff",
	"control characters":      machineText("\tinitial final state \x1b[31mOn"),
	"a bidirectional name":    machineText("\tinitial final state O\u202en"),
	"a homoglyph":             machineText("\tinitial final state \u041en"),
	"deep brackets":           machineText("\tinput Go\n\tinitial final state On {\n\t\ton Go when " + strings.Repeat("(", 1e6) + "\n\t}"),
	"a long unary chain":      machineText("\tinput Go\n\tinitial final state On {\n\t\ton Go when " + strings.Repeat("!", 1e6) + "true\n\t}"),
	"deep states":             machineText(strings.Repeat("initial state S { ", 1e5)),
	"a huge number":           machineText("\tvar x 0.." + strings.Repeat("9", 1e5) + "\n\tinitial final state On"),
	"a huge range":            machineText("\tvar x 0..9223372036854775807\n\tinitial final state On"),
	"a huge array":            machineText("\tvar x [1000000000]0..3\n\tinitial final state On"),
	"arrays in arrays":        machineText("\tvar x " + strings.Repeat("[1000]", 1000) + "bool\n\tinitial final state On"),
	"a huge set":              machineText("\tvar x set of 0..1000\n\tinitial final state On"),
	"many instances":          "fsm 1\nspec hostile\n\nmachine M {\n\tinitial final state On\n}\n\nsystem S {\n\tm[1000000000] M\n}\n",
	"an endless unrolling": machineText("\tvar x 0..1\n\tinput Go\n\tinitial final state On {\n\t\ton Go when " +
		strings.Repeat("all a in 0..99: some b in 0..99: ", 8) + "x == 0\n\t}"),
	"a loop of constants":     "fsm 1\nspec hostile\nconst A = B\nconst B = A\n",
	"a loop of predicates":    "fsm 1\nspec hostile\npredicate P = Q\npredicate Q = P\n",
	"exploding predicates":    explodingPredicates(),
	"a wide input":            machineText("\tinput Go(a 0..2000000000)\n\tinitial final state On {\n\t\ton Go\n\t}"),
	"a name that is a word":   machineText("\tinitial final state state"),
	"too many mistakes":       "fsm 1\nspec hostile\n" + strings.Repeat("machine { state -> }\n", 1e5),
	"a file over the limit":   "fsm 1\nspec hostile\n" + strings.Repeat("// 0123456789\n", 700_000),
	"an endless line":         "fsm 1\nspec hostile\nconst " + strings.Repeat("x", 2e6) + " = 1\n",
	"an overflowing constant": "fsm 1\nspec hostile\nconst A = 2000000000 * 2000000000 * 2000000000\n",
}

func explodingPredicates() string {
	var b strings.Builder
	b.WriteString("fsm 1\nspec hostile\n\npredicate P0(x 0..1) = x == 0\n")
	for i := range 64 {
		fmt.Fprintf(&b, "predicate P%d(x 0..1) = P%d(x) && P%d(x)\n", i+1, i, i)
	}
	return b.String() + "\nmachine M {\n\tinput Go(x 0..1)\n\tinitial final state On {\n\t\ton Go(x) when P64(x)\n\t}\n}\n\nsystem S {\n\tm M\n}\n"
}

// A hostile text ends in errors that have a place, a code and words without control characters, in bounded number.
func TestHostileTextsAreRefused(t *testing.T) {
	for name, text := range refused {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, diagnostics := spec.Compile([]spec.Source{{Name: "hostile.fsm", Text: []byte(text)}}, nil)
			require.Nil(t, s)
			require.NotEmpty(t, diagnostics)
			require.Less(t, len(diagnostics), 1000)
			for _, d := range diagnostics {
				require.False(t, d.Span.IsZero(), "%s has no place", d.Message)
				require.NotEmpty(t, d.Code)
				require.Less(t, len(d.Message), 1000)
				for _, r := range d.Message {
					require.False(t, r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e, "%q", d.Message)
				}
			}
		})
	}
}

// Names that mean something to Go are kept apart, or refused by name; what is generated is Go that parses.
func TestHostileNamesGenerateGoOrAnError(t *testing.T) {
	for _, names := range [][]string{
		{"func", "range", "type", "select"}, {"String", "Error", "Can", "Step"}, {"nil", "true1", "iota", "int"},
		{"open_door", "OpenDoor", "openDoor", "Open"}, {"x", "X", "x_", "X_"}, {"fsm", "init", "main", "uint8"},
	} {
		var members strings.Builder
		for i, n := range names {
			fmt.Fprintf(&members, "\tinput %s\n\tvar v%s 0..3\n", n, n)
			initial := "initial "
			if i > 0 {
				initial = ""
			}
			fmt.Fprintf(&members, "\t%sfinal state %s1 {\n\t\ton %s -> %s1\n\t}\n", initial, n, n, names[(i+1)%len(names)])
		}
		s, diagnostics := spec.Compile([]spec.Source{{Name: "hostile.fsm", Text: []byte(machineText(members.String()))}}, nil)
		if s == nil {
			require.NotEmpty(t, diagnostics, "%v", names)
			continue
		}
		space := check.Control(context.Background(), s.Systems[0], check.Options{})
		files, err := gen.Go(s, map[string]*fsm.ControlSpace{"S": space}, gen.Options{})
		if err != nil {
			require.Regexp(t, `(?i)`+strings.Join(names, "|"), err.Error(), "the error names what collides")
			continue
		}
		for file, text := range files {
			_, err := parser.ParseFile(token.NewFileSet(), file, text, parser.AllErrors)
			require.NoError(t, err)
		}
	}
}

// A space without a practical end is Unknown, soon, and a violation found by then is one.
func TestABillionStatesAreUnknown(t *testing.T) {
	text := `fsm 1
spec bomb

machine M {
	var x [8]0..15
	input Up(i 0..7)
	initial final state On {
		on Up(i) { x[i] = (x[i] + 1) % 16 }
	}
}

system S {
	m M
	never Two: m.x[0] == 2
	never All: all i in 0..7: m.x[i] == 15
}
`
	s := compile(t, "bomb.fsm", text)
	for _, limit := range []check.Options{{MaxStates: 20_000}, {MaxMemory: 4 << 20}} {
		report, err := check.Run(context.Background(), s.Systems[0], limit)
		require.NoError(t, err)
		require.False(t, report.Complete)
		require.NotEmpty(t, report.Reason)
		require.False(t, report.Met())
		require.Equal(t, check.Violated, report.Verdicts[0].Result)
		require.Len(t, report.Verdicts[0].Trace.Steps, 2)
		require.Equal(t, check.Unknown, report.Verdicts[1].Result)
		require.Positive(t, report.Stats.Explored)
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	report, err := check.Run(over, s.Systems[0], check.Options{})
	require.NoError(t, err)
	require.Equal(t, check.Unknown, report.Verdicts[1].Result)
}
