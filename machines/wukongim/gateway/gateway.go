package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"interlock/fsm/fleet"
)

// ID names a connection. A gateway never gives it out twice.
type ID uint64

// Options are what a gateway is given. The zero value is usable.
type Options struct {
	// Authenticate judges a login. It may take as long as it likes: the client's time for a login runs meanwhile. Nil lets everybody in.
	Authenticate func(user, secret string) bool
	// Told is called when a user's connection goes online or offline, for one connection in that order; nil for nobody.
	Told func(user string, id ID, online bool)
	Log  *slog.Logger // nil for none

	Max          int           // connections at most; 1 << 20 if 0
	MaxFrame     int           // bytes of a client's frame; 4096 if 0
	MaxQueue     int           // bytes that may wait to be written to one client, if that is more than one frame; 65536 if 0
	SendBuffer   int           // bytes that the system keeps for one client besides; 0 leaves it to the system
	FrameTimeout time.Duration // for the rest of a frame that has begun; 5 s if 0
	WriteTimeout time.Duration // for one write; 5 s if 0

	// Patience, Idle and Linger take the place of the timers' durations in the spec, where they are not 0.
	Patience, Idle, Linger time.Duration
}

// complete fills in what is missing.
func (o *Options) complete() {
	set := func(n *int, value int) {
		if *n == 0 {
			*n = value
		}
	}
	set(&o.Max, 1<<20)
	set(&o.MaxFrame, 4096)
	set(&o.MaxQueue, 1<<16)
	for _, d := range []*time.Duration{&o.FrameTimeout, &o.WriteTimeout} {
		if *d == 0 {
			*d = 5 * time.Second
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

// sessions is the fleet of the gateway's joint machines; the owner of a session is its user.
type sessions = fleet.Fleet[ID, string, Connection, ConnectionEvent, ConnectionEffects]

// step is a step of one of them.
type step = fleet.Step[ID, string, Connection, ConnectionEvent, ConnectionEffects]

// Gateway serves clients. Any goroutine may call any method. It must be stopped.
type Gateway struct {
	options Options
	fleet   *sessions
	last    atomic.Uint64 // ID
	crew    crew
	stats   stats

	mu        sync.Mutex // guards the two books and the listeners, and is never held while anything is called
	sockets   map[ID]*socket
	users     map[string]map[ID]*socket
	listeners []net.Listener
	stopping  bool
}

// stats are counters that only grow.
type stats struct {
	accepted, full, frames, pushes, overflows, onlines, offlines atomic.Uint64

	ends      [len(reasonNames)]atomic.Uint64 // by reason: sockets shut
	farewells [len(reasonNames)]atomic.Uint64 // by reason: clients told to go
}

// New returns a gateway that serves nobody yet.
func New(options Options) (*Gateway, error) {
	options.complete()
	g := &Gateway{options: options, sockets: map[ID]*socket{}, users: map[string]map[ID]*socket{}}
	g.crew.idle.L = &g.crew.mu
	var err error
	g.fleet, err = fleet.New(&ConnectionClass, fleet.Options[ID, string, Connection, ConnectionEvent, ConnectionEffects]{
		Host:      g.perform,
		Urgent:    urgent,
		Max:       options.Max,
		Durations: options.durations(),
		Text:      func(id ID) string { return fmt.Sprint(uint64(id)) },
	})
	return g, err
}

// durations are those of the timers that the options change.
func (o *Options) durations() map[string]time.Duration {
	all := map[string]time.Duration{}
	set := func(timer string, d time.Duration) {
		if d != 0 {
			all[timer] = d
		}
	}
	set("proxy.patience", o.Patience)
	set("proxy.idle", o.Idle)
	set("proxy.linger", o.Linger)
	return all
}

// ErrStopped is the error of Serve after Stop.
var ErrStopped = errors.New("gateway: stopped")

// Serve accepts clients until the gateway is stopped, which closes the listener, and then returns ErrStopped.
func (g *Gateway) Serve(l net.Listener) error {
	g.mu.Lock()
	if g.stopping {
		g.mu.Unlock()
		return errors.Join(ErrStopped, l.Close())
	}
	g.listeners = append(g.listeners, l)
	g.crew.add()
	g.mu.Unlock()
	defer g.crew.done()
	for pause := time.Duration(0); ; {
		conn, err := l.Accept()
		switch {
		case err == nil:
			pause = 0
			g.accept(conn)
		case isOwn(err):
			return ErrStopped
		default: // no descriptor left, or a client that is gone already: others may fare better a little later
			pause = min(max(2*pause, time.Millisecond), time.Second)
			g.options.Log.Warn("accept", "error", err, "pause", pause)
			time.Sleep(pause)
		}
	}
}

// accept begins a connection.
func (g *Gateway) accept(conn net.Conn) {
	s := &socket{id: ID(g.last.Add(1)), conn: conn}
	if tcp, ok := conn.(*net.TCPConn); ok && g.options.SendBuffer > 0 {
		_ = tcp.SetWriteBuffer(g.options.SendBuffer) // a wish
	}
	g.mu.Lock()
	stopping := g.stopping
	if !stopping {
		g.sockets[s.id] = s
		g.crew.add()
	}
	g.mu.Unlock()
	if stopping {
		s.shut(ReasonStopped)
		return
	}
	if err := g.fleet.Add(s.id, ""); err != nil {
		g.stats.full.Add(1)
		g.forget(s)
		s.shut(ReasonStopped)
		g.crew.done()
		return
	}
	g.stats.accepted.Add(1)
	go func() {
		defer g.crew.done()
		g.hangup(s.id, g.read(s)) // an error says that it has ended
	}()
	g.mu.Lock()
	stopping = g.stopping
	g.mu.Unlock()
	if stopping { // Stop may have looked for connections before this one was there
		_ = g.hangup(s.id, ReasonStopped) // an error says that it has ended
	}
}

// forget strikes a socket off the proxy's book.
func (g *Gateway) forget(s *socket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.sockets, s.id)
}

// crew counts goroutines.
type crew struct {
	mu   sync.Mutex
	idle sync.Cond
	n    int
}

func (c *crew) add() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
}

func (c *crew) done() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n--; c.n == 0 {
		c.idle.Broadcast()
	}
}

// wait returns when there is none.
func (c *crew) wait() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.n > 0 {
		c.idle.Wait()
	}
}

// Stop ends the gateway: no client is accepted any more, those that are logged in are told farewell, and have until ctx is done to
// take it; then all that is left is shut. It returns when every goroutine of the gateway has ended, and says how many clients had
// to be shut. A second call waits for nothing.
func (g *Gateway) Stop(ctx context.Context) (shut int) {
	g.mu.Lock()
	again := g.stopping
	g.stopping = true
	listeners := g.listeners
	g.mu.Unlock()
	if again {
		return 0
	}
	for _, l := range listeners {
		_ = l.Close() // Serve says what there is to say
	}
	g.fleet.FireState(int(ConnectionProxyAcceptedLeaderAbsent), ConnectionEvent{Kind: ConnectionOnProxyHangup, Why: ReasonStopped})
	g.endAll(ConnectionEvent{Kind: ConnectionOnLeaderKick, Why: ReasonStopped})
	for g.fleet.Len() > 0 && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
	shut = g.endAll(ConnectionEvent{Kind: ConnectionOnProxyHangup, Why: ReasonStopped})
	g.crew.wait()
	g.fleet.Close()
	g.crew.wait() // a Push of somebody else's may have begun to write to a socket before it was shut
	return shut
}

// endAll gives every connection an event that ends it, until none takes it any more, and says how many did.
func (g *Gateway) endAll(event ConnectionEvent) (ended int) {
	for {
		t := g.fleet.FireWhere(func(c Connection) bool { return c.Can(event) }, event)
		ended += t.Taken
		if t.Taken == 0 && t.Busy == 0 {
			return ended
		}
	}
}
