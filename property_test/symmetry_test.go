package property

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/check"
	"interlock/fsm"
	"interlock/spec"
)

// ring is a random spec about an array of nodes: everything of the type Id is an index into it, every array has it as its
// dimension. Whether a spec treats all nodes alike is left to chance.
type ring struct {
	t    *rapid.T
	text strings.Builder
	skew bool // statements that single a node out are allowed

	// alike: the starts are, too; pointed: properties may single a node out; apart: nothing says how two nodes belong together.
	alike, pointed, apart bool
}

func (r *ring) line(format string, args ...any) { fmt.Fprintf(&r.text, format+"\n", args...) }

func (r *ring) maybe() bool { return rapid.Bool().Draw(r.t, "maybe") }

func (r *ring) oneOf(texts ...string) string {
	if r.apart {
		texts = slices.DeleteFunc(slices.Clone(texts), func(text string) bool {
			for _, word := range []string{"friend", "seen", "rank", "Ask(", "Tell("} {
				if strings.Contains(text, word) {
					return true
				}
			}
			return false
		})
	}
	return rapid.SampledFrom(texts).Draw(r.t, "one of")
}

// field is the field of a message, where messages may have one.
func (r *ring) field(text string) string {
	if r.apart {
		return ""
	}
	return "(" + text + ")"
}

// begin is the first value of an index.
func (r *ring) begin() string {
	if r.alike {
		return " = any"
	}
	return r.oneOf("", " = any")
}

// guard is a condition in a node, or in the hub.
func (r *ring) guard(node bool, id string) string {
	list := []string{"owner == " + id, "x == 1", "has[" + id + "]", id + " in club", "all k in Id: has[k]", "count(k in Id: has[k]) < 2",
		"some k in Id: k != " + id + " && k in club", "club == {}"}
	if node {
		list = append(list, "friend == self", "friend in club", "self in seen", "all k in Id: k != self => !has[k]", "rank[friend][self]")
		if r.skew {
			list = append(list, "self < friend", "self == 1", "friend + 1 == self", "owner == 0")
		}
	} else if r.skew {
		list = append(list, "turn == 0", "0 in club", "has[1]", "turn < owner")
	}
	return r.oneOf(list...)
}

// stmt is a statement in a node, or in the hub. id is an index that is at hand.
func (r *ring) stmt(node bool, id string) string {
	list := []string{"owner = any", "owner = " + id, "club = club | {" + id + "}", "club = club &^ {" + id + "}", "has[" + id + "] = true", "has[owner] = false",
		"x = 1 - x", "club = {}", "for k in Id { has[k] = false }", "if " + r.guard(node, id) + " { x = 1 }", "for k in Id when k != owner { has[k] = true }"}
	if r.apart && node {
		list = append(list, "send hub Ask", "tries = (tries + 1) % 3", "tries = 0", "if tries == 2 { tries = 1 }")
	} else if r.apart {
		list = append(list, "send node["+id+"] Tell", "send node[turn] Tell", "turn = 0", "turn = owner")
	}
	if node {
		list = append(list, "friend = "+id, "friend = self", "friend = owner", "seen = seen | {"+id+"}", "seen = {}", "start t", "stop t",
			"send hub Ask("+id+")", "send hub Ask(friend)", "send hub Hello", "rank["+id+"][self] = true", "rank[self][friend] = false", "friend = any")
		if r.skew {
			list = append(list, "friend = 0", "owner = 1", "has[0] = true", "seen = {0}", "send hub Ask(1)")
		}
	} else {
		list = append(list, "turn = "+id, "send node["+id+"] Tell("+id+")", "send node[turn] Tell("+id+")", "for k in Id when k != "+id+" { send node[k] Tell(turn) }")
		if r.skew {
			list = append(list, "turn = 0", "send node[0] Tell(turn)", "for k in Id { send node[0] Tell(k) }")
		}
	}
	return r.oneOf(list...)
}

func (r *ring) body(node bool, id string) string {
	var list []string
	for range rapid.IntRange(0, 2).Draw(r.t, "statements") {
		list = append(list, r.stmt(node, id))
	}
	return "{ " + strings.Join(list, "; ") + " }"
}

func (r *ring) on(event string, node bool, id, states string) {
	if event != "Step" && !r.maybe() {
		return
	}
	guard, target := "", ""
	if r.maybe() {
		guard = " when " + r.guard(node, id)
	}
	if r.maybe() {
		target = " -> " + r.oneOf(strings.Fields(states)...)
	}
	r.line("\t\ton %s%s%s %s", event, guard, target, r.body(node, id))
}

func (r *ring) machine(node bool) {
	name, states, self := "Hub", "A B", "turn"
	if node {
		name, states, self = "Node", "A B C", "self"
	}
	r.line("machine %s {", name)
	for _, v := range r.vars("") {
		r.line("\tshared var %s", v)
	}
	switch {
	case node && r.apart:
		r.line("\tpeer hub Hub\n\t%s 0..2%s\n\ttimer t 1s", r.oneOf("durable var tries", "var tries"), r.oneOf("", " = any"))
	case node:
		r.line("\tpeer hub Hub\n\t%s Id%s\n\tvar seen set of Id\n\ttimer t 1s", r.oneOf("durable var friend", "var friend"), r.begin())
	default:
		r.line("\tpeer node[N] Node\n\tvar turn Id%s", r.begin())
	}
	r.line("\tinternal Step\n\tinput Poke(q Id)\n\tinput Tie\n\tignore other messages")
	r.tie(node)
	for i, state := range strings.Fields(states) {
		r.line("\t%sstate %s {", map[bool]string{true: "initial "}[i == 0]+r.oneOf("", "final "), state)
		r.on("Step", node, self, states)
		r.on("Poke(q)", node, "q", states)
		if node {
			r.on("Tell"+r.field("q"), node, map[bool]string{true: "self", false: "q"}[r.apart], states)
			r.line("\t\t%s", r.oneOf("ignore t", "on t { friend = owner }", "on t { start t }"))
		} else if r.apart {
			r.on("Ask", node, "from", states)
			r.on("Hello", node, "from", states)
		} else {
			r.on("Ask(q)", node, r.oneOf("q", "from"), states)
			r.on("Hello", node, "from", states)
		}
		r.line("\t}")
	}
	r.line("}")
}

// property is a condition on a system.
func (r *ring) property() string {
	list := []string{"all k in node: k in A, B", "some k in node: k in C && has[k]", "some a in node: some b in node: a != b && a in C && b in C",
		"hub in B && x == 1", "all k in Id: k in club => has[k]", "owner in club", "some k in node: k.friend == owner && k in B",
		"count(k in node: k in C) == 2", "all k in node: k in B => link(k, hub).len == 0", "some k in Id: link(hub, node[k]) has Tell(k)", "node[hub.turn] in C"}
	if r.pointed {
		list = append(list, "node[0] in C", "owner == 1", "node[1].friend == owner", "0 in club", "has[0]", "all k in Id: k < 1 => has[k]")
	}
	return r.oneOf(list...)
}

func (r *ring) system() {
	r.line("system S {")
	for _, v := range r.vars(r.begin()) {
		r.line("\tvar %s", v)
	}
	r.line("\thub Hub\n\tnode[N] Node")
	options := []string{"may lose", "may duplicate", "may lose, reorder; capacity 2", "capacity 2; may lose", "full blocks", "keep; capacity 2; may lose"}
	r.line("\tlink node -> hub { %s }", r.oneOf(options...))
	r.line("\tlink hub -> node { %s }", r.oneOf(append(options, "atomic")...))
	if rapid.IntRange(0, 2).Draw(r.t, "crash") == 2 {
		r.line("\tcrash node at most 1")
	}
	if r.maybe() {
		r.line("\tjoint Meet(k in Id) when %s { node[k] %s %s }", r.oneOf("x == 0", "k in club", "has[k]"),
			r.oneOf("A -> B", "B -> A", "C -> A"), r.oneOf("{ friend = self }", "", "{ seen = {} }"))
	}
	if r.skew && r.maybe() {
		r.line("\tassume %s", r.oneOf("node[0] in A, B", "all k in node: k in A, B", "owner != 0"))
	}
	r.line("\tP: never %s", r.property())
	r.line("\talways %s", r.property())
	r.line("\treachable %s", r.property())
	r.line("\tafter %s always %s", r.property(), r.property())
	r.line("\trecoverable %s", r.property())
	r.line("\tscenario Go { ...; node[1].Step } reaches %s", r.property())
	r.line("}")
}

// vars are the variables that all share; owner begins as it says.
func (r *ring) vars(begin string) []string {
	list := []string{"owner Id" + begin, "club set of Id", "has [N]bool", "rank [N][N]bool", "x 0..1"}
	if r.apart {
		list = slices.Delete(list, 3, 4)
	}
	return list
}

// tie makes one kind of index of all that is an index, whatever the rest says.
func (r *ring) tie(node bool) {
	friend, rank := "friend == self && friend in seen && friend == owner", " && rank[owner][owner]"
	if r.apart {
		friend, rank = "self == owner", ""
	}
	r.line("\ton Tie when %s", map[bool]string{true: friend, false: "turn == owner"}[node]+" && owner in club && has[owner]"+rank)
	switch {
	case r.apart:
	case node:
		r.line("\ton Tell(q) when q == friend && q != friend")
	default:
		r.line("\ton Ask(q) when q == turn && q != turn")
	}
}

// ringText makes a random spec about an array of nodes.
func ringText(skew, apart bool) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		r := &ring{t: t, skew: skew, apart: apart}
		r.alike, r.pointed = r.maybe(), skew || r.maybe()
		r.line("fsm 1\nspec ring\nconst N = %d\ntype Id = 0..N-1", rapid.IntRange(2, 3).Draw(t, "N"))
		r.line("message Ask%s\nmessage Hello\nmessage Tell%s", r.field("who Id"), r.field("who Id"))
		r.machine(true)
		r.machine(false)
		r.system()
		return r.text.String()
	})
}

// ringSystem makes a random system.
func ringSystem(t *rapid.T, skew, apart bool) *fsm.System {
	text := ringText(skew, apart).Draw(t, "text")
	t.Log("\n" + text)
	s, diagnostics := spec.Compile([]spec.Source{{Name: "ring.fsm", Text: []byte(text)}}, nil)
	for _, d := range diagnostics {
		if d.Severity == spec.Error {
			t.Fatalf("%s: %s: %s", d.Span, d.Code, d.Message)
		}
	}
	return s.Systems[0]
}

// permuted is a joint state with the nodes in another order: node i becomes node order[i]. It knows from the names of types
// what an index is, and shares no code with the checker.
func permuted(sys *fsm.System, j *fsm.Joint, order []int) *fsm.Joint {
	instance := func(i int) int {
		if in := sys.Instances[i]; in.Array {
			return i - in.Index + order[in.Index]
		}
		return i
	}
	value := func(v int64, t *fsm.Type) int64 {
		switch {
		case t.Kind == fsm.Set && t.Elem.Name == "Id":
			image := int64(0)
			for i, to := range order {
				image |= v >> i & 1 << to
			}
			return image
		case t.Name == "Id":
			return int64(order[v])
		}
		return v
	}
	out := j.Clone()
	var move func(t *fsm.Type, from, to int)
	move = func(t *fsm.Type, from, to int) {
		if t.Kind != fsm.Array {
			out.Vars[to] = value(j.Vars[from], t)
			return
		}
		for i := range t.Len {
			move(t.Elem, from+i*t.Elem.Slots(), to+order[i]*t.Elem.Slots())
		}
	}
	for v, variable := range sys.Vars {
		move(variable.Type, sys.SystemSlot(v), sys.SystemSlot(v))
	}
	for i := range sys.Instances {
		to, m := instance(i), sys.MachineOf(i)
		out.States[to] = j.States[i]
		for v, variable := range m.Vars {
			if !variable.Shared {
				move(variable.Type, sys.VarSlot(i, v), sys.VarSlot(to, v))
			}
		}
		for t := range m.Timers {
			out.Armed[sys.TimerSlot(to, t)] = j.Armed[sys.TimerSlot(i, t)]
		}
	}
	for c, crash := range sys.Crashes {
		to := slices.IndexFunc(sys.Crashes, func(k *fsm.Crash) bool { return k.Instance == instance(crash.Instance) })
		out.Crashes[to] = j.Crashes[c]
	}
	permuteLinks(sys, j, out, instance, value)
	return out
}

// permuteLinks moves every message to the link of the other nodes.
func permuteLinks(sys *fsm.System, j, out *fsm.Joint, instance func(int) int, value func(int64, *fsm.Type) int64) {
	for l, link := range sys.Links {
		to := slices.IndexFunc(sys.Links, func(k *fsm.Link) bool { return k.From == instance(link.From) && k.To == instance(link.To) })
		out.Links[to] = nil
		for _, p := range j.Links[l] {
			image := fsm.Packet{Message: p.Message}
			for f, field := range sys.Spec.Messages[p.Message].Fields {
				image.Args = append(image.Args, value(p.Args[f], field.Type))
			}
			out.Links[to] = append(out.Links[to], image)
		}
		if link.Bag() {
			slices.SortFunc(out.Links[to], fsm.Packet.Compare)
		}
	}
}

// orders lists every order of the nodes of a system.
func orders(n int) [][]int {
	if n == 1 {
		return [][]int{{0}}
	}
	var list [][]int
	for _, rest := range orders(n - 1) {
		for at := range n {
			list = append(list, slices.Insert(slices.Clone(rest), at, n-1))
		}
	}
	return list
}

// nodes is how many there are.
func nodes(sys *fsm.System) (n int) {
	for _, in := range sys.Instances {
		if in.Array {
			n++
		}
	}
	return n
}

// successors lists the joint states that steps lead to, and the built-in checks that they break, sorted.
func successors(t failer, sys *fsm.System, j *fsm.Joint, order []int) []string {
	var list []string
	for _, c := range fsm.Choices(sys, j) {
		out, err := fsm.Step(sys, j, c)
		if v, ok := err.(*fsm.Violation); ok {
			list = append(list, fmt.Sprint("violates ", v.Builtin))
			continue
		}
		require.NoError(t, err)
		list = append(list, permuted(sys, out.Joint, order).Key())
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// reducedBy reports whether a reduction did something in a run.
func reducedBy(r *check.Report, by check.Reductions) bool {
	return slices.ContainsFunc(r.Stats.Reductions, func(n check.Reduction) bool { return n.By == by && n.Why == "" })
}

// With symmetry the verdicts stay; as many joint states are explored as there are orbits; and what the checker takes for a
// symmetry is one by the reference: permuted joint states have permuted successors.
func TestSymmetryIsOne(t *testing.T) {
	identity := []int{0, 1, 2, 3}
	seen, alike := reducedRuns{}, 0
	rapid.Check(t, func(t *rapid.T) {
		sys := ringSystem(t, rapid.IntRange(0, 3).Draw(t, "skew") == 3, rapid.Bool().Draw(t, "apart"))
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		plain, err := check.Run(ctx, sys, check.Options{MaxStates: 2000})
		if err != nil || !plain.Complete || plain.AnyUnknown() {
			t.Skip("no start, or too many joint states")
		}
		all, err := check.Run(context.Background(), sys, check.Options{Reduce: check.AllReductions})
		require.NoError(t, err)
		sameVerdicts(t, plain, all)
		reduced, err := check.Run(context.Background(), sys, check.Options{Reduce: check.Symmetry})
		require.NoError(t, err)
		sameVerdicts(t, plain, reduced)
		seen.add(plain, reduced)
		if !reducedBy(reduced, check.Symmetry) {
			require.Equal(t, plain.Stats.States, reduced.Stats.States)
			return
		}
		alike++
		x := explore(t, sys, 5000)
		all6, orbits := orders(nodes(sys)), map[string]bool{}
		for i, j := range x.order {
			least := ""
			for _, order := range all6 {
				if key := permuted(sys, j, order).Key(); least == "" || key < least {
					least = key
				}
			}
			orbits[least] = true
			if i%97 == 0 {
				order := rapid.SampledFrom(all6).Draw(t, "order")
				require.Equal(t, successors(t, sys, j, order), successors(t, sys, permuted(sys, j, order), identity), j.Key())
			}
		}
		require.Equal(t, len(orbits), reduced.Stats.States, "orbits")
	})
	t.Logf("%d systems, %d symmetric, %d with fewer joint states", seen.runs, alike, seen.smaller)
	seen.differs(t)
}

// herd is a spec in which nodes are all alike, but for what is put into it.
const herd = `fsm 1
spec herd
const N = 3
type Id = 0..N-1
message Ask(who Id)
machine Node {
	peer hub Hub
	shared var owner Id
	shared var level [N]0..2
	var friend Id
	internal Step
	initial final state A {
		on Step when %[1]s -> B { %[2]s }
	}
	final state B {
		on Step -> A { level[self] = 1; send hub Ask(self) }
	}
}
machine Hub {
	peer node[N] Node
	shared var owner Id
	initial final state Wait {
		on Ask(q) when q == from { owner = q }
		on Ask else
	}
}
system S {
	var owner Id = any
	var level [N]0..2
	hub Hub
	node[N] Node
	link node -> hub { may lose }
	%[4]s
	never P: %[3]s
}
`

// What treats an index as a number, or names one, is no symmetry, and the report says where.
func TestSymmetryIsRefused(t *testing.T) {
	const alike, none, all = "owner == self", "friend = owner", "all k in node: k in A"
	for _, c := range []struct{ guard, body, property, member, why string }{
		{alike, none, all, "", ""},
		{"level[friend] < 2 && (all k in Id: k != self => level[k] < 2)", "for k in Id { level[k] = 0 }", "count(k in node: k in B) == 3", "", ""},
		{alike, none, all, "joint Meet(k in Id) when owner == k { node[k] A -> B }", ""},
		{"owner < self", none, all, "", "node: its index is ordered (herd.fsm:13:16)"},
		{"self < 2", none, all, "", "node: its index is ordered (herd.fsm:13:16)"},
		{"owner == self + 1", none, all, "", "node: its index is calculated with (herd.fsm:13:25)"},
		{"owner == 1", none, all, "", "node: the transition at herd.fsm:13:3 singles out one"},
		{"self == 0", none, all, "", "node: the transition at herd.fsm:13:3 singles out one"},
		{"friend != self", "friend = 2", all, "", "node: the transition at herd.fsm:13:3 singles out one"},
		{alike, "level[2] = 1", all, "", "node: the transition at herd.fsm:13:3 singles out one"},
		{alike, "send hub Ask(1)", all, "", "node: the transition at herd.fsm:13:3 singles out one"},
		{alike, "for k in Id { owner = k }", all, "", "node: the transition at herd.fsm:13:3 singles out one"},
		{alike, none, "owner == 0 && level[0] == 1", "", "never P: owner == 0 && level[0] == 1 singles out one, and the starts are not symmetric"},
		{alike, "", "owner == 0 && level[0] == 1", "", ""},
		{alike, "", "owner == 0 && level[2] == 1 && level[1] == 0", "for i in node: always node[i] in A", ""},
		{alike, none, all, "after node[1] in B always owner == 1", "node: after node[1] in B always owner == 1 singles out one"},
		{alike, none, "some a in Id: some b in Id: a < b && level[a] > level[b]", "", "never P: some a in Id: some b in Id: a < b && level[a] > level[b] singles out one, and the starts are not symmetric"},
		{alike, "", all, "crash node[1] at most 1", "node: a crash singles out one"},
		{alike, none, all, "crash node at most 1", "node: a crash sets friend to one"},
		{alike, none, all, "assume node[0] in A", "node: an assume singles out one"},
		{alike, none, all, "joint Take { node[1] A -> B }", "node: the joint transition Take singles out one"},
		{alike, none, all, "joint Meet(k in Id) when k != 1 { node[k] A -> B }", "node: the joint transition Meet(0) singles out one"},
		{alike, none, all, "joint Meet(k in 0..1) when owner == k { node[k] A -> B }", "node: Meet.k has no room for every index"},
		{alike, none, all, "eventually owner == 2", "what is fair is asked of each instance by itself, and eventually owner == 2 is about runs that never end"},
	} {
		text := fmt.Sprintf(herd, c.guard, c.body, c.property, c.member)
		s, diagnostics := spec.Compile([]spec.Source{{Name: "herd.fsm", Text: []byte(text)}}, nil)
		require.False(t, spec.HasErrors(diagnostics), "%v\n%s", diagnostics, text)
		plain, err := check.Run(context.Background(), s.Systems[0], check.Options{})
		require.NoError(t, err)
		reduced, err := check.Run(context.Background(), s.Systems[0], check.Options{Reduce: check.Symmetry})
		require.NoError(t, err)
		sameVerdicts(t, plain, reduced)
		require.Equal(t, c.why, reduced.Stats.Reductions[0].Why, text)
		require.Equal(t, c.why == "", reduced.Stats.States < plain.Stats.States, text)
	}
}

// Messages that name an element are taken apart in a word.
func TestSymmetryOfWideMessages(t *testing.T) {
	for bits, why := range map[int]string{61: "", 62: "the link node[0] -> hub holds messages of more than 64 bits"} {
		text := strings.NewReplacer("message Ask(who Id)", fmt.Sprintf("message Ask(who Id, a set of 0..%d)", bits-1), "Ask(self)", "Ask(self, {})",
			"Ask(q)", "Ask(q, a)").Replace(fmt.Sprintf(herd, "owner == self", "friend = owner", "all k in node: k in A", ""))
		report, err := check.Run(context.Background(), compile(t, "wide.fsm", text).Systems[0], check.Options{Reduce: check.Symmetry})
		require.NoError(t, err)
		require.Equal(t, why, report.Stats.Reductions[0].Why)
	}
}

// Nodes that point at each other, and at which a turn points: 27 ways to point times 3, of which 15 differ by more than names.
// Where all point at themselves, every step leads to a joint state that the same one stands for, and is none the less a step.
func TestSymmetryOfPointers(t *testing.T) {
	const text = `fsm 1
spec pointers
const N = 3
type Id = 0..N-1
machine Node {
	shared var turn Id
	var friend Id = any
	internal Step
	initial state A {
		on Step when friend == self || friend != self { turn = self }
	}
}
system S {
	var turn Id
	node[N] Node
	always some k in node: k.friend == turn || k.friend != turn
}
machine Loner {
	var friend Id = any
	internal Step
	initial final state A {
		on Step when friend == self
	}
}
system Alone {
	loner[N] Loner
}
`
	s, diagnostics := spec.Compile([]spec.Source{{Name: "pointers.fsm", Text: []byte(text)}}, nil)
	require.False(t, spec.HasErrors(diagnostics), "%v", diagnostics)
	plain, err := check.Run(context.Background(), s.Systems[0], check.Options{})
	require.NoError(t, err)
	require.Equal(t, 81, plain.Stats.States)
	reduced, err := check.Run(context.Background(), s.Systems[0], check.Options{Reduce: check.Symmetry})
	require.NoError(t, err)
	sameVerdicts(t, plain, reduced)
	require.Equal(t, 15, reduced.Stats.States)
	require.Equal(t, check.Holds, reduced.Verdicts[1].Result, "deadlock")
	// Of three that point round, none can be told from another, and yet no two can be exchanged: both ways round are one orbit.
	reduced, err = check.Run(context.Background(), s.Systems[1], check.Options{Reduce: check.Symmetry})
	require.NoError(t, err)
	require.Equal(t, 7, reduced.Stats.States)
}
