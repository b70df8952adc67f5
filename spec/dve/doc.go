// Package dve reads DVE, the language in which the checkers DIVINE and LTSmin and the benchmark set BEEM describe processes,
// and makes a [fsm.Spec] of it: one system with an instance for every process and a joint transition for every transition,
// every pair of transitions that meet on a channel, and every send into or receipt from a buffer.
//
// [Import] is the whole of it. docs/decisions/0006-dve.md says how each construct of DVE is told in terms of package fsm, and
// what was chosen where the tools that read DVE do not agree.
package dve
