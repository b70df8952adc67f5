// Package effects is generated from effects.fsm: a machine that orders something in nearly every step.
package effects

//go:generate go run interlock/cmd/interlock generate
