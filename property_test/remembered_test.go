package property

import (
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
)

// office has what a search that remembers steps might miss: a clerk that puts letters off as long as a variable says so, values that come from
// variables which nothing else in that state looks at, an array with an index that is not known, and an extern guard.
const office = `fsm 1
spec office

type Id = 0..1
type Load = 0..2

message Letter(load Load)
message Note

extern guard Lucky(load Load)

machine Writer {
	peer clerk Clerk
	shared var board [2]Load
	var mood Load
	var other 0..1
	internal Write
	internal Ponder(to Load)
	internal Copy
	timer late 1s

	initial final state Busy {
		on Write -> Waiting { send clerk Letter(mood); start late }
		on Ponder(to) when to != mood { mood = to }
	}
	final state Waiting {
		on Copy -> Busy { other = board[self] % 2; stop late }
		on late -> Busy { send clerk Note; mood = other }
	}
}

machine Clerk {
	peer writer[1] Writer
	shared var board [2]Load
	var heap Load
	internal Rest

	initial final state Open {
		on Letter(load) when heap == 2 -> Full
		on Letter(load) when heap != 2 && Lucky(load) { board[from] = load; heap = 2 - load }
		on Letter(load) else { board[load / 2] = heap }
		defer Note
	}
	final state Full {
		on Note { heap = board[from] }
		on Letter(load) when heap != 1 -> Open
		defer Letter
		on Rest -> Open { heap = 1 }
	}
}

system Town {
	var board [2]Load
	writer[1] Writer
	clerk Clerk
	link writer -> clerk { capacity 2; full blocks }
}
`

// TestRemembered holds a search in process, which remembers what instances did, against the reference.
func TestRemembered(t *testing.T) {
	sys := compile(t, "office.fsm", office).Systems[0]
	x := explore(t, sys, 100_000)
	require.True(t, x.complete)
	report, err := check.Run(t.Context(), sys, check.Options{})
	require.NoError(t, err)
	require.Equal(t, len(x.order), report.Stats.States)
	require.Equal(t, x.transitions, report.Stats.Transitions)
	require.Equal(t, x.depths, report.Stats.Depth)
}
