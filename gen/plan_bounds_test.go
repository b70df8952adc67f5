package gen

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
	"interlock/internal/randspec"
	"interlock/spec"
)

// joints plans the joint machines of a spec.
func joints(t *testing.T, s *fsm.Spec) []*system {
	t.Helper()
	g, _, err := build(s, controls(t, s), Options{})
	require.NoError(t, err)
	require.NotEmpty(t, g.systems)
	return g.systems
}

// What a step has room for. That it is enough is seen by those tests that compare with the reference: a step that had none
// would be refused.
func TestBoundsOfAStep(t *testing.T) {
	for name, want := range map[string]cost{
		"arith":   {1, 1},
		"edges":   {fsm.MaxDeliveries, 1}, // Hop goes round until it is stopped
		"ring":    {3, 3},
		"session": {3, 1},
		"wide":    {1, 0},
	} {
		text, err := os.ReadFile(filepath.Join("testdata", "specs", name+".fsm"))
		require.NoError(t, err)
		for _, s := range joints(t, compile(t, name, string(text))) {
			require.Equal(t, want, cost{s.bound, s.queue}, s.Name)
			rough := coarse(s)
			require.LessOrEqual(t, s.bound, rough.effects, s.Name)
			require.LessOrEqual(t, s.queue, max(rough.messages, 1), s.Name)
		}
	}
}

// The names of its messages go round: Register, Moved, Register. But nobody in one process has another term.
func TestBoundsOfARealMachine(t *testing.T) {
	sources, err := spec.Load(filepath.Join("..", "machines", "wukongim", "repaired"))
	require.NoError(t, err)
	s, _ := spec.Compile(sources, nil)
	require.NotNil(t, s)
	own := joints(t, s)[0]
	require.Equal(t, cost{6, 1}, cost{own.bound, own.queue})
	require.Greater(t, coarse(own).effects, 100)
}

// Every message makes two more, for anyone: more cascades than can be looked at.
func TestTooManyCascadesFallBack(t *testing.T) {
	s := compile(t, "fan", `fsm 1
spec fan
message M
effect E
machine Node {
	peer next[8] Node
	var x 0..7
	input In
	initial state Up {
		on In { send next[x] M; x = any }
		on M { do E; send next[x] M; send next[7 - x] M }
	}
}
system Fan {
	node[8] Node(next = node)
	link node -> node { atomic }
}
`)
	g, _, err := build(s, map[string]*fsm.ControlSpace{"Fan": {Tuples: [][]int{make([]int, 8)}, Complete: true}}, Options{})
	require.NoError(t, err)
	own := g.systems[0]
	_, ok := planCascades(own)
	require.False(t, ok)
	require.Equal(t, coarse(own), cost{own.bound, own.queue})
	require.GreaterOrEqual(t, own.bound, fsm.MaxDeliveries)
}

// No step of the reference has more effects than there is room for. (It does not count timers that are stopped.)
func TestBoundsHoldInTheReference(t *testing.T) {
	seeds, reached := 60, 0
	if testing.Short() {
		seeds = 10
	}
	for seed := range seeds {
		random := rand.New(rand.NewSource(int64(seed)))
		text := randspec.Text(random.Intn, randspec.Options{Atomic: true, Joints: true, Arrays: true, Nested: true, Wild: seed%2 == 0})
		s := compile(t, fmt.Sprintf("random%d", seed), text)
		g, _, err := build(s, controls(t, s), Options{})
		require.NoError(t, err)
		for _, own := range g.systems {
			most := mostEffects(t, own.System)
			require.LessOrEqual(t, most, own.bound, text)
			if most == own.bound && most > 1 {
				reached++
			}
		}
	}
	require.NotZero(t, reached, "every bound is larger than it must be")
}

// mostEffects is the most effects of any step between the first joint states of a system.
func mostEffects(t *testing.T, sys *fsm.System) int {
	starts, err := fsm.Starts(sys)
	require.NoError(t, err)
	most, seen := 0, map[string]bool{}
	var queue []*fsm.Joint
	add := func(out *fsm.Outcome) {
		most = max(most, len(out.Effects)+len(out.Started))
		if key := out.Joint.Key(); !seen[key] && len(seen) < 200 {
			seen[key] = true
			queue = append(queue, out.Joint)
		}
	}
	for _, s := range starts {
		if s.Fails == nil {
			add(s.Outcome)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, choice := range fsm.Choices(sys, queue[0]) {
			if out, err := fsm.Step(sys, queue[0], choice); err == nil && (choice.Kind == fsm.Handle || choice.Kind == fsm.TakeJoint) {
				add(out)
			}
		}
	}
	return most
}

// roomTest is run beside the code generated from the spec below.
const roomTest = `package stored

import (
	"errors"
	"testing"

	"interlock/fsm"
)

func TestRoom(t *testing.T) {
	s, _, err := NewBoth()
	if err != nil || len(BothEffects{}.list) != 1 || len(bothRun{}.queue) != 1 {
		t.Fatal("not what this test is about", err)
	}
	mad, err := BothFromWord(s.Word() | 1)
	if err != nil || !mad.CallerMad() {
		t.Fatal("not what this test is about", err)
	}
	for kind := range AllBothEventKinds() {
		if _, err := s.Step(BothEvent{Kind: kind}); err != nil {
			t.Fatal(err)
		}
		before := mad
		effects, err := mad.Step(BothEvent{Kind: kind})
		var refusal *fsm.Refusal
		if !errors.As(err, &refusal) || refusal.Cause != fsm.CauseUnreachable || effects != (BothEffects{}) || mad != before {
			t.Fatal(kind, effects, err)
		}
	}
}
`

// A word that no step leads to may ask for more than there is room for. Its step is refused, whole.
func TestAStepWithoutRoomIsRefused(t *testing.T) {
	m := newModule(t)
	m.add(t, "stored", compile(t, "stored", `fsm 1
spec stored

message Ping
effect Beep

machine Caller {
	peer other Callee
	var mad bool
	input Beeps
	input Calls
	initial state Up {
		on Beeps { do Beep; if mad { do Beep; do Beep } }
		on Calls { send other Ping; if mad { send other Ping; send other Ping } }
	}
	on restart -> Up { mad = true }
}

machine Callee {
	initial state Up { on Ping }
}

system Both {
	caller Caller(other = callee)
	callee Callee
	link caller -> callee { atomic }
}
`))
	m.write(t, "stored/room_test.go", roomTest)
	m.run(t, "test", "-count=1", "./stored")
}

func TestKindsOfEventsAreNamedAsInTheSpec(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "specs", "session.fsm"))
	require.NoError(t, err)
	files, err := Go(compile(t, "session", string(text)), controls(t, compile(t, "session", string(text))), Options{})
	require.NoError(t, err)
	got := string(files["session_fsm.go"])
	require.Contains(t, got, "var embeddedEventNames = [...]string{\n\t\"proxy.Accept\",\n\t\"proxy.Hangup\",\n\t\"proxy.retry\",\n}")
	require.Contains(t, got, "func AllEmbeddedEventKinds() iter.Seq[EmbeddedEventKind] {")
	require.Contains(t, got, "func ParseProxyEventKind(text string) (ProxyEventKind, error) {")
}
