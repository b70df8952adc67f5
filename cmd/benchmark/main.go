// Command benchmark searches the same systems with Interlock and with SPIN, in turns, and prints what each took. Its help text
// (-help) says what is measured and how.
//
// Every search is a process of its own, ours too: the command starts itself again for each, so that the operating system
// counts its time and memory.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"interlock/check/pages"
)

//go:embed help.txt
var help string

func main() {
	pages.CollectLate()
	if order, ok := os.LookupEnv(orderVariable); ok {
		os.Exit(obey(order, os.Stdout, os.Stderr))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options are what the command line asks for.
type options struct {
	entries []*entry
	engines []*engine
	runs    int
	timeout time.Duration
	json    bool
	list    bool
	quiet   bool
	tables  []string // files of figures, to be told instead of measuring

	compiler []string // of C, with its flags
}

// run is the command: what to measure, measuring it, telling it.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	o, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		io.WriteString(out, help)
		return 0
	case err != nil:
		fmt.Fprintf(errs, "benchmark: %s\n\"go run ./cmd/benchmark -help\" says more.\n", err)
		return 2
	case o.list:
		list(out)
		return 0
	case len(o.tables) > 0:
		return tell(o, out, errs)
	}
	if err := installed(o.engines); err != nil {
		fmt.Fprintf(errs, "benchmark: %s\n", err)
		return 2
	}
	told := errs
	if o.quiet {
		told = io.Discard
	}
	results, err := measureAll(ctx, o, told)
	if err != nil {
		fmt.Fprintf(errs, "benchmark: %s\n", err)
		return 1
	}
	if o.json {
		err = writeJSON(out, results)
	} else {
		err = writeTables(out, o.engines, results)
	}
	if err != nil {
		fmt.Fprintf(errs, "benchmark: %s\n", err)
		return 1
	}
	return 0
}

// tell prints the tables of figures that were measured before.
func tell(o *options, out, errs io.Writer) int {
	engines, results, err := readJSON(o.tables)
	if err == nil {
		err = writeTables(out, engines, results)
	}
	if err != nil {
		fmt.Fprintf(errs, "benchmark: %s\n", err)
		return 2
	}
	return 0
}

// parse reads the command line.
func parse(args []string) (*options, error) {
	o := &options{compiler: []string{"gcc", "-O3"}}
	fs := flag.NewFlagSet("benchmark", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	names := fs.String("models", "", "")
	engineNames := fs.String("engines", "inproc,compiled,spin-dfs,spin-bfs", "")
	tables := fs.String("tables", "", "")
	small := fs.Bool("small", false, "")
	short := fs.Bool("short", false, "")
	fs.IntVar(&o.runs, "runs", 3, "")
	fs.DurationVar(&o.timeout, "timeout", 30*time.Minute, "")
	fs.BoolVar(&o.json, "json", false, "")
	fs.BoolVar(&o.list, "list", false, "")
	fs.BoolVar(&o.quiet, "quiet", false, "")
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	switch {
	case fs.NArg() > 0:
		return nil, fmt.Errorf("%q is no flag; systems are chosen by -models %[1]s", fs.Arg(0))
	case o.runs < 1 || o.timeout <= 0:
		return nil, errors.New("-runs and -timeout are positive")
	}
	o.tables = strings.FieldsFunc(*tables, isComma)
	var err error
	if o.entries, err = chooseEntries(*names, *small || *short); err != nil {
		return nil, err
	}
	o.engines, err = chooseEngines(*engineNames)
	return o, err
}

// chooseEntries finds the systems of a list of names. None means all that the table shows; small means the smallest of each.
func chooseEntries(list string, small bool) ([]*entry, error) {
	var chosen []*entry
	for _, name := range strings.FieldsFunc(list, isComma) {
		before := len(chosen)
		for _, e := range entries {
			if (e.name == name || e.spec == name) && e.small == (small || e.small && e.name == name) {
				chosen = append(chosen, e)
			}
		}
		if len(chosen) == before {
			return nil, fmt.Errorf("no system %q; there are %s", name, strings.Join(entryNames(), ", "))
		}
	}
	if len(chosen) == 0 {
		for _, e := range entries {
			if e.small == small {
				chosen = append(chosen, e)
			}
		}
	}
	return chosen, nil
}

func chooseEngines(list string) ([]*engine, error) {
	var chosen []*engine
	for _, name := range strings.FieldsFunc(list, isComma) {
		i := slices.IndexFunc(engines, func(e *engine) bool { return e.name == name })
		if i < 0 {
			return nil, fmt.Errorf("no engine %q; there are %s", name, strings.Join(engineNames(), ", "))
		}
		chosen = append(chosen, engines[i])
	}
	if len(chosen) == 0 {
		return nil, errors.New("-engines names none")
	}
	return chosen, nil
}

func isComma(r rune) bool { return r == ',' || r == ' ' }

func entryNames() []string {
	var names []string
	for _, e := range entries {
		names = append(names, e.name)
	}
	return names
}

func engineNames() []string {
	var names []string
	for _, e := range engines {
		names = append(names, e.name)
	}
	return names
}

// list tells what there is to choose from.
func list(w io.Writer) {
	fmt.Fprintln(w, "Systems, their joint states, and where that number comes from:")
	for _, e := range entries {
		size := ""
		if e.small {
			size = " (-small)"
		}
		fmt.Fprintf(w, "  %-16s %12s  %s%s\n", e.name, grouped(e.states), e.known, size)
	}
	fmt.Fprintln(w, "\nEngines:")
	for _, e := range engines {
		fmt.Fprintf(w, "  %-16s %s\n", e.name, e.what)
	}
}
