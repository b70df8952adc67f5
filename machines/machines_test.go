package machines_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/fsm"
	"interlock/internal/golden"
	"interlock/spec"
)

// folders are the specs here, in the order in which they are told.
var folders = []string{"session", "wukongim/before", "wukongim/after", "wukongim/v3", "wukongim/repaired"}

// counts pins how many joint states each system has: a change of any number is a change of a machine, or of what a step
// means, and has to be looked at.
var counts = map[string]int{}

// compile reads a folder's spec, with constants set.
func compile(t *testing.T, folder string, set map[string]string) *fsm.Spec {
	t.Helper()
	sources, err := spec.Load(filepath.FromSlash(folder))
	require.NoError(t, err)
	compiled, diagnostics := spec.Compile(sources, set)
	require.Empty(t, diagnostics)
	return compiled
}

// run checks one system.
func run(t *testing.T, sys *fsm.System) *check.Report {
	t.Helper()
	report, err := check.Run(context.Background(), sys, check.Options{MaxStates: 1_000_000})
	require.NoError(t, err)
	return report
}

// story tells a trace as the wukongim page does: a step a line, and where it ends.
func story(t *testing.T, sys *fsm.System, trace *fsm.Trace) string {
	t.Helper()
	require.NoError(t, fsm.Replay(sys, trace))
	var b strings.Builder
	at := &trace.Start
	for i, step := range trace.Steps {
		fmt.Fprintf(&b, "%3d  %s\n", i+1, step.Choice.Format(sys, at))
		at = step.Outcome.Joint
	}
	b.WriteString("     =>")
	for i, inst := range sys.Instances {
		state := "Down"
		if at.States[i] != fsm.Down {
			state = sys.MachineOf(i).States[at.States[i]].Name
		}
		fmt.Fprintf(&b, " %s %s", inst.Name, state)
	}
	return b.String() + "\n"
}

func TestEverySpecIsAsItSays(t *testing.T) {
	for _, folder := range folders {
		for _, sys := range compile(t, folder, nil).Systems {
			name := folder + "." + sys.Name
			t.Run(name, func(t *testing.T) {
				report := run(t, sys)
				var text strings.Builder
				require.NoError(t, check.WriteText(&text, report, check.TextOptions{}))
				require.True(t, report.Met(), text.String())
				require.True(t, report.Complete)
				for _, v := range report.Verdicts {
					require.False(t, v.Vacuous, "%s is vacuous: %s", v.Property.Name, v.Reason)
				}
				require.Equal(t, counts[name], report.Stats.States)
			})
		}
	}
}

// TestStories compares the shortest trace of every known defect with what is stored: these are the executions that the
// projects' users lived through.
func TestStories(t *testing.T) {
	for _, folder := range folders {
		t.Run(folder, func(t *testing.T) {
			var told strings.Builder
			for _, sys := range compile(t, folder, nil).Systems {
				for _, v := range run(t, sys).Verdicts {
					if v.Property.ExpectViolated {
						fmt.Fprintf(&told, "%s: %s\n%s\n", sys.Name, v.Property.Text, story(t, sys, v.Trace))
					}
				}
			}
			golden.Compare(t, filepath.Join("testdata", strings.ReplaceAll(folder, "/", "_")+".stories"), []byte(told.String()))
		})
	}
}

// slips says which property of which system finds each slip of repaired.
var slips = []struct{ slip, system, property string }{
	{"TellsNobody", "Network", "Orphan"},
	{"SendsNoRemove", "Network", "Closable"},
	{"NeverRetries", "Network", "Closable"},
	{"GivesUp", "Network", "Orphan"},
	{"TakesAnyRemoved", "Network", "Orphan"},
	{"ForgetsTheDead", "Network", "Orphan"},
	{"RemovesSuccessor", "Network", "CutOff"},
	{"OfflineForNobody", "Network", "Webhooks"},
	{"RegistersOnce", "Network", "Deaf"},
	{"LeaseNeverRuns", "Network", "Leased"},
	{"RenewsOnWrites", "Clock", "Heard"},
	{"TakesAnyIncarnation", "ProxyCrash", "Known"},
	{"ReusesIncarnation", "ProxyCrash", "CutOff"},
	{"ReusesTerm", "LeaderCrash", "Orphan"},
	{"Suspects", "LeaderCrash", "Orphan"},
	{"LeavesOldLeader", "LeaderMove", "Orphan"},
}

func TestEverySlipIsFound(t *testing.T) {
	var declared, tried []string
	for _, c := range compile(t, "wukongim/repaired", nil).Consts {
		if strings.HasSuffix(c.Span.File, "slips.fsm") {
			declared = append(declared, c.Name)
		}
	}
	for _, s := range slips {
		tried = append(tried, s.slip)
		t.Run(s.slip, func(t *testing.T) {
			slipped := compile(t, "wukongim/repaired", map[string]string{s.slip: "true"})
			for _, sys := range slipped.Systems {
				if sys.Name == s.system {
					requireViolated(t, sys, s.property)
				}
			}
		})
	}
	require.ElementsMatch(t, declared, tried)
}

// requireViolated checks the system and expects a counterexample of the property that the reference step agrees with.
func requireViolated(t *testing.T, sys *fsm.System, property string) {
	t.Helper()
	for _, v := range run(t, sys).Verdicts {
		if v.Property.Name == property && v.Result == check.Violated {
			t.Logf("%s\n%s", v.Property.Text, story(t, sys, v.Trace))
			return
		}
	}
	require.Fail(t, "not found", "%s of %s is not violated", property, sys.Name)
}
