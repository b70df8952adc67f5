package check

import (
	"slices"

	"interlock/fsm"
)

// watch asks one property of every joint state that is found.
type watch struct {
	property *fsm.Property
	asks     *fsm.Expr // its P, or that with all images
	p, q     cond      // what is asked, and its Q
	sights
	broken   bool     // in some state it cannot be evaluated
	sure     bool     // it can be evaluated in every state
	sees     []uint64 // by word: the bits that it looks at
	premises []*premise
	orbit    *orbit // nil: p is the property's own condition
}

// sights are the first states that say something of a property.
type sights struct {
	first uint32 // that decides it: a counterexample of never and always, a witness of reachable
	held  uint32 // in which P holds, of after and the like
}

// join takes in what somebody else has seen.
func (s *sights) join(other sights) {
	s.first, s.held = min(s.first, other.first), min(s.held, other.held)
}

// premise is something without which a property says nothing: if it is never true, the property is vacuous.
type premise struct {
	of   *fsm.Expr
	e    cond
	seen bool
	says string // the sentence if it never is
}

// newWatch compiles a property; nil if it is not asked of states.
func newWatch(k *compiler, p *fsm.Property) *watch {
	w := &watch{property: p, asks: p.P, sights: sights{noState, noState}}
	if p.P == nil {
		return nil
	}
	w.p = k.cond(p.P)
	if p.Q != nil {
		w.q = k.cond(p.Q)
	}
	w.premises = premises(k, p)
	w.sure = k.pure(p.P) && k.pure(p.Q)
	w.sees = k.sees(p.P)
	return w
}

// copy is the watch of another worker: it asks the same.
func (w *watch) copy() *watch {
	c := *w
	c.premises = nil
	for _, p := range w.premises {
		own := *p
		c.premises = append(c.premises, &own)
	}
	return &c
}

// follow lets a copy know what the watch knows.
func (w *watch) follow(of *watch) {
	w.sights, w.broken = of.sights, of.broken
	for i, p := range of.premises {
		w.premises[i].seen = p.seen
	}
}

// join takes in what a copy has come to know: first and held are given, as it may have turned back.
func (w *watch) join(of *watch, seen sights) {
	w.sights.join(seen)
	w.broken = w.broken || of.broken
	for i, p := range of.premises {
		w.premises[i].seen = w.premises[i].seen || p.seen
	}
}

// sees is the bits of a joint state that an expression looks at, by word.
func (k *compiler) sees(e *fsm.Expr) []uint64 {
	f := concern{k: k, mask: make([]uint64, k.p.words)}
	f.expr(e)
	for _, l := range f.views {
		k.p.layout.links[l].mark(f.mask)
	}
	return f.mask
}

// alike reports whether two joint states are the same in some bits.
func alike(a, b, bits []uint64) bool {
	for i, mask := range bits {
		if (a[i]^b[i])&mask != 0 {
			return false
		}
	}
	return true
}

// lives reports whether the property is about runs that never end.
func (w *watch) lives() bool {
	return w.property.Kind == fsm.Eventually || w.property.Kind == fsm.LeadsTo || w.property.Kind == fsm.InfinitelyOften
}

// watch asks every property of the joint state state, which is new and got the number id; from is the state before. What can be
// evaluated everywhere, and sees nothing that the step has changed, has the answer that it had there: none that decides.
func (s *search) watch(id uint32, state []uint64, from uint32) {
	held, before := false, s.before[:0]
	if from != noState && s.p.reduce == nil && len(s.watches) > 0 {
		before = s.before[:len(state)]
		s.st.loadBeside(from, before)
	}
	for _, w := range s.watches {
		for _, p := range w.premises {
			if !p.seen {
				held = s.holdOnce(state, held)
				p.seen, _ = s.x.ask(p.e)
			}
		}
		if w.sure && (w.settled() || len(before) > 0 && alike(state, before, w.sees)) {
			continue
		}
		held = s.holdOnce(state, held)
		s.askOf(w, id, from)
	}
	if s.opts.Soon && s.reason == "" && s.enough() {
		s.reason, s.x.halted = decided, true
	}
}

// holdOnce lets the exec hold a joint state, unless it already does.
func (s *search) holdOnce(state []uint64, held bool) bool {
	if !held {
		s.x.hold(state)
	}
	return true
}

// settled reports whether no further state can say more of the property, but that it cannot be evaluated there.
func (w *watch) settled() bool { return w.lives() || w.first != noState || w.held != noState }

// askOf asks a property of the joint state that the exec holds.
func (s *search) askOf(w *watch, id, from uint32) {
	v, fail := s.x.ask(w.p)
	if w.q != nil && fail == nil && w.lives() {
		_, fail = s.x.ask(w.q)
	}
	switch w.property.Kind {
	case fsm.Never, fsm.Reachable:
		if v && w.first == noState {
			w.first = id
		}
	case fsm.Always:
		if !v && fail == nil && w.first == noState {
			w.first = id
		}
	case fsm.Eventually, fsm.LeadsTo, fsm.InfinitelyOften:
	default:
		if v && w.held == noState {
			w.held = id
		}
		return // its own pass decides what a failure means
	}
	if fail != nil {
		w.broken = true
		s.note(&finding{site: fail, parent: from, asked: true})
	}
}

// decided is why a search ends that [Options.Soon] lets end.
const decided = "what was asked is decided"

// enough reports whether nothing that was asked needs more joint states.
func (s *search) enough() bool {
	for _, p := range slices.Concat(s.p.sys.Properties, builtins(s.p.sys)) {
		if !s.opts.wantsProperty(p) {
			continue
		}
		if p.Kind != fsm.Never && p.Kind != fsm.Always && p.Kind != fsm.Reachable || s.watchOf(p).first == noState {
			return false
		}
	}
	return !slices.ContainsFunc(s.p.sys.Scenarios, func(sc *fsm.Scenario) bool { return s.opts.wants(sc.Name) })
}
