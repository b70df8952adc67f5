package looplab

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/internal/golden"
	"interlock/spec"
)

// importing reads the Go files of an archive: those at its top are looked through, the others are packages of their module.
func importing(a *golden.Archive) Sources {
	var s Sources
	below := map[string][]spec.Source{}
	for _, section := range a.Sections {
		switch file := (spec.Source{Name: section.Name, Text: []byte(a.Get(section.Name))}); {
		case path.Ext(file.Name) != ".go":
		case path.Dir(file.Name) == ".":
			s.Files = append(s.Files, file)
		default:
			below["example.org/app/"+path.Dir(file.Name)] = append(below["example.org/app/"+path.Dir(file.Name)], file)
		}
	}
	s.Find = func(importPath string) []spec.Source { return below[importPath] }
	return s
}

// What is imported: the text, which compiles without a warning and is formatted, and what was said.
func TestImport(t *testing.T) {
	golden.Each(t, "testdata/*.txtar", func(t *testing.T, a *golden.Archive) {
		tables, said := Import(importing(a))
		text, more, err := Text(tables[0].Package, tables)
		require.NoError(t, err)
		wellFormed(t, text, len(tables))
		a.Compare(t, "spec", string(text))
		var out bytes.Buffer
		require.NoError(t, spec.Render(&out, append(said, more...), func(file string) []byte { return []byte(a.Get(file)) }))
		a.Compare(t, "said", out.String())
	})
}

// wellFormed says that the text is formatted, and compiles without a warning.
func wellFormed(t require.TestingT, text []byte, machines int) {
	formatted, _ := spec.Format(text, "imported.fsm")
	require.Equal(t, string(text), string(formatted))
	s, diagnostics := spec.Compile([]spec.Source{{Name: "imported.fsm", Text: text}}, nil)
	require.Empty(t, diagnostics, string(text))
	require.Len(t, s.Machines, machines)
	require.Len(t, s.Systems, machines)
}

// golike is a Go file with the given body of a function.
func golike(body string) []spec.Source {
	return []spec.Source{{Name: "x.go", Text: []byte("package x\n\nimport \"github.com/looplab/fsm\"\n\nfunc NewX() {\n" + body + "\n}\n")}}
}

// table makes a call of NewFSM with these events.
func table(events string) string {
	return "fsm.NewFSM(\"a\", fsm.Events{" + events + "}, fsm.Callbacks{})"
}

// manyNames are as many texts, none of which a spec allows.
func manyNames(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%q,", string(rune(0x4e00+i%20000))+string(rune(0x4e00+i/20000)))
	}
	return b.String()
}

// hostile texts end soon, in what is said of them, and what is left is a spec.
func TestHostileGo(t *testing.T) {
	event := `{Name: "go", Src: []string{"a"}, Dst: "b"},`
	chain := "const c0 = \"\"\n"
	for i := range 300 {
		chain += fmt.Sprintf("const c%d = c%d + c%d\n", i+1, i, i)
	}
	doubled := strings.ReplaceAll(chain, `""`, `"x"`)
	for name, body := range map[string]string{
		"an empty chain that doubles": chain + table(`{Name: c300, Src: []string{"a"}, Dst: "b"},`),
		"a text that doubles":         doubled + table(`{Name: c40, Src: []string{"a"}, Dst: "b"},`),
		"deep brackets":               table(`{Name: ` + strings.Repeat("(", 9e4) + `"x"` + strings.Repeat(")", 9e4) + `, Src: []string{"a"}, Dst: "b"},`),
		"a long sum":                  table(`{Name: "x"` + strings.Repeat(`+"x"`, 9e4) + `, Src: []string{"a"}, Dst: "b"},`),
		"deep blocks":                 strings.Repeat("{", 2e4) + table(event) + strings.Repeat("}", 2e4),
		"deep functions":              strings.Repeat("func() {", 5e3) + table(event) + strings.Repeat("}()", 5e3),
		"many tables":                 strings.Repeat(table(event)+"\n", maxTables+5),
		"many sources":                table(`{Name: "go", Src: []string{` + strings.Repeat(`"a",`, maxCells+5) + `}, Dst: "b"},`),
		"many variables":              strings.Repeat("v := 1\nv = 2\n{\n", 2e3) + "w := \"x\"\n" + table(`{Name: v, Dst: w}`) + strings.Repeat("}", 2e3),
		"a loop of variables":         "var v, w = w, v\n" + table(`{Name: v, Src: []string{w}, Dst: "b"},`),
		"a loop of functions":         "f := func() string { return f() }\n" + table(`{Name: f(), Dst: "b"},`+event),
		"many states":                 table(`{Name: "go", Src: []string{` + manyNames(maxCells-10) + `}, Dst: "b"},`),
		"control characters":          table(`{Name: "\x1b[31m\u202e", Src: []string{"a\n}"}, Dst: "*/ // "},` + event),
		"a very long name":            table(`{Name: "` + strings.Repeat("x", 900) + `", Src: []string{"a"}, Dst: "b"},`),
		"generics":                    "type G[T any] struct{ v T }\n_ = G[func()]{v: func() { " + table(event) + " }}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if testing.Short() && len(body) > 1e5 {
				t.Skip("large")
			}
			tables, said := Import(Sources{Files: golike(body)})
			require.NotEmpty(t, len(tables)+len(said))
			for _, d := range said {
				require.False(t, d.Span.IsZero(), d.Message)
				require.Less(t, len(d.Message), 1000)
			}
			if len(tables) == 0 {
				return
			}
			text, _, err := Text("x", tables[:1])
			if err != nil {
				require.ErrorContains(t, err, "the limit is")
				return
			}
			wellFormed(t, text, 1)
			require.False(t, bytes.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x202e }))
		})
	}
}

func TestNoGo(t *testing.T) {
	for _, text := range []string{"", "package", "package x\n\nfunc {", "\x00", "package x\nvar v = " + strings.Repeat("(", 2e5)} {
		tables, said := Import(Sources{Files: []spec.Source{{Name: "x.go", Text: []byte(text)}}})
		require.Empty(t, tables)
		require.Len(t, said, 1)
		require.Equal(t, "looplab-syntax", said[0].Code)
		require.Equal(t, spec.Error, said[0].Severity)
		require.False(t, said[0].Span.IsZero())
	}
}

// Other packages that are called fsm, and other names, are left alone.
func TestOnlyLooplabIsRead(t *testing.T) {
	for name, text := range map[string]string{
		"another fsm":      "package x\nimport \"example.org/fsm\"\nvar v = fsm.NewFSM(\"a\", nil, nil)",
		"a local name":     "package x\nimport \"github.com/looplab/fsm\"\nfunc f(fsm T) { fsm.NewFSM(\"a\", nil, nil) }\nvar _ fsm.FSM",
		"blank":            "package x\nimport _ \"github.com/looplab/fsm\"\nvar v = fsm.NewFSM(\"a\", nil, nil)",
		"another function": "package x\nimport \"github.com/looplab/fsm\"\nvar v = fsm.Visualize(nil)",
	} {
		tables, said := Import(Sources{Files: []spec.Source{{Name: "x.go", Text: []byte(text)}}})
		require.Empty(t, tables, name)
		require.Empty(t, said, name)
	}
	for name, text := range map[string]string{
		"vendored":  "package x\nimport \"example.org/app/vendor/github.com/looplab/fsm\"\nvar v = fsm.NewFSM(\"a\", nil, nil)",
		"renamed":   "package x\nimport f \"github.com/looplab/fsm\"\nvar v = f.NewFSM(\"a\", nil, nil)",
		"all names": "package x\nimport . \"github.com/looplab/fsm\"\nvar v = NewFSM(\"a\", Events{}, Callbacks{})",
		"shadowed":  "package x\nimport \"github.com/looplab/fsm\"\nfunc f() { fsm := fsm.NewFSM(\"a\", nil, nil); _ = fsm }",
	} {
		tables, said := Import(Sources{Files: []spec.Source{{Name: "x.go", Text: []byte(text)}}})
		require.Len(t, tables, 1, name)
		require.Empty(t, said, name)
		require.Equal(t, "a", tables[0].Initial)
	}
}

// Every code that a diagnostic can have is explained, and is said somewhere in the tests.
func TestCodesAreExplained(t *testing.T) {
	seen := map[string]bool{"looplab-syntax": true, "looplab-limit": true}
	golden.Each(t, "testdata/*.txtar", func(t *testing.T, a *golden.Archive) {
		tables, said := Import(importing(a))
		_, more, err := Text("x", tables)
		require.NoError(t, err)
		for _, d := range append(said, more...) {
			seen[d.Code] = true
		}
	})
	for _, e := range Explanations() {
		require.True(t, seen[e.Code], "nothing says %s", e.Code)
		delete(seen, e.Code)
	}
	require.Empty(t, seen, "not explained")
	require.True(t, slices.IsSortedFunc(Explanations(), func(a, b spec.Explanation) int { return strings.Compare(a.Code, b.Code) }))
}

// Whatever a name is, a spec has one for it, and no two names have the same.
func TestNamesAreNames(t *testing.T) {
	hard := []string{"", " ", "_", "__", "a", "A", "a_", "half-open", "half_open", "HalfOpen", "1", "1a", "ein Wort", "关闭", "é", "\xff", "x\x00y",
		"const", "type", "state", "initial", "on", "any", "self", "true", "bool", "joint", "entry", strings.Repeat("long", 300), "event", "\"", "*/"}
	for word := range placed {
		hard = append(hard, word)
	}
	slices.Sort(hard)
	events := []Event{}
	for i, name := range hard {
		events = append(events, Event{Name: name, Src: []string{name}, Dst: hard[(i+1)%len(hard)]})
	}
	callbacks := []Callback{}
	for i, name := range hard {
		callbacks = append(callbacks, Callback{Key: prefixes[i%4] + name, Cancels: i%3 == 0})
	}
	var tables []Table
	for _, name := range hard {
		tables = append(tables, Table{Name: name, Initial: name, Events: events, Callbacks: callbacks})
	}
	text, _, err := Text("state", tables)
	require.NoError(t, err)
	wellFormed(t, text, len(tables))
	s, _ := spec.Compile([]spec.Source{{Name: "x", Text: text}}, nil)
	require.Len(t, s.Machines[0].States, len(hard))
	require.Len(t, s.Machines[0].Events, len(hard))
}

// FuzzImport checks that no text makes the importer panic, that every diagnostic has a place in the text and a known code, and
// that what comes of it compiles.
func FuzzImport(f *testing.F) {
	for _, body := range []string{
		table(`{Name: "go", Src: []string{"a", s}, Dst: "b"},`) + "\nconst s = `x` + \"y\"",
		"e := []fsm.EventDesc{}\ne = append(e, fsm.EventDesc{\"a\", nil, \"b\"})\ncb := fsm.Callbacks{}\ncb[\"enter_b\"] = func(e *fsm.Event) { e.Cancel() }\nfsm.NewFSM(f(), e, cb)",
		"switch x := y.(type) { case A: for i, v := range x { if s := i; true { _ = fsm.NewFSM(v.String(), fsm.Events(t.z), nil) } } }",
	} {
		f.Add(golike(body)[0].Text)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		tables, said := Import(Sources{Files: []spec.Source{{Name: "x.go", Text: src}}})
		text, more, err := Text("x", tables)
		require.NoError(t, err)
		lines := bytes.Count(src, []byte("\n")) + 1
		for _, d := range append(said, more...) {
			require.True(t, 1 <= d.Span.Line && d.Span.Line <= lines && d.Span.Col >= 1, "%v", d)
			require.True(t, slices.ContainsFunc(Explanations(), func(e spec.Explanation) bool { return e.Code == d.Code }), "%v", d)
		}
		if len(tables) > 0 {
			wellFormed(t, text, len(tables))
		}
	})
}
