package linear

import (
	"errors"
	"fmt"
	"math/rand"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"interlock/fsm"
	"interlock/fsm/fleet"
	"interlock/machines/wukongim/repaired"
	"interlock/spec"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// call is an event in both forms: the generated one, and where the reference finds it.
type call struct {
	event          repaired.EmbeddedEvent
	instance, name string
	args           []int64
}

var calls = []call{
	{repaired.EmbeddedEvent{Kind: repaired.EmbeddedOnProxyAccept}, "proxy", "Accept", nil},
	{repaired.EmbeddedEvent{Kind: repaired.EmbeddedOnProxyHangup, Why: repaired.ReasonBroken}, "proxy", "Hangup", []int64{1}},
	{repaired.EmbeddedEvent{Kind: repaired.EmbeddedOnLeaderPush}, "leader", "Push", nil},
	{repaired.EmbeddedEvent{Kind: repaired.EmbeddedOnLeaderKick}, "leader", "Kick", nil},
}

// reference is the system as the spec has it.
type reference struct {
	sys   *fsm.System
	start *fsm.Joint
}

func newReference(t *testing.T) *reference {
	sources, err := spec.Load("../../machines/wukongim/repaired")
	require.NoError(t, err)
	compiled, diagnostics := spec.Compile(sources, nil)
	require.Empty(t, diagnostics)
	for _, sys := range compiled.Systems {
		if sys.Name == "Embedded" {
			starts, err := fsm.Starts(sys)
			require.NoError(t, err)
			return &reference{sys, starts[0].Outcome.Joint}
		}
	}
	t.Fatal("no system Embedded")
	return nil
}

// step is the reference's; nil if it refuses.
func (r *reference) step(j *fsm.Joint, c call) *fsm.Joint {
	choice := fsm.Choice{Kind: fsm.Handle, Args: c.args}
	for i, in := range r.sys.Instances {
		if in.Name == c.instance {
			choice.Instance = i
			for k, e := range r.sys.MachineOf(i).Events {
				if e.Name == c.name {
					choice.Event = k
				}
			}
		}
	}
	out, err := fsm.Step(r.sys, j, choice)
	if err != nil {
		return nil
	}
	return out.Joint
}

// name is the joint state of control as generated code writes it.
func (r *reference) name(j *fsm.Joint) string {
	proxy, leader := r.sys.MachineOf(0).States[j.States[0]].Name, r.sys.MachineOf(1).States[j.States[1]].Name
	names := map[string]string{"Idle": "ProxyIdle", "Live.Open": "ProxyLiveOpen", "Live.Opening": "ProxyLiveOpening", "Closing": "ProxyClosing", "Closed": "ProxyClosed"}
	return names[proxy] + "Leader" + leader
}

func (r *reference) final(j *fsm.Joint) bool {
	return r.sys.MachineOf(0).States[j.States[0]].Final && r.sys.MachineOf(1).States[j.States[1]].Final
}

// The operations. Those on a cell are fire and look alone.
const (
	fire = iota
	look
	add
	remove
)

type input struct {
	op, key, call int
}

// output is what an operation returned: how it ended, and the joint state and number of steps that it saw.
type output struct {
	err   error // one of those below, or nil
	state string
	seq   uint64
}

// there says whether a session is there.
type there int

const (
	gone  there = iota
	live        // it takes events
	ended       // it has ended and goes at some moment from now on
)

type state struct {
	there there
	joint *fsm.Joint
	seq   uint64
}

// model is what the operations may return, one at a time.
func (r *reference) model(keep bool, begin state) porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			parts := map[int][]porcupine.Operation{}
			for _, o := range history {
				parts[o.Input.(input).key] = append(parts[o.Input.(input).key], o)
			}
			var all [][]porcupine.Operation
			for _, p := range parts {
				all = append(all, p)
			}
			return all
		},
		Init: func() any { return begin },
		Step: func(s, in, out any) (bool, any) { return r.operate(s.(state), in.(input), out.(output), keep) },
		Equal: func(a, b any) bool {
			x, y := a.(state), b.(state)
			return x.there == y.there && x.seq == y.seq && (x.joint == y.joint || x.joint != nil && y.joint != nil && x.joint.Equal(y.joint))
		},
	}
}

// operate reports whether an operation may return that, and the state after it. A session that has ended may have gone since.
func (r *reference) operate(s state, in input, out output, keep bool) (bool, state) {
	if s.there == ended && (out.err == fleet.ErrUnknown || in.op == add && out.err == nil) {
		s = state{}
	}
	switch {
	case in.op == add && s.there == gone:
		return out.err == nil, state{live, r.start, 0}
	case in.op == add:
		return out.err == fleet.ErrExists, s
	case s.there == gone:
		return out.err == fleet.ErrUnknown, s
	case in.op == look:
		return out.err == nil && out.state == r.name(s.joint) && out.seq == s.seq, s
	case s.there == ended:
		return out.err == fleet.ErrEnded, s
	case in.op == remove:
		return out.err == nil, state{}
	}
	next := r.step(s.joint, calls[in.call])
	if next == nil {
		return out.err == fsm.ErrRefused, s
	}
	after := state{live, next, s.seq + 1}
	if !keep && r.final(next) {
		after.there = ended
	}
	return out.err == nil && (out.seq == 0 || out.seq == after.seq && out.state == r.name(next)), after
}

// concurrently runs operations on many goroutines and records when each began and ended.
func concurrently(seed int64, ops []int, keys int, run func(input) output) []porcupine.Operation {
	const goroutines, each = 6, 25
	var group sync.WaitGroup
	histories := make([][]porcupine.Operation, goroutines)
	begin := time.Now()
	for g := range goroutines {
		group.Go(func() {
			random := rand.New(rand.NewSource(seed*goroutines + int64(g)))
			for range each {
				in := input{op: ops[random.Intn(len(ops))], key: random.Intn(keys), call: random.Intn(len(calls))}
				o := porcupine.Operation{ClientId: g, Input: in, Call: int64(time.Since(begin))}
				o.Output = run(in)
				o.Return = int64(time.Since(begin))
				histories[g] = append(histories[g], o)
			}
		})
	}
	group.Wait()
	var all []porcupine.Operation
	for _, h := range histories {
		all = append(all, h...)
	}
	return all
}

// kind is the error that an operation's wraps.
func kind(err error) error {
	for _, k := range []error{nil, fsm.ErrRefused, fleet.ErrUnknown, fleet.ErrExists, fleet.ErrEnded} {
		if errors.Is(err, k) {
			return k
		}
	}
	return err
}

func rounds() int {
	if testing.Short() {
		return 50
	}
	return 400
}

func TestTheCellIsLinearizable(t *testing.T) {
	r := newReference(t)
	for seed := range rounds() {
		start, _, err := repaired.NewEmbedded()
		require.NoError(t, err)
		var cell repaired.EmbeddedCell
		cell.Store(start)
		history := concurrently(int64(seed), []int{fire, fire, fire, look}, 1, func(in input) output {
			if in.op == look {
				s := cell.Load()
				return output{nil, s.State().String(), s.Seq()}
			}
			out, err := cell.Step(calls[in.call].event)
			if err != nil {
				return output{err: kind(err)}
			}
			return output{nil, out.To().String(), out.Seq()}
		})
		requireLinear(t, r.model(true, state{live, r.start, 0}), history)
	}
}

type conns = fleet.Fleet[int, string, repaired.Embedded, repaired.EmbeddedEvent, repaired.EmbeddedEffects]

type options = fleet.Options[int, string, repaired.Embedded, repaired.EmbeddedEvent, repaired.EmbeddedEffects]

func TestAFleetIsLinearizable(t *testing.T) {
	r := newReference(t)
	for seed := range rounds() {
		keep := seed%2 == 0
		f, err := fleet.New(&repaired.EmbeddedClass, options{KeepFinal: keep})
		require.NoError(t, err)
		history := concurrently(int64(seed), []int{fire, fire, fire, fire, look, add, add, remove}, 3, func(in input) output { return operateOn(f, in) })
		f.Close()
		requireLinear(t, r.model(keep, state{}), history)
	}
}

func operateOn(f *conns, in input) output {
	switch in.op {
	case add:
		return output{err: kind(f.Add(in.key, "owner"))}
	case remove:
		return output{err: kind(f.Remove(in.key))}
	case look:
		v, ok := f.Get(in.key)
		if !ok {
			return output{err: fleet.ErrUnknown}
		}
		return output{nil, v.State.State().String(), v.Seq}
	}
	return output{err: kind(f.Fire(in.key, calls[in.call].event))}
}

func requireLinear(t *testing.T, m porcupine.Model, history []porcupine.Operation) {
	t.Helper()
	require.Equal(t, porcupine.Ok, porcupine.CheckOperationsTimeout(m, history, 20*time.Second), "%v", history)
}

// A history that no order explains is found: the same steps, but a number that was given out twice, or a look into the past.
func TestWhatIsNotLinearizableIsFound(t *testing.T) {
	r := newReference(t)
	m := r.model(true, state{live, r.start, 0})
	step := func(client int, from, to int64, seq uint64) porcupine.Operation {
		return porcupine.Operation{ClientId: client, Input: input{op: fire, call: 2}, Call: from, Return: to,
			Output: output{nil, "ProxyLiveOpenLeaderOpen", seq}}
	}
	accepted := porcupine.Operation{Input: input{op: fire}, Call: 1, Return: 2, Output: output{nil, "ProxyLiveOpenLeaderOpen", 1}}
	past := porcupine.Operation{Input: input{op: look}, Call: 9, Return: 10, Output: output{nil, "ProxyLiveOpenLeaderOpen", 1}}
	require.True(t, porcupine.CheckOperations(m, []porcupine.Operation{accepted, step(1, 3, 6, 2), step(2, 4, 5, 3)}))
	require.False(t, porcupine.CheckOperations(m, []porcupine.Operation{accepted, step(1, 3, 6, 2), step(2, 4, 5, 2)}))
	require.False(t, porcupine.CheckOperations(m, []porcupine.Operation{accepted, step(1, 3, 6, 2), past}))
}

// Fleets with timers of their own clock, hosts, watchers and panics leave no goroutine behind.
func TestNothingIsLeftRunning(t *testing.T) {
	for range 20 {
		f, err := fleet.New(&repaired.EmbeddedClass, options{Panicked: func(int, any) {},
			Durations: map[string]time.Duration{"proxy.retry": time.Millisecond}, Host: func(s fleet.Step[int, string, repaired.Embedded, repaired.EmbeddedEvent, repaired.EmbeddedEffects]) {
				if s.Seq == 2 {
					panic("oh")
				}
			}})
		require.NoError(t, err)
		watcher := f.Watch(4)
		for k := range 50 {
			require.NoError(t, f.Add(k, fmt.Sprint(k%3)))
			require.NoError(t, f.Fire(k, calls[0].event))
		}
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() { f.FireOwner("1", calls[2].event) })
		}
		f.Close()
		group.Wait()
		require.ErrorIs(t, f.Fire(0, calls[2].event), fleet.ErrClosed)
		for range watcher.C { // it is closed
		}
	}
}
