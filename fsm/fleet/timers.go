package fleet

import (
	"fmt"
	"maps"
	"math"
	"math/bits"
	"runtime"
	"slices"
	"sync/atomic"
	"time"
)

// lookedAt is how many timers are looked at under one lock. Only one of them is fired.
const lookedAt = 64

// clock is the time of a fleet and what fires its timers.
type clock struct {
	start     time.Time
	durations []time.Duration // by timer
	drivers   []driver        // none where the host calls Advance
	done      chan struct{}
	stopped   chan struct{} // a driver that has ended says so
	late      atomic.Uint64
}

// driver is a goroutine that fires the timers of some of the shards.
type driver struct {
	alarm  atomic.Uint64 // the tick that it sleeps until
	signal chan struct{} // that there is an earlier one
}

// startClock resolves the durations and, unless the host tells the time, starts the drivers.
func (f *Fleet[K, O, S, E, F]) startClock() error {
	c := &f.clock
	for _, t := range f.class.Timers {
		c.durations = append(c.durations, t.Duration)
	}
	for _, name := range slices.Sorted(maps.Keys(f.options.Durations)) {
		timer, d := f.class.Timer(name), f.options.Durations[name]
		if timer < 0 || d <= 0 {
			return fmt.Errorf("%w: Durations: %q for %v: a timer of %s that runs longer than 0", ErrOptions, name, d, f.class.Name)
		}
		c.durations[timer] = d
	}
	c.start = f.time()
	for i := range f.shards {
		f.shards[i].wake.Store(never)
	}
	if f.options.Now != nil || len(f.class.Timers) == 0 {
		return nil
	}
	c.drivers = make([]driver, min(runtime.GOMAXPROCS(0), len(f.shards)))
	c.done, c.stopped = make(chan struct{}), make(chan struct{}, len(c.drivers))
	for i := range c.drivers {
		c.drivers[i].signal = make(chan struct{}, 1)
		c.drivers[i].alarm.Store(never)
		for k := i; k < len(f.shards); k += len(c.drivers) {
			f.shards[k].driver = &c.drivers[i]
		}
		go f.drive(i)
	}
	return nil
}

// stopClock ends the drivers.
func (f *Fleet[K, O, S, E, F]) stopClock() {
	if f.clock.done == nil {
		return
	}
	close(f.clock.done)
	for range f.clock.drivers {
		<-f.clock.stopped
	}
}

func (f *Fleet[K, O, S, E, F]) time() time.Time {
	if f.options.Now != nil {
		return f.options.Now()
	}
	return time.Now()
}

// now is the time since the fleet was made.
func (f *Fleet[K, O, S, E, F]) now() time.Duration {
	if f.options.Now != nil {
		return max(f.options.Now().Sub(f.clock.start), 0)
	}
	return time.Since(f.clock.start)
}

// tickAt is the last tick that has begun.
func (f *Fleet[K, O, S, E, F]) tickAt(d time.Duration) uint64 { return uint64(d / f.options.Tick) }

// deadline is the first tick at which a timer of that duration has run; one of centuries never has.
func (f *Fleet[K, O, S, E, F]) deadline(now, d time.Duration) uint64 {
	if d > math.MaxInt64-2*f.options.Tick {
		return lastTick
	}
	return uint64(now/f.options.Tick) + uint64((now%f.options.Tick+d+f.options.Tick-1)/f.options.Tick)
}

// drive sleeps until a timer of one of its shards is to be looked at.
func (f *Fleet[K, O, S, E, F]) drive(number int) {
	d := &f.clock.drivers[number]
	defer func() { f.clock.stopped <- struct{}{} }()
	sleep := time.NewTimer(time.Hour)
	defer sleep.Stop()
	for {
		d.alarm.Store(never) // whoever starts a timer from here on gives a signal
		first := never
		for i := number; i < len(f.shards); i += len(f.clock.drivers) {
			sh := &f.shards[i]
			if sh.wake.Load() <= f.tickAt(f.now()) {
				f.fireDue(sh)
			}
			first = min(first, sh.wake.Load())
		}
		d.lower(first)
		wait := time.Hour
		if tick := d.alarm.Load(); tick < uint64((f.now()+wait)/f.options.Tick) {
			wait = time.Duration(tick)*f.options.Tick - f.now()
		}
		sleep.Reset(wait)
		select {
		case <-sleep.C:
		case <-d.signal:
		case <-f.clock.done:
			return
		}
	}
}

// lower sets the alarm to a tick unless it is earlier already, and reports whether it did.
func (d *driver) lower(tick uint64) bool {
	for {
		old := d.alarm.Load()
		if tick >= old {
			return false
		}
		if d.alarm.CompareAndSwap(old, tick) {
			return true
		}
	}
}

// Advance fires every timer that is due by Options.Now, the earlier of one session before the later, and returns how many their
// sessions took. It is for fleets that have Options.Now; in others the fleet does so by itself.
func (f *Fleet[K, O, S, E, F]) Advance() int {
	fired := 0
	for i := range f.shards {
		if f.shards[i].wake.Load() <= f.tickAt(f.now()) {
			fired += f.fireDue(&f.shards[i])
		}
	}
	return fired
}

// fireDue fires what is due in a shard. The lock is held while at most lookedAt timers are looked at or one is fired, so that the
// events of other sessions go on, however many are due.
func (f *Fleet[K, O, S, E, F]) fireDue(sh *shard[K, O, S, E, F]) (fired int) {
	for {
		sh.lock.Lock()
		n, found, more := f.lookTimer(sh)
		if !more {
			sh.wake.Store(sh.wheel.first())
			sh.lock.Unlock()
			return fired
		}
		if found && f.fireTimer(sh, n) {
			fired++
		} else if !found {
			sh.lock.Unlock()
		}
	}
}

// first is the tick at which the wheel is to be looked at again.
func (w *wheel) first() uint64 {
	tick, _ := w.ahead()
	return tick
}

// left is how long a timer with that deadline still has to run.
func (f *Fleet[K, O, S, E, F]) left(deadline uint64, now time.Duration) time.Duration {
	if deadline > uint64(math.MaxInt64/f.options.Tick) {
		return math.MaxInt64
	}
	return max(time.Duration(deadline)*f.options.Tick-now, 0)
}

// lookTimer finds a timer that is due; more says whether it is to be called again.
func (f *Fleet[K, O, S, E, F]) lookTimer(sh *shard[K, O, S, E, F]) (n uint32, found, more bool) {
	now := f.tickAt(f.now())
	for range lookedAt {
		if sh.closed {
			return 0, false, false
		}
		n, ok := sh.wheel.pop(now)
		if !ok {
			return 0, false, false
		}
		x := sh.wheel.at(n)
		switch {
		case x.mark&nodeArmed == 0:
			sh.dropTimer(n)
		case x.deadline() > sh.wheel.tick:
			sh.wheel.link(n, x.deadline())
		default:
			return n, true, true
		}
	}
	return 0, false, true
}

// fireTimer fires a timer that is due and has just been taken out of the wheel. It is called with the lock and ends without it.
func (f *Fleet[K, O, S, E, F]) fireTimer(sh *shard[K, O, S, E, F], n uint32) bool {
	x := sh.wheel.at(n)
	slot := x.slot
	step := Step[K, O, S, E, F]{Event: f.class.Fire(int(x.timer)), Timer: true}
	f.hold(sh, n) // until it has been taken, it is to be tried again
	if f.options.Answer != nil {
		var still bool
		if slot, still = f.answer(sh, slot, n, &step); !still {
			sh.lock.Unlock()
			f.clock.late.Add(1)
			return false
		}
	}
	mine, err := f.fire(sh, slot, &step)
	if err == nil {
		sh.fired++
	} else if err != ErrEnded {
		sh.held++
	}
	sh.lock.Unlock()
	if err != nil {
		f.tellRefused(&step, err)
	}
	if mine {
		f.deliver(sh, slot, step)
	}
	return err == nil
}

// answer lets the host complete the event of a timer, without the lock. Meanwhile the session may have gone, and the timer may have
// been stopped or started again: its deadline tells, by which the one that was due is known. It returns whether it is still due.
func (f *Fleet[K, O, S, E, F]) answer(sh *shard[K, O, S, E, F], slot, n uint32, step *Step[K, O, S, E, F]) (uint32, bool) {
	key, timer, deadline := sh.at(slot).key, sh.wheel.at(n).timer, sh.wheel.at(n).deadline()
	sh.lock.Unlock()
	answered := f.ask(key, &step.Event)
	sh.lock.Lock()
	if !answered {
		return 0, false
	}
	slot, ok := sh.find(f.hash(key), key)
	if !ok {
		return 0, false
	}
	for at := sh.at(slot).timers; at != 0; at = sh.wheel.at(at - 1).sibling {
		if x := sh.wheel.at(at - 1); x.timer == timer && x.mark&nodeArmed != 0 && x.deadline() == deadline {
			return slot, true
		}
	}
	return 0, false
}

// ask calls Options.Answer; false if it panicked and Options.Panicked was told.
func (f *Fleet[K, O, S, E, F]) ask(key K, event *E) (answered bool) {
	if f.options.Panicked != nil {
		defer func() {
			if value := recover(); value != nil {
				f.panics.Add(1)
				f.options.Panicked(key, value)
			}
		}()
	}
	*event = f.options.Answer(key, *event)
	return true
}

// hold puts a timer that is due back into the wheel, to be tried again.
func (f *Fleet[K, O, S, E, F]) hold(sh *shard[K, O, S, E, F], n uint32) {
	x := sh.wheel.at(n)
	sh.wheel.link(n, f.deadline(f.now(), f.options.Again))
	x.mark |= nodeHeld
	sh.at(x.slot).mark |= markHeld
}

// setTimers follows a step, under the lock: what the machine says runs, runs, and what it started begins anew.
func (f *Fleet[K, O, S, E, F]) setTimers(sh *shard[K, O, S, E, F], slot uint32, s *session[K, S], armed, started uint64) {
	var now time.Duration
	if started &= armed; started != 0 {
		if sh.wheel == nil {
			sh.wheel = &wheel{tick: f.tickAt(f.now())}
		}
		now = f.now()
	}
	var next uint32
	for at := s.timers; at != 0; at = next {
		x := sh.wheel.at(at - 1)
		next = x.sibling
		bit := uint64(1) << x.timer
		switch {
		case started&bit != 0:
			f.startTimer(sh, at-1, now)
			started &^= bit
		case armed&bit == 0 && x.mark&nodeArmed != 0:
			x.mark &^= nodeArmed
			sh.wheel.running--
			if x.mark&nodeHeld != 0 { // it has just fired
				sh.wheel.unlink(at - 1)
				sh.dropTimer(at - 1)
			}
		case x.mark&(nodeArmed|nodeHeld) == nodeArmed|nodeHeld: // after a step it may be accepted
			sh.wheel.unlink(at - 1)
			f.linkTimer(sh, at-1, 0)
		}
	}
	s.mark &^= markHeld
	for ; started != 0; started &= started - 1 {
		n := sh.wheel.take()
		*sh.wheel.at(n) = node{slot: slot, timer: uint8(bits.TrailingZeros64(started)), sibling: s.timers}
		s.timers = n + 1
		f.startTimer(sh, n, now)
	}
}

// startTimer lets a timer run from now on. One that is in the wheel already stays where it is, if it is looked at there soon enough.
func (f *Fleet[K, O, S, E, F]) startTimer(sh *shard[K, O, S, E, F], n uint32, now time.Duration) {
	x := sh.wheel.at(n)
	if x.mark&nodeArmed == 0 {
		x.mark |= nodeArmed
		sh.wheel.running++
	}
	old, tick := x.deadline(), f.deadline(now, f.clock.durations[x.timer])
	x.setDeadline(tick)
	if x.mark&nodeLinked != 0 {
		if x.mark&nodeHeld == 0 && tick >= old {
			return
		}
		sh.wheel.unlink(n)
	}
	f.linkTimer(sh, n, tick)
}

// linkTimer puts a timer into the wheel and lets the driver know if it must wake up earlier.
func (f *Fleet[K, O, S, E, F]) linkTimer(sh *shard[K, O, S, E, F], n uint32, tick uint64) {
	sh.wheel.link(n, tick)
	if tick >= sh.wake.Load() {
		return
	}
	sh.wake.Store(tick)
	if d := sh.driver; d != nil && d.lower(tick) {
		select {
		case d.signal <- struct{}{}:
		default:
		}
	}
}

// dropTimer forgets a timer that is in no bucket.
func (sh *shard[K, O, S, E, F]) dropTimer(n uint32) {
	x := sh.wheel.at(n)
	at := &sh.at(x.slot).timers
	for *at != n+1 {
		at = &sh.wheel.at(*at - 1).sibling
	}
	*at = x.sibling
	sh.wheel.give(n)
}

// dropTimers forgets all timers of a session.
func (sh *shard[K, O, S, E, F]) dropTimers(s *session[K, S]) {
	for s.timers != 0 {
		n := s.timers - 1
		x := sh.wheel.at(n)
		if x.mark&nodeLinked != 0 {
			sh.wheel.unlink(n)
		}
		if x.mark&nodeArmed != 0 {
			sh.wheel.running--
		}
		s.timers = x.sibling
		sh.wheel.give(n)
	}
}
