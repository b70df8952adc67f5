// Package idle is generated from idle.fsm, for the measurements of package fleet: a timer that nearly every event starts again.
package idle

//go:generate go run interlock/cmd/interlock generate
