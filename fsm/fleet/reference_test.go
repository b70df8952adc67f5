package fleet_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
	"interlock/fsm/fleet"
	"interlock/fsm/fleet/emitted/door"
	"interlock/fsm/fleet/emitted/pool"
	"interlock/machines/wukongim/repaired"
	"interlock/spec"
)

// subject is a system in both of its forms: the generated class, and the spec that the reference steps.
type subject[S, E, F any] struct {
	class *fsm.Class[S, E, F]
	dir   string
	calls []call[E]
	texts func(F) []string // the effects, as the spec writes them
	once  sync.Once
	sys   *fsm.System
}

// call is an event in both forms.
type call[E any] struct {
	event    E
	instance string
	name     string
	args     []int64
	answer   int64 // of every extern guard
}

var embedded = &subject[repaired.Embedded, repaired.EmbeddedEvent, repaired.EmbeddedEffects]{
	class: &repaired.EmbeddedClass, dir: "../../machines/wukongim/repaired",
	calls: []call[repaired.EmbeddedEvent]{
		{event: repaired.EmbeddedEvent{Kind: repaired.EmbeddedOnProxyAccept}, instance: "proxy", name: "Accept"},
		{event: repaired.EmbeddedEvent{Kind: repaired.EmbeddedOnProxyHangup, Why: repaired.ReasonBroken}, instance: "proxy", name: "Hangup", args: []int64{1}},
		{event: repaired.EmbeddedEvent{Kind: repaired.EmbeddedOnProxyFireRetry}, instance: "proxy", name: "retry"},
		{event: repaired.EmbeddedEvent{Kind: repaired.EmbeddedOnLeaderPush}, instance: "leader", name: "Push"},
		{event: repaired.EmbeddedEvent{Kind: repaired.EmbeddedOnLeaderKick}, instance: "leader", name: "Kick"},
	},
	texts: func(f repaired.EmbeddedEffects) (texts []string) {
		for e := range f.All() {
			texts = append(texts, e.String())
		}
		return texts
	},
}

var house = &subject[door.House, door.HouseEvent, door.HouseEffects]{
	class: &door.HouseClass, dir: "emitted/door",
	calls: []call[door.HouseEvent]{
		{event: door.HouseEvent{Kind: door.HouseOnDoorPush}, instance: "door", name: "Push"},
		{event: door.HouseEvent{Kind: door.HouseOnDoorPull}, instance: "door", name: "Pull"},
		{event: door.HouseEvent{Kind: door.HouseOnDoorBolt}, instance: "door", name: "Bolt"},
		{event: door.HouseEvent{Kind: door.HouseOnLightBlow}, instance: "light", name: "Blow"},
	},
	texts: func(f door.HouseEffects) (texts []string) {
		for e := range f.All() {
			texts = append(texts, e.String())
		}
		return texts
	},
}

var office = &subject[pool.Office, pool.OfficeEvent, pool.OfficeEffects]{
	class: &pool.OfficeClass, dir: "emitted/pool",
	calls: []call[pool.OfficeEvent]{
		{event: pool.OfficeEvent{Kind: pool.OfficeOnWorkerAdd, N: 1}, instance: "worker[0]", name: "Add", args: []int64{1}},
		{event: pool.OfficeEvent{Kind: pool.OfficeOnWorkerAdd, Index: 1}, instance: "worker[1]", name: "Add", args: []int64{0}},
		{event: pool.OfficeEvent{Kind: pool.OfficeOnWorkerWant}, instance: "worker[0]", name: "Want"},
		{event: pool.OfficeEvent{Kind: pool.OfficeOnWorkerWant, Index: 1}, instance: "worker[1]", name: "Want"},
		{event: pool.OfficeEvent{Kind: pool.OfficeOnWorkerRest, Index: 1}, instance: "worker[1]", name: "Rest"},
		{event: pool.OfficeEvent{Kind: pool.OfficeOnWorkerNudge}, instance: "worker[0]", name: "Nudge"},
		{event: pool.OfficeEvent{Kind: pool.OfficeOnWorkerFireWork}, instance: "worker[0]", name: "work"},
		{event: pool.OfficeEvent{Kind: pool.OfficeOnWorkerFirePatience, Index: 1, Lenient: true}, instance: "worker[1]", name: "patience", answer: 1},
		{event: pool.OfficeEvent{Kind: pool.OfficeOnWorkerFirePatience}, instance: "worker[0]", name: "patience"},
		{event: pool.OfficeEvent{Kind: pool.OfficeOnDeskOpen}, instance: "desk", name: "Open"},
		{event: pool.OfficeEvent{Kind: pool.OfficeOnDeskClose}, instance: "desk", name: "Close"},
	},
	texts: func(f pool.OfficeEffects) (texts []string) {
		for e := range f.All() {
			texts = append(texts, e.String())
		}
		return texts
	},
}

// system is the spec's.
func (s *subject[S, E, F]) system(t require.TestingT) *fsm.System {
	s.once.Do(func() {
		files, err := spec.Load(s.dir)
		require.NoError(t, err)
		compiled, diagnostics := spec.Compile(files, nil)
		require.Empty(t, diagnostics)
		for _, sys := range compiled.Systems {
			if sys.Name == s.class.Name {
				s.sys = sys
			}
		}
	})
	require.NotNil(t, s.sys)
	return s.sys
}

// twin is a session as the reference has it.
type twin struct {
	sys   *fsm.System
	joint *fsm.Joint
	seq   uint64
	owner string
	told  []string
}

func (s *subject[S, E, F]) twin(t require.TestingT, owner string) *twin {
	starts, err := fsm.Starts(s.system(t))
	require.NoError(t, err)
	require.Len(t, starts, 1)
	w := &twin{sys: s.sys, joint: starts[0].Outcome.Joint, owner: owner}
	w.told = append(w.told, "start "+w.state())
	return w
}

// state is the name of the joint state of control.
func (w *twin) state() string {
	text := ""
	for i, in := range w.sys.Instances {
		group := in.Group
		if in.Array {
			group += fmt.Sprint(in.Index)
		}
		state := w.sys.MachineOf(i).States[w.joint.States[i]].Name
		text += strings.ToUpper(group[:1]) + group[1:] + strings.ReplaceAll(state, ".", "")
	}
	return text
}

// final reports whether every machine is in a final state.
func (w *twin) final() bool {
	for i, state := range w.joint.States {
		if !w.sys.MachineOf(i).States[state].Final {
			return false
		}
	}
	return true
}

// armed has a bit for each timer that runs.
func (w *twin) armed() (bits uint64) {
	for i, on := range w.joint.Armed {
		if on {
			bits |= 1 << i
		}
	}
	return bits
}

// take is the reference's step; false if it refuses.
func take[E any](w *twin, c call[E]) bool {
	out := takeOutcome(w, c)
	if out == nil {
		return false
	}
	w.joint = out.Joint
	w.seq++
	told := fmt.Sprintf("%d %s.%s -> %s", w.seq, c.instance, c.name, w.state())
	for _, e := range out.Effects {
		kind := w.sys.Spec.Effects[e.Effect]
		told += "; " + w.sys.Instances[e.Instance].Name + ": do " + kind.Name + fsm.FormatArgs(kind.Params, e.Args)
	}
	w.told = append(w.told, told)
	return true
}

// takeOutcome is what the reference's step does; nil if it refuses.
func takeOutcome[E any](w *twin, c call[E]) *fsm.Outcome {
	choice := fsm.Choice{Kind: fsm.Handle, Args: c.args}
	for i, in := range w.sys.Instances {
		if in.Name != c.instance {
			continue
		}
		choice.Instance = i
		for k, e := range w.sys.MachineOf(i).Events {
			if e.Name == c.name {
				choice.Event = k
			}
		}
	}
	for range 3 {
		if out, err := fsm.Step(w.sys, w.joint, choice); err == nil {
			return out
		}
		choice.Picks = append(choice.Picks, c.answer)
	}
	return nil
}

// told is a step as a twin writes it.
func told[K, O comparable, S, E, F any](s *subject[S, E, F], step fleet.Step[K, O, S, E, F]) string {
	state := s.class.States[s.class.State(step.After)]
	if step.Added {
		return "start " + state
	}
	call, _, _ := strings.Cut(s.class.Observation(step.Event, step.Effects).Call, "(")
	text := fmt.Sprintf("%d %s -> %s", step.Seq, call, state)
	for _, e := range s.texts(step.Effects) {
		if strings.Contains(e, ": do ") {
			text += "; " + e
		}
	}
	return text
}

func TestTheFleetAgainstTheReference(t *testing.T) {
	t.Run("embedded", func(t *testing.T) { rapid.Check(t, embedded.against) })
	t.Run("house", func(t *testing.T) { rapid.Check(t, house.against) })
	t.Run("office", func(t *testing.T) { rapid.Check(t, office.against) })
}

// world is a fleet and a map of twins that are given the same events.
type world[S, E, F any] struct {
	*subject[S, E, F]
	fleet *fleet.Fleet[int, string, S, E, F]
	keep  bool
	twins map[int]*twin
	heard map[int][]string
}

func (s *subject[S, E, F]) against(t *rapid.T) {
	w := &world[S, E, F]{subject: s, twins: map[int]*twin{}, heard: map[int][]string{}, keep: rapid.Bool().Draw(t, "keep")}
	f, err := fleet.New(s.class, fleet.Options[int, string, S, E, F]{
		Max: 6, KeepFinal: w.keep,
		Host: func(step fleet.Step[int, string, S, E, F]) {
			w.heard[step.Key] = append(w.heard[step.Key], told(s, step))
		},
	})
	require.NoError(t, err)
	defer f.Close()
	w.fleet = f
	key, own := rapid.IntRange(0, 7), rapid.SampledFrom([]string{"", "a", "b"})
	which := rapid.IntRange(0, len(s.calls)-1)
	t.Repeat(map[string]func(*rapid.T){
		"":       func(t *rapid.T) { w.check(t) },
		"add":    func(t *rapid.T) { w.add(t, key.Draw(t, "key"), own.Draw(t, "owner")) },
		"fire":   func(t *rapid.T) { w.fire(t, key.Draw(t, "key"), s.calls[which.Draw(t, "event")]) },
		"fire 2": func(t *rapid.T) { w.fire(t, key.Draw(t, "key"), s.calls[which.Draw(t, "event")]) },
		"remove": func(t *rapid.T) {
			k := key.Draw(t, "key")
			require.Equal(t, w.twins[k] == nil, w.fleet.Remove(k) != nil)
			delete(w.twins, k)
		},
		"own": func(t *rapid.T) {
			k, o := key.Draw(t, "key"), own.Draw(t, "owner")
			require.Equal(t, w.twins[k] == nil, w.fleet.SetOwner(k, o) != nil)
			if w.twins[k] != nil {
				w.twins[k].owner = o
			}
		},
		"fire owner": func(t *rapid.T) {
			o, c := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "owner"), s.calls[which.Draw(t, "event")]
			tally := w.many(c, func(x *twin) bool { return x.owner == o })
			require.Equal(t, tally, w.fleet.FireOwner(o, c.event))
		},
		"fire state": func(t *rapid.T) {
			state, c := rapid.IntRange(0, len(s.class.States)-1).Draw(t, "state"), s.calls[which.Draw(t, "event")]
			tally := w.many(c, func(x *twin) bool { return x.state() == s.class.States[state] })
			require.Equal(t, tally, w.fleet.FireState(state, c.event))
		},
	})
}

func (w *world[S, E, F]) add(t *rapid.T, key int, owner string) {
	err := w.fleet.Add(key, owner)
	switch {
	case len(w.twins) == 6:
		require.ErrorIs(t, err, fleet.ErrFull)
	case w.twins[key] != nil:
		require.ErrorIs(t, err, fleet.ErrExists)
	default:
		require.NoError(t, err)
		w.twins[key] = w.twin(t, owner)
		w.heard[key] = w.heard[key][len(w.heard[key])-1:] // what an earlier session of the key was told was compared at its end
	}
}

func (w *world[S, E, F]) fire(t *rapid.T, key int, c call[E]) {
	err := w.fleet.Fire(key, c.event)
	x := w.twins[key]
	if x == nil {
		require.ErrorIs(t, err, fleet.ErrUnknown)
		return
	}
	if !take(x, c) {
		require.ErrorIs(t, err, fsm.ErrRefused)
		return
	}
	require.NoError(t, err)
	w.end(key)
}

// end takes a twin away whose session ends.
func (w *world[S, E, F]) end(key int) {
	if w.twins[key].final() && !w.keep {
		if fmt.Sprint(w.heard[key]) != fmt.Sprint(w.twins[key].told) {
			panic(fmt.Sprintf("told %q, not %q", w.heard[key], w.twins[key].told))
		}
		delete(w.twins, key)
	}
}

// many gives twins an event.
func (w *world[S, E, F]) many(c call[E], meant func(*twin) bool) (tally fleet.Tally) {
	var ended []int
	for key, x := range w.twins {
		if !meant(x) {
			continue
		}
		if !take(x, c) {
			tally.Refused++
			continue
		}
		tally.Taken++
		ended = append(ended, key)
	}
	for _, key := range ended { // what the host was told is compared by check, and of those that have ended by nobody
		if w.twins[key].final() && !w.keep {
			delete(w.twins, key)
		}
	}
	return tally
}

// check compares everything that can be seen.
func (w *world[S, E, F]) check(t *rapid.T) {
	require.Equal(t, len(w.twins), w.fleet.Len())
	counts := make([]int, len(w.class.States))
	owned := map[string]int{}
	seen := map[int]bool{}
	for v := range w.fleet.All() {
		require.False(t, seen[v.Key])
		seen[v.Key] = true
		require.NotNil(t, w.twins[v.Key])
	}
	require.Len(t, seen, len(w.twins))
	for key, x := range w.twins {
		v, ok := w.fleet.Get(key)
		require.True(t, ok)
		state := w.class.State(v.State)
		require.Equal(t, x.state(), w.class.States[state])
		require.Equal(t, x.armed(), w.class.Armed(v.State))
		require.Equal(t, x.seq, v.Seq)
		require.Equal(t, x.owner, v.Owner)
		require.Equal(t, x.told, w.heard[key])
		counts[state]++
		owned[x.owner]++
	}
	require.Equal(t, counts, w.fleet.Counts())
	for _, o := range []string{"a", "b"} {
		require.Equal(t, owned[o], w.fleet.Owned(o))
	}
	require.Equal(t, len(w.twins), w.fleet.Stats().Sessions)
}
