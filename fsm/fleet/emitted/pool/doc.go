// Package pool is generated from pool.fsm, for the tests of package fleet: a system with an array of machines, timers, a guard that
// the host answers, and no room for a counter in its word.
package pool

//go:generate go run interlock/cmd/interlock generate
