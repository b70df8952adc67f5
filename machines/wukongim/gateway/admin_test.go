package gateway

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ask asks an admin page.
func ask(t *testing.T, page *httptest.Server, method, path, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequest(method, page.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	response, err := page.Client().Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

func TestAdmin(t *testing.T) {
	g, to := serve(t, Options{Idle: forever, Patience: forever})
	page := httptest.NewServer(g.Admin())
	defer page.Close()
	ann, bob := login(t, to, "ann", 1), login(t, to, "bob", 2)
	connect(t, to) // 3, not logged in
	login(t, to, "ann", 4)
	require.Eventually(t, func() bool { return g.Counts().Sessions == 4 }, soon, time.Millisecond)

	list := func(query string) (ids []ID) {
		status, text := ask(t, page, "GET", "/connections"+query, "")
		require.Equal(t, 200, status, text)
		var all []Listed
		require.NoError(t, json.Unmarshal([]byte(text), &all))
		for _, l := range all {
			require.NotEmpty(t, l.Remote)
			ids = append(ids, l.ID)
		}
		return ids
	}
	require.Equal(t, []ID{1, 2, 3, 4}, list(""))
	require.Equal(t, []ID{1, 4}, list("?user=ann"))
	require.Equal(t, []ID{3}, list("?proxy=Accepted"))
	require.Equal(t, []ID{2, 4}, list("?after=1&proxy=Open&limit=2"))
	require.Empty(t, list("?limit=0"))
	for _, bad := range []string{"?proxy=open", "?limit=-1", "?after=x"} {
		status, _ := ask(t, page, "GET", "/connections"+bad, "")
		require.Equal(t, 400, status, bad)
	}

	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "/push?user=bob", "hello", 200, `{"reached":1}`},
		{"POST", "/push?user=bob", strings.Repeat("x", 1<<16), 413, "too large"},
		{"POST", "/kick?user=ann", "", 200, `{"kicked":2}`},
		{"POST", "/kick?id=2", "", 200, `{"id":2}`},
		{"POST", "/kick?id=2", "", 404, "refuses leader.Kick"},
		{"POST", "/kick", "", 400, "number of a connection"},
		{"POST", "/remove?id=3", "", 200, `{"id":3}`},
		{"POST", "/remove?id=99", "", 404, "no such session"},
		{"GET", "/kick?id=2", "", 405, ""},
		{"GET", "/check", "", 200, `{"agree":true}`},
	} {
		status, text := ask(t, page, c.method, c.path, c.body)
		require.Equal(t, c.status, status, "%s: %s", c.path, text)
		require.Contains(t, text, c.want, c.path)
	}
	ann.want(FrameFarewell, "Kicked")
	bob.want(FramePush, "hello")
	bob.want(FrameFarewell, "Kicked")
	eventually(t, g, ReasonRemoved, 1)
	_, text := ask(t, page, "GET", "/counts", "")
	require.Contains(t, text, `"users":0`)
}

func TestMetrics(t *testing.T) {
	g, to := serve(t, Options{Idle: forever})
	page := httptest.NewServer(g.Admin())
	defer page.Close()
	login(t, to, "ann", 1)
	require.NoError(t, g.Remove(1))
	eventually(t, g, ReasonRemoved, 1)
	login(t, to, "ann", 2)
	_, text := ask(t, page, "GET", "/metrics", "")
	for _, line := range []string{
		`gateway_sessions{state="ProxyOpenLeaderOnline"} 1`, `gateway_sockets 1`, `gateway_reached 1`, `gateway_users 1`, `gateway_accepted_total 2`,
		`gateway_ended_total{reason="Removed"} 1`, `gateway_ended_total{reason="EOF"} 0`, `gateway_online_total 2`, `gateway_offline_total 1`,
	} {
		require.Contains(t, text, line+"\n")
	}
	for line := range strings.Lines(text) { // each sample has its family before it
		if name, _, found := strings.Cut(line, " "); found && !strings.HasPrefix(line, "#") {
			name, _, _ = strings.Cut(name, "{")
			require.Contains(t, text, "# TYPE "+name+" ")
		}
	}
}

// A page of the web that a browser on this computer shows cannot reach the admin page by another name.
func TestAdminIsForLoopbackOnly(t *testing.T) {
	g, _ := serve(t, Options{})
	for _, c := range []struct {
		host, origin string
		want         int
	}{{"127.0.0.1:5101", "", 200}, {"localhost", "", 200}, {"[::1]:80", "", 200}, {"evil.example", "", 403}, {"127.0.0.1.evil.example:80", "", 403},
		{"127.0.0.1", "http://evil.example", 403}} {
		request := httptest.NewRequest("GET", "/counts", nil)
		request.Host = c.host
		if c.origin != "" {
			request.Header.Set("Origin", c.origin)
		}
		w := httptest.NewRecorder()
		g.Admin().ServeHTTP(w, request)
		require.Equal(t, c.want, w.Code, "%v", c)
	}
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "evil.example:0", "127.0.0.1"} {
		_, err := ListenAdmin(address)
		require.Error(t, err, address)
	}
	l, err := ListenAdmin("localhost:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
}
