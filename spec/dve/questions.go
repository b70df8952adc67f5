package dve

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"interlock/fsm"
	"interlock/spec"
)

// description is a file of BEEM that says of the instances of one name what they are and what is asked of them.
type description struct {
	Propositions []struct {
		Name      string `xml:"ap-name"`
		Condition string `xml:"ap-expression"`
	} `xml:"ap"`
	Properties []struct {
		ID      string `xml:"id,attr"`
		Type    string `xml:"prop-type,attr"`
		Formula string `xml:"formula"`
	} `xml:"property"`
	Instances []struct {
		ID         string `xml:"id,attr"`
		Parameters string `xml:"parameters"`
	} `xml:"instance"`
}

// ReadQuestions reads from a description of BEEM (NAME.xml) what is asked of an instance, such as "4": goals that are to be
// reachable, goal1, and formulas about runs, run2, by their numbers there. Macros in them are replaced, with the parameters of
// the instance. Each error is one question that could not be read; the others are there.
func ReadQuestions(text []byte, instance string) (Questions, []error) {
	var d description
	decoder := xml.NewDecoder(bytes.NewReader(valid(text)))
	decoder.Strict = false // && stands in formulas
	decoder.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	if err := decoder.Decode(&d); err != nil {
		return Questions{}, []error{fmt.Errorf("it is no description of BEEM: %w", err)}
	}
	m, problem := &macros{values: map[string]string{}}, []error{fmt.Errorf("it describes no instance %s", quote(instance))}
	for _, in := range d.Instances {
		if in.ID == instance || instance == "" {
			m.values, problem = parameters(in.Parameters), nil
		}
	}
	if instance == "" || len(d.Instances) == 0 {
		problem = nil
	}
	q, more := d.questions(m)
	return q, append(problem, more...)
}

// NotAsked tells of a question in a file that is left out, and why: what is not asked is not decided.
func NotAsked(file, why string) spec.Diagnostic {
	d := mistake(fsm.Span{File: file, Line: 1, Col: 1, EndLine: 1, EndCol: 1}, "dve-question", "not asked: %s", why)
	d.Severity = spec.Warning
	return d
}

// valid replaces bytes that are no UTF-8: names of people are written in other encodings.
func valid(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	return bytes.ToValidUTF8(text, []byte("?"))
}

// assigned finds what a parameter is.
var assigned = regexp.MustCompile(`([^\s,;=]+)\s*=\s*([^\s,;]*)`)

// parameters reads "N=3, K=2".
func parameters(text string) map[string]string {
	values := map[string]string{}
	for _, p := range assigned.FindAllStringSubmatch(text, -1) {
		values[p[1]] = p[2]
	}
	return values
}

// reached is what a formula says can be reached. Some write "at some time" before it.
func reached(formula string, names map[string]string) string {
	for _, sometime := range []string{"EF", "F", "<>"} {
		rest, found := strings.CutPrefix(formula, sometime)
		if _, name := names[sometime]; found && !name && (rest == "" || !isLetter(rest[0]) && !isDigit(rest[0])) {
			return strings.TrimSpace(rest)
		}
	}
	return formula
}

func (d *description) questions(m *macros) (q Questions, problems []error) {
	names := map[string]string{}
	broken := map[string]error{}
	for _, p := range d.Propositions {
		name := strings.TrimSpace(p.Name)
		text, err := m.expand(strings.TrimSpace(p.Condition), 0)
		names[name] = text
		if err != nil {
			broken[name] = fmt.Errorf("proposition %s: %w", name, err)
		}
	}
	for _, p := range d.Properties {
		formula, err := m.expand(strings.TrimSpace(p.Formula), 0)
		kind := strings.ToLower(strings.TrimSpace(p.Type))
		name := map[string]string{"reachability": "goal", "ltl": "run"}[kind] + p.ID
		for _, id := range identifiers(formula) {
			err = errors.Join(err, broken[id])
		}
		switch {
		case err != nil:
			problems = append(problems, fmt.Errorf("property %s: %w", p.ID, err))
		case kind == "reachability":
			q.Properties = append(q.Properties, Property{Name: name, Kind: fsm.Reachable, P: substitute(reached(formula, names), names)})
		case kind == "ltl":
			q.Formulas = append(q.Formulas, Formula{name, formula, names})
		default:
			problems = append(problems, fmt.Errorf("property %s: it is of the type %s, neither reachability nor LTL", p.ID, quote(p.Type)))
		}
	}
	return q, problems
}

// identifiers lists the names in a text.
func identifiers(text string) (list []string) {
	substituted(text, func(name string) string {
		list = append(list, name)
		return name
	})
	return list
}

// substitute puts conditions in the place of their names, in brackets.
func substitute(text string, names map[string]string) string {
	return substituted(text, func(name string) string {
		condition, ok := names[name]
		switch {
		case !ok:
			return name
		case strings.TrimSpace(text) != name && strings.ContainsAny(condition, " +-*/%&|^<>=!?~,"):
			return "(" + condition + ")"
		}
		return condition
	})
}

// substituted puts something in the place of every name.
func substituted(text string, by func(name string) string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		n := i
		for n < len(text) && (isLetter(text[n]) || n > i && isDigit(text[n])) {
			n++
		}
		if n == i {
			b.WriteByte(text[i])
			i++
			continue
		}
		b.WriteString(by(text[i:n]))
		i = n
	}
	return b.String()
}
