package check

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
)

// effort is what a trace asks of a reader: see ordering.cost. The step that breaks a check counts, too.
func effort(sys *fsm.System, tr *fsm.Trace) int {
	o := &ordering{sys: sys}
	n := 0
	for i := 1; i < len(tr.Steps); i++ {
		n += o.cost(&tr.Steps[i-1], &tr.Steps[i], i)
	}
	return n
}

// labels are the texts of the steps, sorted.
func labels(sys *fsm.System, tr *fsm.Trace) []string {
	var list []string
	at := &tr.Start
	for _, s := range tr.Steps {
		list = append(list, s.Choice.Format(sys, at))
		if s.Outcome != nil {
			at = s.Outcome.Joint
		}
	}
	slices.Sort(list)
	return list
}

// last is the last joint state of a trace.
func last(tr *fsm.Trace) *fsm.Joint {
	for i := len(tr.Steps) - 1; i >= 0; i-- {
		if out := tr.Steps[i].Outcome; out != nil {
			return out.Joint
		}
	}
	return &tr.Start
}

// The steps of a trace in another order are the same steps, lead to the same joint state, and are no harder to read.
func TestReadableIsTheSameRun(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t)
		tr := walk(t, sys)
		tr.Loop = -1
		got := readable(sys, nil, tr)
		if err := fsm.Replay(sys, got); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(labels(sys, tr), labels(sys, got)) {
			t.Fatalf("other steps:\n%v\n%v", labels(sys, tr), labels(sys, got))
		}
		if len(tr.Steps) > 0 && !last(tr).Equal(last(got)) {
			t.Fatal("it leads elsewhere")
		}
		before, after := effort(sys, tr), effort(sys, got)
		if after > before {
			t.Fatalf("harder to read: %d instead of %d", after, before)
		}
		if n := len(tr.Steps); n <= 4 && tr.Fails == nil && after > least(sys, tr) {
			t.Fatalf("%d changes, but %d are enough", after, least(sys, tr))
		}
	})
}

// least is the least effort of all orders of a short trace, each tried.
func least(sys *fsm.System, tr *fsm.Trace) int {
	best := effort(sys, tr)
	var try func(order *fsm.Trace, left []int)
	o := &ordering{sys: sys, trace: tr}
	try = func(order *fsm.Trace, left []int) {
		at := last(order)
		if len(left) == 0 && at.Equal(last(tr)) {
			best = min(best, effort(sys, order))
		}
		for k, i := range left {
			item := o.item(i)
			c := item.choice
			if c.Kind == fsm.Deliver || c.Kind == fsm.LoseMessage || c.Kind == fsm.DuplicateMessage {
				c.Position = slices.IndexFunc(at.Links[c.Link], func(p fsm.Packet) bool { return p.Compare(item.packet) == 0 })
			}
			out, err := fsm.Step(sys, at, c)
			if err != nil {
				continue
			}
			if ok, err := fsm.Assumed(sys, out.Joint); err != nil || !ok {
				continue
			}
			next := *order
			next.Steps = append(slices.Clone(order.Steps), fsm.TraceStep{Choice: c, Outcome: out})
			try(&next, slices.Delete(slices.Clone(left), k, k+1))
		}
	}
	var all []int
	for i := range tr.Steps {
		all = append(all, i)
	}
	try(&fsm.Trace{Start: tr.Start, Begun: tr.Begun, Loop: -1}, all)
	return best
}

// A run that must not come to a condition does not come to it in another order either.
func TestReadableKeepsAwayFromWhatMustNotCome(t *testing.T) {
	m := &fsm.Machine{Name: "M", Events: []fsm.Event{{Kind: fsm.Input, Name: "Go"}}}
	for i, name := range []string{"A", "B", "C"} {
		m.States = append(m.States, fsm.State{Name: name, Final: true, On: [][]fsm.Level{nil}})
		if i < 2 {
			m.States[i].On[0] = []fsm.Level{{i}}
			m.Transitions = append(m.Transitions, &fsm.Transition{Source: i, State: i, Target: i + 1, Text: "on Go"})
		}
	}
	sys := &fsm.System{Name: "S", Nodes: []fsm.Node{{Name: "a", Instances: []int{0}}, {Name: "c", Instances: []int{1}}},
		Instances: []*fsm.Instance{{Name: "a", Group: "a"}, {Name: "c", Group: "c", Node: 1}}}
	sp := &fsm.Spec{Name: "s", Machines: []*fsm.Machine{m}, Systems: []*fsm.System{sys}}
	require.NoError(t, sp.Finish())
	tr := playOut(t, sys, "a.Go", "c.Go", "a.Go")
	tr.Loop = 3
	p := &fsm.Property{Kind: fsm.Eventually, P: &fsm.Expr{Op: fsm.OpAnd, Type: fsm.BoolType, Args: []*fsm.Expr{stateIs(0, 2), stateIs(1, 0)}}}
	var order []string
	for _, s := range readable(sys, p, tr).Steps {
		order = append(order, s.Choice.Format(sys, nil))
	}
	require.Equal(t, []string{"c.Go", "a.Go", "a.Go"}, order)
}

// Who shows no traces of what is as expected gets the same of all else, and runs that are as long.
func TestPlainIsForTracesThatNobodyReads(t *testing.T) {
	left := 0
	for _, reopens := range []bool{false, true} {
		sys := sessionSpec(t, fsm.Network, reopens)
		sys.Properties = append(sys.Properties, &fsm.Property{Name: "Closed", Kind: fsm.Reachable, P: stateIs(0, 3)})
		want, err := Run(t.Context(), sys, Options{})
		require.NoError(t, err)
		got, err := Run(t.Context(), sys, Options{Plain: true})
		require.NoError(t, err)
		for i, v := range want.Verdicts {
			g := got.Verdicts[i]
			if v.Met && v.Trace != nil {
				require.Len(t, g.Trace.Steps, len(v.Trace.Steps))
				require.NoError(t, fsm.Replay(sys, g.Trace))
				g.Trace, g.More, v.Trace, v.More = nil, nil, nil, nil
				left++
			}
			require.Equal(t, v, g)
		}
	}
	require.Positive(t, left)
}
