package engine

import (
	"sync/atomic"
	"unsafe"
)

const (
	logBits   = 18  // of the place in the log, and one more, in a slot of a table of quotients; 4 more are of the hash
	runStates = 256 // of the log, that a worker takes at once
	logBytes  = 1 << 25
)

// fresh is a state that a block has found. Its slot names it by its place in the log, as it has no number yet:
//
//   - In a table of numbers, by what its number would be if all that is in the log before it was new.
//   - In a table of quotients, by its place and one more, above the bits of the way, which are zero: no way is.
type fresh struct {
	state state
	order uint64 // where in the block it was found first: the place of its parent, then of itself in the part
	slot  uint32
	part  uint32 // that has found it, though maybe another has come upon it sooner
}

// sooner is that a worker has come upon what another has found, but earlier in the order.
type sooner struct {
	index uint32
	order uint64
}

// newLog makes room for what a block finds. What is not used costs nothing.
func newLog(x *explorer) []fresh {
	const size = int(unsafe.Sizeof(fresh{}))
	n := min(1<<logBits-1, max(1<<14, logBytes/size))
	memory := x.memory(n * size)
	return unsafe.Slice((*fresh)(unsafe.Pointer(&memory[0])), n)
}

// fresh is one of the states that the worker has found in the block.
func (h *hand) fresh(at int) *fresh {
	return &h.crew.log[int(h.runs[at/runStates])+at%runStates]
}

// blank is where the next state is to be written in the log, or nil where there is no room.
func (h *hand) blank() (f *fresh, index uint32) {
	if h.found == len(h.runs)*runStates {
		end := h.crew.taken.Add(runStates)
		if end > h.crew.room {
			h.halted = "spoiled"
			return nil, 0
		}
		h.runs = append(h.runs, uint32(end-runStates))
	}
	index = h.runs[h.found/runStates] + uint32(h.found%runStates)
	return &h.crew.log[index], index
}

// place is where in the order a successor of the batch is.
func (h *hand) place(i int) uint64 {
	return uint64(h.from[i]-uint32(h.crew.begin))<<32 | uint64(h.turn+i)
}

// claim puts a successor of the batch into an empty slot, unless another worker has put something there.
func (h *hand) claim(i int, at uint64, entry func(index uint32) uint32) bool {
	f, index := h.blank()
	if f == nil {
		return true
	}
	*f = fresh{h.next[i], h.place(i), uint32(at), uint32(h.part)}
	if !atomic.CompareAndSwapUint32(&h.slots[at], 0, entry(index)) {
		return false
	}
	h.found++
	return true
}

// meets reports whether a state in the log is a successor of the batch. If so, it keeps the place of which comes first.
func (h *hand) meets(index uint32, i int) bool {
	f := &h.crew.log[index]
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
	mark := uint32(hash) << (wayBits + logBits) // of the hash, in the log
	want := uint32(hash&(1<<shift-1))<<wayBits | 1
	for at := hash >> shift; h.halted == ""; at = (at + 1) & mask {
		entry := atomic.LoadUint32(&h.slots[at])
		for entry == 0 {
			if h.claim(i, at, func(index uint32) uint32 { return mark | (index+1)<<wayBits }) {
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
			if h.claim(i, at, func(index uint32) uint32 { return tag | (base + index + 1) }) {
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
	mask := uint64(len(h.slots) - 1)
	if words == 1 && h.quotient {
		hash, shift := mix(f.state.w0), (mixBits-h.k)&63
		way := uint32((uint64(f.slot) - hash>>shift) & mask)
		h.slots[f.slot] = uint32(hash&(1<<shift-1))<<wayBits | (way + 1)
		return
	}
	h.slots[f.slot] = h.slots[f.slot]&^uint32(mask) | (id + 1)
}
