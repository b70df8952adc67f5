package property

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/check"
	"interlock/fsm"
	"interlock/internal/randspec"
)

// Fairness of all joint transitions together, which imported specs have, is decided as the obvious search decides it.
func TestSomeJointTransition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t, randspec.Options{Liveness: true, Joints: true})
		together := fsm.Fairness{Strong: rapid.Bool().Draw(t, "strong"), Instance: -1, Event: -1, Joint: -1}
		if !rapid.Bool().Draw(t, "beside others") {
			sys.Fair = nil
		}
		sys.Fair = append(sys.Fair, together)
		modest(t, sys)
		x := explore(t, sys, 2000)
		require.True(t, x.complete)
		if len(x.order) == 0 {
			t.Skip("no joint state")
		}
		report, err := check.Run(context.Background(), sys, check.Options{})
		require.NoError(t, err)
		for _, v := range report.Verdicts {
			if isLive(v.Property) {
				_, shown := x.shows[v.Property]
				agrees(t, sys, v, 0, shown)
			}
		}
	})
}
