package repaired

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"sync"

	"interlock/fsm"
)

// ID names a connection in a [Connections]. It is never given out twice.
type ID uint64

// Host does what the machines order. Its methods are called without any lock held, for one connection one after the other
// and in the order of the steps; they may call the Connections.
type Host interface {
	// CloseSocket shuts the client's socket.
	CloseSocket(id ID, why Reason)
	// WriteSocket writes what was pushed.
	WriteSocket(id ID, data []byte)
	// Online and Offline tell the business server. One Offline follows each Online.
	Online(id ID, user string)
	Offline(id ID, user string)
}

// The errors of Connections. An event that the machine refuses is an error of its own kind: errors.Is(err, fsm.ErrRefused).
var (
	ErrUnknown = errors.New("repaired: no such connection")
	ErrFull    = errors.New("repaired: too many connections")
	ErrBusy    = errors.New("repaired: too much is waiting to be written")
)

// MaxWaiting is how many steps of one connection may wait for their turn at the Host before a Push is refused. Ends of
// connections are never refused for that.
const MaxWaiting = 1024

// Connections holds the connections of one process that is proxy and leader at once. Both ends of a connection are one joint
// machine, so that whatever closes one end closes the other in the same step.
//
// It keeps two books, as a server does: of the sockets, which is the proxy's, and of the users that can be reached, which is
// the leader's. Each follows its own effects only; [Connections.Check] compares them with each other and with the machines.
//
// Any goroutine may call any method. None waits for the Host of another connection.
type Connections struct {
	host Host
	log  *slog.Logger
	most int

	mu      sync.Mutex // guards what follows, and what is in a connection; never held while the Host or the log is called
	last    ID
	sockets map[ID]*connection
	users   map[string]map[ID]*connection
}

// connection is one client's.
type connection struct {
	id      ID
	user    string
	both    Embedded // the proxy and the leader
	waiting []step   // what the Host has still to be told, oldest first, from told on
	told    int
	telling bool // a goroutine is at it
}

// step is a step that was taken, for the log and the Host.
type step struct {
	event         EmbeddedEvent
	before, after Embedded
	effects       EmbeddedEffects
	data          []byte // of a Push
}

// View is a connection at one moment: both of its ends, read at once.
type View struct {
	ID     ID
	User   string
	Proxy  ProxyState
	Leader LeaderState
	Steps  uint64 // how many steps it has taken
}

// NewConnections returns an empty one for at most that many connections. A nil log is none.
func NewConnections(host Host, log *slog.Logger, most int) *Connections {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Connections{host: host, log: log, most: most, sockets: map[ID]*connection{}, users: map[string]map[ID]*connection{}}
}

// Open is a user's client that has connected: both ends open.
func (c *Connections) Open(user string) (ID, error) {
	both, _, err := NewEmbedded()
	if err != nil {
		return 0, err
	}
	c.mu.Lock()
	if len(c.sockets) >= c.most {
		c.mu.Unlock()
		return 0, ErrFull
	}
	c.last++
	conn := &connection{id: c.last, user: user, both: both}
	c.sockets[conn.id] = conn
	err = c.step(conn, EmbeddedEvent{Kind: EmbeddedOnProxyAccept}, nil)
	if err != nil {
		delete(c.sockets, conn.id)
	}
	c.mu.Unlock()
	c.tell(conn)
	return conn.id, err
}

// Hangup is the end of a client's socket, as the proxy sees it: both ends close.
func (c *Connections) Hangup(id ID, why Reason) error {
	return c.take(id, EmbeddedEvent{Kind: EmbeddedOnProxyHangup, Why: why}, nil)
}

// Kick ends a connection from the leader's side: both ends close.
func (c *Connections) Kick(id ID) error {
	return c.take(id, EmbeddedEvent{Kind: EmbeddedOnLeaderKick}, nil)
}

// KickUser kicks every connection that the user has, oldest first, and returns how many ended. One that has ended by itself
// meanwhile is none of them, and none is passed over for another's sake.
func (c *Connections) KickUser(user string) int {
	kicked := 0
	for _, id := range c.of(user) {
		if c.Kick(id) == nil {
			kicked++
		}
	}
	return kicked
}

// Push writes to a client by way of its leader. The data is not copied.
func (c *Connections) Push(id ID, data []byte) error {
	return c.take(id, EmbeddedEvent{Kind: EmbeddedOnLeaderPush}, data)
}

// take lets a connection take an event, and tells the Host.
func (c *Connections) take(id ID, event EmbeddedEvent, data []byte) error {
	c.mu.Lock()
	conn := c.sockets[id]
	if conn == nil {
		c.mu.Unlock()
		return fmt.Errorf("%w: %d", ErrUnknown, id)
	}
	if event.Kind == EmbeddedOnLeaderPush && len(conn.waiting)-conn.told >= MaxWaiting {
		c.mu.Unlock()
		return ErrBusy
	}
	err := c.step(conn, event, data)
	seq := conn.both.Seq()
	c.mu.Unlock()
	c.tell(conn)
	if err != nil && fsm.Observed() {
		o := observation(id, event, EmbeddedEffects{})
		o.Seq = seq
		fsm.TellOutcome(o, err)
	}
	return err
}

// observation is what observers are told of a connection's event, under its name.
func observation(id ID, event EmbeddedEvent, effects EmbeddedEffects) fsm.Observation {
	o := EmbeddedClass.Observation(event, effects)
	o.Session, o.Seq = strconv.FormatUint(uint64(id), 10), effects.Seq()
	return o
}

// step takes an event, writes its effects into the books, and leaves the rest for tell. A refusal changes nothing.
func (c *Connections) step(conn *connection, event EmbeddedEvent, data []byte) error {
	before := conn.both
	after, effects, err := EmbeddedClass.Step(before, event) // which tells no observer: perform does, without the lock
	if err != nil {
		return err
	}
	conn.both = after
	for effect := range effects.All() {
		c.book(conn, effect)
	}
	conn.waiting = append(conn.waiting, step{event, before, conn.both, effects, data})
	return nil
}

// book writes an effect into the book of the end that ordered it.
func (c *Connections) book(conn *connection, effect EmbeddedEffect) {
	switch effect.Kind {
	case EmbeddedProxyDoCloseSocket:
		delete(c.sockets, conn.id)
	case EmbeddedLeaderDoOnline:
		if c.users[conn.user] == nil {
			c.users[conn.user] = map[ID]*connection{}
		}
		c.users[conn.user][conn.id] = conn
	case EmbeddedLeaderDoOffline:
		delete(c.users[conn.user], conn.id)
		if len(c.users[conn.user]) == 0 {
			delete(c.users, conn.user)
		}
	}
}

// tell lets the log and the Host know of the steps that wait, unless another goroutine does so already: then that one goes on
// with these. A Host that panics loses its own step; the next call goes on with those behind it.
func (c *Connections) tell(conn *connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if conn.telling {
		return
	}
	conn.telling = true
	defer func() { conn.telling = false }()
	for len(conn.waiting) > 0 {
		next := conn.next()
		c.unlocked(func() { c.perform(conn, &next) })
	}
}

// next takes the oldest step that waits. Those behind it move up when they are the fewer, so that the room is used again.
func (conn *connection) next() step {
	oldest := conn.waiting[conn.told]
	conn.waiting[conn.told] = step{}
	conn.told++
	if 2*conn.told >= len(conn.waiting) {
		n := copy(conn.waiting, conn.waiting[conn.told:])
		clear(conn.waiting[n:])
		conn.waiting, conn.told = conn.waiting[:n], 0
	}
	return oldest
}

// unlocked runs f without the lock, and has it again afterwards whatever f does.
func (c *Connections) unlocked(f func()) {
	c.mu.Unlock()
	defer c.mu.Lock()
	f()
}

// perform tells of a step, logs it, and has its effects carried out.
func (c *Connections) perform(conn *connection, s *step) {
	if fsm.Observed() {
		fsm.Tell(observation(conn.id, s.event, s.effects))
	}
	if ctx := context.Background(); c.log.Enabled(ctx, slog.LevelInfo) {
		c.log.LogAttrs(ctx, slog.LevelInfo, "transition",
			slog.Uint64("connection", uint64(conn.id)), slog.String("user", conn.user),
			slog.Uint64("step", s.effects.Seq()), slog.String("event", s.event.Kind.String()),
			slog.String("proxy", s.before.Proxy().String()+" -> "+s.after.Proxy().String()),
			slog.String("leader", s.before.Leader().String()+" -> "+s.after.Leader().String()))
	}
	for effect := range s.effects.All() {
		switch effect.Kind {
		case EmbeddedProxyDoCloseSocket:
			c.host.CloseSocket(conn.id, effect.Why)
		case EmbeddedProxyDoWriteSocket:
			c.host.WriteSocket(conn.id, s.data)
		case EmbeddedLeaderDoOnline:
			c.host.Online(conn.id, conn.user)
		case EmbeddedLeaderDoOffline:
			c.host.Offline(conn.id, conn.user)
		}
	}
}

// view is the connection as it is; the lock is held.
func (conn *connection) view() View {
	return View{ID: conn.id, User: conn.user, Proxy: conn.both.Proxy(), Leader: conn.both.Leader(), Steps: conn.both.Seq()}
}

// View is a connection as it is now, or false if it has ended.
func (c *Connections) View(id ID) (View, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	conn := c.sockets[id]
	if conn == nil {
		return View{}, false
	}
	return conn.view(), true
}

// All gives every connection, oldest first, as all of them were at the moment of the call.
func (c *Connections) All() iter.Seq[View] {
	c.mu.Lock()
	defer c.mu.Unlock()
	var views []View
	for _, id := range slices.Sorted(maps.Keys(c.sockets)) {
		views = append(views, c.sockets[id].view())
	}
	return slices.Values(views)
}

// Online is how many connections the user can be reached by.
func (c *Connections) Online(user string) int { return len(c.of(user)) }

// of lists the connections that the user can be reached by, oldest first.
func (c *Connections) of(user string) []ID {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.users[user]))
}

// Check compares the two books with each other and with the machines, and returns all that does not fit, in the order of the
// connections. It may be called at any time and sees one moment. An error is a mistake of this package's, or of memory: no
// caller can bring it about.
func (c *Connections) Check() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := maps.Clone(c.sockets)
	for _, user := range slices.Sorted(maps.Keys(c.users)) {
		maps.Copy(known, c.users[user])
	}
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(known)) {
		errs = append(errs, c.agree(known[id]))
	}
	return errors.Join(errs...)
}

// agree checks that a connection is open at both ends, and in both books.
func (c *Connections) agree(conn *connection) error {
	_, socket := c.sockets[conn.id]
	_, reached := c.users[conn.user][conn.id]
	view := conn.view()
	if conn.both.State() == EmbeddedProxyLiveOpenLeaderOpen && socket && reached {
		return nil
	}
	return fmt.Errorf("repaired: connection %d of %s: proxy %s, leader %s, has a socket: %t, can be reached: %t",
		conn.id, conn.user, view.Proxy, view.Leader, socket, reached)
}
