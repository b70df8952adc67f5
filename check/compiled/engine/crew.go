package engine

import (
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"interlock/check/compiled/engine/workers"
)

const (
	maxWorkers  = 64
	maxParts    = 1 << 10 // of a block, at most
	partStates  = 1 << 16 // of a part, at most
	fewStates   = 32      // of a part, at least
	leastStates = 512     // of a block: fewer are left to one worker, who is as quick
)

// crew is several workers that search as one would: the numbers of the states, what is found first and what is counted come
// out the same. The states of a level are taken in blocks, and a block in two strides:
//
//   - The workers expand the states, in parts, and look the successors up in the one table. What is new they put there at
//     once, and write it into a log, each into its own. What an earlier part comes upon that a later one has found, it takes over.
//   - The new ones of each part are counted: that gives the first number of each part. Then the workers store them under
//     their numbers, and ask the properties of them.
//
// Where that does not go smoothly (a limit is near, a lookup leads too far), what is new is taken out again, and the block is
// as if it had not been begun.
type crew struct {
	x     *explorer
	hands []*hand
	least int // states of a block
	few   int // states of a part, at least
	most  int // and at most
	begin int // the first state of the block
	end   int // behind the last one
	parts []part
	log   []stretch
	taken atomic.Int64 // how much of the log is
	room  int64        // how much may be
	alone int          // one worker expands the states before this one
	used  int64        // how much of the log was, at most
	yield float64      // new states for each that was expanded, of late, at most

	contested workers.Sketch // the slots of quotients of which there are rivals
	rivals    []workers.Rival
	settling  workers.Rivals

	each    func(h *hand, at int) // expands a state of the block
	starts  bool                  // they are no states, but choices of starts
	spoiled atomic.Bool           // it has not gone smoothly
	out     sync.Mutex            // of what follows
	next    int                   // the first state that is in no part yet
	begun   int                   // how many parts are
	gate    *workers.Gate
}

// part is what the expansion of some states has led to.
type part struct {
	by       *hand
	at, last int         // the states
	from, to int         // what is new, of that worker's
	begun    atomic.Bool // somebody stores it
	news     int         // how many are new
	id       uint32      // the number of the first of them
}

// newCrew makes n workers for x, who share blocks of at least so many states. Who makes one must dismiss those at its gate.
func newCrew(x *explorer, n, least int) *crew {
	c := &crew{x: x, least: least, few: fewStates, most: partStates, yield: 2, parts: make([]part, maxParts), log: make([]stretch, logStates/runStates)}
	for i := range n {
		h := &hand{own: explorer{live: 1, full: batch}, crew: c, finds: newFinds(x)}
		h.explorer = &h.own
		if h.recent = x.recent; i > 0 {
			h.recent = newRecent(x)
		}
		h.hand = h
		c.hands = append(c.hands, h)
	}
	for i, h := range c.hands {
		h.others = append(append(h.others, c.hands[:i]...), c.hands[i+1:]...)
	}
	c.forget()
	x.setAside(1)
	x.share = c.share
	c.gate = workers.NewGate(n)
	return c
}

// newRecent is memory for what a worker has found a moment ago.
func newRecent(x *explorer) *[recentStates]state {
	return (*[recentStates]state)(unsafe.Pointer(&x.memory(recentStates * 8 * words)[0]))
}

// share lets the workers do the pieces of 0..n-1.
func (c *crew) share(n int, do func(from, to int) bool) bool {
	return c.gate.Share(n, leastShared, do)
}

// together lets the workers take part in a stride.
func (c *crew) together(do func(h *hand)) {
	c.gate.Together(func(worker int) { do(c.hands[worker]) })
}

// states expands some of the next states before end, or none. That it fails is for one worker to do: at least the next state.
func (c *crew) states(end int) bool {
	n, well := c.block(c.x.expanded, end, func(h *hand, id int) { h.expand(uint32(id)) })
	c.x.expanded += n
	return well
}

// block expands some of the states from..end-1, the first n or none. If it does not do well, the next state is for one worker.
func (c *crew) block(from, end int, each func(h *hand, at int)) (n int, well bool) {
	x := c.x
	if from < c.alone || end-from < c.least {
		return 0, false
	}
	x.flush()
	if x.halted != "" || !x.room(2*chunkSize) || !x.reserve(batch) { // within a chunk, when a table grows may decide where the search ends
		c.alone = min(end, from+c.least)
		return 0, false
	}
	if !x.tell(x) {
		x.halt("stopped", 0, uint32(x.expanded))
		return 0, true
	}
	if !c.allot(from, end) {
		c.alone = min(end, from+c.least)
		return 0, false
	}
	c.each = each
	c.together((*hand).expandParts)
	c.used = max(c.used, min(c.taken.Load(), logStates))
	if c.spoiled.Load() {
		return 0, c.undo()
	}
	c.keep()
	x.near()
	return c.end - from, true
}

// allot chooses the first of the states from..end-1, so many that what they lead to is likely to find room. It fails where a limit is so
// near that one worker must find out where it lies.
func (c *crew) allot(from, end int) bool {
	x := c.x
	room := min(logStates, 7<<x.k>>3-x.count, x.limit.states-x.count-2*batch)
	bytes := x.bytes() + int64(room>>chunkShift+1)*chunkSize*stateBytes
	if bytes+4<<max(x.k+1, nextSlots) > x.limit.bytes { // the table may not grow: one worker fills it so far
		room = min(room, 3<<x.k>>2-batch-x.count)
	}
	enough := enoughStates
	if words == 1 && x.quotient {
		enough = nearStates
	}
	c.room, c.begin = int64(room), from
	c.end = min(end, c.begin+int(float64(min(room/2, enough))/c.yield))
	if bytes > x.limit.bytes || c.end-c.begin < c.least || room < 4*runStates*len(c.hands) {
		return false
	}
	c.taken.Store(0)
	c.spoiled.Store(false)
	c.next, c.begun = c.begin, 0
	for _, h := range c.hands {
		h.reset()
		if h.mineOf != x.k {
			h.mine, h.mineOf = [1 << ownBits]uint32{}, x.k
		}
	}
	return true
}

// bytes is the memory that the workers need beside the table.
func (c *crew) bytes() int64 {
	if c == nil {
		return 0
	}
	return c.used * int64(unsafe.Sizeof(fresh{}))
}

// forget makes the workers forget what they have found a moment ago.
func (c *crew) forget() {
	for _, h := range c.hands {
		for i := range h.recent {
			c.x.load(0, &h.recent[i])
		}
	}
}

// undo takes what a block has found out of the table again. As all of it came last, who looks for the others does not miss it. It
// reports whether the workers may try again.
func (c *crew) undo() bool {
	for _, h := range c.hands {
		for _, i := range h.parts {
			for _, f := range h.finds[c.parts[i].from:c.parts[i].to] {
				c.x.slots[f.slot] = 0
			}
		}
		h.contested, h.mineOf = workers.Sketch{}, 0
	}
	c.forget()
	for _, h := range c.hands {
		switch {
		case !h.joined || h.halted == "":
		case h.halted == "full":
			c.yield *= 2
		case h.halted == "far":
			c.x.far()
			return true
		default:
			c.alone = c.end
			return false
		}
	}
	return true
}

// keep adds what a block has led to.
func (c *crew) keep() {
	x, parts := c.x, c.parts[:c.begun]
	c.settleOrder(parts)
	count := x.count
	for i := range parts {
		parts[i].id = uint32(count)
		count += parts[i].news
	}
	for len(x.chunks) < (count+chunkMask)>>chunkShift {
		x.chunks = append(x.chunks, x.newChunk())
	}
	c.together(func(h *hand) { h.store(parts) })
	c.yield = max(0.5, c.yield*3/4, 1.25*float64(count-x.count)/float64(c.end-c.begin))
	x.count = count
	c.learn()
}

// settleOrder leaves each new state to the first part that has come upon it, and counts those of the parts.
func (c *crew) settleOrder(parts []part) {
	c.contested = workers.Sketch{}
	for i := range parts {
		p := &parts[i]
		p.news = p.to - p.from
		p.begun.Store(false)
	}
	for _, h := range c.hands {
		for _, index := range h.late {
			f, i := c.fresh(index)
			f.from = nobody
			parts[i].news--
		}
		c.contested.Join(&h.contested)
	}
	if !c.contested.Some {
		return
	}
	c.together((*hand).findRivals)
	all := c.rivals[:0]
	for _, h := range c.hands {
		if h.joined && !h.surveyed {
			h.findRivals()
		}
		all = append(all, h.rivals...)
	}
	c.rivals = all
	c.settling.Settle(all, func(r *workers.Rival) {
		p := &parts[r.Part]
		p.by.finds[p.from+r.At].from = nobody
		p.news--
	})
}

// learn takes in what the workers have found out.
func (c *crew) learn() {
	x := c.x
	var found []finding
	for _, h := range c.hands {
		if !h.joined {
			continue
		}
		if !c.starts {
			x.sent += h.sent
			x.loops += h.loops
			x.hits += h.hits
		}
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
			x.first[i] = min(x.first[i], h.firsts[0][i])
			x.held[i] = min(x.held[i], h.firsts[1][i])
			x.broken[i] = x.broken[i] || h.broken[i]
		}
		for i, seen := range h.premise {
			x.premise[i] = x.premise[i] || seen
		}
		found = append(found, h.explorer.found...)
	}
	slices.SortStableFunc(found, func(a, b finding) int { return a.order - b.order })
	for _, f := range found {
		x.note(f.site, f.parent, f.asked)
	}
}
