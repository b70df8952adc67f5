package check

import (
	"context"
	"errors"

	"interlock/fsm"
)

// Run explores sys and decides its properties and scenarios. When ctx ends or a limit is reached, what is not decided by
// then is Unknown, and what was violated stays so. The error is not nil only if the system cannot be checked at all: its
// packed state is too wide, or `initially` or `assume` leaves nothing to explore.
func Run(ctx context.Context, sys *fsm.System, opts Options) (*Report, error) {
	return nil, errors.New("check: not built yet")
}

// Control finds the reachable tuples of control states of an atomic system (every link is atomic), whatever its
// environment does: every input, every answer of an extern guard, every armed timer, without `assume`, `order`,
// `initially` and the bounds of faults. Ghost variables are dropped, others are kept, so the tuples are exact. If a limit
// of opts is reached, the space is not Complete.
func Control(ctx context.Context, sys *fsm.System, opts Options) *fsm.ControlSpace {
	return &fsm.ControlSpace{Reason: "check: not built yet"}
}
