package randspec

import (
	"fmt"
	"strings"
)

// MoveOptions say what may be in a spec of machines without variables. With the zero MoveOptions an event only moves a machine.
type MoveOptions struct {
	Answers bool // events may be ignored, messages deferred
	Effects bool // states and events order something: effects of their own, messages to the peer, both with and without parameters
	Bare    bool // with Effects, none of them has parameters
	Sends   bool // with Effects and Bare, they are messages to the peer
	Timers  bool // with Effects, they also start and stop timers
	Guards  bool // some events depend on a parameter, or on the host
	States  int  // of machine A; 0 for a few
	Joints  int  // how many joint transitions there are at least
}

// Moves writes a spec of two machines without variables and of the system S of both, with atomic links and joint transitions: what
// generated code may step by tables. pick returns a number in 0..n-1.
func Moves(pick func(n int) int, o MoveOptions) string {
	w := &mover{writer: writer{pick: pick}, MoveOptions: o}
	w.line("fsm 1")
	w.line("spec moves")
	w.line("")
	w.line("message Ping")
	w.line("message Pong")
	if o.Effects {
		w.line("enum Why { Asked, Lost, Bored }")
		w.line("message Full(why Why)")
		w.line("effect Tell")
		w.line("effect Say(why Why, x 0..9)")
	}
	if o.Guards {
		w.line("extern guard allowed")
	}
	n := o.States
	if n == 0 {
		n = 1 + w.pick(5)
	}
	w.mover("A", "b", "B", n)
	w.mover("B", "a", "A", 1+w.pick(4))
	w.together(n)
	return w.String()
}

type mover struct {
	writer
	MoveOptions
	last int // states of machine B
}

// mover writes a machine of n states.
func (w *mover) mover(name, peer, peerType string, n int) {
	w.line("")
	w.line("machine %s {", name)
	w.line("peer %s %s", peer, peerType)
	events := []string{"Go", "Halt", "Ping", "Pong"}
	for _, input := range events[:1+w.pick(2)] {
		w.line("input %s", input)
	}
	if w.pick(3) == 0 {
		w.line("internal Try")
		events = append(events, "Try")
	}
	if w.Effects && !w.Bare && w.maybe() {
		w.line("input Leave(why Why, n 0..3)")
		events = append(events, "Leave(why, n)", "Full(why)")
	}
	if w.Effects && w.Timers {
		w.line("timer t 1s")
		w.line("timer u 2s")
		events = append(events, "t", "u")
	}
	declared := w.String()
	for i := range n {
		kind := ""
		if i == 0 {
			kind = "initial "
		}
		if w.rarely() {
			kind += "final "
		}
		w.line("%sstate S%d {", kind, i)
		if w.Effects && w.rarely() {
			w.line("entry%s", w.orders(""))
		}
		if w.Effects && w.rarely() {
			w.line("exit%s", w.orders(""))
		}
		for _, event := range events {
			if event != "Halt" || strings.Contains(declared[strings.LastIndex(declared, "machine"):], "input Halt") {
				w.answer(event, n)
			}
		}
		w.line("}")
	}
	w.line("}")
	w.last = n
}

// answer writes what a state does with an event, if anything.
func (w *mover) answer(event string, n int) {
	message := event == "Ping" || event == "Pong"
	name, params, _ := strings.Cut(strings.TrimSuffix(event, ")"), "(")
	switch w.pick(5) {
	case 0:
		return
	case 1:
		switch {
		case !w.Answers:
		case message && w.maybe():
			w.line("defer %s", name)
			return
		case message || name == "Full" || len(name) == 1: // a timer
			w.line("ignore %s", name)
			return
		}
	}
	arrow, guard := "", ""
	if w.pick(4) > 0 {
		arrow = fmt.Sprintf(" -> S%d", w.pick(n))
	}
	if w.Guards && w.rarely() {
		guard = " when allowed"
		if params != "" {
			guard = " when why != Lost"
		}
	}
	body := ""
	if w.Effects && w.pick(3) > 0 {
		body = w.orders(params)
	}
	w.line("on %s%s%s%s", event, guard, arrow, body)
	if guard != "" && w.maybe() {
		w.line("on %s else -> S%d", event, w.pick(n))
	}
}

// orders is a block of effects.
func (w *mover) orders(params string) string {
	list := []string{"do Tell", "send " + w.peerName() + " Pong"}
	if w.Sends {
		list = []string{"send " + w.peerName() + " Ping", "send " + w.peerName() + " Pong"}
	}
	if !w.Bare {
		list = append(list, "do Say(Bored, 7)", "send "+w.peerName()+" Full(Asked)")
	}
	if w.Timers {
		list = append(list, "start t", "stop t", "start u", "stop u")
	}
	if strings.Contains(params, "why") {
		list = append(list, "do Say(why, 3)", "send "+w.peerName()+" Full(why)")
	}
	if strings.Contains(params, "n") {
		list = append(list, "do Say(Lost, n)", "do Say(why, n + 1)")
	}
	var stmts []string
	for range 1 + w.pick(3) {
		stmts = append(stmts, w.oneOf(list...))
	}
	return " { " + strings.Join(stmts, "; ") + " }"
}

// peerName is that of the machine at hand.
func (w *mover) peerName() string {
	if strings.Contains(w.String(), "machine B {") {
		return "a"
	}
	return "b"
}

// together writes the system of both.
func (w *mover) together(n int) {
	w.line("")
	w.line("system S {")
	w.line("a A")
	w.line("b B")
	w.line("link a -> b { atomic }")
	w.line("link b -> a { atomic }")
	for i := range w.Joints + w.pick(4) {
		w.line("joint J%d { a S%d -> S%d; b S%d -> S%d }", i, w.pick(n), w.pick(n), w.pick(w.last), w.pick(w.last))
	}
	w.line("}")
}
