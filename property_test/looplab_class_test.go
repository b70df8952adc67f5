package property

import (
	"context"
	"testing"

	lab "github.com/looplab/fsm"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm/looplab"
	"interlock/machines/session"
)

// closing are the events of the generated session, by the names that looplab is to know.
var closing = map[string]session.EmbeddedEvent{
	"accept": {Kind: session.EmbeddedOnProxyAccept},
	"gone":   {Kind: session.EmbeddedOnProxyHangup, Why: session.ReasonGone},
	"kicked": {Kind: session.EmbeddedOnProxyHangup, Why: session.ReasonKick},
	"retry":  session.EmbeddedClass.Fire(0),
}

// A live FSM of generated code does what the generated code does, and orders it when the state has changed.
func TestLiveFSMOfGeneratedCode(t *testing.T) {
	names := []string{"accept", "gone", "kicked", "retry"}
	rapid.Check(t, func(t *rapid.T) {
		var performed []session.EmbeddedEffects
		entered := 0
		m, err := looplab.NewOfClass(&session.EmbeddedClass, looplab.ClassOptions[session.EmbeddedEvent, session.EmbeddedEffects]{
			Events:    closing,
			Perform:   func(_ context.Context, e session.EmbeddedEffects) { performed = append(performed, e) },
			Callbacks: lab.Callbacks{"enter_state": func(context.Context, *lab.Event) { entered++ }},
		})
		require.NoError(t, err)
		s, out, err := session.NewEmbedded()
		require.NoError(t, err)
		require.Equal(t, []session.EmbeddedEffects{out}, performed)
		for range 10 {
			require.Equal(t, s.State().String(), m.Current())
			name := rapid.SampledFrom(names).Draw(t, "event")
			performed, entered = nil, 0
			out, want := s.Step(closing[name])
			err := m.Event(t.Context(), name)
			require.Equal(t, want == nil, looplab.Taken(err), "%s: %v", name, err)
			require.Equal(t, want != nil, looplab.Refused(err), "%s: %v", name, err)
			if want == nil {
				require.Equal(t, []session.EmbeddedEffects{out}, performed)
			}
		}
	})
}

// What generated code orders needs somebody to do it, and a start with arguments has to be made by the host.
func TestGeneratedCodeThatIsNotCarried(t *testing.T) {
	_, err := looplab.NewOfClass(&session.EmbeddedClass, looplab.ClassOptions[session.EmbeddedEvent, session.EmbeddedEffects]{Events: closing})
	var no *looplab.NotCarried
	require.ErrorAs(t, err, &no)
	require.Equal(t, looplab.Effects, no.Reasons[0].Feature)

	needs := session.EmbeddedClass
	needs.Start = nil
	_, err = looplab.NewOfClass(&needs, looplab.ClassOptions[session.EmbeddedEvent, session.EmbeddedEffects]{Events: closing})
	require.ErrorAs(t, err, &no)
	require.Equal(t, looplab.Parameters, no.Reasons[0].Feature)
}
