package gen

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// verify parses the finished file and compares what it declares with what was claimed: text of the spec that had got out of
// its place would show here, and so would a declaration that the collision check does not know of.
func (g *generator) verify(text []byte) error {
	file, err := parser.ParseFile(token.NewFileSet(), "", text, parser.ParseComments)
	if err != nil {
		return fmt.Errorf("gen: internal error: the generated file is not Go: %w", err)
	}
	if file.Name.Name != g.opts.packageName(g.spec.Name) {
		return fmt.Errorf("gen: internal error: the generated package is %s", file.Name.Name)
	}
	if len(file.Imports) != len(g.w.imports)+1 {
		return fmt.Errorf("gen: internal error: %d imports were meant, there are %d", len(g.w.imports)+1, len(file.Imports))
	}
	want := g.claimed()
	got := declarations(file)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		return fmt.Errorf("gen: internal error: the declarations differ from the claimed names: %s", difference(want, got))
	}
	for _, c := range file.Comments {
		for _, line := range c.List {
			if !strings.HasPrefix(line.Text, "// ") && line.Text != "//" {
				return fmt.Errorf("gen: internal error: a comment that a tool may obey: %q", line.Text)
			}
		}
	}
	return nil
}

// claimed lists every package-level name and method.
func (g *generator) claimed() []string {
	want := slices.Clone(g.pkg.made)
	for _, n := range g.methods {
		for _, m := range n.made {
			want = append(want, n.scope+m)
		}
	}
	slices.Sort(want)
	return want
}

// declarations lists the package-level names and methods of a file, blank ones and init left out.
func declarations(file *ast.File) []string {
	var names []string
	add := func(name string) {
		if name != "_" {
			names = append(names, name)
		}
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				if d.Name.Name != "init" { // which declares nothing
					add(d.Name.Name)
				}
				continue
			}
			typ := d.Recv.List[0].Type
			if star, ok := typ.(*ast.StarExpr); ok {
				typ = star.X
			}
			add(typ.(*ast.Ident).Name + "." + d.Name.Name)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					add(s.Name.Name)
				case *ast.ValueSpec:
					for _, n := range s.Names {
						add(n.Name)
					}
				}
			}
		}
	}
	return names
}

// difference names what is in one sorted list only.
func difference(want, got []string) string {
	var parts []string
	for _, w := range want {
		if _, ok := slices.BinarySearch(got, w); !ok {
			parts = append(parts, "missing "+w)
		}
	}
	for _, h := range got {
		if _, ok := slices.BinarySearch(want, h); !ok {
			parts = append(parts, "unmeant "+h)
		}
	}
	return strings.Join(parts, ", ")
}
