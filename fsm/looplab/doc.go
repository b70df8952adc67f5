// Package looplab is a bridge between machines of a spec and state machines of github.com/looplab/fsm, so that a program
// can move from one to the other step by step. Only who imports this package links looplab/fsm.
//
// [New] makes a live looplab FSM of a machine of a spec: Event, Current, Can and the callbacks stay as they are, while which
// steps there are, their guards and variables come from the spec. [Spec] goes the other way: it makes a spec of a table of
// looplab, to be checked, and [Table] reads the table of a live FSM. "interlock import looplab" does the same with source text.
//
// What looplab cannot express is refused by New with all the reasons at once, a [NotCarried]; nothing is left out in silence.
package looplab
