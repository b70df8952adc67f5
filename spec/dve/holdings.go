package dve

import (
	"slices"

	"interlock/fsm"
)

// The limits on how often a text is lowered to find out what its variables hold. What still grows after patient rounds, as in x = x + 1,
// is taken to hold what its type has; after many, that is so of all. Then there are rounds that take back what no step
// assigns, as where x < 100 is in the guard.
const (
	patientRounds = 6
	manyRounds    = 16
	backRounds    = 6
)

// holdings are what the variables of a text can hold, found by lowering it again and again: first what they begin with, then also what is
// assigned to them when they hold that. The variables are known by the order in which they are declared; nil stands for what
// is declared.
type holdings struct {
	found  []*fsm.Type // by variable
	next   []*fsm.Type // what they begin with, and what the lowering under way assigns
	number map[*variable]int
	round  int
	back   int // rounds that took something back
}

// of is what a variable can hold, as far as it is known, when it is declared.
func (h *holdings) of(v *variable) *fsm.Type {
	if v.constant {
		return spanned(v.values)
	}
	if h == nil {
		return v.typ
	}
	if h.number == nil {
		h.number = map[*variable]int{}
	}
	n := len(h.number)
	h.number[v] = n
	if n == len(h.found) {
		h.found, h.next = append(h.found, spanned(v.values)), append(h.next, nil)
	}
	h.next[n] = spanned(v.values)
	return h.found[n]
}

// spanned is the range of some values.
func spanned(values []int) *fsm.Type {
	t := fsm.IntType(int64(values[0]), int64(values[0]))
	for _, v := range values {
		t.Lo, t.Hi = min(t.Lo, int64(v)), max(t.Hi, int64(v))
	}
	return t
}

// gets tells that values of a range are assigned to a place. Where one could leave the type of the variable, it holds all that its type
// has: what is told of a violation is the type.
func (h *holdings) gets(to place, values *fsm.Type) {
	if h == nil || !to.ok {
		return
	}
	n := h.number[to.of]
	joined := join(h.next[n], values)
	if joined.Lo < to.typ.Lo || joined.Hi > to.typ.Hi {
		joined = to.typ
	}
	h.next[n] = joined
}

// join is the range of two.
func join(a, b *fsm.Type) *fsm.Type { return fsm.IntType(min(a.Lo, b.Lo), max(a.Hi, b.Hi)) }

func same(a, b *fsm.Type) bool { return a.Lo == b.Lo && a.Hi == b.Hi }

// changes reports whether more is known than before: the text must be lowered again.
func (h *holdings) changes() bool {
	if h == nil {
		return false
	}
	h.round++
	grown, less := false, false
	for v, n := range h.number { // in any order: no variable's part rests on another's
		more := join(h.found[n], h.next[n])
		switch {
		case h.round == manyRounds: // who gets what another gets, and so on
			more = v.typ
		case h.round > patientRounds && !same(more, h.found[n]):
			more = v.typ
		}
		grown = grown || !same(more, h.found[n])
		less = less || !same(h.next[n], h.found[n])
		h.found[n] = more
	}
	h.number = nil
	if !grown && less && h.back < backRounds { // found holds all that is assigned, so next does, too
		h.back++
		h.found = slices.Clone(h.next)
		return true
	}
	return grown
}

// passed tells what receivers get: from a buffer what its types have, otherwise what any sender on the channel sends.
func (l *lowering) passed() {
	if l.hold == nil {
		return
	}
	sent := map[*channel][][]*fsm.Expr{}
	l.synchronized(func(s *sync) {
		if s.send {
			sent[s.on] = append(sent[s.on], s.sent)
		}
	})
	l.synchronized(func(s *sync) {
		for n, to := range s.places {
			if s.on.capacity > 0 {
				l.gets(to, s.on.types[n])
				continue
			}
			for _, values := range sent[s.on] {
				if n < len(values) && values[n] != nil {
					l.gets(to, values[n].Type)
				}
			}
		}
	})
}

// gets is [holdings.gets] of what is passed.
func (l *lowering) gets(to place, values *fsm.Type) {
	if l.cutting && (values.Lo < to.typ.Lo || values.Hi > to.typ.Hi) {
		values = to.typ
	}
	l.hold.gets(to, values)
}

// synchronized calls a function with each sync that is understood.
func (l *lowering) synchronized(do func(*sync)) {
	for _, p := range l.program.processes {
		for _, t := range p.trans {
			if t.sync != nil && t.sync.on != nil {
				do(t.sync)
			}
		}
	}
}
