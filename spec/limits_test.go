package spec

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// repeated writes a pattern with a number in it n times.
func repeated(n int, pattern string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, strings.ReplaceAll(pattern, "#", "%[1]d"), i)
	}
	return b.String()
}

// Sizes that take long texts to reach end in one diagnostic with the number in it, whatever else the text would make.
func TestLimitsOfLargeSpecs(t *testing.T) {
	head := "fsm 1\nspec large\n\n"
	one := "machine M {\n\tinput Go\n\tinitial state I { on Go -> J }\n\tstate J { on Go -> I }\n}\n\n"
	deep := repeated(maxExpansion+1, "predicate P#(x 0..3) = P%[1]d(x)\n")
	for i := range maxExpansion + 1 {
		deep = strings.Replace(deep, fmt.Sprintf("= P%d(x)", i), fmt.Sprintf("= Q%d(x)", i+1), 1)
	}
	deep = strings.ReplaceAll(deep, "= Q", "= P") + fmt.Sprintf("predicate P%d(x 0..3) = x == 0\n", maxExpansion+1)
	for name, text := range map[string]string{
		"more than 200000 transitions": repeated(450, "message A#\n") + "machine S {\n\tpeer m M\n\tinput Go\n\tinitial state I {\n\t\ton Go {\n" +
			repeated(450, "\t\t\tsend m A#\n") + "\t\t}\n\t}\n}\nmachine M {\n\tinitial state I\n" + repeated(450, "\tstate T#\n") +
			"\tignore other messages\n}\n",
		"more than 4096 links": "message A\n\nmachine M {\n\tpeer each[65] M\n\tinput Go\n\tinitial state I {\n\t\ton Go { for q in each { send q A } }\n" +
			"\t\tignore A\n\t}\n}\n\nsystem S {\n\tm[65] M(each = m)\n\tlink m -> m\n}\n",
		"more than 10000 joint transitions": one + "system S {\n\tm M\n\tjoint J(a in 0..99, b in 0..100) { m I -> J }\n}\n",
		"more than 10000 properties":        one + "system S {\n\tm M\n\tfor a in 0..99: for b in 0..100: reachable m in J\n}\n",
		"more than 100 deep":                deep,
	} {
		_, diags := Compile([]Source{{Name: "large.fsm", Text: []byte(head + text)}}, nil)
		require.Len(t, diags, 1, name)
		require.Equal(t, "limit", diags[0].Code)
		require.Contains(t, diags[0].Message, name)
	}
}

// Ten thousand transitions compile: nothing in the way grows with their square.
func TestTenThousandTransitions(t *testing.T) {
	text := "fsm 1\nspec large\n\n" + repeated(100, "message A#(n 0..7)\n") + "machine S {\n\tpeer m M\n\tinput Go\n\tinitial state I {\n\t\ton Go {\n" +
		repeated(100, "\t\t\tsend m A#(3)\n") + "\t\t}\n\t}\n}\nmachine M {\n\tvar x 0..7\n\tinitial state T\n"
	for i := range 100 {
		text += fmt.Sprintf("\tstate T%d {\n", i) + repeated(100, "\t\ton A#(n) when n > x -> T# { x = n }\n") + "\t\tignore other messages\n\t}\n"
	}
	text += "\tignore other messages\n}\nsystem S {\n\ts S\n\tm M\n\tlink s -> m\n}\n"
	spec, diags := Compile([]Source{{Name: "large.fsm", Text: []byte(text)}}, nil)
	require.Empty(t, diags)
	require.Len(t, spec.Machines[1].Transitions, 2*100*100+100)
}
