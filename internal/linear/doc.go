// Package linear holds histories of concurrent operations, on a joint machine's cell and on the sessions of a fleet, against the reference
// step: each must be what some order of the operations gives, one at a time, that no two operations contradict of which one
// ended before the other began. Porcupine looks for such an order. It is a module of its own, so that no user inherits what it
// needs.
package linear
