//go:build !linux

package engine

import "runtime"

// pages allocates memory in huge pages. Here there are none.
func pages(int) []byte { return nil }

// freePages gives back the memory of slots that nobody uses any more.
func freePages([]byte) { runtime.GC() }

// forgetPages gives back the memory of pages that nobody reads any more.
func forgetPages([]byte) {}
