package check

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
)

// TestCandidates draws joint transitions and joint states, and holds the table against the obvious loop over all of them: the
// same ones in the same order.
func TestCandidates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const instances, states = 3, 3
		p := &program{layout: &layout{words: 1}}
		for i := range instances {
			p.at = append(p.at, field{cell: i, lo: fsm.Down, at: 4 * i, bits: 4})
			p.states = append(p.states, p.at[i].locate())
		}
		for range rapid.IntRange(0, 8).Draw(t, "joints") {
			j := &joint{}
			for range rapid.IntRange(0, 2).Draw(t, "parts") {
				part := jointPart{instance: rapid.IntRange(0, instances-1).Draw(t, "instance")}
				for range states {
					part.byState = append(part.byState, rapid.IntRange(-1, 1).Draw(t, "at"))
				}
				j.parts = append(j.parts, part)
			}
			p.joints = append(p.joints, j)
		}
		p.findSeries()
		w := []uint64{0}
		for i := range instances {
			p.write(w, i, int64(rapid.IntRange(fsm.Down, states-1).Draw(t, "state")))
		}
		var all, found []int
		for i, j := range p.joints {
			if j.inPlace(p.layout, w) {
				all = append(all, i)
			}
		}
		for s := range p.series {
			for _, i := range p.series[s].candidates(p.layout, w) {
				if p.joints[i].inPlace(p.layout, w) {
					found = append(found, i)
				}
			}
		}
		require.Equal(t, all, found)
	})
}
