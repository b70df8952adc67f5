package spec

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"interlock/fsm"
)

// lamp is a spec with two systems, of which one has a predicate of its own.
const lamp = `fsm 1
spec lamp
enum Colour { Red, Green }
machine Lamp {
	var colour Colour = Red
	input Press
	initial final state Off {
		on Press -> On { colour = Green }
	}
	final state On {
		on Press -> Off
	}
}
system One {
	lamp Lamp
	predicate Lit = lamp in On
}
system Two {
	lamp[2] Lamp
}
`

func ask(system, text string) (*fsm.Spec, []Diagnostic) {
	return CompileWith([]Source{{Name: "lamp.fsm", Text: []byte(lamp)}}, nil, []Question{{System: system, Name: "-why", Text: text}})
}

// A question becomes a property of its system and of no other, and the spec stays what it is.
func TestQuestionsBecomeProperties(t *testing.T) {
	plain, diags := Compile([]Source{{Name: "lamp.fsm", Text: []byte(lamp)}}, nil)
	require.Empty(t, diags)
	for system, texts := range map[string][]string{
		"One": {"lamp in On", "Lit && lamp.colour == Green", "lamp in\n\tOff, On", "!Lit"},
		"Two": {"all l in lamp: l in On", "lamp[0].colour == Red && lamp[1] in On", "count(l in lamp: l in On) == 2"},
	} {
		for _, text := range texts {
			s, diags := ask(system, text)
			require.Empty(t, diags, text)
			require.Equal(t, plain.Digest, s.Digest)
			for _, sys := range s.Systems {
				if sys.Name != system {
					require.Empty(t, sys.Properties)
					continue
				}
				require.Len(t, sys.Properties, 1)
				p := sys.Properties[0]
				require.Equal(t, "-why", p.Name)
				require.Equal(t, fsm.Reachable, p.Kind)
				require.Equal(t, fsm.BoolType.Kind, p.P.Type.Kind)
				require.Equal(t, "reachable "+strings.Join(strings.Fields(text), " "), p.Text)
			}
		}
	}
}

// What is wrong with a question is told with its own place.
func TestMistakesInQuestions(t *testing.T) {
	for text, want := range map[string]struct {
		place, says string
	}{
		"":                       {"-why:1:1", "expected a condition, found nothing"},
		"lamp in":                {"-why:1:8", "expected"},
		"lamp in Onn":            {"-why:1:9", "Onn"},
		"lmap in On":             {"-why:1:1", "lmap"},
		"lamp.colour":            {"-why:1:1", "a condition is wanted here"},
		"lamp in On lamp in Off": {"-why:1:12", "lamp"},
		"lamp in On; Lit":        {"-why:1:13", "after this condition"},
		"never lamp in On":       {"-why:1:1", "begins a property"},
		"lamp in On &&":          {"-why:1:14", "expected"},
		"(lamp in On":            {"-why:1:12", "`)`"},
		"lamp.colour == Blue":    {"-why:1:16", "Blue"},
		"lamp in On }":           {"-why:1:12", ""},
	} {
		s, diags := ask("One", text)
		require.Nil(t, s, text)
		require.Len(t, diags, 1, "%s: %v", text, diags)
		require.Equal(t, want.place, diags[0].Span.String(), "%s: %s", text, diags[0].Message)
		require.Contains(t, diags[0].Message, want.says, text)
	}
}

// A question to a system that is not there is not asked.
func TestQuestionToNobody(t *testing.T) {
	s, diags := ask("Three", "lamp in On")
	require.Empty(t, diags)
	for _, sys := range s.Systems {
		require.Empty(t, sys.Properties)
	}
}
