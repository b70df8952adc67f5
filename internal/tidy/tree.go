package tidy

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"sort"
	"strings"
)

// Tree is a checkout with its Go files parsed.
type Tree struct {
	FS   fs.FS
	Fset *token.FileSet
	// Go holds the Go files outside testdata, in the order of their paths.
	Go []*GoFile
	// Modules are the paths of the modules in the tree, and of those they require. What lies under none of them, and
	// has no dot in its first element, is the standard library.
	Modules []string

	roots map[string]string // folder of a go.mod -> path of its module
}

// GoFile is one parsed file.
type GoFile struct {
	Path      string // from the top of the tree, with slashes
	Import    string // the import path of its folder
	Syntax    *ast.File
	Test      bool // its name ends in _test.go
	Generated bool // it says so the way Go tools understand
}

// Finding is one offence against a rule.
type Finding struct {
	Path string
	Line int // from 1; 0 is the file as a whole
	Text string
}

// String gives "path:line: text", or "path: text" for a whole file.
func (f Finding) String() string {
	if f.Line == 0 {
		return f.Path + ": " + f.Text
	}
	return fmt.Sprintf("%s:%d: %s", f.Path, f.Line, f.Text)
}

// Load reads and parses a tree. A Go file that does not parse is an error; folders that Go does not look into (testdata,
// names that begin with a dot or an underscore) hold no Go files for it.
func Load(fsys fs.FS) (*Tree, error) {
	t := &Tree{FS: fsys, Fset: token.NewFileSet(), roots: map[string]string{}}
	var sources []string
	err := walk(fsys, func(name string) error {
		switch {
		case path.Base(name) == "go.mod":
			return t.addModule(name)
		case path.Ext(name) == ".go" && !hidden(name):
			sources = append(sources, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if t.roots["."] == "" {
		return nil, fmt.Errorf("tidy: no go.mod at the top of the tree")
	}
	sort.Strings(t.Modules)
	for _, name := range sources {
		if err := t.addSource(name); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// walk visits every file but those of git, in the order of their paths.
func walk(fsys fs.FS, visit func(name string) error) error {
	return fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case d.Type().IsRegular() && d.Name() != ".git": // in a worktree it is a file
			return visit(name)
		}
		return nil
	})
}

// hidden says whether Go passes over a folder on the way to this file.
func hidden(name string) bool {
	for dir := range strings.SplitSeq(path.Dir(name), "/") {
		if dir == "testdata" || dir == "vendor" || len(dir) > 1 && (dir[0] == '.' || dir[0] == '_') {
			return true
		}
	}
	return false
}

// addModule notes the paths in a go.mod: a line of it that names a module is "module PATH", "require PATH VERSION" or,
// in a block, "PATH VERSION".
func (t *Tree) addModule(name string) error {
	text, err := fs.ReadFile(t.FS, name)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "//")
		words := strings.Fields(line)
		switch {
		case len(words) == 2 && words[0] == "module":
			t.roots[path.Dir(name)] = words[1]
			t.Modules = append(t.Modules, words[1])
		case len(words) == 3 && words[0] == "require":
			t.Modules = append(t.Modules, words[1])
		case len(words) == 2 && strings.HasPrefix(words[1], "v"):
			t.Modules = append(t.Modules, words[0])
		}
	}
	if t.roots[path.Dir(name)] == "" {
		return fmt.Errorf("tidy: %s names no module", name)
	}
	return nil
}

func (t *Tree) addSource(name string) error {
	text, err := fs.ReadFile(t.FS, name)
	if err != nil {
		return err
	}
	syntax, err := parser.ParseFile(t.Fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("tidy: %w", err)
	}
	t.Go = append(t.Go, &GoFile{
		Path:      name,
		Import:    t.importPath(path.Dir(name)),
		Syntax:    syntax,
		Test:      strings.HasSuffix(name, "_test.go"),
		Generated: ast.IsGenerated(syntax),
	})
	return nil
}

// importPath is the path by which a folder is imported: that of the nearest go.mod above it, and the way down.
func (t *Tree) importPath(dir string) string {
	for root := dir; ; root = path.Dir(root) {
		module, ok := t.roots[root]
		switch {
		case ok && root == dir:
			return module
		case ok && root == ".":
			return module + "/" + dir
		case ok:
			return module + strings.TrimPrefix(dir, root)
		}
	}
}

// folder is where a package of the tree lies; not ok if the tree does not hold it.
func (t *Tree) folder(imported string) (dir string, ok bool) {
	for _, f := range t.Go {
		if f.Import == imported {
			return path.Dir(f.Path), true
		}
	}
	return "", false
}

// standard says whether an import path is the standard library's. The usual test, "no dot in the first element", takes a
// module such as this one for it.
func (t *Tree) standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	if strings.Contains(first, ".") {
		return false
	}
	for _, module := range t.Modules {
		if under(imported, module) {
			return false
		}
	}
	return true
}

// under says whether a slash-separated path is root or lies below it.
func under(p, root string) bool {
	return p == root || strings.HasPrefix(p, root+"/")
}

func (t *Tree) at(f *GoFile, pos token.Pos, format string, args ...any) Finding {
	return Finding{Path: f.Path, Line: t.Fset.Position(pos).Line, Text: fmt.Sprintf(format, args...)}
}
