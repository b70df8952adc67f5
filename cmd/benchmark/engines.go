package main

import (
	"errors"
	"os/exec"
	"slices"
)

// engine is a way to search a system.
type engine struct {
	name string
	what string

	// Ours: how check.Run is to go.
	compiled bool
	workers  int // 0: one
	reduce   bool
	beside   int // searches of one worker each, which have nothing to do with one another, at once; 0: one

	// SPIN's: what pan is compiled with.
	spin bool
	bfs  bool
	pan  []string
}

// engines are all that there are, in the order in which they are told.
var engines = []*engine{
	{name: "inproc", what: "Interlock in process, as in go test"},
	{name: "compiled", what: "Interlock with a program built for the system (check -compiled)", compiled: true},
	{name: "inproc-2", what: "Interlock in process with two workers; see the table of times by the clock", workers: 2},
	{name: "inproc-x2", what: "two searches by inproc at once: what two processors can do at best", beside: 2},
	{name: "compiled-2", what: "compiled with two workers", compiled: true, workers: 2},
	{name: "compiled-x2", what: "two searches by compiled at once", compiled: true, beside: 2},
	{name: "inproc-red", what: "Interlock in process, with all its reductions", reduce: true},
	{name: "compiled-red", what: "the same with a program built for the system, where it does them too", compiled: true, reduce: true},
	{name: "spin-dfs", what: "SPIN depth first: gcc -O3 -DSAFETY -DNOREDUCE", spin: true, pan: []string{"-DNOREDUCE"}},
	{name: "spin-bfs", what: "SPIN breadth first, which shows shortest runs as Interlock does: and -DBFS", spin: true, bfs: true, pan: []string{"-DBFS", "-DNOREDUCE"}},
	{name: "spin-dfs-por", what: "SPIN depth first with partial order reduction", spin: true, pan: nil},
	{name: "spin-bfs-por", what: "SPIN breadth first with partial order reduction", spin: true, bfs: true, pan: []string{"-DBFS"}},
}

// reduces reports whether an engine may leave states out.
func (e *engine) reduces() bool {
	return e.reduce || e.spin && !slices.Contains(e.pan, "-DNOREDUCE")
}

// order is what a process of ours is told to do.
func (e *engine) order(about *entry, build bool) order {
	return order{Spec: about.spec, Set: about.set, Compiled: e.compiled, Workers: e.workers, Reduce: e.reduce, Build: build}
}

// installed says what is missing to run some engines.
func installed(chosen []*engine) error {
	for _, e := range chosen {
		if e.spin && (missing("spin") || missing("gcc")) {
			return errors.New("the engines of SPIN need the commands spin and gcc, and they are not both installed\n" +
				"  Debian and Ubuntu: apt-get install spin gcc libc6-dev\n" +
				"  without SPIN:      go run ./cmd/benchmark -engines inproc,compiled")
		}
		if e.compiled && missing("go") {
			return errors.New("the engine compiled needs the go command\n  without it: -engines inproc,spin-dfs,spin-bfs")
		}
	}
	return nil
}

func missing(command string) bool {
	_, err := exec.LookPath(command)
	return err != nil
}
