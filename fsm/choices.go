package fsm

import (
	"fmt"
	"strings"
)

// Choices lists every step that can be taken in a joint state, in a fixed order: the inputs, internal steps and timers
// of each instance, then deliveries by link and position, joint transitions, restarts, lost messages, doubled messages,
// crashes; each with its picks, the last pick fastest. A step that would be a [Violation] is among them.
func Choices(sys *System, j *Joint) []Choice {
	l := lister{sys: sys, joint: j}
	for i := range sys.Instances {
		l.own(i)
	}
	l.packets(Deliver)
	for i := range sys.Joints {
		l.add(Choice{Kind: TakeJoint, Joint: i})
	}
	for i := range sys.Nodes {
		l.add(Choice{Kind: RestartNode, Node: i})
	}
	l.packets(LoseMessage)
	l.packets(DuplicateMessage)
	for i := range sys.Crashes {
		l.add(Choice{Kind: CrashNode, Crash: i})
	}
	return l.choices
}

type lister struct {
	sys     *System
	joint   *Joint
	choices []Choice
}

// own lists the steps that an instance takes by itself.
func (l *lister) own(instance int) {
	if l.joint.States[instance] == Down {
		return
	}
	for event, e := range l.sys.MachineOf(instance).Events {
		switch e.Kind {
		case Input, Internal:
			for args, more := lowest(e.Params), true; more; more = advance(args, e.Params) {
				l.add(Choice{Kind: Handle, Instance: instance, Event: event, Args: append([]int64{}, args...)})
			}
		case Fire:
			l.add(Choice{Kind: Handle, Instance: instance, Event: event})
		}
	}
}

func lowest(params []Param) []int64 {
	args := make([]int64, len(params))
	for i, p := range params {
		args[i] = p.Type.Lo
	}
	return args
}

// advance goes to the next arguments, the last fastest.
func advance(args []int64, params []Param) bool {
	for i := len(args) - 1; i >= 0; i-- {
		if args[i] < params[i].Type.Hi {
			args[i]++
			return true
		}
		args[i] = params[i].Type.Lo
	}
	return false
}

// packets lists a kind of step for every message in a link; equal messages of a bag give one.
func (l *lister) packets(kind ChoiceKind) {
	for i, link := range l.sys.Links {
		for at, p := range l.joint.Links[i] {
			if at > 0 && link.Bag() && p.Compare(l.joint.Links[i][at-1]) == 0 {
				continue
			}
			l.add(Choice{Kind: kind, Link: i, Position: at})
		}
	}
}

// add tries a choice with every combination of picks and keeps those that can be taken.
func (l *lister) add(c Choice) {
	combinations(l.sys, l.joint, func(r *run) { r.step(c) }, func(r *run, err error) {
		_, violated := err.(*Violation)
		if violated || err == nil && !idle(l.sys, l.joint, c, r) {
			with := c
			with.Picks = r.picks.made
			l.choices = append(l.choices, with)
		}
	})
}

// Format writes a choice as scenarios do: "proxy.Hangup(Gone)", "deliver proxy -> leader Remove".
func (c Choice) Format(sys *System, j *Joint) string {
	switch c.Kind {
	case Handle:
		e := sys.MachineOf(c.Instance).Events[c.Event]
		return sys.Instances[c.Instance].Name + "." + e.Name + FormatArgs(e.Params, c.Args)
	case Deliver, LoseMessage, DuplicateMessage:
		verb := map[ChoiceKind]string{Deliver: "deliver ", LoseMessage: "lose ", DuplicateMessage: "duplicate "}[c.Kind]
		link := sys.Links[c.Link]
		route := sys.Instances[link.From].Name + " -> " + sys.Instances[link.To].Name + " "
		if j == nil || !within(c.Position, len(j.Links[c.Link])) {
			return fmt.Sprintf("%s%s#%d", verb, route, c.Position)
		}
		return verb + route + sys.FormatPacket(j.Links[c.Link][c.Position])
	case TakeJoint:
		t := sys.Joints[c.Joint]
		return t.Name + FormatArgs(t.Params, t.Args)
	case RestartNode:
		return "restart " + sys.Nodes[c.Node].Name
	}
	return "crash " + sys.Instances[sys.Crashes[c.Crash].Instance].Name
}

// FormatPacket writes a message with its fields: "Close(2)".
func (sys *System) FormatPacket(p Packet) string {
	m := sys.Spec.Messages[p.Message]
	return m.Name + FormatArgs(m.Fields, p.Args)
}

// FormatArgs writes arguments in brackets, or nothing if there are none.
func FormatArgs(params []Param, args []int64) string {
	if len(args) == 0 {
		return ""
	}
	texts := make([]string, len(args))
	for i, a := range args {
		texts[i] = params[i].Type.Format(a)
	}
	return "(" + strings.Join(texts, ", ") + ")"
}
