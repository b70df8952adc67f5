package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// figures are what one run took and found.
type figures struct {
	CPU           float64 `json:"cpu_seconds"`                  // user and system
	Search        float64 `json:"search_cpu_seconds,omitempty"` // of it, the program that was built for the system; 0: there is none, or it is not known
	Wall          float64 `json:"wall_seconds"`
	PeakBytes     int64   `json:"peak_bytes"` // resident; 0: not known
	States        int     `json:"states"`
	Transitions   int     `json:"transitions"`
	BytesPerState float64 `json:"bytes_per_state"`
}

// result is one engine on one entry.
type result struct {
	entry  *entry
	engine *engine
	build  float64 // seconds, by the clock, to build the search; 0: nothing is built
	runs   []figures
}

// least is the smallest of a figure over the runs.
func (r *result) least(of func(figures) float64) float64 {
	least := math.Inf(1)
	for _, f := range r.runs {
		least = min(least, of(f))
	}
	return least
}

// median is the run whose CPU time is in the middle; of two in the middle, the longer.
func (r *result) median() figures {
	sorted := slices.Clone(r.runs)
	slices.SortFunc(sorted, func(a, b figures) int { return cmp.Compare(a.CPU, b.CPU) })
	return sorted[len(sorted)/2]
}

// shortest is the least time by the clock: what else the machine does can only make it longer.
func (r *result) shortest() float64 {
	least := math.Inf(1)
	for _, f := range r.runs {
		least = min(least, f.Wall)
	}
	return least
}

// measureAll runs every engine on every entry, and tells as it goes. A wrong count or verdict ends it.
func measureAll(ctx context.Context, o *options, told io.Writer) ([]*result, error) {
	dir, err := os.MkdirTemp("", "interlock-benchmark-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var results []*result
	for _, e := range o.entries {
		found, err := measure(ctx, o, e, filepath.Join(dir, e.name), told)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.name, err)
		}
		results = append(results, found...)
	}
	return results, nil
}

// measure runs the engines on one entry, in turns.
func measure(ctx context.Context, o *options, e *entry, dir string, told io.Writer) ([]*result, error) {
	runners := make([]runner, len(o.engines))
	results := make([]*result, len(o.engines))
	for i, g := range o.engines {
		results[i] = &result{entry: e, engine: g}
		began := time.Now()
		var built bool
		var err error
		if runners[i], built, err = prepare(ctx, o, e, g, filepath.Join(dir, g.name)); err != nil {
			return nil, fmt.Errorf("%s: %w", g.name, err)
		}
		if built {
			results[i].build = time.Since(began).Seconds()
		}
		if err := calibrate(ctx, o, runners[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", g.name, err)
		}
	}
	for n := range o.runs {
		for i, r := range runners {
			f, err := once(ctx, o, o.engines[i], r)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", o.engines[i].name, err)
			}
			results[i].runs = append(results[i].runs, *f)
			fmt.Fprintf(told, "%-14s %-13s run %d: %8.2f s CPU, %s states\n", e.name, o.engines[i].name, n+1, f.CPU, grouped(f.States))
		}
	}
	return results, nil
}

// runner is an engine that is ready to search one entry.
type runner interface {
	// command is the process of the next run.
	command(ctx context.Context) (*exec.Cmd, error)
	// read understands what the process printed, and is an error if that is not what is known.
	read(out []byte) (*figures, error)
}

// prepare builds what has to be built, and says whether that was anything.
func prepare(ctx context.Context, o *options, e *entry, g *engine, dir string) (runner, bool, error) {
	if g.spin {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, false, err
		}
		p, err := buildPan(ctx, dir, o.compiler, e, g)
		return &theirs{e, g, p}, true, err
	}
	if g.compiled {
		cmd, err := process(ctx, g.order(e, true))
		if err != nil {
			return nil, false, err
		}
		if said, err := cmd.CombinedOutput(); err != nil {
			return nil, false, fmt.Errorf("building: %w\n%s", err, said)
		}
	}
	return &ours{e, g}, g.compiled, nil
}

// calibrate lets a depth-first search of SPIN find out how deep it gets.
func calibrate(ctx context.Context, o *options, r runner) error {
	t, ok := r.(*theirs)
	if !ok || t.engine.bfs {
		return nil
	}
	for {
		_, err := once(ctx, o, t.engine, r)
		if !errors.Is(err, errShallow) || t.pan.depth >= lastDepth {
			return err
		}
		t.pan.depth *= 10
	}
}

// once is one run of an engine, or of several such searches at once.
func once(ctx context.Context, o *options, g *engine, r runner) (*figures, error) {
	limited, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	commands := make([]running, max(1, g.beside))
	for i := range commands {
		c := &commands[i]
		var err error
		if c.Cmd, err = r.command(limited); err != nil {
			return nil, err
		}
		c.Stdout, c.Stderr = &c.out, &c.errs
	}
	began := time.Now()
	err := runAll(commands)
	wall := time.Since(began).Seconds()
	switch {
	case ctx.Err() != nil:
		return nil, errors.New("stopped")
	case limited.Err() != nil:
		return nil, fmt.Errorf("not done after %s; -timeout gives it longer", o.timeout)
	case err != nil:
		return nil, err
	}
	var f *figures
	cpu := 0.0
	for i := range commands {
		c := &commands[i]
		if f, err = r.read(c.out.Bytes()); err != nil {
			return nil, err
		}
		cpu += (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds()
		f.PeakBytes = peakBytes(c.ProcessState)
	}
	f.CPU, f.Wall = cpu, wall
	return f, nil
}

// running is a command with what it prints.
type running struct {
	*exec.Cmd
	out, errs bytes.Buffer
}

// runAll runs commands at once, and waits for all of them.
func runAll(commands []running) error {
	var first error
	for i := range commands {
		if err := commands[i].Start(); err != nil {
			first = cmp.Or(first, err)
		}
	}
	for i := range commands {
		c := &commands[i]
		if c.Process == nil {
			continue
		}
		if err := c.Wait(); err != nil && first == nil {
			first = fmt.Errorf("%w\n%s%s", err, c.out.Bytes(), c.errs.Bytes())
		}
	}
	return first
}

// ours is a search by Interlock.
type ours struct {
	entry  *entry
	engine *engine
}

func (r *ours) command(ctx context.Context) (*exec.Cmd, error) {
	return process(ctx, r.engine.order(r.entry, false))
}

func (r *ours) read(out []byte) (*figures, error) {
	var a answer
	if err := json.Unmarshal(out, &a); err != nil {
		return nil, err
	}
	switch {
	case a.Reason != "":
		return nil, fmt.Errorf("the search is not complete: %s", a.Reason)
	case r.engine.compiled && a.NotCompiled != "":
		return nil, fmt.Errorf("not compiled: %s", a.NotCompiled)
	case a.States != r.entry.states && !(r.engine.reduces() && a.States < r.entry.states):
		return nil, fmt.Errorf("%d joint states, and %d are known", a.States, r.entry.states)
	case !a.Met:
		return nil, fmt.Errorf("not every verdict is as expected; violated: %q", a.Violated)
	case (len(a.Violated) > 0) != r.entry.broken:
		return nil, fmt.Errorf("violated: %q, which is not what is known", a.Violated)
	}
	return &figures{States: a.States, Transitions: a.Transitions, BytesPerState: a.BytesPerState, Search: a.Search}, nil
}

// theirs is a search by SPIN.
type theirs struct {
	entry  *entry
	engine *engine
	pan    *pan
}

func (r *theirs) command(ctx context.Context) (*exec.Cmd, error) { return r.pan.command(ctx), nil }

func (r *theirs) read(out []byte) (*figures, error) {
	s, err := read(out)
	if err != nil {
		return nil, err
	}
	more := r.entry.extra.dfs
	if r.engine.bfs {
		more = r.entry.extra.bfs
	}
	switch {
	case r.engine.reduces() && s.states > r.entry.states+more, !r.engine.reduces() && s.states != r.entry.states+more:
		return nil, fmt.Errorf("SPIN stored %d states, and %d are known (%d of them its own)", s.states, r.entry.states+more, more)
	case (s.errors > 0) != r.entry.broken:
		return nil, fmt.Errorf("SPIN says %d errors, which is not what is known", s.errors)
	}
	r.pan.depth = s.depth + 2
	return &figures{States: s.states, Transitions: s.transitions, BytesPerState: s.megabytes * (1 << 20) / float64(s.states)}, nil
}
