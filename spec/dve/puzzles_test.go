package dve

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/fsm"
)

// The puzzles here are written as people write them in DVE: one process, boards in arrays, places worked out in indices. Arithmetic says how
// large they are.

// hanoi is the tower of n discs: pegs are stacks.
func hanoi(n int) string {
	var discs []string
	for i := range n {
		discs = append(discs, fmt.Sprint(n-i))
	}
	text := fmt.Sprintf("byte p0[%d] = {%s}, p1[%d], p2[%d], n0 = %d, n1, n2;\nprocess Hanoi { state q; init q; trans\n", n, strings.Join(discs, ", "), n, n, n)
	for from := range 3 {
		for to := range 3 {
			if from != to {
				text += strings.NewReplacer("F", fmt.Sprint(from), "T", fmt.Sprint(to)).Replace(
					"q -> q { guard nF > 0 and (nT == 0 or pT[nT - 1] > pF[nF - 1]); effect pT[nT] = pF[nF - 1], pF[nF - 1] = 0, nT = nT + 1, nF = nF - 1; },\n")
			}
		}
	}
	return strings.TrimSuffix(text, ",\n") + ";\n}\nsystem async;\n"
}

// sliding is the puzzle of tiles in a frame with a hole, where the tile beside it moves.
func sliding(width, height int) string {
	var tiles []string
	for i := range width * height {
		tiles = append(tiles, fmt.Sprint((i+1)%(width*height)))
	}
	text := fmt.Sprintf("byte a[%d] = {%s}, x = %d, y = %d;\nprocess Move { state q; init q; trans\n", width*height, strings.Join(tiles, ", "), width-1, height-1)
	for _, m := range [][3]string{{"x > 0", "y * W + x - 1", "x = x - 1"}, {"x < W - 1", "y * W + x + 1", "x = x + 1"},
		{"y > 0", "(y - 1) * W + x", "y = y - 1"}, {"y < H - 1", "(y + 1) * W + x", "y = y + 1"}} {
		text += fmt.Sprintf("q -> q { guard %s; effect a[y * W + x] = a[%s], %s, a[y * W + x] = 0; },\n", m[0], m[1], m[2])
	}
	text = strings.NewReplacer("W", fmt.Sprint(width), "H", fmt.Sprint(height)).Replace(text)
	return strings.TrimSuffix(text, ",\n") + ";\n}\nsystem async;\n"
}

// frogs are n on each side of a gap, who go forward or leap over one.
func frogs(n int) (text, goal string) {
	at := func(i int) string { return fmt.Sprintf("a[%d]", i) }
	first, last := strings.Repeat("1, ", n)+"0"+strings.Repeat(", 2", n), []string{}
	text = fmt.Sprintf("byte a[%d] = {%s};\nprocess Frogs { state q; init q; trans\n", 2*n+1, first)
	for i := range 2*n + 1 {
		for frog, way := range map[int]int{1: 1, 2: -1} { // the order of steps does not matter
			if k := i + way; 0 <= k && k <= 2*n {
				text += fmt.Sprintf("q -> q { guard %s == %d and %s == 0; effect %s = 0, %s = %d; },\n", at(i), frog, at(k), at(i), at(k), frog)
			}
			if k := i + 2*way; 0 <= k && k <= 2*n {
				text += fmt.Sprintf("-> q { guard %s == %d && %s != 0 && not %s; effect %s = 0, %s = %d; },\n", at(i), frog, at(i+way), at(k), at(i), at(k), frog)
			}
		}
		if i != n {
			last = append(last, fmt.Sprintf("%s == %d", at(i), map[bool]int{true: 2, false: 1}[i < n]))
		}
	}
	return strings.TrimSuffix(text, ",\n") + ";\n}\nsystem async;\n", strings.Join(last, " && ")
}

// TestPuzzles: 3^n positions of a tower, 2^n-1 moves to the farthest, and of all moves there are three for each position but the three with all
// on one peg, which have two; half of all orders of eight tiles and a hole, the farthest 31 moves away; n(n+2) moves for the frogs.
func TestPuzzles(t *testing.T) {
	for _, c := range []struct {
		text                  string
		states, edges, levels int
	}{
		{hanoi(3), 27, 3*27 - 3, 8},
		{hanoi(8), 6561, 3*6561 - 3, 256},
		{sliding(3, 2), 360, 840, 22},
		{sliding(3, 3), 181440, 483840, 32},
	} {
		stats := explore(t, mustImport(t, c.text)).Stats
		require.Equal(t, [3]int{c.states, c.edges, c.levels}, [3]int{stats.States, stats.Transitions, stats.Depth + 1}, c.text)
	}
	for n := 1; n <= 5; n++ {
		text, goal := frogs(n)
		report := explore(t, mustImport(t, text, Property{"crossed", fsm.Reachable, goal, ""}))
		require.Equal(t, check.Holds, report.Verdicts[0].Result)
		require.Len(t, report.Verdicts[0].Trace.Steps, n*(n+2))
	}
}
