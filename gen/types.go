package gen

import (
	"fmt"
	"math"

	"interlock/fsm"
)

// smallest is the smallest Go integer type for lo..hi.
func smallest(lo, hi int64) string {
	signed, size := "u", 0
	switch {
	case lo >= 0 && hi <= math.MaxUint8:
		size = 8
	case lo >= 0 && hi <= math.MaxUint16:
		size = 16
	case lo >= 0 && hi <= math.MaxUint32:
		size = 32
	case lo >= 0:
		size = 64
	case lo >= math.MinInt8 && hi <= math.MaxInt8:
		signed, size = "", 8
	case lo >= math.MinInt16 && hi <= math.MaxInt16:
		signed, size = "", 16
	case lo >= math.MinInt32 && hi <= math.MaxInt32:
		signed, size = "", 32
	default:
		signed, size = "", 64
	}
	return fmt.Sprintf("%sint%d", signed, size)
}

// declared reports whether the type has a Go type of its own.
func (g *generator) declared(t *fsm.Type) bool {
	return t.Name != "" && t.Kind != fsm.Bool && t.Kind != fsm.Array && g.types[t.Name]
}

// goType is the Go type that holds values of t.
func (g *generator) goType(t *fsm.Type) string {
	switch {
	case t.Kind == fsm.Bool:
		return "bool"
	case t.Kind == fsm.Array:
		return fmt.Sprintf("[%d]%s", t.Len, g.goType(t.Elem))
	case g.declared(t):
		return exported(t.Name)
	}
	return smallest(t.Lo, t.Hi)
}

// literal is a scalar value of type t as a Go constant.
func (g *generator) literal(t *fsm.Type, v int64) string {
	switch {
	case t.Kind == fsm.Bool:
		return fmt.Sprint(v != 0)
	case t.Kind == fsm.Enum && g.declared(t) && t.Has(v):
		return g.enumConst(t, int(v))
	}
	return fmt.Sprint(v)
}

func (g *generator) enumConst(t *fsm.Type, v int) string {
	return exported(t.Name) + exported(t.Values[v].Name)
}

// literals is the Go literal of a variable's first value.
func (g *generator) literals(t *fsm.Type, values []int64) string {
	if t.Kind != fsm.Array {
		return g.literal(t, values[0])
	}
	text := g.goType(t) + "{"
	for i := range t.Len {
		n := t.Elem.Slots()
		text += g.literals(t.Elem, values[i*n:(i+1)*n]) + ", "
	}
	return text + "}"
}

// goBounds are the lowest and highest value of the Go type that holds values of t.
func goBounds(t *fsm.Type) (lo, hi int64) {
	switch smallest(t.Lo, t.Hi) {
	case "uint8":
		return 0, math.MaxUint8
	case "uint16":
		return 0, math.MaxUint16
	case "uint32":
		return 0, math.MaxUint32
	case "uint64":
		return 0, math.MaxInt64
	case "int8":
		return math.MinInt8, math.MaxInt8
	case "int16":
		return math.MinInt16, math.MaxInt16
	case "int32":
		return math.MinInt32, math.MaxInt32
	}
	return math.MinInt64, math.MaxInt64
}

// outside is a Go condition that holds where name, of the Go type of t, is no value of t; "" where it always is one.
func (g *generator) outside(name string, t *fsm.Type) string {
	if t.Kind == fsm.Bool {
		return ""
	}
	lo, hi := goBounds(t)
	low, high := "", ""
	if t.Lo > lo {
		low = fmt.Sprintf("%s < %d", name, t.Lo)
	}
	if t.Hi < hi || smallest(t.Lo, t.Hi) == "uint64" {
		high = fmt.Sprintf("%s > %s", name, g.literal(t, t.Hi))
	}
	if low != "" && high != "" {
		return low + " || " + high
	}
	return low + high
}

// enum is a Go type of named numbers from 0 on.
type enum struct {
	name    string   // the Go type
	low     string   // for its private names
	doc     string   // the generator's sentence
	specDoc string   // the spec's
	consts  []string // Go names, claimed before
	docs    []string // the spec's words about each
	texts   []string // as the spec writes them
}

// base is the integer type of an enum of n values.
func enumBase(n int) string { return smallest(0, int64(max(n-1, 0))) }

// enum writes the type, its constants, the guard that keeps them from being changed by hand, and its methods.
func (g *generator) enum(e enum) {
	g.w.doc(e.doc, e.specDoc)
	g.w.p("type %s %s\n", e.name, enumBase(len(e.consts)))
	if len(e.consts) > 0 {
		g.w.p("// The values of %s.", e.name)
		g.w.p("const (")
		for i, c := range e.consts {
			if i < len(e.docs) {
				for _, line := range commentLines(e.docs[i]) {
					g.w.p("// %s", line)
				}
			}
			g.w.p("%s %s = %d", c, e.name, i)
		}
		g.w.p(")\n")
		g.w.p("func _() {")
		g.w.p("// An \"invalid array index\" compiler error signifies that the constants have changed: generate anew.")
		g.w.p("var x [1]struct{}")
		for i, c := range e.consts {
			g.w.p("_ = x[%s-%d]", c, i)
		}
		g.w.p("}\n")
	}
	table := e.low + suffixNames
	g.private(table)
	g.w.p("var %s = [...]string{", table)
	for _, t := range e.texts {
		g.w.p("%q,", t)
	}
	g.w.p("}\n")
	g.w.use("fmt")
	g.method(e.name, "String", "the generated method String")
	g.w.doc("String is the name of the value, as the spec writes it.", "")
	g.w.p("func (v %s) String() string {", e.name)
	g.w.p("if int(v) < len(%s) {", table)
	g.w.p("return %s[v]", table)
	g.w.p("}")
	g.w.p("return fmt.Sprintf(\"%s(%%d)\", uint64(v))", e.name)
	g.w.p("}\n")
	g.enumText(e, table)
}

// enumText writes what turns values into text and back.
func (g *generator) enumText(e enum, table string) {
	g.method(e.name, "MarshalText", "the generated method MarshalText")
	g.w.doc("MarshalText is String, for values that have a name.", "")
	g.w.p("func (v %s) MarshalText() ([]byte, error) {", e.name)
	g.w.p("if int(v) >= len(%s) {", table)
	g.w.p("return nil, fmt.Errorf(\"%s: no value %%d\", uint64(v))", e.name)
	g.w.p("}")
	g.w.p("return []byte(%s[v]), nil", table)
	g.w.p("}\n")
	g.method(e.name, "UnmarshalText", "the generated method UnmarshalText")
	g.w.doc("UnmarshalText is Parse"+e.name+"; v is unchanged where it fails.", "")
	g.w.p("func (v *%s) UnmarshalText(text []byte) error {", e.name)
	g.w.p("parsed, err := Parse%s(string(text))", e.name)
	g.w.p("if err == nil {")
	g.w.p("*v = parsed")
	g.w.p("}")
	g.w.p("return err")
	g.w.p("}\n")
	g.declare("Parse"+e.name, "the generated function Parse"+e.name)
	g.w.doc("Parse"+e.name+" is the value with that name.", "")
	g.w.p("func Parse%s(text string) (%s, error) {", e.name, e.name)
	g.w.p("for i, name := range %s {", table)
	g.w.p("if name == text {")
	g.w.p("return %s(i), nil", e.name)
	g.w.p("}")
	g.w.p("}")
	g.w.p("return 0, fmt.Errorf(\"%s: no value %%q\", text)", e.name)
	g.w.p("}\n")
	g.enumAll(e.name, table)
}

// enumAll writes what gives every value.
func (g *generator) enumAll(name, table string) {
	g.declare("All"+plural(name), "the generated function All"+plural(name))
	g.w.use("iter")
	g.w.doc("All"+plural(name)+" gives every value, in order.", "")
	g.w.p("func All%s() iter.Seq[%s] {", plural(name), name)
	g.w.p("return func(yield func(%s) bool) {", name)
	g.w.p("for i := range %s {", table)
	g.w.p("if !yield(%s(i)) {", name)
	g.w.p("return")
	g.w.p("}")
	g.w.p("}")
	g.w.p("}")
	g.w.p("}\n")
}

// specTypes writes the enums and named types of the spec.
func (g *generator) specTypes() {
	for _, t := range g.spec.Types {
		if !g.declared(t) {
			continue
		}
		name := exported(t.Name)
		g.declare(name, "the type "+t.Name)
		switch t.Kind {
		case fsm.Enum:
			e := enum{name: name, low: lowered(t.Name), doc: name + " is an enum of the spec.", specDoc: t.Doc}
			for i, v := range t.Values {
				c := g.enumConst(t, i)
				g.declare(c, "the value "+v.Name+" of "+t.Name)
				e.consts, e.docs, e.texts = append(e.consts, c), append(e.docs, v.Doc), append(e.texts, v.Name)
			}
			g.enum(e)
		case fsm.Set:
			g.w.doc(fmt.Sprintf("%s is a set: bit i stands for the element %d+i.", name, t.Elem.Lo), t.Doc)
			g.w.p("type %s %s\n", name, smallest(t.Lo, t.Hi))
		default:
			g.w.doc(fmt.Sprintf("%s is a number in %d..%d.", name, t.Lo, t.Hi), t.Doc)
			g.w.p("type %s %s\n", name, smallest(t.Lo, t.Hi))
		}
	}
}
