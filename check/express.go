package check

import (
	"fmt"
	"strconv"
	"strings"

	"interlock/fsm"
)

// maxExpressed bounds the runes of an expression in a sentence; a quantifier that was expanded can be long.
const maxExpressed = 120

// express writes a system-scope expression as the language does, but for what lowering has expanded.
func express(sys *fsm.System, e *fsm.Expr) string {
	text := []rune(expressIn(sys, e, false))
	if len(text) > maxExpressed {
		return string(text[:maxExpressed]) + "…"
	}
	return string(text)
}

var infix = map[fsm.Op]string{fsm.OpAnd: "&&", fsm.OpOr: "||", fsm.OpImplies: "=>", fsm.OpEq: "==", fsm.OpNe: "!=", fsm.OpLt: "<",
	fsm.OpLe: "<=", fsm.OpGt: ">", fsm.OpGe: ">=", fsm.OpAdd: "+", fsm.OpSub: "-", fsm.OpMul: "*", fsm.OpDiv: "/", fsm.OpRem: "%",
	fsm.OpBitAnd: "&", fsm.OpBitOr: "|", fsm.OpBitXor: "^", fsm.OpAndNot: "&^", fsm.OpShl: "<<", fsm.OpShr: ">>", fsm.OpSetHas: "in"}

// expressIn puts brackets round an operator of several operands that stands inside another.
func expressIn(sys *fsm.System, e *fsm.Expr, inside bool) string {
	if op := infix[e.Op]; op != "" {
		texts := expressAll(sys, e.Args, true)
		if (e.Op == fsm.OpEq || e.Op == fsm.OpNe) && e.Args[1].Op == fsm.OpConst {
			texts[1] = e.Args[0].Type.Format(e.Args[1].Value)
		}
		text := strings.Join(texts, " "+op+" ")
		if inside && len(texts) > 1 && e.Op != fsm.OpSetHas {
			return "(" + text + ")"
		}
		return text
	}
	args := func(from int) string { return strings.Join(expressAll(sys, e.Args[from:], false), ", ") }
	switch e.Op {
	case fsm.OpConst:
		return e.Type.Format(e.Value)
	case fsm.OpNot:
		return "!" + expressIn(sys, e.Args[0], true)
	case fsm.OpNeg:
		return "-" + expressIn(sys, e.Args[0], true)
	case fsm.OpCount:
		return "count(" + args(0) + ")"
	case fsm.OpCond, fsm.OpSelect:
		return "(" + args(1) + ")[" + expressIn(sys, e.Args[0], false) + "]"
	case fsm.OpSetOf:
		return "{" + args(0) + "}"
	}
	return expressRead(sys, e)
}

func expressAll(sys *fsm.System, list []*fsm.Expr, inside bool) []string {
	texts := make([]string, len(list))
	for i, e := range list {
		texts[i] = "_"
		if e != nil {
			texts[i] = expressIn(sys, e, inside)
		}
	}
	return texts
}

// expressRead writes what looks at the joint state.
func expressRead(sys *fsm.System, e *fsm.Expr) string {
	index := ""
	if e.Op == fsm.OpSystemVar || e.Op == fsm.OpInstanceVar {
		for _, a := range e.Args {
			index += "[" + expressIn(sys, a, false) + "]"
		}
	}
	switch e.Op {
	case fsm.OpSystemVar:
		return sys.Vars[e.Index].Name + index
	case fsm.OpInstanceVar:
		return sys.Instances[e.Instance].Name + "." + sys.MachineOf(e.Instance).Vars[e.Index].Name + index
	case fsm.OpArmed:
		return sys.Instances[e.Instance].Name + "." + sys.MachineOf(e.Instance).Timers[e.Index].Name + ".armed"
	case fsm.OpIn:
		names := make([]string, len(e.States))
		for i, s := range e.States {
			names[i] = "Down"
			if s != fsm.Down {
				names[i] = sys.MachineOf(e.Instance).States[s].Name
			}
		}
		return sys.Instances[e.Instance].Name + " in " + strings.Join(names, ", ")
	case fsm.OpLinkLen, fsm.OpLinkHas, fsm.OpLinkHead, fsm.OpLinkLast:
		return expressView(sys, e)
	}
	return "?" + strconv.Itoa(int(e.Op))
}

func expressView(sys *fsm.System, e *fsm.Expr) string {
	link := sys.Links[e.Links[0]]
	view := fmt.Sprintf("link(%s, %s)", sys.Instances[link.From].Name, sys.Instances[link.To].Name)
	if e.Op == fsm.OpLinkLen {
		return view + ".len"
	}
	message := sys.Spec.Messages[e.Message].Name
	if len(e.Args) > 0 {
		message += "(" + strings.Join(expressAll(sys, e.Args, false), ", ") + ")"
	}
	switch e.Op {
	case fsm.OpLinkHead:
		return view + ".head == " + message
	case fsm.OpLinkLast:
		return view + ".last == " + message
	}
	return view + " has " + message
}
