package replay_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
	"interlock/fsm/record"
	"interlock/fsm/record/replay"
	"interlock/internal/randspec"
	"interlock/spec"
)

func compile(t require.TestingT, text string) *fsm.Spec {
	s, diagnostics := spec.Compile([]spec.Source{{Name: "test.fsm", Text: []byte(text)}}, nil)
	require.NotNil(t, s, "%v\n%s", diagnostics, text)
	return s
}

// walk is a run of a system by the reference, as generated code would tell it, in which some events are refused.
func walk(t *rapid.T, sys *fsm.System, session string) []fsm.Observation {
	starts, err := fsm.Starts(sys)
	require.NoError(t, err)
	starts = slices.DeleteFunc(starts, func(s fsm.Initial) bool { return s.Fails != nil })
	if len(starts) == 0 {
		return nil
	}
	at := starts[rapid.IntRange(0, len(starts)-1).Draw(t, "start")].Outcome.Joint
	var told []fsm.Observation
	seq := uint64(0)
	for range rapid.IntRange(0, 12).Draw(t, "steps") {
		choices := slices.DeleteFunc(fsm.Choices(sys, at), func(c fsm.Choice) bool { return c.Kind != fsm.Handle && c.Kind != fsm.TakeJoint })
		if len(choices) == 0 {
			break
		}
		c := choices[rapid.IntRange(0, len(choices)-1).Draw(t, "choice")]
		o := fsm.Observation{Spec: sys.Spec.Digest, Machine: sys.Name, Session: session, Call: c.Format(sys, at), From: sys.ControlName(at.States)}
		if c.Kind == fsm.TakeJoint {
			o.Event = sys.Joints[c.Joint].Name
		} else {
			o.Event = sys.Instances[c.Instance].Group + "." + sys.MachineOf(c.Instance).Events[c.Event].Name
		}
		out, err := fsm.Step(sys, at, c)
		if err != nil {
			o.Seq, o.To, o.Refused = seq, o.From, fsm.CauseRange
			told = append(told, o)
			continue
		}
		seq++
		o.Seq, o.To, o.Delivery = seq, sys.ControlName(out.Joint.States), fsm.DeliveryTaken
		for _, e := range out.Effects {
			o.Effects = append(o.Effects, sys.Instances[e.Instance].Name+": do "+sys.Spec.Effects[e.Effect].Name+
				fsm.FormatArgs(sys.Spec.Effects[e.Effect].Params, e.Args))
		}
		o.Effects = append(o.Effects, sys.Instances[0].Name+": start idle") // which the reference does not have among effects
		told = append(told, o)
		at = out.Joint
	}
	return told
}

// possible is the obvious twin of the replay: is there a run of the reference from one of these joint states that is told so?
func possible(sys *fsm.System, from []*fsm.Joint, told []fsm.Observation) bool {
	if len(told) == 0 {
		return len(from) > 0
	}
	o := told[0]
	for _, at := range from {
		if sys.ControlName(at.States) != o.From {
			continue
		}
		refuses := true
		for _, c := range fsm.Choices(sys, at) {
			if c.Kind != fsm.Handle && c.Kind != fsm.TakeJoint || c.Format(sys, at) != o.Call {
				continue
			}
			out, err := fsm.Step(sys, at, c)
			if err != nil {
				continue
			}
			refuses = refuses && len(c.Picks) > 0
			var effects []string
			for _, e := range out.Effects {
				effects = append(effects, sys.Instances[e.Instance].Name+": do "+sys.Spec.Effects[e.Effect].Name+
					fsm.FormatArgs(sys.Spec.Effects[e.Effect].Params, e.Args))
			}
			want := slices.DeleteFunc(slices.Clone(o.Effects), func(e string) bool { return !strings.Contains(e, ": do ") })
			if o.Delivery == fsm.DeliveryTaken && sys.ControlName(out.Joint.States) == o.To && slices.Equal(effects, want) &&
				possible(sys, []*fsm.Joint{out.Joint}, told[1:]) {
				return true
			}
		}
		if o.Delivery == fsm.DeliveryRefused && refuses && possible(sys, []*fsm.Joint{at}, told[1:]) {
			return true
		}
	}
	return false
}

// check replays observations that were recorded in some order.
func check(t require.TestingT, s *fsm.Spec, order []fsm.Observation) replay.Report {
	c := replay.New(replay.Limits{}, s)
	for i, o := range order {
		require.NoError(t, c.Add(record.Line{N: uint64(i + 1), Observation: o}))
	}
	return c.Report()
}

func randomAtomic(t *rapid.T) *fsm.Spec {
	text := randspec.Text(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") },
		randspec.Options{Atomic: true, Joints: true, Arrays: true, Free: rapid.Bool().Draw(t, "free"), Nested: true, Wild: true})
	return compile(t, text)
}

// Runs of the reference pass, whatever the order in which their lines come and however the sessions are mixed.
func TestRunsOfTheReferencePass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := randomAtomic(t)
		var all []fsm.Observation
		taken := 0
		for i := range rapid.IntRange(1, 3).Draw(t, "sessions") {
			all = append(all, walk(t, s.Systems[0], fmt.Sprint(i))...)
		}
		for _, o := range all {
			if o.Delivery == fsm.DeliveryTaken {
				taken++
			}
		}
		report := check(t, s, rapid.Permutation(all).Draw(t, "order"))
		require.Equal(t, len(all) > 0, report.Passed(), "%v %v", report.Findings, report.Unknown)
		require.Equal(t, len(all), report.Lines)
		require.Equal(t, taken, report.Taken)
		require.Equal(t, len(all)-taken, report.Refused)
	})
}

// What is recorded of random systems is what is read back, and its files are runs of the reference.
func TestRecordedRunsPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "replay")
		require.NoError(t, err)
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "random.jsonl")
		s := randomAtomic(t)
		r, err := record.Open(path, record.Options{MaxBytes: 2000})
		require.NoError(t, err)
		var want []fsm.Observation
		for _, session := range []string{"a", "\xff\n", ""} {
			told := walk(t, s.Systems[0], session)
			for _, o := range told {
				r.Observe(o)
			}
			want = append(want, told...)
		}
		require.NoError(t, r.Close())
		var got []fsm.Observation
		files, err := record.Files(path)
		require.NoError(t, err)
		for _, name := range files {
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			for reader := record.NewReader(bytes.NewReader(text)); ; {
				line, err := reader.Next()
				if err == io.EOF {
					break
				}
				require.NoError(t, err)
				got = append(got, line.Observation)
			}
		}
		require.Equal(t, want, got)
		c := replay.New(replay.Limits{}, s)
		require.NoError(t, c.Files(path))
		report := c.Report()
		require.Equal(t, len(want) > 0, report.Passed(), "%v %v", report.Findings, report.Unknown)
	})
}

// A run with one thing changed is found out exactly when no run of the reference is told so.
func TestChangedRunsAreFoundOut(t *testing.T) {
	found, kept := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		s := randomAtomic(t)
		sys := s.Systems[0]
		told := walk(t, sys, "x")
		if len(told) == 0 {
			return
		}
		o := &told[rapid.IntRange(0, len(told)-1).Draw(t, "line")]
		other := told[rapid.IntRange(0, len(told)-1).Draw(t, "other")]
		switch rapid.IntRange(0, 4).Draw(t, "change") {
		case 0:
			o.Call, o.Event = other.Call, other.Event
		case 1:
			o.To = other.To
		case 2:
			o.Effects = other.Effects
		case 3:
			o.From = other.From
		case 4:
			o.Delivery, o.Refused, o.Effects, o.To = fsm.DeliveryRefused, fsm.CauseState, nil, o.From
		}
		starts, err := fsm.Starts(sys)
		require.NoError(t, err)
		var from []*fsm.Joint
		for _, start := range starts {
			if start.Fails == nil {
				from = append(from, start.Outcome.Joint)
			}
		}
		ordered, seq := true, uint64(0)
		for i, o := range told {
			if o.Delivery == fsm.DeliveryTaken {
				seq++
			}
			ordered = ordered && o.Seq == seq && (o.Delivery == fsm.DeliveryTaken || o.From == o.To) && (i == 0 || told[i-1].To == o.From)
		}
		if told[0].Seq > 1 || told[0].Seq == 1 && told[0].Delivery == fsm.DeliveryRefused {
			return // the beginning is not known any more
		}
		report := check(t, s, told)
		require.Empty(t, report.Unknown)
		require.Equal(t, ordered && possible(sys, from, told), report.Passed(), "%v\n%v", report.Findings, told)
		if report.Passed() {
			kept++
		} else {
			found++
		}
	})
	require.NotZero(t, found)
	require.NotZero(t, kept)
}

const pair = `fsm 1
spec pair
message Closed
effect Close(n 0..2)
machine Near {
	peer far Far
	var n 0..2 = 0
	input Use
	input End
	initial state Open {
		on Use when n < 2 { n = n + 1; do Close(n) }
		on End -> Shut { send far Closed }
	}
	final state Shut
}
machine Far {
	initial state Open { on Closed -> Gone }
	final state Gone { ignore Closed }
}
system Pair {
	near Near
	far Far
	link near -> far { atomic }
}
system Apart {
	near Near
	far Far
	link near -> far
}
`

// line is a step of a Pair.
func line(seq uint64, call, from, to string, effects ...string) fsm.Observation {
	return fsm.Observation{Machine: "Pair", Session: "a\x1b", Seq: seq, Event: call, Call: call, From: from, To: to, Effects: effects, Delivery: fsm.DeliveryTaken}
}

func refusal(seq uint64, call, at string) fsm.Observation {
	o := line(seq, call, at, at)
	o.Delivery, o.Refused = fsm.DeliveryRefused, fsm.CauseState
	return o
}

// told is a recording, and what a replay says of it: nothing, or that.
type told struct {
	lines            []fsm.Observation
	finding, unknown string
}

const open, shut = "NearOpenFarOpen", "NearShutFarGone"

func use(seq uint64, n int) fsm.Observation {
	return line(seq, "near.Use", open, open, fmt.Sprintf("near: do Close(%d)", n))
}

func plain(machine, event, from, to string, d fsm.Delivery) fsm.Observation {
	return fsm.Observation{Machine: machine, Event: event, From: from, To: to, Delivery: d}
}

var end = line(1, "near.End", open, shut)

// jointly is about joint machines.
var jointly = map[string]told{
	"a whole life":            {lines: []fsm.Observation{use(1, 1), refusal(1, "near.Nothing", open), use(2, 2), refusal(2, "near.Use", open), line(3, "near.End", open, shut)}},
	"out of order":            {lines: []fsm.Observation{line(3, "near.End", open, shut), use(2, 2), refusal(2, "near.Use", open), use(1, 1)}},
	"from the middle":         {lines: []fsm.Observation{use(8, 2), refusal(8, "near.Use", open)}},
	"too far":                 {lines: []fsm.Observation{use(8, 2), use(9, 2)}, finding: `line 2: Pair "a\x1b" goes from NearOpenFarOpen to NearOpenFarOpen by near.Use, which the spec does not do with these effects: near: do Close(2)`},
	"a wrong effect":          {lines: []fsm.Observation{use(1, 2)}, finding: `line 1: Pair "a\x1b" goes from NearOpenFarOpen to NearOpenFarOpen by near.Use, which the spec does not do with these effects: near: do Close(2)`},
	"an orphan":               {lines: []fsm.Observation{line(1, "near.End", open, "NearShutFarOpen")}, finding: `line 1: Pair "a\x1b" goes from NearOpenFarOpen to NearShutFarOpen by near.End, which the spec does not do with these effects: none`},
	"a wrong refusal":         {lines: []fsm.Observation{refusal(0, "near.Use", open), end}, finding: `line 1: Pair "a\x1b" in NearOpenFarOpen refuses near.Use (no transition is enabled), which the spec takes there`},
	"a gap":                   {lines: []fsm.Observation{use(1, 1), line(3, "near.End", open, shut)}, finding: `line 2: Pair "a\x1b" misses a step: 3 follows 1`},
	"a step twice":            {lines: []fsm.Observation{use(1, 1), use(2, 2), use(2, 2)}, finding: `line 3: Pair "a\x1b" takes a step 2 twice (the other is line 2)`},
	"another life":            {lines: []fsm.Observation{use(1, 1), refusal(0, "near.Nothing", open), end, refusal(1, "near.Use", shut), use(1, 1), use(2, 2), refusal(1, "near.End", shut)}},
	"a life after the middle": {lines: []fsm.Observation{use(100, 2), line(101, "near.End", open, shut), use(1, 1), use(2, 2), line(3, "near.End", open, shut)}},
	"or is it":                {lines: []fsm.Observation{line(5, "near.End", open, shut), use(1, 1), use(2, 2)}, unknown: "a session of Pair may have begun anew under its key, in the middle of another: the order is not known"},
	"wrong in a later life":   {lines: []fsm.Observation{end, use(1, 1), use(2, 1)}, finding: `line 3: Pair "a\x1b" goes from NearOpenFarOpen to NearOpenFarOpen by near.Use, which the spec does not do with these effects: near: do Close(1)`},
	"a jump":                  {lines: []fsm.Observation{end, line(2, "near.Use", open, open)}, finding: `line 2: Pair "a\x1b" takes near.Use in NearOpenFarOpen, and was in NearShutFarGone after line 1`},
	"another start":           {lines: []fsm.Observation{line(1, "near.Use", shut, shut)}, finding: `line 1: Pair "a\x1b" does not begin in NearShutFarGone`},
	"a counter that is gone":  {lines: []fsm.Observation{use(1, 1), use(0, 2)}, unknown: "the counter of Pair went round, or is not always told: the order is not known"},
}

// oneByOne is about lines by themselves, and machines without a system.
var oneByOne = map[string]told{
	"contention":              {lines: []fsm.Observation{{Machine: "Pair", Seq: 0, Event: "near.Use", From: open, To: open, Refused: fsm.CauseContention}, {Machine: "Pair", Seq: 1, Event: "near.End", From: open, To: shut, Delivery: fsm.DeliveryTaken}}},
	"a refusal that moves":    {lines: []fsm.Observation{{Machine: "Pair", Event: "near.End", From: open, To: shut, Refused: fsm.CauseState}}, finding: `line 1: Pair goes from NearOpenFarOpen to NearShutFarGone by near.End, which was refused`},
	"refused without a cause": {lines: []fsm.Observation{{Machine: "Pair", Event: "near.End", From: open, To: open}}, finding: `line 1: Pair was refused near.End, and the cause is: it is not refused`},
	"no such system":          {lines: []fsm.Observation{plain("Nobody", "x", "a", "a", fsm.DeliveryTaken)}, finding: "line 1: Nobody is neither a system nor a machine of the spec"},
	"a plain machine":         {lines: []fsm.Observation{plain("Near", "Use", "Open", "Open", fsm.DeliveryTaken), plain("Near", "End", "Open", "Shut", fsm.DeliveryTaken), plain("Near", "End", "Shut", "Shut", fsm.DeliveryRefused)}, finding: "line 3: Near was refused End, and the cause is: it is not refused"},
	"a plain jump":            {lines: []fsm.Observation{plain("Near", "Use", "Open", "Shut", fsm.DeliveryTaken)}, finding: "line 1: Near in Open has no transition to Shut in which Use is taken"},
	"a plain wrong answer":    {lines: []fsm.Observation{plain("Far", "Closed", "Gone", "Gone", fsm.DeliveryDeferred)}, finding: "line 1: Far in Gone has no transition to Gone in which Closed is deferred"},
	"a plain right answer":    {lines: []fsm.Observation{plain("Far", "Closed", "Gone", "Gone", fsm.DeliveryIgnored)}},
	"a state that is none":    {lines: []fsm.Observation{plain("Far", "Closed", "Lost", "Lost", fsm.DeliveryTaken)}, finding: "line 1: Far has no state Lost"},
	"an event that is none":   {lines: []fsm.Observation{plain("Far", "Open", "Open", "Open", fsm.DeliveryTaken)}, finding: "line 1: Far has no event Open"},
	"links that are networks": {lines: []fsm.Observation{plain("Apart", "near.End", "NearOpenFarOpen", "NearOpenFarOpen", fsm.DeliveryTaken)}, unknown: "Apart is no joint machine: its links are not atomic"},
	"another spec":            {lines: []fsm.Observation{{Spec: "sha256:1", Machine: "Pair", Event: "x", From: "A", To: "A", Delivery: fsm.DeliveryTaken}}, unknown: `the spec "sha256:1" is not at hand: it is another one, or was changed since; a copy of it as it was can be given as well`},
}

func TestWhatIsFound(t *testing.T) {
	s := compile(t, pair)
	for _, cases := range []map[string]told{jointly, oneByOne} {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) { c.holds(t, s) })
		}
	}
}

func (c told) holds(t *testing.T, s *fsm.Spec) {
	lines := slices.Clone(c.lines)
	for i := range lines {
		if lines[i].Spec == "" {
			lines[i].Spec = s.Digest
		}
	}
	report := check(t, s, lines)
	require.Equal(t, c.finding == "" && c.unknown == "", report.Passed(), "%v %v", report.Findings, report.Unknown)
	if c.finding != "" {
		require.Len(t, report.Findings, 1)
		require.Equal(t, c.finding, report.Findings[0].String())
	}
	if c.unknown != "" {
		require.Equal(t, []string{c.unknown}, report.Unknown)
	}
}

// Limits that are reached are told, and what stands behind them has not passed.
func TestLimits(t *testing.T) {
	s := compile(t, pair)
	use := line(8, "near.Use", "NearOpenFarOpen", "NearOpenFarOpen", "near: do Close(1)")
	use.Spec = s.Digest
	for want, limits := range map[string]replay.Limits{
		"Pair: a session begins in the middle, and more than 1 joint states can be reached": {Reached: 1},
		"Pair: a session may be in more than 1 joint states":                                {Joints: 1},
	} {
		c := replay.New(limits, s)
		require.NoError(t, c.Add(record.Line{N: 1, Observation: use}))
		report := c.Report()
		require.Equal(t, []string{want}, report.Unknown)
		require.False(t, report.Passed())
	}
	nothing := replay.New(replay.Limits{}, s).Report()
	require.Equal(t, []string{"nothing was recorded"}, nothing.Unknown)
	c := replay.New(replay.Limits{Lines: 1, Findings: 1}, s)
	require.NoError(t, c.Add(record.Line{N: 5, Observation: use}))
	require.ErrorIs(t, c.Add(record.Line{N: 6, Observation: use}), replay.ErrTooLong)
	c = replay.New(replay.Limits{Findings: 1}, s)
	for i := range 3 {
		o := line(1, "near.Use", "nowhere", "nowhere")
		o.Spec, o.Session = s.Digest, fmt.Sprint(i)
		require.NoError(t, c.Add(record.Line{N: uint64(i + 1), Observation: o}))
	}
	report := c.Report()
	require.Len(t, report.Findings, 1)
	require.Equal(t, 2, report.More)
}

// What is wrong with the files is told: damage and order as findings, missing lines as unknown, a torn end as nothing but that.
func TestFiles(t *testing.T) {
	s := compile(t, pair)
	path := filepath.Join(t.TempDir(), "pair.jsonl")
	r, err := record.Open(path, record.Options{MaxBytes: 2000})
	require.NoError(t, err)
	for i := range 30 {
		o := line(1, "near.End", "NearOpenFarOpen", "NearShutFarGone")
		o.Spec, o.Session = s.Digest, fmt.Sprint(i)
		r.Observe(o)
	}
	require.NoError(t, r.Close())
	whole := replay.New(replay.Limits{}, s)
	require.NoError(t, whole.Files(path))
	report := whole.Report()
	require.True(t, report.Passed())
	require.Equal(t, 30, report.Sessions)
	require.Equal(t, 30, report.Taken)

	files, err := record.Files(path)
	require.NoError(t, err)
	text, err := os.ReadFile(files[1])
	require.NoError(t, err)
	at := rand.New(rand.NewSource(1)).Intn(100)
	text[at] ^= 1
	c := replay.New(replay.Limits{}, s)
	require.NoError(t, c.Read(bytes.NewReader(text[:len(text)-2]), "some file"))
	report = c.Report()
	require.True(t, report.Torn)
	require.Len(t, report.Findings, 1)
	require.Contains(t, report.Findings[0].String(), "some file: line 1, at byte 0, is damaged")

	c = replay.New(replay.Limits{}, s)
	require.NoError(t, os.Remove(files[1]))
	require.NoError(t, c.Files(path))
	report = c.Report()
	require.Empty(t, report.Findings)
	require.Len(t, report.Unknown, 1)
	require.Contains(t, report.Unknown[0], "are not there: they were lost, or taken out")
	require.NoError(t, c.Files(path))
	require.Contains(t, c.Report().Findings[0].String(), "these are not the files of one recording in their order")
	require.Error(t, c.Files(path+"x"))
}
