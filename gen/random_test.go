package gen

import (
	"fmt"
	"math/rand"
	"testing"

	"interlock/internal/randspec"
)

// seeds is how many random specs are tried: a few of them in a short test.
func seeds(n int) int {
	if testing.Short() {
		return n / 2
	}
	return n
}

// Random specs with everything in them that an atomic system may have; wild ones leave ranges and meet unexpected messages,
// which generated code must refuse.
func TestRandomSpecsMeanWhatTheReferenceDoes(t *testing.T) {
	m := newModule(t)
	for seed := range seeds(12) {
		random := rand.New(rand.NewSource(int64(seed)))
		text := randspec.Text(random.Intn, randspec.Options{Atomic: true, Joints: true, Arrays: true, Free: seed%3 == 1, Nested: true, Wild: seed%2 == 0, Assumes: seed%4 == 3})
		m.add(t, fmt.Sprintf("random%d", seed), compile(t, fmt.Sprintf("random%d", seed), text))
		m.write(t, fmt.Sprintf("random%d/random.fsm", seed), text)
	}
	m.compare(t)
}
