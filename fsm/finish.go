package fsm

import "fmt"

// Finish checks that every index of the spec points at something and numbers the slots of each system's joint state.
// Whoever builds a Spec calls it once, before anything else reads the spec. The error names the first thing that is
// wrong: it is a mistake of the builder, not of the text.
func (s *Spec) Finish() error {
	for _, m := range s.Machines {
		if err := s.finishMachine(m); err != nil {
			return fmt.Errorf("fsm: machine %s: %w", m.Name, err)
		}
	}
	for _, sys := range s.Systems {
		sys.Spec = s
		if err := sys.finish(); err != nil {
			return fmt.Errorf("fsm: system %s: %w", sys.Name, err)
		}
	}
	return nil
}

func (s *Spec) finishMachine(m *Machine) error {
	if len(m.States) == 0 || !within(m.Initial, len(m.States)) {
		return fmt.Errorf("no initial state %d", m.Initial)
	}
	for _, p := range m.Peers {
		if !within(p.Machine, len(s.Machines)) {
			return fmt.Errorf("peer %s: no machine %d", p.Name, p.Machine)
		}
	}
	for _, v := range m.Vars {
		if !v.Any && !v.Shared && len(v.Init) != v.Type.Slots() {
			return fmt.Errorf("variable %s: %d initial values for %d slots", v.Name, len(v.Init), v.Type.Slots())
		}
	}
	for i, e := range m.Events {
		if e.Kind == Receive && !within(e.Message, len(s.Messages)) || e.Kind == Fire && !within(e.Timer, len(m.Timers)) {
			return fmt.Errorf("event %d (%s) points at nothing", i, e.Name)
		}
	}
	return s.finishHandlers(m)
}

// finishHandlers checks the tables of states and the transitions that they point at.
func (s *Spec) finishHandlers(m *Machine) error {
	for i, st := range m.States {
		if len(st.On) != len(m.Events) {
			return fmt.Errorf("state %s answers %d events of %d", st.Name, len(st.On), len(m.Events))
		}
		for event, levels := range st.On {
			for _, level := range levels {
				for _, t := range level {
					if !within(t, len(m.Transitions)) || m.Transitions[t].Event != event || m.Transitions[t].State != i {
						return fmt.Errorf("state %s, event %s: transition %d is not its own", st.Name, m.Events[event].Name, t)
					}
				}
			}
		}
	}
	for _, level := range m.Restart {
		for _, t := range level {
			if !within(t, len(m.Transitions)) || m.Transitions[t].Target == Stay {
				return fmt.Errorf("restart transition %d goes nowhere: there is no state to stay in", t)
			}
		}
	}
	for i, t := range m.Transitions {
		if t.Target != Stay && !within(t.Target, len(m.States)) {
			return fmt.Errorf("transition %d goes to no state %d", i, t.Target)
		}
		if t.Answer == Defer && (t.Event < 0 || m.Events[t.Event].Kind != Receive) {
			return fmt.Errorf("transition %d defers what is no message", i)
		}
	}
	return nil
}

func within(i, n int) bool { return 0 <= i && i < n }

// finish numbers the slots: the system's variables first, then each instance's own.
func (sys *System) finish() error {
	slots, timers := 0, 0
	sys.varSlots = nil
	sys.slotTypes = nil
	for _, v := range sys.Vars {
		sys.varSlots = append(sys.varSlots, slots)
		slots = sys.addSlots(slots, v)
	}
	for _, in := range sys.Instances {
		if !within(in.Machine, len(sys.Spec.Machines)) {
			return fmt.Errorf("instance %s has no machine %d", in.Name, in.Machine)
		}
		in.m = sys.Spec.Machines[in.Machine]
		in.timerBase = timers
		timers += len(in.m.Timers)
		in.varSlots = nil
		for i, v := range in.m.Vars {
			if !v.Shared {
				in.varSlots = append(in.varSlots, slots)
				slots = sys.addSlots(slots, v)
				continue
			}
			if i >= len(in.Shared) || !within(in.Shared[i], len(sys.Vars)) {
				return fmt.Errorf("instance %s: shared variable %s is bound to nothing", in.Name, v.Name)
			}
			in.varSlots = append(in.varSlots, sys.varSlots[in.Shared[i]])
		}
		if err := sys.finishInstance(in); err != nil {
			return err
		}
	}
	sys.timers = timers
	return sys.finishParts()
}

// addSlots records the types of the slots of a variable and returns the number of slots so far.
func (sys *System) addSlots(slots int, v Var) int {
	for range v.Type.Slots() {
		sys.slotTypes = append(sys.slotTypes, v.Type.Scalar())
	}
	return slots + v.Type.Slots()
}

func (sys *System) finishInstance(in *Instance) error {
	if len(in.Args) != len(in.m.Params) || len(in.Peers) != len(in.m.Peers) || len(in.Routes) != len(in.m.Peers) {
		return fmt.Errorf("instance %s: %d arguments, %d peers and %d routes for machine %s", in.Name, len(in.Args),
			len(in.Peers), len(in.Routes), in.m.Name)
	}
	for p, bound := range in.Peers {
		if len(bound) != max(1, in.m.Peers[p].Len) || len(in.Routes[p]) != len(bound) {
			return fmt.Errorf("instance %s: peer %s is bound to %d instances", in.Name, in.m.Peers[p].Name, len(bound))
		}
		for e, to := range bound {
			if !within(to, len(sys.Instances)) || len(in.Routes[p][e]) != len(sys.Spec.Messages) {
				return fmt.Errorf("instance %s: peer %s[%d] is bound to nothing", in.Name, in.m.Peers[p].Name, e)
			}
			for _, link := range in.Routes[p][e] {
				if link >= len(sys.Links) {
					return fmt.Errorf("instance %s: no link %d", in.Name, link)
				}
			}
		}
	}
	return nil
}

// finishParts checks links, nodes, crashes and joint transitions.
func (sys *System) finishParts() error {
	for _, l := range sys.Links {
		if !within(l.From, len(sys.Instances)) || !within(l.To, len(sys.Instances)) || l.Kind != Atomic && l.Capacity < 1 {
			return fmt.Errorf("link %s points at nothing, or holds nothing", l.Name)
		}
	}
	seen := make([]bool, len(sys.Instances))
	for n, node := range sys.Nodes {
		for _, i := range node.Instances {
			if !within(i, len(seen)) || seen[i] || sys.Instances[i].Node != n {
				return fmt.Errorf("node %s: instance %d is not its own", node.Name, i)
			}
			seen[i] = true
		}
	}
	for i, in := range sys.Instances {
		if !seen[i] {
			return fmt.Errorf("instance %s is on no node", in.Name)
		}
	}
	for _, c := range sys.Crashes {
		if !within(c.Instance, len(sys.Instances)) {
			return fmt.Errorf("a crash of no instance %d", c.Instance)
		}
	}
	for _, j := range sys.Joints {
		for _, p := range j.Parts {
			if !within(p.Instance, len(sys.Instances)) || len(p.Targets) != len(p.From) || len(p.Bodies) != len(p.From) {
				return fmt.Errorf("joint %s: a part is not whole", j.Name)
			}
		}
	}
	return nil
}

// MachineOf is the machine of an instance.
func (sys *System) MachineOf(instance int) *Machine { return sys.Instances[instance].m }

// SystemSlot is the first slot of a system variable in [Joint.Vars].
func (sys *System) SystemSlot(v int) int { return sys.varSlots[v] }

// VarSlot is the first slot of a variable of an instance in [Joint.Vars]; of a shared one, the system's.
func (sys *System) VarSlot(instance, v int) int { return sys.Instances[instance].varSlots[v] }

// TimerSlot is the place of a timer of an instance in [Joint.Armed].
func (sys *System) TimerSlot(instance, timer int) int {
	return sys.Instances[instance].timerBase + timer
}

// SlotTypes are the scalar types of the slots of [Joint.Vars].
func (sys *System) SlotTypes() []*Type { return sys.slotTypes }

// NumTimers is the length of [Joint.Armed].
func (sys *System) NumTimers() int { return sys.timers }

// MayCrash reports whether some declared crash takes the node of the instance down.
func (sys *System) MayCrash(instance int) bool {
	for _, c := range sys.Crashes {
		if c.AtMost > 0 && sys.Instances[c.Instance].Node == sys.Instances[instance].Node {
			return true
		}
	}
	return false
}

// IsAtomic reports whether every link is atomic: such a system can be generated as one machine in one word.
func (sys *System) IsAtomic() bool {
	for _, l := range sys.Links {
		if l.Kind != Atomic {
			return false
		}
	}
	return true
}
