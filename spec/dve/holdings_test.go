package dve

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/spec"
)

// TestHoldings: a variable takes no more bits than what is assigned to it needs, unless a value could leave its type.
func TestHoldings(t *testing.T) {
	for _, c := range []struct{ text, hold string }{
		{"byte x, y = 7;" + proc("P", "a -> b { effect x = 1; };"), "0..0 7..7 0..1 0..0"},
		{"int n = -1; byte t[3] = {2, 0, 5};" + proc("P", "a -> b { effect t[x] = n + 1, x = t[1]; };"), "-1..-1 0..5 0..5 0..0"},
		{"byte g;" + proc("P", "a -> b { effect x = (x + 1) % 3, y = x * 2, g = y; };"), "0..4 0..2 0..4"},
		{"byte g;" + proc("P", "a -> a { guard x < 3; effect x = x + 1; };"), "0..0 0..3 0..0"},
		{"byte g;" + proc("P", "a -> a { guard 200 > x and g >= 0; effect g = x, x = x + 2; }, a -> b { guard x > 3; effect y = x - 4; };"), "0..199 0..201 0..197"},
		{"byte g = 1;" + proc("P", "a -> b { guard x == g and y <= 4; effect x = y, y = x + 1, y = y + 1; };"), "1..1 0..4 0..255"},
		{"byte g; channel c;" + proc("P", "a -> b { guard g < 2 && x < 2; sync c!g; effect y = g, x = x + 1; };") + proc("Q", "a -> b { guard x == 0 && y < 5; sync c?x; effect g = x + y, y = x + 7; };"), "0..5 0..2 0..5 0..1 0..8"},
		{"byte g;" + proc("P", "a -> a { effect g = 300; };"), "0..255 0..0 0..0"},
		{"byte g; channel c;" + proc("P", "a -> b { sync c!4; }, b -> c { sync c!y - 1; };") + proc("Q", "a -> b { sync c?g; };"), "0..255 0..0 0..0 0..0 0..0"},
		{"byte g; channel c;" + proc("P", "a -> b { sync c!4; }, b -> c { sync c!y; };") + proc("Q", "a -> b { sync c?g; };"), "0..4 0..0 0..0 0..0 0..0"},
		{"byte g; channel {int} c[0];" + proc("P", "a -> b { sync c!4; };") + proc("Q", "a -> b { sync c?g; };"), "0..4 0..0 0..0 0..0 0..0"},
		{"int g; channel {byte} c[2];" + proc("P", "a -> b { sync c!4; };") + proc("Q", "a -> b { sync c?g; };"), "0..255 0..2 0..255 0..0 0..0 0..0 0..0"},
		{"const byte K[3] = {4, 9, 6}; byte g = 5;" + proc("P", "a -> a { effect g = K[x]; };"), "4..9 0..0 0..0"},
	} {
		var hold []string
		for _, v := range mustImport(t, c.text+"system async;").Systems[0].Vars {
			e := v.Type
			if e.Elem != nil {
				e = e.Elem
			}
			hold = append(hold, fmt.Sprintf("%d..%d", e.Lo, e.Hi))
		}
		require.Equal(t, c.hold, strings.Join(hold, " "), c.text)
	}
}

// TestHoldingsOfChains: who gets what another gets, and so on, is found out in some rounds; of a chain that is longer, all have
// their types.
func TestHoldingsOfChains(t *testing.T) {
	for length, last := range map[int]int64{6: 1, 100: 255} {
		text, trans := "byte v0 = 1", "a -> a { effect v0 = 0; }"
		for i := range length {
			text += fmt.Sprintf(", v%d", i+1)
			trans += fmt.Sprintf(",\na -> a { effect v%d = v%d; }", i+1, i)
		}
		s, diags := Import("x.dve", []byte(text+"; process P { state a; init a; trans "+trans+"; } system async;"))
		require.False(t, spec.HasErrors(diags))
		require.Equal(t, last, s.Systems[0].Vars[length].Type.Hi)
	}
}

// TestAsDeclared: asked for, variables have the types of the text; the joint states are the same.
func TestAsDeclared(t *testing.T) {
	text := []byte("byte g; int n = 3;" + proc("P", "a -> b { effect g = 1 - g, x = n; }, b -> a {};") + "system async;")
	narrow, _ := ImportAsking("x.dve", text, Questions{})
	wide, _ := ImportAsking("x.dve", text, Questions{AsDeclared: true})
	require.EqualValues(t, []int64{0, 1}, []int64{narrow.Systems[0].Vars[0].Type.Lo, narrow.Systems[0].Vars[0].Type.Hi})
	require.Equal(t, byteType, wide.Systems[0].Vars[0].Type)
	require.Equal(t, intType, wide.Systems[0].Vars[1].Type)
	counts := func(r *check.Report) []int { return []int{r.Stats.States, r.Stats.Transitions, r.Stats.Depth} }
	require.Equal(t, counts(explore(t, wide)), counts(explore(t, narrow)))
}
