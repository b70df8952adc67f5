package looplab

import (
	"strconv"
	"strings"

	"interlock/spec"
)

// maxName bounds a name, in bytes, before a number is put behind it.
const maxName = 80

// placed are words that are not reserved, but mean something at the places where imported names stand; Down is the state of
// a machine that has crashed.
var placed = map[string]bool{"Down": true, "other": true, "restart": true, "fsm": true, "spec": true, "unit": true, "of": true, "order": true,
	"set": true, "never": true, "always": true, "after": true, "assume": true, "fair": true, "strong": true, "node": true, "crash": true,
	"initially": true, "reachable": true, "recoverable": true, "eventually": true, "infinitely": true, "scenario": true, "count": true,
	"deadlock": true, "unexpected": true, "overflow": true, "overlap": true, "range": true, "runaway": true, "expect": true, "leads": true,
	"atomic": true, "queue": true, "keep": true}

// Names that generated code has for itself: a state of machine Door is DoorX there, an event a method X.
var (
	typeNames   = []string{"State", "Event", "EventKind", "Effect", "EffectKind", "Effects", "Durable", "Class", "Kind"}
	methodNames = []string{"State", "Step", "Successor", "Can", "Durable", "EnabledKinds", "EnabledEvents", "AppendBinary", "MarshalBinary", "UnmarshalBinary",
		"MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText", "String"}
)

// avoiding is a namer that gives none of the names.
func avoiding(names ...string) namer {
	n := namer{taken: map[string]bool{}}
	for _, name := range names {
		n.taken[folded(name)] = true
	}
	return n
}

// namer gives names that a spec allows, each once. Names that differ only in case or underscores count as the same: they
// would become one in Go.
type namer struct {
	taken map[string]bool
	last  map[string]int // by folded name: the number that was put behind it last
}

// name is the wanted text where a spec allows it as a name, otherwise one made of it; where nothing in it can be used, made of
// the word.
func (n *namer) name(wanted, word string) string {
	if n.taken == nil {
		n.taken = map[string]bool{}
	}
	if n.last == nil {
		n.last = map[string]int{}
	}
	plain := plainName(wanted, word)
	unique, key := plain, folded(plain)
	for n.taken[folded(unique)] {
		n.last[key] = max(2, n.last[key]+1)
		unique = plain + strconv.Itoa(n.last[key])
	}
	n.taken[folded(unique)] = true
	return unique
}

func folded(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// plainName keeps a name as it is, or else writes the letters and digits of a text as one word: "half-open" is HalfOpen.
func plainName(s, word string) string {
	if isName(s) && !spec.IsReserved(s) && !placed[s] && len(s) <= maxName && folded(s) != "" {
		return s
	}
	plain := oneWord(s)
	if s == "" {
		return "Empty"
	}
	if plain == "" || isDigit(rune(plain[0])) || spec.IsReserved(plain) || placed[plain] {
		plain = word + plain
	}
	return plain
}

// oneWord writes the letters and digits of a text as one word, of bounded length.
func oneWord(s string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return !isLetter(r) && !isDigit(r) }) {
		b.WriteString(capital(part))
	}
	return b.String()[:min(b.Len(), maxName)]
}

// compound is what stands for a state or event in a name that is made of it: "send_pin" in MaySendPin.
func compound(s string) string {
	if word := oneWord(s); word != "" {
		return word
	}
	return "It"
}

// isName reports whether a spec can have the text as a name.
func isName(s string) bool {
	for i, r := range s {
		if !isLetter(r) && (i == 0 || !isDigit(r) && r != '_') {
			return false
		}
	}
	return s != ""
}

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// capital is a word that begins with a capital letter.
func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
