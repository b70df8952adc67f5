package check

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// image is an expression with everything in it permuted.
func (y *sameness) image(e *fsm.Expr) *fsm.Expr {
	if e == nil {
		return nil
	}
	i := *e
	i.Args = nil
	for _, a := range e.Args {
		i.Args = append(i.Args, y.image(a))
	}
	switch e.Op {
	case fsm.OpConst:
		if node, known := y.x.node[e]; known {
			i.Value = y.value(e.Value, e.Type, node)
			y.x.node[&i] = node
		}
	case fsm.OpInstanceVar, fsm.OpArmed, fsm.OpIn:
		if e.Instance != fsm.OwnInstance {
			i.Instance = y.instance(e.Instance)
		}
	case fsm.OpLinkLen, fsm.OpLinkHas, fsm.OpLinkHead, fsm.OpLinkLast:
		i.Links = nil
		for _, l := range e.Links {
			i.Links = append(i.Links, y.links[l])
		}
	case fsm.OpSelect:
		y.x.node[&i] = y.x.node[e]
		if y.permuted(y.x.node[e]) {
			args := slices.Clone(i.Args)
			for k := range args[1:] {
				i.Args[1+y.index(int64(k))] = args[1+k]
			}
		}
	}
	return &i
}

func (y *sameness) images(list []*fsm.Expr) []*fsm.Expr {
	var images []*fsm.Expr
	for _, e := range list {
		images = append(images, y.image(e))
	}
	return images
}

func (y *sameness) bodyImage(body []*fsm.Stmt) []*fsm.Stmt {
	var images []*fsm.Stmt
	for _, s := range body {
		i := *s
		i.Cond, i.Element, i.Values, i.Args = y.image(s.Cond), y.image(s.Element), y.images(s.Values), y.images(s.Args)
		i.Then, i.Else, i.Targets = y.bodyImage(s.Then), y.bodyImage(s.Else), nil
		for _, t := range s.Targets {
			t.Index = y.images(t.Index)
			i.Targets = append(i.Targets, t)
		}
		images = append(images, &i)
	}
	return images
}

// form writes an expression so that what means the same for a reason of order alone is written alike.
func (y *sameness) form(e *fsm.Expr) string {
	if e == nil {
		return "_"
	}
	var args []string
	for _, a := range e.Args {
		args = append(args, y.form(a))
	}
	switch e.Op {
	case fsm.OpConst:
		return fmt.Sprint(e.Value)
	case fsm.OpAnd, fsm.OpOr, fsm.OpCount, fsm.OpEq, fsm.OpNe, fsm.OpSetOf, fsm.OpBitAnd, fsm.OpBitOr, fsm.OpBitXor:
		if !mayFail(y.x.sys, y.vars, e) {
			slices.Sort(args)
		}
	}
	text := fmt.Sprintf("(%d %d %d %d", e.Op, e.Index, e.Instance, e.Message)
	switch e.Op {
	case fsm.OpIn:
		text += fmt.Sprint(slices.Sorted(slices.Values(e.States)))
	case fsm.OpLinkLen, fsm.OpLinkHas, fsm.OpLinkHead, fsm.OpLinkLast:
		text += fmt.Sprint(slices.Sorted(slices.Values(e.Links)))
	case fsm.OpAny:
		text += fmt.Sprint(e.Type.Lo, e.Type.Hi)
	case fsm.OpSetOf:
		text += fmt.Sprint(e.Type.Elem.Lo)
	}
	return text + " " + strings.Join(args, " ") + ")"
}

// bodyForm writes a body: of all orders of its statements in which none passes one that it meets, the first by the alphabet.
func (y *sameness) bodyForm(body []*fsm.Stmt) string {
	var forms []string
	var meets []footprint
	for _, s := range body {
		forms = append(forms, y.stmtForm(s))
		meets = append(meets, y.footprint(s))
	}
	var b strings.Builder
	done := make([]bool, len(body))
	for range body {
		next := -1
		for i := range body {
			if done[i] || next >= 0 && forms[i] >= forms[next] {
				continue
			}
			free := true
			for k := range i {
				free = free && (done[k] || !meets[k].meets(&meets[i]))
			}
			if free {
				next = i
			}
		}
		done[next] = true
		b.WriteString(forms[next] + ";")
	}
	return b.String()
}

func (y *sameness) stmtForm(s *fsm.Stmt) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d", s.Op)
	for i, t := range s.Targets {
		fmt.Fprintf(&b, " %v.%d", t.System, t.Var)
		for _, e := range t.Index {
			b.WriteString("[" + y.form(e) + "]")
		}
		b.WriteString("=" + y.form(s.Values[i]))
	}
	switch s.Op {
	case fsm.If:
		fmt.Fprintf(&b, " %s {%s} {%s}", y.form(s.Cond), y.bodyForm(s.Then), y.bodyForm(s.Else))
	case fsm.Send:
		fmt.Fprintf(&b, " %d[%s] %d", s.Peer, y.form(s.Element), s.Message)
	case fsm.Start, fsm.Stop:
		fmt.Fprintf(&b, " %d", s.Timer)
	case fsm.Do:
		fmt.Fprintf(&b, " %d", s.Effect)
	}
	for i, e := range s.Args {
		if s.Op != fsm.Do || !y.inRange(e, y.x.sys.Spec.Effects[s.Effect].Params[i].Type) {
			b.WriteString(" " + y.form(e))
		}
	}
	return b.String()
}

// inRange reports whether an argument of an effect is surely within its type: then it is not part of what the checker sees.
func (y *sameness) inRange(e *fsm.Expr, t *fsm.Type) bool {
	asks := false
	eachPart(e, func(e *fsm.Expr) { asks = asks || e.Op == fsm.OpExtern })
	return !asks && within(e, t.Lo, t.Hi) && !mayFail(y.x.sys, y.vars, e)
}

// footprint is what a statement reads, writes and sends.
type footprint struct {
	reads, writes []spotted
	sends         []*fsm.Stmt
	sys           *fsm.System
}

// spotted is a variable or timer, or one slot of an array.
type spotted struct {
	kind, number int
	slot         int64 // -1: any
}

// The kinds of what can be met.
const (
	ofSystem = iota
	ofMachine
	ofTimers
)

func (y *sameness) footprint(s *fsm.Stmt) footprint {
	f := footprint{sys: y.x.sys}
	f.add(s)
	return f
}

func (f *footprint) add(s *fsm.Stmt) {
	eachExpr([]*fsm.Stmt{{Op: s.Op, Cond: s.Cond, Element: s.Element, Values: s.Values, Args: s.Args, Targets: s.Targets}},
		func(e *fsm.Expr) { eachPart(e, func(e *fsm.Expr) { f.read(e) }) })
	for _, t := range s.Targets {
		at := spotted{ofMachine, t.Var, slotOf(t.Index)}
		if t.System {
			at.kind = ofSystem
		}
		f.writes = append(f.writes, at)
	}
	switch s.Op {
	case fsm.Send:
		f.sends = append(f.sends, s)
	case fsm.Start, fsm.Stop:
		f.writes = append(f.writes, spotted{ofTimers, s.Timer, -1})
	}
	for _, inner := range [][]*fsm.Stmt{s.Then, s.Else} {
		for _, s := range inner {
			f.add(s)
		}
	}
}

func (f *footprint) read(e *fsm.Expr) {
	switch e.Op {
	case fsm.OpVar:
		f.reads = append(f.reads, spotted{ofMachine, e.Index, slotOf(e.Args)})
	case fsm.OpSystemVar:
		f.reads = append(f.reads, spotted{ofSystem, e.Index, slotOf(e.Args)})
	case fsm.OpArmed:
		f.reads = append(f.reads, spotted{ofTimers, e.Index, -1})
	}
}

// slotOf is the slot of an array that constant indices name; -1 if one is not constant.
func slotOf(index []*fsm.Expr) int64 {
	slot := int64(0)
	for _, e := range index {
		if e.Op != fsm.OpConst || e.Value < 0 || e.Value > 1<<16 {
			return -1
		}
		slot = slot<<17 | e.Value
	}
	return slot
}

func (a spotted) overlaps(b spotted) bool {
	return a.kind == b.kind && a.number == b.number && (a.slot == b.slot || a.slot < 0 || b.slot < 0)
}

// meets reports whether the order of two statements may matter.
func (f *footprint) meets(g *footprint) bool {
	for _, w := range f.writes {
		if slices.ContainsFunc(slices.Concat(g.reads, g.writes), w.overlaps) {
			return true
		}
	}
	for _, w := range g.writes {
		if slices.ContainsFunc(f.reads, w.overlaps) {
			return true
		}
	}
	for _, s := range f.sends {
		if slices.ContainsFunc(g.sends, func(t *fsm.Stmt) bool { return f.crosses(s, t) }) {
			return true
		}
	}
	return false
}

// crosses reports whether the order of two sends may matter: it does not if they are the same message to two elements of a
// peer, over links that are not atomic.
func (f *footprint) crosses(s, t *fsm.Stmt) bool {
	if s.Peer != t.Peer || s.Message != t.Message || s.Element == nil || t.Element == nil || s.Element.Op != fsm.OpConst ||
		t.Element.Op != fsm.OpConst || s.Element.Value == t.Element.Value {
		return true
	}
	return slices.ContainsFunc(f.sys.Links, func(l *fsm.Link) bool { return l.Kind == fsm.Atomic && slices.Contains(l.Carries, s.Message) })
}
