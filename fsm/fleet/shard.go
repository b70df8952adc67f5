package fleet

import (
	"sync"
	"sync/atomic"
	"unsafe"
)

// shard is the part of a fleet that shares a lock, which is held for one step of one session, or as long as it takes to look at
// a few hundred, and never while somebody else's code runs. What every event writes is in two lines of memory: at the beginning, and where the effects
// are. A processor that comes to a shard after another one has to fetch them from there. The shard ends where a line does, so that two processors at work on two shards
// want no line both.
type shard[K, O comparable, S, E, F any] struct {
	lock       sync.Mutex
	begin      atomic.Uintptr // of the table's memory, and
	homes      atomic.Uint32  // how many homes are in it: for touch alone, which does not hold the lock
	closed     bool
	delivering int // sessions that are busy
	steps      uint64
	table[K, S]
	effects F // of the last step, for the step that is told of: whoever holds the lock writes them here

	counts  []int // by joint state of control
	waiting map[uint32]*queue[K, O, S, E, F]
	watched map[uint32][]*Watcher[K, O, S, E, F]
	idle    sync.Cond

	seqs []*[chunk]uint64 // by slot, where the joint value does not count

	belongs []*[chunk]uint16 // by slot, where it is in its owner's slots; nil where no slot has had an owner
	owners  []owner[O]
	ownedBy map[O]uint16 // in owners
	noOwner []uint16     // free places in owners

	wheel  *wheel
	wake   atomic.Uint64 // the tick at which the wheel is to be looked at; lowered under the lock
	driver *driver

	refused, unknown, fired, held uint64

	_ [56]byte
}

// touch asks for the memory in which a key is searched for, before the lock is held: what others do to the table meanwhile makes that useless
// at worst.
func (sh *shard[K, O, S, E, F]) touch(hash uint64) {
	size := unsafe.Sizeof(session[K, S]{}) * uintptr(stride[K, S]())
	line := sh.begin.Load() + uintptr(homeOf(hash, sh.homes.Load()))*size
	prefetch(line)
}

// insert makes a session of a key that has none. Sessions of the shard may move.
func (f *Fleet[K, O, S, E, F]) insert(sh *shard[K, O, S, E, F], hash uint64, key K, state S) *session[K, S] {
	if sh.full() {
		sh.grow(f.hash)
		sh.begin.Store(uintptr(unsafe.Pointer(unsafe.SliceData(sh.places))))
		sh.homes.Store(sh.table.homes)
	}
	return sh.put(hash, session[K, S]{key: key, state: state, slot: sh.take(), tag: tagOf(hash), mark: markLive})
}

// seq and setSeq are the number of the last step where the joint value does not count.
func (sh *shard[K, O, S, E, F]) seq(slot uint32) uint64 { return sh.seqs[slot/chunk][slot%chunk] }

func (sh *shard[K, O, S, E, F]) setSeq(slot uint32, seq uint64) {
	for int(slot/chunk) >= len(sh.seqs) {
		sh.seqs = append(sh.seqs, new([chunk]uint64))
	}
	sh.seqs[slot/chunk][slot%chunk] = seq
}
