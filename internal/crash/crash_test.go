package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/machines/wukongim/repaired"
)

// The test program is its own child when it is asked to be.
func TestMain(m *testing.M) {
	if dir := os.Getenv("CRASH_CHILD"); dir != "" {
		var round int
		fmt.Sscan(os.Getenv("CRASH_ROUND"), &round)
		fmt.Fprintln(os.Stderr, record(dir, round, os.Stdout))
		os.Exit(2)
	}
	flag.Parse()
	os.Exit(m.Run())
}

// A few kills; the command makes a hundred.
func TestWhatWasAcknowledgedIsThere(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	tally, err := campaign(5, 1, "../../machines/wukongim/repaired", func(dir string, round int) []string {
		t.Setenv("CRASH_CHILD", dir)
		t.Setenv("CRASH_ROUND", fmt.Sprint(round))
		return []string{self, "-test.run=^$"}
	})
	require.NoError(t, err)
	require.Equal(t, 5, tally.kills)
	require.NotZero(t, tally.acknowledged)
	require.NotZero(t, tally.lines)
	t.Log(tally)
}

// What a campaign looks for, it finds: a line that is gone, another one in its place, an old snapshot, half a snapshot.
func TestLossesAreNoticed(t *testing.T) {
	dir := t.TempDir()
	said := map[uint64]string{}
	self, err := os.Executable()
	require.NoError(t, err)
	t.Setenv("CRASH_CHILD", dir)
	t.Setenv("CRASH_ROUND", "0")
	h, err := kill([]string{self, "-test.run=^$"}, 0, said)
	require.NoError(t, err)
	require.NotEmpty(t, said)
	path, saved := filepath.Join(dir, recording), filepath.Join(dir, snapshot)
	found, err := read(path)
	require.NoError(t, err)
	require.NoError(t, found.has(said, 0))
	require.ErrorContains(t, found.has(map[uint64]string{1: "7 a"}, 0), "was acknowledged")
	require.ErrorContains(t, found.has(nil, 1<<40), "was flushed")
	if h.snapshot > 0 {
		require.NoError(t, found.agrees(saved, h.snapshot))
		require.ErrorContains(t, found.agrees(saved, 1<<63), "is there")
	}
	require.Error(t, found.agrees(filepath.Join(dir, "nothing"), 1))

	f, err := newFleet()
	require.NoError(t, err)
	defer f.Close()
	for i := range workers + 1 {
		require.NoError(t, f.Add(fmt.Sprint(i), 0))
		require.NoError(t, f.Fire(fmt.Sprint(i), repaired.EmbeddedEvent{Kind: repaired.EmbeddedOnProxyAccept}))
	}
	_, err = f.Save(saved)
	require.NoError(t, err)
	require.ErrorContains(t, found.agrees(saved, 0), "ahead of the recording")
	found.states["1 0"] = "elsewhere"
	require.ErrorContains(t, found.agrees(saved, 0), "elsewhere was recorded")
	require.NoError(t, os.Truncate(saved, 50))
	require.Error(t, found.agrees(saved, 0))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append([]byte("x"), text...), 0o644))
	_, err = read(path)
	require.Error(t, err)
}
