package machines_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/fsm"
	"interlock/gen"
	"interlock/internal/golden"
	"interlock/spec"
)

// folders are the specs here, in the order in which they are told.
var folders = []string{"session", "wukongim/before", "wukongim/after", "wukongim/v3", "wukongim/repaired", "wukongim/gateway", "handshake"}

// counts pins how many joint states each system has: a change of any number is a change of a machine, or of what a step
// means, and has to be looked at.
var counts = map[string]int{
	"session.Cluster":               99,
	"session.Embedded":              3,
	"wukongim/before.Calm":          66,
	"wukongim/before.Lossy":         78,
	"wukongim/before.ProxyCrash":    566,
	"wukongim/before.LeaderMove":    96,
	"wukongim/after.Calm":           111,
	"wukongim/after.Batch":          159,
	"wukongim/after.Outbox":         262,
	"wukongim/after.Goroutines":     138,
	"wukongim/after.Lossy":          225,
	"wukongim/after.LeaderMove":     6519,
	"wukongim/after.ProxyCrash":     1071,
	"wukongim/after.TwoUsers":       43778,
	"wukongim/v3.TermChange":        1518,
	"wukongim/v3.Calls":             91,
	"wukongim/v3.AuthorityMove":     282,
	"wukongim/v3.OwnerCrash":        570,
	"wukongim/repaired.Network":     5272,
	"wukongim/repaired.ProxyCrash":  40781,
	"wukongim/repaired.LeaderCrash": 38146,
	"wukongim/repaired.LeaderMove":  115071,
	"wukongim/repaired.Clock":       1559,
	"wukongim/repaired.Embedded":    7,
	"wukongim/gateway.Connection":   5,
	"handshake.Heartbeat":           1079,
	"handshake.Network":             68698,
	"handshake.Cluster":             294740,
	"handshake.Fair":                131488,
}

// compile reads a folder's spec, with constants set.
func compile(t *testing.T, folder string, set map[string]string) *fsm.Spec {
	t.Helper()
	sources, err := spec.Load(filepath.FromSlash(folder))
	require.NoError(t, err)
	compiled, diagnostics := spec.Compile(sources, set)
	require.False(t, spec.HasErrors(diagnostics), "%v", diagnostics)
	if len(set) == 0 {
		require.Empty(t, diagnostics)
	}
	return compiled
}

// run checks one system: the properties of that name, or all.
func run(t *testing.T, sys *fsm.System, properties ...string) *check.Report {
	t.Helper()
	report, err := check.Run(context.Background(), sys, check.Options{MaxStates: 1_000_000, Properties: properties})
	require.NoError(t, err)
	return report
}

// reports keeps what checked found out, by folder. Tests here do not run side by side.
var reports = map[string][]*check.Report{}

// checked is the report on each system of a folder.
func checked(t *testing.T, folder string) []*check.Report {
	t.Helper()
	if reports[folder] == nil {
		for _, sys := range compile(t, folder, nil).Systems {
			if underRace && counts[folder+"."+sys.Name] > 10_000 {
				continue
			}
			reports[folder] = append(reports[folder], run(t, sys))
		}
	}
	return reports[folder]
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
	b.WriteString("\n")
	if trace.Loop >= 0 {
		fmt.Fprintf(&b, "     and again from step %d, for ever\n", trace.Loop+1)
	}
	return b.String()
}

func TestEverySpecIsAsItSays(t *testing.T) {
	for _, folder := range folders {
		for _, report := range checked(t, folder) {
			name := folder + "." + report.System.Name
			t.Run(name, func(t *testing.T) {
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

// TestGeneratedCodeIsFresh: what is committed is what the spec gives now.
func TestGeneratedCodeIsFresh(t *testing.T) {
	for _, folder := range []string{"wukongim/repaired", "wukongim/gateway", "handshake"} {
		compiled := compile(t, folder, nil)
		spaces := map[string]*fsm.ControlSpace{}
		for _, sys := range compiled.Systems {
			if sys.IsAtomic() {
				spaces[sys.Name] = check.Control(context.Background(), sys, check.Options{})
			}
		}
		files, err := gen.Go(compiled, spaces, gen.Options{})
		require.NoError(t, err)
		require.Len(t, files, 1)
		for name, want := range files {
			got, err := os.ReadFile(filepath.Join(filepath.FromSlash(folder), name))
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, got), "%s is stale: go generate ./machines/...", name)
		}
	}
}

// TestEveryNamedExecutionIsThere: the executions by which the defects of each version are known are scenarios of it.
func TestEveryNamedExecutionIsThere(t *testing.T) {
	for folder, names := range map[string]string{
		"wukongim/before": "B1 B2 B3 B4",
		"wukongim/after":  "A1 A2 A3 A5 A6 A7 A8 A9 A10 A11 A12 D1 D2 D3",
		"wukongim/v3":     "Z1 Z2 Z3 Z4 Z5 Z6 H4 I1 I2",
	} {
		var scenarios []string
		for _, sys := range compile(t, folder, nil).Systems {
			for _, s := range sys.Scenarios {
				scenarios = append(scenarios, s.Name)
			}
		}
		require.Subset(t, scenarios, strings.Fields(names), folder)
	}
}

func TestSpecsAreFormatted(t *testing.T) {
	for _, folder := range folders {
		sources, err := spec.Load(filepath.FromSlash(folder))
		require.NoError(t, err)
		for _, source := range sources {
			formatted, diagnostics := spec.Format(source.Text, source.Name)
			require.Empty(t, diagnostics)
			require.Equal(t, string(formatted), string(source.Text), source.Name)
		}
	}
}

// TestNoDeadText: every written transition of a spec is taken in some system of it.
func TestNoDeadText(t *testing.T) {
	if underRace {
		t.Skip("not all systems are checked")
	}
	for _, folder := range folders {
		t.Run(folder, func(t *testing.T) {
			untaken := map[string]int{}
			for _, report := range checked(t, folder) {
				for _, u := range report.Coverage.NeverTaken {
					untaken[u.Span.String()+" "+u.Text]++
				}
			}
			for text, n := range untaken {
				require.Less(t, n, len(reports[folder]), "no system takes %s", text)
			}
		})
	}
}

// TestStories compares the shortest trace of every known defect with what is stored: these are the executions that the
// projects' users lived through.
func TestStories(t *testing.T) {
	if underRace {
		t.Skip("not all systems are checked")
	}
	for _, folder := range folders[1:4] {
		t.Run(folder, func(t *testing.T) {
			var told strings.Builder
			for _, report := range checked(t, folder) {
				for _, v := range report.Verdicts {
					if v.Property.ExpectViolated {
						fmt.Fprintf(&told, "%s: %s\n%s\n", report.System.Name, v.Property.Text, story(t, report.System, v.Trace))
					}
				}
			}
			golden.Compare(t, filepath.Join("testdata", strings.ReplaceAll(folder, "/", "_")+".stories"), []byte(told.String()))
		})
	}
}

// TestRepairedHoldsWithMoreCrashes is the design under two crashes of a process instead of one.
func TestRepairedHoldsWithMoreCrashes(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("some 200,000 joint states")
	}
	for _, sys := range compile(t, "wukongim/repaired", map[string]string{"Crashes": "2"}).Systems {
		if sys.Name == "ProxyCrash" || sys.Name == "LeaderCrash" || sys.Name == "Clock" {
			report := run(t, sys)
			require.True(t, report.Complete && report.Met(), sys.Name)
		}
	}
}

// slip is a rule broken by a switch, and what finds it.
type slip struct{ name, system, property string }

// slips says which property of which system finds each slip of a folder.
var slips = map[string][]slip{
	"wukongim/repaired": {
		{"TellsNobody", "Network", "Orphan"},
		{"SendsNoRemove", "Network", "deadlock"},
		{"NeverRetries", "Network", "Closable"},
		{"GivesUp", "Network", "Orphan"},
		{"TakesAnyRemoved", "Network", "Orphan"},
		{"ForgetsTheDead", "Network", "Orphan"},
		{"RemovesSuccessor", "Network", "CutOff"},
		{"OfflineForNobody", "Network", "Webhooks"},
		{"RegistersOnce", "Network", "Deaf"},
		{"LeaseNeverRuns", "Network", "Leased"},
		{"RenewsOnWrites", "Clock", "Heard"},
		{"RenewsOnWrites", "ProxyCrash", "Forgotten"},
		{"TakesAnyIncarnation", "ProxyCrash", "Known"},
		{"ReusesIncarnation", "ProxyCrash", "CutOff"},
		{"ReusesTerm", "LeaderCrash", "Orphan"},
		{"Suspects", "LeaderCrash", "Orphan"},
		{"StaysBehind", "LeaderMove", "Followed[0]"},
		{"LeavesOldLeader", "LeaderMove", "Orphan"},
	},
	"handshake": {
		{"ClosesFirst", "Network", "CutOff"},
		{"ReportsEarly", "Network", "Orphan"},
		{"ObeysLate", "Network", "Orphan"},
		{"ClosesAny", "Network", "CutOff"},
		{"AcksEarly", "Network", "Orphan"},
		{"AcksPending", "Network", "Orphan"},
		{"TakesAnyAck", "Network", "Orphan"},
		{"Suspects", "Network", "Orphan"},
		{"MovesAtOnce", "Network", "Two"},
		{"NeverFences", "Network", "Orphan"},
		{"ActsForTheDead", "Network", "Orphan"},
		{"Drifts", "Network", "Orphan"},
		{"NeverFenced", "Fair", "Closes"},
		{"NeverSwept", "Fair", "Cleared"},
		{"Pushed", "Heartbeat", "Lived"},
	},
}

func TestEverySlipIsFound(t *testing.T) {
	testSlips(t, "wukongim/repaired", "slips.stories")
}

func TestEverySlipOfTheHandshakeIsFound(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("some 70,000 joint states for each slip")
	}
	testSlips(t, "handshake", "handshake.stories")
}

// testSlips tries every slip that a folder declares, and compares the stories of what finds them with those that are stored.
func testSlips(t *testing.T, folder, stories string) {
	var declared, tried []string
	for _, c := range compile(t, folder, nil).Consts {
		if strings.HasSuffix(c.Span.File, "slips.fsm") {
			declared = append(declared, c.Name)
		}
	}
	var told strings.Builder
	for _, s := range slips[folder] {
		tried = append(tried, s.name)
		t.Run(s.name+" in "+s.system, func(t *testing.T) {
			slipped := compile(t, folder, map[string]string{s.name: "true"})
			for _, sys := range slipped.Systems {
				if sys.Name == s.system {
					fmt.Fprintf(&told, "%s, %s: %s\n", s.name, s.system, refutation(t, sys, s.property))
				}
			}
		})
	}
	require.ElementsMatch(t, declared, slices.Compact(tried))
	golden.Compare(t, filepath.Join("testdata", stories), []byte(told.String()))
}

// refutation is the story of the counterexample that the property must have.
func refutation(t *testing.T, sys *fsm.System, property string) string {
	t.Helper()
	for _, v := range run(t, sys, property).Verdicts {
		if v.Property.Name == property && v.Result == check.Violated {
			return v.Property.Text + "\n" + story(t, sys, v.Trace)
		}
	}
	require.Fail(t, "not found", "%s of %s is not violated", property, sys.Name)
	return ""
}
