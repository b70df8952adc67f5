// Package replay holds recordings against themselves and against the spec: did the machines do what the reference step allows?
//
//	c := replay.New(replay.Limits{}, spec)
//	err := c.Files("machines.jsonl")
//	report := c.Report()
//
// Each session, which is a machine under one key and one spec, is put in the order of its numbers and followed: numbers have no
// gap, each step begins where the one before ended, and what was refused changed nothing. Where the spec is at hand, a joint
// machine's steps are also taken by the reference: every joint state is kept that the recording so far leaves possible, since
// a recording has the states of control and the arguments of events, but neither variables nor what the host answered. When none
// is left, the spec does not allow the step. Of a machine by itself, whose variables nobody knows, each line must be a
// transition that is written in the spec.
//
// What cannot be decided is told as unknown and is no success: a spec that is not at hand, lines that are missing, a limit.
package replay

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"interlock/fsm"
	"interlock/fsm/record"
)

// Limits bound the work. Zeros are the defaults.
type Limits struct {
	Lines    int // kept in memory (2 Mi, of some hundred bytes each)
	Joints   int // joint states that one session may be in at once (4096)
	Reached  int // joint states searched for sessions that begin in the middle (16 384 a system)
	Findings int // that are told one by one (100)
}

func (l Limits) orDefaults() Limits {
	l.Lines = cmp.Or(l.Lines, 2<<20)
	l.Joints = cmp.Or(l.Joints, 4096)
	l.Reached = cmp.Or(l.Reached, 1<<14)
	l.Findings = cmp.Or(l.Findings, 100)
	return l
}

// ErrTooLong says that a recording has more lines than Limits allow.
var ErrTooLong = errors.New("replay: the recording has more lines than are kept at once")

// Finding is something that cannot have happened.
type Finding struct {
	Machine string `json:"machine,omitempty"` // "" of what is wrong with a file
	Session string `json:"session,omitempty"`
	Line    uint64 `json:"line,omitempty"` // the number that the recorder gave it; 0 of what is wrong with a file
	Reason  string `json:"reason"`
}

// String is the finding as a sentence. Keys are quoted: they may hold anything.
func (f Finding) String() string {
	if f.Line == 0 {
		return f.Reason
	}
	session := ""
	if f.Session != "" {
		session = fmt.Sprintf(" %q", f.Session)
	}
	return fmt.Sprintf("line %d: %s%s %s", f.Line, f.Machine, session, f.Reason)
}

// Report is what was found.
type Report struct {
	Lines    int       `json:"lines"`
	Taken    int       `json:"taken"`
	Refused  int       `json:"refused"`
	Others   int       `json:"others"` // ignored or deferred
	Sessions int       `json:"sessions"`
	Findings []Finding `json:"findings,omitempty"` // in the order of the lines, as far as Limits allow: of each session the first one
	More     int       `json:"more,omitempty"`     // findings beyond that
	Unknown  []string  `json:"unknown,omitempty"`  // what could not be decided, each once, sorted
	Torn     bool      `json:"torn,omitempty"`     // the last line was not finished, which is no finding
}

// Passed reports that everything was decided and nothing was found.
func (r *Report) Passed() bool { return len(r.Findings) == 0 && len(r.Unknown) == 0 }

// Checker collects lines. One goroutine may use it.
type Checker struct {
	limits  Limits
	specs   map[string]*fsm.Spec // by digest
	names   map[string]string    // texts that occur again and again, once
	runs    map[key]*run
	lines   int
	last    uint64 // the number of the last line
	report  Report
	files   []Finding
	unknown map[string]bool
	begins  map[*fsm.System]*reach // the starts
	systems map[*fsm.System]*reach // all that can be reached
	known   map[string][]move
}

// key names a session.
type key struct{ spec, machine, session string }

// New is a checker that knows some specs, finished as spec.Compile does.
func New(l Limits, specs ...*fsm.Spec) *Checker {
	c := &Checker{limits: l.orDefaults(), specs: map[string]*fsm.Spec{}, names: map[string]string{}, runs: map[key]*run{},
		unknown: map[string]bool{}, begins: map[*fsm.System]*reach{}, systems: map[*fsm.System]*reach{},
		known: map[string][]move{}}
	for _, s := range specs {
		c.specs[s.Digest] = s
	}
	return c
}

// Files adds every file of a recording. The error is of reading, or [ErrTooLong].
func (c *Checker) Files(path string) error {
	files, err := record.Files(path)
	if err != nil {
		return err
	}
	for i, name := range files {
		if err := c.file(name, i == len(files)-1); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (c *Checker) file(name string, last bool) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return c.read(f, name, last)
}

// Read adds the lines of one file, which a finding about them calls by name.
func (c *Checker) Read(r io.Reader, name string) error { return c.read(r, name, true) }

func (c *Checker) read(from io.Reader, name string, last bool) error {
	for r := record.NewReader(from); ; {
		line, err := r.Next()
		var torn *record.Torn
		var damage *record.Damage
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &torn):
			c.report.Torn = c.report.Torn || last // in other files its number is missing, which is told
		case errors.As(err, &damage):
			c.files = append(c.files, Finding{Reason: fmt.Sprintf("%s: line %d, at byte %d, is damaged: %s", name, damage.Line, damage.Offset, damage.Reason)})
		case err != nil:
			return err
		default:
			if err := c.Add(line); err != nil {
				return err
			}
		}
	}
}

// Add adds a line. Lines come in the order in which they were recorded.
func (c *Checker) Add(line record.Line) error {
	if c.lines >= c.limits.Lines {
		return ErrTooLong
	}
	c.lines++
	switch {
	case c.last == 0 || line.N == c.last+1:
	case line.N <= c.last:
		c.files = append(c.files, Finding{Reason: fmt.Sprintf("line %d stands behind line %d: these are not the files of one recording in their order", line.N, c.last)})
	case line.N == c.last+2:
		c.unknown[fmt.Sprintf("line %d is not there: it was lost, or taken out", c.last+1)] = true
	default:
		c.unknown[fmt.Sprintf("lines %d to %d are not there: they were lost, or taken out", c.last+1, line.N-1)] = true
	}
	c.last = line.N
	k := key{c.name(line.Spec), c.name(line.Machine), c.name(line.Session)}
	r := c.runs[k]
	if r == nil {
		r = &run{key: k}
		c.runs[k] = r
	}
	r.steps = append(r.steps, step{n: line.N, seq: line.Seq, event: c.name(line.Event), call: c.name(line.Call), from: c.name(line.From),
		to: c.name(line.To), effects: c.name(strings.Join(line.Effects, "\n")), delivery: line.Delivery, refused: line.Refused})
	return nil
}

// name is an equal string that is kept once.
func (c *Checker) name(text string) string {
	kept, ok := c.names[text]
	if !ok {
		kept = strings.Clone(text)
		c.names[kept] = kept
	}
	return kept
}

// Report decides everything that was added.
func (c *Checker) Report() Report {
	report := c.report
	report.Lines, report.Sessions = c.lines, len(c.runs)
	report.Findings = slices.Clone(c.files)
	keys := make([]key, 0, len(c.runs))
	for k := range c.runs {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.spec, b.spec), cmp.Compare(a.machine, b.machine), cmp.Compare(a.session, b.session))
	})
	for _, k := range keys {
		r := c.runs[k]
		for _, s := range r.steps {
			switch s.delivery {
			case fsm.DeliveryTaken:
				report.Taken++
			case fsm.DeliveryRefused:
				report.Refused++
			default:
				report.Others++
			}
		}
		if f := c.follow(r); f != nil {
			report.Findings = append(report.Findings, *f)
		}
	}
	slices.SortStableFunc(report.Findings, func(a, b Finding) int { return cmp.Compare(a.Line, b.Line) })
	if more := len(report.Findings) - c.limits.Findings; more > 0 {
		report.Findings, report.More = report.Findings[:c.limits.Findings], more
	}
	if c.lines == 0 {
		report.Unknown = append(report.Unknown, "nothing was recorded")
	}
	for reason := range c.unknown {
		report.Unknown = append(report.Unknown, reason)
	}
	slices.Sort(report.Unknown)
	return report
}
