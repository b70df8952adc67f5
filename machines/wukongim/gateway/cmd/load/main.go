// Command load opens many connections to gateways, ends them in every way at once, and says what was left over. It exits with 1 where
// anything was: an orphan, a client that was not told, a goroutine, a descriptor, memory. Where one process may not have enough open
// files, several share the connections, each with a gateway, and all wait until all are open.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"time"

	"interlock/machines/wukongim/gateway/load"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr); {
	case errors.Is(err, errTold):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// errTold is a mistake on the command line that has been told.
var errTold = errors.New("wrong usage")

// options are what the command line says.
type options struct {
	connections, processes int
	idle, linger, frame    time.Duration
	part                   bool
}

func run(ctx context.Context, args []string, in io.Reader, out, progress io.Writer) error {
	var o options
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.Usage = func() {
		fmt.Fprintln(progress, "load opens connections to gateways of its own, ends them in every way at once, and exits with 1 if anything is left of them.")
		flags.PrintDefaults()
	}
	flags.IntVar(&o.connections, "connections", 50_000, "how many")
	flags.IntVar(&o.processes, "processes", 0, "how many share them; 0 for as few as the limit of open files allows")
	flags.DurationVar(&o.idle, "idle", 30*time.Second, "how long a client may say nothing: longer than it takes to open all")
	flags.DurationVar(&o.linger, "linger", 3*time.Second, "how long a kicked client has to read its farewell")
	flags.DurationVar(&o.frame, "frame", 3*time.Second, "how long a frame may take")
	flags.BoolVar(&o.part, "part", false, "be one of several: say when all are open, wait for a line, and report in JSON")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return errTold
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("load: no argument is known: %q", flags.Args())
	}
	if o.part {
		return o.asPart(ctx, in, out)
	}
	limits, each := load.Limit(o.connections)
	if o.processes == 0 {
		o.processes = (o.connections + each - 1) / each
	}
	processes := "processes"
	if o.processes == 1 {
		processes = "process"
	}
	fmt.Fprintf(progress, "%d connections in %d %s\n", o.connections, o.processes, processes)
	report := &load.Report{Asked: o.connections, Limits: limits}
	if err := o.together(ctx, report, progress); err != nil {
		return err
	}
	if err := report.Write(out); err != nil {
		return err
	}
	if err := report.Err(); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nno orphan, no leak")
	return nil
}

func errIf(wrong bool, text string) error {
	if wrong {
		return errors.New(text)
	}
	return nil
}

// asPart is one of the processes.
func (o *options) asPart(ctx context.Context, in io.Reader, out io.Writer) error {
	report, err := load.Run(ctx, load.Options{Connections: o.connections, Idle: o.idle, Linger: o.linger, FrameTimeout: o.frame, Opened: func() error {
		fmt.Fprintln(out, "open")
		_, err := bufio.NewReader(in).ReadString('\n')
		return err
	}})
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(report)
}

// part is a process.
type part struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	err strings.Builder
}

// together runs the parts and adds up what they saw. Where one fails, the others end too: their input does.
func (o *options) together(ctx context.Context, report *load.Report, progress io.Writer) error {
	parts := make([]*part, o.processes)
	for i := range parts {
		n := o.connections / o.processes
		if i < o.connections%o.processes {
			n++
		}
		p, err := o.start(ctx, n)
		if err != nil {
			return err
		}
		defer p.in.Close()
		parts[i] = p
	}
	began := time.Now()
	failed := each(parts, func(p *part) error {
		line, err := p.out.ReadString('\n')
		if err == nil && line != "open\n" {
			err = fmt.Errorf("load: a part says %q", line)
		}
		return err
	})
	if failed == nil {
		fmt.Fprintf(progress, "all open after %s; now they end\n", time.Since(began).Round(time.Millisecond))
		failed = each(parts, func(p *part) error { _, err := io.WriteString(p.in, "go\n"); return err })
	}
	var lock sync.Mutex
	return errors.Join(failed, each(parts, func(p *part) error {
		var seen load.Report
		err := errIf(failed != nil, "load: given up")
		if err == nil {
			err = json.NewDecoder(p.out).Decode(&seen)
		}
		_ = p.in.Close()
		if bad := p.cmd.Wait(); bad != nil || err != nil {
			return errors.Join(err, bad, errIf(p.err.Len() > 0, p.err.String()))
		}
		lock.Lock()
		defer lock.Unlock()
		report.Add(&seen)
		return nil
	}))
}

// start starts a part.
func (o *options) start(ctx context.Context, n int) (*part, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &part{cmd: exec.CommandContext(ctx, self, "-part", "-connections", fmt.Sprint(n), "-idle", o.idle.String(), "-linger", o.linger.String(), "-frame", o.frame.String())}
	p.cmd.Stderr = &p.err
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.in, p.out = in, bufio.NewReader(out)
	return p, p.cmd.Start()
}

// each does something for all parts at once.
func each(parts []*part, do func(*part) error) error {
	errs := make([]error, len(parts))
	var group sync.WaitGroup
	for i, p := range parts {
		group.Go(func() { errs[i] = do(p) })
	}
	group.Wait()
	return errors.Join(errs...)
}
