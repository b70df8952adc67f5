package check

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

// The close handshake, built by hand: what the language would lower it to. In one mutant of it the leader opens again when
// a late Register comes; the shortest run to that is the story that the rendering is tried on.

const (
	register = iota
	registered
	remove
	removed
)

// machineText builds a machine from lines "State: on Event -> Target", with bodies.
type machineText struct {
	m    *fsm.Machine
	line int
}

func newMachine(name string, line int, states ...string) *machineText {
	b := &machineText{m: &fsm.Machine{Name: name, Span: at(line)}, line: line}
	for _, s := range states {
		final := strings.HasSuffix(s, "!")
		b.m.States = append(b.m.States, fsm.State{Name: strings.TrimSuffix(s, "!"), Final: final, Span: at(line)})
	}
	return b
}

func at(line int) fsm.Span {
	return fsm.Span{File: "machines/session/session.fsm", Line: line, Col: 3, EndLine: line, EndCol: 9}
}

func (b *machineText) event(e fsm.Event) {
	b.m.Events = append(b.m.Events, e)
	for i := range b.m.States {
		b.m.States[i].On = append(b.m.States[i].On, nil)
	}
}

// on adds a transition; an empty target stays, "ignore" ignores.
func (b *machineText) on(state, event, target string, body ...*fsm.Stmt) {
	b.line++
	t := &fsm.Transition{Source: len(b.m.Transitions), State: b.state(state), Target: fsm.Stay, Body: body, Span: at(b.line),
		Text: "on " + event + " -> " + target}
	switch target {
	case "":
		t.Text = "on " + event
	case "ignore":
		t.Answer, t.Text = fsm.Ignore, "ignore "+event
	default:
		t.Target = b.state(target)
	}
	for i, e := range b.m.Events {
		if e.Name == event {
			t.Event = i
			b.m.States[t.State].On[i] = append(b.m.States[t.State].On[i], fsm.Level{len(b.m.Transitions)})
		}
	}
	b.m.Transitions = append(b.m.Transitions, t)
}

func (b *machineText) state(name string) int {
	for i, s := range b.m.States {
		if s.Name == name {
			return i
		}
	}
	panic("no state " + name)
}

func send(message int) *fsm.Stmt { return &fsm.Stmt{Op: fsm.Send, Message: message} }

// sessionSpec builds the spec. kind is that of both links.
func sessionSpec(t testing.TB, kind fsm.LinkKind, reopens bool) *fsm.System {
	t.Helper()
	reason := &fsm.Type{Kind: fsm.Enum, Name: "Reason", Hi: 2, Values: []fsm.Value{{Name: "Gone"}, {Name: "Idle"}, {Name: "Kick"}}}
	why := []fsm.Param{{Name: "why", Type: reason}}
	spec := &fsm.Spec{Name: "session", Types: []*fsm.Type{reason}, Effects: []fsm.EffectKind{{Name: "CloseSocket", Params: why}}}
	for _, m := range []string{"Register", "Registered", "Remove", "Removed"} {
		spec.Messages = append(spec.Messages, fsm.Message{Name: m})
	}
	spec.Machines = []*fsm.Machine{proxyMachine(why), leaderMachine(reopens)}
	routes := func(there int) [][][]int { return [][][]int{{{there, there, there, there}}} }
	sys := &fsm.System{Name: "Cluster", Span: at(60),
		Instances: []*fsm.Instance{
			{Name: "proxy", Group: "proxy", Machine: 0, Peers: [][]int{{1}}, Routes: routes(0)},
			{Name: "leader", Group: "leader", Machine: 1, Peers: [][]int{{0}}, Routes: routes(1), Node: 1},
		},
		Nodes: []fsm.Node{{Name: "proxy", Instances: []int{0}}, {Name: "leader", Instances: []int{1}}},
		Links: []*fsm.Link{
			{Name: "proxy -> leader", To: 1, Kind: kind, Carries: []int{0, 2}, Capacity: 2, Lose: true, Duplicate: true, Reorder: true, Fair: true},
			{Name: "leader -> proxy", From: 1, Kind: kind, Carries: []int{1, 3}, Capacity: 2, Lose: true, Fair: true},
		},
		Crashes: []*fsm.Crash{{Instance: 0, AtMost: 1, Span: at(65)}},
	}
	sys.Properties = []*fsm.Property{{Name: "Orphan", Kind: fsm.Never, Text: "never Orphan: proxy in Closed && leader in Open", Span: at(68),
		P: &fsm.Expr{Op: fsm.OpAnd, Type: fsm.BoolType, Args: []*fsm.Expr{stateIs(0, 4), stateIs(1, 1)}}}}
	spec.Systems = []*fsm.System{sys}
	require.NoError(t, spec.Finish())
	return sys
}

func stateIs(instance int, state int) *fsm.Expr {
	return &fsm.Expr{Op: fsm.OpIn, Type: fsm.BoolType, Instance: instance, States: []int{state}}
}

func proxyMachine(why []fsm.Param) *fsm.Machine {
	b := newMachine("Proxy", 20, "Idle", "Opening", "Open", "Closing", "Closed!")
	b.m.Peers = []fsm.Peer{{Name: "leader", Machine: 1}}
	b.m.Timers = []fsm.Timer{{Name: "retry"}}
	tries := &fsm.Type{Kind: fsm.Int, Hi: 3}
	b.m.Vars = []fsm.Var{{Name: "tries", Type: tries, Init: []int64{0}}}
	b.event(fsm.Event{Kind: fsm.Input, Name: "Accept"})
	b.event(fsm.Event{Kind: fsm.Input, Name: "Hangup", Params: why})
	b.event(fsm.Event{Kind: fsm.Receive, Name: "Registered", Message: registered})
	b.event(fsm.Event{Kind: fsm.Receive, Name: "Removed", Message: removed})
	b.event(fsm.Event{Kind: fsm.Fire, Name: "retry"})
	hangup := []*fsm.Stmt{
		{Op: fsm.Do, Effect: 0, Args: []*fsm.Expr{{Op: fsm.OpParam, Type: why[0].Type}}}, send(remove), {Op: fsm.Start},
		{Op: fsm.Assign, Targets: []fsm.Target{{}}, Values: []*fsm.Expr{fsm.ConstExpr(tries, 1)}},
	}
	b.on("Idle", "Accept", "Opening", send(register))
	b.on("Opening", "Registered", "Open")
	b.on("Opening", "Hangup", "Closing", hangup...)
	b.on("Open", "Hangup", "Closing", hangup...)
	b.on("Closing", "retry", "", send(remove), &fsm.Stmt{Op: fsm.Start})
	b.on("Closing", "Removed", "Closed", &fsm.Stmt{Op: fsm.Stop})
	b.on("Closing", "Registered", "ignore")
	b.on("Closed", "Removed", "ignore")
	return b.m
}

func leaderMachine(reopens bool) *fsm.Machine {
	b := newMachine("Leader", 45, "Absent", "Open", "Gone!")
	b.m.Peers = []fsm.Peer{{Name: "proxy", Machine: 0}}
	b.event(fsm.Event{Kind: fsm.Receive, Name: "Register", Message: register})
	b.event(fsm.Event{Kind: fsm.Receive, Name: "Remove", Message: remove})
	b.on("Absent", "Register", "Open", send(registered))
	b.on("Absent", "Remove", "Gone", send(removed))
	b.on("Open", "Register", "", send(registered))
	b.on("Open", "Remove", "Gone", send(removed))
	b.on("Gone", "Remove", "", send(removed))
	if reopens {
		b.on("Gone", "Register", "Open", send(registered))
	} else {
		b.on("Gone", "Register", "ignore")
	}
	return b.m
}

// playOut takes the steps named as scenarios write them and gives the trace.
func playOut(t *testing.T, sys *fsm.System, steps ...string) *fsm.Trace {
	t.Helper()
	starts, err := fsm.Starts(sys)
	require.NoError(t, err)
	tr := &fsm.Trace{Start: *starts[0].Outcome.Joint, Begun: starts[0].Outcome, Loop: -1}
	now := &tr.Start
	for _, step := range steps {
		var taken *fsm.Choice
		var names []string
		for _, c := range fsm.Choices(sys, now) {
			names = append(names, c.Format(sys, now))
			if c.Format(sys, now) == step && taken == nil {
				taken = &c
			}
		}
		require.NotNil(t, taken, "%s is not among %v", step, names)
		out, err := fsm.Step(sys, now, *taken)
		tr.Steps = append(tr.Steps, fsm.TraceStep{Choice: *taken, Outcome: out})
		if err != nil {
			require.ErrorAs(t, err, &tr.Fails)
			return tr
		}
		now = out.Joint
	}
	return tr
}
