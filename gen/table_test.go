package gen

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/internal/randspec"
)

// Machines that only move step by tables; everything that the reference does they do too: by Step and by methods, watched and
// unwatched, one by one and in a batch (the adapter asks all of them).
func TestTablesMeanWhatTheReferenceDoes(t *testing.T) {
	m, seen := newModule(t), forms{}
	add := func(name string, seed int, o randspec.MoveOptions) {
		text := randspec.Moves(rand.New(rand.NewSource(int64(seed))).Intn, o)
		if o.States > 64 {
			text = text[:strings.Index(text, "system S {")] // its control states are a matter for the checker
		}
		seen.add(m.add(t, name, compile(t, name, text)))
	}
	for seed := range seeds(8) {
		add(fmt.Sprintf("moves%d", seed), seed, randspec.MoveOptions{Answers: seed%2 == 1})
	}
	require.Zero(t, seen["no table"])
	for seed := range seeds(6) {
		add(fmt.Sprintf("sends%d", seed), seed, randspec.MoveOptions{Effects: true, Bare: true, Sends: true, Answers: true, Joints: 1})
	}
	add("joint40", 16, randspec.MoveOptions{States: 40, Joints: 10})
	require.Zero(t, seen["no joint table"])
	m.add(t, "ways", compile(t, "ways", ways))
	// More states than a set of 64 has room for, more than there are numbers in a byte, and more errors than are made beforehand.
	for _, states := range []int{70, 256, 300} {
		add(fmt.Sprintf("many%d", states), states, randspec.MoveOptions{States: states})
	}
	for _, form := range []string{"no table", "answers", "errors beforehand", "errors asked for", "joint", "joint, many", "joint, something breaks", "joint, nothing breaks"} {
		require.NotZero(t, seen[form], form)
	}
	m.compare(t)
}

// forms counts what was generated.
type forms map[string]int

func (f forms) add(g *generator) {
	for _, m := range g.machines {
		switch {
		case m.table == nil:
			f["no table"]++
		case m.table.other:
			f["answers"]++
		case m.table.refusesInline():
			f["errors beforehand"]++
		default:
			f["errors asked for"]++
		}
	}
	for _, s := range g.systems {
		if s.table == nil {
			f["no joint table"]++
			continue
		}
		f["joint"]++
		if s.table.bits > maxWideRows {
			f["joint, many"]++
		}
		if s.table.odd {
			f["joint, something breaks"]++
		} else {
			f["joint, nothing breaks"]++
		}
	}
}

// ways has an event that leads to one state from one, another from some, one that stays, and one that leads to several.
const ways = "fsm 1\nspec ways\n\nmachine Ways {\n\tinput Go\n\tinput Some\n\tinput One\n\tinput Stay\n\tinitial state A {\n\t\ton Go -> B\n\t\ton Some -> D\n" +
	"\t\ton Stay\n\t}\n\tstate B {\n\t\ton Go -> C\n\t\ton One -> A\n\t}\n\tstate C {\n\t\ton Go -> D\n\t\ton Some -> D\n\t\ton Stay\n\t}\n" +
	"\tstate D {\n\t\ton Go -> A\n\t}\n}\n"

// A machine of which one event does more than move it has no table.
func TestTablesAreForMovesOnly(t *testing.T) {
	const moves = "fsm 1\nspec only\n\neffect Tell\nextern guard open\n\nmachine M {\n\tinput Go\n\tinput Say(n 0..3)\n\tvar v 0..1\n\tghost var g 0..1\n" +
		"\ttimer t 1s\n\tinitial state A {\n\t\ton Go -> B\n\t}\n\tstate B {\n\t\ton Go\n\t}\n}\n"
	only := strings.NewReplacer("\tinput Say(n 0..3)\n", "", "\tvar v 0..1\n", "", "\ttimer t 1s\n", "").Replace(moves)
	for name, text := range map[string]string{
		"another effect": strings.Replace(only, "on Go -> B", "on Go -> B { if open { do Tell } }", 1),
		"a guard":        strings.Replace(only, "on Go -> B", "on Go when open -> B", 1),
		"a first entry":  strings.Replace(only, "state A {", "state A {\n\t\tentry { do Tell }", 1),
		"a variable":     strings.Replace(only, "\tghost", "\tvar v 0..1\n\tghost", 1),
		"a timer":        strings.Replace(only, "\tghost", "\ttimer t 1s\n\tghost", 1),
	} {
		g, _, err := build(compile(t, "only", text), nil, Options{})
		require.NoError(t, err)
		require.Nil(t, g.machines[0].table, name)
	}
	for name, text := range map[string]string{
		"moves":  only,
		"ghosts": strings.Replace(only, "on Go -> B", "on Go -> B { g = 1 - g }", 1),
	} {
		g, _, err := build(compile(t, "only", text), nil, Options{})
		require.NoError(t, err)
		require.NotNil(t, g.machines[0].table, name)
	}
}
