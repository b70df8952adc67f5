package check

import (
	"sync/atomic"

	"interlock/check/compiled/engine/workers"
)

// hand is one worker: a search that shares the store, and counts and notes for itself.
type hand struct {
	_ [128]byte // what one worker writes lies in no cache line of another's
	*search
	own       search // it
	exec      exec   // that of it
	crew      *crew
	others    []*hand
	joined    bool                 // it has taken part in the block
	part      int                  // at hand
	now       atomic.Int64         // the same, for the others
	turn      int                  // how many new states of the part came before what is at hand
	asking    bool                 // the states are asked about
	parts     []int                // that it has expanded
	finds     finds                // what is new, by this worker
	known     int                  // how much of it
	until     int                  // for how much there are places in the log of all
	run       uint32               // the last of them that were taken
	late      []uint32             // places in the log of what it has taken over
	mine      [1 << ownBits]uint32 // slots of quotients that it has found something for, and one more
	mineOf    uint                 // log 2 of the slots that there were then
	contested workers.Sketch       // those of them that others have found something for, too, perhaps in later parts
	rivals    []workers.Rival
	surveyed  bool
	firsts    []sights // by watch: the least of what was stored before it turned back
	sink      uint32
	_         [128]byte
}

// newHand makes a worker.
func newHand(c *crew) *hand {
	s := c.s
	h := &hand{exec: *newExec(s.p), crew: c, finds: newFinds(s.p.words), firsts: make([]sights, len(s.watches))}
	h.own = search{p: s.p, x: &h.exec, st: s.st, batch: newBatch(s.p.words), initially: s.initially, assumes: s.assumes, assumed: s.assumed,
		before: apart[uint64](s.p.words), cover: newCoverage(s.p), places: map[spot]*finding{}, hand: h}
	own := &h.own
	h.search = own
	own.opts, own.ctx = s.opts, s.ctx
	own.visit = own.step
	for _, w := range s.watches {
		own.watches = append(own.watches, w.copy())
	}
	own.x.tick = h.tick
	own.x.most, own.x.overdo = s.opts.MaxChoices, func(step) { own.reason = s.fullOfChoices() }
	h.remember(newMemos(s.p, s.opts.MaxMemory))
	return h
}

// apart makes a slice in cache lines of its own: what one worker writes again and again another should not have to fetch.
func apart[T any](n int) []T {
	const pad = 128 // elements, of a byte at least
	return make([]T, pad+n+pad)[pad : pad+n : pad+n]
}

// remember gives the worker other memos.
func (h *hand) remember(m *memos) { h.memos, h.x.memos = m, m }

// tick looks now and then whether the search is to end. It reports whether it is; what there is to say of it, the one who waits says.
func (h *hand) tick() bool {
	if h.countdown--; h.countdown <= 0 {
		h.countdown = ticks
		if h.ctx.Err() != nil && h.reason == "" {
			h.reason = "it was interrupted"
		}
	}
	return h.reason != ""
}

// reset forgets the block before.
func (h *hand) reset() {
	h.joined, h.surveyed, h.known, h.until = false, false, 0, 0
	h.parts, h.late, h.rivals = h.parts[:0], h.late[:0], h.rivals[:0]
}

// ready lets the worker begin a block.
func (h *hand) ready() {
	s := h.crew.s
	h.joined, h.asking = true, false
	h.reason, h.batch.n = "", 0
	h.transitions, h.deadlocks, h.cut = 0, 0, 0
	h.deadlock, h.firstCut = noState, noState
	h.search.found = h.search.found[:0]
	clear(h.places)
	clear(h.cover.counts)
	clear(h.cover.entered)
	clear(h.x.defers)
	for i, w := range h.watches {
		w.follow(s.watches[i])
		h.firsts[i] = w.sights
	}
}

// order is where in its block a finding is: what is asked of a new state comes after it, a violation before the next one.
func (h *hand) order() int {
	if h.asking {
		return h.part<<40 | h.turn<<1 | 1
	}
	return h.part<<40 | (h.known-h.crew.parts[h.part].from)<<1
}

// expandParts takes part after part of the block, until none is left.
func (h *hand) expandParts() {
	h.ready()
	c := h.crew
	for !c.spoiled.Load() && h.nextPart() {
		p := &c.parts[h.part]
		h.known = h.until // a run in the log is of one part
		p.by, p.from = h, h.known
		h.parts = append(h.parts, h.part)
		for id := p.at; id < p.last && h.reason == ""; id++ {
			c.each(h, id)
		}
		h.flush()
		if p.to = h.known; h.reason != "" {
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
	size := min(max((c.end-c.next)/(2*len(c.hands)), c.few), partStates, c.end-c.next)
	if c.begun == blockParts-1 {
		size = c.end - c.next
	}
	h.part = c.begun
	p := &c.parts[h.part]
	p.at, p.last = c.next, c.next+size
	c.next, c.begun = p.last, c.begun+1
	h.now.Store(int64(h.part))
	return true
}

// store stores the new states under their numbers, and asks the properties of them: first those of the parts that the worker has
// expanded, as it has them in its cache, then what others have left.
func (h *hand) store(parts []part) {
	if !h.joined {
		h.ready()
	}
	h.asking = true
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
	clear(h.places)
	for i, w := range h.watches {
		of := h.crew.s.watches[i]
		h.firsts[i].join(w.sights)
		w.sights = of.sights
	}
}

// storePart stores the new states of a part.
func (h *hand) storePart(i int) {
	p := &h.crew.parts[i]
	h.part = i
	st, f := h.st, &p.by.finds
	id, end, mask := p.id, p.id+uint32(p.news), uint32(len(st.slots)-1)
	for n := p.from; n < p.to; n++ {
		if f.from[n] == nobody {
			continue
		}
		w := f.state(n)
		st.saveAt(id, w, end)
		if slot := &st.slots[f.slots[n]]; st.quotient {
			*slot &^= freshBit
		} else {
			*slot = *slot&^mask | (id + 1)
		}
		h.turn = n - p.from
		h.watch(id, w, f.from[n])
		id++
	}
}
