package replay

import (
	"cmp"
	"fmt"
	"slices"

	"interlock/fsm"
)

// run is what was recorded of a session.
type run struct {
	key
	steps []step
}

// step is a line of it.
type step struct {
	n, seq                         uint64
	event, call, from, to, effects string
	delivery                       fsm.Delivery
	refused                        fsm.Cause
}

func (s *step) taken() bool { return s.delivery == fsm.DeliveryTaken }

// finding is about a step of the run.
func (r *run) finding(s *step, format string, args ...any) *Finding {
	return &Finding{Machine: r.machine, Session: r.session, Line: s.n, Reason: fmt.Sprintf(format, args...)}
}

// follow puts a run in order and finds the first thing in it that cannot be.
func (c *Checker) follow(r *run) *Finding {
	counted, zero := false, false
	for i := range r.steps {
		counted = counted || r.steps[i].seq > 0
		zero = zero || r.steps[i].seq == 0 && r.steps[i].taken()
	}
	if counted && zero {
		c.unknown[fmt.Sprintf("the counter of %s went round, or is not always told: the order is not known", r.machine)] = true
		return nil
	}
	if !counted && !slices.ContainsFunc(r.steps, func(s step) bool { return s.taken() }) && c.followLife(r, true) == nil {
		return nil // all of it may have been before the first step
	}
	if !counted {
		return c.followLife(r, false)
	}
	for _, life := range lives(r) {
		slices.SortStableFunc(life.steps, func(a, b step) int { // a refusal stands behind the step that it names
			return cmp.Or(cmp.Compare(a.seq, b.seq), cmp.Compare(turn(a), turn(b)))
		})
		if f := c.followLife(life, true); f != nil {
			return f
		}
	}
	return nil
}

// followLife goes through the steps in their order.
func (c *Checker) followLife(r *run, counted bool) *Finding {
	judge := c.judge(r, counted)
	for i := range r.steps {
		s := &r.steps[i]
		if counted && i > 0 && s.seq > r.steps[i-1].seq+1 && s.n < r.steps[i-1].n {
			c.unknown[fmt.Sprintf("a session of %s may have begun anew under its key, in the middle of another: the order is not known", r.machine)] = true
			return nil
		}
		if f := r.continues(i, counted); f != nil {
			return f
		}
		if reason := judge(s); reason != "" {
			return r.finding(s, "%s", reason)
		}
	}
	return nil
}

// reordered is how many steps a line may be behind those of later steps: goroutines tell as they get to it.
const reordered = 64

// lives divides a run where its key was used anew. A fleet lets go of a key when all steps of a session have been told, so a
// second step 1 is the beginning of another life; in one life, lines may come out of order.
func lives(r *run) []*run {
	var all []*run
	var at []map[uint64]*step // by life and number, the steps taken
	least := uint64(0)        // of the last life
	begun := make([]int, len(r.steps))
	for i := range r.steps {
		s := &r.steps[i]
		if s.taken() {
			last := len(all) - 1
			if last < 0 || s.seq == 1 && (at[last][1] != nil || least > reordered) {
				all, at, least = append(all, &run{key: r.key}), append(at, map[uint64]*step{}), s.seq
				last++
			}
			if at[last][s.seq] == nil {
				at[last][s.seq] = s
			}
			least = min(least, s.seq)
			all[last].steps = append(all[last].steps, *s)
		}
		begun[i] = len(all) - 1
	}
	if len(all) == 0 {
		return []*run{r}
	}
	for i := range r.steps {
		if s := &r.steps[i]; !s.taken() {
			life := lifeOf(s, max(begun[i], 0), at)
			all[life].steps = append(all[life].steps, *s)
		}
	}
	return all
}

// lifeOf is the life that a refusal belongs to: the one that was under way, or else the nearest that was in that state. A
// refusal is told by the goroutine that was refused, which nobody waits for.
func lifeOf(s *step, now int, at []map[uint64]*step) int {
	fits := func(life int) bool {
		if life < 0 || life >= len(at) {
			return false
		}
		before, first := at[life][s.seq], at[life][1]
		return before != nil && before.to == s.from || s.seq == 0 && first != nil && first.from == s.from
	}
	for away := range reordered {
		if fits(now - away) {
			return now - away
		}
		if fits(now + away) {
			return now + away
		}
	}
	return now
}

func turn(s step) int {
	if s.taken() {
		return 0
	}
	return 1
}

// continues holds a step against the one before it.
func (r *run) continues(i int, counted bool) *Finding {
	s := &r.steps[i]
	if !s.taken() && s.from != s.to {
		return r.finding(s, "goes from %s to %s by %s, which was %s", s.from, s.to, s.event, s.delivery)
	}
	if (s.refused != fsm.CauseNone) != (s.delivery == fsm.DeliveryRefused) {
		return r.finding(s, "was %s %s, and the cause is: %s", s.delivery, s.event, s.refused)
	}
	if i == 0 {
		return nil
	}
	before := &r.steps[i-1]
	switch {
	case counted && s.taken() && s.seq == before.seq && before.taken():
		return r.finding(s, "takes a step %d twice (the other is line %d)", s.seq, before.n)
	case counted && s.taken() && s.seq != before.seq+1 || counted && !s.taken() && s.seq != before.seq:
		return r.finding(s, "misses a step: %d follows %d", s.seq, before.seq)
	case s.from != before.to:
		return r.finding(s, "takes %s in %s, and was in %s after line %d", s.event, s.from, before.to, before.n)
	}
	return nil
}

// judge returns what holds each step in turn against the spec: the answer is "" or what is wrong.
func (c *Checker) judge(r *run, counted bool) func(*step) string {
	spec := c.specs[r.spec]
	if spec == nil {
		c.unknown[fmt.Sprintf("the spec %q is not at hand: it is another one, or was changed since; a copy of it as it was can be given as well", r.spec)] = true
		return func(*step) string { return "" }
	}
	for _, sys := range spec.Systems {
		if sys.Name != r.machine {
			continue
		}
		if !sys.IsAtomic() {
			c.unknown[fmt.Sprintf("%s is no joint machine: its links are not atomic", sys.Name)] = true
			return func(*step) string { return "" }
		}
		p := &pursuit{checker: c, sys: sys, middle: !counted || len(r.steps) > 0 && r.steps[0].seq+uint64(turn(r.steps[0])) > 1}
		return p.take
	}
	for _, m := range spec.Machines {
		if m.Name == r.machine {
			return func(s *step) string { return isWritten(m, s) }
		}
	}
	return func(*step) string { return "is neither a system nor a machine of the spec" }
}

// isWritten looks for the transition of a machine that a line could be.
func isWritten(m *fsm.Machine, s *step) string {
	answer := map[fsm.Delivery]fsm.Answer{fsm.DeliveryTaken: fsm.Take, fsm.DeliveryIgnored: fsm.Ignore, fsm.DeliveryDeferred: fsm.Defer}
	want, ok := answer[s.delivery]
	known := slices.ContainsFunc(m.States, func(x fsm.State) bool { return x.Name == s.from })
	switch {
	case !known:
		return "has no state " + s.from
	case !slices.ContainsFunc(m.Events, func(e fsm.Event) bool { return e.Name == s.event }):
		return "has no event " + s.event
	case !ok:
		return ""
	}
	for _, t := range m.Transitions {
		if m.States[t.State].Name != s.from || m.Events[t.Event].Name != s.event || t.Answer != want {
			continue
		}
		to := t.State
		if t.Target != fsm.Stay {
			to = t.Target
		}
		if m.States[to].Name == s.to {
			return ""
		}
	}
	return fmt.Sprintf("in %s has no transition to %s in which %s is %s", s.from, s.to, s.event, s.delivery)
}
