package check

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
	"interlock/internal/golden"
)

// late is the story of a message that comes after the one that should have been the last.
var late = []string{"proxy.Accept", "proxy.Hangup(Gone)", "deliver proxy -> leader Remove", "deliver leader -> proxy Removed",
	"deliver proxy -> leader Register"}

// faulty has a fault of every kind in it, and ends with a message that nobody expects.
var faulty = []string{"proxy.Accept", "duplicate proxy -> leader Register", "deliver proxy -> leader Register",
	"deliver proxy -> leader Register", "deliver leader -> proxy Registered", "proxy.Hangup(Gone)", "lose proxy -> leader Remove",
	"proxy.retry", "crash proxy", "restart proxy", "deliver leader -> proxy Registered"}

// handMade is a report as a run might give it, with the verdicts that are asked for and every built-in check.
func handMade(sys *fsm.System, verdicts ...Verdict) *Report {
	r := &Report{System: sys, Complete: true, Verdicts: verdicts,
		Stats: Stats{States: 12345, Transitions: 4567890, Depth: 17, Explored: 18, Levels: []int{1, 3}, Duration: 1234 * time.Millisecond,
			StateBits: 23, StateBytes: 8, TableBytes: 98760, BytesPerState: 8}}
	for b := range fsm.NumBuiltins {
		v := Verdict{Property: &fsm.Property{Kind: fsm.BuiltIn, Builtin: fsm.Builtin(b)}, Result: Holds, Met: true}
		r.Verdicts = append(r.Verdicts, v)
	}
	return r
}

// reports are the reports whose texts are stored.
func reports(t *testing.T) map[string]*Report {
	net := sessionSpec(t, fsm.Network, true)
	orphan := Verdict{Property: net.Properties[0], Result: Violated, Trace: playOut(t, net, late...)}
	found := handMade(net, orphan)
	found.Assumptions = []string{"proxy -> leader may lose, duplicate and reorder", "proxy crashes at most 1 times"}
	found.Coverage.NeverTaken = []Untaken{{Machine: net.Spec.Machines[0], Text: "on Registered -> Open", Span: at(24)}, {Text: "joint Handover", Span: at(70)}}
	found.Coverage.NeverEntered = []Unentered{{net.Spec.Machines[1], 2}}

	faults := handMade(net)
	faults.Verdicts[fsm.Unexpected].Result, faults.Verdicts[fsm.Unexpected].Met = Violated, false
	faults.Verdicts[fsm.Unexpected].Trace = playOut(t, net, faulty...)

	atomic := sessionSpec(t, fsm.Atomic, false)
	known := *atomic.Properties[0]
	known.ExpectViolated = true
	opened := fsm.Property{Kind: fsm.Reachable, Text: "reachable proxy in Open && leader in Open", Span: at(69), P: known.P}
	live := fsm.Property{Name: "Released", Kind: fsm.LeadsTo, Text: "Released: proxy in Closing leads to leader in Gone", Span: at(70), P: stateIs(0, 3), Q: stateIs(1, 2)}
	lasso := playOut(t, net, "proxy.Accept", "deliver proxy -> leader Register", "deliver leader -> proxy Registered", "proxy.Hangup(Idle)",
		"lose proxy -> leader Remove", "proxy.retry", "lose proxy -> leader Remove")
	lasso.Loop = 5
	still := playOut(t, atomic, "proxy.Accept")
	still.Loop = 1
	cluster := handMade(net, Verdict{Property: &live, Result: Violated, Trace: lasso, Notes: []string{"rests on: fair proxy.retry"}})
	embedded := handMade(atomic,
		Verdict{Property: &known, Result: Holds, Reason: "no joint state has both"},
		Verdict{Property: &opened, Result: Holds, Met: true, Trace: playOut(t, atomic, "proxy.Accept")},
		Verdict{Property: &live, Result: Violated, Trace: still})
	embedded.Scenarios = []ScenarioResult{{Scenario: &fsm.Scenario{Name: "A1", Span: at(75), Steps: []fsm.ScenarioStep{{Text: "proxy.Accept"},
		{Text: "deliver proxy -> leader Register"}}}, Result: Violated, Trace: playOut(t, atomic, "proxy.Accept"), Done: 1, Enabled: []string{"proxy.Hangup(Gone)", "proxy.Hangup(Idle)"}}}

	part := handMade(net, Verdict{Property: net.Properties[0], Result: Unknown, Reason: "the search was stopped before it was complete"},
		Verdict{Property: &live, Result: Holds, Met: true, Vacuous: true, Reason: "proxy is never in Closing"})
	part.Complete, part.Reason, part.Stats.Explored = false, "the limit of 12,345 states was reached", 9
	return map[string]*Report{"late": found, "faulty": faults, "lasso": cluster, "atomic": embedded, "part": part}
}

func TestText(t *testing.T) {
	for name, r := range reports(t) {
		t.Run(name, func(t *testing.T) {
			a := golden.Read(t, "testdata/text/"+name+".txtar")
			for _, c := range []struct {
				section string
				o       TextOptions
			}{
				{"text", TextOptions{}},
				{"80 columns", TextOptions{Width: 80}},
				{"table", TextOptions{Trace: TableStyle}},
				{"narrow", TextOptions{Width: 60, ASCII: true}},
				{"narrow more", TextOptions{Width: 20}},
				{"quiet", TextOptions{Quiet: true, Width: 80}},
				{"verbose", TextOptions{Verbose: true, Trace: BothStyles}},
			} {
				var b bytes.Buffer
				require.NoError(t, WriteText(&b, r, c.o))
				if !a.Has(c.section) && name != "late" && c.section != "text" {
					continue // every section of one report, and of the others those that the file asks for
				}
				a.Compare(t, c.section, b.String())
			}
		})
	}
}

func TestJSON(t *testing.T) {
	for name, r := range reports(t) {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetIndent("", "\t")
			e.SetEscapeHTML(false)
			require.NoError(t, e.Encode(r))
			golden.Compare(t, "testdata/text/"+name+".json", b.Bytes())
		})
	}
}

// No line is wider than was asked for, unless a single word is.
func TestTextKeepsToItsWidth(t *testing.T) {
	for name, r := range reports(t) {
		for width := 40; width <= 140; width++ {
			var b bytes.Buffer
			require.NoError(t, WriteText(&b, r, TextOptions{Width: width, Verbose: true, Trace: BothStyles}))
			for line := range strings.Lines(b.String()) {
				line = strings.TrimSuffix(line, "\n")
				require.LessOrEqual(t, columns(line), width, "%s at %d: %s", name, width, line)
			}
		}
	}
}

func TestNothingFromTheSpecReachesTheTerminalRaw(t *testing.T) {
	sys := sessionSpec(t, fsm.Network, true)
	sys.Instances[0].Name = "pr\x1b]8;;oxy\u202e"
	sys.Properties[0].Text = "never \x1b[2J\x07\u0085: x\xff"
	r := handMade(sys, Verdict{Property: sys.Properties[0], Result: Violated, Reason: "\x1b[31m", Notes: []string{"\r"}, Trace: playOut(t, sys)})
	for _, c := range sys.Links {
		c.Name = "\x1b"
	}
	for _, color := range []bool{false, true} {
		var b bytes.Buffer
		require.NoError(t, WriteText(&b, r, TextOptions{Color: color, Verbose: true, Trace: BothStyles}))
		text := b.String()
		for _, code := range []string{"0", "1", "2", "31", "32", "33"} {
			text = strings.ReplaceAll(text, "\x1b["+code+"m", "")
		}
		require.NotContains(t, text, "\x1b")
		require.NotContains(t, text, "\x07")
		require.NotContains(t, text, "\r")
		require.NotContains(t, text, "\u202e")
		require.NotContains(t, text, "\u0085")
		require.True(t, strings.Contains(text, `\x1b`), "it is shown escaped")
	}
}

func TestTheMiddleOfALongTraceIsLeftOut(t *testing.T) {
	sys := sessionSpec(t, fsm.Network, true)
	steps := []string{"proxy.Accept", "proxy.Hangup(Gone)"}
	for range 500 {
		steps = append(steps, "proxy.retry")
	}
	r := handMade(sys, Verdict{Property: sys.Properties[0], Result: Violated, Trace: playOut(t, sys, steps...)})
	var short, whole bytes.Buffer
	require.NoError(t, WriteText(&short, r, TextOptions{}))
	require.NoError(t, WriteText(&whole, r, TextOptions{Verbose: true}))
	require.Contains(t, short.String(), "left out; -v shows them")
	require.Less(t, strings.Count(short.String(), "\n"), headLines+tailLines+30)
	require.Contains(t, short.String(), "  1        Accept ─▶[Opening]")
	require.Contains(t, short.String(), "502       timer retry ─▶")
	require.Greater(t, strings.Count(whole.String(), "timer retry ─▶"), 499)
	require.NotContains(t, whole.String(), "left out")
}

func TestASCIIKeepsColumns(t *testing.T) {
	for _, r := range reports(t) {
		var a, b bytes.Buffer
		require.NoError(t, WriteText(&a, r, TextOptions{}))
		require.NoError(t, WriteText(&b, r, TextOptions{ASCII: true}))
		signs, plain := strings.Split(a.String(), "\n"), strings.Split(b.String(), "\n")
		require.Len(t, plain, len(signs))
		for i, line := range plain {
			require.Equal(t, columns(signs[i]), len(line), "only ASCII, in the same columns: %s", line)
		}
	}
}
