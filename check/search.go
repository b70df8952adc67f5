package check

import (
	"context"
	"fmt"
	"time"

	"interlock/fsm"
)

// search is the breadth-first exploration of the base states: those without monitors.
type search struct {
	limits
	p           *program
	x           *exec
	st          *store
	batch       *batch
	assumes     []cond
	initially   []cond
	watches     []*watch
	before      []uint64   // room for the state before the one that is watched
	memos       *memos     // what was made when the states were found; nil: they were not found here
	assumed     []uint64   // by word: the bits that assumptions look at; nil: they must be asked in every state
	found       []*finding // violations of built-in checks, in the order found
	places      map[spot]*finding
	cover       coverage
	transitions int
	levels      []int  // states by depth
	expanded    int    // the next state to expand
	incomplete  string // why the base states are not all explored; empty: they are
	stage       string
	took        time.Duration
	deadlock    uint32
	deadlocks   int
	cut         int
	firstCut    uint32
	fair        *fairGraph        // of liveness, made when first asked for
	unfair      string            // why it could not be made
	goesOn      []bool            // by state: a fair run can go on from it; nil: not asked yet
	away        *away             // where the base states are if a compiled program searches; nil: in st
	parents     map[uint32]uint32 // of states to which a run was asked for, and of those on the way
	crew        *crew             // several workers; nil: there is one, so far
	shared      int               // states that several share, at least
	hand        *hand             // the worker whose search it is, or nil
	engine      engine
	reductions  []Reduction
	reduces     Reductions // those that are tried
	gaveUp      Reduction  // the one that cannot be used after all; zero: none

	// of the state that is expanded
	at            uint32
	visit         func(step)
	moved, wasCut bool
	unsettled     bool // whether the run moves on depends on variables that are dead
}

// engine says what explores.
type engine struct {
	compiled bool          // a program of its own
	built    time.Duration // what it took to make it
	why      string        // why not, although it was asked for
	stored
}

// finding is the first violation of a built-in check at one place of the spec.
type finding struct {
	site   *site
	parent uint32 // the state whose step violates; noState: a start
	asked  bool   // the site is in an assumption or property, asked of a state that the step leads to
	order  int    // of what several workers have found
}

// spot tells findings apart: the same mistake of two instances of one machine is one finding.
type spot struct {
	builtin fsm.Builtin
	span    fsm.Span
	what    int
}

func (s *site) spot() spot { return spot{s.builtin, s.span, s.what} }

// limits say when a search must end.
type limits struct {
	ctx       context.Context
	opts      *Options
	began     time.Time
	spent     int64 // bytes held by other stores
	countdown int
	told      time.Time
	reason    string // why the search was ended; empty: it was not
	brief     bool   // the states do not stay here: their memory does not count
}

// ticks is how many states are expanded between two looks at the clock.
const ticks = 1 << 8

// tick looks at the clock now and then. It reports whether the search must end.
func (l *limits) tick(progress func() Progress) bool {
	if l.countdown--; l.countdown > 0 {
		return l.reason != ""
	}
	l.countdown = ticks
	now := time.Now()
	if l.ctx.Err() != nil && l.reason == "" {
		l.reason = l.interrupted(now)
	}
	if l.opts.Progress != nil && now.Sub(l.told) >= 100*time.Millisecond {
		l.told = now
		p := progress()
		p.Elapsed = now.Sub(l.began)
		l.opts.Progress(p)
	}
	return l.reason != ""
}

// interrupted says why the search ends before its time.
func (l *limits) interrupted(now time.Time) string {
	if l.ctx.Err() == context.DeadlineExceeded {
		return fmt.Sprintf("the time limit was reached after %s", now.Sub(l.began).Round(time.Millisecond))
	}
	return "it was interrupted"
}

func (l *limits) fullOfStates() string {
	return fmt.Sprintf("the limit of %d states was reached", l.opts.MaxStates)
}

func (l *limits) fullOfBytes() string {
	return fmt.Sprintf("the limit of %d bytes for states was reached", l.opts.MaxMemory)
}

func (l *limits) fullOfChoices() string {
	return fmt.Sprintf("a step has more than %d combinations of free choices (values of any, answers of extern guards)", l.opts.MaxChoices)
}

// fits reports whether st may take a state more, and notes the limit that forbids it.
func (l *limits) fits(st *store) bool {
	switch {
	case st.n >= l.opts.MaxStates:
		l.reason = l.fullOfStates()
	case l.spent+st.bytesWith(1) > l.opts.MaxMemory && !l.brief:
		l.reason = l.fullOfBytes()
	}
	return l.reason == ""
}

// room reports whether there is memory for n states more.
func (s *search) room(n int) bool { return s.spent+s.st.bytesWith(n) <= s.opts.MaxMemory }

func newSearch(ctx context.Context, p *program, opts *Options) *search {
	s := &search{p: p, x: newExec(p), st: newStore(p.words, p.bits), parents: map[uint32]uint32{},
		places: map[spot]*finding{}, deadlock: noState, firstCut: noState}
	s.stage, s.before, s.shared = "search", make([]uint64, p.words), leastStates
	s.limits = limits{ctx: ctx, opts: opts, began: time.Now(), countdown: 1}
	s.visit = s.step
	s.cover = newCoverage(p)
	s.x.tick = func() bool { return s.tick(s.progress) }
	s.x.most, s.x.overdo = opts.MaxChoices, func(step) { s.reason = s.fullOfChoices() }
	if !p.loose {
		k := newCompiler(p, fsm.OwnInstance)
		s.assumes, s.initially = k.conds(p.sys.Assumes), k.conds(p.sys.Initially)
		s.assumed = k.assumed(p.sys.Assumes)
	}
	return s
}

func (s *search) progress() Progress {
	return Progress{Stage: s.stage, States: s.st.n, Transitions: s.transitions, Queue: s.st.n - s.expanded, Depth: len(s.levels) - 1}
}

// explore finds every reachable joint state, or as many as the limits allow. A level is the states of one depth: they
// follow one another in the store.
func (s *search) explore() {
	s.beginning()
	defer s.visited()
	defer s.dismiss()
	for s.reason == "" && s.expanded < s.st.n {
		end := s.st.n
		for s.expanded < end && s.reason == "" {
			if !s.block(end) {
				s.expand(uint32(s.expanded))
			}
		}
		s.deepen(end)
	}
	s.incomplete = s.reason
	s.took = time.Since(s.began)
}

// beginning stores the starts.
func (s *search) beginning() {
	s.batch = newBatch(s.p.words)
	s.memos = newMemos(s.p, s.opts.MaxMemory)
	s.x.memos = s.memos
	s.beginAll()
	if s.st.n > 0 {
		s.levels = append(s.levels, s.st.n)
		s.batch.warm(s.st.at(0))
	}
	s.near()
}

// deepen ends a level, of which the last state is the one before end. What was found in it is the next one.
func (s *search) deepen(end int) {
	s.flush()
	if s.st.n > end {
		s.levels = append(s.levels, s.st.n-end)
	}
}

// visited notes in which leaf states instances were.
func (s *search) visited() {
	s.memos.visited(&s.cover)
	if s.crew != nil {
		for _, h := range s.crew.hands[1:] { // the first has those of s
			h.memos.visited(&s.cover)
		}
	}
	s.x.memos = nil
}

// explored is the number of levels of which every state was expanded.
func (s *search) explored() int {
	if s.incomplete != "" && s.p.reduce != nil && s.p.reduce.ample != nil {
		return 0 // steps were put off at every depth
	}
	n, depth := 0, 0
	for depth < len(s.levels) && n+s.levels[depth] <= s.expanded {
		n += s.levels[depth]
		depth++
	}
	return depth
}

// begin takes a start that an exec has made.
func (s *search) begin(step) {
	if !s.begins() {
		return
	}
	w := s.x.stored()
	if _, _, found := s.st.lookup(w, s.st.hash(w)); found {
		return // another start is the same, or stands for this one: no limit is in its way
	}
	if !s.fits(s.st) {
		s.x.halted = true
		return
	}
	if id, isNew := s.st.insert(w, noState); isNew {
		s.watch(id, w, noState)
	}
}

// begins reports whether a start that an exec has made is one: nothing is violated, and `initially` and `assume` hold.
func (s *search) begins() bool {
	x := s.x
	if x.end == violated {
		s.noteStart(&finding{site: x.fail, parent: noState})
		return false
	}
	for _, e := range append(s.initially[:len(s.initially):len(s.initially)], s.assumes...) {
		v, fail := x.ask(e)
		if fail != nil {
			s.noteStart(&finding{site: fail, parent: noState, asked: true})
		}
		if !v {
			return false
		}
	}
	return true
}

// expand takes every step from a state. What its steps lead to is looked up later, but whether it has some is known at once.
func (s *search) expand(id uint32) {
	x := s.x
	s.st.load(id, x.base)
	s.moved, s.wasCut, s.unsettled = false, false, false
	s.at = id
	s.expandAll()
	if s.reason != "" || s.p.reduce != nil {
		s.cover.visit(x.base) // otherwise what is remembered tells it in the end
	}
	if s.reason != "" {
		return // it says itself how far it got
	}
	s.expanded++
	if s.crowded() {
		s.giveUpCrowded()
		return
	}
	if s.moved || s.p.atRest(x.base) {
		return
	}
	if s.unsettled {
		s.giveUpUnsettled()
		return
	}
	if s.wasCut {
		s.cut++
		s.firstCut = min(s.firstCut, id)
		return
	}
	s.deadlocks++
	s.deadlock = min(s.deadlock, id)
}

// atRest reports whether every instance is down or in a final state.
func (p *program) atRest(w []uint64) bool {
	for i := range p.instances {
		if in := p.value(w, i); in != fsm.Down && !p.sys.MachineOf(i).States[in].Final {
			return false
		}
	}
	return true
}

// step takes one step that an exec has made from the state at.
func (s *search) step(t step) {
	x := s.x
	if x.end == violated {
		s.moved = s.moved || !t.kind.IsFault()
		s.discover(&finding{site: x.fail, parent: s.at})
		return
	}
	w := x.w
	if s.p.reduce != nil {
		w = x.stored()
	}
	if w[0] == x.base[0] && sameWords(w, x.base) {
		s.transitions++
		s.cover.take(t, x)
		s.loops(t)
		return
	}
	if len(s.assumes) > 0 && !s.holds() {
		s.wasCut = s.wasCut || !t.kind.IsFault()
		return
	}
	s.moved = s.moved || !t.kind.IsFault()
	if s.batch.push(w, s.at) {
		s.flush()
	}
	if s.reason == "" {
		s.cover.take(t, x)
	}
}

// assumed is the bits that assumptions look at, by word; nil if one cannot be evaluated everywhere.
func (k *compiler) assumed(list []*fsm.Expr) []uint64 {
	all := make([]uint64, k.p.words)
	for _, e := range list {
		if !k.pure(e) {
			return nil
		}
		for i, mask := range k.sees(e) {
			all[i] |= mask
		}
	}
	return all
}

// holds reports whether no assumption cuts the step that the exec has made. They hold in the state before it.
func (s *search) holds() bool {
	if s.assumed != nil && s.p.reduce == nil && alike(s.x.w, s.x.base, s.assumed) {
		return true
	}
	for _, e := range s.assumes {
		v, fail := s.x.ask(e)
		if fail != nil {
			s.discover(&finding{site: fail, parent: s.at, asked: true})
		}
		if !v {
			return false
		}
	}
	return true
}

// discover notes a finding of the step at hand. What was found before it counts before it.
func (s *search) discover(f *finding) {
	if s.places[f.site.spot()] == nil {
		w := append([]uint64{}, s.x.w...)
		s.flush()
		s.x.hold(w)
		if s.reason == "" {
			s.note(f)
		}
	}
}

// ask evaluates a property or assumption in the joint state that x has made. A condition that cannot be evaluated is false.
func (x *exec) ask(e cond) (bool, *site) {
	x.end = done // the last run may have ended otherwise
	v := e(x)
	if x.end == done {
		return v, nil
	}
	fail := x.fail
	x.end, x.fail = done, nil
	return false, fail
}

// note keeps the first finding at each place.
func (s *search) note(f *finding) {
	at := f.site.spot()
	if s.hand != nil {
		f.order = s.hand.order()
	}
	if s.places[at] == nil {
		s.places[at] = f
		s.found = append(s.found, f)
	}
}
