package spec

import (
	"fmt"
	"strings"

	"interlock/fsm"
)

// dump is the text form of a lowered spec: enough of it to see what lowering did.
type dump struct {
	strings.Builder
	spec *fsm.Spec
	m    *fsm.Machine // of the text at hand, or nil
	sys  *fsm.System
}

func dumped(s *fsm.Spec) string {
	d := &dump{spec: s}
	for _, k := range s.Consts {
		d.line(0, "const %s = %s", k.Name, k.Text)
	}
	for _, t := range s.Types {
		d.line(0, "type %s: %d..%d, %d slots", t.Name, t.Lo, t.Hi, t.Slots())
	}
	for _, m := range s.Machines {
		d.machine(m)
	}
	for _, sys := range s.Systems {
		d.system(sys)
	}
	return d.String()
}

func (d *dump) line(depth int, format string, args ...any) {
	d.WriteString(strings.Repeat("  ", depth))
	fmt.Fprintf(d, format, args...)
	d.WriteString("\n")
}

func (d *dump) machine(m *fsm.Machine) {
	d.m, d.sys = m, nil
	d.line(0, "machine %s", m.Name)
	for _, v := range m.Vars {
		d.line(1, "%s", varText(v))
	}
	for i, e := range m.Events {
		d.line(1, "event %d: %s %s%s", i, [...]string{"input", "internal", "receive", "fire"}[e.Kind], e.Name, paramText(e.Params))
	}
	d.line(1, "start in %s", m.States[m.Initial].Name)
	d.body(2, m.Entry)
	for i, st := range m.States {
		final := ""
		if st.Final {
			final = " final"
		}
		d.line(1, "state %d: %s%s in [%s]", i, st.Name, final, strings.Join(st.Enclosing, ", "))
		for event, levels := range st.On {
			for n, level := range levels {
				d.level(m.Events[event].Name, n, level)
			}
		}
	}
	for n, level := range m.Restart {
		d.level("restart", n, level)
	}
}

func varText(v fsm.Var) string {
	flags := ""
	for _, f := range []struct {
		set  bool
		word string
	}{{v.Durable, "durable "}, {v.Shared, "shared "}, {v.Ghost, "ghost "}} {
		if f.set {
			flags += f.word
		}
	}
	if v.Any {
		return fmt.Sprintf("%svar %s %s = any", flags, v.Name, v.Type)
	}
	return fmt.Sprintf("%svar %s %s = %v", flags, v.Name, v.Type, v.Init)
}

func paramText(params []fsm.Param) string {
	if len(params) == 0 {
		return ""
	}
	var list []string
	for _, p := range params {
		list = append(list, p.Name+" "+p.Type.String())
	}
	return "(" + strings.Join(list, ", ") + ")"
}

func (d *dump) level(event string, n int, level fsm.Level) {
	for _, i := range level {
		t := d.m.Transitions[i]
		guard := ""
		if t.Guard != nil {
			guard = " when " + d.expr(t.Guard)
		}
		target := ""
		if t.Target != fsm.Stay {
			target = " -> " + d.m.States[t.Target].Name
		}
		answer := [...]string{"take", "ignore", "defer"}[t.Answer]
		d.line(2, "%s level %d: %s #%d%s%s   [%s]", event, n, answer, t.Source, guard, target, t.Text)
		d.body(3, t.Body)
	}
}

func (d *dump) body(depth int, stmts []*fsm.Stmt) {
	for _, s := range stmts {
		switch s.Op {
		case fsm.Assign:
			var targets []string
			for _, t := range s.Targets {
				targets = append(targets, d.target(t))
			}
			d.line(depth, "%s = %s", strings.Join(targets, ", "), d.exprs(s.Values))
		case fsm.If:
			d.line(depth, "if %s", d.expr(s.Cond))
			d.body(depth+1, s.Then)
			if len(s.Else) > 0 {
				d.line(depth, "else")
				d.body(depth+1, s.Else)
			}
		case fsm.Send:
			element := ""
			if s.Element != nil {
				element = "[" + d.expr(s.Element) + "]"
			}
			d.line(depth, "send %s%s %s(%s)", d.m.Peers[s.Peer].Name, element, d.spec.Messages[s.Message].Name, d.exprs(s.Args))
		case fsm.Start:
			d.line(depth, "start %s", d.m.Timers[s.Timer].Name)
		case fsm.Stop:
			d.line(depth, "stop %s", d.m.Timers[s.Timer].Name)
		case fsm.Do:
			d.line(depth, "do %s(%s)", d.spec.Effects[s.Effect].Name, d.exprs(s.Args))
		}
	}
}

func (d *dump) target(t fsm.Target) string {
	name := ""
	if t.System {
		name = d.sys.Name + "." + d.sys.Vars[t.Var].Name
	} else {
		name = d.m.Vars[t.Var].Name
	}
	return name + d.indices(t.Index)
}

func (d *dump) indices(list []*fsm.Expr) string {
	s := ""
	for _, x := range list {
		s += "[" + d.expr(x) + "]"
	}
	return s
}

func (d *dump) exprs(list []*fsm.Expr) string {
	var texts []string
	for _, x := range list {
		texts = append(texts, d.expr(x))
	}
	return strings.Join(texts, ", ")
}

var opNames = map[fsm.Op]string{fsm.OpNot: "!", fsm.OpAnd: "&&", fsm.OpOr: "||", fsm.OpImplies: "=>", fsm.OpCount: "count",
	fsm.OpCond: "?", fsm.OpSelect: "select", fsm.OpEq: "==", fsm.OpNe: "!=", fsm.OpLt: "<", fsm.OpLe: "<=", fsm.OpGt: ">",
	fsm.OpGe: ">=", fsm.OpNeg: "-", fsm.OpAdd: "+", fsm.OpSub: "-", fsm.OpMul: "*", fsm.OpDiv: "/", fsm.OpRem: "%",
	fsm.OpBitAnd: "&", fsm.OpBitOr: "|", fsm.OpBitXor: "^", fsm.OpAndNot: "&^", fsm.OpShl: "<<", fsm.OpShr: ">>",
	fsm.OpSetOf: "set", fsm.OpSetHas: "has"}

// expr writes an expression as an operator and its arguments; numbers that are not constant carry their interval.
func (d *dump) expr(x *fsm.Expr) string {
	if x == nil {
		return "_"
	}
	if name, ok := opNames[x.Op]; ok {
		text := name + "(" + d.exprs(x.Args) + ")"
		if x.Type.Kind == fsm.Int {
			text += ":" + fsm.IntType(x.Type.Lo, x.Type.Hi).String()
		}
		return text
	}
	return d.leaf(x)
}

func (d *dump) leaf(x *fsm.Expr) string {
	switch x.Op {
	case fsm.OpConst:
		return x.Type.Format(x.Value)
	case fsm.OpVar:
		return d.m.Vars[x.Index].Name + d.indices(x.Args)
	case fsm.OpMachineParam:
		return "param " + d.m.Params[x.Index].Name
	case fsm.OpSelf:
		return "self:" + x.Type.String()
	case fsm.OpParam:
		return fmt.Sprintf("$%d", x.Index)
	case fsm.OpFrom:
		return "from:" + x.Type.String()
	case fsm.OpAny:
		return "any " + x.Type.String()
	case fsm.OpExtern:
		return d.spec.Externs[x.Index].Name + "?(" + d.exprs(x.Args) + ")"
	case fsm.OpSystemVar:
		return d.sys.Name + "." + d.sys.Vars[x.Index].Name + d.indices(x.Args)
	case fsm.OpArmed:
		return d.owner(x.Instance, func(m *fsm.Machine) string { return m.Timers[x.Index].Name }) + ".armed"
	case fsm.OpInstanceVar:
		return d.owner(x.Instance, func(m *fsm.Machine) string { return m.Vars[x.Index].Name }) + d.indices(x.Args)
	case fsm.OpIn:
		return d.owner(x.Instance, func(m *fsm.Machine) string {
			var names []string
			for _, s := range x.States {
				if s == fsm.Down {
					names = append(names, "Down")
				} else {
					names = append(names, m.States[s].Name)
				}
			}
			return "in{" + strings.Join(names, " ") + "}"
		})
	}
	var links []string
	for _, l := range x.Links {
		links = append(links, d.sys.Links[l].Name)
	}
	view := [...]string{"len", "has", "head", "last"}[x.Op-fsm.OpLinkLen]
	return fmt.Sprintf("%s{%s; %d; %s}", view, strings.Join(links, "; "), x.Message, d.exprs(x.Args))
}

func (d *dump) owner(instance int, name func(*fsm.Machine) string) string {
	if instance == fsm.OwnInstance {
		return "own." + name(d.m)
	}
	in := d.sys.Instances[instance]
	return in.Name + "." + name(d.spec.Machines[in.Machine])
}

func (d *dump) system(sys *fsm.System) {
	d.m, d.sys = nil, sys
	d.line(0, "system %s", sys.Name)
	for _, v := range sys.Vars {
		d.line(1, "%s", varText(v))
	}
	for _, in := range sys.Instances {
		d.line(1, "%s: %s%v on %s, shared %v", in.Name, d.spec.Machines[in.Machine].Name, in.Args, sys.Nodes[in.Node].Name, in.Shared)
		for p, bound := range in.Peers {
			for e, to := range bound {
				d.line(2, "%s[%d] = %s, routes %v", d.spec.Machines[in.Machine].Peers[p].Name, e, sys.Instances[to].Name, in.Routes[p][e])
			}
		}
	}
	for _, l := range sys.Links {
		d.line(1, "link %q kind %d capacity %d carries %v lose %v duplicate %v reorder %v blocks %v fair %v", l.Name, l.Kind,
			l.Capacity, l.Carries, l.Lose, l.Duplicate, l.Reorder, l.FullBlocks, l.Fair)
	}
	for _, c := range sys.Crashes {
		d.line(1, "crash %s at most %d", sys.Instances[c.Instance].Name, c.AtMost)
		d.body(2, c.Body)
	}
	for _, o := range sys.Orders {
		d.line(1, "order %v before %v   [%s]", o.First, o.Second, o.Text)
	}
	for _, j := range sys.Joints {
		d.joint(j)
	}
	for _, f := range sys.Fair {
		d.line(1, "fair strong %v: instance %d event %d joint %d   [%s]", f.Strong, f.Instance, f.Event, f.Joint, f.Text)
	}
	for _, x := range sys.Initially {
		d.line(1, "initially %s", d.expr(x))
	}
	for _, x := range sys.Assumes {
		d.line(1, "assume %s", d.expr(x))
	}
	for _, p := range sys.Properties {
		d.line(1, "property %s kind %d violated %v: %s, %s   [%s]", p.Name, p.Kind, p.ExpectViolated, d.expr(p.P), d.expr(p.Q), p.Text)
	}
	for _, sc := range sys.Scenarios {
		d.scenario(sc)
	}
}

func (d *dump) joint(j *fsm.JointTransition) {
	d.m = nil
	d.line(1, "joint %s%v when %s   [%s]", j.Name, j.Args, d.expr(j.Guard), j.Text)
	for _, p := range j.Parts {
		d.m = d.spec.Machines[d.sys.Instances[p.Instance].Machine]
		for i, from := range p.From {
			target := "stay"
			if p.Targets[i] != fsm.Stay {
				target = d.m.States[p.Targets[i]].Name
			}
			d.line(2, "%s %s -> %s", d.sys.Instances[p.Instance].Name, d.m.States[from].Name, target)
			d.body(3, p.Bodies[i])
		}
	}
	d.m = nil
	d.body(2, j.Body)
}

func (d *dump) scenario(sc *fsm.Scenario) {
	d.line(1, "scenario %s violated %v open %v reaches %s", sc.Name, sc.ExpectViolated, sc.OpenEnd, d.expr(sc.Reaches))
	for _, s := range sc.Steps {
		args := "any"
		if s.Args != nil {
			args = ""
			for _, a := range s.Args {
				if a == nil {
					args += " _"
				} else {
					args += fmt.Sprint(" ", *a)
				}
			}
		}
		d.line(2, "gap %v kind %d instance %d event %d links %v message %d joints %v args %s   [%s]", s.Gap, s.Kind, s.Instance, s.Event,
			s.Links, s.Message, s.Joints, args, s.Text)
	}
}
