package check

import (
	"slices"
	"sync"
	"sync/atomic"

	"interlock/check/compiled/engine/workers"
)

const (
	blockParts  = 1 << 10 // of a block, at most
	partStates  = 1 << 16 // of a part, at most
	fewStates   = 16      // of a part, at least
	leastStates = 256     // of a block: fewer are left to one worker, who is as quick
	leastShared = 1 << 20 // states that are worth being put into a larger table by several
)

// crew is several workers that search as one would: the numbers of the states, what is found first and what is counted come
// out the same, and so does the report. It is the way in which a compiled search has several workers (docs/decisions/0009-workers.md).
// The states of a level are taken in blocks, and a block in two strides:
//
//   - The workers expand the states, in parts, and look the successors up in the one store. What is new they put into its slots at
//     once, and write it into a log, each into its own. What an earlier part comes upon that a later one has found, it takes over.
//   - The new ones of each part are counted: that gives the first number of each part. Then the workers store them under
//     their numbers, and ask the properties of them.
//
// Where that does not go smoothly (a limit is near, a lookup leads too far), what is new is taken out again, and the block is
// as if it had not been begun.
type crew struct {
	s     *search
	hands []*hand
	least int // states of a block
	few   int // states of a part, at least
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

// block lets the workers expand some of the next states before end, or none: then one worker goes on.
func (s *search) block(end int) bool {
	if !s.hires(end - s.expanded) {
		return false
	}
	n, ok := s.crew.block(s.expanded, end, func(h *hand, id int) { h.expand(uint32(id)) })
	s.expanded += n
	return ok
}

// hires reports whether there are workers. They are called when there are enough states for the first time.
func (s *search) hires(states int) bool {
	if s.crew == nil {
		if s.opts.Workers < 2 || states < s.shared || s.opts.Soon || s.p.reduce != nil && s.p.reduce.ample != nil {
			return false
		}
		s.crew = newCrew(s, min(s.opts.Workers, MaxWorkers))
	}
	return true
}

// newCrew makes n workers for s. Who makes them must call [search.dismiss].
func newCrew(s *search, n int) *crew {
	c := &crew{s: s, least: s.shared, few: max(1, min(fewStates, s.shared/fewStates)), yield: 2, parts: make([]part, blockParts), log: make([]stretch, logStates/runStates)}
	for range n {
		c.hands = append(c.hands, newHand(c))
	}
	c.hands[0].remember(s.memos) // whoever calls is the first worker: it knows what it has learnt alone
	for i, h := range c.hands {
		h.others = append(append(h.others, c.hands[:i]...), c.hands[i+1:]...)
	}
	c.forget()
	c.gate = workers.NewGate(n)
	s.st.setAside(1)
	s.st.share = func(n int, do func(from, to int) bool) bool { return c.gate.Share(n, leastShared, do) }
	return c
}

// dismiss ends the workers, if there are.
func (s *search) dismiss() {
	if s.crew != nil {
		s.st.share = nil
		s.crew.gate.Dismiss()
	}
}

// together lets the workers take part in a stride.
func (c *crew) together(do func(h *hand)) {
	c.gate.Together(func(worker int) { do(c.hands[worker]) })
}

// block expands some of the states from..end-1, the first n or none. If it does not do well, the next state is for one worker.
func (c *crew) block(from, end int, each func(h *hand, at int)) (n int, well bool) {
	s := c.s
	if from < c.alone || end-from < c.least {
		return 0, false
	}
	if s.flush(); s.reason != "" || !s.room(2*chunkSize) { // within a chunk, when a table grows may decide where the search ends
		c.alone = min(end, from+c.least)
		return 0, false
	}
	s.st.reserve(batchSize)
	s.countdown = 1
	if s.tick(s.progress) {
		return 0, true
	}
	if !c.allot(from, end) {
		c.alone = min(end, from+c.least)
		return 0, false
	}
	for _, h := range c.hands {
		h.memos.visited(&s.cover)
	}
	c.each = each
	c.together((*hand).expandParts)
	c.used = max(c.used, min(c.taken.Load(), logStates))
	if c.spoiled.Load() {
		return 0, c.undo()
	}
	c.keep()
	s.near()
	return c.end - from, true
}

// allot chooses the first of the states from..end-1, so many that what they lead to is likely to find room. It fails where a limit is so
// near that one worker must find out where it lies.
func (c *crew) allot(from, end int) bool {
	s := c.s
	st := s.st
	room := min(logStates, 7<<st.k>>3-st.n, s.opts.MaxStates-st.n-2*batchSize)
	if room > 0 && !s.room(room+batchSize) { // the table may not grow: one worker fills it so far
		room = min(room, 3<<st.k>>2-batchSize-st.n)
	}
	if room <= 0 || !s.room(room+batchSize) {
		return false
	}
	enough := enoughStates
	if st.quotient {
		enough = nearStates
	}
	c.room, c.begin = int64(room), from
	c.end = min(end, c.begin+int(float64(min(room/2, enough))/c.yield))
	if c.end-c.begin < c.least || room < c.leastRoom() {
		return false
	}
	c.taken.Store(0)
	c.spoiled.Store(false)
	c.next, c.begun = c.begin, 0
	for _, h := range c.hands {
		h.reset()
		if h.mineOf != st.k {
			h.mine, h.mineOf = [1 << ownBits]uint32{}, st.k
		}
	}
	return true
}

// leastRoom is how many places in the log a block may come to need though little is found, as each worker takes several at once.
func (c *crew) leastRoom() int { return 4 * runStates * len(c.hands) }

// bytes is the memory that the workers need beside the table.
func (c *crew) bytes() int64 {
	if c == nil {
		return 0
	}
	return c.used * int64(8*c.s.p.words+8)
}

// forget makes the workers forget what they have found a moment ago.
func (c *crew) forget() {
	for _, h := range c.hands {
		h.batch.warm(c.s.st.at(0))
	}
}

// undo takes what a block has found out of the table again. As all of it came last, who looks for the others does not miss it. What has
// been learnt in it is forgotten, too: the search may end before it would be learnt. It reports whether the workers may try again.
func (c *crew) undo() bool {
	slots := c.s.st.slots
	for _, h := range c.hands {
		for _, i := range h.parts {
			for _, slot := range h.finds.slots[c.parts[i].from:c.parts[i].to] {
				slots[slot] = 0
			}
		}
		h.contested, h.mineOf = workers.Sketch{}, 0
		h.remember(newMemos(c.s.p, c.s.opts.MaxMemory))
	}
	c.s.memos = c.hands[0].memos
	c.s.x.memos = c.s.memos
	if r := c.s.p.reduce; r != nil && r.shape != nil {
		r.shape.lost.Store(false)
	}
	c.forget()
	for _, h := range c.hands {
		switch {
		case !h.joined || h.reason == "":
		case h.reason == tooMuch:
			c.yield *= 2
		case h.reason == tooFar:
			c.s.st.grow(c.s.st.k + 1)
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
	st, parts := c.s.st, c.parts[:c.begun]
	c.settleOrder(parts)
	count := st.n
	for i := range parts {
		parts[i].id = uint32(count)
		count += parts[i].news
	}
	for len(st.chunks) < (count+chunkMask)>>chunkShift {
		st.chunks = append(st.chunks, st.newChunk())
	}
	c.together(func(h *hand) { h.store(parts) })
	c.yield = max(0.5, c.yield*3/4, 1.25*float64(count-st.n)/float64(c.end-c.begin))
	st.n = count
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
			f := &c.log[index/runStates]
			f.by.finds.from[f.at+int(index%runStates)] = nobody
			parts[f.part].news--
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
		p.by.finds.from[p.from+r.At] = nobody
		p.news--
	})
}

// learn takes in what the workers have found out.
func (c *crew) learn() {
	s := c.s
	var found []*finding
	for _, h := range c.hands {
		if !h.joined {
			continue
		}
		if !c.starts {
			s.transitions += h.transitions
		}
		s.deadlocks += h.deadlocks
		s.deadlock = min(s.deadlock, h.deadlock)
		s.cut += h.cut
		s.firstCut = min(s.firstCut, h.firstCut)
		s.cover.join(&h.cover)
		for i, was := range h.x.defers {
			s.x.defers[i] = s.x.defers[i] || was
		}
		for i, w := range h.watches {
			s.watches[i].join(w, h.firsts[i])
		}
		found = append(found, h.search.found...)
	}
	slices.SortStableFunc(found, func(a, b *finding) int { return a.order - b.order })
	for _, f := range found {
		s.note(f)
	}
}
