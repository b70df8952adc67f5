package tidy

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"strings"
)

// Unordered finds loops over maps, and over the iterators of package maps, in files that are not tests. Go takes the entries in
// a different order each time; where that cannot be seen outside, a comment in the line of the loop or right above it says
// so, with the word "order", or the next statement sorts what the loop has collected. A loop that only fills another map
// or array by its index (under conditions, perhaps) is in order as it is.
//
// Types are found out from the tree alone: what comes from the standard library has none, so that a loop over a map that, say,
// net/url returns is not found.
func (t *Tree) Unordered() []Finding {
	c := checker{tree: t, folders: map[string][]*GoFile{}, done: map[string]*types.Package{}, types: map[ast.Expr]types.TypeAndValue{}}
	for _, f := range t.Go {
		if !f.Test {
			c.folders[f.Import] = append(c.folders[f.Import], f)
		}
	}
	var found []Finding
	for _, f := range t.Go {
		if f.Test {
			continue
		}
		if _, err := c.Import(f.Import); err != nil {
			panic(err) // Import has no other errors than a cycle, with which nothing compiles
		}
		excused := excuses(t.Fset, f.Syntax)
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			if loop, ok := n.(*ast.RangeStmt); ok && c.unordered(loop.X) && !fills(loop.Body) && !excused[t.Fset.Position(loop.Pos()).Line] {
				found = append(found, t.at(f, loop.Pos(), "a loop over a map: sort the keys, or say in a comment why no order can be seen"))
			}
			return true
		})
	}
	return found
}

// fills says whether statements do no more than assign to elements.
func fills(block *ast.BlockStmt) bool {
	for _, stmt := range block.List {
		switch stmt := stmt.(type) {
		case *ast.AssignStmt:
			for _, left := range stmt.Lhs {
				if _, ok := left.(*ast.IndexExpr); !ok {
					return false
				}
			}
		case *ast.IfStmt:
			if stmt.Else != nil || !fills(stmt.Body) {
				return false
			}
		default:
			return false
		}
	}
	return len(block.List) > 0
}

// sorts says whether a statement is a call of slices.Sort, sort.Strings or the like.
func sorts(stmt ast.Stmt) bool {
	if s, ok := stmt.(*ast.ExprStmt); ok {
		if call, ok := s.X.(*ast.CallExpr); ok {
			from, name, ok := selected(call.Fun)
			return ok && (from == "sort" || from == "slices" && strings.HasPrefix(name, "Sort"))
		}
	}
	return false
}

// selected takes "from.name" apart.
func selected(e ast.Expr) (from, name string, ok bool) {
	if s, ok := e.(*ast.SelectorExpr); ok {
		if x, ok := s.X.(*ast.Ident); ok {
			return x.Name, s.Sel.Name, true
		}
	}
	return "", "", false
}

// excuses are the lines of loops that nothing is to be said of.
func excuses(fset *token.FileSet, file *ast.File) map[int]bool {
	lines := map[int]bool{}
	for _, group := range file.Comments {
		if strings.Contains(group.Text(), "order") {
			for line := fset.Position(group.Pos()).Line; line <= fset.Position(group.End()).Line+1; line++ {
				lines[line] = true
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if block, ok := n.(*ast.BlockStmt); ok {
			for i, stmt := range block.List {
				if i > 0 && sorts(stmt) {
					lines[fset.Position(block.List[i-1].Pos()).Line] = true
				}
			}
		}
		return true
	})
	return lines
}

// checker finds out types of the tree's own packages. It is the importer of its own type checks.
type checker struct {
	tree    *Tree
	folders map[string][]*GoFile // by import path
	done    map[string]*types.Package
	types   map[ast.Expr]types.TypeAndValue
}

// Import checks a package of the tree after those it imports. Any other is empty: the errors that follow from it are nobody's.
func (c *checker) Import(imported string) (*types.Package, error) {
	if p, ok := c.done[imported]; ok {
		if p == nil {
			return nil, fmt.Errorf("tidy: %s imports itself", imported)
		}
		return p, nil
	}
	c.done[imported] = nil
	var files []*ast.File
	for _, f := range c.folders[imported] {
		files = append(files, f.Syntax)
	}
	if files == nil {
		p := types.NewPackage(imported, path.Base(imported))
		p.MarkComplete()
		c.done[imported] = p
		return p, nil
	}
	config := types.Config{Importer: c, Error: func(error) {}, FakeImportC: true}
	p, _ := config.Check(imported, c.tree.Fset, files, &types.Info{Types: c.types})
	c.done[imported] = p
	return p, nil
}

// unordered says whether a loop over this gives its entries in no order.
func (c *checker) unordered(x ast.Expr) bool {
	if call, ok := x.(*ast.CallExpr); ok {
		if from, _, ok := selected(call.Fun); ok && from == "maps" {
			return true
		}
	}
	of, ok := c.types[x]
	if !ok || of.Type == nil {
		return false
	}
	_, isMap := of.Type.Underlying().(*types.Map)
	return isMap
}
