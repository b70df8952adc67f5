package check

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"time"

	"interlock/fsm"
)

// Walks say how a simulation walks. The zero Walks are 1000 walks of at most 500 steps, with the seed 0.
type Walks struct {
	Walks int    // how many; 0: [DefaultWalks]
	Depth int    // steps of one walk at most; 0: [DefaultWalkDepth]
	Seed  uint64 // walks with the same seed are the same
}

// What [Walks] are where they say nothing.
const (
	DefaultWalks     = 1000
	DefaultWalkDepth = 500
)

// Simulation is what a simulation did.
type Simulation struct {
	Walks
	Done     int           // walks begun
	Ended    int           // walks that came to a joint state without a step
	Steps    int64         // steps taken
	Looked   int64         // steps looked at: all that could be taken from the joint states on the way
	Distinct int64         // about how many joint states the walks were in
	Duration time.Duration // of the walks
}

// Simulate takes random walks through a system that is too large to be explored. It can show that a property is violated, or
// that something is reachable; everything else stays Unknown, and so the report is never complete. Every step that could be
// taken on the way is looked at, not only the one that is. What is found is made short: steps that it does not need are left
// out, and a small search looks for a run that is shorter still.
//
// Faults do not drown the rest: the walks take turns with none, with one step in 32, in 8, and in 2. Among the other steps each
// event of each instance, each link and each joint transition is as likely as another, however many arguments or messages it
// has. Options bound the time by the context, and name properties as for [Run]; scenarios are not looked at.
func Simulate(ctx context.Context, sys *fsm.System, opts Options, walks Walks) (*Report, error) {
	opts = opts.withDefaults()
	if err := opts.known(sys); err != nil {
		return nil, err
	}
	p, err := compile(sys, false)
	if err != nil {
		return nil, err
	}
	w := newWalker(ctx, p, &opts, walks)
	w.walkAll()
	if w.sim.Done > 0 && w.starts == 0 && len(w.sightings) == 0 && w.reason == "" {
		return nil, errors.New("check: system " + sys.Name + " has no start: initially and assume leave nothing")
	}
	return w.told(), nil
}

// walker is a simulation under way.
type walker struct {
	*search
	sim       Simulation
	rng       chance
	faultOdds uint32     // one step in so many is a fault; 0: none
	path      [][]uint64 // packed joint states of this walk
	held      []bool     // by watch: P of `after P always Q` has held in this walk
	sightings []*sighting
	seen      map[any]bool // what was sighted: a property, or a spot
	marks     []uint64     // a bit for the hash of each joint state that a walk was in
	starts    int          // starts that could be taken
	began     time.Time

	// of the joint state that is walked from
	group      walkGroup
	here, all  int  // steps of the group at hand; groups
	ours       draw // the step drawn from the group at hand
	drawn      draw // the step drawn from all groups but faults
	fault      draw // the step drawn from the faults
	faults     int  // how many these are
	moves, cut bool // some step that is no fault leads elsewhere; assume cut one
}

// draw is a step that was drawn: the joint state that it leads to.
type draw struct {
	state []uint64
	some  bool
}

func (d *draw) set(state []uint64) {
	d.state = append(d.state[:0], state...)
	d.some = true
}

// walkGroup tells groups of steps apart that are drawn as one.
type walkGroup struct {
	kind         fsm.ChoiceKind
	index, event int
	name         string // of a joint transition
}

// sighting is the first time that a walk saw something.
type sighting struct {
	property *fsm.Property // nil: of a built-in check that forbids a step
	finding  *finding      // of that
	path     [][]uint64
	walk     int
}

func newWalker(ctx context.Context, p *program, opts *Options, walks Walks) *walker {
	if walks.Walks <= 0 {
		walks.Walks = DefaultWalks
	}
	if walks.Depth <= 0 {
		walks.Depth = DefaultWalkDepth
	}
	w := &walker{search: newSearch(ctx, p, opts), sim: Simulation{Walks: walks}, seen: map[any]bool{}, marks: make([]uint64, markWords)}
	w.addWatches()
	w.held = make([]bool, len(w.watches))
	w.stage, w.began = "walks", time.Now()
	w.x.tick = func() bool {
		return w.tick(func() Progress {
			return Progress{Stage: fmt.Sprintf("walk %d of %d", w.sim.Done, walks.Walks), States: int(w.sim.Steps), Transitions: int(w.sim.Looked), Depth: len(w.path)}
		})
	}
	return w
}

// odds are the chances of a fault, one in so many steps, that the walks take turns with.
var odds = [...]uint32{0, 32, 8, 2}

// walkAll takes all walks, one after another, each with its own source of chance: the number of a walk and the seed repeat it.
func (w *walker) walkAll() {
	for n := 0; n < w.sim.Walks.Walks && w.reason == ""; n++ {
		w.rng = newChance(w.sim.Seed, uint64(n))
		w.faultOdds = odds[n%len(odds)]
		w.sim.Done++
		w.walk()
	}
	w.sim.Duration = time.Since(w.began)
	w.sim.Distinct = w.distinct()
}

// walk takes one walk.
func (w *walker) walk() {
	w.path = w.path[:0]
	clear(w.held)
	w.prepare()
	w.x.starts(w.beginWith)
	w.close()
	for w.drawn.some && w.reason == "" {
		w.arrive()
		if len(w.path) > w.sim.Depth {
			return
		}
		w.prepare()
		w.cover.visit(w.x.base)
		w.x.expand(w.lookAt)
		w.close()
		w.choose()
	}
}

// prepare forgets what was drawn.
func (w *walker) prepare() {
	w.all, w.here, w.faults = 0, 0, 0
	w.group = walkGroup{index: -1}
	w.drawn.some, w.ours.some, w.fault.some = false, false, false
	w.moves, w.cut = false, false
}

// beginWith draws a start: each is as likely as another.
func (w *walker) beginWith(step) {
	x := w.x
	if x.end == violated {
		w.sight(x.fail.spot(), &sighting{finding: &finding{site: x.fail, parent: noState}})
		return
	}
	if !w.allowed(w.initially) || !w.allowed(w.assumes) {
		return
	}
	w.starts++
	w.ask()
	w.here++
	if w.rng.below(w.here) == 0 {
		w.ours.set(x.w)
	}
}

// allowed reports whether conditions hold in the joint state in x.w.
func (w *walker) allowed(conditions []cond) bool {
	for _, e := range conditions {
		v, fail := w.x.ask(e)
		if fail != nil {
			w.unanswered(fail)
		}
		if !v {
			return false
		}
	}
	return true
}

// lookAt takes note of a step that could be taken, and draws it, perhaps.
func (w *walker) lookAt(t step) {
	x := w.x
	w.sim.Looked++
	if x.end == violated {
		w.moves = w.moves || !t.kind.IsFault()
		w.sight(x.fail.spot(), &sighting{finding: &finding{site: x.fail, parent: 0}})
		return
	}
	if sameWords(x.w, x.base) {
		w.cover.take(t, x)
		return
	}
	if !w.allowed(w.assumes) {
		w.cut = w.cut || !t.kind.IsFault()
		return
	}
	w.cover.take(t, x)
	w.ask()
	if t.kind.IsFault() {
		w.faults++
		if w.rng.below(w.faults) == 0 {
			w.fault.set(x.w)
		}
		return
	}
	w.moves = true
	if g := w.groupOf(t); g != w.group {
		w.close()
		w.group = g
	}
	w.here++
	if w.rng.below(w.here) == 0 {
		w.ours.set(x.w)
	}
}

// groupOf is the group that a step is drawn in.
func (w *walker) groupOf(t step) walkGroup {
	g := walkGroup{kind: t.kind, index: t.index}
	switch t.kind {
	case fsm.Handle:
		g.event = t.event
	case fsm.TakeJoint:
		g.index, g.name = 0, w.p.sys.Joints[t.index].Name
	}
	return g
}

// close ends the group at hand: its step stands for it in the draw of all groups.
func (w *walker) close() {
	if w.ours.some {
		w.all++
		if w.rng.below(w.all) == 0 {
			w.ours, w.drawn = w.drawn, w.ours
		}
	}
	w.here, w.ours.some = 0, false
}

// choose decides between the step that was drawn and a fault, and takes note of a joint state where nothing happens.
func (w *walker) choose() {
	if !w.moves && !w.cut && w.reason == "" && !w.p.atRest(w.x.base) {
		w.sight(fsm.Deadlock, &sighting{finding: &finding{site: &site{builtin: fsm.Deadlock}, parent: 0}})
	}
	if w.fault.some && w.faultOdds > 0 && (!w.drawn.some || w.rng.below(int(w.faultOdds)) == 0) {
		w.fault, w.drawn = w.drawn, w.fault
	}
	if !w.drawn.some {
		w.sim.Ended++
	}
}

// arrive goes on from the joint state that was drawn.
func (w *walker) arrive() {
	if len(w.path) > 0 {
		w.sim.Steps++
	}
	copy(w.x.base, w.drawn.state)
	w.x.hold(w.drawn.state)
	n := len(w.path)
	if cap(w.path) > n {
		w.path = w.path[:n+1]
	} else {
		w.path = append(w.path, nil)
	}
	if w.path[n] == nil {
		w.path[n] = make([]uint64, w.p.words)
	}
	copy(w.path[n], w.x.base)
	mark := hashWords(w.path[n]) % (64 * markWords)
	w.marks[mark/64] |= 1 << (mark % 64)
	for i, watch := range w.watches {
		if watch.property.Kind == fsm.AfterAlways && !w.held[i] {
			v, _ := w.x.ask(watch.p)
			w.held[i] = v
		}
	}
}

// ask asks the properties of the joint state in x.w, which the walk is about to come to, perhaps.
func (w *walker) ask() {
	for i, watch := range w.watches {
		if w.seen[watch.property] {
			continue
		}
		v, fail := w.x.ask(watch.p)
		shown := false
		switch watch.property.Kind {
		case fsm.Never, fsm.Reachable:
			shown = v
		case fsm.Always:
			shown = !v && fail == nil
		case fsm.AfterAlways:
			if w.held[i] || v {
				q, failed := w.x.ask(watch.q)
				shown = !q && failed == nil
			}
			fail = nil // its own pass of a search decides what that means
		}
		if fail != nil {
			w.unanswered(fail)
		}
		if shown {
			w.sight(watch.property, &sighting{property: watch.property, path: [][]uint64{slices.Clone(w.x.w)}})
		}
	}
}

// unanswered takes note of a condition that cannot be evaluated in the joint state in x.w.
func (w *walker) unanswered(fail *site) {
	w.sight(fail.spot(), &sighting{finding: &finding{site: fail, asked: true}})
}

// sight keeps the first sighting of something, with the walk to it.
func (w *walker) sight(what any, s *sighting) {
	if w.seen[what] {
		return
	}
	w.seen[what] = true
	s.walk = w.sim.Done
	var path [][]uint64
	for _, state := range w.path {
		path = append(path, slices.Clone(state))
	}
	s.path = append(path, s.path...)
	w.sightings = append(w.sightings, s)
}

// markWords is the size of the set of marks, of 64 bits each.
const markWords = 1 << 16

// distinct estimates from the number of marks how many joint states the walks were in (linear counting). Where nearly every mark
// is set, it is a lower bound.
func (w *walker) distinct() int64 {
	set := 0
	for _, m := range w.marks {
		set += bits.OnesCount64(m)
	}
	n := float64(64 * markWords)
	free := max(n-float64(set), 1)
	return int64(math.Round(n * math.Log(n/free)))
}

// chance is a source of random numbers that are the same on every machine and in every version of Go: a counter, mixed well.
type chance struct{ state uint64 }

func newChance(seed, walk uint64) chance {
	d := chance{seed}
	d.state = d.next() ^ walk
	return chance{d.next()}
}

func (d *chance) next() uint64 {
	d.state += 0x9e3779b97f4a7c15 // 2^64 over the golden ratio: the counter goes through all numbers
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number from 0 to n-1. That some are more likely by n in 2^64 does no harm.
func (d *chance) below(n int) int {
	high, _ := bits.Mul64(d.next(), uint64(n))
	return int(high)
}
