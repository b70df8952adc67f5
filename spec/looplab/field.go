package looplab

import (
	"go/ast"
	"go/token"
	"slices"
)

// fieldValue is what a field of a struct is set to in one place; the value is nil where it cannot be followed.
type fieldValue struct {
	scope scope
	value ast.Expr
}

// field is the value of a field: of a struct that is written as a literal, or the one value that the package ever sets it to.
func (r *reader) field(s scope, e *ast.SelectorExpr, depth int) (scope, ast.Expr, *unknown) {
	if no := r.spend(e, depth); no != nil {
		return s, nil, no
	}
	if from, lit, no := r.literalFor(s, e.X, depth+1); no == nil {
		if of := r.fieldOf(s, from, e, lit); of != nil {
			return from, of, nil
		}
	}
	if only := r.onlyValue(s, e.Sel.Name); only.value != nil {
		return only.scope, only.value, nil
	}
	return s, nil, because(e, "only the running program knows it")
}

// fieldOf is the field that e selects in a literal: by its name, or by its place in the type.
func (r *reader) fieldOf(s, from scope, e *ast.SelectorExpr, lit *ast.CompositeLit) ast.Expr {
	at := -1
	if typ := r.structOf(s, from, e, lit); typ != nil {
		at = slices.Index(fieldNames(typ), e.Sel.Name)
	}
	for i, elt := range lit.Elts {
		kv, keyed := elt.(*ast.KeyValueExpr)
		if keyed && isNamed(kv.Key, e.Sel.Name) {
			return kv.Value
		}
		if !keyed && i == at {
			return elt
		}
	}
	return nil
}

// structOf is the type of a literal, which it says itself, or what it was given to.
func (r *reader) structOf(s, from scope, e *ast.SelectorExpr, lit *ast.CompositeLit) *ast.StructType {
	typ := lit.Type
	if d, _ := r.named(s, e.X); typ == nil && d != nil {
		typ = d.typ
	}
	for range maxInner {
		switch t := typ.(type) {
		case *ast.StructType:
			return t
		case *ast.StarExpr:
			typ = t.X
		case *ast.Ident:
			d := r.look(from, t.Name)
			if d == nil || d.kind != typeName {
				return nil
			}
			typ, from = d.typ, d.scope
		default:
			return nil
		}
	}
	return nil
}

func fieldNames(t *ast.StructType) []string {
	var names []string
	for _, f := range t.Fields.List {
		for _, id := range f.Names {
			names = append(names, id.Name)
		}
		if len(f.Names) == 0 {
			names = append(names, lastWord(f.Type))
		}
	}
	return names
}

// onlyValue is what a field is set to, if one struct of the package has a field of that name and one place sets it.
func (r *reader) onlyValue(s scope, name string) fieldValue {
	p := s.file.pkg
	if p.fields == nil {
		p.fields = map[string][]fieldValue{}
		for _, f := range p.files {
			for _, decl := range f.syntax.Decls {
				visit(scope{file: f}, decl, p.seeFields)
			}
		}
	}
	if all := p.fields[name]; len(all) == 1 && p.structsWith(name) == 1 {
		return all[0]
	}
	return fieldValue{}
}

// seeFields notes what sets a field.
func (p *goPackage) seeFields(s scope, n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, lhs := range n.Lhs {
			sel, ok := lhs.(*ast.SelectorExpr)
			if index, indexed := lhs.(*ast.IndexExpr); indexed {
				if sel, ok = index.X.(*ast.SelectorExpr); ok {
					p.fields[sel.Sel.Name] = append(p.fields[sel.Sel.Name], fieldValue{})
				}
				continue
			}
			if !ok {
				continue
			}
			set := fieldValue{scope: s}
			if set.scope.pos = n.Pos(); len(n.Lhs) == len(n.Rhs) && n.Tok == token.ASSIGN {
				set.value = n.Rhs[i]
			}
			p.fields[sel.Sel.Name] = append(p.fields[sel.Sel.Name], set)
		}
	case *ast.CompositeLit:
		for _, elt := range n.Elts {
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				if key, ok := kv.Key.(*ast.Ident); ok {
					s.pos = n.Lbrace
					p.fields[key.Name] = append(p.fields[key.Name], fieldValue{s, kv.Value})
				}
			}
		}
	case *ast.UnaryExpr:
		if sel, ok := n.X.(*ast.SelectorExpr); ok && n.Op == token.AND {
			p.fields[sel.Sel.Name] = append(p.fields[sel.Sel.Name], fieldValue{})
		}
	}
}

// structsWith counts the structs of the package that have a field of that name.
func (p *goPackage) structsWith(name string) int {
	n := 0
	for _, f := range p.files {
		ast.Inspect(f.syntax, func(node ast.Node) bool {
			if t, ok := node.(*ast.StructType); ok && slices.Contains(fieldNames(t), name) {
				n++
			}
			return true
		})
	}
	return n
}
