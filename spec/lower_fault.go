package spec

import (
	"interlock/fsm"
)

// lowerCrashes lowers who may crash, and what a system does with it.
func (s *system) lowerCrashes() {
	first := map[int]fsm.Span{}
	for _, member := range s.members {
		d, ok := member.(*CrashDecl)
		if !ok {
			continue
		}
		targets := s.everyOne(d.Target, "a crash")
		s.badCrash = s.badCrash || len(targets) == 0 || d.Bad
		for _, i := range targets {
			most := s.env("the number of crashes").constant(d.Most, anyInt)
			if most == nil {
				s.badCrash = true
				break
			}
			if most.Value < 0 || most.Value > maxCrashes {
				s.badCrash = true
				s.c.tell("limit", d.Most.Pos(), "an instance crashes 0 to %d times, not %d", maxCrashes, most.Value)
				break
			}
			if at, twice := first[i]; twice {
				s.c.tell("duplicate", d.Target.Span, "the crashes of %s are counted already", quote(s.ir.Instances[i].Name)).
					label(at, "here").help("Take one of them away.")
				break
			}
			first[i] = d.Target.Span
			s.ir.Crashes = append(s.ir.Crashes, &fsm.Crash{Instance: i, AtMost: int(most.Value), Span: d.Target.Span})
		}
	}
	for _, member := range s.members {
		if d, ok := member.(*OnCrash); ok {
			s.lowerOnCrash(d)
		}
	}
}

// everyOne resolves a reference to an instance, or to each of an array.
func (s *system) everyOne(r InstanceRef, where string) []int {
	ref := s.env(where).instance(r)
	if ref == nil {
		return nil
	}
	if ref.index != nil {
		s.c.tell("not-constant", r.Index.Pos(), "%s names instances that are known beforehand", where)
		return nil
	}
	list := []int{ref.first}
	if ref.whole {
		for i := 1; i < ref.group.count; i++ {
			list = append(list, ref.first+i)
		}
	}
	return list
}

// lowerOnCrash lowers a body that runs with a crash, for each instance that may crash so.
func (s *system) lowerOnCrash(d *OnCrash) {
	for _, i := range s.everyOne(d.Target, "the body of a crash") {
		e := s.env("the body of a crash")
		e.ghosts = false
		e.self = intConst(int64(s.ir.Instances[i].Index), d.Span)
		body := e.body(d.Body)
		found := false
		for _, c := range s.ir.Crashes {
			if c.Instance == i {
				c.Body = append(c.Body, body...)
				found = true
			}
		}
		if !found && !s.hidden && !s.badCrash {
			s.c.tell("no-crash", d.Target.Span, "%s cannot crash", quote(d.Target.Name.Name)).
				help("Declare `crash %s at most 1`.", d.Target.Name.Name)
		}
	}
}

// timers resolves instance.timer: each instance of an array.
func (s *system) timers(r TimerRef) []fsm.TimerRef {
	list := s.everyOne(r.Instance, "an order")
	if len(list) == 0 || r.Timer.Name == "" {
		return nil
	}
	m := s.c.machines.list[s.ir.Instances[list[0]].Machine]
	sym, ok := m.names.find(r.Timer.Name)
	if !ok || sym.kind != symTimer {
		if !m.hidden {
			s.c.unknown(nil, "unknown-timer", r.Timer, "machine %s has no timer %s", m.decl.Name.Name, quote(r.Timer.Name)).
				help("Only timers are put in order.").suggest(r.Timer, m.namesOf(symTimer))
		}
		return nil
	}
	var refs []fsm.TimerRef
	for _, i := range list {
		refs = append(refs, fsm.TimerRef{Instance: i, Timer: sym.index})
	}
	return refs
}

// lowerOrder lowers `order a.t before b.u`: for every pair of instances, except that within one array it speaks of the two
// timers of the same instance.
func (s *system) lowerOrder(d *OrderDecl) {
	first, second := s.timers(d.First), s.timers(d.Second)
	text := s.c.text(d.Span)
	within := d.First.Instance.Name.Name == d.Second.Instance.Name.Name && d.First.Instance.Index == nil &&
		d.Second.Instance.Index == nil
	for _, a := range first {
		for _, b := range second {
			if within && a.Instance != b.Instance {
				continue
			}
			if a == b {
				s.c.tell("order-self", d.Span, "a timer cannot come before itself: it would never fire")
				return
			}
			s.ir.Orders = append(s.ir.Orders, fsm.Order{First: a, Second: b, Text: text, Span: d.Span})
		}
	}
}

// lowerFair lowers what is declared fair.
func (s *system) lowerFair(d *FairDecl) {
	word := "fair "
	if d.Strong {
		word = "strong fair "
	}
	for _, t := range d.Targets {
		f := fsm.Fairness{Strong: d.Strong, Instance: -1, Event: -1, Joint: -1, Text: word + s.c.text(t.Span), Span: t.Span}
		if t.Instance == nil {
			for _, j := range s.jointsNamed(t.Name) {
				f.Joint = j
				s.ir.Fair = append(s.ir.Fair, f)
			}
			continue
		}
		for _, i := range s.everyOne(*t.Instance, "a fairness") {
			event := s.ownEvent(i, t.Name)
			if event < 0 {
				break
			}
			f.Instance, f.Event = i, event
			s.ir.Fair = append(s.ir.Fair, f)
		}
	}
}

// ownEvent finds the timer or internal event of an instance; -1 where a mistake was told.
func (s *system) ownEvent(instance int, name Ident) int {
	m := s.c.machines.list[s.ir.Instances[instance].Machine]
	if name.Name == "" || m.hidden {
		return -1
	}
	for i, e := range m.ir.Events {
		if e.Name != name.Name {
			continue
		}
		switch e.Kind {
		case fsm.Internal, fsm.Fire:
			return i
		case fsm.Input:
			s.c.tell("fair-target", name.Span, "%s is an input: nobody makes the environment act", quote(name.Name)).
				help("Make it `internal` if the machine does it by itself.")
		default:
			s.c.tell("fair-target", name.Span, "%s is a message: its link is fair or not", quote(name.Name)).
				help("Write `fair` among the options of the link.")
		}
		return -1
	}
	if len(m.ir.Events) == 0 && len(m.leaves) == 0 {
		return -1
	}
	s.c.unknown(nil, "unknown-event", name, "machine %s has no timer or internal event %s", m.decl.Name.Name, quote(name.Name)).
		suggest(name, m.namesOf(symTimer, symInternal))
	return -1
}

// jointsNamed finds the joint transitions of a name, one for each value of its parameters.
func (s *system) jointsNamed(name Ident) []int {
	if name.Name == "" {
		return nil
	}
	sym, ok := s.names.find(name.Name)
	if ok && sym.kind == symJoint {
		return s.joints[name.Name]
	}
	if s.hidden {
		return nil
	}
	var names []string
	for _, sym := range s.names.list {
		if sym.kind == symJoint {
			names = append(names, sym.name.Name)
		}
	}
	t := s.c.unknown(s, "unknown-joint", name, "system %s has no joint transition %s", s.decl.Name.Name, quote(name.Name)).
		suggest(name, names)
	if ok {
		t.label(sym.name.Span, "this is %s", sym.what())
	}
	return nil
}
