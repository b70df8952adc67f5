package promela

import (
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

// lossy is a system of two machines with a fair link that loses, and everything that is declared fair, by hand.
func lossy(t *testing.T, field *fsm.Type) *fsm.System {
	m := &fsm.Machine{
		Name:   "M",
		Peers:  []fsm.Peer{{Name: "other", Machine: 0}},
		Timers: []fsm.Timer{{Name: "t"}},
		Events: []fsm.Event{{Kind: fsm.Fire, Name: "t"}, {Kind: fsm.Internal, Name: "Try", Params: []fsm.Param{{Name: "n", Type: fsm.IntType(0, 1)}}}},
		States: []fsm.State{{Name: "On", On: [][]fsm.Level{nil, {{0}}}}},
		Transitions: []*fsm.Transition{{Event: 1, Target: fsm.Stay, Text: "on Try(n)",
			Body: []*fsm.Stmt{{Op: fsm.Start}, {Op: fsm.Send, Args: []*fsm.Expr{{Op: fsm.OpConst, Value: -1, Type: field}}}}}},
	}
	in := func(name string, to int) *fsm.Instance {
		return &fsm.Instance{Name: name, Group: name, Peers: [][]int{{1 - to}}, Routes: [][][]int{{{to}}}}
	}
	on := &fsm.Expr{Op: fsm.OpIn, Type: fsm.BoolType, States: []int{0}}
	sys := &fsm.System{Name: "S", Instances: []*fsm.Instance{in("a", 0), in("b", 1)},
		Nodes: []fsm.Node{{Name: "a", Instances: []int{0}}, {Name: "b", Instances: []int{1}}},
		Links: []*fsm.Link{{Name: "a -> b", From: 0, To: 1, Carries: []int{0}, Capacity: 1, Lose: true, Fair: true},
			{Name: "b -> a", From: 1, To: 0, Carries: []int{0}, Capacity: 1, Lose: true}},
		Fair: []fsm.Fairness{{Strong: true, Instance: 0, Event: 1, Joint: -1, Text: "strong fair a.Try"},
			{Instance: 1, Event: 0, Joint: -1, Text: "fair b.t"}},
		Properties: []*fsm.Property{{Kind: fsm.LeadsTo, P: on, Q: on, Text: "a in On leads to a in On"}, {Kind: fsm.Always, P: on, Text: "always a in On"},
			{Kind: fsm.Eventually, P: on, Text: "eventually a in On"}, {Kind: fsm.InfinitelyOften, P: on, Text: "infinitely often a in On"}}}
	sys.Instances[1].Node = 1
	spec := &fsm.Spec{Name: "lossy", Machines: []*fsm.Machine{m}, Systems: []*fsm.System{sys},
		Messages: []fsm.Message{{Name: "Number", Fields: []fsm.Param{{Name: "x", Type: field}, {Name: "y", Type: fsm.IntType(0, 1)}}}}}
	require.NoError(t, spec.Finish())
	return sys
}

// What is asked for has a number each: weak before strong, and each value of each message on a fair link.
func TestObligationsAreNumbered(t *testing.T) {
	o, err := newObligations(lossy(t, fsm.IntType(-1, 1)))
	require.NoError(t, err)
	require.Equal(t, 8, o.total)
	require.Equal(t, 1, o.weak)
	require.Equal(t, "fair b.t", o.describe(0))
	require.Equal(t, "strong fair a.Try", o.describe(1))
	require.Equal(t, "fair link a -> b, Number #5", o.describe(7))
	require.Equal(t, []int{1}, o.event(0, 1))
	require.Empty(t, o.event(1, 1))
	require.Equal(t, []int{0}, o.renewed(1, 0))
	require.Empty(t, o.renewed(0, 0))
	require.True(t, o.lossy(0))
	require.False(t, o.on(1))
	part := func(k int) string { return "f" + string(rune('0'+k)) }
	require.Equal(t, "(f0 == 0 -> 2 + (f1 - (-1)) * 2 + (f2 - 0) * 1 : 0)", o.packet(0, part))
	_, err = WriteRuns(lossy(t, fsm.IntType(0, 1000)), Options{})
	require.ErrorContains(t, err, "system S: fairness asks for 1003 things or more, the limit is 250")
}

// Each property has its formula, with the fairness counted, or in it.
func TestFormulas(t *testing.T) {
	runs, err := WriteRuns(lossy(t, fsm.IntType(0, 0)), Options{})
	require.NoError(t, err)
	require.Equal(t, 1, runs.Weak)
	require.Equal(t, 3, runs.Strong)
	require.Len(t, runs.Claims, 3)
	for _, part := range []string{
		"ltl l0 { !((!counted U (pl0 && [] !ql0)) && []<> round) }",
		"ltl l2 { !([] !pl2 && []<> round) }",
		"ltl l3 { !((!counted U ([] !pl3)) && []<> round) }",
		" *    0  fair b.t",
	} {
		require.Contains(t, string(runs.Text), part)
	}
	again, err := WriteRuns(lossy(t, fsm.IntType(0, 0)), Options{})
	require.NoError(t, err)
	require.Equal(t, string(runs.Text), string(again.Text))
	spelled, err := WriteRuns(lossy(t, fsm.IntType(0, 0)), Options{Spelled: true})
	require.NoError(t, err)
	const fair = "(<> up && []<> w0 && ([]<> e1 -> []<> t1) && ([]<> e2 -> []<> t2) && ([]<> e3 -> []<> t3))"
	require.Contains(t, string(spelled.Text), "ltl l0 { "+fair+" -> ([](pl0 -> <>ql0)) }")
	require.Contains(t, string(spelled.Text), "ltl l3 { "+fair+" -> ([]<>pl3) }")
}
