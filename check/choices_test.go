package check

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"interlock/fsm"
)

// table is a machine whose one input rolls n dice of k sides; without an input of one side only.
func table(t testing.TB, n, k int) *fsm.System {
	value := fsm.IntType(0, int64(k-1))
	m := &fsm.Machine{Name: "Dice", Events: []fsm.Event{{Kind: fsm.Input, Name: "Roll"}},
		States: []fsm.State{{Name: "Rolling", On: [][]fsm.Level{{{0}}}}}}
	roll := &fsm.Transition{State: 0, Target: fsm.Stay, Text: "on Roll"}
	for i := range n {
		m.Vars = append(m.Vars, fsm.Var{Name: string(rune('a' + i)), Type: value, Init: []int64{0}})
		roll.Body = append(roll.Body, &fsm.Stmt{Op: fsm.Assign, Targets: []fsm.Target{{Var: i}}, Values: []*fsm.Expr{{Op: fsm.OpAny, Type: value}}})
	}
	m.Transitions = []*fsm.Transition{roll}
	sys := &fsm.System{Name: "Table", Instances: []*fsm.Instance{{Name: "dice"}}, Nodes: []fsm.Node{{Instances: []int{0}}}}
	require.NoError(t, (&fsm.Spec{Machines: []*fsm.Machine{m}, Systems: []*fsm.System{sys}}).Finish())
	return sys
}

// A step with as many combinations as the limit is searched; with one more the search ends, and says why.
func TestLimitOfChoices(t *testing.T) {
	sys := table(t, 3, 5)
	for limit, complete := range map[int]bool{0: true, 125: true, 124: false, 1: false} {
		report, err := Run(context.Background(), sys, Options{MaxChoices: limit})
		require.NoError(t, err)
		require.Equal(t, complete, report.Complete, limit)
		v := byName(report)["deadlock"]
		if complete {
			require.Equal(t, 125, report.Stats.States)
			require.Equal(t, Holds, v.Result)
			continue
		}
		require.Equal(t, limit, report.Stats.States)
		require.Equal(t, Unknown, v.Result)
		require.Contains(t, v.Reason, "combinations of free choices")
	}
}

// Two to the power of forty combinations of one step end in reasonable time, without a limit being asked for.
func TestEndlessChoices(t *testing.T) {
	report, err := Run(context.Background(), table(t, 40, 2), Options{})
	require.NoError(t, err)
	require.False(t, report.Complete)
	require.Contains(t, report.Reason, "more than 1048576 combinations")
}
