package engine

import (
	"sync"
	"sync/atomic"
)

// sharing lets several goroutines do the parts of 0..n-1, and reports whether all of them went well.
type sharing func(n int, do func(from, to int) bool) bool

// leastShared is how many slots or states are worth being shared.
const leastShared = 1 << 13

// split does all of 0..n-1, in parts if there is who to share it with.
func (t *table) split(n int, do func(from, to int, alone bool) bool) bool {
	if t.share == nil || n < leastShared {
		return do(0, n, true)
	}
	return t.share(n, func(from, to int) bool { return do(from, to, false) })
}

// grow makes 1<<k slots, or more, and puts all states into them.
func (t *table) grow(k uint) {
	if numbers := !t.quotient && k <= nearSlots; t.quotient == t.divides(k) && (t.quotient || numbers) {
		old := oldSlots{slots: t.slots, pages: t.pages, k: t.k}
		t.slots, t.pages = t.newSlots(1 << k)
		t.k = k
		ok := t.split(len(old.slots), func(from, to int, alone bool) bool {
			if numbers {
				return t.spreadNumbers(&old, from, to, alone)
			}
			t.spread(&old, from, to)
			return true
		})
		for _, h := range old.outside {
			ok = ok && t.settle(h, 0, true)
		}
		if t.leave(old.slots, old.pages); ok {
			return
		}
		k++
	}
	for ; ; k++ {
		if t.resize(k); t.split(t.count, t.refill) {
			return
		}
	}
}

// far makes larger slots because a quotient is too far from home, which hardly ever happens. They are of the same kind:
// where a state has no more bits than its home, it is at home.
func (t *table) far() { t.grow(t.k + 1) }

// setAside keeps so many bits of the slots of quotients free.
func (t *table) setAside(n uint) {
	if t.reserved = n; t.quotient && !t.divides(t.k) {
		t.grow(t.k)
	}
}

// oldSlots are slots that there were: 1<<k.
type oldSlots struct {
	slots   []uint32
	pages   []byte
	k       uint
	lock    sync.Mutex
	outside []uint64 // hashes that do not come to lie where their slots are spread
}

// spread puts what was in some old slots of quotients into the new ones, in order. It gives back the memory of the old ones
// as it goes. What these slots hold belongs to a run of new ones, in which nobody else writes; the few that do not come to lie
// there are left over.
func (t *table) spread(old *oldSlots, from, end int) {
	const some = 1 << 21
	mask, shift, to := uint64(len(old.slots)-1), (mixBits-old.k)&63, (mixBits-t.k)&63
	slots, lo, hi := t.slots, uint64(from)<<(t.k-old.k), uint64(end)<<(t.k-old.k)
	var outside []uint64
	for i, entry := range old.slots[from:end] {
		if i%some == 0 && i > 0 && old.pages != nil {
			forgetPages(old.pages[4*(from+i-some) : 4*(from+i)])
		}
		if entry == 0 {
			continue
		}
		way := uint64(entry&(1<<wayBits-1)) - 1
		h := (uint64(from+i)-way)&mask<<shift | uint64(entry>>wayBits)
		if at := h >> to; at >= lo && at < hi && slots[at] == 0 {
			slots[at] = uint32(h&(1<<to-1))<<wayBits | 1
		} else if !t.within(h, lo, hi) {
			outside = append(outside, h)
		}
	}
	old.lock.Lock()
	defer old.lock.Unlock()
	old.outside = append(old.outside, outside...)
}

// within puts a quotient into the first empty slot from its home on, if that is among lo..hi-1 and not too far.
func (t *table) within(h, lo, hi uint64) bool {
	at, entry := t.home(h), uint32(h&(1<<(mixBits-t.k)-1))<<wayBits|1
	if at < lo {
		return false
	}
	for ; at < hi && entry&(1<<wayBits-1) != 0; at++ {
		if t.slots[at] == 0 {
			t.slots[at] = entry
			return true
		}
		entry++
	}
	return false
}

// spreadNumbers is spread for numbers. No state is read, but for those in long rows of slots, of which it cannot be told how far from
// home they are.
func (t *table) spreadNumbers(old *oldSlots, from, end int, alone bool) bool {
	last := len(old.slots) - 1
	mask, more := uint32(last), t.k-old.k
	row := 0 // slots without an empty one, up to the one at hand
	for row < 1<<nearBits && old.slots[(from-1-row)&last] != 0 {
		row++
	}
	slots, over := t.slots, uint64(len(t.slots)-1)
	for i, entry := range old.slots[from:end] {
		if entry == 0 {
			row = 0
			continue
		}
		if row++; row > 1<<nearBits {
			var s state
			t.load(entry&mask-1, &s)
			if !t.settle(t.hashOf(s), entry&mask-1, alone) {
				return false
			}
			continue
		}
		way := (uint32(from+i) - entry>>(32-nearBits)) & (1<<nearBits - 1)
		next := uint64(entry) >> (32 - nearBits - more) & (1<<more - 1)
		at := uint64((uint32(from+i)-way)&mask)<<more | next
		t.drop(entry&^mask<<more|entry&mask, at, over, slots, alone)
	}
	return true
}

// drop puts an entry into the first empty slot from one on.
func (t *table) drop(entry uint32, at, mask uint64, slots []uint32, alone bool) {
	for ; ; at++ {
		slot := &slots[at&mask]
		if alone && *slot == 0 {
			*slot = entry
			return
		}
		if !alone && atomic.LoadUint32(slot) == 0 && atomic.CompareAndSwapUint32(slot, 0, entry) {
			return
		}
	}
}

// refill puts the states of some numbers into empty slots, in their order, which is kind to the cache. It fails if a quotient
// would be too far from home.
func (t *table) refill(from, to int, alone bool) bool {
	var hashes [batch]uint64
	slots, quotient := t.slots, t.quotient
	for first := from; first < to; first += batch {
		n := min(batch, to-first)
		for i := range n {
			var s state
			t.load(uint32(first+i), &s)
			hashes[i] = t.hashOf(s)
			atomic.LoadUint32(&slots[t.home(hashes[i])]) // all are on their way before the first is written
		}
		for i, h := range hashes[:n] {
			if at := t.home(h); alone && !quotient && slots[at] == 0 {
				slots[at] = t.tag(h) | uint32(first+i+1)
			} else if !t.settle(h, uint32(first+i), alone) {
				return false
			}
		}
	}
	return true
}

// settle puts a state that is in no slot yet into the first empty one from its home on. Where others do so too, a slot is
// taken by comparing and swapping: which of two states comes nearer to home makes no difference to who looks for them.
func (t *table) settle(h uint64, id uint32, alone bool) bool {
	mask := uint64(len(t.slots) - 1)
	at, entry, step := t.home(h), t.tag(h)|(id+1), uint32(0)
	if words == 1 && t.quotient {
		entry, step = uint32(h&(1<<(mixBits-t.k)-1))<<wayBits|1, 1
	}
	for {
		slot := &t.slots[at&mask]
		if alone && *slot == 0 {
			*slot = entry
			return true
		}
		if !alone && atomic.LoadUint32(slot) == 0 && atomic.CompareAndSwapUint32(slot, 0, entry) {
			return true
		}
		at++
		if entry += step; entry&(1<<wayBits-1) == 0 && step != 0 {
			return false
		}
	}
}
