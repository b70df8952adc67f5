package main

import (
	"bytes"
	"encoding/json"
	"net/url"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"unicode/utf16"

	"interlock/check"
	"interlock/fsm"
	"interlock/spec"
)

// The objects of a SARIF 2.1.0 log: one run, a result for everything that is not as it should be. A counterexample is a code
// flow, so that an editor can go through it step by step.
type sarifLog struct {
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool     `json:"tool"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version,omitempty"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID    string    `json:"id"`
	Short sarifText `json:"shortDescription"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID    string          `json:"ruleId"`
	RuleIndex int             `json:"ruleIndex"`
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations"`
	CodeFlows []sarifFlow     `json:"codeFlows,omitempty"`
}

type sarifFlow struct {
	ThreadFlows []sarifThread `json:"threadFlows"`
}

type sarifThread struct {
	Locations []sarifStep `json:"locations"`
}

type sarifStep struct {
	Location sarifLocation `json:"location"`
}

type sarifLocation struct {
	Physical sarifPlace `json:"physicalLocation"`
	Message  *sarifText `json:"message,omitempty"`
}

type sarifPlace struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"`
	EndLine     int `json:"endLine,omitempty"`
	EndColumn   int `json:"endColumn,omitempty"`
}

// sarif makes the log.
func (d *document) sarif() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	run := d.findings()
	run.count(d.texts())
	err := e.Encode(sarifLog{Version: "2.1.0", Runs: []sarifRun{run}})
	return b.Bytes(), err
}

// texts are the texts of all specs, by the address of their file.
func (d *document) texts() map[string][]byte {
	texts := map[string][]byte{}
	for _, s := range d.Specs {
		for _, t := range s.sources {
			texts[address(t.Name)] = t.Text
		}
	}
	return texts
}

// count makes the columns of every place those of SARIF: they count the units of UTF-16, where ours count bytes.
func (r *sarifRun) count(texts map[string][]byte) {
	lines := map[string][][]byte{}
	for file, text := range texts {
		lines[file] = bytes.Split(text, []byte("\n"))
	}
	for i := range r.Results {
		for k := range r.Results[i].Locations {
			r.Results[i].Locations[k].count(lines)
		}
		for _, f := range r.Results[i].CodeFlows {
			for _, thread := range f.ThreadFlows {
				for k := range thread.Locations {
					thread.Locations[k].Location.count(lines)
				}
			}
		}
	}
}

func (l *sarifLocation) count(lines map[string][][]byte) {
	if r := l.Physical.Region; r != nil {
		of := lines[l.Physical.Artifact.URI]
		r.StartColumn, r.EndColumn = units(of, r.StartLine, r.StartColumn), units(of, r.EndLine, r.EndColumn)
	}
}

// units is a column in units of UTF-16, where it was one in bytes; 0, and what is behind the end of its line, stay.
func units(lines [][]byte, line, column int) int {
	if line < 1 || line > len(lines) || column < 1 {
		return column
	}
	before := lines[line-1]
	before = before[:min(column-1, len(before))]
	n := column - len(before)
	for _, c := range string(before) {
		n += max(1, utf16.RuneLen(c))
	}
	return n
}

// findings lists everything that is not as it should be.
func (d *document) findings() sarifRun {
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "interlock", Rules: []sarifRule{}}}, ColumnKind: "utf16CodeUnits", Results: []sarifResult{}}
	if info, ok := debug.ReadBuildInfo(); ok {
		run.Tool.Driver.Version = info.Main.Version
	}
	for _, s := range d.Specs {
		for _, text := range s.Errors {
			run.add("input", "what could not be checked", "error", text, place(fsm.Span{File: s.Folder}))
		}
		for _, g := range s.Diagnostics {
			level := "warning"
			if g.Severity == spec.Error.String() {
				level = "error"
			}
			text := g.Message
			if g.Help != "" {
				text += "\n" + g.Help
			}
			run.add(g.Code, title(g.Code), level, text, place(fsm.Span{File: g.File, Line: g.Line, Col: g.Column}))
		}
		for _, r := range s.Systems {
			run.system(s.Name+"."+r.System.Name, r)
		}
		for _, system := range s.Skipped {
			run.add("skipped", "a system that was not looked at", "warning", s.Name+"."+system+": "+skippedText, place(fsm.Span{File: s.Folder}))
		}
	}
	return run
}

// title is the title of the page on a diagnostic.
func title(code string) string {
	list := explanations()
	if at := slices.IndexFunc(list, func(e spec.Explanation) bool { return e.Code == code }); at >= 0 {
		return list[at].Title
	}
	return code
}

// add appends a result, and its rule where it is the first of it.
func (r *sarifRun) add(rule, about, level, text string, at sarifLocation) *sarifResult {
	rules := &r.Tool.Driver.Rules
	index := slices.IndexFunc(*rules, func(s sarifRule) bool { return s.ID == rule })
	if index < 0 {
		index = len(*rules)
		*rules = append(*rules, sarifRule{rule, sarifText{about}})
	}
	r.Results = append(r.Results, sarifResult{RuleID: rule, RuleIndex: index, Level: level, Message: sarifText{text}, Locations: []sarifLocation{at}})
	return &r.Results[len(r.Results)-1]
}

// address is how a file is named.
func address(file string) string {
	u := url.URL{Path: filepath.ToSlash(file)}
	return u.String()
}

// place is where a span is. What is not in a text has no region. Columns count bytes, as everywhere, until [sarifRun.count].
func place(s fsm.Span) sarifLocation {
	l := sarifLocation{Physical: sarifPlace{Artifact: sarifArtifact{address(s.File)}}}
	if !s.IsZero() {
		l.Physical.Region = &sarifRegion{s.Line, s.Col, s.EndLine, s.EndCol}
	}
	return l
}

// system appends what is not as expected in a system, and what no run of it needs.
func (r *sarifRun) system(name string, report *check.Report) {
	at := func(s fsm.Span) sarifLocation {
		if s.IsZero() {
			s = report.System.Span
		}
		return place(s)
	}
	for i := range report.Verdicts {
		v := &report.Verdicts[i]
		switch {
		case !v.Met:
			text := name + ": " + check.Title(v.Property) + " " + outcome(v.Result, v.Property.ExpectViolated, v.Reason)
			span := v.Property.Span
			if v.Trace != nil && v.Trace.Fails != nil {
				text, span = name+": "+v.Trace.Fails.Detail, v.Trace.Fails.Span
			}
			r.add(ruleOf(v), "a property, or a built-in check", levelOf(v.Result), text, at(span)).follow(report.System, v.Trace)
		case v.Vacuous:
			r.add("vacuous", "a property that holds because what it speaks of never happens", "warning", name+": "+check.Title(v.Property)+": "+v.Reason, at(v.Property.Span))
		}
	}
	for i := range report.Scenarios {
		if s := &report.Scenarios[i]; !s.Met {
			text := name + ": scenario " + s.Scenario.Name + " " + outcome(s.Result, s.Scenario.ExpectViolated, s.Reason)
			r.add("scenario", "an execution that must be possible", levelOf(s.Result), text, at(s.Scenario.Span)).follow(report.System, s.Trace)
		}
	}
}

// outcome says how something came out that is not as expected.
func outcome(result check.Result, expectViolated bool, reason string) string {
	text := "is " + result.String()
	switch {
	case result == check.Holds && expectViolated:
		text = "holds, but it was expected to be violated"
	case result == check.Holds:
		text = "holds"
	}
	if reason != "" {
		text += ": " + reason
	}
	return text
}

// levelOf is how bad it is: what is unknown has not been shown to be wrong.
func levelOf(r check.Result) string {
	if r == check.Unknown {
		return "warning"
	}
	return "error"
}

// ruleOf names the kind of a property: "never", "leads-to", "unexpected-message".
func ruleOf(v *check.Verdict) string {
	return strings.ReplaceAll(check.KindName(v.Property), " ", "-")
}

// follow adds a trace to a result.
func (r *sarifResult) follow(sys *fsm.System, tr *fsm.Trace) {
	if tr == nil || len(tr.Steps) == 0 {
		return
	}
	var thread sarifThread
	for _, t := range check.Tell(sys, tr) {
		l := place(t.Span)
		l.Message = &sarifText{t.Text}
		thread.Locations = append(thread.Locations, sarifStep{l})
	}
	r.CodeFlows = []sarifFlow{{[]sarifThread{thread}}}
}
