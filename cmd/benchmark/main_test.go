package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/spec"
)

// TestMain: a search of ours is this program again, which in a test is the test's.
func TestMain(m *testing.M) {
	if order, ok := os.LookupEnv(orderVariable); ok {
		os.Exit(obey(order, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

var large = flag.Bool("large", false, "search the systems of the table too, not only the smallest of each")

// fast chooses entries and engines, one run each, for which C is compiled as fast as can be.
func fast(t *testing.T, args ...string) *options {
	t.Helper()
	o, err := parse(append([]string{"-runs", "1"}, args...))
	require.NoError(t, err)
	o.compiler = []string{"gcc", "-O0"}
	if !missing("tcc") {
		o.compiler = []string{"tcc"} // ten times as fast
	}
	return o
}

func TestOurCounts(t *testing.T) {
	sizes := [][]string{{"-small"}}
	if *large {
		sizes = append(sizes, nil)
	}
	for _, args := range sizes {
		o := fast(t, append(args, "-engines", "inproc,inproc-2,inproc-x2,compiled,compiled-2,compiled-x2,inproc-red,compiled-red")...)
		results, err := measureAll(context.Background(), o, &bytes.Buffer{})
		require.NoError(t, err)
		require.Len(t, results, 8*len(o.entries))
		for _, r := range results {
			for _, f := range r.runs {
				require.Equal(t, r.engine.compiled && childrenSeconds() > 0, f.Search > 0, "%s, %s", r.entry.name, r.engine.name)
				require.LessOrEqual(t, f.Search, f.CPU)
			}
		}
	}
}

func TestSPINAgrees(t *testing.T) {
	if missing("spin") || missing("gcc") {
		if os.Getenv("INTERLOCK_REQUIRE_SPIN") != "" {
			t.Fatal("spin and gcc are not installed")
		}
		t.Skip("NOTHING WAS COMPARED WITH SPIN: spin and gcc are not installed")
	}
	args := []string{"-small", "-engines", "spin-dfs,spin-bfs,spin-dfs-por,spin-bfs-por"}
	if *large {
		args = args[1:]
	}
	o := fast(t, args...)
	results, err := measureAll(context.Background(), o, &bytes.Buffer{})
	require.NoError(t, err)
	require.Len(t, results, 4*len(o.entries))
}

// TestWrongCountsAreErrors: what is printed was right.
func TestWrongCountsAreErrors(t *testing.T) {
	o := fast(t, "-small", "-models", "twophase", "-engines", "inproc")
	wrong := *o.entries[0]
	wrong.states++
	o.entries = []*entry{&wrong}
	_, err := measureAll(context.Background(), o, &bytes.Buffer{})
	require.EqualError(t, err, "twophase3: inproc: 288 joint states, and 289 are known")

	wrong.states--
	wrong.broken = true
	_, err = measureAll(context.Background(), o, &bytes.Buffer{})
	require.EqualError(t, err, "twophase3: inproc: violated: [], which is not what is known")
}

func TestWrongCountsOfSPINAreErrors(t *testing.T) {
	e := &entry{states: 296_447, extra: extra{dfs: 1, bfs: 2}}
	of := func(engine string) error {
		g, err := chooseEngines(engine)
		require.NoError(t, err)
		_, err = (&theirs{e, g[0], &pan{}}).read([]byte(complete))
		return err
	}
	require.NoError(t, of("spin-dfs"))
	require.EqualError(t, of("spin-bfs"), "SPIN stored 296448 states, and 296449 are known (2 of them its own)")
	require.NoError(t, of("spin-bfs-por"))
	e.states -= 2
	require.Error(t, of("spin-dfs-por"))
	e.states += 2
	e.broken = true
	require.EqualError(t, of("spin-dfs"), "SPIN says 0 errors, which is not what is known")
}

const complete = `
State-vector 20 byte, depth reached 22, errors: 0
   296448 states, stored
  2744706 transitions (= stored+matched)

Stats on memory usage (in Megabytes):
   11.309	equivalent memory usage for states (stored*(State-vector + overhead))
    9.250	actual memory usage for states (compression: 81.95%)
    8.000	memory used for hash table (-w20)
  457.764	memory used for DFS stack (-m10000000)
  474.943	total actual memory usage
`

func TestReadWhatPanSays(t *testing.T) {
	s, err := read([]byte(complete))
	require.NoError(t, err)
	require.Equal(t, &said{states: 296_448, transitions: 2_744_706, depth: 22, megabytes: 17.25}, s)

	s, err = read([]byte(strings.Replace(complete, "states, stored\n", "states, stored\n\t  296340 nominal states (stored-atomic)\n      108 atomic steps\n", 1)))
	require.NoError(t, err)
	require.Equal(t, 296_340, s.states)

	_, err = read([]byte("error: max search depth too small\n" + complete))
	require.ErrorContains(t, err, "max search depth too small")
	_, err = read([]byte("pan: no such option\n"))
	require.ErrorContains(t, err, "no such option")
}

func TestTables(t *testing.T) {
	chosen, err := chooseEngines("inproc,spin-dfs")
	require.NoError(t, err)
	figure := func(cpu, bytes float64) figures {
		return figures{CPU: cpu, States: 1_000_000, Transitions: 12, BytesPerState: bytes}
	}
	var results []*result
	for _, name := range []string{"a", "b"} {
		e := &entry{name: name, states: 1_000_000}
		results = append(results,
			&result{entry: e, engine: chosen[0], runs: []figures{figure(2, 8), figure(1, 8), figure(3, 8)}},
			&result{entry: e, engine: chosen[1], build: 1, runs: []figures{figure(4, 50), figure(9, 50), figure(1, 50)}})
	}
	results[2].runs = []figures{figure(0.5, 16)}
	var out bytes.Buffer
	require.NoError(t, writeTables(&out, chosen, results))
	require.Equal(t, `| system | joint states | steps | inproc s | spin-dfs s | spin-dfs / inproc |
| --- | --- | --- | --- | --- | --- |
| a | 1 000 000 | 12 | 2.00 | 4.00 | 2.00 |
| b | 1 000 000 | 12 | 0.50 | 4.00 | 8.00 |
| geometric mean |  |  |  |  | **4.00** |
| the same of the shortest runs |  |  |  |  | 1.41 |

| system | inproc M states/s | spin-dfs M states/s | inproc bytes/state | spin-dfs bytes/state |
| --- | --- | --- | --- | --- |
| a | 0.50 | 0.25 | 8.0 | 50.0 |
| b | 2.00 | 0.25 | 16.0 | 50.0 |

Built before, by the clock (a search of ours that was built once is kept): spin-dfs 1.0 to 1.0 s.
`, out.String())

	out.Reset()
	require.NoError(t, writeJSON(&out, results))
	var doc document
	require.NoError(t, json.Unmarshal(out.Bytes(), &doc))
	require.Len(t, doc.Results, 4)
	require.Equal(t, 2.0, doc.Results[0].Median.CPU)
	require.Len(t, doc.Results[0].Runs, 3)
}

// The program that searches is told beside SPIN's, and only where its time is known.
func TestProgramAlone(t *testing.T) {
	chosen, err := chooseEngines("inproc,compiled,spin-dfs")
	require.NoError(t, err)
	var results []*result
	for i, name := range []string{"a", "b"} {
		e := &entry{name: name, states: 10}
		for _, f := range []figures{{CPU: 5}, {CPU: 1, Search: 0.5 / float64(i+1)}, {CPU: 4}} {
			f.States = 10
			results = append(results, &result{entry: e, engine: chosen[len(results)%3], runs: []figures{f}})
		}
	}
	var out strings.Builder
	require.NoError(t, writeTables(&out, chosen, results))
	require.Contains(t, out.String(), `
| system | compiled, the program s | spin-dfs s | spin-dfs / the program of compiled |
| --- | --- | --- | --- |
| a | 0.500 | 4.000 | 8.00 |
| b | 0.250 | 4.000 | 16.00 |
| geometric mean |  |  | **11.31** |
`)
	require.Contains(t, out.String(), "| geometric mean |  |  |  |  |  | **0.80** | **4.00** |")
	require.NotContains(t, out.String(), "shortest", "of one run each")

	for _, r := range results {
		slow := r.runs[0]
		slow.CPU, slow.Search = 4*slow.CPU, 4*slow.Search
		if r.engine.spin {
			slow.CPU *= 2
		}
		r.runs = append(r.runs, slow)
	}
	out.Reset()
	require.NoError(t, writeTables(&out, chosen, results))
	require.Contains(t, out.String(), "| geometric mean |  |  | **22.63** |\n| the same of the shortest runs |  |  | 11.31 |")
	require.Contains(t, out.String(), "| **1.60** | **8.00** |\n| the same of the shortest runs |  |  |  |  |  | 0.80 | 4.00 |")
	for _, r := range results {
		r.runs = r.runs[:1]
	}

	results[1].runs[0].Search = 0
	out.Reset()
	require.NoError(t, writeTables(&out, chosen, results))
	require.NotContains(t, out.String(), "the program")
}

// TestTablesOfFiles: what -json writes can be told as tables, in the order of the entries.
func TestTablesOfFiles(t *testing.T) {
	write := func(engines string, names ...string) string {
		chosen, err := chooseEngines(engines)
		require.NoError(t, err)
		var results []*result
		for _, name := range names {
			e, err := chooseEntries(name, false)
			require.NoError(t, err)
			for i, g := range chosen {
				results = append(results, &result{entry: e[0], engine: g, runs: []figures{{CPU: float64(i + 1), States: e[0].states}}})
			}
		}
		var out bytes.Buffer
		require.NoError(t, writeJSON(&out, results))
		file := filepath.Join(t.TempDir(), "figures.json")
		require.NoError(t, os.WriteFile(file, out.Bytes(), 0o600))
		return file
	}
	late, early := write("inproc,spin-bfs", "dining16", "peterson5"), write("inproc,spin-bfs", "twophase9")
	var out, errs bytes.Buffer
	require.Equal(t, 0, run(context.Background(), []string{"-tables", late + "," + early + "," + late}, &out, &errs), errs.String())
	require.Regexp(t, `(?s)twophase9 .*peterson5 .*dining16 .*geometric mean \|.*2\.00`, out.String())

	require.Equal(t, 2, run(context.Background(), []string{"-tables", late + "," + write("inproc", "twophase9")}, &out, &errs))
	require.Contains(t, errs.String(), "not the same engines")
	require.Equal(t, 2, run(context.Background(), []string{"-tables", "nothing.json"}, &out, &errs))
}

func TestCommandLine(t *testing.T) {
	for _, c := range []struct {
		args, out, errs string
		code            int
	}{
		{"-help", "What is measured", "", 0},
		{"-list", "10 340 352", "", 0},
		{"-models nine", "", `no system "nine"; there are twophase3`, 2},
		{"-engines spin", "", `no engine "spin"; there are inproc`, 2},
		{"-engines ,", "", "names none", 2},
		{"-runs 0", "", "positive", 2},
		{"-n 3", "", "not defined", 2},
		{"twophase", "", "-models twophase", 2},
		{"-small -models twophase -engines inproc -timeout 1ns", "", "-timeout gives it longer", 1},
		{"-small -models twophase -engines inproc", "| twophase3 | 288 |", "run 3", 0},
		{"-small -models twophase -engines inproc -json -quiet", `"joint_states": 288`, "", 0},
	} {
		var out, errs bytes.Buffer
		require.Equal(t, c.code, run(context.Background(), strings.Fields(c.args), &out, &errs), c.args)
		require.Contains(t, out.String(), c.out, c.args)
		require.Contains(t, errs.String(), c.errs, c.args)
		if c.errs == "" {
			require.Empty(t, errs.String(), c.args)
		}
	}
}

func TestMissingCommands(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var out, errs bytes.Buffer
	require.Equal(t, 2, run(context.Background(), []string{"-small"}, &out, &errs))
	require.Contains(t, errs.String(), "needs the go command")
	errs.Reset()
	require.Equal(t, 2, run(context.Background(), []string{"-small", "-engines", "spin-bfs"}, &out, &errs))
	require.Contains(t, errs.String(), "apt-get install spin gcc")
	require.Equal(t, 0, run(context.Background(), []string{"-small", "-engines", "inproc", "-models", "peterson", "-quiet"}, &out, &errs))
}

func TestSpecsAreFormatted(t *testing.T) {
	for _, e := range entries {
		list, err := sources(e.spec)
		require.NoError(t, err)
		require.NotEmpty(t, list, e.spec)
		for _, source := range list {
			formatted, diagnostics := spec.Format(source.Text, source.Name)
			require.Empty(t, diagnostics)
			require.Equal(t, string(formatted), string(source.Text), source.Name)
		}
	}
}

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range append(entryNames(), engineNames()...) {
		require.False(t, seen[name], name)
		seen[name] = true
	}
	for _, e := range entries {
		require.NotZero(t, e.states, e.name)
		require.NotEmpty(t, e.known, e.name)
	}
}

// The benchmark is compiled by the profile of the command that it stands for.
func TestProfileIsThatOfTheCommand(t *testing.T) {
	ours, err := os.ReadFile("default.pgo")
	require.NoError(t, err)
	theirs, err := os.ReadFile("../interlock/default.pgo")
	require.NoError(t, err)
	require.Equal(t, theirs, ours)
}
