package spec

import (
	"interlock/fsm"
)

// warn tells of what has a meaning, but perhaps not the one that was wanted. With errors in the text it would be guessing.
func (c *compiler) warn() {
	if HasErrors(c.diags) {
		return
	}
	for _, warn := range c.later {
		warn()
	}
	for _, d := range c.messages.list {
		name := d.decl.Name
		switch {
		case d.sent:
		case d.used:
			c.warning("never-sent", name.Span, "no machine sends the message %s", quote(name.Name)).
				help("Send it, or take it out.")
		default:
			c.warning("never-sent", name.Span, "no machine sends or receives the message %s", quote(name.Name)).
				help("Take it out.")
		}
	}
	for _, m := range c.machines.list {
		c.warnMachine(m)
	}
}

func (c *compiler) warnMachine(m *machine) {
	for i, t := range m.ir.Timers {
		if !m.started[i] {
			c.warning("never-started", t.Span, "the timer %s is never started", quote(t.Name)).
				help("Write `start %s` in a body, or take it out.", t.Name)
		}
	}
	for i, d := range c.messages.list {
		at, mentioned := m.receives[i]
		if mentioned && d.sent && !m.arrives[i] {
			c.warning("never-arrives", at, "no machine sends %s to a %s", quote(d.decl.Name.Name), m.decl.Name.Name).
				help("Give a machine that sends it a peer of this kind, or take this out.")
		}
	}
	var walk func(*state)
	walk = func(s *state) {
		for _, key := range s.holder.keys {
			for _, h := range s.holder.on[key] {
				if !h.used && (key.kind != fsm.Receive || m.arrives[key.index]) {
					h.used = true
					c.warning("shadowed", h.span, "this is never asked: inner states always answer first").
						help("Take it away, or give the inner answers a guard.")
				}
			}
		}
		for _, child := range s.children {
			walk(child)
		}
	}
	walk(m.root)
}
