// Package randspec writes random specs: small systems with everything in them that the language has, as text, so that a
// failure can be read. The choices are asked from a function, so that rapid can shrink them and a seed can repeat them;
// the lowest choice is always the simplest.
package randspec

import (
	"fmt"
	"strings"
)

// Options say what may be in a spec. The zero Options are plain machines over reliable links.
type Options struct {
	Faults  bool // loss, duplication, reordering, crashes
	Atomic  bool // every link is atomic
	Mixed   bool // the links of one direction are atomic, those of the other are not
	Params  bool // an internal step with a parameter
	Joints  bool // joint transitions
	Arrays  bool // an array of instances
	Free    bool // any, extern guards, variables that begin anywhere
	Assumes bool // assume, initially, order
	Nested  bool // states in states
	Wild    bool // values may leave their ranges, messages may meet no answer, links may overflow

	Liveness bool // fairness, and properties of runs that never end
}

// Everything is every option but Atomic, Mixed, Params and Liveness.
var Everything = Options{Faults: true, Joints: true, Arrays: true, Free: true, Assumes: true, Nested: true, Wild: true}

// Text writes a spec of one system S. pick returns a number in 0..n-1.
func Text(pick func(n int) int, o Options) string {
	w := &writer{pick: pick, Options: o}
	w.line("fsm 1")
	w.line("spec random")
	w.line("")
	w.line("message Plain")
	w.line("message Full(x 0..1)")
	w.line("effect Tell(x 0..2)")
	if o.Free {
		w.line("extern guard allowed")
	}
	w.size = 1
	if o.Arrays {
		w.size += w.pick(2)
	}
	w.sharing = w.maybe()
	w.machine("A", "b", "B", w.size)
	w.machine("B", "a", "A", 1)
	w.system()
	return w.String()
}

type writer struct {
	strings.Builder
	pick func(n int) int
	Options
	indent  int
	size    int // instances of B
	sharing bool
	peer    string
	many    bool     // the peer is an array
	states  []string // targets of the machine at hand
}

func (w *writer) line(format string, args ...any) {
	if strings.HasPrefix(format, "}") {
		w.indent--
	}
	if format != "" {
		w.WriteString(strings.Repeat("\t", w.indent))
	}
	fmt.Fprintf(w, format+"\n", args...)
	if strings.HasSuffix(format, "{") {
		w.indent++
	}
}

func (w *writer) maybe() bool { return w.pick(2) == 1 }

// rarely is true once in four times.
func (w *writer) rarely() bool { return w.pick(4) == 3 }

func (w *writer) oneOf(texts ...string) string { return texts[w.pick(len(texts))] }

// machine writes a machine with the variables v 0..2 and f bool, a timer, two inputs and an internal event.
func (w *writer) machine(name, peer, peerType string, size int) {
	w.peer, w.many = peer, size > 1
	w.line("")
	w.line("machine %s {", name)
	if w.many {
		w.line("peer %s[%d] %s", peer, size, peerType)
	} else {
		w.line("peer %s %s", peer, peerType)
	}
	durable, begin := "", ""
	if w.Faults && w.maybe() {
		durable = "durable "
	}
	if w.Free && w.rarely() {
		begin = " = any"
	}
	w.line("%svar v 0..2%s", durable, begin)
	w.line("var f bool")
	w.line("ghost var g 0..1")
	if w.sharing {
		w.line("shared var term 0..2")
	}
	w.line("timer t 1s")
	w.line("input Go")
	w.line("input Set(p 0..1)")
	w.line("internal Try")
	if w.Params {
		w.line("internal Roll(n 0..1)")
	}
	w.stateList()
	if w.Faults && w.maybe() {
		w.line("on restart -> %s%s", w.target(), w.body(""))
	}
	if !w.Wild || w.maybe() {
		w.line("ignore other messages")
	}
	w.line("ignore t")
	w.line("}")
}

func (w *writer) stateList() {
	n := 2 + w.pick(2)
	w.states = []string{"S0", "S1", "S2"}[:n]
	nested := w.Nested && w.maybe()
	if nested {
		w.states = append(w.states, "Outer")
	}
	for i := range n {
		kind := ""
		if i == 0 {
			kind = "initial "
		}
		if w.maybe() {
			kind += "final "
		}
		w.line("%sstate S%d {", kind, i)
		w.members()
		w.line("}")
	}
	if nested {
		w.line("state Outer {")
		w.members()
		w.line("initial final state In0 {")
		w.members()
		w.line("}")
		w.line("state In1 {")
		w.members()
		w.line("}")
		w.line("}")
	}
}

// members writes what a state answers.
func (w *writer) members() {
	if w.rarely() {
		w.line("entry%s", w.block(""))
	}
	if w.rarely() {
		w.line("exit%s", w.block(""))
	}
	always := false // the last event, a Plain, is answered whatever holds
	events := []string{"Go", "Set(p)", "Try", "t", "Full(x)", "Plain"}
	if w.Params {
		events = append([]string{"Roll(n)"}, events...)
	}
	for _, event := range events {
		always = w.maybe() && w.answers(event)
	}
	if w.rarely() && !always {
		w.line("defer Plain%s", w.oneOf("", " when f", " when v == 1"))
	}
}

// answers writes the transitions of one event: one without a guard, or guarded ones and perhaps an else. It reports whether
// one of them is always enabled.
func (w *writer) answers(event string) (always bool) {
	param := ""
	if i := strings.IndexByte(event, '('); i >= 0 {
		param = event[i+1 : i+2]
	}
	guards := []string{"v < 2", "f", "v == 0", "!t.armed"}
	if param != "" {
		guards = append(guards, param+" == 1")
	}
	if w.Free {
		guards = append(guards, "allowed()")
	}
	if event == "Try" || w.maybe() {
		g := w.pick(len(guards))
		w.line("on %s when %s%s%s", event, guards[g], w.arrow(), w.body(param))
		if second := w.pick(len(guards)); w.Wild && second != g && w.maybe() {
			w.line("on %s when %s && !(%s)%s%s", event, guards[second], guards[g], w.arrow(), w.body(param))
		}
		if event != "Try" && w.maybe() {
			w.line("on %s else%s%s", event, w.arrow(), w.body(param))
			return true
		}
		return false
	}
	w.line("on %s%s%s", event, w.arrow(), w.body(param))
	return true
}

func (w *writer) arrow() string {
	if w.maybe() {
		return " -> " + w.target()
	}
	return ""
}

func (w *writer) target() string { return w.oneOf(w.states...) }

// body is a block or nothing.
func (w *writer) body(param string) string {
	if w.maybe() {
		return w.block(param)
	}
	return ""
}

func (w *writer) block(param string) string {
	var stmts []string
	for range 1 + w.pick(2) {
		stmts = append(stmts, w.stmt(param))
	}
	return " { " + strings.Join(stmts, "; ") + " }"
}

func (w *writer) stmt(param string) string {
	to := w.peer
	if w.many {
		to += w.oneOf("[0]", "[1]")
	}
	stmts := []string{"f = !f", "send " + to + " Plain", "v = (v + 1) % 3", "start t", "stop t", "f, v = v == 1, 2",
		"if f { v = 0 } else { f = true }", "send " + to + " Full(v % 2)", "do Tell(v)", "g = 1 - g"}
	if w.sharing {
		stmts = append(stmts, "term = (term + 1) % 3")
	}
	if param != "" {
		stmts = append(stmts, "v = "+param)
	}
	if w.Free {
		stmts = append(stmts, "f = any", "v = any 0..1")
	}
	if w.Wild {
		stmts = append(stmts, "v = v + 1", "v = 2 / v")
	}
	return w.oneOf(stmts...)
}

func (w *writer) system() {
	w.line("")
	w.line("system S {")
	if w.sharing {
		w.line("var term 0..2")
	}
	w.line("var turn 0..1")
	w.line("a A")
	b := "b"
	if w.size > 1 {
		w.line("b[%d] B", w.size)
		b = "b[1]"
	} else {
		w.line("b B")
	}
	w.links()
	w.faults()
	var joints []string
	if w.Joints && w.maybe() {
		joints = append(joints, "Both")
		w.line("joint Both when %s { a S0 -> S1; %s S1 -> S0 { f = !f }; turn = 1 - turn }", w.oneOf("turn == 0", "a.v != 1", "true"), b)
	}
	if w.Joints && w.rarely() {
		joints = append(joints, "Lone")
		w.line("joint Lone(n in 0..1) when turn != n { a S0, S1 -> S0 { v = n }; turn = n }")
	}
	if w.Assumes {
		w.assumptions(b)
	}
	if w.Liveness {
		w.fairness(append(joints, "a.t", "a.Try", b+".t", b+".Try"))
	}
	w.properties(b)
	w.line("}")
}

// fairness writes what is fair: mostly everything, or any run that pauses breaks every property.
func (w *writer) fairness(steps []string) {
	for _, step := range steps {
		if w.pick(8) > 0 {
			w.line("%sfair %s", w.oneOf("", "", "strong "), step)
		}
	}
}

func (w *writer) links() {
	for _, link := range []string{"a -> b", "b -> a"} {
		if w.Atomic || w.Mixed && link == "b -> a" {
			w.line("link %s { atomic }", link)
			continue
		}
		if w.rarely() {
			w.line("link %s carries Plain { %s }", link, w.options())
			w.line("link %s carries Full { %s }", link, w.options())
			continue
		}
		w.line("link %s { %s }", link, w.options())
	}
}

func (w *writer) options() string {
	capacity := fmt.Sprintf("capacity %d", 1+w.pick(2))
	full := "; full blocks"
	if w.Wild && w.maybe() {
		full = ""
	}
	kind := w.oneOf("", "", "queue; ", "keep; ")
	if kind == "" && w.Faults {
		kind = w.oneOf("", "may lose; ", "may duplicate; ", "may reorder; ", "may lose, duplicate, reorder; ")
	}
	if strings.Contains(kind, "lose") {
		full = "" // a send into a full link that may lose is lost: it never blocks
	}
	if w.Liveness && w.pick(8) > 0 {
		full += "; fair"
	}
	return kind + capacity + full
}

func (w *writer) faults() {
	if !w.Faults || w.Atomic {
		return
	}
	if w.rarely() {
		w.line("node Pair { a, b }")
	}
	for _, x := range []string{"a", "b"} {
		if w.rarely() {
			w.line("crash %s at most %d", x, 1+w.pick(2))
			if w.maybe() {
				w.line("on crash %s { turn = 1 - turn }", x)
			}
		}
	}
}

func (w *writer) assumptions(b string) {
	if w.rarely() {
		w.line("assume %s", w.oneOf("!(a.v == 2 && a.f)", "turn == 0 || a.f", "a in S0, S1"))
	}
	if w.rarely() {
		w.line("initially %s", w.oneOf("a.v == 0", "turn == 0"))
	}
	if w.rarely() {
		w.line("order a.t before %s.t", b)
	}
}

func (w *writer) properties(b string) {
	conditions := []string{"a in S1", "a.v == 2", b + " in S0", "a.f && " + b + ".f", "turn == 1", "a.t.armed", "a.g == 1"}
	if !w.Atomic {
		conditions = append(conditions, "link(a, "+b+").len == 1")
	}
	if w.Faults && !w.Atomic && !w.Mixed {
		conditions = append(conditions, "link("+b+", a) has Plain")
	}
	for i := range 1 + w.pick(4) {
		p, q := w.oneOf(conditions...), w.oneOf(conditions...)
		if w.Liveness && w.maybe() {
			w.line("P%d: %s", i, w.oneOf(p+" leads to "+q, "eventually "+p, "infinitely often "+p+" || "+q))
			continue
		}
		switch w.pick(4) {
		case 0:
			w.line("P%d: never %s && %s", i, p, q)
		case 1:
			w.line("P%d: always %s || %s", i, p, q)
		case 2:
			w.line("P%d: reachable %s && !(%s)", i, p, q)
		case 3:
			w.line("P%d: after %s always %s", i, p, q)
		}
	}
}
