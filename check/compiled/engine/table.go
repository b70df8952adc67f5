package engine

import (
	"math/bits"
	"unsafe"
)

const (
	chunkShift = 14 // states in a chunk: no state is ever copied
	chunkSize  = 1 << chunkShift
	chunkMask  = chunkSize - 1
	minSlots   = 12 // log 2 of the smallest table
	nextSlots  = 16 // and of the one that comes after it, if the memory may be had
	maxStates  = 1<<31 - 2
	wayBits    = 10      // of a quotient: how far from home
	nearBits   = 6       // of the home, that are in the tag of a number
	nearSlots  = 21      // log 2 of the largest table with such tags: they leave few bits of it to tell states apart
	manySlots  = 4 << 20 // bytes of slots that have pages of their own
)

// table is the set of states, numbered as they are found. The states lie one behind another in chunks of bytes. To find
// one again there are slots of 32 bits, open addressing, in one of two kinds:
//
//   - Numbers: a slot holds the number of a state and one more in its low bits, and part of the hash above: the bits that follow those
//     of its home, the slot where it is wanted. As long as there is room for them, the last bits of the home stand above them: so
//     twice as many slots are filled from the slots there were, in order, and no state is looked at for that.
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
	reserved uint          // bits of a quotient that are for several workers
	hash     [batch]uint64 // of the batch at hand
	slot     [batch]uint64 // where the state is to be put
	named    [batch]uint32 // what was in that slot
	sink     uint32
	pages    []byte   // that the slots lie in, if they are no memory of the runtime
	rest     []byte   // pages for what stays
	spare    [][]byte // where slots were, the most last
	share    sharing  // who fills new slots; nil: the one who makes them
}

func (t *table) init() { t.resize(minSlots) }

// bytes is the memory that the table holds.
func (t *table) bytes() int64 {
	return int64(len(t.chunks))*chunkSize*stateBytes + int64(len(t.slots))*4
}

// resize makes the slots for a table of 1<<k and chooses their kind.
func (t *table) resize(k uint) {
	t.leave(t.slots, t.pages) // before the new ones come
	t.slots, t.pages = t.newSlots(1 << k)
	t.k, t.quotient = k, t.divides(k)
}

// divides reports whether a table of 1<<k slots holds quotients.
func (t *table) divides(k uint) bool {
	return !t.plain && words == 1 && mixBits >= k && mixBits-k+t.reserved <= 32-wayBits
}

// load reads the state of a number.
func (t *table) load(id uint32, s *state) {
	*s = read(t.chunks[id>>chunkShift][int(id&chunkMask)*stateBytes:])
}

// save writes the state of the next number. It may write over bytes behind it, where nothing is yet.
func (t *table) save(s *state) {
	at := t.count & chunkMask
	if at == 0 {
		t.chunks = append(t.chunks, t.newChunk())
	}
	s.write(t.chunks[t.count>>chunkShift][at*stateBytes:])
	t.count++
}

// newChunk allocates a chunk, if it can where few slots were: what is written before it is read need not be zero, and memory
// that was not touched yet is slow.
func (t *table) newChunk() []byte {
	const size = chunkSize*stateBytes + 8
	for last := len(t.spare) - 1; last >= 0; last-- {
		if len(t.spare[last]) >= size {
			chunk := t.spare[last][:size]
			t.spare[last] = t.spare[last][size:]
			return chunk
		}
		t.spare = t.spare[:last]
	}
	return t.memory(size)
}

// memory allocates what stays for as long as the search does, of huge pages. It is zero.
func (t *table) memory(n int) []byte {
	const many = 1 << 26
	n = (n + 63) &^ 63
	if len(t.rest) < n {
		t.rest = pages(max(many, n))
	}
	if len(t.rest) < n {
		return make([]byte, n)
	}
	part := t.rest[:n]
	t.rest = t.rest[n:]
	return part
}

// leave gives back the memory of slots.
func (t *table) leave(slots []uint32, own []byte) {
	if freePages(own); own == nil && len(slots) > 0 {
		t.spare = append(t.spare, unsafe.Slice((*byte)(unsafe.Pointer(&slots[0])), 4*len(slots)))
	}
}

// newSlots allocates empty slots, and the pages that they lie in if they are many. Few ones lie among what stays.
func (t *table) newSlots(n int) (slots []uint32, own []byte) {
	memory := []byte(nil)
	if 4*n >= manySlots {
		own = pages(4 * n)
		memory = own
	}
	if memory == nil {
		memory = t.memory(4 * n)
	}
	return unsafe.Slice((*uint32)(unsafe.Pointer(&memory[0])), n), own
}

// saveAt writes the state of a number. It writes nothing where the one of the number end begins: that is another's.
func (t *table) saveAt(id uint32, s *state, end uint32) {
	b := t.chunks[id>>chunkShift][int(id&chunkMask)*stateBytes:]
	if 8*words <= int(end-id)*stateBytes {
		s.write(b)
		return
	}
	for i, w := range s.row() {
		for at := 8 * i; at < min(8*i+8, stateBytes); at++ {
			b[at] = byte(w >> (8 * (at - 8*i)))
		}
	}
}

// tagged is the lowest bit of a hash that is in its tag.
func (t *table) tagged() uint {
	if t.k <= nearSlots {
		return 32 + nearBits
	}
	return 32
}

// tag is what a slot of a table of numbers holds of the hash, above the number.
func (t *table) tag(h uint64) uint32 { return uint32(h>>t.tagged()) << t.k }

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
		k := t.k + 1
		if k < nextSlots && bytes+4<<nextSlots <= x.limit.bytes {
			k = nextSlots
		}
		if bytes+4<<k-4<<t.k > x.limit.bytes {
			return false
		}
		t.grow(k)
	}
	return bytes <= x.limit.bytes
}

// room reports whether there is memory for n more states.
func (x *explorer) room(n int) bool {
	t := &x.table
	bytes := t.bytes() + int64(max(0, (t.count+n)>>chunkShift+1-len(t.chunks)))*chunkSize*stateBytes
	k := t.k
	for t.count+n > 3<<k>>2 {
		k++
	}
	return bytes+4<<k-4<<t.k <= x.limit.bytes
}

// sieve picks from a batch what may be new, and returns how many of x.open that is: not what is found where it is looked for
// first. No branch depends on what it finds, so that everything is read at once, and the memory answers side by side.
func (x *explorer) sieve(n int) int {
	t := &x.table
	left := uint(0)
	if t.count == 0 {
		for i := range n {
			x.open[i], t.slot[i] = uint8(i), t.home(t.hash[i])
		}
		return n
	}
	if words == 1 && t.quotient {
		slots, shift := t.slots, (mixBits-t.k)&63
		for i, h := range t.hash[:n] {
			x.open[left%batch] = uint8(i)
			keep := uint(1)
			if slots[h>>shift] == uint32(h&(1<<shift-1))<<wayBits|1 {
				keep = 0
			}
			left += keep
		}
		return int(left)
	}
	t.touchSlots(n)
	t.probe(n, 2<<t.k)
	mask := uint32(len(t.slots) - 1)
	for i, entry := range t.named[:n] {
		id := (entry - 1) & mask
		if id >= uint32(t.count) {
			id = 0 // no state is named; what is not in the slots is not this one
		}
		var there state
		t.load(id, &there)
		x.open[left%batch] = uint8(i)
		keep := uint(1)
		if same(there, x.next[i]) {
			keep = 0
		}
		left += keep
	}
	return int(left)
}

// isNew reports whether a state of the batch that the sieve has kept is new. Then t.slot says where it is to be put.
func (x *explorer) isNew(i int) bool {
	if words == 1 && x.quotient {
		return x.lookup(&x.next[i], i)
	}
	return x.find(&x.next[i], i, x.slot[i])
}

// touchSlots reads the slots where the states of a batch are wanted.
func (t *table) touchSlots(n int) {
	sink, slots, shift := uint32(0), t.slots, (64-t.k)&63
	if t.quotient {
		shift = (mixBits - t.k) & 63
	}
	for _, h := range t.hash[:n] {
		sink |= slots[h>>shift]
	}
	t.sink = sink
}

// probe goes, for each state of a batch, to the first slot that is empty or may name it, but not beyond the slot end, which
// counts on round the end of the table.
func (t *table) probe(n int, end uint64) {
	slots, shift, from := t.slots, (64-t.k)&63, t.tagged()
	mask := uint32(len(slots) - 1)
	for i, h := range t.hash[:n] {
		tag, at := uint32(h>>from)<<t.k, h>>shift
		entry := uint32(0)
		for at < end {
			if entry = slots[at&uint64(mask)]; entry == 0 || entry&^mask == tag {
				break
			}
			at++
		}
		t.slot[i], t.named[i] = at, entry
	}
}

// hashOf is the hash of a state, by which its place in the slots is found.
func (t *table) hashOf(s state) uint64 {
	if words == 1 && t.quotient {
		return mix(s.w0)
	}
	return hash(s)
}

// lookup looks for the state that is the one of that place in the batch. It reports whether the state is new; then
// t.slot says where it is to be put.
func (t *table) lookup(s *state, i int) bool {
	h := t.hash[i]
	slots := t.slots
	if t.quotient {
		shift, mask := mixBits-t.k, uint64(len(slots)-1)
		want := uint32(h&(1<<shift-1))<<wayBits | 1
		for at := h >> shift; ; at = (at + 1) & mask {
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
	return t.find(s, i, h>>(64-t.k))
}

// find is lookup in a table of numbers, from a slot on.
func (t *table) find(s *state, i int, at uint64) bool {
	slots, mask := t.slots, uint32(len(t.slots)-1)
	tag := t.tag(t.hash[i])
	for ; ; at++ {
		entry := slots[at&uint64(mask)]
		if entry == 0 {
			t.slot[i] = at & uint64(mask)
			return true
		}
		if entry&^mask == tag {
			var there state
			if t.load(entry&mask-1, &there); same(there, *s) {
				return false
			}
		}
	}
}

// put writes the slot that lookup found for the state of the number.
func (t *table) put(i int, id uint32) {
	h, mask := t.hash[i], uint32(len(t.slots)-1)
	at := t.slot[i]
	if t.quotient {
		shift := mixBits - t.k
		way := uint32(at-h>>shift) & mask
		t.slots[at] = uint32(h&(1<<shift-1))<<wayBits | (way + 1)
		return
	}
	t.slots[at] = t.tag(h) | (id + 1)
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

// Odd numbers with as many ones as zeros, about.
const (
	mixer0 = 0xa0761d6478bd642f
	mixer1 = 0xe7037ed1a0b428db
	mixer2 = 0x9e3779b97f4a7c15
	mixer3 = 0xd6e8feb86659fd93
	mixer4 = 0x8ebc6af09c88c6e3
	mixer5 = 0x589965cc75374cc3
	mixer6 = 0x1d8e4e27c47d124f
	mixer7 = 0xeb44accab455d165
)

// fold is the two halves of a product, one upon the other.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
