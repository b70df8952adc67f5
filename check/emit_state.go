package check

import (
	"fmt"
	"strings"
)

// state writes the type of a state and what is asked of all its words: a field for each, because Go keeps the fields of a
// small struct in registers, but not the elements of an array.
func (e *emitter) state() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	fields, differ, reads := make([]string, e.p.words), make([]string, e.p.words), make([]string, e.p.words)
	for i := range e.p.words {
		fields[i] = fmt.Sprintf("w%d", i)
		differ[i] = fmt.Sprintf("(a.w%d^b.w%d)", i, i)
		reads[i] = fmt.Sprintf("binary.LittleEndian.Uint64(b[%d:])", 8*i)
	}
	line("type state struct{ %s uint64 }\n", strings.Join(fields, ", "))
	line("// same reports whether two states are one, without a branch.")
	line("func same(a, b state) bool { return %s == 0 }\n", strings.Join(differ, "|"))
	line("// read reads a state that lies in bytes.")
	line("func read(b []byte) state {")
	line("_ = b[8*words-1]")
	line("return state{%s & lastMask}\n}\n", strings.Join(reads, ", "))
	line("// write writes a state into bytes, up to the end of its last word.")
	line("func (s state) write(b []byte) {")
	line("_ = b[8*words-1]")
	for i := range e.p.words {
		line("binary.LittleEndian.PutUint64(b[%d:], s.w%d)", 8*i, i)
	}
	line("}\n")
	line("// hash mixes the words of a state by folded products.")
	line("func hash(s state) uint64 {")
	line("return fold(%s^mixer0, mixer1)\n}\n", e.foldedWords())
	return b.String()
}

// foldedWords writes the words of a state folded by pairs, in the manner of wyhash, so that the products do not wait for one
// another; those of eight words wait for those of the eight before, so that every pair has its own numbers.
func (e *emitter) foldedWords() string {
	text := ""
	for i := 0; i < e.p.words; i += 2 {
		if i > 0 && i%8 == 0 {
			text = "fold(" + text + "^mixer0, mixer1)"
		}
		if i > 0 {
			text += "^"
		}
		other := fmt.Sprintf("mixer%d", (i+3)%8)
		if i+1 < e.p.words {
			other = fmt.Sprintf("s.w%d^%s", i+1, other)
		}
		text += fmt.Sprintf("fold(s.w%d^mixer%d, %s)", i, (i+2)%8, other)
	}
	return text
}
