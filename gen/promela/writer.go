package promela

import (
	"bytes"
	"fmt"
	"strings"
)

// writer collects the text, indents it by its brackets, and counts its lines.
type writer struct {
	bytes.Buffer
	indent int
	at     int // lines written
}

// line writes one line. What ends in "{", "do" or "if" begins a block; what begins with "}", "od" or "fi" ends one.
func (w *writer) line(format string, args ...any) {
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	depth := w.indent
	if first, _, _ := strings.Cut(text, " "); first == "od" || first == "od;" || first == "fi" || first == "fi;" || text[:min(1, len(text))] == "}" {
		w.indent--
		depth--
	}
	if strings.HasPrefix(text, "::") {
		depth--
	}
	if text != "" && text[0] != '#' {
		w.WriteString(strings.Repeat("\t", max(0, depth)))
	}
	w.WriteString(text + "\n")
	w.at++
	if last := text[strings.LastIndexByte(text, ' ')+1:]; last == "{" || last == "do" || last == "if" {
		w.indent++
	}
}

// when writes a block that runs where a condition is true; an empty one always runs.
func (w *writer) when(cond string, then func()) {
	if cond == "" {
		then()
		return
	}
	w.line("if")
	w.line(":: %s ->", cond)
	then()
	w.line(":: else")
	w.line("fi;")
}
