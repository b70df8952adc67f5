package record

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// digits is how many a renamed file has at least behind its name: machines.jsonl.000001.
const digits = 6

// name is the name of a file that was renamed.
func name(path string, number uint64) string { return fmt.Sprintf("%s.%0*d", path, digits, number) }

// numbers lists the numbers of the renamed files of a recording, oldest first.
func numbers(path string) ([]uint64, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	var found []uint64
	for _, e := range entries {
		text, ok := strings.CutPrefix(e.Name(), filepath.Base(path)+".")
		if n, err := strconv.ParseUint(text, 10, 63); ok && err == nil && name(path, n) == path+"."+text && e.Type().IsRegular() {
			found = append(found, n)
		}
	}
	slices.Sort(found)
	return found, nil
}

// Files lists the files of a recording that are there, oldest first.
func Files(path string) ([]string, error) {
	found, err := numbers(path)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, n := range found {
		files = append(files, name(path, n))
	}
	if _, err := os.Stat(path); err == nil {
		files = append(files, path)
	} else if !errors.Is(err, fs.ErrNotExist) || len(files) == 0 {
		return nil, fmt.Errorf("record: %w", err)
	}
	return files, nil
}

// resume opens the file and finds out where the recording was.
func (r *Recorder) resume() error {
	var err error
	if r.rotated, err = numbers(r.path); err != nil {
		return err
	}
	if err := r.create(); err != nil {
		return err
	}
	size, last, err := ending(r.file, r.size)
	if err != nil {
		return fmt.Errorf("%s: %w", r.path, err)
	}
	if r.stats.Torn = r.size - size; r.stats.Torn > 0 {
		if err := r.file.Truncate(size); err != nil {
			return fmt.Errorf("record: half a line cannot be cut off: %w", err)
		}
	}
	r.size = size
	r.stats.Last, r.stats.Synced = last, 0
	if size == 0 && len(r.rotated) > 0 {
		return r.resumeNumber()
	}
	return nil
}

// resumeNumber goes on behind the newest renamed file, when nothing has been written since.
func (r *Recorder) resumeNumber() error {
	path := name(r.path, r.rotated[len(r.rotated)-1])
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	if _, r.stats.Last, err = ending(f, info.Size()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// beginning is how every line begins.
const beginning = `{"n":`

// ending finds the length of the whole lines in a file of end bytes, and the number of the last.
func ending(f io.ReaderAt, end int64) (size int64, last uint64, err error) {
	start := max(0, end-2*MaxLine) // room for half a line and a whole one before it
	tail := make([]byte, end-start)
	if _, err := f.ReadAt(tail, start); err != nil {
		return 0, 0, err
	}
	whole := bytes.LastIndexByte(tail, '\n') + 1
	if whole == 0 {
		if start == 0 && end < MaxLine && bytes.Equal(tail[:min(len(tail), len(beginning))], []byte(beginning[:min(len(tail), len(beginning))])) {
			return 0, 0, nil // nothing, or a first line that was not finished
		}
		return 0, 0, errors.New("record: it does not hold lines: move it away, or record to another file")
	}
	line, err := decode(tail[bytes.LastIndexByte(tail[:whole-1], '\n')+1 : whole-1])
	if err != nil {
		return 0, 0, fmt.Errorf("record: its last whole line is damaged: move it away, or record to another file: %w", err)
	}
	return start + int64(whole), line.N, nil
}

// create opens the file at the path, which may be there.
func (r *Recorder) create() error {
	f, err := r.open(r.path)
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	info, err := f.Stat()
	if err == nil {
		err = syncDir(r.path)
	}
	if err != nil {
		f.Close()
		return fmt.Errorf("record: %w", err)
	}
	r.file, r.size, r.ragged, r.turn = f, info.Size(), false, r.options.MaxBytes
	return nil
}

// rotate renames the file, so that another is begun. Where that fails, it goes on in the same file for as many bytes again.
func (r *Recorder) rotate() {
	if r.file == nil {
		return
	}
	if r.ragged && r.file.Truncate(r.size) == nil {
		r.ragged = false
	}
	err := r.file.Sync()
	if r.synced(r.stats.Last-1, err); err != nil { // the line under way is not in it
		r.ail(err)
	}
	r.file.Close() // before it is renamed, as some systems want it; it is synced, or known to be broken
	r.file = nil
	next := uint64(1)
	if n := len(r.rotated); n > 0 {
		next = r.rotated[n-1] + 1
	}
	if err := os.Rename(r.path, name(r.path, next)); err != nil {
		r.ail(err)
		if r.create() == nil { // otherwise the next line tries again
			r.turn = r.size + r.options.MaxBytes
		}
		return
	}
	r.size = 0
	r.rotated = append(r.rotated, next)
	for r.options.MaxFiles > 0 && len(r.rotated) > r.options.MaxFiles-1 {
		if err := os.Remove(name(r.path, r.rotated[0])); err != nil && !errors.Is(err, fs.ErrNotExist) {
			r.ail(err)
			return
		}
		r.rotated = r.rotated[1:]
	}
}

// ail notes an error that costs no line.
func (r *Recorder) ail(err error) {
	r.trouble = fmt.Errorf("record: %w", err)
	r.stats.Err = r.trouble
}

// syncDir forces the name of a file to the disk, on systems where a folder can be synced.
func syncDir(path string) error {
	if runtime.GOOS == "windows" || runtime.GOOS == "plan9" || runtime.GOOS == "js" || runtime.GOOS == "wasip1" {
		return nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
