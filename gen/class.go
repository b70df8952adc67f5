package gen

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// systemClass writes what code that keeps many joint machines must know of one kind of them.
func (g *generator) systemClass(s *system) {
	started := "0"
	if g.classStarted(s); slices.ContainsFunc(s.kinds, func(k *systemOrder) bool { return k.op == fsm.Start }) {
		started = "effects.started()"
	}
	name := g.declare(s.name+"Class", "the generated variable "+s.name+"Class")
	g.w.doc(name+" is "+s.name+" for code that keeps many of them, such as package fleet.", "")
	g.w.p("var %s = fsm.Class[%s, %sEvent, %sEffects]{", name, s.name, s.name, s.name)
	g.w.p("Spec: SpecDigest,")
	g.w.p("Name: %q,", s.Name)
	g.w.p("Layout: %q,", s.layout())
	g.w.p("States: %sState%s[:],", s.low, suffixNames)
	g.w.p("Final: []bool{%s},", s.finals())
	g.w.p("Events: %sEvent%s[:],", s.low, suffixNames)
	timers := s.timers()
	if len(timers) > 0 {
		g.w.p("Timers: []fsm.ClassTimer{")
		for _, t := range timers {
			g.w.p("{Name: %q, Duration: %d}, // %s", t.Name, int64(t.Duration), t.Duration)
		}
		g.w.p("},")
	}
	g.w.p("SeqBits: %d,", s.seq)
	if len(s.start.args) == 0 {
		g.w.p("Start: New%s,", s.name)
	}
	g.w.p("Step: %s.Successor,", s.name)
	g.classTake(s, strings.Replace(started, "effects", "out", 1))
	g.w.p("State: func(s %s) int { return int(s.State()) },", s.name)
	g.w.p("Seq: func(s %s) uint64 { return %s },", s.name, s.seqOf("s"))
	g.w.p("Armed: func(s %s) uint64 { return %s },", s.name, s.armed("s.word"))
	g.w.p("Started: func(effects %sEffects) uint64 { return %s },", s.name, started)
	g.classFire(s)
	g.w.p("Word: %s.Word,", s.name)
	g.w.p("FromWord: %sFromWord,", s.name)
	g.w.p("Observation: func(event %sEvent, effects %sEffects) fsm.Observation {", s.name, s.name)
	g.w.p("return effects.observation(event)")
	g.w.p("},")
	g.w.p("}\n")
}

// classTake writes the step with all that is to be known of it.
func (g *generator) classTake(s *system, started string) {
	g.w.p("Take: func(s %s, event %sEvent, out *%sEffects) (%s, fsm.Change, error) {", s.name, s.name, s.name, s.name)
	g.w.p("before := s")
	g.w.p("*out = %sEffects{}", s.name)
	g.w.p("if err := s.handle(out, event); err != nil {")
	g.w.p("return s, fsm.Change{}, err")
	g.w.p("}")
	g.w.p("return s, fsm.Change{From: int(before.State()), To: int(s.State()), Seq: %s, Before: %s, Armed: %s, Started: %s}, nil", s.seqOf("s"),
		s.armed("before.word"), s.armed("s.word"), started)
	g.w.p("},")
}

// seqOf is the text of a value's counter of steps.
func (s *system) seqOf(value string) string {
	if s.seq == 0 {
		return "0"
	}
	return value + ".Seq()"
}

// finals says of each joint state whether every machine is in a final state.
func (s *system) finals() string {
	var texts []string
	for _, tuple := range s.tuples {
		all := true
		for k, state := range tuple {
			all = all && s.instances[k].machine.States[state].Final
		}
		texts = append(texts, fmt.Sprint(all))
	}
	return strings.Join(texts, ", ")
}

// timers are those of all instances, in the order of their bits.
func (s *system) timers() []fsm.ClassTimer {
	var all []fsm.ClassTimer
	for _, in := range s.instances {
		for _, t := range in.machine.Timers {
			all = append(all, fsm.ClassTimer{Name: in.Name + "." + t.Name, Duration: t.Duration})
		}
	}
	return all
}

// armed is the text of the bits of all timers, gathered from the word.
func (s *system) armed(word string) string {
	var texts []string
	base := 0
	for _, p := range s.parts {
		if p.typ != nil || p.place == "" {
			continue
		}
		text := fmt.Sprintf("(%s)", p.bits(word))
		if base > 0 {
			text += fmt.Sprintf("<<%d", base)
		}
		texts = append(texts, text)
		base += p.width
	}
	if len(texts) == 0 {
		return "0"
	}
	return strings.Join(texts, " | ")
}

// classStarted writes which timers the effects of a step start.
func (g *generator) classStarted(s *system) {
	text := g.aside(func() {
		for _, k := range s.kinds {
			if k.op != fsm.Start {
				continue
			}
			at := fmt.Sprint(s.timerOf(k.group.first, k.timer))
			if k.group.array {
				at = fmt.Sprintf("(%s + %d*uint(effect.Index))", at, len(k.group.machine.Timers))
			}
			g.w.p("case %s:", k.goName)
			g.w.p("started |= 1 << %s", at)
		}
	})
	if text == "" {
		return
	}
	g.method(s.name+"Effects", "started", "the generated method started")
	g.w.p("// started has a bit for each timer that the effects start.")
	g.w.p("func (e *%sEffects) started() (started uint64) {", s.name)
	g.w.p("for i := range e.list[:e.n] {")
	g.w.p("switch effect := &e.list[i]; effect.Kind {")
	g.w.WriteString(text)
	g.w.p("}")
	g.w.p("}")
	g.w.p("return started")
	g.w.p("}\n")
}

// timerOf is the number of a timer among those of all instances.
func (s *system) timerOf(instance, timer int) int {
	for _, in := range s.instances[:instance] {
		timer += len(in.machine.Timers)
	}
	return timer
}

// classFire writes the event of each timer.
func (g *generator) classFire(s *system) {
	if len(s.timers()) == 0 {
		g.w.p("Fire: func(int) %sEvent { return %sEvent{} },", s.name, s.name)
		return
	}
	g.w.p("Fire: func(timer int) %sEvent {", s.name)
	g.w.p("return [...]%sEvent{", s.name)
	for i, in := range s.instances {
		for t := range in.machine.Timers {
			r := s.fires(i, t)
			if r == nil {
				g.w.p("{}, // nothing answers it")
				continue
			}
			index := ""
			if in.group.array {
				index = fmt.Sprintf(", %s: %d", r.args[0].field, in.Index)
			}
			g.w.p("{Kind: %s%s},", r.kind, index)
		}
	}
	g.w.p("}[timer]")
	g.w.p("},")
}

// fires finds what the environment asks of an instance when a timer of it fires.
func (s *system) fires(instance, timer int) *root {
	in := s.instances[instance]
	for _, r := range s.roots {
		if r.group == in.group && r.event != nil && r.event.Kind == fsm.Fire && r.event.Timer == timer {
			return r
		}
	}
	return nil
}
