package fleet

import (
	"sync"
	"sync/atomic"
)

const (
	chunk  = 32  // sessions that are allocated at a time, so that a shard grows without moving those it has
	glance = 256 // sessions that are looked at under one lock
)

// session is what is kept of one: with a key of 16 bytes and a joint value of 8, 40 bytes.
type session[K comparable, S any] struct {
	key    K
	state  S
	mark   mark
	timers uint32 // its first timer in the wheel, plus 1
	owner  uint32 // in shard.owners, plus 1; of a free slot, the next free one, plus 1
	place  uint32 // in the owner's slots
}

// mark is what is true of a session besides its state.
type mark uint32

const (
	markLive    mark = 1 << iota // the slot is in use
	markBusy                     // a goroutine is telling the host of its steps
	markQueued                   // and steps wait behind that one
	markHeld                     // a timer of it was due and was refused
	markWatched                  // somebody watches it alone
	markEnded                    // it takes no more events, and goes when the host has been told
)

// shard is the part of a fleet that shares a lock, which is held for one step of one session, or as long as it takes to look at
// a few hundred, and never while somebody else's code runs.
type shard[K, O comparable, S, E, F any] struct {
	lock   sync.Mutex
	closed bool

	index  []uint32                // open addressing: a slot plus 1, and eight bits of the hash above it; 0 is empty
	chunks []*[chunk]session[K, S] // by slot
	seqs   []*[chunk]uint64        // by slot, where the joint value does not count
	unused uint32                  // the first free slot, plus 1
	made   uint32                  // slots there are
	live   int                     // sessions

	owners  []owner[O]
	ownedBy map[O]uint32 // in owners
	noOwner []uint32     // free places in owners

	counts     []int // by joint state of control
	waiting    map[uint32]*queue[K, O, S, E, F]
	watched    map[uint32][]*Watcher[K, O, S, E, F]
	delivering int // sessions that are busy
	idle       sync.Cond

	wheel  *wheel
	wake   atomic.Uint64 // the tick at which the wheel is to be looked at; lowered under the lock
	driver *driver

	steps, refused, busy, unknown, fired, held uint64
}

// at is the session of a slot.
func (sh *shard[K, O, S, E, F]) at(slot uint32) *session[K, S] {
	return &sh.chunks[slot/chunk][slot%chunk]
}

// take finds a free slot.
func (sh *shard[K, O, S, E, F]) take() uint32 {
	sh.live++
	if sh.unused != 0 {
		slot := sh.unused - 1
		sh.unused = sh.at(slot).owner
		sh.at(slot).owner = 0
		return slot
	}
	if sh.made%chunk == 0 {
		sh.chunks = append(sh.chunks, new([chunk]session[K, S]))
	}
	sh.made++
	return sh.made - 1
}

// give puts a slot among the free ones.
func (sh *shard[K, O, S, E, F]) give(slot uint32) {
	sh.live--
	*sh.at(slot) = session[K, S]{owner: sh.unused}
	sh.unused = slot + 1
}

// seq and setSeq are the number of the last step where the joint value does not count.
func (sh *shard[K, O, S, E, F]) seq(slot uint32) uint64 { return sh.seqs[slot/chunk][slot%chunk] }

func (sh *shard[K, O, S, E, F]) setSeq(slot uint32, seq uint64) {
	for int(slot/chunk) >= len(sh.seqs) {
		sh.seqs = append(sh.seqs, new([chunk]uint64))
	}
	sh.seqs[slot/chunk][slot%chunk] = seq
}

// The index. A hash chooses the shard by its low bits, the place in the index by its middle bits, and the eight that are kept by its
// high bits.

func home(hash uint64, size int) int { return int(hash>>16) & (size - 1) }

func entry(hash uint64, slot uint32) uint32 { return uint32(hash>>56)<<24 | (slot + 1) }

// find is the slot of a key.
func (sh *shard[K, O, S, E, F]) find(hash uint64, key K) (uint32, bool) {
	if len(sh.index) == 0 {
		return 0, false
	}
	for at := home(hash, len(sh.index)); ; at = (at + 1) & (len(sh.index) - 1) {
		e := sh.index[at]
		if e == 0 {
			return 0, false
		}
		if e>>24 == uint32(hash>>56) {
			if slot := e&mostSlots - 1; sh.at(slot).key == key {
				return slot, true
			}
		}
	}
}

// insert puts a slot into the index, which doubles when three quarters are full.
func (f *Fleet[K, O, S, E, F]) insert(sh *shard[K, O, S, E, F], hash uint64, slot uint32) {
	if 4*sh.live > 3*len(sh.index) {
		old := sh.index
		sh.index = make([]uint32, max(2*len(old), 16))
		for _, e := range old {
			if e != 0 {
				sh.put(f.hash(sh.at(e&mostSlots-1).key), e)
			}
		}
	}
	sh.put(hash, entry(hash, slot))
}

func (sh *shard[K, O, S, E, F]) put(hash uint64, e uint32) {
	at := home(hash, len(sh.index))
	for sh.index[at] != 0 {
		at = (at + 1) & (len(sh.index) - 1)
	}
	sh.index[at] = e
}

// delete takes a slot out of the index and closes the gap (Knuth, volume 3, algorithm 6.4R).
func (f *Fleet[K, O, S, E, F]) delete(sh *shard[K, O, S, E, F], hash uint64, slot uint32) {
	last := len(sh.index) - 1
	gap := home(hash, len(sh.index))
	for sh.index[gap]&mostSlots != slot+1 {
		gap = (gap + 1) & last
	}
	for at := (gap + 1) & last; sh.index[at] != 0; at = (at + 1) & last {
		from := home(f.hash(sh.at(sh.index[at]&mostSlots-1).key), len(sh.index))
		if (at-from)&last >= (at-gap)&last {
			sh.index[gap] = sh.index[at]
			gap = at
		}
	}
	sh.index[gap] = 0
}
