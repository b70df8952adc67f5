// Package door is generated from door.fsm, for the tests of package fleet: a system without variables and timers.
package door

//go:generate go run interlock/cmd/interlock generate
