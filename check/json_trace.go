package check

import (
	"strings"

	"interlock/fsm"
)

type jsonTrace struct {
	Start    jsonJoint      `json:"start"`
	Begun    jsonDid        `json:"begun"`
	Steps    []jsonStep     `json:"steps"`
	Loop     *int           `json:"loop,omitempty"` // number of the step after which the run comes to the same joint state again; 0 is the start
	Messages []jsonMessage  `json:"messages"`
	End      jsonJoint      `json:"end"`
	Fails    *jsonViolation `json:"fails,omitempty"`
}

type jsonJoint struct {
	States   map[string]string            `json:"states"`
	Vars     map[string]map[string]string `json:"vars,omitempty"` // by instance; those of the system under ""
	Armed    []string                     `json:"armed,omitempty"`
	OnTheWay []jsonPacket                 `json:"onTheWay,omitempty"`
}

type jsonPacket struct {
	Link    string `json:"link"`
	From    string `json:"from"`
	To      string `json:"to"`
	Message string `json:"message"`
}

type jsonStep struct {
	Number   int        `json:"number"`
	Kind     string     `json:"kind"`
	Instance string     `json:"instance,omitempty"`
	Event    string     `json:"event"`
	Text     string     `json:"text"`
	Message  *int       `json:"message,omitempty"` // index in messages of what is delivered, lost or doubled
	Picks    []int64    `json:"picks,omitempty"`
	Guard    *jsonGuard `json:"guard,omitempty"` // of a joint transition
	jsonDid
}

type jsonGuard struct {
	Text   string        `json:"text"`
	Values []jsonReading `json:"values,omitempty"`
}

type jsonReading struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// jsonBecause is what decides a condition of a property in the joint state after a step.
type jsonBecause struct {
	Step  int        `json:"step"`
	Facts []jsonFact `json:"facts"`
}

type jsonFact struct {
	Text   string        `json:"text"`
	Holds  bool          `json:"holds"`
	Values []jsonReading `json:"values,omitempty"`
}

type jsonWaiting struct {
	Instance string   `json:"instance"`
	State    string   `json:"state"`
	For      []string `json:"for"`
}

type jsonAnswers struct {
	State   string   `json:"state"`
	Takes   []string `json:"takes,omitempty"`
	Ignores []string `json:"ignores,omitempty"`
	Defers  []string `json:"defers,omitempty"`
}

type jsonDid struct {
	Taken   []jsonTaken  `json:"taken,omitempty"`
	Sent    []int        `json:"sent,omitempty"` // indices in messages
	Effects []jsonEffect `json:"effects,omitempty"`
	Changed []jsonChange `json:"changed,omitempty"`
}

type jsonTaken struct {
	Instance   string     `json:"instance"`
	From       string     `json:"from"`
	To         string     `json:"to"`
	Transition string     `json:"transition,omitempty"`
	Ignored    bool       `json:"ignored,omitempty"`
	Guard      *jsonGuard `json:"guard,omitempty"`
	By         *int       `json:"by,omitempty"` // index in messages of what it was handed within the step
	Place      *jsonPlace `json:"place,omitempty"`
}

type jsonEffect struct {
	Instance string   `json:"instance"`
	Effect   string   `json:"effect"`
	Args     []string `json:"args,omitempty"`
}

type jsonChange struct {
	Instance string `json:"instance,omitempty"`
	Name     string `json:"name"`
	Timer    bool   `json:"timer,omitempty"`
	Before   string `json:"before,omitempty"`
	After    string `json:"after"`
}

type jsonMessage struct {
	Link      string `json:"link"`
	From      string `json:"from"`
	To        string `json:"to"`
	Message   string `json:"message"`
	Sent      int    `json:"sent"` // numbers of steps, here and below
	Delivered []int  `json:"delivered,omitempty"`
	Doubled   []int  `json:"doubled,omitempty"`
	Lost      *int   `json:"lost,omitempty"`
	OnTheWay  bool   `json:"onTheWay,omitempty"`
}

type jsonViolation struct {
	Check       string       `json:"check"`
	Instance    string       `json:"instance,omitempty"`
	Transitions []string     `json:"transitions,omitempty"`
	Answers     *jsonAnswers `json:"answers,omitempty"` // what the state does answer, of a message or timer that is unexpected
	Detail      string       `json:"detail"`
	Place       *jsonPlace   `json:"place,omitempty"`
}

// jsonTrace is the image of the story of a trace; nil of nil.
func (r *Report) jsonTrace(tr *fsm.Trace) *jsonTrace {
	if tr == nil {
		return nil
	}
	s := newStory(r.System, tr)
	index := map[*letter]int{}
	image := &jsonTrace{Start: s.jsonJoint(&tr.Start), End: s.jsonJoint(s.end), Begun: s.jsonDid(&s.moments[0], index),
		Steps: []jsonStep{}, Messages: []jsonMessage{}}
	for i, l := range s.letters {
		index[l] = i
		image.Messages = append(image.Messages, s.jsonMessage(l))
	}
	image.Begun = s.jsonDid(&s.moments[0], index)
	for i := range s.moments[1:] {
		image.Steps = append(image.Steps, s.jsonStep(&s.moments[i+1], index))
	}
	if s.loop >= 0 {
		image.Loop = &s.loop
	}
	if v := s.fails; v != nil {
		image.Fails = &jsonViolation{Check: builtinNames[v.Builtin], Instance: s.instance(v.Instance), Detail: v.Detail, Place: jsonSpan(v.Span)}
		if a := s.answersOf(v); a != nil {
			image.Fails.Answers = &jsonAnswers{a.state, a.takes, a.ignores, a.defers}
		}
		for _, t := range v.Transitions {
			image.Fails.Transitions = append(image.Fails.Transitions, oneLine(s.sys.MachineOf(v.Instance).Transitions[t].Text))
		}
	}
	return image
}

func (s *story) jsonStep(m *moment, index map[*letter]int) jsonStep {
	step := jsonStep{Number: m.number, Kind: s.stepKind(m.choice), Instance: s.instance(m.who), Event: m.label,
		Text: m.choice.Format(s.sys, m.before), Picks: m.choice.Picks, Guard: m.guard.json(), jsonDid: s.jsonDid(m, index)}
	if m.arrival != nil {
		i := index[m.arrival]
		step.Message = &i
	}
	return step
}

// stepKind names the kind of a step.
func (s *story) stepKind(c *fsm.Choice) string {
	switch c.Kind {
	case fsm.Deliver:
		return "deliver"
	case fsm.TakeJoint:
		return "joint"
	case fsm.RestartNode:
		return "restart"
	case fsm.LoseMessage:
		return "lose"
	case fsm.DuplicateMessage:
		return "duplicate"
	case fsm.CrashNode:
		return "crash"
	}
	switch s.sys.MachineOf(c.Instance).Events[c.Event].Kind {
	case fsm.Internal:
		return "internal"
	case fsm.Fire:
		return "timer"
	}
	return "input"
}

func (s *story) jsonDid(m *moment, index map[*letter]int) jsonDid {
	var did jsonDid
	for _, a := range m.acts {
		t := jsonTaken{Instance: s.instance(a.instance), From: s.state(a.instance, a.from), To: s.state(a.instance, a.to), Place: jsonSpan(s.place(m, a)), Guard: a.guard.json()}
		if a.transition != nil {
			t.Transition, t.Ignored = oneLine(a.transition.Text), a.transition.Answer == fsm.Ignore
		}
		if a.by != nil {
			i := index[a.by]
			t.By = &i
		}
		did.Taken = append(did.Taken, t)
	}
	for _, l := range m.sent {
		did.Sent = append(did.Sent, index[l])
	}
	for _, e := range m.effects {
		kind := s.sys.Spec.Effects[e.Effect]
		image := jsonEffect{Instance: s.instance(e.Instance), Effect: kind.Name}
		for i, a := range e.Args {
			image.Args = append(image.Args, kind.Params[i].Type.Format(a))
		}
		did.Effects = append(did.Effects, image)
	}
	for _, c := range m.changes {
		did.Changed = append(did.Changed, jsonChange{s.instance(c.instance), c.name, c.timer, c.before, c.after})
	}
	return did
}

func (s *story) jsonMessage(l *letter) jsonMessage {
	link := s.sys.Links[l.link]
	image := jsonMessage{Link: link.Name, From: s.instance(link.From), To: s.instance(link.To), Message: l.text, Sent: l.sent,
		Delivered: l.arrived, Doubled: l.doubled, OnTheWay: l.resting}
	switch {
	case l.full:
		image.Lost = &l.sent
	case l.lost > 0:
		image.Lost = &l.lost
	case l.gone > 0:
		image.Lost = &l.gone
	}
	return image
}

func (s *story) jsonJoint(j *fsm.Joint) jsonJoint {
	image := jsonJoint{States: map[string]string{}}
	if len(j.States) == 0 {
		return image // a start that failed has no joint state
	}
	image.Vars = map[string]map[string]string{}
	put := func(owner string, v fsm.Var, base int) {
		if image.Vars[owner] == nil {
			image.Vars[owner] = map[string]string{}
		}
		for k, name := range slotNames(v.Name, v.Type) {
			image.Vars[owner][name] = v.Type.Scalar().Format(j.Vars[base+k])
		}
	}
	for i, v := range s.sys.Vars {
		put("", v, s.sys.SystemSlot(i))
	}
	for i := range s.sys.Instances {
		image.States[s.instance(i)] = s.state(i, j.States[i])
		m := s.sys.MachineOf(i)
		for k, v := range m.Vars {
			if !v.Shared {
				put(s.instance(i), v, s.sys.VarSlot(i, k))
			}
		}
		for k, t := range m.Timers {
			if j.Armed[s.sys.TimerSlot(i, k)] {
				image.Armed = append(image.Armed, s.instance(i)+"."+t.Name)
			}
		}
	}
	for i, packets := range j.Links {
		l := s.sys.Links[i]
		for _, p := range packets {
			image.OnTheWay = append(image.OnTheWay, jsonPacket{l.Name, s.instance(l.From), s.instance(l.To), s.sys.FormatPacket(p)})
		}
	}
	return image
}

// json is the image of a guard; nil of nil.
func (g *permit) json() *jsonGuard {
	if g == nil {
		return nil
	}
	return &jsonGuard{g.text, jsonReadings(g.values)}
}

func jsonReadings(list []reading) []jsonReading {
	var image []jsonReading
	for _, r := range list {
		image = append(image, jsonReading{r.name, r.value})
	}
	return image
}

// jsonWhy is why a trace decides its property: the facts, or what everybody waits for.
func (r *Report) jsonWhy(v *Verdict) (list []jsonBecause, waits []jsonWaiting) {
	if v.Trace == nil {
		return nil, nil
	}
	s := newStory(r.System, v.Trace)
	for _, part := range s.shows(v.Property) {
		b := jsonBecause{Step: part.step, Facts: []jsonFact{}}
		for _, f := range because(s.sys, part.at, part.cond) {
			b.Facts = append(b.Facts, jsonFact{f.text, f.holds, jsonReadings(f.reads)})
		}
		list = append(list, b)
	}
	if v.Property.Kind == fsm.BuiltIn && v.Property.Builtin == fsm.Deadlock && v.Trace.Fails == nil {
		for _, w := range s.waits(s.end) {
			image := jsonWaiting{Instance: s.instance(w.instance), State: w.state}
			for _, reason := range w.reasons {
				image.For = append(image.For, strings.ReplaceAll(reason, tie, " "))
			}
			waits = append(waits, image)
		}
	}
	return list, waits
}
