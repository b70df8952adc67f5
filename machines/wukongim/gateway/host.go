package gateway

import (
	"errors"
	"maps"
	"slices"
	"time"

	"interlock/fsm/fleet"
)

// perform does what the machines of a connection have ordered: what the proxy orders is done to the socket and in the proxy's book,
// what the leader orders in the leader's. It is called for one connection at a time and in the order of its steps.
func (g *Gateway) perform(taken step) {
	g.mu.Lock()
	s := g.sockets[taken.Key]
	g.mu.Unlock()
	if s == nil {
		return // its socket is shut: there is nothing left to do to it, and no step behind that one
	}
	for effect := range taken.Effects.All() {
		switch effect.Kind {
		case ConnectionProxyDoCloseSocket:
			g.stats.ends[effect.Why].Add(1)
			g.forget(s)
			s.shut(effect.Why)
		case ConnectionProxyDoWelcome:
			g.send(s, FrameWelcome, s.id.welcome())
		case ConnectionProxyDoFarewell:
			g.stats.farewells[effect.Why].Add(1)
			g.send(s, FrameFarewell, []byte(effect.Why.String()))
		case ConnectionProxyDoWriteSocket:
			if data, ok := taken.With.([]byte); ok {
				g.send(s, FramePush, data)
			}
		case ConnectionLeaderDoOnline:
			g.online(s)
		case ConnectionLeaderDoOffline:
			g.offline(s)
		case ConnectionProxyStartPatience, ConnectionProxyStopPatience, ConnectionProxyStartIdle, ConnectionProxyStopIdle,
			ConnectionProxyStartLinger, ConnectionProxyStopLinger: // the fleet's
		}
	}
}

// online writes a connection into the leader's book, and offline strikes it off.
func (g *Gateway) online(s *socket) {
	g.stats.onlines.Add(1)
	g.mu.Lock()
	of := g.users[s.user]
	if of == nil {
		of = map[ID]*socket{}
		g.users[s.user] = of
	}
	of[s.id] = s
	g.mu.Unlock()
	if g.options.Told != nil {
		g.options.Told(s.user, s.id, true)
	}
}

func (g *Gateway) offline(s *socket) {
	g.stats.offlines.Add(1)
	g.mu.Lock()
	delete(g.users[s.user], s.id)
	if len(g.users[s.user]) == 0 {
		delete(g.users, s.user)
	}
	g.mu.Unlock()
	if g.options.Told != nil {
		g.options.Told(s.user, s.id, false)
	}
}

// Of lists the connections that a user can be reached by, oldest first.
func (g *Gateway) Of(user string) []ID {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Sorted(maps.Keys(g.users[user]))
}

// Push sends data to every connection of a user, and says to how many. The data is not copied. A client that does not read is hung
// up on rather than waited for.
func (g *Gateway) Push(user string, data []byte) (reached int) {
	for _, id := range g.Of(user) {
		if g.fleet.FireWith(id, ConnectionEvent{Kind: ConnectionOnLeaderPush}, data) == nil {
			reached++
			g.stats.pushes.Add(1)
		}
	}
	return reached
}

// Kick tells a client farewell; it has the time of the timer linger to take it. One that is not logged in is shut at once. When Kick
// returns, no push reaches the client any more; who is just performing an earlier step of the connection performs this one next, and until then
// [Gateway.Of] may list it. The error says that there is no such connection, or that it is on its way out already.
func (g *Gateway) Kick(id ID) error {
	for {
		err := g.fleet.Fire(id, ConnectionEvent{Kind: ConnectionOnLeaderKick, Why: ReasonKicked})
		view, ok := g.fleet.Get(id)
		switch {
		case err == nil || !ok:
			return err
		case view.State.Proxy() == ProxyAccepted:
			return g.hangup(id, ReasonKicked)
		case view.State.Proxy() != ProxyOpen || errors.Is(err, fleet.ErrClosed):
			return err
		} // it has logged in meanwhile
	}
}

// KickUser kicks every connection that a user is logged in with, and says how many were told.
func (g *Gateway) KickUser(user string) (kicked int) {
	for {
		t := g.fleet.FireOwner(user, ConnectionEvent{Kind: ConnectionOnLeaderKick, Why: ReasonKicked})
		if kicked += t.Taken; t.Busy == 0 {
			return kicked
		}
		time.Sleep(time.Millisecond)
	}
}

// Remove shuts a client's socket without a word. The error says that there is no such connection.
func (g *Gateway) Remove(id ID) error { return g.hangup(id, ReasonRemoved) }
