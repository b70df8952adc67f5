package peers_test

import (
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/internal/peers"
	"interlock/internal/peers/connection"
	"interlock/internal/peers/hand"
)

// Everybody takes the same events of the same streams, refuses the same ones, and is in the same state after each, with the same
// orders given.
func TestAllAgree(t *testing.T) {
	for _, c := range peers.Contests() {
		t.Run(c.Name, func(t *testing.T) {
			for seed := range int64(10) {
				for name, events := range peers.NewStreams(c, 512, seed) {
					agree(t, c, name, events)
				}
			}
		})
	}
}

func agree(t *testing.T, c peers.Contest, name string, events []int) {
	var machines []peers.Machine
	var names []string
	for _, s := range c.Subjects {
		if s.New != nil {
			machines, names = append(machines, s.New()), append(names, s.Name)
		}
	}
	total := 0
	for at, e := range events {
		taken := machines[0].Step(e)
		if taken {
			total++
		}
		for i, m := range machines[1:] {
			require.Equal(t, taken, m.Step(e), "%s, event %d of stream %s: was %d taken?", names[i+1], at, name, e)
			require.Equal(t, machines[0].State(), m.State(), "%s, after event %d of stream %s", names[i+1], at, name)
		}
	}
	for _, s := range c.Subjects {
		run := s.Drive(events)
		if run == nil {
			continue // another stream is for it
		}
		require.Equal(t, total, run(), "%s, driven through stream %s", s.Name, name)
	}
}

// Many machines stepped at once do what each of them does alone.
func TestStepAllAgrees(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	machines := make([]connection.Connection, 300)
	alone := make([]hand.Switch, len(machines))
	events := make([]connection.ConnectionEvent, len(machines))
	for range 200 {
		refused := 0
		for i := range events {
			e := random.Intn(9)
			events[i].Kind = connection.ConnectionEventKind(e)
			if alone[i].Step(hand.Event(e)) != nil {
				refused++
			}
		}
		require.Equal(t, refused, connection.StepAllConnections(machines, events, nil))
		for i := range machines {
			require.EqualValues(t, alone[i].State, machines[i].State())
		}
	}
}
