package dve

import (
	"path"
	"strconv"
	"strings"

	"interlock/spec"
)

// special are words that mean something at the places where imported names stand, and the name of every crashed machine's
// state.
var special = wordSet("after", "always", "assume", "atomic", "count", "crash", "deadlock", "Down", "eventually", "expect", "fair", "fsm", "infinitely",
	"initially", "keep", "leads", "never", "node", "of", "order", "other", "overflow", "overlap", "queue", "range", "reachable", "recoverable",
	"restart", "runaway", "scenario", "set", "spec", "strong", "unexpected", "unit")

// namer gives names that the language of Interlock allows too, each once.
type namer struct {
	taken map[string]bool
	last  map[string]int // by name: the number that was put behind it last
}

// name is the wanted name, or one like it.
func (n *namer) name(wanted string) string {
	if n.taken == nil {
		n.taken, n.last = map[string]bool{}, map[string]int{}
	}
	plain := plainName(wanted)
	unique := plain
	for n.taken[unique] {
		n.last[plain] = max(2, n.last[plain]+1)
		unique = plain + "_" + strconv.Itoa(n.last[plain])
	}
	n.taken[unique] = true
	return unique
}

// plainName makes a name of letters, digits and underscores that begins with a letter and is no word of the language.
func plainName(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; isLetter(c) || isDigit(c) {
			b.WriteByte(c)
		} else {
			b.WriteByte('_')
		}
	}
	plain := strings.TrimLeft(b.String(), "_")
	switch {
	case plain == "":
		plain = "x" + b.String()
	case isDigit(plain[0]):
		plain = "x" + plain
	}
	if spec.IsReserved(plain) || special[plain] {
		plain += "_"
	}
	return plain
}

// titleOf is the name of a spec: that of its file, without folder and extension.
func titleOf(file string) string {
	base := path.Base(strings.ReplaceAll(file, "\\", "/"))
	if stem := strings.TrimSuffix(base, path.Ext(base)); stem != "" {
		base = stem
	}
	return plainName(base)
}
