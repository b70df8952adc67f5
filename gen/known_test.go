package gen

import (
	"fmt"
	"math/bits"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/internal/randspec"
)

// lamps is a system of so many lamps that count to a limit, with a timer each and a signed variable, and a joint transition.
func lamps(count, limit int) string {
	return fmt.Sprintf(`fsm 1
spec lamps
machine Lamp {
	var n -2..%d
	timer off 1s
	input Press(by 1..2)
	initial state Dark { on Press(by) -> Lit { start off; n = -2 } }
	final state Lit {
		exit { stop off }
		on Press(by) when n + by <= %d { n = n + by }
		on off -> Dark
	}
}
system Room {
	l[%d] Lamp
	joint Off(i in 0..%d) { l[i] Lit -> Dark }
}
`, limit, limit, count, count-1)
}

// knownOf plans the only system of a spec.
func knownOf(t *testing.T, text string) (*system, *knownSteps) {
	g := newModule(t).add(t, "planned", compile(t, "planned", text))
	if len(g.systems) == 0 {
		return nil, nil // it cannot start
	}
	return g.systems[0], g.systems[0].known
}

// The values that are known are those that steps lead to: the timer runs where the lamp is lit, and it keeps its number when it goes dark.
func TestKnownValues(t *testing.T) {
	s, k := knownOf(t, lamps(1, 2))
	require.NotNil(t, k)
	require.Equal(t, 4, k.rows) // two ways to press, a timer, a joint transition
	seen := map[uint64]bool{}
	for _, word := range k.words {
		seen[word] = true
	}
	require.Len(t, k.words, 5+5)
	require.Len(t, seen, len(k.words))
	for n := range uint64(5) { // control, n + 2, timer
		require.True(t, seen[1|n<<1|1<<4], n)
		require.True(t, seen[n<<1], n)
	}
	require.Equal(t, 5, s.width)
}

// What is known is what the reference does, with arguments of different meaning and of different ranges, and no other value is taken for one
// that is known.
func TestKnownStepsMeanWhatTheReferenceDoes(t *testing.T) {
	m := newModule(t)
	for count, limit := range map[int]int{1: 2, 2: -1} {
		name := fmt.Sprintf("lamps%d", count)
		g := m.add(t, name, compile(t, name, lamps(count, limit)))
		require.NotNil(t, g.systems[0].known, count)
	}
	m.compare(t)
}

// Where there are too many values or events, steps are not found beforehand.
func TestWhatIsTooManyIsNotKnown(t *testing.T) {
	for limit, want := range map[int]bool{2: true, 29: true, 30: false, 200: false} { // 2 × (limit + 3) values
		_, k := knownOf(t, lamps(1, limit))
		require.Equal(t, want, k != nil, limit)
	}
	_, k := knownOf(t, lamps(2, 2)) // 100 values
	require.Nil(t, k)
}

// Where the host is asked in many places, the combinations of its answers are not tried.
func TestWhatAsksTooOftenIsNotKnown(t *testing.T) {
	asking := func(places int) string {
		text := "fsm 1\nspec asking\nextern guard allowed(n 0..1)\nmachine M {\n\tinput Go(n 0..1)\n\tinitial state S0 { on Go(n) -> S1 }\n"
		for i := 1; i <= places; i++ {
			text += fmt.Sprintf("\tstate S%d { on Go(n) when allowed(n) -> S%d }\n", i, (i+1)%(places+1))
		}
		return text + "}\nsystem One {\n\tvar v 0..1\n\tm M\n\tjoint Flip { v = 1 - v }\n}\n"
	}
	for _, places := range []int{1, maxKnownAsked, maxKnownAsked + 1} {
		_, k := knownOf(t, asking(places))
		require.Equal(t, places <= maxKnownAsked, k != nil, places)
	}
}

// Every set of values finds places of its own, however the values lie.
func TestKnownPlaces(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for range 300 {
		k := &knownSteps{}
		width := 6 + random.Intn(43)
		values := map[uint64]bool{}
		for range 1 + random.Intn(maxKnownValues) {
			values[random.Uint64()>>(64-width)] = true
			values[uint64(len(values))] = true
		}
		for word := range values {
			k.words = append(k.words, word)
		}
		k.findPlaces()
		require.Equal(t, 1, bits.OnesCount(uint(k.places)))
		require.LessOrEqual(t, k.places, 64*len(k.words))
		taken := map[uint64]uint64{}
		for _, word := range k.words {
			at := k.place(word)
			require.Less(t, at, uint64(k.places))
			require.NotContains(t, taken, at)
			taken[at] = word
		}
	}
}

// Some random systems are known and some are not: so both kinds are held against the reference (TestRandomSpecsMeanWhatTheReferenceDoes), which
// also finds a value that steps lead to and that is not known.
func TestRandomSystemsAreKnown(t *testing.T) {
	found := map[bool]int{}
	for seed := range 20 {
		random := rand.New(rand.NewSource(int64(seed)))
		s, k := knownOf(t, randspec.Text(random.Intn, randspec.Options{Atomic: true, Joints: true, Arrays: true, Free: seed%3 == 1, Nested: true, Wild: seed%2 == 0}))
		if s != nil {
			found[k != nil]++
		}
	}
	require.Greater(t, found[true], 4)
	require.Greater(t, found[false], 2)
}
