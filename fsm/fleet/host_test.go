package fleet_test

import (
	"flag"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
	"interlock/fsm/fleet"
	"interlock/fsm/fleet/emitted/door"
)

var pull = door.HouseEvent{Kind: door.HouseOnDoorPull}

// While the host of a session is slow, its events are taken at once and told of later, up to a bound; other sessions and readers
// notice nothing.
func TestASlowHostHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		var told []string
		f, err := fleet.New(&door.HouseClass, houseOpts{Waiting: 4, Host: func(s houseStep) {
			if s.Key == 1 && !s.Added {
				<-gate
				told = append(told, fmt.Sprint(s.Seq, " ", s.Event, " ", s.With))
			}
		}})
		require.NoError(t, err)
		defer f.Close()
		require.NoError(t, f.Add(1, ""))
		require.NoError(t, f.Add(2, ""))
		go func() { _ = f.FireWith(1, pushDoor, "first") }()
		synctest.Wait()
		for i := range 4 {
			require.NoError(t, f.FireWith(1, []door.HouseEvent{pull, pushDoor}[i%2], i))
		}
		before, _ := f.Get(1)
		require.ErrorIs(t, f.Fire(1, pull), fleet.ErrBusy)
		require.Equal(t, fleet.Tally{Taken: 1, Busy: 1}, f.FireWhere(func(door.House) bool { return true }, pushDoor))
		after, _ := f.Get(1)
		require.Equal(t, before, after)
		require.NoError(t, f.Fire(2, pull))
		require.Equal(t, 4, f.Stats().Waiting)
		require.Equal(t, uint64(2), f.Stats().Busy)
		require.Empty(t, told)
		close(gate)
		synctest.Wait()
		require.Equal(t, []string{"1 door.Push first", "2 door.Pull 0", "3 door.Push 1", "4 door.Pull 2", "5 door.Push 3"}, told)
		require.Zero(t, f.Stats().Waiting)
	})
}

// While too many steps wait, what is urgent has room of its own, and what ends the session is taken in any case.
func TestWhatIsUrgentIsNotRefused(t *testing.T) {
	var f *houseFleet
	all, bolt := false, door.HouseEvent{Kind: door.HouseOnDoorBolt}
	fire := func(key int, want error, events ...door.HouseEvent) {
		for _, event := range events {
			require.Equal(t, want, f.Fire(key, event))
		}
	}
	f = houses(t, &door.HouseClass, houseOpts{Waiting: 2, Urgent: func(e door.HouseEvent) bool {
		f.Len() // no lock is held
		return all || e == pull
	}, Host: func(s houseStep) {
		switch s.With {
		case "urgent":
			fire(1, nil, pushDoor, pushDoor)
			fire(1, fleet.ErrBusy, pushDoor)
			fire(1, nil, pull)
			fire(1, fleet.ErrBusy, pushDoor)
			all = true
			require.Equal(t, fleet.Tally{Taken: 1}, f.FireOwner("ann", pushDoor))
			fire(1, fleet.ErrBusy, pull)
			require.Equal(t, fleet.Tally{Busy: 1}, f.FireOwner("ann", pushDoor))
			all = false
		case "last":
			fire(2, nil, pull, pushDoor, pull)
			fire(2, fleet.ErrBusy, pushDoor)
			fire(2, nil, bolt)
			fire(2, fleet.ErrEnded, pushDoor)
		}
	}})
	require.NoError(t, f.Add(1, "ann"))
	require.NoError(t, f.Add(2, ""))
	require.NoError(t, f.FireWith(1, pushDoor, "urgent"))
	require.Equal(t, uint64(4), f.Stats().Busy)
	require.NoError(t, f.FireWith(2, pushDoor, "last"))
	require.Equal(t, 1, f.Len())
}

// A host may call the fleet: for the session that it is told of, the event is taken and told of when the host has returned.
func TestAHostMayCallTheFleet(t *testing.T) {
	var f *houseFleet
	var told []string
	f = houses(t, &door.HouseClass, houseOpts{Host: func(s houseStep) {
		told = append(told, fmt.Sprint("in ", s.Key, " ", s.Seq))
		if s.Seq == 1 && s.Key == 1 {
			require.NoError(t, f.Fire(1, pull))
			require.NoError(t, f.Fire(2, pushDoor))
			require.Equal(t, 1, f.Count(int(door.HouseDoorOpenLightOn)))
			require.NoError(t, f.Remove(2))
			for v := range f.All() {
				told = append(told, fmt.Sprint("sees ", v.Key))
			}
		}
		told = append(told, fmt.Sprint("out ", s.Key, " ", s.Seq))
	}})
	require.NoError(t, f.Add(1, ""))
	require.NoError(t, f.Add(2, ""))
	told = nil
	require.NoError(t, f.Fire(1, pushDoor))
	require.Equal(t, []string{"in 1 1", "in 2 1", "out 2 1", "sees 1", "out 1 1", "in 1 2", "out 1 2"}, told)
}

// While the host is told of a session, so many others come and go that it, and those, lie elsewhere afterwards.
func TestSessionsThatMoveWhileTheHostIsTold(t *testing.T) {
	var f *houseFleet
	told, next := map[int]int{}, 1000
	f = houses(t, &door.HouseClass, houseOpts{Max: 50_000, Host: func(s houseStep) {
		told[s.Key]++
		if s.Key >= 100 || s.Added {
			return
		}
		for i := range 300 {
			require.NoError(t, f.Add(next+i, ""))
		}
		for i := range 150 {
			require.NoError(t, f.Remove(next+i))
		}
		next += 300
	}})
	for k := range 20 {
		require.NoError(t, f.Add(k, ""))
	}
	for round := range 4 {
		for k := range 20 {
			require.NoError(t, f.Fire(k, []door.HouseEvent{pushDoor, pull}[round%2]))
			require.Equal(t, 2+round, told[k])
		}
	}
	require.Zero(t, f.Stats().Waiting)
}

// A session that has ended is seen until the host has been told, takes nothing, and keeps its key.
func TestTheEndOfASession(t *testing.T) {
	var f *houseFleet
	var seen []string
	f = houses(t, &door.HouseClass, houseOpts{Host: func(s houseStep) {
		if !s.Last {
			return
		}
		v, ok := f.Get(s.Key)
		seen = append(seen, fmt.Sprint(ok, v.Ended, f.Count(int(door.HouseDoorBoltedLightOff))), fmt.Sprint(f.Fire(s.Key, pushDoor)),
			fmt.Sprint(f.Add(s.Key, "")), fmt.Sprint(f.Remove(s.Key)))
	}})
	require.NoError(t, f.Add(1, ""))
	require.NoError(t, f.Fire(1, door.HouseEvent{Kind: door.HouseOnDoorBolt}))
	require.Equal(t, []string{"true true 1", fleet.ErrEnded.Error(), fleet.ErrExists.Error(), fleet.ErrEnded.Error()}, seen)
	require.Zero(t, f.Len())
	require.ErrorIs(t, f.Fire(1, pushDoor), fleet.ErrUnknown)
	require.NoError(t, f.Add(1, ""))
}

// A host that panics loses the step it was told of and no other, whether the panic is kept or goes on.
func TestAHostThatPanics(t *testing.T) {
	for _, kept := range []bool{false, true} {
		var f *houseFleet
		var told []uint64
		o := houseOpts{Host: func(s houseStep) {
			if s.Seq == 1 {
				require.NoError(t, f.Fire(1, pull))
				require.NoError(t, f.Fire(1, pushDoor))
				panic("oh")
			}
			told = append(told, s.Seq)
		}}
		panics := 0
		if kept {
			o.Panicked = func(key int, value any) {
				require.Equal(t, 1, key)
				require.Equal(t, "oh", value)
				panics++
			}
		}
		f = houses(t, &door.HouseClass, o)
		w := f.Watch(10)
		require.NoError(t, f.Add(1, ""))
		if kept {
			require.NoError(t, f.Fire(1, pushDoor))
			require.Equal(t, 1, panics)
		} else {
			require.PanicsWithValue(t, "oh", func() { _ = f.Fire(1, pushDoor) })
		}
		require.Equal(t, []uint64{0, 2, 3}, told)
		require.Equal(t, uint64(1), f.Stats().Panics)
		require.NoError(t, f.Fire(1, pull))
		require.Equal(t, []uint64{0, 2, 3, 4}, told)
		w.Close()
		var seen []uint64
		for s := range w.C {
			seen = append(seen, s.Seq)
		}
		require.Equal(t, []uint64{0, 1, 2, 3, 4}, seen)
	}
}

// Watchers of all and of one, one of them too slow.
func TestWatching(t *testing.T) {
	f := houses(t, &door.HouseClass, houseOpts{})
	require.NoError(t, f.Add(1, ""))
	_, err := f.WatchOne(2, 1)
	require.ErrorIs(t, err, fleet.ErrUnknown)
	one, err := f.WatchOne(1, 10)
	require.NoError(t, err)
	slow := f.Watch(2)
	require.NoError(t, f.Add(2, ""))
	for _, event := range []door.HouseEvent{pushDoor, pull, pushDoor} {
		require.NoError(t, f.Fire(1, event))
	}
	require.NoError(t, f.Fire(2, pushDoor))
	require.Error(t, f.Fire(1, door.HouseEvent{Kind: door.HouseOnDoorBolt}))
	first, second := <-slow.C, <-slow.C
	require.True(t, first.Added)
	require.Equal(t, uint64(1), second.Seq)
	require.Equal(t, uint64(3), slow.Lost())
	require.NoError(t, f.Fire(2, pull))
	third := <-slow.C
	require.Equal(t, []any{2, uint64(2), uint64(3)}, []any{third.Key, third.Seq, third.Lost})
	require.NoError(t, f.Fire(1, pull))
	require.Zero(t, (<-slow.C).Lost)
	require.NoError(t, f.Fire(1, door.HouseEvent{Kind: door.HouseOnDoorBolt}))
	var seqs []uint64
	for s := range one.C { // closed, because the session is gone
		require.Equal(t, 1, s.Key)
		seqs = append(seqs, s.Seq)
	}
	require.Equal(t, []uint64{1, 2, 3, 4, 5}, seqs)
	require.NoError(t, f.Add(1, ""))
	again, err := f.WatchOne(1, 1)
	require.NoError(t, err)
	one.Close()
	require.NoError(t, f.Fire(1, pushDoor))
	require.Equal(t, uint64(1), (<-again.C).Seq)
	f.Close()
	_, open := <-again.C
	require.False(t, open)
	slow.Close()
	_, err = f.WatchOne(1, 1)
	require.ErrorIs(t, err, fleet.ErrClosed)
	_, open = <-f.Watch(1).C
	require.False(t, open)
	require.Equal(t, slow.Lost(), f.Stats().Lost)
}

// Observers know the session by its key, and are told of each session's steps in their order.
func TestObserversKnowTheSession(t *testing.T) {
	var lock sync.Mutex
	var seen []string
	remove := fsm.Observe(func(o fsm.Observation) {
		lock.Lock()
		defer lock.Unlock()
		if o.Spec == door.SpecDigest {
			seen = append(seen, fmt.Sprint(o.Session, " ", o.Seq, " ", o.Event, " ", o.From, " ", o.To, " ", o.Effects, " ", o.Delivery, " ", o.Refused))
		}
	})
	defer remove()
	f := houses(t, &door.HouseClass, houseOpts{Text: func(key int) string { return fmt.Sprintf("house %d", key) }})
	require.NoError(t, f.Add(7, ""))
	require.NoError(t, f.Fire(7, pushDoor))
	require.Error(t, f.Fire(7, door.HouseEvent{Kind: door.HouseOnDoorBolt}))
	require.Equal(t, []string{
		"house 7 1 door.Push DoorClosedLightOff DoorOpenLightOn [door: do Ring light: do Glow] taken it is not refused",
		"house 7 1 door.Bolt DoorOpenLightOn DoorOpenLightOn [] refused no transition is enabled"}, seen)
}

// stressed is how many sessions many goroutines fire at.
var stressed = flag.Int("stressed", 10_000, "sessions of TestManyGoroutines")

// Many goroutines on one session and on many: each step is told of once, in order, and what is counted agrees with it.
func TestManyGoroutines(t *testing.T) {
	sessions, goroutines, rounds := *stressed, 64, 400
	if testing.Short() {
		sessions, rounds = sessions/10, 100
	}
	last := make([]uint64, sessions)
	var told, taken, refused atomic.Uint64
	f := houses(t, &door.HouseClass, houseOpts{Waiting: 1 << 20, KeepFinal: true, Host: func(s houseStep) {
		told.Add(1)
		if !s.Added && s.Seq != last[s.Key]+1 { // read and written by one goroutine at a time, or the race detector says so
			panic(fmt.Sprint(s.Key, ": ", s.Seq, " after ", last[s.Key]))
		}
		last[s.Key] = s.Seq
	}})
	for k := range sessions {
		require.NoError(t, f.Add(k, []string{"", "a", "b"}[k%3]))
	}
	var group sync.WaitGroup
	for g := range goroutines {
		group.Go(func() {
			at := uint64(g)*7919 + 1
			for i := range rounds {
				at = at*6364136223846793005 + 1442695040888963407
				key := 0 // half of the events go to one session
				if i%2 == 0 {
					key = int(at>>33) % sessions
				}
				if f.Fire(key, []door.HouseEvent{pushDoor, pull}[at>>40&1]) == nil {
					taken.Add(1)
				} else {
					refused.Add(1)
				}
				if g < 8 && i == rounds/2 {
					tally := f.FireOwner("a", pull)
					taken.Add(uint64(tally.Taken))
					refused.Add(uint64(tally.Refused))
					seen := 0
					for range f.All() {
						seen++
					}
					if seen != sessions || f.Len() != sessions {
						panic("a session is missing")
					}
				}
			}
		})
	}
	group.Wait()
	stats := f.Stats()
	require.Equal(t, taken.Load(), stats.Steps)
	require.Equal(t, refused.Load(), stats.Refused)
	require.Equal(t, taken.Load()+uint64(sessions), told.Load())
	counts := f.Counts()
	require.Equal(t, sessions, counts[0]+counts[1]+counts[2]+counts[3])
	for v := range f.All() {
		require.Equal(t, last[v.Key], v.Seq)
	}
}

// Sessions that come and go on many goroutines, with owners, watchers and snapshots meanwhile.
func TestComingAndGoing(t *testing.T) {
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	var adds, ends atomic.Int64
	f := houses(t, &door.HouseClass, houseOpts{Max: 40, Host: func(s houseStep) {
		if s.Added {
			adds.Add(1)
		}
		if s.Last {
			ends.Add(1)
		}
	}})
	var removed atomic.Int64
	var group sync.WaitGroup
	for g := range 16 {
		group.Go(func() {
			at := uint64(g)*104729 + 1
			for i := range rounds {
				at = at*6364136223846793005 + 1442695040888963407
				key := int(at>>33) % 64
				switch at >> 50 % 8 {
				case 0, 1:
					_ = f.Add(key, []string{"", "a", "b"}[at>>20%3])
				case 2:
					_ = f.Fire(key, door.HouseEvent{Kind: door.HouseOnDoorBolt})
				case 3:
					if f.Remove(key) == nil {
						removed.Add(1)
					}
				case 4:
					_ = f.SetOwner(key, []string{"", "a", "b"}[at>>20%3])
				case 5:
					f.FireOwner("a", pushDoor)
				case 6:
					if w, err := f.WatchOne(key, 1); err == nil && i%2 == 0 {
						w.Close()
					}
				case 7:
					f.FireWhere(func(h door.House) bool { return h.State() == door.HouseDoorOpenLightOn }, pull)
				}
			}
		})
	}
	group.Wait()
	require.Equal(t, adds.Load()-ends.Load()-removed.Load(), int64(f.Len()))
	require.LessOrEqual(t, f.Len(), 40)
	owned := 0
	for v := range f.All() {
		if v.Owner != "" {
			owned++
		}
	}
	require.Equal(t, owned, f.Owned("a")+f.Owned("b"))
}

// A session that changes between the answer of a match and the event is asked about again.
func TestASessionThatChangesIsMatchedAgain(t *testing.T) {
	f := houses(t, &door.HouseClass, houseOpts{})
	require.NoError(t, f.Add(1, ""))
	asked := 0
	tally := f.FireWhere(func(h door.House) bool {
		if asked++; asked == 1 {
			require.NoError(t, f.Fire(1, pushDoor))
		}
		return h.State() == door.HouseDoorClosedLightOff
	}, door.HouseEvent{Kind: door.HouseOnDoorPush})
	require.Equal(t, fleet.Tally{}, tally)
	require.Equal(t, 2, asked)
}
