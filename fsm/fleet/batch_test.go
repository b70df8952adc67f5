package fleet_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm/fleet"
	"interlock/fsm/fleet/emitted/door"
)

// A batch against the same arrivals one by one: errors, what the host is told, of all sessions in one order, and what is left.
func TestABatchAgainstOneByOne(t *testing.T) {
	t.Run("embedded", func(t *testing.T) { rapid.Check(t, embedded.batches) })
	t.Run("house", func(t *testing.T) { rapid.Check(t, house.batches) })
	t.Run("office", func(t *testing.T) { rapid.Check(t, office.batches) })
}

func (s *subject[S, E, F]) batches(t *rapid.T) {
	var heard [2][]string
	var fleets [2]*fleet.Fleet[int, string, S, E, F]
	for i := range fleets {
		f, err := fleet.New(s.class, fleet.Options[int, string, S, E, F]{Host: func(step fleet.Step[int, string, S, E, F]) {
			heard[i] = append(heard[i], fmt.Sprint(step.Key, step.With, told(s, step)))
			if step.With == 3 { // the session is told of this one when the host has returned
				heard[i] = append(heard[i], fmt.Sprint(fleets[i].Fire(step.Key, s.calls[0].event)))
			}
		}})
		require.NoError(t, err)
		defer f.Close()
		fleets[i] = f
		for k := range 6 {
			require.NoError(t, f.Add(k, ""))
		}
	}
	arrival := rapid.Custom(func(t *rapid.T) fleet.Arrival[int, E] {
		return fleet.Arrival[int, E]{Key: rapid.IntRange(0, 6).Draw(t, "key"), With: rapid.IntRange(0, 3).Draw(t, "with"),
			Event: s.calls[rapid.IntRange(0, len(s.calls)-1).Draw(t, "event")].event}
	})
	for range 3 {
		batch := rapid.SliceOfN(arrival, 0, 50).Draw(t, "batch")
		tally := fleets[0].FireBatch(batch)
		taken := 0
		for _, a := range batch {
			err := fleets[1].FireWith(a.Key, a.Event, a.With)
			require.Equal(t, fmt.Sprint(err), fmt.Sprint(a.Err))
			if err == nil {
				taken++
			}
		}
		require.Equal(t, taken, tally.Taken)
		require.Equal(t, heard[1], heard[0])
		one, other := fleets[0].Stats(), fleets[1].Stats()
		require.Equal(t, other, one)
		for k := range 6 {
			a, _ := fleets[0].Get(k)
			b, _ := fleets[1].Get(k)
			require.Equal(t, b, a)
		}
	}
}

// The tally of a batch, with a session that waits for its host, one that is not there, and one that ends.
func TestWhatBecameOfABatch(t *testing.T) {
	var f *houseFleet
	var tally fleet.Tally
	bolt := door.HouseEvent{Kind: door.HouseOnDoorBolt}
	batch := []fleet.Arrival[int, door.HouseEvent]{{Key: 1, Event: pull}, {Key: 2, Event: pushDoor}, {Key: 2, Event: bolt}, {Key: 3, Event: pull},
		{Key: 1, Event: pushDoor}, {Key: 4, Event: bolt}, {Key: 4, Event: bolt}}
	f = houses(t, &door.HouseClass, houseOpts{Waiting: 1, Host: func(s houseStep) {
		if s.With == "go" {
			tally = f.FireBatch(batch)
		}
	}})
	for _, k := range []int{1, 2, 4} {
		require.NoError(t, f.Add(k, ""))
	}
	require.NoError(t, f.FireWith(1, pushDoor, "go"))
	require.Equal(t, fleet.Tally{Taken: 3, Refused: 1, Busy: 1}, tally)
	require.NoError(t, batch[0].Err)
	require.ErrorIs(t, batch[3].Err, fleet.ErrUnknown)
	require.ErrorIs(t, batch[4].Err, fleet.ErrBusy)
	require.ErrorIs(t, batch[6].Err, fleet.ErrUnknown)
}

// Batches from many goroutines, of the same sessions: each step is told of once, in order.
func TestBatchesFromManyGoroutines(t *testing.T) {
	const sessions, goroutines = 50, 32
	rounds := 200
	if testing.Short() {
		rounds = 40
	}
	last := make([]uint64, sessions)
	var told, taken atomic.Uint64
	f := houses(t, &door.HouseClass, houseOpts{Waiting: 1 << 20, KeepFinal: true, Host: func(s houseStep) {
		told.Add(1)
		if !s.Added && s.Seq != last[s.Key]+1 {
			panic(fmt.Sprint(s.Key, ": ", s.Seq, " after ", last[s.Key]))
		}
		last[s.Key] = s.Seq
	}})
	for k := range sessions {
		require.NoError(t, f.Add(k, ""))
	}
	var group sync.WaitGroup
	for g := range goroutines {
		group.Go(func() {
			at := uint64(g)*7919 + 1
			batch := make([]fleet.Arrival[int, door.HouseEvent], 40)
			for range rounds {
				for i := range batch {
					at = at*6364136223846793005 + 1442695040888963407
					batch[i] = fleet.Arrival[int, door.HouseEvent]{Key: int(at>>33) % sessions, Event: []door.HouseEvent{pushDoor, pull}[at>>40&1]}
				}
				taken.Add(uint64(f.FireBatch(batch).Taken))
			}
		})
	}
	group.Wait()
	require.Equal(t, taken.Load(), f.Stats().Steps)
	require.Equal(t, taken.Load()+sessions, told.Load())
}
