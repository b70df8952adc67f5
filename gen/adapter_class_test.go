package gen

import (
	"fmt"

	"interlock/fsm"
)

// class holds the class of a joint machine against its methods, after a step from v.s to next by event with the effects out.
func (a *adapting) class(s *system) {
	a.p("class := %sClass", s.name)
	a.p("after, effects, failed := class.Step(v.s, event)")
	a.p("if after != next || effects != out || failed != err {\npanic(\"the class takes another step\")\n}")
	a.p("kept := out\nlastly, change, failed := class.Take(v.s, event, &kept)")
	a.p("if lastly != next || kept != out || failed != err {\npanic(\"the class takes another step where it tells all\")\n}")
	a.p("if err == nil && change != (fsm.Change{From: class.State(v.s), To: class.State(next), Seq: class.Seq(next), Before: class.Armed(v.s), " +
		"Armed: class.Armed(next), Started: class.Started(out)}) || err != nil && change != (fsm.Change{}) {\npanic(\"the class tells something else\")\n}")
	a.p("if class.State(next) != int(next.State()) || class.States[class.State(next)] != next.State().String() || " +
		"class.Final[class.State(next)] != next.State().IsFinal() || class.Word(next) != next.Word() {\npanic(\"the class sees another state\")\n}")
	if s.seq > 0 {
		a.p("if class.SeqBits != %sSeqBits || class.Seq(next) != next.Seq() {\npanic(\"the class counts otherwise\")\n}", s.name)
	} else {
		a.p("if class.SeqBits != 0 || class.Seq(next) != 0 {\npanic(\"the class counts\")\n}")
	}
	a.p("armed, number := uint64(0), 0")
	for _, in := range s.instances {
		index := ""
		if in.group.array {
			index = fmt.Sprint(in.Index)
		}
		for _, t := range in.machine.Timers {
			a.p("if next.%s%sArmed(%s) {\narmed |= 1 << number\n}", in.group.name, exported(t.Name), index)
			a.p("if class.Timers[number].Name != %q || class.Timers[number].Duration != %d {\npanic(\"the class has other timers\")\n}\nnumber++",
				in.Name+"."+t.Name, int64(t.Duration))
		}
	}
	a.p("if number != len(class.Timers) || class.Armed(next) != armed {\npanic(\"the class has other timers armed\")\n}")
	a.classStarts(s)
	for _, r := range s.roots {
		if r.event == nil {
			continue
		}
		for k := range r.group.count {
			for t := range r.group.machine.Timers {
				if s.fires(r.group.first+k, t) != r {
					continue
				}
				a.p("if fire := class.Fire(%d); fire.Kind != %s {\npanic(\"the class fires another timer\")\n}", s.timerOf(r.group.first+k, t), r.kind)
				if r.group.array {
					a.p("if fire := class.Fire(%d); int(fire.%s) != %d {\npanic(\"the class fires the timer of another\")\n}",
						s.timerOf(r.group.first+k, t), r.args[0].field, k)
				}
			}
		}
	}
}

// classStarts holds the timers that the class says are started against the effects, one by one.
func (a *adapting) classStarts(s *system) {
	a.p("started := uint64(0)\nfor e := range out.All() {\nswitch e.Kind {")
	for i, in := range s.instances {
		if in.Index > 0 {
			continue
		}
		for _, k := range s.kinds {
			if k.group != in.group || k.group.machine.Timers == nil || k.op != fsm.Start {
				continue
			}
			a.p("case %s:", k.goName)
			for n := range k.group.count {
				if k.group.array {
					a.p("if e.Index == %d {\nstarted |= 1 << %d\n}", n, s.timerOf(i+n, k.timer))
				} else {
					a.p("started |= 1 << %d", s.timerOf(i, k.timer))
				}
			}
		}
	}
	a.p("}\n}\nif class.Started(out) != started {\npanic(\"the class starts other timers\")\n}")
}
