package gen

import (
	"fmt"
	"strings"

	"interlock/fsm"
)

// anyKey tells the values of any in one event's bodies apart: the n-th for a variable. Transitions of the event share them,
// since at most one of them is taken.
func anyKey(v *fsm.Var, t *fsm.Type, n int) string {
	return fmt.Sprintf("%s %s %d..%d #%d", v.Name, t.Name, t.Lo, t.Hi, n)
}

// anySite is one `x = any` of a body.
type anySite struct {
	key      string
	variable *fsm.Var
	typ      *fsm.Type
}

// anySites are the free choices of a body in the order of the text, ghosts left out.
func (p *place) anySites(body []*fsm.Stmt) []anySite {
	var sites []anySite
	counts := map[string]int{}
	walkStmts(body, func(s *fsm.Stmt) {
		for i, e := range s.Values {
			if v := p.target(s.Targets[i]); e.Op == fsm.OpAny && !v.Ghost {
				key := anyKey(v, e.Type, 0)
				counts[key]++
				sites = append(sites, anySite{anyKey(v, e.Type, counts[key]), v, e.Type})
			}
		}
	})
	return sites
}

// target is the variable that an assignment writes.
func (p *place) target(t fsm.Target) *fsm.Var {
	if t.System {
		return &p.system.Vars[t.Var]
	}
	return &p.machine.Vars[t.Var]
}

// nextAny is the identifier that holds the value of an any; body sets the variable that is assigned before.
func (p *place) nextAny(e *fsm.Expr) string {
	v := p.assigned
	key := anyKey(v, e.Type, 0)
	p.counts[key]++
	name, ok := p.anys[anyKey(v, e.Type, p.counts[key])]
	if !ok {
		p.g.fail("a free choice for %s where none can be made", v.Name)
	}
	return name
}

// body writes statements of one transition or part.
func (p *place) body(stmts []*fsm.Stmt) {
	p.counts = map[string]int{}
	p.stmts(stmts)
}

func (p *place) stmts(stmts []*fsm.Stmt) {
	w := p.g.w
	for _, s := range stmts {
		switch s.Op {
		case fsm.Assign:
			p.assign(s)
			p.forget(s)
		case fsm.If:
			if orders([]*fsm.Stmt{s}) > 0 {
				p.settle()
			}
			p.branch(s)
		case fsm.Send:
			p.send(s)
		case fsm.Start:
			w.p("m.armed |= %#x", uint64(1)<<s.Timer)
			p.effect([]string{"Kind"}, []string{p.machine.orders.start(s.Timer)})
		case fsm.Stop:
			w.p("m.armed &^= %#x", uint64(1)<<s.Timer)
			p.effect([]string{"Kind"}, []string{p.machine.orders.stop(s.Timer)})
		case fsm.Do:
			p.order(p.machine.orders.do(s.Effect), nil, nil, p.g.spec.Effects[s.Effect].Params, s.Args)
		}
	}
}

// assign writes an assignment without its ghosts. Go's own order is the spec's: places and values first, then the writes.
func (p *place) assign(s *fsm.Stmt) {
	var left, right []string
	for i, t := range s.Targets {
		v := p.target(t)
		if v.Ghost {
			continue
		}
		holder := ""
		if t.System {
			holder = "w." + p.system.fields[t.Var]
		} else {
			holder = "m." + p.machine.fields[t.Var]
		}
		place := p.slot(holder, v.Type, t.Index).text
		p.assigned = v
		value := p.into(v.Type.Scalar(), s.Values[i])
		if len(s.Targets) == 1 && place == value {
			continue // Go's vet takes x = x for a mistake
		}
		if place == value {
			value = "(" + value + ")" // and cannot know that another place of the same statement may be the same
		}
		left, right = append(left, place), append(right, value)
	}
	if len(left) > 0 {
		p.g.w.p("%s = %s", strings.Join(left, ", "), strings.Join(right, ", "))
	}
}

// branch writes an if statement; what only concerns ghosts vanishes.
func (p *place) branch(s *fsm.Stmt) {
	cond := p.expr(s.Cond)
	facts := p.facts
	p.assume(s.Cond)
	then := p.aside(s.Then)
	p.facts = facts
	p.assumeNot(s.Cond)
	els := p.aside(s.Else)
	p.facts = facts
	p.forget(s)
	w := p.g.w
	switch {
	case then == "" && els == "":
		if p.fallible(s.Cond) {
			w.p("_ = %s", cond.text)
		}
	case cond.text == "true":
		w.WriteString(then)
	case cond.text == "false":
		w.WriteString(els)
	case then == "":
		w.p("if %s {\n%s}", p.not(s.Cond).text, els)
	case els == "":
		w.p("if %s {\n%s}", cond.text, then)
	default:
		w.p("if %s {\n%s} else {\n%s}", cond.text, then, els)
	}
}

// aside is the text of statements.
func (p *place) aside(stmts []*fsm.Stmt) string {
	return p.g.aside(func() { p.stmts(stmts) })
}

// order writes an effect into its place, field by field: a literal would be made elsewhere first, and copied.
func (p *place) order(kind *orderKind, fields, values []string, params []fsmParam, args []*fsm.Expr) {
	for i, a := range args {
		fields, values = append(fields, kind.fields[i]), append(values, p.into(params[i].Type, a))
	}
	p.effect(append([]string{"Kind"}, fields...), append([]string{kind.name}, values...))
}

// effect writes fields of the next effect. Where its place is known it is written to directly: to count from one effect to the next
// is a way through memory for each.
func (p *place) effect(fields, values []string) {
	if p.placed == 0 || p.placed > p.machine.bound {
		p.settle()
		p.g.place("out.more()", fields, values)
		return
	}
	at := fmt.Sprintf("out.list[%d].", p.placed-1)
	p.g.w.p("%s%s = %s", at, strings.Join(fields, ", "+at), strings.Join(values, ", "))
	p.placed++
}

// settle counts the effects so far, after which places are not known any more.
func (p *place) settle() {
	if p.placed > 1 {
		p.g.w.p("out.n = %d", p.placed-1)
	}
	p.placed = 0
}

// place writes values into the fields of a struct that a call finds.
func (g *generator) place(call string, fields, values []string) {
	if len(fields) == 1 {
		g.w.p("%s.%s = %s", call, fields[0], values[0])
		return
	}
	g.w.p("at = %s", call)
	g.w.p("at.%s = %s", strings.Join(fields, ", at."), strings.Join(values, ", "))
}

// declareAt declares what place uses, if the text that follows has such a place.
func (g *generator) declareAt(text, typ string) {
	if strings.HasPrefix(text, "at = ") || strings.Contains(text, "\nat = ") {
		g.w.p("var at *%s", typ)
	}
}

func (p *place) send(s *fsm.Stmt) {
	m := p.machine
	kind := m.orders.send(s.Peer, s.Message)
	var fields, values []string
	if n := m.Peers[s.Peer].Len; s.Element != nil && n > 0 {
		to := p.into(fsm.IntType(0, int64(n-1)), s.Element)
		if kindType := m.orders.toType; kindType != smallest(0, int64(n-1)) {
			to = fmt.Sprintf("%s(%s)", kindType, to)
		}
		fields, values = []string{"To"}, []string{to}
	} else if s.Element != nil && !p.sure(s.Element, 0, 0) {
		p.g.w.p("%s.In(%s, 0, 0)", p.bad(), p.int(s.Element).text)
	}
	p.order(kind, fields, values, p.g.spec.Messages[s.Message].Fields, s.Args)
}
