package gateway

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFramesComeBack(t *testing.T) {
	b := AppendFrame(AppendFrame(nil, FramePing, nil), FrameSend, []byte("ann\x00hello"))
	require.Equal(t, "P\x00\x00S\x00\x09ann\x00hello", string(b))
	r := bufio.NewReaderSize(bytes.NewReader(b), 16)
	kind, payload, err := ReadFrame(r, 9)
	require.NoError(t, err)
	require.EqualValues(t, FramePing, kind)
	require.Empty(t, payload)
	kind, payload, err = ReadFrame(r, 9)
	require.NoError(t, err)
	require.EqualValues(t, FrameSend, kind)
	require.Equal(t, "ann\x00hello", string(payload))
	_, _, err = ReadFrame(r, 9)
	require.Equal(t, io.EOF, err)
	require.Len(t, AppendFrame(nil, FramePush, make([]byte, 1<<17)), headerSize+1<<16-1, "what is too long is cut off, not sent as something else")
}

func TestFramesThatAreNone(t *testing.T) {
	for text, want := range map[string]error{"": io.EOF, "P": io.ErrUnexpectedEOF, "P\x00": io.ErrUnexpectedEOF, "S\x00\x09ann": io.ErrUnexpectedEOF,
		"S\x00\x09": io.ErrUnexpectedEOF, "S\x00\x0aann\x00hello!": errTooLong, "GET / HTTP/1.1\r\n": errTooLong} {
		_, _, err := ReadFrame(bufio.NewReaderSize(strings.NewReader(text), 16), 9)
		require.ErrorIs(t, err, want, "%q", text)
	}
	for _, text := range []string{"", "ann", "\x00x", "a\nb\x00", "\xff\x00", strings.Repeat("a", maxUser+1) + "\x00"} {
		_, _, err := addressed([]byte(text))
		require.Error(t, err, "%q", text)
	}
	user, rest, err := addressed([]byte("ann lee\x00a\x00b"))
	require.NoError(t, err)
	require.Equal(t, []string{"ann lee", "a\x00b"}, []string{user, rest})
}

// Whatever bytes come, reading ends, and what was read was there.
func FuzzReadFrame(f *testing.F) {
	f.Add([]byte("P\x00\x00S\x00\x09ann\x00hello"))
	f.Add([]byte("\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bufio.NewReaderSize(bytes.NewReader(b), 16)
		var again []byte
		for {
			kind, payload, err := ReadFrame(r, 64)
			if err != nil {
				break
			}
			require.LessOrEqual(t, len(payload), 64)
			again = AppendFrame(again, kind, payload)
		}
		require.True(t, bytes.HasPrefix(b, again))
	})
}
