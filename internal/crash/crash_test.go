package main

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
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
	path := dir + "/" + recording
	_, err = kept(path, said, 0)
	require.NoError(t, err)

	said[uint64(1<<40)] = "1 a"
	_, err = kept(path, said, 0)
	require.ErrorContains(t, err, "was acknowledged")
	_, err = kept(path, nil, 1<<40)
	require.ErrorContains(t, err, "was flushed")
	require.NoError(t, wholeSnapshot(dir+"/"+snapshot, h.snapshot))
	if _, err := os.Stat(dir + "/" + snapshot); err == nil {
		require.ErrorContains(t, wholeSnapshot(dir+"/"+snapshot, 1<<63), "is there")
	}
	require.NoError(t, os.WriteFile(dir+"/"+snapshot, []byte("half"), 0o644))
	require.ErrorContains(t, wholeSnapshot(dir+"/"+snapshot, 0), "not whole")
	require.NoError(t, os.Truncate(path, 10))
	delete(said, 1<<40)
	_, err = kept(path, said, 0)
	require.Error(t, err)
}
