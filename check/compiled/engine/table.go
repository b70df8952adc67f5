package engine

import (
	"encoding/binary"
	"math/bits"
)

const (
	chunkShift = 14 // states in a chunk: no state is ever copied
	chunkSize  = 1 << chunkShift
	chunkMask  = chunkSize - 1
	minSlots   = 12 // log 2 of the smallest table
	maxStates  = 1<<31 - 2
	wayBits    = 10 // of a quotient: how far from home
)

// table is the set of states, numbered as they are found. The states lie one behind another in chunks of bytes. To find
// one again there are slots of 32 bits, open addressing, in one of two kinds:
//
//   - Numbers: a slot holds the number of a state and one more in its low bits, and part of the hash above.
//   - Quotients, where a state is one word of few enough bits: a slot holds what the place of the slot does not say of the
//     state. The bits are mixed, one to one; the upper ones are the home, the slot where the state is wanted; the slot
//     keeps the lower ones, and how many slots from home it is. So no state is looked at to know which it is, and a lookup
//     costs one place of memory. (Cleary, Compact Hash Tables Using Bidirectional Linear Probing, 1984; here probing
//     goes one way.)
type table struct {
	count    int
	chunks   [][]byte
	slots    []uint32
	k        uint // len(slots) == 1<<k
	quotient bool
	plain    bool          // no quotients, whatever the width; for tests
	hash     [batch]uint64 // of the batch at hand
	slot     [batch]uint32 // where the state is to be put
	sink     uint32
}

func (t *table) init() { t.resize(minSlots) }

// bytes is the memory that the table holds.
func (t *table) bytes() int64 {
	return int64(len(t.chunks))*chunkSize*stateBytes + int64(len(t.slots))*4
}

// resize makes the slots for a table of 1<<k and chooses their kind.
func (t *table) resize(k uint) {
	freeSlots(t.slots) // before the new ones come
	t.k, t.slots = k, newSlots(1<<k)
	t.quotient = !t.plain && words == 1 && mixBits >= k && mixBits-k <= 32-wayBits
}

// load reads the state of a number.
func (t *table) load(id uint32, s *state) {
	b := t.chunks[id>>chunkShift][int(id&chunkMask)*stateBytes:]
	for i := 0; i < words-1; i++ {
		s[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	s[words-1] = binary.LittleEndian.Uint64(b[8*(words-1):]) & lastMask
}

// save writes the state of the next number. It may write over bytes behind it, where nothing is yet.
func (t *table) save(s *state) {
	at := t.count & chunkMask
	if at == 0 {
		t.chunks = append(t.chunks, newChunk())
	}
	b := t.chunks[t.count>>chunkShift][at*stateBytes:]
	for i, w := range s {
		binary.LittleEndian.PutUint64(b[8*i:], w)
	}
	t.count++
}

func newChunk() []byte { return make([]byte, chunkSize*stateBytes+8) }

// saveAt writes the state of a number. It writes nothing where the one of the number end begins: that is another's.
func (t *table) saveAt(id uint32, s *state, end uint32) {
	b := t.chunks[id>>chunkShift][int(id&chunkMask)*stateBytes:]
	for i, w := range s[:words-1] {
		binary.LittleEndian.PutUint64(b[8*i:], w)
	}
	b = b[8*(words-1):]
	if 8*words <= int(end-id)*stateBytes {
		binary.LittleEndian.PutUint64(b, s[words-1])
		return
	}
	for i := range stateBytes - 8*(words-1) {
		b[i] = byte(s[words-1] >> (8 * i))
	}
}

// home is the slot where the state of a hash is wanted.
func (t *table) home(h uint64) uint64 {
	if words == 1 && t.quotient {
		return h >> ((mixBits - t.k) & 63)
	}
	return h >> ((64 - t.k) & 63)
}

// reserve makes room for n more states. It fails where the limit of memory leaves none.
func (x *explorer) reserve(n int) bool {
	t := &x.table
	bytes := t.bytes()
	if (t.count+n)>>chunkShift >= len(t.chunks) {
		bytes += chunkSize * stateBytes
	}
	for t.count+n > 3<<t.k>>2 {
		if bytes+4<<t.k > x.limit.bytes {
			return false
		}
		t.grow(t.k + 1)
	}
	return bytes <= x.limit.bytes
}

// grow puts all states into larger slots, in the order of their numbers, which is kind to the cache.
func (t *table) grow(k uint) {
	for ; ; k++ {
		if t.resize(k); t.refill() {
			return
		}
	}
}

// refill puts all states into empty slots. It fails if a quotient would be too far from home.
func (t *table) refill() bool {
	n := t.count
	for first := 0; first < n; first += batch {
		m := min(batch, n-first)
		for i := range m {
			var s state
			t.load(uint32(first+i), &s)
			t.hash[i] = t.hashOf(&s)
		}
		t.touch(m)
		for i := range m {
			if !t.free(i) {
				return false
			}
			t.put(i, uint32(first+i))
		}
	}
	return true
}

// touch reads the slots where the states of a batch are looked for, all at once: the memory answers them side by side.
func (t *table) touch(n int) {
	sink, slots, shift := uint32(0), t.slots, (64-t.k)&63
	if t.quotient {
		shift = (mixBits - t.k) & 63
	}
	for _, h := range t.hash[:n] {
		sink |= slots[h>>shift]
	}
	if t.sink = sink; !t.quotient {
		t.touchStates(n)
	}
}

// hashOf is the hash of a state, by which its place in the slots is found.
func (t *table) hashOf(s *state) uint64 {
	if words == 1 && t.quotient {
		return mix(s[0])
	}
	return hash(s)
}

// touchStates reads the states that the slots of the batch name.
func (t *table) touchStates(n int) {
	if t.count == 0 {
		return
	}
	shift, mask, sink := 64-t.k, uint32(1)<<t.k-1, byte(0)
	for _, h := range t.hash[:n] {
		id := (t.slots[h>>shift] - 1) & mask
		if id >= uint32(t.count) {
			id = 0
		}
		sink |= t.chunks[id>>chunkShift][int(id&chunkMask)*stateBytes]
	}
	t.sink |= uint32(sink)
}

// seek looks for the states of the batch from place i on, until one of them is new. It returns its place, or n.
func (x *explorer) seek(i, n int) int {
	t := &x.table
	if words == 1 && t.quotient {
		slots, shift := t.slots, mixBits-t.k
		mask := uint64(len(slots) - 1)
		for ; i < n; i++ {
			h := t.hash[i]
			at := h >> (shift & 63)
			want := uint32(h&(1<<shift-1))<<wayBits | 1
			entry := slots[at&mask]
			for entry != want && entry != 0 && want&(1<<wayBits-1) != 1<<wayBits-1 {
				at++
				want++
				entry = slots[at&mask]
			}
			if entry == 0 {
				t.slot[i] = uint32(at & mask)
				return i
			}
			if entry != want && t.lookup(&x.next[i], i) { // too far from home
				return i
			}
		}
		return n
	}
	for i < n && !t.lookup(&x.next[i], i) {
		i++
	}
	return i
}

// lookup looks for the state that is the one of that place in the batch. It reports whether the state is new; then
// t.slot says where it is to be put.
func (t *table) lookup(s *state, i int) bool {
	h := t.hash[i]
	slots := t.slots
	mask := uint32(len(slots) - 1)
	if t.quotient {
		shift := mixBits - t.k
		want := uint32(h&(1<<shift-1))<<wayBits | 1
		for at := uint32(h >> shift); ; at = (at + 1) & mask {
			entry := slots[at&mask]
			if entry == want {
				return false
			}
			if entry == 0 {
				t.slot[i] = at
				return true
			}
			want++
			if want&(1<<wayBits-1) == 0 {
				t.far()
				return t.lookup(s, i)
			}
		}
	}
	tag := uint32(h) &^ mask
	for at := uint32(h >> (64 - t.k)); ; at = (at + 1) & mask {
		entry := slots[at&mask]
		if entry == 0 {
			t.slot[i] = at
			return true
		}
		if entry&^mask == tag {
			var there state
			if t.load(entry&mask-1, &there); there == *s {
				return false
			}
		}
	}
}

// far makes larger slots because a quotient is too far from home, which hardly ever happens. They are of the same kind:
// where a state has no more bits than its home, it is at home.
func (t *table) far() {
	hashes := t.hash // those of the batch at hand
	t.grow(t.k + 1)
	t.hash = hashes
}

// free finds the slot for a state that is in no slot yet.
func (t *table) free(i int) bool {
	h, mask := t.hash[i], uint32(len(t.slots)-1)
	at := uint32(h >> (64 - t.k))
	if t.quotient {
		at = uint32(h >> (mixBits - t.k))
	}
	for way := 1; t.slots[at] != 0; at = (at + 1) & mask {
		if way++; t.quotient && way == 1<<wayBits {
			return false
		}
	}
	t.slot[i] = at
	return true
}

// put writes the slot that lookup or free found for the state of the number.
func (t *table) put(i int, id uint32) {
	h, mask := t.hash[i], uint32(len(t.slots)-1)
	at := t.slot[i]
	if t.quotient {
		shift := mixBits - t.k
		way := (at - uint32(h>>shift)) & mask
		t.slots[at] = uint32(h&(1<<shift-1))<<wayBits | (way + 1)
		return
	}
	t.slots[at] = uint32(h)&^mask | (id + 1)
}

// add stores a state that lookup did not find.
func (t *table) add(s *state, i int) uint32 {
	id := uint32(t.count)
	t.put(i, id)
	t.save(s)
	return id
}

const (
	mixBits = min(stateBits, 64)
	mixMask = 1<<mixBits - 1
	half    = (mixBits + 1) / 2
)

// mix maps the states of one word onto themselves, one to one, such that every bit depends on every other: shifts and
// odd multiplications, each of which can be undone.
func mix(w uint64) uint64 {
	w ^= w >> half
	w = w * 0xd6e8feb86659fd93 & mixMask
	w ^= w >> half
	w = w * 0xe7037ed1a0b428db & mixMask
	return w ^ w>>half
}

// hash mixes the words of a state by folded 128-bit products, in the manner of wyhash.
func hash(s *state) uint64 {
	h := uint64(words) ^ 0x9e3779b97f4a7c15
	for _, w := range s {
		hi, lo := bits.Mul64(h^w, 0xd6e8feb86659fd93)
		h = hi ^ lo
	}
	hi, lo := bits.Mul64(h^0xa0761d6478bd642f, 0xe7037ed1a0b428db)
	return hi ^ lo
}
