package property

import (
	"context"
	"testing"

	"github.com/looplab/fsm"
	"github.com/stretchr/testify/require"
)

// What a bridge to looplab/fsm rests on: an event that the current state does
// not know is an error that changes nothing, an event that stays is an error
// too (and means "taken"), and a guard is a callback that cancels.
func TestWhatLooplabAnswers(t *testing.T) {
	ctx := context.Background()
	full := false
	m := fsm.NewFSM("Open", fsm.Events{
		{Name: "Hangup", Src: []string{"Open"}, Dst: "Closing"},
		{Name: "Ping", Src: []string{"Open"}, Dst: "Open"},
		{Name: "Write", Src: []string{"Open"}, Dst: "Busy"},
	}, fsm.Callbacks{
		"before_Write": func(_ context.Context, e *fsm.Event) {
			if full {
				e.Cancel()
			}
		},
	})

	var stays fsm.NoTransitionError
	require.ErrorAs(t, m.Event(ctx, "Ping"), &stays)
	require.Equal(t, "Open", m.Current())

	full = true
	var canceled fsm.CanceledError
	require.ErrorAs(t, m.Event(ctx, "Write"), &canceled)
	require.Equal(t, "Open", m.Current())

	require.NoError(t, m.Event(ctx, "Hangup"))
	require.Equal(t, "Closing", m.Current())

	var refused fsm.InvalidEventError
	require.ErrorAs(t, m.Event(ctx, "Hangup"), &refused)
	require.Equal(t, "Closing", m.Current())
}
