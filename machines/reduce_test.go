package machines_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/fsm"
)

// reducedCounts pins how many joint states are explored with all reductions, where that is fewer.
var reducedCounts = map[string]int{
	"wukongim/before.ProxyCrash": 331,
	"wukongim/before.LeaderMove": 63,
	"wukongim/after.Calm":        94,
	"wukongim/after.Batch":       142,
	"wukongim/after.Outbox":      226,
	"wukongim/after.Goroutines":  121,
	"wukongim/after.Lossy":       188,
	"wukongim/after.LeaderMove":  3871,
	"wukongim/after.TwoUsers":    29579,
	"wukongim/v3.TermChange":     1306,
	"wukongim/v3.OwnerCrash":     538,
	"wukongim/repaired.Clock":    1356,
	"wukongim/repaired.Embedded": 5,
}

// TestReductionsKeepVerdicts: with reductions, every spec here has the same verdicts by as short runs, and what no run does
// is the same.
func TestReductionsKeepVerdicts(t *testing.T) {
	for _, folder := range folders {
		for _, plain := range checked(t, folder) {
			sys, name := plain.System, folder+"."+plain.System.Name
			reduced, err := check.Run(context.Background(), sys, check.Options{Reduce: check.DefaultReductions})
			require.NoError(t, err)
			want, fewer := reducedCounts[name]
			if !fewer {
				want = counts[name]
			}
			require.Equal(t, want, reduced.Stats.States, "%s: %v", name, reduced.Stats.Reductions)
			for i, v := range reduced.Verdicts {
				was := plain.Verdicts[i]
				require.Equal(t, was.Result, v.Result, "%s: %s", name, v.Property.Name)
				require.Equal(t, was.Vacuous, v.Vacuous, "%s: %s", name, v.Property.Name)
				if v.Trace != nil {
					require.NoError(t, fsm.Replay(sys, v.Trace), "%s: %s", name, v.Property.Name)
				}
				if v.Trace != nil && v.Trace.Loop < 0 {
					require.Len(t, v.Trace.Steps, len(was.Trace.Steps), "%s: %s", name, v.Property.Name)
				}
			}
			for i, s := range reduced.Scenarios {
				require.Equal(t, plain.Scenarios[i].Result, s.Result, "%s: %s", name, s.Scenario.Name)
			}
			require.Equal(t, plain.Coverage.NeverEntered, reduced.Coverage.NeverEntered, name)
			require.Equal(t, plain.Coverage.NeverTaken, reduced.Coverage.NeverTaken, name)
		}
	}
}
