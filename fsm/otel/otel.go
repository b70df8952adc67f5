// Package otel writes what machines do as events on spans of OpenTelemetry. It is a module of its own: who does not import it
// does not link the API.
//
//	spans := otel.New(nil)
//	remove := fsm.Observe(spans.Observe)
//	...
//	ctx, span := tracer.Start(ctx, "connection")
//	defer spans.Follow("17", span)()
//
// A span that follows a session gets an event for each of the session's, named "fsm.taken", "fsm.refused", "fsm.ignored" or
// "fsm.deferred", with the attributes fsm.machine, fsm.session, fsm.seq, fsm.event, fsm.from, fsm.to, fsm.effects, fsm.cause. A
// span is for one request or one life; an event of a session that no span follows costs a look into a map, and leaves no trace.
//
// Machines take no context: their steps are pure, and the span is told apart by the key of the session. A span may follow many
// sessions, and many spans one. Spans bound their events themselves (128 by default): of a long life the SDK keeps so many.
package otel

import (
	"slices"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"interlock/fsm"
)

// Spans knows which spans follow which sessions. Any goroutine may use it.
type Spans struct {
	key      func(fsm.Observation) string
	lock     sync.RWMutex
	sessions map[string][]*follower
}

// follower is a span that follows a session: a place in the list of its own, since a span may be there twice.
type follower struct{ span trace.Span }

// New follows nobody yet. key is what sessions are called in Follow; nil is the observation's Session, which is enough where
// there is one kind of machine.
func New(key func(fsm.Observation) string) *Spans {
	if key == nil {
		key = func(o fsm.Observation) string { return o.Session }
	}
	return &Spans{key: key, sessions: map[string][]*follower{}}
}

// Follow lets a span have the events of a session, until stop is called: at the latest when the span ends. A span that is not
// recorded follows nobody.
func (s *Spans) Follow(session string, span trace.Span) (stop func()) {
	if !span.IsRecording() {
		return func() {}
	}
	f := &follower{span}
	s.lock.Lock()
	defer s.lock.Unlock()
	s.sessions[session] = append(slices.Clone(s.sessions[session]), f)
	return func() {
		s.lock.Lock()
		defer s.lock.Unlock()
		rest := slices.DeleteFunc(slices.Clone(s.sessions[session]), func(x *follower) bool { return x == f })
		if len(rest) == 0 {
			delete(s.sessions, session)
			return
		}
		s.sessions[session] = rest
	}
}

// Observe writes an event to the spans that follow its session, for [fsm.Observe].
func (s *Spans) Observe(o fsm.Observation) {
	s.lock.RLock()
	followers := s.sessions[s.key(o)]
	s.lock.RUnlock()
	if len(followers) == 0 {
		return
	}
	name, attributes := "fsm."+o.Delivery.String(), trace.WithAttributes(Attributes(o)...)
	for _, f := range followers {
		f.span.AddEvent(name, attributes)
	}
}

// Attributes are what an observation says; what it does not know is left out. They are for hosts that have the span at hand and
// write the event themselves.
func Attributes(o fsm.Observation) []attribute.KeyValue {
	call := o.Call
	if call == "" {
		call = o.Event
	}
	list := append(make([]attribute.KeyValue, 0, 8), attribute.String("fsm.machine", o.Machine), attribute.String("fsm.event", call),
		attribute.String("fsm.from", o.From), attribute.String("fsm.to", o.To))
	if o.Session != "" {
		list = append(list, attribute.String("fsm.session", o.Session))
	}
	if o.Seq != 0 {
		list = append(list, attribute.Int64("fsm.seq", int64(o.Seq)))
	}
	if len(o.Effects) > 0 {
		list = append(list, attribute.StringSlice("fsm.effects", o.Effects))
	}
	if o.Refused != fsm.CauseNone {
		list = append(list, attribute.String("fsm.cause", o.Refused.Name()))
	}
	return list
}
