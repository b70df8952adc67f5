package main

import (
	"io"
	"os"
	"strconv"
)

// file is the file that w writes to, if it is one.
func file(w io.Writer) (*os.File, bool) {
	if o, ok := w.(*output); ok {
		w = o.w
	}
	f, ok := w.(*os.File)
	return f, ok
}

// isTerminal reports whether w is a terminal that draws what it is sent.
func isTerminal(w io.Writer) bool {
	f, ok := file(w)
	if !ok || os.Getenv("TERM") == "dumb" {
		return false
	}
	_, ok = terminalColumns(f)
	return ok
}

// inColour reports whether text for w is coloured: on a terminal, unless NO_COLOR is set.
func inColour(w io.Writer) bool { return isTerminal(w) && os.Getenv("NO_COLOR") == "" }

// columnsOf is the width of what w is shown on: COLUMNS where it is set, the terminal's own, 100 where there is none.
func columnsOf(w io.Writer) int {
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	if f, ok := file(w); ok {
		if n, ok := terminalColumns(f); ok && n > 0 {
			return n
		}
	}
	return 100
}
