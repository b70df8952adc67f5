package property

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
)

// knownErrors are specs on which published checkers of runs that never end have been wrong, or nearly useless. Where the
// property is violated, length is the number of steps of the lasso that a reader should see, and loop where its loop begins.
var knownErrors = map[string]struct {
	text         string
	result       check.Result
	length, loop int
}{
	// A search that looks at each state once, and at what it has met on the way there, does not see the cycle.
	"a cycle closed by a state found before": {`
machine M {
	internal X
	internal Y
	initial state A { on X -> B }
	state B { on X -> C; on Y -> D }
	state C { on X -> B }
	final state D
}
system S {
	m M
	fair m.X
	fair m.Y
	P: eventually m in D
}`, check.Violated, 3, 1},
	"that cycle, when fairness forbids it": {`
machine M {
	internal X
	internal Y
	initial state A { on X -> B }
	state B { on X -> C; on Y -> D }
	state C { on X -> B }
	final state D
}
system S {
	m M
	fair m.X
	strong fair m.Y
	P: eventually m in D
}`, check.Holds, 0, 0},
	// A search that marks a state as done with what was true on the first way there does not see the second way.
	"two ways join, and one of them never saw it": {`
machine M {
	internal X
	internal Y
	initial state A { on X -> B; on Y -> C }
	state B { on X -> D }
	state C { on Y -> D }
	final state D
}
system S {
	m M
	fair m.X
	fair m.Y
	P: eventually m in B
}`, check.Violated, 2, 2},
	// Whole components are no counterexample that one can read: the loop is two steps, the component a thousand states.
	"a short loop in a large component": {`
machine M {
	var v 0..999
	internal Up
	internal Down
	initial state A {
		on Up { v = (v + 1) % 1000 }
		on Down when v > 0 { v = v - 1 }
	}
}
system S {
	m M
	fair m.Up
	P: infinitely often m.v == 500
}`, check.Violated, 2, 0},
	// The fairness must be that of the loop, not of the component, which has every step in it.
	"a component is fair, and none of its loops without the goal is": {`
machine M {
	internal Work
	internal Rest
	internal Finish
	initial state A { on Work -> B }
	state B { on Rest -> A; on Finish -> C }
	state C { on Work -> A }
}
system S {
	m M
	strong fair m.Work
	strong fair m.Rest
	strong fair m.Finish
	P: infinitely often m in C
}`, check.Holds, 0, 0},
	// What cannot be evaluated is not true.
	"an error while the property is evaluated": {`
machine M {
	var v 0..3
	var a [3]bool
	internal Up
	initial state A { on Up when v < 3 { v = v + 1 } }
}
system S {
	m M
	fair m.Up
	P: eventually m.a[m.v] || m.v > 5
}`, check.Unknown, 0, 0},
	// A run that an assumption cuts short is not one that never ends.
	"nothing but what an assumption cuts": {`
machine M {
	var v 0..3
	internal Up
	initial state A { on Up when v < 3 { v = v + 1 } }
	final state B
}
system S {
	m M
	fair m.Up
	assume m.v < 2
	P: eventually m.v == 3
}`, check.Holds, 0, 0},
	// A run may end: then what is true last stays true.
	"a run that ends": {`
machine M {
	internal X
	initial state A { on X -> B }
	final state B
}
system S {
	m M
	fair m.X
	P: infinitely often m in A
}`, check.Violated, 1, 1},
}

func TestKnownErrorsOfLivenessCheckers(t *testing.T) {
	for name, c := range knownErrors {
		t.Run(name, func(t *testing.T) {
			sys := compile(t, "known.fsm", "fsm 1\nspec known\n"+c.text+"\n").Systems[0]
			report, err := check.Run(context.Background(), sys, check.Options{})
			require.NoError(t, err)
			v := report.Verdicts[0]
			require.Equal(t, c.result, v.Result, v.Reason)
			if c.result == check.Violated {
				require.NoError(t, isLasso(t, sys, v.Property, v.Trace))
				require.Equal(t, []int{c.length, c.loop}, []int{len(v.Trace.Steps), v.Trace.Loop})
			}
		})
	}
}
