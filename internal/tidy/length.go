package tidy

import (
	"fmt"
	"go/ast"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Lengths maps functions that are longer than a limit to their number of lines, from the line of func to that of the closing
// brace. A function is written "folder Name" or "folder Type.Name".
type Lengths map[string]int

// Long measures the functions of every file that a person wrote, tests too.
func (t *Tree) Long(limit int) Lengths {
	long := Lengths{}
	for _, f := range t.Go {
		if f.Generated {
			continue
		}
		for _, d := range f.Syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := t.Fset.Position(fn.End()).Line - t.Fset.Position(fn.Pos()).Line + 1
			if lines > limit {
				name := fn.Name.Name
				if fn.Recv != nil {
					name = receiver(fn).Name + "." + name
				}
				long[path.Dir(f.Path)+" "+name] = lines
			}
		}
	}
	return long
}

// Ratchet compares what is long now with what was known to be. Worse: a function that is new on the list, or has grown. Better:
// one that has shrunk, or is gone; then the list is to be written anew, so that it stays better.
func Ratchet(known, now Lengths) (worse, better []string) {
	for _, name := range sorted(now) {
		switch was, ok := known[name]; {
		case !ok:
			worse = append(worse, fmt.Sprintf("%s has %d lines", name, now[name]))
		case now[name] > was:
			worse = append(worse, fmt.Sprintf("%s had %d lines, now %d", name, was, now[name]))
		}
	}
	for _, name := range sorted(known) {
		switch is, ok := now[name]; {
		case !ok:
			better = append(better, fmt.Sprintf("%s is no longer long", name))
		case is < known[name]:
			better = append(better, fmt.Sprintf("%s had %d lines, now %d", name, known[name], is))
		}
	}
	return worse, better
}

// String writes one function a line, "lines folder name", in the order of the names. [ParseLengths] reads it.
func (l Lengths) String() string {
	var b strings.Builder
	for _, name := range sorted(l) {
		fmt.Fprintf(&b, "%d %s\n", l[name], name)
	}
	return b.String()
}

// ParseLengths reads what [Lengths.String] wrote. Empty lines and lines that begin with # are passed over.
func ParseLengths(text string) (Lengths, error) {
	l := Lengths{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		number, name, _ := strings.Cut(line, " ")
		lines, err := strconv.Atoi(number)
		if err != nil || name == "" {
			return nil, fmt.Errorf("tidy: %q is not \"lines folder name\"", line)
		}
		l[name] = lines
	}
	return l, nil
}

func sorted(l Lengths) []string { return slices.Sorted(maps.Keys(l)) }
