package spec

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"interlock/fsm"
)

// Texts gives the text of a file by the name it has in spans, or nil if there is none.
type Texts func(file string) []byte

// Render writes diagnostics for people: place, message, the line with the wrong text underlined, labels and help, with an
// empty line between two. All that comes from a spec is escaped, so that no control character reaches a terminal. A nil
// Texts leaves the lines out.
func Render(w io.Writer, ds []Diagnostic, source Texts) error {
	var b strings.Builder
	for i, d := range ds {
		if i > 0 {
			b.WriteByte('\n')
		}
		renderOne(&b, d, source)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// renderOne writes one diagnostic.
func renderOne(b *strings.Builder, d Diagnostic, source Texts) {
	if !d.Span.IsZero() {
		fmt.Fprintf(b, "%s: ", Echo(d.Span.String()))
	}
	fmt.Fprintf(b, "%s: %s [%s]\n", d.Severity, Echo(d.Message), d.Code)
	width := len(strconv.Itoa(d.Span.Line))
	for _, l := range d.Labels {
		width = max(width, len(strconv.Itoa(l.Span.Line)))
	}
	shown := renderSpan(b, d.Span, '^', "", source, width, fsm.Span{})
	for _, l := range d.Labels {
		shown = renderSpan(b, l.Span, '-', l.Text, source, width, shown)
	}
	if d.Help != "" {
		fmt.Fprintf(b, "%*s = help: %s\n", width+2, "", Echo(d.Help))
	}
}

// renderSpan writes the line of a span, unless it is the line shown just before, and underlines the span. It returns the
// span whose line now stands last.
func renderSpan(b *strings.Builder, s fsm.Span, mark byte, text string, source Texts, width int, shown fsm.Span) fsm.Span {
	if s.IsZero() {
		return shown
	}
	line, ok := sourceLine(source, s)
	if !ok {
		if text != "" {
			fmt.Fprintf(b, "%*s = %s: %s\n", width+2, "", Echo(s.String()), Echo(text))
		}
		return shown
	}
	if shown.File != "" && s.File != shown.File {
		fmt.Fprintf(b, "%*s > %s\n", width+2, "", Echo(s.String()))
	}
	end := len(line) + 1
	if s.EndLine == s.Line {
		end = s.EndCol - 1
	}
	start := min(s.Col-1, len(line))
	shownLine, left, under := layoutLine(line, start, end)
	if s.File != shown.File || s.Line != shown.Line {
		fmt.Fprintf(b, "  %*d | %s\n", width, s.Line, shownLine)
	}
	fmt.Fprintf(b, "%*s | %s%s", width+2, "", strings.Repeat(" ", left), strings.Repeat(string(mark), max(1, under)))
	if text != "" {
		b.WriteString(" " + Echo(text))
	}
	b.WriteByte('\n')
	return s
}

// sourceLine is the text of the first line of a span, without its line end.
func sourceLine(source Texts, s fsm.Span) (string, bool) {
	if source == nil {
		return "", false
	}
	text := source(s.File)
	if text == nil {
		return "", false
	}
	for n := 1; n < s.Line; n++ {
		i := bytes.IndexByte(text, '\n')
		if i < 0 {
			return "", false
		}
		text = text[i+1:]
	}
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	return strings.TrimSuffix(string(text), "\r"), true
}

// Columns of a rendered line.
const (
	tabWidth    = 4
	lineColumns = 120 // a longer line is shown round the wrong text only
	leftColumns = 40  // how much stands before it then
)

// layoutLine makes a source line fit to be shown: tabs become spaces, what a terminal might obey is escaped, and a long
// line is cut. It returns the columns before the bytes start..end and the columns that they take.
func layoutLine(line string, start, end int) (shown string, left, under int) {
	total := columns(line)
	from, to := 0, total
	if total > lineColumns {
		from = max(0, columns(line[:start])-leftColumns)
		to = from + lineColumns
	}
	var b strings.Builder
	if from > 0 {
		b.WriteString("…")
		left = 1
	}
	col := 0
	for i := 0; i < len(line); {
		cell, size := cellAt(line[i:], col)
		w := cellWidth(cell)
		if col >= from && col+w <= to {
			b.WriteString(cell)
			if i < start {
				left += w
			} else if i < end {
				under += w
			}
		}
		col += w
		i += size
	}
	if to < total {
		b.WriteString("…")
	}
	return b.String(), left, under
}

// columns is how many columns a line takes when shown.
func columns(line string) int {
	col := 0
	for i := 0; i < len(line); {
		cell, size := cellAt(line[i:], col)
		col += cellWidth(cell)
		i += size
	}
	return col
}

// cellAt is how the first rune of s is shown at a column, and its size in bytes.
func cellAt(s string, col int) (cell string, size int) {
	r, size := utf8.DecodeRuneInString(s)
	if r == '\t' {
		return strings.Repeat(" ", tabWidth-col%tabWidth), size
	}
	return Echo(s[:size]), size
}

// cellWidth is the number of columns of a string that Echo has escaped.
func cellWidth(cell string) int {
	w := 0
	for _, r := range cell {
		switch {
		case unicode.Is(unicode.Mn, r):
		case isWide(r):
			w += 2
		default:
			w++
		}
	}
	return w
}

// isWide reports whether terminals show a rune in two columns: the East Asian wide blocks and the pictographs.
func isWide(r rune) bool {
	switch {
	case r < 0x1100:
		return false
	case r <= 0x115F, r >= 0x2E80 && r <= 0xA4CF, r >= 0xAC00 && r <= 0xD7A3, r >= 0xF900 && r <= 0xFAFF,
		r >= 0xFE30 && r <= 0xFE6F, r >= 0xFF00 && r <= 0xFF60, r >= 0xFFE0 && r <= 0xFFE6,
		r >= 0x1F300 && r <= 0x1FAFF, r >= 0x20000 && r <= 0x3FFFD:
		return true
	}
	return false
}

// Echo escapes what a terminal might obey or what cannot be seen: control characters, bidirectional and other format
// characters, and bytes that are not UTF-8. Everything printable stays as it is.
func Echo(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "\\x%02x", s[i])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, "\\x%02x", r)
		default:
			fmt.Fprintf(&b, "\\u%04x", r)
		}
		i += size
	}
	return b.String()
}

// isPlain reports whether s is printable ASCII only.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7F {
			return false
		}
	}
	return true
}
