package record

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"interlock/fsm"
)

// Sync says when lines are forced to the disk. Whatever it is, they have been handed to the operating system when
// [Recorder.Write] returns.
type Sync uint8

// When lines are forced to the disk.
const (
	SyncNever    Sync = iota // when the operating system pleases, at [Recorder.Flush] and at [Recorder.Close]
	SyncInterval             // also every so often
	SyncEvery                // before Write returns; goroutines that write at the same time share the wait
)

// Options say how to record. The zero value never syncs by itself and keeps everything in one file.
type Options struct {
	Sync  Sync
	Every time.Duration // of SyncInterval; 0 is a second

	MaxBytes int64 // before a file would be longer, it is renamed and another one begun; 0 is never
	MaxFiles int   // how many files are kept, with the one that is written; the oldest is removed; 0 is all

	// NoRefusals leaves out events that were refused: a client that may send what it likes could fill the disk with them.
	NoRefusals bool

	// Failed is told of the first line that could not be written, and again after one that could; of the first sync that failed;
	// and of a file that could not be renamed or removed. It is called on the goroutine that writes or syncs, without a lock.
	// Nil is nobody: [Recorder.Stats] counts all the same.
	Failed func(error)

	Now func() time.Time // nil is time.Now
}

// Stats is how a recording goes.
type Stats struct {
	Last   uint64 // the number of the last line that was asked for
	Synced uint64 // every line up to this number that was written is on the disk
	Lost   uint64 // lines that could not be written
	Files  int    // how many there are now
	Torn   int64  // bytes of an unfinished line that Open has cut off
	Err    error  // the last failure, of whatever kind; nil if there was none
}

// Recorder writes lines to a file. Any goroutine may use it.
type Recorder struct {
	options Options
	path    string
	open    func(path string) (file, error)
	stop    chan struct{}
	ticking sync.WaitGroup

	mu      sync.Mutex // guards what follows
	syncing bool       // a goroutine forces lines to the disk, without the lock
	done    sync.Cond  // it has, on mu
	file    file       // nil when the last try to open one failed
	lock    *os.File   // keeps other recorders away
	size    int64      // of the whole lines in it
	ragged  bool       // something stands behind them that could not be cut off yet
	turn    int64      // the size at which another file is begun
	rotated []uint64   // the numbers of the files that were renamed, oldest first
	stats   Stats
	failing bool  // the last line was lost
	trouble error // with renaming and removing, to be told
	broken  error // the first failed sync: what is on the disk is not known any more
	closed  bool
	buffer  []byte
}

// ErrInUse says that another recorder, of this process or another one, writes to the file.
var ErrInUse = errors.New("record: another recorder writes to this file")

// Open begins or continues a recording. The lines of an earlier one stay, and numbers go on where they ended; a last line that
// was not finished is cut off. The folder must exist, and the recorder keeps an empty file beside it, path with ".lock", that
// tells other recorders to stay away.
func Open(path string, o Options) (*Recorder, error) { return begin(path, o, openFile) }

// file is what a recorder needs of a file.
type file interface {
	io.ReaderAt
	io.Writer
	io.Closer
	Sync() error
	Truncate(size int64) error
	Stat() (fs.FileInfo, error)
}

func openFile(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err // and no file that is not nil but holds none
	}
	return f, nil
}

// begin is Open, with a way to open files.
func begin(path string, o Options, open func(path string) (file, error)) (*Recorder, error) {
	if o.Every <= 0 {
		o.Every = time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Recorder{options: o, path: path, open: open, stop: make(chan struct{})}
	r.done.L = &r.mu
	var err error
	if r.lock, err = lockFile(path + ".lock"); err != nil {
		return nil, err
	}
	if err := r.resume(); err != nil {
		r.lock.Close()
		if r.file != nil {
			r.file.Close()
		}
		return nil, err
	}
	if o.Sync == SyncInterval {
		r.ticking.Go(r.tick)
	}
	return r, nil
}

// Observe records an event, for [fsm.Observe]. What cannot be written is counted and told to Options.Failed.
func (r *Recorder) Observe(o fsm.Observation) {
	if o.Refused != fsm.CauseNone && r.options.NoRefusals {
		return
	}
	_, _ = r.Write(o) // an error has been told already
}

// Write records an event and returns the number of its line. With [SyncEvery] the line is on the disk then; otherwise the
// operating system has it. If there is an error, the line is lost or, where only a sync failed, not known to be on the disk.
func (r *Recorder) Write(o fsm.Observation) (uint64, error) {
	text, err := encode(r.options.Now(), &o)
	n, err := r.append(text, err)
	if err == nil && r.options.Sync == SyncEvery {
		err = r.syncTo(n)
	}
	return n, err
}

// append gives the next line its number and writes it, unless it has failed already.
func (r *Recorder) append(text []byte, err error) (uint64, error) {
	r.mu.Lock()
	r.stats.Last++
	n := r.stats.Last
	if err == nil {
		r.buffer = appendLine(r.buffer[:0], n, text)
		err = r.put(r.buffer)
	}
	tell := err != nil && !r.failing
	r.failing = err != nil
	if err != nil {
		r.stats.Lost++
		r.stats.Err = err
	}
	trouble := r.trouble
	r.trouble = nil
	r.mu.Unlock()
	if trouble != nil {
		r.tell(trouble)
	}
	if tell {
		r.tell(err)
	}
	return n, err
}

func (r *Recorder) tell(err error) {
	if r.options.Failed != nil {
		r.options.Failed(err)
	}
}

// put writes a whole line or nothing, in the file that is due.
func (r *Recorder) put(line []byte) error {
	if r.closed {
		return fmt.Errorf("record: %w", os.ErrClosed)
	}
	if r.options.MaxBytes > 0 && r.size > 0 && r.size+int64(len(line)) > r.turn {
		r.rotate()
	}
	if r.file == nil {
		if err := r.create(); err != nil {
			return err
		}
	}
	if r.ragged {
		if err := r.file.Truncate(r.size); err != nil {
			return fmt.Errorf("record: half a line cannot be cut off: %w", err)
		}
		r.ragged = false
	}
	written, err := r.file.Write(line)
	if err != nil {
		r.ragged = written > 0 && r.file.Truncate(r.size) != nil
		return fmt.Errorf("record: %w", err)
	}
	r.size += int64(len(line))
	return nil
}

// Flush forces all lines that were written before it to the disk, and returns the number of the last: that line is there, and
// so is each before it whose Write returned no error. After an error nothing is known, now or later: what a disk has done with
// lines that it failed to take cannot be found out. Begin another recording then.
func (r *Recorder) Flush() (uint64, error) {
	r.mu.Lock()
	n := r.stats.Last
	r.mu.Unlock()
	return n, r.syncTo(n)
}

// syncTo returns when every line up to n is on the disk. One goroutine syncs at a time, for all that has been written by then;
// who comes meanwhile waits, and may find that the next sync, by another, was enough.
func (r *Recorder) syncTo(n uint64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.broken == nil && r.stats.Synced < n {
		if r.syncing {
			r.done.Wait()
			continue
		}
		r.syncing = true
		err := r.sync(r.file, r.stats.Last)
		r.syncing = false
		r.done.Broadcast()
		if err != nil {
			r.mu.Unlock()
			r.tell(err)
			r.mu.Lock()
		}
	}
	return r.broken
}

// sync forces a file to the disk, in which every line up to last is that is not in a renamed one. It lets go of the lock
// meanwhile.
func (r *Recorder) sync(file file, last uint64) error {
	var err error
	if file != nil { // otherwise all that was written has been renamed, and synced before
		r.mu.Unlock()
		err = file.Sync()
		r.mu.Lock()
	}
	if errors.Is(err, os.ErrClosed) && r.stats.Synced >= last {
		err = nil // it was renamed meanwhile, and synced before
	}
	r.synced(last, err)
	return err
}

// synced notes the outcome of a sync of everything up to a line.
func (r *Recorder) synced(last uint64, err error) {
	switch {
	case err != nil && r.broken == nil:
		r.broken = fmt.Errorf("record: what is on the disk is not known: %w", err)
		r.stats.Err = r.broken
	case err == nil && r.broken == nil:
		r.stats.Synced = max(r.stats.Synced, last)
	}
}

// tick syncs every so often.
func (r *Recorder) tick() {
	ticker := time.NewTicker(r.options.Every)
	defer ticker.Stop()
	for {
		select {
		case <-r.stop:
			return
		case <-ticker.C:
			_, _ = r.Flush() // an error has been told, and Stats has it
		}
	}
}

// Stats is how it goes.
func (r *Recorder) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	stats := r.stats
	stats.Files = len(r.rotated) + 1
	return stats
}

// Close forces everything to the disk and ends the recording. Whoever still writes is refused. A second call does nothing.
func (r *Recorder) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	r.mu.Unlock()
	close(r.stop)
	r.ticking.Wait()
	_, err := r.Flush()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file != nil {
		err = errors.Join(err, r.file.Close())
		r.file = nil // a Flush that comes now has nothing to do
	}
	return errors.Join(err, r.lock.Close())
}
