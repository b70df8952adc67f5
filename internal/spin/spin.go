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
	"time"
)

// ErrMissing says that there is no SPIN, or no C compiler, on this machine.
var ErrMissing = errors.New("spin: the commands spin and gcc are not both installed")

// ErrLimit says that a search met a limit of [Options] or of SPIN itself, so that it tells nothing.
var ErrLimit = errors.New("spin: the search is not complete")

// Options are the limits of a run. The zero Options are for small systems.
type Options struct {
	MemoryMB   int           // of the verifier; 0 means 1024
	Depth      int           // transitions of the longest shortest run, or of the longest run depth first; 0 means 100000
	Time       time.Duration // of each command; 0 means 2 minutes
	Optimize   int           // level of the C compiler: 0 compiles fastest, with tcc where that is installed
	DepthFirst bool          // needs far less memory, but depths are not the smallest, and states inside atomic sequences are not counted
}

func (o Options) withDefaults() Options {
	if o.MemoryMB == 0 {
		o.MemoryMB = 1024
	}
	if o.Depth == 0 {
		o.Depth = 100_000
	}
	if o.Time == 0 {
		o.Time = 2 * time.Minute
	}
	return o
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
	opts = opts.withDefaults()
	flags := []string{"-DSAFETY", "-DPEG"}
	if !opts.DepthFirst {
		flags = append(flags, "-DBFS")
	}
	if err := verifier(ctx, dir, text, opts, flags...); err != nil {
		return nil, err
	}
	out, err := command(ctx, dir, opts.Time, filepath.Join(dir, "pan"), "-c0", "-w18", fmt.Sprintf("-m%d", opts.Depth))
	if err != nil {
		return nil, err
	}
	return read(out)
}

// Cycles asks of each of the claims of a text, by name, whether there is an acceptance cycle: a run that the claim forbids.
// Where an assertion fails instead, Result.Failures tells.
func Cycles(ctx context.Context, dir string, text []byte, claims []string, opts Options) (map[string]bool, *Result, error) {
	opts = opts.withDefaults()
	if err := verifier(ctx, dir, text, opts, "-DNOFAIR"); err != nil {
		return nil, nil, err
	}
	cycles := map[string]bool{}
	for _, claim := range claims {
		out, err := command(ctx, dir, opts.Time, filepath.Join(dir, "pan"), "-a", "-N", claim, "-w18", fmt.Sprintf("-m%d", opts.Depth))
		if err != nil {
			return nil, nil, fmt.Errorf("claim %s: %w", claim, err)
		}
		r, err := read(out)
		if err != nil {
			return nil, nil, fmt.Errorf("claim %s: %w", claim, err)
		}
		if len(r.Failures) > 0 && r.Failures[0].Text != cycle {
			return nil, r, nil
		}
		cycles[claim] = len(r.Failures) > 0
	}
	return cycles, &Result{}, nil
}

// cycle is what a verifier says of an acceptance cycle.
const cycle = "acceptance cycle"

// verifier makes the command pan in a folder. Most of its text is the same for every system, and optimizing that takes
// longer than a small search.
func verifier(ctx context.Context, dir string, text []byte, opts Options, flags ...string) error {
	if err := Installed(); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "system.pml"), text, 0o644); err != nil {
		return fmt.Errorf("spin: %w", err)
	}
	if _, err := command(ctx, dir, opts.Time, "spin", "-o3", "-a", "system.pml"); err != nil {
		return limited(err)
	}
	if err := allowHidden(filepath.Join(dir, "pan.h")); err != nil {
		return err
	}
	compiler, args := "gcc", []string{fmt.Sprintf("-O%d", opts.Optimize)}
	if _, err := exec.LookPath("tcc"); err == nil && opts.Optimize == 0 {
		compiler, args = "tcc", nil
	}
	args = append(args, "-w", "-DNOREDUCE", "-DVECTORSZ=8192", fmt.Sprintf("-DMEMLIM=%d", opts.MemoryMB))
	_, err := command(ctx, dir, opts.Time, compiler, append(append(args, flags...), "-o", "pan", "pan.c")...)
	return err
}

// tooLong is what SPIN says of a text with more statements in one step than it takes.
const tooLong = "d_step sequence too long"

// limited makes what SPIN says of a text that is too large for it a limit that was met.
func limited(err error) error {
	if strings.Contains(err.Error(), tooLong) {
		return fmt.Errorf("%w: %w", ErrLimit, err)
	}
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

// command runs one for so long at most.
func command(ctx context.Context, dir string, limit time.Duration, name string, args ...string) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	c := exec.CommandContext(limited, name, args...)
	c.Dir = dir
	c.WaitDelay = time.Second
	out, err := c.CombinedOutput()
	what := filepath.Base(name) + " " + strings.Join(args, " ")
	switch {
	case err != nil && ctx.Err() == nil && limited.Err() != nil:
		return nil, fmt.Errorf("%w: %s took more than %v", ErrLimit, what, limit)
	case err != nil:
		return nil, fmt.Errorf("spin: %s: %w\n%s", what, err, last(out, 2000))
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
			return nil, fmt.Errorf("%w: %s", ErrLimit, line)
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
