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
	if starts(text, "}", "od", "fi") {
		w.indent--
		depth--
	}
	if starts(text, "::") {
		depth--
	}
	if text != "" && !strings.HasPrefix(text, "#") {
		w.WriteString(strings.Repeat("\t", max(0, depth)))
	}
	w.WriteString(text + "\n")
	w.at++
	if last := text[strings.LastIndexAny(text, " \t")+1:]; last == "{" || last == "do" || last == "if" {
		w.indent++
	}
}

func starts(text string, words ...string) bool {
	for _, word := range words {
		if strings.HasPrefix(text, word) {
			return true
		}
	}
	return false
}
