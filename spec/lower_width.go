package spec

import (
	"math/bits"

	"interlock/fsm"
)

// maxWidth bounds the bits of a joint state. Only a small part of so many states could ever be looked at; the limit is there
// for layouts and tables.
const maxWidth = 16_384

// checkWidth counts the bits of a joint state, and tells if they are too many.
func (s *system) checkWidth() {
	states, vars, timers, links := 0, 0, 0, 0
	for _, v := range s.ir.Vars {
		vars += varWidth(v)
	}
	for _, in := range s.ir.Instances {
		m := s.c.machines.list[in.Machine].ir
		states += width(int64(len(m.States)) + 1)
		timers += len(m.Timers)
		for _, v := range m.Vars {
			if !v.Shared {
				vars += varWidth(v)
			}
		}
	}
	for _, l := range s.ir.Links {
		if l.Kind != fsm.Atomic {
			links += l.Capacity * s.packetWidth(l)
		}
	}
	if total := states + vars + timers + links; total > maxWidth {
		s.c.tell("limit", s.decl.Name.Span, "a joint state of system %s takes %d bits; the limit is %d", quote(s.decl.Name.Name), total,
			maxWidth).help("States take %d, variables %d, timers %d and links %d.", states, vars, timers, links)
	}
}

func varWidth(v fsm.Var) int {
	if v.Type == nil {
		return 0
	}
	return v.Type.Slots() * typeWidth(v.Type.Scalar())
}

func typeWidth(t *fsm.Type) int {
	if t == nil {
		return 0
	}
	return width(t.Hi - t.Lo + 1)
}

// width is the number of bits for one of n values.
func width(n int64) int {
	return bits.Len64(uint64(n - 1))
}

// packetWidth is the number of bits for one place of a link: no message, or one with its fields.
func (s *system) packetWidth(l *fsm.Link) int {
	most := 0
	for _, m := range l.Carries {
		fields := 0
		for _, f := range s.c.messages.list[m].fields {
			fields += typeWidth(f.Type)
		}
		most = max(most, fields)
	}
	return width(int64(len(l.Carries))+1) + most
}
