package promela

import (
	"fmt"
	"slices"

	"interlock/fsm"
)

// obligations are what the fairness of a system asks for, by number: first the weak ones, then the strong ones that are
// declared, then each message with its values on each fair link.
type obligations struct {
	sys      *fsm.System
	declared []fsm.Fairness
	weak     int
	packets  []packets
	total    int
}

// packets are the obligations of one kind of message on a fair link: one for each of its values, the last argument
// fastest, from first on.
type packets struct{ link, message, first, count int }

// mostObligations is the limit of them: they are counted in a byte.
const mostObligations = 250

func newObligations(sys *fsm.System) (*obligations, error) {
	o := &obligations{sys: sys}
	for _, strong := range []bool{false, true} {
		for _, f := range sys.Fair {
			if f.Strong == strong {
				o.declared = append(o.declared, f)
			}
		}
		if !strong {
			o.weak = len(o.declared)
		}
	}
	o.total = len(o.declared)
	for l, link := range sys.Links {
		if !link.Fair || link.Kind == fsm.Atomic {
			continue
		}
		for _, m := range link.Carries {
			p := packets{l, m, o.total, 1}
			for _, f := range sys.Spec.Messages[m].Fields {
				p.count *= int(f.Type.Hi - f.Type.Lo + 1)
				if p.count > mostObligations {
					break
				}
			}
			o.packets = append(o.packets, p)
			o.total += p.count
		}
	}
	if o.total > mostObligations {
		return nil, fmt.Errorf("fairness asks for %d things or more, the limit is %d", o.total, mostObligations)
	}
	return o, nil
}

// event lists the obligations that an event of an instance answers.
func (o *obligations) event(instance, event int) []int {
	return o.those(func(f fsm.Fairness) bool { return f.Event >= 0 && f.Event == event && f.Instance == instance })
}

// joint lists those that a joint transition answers.
func (o *obligations) joint(joint int) []int {
	return o.those(func(f fsm.Fairness) bool { return f.Event < 0 && (f.Joint < 0 || f.Joint == joint) })
}

// renewed lists the weak ones that begin anew when a timer is started.
func (o *obligations) renewed(instance, timer int) []int {
	return o.those(func(f fsm.Fairness) bool {
		if f.Strong || f.Event < 0 || f.Instance != instance {
			return false
		}
		e := o.sys.MachineOf(instance).Events[f.Event]
		return e.Kind == fsm.Fire && e.Timer == timer
	})
}

func (o *obligations) those(ok func(fsm.Fairness) bool) []int {
	var list []int
	for i, f := range o.declared {
		if ok(f) {
			list = append(list, i)
		}
	}
	return list
}

// on reports whether the messages of a link are obligations.
func (o *obligations) on(link int) bool {
	return slices.ContainsFunc(o.packets, func(p packets) bool { return p.link == link })
}

// lossy reports whether it asks for something, too, that a message is sent over a link.
func (o *obligations) lossy(link int) bool {
	l := o.sys.Links[link]
	return o.on(link) && l.Lose && l.Kind == fsm.Network
}

// packet is the number of the obligation for a message on a link, given by its parts: 0 is the message.
func (o *obligations) packet(link int, part func(k int) string) string {
	text := "0"
	for _, p := range o.packets {
		if p.link != link {
			continue
		}
		at := fmt.Sprint(p.first)
		for k, stride := range o.strides(p) {
			f := o.sys.Spec.Messages[p.message].Fields[k]
			at += fmt.Sprintf(" + (%s - %s) * %d", part(1+k), number(f.Type.Lo), stride)
		}
		text = fmt.Sprintf("(%s == %d -> %s : %s)", part(0), p.message, at, text)
	}
	return text
}

// strides are how far apart two obligations are that differ by one in one argument.
func (o *obligations) strides(p packets) []int {
	fields := o.sys.Spec.Messages[p.message].Fields
	strides := make([]int, len(fields))
	stride := 1
	for k, f := range slices.Backward(fields) {
		strides[k] = stride
		stride *= int(f.Type.Hi - f.Type.Lo + 1)
	}
	return strides
}

// describe says what an obligation is.
func (o *obligations) describe(n int) string {
	if n < len(o.declared) {
		return comment(o.declared[n].Text)
	}
	for _, p := range o.packets {
		if n < p.first+p.count {
			return fmt.Sprintf("fair link %s, %s #%d", o.sys.Links[p.link].Name, o.sys.Spec.Messages[p.message].Name, n-p.first)
		}
	}
	return ""
}
