package check

import (
	"context"
	"errors"
	"time"

	"interlock/check/compiled"
	"interlock/fsm"
)

// Prebuild builds the searches of several systems at once, for runs with [Options.Compiled] that are to come. A system that
// cannot be compiled is left out: its run says why. What a program is like depends on what will be asked of its system: options
// says that; nil: with the zero Options.
func Prebuild(ctx context.Context, systems []*fsm.System, options func(*fsm.System) Options) error {
	var texts [][]byte
	var shapes []string
	for _, sys := range systems {
		p, err := compile(sys, false)
		if err != nil {
			continue
		}
		opts := Options{}
		if options != nil {
			opts = options(sys)
		}
		opts.Compiled = true
		opts = opts.withDefaults()
		s := newSearch(ctx, p, &opts)
		s.addWatches()
		s.reduceBy(opts.Reduce)
		of := s.shape()
		if compiled.Find(of) != nil {
			continue
		}
		if _, text, err := emit(p); err == nil {
			texts, shapes = append(texts, text), append(shapes, of)
		}
	}
	programs, err := compiled.Build(ctx, texts)
	if err != nil {
		return err
	}
	for i, p := range programs {
		p.Tell(shapes[i])
	}
	return nil
}

// away is a search of the base states by a program that was compiled for the system. The states are in its process; they
// are fetched from there when a verdict needs them all.
type away struct {
	*compiled.Search
	states  int
	bytes   int64
	fetched bool
}

// exploreCompiled is [search.explore] by a program of its own. That ok is false says that the system cannot be compiled;
// nothing was explored then. Nothing was explored either if ctx ended while the program was built, which is a limit like another.
func (s *search) exploreCompiled(ctx context.Context) (ok bool, err error) {
	began := time.Now()
	e, found, err := s.built(ctx)
	if err != nil && endsSoon(ctx) { // whatever the go command said when it was ended
		s.cutShort()
		return true, nil
	}
	if err != nil || found == nil {
		return false, err
	}
	s.engine.compiled, s.engine.built = true, time.Since(began)
	s.began = time.Now()
	begins := e.begins && s.opts.Dir == "" && !s.opts.Fingerprints // starts must be distinct where nothing is looked up
	if !begins && !s.beginHere() {
		return true, nil
	}
	if s.crowded() {
		s.giveUpCrowded()
		return true, nil
	}
	process, err := found.Start()
	if err != nil {
		return false, err
	}
	s.away = &away{Search: process}
	told, err := process.Explore(ctx, s.job(e, begins), func(p compiled.Progress) {
		if s.opts.Progress != nil {
			s.opts.Progress(Progress{s.stage, p.States, p.Transitions, p.Queue, p.Depth, time.Since(s.began)})
		}
	})
	if err != nil && endsSoon(ctx) { // what ended us ended the process before it could be told to stop
		process.Close()
		s.away = nil
		s.cutShort()
		return true, nil
	}
	if err != nil {
		return false, err
	}
	s.took = time.Since(s.began)
	return true, s.learn(e, found, told)
}

// endsSoon reports whether ctx has ended, or does in a moment: of a signal to a group of processes the others may hear before us.
func endsSoon(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	case <-time.After(50 * time.Millisecond):
		return false
	}
}

// cutShort notes that the search has ended before a program could tell anything of it.
func (s *search) cutShort() {
	s.reason = s.interrupted(time.Now())
	s.incomplete = s.reason
}

// built finds or builds the program that searches. That there is none says that the system cannot be compiled.
func (s *search) built(ctx context.Context) (*emitter, *compiled.Program, error) {
	of := s.shape()
	if known := compiled.Find(of); known != nil {
		return newEmitter(s.p), known, nil
	}
	e, text, why := emit(s.p)
	if why != nil {
		s.engine.why = why.Error()
		return nil, nil, s.opts.storable(why)
	}
	programs, err := compiled.Build(ctx, [][]byte{text})
	if err != nil {
		return nil, nil, err
	}
	programs[0].Tell(of)
	return e, programs[0], nil
}

// shape is a digest of all that the text of the program depends on, or empty: then it is looked for by the text itself. So it is
// where joint states are left out: what is left out is found in the system and in what is asked of it.
func (s *search) shape() string {
	if s.p.reduce != nil {
		return ""
	}
	return shape(s.p.sys)
}

// beginHere makes the starts in process. It reports whether there is something to go on from.
func (s *search) beginHere() bool {
	s.brief = s.opts.Dir != ""
	s.x.starts(s.begin)
	s.brief = false
	if s.st.n > 0 {
		s.levels = append(s.levels, s.st.n)
	}
	s.incomplete = s.reason
	return s.st.n > 0 && s.reason == ""
}

// job says what the process is to look for, after the starts, if it does not make them itself.
func (s *search) job(e *emitter, begins bool) compiled.Job {
	job := compiled.Job{MaxStates: s.opts.MaxStates, MaxMemory: s.opts.MaxMemory, MaxChoices: s.opts.MaxChoices,
		Workers: min(s.opts.Workers, MaxWorkers), Storage: s.opts.storage(s.p), Prints: s.opts.Fingerprints, Begins: begins, Words: s.p.words}
	for id := range uint32(s.st.n) {
		job.Starts = append(job.Starts, s.st.at(id))
	}
	for i, known := range e.watched {
		for _, w := range s.watches {
			if w.property == known.property {
				job.Watches = append(job.Watches, compiled.Watch{Number: i, First: w.first, Held: w.held})
			}
		}
	}
	return job
}

// learn takes in what the process of a program has found. It fails if the program is not that of the text.
func (s *search) learn(e *emitter, of *compiled.Program, f *compiled.Found) error {
	if len(f.Findings) > 0 && e.sites == nil {
		var text []byte // it was not written to find the program, but says what the sites are
		var why error
		if e, text, why = emit(s.p); why != nil || !of.Is(text) {
			return errors.New("check: the program that was found is not the one of the system; remove it from the cache folder (interlock/compiled)")
		}
	}
	s.away.states, s.away.bytes = f.States, f.Bytes
	s.levels, s.expanded, s.transitions = f.Levels, f.Expanded, f.Transitions
	s.deadlock, s.deadlocks, s.firstCut, s.cut = f.Deadlock, f.Deadlocks, f.FirstCut, f.Cuts
	if r := s.p.reduce; r != nil {
		r.buried(s.p, f.Buried)
	}
	switch f.Ended {
	case "unsettled":
		s.giveUpUnsettled()
	case "crowded":
		s.giveUpCrowded()
	case "states":
		s.reason = s.fullOfStates()
	case "memory":
		s.reason = s.fullOfBytes()
	case "choices":
		s.reason = s.fullOfChoices()
	case "stopped":
		s.reason = s.interrupted(time.Now())
	case "storage":
		s.reason = f.Trouble
	}
	s.engine.store(s.opts, f)
	s.incomplete = s.reason
	for _, found := range f.Findings {
		s.note(&finding{site: e.sites[found.Site], parent: found.Parent, asked: found.Asked})
	}
	premise := 0
	for i, known := range e.watched {
		for _, w := range s.watches {
			if w.property != known.property {
				continue
			}
			w.first, w.held, w.broken = f.Watched[i].First, f.Watched[i].Held, w.broken || f.Watched[i].Broken
			for j, p := range w.premises {
				p.seen = p.seen || f.Premises[premise+j]
			}
		}
		premise += len(known.premises)
	}
	s.cover.learn(e, f)
	return nil
}

// learn takes in what a process has covered: it numbers it as the program does.
func (c *coverage) learn(e *emitter, f *compiled.Found) {
	for t, n := range f.Covered {
		c.counts[t] = int64(n)
	}
	for m, machine := range c.p.sys.Spec.Machines {
		for t, tr := range machine.Transitions {
			if at := c.p.covers[m] + t; tr.Answer == fsm.Defer {
				c.deferring[at], c.counts[at] = c.counts[at] > 0, 0
			}
		}
	}
	for state, entered := range f.Entered {
		c.entered[state] = c.entered[state] || entered
	}
}

// path lists the packed states of a shortest run to a base state.
func (s *search) path(id uint32) [][]uint64 {
	if s.away == nil {
		return s.way(id)
	}
	states, err := s.away.Path(id)
	if err != nil {
		panic(lost{err})
	}
	return states
}

// lost is the panic of a search whose process is gone.
type lost struct{ error }

// guarded is f, with the panic of a lost process as an error.
func guarded(f func() *Report) (r *Report, err error) {
	defer func() {
		if p := recover(); p != nil {
			gone, ok := p.(lost)
			if !ok {
				panic(p)
			}
			err = gone.error
		}
	}()
	return f(), nil
}

// states is how many base states were found.
func (s *search) states() int {
	if s.away != nil {
		return s.away.states
	}
	return s.st.n
}

// bytes is the memory of the base states, wherever they are.
func (s *search) bytes() int64 {
	if s.away == nil {
		return s.st.bytes()
	}
	if s.away.fetched {
		return s.st.bytes() + s.away.bytes
	}
	return s.away.bytes
}

// fetch brings the base states here, for what looks at all of them. It reports why it cannot, or an empty string.
func (s *search) fetch() string {
	if s.away == nil || s.away.fetched {
		return ""
	}
	if s.opts.Fingerprints {
		return "it needs every joint state, and only fingerprints were kept"
	}
	st := newStore(s.p.words, s.p.bits)
	st.numbered = true
	if s.away.states > maxID || st.bytesWith(s.away.states)+s.away.bytes > s.opts.MaxMemory {
		return "the limit of memory leaves no room for the states beside those of the compiled search"
	}
	st.reserve(s.away.states)
	err := s.away.States(func(state []uint64) { st.insert(state, noState) })
	if err != nil {
		panic(lost{err})
	}
	s.st, s.away.fetched = st, true
	return ""
}
