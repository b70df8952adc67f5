package dve

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/check"
	"interlock/fsm"
	"interlock/spec"
)

// interpreter runs a text on the tree of the parser, as the first DIVINE does: it knows nothing of how the importer tells DVE in terms
// of package fsm. What was chosen otherwise (docs/decisions/0006-dve.md) is so here, too.
type interpreter struct {
	p       *program
	cut     bool
	at      map[*variable]int // where its values are in a world
	names   []map[string]*variable
	channel map[string]*channel
	buffer  map[*channel]int
	process map[string]int
	first   *world
}

// world is a state: of each process the number of its state, the values of all variables, what is in each buffer.
type world struct {
	states  []int
	values  []int64
	buffers [][][]int64
}

func (w *world) clone() *world {
	c := &world{slices.Clone(w.states), slices.Clone(w.values), slices.Clone(w.buffers)}
	return c
}

func interpret(p *program, cut bool) (*interpreter, *world) {
	in := &interpreter{p: p, cut: cut, at: map[*variable]int{}, channel: map[string]*channel{}, buffer: map[*channel]int{}, process: map[string]int{}}
	w := &world{}
	declare := func(list []*variable, names map[string]*variable) {
		for _, v := range list {
			names[v.name] = v
			in.at[v] = len(w.values)
			for range max(1, int(in.sizeOf(v))) {
				w.values = append(w.values, 0)
			}
			for i, e := range v.init {
				x, _ := in.eval(e, len(in.names)-1, w)
				w.values[in.at[v]+i] = narrowed(x, v.typ)
			}
		}
	}
	global := map[string]*variable{}
	in.names = []map[string]*variable{global}
	declare(p.vars, global)
	for _, c := range p.channels {
		in.channel[c.name] = c
		if in.capacity(c) > 0 {
			in.buffer[c] = len(w.buffers)
			w.buffers = append(w.buffers, nil)
		}
	}
	for i, proc := range p.processes {
		in.process[proc.name] = i
		own := map[string]*variable{}
		in.names = append(in.names, own)
		w.states = append(w.states, stateNumber(proc, proc.init))
		declare(proc.vars, own)
	}
	in.first = w
	return in, w
}

func stateNumber(p *process, id ident) int {
	return slices.IndexFunc(p.states, func(s ident) bool { return s.name == id.name })
}

func (in *interpreter) sizeOf(v *variable) int64 {
	if !v.array {
		return 0
	}
	return v.size.value
}

func (in *interpreter) capacity(c *channel) int {
	if c.size == nil {
		return 0
	}
	return int(c.size.value)
}

// narrowed keeps the low bits that a type has.
func narrowed(x int64, t *fsm.Type) int64 {
	if t == byteType {
		return int64(uint8(x))
	}
	return int64(int16(x))
}

// find is where a reference leads; ok is false if its index is outside.
func (in *interpreter) find(e *expr, scope int, w *world) (v *variable, at int, ok bool) {
	name := e.name.name
	if e.op == "foreign" {
		scope, name = in.process[name]+1, e.field.name
	}
	v = in.names[scope][name]
	if v == nil {
		v = in.names[0][name]
	}
	index := int64(0)
	if len(e.args) > 0 {
		if index, ok = in.eval(e.args[0], scope, w); !ok || index < 0 || index >= in.sizeOf(v) {
			return v, 0, false
		}
	}
	return v, in.at[v] + int(index), true
}

// eval is the value of an expression; ok is false where there is none. The scope is 0, or a process's number and one.
func (in *interpreter) eval(e *expr, scope int, w *world) (x int64, ok bool) {
	switch e.op {
	case "number":
		return e.value, true
	case "true", "false":
		return truth(e.op == "true"), true
	case "name", "index", "foreign":
		_, at, ok := in.find(e, scope, w)
		if !ok {
			return 0, false
		}
		return w.values[at], true
	case "state":
		p := in.process[e.name.name]
		return truth(w.states[p] == stateNumber(in.p.processes[p], e.field)), true
	}
	a, ok := in.eval(e.args[0], scope, w)
	switch {
	case !ok:
		return 0, false
	case len(e.args) == 1:
		return map[string]int64{"neg": int64(int32(-a)), "~": ^a, "!": truth(a == 0)}[e.op], true
	case e.op == "&&" && a == 0, e.op == "||" && a != 0, e.op == "imply" && a == 0:
		return truth(e.op != "&&"), true
	}
	b, ok := in.eval(e.args[1], scope, w)
	if !ok || b == 0 && (e.op == "/" || e.op == "%") {
		return 0, false
	}
	return int64(binary(e.op, int32(a), int32(b))), true
}

func binary(op string, a, b int32) int32 {
	switch op {
	case "&&", "||", "imply":
		return int32(truth(b != 0))
	case "==":
		return int32(truth(a == b))
	case "!=":
		return int32(truth(a != b))
	case "<":
		return int32(truth(a < b))
	case "<=":
		return int32(truth(a <= b))
	case ">":
		return int32(truth(a > b))
	case ">=":
		return int32(truth(a >= b))
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "/":
		return a / b
	case "%":
		return a % b
	case "&":
		return a & b
	case "|":
		return a | b
	case "^":
		return a ^ b
	case "<<":
		return a << (b & 31)
	}
	return a >> (b & 31)
}

// open says whether a transition may be taken, channels aside; fails says that nobody can tell.
func (in *interpreter) open(i int, t *transition, w *world) (open, fails bool) {
	if w.states[i] != stateNumber(in.p.processes[i], t.from) || slices.ContainsFunc(t.guards, in.zero) {
		return false, false
	}
	for _, g := range t.guards {
		x, ok := in.eval(g, i+1, w)
		if !ok || x == 0 {
			return !ok, !ok
		}
	}
	return true, false
}

// store writes a value, cut to its type if so it is read. It reports whether the value fits.
func (in *interpreter) store(v *variable, at int, x int64, w *world) bool {
	if in.cut {
		x = narrowed(x, v.typ)
	}
	w.values[at] = x
	return v.typ.Has(x)
}

// move takes a process to the next state and runs its effects.
func (in *interpreter) move(i int, t *transition, w *world) bool {
	w.states[i] = stateNumber(in.p.processes[i], t.to)
	for _, a := range t.effects {
		x, ok := in.eval(a.value, i+1, w)
		v, at, found := in.find(a.target, i+1, w)
		if !ok || !found || !in.store(v, at, x, w) {
			return false
		}
	}
	return true
}

// put passes values to the places of a receiver, which are those before the step.
func (in *interpreter) put(i int, t *transition, values []int64, before, w *world) bool {
	fits := true
	for n, to := range t.sync.values {
		v, at, ok := in.find(to, i+1, before)
		fits = fits && ok && in.store(v, at, values[n], w)
	}
	return fits
}

// sent are the values of a sender, cut by a channel that has types.
func (in *interpreter) sent(i int, t *transition, w *world) (values []int64, ok bool) {
	c := in.channel[t.sync.channel.name]
	for n, e := range t.sync.values {
		x, ok := in.eval(e, i+1, w)
		if !ok {
			return nil, false
		}
		if c.typed {
			x = narrowed(x, c.types[n])
		}
		values = append(values, x)
	}
	return values, true
}

// next lists what may follow, in order; nil stands for a step that fails.
func (in *interpreter) next(w *world) (list []*world) {
	urgent := slices.ContainsFunc(in.p.processes, func(p *process) bool { return committed(p, w.states[in.process[p.name]]) })
	for i, p := range in.p.processes {
		if urgent && !committed(p, w.states[i]) {
			continue
		}
		for _, t := range p.trans {
			open, fails := in.open(i, t, w)
			switch {
			case !open:
			case t.sync == nil:
				n := w.clone()
				list = append(list, unless(fails || !in.move(i, t, n), n))
			case in.capacity(in.channel[t.sync.channel.name]) > 0:
				list = append(list, in.buffered(i, t, fails, w)...)
			case t.sync.send:
				list = append(list, in.meet(i, t, fails, urgent, w)...)
			}
		}
	}
	return list
}

func unless(fails bool, w *world) *world {
	if fails {
		return nil
	}
	return w
}

func committed(p *process, state int) bool {
	return slices.ContainsFunc(p.commit, func(id ident) bool { return stateNumber(p, id) == state })
}

func (in *interpreter) buffered(i int, t *transition, fails bool, w *world) []*world {
	c := in.channel[t.sync.channel.name]
	b := in.buffer[c]
	n := w.clone()
	switch held := w.buffers[b]; {
	case t.sync.send && len(held) == in.capacity(c), !t.sync.send && len(held) == 0:
		if fails { // it is not known whether the guard holds, and that is told first
			return []*world{nil}
		}
		return nil
	case t.sync.send:
		values, ok := in.sent(i, t, w)
		fails = fails || !ok
		n.buffers[b] = append(slices.Clone(held), values)
	default:
		fails = fails || !in.put(i, t, held[0], w, n)
		n.buffers[b] = held[1:]
	}
	return []*world{unless(fails || !in.move(i, t, n), n)}
}

// zero reports whether a guard is 0 whatever the state: the importer leaves its transition out, whatever else stands in it.
func (in *interpreter) zero(e *expr) bool {
	if e.op == "&&" && slices.ContainsFunc(e.args, in.zero) {
		return true
	}
	if !in.constant(e) {
		return false
	}
	x, ok := in.eval(e, 0, in.first)
	return ok && x == 0
}

func (in *interpreter) constant(e *expr) bool {
	switch {
	case e.op == "number" || e.op == "true" || e.op == "false":
		return true
	case e.op == "state" || e.op == "foreign" || (e.op == "name" || e.op == "index") && (in.names[0][e.name.name] == nil || !in.names[0][e.name.name].constant):
		return false
	}
	return !slices.ContainsFunc(e.args, func(a *expr) bool { return !in.constant(a) })
}

func (in *interpreter) meet(i int, t *transition, fails, urgent bool, w *world) (list []*world) {
	for k, p := range in.p.processes {
		if k == i || urgent && !committed(p, w.states[k]) {
			continue
		}
		for _, r := range p.trans {
			if r.sync == nil || r.sync.send || r.sync.channel.name != t.sync.channel.name {
				continue
			}
			open, failsToo := in.open(k, r, w)
			if fails { // the sender's guard is asked first, unless the receiver's is known to be false
				open = w.states[k] == stateNumber(p, r.from) && !slices.ContainsFunc(r.guards, in.zero)
			}
			if !open {
				continue
			}
			n := w.clone()
			values, ok := in.sent(i, t, w)
			list = append(list, unless(fails || failsToo || !ok || !in.put(k, r, values, w, n) || !in.move(k, r, n) || !in.move(i, t, n), n))
		}
	}
	return list
}

// counted is what the whole of a text has.
type counted struct {
	states, edges, levels int
	fails, stuck          bool
}

// count searches breadth first. More states than most are none: states is 0.
func (in *interpreter) count(first *world, most int) (c counted) {
	seen := map[string]bool{fmt.Sprint(*first): true}
	for level := []*world{first}; len(level) > 0; c.levels++ {
		var next []*world
		for _, w := range level {
			follows := in.next(w)
			same := fmt.Sprint(*w)
			c.stuck = c.stuck || !in.ended(w) && !slices.ContainsFunc(follows, func(f *world) bool { return f == nil || fmt.Sprint(*f) != same })
			for _, f := range follows {
				if f == nil {
					c.fails = true
					continue
				}
				c.edges++
				if key := fmt.Sprint(*f); !seen[key] {
					seen[key] = true
					next = append(next, f)
				}
			}
		}
		if len(seen) > most {
			return counted{}
		}
		level = next
	}
	c.states = len(seen)
	return c
}

// ended reports whether no transition leaves the state of any process.
func (in *interpreter) ended(w *world) bool {
	for i, p := range in.p.processes {
		if slices.ContainsFunc(p.trans, func(t *transition) bool { return stateNumber(p, t.from) == w.states[i] }) {
			return false
		}
	}
	return true
}

// texts draws texts with everything in them.
type texts struct {
	t    *rapid.T
	proc string
}

func (x *texts) of(list ...string) string { return rapid.SampledFrom(list).Draw(x.t, "of") }

func (x *texts) one(in int) bool { return rapid.IntRange(1, in).Draw(x.t, "one in") == in }

// expr draws an expression that is small most of the time.
func (x *texts) expr(depth int) string {
	if depth == 0 || x.one(3) {
		return x.of("0", "1", "2", "3", "255", "g", "h", "n", "x", "y", "T[x % 2]", "T[K - 1]", "t[g % 3]", "t[x]", "true", "P.b", "Q.d", "R.b", x.proc+".b", "P->y", "Q->x")
	}
	a, b := x.expr(depth-1), x.expr(depth-1)
	switch op := x.of("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "==", "!=", "<", ">=", "&&", "or", "imply", "neg", "~", "not"); op {
	case "neg", "~", "not":
		return map[string]string{"neg": "-", "~": "~", "not": "not "}[op] + "(" + a + ")"
	default:
		return "(" + a + ") " + op + " (" + b + ")"
	}
}

// value draws an expression, which seldom leaves a byte.
func (x *texts) value() string {
	switch {
	case x.one(6):
		return x.expr(2)
	case x.one(3):
		return "(" + x.expr(1) + ") & 3"
	}
	return x.of("0", "1", "(g + 1) % 3", "x + y & 1", "1 - (h == 1)", "t[0]", x.proc+".b", "P.b + Q.d")
}

func (x *texts) place() string { return x.of("g", "h", "n", "x", "y", "t[x % 3]", "t[h]", "t[2]") }

func (x *texts) transition() string {
	s := x.of("a", "b", "d") + " -> " + x.of("a", "b", "d") + " {"
	if x.one(2) {
		s += " guard " + x.of(x.expr(2), x.of("g", "x", "h")+x.of(" < 2", " == 0", " > 0", " != 1"), "not "+x.of("P.b", "Q.d", "R.b")) + ";"
	}
	switch x.of("", "", "c", "d", "e", "f") {
	case "c":
		s += " sync c" + x.of("!", "?") + ";"
	case "d":
		s += " sync d" + x.of("!{"+x.value()+", "+x.value()+"}", "?{"+x.place()+", "+x.place()+"}") + ";"
	case "e":
		s += " sync e" + x.of("!"+x.value(), "?"+x.place()) + ";"
	case "f":
		s += " sync f" + x.of("!"+x.value(), "?"+x.place()) + ";"
	}
	for i := range rapid.IntRange(0, 2).Draw(x.t, "effects") {
		s += []string{" effect ", ", "}[i] + x.place() + " = " + x.value()
		if i == 1 || x.one(2) {
			s += ";"
			return s + " }"
		}
	}
	if strings.Contains(s, "effect") {
		s += ";"
	}
	return s + " }"
}

func (x *texts) text() string {
	s := "const byte K = 2, T[2] = {3, 1};\nbyte g = 1, t[3] = {2, 0, 1};\nint h, n = -1;\nchannel c, f;\nchannel {byte, int} d[0];\nchannel {byte} e[2];\n"
	for _, p := range []string{"P", "Q", "R"} {
		x.proc = p
		s += "process " + p + " {\n\tbyte x;\n\tint y;\n\tstate a, b, d;\n\tinit a;\n"
		if x.one(4) {
			s += "\tcommit " + x.of("a", "b", "d") + ";\n"
		}
		s += "\ttrans\n"
		for range rapid.IntRange(1, 5).Draw(x.t, "transitions") {
			s += "\t\t" + x.transition() + ",\n"
		}
		s = strings.TrimSuffix(s, ",\n") + ";\n}\n"
	}
	return s + "system async;\n"
}

// TestInterpreter holds random texts against an interpreter that knows no joint transitions: states, transitions, levels, whether a
// value leaves its type and whether somebody is stuck; read both ways.
func TestInterpreter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := (&texts{t: t}).text()
		cut := rapid.Bool().Draw(t, "cut")
		p, diags := parse("random.dve", []byte(text))
		require.Empty(t, diags, text)
		in, first := interpret(p, cut)
		want := in.count(first, 2000)
		if want.states == 0 {
			t.Skip("large")
		}
		s, diags := ImportAsking("random.dve", []byte(text), Questions{Cut: cut})
		require.False(t, spec.HasErrors(diags), "%v\n%s", diags, text)
		report, err := check.Run(context.Background(), s.Systems[0], check.Options{})
		require.NoError(t, err)
		require.True(t, report.Complete)
		got := counted{states: report.Stats.States, edges: report.Stats.Transitions, levels: report.Stats.Depth + 1}
		for _, v := range report.Verdicts {
			got.fails = got.fails || v.Property.Kind == fsm.BuiltIn && v.Property.Builtin == fsm.Range && v.Result != check.Holds
			got.stuck = got.stuck || v.Property.Kind == fsm.BuiltIn && v.Property.Builtin == fsm.Deadlock && v.Result != check.Holds
		}
		require.Equal(t, want, got, text)
	})
}
