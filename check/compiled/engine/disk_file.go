package engine

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"strconv"
	"sync"
)

// trouble is the panic of a search that cannot read or write its files.
type trouble struct{ err error }

// must ends the search if there is an error.
func must(err error) {
	if err != nil {
		panic(trouble{err})
	}
}

const (
	blockHead = 8       // bytes before the states of a block: how many there are, and the checksum
	maxBlock  = 1 << 16 // bytes of states in a block, about
	minBlock  = 1 << 9
)

// pile is a file of states: blocks one behind another. The checksum of a block covers where it stands and which search wrote
// it, so that what another one left behind is not taken for it.
type pile struct {
	file  *os.File
	name  string // in the folder
	salt  uint64
	room  int    // states in a block
	marks []mark // of the blocks
	end   int64  // bytes
	block []byte // under way, with its head
	first state  // in it
	n     int    // states in it
	dirty bool   // not all of it is known to be on the disk
	known bool   // a checkpoint names it
}

// mark says where a block is and what it begins with.
type mark struct {
	first state
	at    int64
	count int
}

// castagnoli is made when a file is read or written: to make it takes longer than to start the process.
var castagnoli = sync.OnceValue(func() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) })

// newPile makes a pile of a file: an empty one, or one that [pile.scan] then reads.
func newPile(file *os.File, name string, salt uint64, block int64) *pile {
	room := int(min(max(block, minBlock), maxBlock))/stateBytes + 1
	return &pile{file: file, name: name, salt: salt, room: room, dirty: true}
}

// add writes a state behind the others.
func (p *pile) add(s *state) {
	if p.n == 0 {
		p.first = *s
		p.block = append(p.block[:0], make([]byte, blockHead)...)
	}
	p.block = appendState(p.block, s)
	if p.n++; p.n == p.room {
		p.flush()
	}
}

// appendState appends the bytes of a state, low ones first.
func appendState(b []byte, s *state) []byte {
	r := s.row()
	for _, w := range r[:words-1] {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	last := r[words-1]
	for range stateBytes - 8*(words-1) {
		b = append(b, byte(last))
		last >>= 8
	}
	return b
}

// writerOf is what blocks are written to, and toDisk waits until a file is on the disk; tests put something worse, or faster, there.
var (
	writerOf = func(file *os.File) io.WriterAt { return file }
	toDisk   = (*os.File).Sync
)

// flush writes the block under way, which may be short.
func (p *pile) flush() {
	if p.n == 0 {
		return
	}
	binary.LittleEndian.PutUint32(p.block, uint32(p.n))
	binary.LittleEndian.PutUint32(p.block[4:], p.sum(p.block, p.end))
	_, err := writerOf(p.file).WriteAt(p.block, p.end)
	must(err)
	p.marks = append(p.marks, mark{p.first, p.end, p.n})
	p.end += int64(len(p.block))
	p.n, p.dirty = 0, true
}

// sum is the checksum of a block that stands at a place.
func (p *pile) sum(block []byte, at int64) uint32 {
	var head [20]byte
	copy(head[:4], block)
	binary.LittleEndian.PutUint64(head[4:], uint64(at))
	binary.LittleEndian.PutUint64(head[12:], p.salt)
	return crc32.Update(crc32.Checksum(head[:], castagnoli()), castagnoli(), block[blockHead:])
}

// read reads a block into buf, or into another if that is too short, and returns it with eight bytes behind it.
func (p *pile) read(i int, buf []byte) []byte { return p.readAt(p.marks[i].at, p.marks[i].count, buf) }

func (p *pile) readAt(at int64, count int, buf []byte) []byte {
	size := blockHead + count*stateBytes
	if cap(buf) < size+8 {
		buf = make([]byte, size+8)
	}
	buf = buf[:size+8]
	_, err := p.file.ReadAt(buf[:size], at)
	if errors.Is(err, io.EOF) {
		err = nil
		clear(buf[:size]) // whatever was read: the checksum is wrong then
	}
	must(err)
	if n := binary.LittleEndian.Uint32(buf); int(n) != count || binary.LittleEndian.Uint32(buf[4:]) != p.sum(buf[:size], at) {
		panic(trouble{p.damaged(at)})
	}
	return buf
}

// damaged is the error for a block that is not what was written.
func (p *pile) damaged(at int64) error {
	return errors.New(p.file.Name() + " is damaged at byte " + strconv.FormatInt(at, 10) + ": its checksum is wrong")
}

// scan reads the first end bytes of the file, all that it is to hold, and finds the blocks in it.
func (p *pile) scan(end int64, stopped func() bool) {
	var head [blockHead]byte
	var buf []byte
	for p.end < end {
		if stopped() {
			panic(trouble{errStopped})
		}
		if _, err := p.file.ReadAt(head[:], p.end); err != nil && !errors.Is(err, io.EOF) {
			panic(trouble{err})
		}
		count := int(binary.LittleEndian.Uint32(head[:]))
		size := int64(blockHead + count*stateBytes)
		if count == 0 || count > maxBlock+1 || p.end+size > end {
			panic(trouble{p.damaged(p.end)})
		}
		buf = p.readAt(p.end, count, buf)
		m := mark{at: p.end, count: count}
		loadState(buf[blockHead:], 0, &m.first)
		p.marks = append(p.marks, m)
		p.end += size
	}
	p.dirty = false
}

// cut takes away what stands at end and behind it.
func (p *pile) cut(end int64) {
	for len(p.marks) > 0 && p.marks[len(p.marks)-1].at >= end {
		p.marks = p.marks[:len(p.marks)-1]
	}
	p.end, p.n = end, 0
	must(p.file.Truncate(end))
}

var errStopped = errors.New("it was interrupted while it read the checkpoint")

// loadState reads the state of a place among the bytes of a block.
func loadState(b []byte, place int, s *state) {
	*s = read(b[place*stateBytes:])
}

// sync puts all that was written onto the disk.
func (p *pile) sync() {
	if p.dirty {
		must(toDisk(p.file))
		p.dirty = false
	}
}

// bytes is the memory that the pile holds.
func (p *pile) bytes() int64 { return int64(len(p.marks))*(8*words+16) + int64(cap(p.block)) }
