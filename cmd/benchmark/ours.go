package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"

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
	Build    bool // only build the search
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
	Reason        string // why the search is not complete
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
	if o.Build {
		err = check.Prebuild(context.Background(), []*fsm.System{sys})
	} else {
		err = o.search(sys, out)
	}
	if err != nil {
		fmt.Fprintln(errs, err)
		return 1
	}
	return 0
}

// system reads the spec. A folder of the benchmark has one system.
func (o *order) system() (*fsm.System, error) {
	name := path.Join("specs", o.Spec, o.Spec+".fsm")
	text, err := texts.ReadFile(name)
	if err != nil {
		return nil, err
	}
	compiled, diagnostics := spec.Compile([]spec.Source{{Name: name, Text: text}}, o.Set)
	if len(diagnostics) > 0 {
		return nil, diagnostics[0]
	}
	if len(compiled.Systems) != 1 {
		return nil, fmt.Errorf("%s: %d systems, and a benchmark has one", name, len(compiled.Systems))
	}
	return compiled.Systems[0], nil
}

// search decides everything that the spec asks.
func (o *order) search(sys *fsm.System, out io.Writer) error {
	report, err := check.Run(context.Background(), sys, check.Options{MaxStates: maxStates, MaxMemory: maxMemory, Compiled: o.Compiled})
	if err != nil {
		return err
	}
	a := answer{States: report.Stats.States, Transitions: report.Stats.Transitions, BytesPerState: report.Stats.BytesPerState,
		StateBits: report.Stats.StateBits, Met: report.Met(), NotCompiled: report.Stats.NotCompiled, Reason: report.Reason}
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
