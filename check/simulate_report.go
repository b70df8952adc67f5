package check

import (
	"fmt"
	"slices"

	"interlock/fsm"
)

// refineStates bounds the search that looks for a run that is shorter than what a walk found.
const refineStates = 20_000

// told gives the report of walks that are over.
func (w *walker) told() *Report {
	sim := w.sim
	reason := fmt.Sprintf("not seen in %s of at most %s", count(sim.Done, "random walk"), steps(sim.Depth))
	if w.reason != "" {
		reason += "; " + w.reason
	}
	r := &Report{System: w.p.sys, Reason: reason, Assumptions: assumptions(w.p.sys), Simulation: &sim}
	w.ctxReason()
	for _, p := range append(slices.Clone(w.p.sys.Properties), builtins(w.p.sys)...) {
		if !w.opts.wantsProperty(p) {
			continue
		}
		v := w.walked(p, reason)
		v.Property = p
		v.Met = v.Result == Holds && !p.ExpectViolated || v.Result == Violated && p.ExpectViolated
		v.makeReadable(w.p.sys)
		r.Verdicts = append(r.Verdicts, v)
	}
	w.cover.deferred(w.x)
	r.Coverage = w.cover.report()
	r.Stats = Stats{Duration: sim.Duration, StateBits: w.p.bits, StateBytes: 8 * w.p.words}
	return r
}

// ctxReason lets what follows the walks run, although they were stopped.
func (w *walker) ctxReason() { w.reason, w.x.halted = "", false }

// walked is the verdict on a property: what the walks saw of it, or nothing.
func (w *walker) walked(p *fsm.Property, reason string) Verdict {
	v := Verdict{Reason: reason}
	if p.Kind == fsm.Recoverable || p.Kind == fsm.Eventually || p.Kind == fsm.LeadsTo || p.Kind == fsm.InfinitelyOften {
		v.Reason = "a walk decides nothing about all runs from a joint state, or about runs that never end"
		return v
	}
	for _, s := range w.sightings {
		mine := s.property == p
		if s.finding != nil {
			mine = p.Kind == fsm.BuiltIn && s.finding.site.builtin == p.Builtin
		}
		switch {
		case !mine:
		case v.Trace == nil:
			v = w.shown(p, s)
		case len(v.More) < MaxMore:
			v.More = append(v.More, w.shown(p, s).Trace)
		default:
			v.Hidden++
		}
	}
	return v
}

// shown makes a verdict of a sighting, with a run that is as short as can be found without much work.
func (w *walker) shown(p *fsm.Property, s *sighting) Verdict {
	v := Verdict{Result: Violated}
	if p.Kind == fsm.Reachable {
		v.Result = Holds
	}
	g := judge{sys: w.p.sys, pr: p}
	if s.finding != nil && s.finding.site.builtin != fsm.Deadlock {
		v.Trace = w.traceVia(s.finding, s.path)
		g.fails = v.Trace.Fails
	} else {
		v.Trace = w.p.follow(s.path).trace
	}
	walked := len(v.Trace.Steps)
	v.Trace = shorten(g, v.Trace)
	note := fmt.Sprintf("walk %d came to it in %s (seed %d repeats it)", s.walk, steps(walked), w.sim.Seed)
	if len(v.Trace.Steps) < walked {
		note += "; what it did not need was left out"
	}
	v.Notes = append(v.Notes, note)
	if tr := w.refine(p, g, len(v.Trace.Steps)); tr != nil {
		v.Trace = tr
		v.Notes = append(v.Notes, "a search from the start found this run: no run is shorter")
	}
	v.Notes = append(v.Notes, untimed(w.p.sys, v.Trace)...)
	return v
}

// refine looks for a run that shows the same and is shorter than so many steps. It ends when the walks would.
func (w *walker) refine(p *fsm.Property, g judge, length int) *fsm.Trace {
	name := p.Name
	if name == "" {
		name = p.Text
	}
	if length == 0 || w.ctx.Err() != nil {
		return nil
	}
	r, err := Run(w.ctx, w.p.sys, Options{MaxStates: refineStates, Properties: []string{name}, Soon: true})
	if err != nil || len(r.Verdicts) == 0 {
		return nil
	}
	for _, v := range r.Verdicts {
		if v.Property != p && (p.Kind != fsm.BuiltIn || v.Property.Kind != p.Kind || v.Property.Builtin != p.Builtin) {
			continue
		}
		for _, tr := range append([]*fsm.Trace{v.Trace}, v.More...) {
			if tr == nil {
				continue // the search was cut off before it had one
			}
			same := (tr.Fails == nil) == (g.fails == nil) && (tr.Fails == nil || g.breaks(tr.Fails))
			sure := p.Kind != fsm.AfterAlways || len(tr.Steps) <= r.Stats.Explored // beyond, a run could go round the states that were found
			if same && sure && len(tr.Steps) <= length {
				return tr
			}
		}
	}
	return nil
}
