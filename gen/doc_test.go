package gen

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const documented = `fsm 1
// The spec.
spec docs

// An enum.
enum E {
	// Its value.
	A,
	B,
}
// A type.
type T = 0..3
// A message.
message M(
	// Its field.
	v T
)
// An effect.
effect F(
	// Its argument.
	v T
)
// A guard.
extern guard ok(v T)
// A machine.
machine X(
	// Its parameter.
	p bool
) {
	peer x X
	// Its timer.
	timer t 1s
	// Its input.
	input I(
		// The input's parameter.
		v T
	)
	// Its internal.
	internal J
	// Its variable.
	var n T
	// Its durable.
	durable var d T
	// Its state.
	initial state S {
		on I(v) when ok(v) -> Over { do F(v); send x M(v); start t }
		on J { stop t }
		on M(v) { n = v }
		on t -> Over
	}
	// Its final state.
	final state Over { ignore other messages; ignore t }
}
// A system.
system Y {
	// Its instance.
	x X(p = true)
	// Its own variable.
	var g T
	link x -> x { atomic }
	// Its joint transition.
	joint K { x S -> Over; g = 1 }
}
`

// What a spec says about a thing stands before it in Go, where godoc and editors show it. (A peer has no Go name of its own.)
func TestDocCommentsAreCarriedOver(t *testing.T) {
	s := compile(t, "docs", documented)
	files, err := Go(s, controls(t, s), Options{})
	require.NoError(t, err)
	lines := strings.Split(string(files["docs_fsm.go"]), "\n")
	before := map[string][]string{} // what the line after the comment says
	for i, line := range lines {
		for k := i + 1; k < len(lines) && strings.HasPrefix(strings.TrimSpace(line), "//"); k++ {
			if next := strings.TrimSpace(lines[k]); !strings.HasPrefix(next, "//") {
				before[strings.TrimSpace(line)] = append(before[strings.TrimSpace(line)], strings.Join(strings.Fields(next), " "))
				break
			}
		}
	}
	for comment, want := range map[string]string{
		"// The spec.":                 `const SpecDigest =`,
		"// An enum.":                  "type E uint8",
		"// Its value.":                "EA E = 0",
		"// A type.":                   "type T uint8",
		"// A message.":                "func (m *X) DeliverM(v T) (out XEffects, err error) {",
		"// v: Its field.":             "XSendXM XEffectKind =",
		"// An effect.":                "XDoF XEffectKind =",
		"// v: Its argument.":          "YXDoF YEffectKind =",
		"// A machine.":                "type X struct {",
		"// Its parameter.":            "func (m *X) P() bool { return m.p }",
		"// Its timer.":                "func (m *X) FireT() (out XEffects, err error) {",
		"// Its input.":                "XOnI XEventKind = 0",
		"// v: The input's parameter.": "func (m *X) I(v T, okV bool) (out XEffects, err error) {",
		"// Its internal.":             "func (m *X) J() (out XEffects, err error) {",
		"// Its variable.":             "func (m *X) N() T { return m.n }",
		"// Its durable.":              "D T",
		"// Its state.":                "XS XState = 0",
		"// Its final state.":          "XOver XState = 1",
		"// A system.":                 "type Y struct{ word uint64 }",
		"// Its instance.":             "func (s Y) X() XState {",
		"// Its own variable.":         "func (s Y) G() T {",
		"// Its joint transition.":     "func (s *Y) K() (out YEffects, err error) {",
	} {
		found := false
		for _, line := range before[comment] {
			found = found || strings.HasPrefix(line, want)
		}
		require.True(t, found, "%s stands before %q, not before %s", comment, before[comment], want)
	}
	require.Contains(t, string(files["docs_fsm.go"]), "The argument okV is the host's answer to the guard ok. A guard.")
}
