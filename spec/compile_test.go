package spec

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rendered is what a person sees of diagnostics.
func rendered(t *testing.T, sources []Source, diags []Diagnostic) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Render(&b, diags, func(file string) []byte {
		for _, s := range sources {
			if s.Name == file {
				return s.Text
			}
		}
		return nil
	}))
	return b.String()
}

// example is the example of the language's documentation.
func example(t *testing.T) []Source {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "session.fsm"))
	require.NoError(t, err)
	return []Source{{Name: "session.fsm", Text: text}}
}

func TestExampleCompiles(t *testing.T) {
	sources := example(t)
	spec, diags := Compile(sources, nil)
	require.Empty(t, rendered(t, sources, diags))
	require.Len(t, spec.Machines, 2)
	require.Len(t, spec.Systems, 2)
	require.True(t, strings.HasPrefix(spec.Digest, "sha256:"))
}

func TestAllMistakesOfAllFilesInOrder(t *testing.T) {
	sources := []Source{
		{Name: "b.fsm", Text: []byte(`fsm 1
spec s

machine B {
	peer a A
	initial state Idle {
		on Ask -> Nowhere { send c Ask }
		on Tell when lots > 1 -> Idle
	}
}
`)},
		{Name: "a.fsm", Text: []byte(`fsm 1
spec s

type T = 0..Lost
message Ask(n T)
message Tell(ok bool)

machine A {
	var x T
	initial state Idle {
		on Ask(n) when x { x = n + Gone }
		on Tell(ok) -> Idle { x = ok }
	}
}
`)},
	}
	spec, diags := Compile(sources, nil)
	require.Nil(t, spec)
	var told []string
	for _, d := range diags {
		told = append(told, d.Span.String()+" "+d.Code)
	}
	require.Equal(t, []string{
		"a.fsm:4:13 unknown-name", // nothing is told of x and n, whose type is not known
		"a.fsm:11:30 unknown-name",
		"b.fsm:7:13 unknown-state",
		"b.fsm:7:28 unknown-peer",
		"b.fsm:8:16 unknown-name",
	}, told)
}

// Where a member could not be read, the names that it may declare are not told as unknown: it may also have been the
// beginning of an item, such as a message.
func TestWhatCouldNotBeReadHidesNames(t *testing.T) {
	text := `fsm 1
spec s

machine A {
	var x 0..3
	frobnicate y 0..3
	initial state Idle {
		on Go -> Open { x = y + 1 }
	}
	state Open
}

machine B {
	initial state Idle {
		on Go -> Idel
	}
}

system S {
	a A
	b B
	never a.y == 1 || a in Shut
	never b.y == 1
}
`
	_, diags := Compile([]Source{{Name: "s.fsm", Text: []byte(text)}}, nil)
	var told []string
	for _, d := range diags {
		told = append(told, d.Span.String()+" "+d.Code)
	}
	require.Equal(t, []string{"s.fsm:6:2 unexpected", "s.fsm:15:12 unknown-state", "s.fsm:23:10 unknown-member"}, told)
}

func TestDigestIsOfTheMeaning(t *testing.T) {
	sources := example(t)
	digest := func(text string, set map[string]string) string {
		t.Helper()
		spec, diags := Compile([]Source{{Name: "session.fsm", Text: []byte(text)}}, set)
		require.Empty(t, diags)
		return spec.Digest
	}
	text := string(sources[0].Text) + "\nconst Size = 3\n"
	plain := digest(text, nil)
	require.Equal(t, plain, digest(strings.ReplaceAll(text, "\t", "    "), nil), "white space is no difference")
	require.NotEqual(t, plain, digest(strings.ReplaceAll(text, "500ms", "501ms"), nil))
	require.NotEqual(t, plain, digest(text, map[string]string{"Size": "4"}))
	require.NotEqual(t, digest(text, map[string]string{"Size": "5"}), digest(text, map[string]string{"Size": "4"}))
}

func TestOverrides(t *testing.T) {
	text := "fsm 1\nspec s\n\nenum Why { Gone, Lost }\nconst N = 2\nconst M = N * 2\nconst On = true\nconst First = Gone\n"
	spec, diags := Compile([]Source{{Name: "s.fsm", Text: []byte(text)}}, map[string]string{"N": "0x10", "On": "false", "First": "Lost"})
	require.Empty(t, diags)
	var got []string
	for _, c := range spec.Consts {
		got = append(got, c.Name+"="+c.Text)
	}
	require.Equal(t, []string{"N=16", "M=32", "On=false", "First=Lost"}, got)
	require.True(t, spec.Consts[0].Set)
	require.False(t, spec.Consts[1].Set)
}

// What a syntax error makes unknown is no second mistake.
func TestASizeThatCouldNotBeReadIsNotCounted(t *testing.T) {
	sources := []Source{{Name: "s.fsm", Text: []byte(`fsm 1
spec s

const N int = 2

message Ask { n 0..1 }

machine A {
	peer b[N] B
	input Go
	initial state Idle {
		on Go {
			send b[0] Ask(1)
			send b Ask(1)
		}
	}
}

machine B {
	peer a A
	initial state Open {
		on Ask(n) { }
	}
}

system S {
	a A
	b[N] B
	link a -> b
	scenario First {
		deliver a -> b[0] Ask
	}
}
`)}}
	_, diags := Compile(sources, nil)
	require.Len(t, diags, 2, rendered(t, sources, diags))
	require.Equal(t, 4, diags[0].Span.Line)
	require.Equal(t, 6, diags[1].Span.Line)
}

// A fault that is seeded by a switch leaves nothing to answer for what stands behind it: no mistake, whatever the switch says.
func TestASwitchMayAnswerAlways(t *testing.T) {
	sources := []Source{{Name: "s.fsm", Text: []byte(`fsm 1
spec s

const Fenced = true

message Ask(epoch 0..1)

machine A {
	peer b B
	input Go(epoch 0..1)
	initial state Idle {
		on Go(epoch) { send b Ask(epoch) }
	}
}

machine B {
	initial state Open {
		on Ask(epoch) when epoch == 1 || !Fenced -> Done
		on Ask else
	}
	final state Done {
		on Ask when Fenced
		ignore Ask
	}
}

system S {
	a A
	b B
	link a -> b
}
`)}}
	for value, levels := range map[string][]int{"true": {2, 1}, "false": {1, 1}} {
		spec, diags := Compile(sources, map[string]string{"Fenced": value})
		require.Empty(t, rendered(t, sources, diags))
		require.Len(t, spec.Machines[1].States[0].On[0], levels[0], "Fenced is %s", value)
		require.Len(t, spec.Machines[1].States[1].On[0], levels[1], "Fenced is %s", value)
	}
}

func TestDocCommentsGoThrough(t *testing.T) {
	text := `fsm 1
spec s

// Why says why.
enum Why {
	// Gone is gone.
	Gone
}

// Ask asks.
message Ask

// Beep beeps.
effect Beep

// M is a machine.
machine M {
	peer m M
	// count counts.
	var count 0..3
	// retry retries.
	timer retry 1s
	// Go goes.
	input Go
	// Idle idles.
	initial state Idle {
		entry { start retry }
		on Go { send m Ask }
		ignore Ask, retry
	}
}

// S is a system.
system S {
	m M(m = m)
	link m -> m
	// P is a property.
	always P: m in Idle
	// A is a scenario.
	scenario A { m.Go }
}
`
	spec, diags := Compile([]Source{{Name: "s.fsm", Text: []byte(text)}}, nil)
	require.Empty(t, diags)
	m, s := spec.Machines[0], spec.Systems[0]
	require.Equal(t, []string{"Why says why.", "Gone is gone.", "Ask asks.", "Beep beeps.", "M is a machine.", "count counts.",
		"retry retries.", "Go goes.", "Idle idles.", "S is a system.", "P is a property.", "A is a scenario."},
		[]string{spec.Types[0].Doc, spec.Types[0].Values[0].Doc, spec.Messages[0].Doc, spec.Effects[0].Doc, m.Doc, m.Vars[0].Doc,
			m.Timers[0].Doc, m.Events[0].Doc, m.States[0].Doc, s.Doc, s.Properties[0].Doc, s.Scenarios[0].Doc})
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	_, err := Load(dir)
	require.ErrorContains(t, err, "no .fsm file")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "b.fsm"), []byte("b"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.fsm"), []byte("a"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "c.txt"), []byte("c"), 0o644))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "d.fsm"), 0o755))
	sources, err := Load(dir)
	require.NoError(t, err)
	require.Equal(t, []Source{{"a.fsm", []byte("a")}, {"b.fsm", []byte("b")}}, sources)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "e.fsm"), make([]byte, MaxSource), 0o644))
	_, err = Load(dir)
	require.ErrorContains(t, err, "larger than")
	_, err = Load(filepath.Join(dir, "absent"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// What is not declared is told once, at its first use, with two more places; a second name is another mistake.
func TestMissingDeclarationIsOneMistake(t *testing.T) {
	text := `fsm 1
spec s

machine M {
	initial state Idle {
		on Accept when count > 1 -> Open
		on Accept else -> Open { count = 1 }
	}
	state Open {
		entry { count = level }
		on Hangup when count == 0 -> Idle
	}
}
`
	_, diags := Compile([]Source{{Name: "s.fsm", Text: []byte(text)}}, nil)
	var told []string
	for _, d := range diags {
		s := d.Span.String() + " " + d.Code
		for _, l := range d.Labels {
			s += ", " + l.Span.String()
		}
		told = append(told, s)
	}
	require.Equal(t, []string{
		"s.fsm:6:6 unknown-event, s.fsm:7:6",
		"s.fsm:6:18 unknown-name, s.fsm:7:28, s.fsm:10:11",
		"s.fsm:10:19 unknown-name",
		"s.fsm:11:6 unknown-event",
	}, told)
	require.Contains(t, diags[1].Message, "(used at 4 places)")
}
