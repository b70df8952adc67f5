package fleet_test

import (
	"bytes"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm/fleet"
	"interlock/fsm/fleet/emitted/idle"
)

// idlers are sessions with one timer that nearly every event starts again, and for each the tick at which it is to fire.
type idlers struct {
	fleet     *fleet.Fleet[key, int, idle.Conn, idle.ConnEvent, idle.ConnEffects]
	tick      time.Duration
	lasts     time.Duration
	start     time.Time
	now       time.Time
	deadlines map[key]int64
}

// begin makes an empty fleet with a clock that begins now.
func (w *idlers) begin(t *rapid.T, lasts time.Duration) {
	w.start, w.lasts = w.now, lasts
	f, err := fleet.New(&idle.ConnClass, sessionOpts{Tick: w.tick, Now: func() time.Time { return w.now },
		Durations: map[string]time.Duration{"proxy.quiet": lasts}})
	require.NoError(t, err)
	w.fleet = f
}

// deadline is the first tick by which a timer that starts now has run so long.
func (w *idlers) deadline(lasts time.Duration) int64 {
	now := w.now.Sub(w.start)
	return int64(now/w.tick) + int64((now%w.tick+lasts+w.tick-1)/w.tick)
}

// check advances: those whose time has come are gone, and no others.
func (w *idlers) check(t *rapid.T) {
	fired := 0
	for k, tick := range w.deadlines {
		if tick <= int64(w.now.Sub(w.start)/w.tick) {
			delete(w.deadlines, k)
			fired++
		}
	}
	require.Equal(t, fired, w.fleet.Advance())
	require.Equal(t, len(w.deadlines), w.fleet.Len())
	require.Equal(t, len(w.deadlines), w.fleet.Stats().Timers)
	for k := range w.deadlines {
		_, ok := w.fleet.Get(k)
		require.True(t, ok)
	}
}

// restart stores the fleet and restores it, perhaps into one whose timers run for another time. What was left is left.
func (w *idlers) restart(t *rapid.T, lasts time.Duration) {
	var stored bytes.Buffer
	_, err := w.fleet.Snapshot(&stored)
	require.NoError(t, err)
	w.fleet.Close()
	elapsed := w.now.Sub(w.start)
	w.begin(t, lasts)
	_, err = w.fleet.Restore(&stored)
	require.NoError(t, err)
	for k, tick := range maps.Clone(w.deadlines) {
		w.deadlines[k] = w.deadline(max(time.Duration(tick)*w.tick-elapsed, 0))
	}
}

// Timers that are only noted where they are started again fire at the first tick at which they are due, and not before: with ticks so
// short that their deadlines cannot be noted, after leaps of the clock, and after a restart with other durations.
func TestATimerThatIsStartedAgainAndAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &idlers{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), deadlines: map[key]int64{},
			tick: rapid.SampledFrom([]time.Duration{time.Millisecond, 2800 * time.Microsecond, 10 * time.Millisecond, time.Minute}).Draw(t, "tick")}
		duration := rapid.SampledFrom([]time.Duration{time.Second, 100 * time.Second, 180 * time.Second, 181 * time.Second, 9 * time.Minute})
		w.begin(t, 180*time.Second)
		defer func() { w.fleet.Close() }()
		which := rapid.IntRange(0, 3)
		t.Repeat(map[string]func(*rapid.T){
			"": w.check,
			"frame": func(t *rapid.T) {
				k := key{byte(which.Draw(t, "key"))}
				if _, there := w.deadlines[k]; there {
					require.NoError(t, w.fleet.Fire(k, frame))
				} else {
					require.NoError(t, w.fleet.Add(k, 0))
				}
				w.deadlines[k] = w.deadline(w.lasts)
			},
			"hangup": func(t *rapid.T) {
				k := key{byte(which.Draw(t, "key"))}
				_, there := w.deadlines[k]
				require.Equal(t, there, w.fleet.Fire(k, idle.ConnEvent{Kind: idle.ConnOnProxyHangup}) == nil)
				delete(w.deadlines, k)
			},
			"later": func(t *rapid.T) {
				w.now = w.now.Add(rapid.SampledFrom([]time.Duration{1, time.Millisecond, 7777 * time.Microsecond, 10 * time.Second,
					99 * time.Second, 179 * time.Second, 20 * time.Minute, 100 * time.Hour}).Draw(t, "by"))
			},
			"restart": func(t *rapid.T) { w.restart(t, duration.Draw(t, "lasts")) },
		})
	})
}
