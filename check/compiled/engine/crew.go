package engine

import (
	"slices"
	"sync/atomic"
	"unsafe"
)

const (
	maxWorkers  = 64
	maxParts    = 64  // of a block, at most
	partStates  = 64  // of a part, at most: what a block has touched should still be in the caches when it is stored
	leastStates = 512 // of a block: fewer are left to one worker, who is as quick
)

// crew is several workers that search as one would: the numbers of the states, what is found first and what is counted come
// out the same. The states of a level are taken in blocks, and a block in two strides:
//
//   - The workers expand the states, in parts, and look the successors up in the one table. What is new they put there at
//     once, named by its place in the log; of equal successors the place of the first one in order is kept.
//   - The new ones of each part are counted: that gives the first number of each part. Then the workers store them under
//     their numbers, name them by those in the table, and ask the properties of them.
//
// Where that does not go smoothly (a limit is near, a lookup leads too far), what is new is taken out again, the block is
// as if it had not been begun, and one worker expands it.
type crew struct {
	x       *explorer
	hands   []*hand
	least   int // states of a block
	most    int // states of a part, at most
	size    int // states of a part
	begin   int // the first state of the block
	parts   []part
	log     []stretch
	next    atomic.Int64 // the next part
	taken   atomic.Int64 // how much of the log is
	enough  int64        // so much: no further part is begun
	room    int64        // how much may be
	spoiled atomic.Bool  // it has not gone smoothly
	alone   int          // one worker expands the states before this one
	used    int64        // how much of the log was, at most
	gate
}

// part is what the expansion of some states has led to.
type part struct {
	by       *hand
	from, to int         // what is new, of that worker's
	begun    atomic.Bool // somebody stores it
	late     []uint32    // what another part had found, but later, by place in the log
	news     int         // how many are new
	id       uint32      // the number of the first of them
}

// newCrew makes n workers for x, who share blocks of at least so many states. Who makes one must call [crew.dismiss].
func newCrew(x *explorer, n, least int) *crew {
	c := &crew{x: x, least: least, most: partStates, parts: make([]part, maxParts), log: make([]stretch, logStates/runStates)}
	for i := range n {
		h := &hand{own: explorer{live: 1, full: batch}, crew: c, finds: newFinds(x)}
		h.explorer = &h.own
		if h.recent = x.recent; i > 0 {
			h.recent = newRecent(x)
		}
		h.hand = h
		c.hands = append(c.hands, h)
	}
	c.forget()
	x.share = c.share
	c.hire()
	return c
}

// newRecent is memory for what a worker has found a moment ago.
func newRecent(x *explorer) *[recentStates]state {
	return (*[recentStates]state)(unsafe.Pointer(&x.memory(recentStates * 8 * words)[0]))
}

// share lets the workers do the pieces of 0..n-1.
func (c *crew) share(n int, do func(from, to int) bool) bool {
	var next atomic.Int64
	var failed atomic.Bool
	size := max(leastShared, (n+4*len(c.hands)-1)/(4*len(c.hands)))
	c.together(func(*hand) {
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

// block expands the next states before end. That it did not is for one worker to do: at least the next state.
func (c *crew) block(end int) bool {
	x := c.x
	if x.expanded < c.alone || end-x.expanded < c.least {
		return false
	}
	x.flush()
	if x.halted != "" || !x.reserve(batch) {
		return false
	}
	if !x.tell(x) {
		x.halt("stopped", 0, uint32(x.expanded))
		return true
	}
	if !c.allot() {
		c.alone = min(end, x.expanded+partStates)
		return false
	}
	c.begin = x.expanded
	c.size = max(1, min(c.most, (end-c.begin)/(8*len(c.hands))))
	end = min(end, c.begin+maxParts*c.size)
	for _, h := range c.hands {
		h.reset()
	}
	c.next.Store(0)
	c.taken.Store(0)
	c.spoiled.Store(false)
	c.together(func(h *hand) { h.expandParts(end) })
	c.used = max(c.used, min(c.taken.Load(), logStates))
	n := min(int(c.next.Load()), (end-c.begin+c.size-1)/c.size)
	end = min(end, c.begin+n*c.size)
	if c.spoiled.Load() {
		c.undo()
		c.alone = end
		return false
	}
	c.keep(c.parts[:n])
	x.expanded = end
	x.near()
	return true
}

// allot says how much a block may find. It fails where a limit is so near that one worker must find out where it lies.
func (c *crew) allot() bool {
	x := c.x
	room := min(logStates, 7<<x.k>>3-x.count, x.limit.states-x.count-2*batch)
	bytes := x.bytes() + int64(room>>chunkShift+1)*chunkSize*stateBytes
	if bytes+4<<max(x.k+1, nextSlots) > x.limit.bytes { // the table may not grow: one worker fills it so far
		room = min(room, 3<<x.k>>2-batch-x.count)
	}
	c.room, c.enough = int64(room), int64(min(room/2, enoughStates))
	return bytes <= x.limit.bytes && room >= 2*runStates*len(c.hands)
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

// undo takes what a block has found out of the table again. As all of it came last, who looks for the others does not miss it.
func (c *crew) undo() {
	var next atomic.Int64
	c.together(func(*hand) {
		for {
			i := int(next.Add(1)) - 1
			if i >= len(c.hands) {
				return
			}
			h := c.hands[i]
			for _, f := range h.finds[:h.found] {
				c.x.slots[f.slot] = 0
			}
		}
	})
	c.forget()
}

// keep adds what a block has led to.
func (c *crew) keep(parts []part) {
	x := c.x
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
	x.count = count
	c.learn()
}

// settleOrder counts what is new by the part that comes upon it first.
func (c *crew) settleOrder(parts []part) {
	for i := range parts {
		p := &parts[i]
		p.news, p.late = p.to-p.from, p.late[:0]
		p.begun.Store(false)
	}
	for _, h := range c.hands {
		for _, s := range h.sooner {
			f := c.fresh(s.index)
			if f.order != s.order {
				continue // another worker came upon it still sooner
			}
			p := &parts[c.partOf(s.order)]
			p.late = append(p.late, s.index)
			p.news++
			parts[c.finder(parts, s.index)].news--
		}
	}
	for i := range parts {
		slices.SortFunc(parts[i].late, func(a, b uint32) int {
			if c.fresh(a).order < c.fresh(b).order {
				return -1
			}
			return 1
		})
	}
}

// finder is the part that has found what is at a place in the log.
func (c *crew) finder(parts []part, index uint32) int {
	s := &c.log[index/runStates]
	at := s.at + int(index%runStates)
	i := slices.IndexFunc(s.by.parts, func(i int) bool { return at < parts[i].to })
	return s.by.parts[i]
}

// partOf is the part of a place in the order.
func (c *crew) partOf(order uint64) int { return int(order>>32) / c.size }

// learn takes in what the workers have found out.
func (c *crew) learn() {
	x := c.x
	var found []finding
	for _, h := range c.hands {
		if !h.joined {
			continue
		}
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
