package promela

import (
	"fmt"
	"strings"

	"interlock/fsm"
)

// layout says where in the array v the parts of a joint state stand. A state is its index, or the number of states for
// Down. A link is its length, and then for each place the message and as many arguments as its longest message has;
// places that are not used are 0, so that equal joint states are equal arrays.
type layout struct {
	states  int // the first instance's state
	vars    int
	armed   int
	links   []linkPlace // by link; those of atomic links are empty
	crashes int
	size    int
	lo, hi  int64 // the values that some element can have
}

type linkPlace struct{ base, stride, capacity int }

func newLayout(sys *fsm.System) layout {
	l := layout{vars: len(sys.Instances)}
	for i := range sys.Instances {
		l.span(0, int64(len(sys.MachineOf(i).States)))
	}
	l.armed = l.vars + len(sys.SlotTypes())
	for _, t := range sys.SlotTypes() {
		l.span(t.Lo, t.Hi)
	}
	l.size = l.armed + sys.NumTimers()
	for _, link := range sys.Links {
		l.links = append(l.links, l.link(sys, link))
	}
	l.crashes = l.size
	for _, c := range sys.Crashes {
		l.span(0, int64(c.AtMost))
		l.size++
	}
	return l
}

func (l *layout) link(sys *fsm.System, link *fsm.Link) linkPlace {
	if link.Kind == fsm.Atomic {
		return linkPlace{}
	}
	p := linkPlace{base: l.size, stride: 1, capacity: link.Capacity}
	l.span(0, int64(link.Capacity))
	for _, m := range link.Carries {
		l.span(0, int64(m))
		p.stride = max(p.stride, 1+len(sys.Spec.Messages[m].Fields))
		for _, f := range sys.Spec.Messages[m].Fields {
			l.span(f.Type.Lo, f.Type.Hi)
		}
	}
	l.size += 1 + p.stride*p.capacity
	return p
}

func (l *layout) span(lo, hi int64) {
	l.lo, l.hi = min(l.lo, lo), max(l.hi, hi)
}

// width is the narrowest type of Promela that holds lo..hi, or an error.
func width(lo, hi int64) (string, error) {
	switch {
	case 0 <= lo && hi <= 255:
		return "byte", nil
	case -32768 <= lo && hi <= 32767:
		return "short", nil
	case -1<<31 <= lo && hi <= 1<<31-1:
		return "int", nil
	}
	return "", fmt.Errorf("a value in %d..%d does not fit into 32 bits, and Promela has no wider type", lo, hi)
}

// names gives every element that has one place a name, for whoever reads the text: instance, what it is, and the index.
func (x *exporter) names(w *writer) {
	w.line("")
	w.line("/* system %s */", x.sys.Name)
	name := func(at int, parts ...string) string {
		full := fmt.Sprintf("%s_%d_%d", plain(strings.Join(parts, "_")), x.index, at)
		w.line("#define %s v[%d]", full, at)
		return full
	}
	for i, in := range x.sys.Instances {
		x.slots = append(x.slots, name(i, in.Name))
	}
	for v, variable := range x.sys.Vars {
		x.variable(name, variable, x.sys.SystemSlot(v), "")
	}
	for i, in := range x.sys.Instances {
		for v, variable := range x.sys.MachineOf(i).Vars {
			if !variable.Shared {
				x.variable(name, variable, x.sys.VarSlot(i, v), in.Name)
			}
		}
	}
	for i, in := range x.sys.Instances {
		for _, t := range x.sys.MachineOf(i).Timers {
			x.slots = append(x.slots, name(len(x.slots), in.Name, t.Name))
		}
	}
	for l, place := range x.lay.links {
		if x.sys.Links[l].Kind != fsm.Atomic {
			w.line("/* link %s: its length in v[%d], then %d places of %d */", x.sys.Links[l].Name, place.base, place.capacity, place.stride)
		}
	}
}

func (x *exporter) variable(name func(int, ...string) string, v fsm.Var, slot int, of string) {
	for i := range v.Type.Slots() {
		x.slots = append(x.slots, name(x.lay.vars+slot+i, of, v.Name))
	}
}

// plain makes a name that cpp takes.
func plain(s string) string {
	s = strings.Trim(strings.NewReplacer("[", "_", "]", "").Replace(s), "_")
	if s == "" {
		return "x"
	}
	return s
}

// slot is an element of v by its name, if it has one.
func (x *exporter) slot(at int) string {
	if at < len(x.slots) {
		return x.slots[at]
	}
	return fmt.Sprintf("v[%d]", at)
}

func (x *exporter) state(instance int) string { return x.slot(x.lay.states + instance) }

func (x *exporter) down(instance int) int { return len(x.sys.MachineOf(instance).States) }

func (x *exporter) timer(instance, timer int) string {
	return x.slot(x.lay.armed + x.sys.TimerSlot(instance, timer))
}

func (x *exporter) length(link int) string { return x.slot(x.lay.links[link].base) }

// field is a part of the message at the place that an expression gives: 0 is the message, 1 its first argument.
func (x *exporter) field(link int, at string, part int) string { return x.fieldOf("v", link, at, part) }

// fieldOf is the same of another joint state.
func (x *exporter) fieldOf(array string, link int, at string, part int) string {
	p := x.lay.links[link]
	return fmt.Sprintf("%s[%d + (%s) * %d]", array, p.base+1+part, at, p.stride)
}
