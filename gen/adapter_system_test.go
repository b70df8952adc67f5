package gen

import (
	"fmt"
	"strings"

	"interlock/fsm"
)

// system adapts a joint machine: the value, and the cell that must do the same.
func (a *adapting) system(s *system) {
	value := s.low + "Value"
	a.p("type %s struct{ s %s }\n", value, s.name)
	a.p("func (v %s) Name() string { return v.s.State().String() }\n", value)
	a.systemRead(s, value)
	a.p("func (v %s) Step(root int, a []int64) (compare.Value, compare.Result) {", value)
	a.p("next, again := v.s, v.s\nvar cell, plain %sCell\ncell.Store(v.s)\nplain.Store(v.s)", s.name)
	a.p("var out, twin, third, fourth %sEffects\nvar err, other, last error\nvar event %sEvent", s.name, s.name)
	a.p("switch root {")
	for i, r := range s.roots {
		args := a.indexed(s, r)
		a.p("case %d:\nout, err = next.%s(%s)\nthird, _ = cell.%s(%s)", i, r.method, a.callArgs(args), r.method, a.callArgs(args))
		a.event(s.name, r.kind, args)
	}
	a.p("}")
	a.p("twin, other = again.Step(event)\nfourth, last = plain.Step(event)")
	if s.seq == 0 {
		a.p("third.seq, fourth.seq = out.seq, out.seq")
	}
	a.p("if twin != out || third != out || fourth != out || other != err || last != err || again != next || cell.Load() != next || " +
		"plain.Load() != next || v.s.Can(event) != (err == nil) {\npanic(\"the method, Step and the cell differ\")\n}")
	a.p("if restored, bad := %sFromWord(next.Word()); bad != nil || restored != next {\npanic(\"the word cannot be stored\")\n}", s.name)
	if s.seq > 0 {
		a.p("if err == nil && (out.Seq() != next.Seq() || next.Seq() != (v.s.Seq()+1)&(1<<%sSeqBits-1)) {\npanic(\"the step is not counted\")\n}", s.name)
	}
	a.successor("s")
	if s.known != nil {
		a.p("if v.s.known() == nil || next.known() == nil {\npanic(\"steps lead to a joint value that is not known\")\n}")
	}
	a.unwatchedSystem(s)
	a.class(s)
	a.p("return %s{next}, %sResult(&out, err)\n}\n", value, s.low)
	a.enabled(value, "s")
	a.result(s.low, s.name, func() {
		for _, k := range s.kinds {
			instance := fmt.Sprint(k.group.first)
			if k.group.array {
				instance += " + int(e.Index)"
			}
			a.p("case %s:\nr.Orders = append(r.Orders, compare.Order{Op: %d, Instance: %s, Index: %d, Args: []int64{%s}})", k.goName, k.op, instance,
				k.timer+k.effect, a.fieldValues(k.params, k.fields))
		}
	}, "out.Seq()")
	a.systemTest(s, value)
}

// unwatchedSystem takes the same event again while nobody observes, in every way that there is, and one that there is not.
func (a *adapting) unwatchedSystem(s *system) {
	a.p("compare.Unwatched(func() {")
	a.p("alone, method := v.s, v.s\nvar cell, plain %sCell\ncell.Store(v.s)\nplain.Store(v.s)", s.name)
	a.p("twin, other = alone.Step(event)\nfourth, last = plain.Step(event)")
	a.p("switch root {")
	for i, r := range s.roots {
		args := a.callArgs(a.indexed(s, r))
		a.p("case %d:\nthird, _ = cell.%s(%s)\nmethod.%s(%s)", i, r.method, args, r.method, args)
	}
	a.p("}")
	if s.seq == 0 {
		a.p("third.seq, fourth.seq = out.seq, out.seq")
	}
	a.p("if twin != out || third != out || fourth != out || other != err || last != err || alone != next || method != next || cell.Load() != next || plain.Load() != next {")
	a.p("panic(\"a step that nobody observes differs\")\n}")
	if n := len(s.roots); n < 256 {
		a.p("wrong := %sEvent{Kind: %d}", s.name, n)
		a.p("_, other = alone.Step(wrong)\n_, last = plain.Step(wrong)")
		a.p("if !errors.Is(other, fsm.ErrRefused) || other != last || alone != next || plain.Load() != next || alone.Can(wrong) {")
		a.p("panic(\"an event that is none was taken\")\n}")
		a.noSuccessor("s")
	}
	a.p("})")
}

// indexed gives the index of an array of instances its type.
func (a *adapting) indexed(s *system, r *root) []arg {
	args := append([]arg{}, r.args...)
	for i := range args {
		if args[i].goType == "int" && args[i].typ == nil {
			args[i].typ = fsm.IntType(0, int64(r.group.count-1))
		}
	}
	return args
}

func (a *adapting) systemRead(s *system, value string) {
	a.p("func (v %s) Read() compare.Reading {\nvar r compare.Reading", value)
	for _, x := range s.Vars {
		if x.Ghost {
			a.p("r.System = append(r.System, nil)")
			continue
		}
		a.p("r.System = append(r.System, %s)", a.slots("v.s."+exported(x.Name)+"()", x.Type))
	}
	for _, in := range s.instances {
		index := ""
		if in.group.array {
			index = fmt.Sprint(in.Index)
		}
		a.p("r.States = append(r.States, int(v.s.%s(%s)))", in.group.name, index)
		var vars, armed []string
		for _, x := range in.machine.Vars {
			if x.Ghost || x.Shared {
				vars = append(vars, "nil")
				continue
			}
			vars = append(vars, a.slots(fmt.Sprintf("v.s.%s%s(%s)", in.group.name, exported(x.Name), index), x.Type))
		}
		for _, x := range in.machine.Timers {
			armed = append(armed, fmt.Sprintf("v.s.%s%sArmed(%s)", in.group.name, exported(x.Name), index))
		}
		a.p("r.Vars = append(r.Vars, [][]int64{%s})\nr.Armed = append(r.Armed, []bool{%s})", strings.Join(vars, ", "), strings.Join(armed, ", "))
	}
	a.p("return r\n}\n")
}

func (a *adapting) systemTest(s *system, value string) {
	if s.known != nil {
		a.p("func TestWhatIsKnownOf%s(t *testing.T) {\nknown := 0", s.name)
		a.p("for word := range uint64(1) << %d {", min(s.width, 16))
		a.p("if v, err := %sFromWord(word); err == nil && v.known() != nil {\nknown++\n}\n}", s.name)
		listed := 0
		for _, word := range s.known.words {
			listed += int(fsm.Cond(word>>16 == 0, 1, 0))
		}
		a.p("if known != %d {\nt.Fatal(known, \"values are known\")\n}\n}\n", listed)
	}
	a.p("func TestSystem%sAgainstTheReference(t *testing.T) {", s.name)
	a.p("compare.System(t, %q, compare.Subject{", s.Name)
	a.p("Roots: []compare.Root{")
	for _, r := range s.roots {
		later := map[string]bool{}
		for _, set := range r.sets {
			later[set[1]] = true
		}
		args := a.argList(a.indexed(s, r), func(x arg) bool { return later[x.name] || r.event == nil })
		if r.event == nil {
			a.p("{Name: %q, Joints: %#v, Args: []compare.Arg{%s}},", r.text, r.joints, args)
			continue
		}
		a.p("{Name: %q, First: %d, Count: %d, Array: %t, Event: %d, Args: []compare.Arg{%s}},", r.text, r.group.first, r.group.count, r.group.array,
			indexOf(r.group.machine, r.event), args)
	}
	a.p("},")
	exact := map[string]bool{}
	for key, name := range s.start.chosen {
		if !strings.Contains(key, "|") {
			exact[name] = true
		}
	}
	a.p("StartArgs: []compare.Arg{%s},", a.startArgs(s.start.args, false, 0, func(x arg) bool { return !exact[x.name] }))
	a.p("Start: func(a []int64) (compare.Value, compare.Result) {")
	a.p("s, out, err := New%s(%s)\nreturn %s{s}, %sResult(&out, err)\n},", s.name, a.callArgs(s.start.args), value, s.low)
	a.p("})\n}\n")
}
