package check

import (
	"slices"
	"strings"

	"interlock/fsm"
)

// fact is a part of a condition that has no parts itself, with its value in a joint state.
type fact struct {
	text  string
	holds bool
	reads []reading // what it looked at, where that is not plain from the text
}

// String writes a fact: "proxy in Closed: true", "leader.term == home: false (leader.term = 1, home = 2)".
func (f *fact) String() string {
	value := ":" + tie + "false"
	if f.holds {
		value = ":" + tie + "true"
	}
	text := f.text
	if columns(text) <= maxTied {
		text = strings.ReplaceAll(text, " ", tie)
	}
	if len(f.reads) == 0 {
		return text + value
	}
	return text + value + " (" + listed(f.reads) + ")"
}

// maxTied is how long a text may be that is kept on one line.
const maxTied = 36

// maxFacts bounds the facts that are told of one condition without -v.
const maxFacts = 12

// because lists the facts that decide the value of a condition in a joint state: of a conjunction that holds, all of them; of
// one that does not, those that are false.
func because(sys *fsm.System, j *fsm.Joint, e *fsm.Expr) []fact {
	b := becauser{sys: sys, joint: j}
	if e != nil {
		b.of(e)
	}
	return b.facts
}

type becauser struct {
	sys   *fsm.System
	joint *fsm.Joint
	facts []fact
}

func (b *becauser) value(e *fsm.Expr) int64 {
	v, _ := fsm.Eval(b.sys, b.joint, e)
	return v
}

func (b *becauser) of(e *fsm.Expr) {
	holds := b.value(e) != 0
	switch e.Op {
	case fsm.OpConst:
	case fsm.OpNot:
		b.of(e.Args[0])
	case fsm.OpAnd, fsm.OpOr:
		b.junction(e, holds)
	case fsm.OpImplies:
		switch {
		case !holds:
			b.of(e.Args[0])
			b.of(e.Args[1])
		case b.value(e.Args[0]) == 0:
			b.of(e.Args[0])
		default:
			b.of(e.Args[1])
		}
	default:
		b.add(e, holds)
	}
}

// junction goes on with the operands that decide: all that make a conjunction true, the first that makes a disjunction true;
// those that make a conjunction false, and all of a false disjunction.
func (b *becauser) junction(e *fsm.Expr, holds bool) {
	for _, a := range e.Args {
		if (b.value(a) != 0) != holds {
			continue
		}
		b.of(a)
		if holds == (e.Op == fsm.OpOr) && holds {
			return
		}
	}
}

// add appends a fact, once.
func (b *becauser) add(e *fsm.Expr, holds bool) {
	f := fact{text: express(b.sys, e), holds: holds}
	plain := e.Op == fsm.OpEq && holds || e.Op == fsm.OpNe && !holds
	if e.Op > fsm.OpLinkLast && !(plain && e.Args[1].Op == fsm.OpConst) {
		for _, a := range e.Args {
			f.reads = append(f.reads, b.reads(a)...)
		}
	}
	if !slices.ContainsFunc(b.facts, func(g fact) bool { return g.text == f.text }) {
		b.facts = append(b.facts, f)
	}
}

// reads lists what an operand looks at; of a count, what it counts, as one number.
func (b *becauser) reads(e *fsm.Expr) []reading {
	if e == nil {
		return nil
	}
	if e.Op == fsm.OpCount {
		var counted []string
		for _, a := range e.Args {
			if b.value(a) != 0 {
				counted = append(counted, express(b.sys, a))
			}
		}
		text := e.Type.Format(b.value(e))
		if len(counted) > 0 {
			text += ": " + strings.Join(counted, "; ")
		}
		return []reading{{"count", text}}
	}
	var list []reading
	in := scopeOf{instance: fsm.OwnInstance}
	eval := func(e *fsm.Expr) (int64, error) { return fsm.Eval(b.sys, b.joint, e) }
	for _, r := range readsOf(e) {
		v, err := eval(r)
		if name := in.name(b.sys, r, eval); err == nil && name != "" && !slices.ContainsFunc(list, func(o reading) bool { return o.name == name }) {
			list = append(list, reading{name, r.Type.Format(v)})
		}
	}
	return list
}

// shown are the moments of a story that decide a property, each with the condition whose facts matter there.
type shown struct {
	step  int
	at    *fsm.Joint
	cond  *fsm.Expr
	start string // how the sentence begins
}

// shows lists what is to be told of a property that a story decides.
func (s *story) shows(pr *fsm.Property) []shown {
	last := len(s.moments) - 1
	if s.moments[last].after == nil {
		return nil // a step that is forbidden ends it
	}
	switch pr.Kind {
	case fsm.Never, fsm.Always, fsm.Reachable:
		return []shown{{last, s.end, pr.P, ""}}
	case fsm.AfterAlways:
		n := s.begins(pr.P, nil)
		return []shown{{n, s.moments[n].after, pr.P, "the first part holds " + when(n) + ": "}, {last, s.end, pr.Q, "the second does not at the end: "}}
	case fsm.LeadsTo:
		n := s.begins(pr.P, pr.Q)
		return []shown{{n, s.moments[n].after, pr.P, "the first part holds " + when(n) + ": "},
			{last, s.end, pr.Q, "the second never does from then on; at last: "}}
	case fsm.Eventually, fsm.InfinitelyOften:
		return []shown{{last, s.end, pr.P, "at last: "}}
	}
	return nil
}

// facts tells the parts of a condition with their values.
func (p *printer) facts(s *story, pr *fsm.Property) {
	for _, part := range s.shows(pr) {
		facts := because(s.sys, part.at, part.cond)
		if len(facts) == 1 && len(facts[0].reads) == 0 && part.start == "" && strings.HasSuffix(statement(pr), facts[0].text) {
			continue // the title says it
		}
		more := 0
		if len(facts) > maxFacts && !p.o.Verbose {
			facts, more = facts[:maxFacts], len(facts)-maxFacts
		}
		texts := make([]string, 0, len(facts)+1)
		for i := range facts {
			texts = append(texts, facts[i].String())
		}
		if more > 0 {
			texts = append(texts, "and "+count(more, "more"))
		}
		if text := part.start + strings.Join(texts, "; "); text != "" {
			p.tell(plain, "  "+strings.TrimSuffix(text, ": "))
		}
	}
}
