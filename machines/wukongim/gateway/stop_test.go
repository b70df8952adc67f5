package gateway

import (
	"bytes"
	"context"
	"mime/multipart"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"interlock/fsm/fleet"
)

// A client that is accepted while the gateway stops is shut like the others: Stop does not wait for it to go by itself.
func TestStopWhileAClientIsAccepted(t *testing.T) {
	g, err := New(Options{})
	require.NoError(t, err)
	stopped := make(chan struct{})
	stop := func() {
		defer close(stopped)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		g.Stop(ctx)
	}
	class := ConnectionClass
	class.Start = func() (Connection, ConnectionEffects, error) {
		go stop()
		for begun := false; !begun; {
			time.Sleep(10 * time.Millisecond) // Stop finds no connection, because there is none yet
			g.mu.Lock()
			begun = g.stopping
			g.mu.Unlock()
		}
		time.Sleep(10 * time.Millisecond)
		return ConnectionClass.Start()
	}
	g.fleet.Close()
	g.fleet, err = fleet.New(&class, fleet.Options[ID, string, Connection, ConnectionEvent, ConnectionEffects]{Host: g.perform,
		Durations: map[string]time.Duration{"proxy.patience": forever}})
	require.NoError(t, err)
	client, conn := net.Pipe()
	defer client.Close()
	g.accept(conn)
	select {
	case <-stopped:
	case <-time.After(soon):
		require.FailNow(t, "Stop waits for a client")
	}
	require.Equal(t, 0, g.Counts().Sockets)
	require.Equal(t, map[Reason]uint64{ReasonStopped: 1}, g.Ended())
}

// A list of fewer connections than none is empty.
func TestAListOfLessThanNone(t *testing.T) {
	g, to := serve(t, Options{Idle: forever})
	login(t, to, "ann", 1)
	require.Len(t, g.List(Filter{Limit: 2}), 1)
	require.Empty(t, g.List(Filter{Limit: -1}))
}

// A list with a limit is the beginning of the whole one, however much it had to forget on the way.
func TestAListIsTheOldest(t *testing.T) {
	g, to := serve(t, Options{Idle: forever})
	for n := range ID(9) {
		login(t, to, "ann", n+1)
	}
	whole := g.List(Filter{Limit: 100})
	require.Len(t, whole, 9)
	for limit := range 10 {
		require.Equal(t, whole[:limit], g.List(Filter{Limit: limit}))
	}
}

// A form that is longer than anything that is posted is neither believed nor stored.
func TestALongForm(t *testing.T) {
	g, to := serve(t, Options{Idle: forever})
	login(t, to, "ann", 1)
	for _, filler := range []int{mostPosted, 0} {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		file, err := form.CreateFormFile("filler", "filler")
		require.NoError(t, err)
		_, err = file.Write(make([]byte, filler))
		require.NoError(t, err)
		require.NoError(t, form.WriteField("user", "ann"))
		require.NoError(t, form.Close())
		request := httptest.NewRequest("POST", "http://localhost/kick", &body)
		request.Header.Set("Content-Type", form.FormDataContentType())
		w := httptest.NewRecorder()
		g.Admin().ServeHTTP(w, request)
		require.Equal(t, filler == 0, w.Code == 200, "%d: %s", w.Code, w.Body)
	}
}

// A client that reads gets the longest frame, and is not taken for a slow one.
func TestTheLongestFrame(t *testing.T) {
	g, to := serve(t, Options{Idle: forever})
	ann := login(t, to, "ann", 1)
	for _, size := range []int{mostPosted, mostPosted + 1000} {
		require.Equal(t, 1, g.Push("ann", bytes.Repeat([]byte("x"), size)))
		ann.want(FramePush, strings.Repeat("x", mostPosted)) // what is longer is cut off
	}
	ann.send(FramePing, "")
	ann.want(FramePong, "")
}
