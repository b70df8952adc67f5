//go:build !linux

package engine

import "runtime"

// newSlots allocates empty slots.
func newSlots(n int) []uint32 { return make([]uint32, n) }

// freeSlots gives back the memory of slots that nobody uses any more.
func freeSlots([]uint32) { runtime.GC() }
