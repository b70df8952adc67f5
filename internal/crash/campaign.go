package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"interlock/fsm"
	lines "interlock/fsm/record"
	"interlock/fsm/record/replay"
	"interlock/spec"
)

// tally is what a campaign has seen.
type tally struct {
	kills, acknowledged, flushes, snapshots, lines, torn, sessions int
}

// String is the tally as a sentence.
func (t tally) String() string {
	return fmt.Sprintf("%d kills: %d lines and %d flushes acknowledged, all there among %d lines of %d sessions, %d of them cut off half written; "+
		"%d snapshots acknowledged, the last or a later one there each time", t.kills, t.acknowledged, t.flushes, t.lines, t.sessions, t.torn, t.snapshots)
}

// children is how many use the same files, one after the other.
const children = 10

// campaign kills n children. command is what starts one.
func campaign(n int, seed int64, specDir string, command func(dir string, round int) []string) (tally, error) {
	var t tally
	sources, err := spec.Load(specDir)
	if err != nil {
		return t, err
	}
	compiled, diagnostics := spec.Compile(sources, nil)
	if compiled == nil {
		return t, fmt.Errorf("%s: %v", specDir, diagnostics)
	}
	random := rand.New(rand.NewSource(seed))
	for t.kills < n {
		if err := t.series(min(children, n-t.kills), random, compiled, command); err != nil {
			return t, fmt.Errorf("after %d kills: %w", t.kills, err)
		}
	}
	return t, nil
}

// series kills a few children in a folder of their own.
func (t *tally) series(n int, random *rand.Rand, spec *fsm.Spec, command func(dir string, round int) []string) error {
	dir, err := os.MkdirTemp("", "crash")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	said := map[uint64]string{} // by line, the number of the step and the session
	for round := range n {
		s, err := kill(command(dir, round), time.Duration(1+random.Intn(60))*time.Millisecond, said)
		if err != nil {
			return err
		}
		t.kills++
		t.flushes += s.flushes
		t.snapshots += s.snapshots
		found, err := read(filepath.Join(dir, recording))
		if err != nil {
			return err
		}
		if err := errors.Join(found.has(said, s.flushed), found.agrees(filepath.Join(dir, snapshot), s.snapshot)); err != nil {
			return err
		}
		t.torn += found.torn
	}
	checker := replay.New(replay.Limits{}, spec)
	if err := checker.Files(filepath.Join(dir, recording)); err != nil {
		return err
	}
	report := checker.Report()
	t.acknowledged += len(said)
	t.lines += report.Lines
	t.sessions += report.Sessions
	if !report.Passed() {
		return fmt.Errorf("the recording is no run of the spec: %v %v", report.Findings, report.Unknown)
	}
	return nil
}

// heard is what a child said, besides its lines.
type heard struct {
	flushed, snapshot  uint64 // the last of each
	flushes, snapshots int
}

// kill starts a child, kills it a while after its first line, and collects what it said. A last word without an end does not
// count.
func kill(command []string, after time.Duration, said map[uint64]string) (heard, error) {
	var h heard
	child := exec.Command(command[0], command[1:]...)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		return h, err
	}
	if err := child.Start(); err != nil {
		return h, err
	}
	first := true
	for words := bufio.NewReader(out); ; {
		text, err := words.ReadString('\n')
		if err != nil {
			break // the child is gone
		}
		var n, seq uint64
		var session string
		switch {
		case scan(text, "line %d %d %s", &n, &seq, &session):
			said[n] = fmt.Sprint(seq, " ", session)
			if first {
				first = false
				time.AfterFunc(after, func() { child.Process.Kill() })
			}
		case scan(text, "flushed %d", &n):
			h.flushed, h.flushes = n, h.flushes+1
		case scan(text, "snapshot %d", &n):
			h.snapshot, h.snapshots = n, h.snapshots+1
		default:
			return h, fmt.Errorf("a child says %q", text)
		}
	}
	if err := child.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		return h, fmt.Errorf("a child ended by itself: %v", err)
	}
	return h, nil
}

func scan(text, format string, into ...any) bool {
	n, err := fmt.Sscanf(text, format+"\n", into...)
	return err == nil && n == len(into)
}

// kept is a recording as it was found.
type kept struct {
	lines  map[uint64]string // by number, the number of the step and the session
	states map[string]string // by the number of a step taken and the session, where it led
	last   uint64
	torn   int
}

// read reads the recording.
func read(path string) (*kept, error) {
	k := &kept{lines: map[uint64]string{}, states: map[string]string{}}
	files, err := lines.Files(path)
	if err != nil {
		return nil, err
	}
	for i, name := range files {
		if err := k.file(name, i == len(files)-1); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return k, nil
}

func (k *kept) file(name string, newest bool) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	for r := lines.NewReader(f); ; {
		line, err := r.Next()
		var half *lines.Torn
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &half) && newest:
			k.torn++
			continue
		case err != nil:
			return err
		case line.N != k.last+1:
			return fmt.Errorf("line %d follows line %d", line.N, k.last)
		}
		k.last = line.N
		what := fmt.Sprint(line.Seq, " ", line.Session)
		k.lines[line.N] = what
		if line.Delivery == fsm.DeliveryTaken {
			k.states[what] = line.To
		}
	}
}

// has looks for every line that was acknowledged.
func (k *kept) has(said map[uint64]string, flushed uint64) error {
	for _, n := range slices.Sorted(maps.Keys(said)) {
		if what := said[n]; k.lines[n] != what {
			return fmt.Errorf("line %d was acknowledged as %q, and is %q", n, what, k.lines[n])
		}
	}
	if k.last < flushed {
		return fmt.Errorf("line %d was flushed, and %d is the last", flushed, k.last)
	}
	return nil
}

// agrees loads the snapshot, which must be whole and no older than the last that was acknowledged, and holds each session in
// it against the recording. A step that a session took just before the kill may not have been recorded, one for each worker.
func (k *kept) agrees(path string, least uint64) error {
	f, err := newFleet()
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Load(path); errors.Is(err, fs.ErrNotExist) && least == 0 {
		return nil
	} else if err != nil {
		return err
	}
	number, ahead := uint64(0), 0
	for v := range f.All() {
		if text, ok := strings.CutPrefix(v.Key, mark); ok {
			n, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				return err
			}
			number = max(number, n)
			continue
		}
		to, recorded := k.states[fmt.Sprint(v.Seq, " ", v.Key)]
		switch {
		case v.Seq > 0 && !recorded:
			ahead++
		case v.Seq > 0 && to != v.State.State().String():
			return fmt.Errorf("session %s is in %s in the snapshot, and %s was recorded", v.Key, v.State.State(), to)
		}
	}
	if number < least {
		return fmt.Errorf("snapshot %d was acknowledged, and %d is there", least, number)
	}
	if ahead > workers {
		return fmt.Errorf("%d sessions of the snapshot are ahead of the recording", ahead)
	}
	return nil
}
