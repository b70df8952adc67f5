package check

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"interlock/check/compiled/engine/orbits"
	"interlock/fsm"
)

// Reductions is a set of ways to explore fewer joint states. Each keeps every verdict and the length of every shortest
// counterexample; what they change is how many joint states stand for all of them.
type Reductions uint8

// The reductions.
const (
	// DeadVariables explores one joint state for all that differ only in variables that will be written before they are
	// read.
	DeadVariables Reductions = 1 << iota
	// Symmetry explores one joint state for all that differ only in which element of an array of instances is which, where
	// the index of the array is only ever compared for equality.
	Symmetry
	// PartialOrder takes only the steps of one instance where nobody else has to do with them. It leaves steps out, so it
	// is not for after, recoverable and properties of runs that never end; the runs that are shown come from a second
	// search without it.
	PartialOrder

	NoReductions      Reductions = 0
	DefaultReductions            = DeadVariables | Symmetry // what the command does unless told otherwise
	AllReductions                = DefaultReductions | PartialOrder
)

// reductionNames are the words for the reductions, in the order of their bits.
var reductionNames = []string{"dead-variables", "symmetry", "partial-order"}

// ParseReductions reads a list such as "symmetry,dead-variables"; "all" and "none" are words, too.
func ParseReductions(text string) (Reductions, error) {
	switch text {
	case "all":
		return AllReductions, nil
	case "none":
		return NoReductions, nil
	}
	var set Reductions
	for _, word := range strings.Split(text, ",") {
		i := slices.Index(reductionNames, word)
		if i < 0 {
			return 0, fmt.Errorf("say none, all, or some of %s", strings.Join(reductionNames, ", "))
		}
		set |= 1 << i
	}
	return set, nil
}

// String writes the set as [ParseReductions] reads it.
func (r Reductions) String() string {
	var words []string
	for i, word := range reductionNames {
		if r&(1<<i) != 0 {
			words = append(words, word)
		}
	}
	if words == nil {
		return "none"
	}
	return strings.Join(words, ",")
}

// Reduction says what became of one reduction that [Options.Reduce] asked for.
type Reduction struct {
	By  Reductions // one of them
	Of  string     // what it was about, such as "Proxy.tries, Proxy.why"; empty: it did nothing
	Why string     // a sentence: why it did nothing; empty if it did
}

// reduction turns a joint state into the one that is explored for it, and for all others that it stands for. It is not
// changed when built.
type reduction struct {
	dead   *deadness     // nil: dead variables are left as they are
	shape  *symmetry     // nil: nothing is permuted
	ample  *ample        // nil: every step is taken
	resets [][][]fixed   // by instance and leaf state + 1: dead variables
	never  []fixed       // variables of the system that nothing reads
	asked  []*watch      // with the images of properties
	hits   []atomic.Bool // by number of deadness.names: it was set back to another value

	ampleStates int // in which not every step was taken
}

// fixed is a cell and the value that it gets.
type fixed struct {
	cell  int
	value int64
	name  int // the number of its variable in deadness.names
}

// reduceBy prepares the reductions that opts asks for, and tells what each is about.
func (s *search) reduceBy(asked Reductions) {
	if s.opts.Compiled {
		s.refuse(asked&PartialOrder, "a compiled search takes every step")
		asked &^= PartialOrder
	}
	s.reduces = asked
	r := &reduction{}
	if asked&DeadVariables != 0 {
		r.dead = findDead(s.p.sys, s.properties())
		if r.reset(s.p); len(r.hits) == 0 {
			r.dead = nil
		}
	}
	if asked&Symmetry != 0 {
		r.shape = s.findSymmetry(r.dead)
	}
	if asked&PartialOrder != 0 {
		why := "symmetry is used" // whose joint states stand for others: what is new there need not be
		if r.shape == nil {
			r.ample, why = s.findAmple()
		}
		if why != "" {
			s.refuse(PartialOrder, why)
		}
	}
	if r.dead != nil || r.shape != nil || r.ample != nil {
		r.asked = s.watches
		s.p.reduce = r
	}
}

// watchOf is what is asked of a property, or nil.
func (r *reduction) watchOf(p *fsm.Property) *watch {
	if r == nil {
		return nil
	}
	if i := slices.IndexFunc(r.asked, func(w *watch) bool { return w.property == p }); i >= 0 {
		return r.asked[i]
	}
	return nil
}

// told says what the reductions did.
func (s *search) told() []Reduction {
	list := s.reductions
	if r := s.p.reduce; r != nil && r.ample != nil {
		list = append(list, Reduction{By: PartialOrder, Of: fmt.Sprintf("in %s of %d only the steps of one instance", count(r.ampleStates, "state"), s.states())})
	}
	if s.reduces&DeadVariables == 0 {
		return list
	}
	told := Reduction{By: DeadVariables, Why: "no variable is ever dead and yet has several values"}
	if r := s.p.reduce; r != nil && r.dead != nil {
		var names []string
		for i, name := range r.dead.names {
			if r.hits[i].Load() {
				names = append(names, name)
				told.Why = ""
			}
		}
		told.Of = strings.Join(names, ", ")
	}
	return append(list, told)
}

// refuse tells why reductions that were asked for are not done.
func (s *search) refuse(asked Reductions, why string) {
	for i := range reductionNames {
		if by := Reductions(1) << i; asked&by != 0 {
			s.reductions = append(s.reductions, Reduction{By: by, Why: why})
		}
	}
}

// by is what the reduction consists of.
func (r *reduction) by() (set Reductions) {
	switch {
	case r == nil:
	case r.dead != nil && r.shape != nil:
		set = DeadVariables | Symmetry
	case r.dead != nil:
		set = DeadVariables
	case r.shape != nil:
		set = Symmetry
	}
	return set
}

// properties lists what is asked of joint states.
func (s *search) properties() []*fsm.Property {
	var list []*fsm.Property
	for _, w := range s.watches {
		list = append(list, w.property)
	}
	return list
}

// reset lists the cells that are dead, by the leaf states of their instances.
func (r *reduction) reset(p *program) {
	r.hits = make([]atomic.Bool, len(r.dead.names))
	cells := func(base int, t *fsm.Type, name int) []fixed {
		var list []fixed
		for slot := range t.Slots() {
			list = append(list, fixed{p.vars + base + slot, t.Scalar().Lo, name})
		}
		return list
	}
	for v, name := range r.dead.system {
		if name >= 0 {
			r.never = append(r.never, cells(p.sys.SystemSlot(v), p.sys.Vars[v].Type, name)...)
		}
	}
	r.resets = make([][][]fixed, len(p.sys.Instances))
	for i, in := range p.sys.Instances {
		m := p.sys.MachineOf(i)
		r.resets[i] = make([][]fixed, len(m.States)+1)
		for v, variable := range m.Vars {
			name := r.dead.machine[in.Machine][v]
			if name < 0 {
				continue
			}
			for state := fsm.Down; state < len(m.States); state++ {
				if r.dead.dead(in.Machine, state, v) {
					r.resets[i][state+1] = append(r.resets[i][state+1], cells(p.sys.VarSlot(i, v), variable.Type, name)...)
				}
			}
		}
	}
}

// bury gives dead variables their fixed value.
func (r *reduction) bury(p *program, w []uint64) {
	r.fix(p, w, r.never)
	for i, states := range r.resets {
		r.fix(p, w, states[p.value(w, i)+1])
	}
}

func (r *reduction) fix(p *program, w []uint64, list []fixed) {
	for _, f := range list {
		if p.value(w, f.cell) != f.value {
			p.write(w, f.cell, f.value)
			if !r.hits[f.name].Load() {
				r.hits[f.name].Store(true)
			}
		}
	}
}

// stored is the joint state that is explored for the one that the exec has made, which is not changed. It is overwritten by
// the next.
func (x *exec) stored() []uint64 {
	r := x.p.reduce
	if r == nil {
		return x.w
	}
	x.reduced = append(x.reduced[:0], x.w...)
	r.bury(x.p, x.reduced)
	switch {
	case r.shape == nil:
	case r.shape.sheaves != nil:
		for i := range r.shape.sheaves {
			r.shape.sheaves[i].arrange(x.p, x.reduced, x.keysOf(r.shape))
		}
	default:
		if x.labels == nil || x.labelled != r.shape {
			x.labels, x.labelled = orbits.New(r.shape.packed), r.shape
		}
		if !x.labels.First(x.reduced) {
			r.shape.lost.Store(true)
		}
	}
	return x.reduced
}

// keysOf is memory for the keys of elements.
func (x *exec) keysOf(y *symmetry) []uint64 {
	if len(x.keys) < y.elements {
		x.keys = make([]uint64, y.elements)
	}
	return x.keys
}

// loops takes a step that leads back to the state that is explored. If it leads to another joint state for which that one
// stands, the run has moved on. But if it writes what may be dead, then whether anything changes depends on what dead
// variables were: some of the joint states that this one stands for may go on, and some not.
func (s *search) loops(t step) {
	r, x := s.p.reduce, s.x
	if r == nil || t.kind.IsFault() || s.moved || s.unsettled {
		return
	}
	if r.shape != nil {
		x.reduced = append(x.reduced[:0], x.w...)
		r.bury(x.p, x.reduced)
		s.moved = !sameWords(x.reduced, x.base)
	}
	if r.dead == nil || s.moved {
		return
	}
	for _, tr := range x.taken {
		s.unsettled = s.unsettled || r.dead.writes[s.p.sys.Instances[tr.instance].Machine][tr.index]
	}
	s.unsettled = s.unsettled || t.kind == fsm.TakeJoint && r.dead.joins[t.index]
}

// unreduced turns reductions off until the function that it returns is called.
func (s *search) unreduced() (restore func()) {
	r := s.p.reduce
	s.p.reduce = nil
	return func() { s.p.reduce = r }
}

// without runs the whole check again without the reduction that gave up.
func (s *search) without(ctx context.Context) (*Report, error) {
	opts := *s.opts
	opts.Reduce &^= s.gaveUp.By
	opts.Resume = false // it has a folder of its own, perhaps not yet
	r, err := Run(ctx, s.p.sys, opts)
	if err == nil {
		r.Stats.Reductions = append(r.Stats.Reductions, s.gaveUp)
	}
	return r, err
}

// buried takes in which dead variables a compiled search has set back: the bits of them that held something, by word.
func (r *reduction) buried(p *program, held []uint64) {
	note := func(list []fixed) {
		for _, f := range list {
			if at := p.layout.at[f.cell]; at.bits > 0 && get(held, at.at, at.bits) != 0 {
				r.hits[f.name].Store(true)
			}
		}
	}
	note(r.never)
	for _, states := range r.resets {
		for _, list := range states {
			note(list)
		}
	}
}

// giveUp ends the search for a reduction with which it cannot tell the verdict.
func (s *search) giveUp(by Reductions, why string) {
	s.gaveUp = Reduction{By: by, Why: why}
	s.reason = why
}

func (s *search) giveUpUnsettled() {
	s.giveUp(DeadVariables, "in some joint state all that can still happen is that dead variables change")
}

// crowded reports whether symmetry has met a joint state that is too much for it.
func (s *search) crowded() bool {
	return s.p.reduce != nil && s.p.reduce.shape != nil && s.p.reduce.shape.lost.Load()
}

func (s *search) giveUpCrowded() {
	s.giveUp(Symmetry, "some joint state has too many orders of elements to compare")
}

// reductions tells which reductions ran, and what they were about; with Verbose, also why others did not.
func (p *printer) reductions() {
	name := "reduced by"
	for _, r := range p.report.Stats.Reductions {
		word := strings.ReplaceAll(r.By.String(), "-", " ")
		switch {
		case r.Why == "":
			p.field(plain, name, word+": "+r.Of)
			name = ""
		case p.o.Verbose:
			p.field(plain, "", "not by "+word+": "+r.Why)
		}
	}
}
