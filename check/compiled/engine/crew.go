package engine

import (
	"slices"
	"sync"
	"sync/atomic"
)

const (
	maxWorkers   = 64
	maxParts     = 128                     // of a block
	partStates   = 512                     // of a part, at most
	leastStates  = 512                     // of a block: fewer are left to one worker, who is as quick
	blockWaiting = max(1<<12, 1<<18/words) // so many successors wait: no further part is begun
	maxWaiting   = 2 * blockWaiting        // of one part; more are left to one worker, who looks them up as they come
)

// crew is several workers that search as one would: the numbers of the states, what is found first and what is counted come
// out the same. The states of a level are taken in blocks, and a block in strides:
//
//   - The workers expand the states, in parts, and keep the successors, in order.
//   - Each worker has a region of the table, and puts there what belongs there by its hash: of equal successors the first.
//   - The new ones of each part are counted: that gives the first number of each part.
//   - The workers store the new states under their numbers, and ask the properties of them.
//
// Where that does not go smoothly (a limit is near, a lookup leads too far), the block is as if it had not been begun, and
// one worker expands it.
type crew struct {
	x       *explorer
	hands   []*hand
	least   int // states of a block
	size    int // states of a part
	parts   []part
	next    atomic.Int64 // the next part
	waiting atomic.Int64 // successors of this block that wait
	spoiled atomic.Bool  // it has not gone smoothly
	grown   bool         // the table was too small
	alone   int          // one worker expands the states before this one
}

// part is what the expansion of some states has led to.
type part struct {
	waiting [][]candidate // successors, by region of the table
	regions []uint8       // of all of them, in order
	from    []uint32      // the states that they are successors of
	first   []int         // by region: how many earlier parts have
	news    []int         // by region: how many are new
	id      uint32        // the number of the first new one
}

// candidate is a successor that may be new.
type candidate struct {
	state state
	place uint64 // the hash; then the slot where it was put, or noSlot: it was there
}

const (
	noSlot  = ^uint64(0)
	noEntry = 1 << wayBits // in no slot: nothing is no way from home
)

// newCrew makes n workers for x, who share blocks of at least so many states.
func newCrew(x *explorer, n, least int) *crew {
	c := &crew{x: x, least: least, parts: make([]part, maxParts)}
	for i := range n {
		h := &hand{explorer: newExplorer(), crew: c, region: i}
		h.explorer.hand = h
		c.hands = append(c.hands, h)
	}
	for i := range c.parts {
		p := &c.parts[i]
		p.waiting, p.first, p.news = make([][]candidate, n), make([]int, n), make([]int, n)
	}
	c.spoil(0)
	x.share = c.share
	return c
}

// share lets every worker do a part of 0..n-1.
func (c *crew) share(n int, do func(from, to int) bool) bool {
	var failed atomic.Bool
	size := (n + len(c.hands) - 1) / len(c.hands)
	c.together(func(h *hand) {
		from := min(n, h.region*size)
		if !do(from, min(n, from+size)) {
			failed.Store(true)
		}
	})
	return !failed.Load()
}

// together lets every worker do its share, and waits for all.
func (c *crew) together(do func(h *hand)) {
	var all sync.WaitGroup
	for _, h := range c.hands[1:] {
		all.Add(1)
		go func() {
			defer all.Done()
			do(h)
		}()
	}
	do(c.hands[0])
	all.Wait()
}

// block expands the next states before end. That it did not is for one worker to do: at least the next state.
func (c *crew) block(end int) bool {
	x := c.x
	if x.expanded < c.alone || end-x.expanded < c.least {
		return false
	}
	x.flush()
	if x.halted != "" || x.full < batch || !x.reserve(batch) {
		return false
	}
	if !x.tell(x) {
		x.halt("stopped", 0, uint32(x.expanded))
		return true
	}
	begin := x.expanded
	c.size = max(1, min(partStates, (end-begin)/(8*len(c.hands))))
	end = min(end, begin+maxParts*c.size)
	c.next.Store(0)
	c.waiting.Store(0)
	c.spoiled.Store(false)
	c.together(func(h *hand) { h.expandParts(begin, end) })
	n := min(int(c.next.Load()), (end-begin+c.size-1)/c.size)
	end = min(end, begin+n*c.size)
	if c.grown = false; !c.keep(c.parts[:n]) {
		if c.grown {
			end = begin
		}
		c.spoil(end)
		return false
	}
	x.expanded = end
	x.near()
	return true
}

// spoil forgets a block: one worker expands the states before end.
func (c *crew) spoil(end int) {
	c.alone = end
	for _, h := range c.hands {
		for i := range h.recent { // they hold what is not stored
			c.x.load(0, &h.recent[i])
		}
	}
}

// keep adds what a block has led to. If it does not, nothing has changed.
func (c *crew) keep(parts []part) bool {
	x := c.x
	if c.spoiled.Load() || !c.fits() {
		return false
	}
	c.regions(parts)
	c.together(func(h *hand) { h.put(parts) })
	for _, h := range c.hands {
		if !h.putOver(parts) {
			x.grow(x.k + 1) // what was put there is gone
			return false
		}
	}
	count := x.count
	for i := range parts {
		parts[i].id = uint32(count)
		for _, n := range parts[i].news {
			count += n
		}
	}
	for len(x.chunks) < (count+chunkMask)>>chunkShift {
		x.chunks = append(x.chunks, x.newChunk())
	}
	c.next.Store(0)
	c.together(func(h *hand) { h.store(parts) })
	x.count = count
	c.learn()
	return true
}

// fits reports whether no limit is near even if all that waits is new.
func (c *crew) fits() bool {
	x, n := c.x, int(c.waiting.Load())
	if x.count+n+2*batch >= x.limit.states {
		return false
	}
	bytes := x.bytes() + int64(n>>chunkShift+1)*chunkSize*stateBytes
	was, even := x.quotient, len(c.hands)&(len(c.hands)-1) == 0
	for x.count+n > 7<<x.k>>3 {
		if bytes+4<<x.k > x.limit.bytes {
			return false
		}
		x.grow(x.k + 1)
		c.grown = c.grown || !even || x.quotient != was // the hashes at hand, or their regions, may be of no use
	}
	return !c.grown && bytes <= x.limit.bytes
}

// regions divides the table among the workers.
func (c *crew) regions(parts []part) {
	n := uint64(len(c.hands))
	base := uint32(c.x.count)
	for r, h := range c.hands {
		h.slots, h.k, h.quotient = c.x.slots, c.x.k, c.x.quotient
		h.end = (uint64(r+1)<<h.k + n - 1) / n
		h.base = base
		size := 0
		for i := range parts {
			parts[i].first[r] = size
			size += len(parts[i].waiting[r])
		}
		base += uint32(size)
		h.parts, h.size = len(parts), size
	}
}

// learn takes in what the workers have found out.
func (c *crew) learn() {
	x := c.x
	var found []finding
	for _, h := range c.hands {
		x.sent += h.sent
		x.loops += h.loops
		x.hits += h.hits
		x.deadlocks += h.deadlocks
		x.deadlock = min(x.deadlock, h.deadlock)
		x.cuts += h.cuts
		x.join(&h.reducing)
		x.firstCut = min(x.firstCut, h.firstCut)
		for i, n := range h.cover {
			x.cover[i] += n
		}
		for i, n := range h.entered {
			x.entered[i] |= n
		}
		for i := range h.first {
			x.first[i] = min(x.first[i], h.first[i])
			x.held[i] = min(x.held[i], h.held[i])
			x.broken[i] = x.broken[i] || h.broken[i]
		}
		for i, seen := range h.premise {
			x.premise[i] = x.premise[i] || seen
		}
		found = append(found, h.found...)
	}
	slices.SortStableFunc(found, func(a, b finding) int { return a.order - b.order })
	for _, f := range found {
		x.note(f.site, f.parent, f.asked)
	}
}
