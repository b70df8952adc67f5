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
	m := newModule(t)
	inline, other, slow, joint, wide, odd, even := 0, 0, 0, 0, 0, 0, 0
	add := func(name string, random *rand.Rand, o randspec.MoveOptions) {
		s := compile(t, name, randspec.Moves(random.Intn, o))
		g := m.add(t, name, s)
		for _, machine := range g.machines {
			require.True(t, machine.table != nil || o.Sends, "%s: machine %s only moves", name, machine.name)
			switch {
			case machine.table == nil:
			case machine.table.other:
				other++
			case machine.table.refusesInline():
				inline++
			default:
				slow++
			}
		}
		for _, system := range g.systems {
			require.NotNil(t, system.table, "%s: system %s only moves", name, system.name)
			joint++
			if system.table.bits > maxWideRows {
				wide++
			}
			if system.table.odd {
				odd++
			} else {
				even++
			}
		}
	}
	for seed := range seeds(8) {
		add(fmt.Sprintf("moves%d", seed), rand.New(rand.NewSource(int64(seed))), randspec.MoveOptions{Answers: seed%2 == 1})
	}
	for seed := range seeds(6) {
		o := randspec.MoveOptions{Effects: true, Bare: true, Sends: true, Answers: true, Joints: 1}
		add(fmt.Sprintf("sends%d", seed), rand.New(rand.NewSource(int64(seed))), o)
	}
	add("joint40", rand.New(rand.NewSource(16)), randspec.MoveOptions{States: 40, Joints: 10})
	m.add(t, "ways", compile(t, "ways", ways))
	// More states than a set of 64 has room for, more than there are numbers in a byte, and more errors than are made beforehand.
	for i, states := range []int{70, 256, 300} {
		space := rand.New(rand.NewSource(int64(i)))
		text := randspec.Moves(space.Intn, randspec.MoveOptions{States: states})
		text = text[:strings.Index(text, "system S {")] // its control states are a matter for the checker
		s := compile(t, fmt.Sprintf("many%d", states), text)
		g := m.add(t, fmt.Sprintf("many%d", states), s)
		require.Equal(t, states != 256, g.machines[0].table != nil)
		if g.machines[0].table != nil && !g.machines[0].table.refusesInline() {
			slow++
		}
	}
	require.NotZero(t, inline)
	require.NotZero(t, other)
	require.NotZero(t, slow)
	require.NotZero(t, joint)
	require.NotZero(t, wide, "no joint machine with more than 32 joint states")
	require.NotZero(t, even)
	require.NotZero(t, odd, "no joint machine with a step that breaks something")
	m.compare(t)
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
