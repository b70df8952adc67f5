package dve

import (
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"interlock/check"
	"interlock/fsm"
)

// The benchmarks are not part of this repository, because their licence is not stated. The test runs where they lie beside it.
const beemFolder = "../../../shared/beem"

// small is the size up to which an instance is part of the ordinary run, in states.
const small = 100_000

var (
	beemAt    = flag.String("beem.folder", beemFolder, "where the texts of BEEM lie, and oracle.csv")
	beemAll   = flag.Bool("beem.all", false, "check every instance of BEEM that is there, up to some million states")
	beemOnly  = flag.String("beem.only", "", "check this instance only, such as peterson.1")
	beemTable = flag.Bool("beem.table", false, "print the results as the rows of the table in docs/beem.md")
)

// published is a row of oracle.csv: what the makers of the benchmark found.
type published struct {
	name, id      string
	states        int
	edges, levels string // empty: not published
	goals         map[string]goal
	holds         map[string]bool // of properties of runs
}

// goal is the published answer to a question of reachability. The length counts joint states, not steps.
type goal struct {
	reachable bool
	length    int
}

// TestBEEM holds importer and checker against the published numbers of states, transitions and levels (the depth of the search
// and one), and against the published answers: whether a goal is reachable, and how many steps away; and whether a property of
// runs holds.
func TestBEEM(t *testing.T) {
	if _, err := os.Stat(*beemAt); err != nil {
		t.Skip("NOT CHECKED against BEEM: there is no folder " + *beemAt)
	}
	if testing.Short() && !*beemAll {
		t.Skip("NOT CHECKED against BEEM: -short")
	}
	ran := 0
	for _, p := range readOracle(t) {
		if *beemOnly != "" && p.title() != *beemOnly || *beemOnly == "" && !*beemAll && p.states > small {
			continue
		}
		ran++
		t.Run(p.title(), func(t *testing.T) { reproduce(t, p) })
	}
	require.NotZero(t, ran, "no instance of that name")
}

func (p *published) title() string { return p.name + "." + p.id }

// reproduce checks one instance: the imported system, and then those in which an automaton watches.
func reproduce(t *testing.T, p published) {
	file := filepath.Join(*beemAt, p.title()+".dve")
	src, err := os.ReadFile(file)
	require.NoError(t, err)
	about, err := os.ReadFile(filepath.Join(*beemAt, p.name+".xml"))
	require.NoError(t, err)
	ask, problems := ReadQuestions(about, p.id)
	for _, problem := range problems { // of a question that has a published answer, the answer will be missing
		t.Log(problem)
	}
	s, diags := ImportAsking(file, src, ask)
	require.NotNil(t, s, "%v", diags)
	began := time.Now()
	report := checked(t, s.Systems[0])
	switch {
	case !leaves(report) || p.states == report.Stats.States:
	case p.states == report.Stats.States+1:
		t.Log("a value leaves its type, and an error state is counted as published: transitions and levels are not compared")
		p.states, p.edges = report.Stats.States, ""
	default:
		t.Logf("a value leaves its type: %d joint states without an error state; read again with -cut", report.Stats.States)
		ask.Cut = true
		s, diags = ImportAsking(file, src, ask)
		require.NotNil(t, s, "%v", diags)
		report = checked(t, s.Systems[0])
	}
	require.Equal(t, p.states, report.Stats.States, "states")
	if p.edges != "" {
		require.Equal(t, p.edges, strconv.Itoa(report.Stats.Transitions), "transitions")
		require.Equal(t, p.levels, strconv.Itoa(report.Stats.Depth+1), "levels")
	}
	answers := answersOf(t, report, &p)
	for _, sys := range s.Systems[1:] {
		answers = append(answers, answersOf(t, checked(t, sys), &p)...)
	}
	require.Len(t, answers, len(p.goals)+len(p.holds))
	slices.Sort(answers)
	if *beemTable {
		fmt.Printf("| %s | %s | %s | %s | %.1f |\n", p.title(), counts(strconv.Itoa(p.states), p.edges, p.levels),
			counts(strconv.Itoa(report.Stats.States), strconv.Itoa(report.Stats.Transitions), strconv.Itoa(report.Stats.Depth+1)),
			strings.Join(answers, ", "), time.Since(began).Seconds())
	}
}

// checked decides what was asked of a system, and whether a value leaves its type.
func checked(t *testing.T, sys *fsm.System) *check.Report {
	names := []string{"range"}
	for _, p := range sys.Properties {
		names = append(names, p.Name)
	}
	report, err := check.Run(context.Background(), sys, check.Options{MaxMemory: 3 << 30, Properties: names})
	require.NoError(t, err)
	require.True(t, report.Complete, report.Reason)
	return report
}

// leaves reports whether a value leaves its type somewhere.
func leaves(report *check.Report) bool {
	return slices.ContainsFunc(report.Verdicts, func(v check.Verdict) bool { return v.Property.Kind == fsm.BuiltIn && v.Result != check.Holds })
}

// answersOf compares the verdicts of a report with the published ones and tells them for the table.
func answersOf(t *testing.T, report *check.Report, p *published) (answers []string) {
	for _, v := range report.Verdicts {
		if goal, published := p.goals[v.Property.Name]; published {
			answers = append(answers, answer(t, report.System, v, goal))
		}
		if holds, published := p.holds[v.Property.Name]; published {
			answers = append(answers, promise(t, report.System, v, holds))
		}
	}
	return answers
}

// counts writes states, transitions and levels for the table; a dash is what was not published.
func counts(list ...string) string {
	for i, n := range list {
		if n == "" {
			list[i] = "–"
		}
	}
	return strings.Join(list, " / ")
}

// answer compares the verdict on a goal with the published one and tells it for the table.
func answer(t *testing.T, sys *fsm.System, v check.Verdict, g goal) string {
	require.Equal(t, g.reachable, v.Result == check.Holds, v.Property.Text)
	if !g.reachable {
		require.Equal(t, check.Violated, v.Result, v.Property.Text)
		return v.Property.Name + " never"
	}
	require.NoError(t, fsm.Replay(sys, v.Trace))
	require.Len(t, v.Trace.Steps, g.length-1, "the length of the witness")
	return fmt.Sprintf("%s after %d", v.Property.Name, len(v.Trace.Steps))
}

// promise compares the verdict on a property of runs with the published one and tells it for the table.
func promise(t *testing.T, sys *fsm.System, v check.Verdict, holds bool) string {
	require.NotEqual(t, check.Unknown, v.Result, v.Reason)
	require.Equal(t, holds, v.Result == check.Holds, v.Property.Text)
	require.False(t, v.Vacuous, v.Property.Text)
	if holds {
		return v.Property.Name + " holds"
	}
	require.NoError(t, fsm.Replay(sys, v.Trace))
	return v.Property.Name + " fails"
}

// readOracle reads the published results.
func readOracle(t *testing.T) []published {
	f, err := os.Open(filepath.Join(*beemAt, "oracle.csv"))
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	column := map[string]int{}
	for i, title := range rows[0] {
		column[title] = i
	}
	var list []published
	for _, r := range rows[1:] {
		p := published{name: r[column["model"]], id: r[column["id"]], edges: r[column["edges"]], levels: r[column["levels"]],
			goals: map[string]goal{}, holds: map[string]bool{}}
		p.states, err = strconv.Atoi(r[column["states"]])
		require.NoError(t, err)
		for _, entry := range strings.FieldsFunc(r[column["goals"]], func(c rune) bool { return c == ';' }) {
			part := strings.Split(entry, "/")
			length, err := strconv.Atoi(part[2])
			require.NoError(t, err)
			p.goals["goal"+part[0]] = goal{part[1] == "yes", length}
		}
		for _, entry := range strings.FieldsFunc(r[column["ltl"]], func(c rune) bool { return c == ';' }) {
			part := strings.Split(entry, "/")
			p.holds["run"+part[0]] = part[1] == "yes"
		}
		list = append(list, p)
	}
	return list
}
