package property

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	lab "github.com/looplab/fsm"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
	"interlock/fsm/looplab"
	"interlock/internal/randspec"
	"interlock/spec"
)

// Machines of random specs as live looplab FSMs. What is refused has the feature that it is refused for, and what has none of
// them is not refused. A live one is driven beside the same machine in its system, with its peers: the same events are taken, the
// same states follow, the same effects, messages and timers are ordered.
func TestLiveMachinesAreThoseOfTheSpec(t *testing.T) {
	features := []randspec.Options{{}, {Wild: true}, {Nested: true, Wild: true, Params: true}, {Arrays: true, Nested: true}, {Free: true, Wild: true}}
	live, kept := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		text := randomText(t, rapid.SampledFrom(features).Draw(t, "features"))
		s, diagnostics := spec.Compile([]spec.Source{{Name: "random.fsm", Text: []byte(text)}}, nil)
		require.False(t, spec.HasErrors(diagnostics))
		sys := s.Systems[0]
		i := rapid.IntRange(0, len(sys.Instances)-1).Draw(t, "instance")
		p := &pair{sys: sys, instance: i, split: rapid.IntRange(0, 3).Draw(t, "split") > 0}
		m, err := looplab.New(s, sys.MachineOf(i).Name, looplab.Options{Split: p.split,
			Perform: func(_ context.Context, e looplab.Effect) { p.ordered = append(p.ordered, e) },
			Allow:   func(context.Context, string, []string) bool { return p.allow == 1 }})
		var no *looplab.NotCarried
		if errors.As(err, &no) {
			justified(t, sys, i, no, p.split)
			kept++
			return
		}
		require.NoError(t, err)
		require.Empty(t, hindrances(sys, i, p.split), text)
		live++
		p.drive(t, m)
	})
	t.Logf("%d machines were live, %d refused", live, kept)
	if !testing.Short() { // a fifth of the tests, and any of them may be of one kind
		require.NotZero(t, live)
		require.NotZero(t, kept)
	}
}

// justified holds each reason against the spec.
func justified(t *rapid.T, sys *fsm.System, instance int, no *looplab.NotCarried, split bool) {
	there := hindrances(sys, instance, split)
	if len(no.Reasons) == 1 && no.Reasons[0].Feature == looplab.Start {
		return // the start is random as well: whether it fails is asked below, where it does not
	}
	var named []looplab.Feature
	for _, r := range no.Reasons {
		require.NotEmpty(t, r.Text)
		require.False(t, r.Span.IsZero(), r.Text)
		if !slices.Contains(named, r.Feature) {
			named = append(named, r.Feature)
		}
	}
	slices.Sort(named)
	require.Equal(t, there, named, no.Error())
}

// hindrances finds, by other means than package looplab, what stands in the way of a machine.
func hindrances(sys *fsm.System, instance int, split bool) []looplab.Feature {
	m := sys.MachineOf(instance)
	found := map[looplab.Feature]bool{}
	for _, v := range m.Vars {
		found[looplab.SharedVariables] = found[looplab.SharedVariables] || v.Shared
		found[looplab.FreeChoices] = found[looplab.FreeChoices] || v.Any
	}
	see := func(e *fsm.Expr) {
		found[looplab.FreeChoices] = found[looplab.FreeChoices] || e.Op == fsm.OpAny
		found[looplab.Index] = found[looplab.Index] || e.Op == fsm.OpSelf
	}
	leads := map[[2]int][]int{}
	for _, tr := range m.Transitions {
		if tr.Event < 0 {
			continue
		}
		to := tr.Target
		if to == fsm.Stay || tr.Answer != fsm.Take {
			to = tr.State
		}
		if key := [2]int{tr.State, tr.Event}; !slices.Contains(leads[key], to) {
			leads[key] = append(leads[key], to)
		}
		walkExpr(tr.Guard, see)
		walkBody(tr.Body, see)
	}
	walkBody(m.Entry, see)
	for _, to := range leads {
		found[looplab.SeveralDestinations] = found[looplab.SeveralDestinations] || len(to) > 1 && !split
	}
	var all []looplab.Feature
	for f, there := range found {
		if there {
			all = append(all, f)
		}
	}
	slices.Sort(all)
	return all
}

func walkBody(body []*fsm.Stmt, see func(*fsm.Expr)) {
	for _, s := range body {
		walkExpr(s.Cond, see)
		for _, list := range [][]*fsm.Expr{s.Values, s.Args, {s.Element}} {
			for _, e := range list {
				walkExpr(e, see)
			}
		}
		walkBody(s.Then, see)
		walkBody(s.Else, see)
	}
}

// pair is a live machine beside the same one in its system.
type pair struct {
	sys      *fsm.System
	instance int
	split    bool
	allow    int64
	ordered  []looplab.Effect
}

// drive sends both the same events. Links are emptied before each, large, and deliver everything: what happens to messages is not the machine's.
func (p *pair) drive(t *rapid.T, m *lab.FSM) {
	starts, err := fsm.Starts(p.sys)
	require.NoError(t, err)
	if len(starts) != 1 || starts[0].Fails != nil {
		t.Skip("the system does not start")
	}
	for _, l := range p.sys.Links {
		l.Kind, l.Capacity = fsm.Network, 100
	}
	machine, now := p.sys.MachineOf(p.instance), starts[0].Outcome.Joint
	p.agree(t, m, starts[0].Outcome)
	for range 25 {
		e := rapid.IntRange(0, len(machine.Events)-1).Draw(t, "event")
		event := machine.Events[e]
		var args []int64
		var given []any
		for _, param := range event.Params {
			v := int64(rapid.IntRange(int(param.Type.Lo), int(param.Type.Hi)).Draw(t, "argument"))
			args, given = append(args, v), append(given, v)
		}
		p.allow, p.ordered = int64(rapid.IntRange(0, 1).Draw(t, "allow")), nil
		now.Links = make([][]fsm.Packet, len(p.sys.Links))
		out, arrives := p.step(now, e, args)
		if !arrives {
			continue
		}
		if p.split {
			err = looplab.Fire(t.Context(), m, event.Name, given...)
		} else {
			err = m.Event(t.Context(), event.Name, given...)
		}
		require.Equal(t, out != nil, looplab.Taken(err), "%s: %v", event.Name, err)
		if out == nil {
			require.True(t, looplab.Refused(err) || errors.Is(err, looplab.ErrDeferred), "%v", err)
			require.Empty(t, p.ordered)
			require.Equal(t, machine.States[now.States[p.instance]].Name, m.Current())
			continue
		}
		p.agree(t, m, out)
		now = out.Joint
	}
}

// step is what the system does; nil where the machine does not take the event. A message that nobody sends to it never arrives.
func (p *pair) step(now *fsm.Joint, e int, args []int64) (out *fsm.Outcome, arrives bool) {
	c := fsm.Choice{Kind: fsm.Handle, Instance: p.instance, Event: e, Args: args}
	event := p.sys.MachineOf(p.instance).Events[e]
	arrives = event.Kind != fsm.Receive
	if !arrives {
		for l, link := range p.sys.Links {
			if link.To == p.instance && slices.Contains(link.Carries, event.Message) {
				now.Links[l] = []fsm.Packet{{Message: event.Message, Args: args}}
				c, arrives = fsm.Choice{Kind: fsm.Deliver, Link: l}, true
				break
			}
		}
	}
	for _, picks := range [][]int64{{p.allow}, nil} {
		c.Picks = picks
		if out, err := fsm.Step(p.sys, now, c); err == nil {
			return out, arrives
		}
	}
	return nil, arrives
}

// agree compares the state, and what was ordered: effects, messages and timers, each in their order.
func (p *pair) agree(t *rapid.T, m *lab.FSM, out *fsm.Outcome) {
	machine := p.sys.MachineOf(p.instance)
	require.Equal(t, machine.States[out.Joint.States[p.instance]].Name, m.Current())
	var effects, sent, started []string
	for _, x := range out.Effects {
		if x.Instance == p.instance {
			kind := p.sys.Spec.Effects[x.Effect]
			effects = append(effects, "do "+kind.Name+called(kind.Params, x.Args))
		}
	}
	for _, x := range out.Sent {
		if link := p.sys.Links[x.Link]; link.From == p.instance {
			message := p.sys.Spec.Messages[x.Packet.Message]
			sent = append(sent, "send "+p.sys.Instances[link.To].Name+" "+message.Name+called(message.Fields, x.Packet.Args))
		}
	}
	for _, x := range out.Started {
		if x.Instance == p.instance {
			started = append(started, "start "+machine.Timers[x.Timer].Name)
		}
	}
	got := map[looplab.Op][]string{}
	for _, e := range p.ordered {
		got[e.Op] = append(got[e.Op], e.String())
		if e.Op == looplab.StartTimer {
			require.Equal(t, machine.Timers[0].Duration, e.Duration)
		}
	}
	require.Equal(t, effects, got[looplab.Do])
	require.Equal(t, sent, got[looplab.Send])
	require.Equal(t, started, got[looplab.StartTimer])
}

// called writes arguments as the language does.
func called(params []fsm.Param, args []int64) string {
	if len(args) == 0 {
		return ""
	}
	var all []string
	for i, v := range args {
		all = append(all, params[i].Type.Format(v))
	}
	return fmt.Sprintf("(%s)", strings.Join(all, ", "))
}
