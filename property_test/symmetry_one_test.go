package property

import (
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/spec"
)

// An array of one element has nothing to exchange, and the report says nothing of symmetry.
func TestSymmetryOfOneIsNotTold(t *testing.T) {
	const text = `fsm 1
spec lamps
const N = 2
machine Lamp {
	input Press
	initial final state Off { on Press -> On }
	final state On { on Press -> Off }
}
system Hall {
	lamp[N] Lamp
}
`
	for n, told := range map[string][]check.Reduction{"1": nil, "2": {{By: check.Symmetry, Of: "lamp (2!)"}}} {
		s, diagnostics := spec.Compile([]spec.Source{{Name: "lamps.fsm", Text: []byte(text)}}, map[string]string{"N": n})
		require.Empty(t, diagnostics)
		r, err := check.Run(t.Context(), s.Systems[0], check.Options{Reduce: check.Symmetry})
		require.NoError(t, err)
		require.Equal(t, told, r.Stats.Reductions, "N is %s", n)
	}
}
