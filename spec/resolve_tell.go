package spec

import (
	"fmt"
	"strings"

	"interlock/fsm"
)

// telling is a diagnostic that is being written: its methods add to it. It is nil where the same has been told already.
type telling struct {
	c *compiler
	i int // index in compiler.diags
}

// tell reports an error of the text, once per code and place.
func (c *compiler) tell(code string, at fsm.Span, format string, args ...any) *telling {
	return c.tellAs(Error, code, at, format, args...)
}

// warning reports something that is meant otherwise, perhaps.
func (c *compiler) warning(code string, at fsm.Span, format string, args ...any) *telling {
	return c.tellAs(Warning, code, at, format, args...)
}

func (c *compiler) tellAs(s Severity, code string, at fsm.Span, format string, args ...any) *telling {
	return c.tellAbout("", s, code, at, format, args...)
}

// tellAbout is for mistakes of which there may be several of one code at one place: the subject tells them apart.
func (c *compiler) tellAbout(subject string, s Severity, code string, at fsm.Span, format string, args ...any) *telling {
	key := toldKey{code, subject, at}
	if c.told[key] && !at.IsZero() {
		return nil
	}
	c.told[key] = true
	c.diags = append(c.diags, Diagnostic{Code: code, Severity: s, Message: fmt.Sprintf(format, args...), Span: at})
	return &telling{c, len(c.diags) - 1}
}

// help adds a way out.
func (t *telling) help(format string, args ...any) *telling {
	if t != nil {
		t.c.diags[t.i].Help = fmt.Sprintf(format, args...)
	}
	return t
}

// fix adds an edit that mends the mistake.
func (t *telling) fix(at fsm.Span, text string) *telling {
	if t != nil && !at.IsZero() {
		t.c.diags[t.i].Fix = &Fix{Span: at, Text: text}
	}
	return t
}

// label points at a further place.
func (t *telling) label(at fsm.Span, format string, args ...any) *telling {
	if t != nil && !at.IsZero() {
		d := &t.c.diags[t.i]
		d.Labels = append(d.Labels, Label{Span: at, Text: fmt.Sprintf(format, args...)})
	}
	return t
}

// labelElsewhere points at a declaration, unless that is the place of the mistake.
func (t *telling) labelElsewhere(at, declared fsm.Span) *telling {
	if at == declared {
		return t
	}
	return t.label(declared, "declared here")
}

// suggest offers the candidate that was meant, most likely. Without one it lists them, if they are few.
func (t *telling) suggest(written Ident, candidates []string) *telling {
	const enough = 10 * MaxDiagnostics // nobody sees more; comparing names with names takes time
	if t == nil || t.i > enough {
		return t
	}
	if near := Nearest(written.Name, candidates); near != "" {
		return t.help("Did you mean %s?", quote(near)).fix(written.Span, near)
	}
	const few = 8
	if len(candidates) > 0 && len(candidates) <= few && t.c.diags[t.i].Help == "" {
		t.help("There is %s.", listOf(candidates))
	}
	return t
}

// listOf writes names as `A`, `B` and `C`.
func listOf(names []string) string {
	var b strings.Builder
	for i, n := range names {
		if i > 0 && i == len(names)-1 {
			b.WriteString(" and ")
		} else if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quote(n))
	}
	return b.String()
}

// plural is "1 thing" or "3 things".
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// after is the empty span behind a span, where a fix inserts.
func after(s fsm.Span) fsm.Span {
	return fsm.Span{File: s.File, Line: s.EndLine, Col: s.EndCol, EndLine: s.EndLine, EndCol: s.EndCol}
}

// cover is the span from the beginning of a to the end of b.
func cover(a, b fsm.Span) fsm.Span {
	a.EndLine, a.EndCol = b.EndLine, b.EndCol
	return a
}

// text is what stands in a span, in one line and without the comments.
func (c *compiler) text(s fsm.Span) string {
	if s.IsZero() {
		return ""
	}
	var src []byte
	for _, f := range c.sources {
		if f.Name == s.File {
			src = f.Text
			break
		}
	}
	ends := c.lineStarts(s.File, src)
	if s.EndLine > len(ends) {
		return ""
	}
	from, to := ends[s.Line-1]+s.Col-1, ends[s.EndLine-1]+s.EndCol-1
	if from > to || to > len(src) {
		return ""
	}
	return oneLine(string(src[from:to]))
}

// lineStarts are the offsets at which the lines of a file begin.
func (c *compiler) lineStarts(file string, src []byte) []int {
	if starts := c.ends[file]; starts != nil {
		return starts
	}
	starts := []int{0}
	for i, b := range src {
		if b == '\n' {
			starts = append(starts, i+1)
		}
	}
	c.ends[file] = starts
	return starts
}

// oneLine takes comments out and makes every run of white space one space.
func oneLine(s string) string {
	if !strings.ContainsAny(s, "\n\t/") && !strings.Contains(s, "  ") {
		return s
	}
	for {
		from := strings.Index(s, "/*")
		if from < 0 {
			break
		}
		to := strings.Index(s[from+2:], "*/")
		if to < 0 {
			break
		}
		s = s[:from] + " " + s[from+2+to+2:]
	}
	var b strings.Builder
	for line := range strings.Lines(s) {
		line, _, _ = strings.Cut(line, "//")
		b.WriteString(line + " ")
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
