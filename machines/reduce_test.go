package machines_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
)

// reducedCounts pins how many joint states are explored with all reductions, for the systems in which these find anything
// to do. The search without them must come to the same verdicts by as short runs.
var reducedCounts = map[string]int{}

func TestReductionsKeepVerdicts(t *testing.T) {
	for _, folder := range folders {
		for _, plain := range checked(t, folder) {
			name := folder + "." + plain.System.Name
			reduced, err := check.Run(context.Background(), plain.System, check.Options{Reduce: check.AllReductions})
			require.NoError(t, err)
			t.Logf("%q: %d, // of %d %v", name, reduced.Stats.States, plain.Stats.States, reduced.Stats.Reductions)
		}
	}
}
