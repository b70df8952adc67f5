package record

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
)

// recording is the text of a recording, and where its lines begin.
func recording(t require.TestingT, observed []fsm.Observation) (text []byte, starts []int) {
	for i := range observed {
		body, err := encode(when, &observed[i])
		require.NoError(t, err)
		starts = append(starts, len(text))
		text = appendLine(text, uint64(i+1), body)
	}
	return text, starts
}

// outcome is what a reader says of a text.
type outcome struct {
	lines   []uint64
	damaged []Damage
	torn    []Torn
}

func read(t require.TestingT, text []byte) outcome {
	var out outcome
	for r := NewReader(bytes.NewReader(text)); ; {
		line, err := r.Next()
		var damage *Damage
		var torn *Torn
		switch {
		case err == io.EOF:
			_, again := r.Next()
			require.Equal(t, io.EOF, again)
			return out
		case err == nil:
			require.Empty(t, out.torn, "nothing follows a torn line")
			out.lines = append(out.lines, line.N)
		case errors.As(err, &damage):
			out.damaged = append(out.damaged, *damage)
		case errors.As(err, &torn):
			out.torn = append(out.torn, *torn)
		default:
			require.NoError(t, err)
		}
	}
}

// Cut anywhere, a recording has all lines before the cut, and a torn one exactly where the cut is inside a line.
func TestTornLines(t *testing.T) {
	text, starts := recording(t, []fsm.Observation{{Event: "a"}, {Event: "b", Session: "\x00\xff"}, {Event: "c"}})
	for cut := range len(text) + 1 {
		out := read(t, text[:cut])
		whole := 0
		for whole < len(starts) && (whole+1 < len(starts) && starts[whole+1] <= cut || whole+1 == len(starts) && cut == len(text)) {
			whole++
		}
		require.Len(t, out.lines, whole, cut)
		require.Empty(t, out.damaged)
		if whole < len(starts) && cut > starts[whole] {
			require.Equal(t, []Torn{{whole + 1, int64(starts[whole])}}, out.torn)
			require.ErrorContains(t, &out.torn[0], "has no end")
		} else {
			require.Empty(t, out.torn)
		}
	}
}

// A byte that has changed damages the line that it is in, or makes one of two, and no other line.
func TestDamagedLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, starts := recording(t, rapid.SliceOfN(observations(), 1, 5).Draw(t, "observations"))
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		old := text[at]
		text[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		hit := 0
		for hit+1 < len(starts) && starts[hit+1] <= at {
			hit++
		}
		var want []uint64
		for i := range starts {
			if i != hit && !(old == '\n' && i == hit+1) {
				want = append(want, uint64(i+1))
			}
		}
		out := read(t, text)
		require.Equal(t, want, out.lines)
		require.NotEmpty(t, append(out.damaged, make([]Damage, len(out.torn))...))
		for _, d := range out.damaged {
			require.Contains(t, []int{hit + 1, hit + 2}, d.Line)
			require.ErrorContains(t, &d, "is damaged")
		}
	})
}

func TestLinesWithoutEnd(t *testing.T) {
	text, _ := recording(t, []fsm.Observation{{Event: "a"}})
	long := append(bytes.Repeat([]byte("x"), 3*MaxLine), '\n')
	out := read(t, append(append(long, text...), long[:MaxLine]...))
	require.Equal(t, []uint64{1}, out.lines)
	require.Len(t, out.damaged, 1)
	require.Len(t, out.torn, 1)
	require.Equal(t, int64(len(long)+len(text)), out.torn[0].Offset)
}

// A disk that fails in the middle is no end of the recording.
func TestReadErrorsStay(t *testing.T) {
	text, _ := recording(t, []fsm.Observation{{Event: "a"}})
	r := NewReader(io.MultiReader(bytes.NewReader(text[:len(text)/2]), broken{}))
	for range 2 {
		_, err := r.Next()
		require.ErrorIs(t, err, errDisk)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errDisk }

// Whatever the bytes, a reader ends, passes over nothing in silence, and gives no line that is not written as it is.
func FuzzReader(f *testing.F) {
	text, _ := recording(f, []fsm.Observation{{Event: "a"}, {Session: "\xff", Effects: []string{"do X(1)"}, Refused: fsm.CauseTimer}})
	f.Add(text)
	f.Add(text[:len(text)-3])
	f.Add(append([]byte("\n\n"), text...))
	f.Add([]byte(`{"n":1,"sum":"00000000"}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		out := read(t, text)
		require.Equal(t, bytes.Count(text, []byte("\n")), len(out.lines)+len(out.damaged))
		require.Equal(t, len(text) > 0 && text[len(text)-1] != '\n', len(out.torn) == 1)
		for line := range bytes.Lines(text) {
			l, err := decode(bytes.TrimSuffix(line, []byte("\n")))
			if err != nil {
				continue
			}
			body, err := encode(l.Time, &l.Observation)
			require.NoError(t, err)
			again, err := decode(bytes.TrimSuffix(appendLine(nil, l.N, body), []byte("\n")))
			require.NoError(t, err)
			require.Equal(t, l, again)
		}
	})
}
