package engine

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) {
	toDisk = func(*os.File) error { return nil } // nothing here looks at what a power failure leaves
	os.Exit(m.Run())
}

// folder makes a folder that the end of a case of a property removes.
func folder(t *rapid.T) string {
	dir, err := os.MkdirTemp("", "interlock")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// again opens the folder of a search, as a new process would.
func again(dir string, memory int64) (*explorer, *disk, error) {
	x := newExplorer()
	x.limit = limits{maxOnDisk, memory, 1 << 20}
	for i := range x.asked {
		x.asked[i] = true
	}
	x.tell = func(*explorer) bool { return true }
	d, err := openDisk(x, dir, testDigest, false, time.Hour, never)
	if err != nil {
		return nil, nil, err
	}
	x.keep(d)
	d.begin(&state{1})
	return x, d, nil
}

// close gives the folder back, as the end of a process does.
func (d *disk) close() {
	d.lock.Close()
	d.states.file.Close()
	for _, r := range append(append([]*run{}, d.seen...), d.spills...) {
		if r.owned() {
			r.pile.file.Close()
		}
	}
}

// A search that is stopped at any moment, and again, with any memory, ends as one that was left alone.
func TestStoppedSearchGoesOn(t *testing.T) {
	here := inMemory()
	rapid.Check(t, func(t *rapid.T) {
		dir := folder(t)
		for range rapid.IntRange(1, 3).Draw(t, "stops") {
			x, d, err := again(dir, rapid.Int64Range(1<<11, 1<<14).Draw(t, "memory"))
			require.NoError(t, err)
			left := rapid.IntRange(0, 30).Draw(t, "ticks")
			x.tell = func(*explorer) bool { left--; return left >= 0 }
			x.ask = rapid.IntRange(0, maxTicks).Draw(t, "first tick")
			require.NoError(t, d.explore())
			require.Contains(t, []string{"", "stopped"}, x.halted)
			d.close()
		}
		x, d, err := again(dir, rapid.Int64Range(1<<11, 1<<14).Draw(t, "memory"))
		require.NoError(t, err)
		require.NoError(t, d.explore())
		alike(t, here, x, d)
		d.close()
	})
}

// A limit of states is honest, and with a higher one the search goes on.
func TestLimitOnDisk(t *testing.T) {
	here := inMemory()
	for _, most := range []int{1, 5, here.count / 2, here.count - 1} {
		dir := t.TempDir()
		x, d, err := again(dir, 1<<11)
		require.NoError(t, err)
		x.limit.states = most
		require.NoError(t, d.explore())
		require.Equal(t, "states", x.halted)
		require.Equal(t, most, x.count)
		path, err := d.path(uint32(most - 1))
		require.NoError(t, err)
		require.Len(t, path, len(x.levels))
		d.close()
		x, d, err = again(dir, 1<<12)
		require.NoError(t, err)
		require.True(t, d.resumed)
		require.NoError(t, d.explore())
		alike(t, here, x, d)
		d.close()
	}
}

// What is damaged is told, or does no harm: there is never another result.
func TestDamagedFiles(t *testing.T) {
	here := inMemory()
	noticed := 0
	rapid.Check(t, func(t *rapid.T) {
		dir := folder(t)
		x, d, err := again(dir, 1<<11)
		require.NoError(t, err)
		left := rapid.IntRange(0, 60).Draw(t, "ticks")
		x.tell = func(*explorer) bool { left--; return left >= 0 }
		require.NoError(t, d.explore())
		d.close()
		damage(t, dir)
		x, d, err = again(dir, 1<<11)
		if err == nil {
			defer d.close()
			if err = d.explore(); err == nil {
				alike(t, here, x, d)
				return
			}
		}
		noticed++
		require.NotEmpty(t, err.Error())
	})
	require.NotZero(t, noticed)
}

// damage does something to one of the files.
func damage(t *rapid.T, dir string) {
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	path := filepath.Join(dir, files[rapid.IntRange(0, len(files)-1).Draw(t, "file")].Name())
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	switch kind := rapid.IntRange(0, 9).Draw(t, "kind"); {
	case len(text) == 0 || kind == 0:
		require.NoError(t, os.Remove(path))
		return
	case kind == 1:
		text = text[:rapid.IntRange(0, len(text)-1).Draw(t, "length")]
	case kind == 2:
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		clear(text[at:min(len(text), at+512)])
	default:
		text[rapid.IntRange(0, len(text)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
	}
	require.NoError(t, os.WriteFile(path, text, 0o600))
}

// full is a file on a disk that has room for so many blocks.
type full struct {
	*os.File
	left *int
}

func (f full) WriteAt(b []byte, at int64) (int, error) {
	if *f.left--; *f.left < 0 {
		n, _ := f.File.WriteAt(b[:len(b)/2], at)
		return n, &os.PathError{Op: "write", Path: f.Name(), Err: syscall.ENOSPC}
	}
	return f.File.WriteAt(b, at)
}

// On a full disk the search ends, says so, and goes on when there is room.
func TestFullDisk(t *testing.T) {
	here := inMemory()
	defer func(before func(*os.File) io.WriterAt) { writerOf = before }(writerOf)
	random := rand.New(rand.NewPCG(1, 1))
	ended := 0
	for range 15 {
		dir := t.TempDir()
		for {
			left := 2 + random.IntN(60)
			writerOf = func(file *os.File) io.WriterAt { return full{file, &left} }
			x, d, err := again(dir, 1<<10)
			require.NoError(t, err)
			d.every = time.Duration(random.IntN(2)) * time.Hour
			err = d.explore()
			d.close()
			if err == nil {
				alike(t, here, x, reopened(t, dir))
				break
			}
			ended++
			require.ErrorIs(t, err, syscall.ENOSPC)
			require.Equal(t, "storage", x.halted)
			if random.IntN(4) == 0 {
				left = 1 << 30
				writerOf = func(file *os.File) io.WriterAt { return file }
			}
		}
	}
	require.Greater(t, ended, 10)
}

// reopened is a search that is complete, from its files.
func reopened(t *testing.T, dir string) *disk {
	_, d, err := again(dir, 1<<20)
	require.NoError(t, err)
	require.NoError(t, d.explore())
	t.Cleanup(d.close)
	return d
}

// A folder that is of no use is refused, with a way out, and nothing in it changes.
func TestFoldersThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	_, d, err := again(dir, 1<<11)
	require.NoError(t, err)
	require.NoError(t, d.explore())
	defer func(before int) { lockTries = before }(lockTries)
	lockTries = 1
	_, _, err = again(dir, 1<<11)
	require.ErrorContains(t, err, "another search is at work in "+dir)
	d.close()
	before, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	require.NoError(t, err)

	x := newExplorer()
	_, err = openDisk(x, dir, "fedcba9876543210", false, time.Hour, never)
	require.ErrorContains(t, err, "holds a checkpoint of another search")
	require.ErrorContains(t, err, "give -dir another folder")
	after, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	require.NoError(t, err)
	require.Equal(t, before, after)

	_, err = openDisk(x, filepath.Join(dir, "none"), testDigest, true, time.Hour, never)
	require.ErrorContains(t, err, "there is no checkpoint in")
	_, err = openDisk(x, filepath.Join(dir, checkpointFile, "below"), testDigest, false, time.Hour, never)
	require.ErrorContains(t, err, "not a directory")
	_, err = openDisk(x, dir, testDigest, false, time.Hour, func() bool { return true })
	require.True(t, errors.Is(err, errStopped), "%v", err)
}

// What a search has left behind after its last checkpoint goes; what is of somebody else stays.
func TestLeftOverFilesGo(t *testing.T) {
	dir := t.TempDir()
	x, d, err := again(dir, 1<<11)
	require.NoError(t, err)
	x.limit.states = 200
	require.NoError(t, d.explore())
	d.close()
	for _, name := range []string{"visited-999", "gathered-999", "notes"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600))
	}
	_, d, err = again(dir, 1<<11)
	require.NoError(t, err)
	d.close()
	require.NoFileExists(t, filepath.Join(dir, "visited-999"))
	require.NoFileExists(t, filepath.Join(dir, "gathered-999"))
	require.FileExists(t, filepath.Join(dir, "notes"))
}
