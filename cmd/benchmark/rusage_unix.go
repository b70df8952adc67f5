//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
	"time"
)

// peakBytes is the most memory that a process that has ended had at once, or that one that it waited for had.
func peakBytes(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(usage.Maxrss) // in bytes there
	}
	return int64(usage.Maxrss) << 10
}

// childrenSeconds is the CPU time of the processes that this one has started and waited for; 0: not known.
func childrenSeconds() float64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_CHILDREN, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}
