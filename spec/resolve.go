package spec

import (
	"strings"

	"interlock/fsm"
)

// table holds declarations of one kind by name and in the order of the text.
type table[D any] struct {
	byName map[string]D
	names  []string
	list   []D
}

func (t *table[D]) find(name string) (d D, ok bool) {
	d, ok = t.byName[name]
	return d, ok
}

func (t *table[D]) add(name string, d D) {
	if t.byName == nil {
		t.byName = map[string]D{}
	}
	t.byName[name] = d
	t.names = append(t.names, name)
	t.list = append(t.list, d)
}

// valueDecl is a name that can stand in any expression: a constant, a predicate or an extern guard at file level.
type valueDecl struct {
	name      Ident
	constant  *ConstDecl
	value     *fsm.Expr // of a constant once evaluated; nil: a mistake in it was told
	progress  progress
	predicate *predicate
	extern    *ExternGuard
	index     int // of an extern guard
}

// progress is how far a declaration that may depend on others is resolved.
type progress uint8

const (
	untouched progress = iota
	underway           // meeting it again is a cycle
	settled
)

// typeDecl is a named type or an enum.
type typeDecl struct {
	name     Ident
	doc      string
	written  *TypeExpr
	enum     *EnumDecl
	typ      *fsm.Type // nil once settled: a mistake in it was told
	progress progress
}

type messageDecl struct {
	decl   *MessageDecl
	index  int
	fields []fsm.Param
	bad    bool // its fields are not known: arguments are not checked
	sent   bool
	used   bool // some machine mentions it
}

type effectDecl struct {
	decl   *EffectDecl
	index  int
	params []fsm.Param
	bad    bool
}

// declare collects the names of the folder. Constants and types come first, because a switch may need them, wherever they
// stand; then the switches are decided in the order of the text; then everything else is declared.
func (c *compiler) declare() {
	for _, f := range c.files {
		c.declareEarly(f.Items)
	}
	for _, f := range c.files {
		c.items = c.activeItems(c.items, f.Items)
	}
	for _, it := range c.items {
		c.declareItem(it)
	}
	c.checkOverrides()
}

// declareEarly declares the constants and types among items that stand under no switch.
func (c *compiler) declareEarly(items []Item) {
	for _, it := range items {
		switch it := it.(type) {
		case *ConstDecl:
			if it.Name.Name != "" && c.fresh(c.values.has, it.Name, "constant", c.valueSpan) {
				c.values.add(it.Name.Name, &valueDecl{name: it.Name, constant: it})
			}
		case *TypeDecl:
			if it.Name.Name != "" && c.fresh(c.types.has, it.Name, "type", c.typeSpan) {
				c.types.add(it.Name.Name, &typeDecl{name: it.Name, doc: it.Doc, written: it.Type})
			}
		case *EnumDecl:
			c.declareEnum(it)
		}
		c.hidden = c.hidden || mayHide(it)
	}
}

// mayHide reports whether an item that was half read may be another one in truth, or may have swallowed others.
func mayHide(it Item) bool {
	switch it := it.(type) {
	case *BadDecl:
		return true
	case *MachineDecl:
		return it.Bad && (it.Name.Name == "" || hasBadMember(it.Members))
	case *SystemDecl:
		return it.Bad && (it.Name.Name == "" || hasBadMember(it.Members))
	case *IfItems:
		return false
	}
	return it.IsBad()
}

func hasBadMember[M any](members []M) bool {
	for _, m := range members {
		if _, bad := any(m).(*BadDecl); bad {
			return true
		}
	}
	return false
}

func (c *compiler) declareEnum(it *EnumDecl) {
	if it.Name.Name == "" || !c.fresh(c.types.has, it.Name, "type", c.typeSpan) {
		return
	}
	d := &typeDecl{name: it.Name, doc: it.Doc, enum: it}
	c.types.add(it.Name.Name, d)
	seen := map[string]fsm.Span{}
	for _, v := range it.Values {
		if v.Name.Name == "" {
			continue
		}
		if first, twice := seen[v.Name.Name]; twice {
			c.duplicate(v.Name, "value of "+it.Name.Name, first)
			continue
		}
		seen[v.Name.Name] = v.Name.Span
		c.enums[v.Name.Name] = append(c.enums[v.Name.Name], d)
	}
}

// activeItems decides the switches: it appends the items that stand in the chosen branches.
func (c *compiler) activeItems(list, items []Item) []Item {
	for _, it := range items {
		sw, ok := it.(*IfItems)
		if !ok {
			list = append(list, it)
			continue
		}
		chosen, known := c.decide(sw.Cond, sw.Then, sw.Else)
		if !known {
			c.hidden = true
			continue
		}
		c.declareEarly(chosen.([]Item))
		list = c.activeItems(list, chosen.([]Item))
	}
	return list
}

// decide evaluates the condition of a switch and returns the branch that it chooses.
func (c *compiler) decide(cond Expr, then, otherwise any) (branch any, known bool) {
	e := &env{c: c, where: "the condition of a switch"}
	value := e.constant(cond, fsm.BoolType)
	if value == nil {
		return nil, false
	}
	if value.Value != 0 {
		return then, true
	}
	return otherwise, true
}

// declareItem declares what is not a constant or a type.
func (c *compiler) declareItem(it Item) {
	switch it := it.(type) {
	case *PredicateDecl:
		if it.Name.Name != "" && c.fresh(c.values.has, it.Name, "predicate", c.valueSpan) {
			c.values.add(it.Name.Name, &valueDecl{name: it.Name, predicate: &predicate{decl: it}})
		}
	case *ExternGuard:
		if it.Name.Name != "" && c.fresh(c.values.has, it.Name, "extern guard", c.valueSpan) {
			index := len(c.spec.Externs)
			c.spec.Externs = append(c.spec.Externs, fsm.Extern{Name: it.Name.Name, Doc: it.Doc, Span: it.Name.Span})
			c.values.add(it.Name.Name, &valueDecl{name: it.Name, extern: it, index: index})
		}
	case *MessageDecl:
		if it.Name.Name != "" && c.fresh(c.messages.has, it.Name, "message", c.messageSpan) && c.notRestart(it.Name) {
			c.messages.add(it.Name.Name, &messageDecl{decl: it, index: len(c.messages.list)})
		}
	case *EffectDecl:
		if it.Name.Name != "" && c.fresh(c.effects.has, it.Name, "effect", c.effectSpan) {
			c.effects.add(it.Name.Name, &effectDecl{decl: it, index: len(c.effects.list)})
		}
	case *MachineDecl:
		if it.Name.Name != "" && c.fresh(c.machines.has, it.Name, "machine", c.machineSpan) {
			c.machines.add(it.Name.Name, newMachine(c, it))
		}
	case *SystemDecl:
		if it.Name.Name != "" && c.fresh(c.systems.has, it.Name, "system", c.systemSpan) {
			c.systems.add(it.Name.Name, newSystem(c, it))
		}
	}
}

func (t *table[D]) has(name string) bool { _, ok := t.byName[name]; return ok }

func (c *compiler) valueSpan(name string) fsm.Span   { return c.values.byName[name].name.Span }
func (c *compiler) typeSpan(name string) fsm.Span    { return c.types.byName[name].name.Span }
func (c *compiler) messageSpan(name string) fsm.Span { return c.messages.byName[name].decl.Name.Span }
func (c *compiler) effectSpan(name string) fsm.Span  { return c.effects.byName[name].decl.Name.Span }
func (c *compiler) machineSpan(name string) fsm.Span { return c.machines.byName[name].decl.Name.Span }
func (c *compiler) systemSpan(name string) fsm.Span  { return c.systems.byName[name].decl.Name.Span }

// fresh reports whether nothing of that kind has the name yet; otherwise it tells.
func (c *compiler) fresh(has func(string) bool, name Ident, kind string, first func(string) fsm.Span) bool {
	if !has(name.Name) {
		return true
	}
	c.duplicate(name, kind, first(name.Name))
	return false
}

// duplicate tells that a name is declared twice.
func (c *compiler) duplicate(name Ident, kind string, first fsm.Span) {
	noun := strings.TrimPrefix(strings.TrimPrefix(kind, "an "), "a ")
	c.tell("duplicate", name.Span, "%s is declared twice", quote(name.Name)).
		label(first, "declared here first").
		help("Give this %s a name of its own.", noun)
}

// notRestart tells if an event has the name of the restart of a crashed machine.
func (c *compiler) notRestart(name Ident) bool {
	if name.Name != "restart" {
		return true
	}
	c.tell("reserved-name", name.Span, "%s is the event of a crashed machine that comes up again", quote(name.Name)).
		help("Choose another name.")
	return false
}

// resolveTypes evaluates constants and types, and the parameters of what is declared at file level.
func (c *compiler) resolveTypes() {
	for _, d := range c.types.list {
		c.settleType(d)
		if d.typ != nil {
			c.spec.Types = append(c.spec.Types, d.typ)
		}
	}
	for _, d := range c.values.list {
		if d.constant != nil {
			c.settleConst(d)
		}
	}
	c.recordConsts()
	for _, m := range c.messages.list {
		m.fields, m.bad = c.params(m.decl.Params, "field")
		c.spec.Messages = append(c.spec.Messages,
			fsm.Message{Name: m.decl.Name.Name, Doc: m.decl.Doc, Fields: m.fields, Span: m.decl.Name.Span})
	}
	for _, d := range c.effects.list {
		d.params, d.bad = c.params(d.decl.Params, "parameter")
		c.spec.Effects = append(c.spec.Effects,
			fsm.EffectKind{Name: d.decl.Name.Name, Doc: d.decl.Doc, Params: d.params, Span: d.decl.Name.Span})
	}
	for _, d := range c.values.list {
		if d.extern != nil {
			c.spec.Externs[d.index].Params, _ = c.params(d.extern.Params, "parameter")
		}
	}
}

// params resolves declared parameters. bad says that some type is not known.
func (c *compiler) params(decls []Param, kind string) (params []fsm.Param, bad bool) {
	seen := map[string]fsm.Span{}
	for _, p := range decls {
		t := c.scalar(p.Type, kind)
		if p.Name.Name == "" || t == nil {
			bad = true
		}
		if first, twice := seen[p.Name.Name]; twice && p.Name.Name != "" {
			c.duplicate(p.Name, kind, first)
		}
		seen[p.Name.Name] = p.Name.Span
		params = append(params, fsm.Param{Name: p.Name.Name, Doc: p.Doc, Type: t, Span: p.Name.Span})
	}
	return params, bad
}
