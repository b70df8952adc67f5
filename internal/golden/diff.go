package golden

import (
	"fmt"
	"strings"
)

const (
	contextLines = 3
	// maxCells bounds the table of the longest common subsequence, which has
	// one cell for each pair of lines; beyond it (about 3000 changed lines on
	// each side) the diff says "all of these became all of those".
	maxCells = 10 << 20
)

// Diff is a readable line diff: "-" for lines only in old, "+" for lines only
// in new, three lines round each change, and "@@ -line +line" before a stretch
// that does not follow the one before. It is empty if the texts are equal, and
// the shortest possible up to about 3000 changed lines.
func Diff(old, new string) string {
	if old == new {
		return ""
	}
	return render(edits(split(old), split(new)))
}

// edit is one line of a diff with the line numbers (from 1) it has, or would
// have, on both sides.
type edit struct {
	op       byte // ' ', '-' or '+'
	line     string
	old, new int
}

func split(s string) []string {
	var lines []string
	for line := range strings.Lines(s) {
		if bare, ok := strings.CutSuffix(line, "\n"); ok {
			lines = append(lines, bare)
		} else {
			lines = append(lines, line+" (no newline at the end)")
		}
	}
	return lines
}

func edits(a, b []string) []edit {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	common := suffixLengths(a[head:len(a)-tail], b[head:len(b)-tail])
	var out []edit
	i, j := 0, 0
	put := func(op byte, line string) {
		out = append(out, edit{op, line, i + 1, j + 1})
		if op != '+' {
			i++
		}
		if op != '-' {
			j++
		}
	}
	for i < head {
		put(' ', a[i])
	}
	for i < len(a)-tail || j < len(b)-tail {
		switch {
		case i == len(a)-tail:
			put('+', b[j])
		case j == len(b)-tail:
			put('-', a[i])
		case common == nil:
			put('-', a[i])
		case a[i] == b[j]:
			put(' ', a[i])
		case common[i-head+1][j-head] >= common[i-head][j-head+1]:
			put('-', a[i])
		default:
			put('+', b[j])
		}
	}
	for i < len(a) {
		put(' ', a[i])
	}
	return out
}

// suffixLengths[i][j] is the length of the longest common subsequence of a[i:]
// and b[j:], by the textbook recurrence; nil if the table would be too large.
func suffixLengths(a, b []string) [][]int32 {
	if (len(a)+1)*(len(b)+1) > maxCells {
		return nil
	}
	table := make([][]int32, len(a)+1)
	for i := range table {
		table[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	return table
}

func render(all []edit) string {
	near := make([]bool, len(all))
	for i, e := range all {
		if e.op == ' ' {
			continue
		}
		for k := max(0, i-contextLines); k <= min(len(all)-1, i+contextLines); k++ {
			near[k] = true
		}
	}
	var b strings.Builder
	for i, e := range all {
		if !near[i] {
			continue
		}
		if i == 0 || !near[i-1] {
			fmt.Fprintf(&b, "@@ -%d +%d\n", e.old, e.new)
		}
		fmt.Fprintf(&b, "%c%s\n", e.op, e.line)
	}
	return b.String()
}
