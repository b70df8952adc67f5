package golden

import (
	"fmt"
	"strings"
)

// maxBytes bounds an archive. Golden files are read by people.
const maxBytes = 16 << 20

// Archive is a text of named sections. The format is that of txtar: lines of
// comment, then for each section a line "-- name --" and its lines. There is no
// escape: a section cannot hold a line that looks like a marker.
type Archive struct {
	// Comment is the text before the first section: what the case is about.
	Comment string
	// Sections stand in the order of the file.
	Sections []Section

	path string
}

// Section is one named part of an archive.
type Section struct {
	// Name is what stands between the dashes, without space round it.
	Name string
	// Text is empty or ends in a newline.
	Text string
}

// Parse reads an archive. Every text is one: without a marker it is all
// comment.
func Parse(data []byte) *Archive {
	a := &Archive{}
	text := &a.Comment
	start := 0
	s := string(data)
	for at := 0; at < len(s); {
		next := len(s)
		if i := strings.IndexByte(s[at:], '\n'); i >= 0 {
			next = at + i + 1
		}
		if name, ok := marker(s[at:next]); ok {
			*text = wholeLines(s[start:at])
			a.Sections = append(a.Sections, Section{Name: name})
			text = &a.Sections[len(a.Sections)-1].Text
			start = next
		}
		at = next
	}
	*text = wholeLines(s[start:])
	return a
}

// Format writes the archive; Parse reads it back.
func (a *Archive) Format() []byte {
	var b strings.Builder
	b.WriteString(wholeLines(a.Comment))
	for _, s := range a.Sections {
		fmt.Fprintf(&b, "-- %s --\n%s", s.Name, wholeLines(s.Text))
	}
	return []byte(b.String())
}

// Get is the text of the named section, or "" if there is none.
func (a *Archive) Get(name string) string {
	for _, s := range a.Sections {
		if s.Name == name {
			return s.Text
		}
	}
	return ""
}

// Has says whether there is a section of this name, if only an empty one.
func (a *Archive) Has(name string) bool {
	for _, s := range a.Sections {
		if s.Name == name {
			return true
		}
	}
	return false
}

// Set replaces the text of the named section, or appends one. It refuses what
// would not be read back: a name that is empty, has space round it or a line
// break in it, and a text with a line that looks like a marker.
func (a *Archive) Set(name, text string) error {
	if got, ok := marker("-- " + name + " --"); !ok || got != name || strings.Contains(name, "\n") {
		return fmt.Errorf("%q cannot be the name of a section", name)
	}
	for line := range strings.Lines(text) {
		if _, ok := marker(line); ok {
			return fmt.Errorf("section %q cannot hold the line %q: it would start another section", name, line)
		}
	}
	text = wholeLines(text)
	for i := range a.Sections {
		if a.Sections[i].Name == name {
			a.Sections[i].Text = text
			return nil
		}
	}
	a.Sections = append(a.Sections, Section{Name: name, Text: text})
	return nil
}

// marker is the name in a line "-- name --".
func marker(line string) (name string, ok bool) {
	line = strings.TrimSuffix(line, "\n")
	line = strings.TrimSuffix(line, "\r")
	rest, ok := strings.CutPrefix(line, "-- ")
	if !ok {
		return "", false
	}
	rest, ok = strings.CutSuffix(rest, " --")
	name = strings.TrimSpace(rest)
	return name, ok && name != ""
}

func wholeLines(s string) string {
	if s == "" || strings.HasSuffix(s, "\n") {
		return s
	}
	return s + "\n"
}
