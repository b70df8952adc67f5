package engine

import "slices"

// run is states in order, each once: in memory, or in blocks of a pile.
type run struct {
	list     []state // nil: in the pile
	pile     *pile
	from, to int // blocks
	count    int
	begin    int // the first level that it holds, of what was visited
	end      int // the level behind the last one
}

// owned reports whether the pile holds nothing but the run.
func (r *run) owned() bool { return r.pile != nil && r.list == nil && r.pile.name != statesFile }

// before is the order of states: as numbers, the last word first.
func before(a, b *state) bool {
	l, r := a.row(), b.row()
	for i := words - 1; i > 0; i-- {
		if l[i] != r[i] {
			return l[i] < r[i]
		}
	}
	return l[0] < r[0]
}

// cursor goes through a run, forward only.
type cursor struct {
	run   *run
	now   state  // the state at hand
	over  bool   // there is none
	at    int    // its place in the list, or in the block
	block int    // the block at hand
	n     int    // states in it
	bytes []byte // of the states of the block
	buf   []byte // where it was read
}

// open puts the cursor onto the first state of a run. What it has read into stays in use.
func (c *cursor) open(r *run) {
	*c = cursor{run: r, buf: c.buf, at: -1, block: r.from - 1}
	if r.list != nil {
		c.n = len(r.list)
	}
	c.next()
}

// next goes on to the next state.
func (c *cursor) next() {
	c.at++
	if c.at < c.n {
		c.load()
		return
	}
	if c.run.list != nil || c.block+1 >= c.run.to {
		c.over = true
		return
	}
	c.enter(c.block + 1)
}

// enter reads a block and goes to its first state.
func (c *cursor) enter(block int) {
	c.block, c.at = block, 0
	c.buf = c.run.pile.read(block, c.buf)
	c.bytes = c.buf[blockHead:]
	c.n = c.run.pile.marks[block].count
	c.load()
}

func (c *cursor) load() {
	if c.run.list != nil {
		c.now = c.run.list[c.at]
		return
	}
	loadState(c.bytes, c.at, &c.now)
}

// skip goes on over n states.
func (c *cursor) skip(n int) {
	for ; n > 0 && !c.over; n-- {
		if left := c.n - c.at - 1; left > 0 {
			step := min(left, n)
			c.at += step - 1
			n -= step - 1
		}
		c.next()
	}
}

// has goes on to the first state that is not before s, and reports whether it is s. Blocks that are all before s are not read.
func (c *cursor) has(s *state) bool {
	if c.over || !before(&c.now, s) {
		return !c.over && c.now == *s
	}
	if c.run.list == nil {
		marks := c.run.pile.marks
		if next := c.block + 1; next < c.run.to && !before(s, &marks[next].first) {
			rest := marks[next:c.run.to]
			c.enter(next + search(len(rest), func(i int) bool { return before(s, &rest[i].first) }) - 1)
		}
	}
	for !c.over && before(&c.now, s) {
		c.leap(s)
	}
	return !c.over && c.now == *s
}

// leap goes on among what is at hand, by steps that double and then halve.
func (c *cursor) leap(s *state) {
	step := 1
	for c.at+step < c.n && before(c.peek(c.at+step), s) {
		c.at += step
		step *= 2
	}
	rest := min(step, c.n-c.at) - 1
	c.at += search(rest, func(i int) bool { return !before(c.peek(c.at+1+i), s) })
	c.next()
}

// peek is the state of a place at hand.
func (c *cursor) peek(at int) *state {
	if c.run.list != nil {
		return &c.run.list[at]
	}
	loadState(c.bytes, at, &c.now)
	return &c.now
}

// search is the first i below n for which is(i), or n: from there on it is so for all.
func search(n int, is func(i int) bool) int {
	lo := 0
	for lo < n {
		if mid := (lo + n) / 2; is(mid) {
			n = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// merge calls visit with the states of several runs in order, each once, until it returns false.
func merge(cursors []cursor, visit func(s *state) bool) {
	live := make([]*cursor, 0, len(cursors))
	for i := range cursors {
		if !cursors[i].over {
			live = append(live, &cursors[i])
		}
	}
	for len(live) > 0 {
		least := live[0].now
		for _, c := range live[1:] {
			if before(&c.now, &least) {
				least = c.now
			}
		}
		gone := false
		for _, c := range live {
			if c.now == least {
				c.next()
				gone = gone || c.over
			}
		}
		if gone {
			live = slices.DeleteFunc(live, func(c *cursor) bool { return c.over })
		}
		if !visit(&least) {
			return
		}
	}
}

// sortStates sorts by the bytes from that one down, in place: each byte sends every state to its part, and the parts are
// sorted by the next one. (McIlroy, Bostic, McIlroy, Engineering Radix Sort, 1993.)
func sortStates(list []state, top int) {
	for ; top >= 0 && len(list) > 32; top-- {
		word, shift := top>>3, top&7*8
		var end, at [256]int
		for i := range list {
			end[list[i].row()[word]>>shift&0xff]++
		}
		sum := 0
		for b, n := range end {
			at[b] = sum
			sum += n
			end[b] = sum
		}
		if one := list[0].row()[word] >> shift & 0xff; at[one] == 0 && end[one] == len(list) {
			continue
		}
		begin := at
		for b := range end {
			for at[b] < end[b] {
				s := list[at[b]]
				for to := s.row()[word] >> shift & 0xff; int(to) != b; to = s.row()[word] >> shift & 0xff {
					list[at[to]], s = s, list[at[to]]
					at[to]++
				}
				list[at[b]] = s
				at[b]++
			}
		}
		for b := range end {
			sortStates(list[begin[b]:end[b]], top-1)
		}
		return
	}
	for i := 1; i < len(list); i++ {
		s := list[i]
		k := i
		for ; k > 0 && before(&s, &list[k-1]); k-- {
			list[k] = list[k-1]
		}
		list[k] = s
	}
}

// sorted sorts states and keeps each once.
func sorted(list []state) []state {
	sortStates(list, stateBytes-1)
	return slices.Compact(list)
}
