package spec

import (
	"slices"

	"interlock/fsm"
)

// maxStateDepth bounds how deep states nest.
const maxStateDepth = 32

// state is a declared state on its way: only leaves become an fsm.State.
type state struct {
	name     string
	full     string // with its enclosing states
	span     fsm.Span
	doc      string
	parent   *state // nil for the root, which stands for the machine
	children []*state
	byName   map[string]*state
	initial  *state // the child that is entered first
	final    bool
	leaf     int // index in Machine.States; -1 for a composite state
	depth    int
	members  []StateMember
	entry    []*fsm.Stmt
	exit     []*fsm.Stmt
	holder   holder
}

// shapeStates collects the tree of states and numbers its leaves in the order of the text.
func (m *machine) shapeStates() {
	m.root = &state{byName: map[string]*state{}, leaf: -1}
	for _, member := range m.members {
		if d, ok := member.(*StateDecl); ok {
			m.declareState(m.root, d)
		}
	}
	if len(m.leaves) == 0 {
		if !m.hidden {
			m.c.tell("no-initial", m.decl.Name.Span, "machine %s has no states", quote(m.decl.Name.Name)).
				help("Give it an `initial state`.")
		}
		return
	}
	if m.root.initial == nil && !m.hidden {
		m.c.tell("no-initial", m.decl.Name.Span, "machine %s has no initial state", quote(m.decl.Name.Name)).
			help("Write `initial` before one of its states.")
	}
	if first := m.root.initial; first != nil {
		leaf := first.descend()
		if leaf == nil {
			m.noInner(first, first.span)
			return
		}
		m.ir.Initial = leaf.leaf
	}
}

func (m *machine) declareState(parent *state, d *StateDecl) {
	if d.Name.Name == "" {
		m.hidden = true
		return
	}
	if d.Name.Name == "Down" {
		m.c.tell("reserved-name", d.Name.Span, "%s is the state of a crashed machine", quote("Down")).
			help("Choose another name.")
		return
	}
	if first, twice := parent.byName[d.Name.Name]; twice {
		m.c.duplicate(d.Name, "state", first.span)
		return
	}
	s := &state{name: d.Name.Name, full: d.Name.Name, span: d.Name.Span, doc: d.Doc, parent: parent, leaf: -1,
		byName: map[string]*state{}, final: d.Final || parent.final, depth: parent.depth + 1}
	if parent.parent != nil {
		s.full = parent.full + "." + s.name
	}
	if s.depth > maxStateDepth {
		m.c.tell("limit", d.Name.Span, "states nest more than %d deep", maxStateDepth)
		return
	}
	parent.children = append(parent.children, s)
	parent.byName[s.name] = s
	m.bySimple[s.name] = append(m.bySimple[s.name], s)
	if d.Initial && parent.initial != nil {
		m.c.tell("two-initials", d.Name.Span, "%s cannot be initial as well", quote(d.Name.Name)).
			label(parent.initial.span, "this is the initial state").help("Take one `initial` away.")
	} else if d.Initial {
		parent.initial = s
	}
	s.members = m.activeState(nil, d.Members)
	for _, member := range s.members {
		if inner, ok := member.(*StateDecl); ok {
			m.declareState(s, inner)
		}
	}
	if len(s.children) == 0 {
		s.leaf = len(m.leaves)
		m.leaves = append(m.leaves, s)
		m.ir.States = append(m.ir.States,
			fsm.State{Name: s.full, Doc: s.doc, Enclosing: s.enclosing(), Final: s.final, Span: s.span})
	}
}

// enclosing lists the names of the states round a state, outermost first.
func (s *state) enclosing() []string {
	var list []string
	for p := s.parent; p.parent != nil; p = p.parent {
		list = append(list, p.full)
	}
	slices.Reverse(list)
	return list
}

// descend is the leaf that entering a state leads to, or nil if some composite state has no initial one.
func (s *state) descend() *state {
	for s != nil && s.leaf < 0 {
		s = s.initial
	}
	return s
}

// leavesOf lists the leaves in a state, itself if it is one, in order.
func (s *state) leavesOf(list []int) []int {
	if s.leaf >= 0 {
		return append(list, s.leaf)
	}
	for _, child := range s.children {
		list = child.leavesOf(list)
	}
	return list
}

// encloses reports whether o lies in s, or is s.
func (s *state) encloses(o *state) bool {
	for ; o != nil; o = o.parent {
		if o == s {
			return true
		}
	}
	return false
}

// noInner tells of a composite state that is entered but does not say where to begin.
func (m *machine) noInner(s *state, at fsm.Span) {
	for s.leaf < 0 && s.initial != nil {
		s = s.initial
	}
	m.c.tell("composite-without-initial", at, "%s holds states, and none of them is initial", quote(s.full)).
		labelElsewhere(at, s.span).help("Write `initial` before one of them, or go to one of them by name.")
}

// find resolves a reference to a state. A simple name is looked for among the states beside the place where it stands, then
// further out, then anywhere in the machine if only one state has it. It tells and returns nil if there is none.
func (m *machine) find(ref StateRef, from *state) *state {
	if len(ref.Path) == 0 || ref.Path[0].Name == "" {
		return nil
	}
	first := ref.Path[0]
	var s *state
	for at := from; at != nil && s == nil; at = at.parent {
		s = at.byName[first.Name]
	}
	if s == nil {
		switch found := m.bySimple[first.Name]; {
		case len(found) == 1:
			s = found[0]
		case len(found) > 1:
			m.c.tell("ambiguous", first.Span, "%s is the name of several states", quote(first.Name)).
				label(found[0].span, "%s", found[0].full).label(found[1].span, "%s", found[1].full).
				help("Write `%s`.", found[0].full)
			return nil
		default:
			m.unknownState(first, m.stateNames())
			return nil
		}
	}
	for _, id := range ref.Path[1:] {
		if id.Name == "" {
			return nil
		}
		inner := s.byName[id.Name]
		if inner == nil {
			var names []string
			for _, child := range s.children {
				names = append(names, child.name)
			}
			m.unknownState(id, names)
			return nil
		}
		s = inner
	}
	return s
}

func (m *machine) stateNames() []string {
	var names []string
	var walk func(*state)
	walk = func(s *state) {
		for _, child := range s.children {
			names = append(names, child.name)
			walk(child)
		}
	}
	walk(m.root)
	return names
}

func (m *machine) unknownState(id Ident, candidates []string) {
	if m.hidden {
		return
	}
	if id.Name == "Down" {
		m.c.tell("unknown-state", id.Span, "`Down` is reached by a crash only").
			help("Declare `crash … at most n` in a system.")
		return
	}
	m.c.unknown(m, "unknown-state", id, "machine %s has no state %s", m.decl.Name.Name, quote(id.Name)).suggest(id, candidates)
}

// path reads an expression such as Outer.Inner as a reference to a state.
func path(x Expr) (ref StateRef, ok bool) {
	switch x := x.(type) {
	case *NameExpr:
		return StateRef{Path: []Ident{{x.Name, x.Span}}, Span: x.Span}, true
	case *SelectorExpr:
		ref, ok = path(x.X)
		ref.Path = append(ref.Path, x.Sel)
		ref.Span = x.Span
		return ref, ok
	}
	return StateRef{}, false
}

// namesStates reports whether all expressions read like states of the machine.
func (e *env) namesStates(list []Expr) bool {
	for _, x := range list {
		ref, ok := path(x)
		if !ok || ref.Path[0].Name != "Down" && len(e.m.bySimple[ref.Path[0].Name]) == 0 {
			return false
		}
	}
	return true
}

// states resolves the list after "x in" to leaf states.
func (e *env) states(m *machine, list []Expr) (leaves []int, ok bool) {
	ok = true
	for _, x := range list {
		ref, isPath := path(x)
		if !isPath {
			if !x.IsBad() {
				e.c.tell("unknown-state", x.Pos(), "states of %s are wanted after `in`", quote(m.decl.Name.Name))
			}
			ok = false
			continue
		}
		if len(ref.Path) == 1 && ref.Path[0].Name == "Down" {
			leaves = append(leaves, fsm.Down)
			continue
		}
		s := m.find(ref, m.root)
		if s == nil {
			ok = false
			continue
		}
		leaves = s.leavesOf(leaves)
	}
	slices.Sort(leaves)
	return slices.Compact(leaves), ok
}

// ownState lowers "self in A, B" in a machine.
func (e *env) ownState(x *InExpr) *fsm.Expr {
	leaves, ok := e.states(e.m, x.List)
	if !ok {
		return nil
	}
	return e.node(fsm.Expr{Op: fsm.OpIn, Type: fsm.BoolType, Instance: e.inst, States: leaves, Span: x.Span})
}

// inStates lowers "x in A, B" of an instance.
func (e *env) inStates(ref *instanceRef, x *InExpr) *fsm.Expr {
	if ref == nil || ref.group.machine == nil {
		return nil
	}
	leaves, ok := e.states(ref.group.machine, x.List)
	if !ok {
		return nil
	}
	return e.perInstance(ref, func(i int) *fsm.Expr {
		return e.node(fsm.Expr{Op: fsm.OpIn, Type: fsm.BoolType, Instance: i, States: leaves, Span: x.Span})
	})
}
