//go:build !race

package fleet_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm/fleet"
	"interlock/fsm/fleet/emitted/door"
	"interlock/fsm/fleet/emitted/idle"
)

// An event allocates nothing: taken or refused, with a host, with a timer that starts again.
func TestFireAllocatesNothing(t *testing.T) {
	told := 0
	f := houses(t, &door.HouseClass, houseOpts{Host: func(s houseStep) { told += s.Effects.Len() }})
	require.NoError(t, f.Add(1, "north"))
	require.Zero(t, testing.AllocsPerRun(1000, func() {
		if f.Fire(1, pushDoor) != nil || f.Fire(1, pull) != nil || f.Fire(1, pull) == nil || f.Fire(2, pull) != fleet.ErrUnknown {
			panic("another answer")
		}
	}))
	require.NotZero(t, told)

	c, err := fleet.New(&idle.ConnClass, sessionOpts{Host: func(s sessionStep) { told += s.Effects.Len() }})
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.Add(key{1}, 0))
	require.Zero(t, testing.AllocsPerRun(1000, func() {
		if c.Fire(key{1}, frame) != nil {
			panic("refused")
		}
	}))
}
