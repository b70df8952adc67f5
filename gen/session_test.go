package gen_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

// session is the spec of the language's first page, put together by hand.
func session(t *testing.T) *fsm.Spec {
	reason := &fsm.Type{Kind: fsm.Enum, Name: "Reason", Lo: 0, Hi: 2, Values: []fsm.Value{{Name: "Gone"}, {Name: "Idle"}, {Name: "Kick"}}}
	why := fsm.Param{Name: "why", Type: reason}
	send := func(message int) *fsm.Stmt { return &fsm.Stmt{Op: fsm.Send, Message: message} }
	start, stop := &fsm.Stmt{Op: fsm.Start}, &fsm.Stmt{Op: fsm.Stop}
	closeSocket := &fsm.Stmt{Op: fsm.Do, Args: []*fsm.Expr{{Op: fsm.OpParam, Type: reason}}}
	const register, registered, remove, removed = 0, 1, 2, 3
	proxy := &fsm.Machine{Name: "Proxy", Doc: "Proxy is the connection on the node that holds the client's socket.",
		Peers:  []fsm.Peer{{Name: "leader", Machine: 1}},
		Timers: []fsm.Timer{{Name: "retry", Duration: 500 * time.Millisecond}},
		Events: []fsm.Event{{Kind: fsm.Input, Name: "Accept"}, {Kind: fsm.Input, Name: "Hangup", Params: []fsm.Param{why}},
			{Kind: fsm.Receive, Name: "Registered", Message: registered}, {Kind: fsm.Receive, Name: "Removed", Message: removed},
			{Kind: fsm.Fire, Name: "retry"}},
		States: []fsm.State{{Name: "Idle"}, {Name: "Opening"}, {Name: "Open"}, {Name: "Closing"}, {Name: "Closed", Final: true}},
	}
	add := func(m *fsm.Machine, state, event int, answer fsm.Answer, target int, body ...*fsm.Stmt) {
		if m.States[state].On == nil {
			m.States[state].On = make([][]fsm.Level, len(m.Events))
		}
		m.States[state].On[event] = append(m.States[state].On[event], fsm.Level{len(m.Transitions)})
		m.Transitions = append(m.Transitions, &fsm.Transition{Source: len(m.Transitions), State: state, Event: event, Answer: answer, Target: target, Body: body})
	}
	add(proxy, 0, 0, fsm.Take, 1, send(register))
	add(proxy, 1, 2, fsm.Take, 2)
	add(proxy, 1, 1, fsm.Take, 3, closeSocket, send(remove), start)
	add(proxy, 2, 1, fsm.Take, 3, closeSocket, send(remove), start)
	add(proxy, 3, 4, fsm.Take, fsm.Stay, send(remove), start)
	add(proxy, 3, 3, fsm.Take, 4, stop)
	for state := range 5 {
		for _, event := range []int{2, 3} {
			add(proxy, state, event, fsm.Ignore, fsm.Stay)
		}
	}
	leader := &fsm.Machine{Name: "Leader", Doc: "Leader is the logical connection on the node that leads the user's slot.",
		Peers:  []fsm.Peer{{Name: "proxy", Machine: 0}},
		Events: []fsm.Event{{Kind: fsm.Receive, Name: "Register", Message: register}, {Kind: fsm.Receive, Name: "Remove", Message: remove}},
		States: []fsm.State{{Name: "Absent"}, {Name: "Open"}, {Name: "Gone", Final: true}},
	}
	add(leader, 0, 0, fsm.Take, 1, send(registered))
	add(leader, 0, 1, fsm.Take, 2, send(removed))
	add(leader, 1, 0, fsm.Take, fsm.Stay, send(registered))
	add(leader, 1, 1, fsm.Take, 2, send(removed))
	add(leader, 2, 1, fsm.Take, fsm.Stay, send(removed))
	add(leader, 2, 0, fsm.Ignore, fsm.Stay)
	embedded := &fsm.System{Name: "Embedded",
		Instances: []*fsm.Instance{
			{Name: "proxy", Group: "proxy", Machine: 0, Peers: [][]int{{1}}, Routes: [][][]int{{{0, 0, 0, 0}}}},
			{Name: "leader", Group: "leader", Machine: 1, Peers: [][]int{{0}}, Routes: [][][]int{{{1, 1, 1, 1}}}}},
		Links: []*fsm.Link{{Name: "proxy -> leader", From: 0, To: 1, Kind: fsm.Atomic, Carries: []int{0, 2}},
			{Name: "leader -> proxy", From: 1, To: 0, Kind: fsm.Atomic, Carries: []int{1, 3}}},
		Nodes: []fsm.Node{{Name: "node", Instances: []int{0, 1}}},
	}
	spec := &fsm.Spec{Name: "session", Digest: "sha256:0", Files: []string{"session.fsm"}, Types: []*fsm.Type{reason},
		Messages: []fsm.Message{{Name: "Register"}, {Name: "Registered"}, {Name: "Remove"}, {Name: "Removed"}},
		Effects:  []fsm.EffectKind{{Name: "CloseSocket", Doc: "CloseSocket tells the host to shut the client's socket.", Params: []fsm.Param{why}}},
		Machines: []*fsm.Machine{proxy, leader}, Systems: []*fsm.System{embedded}}
	require.NoError(t, spec.Finish())
	return spec
}
