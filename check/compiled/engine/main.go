package engine

import (
	"bufio"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Main is the whole process: it reads what to look for from in, a line each, and writes what it finds to out.
//
//	limits STATES BYTES CHOICES  how much may be stored; how many combinations of free choices a step may have
//	watch NUMBER FIRST HELD WANTED    what the starts have shown of a property, and whether the search may end without it
//	await SPOT                   the search may not end before something is found there; without one: before a deadlock is
//	workers NUMBER               how many goroutines search; with early, one
//	early                        the search ends when nothing is wanted or awaited any more
//	dir FOLDER DIGEST RESUME EVERY    where to keep the states: see [console.store]
//	hash                         keep fingerprints of states instead of states
//	begin                        begin with the starts of the system
//	start WORD…                  states to begin with, one behind another
//	explore                      go
//
// While it explores it writes lines "progress"; the line "stop" ends it. Then come the lines of [explorer.report], and it
// answers "path NUMBER" and "states" until its input ends.
func Main(in io.Reader, out io.Writer) {
	signal.Ignore(os.Interrupt, syscall.SIGTERM) // these are for who started it, and asks for what was found by then; to end its input ends it
	debug.SetGCPercent(-1)                       // nothing becomes garbage but old slots, and those are collected when they do
	x := newExplorer()
	c := &console{x: x, out: bufio.NewWriter(out), lines: make(chan string)}
	go c.read(in)
	for line := range c.lines {
		if !c.obey(strings.Fields(line)) {
			c.say("error", line)
		}
		c.out.Flush()
	}
	if x.crew != nil { // it was asked for runs, too
		x.crew.gate.Dismiss()
	}
}

// console is the other end of the pipes.
type console struct {
	x     *explorer
	out   *bufio.Writer
	lines chan string
	stop  atomic.Bool

	refused bool // nothing is searched
	begins  bool // with all starts
	workers int
}

// read hands on the lines of the input, but for the one that must be heard during the search.
func (c *console) read(in io.Reader) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if lines.Text() == "stop" {
			c.stop.Store(true)
			continue
		}
		c.lines <- lines.Text()
	}
	c.stop.Store(true)
	close(c.lines)
}

// obey does what a line says. It fails if the line makes no sense.
func (c *console) obey(line []string) bool {
	if len(line) == 0 || c.refused {
		return true
	}
	if line[0] == "dir" {
		if err := c.store(line[1:]); err != nil {
			c.refused = true
			c.say("refused", oneLine(err))
		}
		return true
	}
	args, ok := numbers(line[1:])
	x := c.x
	switch {
	case !ok:
		return false
	case line[0] == "limits" && len(args) == 3:
		x.limit = limits{int(args[0]), int64(args[1]), int(args[2])}
	case line[0] == "watch" && len(args) == 4 && args[0] < watches:
		i := args[0]
		x.asked[i], x.first[i], x.held[i], x.wanted[i] = true, uint32(args[1]), uint32(args[2]), args[3] != 0
		x.undecided += int(args[3])
	case line[0] == "await" && len(args) == 1 && args[0] < spots:
		x.awaited[args[0]] = true
		x.undecided++
	case line[0] == "await" && len(args) == 0:
		x.await = true
		x.undecided++
	case line[0] == "workers" && len(args) == 1:
		c.workers = int(min(args[0], maxWorkers))
	case line[0] == "early" && len(args) == 0:
		x.early = true
	case line[0] == "hash" && len(args) == 0:
		x.keep(newFingers(x))
	case line[0] == "begin" && len(args) == 0:
		c.begins = true
	case line[0] == "start" && len(args) > 0 && len(args)%words == 0:
		return c.start(args)
	case line[0] == "explore" && len(args) == 0:
		c.explore()
	case line[0] == "path" && len(args) == 1 && args[0] < uint64(x.count):
		c.path(uint32(args[0]))
	case line[0] == "states" && len(args) == 0:
		c.states()
	default:
		return false
	}
	return true
}

func numbers(words []string) ([]uint64, bool) {
	list := make([]uint64, len(words))
	for i, w := range words {
		n, err := strconv.ParseUint(w, 10, 64)
		if err != nil {
			return nil, false
		}
		list[i] = n
	}
	return list, true
}

// start stores states to begin with.
func (c *console) start(args []uint64) bool {
	for x := c.x; len(args) > 0; args = args[words:] {
		copy(x.next[0].row()[:], args)
		if x.kept != nil {
			x.kept.begin(&x.next[0])
			continue
		}
		if !x.reserve(1) {
			return false
		}
		x.hash[0] = x.hashOf(x.next[0])
		if x.lookup(&x.next[0], 0) {
			x.add(&x.next[0], 0)
		}
	}
	return true
}

func (c *console) explore() {
	x := c.x
	x.tell = func(x *explorer) bool {
		if now := time.Now(); now.Sub(x.told) >= 100*time.Millisecond {
			x.told = now
			c.numbers("progress", x.count, x.sent+x.loops, x.count-x.expanded, max(0, len(x.levels)-1))
			c.out.Flush()
		}
		return !c.stop.Load()
	}
	if x.kept != nil {
		if err := x.kept.explore(); err != nil {
			c.say("trouble", oneLine(err))
		}
		c.report(x.kept.bytes())
		return
	}
	x.limit.states = min(x.limit.states, maxStates)
	x.near()
	several := c.workers > 1 && !x.early
	switch {
	case c.begins && several && startChoices >= 4*leastStates:
		x.beginTogether(c.workers, leastStates)
	case c.begins:
		x.beginAll()
	}
	if several && x.crew == nil && x.count > 0 {
		x.crew = newCrew(x, c.workers, leastStates)
	}
	x.explore()
	c.report(x.bytes() + x.crew.bytes())
}

// report tells all that was found. Numbers of states that are none are those of noState.
func (c *console) report(bytes int64) {
	x := c.x
	if x.kept != nil {
		c.numbers("kept", int(x.kept.onDisk()), int(truth(x.kept.resumes())), int(truth(x.kept.saves())))
	}
	halted := x.halted
	if halted == "" {
		halted = "complete"
	}
	c.say("done", halted)
	c.numbers("counts", x.count, x.sent+x.loops, x.expanded, int(bytes))
	c.numbers("levels", x.levels...)
	c.numbers("deadlock", int(x.deadlock), x.deadlocks)
	c.numbers("cut", int(x.firstCut), x.cuts)
	c.numbers("buried", each(x.buried.row()[:], func(w uint64) int { return int(w) })...)
	for _, f := range x.found {
		c.numbers("found", f.site, int(f.parent), int(truth(f.asked)))
	}
	for i := range x.first {
		c.numbers("watched", i, int(x.first[i]), int(x.held[i]), int(truth(x.broken[i])))
	}
	c.flags("premises", len(x.premise), func(i int) bool { return x.premise[i] })
	c.numbers("covered", x.counts()...)
	c.flags("entered", len(x.entered), func(i int) bool { return x.entered[i] != 0 })
	c.say("end", "")
}

// counts are those of the transitions.
func (x *explorer) counts() []int {
	list := make([]int, len(x.cover))
	for i, n := range x.cover {
		list[i] = int(n)
	}
	return list
}

// path answers with the states from a start to the one of that number.
func (c *console) path(id uint32) {
	states, err := c.find(id)
	if err != nil {
		c.say("trouble", oneLine(err))
		return
	}
	c.numbers("path", len(states))
	for i := range states {
		c.words(&states[i])
	}
}

func (c *console) find(id uint32) ([]state, error) {
	if c.x.kept != nil {
		return c.x.kept.path(id)
	}
	return c.x.path(id), nil
}

// states answers with all states.
func (c *console) states() {
	c.numbers("states", c.x.count)
	if c.x.kept != nil {
		if err := c.x.kept.each(c.words); err != nil {
			c.say("trouble", oneLine(err)) // what has come by then is too short
			c.out.Flush()
			os.Exit(1)
		}
		return
	}
	for id := range uint32(c.x.count) {
		var s state
		c.x.load(id, &s)
		c.words(&s)
	}
}

// words writes a state as bytes, low ones first.
func (c *console) words(s *state) {
	for _, w := range s.row() {
		for i := range 8 {
			c.out.WriteByte(byte(w >> (8 * i)))
		}
	}
}

// oneLine is an error as one line.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", " ") }

func (c *console) say(word, rest string) {
	c.out.WriteString(word)
	c.out.WriteByte(' ')
	c.out.WriteString(rest)
	c.out.WriteByte('\n')
}

func (c *console) numbers(word string, list ...int) {
	c.out.WriteString(word)
	for _, n := range list {
		c.out.WriteByte(' ')
		c.out.WriteString(strconv.Itoa(n))
	}
	c.out.WriteByte('\n')
}

// flags writes conditions as a row of 0 and 1.
func (c *console) flags(word string, n int, is func(i int) bool) {
	c.out.WriteString(word)
	c.out.WriteByte(' ')
	for i := range n {
		c.out.WriteByte('0' + byte(truth(is(i))))
	}
	c.out.WriteByte('\n')
}
