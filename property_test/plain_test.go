package property

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/looplab/fsm"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	interlock "interlock/fsm"
	"interlock/spec"
)

// A machine without guards and variables takes the same steps in looplab/fsm: a third opinion on plain machines.
func TestPlainMachinesTakeLooplabsSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, events := plainMachine(t)
		s, diagnostics := spec.Compile([]spec.Source{{Name: "plain.fsm", Text: []byte(text)}}, nil)
		require.NotNil(t, s, "%v\n%s", diagnostics, text)
		sys := s.Systems[0]
		m := sys.MachineOf(0)
		theirs := fsm.NewFSM(m.States[m.Initial].Name, events, nil)
		starts, err := interlock.Starts(sys)
		require.NoError(t, err)
		at := starts[0].Outcome.Joint
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			event := rapid.IntRange(0, len(m.Events)-1).Draw(t, "event")
			out, ours := interlock.Step(sys, at, interlock.Choice{Kind: interlock.Handle, Event: event})
			err := theirs.Event(context.Background(), m.Events[event].Name)
			if _, stays := err.(fsm.NoTransitionError); stays {
				err = nil // looplab's way to say that the event was taken and the state is the same
			}
			require.Equal(t, err == nil, ours == nil, "%s in %s: looplab says %v, we say %v\n%s", m.Events[event].Name,
				theirs.Current(), err, ours, text)
			if ours == nil {
				at = out.Joint
			}
			require.Equal(t, theirs.Current(), m.States[at.States[0]].Name, text)
		}
	})
}

// plainMachine writes a machine and the same table for looplab.
func plainMachine(t *rapid.T) (string, fsm.Events) {
	states, inputs := rapid.IntRange(1, 5).Draw(t, "states"), rapid.IntRange(1, 4).Draw(t, "inputs")
	var text, body strings.Builder
	var events fsm.Events
	for i := range inputs {
		fmt.Fprintf(&body, "\tinput E%d\n", i)
	}
	for s := range states {
		initial := ""
		if s == 0 {
			initial = "initial "
		}
		fmt.Fprintf(&body, "\t%sfinal state S%d {\n", initial, s)
		for e := range inputs {
			to := rapid.IntRange(-1, states-1).Draw(t, "target")
			if to < 0 {
				continue
			}
			if to != s || rapid.Bool().Draw(t, "arrow") {
				fmt.Fprintf(&body, "\t\ton E%d -> S%d\n", e, to)
			} else {
				fmt.Fprintf(&body, "\t\ton E%d\n", e)
			}
			events = append(events, fsm.EventDesc{Name: fmt.Sprintf("E%d", e), Src: []string{fmt.Sprintf("S%d", s)}, Dst: fmt.Sprintf("S%d", to)})
		}
		body.WriteString("\t}\n")
	}
	fmt.Fprintf(&text, "fsm 1\nspec plain\n\nmachine M {\n%s}\n\nsystem S {\n\tm M\n}\n", body.String())
	return text.String(), events
}
