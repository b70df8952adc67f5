package fsm

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Span is a range of source text. Lines and columns count from 1, columns in bytes; the end is exclusive. The zero Span
// means "not from a text".
type Span struct {
	File            string
	Line, Col       int
	EndLine, EndCol int
}

// IsZero reports whether the span stands for no text at all.
func (s Span) IsZero() bool { return s.Line == 0 }

// String gives file:line:col, or "-" for the zero Span.
func (s Span) String() string {
	if s.IsZero() {
		return "-"
	}
	return fmt.Sprintf("%s:%d:%d", s.File, s.Line, s.Col)
}

// Spec is one folder of specs, lowered: the narrow waist between the language and everything that reads it. It is plain
// data and not changed after [Spec.Finish].
type Spec struct {
	Name     string
	Doc      string
	Digest   string // "sha256:…" of the formatted text with the constants that were overridden
	Files    []string
	Consts   []Const
	Types    []*Type // declared types and enums, in order
	Messages []Message
	Effects  []EffectKind
	Externs  []Extern
	Machines []*Machine
	Systems  []*System
}

// Const is a named constant as it was used: after overrides.
type Const struct {
	Name string
	Text string // its value as written in the language
	Set  bool   // it was overridden from outside
	Span Span
}

// Kind says what values a [Type] has.
type Kind uint8

// The kinds of types. Every value but an array's is one int64: see [Type].
const (
	Bool  Kind = iota // 0 and 1
	Int               // Lo..Hi
	Enum              // the index in Values
	Set               // bit i stands for the element Elem.Lo+i
	Array             // Len elements one after another, each of Elem.Slots() values
)

// Type is a finite type. Lo and Hi bound the int64 that holds a value of it (for a set: 0 and the full set); an array
// takes [Type.Slots] of them.
type Type struct {
	Kind   Kind
	Name   string // the declared name, or empty
	Doc    string
	Lo, Hi int64
	Values []Value // of an enum
	Elem   *Type   // of a set or an array
	Len    int     // of an array
	Span   Span
}

// Value is one value of an enum.
type Value struct {
	Name string
	Doc  string
	Span Span
}

// BoolType is the type of conditions.
var BoolType = &Type{Kind: Bool, Lo: 0, Hi: 1}

// IntType returns the anonymous type lo..hi.
func IntType(lo, hi int64) *Type { return &Type{Kind: Int, Lo: lo, Hi: hi} }

// SetType returns the type of sets of elem, which must be a scalar of at most [MaxSet] values.
func SetType(elem *Type) *Type {
	return &Type{Kind: Set, Elem: elem, Lo: 0, Hi: 1<<uint(elem.Hi-elem.Lo+1) - 1}
}

// ArrayType returns the type of arrays of n elements.
func ArrayType(n int, elem *Type) *Type { return &Type{Kind: Array, Len: n, Elem: elem} }

// MaxSet is the largest number of possible elements of a set.
const MaxSet = 62

// Slots is the number of int64 that hold a value of the type: 1 but for arrays.
func (t *Type) Slots() int {
	if t.Kind == Array {
		return t.Len * t.Elem.Slots()
	}
	return 1
}

// Scalar is the type of one slot: the type itself, or the innermost element type of an array.
func (t *Type) Scalar() *Type {
	for t.Kind == Array {
		t = t.Elem
	}
	return t
}

// Has reports whether v is a value of the scalar type t.
func (t *Type) Has(v int64) bool { return t.Lo <= v && v <= t.Hi }

// Format writes a scalar value as the language does: a name, a number, or {elements}.
func (t *Type) Format(v int64) string {
	switch t.Kind {
	case Bool:
		return strconv.FormatBool(v != 0)
	case Enum:
		if v >= 0 && v < int64(len(t.Values)) {
			return t.Values[v].Name
		}
	case Set:
		var elems []string
		for i := t.Elem.Lo; i <= t.Elem.Hi; i++ {
			if v>>uint(i-t.Elem.Lo)&1 != 0 {
				elems = append(elems, t.Elem.Format(i))
			}
		}
		return "{" + strings.Join(elems, ", ") + "}"
	}
	return strconv.FormatInt(v, 10)
}

// String names the type as the language writes it.
func (t *Type) String() string {
	switch {
	case t.Name != "":
		return t.Name
	case t.Kind == Bool:
		return "bool"
	case t.Kind == Set:
		return "set of " + t.Elem.String()
	case t.Kind == Array:
		return fmt.Sprintf("[%d]%s", t.Len, t.Elem)
	}
	return fmt.Sprintf("%d..%d", t.Lo, t.Hi)
}

// Param is a parameter of an event, a message, an effect, a guard or a machine: a scalar.
type Param struct {
	Name string
	Doc  string
	Type *Type
	Span Span
}

// Message is what travels on links.
type Message struct {
	Name   string
	Doc    string
	Fields []Param
	Span   Span
}

// EffectKind is a declared effect: an order to the host, returned as data.
type EffectKind struct {
	Name   string
	Doc    string
	Params []Param
	Span   Span
}

// Extern is a guard that the host decides: to the checker a free choice, one answer per step for the same arguments.
type Extern struct {
	Name   string
	Doc    string
	Params []Param
	Span   Span
}

// Machine is one declared lifecycle, with its nested states flattened.
type Machine struct {
	Name        string
	Doc         string
	Params      []Param
	Peers       []Peer
	Vars        []Var
	Timers      []Timer
	Events      []Event // inputs, internals, messages, timers, in that order; within a kind in the order of the text
	States      []State
	Initial     int
	Entry       []*Stmt // entry bodies of the initial state, outer first: run when the machine starts
	Transitions []*Transition
	Restart     []Level // what answers a restart; if none does, the machine starts again at Initial
	Span        Span
}

// Peer is a machine, or an array of them, that messages can be sent to.
type Peer struct {
	Name    string
	Machine int
	Len     int // of an array; 0 for a single peer
	Span    Span
}

// Var is a variable of a machine or a system.
type Var struct {
	Name    string
	Doc     string
	Type    *Type
	Init    []int64 // one value a slot; ignored where Any
	Any     bool    // it may begin with any value of its type
	Durable bool    // it survives a crash
	Shared  bool    // it is the variable of that name of the system
	Ghost   bool    // for properties only: never generated
	Span    Span
}

// Timer is a timer of a machine. The duration is for the host; to the checker an armed timer may fire at any moment.
type Timer struct {
	Name     string
	Doc      string
	Duration time.Duration
	Span     Span
}

// EventKind says where an event comes from.
type EventKind uint8

// The kinds of events.
const (
	Input    EventKind = iota // from the environment
	Internal                  // the machine's own step
	Receive                   // a message
	Fire                      // a timer
)

// Event is what a machine can be asked to handle.
type Event struct {
	Kind    EventKind
	Name    string
	Doc     string
	Params  []Param // of an input or internal, or the fields of the message
	Message int     // of Receive
	Timer   int     // of Fire
	Span    Span
}

// State is a leaf state: an enclosing state shows in its name ("Outer.Inner") only.
type State struct {
	Name      string
	Doc       string
	Enclosing []string // names of the enclosing states, outermost first, each in full ("Outer", "Outer.Mid")
	Final     bool
	On        [][]Level // by event: what answers it here
	Span      Span
}

// Level is a set of transitions, by index, of which at most one may be enabled. The first level with an enabled one
// answers the event.
type Level []int

// Answer says what a transition does with its event.
type Answer uint8

// The answers.
const (
	Take   Answer = iota // the body runs and the machine goes to the target
	Ignore               // the message is removed, or the timer disarmed, and nothing else happens
	Defer                // the message keeps its place in the link
)

// Stay is the target of a transition without an arrow: no state is left or entered.
const Stay = -1

// Down is the state of a crashed instance. It has no entry in [Machine.States].
const Down = -1

// Transition is one way to answer one event in one leaf state.
type Transition struct {
	Source int   // number of the written transition that it came from, unique in the machine
	State  int   // the leaf state; Down for a restart
	Event  int   // index in [Machine.Events]; -1 for a restart
	Guard  *Expr // nil: always
	Answer Answer
	Target int     // a leaf state, or Stay
	Body   []*Stmt // exit bodies (inner first), its own body, entry bodies (outer first)
	Text   string  // "on Removed -> Closed", as written
	Span   Span    // of the written transition's head
}
