package engine

import (
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The checkpoint of a search on disk is one file that names the others, how much of each counts, and everything else that the
// search knows. It is written beside the last one and takes its place in one step, after everything that it names is on the
// disk: so there is always one that is whole. What the other files hold beyond it, and files that it does not name, are left
// over from after it, and go when the search goes on.

const (
	checkpointFile = "checkpoint"
	lockFile       = "lock"
	edition        = "interlock checkpoint 1"
)

// record is what a checkpoint says.
type record struct {
	level, start, count, expanded, sent, loops, hits int
	deadlocks, cuts, names                           int
	deadlock, firstCut                               uint32
	end                                              int64 // bytes in the file of states
	levels                                           []int
	seen, spills                                     []*run
	found                                            []finding
	own                                              []bool
	first, held                                      [watches]uint32
	broken                                           [watches]bool
	premise                                          [premises]bool
	spots                                            [spots]bool
	cover                                            [covers]uint64
	entered                                          [entries]byte
	buried                                           row
}

// record notes what the search knows now.
func (d *disk) record() *record {
	x := d.x
	d.disown()
	return &record{level: d.level, start: d.start, count: x.count, expanded: x.expanded, sent: x.sent, loops: x.loops, hits: x.hits,
		deadlocks: x.deadlocks, cuts: x.cuts, names: d.names, deadlock: x.deadlock, firstCut: x.firstCut,
		end: d.states.end, levels: x.levels[:len(x.levels):len(x.levels)], seen: slices.Clone(d.seen), spills: d.spills,
		found: slices.Clone(x.found), own: slices.Clone(d.own), first: x.first, held: x.held, broken: x.broken, premise: x.premise,
		spots: x.seen, cover: x.cover, entered: x.entered, buried: *x.buried.row()}
}

// checkpoint writes a record, after everything that it names. The first one of a search that has only just begun is not waited
// for until it is on the disk: if the power fails, little is lost.
func (d *disk) checkpoint(r *record) {
	d.lasting = d.lasting || time.Since(d.last) >= d.every
	if d.lasting {
		d.states.sync()
	}
	piles := []*pile{}
	for _, run := range slices.Concat(r.seen, r.spills) {
		if run.owned() {
			if d.lasting {
				run.pile.sync()
			}
			piles = append(piles, run.pile)
		}
	}
	must(writeWhole(filepath.Join(d.dir, checkpointFile), r.text(d.digest), d.lasting))
	if d.lasting {
		syncFolder(d.dir)
	}
	for _, p := range d.old {
		p.known = false
	}
	for _, p := range piles {
		p.known = true
	}
	d.remove()
	d.last, d.due, d.saved = time.Now(), false, r
}

// writeWhole writes a file that takes the place of the one that was there, if any; lasting says that it first is on the disk.
func writeWhole(path, text string, lasting bool) error {
	next := path + ".next"
	file, err := os.Create(next)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if lasting && err == nil {
		err = toDisk(file)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		os.Remove(next) // it may be that the disk is full
		return err
	}
	return os.Rename(next, path)
}

// syncFolder puts the names of a folder onto the disk, where the system can do that.
func syncFolder(dir string) {
	if f, err := os.Open(dir); err == nil {
		toDisk(f)
		f.Close()
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

// text is the record as lines of a word and numbers.
func (r *record) text(digest string) string {
	var b strings.Builder
	line := func(words string, numbers ...int) {
		b.WriteString(words)
		for _, n := range numbers {
			b.WriteString(" " + itoa(n))
		}
		b.WriteByte('\n')
	}
	line(edition)
	line("of " + digest)
	line("at", r.level, r.start, r.count, r.expanded, r.sent, r.loops, r.hits, r.names, int(r.end))
	line("deadlock", int(r.deadlock), r.deadlocks)
	line("cut", int(r.firstCut), r.cuts)
	line("levels", r.levels...)
	for i, f := range r.found {
		line("found", f.site, int(f.parent), int(truth(f.asked)), int(truth(r.own[i])))
	}
	for i := range r.first {
		line("watched", i, int(r.first[i]), int(r.held[i]), int(truth(r.broken[i])))
	}
	line("premises", each(r.premise[:], func(is bool) int { return int(truth(is)) })...)
	line("spots", each(r.spots[:], func(is bool) int { return int(truth(is)) })...)
	line("covered", each(r.cover[:], func(n uint64) int { return int(n) })...)
	line("entered", each(r.entered[:], func(n byte) int { return int(n) })...)
	for i, w := range r.buried {
		line("buried", i, int(w>>32), int(w&0xffffffff))
	}
	for _, s := range r.seen {
		line("visited "+s.file(), s.begin, s.end, s.count, s.length())
	}
	for _, s := range r.spills {
		line("gathered "+s.file(), 0, 0, s.count, s.length())
	}
	text := b.String()
	return text + "sum " + itoa(int(crc32.Checksum([]byte(text), castagnoli()))) + "\n"
}

// each makes a number of everything in a list.
func each[T any](list []T, number func(T) int) []int {
	numbers := make([]int, len(list))
	for i, v := range list {
		numbers[i] = number(v)
	}
	return numbers
}

// file is the name of the file that a run has of its own, or a dash.
func (r *run) file() string {
	if r.owned() {
		return r.pile.name
	}
	return "-"
}

func (r *run) length() int {
	if r.owned() {
		return int(r.pile.end)
	}
	return 0
}

// openDisk begins a search in a folder, or goes on where the checkpoint in it says. There must be one if it is to resume.
func openDisk(x *explorer, dir, digest string, resume bool, every time.Duration, stopped func() bool) (*disk, error) {
	salt, err := strconv.ParseUint(digest[:min(16, len(digest))], 16, 64)
	if err != nil {
		return nil, err
	}
	d := &disk{x: x, dir: dir, digest: digest, salt: salt, every: every, last: time.Now()}
	if err := d.enter(resume, stopped); err != nil {
		if d.lock != nil {
			d.lock.Close()
		}
		return nil, err
	}
	return d, nil
}

// enter takes the folder, and finds out what is in it.
func (d *disk) enter(resume bool, stopped func() bool) (err error) {
	defer d.caught(&err)
	must(os.MkdirAll(d.dir, 0o700))
	if d.lock, err = lock(filepath.Join(d.dir, lockFile)); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(d.dir, checkpointFile))
	d.divide()
	switch {
	case err == nil:
		d.resumed, d.lasting = true, true
		d.resume(string(text), stopped)
	case !errors.Is(err, os.ErrNotExist):
		return err
	case resume:
		return errors.New("there is no checkpoint in " + d.dir +
			": leave out -resume to begin, or name the folder of the search that is to go on")
	default:
		d.states = d.create(statesFile)
	}
	return nil
}

// resume goes on where a checkpoint says.
func (d *disk) resume(text string, stopped func() bool) {
	r := d.parse(text)
	d.states = d.reopen(statesFile, r.end, stopped)
	d.adopt(r)
	d.saved = r
	d.index()
	for _, s := range slices.Concat(r.seen, r.spills) {
		if s.pile == nil {
			d.recall(s)
			continue
		}
		s.pile = d.reopen(s.pile.name, s.pile.end, stopped)
		s.to = len(s.pile.marks)
		s.pile.known = true
	}
	d.seen, d.spills = r.seen, r.spills
	d.sweep(r) // before there are new ones
	d.compact()
	d.remind()
}

// adopt lets the search know what a record says, but for the runs.
func (d *disk) adopt(r *record) {
	x := d.x
	d.level, d.start, d.names, d.own = r.level, r.start, max(d.names, r.names), r.own
	x.count, x.expanded, x.sent, x.loops, x.hits = r.count, r.expanded, r.sent, r.loops, r.hits
	x.deadlock, x.deadlocks, x.firstCut, x.cuts = r.deadlock, r.deadlocks, r.firstCut, r.cuts
	x.levels, x.found, x.first, x.held, x.broken = r.levels, r.found, r.first, r.held, r.broken
	x.premise, x.seen, x.cover, x.entered = r.premise, r.spots, r.cover, r.entered
	*x.buried.row() = r.buried
}

// rescue tidies up after trouble: what was not to be is forgotten, its files make room, and unless there is a checkpoint within
// the level, one is made of what was known when the level was begun.
func (d *disk) rescue() {
	if d.base == nil {
		return
	}
	if d.earlier != nil {
		d.adopt(d.earlier)
	}
	d.drop(d.spills)
	d.spills = nil
	d.states.cut(d.base.end)
	d.blocks = d.blocks[:len(d.base.levels)]
	if d.saved == nil || d.saved.expanded < d.base.expanded || d.saved.count < d.base.count {
		d.checkpoint(d.base)
	}
}

// forget lets go of findings whose parents are not found.
func (d *disk) forget() {
	kept := d.x.found[:0]
	for i, f := range d.x.found {
		if !d.own[i] {
			kept = append(kept, f)
		}
	}
	d.x.found = kept
}

// remind takes from what is asked for what the checkpoint has decided.
func (d *disk) remind() {
	x := d.x
	for i, first := range x.first {
		if x.wanted[i] && first != noState {
			x.wanted[i] = false
			x.decide()
		}
	}
	for spot, seen := range x.seen {
		if x.awaited[spot] && seen {
			x.awaited[spot] = false
			x.decide()
		}
	}
	if x.await && x.deadlock != noState {
		x.await = false
		x.decide()
	}
}

// reopen reads again what of a file counts, and cuts off the rest.
func (d *disk) reopen(name string, end int64, stopped func() bool) *pile {
	file, err := os.OpenFile(filepath.Join(d.dir, name), os.O_RDWR, 0)
	must(err)
	p := newPile(file, name, d.salt, d.blockSize())
	p.scan(end, stopped)
	must(file.Truncate(end))
	return p
}

// index finds the levels in the file of states.
func (d *disk) index() {
	block, blocks := 0, d.states.marks
	for _, n := range d.x.levels {
		d.blocks = append(d.blocks, block)
		for ; n > 0 && block < len(blocks); block++ {
			n -= blocks[block].count
		}
		if n != 0 {
			panic(trouble{d.states.damaged(d.states.end)})
		}
	}
}

// recall makes a run that was in memory, or is a level in the file of states.
func (d *disk) recall(r *run) {
	if r.begin > 0 && r.end == r.begin+1 && r.count > d.light() {
		*r = *d.section(r.begin)
		return
	}
	*r = *d.gatherLevels(r.begin, r.end)
}

// sweep removes files that the search has made after the checkpoint.
func (d *disk) sweep(r *record) {
	files, err := os.ReadDir(d.dir)
	must(err)
	for _, f := range files {
		name := f.Name()
		named := slices.ContainsFunc(slices.Concat(r.seen, r.spills), func(s *run) bool { return s.file() == name })
		if !named && (strings.HasPrefix(name, "visited-") || strings.HasPrefix(name, "gathered-")) {
			os.Remove(filepath.Join(d.dir, name))
		}
	}
}
