package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"interlock/check"
	"interlock/fsm"
	"interlock/spec"
)

// summary counts what a run of check decided.
type summary struct {
	specs, systems         int
	met, notMet, undecided int
	broken                 int // specs and systems that could not be checked
	exit                   int
	skipped                int // systems that were not looked at, because the time was over
	vacuous                int
	missed                 []string // what is not as expected, a line each
	odds                   float64  // that a joint state of some system was missed, at most
}

// add counts the verdicts of a report on the system of that name.
func (s *summary) add(name string, r *check.Report, ascii bool) {
	count := func(met bool, result check.Result, what string, at fsm.Span) {
		sign := "✗"
		switch {
		case met:
			s.met++
			return
		case result == check.Unknown:
			sign = "?"
			s.undecided++
			s.exit = worse(s.exit, exitUnknown)
		default:
			s.notMet++
			s.exit = worse(s.exit, exitFindings)
		}
		if ascii && sign == "✗" {
			sign = "x"
		}
		if at.IsZero() {
			at = r.System.Span
		}
		s.missed = append(s.missed, spec.Echo(fmt.Sprintf("%s %s: %s   %s", sign, name, what, at)))
	}
	s.odds += r.Missed
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		count(v.Met, v.Result, check.Title(v.Property), v.Property.Span)
		if v.Vacuous {
			s.vacuous++
		}
	}
	for i := range r.Scenarios {
		sc := &r.Scenarios[i]
		count(sc.Met, sc.Result, "scenario "+sc.Scenario.Name, sc.Scenario.Span)
	}
}

// maxMissed bounds what the last lines name.
const maxMissed = 20

// tell writes the last line: "5 specs, 14 systems: 61 as expected, 0 not". Of several systems it names before that what is
// not as expected: it may have scrolled away.
func (s *summary) tell(w io.Writer) {
	if s.systems > 1 {
		for _, line := range s.missed[:min(len(s.missed), maxMissed)] {
			fmt.Fprintln(w, line)
		}
		if n := len(s.missed) - maxMissed; n > 0 {
			fmt.Fprintf(w, "and %d more\n", n)
		}
	}
	line := fmt.Sprintf("%s, %s: %d as expected, %d not", plural(s.specs, "spec"), plural(s.systems, "system"), s.met, s.notMet)
	if s.undecided > 0 {
		line += fmt.Sprintf(", %d unknown", s.undecided)
	}
	if s.vacuous > 0 {
		line += fmt.Sprintf(" (%d vacuously)", s.vacuous)
	}
	if s.odds > 0 {
		line += "; " + check.Odds(s.odds)
	}
	if s.broken > 0 {
		line += fmt.Sprintf("; %d could not be checked", s.broken)
	}
	if s.skipped > 0 {
		line += fmt.Sprintf("; stopped before %s", plural(s.skipped, "more system"))
	}
	fmt.Fprintln(w, line)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// document is what -json writes: one JSON object. Names of fields stay; new ones may come.
type document struct {
	Format  int             `json:"format"` // 1
	Specs   []*specDocument `json:"specs"`
	Summary summaryDocument `json:"summary"`
}

type specDocument struct {
	Folder      string               `json:"folder"`
	Name        string               `json:"name,omitempty"`
	Digest      string               `json:"digest,omitempty"`
	Constants   map[string]string    `json:"constants,omitempty"`
	Errors      []string             `json:"errors,omitempty"` // not about a place in the text
	Diagnostics []diagnosticDocument `json:"diagnostics"`
	Systems     []*check.Report      `json:"systems"`
	Skipped     []string             `json:"skipped,omitempty"` // systems that were not looked at, because the time was over

	sources []spec.Source
	unasked []spec.Diagnostic // questions that were left out; they are among the diagnostics, too
}

type diagnosticDocument struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	Help     string `json:"help,omitempty"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
}

type summaryDocument struct {
	Specs      int `json:"specs"`
	Systems    int `json:"systems"`
	AsExpected int `json:"asExpected"`
	Not        int `json:"not"`
	Unknown    int `json:"unknown"`
	Vacuous    int `json:"vacuous"`
	Broken     int `json:"broken"`
	Skipped    int `json:"skipped"`
	Exit       int `json:"exit"`
}

func (s *summary) image() summaryDocument {
	return summaryDocument{s.specs, s.systems, s.met, s.notMet, s.undecided, s.vacuous, s.broken, s.skipped, s.exit}
}

// add begins the part of one folder.
func (d *document) add(c *compiled) *specDocument {
	image := &specDocument{Folder: c.dir, Diagnostics: []diagnosticDocument{}, Systems: []*check.Report{}, sources: c.sources, unasked: c.unasked}
	d.Specs = append(d.Specs, image)
	if c.err != nil {
		image.Errors = append(image.Errors, c.err.Error())
	}
	for _, g := range c.diagnostics {
		image.Diagnostics = append(image.Diagnostics, diagnosticDocument{g.Code, g.Severity.String(), g.Message, g.Help, g.Span.File, g.Span.Line, g.Span.Col})
	}
	if c.spec != nil {
		image.Name, image.Digest = c.spec.Name, c.spec.Digest
		for _, k := range c.spec.Consts {
			if image.Constants == nil {
				image.Constants = map[string]string{}
			}
			image.Constants[k.Name] = k.Text
		}
	}
	return image
}

// write writes the document, and returns an exit code of its own: output that cannot be written is a mistake.
func (d *document) write(sh *shell) int {
	d.Format = 1
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(d); err != nil {
		return sh.fail("%s", strings.TrimSpace(spec.Echo(err.Error())))
	}
	sh.out.Write(b.Bytes())
	return exitOK
}
