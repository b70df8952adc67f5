package main

import (
	"fmt"
	"io"
	"time"

	"interlock/check"
)

// progress tells how far a search has come: on a terminal one line that is redrawn, elsewhere a line now and then. It goes by
// the search's own clock.
type progress struct {
	w        io.Writer
	terminal bool
	columns  int // of the terminal
	system   string
	last     time.Duration
	shown    bool
}

// How often progress is told.
const (
	redraw    = 200 * time.Millisecond
	patience  = 500 * time.Millisecond // nothing is told of a search that is over by then
	everyLine = 10 * time.Second
)

// tell is for check.Options.Progress.
func (p *progress) tell(now check.Progress) {
	if now.Elapsed < p.last {
		p.last = 0 // another stage, another clock
	}
	wait := everyLine
	if p.terminal {
		wait = redraw
		if !p.shown {
			wait = patience
		}
	}
	if now.Elapsed-p.last < wait {
		return
	}
	p.last, p.shown = now.Elapsed, true
	rate := 0.0
	if s := now.Elapsed.Seconds(); s > 0 {
		rate = float64(now.States) / s
	}
	line := fmt.Sprintf("%s: %s: %s states, %s/s, %s waiting, depth %d, %s", p.system, now.Stage, short(float64(now.States)),
		short(rate), short(float64(now.Queue)), now.Depth, now.Elapsed.Round(time.Second))
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s", line[:min(len(line), max(p.columns-1, 20))])
	} else {
		fmt.Fprintln(p.w, line)
	}
}

// clear takes the line away before something else is written.
func (p *progress) clear() {
	if p.shown && p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
	p.shown = false
}

// short writes a number with three digits: "12.3M".
func short(n float64) string {
	for _, unit := range []string{"", "k", "M"} {
		if n < 999.5 {
			if n >= 99.95 || unit == "" {
				return fmt.Sprintf("%.0f%s", n, unit)
			}
			return fmt.Sprintf("%.3g%s", n, unit)
		}
		n /= 1000
	}
	return fmt.Sprintf("%.3gG", n)
}
