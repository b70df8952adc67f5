package spec

import "interlock/fsm"

// Ident is a name as written. Name is empty where the text has none and the parser has already said so: whatever reads it
// then stays silent. "_" stands for a parameter that is not used.
type Ident struct {
	Name string
	Span fsm.Span
}

// File is the syntax tree of one file. It exists for every text, however broken.
type File struct {
	Name    string // as given to Parse
	Edition int    // from "fsm 1"; 0 where it is missing or unknown, which has been told
	Spec    Ident  // from "spec name"
	Doc     string // the comment before "spec name"
	Items   []Item
	Bad     bool // the text has a mistake: Format refuses it
	Span    fsm.Span
}

// Node is embedded in every node that can be half parsed.
type Node struct {
	Span fsm.Span // from the first token to the last, without the comment before
	Bad  bool     // a mistake inside was told and something may be missing: report no cascades from it
}

// Pos is the span of the node.
func (n *Node) Pos() fsm.Span { return n.Span }

// IsBad reports whether the parser found a mistake inside the node, nested ones included.
func (n *Node) IsBad() bool { return n.Bad }

// An Item stands at the level of the file: *ConstDecl, *TypeDecl, *EnumDecl, *MessageDecl, *EffectDecl, *PredicateDecl,
// *ExternGuard, *MachineDecl, *SystemDecl, *IfItems or *BadDecl.
type Item interface {
	Pos() fsm.Span
	IsBad() bool
	item()
}

// A MachineMember stands in a machine: *PeerDecl, *VarDecl, *TimerDecl, *InputDecl, *InternalDecl, *StateDecl,
// *InStates, *Transition, *Ignore, *Defer, *PredicateDecl, *IfMachine or *BadDecl.
type MachineMember interface {
	Pos() fsm.Span
	IsBad() bool
	machineMember()
}

// A StateMember stands in a state or in an *InStates: *Transition, *Ignore, *Defer, *EntryExit, *StateDecl (nested; not in
// an *InStates), *InStates, *IfState or *BadDecl.
type StateMember interface {
	Pos() fsm.Span
	IsBad() bool
	stateMember()
}

// A SystemMember stands in a system: *Instance, *VarDecl, *LinkDecl, *NodeDecl, *CrashDecl, *OnCrash, *Joint, *Initially,
// *Assume, *OrderDecl, *FairDecl, *PredicateDecl, *Property, *Scenario, *IfSystem or *BadDecl.
type SystemMember interface {
	Pos() fsm.Span
	IsBad() bool
	systemMember()
}

// A Stmt stands in a body: *AssignStmt, *IfStmt, *ForStmt, *SendStmt, *StartStmt, *StopStmt, *DoStmt or *BadStmt.
type Stmt interface {
	Pos() fsm.Span
	IsBad() bool
	stmt()
}

// An Expr is *NameExpr, *IntLit, *BoolLit, *SelfExpr, *FromExpr, *AnyExpr, *WildcardExpr, *UnaryExpr, *BinaryExpr,
// *InExpr, *HasExpr, *IndexExpr, *SelectorExpr, *CallExpr, *SetLit, *RangeExpr, *QuantExpr, *LinkExpr or *BadExpr.
// Parentheses leave no node.
type Expr interface {
	Pos() fsm.Span
	IsBad() bool
	expr()
}

// ---- items

// ConstDecl is "const Name = Value".
type ConstDecl struct {
	Node
	Doc   string
	Name  Ident
	Value Expr
}

// TypeDecl is "type Name = Type".
type TypeDecl struct {
	Node
	Doc  string
	Name Ident
	Type *TypeExpr
}

// EnumDecl is "enum Name { A, B }".
type EnumDecl struct {
	Node
	Doc    string
	Name   Ident
	Values []EnumValue
}

// EnumValue is one value of an enum.
type EnumValue struct {
	Doc  string
	Name Ident
}

// MessageDecl is "message Name(field T, …)".
type MessageDecl struct {
	Node
	Doc    string
	Name   Ident
	Params []Param
}

// EffectDecl is "effect Name(param T, …)".
type EffectDecl struct {
	Node
	Doc    string
	Name   Ident
	Params []Param
}

// PredicateDecl is "predicate Name(param T, …) = Body". It may stand at file level, in a machine and in a system.
type PredicateDecl struct {
	Node
	Doc    string
	Name   Ident
	Params []Param
	Body   Expr
}

// ExternGuard is "extern guard Name(param T, …)".
type ExternGuard struct {
	Node
	Doc    string
	Name   Ident
	Params []Param
}

// MachineDecl is "machine Name(param T, …) { … }".
type MachineDecl struct {
	Node
	Doc     string
	Name    Ident
	Params  []Param
	Members []MachineMember
}

// SystemDecl is "system Name { … }".
type SystemDecl struct {
	Node
	Doc     string
	Name    Ident
	Members []SystemMember
}

// IfItems is "if Cond { items } else { items }" at file level. "else if" is an Else of one IfItems.
type IfItems struct {
	Node
	Cond Expr
	Then []Item
	Else []Item
}

// BadDecl stands where an item or a member could not be made out at all.
type BadDecl struct{ Node }

// Param is "name Type" in the head of a declaration.
type Param struct {
	Node
	Doc  string
	Name Ident
	Type *TypeExpr
}

// TypeKind says how a type is written.
type TypeKind uint8

// The ways to write a type.
const (
	BadType   TypeKind = iota // told by the parser
	NamedType                 // Name
	BoolType                  // bool
	RangeType                 // Lo..Hi
	ArrayType                 // [Len]Elem
	SetType                   // set of Elem
)

// TypeExpr is a type as written. Which fields are set depends on Kind.
type TypeExpr struct {
	Node
	Kind   TypeKind
	Name   Ident
	Lo, Hi Expr
	Len    Expr
	Elem   *TypeExpr
}

// ---- members of machines and states

// PeerDecl is "peer Name Machine" or "peer Name[Count] Machine".
type PeerDecl struct {
	Node
	Doc     string
	Name    Ident
	Count   Expr // nil for a single peer
	Machine Ident
}

// VarDecl is "var Name Type = Init" with any of durable, shared and ghost before it, in a machine or a system.
type VarDecl struct {
	Node
	Doc     string
	Durable bool
	Shared  bool
	Ghost   bool
	Name    Ident
	Type    *TypeExpr
	Init    Expr // nil: the first value; *AnyExpr: any value
}

// TimerDecl is "timer Name 500ms".
type TimerDecl struct {
	Node
	Doc          string
	Name         Ident
	Duration     int64 // in nanoseconds, at least 0
	DurationSpan fsm.Span
}

// InputDecl is "input Name(param T, …)".
type InputDecl struct {
	Node
	Doc    string
	Name   Ident
	Params []Param
}

// InternalDecl is "internal Name(param T, …)".
type InternalDecl struct {
	Node
	Doc    string
	Name   Ident
	Params []Param
}

// StateDecl is "initial final state Name { … }"; the braces may be absent.
type StateDecl struct {
	Node
	Doc     string
	Initial bool
	Final   bool
	Name    Ident
	Members []StateMember
}

// StateRef names a state, perhaps by its enclosing states: Outer.Inner.
type StateRef struct {
	Path []Ident // at least one
	Span fsm.Span
}

// String is the reference as written, with dots.
func (r StateRef) String() string {
	s := ""
	for i, id := range r.Path {
		if i > 0 {
			s += "."
		}
		s += id.Name
	}
	return s
}

// InStates is "in A, B { members }": the members are written for each of the states.
type InStates struct {
	Node
	States  []StateRef
	Members []StateMember
}

// EventPattern is the event of a transition, ignore or defer with names for its parameters.
type EventPattern struct {
	Name    Ident // "restart" for the restart of a crashed machine
	Params  []Ident
	HasArgs bool // it was written with brackets: then the number of names must fit
	Span    fsm.Span
}

// Transition is "on Event(params) when Guard -> Target { Body }".
type Transition struct {
	Node
	Doc    string
	Event  EventPattern
	Other  bool      // "on other messages": Event is unset
	Guard  Expr      // nil if there is none
	Else   bool      // "on Event else …"
	Target *StateRef // nil: stay, without exit and entry
	Body   *Body     // nil if there is none
	Head   fsm.Span  // from "on" to the target: what to print and to point at
}

// Ignore is "ignore A, B" or "ignore other messages".
type Ignore struct {
	Node
	Doc    string
	Events []Ident // unset for other messages
	Other  bool
}

// Defer is "defer Event(params) when Guard".
type Defer struct {
	Node
	Doc    string
	Events []EventPattern // several only without a guard
	Guard  Expr           // nil: always
}

// EntryExit is "entry { … }" or "exit { … }" in a state.
type EntryExit struct {
	Node
	Exit bool
	Body *Body
}

// IfMachine is an "if" on constants round members of a machine.
type IfMachine struct {
	Node
	Cond Expr
	Then []MachineMember
	Else []MachineMember
}

// IfState is an "if" on constants round members of a state.
type IfState struct {
	Node
	Cond Expr
	Then []StateMember
	Else []StateMember
}

// ---- members of systems

// InstanceRef names an instance, an element of an array of instances, or all of an array: "proxy", "rm[1]", "rm".
type InstanceRef struct {
	Name  Ident
	Index Expr // nil if there is none
	Span  fsm.Span
}

// Instance is "name Machine(param = value, peer = instance)" or an array "name[Count] Machine".
type Instance struct {
	Node
	Doc      string
	Name     Ident
	Count    Expr // nil for a single one
	Machine  Ident
	Bindings []Binding
}

// Binding gives a parameter its value or a peer its instance.
type Binding struct {
	Node
	Name  Ident
	Value Expr // for a peer: *NameExpr or *IndexExpr
}

// LinkKind says how a link behaves.
type LinkKind uint8

// The kinds of links.
const (
	NetworkLink LinkKind = iota // nothing was said
	AtomicLink
	QueueLink
	KeepLink
)

// Option is a word that may be said in the options of a link.
type Option struct {
	Said bool
	Span fsm.Span
}

// LinkDecl is "link From -> To carries M1, M2 { options }".
type LinkDecl struct {
	Node
	Doc        string
	From, To   InstanceRef
	Both       bool    // "<->": two links
	Carries    []Ident // empty: all that is sent that way
	Kind       LinkKind
	KindSpan   fsm.Span
	Capacity   Expr // nil: 1
	Lose       Option
	Duplicate  Option
	Reorder    Option
	Fair       Option
	FullBlocks Option
}

// NodeDecl is "node Name { a, b }".
type NodeDecl struct {
	Node
	Doc     string
	Name    Ident
	Members []InstanceRef
}

// CrashDecl is "crash Target at most Most".
type CrashDecl struct {
	Node
	Target InstanceRef
	Most   Expr
}

// OnCrash is "on crash Target { Body }".
type OnCrash struct {
	Node
	Target InstanceRef
	Body   *Body
}

// Joint is "joint Name(n in Domain) when Guard { moves and assignments }".
type Joint struct {
	Node
	Doc    string
	Name   Ident
	Params []JointParam
	Guard  Expr // nil: always
	Moves  []JointMove
	Body   *Body // the statements that stand outside of any move, in order; nil if there are none
}

// JointParam is "name in Domain" in the head of a joint transition.
type JointParam struct {
	Node
	Name   Ident
	Domain Expr
}

// JointMove is "instance A, B -> Target { Body }" in a joint transition.
type JointMove struct {
	Node
	Instance InstanceRef
	Sources  []StateRef // the instance must be in one of them
	Target   *StateRef  // nil: stay
	Body     *Body      // nil if there is none
}

// Initially is "initially P".
type Initially struct {
	Node
	P Expr
}

// Assume is "assume P".
type Assume struct {
	Node
	Doc string
	P   Expr
}

// TimerRef is "instance.timer"; also used where an internal is named that way.
type TimerRef struct {
	Instance InstanceRef
	Timer    Ident
	Span     fsm.Span
}

// OrderDecl is "order a.t before b.u".
type OrderDecl struct {
	Node
	Doc           string
	First, Second TimerRef
}

// FairDecl is "fair a.t, a.Try, Handover" or "strong fair …".
type FairDecl struct {
	Node
	Strong  bool
	Targets []FairTarget
}

// FairTarget is a timer or internal of an instance, or (without an instance) a joint transition.
type FairTarget struct {
	Instance *InstanceRef // nil for a joint transition
	Name     Ident
	Span     fsm.Span
}

// PropertyForm is the form of a property.
type PropertyForm uint8

// The forms of properties.
const (
	BadProperty     PropertyForm = iota // told by the parser
	Never                               // never P
	Always                              // always P
	AfterAlways                         // after P always Q
	Reachable                           // reachable P
	Recoverable                         // recoverable P
	Eventually                          // eventually P
	LeadsTo                             // P leads to Q
	InfinitelyOften                     // infinitely often P
	BuiltIn                             // deadlock, unexpected message, overflow, overlap, range, runaway
)

// Property is "for i in T: Name: form expect violated".
type Property struct {
	Node
	Doc            string
	Name           Ident // empty if it has no name
	For            []Binder
	Form           PropertyForm
	P              Expr   // nil for BuiltIn
	Q              Expr   // of AfterAlways and LeadsTo
	Check          string // of BuiltIn: "deadlock", "unexpected message", "overflow", "overlap", "range" or "runaway"
	ExpectViolated bool
}

// Binder is "name in Domain".
type Binder struct {
	Name   Ident
	Domain Expr
}

// Scenario is "scenario Name { steps } reaches P".
type Scenario struct {
	Node
	Doc            string
	Name           Ident
	Steps          []ScenarioStep
	Reaches        Expr // nil: need only be executable
	ExpectViolated bool
}

// StepKind is the kind of a scenario step.
type StepKind uint8

// The kinds of scenario steps.
const (
	BadStep       StepKind = iota // told by the parser
	StepEvent                     // Instance.Name(Args): an input, internal or timer
	StepJoint                     // Name(Args)
	StepDeliver                   // deliver Instance -> To Name(Args)
	StepLose                      // lose Instance -> To Name(Args)
	StepDuplicate                 // duplicate Instance -> To Name(Args)
	StepCrash                     // crash Instance
	StepRestart                   // restart Instance
	StepAny                       // ...: any steps
)

// ScenarioStep is one step of a scenario. Which fields are set depends on Kind.
type ScenarioStep struct {
	Node
	Kind     StepKind
	Instance InstanceRef
	To       InstanceRef
	Name     Ident
	Args     []Expr // *WildcardExpr: any value
	HasArgs  bool   // it was written with brackets: then the number of arguments must fit
}

// IfSystem is an "if" on constants round members of a system.
type IfSystem struct {
	Node
	Cond Expr
	Then []SystemMember
	Else []SystemMember
}

// ---- bodies

// Body is the statements between braces.
type Body struct {
	Node
	Stmts []Stmt
}

// AssignStmt is "a, b = x, y". Targets and Values have the same number unless the node is bad.
type AssignStmt struct {
	Node
	Targets []Expr // *NameExpr, *IndexExpr or *SelectorExpr
	Values  []Expr
}

// IfStmt is "if Cond { … } else { … }". "else if" is an Else of one IfStmt.
type IfStmt struct {
	Node
	Cond Expr
	Then *Body
	Else *Body // nil if there is none
}

// ForStmt is "for Name in Domain when Cond { … }", which is unrolled.
type ForStmt struct {
	Node
	Name   Ident
	Domain Expr
	Cond   Expr // nil if there is none
	Body   *Body
}

// SendStmt is "send peer Message(args)".
type SendStmt struct {
	Node
	Peer    InstanceRef
	Message Ident
	Args    []Expr
}

// StartStmt is "start timer".
type StartStmt struct {
	Node
	Timer Ident
}

// StopStmt is "stop timer".
type StopStmt struct {
	Node
	Timer Ident
}

// DoStmt is "do Effect(args)".
type DoStmt struct {
	Node
	Effect Ident
	Args   []Expr
}

// BadStmt stands where a statement could not be made out.
type BadStmt struct{ Node }

// ---- expressions

// Op is an operator as written.
type Op string

// The operators, from the loosest to the tightest; "in" and "has" stand with the comparisons and have nodes of their own.
const (
	OpImplies Op = "=>" // right to left
	OpOrElse  Op = "||"
	OpAndAlso Op = "&&"
	OpEq      Op = "=="
	OpNe      Op = "!="
	OpLt      Op = "<"
	OpLe      Op = "<="
	OpGt      Op = ">"
	OpGe      Op = ">="
	OpAdd     Op = "+"
	OpSub     Op = "-" // also unary
	OpOr      Op = "|"
	OpXor     Op = "^" // also unary: complement
	OpMul     Op = "*"
	OpDiv     Op = "/"
	OpMod     Op = "%"
	OpShl     Op = "<<"
	OpShr     Op = ">>"
	OpAnd     Op = "&"
	OpAndNot  Op = "&^"
	OpNot     Op = "!" // unary
)

// NameExpr is a bare name.
type NameExpr struct {
	Node
	Name string
}

// IntLit is a number. Text keeps how it was written (0x10).
type IntLit struct {
	Node
	Value int64
	Text  string
}

// BoolLit is true or false.
type BoolLit struct {
	Node
	Value bool
}

// SelfExpr is self: the index of the instance in its array.
type SelfExpr struct{ Node }

// FromExpr is from: the index of the sender.
type FromExpr struct{ Node }

// AnyExpr is "any" or "any T": every value is tried. It stands alone on the right of an assignment or declaration.
type AnyExpr struct {
	Node
	Type *TypeExpr // nil: the type of what is assigned
}

// WildcardExpr is _ among the arguments of a message or an event.
type WildcardExpr struct{ Node }

// UnaryExpr is "Op X".
type UnaryExpr struct {
	Node
	Op Op
	X  Expr
}

// BinaryExpr is "X Op Y".
type BinaryExpr struct {
	Node
	Op     Op
	OpSpan fsm.Span
	X, Y   Expr
}

// InExpr is "X in A, B" (the state of an instance; several only of *NameExpr and *SelectorExpr) or "X in s".
type InExpr struct {
	Node
	X    Expr
	List []Expr // at least one
}

// HasExpr is "link(a, b) has Message(args)".
type HasExpr struct {
	Node
	X       Expr // *LinkExpr unless somebody wrote nonsense
	Message Ident
	Args    []Expr // *WildcardExpr: any value
	HasArgs bool
}

// IndexExpr is "X[Index]".
type IndexExpr struct {
	Node
	X     Expr
	Index Expr
}

// SelectorExpr is "X.Sel".
type SelectorExpr struct {
	Node
	X   Expr
	Sel Ident
}

// CallExpr is "Func(args)": a predicate or an extern guard.
type CallExpr struct {
	Node
	Func Expr // *NameExpr, or *SelectorExpr for a predicate of an instance
	Args []Expr
}

// SetLit is "{A, B}".
type SetLit struct {
	Node
	Elems []Expr
}

// RangeExpr is "Lo..Hi". It stands only as the domain of a quantifier, a for or a joint parameter.
type RangeExpr struct {
	Node
	Lo, Hi Expr
}

// Quantifier is all, some or count.
type Quantifier uint8

// The quantifiers.
const (
	All Quantifier = iota
	Some
	Count
)

// QuantExpr is "all x in Domain: P", "some x in Domain: P" or "count(x in Domain: P)".
type QuantExpr struct {
	Node
	Quant  Quantifier
	Name   Ident
	Domain Expr // *RangeExpr, *NameExpr (a type, bool, an array of instances, a set) or a set
	P      Expr
}

// LinkExpr is "link(from, to)".
type LinkExpr struct {
	Node
	From, To InstanceRef
}

// BadExpr stands where an expression is missing or could not be made out; the parser has told.
type BadExpr struct{ Node }

func (*ConstDecl) item()     {}
func (*TypeDecl) item()      {}
func (*EnumDecl) item()      {}
func (*MessageDecl) item()   {}
func (*EffectDecl) item()    {}
func (*PredicateDecl) item() {}
func (*ExternGuard) item()   {}
func (*MachineDecl) item()   {}
func (*SystemDecl) item()    {}
func (*IfItems) item()       {}
func (*BadDecl) item()       {}

func (*PeerDecl) machineMember()      {}
func (*VarDecl) machineMember()       {}
func (*TimerDecl) machineMember()     {}
func (*InputDecl) machineMember()     {}
func (*InternalDecl) machineMember()  {}
func (*StateDecl) machineMember()     {}
func (*InStates) machineMember()      {}
func (*Transition) machineMember()    {}
func (*Ignore) machineMember()        {}
func (*Defer) machineMember()         {}
func (*PredicateDecl) machineMember() {}
func (*IfMachine) machineMember()     {}
func (*BadDecl) machineMember()       {}

func (*Transition) stateMember() {}
func (*Ignore) stateMember()     {}
func (*Defer) stateMember()      {}
func (*EntryExit) stateMember()  {}
func (*StateDecl) stateMember()  {}
func (*InStates) stateMember()   {}
func (*IfState) stateMember()    {}
func (*BadDecl) stateMember()    {}

func (*Instance) systemMember()      {}
func (*VarDecl) systemMember()       {}
func (*LinkDecl) systemMember()      {}
func (*NodeDecl) systemMember()      {}
func (*CrashDecl) systemMember()     {}
func (*OnCrash) systemMember()       {}
func (*Joint) systemMember()         {}
func (*Initially) systemMember()     {}
func (*Assume) systemMember()        {}
func (*OrderDecl) systemMember()     {}
func (*FairDecl) systemMember()      {}
func (*PredicateDecl) systemMember() {}
func (*Property) systemMember()      {}
func (*Scenario) systemMember()      {}
func (*IfSystem) systemMember()      {}
func (*BadDecl) systemMember()       {}

func (*AssignStmt) stmt() {}
func (*IfStmt) stmt()     {}
func (*ForStmt) stmt()    {}
func (*SendStmt) stmt()   {}
func (*StartStmt) stmt()  {}
func (*StopStmt) stmt()   {}
func (*DoStmt) stmt()     {}
func (*BadStmt) stmt()    {}

func (*NameExpr) expr()     {}
func (*IntLit) expr()       {}
func (*BoolLit) expr()      {}
func (*SelfExpr) expr()     {}
func (*FromExpr) expr()     {}
func (*AnyExpr) expr()      {}
func (*WildcardExpr) expr() {}
func (*UnaryExpr) expr()    {}
func (*BinaryExpr) expr()   {}
func (*InExpr) expr()       {}
func (*HasExpr) expr()      {}
func (*IndexExpr) expr()    {}
func (*SelectorExpr) expr() {}
func (*CallExpr) expr()     {}
func (*SetLit) expr()       {}
func (*RangeExpr) expr()    {}
func (*QuantExpr) expr()    {}
func (*LinkExpr) expr()     {}
func (*BadExpr) expr()      {}
