package fleet_test

import (
	"math/bits"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
	"interlock/fsm/fleet"
	"interlock/fsm/fleet/emitted/idle"
	"interlock/fsm/fleet/emitted/pool"
)

type (
	officeFleet = fleet.Fleet[int, string, pool.Office, pool.OfficeEvent, pool.OfficeEffects]
	officeStep  = fleet.Step[int, string, pool.Office, pool.OfficeEvent, pool.OfficeEffects]
	officeOpts  = fleet.Options[int, string, pool.Office, pool.OfficeEvent, pool.OfficeEffects]
)

// timed is an office of the reference with its deadlines.
type timed struct {
	*twin
	deadlines [5]time.Duration
}

// take is a step of the reference at some time; timers that it starts begin anew.
func (x *timed) take(c call[pool.OfficeEvent], now time.Duration, durations []time.Duration) bool {
	before, w := x.joint, x.twin
	if !take(w, c) {
		return false
	}
	anew := started(w, before, c)
	for i, on := range x.joint.Armed {
		if on && (!before.Armed[i] || anew[i]) {
			x.deadlines[i] = now + durations[i]
		}
	}
	return true
}

// started are the timers that a step of the reference starts.
func started(w *twin, before *fsm.Joint, c call[pool.OfficeEvent]) map[int]bool {
	again := &twin{sys: w.sys, joint: before}
	all := map[int]bool{}
	for _, ref := range takeOutcome(again, c).Started {
		all[w.sys.TimerSlot(ref.Instance, ref.Timer)] = true
	}
	return all
}

// Timers against the reference, with a clock that leaps: each fires when it is due and the machine takes it, and at no other
// time; one session's in the order of their deadlines; one that is refused is tried again after the session's next step.
func TestTimersAgainstTheReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newOffices(t)
		defer w.fleet.Close()
		key := rapid.IntRange(0, 3)
		t.Repeat(map[string]func(*rapid.T){
			"": w.check,
			"add": func(t *rapid.T) {
				k := key.Draw(t, "key")
				if w.fleet.Add(k, "") == nil {
					w.twins[k] = &timed{twin: office.twin(t, "")}
				}
			},
			"fire": func(t *rapid.T) {
				k, c := key.Draw(t, "key"), office.calls[rapid.IntRange(0, len(office.calls)-1).Draw(t, "event")]
				if x := w.twins[k]; x != nil && w.fleet.Fire(k, c.event) == nil {
					w.take(t, k, c)
				}
			},
			"remove": func(t *rapid.T) {
				k := key.Draw(t, "key")
				_ = w.fleet.Remove(k)
				delete(w.twins, k)
			},
			"advance": w.advance,
		})
	})
}

// offices are a fleet with a clock that leaps, and its twins.
type offices struct {
	fleet      *officeFleet
	start, now time.Time
	durations  []time.Duration
	lenient    bool
	twins      map[int]*timed
	heard      []officeStep
}

func newOffices(t *rapid.T) *offices {
	w := &offices{start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), twins: map[int]*timed{}, lenient: rapid.Bool().Draw(t, "lenient")}
	w.now = w.start
	for _, timer := range pool.OfficeClass.Timers {
		w.durations = append(w.durations, timer.Duration)
	}
	w.durations[3] = 3 * time.Second
	f, err := fleet.New(&pool.OfficeClass, officeOpts{
		Now: func() time.Time { return w.now }, Tick: time.Millisecond, Again: time.Hour,
		Durations: map[string]time.Duration{"worker[1].patience": 3 * time.Second},
		Host:      func(s officeStep) { w.heard = append(w.heard, s) },
		Answer: func(_ int, e pool.OfficeEvent) pool.OfficeEvent {
			e.Lenient = w.lenient
			return e
		},
	})
	require.NoError(t, err)
	w.fleet = f
	return w
}

// since is the time of the fleet.
func (w *offices) since() time.Duration { return w.now.Sub(w.start) }

// take lets a twin follow its session.
func (w *offices) take(t *rapid.T, key int, c call[pool.OfficeEvent]) {
	require.True(t, w.twins[key].take(c, w.since(), w.durations))
	if w.twins[key].final() {
		delete(w.twins, key)
	}
}

// fires is the event of a timer, for the reference.
func (w *offices) fires(timer int) call[pool.OfficeEvent] {
	instance, name, _ := strings.Cut(pool.OfficeClass.Timers[timer].Name, ".")
	c := call[pool.OfficeEvent]{instance: instance, name: name}
	if w.lenient {
		c.answer = 1
	}
	return c
}

func (w *offices) check(t *rapid.T) {
	require.Equal(t, len(w.twins), w.fleet.Len())
	timers := 0
	for k, x := range w.twins {
		v, _ := w.fleet.Get(k)
		require.Equal(t, x.armed(), pool.OfficeClass.Armed(v.State))
		timers += bits.OnesCount64(x.armed())
	}
	require.Equal(t, timers, w.fleet.Stats().Timers)
}

// advance lets time go on: what the fleet fires was due, and what it does not fire the reference refuses.
func (w *offices) advance(t *rapid.T) {
	w.now = w.now.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 999, 1000, 2000, 2999, 5000, 40000}).Draw(t, "ms")) * time.Millisecond)
	w.heard = nil
	require.Equal(t, w.fleet.Advance(), len(w.heard))
	last := map[int]time.Duration{}
	for _, s := range w.heard {
		require.True(t, s.Timer)
		x, timer := w.twins[s.Key], -1
		for i := range pool.OfficeClass.Timers {
			if e := pool.OfficeClass.Fire(i); e.Kind == s.Event.Kind && e.Index == s.Event.Index {
				timer = i
			}
		}
		require.True(t, x.joint.Armed[timer])
		require.LessOrEqual(t, x.deadlines[timer], w.since())
		if w.fleet.Stats().Held == 0 {
			require.LessOrEqual(t, last[s.Key], x.deadlines[timer])
		}
		last[s.Key] = x.deadlines[timer]
		w.take(t, s.Key, w.fires(timer))
	}
	for _, x := range w.twins {
		for i, on := range x.joint.Armed {
			if on && x.deadlines[i] <= w.since() {
				require.Nil(t, takeOutcome(x.twin, w.fires(i)), "%s is due", pool.OfficeClass.Timers[i].Name)
			}
		}
	}
}

// The fleet's own goroutines, with the clock of a bubble: they sleep until something is due, and are gone after Close.
func TestTimersFireByThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var lock sync.Mutex // two sessions may be told of at once
		var at []time.Duration
		f, err := fleet.New(&pool.OfficeClass, officeOpts{
			Durations: map[string]time.Duration{"desk.dusk": 26 * time.Hour},
			Host: func(s officeStep) {
				lock.Lock()
				defer lock.Unlock()
				if s.Timer {
					at = append(at, time.Since(begin))
				}
			},
		})
		require.NoError(t, err)
		open := func(key int) {
			require.NoError(t, f.Add(key, ""))
			require.NoError(t, f.Fire(key, pool.OfficeEvent{Kind: pool.OfficeOnDeskOpen}))
			require.NoError(t, f.Fire(key, pool.OfficeEvent{Kind: pool.OfficeOnWorkerWant}))
		}
		open(1)
		time.Sleep(time.Second)
		open(2)
		require.NoError(t, f.Fire(2, pool.OfficeEvent{Kind: pool.OfficeOnWorkerAdd})) // starts work again
		time.Sleep(500 * time.Millisecond)
		require.NoError(t, f.Fire(2, pool.OfficeEvent{Kind: pool.OfficeOnWorkerAdd}))
		time.Sleep(30 * time.Hour)
		synctest.Wait()
		require.Equal(t, []time.Duration{2 * time.Second, 3500 * time.Millisecond, 26*time.Hour + 2*time.Second, 26*time.Hour + 3500*time.Millisecond}, at)
		require.Zero(t, f.Len())
		require.NoError(t, f.Add(3, ""))
		f.Close()
		f.Close()
		require.ErrorIs(t, f.Add(4, ""), fleet.ErrClosed)
		require.ErrorIs(t, f.Fire(3, pool.OfficeEvent{Kind: pool.OfficeOnDeskOpen}), fleet.ErrClosed)
		// A goroutine that is left in the bubble fails the test.
	})
}

// A timer that is stopped or started again while the host is asked about it is not fired.
func TestALateTimerIsRefused(t *testing.T) {
	now := time.Now()
	var f *officeFleet
	var meanwhile pool.OfficeEvent
	f, err := fleet.New(&pool.OfficeClass, officeOpts{
		Now: func() time.Time { return now },
		Answer: func(key int, e pool.OfficeEvent) pool.OfficeEvent {
			require.NoError(t, f.Fire(key, meanwhile))
			return e
		},
	})
	require.NoError(t, err)
	defer f.Close()
	for _, kind := range []pool.OfficeEventKind{pool.OfficeOnWorkerAdd, pool.OfficeOnWorkerRest} {
		meanwhile.Kind = kind
		require.NoError(t, f.Add(1, ""))
		require.NoError(t, f.Fire(1, pool.OfficeEvent{Kind: pool.OfficeOnDeskOpen}))
		require.NoError(t, f.Fire(1, pool.OfficeEvent{Kind: pool.OfficeOnWorkerWant}))
		late := f.Stats().Late
		now = now.Add(2010 * time.Millisecond)
		require.Zero(t, f.Advance())
		require.Equal(t, late+1, f.Stats().Late)
		require.NoError(t, f.Remove(1))
	}
}

// A timer that an order holds back is tried again as soon as its session has taken a step, however far off Again is.
func TestATimerThatIsHeldBackGoesNext(t *testing.T) {
	now := time.Now()
	var order []string
	f, err := fleet.New(&pool.OfficeClass, officeOpts{
		Now: func() time.Time { return now }, Again: 1000 * time.Hour,
		Durations: map[string]time.Duration{"worker[1].patience": 3 * time.Second},
		Host: func(s officeStep) {
			if s.Timer {
				order = append(order, s.Event.String())
			}
		},
	})
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Add(1, ""))
	for i := range 2 {
		require.NoError(t, f.Fire(1, pool.OfficeEvent{Kind: pool.OfficeOnWorkerWant, Index: i}))
	}
	now = now.Add(4 * time.Second)
	require.Zero(t, f.Advance())
	require.Equal(t, uint64(1), f.Stats().Held)
	now = now.Add(time.Second)
	require.Equal(t, 2, f.Advance())
	require.Equal(t, []string{"worker[0].patience", "worker[1].patience"}, order)
}

// A host that does not return from one session's timer holds up those of the sessions that have the same driver: with more drivers, fewer.
func TestASlowHostAndTheTimersOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		var slow, fired atomic.Int64
		f, err := fleet.New(&idle.ConnClass, sessionOpts{Drivers: 64, Host: func(s sessionStep) {
			if s.Timer && slow.Add(1) == 1 {
				<-gate
			}
			if s.Timer {
				fired.Add(1)
			}
		}})
		require.NoError(t, err)
		defer f.Close()
		for i := range 300 {
			require.NoError(t, f.Add(keyOf(i), 0))
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		require.Greater(t, fired.Load(), int64(200)) // about five have the slow one's driver
		require.Less(t, fired.Load(), int64(300))
		close(gate)
		synctest.Wait()
		require.Equal(t, int64(300), fired.Load())
	})
}

// One step starts two timers again: both run for their whole time from then on.
func TestTwoTimersStartedAgain(t *testing.T) {
	now := time.Now()
	var fired []string
	f, err := fleet.New(&pool.OfficeClass, officeOpts{
		Now: func() time.Time { return now }, Durations: map[string]time.Duration{"worker[0].patience": 30 * time.Second},
		Host: func(s officeStep) {
			if s.Timer {
				fired = append(fired, s.Event.String())
			}
		},
	})
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Add(1, ""))
	for _, event := range []pool.OfficeEvent{{Kind: pool.OfficeOnDeskOpen}, {Kind: pool.OfficeOnWorkerWant, Index: 1}, {Kind: pool.OfficeOnWorkerWant},
		{Kind: pool.OfficeOnWorkerRest, Index: 1}} { // now worker 0 is asking, and nobody has the desk
		require.NoError(t, f.Fire(1, event))
	}
	require.Equal(t, 2, f.Stats().Timers)
	now = now.Add(20 * time.Second)
	require.NoError(t, f.Fire(1, pool.OfficeEvent{Kind: pool.OfficeOnWorkerNudge}))
	now = now.Add(29 * time.Second)
	require.Zero(t, f.Advance())
	now = now.Add(2 * time.Second)
	require.Equal(t, 2, f.Advance())
	require.ElementsMatch(t, []string{"worker[0].patience", "desk.dusk"}, fired)
}
