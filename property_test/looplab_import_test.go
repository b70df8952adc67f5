package property

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	lab "github.com/looplab/fsm"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/check"
	"interlock/fsm"
	"interlock/fsm/looplab"
	"interlock/gen"
	"interlock/spec"
	tables "interlock/spec/looplab"
)

// words are names as looplab allows them, some of which a spec does not.
var words = []string{"open", "closed", "half-open", "half_open", "HalfOpen", "state", "event", "on", "2nd", "", "закрыто", "Down", "a b", "\"quoted\"", "x"}

// randomTable draws a table: several destinations for one event and source, events that nothing answers, callbacks under every
// kind of key, also for nothing.
func randomTable(t *rapid.T) tables.Table {
	word := rapid.SampledFrom(rapid.SliceOfNDistinct(rapid.SampledFrom(words), 1, 6, rapid.ID).Draw(t, "words"))
	table := tables.Table{Name: "Random", Initial: word.Draw(t, "initial")}
	for range rapid.IntRange(0, 8).Draw(t, "events") {
		table.Events = append(table.Events, tables.Event{Name: word.Draw(t, "event"),
			Src: rapid.SliceOfN(word, 0, 3).Draw(t, "src"), Dst: word.Draw(t, "dst")})
	}
	keys := rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom([]string{"before_", "leave_", "enter_", "after_", ""}).Draw(t, "prefix") + word.Draw(t, "target")
	})
	// Of two keys that mean the same, looplab takes one or the other: such tables are not compared.
	states, events := map[string]bool{}, map[string]bool{}
	for _, e := range table.Events {
		events[e.Name] = true
		for _, s := range e.Src {
			states[s], states[e.Dst] = true, true
		}
	}
	type place struct {
		at     tables.Point
		target string
	}
	taken := map[place]bool{}
	for _, key := range rapid.SliceOfNDistinct(keys, 0, 10, rapid.ID).Draw(t, "callbacks") {
		at, target, ok := tables.Place(key, states, events)
		if ok && taken[place{at, target}] {
			continue
		}
		taken[place{at, target}] = ok
		table.Callbacks = append(table.Callbacks, tables.Callback{Key: key, Cancels: rapid.Bool().Draw(t, "cancels")})
	}
	return table
}

// goSource writes the table as Go, the way people do: literals, constants, variables, append, a function.
func goSource(t *rapid.T, table tables.Table) string {
	var decls strings.Builder
	n := 0
	text := func(s string) string {
		n++
		switch rapid.IntRange(0, 5).Draw(t, "how") {
		case 0:
			fmt.Fprintf(&decls, "const c%d = %q\n", n, s)
			return fmt.Sprintf("c%d", n)
		case 1:
			half := len(s) / 2
			return fmt.Sprintf("(%q + %q)", s[:half], s[half:])
		case 2:
			fmt.Fprintf(&decls, "var v%d = name(%q)\n", n, s)
			return fmt.Sprintf("string(v%d)", n)
		}
		return strconv.Quote(s)
	}
	var events, later, callbacks []string
	for _, e := range table.Events {
		src := make([]string, len(e.Src))
		for i, s := range e.Src {
			src[i] = text(s)
		}
		desc := fmt.Sprintf("{Name: %s, Src: []string{%s}, Dst: %s}", text(e.Name), strings.Join(src, ", "), text(e.Dst))
		if rapid.Bool().Draw(t, "appended") {
			later = append(later, "e = append(e, fsm.EventDesc"+desc+")\n")
		} else if len(later) == 0 {
			events = append(events, desc)
		} else {
			later = append(later, "e = append(e, fsm.Events{"+desc+"}...)\n")
		}
	}
	for _, c := range table.Callbacks {
		body := ""
		if c.Cancels {
			body = "if f() { e.Cancel() }"
		}
		callbacks = append(callbacks, fmt.Sprintf("%s: func(_ context.Context, e *fsm.Event) { %s },\n", text(c.Key), body))
	}
	initial := text(table.Initial)
	return "package x\n\nimport (\n\t\"context\"\n\t\"github.com/looplab/fsm\"\n)\n\ntype name string\n\n" + decls.String() +
		"\nfunc NewRandom() *fsm.FSM {\n\te := fsm.Events{" + strings.Join(events, ", ") + "}\n" + strings.Join(later, "") +
		"\treturn fsm.NewFSM(" + initial + ", e, fsm.Callbacks{\n" + strings.Join(callbacks, "") + "})\n}\n"
}

// firsts lists the names of events, and of states, in the order in which the table comes to them: that of the spec.
func firsts(table tables.Table) (states, events []string) {
	add := func(list *[]string, name string) {
		if !slices.Contains(*list, name) {
			*list = append(*list, name)
		}
	}
	add(&states, table.Initial)
	for _, e := range table.Events {
		add(&events, e.Name)
		for _, src := range e.Src {
			add(&states, src)
			add(&states, e.Dst)
		}
	}
	return states, events
}

// keyIn is the key of the callback that an effect or a guard stands for, by its comment.
func keyIn(t require.TestingT, doc string) string {
	_, quoted, _ := strings.Cut(doc, "callback ")
	quoted, err := strconv.QuotedPrefix(quoted)
	require.NoError(t, err, doc)
	key, err := strconv.Unquote(quoted)
	require.NoError(t, err)
	return key
}

// Go source is imported; then looplab and the spec are driven side by side: the same events are accepted, the same states
// follow, the same events are possible there, the same callbacks are called in the same order, and what cancels refuses.
func TestImportedTablesDoWhatLooplabDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := randomTable(t)
		source := goSource(t, table)
		imported, said := tables.Import(tables.Sources{Files: []spec.Source{{Name: "x.go", Text: []byte(source)}}})
		require.False(t, spec.HasErrors(said), "%v\n%s", said, source)
		require.Len(t, imported, 1)
		require.Empty(t, imported[0].Missing, source)
		text, _, err := tables.Text("x", imported)
		require.NoError(t, err)
		s, diagnostics := spec.Compile([]spec.Source{{Name: "x.fsm", Text: text}}, nil)
		require.Empty(t, diagnostics, string(text))
		drive(t, table, s, string(text))
	})
}

// witness is a live FSM that notes what is called, and whose callbacks cancel as they are told.
type witness struct {
	*lab.FSM
	called []string
	denied map[string]bool
}

func newWitness(table tables.Table) *witness {
	w := &witness{denied: map[string]bool{}}
	callbacks := lab.Callbacks{}
	for _, c := range table.Callbacks {
		callbacks[c.Key] = func(_ context.Context, e *lab.Event) {
			w.called = append(w.called, c.Key)
			if c.Cancels && w.denied[c.Key] {
				e.Cancel()
			}
		}
	}
	w.FSM = lab.NewFSM(table.Initial, looplab.Events(table), callbacks)
	return w
}

// drive sends random events to both.
func drive(t *rapid.T, table tables.Table, s *fsm.Spec, text string) {
	states, events := firsts(table)
	sys := s.Systems[0]
	m := sys.MachineOf(0)
	require.Len(t, m.States, len(states), text)
	require.Len(t, m.Events, len(events), text)
	starts, err := fsm.Starts(sys)
	require.NoError(t, err)
	require.Len(t, starts, 1)
	now, live := starts[0].Outcome.Joint, newWitness(table)
	for range 20 {
		require.Equal(t, states[now.States[0]], live.Current())
		require.ElementsMatch(t, possible(sys, now, events), distinctOf(live.AvailableTransitions()), text)
		if len(events) == 0 {
			return
		}
		e := rapid.IntRange(0, len(events)-1).Draw(t, "event")
		for _, c := range table.Callbacks {
			live.denied[c.Key] = c.Cancels && rapid.IntRange(0, 3).Draw(t, "denied") == 0
		}
		live.called = nil
		err := live.Event(t.Context(), events[e])
		var stays lab.NoTransitionError
		taken := err == nil || errors.As(err, &stays)
		next, effects, refused := follow(t, s, now, e, live.denied)
		if cancelledByAll(table, live.denied, live.called) {
			require.False(t, taken) // the one thing that the spec says by a comment only
			continue
		}
		require.Equal(t, !refused, taken, "%v: %s\n%s", err, events[e], text)
		if taken {
			require.Equal(t, effects, effectKeys(table, live.called), text)
			now = next
		}
	}
}

func distinctOf(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// possible are the events with a transition in the state, whatever the guards say.
func possible(sys *fsm.System, now *fsm.Joint, events []string) []string {
	var all []string
	for _, c := range fsm.Choices(sys, now) {
		if c.Kind == fsm.Handle && !slices.Contains(all, events[c.Event]) {
			all = append(all, events[c.Event])
		}
	}
	return all
}

// follow takes the step of an event, if the guards that are asked allow it.
func follow(t *rapid.T, s *fsm.Spec, now *fsm.Joint, event int, denied map[string]bool) (next *fsm.Joint, effects []string, refused bool) {
	sys := s.Systems[0]
	m := sys.MachineOf(0)
	for _, level := range m.States[now.States[0]].On[event] {
		for _, at := range level {
			ok := true
			walkExpr(m.Transitions[at].Guard, func(e *fsm.Expr) {
				if e.Op == fsm.OpExtern && denied[keyIn(t, s.Externs[e.Index].Doc)] {
					ok = false
				}
			})
			if !ok {
				return nil, nil, true
			}
		}
	}
	for _, c := range fsm.Choices(sys, now) {
		if c.Kind != fsm.Handle || c.Event != event || slices.Contains(c.Picks, 0) {
			continue
		}
		out, err := fsm.Step(sys, now, c)
		require.NoError(t, err)
		for _, x := range out.Effects {
			effects = append(effects, keyIn(t, s.Effects[x.Effect].Doc))
		}
		return out.Joint, effects, false
	}
	return nil, nil, true
}

func walkExpr(e *fsm.Expr, f func(*fsm.Expr)) {
	if e == nil {
		return
	}
	f(e)
	for _, a := range e.Args {
		walkExpr(a, f)
	}
}

// effectKeys are the callbacks among those called that the spec has as effects: not those for all, and no guards.
func effectKeys(table tables.Table, called []string) []string {
	var all []string
	for _, key := range called {
		at, target := placeOf(table, key)
		i := slices.IndexFunc(table.Callbacks, func(c tables.Callback) bool { return c.Key == key })
		if target != "" && !(table.Callbacks[i].Cancels && at <= tables.Leave) {
			all = append(all, key)
		}
	}
	return all
}

// cancelledByAll reports whether a callback for all events or states has cancelled.
func cancelledByAll(table tables.Table, denied map[string]bool, called []string) bool {
	for _, key := range called {
		if at, target := placeOf(table, key); target == "" && at <= tables.Leave && denied[key] {
			return true
		}
	}
	return false
}

func placeOf(table tables.Table, key string) (tables.Point, string) {
	states, events := map[string]bool{}, map[string]bool{}
	for _, e := range table.Events {
		events[e.Name] = true
		for _, s := range e.Src {
			states[s], states[e.Dst] = true, true
		}
	}
	at, target, _ := tables.Place(key, states, events)
	return at, target
}

// What the generator calls its own types and methods, a table may call its states and events: the spec calls them otherwise, so
// that code can be generated of it.
func TestImportedNamesCanBeGenerated(t *testing.T) {
	plain := tables.Table{Name: "M", Initial: "a", Events: []tables.Event{{Name: "go", Src: []string{"a"}, Dst: "b"}},
		Callbacks: []tables.Callback{{Key: "enter_b"}, {Key: "before_go", Cancels: true}}}
	names := []string{"LoneM", "Lone", "M", "m"}
	for name := range generatedFrom(t, plain) {
		names = append(names, name, strings.TrimPrefix(name, "M"))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	require.Contains(t, names, "EventKind")
	require.Contains(t, names, "Step")
	table := plain
	for i, name := range names {
		table.Events = append(table.Events, tables.Event{Name: name, Src: []string{names[(i+1)%len(names)]}, Dst: name})
		table.Callbacks = append(table.Callbacks, tables.Callback{Key: "after_" + name, Cancels: false})
	}
	require.NotEmpty(t, generatedFrom(t, table))
}

// generatedFrom generates code from a table, and gives the exported names in it: of the package, and of methods.
func generatedFrom(t *testing.T, table tables.Table) map[string]bool {
	text, _, err := tables.Text("x", []tables.Table{table})
	require.NoError(t, err)
	s, said := spec.Compile([]spec.Source{{Name: "x.fsm", Text: text}}, nil)
	require.Empty(t, said)
	space := check.Control(t.Context(), s.Systems[0], check.Options{})
	files, err := gen.Go(s, map[string]*fsm.ControlSpace{s.Systems[0].Name: space}, gen.Options{})
	require.NoError(t, err)
	names := map[string]bool{}
	for name, file := range files {
		syntax, err := parser.ParseFile(token.NewFileSet(), name, file, 0)
		require.NoError(t, err)
		ast.Inspect(syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				names[n.Name.Name] = n.Name.IsExported()
			case *ast.TypeSpec:
				names[n.Name.Name] = n.Name.IsExported()
			case *ast.ValueSpec:
				for _, id := range n.Names {
					names[id.Name] = id.IsExported()
				}
			}
			return true
		})
	}
	maps.DeleteFunc(names, func(_ string, exported bool) bool { return !exported })
	return names
}
