package gen

import (
	"fmt"
	"go/format"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

// adapter writes the test file that hands the generated types of a spec to testdata/compare.
func adapter(t *testing.T, g *generator) []byte {
	t.Helper()
	a := &adapting{g: g}
	a.p("package %s\n\nimport (\n\"errors\"\n\"testing\"\n\n\"compared/compare\"\n\"interlock/fsm\"\n)\n", g.opts.packageName(g.spec.Name))
	a.p("func truth(b bool) int64 { return fsm.Cond[int64](b, 1, 0) }\nvar _ = truth\nvar _ = errors.Is\n")
	for _, m := range g.machines {
		a.machine(m)
	}
	for _, s := range g.systems {
		a.system(s)
	}
	text, err := format.Source([]byte(a.String()))
	require.NoError(t, err, a.String())
	return text
}

type adapting struct {
	strings.Builder
	g *generator
}

func (a *adapting) p(format string, args ...any) { fmt.Fprintf(a, format+"\n", args...) }

// arg is a compare.Arg literal.
func (a *adapting) arg(role string, x arg, later bool) string {
	if x.goType == "int" {
		return fmt.Sprintf("{Role: %q, Lo: 0, Hi: %d, GoLo: -2, GoHi: 99}", role, x.typ.Hi)
	}
	lo, hi := int64(0), int64(1)
	if x.goType != "bool" {
		lo, hi = goBounds(x.typ.Scalar())
	}
	return fmt.Sprintf("{Role: %q, Lo: %d, Hi: %d, GoLo: %d, GoHi: %d, Later: %t}", role, x.typ.Scalar().Lo, x.typ.Scalar().Hi, lo, hi, later)
}

var roles = map[argRole]string{rolePlain: "plain", roleFrom: "from", roleExtern: "extern", roleAny: "any"}

// value reads a Go value of type t out of values, from index at on.
func (a *adapting) value(t *fsm.Type, goType string, at *int) string {
	if t.Kind == fsm.Array {
		parts := make([]string, t.Len)
		for i := range parts {
			parts[i] = a.value(t.Elem, a.g.goType(t.Elem), at)
		}
		return goType + "{" + strings.Join(parts, ", ") + "}"
	}
	*at++
	if goType == "bool" {
		return fmt.Sprintf("a[%d] != 0", *at-1)
	}
	return fmt.Sprintf("%s(a[%d])", goType, *at-1)
}

// slots spreads a Go value out into a []int64.
func (a *adapting) slots(text string, t *fsm.Type) string {
	var parts []string
	a.g.eachSlot("", text, t, func(_, place string, t *fsm.Type) {
		if t.Kind == fsm.Bool {
			parts = append(parts, "truth("+place+")")
			return
		}
		parts = append(parts, "int64("+place+")")
	})
	return "[]int64{" + strings.Join(parts, ", ") + "}"
}

func (a *adapting) callArgs(args []arg) string {
	at := 0
	var parts []string
	for _, x := range args {
		parts = append(parts, a.value(x.typ, x.goType, &at))
	}
	return strings.Join(parts, ", ")
}

// machine adapts a plain machine.
func (a *adapting) machine(m *machine) {
	g := a.g
	value := m.low + "Value"
	a.p("type %s struct{ m %s }\n", value, m.name)
	a.p("func (v %s) Name() string { return v.m.State().String() }\n", value)
	a.p("func (v %s) Read() compare.Reading {\nreturn compare.Reading{States: []int{int(v.m.state)},", value)
	system, vars, armed := "", "", ""
	for i, x := range m.Vars {
		switch {
		case x.Shared && x.Ghost:
			system += "nil, "
			vars += "nil, "
		case x.Shared:
			system += a.slots("v.m."+m.fields[i], x.Type) + ", "
			vars += "nil, "
		case x.Ghost:
			vars += "nil, "
		default:
			vars += a.slots("v.m."+exported(x.Name)+"()", x.Type) + ", "
		}
	}
	for _, x := range m.Timers {
		armed += "v.m." + exported(x.Name) + "Armed(), "
	}
	a.p("System: [][]int64{%s}, Vars: [][][]int64{{%s}}, Armed: [][]bool{{%s}}}\n}\n", system, vars, armed)
	a.p("func (v %s) Step(root int, a []int64) (compare.Value, compare.Result) {", value)
	a.p("next, again := v.m, v.m")
	a.p("var out, twin %sEffects\nvar err, other error\nvar event %sEvent", m.name, m.name)
	a.p("switch root {")
	for i, e := range m.events {
		a.p("case %d:\nout, err = next.%s(%s)", i, e.method, a.callArgs(e.args))
		a.event(m.name, e.kind, e.args)
	}
	a.p("}")
	a.p("twin, other = again.Step(event)")
	a.p("if twin != out || other != err || again != next || v.m.Can(event) != (err == nil) {\npanic(\"the method and Step differ\")\n}")
	a.successor("m")
	a.unwatched(m)
	a.p("return %s{next}, %sResult(&out, err)\n}\n", value, m.low)
	a.enabled(value, "m")
	a.result(m.low, m.name, func() {
		for _, k := range m.orders.kinds {
			to := "0"
			if k.op == fsm.Send && m.Peers[k.peer].Len > 0 {
				to = "int(e.To)"
			}
			a.p("case %s:\nr.Orders = append(r.Orders, compare.Order{Op: %d, Index: %d, Peer: %d, To: %s, Args: []int64{%s}})", k.name, k.op,
				k.message+k.timer+k.effect, k.peer, to, a.fieldValues(k.params, k.fields))
		}
	}, "0")
	a.machineTest(m, value, g)
}

// enabled counts the events that are possible.
func (a *adapting) enabled(value, field string) {
	a.p("func (v %s) Store(other compare.Value) { compare.Stored(v.%s, other.(%s).%s) }\n", value, field, value, field)
	a.p("func (v %s) Enabled() map[int]int {\nn, kinds := map[int]int{}, 0", value)
	a.p("for e := range v.%s.EnabledEvents() {\nn[int(e.Kind)]++\n}", field)
	a.p("for k := range v.%s.EnabledKinds() {\nif kinds++; n[int(k)] == 0 {\npanic(\"a kind without events\")\n}\n}", field)
	a.p("if kinds != len(n) {\npanic(\"kinds are missing\")\n}\nreturn n\n}\n")
}

// successor asks what the event would lead to. Nobody is told of that.
func (a *adapting) successor(field string) {
	a.p("if told := compare.Told(func() {")
	a.p("after, twin, other := v.%s.Successor(event)", field)
	a.p("if after != next || twin != out || other != err {\npanic(\"the successor is another\")\n}")
	a.p("}); told != 0 {\npanic(\"somebody was told of a question\")\n}")
}

// noSuccessor asks what an event would lead to that there is not.
func (a *adapting) noSuccessor(field string) {
	a.p("if after, twin, other := v.%s.Successor(wrong); !errors.Is(other, fsm.ErrRefused) || after != v.%s || twin.Len() > 0 {", field, field)
	a.p("panic(\"an event that is none has a successor\")\n}")
}

// unwatched takes the same event again, by its method and by Step, and one that there is not, while nobody observes.
func (a *adapting) unwatched(m *machine) {
	a.p("compare.Unwatched(func() {")
	a.p("alone, method := v.m, v.m")
	a.p("twin, other = alone.Step(event)")
	a.p("if twin != out || other != err || alone != next {\npanic(\"a step that nobody observes differs\")\n}")
	a.p("switch root {")
	for i, e := range m.events {
		a.p("case %d:\ntwin, other = method.%s(%s)", i, e.method, a.callArgs(e.args))
	}
	a.p("}")
	a.p("if twin != out || other != err || method != next {\npanic(\"a method that nobody observes differs\")\n}")
	if n := len(m.events); n < 256 {
		a.p("wrong := %sEvent{Kind: %d}", m.name, n)
		a.p("if twin, other = alone.Step(wrong); !errors.Is(other, fsm.ErrRefused) || twin != (%sEffects{}) || alone != next || alone.Can(wrong) {", m.name)
		a.p("panic(\"an event that is none was taken\")\n}")
		a.noSuccessor("m")
	}
	if m.table != nil && !m.table.rich() {
		a.batch(m)
	}
	a.p("})")
	if m.table != nil && !m.table.rich() {
		a.p("if told := compare.Told(func() {")
		a.batch(m)
		a.p("}); told != 4 {\npanic(\"a batch was not told of\")\n}")
	}
}

// batch takes the same event by StepAll.
func (a *adapting) batch(m *machine) {
	a.p("for _, became := range [][]fsm.Delivery{nil, make([]fsm.Delivery, 2)} {")
	a.p("machines := []%s{v.m, v.m}", m.name)
	a.p("refused := StepAll%s(machines, []%sEvent{event, {Kind: %d}}, became)", plural(m.name), m.name, len(m.events))
	a.p("if machines[0] != next || machines[1] != v.m || (refused == 1) != (err == nil) || became != nil && (became[0] != out.delivery || became[1] != fsm.DeliveryRefused) {")
	a.p("panic(\"a batch differs\")\n}")
	a.p("}")
}

func (a *adapting) fieldValues(params []fsmParam, fields []string) string {
	var parts []string
	for i, p := range params {
		if p.Type.Kind == fsm.Bool {
			parts = append(parts, "truth(e."+fields[i]+")")
			continue
		}
		parts = append(parts, "int64(e."+fields[i]+")")
	}
	return strings.Join(parts, ", ")
}

// event fills a plain event.
func (a *adapting) event(owner, kind string, args []arg) {
	at := 0
	text := "Kind: " + kind
	for _, x := range args {
		text += fmt.Sprintf(", %s: %s", x.field, a.value(x.typ, x.goType, &at))
	}
	a.p("event = %sEvent{%s}", owner, text)
}

// result turns effects into a compare.Result.
func (a *adapting) result(low, name string, cases func(), seq string) {
	a.p("func %sResult(out *%sEffects, err error) compare.Result {", low, name)
	a.p("r := compare.Result{Err: err, Delivery: out.Delivery(), From: out.From().String(), To: out.To().String(), Seq: %s}", seq)
	a.p("for e := range out.All() {\nswitch e.Kind {")
	cases()
	a.p("}\n}\nif out.Len() != len(r.Orders) || out.Len() > 0 && out.At(out.Len()-1).Kind.String() == \"\" {\npanic(\"effects are missing\")\n}")
	a.p("return r\n}\n")
}

func (a *adapting) machineTest(m *machine, value string, g *generator) {
	a.p("func Test%sAgainstTheReference(t *testing.T) {", m.name)
	a.p("compare.Machine(t, %d, compare.Subject{", m.index)
	a.p("Roots: []compare.Root{")
	for i, e := range m.events {
		a.p("{Name: %q, First: 0, Count: 1, Event: %d, Args: []compare.Arg{%s}},", e.method, i, a.argList(e.args, nil))
	}
	a.p("},")
	args := g.constructor(m).args
	a.p("StartArgs: []compare.Arg{%s},", a.startArgs(args, m.selfType != "", len(m.Params), func(arg) bool { return false }))
	a.p("Start: func(a []int64) (compare.Value, compare.Result) {")
	if g.plainNew(m) {
		a.p("m := New%s(%s)\nreturn %s{m}, compare.Result{Delivery: fsm.DeliveryTaken}", m.name, a.callArgs(args), value)
	} else {
		a.p("m, out, err := New%s(%s)\nreturn %s{m}, %sResult(&out, err)", m.name, a.callArgs(args), value, m.low)
	}
	a.p("},")
	a.restart(m, value)
	shared := 0
	for _, v := range m.Vars {
		if v.Shared {
			shared++
		}
	}
	if shared > 0 {
		a.p("Lend: func(value compare.Value, shared [][]int64) compare.Value {\nv := value.(%s)", value)
		k := 0
		for _, v := range m.Vars {
			if v.Shared && !v.Ghost {
				at := 0
				text := strings.ReplaceAll(a.value(v.Type, g.goType(v.Type), &at), "a[", fmt.Sprintf("shared[%d][", k))
				a.p("if err := v.m.Set%s(%s); err != nil {\npanic(err)\n}", exported(v.Name), text)
			}
			if v.Shared {
				k++
			}
		}
		a.p("return v\n},")
	}
	a.p("})\n}\n")
}

// restart adapts what makes a machine after a crash.
func (a *adapting) restart(m *machine, value string) {
	if !m.restarts() {
		return
	}
	r := a.g.planRestart(m)
	var list, call []string
	at, durable := 0, m.name+"Durable{"
	slots := func(role string, x arg, variable int) {
		for slot := range x.typ.Slots() {
			list = append(list, strings.TrimSuffix(a.arg(role, x, false), "}")+fmt.Sprintf(", Var: %d, Slot: %d}", variable, slot))
		}
	}
	for i, x := range r.args {
		role, variable := roles[x.role], 0
		switch {
		case x.name == r.durable:
			for _, k := range m.durables() {
				v := m.Vars[k]
				slots("durable", arg{typ: v.Type, goType: a.g.goType(v.Type)}, k)
				durable += exported(v.Name) + ": " + a.value(v.Type, a.g.goType(v.Type), &at) + ", "
			}
			call = append(call, "kept_")
			continue
		case m.selfType != "" && i == 0:
			role = "self"
		case x.role == rolePlain && i < len(m.Params)+len(r.self)/max(1, len(r.self)):
			role = "param"
		case x.role == rolePlain:
			role = "any"
			shared := 0
			for k, v := range m.Vars {
				if v.Shared && r.vars[k] == x.name {
					role, variable = "shared", shared
				}
				if v.Shared {
					shared++
				}
			}
		}
		slots(role, x, variable)
		call = append(call, a.value(x.typ, x.goType, &at))
	}
	a.p("RestartArgs: []compare.Arg{%s},", strings.Join(list, ", "))
	a.p("Restart: func(v compare.Value, kept bool, a []int64) (compare.Value, compare.Result) {")
	if r.durable != "" {
		a.p("kept_ := %s}\nif kept {\nw := v.(%s)\nkept_ = w.m.Durable()\n}", durable, value)
	}
	a.p("m, out, err := Restart%s(%s)\nreturn %s{m}, %sResult(&out, err)\n},", m.name, strings.Join(call, ", "), value, m.low)
}

func (a *adapting) argList(args []arg, later func(arg) bool) string {
	var parts []string
	for _, x := range args {
		role := roles[x.role]
		if x.goType == "int" {
			role = "index"
		}
		parts = append(parts, a.arg(role, x, later != nil && later(x)))
	}
	return strings.Join(parts, ", ")
}

// startArgs lists the parameters of a constructor, a slot each.
func (a *adapting) startArgs(args []arg, self bool, params int, later func(arg) bool) string {
	var parts []string
	for i, x := range args {
		role := "any"
		switch {
		case self && i == 0:
			role = "self"
		case self && i <= params, !self && i < params:
			role = "param"
		}
		for range x.typ.Slots() {
			parts = append(parts, a.arg(role, x, later(x)))
		}
	}
	return strings.Join(parts, ", ")
}
