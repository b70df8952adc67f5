package property

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
	"interlock/fsm/fleet"
	"interlock/fsm/record"
	"interlock/fsm/record/replay"
	"interlock/machines/wukongim/repaired"
)

// recorded replays what machines did while run ran against the spec in a folder, and gives the report.
func recorded(t *testing.T, dir string, run func()) replay.Report {
	t.Helper()
	path := filepath.Join(t.TempDir(), "machines.jsonl")
	r, err := record.Open(path, record.Options{MaxBytes: 100_000})
	require.NoError(t, err)
	var lock sync.Mutex
	told := map[string]int{} // as text: how often
	remove := fsm.Observe(r.Observe)
	removeOther := fsm.Observe(func(o fsm.Observation) {
		lock.Lock()
		defer lock.Unlock()
		told[fmt.Sprintf("%+v", o)]++
	})
	run()
	remove()
	removeOther()
	require.NoError(t, r.Close())
	require.Zero(t, r.Stats().Lost)
	require.Equal(t, told, linesOf(t, path), "what is read back is what was observed")
	s, _ := lowered(t, dir)
	c := replay.New(replay.Limits{}, s)
	require.NoError(t, c.Files(path))
	return c.Report()
}

// linesOf are the observations of a recording, each as text, with how often it is there.
func linesOf(t *testing.T, path string) map[string]int {
	t.Helper()
	files, err := record.Files(path)
	require.NoError(t, err)
	read := map[string]int{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		for r := record.NewReader(bytes.NewReader(text)); ; {
			line, err := r.Next()
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			read[fmt.Sprintf("%+v", line.Observation)]++
		}
	}
	return read
}

// deaf is a host that does nothing.
type deaf struct{}

func (deaf) CloseSocket(repaired.ID, repaired.Reason) {}
func (deaf) WriteSocket(repaired.ID, []byte)          {}
func (deaf) Online(repaired.ID, string)               {}
func (deaf) Offline(repaired.ID, string)              {}

// What many goroutines do to the connections of a server, recorded, is for each connection a run of its spec.
func TestRecordedConnectionsFollowTheSpec(t *testing.T) {
	report := recorded(t, "../machines/wukongim/repaired", func() {
		c := repaired.NewConnections(deaf{}, nil, 1000)
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				for range 25 {
					id, err := c.Open("user")
					require.NoError(t, err)
					wait.Go(func() { c.Hangup(id, repaired.ReasonBroken) })
					wait.Go(func() { c.Push(id, nil) })
					c.Push(id, nil)
					c.Kick(id)
				}
			})
		}
		wait.Wait()
	})
	require.True(t, report.Passed(), "%v %v", report.Findings, report.Unknown)
	require.Equal(t, 100, report.Sessions)
	require.GreaterOrEqual(t, report.Taken, 200)
}

// The same of a fleet, whose keys are used anew, with random events by many goroutines, refused ones among them.
func TestRecordedFleetsFollowTheSpec(t *testing.T) {
	report := recorded(t, "../machines/wukongim/repaired", func() {
		f, err := fleet.New(&repaired.EmbeddedClass, fleet.Options[int, int, repaired.Embedded, repaired.EmbeddedEvent, repaired.EmbeddedEffects]{})
		require.NoError(t, err)
		defer f.Close()
		events := rapid.SliceOfN(rapid.IntRange(0, int(repaired.EmbeddedOnLeaderFireLease)), 100, 100)
		var wait sync.WaitGroup
		for g := range 8 {
			wait.Go(func() {
				for i, kind := range events.Example(g) {
					key := (g + i) % 5
					_ = f.Add(key, 0) // it may be there
					_ = f.Fire(key, repaired.EmbeddedEvent{Kind: repaired.EmbeddedOnProxyAccept})
					_ = f.Fire(key, repaired.EmbeddedEvent{Kind: repaired.EmbeddedEventKind(kind)})
				}
			})
		}
		wait.Wait()
	})
	require.True(t, report.Passed(), "%v %v", report.Findings, report.Unknown)
	require.Equal(t, 5, report.Sessions)
	require.NotZero(t, report.Refused)
	require.NotZero(t, report.Taken)
}
