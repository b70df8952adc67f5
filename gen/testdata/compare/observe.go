package compare

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"interlock/fsm"
)

// The observer of the comparison that is under way.
var (
	tell   func(fsm.Observation)
	remove func()
)

// watch sets the observer; end takes it away again.
func watch(f func(fsm.Observation)) (end func()) {
	tell, remove = f, fsm.Observe(f)
	return func() { remove() }
}

// Unwatched runs f while nobody observes: small steps have a way of their own then.
func Unwatched(f func()) {
	remove()
	f()
	remove = fsm.Observe(tell)
}

// Told is how often f lets observers know of something; nobody else is told.
func Told(f func()) int {
	n := 0
	remove()
	end := fsm.Observe(func(fsm.Observation) { n++ })
	f()
	end()
	remove = fsm.Observe(tell)
	return n
}

// observed checks what observers were told of a step: the same by every way to take it, and what it returned.
func (c *comparison) observed(where string, root int, r Result) {
	if len(c.told) < 2 {
		c.t.Fatalf("%s: told %d times", where, len(c.told))
	}
	want := fsm.Observation{Machine: c.sys.Name, Event: c.eventName(root), From: r.From, To: r.To, Delivery: r.Delivery}
	if c.plain {
		want.Machine = c.sys.MachineOf(0).Name
	}
	var refusal *fsm.Refusal
	if errors.As(r.Err, &refusal) {
		want.Refused, want.Delivery = refusal.Cause, fsm.DeliveryRefused
	}
	for _, o := range r.Orders {
		want.Effects = append(want.Effects, c.order(o))
	}
	want.Spec, want.Call = c.told[0].Spec, c.told[0].Call
	for _, o := range c.told {
		o.Seq = 0
		if !reflect.DeepEqual(o, want) {
			c.t.Errorf("%s: told %+v, want %+v", where, o, want)
		}
	}
}

// eventName is the name of an event, without the index of its machine.
func (c *comparison) eventName(root int) string {
	r := c.s.Roots[root]
	switch {
	case r.Count == 0:
		return c.sys.Joints[r.Joints[0]].Name
	case c.plain:
		return c.sys.MachineOf(r.First).Events[r.Event].Name
	}
	return c.sys.Instances[r.First].Group + "." + c.sys.MachineOf(r.First).Events[r.Event].Name
}

// order is an effect in the words of a trace.
func (c *comparison) order(o Order) string {
	m, spec, text := c.sys.MachineOf(o.Instance), c.sys.Spec, ""
	switch o.Op {
	case fsm.Send:
		to := m.Peers[o.Peer].Name
		if m.Peers[o.Peer].Len > 0 {
			to = fmt.Sprintf("%s[%d]", to, o.To)
		}
		text = "send " + to + " " + c.sys.FormatPacket(fsm.Packet{Message: o.Index, Args: o.Args})
	case fsm.Do:
		text = "do " + spec.Effects[o.Index].Name + fsm.FormatArgs(spec.Effects[o.Index].Params, o.Args)
	case fsm.Start:
		text = "start " + m.Timers[o.Index].Name
	case fsm.Stop:
		text = "stop " + m.Timers[o.Index].Name
	}
	if c.plain {
		return text
	}
	return c.sys.Instances[o.Instance].Name + ": " + text
}

// call holds what observers were told of the arguments against the choice that the reference took.
func (c *comparison) call(j *fsm.Joint, choice fsm.Choice, where func() string) {
	want := ""
	switch {
	case choice.Kind == fsm.Deliver:
		return // the message is not in the links of j: see observed for its name
	case c.plain:
		want = strings.TrimPrefix(choice.Format(c.sys, j), "m.")
	default:
		want = choice.Format(c.sys, j)
	}
	if got := c.told[0].Call; got != want {
		c.t.Errorf("%s: told of the call %s, the reference took %s", where(), got, want)
	}
}
