package peers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/internal/peers"
)

// Everybody takes the same events of the same streams, refuses the same ones, and is in the same state after each.
func TestAllAgree(t *testing.T) {
	subjects := peers.Connections()
	for seed := range int64(20) {
		streams := peers.NewStreams(subjects[0].New, 9, 500, seed)
		for name, events := range map[string][]int{"legal": streams.Legal, "uniform": streams.Uniform, "refused": streams.Refused} {
			machines := make([]peers.Machine, len(subjects))
			for i, s := range subjects {
				machines[i] = s.New()
			}
			total := 0
			for at, e := range events {
				taken := machines[0].Step(e)
				if taken {
					total++
				}
				for i, m := range machines[1:] {
					require.Equal(t, taken, m.Step(e), "%s, event %d of stream %s: was %d taken?", subjects[i+1].Name, at, name, e)
					require.Equal(t, machines[0].State(), m.State(), "%s, after event %d of stream %s", subjects[i+1].Name, at, name)
				}
			}
			for _, s := range subjects {
				require.Equal(t, total, s.Drive(events)(), "%s, driven through stream %s", s.Name, name)
			}
		}
	}
}
