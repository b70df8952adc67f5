// Package gen writes Go for a lowered spec.
//
// [Go] turns a *fsm.Spec into one file. For each machine it holds a typed state, a plain event, a small value, one method per
// input, internal step, message and timer, and effects as data; for each system whose links are all atomic, the joint machine
// in one word. The generated code means what the reference step in package fsm means: package gen's tests compile it, run
// it and compare the two.
//
// Machines and joint machines that only move, or whose effects are always the same, step by tables; docs/decisions/0012 says when, and why
// nobody who uses them has to know.
//
// Everything that comes from a spec is treated as hostile: names are checked and mapped, collisions are errors that name
// both sides, comments lose what tools would obey, and the finished text is parsed and its declarations compared with
// those that were meant to be there.
//
// [Write] puts the files into a folder, or tells what it would change.
package gen
