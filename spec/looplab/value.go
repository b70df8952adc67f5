package looplab

import (
	"fmt"
	"go/ast"
	"go/token"
	"strconv"
	"strings"
)

// text is the text that an expression has whenever the program runs.
func (r *reader) text(s scope, e ast.Expr, depth int) (string, *unknown) {
	if no := r.spend(e, depth); no != nil {
		return "", no
	}
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			return r.literal(e)
		}
	case *ast.ParenExpr:
		return r.text(s, e.X, depth+1)
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			break
		}
		a, no := r.text(s, e.X, depth+1)
		if no != nil {
			return "", no
		}
		b, no := r.text(s, e.Y, depth+1)
		if no != nil {
			return "", no
		}
		if len(a)+len(b) > maxText {
			return "", because(e, "the text has more than %d bytes", maxText)
		}
		return a + b, nil
	case *ast.Ident, *ast.SelectorExpr:
		from, value, no := r.follow(s, e, depth)
		if no != nil {
			return "", no
		}
		return r.text(from, value, depth+1)
	case *ast.CallExpr:
		return r.textOfCall(s, e, depth)
	}
	return "", because(e, "only the running program knows it")
}

func (r *reader) literal(e *ast.BasicLit) (string, *unknown) {
	text, err := strconv.Unquote(e.Value)
	if err != nil {
		return "", because(e, "it is no Go: %s", err)
	}
	if len(text) > maxText {
		return "", because(e, "the text has more than %d bytes", maxText)
	}
	return text, nil
}

// textOfCall reads conversions, calls of String, and functions that do nothing but return something.
func (r *reader) textOfCall(s scope, e *ast.CallExpr, depth int) (string, *unknown) {
	if len(e.Args) == 1 && r.isType(s, e.Fun) {
		return r.text(s, e.Args[0], depth+1)
	}
	if sel, ok := e.Fun.(*ast.SelectorExpr); ok && len(e.Args) == 0 {
		if d := r.constantOf(s, sel.X, depth); d != nil {
			return r.methodOf(d, sel, depth)
		}
	}
	if sel, ok := e.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Sprintf" && r.isImport(s, sel.X) && s.file.imports[lastWord(sel.X)] == "fmt" {
		return r.formatted(s, e, depth)
	}
	from, value, no := r.result(s, e, depth)
	if no != nil {
		return "", no
	}
	return r.text(from, value, depth+1)
}

// formatted is what fmt.Sprintf makes of texts, with %s and %v.
func (r *reader) formatted(s scope, e *ast.CallExpr, depth int) (string, *unknown) {
	var texts []any
	for _, arg := range e.Args {
		text, no := r.text(s, arg, depth+1)
		if no != nil {
			return "", no
		}
		texts = append(texts, text)
	}
	if len(texts) == 0 {
		return "", because(e, "only the running program knows it")
	}
	format := texts[0].(string)
	if plain := strings.NewReplacer("%s", "", "%v", "", "%%", "").Replace(format); strings.Contains(plain, "%") ||
		len(format)+maxText*len(texts) > 1<<20 {
		return "", because(e, "only the running program knows it")
	}
	text := fmt.Sprintf(format, texts[1:]...)
	if len(text) > maxText {
		return "", because(e, "the text has more than %d bytes", maxText)
	}
	return text, nil
}

// isType reports whether what is called is a type: the call converts.
func (r *reader) isType(s scope, fun ast.Expr) bool {
	switch fun := fun.(type) {
	case *ast.ParenExpr:
		return r.isType(s, fun.X)
	case *ast.Ident:
		d := r.look(s, fun.Name)
		return d == nil && fun.Name == "string" || d != nil && d.kind == typeName
	case *ast.SelectorExpr:
		d, no := r.member(s, fun)
		return no == nil && d != nil && d.kind == typeName
	case *ast.ArrayType, *ast.MapType:
		return true
	}
	return false
}

// member is what a selector names in another package; nil where it selects from a value.
func (r *reader) member(s scope, e *ast.SelectorExpr) (*definition, *unknown) {
	id, ok := e.X.(*ast.Ident)
	if !ok || r.look(s, id.Name) != nil {
		return nil, nil
	}
	full, ok := s.file.imports[id.Name]
	if !ok {
		return nil, because(e, "%s is declared nowhere in what is read", id.Name)
	}
	p := r.other(full)
	if p == nil {
		return nil, because(e, "it is of package %s, which is not among what is read", full)
	}
	if d := p.names[e.Sel.Name]; d != nil {
		return d, nil
	}
	return nil, because(e, "package %s declares no %s", full, e.Sel.Name)
}

// follow is the one value of a constant or of a variable that nothing changes, or of a field of such a variable, with its scope.
func (r *reader) follow(s scope, e ast.Expr, depth int) (scope, ast.Expr, *unknown) {
	d, no := r.named(s, e)
	if no != nil {
		return s, nil, no
	}
	if d == nil {
		return r.field(s, e.(*ast.SelectorExpr), depth)
	}
	switch {
	case d.kind == opaque:
		return s, nil, because(e, "%s %s", d.name, d.why)
	case d.kind == variable && d.value == nil:
		return r.givenOnce(d, s, e)
	case d.kind != constant && d.kind != variable || d.value == nil:
		return s, nil, because(e, "%s has no value in the text", d.name)
	}
	if d.kind == variable {
		if changes := r.changes(d); len(changes) > 0 {
			return s, nil, because(changes[0].stmt, "%s is given another value here", d.name)
		}
	}
	return d.scope, d.value, nil
}

// givenOnce is the value of a variable that is declared without one, and is given one in a single place.
func (r *reader) givenOnce(d *definition, s scope, e ast.Expr) (scope, ast.Expr, *unknown) {
	changes := r.changes(d)
	if len(changes) != 1 {
		return s, nil, because(e, "%s has no value in the text", d.name)
	}
	a := changes[0].stmt
	for i, lhs := range a.Lhs {
		if isNamed(lhs, d.name) && a.Tok == token.ASSIGN && len(a.Lhs) == len(a.Rhs) {
			from := changes[0].scope
			from.pos = a.Pos()
			return from, a.Rhs[i], nil
		}
	}
	return s, nil, because(a, "%s is given another value here", d.name)
}

// literalFor is the literal that an expression stands for: by itself, behind names, or behind functions that return it.
func (r *reader) literalFor(s scope, e ast.Expr, depth int) (scope, *ast.CompositeLit, *unknown) {
	for ; ; depth++ {
		if lit := literalOf(e); lit != nil {
			return s, lit, nil
		}
		no := r.spend(e, depth)
		if call, ok := e.(*ast.CallExpr); ok && no == nil {
			s, e, no = r.result(s, call, depth)
		} else if no == nil {
			s, e, no = r.follow(s, e, depth)
		}
		if no != nil {
			return s, nil, no
		}
	}
}

// named is what an identifier or a selector names; nil for a field of a value.
func (r *reader) named(s scope, e ast.Expr) (*definition, *unknown) {
	switch e := e.(type) {
	case *ast.Ident:
		if d := r.look(s, e.Name); d != nil {
			return d, nil
		}
		return nil, because(e, "%s is declared nowhere in what is read", e.Name)
	case *ast.SelectorExpr:
		return r.member(s, e)
	}
	return nil, because(e, "only the running program knows it")
}

// literalOf is the composite literal that an expression is, or points to; nil if it is none.
func literalOf(e ast.Expr) *ast.CompositeLit {
	for {
		switch x := e.(type) {
		case *ast.CompositeLit:
			return x
		case *ast.ParenExpr:
			e = x.X
		case *ast.UnaryExpr:
			if x.Op != token.AND {
				return nil
			}
			e = x.X
		default:
			return nil
		}
	}
}

// result is what a call returns, with its scope, where the function has one return and that is its last statement. What it
// takes from its parameters is not known there.
func (r *reader) result(s scope, e *ast.CallExpr, depth int) (scope, ast.Expr, *unknown) {
	if no := r.spend(e, depth); no != nil {
		return s, nil, no
	}
	d := r.callee(s, e.Fun)
	if d == nil || d.fn == nil || d.fn.Body == nil || len(d.fn.Body.List) == 0 {
		return s, nil, because(e, "only the running program knows it")
	}
	list := d.fn.Body.List
	last, ok := list[len(list)-1].(*ast.ReturnStmt)
	if !ok || len(last.Results) != 1 || returns(d.fn.Body) != 1 {
		return s, nil, because(e, "%s returns more than one value, or in several places", d.name)
	}
	from := d.scope.within(d.fn).within(d.fn.Body)
	from.pos = last.Pos()
	return from, last.Results[0], nil
}

// returns counts the return statements of a function, without those of functions in it.
func returns(body *ast.BlockStmt) int {
	n := 0
	ast.Inspect(body, func(node ast.Node) bool {
		switch node.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			n++
		}
		return true
	})
	return n
}

// callee is the function or method that is called, or nil.
func (r *reader) callee(s scope, fun ast.Expr) *definition {
	switch fun := fun.(type) {
	case *ast.ParenExpr:
		return r.callee(s, fun.X)
	case *ast.Ident:
		return r.look(s, fun.Name)
	case *ast.SelectorExpr:
		if d, no := r.member(s, fun); d != nil || no != nil && ast.IsExported(fun.Sel.Name) && r.isImport(s, fun.X) {
			return d
		}
		return r.methodNamed(s, fun)
	}
	return nil
}

// methodNamed is the method that a selector names: the only one of that name, or that of the type that the value has in the text.
func (r *reader) methodNamed(s scope, fun *ast.SelectorExpr) *definition {
	all := s.file.pkg.methods[fun.Sel.Name]
	if len(all) == 1 {
		return all[0]
	}
	id, ok := fun.X.(*ast.Ident)
	if !ok {
		return nil
	}
	d := r.look(s, id.Name)
	if d == nil {
		return nil
	}
	typ := d.typ
	if lit := literalOf(d.value); typ == nil && lit != nil {
		typ = lit.Type
	}
	if call, ok := d.value.(*ast.CallExpr); ok && typ == nil && isNamed(call.Fun, "new") && len(call.Args) == 1 {
		typ = call.Args[0]
	}
	for _, m := range all {
		if recv := m.fn.Recv.List; len(recv) == 1 && typeWord(typ) != "" && typeWord(typ) == typeWord(recv[0].Type) {
			return m
		}
	}
	return nil
}

func (r *reader) isImport(s scope, e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && r.look(s, id.Name) == nil && s.file.imports[id.Name] != ""
}

// constantOf is the declared constant that an expression is, by itself or through variables and fields; nil if it is none.
func (r *reader) constantOf(s scope, e ast.Expr, depth int) *definition {
	for range maxInner {
		switch e.(type) {
		case *ast.Ident, *ast.SelectorExpr:
		default:
			return nil
		}
		if d, no := r.named(s, e); no == nil && d != nil && d.kind == constant && !d.bound {
			return d
		}
		var no *unknown
		if s, e, no = r.follow(s, e, depth); no != nil {
			return nil
		}
	}
	return nil
}

// methodOf is what a method without arguments, such as String, says of a constant.
func (r *reader) methodOf(d *definition, e *ast.SelectorExpr, depth int) (string, *unknown) {
	if no := r.spend(e, depth); no != nil {
		return "", no
	}
	typ, _ := d.typ.(*ast.Ident)
	for _, m := range d.scope.file.pkg.methods[e.Sel.Name] {
		recv := m.fn.Recv.List
		if typ != nil && m.fn.Body != nil && len(recv) == 1 && root(recv[0].Type) != nil && root(recv[0].Type).Name == typ.Name {
			return r.say(m, d, depth+1)
		}
	}
	return "", because(e, "the method %s of its type is not among what is read", e.Sel.Name)
}

// say runs such a method on a constant, where it has one of the usual forms: it returns the constant itself, an element of a
// list for it, or what a switch says.
func (r *reader) say(method, d *definition, depth int) (string, *unknown) {
	self := ""
	if names := method.fn.Recv.List[0].Names; len(names) == 1 {
		self = names[0].Name
	}
	inside := method.scope.within(method.fn).within(method.fn.Body)
	inside.pos = method.fn.Body.End()
	for _, stmt := range method.fn.Body.List {
		switch stmt := stmt.(type) {
		case *ast.ReturnStmt:
			if len(stmt.Results) != 1 {
				continue
			}
			if index, ok := stmt.Results[0].(*ast.IndexExpr); ok && isNamed(index.Index, self) {
				return r.listed(inside, index.X, d, depth)
			}
			if call, ok := stmt.Results[0].(*ast.CallExpr); ok && len(call.Args) == 1 && isNamed(call.Args[0], self) && r.isType(inside, call.Fun) && d.value != nil {
				return r.text(d.scope, d.value, depth)
			}
			return r.text(inside, stmt.Results[0], depth)
		case *ast.SwitchStmt:
			if stmt.Tag == nil || !isNamed(stmt.Tag, self) {
				return "", because(method.at, "the method does more than the importer follows")
			}
			if value := r.chosen(inside, stmt, d, depth); value != nil {
				return r.text(inside, value, depth)
			}
		}
	}
	return "", because(method.at, "the method does more than the importer follows")
}

func isNamed(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// chosen is what a switch returns for a constant that one of its cases names; nil if none does.
func (r *reader) chosen(s scope, sw *ast.SwitchStmt, d *definition, depth int) ast.Expr {
	for _, stmt := range sw.Body.List {
		clause := stmt.(*ast.CaseClause)
		for _, e := range clause.List {
			if named, _ := r.named(s, e); named == nil || named.at != d.at {
				continue
			}
			if len(clause.Body) == 1 {
				if ret, ok := clause.Body[0].(*ast.ReturnStmt); ok && len(ret.Results) == 1 {
					return ret.Results[0]
				}
			}
		}
	}
	return nil
}

// listed is the element for a constant in a list or a map that is written as a literal.
func (r *reader) listed(s scope, e ast.Expr, d *definition, depth int) (string, *unknown) {
	from, value := s, e
	if lit := literalOf(e); lit == nil {
		var no *unknown
		if from, value, no = r.follow(s, e, depth); no != nil {
			return "", no
		}
	}
	lit := literalOf(value)
	if lit == nil {
		return "", because(e, "only the running program knows it")
	}
	number, counted := r.number(d.scope, d.value, d.iota, depth)
	at := int64(0)
	for _, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			if key, no := r.named(from, kv.Key); no == nil && key != nil && key.at == d.at {
				return r.text(from, kv.Value, depth)
			}
			if n, ok := r.number(from, kv.Key, 0, depth); ok {
				at = n
			}
			elt = kv.Value
		}
		if counted && at == number {
			return r.text(from, elt, depth)
		}
		at++
	}
	return "", because(e, "it has no element for %s", d.name)
}

// number is the value of a constant expression of whole numbers, in line iota of its declaration.
func (r *reader) number(s scope, e ast.Expr, iota, depth int) (int64, bool) {
	if e == nil || r.spend(e, depth) != nil {
		return 0, false
	}
	switch e := e.(type) {
	case *ast.BasicLit:
		n, err := strconv.ParseInt(e.Value, 0, 32)
		return n, err == nil && e.Kind == token.INT
	case *ast.ParenExpr:
		return r.number(s, e.X, iota, depth+1)
	case *ast.CallExpr:
		if len(e.Args) == 1 && r.isType(s, e.Fun) {
			return r.number(s, e.Args[0], iota, depth+1)
		}
	case *ast.Ident:
		if e.Name == "iota" {
			return int64(iota), true
		}
		if d := r.look(s, e.Name); d != nil && d.kind == constant {
			return r.number(d.scope, d.value, d.iota, depth+1)
		}
	case *ast.BinaryExpr:
		a, okA := r.number(s, e.X, iota, depth+1)
		b, okB := r.number(s, e.Y, iota, depth+1)
		if !okA || !okB {
			return 0, false
		}
		switch e.Op {
		case token.ADD:
			return (a + b) % (1 << 31), true
		case token.SUB:
			return (a - b) % (1 << 31), true
		case token.MUL:
			return (a * b) % (1 << 31), true
		}
	}
	return 0, false
}

// camel takes a name apart: "NewDoorFSM" is New, Door, FSM.
func camel(name string) []string {
	var words []string
	start := 0
	upper := func(i int) bool { return i < len(name) && 'A' <= name[i] && name[i] <= 'Z' }
	for i := 1; i < len(name); i++ {
		if name[i] == '_' || upper(i) && (!upper(i-1) || i+1 < len(name) && !upper(i+1) && name[i+1] != '_') {
			words = append(words, strings.Trim(name[start:i], "_"))
			start = i
		}
	}
	return append(words, strings.Trim(name[start:], "_"))
}
