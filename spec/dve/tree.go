package dve

import "interlock/fsm"

// ident is a name where it stands.
type ident struct {
	name string
	span fsm.Span
}

// program is a text, read.
type program struct {
	vars      []*variable
	channels  []*channel
	processes []*process
	span      fsm.Span // of the system line
	property  ident    // the process that says which runs are wrong; its name is empty if there is none
}

// variable is a declared variable, array or constant.
type variable struct {
	ident
	constant bool
	typ      *fsm.Type // byteType or intType
	array    bool
	size     *expr // of an array
	init     []*expr
	braces   bool // the initial values stand in braces

	holds   *fsm.Type // what it can hold: no more than its type
	process int       // whose it is; -1: global
	length  int       // of an array
	index   int       // among the system's variables; not of a constant
	values  []int     // of a constant
	broken  bool      // a mistake in it was told
	bare    bool      // it was told that it stands without an index
}

// channel is a declared channel. An untyped one carries one value of any type, or none.
type channel struct {
	ident
	typed    bool
	types    []*fsm.Type
	size     *expr // of a typed one
	capacity int   // 0: sender and receiver step together

	count int   // the system's variable that counts what is in the buffer
	slots []int // by type: the system's variable that holds what is in the buffer
}

// process is a declared process.
type process struct {
	ident
	vars     []*variable
	channels []*channel // seen by this process, and by others with its name before them
	states   []ident
	init     ident
	commit   []ident
	accept   []ident // of a property process; elsewhere they say nothing
	asserts  []assertion
	trans    []*transition

	scope     map[string]*variable
	stateOf   map[string]int
	initial   int
	committed []int // states, ascending
}

// assertion is what is true whenever a process is in a state.
type assertion struct {
	state ident
	cond  *expr
}

// transition is a written transition.
type transition struct {
	from, to ident
	guards   []*expr
	sync     *sync
	effects  []assignment
	span     fsm.Span // of "from -> to"

	source, target int // states; -1: unknown
	guard          *fsm.Expr
	body           []*fsm.Stmt
	size           int // nodes in guard and body
}

// sync is what a transition does on a channel.
type sync struct {
	owner   ident // the process whose channel it is, if that is said
	channel ident
	send    bool
	values  []*expr // sent, or the places that what is received goes to
	on      *channel
	sent    []*fsm.Expr
	places  []place
}

type assignment struct {
	target, value *expr
}

// expr is an expression. The operator is its sign; "name", "number", "true", "false", "index" (name[a]), "state"
// (name.field), "foreign" (name->field, with an index perhaps) are the leaves.
type expr struct {
	op     string
	name   ident
	field  ident
	value  int64
	args   []*expr
	height int
	parens bool
	span   fsm.Span
}
