package tidy

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strconv"
)

// Layer says what the packages under one folder may import, besides the standard library and each other (but not what lies
// below it in a layer of its own).
type Layer struct {
	// Dir is a folder from the top of the tree. The layer of a package is the one with the longest Dir above it.
	Dir string
	// May lists import paths for all files. A path ending in "/..." stands for the tree below it too.
	May []string
	// Tests lists what test files may import in addition.
	Tests []string
	// Not lists packages of the standard library, with or without "/...", and names in them such as "os.Exit", that files
	// other than tests do without: a pure core leaves clocks, sockets, randomness and output to the shells round it.
	Not []string
}

// Exception lets the test files of one folder import what its layer does not allow, for a reason.
type Exception struct {
	Dir, Import, Reason string
}

// Policy says who may import whom.
type Policy struct {
	Layers []Layer
	// Tests lists what every test file may import.
	Tests []string
	// Exceptions that nothing uses are findings: the list may only shrink.
	Exceptions []Exception
	// Generated lists what generated files may import beside the standard library, and GeneratedTests what generated
	// test files may in addition. The layer's own list does not apply to them.
	Generated, GeneratedTests []string
	// Unimported lists packages that nothing may import, whatever a layer says.
	Unimported []string
	// BadNames are package names that say nothing.
	BadNames []string
}

// Imports holds every Go file of the tree against the policy. A package that no layer covers is a finding too: a new folder
// says first what it is for.
func (t *Tree) Imports(p Policy) []Finding {
	var found []Finding
	used := map[Exception]bool{}
	for _, f := range t.Go {
		if slices.Contains(p.BadNames, f.Syntax.Name.Name) {
			found = append(found, t.at(f, f.Syntax.Name.Pos(), "package %s: name the idea it belongs to", f.Syntax.Name.Name))
		}
		layer, ok := p.layer(path.Dir(f.Path))
		if !ok {
			found = append(found, Finding{f.Path, 0, "no layer of the import policy covers this folder: say what it may import"})
			continue
		}
		for _, spec := range f.Syntax.Imports {
			if complaint := t.judge(p, layer, f, importPath(spec), used); complaint != "" {
				found = append(found, t.at(f, spec.Pos(), "%s", complaint))
			}
		}
		if !f.Test && !f.Generated {
			found = append(found, t.impure(layer, f)...)
		}
	}
	for _, e := range p.Exceptions {
		if !used[e] {
			found = append(found, Finding{e.Dir, 0, fmt.Sprintf("no test here imports %s any more: take the exception out", e.Import)})
		}
	}
	return found
}

// impure finds uses of what the layer does without. A name is known by that of its package: a package that is imported under
// another name is not found.
func (t *Tree) impure(layer Layer, f *GoFile) []Finding {
	var found []Finding
	for _, spec := range f.Syntax.Imports {
		if imported := importPath(spec); matches(layer.Not, imported) {
			found = append(found, t.at(f, spec.Pos(), "%s does without %s", layer.Dir, imported))
		}
	}
	ast.Inspect(f.Syntax, func(n ast.Node) bool {
		if use, ok := n.(*ast.SelectorExpr); ok {
			if from, ok := use.X.(*ast.Ident); ok && slices.Contains(layer.Not, from.Name+"."+use.Sel.Name) {
				found = append(found, t.at(f, use.Pos(), "%s does without %s.%s", layer.Dir, from.Name, use.Sel.Name))
			}
		}
		return true
	})
	return found
}

func importPath(spec *ast.ImportSpec) string {
	imported, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		panic("the parser let pass the import path " + spec.Path.Value)
	}
	return imported
}

// judge is the complaint about one import, or "".
func (t *Tree) judge(p Policy, layer Layer, f *GoFile, imported string, used map[Exception]bool) string {
	if t.standard(imported) {
		return ""
	}
	if matches(p.Unimported, imported) && imported != f.Import {
		return fmt.Sprintf("nothing imports %s", imported)
	}
	if f.Generated {
		if matches(p.Generated, imported) || f.Test && (matches(p.GeneratedTests, imported) || imported == f.Import) {
			return ""
		}
		return fmt.Sprintf("generated code imports the standard library and %v only, not %s", p.Generated, imported)
	}
	if matches(layer.May, imported) {
		return ""
	}
	if dir, ok := t.folder(imported); ok {
		if own, ok := p.layer(dir); ok && own.Dir == layer.Dir {
			return ""
		}
	}
	if f.Test {
		if matches(p.Tests, imported) || matches(layer.Tests, imported) {
			return ""
		}
		for _, e := range p.Exceptions {
			if e.Dir == path.Dir(f.Path) && e.Import == imported {
				used[e] = true
				return ""
			}
		}
	}
	return fmt.Sprintf("%s does not import %s", layer.Dir, imported)
}

func (p Policy) layer(dir string) (Layer, bool) {
	best, ok := Layer{}, false
	for _, l := range p.Layers {
		if under(dir, l.Dir) && (!ok || len(l.Dir) > len(best.Dir)) {
			best, ok = l, true
		}
	}
	return best, ok
}

func matches(patterns []string, imported string) bool {
	for _, pattern := range patterns {
		if root, ok := cutDots(pattern); imported == pattern || ok && under(imported, root) {
			return true
		}
	}
	return false
}

func cutDots(pattern string) (root string, ok bool) {
	if path.Base(pattern) == "..." {
		return path.Dir(pattern), true
	}
	return pattern, false
}
