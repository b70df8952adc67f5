package gen

import (
	"fmt"
	"math/rand"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/internal/randspec"
	"interlock/spec"
)

// The repaired connections and random machines with durable variables come up after a crash as they do in the reference: in
// every state, with the same variables, timers and effects. (Each other kind of variable is in testdata/specs/restart.fsm.)
func TestRestartsMeanWhatTheReferenceDoes(t *testing.T) {
	m := newModule(t)
	sources, err := spec.Load(filepath.Join("..", "machines", "wukongim", "repaired"))
	require.NoError(t, err)
	repaired, diagnostics := spec.Compile(sources, nil)
	require.NotNil(t, repaired, "%v", diagnostics)
	m.add(t, "repaired", repaired)
	for seed := range seeds(8) {
		random := rand.New(rand.NewSource(int64(seed)))
		name := fmt.Sprintf("restart%d", seed)
		text := randspec.Text(random.Intn, randspec.Options{Atomic: true, Faults: true, Free: seed%2 == 1, Nested: true, Wild: seed%3 == 0})
		m.add(t, name, compile(t, name, text))
		m.write(t, name+"/"+name+".fsm", text)
	}
	m.compare(t)
}

// A restart needs no constructor of its own where a new machine is the same.
func TestOnlyMachinesThatNoticeARestartHaveOne(t *testing.T) {
	_, text, err := build(compile(t, "few", `fsm 1
spec few
machine Bare {
	input Go
	ghost var g bool
	durable ghost var h bool
	initial state A { on Go { g = true } }
}
machine Kept {
	input Go
	durable var n 0..2
	initial state A { on Go { n = 1 } }
}
`), nil, Options{})
	require.NoError(t, err)
	require.NotContains(t, string(text), "RestartBare")
	require.NotContains(t, string(text), "BareDurable")
	require.Contains(t, string(text), "func RestartKept(durable KeptDurable) (Kept, KeptEffects, error) {")
}
