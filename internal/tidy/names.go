package tidy

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Undocumented finds packages without a package comment, and exported names without a doc comment: functions, methods of
// exported types, types, constants and variables (for these two a comment on their group will do, or one behind them in the
// line). Test files owe none; neither do methods listed in known, whose meaning is that of an interface everyone knows.
func (t *Tree) Undocumented(known ...string) []Finding {
	var found []Finding
	packages := map[string]bool{} // folder -> a package comment was seen
	var order []*GoFile           // the first file of each folder
	for _, f := range t.Go {
		dir := f.Import
		if _, seen := packages[dir]; !seen {
			order = append(order, f)
		}
		packages[dir] = packages[dir] || f.Syntax.Doc.Text() != ""
		if f.Test {
			continue
		}
		for _, name := range exported(f.Syntax) {
			if !name.documented && !(name.method && slices.Contains(known, name.ident.Name)) {
				found = append(found, t.at(f, name.ident.Pos(), "exported %s has no doc comment", name.ident.Name))
			}
		}
	}
	for _, f := range order {
		if !packages[f.Import] {
			found = append(found, t.at(f, f.Syntax.Name.Pos(), "package %s has no package comment", f.Syntax.Name.Name))
		}
	}
	return found
}

// Unglossed finds exported names with one of the given words in them ("Data" is in RowData, not in Database); an "s" at the end
// makes no difference. Fields and interface methods count. Test files and generated files, whose names come from specs, do not.
func (t *Tree) Unglossed(words ...string) []Finding {
	var found []Finding
	for _, f := range t.Go {
		if f.Test || f.Generated {
			continue
		}
		for _, name := range exported(f.Syntax) {
			for _, ident := range append([]*ast.Ident{name.ident}, name.members...) {
				for _, word := range camel(ident.Name) {
					if slices.Contains(words, word) || slices.Contains(words, strings.TrimSuffix(word, "s")) {
						found = append(found, t.at(f, ident.Pos(), "%s: %q is not a word of docs/glossary.md", ident.Name, word))
					}
				}
			}
		}
	}
	return found
}

var todo = regexp.MustCompile(`\b(TODO|FIXME|XXX)\b(\([^)]*\))?:?\s*(.*)`)

// Unreasoned finds comments that put something off without saying, in three words at least, what and why.
func (t *Tree) Unreasoned() []Finding {
	var found []Finding
	for _, f := range t.Go {
		for _, group := range f.Syntax.Comments {
			for _, c := range group.List {
				if m := todo.FindStringSubmatch(c.Text); m != nil && len(strings.Fields(m[3])) < 3 {
					found = append(found, t.at(f, c.Pos(), "%s without a reason: known flaws go to docs/warts.md", m[1]))
				}
			}
		}
	}
	return found
}

// export is one exported name at package level, or an exported method of an exported type.
type export struct {
	ident      *ast.Ident
	documented bool
	method     bool
	members    []*ast.Ident // the exported fields or methods in the declaration of a type
}

func exported(file *ast.File) []export {
	var all []export
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && (d.Recv == nil || receiver(d).IsExported()) {
				all = append(all, export{ident: d.Name, documented: d.Doc.Text() != "", method: d.Recv != nil})
			}
		case *ast.GenDecl:
			all = append(all, exportedSpecs(d)...)
		}
	}
	return all
}

func exportedSpecs(d *ast.GenDecl) []export {
	var all []export
	group := d.Doc.Text() != ""
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() {
				own := group && !d.Lparen.IsValid() || s.Doc.Text() != "" || s.Comment.Text() != ""
				all = append(all, export{ident: s.Name, documented: own, members: members(s.Type)})
			}
		case *ast.ValueSpec:
			for _, name := range s.Names {
				if name.IsExported() {
					all = append(all, export{ident: name, documented: group || s.Doc.Text() != "" || s.Comment.Text() != ""})
				}
			}
		}
	}
	return all
}

// receiver is the name of the type a method belongs to.
func receiver(d *ast.FuncDecl) *ast.Ident {
	e := d.Recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x
		default:
			return ast.NewIdent("_")
		}
	}
}

func members(e ast.Expr) []*ast.Ident {
	var fields *ast.FieldList
	switch e := e.(type) {
	case *ast.StructType:
		fields = e.Fields
	case *ast.InterfaceType:
		fields = e.Methods
	default:
		return nil
	}
	var all []*ast.Ident
	for _, f := range fields.List {
		for _, name := range f.Names {
			if token.IsExported(name.Name) {
				all = append(all, name)
			}
		}
	}
	return all
}

// camel splits a name into its words: HTTPDataRace is HTTP, Data, Race.
func camel(name string) []string {
	var words []string
	for part := range strings.SplitSeq(name, "_") {
		start := 0
		r := []rune(part)
		for i := 1; i < len(r); i++ {
			rises := unicode.IsUpper(r[i]) && !unicode.IsUpper(r[i-1])
			ends := unicode.IsUpper(r[i]) && i+1 < len(r) && unicode.IsLower(r[i+1])
			if rises || ends {
				words = append(words, string(r[start:i]))
				start = i
			}
		}
		words = append(words, string(r[start:]))
	}
	return words
}
