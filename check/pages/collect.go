package pages

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	latePercent = 400      // how much more than what lives may lie about, of a small heap
	small       = 32 << 20 // bytes that live in a small heap
)

// CollectLate lets garbage lie about as long as the heap is small, where collecting it costs more time than the memory is worth:
// a command that ends in a moment never collects. It is for commands, at their start, and does nothing if GOGC is set.
func CollectLate() {
	if os.Getenv("GOGC") != "" {
		return
	}
	usual := debug.SetGCPercent(latePercent)
	afterCollection(func() (again bool) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		if metrics.Read(live); live[0].Value.Uint64() < small {
			return true
		}
		debug.SetGCPercent(usual)
		return false
	})
}

// afterCollection calls f after every collection, until f returns false.
func afterCollection(f func() bool) {
	type sentinel struct{ f func() bool }
	runtime.SetFinalizer(&sentinel{f}, func(s *sentinel) {
		if s.f() {
			afterCollection(s.f)
		}
	})
}
