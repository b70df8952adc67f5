package spin

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const said = `
Depth=      10 States=       92 Transitions=      100 Memory=   128.195
pan:1: assertion violated (x_fail!=3) (at depth 14)
pan:2: assertion violated (x_fail!=7) (at depth 9)
pan:3: assertion violated (x_fail!=3) (at depth 12)
(Spin Version 6.5.2 -- 6 December 2019)
     3192 states, stored
	     100 nominal states (stored-atomic)

Peg Counts (transitions executed):
 1546	trans    1 (null):0
   99	trans    4 system.pml:50
    2	trans    5 system.pml:50
`

func TestReadWhatAVerifierSays(t *testing.T) {
	r, err := read([]byte(said))
	require.NoError(t, err)
	require.Equal(t, &Result{Stored: 3192, Executed: map[int]int{0: 1546, 50: 101},
		Failures: []Failure{{"assertion violated (x_fail!=7)", 9}, {"assertion violated (x_fail!=3)", 12}}}, r)
}

// A search that was cut short must not pass for a whole one.
func TestReadRefusesWhatIsNotWhole(t *testing.T) {
	for _, line := range []string{"error: max search depth too small", "pan: reached -DMEMLIM bound", "pan: out of memory", "pan: error, VECTORSZ too small"} {
		_, err := read([]byte(line + said))
		require.ErrorContains(t, err, "not complete")
	}
	_, err := read([]byte("spin: trying the impossible"))
	require.ErrorContains(t, err, "did not tell")
}

// A command that takes too long is a limit that was met, and no verdict.
func TestACommandIsGivenSoMuchTime(t *testing.T) {
	_, err := command(context.Background(), t.TempDir(), time.Millisecond, "sleep", "60")
	require.ErrorIs(t, err, ErrLimit)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = command(ctx, t.TempDir(), time.Minute, "sleep", "60")
	require.Error(t, err)
	require.NotErrorIs(t, err, ErrLimit)
}

func TestReadAnAcceptanceCycle(t *testing.T) {
	r, err := read([]byte("pan:1: acceptance cycle (at depth 21)\npan: wrote system.pml.trail\n" + "       12 states, stored (20 visited)\n"))
	require.NoError(t, err)
	require.Equal(t, []Failure{{cycle, 21}}, r.Failures)
}

// A text that SPIN finds too long is a limit that was met; one that is wrong is not.
func TestATextThatIsTooLong(t *testing.T) {
	if Installed() != nil {
		t.Skip("NOT CHECKED: SPIN is not installed")
	}
	long := "int x;\ninit { d_step { " + strings.Repeat("x = (x + 1) % 7; ", 3000) + "} }\n"
	_, err := Run(context.Background(), t.TempDir(), []byte(long), Options{})
	require.ErrorIs(t, err, ErrLimit)
	_, err = Run(context.Background(), t.TempDir(), []byte("init { wrong }"), Options{})
	require.Error(t, err)
	require.NotErrorIs(t, err, ErrLimit)
}
