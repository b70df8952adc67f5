//go:build !linux

package engine

import "runtime"

func newBytes(n int) []byte { return make([]byte, n) }

func dropBytes([]byte) {}

func freeBytes([]byte) { runtime.GC() }
