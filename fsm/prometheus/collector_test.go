package prometheus_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"interlock/fsm"
	"interlock/fsm/fleet"
	"interlock/fsm/prometheus"
	"interlock/fsm/record"
	"interlock/machines/wukongim/repaired"
)

// shown is what Prometheus would read.
func shown(t *testing.T, c *prometheus.Collector) string {
	t.Helper()
	registry := client.NewPedanticRegistry()
	require.NoError(t, registry.Register(c))
	problems, err := testutil.GatherAndLint(registry)
	require.NoError(t, err)
	require.Empty(t, problems)
	families, err := registry.Gather()
	require.NoError(t, err)
	var b strings.Builder
	for _, f := range families {
		for _, m := range f.Metric {
			b.WriteString(f.GetName())
			for _, l := range m.Label {
				fmt.Fprintf(&b, " %s=%q", l.GetName(), l.GetValue())
			}
			fmt.Fprintln(&b, "", m.GetCounter().GetValue()+m.GetGauge().GetValue())
		}
	}
	return b.String()
}

// A fleet is counted: where its sessions are, what they did, and what they refused.
func TestAFleetIsCounted(t *testing.T) {
	c := prometheus.New(prometheus.Options{})
	f, err := fleet.New(&repaired.EmbeddedClass, fleet.Options[int, int, repaired.Embedded, repaired.EmbeddedEvent, repaired.EmbeddedEffects]{})
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, prometheus.Watch(c, &repaired.EmbeddedClass, f.Counts))
	require.ErrorContains(t, prometheus.Watch(c, &repaired.EmbeddedClass, f.Counts), "watched already")
	defer fsm.Observe(c.Observe)()
	for key := range 3 {
		require.NoError(t, f.Add(key, 0))
		require.NoError(t, f.Fire(key, repaired.EmbeddedEvent{Kind: repaired.EmbeddedOnProxyAccept}))
	}
	require.Error(t, f.Fire(0, repaired.EmbeddedEvent{Kind: repaired.EmbeddedOnProxyAccept}))
	require.Error(t, f.Fire(0, repaired.EmbeddedEvent{Kind: repaired.EmbeddedOnProxyHangup, Why: 77}))
	text := shown(t, c)
	require.Contains(t, text, `fsm_refusals_total cause="argument" event="proxy.Hangup" machine="Embedded" 1`)
	require.Contains(t, text, `fsm_refusals_total cause="state" event="proxy.Accept" machine="Embedded" 1`)
	require.Contains(t, text, `fsm_sessions machine="Embedded" state="ProxyLiveOpenLeaderOpen" 3`)
	require.Contains(t, text, `fsm_sessions machine="Embedded" state="ProxyIdleLeaderAbsent" 0`)
	require.Contains(t, text, `fsm_transitions_total event="proxy.Accept" from="ProxyIdleLeaderAbsent" machine="Embedded" to="ProxyLiveOpenLeaderOpen" 3`)
	require.Equal(t, 3+len(repaired.EmbeddedClass.States), strings.Count(text, "\n"))
}

// Nothing that was not declared becomes a label value, however many of it there are.
func TestLabelValuesAreBounded(t *testing.T) {
	c := prometheus.New(prometheus.Options{Namespace: "app", Series: 3})
	c.Declare("Proxy", []string{"Idle", "Open"}, []string{"Accept"})
	c.Declare("Proxy", []string{"Closed"}, []string{"Hangup"})
	for i := range 50 {
		wild := fmt.Sprint("wild", i)
		for _, d := range []fsm.Delivery{fsm.DeliveryTaken, fsm.DeliveryRefused, fsm.DeliveryIgnored, fsm.Delivery(i + 10)} {
			for _, o := range []fsm.Observation{{Machine: wild, Event: "Accept"}, {Machine: "Proxy", Event: wild, From: wild, To: wild},
				{Machine: "Proxy", Session: wild, Event: "Accept", Call: wild, From: "Idle", To: wild}} {
				o.Delivery, o.Refused = d, fsm.Cause(i+100)
				c.Observe(o)
			}
		}
	}
	for _, from := range []string{"Idle", "Open", "Closed"} {
		for _, to := range []string{"Idle", "Open", "Closed"} {
			c.Observe(fsm.Observation{Machine: "Proxy", Event: "Hangup", From: from, To: to, Delivery: fsm.DeliveryTaken})
		}
	}
	text := shown(t, c)
	require.NotContains(t, text, "wild")
	require.Contains(t, text, `app_transitions_total event="Hangup" from="other" machine="Proxy" to="other" 6`)
	require.Contains(t, text, `app_transitions_total event="other" from="other" machine="other" to="other" 50`)
	require.Contains(t, text, `app_transitions_total event="other" from="other" machine="Proxy" to="other" 50`)
	require.Contains(t, text, `app_refusals_total cause="?" event="Accept" machine="Proxy" 50`)
	require.Contains(t, text, `app_unanswered_total delivery="ignored" event="Accept" machine="Proxy" 50`)
	require.Contains(t, text, `app_unanswered_total delivery="?" event="Accept" machine="Proxy" 50`)
	require.Less(t, strings.Count(text, "\n"), 20)
}

func TestRecordersAreCounted(t *testing.T) {
	c := prometheus.New(prometheus.Options{})
	stats := func() record.Stats { return record.Stats{Last: 7, Lost: 2} }
	require.NoError(t, c.WatchRecording("main", stats))
	require.Error(t, c.WatchRecording("main", stats))
	require.Equal(t, "fsm_record_lines_total recording=\"main\" 7\nfsm_record_lost_lines_total recording=\"main\" 2\n", shown(t, c))
}

func TestManyGoroutines(t *testing.T) {
	c := prometheus.New(prometheus.Options{})
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 200 {
				c.Declare("Proxy", []string{"Idle", "Open"}, []string{"Accept"})
				c.Observe(fsm.Observation{Machine: "Proxy", Event: "Accept", From: "Idle", To: "Open", Delivery: fsm.DeliveryTaken})
				c.Observe(fsm.Observation{Machine: "Proxy", Event: "Accept", From: "Open", To: "Open", Refused: fsm.CauseState})
			}
		})
	}
	wait.Go(func() { shown(t, c) })
	wait.Wait()
	require.Contains(t, shown(t, c), `fsm_transitions_total event="Accept" from="Idle" machine="Proxy" to="Open" 1600`)
}

func BenchmarkObserve(b *testing.B) {
	c := prometheus.New(prometheus.Options{})
	if err := prometheus.Watch(c, &repaired.EmbeddedClass, nil); err != nil {
		b.Fatal(err)
	}
	o := fsm.Observation{Machine: "Embedded", Event: "proxy.Accept", From: "ProxyIdleLeaderAbsent", To: "ProxyLiveOpenLeaderOpen", Delivery: fsm.DeliveryTaken}
	b.ReportAllocs()
	for b.Loop() {
		c.Observe(o)
	}
}
