package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"

	"interlock/check"
	"interlock/fsm"
	"interlock/spec"
)

// orderVariable is where a process of this command finds what it is to search, as JSON of an [order]. Without it, it measures.
const orderVariable = "INTERLOCK_BENCHMARK_ORDER"

// order is what one process of ours has to do.
type order struct {
	Spec     string
	Set      map[string]string
	Compiled bool
	Workers  int
	Reduce   bool
	Build    bool // only one joint state, so that what has to be built is
}

// maxStates and maxMemory let the largest entry through.
const (
	maxStates = 1_000_000_000
	maxMemory = 16 << 30
)

// answer is what it has found.
type answer struct {
	States        int
	Transitions   int
	BytesPerState float64
	StateBits     int
	Met           bool     // every verdict is as the spec expects
	Violated      []string // names of the properties and built-in checks that do not hold
	NotCompiled   string
	Reason        string  // why the search is not complete
	Search        float64 // CPU seconds of the program that was built for the system; 0: there is none, or it is not known
}

// obey carries out an order. It is the whole life of a process of ours.
func obey(text string, out, errs io.Writer) int {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		fmt.Fprintf(errs, "benchmark: %s: %s\n", orderVariable, err)
		return 2
	}
	sys, err := o.system()
	if err != nil {
		fmt.Fprintln(errs, err)
		return 1
	}
	if err := o.search(sys, out); err != nil {
		fmt.Fprintln(errs, err)
		return 1
	}
	return 0
}

// system reads the spec. Where it has several systems, the one called Cluster is meant.
func (o *order) system() (*fsm.System, error) {
	texts, err := sources(o.Spec)
	if err != nil {
		return nil, err
	}
	compiled, diagnostics := spec.Compile(texts, o.Set)
	if len(diagnostics) > 0 {
		return nil, diagnostics[0]
	}
	if len(compiled.Systems) == 1 {
		return compiled.Systems[0], nil
	}
	for _, sys := range compiled.Systems {
		if sys.Name == "Cluster" {
			return sys, nil
		}
	}
	return nil, fmt.Errorf("%s: %d systems, and none is called Cluster", o.Spec, len(compiled.Systems))
}

// search decides what SPIN decides too, and what can be reached. Properties that need every step once more, or the graph of
// steps, are left out, and so are scenarios.
func (o *order) search(sys *fsm.System, out io.Writer) error {
	names := check.Names(sys)
	without := func(gone string) {
		names = slices.DeleteFunc(names, func(name string) bool { return name == gone })
	}
	for _, p := range sys.Properties {
		switch p.Kind {
		case fsm.AfterAlways, fsm.Recoverable, fsm.Eventually, fsm.LeadsTo, fsm.InfinitelyOften:
			without(p.Name)
		}
	}
	for _, s := range sys.Scenarios {
		without(s.Name)
	}
	options := check.Options{MaxStates: maxStates, MaxMemory: maxMemory, Compiled: o.Compiled, Workers: o.Workers, Properties: names,
		Plain: true} // the answer has no traces
	if o.Reduce {
		options.Reduce = check.AllReductions
	}
	if o.Build {
		options.MaxStates = 1
	}
	report, err := check.Run(context.Background(), sys, options)
	if err != nil {
		return err
	}
	a := answer{States: report.Stats.States, Transitions: report.Stats.Transitions, BytesPerState: report.Stats.BytesPerState,
		StateBits: report.Stats.StateBits, Met: report.Met(), NotCompiled: report.Stats.NotCompiled, Reason: report.Reason}
	if report.Stats.Compiled {
		a.Search = childrenSeconds()
	}
	for _, v := range report.Verdicts {
		if v.Result != check.Holds {
			a.Violated = append(a.Violated, v.Property.Name)
		}
	}
	return json.NewEncoder(out).Encode(a)
}

// process is this command again, to carry out an order.
func process(ctx context.Context, o order) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), orderVariable+"="+string(text))
	return cmd, nil
}
