package repaired

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// sink keeps what is measured from being left out by the compiler.
var sink int

// opened is a joint machine with both ends open.
func opened(b testing.TB) Embedded {
	s, _, err := NewEmbedded()
	require.NoError(b, err)
	_, err = s.ProxyAccept()
	require.NoError(b, err)
	return s
}

// TestStepsAllocateNothing, taken or refused, whoever takes them.
func TestStepsAllocateNothing(t *testing.T) {
	s, cell := opened(t), &EmbeddedCell{}
	cell.Store(s)
	c := NewConnections(quiet{}, nil, 1)
	id := open(t, c, "ann")
	proxy := NewProxy(true)
	for name, take := range map[string]func(){
		"a step":              func() { _, _ = s.Step(EmbeddedEvent{Kind: EmbeddedOnLeaderPush}) },
		"its method":          func() { _, _ = s.LeaderPush() },
		"a refused step":      func() { _, _ = s.Step(EmbeddedEvent{Kind: EmbeddedOnProxyAccept}) },
		"a question":          func() { _ = s.Can(EmbeddedEvent{Kind: EmbeddedOnProxyAccept}) },
		"a step of the cell":  func() { _, _ = cell.LeaderPush() },
		"a refusal there":     func() { _, _ = cell.ProxyAccept() },
		"a step of one end":   func() { p := proxy; _, _ = p.Accept() },
		"a refusal there too": func() { _, _ = proxy.FireRetry() },
		"a push":              func() { _ = c.Push(id, nil) },
	} {
		take() // errors of a state are made when it first refuses something
		require.Zero(t, testing.AllocsPerRun(100, take), name)
	}
}

// BenchmarkStepPush is a step with one message and one effect.
func BenchmarkStepPush(b *testing.B) {
	s := opened(b)
	b.ReportAllocs()
	for b.Loop() {
		effects, err := s.Step(EmbeddedEvent{Kind: EmbeddedOnLeaderPush})
		if err != nil {
			b.Fatal(err)
		}
		sink += effects.Len()
	}
}

// BenchmarkMethodPush is the same step by its method.
func BenchmarkMethodPush(b *testing.B) {
	s := opened(b)
	b.ReportAllocs()
	for b.Loop() {
		effects, err := s.LeaderPush()
		if err != nil {
			b.Fatal(err)
		}
		sink += effects.Len()
	}
}

// BenchmarkStepHangup is the longest step: two messages, six effects. The machine is put back each time.
func BenchmarkStepHangup(b *testing.B) {
	open := opened(b)
	b.ReportAllocs()
	for b.Loop() {
		s := open
		effects, err := s.Step(EmbeddedEvent{Kind: EmbeddedOnProxyHangup, Why: ReasonEOF})
		if err != nil {
			b.Fatal(err)
		}
		sink += effects.Len()
	}
}

// BenchmarkStepRefused is an event that the state has no transition for.
func BenchmarkStepRefused(b *testing.B) {
	s := opened(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Step(EmbeddedEvent{Kind: EmbeddedOnProxyAccept}); err == nil {
			b.Fatal("taken")
		}
	}
}

// BenchmarkCan asks for a step that is then not taken.
func BenchmarkCan(b *testing.B) {
	s := opened(b)
	b.ReportAllocs()
	for b.Loop() {
		if !s.Can(EmbeddedEvent{Kind: EmbeddedOnLeaderPush}) {
			b.Fatal("refused")
		}
	}
}

// BenchmarkCellPush is a step for any goroutine, by one goroutine.
func BenchmarkCellPush(b *testing.B) {
	var cell EmbeddedCell
	cell.Store(opened(b))
	b.ReportAllocs()
	for b.Loop() {
		effects, err := cell.LeaderPush()
		if err != nil {
			b.Fatal(err)
		}
		sink += effects.Len()
	}
}

// BenchmarkCellPushParallel is the same cell, by as many goroutines as there are processors.
func BenchmarkCellPushParallel(b *testing.B) {
	var cell EmbeddedCell
	cell.Store(opened(b))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := cell.LeaderPush(); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkCellRefused is a refusal for any goroutine.
func BenchmarkCellRefused(b *testing.B) {
	var cell EmbeddedCell
	cell.Store(opened(b))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cell.ProxyAccept(); err == nil {
			b.Fatal("taken")
		}
	}
}

// BenchmarkMachineHangup is a step of one end alone, as on a node of its own.
func BenchmarkMachineHangup(b *testing.B) {
	open := NewProxy(true)
	_, err := open.Accept()
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		p := open
		effects, err := p.Hangup(ReasonEOF)
		if err != nil {
			b.Fatal(err)
		}
		sink += effects.Len()
	}
}

// quiet is a Host that does nothing.
type quiet struct{}

func (quiet) CloseSocket(ID, Reason) {}
func (quiet) WriteSocket(ID, []byte) {}
func (quiet) Online(ID, string)      {}
func (quiet) Offline(ID, string)     {}

// BenchmarkConnectionsPush is a push through the whole shell: the lock, the books, the joint machine, the Host.
func BenchmarkConnectionsPush(b *testing.B) {
	c := NewConnections(quiet{}, nil, 1)
	id, err := c.Open("ann")
	require.NoError(b, err)
	data := []byte("hello")
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Push(id, data); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkConnectionsOpenHangup is the life of a connection.
func BenchmarkConnectionsOpenHangup(b *testing.B) {
	c := NewConnections(quiet{}, nil, 1)
	b.ReportAllocs()
	for b.Loop() {
		id, err := c.Open("ann")
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Hangup(id, ReasonEOF); err != nil {
			b.Fatal(err)
		}
	}
}
