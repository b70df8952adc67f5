package check

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

func TestOneIn(t *testing.T) {
	for p, want := range map[float64]string{1: "1", 0.7: "1.4", 0.3: "3.3", 0.1: "10", 1.0 / 1234: "1,200", 1.0 / 99_999_999: "99,000,000",
		math.Exp2(-64): "1.8e+19"} {
		require.Equal(t, want, oneIn(p), "%v", p)
	}
}

// The odds stand where the verdicts are: with each that a missed state could change, and with no other.
func TestOddsStandWithTheVerdict(t *testing.T) {
	sys := sessionSpec(t, fsm.Network, true)
	report, err := Run(t.Context(), sys, Options{})
	require.NoError(t, err)
	write := func(o TextOptions) string {
		var b bytes.Buffer
		require.NoError(t, WriteText(&b, report, o))
		return b.String()
	}
	require.NotContains(t, write(TextOptions{}), "missed")
	report.Missed, report.Stats.Fingerprints = 1e-6, true
	lines := bytes.Split([]byte(write(TextOptions{Verbose: true})), []byte("\n"))
	held := 0
	for _, line := range lines {
		if bytes.Contains(line, []byte("✓ holds")) || bytes.Contains(line, []byte("not reached")) {
			held++
			require.Contains(t, string(line), "unless a state was missed: 1 in 1,000,000")
		} else {
			require.NotContains(t, string(line), "unless a state was missed")
		}
	}
	require.NotZero(t, held)
	require.Contains(t, write(TextOptions{}), "odds of at most 1 in 1,000,000 that a state was missed")
	report.Missed = 0
	require.Contains(t, write(TextOptions{}), "none was missed")
}

func TestOddsGrowWithTheSquare(t *testing.T) {
	odds := func(states, bits int, prints bool) float64 {
		p, err := compile(sessionSpec(t, fsm.Network, true), false)
		require.NoError(t, err)
		p.bits = bits
		s := newSearch(t.Context(), p, &Options{Fingerprints: prints})
		s.away = &away{states: states}
		return s.missed()
	}
	require.Zero(t, odds(1_000_000, 65, false))
	require.Zero(t, odds(1_000_000, 64, true))
	require.Zero(t, odds(1, 65, true))
	require.InEpsilon(t, 1e12/math.Exp2(65), odds(1_000_000, 65, true), 1e-5)
	require.EqualValues(t, 1, odds(1<<40, 65, true))
}

// Storage that only a compiled search has is refused where there is none.
func TestStorageNeedsACompiledSearch(t *testing.T) {
	sys := sessionSpec(t, fsm.Network, true)
	set := fsm.SetType(fsm.IntType(0, 61))
	fields := &sys.Spec.Messages[sys.Links[0].Carries[0]].Fields
	*fields = append(*fields, fsm.Param{Name: "wide", Type: set}, fsm.Param{Name: "wider", Type: set})
	require.NoError(t, sys.Spec.Finish())
	for _, o := range []Options{{Fingerprints: true}, {Dir: t.TempDir()}} {
		_, err := Run(t.Context(), sys, o)
		require.ErrorContains(t, err, "this system cannot be compiled")
	}
	_, err := Run(t.Context(), sys, Options{Fingerprints: true, Dir: t.TempDir()})
	require.ErrorContains(t, err, "exclude each other")
}
