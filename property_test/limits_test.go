package property

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/fsm"
)

// volley is a step over atomic links in which one message is the answer to the other, n times there and back, and then one
// more, which may be answered or not.
const volley = `fsm 1
spec volley

message Ping
message Pong
message Over
machine A {
	peer b B
	input Go
	initial final state On {
		on Go -> Off { send b Ping }
	}
	final state Off {
		on Pong { send b Ping }
		ignore Over
	}
}
machine B {
	peer a A
	var n 0..100
	initial final state On {
		on Ping when n < %d { n = n + 1; send a Pong }
		on Ping else -> Off %s
	}
	final state Off
}
system S {
	a A
	b B
	link a -> b { atomic }
	link b -> a { atomic }
}`

// A step may hand over 64 messages, and not one more.
func TestDeliveriesOfOneStepAreLimited(t *testing.T) {
	last := fsm.MaxDeliveries/2 - 1
	allowed := compile(t, "volley.fsm", fmt.Sprintf(volley, last, "{ send a Over }")).Systems[0]
	more := compile(t, "volley.fsm", fmt.Sprintf(volley, last+1, "")).Systems[0]
	for sys, want := range map[*fsm.System]check.Result{allowed: check.Holds, more: check.Violated} {
		x := explore(t, sys, 10)
		_, found := x.builtin[fsm.Runaway]
		require.Equal(t, want == check.Violated, found)
		for _, compiled := range []bool{false, true} {
			if compiled && testing.Short() {
				continue
			}
			report, err := check.Run(context.Background(), sys, check.Options{Compiled: compiled, Properties: []string{"runaway"}})
			require.NoError(t, err)
			require.Equal(t, compiled, report.Stats.Compiled)
			require.Equal(t, want, report.Verdicts[0].Result)
		}
	}
}

// A property that has no value in some joint state is not violated there: nobody knows.
func TestPropertiesWithoutAValueAreUnknown(t *testing.T) {
	sys := compile(t, "unknown.fsm", `fsm 1
spec unknown

machine M {
	var v 0..2
	input Up
	initial final state On {
		on Up when v < 2 { v = v + 1 }
	}
}
system S {
	m M
	var list [2]bool
	range expect violated
	always !list[m.v]
	never list[m.v]
	always !(m.v == 2) && !list[m.v]
}`).Systems[0]
	for _, compiled := range []bool{false, true} {
		if compiled && testing.Short() {
			continue
		}
		report, err := check.Run(context.Background(), sys, check.Options{Compiled: compiled})
		require.NoError(t, err)
		var results []check.Result
		for _, v := range report.Verdicts[:4] {
			results = append(results, v.Result)
		}
		require.Equal(t, []check.Result{check.Violated, check.Unknown, check.Unknown, check.Violated}, results)
	}
}

// A variable that only one branch reads, or only the condition of a joint transition, is not dead.
func TestBranchesRead(t *testing.T) {
	sys := compile(t, "branches.fsm", `fsm 1
spec branches

machine M {
	var v 0..2
	var w 0..2
	var u 0..2
	input Set(n 0..2)
	input Use(f bool)
	initial final state A {
		on Set(n) -> B { v = n; u = n }
	}
	final state B {
		on Use(f) -> C { if f { w = v } else { w = 0 }; v = 0 }
	}
	final state C { entry { u = 0 } }
	final state D
}
system S {
	m M
	joint Move when m.u == 2 { m B -> D }
	reachable m.w == 2
	reachable m in D
}`).Systems[0]
	report, err := check.Run(context.Background(), sys, check.Options{Reduce: check.DeadVariables})
	require.NoError(t, err)
	require.Equal(t, check.Holds, report.Verdicts[0].Result)
	require.Equal(t, check.Holds, report.Verdicts[1].Result)
}
