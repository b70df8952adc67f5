package property

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
	"interlock/gen/promela"
	"interlock/internal/randspec"
	"interlock/internal/spin"
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
	t.Skipf("NOT CHECKED AGAINST SPIN: %v (Debian: apt-get install spin gcc)", err)
}

var numbered = regexp.MustCompile(`^assertion violated \(x_fail!=(\d+)\)$`)

// ask lets SPIN search some systems.
func ask(dir string, systems []*fsm.System, opts promela.Options) ([]promela.Found, error) {
	p, err := promela.Write(systems, opts)
	if err != nil {
		return nil, err
	}
	result, err := spin.Run(context.Background(), dir, p.Text, spin.Options{})
	if err != nil {
		return nil, err
	}
	var failures []promela.Failure
	for _, f := range result.Failures {
		m := numbered.FindStringSubmatch(f.Text)
		if m == nil {
			return nil, fmt.Errorf("SPIN says: %s at depth %d", f.Text, f.Depth)
		}
		n, _ := strconv.Atoi(m[1])
		failures = append(failures, promela.Failure{Number: n, Depth: f.Depth})
	}
	return p.Read(func(line int) int { return result.Executed[line] }, failures)
}

var _ = errors.Is

// SPIN says the same of the spec of each rule.
func TestSpinRules(t *testing.T) {
	requireSPIN(t)
	for _, c := range ruleSpecs(t) {
		t.Run(c.name, func(t *testing.T) {
			for _, sys := range compile(t, c.name, c.text).Systems {
				x := explore(t, sys, 200_000)
				dir := t.TempDir()
				if k := os.Getenv("KEEP"); k != "" {
					dir = k
				}
				found, err := ask(dir, []*fsm.System{sys}, promela.Options{})
				require.NoError(t, err)
				same(t, sys, x, found[0])
			}
		})
	}
}

func same(t testing.TB, sys *fsm.System, x *explored, f promela.Found) {
	require.Equal(t, len(x.order), f.States, "joint states")
	require.Equal(t, x.builtin, f.Builtin, "built-in checks")
	require.Equal(t, x.shows, f.Shows)
}

var spinCount = flag.Int("spin.count", 40, "random systems that SPIN is asked about")

// SPIN says the same of random systems.
func TestSpinRandom(t *testing.T) {
	requireSPIN(t)
	features := []randspec.Options{{}, {Atomic: true, Free: true, Wild: true, Nested: true}, {Faults: true}, randspec.Everything}
	rng := rand.New(rand.NewPCG(1, 1))
	for n := 0; n < *spinCount; n++ {
		text := randspec.Text(rng.IntN, features[n%len(features)])
		sys := compile(t, "random.fsm", text).Systems[0]
		x := explore(t, sys, 1000)
		if !x.complete {
			continue
		}
		start := time.Now()
		found, err := ask(t.TempDir(), []*fsm.System{sys}, promela.Options{})
		if err != nil {
			t.Errorf("%d: %v", n, err)
			os.WriteFile(fmt.Sprintf("/tmp/sp/bad%d.fsm", n), []byte(text), 0o644)
			continue
		}
		if len(x.order) != found[0].States || !reflect.DeepEqual(x.builtin, found[0].Builtin) || !reflect.DeepEqual(x.shows, found[0].Shows) {
			t.Errorf("%d: %d %d, %v %v, %v %v\n", n, len(x.order), found[0].States, x.builtin, found[0].Builtin, x.shows, found[0].Shows)
			os.WriteFile(fmt.Sprintf("/tmp/sp/bad%d.fsm", n), []byte(text), 0o644)
		}
		fmt.Println(n, len(x.order), time.Since(start))
	}
}
