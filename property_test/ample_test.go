package property

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/check"
	"interlock/fsm"
	"interlock/spec"
)

// workshop writes a random spec of workers that mostly mind their own business, and of a foreman whom they tell and with whom
// they share a variable.
func workshop(t *rapid.T) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	oneOf := func(texts ...string) string { return rapid.SampledFrom(texts).Draw(t, "one of") }
	few := func(n int) int { return rapid.IntRange(0, n).Draw(t, "few") }
	line("fsm 1\nspec workshop\nmessage Done(n 0..1)\nmessage Call\nmachine Worker {\n\tpeer foreman Foreman\n\tshared var bell 0..1")
	once := few(1) == 1 // nobody comes back to where it was: then what is put off can be seen
	line("\tvar a 0..2\n\tvar f bool\n\ttimer t 1s\n\tinternal Step\n\tinternal Roll(n 0..1)\n\tinput Go\n\tignore t")
	for i, state := range []string{"A", "B", "C"} {
		line("\t%sstate %s {", map[bool]string{true: "initial "}[i == 0]+oneOf("", "final ", "final ", "final "), state)
		for _, event := range []string{"Step", "Roll(n)", "Go", "t"} {
			if few(2) > 0 {
				guard := oneOf("", "", " when a > 0", " when !f", " when a == 2 && f", " when bell == 1")
				target := oneOf("", " -> A", " -> B", " -> C")
				if once {
					target = []string{" -> B", " -> C", " -> C"}[i]
				}
				body := oneOf("f = true; a = 1", "a = 2", "", "a = (a + 1) % 3", "f = !f", "a = 0", "start t", "a = any", "f = a == 1; a = 2", "stop t",
					"bell = 1 - bell", "bell = 1", "a = 0; start t", "send foreman Done(0)", "if f { send foreman Done(1) }")
				line("\t\ton %s%s%s { %s }", event, guard, target, body)
			}
		}
		line("\t\ton Call%s { %s }\n\t}", oneOf("", " -> A", " -> C"), oneOf("", "a = 2", "f = true", "bell = 1"))
	}
	line("}\nmachine Foreman {\n\tpeer other Worker\n\tshared var bell 0..1\n\tvar seen 0..2\n\tinternal Rest\n\tinitial %sstate Up {", oneOf("", "final "))
	line("\t\ton Done(n) %s { %s }", oneOf("", "when seen < 2", "-> Off"), oneOf("seen = n", "seen = (seen + 1) % 3", "bell = n"))
	line("\t\ton Rest %s-> Off { %s }\n\t}\n\t%sstate Off {\n\t\tignore Done\n\t\ton Rest %s-> Up\n\t}\n}", oneOf("", "when seen == 2 "), oneOf("", "send other Call", "bell = 0"), oneOf("", "final "), oneOf("", "when bell == 1 "))
	line("system S {\n\tvar bell 0..1\n\tforeman Foreman\n\tworker[2] Worker\n\tother Worker")
	line("\tlink worker -> foreman { %s }\n\tlink other -> foreman { %s }", oneOf("may lose", "full blocks", "capacity 2; may lose", ""), oneOf("may lose", "atomic", "queue; full blocks"))
	about := func() string {
		return oneOf("foreman in Off", "foreman.seen == 2", "bell == 1", "foreman in Up && bell == 1", "bell == 0 && foreman.seen == 1",
			"worker[0] in C", "worker[0].a == 2 && foreman in Off", "link(worker[0], foreman).len == 0 && foreman in Off", "bell == 0 && foreman in Off",
			"link(other, foreman) has Done(1) && bell == 0", "bell == 1 && foreman.seen == 0 && link(worker[1], foreman).len == 0", "link(foreman, other).len == 1 && bell == 0")
	}
	line("\tlink foreman -> other { %s }", oneOf("may lose", "full blocks", "capacity 2; may lose"))
	for _, form := range []string{"never P: ", "always ", "reachable "} {
		line("\t%s%s", form, about())
	}
	if few(3) == 3 {
		line("\trecoverable %s", about())
	}
	if few(5) == 5 {
		line("\tcrash other at most 1")
	}
	line("}")
	return b.String()
}

// Partial order keeps verdicts, lengths of shortest runs and what is never taken.
func TestPartialOrderKeepsVerdicts(t *testing.T) {
	var seen reducedRuns
	calm := 0 // systems without anything to show, of which the reduced search alone says so
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.Custom(workshop).Draw(t, "text")
		t.Log("\n" + text)
		s, diagnostics := spec.Compile([]spec.Source{{Name: "workshop.fsm", Text: []byte(text)}}, nil)
		for _, d := range diagnostics {
			if d.Severity == spec.Error {
				t.Skip(d.Message) // an overlap that is seen beforehand
			}
		}
		sys := s.Systems[0]
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		plain, err := check.Run(ctx, sys, check.Options{MaxStates: 4000})
		if err != nil || !plain.Complete || plain.AnyUnknown() {
			t.Skip("too many joint states")
		}
		reduced, err := check.Run(context.Background(), sys, check.Options{Reduce: check.PartialOrder})
		require.NoError(t, err)
		sameVerdicts(t, plain, reduced)
		both, err := check.Run(context.Background(), sys, check.Options{Reduce: check.PartialOrder | check.DeadVariables})
		require.NoError(t, err)
		sameVerdicts(t, plain, both)
		limited, err := check.Run(context.Background(), sys, check.Options{Reduce: check.PartialOrder, MaxStates: plain.Stats.States/2 + 1})
		require.NoError(t, err)
		for i, v := range limited.Verdicts {
			if v.Result != check.Unknown {
				require.Equal(t, plain.Verdicts[i].Result, v.Result, "with a limit: %s", check.Title(v.Property))
			}
			if v.Trace != nil {
				require.NoError(t, fsm.Replay(sys, v.Trace))
			}
		}
		seen.add(plain, reduced)
		if reducedBy(reduced, check.PartialOrder) {
			calm++
		}
	})
	t.Logf("%d of %d systems were reduced, %d to the end", seen.smaller, seen.runs, calm)
	seen.differs(t)
}

// Workers that count to ten by themselves before they tell: the steps of one of them are enough, until it tells.
func TestPartialOrderOfPrivateWork(t *testing.T) {
	const text = `fsm 1
spec workshop
message Done
machine Worker {
	peer foreman Foreman
	var a 0..10
	internal Step
	internal Tell
	initial final state Busy {
		on Step when a < 10 { a = a + 1 }
		on Step when a == 10 -> Ready
	}
	final state Ready {
		on Tell -> Home { send foreman Done }
	}
	final state Home
}
machine Foreman {
	var done 0..4
	initial final state Up {
		on Done { done = done + 1 }
	}
}
system S {
	foreman Foreman
	worker[4] Worker
	link worker -> foreman { queue }
	never foreman.done > 4
}
`
	s, diagnostics := spec.Compile([]spec.Source{{Name: "workshop.fsm", Text: []byte(text)}}, nil)
	require.False(t, spec.HasErrors(diagnostics), "%v", diagnostics)
	for reduce, states := range map[check.Reductions]int{check.NoReductions: 38416, check.PartialOrder: 125, check.DeadVariables: 38416, check.Symmetry: 2380} {
		report, err := check.Run(context.Background(), s.Systems[0], check.Options{Reduce: reduce})
		require.NoError(t, err)
		require.Equal(t, states, report.Stats.States, reduce.String())
		require.Empty(t, report.Coverage.NeverTaken)
	}
}
