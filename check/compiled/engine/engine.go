// Package engine is the part of a compiled search that is the same for every system: breadth first over packed joint
// states. The other part, in system.go, is written for one system by package check: the width of a state, its successors,
// what is asked of it. The text of both is copied into a module of its own, built, and run as a process of its own; the
// system.go here is that of a small spec, so that this folder is a package like any other.
//
// Successors are collected in batches, so that the places of the table where they may be are all on their way from memory
// before the first is looked at. States are stored whole and in the order in which they are found, in as many bytes as
// they need: that is the queue, and where a run to a state is found again, level by level. No parents are kept.
package engine

import (
	"time"

	"interlock/check/compiled/engine/orbits"
)

const (
	batch    = 256        // successors that are looked up together
	noState  = ^uint32(0) // no state; also the parent of a start
	maxTicks = 64         // batches between two looks at the clock
)

// explorer is the search.
type explorer struct {
	table
	recent *[recentStates]state // states that are stored, or in the batch
	next   [batch]state         // successors that wait for being looked up
	from   [batch]uint32        // the states that they are successors of
	open   [batch]uint8         // those of them that may be new
	n      int
	every  bool    // all of them wait, also those that are in recent
	begun  int     // what sent was when the first of them came
	kept   storage // where the states are instead of in the table, or nil
	hand   *hand   // the worker whose explorer it is, or nil
	crew   *crew   // the workers, or nil: there is one
	full   int     // when to look them up: batch, or 1 where a limit is near
	ask    int     // batches until the clock is looked at
	idle   int     // starts until it is, though they may be none
	limit  limits

	id     uint32 // the state that is expanded
	live   uint64 // 1; 0: what is done now is not to be noted
	halted string // why the search ends before everything was seen; empty: it does not

	sent, loops int  // steps that led to other states, and to their own
	hits        int  // steps that were violations
	cut         bool // a step of the state that is expanded was cut by an assumption
	levels      []int
	expanded    int
	deadlock    uint32
	deadlocks   int
	firstCut    uint32
	cuts        int

	asked     [watches]bool // which properties are asked of states
	seen      [spots]bool
	found     []finding
	first     [watches]uint32 // the state that decides a property
	held      [watches]uint32 // the first state in which its P holds
	broken    [watches]bool
	premise   [premises]bool
	cover     [covers]uint64 // how often written and joint transitions were taken; of deferrals, whether there were some
	entered   [entries]byte  // states of machines
	early     bool           // end when what is asked for is decided
	undecided int
	wanted    [watches]bool // until decided
	awaited   [spots]bool   // until found
	await     bool          // a deadlock is asked for, until found

	target   state // of a search backwards
	tracing  bool
	previous uint32

	choices
	cascade
	reducing
	labels *orbits.Labelling
	tell   func(x *explorer) bool // progress; false: the search must end
	told   time.Time
}

// limits bound what is stored, and how often one step is run.
type limits struct {
	states  int
	bytes   int64
	choices int
}

// finding is the first violation at a place of the spec: in a step from the state parent, or where asked, in what is asked of
// a state that the step leads to.
type finding struct {
	site   int
	parent uint32
	asked  bool
	order  int // of what several workers have found
}

func newExplorer() *explorer {
	x := &explorer{live: 1, full: batch, deadlock: noState, firstCut: noState}
	x.table.init()
	x.recent = newRecent(x)
	for i := range x.first {
		x.first[i], x.held[i] = noState, noState
	}
	return x
}

// lead takes a step from s to n. It is inlined where a state is one word.
func (x *explorer) lead(s, n state) {
	if same(n, s) {
		x.loops += int(x.live)
	} else {
		x.take(n)
	}
}

// take takes a step to another state. Left out are the states that were found a moment ago: most of what neighbouring states
// lead to is the same, and this cache is near where the table is far. There is no branch that depends on what is found in it.
func (x *explorer) take(n state) {
	x.sent += int(x.live)
	i := uint(x.n) % batch
	x.next[i], x.from[i] = n, x.id
	keep := 1
	if !x.every {
		h := uint64(0) // [table.hashOf], which is too long to be inlined
		if words == 1 && x.quotient {
			h = mix(n.w0)
		} else {
			h = hash(n)
		}
		x.hash[i] = h
		at := &x.recent[h%recentStates]
		if same(*at, n) {
			keep = 0
		}
		*at = n
	}
	if x.n += keep; x.n >= x.full {
		x.flush()
	}
}

// keep lets the states be kept somewhere else than in the table.
func (x *explorer) keep(kept storage) { x.kept, x.every = kept, true }

// beginAll stores the starts. What it finds in them has no state before it.
func (x *explorer) beginAll() {
	x.id = noState
	starts(x)
	x.flush()
	x.sent, x.begun, x.hits, x.expanded = 0, 0, 0, 0
}

// start takes a start.
func (x *explorer) start(n state) {
	i := uint(x.n) % batch
	x.next[i], x.from[i], x.hash[i] = n, noState, x.hashOf(n)
	if x.n++; x.n >= x.full {
		x.flush()
	}
}

// onward reports whether more starts are wanted. It hears when the search is to end, though there may be none for long.
func (x *explorer) onward() bool {
	if x.idle--; x.idle <= 0 && x.halted == "" {
		x.idle = maxTicks * batch
		if !x.tell(x) {
			x.halted, x.live = "stopped", 0
		}
	}
	return x.halted == ""
}

// explore finds every state that can be reached from those that are stored, level by level.
func (x *explorer) explore() {
	if x.count == 0 {
		return
	}
	x.levels = append(x.levels, x.count)
	var first state
	x.load(0, &first)
	for i := range x.recent {
		x.recent[i] = first // it is stored, and where it is no hash it is harmless
	}
	if x.crowded {
		x.halt("crowded", 0, 0)
	}
	for x.halted == "" && x.expanded < x.count {
		end := x.count
		for x.halted == "" && x.expanded < end {
			if x.crew == nil || !x.crew.states(end) {
				x.expand(uint32(x.expanded))
			}
		}
		x.flush()
		if x.count > end {
			x.levels = append(x.levels, x.count-end)
		}
	}
}

// expand takes every step from a state. The faults come last: whether the state has another step is then known.
func (x *explorer) expand(id uint32) {
	var s state
	x.load(id, &s)
	x.expandState(id, &s)
}

func (x *explorer) expandState(id uint32, s *state) {
	x.id, x.cut, x.unsettled = id, false, false
	before := x.sent + x.hits + x.turns
	visit(x, s)
	successors(x, s)
	moved := x.sent+x.hits+x.turns != before
	cut, unsettled := x.cut, x.unsettled
	faults(x, s)
	if x.halted != "" {
		return // it says itself how far it got
	}
	x.expanded++
	switch {
	case x.crowded:
		x.halt("crowded", 0, id) // who asked begins again without the reduction
	case moved || atRest(s):
	case unsettled:
		x.halt("unsettled", 0, id) // who asked begins again without the reduction
	default:
		x.stuck(id, cut)
	}
}

// stuck notes a state without a step.
func (x *explorer) stuck(id uint32, cut bool) {
	if cut {
		x.cuts++
		x.firstCut = min(x.firstCut, id)
		return
	}
	x.deadlocks++
	if x.deadlock == noState {
		if x.deadlock = id; x.await {
			x.await = false
			x.decide()
		}
	}
}

// flush looks up the successors that wait, and stores those that are new.
func (x *explorer) flush() {
	n := x.n
	x.n = 0
	if x.tracing {
		x.compare(n)
		return
	}
	if x.kept != nil {
		x.kept.take(n)
		return
	}
	if x.halted != "" || n == 0 {
		return
	}
	if x.hand != nil {
		x.hand.gather(n)
		return
	}
	if x.ask--; x.ask <= 0 {
		x.ask = maxTicks
		if !x.tell(x) {
			x.halt("stopped", x.sent-x.begun, x.from[0])
			return
		}
	}
	if !x.ready(n) {
		if untaken := x.sent - x.begun; n > 1 {
			x.halt("memory", untaken, x.from[0])
		} else if x.hash[0] = x.hashOf(x.next[0]); x.lookup(&x.next[0], 0) { // for what is stored there is room
			x.halt("memory", 1, x.from[0])
		}
		return
	}
	x.begun = x.sent
	for _, at := range x.open[:x.sieve(n)] {
		i := int(at)
		if !x.isNew(i) {
			continue
		}
		if x.count >= x.limit.states {
			x.halt("states", n-i, x.from[i])
			return
		}
		id := x.add(&x.next[i], i)
		watch(x, &x.next[i], id, x.from[i])
		if x.halted != "" {
			x.halt(x.halted, n-i-1, x.from[i])
			return
		}
	}
	x.near()
}

// ready makes room for the states of the batch. Where more slots are made for that, they may be of the other kind, with other
// hashes.
func (x *explorer) ready(n int) bool {
	was := x.k
	if !x.reserve(n) {
		return false
	}
	if x.k != was {
		for i := range n {
			x.hash[i] = x.hashOf(x.next[i])
		}
	}
	return true
}

// near lets the search go step by step where a limit is near, so that it ends exactly there, whatever batches went before.
func (x *explorer) near() {
	x.full = batch
	if x.count+2*batch >= x.limit.states || !x.room(2*batch) {
		x.full = 1
	}
}

// halt ends the search: of the steps of the batch, the last ones are not taken, the first of them from the state at.
func (x *explorer) halt(why string, untaken int, at uint32) {
	x.halted, x.live = why, 0
	x.sent -= untaken
	x.expanded = int(at)
}

// violate notes a step that is a violation.
func (x *explorer) violate(site int) {
	x.hits++
	if !x.seen[spotOf[site]] {
		x.flush() // what was found before it counts before it
		x.note(site, x.id, false)
	}
}

// doubt notes that an assumption has no value in a state that a step leads to.
func (x *explorer) doubt(site int) {
	if !x.seen[spotOf[site]] {
		x.flush()
		x.note(site, x.id, true)
	}
}

// coverTaken notes the transitions that were taken in the middle of a step.
func (x *explorer) coverTaken() {
	for _, t := range x.taken {
		x.cover[t] += x.live
	}
}

// note keeps the first finding at each place.
func (x *explorer) note(site int, parent uint32, asked bool) {
	spot := spotOf[site]
	if x.seen[spot] || x.live == 0 {
		return
	}
	x.seen[spot] = true
	f := finding{site: site, parent: parent, asked: asked}
	if x.hand != nil {
		f.order = x.hand.order()
	}
	x.found = append(x.found, f)
	if x.awaited[spot] {
		x.awaited[spot] = false
		x.decide()
	}
}

// decide counts what is asked for and now decided.
func (x *explorer) decide() {
	if x.undecided--; x.early && x.undecided == 0 {
		x.halted = "decided"
	}
}

// reach notes the state that decides a property.
func (x *explorer) reach(property int, id uint32) {
	x.first[property] = id
	if x.wanted[property] {
		x.wanted[property] = false
		x.decide()
	}
}

// path lists the states of the shortest run to a state that the search found first.
func (x *explorer) path(id uint32) []state {
	level, end := 0, x.levels[0]
	for ; int(id) >= end; end += x.levels[level] {
		level++
	}
	states := make([]state, level+1)
	x.load(id, &states[level])
	begin := end - x.levels[level]
	for ; level > 0; level-- {
		end, begin = begin, begin-x.levels[level-1]
		parent := x.parentOf(&states[level], begin, end)
		if parent == noState {
			return nil
		}
		x.load(parent, &states[level-1])
	}
	return states
}

// compare looks for the target among the successors.
func (x *explorer) compare(n int) {
	for i := 0; i < n && x.previous == noState; i++ {
		if same(x.next[i], x.target) {
			x.previous = x.from[i]
		}
	}
}
