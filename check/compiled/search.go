package compiled

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// NoState is the number of no state.
const NoState = 1<<32 - 1

// Job says what a search is to look for.
type Job struct {
	MaxStates  int
	MaxMemory  int64      // bytes of states and table
	MaxChoices int        // combinations of free choices of one step
	Workers    int        // goroutines; 0: one
	Words      int        // of a state
	Begins     bool       // the program makes the starts; otherwise
	Starts     [][]uint64 // packed states, without duplicates; they get the numbers from 0
	Watches    []Watch
	Await      []int    // spots: numbers of places that a built-in check may find violated
	Deadlock   bool     // a deadlock is awaited
	Early      bool     // the search ends when nothing is wanted or awaited any more
	Storage    *Storage // nil: in memory
	Prints     bool     // fingerprints are kept instead of states; not with Storage
}

// Watch is what the starts have already shown of a property.
type Watch struct {
	Number      int // of the property among those that the text asks of states
	First, Held uint32
	Wanted      bool // the search must not end early without it
}

// Progress is how far a search has come.
type Progress struct{ States, Transitions, Queue, Depth int }

// Found is all that a search has found out.
type Found struct {
	Ended                         string // complete, states, memory, stopped, decided, storage
	States, Transitions, Expanded int
	Bytes                         int64
	Levels                        []int
	Deadlock, FirstCut            uint32
	Deadlocks, Cuts               int
	Buried                        []uint64 // by word of a state: the bits of dead variables that were set back
	Findings                      []Finding
	Watched                       []Watched // by number of the property
	Covered                       []int     // how often written and joint transitions were taken; of deferrals, whether there were some
	Premises, Entered             []bool
	Stored                        int64  // bytes in files
	Resumed                       bool   // it began at a checkpoint
	Saved                         bool   // there is a checkpoint to go on from
	Trouble                       string // what is wrong with the files, if it has ended for that
}

// Finding is the first violation at a place: of the number Site, in a step from Parent; where Asked, in what is asked of a
// state that the step leads to.
type Finding struct {
	Site   int
	Parent uint32
	Asked  bool
}

// Watched is what a search has found out about a property.
type Watched struct {
	First, Held uint32
	Broken      bool
}

// Search is a process that searches. It is for one goroutine.
type Search struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	said  bytes.Buffer // on its standard error
	words int
	key   string // of the program
}

// manyWords is how many words of states a line has at most, about.
const manyWords = 1 << 12

// patience is how long a process may take to end when it is told to.
const patience = 10 * time.Second

// Start starts a program. Who starts it must call [Search.Close].
func (p *Program) Start() (*Search, error) {
	s := &Search{cmd: exec.Command(p.path, p.key), key: p.key}
	s.cmd.Stderr = &s.said
	in, err := s.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("compiled: %w", err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("compiled: %w", err)
	}
	s.in, s.out = in, bufio.NewReaderSize(out, 1<<16)
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("compiled: %w", err)
	}
	return s, nil
}

// Close ends the process.
func (s *Search) Close() {
	s.in.Close()
	kill := time.AfterFunc(patience, func() { s.cmd.Process.Kill() })
	defer kill.Stop()
	s.cmd.Wait()
}

// Explore searches. When ctx ends the search does, and tells what it has found by then.
func (s *Search) Explore(ctx context.Context, job Job, progress func(Progress)) (*Found, error) {
	if err := s.instruct(job); err != nil {
		return nil, s.gone(err)
	}
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-over:
		case <-ctx.Done():
			io.WriteString(s.in, "stop\n")
			select {
			case <-over:
			case <-time.After(job.patience()):
				s.cmd.Process.Kill()
			}
		}
	}()
	f := &Found{}
	for {
		line, err := s.out.ReadString('\n')
		if err != nil {
			return nil, s.gone(err)
		}
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case word == "end":
			return f, nil
		case word == "refused":
			return nil, errors.New(rest)
		case word == "progress":
			var p Progress
			if err := scan(rest, &p.States, &p.Transitions, &p.Queue, &p.Depth); err == nil && progress != nil {
				progress(p)
			}
		default:
			if err := f.read(word, rest); err != nil {
				return nil, s.gone(err)
			}
		}
	}
}

// instruct writes a job as the engine reads it.
func (s *Search) instruct(job Job) error {
	w := bufio.NewWriter(s.in)
	fmt.Fprintf(w, "limits %d %d %d\n", job.MaxStates, job.MaxMemory, job.MaxChoices)
	if job.Workers > 1 {
		fmt.Fprintf(w, "workers %d\n", job.Workers)
	}
	for _, p := range job.Watches {
		fmt.Fprintf(w, "watch %d %d %d %d\n", p.Number, p.First, p.Held, bit(p.Wanted))
	}
	for _, spot := range job.Await {
		fmt.Fprintf(w, "await %d\n", spot)
	}
	if job.Deadlock {
		fmt.Fprintf(w, "await\n")
	}
	if job.Early {
		fmt.Fprintf(w, "early\n")
	}
	if job.Storage != nil {
		fmt.Fprintf(w, "%s\n", job.storage(s.key))
	}
	if job.Prints {
		fmt.Fprintf(w, "hash\n")
	}
	s.words = job.Words
	if job.Begins {
		fmt.Fprintf(w, "begin\n")
	}
	for i, state := range job.Starts {
		switch {
		case i == 0:
			w.WriteString("start")
		case i%(manyWords/len(state)) == 0: // a line has its limits
			w.WriteString("\nstart")
		}
		for _, word := range state {
			w.WriteByte(' ')
			w.Write(strconv.AppendUint(w.AvailableBuffer(), word, 10))
		}
	}
	fmt.Fprintln(w)
	fmt.Fprintf(w, "explore\n")
	return w.Flush()
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// read takes in one line of a report.
func (f *Found) read(word, rest string) error {
	var err error
	switch word {
	case "done":
		f.Ended = rest
	case "counts":
		bytes := 0
		err = scan(rest, &f.States, &f.Transitions, &f.Expanded, &bytes)
		f.Bytes = int64(bytes)
	case "levels":
		f.Levels, err = list(rest)
	case "kept":
		var bytes, resumed, saved int
		err = scan(rest, &bytes, &resumed, &saved)
		f.Stored, f.Resumed, f.Saved = int64(bytes), resumed != 0, saved != 0
	case "trouble":
		f.Trouble = rest
	case "deadlock":
		err = scanState(rest, &f.Deadlock, &f.Deadlocks)
	case "cut":
		err = scanState(rest, &f.FirstCut, &f.Cuts)
	case "buried":
		var words []int
		words, err = list(rest)
		for _, w := range words {
			f.Buried = append(f.Buried, uint64(w))
		}
	case "found":
		var site, parent, asked int
		err = scan(rest, &site, &parent, &asked)
		f.Findings = append(f.Findings, Finding{site, uint32(parent), asked != 0})
	case "watched":
		var number, first, held, broken int
		err = scan(rest, &number, &first, &held, &broken)
		f.Watched = append(f.Watched, Watched{uint32(first), uint32(held), broken != 0})
	case "premises":
		f.Premises = flags(rest)
	case "covered":
		f.Covered, err = list(rest)
	case "entered":
		f.Entered = flags(rest)
	default:
		err = fmt.Errorf("it says %q", word+" "+rest)
	}
	return err
}

// scan reads numbers that blanks divide.
func scan(text string, into ...*int) error {
	words := strings.Fields(text)
	if len(words) != len(into) {
		return fmt.Errorf("%d numbers in %q", len(into), text)
	}
	for i, w := range words {
		n, err := strconv.Atoi(w)
		if err != nil {
			return err
		}
		*into[i] = n
	}
	return nil
}

// list reads any number of numbers.
func list(text string) ([]int, error) {
	var list []int
	for _, word := range strings.Fields(text) {
		n, err := strconv.Atoi(word)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

func scanState(text string, id *uint32, n *int) error {
	number := 0
	err := scan(text, &number, n)
	*id = uint32(number)
	return err
}

func flags(text string) []bool {
	list := make([]bool, len(text))
	for i := range list {
		list[i] = text[i] == '1'
	}
	return list
}

// gone is the error for a process that does not do what it should.
func (s *Search) gone(err error) error {
	s.cmd.Process.Kill()
	state := s.cmd.Wait()
	said, _, _ := strings.Cut(strings.TrimSpace(s.said.String()), "\n")
	if state != nil {
		err = state
	}
	if said != "" {
		return fmt.Errorf("compiled: the search has ended: %w: %s", err, said)
	}
	return fmt.Errorf("compiled: the search has ended: %w", err)
}

// Path lists the packed states of a shortest run to a state, from a start. It is the run that was found first.
func (s *Search) Path(id uint32) ([][]uint64, error) {
	var list [][]uint64
	err := s.states(fmt.Sprintf("path %d", id), func(state []uint64) { list = append(list, append([]uint64{}, state...)) })
	return list, err
}

// States calls visit with every packed state in the order of their numbers; it must not keep what it is given.
func (s *Search) States(visit func([]uint64)) error { return s.states("states", visit) }

func (s *Search) states(ask string, visit func([]uint64)) error {
	if _, err := io.WriteString(s.in, ask+"\n"); err != nil {
		return s.gone(err)
	}
	line, err := s.out.ReadString('\n')
	if err != nil {
		return s.gone(err)
	}
	word, rest, _ := strings.Cut(line, " ")
	if word == "trouble" {
		return errors.New("compiled: " + strings.TrimSpace(rest))
	}
	n := 0
	if err := scan(rest, &n); err != nil || n == 0 && word != "states" || !strings.HasPrefix(ask, word) { // it may be stopped before it has one
		return s.gone(fmt.Errorf("it answers %q", line))
	}
	bytes, state := make([]byte, 8*s.words), make([]uint64, s.words)
	for range n {
		if _, err := io.ReadFull(s.out, bytes); err != nil {
			return s.gone(err)
		}
		for i := range state {
			state[i] = binary.LittleEndian.Uint64(bytes[8*i:])
		}
		visit(state)
	}
	return nil
}
