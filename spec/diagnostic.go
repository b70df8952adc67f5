package spec

import (
	"fmt"
	"slices"
	"strings"

	"interlock/fsm"
)

// Severity says whether a diagnostic stops the text from being used.
type Severity uint8

// The severities.
const (
	Error   Severity = iota // the text means nothing until it is mended
	Warning                 // the text has a meaning, but perhaps not the one that was wanted
)

// String is the word that stands in the rendered diagnostic.
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Diagnostic is one mistake in a text. Message, Help and the labels may hold text of the spec as it is: rendering escapes
// it. Messages start in lower case and have no full stop; Help is a sentence.
type Diagnostic struct {
	Code     string // a stable name such as "missing-brace", which [Explain] knows
	Severity Severity
	Message  string
	Span     fsm.Span // the smallest text that is wrong
	Labels   []Label  // other places that matter, at most two
	Help     string   // a way out
	Fix      *Fix     // an edit that mends it, where there is one
}

// Label points at a further place and says why.
type Label struct {
	Span fsm.Span
	Text string
}

// Fix is an edit: the text of Span is replaced by Text. An empty span (start is end) inserts.
type Fix struct {
	Span fsm.Span
	Text string
}

// Error is the diagnostic in one line, so that a Diagnostic can be returned as an error.
func (d Diagnostic) Error() string {
	return fmt.Sprintf("%s: %s: %s [%s]", Echo(d.Span.String()), d.Severity, Echo(d.Message), d.Code)
}

// HasErrors reports whether any of the diagnostics is an Error.
func HasErrors(ds []Diagnostic) bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return d.Severity == Error })
}

// Sort puts diagnostics in the order of the text: by file, place, then code. It is stable.
func Sort(ds []Diagnostic) {
	slices.SortStableFunc(ds, func(a, b Diagnostic) int {
		if c := compareStart(a.Span, b.Span); c != 0 {
			return c
		}
		return strings.Compare(a.Code, b.Code)
	})
}

// compareStart orders spans by where they begin.
func compareStart(a, b fsm.Span) int {
	if c := strings.Compare(a.File, b.File); c != 0 {
		return c
	}
	if a.Line != b.Line {
		return a.Line - b.Line
	}
	return a.Col - b.Col
}

// MaxDiagnostics is how many diagnostics one run gives before it stops telling: see [Limit].
const MaxDiagnostics = 100

// Limit sorts the diagnostics and keeps the first n. If some had to go, a last diagnostic says how many.
func Limit(ds []Diagnostic, n int) []Diagnostic {
	Sort(ds)
	if len(ds) <= n {
		return ds
	}
	return append(ds[:n:n], tooMany(len(ds)-n, n, ds[n].Span))
}

// tooMany is the diagnostic that stands for those that are not shown.
func tooMany(more, limit int, at fsm.Span) Diagnostic {
	return Diagnostic{
		Code:    "too-many",
		Message: fmt.Sprintf("%s not shown; the limit is %d", plural(more, "more mistake"), limit),
		Span:    at,
		Help:    "Mend the first ones and run again.",
	}
}

// Explanation is the page of one code.
type Explanation struct {
	Code  string // "missing-brace"
	Title string // one line, lower case
	Page  string // plain text: what is wrong, why it is a mistake, an example and the way out
}

// Explain returns the page of a code, for people; ok is false for a code that no diagnostic has.
func Explain(code string) (page string, ok bool) {
	for _, e := range Explanations() {
		if e.Code == code {
			return e.Code + ": " + e.Title + "\n\n" + strings.TrimSpace(e.Page) + "\n", true
		}
	}
	return "", false
}

// Explanations lists all codes: those of the syntax, then those of the meaning, each in the order of its table.
func Explanations() []Explanation {
	return slices.Concat(syntaxCodes, meaningCodes)
}

// Nearest returns the candidate that a person who wrote name most likely meant, or "" if none is near. Nearest of all is
// one that differs only in case; otherwise at most a third of the name (and at least one letter) may be mistyped, where a
// swap of neighbours counts as one. Of equally near ones the first wins.
func Nearest(name string, candidates []string) string {
	const longest = 64 // the distance takes the square of the length
	if name == "" || len(name) > longest {
		return ""
	}
	best, bestDist := "", max(1, len(name)/3)+1
	for _, c := range candidates {
		if c == name || len(c) > longest || len(c) == 0 {
			continue
		}
		if strings.EqualFold(c, name) {
			return c
		}
		if d := editDistance(name, c); d < bestDist && d < max(len(name), len(c)) {
			best, bestDist = c, d
		}
	}
	return best
}

// editDistance is the optimal string alignment distance: insert, delete, replace and swap of neighbours cost one each.
func editDistance(a, b string) int {
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}
