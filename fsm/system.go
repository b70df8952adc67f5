package fsm

// System is machines put together: instances, the links between them, faults, and what must be true.
type System struct {
	Name       string
	Doc        string
	Spec       *Spec `json:"-"`
	Vars       []Var
	Instances  []*Instance
	Links      []*Link
	Nodes      []Node
	Crashes    []*Crash
	Orders     []Order
	Joints     []*JointTransition
	Initially  []*Expr
	Assumes    []*Expr
	Fair       []Fairness
	Properties []*Property
	Scenarios  []*Scenario
	Allowed    [NumBuiltins]bool // built-in checks that a property of their own expects to be violated
	Span       Span

	varSlots  []int   // by variable of the system: its first slot in Joint.Vars
	slotTypes []*Type // by slot
	timers    int
}

// Instance is one machine of a system. An array of instances is so many of them, one after another.
type Instance struct {
	Name    string // "rm[2]", or "proxy"
	Doc     string
	Group   string    // "rm"
	Index   int       // in its array; 0 if single
	Array   bool      // it is an element of an array
	Machine int       // index in Spec.Machines
	Args    []int64   // of the machine's parameters
	Peers   [][]int   // by peer: the instances that it is bound to (one if single)
	Routes  [][][]int // by peer, element, message: the link that carries it, or -1
	Shared  []int     // by variable of the machine: the system's variable that it is, or -1
	Node    int       // index in System.Nodes
	Span    Span

	m         *Machine
	timerBase int
	varSlots  []int // by variable of the machine: its first slot in Joint.Vars
}

// Node is a set of instances that crash and restart together.
type Node struct {
	Name      string // declared, or made from its instances
	Instances []int  // in order
}

// LinkKind says how a link carries messages.
type LinkKind uint8

// The kinds of links.
const (
	Network LinkKind = iota // between nodes; may have faults
	Atomic                  // a send is the receiver's step, in the same instant
	Queue                   // reliable and in order, within one node
	Keep                    // a set: delivery removes nothing
)

// Link carries messages from one instance to another.
type Link struct {
	Name       string // "proxy -> leader"; with what it carries where several go that way
	From, To   int
	Kind       LinkKind
	Carries    []int // messages, ascending
	Capacity   int
	Lose       bool
	Duplicate  bool
	Reorder    bool // a bag instead of a queue
	FullBlocks bool // a send into the full link is not enabled
	Fair       bool
	Span       Span
}

// Bag reports whether the link keeps its messages in no order of their own (they are stored sorted).
func (l *Link) Bag() bool { return l.Reorder || l.Kind == Keep }

// Crash says that an instance may crash, taking its node with it.
type Crash struct {
	Instance int
	AtMost   int     // crashes of this kind in a run; 0: never
	Body     []*Stmt // system scope; runs with the crash; self is the instance's index
	Span     Span
}

// Order says that a timer does not fire while another is armed. It is an assumption, printed with every verdict.
type Order struct {
	First, Second TimerRef
	Text          string
	Span          Span
}

// TimerRef names a timer of an instance.
type TimerRef struct{ Instance, Timer int }

// JointTransition is a step of several machines at once, of all or of none. A quantified one is so many of these.
type JointTransition struct {
	Name   string // as declared
	Doc    string
	Args   []int64
	Params []Param
	Guard  *Expr // system scope; nil: always
	Parts  []JointPart
	Body   []*Stmt // system scope; runs after the parts' bodies
	Text   string
	Span   Span
}

// JointPart is what one machine does in a joint transition. Its step is possible in the states of From.
type JointPart struct {
	Instance int
	From     []int
	Targets  []int     // by position in From: the leaf state gone to, or Stay
	Bodies   [][]*Stmt // by position in From: exit bodies, its own, entry bodies; machine scope, OpParam is the joint's
	Span     Span
}

// Fairness is one declared fairness: if its step stays enabled (weak), or is enabled again and again (strong), it is
// taken in the end. At most one of Event and Joint is >= 0. If neither is, it is about all joint transitions together: while
// some one is enabled, now and then some one is taken, and a run ends only where none is, as in languages in which nothing
// ever pauses.
type Fairness struct {
	Strong   bool
	Instance int // with Event
	Event    int // an internal or a timer of the instance; or -1
	Joint    int // index in System.Joints; or -1
	Text     string
	Span     Span
}

// PropertyKind is the form of a property.
type PropertyKind uint8

// The forms of properties.
const (
	Never           PropertyKind = iota // P in no reachable joint state
	Always                              // P in every one
	AfterAlways                         // once P held, Q holds from then on
	Reachable                           // some run gets to P
	Recoverable                         // from every reachable joint state P can still be reached
	Eventually                          // on every fair run P holds at some time
	LeadsTo                             // on every fair run, when P holds, Q holds then or later
	InfinitelyOften                     // on every fair run P holds again and again
	BuiltIn                             // the built-in check Builtin
)

// Builtin is a check that every system has.
type Builtin uint8

// The built-in checks.
const (
	Deadlock    Builtin = iota // not all final, and no step but a fault changes anything
	Unexpected                 // a message or timer that nothing answers
	Overflow                   // a send into a full link that neither loses nor blocks
	Overlap                    // two transitions of one level enabled at once
	Range                      // a value out of its range, an index out of bounds, a division by zero
	Runaway                    // a step over atomic links that does not end, or in which a message is deferred or unexpected
	NumBuiltins = int(Runaway) + 1
)

// Property is something that must be true of a system.
type Property struct {
	Name           string
	Kind           PropertyKind
	P, Q           *Expr
	Builtin        Builtin // of BuiltIn
	ExpectViolated bool
	Text           string // as written
	Doc            string
	Span           Span
}

// Scenario is an execution that must be possible.
type Scenario struct {
	Name           string
	Doc            string
	Steps          []ScenarioStep
	Reaches        *Expr // nil: nothing more is asked
	OpenEnd        bool  // the last step is followed by a gap: any steps may come before Reaches holds
	ExpectViolated bool  // it must not be possible
	Span           Span
}

// ScenarioStep matches one step of a run.
type ScenarioStep struct {
	Gap      bool // any steps may come before it
	Kind     ChoiceKind
	Instance int   // of Handle, and of CrashNode and RestartNode (any instance of the node)
	Event    int   // of Handle with an input, internal or timer
	Links    []int // of Deliver, LoseMessage, DuplicateMessage: one of these
	Message  int
	Joints   []int    // of TakeJoint: one of these
	Args     []*int64 // nil: any arguments; a nil element: any value
	Text     string
	Span     Span
}
