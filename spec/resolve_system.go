package spec

import (
	"fmt"

	"interlock/fsm"
)

// Limits on systems.
const (
	maxInstances = 256  // instances of one system
	maxLinks     = 4096 // links of one system, one for each pair of instances
	maxCapacity  = 64   // messages in one link
	maxCrashes   = 255  // crashes of one instance
)

// system is a declared system on its way to its fsm.System.
type system struct {
	c         *compiler
	decl      *SystemDecl
	ir        *fsm.System
	names     names
	groups    []*group
	members   []SystemMember // once switches are decided
	hidden    bool           // a part of it could not be read
	linked    bool           // links are lowered: views into them can be
	badJoints bool           // some joint transition has a mistake
	badCrash  bool           // some crash has a mistake
	badLinks  bool           // some link has a mistake: nothing is told of missing ones
	between   map[[2]int][]int
	carrier   map[carried]*LinkDecl
	sends     [][]sending // by instance
	joints    map[string][]int
	verdicts  map[string]fsm.Span // names of properties and scenarios
}

// group is a declared instance, or an array of them.
type group struct {
	name     Ident
	decl     *Instance
	machine  *machine // nil: unknown
	first    int      // index of its first instance
	count    int      // 0: a mistake in it was told
	array    bool
	misnamed bool // a binding has a name that the machine does not know
}

func newSystem(c *compiler, d *SystemDecl) *system {
	return &system{
		c: c, decl: d, hidden: d.Bad, between: map[[2]int][]int{}, carrier: map[carried]*LinkDecl{}, joints: map[string][]int{},
		verdicts: map[string]fsm.Span{}, ir: &fsm.System{Name: d.Name.Name, Doc: d.Doc, Span: d.Name.Span},
	}
}

func (s *system) groupNames() []string {
	var list []string
	for _, g := range s.groups {
		list = append(list, g.name.Name)
	}
	return list
}

// env is the environment of text in a system. Ghosts may be read unless it is the guard of a step.
func (s *system) env(where string) *env {
	return &env{c: s.c, sys: s, host: s, inst: fsm.OwnInstance, ghosts: true, where: where}
}

// shapeSystems declares instances and variables. How large the arrays are bounds self and from in the machines.
func (c *compiler) shapeSystems() {
	for _, s := range c.systems.list {
		c.spec.Systems = append(c.spec.Systems, s.ir)
		s.members = s.active(nil, s.decl.Members)
		for _, member := range s.members {
			s.declareMember(member)
		}
	}
	for _, m := range c.machines.list {
		for _, p := range m.peers {
			if p.machine != nil {
				p.machine.senders = max(p.machine.senders, m.top)
			}
		}
	}
}

func (s *system) active(list, members []SystemMember) []SystemMember {
	for _, member := range members {
		sw, ok := member.(*IfSystem)
		if !ok {
			list = append(list, member)
			continue
		}
		if chosen, known := s.c.decide(sw.Cond, sw.Then, sw.Else); known {
			list = s.active(list, chosen.([]SystemMember))
		} else {
			s.hidden = true
		}
	}
	return list
}

func (s *system) declareMember(member SystemMember) {
	switch d := member.(type) {
	case *Instance:
		s.declareInstance(d)
	case *VarDecl:
		v, typ := s.c.variable(d, &env{c: s.c, inst: fsm.OwnInstance, where: "the first value of a variable"})
		if d.Durable || d.Shared {
			s.c.tell("variable-kind", d.Name.Span, "variables of a system are neither durable nor shared").
				help("Nothing of them is lost in a crash, and machines may share any of them.")
		}
		sym := &symbol{kind: symSystemVar, name: d.Name, index: len(s.ir.Vars), typ: typ, ghost: d.Ghost}
		s.ir.Vars = append(s.ir.Vars, v)
		s.c.declareSymbol(&s.names, sym)
	case *PredicateDecl:
		s.c.declareSymbol(&s.names, &symbol{kind: symPredicate, name: d.Name, predicate: &predicate{decl: d, sys: s}})
	case *NodeDecl:
		s.c.declareSymbol(&s.names, &symbol{kind: symNode, name: d.Name})
	case *Joint:
		s.c.declareSymbol(&s.names, &symbol{kind: symJoint, name: d.Name})
	}
}

func (s *system) declareInstance(d *Instance) {
	g := &group{name: d.Name, decl: d, first: len(s.ir.Instances), array: d.Count != nil}
	s.groups = append(s.groups, g)
	s.c.declareSymbol(&s.names, &symbol{kind: symInstance, name: d.Name, group: g, element: -1})
	m, ok := s.c.machines.find(d.Machine.Name)
	if !ok {
		if !s.c.hidden && d.Machine.Name != "" {
			s.c.unknownMachine(d.Machine)
		}
		return
	}
	g.machine = m
	n := 1
	if d.Count != nil {
		var known bool
		if n, known = s.c.length(d.Count, "an array of instances", maxInstances); !known {
			return
		}
	}
	if len(s.ir.Instances)+n > maxInstances {
		s.c.tell("limit", d.Name.Span, "system %s has %d instances; the limit is %d", quote(s.decl.Name.Name),
			len(s.ir.Instances)+n, maxInstances)
		return
	}
	g.count = n
	m.top = max(m.top, int64(n-1))
	for i := range n {
		name := d.Name.Name
		if g.array {
			name = fmt.Sprintf("%s[%d]", name, i)
		}
		s.ir.Instances = append(s.ir.Instances,
			&fsm.Instance{Name: name, Doc: d.Doc, Group: d.Name.Name, Index: i, Array: g.array, Machine: m.index, Span: d.Name.Span})
	}
}
