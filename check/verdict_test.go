package check

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

func inState(instance, state int) *fsm.Expr {
	return &fsm.Expr{Op: fsm.OpIn, Type: fsm.BoolType, Instance: instance, States: []int{state}}
}

func with(op fsm.Op, args ...*fsm.Expr) *fsm.Expr {
	return &fsm.Expr{Op: op, Type: fsm.BoolType, Args: args}
}

// scenarioSteps makes a scenario of steps of the session: an input or timer of the proxy by name, or a delivery by link and message.
func scenarioSteps(sys *fsm.System, texts ...string) []fsm.ScenarioStep {
	var list []fsm.ScenarioStep
	gap := false
	for _, text := range texts {
		if text == "..." {
			gap = true
			continue
		}
		s := fsm.ScenarioStep{Gap: gap, Text: text}
		gap = false
		for i, e := range sys.MachineOf(0).Events {
			if text == "proxy."+e.Name {
				s.Event = i
			}
		}
		for l, link := range sys.Links {
			for m, message := range sys.Spec.Messages {
				for kind, verb := range map[fsm.ChoiceKind]string{fsm.Deliver: "deliver ", fsm.LoseMessage: "lose ", fsm.DuplicateMessage: "duplicate "} {
					if text == verb+link.Name+" "+message.Name {
						s.Kind, s.Links, s.Message = kind, []int{l}, m
					}
				}
			}
		}
		switch text {
		case "crash proxy":
			s.Kind = fsm.CrashNode
		case "restart proxy":
			s.Kind = fsm.RestartNode
		}
		list = append(list, s)
	}
	return list
}

func rehearse(t *testing.T, sc fsm.Scenario, texts ...string) ScenarioResult {
	t.Helper()
	sys := sessionSpec(t, fsm.Network, true)
	sc.Name = "A"
	sc.Steps = scenarioSteps(sys, texts...)
	sys.Scenarios = []*fsm.Scenario{&sc}
	report, err := Run(context.Background(), sys, Options{Properties: []string{"A"}})
	require.NoError(t, err)
	require.Empty(t, report.Verdicts)
	require.Len(t, report.Scenarios, 1)
	r := report.Scenarios[0]
	if r.Trace != nil {
		require.NoError(t, fsm.Replay(sys, r.Trace))
	}
	return r
}

// The leader opens for a Register that comes after its Remove: the known bug, step by step.
func TestScenarioIsExecuted(t *testing.T) {
	late := []string{"proxy.Accept", "proxy.Hangup", "deliver proxy -> leader Remove", "deliver proxy -> leader Register", "...", "deliver leader -> proxy Removed"}
	orphan := with(fsm.OpAnd, inState(0, 4), inState(1, 1))
	r := rehearse(t, fsm.Scenario{Reaches: orphan}, late...)
	require.Equal(t, Holds, r.Result)
	require.True(t, r.Met)
	require.Len(t, r.Trace.Steps, 5)

	r = rehearse(t, fsm.Scenario{Reaches: orphan, ExpectViolated: true}, late...)
	require.False(t, r.Met)

	r = rehearse(t, fsm.Scenario{Reaches: orphan, OpenEnd: true}, late[:2]...)
	require.Equal(t, Holds, r.Result)
	require.Len(t, r.Trace.Steps, 5)
}

// Two steps lead to the same joint state; the trace shows the one that the scenario names.
func TestScenarioTakesTheStepThatItNames(t *testing.T) {
	for _, text := range []string{"lose proxy -> leader Register", "duplicate proxy -> leader Register"} {
		r := rehearse(t, fsm.Scenario{}, "proxy.Accept", "duplicate proxy -> leader Register", "lose proxy -> leader Register", text)
		require.Equal(t, Holds, r.Result, text)
		require.Equal(t, text, r.Trace.Steps[3].Choice.Format(sessionSpec(t, fsm.Network, true), r.Trace.Steps[2].Outcome.Joint))
	}
}

func TestScenarioIsStuck(t *testing.T) {
	r := rehearse(t, fsm.Scenario{}, "proxy.Accept", "deliver proxy -> leader Remove")
	require.Equal(t, Violated, r.Result)
	require.Equal(t, 1, r.Done)
	require.Equal(t, "step 2, deliver proxy -> leader Remove, cannot be taken", r.Reason)
	require.Equal(t, []string{"proxy.Hangup(Gone)", "proxy.Hangup(Idle)", "proxy.Hangup(Kick)", "deliver proxy -> leader Register",
		"lose proxy -> leader Register", "duplicate proxy -> leader Register", "crash proxy"}, r.Enabled)
	require.Len(t, r.Trace.Steps, 1)

	r = rehearse(t, fsm.Scenario{Reaches: inState(0, 3)}, "proxy.Accept")
	require.Equal(t, Violated, r.Result)
	require.Equal(t, 1, r.Done)
	require.Equal(t, "every step can be taken, but proxy in Closing does not hold then", r.Reason)

	r = rehearse(t, fsm.Scenario{}, "proxy.Accept", "deliver proxy -> leader Register", "crash proxy", "restart proxy", "deliver leader -> proxy Registered")
	require.Equal(t, Violated, r.Result)
	require.Equal(t, 4, r.Done)
	require.Contains(t, r.Reason, "step 5, deliver leader -> proxy Registered, is a violation")
	require.Contains(t, r.Reason, "Registered is not expected by proxy in Idle")
	require.Contains(t, r.Enabled, "deliver leader -> proxy Registered (a violation)")
}

func TestVacuity(t *testing.T) {
	sys := sessionSpec(t, fsm.Queue, false)
	sys.Crashes = nil
	never, some := with(fsm.OpIn), inState(1, 2)
	never.Instance, never.States = 0, []int{fsm.Down}
	property := func(kind fsm.PropertyKind, p, q *fsm.Expr) *fsm.Property {
		return &fsm.Property{Name: "P", Kind: kind, P: p, Q: q}
	}
	for name, c := range map[string]struct {
		p       *fsm.Property
		vacuous string
	}{
		"after":            {property(fsm.AfterAlways, never, some), "it says nothing: its premise `proxy in Down` never holds"},
		"after that comes": {property(fsm.AfterAlways, some, some), ""},
		"implies":          {property(fsm.Always, with(fsm.OpImplies, never, some), nil), "it says nothing: its premise `proxy in Down` never holds"},
		"one of two":       {property(fsm.Always, with(fsm.OpAnd, with(fsm.OpImplies, never, some), with(fsm.OpImplies, some, some)), nil), ""},
		"conjunct":         {property(fsm.Never, with(fsm.OpAnd, some, never), nil), "it holds for a reason of its own: its part `proxy in Down` is never true"},
		"in every branch":  {property(fsm.Never, with(fsm.OpOr, with(fsm.OpAnd, some, never), with(fsm.OpAnd, some, never)), nil), "it holds for a reason of its own: its part `proxy in Down` is never true"},
		"in one branch":    {property(fsm.Never, with(fsm.OpOr, with(fsm.OpAnd, some, never), with(fsm.OpAnd, inState(0, 0), some)), nil), ""},
	} {
		sys.Properties = []*fsm.Property{c.p}
		v := run(t, sys, Options{})["P"]
		require.Equal(t, Holds, v.Result, name)
		require.Equal(t, c.vacuous, v.Reason, name)
		require.Equal(t, c.vacuous != "", v.Vacuous, name)
	}
}

func TestExpress(t *testing.T) {
	sys := sessionSpec(t, fsm.Network, true)
	tries := &fsm.Expr{Op: fsm.OpInstanceVar, Type: fsm.IntType(0, 3)}
	has := &fsm.Expr{Op: fsm.OpLinkHas, Type: fsm.BoolType, Links: []int{0}, Message: remove}
	down := inState(0, fsm.Down)
	down.States = append(down.States, 2)
	armed := &fsm.Expr{Op: fsm.OpArmed, Type: fsm.BoolType}
	e := with(fsm.OpImplies, with(fsm.OpAnd, down, with(fsm.OpNot, armed)), with(fsm.OpOr, has, with(fsm.OpEq, tries, fsm.ConstExpr(tries.Type, 2))))
	require.Equal(t, "(proxy in Down, Open && !proxy.retry.armed) => (link(proxy, leader) has Remove || (proxy.tries == 2))", express(sys, e))
	long := express(sys, with(fsm.OpAnd, e, e))
	require.Len(t, []rune(long), maxExpressed+1)
}

func TestCoverage(t *testing.T) {
	report, err := Run(context.Background(), sessionSpec(t, fsm.Network, false), Options{})
	require.NoError(t, err)
	require.Empty(t, report.Coverage.NeverTaken)
	require.Empty(t, report.Coverage.NeverEntered)

	sys := sessionSpec(t, fsm.Network, false)
	sys.Links[1].Carries = []int{removed} // nobody is ever registered
	for _, m := range sys.Spec.Machines {
		for _, tr := range m.Transitions {
			for i, s := range tr.Body {
				if s.Op == fsm.Send && s.Message == registered {
					tr.Body = append(append([]*fsm.Stmt{}, tr.Body[:i]...), tr.Body[i+1:]...)
				}
			}
		}
	}
	report, err = Run(context.Background(), sys, Options{})
	require.NoError(t, err)
	var untaken []string
	for _, u := range report.Coverage.NeverTaken {
		untaken = append(untaken, u.Text)
	}
	require.Equal(t, []string{"on Registered -> Open", "on Hangup -> Closing", "ignore Registered"}, untaken)
	require.Equal(t, []Unentered{{sys.MachineOf(0), 2}}, report.Coverage.NeverEntered)
}

// To defer is no step, but the transition has done its work.
func TestDeferringIsCovered(t *testing.T) {
	sys := sessionSpec(t, fsm.Network, false)
	m := sys.MachineOf(0)
	for _, tr := range m.Transitions {
		if tr.Answer == fsm.Ignore && tr.State == 4 {
			tr.Answer = fsm.Defer
		}
	}
	report, err := Run(context.Background(), sys, Options{})
	require.NoError(t, err)
	require.Less(t, report.Stats.Transitions, 2219) // as many as when Closed ignores
	require.Empty(t, report.Coverage.NeverTaken)
	for _, taken := range report.Coverage.Taken {
		require.Equal(t, taken.Deferred, taken.Count == 0, taken.Text)
	}
}

// A state whose only steps an assumption cuts is no deadlock.
func TestCutIsNoDeadlock(t *testing.T) {
	sys := counters(t, 1, 4)
	sys.Assumes = []*fsm.Expr{with(fsm.OpNot, is(0, fsm.IntType(0, 3), 3))}
	report, err := Run(context.Background(), sys, Options{})
	require.NoError(t, err)
	require.Equal(t, 3, report.Stats.States)
	require.Equal(t, 2, report.Stats.Transitions)
	require.Equal(t, 1, report.Coverage.Cut)
	require.Len(t, report.Coverage.CutTrace.Steps, 2)
	require.Equal(t, Holds, byName(report)["deadlock"].Result)
}

// The control space of an atomic system is that of its own steps, whatever is assumed.
func TestControl(t *testing.T) {
	sys := sessionSpec(t, fsm.Atomic, false)
	sys.Crashes = nil
	sys.Nodes = []fsm.Node{{Name: "both", Instances: []int{0, 1}}}
	sys.Instances[1].Node = 0
	sys.Assumes = []*fsm.Expr{inState(0, 0)}
	sys.Initially = []*fsm.Expr{fsm.ConstExpr(fsm.BoolType, 0)}
	require.NoError(t, sys.Spec.Finish())
	space := Control(context.Background(), sys, Options{})
	require.True(t, space.Complete)
	require.Equal(t, [][]int{{0, 0}, {2, 1}, {4, 2}}, space.Tuples) // Idle Absent, Open Open, Closed Gone

	space = Control(context.Background(), sys, Options{MaxStates: 2})
	require.False(t, space.Complete)
	require.Equal(t, "the limit of 2 states was reached", space.Reason)

	space = Control(context.Background(), sessionSpec(t, fsm.Queue, false), Options{})
	require.Equal(t, "system Cluster has links that are not atomic", space.Reason)
}
