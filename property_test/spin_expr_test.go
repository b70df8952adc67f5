package property

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"interlock/fsm"
	"interlock/spec"
)

// valued is the head of a spec whose joint states are the values of some variables of every kind of type.
const valued = `fsm 1
spec values

enum Color { Red, Green, Blue }
machine M(k 1..2) {
	var a 0..2 = any
	var b -1..1 = any
	var p bool
	var c Color = any
	var s set of Color = any
	var r [2]0..3 = 1
	input Put(n 0..1, v 0..3)
	internal Swap(n 0..1)
	initial final state On {
		on Put(n, v) when r[0] == 1 && r[1] == 1 { r[n] = v }
		on Swap(n) when r[n] == 3 { r[n], r[1 - n] = r[1 - n], r[n] }
		%s
	}
}
system S {
	m M(k = 2)
	%s
}
`

// writing draws random expressions of a depth, over the variables of valued. The prefix is "m." in the system.
type writing struct {
	t      *rapid.T
	prefix string
	names  []string // that quantifiers bind
}

func (w *writing) pick(n int) int { return rapid.IntRange(0, n-1).Draw(w.t, "pick") }

func (w *writing) oneOf(texts ...string) string { return texts[w.pick(len(texts))] }

func (w *writing) number(depth int) string {
	if depth == 0 {
		leaves := []string{w.prefix + "a", w.prefix + "b", "2", "1", "0", "3", w.prefix + "r[1]"}
		return w.oneOf(append(leaves, w.names...)...)
	}
	switch w.pick(6) {
	case 0:
		return fmt.Sprintf("%sr[%s %% 3]", w.prefix, w.number(depth-1))
	case 1:
		return fmt.Sprintf("count(%s)", w.quantified(depth))
	case 2:
		return fmt.Sprintf("(1 - %s)", w.number(depth-1))
	}
	sign := w.oneOf("+", "-", "*", "/", "%", "&", "|", "^", "&^", "<<", ">>")
	return fmt.Sprintf("(%s %s %s)", w.number(depth-1), sign, w.number(depth-1))
}

func (w *writing) set(depth int) string {
	if depth == 0 {
		return w.oneOf(w.prefix+"s", "{Blue}", "{Red, Blue}", "{"+w.prefix+"c}", "{"+w.prefix+"c, Green}")
	}
	return fmt.Sprintf("(%s %s %s)", w.set(depth-1), w.oneOf("|", "&", "^", "&^"), w.set(depth-1))
}

// quantified is the inside of a quantifier: "i in 0..2: …".
func (w *writing) quantified(depth int) string {
	name := fmt.Sprintf("i%d", len(w.names))
	domain := w.oneOf("0..1", "-1..1", "0..3")
	w.names = append(w.names, name)
	defer func() { w.names = w.names[:len(w.names)-1] }()
	return fmt.Sprintf("%s in %s: %s", name, domain, w.condition(depth-1))
}

func (w *writing) condition(depth int) string {
	if depth == 0 {
		return w.oneOf(w.prefix+"p", w.prefix+"c == Green", w.prefix+"c in "+w.prefix+"s", w.prefix+"a < 2", "true")
	}
	switch w.pick(7) {
	case 0:
		return fmt.Sprintf("!(%s)", w.condition(depth-1))
	case 1:
		return fmt.Sprintf("((%s) %s (%s))", w.condition(depth-1), w.oneOf("&&", "||", "=>", "==", "!="), w.condition(depth-1))
	case 2:
		return fmt.Sprintf("(%s %s)", w.oneOf("all", "some"), w.quantified(depth))
	case 3:
		return fmt.Sprintf("%s %s %s", w.set(depth-1), w.oneOf("==", "!="), w.set(depth-1))
	case 4:
		return fmt.Sprintf("%sc in %s", w.prefix, w.set(depth-1))
	}
	return fmt.Sprintf("%s %s %s", w.number(depth-1), w.oneOf("==", "!=", "<", "<=", ">", ">="), w.number(depth-1))
}

// SPIN and the checker give every expression the value that the reference gives it, and none where that gives none: here
// in guards, bodies and properties.
func TestSPINOnRandomExpressions(t *testing.T) {
	requireSPIN(t)
	drawMany(t, *spinCount/5)
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		drawn := rapid.Custom(randomMembers).Draw(t, "spec")
		members, properties := drawn[0], drawn[1]
		sys := values(members, properties)
		require.NotNil(t, sys)
		t.Log(members + "\n" + properties)
		x := explore(t, sys, 10_000)
		require.True(t, x.complete)
		reference := found{len(x.order), x.builtin, x.shows}
		checked, _ := byChecker(t, sys, 10_000)
		agree(t, sys, "checker", reference, checked)
		agree(t, sys, "SPIN", reference, bySPIN(t, dir, sys, false))
	})
}

// randomMembers draws transitions and properties. Each is kept if it compiles: many a mistake is told at once.
func randomMembers(t *rapid.T) [2]string {
	var members, properties []string
	for i := range 2 {
		inside := &writing{t: t}
		member := fmt.Sprintf("on Put(n, v) when r[0] == 2 && r[1] == %d && (%s) { a, b = %s, %s; s = %s; p = %s }", i,
			inside.condition(2), inside.number(2), inside.number(1), inside.set(1), inside.condition(1))
		if values(member, "") != nil {
			members = append(members, member)
		}
	}
	outside := &writing{t: t, prefix: "m."}
	for range 6 {
		property := outside.oneOf("never ", "always ", "reachable ") + outside.condition(3)
		if values("", property) != nil {
			properties = append(properties, property)
		}
	}
	return [2]string{strings.Join(members, "\n\t\t"), strings.Join(properties, "\n\t")}
}

// values compiles the system of valued with these members and properties; nil: a mistake is told at once.
func values(members, properties string) *fsm.System {
	text := fmt.Sprintf(valued, members, properties)
	s, diagnostics := spec.Compile([]spec.Source{{Name: "values.fsm", Text: []byte(text)}}, nil)
	if spec.HasErrors(diagnostics) {
		return nil
	}
	return s.Systems[0]
}
