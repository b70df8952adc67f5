// Package compare holds generated machines against the reference step: every reachable state, every event, every argument and
// one past each range. It is copied into a module of its own by package gen's tests, beside the generated code.
package compare

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"interlock/fsm"
)

// Arg is a parameter of a generated method.
type Arg struct {
	Role       string // index, plain, from, extern, any; of constructors also self and param; of a restart also durable and shared
	Lo, Hi     int64  // of its type
	GoLo, GoHi int64  // of its Go type
	Later      bool   // only messages that are handed over look at it
	Var, Slot  int    // of a durable or shared variable's slot
}

// Root is a generated method that takes a step.
type Root struct {
	Name         string
	First, Count int   // the instances of an event; Count 0: a joint transition
	Array        bool  // of instances: the first argument is the index
	Event        int   // of the machine
	Joints       []int // of a joint transition
	Args         []Arg
}

// Order is a generated effect.
type Order struct {
	Op       fsm.StmtOp
	Instance int
	Index    int // of the effect, the message or the timer
	Peer, To int
	Args     []int64
}

// Result is what a generated method returned.
type Result struct {
	Err      error
	Delivery fsm.Delivery
	Orders   []Order
	From, To string
	Seq      uint64
}

// Reading is a generated value, spread out. Ghosts are nil.
type Reading struct {
	States []int
	System [][]int64
	Vars   [][][]int64 // by instance
	Armed  [][]bool    // by instance
}

// Value is a generated machine or joint machine.
type Value interface {
	Step(root int, args []int64) (Value, Result) // on a copy
	Read() Reading
	Name() string         // of the state
	Enabled() map[int]int // how many events EnabledEvents gives, by root
	Store(other Value)    // into its snapshots and back, over the other
}

// Subject is a generated type.
type Subject struct {
	Roots     []Root
	StartArgs []Arg
	Start     func(args []int64) (Value, Result)
	Lend      func(v Value, shared [][]int64) Value // hands shared variables to a plain machine
	SeqBits   int                                   // of a counter in the word

	// Restart makes a plain machine after a crash; nil if none can be made. With kept, the durable variables are those of v.
	RestartArgs []Arg
	Restart     func(v Value, kept bool, args []int64) (Value, Result)
}

// Load reads a spec.
func Load(t *testing.T) *fsm.Spec {
	t.Helper()
	text, err := os.ReadFile("spec.json")
	if err != nil {
		t.Fatal(err)
	}
	spec := &fsm.Spec{}
	if err := json.Unmarshal(text, spec); err != nil {
		t.Fatal(err)
	}
	if err := spec.Finish(); err != nil {
		t.Fatal(err)
	}
	return spec
}

// System compares the joint machine of a system.
func System(t *testing.T, name string, s Subject) {
	spec := Load(t)
	for _, sys := range spec.Systems {
		if sys.Name == name {
			c := &comparison{t: t, sys: sys, s: s, seen: map[string]bool{}}
			c.run()
			return
		}
	}
	t.Fatalf("no system %s", name)
}

// Machine compares a plain machine, for every value of its parameters, with its peers replaced by sinks.
func Machine(t *testing.T, index int, s Subject) {
	var fixed []Arg
	for _, a := range s.StartArgs {
		if a.Role == "self" || a.Role == "param" {
			if a.Role == "self" {
				a.Hi = min(a.Hi, 2)
			}
			fixed = append(fixed, a)
		}
	}
	each(fixed, 0, func(values []int64, _ bool) {
		spec := Load(t)
		sys := isolate(spec, index, fixed, values, s)
		if err := spec.Finish(); err != nil {
			t.Fatal(err)
		}
		c := &comparison{t: t, sys: sys, s: s, fixed: values, plain: true, seen: map[string]bool{}}
		c.run()
	})
}

// senders is how many senders a plain machine has: one for each index that it can tell apart.
func senders(s Subject) int {
	n := int64(0)
	for _, r := range s.Roots {
		for _, a := range r.Args {
			if a.Role == "from" {
				n = max(n, a.Hi)
			}
		}
	}
	return int(n) + 1
}

// isolate makes a system of one machine. What it sends goes to sinks, what it receives comes from idle senders.
func isolate(spec *fsm.Spec, index int, fixed []Arg, values []int64, s Subject) *fsm.System {
	m := spec.Machines[index]
	sink := len(spec.Machines)
	spec.Machines = append(spec.Machines, &fsm.Machine{Name: "Sink", States: []fsm.State{{Name: "Sink"}}})
	own := &fsm.Instance{Name: "m", Group: "m", Machine: index}
	for i, a := range fixed {
		if a.Role == "self" {
			own.Index = int(values[i])
		} else {
			own.Args = append(own.Args, values[i])
		}
	}
	sys := &fsm.System{Name: "harness", Instances: []*fsm.Instance{own}, Crashes: []*fsm.Crash{{AtMost: 1}}}
	for _, v := range m.Vars {
		own.Shared = append(own.Shared, -1)
		if v.Shared {
			own.Shared[len(own.Shared)-1] = len(sys.Vars)
			v.Shared, v.Any, v.Init = false, true, nil
			sys.Vars = append(sys.Vars, v)
		}
	}
	other := func(from, to, element int) {
		sys.Instances = append(sys.Instances, &fsm.Instance{Name: "sink", Group: "sink", Index: element, Machine: sink, Node: len(sys.Instances)})
		sys.Links = append(sys.Links, &fsm.Link{Name: "link", From: from, To: to, Capacity: 1 << 12})
	}
	for _, p := range m.Peers {
		var bound []int
		var routes [][]int
		for e := range max(1, p.Len) {
			bound = append(bound, len(sys.Instances))
			routes = append(routes, slices.Repeat([]int{len(sys.Links)}, len(spec.Messages)))
			other(0, len(sys.Instances), e)
		}
		own.Peers, own.Routes = append(own.Peers, bound), append(own.Routes, routes)
	}
	for e := range senders(s) {
		other(len(sys.Instances), 0, e)
	}
	for i := range sys.Instances {
		sys.Nodes = append(sys.Nodes, fsm.Node{Name: fmt.Sprint(i), Instances: []int{i}})
	}
	spec.Systems = []*fsm.System{sys}
	return sys
}

// maxValues bounds the arguments tried for one event in one state; beyond it they are sampled.
const maxValues = 256

// candidates are the values tried of one parameter: all, or of a wide range its ends.
func (a Arg) candidates() []int64 {
	var all []int64
	for v := a.Lo; v <= a.Hi; v++ {
		if v == a.Lo+4 && v < a.Hi-2 {
			v = a.Hi - 2
		}
		all = append(all, v)
	}
	return all
}

// each calls visit with values of the parameters, and with one argument at a time out of its range by past, where the Go type
// can be. It reports whether all values inside were visited.
func each(args []Arg, past int64, visit func(values []int64, inside bool)) bool {
	all := 1
	values := make([]int64, len(args))
	for i, a := range args {
		values[i] = a.Lo
		all = min(all*len(a.candidates()), maxValues+1)
	}
	for i, a := range args {
		for _, v := range []int64{a.Lo - past, a.Hi + past} {
			if (v < a.Lo || v > a.Hi) && v >= a.GoLo && v <= a.GoHi {
				outside := slices.Clone(values)
				outside[i] = v
				visit(outside, false)
			}
		}
	}
	if all > maxValues {
		random := rand.New(rand.NewSource(1))
		for range maxValues {
			for i, a := range args {
				c := a.candidates()
				values[i] = c[random.Intn(len(c))]
			}
			visit(slices.Clone(values), true)
		}
		return false
	}
	var from func(i int)
	from = func(i int) {
		if i == len(args) {
			visit(slices.Clone(values), true)
			return
		}
		for _, v := range args[i].candidates() {
			values[i] = v
			from(i + 1)
		}
	}
	from(0)
	return true
}

const (
	maxStates = 120
	maxWalk   = 80
)

type pair struct {
	joint *fsm.Joint
	value Value
}

type comparison struct {
	t     *testing.T
	sys   *fsm.System
	s     Subject
	fixed []int64
	plain bool
	seen  map[string]bool
	queue []pair
	first Value
	cut   bool

	told                                        []fsm.Observation // of the last step
	visited, steps, refusals, outside, restarts int
}

// run goes through all reachable states, up to a limit, and then on at random if there are more.
func (c *comparison) run() {
	defer watch(func(o fsm.Observation) { c.told = append(c.told, o) })()
	c.start()
	for len(c.queue) > 0 && !c.t.Failed() {
		at := c.queue[0]
		c.queue = c.queue[1:]
		c.state(at)
	}
	if c.cut {
		c.walk()
	}
	c.t.Logf("%s: %d states, %d steps, %d refusals, %d restarts, %d arguments out of range", c.sys.Name, c.visited+len(c.seen), c.steps, c.refusals, c.restarts, c.outside)
}

func (c *comparison) add(p pair) {
	key := p.joint.Key()
	if c.seen[key] {
		return
	}
	if c.first == nil {
		c.first = p.value
	}
	if len(c.seen) >= maxStates {
		c.cut = true
		return
	}
	c.seen[key] = true
	c.queue = append(c.queue, p)
}

func (c *comparison) start() {
	starts, err := fsm.Starts(c.sys)
	if err != nil {
		c.t.Fatal(err)
	}
	want := map[string]*fsm.Joint{}
	for _, s := range starts {
		if s.Fails == nil {
			want[c.refKey(s.Outcome)] = c.settled(s.Outcome.Joint)
		}
	}
	got := map[string]bool{}
	free := 0
	complete := each(c.s.StartArgs, 1, func(values []int64, inside bool) {
		k := 0
		for i, a := range c.s.StartArgs {
			if a.Role == "self" || a.Role == "param" {
				if inside && values[i] != c.fixed[k] {
					return
				}
				k++
			}
			if a.Later {
				free++
			}
		}
		v, r := c.s.Start(values)
		if !inside {
			c.outside++
			if !errors.Is(r.Err, fsm.ErrRefused) {
				c.t.Fatalf("%s starts with arguments out of range: %v", c.sys.Name, values)
			}
			return
		}
		if r.Err != nil {
			if !errors.Is(r.Err, fsm.ErrRefused) {
				c.t.Fatalf("start: %v", r.Err)
			}
			return
		}
		key := c.genKey(v.Read(), r)
		got[key] = true
		j, ok := want[key]
		if !ok {
			c.t.Fatalf("%s: the reference does not start with %v:\n%s\nbut with\n%s", c.sys.Name, values, key, keys(want))
		}
		c.add(pair{j, v})
	})
	if free == 0 && complete && len(got) != len(want) || len(want) == 0 != (len(got) == 0) {
		c.t.Fatalf("%s: %d starts, the reference has %d:\n%s", c.sys.Name, len(got), len(want), keys(want))
	}
}

func keys(m map[string]*fsm.Joint) string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// settled is a joint state with its links empty: messages of a plain machine have left.
func (c *comparison) settled(j *fsm.Joint) *fsm.Joint {
	j = j.Clone()
	for i := range j.Links {
		j.Links[i] = nil
	}
	clear(j.Crashes)
	return j
}

// reference is what the reference does with an event: the ways in which it can be taken, and the ways in which it fails.
type reference struct {
	taken []taken
	fails []failed
}

type failed struct {
	choice fsm.Choice
	*fsm.Violation
}

type taken struct {
	choice fsm.Choice
	out    *fsm.Outcome
}

func (c *comparison) try(j *fsm.Joint, choices []fsm.Choice) reference {
	var ref reference
	for _, choice := range choices {
		out, err := fsm.Step(c.sys, j, choice)
		if v := (*fsm.Violation)(nil); errors.As(err, &v) {
			ref.fails = append(ref.fails, failed{choice, v})
		} else if err == nil {
			ref.taken = append(ref.taken, taken{choice, out})
		}
	}
	return ref
}

func (c *comparison) state(at pair) {
	if c.s.Restart != nil {
		c.restart(at)
	}
	c.enabled(at)
	at.value.Store(c.first)
	for i, r := range c.s.Roots {
		each(r.Args, 1, func(values []int64, inside bool) {
			if !c.t.Failed() && !(inside && hasFree(r)) {
				c.one(at, i, values, inside)
			}
		})
		if hasFree(r) && !c.t.Failed() {
			c.free(at, i) // without arguments out of range, which were tried above
		}
	}
}

// enabled holds the events that are given as possible now against those that Step takes.
func (c *comparison) enabled(at pair) {
	given := at.value.Enabled()
	for i, r := range c.s.Roots {
		all := int64(1)
		for _, a := range r.Args {
			all *= min(a.Hi-a.Lo+1, 1<<13)
			all = min(all, 1<<13)
		}
		if all > 4096 && given[i] != 0 {
			c.t.Errorf("%s in %s: %d events of %s are given, and it has too many", c.sys.Name, at.value.Name(), given[i], r.Name)
		}
		if all > 64 {
			continue
		}
		want := 0
		values := make([]int64, len(r.Args))
		for n := range all {
			for k, a := range r.Args {
				values[k] = a.Lo + n%(a.Hi-a.Lo+1)
				n /= a.Hi - a.Lo + 1
			}
			if _, result := at.value.Step(i, values); result.Err == nil {
				want++
			}
		}
		if given[i] != want {
			c.t.Errorf("%s in %s: EnabledEvents gives %d of %s, and Step takes %d", c.sys.Name, at.value.Name(), given[i], r.Name, want)
		}
	}
}

// Storable is a generated type.
type Storable interface {
	comparable
	encoding.BinaryAppender
	encoding.BinaryMarshaler
	json.Marshaler
}

// Restorable is a pointer to one.
type Restorable[T any] interface {
	*T
	encoding.BinaryUnmarshaler
	json.Unmarshaler
}

// Stored panics unless a value comes back from its snapshots as it was, and unless every snapshot that is almost one is refused, with
// nothing changed, or is that of another value.
func Stored[T Storable, P Restorable[T]](v, other T) {
	snapshot, err := v.MarshalBinary()
	appended, again := v.AppendBinary([]byte("before"))
	text, third := json.Marshal(v)
	if err != nil || again != nil || third != nil || string(appended) != "before"+string(snapshot) {
		panic(fmt.Sprint("a snapshot cannot be taken: ", err, again, third))
	}
	if back := other; P(&back).UnmarshalBinary(snapshot) != nil || back != v {
		panic(fmt.Sprintf("%x does not come back as it was", snapshot))
	}
	if back := other; json.Unmarshal(text, P(&back)) != nil || back != v {
		panic(fmt.Sprintf("%s does not come back as it was", text))
	}
	almost := [][]byte{append(slices.Clone(snapshot), 0), snapshot[:len(snapshot)-1], nil}
	for i := range snapshot {
		wrong := slices.Clone(snapshot)
		wrong[i] ^= 1 << (i % 8)
		almost = append(almost, wrong)
	}
	for i, wrong := range almost {
		back := v
		err := P(&back).UnmarshalBinary(wrong)
		changed := i >= 4 && i < 3+9 // in the digest
		switch {
		case err == nil:
			if same, bad := back.MarshalBinary(); bad != nil || !slices.Equal(same, wrong) {
				panic(fmt.Sprintf("%x is taken for %x", wrong, same))
			}
		case back != v || errors.Is(err, fsm.ErrSpecChanged) != changed || errors.Is(err, fsm.ErrSnapshot) == changed:
			panic(fmt.Sprintf("%x: %v, and %v has become %v", wrong, err, v, back))
		}
	}
}

// restart lets the machine crash and start again, in the reference and as generated, with every answer and choice.
func (c *comparison) restart(at pair) {
	down, err := fsm.Step(c.sys, at.joint, fsm.Choice{Kind: fsm.CrashNode})
	if err != nil {
		c.t.Fatal(err)
	}
	ref := c.try(down.Joint, filter(fsm.Choices(c.sys, down.Joint), func(x fsm.Choice) bool { return x.Kind == fsm.RestartNode && x.Node == 0 }))
	want := map[string]*fsm.Joint{}
	for _, t := range ref.taken {
		want[c.refKey(t.out)] = c.settled(t.out.Joint)
	}
	base, free, open := c.restartArgs(at.joint)
	c.restartOutside(at, base)
	got := map[string]bool{}
	failed := false
	complete := each(free, 0, func(picks []int64, _ bool) {
		for k, i := range open {
			base[i] = picks[k]
		}
		where := func() string { return fmt.Sprintf("%s in %s, restart%v", c.sys.Name, at.value.Name(), base) }
		v, r := c.s.Restart(at.value, true, base)
		if other, again := c.s.Restart(at.value, false, base); other != v || !reflect.DeepEqual(r, again) {
			c.t.Errorf("%s: Durable and its parts differ", where())
		}
		if r.Err != nil {
			failed = true
			if len(ref.fails) > 0 {
				c.cause(r.Err, ref.fails, where)
			} else if refusal := (*fsm.Refusal)(nil); !errors.As(r.Err, &refusal) || refusal.Cause != fsm.CauseArgument || len(open) < 2 {
				c.t.Errorf("%s: %v", where(), r.Err) // two answers may contradict each other
			}
			return
		}
		c.restarts++
		key := c.genKey(v.Read(), r)
		got[key] = true
		if want[key] == nil {
			c.t.Errorf("%s: the reference does not go to\n%s\nbut to\n%s", where(), key, keys(want))
			return
		}
		if r.Delivery != fsm.DeliveryTaken || r.From != v.Name() || r.To != v.Name() {
			c.t.Errorf("%s: says %s, from %s to %s", where(), r.Delivery, r.From, r.To)
		}
		c.add(pair{want[key], v})
	})
	if complete && (len(got) != len(want) || len(ref.fails) > 0 && !failed) {
		c.t.Errorf("%s: %d restarts from %s, the reference has %d, and fails %d times", c.sys.Name, len(got), at.value.Name(), len(want), len(ref.fails))
	}
}

// restartArgs are the arguments that go with a joint state, and which of them are left open.
func (c *comparison) restartArgs(j *fsm.Joint) (base []int64, free []Arg, open []int) {
	now := c.read(j)
	fixed := c.fixed
	for i, a := range c.s.RestartArgs {
		v := a.Lo
		switch a.Role {
		case "self", "param":
			v, fixed = fixed[0], fixed[1:]
		case "durable":
			v = now.Vars[0][a.Var][a.Slot]
		case "shared":
			v = now.System[a.Var][a.Slot]
		default:
			free, open = append(free, a), append(open, i)
		}
		base = append(base, v)
	}
	return base, free, open
}

// restartOutside has each argument out of its range.
func (c *comparison) restartOutside(at pair, base []int64) {
	for i, a := range c.s.RestartArgs {
		for _, v := range []int64{a.Lo - 1, a.Hi + 1} {
			if v < a.GoLo || v > a.GoHi {
				continue
			}
			with := slices.Clone(base)
			with[i] = v
			c.outside++
			if _, r := c.s.Restart(at.value, false, with); !errors.Is(r.Err, fsm.ErrRefused) {
				c.t.Errorf("%s restarts with arguments out of range: %v", c.sys.Name, with)
			}
		}
	}
}

func hasFree(r Root) bool {
	return slices.ContainsFunc(r.Args, func(a Arg) bool { return a.Role == "extern" || a.Role == "any" })
}

// ask is the reference's answer to a root with arguments, whatever it picks.
func (c *comparison) ask(j *fsm.Joint, r Root, values []int64) reference {
	var want fsm.Choice
	want.Args = []int64{}
	index, from := 0, 0
	for i, a := range r.Args {
		switch a.Role {
		case "index":
			index = int(values[i])
		case "plain":
			want.Args = append(want.Args, values[i])
		case "from":
			from = int(values[i])
		}
	}
	var wanted []fsm.Choice
	want.Event = -1
	switch {
	case r.Count == 0:
		for _, k := range r.Joints {
			if slices.Equal(c.sys.Joints[k].Args, want.Args) {
				wanted = append(wanted, fsm.Choice{Kind: fsm.TakeJoint, Joint: k})
			}
		}
	case c.sys.MachineOf(r.First).Events[r.Event].Kind == fsm.Receive:
		j = j.Clone()
		link := len(c.sys.Links) - senders(c.s) + from
		j.Links[link] = []fsm.Packet{{Message: c.sys.MachineOf(r.First).Events[r.Event].Message, Args: want.Args}}
		wanted = append(wanted, fsm.Choice{Kind: fsm.Deliver, Link: link})
	default:
		want.Kind, want.Instance, want.Event = fsm.Handle, r.First+index, r.Event
		wanted = append(wanted, want)
	}
	if !hasFree(r) {
		return c.try(j, wanted)
	}
	return c.try(j, filter(c.choices(j, want.Instance, want.Event, want.Args), func(x fsm.Choice) bool {
		return slices.ContainsFunc(wanted, func(w fsm.Choice) bool {
			return x.Kind == w.Kind && x.Instance == w.Instance && x.Event == w.Event && x.Joint == w.Joint && x.Link == w.Link && slices.Equal(x.Args, w.Args)
		})
	}))
}

// choices lists the steps from a joint state, with these arguments only for that event, and the lowest for all others: listing
// all that the system can do would take too long.
func (c *comparison) choices(j *fsm.Joint, instance, event int, args []int64) []fsm.Choice {
	var restore []func()
	for _, m := range c.sys.Spec.Machines {
		for i := range m.Events {
			e, params := &m.Events[i], m.Events[i].Params
			if e.Kind != fsm.Input {
				continue
			}
			restore = append(restore, func() { e.Params = params })
			e.Params = slices.Clone(params)
			for k, p := range params {
				v := p.Type.Lo
				if m == c.sys.MachineOf(instance) && i == event {
					v = args[k]
				}
				e.Params[k].Type = fsm.IntType(v, v)
			}
		}
	}
	all := fsm.Choices(c.sys, j)
	for _, f := range restore {
		f()
	}
	return all
}

func filter(choices []fsm.Choice, keep func(fsm.Choice) bool) []fsm.Choice {
	var kept []fsm.Choice
	for _, c := range choices {
		if keep(c) {
			kept = append(kept, c)
		}
	}
	return kept
}

// step takes a step of the generated value and checks what can be checked without the reference.
func (c *comparison) step(at pair, root int, values []int64) (Value, Result) {
	before := c.lend(at)
	c.told = c.told[:0]
	next, r := before.Step(root, values)
	where := fmt.Sprintf("%s in %s, %s%v", c.sys.Name, before.Name(), c.s.Roots[root].Name, values)
	if r.Err != nil {
		if !errors.Is(r.Err, fsm.ErrRefused) {
			c.t.Errorf("%s: %v", where, r.Err)
		}
		if !reflect.DeepEqual(before.Read(), next.Read()) || len(r.Orders) > 0 {
			c.t.Errorf("%s: refused, and has changed something", where)
		}
		var refusal *fsm.Refusal
		if errors.As(r.Err, &refusal) && refusal.State != before.Name() {
			c.t.Errorf("%s: the refusal names state %s", where, refusal.State)
		}
		r.From, r.To = before.Name(), before.Name()
		c.observed(where, root, r)
		return next, r
	}
	if r.Delivery == fsm.DeliveryRefused || r.From != before.Name() || r.To != next.Name() {
		c.t.Errorf("%s: says %s, from %s to %s", where, r.Delivery, r.From, r.To)
	}
	if r.Delivery == fsm.DeliveryDeferred && (!reflect.DeepEqual(before.Read(), next.Read()) || len(r.Orders) > 0) {
		c.t.Errorf("%s: deferred, and has changed something", where)
	}
	c.timers(where, root, values, before.Read(), next.Read(), r)
	c.observed(where, root, r)
	return next, r
}

func (c *comparison) lend(at pair) Value {
	if c.s.Lend == nil {
		return at.value
	}
	return c.s.Lend(at.value, c.read(at.joint).System)
}

// timers checks that the orders to start and stop timers say what became of them.
func (c *comparison) timers(where string, root int, values []int64, before, after Reading, r Result) {
	armed := make([][]bool, len(before.Armed))
	for i, a := range before.Armed {
		armed[i] = slices.Clone(a)
	}
	own := c.s.Roots[root]
	if own.Count > 0 && r.Delivery != fsm.DeliveryDeferred {
		instance := own.First
		if own.Array {
			instance += int(values[0])
		}
		if e := c.sys.MachineOf(instance).Events[own.Event]; e.Kind == fsm.Fire {
			armed[instance][e.Timer] = false
		}
	}
	for _, o := range r.Orders {
		if o.Op == fsm.Start || o.Op == fsm.Stop {
			armed[o.Instance][o.Index] = o.Op == fsm.Start
		}
	}
	if !reflect.DeepEqual(armed, after.Armed) {
		c.t.Errorf("%s: the orders leave the timers %v, they are %v", where, armed, after.Armed)
	}
}

// one compares a step that leaves nothing open.
func (c *comparison) one(at pair, root int, values []int64, inside bool) {
	next, r := c.step(at, root, values)
	where := func() string {
		return fmt.Sprintf("%s in %s, %s%v", c.sys.Name, at.value.Name(), c.s.Roots[root].Name, values)
	}
	if !inside {
		c.outside++
		if r.Err == nil {
			c.t.Errorf("%s: taken with arguments out of range", where())
		}
		return
	}
	c.match(at, next, r, c.ask(at.joint, c.s.Roots[root], values), where)
}

// match compares a result with the ways in which the reference goes on, and follows it.
func (c *comparison) match(at pair, next Value, r Result, ref reference, where func() string) {
	switch {
	case r.Err != nil:
		c.refusals++
		if len(ref.taken) > 0 {
			c.t.Errorf("%s: refused (%v), the reference takes it to\n%s", where(), r.Err, c.refKey(ref.taken[0].out))
		} else if len(ref.fails) > 0 {
			c.cause(r.Err, ref.fails, where)
		}
		return
	case r.Delivery == fsm.DeliveryDeferred:
		if len(ref.taken)+len(ref.fails) > 0 {
			c.t.Errorf("%s: deferred, the reference answers", where())
		}
		return
	}
	c.steps++
	key := c.genKey(next.Read(), r)
	alike := slices.DeleteFunc(slices.Clone(ref.taken), func(t taken) bool { return c.refKey(t.out) != key })
	if len(alike) > 0 { // with some answers a message may be ignored, with others it may change nothing
		best := max(0, slices.IndexFunc(alike, func(t taken) bool { return c.delivers(t.out) == r.Delivery }))
		c.delivery(r, alike[best].out, where)
		c.call(at.joint, alike[best].choice, where)
		c.add(pair{c.settled(alike[best].out.Joint), next})
		return
	}
	text := fmt.Sprintf("%s: taken to\n%s\nby the reference to", where(), key)
	for _, t := range ref.taken {
		text += "\n" + c.refKey(t.out)
	}
	for _, v := range ref.fails {
		text += "\n" + v.Error()
	}
	c.t.Error(text)
}

// delivery holds what became of a message against the transition that the reference took.
func (c *comparison) delivery(r Result, out *fsm.Outcome, where func() string) {
	if want := c.delivers(out); r.Delivery != want {
		c.t.Errorf("%s: %s, by the reference %s", where(), r.Delivery, want)
	}
}

// delivers is what became of a message by the reference.
func (c *comparison) delivers(out *fsm.Outcome) fsm.Delivery {
	if c.plain && len(out.Taken) > 0 && out.Taken[0].Transition >= 0 &&
		c.sys.MachineOf(0).Transitions[out.Taken[0].Transition].Answer == fsm.Ignore {
		return fsm.DeliveryIgnored
	}
	return fsm.DeliveryTaken
}

// cause compares why.
func (c *comparison) cause(err error, fails []failed, where func() string) {
	var refusal *fsm.Refusal
	if !errors.As(err, &refusal) {
		c.t.Errorf("%s: no refusal: %v", where(), err)
		return
	}
	allowed := map[fsm.Builtin][]fsm.Cause{fsm.Unexpected: {fsm.CauseState, fsm.CauseDeferred}, fsm.Overlap: {fsm.CauseOverlap, fsm.CauseRange},
		fsm.Range: {fsm.CauseRange, fsm.CauseOverlap}, fsm.Runaway: {fsm.CauseRunaway}}
	for _, v := range fails {
		if slices.Contains(allowed[v.Builtin], refusal.Cause) {
			return
		}
	}
	c.t.Errorf("%s: refused because %s, by the reference %v", where(), refusal.Cause, fails[0].Violation)
}

// free compares a step that asks extern guards or chooses values. With one such parameter the reference's picks are its
// value; with several, all that the generated machine can do is compared with all that the reference can.
func (c *comparison) free(at pair, root int) {
	r := c.s.Roots[root]
	var fixed []Arg
	var open []int
	later := false
	for i, a := range r.Args {
		if a.Role == "extern" || a.Role == "any" {
			open = append(open, i)
			later = later || a.Later
			fixed = append(fixed, Arg{Lo: 0, Hi: 0, GoLo: 0, GoHi: 0})
			continue
		}
		fixed = append(fixed, a)
	}
	each(fixed, 0, func(values []int64, _ bool) {
		ref := c.ask(at.joint, r, values)
		got := map[string]bool{}
		var options []Arg
		for _, i := range open {
			options = append(options, r.Args[i])
		}
		refused := false
		complete := each(options, 0, func(picks []int64, _ bool) {
			with := slices.Clone(values)
			for k, i := range open {
				with[i] = picks[k]
			}
			where := func() string { return fmt.Sprintf("%s in %s, %s%v", c.sys.Name, at.value.Name(), r.Name, with) }
			next, result := c.step(at, root, with)
			if len(open) == 1 {
				c.match(at, next, result, ref.picked(picks[0]), where)
				return
			}
			if result.Err != nil || result.Delivery == fsm.DeliveryDeferred {
				refused = true
				return
			}
			got[c.genKey(next.Read(), result)] = true
			c.match(at, next, result, ref, where)
		})
		if len(open) > 1 && !later && complete {
			c.all(ref, got, refused, fmt.Sprintf("%s in %s, %s%v", c.sys.Name, at.value.Name(), r.Name, values))
		}
	})
}

// all holds everything that the generated machine did against everything that the reference can do.
func (c *comparison) all(ref reference, got map[string]bool, refused bool, where string) {
	for _, t := range ref.taken {
		if !got[c.refKey(t.out)] {
			c.t.Errorf("%s: with no answer it goes to\n%s", where, c.refKey(t.out))
		}
	}
	if len(ref.fails) > 0 && !refused {
		c.t.Errorf("%s: never refused, but the reference finds %v", where, ref.fails[0].Violation)
	}
}

// picked keeps the ways in which the reference picks one value, again and again, or nothing.
func (r reference) picked(v int64) reference {
	other := func(p int64) bool { return p != v }
	var kept reference
	for _, t := range r.taken {
		if !slices.ContainsFunc(t.choice.Picks, other) {
			kept.taken = append(kept.taken, t)
		}
	}
	for _, f := range r.fails {
		if !slices.ContainsFunc(f.choice.Picks, other) {
			kept.fails = append(kept.fails, f)
		}
	}
	return kept
}

// walk goes on from the states that were left out, at random.
func (c *comparison) walk() {
	random := rand.New(rand.NewSource(1))
	starts := []pair{}
	c.seen = map[string]bool{}
	c.start()
	starts = append(starts, c.queue...)
	for range maxWalk / 40 {
		at := starts[random.Intn(len(starts))]
		for range 40 {
			c.visited += len(c.seen)
			c.seen, c.queue = map[string]bool{}, nil
			c.state(at)
			if len(c.queue) == 0 || c.t.Failed() {
				break
			}
			at = c.queue[random.Intn(len(c.queue))]
		}
	}
}

// read spreads a joint state out as a generated value is.
func (c *comparison) read(j *fsm.Joint) Reading {
	var r Reading
	n := len(c.sys.Instances)
	if c.plain {
		n = 1
	}
	slots := func(v fsm.Var, base int) []int64 {
		if v.Ghost {
			return nil
		}
		return slices.Clone(j.Vars[base : base+v.Type.Slots()])
	}
	for i, v := range c.sys.Vars {
		r.System = append(r.System, slots(v, c.sys.SystemSlot(i)))
	}
	for i := range n {
		r.States = append(r.States, j.States[i])
		m := c.sys.MachineOf(i)
		var vars [][]int64
		for k, v := range m.Vars {
			if v.Shared {
				vars = append(vars, nil)
				continue
			}
			vars = append(vars, slots(v, c.sys.VarSlot(i, k)))
		}
		var armed []bool
		for k := range m.Timers {
			armed = append(armed, j.Armed[c.sys.TimerSlot(i, k)])
		}
		r.Vars, r.Armed = append(r.Vars, vars), append(r.Armed, armed)
	}
	return r
}

// refKey is a text of what the reference did.
func (c *comparison) refKey(out *fsm.Outcome) string {
	text := fmt.Sprint(c.read(out.Joint))
	for _, e := range out.Effects {
		text += fmt.Sprintf(" do[%d %d %v]", e.Instance, e.Effect, e.Args)
	}
	if c.plain {
		for _, s := range out.Sent {
			text += fmt.Sprintf(" send[%d %d %v]", c.sys.Links[s.Link].To, s.Packet.Message, s.Packet.Args)
		}
	}
	return text
}

// genKey is a text of what the generated machine did.
func (c *comparison) genKey(r Reading, result Result) string {
	text := fmt.Sprint(r)
	for _, o := range result.Orders {
		if o.Op == fsm.Do {
			text += fmt.Sprintf(" do[%d %d %v]", o.Instance, o.Index, o.Args)
		}
	}
	for _, o := range result.Orders {
		if o.Op == fsm.Send {
			text += fmt.Sprintf(" send[%d %d %v]", c.sys.Instances[0].Peers[o.Peer][o.To], o.Index, o.Args)
		}
	}
	return text
}
