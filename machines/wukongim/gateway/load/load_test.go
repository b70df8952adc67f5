package load

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
	"interlock/fsm/record"
	"interlock/fsm/record/replay"
	"interlock/machines/wukongim/gateway"
	"interlock/spec"
)

// Two hundred connections end in every way at once, and nothing is left over.
func TestEverythingEndsAndNothingIsLeft(t *testing.T) {
	report, err := Run(context.Background(), Options{Connections: 6 * 2 * len(ways), Idle: 2 * time.Second, Linger: 200 * time.Millisecond,
		FrameTimeout: 200 * time.Millisecond, Workers: 16})
	require.NoError(t, err)
	var text strings.Builder
	require.NoError(t, report.Write(&text))
	require.NoError(t, report.Err(), "%s", text.String())
	require.Equal(t, report.Made, report.Counts.Sockets, "all were open at once")
	total := uint64(0)
	for _, n := range report.Reasons {
		total += n
	}
	require.EqualValues(t, report.Made, total, "each ended once")
	for _, way := range ways {
		require.NotZero(t, report.Ways[way.name], way.name)
	}
	for _, why := range []gateway.Reason{gateway.ReasonEOF, gateway.ReasonBroken, gateway.ReasonSilent, gateway.ReasonSlow, gateway.ReasonGarbage, gateway.ReasonRemoved} {
		require.NotZero(t, report.Reasons[why], why)
	}
}

// Everything that the machines of a gateway did while its connections ended in every way at once is a run of the spec, event by
// event and effect by effect.
func TestWhatAGatewayDoesIsARunOfItsSpec(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gateway.jsonl")
	recorder, err := record.Open(file, record.Options{})
	require.NoError(t, err)
	remove := fsm.Observe(recorder.Observe)
	r := &run{report: &Report{}, options: Options{Connections: 4 * 2 * len(ways), Idle: time.Second, Linger: 100 * time.Millisecond,
		FrameTimeout: 100 * time.Millisecond, Workers: 16}}
	err = r.all(context.Background())
	remove()
	require.NoError(t, err)
	require.NoError(t, recorder.Close())
	require.Zero(t, recorder.Stats().Lost)

	sources, err := spec.Load("..")
	require.NoError(t, err)
	compiled, diagnostics := spec.Compile(sources, nil)
	require.Empty(t, diagnostics)
	checker := replay.New(replay.Limits{}, compiled)
	require.NoError(t, checker.Files(file))
	report := checker.Report()
	require.True(t, report.Passed(), "%v %v", report.Findings, report.Unknown)
	require.Equal(t, r.options.Connections, report.Sessions)
}

// What a report calls a leak, or an orphan, is an error.
func TestAReportWithLeaks(t *testing.T) {
	clean := Footprint{Goroutines: 3, Files: 7, Heap: 1 << 20}
	for want, spoil := range map[string]func(*Report){
		"1 orphans":                        func(r *Report) { r.Orphans = 1 },
		"2 connections did not end":        func(r *Report) { r.Open = 2 },
		"1 clients were not told farewell": func(r *Report) { r.Untold = 1 },
		"1 requests failed":                func(r *Report) { r.Failed = 1 },
		"1 machines left":                  func(r *Report) { r.Left.Sessions = 1 },
		"1 sockets left":                   func(r *Report) { r.Left.Sockets = 1 },
		"1 users' connections left":        func(r *Report) { r.Left.Reached = 1 },
		"1 goroutines leaked":              func(r *Report) { r.After.Goroutines++ },
		"2 descriptors leaked":             func(r *Report) { r.After.Files += 2 },
		"5.0 MiB of memory leaked":         func(r *Report) { r.After.Heap += 5 << 20 },
	} {
		r := &Report{Before: clean, After: clean}
		require.Empty(t, r.wrong())
		spoil(r)
		r.Wrong = r.wrong()
		require.ErrorContains(t, r.Err(), want)
		sum := &Report{}
		sum.Add(&Report{Before: clean, After: Footprint{}}) // one process has less than before: no excuse for the other
		sum.Add(r)
		require.ErrorContains(t, sum.Err(), want)
	}
	require.True(t, Footprint{Goroutines: 4, Files: 7}.leaks(clean))
	require.False(t, Footprint{Goroutines: 3, Files: 7, Heap: 2 << 20}.leaks(clean))
}
