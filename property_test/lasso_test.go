package property

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

// fairRuns is the graph of all joint states, with everything that fairness asks spelled out on it: the twin of the checker's
// search for lassos. What is asked is a string; the sets are plain.
type fairRuns struct {
	sys     *fsm.System
	at      map[string]int // by Key
	states  []*fsm.Joint
	enabled []set // by state: what has a step that is enabled
	edges   []fairEdge
	asked   []string // all that is asked anywhere
}

type set map[string]bool

// fairEdge is a step, or a pause in a state.
type fairEdge struct {
	from, to               int
	answers, renews, makes set
}

// isLive reports whether the property is about runs that never end.
func isLive(p *fsm.Property) bool {
	return p.Kind == fsm.Eventually || p.Kind == fsm.LeadsTo || p.Kind == fsm.InfinitelyOften
}

// declared lists the declared fairness that a step answers: the number, and a word for weak or strong.
func declared(sys *fsm.System, answers func(fsm.Fairness) bool) []string {
	var list []string
	for i, f := range sys.Fair {
		if answers(f) {
			list = append(list, map[bool]string{false: "weak ", true: "strong "}[f.Strong]+strconv.Itoa(i))
		}
	}
	return list
}

func message(link int, p fsm.Packet) string {
	return fmt.Sprint("strong message ", link, p.Message, p.Args)
}

// answersOf says what fairness is satisfied by a step.
func answersOf(sys *fsm.System, j *fsm.Joint, c fsm.Choice) set {
	answers := set{}
	for _, o := range declared(sys, func(f fsm.Fairness) bool {
		return c.Kind == fsm.Handle && f.Event >= 0 && f.Instance == c.Instance && f.Event == c.Event ||
			c.Kind == fsm.TakeJoint && f.Event < 0 && (f.Joint == c.Joint || f.Joint < 0)
	}) {
		answers[o] = true
	}
	if c.Kind == fsm.Deliver && sys.Links[c.Link].Fair {
		answers[message(c.Link, j.Links[c.Link][c.Position])] = true
	}
	return answers
}

// renewsOf says which timers a step starts anew.
func renewsOf(sys *fsm.System, out *fsm.Outcome) set {
	renews := set{}
	for _, t := range out.Started {
		for _, o := range declared(sys, func(f fsm.Fairness) bool {
			if f.Strong || f.Event < 0 || f.Instance != t.Instance {
				return false
			}
			e := sys.MachineOf(f.Instance).Events[f.Event]
			return e.Kind == fsm.Fire && e.Timer == t.Timer
		}) {
			renews[o] = true
		}
	}
	return renews
}

// makesOf says which messages a step sends that the receiver is sure to take, were each alone in its link.
func makesOf(sys *fsm.System, out *fsm.Outcome) set {
	makes := set{}
	for _, s := range out.Sent {
		l := sys.Links[s.Link]
		if !l.Fair || !l.Lose || l.Kind != fsm.Network {
			continue
		}
		alone := out.Joint.Clone()
		alone.Links[s.Link] = []fsm.Packet{s.Packet}
		if fsm.Sure(sys, alone, fsm.Choice{Kind: fsm.Deliver, Link: s.Link}) {
			makes[message(s.Link, s.Packet)] = true
		}
	}
	return makes
}

// enabledOf says what could be satisfied by a step from a joint state, wherever that leads.
func enabledOf(sys *fsm.System, j *fsm.Joint) set {
	enabled := set{}
	for _, c := range fsm.Choices(sys, j) {
		if !fsm.Sure(sys, j, c) {
			continue
		}
		for o := range answersOf(sys, j, c) {
			enabled[o] = true
		}
	}
	return enabled
}

// live decides a property of runs that never end, and records whether it is violated.
func (x *explored) live(t failer, sys *fsm.System, p *fsm.Property) {
	if x.fair == nil {
		x.fair = newFairRuns(t, sys, x.order)
	}
	if x.fair.breaks(t, x, p) {
		x.shows[p] = 0
	}
}

func newFairRuns(t failer, sys *fsm.System, order []*fsm.Joint) *fairRuns {
	r := &fairRuns{sys: sys, at: map[string]int{}, states: order}
	for i, j := range order {
		r.at[j.Key()] = i
	}
	seen := set{}
	for i, j := range order {
		r.enabled = append(r.enabled, enabledOf(sys, j))
		r.edges = append(r.edges, fairEdge{i, i, set{}, set{}, set{}})
		for _, c := range fsm.Choices(sys, j) {
			out, err := fsm.Step(sys, j, c)
			if err != nil {
				continue
			}
			if to, stored := r.at[out.Joint.Key()]; stored {
				r.edges = append(r.edges, fairEdge{i, to, answersOf(sys, j, c), renewsOf(sys, out), makesOf(sys, out)})
			}
		}
		for o := range r.enabled[i] {
			seen[o] = true
		}
	}
	for _, e := range r.edges {
		for o := range e.makes {
			seen[o] = true
		}
	}
	for o := range seen {
		r.asked = append(r.asked, o)
	}
	slices.Sort(r.asked)
	return r
}

// breaks reports whether some fair run breaks the property: from a state in which what must come has become due, it goes on
// for ever in states in which it has not come. The greatest set of edges is computed of which each has a next one, and each
// gets, within the set, to where fairness is satisfied.
func (r *fairRuns) breaks(t failer, x *explored, p *fsm.Property) bool {
	in := r.reached(x, p)
	live := make([]bool, len(r.edges))
	for i, e := range r.edges {
		live[i] = in[e.from] && in[e.to]
	}
	for changed := true; changed; {
		changed = r.keep(live, func(fairEdge) bool { return true }, func(fairEdge) bool { return true }, true)
		for _, o := range r.asked {
			isWeak := o[0] == 'w'
			asks := func(e fairEdge) bool { return isWeak || r.enabled[e.from][o] || e.makes[o] }
			good := func(e fairEdge) bool {
				return e.answers[o] || isWeak && (e.renews[o] || !r.enabled[e.from][o])
			}
			changed = r.keep(live, asks, good, false) || changed
		}
	}
	return slices.Contains(live, true)
}

// reached finds the states that can be reached, after what must come is due and before it has come.
func (r *fairRuns) reached(x *explored, p *fsm.Property) []bool {
	holds := func(e *fsm.Expr, j *fsm.Joint) bool {
		v, err := fsm.Eval(r.sys, j, e)
		return err == nil && v != 0
	}
	goal := p.P
	if p.Kind == fsm.LeadsTo {
		goal = p.Q
	}
	in := make([]bool, len(r.states))
	for i, j := range r.states {
		due := p.Kind == fsm.InfinitelyOften || p.Kind == fsm.Eventually && x.depth[j.Key()] == 0 || p.Kind == fsm.LeadsTo && holds(p.P, j)
		in[i] = due && !holds(goal, j)
	}
	for changed := true; changed; {
		changed = false
		for _, e := range r.edges {
			if in[e.from] && !in[e.to] && !holds(goal, r.states[e.to]) {
				in[e.to], changed = true, true
			}
		}
	}
	return in
}

// keep drops the live edges that ask for something, and get to nothing good along live edges; next says that the edge
// itself does not count. It reports whether any was dropped.
func (r *fairRuns) keep(live []bool, asks, good func(fairEdge) bool, next bool) bool {
	gets := make([]bool, len(r.states)) // by state: from it something good can be got to
	for changed := true; changed; {
		changed = false
		for i, e := range r.edges {
			if live[i] && !gets[e.from] && (good(e) || gets[e.to]) {
				gets[e.from], changed = true, true
			}
		}
	}
	dropped := false
	for i, e := range r.edges {
		if live[i] && asks(e) && !gets[e.to] && (next || !good(e)) {
			live[i], dropped = false, true
		}
	}
	return dropped
}

// isLasso says why a trace is not a fair run that breaks the property, if it is not one.
func isLasso(t failer, sys *fsm.System, p *fsm.Property, trace *fsm.Trace) error {
	joints := []*fsm.Joint{&trace.Start}
	for _, s := range trace.Steps {
		joints = append(joints, s.Outcome.Joint)
	}
	if trace.Loop < 0 || trace.Loop >= len(joints) || !joints[trace.Loop].Equal(joints[len(joints)-1]) {
		return fmt.Errorf("the trace does not return to %d", trace.Loop)
	}
	if !stillDue(sys, p, joints, trace.Loop) {
		return fmt.Errorf("what must come has come")
	}
	always, sometimes, answered, renewed := enabledOf(sys, joints[trace.Loop]), set{}, set{}, set{}
	for i := trace.Loop; i < len(joints); i++ {
		enabled := enabledOf(sys, joints[i])
		for o := range enabled {
			sometimes[o] = true
		}
		for o := range always {
			if !enabled[o] {
				delete(always, o)
			}
		}
		if i == len(trace.Steps) {
			break
		}
		out, err := fsm.Step(sys, joints[i], trace.Steps[i].Choice)
		require.NoError(t, err)
		for o := range answersOf(sys, joints[i], trace.Steps[i].Choice) {
			answered[o] = true
		}
		for o := range renewsOf(sys, out) {
			renewed[o] = true
		}
		for o := range makesOf(sys, out) {
			sometimes[o] = true
		}
	}
	for o := range sometimes {
		if o[0] == 's' && !answered[o] || o[0] == 'w' && always[o] && !answered[o] && !renewed[o] {
			return fmt.Errorf("the loop is not fair to %s", o)
		}
	}
	return nil
}

// stillDue reports whether what must come becomes due in the trace and has not come in any state from then on.
func stillDue(sys *fsm.System, p *fsm.Property, joints []*fsm.Joint, loop int) bool {
	due := p.Kind == fsm.Eventually
	for i, j := range joints {
		goal := p.P
		if p.Kind == fsm.LeadsTo {
			first, _ := fsm.Eval(sys, j, p.P)
			due, goal = due || first != 0, p.Q
		}
		due = due || p.Kind == fsm.InfinitelyOften && i == loop
		if came, _ := fsm.Eval(sys, j, goal); came != 0 {
			due = false
		}
	}
	return due
}
