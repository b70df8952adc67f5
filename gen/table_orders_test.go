package gen

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/internal/randspec"
)

// Machines whose effects are the same for a state and an event, but for what they hand on, give them as codes; compared with the
// reference in a spec without a joint machine, which would list them one by one. Those with guards or timers among them are
// compared too, as what they are.
func TestOrderTablesMeanWhatTheReferenceDoes(t *testing.T) {
	m := newModule(t)
	plain, handing, other, general := 0, 0, 0, 0
	for _, seed := range []int{0, 1, 2, 4, 7, 13, 16, 19, 22, 25}[:seeds(10)] {
		random := rand.New(rand.NewSource(int64(seed)))
		text := randspec.Moves(random.Intn, randspec.MoveOptions{Effects: true, Bare: seed%3 == 2, Answers: seed%2 == 1, Guards: seed%5 == 4, Timers: seed%7 == 6})
		text = text[:strings.Index(text, "system S {")]
		name := fmt.Sprintf("orders%d", seed)
		for _, machine := range m.add(t, name, compile(t, name, text)).machines {
			switch {
			case machine.table == nil:
				general++
			case machine.table.handsOn():
				handing++
			case machine.table.plain:
				plain++
			default:
				other++
			}
		}
	}
	require.NotZero(t, plain)
	require.NotZero(t, handing)
	require.NotZero(t, other)
	require.NotZero(t, general)
	m.compare(t)
}

// What is not always the same is not read as if it were.
func TestReadOrder(t *testing.T) {
	e := &event{args: []arg{{name: "why", field: "Why"}, {name: "n", field: "N"}}}
	for _, c := range []struct {
		text string
		want order
	}{
		{"out.more().Kind = MDoTell\nrest", order{[]string{"Kind"}, []string{"MDoTell"}, []bool{false}}},
		{"at = out.more()\nat.Kind, at.Why = MDoSay, WhyLost\nrest", order{[]string{"Kind", "Why"}, []string{"MDoSay", "WhyLost"}, []bool{false, false}}},
		{"at = out.more()\nat.Kind, at.X = MDoSay, -7\nrest", order{[]string{"Kind", "X"}, []string{"MDoSay", "-7"}, []bool{false, false}}},
		{"at = out.more()\nat.Kind, at.Why, at.X = MDoSay, why, uint16(n)\nrest", order{[]string{"Kind", "Why", "X"},
			[]string{"MDoSay", "e.given.Why", "uint16(e.given.N)"}, []bool{false, true, true}}},
	} {
		o, rest, found, ok := readOrder(e, c.text)
		require.True(t, found && ok, c.text)
		require.Equal(t, "rest", rest)
		require.Equal(t, c.want, o)
	}
	for _, text := range []string{
		"at = out.more()\nat.Kind, at.X = MDoSay, n+1\n",
		"at = out.more()\nat.Kind, at.X = MDoSay, uint8(m.x)\n",
		"at = out.more()\nat.Kind, at.X = MDoSay, uint8(x)\n",
		"at = out.more()\nat.Kind, at.X = MDoSay, f(n, 1)\n",
	} {
		_, _, _, ok := readOrder(e, text)
		require.False(t, ok, text)
	}
	for _, text := range []string{"", "m.state = A\nreturn fsm.CauseNone\n", "if n > 0 {\nout.more().Kind = MDoTell\n}\n"} {
		_, rest, found, ok := readOrder(e, text)
		require.True(t, ok && !found && rest == text, text)
	}
}
