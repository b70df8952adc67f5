package load

import (
	"os"
	"runtime"
	"time"
)

// Footprint is what a process holds.
type Footprint struct {
	Goroutines int
	Files      int    // open descriptors; -1 where the system does not say
	Heap       uint64 // bytes of live objects
}

// footprint measures, after the garbage is collected.
func footprint() Footprint {
	runtime.GC()
	runtime.GC() // what the first one finalized
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f := Footprint{Goroutines: runtime.NumGoroutine(), Heap: m.HeapAlloc, Files: -1}
	if entries, err := os.ReadDir("/proc/self/fd"); err == nil {
		f.Files = len(entries) - 1 // the folder itself is one
	}
	return f
}

// settled measures until nothing is left over from before any more, or the time is up: goroutines of closed connections take a moment.
func settled(before Footprint, patience time.Duration) Footprint {
	end := time.Now().Add(patience)
	for {
		f := footprint()
		if !f.leaks(before) || time.Now().After(end) {
			return f
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// slack is how much more live memory is no leak: what the runtime and package net keep once they have been busy.
const slack = 4 << 20

// leaks reports whether there is more than before.
func (f Footprint) leaks(before Footprint) bool {
	return f.Goroutines > before.Goroutines || f.Files > before.Files || f.Heap > before.Heap+slack
}
