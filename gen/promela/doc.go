// Package promela writes a system as Promela, so that SPIN can be an independent judge of it: same joint states, same
// verdicts, same shortest counterexamples.
//
// One step of the system is one atomic sequence of SPIN: a number says which step is tried, further numbers answer its
// free choices, and then one d_step takes the step whole. A step that is not possible, or that a built-in check forbids,
// leaves the joint state as it was, so it adds no state. Everything that a step needs on the way is `hidden`: it is no
// part of the state, and is written before it is read in every d_step.
//
// The meaning is written down a second time here, from docs/semantics.md and not from the checker. [Write] is for the
// built-in checks, `never`, `always`, `reachable` and `after … always`; [WriteRuns] for `eventually`, `leads to` and
// `infinitely often`, as formulas of linear time, with the system's fairness written out. What a text does not check is
// named in a comment. `recoverable` is no formula of linear time, and is in neither; scenarios are not, either. Values
// beyond 32 bits, which Promela does not have, are an error.
package promela
