package gen

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a guard or a branch has asked is not checked again, and what they have not asked is: not of other variables, not behind an
// assignment. That both kinds of code mean the same is held against the reference, like all generated code.
func TestGuardsMakeChecksNeedless(t *testing.T) {
	for _, c := range []struct {
		name, transitions string
		checked, overlaps bool
	}{
		{name: "nothing is known", transitions: "on A(n) { x = x + n }", checked: true},
		{name: "the guard bounds the sum", transitions: "on A(n) when x + n <= 7 { x = x + n }"},
		{name: "not tightly enough", transitions: "on A(n) when x + n <= 8 { x = x + n }", checked: true},
		{name: "one of two conditions does", transitions: "on A(n) when y == 1 && x < 7 { x = x + 1 }"},
		{name: "only either of them", transitions: "on A(n) when y == 1 || x < 7 { x = x + 1 }", checked: true},
		{name: "another variable", transitions: "on A(n) when y < 7 { x = x + 1 }", checked: true},
		{name: "two variables that are bound to each other", transitions: "on A(n) when x < y { x = x + 1; y = y - 1 }", checked: true},
		{name: "at once", transitions: "on A(n) when x < y { x, y = x + 1, y - 1 }"},
		{name: "written since", transitions: "on A(n) when x < 7 { x = n; x = x + 1 }", checked: true},
		{name: "perhaps written since", transitions: "on A(n) when x < 7 { if n > 0 { x = 7 }; x = x + 1 }", checked: true},
		{name: "inside a branch", transitions: "on A(n) when x < 7 { if n > 0 { x = x + 1 } }"},
		{name: "by a branch", transitions: "on A(n) { if x > 0 { x = x - 1 } else { x = x + 1 } }"},
		{name: "behind a branch", transitions: "on A(n) { if x > 0 { y = 1 }; x = x - 1 }", checked: true},
		{name: "by the guard that did not hold", transitions: "on A(n) when x == 7\non A(n) else { x = x + 1 }"},
		{name: "an index", transitions: "on A(n) when n < 3 { row[n + 1] = 1 }"},
		{name: "an index too many", transitions: "on A(n) when n < 4 { row[n + 1] = 1 }", checked: true},
		{name: "two guards apart", transitions: "on A(n) when x < 3\non A(n) when x > 3 { y = 0 }"},
		{name: "two guards that meet", transitions: "on A(n) when x < 4\non A(n) when x > 2 { y = 0 }", overlaps: true},
		{name: "two guards about different things", transitions: "on A(n) when x < 4\non A(n) when y > 4 { y = 0 }", overlaps: true},
		{name: "values that are too many to try", transitions: "on A(n) when wide + n <= 9999 { wide = wide + n }", checked: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := compile(t, "facts", "fsm 1\nspec facts\nmachine M {\nvar x 0..7\nvar y 0..7\nvar row [4]0..1\nvar wide 0..9999\ninput A(n 0..7)\n"+
				"initial state S {\n"+c.transitions+"\n}\n}\nsystem T {\nm M\n}\n")
			_, text, err := build(s, nil, Options{})
			require.NoError(t, err)
			require.Equal(t, c.checked, strings.Contains(string(text), "bad.Failed()"), "a value is checked:\n%s", text)
			require.Equal(t, c.overlaps, strings.Contains(string(text), "CauseOverlap"), "an overlap is checked")
		})
	}
}
