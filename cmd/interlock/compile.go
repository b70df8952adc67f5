package main

import (
	"io"
	"path/filepath"
	"slices"
	"strings"

	"interlock/fsm"
	"interlock/spec"
)

// compiled is one folder, read.
type compiled struct {
	dir         string
	spec        *fsm.Spec // nil if it could not be read
	diagnostics []spec.Diagnostic
	err         error // the files could not be read at all
	sources     []spec.Source
	unasked     []spec.Diagnostic // questions about it that were left out; they are among the diagnostics, too
}

// compile reads the spec in a folder, or in a file of another language.
func compile(dir string, set map[string]string) *compiled {
	if isForeign(dir) {
		return importFile(dir, set)
	}
	c := &compiled{dir: dir}
	c.sources, c.err = spec.Load(dir)
	for i := range c.sources {
		c.sources[i].Name = filepath.Join(dir, c.sources[i].Name) // as a terminal can follow it
	}
	if c.err == nil {
		c.spec, c.diagnostics = spec.Compile(c.sources, set)
	}
	return c
}

// compileAll reads several specs. Each is given the constants that it has; a constant that none of them has is a mistake
// in all.
func compileAll(dirs []string, set map[string]string) []*compiled {
	specs := make([]*compiled, len(dirs))
	for i, dir := range dirs {
		specs[i] = compile(dir, nil)
	}
	if len(set) == 0 {
		return specs
	}
	has := func(s *compiled, name string) bool {
		return s.spec != nil && slices.ContainsFunc(s.spec.Consts, func(c fsm.Const) bool { return c.Name == name })
	}
	again := make([]*compiled, len(dirs))
	for i, dir := range dirs {
		own := map[string]string{}
		for name, value := range set { // a map into a map: the order does not show
			if has(specs[i], name) || !slices.ContainsFunc(specs, func(s *compiled) bool { return has(s, name) }) {
				own[name] = value
			}
		}
		again[i] = compile(dir, own)
	}
	return again
}

// ok reports whether there is a spec to work with.
func (c *compiled) ok() bool { return c.err == nil && c.spec != nil && !spec.HasErrors(c.diagnostics) }

// tell writes what is wrong with the spec, with the lines of the text.
func (c *compiled) tell(w io.Writer) {
	if c.err != nil {
		io.WriteString(w, "interlock: "+spec.Echo(c.err.Error())+"\n")
		return
	}
	if len(c.diagnostics) > 0 {
		spec.Render(w, c.diagnostics, c.text)
		io.WriteString(w, "\nMore about the code in brackets: interlock explain "+spec.Echo(c.diagnostics[0].Code)+"\n\n")
	}
}

// text is the text of a file of the spec.
func (c *compiled) text(file string) []byte {
	for _, s := range c.sources {
		if s.Name == file {
			return s.Text
		}
	}
	return nil
}

// echoLines escapes what a terminal might obey in a text of several lines; tabs stay.
func echoLines(text string) []byte {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line, end := strings.CutSuffix(line, "\n")
		for k, part := range strings.Split(line, "\t") {
			if k > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(spec.Echo(part))
		}
		if end {
			b.WriteByte('\n')
		}
	}
	return []byte(b.String())
}
