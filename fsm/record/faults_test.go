package record

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
)

var errDisk = errors.New("the disk says no")

// sick is a file on a disk that fails when the test says so. It knows what was forced to the disk.
type sick struct {
	file
	world *disk
}

// disk decides what fails.
type disk struct {
	t                                     *rapid.T
	path                                  string
	writes, truncates, syncs, opens, sane bool // which kinds of failures there are; sane: none any more
}

func (d *disk) fails(kind bool, name string) bool {
	return !d.sane && kind && rapid.IntRange(0, 3).Draw(d.t, name) == 0
}

func (d *disk) open(path string) (file, error) {
	if d.fails(d.opens, "open fails") {
		return nil, errDisk
	}
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	return &sick{f, d}, nil
}

// Write may stop in the middle: an os.File has no error when all is written.
func (s *sick) Write(p []byte) (int, error) {
	if s.world.fails(s.world.writes, "write fails") {
		n, err := s.file.Write(p[:rapid.IntRange(0, len(p)-1).Draw(s.world.t, "written")])
		return n, errors.Join(err, errDisk)
	}
	return s.file.Write(p)
}

func (s *sick) Truncate(size int64) error {
	if s.world.fails(s.world.truncates, "truncate fails") {
		return errDisk
	}
	return s.file.Truncate(size)
}

func (s *sick) Sync() error {
	if s.world.fails(s.world.syncs, "sync fails") {
		return errDisk
	}
	return s.file.Sync()
}

// Whatever fails, what Write said was written is there, in its order and whole; what it said was lost is not; the count is
// right; and a reader meets nothing worse than a line without an end.
func TestFailuresOfTheDisk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "record")
		require.NoError(t, err)
		defer os.RemoveAll(dir)
		flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
		world := &disk{t: t, path: filepath.Join(dir, "lines.jsonl"), writes: flag("writes"), truncates: flag("truncates"), opens: flag("opens")}
		var want []uint64
		lost, told := uint64(0), 0
		o := Options{Now: fixed, MaxBytes: rapid.Int64Range(0, 1500).Draw(t, "max bytes"), Failed: func(error) { told++ }}
		r, err := begin(world.path, o, world.open)
		if err != nil {
			require.ErrorIs(t, err, errDisk)
			return
		}
		for range rapid.IntRange(1, 30).Draw(t, "writes") {
			n, err := r.Write(fsm.Observation{Session: "s"})
			if err != nil {
				require.ErrorIs(t, err, errDisk)
				require.Positive(t, told)
				lost++
				continue
			}
			want = append(want, n)
		}
		require.Equal(t, lost, r.Stats().Lost)
		if flag("healed") {
			world.sane = true
			n, err := r.Write(fsm.Observation{Session: "s"})
			require.NoError(t, err, "there is room again")
			want = append(want, n)
		}
		require.NoError(t, r.Close())
		lines, errs := readAll(t, world.path)
		require.Equal(t, want, numbersOf(lines))
		for _, err := range errs {
			require.IsType(t, &Torn{}, err)
		}
		again, err := Open(world.path, o)
		require.NoError(t, err, "and another recorder goes on")
		require.NoError(t, again.Close())
		lines, errs = readAll(t, world.path)
		require.Equal(t, want, numbersOf(lines))
		require.LessOrEqual(t, len(errs), r.Stats().Files, "a file that was renamed may keep its half line")
	})
}

// A sync that fails is never forgotten: nothing is acknowledged after it.
func TestFailedSyncsAreFinal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "record")
		require.NoError(t, err)
		defer os.RemoveAll(dir)
		world := &disk{t: t, path: filepath.Join(dir, "lines.jsonl"), syncs: true}
		told := 0
		r, err := begin(world.path, Options{Sync: SyncEvery, MaxBytes: rapid.Int64Range(0, 1500).Draw(t, "max bytes"),
			Failed: func(error) { told++ }}, world.open)
		require.NoError(t, err)
		failed, synced := false, uint64(0)
		for range rapid.IntRange(1, 20).Draw(t, "writes") {
			n, err := r.Write(fsm.Observation{})
			if failed {
				require.Error(t, err)
			}
			if failed = err != nil; failed {
				require.ErrorIs(t, err, errDisk)
				require.Positive(t, told)
			} else {
				synced = n
			}
			require.GreaterOrEqual(t, r.Stats().Synced, synced)
			require.LessOrEqual(t, r.Stats().Synced, n)
		}
		_, err = r.Flush()
		if failed {
			require.ErrorIs(t, err, errDisk)
			require.Zero(t, r.Stats().Lost, "the lines were written all the same")
		}
		r.Close()
	})
}

// power is a disk that can lose what was not forced to it.
type power struct{ files []*volatile }

// volatile is a file of it.
type volatile struct {
	file
	written, synced int64
}

func (p *power) open(path string) (file, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	p.files = append(p.files, &volatile{file: f})
	return p.files[len(p.files)-1], nil
}

func (v *volatile) Write(b []byte) (int, error) {
	n, err := v.file.Write(b)
	v.written += int64(n)
	return n, err
}

func (v *volatile) Sync() error {
	v.synced = v.written
	return v.file.Sync()
}

// When the power fails, everything that was acknowledged is there, and nothing is there that was not written; of the rest each
// file has lost as much of its end as it pleased.
func TestThePowerFails(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "record")
		require.NoError(t, err)
		defer os.RemoveAll(dir)
		path, disk := filepath.Join(dir, "lines.jsonl"), &power{}
		o := Options{MaxBytes: rapid.Int64Range(0, 1500).Draw(t, "max bytes"), Sync: rapid.SampledFrom([]Sync{SyncNever, SyncEvery}).Draw(t, "sync")}
		r, err := begin(path, o, disk.open)
		require.NoError(t, err)
		acknowledged, last := uint64(0), uint64(0)
		for range rapid.IntRange(1, 20).Draw(t, "writes") {
			last, err = r.Write(fsm.Observation{Session: "s"})
			require.NoError(t, err)
			if o.Sync == SyncEvery {
				acknowledged = last
			} else if rapid.IntRange(0, 4).Draw(t, "flush") == 0 {
				acknowledged, err = r.Flush()
				require.NoError(t, err)
				require.Equal(t, last, acknowledged)
			}
			require.LessOrEqual(t, acknowledged, r.Stats().Synced, "what Stats says is no less")
		}
		acknowledged = r.Stats().Synced
		files, err := Files(path)
		require.NoError(t, err)
		require.Len(t, disk.files, len(files))
		for i, f := range disk.files {
			require.NoError(t, os.Truncate(files[i], rapid.Int64Range(f.synced, f.written).Draw(t, "left")))
		}
		require.NoError(t, r.lock.Close())
		lines, errs := readAll(t, path)
		require.GreaterOrEqual(t, len(lines), int(acknowledged))
		for i, n := range numbersOf(lines) {
			require.EqualValues(t, i+1, n)
		}
		require.LessOrEqual(t, len(errs), 1)
		again, err := Open(path, o)
		require.NoError(t, err)
		n, err := again.Write(fsm.Observation{})
		require.NoError(t, err)
		require.EqualValues(t, len(lines)+1, n, "numbers go on where they end")
		require.NoError(t, again.Close())
		lines, errs = readAll(t, path)
		require.Len(t, lines, int(n))
		require.Empty(t, errs, "half a line has been cut off")
	})
}
