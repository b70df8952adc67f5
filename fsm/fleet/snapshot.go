package fleet

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"interlock/fsm"
)

// ErrDamaged says that bytes are no snapshot of a fleet, or not all of one. Where they are one of another spec, the error is
// fsm.ErrSpecChanged.
var ErrDamaged = errors.New("fleet: damaged snapshot")

// ErrNotEmpty says that a fleet that is to be restored has sessions.
var ErrNotEmpty = errors.New("fleet: only an empty fleet can be restored")

// A snapshot is blocks: the length of what is in it, that, and its checksum. The first is the head, the last says how many sessions
// there were; what is between are sessions.
const (
	blockHead     = 'h'
	blockSessions = 's'
	blockEnd      = 'e'

	snapshotVersion = 1
	blockSize       = 1 << 16 // a block is written when it has that many bytes
	blockMost       = 1 << 24 // and read if it has no more than these
)

var checksum = crc32.MakeTable(crc32.Castagnoli)

// record is a session as it is stored.
type record[K, O comparable] struct {
	key    K
	owner  O
	word   uint64
	seq    uint64
	timers []remaining
}

type remaining struct {
	timer uint8
	left  time.Duration
}

// Snapshot writes every session, with the digest of the spec, and returns how many: their joint states, owners and timers. It looks at a
// few hundred at a time, so that events go on meanwhile, and each session is written as it is at some moment; a fleet that has
// been closed is written as a whole. Effects that the host has not been told of are not in it, nor are sessions that have ended.
func (f *Fleet[K, O, S, E, F]) Snapshot(to io.Writer) (sessions int, err error) {
	keys, owners, err := f.codecs()
	if err != nil {
		return 0, err
	}
	w := bufio.NewWriter(to)
	block := appendText(appendText(appendText([]byte{blockHead, snapshotVersion}, f.class.Spec), f.class.Name), f.class.Layout)
	records := make([]record[K, O], 0, glance)
	var text []byte
	writeBlock(w, block)
	block = append(block[:0], blockSessions)
	for i := range f.shards {
		sh := &f.shards[i]
		for from, more := uint32(0), true; more; from += glance {
			records, more = f.records(sh, from, records[:0])
			for _, r := range records {
				text = keys.Append(text[:0], r.key)
				block = appendText(block, string(text))
				text = owners.Append(text[:0], r.owner)
				block = appendText(block, string(text))
				block = binary.AppendUvarint(binary.AppendUvarint(block, r.word), r.seq)
				block = append(block, byte(len(r.timers)))
				for _, t := range r.timers {
					block = binary.AppendVarint(append(block, t.timer), int64(t.left))
				}
				if len(block) > blockMost {
					return 0, fmt.Errorf("fleet: a session cannot be stored: its key or owner takes %d bytes, and %d are the most", len(block), blockMost)
				}
				if len(block) >= blockSize {
					writeBlock(w, block)
					block = block[:1]
				}
			}
			sessions += len(records)
		}
	}
	writeBlock(w, block)
	writeBlock(w, binary.AppendUvarint([]byte{blockEnd}, uint64(sessions)))
	return sessions, w.Flush()
}

func (f *Fleet[K, O, S, E, F]) codecs() (keys Codec[K], owners Codec[O], err error) {
	keys, err = f.options.Keys.orDefault("Keys")
	if err != nil {
		return keys, owners, err
	}
	owners, err = f.options.Owners.orDefault("Owners")
	return keys, owners, err
}

// records copies the sessions of a glance.
func (f *Fleet[K, O, S, E, F]) records(sh *shard[K, O, S, E, F], from uint32, into []record[K, O]) (found []record[K, O], more bool) {
	sh.lock.Lock()
	defer sh.lock.Unlock()
	now := f.now()
	end := min(from+glance, sh.slots())
	for slot := from; slot < end; slot++ {
		s := sh.at(slot)
		if s == nil || s.mark&markEnded != 0 {
			continue
		}
		v := f.view(sh, s)
		r := record[K, O]{key: v.Key, owner: v.Owner, word: f.class.Word(v.State), seq: v.Seq}
		f.settle(sh, s)
		for n := sh.wheel.first(slot); n != none; n = sh.wheel.after(n) {
			if x := sh.wheel.at(n); x.mark&nodeArmed != 0 {
				r.timers = append(r.timers, remaining{x.timer, f.left(x.deadline(), now)})
			}
		}
		into = append(into, r)
	}
	return into, end < sh.slots()
}

// writeBlock leaves errors to Flush.
func writeBlock(w *bufio.Writer, block []byte) {
	var length, sum [4]byte
	binary.LittleEndian.PutUint32(length[:], uint32(len(block)))
	binary.LittleEndian.PutUint32(sum[:], crc32.Checksum(block, checksum))
	for _, b := range [][]byte{length[:], block, sum[:]} {
		_, _ = w.Write(b)
	}
}

func appendText(block []byte, text string) []byte {
	return append(binary.AppendUvarint(block, uint64(len(text))), text...)
}

// Restore fills an empty fleet from a snapshot and returns how many sessions it had. Each timer goes on with what was left of it when the
// snapshot was taken, by the fleet's own clock; time between the two does not count. The host is told nothing. An error leaves
// the fleet empty: fsm.ErrSpecChanged, ErrDamaged, or what the reader says. Nothing is left out for Options.Max: a snapshot that was
// taken while sessions came and went may have more of them than there ever were at once. Add then refuses until there are fewer.
func (f *Fleet[K, O, S, E, F]) Restore(from io.Reader) (sessions int, err error) {
	if f.Len() > 0 {
		return 0, ErrNotEmpty
	}
	keys, owners, err := f.codecs()
	if err != nil {
		return 0, err
	}
	r := &reader{from: bufio.NewReader(from)}
	defer func() {
		if err != nil {
			f.clear()
			sessions = 0
		}
	}()
	if err := f.readHead(r); err != nil {
		return 0, err
	}
	for {
		switch kind := r.block(); {
		case r.err != nil:
			return 0, r.err
		case kind == blockSessions:
			n, err := f.readSessions(r, keys, owners)
			if sessions += n; err != nil {
				return 0, err
			}
		case kind == blockEnd && r.number() == uint64(sessions) && len(r.rest) == 0 && r.err == nil:
			return f.Len(), nil
		default:
			return 0, fmt.Errorf("%w: sessions are missing", ErrDamaged)
		}
	}
}

// clear removes every session.
func (f *Fleet[K, O, S, E, F]) clear() {
	for v := range f.All() {
		_ = f.Remove(v.Key)
	}
}

// readHead checks that the snapshot is of this spec and system.
func (f *Fleet[K, O, S, E, F]) readHead(r *reader) error {
	if kind := r.block(); r.err != nil || kind != blockHead || len(r.rest) == 0 || r.rest[0] != snapshotVersion {
		return errors.Join(r.err, fmt.Errorf("%w: it does not begin as a snapshot of a fleet does", ErrDamaged))
	}
	r.rest = r.rest[1:]
	digest, name, layout := string(r.text()), string(r.text()), string(r.text())
	switch {
	case r.err != nil:
		return r.err
	case digest != f.class.Spec || name != f.class.Name:
		return fmt.Errorf("%w: a fleet of %s of %s, not of %s of %s: remove it, or start with the program that wrote it",
			fsm.ErrSpecChanged, name, digest, f.class.Name, f.class.Spec)
	case layout != f.class.Layout:
		return fmt.Errorf("%w: the spec is the same, but its code was generated otherwise: start with the program that wrote the fleet of %s, or remove it",
			fsm.ErrSpecChanged, name)
	}
	return nil
}

// readSessions adds the sessions of a block.
func (f *Fleet[K, O, S, E, F]) readSessions(r *reader, keys Codec[K], owners Codec[O]) (n int, err error) {
	for ; len(r.rest) > 0; n++ {
		key, err := keys.Parse(r.text())
		if err != nil {
			return n, errors.Join(r.err, fmt.Errorf("%w: a key: %v", ErrDamaged, err))
		}
		owner, err := owners.Parse(r.text())
		if err != nil {
			return n, errors.Join(r.err, fmt.Errorf("%w: the owner of %s: %v", ErrDamaged, f.options.Text(key), err))
		}
		rec := record[K, O]{key: key, owner: owner, word: r.number(), seq: r.number()}
		for range r.byte() {
			rec.timers = append(rec.timers, remaining{r.byte(), time.Duration(r.signed())})
		}
		if r.err != nil {
			return n, r.err
		}
		err = f.bring(rec)
		if err == ErrExists { // the key was removed and added again while the snapshot was taken: this is the later session
			err = errors.Join(f.Remove(key), f.bring(rec))
		}
		if err != nil {
			return n, fmt.Errorf("%s: %w", f.options.Text(key), err)
		}
	}
	return n, nil
}

// bring adds a session that was stored.
func (f *Fleet[K, O, S, E, F]) bring(r record[K, O]) error {
	state, err := f.class.FromWord(r.word)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	armed := uint64(0)
	for _, t := range r.timers {
		if int(t.timer) >= len(f.class.Timers) || armed>>t.timer&1 != 0 || t.left < 0 {
			return fmt.Errorf("%w: a timer that there is not", ErrDamaged)
		}
		armed |= 1 << t.timer
	}
	if armed != f.class.Armed(state) {
		return fmt.Errorf("%w: other timers run than in its state", ErrDamaged)
	}
	if r.key != r.key {
		return ErrKey
	}
	f.sizes.Add(1)
	hash := f.hash(r.key)
	sh := f.shardOf(hash)
	sh.lock.Lock()
	defer sh.lock.Unlock()
	s, err := f.admit(sh, hash, r.key, r.owner, state)
	if err != nil {
		f.sizes.Add(-1)
		return err
	}
	if f.class.SeqBits == 0 {
		sh.setSeq(uint32(s.slot), r.seq)
	}
	if armed != 0 {
		f.setTimers(sh, s, armed, armed)
		f.resume(sh, s, r.timers)
	}
	return nil
}

// resume gives timers that have just been started what was left of them.
func (f *Fleet[K, O, S, E, F]) resume(sh *shard[K, O, S, E, F], s *session[K, S], timers []remaining) {
	now := f.now()
	for n := sh.wheel.first(uint32(s.slot)); n != none; n = sh.wheel.after(n) {
		x := sh.wheel.at(n)
		for _, t := range timers {
			if t.timer == x.timer {
				sh.wheel.unlink(n)
				x.setDeadline(f.deadline(now, t.left))
				f.linkTimer(sh, n, f.lookAt(x, now))
			}
		}
	}
}

// reader takes blocks apart. After an error it gives zeros.
type reader struct {
	from *bufio.Reader
	rest []byte // of the block
	err  error
}

// block reads the next block and returns what kind it is of.
func (r *reader) block() byte {
	var length, sum [4]byte
	if r.read(length[:]); r.err != nil {
		return 0
	}
	n := binary.LittleEndian.Uint32(length[:])
	if n == 0 || n > blockMost {
		r.err = fmt.Errorf("%w: a block of %d bytes", ErrDamaged, n)
		return 0
	}
	r.rest = make([]byte, n)
	r.read(r.rest)
	r.read(sum[:])
	if r.err == nil && crc32.Checksum(r.rest, checksum) != binary.LittleEndian.Uint32(sum[:]) {
		r.err = fmt.Errorf("%w: a checksum is wrong", ErrDamaged)
	}
	if r.err != nil {
		return 0
	}
	return r.byte()
}

func (r *reader) read(into []byte) {
	if r.err != nil {
		return
	}
	_, err := io.ReadFull(r.from, into)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		r.err = fmt.Errorf("%w: it ends too early", ErrDamaged)
	case err != nil:
		r.err = err
	}
}

func (r *reader) short() {
	if r.err == nil {
		r.err = fmt.Errorf("%w: a block ends too early", ErrDamaged)
	}
}

func (r *reader) byte() byte {
	if r.err != nil || len(r.rest) == 0 {
		r.short()
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	if r.err != nil || size <= 0 {
		r.short()
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *reader) signed() int64 {
	n, size := binary.Varint(r.rest)
	if r.err != nil || size <= 0 {
		r.short()
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *reader) text() []byte {
	n := r.number()
	if r.err != nil || n > uint64(len(r.rest)) {
		r.short()
		return nil
	}
	text := r.rest[:n]
	r.rest = r.rest[n:]
	return text
}

// Save is Snapshot into a file. When it returns without an error, the file is there, whole and on the disk, and what was there before is
// gone; until then that is untouched, whenever the process or the machine stops. A process that is killed leaves an unfinished file beside it,
// whose name goes on with ".new-" and a number; the next Save of the same name removes it, where the operating system has flock.
func (f *Fleet[K, O, S, E, F]) Save(path string) (sessions int, err error) {
	file, err := unfinished(path)
	if err != nil {
		return 0, err
	}
	sessions, err = f.Snapshot(file)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return 0, errors.Join(err, os.Remove(file.Name()))
	}
	return sessions, syncFolder(filepath.Dir(path))
}

// unfinished makes a file beside a path that is to become it, and removes those that were left behind there.
func unfinished(path string) (*os.File, error) {
	folder, prefix := filepath.Dir(path), filepath.Base(path)+".new-"
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		number, ours := strings.CutPrefix(e.Name(), prefix)
		if !ours || number == "" || strings.Trim(number, "0123456789") != "" || !e.Type().IsRegular() {
			continue
		}
		if err := removeAbandoned(filepath.Join(folder, e.Name())); err != nil {
			return nil, err
		}
	}
	for {
		file, err := os.CreateTemp(folder, prefix+"*")
		if err != nil {
			return nil, err
		}
		if err := claim(file); err != nil {
			return nil, errors.Join(err, file.Close(), os.Remove(file.Name()))
		}
		mine, err := file.Stat()
		if there, none := os.Stat(file.Name()); err == nil && none == nil && os.SameFile(mine, there) {
			return file, nil
		}
		file.Close() // another one that saves took it for abandoned before it was claimed
	}
}

// syncFolder makes what was renamed in a folder last.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Load is Restore from a file.
func (f *Fleet[K, O, S, E, F]) Load(path string) (sessions int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	sessions, err = f.Restore(file)
	return sessions, errors.Join(err, file.Close())
}
