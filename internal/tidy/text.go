package tidy

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Leaks finds forbidden words in the text files of the tree, testdata included: paths of one machine, and words of the way a
// text came about. A file with a zero byte in it is not text; what rapid notes in testdata/rapid is not part of the tree. Upper and
// lower case are the same.
func (t *Tree) Leaks(words ...string) ([]Finding, error) {
	var found []Finding
	err := walk(t.FS, func(name string) error {
		if strings.Contains(name, "testdata/rapid/") {
			return nil
		}
		text, err := fs.ReadFile(t.FS, name)
		if err != nil || bytes.IndexByte(text, 0) >= 0 {
			return err
		}
		line := 0
		for l := range bytes.Lines(bytes.ToLower(text)) {
			line++
			for _, word := range words {
				if bytes.Contains(l, []byte(strings.ToLower(word))) {
					found = append(found, Finding{name, line, fmt.Sprintf("%q has no place here", word)})
				}
			}
		}
		return nil
	})
	return found, err
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// DeadLinks finds links in Markdown files to files that are not there. Links to other sites, and what follows a #, are not
// looked at; what stands between fences is not a link.
func (t *Tree) DeadLinks() ([]Finding, error) {
	var found []Finding
	err := t.prose(func(name string, line int, text string) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if !t.reaches(path.Dir(name), m[1]) {
				found = append(found, Finding{name, line, m[1] + " is not there"})
			}
		}
	})
	return found, err
}

var (
	inlineCode = regexp.MustCompile("`[^`]+`")
	goName     = regexp.MustCompile(`^([a-z]+)\.([A-Z]\w*)`)
)

// DeadNames finds Go names in the inline code of Markdown files, such as fsm.Step, whose package is one of the given import
// paths and does not declare them (members of a type are not looked at).
func (t *Tree) DeadNames(packages ...string) ([]Finding, error) {
	declared := map[string]bool{}
	ours := map[string]bool{}
	for _, f := range t.Go {
		if slices.Contains(packages, f.Import) && !f.Test {
			name := f.Syntax.Name.Name
			ours[name] = true
			for _, e := range exported(f.Syntax) {
				declared[name+"."+e.ident.Name] = declared[name+"."+e.ident.Name] || !e.method
			}
		}
	}
	var found []Finding
	err := t.prose(func(name string, line int, text string) {
		for _, code := range inlineCode.FindAllString(text, -1) {
			m := goName.FindStringSubmatch(strings.Trim(code, "`"))
			if m != nil && ours[m[1]] && !declared[m[0]] {
				found = append(found, Finding{name, line, m[0] + " is not declared"})
			}
		}
	})
	return found, err
}

// prose visits the lines of Markdown files outside fences.
func (t *Tree) prose(visit func(name string, line int, text string)) error {
	return walk(t.FS, func(name string) error {
		if path.Ext(name) != ".md" {
			return nil
		}
		text, err := fs.ReadFile(t.FS, name)
		if err != nil {
			return err
		}
		line, fenced := 0, false
		for l := range strings.Lines(string(text)) {
			line++
			if strings.HasPrefix(strings.TrimSpace(l), "```") {
				fenced = !fenced
			} else if !fenced {
				visit(name, line, l)
			}
		}
		return nil
	})
}

// reaches says whether a link in a file of dir leads somewhere.
func (t *Tree) reaches(dir, target string) bool {
	u, err := url.Parse(target)
	if err != nil {
		return false
	}
	if u.IsAbs() || u.Path == "" {
		return true
	}
	_, err = fs.Stat(t.FS, path.Join(dir, u.Path))
	return err == nil
}
