package check

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"interlock/fsm"
)

// Run explores sys and decides its properties and scenarios. When ctx ends or a limit is reached, what is not decided by
// then is Unknown, and what was violated stays so. The error is not nil only if the system cannot be checked at all: its
// packed state is too wide, `initially` or `assume` leaves nothing to explore, or opts names a property that it has not.
func Run(ctx context.Context, sys *fsm.System, opts Options) (*Report, error) {
	opts = opts.withDefaults()
	if err := opts.known(sys); err != nil {
		return nil, err
	}
	if opts.Fingerprints && opts.Dir != "" {
		return nil, errors.New("check: fingerprints and a folder for whole states exclude each other")
	}
	p, err := compile(sys, false)
	if err != nil {
		return nil, err
	}
	s := newSearch(ctx, p, &opts)
	s.addWatches()
	s.reduceBy(opts.Reduce)
	compiled := false
	if opts.Compiled {
		if compiled, err = s.exploreCompiled(ctx); s.away != nil {
			defer s.away.Close()
		}
		if err != nil {
			return nil, err
		}
	}
	if !compiled {
		s.explore()
	}
	if s.gaveUp.By != 0 {
		return s.without(ctx)
	}
	if s.states() == 0 && len(s.found) == 0 && s.incomplete == "" {
		return nil, errors.New("check: system " + sys.Name + " has no start: initially and assume leave nothing")
	}
	r, err := guarded(s.report)
	if err == nil && p.reduce != nil && p.reduce.ample != nil {
		return s.shortest(ctx, r)
	}
	return r, err
}

func (o Options) withDefaults() Options {
	o = o.stored()
	if o.MaxStates <= 0 {
		o.MaxStates = DefaultMaxStates
	}
	o.MaxStates = min(o.MaxStates, o.maxStates())
	if o.MaxMemory <= 0 {
		o.MaxMemory = DefaultMaxMemory
	}
	if o.MaxChoices <= 0 {
		o.MaxChoices = DefaultMaxChoices
	}
	return o
}

// wants reports whether the property, built-in check or scenario of that name is to be decided.
func (o *Options) wants(name string) bool {
	return o.Properties == nil || slices.Contains(o.Properties, name)
}

// wantsProperty lets a property without a name be named by its text.
func (o *Options) wantsProperty(p *fsm.Property) bool {
	return o.wants(p.Name) || p.Name == "" && o.wants(p.Text)
}

// known reports a name in o that nothing in the system has.
func (o *Options) known(sys *fsm.System) error {
	var names []string
	for _, p := range sys.Properties {
		names = append(names, p.Name, p.Text)
	}
	for _, s := range sys.Scenarios {
		names = append(names, s.Name)
	}
	for _, p := range builtins(sys) {
		names = append(names, p.Name)
	}
	for _, name := range o.Properties {
		if !slices.Contains(names, name) {
			return fmt.Errorf("check: system %s has no property or scenario %q", sys.Name, name)
		}
	}
	return nil
}

// builtinNames are the built-in checks as the language names them.
var builtinNames = [fsm.NumBuiltins]string{"deadlock", "unexpected message", "overflow", "overlap", "range", "runaway"}

// builtins makes the properties for the built-in checks that the system does not mention and that may apply to it.
func builtins(sys *fsm.System) []*fsm.Property {
	var may [fsm.NumBuiltins]bool
	for i := range may {
		may[i] = true
	}
	may[fsm.Overflow] = slices.ContainsFunc(sys.Links, func(l *fsm.Link) bool { return l.Kind != fsm.Atomic && !l.Lose && !l.FullBlocks })
	may[fsm.Runaway] = slices.ContainsFunc(sys.Links, func(l *fsm.Link) bool { return l.Kind == fsm.Atomic })
	for _, p := range sys.Properties {
		if p.Kind == fsm.BuiltIn {
			may[p.Builtin] = false
		}
	}
	var list []*fsm.Property
	for b, name := range builtinNames {
		if may[b] {
			list = append(list, &fsm.Property{Name: name, Kind: fsm.BuiltIn, Builtin: fsm.Builtin(b), Text: name})
		}
	}
	return list
}

// addWatches compiles the properties that are asked of states.
func (s *search) addWatches() {
	k := newCompiler(s.p, fsm.OwnInstance)
	for _, p := range s.p.sys.Properties {
		if s.opts.wantsProperty(p) {
			if w := newWatch(k, p); w != nil {
				s.watches = append(s.watches, w)
			}
		}
	}
}

// report gives the verdicts of a search that has ended.
func (s *search) report() *Report {
	r := &Report{System: s.p.sys, Complete: s.incomplete == "", Reason: s.incomplete, Assumptions: assumptions(s.p.sys)}
	if slices.ContainsFunc(s.watches, (*watch).lives) {
		r.Assumptions = append(r.Assumptions, append(declaredFair(s.p.sys), fairLinks(s.p.sys)...)...)
	}
	for _, p := range append(append([]*fsm.Property{}, s.p.sys.Properties...), builtins(s.p.sys)...) {
		if !s.opts.wantsProperty(p) {
			continue
		}
		v := s.verdict(p)
		v.Property = p
		v.Met = v.Result == Holds && !p.ExpectViolated || v.Result == Violated && p.ExpectViolated
		if !v.Met || !s.opts.Plain {
			v.makeReadable(s.p.sys)
		}
		r.Verdicts = append(r.Verdicts, v)
	}
	for _, sc := range s.p.sys.Scenarios {
		if s.opts.wants(sc.Name) {
			r.Scenarios = append(r.Scenarios, s.scenario(sc))
		}
	}
	s.cover.deferred(s.x)
	r.Coverage = s.cover.report()
	r.Coverage.Cut = s.cut
	if s.firstCut != noState {
		r.Coverage.CutTrace = s.traceTo(s.firstCut)
	}
	r.Stats = s.stats()
	r.Missed = s.missed()
	return r
}

func (s *search) stats() Stats {
	n := s.states()
	st := Stats{States: n, Transitions: s.transitions, Depth: max(0, len(s.levels)-1), Explored: s.explored(), Levels: s.levels,
		Duration: s.took, StateBits: s.p.bits, StateBytes: 8 * s.p.words, TableBytes: s.bytes() + s.crew.bytes(),
		Compiled: s.engine.compiled, NotCompiled: s.engine.why, Build: s.engine.built, Reductions: s.told(),
		Fingerprints: s.opts.Fingerprints, Dir: s.engine.dir, Stored: s.engine.bytes, Resumed: s.engine.resumed, Saved: s.engine.saved}
	if n > 0 {
		st.BytesPerState = float64(st.TableBytes) / float64(st.States)
	}
	return st
}

// verdict decides one property.
func (s *search) verdict(p *fsm.Property) Verdict {
	switch p.Kind {
	case fsm.BuiltIn:
		return s.builtin(p.Builtin)
	case fsm.Never, fsm.Always, fsm.Reachable:
		return s.decide(s.watchOf(p))
	case fsm.AfterAlways:
		if s.watchOf(p).held == noState {
			return s.after(s.watchOf(p)) // it looks at no state
		}
	}
	if why := s.fetch(); why != "" {
		return Verdict{Reason: why}
	}
	switch p.Kind {
	case fsm.AfterAlways:
		return s.after(s.watchOf(p))
	case fsm.Recoverable:
		return s.recoverable(s.watchOf(p))
	}
	return s.liveness(s.watchOf(p))
}

func (s *search) watchOf(p *fsm.Property) *watch {
	i := slices.IndexFunc(s.watches, func(w *watch) bool { return w.property == p })
	return s.watches[i]
}

// decide gives the verdict on a property of single joint states.
func (s *search) decide(w *watch) Verdict {
	reachable := w.property.Kind == fsm.Reachable
	switch {
	case w.first != noState && reachable:
		v := Verdict{Result: Holds, Trace: s.show(w)}
		v.Notes = untimed(s.p.sys, v.Trace)
		return v
	case w.first != noState:
		return Verdict{Result: Violated, Trace: s.show(w)}
	case s.incomplete != "":
		return Verdict{Reason: s.unknown()}
	case w.broken:
		return Verdict{Reason: "it cannot be evaluated in every joint state: see range"}
	case reachable:
		return Verdict{Result: Violated, Reason: "no run gets there"}
	}
	why := w.vacuous()
	return Verdict{Result: Holds, Vacuous: why != "", Reason: why}
}

// unknown says why something was not decided, and how far the search got.
func (s *search) unknown() string {
	if s.p.reduce != nil && s.p.reduce.ample != nil {
		return s.incomplete // steps were put off at every depth
	}
	if s.states() == 0 {
		return s.incomplete + "; no start was looked at"
	}
	return fmt.Sprintf("%s; every run of up to %d steps was looked at", s.incomplete, s.explored())
}

// builtin gives the verdict on a built-in check.
func (s *search) builtin(b fsm.Builtin) Verdict {
	v := Verdict{Result: Holds}
	if s.incomplete != "" {
		v = Verdict{Reason: s.unknown()}
	}
	if b == fsm.Deadlock && s.deadlock != noState {
		v = Verdict{Result: Violated, Trace: s.traceTo(s.deadlock)}
		if s.deadlocks > 1 {
			v.Notes = append(v.Notes, fmt.Sprintf("%d joint states have no step", s.deadlocks))
		}
	}
	for _, f := range s.found {
		switch {
		case f.site.builtin != b:
		case v.Trace == nil:
			v = Verdict{Result: Violated, Trace: s.traceOf(f)}
		case len(v.More) < MaxMore:
			v.More = append(v.More, s.traceOf(f))
		default:
			v.Hidden++
		}
	}
	return v
}

// untimed is the note on a witness in which timers fire: whether they can in time, the checker does not know.
func untimed(sys *fsm.System, t *fsm.Trace) []string {
	for _, s := range t.Steps {
		c := s.Choice
		if c.Kind == fsm.Handle && sys.MachineOf(c.Instance).Events[c.Event].Kind == fsm.Fire {
			return []string{"the run rests on untimed timers: an armed timer may fire at any moment"}
		}
	}
	return nil
}

// assumptions lists what every verdict on the system rests on.
func assumptions(sys *fsm.System) []string {
	var list []string
	for _, o := range sys.Orders {
		list = append(list, o.Text)
	}
	for _, e := range sys.Assumes {
		list = append(list, "assume "+express(sys, e))
	}
	for _, e := range sys.Initially {
		list = append(list, "initially "+express(sys, e))
	}
	seen := map[string]bool{}
	for _, j := range sys.Joints {
		if text := beyondOneNode(sys, j); text != "" && !seen[j.Name] {
			seen[j.Name] = true
			list = append(list, "joint "+j.Name+" "+text)
		}
	}
	for _, c := range sys.Crashes {
		list = append(list, fmt.Sprintf("crash %s at most %d", sys.Instances[c.Instance].Name, c.AtMost))
	}
	return list
}

// beyondOneNode says what a joint transition does that no network gives for free; empty if it stays within a node.
func beyondOneNode(sys *fsm.System, j *fsm.JointTransition) string {
	steps, sees := map[int]bool{}, map[int]bool{}
	for _, p := range j.Parts {
		steps[sys.Instances[p.Instance].Node] = true
		sees[sys.Instances[p.Instance].Node] = true
	}
	if j.Guard != nil {
		nodesSeen(sys, j.Guard, sees)
	}
	switch {
	case len(steps) > 1:
		return "steps on several nodes at once"
	case len(sees) > 1 || len(sees) == 1 && len(steps) == 0:
		return "sees what is on other nodes as it is"
	}
	return ""
}

// nodesSeen adds the nodes whose instances, or the links between them, an expression looks at.
func nodesSeen(sys *fsm.System, e *fsm.Expr, nodes map[int]bool) {
	if e == nil {
		return
	}
	switch e.Op {
	case fsm.OpInstanceVar, fsm.OpArmed, fsm.OpIn:
		if e.Instance != fsm.OwnInstance {
			nodes[sys.Instances[e.Instance].Node] = true
		}
	case fsm.OpLinkLen, fsm.OpLinkHas, fsm.OpLinkHead, fsm.OpLinkLast:
		for _, l := range e.Links {
			nodes[sys.Instances[sys.Links[l].From].Node] = true
			nodes[sys.Instances[sys.Links[l].To].Node] = true
		}
	}
	for _, a := range e.Args {
		nodesSeen(sys, a, nodes)
	}
}
