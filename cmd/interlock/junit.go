package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os"
	"strconv"

	"interlock/check"
	"interlock/spec"
)

// The elements of a JUnit report, as the servers that run builds read them: a suite a system, a case a property.
type junitReport struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Line    int           `xml:"line,attr,omitempty"`
	Failure *junitProblem `xml:"failure,omitempty"`
	Error   *junitProblem `xml:"error,omitempty"`
}

type junitProblem struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",cdata"`
}

// junit makes the report. What is unknown, or could not be checked, is an error: it never passes.
func (d *document) junit() ([]byte, error) {
	var r junitReport
	for _, s := range d.Specs {
		if suite := broken(s); suite.Tests > 0 {
			r.add(suite)
		}
		for _, report := range s.Systems {
			r.add(junitSystem(s.Name+"."+report.System.Name, report))
		}
		for _, system := range s.Skipped {
			r.add(skipped(s.Name + "." + system))
		}
	}
	b, err := xml.MarshalIndent(r, "", "  ")
	return append([]byte(xml.Header), append(b, '\n')...), err
}

func (r *junitReport) add(s junitSuite) {
	r.Tests, r.Failures, r.Errors = r.Tests+s.Tests, r.Failures+s.Failures, r.Errors+s.Errors
	r.Suites = append(r.Suites, s)
}

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Error != nil {
		s.Errors++
	}
	s.Cases = append(s.Cases, c)
}

// broken is the suite of what is wrong with a spec itself.
func broken(s *specDocument) junitSuite {
	suite := junitSuite{Name: s.Folder, Time: "0"}
	for _, text := range s.Errors {
		suite.add(junitCase{Class: s.Folder, Name: "spec", Error: &junitProblem{Type: "input", Message: text}})
	}
	for _, g := range s.Diagnostics {
		if g.Severity == spec.Error.String() {
			suite.add(junitCase{Class: s.Folder, Name: fmt.Sprintf("%s:%d:%d %s", g.File, g.Line, g.Column, g.Code), File: g.File, Line: g.Line,
				Error: &junitProblem{Type: g.Code, Message: g.Message, Text: spec.Echo(g.Help)}})
		}
	}
	for _, g := range s.unasked { // a warning as far as the text goes, by the name of the question: what was asked is not decided
		suite.add(junitCase{Class: s.Folder, Name: g.Span.File, Error: &junitProblem{Type: check.Unknown.String(), Message: g.Message}})
	}
	return suite
}

// skippedText is what is told of a system that was not looked at.
const skippedText = "it was not looked at: the time was over before"

// skipped is the suite of a system that was not looked at.
func skipped(name string) junitSuite {
	suite := junitSuite{Name: name, Time: "0"}
	unknown := check.Unknown.String()
	suite.add(junitCase{Class: name, Name: "system", Error: &junitProblem{Type: unknown, Message: unknown + ": " + skippedText}})
	return suite
}

// junitSystem is the suite of a system.
func junitSystem(name string, r *check.Report) junitSuite {
	suite := junitSuite{Name: name, Time: strconv.FormatFloat(r.Stats.Duration.Seconds(), 'f', 3, 64)}
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		c := junitCase{Class: name, Name: check.Title(v.Property), File: v.Property.Span.File, Line: v.Property.Span.Line}
		var story bytes.Buffer
		check.WriteVerdict(&story, r, v, check.TextOptions{})
		c.judge(v.Met, v.Result, v.Property.ExpectViolated, v.Reason, story.String())
		suite.add(c)
	}
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		c := junitCase{Class: name, Name: "scenario " + s.Scenario.Name, File: s.Scenario.Span.File, Line: s.Scenario.Span.Line}
		var story bytes.Buffer
		check.WriteScenario(&story, r, s, check.TextOptions{})
		c.judge(s.Met, s.Result, s.Scenario.ExpectViolated, s.Reason, story.String())
		suite.add(c)
	}
	return suite
}

// judge gives a case its failure or error, unless it is as expected.
func (c *junitCase) judge(met bool, result check.Result, expectViolated bool, reason, story string) {
	if met {
		return
	}
	p := &junitProblem{Type: result.String(), Message: result.String(), Text: story}
	if reason != "" {
		p.Message += ": " + reason
	}
	switch {
	case result == check.Unknown:
		c.Error = p
		return
	case expectViolated:
		p.Message = "it was expected to be violated, and is not"
	}
	c.Failure = p
}

// files writes the reports for other tools that were asked for. It returns an exit code of its own.
func (c *checking) files() int {
	code := exitOK
	for _, f := range []struct {
		name string
		make func() ([]byte, error)
	}{{c.o.junit, c.doc.junit}, {c.o.sarif, c.doc.sarif}} {
		if f.name == "" {
			continue
		}
		text, err := f.make()
		if err == nil {
			err = os.WriteFile(f.name, text, 0o644)
		}
		if err != nil {
			code = c.sh.fail("%s", err)
		}
	}
	if c.o.annotations {
		c.sh.err.Write(c.doc.annotations())
	}
	return code
}
