package property

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/fsm"
)

// A run to a joint state of which a property cannot be asked is a run by the reference: its last step is allowed, and what
// is wrong is behind it.
func TestReplayOfWhatCannotBeAsked(t *testing.T) {
	sys := compile(t, "asked.fsm", `fsm 1
spec asked
machine M {
	var v 0..3
	var a [3]bool
	internal Up
	initial final state A { on Up when v < 3 { v = v + 1 } }
}
system S {
	m M
	never m.a[m.v]
}
`).Systems[0]
	report, err := check.Run(context.Background(), sys, check.Options{})
	require.NoError(t, err)
	for _, v := range report.Verdicts {
		if v.Property.Kind != fsm.BuiltIn || v.Property.Builtin != fsm.Range {
			continue
		}
		require.Equal(t, check.Violated, v.Result)
		require.Len(t, v.Trace.Steps, 3)
		require.NoError(t, fsm.Replay(sys, v.Trace))
		v.Trace.Fails = &fsm.Violation{Builtin: fsm.Overflow, Span: v.Trace.Fails.Span}
		require.Error(t, fsm.Replay(sys, v.Trace), "it is another violation")
		return
	}
	require.Fail(t, "no verdict on ranges")
}
