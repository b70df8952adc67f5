package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"interlock/machines/wukongim/gateway"
)

// Options say how much load.
type Options struct {
	Connections  int           // as many as the limits allow, if those are fewer
	Idle         time.Duration // how long a client may be silent: longer than it takes to open all
	Linger       time.Duration // how long a kicked client has
	FrameTimeout time.Duration
	Workers      int       // that open and end connections; 64 if 0
	Progress     io.Writer // what happens, a line each; nil for nobody

	// Opened is called when all are open, and may wait for others to be; an error of it ends the load. Nil for nothing.
	Opened func() error
}

// patience is how long an end may take that waits for timers.
func (o *Options) patience() time.Duration {
	return o.Idle + o.Linger + o.FrameTimeout + 30*time.Second
}

func (o *Options) say(format string, args ...any) {
	if o.Progress != nil {
		fmt.Fprintf(o.Progress, format+"\n", args...)
	}
}

// run is one gateway under load.
type run struct {
	options Options
	report  *Report
	g       *gateway.Gateway
	to      string // where clients come in
	page    string // where the admin page is
	admin   *http.Client
	server  *http.Server
	serving sync.WaitGroup
	clients []*client
	lasting atomic.Int64 // connections that had not ended at one of their ends when all should have
	untold  atomic.Int64 // clients that listened and were not told farewell
	mu      sync.Mutex   // guards the clients, and the report while there are several goroutines
}

// Run loads a gateway and says what it saw. The error is that of the load itself: then nothing was seen.
func Run(ctx context.Context, o Options) (*Report, error) {
	if o.Workers == 0 {
		o.Workers = 64
	}
	limits, made := Limit(o.Connections)
	report := &Report{Limits: limits, Asked: o.Connections, Made: made, Processes: 1}
	o.Connections = made
	small := Options{Connections: 2 * len(ways), Idle: 300 * time.Millisecond, Linger: 100 * time.Millisecond, FrameTimeout: 100 * time.Millisecond, Workers: 4}
	if err := (&run{options: small, report: &Report{}}).all(ctx); err != nil { // what package net and the runtime keep for good
		return nil, err
	}
	warm(2*made + 1000)
	report.Before = footprint()
	if err := (&run{options: o, report: report}).all(ctx); err != nil {
		return nil, err
	}
	report.After = settled(report.Before, 10*time.Second)
	report.Wrong = report.wrong()
	return report, nil
}

// warm has so many goroutines at once: the runtime keeps what it needs for as many as there ever were, and that is no leak.
func warm(n int) {
	var group sync.WaitGroup
	hold := make(chan struct{})
	for range n {
		group.Go(func() { <-hold })
	}
	close(hold)
	group.Wait()
}

// all is the life of a gateway.
func (r *run) all(ctx context.Context) error {
	if err := r.start(); err != nil {
		return err
	}
	pinging, stop := context.WithCancel(ctx)
	var pinger sync.WaitGroup
	err := r.open(ctx, func() { pinger.Go(func() { r.ping(pinging) }) })
	if err == nil {
		err = r.peak()
	}
	if err == nil {
		r.end(ctx)
	}
	stop()
	pinger.Wait()
	r.stop(ctx)
	r.clients = nil
	r.report.Open, r.report.Untold = int(r.lasting.Load()), int(r.untold.Load())
	return err
}

// start starts a gateway and its admin page.
func (r *run) start() error {
	var err error
	r.g, err = gateway.New(gateway.Options{Max: r.options.Connections + 64, Patience: r.options.Idle, Idle: r.options.Idle, Linger: r.options.Linger,
		FrameTimeout: r.options.FrameTimeout, WriteTimeout: 2 * time.Second, SendBuffer: 16 << 10})
	if err != nil {
		return err
	}
	clients, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	admin, err := gateway.ListenAdmin("127.0.0.1:0")
	if err != nil {
		return errors.Join(err, clients.Close())
	}
	r.to, r.page = clients.Addr().String(), admin.Addr().String()
	r.server = &http.Server{Handler: r.g.Admin()}
	r.admin = &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: r.options.Workers, MaxConnsPerHost: 2 * r.options.Workers}}
	r.serving.Go(func() { _ = r.g.Serve(clients) })    // it ends with ErrStopped
	r.serving.Go(func() { _ = r.server.Serve(admin) }) // and this with http.ErrServerClosed
	return nil
}

// plan says how each connection will end. Those that say nothing are opened last, so that they are there when all are.
func plan(n int) []*way {
	all := make([]*way, n)
	first, late := 0, n
	for i := range n {
		w := ways[i/2%len(ways)]
		if w.rare > 0 && i/2/len(ways)%w.rare != 0 {
			w = ways[0]
		}
		if w.mute {
			late--
			all[late] = w
		} else {
			all[first] = w
			first++
		}
	}
	return all
}

// each does something for every connection, by many workers.
func (r *run) each(n int, do func(i int)) {
	var group sync.WaitGroup
	next := make(chan int, r.options.Workers)
	for range r.options.Workers {
		group.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
}

// open opens all connections. When the first are open, signs of life begin.
func (r *run) open(ctx context.Context, begin func()) error {
	began, from := time.Now(), newSources()
	planned := plan(r.options.Connections)
	opened := make([]*client, len(planned))
	var failed error
	r.clients = opened
	begin()
	r.each(len(planned), func(i int) {
		if ctx.Err() != nil {
			return
		}
		c, err := dial(ctx, r.to, from.address(i), fmt.Sprintf("user%d", i/2), planned[i])
		r.mu.Lock()
		defer r.mu.Unlock()
		if err != nil {
			failed = errors.Join(failed, err)
			return
		}
		opened[i] = c
	})
	r.report.Opening = time.Since(began)
	return errors.Join(failed, ctx.Err())
}

// known are the clients that are there.
func (r *run) known(match func(*client) bool) []*client {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []*client
	for _, c := range r.clients {
		if c != nil && match(c) {
			all = append(all, c)
		}
	}
	return all
}

// ping gives signs of life for all clients that are not to fall silent.
func (r *run) ping(ctx context.Context) {
	ticker := time.NewTicker(max(r.options.Idle/4, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for _, c := range r.known(func(c *client) bool { return !c.quiet.Load() }) {
			if ctx.Err() != nil {
				return
			}
			if !c.quiet.Load() {
				c.send(gateway.FramePing, nil)
			}
		}
	}
}

// peak looks at the gateway when all are there.
func (r *run) peak() error {
	if r.options.Opened != nil {
		if err := r.options.Opened(); err != nil {
			return err
		}
	}
	r.report.Peak = footprint()
	r.report.Counts = r.g.Counts()
	r.check()
	r.options.say("open: %d connections in %s", r.report.Counts.Sockets, r.report.Opening.Round(time.Millisecond))
	return nil
}

// check compares the gateway's books.
func (r *run) check() {
	err := r.g.Check()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Checks++
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		r.report.Orphans += len(joined.Unwrap())
		r.report.Errors = append(r.report.Errors, joined.Unwrap()[0].Error())
	}
}

// fail notes an error of the load, and the first few only.
func (r *run) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.report.Failed++; len(r.report.Errors) < 10 {
		r.report.Errors = append(r.report.Errors, err.Error())
	}
}

// end ends all connections but those that wait for the gateway to stop, in every way at once.
func (r *run) end(ctx context.Context) {
	began := time.Now()
	going := r.known(func(c *client) bool { return !c.way.last })
	checking, done := context.WithCancel(ctx)
	var checks sync.WaitGroup
	checks.Go(func() {
		for checking.Err() == nil {
			r.check()
			time.Sleep(20 * time.Millisecond)
		}
	})
	r.report.Ways = map[string]int{}
	for _, c := range r.clients {
		r.report.Ways[c.way.name]++
		c.quiet.Store(!c.way.last)
	}
	// The ways take turns, two connections of each: what has to wait for its client waits on a goroutine of its own.
	var waiting sync.WaitGroup
	r.each(len(going), func(i int) { waiting.Go(func() { going[i].way.end(r, going[i]) }) })
	waiting.Wait()
	r.awaitAll(ctx, going)
	r.report.Ending = time.Since(began)
	done()
	checks.Wait()
	r.options.say("ended: %d connections in %s, %d remain", len(going), r.report.Ending.Round(time.Millisecond), r.g.Counts().Sockets)
}

// awaitAll waits until every client that was to end has seen its end, and every one of the gateway's books has too.
func (r *run) awaitAll(ctx context.Context, going []*client) {
	r.each(len(going), func(i int) {
		if _, ended := going[i].awaitEnd(r.options.patience()); !ended {
			r.lasting.Add(1)
		}
		_ = going[i].conn.Close()
	})
	staying := len(r.clients) - len(going)
	for end := time.Now().Add(r.options.patience()); r.g.Counts().Sessions > staying && ctx.Err() == nil && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	if left := r.g.Counts().Sessions - staying; left > 0 {
		r.lasting.Add(int64(left))
	}
}

// stop stops the gateway under the clients that are left, and everything else.
func (r *run) stop(ctx context.Context) {
	began := time.Now()
	var leaving sync.WaitGroup
	for _, c := range r.known(func(c *client) bool { return c.way.last }) {
		leaving.Go(func() { c.way.end(r, c) })
	}
	grace, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	r.report.Shut = r.g.Stop(grace)
	leaving.Wait()
	r.report.Stopping = time.Since(began)
	r.report.Left = r.g.Counts()
	r.check()
	for _, c := range r.known(func(*client) bool { return true }) {
		_ = c.conn.Close()
	}
	r.report.Reasons = r.g.Ended()
	r.admin.CloseIdleConnections()
	_ = r.server.Close()
	r.serving.Wait()
	r.options.say("stopped: %d clients had to be shut", r.report.Shut)
}
