package looplab

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	lab "github.com/looplab/fsm"
	"github.com/stretchr/testify/require"

	"interlock/fsm"
	"interlock/spec"
	tables "interlock/spec/looplab"
)

// compiledOf compiles a machine M with these members, beside a machine P that is its peer p.
func compiledOf(t *testing.T, members string) *fsm.Spec {
	t.Helper()
	text := "fsm 1\nspec s\n\nenum Why { Gone, Kicked }\nmessage Ask(n 0..3)\nmessage Told(n 0..3)\neffect Cry(why Why)\nextern guard may(n 0..3)\n\n" +
		"machine M {\n" + members + "\n}\n\nmachine P {\n\tpeer m M\n\tinput Say\n\tinitial state On {\n\t\ton Say { send m Told(1) }\n\t\tignore Ask\n\t}\n}\n"
	s, said := spec.Compile([]spec.Source{{Name: "s.fsm", Text: []byte(text)}}, nil)
	require.False(t, spec.HasErrors(said), "%v", said)
	return s
}

var noted = Options{Perform: func(context.Context, Effect) {}, Allow: func(context.Context, string, []string) bool { return true }}

// Each thing that looplab has no room for is refused by its name, at its place.
func TestWhatIsNotCarried(t *testing.T) {
	stay := "\tinput Go\n\tinitial final state On {\n\t\ton Go\n\t}\n"
	for want, c := range map[Feature]struct {
		members string
		without Options
		line    int
	}{
		SeveralDestinations: {"\tinput Go(n 0..3)\n\tinitial state On {\n\t\ton Go(n) when n == 1 -> Off\n\t\ton Go(n) else\n\t}\n\tfinal state Off", noted, 12},
		Effects:             {"\tinput Go\n\tinitial final state On {\n\t\ton Go { do Cry(Gone) }\n\t}", Options{}, 10},
		HostGuards:          {"\tinput Go(n 0..3)\n\tinitial final state On {\n\t\ton Go(n) when may(n)\n\t}", Options{}, 11},
		FreeChoices:         {"\tvar x 0..3 = any\n" + stay, noted, 11},
		SharedVariables:     {"\tshared var x 0..3\n" + stay, noted, 11},
		Index:               {"\tvar x 0..3\n\tinput Go\n\tinitial final state On {\n\t\ton Go { x = self % 2 }\n\t}", noted, 14},
		Sender:              {"\tvar x 0..3\n\tpeer p P\n\tinitial final state On {\n\t\ton Told(n) { x = from % 2 }\n\t}", noted, 14},
		Name:                {"\tinput event\n\tinitial final state On {\n\t\ton event\n\t}", noted, 11},
		Start:               {"\tvar x 0..3\n\tinput Go\n\tinitial final state On {\n\t\tentry { x = 3 / x }\n\t\ton Go\n\t}", noted, 10},
	} {
		t.Run(want.String(), func(t *testing.T) {
			_, err := New(compiledOf(t, c.members), "M", c.without)
			var no *NotCarried
			require.ErrorAs(t, err, &no)
			require.Len(t, no.Reasons, 1, err)
			require.Equal(t, want, no.Reasons[0].Feature, err)
			require.Equal(t, c.line, no.Reasons[0].Span.Line, err)
			require.Contains(t, err.Error(), "machine M cannot be a looplab FSM")
		})
	}
	s, said := spec.Compile([]spec.Source{{Name: "s.fsm", Text: []byte("fsm 1\nspec s\nmachine M(n 0..3) {\n" + stay + "}\n")}}, nil)
	require.Empty(t, said)
	_, err := New(s, "M", noted)
	var no *NotCarried
	require.ErrorAs(t, err, &no)
	require.Equal(t, Parameters, no.Reasons[0].Feature)
	_, err = New(s, "N", noted)
	require.ErrorContains(t, err, "no machine N")
}

// Several reasons are told together.
func TestEveryReasonIsTold(t *testing.T) {
	_, err := New(compiledOf(t, "\tpeer p P\n\tvar x 0..3 = any\n\tinput Go(n 0..3)\n\tinitial state On {\n\t\ton Go(n) when may(n) -> Off { send p Ask(x) }\n\t\ton Go else\n\t}\n\tfinal state Off {\n\t\tignore Told\n\t}"), "M", Options{})
	var no *NotCarried
	require.ErrorAs(t, err, &no)
	var features []Feature
	for _, r := range no.Reasons {
		features = append(features, r.Feature)
	}
	require.Equal(t, []Feature{FreeChoices, SeveralDestinations, Effects, HostGuards}, features)
}

const clerk = `	peer p P
	var asked 0..2
	timer late 3s
	input Knock(why Why)
	internal Doze
	initial state Away {
		on Knock(why) when why == Kicked -> Here { do Cry(why) }
		defer Told
	}
	state Here {
		entry { start late; send p Ask(asked) }
		on Told(n) when may(n) && asked < 2 { asked = asked + 1 }
		ignore Told
		on late -> Away
		on Doze -> Here
		initial state Awake {
			on Knock(why) -> Asleep
		}
		state Asleep
	}`

// What the machine orders comes in order, with its arguments; guards, variables and timers are the spec's.
func TestAClerk(t *testing.T) {
	var log []string
	may := true
	m, err := New(compiledOf(t, clerk), "M", Options{
		Perform: func(_ context.Context, e Effect) { log = append(log, e.String()) },
		Allow: func(_ context.Context, guard string, args []string) bool {
			log = append(log, guard+"("+strings.Join(args, ",")+")?")
			return may
		},
		Callbacks: lab.Callbacks{
			"before_Knock":     func(context.Context, *lab.Event) { log = append(log, "knocked") },
			"enter_Here.Awake": func(_ context.Context, e *lab.Event) { log = append(log, "entered") },
			"Told":             func(_ context.Context, e *lab.Event) { log = append(log, "told") },
		},
	})
	require.NoError(t, err)
	event := func(name string, args ...any) error { log = nil; return m.Event(t.Context(), name, args...) }
	refused := func(err error, why fsm.Cause) {
		t.Helper()
		var r *fsm.Refusal
		require.ErrorAs(t, err, &r)
		require.Equal(t, why, r.Cause)
		require.True(t, Refused(err))
		require.False(t, Taken(err))
	}

	require.ErrorIs(t, event("Told", 1), ErrDeferred)
	refused(event("Knock", "Gone"), fsm.CauseState)
	require.Empty(t, log, "no callback of a refused event is called")
	refused(event("Knock"), fsm.CauseArgument)
	refused(event("Knock", "Bored"), fsm.CauseArgument)
	refused(event("Knock", 2), fsm.CauseArgument)
	refused(event("Knock", true), fsm.CauseArgument)
	require.NoError(t, event("Knock", "Kicked"))
	require.Equal(t, []string{"knocked", "do Cry(Kicked)", "start late", "send p Ask(0)", "entered"}, log)
	require.Equal(t, "Here.Awake", m.Current())

	require.True(t, Taken(event("Told", uint8(3))))
	require.Equal(t, []string{"may(3)?", "told"}, log)
	may = false
	require.True(t, Taken(event("Told", 1)), "it is ignored")
	may = true
	require.True(t, Taken(event("Told", 1)))
	require.NoError(t, event("Knock", 0))
	require.True(t, Taken(event("Told", 2)), "asked is 2: it is ignored")
	require.Equal(t, "Here.Asleep", m.Current())
	require.NoError(t, event("late"))
	require.NoError(t, event("Knock", "Kicked"))
	require.Equal(t, []string{"knocked", "do Cry(Kicked)", "start late", "send p Ask(2)", "entered"}, log)
	require.NoError(t, event("late"))
	var invalid lab.InvalidEventError
	require.ErrorAs(t, event("late"), &invalid)
}

// A timer that is not armed does not fire.
func TestATimerThatIsNotArmed(t *testing.T) {
	m, err := New(compiledOf(t, "\ttimer late 3s\n\tinput Go\n\tinitial final state On {\n\t\ton Go { start late }\n\t\ton late\n\t}"), "M", noted)
	require.NoError(t, err)
	var r *fsm.Refusal
	require.ErrorAs(t, m.Event(t.Context(), "late"), &r)
	require.Equal(t, fsm.CauseTimer, r.Cause)
	require.True(t, Taken(m.Event(t.Context(), "Go")))
	require.True(t, Taken(m.Event(t.Context(), "late")))
	require.True(t, Refused(m.Event(t.Context(), "late")))
}

const counter = "\tvar x 0..3\n\tinput Up\n\tinput Look(n 0..3)\n\tinitial state A {\n\t\ton Up -> B { x = x + 1 }\n\t\ton Look(n) when n == x\n\t}\n" +
	"\tstate B {\n\t\ton Up -> A { x = x + 1 }\n\t\ton Look(n) when n == x\n\t}"

// What a callback cancels has not happened to the variables either; a step out of a range is refused.
func TestCancelledStepsLeaveNothingBehind(t *testing.T) {
	cancel := ""
	o := Options{Callbacks: lab.Callbacks{}}
	for _, key := range []string{"before_Up", "before_event", "leave_A", "leave_state", "before_Look"} {
		o.Callbacks[key] = func(_ context.Context, e *lab.Event) {
			if cancel == key {
				e.Cancel(errors.New(key))
			}
		}
	}
	m, err := New(compiledOf(t, counter), "M", o)
	require.NoError(t, err)
	ctx := t.Context()
	for _, cancel = range []string{"before_Up", "before_event", "leave_A", "leave_state"} {
		require.ErrorContains(t, m.Event(ctx, "Up"), cancel)
	}
	cancel = "before_Look"
	require.ErrorContains(t, m.Event(ctx, "Look", 0), cancel)
	cancel = ""
	for n := range 3 {
		require.True(t, Taken(m.Event(ctx, "Look", n)), n)
		require.NoError(t, m.Event(ctx, "Up"))
	}
	var r *fsm.Refusal
	require.ErrorAs(t, m.Event(ctx, "Up"), &r)
	require.Equal(t, fsm.CauseRange, r.Cause)
	require.Equal(t, "B", m.Current())
	require.True(t, Taken(m.Event(ctx, "Look", 3)))

	m.SetState("A")
	require.ErrorIs(t, m.Event(ctx, "Up"), ErrStateSet)
}

// A cancelled step stays cancelled when the state that it would have led to is set.
func TestACancelledStepAndSetState(t *testing.T) {
	for _, key := range []string{"leave_A", "leave_state"} {
		m, err := New(compiledOf(t, counter), "M", Options{Callbacks: lab.Callbacks{key: func(_ context.Context, e *lab.Event) { e.Cancel() }}})
		require.NoError(t, err)
		require.ErrorAs(t, m.Event(t.Context(), "Up"), &lab.CanceledError{})
		m.SetState("B")
		require.ErrorIs(t, m.Event(t.Context(), "Look", 1), ErrStateSet, key)
	}
}

// An event whose context is over is cancelled, instead of wedging the FSM for good, as looplab alone does.
func TestAContextThatIsOver(t *testing.T) {
	m, err := New(compiledOf(t, counter), "M", Options{})
	require.NoError(t, err)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	var canceled lab.CanceledError
	require.ErrorAs(t, m.Event(over, "Up"), &canceled)
	require.NoError(t, m.Event(t.Context(), "Up"))
	require.Equal(t, "B", m.Current())
}

// A transition that is ended later counts when it is ended.
func TestAsync(t *testing.T) {
	m, err := New(compiledOf(t, counter), "M", Options{Callbacks: lab.Callbacks{"leave_A": func(_ context.Context, e *lab.Event) { e.Async() }}})
	require.NoError(t, err)
	ctx := t.Context()
	var async lab.AsyncError
	require.ErrorAs(t, m.Event(ctx, "Up"), &async)
	var under lab.InTransitionError
	require.ErrorAs(t, m.Event(ctx, "Look", 0), &under)
	require.Equal(t, "A", m.Current())
	require.NoError(t, m.Transition())
	require.Equal(t, "B", m.Current())
	require.True(t, Taken(m.Event(ctx, "Look", 1)))
}

// Without variables and timers the state is all there is, and may be set.
func TestSetStateOfAPlainMachine(t *testing.T) {
	m, err := New(compiledOf(t, "\tinput Go\n\tinitial state A {\n\t\ton Go -> B\n\t}\n\tstate B {\n\t\ton Go -> C\n\t}\n\tfinal state C"), "M", Options{})
	require.NoError(t, err)
	m.SetState("B")
	require.NoError(t, m.Event(t.Context(), "Go"))
	require.Equal(t, "C", m.Current())
}

const fork = "\tvar x 0..3\n\tinput Go(n 0..3)\n\tinitial state A {\n\t\ton Go(n) when n == 1 -> B\n\t\ton Go(n) when n == 2 { x = 2 }\n\t\ton Go(n) when n == 3 && x == 2 -> C\n\t}\n" +
	"\tstate B {\n\t\ton Go -> A\n\t}\n\tfinal state C"

// A split event is one of looplab's for each destination, and Fire finds the one that is meant.
func TestSplit(t *testing.T) {
	entered := ""
	o := Options{Split: true, Callbacks: lab.Callbacks{
		"Go/C":        func(context.Context, *lab.Event) { entered = "after Go/C" },
		"before_Go/B": func(context.Context, *lab.Event) { entered = "before Go/B" },
		"enter_state": func(_ context.Context, e *lab.Event) { entered += ", in " + e.Dst },
	}}
	m, err := New(compiledOf(t, fork), "M", o)
	require.NoError(t, err)
	ctx := t.Context()
	require.ElementsMatch(t, []string{"Go/A", "Go/B", "Go/C"}, m.AvailableTransitions())
	require.True(t, Refused(Fire(ctx, m, "Go", 0)))
	require.True(t, Refused(Fire(ctx, m, "Go", 3)))
	require.True(t, Refused(m.Event(ctx, "Go/C", 1)), "the spec goes to B")
	require.NoError(t, Fire(ctx, m, "Go", 1))
	require.Equal(t, "before Go/B, in B", entered)
	require.NoError(t, Fire(ctx, m, "Go", 0))
	require.True(t, Taken(Fire(ctx, m, "Go", 2)))
	require.NoError(t, Fire(ctx, m, "Go", 3))
	require.Equal(t, "C", m.Current())
	require.True(t, Refused(Fire(ctx, m, "Go", 3)))
	require.True(t, Refused(Fire(ctx, m, "Come")))
}

// Names that a spec cannot have are given back.
func TestNames(t *testing.T) {
	s := compiledOf(t, "\tinput Go\n\tinitial state Half {\n\t\ton Go -> Off\n\t}\n\tfinal state Off")
	left := false
	m, err := New(s, "M", Options{Names: map[string]string{"Half": "half-on", "Go": "go on"}, Callbacks: lab.Callbacks{
		"leave_half-on": func(context.Context, *lab.Event) { left = true }}})
	require.NoError(t, err)
	require.Equal(t, "half-on", m.Current())
	require.NoError(t, m.Event(t.Context(), "go on"))
	require.True(t, left)
	require.Equal(t, "Off", m.Current())
	require.Equal(t, "Half", s.Machines[0].States[0].Name, "the spec stays as it is")

	_, err = New(s, "M", Options{Names: map[string]string{"Half": "Off"}})
	var no *NotCarried
	require.ErrorAs(t, err, &no)
	require.Equal(t, Name, no.Reasons[0].Feature)
}

func TestCallbacksThatNameNothing(t *testing.T) {
	nothing := func(context.Context, *lab.Event) {}
	s := compiledOf(t, counter)
	_, err := New(s, "M", Options{Callbacks: lab.Callbacks{"enter_Nowhere": nothing}})
	require.ErrorContains(t, err, "enter_Nowhere")
	_, err = New(s, "M", Options{Callbacks: lab.Callbacks{"enter_B": nothing, "B": nothing}})
	require.ErrorContains(t, err, "same place")
}

// From many goroutines: each event that was taken is performed once, and the variables count them.
func TestManyGoroutines(t *testing.T) {
	if raceEnabled {
		t.Skip("looplab reads its state without a lock when it looks for the callbacks of entering: see docs/warts.md")
	}
	var performed, taken, lost atomic.Int64
	members := "\tvar x 0..4095\n\tinput Up\n\tinput Stay\n\tinitial state A {\n\t\ton Up -> B { x = (x + 1) % 4096; do Cry(Gone) }\n\t\ton Stay { x = (x + 1) % 4096; do Cry(Gone) }\n\t}\n\tstate B {\n\t\ton Up -> A { x = (x + 1) % 4096; do Cry(Gone) }\n\t}\n\tinput Look(n 0..4095)\n\tin A, B {\n\t\ton Look(n) when n == x\n\t}"
	m, err := New(compiledOf(t, members), "M", Options{Perform: func(context.Context, Effect) { performed.Add(1) },
		Callbacks: lab.Callbacks{
			"enter_A": func(_ context.Context, e *lab.Event) { lost.Add(int64(len(strings.Trim(e.Dst, "A")))) },
			"enter_B": func(_ context.Context, e *lab.Event) { lost.Add(int64(len(strings.Trim(e.Dst, "B")))) },
			"before_event": func(_ context.Context, e *lab.Event) {
				if len(e.Args) == 0 && performed.Load()%7 == 3 && taken.Load()%2 == 0 {
					e.Cancel()
				}
			}}})
	require.NoError(t, err)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for k := range 2000 {
				name := "Up"
				if (i+k)%3 == 0 {
					name = "Stay"
				}
				if Taken(m.Event(context.Background(), name)) {
					taken.Add(1)
				}
			}
		})
	}
	all.Wait()
	require.NotZero(t, taken.Load())
	require.Zero(t, lost.Load(), "a callback of the wrong state")
	require.Equal(t, taken.Load(), performed.Load())
	require.True(t, Taken(m.Event(t.Context(), "Look", taken.Load()%4096)), fmt.Sprint(taken.Load()))
}

// The table of a live FSM is what it was made of.
func TestTableOfALiveFSM(t *testing.T) {
	nothing := func(context.Context, *lab.Event) {}
	m := lab.NewFSM("a", lab.Events{
		{Name: "go", Src: []string{"b", "a"}, Dst: "b"},
		{Name: "go", Src: []string{"b"}, Dst: "c"},
		{Name: "back", Src: []string{"c"}, Dst: "a"},
	}, lab.Callbacks{"b": nothing, "go": nothing, "leave_a": nothing, "before_event": nothing, "enter_state": nothing, "nothing": nothing})
	require.NoError(t, m.Event(t.Context(), "go"))
	table, err := Table("x", m)
	require.NoError(t, err)
	require.Equal(t, tables.Table{Name: "x", Initial: "b", Events: []tables.Event{
		{Name: "back", Src: []string{"c"}, Dst: "a"}, {Name: "go", Src: []string{"a"}, Dst: "b"}, {Name: "go", Src: []string{"b"}, Dst: "c"}},
		Callbacks: []tables.Callback{{Key: "after_go", Unseen: true}, {Key: "before_event", Unseen: true}, {Key: "enter_b", Unseen: true},
			{Key: "enter_state", Unseen: true}, {Key: "leave_a", Unseen: true}}}, table)
	again := lab.NewFSM(table.Initial, Events(table), nil)
	require.Equal(t, m.AvailableTransitions(), again.AvailableTransitions())
}

// BenchmarkEvent is a step of a live FSM of a spec, beside one of a looplab FSM with the same table:
//
//	go test ./fsm/looplab -bench Event -benchmem
func BenchmarkEvent(b *testing.B) {
	s, said := spec.Compile([]spec.Source{{Name: "s.fsm", Text: []byte("fsm 1\nspec s\nmachine M {\n\tvar x bool\n\tinput Go\n\tinitial state A {\n\t\ton Go when !x -> B { x = true }\n\t}\n" +
		"\tstate B {\n\t\ton Go when x -> A { x = false }\n\t}\n}\n")}}, nil)
	require.Empty(b, said)
	live, err := New(s, "M", Options{})
	require.NoError(b, err)
	plain := lab.NewFSM("A", lab.Events{{Name: "Go", Src: []string{"A"}, Dst: "B"}, {Name: "Go", Src: []string{"B"}, Dst: "A"}}, nil)
	for _, of := range []struct {
		name string
		fsm  *lab.FSM
	}{{"spec", live}, {"looplab", plain}} {
		b.Run(of.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := of.fsm.Event(b.Context(), "Go"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
