package check

import (
	"encoding/binary"
	"math/bits"
	"sync/atomic"

	"interlock/check/pages"
)

const (
	chunkShift = 12 // states in a chunk: the arena grows without ever copying a state
	chunkSize  = 1 << chunkShift
	chunkMask  = chunkSize - 1
	noState    = ^uint32(0) // the parent of a start; also "not there"
	minSlots   = 10         // log 2 of the smallest table
	maxID      = 1<<31 - 2
	wayBits    = 10 // of a quotient: how far from home
)

// store is the set of packed states found so far, numbered in the order in which they were found, which breadth first is
// also the queue: the states from the expanded one on are still to be expanded.
//
// The states lie one behind another in chunks, in as many bytes as they need, so that membership is exact. To find one again
// there are slots of 32 bits, open addressing, in one of two kinds:
//
//   - Numbers: a slot holds the number of a state and one more in its low bits, and part of the hash above, which spares most
//     of the comparisons with states that are not the one looked for.
//   - Quotients, where a state is one word of few enough bits: a slot holds what its place does not say of the state. The bits
//     are mixed, one to one; the upper ones are the home, the slot where the state is wanted; the slot keeps the lower ones,
//     and how many slots from home it is. So no state is looked at to know which it is, and a lookup costs one place of memory
//     instead of two; but it does not tell the state's number. (Cleary, Compact Hash Tables Using Bidirectional Linear
//     Probing, 1984; here probing goes one way.)
//
// Parents are kept only for those who ask for them: a run is found again from the states alone, see [search.parentsOf].
type store struct {
	words   int // of one state
	bits    uint
	size    int // bytes of one state as it is kept
	n       int // states
	chunks  [][]byte
	parents [][]uint32 // if keeps
	keeps   bool

	slots    []uint32
	k        uint // len(slots) == 1<<k
	numbered bool // no quotients: the number of a state will be asked for
	quotient bool
	reserved uint                                         // bits of a quotient that are for several workers
	share    func(n int, do func(from, to int) bool) bool // lets several put the states 0..n-1 into a new table; nil: one does
	sink     uint32
}

func newStore(words, bits int) *store {
	s := &store{words: words, bits: uint(max(1, bits)), size: max(1, (bits+7)/8)}
	s.resize(minSlots)
	return s
}

// bytes is the memory that the store holds.
func (s *store) bytes() int64 {
	return int64(len(s.chunks))*chunkSize*int64(s.size) + int64(len(s.parents))*chunkSize*4 + int64(len(s.slots))*4
}

// bytesWith is the memory that n more states may need at its peak: chunks more, or both tables.
func (s *store) bytesWith(n int) int64 {
	b := s.bytes()
	if more := (s.n+n+chunkMask)>>chunkShift - len(s.chunks); more > 0 {
		each := s.size
		if s.keeps {
			each += 4
		}
		b += int64(more) * chunkSize * int64(each)
	}
	slots := len(s.slots)
	for s.n+n > slots-slots/4 {
		slots *= 2
	}
	if slots > len(s.slots) {
		b += int64(slots) * 4
	}
	return b
}

// loadBeside is load while others store states of higher numbers than those that there are: it looks at no byte of theirs.
func (s *store) loadBeside(id uint32, w []uint64) {
	if s.size*(s.n-int(id)) >= 8*s.words {
		s.load(id, w)
		return
	}
	clear(w)
	b := s.chunks[id>>chunkShift][int(id&chunkMask)*s.size:]
	for i, v := range b[:s.size] {
		w[i/8] |= uint64(v) << (8 * (i % 8))
	}
}

// load writes the words of state id to w.
func (s *store) load(id uint32, w []uint64) {
	b := s.chunks[id>>chunkShift][int(id&chunkMask)*s.size:]
	last := s.words - 1
	for i := range last {
		w[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	w[last] = binary.LittleEndian.Uint64(b[8*last:]) & s.lastMask()
}

// lastMask are the bits of the last word that are in the bytes of one state.
func (s *store) lastMask() uint64 { return 1<<(uint(s.size-8*(s.words-1))*8) - 1 }

// at returns the words of state id.
func (s *store) at(id uint32) []uint64 {
	w := make([]uint64, s.words)
	s.load(id, w)
	return w
}

func (s *store) parent(id uint32) uint32 { return s.parents[id>>chunkShift][id&chunkMask] }

// crowded reports whether the table must grow before n more states: above three quarters the probes get long.
func (s *store) crowded(n int) bool { return s.n+n > len(s.slots)-len(s.slots)/4 }

// reserve makes room in the table for n more states.
func (s *store) reserve(n int) {
	for s.crowded(n) {
		s.grow(s.k + 1)
	}
}

// resize makes an empty table and chooses its kind.
func (s *store) resize(k uint) {
	s.slots = nil // free before the new ones come
	s.k, s.slots = k, make([]uint32, 1<<k)
	pages.Huge(s.slots)
	s.quotient = s.divides(k)
}

// divides reports whether a table of 1<<k slots holds quotients.
func (s *store) divides(k uint) bool {
	return !s.numbered && s.words == 1 && s.bits >= k && s.bits-k+s.reserved <= 32-wayBits
}

// setAside keeps so many bits of the slots of quotients free.
func (s *store) setAside(bits uint) {
	if s.reserved = bits; s.quotient && !s.divides(s.k) {
		s.grow(s.k)
	}
}

// grow puts all states into a larger table. Quotients are in the order of their homes, so they go from one table to the other in
// order; otherwise the old table is not read: the states say all.
func (s *store) grow(k uint) {
	if s.quotient && s.divides(k) {
		old, was := s.slots, s.shift()
		s.resize(k)
		if s.split(len(old), func(from, to int, alone bool) bool { return s.spread(old, was, from, to, alone) }) {
			return
		}
		k++
	}
	for ; ; k++ {
		s.resize(k)
		if s.split(s.n, s.refill) {
			return
		}
	}
}

// split does all of 0..n-1, in pieces if there is who to share it with.
func (s *store) split(n int, do func(from, to int, alone bool) bool) bool {
	if s.share == nil || n < leastShared {
		return do(0, n, true)
	}
	return s.share(n, func(from, to int) bool { return do(from, to, false) })
}

// spread puts the quotients of some old slots into the new ones. The remainders had so many bits.
func (s *store) spread(old []uint32, remainder uint, from, to int, alone bool) bool {
	mask := uint32(len(old) - 1)
	for i, entry := range old[from:to] {
		if entry == 0 {
			continue
		}
		way := entry&(1<<wayBits-1) - 1
		hash := uint64((uint32(from+i)-way)&mask)<<remainder | uint64(entry>>wayBits)
		if !s.settle(hash, 0, alone) {
			return false
		}
	}
	return true
}

// number makes the store one that tells the numbers of states.
func (s *store) number() {
	if s.numbered = true; s.quotient {
		s.grow(s.k)
	}
}

// refill puts states into a new table, alone or while others do so too. It fails if a quotient would be too far from home.
func (s *store) refill(from, to int, alone bool) bool {
	var hashes [batchSize]uint64
	w := make([]uint64, s.words)
	shift := s.shift() & 63
	for first := from; first < to; first += batchSize {
		n := min(batchSize, to-first)
		for i := range n {
			s.load(uint32(first+i), w)
			hashes[i] = s.hash(w)
			atomic.LoadUint32(&s.slots[hashes[i]>>shift]) // all are on their way before the first is written
		}
		for i, h := range hashes[:n] {
			if !s.settle(h, uint32(first+i), alone) {
				return false
			}
		}
	}
	return true
}

// settle puts a state that is in no slot yet into the first empty one from its home on. Where others do so too, a slot is
// taken by comparing and swapping: which of two states comes nearer to home makes no difference to who looks for them.
func (s *store) settle(hash uint64, id uint32, alone bool) bool {
	mask, shift := uint32(len(s.slots)-1), s.shift()&63
	entry, step := uint32(hash)&^mask|(id+1), uint32(0)
	if s.quotient {
		entry, step = uint32(hash&(1<<shift-1))<<wayBits|1, 1
	}
	for at := uint32(hash >> shift); ; at = (at + 1) & mask {
		slot := &s.slots[at]
		if alone && *slot == 0 {
			*slot = entry
			return true
		}
		if !alone && atomic.LoadUint32(slot) == 0 && atomic.CompareAndSwapUint32(slot, 0, entry) {
			return true
		}
		if entry += step; step != 0 && entry&(1<<wayBits-1) == 0 {
			return false
		}
	}
}

// hash is the hash of a state, which says where its slot is.
func (s *store) hash(w []uint64) uint64 {
	if s.quotient {
		return mix(w[0], s.bits)
	}
	return hashWords(w)
}

// shift is how far a hash is shifted to be a home.
func (s *store) shift() uint {
	if s.quotient {
		return s.bits - s.k
	}
	return 64 - s.k
}

// touch reads the slots where states of these hashes are looked for, and the states that those name if they may be these, all at
// once: the memory answers them side by side.
func (s *store) touch(hashes []uint64) {
	sink, slots, shift := uint32(0), s.slots, s.shift()&63
	for _, h := range hashes {
		sink |= slots[h>>shift]
	}
	if s.sink |= sink; s.quotient || s.n == 0 {
		return
	}
	mask, last := uint32(len(slots)-1), byte(0)
	for _, h := range hashes {
		entry := slots[h>>shift]
		id := entry&mask - 1
		if (entry^uint32(h))&^mask != 0 {
			id = 0 // it is another, or none
		}
		if id >= uint32(s.n) {
			id = 0
		}
		last |= s.chunks[id>>chunkShift][int(id&chunkMask)*s.size]
	}
	s.sink |= uint32(last)
}

// lookup looks w, which has this hash, up. It returns its number, if the slots are numbers, and the slot where it is or is to be
// put.
func (s *store) lookup(w []uint64, hash uint64) (slot uint32, id uint32, found bool) {
	mask := uint32(len(s.slots) - 1)
	if s.quotient {
		slot, found = s.lookupQuotient(hash)
		if slot == noState { // too far from home, which hardly ever happens
			s.grow(s.k + 1)
			return s.lookup(w, s.hash(w))
		}
		return slot, noState, found
	}
	tag := uint32(hash) &^ mask
	for at := uint32(hash >> ((64 - s.k) & 63)); ; at = (at + 1) & mask {
		entry := s.slots[at]
		if entry == 0 {
			return at, noState, false
		}
		if id := entry&mask - 1; entry&^mask == tag && s.holds(id, w) {
			return at, id, true
		}
	}
}

// lookupQuotient is the slot of a quotient; noState if it would be too far from home.
func (s *store) lookupQuotient(hash uint64) (slot uint32, found bool) {
	slots, shift := s.slots, (s.bits-s.k)&63
	mask := uint32(len(slots) - 1)
	want := uint32(hash&(1<<shift-1))<<wayBits | 1
	for at := uint32(hash >> shift); ; at = (at + 1) & mask {
		switch slots[at&mask] {
		case want:
			return at, true
		case 0:
			return at, false
		}
		if want++; want&(1<<wayBits-1) == 0 {
			return noState, false
		}
	}
}

// holds reports whether state id is w.
func (s *store) holds(id uint32, w []uint64) bool {
	b := s.chunks[id>>chunkShift][int(id&chunkMask)*s.size:]
	last := s.words - 1
	for i := range last {
		if binary.LittleEndian.Uint64(b[8*i:]) != w[i] {
			return false
		}
	}
	return binary.LittleEndian.Uint64(b[8*last:])&s.lastMask() == w[last]
}

// put writes a slot.
func (s *store) put(hash uint64, slot, id uint32) {
	mask := uint32(len(s.slots) - 1)
	if s.quotient {
		shift := s.bits - s.k
		way := (slot - uint32(hash>>shift)) & mask
		s.slots[slot] = uint32(hash&(1<<shift-1))<<wayBits | (way + 1)
		return
	}
	s.slots[slot] = uint32(hash)&^mask | (id + 1)
}

// add stores w, which is in no slot yet, and has this hash, in the slot that lookup gave. There must be room in the table.
func (s *store) add(w []uint64, hash uint64, slot uint32, parent uint32) uint32 {
	id := uint32(s.n)
	at := s.n & chunkMask
	if at == 0 {
		s.chunks = append(s.chunks, s.newChunk())
		if s.keeps {
			s.parents = append(s.parents, make([]uint32, chunkSize))
		}
	}
	s.put(hash, slot, id)
	b := s.chunks[id>>chunkShift][at*s.size:]
	for i, v := range w[:s.words] {
		binary.LittleEndian.PutUint64(b[8*i:], v) // over bytes behind it, where nothing is yet
	}
	if s.keeps {
		s.parents[id>>chunkShift][at] = parent
	}
	s.n++
	return id
}

// newChunk is memory for states.
func (s *store) newChunk() []byte { return make([]byte, chunkSize*s.size+8) }

// saveAt writes a state of a number. It writes nothing where the one of the number end begins: that is another's.
func (s *store) saveAt(id uint32, w []uint64, end uint32) {
	b := s.chunks[id>>chunkShift][int(id&chunkMask)*s.size:]
	if 8*s.words <= int(end-id)*s.size {
		for i, v := range w {
			binary.LittleEndian.PutUint64(b[8*i:], v)
		}
		return
	}
	for i := range s.size {
		b[i] = byte(w[i/8] >> (8 * (i % 8)))
	}
}

// insert finds w or stores it, if it is new.
func (s *store) insert(w []uint64, parent uint32) (id uint32, isNew bool) {
	s.reserve(1)
	slot, id, found := s.lookup(w, s.hash(w))
	if found {
		return id, false
	}
	return s.add(w, s.hash(w), slot, parent), true
}

// find is the number of a state; noState if it is not there. The store must be numbered.
func (s *store) find(w []uint64) uint32 {
	_, id, _ := s.lookup(w, s.hash(w))
	return id
}

// copyWords is copy of a few words, for which a call is not worth it.
func copyWords(to, from []uint64) {
	for i := range to {
		to[i] = from[i]
	}
}

func sameWords(a, b []uint64) bool {
	for i, v := range a {
		if b[i] != v {
			return false
		}
	}
	return true
}

// mix maps the numbers of n bits onto themselves, one to one, such that every bit depends on every other: shifts and odd
// multiplications, each of which can be undone.
func mix(w uint64, n uint) uint64 {
	half, mask := (n+1)/2, uint64(1)<<n-1
	w ^= w >> half
	w = w * 0xd6e8feb86659fd93 & mask
	w ^= w >> half
	w = w * 0xe7037ed1a0b428db & mask
	return w ^ w>>half
}

// hashWord is hashWords of one word.
func hashWord(v uint64) uint64 {
	hi, lo := bits.Mul64(1^0x9e3779b97f4a7c15^v, 0xd6e8feb86659fd93)
	hi, lo = bits.Mul64(hi^lo^0xa0761d6478bd642f, 0xe7037ed1a0b428db)
	return hi ^ lo
}

// hashWords mixes the words by folded 128-bit products, in the manner of wyhash.
func hashWords(w []uint64) uint64 {
	h := uint64(len(w)) ^ 0x9e3779b97f4a7c15
	for _, v := range w {
		hi, lo := bits.Mul64(h^v, 0xd6e8feb86659fd93)
		h = hi ^ lo
	}
	hi, lo := bits.Mul64(h^0xa0761d6478bd642f, 0xe7037ed1a0b428db)
	return hi ^ lo
}
