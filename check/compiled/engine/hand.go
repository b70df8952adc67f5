package engine

import "sort"

// hand is one worker. Its explorer shares the table, and counts and notes for itself.
type hand struct {
	*explorer
	crew    *crew
	region  int
	end     uint64  // the first slot behind its region
	base    uint32  // what the first successor of its region is in the table, until it has its number
	parts   int     // of the block
	size    int     // how many successors of the block belong to its region
	over    []place // those of them whose place is beyond the region
	part    int     // at hand
	asking  bool    // the states are asked about
	current int     // the place in the part
}

// place is a successor that a part has for the region.
type place struct{ part, at int }

// ready lets the worker begin a block.
func (h *hand) ready() {
	x := h.crew.x
	h.table = x.table
	h.limit, h.asked, h.seen, h.premise = x.limit, x.asked, x.seen, x.premise
	h.first, h.held, h.broken = x.first, x.held, x.broken
	h.n, h.sent, h.loops, h.hits, h.deadlocks, h.cuts = 0, 0, 0, 0, 0, 0
	h.deadlock, h.firstCut = noState, noState
	h.found, h.halted = h.found[:0], ""
	h.reducing = reducing{}
	h.asking = false
	clear(h.cover[:])
	clear(h.entered[:])
}

// order is where in its block a finding is: what is asked of a successor comes after it, a violation before the next one.
func (h *hand) order() int {
	if h.asking {
		return h.part<<40 | h.current<<1 | 1
	}
	return h.part<<40 | len(h.crew.parts[h.part].regions)<<1
}

// expandParts takes part after part, until none is left.
func (h *hand) expandParts(begin, end int) {
	h.ready()
	c := h.crew
	for !c.spoiled.Load() && c.waiting.Load() < blockWaiting {
		h.part = int(c.next.Add(1)) - 1
		id := begin + h.part*c.size
		if id >= end {
			return
		}
		p := &c.parts[h.part]
		p.regions, p.from = p.regions[:0], p.from[:0]
		for r := range p.waiting {
			p.waiting[r], p.news[r] = p.waiting[r][:0], 0
		}
		for last := min(id+c.size, end); id < last; id++ {
			h.expand(uint32(id))
		}
		h.flush()
		if h.halted != "" {
			c.spoiled.Store(true)
		}
		c.waiting.Add(int64(len(p.regions)))
	}
}

// gather hands the successors that wait to the regions that they belong to.
func (h *hand) gather(n int) {
	p, regions := &h.crew.parts[h.part], uint64(len(h.crew.hands))
	for i := range n {
		hash := h.hash[i]
		r := h.home(hash) * regions >> h.k
		p.waiting[r] = append(p.waiting[r], candidate{h.next[i], hash})
		p.regions = append(p.regions, uint8(r))
	}
	p.from = append(p.from, h.from[:n]...)
	if len(p.regions) > maxWaiting {
		h.halted = "spoiled"
	}
}

// put puts what is new into the region. There, until it has a number, a state is named by its place among all that came to
// the region.
func (h *hand) put(parts []part) {
	h.over = h.over[:0]
	for i := range parts {
		p := &parts[i]
		mine := p.waiting[h.region]
		for at := 0; at < len(mine); at += batch {
			few := mine[at:min(at+batch, len(mine))]
			for j := range few {
				h.hash[j] = few[j].place
			}
			h.touchSlots(len(few))
			over := len(h.over)
			if words == 1 && h.quotient {
				p.news[h.region] += h.putQuotients(few)
			} else {
				p.news[h.region] += h.putNumbers(few, p.first[h.region]+at)
			}
			for k := range h.over[over:] {
				o := &h.over[over+k]
				o.part, o.at = i, o.at+at
			}
		}
	}
}

// putQuotients puts some states of one part, and returns how many were new.
func (h *hand) putQuotients(few []candidate) int {
	slots, shift, news := h.slots[:h.end], (mixBits-h.k)&63, 0
	for j := range few {
		hash := few[j].place
		at := hash >> shift
		want := uint32(hash&(1<<shift-1))<<wayBits | 1
		entry := uint32(noEntry)
		if at < uint64(len(slots)) {
			entry = slots[at]
		}
		for entry != want && entry != 0 && at+1 < uint64(len(slots)) && want&(1<<wayBits-1) != 1<<wayBits-1 {
			at++
			want++
			entry = slots[at]
		}
		switch entry {
		case want:
			few[j].place = noSlot
		case 0:
			slots[at] = want
			few[j].place = at
			news++
		default:
			h.over = append(h.over, place{at: j})
		}
	}
	return news
}

// putNumbers is putQuotients for a table of numbers. The first of few is the one of that place in the region.
func (h *hand) putNumbers(few []candidate, first int) int {
	h.probe(len(few), h.end)
	h.touchNamed(len(few))
	news := 0
	for j := range few {
		slot, ok := h.claim(&few[j], first+j, h.slot[j], h.end)
		switch {
		case !ok:
			h.over = append(h.over, place{at: j})
			continue
		case slot != noSlot:
			news++
		}
		few[j].place = slot
	}
	return news
}

// claim looks for a candidate from a slot on up to the slot end, which counts on round the end of the table, and puts it into the first
// empty one. It returns its slot, or noSlot if it was there. It fails if it would have to look farther.
func (h *hand) claim(m *candidate, i int, at, end uint64) (slot uint64, ok bool) {
	round := uint64(1)<<h.k - 1
	if h.quotient {
		want := uint32(m.place&(1<<(mixBits-h.k)-1))<<wayBits | 1
		for ; at < end; at++ {
			switch h.slots[at&round] {
			case want:
				return noSlot, true
			case 0:
				h.slots[at&round] = want
				return at & round, true
			}
			if want++; want&(1<<wayBits-1) == 0 {
				break
			}
		}
		return 0, false
	}
	mask := uint32(1)<<h.k - 1
	tag := uint32(m.place) &^ mask
	for ; at < end; at++ {
		entry := h.slots[at&round]
		if entry == 0 {
			h.slots[at&round] = tag | (h.base + uint32(i) + 1)
			return at & round, true
		}
		if entry&^mask == tag && h.crew.holds(entry&mask-1, &m.state) {
			return noSlot, true
		}
	}
	return 0, false
}

// holds reports whether a number in the table is that of a state.
func (c *crew) holds(id uint32, s *state) bool {
	if int(id) < c.x.count {
		var there state
		c.x.load(id, &there)
		return same(there, *s)
	}
	for r, h := range c.hands {
		i := int(id) - int(h.base)
		if i < 0 || i >= h.size {
			continue
		}
		after := sort.Search(h.parts, func(p int) bool { return c.parts[p].first[r] > i }) // one more than its part
		p := &c.parts[after-1]
		return same(p.waiting[r][i-p.first[r]].state, *s)
	}
	return false
}

// putOver puts those whose place is beyond the region, while the other workers rest.
func (h *hand) putOver(parts []part) bool {
	for _, o := range h.over {
		p := &parts[o.part]
		m := &p.waiting[h.region][o.at]
		slot, ok := h.claim(m, p.first[h.region]+o.at, h.home(m.place), 2*uint64(len(h.slots)))
		if !ok {
			return false // too far from home, which is rare
		}
		m.place = slot
		if slot != noSlot {
			p.news[h.region]++
		}
	}
	return true
}

// store stores the new states of part after part under their numbers, and asks the properties of them.
func (h *hand) store(parts []part) {
	c := h.crew
	h.chunks, h.seen, h.asking = c.x.chunks, c.x.seen, true
	mask := uint32(1)<<h.k - 1
	for {
		h.part = int(c.next.Add(1)) - 1
		if h.part >= len(parts) {
			return
		}
		p := &parts[h.part]
		var at [maxWorkers]int
		id, end := p.id, p.id
		for _, n := range p.news {
			end += uint32(n)
		}
		for i, r := range p.regions {
			m := &p.waiting[r][at[r%maxWorkers]]
			at[r%maxWorkers]++
			if m.place == noSlot {
				continue
			}
			h.saveAt(id, &m.state, end)
			if !h.quotient {
				h.slots[m.place] = h.slots[m.place]&^mask | (id + 1)
			}
			h.current = i
			watch(h.explorer, &m.state, id, p.from[i])
			id++
		}
	}
}
