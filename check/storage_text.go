package check

import (
	"fmt"
	"math"
	"strconv"
)

// files tells where the states are, if they are in files, and how to go on; or what was kept of them.
func (p *printer) files(st *Stats) {
	if st.Fingerprints && p.report.Missed == 0 {
		p.field(plain, "", "by fingerprints that are as wide as a state: none was missed")
	} else if st.Fingerprints {
		p.field(yellow, "", "by fingerprints of 64 bits: "+Odds(p.report.Missed))
	}
	if st.Dir == "" {
		return
	}
	text := grouped(int(st.Stored/1000)) + " kB of states in " + st.Dir
	if st.Resumed {
		text += ", from a checkpoint on"
	}
	p.field(plain, "", text)
	switch {
	case p.report.Complete || p.report.Reason == decided:
	case st.Saved:
		p.field(plain, "", "the same command goes on from the last checkpoint there")
	default:
		p.field(plain, "", "there is no checkpoint yet: the same command begins again")
	}
}

// unless is the remark on a verdict that a missed state might change: one without a run that shows it.
func (p *printer) unless(v *Verdict) string {
	if p.report.Missed == 0 || v.Trace != nil || v.Result == Unknown {
		return ""
	}
	return "unless a state was missed: 1 in " + oneIn(p.report.Missed)
}

// Odds says, for people, how likely it is at most that a state was missed: see Report.Missed.
func Odds(missed float64) string {
	return fmt.Sprintf("odds of at most 1 in %s that a state was missed", oneIn(missed))
}

// oneIn is the inverse of a probability, in two digits, rounded down.
func oneIn(p float64) string {
	n := 1 / p
	if n < 10 {
		return strconv.FormatFloat(math.Floor(n*10)/10, 'f', -1, 64)
	}
	scale := math.Pow(10, math.Floor(math.Log10(n))-1)
	n = math.Floor(n/scale) * scale
	if n < 1e15 {
		return grouped(int(n))
	}
	return strconv.FormatFloat(n, 'g', 2, 64)
}
