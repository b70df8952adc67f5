package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"interlock/fsm"
)

// walk takes random steps from a random start, until a step breaks a check or there is none.
func walk(t *rapid.T, sys *fsm.System) *fsm.Trace {
	starts, err := fsm.Starts(sys)
	if err != nil || len(starts) == 0 {
		t.Skip("no start")
	}
	start := rapid.SampledFrom(starts).Draw(t, "start")
	if start.Fails != nil {
		return &fsm.Trace{Loop: -1, Fails: start.Fails}
	}
	tr := &fsm.Trace{Start: *start.Outcome.Joint, Begun: start.Outcome, Loop: -1}
	now := &tr.Start
	for range rapid.IntRange(0, 15).Draw(t, "steps") {
		choices := fsm.Choices(sys, now)
		if len(choices) == 0 {
			break
		}
		c := rapid.SampledFrom(choices).Draw(t, "choice")
		out, err := fsm.Step(sys, now, c)
		tr.Steps = append(tr.Steps, fsm.TraceStep{Choice: c, Outcome: out})
		if err != nil {
			if !errors.As(err, &tr.Fails) {
				t.Fatalf("%v", err)
			}
			return tr
		}
		now = out.Joint
	}
	if n := len(tr.Steps); n > 0 && rapid.Bool().Draw(t, "lasso") {
		tr.Loop = rapid.IntRange(0, n).Draw(t, "loop")
	}
	return tr
}

// The acts of a story lead from each joint state to the next, and its letters are the messages in the links.
func TestStoriesAreTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t)
		tr := walk(t, sys)
		s := newStory(sys, tr)
		states := append([]int{}, tr.Start.States...)
		for i := range s.moments[1:] {
			m := &s.moments[i+1]
			if m.after == nil {
				break
			}
			for _, a := range m.acts {
				if states[a.instance] != a.from {
					t.Fatalf("step %d: %s acts in %s but is in %s", m.number, s.instance(a.instance), s.state(a.instance, a.from), s.state(a.instance, states[a.instance]))
				}
				states[a.instance] = a.to
			}
			for k, state := range m.after.States {
				if states[k] != state {
					t.Fatalf("step %d: %s is told to be in %s and is in %s", m.number, s.instance(k), s.state(k, states[k]), s.state(k, state))
				}
			}
		}
		if tr.Fails == nil {
			lettersRest(t, s)
		}
	})
}

// lettersRest compares the letters that are said to be in links with what is in the links.
func lettersRest(t *rapid.T, s *story) {
	for i, packets := range s.end.Links {
		for _, p := range packets {
			found := false
			for _, l := range s.letters {
				found = found || l.resting && l.link == i && l.packet.Compare(p) == 0
			}
			if !found {
				t.Fatalf("nobody tells of %s in %s", s.sys.FormatPacket(p), s.sys.Links[i].Name)
			}
		}
	}
	for _, l := range s.letters {
		found := false
		for _, p := range s.end.Links[l.link] {
			found = found || l.packet.Compare(p) == 0
		}
		if l.resting && !found {
			t.Fatalf("%s is told to be in %s and is not", l.text, s.sys.Links[l.link].Name)
		}
	}
}

// Every trace of every system can be told in every style and width.
func TestEveryTraceCanBeTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sys := randomSystem(t)
		r := &Report{System: sys, Complete: true}
		properties := append([]*fsm.Property{{Kind: fsm.BuiltIn, Builtin: fsm.Unexpected, Name: "unexpected message"},
			{Kind: fsm.BuiltIn, Builtin: fsm.Deadlock, Name: "deadlock"}}, sys.Properties...)
		p := rapid.SampledFrom(properties).Draw(t, "property")
		r.Verdicts = []Verdict{{Property: p, Result: Violated, Trace: walk(t, sys), More: []*fsm.Trace{walk(t, sys)}}}
		o := TextOptions{Width: rapid.IntRange(40, 160).Draw(t, "width"), Trace: BothStyles, Verbose: true}
		var b bytes.Buffer
		if err := WriteText(&b, r, o); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if line = strings.TrimSuffix(line, "\n"); columns(line) > o.Width {
				t.Fatalf("wider than %d: %s\n%s", o.Width, line, b.String())
			}
		}
		image, err := json.Marshal(r)
		if err != nil || !json.Valid(image) {
			t.Fatalf("%v: %s", err, image)
		}
	})
}
