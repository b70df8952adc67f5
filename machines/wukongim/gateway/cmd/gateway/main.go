// Command gateway serves clients until it is told to stop: SIGTERM or an interrupt closes the listener, says farewell to every
// client, waits for a while, and ends. A second signal ends it at once.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"interlock/fsm"
	"interlock/fsm/record"
	"interlock/machines/wukongim/gateway"
)

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	switch err := run(os.Args[1:], os.Stderr, signals); {
	case errors.Is(err, errTold):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "gateway:", err)
		os.Exit(1)
	}
}

// errTold is a mistake on the command line that has been told.
var errTold = errors.New("wrong usage")

// options are what the command line says.
type options struct {
	listen, admin string
	record        string
	most          int
	grace, idle   time.Duration
}

func parse(args []string, out io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("gateway", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.listen, "listen", "127.0.0.1:5100", "where clients come in")
	flags.StringVar(&o.admin, "admin", "127.0.0.1:5101", "where the admin page is, on loopback; empty for none")
	flags.StringVar(&o.record, "record", "", "a file that every step is recorded in, for interlock replay; empty for none")
	flags.IntVar(&o.most, "max", 0, "connections at most; 0 for 1048576")
	flags.DurationVar(&o.grace, "grace", 5*time.Second, "how long clients have to take their farewell when the gateway stops")
	flags.DurationVar(&o.idle, "idle", 0, "how long a client may say nothing; 0 for what the spec says")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return o, err
	} else if err != nil {
		return o, errTold
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("no argument is known: %q", flags.Args())
	}
	return o, nil
}

// run is the command.
func run(args []string, out io.Writer, signals <-chan os.Signal) error {
	o, err := parse(args, out)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(out, nil))
	end, err := recording(o.record, log)
	if err != nil {
		return err
	}
	return errors.Join(serve(&o, log, signals), end())
}

// recording records every event until end is called. What could not be recorded is an error of end.
func recording(file string, log *slog.Logger) (end func() error, err error) {
	if file == "" {
		return func() error { return nil }, nil
	}
	recorder, err := record.Open(file, record.Options{Sync: record.SyncInterval, MaxBytes: 1 << 30, MaxFiles: 8, NoRefusals: true,
		Failed: func(err error) { log.Error("recording", "error", err) }})
	if err != nil {
		return nil, err
	}
	remove := fsm.Observe(recorder.Observe)
	return func() error {
		remove()
		err := recorder.Close()
		if lost := recorder.Stats().Lost; lost > 0 {
			err = errors.Join(err, fmt.Errorf("%d lines could not be recorded", lost))
		}
		return err
	}, nil
}

// serve serves until a signal comes.
func serve(o *options, log *slog.Logger, signals <-chan os.Signal) error {
	g, err := gateway.New(gateway.Options{Max: o.most, Idle: o.idle, Log: log})
	if err != nil {
		return err
	}
	clients, err := net.Listen("tcp", o.listen)
	if err != nil {
		return errors.Join(err, stop(g, nil, 0))
	}
	page := &http.Server{Handler: g.Admin(), ReadTimeout: 10 * time.Second, WriteTimeout: time.Minute}
	failed := make(chan error, 2)
	if o.admin != "" {
		l, err := gateway.ListenAdmin(o.admin)
		if err != nil {
			return errors.Join(err, clients.Close(), stop(g, nil, 0))
		}
		log.Info("admin", "address", l.Addr())
		go func() { failed <- page.Serve(l) }()
	}
	log.Info("serving", "address", clients.Addr())
	go func() { failed <- g.Serve(clients) }()
	select {
	case err = <-failed:
	case s := <-signals:
		log.Info("stopping", "signal", s.String(), "connections", g.Counts().Sockets)
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-signals:
			os.Exit(1)
		case <-done:
		}
	}()
	err = errors.Join(err, stop(g, page, o.grace))
	log.Info("stopped", "ended", g.Ended())
	return err
}

// stop ends a gateway, and its admin page if there is one.
func stop(g *gateway.Gateway, page *http.Server, grace time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	g.Stop(ctx)
	if page == nil {
		return nil
	}
	return page.Close()
}
