package dve

import (
	"path"
	"strconv"
	"strings"

	"interlock/spec"
)

// namer gives names that the language of Interlock allows too, each once.
type namer struct{ taken map[string]bool }

// name is the wanted name, or one like it.
func (n *namer) name(wanted string) string {
	if n.taken == nil {
		n.taken = map[string]bool{}
	}
	plain := plainName(wanted)
	unique := plain
	for i := 2; n.taken[unique]; i++ {
		unique = plain + "_" + strconv.Itoa(i)
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
	if spec.IsReserved(plain) {
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
