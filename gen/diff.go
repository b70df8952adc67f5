package gen

import (
	"fmt"
	"slices"
	"strings"
)

const (
	diffContext = 3
	maxEdits    = 1500 // beyond these, everything between the common ends is told as replaced
)

// edit is one line of a difference: kept (' '), taken out ('-') or put in ('+').
type edit struct {
	op   byte
	line string
}

// unified is the difference of two texts in the unified format; "" if there is none.
func unified(name, old, new string) string {
	edits := lineEdits(splitLines(old), splitLines(new))
	var b strings.Builder
	oldLine, newLine := 1, 1
	for i := 0; i < len(edits); {
		if edits[i].op == ' ' {
			oldLine++
			newLine++
			i++
			continue
		}
		from := max(0, i-diffContext)
		to := hunkEnd(edits, i)
		if b.Len() == 0 {
			fmt.Fprintf(&b, "--- %s\n+++ %s\n", name, name)
		}
		hunk := edits[from:to]
		back := i - from
		fmt.Fprintf(&b, "@@ -%s +%s @@\n", extent(oldLine-back, hunk, '+'), extent(newLine-back, hunk, '-'))
		for _, e := range hunk {
			b.WriteByte(e.op)
			b.WriteString(e.line)
			b.WriteByte('\n')
		}
		for _, e := range edits[i:to] {
			if e.op != '+' {
				oldLine++
			}
			if e.op != '-' {
				newLine++
			}
		}
		i = to
	}
	return b.String()
}

// Unified is the difference of two texts of a file in the unified format; "" if there is none.
func Unified(name, old, new string) string { return unified(name, old, new) }

// hunkEnd is where a hunk ends that has a change at i: when enough lines are the same.
func hunkEnd(edits []edit, i int) int {
	same := 0
	for ; i < len(edits); i++ {
		if edits[i].op != ' ' {
			same = 0
			continue
		}
		if same++; same > 2*diffContext {
			return i - diffContext
		}
	}
	return i - max(0, same-diffContext)
}

// extent is the place and length of a hunk in one of the texts: lines with the operation of the other are not in it.
func extent(start int, hunk []edit, other byte) string {
	n := 0
	for _, e := range hunk {
		if e.op != other {
			n++
		}
	}
	if n == 0 {
		start--
	}
	return fmt.Sprintf("%d,%d", start, n)
}

func splitLines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// lineEdits turns a into b.
func lineEdits(a, b []string) []edit {
	var head, tail []edit
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		head = append(head, edit{' ', a[0]})
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		tail = append(tail, edit{' ', a[len(a)-1]})
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	slices.Reverse(tail)
	return slices.Concat(head, shortest(a, b), tail)
}

// shortest finds the fewest edits, after E. Myers, "An O(ND) difference algorithm and its variations" (1986). reach[k] is how
// far down a the best path on diagonal k gets.
func shortest(a, b []string) []edit {
	limit := min(len(a)+len(b), maxEdits)
	var rounds [][]int
	reach := make([]int, 2*limit+3)
	at := func(k int) *int { return &reach[k+limit+1] }
	for d := 0; d <= limit; d++ {
		for k := -d; k <= d; k += 2 {
			x := 0
			if d > 0 {
				if k == -d || k != d && *at(k - 1) < *at(k + 1) {
					x = *at(k + 1)
				} else {
					x = *at(k - 1) + 1
				}
			}
			for x < len(a) && x-k < len(b) && x-k >= 0 && a[x] == b[x-k] {
				x++
			}
			*at(k) = x
			if x >= len(a) && x-k >= len(b) {
				return backtrack(a, b, append(rounds, slices.Clone(reach)), limit)
			}
		}
		rounds = append(rounds, slices.Clone(reach))
	}
	var edits []edit
	for _, line := range a {
		edits = append(edits, edit{'-', line})
	}
	for _, line := range b {
		edits = append(edits, edit{'+', line})
	}
	return edits
}

// backtrack walks from the end to the beginning through what each round reached.
func backtrack(a, b []string, rounds [][]int, limit int) []edit {
	var edits []edit
	x, y := len(a), len(b)
	for d := len(rounds) - 1; d > 0; d-- {
		before := func(k int) int { return rounds[d-1][k+limit+1] }
		k := x - y
		down := k == -d || k != d && before(k-1) < before(k+1)
		from := k + 1
		if !down {
			from = k - 1
		}
		fx, fy := before(from), before(from)-from
		start := fx + 1 // where the lines that are the same begin
		if down {
			start = fx
		}
		for ; x > start; x-- {
			edits = append(edits, edit{' ', a[x-1]})
		}
		if down {
			edits = append(edits, edit{'+', b[fy]})
		} else {
			edits = append(edits, edit{'-', a[fx]})
		}
		x, y = fx, fy
	}
	for x > 0 {
		x--
		edits = append(edits, edit{' ', a[x]})
	}
	slices.Reverse(edits)
	return edits
}
