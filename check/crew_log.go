package check

import (
	"sync/atomic"

	"interlock/check/compiled/engine/workers"
)

const (
	runStates    = 64      // places in the log that a worker takes at once
	enoughStates = 1 << 15 // so many a block should find
	nearStates   = 1 << 13 // and in a table of quotients: their slots should still be in the caches when they are stored
	findStates   = 1 << 16 // a worker finds in a block, at most
	logStates    = 1 << 17 // places in the log
	nobody       = noState - 1
	ownBits      = 15      // log 2 of the slots of quotients that a worker remembers
	freshBit     = 1 << 31 // of a slot of quotients: the state was found in this block
)

// Why a block does not go smoothly.
const (
	tooMuch = "more was found than there is room for"
	tooFar  = "a place in the table is too far from home"
)

// finds is what a worker has found in a block. In a table of numbers the slot of a state names it by what its number would be if all that is
// in the log before it was new.
type finds struct {
	words  int
	states []uint64
	from   []uint32 // the state that it was found from; nobody: a part before this one has found it too
	slots  []uint32
}

// newFinds makes room for what a worker finds in a block. What is not used costs nothing.
func newFinds(words int) finds {
	return finds{words, make([]uint64, findStates*words), make([]uint32, findStates), make([]uint32, findStates)}
}

func (f *finds) state(n int) []uint64 { return f.states[n*f.words : (n+1)*f.words] }

// stretch is a run of places in the log: what belongs there lies where the worker keeps what it finds, from a place on.
type stretch struct {
	by   *hand
	at   int
	part int // all of it was found there
}

// ownPlace is where a worker remembers that it has found something for a slot of quotients. Another slot may take the place: then what it has
// found twice is a rival of itself.
func ownPlace(slot uint32) uint32 { return slot * 0x9e3779b1 >> (32 - ownBits) }

// blank is where the next state is to be written; false where there is no room. Places in the log are for all, but each worker
// keeps what it finds in memory of its own, block after block: so it stays in its cache.
func (h *hand) blank() (index uint32, ok bool) {
	if h.known == h.until {
		end := h.crew.taken.Add(runStates)
		if end > h.crew.room || h.until+runStates > findStates {
			h.spoil(tooMuch)
			return 0, false
		}
		h.run = uint32(end - runStates)
		h.crew.log[h.run/runStates] = stretch{h, h.until, h.part}
		h.until += runStates
	}
	return h.run + uint32(h.known%runStates), true
}

// spoil ends the block.
func (h *hand) spoil(why string) { h.reason, h.x.halted = why, true }

// gather looks up the successors that wait, n of them, and puts what is new into the table.
func (h *hand) gather(n int) {
	b, st := h.batch, h.st
	n = b.fresh(st, n)
	h.touch(b.hashes[:n])
	for i := range n {
		w := b.next[i*st.words : (i+1)*st.words]
		if h.reason != "" {
			return
		}
		if st.quotient {
			h.placeQuotient(w, b.hashes[i], b.from[i])
		} else {
			h.placeNumber(w, b.hashes[i], b.from[i])
		}
	}
}

// touch is [store.touch] while others put something into the table.
func (h *hand) touch(hashes []uint64) {
	st := h.st
	sink, slots, shift := uint32(0), st.slots, st.shift()&63
	for _, hash := range hashes {
		sink |= atomic.LoadUint32(&slots[hash>>shift])
	}
	if h.sink |= sink; st.quotient {
		return
	}
	mask, last := uint32(len(slots)-1), byte(0)
	for _, hash := range hashes {
		entry := atomic.LoadUint32(&slots[hash>>shift])
		id := entry&mask - 1
		if (entry^uint32(hash))&^mask != 0 || id >= uint32(st.n) {
			id = 0
		}
		last |= st.chunks[id>>chunkShift][int(id&chunkMask)*st.size]
	}
	h.sink |= uint32(last)
}

// placeQuotient looks for a state, and puts it into the table if it is new.
func (h *hand) placeQuotient(w []uint64, hash uint64, from uint32) {
	const waysMask = 1<<wayBits - 1
	slots, shift := h.st.slots, h.st.shift()&63
	mask := uint32(len(slots) - 1)
	want := uint32(hash&(1<<shift-1))<<wayBits | 1
	for at := uint32(hash >> shift); ; at = (at + 1) & mask {
		entry := atomic.LoadUint32(&slots[at])
		if entry == 0 {
			if h.claim(w, from, at, 0, want|freshBit) {
				return
			}
			entry = atomic.LoadUint32(&slots[at])
		}
		if entry&^freshBit == want {
			if entry != want {
				h.contest(w, from, at)
			}
			return
		}
		if want++; want&waysMask == 0 {
			h.spoil(tooFar) // which is rare
			return
		}
	}
}

// claim writes a state into the log, and puts an entry into its slot instead of another, unless somebody was quicker.
// In a table of numbers it is the number of the place that is added to the entry.
func (h *hand) claim(w []uint64, from, at, was, entry uint32) bool {
	index, ok := h.blank()
	if !ok {
		return true
	}
	h.find(w, from, at)
	if !h.st.quotient {
		entry += index
	}
	if !atomic.CompareAndSwapUint32(&h.st.slots[at], was, entry) {
		return false
	}
	if h.known++; h.st.quotient {
		h.mine[ownPlace(at)] = at + 1
	}
	return true
}

// find writes a state where the next one belongs.
func (h *hand) find(w []uint64, from, at uint32) {
	copyWords(h.finds.state(h.known), w)
	h.finds.from[h.known], h.finds.slots[h.known] = from, at
}

// contest writes a state into the log that was found in this block already, if that was another worker, and perhaps in
// a later part. Which of them is the first is seen when all of the block has been found.
func (h *hand) contest(w []uint64, from, at uint32) {
	mine := &h.mine[ownPlace(at)]
	if *mine == at+1 {
		return
	}
	for _, other := range h.others {
		if int(other.now.Load()) < h.part {
			continue
		}
		if _, ok := h.blank(); ok {
			h.find(w, from, at)
			*mine = at + 1
			h.known++
			h.contested.Add(at)
		}
		return
	}
}

// placeNumber is placeQuotient for a table of numbers. Where a later part has found the state, this one takes it over.
func (h *hand) placeNumber(w []uint64, hash uint64, from uint32) {
	st := h.st
	slots, base := st.slots, uint32(st.n)
	mask := uint32(len(slots) - 1)
	tag := uint32(hash) &^ mask
	for at := uint32(hash >> (st.shift() & 63)); h.reason == ""; at = (at + 1) & mask {
		entry := atomic.LoadUint32(&slots[at])
		if entry == 0 {
			if h.claim(w, from, at, 0, tag|(base+1)) {
				return
			}
			entry = atomic.LoadUint32(&slots[at])
		}
		for entry&^mask == tag {
			id := entry&mask - 1
			if id < base {
				if st.holds(id, w) {
					return
				}
				break
			}
			f := &h.crew.log[(id-base)/runStates]
			if !sameWords(f.by.finds.state(f.at+int((id-base)%runStates)), w) {
				break
			}
			if f.part <= h.part {
				return
			}
			if h.claim(w, from, at, entry, tag|(base+1)) {
				if h.reason == "" {
					h.late = append(h.late, id-base)
				}
				return
			}
			entry = atomic.LoadUint32(&slots[at])
		}
	}
}

// findRivals lists what the worker has found that others may have found too.
func (h *hand) findRivals() {
	h.rivals, h.surveyed = h.rivals[:0], true
	contested := &h.crew.contested
	for _, i := range h.parts {
		p := &h.crew.parts[i]
		for n, slot := range h.finds.slots[p.from:p.to] {
			if contested.Has(slot) {
				h.rivals = append(h.rivals, workers.Rival{Slot: slot, Part: i, At: n})
			}
		}
	}
}
