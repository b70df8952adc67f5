// Package connection is generated from connection.fsm: a machine that only moves.
package connection

//go:generate go run interlock/cmd/interlock generate
