package fsm_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

func TestRefusalSaysWhoWhatAndWhy(t *testing.T) {
	r := fsm.NewRefusals("Proxy", []string{"Idle", "Open"}, []string{"Hangup"})
	err := r.Refuse(1, 0, fsm.CauseState)
	require.EqualError(t, err, "fsm: Proxy in Open refuses Hangup: no transition is enabled")
	require.ErrorIs(t, err, fsm.ErrRefused)
	require.NotErrorIs(t, err, fsm.ErrSpecChanged)
	var refusal *fsm.Refusal
	require.True(t, errors.As(err, &refusal))
	require.Equal(t, fsm.Refusal{Machine: "Proxy", State: "Open", Event: "Hangup", Cause: fsm.CauseState}, *refusal)
	require.EqualError(t, r.Start(fsm.CauseArgument), "fsm: Proxy cannot start: an argument is out of range")
	require.EqualError(t, r.Refuse(7, -1, fsm.CauseTimer), "fsm: Proxy in ? refuses ?: the timer is not armed")
}

func TestRefusalAllocatesNothing(t *testing.T) {
	r := fsm.NewRefusals("Proxy", []string{"Idle"}, []string{"Hangup"})
	var err error
	allocations := testing.AllocsPerRun(100, func() { err = r.Refuse(0, 0, fsm.CauseState) })
	require.Zero(t, allocations)
	require.Error(t, err)
	require.Same(t, r.Refuse(0, 0, fsm.CauseState), err, "the same error each time")
}

func TestPlainRefusals(t *testing.T) {
	r := fsm.NewRefusals("Proxy", []string{"Idle", "Open"}, []string{"Accept", "Hangup"})
	plain := r.Plain()
	require.Len(t, plain, 6)
	require.Equal(t, fsm.Refusal{Machine: "Proxy", State: "Open", Event: "Accept", Cause: fsm.CauseState}, *plain[1])
	require.EqualError(t, plain[2], r.Refuse(0, 1, fsm.CauseState).Error())
	require.EqualError(t, plain[5], r.Refuse(1, 2, fsm.CauseArgument).Error())
	require.ErrorIs(t, plain[5], fsm.ErrRefused)
}

func TestRangesFailOnceAndForAll(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(*fsm.Ranges) int64
		want int64
		fail bool
	}{
		"in":            {func(r *fsm.Ranges) int64 { return r.In(3, 0, 3) }, 3, false},
		"above":         {func(r *fsm.Ranges) int64 { return r.In(4, 1, 3) }, 1, true},
		"below":         {func(r *fsm.Ranges) int64 { return r.In(0, 1, 3) }, 1, true},
		"index":         {func(r *fsm.Ranges) int64 { return int64(r.Index(1, 2)) }, 1, false},
		"index past":    {func(r *fsm.Ranges) int64 { return int64(r.Index(2, 2)) }, 0, true},
		"div":           {func(r *fsm.Ranges) int64 { return r.Div(-7, 2) }, -3, false},
		"div by zero":   {func(r *fsm.Ranges) int64 { return r.Div(7, 0) }, 0, true},
		"rem":           {func(r *fsm.Ranges) int64 { return r.Rem(-7, 2) }, -1, false},
		"rem by zero":   {func(r *fsm.Ranges) int64 { return r.Rem(7, 0) }, 0, true},
		"shl":           {func(r *fsm.Ranges) int64 { return r.Shl(1, 62) }, 1 << 62, false},
		"shl too far":   {func(r *fsm.Ranges) int64 { return r.Shl(5, 63) }, 5, true},
		"shr":           {func(r *fsm.Ranges) int64 { return r.Shr(8, 2) }, 2, false},
		"shr backwards": {func(r *fsm.Ranges) int64 { return r.Shr(8, -1) }, 8, true},
		"bit":           {func(r *fsm.Ranges) int64 { return r.Bit(5, 3, 6) }, 4, false},
		"bit outside":   {func(r *fsm.Ranges) int64 { return r.Bit(7, 3, 6) }, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			var r fsm.Ranges
			require.Equal(t, c.want, c.do(&r))
			require.Equal(t, c.fail, r.Failed())
			r.In(0, 0, 0)
			require.Equal(t, c.fail, r.Failed(), "a later success forgives nothing")
		})
	}
	require.True(t, fsm.Member(4, 5, 3, 6))
	require.False(t, fsm.Member(4, 4, 3, 6))
	require.False(t, fsm.Member(-1, 7, 3, 6))
	require.False(t, fsm.Member(-1, 2, 3, 6))
	require.EqualValues(t, 2, fsm.Count(true, false, true))
	require.Equal(t, "b", fsm.Cond(false, "a", "b"))
}
