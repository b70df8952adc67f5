package engine

import (
	"sync/atomic"

	"interlock/check/compiled/engine/workers"
)

// hand is one worker. Its explorer shares the table, and counts and notes for itself.
type hand struct {
	_ [128]byte // what one worker writes lies in no cache line of another's
	*explorer
	own       explorer // it
	crew      *crew
	others    []*hand
	joined    bool                 // it has taken part in the block
	part      int                  // at hand
	now       atomic.Int64         // the same, for the others
	turn      int                  // how many new states of the part came before what is at hand
	asking    bool                 // the states are asked about
	parts     []int                // that it has expanded
	finds     []fresh              // what is new, by this worker
	found     int                  // how much of it
	until     int                  // for how much there are places in the log of all
	run       uint32               // the last of them that were taken
	late      []uint32             // places in the log of what it has taken over
	mine      [1 << ownBits]uint32 // slots of quotients that it has found something for, and one more
	mineOf    uint                 // log 2 of the slots that there were then
	contested workers.Sketch       // those of them that others have found something for, too, perhaps in later parts
	rivals    []workers.Rival
	surveyed  bool
	firsts    [2][watches]uint32 // the least of first and held, of what was stored before it turned back
	_         [128]byte
}

// reset forgets the block before.
func (h *hand) reset() {
	h.joined, h.surveyed, h.found, h.until = false, false, 0, 0
	h.parts, h.late, h.rivals = h.parts[:0], h.late[:0], h.rivals[:0]
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

// order is where in its block a finding is: what is asked of a new state comes after it, a violation before the next one.
func (h *hand) order() int {
	if h.asking {
		return h.part<<40 | h.turn<<1 | 1
	}
	return h.part<<40 | (h.found-h.crew.parts[h.part].from)<<1
}

// expandParts takes part after part of the block, until none is left.
func (h *hand) expandParts() {
	h.ready()
	c := h.crew
	for !c.spoiled.Load() && h.nextPart() {
		p := &c.parts[h.part]
		h.found = h.until // a run in the log is of one part
		p.by, p.from = h, h.found
		h.parts = append(h.parts, h.part)
		for id := p.at; id < p.last && h.halted == ""; id++ {
			c.each(h, id)
		}
		h.flush()
		if p.to = h.found; h.halted != "" {
			c.spoiled.Store(true)
		}
	}
}

// nextPart takes the next states. As many as may be follow one another, because they lead to much that is the same, and then the
// worker has it in its cache; but at the end no worker should have to wait for long.
func (h *hand) nextPart() bool {
	c := h.crew
	c.out.Lock()
	defer c.out.Unlock()
	if c.next == c.end {
		return false
	}
	size := min(max((c.end-c.next)/(2*len(c.hands)), c.few), c.most, c.end-c.next)
	if c.begun == maxParts-1 {
		size = c.end - c.next
	}
	h.part = c.begun
	p := &c.parts[h.part]
	p.at, p.last = c.next, c.next+size
	c.next, c.begun = p.last, c.begun+1
	h.now.Store(int64(h.part))
	return true
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
}

// sieveQuotients is [explorer.sieve] while others put something into the table. What was found in this block goes through.
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
	p := &h.crew.parts[i]
	h.part = i
	id, end := p.id, p.id+uint32(p.news)
	finds, mask := p.by.finds[p.from:p.to], uint32(len(h.slots)-1)
	for n := range finds {
		f := &finds[n]
		if f.from == nobody {
			continue
		}
		h.saveAt(id, &f.state, end)
		if slot := &h.slots[f.slot]; words == 1 && h.quotient {
			*slot &^= freshBit
		} else {
			*slot = *slot&^mask | (id + 1)
		}
		h.turn = n
		watch(h.explorer, &f.state, id, f.from)
		id++
	}
}
