package otel_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"interlock/fsm"
	"interlock/fsm/otel"
)

// span collects its events.
type span struct {
	noop.Span
	lock   sync.Mutex
	names  []string
	events [][]attribute.KeyValue
}

func (*span) IsRecording() bool { return true }

func (s *span) AddEvent(name string, options ...trace.EventOption) {
	s.lock.Lock()
	defer s.lock.Unlock()
	config := trace.NewEventConfig(options...)
	s.names = append(s.names, name)
	s.events = append(s.events, config.Attributes())
}

var taken = fsm.Observation{Machine: "Embedded", Session: "7", Seq: 2, Event: "proxy.Hangup", Call: "proxy.Hangup(Kicked)", From: "Open", To: "Shut",
	Effects: []string{"proxy: do CloseSocket(Kicked)"}, Delivery: fsm.DeliveryTaken}

func TestASpanHasTheEventsOfItsSession(t *testing.T) {
	spans := otel.New(nil)
	defer fsm.Observe(spans.Observe)()
	a, b := &span{}, &span{}
	fsm.Tell(taken)
	stopA, stopB := spans.Follow("7", a), spans.Follow("7", b)
	spans.Follow("8", noop.Span{})()
	fsm.Tell(taken)
	stopA()
	stopA() // a second time harms nobody
	fsm.Tell(fsm.Observation{Machine: "Embedded", Session: "7", Event: "proxy.Accept", From: "Open", To: "Open", Refused: fsm.CauseState})
	fsm.Tell(fsm.Observation{Machine: "Embedded", Session: "8", Delivery: fsm.DeliveryTaken})
	stopB()
	fsm.Tell(taken)
	require.Equal(t, []string{"fsm.taken"}, a.names)
	require.Equal(t, []string{"fsm.taken", "fsm.refused"}, b.names)
	require.Equal(t, []attribute.KeyValue{
		attribute.String("fsm.machine", "Embedded"), attribute.String("fsm.event", "proxy.Hangup(Kicked)"), attribute.String("fsm.from", "Open"),
		attribute.String("fsm.to", "Shut"), attribute.String("fsm.session", "7"), attribute.Int64("fsm.seq", 2),
		attribute.StringSlice("fsm.effects", []string{"proxy: do CloseSocket(Kicked)"}),
	}, a.events[0])
	require.Equal(t, []attribute.KeyValue{
		attribute.String("fsm.machine", "Embedded"), attribute.String("fsm.event", "proxy.Accept"), attribute.String("fsm.from", "Open"),
		attribute.String("fsm.to", "Open"), attribute.String("fsm.session", "7"), attribute.String("fsm.cause", "state"),
	}, b.events[1])
}

func TestSessionsMayHaveOtherKeys(t *testing.T) {
	spans := otel.New(func(o fsm.Observation) string { return o.Machine + "/" + o.Session })
	a := &span{}
	defer spans.Follow("Embedded/7", a)()
	spans.Observe(taken)
	other := taken
	other.Machine = "Proxy"
	spans.Observe(other)
	require.Len(t, a.names, 1)
}

func TestManyGoroutines(t *testing.T) {
	spans := otel.New(nil)
	a := &span{}
	defer spans.Follow("7", a)()
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 200 {
				spans.Follow("7", &span{})()
				spans.Observe(taken)
			}
		})
	}
	wait.Wait()
	require.Len(t, a.names, 1600)
}

// What no span follows costs no allocation.
func TestNobodyFollows(t *testing.T) {
	spans := otel.New(nil)
	require.Zero(t, testing.AllocsPerRun(100, func() { spans.Observe(taken) }))
}
