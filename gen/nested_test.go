package gen

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

// walk is one way through testdata/specs/nested.fsm: the inputs that lead to a state, the input that is looked at, and what UML and
// SCXML say is then left, passed and entered. The transition is written in source ("" for the machine itself) and goes to target.
type walk struct {
	Path           []string
	Event          string
	source, target string
	Want           string
}

// The tables of the standards' rule, worked out by hand: everything up to the innermost state that encloses both the source and the
// target, and is neither, is left, inner first; the transition's own effect runs; then states are entered from there down, and on
// down by initial states.
var walks = []walk{
	{nil, "Dive", "Start", "A.B.C", "-Start . +A +B +C"},
	{nil, "Away", "Start", "A", "-Start . +A +First"},
	{nil, "Anywhere", "", "A.B.D", "-Start . +A +B +D"},
	{[]string{"Dive"}, "Self", "A.B.C", "A.B.C", "-C . +C"},
	{[]string{"Dive"}, "Sibling", "A.B.C", "A.B.D", "-C . +D"},
	{[]string{"Dive"}, "Cousin", "A.B.C", "A.First", "-C -B . +First"},
	// A target that encloses the source: it is left and entered.
	{[]string{"Dive"}, "ToGrandparent", "A.B.C", "A", "-C -B -A . +A +First"},
	{[]string{"Dive"}, "ToParent", "A.B", "A", "-C -B -A . +A +First"},
	{[]string{"Anywhere"}, "ToParent", "A.B.D", "A.B", "-D -B . +B +C"},
	// The source encloses the state that the machine is in: it is the source that counts. An external transition leaves it.
	{[]string{"Anywhere"}, "Self", "A", "A", "-D -B -A . +A +First"},
	{[]string{"Dive"}, "ToChild", "A", "A.B", "-C -B -A . +A +B +C"},
	{[]string{"Dive"}, "ToGrandchild", "A", "A.B.D", "-C -B -A . +A +B +D"},
	{[]string{"Away"}, "ToChild", "A", "A.B", "-First -A . +A +B +C"},
	{[]string{"Anywhere"}, "Sibling", "A.B", "A.First", "-D -B . +First"},
	{[]string{"Anywhere"}, "Away", "A", "Z", "-D -B -A . +Z"},
	{[]string{"Away"}, "Cousin", "A.First", "A.B.D", "-First . +B +D"},
	// The machine encloses everything: all is left, also what is entered again.
	{[]string{"Anywhere"}, "Anywhere", "", "A.B.D", "-D -B -A . +A +B +D"},
	{[]string{"Away", "Away"}, "Anywhere", "", "A.B.D", "-Z . +A +B +D"},
	// An internal transition has no target: nothing is left.
	{[]string{"Dive"}, "Stay", "", "", "."},
}

// initials are the initial states inside the states of the spec that have some.
var initials = map[string]string{"A": "A.First", "A.B": "A.B.C"}

// scxml is what the algorithm of SCXML says (Appendix D of the recommendation: getTransitionDomain, computeExitSet, computeEntrySet),
// for states that are not parallel. UML's least common ancestor is its domain.
func scxml(from string, w walk) string {
	if w.target == "" {
		return "."
	}
	domain := "" // of the machine itself
	for _, above := range ancestors(w.source) {
		if strings.HasPrefix(w.target, above+".") {
			domain = above
			break
		}
	}
	var order []string
	leave := func(state string) bool { return domain == "" || strings.HasPrefix(state, domain+".") }
	for _, s := range append([]string{from}, ancestors(from)...) {
		if leave(s) {
			order = append(order, "-"+last(s))
		}
	}
	order = append(order, ".")
	down := append([]string{w.target}, ancestors(w.target)...)
	slices.Reverse(down)
	for s := w.target; initials[s] != ""; s = initials[s] {
		down = append(down, initials[s])
	}
	for _, s := range down {
		if leave(s) {
			order = append(order, "+"+last(s))
		}
	}
	return strings.Join(order, " ")
}

// ancestors are the states that enclose a state, inner first, without itself.
func ancestors(state string) []string {
	var all []string
	for i := strings.LastIndexByte(state, '.'); i >= 0; i = strings.LastIndexByte(state, '.') {
		state = state[:i]
		all = append(all, state)
	}
	return all
}

func last(state string) string { return state[strings.LastIndexByte(state, '.')+1:] }

// reference takes an input in the reference step, and says what was ordered.
func reference(t *testing.T, sys *fsm.System, j *fsm.Joint, event string) (*fsm.Joint, string) {
	t.Helper()
	m := sys.MachineOf(0)
	for _, c := range fsm.Choices(sys, j) {
		if c.Kind != fsm.Handle || m.Events[c.Event].Name != event {
			continue
		}
		out, err := fsm.Step(sys, j, c)
		require.NoError(t, err)
		var order []string
		for _, e := range out.Effects {
			kind := sys.Spec.Effects[e.Effect]
			text := map[string]string{"Leave": "-", "Pass": ".", "Enter": "+"}[kind.Name]
			if len(e.Args) > 0 {
				text += strings.TrimPrefix(kind.Params[0].Type.Format(e.Args[0]), "P")
			}
			order = append(order, text)
		}
		return out.Joint, strings.Join(order, " ")
	}
	require.Fail(t, "not possible", event)
	return nil, ""
}

// States are left and entered in the order that UML and SCXML have: by hand, by the algorithm of SCXML, in the reference, and as
// generated.
func TestNestedStatesAreLeftAndEnteredInTheStandardOrder(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "specs", "nested.fsm"))
	require.NoError(t, err)
	s := compile(t, "nested", string(text))
	sys := s.Systems[0]
	taken := map[string]bool{}
	for _, w := range walks {
		starts, err := fsm.Starts(sys)
		require.NoError(t, err)
		j := starts[0].Outcome.Joint
		for _, event := range w.Path {
			j, _ = reference(t, sys, j, event)
		}
		from := sys.MachineOf(0).States[j.States[0]].Name
		_, got := reference(t, sys, j, w.Event)
		require.Equal(t, w.Want, got, "%s in %s", w.Event, from)
		require.Equal(t, w.Want, scxml(from, w), "%s in %s", w.Event, from)
		taken[w.Event] = true
	}
	for _, e := range s.Machines[0].Events {
		require.True(t, taken[e.Name], "no row has %s", e.Name)
	}
	rows, err := json.Marshal(walks)
	require.NoError(t, err)
	m := newModule(t)
	m.add(t, "nested", s)
	m.write(t, "nested/walks.json", string(rows))
	use, err := os.ReadFile(filepath.Join("testdata", "use", "nested.go"))
	require.NoError(t, err)
	m.write(t, "nested/nested_test.go", string(use))
	m.run(t, "test", "-count=1", "-run", "Walks", "./nested")
}
