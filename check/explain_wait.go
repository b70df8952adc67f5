package check

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// waiting says of an instance what it would answer in a joint state where nothing happens, and why it does not come.
type waiting struct {
	instance int
	state    string
	reasons  []string
}

// maxWaiting bounds the reasons that are told of one instance, and the instances, without -v.
const maxWaiting = 8

// waits lists what the instances wait for that are neither final nor down.
func (s *story) waits(j *fsm.Joint) []waiting {
	enabled, possible := map[[2]int]bool{}, map[int]bool{}
	for _, c := range fsm.Choices(s.sys, j) {
		if c.Kind == fsm.Handle {
			enabled[[2]int{c.Instance, c.Event}] = true
		}
		if c.Kind == fsm.TakeJoint {
			possible[c.Joint] = true
		}
	}
	var list []waiting
	for i, state := range j.States {
		if state == fsm.Down || s.sys.MachineOf(i).States[state].Final {
			continue
		}
		w := waiting{instance: i, state: s.state(i, state)}
		w.reasons = append(s.missing(j, i, enabled), s.outOfPlace(j, i, possible)...)
		if len(w.reasons) == 0 {
			w.reasons = []string{"nothing: no event is answered there"}
		}
		list = append(list, w)
	}
	return list
}

// missing tells why each event that an instance answers does not come: the messages first, together.
func (s *story) missing(j *fsm.Joint, i int, enabled map[[2]int]bool) []string {
	m := s.sys.MachineOf(i)
	var absent, reasons []string
	for e, levels := range m.States[j.States[i]].On {
		if !takes(m, levels) {
			continue
		}
		event := &m.Events[e]
		switch {
		case event.Kind == fsm.Receive:
			if why := s.held(j, i, event.Message); why != "" {
				reasons = append(reasons, event.Name+" ("+why+")")
			} else {
				absent = append(absent, event.Name)
			}
		case enabled[[2]int{i, e}]:
			reasons = append(reasons, event.Name+" (it changes nothing)")
		case event.Kind == fsm.Fire && !j.Armed[s.sys.TimerSlot(i, event.Timer)]:
			reasons = append(reasons, "timer "+event.Name+" (not armed)")
		case event.Kind == fsm.Fire:
			reasons = append(reasons, "timer "+event.Name+" (another must fire first)")
		default:
			reasons = append(reasons, event.Name+" ("+s.closed(j, i, event, levels)+")")
		}
	}
	if len(absent) > 0 {
		reasons = slices.Insert(reasons, 0, strings.Join(absent, ", ")+" (not on the way)")
	}
	return reasons
}

// takes reports whether some transition of the levels does more than to ignore or to defer.
func takes(m *fsm.Machine, levels []fsm.Level) bool {
	return slices.ContainsFunc(levels, func(l fsm.Level) bool {
		return slices.ContainsFunc(l, func(t int) bool { return m.Transitions[t].Answer == fsm.Take })
	})
}

// held says why a message that is on the way to an instance is not delivered; empty if none is on the way.
func (s *story) held(j *fsm.Joint, i, message int) string {
	for l, packets := range j.Links {
		if s.sys.Links[l].To != i {
			continue
		}
		for at, p := range packets {
			if p.Message != message {
				continue
			}
			if _, err := fsm.Step(s.sys, j, fsm.Choice{Kind: fsm.Deliver, Link: l, Position: at}); err == nil {
				return "it changes nothing"
			}
			if at > 0 && !s.sys.Links[l].Bag() {
				return "behind " + s.sys.FormatPacket(packets[0])
			}
			return "on the way, but it is deferred, or its answer is blocked by a full link"
		}
	}
	return ""
}

// closed says why an input or an internal step is not possible: its guards, with their values.
func (s *story) closed(j *fsm.Joint, i int, event *fsm.Event, levels []fsm.Level) string {
	m := s.sys.MachineOf(i)
	args := make([]int64, len(event.Params))
	for k, p := range event.Params {
		args[k] = p.Type.Lo
	}
	eval := func(e *fsm.Expr) (int64, error) { return fsm.EvalOwn(s.sys, j, i, args, e) }
	var texts []string
	for _, level := range levels {
		for _, t := range level {
			tr := m.Transitions[t]
			if tr.Guard == nil {
				return "blocked by a full link"
			}
			if v, err := eval(tr.Guard); err == nil && v != 0 && len(args) == 0 {
				return "blocked by a full link"
			}
			params := bound(event.Params, tr.Text)
			g := s.permit(tr.Text, tr.Guard, scopeOf{instance: i, params: params}, eval)
			if g == nil {
				continue
			}
			g.values = slices.DeleteFunc(g.values, func(r reading) bool { // it has other values, too
				return slices.ContainsFunc(params, func(p fsm.Param) bool { return p.Name == r.name })
			})
			text := g.text + " is false"
			if len(g.values) > 0 {
				text += ": " + listed(g.values)
			}
			texts = append(texts, text)
		}
	}
	if len(texts) == 0 {
		return "refused"
	}
	return strings.Join(texts, "; ")
}

// outOfPlace tells why the joint transitions that an instance is ready for are not possible.
func (s *story) outOfPlace(j *fsm.Joint, i int, possible map[int]bool) []string {
	var reasons []string
	for n, t := range s.sys.Joints {
		mine := slices.IndexFunc(t.Parts, func(p fsm.JointPart) bool { return p.Instance == i })
		if mine < 0 || !slices.Contains(t.Parts[mine].From, j.States[i]) {
			continue
		}
		text := "joint " + t.Name + fsm.FormatArgs(t.Params, t.Args)
		absent := slices.IndexFunc(t.Parts, func(p fsm.JointPart) bool { return !slices.Contains(p.From, j.States[p.Instance]) })
		switch {
		case absent >= 0:
			p := t.Parts[absent]
			text += " (" + s.instance(p.Instance) + " is in " + s.state(p.Instance, j.States[p.Instance]) + ")"
		case possible[n]:
			text += " (it changes nothing)"
		case t.Guard != nil:
			text += " (" + s.shut(j, t) + ")"
		default:
			text += " (blocked by a full link)"
		}
		if !slices.Contains(reasons, text) {
			reasons = append(reasons, text)
		}
	}
	return reasons
}

// shut tells with which values the guard of a joint transition is false, or that a full link is in its way.
func (s *story) shut(j *fsm.Joint, t *fsm.JointTransition) string {
	eval := func(e *fsm.Expr) (int64, error) { return fsm.EvalOwn(s.sys, j, fsm.OwnInstance, t.Args, e) }
	if v, err := eval(t.Guard); err == nil && v != 0 {
		return "blocked by a full link"
	}
	g := s.permit(t.Text, t.Guard, scopeOf{fsm.OwnInstance, t.Params, t.Args}, eval)
	if len(g.values) == 0 {
		return g.text + " is false"
	}
	return g.text + " is false: " + listed(g.values)
}

// waiting tells what each instance waits for in the last joint state; neighbours of one array that wait for the same, once.
func (p *printer) waiting(s *story) {
	list := s.waits(s.end)
	in := s.sys.Instances
	told := 0
	for i := 0; i < len(list); {
		w, end := &list[i], i+1
		for end < len(list) && in[w.instance].Array && in[list[end].instance].Group == in[w.instance].Group && list[end].instance == list[end-1].instance+1 &&
			list[end].state == w.state && slices.Equal(list[end].reasons, w.reasons) {
			end++
		}
		name := s.instance(w.instance)
		if end > i+1 {
			name = fmt.Sprintf("%s[%d..%d]", in[w.instance].Group, in[w.instance].Index, in[list[end-1].instance].Index)
		}
		reasons := w.reasons
		if len(reasons) > maxWaiting && !p.o.Verbose {
			reasons = append(slices.Clone(reasons[:maxWaiting]), "and "+count(len(reasons)-maxWaiting, "more"))
		}
		if told++; told > maxWaiting && !p.o.Verbose {
			p.tell(dim, "  and more; -v shows them")
			return
		}
		p.tell(plain, "  "+name+" in "+w.state+" waits for "+strings.Join(reasons, "; "))
		i = end
	}
}

// answers are the events that a state answers, by what it does with them.
type answers struct {
	state                  string
	takes, ignores, defers []string
}

// answersOf lists what the state answers in which something unexpected came; nil where that cannot be told.
func (s *story) answersOf(v *fsm.Violation) *answers {
	if v.Builtin != fsm.Unexpected || v.Instance < 0 {
		return nil
	}
	m := s.sys.MachineOf(v.Instance)
	at := slices.IndexFunc(m.States, func(st fsm.State) bool { return st.Span == v.Span })
	if at < 0 {
		return nil
	}
	a := &answers{state: m.States[at].Name}
	for e, levels := range m.States[at].On {
		name := m.Events[e].Name
		if m.Events[e].Kind == fsm.Fire {
			name = "timer " + name
		}
		switch {
		case len(levels) == 0:
		case takes(m, levels):
			a.takes = append(a.takes, name)
		case m.Transitions[levels[0][0]].Answer == fsm.Ignore:
			a.ignores = append(a.ignores, name)
		default:
			a.defers = append(a.defers, name)
		}
	}
	return a
}

// String writes the answers as a sentence: "Busy takes Stop; ignores Tick".
func (a *answers) String() string {
	var parts []string
	for _, g := range []struct {
		verb  string
		names []string
	}{{"takes ", a.takes}, {"ignores ", a.ignores}, {"defers ", a.defers}} {
		if len(g.names) > 0 {
			parts = append(parts, g.verb+strings.Join(g.names, ", "))
		}
	}
	if len(parts) == 0 {
		parts = []string{"answers nothing"}
	}
	return a.state + " " + strings.Join(parts, "; ")
}
