package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
		if err := wholeSnapshot(filepath.Join(dir, snapshot), s.snapshot); err != nil {
			return err
		}
		torn, err := kept(filepath.Join(dir, recording), said, s.flushed)
		if err != nil {
			return err
		}
		t.torn += torn
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

// kill starts a child, kills it a while after its first word, and collects what it said. A last word without an end does not
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
		if first {
			first = false
			time.AfterFunc(after, func() { child.Process.Kill() })
		}
		var n, seq uint64
		var session string
		switch {
		case scan(text, "line %d %d %s", &n, &seq, &session):
			said[n] = fmt.Sprint(seq, " ", session)
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

// kept reads the recording and looks for every line that was acknowledged.
func kept(path string, said map[uint64]string, flushed uint64) (torn int, err error) {
	files, err := lines.Files(path)
	if err != nil {
		return 0, err
	}
	found := map[uint64]string{}
	last := uint64(0)
	for i, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return 0, err
		}
		defer f.Close()
		for r := lines.NewReader(f); ; {
			line, err := r.Next()
			if err == io.EOF {
				break
			}
			var half *lines.Torn
			if errors.As(err, &half) && i == len(files)-1 {
				torn++
				continue
			}
			if err != nil {
				return 0, fmt.Errorf("%s: %w", name, err)
			}
			if line.N != last+1 {
				return 0, fmt.Errorf("%s: line %d follows line %d", name, line.N, last)
			}
			last = line.N
			found[line.N] = fmt.Sprint(line.Seq, " ", line.Session)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(said)) {
		if what := said[n]; found[n] != what {
			return 0, fmt.Errorf("line %d was acknowledged as %q, and is %q", n, what, found[n])
		}
	}
	if last < flushed {
		return 0, fmt.Errorf("line %d was flushed, and %d is the last", flushed, last)
	}
	return torn, nil
}

// wholeSnapshot checks that the file is one that was stored, and not older than the last that was acknowledged.
func wholeSnapshot(path string, least uint64) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && least == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if len(text) != snapshotSize || binary.BigEndian.Uint32(text[snapshotSize-4:]) != crc32.ChecksumIEEE(text[:snapshotSize-4]) {
		return fmt.Errorf("the snapshot is not whole: %d bytes", len(text))
	}
	if number := binary.BigEndian.Uint64(text); number < least {
		return fmt.Errorf("snapshot %x was acknowledged, and %x is there", least, number)
	}
	return nil
}
