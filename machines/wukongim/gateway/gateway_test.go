package gateway

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// soon is how long anything may take in these tests. Nothing waits so long unless something is wrong.
const soon = 20 * time.Second

// forever is what timers are set to that are not to end.
const forever = time.Hour

// serve starts a gateway on loopback, and stops it at the end of the test.
func serve(t *testing.T, options Options) (*Gateway, string) {
	t.Helper()
	g, err := New(options)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- g.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		g.Stop(ctx)
		require.ErrorIs(t, <-served, ErrStopped)
		require.Equal(t, Counts{States: g.Counts().States}, g.Counts(), "nothing is left")
		require.NoError(t, g.Check())
	})
	return g, l.Addr().String()
}

// peer is a client.
type peer struct {
	t    *testing.T
	conn *net.TCPConn
	in   *bufio.Reader
}

func connect(t *testing.T, to string) *peer {
	t.Helper()
	conn, err := net.Dial("tcp", to)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(soon)))
	return &peer{t, conn.(*net.TCPConn), bufio.NewReaderSize(conn, 16)}
}

func (p *peer) send(kind byte, payload string) {
	p.t.Helper()
	_, err := p.conn.Write(AppendFrame(nil, kind, []byte(payload)))
	require.NoError(p.t, err)
}

func (p *peer) want(kind byte, payload string) {
	p.t.Helper()
	got, text, err := ReadFrame(p.in, 1<<16)
	require.NoError(p.t, err)
	require.Equal(p.t, fmt.Sprintf("%c %s", kind, payload), fmt.Sprintf("%c %s", got, text))
}

// wantEnd reads to the end of the connection; how it ends is the system's affair.
func (p *peer) wantEnd() {
	p.t.Helper()
	for {
		if _, _, err := ReadFrame(p.in, 1<<16); err != nil {
			timeout, ok := err.(net.Error)
			require.False(p.t, ok && timeout.Timeout(), "the connection goes on")
			return
		}
	}
}

// login is a client that is logged in as the gateway's n-th connection.
func login(t *testing.T, to, user string, n ID) *peer {
	t.Helper()
	p := connect(t, to)
	p.send(FrameLogin, user+"\x00")
	p.want(FrameWelcome, fmt.Sprint(uint64(n)))
	return p
}

// eventually waits until the gateway has shut so many connections for a reason, and has done all that is to be done about those
// that it has shut.
func eventually(t *testing.T, g *Gateway, why Reason, n uint64) {
	t.Helper()
	done := func() bool {
		ended, all := g.Ended(), uint64(g.fleet.Len())
		for _, k := range ended { // in any order: a sum
			all += k
		}
		return ended[why] == n && all == g.stats.accepted.Load() // a machine goes when what it ordered has been done
	}
	require.Eventually(t, done, soon, time.Millisecond, "%v", g.Ended())
}

func TestAnnWritesToBob(t *testing.T) {
	g, to := serve(t, Options{Idle: forever})
	ann, phone, laptop := login(t, to, "ann", 1), login(t, to, "bob", 2), login(t, to, "bob", 3)
	require.Equal(t, []ID{2, 3}, g.Of("bob"))
	ann.send(FrameSend, "bob\x00hello")
	phone.want(FramePush, "hello")
	laptop.want(FramePush, "hello")
	ann.send(FramePing, "")
	ann.want(FramePong, "")
	require.Equal(t, 0, g.Push("nobody", []byte("x")))

	require.Equal(t, Counts{Sessions: 3, Sockets: 3, Reached: 3, Users: 2, States: g.Counts().States}, g.Counts())
	require.Equal(t, 3, g.Counts().States["ProxyOpenLeaderOnline"])
	require.NoError(t, g.Check())
	phone.send(FrameBye, "")
	phone.wantEnd()
	eventually(t, g, ReasonEOF, 1)
	require.Equal(t, []ID{3}, g.Of("bob"))
}

func TestAKickSaysWhy(t *testing.T) {
	g, to := serve(t, Options{Idle: forever, Linger: forever})
	p := login(t, to, "ann", 1)
	require.NoError(t, g.Kick(1))
	require.Zero(t, g.Push("ann", []byte("hello")), "whoever is kicked cannot be reached any more")
	p.want(FrameFarewell, "Kicked")
	require.Empty(t, g.Of("ann"), "it left the book before it was told")
	p.wantEnd()
	require.Equal(t, 1, g.Counts().States["ProxyLeavingLeaderGone"], "it has time to read")
	require.Error(t, g.Kick(1), "it is on its way out")
	require.NoError(t, p.conn.Close())
	eventually(t, g, ReasonEOF, 1)
	require.Error(t, g.Kick(1))

	one, two := login(t, to, "bob", 2), login(t, to, "bob", 3)
	require.Equal(t, 2, g.KickUser("bob"))
	one.want(FrameFarewell, "Kicked")
	two.want(FrameFarewell, "Kicked")
	require.Equal(t, 0, g.KickUser("bob"))

	connect(t, to)
	require.Eventually(t, func() bool { return g.Kick(4) == nil }, soon, time.Millisecond, "who is not logged in is kicked too")
	eventually(t, g, ReasonKicked, 1)
}

// A removed client is not told, and finds its socket closed.
func TestRemove(t *testing.T) {
	g, to := serve(t, Options{Idle: forever})
	p := login(t, to, "ann", 1)
	require.NoError(t, g.Remove(1))
	_, _, err := ReadFrame(p.in, 9)
	require.Error(t, err)
	require.Error(t, g.Remove(1))
	eventually(t, g, ReasonRemoved, 1)
}

// Clients that do not keep to the protocol cost a connection each, and no other client anything.
func TestHostileClients(t *testing.T) {
	g, to := serve(t, Options{Idle: forever, Patience: forever, FrameTimeout: 50 * time.Millisecond,
		Authenticate: func(_, secret string) bool { return secret == "" }})
	good := login(t, to, "good", 1)
	for i, bytes := range []string{"P\x00\x00", "S\x00\x02a\x00", "L\x00\x01a", "L\xff\xff", "GET / HTTP/1.1\r\n\r\n", "L\x00\x02a\x00L\x00\x02b\x00", "L\x00\x02a\x00?\x00\x00",
		"L\x00\x02a\x00S\x00\x01x"} {
		p := connect(t, to)
		_, err := p.conn.Write([]byte(bytes))
		require.NoError(t, err)
		p.wantEnd()
		eventually(t, g, ReasonGarbage, uint64(i+1))
	}
	p := connect(t, to)
	p.send(FrameLogin, "a\x00wrong")
	p.wantEnd()
	eventually(t, g, ReasonRefused, 1)
	for i, drip := range []string{"L", "L\x00", "L\x00\x02", "L\x00\x02a"} {
		p := connect(t, to)
		_, err := p.conn.Write([]byte(drip))
		require.NoError(t, err)
		p.wantEnd()
		eventually(t, g, ReasonSlow, uint64(i+1))
	}
	p = connect(t, to)
	_, err := p.conn.Write([]byte("L\x00\x09a"))
	require.NoError(t, err)
	require.NoError(t, p.conn.CloseWrite())
	p.wantEnd()
	eventually(t, g, ReasonBroken, 1)

	good.send(FramePing, "")
	good.want(FramePong, "")
}

// Whoever does not read what it is sent is hung up on; who sends does not wait for it, and others get theirs.
func TestSlowClient(t *testing.T) {
	g, to := serve(t, Options{Idle: forever, MaxQueue: 1 << 14, SendBuffer: 1 << 12})
	slow, good := login(t, to, "slow", 1), login(t, to, "good", 2)
	require.NoError(t, slow.conn.SetReadBuffer(1<<12))
	require.Eventually(t, func() bool { return g.Push("slow", make([]byte, 1<<12)) == 0 }, soon, time.Microsecond)
	eventually(t, g, ReasonSlow, 1)
	require.Equal(t, 1, g.Push("good", []byte("still here")))
	good.want(FramePush, "still here")
}

// A login that is judged after the client has gone must not bring it back.
func TestASlowJudgeMakesNoZombie(t *testing.T) {
	judging, judged := make(chan bool), make(chan bool)
	g, to := serve(t, Options{Patience: forever, Authenticate: func(string, string) bool {
		judging <- true
		return <-judged
	}})
	connect(t, to).send(FrameLogin, "ann\x00")
	<-judging
	require.NoError(t, g.Remove(1))
	eventually(t, g, ReasonRemoved, 1)
	judged <- true
	require.Empty(t, g.Of("ann"))
	require.NoError(t, g.Check())
}

func TestTooManyClients(t *testing.T) {
	g, to := serve(t, Options{Idle: forever, Max: 1})
	p := login(t, to, "ann", 1)
	connect(t, to).wantEnd()
	require.Eventually(t, func() bool { return g.stats.full.Load() == 1 }, soon, time.Millisecond)
	p.send(FrameBye, "")
	p.wantEnd()
	eventually(t, g, ReasonEOF, 1)
	require.Eventually(t, func() bool { return g.Counts().Sessions == 0 }, soon, time.Millisecond)
	login(t, to, "bob", 3)
}

// Everybody is told when the gateway stops; who does not go is shut.
func TestStop(t *testing.T) {
	g, to := serve(t, Options{Idle: forever, Patience: forever, Linger: forever})
	polite, deaf := login(t, to, "polite", 1), login(t, to, "deaf", 2)
	connect(t, to)
	require.Eventually(t, func() bool { return g.Counts().Sessions == 3 }, soon, time.Millisecond)
	go func() {
		polite.want(FrameFarewell, "Stopped")
		polite.conn.Close()
	}()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for g.Ended()[ReasonEOF] == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	require.Equal(t, 1, g.Stop(ctx))
	require.Equal(t, map[Reason]uint64{ReasonEOF: 1, ReasonStopped: 2}, g.Ended())
	deaf.want(FrameFarewell, "Stopped")
	_, err := net.Dial("tcp", to)
	require.Error(t, err)
	require.Equal(t, 0, g.Stop(context.Background()))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.ErrorIs(t, g.Serve(l), ErrStopped)
}

// Timers end what nobody else does: a client that never says who it is, one that falls silent, one that is kicked and stays.
func TestTimers(t *testing.T) {
	g, to := serve(t, Options{Idle: forever, Patience: 20 * time.Millisecond})
	connect(t, to).wantEnd()
	eventually(t, g, ReasonSilent, 1)

	g, to = serve(t, Options{Idle: 20 * time.Millisecond})
	login(t, to, "ann", 1).wantEnd()
	eventually(t, g, ReasonSilent, 1)

	g, to = serve(t, Options{Idle: forever, Linger: 20 * time.Millisecond})
	p := login(t, to, "ann", 1)
	require.NoError(t, g.Kick(1))
	eventually(t, g, ReasonSlow, 1)
	p.want(FrameFarewell, "Kicked")
	p.wantEnd()
}

// As many pushes wait for a client as may, and the first of them finds its queue full: whoever finds that out must not wait for the rest.
func TestAnOverflowWaitsForNobody(t *testing.T) {
	hold := make(chan bool)
	g, to := serve(t, Options{Idle: forever, MaxQueue: 64, Told: func(_ string, _ ID, online bool) {
		if online {
			<-hold
		}
	}})
	connect(t, to).send(FrameLogin, "ann\x00")
	require.Eventually(t, func() bool { return len(g.Of("ann")) == 1 }, soon, time.Millisecond)
	for g.Push("ann", make([]byte, 64)) == 1 { // until too many wait
	}
	var pushers sync.WaitGroup
	for range 8 { // there is always one more
		pushers.Go(func() {
			for g.Ended()[ReasonSlow] == 0 && !t.Failed() {
				g.Push("ann", make([]byte, 64))
			}
		})
	}
	close(hold)
	eventually(t, g, ReasonSlow, 1)
	pushers.Wait()
}
