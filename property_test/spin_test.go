package property

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/check"
	"interlock/fsm"
	"interlock/gen/promela"
	"interlock/internal/golden"
	"interlock/internal/randspec"
	"interlock/internal/spin"
	"interlock/spec"
)

var (
	spinCount = flag.Int("spin.count", 300, "how many random systems SPIN is asked about")
	spinLimit = flag.Int("spin.limit", 10_000, "joint states of the largest system of machines/ that SPIN is asked about")
	spinTime  = flag.Duration("spin.time", 10*time.Second, "how long SPIN may take for a property of one of machines/ of runs that never end")
)

// requireSPIN skips a test where SPIN is not installed, and fails it where it must be.
func requireSPIN(t *testing.T) {
	err := spin.Installed()
	if err == nil {
		return
	}
	require.ErrorIs(t, err, spin.ErrMissing)
	if os.Getenv("INTERLOCK_REQUIRE_SPIN") != "" {
		t.Fatalf("%v, and INTERLOCK_REQUIRE_SPIN is set", err)
	}
	t.Skipf("NOT COMPARED WITH SPIN: %v (Debian: apt-get install spin gcc tcc)", err)
}

// found is what somebody found out about a system: how many joint states there are, and the length of the shortest run
// that violates a built-in check, that is a counterexample of a property, or a witness of a `reachable`.
type found struct {
	states  int
	builtin map[fsm.Builtin]int
	shows   map[*fsm.Property]int
}

// briefly are the limits of what SPIN may spend on one random system.
var briefly = spin.Options{MemoryMB: 1024, Time: 30 * time.Second}

// bySPIN lets SPIN search a system, to the end.
func bySPIN(t require.TestingT, dir string, sys *fsm.System, depthFirst bool) found {
	run := spin.Options{DepthFirst: depthFirst, MemoryMB: 4096, Time: time.Hour}
	if depthFirst {
		run.Depth, run.Optimize = 50_000_000, 1
	}
	f, err := bySPINWithin(t, dir, sys, run)
	require.NoError(t, err)
	return f
}

// bySPINWithin lets SPIN search a system. Depth first it needs less memory, and lengths mean nothing. The error is of the
// kind [spin.ErrLimit] where it met a limit.
func bySPINWithin(t require.TestingT, dir string, sys *fsm.System, run spin.Options) (found, error) {
	opts := promela.Options{}
	for {
		p, err := promela.Write([]*fsm.System{sys}, opts)
		require.NoError(t, err)
		result, err := spin.Run(context.Background(), dir, p.Text, run)
		if errors.Is(err, spin.ErrLimit) {
			return found{}, err
		}
		require.NoError(t, err)
		all, err := p.Read(func(line int) int { return result.Executed[line] }, failures(t, result), run.DepthFirst)
		if opts.MaxPicks = 2 * max(6, opts.MaxPicks); err == promela.ErrExhausted && opts.MaxPicks < 100 {
			continue // a step with more free choices than usual
		}
		require.NoError(t, err)
		return found{all[0].States, all[0].Builtin, all[0].Shows}, nil
	}
}

var numbered = regexp.MustCompile(`^assertion violated \(x_fail!=(\d+)\)$`)

func failures(t require.TestingT, r *spin.Result) []promela.Failure {
	var failed []promela.Failure
	for _, f := range r.Failures {
		m := numbered.FindStringSubmatch(f.Text)
		require.NotNil(t, m, "SPIN says at depth %d: %s", f.Depth, f.Text)
		n, err := strconv.Atoi(m[1])
		require.NoError(t, err)
		failed = append(failed, promela.Failure{Number: n, Depth: f.Depth})
	}
	return failed
}

// byChecker lets the checker search it, unless it has more joint states than the limit.
func byChecker(t require.TestingT, sys *fsm.System, limit int) (f found, complete bool) {
	f = found{0, map[fsm.Builtin]int{}, map[*fsm.Property]int{}}
	report, err := check.Run(context.Background(), sys, check.Options{MaxStates: limit + 1})
	if err != nil {
		require.ErrorContains(t, err, "no start")
		return f, true
	}
	if f.states = report.Stats.States; f.states > limit {
		return f, false
	}
	require.True(t, report.Complete)
	for _, v := range report.Verdicts {
		if (v.Result == check.Violated) == (v.Property.Kind == fsm.Reachable) || v.Property.Kind > fsm.Reachable && v.Property.Kind != fsm.BuiltIn {
			continue
		}
		if v.Result == check.Unknown { // it has no value in some joint state: a range violation, which counts by itself
			require.Contains(t, v.Reason, "cannot be evaluated", v.Property.Text)
			continue
		}
		if v.Property.Kind == fsm.BuiltIn {
			f.builtin[v.Property.Builtin] = len(v.Trace.Steps)
		} else {
			f.shows[v.Property] = len(v.Trace.Steps)
		}
	}
	return f, true
}

// agree compares what two found out about a system.
func agree(t require.TestingT, sys *fsm.System, what string, a, b found) {
	require.Equal(t, a.states, b.states, "%s: joint states", what)
	require.Equal(t, a.builtin, b.builtin, "%s: built-in checks", what)
	for _, p := range sys.Properties {
		if isLive(p) {
			continue // SPIN is not asked about runs that never end
		}
		one, shown := a.shows[p]
		two, shownToo := b.shows[p]
		require.Equal(t, shown, shownToo, "%s: %s", what, p.Text)
		require.Equal(t, one, two, "%s: %s: steps of a shortest run", what, p.Text)
	}
}

// SPIN says the same as the obvious search of the spec of each rule of the meaning.
func TestSPINOnTheRules(t *testing.T) {
	requireSPIN(t)
	paths, err := filepath.Glob("testdata/semantics/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	dir := t.TempDir()
	for _, path := range paths {
		for _, f := range golden.Read(t, path).Sections {
			for _, sys := range compile(t, f.Name, string(f.Text)).Systems {
				x := explore(t, sys, 200_000)
				agree(t, sys, f.Name+" "+sys.Name, found{len(x.order), x.builtin, x.shows}, bySPIN(t, dir, sys, false))
			}
		}
	}
}

// Atomic links over which nothing is sent, or nothing that the receiver knows.
const idle = `fsm 1
spec idle

message Hello
machine A {
	peer b B
	input Go
	initial final state On {
		%s
	}
	final state Never {
		entry { send b Hello }
	}
}
machine B {
	peer a A
	input Go
	initial final state On {
		on Go -> Off
	}
	final state Off
}
system S {
	a A
	b B
	link a -> b { atomic }
	reachable b in Off
}
`

// What random systems never have: see idle.
func TestSPINOnIdleLinks(t *testing.T) {
	requireSPIN(t)
	for _, member := range []string{"on Go", "on Go { send b Hello }", "entry { send b Hello }"} {
		sys := compile(t, "idle.fsm", fmt.Sprintf(idle, member)).Systems[0]
		x := explore(t, sys, 100)
		agree(t, sys, member, found{len(x.order), x.builtin, x.shows}, bySPIN(t, t.TempDir(), sys, false))
	}
}

// SPIN says the same as the obvious search and the checker of random systems with everything in them.
func TestSPINOnRandomSystems(t *testing.T) {
	requireSPIN(t)
	drawMany(t, *spinCount)
	dir := t.TempDir()
	seen := tally{}
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t, anything(t))
		modest(t, sys)
		x := explore(t, sys, 2000)
		require.True(t, x.complete)
		reference := found{len(x.order), x.builtin, x.shows}
		checked, _ := byChecker(t, sys, 2000)
		agree(t, sys, "checker", reference, checked)
		spun, err := bySPINWithin(t, dir, sys, briefly)
		if seen.systems++; err != nil {
			seen.undecided++
			t.Log(err)
			return
		}
		agree(t, sys, "SPIN", reference, spun)
		seen.add(reference)
	})
	t.Logf("SPIN agrees: %v", seen)
	seen.fewUndecided(t)
}

// anything draws what there may be in a random system, each feature by chance.
func anything(t *rapid.T) randspec.Options {
	return randspec.Options{
		Atomic: rapid.Bool().Draw(t, "atomic"), Mixed: rapid.Bool().Draw(t, "mixed"), Params: rapid.Bool().Draw(t, "params"),
		Faults: rapid.Bool().Draw(t, "faults"), Joints: rapid.Bool().Draw(t, "joints"),
		Arrays: rapid.Bool().Draw(t, "arrays"), Free: rapid.Bool().Draw(t, "free"), Assumes: rapid.Bool().Draw(t, "assumes"),
		Nested: rapid.Bool().Draw(t, "nested"), Wild: rapid.Bool().Draw(t, "wild"),
	}
}

// drawMany sets how many examples rapid draws in a test, few of them with -short.
func drawMany(t *testing.T, count int) {
	if testing.Short() {
		count = min(count, 20)
	}
	checks := flag.Lookup("rapid.checks")
	before := checks.Value.String()
	require.NoError(t, checks.Value.Set(strconv.Itoa(max(1, count))))
	t.Cleanup(func() { require.NoError(t, checks.Value.Set(before)) })
}

// tally says what the systems of a comparison had in them.
type tally struct{ systems, states, over10, over100, violated, shown, undecided int }

// fewUndecided fails a test in which SPIN met its limits in more than one system of twenty.
func (n tally) fewUndecided(t *testing.T) {
	require.LessOrEqual(t, 20*n.undecided, n.systems+20, "SPIN did not finish: too many systems of %d", n.systems)
}

func (n *tally) add(f found) {
	n.states += f.states
	if f.states > 10 {
		n.over10++
	}
	if f.states > 100 {
		n.over100++
	}
	n.violated += len(f.builtin)
	n.shown += len(f.shows)
}

func (n tally) String() string {
	return fmt.Sprintf("%d systems with %d joint states, %d of them with more than 10, %d with more than 100; %d violated built-in checks, %d counterexamples and witnesses; in %d SPIN met a limit",
		n.systems, n.states, n.over10, n.over100, n.violated, n.shown, n.undecided)
}

// SPIN says the same as the checker of every machine of the repository; of large ones depth first, without the lengths.
func TestSPINOnTheMachines(t *testing.T) {
	requireSPIN(t)
	limit := *spinLimit
	if testing.Short() {
		limit = min(limit, 500)
	}
	seen := tally{}
	for _, sys := range machines(t) {
		name := sys.Spec.Name + " " + sys.Name
		checked, complete := byChecker(t, sys, limit)
		if !complete {
			t.Logf("%s has more than %d joint states: left to -spin.limit", name, limit)
			continue
		}
		large := checked.states > 50_000
		spun := bySPIN(t, t.TempDir(), sys, large)
		if large {
			spun, checked = spun.withoutLengths(), checked.withoutLengths()
		}
		agree(t, sys, name, checked, spun)
		seen.systems++
		seen.add(checked)
	}
	t.Logf("SPIN agrees: %v", seen)
}

func (f found) withoutLengths() found {
	g := found{f.states, map[fsm.Builtin]int{}, map[*fsm.Property]int{}}
	for b := range f.builtin {
		g.builtin[b] = 0
	}
	for p := range f.shows {
		g.shows[p] = 0
	}
	return g
}

// machines are the systems of every spec in machines/.
func machines(t *testing.T) []*fsm.System {
	var systems []*fsm.System
	seen := map[string]bool{}
	require.NoError(t, filepath.WalkDir("../machines", func(path string, _ os.DirEntry, err error) error {
		require.NoError(t, err)
		if dir := filepath.Dir(path); filepath.Ext(path) == ".fsm" && !seen[dir] {
			seen[dir] = true
			sources, err := spec.Load(dir)
			require.NoError(t, err)
			s, diagnostics := spec.Compile(sources, nil)
			require.False(t, spec.HasErrors(diagnostics), "%s: %v", dir, diagnostics)
			systems = append(systems, s.Systems...)
		}
		return nil
	}))
	require.NotEmpty(t, systems)
	return systems
}
