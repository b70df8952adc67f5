package engine

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

const (
	slotBytes  = 7
	slotMask   = 1<<(8*slotBytes) - 1
	minPrints  = 1 << 18 // slots of the smallest table, and a few more: the rest of a fingerprint then has 46 bits
	manyPrints = 1 << 20
	printWay   = 10 // bits of how far a fingerprint is from home
)

// prints is a set of fingerprints: quotients, in slots of seven bytes, open addressing. The home of a fingerprint is where it
// would be if all 2^64 were spread over the slots in order; the slot keeps what its place does not say, and how far from home it
// is. So the fingerprints are nearly in order, the number of slots may be any, and a larger table is filled from front to back
// while the smaller one is given back behind the reading: there are never two.
type prints struct {
	slots      []byte
	n          uint64 // homes
	reciprocal uint64 // of n, times 2^64, rounded up
	step, part uint64 // of 2^64/n: see join
	held       int
	astray     []uint64 // what would be too far from home: hardly ever something
}

func (t *prints) init(n uint64) {
	t.divide(n)
	t.slots = newBytes(int(n+1<<printWay)*slotBytes + 8)
}

// divide spreads the fingerprints over n homes.
func (t *prints) divide(n uint64) {
	t.n = n
	t.reciprocal = ^uint64(0)/t.n + 1
	var over uint64
	t.step, over = bits.Div64(1, 0, t.n)
	t.part, _ = bits.Div64(over, 0, t.n)
}

func (t *prints) bytes() int64 { return int64(len(t.slots)) + int64(cap(t.astray))*8 }

// crowded reports whether n more would make the ways long.
func (t *prints) crowded(n int) bool { return uint64(t.held+n) > t.n/5*4 }

// larger is how many slots come next: while they are few twice as many, for the sake of speed.
func (t *prints) larger() uint64 {
	if t.n < manyPrints {
		return t.n * 2
	}
	return t.n / 4 * 5
}

// split divides a fingerprint into its home and the rest. What lo has beyond the multiples of n is the rest; a product is as good
// as the quotient, because different fingerprints of one home have products that differ by at least one.
func (t *prints) split(print uint64) (home, rest uint64) {
	home, lo := bits.Mul64(print, t.n)
	rest, _ = bits.Mul64(lo, t.reciprocal)
	return home, rest
}

// join is the fingerprint of a home and a rest. The first of a home is at home times 2^64/n, of which step is the whole part and
// part the rest, times 2^64; that and the product of split are right but for a little.
func (t *prints) join(home, rest uint64) uint64 {
	more, _ := bits.Mul64(home, t.part)
	for print := home*t.step + more + rest + 2; ; print-- {
		if h, r := t.split(print); h == home && r == rest {
			return print
		}
	}
}

func (t *prints) at(i uint64) uint64 {
	return binary.LittleEndian.Uint64(t.slots[i*slotBytes:]) & slotMask
}

func (t *prints) put(i, slot uint64) {
	b := t.slots[i*slotBytes:]
	binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)&^slotMask|slot)
}

// touch reads the homes of fingerprints, all at once: the memory answers them side by side.
func (t *prints) touch(list []uint64) uint32 {
	sink := byte(0)
	for _, print := range list {
		home, _ := bits.Mul64(print, t.n)
		sink |= t.slots[home*slotBytes]
	}
	return uint32(sink)
}

// find looks for a fingerprint. If it is not there, free says where it may be put, unless every place is too far.
func (t *prints) find(print uint64) (there bool, free, slot uint64) {
	home, rest := t.split(print)
	slot = rest<<printWay | 1
	for i := home; ; i++ {
		switch t.at(i) {
		case slot:
			return true, i, slot
		case 0:
			return false, i, slot
		}
		if slot++; slot&(1<<printWay-1) == 0 {
			return slices.Contains(t.astray, print), 0, 0
		}
	}
}

// has reports whether a fingerprint is there.
func (t *prints) has(print uint64) bool {
	there, _, _ := t.find(print)
	return there
}

// add adds a fingerprint that is not there.
func (t *prints) add(print uint64) {
	_, free, slot := t.find(print)
	if t.held++; slot != 0 {
		t.put(free, slot)
		return
	}
	t.astray = append(t.astray, print)
}

// grow puts all fingerprints into a larger table.
func (t *prints) grow(n uint64) {
	old := *t
	*t = prints{}
	t.init(n)
	for i := range old.n + 1<<printWay {
		if slot := old.at(i); slot != 0 {
			t.add(old.join(i-(slot&(1<<printWay-1)-1), slot>>printWay))
		}
		if i%(1<<18) == 0 {
			dropBytes(old.slots[:i*slotBytes])
		}
	}
	for _, print := range old.astray {
		t.add(print)
	}
	freeBytes(old.slots)
}

const chunkBytes = 1 << 16

// octets is a list of bytes that grows without being copied.
type octets struct {
	chunks [][]byte
	n      int
}

func (l *octets) add(b byte) {
	if l.n%chunkBytes == 0 {
		l.chunks = append(l.chunks, make([]byte, chunkBytes))
	}
	l.chunks[l.n/chunkBytes][l.n%chunkBytes] = b
	l.n++
}

func (l *octets) at(i int) byte { return l.chunks[i/chunkBytes][i%chunkBytes] }

func (l *octets) bytes() int64 { return int64(len(l.chunks)) * (chunkBytes + 24) }

// unary is a list of bits in which the place of a one can be found by its number.
type unary struct {
	chunks [][]uint64
	before []int // by chunk: the ones before it
	n      int   // bits
	ones   int
}

func (l *unary) add(bit uint64) {
	if l.n%(8*chunkBytes) == 0 {
		l.chunks = append(l.chunks, make([]uint64, chunkBytes/8))
		l.before = append(l.before, l.ones)
	}
	l.chunks[l.n/(8*chunkBytes)][l.n/64%(chunkBytes/8)] |= bit << (l.n % 64)
	l.n++
	l.ones += int(bit)
}

func (l *unary) at(i int) uint64 {
	return l.chunks[i/(8*chunkBytes)][i/64%(chunkBytes/8)] >> (i % 64) & 1
}

func (l *unary) bytes() int64 { return int64(len(l.chunks)) * (chunkBytes + 32) }

// find is the place of the one with that number, from 0.
func (l *unary) find(number int) int {
	chunk := search(len(l.before), func(i int) bool { return l.before[i] > number }) - 1
	left := number - l.before[chunk]
	for i, w := range l.chunks[chunk] {
		if n := bits.OnesCount64(w); left >= n {
			left -= n
			continue
		}
		for ; left > 0; left-- {
			w &= w - 1
		}
		return chunk*8*chunkBytes + i*64 + bits.TrailingZeros64(w)
	}
	panic("a child is not among the children")
}

// queue is states in the order in which they came. The memory of those that were taken serves another queue.
type queue struct {
	chunks [][]byte
	taken  int      // states of the first chunk
	n      int      // states of the last one
	free   [][]byte // chunks that hold nothing
}

const queueChunk = 1 << 12 // states

func (q *queue) add(s *state) {
	if len(q.chunks) == 0 || q.n == queueChunk {
		var chunk []byte
		if last := len(q.free) - 1; last >= 0 {
			chunk, q.free = q.free[last], q.free[:last]
		} else {
			chunk = make([]byte, 0, queueChunk*stateBytes+8)
		}
		q.chunks, q.n = append(q.chunks, chunk[:0]), 0
	}
	last := len(q.chunks) - 1
	q.chunks[last] = appendState(q.chunks[last], s)
	q.n++
}

// take takes the first state out. A chunk that is then empty is for the queue other.
func (q *queue) take(s *state, other *queue) {
	loadState(q.chunks[0][:cap(q.chunks[0])], q.taken, s)
	q.taken++
	if q.taken == queueChunk || len(q.chunks) == 1 && q.taken == q.n {
		other.free = append(other.free, q.chunks[0])
		q.chunks, q.taken = q.chunks[1:], 0
	}
}

func (q *queue) bytes() int64 {
	return int64(len(q.chunks)+len(q.free)) * (queueChunk*stateBytes + 8)
}
