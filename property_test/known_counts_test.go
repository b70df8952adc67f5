package property

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/fsm"
)

// counters is a system whose joint states can be counted on paper: machines that count to n and round, and know nothing of each
// other. With a pad in front, a state has two words.
func counters(t *testing.T, machines, n int, pad string) *fsm.System {
	return compile(t, "counters.fsm", fmt.Sprintf(`fsm 1
spec counters

machine Pad {
	%s
	initial final state On
}
machine Counter {
	var v 0..%d
	input Up
	initial final state On {
		on Up { v = (v + 1) %% %d }
	}
}
system S {
	pad Pad
	c[%d] Counter
	never all i in c: i.v == %d
}`, pad, n-1, n, machines, n-1)).Systems[0]
}

// Of a hundred thousand joint states, so many that parts of their hashes are alike, none is taken for another: numbers, steps and
// lengths are those that arithmetic says: where a state has one word, where a counter lies across two, and where the first of two is
// always the same; in process and compiled.
func TestKnownCounts(t *testing.T) {
	const machines, n, states = 4, 18, 18 * 18 * 18 * 18
	const pad = "var a%d 0..1048575\n\t" // 20 bits
	three := fmt.Sprintf(pad+pad+pad, 0, 1, 2)
	four := three + fmt.Sprintf(pad, 3)
	systems := []*fsm.System{counters(t, machines, n, ""), counters(t, machines, n, three), counters(t, machines, n, four)}
	if !testing.Short() {
		require.NoError(t, check.Prebuild(context.Background(), systems, nil))
	}
	for i, sys := range systems {
		for _, compiled := range []bool{false, true} {
			if compiled && testing.Short() {
				continue
			}
			report, err := check.Run(context.Background(), sys, check.Options{Compiled: compiled})
			require.NoError(t, err)
			require.Equal(t, compiled, report.Stats.Compiled, report.Stats.NotCompiled)
			require.Greater(t, report.Stats.StateBits, 64*min(i, 1))
			require.Equal(t, states, report.Stats.States)
			require.Equal(t, machines*states, report.Stats.Transitions)
			require.Equal(t, machines*(n-1), report.Stats.Depth)
			require.Equal(t, check.Violated, report.Verdicts[0].Result)
			require.Len(t, report.Verdicts[0].Trace.Steps, machines*(n-1))
			require.NoError(t, fsm.Replay(sys, report.Verdicts[0].Trace))
		}
	}
}
