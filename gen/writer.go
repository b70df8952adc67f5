package gen

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// writer collects the text of a file, in the manner of printf, and the packages that it imports.
type writer struct {
	bytes.Buffer
	imports []string
}

// p writes one line.
func (w *writer) p(format string, args ...any) {
	fmt.Fprintf(w, format, args...)
	w.WriteByte('\n')
}

// use notes an import.
func (w *writer) use(path string) {
	if !slices.Contains(w.imports, path) {
		w.imports = append(w.imports, path)
	}
}

// doc writes a comment: the generator's own text, one sentence or more, and after an empty line what the spec says.
func (w *writer) doc(own, fromSpec string) {
	for _, line := range wrap(own, 116) {
		w.p("// %s", line)
	}
	lines := commentLines(fromSpec)
	if len(lines) > 0 {
		w.p("//")
	}
	for _, line := range lines {
		w.p("%s", strings.TrimRight("// "+line, " "))
	}
}

// wrap breaks a text at spaces into lines of at most width bytes, where it can.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}

// obeyed are the beginnings of comment lines that some tool takes for an order.
var obeyed = []string{"go:", "line ", "export ", "extern ", "+build", "#", "nolint", "lint:", "Code generated", "Deprecated:", "Output:", "//", "/*"}

// commentLines makes a spec's comment harmless: control and formatting characters are dropped, and so are lines that begin like
// a directive, however they are indented. Empty lines at the ends are dropped too.
func commentLines(text string) []string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(text, "\r", "\n")) {
		line = strings.TrimSpace(strings.Map(func(r rune) rune {
			if r == '\t' {
				return ' '
			}
			if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
				return -1
			}
			return r
		}, line))
		if slices.ContainsFunc(obeyed, func(prefix string) bool { return strings.HasPrefix(line, prefix) }) {
			continue
		}
		if line != "" || len(lines) > 0 && lines[len(lines)-1] != "" {
			lines = append(lines, line)
		}
	}
	if n := len(lines); n > 0 && lines[n-1] == "" {
		lines = lines[:n-1]
	}
	return lines
}
