package engine

import "sync/atomic"

// hand is one worker. Its explorer shares the table, and counts and notes for itself.
type hand struct {
	_ [128]byte // what one worker writes lies in no cache line of another's
	*explorer
	own    explorer // it
	crew   *crew
	joined bool    // it has taken part in the block
	part   int     // at hand
	turn   int     // how many successors of the part it has looked up
	asking bool    // the states are asked about
	parts  []int   // that it has expanded
	finds  []fresh // what is new, by this worker
	found  int     // how much of it
	until  int     // for how much there are places in the log of all
	run    uint32  // the last of them that were taken
	sooner []sooner
	firsts [2][watches]uint32 // the least of first and held, of what was stored before it turned back
	_      [128]byte
}

// reset forgets the block before.
func (h *hand) reset() {
	h.joined, h.found, h.until, h.parts, h.sooner = false, 0, 0, h.parts[:0], h.sooner[:0]
}

// ready lets the worker begin a block.
func (h *hand) ready() {
	x := h.crew.x
	h.count, h.chunks, h.slots, h.k, h.quotient = x.count, x.chunks, x.slots, x.k, x.quotient
	h.limit, h.asked, h.seen, h.premise = x.limit, x.asked, x.seen, x.premise
	h.first, h.held, h.broken = x.first, x.held, x.broken
	h.firsts[0], h.firsts[1] = x.first, x.held
	h.n, h.sent, h.loops, h.hits, h.deadlocks, h.cuts = 0, 0, 0, 0, 0, 0
	h.deadlock, h.firstCut = noState, noState
	h.explorer.found, h.halted, h.live = h.explorer.found[:0], "", 1
	h.reducing = reducing{}
	h.joined, h.asking = true, false
	clear(h.cover[:])
	clear(h.entered[:])
}

// order is where in its block a finding is: what is asked of a successor comes after it, a violation before the next one.
func (h *hand) order() int {
	order := h.part<<40 | h.turn<<1
	if h.asking {
		order |= 1
	}
	return order
}

// expandParts takes part after part of the states before end, until none is left.
func (h *hand) expandParts(end int) {
	h.ready()
	c := h.crew
	for !c.spoiled.Load() && c.taken.Load() < c.enough {
		h.part = int(c.next.Add(1)) - 1
		id := c.begin + h.part*c.size
		if id >= end {
			return
		}
		p := &c.parts[h.part]
		p.by, p.from, h.turn = h, h.found, 0
		h.parts = append(h.parts, h.part)
		for last := min(id+c.size, end); id < last && h.halted == ""; id++ {
			h.expand(uint32(id))
		}
		h.flush()
		if p.to = h.found; h.halted != "" {
			c.spoiled.Store(true)
		}
	}
}

// gather looks up the successors that wait, and puts what is new into the table.
func (h *hand) gather(n int) {
	if words == 1 && h.quotient {
		for _, i := range h.open[:h.sieveQuotients(n)] {
			h.placeQuotient(int(i))
		}
	} else {
		for _, i := range h.open[:h.sieveNumbers(n)] {
			h.placeNumber(int(i))
		}
	}
	h.turn += n
}

// sieveQuotients is [explorer.sieve] while others put something into the table. What a block has found goes through.
func (h *hand) sieveQuotients(n int) int {
	slots, shift, left := h.slots, (mixBits-h.k)&63, uint(0)
	for i, hash := range h.hash[:n] {
		h.open[left%batch] = uint8(i)
		keep := uint(1)
		if atomic.LoadUint32(&slots[hash>>shift]) == uint32(hash&(1<<shift-1))<<wayBits|1 {
			keep = 0
		}
		left += keep
	}
	return int(left)
}

// sieveNumbers is sieveQuotients for a table of numbers.
func (h *hand) sieveNumbers(n int) int {
	slots, shift, from, sink := h.slots, (64-h.k)&63, h.tagged(), uint32(0)
	mask := uint32(len(slots) - 1)
	for _, hash := range h.hash[:n] {
		sink |= atomic.LoadUint32(&slots[hash>>shift])
	}
	h.sink = sink
	for i, hash := range h.hash[:n] {
		tag, at := uint32(hash>>from)<<h.k, hash>>shift
		entry := atomic.LoadUint32(&slots[at])
		for entry != 0 && entry&^mask != tag {
			at++
			entry = atomic.LoadUint32(&slots[at&uint64(mask)])
		}
		h.slot[i], h.named[i] = at, entry
	}
	left := uint(0)
	for i, entry := range h.named[:n] {
		id := (entry - 1) & mask
		if id >= uint32(h.count) {
			id = 0
		}
		var there state
		h.load(id, &there)
		h.open[left%batch] = uint8(i)
		keep := uint(1)
		if same(there, h.next[i]) {
			keep = 0
		}
		left += keep
	}
	return int(left)
}

// store stores the new states under their numbers, and asks the properties of them: first those of the parts that the worker has
// expanded, as it has them in its cache, then what others have left.
func (h *hand) store(parts []part) {
	if !h.joined {
		h.ready()
	}
	h.chunks, h.asking = h.crew.x.chunks, true
	h.turnBack()
	for _, i := range h.parts {
		if parts[i].begun.CompareAndSwap(false, true) {
			h.storePart(i)
		}
	}
	h.turnBack()
	for i := range parts {
		if !parts[i].begun.Load() && parts[i].begun.CompareAndSwap(false, true) {
			h.storePart(i)
		}
	}
	h.turnBack()
}

// turnBack keeps what the states have shown so far, as the next ones may come before them.
func (h *hand) turnBack() {
	x := h.crew.x
	for i := range h.first {
		h.firsts[0][i] = min(h.firsts[0][i], h.first[i])
		h.firsts[1][i] = min(h.firsts[1][i], h.held[i])
	}
	h.first, h.held, h.seen = x.first, x.held, x.seen
}

// storePart stores the new states of a part.
func (h *hand) storePart(i int) {
	c := h.crew
	p := &c.parts[i]
	h.part = i
	id, end, late := p.id, p.id+uint32(p.news), p.late
	from, to := uint64(i*c.size)<<32, uint64((i+1)*c.size)<<32
	finds := p.by.finds[p.from:p.to]
	for at := range finds {
		f := &finds[at]
		if f.order < from || f.order >= to {
			continue // another part has come upon it sooner
		}
		for ; len(late) > 0 && c.fresh(late[0]).order < f.order; late = late[1:] {
			h.storeFresh(c.fresh(late[0]), id, end)
			id++
		}
		h.storeFresh(f, id, end)
		id++
	}
	for _, index := range late {
		h.storeFresh(c.fresh(index), id, end)
		id++
	}
}

// storeFresh stores one state. The number end is another's.
func (h *hand) storeFresh(f *fresh, id, end uint32) {
	h.saveAt(id, &f.state, end)
	h.name(f, id)
	h.turn = int(uint32(f.order))
	watch(h.explorer, &f.state, id, uint32(h.crew.begin)+uint32(f.order>>32))
}
