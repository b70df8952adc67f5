package main

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The test binary is the command where it is started as a part.
func TestMain(m *testing.M) {
	if slices.Contains(os.Args, "-part") {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestTwoProcessesTogether(t *testing.T) {
	var out strings.Builder
	err := run(context.Background(), []string{"-connections", "69", "-processes", "2", "-idle", "1s", "-linger", "200ms", "-frame", "200ms"}, nil, &out, io.Discard)
	require.NoError(t, err, out.String())
	for _, want := range []string{"69 of 69 asked", "gateways", "\nno orphan, no leak\n"} {
		require.Contains(t, out.String(), want)
	}
}

func TestMistakesOfTheCommandLine(t *testing.T) {
	require.Error(t, run(context.Background(), []string{"more"}, nil, io.Discard, io.Discard))
	require.Error(t, run(context.Background(), []string{"-none"}, nil, io.Discard, io.Discard))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.Error(t, run(ctx, []string{"-connections", "2"}, nil, io.Discard, io.Discard))
}
