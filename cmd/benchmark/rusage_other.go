//go:build !unix

package main

import "os"

// peakBytes is not known here.
func peakBytes(*os.ProcessState) int64 { return 0 }

// childrenSeconds is not known here.
func childrenSeconds() float64 { return 0 }
