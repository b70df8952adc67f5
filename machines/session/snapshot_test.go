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

func BenchmarkAppendBinary(b *testing.B) {
	both, _, err := session.NewEmbedded()
	require.NoError(b, err)
	buffer := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		if buffer, err = both.AppendBinary(buffer[:0]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnmarshalBinary(b *testing.B) {
	both, _, err := session.NewEmbedded()
	require.NoError(b, err)
	snapshot, err := both.MarshalBinary()
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if err := both.UnmarshalBinary(snapshot); err != nil {
			b.Fatal(err)
		}
	}
}
