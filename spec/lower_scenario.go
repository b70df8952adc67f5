package spec

import (
	"slices"

	"interlock/fsm"
)

func (s *system) lowerScenario(d *Scenario) {
	s.verdictName(d.Name, "scenario")
	sc := &fsm.Scenario{Name: d.Name.Name, Doc: d.Doc, ExpectViolated: d.ExpectViolated, Span: d.Name.Span}
	gap := false
	for i := range d.Steps {
		st := &d.Steps[i]
		if st.Kind == StepAny {
			gap = true
			continue
		}
		step := fsm.ScenarioStep{Gap: gap, Instance: -1, Text: s.c.text(st.Span), Span: st.Span}
		if s.lowerStep(st, &step) {
			sc.Steps = append(sc.Steps, step)
		}
		gap = false
	}
	sc.OpenEnd = gap
	if d.Reaches != nil {
		sc.Reaches = s.env("the end of a scenario").cond(d.Reaches)
	}
	s.ir.Scenarios = append(s.ir.Scenarios, sc)
}

// lowerStep lowers one step of a scenario; false means that a mistake was told.
func (s *system) lowerStep(st *ScenarioStep, step *fsm.ScenarioStep) bool {
	switch st.Kind {
	case StepEvent:
		return s.lowerEventStep(st, step)
	case StepJoint:
		return s.lowerJointStep(st, step)
	case StepDeliver, StepLose, StepDuplicate:
		return s.lowerLinkStep(st, step)
	case StepCrash, StepRestart:
		return s.lowerNodeStep(st, step)
	}
	return false
}

// stepInstance resolves the one instance that a step is about.
func (s *system) stepInstance(r InstanceRef) int {
	return s.env("a step of a scenario").one(r)
}

// stepArgs evaluates arguments; nil stands for any.
func (s *system) stepArgs(what string, st *ScenarioStep, params []fsm.Param) (args []*int64, ok bool) {
	if !st.HasArgs {
		return nil, true
	}
	if !s.c.arity(what, st.Name.Name, len(params), len(st.Args), st.Span, fsm.Span{}) {
		return nil, false
	}
	e := s.env("an argument of a step")
	args, ok = make([]*int64, len(st.Args)), true
	for i, a := range st.Args {
		if _, any := a.(*WildcardExpr); any {
			continue
		}
		if params[i].Type == nil {
			return nil, false
		}
		v := e.constant(a, params[i].Type)
		if v != nil {
			v = e.fit(v, params[i].Type, a)
		}
		if v == nil {
			ok = false
			continue
		}
		args[i] = &v.Value
	}
	return args, ok
}

func (s *system) lowerEventStep(st *ScenarioStep, step *fsm.ScenarioStep) bool {
	step.Instance = s.stepInstance(st.Instance)
	if step.Instance < 0 || st.Name.Name == "" {
		return false
	}
	in := s.ir.Instances[step.Instance]
	m := s.c.machines.list[in.Machine]
	step.Event = slices.IndexFunc(m.ir.Events, func(e fsm.Event) bool { return e.Name == st.Name.Name })
	_, message := s.c.messages.find(st.Name.Name)
	switch {
	case message:
		s.c.tell("scenario-step", st.Name.Span, "%s is a message: it is delivered", quote(st.Name.Name)).
			help("Write `deliver a -> %s %s`.", in.Name, st.Name.Name)
		return false
	case step.Event < 0:
		if !m.hidden && len(m.leaves) > 0 && len(m.ir.Events) > 0 {
			s.c.unknown(nil, "unknown-event", st.Name, "machine %s has no input, internal event or timer %s", m.decl.Name.Name,
				quote(st.Name.Name)).suggest(st.Name, m.namesOf(symInput, symInternal, symTimer))
		}
		return false
	case !isTaken(m.ir, step.Event) && (m.broken || m.hidden):
		return false
	case !isTaken(m.ir, step.Event):
		s.c.tell("scenario-step", st.Name.Span, "no state of %s takes %s", m.decl.Name.Name, quote(st.Name.Name))
		return false
	}
	var ok bool
	step.Kind = fsm.Handle
	step.Args, ok = s.stepArgs("event", st, m.ir.Events[step.Event].Params)
	return ok
}

// isTaken reports whether an event has a transition in some state.
func isTaken(m *fsm.Machine, event int) bool {
	return slices.ContainsFunc(m.States, func(st fsm.State) bool { return event < len(st.On) && len(st.On[event]) > 0 })
}

func (s *system) lowerJointStep(st *ScenarioStep, step *fsm.ScenarioStep) bool {
	list := s.jointsNamed(st.Name)
	if len(list) == 0 {
		return false
	}
	step.Kind = fsm.TakeJoint
	if !st.HasArgs {
		step.Joints = list
		return true
	}
	args, ok := s.jointArgs(st, s.ir.Joints[list[0]].Params)
	if !ok {
		return false
	}
	for _, j := range list {
		fits := true
		for i, want := range args {
			fits = fits && (want == nil || *want == s.ir.Joints[j].Args[i])
		}
		if fits {
			step.Joints = append(step.Joints, j)
		}
	}
	if len(step.Joints) == 0 && !s.badJoints {
		s.c.tell("scenario-step", st.Span, "no joint transition %s has these parameters", quote(st.Name.Name)).
			help("Its `when` may rule them out.")
	}
	return len(step.Joints) > 0
}

// jointArgs evaluates the arguments of a joint transition; an instance stands for its index.
func (s *system) jointArgs(st *ScenarioStep, params []fsm.Param) (args []*int64, ok bool) {
	e := s.env("an argument of a step")
	if len(params) == len(st.Args) {
		plain := *st
		plain.Args = slices.Clone(st.Args)
		index := make([]*int64, len(st.Args))
		for i, a := range st.Args {
			if ref, is := e.instanceOf(a); is && ref != nil && ref.index == nil && !ref.whole {
				v := int64(ref.first - ref.group.first)
				index[i] = &v
				plain.Args[i] = &WildcardExpr{Node{Span: a.Pos()}}
			}
		}
		args, ok = s.stepArgs("joint transition", &plain, params)
		for i := range args {
			if index[i] != nil {
				args[i] = index[i]
			}
		}
		return args, ok
	}
	return s.stepArgs("joint transition", st, params)
}

func (s *system) lowerLinkStep(st *ScenarioStep, step *fsm.ScenarioStep) bool {
	from, to := s.stepInstance(st.Instance), s.stepInstance(st.To)
	m := s.c.findMessage(st.Name)
	if from < 0 || to < 0 || m == nil || m.bad {
		return false
	}
	step.Message = m.index
	step.Kind = map[StepKind]fsm.ChoiceKind{StepDeliver: fsm.Deliver, StepLose: fsm.LoseMessage,
		StepDuplicate: fsm.DuplicateMessage}[st.Kind]
	any := false
	for _, l := range s.between[[2]int{from, to}] {
		link := s.ir.Links[l]
		if !slices.Contains(link.Carries, m.index) {
			continue
		}
		any = true
		possible := link.Kind != fsm.Atomic
		switch st.Kind {
		case StepLose:
			possible = possible && link.Lose
		case StepDuplicate:
			possible = possible && link.Duplicate
		}
		if possible {
			step.Links = append(step.Links, l)
		}
	}
	if s.badLinks {
		return false
	}
	if len(step.Links) == 0 && !s.tellImpossible(st, any, from, to) {
		return false
	}
	var ok bool
	step.Args, ok = s.stepArgs("message", st, m.fields)
	return ok
}

// tellImpossible says why no link lets the step happen. It reports whether the scenario is kept all the same: where nobody
// sends the message, which a switch may have brought about, the scenario is one that cannot be executed.
func (s *system) tellImpossible(st *ScenarioStep, carries bool, from, to int) bool {
	way := s.ir.Instances[from].Name + " -> " + s.ir.Instances[to].Name
	switch {
	case !carries:
		s.c.later = append(s.c.later, func() {
			s.c.warning("scenario-step", st.Span, "no link %s carries %s, so that this step can never happen", way, quote(st.Name.Name))
		})
		return true
	case st.Kind == StepLose:
		s.c.tell("scenario-step", st.Span, "the link %s loses nothing", way).help("Write `may lose` in its options.")
	case st.Kind == StepDuplicate:
		s.c.tell("scenario-step", st.Span, "the link %s doubles nothing", way).help("Write `may duplicate` in its options.")
	default:
		s.c.tell("scenario-step", st.Span, "the link %s is atomic: its messages are part of the step that sends them", way).
			help("Leave the step out.")
	}
	return false
}

func (s *system) lowerNodeStep(st *ScenarioStep, step *fsm.ScenarioStep) bool {
	step.Instance = s.stepInstance(st.Instance)
	if step.Instance < 0 {
		return false
	}
	step.Kind = fsm.CrashNode
	if st.Kind == StepRestart {
		step.Kind = fsm.RestartNode
	}
	node := s.ir.Instances[step.Instance].Node
	may := slices.ContainsFunc(s.ir.Crashes, func(c *fsm.Crash) bool {
		return c.AtMost > 0 && s.ir.Instances[c.Instance].Node == node
	})
	if !may && !s.hidden && !s.badCrash {
		s.c.tell("scenario-step", st.Span, "%s cannot crash", quote(s.ir.Instances[step.Instance].Name)).
			help("Declare `crash %s at most 1`.", st.Instance.Name.Name)
	}
	return may
}
