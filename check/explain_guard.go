package check

import (
	"slices"
	"strconv"
	"strings"

	"interlock/fsm"
)

// permit is a guard that let a step happen, as written, with the values that it was true for.
type permit struct {
	text   string
	values []reading
}

// reading is something that was looked at, and its value.
type reading struct{ name, value string }

// maxReadings bounds the values that are told of one guard.
const maxReadings = 8

// String writes a guard as traces do: "when v < limit   (v = 1, limit = 2)".
func (g *permit) String() string {
	text := "when " + g.text
	if len(g.values) == 0 {
		return text
	}
	return text + "   (" + listed(g.values) + ")"
}

// tie is a space at which wrap breaks no line.
const tie = "\u00a0"

// listed writes readings: "v = 1, limit = 2".
func listed(values []reading) string {
	texts := make([]string, len(values))
	for i, r := range values {
		texts[i] = r.name + tie + "=" + tie + strings.ReplaceAll(r.value, " ", tie)
	}
	return strings.Join(texts, ", ")
}

// guards finds the guards of what a step took, and puts them to its acts; that of a joint transition to the moment.
func (s *story) guards(m *moment) {
	if m.choice == nil || m.before == nil {
		return
	}
	next := 0 // the act that is still to come
	fsm.Inspect(s.sys, m.before, *m.choice, func(t fsm.Taken, eval func(*fsm.Expr) (int64, error)) {
		if t.Instance < 0 {
			j := s.sys.Joints[m.choice.Joint]
			m.guard = s.permit(j.Text, j.Guard, scopeOf{fsm.OwnInstance, j.Params, j.Args}, eval)
			return
		}
		at := slices.IndexFunc(m.acts[min(next, len(m.acts)):], func(a act) bool {
			return a.instance == t.Instance && a.transition == s.sys.MachineOf(t.Instance).Transitions[t.Transition]
		})
		if at < 0 {
			return
		}
		a := &m.acts[next+at]
		next += at + 1
		var params []fsm.Param
		if e := a.transition.Event; e >= 0 {
			params = s.sys.MachineOf(t.Instance).Events[e].Params
		}
		a.guard = s.permit(a.transition.Text, a.transition.Guard, scopeOf{instance: t.Instance, params: bound(params, a.transition.Text)}, eval)
	})
}

// bound are the parameters of an event under the names that a transition gives them: "to" in "on Call(to) when to == floor".
func bound(params []fsm.Param, text string) []fsm.Param {
	head, _, _ := strings.Cut(oneLine(text), " when ")
	_, list, found := strings.Cut(head, "(")
	names := strings.Split(strings.TrimSuffix(strings.TrimSpace(list), ")"), ",")
	if !found || len(names) != len(params) {
		return params
	}
	renamed := slices.Clone(params)
	for i, name := range names {
		renamed[i].Name = strings.TrimSpace(name)
	}
	return renamed
}

// permit is the guard of a transition with its values; nil if it has none.
func (s *story) permit(text string, guard *fsm.Expr, in scopeOf, eval func(*fsm.Expr) (int64, error)) *permit {
	if guard == nil {
		return nil
	}
	written := guardText(text)
	if written == "" && in.instance == fsm.OwnInstance {
		written = express(s.sys, guard) // it comes from another language
	}
	if written == "" {
		return nil
	}
	g := &permit{text: written}
	var values []reading
	for _, e := range readsOf(guard) {
		name := in.name(s.sys, e, eval)
		v, err := eval(e)
		if name == "" || err != nil || slices.ContainsFunc(values, func(r reading) bool { return r.name == name }) {
			continue
		}
		values = append(values, reading{name, e.Type.Format(v)})
	}
	for _, word := range words(written) {
		if value, known := in.constant(s.sys.Spec, word); known && !slices.ContainsFunc(values, func(r reading) bool { return r.name == word }) {
			values = append(values, reading{word, value})
		}
	}
	slices.SortStableFunc(values, func(a, b reading) int { return placeIn(written, a.name) - placeIn(written, b.name) })
	if len(values) == 1 && (values[0].name == written || "!"+values[0].name == written) {
		return g // a condition of one word tells its own value
	}
	g.values = values[:min(len(values), maxReadings)]
	return g
}

// constant is the value of a word that the expression itself has no trace of any more.
func (in scopeOf) constant(sp *fsm.Spec, word string) (value string, known bool) {
	for i, a := range in.args {
		if in.params[i].Name == word {
			return in.params[i].Type.Format(a), true
		}
	}
	at := slices.IndexFunc(sp.Consts, func(c fsm.Const) bool { return c.Name == word })
	if at < 0 {
		return "", false
	}
	return sp.Consts[at].Text, true
}

// placeIn is where a name first stands in a text; behind it if it does not.
func placeIn(text, name string) int {
	if at := strings.Index(text, name); at >= 0 {
		return at
	}
	return len(text)
}

// guardText is the guard in the text of a transition: what stands between "when" and the arrow.
func guardText(text string) string {
	text = oneLine(text)
	_, guard, found := strings.Cut(text, " when ")
	if !found {
		return ""
	}
	if at := strings.LastIndex(guard, " -> "); at >= 0 {
		guard = guard[:at]
	}
	return strings.TrimSpace(guard)
}

// words are the names in a text, each once, in order.
func words(text string) []string {
	var list []string
	for _, w := range strings.FieldsFunc(text, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		if !slices.Contains(list, w) {
			list = append(list, w)
		}
	}
	return list
}

// readsOf are the parts of a condition that look at something, in the order of the text.
func readsOf(e *fsm.Expr) []*fsm.Expr {
	if e == nil {
		return nil
	}
	if e.Op > fsm.OpConst && e.Op <= fsm.OpLinkLast {
		return []*fsm.Expr{e}
	}
	var list []*fsm.Expr
	for _, a := range e.Args {
		list = append(list, readsOf(a)...)
	}
	return list
}

// scopeOf is where the names of an expression are those of.
type scopeOf struct {
	instance int // OwnInstance: the system
	params   []fsm.Param
	args     []int64 // of a joint transition: its parameters are constants by now
}

// name writes what an expression looks at, with the values of its indices; empty if that goes without saying.
func (in scopeOf) name(sys *fsm.System, e *fsm.Expr, eval func(*fsm.Expr) (int64, error)) string {
	index := ""
	if e.Op == fsm.OpVar || e.Op == fsm.OpSystemVar || e.Op == fsm.OpInstanceVar {
		for _, a := range e.Args {
			v, err := eval(a)
			if err != nil {
				return ""
			}
			index += "[" + a.Type.Format(v) + "]"
		}
	}
	switch e.Op {
	case fsm.OpParam:
		if e.Index < len(in.params) {
			return in.params[e.Index].Name
		}
		return ""
	case fsm.OpSystemVar:
		return sys.Vars[e.Index].Name + index
	case fsm.OpInstanceVar:
		return sys.Instances[e.Instance].Name + "." + sys.MachineOf(e.Instance).Vars[e.Index].Name + index
	case fsm.OpSelf:
		return "self"
	case fsm.OpFrom:
		return "from"
	case fsm.OpExtern:
		return sys.Spec.Externs[e.Index].Name
	}
	if in.instance == fsm.OwnInstance {
		return expressIn(sys, e, false)
	}
	m := sys.MachineOf(in.instance)
	switch e.Op {
	case fsm.OpVar:
		return m.Vars[e.Index].Name + index
	case fsm.OpMachineParam:
		return m.Params[e.Index].Name
	case fsm.OpArmed:
		return m.Timers[e.Index].Name + ".armed"
	}
	return ""
}

// conditions tells below a chart what let each step happen, one that has a guard a line.
func (s *story) conditions(width int) []string {
	type row struct{ number, text, values string }
	var rows []row
	add := func(m *moment, g *permit) {
		if g != nil {
			rows = append(rows, row{strconv.Itoa(m.number), "when " + g.text, listed(g.values)})
		}
	}
	for i := range s.moments {
		m := &s.moments[i]
		add(m, m.guard)
		for _, a := range m.acts {
			add(m, a.guard)
		}
	}
	gutter, widest := 0, 0
	for _, r := range rows {
		gutter = max(gutter, columns(r.number))
		if n := columns(r.text); n <= width/2 {
			widest = max(widest, n)
		}
	}
	var lines []string
	for i, r := range rows {
		if i > 0 && rows[i-1].number == r.number {
			r.number = ""
		}
		head := pad(r.number, gutter) + "  "
		if r.values != "" && columns(r.text) <= widest && gutter+4+widest+columns(r.values) <= width {
			lines = append(lines, strings.ReplaceAll(head+pad(r.text, widest)+"   "+r.values, tie, " "))
			continue
		}
		for k, part := range wrap(r.text, width-columns(head)) {
			if k > 0 {
				head, part = pad("", gutter+2), "  "+part
			}
			lines = append(lines, head+part)
		}
		if r.values != "" {
			for k, part := range wrap(r.values, width-gutter-7) {
				if k > 0 {
					part = "  " + part
				}
				lines = append(lines, pad("", gutter+7)+part)
			}
		}
	}
	return lines
}
