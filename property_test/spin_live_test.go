package property

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
	"interlock/gen/promela"
	"interlock/internal/golden"
	"interlock/internal/randspec"
	"interlock/internal/spin"
)

// liveBySPIN asks SPIN which properties of runs that never end are violated: 0 as the length of each. The error is of the
// kind [spin.ErrLimit] where SPIN did not finish. Where fairness asks for little, SPIN is asked a second time, with
// fairness in the formula, of which it makes an automaton by itself, and must say the same.
func liveBySPIN(t require.TestingT, dir string, sys *fsm.System, run spin.Options) (map[*fsm.Property]int, error) {
	shows, runs, err := formulas(t, dir, sys, promela.Options{}, run)
	if err != nil || runs.Strong+runs.Weak > 1 {
		return shows, err
	}
	spelled, _, err := formulas(t, dir, sys, promela.Options{Spelled: true}, run)
	if err == nil {
		require.Equal(t, shows, spelled, "fairness counted, and in the formula")
	}
	return shows, err
}

func formulas(t require.TestingT, dir string, sys *fsm.System, opts promela.Options, run spin.Options) (map[*fsm.Property]int, *promela.Runs, error) {
	for {
		runs, err := promela.WriteRuns(sys, opts)
		require.NoError(t, err)
		var names []string
		for _, c := range runs.Claims {
			names = append(names, c.Name)
		}
		cycles, result, err := spin.Cycles(context.Background(), dir, runs.Text, names, run)
		if errors.Is(err, spin.ErrLimit) {
			return nil, runs, err
		}
		require.NoError(t, err)
		if failed := failures(t, result); len(failed) > 0 {
			require.Equal(t, runs.Exhausted, failed[0].Number)
			opts.MaxPicks = 2 * max(6, opts.MaxPicks)
			require.Less(t, opts.MaxPicks, 100)
			continue
		}
		shows := map[*fsm.Property]int{}
		for _, c := range runs.Claims {
			if cycles[c.Name] {
				shows[c.Property] = 0
			}
		}
		return shows, runs, nil
	}
}

// agreeOnRuns compares what two say of runs that never end.
func agreeOnRuns(t require.TestingT, sys *fsm.System, what string, a, b map[*fsm.Property]int) {
	for _, p := range sys.Properties {
		if isLive(p) {
			_, one := a[p]
			_, two := b[p]
			require.Equal(t, one, two, "%s: %s: violated", what, p.Text)
		}
	}
}

// SPIN says the same as the obvious search of runs that never end, for the spec of each rule.
func TestSPINOnTheRulesOfFairness(t *testing.T) {
	requireSPIN(t)
	dir := t.TempDir()
	for _, f := range golden.Read(t, filepath.Join("testdata", "semantics", "liveness.txtar")).Sections {
		for _, sys := range compile(t, f.Name, string(f.Text)).Systems {
			x := explore(t, sys, 10_000)
			shows, err := liveBySPIN(t, dir, sys, spin.Options{})
			require.NoError(t, err)
			agreeOnRuns(t, sys, f.Name+" "+sys.Name, x.shows, shows)
		}
	}
}

// SPIN says the same as the obvious search and the checker of the runs of random systems that never end.
func TestSPINOnRandomRuns(t *testing.T) {
	requireSPIN(t)
	drawMany(t, *spinCount)
	dir := t.TempDir()
	n, over, undecided, violated := 0, 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t, randspec.Options{Liveness: true,
			Atomic: rapid.Bool().Draw(t, "atomic"), Mixed: rapid.Bool().Draw(t, "mixed"), Params: rapid.Bool().Draw(t, "params"),
			Faults: rapid.Bool().Draw(t, "faults"), Joints: rapid.Bool().Draw(t, "joints"),
			Arrays: rapid.Bool().Draw(t, "arrays"), Free: rapid.Bool().Draw(t, "free"), Assumes: rapid.Bool().Draw(t, "assumes"),
			Nested: rapid.Bool().Draw(t, "nested"), Wild: rapid.Bool().Draw(t, "wild"),
		})
		if !slices.ContainsFunc(sys.Properties, isLive) {
			return
		}
		n++
		x := explore(t, sys, 2000)
		if !x.complete {
			over++
			return
		}
		began := time.Now()
		shows, err := liveBySPIN(t, dir, sys, spin.Options{Time: 10 * time.Second})
		if err != nil {
			undecided++
			fmt.Println("UNDECIDED", err, len(x.order))
			return
		}
		if d := time.Since(began); d > 4*time.Second {
			fmt.Println("slow", d, len(x.order))
		}
		agreeOnRuns(t, sys, "SPIN", x.shows, shows)
		violated += len(shows)
	})
	t.Log(n, over, undecided, violated)
}
