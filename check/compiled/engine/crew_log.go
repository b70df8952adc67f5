package engine

import (
	"sync/atomic"
	"unsafe"
)

const (
	logBits      = 16                     // of the place in the log, and one more, in a slot of a table of quotients; 6 more are of the hash
	runStates    = 256                    // places in the log that a worker takes at once
	logStates    = 1<<logBits - runStates // in the log
	enoughStates = 1 << 13                // when a block has found so many, no further part is begun
	findStates   = 2 * enoughStates       // a worker finds in a block, at most: few, as memory that was not touched yet is slow
)

// fresh is a state that a block has found. Its slot names it by its place in the log, as it has no number yet:
//
//   - In a table of numbers, by what its number would be if all that is in the log before it was new.
//   - In a table of quotients, by its place and one more, above the bits of the way, which are zero: no way is.
type fresh struct {
	state state
	order uint64 // where in the block it was found first: the place of its parent, then of itself in the part
	slot  uint32
	entry uint32 // what will be in the slot, but for the number
}

// sooner is that a worker has come upon what another has found, but earlier in the order.
type sooner struct {
	index uint32
	order uint64
}

// stretch is a run of places in the log. What belongs there lies where the worker keeps what it finds.
type stretch struct {
	states atomic.Pointer[[runStates]fresh]
	by     *hand
	at     int // where it begins there
}

// newFinds makes room for what a worker finds in a block. What is not used costs nothing.
func newFinds(x *explorer) []fresh {
	memory := x.memory(findStates * int(unsafe.Sizeof(fresh{})))
	return unsafe.Slice((*fresh)(unsafe.Pointer(&memory[0])), findStates)
}

// fresh is the state at a place in the log.
func (c *crew) fresh(index uint32) *fresh {
	return &c.log[index/runStates].states.Load()[index%runStates]
}

// blank is where the next state is to be written, or nil where there is no room. Places in the log are for all, but each worker
// keeps what it finds in memory of its own, block after block: so it stays in its cache.
func (h *hand) blank() (f *fresh, index uint32) {
	if h.found == h.until {
		end := h.crew.taken.Add(runStates)
		if end > h.crew.room || h.until == findStates {
			h.halted = "spoiled"
			return nil, 0
		}
		h.run = uint32(end - runStates)
		h.until += runStates
		s := &h.crew.log[h.run/runStates]
		s.by, s.at = h, h.found
		s.states.Store((*[runStates]fresh)(h.finds[h.found:h.until]))
	}
	return &h.finds[h.found], h.run + uint32(h.found%runStates)
}

// place is where in the order a successor of the batch is.
func (h *hand) place(i int) uint64 {
	return uint64(h.from[i]-uint32(h.crew.begin))<<32 | uint64(h.turn+i)
}

// claim puts a successor of the batch into an empty slot, unless another worker has put something there: for good it will be
// entry, until then it is name and the place in the log.
func (h *hand) claim(i int, at uint64, entry, name uint32, shift uint) bool {
	f, index := h.blank()
	if f == nil {
		return true
	}
	*f = fresh{h.next[i], h.place(i), uint32(at), entry}
	if !atomic.CompareAndSwapUint32(&h.slots[at], 0, name+index<<shift) {
		return false
	}
	h.found++
	return true
}

// meets reports whether a state in the log is a successor of the batch. If so, it keeps the place of which comes first.
func (h *hand) meets(index uint32, i int) bool {
	f := h.crew.fresh(index)
	if !same(f.state, h.next[i]) {
		return false
	}
	order := h.place(i)
	for {
		there := atomic.LoadUint64(&f.order)
		if there <= order {
			return true
		}
		if atomic.CompareAndSwapUint64(&f.order, there, order) {
			h.sooner = append(h.sooner, sooner{index, order})
			return true
		}
	}
}

// placeQuotient looks for a successor of the batch, and puts it into the table if it is new.
func (h *hand) placeQuotient(i int) {
	const waysMask, logMask = 1<<wayBits - 1, 1<<logBits - 1
	hash, shift, mask := h.hash[i], (mixBits-h.k)&63, uint64(len(h.slots)-1)
	mark := uint32(hash)<<(wayBits+logBits) | 1<<wayBits // of the hash, in the log
	want := uint32(hash&(1<<shift-1))<<wayBits | 1
	for at := hash >> shift; h.halted == ""; at = (at + 1) & mask {
		entry := atomic.LoadUint32(&h.slots[at])
		for entry == 0 {
			if h.claim(i, at, want, mark, wayBits) {
				return
			}
			entry = atomic.LoadUint32(&h.slots[at])
		}
		if entry == want {
			return
		}
		if entry&waysMask == 0 && (entry^mark)>>(wayBits+logBits) == 0 && h.meets(entry>>wayBits&logMask-1, i) {
			return
		}
		if want++; want&waysMask == 0 {
			h.halted = "spoiled" // too far from home, which is rare
		}
	}
}

// placeNumber is placeQuotient for a table of numbers.
func (h *hand) placeNumber(i int) {
	mask, base := uint32(len(h.slots)-1), uint32(h.count)
	tag := h.tag(h.hash[i])
	for at := h.slot[i]; h.halted == ""; at++ {
		at &= uint64(mask)
		entry := atomic.LoadUint32(&h.slots[at])
		for entry == 0 {
			if h.claim(i, at, tag, tag+base+1, 0) {
				return
			}
			entry = atomic.LoadUint32(&h.slots[at])
		}
		if entry&^mask != tag {
			continue
		}
		id := entry&mask - 1
		if id >= base {
			if h.meets(id-base, i) {
				return
			}
			continue
		}
		var there state
		if h.load(id, &there); same(there, h.next[i]) {
			return
		}
	}
}

// name writes into the slot of a state what is there for good.
func (h *hand) name(f *fresh, id uint32) {
	if words == 1 && h.quotient {
		h.slots[f.slot] = f.entry
	} else {
		h.slots[f.slot] = f.entry | (id + 1)
	}
}
