package engine

import (
	"errors"
)

// fingers is a search that keeps of a state 64 bits, its fingerprint, and the whole state only until it is expanded. Two states
// of one fingerprint count as one, so a state, and what only it leads to, may be missed; where a state has no more than 64
// bits the fingerprint is another way to write it, and nothing is missed.
//
// The numbers of states and their order are those of a search that keeps all. For the run to a state it is noted which step of
// its parent found it, as the distance from the step that found the state before: one byte, nearly always; and how many
// children each state has, in unary: two bits a state.
type fingers struct {
	x *explorer
	prints

	starts []state
	now    queue // the states of the level that is expanded
	next   queue // of the level that is gathered
	ways   octets
	far    []farStep // distances that do not fit into a byte
	family unary
	closed uint32 // states before this one have all their children
	found  finder // of the last state
	stop   bool

	parent uint32 // of the step at hand
	step   int    // its number among those of the parent
	print  [batch]uint64
	place  [batch]int // in the batch, of what is left of it
	steps  [batch]int

	replays bool
	wanted  int // the step that is looked for
	target  state
	met     bool
}

// finder is the step that has found a state.
type finder struct {
	parent uint32
	step   int
}

const (
	farMark = 255 // of a distance that stands in far
)

// farStep is the distance of the step that found a state.
type farStep struct {
	id       uint32
	distance int
}

func newFingers(x *explorer) *fingers {
	f := &fingers{x: x, parent: noState, found: finder{parent: noState}}
	f.prints.init(minPrints)
	return f
}

// printOf is the fingerprint of a state.
func printOf(s *state) uint64 {
	if words == 1 {
		return mix(s.w0) << (64 - mixBits)
	}
	print := uint64(words) ^ mixer0
	for _, w := range s.row() {
		print = fold(print^w, mixer1)
	}
	return fold(print^mixer2, mixer3)
}

func (f *fingers) begin(s *state) {
	if f.crowded(1) {
		f.grow(f.larger())
	}
	f.add(printOf(s))
	f.starts = append(f.starts, *s)
	f.next.add(s)
	f.x.count++
}

func (f *fingers) bytes() int64 {
	return f.prints.bytes() + f.now.bytes() + f.next.bytes() + f.ways.bytes() + f.family.bytes() + int64(len(f.far))*16
}

func (f *fingers) onDisk() int64 { return 0 }

func (f *fingers) resumes() bool { return false }

func (f *fingers) saves() bool { return false }

func (f *fingers) each(func(*state)) error {
	return errors.New("fingerprints were kept, not the states")
}

// explore goes on level by level.
func (f *fingers) explore() error {
	x := f.x
	x.levels = append(x.levels, x.count)
	x.near()
	for x.halted == "" && x.expanded < x.count {
		f.now, f.next = f.next, f.now
		end := x.count
		for x.halted == "" && x.expanded < end {
			var s state
			f.now.take(&s, &f.next)
			if x.expandState(uint32(x.expanded), &s); f.stop && x.halted == "" {
				if x.flush(); x.halted == "" {
					x.halted, x.live = "stopped", 0
				}
			}
		}
		if x.flush(); x.count > end {
			x.levels = append(x.levels, x.count-end)
		}
	}
	x.n = 0
	return nil
}

// take looks up the successors that wait.
func (f *fingers) take(n int) {
	x := f.x
	if f.replays {
		f.replay(n)
		return
	}
	if x.halted != "" {
		return
	}
	if x.ask--; x.ask <= 0 {
		x.ask = maxTicks
		f.stop = f.stop || !x.tell(x)
	}
	if !f.room(n) {
		x.halt("memory", n, x.from[0])
		return
	}
	left := f.fresh(n)
	x.sink |= f.touch(f.print[:left])
	for i := range left {
		if f.has(f.print[i]) {
			continue
		}
		if x.count >= x.limit.states {
			x.halt("states", n-f.place[i], x.from[i])
			return
		}
		f.store(f.print[i], &x.next[i], x.from[i], f.steps[i])
		if watch(x, &x.next[i], uint32(x.count-1), x.from[i]); x.halted != "" {
			x.halt(x.halted, n-f.place[i]-1, x.from[i])
			return
		}
	}
	x.near()
}

// fresh numbers the steps of a batch, and leaves out those to states that were found a moment ago. It returns how many are left.
func (f *fingers) fresh(n int) int {
	x, left := f.x, 0
	for i := range n {
		if x.from[i] != f.parent {
			f.parent, f.step = x.from[i], -1
		}
		f.step++
		s := x.next[i]
		print := printOf(&s)
		there := &x.recent[print>>32%recentStates]
		if s == *there && s != (state{}) { // an empty place looks like the state of zeros
			continue
		}
		*there = s
		x.next[left], x.from[left] = s, x.from[i]
		f.print[left], f.place[left], f.steps[left] = print, i, f.step
		left++
	}
	return left
}

// room makes room for n more states. It fails where the limit of memory leaves none.
func (f *fingers) room(n int) bool {
	others := f.bytes() - f.prints.bytes()
	for f.crowded(n) {
		if others+slotBytes*int64(f.larger()) > f.x.limit.bytes {
			return false
		}
		f.grow(f.larger())
	}
	return f.bytes() <= f.x.limit.bytes
}

// store stores a new state, and which step of its parent has found it.
func (f *fingers) store(print uint64, s *state, parent uint32, step int) {
	f.add(print)
	f.next.add(s)
	if parent != f.found.parent {
		f.found = finder{parent, -1}
	}
	distance := step - f.found.step - 1
	f.found.step = step
	if distance >= farMark {
		f.far = append(f.far, farStep{uint32(f.x.count), distance})
		distance = farMark
	}
	f.ways.add(byte(distance))
	for ; f.closed < parent; f.closed++ {
		f.family.add(0)
	}
	f.family.add(1)
	f.x.count++
}

// path finds a run again: first, backwards, which step of which state leads to the next one, and then, forwards, the states.
func (f *fingers) path(id uint32) ([]state, error) {
	x := f.x
	var steps []int
	for int(id) >= len(f.starts) {
		parent, step := f.origin(int(id) - len(f.starts))
		steps = append(steps, step)
		id = parent
	}
	s := f.starts[id]
	states := []state{s}
	x.live, x.full, x.n, f.replays = 0, batch, 0, true
	for i := len(steps) - 1; i >= 0; i-- {
		f.wanted, f.met = steps[i], false
		from := s
		successors(x, &from)
		faults(x, &from)
		if x.flush(); !f.met {
			return nil, errors.New("a step is not found again")
		}
		s = f.target
		states = append(states, s)
	}
	return states, nil
}

// replay looks among the successors that wait for the one that is wanted.
func (f *fingers) replay(n int) {
	if !f.met && f.wanted < n {
		f.target, f.met = f.x.next[f.wanted], true
	}
	f.wanted -= n
}

// origin is the parent of a state that is no start, and which of its steps has found the state.
func (f *fingers) origin(child int) (parent uint32, step int) {
	at := f.family.find(child)
	parent = uint32(at - child)
	for step = -1; ; at, child = at-1, child-1 {
		step += f.distance(child) + 1
		if at == 0 || f.family.at(at-1) == 0 { // the first of its children
			return parent, step
		}
	}
}

func (f *fingers) distance(child int) int {
	d := int(f.ways.at(child))
	if d == farMark {
		id := uint32(child + len(f.starts))
		d = f.far[search(len(f.far), func(i int) bool { return f.far[i].id >= id })].distance
	}
	return d
}
