package check

import (
	"context"
	"slices"

	"interlock/fsm"
)

// Control finds the reachable tuples of control states of an atomic system (every link is atomic), whatever its
// environment does: every input, every answer of an extern guard, every armed timer, without `assume`, `order`,
// `initially` and the bounds of faults. Ghost variables are dropped, others are kept, so the tuples are exact. A tuple in
// which an instance is Down is left out: a generated machine has no such state. If a limit of opts is reached, the space
// is not Complete.
func Control(ctx context.Context, sys *fsm.System, opts Options) *fsm.ControlSpace {
	if !sys.IsAtomic() {
		return &fsm.ControlSpace{Reason: "system " + sys.Name + " has links that are not atomic"}
	}
	opts = opts.withDefaults()
	p, err := compile(sys, true)
	if err != nil {
		return &fsm.ControlSpace{Reason: err.Error()}
	}
	s := newSearch(ctx, p, &opts)
	s.explore()
	space := &fsm.ControlSpace{Complete: s.incomplete == "", Reason: s.incomplete}
	if s.st.n == 0 && space.Complete {
		return &fsm.ControlSpace{Reason: "system " + sys.Name + " has no start: its entry bodies break a check"}
	}
	seen := map[string]bool{}
	state, states, key := make([]uint64, p.words), make([]int64, len(p.instances)), []byte(nil)
	for id := range uint32(s.st.n) {
		s.st.load(id, state)
		key = key[:0]
		for i := range states {
			states[i] = p.value(state, i)
			key = append(key, byte(states[i]), byte(states[i]>>8), byte(states[i]>>16))
		}
		if slices.Contains(states, fsm.Down) || seen[string(key)] {
			continue
		}
		seen[string(key)] = true
		tuple := make([]int, len(states))
		for i, state := range states {
			tuple[i] = int(state)
		}
		space.Tuples = append(space.Tuples, tuple)
	}
	return space
}
