package load

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"interlock/machines/wukongim/gateway"
)

// way is a way for a connection to end.
type way struct {
	name string
	why  []gateway.Reason // what the gateway says the reason was; several where both ends are at it
	mute bool             // does not log in
	deaf bool             // does not read
	last bool             // ends when the gateway stops
	rare int              // one in so many connections of a way, if not 0: what is dear
	end  func(r *run, c *client)
}

func reasons(why ...gateway.Reason) []gateway.Reason { return why }

// ways are all ways.
var ways = []*way{
	{name: "client closes (FIN)", why: reasons(gateway.ReasonEOF), end: func(_ *run, c *client) { _ = c.conn.Close() }},
	{name: "client aborts (RST)", why: reasons(gateway.ReasonBroken), end: func(_ *run, c *client) {
		_ = c.conn.SetLinger(0)
		_ = c.conn.Close()
	}},
	{name: "client closes its half", why: reasons(gateway.ReasonEOF), end: func(_ *run, c *client) { _ = c.conn.CloseWrite() }},
	{name: "client says bye", why: reasons(gateway.ReasonEOF), end: func(_ *run, c *client) { c.send(gateway.FrameBye, nil) }},
	{name: "client falls silent", why: reasons(gateway.ReasonSilent), end: func(_ *run, _ *client) {}}, // it is quiet already
	{name: "kick by number", why: reasons(gateway.ReasonEOF), end: func(r *run, c *client) {
		r.post("/kick?id=%d", c.id)
		c.leave(r)
	}},
	{name: "kick by user", why: reasons(gateway.ReasonEOF), end: func(r *run, c *client) {
		r.post("/kick?user=%s", c.user)
		c.leave(r)
	}},
	{name: "kick, client does not listen", why: reasons(gateway.ReasonSlow), end: func(r *run, c *client) {
		r.post("/kick?id=%d", c.id)
		time.Sleep(r.options.Linger + r.options.Linger/2) // it would see the end of the gateway's half at once
	}},
	{name: "kick and FIN at once", why: reasons(gateway.ReasonEOF, gateway.ReasonBroken), end: func(r *run, c *client) {
		go r.post("/kick?id=%d", c.id)
		_ = c.conn.Close()
	}},
	{name: "admin removes", why: reasons(gateway.ReasonRemoved), end: func(r *run, c *client) { r.post("/remove?id=%d", c.id) }},
	{name: "slow reader", why: reasons(gateway.ReasonSlow), deaf: true, rare: 8, end: flood},
	{name: "garbage", why: reasons(gateway.ReasonGarbage), end: func(_ *run, c *client) { c.raw([]byte("GET / HTTP/1.1\r\n\r\n")) }},
	{name: "huge frame", why: reasons(gateway.ReasonGarbage), end: func(_ *run, c *client) { c.raw([]byte{gateway.FrameSend, 0xff, 0xff}) }},
	{name: "frame that drips", why: reasons(gateway.ReasonSlow), end: func(_ *run, c *client) { c.raw([]byte{gateway.FrameSend, 0}) }},
	{name: "second login", why: reasons(gateway.ReasonGarbage), end: func(_ *run, c *client) { c.send(gateway.FrameLogin, []byte("other\x00")) }},
	{name: "no login", why: reasons(gateway.ReasonSilent), mute: true, end: func(_ *run, _ *client) {}},
	{name: "gateway stops", why: reasons(gateway.ReasonEOF), last: true, end: func(r *run, c *client) { c.leave(r) }},
}

// leave takes the farewell and goes.
func (c *client) leave(r *run) {
	if farewell, ended := c.awaitEnd(r.options.patience()); farewell == "" || !ended {
		r.untold.Add(1)
	}
	_ = c.conn.Close()
}

// flood pushes to a client that does not read until the gateway gives up.
func flood(r *run, c *client) {
	text := strings.Repeat("x", 16<<10)
	for range 4096 {
		if body := r.do("/push?user="+c.user, text); !strings.Contains(body, `"reached":`) || strings.Contains(body, `"reached":0`) {
			return
		}
	}
}

// post asks the admin page for something.
func (r *run) post(format string, args ...any) { r.do(fmt.Sprintf(format, args...), "") }

func (r *run) do(path, body string) string {
	response, err := r.admin.Post("http://"+r.page+path, "text/plain", strings.NewReader(body))
	if err != nil {
		r.fail(err)
		return ""
	}
	defer response.Body.Close()
	var b strings.Builder
	buffer := make([]byte, 256)
	for {
		n, err := response.Body.Read(buffer)
		b.Write(buffer[:n])
		if err != nil {
			break
		}
	}
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusNotFound { // it may have gone by itself
		r.fail(fmt.Errorf("load: %s: %s", path, response.Status))
	}
	return b.String()
}
