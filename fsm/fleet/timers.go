package fleet

import (
	"fmt"
	"maps"
	"math"
	"math/bits"
	"slices"
	"strings"
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

// timerNames lists the timers of the machine.
func (f *Fleet[K, O, S, E, F]) timerNames() string {
	if len(f.class.Timers) == 0 {
		return "none"
	}
	var names []string
	for _, t := range f.class.Timers {
		names = append(names, t.Name)
	}
	return strings.Join(names, ", ")
}

// startClock resolves the durations and, unless the host tells the time, starts the drivers.
func (f *Fleet[K, O, S, E, F]) startClock() error {
	c := &f.clock
	for _, t := range f.class.Timers {
		c.durations = append(c.durations, t.Duration)
	}
	for _, name := range slices.Sorted(maps.Keys(f.options.Durations)) {
		timer, d := f.class.Timer(name), f.options.Durations[name]
		if timer < 0 {
			return fmt.Errorf("%w: Durations: %s has no timer %q; it has %s", ErrOptions, f.class.Name, name, f.timerNames())
		}
		if d <= 0 {
			return fmt.Errorf("%w: Durations: %s is %v: a timer runs longer than 0", ErrOptions, name, d)
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
	c.drivers = make([]driver, min(f.options.Drivers, len(f.shards)))
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
			first, _ := sh.wheel.ahead()
			sh.wake.Store(first)
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
		if x.mark&nodeArmed == 0 {
			sh.wheel.give(n)
			continue
		}
		f.settle(sh, sh.at(sh.wheel.slot(n)))
		if x.deadline() <= sh.wheel.tick {
			return n, true, true
		}
		sh.wheel.link(n, f.lookAt(x, f.now()))
	}
	return 0, false, true
}

// fireTimer fires a timer that is due and has just been taken out of the wheel. It is called with the lock and ends without it.
func (f *Fleet[K, O, S, E, F]) fireTimer(sh *shard[K, O, S, E, F], n uint32) bool {
	s := sh.at(sh.wheel.slot(n))
	step := Step[K, O, S, E, F]{Event: f.class.Fire(int(sh.wheel.at(n).timer)), Timer: true}
	f.hold(sh, s, n) // until it has been taken, it is to be tried again
	if f.options.Answer != nil {
		if s = f.answer(sh, s, n, &step); s == nil {
			sh.lock.Unlock()
			f.clock.late.Add(1)
			return false
		}
	}
	slot, place := uint32(s.slot), int(sh.where[s.slot])
	mine, err := f.fire(sh, s, &step)
	if err == nil {
		sh.fired++
	} else if err != ErrEnded {
		sh.held++
	}
	sh.lock.Unlock()
	if err != nil {
		if err == ErrBusy {
			f.busy.Add(1)
		}
		f.tellRefused(&step, err)
	}
	if mine {
		f.deliver(sh, slot, place, &step)
	}
	return err == nil
}

// answer lets the host complete the event of a timer, without the lock. Meanwhile the session may have gone, and the timer may have
// been stopped or started again: its deadline tells, by which the one that was due is known. It returns the session if it is still due.
func (f *Fleet[K, O, S, E, F]) answer(sh *shard[K, O, S, E, F], s *session[K, S], n uint32, step *Step[K, O, S, E, F]) *session[K, S] {
	key, timer, deadline := s.key, sh.wheel.at(n).timer, sh.wheel.at(n).deadline()
	sh.lock.Unlock()
	answered := f.ask(key, &step.Event)
	sh.lock.Lock()
	if s = sh.find(f.hash(key), key); s == nil || !answered {
		return nil
	}
	f.settle(sh, s)
	if x := sh.wheel.armed(uint32(s.slot), timer); x != nil && x.deadline() == deadline {
		return s
	}
	return nil
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
func (f *Fleet[K, O, S, E, F]) hold(sh *shard[K, O, S, E, F], s *session[K, S], n uint32) {
	sh.wheel.link(n, f.deadline(f.now(), f.options.Again))
	sh.wheel.at(n).mark |= nodeHeld
	s.mark |= markHeld
}

// followTimers follows a step, under the lock: what the machine says runs, runs, and what it started begins anew. That one timer runs, as
// before, and was started again, which most events do where there is a timer at all, is only noted in the session: the node, which is
// elsewhere, stays where it is in the wheel, and is told when its bucket comes up.
func (f *Fleet[K, O, S, E, F]) followTimers(sh *shard[K, O, S, E, F], s *session[K, S], before, armed, started uint64) {
	if started &= armed; started != 0 && started == armed && armed == before && armed&(armed-1) == 0 && s.mark&markHeld == 0 {
		now := f.now()
		tick := f.deadline(now, f.clock.durations[bits.TrailingZeros64(armed)])
		if tick-sh.wheel.tick > math.MaxUint16 {
			sh.wheel.pass(f.tickAt(now))
		}
		if tick-sh.wheel.tick <= math.MaxUint16 { // or 16 bits would not tell which tick it is
			s.later = uint16(tick)
			s.mark |= markLater
			return
		}
	}
	f.settleAs(sh, s, before)
	f.setTimers(sh, s, armed, started)
}

// settle lets the node of a timer know that it was started again.
func (f *Fleet[K, O, S, E, F]) settle(sh *shard[K, O, S, E, F], s *session[K, S]) {
	if s.mark&markLater != 0 {
		f.settleAs(sh, s, f.class.Armed(s.state))
	}
}

// settleAs is settle where the one timer that ran is known. The wheel has not passed its node, nor therefore its deadline; so that is the
// first tick from here on with those low bits.
func (f *Fleet[K, O, S, E, F]) settleAs(sh *shard[K, O, S, E, F], s *session[K, S], armed uint64) {
	if s.mark&markLater == 0 {
		return
	}
	s.mark &^= markLater
	x := sh.wheel.armed(uint32(s.slot), uint8(bits.TrailingZeros64(armed)))
	x.setDeadline(sh.wheel.tick + uint64(s.later-uint16(sh.wheel.tick)))
}

// setTimers makes the timers of a session those that run, and starts some of them.
func (f *Fleet[K, O, S, E, F]) setTimers(sh *shard[K, O, S, E, F], s *session[K, S], armed, started uint64) {
	var now time.Duration
	if started &= armed; started != 0 {
		if sh.wheel == nil {
			sh.wheel = &wheel{tick: f.tickAt(f.now())}
		}
		now = f.now()
	}
	var next uint32
	for n := sh.wheel.first(uint32(s.slot)); n != none; n = next {
		next = sh.wheel.after(n)
		x := sh.wheel.at(n)
		bit := uint64(1) << x.timer
		switch {
		case started&bit != 0:
			f.startTimer(sh, n, now)
			started &^= bit
		case armed&bit == 0 && x.mark&nodeArmed != 0:
			x.mark &^= nodeArmed
			sh.wheel.running--
			if x.mark&nodeHeld != 0 { // it has just fired
				sh.wheel.unlink(n)
				sh.wheel.give(n)
			}
		case x.mark&(nodeArmed|nodeHeld) == nodeArmed|nodeHeld: // after a step it may be accepted
			sh.wheel.unlink(n)
			f.linkTimer(sh, n, 0)
		}
	}
	s.mark &^= markHeld
	for ; started != 0; started &= started - 1 {
		f.startTimer(sh, sh.wheel.take(uint32(s.slot), uint8(bits.TrailingZeros64(started))), now)
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

// lookAt is the tick at which a node is to be looked at: at its deadline, but not after the one that it would have if it were started now,
// so that whoever starts it again can leave it where it is. Only what was restored has such a deadline.
func (f *Fleet[K, O, S, E, F]) lookAt(x *node, now time.Duration) uint64 {
	return min(x.deadline(), f.deadline(now, f.clock.durations[x.timer]))
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

// dropTimers forgets all timers of a session.
func (sh *shard[K, O, S, E, F]) dropTimers(s *session[K, S]) {
	s.mark &^= markLater
	var next uint32
	for n := sh.wheel.first(uint32(s.slot)); n != none; n = next {
		next = sh.wheel.after(n)
		x := sh.wheel.at(n)
		if x.mark&nodeLinked != 0 {
			sh.wheel.unlink(n)
		}
		if x.mark&nodeArmed != 0 {
			sh.wheel.running--
		}
		sh.wheel.give(n)
	}
}

// armed is the node of a session's timer that runs; nil if it does not.
func (w *wheel) armed(slot uint32, timer uint8) *node {
	for n := w.first(slot); n != none; n = w.after(n) {
		if x := w.at(n); x.timer == timer && x.mark&nodeArmed != 0 {
			return x
		}
	}
	return nil
}
