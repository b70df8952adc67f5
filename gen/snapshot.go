package gen

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// snapshot is how the value of a generated type is taken apart and put together: a scalar a slot.
type snapshot struct {
	typ, low string // the Go type, and the beginning of its private names
	machine  string // its name in the spec
	number   int    // in the spec: joint machines follow the plain ones
	joint    bool
	slots    []slot
}

// slot is one scalar of a value.
type slot struct {
	name  string // for people, as the spec writes it
	typ   *fsm.Type
	names string // Go text of the names, where the type does not tell
	value string // Go text of it as an int64
}

// machineSnapshot writes how a plain machine is stored.
func (g *generator) machineSnapshot(m *machine) {
	n := snapshot{typ: m.name, low: m.low, machine: m.Name, number: m.index}
	var back []string // by slot, the assignment
	add := func(name string, t *fsm.Type, place string) {
		value, stored := "int64("+place+")", fmt.Sprintf("%s(v[%d])", g.goType(t), len(n.slots))
		if t.Kind == fsm.Bool {
			value, stored = "fsm.Cond[int64]("+place+", 1, 0)", fmt.Sprintf("v[%d] != 0", len(n.slots))
		}
		n.slots = append(n.slots, slot{name: name, typ: t, value: value})
		back = append(back, fmt.Sprintf("%s = %s", place, stored))
	}
	states := &fsm.Type{Kind: fsm.Enum, Hi: int64(len(m.States) - 1)}
	n.slots = append(n.slots, slot{"state", states, m.low + "State" + suffixNames + "[:]", "int64(m.state)"})
	back = append(back, fmt.Sprintf("m.state = %sState(v[0])", m.name))
	if m.selfType != "" {
		add("self", fsm.IntType(0, m.selfTop), "m.self")
	}
	for i, p := range m.Params {
		g.eachSlot(p.Name, "m."+m.params[i], p.Type, func(name, place string, t *fsm.Type) { add(name, t, place) })
	}
	for i, v := range m.Vars {
		if !v.Ghost {
			g.eachSlot(v.Name, "m."+m.fields[i], v.Type, func(name, place string, t *fsm.Type) { add(name, t, place) })
		}
	}
	for i, t := range m.Timers {
		n.slots = append(n.slots, slot{name: t.Name + ".armed", typ: fsm.BoolType, value: fmt.Sprintf("int64(m.armed>>%d&1)", i)})
		back = append(back, fmt.Sprintf("m.armed |= %s(v[%d]) << %d", timerBits(len(m.Timers)), len(n.slots)-1, i))
	}
	g.shape(n)
	g.spread(n, "m *"+m.name, "")
	gather := g.private(m.low + suffixGather)
	g.w.p("// %s puts a machine together again.", gather)
	g.w.p("func %s(v *[%d]int64) (m %s) {", gather, len(n.slots), m.name)
	for _, line := range back {
		g.w.p("%s", line)
	}
	g.w.p("return m")
	g.w.p("}\n")
	g.snapshotMethods(n)
}

// systemSnapshot writes how a joint machine is stored: by the states of its machines, so that the numbers of joint states, and where
// they stand in the word, are not part of it.
func (g *generator) systemSnapshot(s *system) {
	n := snapshot{typ: s.name, low: s.low, machine: s.Name, number: len(g.machines) + slices.Index(g.spec.Systems, s.System), joint: true}
	for i, in := range s.instances {
		states := &fsm.Type{Kind: fsm.Enum, Hi: int64(len(in.machine.States) - 1)}
		n.slots = append(n.slots, slot{in.Name, states, in.machine.low + "State" + suffixNames + "[:]", fmt.Sprintf("int64(states[%d])", i)})
	}
	var back []string // the bits of each part
	for _, p := range s.parts {
		if p.place == "" {
			continue
		}
		if p.typ != nil {
			value, stored := fmt.Sprintf("int64(%s)", p.bits("s.word")), fmt.Sprintf("v[%d]", len(n.slots))
			if p.typ.Lo != 0 {
				value, stored = fmt.Sprintf("%s + (%d)", value, p.typ.Lo), fmt.Sprintf("%s - (%d)", stored, p.typ.Lo)
			}
			back = append(back, fmt.Sprintf("uint64(%s) << %d", stored, p.shift))
			n.slots = append(n.slots, slot{name: p.name, typ: p.typ, value: value})
			continue
		}
		in := s.armedOf(p)
		for i, t := range in.machine.Timers {
			bit := part{shift: p.shift + i, width: 1}
			back = append(back, fmt.Sprintf("uint64(v[%d]) << %d", len(n.slots), bit.shift))
			n.slots = append(n.slots, slot{name: in.Name + "." + t.Name + ".armed", typ: fsm.BoolType, value: fmt.Sprintf("int64(%s)", bit.bits("s.word"))})
		}
	}
	g.shape(n)
	g.spread(n, "s *"+s.name, fmt.Sprintf("states := &%s%s[s.State()]\n", s.low, suffixTuples))
	g.systemGather(s, n, back)
	g.snapshotMethods(n)
}

// armedOf finds the instance whose timers a part of the word holds.
func (s *system) armedOf(p part) *instance {
	return s.instances[slices.IndexFunc(s.instances, func(in *instance) bool { return in.record+".armed" == p.place })]
}

// systemGather writes how a word is put together. States that the checker did not find together have no number.
func (g *generator) systemGather(s *system, n snapshot, back []string) {
	gather := g.private(s.low + suffixGather)
	g.w.p("// %s puts a joint state together again. There may be none like it.", gather)
	g.w.p("func %s(v *[%d]int64, steps uint64) (%s, bool) {", gather, len(n.slots), s.name)
	code := "uint64(v[0])"
	for i, in := range s.instances[1:] {
		if i > 0 {
			code = "(" + code + ")"
		}
		code += fmt.Sprintf("*%d + uint64(v[%d])", len(in.machine.states), i+1)
	}
	g.number(s, code, s.name+"{}, false")
	if s.seq < 64 {
		g.w.p("if steps > %#x {\nreturn %s{}, false\n}", mask(s.seq), s.name)
	}
	if s.seq > 0 {
		back = append(back, fmt.Sprintf("steps << %d", s.width))
	}
	for _, bits := range back {
		g.w.p("word |= %s", bits)
	}
	g.w.p("return %s{word}, true", s.name)
	g.w.p("}\n")
}

// number writes the statements that set word to the number of the joint state with that product of the machines' states, or return
// failed.
func (g *generator) number(s *system, code, failed string) {
	if g.pkg.owner[s.low+suffixCodes] != "" {
		g.w.use("slices")
		g.w.p("at, found := slices.BinarySearch(%s%s, %s)", s.low, suffixCodes, code)
		g.w.p("if !found {\nreturn %s\n}", failed)
		g.w.p("word := uint64(%s%s[at])", s.low, suffixIndex)
		return
	}
	g.w.p("number := %s%s[%s]", s.low, suffixIndex, code)
	g.w.p("if number == 0 {\nreturn %s\n}", failed)
	g.w.p("word := uint64(number - 1)")
}

// shape writes what the slots are.
func (g *generator) shape(n snapshot) {
	shape := g.private(n.low + suffixShape)
	g.w.p("// %s is how %s is stored.", shape, n.typ)
	g.w.p("var %s = fsm.NewShape(SpecDigest, %q, %d, %t,", shape, n.machine, n.number, n.joint)
	for _, s := range n.slots {
		kind := [...]string{fsm.Bool: "Bool", fsm.Int: "Int", fsm.Enum: "Enum", fsm.Set: "Set"}[s.typ.Kind]
		text := fmt.Sprintf("fsm.Slot{Name: %q, Kind: fsm.%s, Lo: %d, Hi: %d", s.name, kind, s.typ.Lo, s.typ.Hi)
		if s.typ.Kind == fsm.Bool {
			text = fmt.Sprintf("fsm.Slot{Name: %q, Kind: fsm.Bool, Hi: 1", s.name)
		}
		if names := g.slotNames(s); names != "" {
			text += ", Names: " + names
		}
		g.w.p("%s},", text)
	}
	g.w.p(")\n")
}

// slotNames is the Go text of the names of a slot's values or elements.
func (g *generator) slotNames(s slot) string {
	var names []string
	switch {
	case s.names != "":
		return s.names
	case s.typ.Kind == fsm.Enum && g.declared(s.typ):
		return lowered(s.typ.Name) + suffixNames + "[:]"
	case s.typ.Kind == fsm.Enum:
		for _, v := range s.typ.Values {
			names = append(names, v.Name)
		}
	case s.typ.Kind == fsm.Set:
		for v := s.typ.Elem.Lo; v <= s.typ.Elem.Hi; v++ {
			names = append(names, s.typ.Elem.Format(v))
		}
	default:
		return ""
	}
	return fmt.Sprintf("%#v", names)
}

// spread writes how a value is taken apart.
func (g *generator) spread(n snapshot, param, prepare string) {
	spread := g.private(n.low + suffixSpread)
	g.w.p("// %s takes the value apart, as its shape says.", spread)
	g.w.p("func %s(%s) [%d]int64 {", spread, param, len(n.slots))
	g.w.WriteString(prepare)
	var values []string
	for _, s := range n.slots {
		values = append(values, s.value)
	}
	g.w.p("return [...]int64{%s}", strings.Join(values, ", "))
	g.w.p("}\n")
}

// snapshotMethods writes the methods of package encoding and of encoding/json.
func (g *generator) snapshotMethods(n snapshot) {
	r, steps, count := "m", "_", "0"
	if n.joint {
		r, steps, count = "s", "steps", "0"
		if g.methods[n.typ].owner["Seq"] != "" {
			count = "s.Seq()"
		}
	}
	write := func(name, doc, params, result, shape, buffer string) {
		g.method(n.typ, name, "the generated method "+name)
		g.w.doc(name+" "+doc, "")
		g.w.p("func (%s %s) %s(%s) (%s) {", r, n.typ, name, params, result)
		g.w.p("v := %s%s(&%s)", n.low, suffixSpread, r)
		g.w.p("return %s%s.%s(%s, v[:], %s)", n.low, suffixShape, shape, buffer, count)
		g.w.p("}\n")
	}
	write("AppendBinary", "appends a snapshot: a few bytes with the digest of the spec in them.", "b []byte", "[]byte, error", "AppendBinary", "b")
	write("MarshalBinary", "is a snapshot in bytes, as AppendBinary makes it.", "", "[]byte, error", "AppendBinary", "nil")
	write("MarshalJSON", "is a snapshot that people can read.", "", "[]byte, error", "AppendJSON", "nil")
	read := func(name, doc, shape string) {
		g.method(n.typ, name, "the generated method "+name)
		g.w.doc(name+" "+doc+" What was stored under another spec is fsm.ErrSpecChanged, what is no snapshot of "+n.typ+
			" is fsm.ErrSnapshot; then nothing changes.", "")
		g.w.p("func (%s *%s) %s(snapshot []byte) error {", r, n.typ, name)
		g.w.p("var v [%d]int64", len(n.slots))
		g.w.p("%s, err := %s%s.%s(snapshot, v[:])", steps, n.low, suffixShape, shape)
		g.w.p("if err != nil {\nreturn err\n}")
		if n.joint {
			g.w.p("restored, found := %s%s(&v, steps)", n.low, suffixGather)
			g.w.p("if !found {\nreturn %s%s.Broken()\n}", n.low, suffixShape)
			g.w.p("*s = restored")
		} else {
			g.w.p("*m = %s%s(&v)", n.low, suffixGather)
		}
		g.w.p("return nil")
		g.w.p("}\n")
	}
	read("UnmarshalBinary", "restores what AppendBinary or MarshalBinary stored.", "ReadBinary")
	read("UnmarshalJSON", "restores what MarshalJSON stored.", "ReadJSON")
}

// layout is a fingerprint of all that gives the bits of a word their meaning: the joint states in the order of their numbers, and the
// place of each part. What stores words as they are compares it beside the digest of the spec.
func (s *system) layout() string {
	h := sha256.New()
	for _, text := range s.texts {
		fmt.Fprintln(h, text)
	}
	for _, p := range s.parts {
		fmt.Fprintln(h, p.name, p.shift, p.width)
	}
	fmt.Fprintln(h, s.width, s.seq)
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}
