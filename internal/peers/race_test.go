//go:build race

package peers_test

// racing: the race detector calls functions where a processor has instructions, and small steps are no longer small.
const racing = true
