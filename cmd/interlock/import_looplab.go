package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"interlock/spec"
	"interlock/spec/looplab"
)

const goExt = ".go"

// maxGo bounds all the Go files of one import together, in bytes.
const maxGo = 64 << 20

// looplab prints the tables in Go files as one spec.
func (im *importing) looplab(args []string) int {
	if len(args) == 0 {
		return im.sh.usage("import", "say where the calls of fsm.NewFSM are: interlock import looplab ./...")
	}
	g := &goTree{texts: map[string][]byte{}, modules: map[string]module{}}
	sources, err := g.sources(args)
	if err != nil {
		return im.sh.fail("%s", err)
	}
	tables, said := looplab.Import(sources)
	if len(tables) == 0 && len(said) == 0 {
		return im.sh.fail("no call of fsm.NewFSM of %s in %s", looplab.Path, strings.Join(args, " "))
	}
	wrong := spec.HasErrors(said)
	var text []byte
	if !wrong && len(tables) > 0 {
		var more []spec.Diagnostic
		if text, more, err = tablesText(tables); err != nil {
			return im.sh.fail("%s", err)
		}
		said = append(said, more...)
	}
	(&compiled{diagnostics: spec.Limit(said, spec.MaxDiagnostics), sources: g.list()}).tell(im.sh.err)
	switch {
	case wrong:
		return exitInput
	case len(tables) == 0:
		return im.sh.fail("no table of %s could be read in %s", looplab.Path, strings.Join(args, " "))
	}
	if slices.ContainsFunc(tables, func(t looplab.Table) bool { return len(t.Missing) > 0 }) ||
		slices.ContainsFunc(said, func(d spec.Diagnostic) bool { return d.Code == "looplab-dynamic" }) {
		return im.write(text, exitFindings)
	}
	return im.write(text, exitOK)
}

// tablesText is the spec of the tables. It is compiled before it is printed: the language has limits of its own.
func tablesText(tables []looplab.Table) ([]byte, []spec.Diagnostic, error) {
	name := tables[0].Package
	if name == "main" { // it would be the name of a package of generated code
		name = tables[0].Name
	}
	text, said, err := looplab.Text(name, tables)
	if err != nil {
		return nil, nil, err
	}
	if _, mistakes := spec.Compile([]spec.Source{{Name: "imported.fsm", Text: text}}, nil); spec.HasErrors(mistakes) {
		return nil, nil, fmt.Errorf("no spec can say this: %s; import fewer tables at a time", mistakes[0].Message)
	}
	return text, said, nil
}

// goTree reads Go files from the disk: those that are named, those beside them, and those of packages of the same module.
type goTree struct {
	texts   map[string][]byte // by name
	size    int
	modules map[string]module // by folder
}

// module is a Go module on the disk.
type module struct{ path, dir string }

// sources reads what the arguments name: files, folders without their tests, or "dir/..." for all folders below.
func (g *goTree) sources(args []string) (looplab.Sources, error) {
	var s looplab.Sources
	dirs, named := []string{}, map[string]bool{}
	for _, arg := range args {
		found, err := g.expand(arg)
		if err != nil {
			return s, err
		}
		for _, path := range found {
			text, err := g.read(path)
			if err != nil {
				return s, err
			}
			if !named[path] {
				named[path] = true
				s.Files = append(s.Files, text)
			}
			if dir := filepath.Dir(path); !slices.Contains(dirs, dir) {
				dirs = append(dirs, dir)
			}
		}
	}
	for _, dir := range dirs {
		for _, path := range goFiles(dir) {
			if text, err := g.read(path); err == nil && !named[path] {
				s.Around = append(s.Around, text)
			}
		}
	}
	s.Find = g.finder(dirs)
	return s, nil
}

// expand lists the Go files that an argument names.
func (g *goTree) expand(arg string) ([]string, error) {
	if root, ok := strings.CutSuffix(filepath.ToSlash(arg), "..."); ok && (root == "" || strings.HasSuffix(root, "/")) {
		dirs, err := foldersBelow(filepath.Clean(filepath.FromSlash(root+".")), goExt, isGo)
		var all []string
		for _, dir := range dirs {
			all = append(all, goFiles(dir)...)
		}
		return all, err
	}
	info, err := os.Stat(arg)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("no file or folder %s", arg)
	case err != nil:
		return nil, err
	case !info.IsDir() && filepath.Ext(arg) == goExt:
		return []string{filepath.Clean(arg)}, nil
	case !info.IsDir():
		return nil, fmt.Errorf("%s is neither a folder nor a %s file", arg, goExt)
	}
	files := goFiles(arg)
	if len(files) == 0 {
		return nil, fmt.Errorf("no %s file in %s; \"%s/...\" is what is below it", goExt, arg, strings.TrimSuffix(filepath.ToSlash(arg), "/"))
	}
	return files, nil
}

func isGo(d fs.DirEntry) bool {
	return d.Type().IsRegular() && filepath.Ext(d.Name()) == goExt && !strings.HasSuffix(d.Name(), "_test"+goExt)
}

// goFiles lists the Go files of a folder but for tests.
func goFiles(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var files []string
	for _, d := range entries {
		if isGo(d) {
			files = append(files, filepath.Join(dir, d.Name()))
		}
	}
	return files
}

// read reads a file, once.
func (g *goTree) read(path string) (spec.Source, error) {
	name := filepath.ToSlash(path)
	if text, known := g.texts[name]; known {
		return spec.Source{Name: name, Text: text}, nil
	}
	text, err := readForeign(path)
	if err != nil {
		return spec.Source{}, err
	}
	if g.size += len(text); g.size > maxGo {
		return spec.Source{}, fmt.Errorf("the Go files have more than %d bytes: name fewer folders", maxGo)
	}
	g.texts[name] = text
	return spec.Source{Name: name, Text: text}, nil
}

// list gives what was read, for the lines that diagnostics show.
func (g *goTree) list() []spec.Source {
	var all []spec.Source
	for name, text := range g.texts { // looked up by name: the order is not seen
		all = append(all, spec.Source{Name: name, Text: text})
	}
	return all
}

// finder finds packages of the modules that the folders are in.
func (g *goTree) finder(dirs []string) func(string) []spec.Source {
	return func(importPath string) []spec.Source {
		for _, dir := range dirs {
			m := g.moduleOf(dir)
			rest, ok := strings.CutPrefix(importPath, m.path)
			if m.path == "" || !ok || rest != "" && rest[0] != '/' || !filepath.IsLocal(filepath.FromSlash("."+rest)) {
				continue
			}
			var all []spec.Source
			for _, path := range goFiles(filepath.Join(m.dir, filepath.FromSlash(rest))) {
				if s, err := g.read(path); err == nil {
					all = append(all, s)
				}
			}
			return all
		}
		return nil
	}
}

// moduleOf is the module that a folder is in, by the nearest go.mod at or above it; the zero module if there is none.
func (g *goTree) moduleOf(dir string) module {
	if m, known := g.modules[dir]; known {
		return m
	}
	var found module
	if full, err := filepath.Abs(dir); err == nil {
		for at := full; ; at = filepath.Dir(at) {
			if text, err := os.ReadFile(filepath.Join(at, "go.mod")); err == nil {
				found = module{modulePath(string(text)), at}
				break
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	g.modules[dir] = found
	return found
}

// modulePath is what a go.mod says in its module line.
func modulePath(goMod string) string {
	for line := range strings.Lines(goMod) {
		if fields := strings.Fields(line); len(fields) >= 2 && fields[0] == "module" {
			return strings.Trim(fields[1], "\"`")
		}
	}
	return ""
}
