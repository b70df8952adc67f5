package fsm

import (
	"cmp"
	"slices"
	"strconv"
)

// Joint is a joint state: the state of every machine, variable, timer and link of a system at one moment. It is plain
// data; [Step] returns new ones and changes none.
type Joint struct {
	States  []int      // by instance: its leaf state, or Down
	Vars    []int64    // slots: the system's variables, then each instance's in order (shared ones have no slot of their own)
	Armed   []bool     // the timers of each instance in order
	Links   [][]Packet // by link: the messages in it, oldest first; sorted where the link is a bag
	Crashes []int      // by entry of System.Crashes: how often it has happened
}

// Packet is a message in a link.
type Packet struct {
	Message int
	Args    []int64
}

// ChoiceKind is the kind of a step.
type ChoiceKind uint8

// The kinds of steps, in the order in which [Choices] lists them.
const (
	Handle           ChoiceKind = iota // an instance takes an input, an internal step or a timer
	Deliver                            // a message is delivered
	TakeJoint                          // a joint transition
	RestartNode                        // a node that is down restarts
	LoseMessage                        // fault: a message disappears
	DuplicateMessage                   // fault: a message is doubled
	CrashNode                          // fault: an instance crashes, with its node
)

// IsFault reports whether the step is a fault: never fair, and not counted as progress by the deadlock check.
func (k ChoiceKind) IsFault() bool { return k >= LoseMessage }

// Choice is one step that can be taken. With the joint state it determines the next one.
type Choice struct {
	Kind     ChoiceKind
	Instance int     // of Handle
	Event    int     // of Handle
	Link     int     // of Deliver, LoseMessage, DuplicateMessage
	Position int     // of the message in its link
	Joint    int     // of TakeJoint
	Crash    int     // of CrashNode: entry of System.Crashes
	Node     int     // of RestartNode
	Args     []int64 // of the input or internal
	Picks    []int64 // answers of extern guards and values of any, in the order in which the step asks for them
}

// Outcome is what one step did.
type Outcome struct {
	Joint   *Joint
	Effects []Effect   // in the order of execution
	Taken   []Taken    // the transitions taken, in the order of execution
	Sent    []Sent     // what was put into links, or handed over atomically, in that order
	Started []TimerRef // timers that were started, armed before or not, in that order: fairness begins anew for them
}

// Effect is an effect that an instance ordered.
type Effect struct {
	Instance int
	Effect   int // index in Spec.Effects
	Args     []int64
}

// Taken names a transition that an instance took. Transition is -1 for a joint part and for a start.
type Taken struct {
	Instance   int
	Transition int
}

// Sent is a message that left an instance. Lost says that the link was full and may lose.
type Sent struct {
	Link   int
	Packet Packet
	Lost   bool
}

// Violation is the error of a step that a built-in check forbids. It is a verdict on the spec, not a fault of the
// caller.
type Violation struct {
	Builtin     Builtin
	Instance    int   // whose handling showed it; -1 if none
	Transitions []int // of Overlap: the two that were enabled
	Detail      string
	Span        Span
}

// Error says what was violated, with its place in the spec.
func (v *Violation) Error() string { return v.Span.String() + ": " + v.Detail }

// Clone returns a copy that shares nothing that a step writes to.
func (j *Joint) Clone() *Joint {
	c := &Joint{States: slices.Clone(j.States), Vars: slices.Clone(j.Vars), Armed: slices.Clone(j.Armed),
		Links: make([][]Packet, len(j.Links)), Crashes: slices.Clone(j.Crashes)}
	for i, l := range j.Links {
		c.Links[i] = slices.Clone(l)
	}
	return c
}

// Equal reports whether two joint states of one system are the same.
func (j *Joint) Equal(o *Joint) bool { return j.Key() == o.Key() }

// Key is a string that two joint states of one system share exactly when they are equal.
func (j *Joint) Key() string {
	var b []byte
	for _, s := range j.States {
		b = strconv.AppendInt(append(b, ' '), int64(s), 10)
	}
	b = append(b, '|')
	for _, v := range j.Vars {
		b = strconv.AppendInt(append(b, ' '), v, 10)
	}
	b = append(b, '|')
	for _, a := range j.Armed {
		b = strconv.AppendInt(b, truth(a), 10)
	}
	for _, l := range j.Links {
		b = append(b, '|')
		for _, p := range l {
			b = p.appendKey(b)
		}
	}
	b = append(b, '|')
	for _, c := range j.Crashes {
		b = strconv.AppendInt(append(b, ' '), int64(c), 10)
	}
	return string(b)
}

func (p Packet) appendKey(b []byte) []byte {
	b = strconv.AppendInt(append(b, ';'), int64(p.Message), 10)
	for _, a := range p.Args {
		b = strconv.AppendInt(append(b, ','), a, 10)
	}
	return b
}

func queueKey(queue []Sent) string {
	var b []byte
	for _, s := range queue {
		b = strconv.AppendInt(append(b, '@'), int64(s.Link), 10)
		b = s.Packet.appendKey(b)
	}
	return string(b)
}

// Compare orders packets by message and then by arguments: the order in which a bag keeps them.
func (p Packet) Compare(q Packet) int {
	if c := cmp.Compare(p.Message, q.Message); c != 0 {
		return c
	}
	return slices.Compare(p.Args, q.Args)
}

// find reports whether the link holds an equal packet.
func (j *Joint) find(link int, p Packet) bool {
	return slices.ContainsFunc(j.Links[link], func(q Packet) bool { return p.Compare(q) == 0 })
}

// insert adds a packet: at the end, or in a bag where the order wants it.
func (j *Joint) insert(l *Link, link int, p Packet) {
	at := len(j.Links[link])
	if l.Bag() {
		at, _ = slices.BinarySearchFunc(j.Links[link], p, Packet.Compare)
	}
	j.Links[link] = slices.Insert(j.Links[link], at, p)
}

// remove takes a packet out.
func (j *Joint) remove(link, at int) { j.Links[link] = slices.Delete(j.Links[link], at, at+1) }
