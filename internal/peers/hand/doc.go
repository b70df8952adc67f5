// Package hand is what a programmer writes who needs a small machine and has no generator: a switch over the states with a
// switch over the events in each, and a table. States and events have the numbers that they have in the generated code.
package hand

import "errors"

// ErrRefused is what every event that a state has no transition for gets: one error for all, which is the cheapest.
var ErrRefused = errors.New("hand: the event is refused")
