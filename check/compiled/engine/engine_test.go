package engine

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/check/compiled/engine/orbits"
)

// A row of places in a state of one word, by its two ways of writing: as a number, and place by place.
func TestPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := uint(rapid.IntRange(1, 7).Draw(t, "width"))
		room := uint(rapid.IntRange(1, int(56/width)).Draw(t, "room"))
		at := uint(rapid.IntRange(0, int(64-width*room)).Draw(t, "at"))
		mask := uint64(1)<<(width*room) - 1
		around := rapid.Uint64().Draw(t, "around") &^ (mask << at)
		s := state{around}
		var list []uint64 // the obvious row
		for range rapid.IntRange(1, 20).Draw(t, "changes") {
			n := uint(len(list))
			require.Equal(t, n, length(s, at, width, room))
			before := s.w0 >> at & mask
			if n < room && rapid.Bool().Draw(t, "put in") {
				place := uint(rapid.IntRange(0, int(n)).Draw(t, "place"))
				packet := rapid.Uint64Range(1, 1<<width-1).Draw(t, "packet")
				s = putIn(s, at, width, room, place, packet)
				require.Equal(t, s.w0>>at&mask, fitIn(before, place, width, packet))
				list = append(list[:place], append([]uint64{packet}, list[place:]...)...)
			} else if n > 0 {
				place := uint(rapid.IntRange(0, int(n)-1).Draw(t, "place"))
				s = takeOut(s, at, width, room, place)
				require.Equal(t, s.w0>>at&mask, cutOut(before, place, width))
				list = append(list[:place], list[place+1:]...)
			}
			require.Equal(t, around, s.w0&^(mask<<at))
			for i, packet := range list {
				require.Equal(t, packet, get(s, at+uint(i)*width, width))
			}
		}
	})
}

// The messages of a set are those of its bits, in their order.
func TestMembers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := rapid.Uint64().Draw(t, "set")
		place := uint(0)
		for m := uint64(1); m <= 64; m++ {
			if bit := uint64(1) << (m - 1); set&bit != 0 {
				require.Equal(t, m, member(set, place))
				require.Equal(t, set&^bit, without(set, place))
				place++
			}
		}
		require.Zero(t, member(set, place))
	})
}

func TestSetAndGet(t *testing.T) {
	s := state{^uint64(0)}
	s = set(s, 3, 5, 9)
	require.EqualValues(t, 9, get(s, 3, 5))
	require.EqualValues(t, 7, get(s, 0, 3))
	require.EqualValues(t, 1<<56-1, get(s, 8, 56))
}

// All combinations of choices, the last one fastest; what is asked may depend on what was chosen.
func TestChoices(t *testing.T) {
	c := &newExplorer().choices
	var seen [][3]int64
	for more := c.begin(); more; more = c.again() {
		a := c.pick(1, 2)
		b := int64(7)
		if a == 2 {
			b = c.pick(0, 1)
		}
		guard := [maxArgs]int64{a}
		first := c.extern(4, guard)
		require.Equal(t, first, c.extern(4, guard), "one answer in a step")
		seen = append(seen, [3]int64{a, b, truth(first)})
	}
	require.Equal(t, [][3]int64{{1, 7, 0}, {1, 7, 1}, {2, 0, 0}, {2, 0, 1}, {2, 1, 0}, {2, 1, 1}}, seen)
}

// A message that nobody minds is handed over; a configuration that comes again, or too many, is a runaway.
func TestSettle(t *testing.T) {
	x := newExplorer()
	n := state{1}
	x.queue = []packet{{link: 0}, {link: 1}}
	require.Equal(t, done, x.settle(&n))
	require.Empty(t, x.queue)
	require.False(t, x.repeats(&n))
	require.True(t, x.repeats(&n))
	for _, other := range []packet{{message: 1}, {args: [maxArgs]int64{1}}} {
		x.queue = []packet{other}
		require.False(t, x.repeats(&n))
		require.True(t, x.repeats(&n))
	}
	x.queue = make([]packet, maxDeliveries+1)
	require.Equal(t, violated, x.settle(&n))
	require.Equal(t, runaway(0), x.site)
}

// At each place the first finding counts.
func TestFindings(t *testing.T) {
	x := newExplorer()
	x.id = 3
	x.doubt(1)
	x.violate(1)
	x.violate(0)
	require.Equal(t, []finding{{site: 1, parent: 3, asked: true}, {site: 0, parent: 3}}, x.found)
	require.Equal(t, 2, x.hits)
}

// The mixing of bits is one to one: no two states have the same home and the same rest.
func TestMixIsOneToOne(t *testing.T) {
	seen := make([]bool, 1<<mixBits)
	for w := range uint64(1) << mixBits {
		h := mix(w)
		require.Zero(t, h>>mixBits)
		require.False(t, seen[h])
		seen[h] = true
	}
}

// The table holds what is put into it, in both kinds of slots, and through growth, whoever fills the new slots.
func TestTable(t *testing.T) {
	halves := func(n int, do func(from, to int) bool) bool {
		first := make(chan bool)
		go func() { first <- do(0, n/2) }()
		return do(n/2, n) && <-first
	}
	for _, share := range []sharing{nil, halves} {
		for _, plain := range []bool{false, true} {
			fillTable(t, plain, share)
		}
	}
}

// A batch that makes the table grow is looked up as what the table is then.
func TestGrowthInTheMiddleOfABatch(t *testing.T) {
	x := newExplorer()
	x.tell = func(*explorer) bool { return true }
	x.limit = limits{maxStates, 1 << 40, 1 << 20}
	x.plain = true
	x.resize(minSlots)
	const states = 3<<minSlots>>2 - 1
	for w := range uint64(states) {
		x.start(state{w})
	}
	x.flush()
	require.Equal(t, states, x.count)
	require.False(t, x.quotient)
	x.plain = false
	for w := range uint64(batch - 1) {
		x.start(state{w})
	}
	x.flush()
	require.True(t, x.quotient)
	require.Equal(t, states, x.count, "nothing was new")
}

func fillTable(t *testing.T, plain bool, share sharing) {
	x := &explorer{live: 1, limit: limits{maxStates, 1 << 40, 1 << 20}}
	x.plain, x.share = plain, share
	x.table.init()
	known := map[state]uint32{}
	random := rand.New(rand.NewPCG(1, 2))
	for range 40_000 {
		require.True(t, x.reserve(1))
		s := state{random.Uint64() >> (64 - stateBits)}
		x.next[0], x.hash[0] = s, x.hashOf(s)
		isNew := x.sieve(1) > 0 && x.isNew(0)
		id, there := known[s]
		require.Equal(t, !there, isNew)
		if isNew {
			known[s] = x.add(&s, 0)
			continue
		}
		var back state
		x.load(id, &back)
		require.Equal(t, s, back)
	}
	for s := range known {
		x.next[0], x.hash[0] = s, x.hashOf(s)
		require.False(t, x.sieve(1) > 0 && x.isNew(0))
	}
	require.Len(t, known, x.count)
	require.NotEqual(t, plain, x.quotient)
	require.Greater(t, x.k, uint(minSlots))
}

// A quotient that would be too far from home makes the table grow.
func TestFar(t *testing.T) {
	x := newExplorer()
	x.limit = limits{maxStates, 1 << 40, 1 << 20}
	for w := range uint64(1) << mixBits { // all states of a few homes: they are in a row
		s := state{w}
		if x.hash[0] = x.hashOf(s); x.hash[0]>>(mixBits-minSlots) >= 36 {
			continue
		}
		require.True(t, x.reserve(1))
		require.True(t, x.lookup(&s, 0))
		x.add(&s, 0)
	}
	require.Greater(t, x.count, 1<<wayBits)
	require.Greater(t, x.k, uint(minSlots))
	for id := range uint32(x.count) {
		var s state
		x.load(id, &s)
		x.hash[0] = x.hashOf(s)
		require.False(t, x.lookup(&s, 0))
	}
}

func TestNoRoom(t *testing.T) {
	x := newExplorer()
	x.limit = limits{maxStates, 1 << 10, 1 << 20}
	require.False(t, x.reserve(batch))
}

// talk gives the engine lines and returns what it answers up to the line that begins with until. The input stays open.
func talk(t *testing.T, in io.Writer, out *bufio.Reader, lines, until string) []string {
	_, err := io.WriteString(in, lines)
	require.NoError(t, err)
	var answers []string
	for {
		line, err := out.ReadString('\n')
		require.NoError(t, err)
		answers = append(answers, strings.TrimSpace(line))
		if strings.HasPrefix(line, until) {
			return answers
		}
	}
}

// A whole conversation: what the engine says it has found is what it hands out afterwards.
func TestConsole(t *testing.T) {
	in, write := io.Pipe()
	read, out := io.Pipe()
	go func() {
		Main(in, out)
		out.Close()
	}()
	answers := bufio.NewReader(read)
	said := talk(t, write, answers, "limits 1000000 1000000000 1000\nstart 1\nexplore\n", "end")
	require.Contains(t, said, "done complete")
	var states, transitions, expanded, bytes int
	for _, line := range said {
		fmt.Sscanf(line, "counts %d %d %d %d", &states, &transitions, &expanded, &bytes)
	}
	require.Greater(t, states, 100)
	require.Equal(t, states, expanded)
	require.Greater(t, transitions, states)

	line := talk(t, write, answers, fmt.Sprintf("path %d\n", states-1), "path")[0]
	var n int
	fmt.Sscanf(line, "path %d", &n)
	path := make([]byte, 8*n)
	_, err := io.ReadFull(answers, path)
	require.NoError(t, err)
	require.EqualValues(t, 1, binary.LittleEndian.Uint64(path))

	require.Equal(t, fmt.Sprintf("states %d", states), talk(t, write, answers, "states\n", "states")[0])
	all := make([]byte, 8*states)
	_, err = io.ReadFull(answers, all)
	require.NoError(t, err)
	require.Equal(t, path[8*(n-1):], all[8*(states-1):], "the last state is where the path to it ends")
	require.NoError(t, write.Close())
	rest, err := io.ReadAll(answers)
	require.NoError(t, err)
	require.Empty(t, rest)
}

// Where nothing begins nobody has anything to do.
func TestConsoleWithoutStarts(t *testing.T) {
	for _, workers := range []string{"workers 1\n", "workers 2\n"} {
		var out bytes.Buffer
		Main(strings.NewReader("limits 1000000 1000000000 1000\n"+workers+"explore\n"), &out)
		require.Contains(t, out.String(), "counts 0 0 0 ")
	}
}

func TestConsoleSaysWhatItDoesNotUnderstand(t *testing.T) {
	var out bytes.Buffer
	Main(strings.NewReader("limits 5\nstart x\nnonsense\nwatch 99 0 0 0\npath 3\n"), &out)
	require.Equal(t, 5, strings.Count(out.String(), "error "))
}

// A step with more combinations of free choices than the limit ends the search, as if the state had not been expanded.
func TestTooManyChoices(t *testing.T) {
	for most, halted := range map[int]string{8: "", 7: "choices"} {
		x := newExplorer()
		x.limit = limits{maxStates, 1 << 40, most}
		runs := 0
		for more := x.begin(); more; more = x.again() {
			runs++
			x.pick(0, 1)
			x.pick(0, 3)
		}
		require.Equal(t, most, runs)
		require.Equal(t, halted, x.halted)
	}
}

// Twelve elements of which each names another in a cycle of three can be put into 1944 orders, fifteen into more than are tried.
func TestLabelsAreFoundOrGivenUp(t *testing.T) {
	for n, crowded := range map[int]bool{12: false, 15: true} {
		shape := &orbits.Shape{Words: words, Classes: []orbits.Class{{First: 0, Size: n}}}
		f := orbits.Family{Dims: []int{0}, Bits: 4, Value: orbits.Value{Class: 0}}
		var s state
		for e := range n {
			f.At = append(f.At, e)
			f.Places = append(f.Places, orbits.Place{At: 4 * e, Elements: []int{e}})
			s = set(s, uint(4*e), 4, uint64(e/3*3+(e+1)%3))
		}
		shape.Families = []orbits.Family{f}
		x := newExplorer()
		least := x.label(s, shape)
		require.Equal(t, crowded, x.crowded)
		if !crowded {
			var turned state // round the other way
			for e := range n {
				turned = set(turned, uint(4*e), 4, uint64(e/3*3+(e+2)%3))
			}
			require.Equal(t, least, x.label(turned, shape))
		}
	}
}
