package dve

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/fsm"
	"interlock/spec"
)

// mustImport reads a text without mistakes.
func mustImport(t *testing.T, text string, goals ...Property) *fsm.Spec {
	t.Helper()
	s, diags := Import("test.dve", []byte(text), goals...)
	require.False(t, spec.HasErrors(diags), "%v", diags)
	require.NotNil(t, s)
	return s
}

// explore checks the one system of a spec.
func explore(t *testing.T, s *fsm.Spec) *check.Report {
	t.Helper()
	report, err := check.Run(context.Background(), s.Systems[0], check.Options{})
	require.NoError(t, err)
	require.True(t, report.Complete)
	return report
}

// proc wraps transitions of one process with the states a, b and c, and two bytes x and y.
func proc(name, trans string) string {
	return "process " + name + " { byte x, y; state a, b, c; init a; trans " + trans + " }\n"
}

// rules are small texts, each with joint states that can be reached by one rule, and others that could be by another.
var rules = []struct {
	rule       string
	text       string
	reached    string
	notReached string
}{
	{"effects run in order",
		proc("P", "a -> b { effect x = 1, y = x + 1; };"),
		"P->y == 2", "P->y == 1"},
	{"what is passed comes before all effects",
		"channel c;" + proc("P", "a -> b { sync c!x + 1; effect x = 7; };") + proc("Q", "a -> b { sync c?x; effect y = x; };"),
		"Q->x == 1 && Q->y == 1", "Q->x == 8 or Q->y == 7"},
	{"the effects of the receiver come before those of the sender",
		"channel c; byte g;" + proc("P", "a -> b { sync c!; effect x = g; };") + proc("Q", "a -> b { sync c?; effect g = 5; };"),
		"P->x == 5", "P->x == 0 && P.b"},
	{"the index of a place is that before the step",
		"channel c; byte t[2];" + proc("P", "a -> b { sync c!3; };") + proc("Q", "a -> b { sync c?t[x]; effect x = 1; };"),
		"t[0] == 3", "t[1] == 3"},
	{"several values are passed at once",
		"channel {byte, byte} c[0]; byte i, t[3];" + proc("P", "a -> b { sync c!{2, 9}; };") + proc("Q", "a -> b { sync c?{i, t[i]}; };"),
		"i == 2 and t[0] == 9", "t[2] == 9"},
	{"a channel with types cuts what it carries",
		"channel {byte} c[0]; int g = 300; int h;" + proc("P", "a -> b { sync c!g; };") + proc("Q", "a -> b { sync c?h; };"),
		"h == 44", "h == 300"},
	{"an int is cut too, to 16 bits with a sign",
		"channel {int} c[0]; int h;" + proc("P", "a -> b { sync c!40000 + x; };") + proc("Q", "a -> b { sync c?h; };"),
		"h == -25536", "Q.b && h >= 0"},
	{"nobody meets itself",
		"channel c;" + proc("P", "a -> b { sync c!; }, a -> c { sync c?; };"),
		"P.a", "P.b || P.c"},
	{"each receiver is a step of its own",
		"channel c;" + proc("P", "a -> b { sync c!; };") + proc("Q", "a -> b { sync c?; }, a -> c { sync c?; };") + proc("R", "a -> b { sync c?; };"),
		"P.b && Q.a && R.b", "Q.b && R.b"},
	{"a buffer keeps the order and has an end",
		"channel {byte} c[2];" + proc("P", "a -> b { sync c!1; }, b -> c { sync c!2; }, c -> c { sync c!3; effect y = y + 1; };") +
			proc("Q", "a -> b { guard P.c; sync c?x; }, b -> c { sync c?y; };"),
		"Q->x == 1 && Q->y == 2 && P->y == 2", "P->y == 3"},
	{"nobody receives from an empty buffer",
		"channel {byte} c[2];" + proc("P", "a -> b { sync c?x; };"),
		"P.a", "P.b"},
	{"with a buffer, too, what is passed comes before the effects",
		"channel {byte} c[1];" + proc("P", "a -> b { sync c!x; effect x = 4; };") + proc("Q", "a -> b { sync c?x; effect y = x + 1; };"),
		"Q->x == 0 && Q->y == 1", "Q->x == 4"},
	{"the condition of a transition without a source is its own, its source that of the one before",
		proc("P", "a -> b {}, -> c { guard x == 0; };"),
		"P.c", "P.b && P.c"},
	{"a condition counts as 0 or 1, a number as whether it is not 0",
		proc("P", "a -> b { guard not 0 && 2; effect x = (x == 0) * 3 + true, y = ~x & 255; };"),
		"P->x == 4 && P->y == 251", "P->x == 1"},
	{"and and or bind alike, from the left",
		proc("P", "a -> b { guard 1 || 0 && 0; }, a -> c { guard 1 or (0 and 0); };"),
		"P.c", "P.b"},
	{"imply binds least, not binds most",
		proc("P", "a -> b { guard x == 1 imply x == 2; }, a -> c { guard not x == 2; };"),
		"P.b", "P.c"},
	{"division cuts off, and shifts shift",
		proc("P", "a -> b { effect x = 7 / 2, y = 1 << 3 >> 1; };"),
		"P->x == 3 and P->y == 4 and (-7) / 2 == -3", "P->x == 4"},
	{"constants, arrays of them, and arrays that begin with some values",
		"const byte N = 2, T[3] = {4, 5, 6}; byte t[N + 1] = {N};" + proc("P", "a -> b { effect x = T[N - 1], y = T[t[0]]; };"),
		"P->x == 5 && P->y == 6 && t[0] == 2 && t[2] == 0", "P->x == 4"},
	{"an array without an index is its first element",
		"byte t[2] = {3, 4};" + proc("P", "a -> b { guard t == 3; effect t = 5; };"),
		"t[0] == 5 && t[1] == 4", "t[1] == 5"},
	{"all is calculated in 32 bits, and a shift counts five of them",
		"int m = -1, h; byte n = 33;" + proc("P", "a -> b { guard 1 << n == 2 && 1 << m < 0 && m >> n == -1; effect h = 5 * m << 3, y = 1 << x + 7; }, a -> c { guard h * h * h * h > 0; };"),
		"h == -40 && P->y == 128", "P.c"},
	{"products and shifts of values of 32 bits keep their low bits",
		"int m = -32768, k = 32767; byte n = 31;" + proc("P", "a -> b { guard (m * m) * (m * k + 1) == 1073741824 && ((m * k + 3) * (k * k - m)) == 1073676291 && ((k * k) << n) == -2147483647 - 1 && ((k * k) << (n + 2)) == 2 * k * k && ((1 << n) << n) == 0; };"),
		"P.b", "m == 0"},
	{"a process tests its state before a value is passed, and after it has moved in its effects",
		"channel c; byte g;" + proc("P", "a -> b { sync c!2 * P.a + P.b; effect y = 2 * P.a + P.b; };") +
			proc("Q", "a -> b { sync c?x; effect y = 4 * P.a + 2 * Q.a + Q.b, g = P.b; };"),
		"Q->x == 2 && P->y == 1 && Q->y == 5 && g == 0", "g == 1"},
	{"who must wait for a committed state is asked nothing",
		"byte t[2];" + "process U { byte x; state a, b, c; init a; commit a; trans a -> b {}; }" + proc("P", "a -> b { guard not U.a && t[x] == 0; }, a -> c { guard (t[9 * U.a] == 0) && not U.a; };"),
		"P.c", "P.c && U.a"},
	{"a first value is cut to its type, and may be that of a variable before",
		"byte x = -1, z = x - 5; int i = 40000, t[3] = {z, 7};" + proc("P", "a -> b { guard z == 250; };"),
		"P.b && x == 255 && i == -25536 && t[0] == 250 && t[2] == 0", "x != 255"},
	{"a process has channels of its own, which others name",
		"channel c;" + "process P { channel c; channel {byte} d[1]; byte x; state a, b, e; init a; trans a -> b { sync c!; }, b -> e { sync d!3; }; }\n" +
			proc("Q", "a -> b { sync c?; }, a -> c { sync P->c?; }, c -> c { sync P->d?x; };"),
		"Q.c && Q->x == 3", "Q.b"},
	{"commas and semicolons may be missing, and accepting states say nothing",
		"process P { state a, b, c; init a; accept b; trans a -> b {} b -> c {}, }" + proc("Q", "a -> b { guard P.c; } -> c { guard P.c; }"),
		"P.c && Q.c", "P.c && Q.b && Q.c"},
	{"a mark of the byte order, Windows line ends, no transitions, comments to the end, words of ours as names",
		"\ufeffbyte fsm, on;\r\nprocess machine { state never, final; init never; trans ; }\r\n/* // */ process joint { byte var; state link; init link; }" +
			proc("P", "a -> b { effect fsm = 1; };//\r\n"),
		"fsm == 1 && machine.never && joint.link && joint->var == 0", "machine.final"},
	{"a variable of the process hides a global one",
		"byte x = 9;" + proc("P", "a -> b { effect x = 1; };"),
		"x == 9 && P->x == 1", "x == 1"},
}

// TestMeaning holds each rule against its text.
func TestMeaning(t *testing.T) {
	for _, c := range rules {
		t.Run(c.rule, func(t *testing.T) {
			s := mustImport(t, c.text+"system async;", Property{"reached", fsm.Reachable, c.reached, ""}, Property{"not", fsm.Never, c.notReached, ""})
			for _, v := range explore(t, s).Verdicts {
				if v.Property.Kind != fsm.BuiltIn {
					require.Equal(t, check.Holds, v.Result, v.Property.Text)
				}
			}
			printed(t, s)
		})
	}
}

// printed compiles what Print writes and compares what the checker finds; a text that Print has no words for is left alone.
func printed(t *testing.T, s *fsm.Spec) {
	t.Helper()
	text, err := Print(s)
	if err != nil {
		require.Regexp(t, "begin with different values|at an index that changes|values of this expression", err.Error())
		return
	}
	again, diags := spec.Compile([]spec.Source{{Name: "printed.fsm", Text: text}}, nil)
	require.False(t, spec.HasErrors(diags), "%v\n%s", diags, text)
	a, b := explore(t, s), explore(t, again)
	require.Equal(t, a.Stats.States, b.Stats.States, "%s", text)
	require.Equal(t, a.Stats.Transitions, b.Stats.Transitions, "%s", text)
	require.Equal(t, a.Stats.Levels, b.Stats.Levels)
	require.Equal(t, a.Assumptions, b.Assumptions)
	require.Len(t, b.Verdicts, len(a.Verdicts))
	for i, v := range a.Verdicts {
		require.Equal(t, v.Result, b.Verdicts[i].Result, v.Property.Text)
	}
}

// TestCut: where values are cut, nothing leaves its type, and what is kept are the low bits.
func TestCut(t *testing.T) {
	text := "channel c; channel {int} d[1]; int i = 40000; byte n;" + proc("P", "a -> a { effect x = x - 1, n = x * 3; }, a -> b { sync c!n + 200; }, b -> c { sync d!-3; };") +
		proc("Q", "a -> b { sync c?x; }, b -> c { sync d?y; };") + "system async;"
	ask := Questions{Properties: []Property{{"all", fsm.Reachable, "P->x == 1 && n == 3 && Q->y == 253", ""},
		{"sums", fsm.Never, "Q->x != (n + 200) % 256 && Q.b", ""}}}
	s, diags := ImportAsking("x.dve", []byte(text), ask)
	require.False(t, spec.HasErrors(diags))
	require.Equal(t, check.Violated, explore(t, s).Verdicts[0].Result) // x leaves its type first
	ask.Cut = true
	s, diags = ImportAsking("x.dve", []byte(text), ask)
	require.False(t, spec.HasErrors(diags))
	report := explore(t, s)
	require.Equal(t, 256+256*2+256, report.Stats.States) // each x before, between the two messages and after them
	for _, v := range report.Verdicts {
		require.Equal(t, check.Holds, v.Result, v.Property.Name)
	}
}

// TestCommit counts: while P is in its committed state, nothing else steps, and what P is to meet must be committed as well.
func TestCommit(t *testing.T) {
	const other = "process Q { state a, b; init a; trans a -> b {}, b -> a {}; }\n"
	const counter = "process P { byte n; state a, b; init a; %commit% trans a -> b { effect n = 0; }, b -> b { guard n < 2; effect n = n + 1; }, b -> a { guard n == 2; }; }\n"
	free := explore(t, mustImport(t, strings.Replace(counter, "%commit%", "", 1)+other+"system async;"))
	require.Equal(t, 10, free.Stats.States) // (a,0), (b,0), (b,1), (b,2), (a,2) with both states of Q
	require.Equal(t, 20, free.Stats.Transitions)
	first := explore(t, mustImport(t, strings.Replace(counter, "%commit%", "commit b;", 1)+other+"system async;"))
	require.Equal(t, 10, first.Stats.States)
	require.Equal(t, 14, first.Stats.Transitions) // in the six with P in b only P steps

	const meeting = "channel c; process P { state a, b; init a; commit a; trans a -> b { sync c!; }; }\n"
	const waiting = "process Q { state a, b; init a; %commit% trans a -> b { sync c?; }; }\nsystem async;"
	require.Equal(t, 1, explore(t, mustImport(t, meeting+strings.Replace(waiting, "%commit%", "", 1))).Stats.States)
	require.Equal(t, 2, explore(t, mustImport(t, meeting+strings.Replace(waiting, "%commit%", "commit a;", 1))).Stats.States)
}

// TestRuns: a run of DVE stops only where no step is left, but it need not be fair to each process.
func TestRuns(t *testing.T) {
	const goes, turns = "process P { state a, b; init a; trans a -> b {}; }\n", "process Q { state a, b; init a; trans a -> b {}, b -> a {}; }\n"
	const still = "process Q { state a; init a; trans a -> a {}; }\n"
	for _, c := range []struct {
		text string
		kind fsm.PropertyKind
		p, q string
		want check.Result
	}{
		{goes, fsm.Eventually, "P.b", "", check.Holds},
		{goes + turns, fsm.Eventually, "P.b", "", check.Violated},
		{goes + turns, fsm.InfinitelyOften, "Q.b", "", check.Holds},
		{goes + still, fsm.Eventually, "P.b", "", check.Violated}, // a step that changes nothing is one
		{turns, fsm.InfinitelyOften, "Q.b", "", check.Holds},
		{turns, fsm.LeadsTo, "Q.a", "Q.b", check.Holds},
		{goes, fsm.LeadsTo, "P.b", "P.a", check.Violated},
		{goes, fsm.AfterAlways, "P.b", "P.b", check.Holds},
		{goes, fsm.Recoverable, "P.a", "", check.Violated},
	} {
		s := mustImport(t, c.text+"system async;", Property{"asked", c.kind, c.p, c.q})
		require.Equal(t, c.want, explore(t, s).Verdicts[0].Result, "%s%v %s %s", c.text, c.kind, c.p, c.q)
	}
}

// TestChecks holds the built-in checks against texts that break them, and a text that comes to rest.
func TestChecks(t *testing.T) {
	for _, c := range []struct {
		text     string
		violated string
	}{
		{proc("P", "a -> a { effect x = x + 1; };"), "range"},
		{"byte t[2];" + proc("P", "a -> a { effect x = x + 1, y = t[x]; };"), "range"},
		{proc("P", "a -> b { effect x = 1 / y; };"), "range"},
		{proc("P", "a -> b { guard x == 1; };"), "deadlock"},
		{proc("P", "a -> b { }, b -> c { };"), ""},
		{"process P { state a, b; init a; assert b: false; trans a -> b {}; }", "assert_P_1"},
		{"process P { state a, b; init a; assert b: true, a: P.a; trans a -> b {}; }", ""},
	} {
		var broken []string
		for _, v := range explore(t, mustImport(t, c.text+"system async;")).Verdicts {
			if v.Result != check.Holds {
				broken = append(broken, v.Property.Name)
			}
		}
		require.Equal(t, c.violated, strings.Join(broken, " "), c.text)
	}
}

// TestNames holds the names of a spec to what the language of Interlock allows, each once.
func TestNames(t *testing.T) {
	s := mustImport(t, "byte node, P_x; channel c; process P { byte x; state _, state$, on, on_; init _; trans _ -> on {}, _ -> on {}; }"+
		"process machine { state q; init q; trans q -> q { guard P._; }; } system async;")
	require.Equal(t, "test", s.Name)
	var names []string
	for _, v := range s.Systems[0].Vars {
		names = append(names, v.Name)
	}
	for _, in := range s.Systems[0].Instances {
		names = append(names, in.Name)
	}
	for _, j := range s.Systems[0].Joints {
		names = append(names, j.Name)
	}
	for _, st := range s.Machines[0].States {
		names = append(names, st.Name)
	}
	require.Equal(t, []string{"node_", "P_x", "P_x_2", "P", "machine_", "P_x__on_", "P_x__on__2", "machine__q_q", "x_", "state_", "on_", "on__2"}, names)
	printed(t, s)
}
