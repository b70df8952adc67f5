package looplab

import (
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

// lamp is a descriptor as generated code has one: off, on, and how often it was switched, up to a limit, which no state shows. The
// counter of steps is in the high bits.
func lamp(limit uint64) *fsm.Class[uint64, string, struct{}] {
	const seq = 1 << 32
	return &fsm.Class[uint64, string, struct{}]{
		Name: "Lamp", States: []string{"Off", "On", "Broken"}, SeqBits: 32,
		Start: func() (uint64, struct{}, error) { return 0, struct{}{}, nil },
		State: func(s uint64) int { return int(s & 3) },
		Word:  func(s uint64) uint64 { return s },
		Step: func(s uint64, event string) (uint64, struct{}, error) {
			switch state, times := s&3, s%seq>>2; {
			case state == 2 || event == "look" && times%2 == 0:
				return s, struct{}{}, fsm.ErrRefused
			case event == "look":
				return s + seq, struct{}{}, nil
			case times == limit:
				return s&^3 | 2 + seq, struct{}{}, nil
			default:
				return (s ^ 1) + seq + 4, struct{}{}, nil
			}
		},
	}
}

// A variable that decides where an event leads: it is refused, or split.
func TestClassWithSeveralDestinations(t *testing.T) {
	o := ClassOptions[string, struct{}]{Events: map[string]string{"press": "press", "look": "look"}}
	_, err := NewOfClass(lamp(3), o)
	var no *NotCarried
	require.ErrorAs(t, err, &no)
	require.Equal(t, SeveralDestinations, no.Reasons[0].Feature)
	require.Contains(t, err.Error(), "in state On the event press leads to 2 states, Off among them")

	o.Split = true
	m, err := NewOfClass(lamp(3), o)
	require.NoError(t, err)
	ctx := t.Context()
	for _, want := range []string{"On", "Off", "On"} {
		require.NoError(t, Fire(ctx, m, "press"))
		require.Equal(t, want, m.Current())
		require.Equal(t, want == "On", Taken(Fire(ctx, m, "look")))
	}
	require.True(t, Refused(m.Event(ctx, "look/Off")))
	require.NoError(t, Fire(ctx, m, "press"))
	require.Equal(t, "Broken", m.Current())
	require.True(t, Refused(Fire(ctx, m, "press")))

	m.SetState("On")
	require.ErrorIs(t, Fire(ctx, m, "press"), ErrStateSet)
}

// A table is not made of a system without an end.
func TestClassWithTooManyValues(t *testing.T) {
	_, err := NewOfClass(lamp(maxValues), ClassOptions[string, struct{}]{Events: map[string]string{"press": "press"}})
	require.ErrorIs(t, err, ErrTooLarge)
}
