package dve

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// The limits on an automaton of a formula, which may have exponentially many states.
const (
	maxAutomaton = 200  // states
	maxEdges     = 4000 // of them together, and ways to hold of one state
)

// automaton reads a run, a joint state at a time, and takes the edges whose conditions hold in it. It accepts a run on which
// it can be in accepting states again and again.
type automaton struct {
	name    string
	text    string // what its runs break, for the trace
	initial int
	accept  []bool // by state
	edges   []edge
	span    fsm.Span
}

// edge is a step of an automaton: it is taken in a joint state in which all of the conditions hold.
type edge struct {
	from, to int
	conds    []*fsm.Expr
}

// out lists the edges that leave a state.
func (a *automaton) out(state int) []edge {
	var list []edge
	for _, e := range a.edges {
		if e.from == state {
			list = append(list, e)
		}
	}
	return list
}

// tableau makes an automaton of a formula in normal form. A state is a set of formulas that hold from here on. What is owed
// for a U b, that b comes, is a set of steps of its own: those that do not put b off. The automaton must take one of each again
// and again; to have one set of accepting states, each state counts which of them it waits for.
type tableau struct {
	formulas []*ltl         // by number
	number   map[string]int // by text
	untils   []int          // formulas
	states   map[string]int // by key of set and count
	sets     [][]int        // by state
	waits    []int          // by state: for which of untils; len(untils): all have come
	edges    []move
	tooBig   bool
}

// move is an edge before its conditions are looked up.
type move struct {
	from, to int
	literals []int
}

// way is one way in which a set of formulas can hold: these atoms now, those formulas from the next joint state on, and these
// untils put off.
type way struct{ literals, next, owed []int }

// newAutomaton makes the automaton that accepts exactly the runs on which a formula in normal form holds; nil if it has too
// many states.
func newAutomaton(f *ltl) *automaton {
	t := &tableau{number: map[string]int{}, states: map[string]int{}}
	t.enter(f)
	t.state(t.conjuncts([]int{t.enter(f)}), 0)
	for s := 0; s < len(t.sets) && !t.tooBig; s++ {
		t.leave(s)
	}
	if t.tooBig {
		return nil
	}
	return t.finish()
}

// enter numbers a formula and all in it.
func (t *tableau) enter(f *ltl) int {
	key := f.String()
	if n, ok := t.number[key]; ok {
		return n
	}
	for _, a := range f.args {
		t.enter(a)
	}
	n := len(t.formulas)
	t.formulas = append(t.formulas, f)
	t.number[key] = n
	if f.op == "U" {
		t.untils = append(t.untils, n)
	}
	return n
}

// state is the number of the state with a set and what it waits for.
func (t *tableau) state(set []int, waits int) int {
	key := fmt.Sprint(waits, set)
	n, ok := t.states[key]
	if !ok {
		n = len(t.sets)
		t.states[key] = n
		t.sets, t.waits = append(t.sets, set), append(t.waits, waits)
		t.tooBig = t.tooBig || n >= maxAutomaton
	}
	return n
}

// leave makes the edges from a state.
func (t *tableau) leave(s int) {
	ways := []way{}
	t.split(t.sets[s], way{}, map[int]bool{}, &ways)
	for _, w := range least(ways) {
		waits := t.waits[s]
		if waits == len(t.untils) {
			waits = 0
		}
		for waits < len(t.untils) && !slices.Contains(w.owed, t.untils[waits]) {
			waits++
		}
		t.edges = append(t.edges, move{s, t.state(t.conjuncts(w.next), waits), w.literals})
	}
	t.tooBig = t.tooBig || len(t.edges) > maxEdges
}

// conjuncts takes conjunctions apart, so that equal sets look alike.
func (t *tableau) conjuncts(set []int) []int {
	var list []int
	for _, n := range set {
		switch f := t.formulas[n]; f.op {
		case "&&":
			list = append(list, t.conjuncts([]int{t.enter(f.args[0]), t.enter(f.args[1])})...)
		case "true":
		default:
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// split adds all ways in which what is still to do can hold, together with what is done.
func (t *tableau) split(todo []int, w way, done map[int]bool, ways *[]way) {
	if len(*ways) > maxEdges {
		t.tooBig = true
	}
	if t.tooBig {
		return
	}
	if len(todo) == 0 {
		for _, list := range []*[]int{&w.literals, &w.next, &w.owed} {
			slices.Sort(*list)
			*list = slices.Compact(*list)
		}
		*ways = append(*ways, w)
		return
	}
	n, rest := todo[0], todo[1:]
	if done[n] {
		t.split(rest, w, done, ways)
		return
	}
	done[n] = true
	defer delete(done, n)
	f := t.formulas[n]
	also := func(w way, more ...int) { t.split(slices.Concat(more, rest), w, done, ways) }
	arg := func(i int) int { return t.number[f.args[i].String()] }
	later := func(n int) way { return way{w.literals, append(slices.Clone(w.next), n), w.owed} }
	switch f.op {
	case "atom":
		also(way{append(slices.Clone(w.literals), n), w.next, w.owed})
	case "true":
		also(w)
	case "&&":
		also(w, arg(0), arg(1))
	case "||":
		also(w, arg(0))
		also(w, append(t.otherwise(f.args[0]), arg(1))...)
	case "X":
		also(later(arg(0)))
	case "U":
		also(w, arg(1))
		wait := later(n)
		wait.owed = append(slices.Clone(wait.owed), n)
		also(wait, append(t.otherwise(f.args[1]), arg(0))...)
	case "R":
		also(w, arg(0), arg(1))
		also(later(n), append(t.otherwise(f.args[0]), arg(1))...)
	}
}

// otherwise is the negation of an atom. Where it holds of the second of two ways, only one of them can be gone in a joint state, and
// the automaton guesses less: the search has fewer states to go through.
func (t *tableau) otherwise(f *ltl) []int {
	if f.op != "atom" {
		return nil
	}
	return []int{t.enter(condition(f, true))}
}

// least leaves those ways out that ask for more than another and promise no more.
func least(ways []way) []way {
	var kept []way
	for i, w := range ways {
		worse := func(j int, v way) bool {
			if j == i || !slices.Equal(v.next, w.next) || !within(v.literals, w.literals) || !within(v.owed, w.owed) {
				return false
			}
			return j < i || len(v.literals) < len(w.literals) || len(v.owed) < len(w.owed)
		}
		hit := false
		for j, v := range ways {
			hit = hit || worse(j, v)
		}
		if !hit {
			kept = append(kept, w)
		}
	}
	return kept
}

// within reports whether all of a are in b; both ascend.
func within(a, b []int) bool {
	return !slices.ContainsFunc(a, func(n int) bool { _, ok := slices.BinarySearch(b, n); return !ok })
}

// finish leaves the states out from which nothing is accepted, joins those that are alike, and looks up the conditions.
func (t *tableau) finish() *automaton {
	a := &automaton{}
	class := t.classes(t.useful())
	a.initial = max(0, class[0])
	seen := map[string]bool{}
	for s, c := range class {
		for c >= len(a.accept) {
			a.accept = append(a.accept, false)
		}
		if c >= 0 {
			a.accept[c] = t.waits[s] == len(t.untils)
		}
	}
	for _, m := range t.edges {
		e := edge{from: class[m.from], to: class[m.to]}
		key := fmt.Sprint(e.from, e.to, m.literals)
		if e.from < 0 || e.to < 0 || seen[key] {
			continue
		}
		seen[key] = true
		for _, n := range m.literals {
			e.conds = append(e.conds, t.formulas[n].cond)
		}
		a.edges = append(a.edges, e)
	}
	if len(a.accept) == 0 {
		a.accept = []bool{false} // nothing is accepted
	}
	return a
}

// useful reports for each state whether an accepting state that comes again and again can be reached from it.
func (t *tableau) useful() []bool {
	n := len(t.sets)
	reach := make([][]bool, n) // in one step or more
	for s := range reach {
		reach[s] = make([]bool, n)
	}
	for _, m := range t.edges {
		reach[m.from][m.to] = true
	}
	for k := range n {
		for i := range n {
			for j := range n {
				reach[i][j] = reach[i][j] || reach[i][k] && reach[k][j]
			}
		}
	}
	useful := make([]bool, n)
	for s := range n {
		for end := range n {
			again := t.waits[end] == len(t.untils) && reach[end][end]
			useful[s] = useful[s] || again && (s == end || reach[s][end])
		}
	}
	return useful
}

// classes numbers the states of use, those alike with one number: both accept or neither, and their edges are the same. -1 is of
// no use.
func (t *tableau) classes(useful []bool) []int {
	class := make([]int, len(t.sets))
	for s := range class {
		if class[s] = -1; useful[s] {
			class[s] = s
		}
	}
	for before := 0; ; {
		kinds := map[string]int{}
		next := slices.Clone(class)
		for s := range class {
			if class[s] < 0 {
				continue
			}
			var out []string
			for _, m := range t.edges {
				if m.from == s && class[m.to] >= 0 {
					out = append(out, fmt.Sprint(class[m.to], m.literals))
				}
			}
			slices.Sort(out)
			key := fmt.Sprint(t.waits[s] == len(t.untils), strings.Join(slices.Compact(out), ";"))
			if _, ok := kinds[key]; !ok {
				kinds[key] = len(kinds)
			}
			next[s] = kinds[key]
		}
		class = next
		if len(kinds) == before {
			return class
		}
		before = len(kinds)
	}
}
