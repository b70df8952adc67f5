package property

import (
	"context"
	"errors"
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

// Cancelling behind the change of state changes nothing, and a context that is over wedges the FSM: docs/warts.md tells both.
func TestWhatSurprisesInLooplab(t *testing.T) {
	late, given := errors.New("late"), context.Background()
	m := fsm.NewFSM("Open", fsm.Events{
		{Name: "Hangup", Src: []string{"Open"}, Dst: "Closing"},
		{Name: "Reopen", Src: []string{"Closing"}, Dst: "Open"},
		{Name: "Hangup", Src: []string{"Closing"}, Dst: "Lost"},
		{Name: "Hangup", Src: []string{"Closing"}, Dst: "Closed"},
	}, fsm.Callbacks{
		"enter_Closing":  func(_ context.Context, e *fsm.Event) { e.Cancel(late) },
		"enter_Nowhere":  func(context.Context, *fsm.Event) {},
		"before_Hangups": func(_ context.Context, e *fsm.Event) { e.Cancel() },
	})
	require.ErrorIs(t, m.Event(given, "Hangup"), late)
	require.Equal(t, "Closing", m.Current())
	require.ElementsMatch(t, []string{"Hangup", "Reopen"}, m.AvailableTransitions())

	over, cancel := context.WithCancel(given)
	cancel()
	require.ErrorIs(t, m.Event(over, "Hangup"), context.Canceled)
	require.Equal(t, "Closing", m.Current())
	var under fsm.InTransitionError
	require.ErrorAs(t, m.Event(given, "Hangup"), &under)
	require.ErrorAs(t, m.Event(given, "Reopen"), &under)
	require.False(t, m.Can("Reopen"))

	later := fsm.NewFSM("Closing", fsm.Events{
		{Name: "Hangup", Src: []string{"Closing"}, Dst: "Lost"},
		{Name: "Hangup", Src: []string{"Closing"}, Dst: "Closed"},
	}, nil)
	require.NoError(t, later.Event(given, "Hangup"))
	require.Equal(t, "Closed", later.Current())
}
