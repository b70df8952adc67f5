package property

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/machines/wukongim/repaired"
)

// ends is a connection as its two generated ends, whoever carries their messages.
type ends interface {
	take(repaired.EmbeddedEvent) error
	states() (repaired.ProxyState, repaired.LeaderState)
}

// oneStep is the generated joint machine: a send is the receiver's step.
type oneStep struct{ both repaired.Embedded }

func (o *oneStep) take(e repaired.EmbeddedEvent) error {
	_, err := o.both.Step(e)
	return err
}

func (o *oneStep) states() (repaired.ProxyState, repaired.LeaderState) {
	return o.both.Proxy(), o.both.Leader()
}

// forgetful is the two generated machines with a shell round them that has WuKongIM's bug: it carries every message but
// the one that says goodbye, and takes the silence for an answer.
type forgetful struct {
	proxy  repaired.Proxy
	leader repaired.Leader
}

func (f *forgetful) states() (repaired.ProxyState, repaired.LeaderState) {
	return f.proxy.State(), f.leader.State()
}

func (f *forgetful) take(e repaired.EmbeddedEvent) error {
	switch e.Kind {
	case repaired.EmbeddedOnProxyAccept:
		out, err := f.proxy.Accept()
		return f.carry(out, err)
	case repaired.EmbeddedOnProxyHangup:
		out, err := f.proxy.Hangup(e.Why)
		return f.carry(out, err)
	}
	return nil
}

// carry hands over what the proxy sent.
func (f *forgetful) carry(out repaired.ProxyEffects, err error) error {
	for e := range out.All() {
		switch e.Kind {
		case repaired.ProxySendLeaderRegister:
			if _, err := f.leader.DeliverRegister(e.Term, e.Incarnation, e.Seq); err != nil {
				return err
			}
			if _, err := f.proxy.DeliverRegistered(e.Incarnation, e.Seq); err != nil {
				return err
			}
		case repaired.ProxySendLeaderRemove: // never arrives
			_, err = f.proxy.DeliverRemoved(e.Incarnation, e.Seq)
		}
	}
	return err
}

// inputs are all that the environment, and the timers, can do to a connection.
var inputs = []repaired.EmbeddedEventKind{repaired.EmbeddedOnProxyAccept, repaired.EmbeddedOnProxyHangup, repaired.EmbeddedOnProxyFireBeat,
	repaired.EmbeddedOnProxyFireRetry, repaired.EmbeddedOnLeaderPush, repaired.EmbeddedOnLeaderKick, repaired.EmbeddedOnLeaderFireLease}

// neverOrphaned drives a connection with random events and fails where the proxy is closed and the leader open.
func neverOrphaned(t *rapid.T, begin func() ends) {
	connection := begin()
	var taken []string
	for range rapid.IntRange(0, 30).Draw(t, "events") {
		event := repaired.EmbeddedEvent{
			Kind: rapid.SampledFrom(inputs).Draw(t, "event"),
			Why:  rapid.SampledFrom(slices.Collect(repaired.AllReasons())).Draw(t, "why"),
		}
		if connection.take(event) == nil {
			taken = append(taken, event.Kind.String())
		}
		proxy, leader := connection.states()
		if proxy == repaired.ProxyClosed && leader == repaired.LeaderOpen {
			t.Fatalf("orphan after %s: proxy %s, leader %s", strings.Join(taken, ", "), proxy, leader)
		}
	}
}

func beginOneStep() ends {
	both, _, err := repaired.NewEmbedded()
	if err != nil {
		panic(err)
	}
	return &oneStep{both}
}

// No sequence of events gets the generated joint machine to a closed proxy with an open leader.
func TestGeneratedCodeNeverOrphans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { neverOrphaned(t, beginOneStep) })
}

// The same property finds the bug where it is put back, and says so in two events.
func TestTheSeededOrphanIsFoundAndShrunk(t *testing.T) {
	require.NoError(t, flag.Set("rapid.nofailfile", "true")) // this failure is wanted
	defer flag.Set("rapid.nofailfile", "false")
	told := &recorder{name: t.Name()}
	rapid.Check(told, func(t *rapid.T) {
		neverOrphaned(t, func() ends {
			return &forgetful{proxy: repaired.NewProxy(false), leader: repaired.NewLeader(false)}
		})
	})
	require.True(t, told.failed)
	require.Regexp(t, "orphan after (?i:proxy.Accept, proxy.Hangup): proxy Closed, leader Open", told.String())
}

// recorder is a test that may fail: it keeps what it is told.
type recorder struct {
	strings.Builder
	name   string
	failed bool
}

func (r *recorder) Helper()                      {}
func (r *recorder) Name() string                 { return r.name }
func (r *recorder) Logf(f string, args ...any)   { fmt.Fprintf(r, f+"\n", args...) }
func (r *recorder) Log(args ...any)              { fmt.Fprintln(r, args...) }
func (r *recorder) Skipf(f string, args ...any)  { r.Logf(f, args...) }
func (r *recorder) Skip(args ...any)             { r.Log(args...) }
func (r *recorder) SkipNow()                     {}
func (r *recorder) Errorf(f string, args ...any) { r.Logf(f, args...); r.failed = true }
func (r *recorder) Error(args ...any)            { r.Log(args...); r.failed = true }
func (r *recorder) Fatalf(f string, args ...any) { r.Errorf(f, args...) }
func (r *recorder) Fatal(args ...any)            { r.Error(args...) }
func (r *recorder) FailNow()                     { r.failed = true }
func (r *recorder) Fail()                        { r.failed = true }
func (r *recorder) Failed() bool                 { return r.failed }
