// Package peers holds generated machines against what Go programs use today for the same: a nested switch and a table written
// by hand, github.com/looplab/fsm, and github.com/qmuntal/stateless. All of them take the same streams of events; a test holds
// their states against each other step by step, the benchmarks and the command ratios measure them.
//
// It is a module of its own, so that nobody who uses the project has its peers among his dependencies.
package peers
