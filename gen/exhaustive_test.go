package gen

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A linter that wants switches exhaustive takes for an enum a defined type of a basic type that has constants in the scope it is
// declared in, and each of its constants for a member, by value. So: every generated type of named values has as many constants as
// names, all of them in one declaration, no two alike, and no constant of any other type is in between.
func TestGeneratedTypesAreEnumsToLinters(t *testing.T) {
	for _, path := range specFiles(t) {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		name := strings.TrimSuffix(filepath.Base(path), ".fsm")
		s := compile(t, name, string(text))
		_, code, err := build(s, controls(t, s), Options{})
		require.NoError(t, err)
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name+".go", code, 0)
		require.NoError(t, err)
		loose := types.Config{Importer: importer.Default(), Error: func(error) {}} // what it imports is not compiled yet
		pkg, _ := loose.Check(name, fset, []*ast.File{file}, nil)
		enums := 0
		for _, d := range file.Decls {
			if spec, ok := d.(*ast.GenDecl); ok && spec.Tok == token.CONST && len(spec.Specs) > 0 && spec.Specs[0].(*ast.ValueSpec).Type != nil {
				members(t, pkg.Scope(), spec)
				enums++
			}
		}
		require.NotZero(t, enums, name)
	}
}

// members checks one declaration of constants: they are all the members of their type.
func members(t *testing.T, scope *types.Scope, decl *ast.GenDecl) {
	t.Helper()
	named := scope.Lookup(decl.Specs[0].(*ast.ValueSpec).Names[0].Name).Type().(*types.Named)
	require.IsType(t, &types.Basic{}, named.Underlying())
	declared := map[string]string{}
	for _, spec := range decl.Specs {
		for _, n := range spec.(*ast.ValueSpec).Names {
			c := scope.Lookup(n.Name).(*types.Const)
			require.Equal(t, named, c.Type(), n.Name)
			value := c.Val().ExactString()
			require.Empty(t, declared[value], "%s and %s are one member", n.Name, declared[value])
			declared[value] = n.Name
		}
	}
	for _, name := range scope.Names() {
		if c, ok := scope.Lookup(name).(*types.Const); ok && c.Type() == named {
			require.Equal(t, name, declared[c.Val().ExactString()], "%s is declared elsewhere", name)
		}
	}
}
