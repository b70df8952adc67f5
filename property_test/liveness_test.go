package property

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/check"
	"interlock/fsm"
	"interlock/internal/randspec"
)

// judge checks the first system of a text, and replays and judges every lasso.
func judge(t *testing.T, text string) []check.Verdict {
	t.Helper()
	sys := compile(t, "judge.fsm", "fsm 1\nspec judge\n"+text).Systems[0]
	report, err := check.Run(context.Background(), sys, check.Options{})
	require.NoError(t, err)
	for _, v := range report.Verdicts {
		if isLive(v.Property) && v.Result == check.Violated {
			require.NoError(t, fsm.Replay(sys, v.Trace))
			require.NoError(t, isLasso(t, sys, v.Property, v.Trace))
		}
	}
	return report.Verdicts
}

// A component of ten thousand joint states is gone round by the three steps that fairness needs, not by all of it.
func TestLassosAreShort(t *testing.T) {
	v := judge(t, `
machine M {
	var v 0..99
	var w 0..99
	input Up
	input Right
	internal Go
	internal Back
	initial state A {
		on Up { v = (v + 1) % 100 }
		on Right { w = (w + 1) % 100 }
		on Go -> B
	}
	state B { on Back -> C }
	state C { on Go -> A }
	state Never
}
system S {
	m M
	fair m.Go, m.Back
	m.v == 2 leads to m in Never
	m.v + m.w == 150 leads to m in Never
}`)
	require.Equal(t, check.Violated, v[0].Result)
	require.Len(t, v[0].Trace.Steps, 5)
	require.Equal(t, 2, v[0].Trace.Loop)
	require.Len(t, v[1].Trace.Steps, 153)
}

// A loop goes round to a joint state that it was in before only where fairness needs that.
func TestLoopsHaveNoNeedlessRounds(t *testing.T) {
	lively := randspec.Everything
	lively.Liveness, lively.Wild = true, false
	rounds := 0
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t, rapid.SampledFrom([]randspec.Options{{Liveness: true, Faults: true}, {Liveness: true, Joints: true}, lively}).Draw(t, "features"))
		report, err := check.Run(context.Background(), sys, check.Options{MaxStates: 2000})
		if err != nil || !report.Complete {
			t.Skip("none, or too many joint states")
		}
		for _, v := range report.Verdicts {
			if !isLive(v.Property) || v.Result != check.Violated {
				continue
			}
			for i := v.Trace.Loop; i < len(v.Trace.Steps); i++ {
				for j := i + 1; j <= len(v.Trace.Steps); j++ {
					shorter := *v.Trace
					shorter.Steps = slices.Concat(v.Trace.Steps[:i], v.Trace.Steps[j:])
					if j-i < len(v.Trace.Steps)-v.Trace.Loop && fsm.Replay(sys, &shorter) == nil {
						rounds++
						require.Error(t, isLasso(t, sys, v.Property, &shorter), "steps %d to %d are not needed", i+1, j)
					}
				}
			}
		}
	})
	t.Logf("%d rounds that are needed", rounds)
}

// A lasso says why it is fair: what is taken, started again, disabled in between, never enabled.
func TestLassosSayWhyTheyAreFair(t *testing.T) {
	v := judge(t, `
message One
machine M {
	peer b B
	var open bool
	timer sweep 1s
	internal Flip
	internal Enter
	internal Never
	initial state A {
		entry { start sweep }
		on Flip { open = !open; start sweep; send b One }
		on Enter when open -> Out
		on Never when false -> Out
		on sweep -> Out
	}
	final state Out
}
machine B {
	initial final state On { ignore One }
}
system S {
	m M
	b B
	link m -> b { full blocks; fair }
	fair m.sweep, m.Flip, m.Enter, m.Never
	eventually m in Out
}`)
	require.Equal(t, check.Violated, v[0].Result)
	require.Equal(t, []string{
		"fair m.sweep: started again in step 1, so it need not fire",
		"fair m.Flip: taken in step 1",
		"fair m.Enter: not enabled after step 3",
		"fair link m -> b, One: delivered in step 2",
		"fair m.Never: never enabled in the loop",
	}, v[0].Notes)
	require.Len(t, v[0].Trace.Steps, 4)
	require.Zero(t, v[0].Trace.Loop)
}

// A run that stays says so, and one that needs no fairness, too.
func TestLassosThatStay(t *testing.T) {
	const machine = `
machine M {
	input Go
	internal Try
	initial final state A {
		on Go -> B
		on Try when false -> B
	}
	final state B
}
`
	v := judge(t, machine+"system S {\n m M\n eventually m in B\n infinitely often m in A\n}")
	require.Empty(t, v[0].Trace.Steps)
	require.Zero(t, v[0].Trace.Loop)
	require.Equal(t, []string{"nothing is declared fair: no step need ever be taken"}, v[0].Notes)
	require.Len(t, v[1].Trace.Steps, 1)
	require.Equal(t, 1, v[1].Trace.Loop)
	v = judge(t, machine+"system S {\n m M\n fair m.Try\n eventually m in B\n}")
	require.Equal(t, []string{"fair m.Try: never enabled in the state where the run stays"}, v[0].Notes)
}

// What holds because nothing of the kind ever happens is told.
func TestEmptyPromises(t *testing.T) {
	const machine = `
machine M {
	var v 0..3
	internal Next
	input Leave
	initial final state On {
		on Next { v = v + 1 }
		on Leave when v < 1 -> Off
	}
	final state Off
}
`
	premise := judge(t, machine+"system S {\n m M\n fair m.Next\n assume m.v < 2\n m.v == 2 leads to m in Off\n}")
	require.True(t, premise[0].Vacuous)
	require.Contains(t, premise[0].Reason, "its premise `m.v == 2` never holds")

	// Who has not left in time is stopped by assume, or by the end of the range.
	cut := judge(t, machine+"system S {\n m M\n fair m.Next\n assume m.v < 2\n eventually m in Off\n}")
	require.Equal(t, check.Holds, cut[0].Result)
	require.False(t, cut[0].Vacuous)
	require.Contains(t, cut[0].Notes[0], "of 2 joint states where it is still to come, 1")
	forbidden := judge(t, machine+"system S {\n m M\n fair m.Next\n range expect violated\n m.v == 2 leads to m in Off\n}")
	require.Equal(t, check.Violated, forbidden[0].Result)
	require.True(t, forbidden[1].Vacuous)
	require.Contains(t, forbidden[1].Reason, "no fair run goes on")
}

// A condition that cannot be evaluated in some joint state is decided by no one.
func TestPromisesThatCannotBeAsked(t *testing.T) {
	v := judge(t, `
machine M {
	var v 0..3
	internal Next
	initial final state On {
		on Next when v < 3 { v = v + 1 }
	}
}
system S {
	m M
	fair m.Next
	var list [2]bool
	range expect violated
	m.v == 1 leads to m.v == 3 || list[m.v]
}`)
	require.Equal(t, check.Violated, v[0].Result)
	require.Equal(t, check.Unknown, v[1].Result)
	require.Contains(t, v[1].Reason, "see range")
}
