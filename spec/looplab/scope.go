package looplab

import (
	"go/ast"
	"go/token"
	"slices"
)

// definition is what a name stands for.
type definition struct {
	name  string
	at    ast.Node // the identifier that is defined
	value ast.Expr // its first value, in the scope of the definition; nil where there is none in the text
	typ   ast.Expr // its declared type, or nil
	iota  int      // of a constant: the number of its line
	kind  definitionKind
	why   string // of something that is never known: what it is
	fn    *ast.FuncDecl
	scope scope
	bound bool // the value is that of a loop variable in one of its turns
}

// definitionKind says what was defined.
type definitionKind uint8

const (
	constant definitionKind = iota
	variable
	function
	typeName
	opaque // a parameter, a loop variable, one of several results
)

// scope is where an expression stands: a file, and the nodes round it. Outside declarations there are none.
type scope struct {
	file *goFile
	in   *frame
	pos  token.Pos
}

// frame is a node with those round it.
type frame struct {
	node  ast.Node
	outer *frame
}

// declare files what a package declares at its top. Of two declarations of a name, for two build tags, the first counts.
func (p *goPackage) declare() {
	p.names, p.methods, p.changed = map[string]*definition{}, map[string][]*definition{}, map[ast.Node][]assignment{}
	for _, f := range p.files {
		s := scope{file: f}
		for _, d := range f.syntax.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				for _, def := range s.declared(d) {
					p.add(def)
				}
			case *ast.FuncDecl:
				def := &definition{name: d.Name.Name, at: d.Name, kind: function, fn: d, scope: s}
				if d.Recv != nil {
					p.methods[d.Name.Name] = append(p.methods[d.Name.Name], def)
				} else {
					p.add(def)
				}
			}
		}
	}
}

func (p *goPackage) add(d *definition) {
	if p.names[d.name] == nil {
		p.names[d.name] = d
	}
}

// declared lists what a declaration of constants, variables or types defines.
func (s scope) declared(d *ast.GenDecl) []*definition {
	var all []*definition
	var last *ast.ValueSpec // of constants: the one that is repeated
	for i, sp := range d.Specs {
		switch sp := sp.(type) {
		case *ast.TypeSpec:
			all = append(all, &definition{name: sp.Name.Name, at: sp.Name, typ: sp.Type, kind: typeName, scope: s})
		case *ast.ValueSpec:
			from := sp
			if d.Tok == token.CONST && len(sp.Values) == 0 && sp.Type == nil && last != nil {
				from = last
			}
			last = from
			for k, name := range sp.Names {
				def := &definition{name: name.Name, at: name, typ: from.Type, iota: i, kind: constant, scope: s}
				if d.Tok == token.VAR {
					def.kind = variable
				}
				if k < len(from.Values) && len(from.Values) == len(sp.Names) {
					def.value = from.Values[k]
				}
				all = append(all, def)
			}
		}
	}
	return all
}

// within is the scope of something inside the node n, which stands in s.
func (s scope) within(n ast.Node) scope {
	return scope{s.file, &frame{n, s.in}, s.pos}
}

// look finds what a name stands for; nil for a name that Go knows, or nobody does.
func (r *reader) look(s scope, name string) *definition {
	for f := s.in; f != nil; f = f.outer {
		if d := s.definedBy(f, name); d != nil {
			return d
		}
	}
	if d := s.file.pkg.names[name]; d != nil {
		return d
	}
	if full, ok := s.file.imports["."]; ok {
		if p := r.other(full); p != nil && ast.IsExported(name) {
			return p.names[name]
		}
	}
	return nil
}

// definedBy is what a node defines of that name, before the place that is asked for.
func (s scope) definedBy(f *frame, name string) *definition {
	outer := scope{s.file, f.outer, s.pos}
	switch n := f.node.(type) {
	case *turn:
		for _, d := range n.bound {
			if d.name == name {
				return d
			}
		}
	case *ast.FuncDecl:
		return outer.parameter(name, n.Recv, n.Type.Params, n.Type.Results)
	case *ast.FuncLit:
		return outer.parameter(name, n.Type.Params, n.Type.Results)
	case *ast.BlockStmt:
		return s.inList(f, n.List, name)
	case *ast.CaseClause:
		return s.inList(f, n.Body, name)
	case *ast.CommClause:
		return s.inList(f, n.Body, name)
	case *ast.IfStmt:
		return s.inList(f, []ast.Stmt{n.Init}, name)
	case *ast.ForStmt:
		return s.inList(f, []ast.Stmt{n.Init}, name)
	case *ast.SwitchStmt:
		return s.inList(f, []ast.Stmt{n.Init}, name)
	case *ast.TypeSwitchStmt:
		return s.inList(f, []ast.Stmt{n.Init}, name)
	case *ast.RangeStmt:
		for _, e := range []ast.Expr{n.Key, n.Value} {
			if id, ok := e.(*ast.Ident); ok && id.Name == name && n.Tok == token.DEFINE {
				return &definition{name: name, at: id, kind: opaque, why: "takes several values in a loop", scope: outer}
			}
		}
	}
	return nil
}

// parameter finds a parameter, a named result or a receiver.
func (s scope) parameter(name string, lists ...*ast.FieldList) *definition {
	for _, l := range lists {
		if l == nil {
			continue
		}
		for _, f := range l.List {
			for _, id := range f.Names {
				if id.Name == name {
					return &definition{name: name, at: id, typ: f.Type, kind: opaque, why: "is a parameter", scope: s}
				}
			}
		}
	}
	return nil
}

// inList finds the last definition of a name among the statements of a node that come before the place.
func (s scope) inList(f *frame, list []ast.Stmt, name string) *definition {
	var found *definition
	for _, stmt := range list {
		if stmt == nil || stmt.Pos() >= s.pos {
			continue
		}
		if l, ok := stmt.(*ast.LabeledStmt); ok {
			stmt = l.Stmt
		}
		here := scope{s.file, f, stmt.Pos()}
		switch stmt := stmt.(type) {
		case *ast.DeclStmt:
			if g, ok := stmt.Decl.(*ast.GenDecl); ok && stmt.End() <= s.pos {
				for _, d := range here.declared(g) {
					if d.name == name {
						found = d
					}
				}
			}
		case *ast.AssignStmt:
			if stmt.Tok != token.DEFINE || stmt.End() > s.pos || found != nil {
				continue // a second := in the list gives it another value
			}
			for k, lhs := range stmt.Lhs {
				id, ok := lhs.(*ast.Ident)
				if !ok || id.Name != name {
					continue
				}
				found = &definition{name: name, at: id, kind: variable, scope: here}
				if len(stmt.Rhs) == len(stmt.Lhs) {
					found.value = stmt.Rhs[k]
				}
			}
		}
	}
	return found
}

// visit calls f for every node below n, with its scope. The scope has no place: what comes before a node is a question that
// takes long in deep expressions, and few nodes ask it.
func visit(s scope, n ast.Node, f func(scope, ast.Node)) {
	stack := []scope{s}
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		s := stack[len(stack)-1]
		f(s, n)
		stack = append(stack, s.within(n))
		return true
	})
}

// turn is one turn of a loop over a list, with what its variables are in it.
type turn struct {
	*ast.RangeStmt
	bound []*definition
}

// assignment is one to a variable, or to a part of it.
type assignment struct {
	scope scope
	stmt  *ast.AssignStmt
}

// assignments indexes those of a package by the variable's name.
func (p *goPackage) assignments() map[string][]assignment {
	if p.assigned != nil {
		return p.assigned
	}
	p.assigned = map[string][]assignment{}
	for _, f := range p.files {
		for _, decl := range f.syntax.Decls {
			visit(scope{file: f}, decl, func(s scope, n ast.Node) {
				a, ok := n.(*ast.AssignStmt)
				if !ok {
					return
				}
				s.pos = a.End() + 1 // it sees itself
				for _, lhs := range a.Lhs {
					if id := root(lhs); id != nil {
						p.assigned[id.Name] = append(p.assigned[id.Name], assignment{s, a})
					}
				}
			})
		}
	}
	return p.assigned
}

// changes lists the assignments to a variable after its first value, in the order of the text: to itself, or to a part of it.
// Where they cannot all be looked at, the variable counts as changed where it is defined.
func (r *reader) changes(d *definition) []assignment {
	p := d.scope.file.pkg
	if all, known := p.changed[d.at]; known {
		return all
	}
	var all []assignment
	for _, a := range p.assignments()[d.name] {
		if r.spend(a.stmt, 0) != nil {
			return []assignment{a}
		}
		if now := r.look(a.scope, d.name); now != nil && now.at == d.at && !defines(a.stmt, d.at) {
			all = append(all, a)
		}
	}
	p.changed[d.at] = all
	return all
}

// defines reports whether the assignment is the one that defines the variable, and does not come to it a second time.
func defines(a *ast.AssignStmt, at ast.Node) bool {
	return a.Tok == token.DEFINE && slices.ContainsFunc(a.Lhs, func(e ast.Expr) bool { return e == at })
}

// root is the variable that an assignment to an expression changes.
func root(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.ParenExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		default:
			return nil
		}
	}
}
