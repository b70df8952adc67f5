package record

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
)

// when is the time of every line in these tests.
var when = time.Date(2031, 2, 3, 4, 5, 6, 7, time.UTC)

func fixed() time.Time { return when }

// texts draws what a spec's names never are, and what a hostile client may send as a key.
func texts() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom([]string{"", "a", "\n", "\"}\n{\"n\":1}", "\u2028", "\x00\x1b[2J", "<script>", `\`, "ä"}), rapid.String())
}

// sessions draws keys, of which many are only bytes.
func sessions() *rapid.Generator[string] {
	return rapid.OneOf(texts(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
}

func observations() *rapid.Generator[fsm.Observation] {
	return rapid.Custom(func(t *rapid.T) fsm.Observation {
		text := func(name string) string { return texts().Draw(t, name) }
		o := fsm.Observation{Spec: text("spec"), Machine: text("machine"), Session: sessions().Draw(t, "session"), Seq: rapid.Uint64().Draw(t, "seq"),
			Event: text("event"), Call: text("call"), From: text("from"), To: text("to"), Effects: rapid.SliceOf(texts()).Draw(t, "effects"),
			Delivery: rapid.SampledFrom([]fsm.Delivery{fsm.DeliveryTaken, fsm.DeliveryRefused}).Draw(t, "delivery"),
			Refused:  fsm.Cause(rapid.IntRange(0, int(fsm.CauseContention)).Draw(t, "refused"))}
		if len(o.Effects) == 0 {
			o.Effects = nil
		}
		return o
	})
}

// readAll reads every file of a recording: its lines, and the other things that a reader has to say.
func readAll(t require.TestingT, path string) (lines []Line, errs []error) {
	files, err := Files(path)
	require.NoError(t, err)
	for _, name := range files {
		f, err := os.Open(name)
		require.NoError(t, err)
		for r := NewReader(f); ; {
			line, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				errs = append(errs, err)
				continue
			}
			lines = append(lines, line)
		}
		require.NoError(t, f.Close())
	}
	return lines, errs
}

// What was observed is what is read back, over files that are renamed and recorders that are closed and opened again.
func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "record")
		require.NoError(t, err)
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "lines.jsonl")
		options := Options{Now: fixed, MaxBytes: rapid.Int64Range(0, 2000).Draw(t, "max bytes"), Sync: Sync(rapid.IntRange(0, 2).Draw(t, "sync"))}
		var want []Line
		for range rapid.IntRange(1, 3).Draw(t, "recorders") {
			r, err := Open(path, options)
			require.NoError(t, err)
			for _, o := range rapid.SliceOfN(observations(), 0, 10).Draw(t, "observations") {
				n, err := r.Write(o)
				require.NoError(t, err)
				want = append(want, Line{n, when, o})
				require.EqualValues(t, len(want), n)
			}
			require.NoError(t, r.Close())
			require.NoError(t, r.Close())
			stats := r.Stats()
			require.NoError(t, stats.Err)
			require.EqualValues(t, len(want), stats.Last)
			require.Zero(t, stats.Lost)
		}
		lines, errs := readAll(t, path)
		require.Empty(t, errs)
		require.Equal(t, want, lines)
	})
}

// Every line is one line of the file, of printable text, whatever the names.
func TestNamesCannotBreakALine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := observations().Draw(t, "observation")
		text, err := encode(when, &o)
		require.NoError(t, err)
		line := string(appendLine(nil, 7, text))
		require.Equal(t, len(line)-1, strings.IndexByte(line, '\n'))
		require.True(t, utf8.ValidString(line))
		require.Equal(t, -1, strings.IndexFunc(line[:len(line)-1], func(r rune) bool { return r < ' ' }))
	})
}

func TestLinesThatAreTooLongAreLost(t *testing.T) {
	var told []error
	path := filepath.Join(t.TempDir(), "lines.jsonl")
	r, err := Open(path, Options{Now: fixed, Failed: func(err error) { told = append(told, err) }})
	require.NoError(t, err)
	r.Observe(fsm.Observation{Session: strings.Repeat("x", MaxLine-400)})
	r.Observe(fsm.Observation{Session: strings.Repeat("x", MaxLine)})
	r.Observe(fsm.Observation{Session: strings.Repeat("x", MaxLine)})
	r.Observe(fsm.Observation{Session: "short"})
	require.NoError(t, r.Close())
	require.Len(t, told, 1, "a streak is told once")
	require.EqualValues(t, 2, r.Stats().Lost)
	lines, errs := readAll(t, path)
	require.Empty(t, errs)
	require.Equal(t, []uint64{1, 4}, numbersOf(lines))
	_, err = r.Write(fsm.Observation{})
	require.ErrorIs(t, err, os.ErrClosed)
}

func numbersOf(lines []Line) []uint64 {
	var ns []uint64
	for _, l := range lines {
		ns = append(ns, l.N)
	}
	return ns
}

// Many goroutines share a sync; each has its line on the disk when Write returns, and a session's lines are in its order.
func TestManyGoroutines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lines.jsonl")
	r, err := Open(path, Options{Sync: SyncEvery, MaxBytes: 20_000})
	require.NoError(t, err)
	var wait sync.WaitGroup
	for g := range 16 {
		wait.Go(func() {
			for seq := range uint64(20) {
				n, err := r.Write(fsm.Observation{Session: fmt.Sprint(g), Seq: seq + 1})
				if err != nil || r.Stats().Synced < n {
					t.Errorf("line %d: %v, %+v", n, err, r.Stats())
				}
			}
		})
	}
	wait.Wait()
	require.NoError(t, r.Close())
	require.Greater(t, r.Stats().Files, 1)
	lines, errs := readAll(t, path)
	require.Empty(t, errs)
	require.Len(t, lines, 320)
	last := map[string]uint64{}
	for i, l := range lines {
		require.EqualValues(t, i+1, l.N)
		require.Equal(t, last[l.Session]+1, l.Seq)
		last[l.Session] = l.Seq
	}
}

func TestOnlySoManyFilesAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lines.jsonl")
	other := path + ".7"
	require.NoError(t, os.WriteFile(other, []byte("not ours"), 0o644))
	r, err := Open(path, Options{MaxBytes: 500, MaxFiles: 3})
	require.NoError(t, err)
	for seq := range uint64(40) {
		r.Observe(fsm.Observation{Session: "a", Seq: seq})
	}
	require.NoError(t, r.Close())
	files, err := Files(path)
	require.NoError(t, err)
	require.Len(t, files, 3)
	require.Equal(t, 3, r.Stats().Files)
	lines, errs := readAll(t, path)
	require.Empty(t, errs)
	require.EqualValues(t, 40, lines[len(lines)-1].N)
	require.Greater(t, lines[0].N, uint64(1))
	require.True(t, slices.IsSorted(numbersOf(lines)))
	require.FileExists(t, other)
	for _, name := range files {
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.LessOrEqual(t, info.Size(), int64(500))
	}
}

// A file that cannot be renamed grows on, which is told; no line is lost for it.
func TestAFileThatCannotBeRenamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lines.jsonl")
	require.NoError(t, os.Mkdir(path+".000001", 0o755))
	var told []error
	r, err := Open(path, Options{MaxBytes: 1000, Sync: SyncEvery, Failed: func(err error) { told = append(told, err) }})
	require.NoError(t, err)
	for seq := range uint64(20) {
		n, err := r.Write(fsm.Observation{Session: "a", Seq: seq})
		require.NoError(t, err)
		require.Equal(t, n, r.Stats().Synced)
	}
	require.NoError(t, os.Remove(path+".000001"))
	for seq := range uint64(20) {
		r.Observe(fsm.Observation{Session: "b", Seq: seq})
	}
	require.NoError(t, r.Close())
	require.NotEmpty(t, told)
	require.Less(t, len(told), 10, "not at every line")
	require.Zero(t, r.Stats().Lost)
	require.Greater(t, r.Stats().Files, 1)
	lines, errs := readAll(t, path)
	require.Empty(t, errs)
	require.Len(t, lines, 40)
	require.True(t, slices.IsSorted(numbersOf(lines)))
}

func TestOneRecorderAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lines.jsonl")
	r, err := Open(path, Options{})
	require.NoError(t, err)
	if _, err := Open(path, Options{}); err != nil { // some systems have no such locks
		require.ErrorIs(t, err, ErrInUse)
	}
	require.NoError(t, r.Close())
	again, err := Open(path, Options{})
	require.NoError(t, err)
	require.NoError(t, again.Close())
}

// Open does not write into what is no recording.
func TestOpenRefusesForeignFiles(t *testing.T) {
	for name, text := range map[string]string{
		"text":    "hello\n",
		"no end":  "hello",
		"binary":  "\x7fELF",
		"a brace": "{\"n\":1}\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x")
			require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
			_, err := Open(path, Options{})
			require.ErrorContains(t, err, "move it away")
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, text, string(after))
		})
	}
	_, err := Open(filepath.Join(t.TempDir(), "no", "folder"), Options{})
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = Files(filepath.Join(t.TempDir(), "nothing"))
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// A disk that is full loses lines, is told of, and stops nothing.
func TestAFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no disk that is always full")
	}
	path := filepath.Join(t.TempDir(), "lines.jsonl")
	require.NoError(t, os.Symlink("/dev/full", path))
	var told []error
	r, err := Open(path, Options{Failed: func(err error) { told = append(told, err) }})
	require.NoError(t, err)
	for range 5 {
		r.Observe(fsm.Observation{Event: "Accept"})
	}
	require.EqualValues(t, 5, r.Stats().Lost)
	require.Len(t, told, 1)
	require.ErrorContains(t, told[0], "no space left")
	require.ErrorContains(t, r.Stats().Err, "no space left")
	r.Close()
}

func TestRefusalsCanBeLeftOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lines.jsonl")
	r, err := Open(path, Options{NoRefusals: true})
	require.NoError(t, err)
	r.Observe(fsm.Observation{Event: "Accept", Refused: fsm.CauseState})
	r.Observe(fsm.Observation{Event: "Hangup", Delivery: fsm.DeliveryTaken})
	require.NoError(t, r.Close())
	lines, _ := readAll(t, path)
	require.Len(t, lines, 1)
	require.Equal(t, "Hangup", lines[0].Event)
}

// Whoever writes to a recording that has ended is refused, and no doubt falls on what it holds.
func TestAfterTheEnd(t *testing.T) {
	r, err := Open(filepath.Join(t.TempDir(), "machines.jsonl"), Options{})
	require.NoError(t, err)
	_, err = r.Write(fsm.Observation{Machine: "M", Event: "e", From: "A", To: "B", Delivery: fsm.DeliveryTaken})
	require.NoError(t, err)
	require.NoError(t, r.Close())
	_, err = r.Write(fsm.Observation{})
	require.ErrorIs(t, err, os.ErrClosed)
	_, err = r.Flush()
	require.NoError(t, err)
	require.Equal(t, uint64(1), r.Stats().Lost)
	require.NoError(t, r.Close())
}
