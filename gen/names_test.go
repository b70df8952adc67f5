package gen

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
)

func TestNamesBecomeGo(t *testing.T) {
	for name, want := range map[string][2]string{
		"Open": {"Open", "open"}, "open": {"Open", "open"}, "RM": {"RM", "rm"}, "RMServer": {"RMServer", "rmServer"},
		"half_open": {"HalfOpen", "halfOpen"}, "Outer.Inner": {"OuterInner", "outerInner"}, "a_1": {"A1", "a1"}, "v1_2": {"V1_2", "v1_2"},
		"x__y_": {"XY", "xy"}, "type": {"Type", "type_"}, "string": {"String", "string_"}, "m": {"M", "m_"}, "fsm": {"Fsm", "fsm_"},
		"out": {"Out", "out_"}, "on_hangup": {"OnHangup", "onHangup_"}, "proxyRefusals": {"ProxyRefusals", "proxyRefusals_"},
		"enabled12": {"Enabled12", "enabled12_"}, "nil": {"Nil", "nil_"},
	} {
		require.Equal(t, want, [2]string{exported(name), local(name)}, name)
	}
	for name, want := range map[string]string{"session": "session", "Type": "typespec", "main": "mainspec", "my_spec": "myspec", "nil": "nilspec"} {
		require.Equal(t, want, packageName(name))
	}
}

// A parameter has an underscore only where the methods round it have that name.
func TestParametersKeepTheirNames(t *testing.T) {
	_, text, err := build(compile(t, "keep", `fsm 1
spec keep
machine A {
	input Go(c 0..2, out bool, time 0..3)
	var n 0..3
	initial state S { on Go(c, out, time) when out && c == 1 { n = time } }
}
system One { a A }
`), map[string]*fsm.ControlSpace{"One": {Complete: true, Tuples: [][]int{{0}}}}, Options{})
	require.NoError(t, err)
	require.Contains(t, string(text), "func (m *A) Go(c uint8, out_ bool, time uint8) (out AEffects, err error) {")
	require.Contains(t, string(text), "func (c *OneCell) AGo(c_ uint8, out_ bool, time_ uint8) (out OneEffects, err error) {")
}

func TestEveryNameBecomesAnIdentifier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[A-Za-z][A-Za-z0-9_]{0,8}`).Draw(t, "name")
		require.True(t, token.IsIdentifier(exported(name)), exported(name))
		require.True(t, ast.IsExported(exported(name)))
		require.True(t, token.IsIdentifier(local(name)), local(name))
		require.False(t, ast.IsExported(local(name)))
		require.False(t, strings.HasSuffix(exported(name), "_"))
	})
}

// tiny is a spec of one machine with one state, to be spoilt by tests.
func tiny() *fsm.Spec {
	return &fsm.Spec{Name: "tiny", Digest: "sha256:00", Files: []string{"tiny.fsm"}, Machines: []*fsm.Machine{{Name: "M",
		States: []fsm.State{{Name: "A"}}}}}
}

// addInput gives the machine of a tiny spec another input.
func addInput(s *fsm.Spec, name string, params ...fsm.Param) {
	m := s.Machines[0]
	m.Events = append(m.Events, fsm.Event{Kind: fsm.Input, Name: name, Params: params})
	for i := range m.States {
		m.States[i].On = append(m.States[i].On, nil)
	}
}

func TestCollisionsNameBothSides(t *testing.T) {
	enum := func(name string, values ...string) *fsm.Type {
		e := &fsm.Type{Kind: fsm.Enum, Name: name, Hi: int64(len(values) - 1)}
		for _, v := range values {
			e.Values = append(e.Values, fsm.Value{Name: v})
		}
		return e
	}
	for name, c := range map[string]struct {
		spoil func(*fsm.Spec)
		want  string
	}{
		"two states": {func(s *fsm.Spec) {
			s.Machines[0].States = []fsm.State{{Name: "half_open"}, {Name: "HalfOpen"}}
		}, "the state half_open of M and the state HalfOpen of M would both be MHalfOpen in Go"},
		"nested state": {func(s *fsm.Spec) {
			s.Machines[0].States = []fsm.State{{Name: "A.B"}, {Name: "AB"}}
		}, "the state A.B of M and the state AB of M would both be MAB in Go"},
		"machine and enum": {func(s *fsm.Spec) { s.Types = append(s.Types, enum("M", "X")) }, "the machine M and the type M would both be M in Go"},
		"enum and generated type": {func(s *fsm.Spec) { s.Types = append(s.Types, enum("MState", "X")) },
			"the type MState and the generated type MState would both be MState in Go"},
		"enum value and machine": {func(s *fsm.Spec) {
			s.Types = append(s.Types, enum("E", "x"))
			s.Machines = append(s.Machines, &fsm.Machine{Name: "EX", States: []fsm.State{{Name: "A"}}})
		}, "the machine EX and the value x of E would both be EX in Go"},
		"input and method": {func(s *fsm.Spec) { addInput(s, "step") }, "the input step of M and the generated method Step would both be M.Step in Go"},
		"input and view":   {func(s *fsm.Spec) { addInput(s, "State") }, "the input State of M and the generated method State would both be M.State in Go"},
		"input and variable": {func(s *fsm.Spec) {
			addInput(s, "Count")
			s.Machines[0].Vars = []fsm.Var{{Name: "count", Type: fsm.BoolType, Init: []int64{0}}}
		}, "the input Count of M and the variable count of M would both be M.Count in Go"},
		"digest": {func(s *fsm.Spec) {
			s.Types = append(s.Types, enum("Spec", "Digest"))
		}, "the generated constant SpecDigest and the value Digest of Spec would both be SpecDigest in Go"},
	} {
		t.Run(name, func(t *testing.T) {
			s := tiny()
			c.spoil(s)
			_, err := Go(s, nil, Options{})
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "rename one of them")
		})
	}
}

func TestNamesThatAreNoneAreRefused(t *testing.T) {
	evil := []string{"", "a b", "x\ny", "é", "a-b", "1a", "_a", "a\u202eb", "x}\nfunc init() {}", "a.b", strings.Repeat("a", 300)}
	places := map[string]func(*fsm.Spec, string){
		"a machine":   func(s *fsm.Spec, n string) { s.Machines[0].Name = n },
		"the spec":    func(s *fsm.Spec, n string) { s.Name = n },
		"an event":    func(s *fsm.Spec, n string) { addInput(s, n) },
		"a parameter": func(s *fsm.Spec, n string) { addInput(s, "I", fsm.Param{Name: n, Type: fsm.BoolType}) },
		"a variable": func(s *fsm.Spec, n string) {
			s.Machines[0].Vars = []fsm.Var{{Name: n, Type: fsm.BoolType, Init: []int64{0}}}
		},
		"a timer":         func(s *fsm.Spec, n string) { s.Machines[0].Timers = []fsm.Timer{{Name: n}} },
		"a message":       func(s *fsm.Spec, n string) { s.Messages = []fsm.Message{{Name: n}} },
		"an effect":       func(s *fsm.Spec, n string) { s.Effects = []fsm.EffectKind{{Name: n}} },
		"an extern guard": func(s *fsm.Spec, n string) { s.Externs = []fsm.Extern{{Name: n}} },
		"a type":          func(s *fsm.Spec, n string) { s.Types = []*fsm.Type{{Kind: fsm.Int, Name: n, Hi: 1}} },
		"an enum value": func(s *fsm.Spec, n string) {
			s.Types = []*fsm.Type{{Kind: fsm.Enum, Name: "E", Values: []fsm.Value{{Name: n}}}}
		},
		"a system": func(s *fsm.Spec, n string) { s.Systems = []*fsm.System{{Name: n}} },
		"an instance": func(s *fsm.Spec, n string) {
			s.Systems = []*fsm.System{{Name: "S", Instances: []*fsm.Instance{{Group: n}}}}
		},
		"a peer": func(s *fsm.Spec, n string) { s.Machines[0].Peers = []fsm.Peer{{Name: n}} },
		"a joint transition": func(s *fsm.Spec, n string) {
			s.Systems = []*fsm.System{{Name: "S", Joints: []*fsm.JointTransition{{Name: n}}}}
		},
	}
	for what, spoil := range places {
		for _, name := range evil {
			s := tiny()
			spoil(s, name)
			_, err := Go(s, nil, Options{})
			require.ErrorContains(t, err, "the name of "+what+" ", "%q", name)
			for _, r := range err.Error() {
				require.True(t, r < 0x7f && (r >= ' ' || r == '\n'), "the message itself is clean: %q", err)
			}
		}
	}
}

func TestCommentsOrderNothing(t *testing.T) {
	s := tiny()
	doc := "Good.\n//go:generate rm -rf /\ngo:linkname a b\n  +build ignore\nline evil.go:1\n#cgo LDFLAGS\n*/ still a comment\x1b[31m\r\n//line a:1\u2028export main\n\nDeprecated: no\nEnd.\u202e"
	s.Doc, s.Machines[0].Doc, s.Machines[0].States[0].Doc = doc, doc, doc
	s.Files = []string{"dir/a.fsm\nvar Injected int", "b.fsm"}
	s.Digest = "sha256:\nfunc Injected() {}"
	files, err := Go(s, nil, Options{})
	require.NoError(t, err)
	text := string(files["tiny_fsm.go"])
	require.True(t, isGenerated([]byte(text)), text[:80])
	require.NotContains(t, text, "\x1b")
	require.NotContains(t, text, "\u202e")
	require.NotContains(t, text, "Injected int\n")
	require.Contains(t, text, "// */ still a comment[31m\n")
	for line := range strings.Lines(text) {
		trimmed := strings.TrimLeft(line, " \t")
		for _, order := range []string{"//go:", "//line", "// +build", "// go:", "//export", "#cgo"} {
			require.False(t, strings.HasPrefix(trimmed, order), line)
		}
	}
}

// What verify is for: text that declares something else than what was claimed does not get out.
func TestVerifyFindsWhatWasNotMeant(t *testing.T) {
	g, text, err := build(tiny(), nil, Options{})
	require.NoError(t, err)
	require.NoError(t, g.verify(text))
	for _, c := range []struct{ old, with, want string }{
		{"// SpecDigest is", "func Injected() {}\n\n// SpecDigest is", "unmeant Injected"},
		{"func NewM(", "func NewMM(", "missing NewM, unmeant NewMM"},
		{"// SpecDigest is", "//go:noinline\n// SpecDigest is", "a comment that a tool may obey"},
		{"package tiny", "package evil", "the generated package is evil"},
		{"package tiny\n", "package tiny\n\nimport _ \"os/exec\"\n", "imports were meant"},
		{"func NewM(", "func (NewM(", "is not Go"},
	} {
		err := g.verify([]byte(strings.Replace(string(text), c.old, c.with, 1)))
		require.ErrorContains(t, err, c.want)
	}
}
