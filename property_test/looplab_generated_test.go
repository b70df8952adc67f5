package property

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/check"
	"interlock/fsm"
	"interlock/gen"
	"interlock/spec"
	tables "interlock/spec/looplab"
)

// besideLooplab drives a looplab FSM and generated code with the same events, and tells the first difference.
const besideLooplab = `package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/looplab/fsm"
)

// table is what both are made of. Effects are those of the spec by the keys of their callbacks.
type table struct {
	initial        string
	events         fsm.Events
	keys           []string
	states, inputs []string          // the names of looplab, in the order of the spec
	spec           map[string]string // what the spec calls states: "state NAME", and inputs: "input NAME"
	effects        map[string]string
}

func (t table) run(name string, step func(input string) (taken bool, state string, effects []string)) {
	var called []string
	callbacks := fsm.Callbacks{}
	for _, key := range t.keys {
		callbacks[key] = func(context.Context, *fsm.Event) { called = append(called, key) }
	}
	live := fsm.NewFSM(t.initial, t.events, callbacks)
	random := rand.New(rand.NewPCG(1, 2))
	steps := 0
	for range 300 {
		event := t.inputs[random.IntN(len(t.inputs))]
		called = nil
		err := live.Event(context.Background(), event)
		var stays fsm.NoTransitionError
		was := err == nil || errors.As(err, &stays)
		is, state, effects := step(t.spec["input "+event])
		called = slices.DeleteFunc(called, func(key string) bool { return !slices.Contains(t.of(), key) })
		var keys []string
		for _, e := range effects {
			keys = append(keys, t.effects[e])
		}
		if was != is || state != t.spec["state "+live.Current()] || was && !slices.Equal(called, keys) {
			fmt.Println(name, "differs at", event, was, is, live.Current(), state, called, keys)
			return
		}
		if was {
			steps++
		}
	}
	fmt.Println(name, "agrees", steps > 0)
}

func (t table) of() []string {
	var all []string
	for _, key := range t.effects {
		all = append(all, key)
	}
	return all
}

func main() {
`

// Code is generated of random tables, and runs beside looplab in one program: the same events are taken, to the same states, and the
// effects are the callbacks, in their order.
func TestGeneratedTablesDoWhatLooplabDoes(t *testing.T) {
	t.Parallel()
	c := newConsumer(t, "require github.com/looplab/fsm v1.0.3\n")
	random := rapid.Custom(func(t *rapid.T) tables.Table {
		table := randomTable(t)
		for i := range table.Callbacks {
			table.Callbacks[i].Cancels = false
		}
		return table
	})
	program, imports, want := besideLooplab, "", ""
	for seed := 0; strings.Count(want, "\n") < 8; seed++ {
		table := random.Example(seed)
		if len(table.Events) < 4 {
			continue
		}
		name := fmt.Sprintf("t%d", seed)
		s := generateInto(t, c, name, table)
		imports += fmt.Sprintf("\t%q\n", "example.org/app/"+name)
		program += beside(t, name, table, s)
		want += name + " agrees"
		want += "\n"
	}
	c.write("main.go", strings.Replace(program, "import (\n", "import (\n"+imports, 1)+"}\n")
	c.run("go", "mod", "tidy")
	got := c.run("go", "run", ".")
	require.Contains(t, got, " true\n", "no event was taken in any of them")
	require.Equal(t, want, strings.ReplaceAll(strings.ReplaceAll(got, " true\n", "\n"), " false\n", "\n"))
}

// generateInto writes the code of a table's spec into a package of the module.
func generateInto(t *testing.T, c *consumer, name string, table tables.Table) *fsm.Spec {
	text, _, err := tables.Text(name, []tables.Table{table})
	require.NoError(t, err)
	s, said := spec.Compile([]spec.Source{{Name: name + ".fsm", Text: text}}, nil)
	require.Empty(t, said)
	space := check.Control(t.Context(), s.Systems[0], check.Options{})
	files, err := gen.Go(s, map[string]*fsm.ControlSpace{s.Systems[0].Name: space}, gen.Options{})
	require.NoError(t, err)
	for file, code := range files {
		c.write(filepath.Join(name, file), string(code))
	}
	return s
}

// beside is the part of the program for one table.
func beside(t *testing.T, name string, table tables.Table, s *fsm.Spec) string {
	states, inputs := firsts(table)
	m := s.Machines[0]
	called, effects := map[string]string{}, map[string]string{}
	for i, st := range states {
		called["state "+st] = m.States[i].Name
	}
	for i, e := range inputs {
		called["input "+e] = m.Events[i].Name
	}
	for _, e := range s.Effects {
		effects["do "+e.Name] = keyIn(t, e.Doc)
	}
	var keys, events []string
	for _, callback := range table.Callbacks {
		keys = append(keys, callback.Key)
	}
	for _, e := range table.Events {
		events = append(events, fmt.Sprintf("{Name: %q, Src: %#v, Dst: %q}", e.Name, e.Src, e.Dst))
	}
	return fmt.Sprintf(`	m%[1]s := %[1]s.NewRandom()
	table{initial: %[2]q, events: fsm.Events{%[3]s}, keys: %#[4]v, states: %#[5]v, inputs: %#[6]v, spec: %#[7]v, effects: %#[8]v}.run(%[1]q,
		func(input string) (bool, string, []string) {
			kind, err := %[1]s.ParseRandomEventKind(input)
			if err != nil {
				panic(err)
			}
			out, err := m%[1]s.Step(%[1]s.RandomEvent{Kind: kind})
			var effects []string
			for e := range out.All() {
				effects = append(effects, e.Kind.String())
			}
			return err == nil, m%[1]s.State().String(), effects
		})
`, name, table.Initial, strings.Join(events, ", "), keys, states, inputs, called, effects)
}
