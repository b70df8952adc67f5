package looplab

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"interlock/fsm"
	"interlock/spec"
)

// Path is the import path of looplab/fsm. A vendored copy, whose path ends with it, counts as well.
const Path = "github.com/looplab/fsm"

// The limits of one import.
const (
	maxTables = 1000      // calls of NewFSM
	maxSteps  = 2_000_000 // expressions looked at
	maxDepth  = 200       // names, calls and operators that lead from one to the next
	maxText   = 1000      // bytes of a name or a key
	maxCells  = 100_000   // sources and destinations in all tables together
)

// Sources are the files that [Import] reads, with slash-separated names.
type Sources struct {
	Files  []spec.Source // in these it looks for tables
	Around []spec.Source // other files of the same folders, for the names in them
	// Find gives the files of a package, for the names that Files import; nil, or no files, where it is not known.
	Find func(importPath string) []spec.Source
}

// goFile is one file.
type goFile struct {
	name    string
	syntax  *ast.File
	imports map[string]string // by the name that the file uses: the path; "." where all names are imported
	pkg     *goPackage
}

// goPackage is the files of one package, and what they declare.
type goPackage struct {
	files   []*goFile
	names   map[string]*definition
	methods map[string][]*definition // by name, of whatever type

	assigned map[string][]assignment   // by the name of the variable
	changed  map[ast.Node][]assignment // by where a variable is defined: what gives it another value
	fields   map[string][]fieldValue
}

// reader reads Go. It runs nothing, and checks no types.
type reader struct {
	fset     *token.FileSet
	find     func(importPath string) []spec.Source
	packages map[string]*goPackage // by folder and name
	found    map[string]*goPackage // by import path; nil: looked for and not found
	order    []*goFile             // of Sources.Files
	said     []spec.Diagnostic
	steps    int
	cells    int
	overfull bool // that there are too many tables was told
}

// read parses the files. A file of Sources.Files that is no Go is a mistake; any other one is passed over.
func (r *reader) read(s Sources) {
	for _, f := range s.Files {
		if g := r.parse(f, true); g != nil {
			r.order = append(r.order, g)
		}
	}
	for _, f := range s.Around {
		r.parse(f, false)
	}
	for _, key := range slices.Sorted(maps.Keys(r.packages)) {
		r.packages[key].declare()
	}
}

func (r *reader) parse(f spec.Source, wanted bool) *goFile {
	syntax, err := parser.ParseFile(r.fset, f.Name, f.Text, parser.SkipObjectResolution)
	if err != nil {
		if wanted {
			r.noGo(f.Name, err)
		}
		return nil
	}
	g := &goFile{name: f.Name, syntax: syntax, imports: map[string]string{}}
	for _, i := range syntax.Imports {
		full, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(full)
		if major, ok := strings.CutPrefix(name, "v"); ok && major != "" && strings.Trim(major, "0123456789") == "" {
			name = path.Base(path.Dir(full))
		}
		if i.Name != nil {
			name = i.Name.Name
		}
		g.imports[name] = full
	}
	key := path.Dir(f.Name) + " " + syntax.Name.Name
	if r.packages[key] == nil {
		r.packages[key] = &goPackage{}
	}
	g.pkg = r.packages[key]
	g.pkg.files = append(g.pkg.files, g)
	return g
}

// noGo tells the first mistake of a file.
func (r *reader) noGo(name string, err error) {
	at, text := fsm.Span{File: name, Line: 1, Col: 1, EndLine: 1, EndCol: 1}, err.Error()
	var list scanner.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		p := list[0].Pos
		at, text = fsm.Span{File: name, Line: p.Line, Col: p.Column, EndLine: p.Line, EndCol: p.Column}, list[0].Msg
	}
	r.said = append(r.said, spec.Diagnostic{Code: "looplab-syntax", Message: "this is no Go: " + text, Span: at,
		Help: "Run gofmt on the file: it tells all that is wrong in it."})
}

// looplabName is the name under which a file knows looplab/fsm; "." where it knows all its names; "" where it does not import it.
func (g *goFile) looplabName() string {
	for _, name := range slices.Sorted(maps.Keys(g.imports)) {
		if full := g.imports[name]; full == Path || strings.HasSuffix(full, "/vendor/"+Path) {
			return name
		}
	}
	return ""
}

// other is a package that a file imports, or nil.
func (r *reader) other(importPath string) *goPackage {
	if p, asked := r.found[importPath]; asked || r.find == nil {
		return p
	}
	r.found[importPath] = nil
	whole := &goPackage{}
	for _, f := range r.find(importPath) {
		if strings.HasSuffix(f.Name, "_test.go") {
			continue
		}
		// Files of the folder that is being read are parsed again: nothing that is found here is looked for tables.
		sub := &reader{fset: r.fset, packages: map[string]*goPackage{}}
		if g := sub.parse(f, false); g != nil && (len(whole.files) == 0 || whole.files[0].syntax.Name.Name == g.syntax.Name.Name) {
			g.pkg = whole
			whole.files = append(whole.files, g)
		}
	}
	if len(whole.files) > 0 {
		whole.declare()
		r.found[importPath] = whole
	}
	return r.found[importPath]
}

// span is the place of a node.
func (r *reader) span(n ast.Node) fsm.Span {
	from, to := r.fset.Position(n.Pos()), r.fset.Position(n.End())
	return fsm.Span{File: from.Filename, Line: from.Line, Col: from.Column, EndLine: to.Line, EndCol: to.Column}
}

func (r *reader) warn(code string, at ast.Node, help, format string, args ...any) {
	r.said = append(r.said, spec.Diagnostic{Code: code, Severity: spec.Warning, Span: r.span(at), Message: fmt.Sprintf(format, args...), Help: help})
}

// unknown is why the value of an expression is not known from the text, and where that shows.
type unknown struct {
	at  ast.Node
	why string
}

func because(at ast.Node, format string, args ...any) *unknown {
	return &unknown{at, fmt.Sprintf(format, args...)}
}

// spend counts an expression; it fails where the import has become too large.
func (r *reader) spend(at ast.Node, depth int) *unknown {
	r.steps++
	switch {
	case r.steps > maxSteps:
		return because(at, "this import looks at more than %d expressions", maxSteps)
	case depth > maxDepth:
		return because(at, "more than %d names and calls lead here", maxDepth)
	}
	return nil
}
