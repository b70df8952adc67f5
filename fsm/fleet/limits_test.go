package fleet_test

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"interlock/fsm/fleet"
	"interlock/fsm/fleet/emitted/door"
	"interlock/fsm/fleet/emitted/pool"
)

// A timer that never fires does not after a restart either.
func TestNeverIsNever(t *testing.T) {
	for _, d := range []time.Duration{math.MaxInt64, math.MaxInt64 - 1, math.MaxInt64 - 50*time.Millisecond, 290 * 365 * 24 * time.Hour} {
		now := time.Now()
		o := officeOpts{Now: func() time.Time { return now }, Durations: map[string]time.Duration{"desk.dusk": d}}
		a, err := fleet.New(&pool.OfficeClass, o)
		require.NoError(t, err)
		defer a.Close()
		require.NoError(t, a.Add(1, ""))
		require.NoError(t, a.Fire(1, pool.OfficeEvent{Kind: pool.OfficeOnDeskOpen}))
		require.Equal(t, 1, a.Stats().Timers)
		now = now.Add(24 * time.Hour)
		require.Zero(t, a.Advance())
		var stored bytes.Buffer
		_, err = a.Snapshot(&stored)
		require.NoError(t, err)
		b, err := fleet.New(&pool.OfficeClass, o)
		require.NoError(t, err)
		defer b.Close()
		_, err = b.Restore(&stored)
		require.NoError(t, err)
		now = now.Add(24 * time.Hour)
		require.Zero(t, b.Advance(), d)
		require.Equal(t, 1, b.Stats().Timers)
	}
}

// What is stored can be restored, however long the keys are.
func TestLongKeysAreStored(t *testing.T) {
	type long = fleet.Options[string, string, door.House, door.HouseEvent, door.HouseEffects]
	a, err := fleet.New(&door.HouseClass, long{})
	require.NoError(t, err)
	defer a.Close()
	key := func(i, size int) string { return strings.Repeat(string(rune('a'+i%26)), size+i/26) }
	for i := range 3 {
		require.NoError(t, a.Add(key(i, 7<<20), ""))
	}
	require.NoError(t, a.Add("short", strings.Repeat("x", 7<<20)))
	for i := range 100 {
		require.NoError(t, a.Add(key(i, 1<<19), ""))
	}
	var stored bytes.Buffer
	n, err := a.Snapshot(&stored)
	require.NoError(t, err)
	b, err := fleet.New(&door.HouseClass, long{})
	require.NoError(t, err)
	defer b.Close()
	restored, err := b.Restore(&stored)
	require.NoError(t, err)
	require.Equal(t, n, restored)

	require.NoError(t, a.Add(key(0, 17<<20), ""))
	_, err = a.Snapshot(&stored)
	require.ErrorContains(t, err, "cannot be stored")
}

// What is no state, owner or tick is an answer, and leaves no lock behind.
func TestOutsideTheLimits(t *testing.T) {
	f := houses(t, &door.HouseClass, houseOpts{})
	require.NoError(t, f.Add(1, ""))
	for _, state := range []int{-1, len(door.HouseClass.States), math.MaxInt} {
		require.Zero(t, f.Count(state))
	}
	require.Equal(t, 1, f.Len())
	_, err := fleet.New(&door.HouseClass, houseOpts{Tick: time.Nanosecond})
	require.ErrorIs(t, err, fleet.ErrOptions)
	_, err = fleet.New(&pool.OfficeClass, officeOpts{Durations: map[string]time.Duration{"dusk": time.Hour}})
	require.ErrorIs(t, err, fleet.ErrOptions)
	require.ErrorContains(t, err, `Office has no timer "dusk"; it has worker[0].work, worker[0].patience, `)
	_, err = fleet.New(&pool.OfficeClass, officeOpts{Durations: map[string]time.Duration{"desk.dusk": 0}})
	require.ErrorContains(t, err, "desk.dusk is 0s: a timer runs longer than 0")
	floats, err := fleet.New(&door.HouseClass, fleet.Options[int, float64, door.House, door.HouseEvent, door.HouseEffects]{})
	require.NoError(t, err)
	defer floats.Close()
	require.ErrorIs(t, floats.Add(1, math.NaN()), fleet.ErrKey)
	require.Zero(t, floats.Len())
}

// An owner that Go cannot compare is a mistake of the caller's, and holds up nobody else.
func TestAnOwnerThatCannotBeCompared(t *testing.T) {
	f, err := fleet.New(&door.HouseClass, fleet.Options[int, any, door.House, door.HouseEvent, door.HouseEffects]{})
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Add(1, "a"))
	require.Panics(t, func() { _ = f.Add(2, []int{}) })
	require.Panics(t, func() { f.Owned([]int{}) })
	require.Panics(t, func() { f.FireOwner([]int{}, pushDoor) })
	require.Panics(t, func() { _ = f.SetOwner(1, []int{}) })
	require.Equal(t, 1, f.Len())
	require.Equal(t, 1, f.Owned("a"))
	require.NoError(t, f.Fire(1, pushDoor))
}

// What comes after Close changes nothing: a fleet that is saved then is whole, whoever still hangs up.
func TestAClosedFleetStaysAsItIs(t *testing.T) {
	f := houses(t, &door.HouseClass, houseOpts{})
	require.NoError(t, f.Add(1, "a"))
	f.Close()
	require.ErrorIs(t, f.Remove(1), fleet.ErrClosed)
	require.ErrorIs(t, f.SetOwner(1, "b"), fleet.ErrClosed)
	require.ErrorIs(t, f.Add(2, ""), fleet.ErrClosed)
	require.ErrorIs(t, f.Fire(1, pushDoor), fleet.ErrClosed)
	require.Equal(t, fleet.Tally{}, f.FireOwner("a", pushDoor))
	view, ok := f.Get(1)
	require.True(t, ok)
	require.Equal(t, "a", view.Owner)
	require.Equal(t, 1, f.Len())
}
