// Package uplink is a machine with variables, guards and timers, generated from uplink.fsm.
package uplink

//go:generate go run interlock/cmd/interlock generate
