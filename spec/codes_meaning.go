package spec

// meaningCodes are the codes that resolution, types and lowering give, with their pages, in alphabetical order.
var meaningCodes = []Explanation{
	{"ambiguous", "a name means several things", `
Two enums may have a value of one name, and two states may hold an inner state of one name. Where the surroundings do not
decide, write the whole name: Reason.Gone, or Outer.Inner.`},
	{"any-place", "any stands inside an expression", `
any is a free choice: the checker tries every value. It stands alone on the right of an assignment or a declaration, so that
one reads where the choice is made:

	who = any
	send peer Ask(who)`},
	{"any-type", "a variable begins with any value of another type", `
"var x 0..7 = any" begins with every value of its type. To begin with some of them, say so in a system:

	initially proxy.x < 4`},
	{"arity", "the number of arguments does not fit", `
Messages, effects, predicates and extern guards are given as many arguments as they declare parameters. In "on M(a, b)" the
names stand for all parameters, in order; _ is one that is not used, and the brackets may be left out altogether.`},
	{"array-parameter", "a parameter is an array", `
Fields of messages, and parameters of effects, inputs, machines and predicates are single values or sets: they travel in one
word. Send a set, or one message an element.`},
	{"assign-target", "something is assigned to that is no variable", `
Bodies write variables of their own machine and shared ones. Parameters, constants and peers do not change, and the variables
of another machine are written by that machine only, if need be in its part of a joint transition.`},
	{"bad-override", "the value of -set does not fit its constant", `
-set NAME=VALUE gives a constant another value of the same kind: a number for a number, true or false for a switch, the name
of a value for an enum.`},
	{"carries-conflict", "two links carry the same message the same way", `
Several links may go from one instance to another, but each message is on exactly one of them. Say which:

	link a -> b carries Register { capacity 2 }
	link a -> b carries Beat { may lose }`},
	{"carries-unsent", "a link carries a message that nobody sends along it", `
The sender must have the receiver as a peer and send it this message somewhere in its bodies.`},
	{"composite-without-initial", "a state with inner states does not say where it begins", `
A machine is in exactly one innermost state. Going to a state that holds others enters the one marked initial:

	state Live {
		initial state Opening
		state Open
	}`},
	{"const-cycle", "constants depend on each other in a circle", `
A constant is computed before anything else, from numbers and other constants. One of them must have a value of its own.`},
	{"constant-kind", "a constant is a set", `
Constants are numbers, switches and values of enums, so that -set can override each of them.`},
	{"division-by-zero", "the divisor is always zero", `
Division by zero ends a run as a violation. Here it is certain.`},
	{"domain", "a quantifier or loop ranges over something that has no elements", `
Quantifiers and loops go through instances of an array, peers of an array, the values of a type or of a range, and sets:

	all r in rm: r in Working
	for q in 0..N-1 when q != self { send node[q] Vote }`},
	{"duplicate", "a name is declared twice", `
Within a machine, a system, an enum, a list of parameters or the whole spec a name means one thing of a kind. Events of a
machine (inputs, internals, timers, messages) share their names, since "on NAME" finds them by name.`},
	{"else-alone", "else stands where there is nothing else", `
"on E else" is taken when no other transition of the same state for the same event is enabled. Without one, write "on E".`},
	{"empty-type", "a type has no value", `
A range has its lower bound first and holds both bounds: 0..3 has four values. An enum has at least one value.`},
	{"extern-argument", "an extern guard is asked about something the host does not see", `
The host answers an extern guard before the step begins: the generated method has a bool parameter for it. So its arguments
are parameters of the event, not variables of the machine.`},
	{"extern-place", "an extern guard is asked where no event is", `
The host answers for one event. Extern guards stand in guards and bodies of transitions, not in entry and exit bodies, which
run for many events, and not in properties.`},
	{"fair-target", "something is called fair that cannot be", `
fair x.t and fair x.Try promise that a timer or an internal event of an instance, or a joint transition, is not put off for
ever. Inputs come from outside and are never fair. Messages are delivered by fair links.`},
	{"from-place", "from stands where there is no message", `
from is the index of the instance that sent the message being handled. Inputs, timers and properties have no sender.`},
	{"ghost-read", "a ghost variable is read by what is not a ghost", `
Ghost variables remember what happened so that properties can speak of it. They are never generated, so nothing that the
machine does may depend on them: only properties, assumptions and assignments to ghosts read them.`},
	{"in-list", "several values stand after in without braces", `
"x in A, B" asks for the state of an instance. For a value write a set: x in {A, B}.`},
	{"index-out-of-bounds", "an index is outside its array", `
The elements of an array of N are numbered 0 to N-1. An index that is outside at run time is a violation with a trace; this
one is always outside.`},
	{"joint-twice", "one instance moves twice in one joint transition", `
A joint transition takes each instance from one state to one other. With parameters, rule out equal ones:

	joint Swap(a in node, b in node) when a != b { … }`},
	{"limit", "something is larger than the limit", `
Every size has a limit, so that the tool ends with a message and not with the machine's memory. The message has the number.`},
	{"link-option", "an option does not fit the kind of link", `
atomic links hand a message over within the step that sends it: they have no capacity and no faults. queue links are reliable
and in order. keep links are sets. Only a network link may lose, duplicate and reorder. A send into a full link either is
lost, or blocks, or is an overflow.`},
	{"link-unused", "a link carries nothing", `
The machines are peers, but the one never sends to the other.`},
	{"link-view", "a link is looked at in a way that is not there", `
Properties look into links:

	link(a, b).len == 0
	link(a, b).head == M        the oldest message; .last is the newest
	link(a, b) has M
	link(a, b) has M(3, _)      with this value in its first field

There must be a link from a to b; head and last need exactly one.`},
	{"needs-index", "an array stands where one instance is meant", `
Say which: rm[0]. Or speak of all of them: all r in rm: …`},
	{"never-arrives", "a message is answered that nobody sends here", `
The answer is never needed. Perhaps the sender lacks a peer, or another message was meant.`},
	{"never-sent", "a message is sent by nobody", `
It is declared, and perhaps answered, but no body sends it.`},
	{"never-started", "a timer is never started", `
A timer fires when it is armed, and only "start" arms it.`},
	{"no-crash", "a crash is handled that cannot happen", `
"on crash x" runs with the crashes that are declared: crash x at most 1`},
	{"no-files", "there is nothing to compile", `
A spec is a folder with one or more files that end in .fsm.`},
	{"no-initial", "a machine does not say where it begins", `
Exactly one of the outermost states is marked initial:

	initial state Idle`},
	{"no-instances", "a system has no machines in it", `
A system names instances of machines: proxy Proxy`},
	{"no-link", "a message is sent, but no link carries it", `
Two machines know each other as peers; in a system a link says how messages travel between them:

	link proxy -> leader { capacity 2; may lose }`},
	{"node-overlap", "an instance is on two nodes", `
A node is what crashes together. An instance is on one node, and atomic and queue links bind their two ends to one.`},
	{"not-a-condition", "a value stands where a condition is wanted", `
There is no truth of numbers: write x != 0.`},
	{"not-a-peer", "something is sent to that is no peer", `
Messages go to peers: peer leader Leader`},
	{"not-a-predicate", "something is called that is no predicate", `
Predicates and extern guards take arguments in brackets; nothing else does.`},
	{"not-a-value", "a name stands for no value", `
Instances are asked for their state (proxy in Open) and variables (proxy.x), timers whether they are armed (retry.armed).`},
	{"not-an-array", "something has an index that is no array", `
Only arrays of values, of instances and of peers have elements.`},
	{"not-an-instance", "something stands for an instance that is none", `
An instance is declared in a system by its name and its machine: proxy Proxy`},
	{"not-constant", "something must be known beforehand", `
Sizes, bounds, capacities, parameters of instances and the ends of links are fixed before the first step. They are made of
numbers, constants and, where instances are bound, self.`},
	{"not-deferrable", "an event is ignored or deferred that only comes when it is wanted", `
Messages and timers arrive by themselves: they are answered, ignored or deferred (messages only). Inputs without an enabled
transition are refused by the generated method; internal events then do not happen.`},
	{"not-peers", "a link joins machines that do not know each other", `
A message goes from a machine to one of its peers. Declare the peer, or take the link away.`},
	{"operand", "an operator is used on something that is no number", `
+ - * / % << >> and < <= > >= are for numbers; & | ^ &^ for numbers and sets; == and != for everything.`},
	{"order-self", "a timer is to fire before itself", `
"order a.t before b.u" holds u back while t is armed. A timer that waits for itself never fires.`},
	{"out-of-range", "a value is never in the range that is wanted", `
A value that leaves its range is a violation with a trace. This one is outside whatever happens.`},
	{"overlap", "two transitions are enabled at once", `
What a state does with an event is decided by its guards, and at most one may hold. Here two hold together for all values.
"else" is the guard that holds when the others do not:

	on Ack(n) when n == seq -> Done
	on Ack(n) else`},
	{"peer-binding", "a peer is bound to something that is no instance", `
A peer is bound by the name of an instance, or an element of an array: proxy Proxy(leader = leader[self])`},
	{"peer-machine", "a peer is bound to an instance of another machine", `
The declaration of the peer says what kind of machine it is.`},
	{"peer-size", "a peer and its instances differ in number", `
A single peer is one instance, and an array of peers an array of instances of the same size. In an array each instance may
have a peer of its own: proxy[2] Proxy(leader = leader[self])`},
	{"predicate-cycle", "a predicate uses itself", `
Predicates are expanded where they are used, so they cannot recur. For repetition there are all, some and count.`},
	{"reserved-name", "a name has a meaning of its own", `
Down is the state of a crashed machine, and restart the event of its coming up again.`},
	{"restart-place", "a restart is handled in a state", `
A crashed machine is in no state. "on restart" stands beside the states of the machine.`},
	{"scenario-step", "a step of a scenario can never happen", `
Each step of a scenario is one step of the system: an input, internal event or timer of an instance, a delivery or a fault of
a link, a crash or restart, or a joint transition. What atomic links carry is part of the step that sends it.`},
	{"selector", "a dot stands behind something without members", `
Members have instances (proxy.x), timers (retry.armed), enums (Reason.Gone) and links (link(a, b).len).`},
	{"self-place", "self stands where there is no instance", `
self is the index of the instance in its array: in bodies and guards of a machine, in bindings, and in "on crash".`},
	{"set-of", "a set has elements that a set cannot have", `
A set has numbers, switches or enum values in it, not sets or arrays. The type of a literal such as {1, 2} is that of the set
that it is compared with or assigned to.`},
	{"set-too-large", "a set could have too many elements", `
A set is one machine word: its element type has at most 62 values.`},
	{"shadowed", "a transition is never asked", `
In every inner state another answer to the same event is always given first.`},
	{"shared-init", "a shared variable has a first value", `
It is a variable of the system, which says how it begins.`},
	{"shared-type", "a shared variable differs from the system's", `
Both declare the same type, and both are ghosts or neither is.`},
	{"shared-unbound", "a shared variable has no counterpart in the system", `
"shared var x" in a machine is the variable x of each system that the machine stands in.`},
	{"shift", "a number is shifted by too much", `
Shifts are by 0 to 62 places.`},
	{"spec-name", "the files of a folder name different specs", `
A folder is one spec; sub-folders are specs of their own.`},
	{"statement-place", "a system does what only machines do", `
Bodies of "on crash", and of joint transitions outside of their moves, write variables of the system. Sending, starting timers
and effects are for machines: they stand in the move of one.`},
	{"system-variable", "a machine uses a variable of a system", `
A machine stands in several systems and sees none of them. It shares a variable by declaring it:

	shared var term 0..3`},
	{"too-wide", "a number can leave 2^53", `
Every value on the way of a computation stays within 2^53, so that nothing overflows anywhere.`},
	{"two-initials", "two states are initial", `
A machine, or a state with inner states, begins in one of them.`},
	{"type-as-value", "a type stands where a value is wanted", `
Types stand in declarations and as domains of quantifiers.`},
	{"type-cycle", "a type is made of itself", `
Types are finite: ranges, enums, and arrays and sets of other types.`},
	{"type-mismatch", "a value is of another kind than is wanted", `
Numbers, conditions, the values of each enum, sets and arrays do not mix.`},
	{"type-too-wide", "a declared range is too wide", `
Declared ranges lie within 2^31. The checker looks at every value, so that useful ranges are small anyway.`},
	{"unbound-parameter", "a parameter of a machine has no value", `
The parameters of a machine are fixed for each instance: client Peer(role = Client)`},
	{"unbound-peer", "a peer is bound to nothing", `
Peers are bound by name (the instance has the name of the peer) or explicitly: proxy Proxy(leader = home)`},
	{"unknown-binding", "something is bound that the machine does not have", `
Parameters and peers of the machine are bound where an instance is declared.`},
	{"unknown-effect", "there is no effect of this name", `
Declare it: effect CloseSocket(why Reason)`},
	{"unknown-event", "there is no event of this name", `
A machine answers its inputs, internal events and timers, all messages, and restart.`},
	{"unknown-instance", "there is no instance of this name", `
Instances are declared in the system: proxy Proxy`},
	{"unknown-joint", "there is no joint transition of this name", `
Joint transitions are declared in the system: joint Handover(n in node) { … }`},
	{"unknown-machine", "there is no machine of this name", `
Machines are declared at file level, in any file of the folder.`},
	{"unknown-member", "a machine has no variable of this name", `
From outside one sees variables, parameters, timers and predicates of a machine. Its state is asked with "in".`},
	{"unknown-message", "there is no message of this name", `
Messages are declared at file level: message Register(seq 0..7)`},
	{"unknown-name", "there is no value of this name", `
Values are variables, parameters, constants, values of enums, and names bound by quantifiers and loops.`},
	{"unknown-override", "-set names no constant", `
Only constants of the spec can be overridden.`},
	{"unknown-peer", "there is no peer of this name", `
Peers are declared in the machine: peer leader Leader`},
	{"unknown-predicate", "there is no predicate of this name", `
Predicates stand at file level, in a machine or in a system: predicate Busy(x T) = …`},
	{"unknown-state", "there is no state of this name", `
States are named by their own name, or with the states round them: Live.Open`},
	{"unknown-timer", "there is no timer of this name", `
Timers are declared in the machine: timer retry 500ms`},
	{"unknown-type", "there is no type of this name", `
Types are bool, ranges (0..7), declared types and enums, arrays ([4]T) and sets (set of T). Nothing is unbounded.`},
	{"unknown-value", "an enum has no value of this name", `
The values of an enum are those of its declaration.`},
	{"unreachable", "an answer is never asked", `
Within a state, transitions come first, then "else", then "defer … when", then "ignore" and "defer". Behind an answer that is
always given nothing is asked.`},
	{"variable-kind", "a variable of a system is durable or shared", `
durable and shared are said in machines. The variables of a system survive every crash, and any machine may share them.`},
	{"wildcard-place", "_ stands where a value is wanted", `
_ stands for any value among the arguments of "has" and of the steps of a scenario, and for an unused parameter.`},
}
