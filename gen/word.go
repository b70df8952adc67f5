package gen

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"interlock/fsm"
)

// maxDirect bounds the table that finds a joint state by the product of its machines' states; beyond it, a sorted list does.
const maxDirect = 1 << 14

// systemWord writes the joint state as a word: its type, its layout, and the way between it and the unpacked joint state.
func (g *generator) systemWord(s *system) {
	g.tupleTables(s)
	used := fmt.Sprintf("%s is the joint state of the system %s in one word of 64 bits. ", s.name, s.Name)
	for _, p := range s.parts {
		used += fmt.Sprintf("Bits %d..%d: %s. ", p.shift, p.shift+p.width-1, p.name)
	}
	if s.seq > 0 {
		used += fmt.Sprintf("Bits %d..63 count the steps.", s.width)
	} else {
		used += "There is no room for a counter of steps: it is kept beside the word, by " + s.name + "Cell."
	}
	g.w.doc(used, s.Doc)
	g.w.doc(fmt.Sprintf("A %s is a value for one goroutine, made by New%s; %sCell is for any number of them. An event that it refuses changes nothing.", s.name, s.name, s.name), "")
	g.w.p("type %s struct{ word uint64 }\n", s.name)
	g.declare(s.name+"SeqBits", "the generated constant "+s.name+"SeqBits")
	g.w.doc(s.name+"SeqBits is the width of the counter of steps: it begins again after so many.", "")
	width := s.seq
	if width == 0 {
		width = 64
	}
	g.w.p("const %sSeqBits = %d\n", s.name, width)
	g.fromWord(s)
	g.unpack(s)
	g.pack(s)
}

// control is the text of the number of the joint state of control in a word.
func (s *system) control(word string) string {
	if len(s.parts) == 0 || s.parts[0].name != "control" || s.parts[0].place != "" || s.parts[0].typ != nil {
		return "0"
	}
	return fmt.Sprintf("%s & %#x", word, mask(s.parts[0].width))
}

func mask(width int) uint64 {
	if width >= 64 {
		return math.MaxUint64
	}
	return 1<<width - 1
}

// bits is the text of a part of a word.
func (p part) bits(word string) string {
	text := word
	if p.shift > 0 {
		text += fmt.Sprintf(">>%d", p.shift)
	}
	if p.shift+p.width < 64 {
		text += fmt.Sprintf("&%#x", mask(p.width))
	}
	return text
}

// code is the place of a tuple in the product of the machines' states, the last machine fastest.
func (s *system) code(tuple []int) uint64 {
	code := uint64(0)
	for i, state := range tuple {
		code = code*uint64(len(s.instances[i].machine.states)) + uint64(state)
	}
	return code
}

// tupleTables writes the reachable tuples of control states, and how to find the number of one.
func (g *generator) tupleTables(s *system) {
	elem, product := "uint8", 1.0
	for _, in := range s.instances {
		product *= float64(len(in.machine.states))
		if len(in.machine.states) > 256 {
			elem = "uint16"
		}
	}
	if product >= 1<<63 {
		g.fail("system %s has %.3g combinations of states: too many to number", s.Name, product)
		return
	}
	table := g.private(s.low + suffixTuples)
	g.w.p("// %s are the states of the machines by joint state.", table)
	g.w.p("var %s = [...][%d]%s{", table, len(s.instances), elem)
	for i, tuple := range s.tuples {
		g.w.p("%s: {%s},", s.states[i], strings.Trim(strings.ReplaceAll(fmt.Sprint(tuple), " ", ", "), "[]"))
	}
	g.w.p("}\n")
	order := make([]int, len(s.tuples))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return int(int64(s.code(s.tuples[a])) - int64(s.code(s.tuples[b]))) })
	index := g.private(s.low + suffixIndex)
	if product <= maxDirect {
		g.w.p("// %s finds a joint state by the product of the machines' states, plus 1; 0 is none.", index)
		g.w.p("var %s = [%d]%s{", index, int(product), smallest(0, int64(len(s.tuples))))
		for _, i := range order {
			g.w.p("%d: %d,", s.code(s.tuples[i]), i+1)
		}
		g.w.p("}\n")
		return
	}
	codes := g.private(s.low + suffixCodes)
	g.w.use("slices")
	g.w.p("// %s are the products of the machines' states, sorted, and %s the joint states that they belong to.", codes, index)
	g.w.p("var %s = []uint64{", codes)
	for _, i := range order {
		g.w.p("%d,", s.code(s.tuples[i]))
	}
	g.w.p("}\n")
	g.w.p("var %s = [...]%s{", index, smallest(0, int64(len(s.tuples))))
	for _, i := range order {
		g.w.p("%d,", i)
	}
	g.w.p("}\n")
}

// fromWord writes what turns words that come from outside into joint states.
func (g *generator) fromWord(s *system) {
	g.method(s.name, "Word", "the generated method Word")
	g.w.doc("Word is the joint state in one word. It means something to this code only: a snapshot (MarshalBinary) outlives it.", "")
	g.w.p("func (s %s) Word() uint64 { return s.word }\n", s.name)
	name := s.name + "FromWord"
	g.declare(name, "the generated function "+name)
	g.w.doc(name+" is the joint state that was stored as a word. The error says that no joint state is stored so.", "")
	g.w.p("func %s(word uint64) (%s, error) {", name, s.name)
	if c := s.control("word"); c != "0" && uint64(len(s.tuples)-1) < mask(s.parts[0].width) {
		g.w.p("if %s >= %d {", c, len(s.tuples))
		g.w.p("return %s{}, fmt.Errorf(\"%s: no joint state %%#x\", word)", s.name, s.name)
		g.w.p("}")
	}
	for _, p := range s.parts {
		if p.typ != nil && p.typ.Hi-p.typ.Lo < int64(mask(p.width)) {
			g.w.p("if %s > %d {", p.bits("word"), p.typ.Hi-p.typ.Lo)
			g.w.p("return %s{}, fmt.Errorf(\"%s: %s is outside its range in %%#x\", word)", s.name, s.name, p.name)
			g.w.p("}")
		}
	}
	if s.seq == 0 && s.width < 64 {
		g.w.p("if word>>%d != 0 {", s.width)
		g.w.p("return %s{}, fmt.Errorf(\"%s: bits that mean nothing in %%#x\", word)", s.name, s.name)
		g.w.p("}")
	}
	g.w.p("return %s{word}, nil", s.name)
	g.w.p("}\n")
	if s.seq > 0 {
		g.method(s.name, "Seq", "the generated method Seq")
		g.w.doc("Seq is the number of steps so far, modulo the width of the counter.", "")
		g.w.p("func (s %s) Seq() uint64 { return s.word >> %d }\n", s.name, s.width)
	}
}

// unpack writes the way from the word to the machines and variables.
func (g *generator) unpack(s *system) {
	if !s.general() {
		return
	}
	g.method(s.name, "unpack", "the generated method unpack")
	g.w.p("// unpack spreads the word out. Shared variables are lent to the machines one by one, later.")
	g.w.p("func (s %s) unpack(w *%s%s) {", s.name, s.low, suffixRun)
	g.w.p("states := &%s%s[s.State()]", s.low, suffixTuples)
	for i, in := range s.instances {
		g.w.p("%s.state = %sState(states[%d])", in.record, in.machine.name, i)
		if in.machine.selfType != "" {
			g.w.p("%s.self = %d", in.record, in.Index)
		}
		for k, p := range in.machine.Params {
			g.w.p("%s.%s = %s", in.record, in.machine.params[k], g.literal(p.Type, in.Args[k]))
		}
	}
	for _, v := range s.constants(g) {
		g.w.p("%s", v)
	}
	for _, p := range s.parts {
		if p.place == "" {
			continue
		}
		g.w.p("%s = %s", p.place, g.fromBits(p))
	}
	g.w.p("}\n")
}

// constants are assignments to variables of one value, which take no bits.
func (s *system) constants(g *generator) []string {
	var lines []string
	visit := func(_, place string, t *fsm.Type) {
		if t.Hi == t.Lo && t.Lo != 0 {
			lines = append(lines, fmt.Sprintf("%s = %s", place, g.literal(t, t.Lo)))
		}
	}
	for i, v := range s.Vars {
		if !v.Ghost {
			g.eachSlot("", "w."+s.fields[i], v.Type, visit)
		}
	}
	for _, in := range s.instances {
		for i, v := range in.machine.Vars {
			if !v.Ghost && !v.Shared {
				g.eachSlot("", in.record+"."+in.machine.fields[i], v.Type, visit)
			}
		}
	}
	return lines
}

// fromBits is the Go value of a part of the word.
func (g *generator) fromBits(p part) string {
	bits := p.bits("s.word")
	if p.typ == nil {
		return fmt.Sprintf("%s(%s)", timerBits(p.width), bits)
	}
	goal := g.goType(p.typ)
	switch {
	case p.typ.Kind == fsm.Bool:
		return fmt.Sprintf("%s != 0", bits)
	case p.typ.Lo != 0:
		return fmt.Sprintf("%s(int64(%s) + (%d))", goal, bits, p.typ.Lo)
	}
	return fmt.Sprintf("%s(%s)", goal, bits)
}

// toBits is a part of the word as a uint64.
func (g *generator) toBits(p part) string {
	switch {
	case p.typ == nil:
		return fmt.Sprintf("uint64(%s)", p.place)
	case p.typ.Kind == fsm.Bool:
		return fmt.Sprintf("fsm.Cond[uint64](%s, 1, 0)", p.place)
	case p.typ.Lo != 0:
		return fmt.Sprintf("uint64(int64(%s) - (%d))", p.place, p.typ.Lo)
	}
	return fmt.Sprintf("uint64(%s)", p.place)
}

// pack writes the way back. A tuple that the checker did not find has no number.
func (g *generator) pack(s *system) {
	g.method(s.low+suffixRun, "pack", "the generated method pack")
	g.w.p("// pack is the word, without its counter, and whether there is such a joint state.")
	g.w.p("func (w *%s%s) pack() (uint64, bool) {", s.low, suffixRun)
	if len(s.kinds) > 0 || s.queue > 0 {
		g.w.p("if w.full {")
		g.w.p("return 0, false")
		g.w.p("}")
	}
	code := ""
	for i, in := range s.instances {
		state := fmt.Sprintf("uint64(%s.state)", in.record)
		switch i {
		case 0:
			code = state
		case 1:
			code = fmt.Sprintf("%s*%d + %s", code, len(in.machine.states), state)
		default:
			code = fmt.Sprintf("(%s)*%d + %s", code, len(in.machine.states), state)
		}
	}
	g.w.p("code := %s", code)
	if slices.Contains(g.w.imports, "slices") && g.pkg.owner[s.low+suffixCodes] != "" {
		g.w.p("at, found := slices.BinarySearch(%s%s, code)", s.low, suffixCodes)
		g.w.p("if !found {")
		g.w.p("return 0, false")
		g.w.p("}")
		g.w.p("word := uint64(%s%s[at])", s.low, suffixIndex)
	} else {
		g.w.p("number := %s%s[code]", s.low, suffixIndex)
		g.w.p("if number == 0 {")
		g.w.p("return 0, false")
		g.w.p("}")
		g.w.p("word := uint64(number - 1)")
	}
	for _, p := range s.parts {
		if p.place == "" {
			continue
		}
		if p.shift == 0 {
			g.w.p("word |= %s", g.toBits(p))
			continue
		}
		g.w.p("word |= %s << %d", g.toBits(p), p.shift)
	}
	g.w.p("return word, true")
	g.w.p("}\n")
}
