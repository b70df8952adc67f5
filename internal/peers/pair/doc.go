// Package pair is generated from pair.fsm: a joint machine that only moves.
package pair

//go:generate go run interlock/cmd/interlock generate
