package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"interlock/spec"
	"interlock/spec/dve"
)

// questions are what the command line asks of files in DVE, beside what stands in them.
type questions struct {
	description  string // a file, or a folder of them
	formulas     []dve.Formula
	propositions map[string]string
	cut          bool
}

// flags declares the flags for it.
func (q *questions) flags(fs *flag.FlagSet) {
	q.propositions = map[string]string{}
	fs.StringVar(&q.description, "questions", "", "")
	fs.BoolVar(&q.cut, "cut", false, "")
	fs.Func("ltl", "", func(s string) error {
		name := "ltl" + strconv.Itoa(len(q.formulas)+1)
		if before, after, ok := strings.Cut(s, ":"); ok && isName(before) {
			name, s = before, after
		}
		if slices.ContainsFunc(q.formulas, func(f dve.Formula) bool { return f.Name == name }) {
			return fmt.Errorf("two formulas are called %s", name)
		}
		q.formulas = append(q.formulas, dve.Formula{Name: name, LTL: strings.TrimSpace(s), Propositions: q.propositions})
		return nil
	})
	fs.Func("ap", "", func(s string) error {
		name, condition, ok := strings.Cut(s, "=")
		if name, condition = strings.TrimSpace(name), strings.TrimSpace(condition); !ok || !isName(name) || condition == "" {
			return errors.New("say NAME=CONDITION, as in -ap 'cs=P_0.CS && n > 1'")
		}
		if _, twice := q.propositions[name]; twice {
			return fmt.Errorf("two propositions are called %s", name)
		}
		q.propositions[name] = condition
		return nil
	})
}

func isName(s string) bool {
	for i, c := range s {
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// asks reports whether there is anything to ask.
func (q *questions) asks() bool {
	return q.cut || q.description != "" || len(q.formulas)+len(q.propositions) > 0
}

// of reads the specs again that are in DVE, with what is asked of them.
func (q *questions) of(specs []*compiled) error {
	if !q.asks() {
		return nil
	}
	if len(q.propositions) > 0 && len(q.formulas) == 0 {
		return errors.New("-ap names conditions for -ltl, which is not there")
	}
	asked := false
	for _, c := range specs {
		if !isForeign(c.dir) {
			continue
		}
		if asked = true; !c.ok() {
			continue // what is wrong with it comes first
		}
		ask, err := q.about(c)
		if err != nil {
			return err
		}
		ask.Cut = q.cut
		c.ask(ask, q.formulas)
	}
	if !asked {
		return fmt.Errorf("-questions, -ltl and -cut are for %s files, and there is none; a spec has properties of its own", dveExt)
	}
	return nil
}

// about is what is asked of one file. What cannot be read of its description is told with the file, and left out.
func (q *questions) about(c *compiled) (ask dve.Questions, err error) {
	if q.description != "" {
		file, instance, err := described(q.description, c.dir)
		if err != nil {
			return ask, err
		}
		text, err := readForeign(file)
		if err != nil {
			return ask, err
		}
		var problems []error
		ask, problems = dve.ReadQuestions(text, instance)
		for _, problem := range problems {
			c.unasked = append(c.unasked, dve.NotAsked(file, problem.Error()))
		}
	}
	return ask, nil
}

// described is the description of a file NAME.ID.dve, which is NAME.xml, and the instance ID.
func described(at, file string) (description, instance string, err error) {
	stem := strings.TrimSuffix(filepath.Base(file), dveExt)
	info, err := os.Stat(at)
	switch {
	case err != nil:
		return "", "", fmt.Errorf("-questions: %w", err)
	case !info.IsDir():
		name := strings.TrimSuffix(filepath.Base(at), filepath.Ext(at))
		if rest, ok := strings.CutPrefix(stem, name+"."); ok {
			instance, _, _ = strings.Cut(rest, ".")
		}
		return at, instance, nil
	}
	for name := stem; ; {
		if _, err := os.Stat(filepath.Join(at, name+".xml")); err == nil {
			instance, _, _ = strings.Cut(strings.TrimPrefix(stem[len(name):], "."), ".")
			return filepath.Join(at, name+".xml"), instance, nil
		}
		dot := strings.LastIndexByte(name, '.')
		if dot < 0 {
			return "", "", fmt.Errorf("-questions: there is no %s.xml in %s", name, at)
		}
		name = name[:dot]
	}
}

// ask reads a file in DVE again, with what is asked. A question of its description that makes no sense in it is told and left
// out; a formula of the command line is a mistake then.
func (c *compiled) ask(ask dve.Questions, own []dve.Formula) {
	for _, f := range own {
		c.sources = append(c.sources, spec.Source{Name: f.Name, Text: []byte(f.LTL)})
	}
	for {
		read, diagnostics := dve.ImportAsking(c.dir, c.sources[0].Text, dve.Questions{Properties: ask.Properties, Formulas: slices.Concat(ask.Formulas, own), Cut: ask.Cut})
		wrong := slices.IndexFunc(diagnostics, func(d spec.Diagnostic) bool { return d.Severity == spec.Error })
		name := ""
		if wrong >= 0 {
			name, _, _ = strings.Cut(diagnostics[wrong].Span.File, ",")
		}
		left := dve.Questions{Cut: ask.Cut,
			Properties: slices.DeleteFunc(slices.Clone(ask.Properties), func(p dve.Property) bool { return p.Name == name }),
			Formulas:   slices.DeleteFunc(slices.Clone(ask.Formulas), func(f dve.Formula) bool { return f.Name == name })}
		if read != nil || len(left.Properties)+len(left.Formulas) == len(ask.Properties)+len(ask.Formulas) {
			c.spec, c.diagnostics = read, slices.Concat(c.unasked, diagnostics)
			return
		}
		ask = left
		c.unasked = append(c.unasked, dve.NotAsked(name, diagnostics[wrong].Message))
	}
}
