package peers_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
	"interlock/internal/peers/pair"
)

// Many goroutines at one cell: put in the order of their numbers, the steps taken follow each other without a gap, and each is one
// that the value takes too; with an observer set half way, each of its events is told of once.
func TestCellFromManyGoroutines(t *testing.T) {
	const goroutines, each = 8, 1000
	start, _, err := pair.NewPair()
	require.NoError(t, err)
	var cell pair.PairCell
	cell.Store(start)
	taken := fire(&cell, goroutines, each)

	var told atomic.Int64
	remove := fsm.Observe(func(fsm.Observation) { told.Add(1) })
	taken = append(taken, fire(&cell, goroutines, each)...)
	remove()
	require.EqualValues(t, goroutines*each, told.Load())

	slices.SortFunc(taken, func(a, b done) int { return int(a.effects.Seq()) - int(b.effects.Seq()) })
	at := start
	for i, d := range taken {
		out, err := at.Step(d.event)
		require.NoError(t, err)
		require.Equal(t, out, d.effects, "step %d", i+1)
	}
	require.Equal(t, at, cell.Load())
	require.NotEmpty(t, taken)
}

// done is a step that was taken.
type done struct {
	event   pair.PairEvent
	effects pair.PairEffects
}

// fire lets goroutines take events, each in an order of its own, and gives the steps that were taken.
func fire(cell *pair.PairCell, goroutines, each int) []done {
	var lock sync.Mutex
	var all []done
	var wait sync.WaitGroup
	for g := range goroutines {
		wait.Go(func() {
			var own []done
			for i := range each {
				event := pair.PairEvent{Kind: pair.PairEventKind((i*7 + g*3 + i/11) % 11)}
				if out, err := cell.Step(event); err == nil {
					own = append(own, done{event, out})
				}
			}
			lock.Lock()
			defer lock.Unlock()
			all = append(all, own...)
		})
	}
	wait.Wait()
	return all
}
