// Package looplab reads the tables of state machines that Go programs hand to github.com/looplab/fsm, and writes them as specs.
//
// [Import] finds the calls of fsm.NewFSM in Go source and works out their arguments without running anything; [Text] writes
// the tables as the text of a spec. A [Table] is plain data: package interlock/fsm/looplab makes one of a live FSM, and a live
// FSM of a spec. This package does without looplab/fsm itself.
//
// docs/decisions/0011-looplab-tables.md says what each part of a table becomes, and what a spec cannot say of it.
package looplab
