package check

import (
	"time"

	"interlock/fsm"
)

// The limits that hold where [Options] say nothing.
const (
	DefaultMaxStates = 50_000_000
	DefaultMaxMemory = 2 << 30 // bytes

	DefaultMaxChoices = 1 << 20
)

// MaxWorkers is how many goroutines a search has at most.
const MaxWorkers = 64

// Options bound a run and choose what it looks at. The zero Options check everything within the default limits. Time is
// bounded by the context.
type Options struct {
	MaxStates  int            // joint states stored; 0: DefaultMaxStates
	MaxMemory  int64          // bytes of stored states and their table; 0: DefaultMaxMemory
	MaxChoices int            // combinations of free choices that one step is tried with; 0: DefaultMaxChoices
	Properties []string       // names of the properties (without a name: the text), built-in checks ("deadlock") and scenarios to decide; nil: all
	Progress   func(Progress) // called now and then from the searching goroutine; nil: never

	// Soon ends the search in process as soon as every property asked for is decided by some joint state that was found: a
	// witness of a reachable, a counterexample of a never or always. The rest of the space is left unseen.
	Soon bool

	// Compiled lets a program search that is written and built for the system, for which the go command must be there. It
	// is many times as fast, and worth it from some million joint states on. What needs every step once more (after,
	// recoverable, properties of runs that never end) and scenarios are decided here as ever.
	Compiled bool

	// Reduce lets one joint state stand for many with the same future. Verdicts, and the lengths of shortest counterexamples,
	// stay; numbers of joint states and of steps are then those that were explored. None: every joint state by itself.
	Reduce Reductions

	// Plain is for who shows no traces of what is as expected: their steps stay in the order in which they were found, which is
	// not the one that reads best.
	Plain bool

	// Fingerprints lets a compiled search keep 64 bits of each joint state instead of all: some twelve bytes a state, however
	// wide it is. A state may then be missed: Report.Missed has the odds. What needs every state again (after where its P is
	// met, recoverable, properties of runs that never end) is Unknown. It implies Compiled, and excludes Dir.
	Fingerprints bool

	// Dir names a folder in which a compiled search keeps the states of each system, in a folder of its own, so that MaxMemory
	// bounds only what is in memory; MaxStates is then as many as there are numbers, if it is not given. There are checkpoints:
	// if the folder holds one of the same search, the run goes on from there; with Resume there must be one. Of another search
	// it is an error. Nothing in the folder is removed at the end. It implies Compiled.
	Dir        string
	Resume     bool
	Checkpoint time.Duration // between two checkpoints, about; 0: DefaultCheckpoint

	// Workers is how many goroutines a search divides its work among; 0: one; at most [MaxWorkers]. The report is the
	// same for any number, but for what is measured. One goroutine takes every step of a search with PartialOrder, with Soon, with
	// Fingerprints or in a Dir, and all of what follows the search but finding again the runs that are shown.
	Workers int
}

// DefaultCheckpoint is the time between two checkpoints, unless Options.Checkpoint says another.
const DefaultCheckpoint = 20 * time.Second

// Progress is how far a run has come.
type Progress struct {
	Stage       string // "search", or what comes after it, such as "after Released", "liveness" or "scenario A1"
	States      int
	Transitions int
	Queue       int // states found and not yet expanded
	Depth       int // of the states that are expanded now
	Elapsed     time.Duration
}

// Result is what is known of a property.
type Result uint8

// The results. The zero Result is Unknown: what nobody decided is not held.
const (
	Unknown Result = iota
	Holds
	Violated
)

// String gives the result as the reports write it.
func (r Result) String() string {
	switch r {
	case Holds:
		return "holds"
	case Violated:
		return "violated"
	}
	return "unknown"
}

// Report is everything a run found out about one system.
type Report struct {
	System      *fsm.System
	Verdicts    []Verdict // the properties in the order of the spec, then the built-in checks without one
	Scenarios   []ScenarioResult
	Coverage    Coverage
	Stats       Stats
	Assumptions []string    // what the verdicts rest on: order, assume, initially, joints between nodes, fault bounds, and fairness if it matters
	Complete    bool        // the whole state space was explored
	Reason      string      // why it was not; empty if Complete
	Simulation  *Simulation // the walks of [Simulate]; nil of a search

	// Missed bounds the odds that some joint state was taken for another and so missed, with everything that only it leads to:
	// what Holds, what is not reached, and what is never taken is so with the odds that are left. 0 without Options.Fingerprints,
	// and with them where a state has no more bits than a fingerprint. A violation is certain, and so is a witness.
	Missed float64
}

// Met reports whether every verdict and scenario came out as the spec expects. Unknown never does.
func (r *Report) Met() bool {
	for i := range r.Verdicts {
		if !r.Verdicts[i].Met {
			return false
		}
	}
	for i := range r.Scenarios {
		if !r.Scenarios[i].Met {
			return false
		}
	}
	return true
}

// AnyUnknown reports whether something was left undecided.
func (r *Report) AnyUnknown() bool {
	for i := range r.Verdicts {
		if r.Verdicts[i].Result == Unknown {
			return true
		}
	}
	for i := range r.Scenarios {
		if r.Scenarios[i].Result == Unknown {
			return true
		}
	}
	return false
}

// Verdict is what was found out about one property.
//
// Trace is the shortest counterexample of a property that is Violated, and the shortest witness of a `reachable` that
// Holds; otherwise nil. For a built-in check that forbids a step, Trace.Fails is the violation; for a deadlock, the last
// joint state of the trace is the one without a step. For `eventually`, `leads to` and `infinitely often` it is a lasso, which
// is short, but need not be the shortest (Trace.Loop says where the loop begins), and Notes say why it is fair.
type Verdict struct {
	Property *fsm.Property // made up (Kind BuiltIn, zero Span) for a built-in check that the spec does not mention
	Result   Result
	Met      bool   // the result is the expected one
	Vacuous  bool   // it holds because what it speaks of never happens; Reason says what
	Reason   string // a sentence: why Unknown, why vacuous, what else to know; or empty
	Trace    *fsm.Trace
	More     []*fsm.Trace // of a built-in check: the first trace to each other place that violates it, at most MaxMore
	Hidden   int          // places left out of More
	Notes    []string     // what a reader should know, such as "the witness rests on untimed timers"
}

// MaxMore is the number of further traces that a verdict on a built-in check carries.
const MaxMore = 9

// ScenarioResult is what was found out about one scenario. Holds: it can be executed (and reaches what it must).
type ScenarioResult struct {
	Scenario *fsm.Scenario
	Result   Result
	Met      bool // the result is the expected one
	Trace    *fsm.Trace
	// For a scenario that cannot be executed, Trace is a shortest run of the longest part that can, Done the number of
	// its steps, and Enabled the texts of the steps that could be taken then.
	Done    int
	Enabled []string
	Reason  string // a sentence, or empty
}

// Coverage says how often a run has taken what is written, and what it never saw: dead text. It is about all instances of a
// machine together.
type Coverage struct {
	Taken        []Taken // every written transition of the machines that have an instance, then the joint transitions
	NeverTaken   []Untaken
	NeverEntered []Unentered
	Cut          int        // joint states that have no step because assume cuts every one
	CutTrace     *fsm.Trace // a shortest trace to one of these, or nil
}

// Taken is a written transition with how often the steps of a run took it: all its copies in leaf states, of all instances,
// together. Steps are counted as in [Stats.Transitions]. One that takes the same transition twice, on two instances or in a
// cascade, counts twice.
type Taken struct {
	Machine  *fsm.Machine // nil for a joint transition
	Source   int          // [fsm.Transition.Source]; for a joint transition its first index in System.Joints
	Text     string
	Span     fsm.Span
	Count    int64
	Deferred bool // it kept a message where it was: that is no step, and it is not counted
}

// Untaken is a written transition that no run takes.
type Untaken struct {
	Machine *fsm.Machine // nil for a joint transition
	Source  int          // [fsm.Transition.Source]; for a joint transition its first index in System.Joints
	Text    string
	Span    fsm.Span
}

// Unentered is a leaf state that no run is in.
type Unentered struct {
	Machine *fsm.Machine
	State   int
}

// Stats measure a run.
type Stats struct {
	States        int           // distinct joint states, without monitors
	Transitions   int           // steps that lead to a joint state, self-loops among them; steps that a check forbids are not counted
	Depth         int           // steps to the farthest state
	Explored      int           // depth below which every state was expanded: Depth+1 if Complete
	Levels        []int         // states by depth
	Duration      time.Duration // of the exploration; what `after`, scenarios and the like took is not in it
	StateBits     int           // of one packed joint state
	StateBytes    int           // of one stored joint state, in whole words
	TableBytes    int64         // of states and their table
	BytesPerState float64       // TableBytes over States

	Compiled    bool          // a compiled program has searched
	NotCompiled string        // why none has, although [Options.Compiled] asked for it; or empty
	Reductions  []Reduction   // what became of those that [Options.Reduce] asked for
	Build       time.Duration // what it took to have the program; none of it is in Duration

	Fingerprints bool // were kept instead of states

	Dir     string // where the states are, if they are in files
	Stored  int64  // bytes in those files
	Resumed bool   // the run began at a checkpoint; Duration is from there on
	Saved   bool   // there is a checkpoint, from which the next run goes on
}

// StatesPerSecond is the speed of the search.
func (s *Stats) StatesPerSecond() float64 {
	if s.Duration <= 0 {
		return 0
	}
	return float64(s.States) / s.Duration.Seconds()
}
