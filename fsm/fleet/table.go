package fleet

import (
	"math/bits"
	"unsafe"
)

// session is what every event of one reads: with a key of 16 bytes and a joint value of 8, 32 bytes, half of what a processor takes from
// memory at a time. What else is kept of a session lies under its slot, a number that it keeps as long as it is there, while the session
// itself moves.
type session[K comparable, S any] struct {
	key   K
	state S
	later uint16 // the low bits of the deadline of the one timer that runs, where markLater is set
	owner uint16 // in shard.owners, plus 1; 0 is nobody
	slot  uint16
	tag   uint8 // eight bits of the hash
	mark  mark
}

// mark is what is true of a session besides its state.
type mark uint8

const (
	markLive    mark = 1 << iota // the place in the table is in use
	markBusy                     // a goroutine is telling the host of its steps
	markQueued                   // and steps wait behind that one
	markHeld                     // a timer of it was due and was refused
	markWatched                  // somebody watches it alone
	markEnded                    // it takes no more events, and goes when the host has been told
	markLater                    // its only timer that runs was started again, and its node does not know yet
)

const (
	chunk  = 64  // of what lies under slots, this much is allocated at a time
	glance = 256 // sessions that are looked at under one lock

	lineSize   = 64          // what a processor takes from memory at a time
	leastTable = 16          // places of the smallest table
	smallTable = 1 << 10     // up to here a table doubles, from here on it grows by a quarter
	mostPlaces = 1<<16 - 256 // of a table, so that 16 bits number them
	mostSlots  = 48_000      // sessions of one shard, by which such a table is less than three quarters full
	nowhere    = uint16(1<<16 - 1)
)

// table is the sessions of a shard by key: open addressing, and where the place is taken, the next one (linear probing). A search
// begins at the first place of a line of memory, so that two sessions of 32 bytes are looked at for the price of one.
type table[K comparable, S any] struct {
	places []session[K, S]
	homes  uint32 // places at which a search begins
	stride uint32 // from one of them to the next
	live   int
	where  []uint16 // by slot, the place; nowhere if the slot is free
	free   []uint16 // slots
}

// at is the session of a slot, until the next one comes or goes; nil if the slot is free.
func (t *table[K, S]) at(slot uint32) *session[K, S] {
	if place := t.where[slot]; place != nowhere {
		return &t.places[place]
	}
	return nil
}

// still is at for a session that was in some place a moment ago: mostly it is there still, and where need not be looked at.
func (t *table[K, S]) still(slot uint32, place int) *session[K, S] {
	if place < len(t.places) {
		if s := &t.places[place]; uint32(s.slot) == slot && s.mark&markLive != 0 {
			return s
		}
	}
	return t.at(slot)
}

// slots is how many there are, free ones included.
func (t *table[K, S]) slots() uint32 { return uint32(len(t.where)) }

// stride is how many sessions a line holds, or 1 if some lie across two.
func stride[K comparable, S any]() uint32 {
	if size := unsafe.Sizeof(session[K, S]{}); lineSize%size == 0 {
		return uint32(lineSize / size)
	}
	return 1
}

// A hash chooses the shard by its low bits, the place in the table by its high half, and the tag by bits of neither.

// homeOf is the number of the home of a hash among so many: the order of the homes is that of the hashes, whatever the number.
func homeOf(hash uint64, homes uint32) uint32 {
	home, _ := bits.Mul32(uint32(hash>>32), homes)
	return home
}

func tagOf(hash uint64) uint8 { return uint8(hash >> 24) }

func (t *table[K, S]) home(hash uint64) int { return int(homeOf(hash, t.homes) * t.stride) }

// next is the place behind another.
func (t *table[K, S]) next(place int) int {
	if place++; place < len(t.places) {
		return place
	}
	return 0
}

// find is the session of a key, or nil.
func (t *table[K, S]) find(hash uint64, key K) *session[K, S] {
	s, _ := t.search(hash, key)
	return s
}

// search is find that says the place as well. It comes to an end since a quarter of the places are free.
func (t *table[K, S]) search(hash uint64, key K) (*session[K, S], int) {
	if len(t.places) == 0 {
		return nil, 0
	}
	tag := tagOf(hash)
	for place := t.home(hash); ; place = t.next(place) {
		s := &t.places[place]
		if s.mark&markLive == 0 {
			return nil, 0
		}
		if s.tag == tag && s.key == key {
			return s, place
		}
	}
}

// take finds a free slot.
func (t *table[K, S]) take() uint16 {
	t.live++
	if n := len(t.free); n > 0 {
		slot := t.free[n-1]
		t.free = t.free[:n-1]
		return slot
	}
	t.where = append(t.where, nowhere)
	return uint16(len(t.where) - 1)
}

// put finds a session its place.
func (t *table[K, S]) put(hash uint64, s session[K, S]) *session[K, S] {
	place := t.home(hash)
	for t.places[place].mark&markLive != 0 {
		place = t.next(place)
	}
	t.places[place] = s
	t.where[s.slot] = uint16(place)
	return &t.places[place]
}

// full says that the table must grow before another session is put into it.
func (t *table[K, S]) full() bool { return 4*(t.live+1) > 3*len(t.places) }

// grow makes the table larger. Since the homes of a larger table lie in the same order, it is read and written from the front to the
// back.
func (t *table[K, S]) grow(hash func(K) uint64) {
	n := max(2*len(t.places), leastTable)
	if len(t.places) >= smallTable {
		n = min(len(t.places)*5/4/glance*glance, mostPlaces)
	}
	old := t.places
	t.stride = stride[K, S]()
	t.places, t.homes = make([]session[K, S], n), uint32(n)/t.stride
	for i := range old {
		if s := &old[i]; s.mark&markLive != 0 {
			t.put(hash(s.key), *s)
		}
	}
}

// remove takes out a session and closes the gap (Knuth, volume 3, algorithm 6.4R).
func (t *table[K, S]) remove(s *session[K, S], hash func(K) uint64) {
	gap := int(t.where[s.slot])
	t.live--
	t.where[s.slot] = nowhere
	t.free = append(t.free, s.slot)
	for place := t.next(gap); t.places[place].mark&markLive != 0; place = t.next(place) {
		from := t.home(hash(t.places[place].key))
		if t.ahead(from, place) >= t.ahead(gap, place) {
			t.places[gap] = t.places[place]
			t.where[t.places[gap].slot] = uint16(gap)
			gap = place
		}
	}
	t.places[gap] = session[K, S]{}
}

// ahead is how many places on another is.
func (t *table[K, S]) ahead(from, to int) int {
	if to >= from {
		return to - from
	}
	return to - from + len(t.places)
}
