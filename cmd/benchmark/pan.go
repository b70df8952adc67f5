package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/bits"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// pan is a verifier that SPIN made, built for one entry and engine.
type pan struct {
	file  string
	slots int // of the hash table, as a power of two
	depth int // room for a depth-first search
}

// The room that a first depth-first search is given, and how much it may be given if that does not suffice. SPIN fills all
// of it with zeros, so that too much room would be seen in its times.
const (
	firstDepth = 100_000
	lastDepth  = 100_000_000
)

var errShallow = errors.New("pan: the search is not complete: max search depth too small")

// buildPan makes a verifier in a folder.
func buildPan(ctx context.Context, dir string, compiler []string, e *entry, g *engine) (*pan, error) {
	text, err := texts.ReadFile(path.Join("specs", e.spec, e.spec+".pml"))
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "text.pml"), text, 0o600); err != nil {
		return nil, err
	}
	commands := [][]string{
		append(append([]string{"spin"}, e.defines()...), "-a", "text.pml"),
		slices.Concat(compiler, []string{"-w", "-DSAFETY"}, g.pan, []string{"-o", "pan", "pan.c"}),
	}
	for _, c := range commands {
		cmd := exec.CommandContext(ctx, c[0], c[1:]...)
		cmd.Dir = dir
		if said, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", strings.Join(c, " "), err, said)
		}
	}
	return &pan{file: filepath.Join(dir, "pan"), slots: max(10, bits.Len(uint(e.states-1))), depth: firstDepth}, nil
}

// command runs the verifier over all states, also behind an error.
func (p *pan) command(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.file, "-c0", fmt.Sprintf("-w%d", p.slots), fmt.Sprintf("-m%d", p.depth))
	cmd.Dir = filepath.Dir(p.file) // it writes trails
	return cmd
}

// said is what a verifier prints of a search.
type said struct {
	states, transitions, errors, depth int
	megabytes                          float64 // states and hash table
}

// onceLine is an expression for a line, compiled when it is first wanted: a process that searches for us prints none of them.
func onceLine(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

var (
	verdictLine = onceLine(`(?m)^State-vector \d+ byte, depth reached (\d+).*errors: (\d+)`)
	statesLine  = onceLine(`(?m)^ *([0-9.e+]+) states, stored`)
	nominalLine = onceLine(`(?m)^\s*[0-9.e+]+ nominal states`) // only breadth first, and in six digits
	atomicLine  = onceLine(`(?m)^ *([0-9]+) atomic steps`)
	stepsLine   = onceLine(`(?m)^ *([0-9.e+]+) transitions`)
	memoryLine  = onceLine(`(?m)^ *([0-9.]+)\s+(?:actual memory usage for states|memory used for hash table)`)
	limitLine   = onceLine(`(?m)^.*(?:VECTORSZ|out of memory|reached -DMEMLIM|hash array|aborting|Search not completed).*$`)
)

// read understands what a verifier printed. States inside atomic sequences, which breadth-first search stores, are left out: they
// are the choices of a start, one by one. A search that is not complete is an error.
func read(out []byte) (*said, error) {
	if bytes.Contains(out, []byte("max search depth too small")) {
		return nil, errShallow
	}
	if line := limitLine().Find(out); line != nil {
		return nil, fmt.Errorf("pan: the search is not complete: %s", bytes.TrimSpace(line))
	}
	verdict, states, steps := verdictLine().FindSubmatch(out), statesLine().FindSubmatch(out), stepsLine().FindSubmatch(out)
	if verdict == nil || states == nil || steps == nil {
		return nil, fmt.Errorf("pan printed no result:\n%s", out[max(0, len(out)-2000):])
	}
	s := &said{states: number(states[1]), transitions: number(steps[1]), depth: number(verdict[1]), errors: number(verdict[2])}
	if atomic := atomicLine().FindSubmatch(out); atomic != nil && nominalLine().Match(out) {
		s.states -= number(atomic[1])
	}
	for _, m := range memoryLine().FindAllSubmatch(out, -1) {
		mb, err := strconv.ParseFloat(string(m[1]), 64)
		if err != nil {
			return nil, fmt.Errorf("pan: %w", err)
		}
		s.megabytes += mb
	}
	return s, nil
}

// number reads a count. What pan writes as 1.2345e+08 has lost its last digits, and the count will not match.
func number(text []byte) int {
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return -1
	}
	return int(f)
}
