package engine

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// gate lets the workers in for a stride, and tells when all have left. Who comes late, because it was asleep, is not waited
// for: a stride is over when nothing of it is left to begin and those within have left.
//
// It costs tens of microseconds to wake who sleeps, and a stride may take hundreds. So who waits looks again and again for
// a while before it sleeps, unless there are fewer processors than workers.
type gate struct {
	do     func(h *hand)
	spins  int
	_      [64]byte
	state  atomic.Uint64 // the round, whether it is open, and how many workers are within
	_      [64]byte
	asleep atomic.Int32
	lock   sync.Mutex
	wake   sync.Cond
}

const (
	opened   = 1 << 16
	newRound = 1 << 17
	within   = opened - 1
	someTime = 40_000 // looks: about 40 µs
)

// hire starts the workers.
func (c *crew) hire() {
	c.wake.L = &c.lock
	if runtime.GOMAXPROCS(0) >= len(c.hands) {
		c.spins = someTime
	}
	for _, h := range c.hands[1:] {
		go c.work(h)
	}
}

// dismiss ends the workers.
func (c *crew) dismiss() {
	c.do = nil
	c.state.Add(newRound + opened)
	c.rouse()
}

// together lets every worker do its share, and waits for all that have begun. What is done must be whatever is left of it,
// as some may come late or not at all.
func (c *crew) together(do func(h *hand)) {
	c.do = do
	c.state.Add(newRound + opened)
	c.rouse()
	do(c.hands[0])
	c.state.Add(^uint64(opened - 1))
	c.await(func(state uint64) bool { return state&within == 0 })
}

// work takes part in one round after another.
func (c *crew) work(h *hand) {
	last := uint64(0)
	for {
		state := c.await(func(state uint64) bool { return state&opened != 0 && state/newRound != last })
		if !c.state.CompareAndSwap(state, state+1) {
			continue
		}
		if last = state / newRound; c.do == nil {
			return
		}
		if c.do(h); c.state.Add(^uint64(0))&(within|opened) == 0 {
			c.rouse()
		}
	}
}

// await waits for a state, and returns it.
func (c *crew) await(is func(state uint64) bool) uint64 {
	for range c.spins {
		if state := c.state.Load(); is(state) {
			return state
		}
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	c.asleep.Add(1) // whoever changes the state from now on sees that
	defer c.asleep.Add(-1)
	for {
		if state := c.state.Load(); is(state) {
			return state
		}
		c.wake.Wait()
	}
}

// rouse wakes who sleeps, to see that the state has changed.
func (c *crew) rouse() {
	if c.asleep.Load() > 0 {
		c.lock.Lock()
		c.lock.Unlock() //lint:ignore SA2001 who is about to sleep does so before it is woken
		c.wake.Broadcast()
	}
}
