package gateway

import (
	"bufio"
	"errors"
	"net"
	"strconv"
	"sync"
	"time"

	"interlock/fsm"
)

// socket is a client's socket, with what waits to be written to it.
type socket struct {
	id   ID
	conn net.Conn
	user string // set before the machine is told of the login, and never again

	mu      sync.Mutex
	queue   []byte // frames that no write has taken yet
	writing bool   // a goroutine writes
	last    bool   // nothing more is queued: the client has been told farewell, or is too slow
	ended   bool   // closed
}

// read reads frames until there are none, and says why.
func (g *Gateway) read(s *socket) Reason {
	r := bufio.NewReaderSize(s.conn, readBuffer)
	for {
		kind, payload, err := g.next(s, r)
		if err != nil {
			return reasonOf(err)
		}
		g.stats.frames.Add(1)
		if why, end := g.handle(s, kind, payload); end {
			return why
		}
	}
}

// handle does what a frame asks for. What the machine refuses is not the protocol.
func (g *Gateway) handle(s *socket, kind byte, payload []byte) (why Reason, end bool) {
	if kind == FrameLogin {
		return g.login(s, payload)
	}
	if err := g.fleet.Fire(s.id, ConnectionEvent{Kind: ConnectionOnProxyFrame}); errors.Is(err, fsm.ErrRefused) {
		return ReasonGarbage, true
	}
	switch kind {
	case FramePing:
		g.send(s, FramePong, nil)
	case FrameSend:
		user, text, err := addressed(payload)
		if err != nil {
			return ReasonGarbage, true
		}
		g.Push(user, []byte(text))
	case FrameBye:
		return ReasonEOF, true
	default:
		return ReasonGarbage, true
	}
	return 0, false
}

// login judges who the client is. That may take long: when it is over, the machine may have given up.
func (g *Gateway) login(s *socket, payload []byte) (why Reason, end bool) {
	user, secret, err := addressed(payload)
	if err != nil || s.user != "" {
		return ReasonGarbage, true
	}
	if g.options.Authenticate != nil && !g.options.Authenticate(user, secret) {
		return ReasonRefused, true
	}
	s.user = user
	if err := g.fleet.SetOwner(s.id, user); err != nil {
		return ReasonSilent, true
	}
	if err := g.fleet.Fire(s.id, ConnectionEvent{Kind: ConnectionOnProxyLogin}); err != nil {
		return ReasonSilent, true
	}
	return 0, false
}

// hangup ends a connection from the proxy's side, if it has not ended. The fleet has room for it however many steps wait for perform (urgent).
func (g *Gateway) hangup(id ID, why Reason) error {
	return g.fleet.Fire(id, ConnectionEvent{Kind: ConnectionOnProxyHangup, Why: why})
}

// urgent are the events that end a connection. Who gives one may be the last to know, and does not come back. A connection takes few of them,
// so that those find room.
func urgent(event ConnectionEvent) bool {
	return event.Kind == ConnectionOnProxyHangup || event.Kind == ConnectionOnLeaderKick
}

// send queues a frame. A client that leaves too much of it unread is hung up on: it gets nothing more, and nobody waits for it.
func (g *Gateway) send(s *socket, kind byte, payload []byte) {
	s.mu.Lock()
	if s.ended || s.last {
		s.mu.Unlock()
		return
	}
	if waits := len(s.queue); waits > 0 && waits+headerSize+len(payload) > g.options.MaxQueue && kind != FrameFarewell {
		s.last = true
		s.mu.Unlock()
		g.stats.overflows.Add(1)
		g.hangup(s.id, ReasonSlow) // an error says that it has ended
		return
	}
	s.queue = AppendFrame(s.queue, kind, payload)
	s.last = kind == FrameFarewell
	begin := !s.writing
	s.writing = true
	s.mu.Unlock()
	if begin {
		g.crew.add()
		go g.write(s)
	}
}

// write writes what is queued until nothing is. Each write has a deadline, and whoever does not read by then is hung up on.
func (g *Gateway) write(s *socket) {
	defer g.crew.done()
	var taken []byte
	for {
		s.mu.Lock()
		taken, s.queue = s.queue, taken[:0]
		if len(taken) == 0 || s.ended {
			s.writing, s.queue = false, nil // an idle client costs no buffer
			last := s.last && !s.ended
			s.mu.Unlock()
			if half, ok := s.conn.(interface{ CloseWrite() error }); ok && last {
				_ = half.CloseWrite() // a socket that is broken already is noticed by its reader
			}
			return
		}
		s.mu.Unlock()
		err := s.conn.SetWriteDeadline(time.Now().Add(g.options.WriteTimeout))
		if err == nil {
			_, err = s.conn.Write(taken)
		}
		if err != nil && !isOwn(err) {
			g.hangup(s.id, reasonOf(err)) // an error says that it has ended
		}
	}
}

// shut closes the socket, and drops what has not been written. Of a client that does not read, the system drops it too, at once:
// otherwise it would hold on to it for minutes.
func (s *socket) shut(why Reason) {
	s.mu.Lock()
	s.ended, s.queue = true, nil
	s.mu.Unlock()
	if tcp, ok := s.conn.(*net.TCPConn); ok && why == ReasonSlow {
		_ = tcp.SetLinger(0) // a wish
	}
	_ = s.conn.Close() // there is nobody to tell
}

// welcome is the payload of a welcome.
func (id ID) welcome() []byte { return strconv.AppendUint(nil, uint64(id), 10) }
