package main

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"

	"interlock/spec"
)

// annotations writes each finding as a workflow command, a line that a build service which runs the check shows beside the
// line of the text that it is about: "::error file=a.fsm,line=3,col=2,title=never::what is wrong". Such services (GitHub
// Actions is where the form comes from) read them from what a step prints. A counterexample is in the report, not here: a
// service shows the first lines only, and a few of them.
func (d *document) annotations() []byte {
	var b bytes.Buffer
	for _, r := range d.findings().Results {
		at := r.Locations[0].Physical
		fmt.Fprintf(&b, "::%s file=%s", r.Level, annotated(fileOf(at.Artifact.URI), true))
		if g := at.Region; g != nil {
			fmt.Fprintf(&b, ",line=%d,col=%d", g.StartLine, max(g.StartColumn, 1))
		}
		fmt.Fprintf(&b, ",title=%s::%s\n", annotated("interlock: "+r.RuleID, true), annotated(r.Message.Text, false))
	}
	return b.Bytes()
}

// fileOf is the name of the file that a location of a log names.
func fileOf(uri string) string {
	if u, err := url.Parse(uri); err == nil {
		return u.Path
	}
	return uri
}

// annotated writes a text so that it stays one line and one field: what ends either is written as %XX. Control characters
// do not get through.
func annotated(text string, field bool) string {
	lines := strings.Split(strings.ReplaceAll(text, "%", "%25"), "\n")
	for i := range lines {
		lines[i] = spec.Echo(lines[i])
	}
	text = strings.Join(lines, "%0A")
	if field {
		text = strings.NewReplacer(":", "%3A", ",", "%2C").Replace(text)
	}
	return text
}
