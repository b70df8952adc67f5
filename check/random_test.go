package check

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"interlock/fsm"
)

// dice makes random systems as plain data: corners that no text lowers to are welcome, because the checker must do what
// the reference does with any of them.
type dice struct {
	*rapid.T
	spec *fsm.Spec
	sys  *fsm.System
	line int
	m    *fsm.Machine // at hand; nil in system scope

	atomic bool // every link is
}

func (d *dice) n(n int) int  { return rapid.IntRange(0, n-1).Draw(d.T, "n") }
func (d *dice) maybe() bool  { return d.n(2) == 1 }
func (d *dice) rarely() bool { return d.n(5) == 4 }

func (d *dice) span() fsm.Span {
	d.line++
	return fsm.Span{File: "random", Line: d.line, Col: 1, EndLine: d.line, EndCol: 2}
}

var (
	three = fsm.IntType(0, 2)
	odd   = fsm.IntType(-1, 1)
	pair  = fsm.SetType(fsm.IntType(3, 4))
)

// randomSystem makes a system of a machine A and one or two of a machine B, which are each other's peers.
func randomSystem(t *rapid.T) *fsm.System {
	d := &dice{T: t, spec: &fsm.Spec{Name: "random"}}
	param := func(name string, t *fsm.Type) fsm.Param { return fsm.Param{Name: name, Type: t} }
	d.spec.Messages = []fsm.Message{{Name: "M0"}, {Name: "M1", Fields: []fsm.Param{param("x", odd)}},
		{Name: "M2", Fields: []fsm.Param{param("b", fsm.BoolType), param("s", pair), param("k", fsm.IntType(7, 7))}}}
	d.spec.Externs = []fsm.Extern{{Name: "g0"}, {Name: "g1", Params: []fsm.Param{param("x", three)}}}
	d.spec.Effects = []fsm.EffectKind{{Name: "E", Params: []fsm.Param{param("x", fsm.IntType(0, 1))}}}
	many := 1 + d.n(2)
	d.atomic = d.rarely()
	d.sys = &fsm.System{Name: "S", Span: d.span()}
	d.sys.Vars = []fsm.Var{{Name: "turn", Type: three, Init: []int64{0}, Any: d.rarely()}, {Name: "seen", Type: fsm.BoolType, Init: []int64{0}, Ghost: true}}
	d.spec.Systems = []*fsm.System{d.sys}
	d.machine("A", 1, many)
	d.machine("B", 0, 1)
	d.bodies()
	d.system(many)
	if err := d.spec.Finish(); err != nil {
		t.Fatal(err)
	}
	return d.sys
}

func (d *dice) machine(name string, peer, size int) {
	m := &fsm.Machine{Name: name, Span: d.span(), Peers: []fsm.Peer{{Name: "p", Machine: peer, Len: size}}, Params: []fsm.Param{{Name: "k", Type: three}}}
	m.Vars = []fsm.Var{
		{Name: "v", Type: three, Init: []int64{1}, Any: d.rarely(), Durable: d.maybe()},
		{Name: "w", Type: fsm.ArrayType(2, odd), Init: []int64{0, 1}, Durable: d.rarely()},
		{Name: "s", Type: pair, Init: []int64{2}, Ghost: d.rarely()},
		{Name: "turn", Type: three, Shared: true},
	}
	m.Timers = []fsm.Timer{{Name: "t"}, {Name: "u"}}
	m.Events = []fsm.Event{{Kind: fsm.Input, Name: "Go"}, {Kind: fsm.Input, Name: "Set", Params: []fsm.Param{{Name: "x", Type: odd}, {Name: "y", Type: fsm.BoolType}}},
		{Kind: fsm.Internal, Name: "Try", Params: []fsm.Param{{Name: "z", Type: fsm.BoolType}}[d.n(2):]}}
	for i, message := range d.spec.Messages {
		if i == 0 || !d.rarely() {
			m.Events = append(m.Events, fsm.Event{Kind: fsm.Receive, Name: message.Name, Params: message.Fields, Message: i})
		}
	}
	for i, timer := range m.Timers {
		m.Events = append(m.Events, fsm.Event{Kind: fsm.Fire, Name: timer.Name, Timer: i})
	}
	for i := range 2 + d.n(2) {
		m.States = append(m.States, fsm.State{Name: fmt.Sprint("S", i), Final: d.maybe(), Span: d.span()})
	}
	d.spec.Machines = append(d.spec.Machines, m)
}

// bodies fills in what the machines do, when both are known.
func (d *dice) bodies() {
	for _, m := range d.spec.Machines {
		d.m = m
		m.Initial = d.n(len(m.States))
		if d.rarely() {
			m.Entry = d.body(nil)
		}
		for s := range m.States {
			for e := range m.Events {
				var levels []fsm.Level
				for range d.n(3) {
					levels = append(levels, d.level(s, e))
				}
				m.States[s].On = append(m.States[s].On, levels)
			}
		}
		if d.rarely() {
			m.Restart = []fsm.Level{d.level(fsm.Down, -1)}
		}
	}
	d.m = nil
}

func (d *dice) level(state, event int) fsm.Level {
	var level fsm.Level
	var params []fsm.Param
	kind := fsm.Internal
	if event >= 0 {
		params, kind = d.m.Events[event].Params, d.m.Events[event].Kind
	}
	for range 1 + d.n(4)/3 {
		t := &fsm.Transition{Source: len(d.m.Transitions), State: state, Event: event, Target: d.n(len(d.m.States)+1) - 1, Span: d.span()}
		if event < 0 {
			t.Target = max(t.Target, 0)
		}
		if d.maybe() {
			t.Guard = d.cond(params, 2)
		}
		t.Body = d.body(params)
		switch {
		case kind == fsm.Receive && d.rarely():
			t.Answer = fsm.Defer
		case (kind == fsm.Receive || kind == fsm.Fire) && d.rarely():
			t.Answer = fsm.Ignore
		}
		level = append(level, len(d.m.Transitions))
		d.m.Transitions = append(d.m.Transitions, t)
	}
	return level
}

func (d *dice) op(op fsm.Op, t *fsm.Type, args ...*fsm.Expr) *fsm.Expr {
	return &fsm.Expr{Op: op, Type: t, Args: args, Span: d.span(), Instance: fsm.OwnInstance}
}

func (d *dice) constant(t *fsm.Type) *fsm.Expr {
	return fsm.ConstExpr(t, t.Lo+int64(d.n(int(t.Hi-t.Lo)+1)))
}

// cond draws a condition.
func (d *dice) cond(params []fsm.Param, depth int) *fsm.Expr {
	if depth > 0 && d.maybe() {
		a, b := d.cond(params, depth-1), d.cond(params, depth-1)
		switch d.n(6) {
		case 0:
			return d.op(fsm.OpNot, fsm.BoolType, a)
		case 1:
			return d.op(fsm.OpAnd, fsm.BoolType, a, b)
		case 2:
			return d.op(fsm.OpOr, fsm.BoolType, a, b)
		case 3:
			return d.op(fsm.OpImplies, fsm.BoolType, a, b)
		case 4:
			return d.op(fsm.OpCond, fsm.BoolType, a, b, d.cond(params, 0))
		}
		return d.op(fsm.OpEq, fsm.BoolType, d.op(fsm.OpCount, three, a, b), d.constant(three))
	}
	switch d.n(5) {
	case 0:
		return d.op(fsm.OpEq+fsm.Op(d.n(6)), fsm.BoolType, d.num(params, 1), d.num(params, 1))
	case 1:
		return d.op(fsm.OpSetHas, fsm.BoolType, d.num(params, 1), d.set(params))
	case 2:
		if d.m != nil {
			e := d.op(fsm.OpExtern, fsm.BoolType)
			if d.maybe() {
				e.Index, e.Args = 1, []*fsm.Expr{d.num(params, 1)}
			}
			return e
		}
		return d.view()
	case 3:
		e := d.op(fsm.OpArmed, fsm.BoolType)
		e.Index = d.n(2)
		if d.m == nil {
			e.Instance = d.n(len(d.sys.Instances))
		}
		return e
	}
	e := d.op(fsm.OpIn, fsm.BoolType)
	if d.m == nil {
		e.Instance = d.n(len(d.sys.Instances))
	}
	e.States = []int{d.n(2), d.n(3) - 1}
	return e
}

// view draws a look into a link.
func (d *dice) view() *fsm.Expr {
	e := d.op(fsm.OpLinkHas+fsm.Op(d.n(3)), fsm.BoolType)
	l := d.n(len(d.sys.Links))
	e.Links = []int{l}
	if e.Op == fsm.OpLinkHas && d.maybe() {
		e.Links = []int{l, d.n(len(d.sys.Links))}
	}
	e.Message = d.sys.Links[l].Carries[0]
	for _, f := range d.spec.Messages[e.Message].Fields {
		if d.maybe() {
			e.Args = append(e.Args, d.constant(f.Type))
		} else {
			e.Args = append(e.Args, nil)
		}
	}
	if d.rarely() {
		length := d.op(fsm.OpLinkLen, three)
		length.Links = e.Links
		return d.op(fsm.OpEq, fsm.BoolType, length, d.constant(three))
	}
	return e
}

// num draws an integer.
func (d *dice) num(params []fsm.Param, depth int) *fsm.Expr {
	if depth > 0 && d.maybe() {
		op := fsm.OpAdd + fsm.Op(d.n(11))
		a, b := d.num(params, depth-1), d.num(params, depth-1)
		switch d.n(6) {
		case 0:
			return d.op(fsm.OpSelect, three, a, b, d.num(params, 0))
		case 1:
			return d.op(fsm.OpNeg, three, a)
		case 2:
			return d.op(fsm.OpRem, three, a, fsm.ConstExpr(three, 3))
		}
		return d.op(op, three, a, b)
	}
	if len(params) > 0 && d.maybe() {
		e := d.op(fsm.OpParam, three)
		if e.Index = d.n(len(params)); params[e.Index].Type.Kind != fsm.Set {
			return e
		}
	}
	if d.m == nil {
		return d.systemNum()
	}
	switch d.n(6) {
	case 0:
		return d.op(fsm.OpSelf, three)
	case 1:
		return d.op(fsm.OpMachineParam, three)
	case 2:
		return d.op(fsm.OpFrom, three)
	case 3:
		return d.constant(three)
	}
	return d.variable(fsm.OpVar)
}

// variable reads v, an element of w, or the shared turn.
func (d *dice) variable(op fsm.Op) *fsm.Expr {
	e := d.op(op, three)
	switch d.n(3) {
	case 0:
		e.Index = 1
		e.Args = []*fsm.Expr{d.index()}
	case 1:
		e.Index = 3
	}
	return e
}

// index draws an index for an array of two, rarely out of bounds.
func (d *dice) index() *fsm.Expr {
	if d.m != nil && d.rarely() {
		return d.op(fsm.OpVar, three)
	}
	return d.constant(fsm.BoolType)
}

func (d *dice) systemNum() *fsm.Expr {
	if d.maybe() {
		return d.op(fsm.OpSystemVar, three)
	}
	e := d.variable(fsm.OpInstanceVar)
	e.Instance = d.n(len(d.sys.Instances))
	return e
}

func (d *dice) set(params []fsm.Param) *fsm.Expr {
	if d.m != nil && d.maybe() {
		e := d.op(fsm.OpVar, pair)
		e.Index = 2
		return e
	}
	e := d.op(fsm.OpSetOf, pair, d.constant(pair.Elem))
	if d.rarely() {
		e.Args = append(e.Args, d.num(params, 0))
	}
	return e
}

func (d *dice) value(t *fsm.Type, params []fsm.Param) *fsm.Expr {
	switch {
	case d.rarely():
		return d.op(fsm.OpAny, t)
	case t.Kind == fsm.Bool:
		return d.cond(params, 1)
	case t.Kind == fsm.Set:
		return d.set(params)
	case d.maybe():
		return d.constant(t)
	}
	return d.num(params, 1)
}

func (d *dice) body(params []fsm.Param) []*fsm.Stmt {
	var body []*fsm.Stmt
	for range d.n(3) {
		body = append(body, d.stmt(params))
	}
	return body
}

func (d *dice) stmt(params []fsm.Param) *fsm.Stmt {
	s := &fsm.Stmt{Span: d.span()}
	switch d.n(7) {
	case 0, 1:
		s.Op = fsm.Assign
		for range 1 + d.n(2) {
			target, typ := d.target()
			s.Targets = append(s.Targets, target)
			s.Values = append(s.Values, d.value(typ, params))
		}
	case 2, 3:
		s.Op, s.Message = fsm.Send, d.n(len(d.spec.Messages))
		if d.m.Peers[0].Len > 1 || d.rarely() {
			s.Element = d.index()
		}
		for _, f := range d.spec.Messages[s.Message].Fields {
			v := d.constant(f.Type)
			if f.Type == odd {
				v = d.num(params, 0)
			}
			s.Args = append(s.Args, v)
		}
	case 4:
		s.Op, s.Cond, s.Then, s.Else = fsm.If, d.cond(params, 1), []*fsm.Stmt{d.stmt(params)}, []*fsm.Stmt{d.stmt(params)}
	case 5:
		s.Op, s.Timer = fsm.Start+fsm.StmtOp(d.n(2)), d.n(2)
	case 6:
		s.Op, s.Args = fsm.Do, []*fsm.Expr{d.num(params, 0)}
	}
	return s
}

func (d *dice) target() (fsm.Target, *fsm.Type) {
	t := fsm.Target{Var: d.n(4), Span: d.span()}
	if t.Var == 1 {
		t.Index = []*fsm.Expr{d.index()}
	}
	return t, d.m.Vars[t.Var].Type.Scalar()
}

func (d *dice) system(many int) {
	s := d.sys
	for i := range 1 + many {
		in := &fsm.Instance{Name: fmt.Sprint("i", i), Machine: min(i, 1), Index: max(0, i-1), Args: []int64{int64(d.n(3))}, Shared: []int{-1, -1, -1, 0}}
		s.Instances = append(s.Instances, in)
	}
	for i := 1; i <= many; i++ {
		d.link(0, i)
		d.link(i, 0)
	}
	d.nodes()
	for i := range d.n(3) {
		at := d.n(len(s.Instances))
		s.Crashes = append(s.Crashes, &fsm.Crash{Instance: at, AtMost: i, Span: d.span()})
		if d.maybe() {
			s.Crashes[i].Body = []*fsm.Stmt{{Op: fsm.Assign, Targets: []fsm.Target{{System: true}}, Values: []*fsm.Expr{d.constant(three)}, Span: d.span()}}
		}
	}
	if d.rarely() {
		s.Orders = []fsm.Order{{First: fsm.TimerRef{Instance: 0, Timer: 1}, Second: fsm.TimerRef{Instance: 1, Timer: 0}}}
	}
	for range d.n(3) {
		d.joint()
	}
	if d.rarely() {
		s.Initially = []*fsm.Expr{d.cond(nil, 1)}
	}
	if d.rarely() {
		s.Assumes = []*fsm.Expr{d.cond(nil, 1)}
	}
	for i := range 1 + d.n(5) {
		d.property(i)
	}
}

// link adds one link, or one for the first message and one for the others.
func (d *dice) link(from, to int) {
	l := &fsm.Link{Name: fmt.Sprintf("i%d -> i%d", from, to), From: from, To: to, Kind: fsm.Atomic, Carries: []int{0, 1, 2}, Capacity: 1 + d.n(2), Span: d.span()}
	if !d.atomic {
		l.Kind = fsm.LinkKind(d.n(4))
	}
	if l.Kind == fsm.Network {
		l.Lose, l.Duplicate, l.Reorder = d.rarely(), d.rarely(), d.maybe()
	}
	l.FullBlocks = d.maybe()
	route := []int{len(d.sys.Links), len(d.sys.Links), len(d.sys.Links)}
	d.sys.Links = append(d.sys.Links, l)
	if d.rarely() {
		second := *l
		second.Carries, l.Carries = []int{1, 2}, []int{0}
		second.Span = d.span()
		route = []int{len(d.sys.Links) - 1, len(d.sys.Links), len(d.sys.Links)}
		d.sys.Links = append(d.sys.Links, &second)
	}
	in := d.sys.Instances[from]
	if from == 0 && len(in.Peers) > 0 {
		in.Peers[0], in.Routes[0] = append(in.Peers[0], to), append(in.Routes[0], route)
		return
	}
	in.Peers, in.Routes = [][]int{{to}}, [][][]int{{route}}
}

// nodes joins what atomic and queue links join.
func (d *dice) nodes() {
	node := make([]int, len(d.sys.Instances))
	for i := range node {
		node[i] = i
	}
	for _, l := range d.sys.Links {
		if l.Kind == fsm.Atomic || l.Kind == fsm.Queue {
			from, to := node[l.From], node[l.To]
			for i := range node {
				if node[i] == from {
					node[i] = to
				}
			}
		}
	}
	for of := range node {
		var members []int
		for i, n := range node {
			if n == of {
				members = append(members, i)
				d.sys.Instances[i].Node = len(d.sys.Nodes)
			}
		}
		if members != nil {
			d.sys.Nodes = append(d.sys.Nodes, fsm.Node{Name: fmt.Sprint("n", of), Instances: members})
		}
	}
}

func (d *dice) joint() {
	j := &fsm.JointTransition{Name: "J", Span: d.span()}
	if d.maybe() {
		j.Params, j.Args = []fsm.Param{{Name: "x", Type: three}}, []int64{int64(d.n(3))}
	}
	if d.maybe() {
		j.Guard = d.cond(j.Params, 1)
	}
	for i := range d.n(3) {
		p := fsm.JointPart{Instance: i, From: []int{d.n(2)}}
		d.m = d.spec.Machines[min(i, 1)]
		p.Targets = []int{d.n(3) - 1}
		p.Bodies = [][]*fsm.Stmt{d.body(j.Params)}
		d.m = nil
		j.Parts = append(j.Parts, p)
	}
	j.Body = []*fsm.Stmt{{Op: fsm.Assign, Targets: []fsm.Target{{System: true, Var: d.n(2)}}, Values: []*fsm.Expr{d.constant(fsm.BoolType)}, Span: d.span()}}
	d.sys.Joints = append(d.sys.Joints, j)
}

func (d *dice) property(i int) {
	p := &fsm.Property{Name: fmt.Sprint("P", i), Kind: fsm.PropertyKind(d.n(5)), P: d.cond(nil, 2), Span: d.span()}
	p.Text = p.Name
	if p.Kind == fsm.AfterAlways {
		p.Q = d.cond(nil, 2)
	}
	d.sys.Properties = append(d.sys.Properties, p)
}

// The checker does what the reference does, step by step, and finds what the obvious search finds.
func TestAgreesOnRandomSystems(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t)
		if slices.ContainsFunc(sys.Links, func(l *fsm.Link) bool { return l.Kind == fsm.Keep && l.Duplicate }) {
			t.Skip()
		}
		agree(t, sys, 150)
	})
}
