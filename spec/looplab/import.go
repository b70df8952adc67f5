package looplab

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"

	"interlock/spec"
)

// Import finds the calls of fsm.NewFSM in Go files and reads their tables, in the order of the files and of the text. An error
// among the diagnostics says that a file cannot be read. What a table says only when the program runs is left out of it, with a
// warning, and is in [Table.Missing]; so are things that a program does past its table.
func Import(s Sources) ([]Table, []spec.Diagnostic) {
	r := &reader{fset: token.NewFileSet(), find: s.Find, packages: map[string]*goPackage{}, found: map[string]*goPackage{}}
	r.read(s)
	var tables []Table
	for _, f := range r.order {
		as := f.looplabName()
		if as == "" || as == "_" {
			continue
		}
		for _, decl := range f.syntax.Decls {
			visit(scope{file: f}, decl, func(s scope, n ast.Node) {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return
				}
				if name, ok := f.looplabMember(call.Fun); !ok || name != "NewFSM" || len(call.Args) != 3 {
					return
				}
				s.pos = call.Pos()
				if r.look(s, root(call.Fun).Name) == nil {
					tables = r.one(tables, s, call)
				}
			})
		}
		r.aside(f)
	}
	tables = r.once(tables)
	spec.Sort(r.said)
	return tables, r.said
}

// once leaves out tables that are those of others but begin in a state that was stored: they make the same machine again.
func (r *reader) once(tables []Table) []Table {
	same := func(a, b Table) bool {
		return slices.EqualFunc(a.Events, b.Events, func(a, b Event) bool { return a.Name == b.Name && a.Dst == b.Dst && slices.Equal(a.Src, b.Src) }) &&
			slices.EqualFunc(a.Callbacks, b.Callbacks, func(a, b Callback) bool { return a.Key == b.Key && a.Cancels == b.Cancels })
	}
	var kept []Table
	for i, t := range tables {
		again := slices.ContainsFunc(tables[:i], func(o Table) bool { return t.Stored && same(t, o) }) ||
			slices.ContainsFunc(tables[i:], func(o Table) bool { return t.Stored && !o.Stored && same(t, o) })
		if !again {
			kept = append(kept, t)
			continue
		}
		r.said = slices.DeleteFunc(r.said, func(d spec.Diagnostic) bool { return d.Code == "looplab-initial" && slices.Contains(t.Missing, d.Span) })
	}
	return kept
}

// one reads one call.
func (r *reader) one(tables []Table, s scope, call *ast.CallExpr) []Table {
	if len(tables) == maxTables {
		if !r.overfull {
			r.overfull = true
			r.said = append(r.said, spec.Diagnostic{Code: "looplab-limit", Span: r.span(call), Help: "Import fewer folders at a time.",
				Message: fmt.Sprintf("there are more than %d calls of NewFSM", maxTables)})
		}
		return tables
	}
	table := Table{Name: machineName(s), Package: s.file.syntax.Name.Name, Span: r.span(call)}
	t := &tableReader{r, &table}
	t.events(s, call.Args[1])
	t.initial(s, call.Args[0])
	t.callbacks(s, call.Args[2])
	if table.Partial && !slices.ContainsFunc(table.Events, func(e Event) bool { return len(e.Src) > 0 }) {
		return tables // nothing is known of it but its name
	}
	return append(tables, table)
}

// initial reads the first argument of NewFSM. Often it is the state that an object was stored in: then the first source of the
// table stands for it.
func (t *tableReader) initial(s scope, e ast.Expr) {
	initial, no := t.text(s, e, 0)
	if no == nil {
		t.table.Initial = initial
		return
	}
	for _, e := range t.table.Events {
		if len(e.Src) > 0 {
			t.table.Initial = e.Src[0]
			break
		}
	}
	t.table.Missing, t.table.Stored = append(t.table.Missing, t.span(e)), true
	t.warnUnknown("looplab-initial", e, no, "Move the word `initial` to the state in which a new one begins.",
		"the first state is not in the text: %s; the spec begins in %s, the first source of the table", no.why, shortened(t.table.Initial))
}

// aside tells of what a file does past its tables.
func (r *reader) aside(f *goFile) {
	if len(f.pkg.methods["SetState"]) > 0 {
		return // it may be anybody's
	}
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && len(call.Args) == 1 {
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "SetState" {
				r.warn("looplab-setstate", call, "Give it an event of its own: otherwise the checker looks at runs that are not those of the program.",
					"SetState goes past the table; it is not in the spec")
			}
		}
		return true
	})
}

// general are words of names that say nothing of what a machine is about.
var general = []string{"new", "make", "create", "init", "initialize", "build", "setup", "set", "get", "fsm", "sm", "state", "status", "machine", "statemachine", "finite",
	"main", "test", "run", "f", "m", "s", "the", "with", "default", "up"}

// machineName is what the machine is called by where the call stands: the type of the struct that it is put into, the function,
// the receiver, the variable, the file, the package; the first of these that says something.
func machineName(s scope) string {
	var wanted [4]string
	for f := s.in; f != nil; f = f.outer {
		switch n := f.node.(type) {
		case *ast.CompositeLit:
			wanted[0] = typeWord(n.Type)
		case *ast.FuncDecl:
			wanted[1] = n.Name.Name
			if n.Recv != nil && len(n.Recv.List) == 1 {
				wanted[2] = typeWord(n.Recv.List[0].Type)
			}
		case *ast.ValueSpec:
			wanted[3] = n.Names[0].Name
		case *ast.AssignStmt:
			if id := lastWord(n.Lhs[0]); len(n.Lhs) == 1 && wanted[3] == "" {
				wanted[3] = id
			}
		}
	}
	name := strings.TrimSuffix(path.Base(s.file.name), ".go")
	for _, w := range append(wanted[:], strings.TrimSuffix(name, "_test"), s.file.syntax.Name.Name) {
		if w := telling(w); w != "" {
			return w
		}
	}
	return "Machine"
}

// typeWord is the name of a type without what is round it.
func typeWord(e ast.Expr) string {
	if id := root(e); id != nil {
		return lastWord(e)
	}
	return ""
}

// lastWord is the last name in an expression such as d.door.
func lastWord(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.StarExpr:
		return lastWord(e.X)
	case *ast.IndexExpr:
		return lastWord(e.X)
	case *ast.ParenExpr:
		return lastWord(e.X)
	}
	return ""
}

// telling is a name without general words at its ends; "" if nothing is left.
func telling(name string) string {
	words := camel(name)
	isGeneral := func(w string) bool { return w == "" || slices.Contains(general, strings.ToLower(w)) }
	for len(words) > 0 && isGeneral(words[0]) {
		words = words[1:]
	}
	for len(words) > 0 && isGeneral(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	var b strings.Builder
	for _, w := range words {
		b.WriteString(capital(w))
	}
	return b.String()
}
