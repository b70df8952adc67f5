package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
)

// document is what -json writes.
type document struct {
	Go      string           `json:"go"`
	System  string           `json:"system"`
	CPUs    int              `json:"cpus"`
	Results []documentResult `json:"results"`
}

type documentResult struct {
	Name   string    `json:"name"`
	Engine string    `json:"engine"`
	States int       `json:"joint_states"` // that are known
	Build  float64   `json:"build_seconds"`
	Median figures   `json:"median"`
	Runs   []figures `json:"runs"`
}

// writeJSON writes every run.
func writeJSON(w io.Writer, results []*result) error {
	doc := document{Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU()}
	for _, r := range results {
		doc.Results = append(doc.Results, documentResult{r.entry.name, r.engine.name, r.entry.states, r.build, r.median(), r.runs})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(doc)
}

// readJSON reads what writeJSON wrote, into the order of the entries: each must have figures of the same engines. Runs of the
// same search in several files are taken together.
func readJSON(files []string) ([]*engine, []*result, error) {
	var results []*result
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, nil, err
		}
		var doc document
		if err := json.Unmarshal(text, &doc); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, r := range doc.Results {
			e := slices.IndexFunc(entries, func(e *entry) bool { return e.name == r.Name })
			g := slices.IndexFunc(engines, func(g *engine) bool { return g.name == r.Engine })
			if e < 0 || g < 0 || len(r.Runs) == 0 {
				return nil, nil, fmt.Errorf("%s: figures of %q by %q are not of this benchmark", file, r.Name, r.Engine)
			}
			same := func(r *result) bool { return r.entry == entries[e] && r.engine == engines[g] }
			if known := slices.IndexFunc(results, same); known >= 0 {
				results[known].runs = append(results[known].runs, r.Runs...)
				continue
			}
			results = append(results, &result{entry: entries[e], engine: engines[g], build: r.Build, runs: r.Runs})
		}
	}
	chosen, err := inOrder(results)
	return chosen, results, err
}

// inOrder sorts results by entry, and finds the engines that each has.
func inOrder(results []*result) ([]*engine, error) {
	place := func(r *result) int { return slices.Index(entries, r.entry) }
	slices.SortStableFunc(results, func(a, b *result) int { return place(a) - place(b) })
	var chosen []*engine
	for i, r := range results {
		if r.entry == results[0].entry {
			chosen = append(chosen, r.engine)
		}
		if n := len(chosen); r.engine != chosen[i%n] || results[i-i%n].entry != r.entry {
			return nil, fmt.Errorf("%s: not the same engines as of %s", r.entry.name, results[0].entry.name)
		}
	}
	if len(chosen) == 0 || len(results)%len(chosen) != 0 {
		return nil, errors.New("no figures, or not of every engine")
	}
	return chosen, nil
}
