package session_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/machines/session"
)

// Whatever bytes come, they are refused and nothing changes, or they are the snapshot of what is restored, which goes on as it did.
func FuzzUnmarshalBinary(f *testing.F) {
	both, _, err := session.NewEmbedded()
	require.NoError(f, err)
	for {
		snapshot, err := both.MarshalBinary()
		require.NoError(f, err)
		f.Add(snapshot)
		f.Add(snapshot[:len(snapshot)-1])
		possible := false
		for event := range both.EnabledEvents() {
			_, err := both.Step(event)
			require.NoError(f, err)
			possible = true
			break
		}
		if !possible {
			break
		}
	}
	f.Fuzz(func(t *testing.T, stored []byte) {
		target := both
		if err := target.UnmarshalBinary(stored); err != nil {
			require.Equal(t, both, target)
			return
		}
		again, err := target.MarshalBinary()
		require.NoError(t, err)
		require.Equal(t, stored, again)
		for event := range target.EnabledEvents() {
			next := target
			_, err := next.Step(event)
			require.NoError(t, err)
		}
	})
}
