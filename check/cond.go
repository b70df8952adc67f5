package check

import (
	"fmt"
	"slices"

	"interlock/fsm"
)

// test asks whether some bits of a state are as wanted. Most conditions are a few of these, and those on the same word are one:
// however many variables and states a guard looks at, it is often one comparison.
type test struct {
	word       int
	mask, want uint64
}

// never is no state's test.
var never = []test{{want: 1}}

// hold reports whether all tests of a list do in the state w.
func hold(tests []test, w []uint64) bool {
	for i := range tests {
		if t := &tests[i]; w[t.word]&t.mask != t.want {
			return false
		}
	}
	return true
}

// meet is the tests of both lists, one a word.
func meet(a, b []test) []test {
	if slices.Contains(a, never[0]) || slices.Contains(b, never[0]) {
		return never
	}
	list := append([]test{}, a...)
next:
	for _, t := range b {
		for i := range list {
			at := &list[i]
			if at.word != t.word {
				continue
			}
			if both := at.mask & t.mask; at.want&both != t.want&both {
				return never
			}
			at.mask |= t.mask
			at.want |= t.want
			continue next
		}
		list = append(list, t)
	}
	return list
}

// equals tests that bits from at on are v.
func equals(at int, bits uint, v uint64) []test {
	word, shift, mask := at>>6, uint(at&63), uint64(1)<<bits-1
	list := []test{{word, mask << shift, v << shift}}
	if shift+bits > 64 {
		list = append(list, test{word + 1, mask >> (64 - shift), v >> (64 - shift)})
	}
	return list
}

// cellIs tests that a cell has a value.
func (p *program) cellIs(cell int, v int64) []test {
	f := &p.at[cell]
	if v < f.lo || uint64(v-f.lo)>>f.bits != 0 {
		return never
	}
	if f.bits == 0 {
		return nil
	}
	return equals(f.at, f.bits, uint64(v-f.lo))
}

// tests gives a condition as tests that must all hold, if that is all it is.
func (k *compiler) tests(e *fsm.Expr) ([]test, bool) {
	if v, ok := k.constant(e); ok {
		if v == 0 {
			return never, true
		}
		return nil, true
	}
	switch e.Op {
	case fsm.OpVar, fsm.OpInstanceVar, fsm.OpSystemVar:
		if cell, ok := k.cell(e); ok && k.p.at[cell].lo == 0 && k.p.at[cell].bits <= 1 {
			return k.p.cellIs(cell, 1), true
		}
	case fsm.OpArmed:
		return k.p.cellIs(k.p.timers+k.p.sys.TimerSlot(k.instance(e), e.Index), 1), true
	case fsm.OpIn:
		if len(e.States) == 1 {
			return k.p.cellIs(k.instance(e), int64(e.States[0])), true
		}
	case fsm.OpNot:
		return k.not(e.Args[0])
	case fsm.OpAnd:
		var list []test
		for _, a := range e.Args {
			some, ok := k.tests(a)
			if !ok {
				return nil, false
			}
			list = meet(list, some)
		}
		return list, true
	case fsm.OpEq:
		return k.equal(e.Args[0], e.Args[1])
	case fsm.OpNe:
		return k.not(&fsm.Expr{Op: fsm.OpEq, Args: e.Args})
	case fsm.OpSetHas:
		return k.element(e)
	}
	return nil, false
}

// instance is the instance that an expression names.
func (k *compiler) instance(e *fsm.Expr) int {
	if e.Instance == fsm.OwnInstance {
		return k.own
	}
	return e.Instance
}

// not gives the tests for what is one test of one bit, turned round.
func (k *compiler) not(e *fsm.Expr) ([]test, bool) {
	list, ok := k.tests(e)
	if !ok || len(list) != 1 || list[0].mask == 0 || list[0].mask&(list[0].mask-1) != 0 {
		return nil, false
	}
	t := list[0]
	t.want ^= t.mask
	return []test{t}, true
}

// equal gives the tests that a cell, or the length of a link, has a known value.
func (k *compiler) equal(a, b *fsm.Expr) ([]test, bool) {
	v, ok := k.constant(b)
	if !ok {
		if v, ok = k.constant(a); !ok {
			return nil, false
		}
		a = b
	}
	if cell, ok := k.cell(a); ok {
		return k.p.cellIs(cell, v), true
	}
	if a.Op != fsm.OpLinkLen || v != 0 {
		return nil, false
	}
	var list []test
	for _, l := range k.linksOf(a) {
		for at, left := l.at, l.size; left > 0; at, left = at+64, left-64 {
			list = meet(list, equals(at, uint(min(left, 64)), 0))
		}
	}
	return list, true
}

// element gives the test that a known value is in the set of a variable.
func (k *compiler) element(e *fsm.Expr) ([]test, bool) {
	v, known := k.constant(e.Args[0])
	cell, is := k.cell(e.Args[1])
	elem := e.Args[1].Type.Elem
	if !known || !is || k.p.at[cell].lo != 0 {
		return nil, false
	}
	f := &k.p.at[cell]
	if !elem.Has(v) || uint(v-elem.Lo) >= f.bits {
		return never, true
	}
	return equals(f.at+int(v-elem.Lo), 1, 1), true
}

// cond compiles a condition.
func (k *compiler) cond(e *fsm.Expr) cond {
	if list, ok := k.tests(e); ok {
		return asking(list)
	}
	if isCondition(e.Op) {
		return k.decide(e)
	}
	v := k.expr(e)
	return func(x *exec) bool { return v(x) != 0 }
}

func (k *compiler) conds(list []*fsm.Expr) []cond {
	compiled := make([]cond, len(list))
	for i, e := range list {
		compiled[i] = k.cond(e)
	}
	return compiled
}

// asking is the condition that all tests hold.
func asking(list []test) cond {
	if slices.Contains(list, never[0]) {
		return func(*exec) bool { return false }
	}
	switch len(list) {
	case 0:
		return func(*exec) bool { return true }
	case 1:
		word, mask, want := list[0].word, list[0].mask, list[0].want
		return func(x *exec) bool { return x.w[word]&mask == want }
	}
	return func(x *exec) bool { return hold(list, x.w) }
}

// decide compiles the operators that are conditions.
func (k *compiler) decide(e *fsm.Expr) cond {
	if _, folded := k.known[e]; folded { // otherwise it is being folded
		if list, ok := k.tests(e); ok {
			return asking(list)
		}
	}
	switch e.Op {
	case fsm.OpNot:
		a := k.cond(e.Args[0])
		return func(x *exec) bool { return !a(x) }
	case fsm.OpAnd:
		return k.all(e.Args)
	case fsm.OpOr:
		return k.some(e.Args)
	case fsm.OpImplies:
		a, b := k.cond(e.Args[0]), k.cond(e.Args[1])
		return func(x *exec) bool { return !a(x) || b(x) }
	case fsm.OpIn:
		return k.inStates(e)
	case fsm.OpExtern:
		return k.extern(e)
	case fsm.OpLinkHas, fsm.OpLinkHead, fsm.OpLinkLast:
		return k.look(e)
	case fsm.OpSetHas:
		a, b, elem := k.expr(e.Args[0]), k.expr(e.Args[1]), e.Args[1].Type.Elem
		return func(x *exec) bool {
			v, set := a(x), b(x)
			return elem.Has(v) && set>>uint(v-elem.Lo)&1 != 0
		}
	case fsm.OpEq, fsm.OpNe, fsm.OpLt, fsm.OpLe, fsm.OpGt, fsm.OpGe:
		return k.compare(e)
	}
	panic(fmt.Sprintf("check: operator %d where a condition is wanted", e.Op))
}

// inStates compiles the question for several states.
func (k *compiler) inStates(e *fsm.Expr) cond {
	f := k.p.at[k.instance(e)]
	if f.bits > 6 || f.straddles() {
		states, read := e.States, k.p.reader(k.instance(e))
		return func(x *exec) bool {
			in := read(x)
			for _, s := range states {
				if in == int64(s) {
					return true
				}
			}
			return false
		}
	}
	set := uint64(0)
	for _, s := range e.States {
		if raw := uint64(int64(s) - f.lo); raw < 64 {
			set |= 1 << raw
		}
	}
	at := f.locate()
	return func(x *exec) bool { return set>>(at.raw(x.w)&63)&1 != 0 }
}

// all compiles a conjunction. Tests that stand side by side are asked together.
func (k *compiler) all(args []*fsm.Expr) cond {
	var list []cond
	var tests []test
	flush := func() {
		if tests != nil {
			list = append(list, asking(tests))
			tests = nil
		}
	}
	for _, a := range args {
		if some, ok := k.tests(a); ok {
			tests = meet(tests, some)
			continue
		}
		flush()
		list = append(list, k.cond(a))
	}
	flush()
	switch len(list) {
	case 0:
		return asking(nil)
	case 1:
		return list[0]
	case 2:
		a, b := list[0], list[1]
		return func(x *exec) bool { return a(x) && b(x) }
	}
	return func(x *exec) bool {
		for _, a := range list {
			if !a(x) {
				return false
			}
		}
		return true
	}
}

// some compiles a disjunction. What is known to be false is left out; tests that stand side by side are asked in a row.
func (k *compiler) some(args []*fsm.Expr) cond {
	var list []cond
	var row []test
	flush := func() {
		if row != nil {
			list = append(list, anyHolds(row))
			row = nil
		}
	}
	for _, a := range args {
		tests, ok := k.tests(a)
		switch {
		case !ok:
			flush()
			list = append(list, k.cond(a))
		case len(tests) == 1 && tests[0] == never[0]:
		case len(tests) == 1 && (row == nil || row[0].word == tests[0].word):
			row = append(row, tests[0])
		default:
			flush()
			list = append(list, asking(tests))
		}
	}
	flush()
	if len(list) == 1 {
		return list[0]
	}
	return func(x *exec) bool {
		for _, a := range list {
			if a(x) {
				return true
			}
		}
		return false
	}
}

// anyHolds is the condition that one of some tests of the same word holds. What they have in common is asked first.
func anyHolds(tests []test) cond {
	if len(tests) == 1 {
		return asking(tests)
	}
	word, common := tests[0].word, ^uint64(0)
	for _, t := range tests {
		common &= t.mask &^ (t.want ^ tests[0].want)
	}
	want := tests[0].want & common
	return func(x *exec) bool {
		w := x.w[word]
		if w&common != want {
			return false
		}
		for i := range tests {
			if t := &tests[i]; w&t.mask == t.want {
				return true
			}
		}
		return false
	}
}

// slotBits says where in a word a cell is that does not straddle two.
type slotBits struct {
	word  int
	shift uint
	mask  uint64
	lo    int64
}

// straddles reports whether a field begins in one word and ends in the next.
func (f *field) straddles() bool { return f.at&63+int(f.bits) > 64 }

func (f *field) locate() slotBits {
	return slotBits{f.at >> 6, uint(f.at & 63), uint64(1)<<f.bits - 1, f.lo}
}

func (s *slotBits) raw(w []uint64) uint64 { return w[s.word] >> (s.shift & 63) & s.mask }

func (s *slotBits) read(w []uint64) int64 { return s.lo + int64(s.raw(w)) }

// simple locates the variable that an expression reads, if it does nothing else, in one word.
func (k *compiler) simple(e *fsm.Expr) (slotBits, bool) {
	cell, ok := k.cell(e)
	if !ok || k.p.at[cell].bits == 0 || k.p.at[cell].straddles() {
		return slotBits{}, false
	}
	return k.p.at[cell].locate(), true
}

// mirrored are the comparisons with their sides changed.
var mirrored = map[fsm.Op]fsm.Op{fsm.OpEq: fsm.OpEq, fsm.OpNe: fsm.OpNe, fsm.OpLt: fsm.OpGt, fsm.OpLe: fsm.OpGe, fsm.OpGt: fsm.OpLt, fsm.OpGe: fsm.OpLe}

// compare compiles comparisons: of variables with constants and with each other, which are the most, and of anything else.
func (k *compiler) compare(e *fsm.Expr) cond {
	left, leftIs := k.simple(e.Args[0])
	right, rightIs := k.simple(e.Args[1])
	first, firstKnown := k.constant(e.Args[0])
	second, secondKnown := k.constant(e.Args[1])
	switch {
	case leftIs && secondKnown:
		return compareValue(e.Op, left, second)
	case rightIs && firstKnown:
		return compareValue(mirrored[e.Op], right, first)
	case leftIs && rightIs:
		return compareBoth(e.Op, left, right)
	}
	a, b := k.expr(e.Args[0]), k.expr(e.Args[1])
	switch e.Op {
	case fsm.OpEq:
		return func(x *exec) bool { return a(x) == b(x) }
	case fsm.OpNe:
		return func(x *exec) bool { return a(x) != b(x) }
	case fsm.OpLt:
		return func(x *exec) bool { return a(x) < b(x) }
	case fsm.OpLe:
		return func(x *exec) bool { return a(x) <= b(x) }
	case fsm.OpGt:
		return func(x *exec) bool { return a(x) > b(x) }
	}
	return func(x *exec) bool { return a(x) >= b(x) } // OpGe
}

// compareValue compares a variable with a constant.
func compareValue(op fsm.Op, at slotBits, v int64) cond {
	switch op {
	case fsm.OpEq:
		return func(x *exec) bool { return at.read(x.w) == v }
	case fsm.OpNe:
		return func(x *exec) bool { return at.read(x.w) != v }
	case fsm.OpLt:
		return func(x *exec) bool { return at.read(x.w) < v }
	case fsm.OpLe:
		return func(x *exec) bool { return at.read(x.w) <= v }
	case fsm.OpGt:
		return func(x *exec) bool { return at.read(x.w) > v }
	}
	return func(x *exec) bool { return at.read(x.w) >= v } // OpGe
}

// compareBoth compares two variables.
func compareBoth(op fsm.Op, a, b slotBits) cond {
	switch op {
	case fsm.OpEq:
		return func(x *exec) bool { return a.read(x.w) == b.read(x.w) }
	case fsm.OpNe:
		return func(x *exec) bool { return a.read(x.w) != b.read(x.w) }
	case fsm.OpLt:
		return func(x *exec) bool { return a.read(x.w) < b.read(x.w) }
	case fsm.OpLe:
		return func(x *exec) bool { return a.read(x.w) <= b.read(x.w) }
	case fsm.OpGt:
		return compareBoth(fsm.OpLt, b, a)
	}
	return compareBoth(fsm.OpLe, b, a) // OpGe
}
