package fsm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
)

const (
	digest  = "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	digest2 = "sha256:10112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
)

// slots has one of each kind.
func slots() []fsm.Slot {
	return []fsm.Slot{
		{Name: "state", Kind: fsm.Enum, Hi: 2, Names: []string{"Idle", "Live.Open", "Closed"}},
		{Name: "n", Kind: fsm.Int, Lo: -3, Hi: 12},
		{Name: "fixed", Kind: fsm.Int, Lo: 7, Hi: 7},
		{Name: "on", Kind: fsm.Set, Hi: 7, Names: []string{"a", "b", "c"}},
		{Name: "retry.armed", Kind: fsm.Bool, Hi: 1},
	}
}

func shape(digest string) *fsm.Shape { return fsm.NewShape(digest, "Proxy", 3, true, slots()...) }

func TestASnapshotIsSmallAndReadable(t *testing.T) {
	values := []int64{1, -2, 7, 0b101, 1}
	b, err := shape(digest).AppendBinary(nil, values, 300)
	require.NoError(t, err)
	// Version, digest, number; 2 bits 01, 4 bits 0001, 3 bits 101, 1 bit 1; 300.
	require.Equal(t, "01 00 11 22 33 44 55 66 77 03 45 03 ac 02", fmt.Sprintf("% x", b))
	text, err := shape(digest).AppendJSON(nil, values, 300)
	require.NoError(t, err)
	require.Equal(t, `{"spec":"`+digest+`","machine":"Proxy","steps":300,`+
		`"values":{"state":"Live.Open","n":-2,"fixed":7,"on":["a","c"],"retry.armed":true}}`, string(text))
}

func TestASnapshotOfAnotherSpecIsRefused(t *testing.T) {
	b, err := shape(digest).AppendBinary(nil, []int64{0, 0, 7, 0, 0}, 0)
	require.NoError(t, err)
	_, err = shape(digest2).ReadBinary(b, make([]int64, 5))
	require.ErrorIs(t, err, fsm.ErrSpecChanged)
	require.NotErrorIs(t, err, fsm.ErrSnapshot)
	require.EqualError(t, err, "fsm: written under another spec: Proxy was stored under sha256:0011223344556677…, and this code is generated from sha256:1011223344556677…")
	text, err := shape(digest).AppendJSON(nil, []int64{0, 0, 7, 0, 0}, 0)
	require.NoError(t, err)
	_, err = shape(digest2).ReadJSON(text, make([]int64, 5))
	require.ErrorIs(t, err, fsm.ErrSpecChanged)
	require.ErrorContains(t, err, digest)
	require.ErrorContains(t, err, digest2)
	for _, odd := range []string{"", "sha256:00", "sha256:xyz", "none"} { // digests of specs that no front end made
		_, err = shape(odd).ReadBinary(b, make([]int64, 5))
		require.ErrorIs(t, err, fsm.ErrSpecChanged)
	}
}

func TestWhatIsNoSnapshotIsRefused(t *testing.T) {
	good, err := shape(digest).AppendBinary(nil, []int64{1, -2, 7, 5, 1}, 300)
	require.NoError(t, err)
	text, err := shape(digest).AppendJSON(nil, []int64{1, -2, 7, 5, 1}, 300)
	require.NoError(t, err)
	edit := func(old, with string) []byte {
		require.Contains(t, string(text), old)
		return []byte(strings.Replace(string(text), old, with, 1))
	}
	for want, b := range map[string][]byte{
		"0 bytes are too few":             nil,
		"10 bytes are too few":            good[:10],
		"11 bytes are too few":            good[:11],
		"steps is cut off":                good[:13],
		"more than the values":            append(good[:14:14], 0),
		"version 2, and this code knows":  append([]byte{2}, good[1:]...),
		"another machine of the spec":     append(append(good[:9:9], 4), good[10:]...),
		"state is 3, outside 0..2":        append(append(good[:10:10], 0x47), good[11:]...),
		"more than the values in 14 byte": append(append(good[:11:11], 0x83), good[12:]...), // a bit that means nothing
		"more than the values in 15 byte": append(good[:12:12], 0xac, 0x82, 0x00),           // 300 in a longer form
	} {
		_, err := shape(digest).ReadBinary(b, make([]int64, 5))
		require.ErrorIs(t, err, fsm.ErrSnapshot, want)
		require.ErrorContains(t, err, want)
	}
	for _, b := range [][]byte{
		nil, []byte("null"), []byte("[]"), []byte("{}"), text[:len(text)-1], append(text[:len(text):len(text)], '1'),
		edit("Proxy", "Leader"), edit(`"Proxy"`, "null"), edit("300", "-1"), edit("300", "null"), edit(`"steps":300,`, ""),
		edit(`"steps":300`, `"steps":300,"more":1`), edit(`"steps"`, `"Steps"`), edit("Live.Open", "Live"), edit(`"Live.Open"`, "1"), edit("-2", "13"),
		edit("-2", "-4"), edit("-2", `"-2"`), edit("-2", "-2.0"), edit("-2", "null"), edit(`"n":-2,`, ""), edit(`"n":-2`, `"n":-2,"n":-2`),
		edit(`"n":-2`, `"m":-2`), edit(`"fixed":7`, `"fixed":8`), edit(`"c"`, `"d"`), edit(`"c"`, `"a"`), edit(`["a","c"]`, "5"), edit(`["a","c"]`, "null"), edit("true", "1"),
		edit(`"values":{`, `"values":[`), edit(`"machine"`, `"spec":1,"machine"`),
	} {
		_, err := shape(digest).ReadJSON(b, make([]int64, 5))
		require.ErrorIs(t, err, fsm.ErrSnapshot, "%s", b)
	}
	_, err = shape(digest).AppendBinary(nil, []int64{1, -2, 8, 5, 1}, 0)
	require.EqualError(t, err, "fsm: no snapshot: Proxy: fixed is 8, outside 7..7")
	_, err = shape(digest).AppendJSON(nil, []int64{1}, 0)
	require.ErrorIs(t, err, fsm.ErrSnapshot)
	require.ErrorIs(t, shape(digest).Broken(), fsm.ErrSnapshot)
}

// Whatever the slots are, values come back from both forms, and a snapshot is as long as the bits of its slots.
func TestSnapshotsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []fsm.Slot
		values := []int64{}
		bits := 0
		for i := range rapid.IntRange(0, 12).Draw(t, "slots") {
			s := fsm.Slot{Name: fmt.Sprintf("s%d", i), Kind: fsm.Kind(rapid.IntRange(0, int(fsm.Set)).Draw(t, "kind")), Hi: 1}
			switch s.Kind {
			case fsm.Int:
				s.Lo = rapid.Int64Range(-1<<31, 1<<31).Draw(t, "lo")
				s.Hi = rapid.Int64Range(s.Lo, 1<<31).Draw(t, "hi")
			case fsm.Enum, fsm.Set:
				n := rapid.IntRange(1, fsm.MaxSet).Draw(t, "names")
				for k := range n {
					s.Names = append(s.Names, fmt.Sprintf("name%d", k))
				}
				if s.Hi = int64(n - 1); s.Kind == fsm.Set {
					s.Hi = 1<<n - 1
				}
			}
			for span := uint64(s.Hi - s.Lo); span > 0; span >>= 1 {
				bits++
			}
			all, values = append(all, s), append(values, rapid.Int64Range(s.Lo, s.Hi).Draw(t, "value"))
		}
		counted := rapid.Bool().Draw(t, "counted")
		steps := uint64(0)
		if counted {
			steps = rapid.Uint64().Draw(t, "steps")
		}
		s := fsm.NewShape(digest, "M", 0, counted, all...)
		b, err := s.AppendBinary([]byte{9}, values, steps)
		require.NoError(t, err)
		if !counted {
			require.Len(t, b, 1+1+8+1+(bits+7)/8)
		}
		text, err := s.AppendJSON([]byte("9"), values, steps)
		require.NoError(t, err)
		for _, read := range []func([]int64) (uint64, error){
			func(into []int64) (uint64, error) { return s.ReadBinary(b[1:], into) },
			func(into []int64) (uint64, error) { return s.ReadJSON(text[1:], into) },
		} {
			back := make([]int64, len(values))
			n, err := read(back)
			require.NoError(t, err)
			require.Equal(t, values, back)
			require.Equal(t, steps, n)
		}
	})
}

// Any bytes are refused, or are the one snapshot of what is read from them.
func FuzzReadBinary(f *testing.F) {
	good, err := shape(digest).AppendBinary(nil, []int64{1, -2, 7, 5, 1}, 300)
	require.NoError(f, err)
	f.Add(good)
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		values := make([]int64, 5)
		steps, err := shape(digest).ReadBinary(b, values)
		if err != nil {
			return
		}
		again, err := shape(digest).AppendBinary(nil, values, steps)
		require.NoError(t, err)
		require.Equal(t, b, again)
	})
}

// Any text is refused, or is read again from what is written of it.
func FuzzReadJSON(f *testing.F) {
	good, err := shape(digest).AppendJSON(nil, []int64{1, -2, 7, 5, 1}, 300)
	require.NoError(f, err)
	f.Add(good)
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		values, back := make([]int64, 5), make([]int64, 5)
		steps, err := shape(digest).ReadJSON(text, values)
		if err != nil {
			return
		}
		again, err := shape(digest).AppendJSON(nil, values, steps)
		require.NoError(t, err)
		n, err := shape(digest).ReadJSON(again, back)
		require.NoError(t, err)
		require.Equal(t, values, back)
		require.Equal(t, steps, n)
	})
}

func TestValues(t *testing.T) {
	var all []int64
	for v := range fsm.Values(-1, 3) {
		if all = append(all, v); v == 2 {
			break
		}
	}
	require.Equal(t, []int64{-1, 0, 1, 2}, all)
	for range fsm.Values(1, 0) {
		t.Fatal("a value of an empty range")
	}
}
