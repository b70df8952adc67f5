// Package wide is generated from wide.fsm, which cmd/wide draws: a large machine that only moves.
package wide

//go:generate go run interlock/cmd/interlock generate
