// Package workers is what several goroutines that search as one need beside their search: a gate that lets them in for one stride after
// another, and a way to settle who was first where several have found the same. It is also copied into the programs that are built for a
// system.
package workers

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Gate lets workers in for a stride, and tells when all have left. Who comes late, because it was asleep, is not waited
// for: a stride is over when nothing of it is left to begin and those within have left.
//
// It costs tens of microseconds to wake who sleeps, and a stride may take hundreds. So who waits looks again and again for
// a while before it sleeps, unless there are fewer processors than workers.
type Gate struct {
	workers int
	do      func(worker int)
	spins   int
	_       [64]byte
	state   atomic.Uint64 // the round, whether it is open, and how many workers are within
	_       [64]byte
	asleep  atomic.Int32
	lock    sync.Mutex
	wake    sync.Cond
}

const (
	opened   = 1 << 16
	newRound = 1 << 17
	within   = opened - 1
	someTime = 40_000 // looks: about 40 µs
)

// NewGate starts all of n workers but the first, who is the one that calls. Who makes a gate must call [Gate.Dismiss].
func NewGate(n int) *Gate {
	g := &Gate{workers: n}
	g.wake.L = &g.lock
	if runtime.GOMAXPROCS(0) >= n {
		g.spins = someTime
	}
	for worker := 1; worker < n; worker++ {
		go g.work(worker)
	}
	return g
}

// Dismiss ends the workers.
func (g *Gate) Dismiss() {
	g.do = nil
	g.state.Add(newRound + opened)
	g.rouse()
}

// Together lets every worker do its share, the caller as worker 0, and waits for all that have begun. What is done must be whatever is left
// of it, as some may come late or not at all. Only one goroutine may call it.
func (g *Gate) Together(do func(worker int)) {
	g.do = do
	g.state.Add(newRound + opened)
	g.rouse()
	do(0)
	g.state.Add(^uint64(opened - 1))
	g.await(func(state uint64) bool { return state&within == 0 })
}

// Share lets the workers do the pieces of 0..n-1, of at least so many each, and reports whether all went well.
func (g *Gate) Share(n, least int, do func(from, to int) bool) bool {
	var next atomic.Int64
	var failed atomic.Bool
	size := max(least, (n+4*g.workers-1)/(4*g.workers))
	g.Together(func(int) {
		for {
			to := int(next.Add(int64(size)))
			if to-size >= n {
				return
			}
			if !do(to-size, min(n, to)) {
				failed.Store(true)
			}
		}
	})
	return !failed.Load()
}

// work takes part in one round after another.
func (g *Gate) work(worker int) {
	last := uint64(0)
	for {
		state := g.await(func(state uint64) bool { return state&opened != 0 && state/newRound != last })
		if !g.state.CompareAndSwap(state, state+1) {
			continue
		}
		if last = state / newRound; g.do == nil {
			return
		}
		if g.do(worker); g.state.Add(^uint64(0))&(within|opened) == 0 {
			g.rouse()
		}
	}
}

// await waits for a state, and returns it.
func (g *Gate) await(is func(state uint64) bool) uint64 {
	for range g.spins {
		if state := g.state.Load(); is(state) {
			return state
		}
	}
	g.lock.Lock()
	defer g.lock.Unlock()
	g.asleep.Add(1) // whoever changes the state from now on sees that
	defer g.asleep.Add(-1)
	for {
		if state := g.state.Load(); is(state) {
			return state
		}
		g.wake.Wait()
	}
}

// rouse wakes who sleeps, to see that the state has changed.
func (g *Gate) rouse() {
	if g.asleep.Load() > 0 {
		g.lock.Lock()
		g.lock.Unlock() //lint:ignore SA2001 who is about to sleep does so before it is woken
		g.wake.Broadcast()
	}
}
