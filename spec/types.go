package spec

import (
	"fmt"

	"interlock/fsm"
)

// Limits on types and values.
const (
	maxDeclared = 1 << 31 // a declared range lies within -maxDeclared..maxDeclared
	maxValue    = 1 << 53 // every value on the way does within -maxValue..maxValue
	maxSlots    = 4096    // scalars in one variable
)

// settleType resolves a named type or an enum, and the types that it is made of first.
func (c *compiler) settleType(d *typeDecl) {
	if d.progress != untouched {
		return
	}
	d.progress = underway
	if d.enum != nil {
		d.typ = c.enumType(d.enum)
	} else if t := c.typ(d.written); t != nil {
		named := *t
		named.Name, named.Doc, named.Span = d.name.Name, d.doc, d.name.Span
		d.typ = &named
	}
	d.progress = settled
}

func (c *compiler) enumType(d *EnumDecl) *fsm.Type {
	t := &fsm.Type{Kind: fsm.Enum, Name: d.Name.Name, Doc: d.Doc, Span: d.Name.Span}
	seen := map[string]bool{}
	for _, v := range d.Values {
		if v.Name.Name != "" && !seen[v.Name.Name] {
			seen[v.Name.Name] = true
			t.Values = append(t.Values, fsm.Value{Name: v.Name.Name, Doc: v.Doc, Span: v.Name.Span})
		}
	}
	if len(t.Values) == 0 {
		if !d.Bad {
			c.tell("empty-type", d.Name.Span, "the enum %s has no value", quote(d.Name.Name)).help("Give it at least one.")
		}
		return nil
	}
	t.Hi = int64(len(t.Values) - 1)
	return t
}

// typ resolves a written type; nil means that a mistake in it was told.
func (c *compiler) typ(t *TypeExpr) *fsm.Type {
	if t == nil {
		return nil
	}
	switch t.Kind {
	case BoolType:
		return fsm.BoolType
	case NamedType:
		return c.namedType(t.Name)
	case RangeType:
		return c.rangeType(t)
	case ArrayType:
		return c.arrayType(t)
	case SetType:
		return c.setType(t)
	}
	return nil
}

func (c *compiler) namedType(name Ident) *fsm.Type {
	if name.Name == "" {
		return nil
	}
	d, ok := c.types.find(name.Name)
	if !ok {
		c.unknownType(name)
		return nil
	}
	if d.progress == underway {
		c.tell("type-cycle", name.Span, "the type %s is made of itself", quote(name.Name)).
			help("A type is a range, an enum, or an array or set of another type.")
		return nil
	}
	c.settleType(d)
	return d.typ
}

func (c *compiler) unknownType(name Ident) {
	if c.hidden {
		return
	}
	t := c.unknown(nil, "unknown-type", name, "there is no type %s", quote(name.Name))
	switch {
	case name.Name == "int" || name.Name == "uint" || name.Name == "byte" || name.Name == "string" || name.Name == "int64":
		t.help("Nothing is unbounded: write a range such as 0..7, or an enum.")
	default:
		t.suggest(name, append(c.types.names[:len(c.types.names):len(c.types.names)], "bool"))
	}
}

func (c *compiler) rangeType(t *TypeExpr) *fsm.Type {
	e := &env{c: c, where: "a bound of a type"}
	lo, hi := e.constant(t.Lo, anyInt), e.constant(t.Hi, anyInt)
	if lo == nil || hi == nil {
		return nil
	}
	if lo.Value > hi.Value {
		c.tell("empty-type", t.Span, "the range %d..%d has no value", lo.Value, hi.Value).
			help("The lower bound stands first, and both belong to the range.")
		return nil
	}
	for _, v := range []*fsm.Expr{lo, hi} {
		if v.Value < -maxDeclared || v.Value > maxDeclared {
			c.tell("type-too-wide", t.Span, "the bound %d is outside %d..%d", v.Value, -maxDeclared, maxDeclared).
				help("The checker looks at every value: keep ranges small, and let numbers wrap or stop.")
			return nil
		}
	}
	return fsm.IntType(lo.Value, hi.Value)
}

func (c *compiler) arrayType(t *TypeExpr) *fsm.Type {
	n, known := c.length(t.Len, "an array", maxSlots)
	elem := c.typ(t.Elem)
	if !known || elem == nil {
		return nil
	}
	if slots := n * elem.Slots(); slots > maxSlots {
		c.tell("limit", t.Span, "this array has %d values; the limit is %d", slots, maxSlots).help("Make it smaller.")
		return nil
	}
	return fsm.ArrayType(n, elem)
}

// length evaluates the length of an array of something: 1..limit.
func (c *compiler) length(x Expr, what string, limit int) (n int, known bool) {
	e := &env{c: c, where: "the length of " + what}
	v := e.constant(x, anyInt)
	if v == nil {
		return 0, false
	}
	if v.Value < 1 || v.Value > int64(limit) {
		c.tell("limit", x.Pos(), "%s has 1 to %d elements, not %d", what, limit, v.Value)
		return 0, false
	}
	return int(v.Value), true
}

func (c *compiler) setType(t *TypeExpr) *fsm.Type {
	elem := c.typ(t.Elem)
	if elem == nil {
		return nil
	}
	if elem.Kind == fsm.Array || elem.Kind == fsm.Set {
		c.tell("set-of", t.Elem.Span, "a set has numbers, switches or enum values in it, not %s", describe(elem))
		return nil
	}
	if n := elem.Hi - elem.Lo + 1; n > fsm.MaxSet {
		c.tell("set-too-large", t.Span, "a set of %s has %d possible elements; the limit is %d", elem, n, fsm.MaxSet).
			help("Use a smaller range.")
		return nil
	}
	return fsm.SetType(elem)
}

// scalar resolves the type of a parameter, which is no array.
func (c *compiler) scalar(t *TypeExpr, what string) *fsm.Type {
	typ := c.typ(t)
	if typ != nil && typ.Kind == fsm.Array {
		c.tell("array-parameter", t.Span, "a %s cannot be an array", what).
			help("Use a set, or one %s an element.", what)
		return nil
	}
	return typ
}

// anyInt is the wanted type where a number of whatever size is wanted.
var anyInt = fsm.IntType(-maxValue, maxValue)

// same reports whether values of the two types can be compared and assigned: numbers always can, whatever their ranges
// are, since leaving a range is found when it happens.
func same(a, b *fsm.Type) bool {
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case fsm.Enum:
		return &a.Values[0] == &b.Values[0]
	case fsm.Set:
		return same(a.Elem, b.Elem) && a.Elem.Lo == b.Elem.Lo && a.Elem.Hi == b.Elem.Hi
	case fsm.Array:
		return a.Len == b.Len && same(a.Elem, b.Elem)
	}
	return true
}

// identical reports whether two types have the same values.
func identical(a, b *fsm.Type) bool {
	return same(a, b) && a.Lo == b.Lo && a.Hi == b.Hi && (a.Elem == nil || identical(a.Elem, b.Elem))
}

// describe names a type in a message.
func describe(t *fsm.Type) string {
	switch {
	case t.Kind == fsm.Bool:
		return "a condition"
	case t.Kind == fsm.Int && t.Name == "" && (t.Lo == t.Hi || t.Lo <= -maxValue):
		return "a number"
	case t.Kind == fsm.Int && t.Name == "":
		return fmt.Sprintf("a number in %s", t)
	case t.Kind == fsm.Enum:
		return "a value of " + t.Name
	case t.Kind == fsm.Set && t.Name == "":
		return "a " + t.String()
	case t.Kind == fsm.Array && t.Name == "":
		return "an array " + t.String()
	}
	return "a " + t.String()
}

// valueNames are the names of an enum's values.
func valueNames(t *fsm.Type) []string {
	names := make([]string, len(t.Values))
	for i, v := range t.Values {
		names[i] = v.Name
	}
	return names
}

// span of values of two types together.
func union(a, b *fsm.Type) *fsm.Type {
	if a.Kind != fsm.Int || a == b || a.Lo <= b.Lo && b.Hi <= a.Hi {
		return a
	}
	if b.Lo <= a.Lo && a.Hi <= b.Hi {
		return b
	}
	return fsm.IntType(min(a.Lo, b.Lo), max(a.Hi, b.Hi))
}
