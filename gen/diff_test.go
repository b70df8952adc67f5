package gen

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestLineEditsTurnOneTextIntoTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 12)
		a, b := lines.Draw(t, "a"), lines.Draw(t, "b")
		var from, to []string
		changes := 0
		for _, e := range lineEdits(a, b) {
			if e.op != '+' {
				from = append(from, e.line)
			}
			if e.op != '-' {
				to = append(to, e.line)
			}
			if e.op != ' ' {
				changes++
			}
		}
		require.Equal(t, strings.Join(a, "\n"), strings.Join(from, "\n"))
		require.Equal(t, strings.Join(b, "\n"), strings.Join(to, "\n"))
		require.Equal(t, len(a)+len(b)-2*common(a, b), changes, "not the fewest edits")
	})
}

// common is the length of the longest common subsequence, by its definition.
func common(a, b []string) int {
	best := make([][]int, len(a)+1)
	for i := range best {
		best[i] = make([]int, len(b)+1)
	}
	for i := range a {
		for j := range b {
			best[i+1][j+1] = max(best[i][j+1], best[i+1][j])
			if a[i] == b[j] {
				best[i+1][j+1] = best[i][j] + 1
			}
		}
	}
	return best[len(a)][len(b)]
}

func TestUnifiedBreaksIntoHunks(t *testing.T) {
	numbers := strings.Split("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20", " ")
	old := strings.Join(numbers, "\n") + "\n"
	numbers[1], numbers[15] = "two", "sixteen"
	require.Equal(t, `--- f
+++ f
@@ -1,5 +1,5 @@
 1
-2
+two
 3
 4
 5
@@ -13,7 +13,7 @@
 13
 14
 15
-16
+sixteen
 17
 18
 19
`, unified("f", old, strings.Join(numbers, "\n")+"\n"))
	require.Empty(t, unified("f", old, old))
}

func TestUnifiedGivesUpOnTooMuch(t *testing.T) {
	old, text := strings.Repeat("a\n", maxEdits), strings.Repeat("b\n", maxEdits)
	d := unified("f", "same\n"+old+"same\n", "same\n"+text+"same\n")
	require.Equal(t, maxEdits, strings.Count(d, "\n-a"))
	require.Equal(t, maxEdits, strings.Count(d, "\n+b"))
	require.Equal(t, 2, strings.Count(d, "\n same"))
}
