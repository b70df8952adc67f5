package check

const (
	batchSize    = 256     // successors that are looked up together
	recentWords  = 1 << 14 // of the cache of states that were looked up a moment ago
	recentStates = 1 << 13 // at most so many in it
)

// batch is the successors that wait for being looked up together: so the places of the table where they may be are all on
// their way from memory before the first is looked at.
type batch struct {
	_      [64]byte
	n      int
	full   int // when to look them up: batchSize, or 1 where a limit is near
	next   []uint64
	from   [batchSize]uint32 // the states that they are successors of
	hashes [batchSize]uint64

	// recent holds states that are stored, or in the batch, by their hash: most of what neighbouring states lead to is the
	// same, and this cache is near where the table is far.
	recent []uint64
	mask   uint64
}

func newBatch(words int) *batch {
	n := recentStates
	for n*words > recentWords && n > 64 {
		n /= 2
	}
	return &batch{full: batchSize, next: make([]uint64, batchSize*words), recent: make([]uint64, n*words), mask: uint64(n - 1)}
}

// warm fills the cache with a state that is stored.
func (b *batch) warm(w []uint64) {
	for at := 0; at < len(b.recent); at += len(w) {
		copy(b.recent[at:], w)
	}
}

// fresh computes the hashes of the first n successors and leaves out those that were looked up a moment ago. It returns how
// many are left. For states of one word there is no branch in it that depends on what it finds.
func (b *batch) fresh(st *store, n int) int {
	if st.words == 1 {
		return b.freshNarrow(st, n)
	}
	left, words := 0, st.words
	for i := range n {
		w := b.next[i*words : (i+1)*words]
		h := hashWords(w)
		at := b.recent[int(h&b.mask)*words:][:words]
		if sameWords(at, w) {
			continue
		}
		copyWords(at, w)
		if left < i {
			copyWords(b.next[left*words:][:words], w)
		}
		b.hashes[left], b.from[left] = h, b.from[i]
		left++
	}
	return left
}

func (b *batch) freshNarrow(st *store, n int) int {
	left := uint(0)
	quotient, bits := st.quotient, st.bits
	recent := (*[recentStates]uint64)(b.recent)
	next := (*[batchSize]uint64)(b.next)
	for i := range uint(n) {
		w := next[i%batchSize]
		h := uint64(0)
		if quotient {
			h = mix(w, bits)
		} else {
			h = hashWord(w)
		}
		at := &recent[h%recentStates]
		keep := uint(1)
		if *at == w {
			keep = 0
		}
		*at = w
		b.hashes[left%batchSize] = h
		next[left%batchSize], b.from[left%batchSize] = w, b.from[i%batchSize]
		left += keep
	}
	return int(left)
}

// push adds the joint state that a step from the state at leads to. It returns whether the batch is full.
func (b *batch) push(w []uint64, at uint32) bool {
	if len(w) == 1 {
		b.next[b.n] = w[0]
	} else {
		copyWords(b.next[b.n*len(w):][:len(w)], w)
	}
	b.from[b.n] = at
	b.n++
	return b.n >= b.full
}

// flush looks up the successors that wait, and stores and watches those that are new.
func (s *search) flush() {
	b, st := s.batch, s.st
	n := b.n
	b.n = 0
	if n == 0 {
		return
	}
	s.transitions += n
	if s.hand != nil {
		s.hand.gather(n)
		return
	}
	if !s.room(n) {
		w := b.next[:st.words]
		if _, _, known := st.lookup(w, st.hash(w)); n > 1 || !known { // for what is stored there is room
			s.halt(s.fullOfBytes(), n, b.from[0])
		}
		return
	}
	st.reserve(n)
	n = b.fresh(st, n)
	st.touch(b.hashes[:n])
	for i := range n {
		w := b.next[i*st.words : (i+1)*st.words]
		slot, _, found := st.lookup(w, b.hashes[i])
		if found {
			continue
		}
		if st.n >= s.opts.MaxStates {
			s.halt(s.fullOfStates(), n-i, b.from[i])
			return
		}
		s.watch(st.add(w, b.hashes[i], slot, noState), w, b.from[i])
		if s.opts.Soon && s.reason != "" {
			s.halt(s.reason, n-i-1, b.from[i])
			return
		}
	}
	s.near()
}

// near lets the search go step by step where a limit is near, so that it ends exactly there, whatever batches went before.
func (s *search) near() {
	s.batch.full = batchSize
	if s.st.n+2*batchSize >= s.opts.MaxStates || !s.room(2*batchSize) {
		s.batch.full = 1
	}
}

// halt ends the search: of the steps of the batch, the last ones are not taken, the first of them from the state at.
func (s *search) halt(why string, untaken int, at uint32) {
	if s.reason == "" {
		s.reason = why
	}
	s.x.halted = true
	s.transitions -= untaken
	s.expanded = int(at)
}
