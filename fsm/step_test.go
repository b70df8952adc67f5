package fsm

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// toggle is a spec built by hand: one machine with the states Off and On, an input Flip(n 0..1) that adds n to a
// variable x 0..1, and one instance.
func toggle() *Spec {
	x := Var{Name: "x", Type: IntType(0, 1), Init: []int64{0}}
	bit := IntType(0, 1)
	read := &Expr{Op: OpVar, Type: x.Type}
	add := &Stmt{Op: Assign, Targets: []Target{{}}, Values: []*Expr{{Op: OpAdd, Type: IntType(0, 2),
		Args: []*Expr{read, {Op: OpParam, Type: bit}}}}}
	m := &Machine{
		Name:   "Toggle",
		Vars:   []Var{x},
		Events: []Event{{Kind: Input, Name: "Flip", Params: []Param{{Name: "n", Type: bit}}}},
		States: []State{{Name: "Off", On: [][]Level{{{0}}}}, {Name: "On", Final: true, On: [][]Level{{{1}}}}},
		Transitions: []*Transition{
			{State: 0, Target: 1, Body: []*Stmt{add}, Text: "on Flip(n) -> On"},
			{Source: 1, State: 1, Target: 0, Body: []*Stmt{add}, Text: "on Flip(n) -> Off"},
		},
	}
	sys := &System{Name: "S", Instances: []*Instance{{Name: "toggle", Group: "toggle"}}, Nodes: []Node{{Name: "toggle", Instances: []int{0}}}}
	return &Spec{Name: "toggle", Machines: []*Machine{m}, Systems: []*System{sys}}
}

func started(t *testing.T) (*System, *Joint) {
	s := toggle()
	require.NoError(t, s.Finish())
	starts, err := Starts(s.Systems[0])
	require.NoError(t, err)
	require.Len(t, starts, 1)
	return s.Systems[0], starts[0].Outcome.Joint
}

// A step makes a new joint state and leaves the old one alone; one that breaks a range is a violation and leaves it
// alone too.
func TestStepChangesNothingButItsResult(t *testing.T) {
	sys, begin := started(t)
	before := begin.Key()
	out, err := Step(sys, begin, Choice{Args: []int64{1}})
	require.NoError(t, err)
	require.Equal(t, &Joint{States: []int{1}, Vars: []int64{1}, Armed: []bool{}, Links: [][]Packet{}, Crashes: []int{}}, out.Joint)
	require.Equal(t, []Taken{{0, 0}}, out.Taken)
	require.Equal(t, before, begin.Key())

	after := out.Joint.Key()
	_, err = Step(sys, out.Joint, Choice{Args: []int64{1}})
	var v *Violation
	require.ErrorAs(t, err, &v)
	require.Equal(t, Range, v.Builtin)
	require.Contains(t, v.Error(), "x leaves its range 0..1: it would become 2")
	require.Equal(t, after, out.Joint.Key())
}

// What is not among the choices is refused as the caller's mistake, never as a panic and never as a violation.
func TestStepRefusesWhatIsNoChoice(t *testing.T) {
	sys, begin := started(t)
	for _, c := range []Choice{
		{Args: []int64{2}}, {Args: []int64{-1}}, {Args: nil}, {Args: []int64{0, 0}}, {Event: 1}, {Event: -1}, {Instance: 1},
		{Instance: -1}, {Args: []int64{0}, Picks: []int64{0}}, {Kind: Deliver}, {Kind: TakeJoint}, {Kind: RestartNode},
		{Kind: RestartNode, Node: 1}, {Kind: LoseMessage, Link: 3}, {Kind: DuplicateMessage}, {Kind: CrashNode}, {Kind: CrashNode + 1},
		{Args: []int64{math.MaxInt64}},
	} {
		out, err := Step(sys, begin, c)
		require.Error(t, err, "%+v", c)
		require.NotErrorAs(t, err, new(*Violation), "%+v", c)
		require.Nil(t, out)
	}
	require.Equal(t, []Choice{{Args: []int64{0}, Picks: nil}, {Args: []int64{1}}}, Choices(sys, begin))
}

// Finish refuses a spec whose indices point at nothing, whatever was forgotten.
func TestFinishNamesWhatPointsAtNothing(t *testing.T) {
	for what, spoil := range map[string]func(s *Spec){
		"initial state":         func(s *Spec) { s.Machines[0].Initial = 2 },
		"no machine":            func(s *Spec) { s.Machines[0].Peers = []Peer{{Name: "p", Machine: 1}} },
		"initial values":        func(s *Spec) { s.Machines[0].Vars[0].Init = nil },
		"points at nothing":     func(s *Spec) { s.Machines[0].Events[0].Kind = Receive },
		"answers 0 events of 1": func(s *Spec) { s.Machines[0].States[1].On = nil },
		"not its own":           func(s *Spec) { s.Machines[0].States[1].On[0][0][0] = 0 },
		"goes to no state":      func(s *Spec) { s.Machines[0].Transitions[1].Target = 2 },
		"defers":                func(s *Spec) { s.Machines[0].Transitions[1].Answer = Defer },
		"has no machine":        func(s *Spec) { s.Systems[0].Instances[0].Machine = 1 },
		"is bound to nothing":   func(s *Spec) { s.Machines[0].Vars[0].Shared = true },
		"1 arguments":           func(s *Spec) { s.Systems[0].Instances[0].Args = []int64{1} },
		"link":                  func(s *Spec) { s.Systems[0].Links = []*Link{{Name: "l", To: 1, Capacity: 1}} },
		"holds nothing":         func(s *Spec) { s.Systems[0].Links = []*Link{{Name: "l"}} },
		"on no node":            func(s *Spec) { s.Systems[0].Nodes = nil },
		"node":                  func(s *Spec) { s.Systems[0].Nodes[0].Instances = []int{0, 0} },
		"crash":                 func(s *Spec) { s.Systems[0].Crashes = []*Crash{{Instance: 1}} },
		"joint": func(s *Spec) {
			s.Systems[0].Joints = []*JointTransition{{Name: "j", Parts: []JointPart{{From: []int{0}}}}}
		},
	} {
		s := toggle()
		spoil(s)
		require.ErrorContains(t, s.Finish(), what)
	}
}

// A value is written as the language writes it.
func TestFormatValues(t *testing.T) {
	color := &Type{Kind: Enum, Name: "Color", Hi: 2, Values: []Value{{Name: "Red"}, {Name: "Green"}, {Name: "Blue"}}}
	for _, c := range []struct {
		t    *Type
		v    int64
		want string
	}{
		{BoolType, 1, "true"}, {BoolType, 0, "false"}, {IntType(-3, 3), -3, "-3"}, {color, 1, "Green"}, {color, 9, "9"},
		{SetType(color), 5, "{Red, Blue}"}, {SetType(color), 0, "{}"}, {SetType(IntType(-1, 1)), 3, "{-1, 0}"},
	} {
		require.Equal(t, c.want, c.t.Format(c.v))
	}
	require.Equal(t, "set of Color", SetType(color).String())
	require.Equal(t, "[2][3]0..1", ArrayType(2, ArrayType(3, IntType(0, 1))).String())
	require.Equal(t, 6, ArrayType(2, ArrayType(3, BoolType)).Slots())
	require.Equal(t, int64(1)<<MaxSet-1, SetType(IntType(1, MaxSet)).Hi)
}

// Picks are enumerated like an odometer that does not know its width in advance.
func TestPicksAreExhausted(t *testing.T) {
	s := toggle()
	m := s.Machines[0]
	m.Vars[0].Type = IntType(0, 9)
	free := func(hi int64) *Stmt {
		return &Stmt{Op: Assign, Targets: []Target{{}}, Values: []*Expr{{Op: OpAny, Type: IntType(0, hi)}}}
	}
	isOne := &Expr{Op: OpEq, Type: BoolType, Args: []*Expr{{Op: OpVar, Type: IntType(0, 9)}, ConstExpr(IntType(1, 1), 1)}}
	m.Transitions[0].Body = []*Stmt{free(1), {Op: If, Cond: isOne, Then: []*Stmt{free(2)}}}
	m.Events[0].Params = nil
	m.Transitions[1].Body = nil
	require.NoError(t, s.Finish())
	starts, err := Starts(s.Systems[0])
	require.NoError(t, err)
	var picks [][]int64
	for _, c := range Choices(s.Systems[0], starts[0].Outcome.Joint) {
		picks = append(picks, c.Picks)
	}
	require.Equal(t, [][]int64{{0}, {1, 0}, {1, 1}, {1, 2}}, picks)
}
