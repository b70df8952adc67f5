package promela

import (
	"errors"
	"fmt"
	"slices"

	"interlock/fsm"
)

// Options say how a system is written.
type Options struct {
	// MaxPicks is how many free choices (answers of extern guards, values of any) one step may make; 0 means 6. A step
	// that makes more is reported by SPIN as the assertion [Program.Exhausted], and nothing that SPIN says then counts.
	MaxPicks int
	// MaxSteps bounds the kinds of steps of one system, each input with each of its arguments counted; 0 means 4000.
	MaxSteps int
	// Spelled is for [WriteRuns] alone: fairness stands in the formulas.
	Spelled bool
}

func (o Options) withDefaults() Options {
	if o.MaxPicks == 0 {
		o.MaxPicks = 6
	}
	if o.MaxSteps == 0 {
		o.MaxSteps = 4000
	}
	return o
}

// Program is some systems as one text of Promela.
type Program struct {
	Text      []byte
	Systems   []*fsm.System
	Exhausted int // the number of the assertion that says that MaxPicks is too small
	asserts   []assert
	plain     []int // by system: the line of the step that looks at a joint state
	length    []stepLength
}

// assert is what the assertion of a number says when it fails.
type assert struct {
	system   int
	property *fsm.Property // nil: the built-in check
	builtin  fsm.Builtin
	at       place
}

// place is where an assertion stands.
type place uint8

const (
	stepped    place = iota // in a step, which is not taken then
	looked                  // where a joint state is looked at
	afterSweep              // after every step from there has been tried
)

// stepLength tells how many of SPIN's transitions there are before what an assertion can tell: until the start is taken,
// with each step more; and from a step until its joint state has been looked at, and swept.
type stepLength struct{ start, step, look, sweep int }

// Export writes one system. The text says at its top how SPIN is called and how its numbers are read.
func Export(sys *fsm.System, opts Options) ([]byte, error) {
	p, err := Write([]*fsm.System{sys}, opts)
	if err != nil {
		return nil, err
	}
	return p.Text, nil
}

// Write writes several systems that have nothing in common as one text: compiling a verifier costs more than running it.
// The error says what Promela cannot express, or which limit is exceeded.
func Write(systems []*fsm.System, opts Options) (*Program, error) {
	opts = opts.withDefaults()
	p := &Program{Systems: systems}
	p.Exhausted = p.number(assert{system: -1})
	text := &sheets{max: &sizes{args: 1, picks: opts.MaxPicks}}
	var all []*exporter
	for i := range systems {
		x := newExporter(p, text, i, opts)
		x.names(&text.names)
		all = append(all, x)
	}
	text.body.line("init {")
	if len(all) > 1 {
		text.body.line("if")
		for i := range all {
			text.body.line(":: skip -> goto begin_%d", i)
		}
		text.body.line("fi;")
	}
	for _, x := range all {
		if x.system(); x.err != nil {
			return nil, fmt.Errorf("promela: system %s: %w", x.sys.Name, x.err)
		}
	}
	text.body.line("skip")
	text.body.line("}")
	if err := p.bind(text, all); err != nil {
		return nil, err
	}
	return p, nil
}

// bind puts the sheets together, now that it is known how much room there must be.
func (p *Program) bind(text *sheets, all []*exporter) error {
	if err := p.head(text, all); err != nil {
		return err
	}
	for i := range p.plain {
		p.plain[i] += text.head.at + text.names.at
	}
	p.Text = slices.Concat(text.head.Bytes(), text.names.Bytes(), text.body.Bytes())
	return nil
}

// number gives an assertion its number, from 1.
func (p *Program) number(a assert) int {
	if i := slices.Index(p.asserts, a); i >= 0 {
		return i + 1
	}
	p.asserts = append(p.asserts, a)
	return len(p.asserts)
}

// Failure is an assertion that failed, as SPIN reports it: the number, and the depth of the first time in a breadth-first search.
type Failure struct{ Number, Depth int }

// Found is what SPIN found out about one system.
type Found struct {
	States  int                   // joint states
	Builtin map[fsm.Builtin]int   // violated built-in checks, with the steps of the shortest run to it
	Shows   map[*fsm.Property]int // properties with a counterexample (`reachable`: with a witness), likewise
}

// ErrExhausted says that a step makes more free choices than [Options.MaxPicks].
var ErrExhausted = errors.New("promela: a step makes more free choices than MaxPicks")

// Read turns what SPIN counted and reported into what was found out about each system. The function lines gives how often
// a line of the text was executed. After a search that is not breadth first, depths mean nothing: every length is 0 then.
// The error says that the answer is of no use.
func (p *Program) Read(lines func(line int) int, failures []Failure, depthFirst bool) ([]Found, error) {
	found := make([]Found, len(p.Systems))
	for i := range found {
		found[i] = Found{lines(p.plain[i]), map[fsm.Builtin]int{}, map[*fsm.Property]int{}}
	}
	slices.SortStableFunc(failures, func(a, b Failure) int { return a.Depth - b.Depth })
	for _, f := range failures {
		if f.Number == p.Exhausted {
			return nil, ErrExhausted
		}
		if f.Number < 1 || f.Number > len(p.asserts) {
			return nil, fmt.Errorf("promela: no assertion %d", f.Number)
		}
		a := p.asserts[f.Number-1]
		steps := 0
		if !depthFirst {
			var err error
			if steps, err = p.length[a.system].steps(f.Depth, a.at); err != nil {
				return nil, err
			}
		}
		found[a.system].note(a, steps)
	}
	return found, nil
}

func (f *Found) note(a assert, steps int) {
	if a.property != nil {
		if _, known := f.Shows[a.property]; !known {
			f.Shows[a.property] = steps
		}
		return
	}
	if old, known := f.Builtin[a.builtin]; !known || steps < old {
		f.Builtin[a.builtin] = steps
	}
}

// steps turns the depth of an assertion into steps of the system.
func (l stepLength) steps(depth int, at place) (int, error) {
	after := depth - l.start
	switch at {
	case looked:
		after -= l.look
	case afterSweep:
		after -= l.sweep
	}
	if after < 0 || after%l.step != 0 {
		return 0, fmt.Errorf("promela: an assertion failed at depth %d, which is not the end of a step (%+v)", depth, l)
	}
	return after / l.step, nil
}
