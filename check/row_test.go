package check

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
)

// linkOf lays out one link that carries messages of the fields, each with the values 0 to its number.
func linkOf(messages [][]int64) *linkLayout {
	spec := &fsm.Spec{}
	link := &fsm.Link{Capacity: 2, Kind: fsm.Network}
	for m, fields := range messages {
		message := fsm.Message{}
		for _, hi := range fields {
			message.Fields = append(message.Fields, fsm.Param{Type: &fsm.Type{Kind: fsm.Int, Lo: 0, Hi: hi}})
		}
		spec.Messages = append(spec.Messages, message)
		link.Carries = append(link.Carries, m)
	}
	l := &layout{sys: &fsm.System{Spec: spec}}
	if err := l.addLink(link); err != nil {
		panic(err)
	}
	return &l.links[0]
}

// What a place holds is a number of its own for every message, not 0, in the order of messages, and can be read again.
func TestCodesAreOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fields := rapid.SliceOfN(rapid.Int64Range(0, 1<<rapid.SampledFrom([]int{1, 3, 20}).Draw(t, "bits")), 0, 4)
		messages := rapid.SliceOfN(fields, 1, 5).Draw(t, "messages")
		k := linkOf(messages)
		draw := func(label string) (fsm.Packet, []uint64) {
			m := rapid.IntRange(0, len(messages)-1).Draw(t, label)
			packed := []int64{int64(m)}
			for _, hi := range messages[m] {
				packed = append(packed, rapid.SampledFrom([]int64{0, hi / 2, hi}).Draw(t, label))
			}
			code, args := make([]uint64, k.parcel()), make([]int64, 4)
			k.encode(packed, code)
			require.Equal(t, m, k.decode(code, args))
			require.Equal(t, packed[1:], args[:len(messages[m])])
			return fsm.Packet{Message: m, Args: packed[1:]}, code
		}
		a, codeA := draw("a")
		b, codeB := draw("b")
		require.Equal(t, a.Compare(b), compareCodes(codeA, codeB))
		require.True(t, slices.ContainsFunc(codeA, func(w uint64) bool { return w != 0 }))
	})
}

// A place takes the bits of the number of messages, where they are fewer than those of the kind and the fields.
func TestMessagesAreCounted(t *testing.T) {
	require.Equal(t, 3, linkOf([][]int64{{6}}).width, "seven messages and none")
	require.Equal(t, 4, linkOf([][]int64{{7}}).width)
	require.Equal(t, 4, linkOf([][]int64{{6}, {}, {}}).width)
	require.Equal(t, 2, linkOf([][]int64{{}, {}, {}}).width)
	require.Equal(t, 63, linkOf([][]int64{{1<<31 - 1, 1<<31 - 1}}).width)
	require.Equal(t, 94, linkOf([][]int64{{1<<31 - 1, 1<<31 - 1, 1<<31 - 1}}).width)
}
