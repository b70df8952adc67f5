package check

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

// pairs is n sessions side by side in one system: 17 bits each, and as many joint states as that of one to the n.
func pairs(t testing.TB, n int) *fsm.System {
	sys := sessionSpec(t, fsm.Network, true)
	in, links, crash := sys.Instances, sys.Links, *sys.Crashes[0]
	for i := 1; i < n; i++ {
		for at, proto := range in {
			other, there := 2*i+1-at, 2*i+at
			sys.Instances = append(sys.Instances, &fsm.Instance{Name: fmt.Sprint(proto.Name, i), Group: proto.Name, Machine: proto.Machine, Node: 2*i + at,
				Peers: [][]int{{other}}, Routes: [][][]int{{{there, there, there, there}}}})
			sys.Nodes = append(sys.Nodes, fsm.Node{Name: fmt.Sprint(proto.Name, i), Instances: []int{2*i + at}})
			link := *links[at]
			link.From, link.To = link.From+2*i, link.To+2*i
			sys.Links = append(sys.Links, &link)
		}
		c := crash
		c.Instance = 2 * i
		sys.Crashes = append(sys.Crashes, &c)
	}
	require.NoError(t, sys.Spec.Finish())
	return sys
}

func measure(b *testing.B, sys *fsm.System, opts Options) {
	var s Stats
	for b.Loop() {
		report, err := Run(context.Background(), sys, opts)
		require.NoError(b, err)
		s = report.Stats
	}
	b.ReportMetric(s.StatesPerSecond(), "states/s")
	b.ReportMetric(float64(s.Transitions)/s.Duration.Seconds(), "steps/s")
	b.ReportMetric(s.BytesPerState, "bytes/state")
	b.ReportMetric(float64(s.StateBits), "bits")
}

// The whole space of two sessions: 456 976 joint states of 34 bits.
func BenchmarkCheckPairs(b *testing.B) { measure(b, pairs(b, 2), Options{}) }

// The same by two workers, and a system of few bits, whose table holds quotients.
func BenchmarkCheckPairsTogether(b *testing.B) { measure(b, pairs(b, 2), Options{Workers: 2}) }

func BenchmarkCheckCountersTogether(b *testing.B) { measure(b, counters(b, 7, 7), Options{Workers: 2}) }

// A million joint states of 204 bits, the size of the close handshake between nodes.
func BenchmarkCheckMillionWide(b *testing.B) {
	sys := pairs(b, 12)
	measure(b, sys, Options{MaxStates: 1_000_000})
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/1e6, "MB")
}
