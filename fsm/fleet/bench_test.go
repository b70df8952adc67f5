package fleet_test

import (
	"encoding/binary"
	"errors"
	"flag"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
	"interlock/fsm/fleet"
	"interlock/fsm/fleet/emitted/idle"
	"interlock/machines/wukongim/repaired"
)

// sessions is how many the benchmarks keep.
var sessions = flag.Int("sessions", 1_000_000, "sessions of the benchmarks")

// weigh asks for the live heap, too.
var weigh = flag.Bool("weigh", false, "say how many bytes of live heap a session takes")

type key [16]byte

// keyOf is the i-th key: mixed so that neighbours have nothing in common (splitmix64).
func keyOf(i int) (k key) {
	z := uint64(i)
	for half := range 2 {
		z += 0x9e3779b97f4a7c15
		x := (z ^ z>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		binary.LittleEndian.PutUint64(k[8*half:], x^x>>31)
	}
	return k
}

// heap is the live heap.
func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// filled is a fleet of as many sessions as there are to be, each after one event; owners is how many owners share them, 0 none.
func filled[S, E, F any](b *testing.B, class *fsm.Class[S, E, F], o fleet.Options[key, int, S, E, F], first E, owners int) *fleet.Fleet[key, int, S, E, F] {
	before, weigh := 0, *weigh && b.N == 1 // later rounds begin with what the first has left
	if weigh {
		before = heap()
	}
	o.Max = *sessions
	f, err := fleet.New(class, o)
	require.NoError(b, err)
	b.Cleanup(f.Close)
	for i := range *sessions {
		owner := 0
		if owners > 0 {
			owner = 1 + i%owners
		}
		if err := errors.Join(f.Add(keyOf(i), owner), f.Fire(keyOf(i), first)); err != nil {
			b.Fatal(err)
		}
	}
	if weigh {
		b.Logf("%d sessions, %.1f bytes of live heap each beyond the key", *sessions, float64(heap()-before)/float64(*sessions)-16)
	}
	return f
}

type (
	embeddedOpts = fleet.Options[key, int, repaired.Embedded, repaired.EmbeddedEvent, repaired.EmbeddedEffects]
	embeddedStep = fleet.Step[key, int, repaired.Embedded, repaired.EmbeddedEvent, repaired.EmbeddedEffects]
	sessionOpts  = fleet.Options[key, int, idle.Conn, idle.ConnEvent, idle.ConnEffects]
	sessionStep  = fleet.Step[key, int, idle.Conn, idle.ConnEvent, idle.ConnEffects]
)

var (
	accept = repaired.EmbeddedEvent{Kind: repaired.EmbeddedOnProxyAccept}
	push   = repaired.EmbeddedEvent{Kind: repaired.EmbeddedOnLeaderPush}
	frame  = idle.ConnEvent{Kind: idle.ConnOnProxyFrame}
)

// yardsticks are what memory takes, and a map.
func yardsticks(b *testing.B) {
	b.Run("yardstick: read of a map", func(b *testing.B) { // what a server would need in any case
		words := map[key]uint64{}
		for i := range *sessions {
			words[keyOf(i)] = 1
		}
		random(b, 1, func(k key) error {
			if words[k] == 0 {
				return fleet.ErrUnknown
			}
			return nil
		})
	})
	b.Run("yardstick: a line of memory", func(b *testing.B) { // what any event must wait for: one line of as much memory as the sessions take
		lines := make([][8]uint64, *sessions*3/4)
		last := uint64(0)
		random(b, 1, func(k key) error { // the next line is not known before this one has come
			line := &lines[(binary.LittleEndian.Uint64(k[:])+last)%uint64(len(lines))]
			last = line[0]
			line[1]++
			return nil
		})
	})
}

// Events on random sessions, whose keys are made and not read from memory: of a connection whose step writes to its socket, with a host and without; of one that starts its idle
// timer again; and one that is refused.
func BenchmarkFire(b *testing.B) {
	yardsticks(b)
	b.Run("push/quiet", func(b *testing.B) {
		f := filled(b, &repaired.EmbeddedClass, embeddedOpts{}, accept, 0)
		random(b, 1, func(k key) error { return f.Fire(k, push) })
	})
	b.Run("push/host", func(b *testing.B) {
		told := 0
		f := filled(b, &repaired.EmbeddedClass, embeddedOpts{Host: func(s embeddedStep) { told += s.Effects.Len() }}, accept, 16)
		random(b, 1, func(k key) error { return f.Fire(k, push) })
		require.NotZero(b, told)
	})
	b.Run("frame/host", func(b *testing.B) {
		told := 0
		f := filled(b, &idle.ConnClass, sessionOpts{Host: func(s sessionStep) { told += s.Effects.Len() }}, frame, 16)
		random(b, 1, func(k key) error { return f.Fire(k, frame) })
		require.NotZero(b, told)
	})
	b.Run("push/two goroutines", func(b *testing.B) {
		f := filled(b, &repaired.EmbeddedClass, embeddedOpts{Host: func(embeddedStep) {}}, accept, 16)
		random(b, 2, func(k key) error { return f.Fire(k, push) })
	})
	b.Run("push/batches of 64", func(b *testing.B) {
		f := filled(b, &repaired.EmbeddedClass, embeddedOpts{Host: func(embeddedStep) {}}, accept, 16)
		var arrivals []fleet.Arrival[key, repaired.EmbeddedEvent]
		random(b, 1, func(k key) error {
			if arrivals = append(arrivals, fleet.Arrival[key, repaired.EmbeddedEvent]{Key: k, Event: push}); len(arrivals) < 64 {
				return nil
			}
			tally := f.FireBatch(arrivals)
			arrivals = arrivals[:0]
			if tally.Taken != 64 {
				return fleet.ErrBusy
			}
			return nil
		})
	})
	b.Run("refused", func(b *testing.B) {
		f := filled(b, &repaired.EmbeddedClass, embeddedOpts{}, accept, 0)
		random(b, 1, func(k key) error {
			if f.Fire(k, accept) == nil {
				return errors.New("taken")
			}
			return nil
		})
	})
}

// cpu is the processor time that the process has used: what counts on a machine that others use too.
func cpu() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// batch is how many events are timed together. The fastest batch tells what an event costs where others use the machine, too.
const batch = 20_000

// random fires at random sessions, on so many goroutines.
func random(b *testing.B, workers int, fire func(key) error) {
	b.ReportAllocs()
	b.ResetTimer()
	began := cpu()
	fastest := make([]time.Duration, workers)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			at := uint64(w)*7919 + 1
			for done := 0; done < b.N; done += batch * workers {
				begin := time.Now()
				for range batch {
					at = at*6364136223846793005 + 1442695040888963407
					if err := fire(keyOf(int(at>>33) % *sessions)); err != nil {
						panic(err)
					}
				}
				if took := time.Since(begin); done == 0 || took < fastest[w] {
					fastest[w] = took
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64((cpu()-began).Nanoseconds())/float64(max(b.N, batch*workers)), "cpu-ns/op")
	b.ReportMetric(float64(slices.Min(fastest).Nanoseconds())/batch, "fastest-ns/op")
}

// All timers due at once, while another goroutine adds and removes a session: how long the whole takes, and how long one such call
// took meanwhile; and how long the calls took when nothing was due, which is what the machine does to them.
func BenchmarkTimersDueAtOnce(b *testing.B) {
	for b.Loop() {
		now := atomic.Int64{}
		begin := time.Now()
		f := filled(b, &idle.ConnClass, sessionOpts{Now: func() time.Time { return begin.Add(time.Duration(now.Load())) },
			Host: func(sessionStep) {}}, frame, 0)
		call := func(i int) {
			if err := errors.Join(f.Remove(keyOf(i)), f.Add(keyOf(i), 0)); err != nil {
				panic(err)
			}
		}
		var all time.Duration
		quiet := meanwhile(call, func() { time.Sleep(500 * time.Millisecond) })
		now.Store(int64(200 * time.Second))
		busy := meanwhile(func(i int) {
			_ = f.Remove(keyOf(i))
			_ = f.Add(keyOf(i), 0)
		}, func() {
			began := time.Now()
			for f.Stats().Fired < uint64(*sessions)/2 {
				f.Advance()
			}
			all = time.Since(began)
		})
		b.ReportMetric(all.Seconds(), "s-to-fire-all")
		for i, waits := range [][]time.Duration{quiet, busy} {
			name := []string{"quiet", "busy"}[i]
			slices.Sort(waits)
			b.ReportMetric(float64(waits[len(waits)/2].Nanoseconds())/1000, name+"-median-µs")
			b.ReportMetric(float64(waits[len(waits)*999/1000].Nanoseconds())/1000, name+"-p99.9-µs")
			b.ReportMetric(float64(waits[len(waits)-1].Nanoseconds())/1000, name+"-longest-µs")
		}
	}
}

// meanwhile calls one function again and again while the other runs, and tells how long each call took.
func meanwhile(call func(i int), run func()) (waits []time.Duration) {
	var done atomic.Bool
	var group sync.WaitGroup
	group.Go(func() {
		for i := 0; !done.Load(); i++ {
			began := time.Now()
			call(i * 7919 % *sessions)
			waits = append(waits, time.Since(began))
		}
	})
	run()
	done.Store(true)
	group.Wait()
	return waits
}
