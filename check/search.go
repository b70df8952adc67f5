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
	packed      []uint64 // the joint state that is expanded
	next        []uint64 // a successor, packed
	assumes     []expr
	initially   []expr
	watches     []*watch
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
	fair        *fairGraph // of liveness, made when first asked for
	unfair      string     // why it could not be made
	goesOn      []bool     // by state: a fair run can go on from it; nil: not asked yet
	away        *away      // where the base states are if a compiled program searches; nil: in st
	engine      engine
	reductions  []Reduction
	gaveUp      Reduction // the one that cannot be used after all; zero: none

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

// ticks is how many steps are tried between two looks at the clock.
const ticks = 1 << 14

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

// room reports whether st may take another state, and notes the limit that forbids it.
func (l *limits) room(st *store) bool {
	switch {
	case st.n >= l.opts.MaxStates:
		l.reason = l.fullOfStates()
	case st.n&chunkMask == 0 || st.crowded():
		if l.spent+st.bytesAfterGrowth() > l.opts.MaxMemory && !l.brief {
			l.reason = l.fullOfBytes()
		}
	}
	return l.reason == ""
}

func newSearch(ctx context.Context, p *program, opts *Options) *search {
	s := &search{p: p, x: newExec(p), st: newStore(p.words), packed: make([]uint64, p.words), next: make([]uint64, p.words),
		places: map[spot]*finding{}, deadlock: noState, firstCut: noState}
	s.stage = "search"
	s.limits = limits{ctx: ctx, opts: opts, began: time.Now(), countdown: 1}
	s.visit = s.step
	s.cover = newCoverage(p.sys)
	s.x.tick = func() bool { return s.tick(s.progress) }
	s.x.most, s.x.overdo = opts.MaxChoices, func(step) { s.reason = s.fullOfChoices() }
	if !p.loose {
		k := newCompiler(p, fsm.OwnInstance)
		s.assumes, s.initially = k.exprs(p.sys.Assumes), k.exprs(p.sys.Initially)
	}
	return s
}

func (s *search) progress() Progress {
	return Progress{Stage: s.stage, States: s.st.n, Transitions: s.transitions, Queue: s.st.n - s.expanded, Depth: len(s.levels) - 1}
}

// explore finds every reachable joint state, or as many as the limits allow. A level is the states of one depth: they
// follow one another in the store.
func (s *search) explore() {
	s.x.starts(s.begin)
	if s.st.n > 0 {
		s.levels = append(s.levels, s.st.n)
	}
	for s.reason == "" && s.expanded < s.st.n {
		end := s.st.n
		for s.expanded < end && s.reason == "" {
			s.expand(uint32(s.expanded))
			if s.reason == "" {
				s.expanded++
			}
		}
		if s.st.n > end {
			s.levels = append(s.levels, s.st.n-end)
		}
	}
	s.incomplete = s.reason
	s.took = time.Since(s.began)
}

// explored is the number of levels of which every state was expanded.
func (s *search) explored() int {
	n, depth := 0, 0
	for depth < len(s.levels) && n+s.levels[depth] <= s.expanded {
		n += s.levels[depth]
		depth++
	}
	return depth
}

// begin takes a start that an exec has made.
func (s *search) begin(step) {
	x := s.x
	if x.end == violated {
		s.note(&finding{site: x.fail, parent: noState})
		return
	}
	for _, e := range s.initially {
		v, fail := x.ask(e)
		if fail != nil {
			s.note(&finding{site: fail, parent: noState, asked: true})
		}
		if v == 0 {
			return
		}
	}
	s.reach(noState)
}

// expand takes every step from a state.
func (s *search) expand(id uint32) {
	copy(s.packed, s.st.at(id))
	s.p.unpack(s.packed, s.x.base)
	s.moved, s.wasCut, s.unsettled = false, false, false
	s.cover.visit(s.x.base)
	s.at = id
	s.x.expand(s.visit)
	if s.reason != "" || s.moved || s.p.atRest(s.x.base) {
		return
	}
	if s.unsettled {
		s.giveUp(DeadVariables, "in some joint state all that can still happen is that dead variables change")
		return
	}
	if s.wasCut {
		s.cut++
		if s.firstCut == noState {
			s.firstCut = id
		}
		return
	}
	s.deadlocks++
	if s.deadlock == noState {
		s.deadlock = id
	}
}

// atRest reports whether every instance is down or in a final state.
func (p *program) atRest(c []int64) bool {
	for i := range p.instances {
		if c[i] != fsm.Down && !p.sys.MachineOf(i).States[c[i]].Final {
			return false
		}
	}
	return true
}

// step takes one step that an exec has made from the state at.
func (s *search) step(t step) {
	x, id := s.x, s.at
	if x.end == violated {
		s.moved = s.moved || !t.kind.IsFault()
		s.note(&finding{site: x.fail, parent: id})
		return
	}
	s.p.pack(x.c, s.next)
	if sameWords(s.next, s.packed) {
		s.transitions++
		s.cover.take(t, x)
		s.loops(t)
		return
	}
	switch reached := s.reach(id); {
	case reached:
		s.transitions++
		s.cover.take(t, x)
		s.moved = s.moved || !t.kind.IsFault()
	case !t.kind.IsFault():
		s.wasCut = true
	}
}

// reach stores the joint state in x.c, if it is new and assume does not cut it, and asks the properties of it. It
// reports whether the state is stored, now or before. From begin, the state is not packed yet.
func (s *search) reach(parent uint32) bool {
	if parent == noState {
		s.p.pack(s.x.c, s.next)
	}
	hash := hashWords(s.next)
	id, slot := s.st.find(s.next, hash)
	if id != noState {
		return true
	}
	for _, e := range s.assumes {
		v, fail := s.x.ask(e)
		if fail != nil {
			s.note(&finding{site: fail, parent: parent, asked: true})
		}
		if v == 0 {
			return false
		}
	}
	if !s.room(s.st) {
		s.x.halted = true
		return false
	}
	id = s.st.add(s.next, hash, slot, parent)
	s.watch(id)
	return true
}

// ask evaluates a property or assumption in the joint state that x has made. A condition that cannot be evaluated is 0.
func (x *exec) ask(e expr) (int64, *site) {
	x.end = done // the last run may have ended otherwise
	v := e(x)
	if x.end == done {
		return v, nil
	}
	fail := x.fail
	x.end, x.fail = done, nil
	return 0, fail
}

// note keeps the first finding at each place.
func (s *search) note(f *finding) {
	at := f.site.spot()
	if s.places[at] == nil {
		s.places[at] = f
		s.found = append(s.found, f)
	}
}
