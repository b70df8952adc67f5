package engine

import (
	"sync/atomic"
	"unsafe"

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

// fresh is a state that a block has found. In a table of numbers its slot names it by what its number would be if all that is in
// the log before it was new.
type fresh struct {
	state state
	from  uint32 // the state that it was found from; nobody: a part before this one has found it too
	slot  uint32
}

// stretch is a run of places in the log. What belongs there lies where the worker keeps what it finds.
type stretch struct {
	states atomic.Pointer[[runStates]fresh]
	part   int // all of it was found there
}

// ownPlace is where a worker remembers that it has found something for a slot of quotients. Another slot may take the place: then what it has
// found twice is a rival of itself.
func ownPlace(slot uint32) uint32 { return slot * 0x9e3779b1 >> (32 - ownBits) }

// newFinds makes room for what a worker finds in a block. What is not used costs nothing.
func newFinds(x *explorer) []fresh {
	memory := x.memory(findStates * int(unsafe.Sizeof(fresh{})))
	return unsafe.Slice((*fresh)(unsafe.Pointer(&memory[0])), findStates)
}

// fresh is the state at a place in the log, and the part that has found it.
func (c *crew) fresh(index uint32) (*fresh, int) {
	s := &c.log[index/runStates]
	states := s.states.Load()
	return &states[index%runStates], s.part
}

// blank is where the next state is to be written, or nil where there is no room. Places in the log are for all, but each worker
// keeps what it finds in memory of its own, block after block: so it stays in its cache.
func (h *hand) blank() (f *fresh, index uint32) {
	if h.found == h.until {
		end := h.crew.taken.Add(runStates)
		if end > h.crew.room || h.until+runStates > findStates {
			h.halted = "full"
			return nil, 0
		}
		h.run = uint32(end - runStates)
		h.until += runStates
		s := &h.crew.log[h.run/runStates]
		s.part = h.part
		s.states.Store((*[runStates]fresh)(h.finds[h.found:h.until]))
	}
	return &h.finds[h.found], h.run + uint32(h.found%runStates)
}

// placeQuotient looks for a successor of the batch, and puts it into the table if it is new.
func (h *hand) placeQuotient(i int) {
	const waysMask = 1<<wayBits - 1
	hash, shift, mask := h.hash[i], (mixBits-h.k)&63, uint64(len(h.slots)-1)
	want := uint32(hash&(1<<shift-1))<<wayBits | 1
	for at := hash >> shift; h.halted == ""; at = (at + 1) & mask {
		entry := atomic.LoadUint32(&h.slots[at])
		if entry == 0 {
			if h.claim(i, at, 0, want|freshBit) {
				return
			}
			entry = atomic.LoadUint32(&h.slots[at])
		}
		if entry&^freshBit == want {
			if entry != want {
				h.contest(i, at)
			}
			return
		}
		if want++; want&waysMask == 0 {
			h.halted = "far" // from home, which is rare
		}
	}
}

// claim writes a successor of the batch into the log, and puts an entry into its slot instead of another, unless somebody was quicker.
// In a table of numbers it is the number of the place that is added to the entry.
func (h *hand) claim(i int, at uint64, was, entry uint32) bool {
	f, index := h.blank()
	if f == nil {
		return true
	}
	*f = fresh{h.next[i], h.from[i], uint32(at)}
	quotient := words == 1 && h.quotient
	if !quotient {
		entry += index
	}
	if !atomic.CompareAndSwapUint32(&h.slots[at], was, entry) {
		return false
	}
	if h.found++; quotient {
		h.mine[ownPlace(uint32(at))] = uint32(at) + 1
	}
	return true
}

// contest writes a successor of the batch into the log that was found in this block already, if that was another worker, and perhaps in
// a later part. Which of them is the first is seen when all of the block has been found.
func (h *hand) contest(i int, at uint64) {
	mine := &h.mine[ownPlace(uint32(at))]
	if *mine == uint32(at)+1 {
		return
	}
	for _, other := range h.others {
		if int(other.now.Load()) < h.part {
			continue
		}
		if f, _ := h.blank(); f != nil {
			*f = fresh{h.next[i], h.from[i], uint32(at)}
			*mine = uint32(at) + 1
			h.found++
			h.contested.Add(uint32(at))
		}
		return
	}
}

// placeNumber is placeQuotient for a table of numbers. Where a later part has found the state, this one takes it over.
func (h *hand) placeNumber(i int) {
	mask, base := uint32(len(h.slots)-1), uint32(h.count)
	tag := h.tag(h.hash[i])
	for at := h.slot[i]; h.halted == ""; at++ {
		at &= uint64(mask)
		entry := atomic.LoadUint32(&h.slots[at])
		if entry == 0 {
			if h.claim(i, at, 0, tag|(base+1)) {
				return
			}
			entry = atomic.LoadUint32(&h.slots[at])
		}
		for entry&^mask == tag {
			id := entry&mask - 1
			if id < base {
				var there state
				if h.load(id, &there); same(there, h.next[i]) {
					return
				}
				break
			}
			f, part := h.crew.fresh(id - base)
			if !same(f.state, h.next[i]) {
				break
			}
			if part <= h.part {
				return
			}
			if h.claim(i, at, entry, tag|(base+1)) {
				if h.halted == "" {
					h.late = append(h.late, id-base)
				}
				return
			}
			entry = atomic.LoadUint32(&h.slots[at])
		}
	}
}

// findRivals lists what the worker has found that others may have found too.
func (h *hand) findRivals() {
	h.rivals, h.surveyed = h.rivals[:0], true
	contested := &h.crew.contested
	for _, i := range h.parts {
		p := &h.crew.parts[i]
		finds := h.finds[p.from:p.to]
		for n := range finds {
			if slot := finds[n].slot; contested.Has(slot) {
				h.rivals = append(h.rivals, workers.Rival{Slot: slot, Part: i, At: n})
			}
		}
	}
}
