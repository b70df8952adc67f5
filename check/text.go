package check

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"interlock/fsm"
)

// TraceStyle says how text reports show traces.
type TraceStyle uint8

// The styles of traces.
const (
	ChartStyle TraceStyle = iota // a message sequence chart, with a table where the chart cannot tell everything
	TableStyle                   // a table of steps
	BothStyles
)

// TextOptions say how a report is written for people.
type TextOptions struct {
	Width   int // columns; 0: 100, fewer than 40 count as 40
	Trace   TraceStyle
	Color   bool // with ANSI colours
	ASCII   bool // without box drawing and other signs
	Verbose bool // with every built-in check, every witness and every trace
	Quiet   bool // only what is not as expected

	// Show names properties and scenarios whose traces are written even if they are as expected.
	Show []string

	// NoCoverage leaves out what no run of this system does: see WriteCoverage.
	NoCoverage bool

	// Coverage adds how often every written transition was taken.
	Coverage bool
}

// WriteText writes a report for people: a line a verdict, what they rest on and what was explored, then the story of each
// verdict that is not as expected. What comes from the spec is escaped: no control character reaches a terminal. The
// error is the writer's.
func WriteText(w io.Writer, r *Report, o TextOptions) error {
	p := &printer{report: r, o: o.within()}
	p.verdicts()
	if !o.Quiet {
		p.explored()
		p.assumptions()
		if !o.NoCoverage {
			p.coverage(&r.Coverage)
		}
	}
	p.stories()
	if o.Coverage {
		p.counts(&r.Coverage)
	}
	return p.flush(w)
}

// within puts the width between its bounds.
func (o TextOptions) within() TextOptions {
	if o.Width == 0 {
		o.Width = 100
	}
	o.Width = max(o.Width, 40)
	return o
}

// flush writes what was printed.
func (p *printer) flush(w io.Writer) error {
	text := p.b.String()
	if p.o.ASCII {
		text = asciiSigns.Replace(text)
	}
	_, err := io.WriteString(w, text)
	return err
}

// asciiSigns keeps the width of every sign, so that columns stay in line.
var asciiSigns = strings.NewReplacer("│", "|", "┊", ":", "─", "-", "┄", ".", "═", "=", "├", "|", "┤", "|", "┼", "+", "╪", "+",
	"▶", ">", "◀", "<", "▷", ">", "◁", "<", "✗", "x", "✓", "+", "×", "x", "→", ">", "…", "~")

// printer writes one report.
type printer struct {
	b      strings.Builder
	report *Report
	o      TextOptions
}

// ink is a colour, as the number of its ANSI sequence.
type ink string

const (
	plain  ink = ""
	bold   ink = "1"
	dim    ink = "2"
	red    ink = "31"
	green  ink = "32"
	yellow ink = "33"
)

// in escapes a text and gives it a colour.
func (p *printer) in(c ink, text string) string {
	text = escape(text)
	if !p.o.Color || c == plain || text == "" {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}

// escape replaces what a terminal might obey, and what cannot be seen.
func escape(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !printable(r) || r == utf8.RuneError }) < 0 {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case printable(r):
			b.WriteRune(r)
		default:
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return b.String()
}

// printable reports whether a terminal shows a sign as it is; a tie is a space by the time it gets there.
func printable(r rune) bool { return unicode.IsPrint(r) || string(r) == tie }

// line writes a line of parts that are escaped and coloured already.
func (p *printer) line(parts ...string) {
	p.b.WriteString(strings.TrimRight(strings.Join(parts, ""), " ") + "\n")
}

// field writes a named line, wrapped, such as "explored  …".
func (p *printer) field(c ink, name, text string) {
	for k, part := range wrap(escape(text), p.o.Width-fieldColumns-2) {
		if k > 0 {
			name, part = "", "  "+part
		}
		p.line("  ", p.in(dim, pad(name, fieldColumns)), p.in(c, part))
	}
}

// fieldColumns is the width of the names of named lines, and of the words of verdicts.
const fieldColumns = 14

// verdicts writes a line for each property, built-in check and scenario. Built-in checks that hold, or that are unknown like
// everything else, are told together at the end, and so is what "for" made of one property if it came out alike.
func (p *printer) verdicts() {
	var hold, unknown []string
	for i := 0; i < len(p.report.Verdicts); i++ {
		v := &p.report.Verdicts[i]
		n := p.alike(i)
		switch {
		case !madeUp(v) || !p.plain(v):
			p.verdict(v, n)
		case v.Result == Unknown:
			unknown = append(unknown, builtinNames[v.Property.Builtin])
		default:
			hold = append(hold, builtinNames[v.Property.Builtin])
		}
		i += n - 1
	}
	for i := range p.report.Scenarios {
		p.scenario(&p.report.Scenarios[i])
	}
	if len(hold) > 0 && !p.o.Quiet {
		p.judged(true, Holds, "holds", none(hold), p.unless(&Verdict{Result: Holds}))
	}
	if len(unknown) > 0 {
		p.judged(false, Unknown, "unknown", none(unknown), "")
	}
}

// none lists what was not found: "no deadlock, overlap or range".
func none(names []string) string {
	n := len(names) - 1
	if n == 0 {
		return "no " + names[0]
	}
	return "no " + strings.Join(names[:n], ", ") + " or " + names[n]
}

// plain reports whether the result is all that there is to say of a verdict.
func (p *printer) plain(v *Verdict) bool {
	return (v.Met || v.Result == Unknown) && !v.Vacuous && p.reason(v.Result, v.Reason, v.Trace) == "" && len(v.Notes) == 0 && !p.o.Verbose
}

// reason is the reason to tell beside a verdict: none where it is that of all that is unknown, which stands with what was
// explored, and none where it stands with a trace.
func (p *printer) reason(r Result, reason string, tr *fsm.Trace) string {
	common := r == Unknown && !p.report.Complete && strings.HasPrefix(reason, p.report.Reason) && !p.o.Quiet
	if common || r == Violated && tr != nil {
		return ""
	}
	return reason
}

// alike is how many verdicts from i on are told in one line: those that "for" made of one property, with one result and the
// same to say about it.
func (p *printer) alike(i int) int {
	list := p.report.Verdicts[i:]
	first, n := &list[0], 1
	for n < len(list) && !p.o.Verbose && !first.Property.Span.IsZero() && list[n].Property.Span == first.Property.Span &&
		list[n].Result == first.Result && list[n].Met == first.Met && list[n].Vacuous == first.Vacuous &&
		list[n].Reason == first.Reason && slices.Equal(list[n].Notes, first.Notes) {
		n++
	}
	return n
}

// madeUp reports whether the verdict is on a built-in check that the spec does not mention.
func madeUp(v *Verdict) bool { return v.Property.Kind == fsm.BuiltIn && v.Property.Span.IsZero() }

// verdict tells one verdict, or n that are alike.
func (p *printer) verdict(v *Verdict, n int) {
	if p.o.Quiet && v.Met && !v.Vacuous {
		return
	}
	word, tail := v.Result.String(), ""
	if v.Property.Kind == fsm.Reachable && v.Result != Unknown {
		word = map[Result]string{Holds: "reached", Violated: "not reached"}[v.Result]
	}
	if v.Property.Kind == fsm.BuiltIn && v.Result == Violated {
		word = "found"
	}
	if v.Trace != nil && v.Result != Unknown {
		tail = "in " + steps(len(v.Trace.Steps))
	}
	switch {
	case v.Property.ExpectViolated && v.Met:
		tail = join(tail, "as expected")
	case v.Property.ExpectViolated && v.Result == Holds && v.Property.Kind == fsm.Reachable:
		tail = join(tail, "but no run was expected to")
	case v.Property.ExpectViolated && v.Result == Holds:
		tail = join(tail, "but it was expected to be violated")
	case v.Vacuous:
		tail = join(tail, "vacuously")
	}
	title := Title(v.Property)
	if n > 1 {
		title, tail = statement(v.Property), "all "+strconv.Itoa(n)
		if v.Result == Violated {
			tail = strconv.Itoa(n) + " of them"
		}
		if v.Property.ExpectViolated && v.Met {
			tail = join(tail, "as expected")
		}
		if v.Vacuous {
			tail = join(tail, "vacuously")
		}
	}
	tail = join(tail, p.unless(v))
	if v.Trace != nil && v.Trace.Fails != nil {
		title += ": " + detail(v.Trace.Fails)
	}
	p.judged(v.Met, v.Result, word, title, tail)
	p.note(yellow, p.reason(v.Result, v.Reason, v.Trace))
	for _, n := range v.Notes {
		if v.Result != Violated || v.Trace == nil { // otherwise they stand with the trace
			p.note(dim, n)
		}
	}
}

// note tells something below a verdict.
func (p *printer) note(c ink, text string) {
	if text != "" {
		p.field(c, "", text)
	}
}

func (p *printer) scenario(s *ScenarioResult) {
	if p.o.Quiet && s.Met {
		return
	}
	word := map[Result]string{Holds: "possible", Violated: "not possible", Unknown: "unknown"}[s.Result]
	tail := ""
	if s.Trace != nil && s.Result == Holds {
		tail = "in " + steps(len(s.Trace.Steps))
	}
	if s.Scenario.ExpectViolated && s.Met {
		tail = join(tail, "as expected")
	} else if s.Scenario.ExpectViolated && s.Result == Holds {
		tail = join(tail, "but it was expected not to be")
	}
	p.judged(s.Met, s.Result, word, "scenario "+s.Scenario.Name, tail)
	p.note(yellow, p.reason(s.Result, s.Reason, s.Trace))
}

// judged writes the line of a verdict: whether it is as expected, the word, what it is about, and a remark.
func (p *printer) judged(met bool, r Result, word, title, tail string) {
	sign, c := "✗", red
	switch {
	case met:
		sign, c = "✓", green
	case r == Unknown:
		sign, c = "?", yellow
	}
	if tail != "" {
		tail = " (" + tail + ")"
	}
	if room := p.o.Width - fieldColumns - 2 - columns(tail); met && !p.o.Verbose && columns(title) > room {
		title = string([]rune(title)[:max(room-1, 0)]) + "…"
	}
	parts := wrap(title+tail, p.o.Width-fieldColumns-2)
	p.line(p.in(c, sign), " ", p.in(c, pad(word, fieldColumns)), p.in(plain, parts[0]))
	for _, part := range parts[1:] {
		p.line(strings.Repeat(" ", fieldColumns+4), p.in(plain, part))
	}
}

func join(a, b string) string {
	switch "" {
	case a:
		return b
	case b:
		return a
	}
	return a + ", " + b
}

func steps(n int) string { return count(n, "step") }

// count writes a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return grouped(n) + " " + thing + "s"
}

// Title is a property as the reader wrote it, without what it expects, or the name of a built-in check; one of several that
// "for" made is told by its name, too. It may hold text of the spec as it is.
func Title(pr *fsm.Property) string {
	if pr.Kind == fsm.BuiltIn {
		return builtinNames[pr.Builtin]
	}
	if strings.HasSuffix(pr.Name, "]") {
		return statement(pr) + ", at " + pr.Name
	}
	return statement(pr)
}

// statement is the text of a property without what it expects.
func statement(pr *fsm.Property) string {
	return strings.TrimSuffix(oneLine(pr.Text), " expect violated")
}

// walked tells how much the walks saw.
func (p *printer) walked(sim *Simulation) {
	taken := 0
	for _, t := range p.report.Coverage.Taken {
		if t.Count > 0 || t.Deferred {
			taken++
		}
	}
	text := fmt.Sprintf("%s of at most %s, seed %d: %s, in about %s", count(sim.Done, "random walk"), steps(sim.Depth), sim.Seed,
		count(int(sim.Steps), "step"), count(int(sim.Distinct), "joint state"))
	if n := len(p.report.Coverage.Taken); n > 0 {
		text += fmt.Sprintf("; %d of %s could be taken on the way", taken, count(n, "written transition"))
	}
	if p.o.Verbose && sim.Duration > 0 {
		text += fmt.Sprintf("; %s of all kinds looked at, %s/s", count(int(sim.Looked), "step"), grouped(int(float64(sim.Looked)/sim.Duration.Seconds())))
	}
	p.field(plain, "walked", text)
	p.field(yellow, "", "walks find violations, and decide nothing else: what is unknown was "+p.report.Reason)
}

// explored tells how much was seen.
func (p *printer) explored() {
	if p.report.Simulation != nil {
		p.walked(p.report.Simulation)
		return
	}
	st := &p.report.Stats
	text := fmt.Sprintf("%s, %s, %s deep", count(st.States, "state"), count(st.Transitions, "transition"), count(st.Depth, "step"))
	if p.report.Reason == decided {
		text += ", as far as was needed"
	}
	if d := duration(st.Duration); d != "" {
		text += ", " + d
	}
	if p.o.Verbose {
		text += fmt.Sprintf("; %s a state, %s kB of memory, %s states/s", count(st.StateBits, "bit"), grouped(int(st.TableBytes/1000)),
			grouped(int(st.StatesPerSecond())))
	}
	p.field(plain, "explored", text)
	switch {
	case st.NotCompiled != "":
		p.field(yellow, "", "in process: "+st.NotCompiled)
	case st.Compiled && p.o.Verbose:
		p.field(plain, "", "by a compiled search, made in "+st.Build.Round(time.Millisecond).String())
	}
	p.reductions()
	p.files(st)
	if !p.report.Complete && p.report.Reason != decided {
		how := fmt.Sprintf("every state up to depth %d was expanded", st.Explored-1)
		if st.Explored == 0 {
			how = "not all steps from the starts were taken"
		}
		p.field(yellow, "", fmt.Sprintf("only a part: %s; %s", p.report.Reason, how))
	}
}

// grouped writes a number with commas.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// duration writes how long something took; a moment is not worth telling.
func duration(d time.Duration) string {
	if d < time.Second {
		return ""
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}

// assumptions tells what the verdicts rest on: first what the network and its nodes may do, then what is taken for granted.
func (p *printer) assumptions() {
	name := "faults"
	for _, f := range faults(p.report.System) {
		p.field(plain, name, f)
		name = ""
	}
	name = "bounds"
	for _, b := range bounds(p.report.System) {
		p.field(plain, name, b)
		name = ""
	}
	name = "assuming"
	for _, a := range p.folded(p.report.Assumptions) {
		p.field(plain, name, a)
		name = ""
	}
}

// folded puts texts that differ in the indices of elements only into one, with their number; with Verbose it leaves them.
func (p *printer) folded(texts []string) []string {
	var list []string
	many := map[string]int{}
	for _, t := range texts {
		many[elementIndex().ReplaceAllString(t, "")]++
	}
	for _, t := range texts {
		t = oneLine(t)
		if n := many[elementIndex().ReplaceAllString(t, "")]; n > 1 && !p.o.Verbose {
			t = fmt.Sprintf("%s (%d of these)", elementIndex().ReplaceAllString(t, ""), n)
		}
		if !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return list
}

// elementIndex matches the index of an element of an array behind its name.
var elementIndex = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\[[0-9]+\]`) })

// faults tells what the links of a system may do with messages; links of one array that may do the same, once.
func faults(sys *fsm.System) []string {
	var list []string
	for _, l := range sys.Links {
		var may []string
		for _, m := range []struct {
			may  bool
			what string
		}{{l.Lose, "lose"}, {l.Duplicate, "duplicate"}, {l.Reorder, "reorder"}} {
			if m.may {
				may = append(may, m.what)
			}
		}
		text := sys.Instances[l.From].Group + " -> " + sys.Instances[l.To].Group + " may " + strings.Join(may, ", ")
		if l.Kind == fsm.Network && len(may) > 0 && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

// bounds tells of the links whose capacity decides what can happen: what no longer fits is lost, or holds the sender up. Where
// it does neither, the check of overflow says whether there is room. Links of one array that are alike are told once.
func bounds(sys *fsm.System) []string {
	var list []string
	for _, l := range sys.Links {
		then := "a sender waits for room"
		if l.Lose {
			then = "what does not fit is lost"
		}
		text := fmt.Sprintf("%s -> %s holds %s: %s", sys.Instances[l.From].Group, sys.Instances[l.To].Group, count(l.Capacity, "message"), then)
		if l.Kind != fsm.Atomic && (l.FullBlocks || l.Lose) && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

// coverage tells what no run ever does. Of an unfinished search it would be idle talk.
func (p *printer) coverage(c *Coverage) {
	if !p.report.Complete {
		return
	}
	p.unused(c)
	if c.Cut > 0 {
		p.field(yellow, "cut", fmt.Sprintf("%s states have no step left but those that assume cuts", grouped(c.Cut)))
	}
}

// unused tells the states and transitions that no run needs.
func (p *printer) unused(c *Coverage) {
	name := "never entered"
	for _, u := range c.NeverEntered {
		s := u.Machine.States[u.State]
		p.field(yellow, name, u.Machine.Name+"."+s.Name+"   "+short(s.Span))
		name = ""
	}
	name = "never taken"
	for k, u := range c.NeverTaken {
		if k == maxUntaken && !p.o.Verbose {
			p.field(yellow, "", fmt.Sprintf("and %d more (-v shows them)", len(c.NeverTaken)-k))
			break
		}
		text := oneLine(u.Text) + "   " + short(u.Span)
		if u.Machine != nil {
			text = u.Machine.Name + ": " + text
		}
		p.field(yellow, name, text)
		name = ""
	}
}

// WriteCoverage writes, for people, what no run of any of the systems does: dead text of the spec. A machine counts in the
// systems that have an instance of it. Nothing is written if a search was not complete, or if there is nothing to tell.
func WriteCoverage(w io.Writer, reports []*Report, o TextOptions) error {
	if len(reports) == 0 || slices.ContainsFunc(reports, func(r *Report) bool { return !r.Complete }) {
		return nil
	}
	var both Coverage
	for k, r := range reports {
		for _, u := range r.Coverage.NeverEntered {
			if nowhere(reports, k, u.Machine, func(c *Coverage) bool { return slices.Contains(c.NeverEntered, u) }) {
				both.NeverEntered = append(both.NeverEntered, u)
			}
		}
		for _, u := range r.Coverage.NeverTaken {
			same := func(v Untaken) bool { return v.Machine == u.Machine && v.Source == u.Source }
			if u.Machine == nil || nowhere(reports, k, u.Machine, func(c *Coverage) bool { return slices.ContainsFunc(c.NeverTaken, same) }) {
				both.NeverTaken = append(both.NeverTaken, u)
			}
		}
	}
	p := &printer{report: reports[0], o: o.within()}
	p.unused(&both)
	return p.flush(w)
}

// nowhere reports whether what report k tells of a machine is told by every report on a system with such a machine, and by
// none before k.
func nowhere(reports []*Report, k int, m *fsm.Machine, told func(*Coverage) bool) bool {
	for i, r := range reports {
		has := slices.ContainsFunc(r.System.Instances, func(in *fsm.Instance) bool { return r.System.Spec.Machines[in.Machine] == m })
		if has && (i < k || !told(&r.Coverage)) {
			return false
		}
	}
	return true
}

// maxUntaken is how many transitions that are never taken are told without -v.
const maxUntaken = 8

// Names lists what Options.Properties may name in a system: its properties and scenarios, and the built-in checks.
func Names(sys *fsm.System) []string {
	var names []string
	for _, p := range append(append([]*fsm.Property{}, sys.Properties...), builtins(sys)...) {
		names = append(names, p.Name)
	}
	for _, s := range sys.Scenarios {
		names = append(names, s.Name)
	}
	return names
}
