//go:build !linux && !darwin

package main

import "os"

// terminalColumns says whether f is a terminal; its width is not known.
func terminalColumns(f *os.File) (columns int, ok bool) {
	info, err := f.Stat()
	return 0, err == nil && info.Mode()&os.ModeCharDevice != 0
}
