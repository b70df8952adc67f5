package check

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"interlock/fsm"
)

// tableRow is one line of the table of steps.
type tableRow struct {
	number, who, event, did, where string
}

// table writes a story as a table: who took each step, what it was, what it did, where the spec says so.
func (s *story) table(width int) []string {
	rows := []tableRow{{"step", "who", "event", "what it did", "where"}}
	for i := range s.moments {
		if i > 0 && s.loop == i-1 {
			rows = append(rows, tableRow{did: "from here on, for ever:"})
		}
		rows = append(rows, s.rows(&s.moments[i])...)
	}
	if n := len(s.moments) - 1; s.loop >= 0 && s.loop < n {
		rows = append(rows, tableRow{did: "and again from step " + strconv.Itoa(s.loop+1)})
	} else if s.loop == n {
		rows = append(rows, tableRow{did: "and nothing more need happen: no step left is fair"})
	}
	return layTable(rows, width)
}

// rows are the lines of one moment.
func (s *story) rows(m *moment) []tableRow {
	first := tableRow{number: strconv.Itoa(m.number), who: s.instance(m.who), event: s.event(m)}
	if m.who < 0 {
		first.who = "(link)"
		if m.choice == nil {
			first.who = "(start)"
		} else if m.choice.Kind == fsm.TakeJoint {
			first.who = "(joint)"
		}
	}
	var did []tableRow
	if m.choice == nil {
		did = append(did, tableRow{did: s.states(m.after)})
	}
	did = append(did, s.deeds(m)...)
	for _, e := range m.effects {
		kind := s.sys.Spec.Effects[e.Effect]
		did = append(did, tableRow{did: s.of(e.Instance, m) + "do " + kind.Name + fsm.FormatArgs(kind.Params, e.Args)})
	}
	for _, c := range m.changes {
		did = append(did, tableRow{did: s.of(c.instance, m) + c.String()})
	}
	if m.choice != nil && m.after == nil && s.fails != nil {
		did = append(did, tableRow{did: "✗ " + s.fails.Detail, where: short(s.fails.Span)})
	}
	if len(did) == 0 {
		return []tableRow{first}
	}
	if m.choice != nil && m.choice.Kind == fsm.TakeJoint && m.after != nil {
		at := short(s.sys.Joints[m.choice.Joint].Span)
		for i := range did {
			if did[i].where == at {
				did[i].where = ""
			}
		}
		did[0].where = at
	}
	first.did, first.where = did[0].did, did[0].where
	return append([]tableRow{first}, did[1:]...)
}

// deeds tells the acts of a moment in order, with what is handed over between them, then what was put into links.
func (s *story) deeds(m *moment) []tableRow {
	var did []tableRow
	if m.guard != nil {
		did = append(did, tableRow{did: m.guard.String()})
	}
	for _, a := range m.acts {
		if a.by != nil {
			did = append(did, tableRow{did: "hand " + a.by.text + " to " + s.instance(a.instance)})
		}
		text := s.of(a.instance, m)
		switch t := a.transition; {
		case t != nil && t.Answer == fsm.Ignore:
			text += "ignored in " + s.state(a.instance, a.from)
		case a.from == a.to:
			text += "stays " + s.state(a.instance, a.to)
		default:
			text += s.state(a.instance, a.from) + " → " + s.state(a.instance, a.to)
		}
		did = append(did, tableRow{did: text, where: short(s.place(m, a))})
		if a.guard != nil {
			did = append(did, tableRow{did: "  " + a.guard.String()})
		}
	}
	for _, l := range m.sent {
		if s.sys.Links[l.link].Kind == fsm.Atomic {
			continue
		}
		text := s.of(s.sys.Links[l.link].From, m) + "send " + l.text + " to " + s.instance(s.sys.Links[l.link].To)
		if l.full {
			text += ": lost, the link is full"
		}
		did = append(did, tableRow{did: text})
	}
	return did
}

// event is what happens in a moment, in the words of the table.
func (s *story) event(m *moment) string {
	if m.choice == nil {
		return ""
	}
	switch m.choice.Kind {
	case fsm.Handle:
		if s.sys.MachineOf(m.who).Events[m.choice.Event].Kind == fsm.Fire {
			return "timer " + m.label
		}
	case fsm.Deliver:
		return m.label + " from " + s.instance(s.sys.Links[m.choice.Link].From)
	case fsm.LoseMessage, fsm.DuplicateMessage:
		l := s.sys.Links[m.choice.Link]
		verb := map[fsm.ChoiceKind]string{fsm.LoseMessage: "loses ", fsm.DuplicateMessage: "doubles "}[m.choice.Kind]
		return verb + m.label + ", " + s.instance(l.From) + " → " + s.instance(l.To)
	}
	return m.label
}

// of is "proxy: " unless the moment is about that instance anyway.
func (s *story) of(instance int, m *moment) string {
	if instance < 0 || instance == m.who {
		return ""
	}
	return s.instance(instance) + ": "
}

// String writes a change as the table does: "tries 0 → 1".
func (c change) String() string {
	if c.timer {
		return "timer " + c.name + " " + c.after
	}
	if c.before == "" {
		return c.name + " = " + c.after
	}
	return c.name + " " + c.before + " → " + c.after
}

// states tells the state of every instance.
func (s *story) states(j *fsm.Joint) string {
	return s.statesOf(j, func(int) bool { return true })
}

// statesOf tells the states of the instances that count; neighbours of one array in one state are told together.
func (s *story) statesOf(j *fsm.Joint, counts func(instance int) bool) string {
	if j == nil {
		return ""
	}
	in := s.sys.Instances
	var parts []string
	for i := 0; i < len(j.States); {
		end := i + 1
		if !counts(i) {
			i = end
			continue
		}
		for in[i].Array && end < len(j.States) && in[end].Group == in[i].Group && j.States[end] == j.States[i] && counts(end) {
			end++
		}
		name := in[i].Name
		if end > i+1 {
			name = in[i].Group + "[" + strconv.Itoa(in[i].Index) + ".." + strconv.Itoa(in[end-1].Index) + "]"
		}
		parts = append(parts, name+" "+s.state(i, j.States[i]))
		i = end
	}
	return strings.Join(parts, ", ")
}

// short is a place without its folder: the heading of the report names that.
func short(s fsm.Span) string {
	if s.IsZero() {
		return ""
	}
	return filepath.Base(s.File) + ":" + strconv.Itoa(s.Line)
}

// oneLine joins the words of a text that may go over several lines.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// layTable puts rows into columns. What does not fit into the column of deeds goes on below it; the other columns keep
// their width. Where that leaves no room for deeds, they stand below the events.
func layTable(rows []tableRow, width int) []string {
	var w [5]int
	for _, r := range rows {
		for i, cell := range [...]string{r.number, r.who, r.event, r.did, r.where} {
			w[i] = max(w[i], columns(cell))
		}
	}
	w[2] = min(w[2], max(16, width/3)) // a longer event moves its deeds one line down
	room := width - w[0] - w[1] - w[2] - w[4] - 8
	if room < minDeeds {
		return stackTable(rows, width)
	}
	w[3] = min(w[3], room)
	var lines []string
	for _, r := range rows {
		if columns(r.event) > w[2] {
			lines = append(lines, pad(r.number, w[0])+"  "+pad(r.who, w[1])+"  "+r.event)
			r.number, r.who, r.event = "", "", ""
			if r.did == "" {
				continue
			}
		}
		for k, part := range wrap(r.did, w[3]) {
			if k > 0 {
				r = tableRow{}
				part = "  " + part
			}
			line := pad(r.number, w[0]) + "  " + pad(r.who, w[1]) + "  " + pad(r.event, w[2]) + "  " + pad(part, w[3]) + "  " + r.where
			lines = append(lines, strings.TrimRight(line, " "))
		}
	}
	return lines
}

// minDeeds is how narrow the column of deeds may be.
const minDeeds = 24

// stackTable is the table for narrow windows: a line for the event, and those below it for the deeds.
func stackTable(rows []tableRow, width int) []string {
	var lines []string
	for _, r := range rows[1:] {
		if r.number != "" {
			for k, part := range wrap(strings.TrimRight(r.number+"  "+r.who+"  "+r.event, " "), width) {
				if k > 0 {
					part = "  " + part
				}
				lines = append(lines, part)
			}
		}
		if r.where != "" {
			r.did += "  " + r.where
		}
		for k, part := range wrap(r.did, width-5) {
			if k > 0 {
				part = "  " + part
			}
			if part != "" {
				lines = append(lines, "     "+part)
			}
		}
	}
	return lines
}

// wrap breaks a text into lines of at most width columns, between words where there are any; lines after the first are
// two columns shorter, to be indented.
func wrap(text string, width int) []string {
	var lines []string
	for runes, room := []rune(text), max(width, 8); ; room = max(width-2, 6) {
		if len(runes) <= room {
			lines = append(lines, string(runes))
			for i, l := range lines {
				lines[i] = strings.ReplaceAll(l, tie, " ")
			}
			return lines
		}
		at := room
		for i := room; i > 0; i-- {
			if runes[i] == ' ' {
				at = i
				break
			}
		}
		lines = append(lines, strings.TrimRight(string(runes[:at]), " "))
		runes = []rune(strings.TrimLeft(string(runes[at:]), " "))
	}
}

// columns is the width of a text. Names are ASCII, and the signs of the chart take one column each.
func columns(text string) int { return utf8.RuneCountInString(text) }

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-columns(text)))
}

// onTheWay tells what is in the links, in their order.
func (s *story) onTheWay(j *fsm.Joint) string {
	var parts []string
	for i, packets := range j.Links {
		l := s.sys.Links[i]
		for _, p := range packets {
			parts = append(parts, s.sys.FormatPacket(p)+" ("+s.instance(l.From)+" → "+s.instance(l.To)+")")
		}
	}
	if len(parts) > 0 {
		return "on the way: " + strings.Join(parts, ", ")
	}
	if slices.ContainsFunc(s.sys.Links, func(l *fsm.Link) bool { return l.Kind != fsm.Atomic }) {
		return "no message on the way"
	}
	return ""
}
