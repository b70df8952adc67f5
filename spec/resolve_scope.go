package spec

import (
	"interlock/fsm"
)

// symbolKind is what a name stands for.
type symbolKind uint8

const (
	symLocal     symbolKind = iota // an event parameter, a quantified value: expr
	symInstance                    // an array of instances, or one of them: group, element
	symPeer                        // a peer, or one element of an array of them: index, element
	symParam                       // a parameter of the machine: index
	symVar                         // a variable of the machine: index
	symTimer                       // index
	symInput                       // index
	symInternal                    // index
	symPredicate                   // of a machine or a system: predicate
	symSystemVar                   // index
	symJoint                       // a joint transition, or several by its parameters
	symNode                        // a declared node
	symGlobal                      // constant, predicate or extern guard at file level: value
)

// String is the kind as it stands in messages.
func (k symbolKind) String() string {
	return [...]string{"a parameter", "an instance", "a peer", "a parameter of the machine", "a variable", "a timer", "an input",
		"an internal event", "a predicate", "a variable of the system", "a joint transition", "a node", "a constant"}[k]
}

// symbol is what a name means where it stands.
type symbol struct {
	kind      symbolKind
	name      Ident
	index     int
	typ       *fsm.Type // of values; nil: a mistake in it was told
	ghost     bool
	expr      *fsm.Expr // of a local
	group     *group
	element   int // of an instance or peer in its array; -1: all of it, or the single one
	predicate *predicate
	value     *valueDecl
}

// what describes a symbol in a message.
func (s *symbol) what() string {
	if s.kind == symGlobal && s.value.predicate != nil {
		return "a predicate"
	}
	if s.kind == symGlobal && s.value.extern != nil {
		return "an extern guard"
	}
	return s.kind.String()
}

// valueType is the type of the value that a symbol stands for, or nil if it is no value or not known yet.
func (s *symbol) valueType() *fsm.Type {
	switch {
	case s == nil:
		return nil
	case s.kind == symLocal && s.expr != nil:
		return s.expr.Type
	case s.kind == symGlobal && s.value.constant != nil && s.value.value != nil:
		return s.value.value.Type
	}
	return s.typ
}

// names is one scope: what a machine or a system declares.
type names = table[*symbol]

// declareSymbol adds a name to a scope of a machine or a system, or tells that it is taken.
func (c *compiler) declareSymbol(scope *names, s *symbol) {
	if s.name.Name == "" {
		return
	}
	if first, taken := scope.find(s.name.Name); taken {
		c.duplicate(s.name, s.kind.String(), first.name.Span)
		return
	}
	scope.add(s.name.Name, s)
}

// local is a name bound by an event pattern, a quantifier, a for or a predicate.
type local struct {
	symbol
	next *local
}

// env is where an expression or a body stands: what its names mean and what it may do. It is passed by value where
// something is added.
type env struct {
	c      *compiler
	m      *machine // the machine whose names are visible, or nil
	inst   int      // whose variables these are, in a system; OwnInstance in the machine itself
	sys    *system  // the system whose names are visible, or nil
	host   *system  // the system that the instances are of, or nil
	locals *local
	self   *fsm.Expr // what self is, where it has a meaning
	from   *fsm.Type // what from may be, where it has a meaning
	extern bool      // extern guards may be asked
	ghosts bool      // ghost variables may be read
	dead   bool      // it is never evaluated: a value out of range is no mistake
	trial  bool      // a predicate is looked at by itself: what its parameters are is known only where it is used
	where  string    // names the place in messages
	blame  fsm.Span  // the use of the predicate that is expanded
}

// with returns the environment with one more name.
func (e env) with(s symbol) *env {
	e.locals = &local{symbol: s, next: e.locals}
	return &e
}

// unevaluated returns the environment for text that a constant switches off.
func (e env) unevaluated() *env {
	e.dead = true
	return &e
}

// lookup finds what a name means, from the inside out; nil if nothing but a value of an enum can be meant.
func (e *env) lookup(name string) *symbol {
	for l := e.locals; l != nil; l = l.next {
		if l.name.Name == name {
			return &l.symbol
		}
	}
	if e.m != nil {
		if s, ok := e.m.names.find(name); ok {
			return s
		}
	}
	if e.sys != nil {
		if s, ok := e.sys.names.find(name); ok {
			return s
		}
	}
	if d, ok := e.c.values.find(name); ok {
		return &symbol{kind: symGlobal, name: d.name, value: d, predicate: d.predicate}
	}
	return nil
}

// hidden reports whether an unknown name may be declared in a part of the text that could not be read.
func (e *env) hidden() bool {
	return e.c.hidden || e.m != nil && e.m.hidden || e.sys != nil && e.sys.hidden
}

// candidates are the names that may have been meant.
func (e *env) candidates(want *fsm.Type) []string {
	var list []string
	for l := e.locals; l != nil; l = l.next {
		list = append(list, l.name.Name)
	}
	if want != nil && want.Kind == fsm.Enum {
		for _, v := range want.Values {
			list = append(list, v.Name)
		}
	}
	if e.m != nil {
		for _, s := range e.m.names.list {
			if s.kind != symInput && s.kind != symInternal && s.kind != symPeer {
				list = append(list, s.name.Name)
			}
		}
	}
	if e.sys != nil {
		list = append(list, e.sys.names.names...)
	}
	list = append(list, e.c.values.names...)
	if want == nil {
		for _, d := range e.c.types.list {
			if d.enum != nil && d.typ != nil {
				for _, v := range d.typ.Values {
					list = append(list, v.Name)
				}
			}
		}
	}
	return list
}

// scope is whose names are visible: a system's, a machine's, or those of the file level only.
func (e *env) scope() any {
	switch {
	case e.sys != nil:
		return e.sys
	case e.m != nil:
		return e.m
	}
	return nil
}

// unknownName tells of a name that means nothing.
func (e *env) unknownName(id Ident, want *fsm.Type) {
	if e.hidden() || id.Name == "" {
		return
	}
	if e.m != nil && e.sys == nil {
		for _, s := range e.c.systems.list {
			if v, ok := s.names.find(id.Name); ok && v.kind == symSystemVar {
				e.c.unknown(e.m, "system-variable", id, "%s is a variable of system %s, which a machine does not see", quote(id.Name),
					quote(s.decl.Name.Name)).label(v.name.Span, "declared here").
					help("Declare `shared var %s` with the same type in machine %s.", id.Name, e.m.decl.Name.Name)
				return
			}
		}
	}
	if want != nil && want.Kind == fsm.Enum {
		e.c.unknown(want.Name, "unknown-value", id, "%s is not a value of %s", quote(id.Name), want.Name).suggest(id, valueNames(want))
		return
	}
	if t, ok := e.c.types.find(id.Name); ok {
		e.c.tell("type-as-value", id.Span, "%s is a type, not a value", quote(id.Name)).label(t.name.Span, "declared here")
		return
	}
	t := e.c.unknown(e.scope(), "unknown-name", id, "there is no value %s here", quote(id.Name))
	if e.m == nil && e.sys != nil {
		for _, g := range e.sys.groups {
			if g.machine == nil {
				continue
			}
			if v, ok := g.machine.names.find(id.Name); ok && v.kind == symVar {
				of := g.name.Name
				if g.array {
					of += "[0]"
				}
				t.label(v.name.Span, "a variable of %s", quote(g.name.Name)).help("Write `%s.%s`.", of, id.Name)
				return
			}
		}
	}
	t.suggest(id, e.candidates(want))
}

// findMessage finds a message by name, or tells.
func (c *compiler) findMessage(name Ident) *messageDecl {
	if name.Name == "" {
		return nil
	}
	if d, ok := c.messages.find(name.Name); ok {
		return d
	}
	if !c.hidden {
		c.unknown(nil, "unknown-message", name, "there is no message %s", quote(name.Name)).suggest(name, c.messages.names)
	}
	return nil
}
