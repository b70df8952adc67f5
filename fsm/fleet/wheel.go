package fleet

import "math/bits"

// The wheel of a shard: its timers by the tick at which they are to be looked at, in buckets of linked lists. A bucket of level l
// holds ticks that differ from the present one in their l-th group of six bits and in none above it, so that finding a timer its
// bucket, taking it out, and finding the next bucket that is not empty each cost the same however many timers there are
// (Varghese and Lauck, "Hashed and hierarchical timing wheels", 1987, scheme 7).
const (
	levels   = 8 // all 48 bits of a tick
	slotBits = 6
	fan      = 1 << slotBits
	due      = levels * fan // the bucket of those that are to be looked at now
	never    = ^uint64(0)

	moreNodes = 1 << 16
	none      = ^uint32(0)
)

// node is a timer of a session, 16 bytes. It is linked while it is in a bucket, which is also, until it is looked at, when it
// has been stopped or put off meanwhile: starting a timer again is what most events do, and costs no more than a number.
//
// The number of a session's first node is its slot. The others, of machines that have several timers at once, are numbered from moreNodes
// on.
type node struct {
	low   uint32 // the deadline in ticks, 48 bits
	high  uint16
	timer uint8
	mark  nodeMark
	prev  uint32 // in its bucket, plus 1; of the first, the bucket
	next  uint32 // in its bucket, plus 1
}

// another is a node of a session that has more than one.
type another struct {
	node
	slot    uint32
	sibling uint32 // another one of the session, plus 1; of a free one, the next free one, plus 1
}

type nodeMark uint8

const (
	nodeArmed  nodeMark = 1 << iota // it runs
	nodeLinked                      // it is in a bucket
	nodeFirst                       // and is the first there
	nodeUsed                        // it is a timer's
	nodeHeld                        // it was due and was refused; its bucket is when it is tried again
)

const lastTick = 1<<48 - 1

func (n *node) deadline() uint64 { return uint64(n.high)<<32 | uint64(n.low) }

func (n *node) setDeadline(tick uint64) {
	tick = min(tick, lastTick)
	n.low, n.high = uint32(tick), uint16(tick>>32)
}

// wheel is not for two goroutines at once.
type wheel struct {
	tick    uint64            // everything up to here has been looked at, or is in the bucket due
	heads   [due + 1]uint32   // the first node of each bucket, plus 1
	filled  [levels]uint64    // by level, a bit for each bucket that is not empty
	running int               // that are armed
	own     []*[chunk]node    // by slot
	more    []*[chunk]another // by number from moreNodes on
	others  []uint32          // by slot, its first node that is another, plus 1
	unused  uint32            // the first free one of those, plus 1
	made    uint32            // of those
}

func (w *wheel) at(n uint32) *node {
	if n < moreNodes {
		return &w.own[n/chunk][n%chunk]
	}
	return &w.another(n).node
}

func (w *wheel) another(n uint32) *another { n -= moreNodes; return &w.more[n/chunk][n%chunk] }

// slot is that of the session that a node belongs to.
func (w *wheel) slot(n uint32) uint32 {
	if n < moreNodes {
		return n
	}
	return w.another(n).slot
}

// first is a node of a session, and after another one of the same; none when there is none.
func (w *wheel) first(slot uint32) uint32 {
	switch {
	case w == nil:
		return none
	case w.owns(slot) && w.at(slot).mark&nodeUsed != 0:
		return slot
	}
	return w.firstOther(slot)
}

func (w *wheel) after(n uint32) uint32 {
	if n < moreNodes {
		return w.firstOther(n)
	}
	return numbered(w.another(n).sibling)
}

// firstOther is the first node of a session that is not its own slot's.
func (w *wheel) firstOther(slot uint32) uint32 {
	if int(slot) >= len(w.others) {
		return none
	}
	return numbered(w.others[slot])
}

// numbered is the number of a node from its place in more, plus 1.
func numbered(place uint32) uint32 {
	if place == 0 {
		return none
	}
	return moreNodes + place - 1
}

// owns says that there is room for a node of the slot's own.
func (w *wheel) owns(slot uint32) bool {
	return int(slot/chunk) < len(w.own) && w.own[slot/chunk] != nil
}

// take finds a session a node for a timer.
func (w *wheel) take(slot uint32, timer uint8) uint32 {
	for int(slot/chunk) >= len(w.own) {
		w.own = append(w.own, nil)
	}
	if w.own[slot/chunk] == nil {
		w.own[slot/chunk] = new([chunk]node)
	}
	n := slot
	if w.at(n).mark&nodeUsed != 0 {
		n = w.takeOther(slot)
	}
	*w.at(n) = node{timer: timer, mark: nodeUsed}
	return n
}

// takeOther finds a session a node besides its own.
func (w *wheel) takeOther(slot uint32) uint32 {
	n := numbered(w.unused)
	if n == none {
		if w.made%chunk == 0 {
			w.more = append(w.more, new([chunk]another))
		}
		n = moreNodes + w.made
		w.made++
	} else {
		w.unused = w.another(n).sibling
	}
	for int(slot) >= len(w.others) {
		w.others = append(w.others, 0)
	}
	x := w.another(n)
	x.slot, x.sibling = slot, w.others[slot]
	w.others[slot] = n - moreNodes + 1
	return n
}

// give forgets a node, which is in no bucket.
func (w *wheel) give(n uint32) {
	if n < moreNodes {
		*w.at(n) = node{}
		return
	}
	x, place := w.another(n), n-moreNodes+1
	at := &w.others[x.slot]
	for *at != place {
		at = &w.another(numbered(*at)).sibling
	}
	*at = x.sibling
	*x = another{sibling: w.unused}
	w.unused = place
}

// link puts a node into the bucket of a tick.
func (w *wheel) link(n uint32, tick uint64) {
	bucket := due
	if tick = min(tick, lastTick); tick > w.tick {
		level := (bits.Len64(tick^w.tick) - 1) / slotBits
		slot := tick >> (level * slotBits) & (fan - 1)
		bucket = level*fan + int(slot)
		w.filled[level] |= 1 << slot
	}
	w.push(n, bucket)
}

func (w *wheel) push(n uint32, bucket int) {
	x := w.at(n)
	x.prev, x.next = uint32(bucket), w.heads[bucket]
	x.mark |= nodeLinked | nodeFirst
	if x.next != 0 {
		second := w.at(x.next - 1)
		second.prev = n + 1
		second.mark &^= nodeFirst
	}
	w.heads[bucket] = n + 1
}

// unlink takes a node out of its bucket.
func (w *wheel) unlink(n uint32) {
	x := w.at(n)
	if x.next != 0 {
		after := w.at(x.next - 1)
		after.prev = x.prev
		after.mark |= x.mark & nodeFirst
	}
	if x.mark&nodeFirst == 0 {
		w.at(x.prev - 1).next = x.next
	} else {
		w.heads[x.prev] = x.next
		if x.next == 0 && x.prev < due {
			w.filled[x.prev/fan] &^= 1 << (x.prev % fan)
		}
	}
	x.prev, x.next = 0, 0
	x.mark &^= nodeLinked | nodeFirst | nodeHeld
}

// ahead is the first tick at which there is something to look at, and its bucket; never if there is nothing.
func (w *wheel) ahead() (tick uint64, bucket int) {
	if w.heads[due] != 0 {
		return w.tick, due
	}
	for level := range levels {
		if w.filled[level] == 0 {
			continue
		}
		slot := bits.TrailingZeros64(w.filled[level])
		above := w.tick >> ((level + 1) * slotBits) << ((level + 1) * slotBits)
		return above | uint64(slot)<<(level*slotBits), level*fan + slot
	}
	return never, 0
}

// pass says what time it is. The wheel goes on to there, or to just before the next bucket that is to be looked at.
func (w *wheel) pass(now uint64) {
	if tick, _ := w.ahead(); tick > w.tick {
		w.tick = max(w.tick, min(now, tick-1))
	}
}

// pop takes out a node that is to be looked at by now, earlier ticks first. The whole of a bucket becomes due at once, whatever is in
// it, so that a caller may stop in between; what is not due at w.tick is to be linked again.
func (w *wheel) pop(now uint64) (uint32, bool) {
	for w.heads[due] == 0 {
		tick, bucket := w.ahead()
		if tick > now {
			w.tick = max(w.tick, now)
			return 0, false
		}
		w.tick = tick
		w.heads[due], w.heads[bucket] = w.heads[bucket], 0
		w.at(w.heads[due] - 1).prev = due
		w.filled[bucket/fan] &^= 1 << (bucket % fan)
	}
	n := w.heads[due] - 1
	w.unlink(n)
	return n, true
}
