package gen

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// Where a joint machine has few joint values (of control, variables and timers together), there are few steps that it can take, and
// all of them are found when the program starts, by the code that runs the bodies: a step is then one look, and that code is
// asked only about values that nothing leads to.

// What bounds the steps that are found beforehand: a start of the program spends half a microsecond on each.
const (
	maxKnownValues = 64
	maxKnownSteps  = 512
	maxKnownJoints = 4096 // joint states that the generator looks at to find the values: ghosts tell more of them apart
	maxKnownAsked  = 6    // places where the host is asked: the generator tries all combinations of answers of a step
)

// knownSteps are the joint values of a joint machine, and where each is looked for.
type knownSteps struct {
	words  []uint64 // without their counters, in the order in which steps lead to them
	rows   int      // events with their arguments
	places int      // of the table that finds a value: a power of two
	magic  uint64   // value × magic, of which the upper bits are the place: no two share one
}

// planKnown finds the joint values of a joint machine by the reference; nil if they, or the events, are too many.
func (g *generator) planKnown(s *system) *knownSteps {
	if s.table != nil || s.seq == 0 || len(s.roots) == 0 || len(s.start.args) > 0 || len(s.answers) > 0 || s.asks() > maxKnownAsked {
		return nil
	}
	k := &knownSteps{}
	for _, r := range s.roots {
		k.rows = min(k.rows+s.tried(r).combinations(), maxKnownSteps+1)
	}
	if k.rows > maxKnownSteps || !s.explore(k) || len(k.words)*k.rows > maxKnownSteps {
		return nil
	}
	k.findPlaces()
	return k
}

// asks is the number of places in machines and joint transitions where the host is asked: extern guards and free choices.
func (s *system) asks() (places int) {
	count := func(e *fsm.Expr) {
		if e.Op == fsm.OpExtern || e.Op == fsm.OpAny {
			places++
		}
	}
	for _, gr := range s.groups {
		for _, t := range gr.machine.Transitions {
			walkExpr(t.Guard, count)
			walkBodyExprs(t.Body, count)
		}
	}
	for _, t := range s.Joints {
		walkExpr(t.Guard, count)
		walkBodyExprs(t.Body, count)
		for _, part := range t.Parts {
			for _, body := range part.Bodies {
				walkBodyExprs(body, count)
			}
		}
	}
	return places
}

// tried is a root whose arguments are tried.
func (s *system) tried(r *root) tried {
	t := tried{kind: r.kind, name: r.text, args: r.args}
	if r.group != nil {
		t.indices = r.group.count
	}
	return t
}

// explore collects the values that steps lead to. It reports whether they are few.
func (s *system) explore(k *knownSteps) bool {
	starts, err := fsm.Starts(s.System)
	if err != nil {
		return false
	}
	var joints []*fsm.Joint
	seen := map[string]bool{}
	add := func(o *fsm.Outcome) {
		if key := o.Joint.Key(); !seen[key] {
			seen[key] = true
			joints = append(joints, o.Joint)
		}
	}
	for _, start := range starts {
		if start.Outcome != nil && start.Fails == nil {
			add(start.Outcome)
		}
	}
	for i := 0; i < len(joints); i++ {
		word, ok := s.wordOf(joints[i])
		if ok && !slices.Contains(k.words, word) {
			k.words = append(k.words, word)
		}
		if len(joints) > maxKnownJoints || len(k.words) > maxKnownValues {
			return false
		}
		for _, choice := range fsm.Choices(s.System, joints[i]) {
			if choice.Kind != fsm.Handle && choice.Kind != fsm.TakeJoint {
				continue
			}
			if outcome, err := fsm.Step(s.System, joints[i], choice); err == nil {
				add(outcome)
			}
		}
	}
	return len(k.words) > 0
}

// wordOf is a joint state as a word without its counter; false if the generated code has no such joint state. It is what pack does.
func (s *system) wordOf(joint *fsm.Joint) (uint64, bool) {
	tuple := slices.IndexFunc(s.tuples, func(tuple []int) bool { return slices.Equal(tuple, joint.States) })
	var values []int64 // of the parts, in their order
	if s.control("") != "0" {
		values = append(values, int64(tuple))
	}
	slot, timer := 0, 0
	variable := func(v fsm.Var) {
		n := v.Type.Slots()
		for _, value := range joint.Vars[slot : slot+n] {
			if e := element(v.Type); !v.Ghost && e.Hi > e.Lo {
				values = append(values, value-e.Lo)
			}
		}
		slot += n
	}
	for _, v := range s.Vars {
		variable(v)
	}
	for _, in := range s.instances {
		for _, v := range in.machine.Vars {
			if !v.Shared {
				variable(v)
			}
		}
		armed := int64(0)
		for i := range in.machine.Timers {
			if joint.Armed[timer] {
				armed |= 1 << i
			}
			timer++
		}
		if len(in.machine.Timers) > 0 {
			values = append(values, armed)
		}
	}
	word := uint64(0)
	for i, p := range s.parts {
		word |= uint64(values[i]) << p.shift
	}
	return word, tuple >= 0
}

// element is the type of the scalars of a variable.
func element(t *fsm.Type) *fsm.Type {
	for t.Kind == fsm.Array {
		t = t.Elem
	}
	return t
}

// findPlaces chooses how many places there are, and the factor.
func (k *knownSteps) findPlaces() {
	for k.places = 2; !k.spread(); {
		k.places *= 2
	}
}

// spread looks for a factor that gives each value a place of its own among so many. Where there are sixteen times as many places as values it
// is found soon.
func (k *knownSteps) spread() bool {
	for try := range uint64(1000) {
		k.magic = (try + 1) * 0x9e3779b97f4a7c15
		taken := map[uint64]bool{}
		for _, word := range k.words {
			taken[k.place(word)] = true
		}
		if len(taken) == len(k.words) {
			return true
		}
	}
	return false
}

// place is where a value is looked for.
func (k *knownSteps) place(word uint64) uint64 {
	return word * k.magic >> (64 - bitsFor(int64(k.places-1)))
}

// knownTables writes the steps, and what finds them when the program starts.
func (g *generator) knownTables(s *system) {
	k := s.known
	step, steps := g.private(s.low+suffixStep), g.private(s.low+suffixSteps)
	places := g.private(s.low + suffixPlaces)
	g.w.p("// %s is what becomes of an event.", step)
	g.w.p("type %s struct {", step)
	g.w.p("out %sEffects // without the number of the step", s.name)
	g.w.p("word uint64 // after it, without its counter")
	g.w.p("err error")
	g.w.p("}\n")
	g.w.p("// %s are what becomes of every event in every joint value that steps lead to: it is found when the program starts.", steps)
	g.w.p("var %s [%d][%d]%s\n", steps, len(k.words), k.rows, step)
	g.w.p("// %s finds the steps of a joint value: %#x times that value has the place in its upper bits.", places, k.magic)
	g.w.p("var %s [%d]struct {", places, k.places)
	g.w.p("word uint64")
	g.w.p("steps *[%d]%s", k.rows, step)
	g.w.p("}\n")
	g.w.p("func init() {")
	g.w.p("words := [...]uint64{%s}", k.texts())
	g.w.p("for i, word := range words {")
	g.w.p("row := 0")
	g.w.p("find := func(event %sEvent) {", s.name)
	g.w.p("s, step := %s{word}, &%s[i][row]", s.name, steps)
	g.w.p("step.err = s.handle(&step.out, event)")
	g.w.p("step.word = s.word & %#x", mask(s.width))
	g.w.p("row++")
	g.w.p("}")
	for _, r := range s.roots {
		t := s.tried(r)
		fields := g.argLoops(t)
		g.w.p("find(%sEvent{%s})", s.name, strings.Join(fields, ", "))
		g.w.WriteString(strings.Repeat("}\n", len(t.args)))
	}
	g.w.p("}")
	g.w.p("for i, word := range words {")
	g.w.p("place := &%s", s.placeOf("word"))
	g.w.p("place.word, place.steps = word, &%s[i]", steps)
	g.w.p("}")
	g.w.p("}\n")
}

// texts are the values as text.
func (k *knownSteps) texts() string {
	var texts []string
	for _, word := range k.words {
		texts = append(texts, fmt.Sprintf("%#x", word))
	}
	return strings.Join(texts, ", ")
}

// placeOf is the text of the place of a value.
func (s *system) placeOf(value string) string {
	k := s.known
	return fmt.Sprintf("%s%s[%s*%#x>>%d]", s.low, suffixPlaces, value, k.magic, 64-bitsFor(int64(k.places-1)))
}

// knownStep writes the step that is looked up.
func (g *generator) knownStep(s *system) {
	g.knownTables(s)
	for _, name := range []string{"known", "take"} {
		g.method(s.name, name, "the generated method "+name)
	}
	g.w.p("// known is what becomes of each event in the joint value, nil if nothing leads there.")
	g.w.p("func (s %s) known() *[%d]%s%s {", s.name, s.known.rows, s.low, suffixStep)
	g.w.p("value := s.word & %#x", mask(s.width))
	g.w.p("place := &%s", s.placeOf("value"))
	g.w.p("if place.word != value {")
	g.w.p("return nil")
	g.w.p("}")
	g.w.p("return place.steps")
	g.w.p("}\n")
	g.w.p("// take takes a step that is known.")
	g.w.p("func (s *%s) take(out *%sEffects, step *%s%s) error {", s.name, s.name, s.low, suffixStep)
	g.w.p("if step.err == nil {")
	g.w.p("*out = step.out")
	g.w.p("s.word = (s.word>>%d+1)<<%d | step.word", s.width, s.width)
	g.w.p("out.seq = s.Seq()")
	g.w.p("}")
	g.w.p("return step.err")
	g.w.p("}\n")
}

// knownRoot writes the beginning of a method: the look. Arguments out of their range are left to the rest of it.
func (g *generator) knownRoot(s *system, r *root) {
	if s.known == nil {
		return
	}
	base := 0
	for _, other := range s.roots {
		if other == r {
			break
		}
		base += s.tried(other).combinations()
	}
	row, tests := fmt.Sprint(base), []string{}
	t, factor := s.tried(r), 1
	for _, a := range slices.Backward(t.args) {
		lo, n, number := int64(0), int64(t.indices), fmt.Sprintf("uint64(%s)", a.name)
		if a.typ != nil {
			lo, n = a.typ.Lo, a.typ.Hi-a.typ.Lo+1
		}
		switch {
		case a.goType == "bool":
			number = fmt.Sprintf("fsm.Cond[uint64](%s, 1, 0)", a.name)
		case lo != 0:
			number = fmt.Sprintf("uint64(int64(%s) - (%d))", a.name, lo)
		}
		if a.goType != "bool" {
			tests = append(tests, fmt.Sprintf("%s < %d", number, n))
		}
		row += fmt.Sprintf(" + %d*%s", factor, number)
		factor *= int(n)
	}
	g.w.p("if steps := s.known(); %s {", strings.Join(append([]string{"steps != nil"}, tests...), " && "))
	g.w.p("return s.take(out, &steps[%s])", row)
	g.w.p("}")
}
