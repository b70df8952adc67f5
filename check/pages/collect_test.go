package pages

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var ballast []byte

// A small heap is collected late, and a large one as usual.
func TestCollectLate(t *testing.T) {
	t.Setenv("GOGC", "")
	usual := debug.SetGCPercent(100)
	defer debug.SetGCPercent(usual)
	now := func() int {
		percent := debug.SetGCPercent(latePercent)
		debug.SetGCPercent(percent)
		return percent
	}
	CollectLate()
	runtime.GC()
	require.Equal(t, latePercent, now())
	ballast = make([]byte, 2*small)
	require.Eventually(t, func() bool { runtime.GC(); return now() == 100 }, 10*time.Second, time.Millisecond)
	ballast = nil
}

// Whoever has said how to collect is not contradicted.
func TestCollectAsTold(t *testing.T) {
	t.Setenv("GOGC", "70")
	usual := debug.SetGCPercent(70)
	defer debug.SetGCPercent(usual)
	CollectLate()
	require.Equal(t, 70, debug.SetGCPercent(70))
}
