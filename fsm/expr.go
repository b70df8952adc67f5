package fsm

// Op says what an [Expr] computes.
type Op uint8

// The operators. "Machine scope" operators stand in guards and bodies of machines and mean the instance that takes the
// step; "system scope" ones name their instance and stand in properties, joints and system bodies.
const (
	OpConst Op = iota // Value

	OpVar          // machine scope: variable Index of this machine; Args index its array dimensions, outermost first
	OpMachineParam // machine scope: parameter Index of this instance
	OpSelf         // machine scope: index of this instance in its array (0 if single)
	OpParam        // parameter Index of the event that is handled
	OpFrom         // index of the sender of the message that is handled
	OpArmed        // timer Index is armed; Instance is OwnInstance in machine scope
	OpSystemVar    // system scope: variable Index of the system; Args as for OpVar
	OpInstanceVar  // system scope: variable Index of Instance; Args as for OpVar
	OpIn           // Instance is in one of States; OwnInstance in machine scope
	OpExtern       // extern guard Index with Args

	OpLinkLen  // messages in Links, together
	OpLinkHas  // some message in Links is a Message with fields equal to Args (a nil Arg: any value)
	OpLinkHead // the oldest message in Links[0] is a Message; false when empty
	OpLinkLast // the newest message in Links[0] is a Message; false when empty

	OpNot     // !a
	OpAnd     // all of Args, left to right, the first false one ends it
	OpOr      // some of Args, left to right, the first true one ends it
	OpImplies // a => b
	OpCount   // how many of Args are true
	OpCond    // a ? b : c, only the chosen one is evaluated
	OpSelect  // Args[1+Args[0]]; outside the alternatives: a range violation

	OpEq
	OpNe
	OpLt
	OpLe
	OpGt
	OpGe

	OpNeg
	OpAdd
	OpSub
	OpMul
	OpDiv // truncates toward zero, as in Go; by zero: a range violation
	OpRem // sign of the dividend, as in Go; by zero: a range violation
	OpBitAnd
	OpBitOr
	OpBitXor
	OpAndNot
	OpShl // by a negative count or one above 62: a range violation
	OpShr // likewise

	OpSetOf  // the set of Args; an element outside the element type: a range violation
	OpSetHas // Args[0] is an element of the set Args[1]

	OpAny // any value of Type: a free choice. Only as the whole value of an assignment
)

// OwnInstance is the [Expr.Instance] of a machine-scope operator: the instance that takes the step.
const OwnInstance = -1

// Expr is an expression over finite values. Values are int64 as [Type] says; conditions are 0 or 1. For integers,
// Type.Lo..Type.Hi is an interval that no value of the expression leaves (within ±2^53), so no operation overflows.
type Expr struct {
	Op       Op
	Type     *Type
	Args     []*Expr
	Value    int64 // of OpConst
	Index    int   // of variables, parameters, timers and extern guards
	Instance int   // of OpInstanceVar, OpArmed, OpIn; OwnInstance in machine scope
	States   []int // of OpIn: leaf states, or Down
	Links    []int // of link views
	Message  int   // of link views
	Span     Span
}

// StmtOp says what a [Stmt] does.
type StmtOp uint8

// The statements.
const (
	Assign StmtOp = iota // Targets = Values: every value and index is computed before anything is written
	If                   // Cond, Then, Else
	Send                 // Message(Args) to peer Peer (element Element of an array)
	Start                // arms Timer
	Stop                 // disarms Timer
	Do                   // effect Effect(Args)
)

// Stmt is a statement of a body.
type Stmt struct {
	Op         StmtOp
	Targets    []Target
	Values     []*Expr
	Cond       *Expr
	Then, Else []*Stmt
	Peer       int
	Element    *Expr // nil for a single peer; out of its array: a range violation
	Message    int
	Timer      int
	Effect     int
	Args       []*Expr
	Span       Span
}

// Target is a place that an assignment writes: one slot of a variable.
type Target struct {
	System bool    // a variable of the system; otherwise of the machine that takes the step
	Var    int     // its index
	Index  []*Expr // one an array dimension, outermost first
	Span   Span
}

// ConstExpr returns the constant v of the type t.
func ConstExpr(t *Type, v int64) *Expr { return &Expr{Op: OpConst, Type: t, Value: v} }
