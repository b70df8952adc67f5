package spec

import (
	"maps"
	"slices"
	"strconv"

	"interlock/fsm"
)

// checkOverrides tells of overrides that no constant answers to.
func (c *compiler) checkOverrides() {
	var names []string
	for _, d := range c.values.list {
		if d.constant != nil {
			names = append(names, d.name.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.set)) {
		if d, ok := c.values.find(name); !ok || d.constant == nil {
			c.tell("unknown-override", fsm.Span{}, "-set %s=%s: there is no constant %s", name, c.set[name], quote(name)).
				suggest(Ident{Name: name}, names)
		}
	}
}

// settleConst evaluates a constant, and what it depends on first.
func (c *compiler) settleConst(d *valueDecl) {
	if d.progress != untouched {
		return
	}
	d.progress = underway
	e := &env{c: c, where: "the value of a constant"}
	d.value = e.constant(d.constant.Value, nil)
	d.progress = settled
	if d.value != nil && d.value.Type.Kind == fsm.Set {
		c.tell("constant-kind", d.constant.Value.Pos(), "a constant is a number, a switch or a value of an enum, not %s",
			describe(d.value.Type)).help("Write the set where it is used, or as a predicate.")
		d.value = nil
	}
	if text, overridden := c.set[d.name.Name]; overridden && d.value != nil {
		d.value = c.override(d, text)
	}
}

// override reads the value of a constant that was given from outside; it is of the same kind as the written one.
func (c *compiler) override(d *valueDecl, text string) *fsm.Expr {
	t := d.value.Type
	switch t.Kind {
	case fsm.Bool:
		if text == "true" || text == "false" {
			return boolConst(text == "true", d.value.Span)
		}
	case fsm.Int:
		if v, err := strconv.ParseInt(text, 0, 64); err == nil && -maxValue <= v && v <= maxValue {
			return intConst(v, d.value.Span)
		}
	case fsm.Enum:
		for i, v := range t.Values {
			if v.Name == text {
				return &fsm.Expr{Op: fsm.OpConst, Type: t, Value: int64(i), Span: d.value.Span}
			}
		}
	}
	c.tell("bad-override", d.name.Span, "-set %s=%s: %s is %s", d.name.Name, text, quote(d.name.Name), describe(t)).
		help("Give a value of the same kind, as in -set %s=%s.", d.name.Name, t.Format(d.value.Value))
	return nil
}

// recordConsts lists the constants as they are used.
func (c *compiler) recordConsts() {
	for _, d := range c.values.list {
		if d.constant != nil && d.value != nil {
			_, set := c.set[d.name.Name]
			c.spec.Consts = append(c.spec.Consts,
				fsm.Const{Name: d.name.Name, Text: d.value.Type.Format(d.value.Value), Set: set, Span: d.name.Span})
		}
	}
}

func boolConst(v bool, at fsm.Span) *fsm.Expr {
	e := &fsm.Expr{Op: fsm.OpConst, Type: fsm.BoolType, Span: at}
	if v {
		e.Value = 1
	}
	return e
}

func intConst(v int64, at fsm.Span) *fsm.Expr {
	return &fsm.Expr{Op: fsm.OpConst, Type: fsm.IntType(v, v), Value: v, Span: at}
}

func isConst(e *fsm.Expr, v int64) bool { return e != nil && e.Op == fsm.OpConst && e.Value == v }
