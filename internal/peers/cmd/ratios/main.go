// Command ratios measures everybody's machines and prints the time of an event and its ratio to the nested switch on legal events, in
// one run, for docs/performance.md.
//
//	go run ./cmd/ratios
//
// The time is that of the processor, user and system, garbage collection included. All subjects take turns in many short rounds, and
// of each the fastest round counts: what else the computer does makes rounds slower, never faster.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"interlock/internal/peers"
	"interlock/internal/peers/connection"
	"interlock/internal/peers/effects"
	"interlock/internal/peers/pair"
	"interlock/internal/peers/wide"
)

func main() {
	rounds := flag.Int("rounds", 40, "how often each subject is measured; the fastest counts")
	only := flag.String("only", "", "measure the contests whose name contains this")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	for _, c := range peers.Contests() {
		if strings.Contains(c.Name, *only) {
			contest(c, *rounds)
		}
	}
	fmt.Println("bytes of an instance")
	fmt.Printf("  connection %d, wide %d, connection with effects %d, pair %d, cell of a pair %d\n", unsafe.Sizeof(connection.Connection{}),
		unsafe.Sizeof(wide.Wide{}), unsafe.Sizeof(effects.Connection{}), unsafe.Sizeof(pair.Pair{}), unsafe.Sizeof(pair.PairCell{}))
}

// entry is a subject on a stream.
type entry struct {
	stream, name string
	run          func() int
	runs         int // in a round
	best         time.Duration
	allocated    uint64
}

// contest measures one contest and prints its table.
func contest(c peers.Contest, rounds int) {
	streams := peers.NewStreams(c, peers.Length, 1)
	var entries []*entry
	for _, stream := range c.Streams {
		for _, s := range c.Subjects {
			if run := s.Drive(streams[stream]); run != nil {
				entries = append(entries, &entry{stream: stream, name: s.Name, run: run, best: time.Hour})
			}
		}
	}
	for _, e := range entries {
		e.warm()
	}
	for range rounds {
		for _, e := range entries {
			e.round()
		}
	}
	fmt.Println(c.Name)
	measure := entries[0]
	for _, e := range entries {
		fmt.Printf("  %-8s %-40s %9.2f ns  %8.3f  %4d B\n", e.stream, e.name, e.nanoseconds(), e.nanoseconds()/measure.nanoseconds(), e.allocated)
	}
}

// warm finds out how many runs make a round of some milliseconds, and what an event allocates.
func (e *entry) warm() {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	e.run()
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	e.allocated = (after.TotalAlloc - before.TotalAlloc) / peers.Length
	e.runs = max(1, int(4*time.Millisecond/max(took, 1)))
}

func (e *entry) round() {
	start := processor()
	for range e.runs {
		e.run()
	}
	e.best = min(e.best, (processor()-start)/time.Duration(e.runs))
}

// nanoseconds of an event.
func (e *entry) nanoseconds() float64 { return float64(e.best.Nanoseconds()) / peers.Length }

// processor is the time that the process has had.
func processor() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		fmt.Fprintln(os.Stderr, "ratios:", err)
		os.Exit(1)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
