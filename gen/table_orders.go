package gen

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A machine without variables whose events order effects steps by the table too, if the effects of a state and an event are always the
// same but for parameters of the event that they hand on. Each effect has a code then, a step returns the codes of its effects in
// one word, and the effects are made of them where they are looked at.

// maxListed is how many codes a word holds, of a byte each.
const maxListed = 8

// order is an effect as a step gives it.
type order struct {
	fields, values []string // of the effect; where a value is handed on, it is the expression with the event in e
	handed         []bool   // by field
}

// key tells orders apart.
func (o order) key() string { return strings.Join(o.fields, " ") + "=" + strings.Join(o.values, " ") }

// The forms of an effect in the text of the general form, and of its values: a constant or parameter, and a parameter converted.
var (
	bareOrder = regexp.MustCompile(`^out\.more\(\)\.Kind = (\w+)\n`)
	fullOrder = regexp.MustCompile(`^at = out\.more\(\)\n((?:at\.\w+(?:, )?)+) = ([^\n]*)\n`)
	bareValue = regexp.MustCompile(`^-?\w+$`)
	converted = regexp.MustCompile(`^(\w+)\((\w+)\)$`)
)

// readOrder reads the effect that a text begins with, if it begins with one. It is not ok where an effect is not always the same.
func readOrder(e *event, text string) (o order, rest string, found, ok bool) {
	if match := bareOrder.FindStringSubmatch(text); match != nil {
		return order{[]string{"Kind"}, []string{match[1]}, []bool{false}}, text[len(match[0]):], true, true
	}
	match := fullOrder.FindStringSubmatch(text)
	if match == nil {
		return order{}, text, false, true
	}
	for _, f := range strings.Split(match[1], ", ") {
		o.fields = append(o.fields, strings.TrimPrefix(f, "at."))
	}
	o.values = strings.Split(match[2], ", ")
	if len(o.values) != len(o.fields) {
		return order{}, text, false, false
	}
	for i, v := range o.values {
		typ := ""
		if c := converted.FindStringSubmatch(v); c != nil {
			typ, v = c[1], c[2]
		}
		if !bareValue.MatchString(v) {
			return order{}, text, false, false
		}
		at := slices.IndexFunc(e.args, func(a arg) bool { return a.name == v })
		o.handed = append(o.handed, at >= 0)
		switch {
		case at < 0 && typ != "":
			return order{}, text, false, false
		case at >= 0 && typ != "":
			o.values[i] = typ + "(e.given." + e.args[at].field + ")"
		case at >= 0:
			o.values[i] = "e.given." + e.args[at].field
		}
	}
	return o, text[len(match[0]):], true, true
}

// code is the code of an order.
func (t *table) code(o order) int {
	for i, other := range t.orders {
		if other.key() == o.key() {
			return i + 1
		}
	}
	t.orders = append(t.orders, o)
	return len(t.orders)
}

// rich reports whether steps have effects, or events parameters.
func (t *table) rich() bool { return len(t.orders) > 0 || t.given }

// richTable reports whether a table can stand for the machine's effects. Where a joint machine steps it, or its initial state has
// effects, or it restarts, there is code that lists effects one by one.
func (g *generator) richTable(m *machine, t *table) bool {
	t.plain = !slices.ContainsFunc(t.orders, func(o order) bool { return len(o.fields) > 1 })
	if t.plain {
		t.recode(m)
	}
	return len(t.orders) <= 255 && t.longest <= maxListed && !g.instantiated(m) && len(m.Entry) == 0 && !m.restarts()
}

// recode gives effects without parameters the codes of their kinds, so that nothing has to be looked up.
func (t *table) recode(m *machine) {
	var orders []order
	code := map[string]int{}
	for i, k := range m.orders.kinds {
		orders = append(orders, order{[]string{"Kind"}, []string{k.name}, []bool{false}})
		code[k.name] = i + 1
	}
	for _, row := range t.cells {
		for _, c := range row {
			for i := range c.orders {
				c.orders[i] = code[t.orders[c.orders[i]-1].values[0]]
			}
		}
	}
	t.orders = orders
}

// listType is the Go type of the codes of a step.
func (t *table) listType() string {
	switch {
	case t.longest <= 1:
		return "uint8"
	case t.longest <= 2:
		return "uint16"
	case t.longest <= 4:
		return "uint32"
	}
	return "uint64"
}

// handsOn reports whether any effect carries a parameter of its event.
func (t *table) handsOn() bool {
	return slices.ContainsFunc(t.orders, func(o order) bool { return slices.Contains(o.handed, true) })
}

// richEffects writes what a step returns.
func (g *generator) richEffects(m *machine, element string) {
	t, name := m.table, m.name+"Effects"
	g.declare(name, "the generated type "+name)
	g.w.doc(name+" is what a step of "+m.name+" did: the states before and after it, and its effects in the order of execution. "+
		"The zero value is that of an event that was refused.", "")
	g.w.p("type %s struct {", name)
	g.w.p("from, to %sState", m.name)
	g.w.p("delivery fsm.Delivery")
	if t.handsOn() {
		rest := g.private(m.low + suffixListed)
		g.w.p("%s", rest)
		g.w.p("}\n")
		g.w.p("// %s are the effects of a step: what it was given, and the codes, the first in the lowest byte.", rest)
		g.w.p("type %s struct {", rest)
		g.w.p("given %sEvent", m.name)
	}
	g.w.p("list %s // the codes of the effects, the first in the lowest byte", t.listType())
	g.w.p("}\n")
	view := func(method, doc, result, text string) {
		g.method(name, method, "the generated method "+method)
		g.w.doc(method+" "+doc, "")
		g.w.p("func (e *%s) %s() %s { return %s }\n", name, method, result, text)
	}
	view("Delivery", "says what became of the event.", "fsm.Delivery", "e.delivery")
	view("From", "is the state before the step.", m.name+"State", "e.from")
	view("To", "is the state after the step.", m.name+"State", "e.to")
	if len(t.orders) == 0 {
		g.noList(listed{name: name, element: element})
		return
	}
	g.richViews(m, name, element)
}

// richViews writes how effects are made of their codes.
func (g *generator) richViews(m *machine, name, element string) {
	t, orders := m.table, element
	if !t.plain {
		orders = g.private(m.low + suffixOrders)
		g.richOrders(m, orders, element)
	}
	for _, method := range []string{"Len", "At", "All"} {
		g.method(name, method, "the generated method "+method)
	}
	g.w.use("math/bits")
	bits := map[string]string{"uint8": "8", "uint16": "16", "uint32": "32", "uint64": "64"}[t.listType()]
	g.w.doc("Len is the number of effects.", "")
	g.w.p("func (e *%s) Len() int { return (bits.Len%s(e.list) + 7) / 8 }\n", name, bits)
	g.w.doc("At is effect i, from 0; it panics where there is none.", "")
	g.w.p("func (e *%s) At(i int) %s {", name, element)
	g.w.p("if i < 0 || i >= e.Len() {")
	g.w.p("panic(\"%s: there is no such effect\")", name)
	g.w.p("}")
	g.w.p("return %s", t.made(orders, "uint8(e.list>>(8*i))"))
	g.w.p("}\n")
	g.w.use("iter")
	g.w.doc("All gives the effects in the order of execution.", "")
	g.w.p("func (e *%s) All() iter.Seq[%s] {", name, element)
	g.w.p("return func(yield func(%s) bool) {", element)
	g.w.p("for list := uint64(e.list); list != 0; list >>= 8 {")
	g.w.p("if !yield(%s) {", t.made(orders, "uint8(list)"))
	g.w.p("return")
	g.w.p("}")
	g.w.p("}")
	g.w.p("}")
	g.w.p("}\n")
	if !t.handsOn() {
		return
	}
	g.method(name, "made", "the generated method made")
	g.w.p("// made is the effect with a code.")
	g.w.p("func (e *%s) made(code uint8) %s {", name, element)
	g.w.p("effect := %s[code]", orders)
	g.w.p("switch code {")
	for i, o := range t.orders {
		if slices.Contains(o.handed, true) {
			g.w.p("case %d:", i+1)
			for k, f := range o.fields {
				if o.handed[k] {
					g.w.p("effect.%s = %s", f, o.values[k])
				}
			}
		}
	}
	g.w.p("}")
	g.w.p("return effect")
	g.w.p("}\n")
}

// made is the Go expression for the effect with a code.
func (t *table) made(orders, code string) string {
	switch {
	case t.handsOn():
		return "e.made(" + code + ")"
	case t.plain:
		return orders + "{Kind: " + orders + "Kind(" + code + " - 1)}"
	}
	return orders + "[" + code + "]"
}

// richOrders writes the effects by code.
func (g *generator) richOrders(m *machine, orders, element string) {
	g.w.p("// %s are the effects by code. What they hand on of the event is not in them yet.", orders)
	g.w.p("var %s = [256]%s{", orders, element)
	for i, o := range m.table.orders {
		var parts []string
		for k, f := range o.fields {
			if !o.handed[k] {
				parts = append(parts, f+": "+o.values[k])
			}
		}
		g.w.p("%d: {%s},", i+1, strings.Join(parts, ", "))
	}
	g.w.p("}\n")
}

// richMachine writes the methods of the machine.
func (g *generator) richMachine(m *machine) {
	g.richLists(m)
	g.refusals(m)
	if m.table.given {
		g.givenStep(m)
	} else {
		g.bareStep(m)
	}
	for _, e := range m.events {
		g.eventDoc(e)
		g.w.p("func (m *%s) %s(%s) (out %sEffects, err error) {", m.name, e.method, signature(e.args), m.name)
		if m.table.given {
			g.w.p("return m.Step(%s)", eventLiteral(m.name, e.kind, e.args))
		} else {
			g.w.p("out, err = m.step(%s, %s%s)", e.kind, m.low, suffixMore)
			g.w.p("return")
		}
		g.w.p("}\n")
	}
}

// richLists writes the codes of the effects by event and state.
func (g *generator) richLists(m *machine) {
	t := m.table
	if len(t.orders) == 0 {
		return
	}
	lists := g.private(m.low + suffixLists)
	g.w.p("// %s are the codes of the effects by event and state, the first in the lowest byte.", lists)
	g.w.p("var %s = [%d][%d]%s{", lists, len(t.cells)+1, len(m.States), t.listType())
	for i, cells := range t.cells {
		texts := make([]string, len(cells))
		for s, c := range cells {
			word := uint64(0)
			for k, code := range c.orders {
				word |= uint64(code) << (8 * k)
			}
			texts[s] = fmt.Sprintf("%#x", word)
		}
		g.w.p("%s: {%s},", m.events[i].kind, strings.Join(texts, ", "))
	}
	g.w.p("}\n")
}

// outcome is the literal of what a step did, that begins so, with the kind and the event at hand under these names.
func (m *machine) outcome(begin, kind, event string) string {
	list := ", " + m.low + suffixLists + "[" + kind + "][m.state]"
	switch {
	case !m.table.rich():
		list = ""
	case len(m.table.orders) == 0:
		list = ", 0"
	case m.table.handsOn():
		list = fmt.Sprintf(", %s%s{%s%s}", m.low, suffixListed, event, list)
	}
	return m.name + "Effects{" + begin + list + "}"
}

// bareStep writes the steps of a machine whose events have no parameters.
func (g *generator) bareStep(m *machine) {
	more := m.low + suffixMore
	g.method(m.name, "Step", "the generated method Step")
	g.method(m.name, "step", "the generated method step")
	g.w.doc("Step is the method of the event's kind.", "")
	g.w.p("func (m *%s) Step(event %sEvent) (out %sEffects, err error) {", m.name, m.name, m.name)
	g.w.p("out, err = m.step(min(event.Kind, %d), %s)", len(m.events), more)
	g.w.p("return")
	g.w.p("}\n")
	g.tableCan(m)
	g.tableSuccessor(m)
	g.w.use("sync/atomic")
	g.w.p("// step takes an event. It is so small that it is compiled into its callers, for which more has to be a parameter: it is always")
	g.w.p("// %s, which does the same for all cases.", more)
	g.w.p("func (m *%s) step(kind %sEventKind, more %s) (out %sEffects, err error) {", m.name, m.name, moreType(m), m.name)
	g.w.p("to := %s%s[kind][m.state]", m.low, suffixNext)
	g.w.p("if to == %s%s || atomic.LoadUint32(&fsm.Watched) != 0 {", m.low, suffixNone)
	g.w.p("out, err = more(m, kind)")
	g.w.p("} else {")
	g.w.p("out = %s", m.outcome("m.state, to, fsm.DeliveryTaken", "kind", ""))
	g.w.p("m.state = to")
	g.w.p("}")
	g.w.p("return")
	g.w.p("}\n")
	g.tableMore(m)
}

// givenStep writes the step of a machine whose events have parameters.
func (g *generator) givenStep(m *machine) {
	g.argsOutside(m)
	g.method(m.name, "Step", "the generated method Step")
	g.w.doc("Step is the method of the event's kind.", "")
	g.w.p("func (m *%s) Step(event %sEvent) (out %sEffects, err error) {", m.name, m.name, m.name)
	g.w.p("kind := min(event.Kind, %d)", len(m.events))
	g.tableCases(m, "event")
	g.tell("event", "0")
	g.w.p("return out, err")
	g.w.p("}\n")
	g.tableCan(m)
	g.tableSuccessor(m)
}

// argsOutside writes what finds arguments that are outside their types, if any can be.
func (g *generator) argsOutside(m *machine) {
	text := g.aside(func() {
		for _, e := range m.events {
			var args []arg
			for _, a := range e.args {
				a.name = "event." + a.field
				args = append(args, a)
			}
			if checks := g.aside(func() { g.argChecks(args, "true") }); checks != "" {
				g.w.p("case %s:\n%s", e.kind, strings.TrimSuffix(checks, "\n"))
			}
		}
	})
	if text == "" {
		return
	}
	m.table.outside = g.private(m.low + suffixOutside)
	g.w.p("// %s reports whether an argument is outside its type.", m.table.outside)
	g.w.p("func %s(event %sEvent) bool {", m.table.outside, m.name)
	g.w.p("switch event.Kind {\n%s}", text)
	g.w.p("return false")
	g.w.p("}\n")
}
