package load

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"interlock/machines/wukongim/gateway"
)

// client is one client's end of a connection.
type client struct {
	conn *net.TCPConn
	in   *bufio.Reader
	id   gateway.ID // as the gateway has told it; 0 of a client that has not logged in
	user string
	way  *way

	quiet atomic.Bool // sends no signs of life
	write sync.Mutex  // frames do not mix
}

// most is what a client takes of a frame.
const most = 1<<16 - 1

// sources are the addresses that clients come from: one has no more ports than the system hands out, and those of connections that
// were open a moment ago are not free again at once.
type sources struct {
	net, host byte
	each      int
}

// portsEach is how many connections come from one address: less than the ports that Linux hands out unless told otherwise.
const portsEach = 20_000

func newSources() sources {
	return sources{net: byte(1 + rand.IntN(250)), host: byte(rand.IntN(250)), each: portsEach}
}

// address is the one for client i; all of 127/8 is loopback on Linux only.
func (s sources) address(i int) *net.TCPAddr {
	if runtime.GOOS != "linux" {
		return nil
	}
	return &net.TCPAddr{IP: net.IPv4(127, s.net, s.host, byte(1+i/s.each))}
}

// dial connects, and logs in unless the way is one of those that do not.
func dial(ctx context.Context, to string, from *net.TCPAddr, user string, w *way) (*client, error) {
	d := net.Dialer{Timeout: 30 * time.Second, KeepAlive: -1}
	if from != nil {
		d.LocalAddr = from
	}
	conn, err := d.DialContext(ctx, "tcp", to)
	if err != nil {
		return nil, err
	}
	c := &client{conn: conn.(*net.TCPConn), user: user, way: w}
	if w.deaf {
		_ = c.conn.SetReadBuffer(4096) // the sooner its queue is full
	}
	c.in = bufio.NewReaderSize(c.conn, 16)
	if w.mute {
		c.quiet.Store(true)
		return c, nil
	}
	if err := c.login(); err != nil {
		_ = c.conn.Close()
		return nil, err
	}
	return c, nil
}

func (c *client) login() error {
	c.send(gateway.FrameLogin, []byte(c.user+"\x00"))
	_ = c.conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	kind, payload, err := gateway.ReadFrame(c.in, most)
	if err != nil || kind != gateway.FrameWelcome {
		return fmt.Errorf("load: no welcome for %s: %q %w", c.user, kind, err)
	}
	id, err := strconv.ParseUint(string(payload), 10, 64)
	c.id = gateway.ID(id)
	_ = c.conn.SetReadDeadline(time.Time{})
	return err
}

// send writes a frame; a connection that is broken is found out by whoever reads.
func (c *client) send(kind byte, payload []byte) {
	c.raw(gateway.AppendFrame(nil, kind, payload))
}

// raw writes bytes.
func (c *client) raw(b []byte) {
	c.write.Lock()
	defer c.write.Unlock()
	_ = c.conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = c.conn.Write(b)
}

// awaitEnd reads until the other end has closed, and says whether it has in time, and what the farewell was.
func (c *client) awaitEnd(patience time.Duration) (farewell string, ended bool) {
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	for {
		kind, payload, err := gateway.ReadFrame(c.in, most)
		if err != nil {
			timeout, ok := err.(net.Error)
			return farewell, !ok || !timeout.Timeout()
		}
		if kind == gateway.FrameFarewell {
			farewell = string(payload)
		}
	}
}
