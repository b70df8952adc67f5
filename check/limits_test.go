package check

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

// counters is n machines, each with a variable 0..k-1 that an input counts up, round and round: k to the n joint states.
// P1 is violated n*(k-1) steps deep; P0 after one.
func counters(t testing.TB, n, k int) *fsm.System {
	value := fsm.IntType(0, int64(k-1))
	v := &fsm.Expr{Op: fsm.OpVar, Type: value}
	next := &fsm.Expr{Op: fsm.OpRem, Type: value, Args: []*fsm.Expr{
		{Op: fsm.OpAdd, Type: fsm.IntType(1, int64(k)), Args: []*fsm.Expr{v, fsm.ConstExpr(value, 1)}}, fsm.ConstExpr(fsm.IntType(0, int64(k)), int64(k))}}
	count := &fsm.Transition{State: 0, Target: fsm.Stay, Text: "on Count",
		Body: []*fsm.Stmt{{Op: fsm.Assign, Targets: []fsm.Target{{}}, Values: []*fsm.Expr{next}}}}
	m := &fsm.Machine{Name: "Counter", Vars: []fsm.Var{{Name: "v", Type: value, Init: []int64{0}}},
		Events: []fsm.Event{{Kind: fsm.Input, Name: "Count"}}, Transitions: []*fsm.Transition{count},
		States: []fsm.State{{Name: "Counting", On: [][]fsm.Level{{{0}}}}}}
	sys := &fsm.System{Name: "Counters"}
	all := &fsm.Expr{Op: fsm.OpAnd, Type: fsm.BoolType}
	for i := range n {
		sys.Instances = append(sys.Instances, &fsm.Instance{Name: fmt.Sprintf("c[%d]", i), Index: i, Node: i})
		sys.Nodes = append(sys.Nodes, fsm.Node{Instances: []int{i}})
		all.Args = append(all.Args, is(i, value, int64(k-1)))
	}
	sys.Properties = []*fsm.Property{
		{Name: "First", Kind: fsm.Never, P: is(0, value, 1)}, {Name: "Last", Kind: fsm.Never, P: all},
		{Name: "There", Kind: fsm.Reachable, P: all}, {Name: "Lively", Kind: fsm.LeadsTo, P: is(0, value, 0), Q: is(0, value, 1)},
		{Name: "Later", Kind: fsm.AfterAlways, P: is(0, value, 1), Q: &fsm.Expr{Op: fsm.OpNot, Type: fsm.BoolType, Args: []*fsm.Expr{is(0, value, 0)}}},
	}
	require.NoError(t, (&fsm.Spec{Machines: []*fsm.Machine{m}, Systems: []*fsm.System{sys}}).Finish())
	return sys
}

// is says that the first variable of an instance has a value.
func is(instance int, t *fsm.Type, v int64) *fsm.Expr {
	return &fsm.Expr{Op: fsm.OpEq, Type: fsm.BoolType, Args: []*fsm.Expr{{Op: fsm.OpInstanceVar, Type: t, Instance: instance}, fsm.ConstExpr(t, v)}}
}

func run(t testing.TB, sys *fsm.System, opts Options) map[string]Verdict {
	t.Helper()
	report, err := Run(context.Background(), sys, opts)
	require.NoError(t, err)
	return byName(report)
}

func byName(report *Report) map[string]Verdict {
	verdicts := map[string]Verdict{}
	for _, v := range report.Verdicts {
		verdicts[v.Property.Name] = v
	}
	return verdicts
}

func TestCountersAreCounted(t *testing.T) {
	report, err := Run(context.Background(), counters(t, 4, 5), Options{})
	require.NoError(t, err)
	require.True(t, report.Complete)
	s := report.Stats
	require.Equal(t, []int{625, 2500, 16, 17}, []int{s.States, s.Transitions, s.Depth, s.Explored})
	require.Equal(t, 4*3, s.StateBits)
	require.Equal(t, []int{1, 4, 10, 20, 35, 52, 68, 80, 85}, s.Levels[:9])
	v := byName(report)
	require.Equal(t, Violated, v["First"].Result)
	require.Len(t, v["First"].Trace.Steps, 1)
	require.Equal(t, Violated, v["Last"].Result)
	require.Len(t, v["Last"].Trace.Steps, 16)
	require.Equal(t, Holds, v["There"].Result)
	require.Len(t, v["There"].Trace.Steps, 16)
	require.Equal(t, Violated, v["Later"].Result)
	require.Len(t, v["Later"].Trace.Steps, 5)
	require.Equal(t, Holds, v["deadlock"].Result)
}

// Where there is no room for the graph of steps, or not every joint state was seen, a property of runs that never end is
// Unknown; but a lasso among what was seen is one.
func TestLivenessWithinLimits(t *testing.T) {
	sys := counters(t, 2, 6)
	verdict := func(o Options) Verdict {
		report, err := Run(context.Background(), sys, o)
		require.NoError(t, err)
		return byName(report)["Lively"]
	}
	stays := verdict(Options{})
	require.Equal(t, Violated, stays.Result)
	require.Empty(t, stays.Trace.Steps)
	require.Equal(t, 0, stays.Trace.Loop)
	require.Equal(t, Violated, verdict(Options{MaxStates: 3}).Result)

	sys.Fair = []fsm.Fairness{{Instance: 0, Event: 0, Joint: -1}} // as if an input could be fair
	require.Equal(t, Holds, verdict(Options{}).Result)
	part := verdict(Options{MaxStates: 30})
	require.Equal(t, Unknown, part.Result)
	require.Contains(t, part.Reason, "the limit of 30 states was reached")
	narrow := verdict(Options{MaxMemory: 12_000})
	require.Equal(t, Unknown, narrow.Result)
	require.Contains(t, narrow.Reason, "memory")
	require.False(t, narrow.Met)
}

// A hundred million million joint states end at every limit, and what was found before stays found.
func TestLimits(t *testing.T) {
	sys := counters(t, 14, 10)
	ctx, cancel := context.WithCancel(context.Background())
	for name, c := range map[string]struct {
		opts   Options
		reason string
	}{
		"states": {Options{MaxStates: 20_000}, "the limit of 20000 states was reached"},
		"memory": {Options{MaxMemory: 1 << 20}, "the limit of 1048576 bytes for states was reached"},
		"cancel": {Options{Progress: func(p Progress) {
			if p.States > 1000 {
				cancel()
			}
		}}, "it was interrupted"},
	} {
		of := context.Background()
		if name == "cancel" {
			of = ctx
		}
		report, err := Run(of, sys, c.opts)
		require.NoError(t, err, name)
		require.False(t, report.Complete, name)
		require.Equal(t, c.reason, report.Reason, name)
		require.LessOrEqual(t, report.Stats.TableBytes, int64(1<<26), name)
		if c.opts.MaxMemory > 0 {
			require.LessOrEqual(t, report.Stats.TableBytes, c.opts.MaxMemory)
		}
		if c.opts.MaxStates > 0 {
			require.Equal(t, c.opts.MaxStates, report.Stats.States)
		}
		v := byName(report)
		require.Equal(t, Unknown, v["Last"].Result, name)
		require.Equal(t, Unknown, v["There"].Result, name)
		require.Equal(t, Unknown, v["deadlock"].Result, name)
		if name != "cancel" {
			require.Equal(t, Violated, v["First"].Result, name)
			require.Contains(t, v["Last"].Reason, fmt.Sprintf("every run of up to %d steps", report.Stats.Explored), name)
		}
	}
}

// However far a limit lets the search come, what it says is so: the verdicts of the whole search, or Unknown.
func TestEveryLimitIsHonest(t *testing.T) {
	sys := sessionSpec(t, fsm.Network, true)
	whole := run(t, sys, Options{})
	states := 0
	for limit := 1; states < 676; limit = limit*3/2 + 1 {
		report, err := Run(context.Background(), sys, Options{MaxStates: limit})
		require.NoError(t, err)
		states = report.Stats.States
		require.Equal(t, states == 676, report.Complete)
		n := 0
		for _, level := range report.Stats.Levels[:report.Stats.Explored] {
			n += level
		}
		require.LessOrEqual(t, n, states)
		for name, v := range byName(report) {
			if v.Result != Unknown {
				require.Equal(t, whole[name].Result, v.Result, name)
				if v.Trace != nil {
					require.Len(t, v.Trace.Steps, len(whole[name].Trace.Steps), name)
				}
			}
		}
	}
}

// TestEndedWhileItWasBuilt: to end while the program that is to search is built is a limit like another, no mistake.
func TestEndedWhileItWasBuilt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, opts := range []Options{{Compiled: true}, {Fingerprints: true}, {Dir: t.TempDir(), Resume: true}, {Compiled: true, Reduce: AllReductions}} {
		report, err := Run(ctx, counters(t, 3, 23), opts) // nobody builds this one
		require.NoError(t, err)
		require.False(t, report.Complete)
		require.Zero(t, report.Stats.States)
		require.NotEmpty(t, report.Verdicts)
		for _, v := range report.Verdicts {
			require.Equal(t, Unknown, v.Result)
			require.Contains(t, v.Reason, "it was interrupted")
			require.NotContains(t, v.Reason, "every run of up to")
		}
		var b bytes.Buffer
		require.NoError(t, WriteText(&b, report, TextOptions{Verbose: true, Coverage: true}))
		require.Contains(t, b.String(), "not all steps from the starts were taken")
	}
}

// More starts than can be listed, and no start at all among them.
func TestStartsAreLimited(t *testing.T) {
	sys := counters(t, 14, 10)
	sys.Spec.Machines[0].Vars[0].Any = true
	report, err := Run(context.Background(), sys, Options{MaxStates: 5000})
	require.NoError(t, err)
	require.False(t, report.Complete)
	require.Zero(t, report.Stats.Explored)

	sys.Initially = []*fsm.Expr{fsm.ConstExpr(fsm.BoolType, 0)}
	ctx, cancel := context.WithCancel(context.Background())
	report, err = Run(ctx, sys, Options{Progress: func(Progress) { cancel() }})
	require.NoError(t, err)
	require.Equal(t, "it was interrupted", report.Reason)
	require.Equal(t, Unknown, byName(report)["deadlock"].Result)

	sys = counters(t, 2, 2)
	sys.Assumes = []*fsm.Expr{fsm.ConstExpr(fsm.BoolType, 0)}
	_, err = Run(context.Background(), sys, Options{})
	require.EqualError(t, err, "check: system Counters has no start: initially and assume leave nothing")
}

func TestStateTooWide(t *testing.T) {
	_, err := Run(context.Background(), counters(t, 1025, 10), Options{})
	require.EqualError(t, err, "check: a joint state of system Counters takes 4100 bits; at most 4096 can be explored")
	_, err = Run(context.Background(), counters(t, 1024, 10), Options{MaxStates: 2000})
	require.NoError(t, err)
}

func TestOnlyWhatIsWanted(t *testing.T) {
	sys := counters(t, 2, 3)
	report, err := Run(context.Background(), sys, Options{Properties: []string{"Last", "range"}})
	require.NoError(t, err)
	require.Len(t, report.Verdicts, 2)
	_, err = Run(context.Background(), sys, Options{Properties: []string{"Lost"}})
	require.EqualError(t, err, `check: system Counters has no property or scenario "Lost"`)
}

// The same system and options give the same report, but for durations.
func TestDeterministic(t *testing.T) {
	report := func() *Report {
		r, err := Run(context.Background(), sessionSpec(t, fsm.Network, true), Options{})
		require.NoError(t, err)
		r.Stats.Duration, r.System = 0, nil
		return r
	}
	require.Equal(t, report(), report())
}

// A million joint states of 204 bits fit in 200 MB with room to spare: here a tenth of it, in proportion.
func TestMemoryForEachState(t *testing.T) {
	report, err := Run(context.Background(), pairs(t, 12), Options{MaxStates: 100_000})
	require.NoError(t, err)
	require.Equal(t, 204, report.Stats.StateBits)
	require.Less(t, report.Stats.BytesPerState, 60.0)
}
