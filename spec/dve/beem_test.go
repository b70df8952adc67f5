package dve

import (
	"context"
	"encoding/csv"
	"encoding/xml"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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
// runs holds, for those formulas that have a form in Interlock.
func TestBEEM(t *testing.T) {
	if _, err := os.Stat(beemFolder); err != nil {
		t.Skip("NOT CHECKED against BEEM: there is no folder " + beemFolder)
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

// reproduce checks one instance.
func reproduce(t *testing.T, p published) {
	file := filepath.Join(beemFolder, p.title()+".dve")
	src, err := os.ReadFile(file)
	require.NoError(t, err)
	about := readAbout(t, filepath.Join(beemFolder, p.name+".xml"))
	goals, promises := about.goals(p.id), about.promises(p.id)
	require.Len(t, goals, len(p.goals))

	s, diags := Import(file, src, append(goals, promises...)...)
	require.NotNil(t, s, "%v", diags)
	began := time.Now()
	names := []string{"range"}
	for _, g := range append(goals, promises...) {
		names = append(names, g.Name)
	}
	report, err := check.Run(context.Background(), s.Systems[0], check.Options{MaxMemory: 3 << 30, Properties: names})
	require.NoError(t, err)
	took := time.Since(began)
	require.True(t, report.Complete, report.Reason)

	require.Equal(t, p.states, report.Stats.States, "states")
	if p.edges != "" {
		require.Equal(t, p.edges, strconv.Itoa(report.Stats.Transitions), "transitions")
		require.Equal(t, p.levels, strconv.Itoa(report.Stats.Depth+1), "levels")
	}
	var answers []string
	for _, v := range report.Verdicts {
		if v.Property.Kind == fsm.BuiltIn {
			require.Equal(t, check.Holds, v.Result, "a value leaves its type")
			continue
		}
		if v.Property.Kind == fsm.Reachable {
			answers = append(answers, answer(t, s.Systems[0], v, p.goals[v.Property.Name]))
		} else {
			answers = append(answers, promise(t, s.Systems[0], v, p.holds[v.Property.Name]))
		}
	}
	if *beemTable {
		fmt.Printf("| %s | %s | %s | %s | %.1f |\n", p.title(), counts(strconv.Itoa(p.states), p.edges, p.levels),
			counts(strconv.Itoa(report.Stats.States), strconv.Itoa(report.Stats.Transitions), strconv.Itoa(report.Stats.Depth+1)),
			strings.Join(answers, ", "), took.Seconds())
	}
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
	f, err := os.Open(filepath.Join(beemFolder, "oracle.csv"))
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

// about is what the benchmark says of the instances of one name.
type about struct {
	APs []struct {
		Name       string `xml:"ap-name"`
		Expression string `xml:"ap-expression"`
	} `xml:"ap"`
	Properties []struct {
		ID      string `xml:"id,attr"`
		Type    string `xml:"prop-type,attr"`
		Formula string `xml:"formula"`
	} `xml:"property"`
	Instances []struct {
		ID         string `xml:"id,attr"`
		Parameters string `xml:"parameters"`
	} `xml:"instance"`
}

func readAbout(t *testing.T, file string) *about {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	a := &about{}
	require.NoError(t, xml.Unmarshal(text, a))
	return a
}

// loop is the macro that joins a text for each process: myloop(i,0,decr(N), `P_`'i.CS', ` + ').
var loop = regexp.MustCompile("myloop\\(i, *0, *decr\\(N\\), *`([^']*)`'i([^']*)', *`([^']*)'\\)")

// named gives the atomic propositions about an instance, with the macros and parameters put in.
func (a *about) named(id string) map[string]string {
	parameters := map[string]string{}
	for _, in := range a.Instances {
		if in.ID == id {
			for _, p := range strings.Split(in.Parameters, ",") {
				key, value, _ := strings.Cut(strings.TrimSpace(p), "=")
				parameters[key] = value
			}
		}
	}
	n, _ := strconv.Atoi(parameters["N"])
	named := map[string]string{}
	for _, ap := range a.APs {
		text := loop.ReplaceAllStringFunc(ap.Expression, func(macro string) string {
			part := loop.FindStringSubmatch(macro)
			var terms []string
			for i := range n {
				terms = append(terms, part[1]+strconv.Itoa(i)+part[2])
			}
			return "(" + strings.Join(terms, part[3]) + ")"
		})
		named[ap.Name] = "(" + substitute(text, parameters) + ")"
	}
	return named
}

// goals are the questions of reachability about an instance.
func (a *about) goals(id string) []Property {
	named := a.named(id)
	var list []Property
	for _, p := range a.Properties {
		if p.Type == "reachability" {
			list = append(list, Property{Name: "goal" + p.ID, Kind: fsm.Reachable, P: substitute(p.Formula, named)})
		}
	}
	return list
}

// The formulas that have a form in Interlock: G (P -> F Q), G F P and F P.
var (
	leads      = regexp.MustCompile(`^G *\((.+) -> F *(.+)\)$`)
	often      = regexp.MustCompile(`^G *F *(.+)$`)
	eventually = regexp.MustCompile(`^F *(.+)$`)
)

// promises are the questions about runs of an instance, as far as there is a form for them.
func (a *about) promises(id string) []Property {
	named := a.named(id)
	var list []Property
	for _, p := range a.Properties {
		formula := strings.TrimSpace(p.Formula)
		q := Property{Name: "run" + p.ID}
		switch {
		case p.Type != "LTL":
			continue
		case leads.MatchString(formula):
			m := leads.FindStringSubmatch(formula)
			q.Kind, q.P, q.Q = fsm.LeadsTo, substitute(m[1], named), substitute(m[2], named)
		case often.MatchString(formula):
			q.Kind, q.P = fsm.InfinitelyOften, substitute(often.FindStringSubmatch(formula)[1], named)
		case eventually.MatchString(formula):
			q.Kind, q.P = fsm.Eventually, substitute(eventually.FindStringSubmatch(formula)[1], named)
		default:
			continue
		}
		list = append(list, q)
	}
	return list
}

var identifier = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)

func substitute(text string, by map[string]string) string {
	return identifier.ReplaceAllStringFunc(text, func(name string) string {
		if value, ok := by[name]; ok {
			return value
		}
		return name
	})
}
