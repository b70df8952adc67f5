// Package check decides whether a system keeps its promises: it explores every reachable joint state of a *fsm.System,
// breadth first, and gives a verdict on each property with a shortest trace.
//
// [Run] is the whole checker. It lays the joint state out as bits, compiles guards, bodies and properties, explores, and
// rebuilds the traces through the reference in package fsm, so that no counterexample is reported which fsm.Step does not
// confirm. It is deterministic: the same system and options give the same report, but for durations.
//
//	report, err := check.Run(ctx, spec.Systems[0], check.Options{})
//	if err != nil { ... }            // the system cannot be checked at all
//	if !report.Met() { ... }         // some verdict is not what the spec expects
//
// Verdicts are [Holds], [Violated] and [Unknown]; a limit that is reached ends in Unknown, never in Holds.
package check
