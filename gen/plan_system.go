package gen

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// maxTuples bounds the reachable tuples of control states of a generated joint machine: each is a constant.
const maxTuples = 1 << 16

// seqBits is the least width of a step counter that is kept in the word.
const seqBits = 16

// system is an atomic system with its Go names: the joint machine.
type system struct {
	*fsm.System
	tuples    [][]int
	name, low string
	fields    []string // by variable, the field of the unpacked joint state; of ghosts, ""
	groups    []*group
	instances []*instance
	states    []string // by tuple, the Go constant
	texts     []string // by tuple, its name as text
	parts     []part
	width     int // of all parts
	seq       int // of the step counter; 0: it is kept beside the word
	roots     []*root
	start     *root
	answers   []arg                            // of extern guards and any in messages handed over: fields of the unpacked joint state
	reached   []groupEvent                     // messages that can be handed over
	asked     map[int]string                   // by extern guard, the field that answers it there
	chosen    map[groupEvent]map[string]string // by anyKey, the field with the value
	packet    *merge
	effects   *merge
	kinds     []*systemOrder
	queue     int // messages of one step
	bound     int // effects of one step
	table     *jointTable
	known     *knownSteps
}

// group is an instance, or an array of them.
type group struct {
	index   int
	source  string // its name in the spec
	name    string // exported
	field   string // of the unpacked joint state
	machine *machine
	first   int
	count   int
	array   bool
}

// instance is one machine of the system.
type instance struct {
	*fsm.Instance
	machine *machine
	group   *group
	record  string // its place in the unpacked joint state
}

// part is a field of the word.
type part struct {
	name  string // for people
	place string // in the unpacked joint state
	typ   *fsm.Type
	width int
	shift int
}

// groupEvent is an event at the machines of a group.
type groupEvent struct{ group, event int }

// root is what the environment can ask of the joint machine.
type root struct {
	group  *group // of an event
	event  *event
	joints []int // of a joint transition: its instances
	name   string
	text   string
	kind   string // Go constant
	method string
	args   []arg
	own    []string          // the arguments of the event's core
	sets   [][2]string       // fields of the unpacked joint state and the parameters that they are set to
	asked  map[int]string    // of a joint: by extern guard, the parameter with the answer
	chosen map[string]string // of a joint and the start: by owner and anyKey
}

// systemOrder is an effect of a machine as one of the system.
type systemOrder struct {
	group *group
	*orderKind
	goName string
	fields []string
}

// planSystem claims the Go names of a joint machine.
func (g *generator) planSystem(src *fsm.System, space *fsm.ControlSpace) *system {
	s := &system{System: src, tuples: space.Tuples, name: exported(src.Name), low: lowered(src.Name), asked: map[int]string{},
		chosen: map[groupEvent]map[string]string{}}
	g.declare(s.name, "the system "+src.Name)
	if len(s.tuples) > maxTuples || len(s.tuples) == 0 {
		g.fail("system %s has %d joint states of control: a joint machine has 1..%d", src.Name, len(s.tuples), maxTuples)
		return s
	}
	used := distinct{"out": true, "queue": true, "head": true, "tail": true}
	g.planGroups(s, used)
	for _, v := range src.Vars {
		if v.Ghost {
			s.fields = append(s.fields, "")
			continue
		}
		s.fields = append(s.fields, used.name(local(v.Name)))
	}
	g.planTuples(s)
	g.planLayout(s)
	g.planReached(s, used)
	g.planRoots(s)
	g.planBounds(s)
	g.planKinds(s)
	return s
}

// planGroups finds the instances and arrays of instances.
func (g *generator) planGroups(s *system, used distinct) {
	for i, in := range s.Instances {
		m := g.machines[in.Machine]
		if n := len(s.groups); n == 0 || !in.Array || s.Instances[i-1].Group != in.Group {
			s.groups = append(s.groups, &group{index: n, source: in.Group, name: exported(in.Group), field: used.name(local(in.Group)), machine: m, first: i, array: in.Array})
		}
		gr := s.groups[len(s.groups)-1]
		gr.count++
		record := "w." + gr.field
		if gr.array {
			record += fmt.Sprintf("[%d]", in.Index)
		}
		s.instances = append(s.instances, &instance{in, m, gr, record})
	}
}

// planTuples names the joint states of control.
func (g *generator) planTuples(s *system) {
	for _, tuple := range s.tuples {
		text := s.ControlName(tuple)
		s.texts = append(s.texts, text)
		s.states = append(s.states, g.declare(s.name+text, "the joint state "+text+" of "+s.Name))
	}
}

// planLayout gives each part of the joint state its bits: the control states lowest, then variables and timers; the rest is the
// step counter's.
func (g *generator) planLayout(s *system) {
	add := func(name, place string, typ *fsm.Type, width int) {
		if width > 0 {
			s.parts = append(s.parts, part{name, place, typ, width, s.width})
			s.width += width
		}
	}
	add("control", "", nil, bitsFor(int64(len(s.tuples)-1)))
	variable := func(name, place string, t *fsm.Type) {
		g.eachSlot(name, place, t, func(name, place string, t *fsm.Type) { add(name, place, t, bitsFor(t.Hi-t.Lo)) })
	}
	for i, v := range s.Vars {
		if !v.Ghost {
			variable(v.Name, "w."+s.fields[i], v.Type)
		}
	}
	for _, in := range s.instances {
		for i, v := range in.machine.Vars {
			if !v.Ghost && !v.Shared {
				variable(in.Name+"."+v.Name, in.record+"."+in.machine.fields[i], v.Type)
			}
		}
		if n := len(in.machine.Timers); n > 0 {
			add("timers of "+in.Name, in.record+".armed", nil, n)
		}
	}
	if s.width > 64 {
		var widths []string
		for _, p := range s.parts {
			widths = append(widths, fmt.Sprintf("%s %d", p.name, p.width))
		}
		g.fail("system %s: its joint state takes %d bits and a word has 64: %s", s.Name, s.width, strings.Join(widths, ", "))
	}
	if 64-s.width >= seqBits {
		s.seq = 64 - s.width
	}
}

// eachSlot visits the scalars of a variable.
func (g *generator) eachSlot(name, place string, t *fsm.Type, visit func(name, place string, t *fsm.Type)) {
	if t.Kind != fsm.Array {
		visit(name, place, t)
		return
	}
	for i := range t.Len {
		g.eachSlot(fmt.Sprintf("%s[%d]", name, i), fmt.Sprintf("%s[%d]", place, i), t.Elem, visit)
	}
}

// bitsFor is the number of bits for 0..hi.
func bitsFor(hi int64) int {
	n := 0
	for ; hi > 0; hi >>= 1 {
		n++
	}
	return n
}

// receives finds the event of a message at a machine, or -1.
func (m *machine) receives(message int) int {
	return slices.IndexFunc(m.Events, func(e fsm.Event) bool { return e.Kind == fsm.Receive && e.Message == message })
}

// targets lists where a send from a group can arrive.
func (s *system) targets(gr *group, send *fsm.Stmt) []groupEvent {
	var all []groupEvent
	for _, in := range s.instances[gr.first : gr.first+gr.count] {
		for _, to := range in.Peers[send.Peer] {
			receiver := s.instances[to].group
			at := groupEvent{receiver.index, receiver.machine.receives(send.Message)}
			if at.event >= 0 && !slices.Contains(all, at) {
				all = append(all, at)
			}
		}
	}
	return all
}

// owned is a body and the group of the machine that it belongs to.
type owned struct {
	group *group
	body  []*fsm.Stmt
}

// bodiesOf are the bodies that can answer an event.
func (s *system) bodiesOf(at groupEvent) []owned {
	var all []owned
	gr := s.groups[at.group]
	for _, t := range gr.machine.Transitions {
		if t.Event == at.event && t.Answer == fsm.Take {
			all = append(all, owned{gr, t.Body})
		}
	}
	return all
}

// reach lists every message that can be handed over in a step that begins with one of the bodies.
func (s *system) reach(begin []owned) []groupEvent {
	var found []groupEvent
	for len(begin) > 0 {
		o := begin[0]
		begin = begin[1:]
		walkStmts(o.body, func(st *fsm.Stmt) {
			if st.Op != fsm.Send {
				return
			}
			for _, at := range s.targets(o.group, st) {
				if !slices.Contains(found, at) {
					found = append(found, at)
					begin = append(begin, s.bodiesOf(at)...)
				}
			}
		})
	}
	slices.SortFunc(found, func(a, b groupEvent) int {
		if a.group != b.group {
			return a.group - b.group
		}
		return a.event - b.event
	})
	return found
}

// entries are the bodies that run when the system starts.
func (s *system) entries() []owned {
	var all []owned
	for _, in := range s.instances {
		all = append(all, owned{in.group, in.machine.Entry})
	}
	return all
}

// jointBodies are the bodies of the parts of a joint transition.
func (s *system) jointBodies(j int) []owned {
	var all []owned
	for _, p := range s.Joints[j].Parts {
		for _, b := range p.Bodies {
			all = append(all, owned{s.instances[p.Instance].group, b})
		}
	}
	return all
}

// everything is all bodies that a step or the start can begin with.
func (s *system) everything() []owned {
	all := s.entries()
	for _, gr := range s.groups {
		for i, e := range gr.machine.Events {
			if e.Kind != fsm.Receive {
				all = append(all, s.bodiesOf(groupEvent{gr.index, i})...)
			}
		}
	}
	for j := range s.Joints {
		all = append(all, s.jointBodies(j)...)
	}
	return all
}

// planReached gives the answers and choices of messages that are handed over fields of the unpacked joint state. One answer
// serves a guard for all arguments that it is asked with in a step, and one value serves every element of an array.
func (g *generator) planReached(s *system, used distinct) {
	s.reached = s.reach(s.everything())
	for _, at := range s.reached {
		gr := s.groups[at.group]
		e := gr.machine.events[at.event]
		s.chosen[at] = map[string]string{}
		for _, a := range e.args {
			switch a.role {
			case roleExtern:
				if s.asked[a.extern] == "" {
					a.name = used.name(local("answer_" + g.spec.Externs[a.extern].Name))
					a.label = g.spec.Externs[a.extern].Name
					s.asked[a.extern] = a.name
					s.answers = append(s.answers, a)
				}
			case roleAny:
				key := keyOf(e.anys, a.name)
				a.name = used.name(local(fmt.Sprintf("choice_%s_%s_%s", gr.name, e.Name, a.name)))
				a.label = gr.name + exported(e.Name) + a.label
				s.chosen[at][key] = a.name
				s.answers = append(s.answers, a)
			}
		}
	}
}

// keyOf finds the key of a value; the values differ.
func keyOf(m map[string]string, value string) string {
	for k, v := range m { // in any order: the values differ
		if v == value {
			return k
		}
	}
	return ""
}
