package property

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/check"
	"interlock/fsm"
	"interlock/gen/promela"
	"interlock/internal/golden"
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

// A step with more free choices than usual is told by SPIN, and the text is made again with room for them.
func TestSPINOnManyChoices(t *testing.T) {
	requireSPIN(t)
	sys := compile(t, "many.fsm", "fsm 1\nspec many\nmachine A {\n\tvar v [7]bool\n\tinput Go\n\tinternal Try\n\tinitial state S {\n"+
		"\t\ton Try { v[0] = any; v[1] = any; v[2] = any; v[3] = any; v[4] = any; v[5] = any; v[6] = any }\n\t\ton Go -> T\n\t}\n\tfinal state T\n}\n"+
		"system S {\n\ta A\n\tfair a.Try\n\tP: eventually a.v[6]\n\tQ: infinitely often a in S, T\n}\n").Systems[0]
	shows, err := liveBySPIN(t, t.TempDir(), sys, briefly)
	require.NoError(t, err)
	x := explore(t, sys, 10_000)
	agreeOnRuns(t, sys, "many choices", x.shows, shows)
	require.Contains(t, shows, sys.Properties[0])
	require.NotContains(t, shows, sys.Properties[1])
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
	seen := tally{}
	rapid.Check(t, func(t *rapid.T) {
		options := anything(t)
		options.Liveness = true
		sys := randomSystem(t, options)
		if !slices.ContainsFunc(sys.Properties, isLive) {
			return
		}
		modest(t, sys)
		x := explore(t, sys, 2000)
		require.True(t, x.complete)
		checked := liveByChecker(t, sys, 2000)
		agreeOnRuns(t, sys, "checker", x.shows, checked)
		shows, err := liveBySPIN(t, dir, sys, briefly)
		if seen.systems++; err != nil {
			seen.undecided++
			t.Log(err)
			return
		}
		agreeOnRuns(t, sys, "SPIN", x.shows, shows)
		seen.add(found{states: len(x.order), shows: shows})
	})
	t.Logf("SPIN agrees: %v", seen)
	seen.fewUndecided(t)
}

// liveByChecker asks the checker which properties of runs that never end are violated. A property without a value in some
// joint state is decided by no one.
func liveByChecker(t require.TestingT, sys *fsm.System, limit int) map[*fsm.Property]int {
	shows := map[*fsm.Property]int{}
	report, err := check.Run(context.Background(), sys, check.Options{MaxStates: limit + 1})
	if err != nil {
		require.ErrorContains(t, err, "no start")
		return shows
	}
	for _, v := range report.Verdicts {
		if !isLive(v.Property) {
			continue
		}
		require.NotEqual(t, check.Unknown, v.Result, "%s: %s", v.Property.Text, v.Reason)
		if v.Result == check.Violated {
			shows[v.Property] = 0
		}
	}
	return shows
}

// SPIN says the same as the checker of the runs of the machines of the repository that never end.
func TestSPINOnTheRunsOfMachines(t *testing.T) {
	requireSPIN(t)
	limit := *spinLimit
	if testing.Short() {
		limit = min(limit, 500)
	}
	seen := tally{}
	for _, sys := range machines(t) {
		if !slices.ContainsFunc(sys.Properties, isLive) {
			continue
		}
		name := sys.Spec.Name + " " + sys.Name
		checked, complete := byChecker(t, sys, limit)
		if !complete {
			t.Logf("%s has more than %d joint states: left to -spin.limit", name, limit)
			continue
		}
		shows, err := liveBySPIN(t, t.TempDir(), sys, spin.Options{Depth: 20_000_000, MemoryMB: 4096, Time: *spinTime})
		if errors.Is(err, spin.ErrLimit) {
			t.Logf("%s: %v: left to -spin.time", name, err)
			continue
		}
		require.NoError(t, err)
		agreeOnRuns(t, sys, name, liveByChecker(t, sys, limit), shows)
		seen.systems++
		seen.add(found{states: checked.states, shows: shows})
		t.Logf("%s: %d joint states, %d properties violated", name, checked.states, len(shows))
	}
	t.Logf("SPIN agrees: %v", seen)
}
