package peers_test

import (
	"errors"
	"os/exec"
	"regexp"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
	"interlock/internal/peers/connection"
	"interlock/internal/peers/effects"
	"interlock/internal/peers/pair"
	"interlock/internal/peers/wide"
)

func TestSizes(t *testing.T) {
	require.EqualValues(t, 1, unsafe.Sizeof(connection.Connection{}))
	require.EqualValues(t, 1, unsafe.Sizeof(wide.Wide{}))
	require.EqualValues(t, 1, unsafe.Sizeof(effects.Connection{}))
	require.EqualValues(t, 8, unsafe.Sizeof(pair.Pair{}))
	require.EqualValues(t, 8, unsafe.Sizeof(pair.PairCell{}))
}

// Neither a step nor a refusal allocates, and no machine on the stack is moved to the heap for it. The errors of a large machine
// are made when they are first asked for.
func TestNothingIsAllocated(t *testing.T) {
	if racing {
		t.Skip("the race detector changes what is compiled into what")
	}
	refused, performed := 0, 0
	count := func(err error) {
		if errors.Is(err, fsm.ErrRefused) {
			refused++
		}
	}
	all, events := make([]connection.Connection, 100), make([]connection.ConnectionEvent, 100)
	n := testing.AllocsPerRun(100, func() {
		c, w, e := connection.NewConnection(), wide.NewWide(), effects.NewConnection()
		p := pair.Pair{}
		var cell pair.PairCell
		for i := range 40 {
			_, err := c.Step(connection.ConnectionEvent{Kind: connection.ConnectionEventKind(i)})
			count(err)
			_, err = c.Dial()
			count(err)
			_, err = c.Close()
			count(err)
			_, err = c.Timeout()
			count(err)
			_, err = w.Step(wide.WideEvent{Kind: wide.WideEventKind(i)})
			count(err)
			out, err := e.Step(effects.ConnectionEvent{Kind: effects.ConnectionEventKind(i)})
			count(err)
			for x := range out.All() {
				performed += int(x.Kind) + 1
			}
			_, err = p.Step(pair.PairEvent{Kind: pair.PairEventKind(i)})
			count(err)
			_, err = cell.Step(pair.PairEvent{Kind: pair.PairEventKind(i)})
			count(err)
			_, err = cell.Dial()
			count(err)
		}
		refused += connection.StepAllConnections(all, events, nil)
	})
	require.Zero(t, n)
	require.NotZero(t, refused)
	require.NotZero(t, performed)
}

// A step is compiled into its caller, or the figures of docs/performance.md are not to be had. The compiler says so itself; it
// repeats what it said when its work comes from the cache.
func TestSmallStepsAreInlined(t *testing.T) {
	out, err := exec.Command("go", "build", "-gcflags=-m", "./connection", "./effects", "./pair", "./wide").CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, method := range []string{"(*Connection).Step", "(*Connection).step", "(*Connection).Can", "Connection.Successor", "(*Connection).Dial", "(*Connection).Close",
		"(*Connection).Timeout", "(*Pair).Step", "(*Pair).Dial", "(*PairCell).Step", "(*PairCell).Dial", "(*Wide).Step", "(*Wide).E7"} {
		require.Regexp(t, "can inline "+regexp.QuoteMeta(method)+"\n", string(out), "%s is too large", method)
	}
}
