// Package spin runs SPIN, where it is installed, on a text of Promela: it makes a verifier, compiles it, and reads what it
// says. It is for tests; nothing of Interlock needs SPIN.
package spin

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ErrMissing says that there is no SPIN, or no C compiler, on this machine.
var ErrMissing = errors.New("spin: the commands spin and gcc are not both installed")

// Options are the limits of a run. The zero Options are for small systems.
type Options struct {
	MemoryMB   int  // of the verifier; 0 means 1024
	Depth      int  // transitions of the longest shortest run; 0 means 100000
	Optimize   int  // level of the C compiler: 0 compiles fastest, with tcc where that is installed
	DepthFirst bool // needs far less memory, but depths are not the smallest, and states inside atomic sequences are not counted
}

// Failure is an assertion that failed: its text, and the smallest depth reported for it.
type Failure struct {
	Text  string
	Depth int
}

// Result is what a verifier said of the whole state space: a search that met a limit is an error instead.
type Result struct {
	Failures []Failure   // by depth
	Executed map[int]int // how often the transitions of a line of the text were executed
	Stored   int         // states, those inside atomic sequences among them
}

// Installed returns [ErrMissing] unless SPIN can be run.
func Installed() error {
	for _, command := range []string{"spin", "gcc"} {
		if _, err := exec.LookPath(command); err != nil {
			return ErrMissing
		}
	}
	return nil
}

// forbids is the line of a generated verifier that refuses breadth-first search with hidden variables, because it does not
// restore them. See the head of an exported text for why that does no harm here.
const forbids = "#error cannot use BFS on models with variables declared hidden"

// Run searches all states of a text, breadth first and through every failed assertion, in a folder that it may fill with
// files.
func Run(ctx context.Context, dir string, text []byte, opts Options) (*Result, error) {
	if opts.MemoryMB == 0 {
		opts.MemoryMB = 1024
	}
	if opts.Depth == 0 {
		opts.Depth = 100_000
	}
	if err := Installed(); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "system.pml"), text, 0o644); err != nil {
		return nil, fmt.Errorf("spin: %w", err)
	}
	if _, err := command(ctx, dir, "spin", "-o3", "-a", "system.pml"); err != nil {
		return nil, err
	}
	if err := allowHidden(filepath.Join(dir, "pan.h")); err != nil {
		return nil, err
	}
	if err := compile(ctx, dir, opts); err != nil {
		return nil, err
	}
	out, err := command(ctx, dir, filepath.Join(dir, "pan"), "-c0", "-w18", fmt.Sprintf("-m%d", opts.Depth))
	if err != nil {
		return nil, err
	}
	return read(out)
}

// compile makes the verifier. Most of its text is the same for every system, and optimizing that takes longer than a small
// search.
func compile(ctx context.Context, dir string, opts Options) error {
	compiler, args := "gcc", []string{fmt.Sprintf("-O%d", opts.Optimize)}
	if _, err := exec.LookPath("tcc"); err == nil && opts.Optimize == 0 {
		compiler, args = "tcc", nil
	}
	args = append(args, "-w", "-DSAFETY", "-DNOREDUCE", "-DPEG", "-DVECTORSZ=8192", fmt.Sprintf("-DMEMLIM=%d", opts.MemoryMB))
	if !opts.DepthFirst {
		args = append(args, "-DBFS")
	}
	_, err := command(ctx, dir, compiler, append(args, "-o", "pan", "pan.c")...)
	return err
}

func allowHidden(header string) error {
	text, err := os.ReadFile(header)
	if err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	if err := os.WriteFile(header, bytes.Replace(text, []byte(forbids), nil, 1), 0o644); err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	return nil
}

func command(ctx context.Context, dir, name string, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("spin: %s %s: %w\n%s", filepath.Base(name), strings.Join(args, " "), err, last(out, 2000))
	}
	return out, nil
}

func last(out []byte, n int) []byte { return out[max(0, len(out)-n):] }

var (
	failure  = regexp.MustCompile(`^pan:\d+: (.*) \(at depth (\d+)\)`)
	stored   = regexp.MustCompile(`^ *([0-9.e+]+) states, stored`)
	executed = regexp.MustCompile(`^ *(\d+)\s+trans +\d+ .*:(\d+)\s*$`)
	limits   = []string{"max search depth too small", "VECTORSZ", "out of memory", "reached -DMEMLIM", "hash array", "aborting"}
)

// read understands what a verifier printed.
func read(out []byte) (*Result, error) {
	r := &Result{Executed: map[int]int{}}
	least := map[string]int{}
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		line := lines.Text()
		if m := failure.FindStringSubmatch(line); m != nil {
			depth, _ := strconv.Atoi(m[2])
			if old, known := least[m[1]]; !known || depth < old {
				least[m[1]] = depth
			}
		} else if m := stored.FindStringSubmatch(line); m != nil {
			n, _ := strconv.ParseFloat(m[1], 64)
			r.Stored = int(n)
		} else if m := executed.FindStringSubmatch(line); m != nil {
			n, _ := strconv.Atoi(m[1])
			at, _ := strconv.Atoi(m[2])
			r.Executed[at] += n
		} else if slices.ContainsFunc(limits, func(s string) bool { return strings.Contains(line, s) }) {
			return nil, fmt.Errorf("spin: the search is not complete: %s", line)
		}
	}
	if err := lines.Err(); err != nil || r.Stored == 0 {
		return nil, fmt.Errorf("spin: the verifier did not tell how many states it stored (%v):\n%s", err, last(out, 2000))
	}
	for text, depth := range least {
		r.Failures = append(r.Failures, Failure{text, depth})
	}
	slices.SortFunc(r.Failures, func(a, b Failure) int {
		if a.Depth != b.Depth {
			return a.Depth - b.Depth
		}
		return strings.Compare(a.Text, b.Text)
	})
	return r, nil
}
