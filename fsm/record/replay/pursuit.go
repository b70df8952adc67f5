package replay

import (
	"fmt"
	"strings"

	"interlock/fsm"
)

// pursuit follows a joint machine by the reference step.
type pursuit struct {
	checker *Checker
	sys     *fsm.System
	middle  bool // the run does not begin at its start
	begun   bool
	lost    bool         // undecided from here on
	joints  []*fsm.Joint // those that it may be in, each once
}

// add adds joint states that it may be in, or gives up.
func (p *pursuit) add(next []*fsm.Joint, seen map[string]bool, j *fsm.Joint) []*fsm.Joint {
	k := j.Key()
	if seen[k] {
		return next
	}
	seen[k] = true
	if len(next) >= p.checker.limits.Joints {
		p.giveUp("%s: a session may be in more than %d joint states", p.sys.Name, p.checker.limits.Joints)
	}
	return append(next, j)
}

func (p *pursuit) giveUp(format string, args ...any) {
	p.lost = true
	p.checker.unknown[fmt.Sprintf(format, args...)] = true
}

// take is the answer to a line: "", or why the spec does not allow it.
func (p *pursuit) take(s *step) string {
	if !p.begun {
		p.begun = true
		p.begin(s.from)
		if len(p.joints) == 0 && !p.lost {
			return fmt.Sprintf("does not begin in %s", s.from)
		}
	}
	if p.lost {
		return ""
	}
	var next []*fsm.Joint
	seen := map[string]bool{}
	for _, j := range p.joints {
		if s.taken() {
			for _, to := range p.successors(j, s) {
				next = p.add(next, seen, to)
			}
		} else if p.mayRefuse(j, s) {
			next = p.add(next, seen, j)
		}
		if p.lost {
			return ""
		}
	}
	p.joints = next
	if len(next) > 0 {
		return ""
	}
	if !s.taken() {
		return fmt.Sprintf("in %s refuses %s (%s), which the spec takes there", s.from, s.words(), s.refused)
	}
	return fmt.Sprintf("goes from %s to %s by %s, which the spec does not do with these effects: %s", s.from, s.to, s.words(), quoted(s.effects))
}

// words is the event with its arguments, where it has them.
func (s *step) words() string {
	if s.call != "" {
		return s.call
	}
	return s.event
}

func quoted(effects string) string {
	if effects == "" {
		return "none"
	}
	return strings.ReplaceAll(effects, "\n", ", ")
}

// begin finds the joint states in which a run may begin.
func (p *pursuit) begin(control string) {
	reached := p.checker.starts(p.sys)
	if p.middle {
		reached = p.checker.reachable(p.sys)
	}
	if reached.unknown != "" {
		p.giveUp("%s", reached.unknown)
		return
	}
	seen := map[string]bool{}
	for _, j := range reached.byControl[control] {
		p.joints = p.add(p.joints, seen, j)
	}
}

// move is a step that can be taken in some joint state, in the words of a recording.
type move struct {
	event, call, to, orders string
	joint                   *fsm.Joint // nil where the step breaks a built-in check, so that generated code refuses it
	free                    bool       // the host answers something in it, which is not recorded
}

// maxMoves bounds how many joint states the moves are remembered of.
const maxMoves = 1 << 14

// moves lists what can happen in a joint state by the doing of the environment, faults left out.
func (c *Checker) moves(sys *fsm.System, j *fsm.Joint) []move {
	k := sys.Name + " " + sys.Spec.Digest + " " + j.Key()
	if known, ok := c.known[k]; ok {
		return known
	}
	var list []move
	for _, choice := range fsm.Choices(sys, j) {
		m := move{call: choice.Format(sys, j), free: len(choice.Picks) > 0}
		switch choice.Kind {
		case fsm.Handle:
			m.event = sys.Instances[choice.Instance].Group + "." + sys.MachineOf(choice.Instance).Events[choice.Event].Name
		case fsm.TakeJoint:
			m.event = sys.Joints[choice.Joint].Name
		default:
			continue
		}
		if out, err := fsm.Step(sys, j, choice); err == nil {
			m.joint, m.to, m.orders = out.Joint, sys.ControlName(out.Joint.States), orders(sys, out)
		}
		list = append(list, m)
	}
	if len(c.known) >= maxMoves {
		clear(c.known)
	}
	c.known[k] = list
	return list
}

// orders are the effects of a step that the spec declares, in the words of generated code.
func orders(sys *fsm.System, out *fsm.Outcome) string {
	var list []string
	for _, e := range out.Effects {
		kind := sys.Spec.Effects[e.Effect]
		list = append(list, sys.Instances[e.Instance].Name+": do "+kind.Name+fsm.FormatArgs(kind.Params, e.Args))
	}
	return strings.Join(list, "\n")
}

// is reports whether a move is of the event that a line tells.
func (m *move) is(s *step) bool {
	if s.call != "" {
		return m.call == s.call
	}
	return m.event == s.event
}

// successors are the joint states that the line may lead to.
func (p *pursuit) successors(j *fsm.Joint, s *step) []*fsm.Joint {
	var next []*fsm.Joint
	for _, m := range p.checker.moves(p.sys, j) {
		if m.is(s) && m.joint != nil && m.to == s.to && m.orders == ordered(s.effects) {
			next = append(next, m.joint)
		}
	}
	return next
}

// mayRefuse reports whether a joint state allows the refusal of a line. What the host answered is not recorded, so that a step
// that asks it may have been refused.
func (p *pursuit) mayRefuse(j *fsm.Joint, s *step) bool {
	if s.refused == fsm.CauseContention {
		return true
	}
	for _, m := range p.checker.moves(p.sys, j) {
		if m.is(s) && m.joint != nil && !m.free {
			return false
		}
	}
	return true
}

// ordered are those among all effects of a line; the others start and stop timers.
func ordered(effects string) string {
	var list []string
	for _, e := range strings.Split(effects, "\n") {
		if _, what, _ := strings.Cut(e, ": "); strings.HasPrefix(what, "do ") {
			list = append(list, e)
		}
	}
	return strings.Join(list, "\n")
}

// reach is a set of joint states of a system.
type reach struct {
	all       []*fsm.Joint
	byControl map[string][]*fsm.Joint
	unknown   string // why they are not known
}

func (r *reach) add(sys *fsm.System, seen map[string]bool, j *fsm.Joint) {
	if k := j.Key(); !seen[k] {
		seen[k] = true
		name := sys.ControlName(j.States)
		r.all = append(r.all, j)
		r.byControl[name] = append(r.byControl[name], j)
	}
}

// starts are the joint states in which a system can begin.
func (c *Checker) starts(sys *fsm.System) *reach {
	if r := c.begins[sys]; r != nil {
		return r
	}
	r := &reach{byControl: map[string][]*fsm.Joint{}}
	c.begins[sys] = r
	starts, err := fsm.Starts(sys)
	if err != nil {
		r.unknown = fmt.Sprintf("the starts of %s: %v", sys.Name, err)
		return r
	}
	seen := map[string]bool{}
	for _, s := range starts {
		if s.Fails == nil {
			r.add(sys, seen, s.Outcome.Joint)
		}
	}
	return r
}

// reachable are all joint states that a system can be in without faults, which generated code knows nothing of.
func (c *Checker) reachable(sys *fsm.System) *reach {
	if r := c.systems[sys]; r != nil {
		return r
	}
	begins := c.starts(sys)
	r := &reach{byControl: map[string][]*fsm.Joint{}, unknown: begins.unknown}
	c.systems[sys] = r
	seen := map[string]bool{}
	for _, j := range begins.all {
		r.add(sys, seen, j)
	}
	for i := 0; i < len(r.all) && r.unknown == ""; i++ {
		for _, m := range c.moves(sys, r.all[i]) {
			if m.joint != nil {
				r.add(sys, seen, m.joint)
			}
		}
		if len(r.all) > c.limits.Reached {
			r.unknown = fmt.Sprintf("%s: a session begins in the middle, and more than %d joint states can be reached", sys.Name, c.limits.Reached)
		}
	}
	return r
}
