package engine

import (
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"
)

// disk is a search that keeps its states in the files of a folder, so that only the disk bounds how many there are. It is
// breadth first, and looks for duplicates late: what the states of a level lead to is gathered in memory; what does not fit is
// sorted and written as a run; at the end of the level the runs are merged, and what is in no run of visited states is the
// next level. (Stern, Dill, Using Magnetic Disk instead of Main Memory in the Murphi Verifier, 1998; Korf, Best-First Frontier
// Search with Delayed Duplicate Detection, 2004.) Whatever is written is written one behind the other; what is read is
// read so, or where few states are looked for, the blocks where they may be.
//
// A level is sorted, and the states are numbered level by level: so the numbers depend neither on how much memory there is nor
// on where the search was interrupted. The starts, level 0, keep their own order.
type disk struct {
	x      *explorer
	dir    string
	digest string // of what is searched
	salt   uint64
	lock   *os.File

	states *pile   // of all levels
	blocks []int   // the first block of each level
	seen   []*run  // all that was visited, oldest first
	spills []*run  // of the level that is gathered
	buffer []state // gathered, not yet written
	most   int     // states that were in it at the same time
	filter []state // some of those that were gathered or visited: most of what is found again is here
	mask   uint64

	level   int
	start   int           // the number of its first state
	own     []bool        // by finding: it is in a state that was found, whose number stands where that of its parent belongs
	names   int           // of files so far
	old     []*pile       // of no use from the next checkpoint on
	every   time.Duration // between two checkpoints
	last    time.Time     // the last one, or the beginning
	lasting bool          // they are waited for until they are on the disk
	saved   *record       // what the last one says; nil: there is none
	base    *record       // what was known when the level was begun
	earlier *record       // what was known before the level is sifted; nil: it is not
	due     bool          // it is time for a checkpoint
	stop    bool          // somebody wants the search to end
	resumed bool
	cursors []cursor
}

const (
	statesFile = "states"
	fan        = 16              // runs that are merged at once, at most
	maxSeen    = 8               // runs of visited states, at most
	maxOnDisk  = math.MaxUint32  // states; one more is noState
	minHeld    = 16              // states in memory that no limit forbids
	perWord    = 8               // bytes
	slack      = int64(32 << 20) // what the program needs beside the limit of memory
)

// divide divides the limit of memory: half of it for what is gathered, a quarter for the filter.
func (d *disk) divide() {
	limit := d.x.limit.bytes
	debug.SetMemoryLimit(limit + slack) // what becomes garbage is little, and is collected when it fills this
	d.buffer = make([]state, 0, max(minHeld, limit/2/(perWord*words)))
	n := uint64(minHeld)
	for int64(2*n*perWord*words) <= limit/4 {
		n *= 2
	}
	d.filter = make([]state, n)
	d.mask = min(n, 1<<12) - 1
}

// blockSize is how many bytes of states a block has.
func (d *disk) blockSize() int64 { return d.x.limit.bytes / 256 }

// light is how many states a run may have that is kept in memory.
func (d *disk) light() int { return int(d.x.limit.bytes / 64 / (perWord * words)) }

// bytes is the memory that was used at the same time, about.
func (d *disk) bytes() int64 {
	n := int64(d.most+int(d.mask)+1) * perWord * words
	for _, r := range d.seen {
		n += int64(cap(r.list)) * perWord * words
		if r.owned() {
			n += r.pile.bytes()
		}
	}
	for i := range d.cursors {
		n += int64(cap(d.cursors[i].buf))
	}
	return n + d.states.bytes() + int64(len(d.blocks))*8
}

// onDisk is how many bytes there are in files.
func (d *disk) onDisk() int64 {
	n := d.states.end
	for _, r := range append(append([]*run{}, d.seen...), d.spills...) {
		if r.owned() {
			n += r.pile.end
		}
	}
	return n
}

// create makes a new pile in the folder.
func (d *disk) create(name string) *pile {
	file, err := os.OpenFile(filepath.Join(d.dir, name), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	must(err)
	return newPile(file, name, d.salt, d.blockSize())
}

// name makes the name of a file that there is not yet.
func (d *disk) name(kind string) string {
	d.names++
	return kind + "-" + itoa(d.names)
}

// begin stores a start.
func (d *disk) begin(s *state) {
	if !d.resumed {
		d.states.add(s)
		d.x.count++
	}
}

// explore goes on level by level. What ends it is noted in the explorer.
func (d *disk) explore() error {
	err := d.guarded(d.search)
	d.x.n = 0
	if err != nil {
		d.guarded(d.rescue)
	}
	if failed := d.guarded(d.owners); failed != nil {
		d.forget()
		err = failed
	}
	return err
}

// search goes on until there is nothing more, or something halts the explorer.
func (d *disk) search() {
	x := d.x
	x.full = batch // limits are looked at where states are stored
	if !d.resumed {
		d.first()
	}
	for more := true; more && x.halted == ""; {
		d.base = d.record()
		if d.expand(); x.halted == "" {
			more = d.next()
		}
	}
	switch x.halted {
	case "":
		d.checkpoint(d.record())
	case "unsettled", "crowded":
		d.rescue() // the search that begins again without the reduction may be killed: who resumes it finds the way to it here
	}
}

// guarded is f, with trouble as an error.
func (d *disk) guarded(f func()) (err error) {
	defer d.caught(&err)
	f()
	return nil
}

// caught makes an error of the panic of a search that has trouble with its files. What it had found by then still counts.
func (d *disk) caught(err *error) {
	if p := recover(); p != nil {
		t, ok := p.(trouble)
		if !ok {
			panic(p)
		}
		*err = t.err
		d.x.halted, d.x.live = "storage", 0
	}
}

// first makes level 0 of the starts.
func (d *disk) first() {
	d.states.flush()
	d.x.levels, d.blocks = append(d.x.levels, d.x.count), append(d.blocks, 0)
	d.seen = append(d.seen, d.gatherLevels(0, 1))
}

// section is the run of a level in the file of all.
func (d *disk) section(level int) *run {
	end := len(d.states.marks)
	if level+1 < len(d.blocks) {
		end = d.blocks[level+1]
	}
	return &run{pile: d.states, from: d.blocks[level], to: end, count: d.x.levels[level], begin: level, end: level + 1}
}

// gatherLevels makes a run in memory of the levels from begin to before end.
func (d *disk) gatherLevels(begin, end int) *run {
	r := &run{list: []state{}, begin: begin, end: end}
	var c cursor
	for level := begin; level < end; level++ {
		for c.open(d.section(level)); !c.over; c.next() {
			r.list = append(r.list, c.now)
		}
	}
	r.list = sorted(r.list)
	r.count = len(r.list)
	return r
}

// expand takes every step from the states of the level that are not yet expanded.
func (d *disk) expand() {
	x := d.x
	var c cursor
	c.open(d.section(d.level))
	c.skip(x.expanded - d.start)
	for ; !c.over; c.next() {
		s := c.now
		if x.expandState(uint32(x.expanded), &s); x.halted != "" {
			return
		}
		if d.stop || d.due {
			if d.pause(); d.stop {
				x.halted, x.live = "stopped", 0
				return
			}
		}
	}
	if x.flush(); len(d.spills) > 0 && time.Since(d.last) >= d.every {
		d.pause() // what comes now may take long, and cannot be interrupted without being lost
	}
}

// pause makes a checkpoint in the middle of a level.
func (d *disk) pause() {
	d.x.flush()
	d.spill()
	d.checkpoint(d.record())
}

// ask tells how far the search is, hears whether it must end, and looks whether it is time for a checkpoint.
func (d *disk) ask() {
	if !d.x.tell(d.x) {
		d.stop = true
	}
	d.due = time.Since(d.last) >= d.every
}

// take gathers the successors that wait.
func (d *disk) take(n int) {
	x := d.x
	if x.ask--; x.ask <= 0 {
		x.ask = maxTicks
		d.ask()
	}
	var at [batch]uint64
	sink := uint64(0)
	for i := range n {
		at[i] = hash(x.next[i]) & d.mask
		sink |= d.filter[at[i]].w0 // all are on their way before the first is looked at
	}
	x.sink |= uint32(sink)
	for i := range n {
		s, there := &x.next[i], &d.filter[at[i]]
		if *s == *there && *s != (state{}) { // an empty place looks like the state of zeros
			continue
		}
		*there = *s
		if d.buffer = append(d.buffer, *s); len(d.buffer) == cap(d.buffer) {
			d.tidy()
		}
	}
}

// tidy makes room in the full buffer: by sorting it, or if that leaves little, by writing it.
func (d *disk) tidy() {
	d.most = max(d.most, len(d.buffer))
	if d.mask+1 < uint64(len(d.filter)) {
		d.mask = uint64(len(d.filter)) - 1
	}
	if d.buffer = sorted(d.buffer); len(d.buffer) > cap(d.buffer)/4*3 {
		d.spill()
	}
}

// spill writes the buffer as a run.
func (d *disk) spill() {
	d.most = max(d.most, len(d.buffer))
	if d.buffer = sorted(d.buffer); len(d.buffer) == 0 {
		return
	}
	d.spills = append(d.spills, d.write("gathered", []*run{{list: d.buffer}}))
	d.buffer = d.buffer[:0]
	if len(d.spills) == fan {
		d.spills = []*run{d.write("gathered", d.spills)}
	}
}

// write merges runs into one of a file of its own. What the runs were in is of no use from the next checkpoint on.
func (d *disk) write(kind string, runs []*run) *run {
	p := d.create(d.name(kind))
	r := &run{pile: p}
	merge(d.open(runs), func(s *state) bool {
		p.add(s)
		r.count++
		return true
	})
	p.flush()
	r.to = len(p.marks)
	d.drop(runs)
	return r
}

// open puts cursors onto runs.
func (d *disk) open(runs []*run) []cursor {
	for len(d.cursors) < len(runs) {
		d.cursors = append(d.cursors, cursor{})
	}
	for i, r := range runs {
		d.cursors[i].open(r)
	}
	return d.cursors[:len(runs)]
}

// drop lets go of runs that are not needed after the next checkpoint.
func (d *disk) drop(runs []*run) {
	for _, r := range runs {
		if r.owned() {
			if d.old = append(d.old, r.pile); !r.pile.known {
				d.remove()
			}
		}
	}
}

func (d *disk) resumes() bool { return d.resumed }

func (d *disk) saves() bool { return d.saved != nil }
