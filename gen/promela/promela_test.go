package promela

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

// counter is a system of one machine with a variable of the type t that an input adds to, written by hand: its answers
// are compared with SPIN's elsewhere.
func counter(t *testing.T, typ *fsm.Type, param *fsm.Type) *fsm.System {
	read := &fsm.Expr{Op: fsm.OpVar, Type: typ}
	add := &fsm.Expr{Op: fsm.OpAdd, Type: fsm.IntType(typ.Lo+param.Lo, typ.Hi+param.Hi), Args: []*fsm.Expr{read, {Op: fsm.OpParam, Type: param}}}
	m := &fsm.Machine{
		Name:   "Counter",
		Vars:   []fsm.Var{{Name: "x", Type: typ, Init: []int64{typ.Lo}}},
		Events: []fsm.Event{{Kind: fsm.Input, Name: "Add", Params: []fsm.Param{{Name: "n", Type: param}}}},
		States: []fsm.State{{Name: "On", On: [][]fsm.Level{{{0}}}}},
		Transitions: []*fsm.Transition{{Target: fsm.Stay, Text: "on Add(n) /* odd */",
			Body: []*fsm.Stmt{{Op: fsm.Assign, Targets: []fsm.Target{{}}, Values: []*fsm.Expr{add}}}}},
	}
	low := &fsm.Expr{Op: fsm.OpEq, Type: fsm.BoolType, Args: []*fsm.Expr{
		{Op: fsm.OpInstanceVar, Type: typ}, fsm.ConstExpr(typ, typ.Lo)}}
	sys := &fsm.System{Name: "S", Instances: []*fsm.Instance{{Name: "c[0]", Group: "c", Array: true}}, Nodes: []fsm.Node{{Name: "c", Instances: []int{0}}},
		Properties: []*fsm.Property{{Kind: fsm.Always, P: low, Text: "always c[0].x == 0"}, {Kind: fsm.Eventually, P: low, Text: "eventually c[0].x == 0"}}}
	require.NoError(t, (&fsm.Spec{Name: "counter", Machines: []*fsm.Machine{m}, Systems: []*fsm.System{sys}}).Finish())
	return sys
}

// The same system gives the same bytes, with names that a reader knows, and says what it leaves out.
func TestExportIsReadableAndAlwaysTheSame(t *testing.T) {
	sys := counter(t, fsm.IntType(0, 3), fsm.IntType(0, 1))
	text, err := Export(sys, Options{})
	require.NoError(t, err)
	again, err := Export(sys, Options{})
	require.NoError(t, err)
	require.Equal(t, string(text), string(again))
	for _, part := range []string{"#define c_0_x_0_1 v[1]", "always c[0].x == 0", "Left out: S: eventually c[0].x == 0", "/* on Add(n) / * odd * /, in On */", "byte v[2];"} {
		require.Contains(t, string(text), part)
	}
}

// What Promela cannot hold, or SPIN could not chew, is an error with the number in it.
func TestExportRefusesWhatDoesNotFit(t *testing.T) {
	_, err := Export(counter(t, fsm.IntType(0, 1<<31-1), fsm.IntType(0, 1)), Options{})
	require.ErrorContains(t, err, "0..2147483648 does not fit into 32 bits")
	_, err = Export(counter(t, fsm.IntType(0, 3), fsm.IntType(0, 5000)), Options{})
	require.ErrorContains(t, err, "it has 5002 kinds of steps, the limit is 4000")
	text, err := Export(counter(t, fsm.IntType(-1, 3), fsm.IntType(0, 1)), Options{})
	require.NoError(t, err)
	require.Contains(t, string(text), "short v[2];")
}

// The line whose executions are the joint states is the one that says so, for each system of a text.
func TestTheLineThatCounts(t *testing.T) {
	sys := counter(t, fsm.IntType(0, 3), fsm.IntType(0, 1))
	p, err := Write([]*fsm.System{sys, counter(t, fsm.IntType(0, 9), fsm.IntType(0, 1))}, Options{})
	require.NoError(t, err)
	lines := strings.Split(string(p.Text), "\n")
	require.Len(t, p.plain, 2)
	for _, line := range p.plain {
		require.Contains(t, lines[line-1], "looks at a joint state")
	}
	require.NotEqual(t, p.plain[0], p.plain[1])
}

// Depths become steps, the earliest report counts, and a depth at which no step can end is refused.
func TestReadTurnsDepthsIntoSteps(t *testing.T) {
	sys := counter(t, fsm.IntType(0, 3), fsm.IntType(0, 1))
	p, err := Write([]*fsm.System{sys}, Options{})
	require.NoError(t, err)
	l := p.length[0]
	low, leaves, stuck := p.number(assert{property: sys.Properties[0], at: looked}), p.number(assert{builtin: fsm.Range}), p.number(assert{builtin: fsm.Deadlock, at: afterSweep})
	found, err := p.Read(func(line int) int { return line - p.plain[0] + 7 }, []Failure{
		{leaves, l.start + 9*l.step}, {low, l.start + l.look + 2*l.step}, {leaves, l.start + 4*l.step}, {stuck, l.start + l.sweep},
	}, false)
	require.NoError(t, err)
	require.Equal(t, []Found{{7, map[fsm.Builtin]int{fsm.Range: 4, fsm.Deadlock: 0}, map[*fsm.Property]int{sys.Properties[0]: 2}}}, found)
	for failure, want := range map[Failure]string{
		{leaves, l.start + 1}: "not the end of a step",
		{leaves, l.start - 1}: "not the end of a step",
		{999, l.start}:        "no assertion 999",
		{p.Exhausted, 1}:      "more free choices than MaxPicks",
	} {
		_, err = p.Read(func(int) int { return 1 }, []Failure{failure}, false)
		require.ErrorContains(t, err, want)
	}
}
