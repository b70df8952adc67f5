package dve

import (
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// The limits on text with macros.
const (
	maxExpansion = 1 << 20 // bytes that come out
	maxMacros    = 100_000 // macros that are replaced
)

// macros replaces the macros that BEEM writes conditions with, those of m4: parameters by their values, decr, incr, eval, ifelse,
// and forloop and myloop, which write a text once for each number. What stands between ` and ' is left as it is, without these
// two.
type macros struct {
	values   map[string]string
	replaced int
}

// expand replaces the macros in a text.
func (m *macros) expand(text string, depth int) (string, error) {
	var out strings.Builder
	for text != "" {
		if out.Len() > maxExpansion || depth > maxDepth {
			return "", fmt.Errorf("its macros make more than %d bytes, or nest more than %d deep", maxExpansion, maxDepth)
		}
		n := 0
		for n < len(text) && (isLetter(text[n]) || n > 0 && isDigit(text[n])) {
			n++
		}
		switch {
		case n > 0:
			put, rest, err := m.name(text[:n], text[n:], depth)
			if err != nil {
				return "", err
			}
			out.WriteString(put)
			text = rest
		case text[0] == '`':
			inside, rest, ok := quoted(text)
			if !ok {
				return "", errors.New("a ` of its macros is never closed")
			}
			out.WriteString(inside)
			text = rest
		default:
			n = 1
			for isDigit(text[0]) && n < len(text) && (isDigit(text[n]) || isLetter(text[n])) {
				n++
			}
			out.WriteString(text[:n])
			text = text[n:]
		}
	}
	return out.String(), nil
}

// quoted cuts what stands between ` and ' off a text, which may quote in turn.
func quoted(text string) (inside, rest string, ok bool) {
	open := 0
	for i := range len(text) {
		switch text[i] {
		case '`':
			open++
		case '\'':
			if open--; open == 0 {
				return text[1:i], text[i+1:], true
			}
		}
	}
	return "", "", false
}

// name replaces a name, if it is a macro; rest is what stands behind it, and what is left to read comes back.
func (m *macros) name(name, rest string, depth int) (put, left string, err error) {
	value, parameter := m.values[name]
	call, builtin := map[string]func(*macros, []string, int) (string, error){
		"decr": plus(-1), "incr": plus(1), "eval": (*macros).eval, "ifelse": (*macros).ifelse, "forloop": (*macros).loop, "myloop": (*macros).loop}[name]
	if builtin = builtin && strings.HasPrefix(rest, "("); !parameter && !builtin || value == name {
		return name, rest, nil
	}
	if m.replaced++; m.replaced > maxMacros {
		return "", "", fmt.Errorf("it has more than %d macros", maxMacros)
	}
	if parameter {
		put, err = m.expand(value, depth+1)
		return put, rest, err
	}
	args, rest, err := arguments(rest)
	if err != nil {
		return "", "", fmt.Errorf("%s%w", name, err)
	}
	put, err = call(m, args, depth+1)
	return put, rest, err
}

// arguments cuts "(a, b)" off a text: what stands between commas that are in no brackets and no quotes, as it is written.
func arguments(text string) (args []string, rest string, err error) {
	open, from := 0, 1
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '`':
			_, behind, ok := quoted(text[i:])
			if !ok {
				return nil, "", errors.New("(…): a ` is never closed")
			}
			i = len(text) - len(behind) - 1
		case '(':
			open++
		case ',', ')':
			if text[i] == ')' {
				open--
			}
			if open == 0 || open == 1 && text[i] == ',' {
				args = append(args, strings.TrimLeft(text[from:i], " \t\r\n"))
				from = i + 1
			}
			if open == 0 {
				return args, text[i+1:], nil
			}
		}
	}
	return nil, "", errors.New("(…) is never closed")
}

// number is the value of an argument.
func (m *macros) number(args []string, i, depth int) (int64, error) {
	if i >= len(args) {
		return 0, errors.New("a macro has too few arguments")
	}
	text, err := m.expand(args[i], depth)
	if err != nil {
		return 0, err
	}
	tokens, diags := lex("", text)
	p := &parser{tokens: tokens, diags: diags}
	if len(diags) == 0 {
		if e, ok := p.expr(); ok && p.here().kind == endOfText {
			l := newLowering("", &program{}, nil)
			if v, ok := l.constantOf(e, outside); ok {
				return v, nil
			}
		}
	}
	return 0, fmt.Errorf("no number: %s", quote(text))
}

func plus(n int64) func(*macros, []string, int) (string, error) {
	return func(m *macros, args []string, depth int) (string, error) {
		v, err := m.number(args, 0, depth)
		return strconv.FormatInt(v+n, 10), err
	}
}

func (m *macros) eval(args []string, depth int) (string, error) {
	v, err := m.number(args, 0, depth)
	return strconv.FormatInt(v, 10), err
}

// ifelse is its third argument if the first two are the same, else the fourth, or what the rest says.
func (m *macros) ifelse(args []string, depth int) (string, error) {
	for ; len(args) >= 3; args = args[3:] {
		a, err := m.expand(args[0], depth)
		if err != nil {
			return "", err
		}
		b, err := m.expand(args[1], depth)
		if err != nil {
			return "", err
		}
		if a == b {
			return m.again(args[2], depth)
		}
		if len(args) < 6 {
			if len(args) > 3 {
				return m.again(args[3], depth)
			}
			return "", nil
		}
	}
	return "", errors.New("ifelse has too few arguments")
}

// again replaces what has been in quotes, too.
func (m *macros) again(text string, depth int) (string, error) {
	once, err := m.expand(text, depth)
	if err != nil || once == text {
		return once, err
	}
	return m.expand(once, depth+1)
}

// loop is myloop(i, 0, 2, text, between): the text with each number for i, and what stands between.
func (m *macros) loop(args []string, depth int) (string, error) {
	if len(args) < 4 {
		return "", errors.New("a loop has too few arguments")
	}
	first, err := m.number(args, 1, depth)
	if err != nil {
		return "", err
	}
	last, err := m.number(args, 2, depth)
	if err != nil {
		return "", err
	}
	if last-first > maxSlots {
		return "", fmt.Errorf("a loop goes round more than %d times", maxSlots)
	}
	counter, err := (&macros{}).expand(strings.TrimSpace(args[0]), depth) // it may stand in quotes
	if err != nil {
		return "", err
	}
	inner := &macros{values: maps.Clone(m.values), replaced: m.replaced}
	var out strings.Builder
	for i := first; i <= last; i++ {
		inner.values[counter] = strconv.FormatInt(i, 10)
		text, err := inner.again(args[3], depth)
		if err != nil {
			return "", err
		}
		if i > first && len(args) > 4 {
			between, err := inner.expand(args[4], depth)
			if err != nil {
				return "", err
			}
			out.WriteString(between)
		}
		out.WriteString(text)
		if out.Len() > maxExpansion {
			return "", fmt.Errorf("a loop makes more than %d bytes", maxExpansion)
		}
	}
	m.replaced = inner.replaced
	return out.String(), nil
}
