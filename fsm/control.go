package fsm

import (
	"strconv"
	"strings"
)

// ControlSpace is which tuples of control states (one leaf state an instance) an atomic system can be in, whatever its
// environment does. The generator numbers the joint states of the generated machine by it.
type ControlSpace struct {
	Tuples   [][]int // in the order in which a breadth-first search finds them; the first is the start
	Complete bool    // false: a limit was reached, and no joint machine may be generated
	Reason   string  // why it is not complete
}

// ControlName is the name of a tuple of control states in generated code, and so in what observers are told: the instances
// with their states, "ProxyOpenLeaderOpen".
func (sys *System) ControlName(states []int) string {
	var b strings.Builder
	for i, state := range states {
		in := sys.Instances[i]
		b.WriteString(GoName(in.Group))
		if in.Array {
			b.WriteString(strconv.Itoa(in.Index))
		}
		if state == Down {
			b.WriteString("Down")
			continue
		}
		b.WriteString(GoName(in.m.States[state].Name))
	}
	return b.String()
}

// GoName is the exported Go name of a spec's name: each part between underscores and dots begins with a capital. An underscore
// stays where it keeps digits apart. The result never ends in an underscore, so that appending one always makes a new name.
func GoName(name string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return r == '_' || r == '.' }) {
		if b.Len() > 0 && isDigit(part[0]) && isDigit(b.String()[b.Len()-1]) {
			b.WriteByte('_')
		}
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
