package spec

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// corpus are texts of the language: the machines of this repository and the cases of this package.
func corpus(t testing.TB) []string {
	t.Helper()
	var texts []string
	for _, pattern := range []string{"testdata/*.fsm", "testdata/lowering/*.txtar", "testdata/semantic/*.txtar", "../machines/*/*.fsm",
		"../machines/*/*/*.fsm"} {
		paths, err := filepath.Glob(filepath.FromSlash(pattern))
		require.NoError(t, err)
		for _, p := range paths {
			text, err := os.ReadFile(p)
			require.NoError(t, err)
			texts = append(texts, string(text))
		}
	}
	require.NotEmpty(t, texts)
	return texts
}

// pieces cuts a text into words and the rest.
func pieces(text string) []string {
	var list []string
	from := 0
	for i := 1; i <= len(text); i++ {
		if i == len(text) || !isNamePart(text[i]) || !isNamePart(text[i-1]) {
			list = append(list, text[from:i])
			from = i
		}
	}
	return list
}

// Whatever is done to a text, Compile comes back with diagnostics or with a spec, and with a reason for having none.
func TestNoTextMakesCompilePanic(t *testing.T) {
	texts := corpus(t)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(texts).Draw(t, "text")
		other := pieces(rapid.SampledFrom(texts).Draw(t, "other"))
		words := pieces(text)
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			i := rapid.IntRange(0, len(words)-1).Draw(t, "at")
			switch rapid.IntRange(0, 4).Draw(t, "change") {
			case 0:
				words[i] = ""
			case 1:
				words[i] = words[i] + " " + words[i]
			case 2:
				words[i] = rapid.SampledFrom(other).Draw(t, "word")
			case 3:
				j := rapid.IntRange(0, len(words)-1).Draw(t, "with")
				words[i], words[j] = words[j], words[i]
			case 4:
				words[i] = rapid.SampledFrom([]string{"0", "1", "99", "self", "any", "Down", "x", "in", "{", "}", "from", "0..1"}).Draw(t, "word")
			}
		}
		checkCompiles(t, strings.Join(words, ""))
	})
}

// checkCompiles compiles a text and looks at the answer as a whole.
func checkCompiles(t require.TestingT, text string) {
	spec, diags := Compile([]Source{{Name: "in.fsm", Text: []byte(text)}}, nil)
	require.Equal(t, HasErrors(diags), spec == nil)
	for _, d := range diags {
		_, known := Explain(d.Code)
		require.True(t, known, d.Code)
	}
	require.True(t, sort.SliceIsSorted(diags, func(i, j int) bool { return compareStart(diags[i].Span, diags[j].Span) < 0 }))
}

// A name that is taken away everywhere or exchanged for another is where most mistakes of meaning come from.
func TestExchangedNames(t *testing.T) {
	texts := corpus(t)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		words := pieces(texts[rng.IntN(len(texts))])
		a, b := rng.IntN(len(words)), rng.IntN(len(words))
		if !isNameText(words[a]) || !isNameText(words[b]) {
			continue
		}
		from, to := words[a], words[b]
		for i, w := range words {
			if w == from && rng.IntN(3) > 0 {
				words[i] = to
			}
		}
		checkCompiles(t, strings.Join(words, ""))
	}
}

// One misspelt name, wherever it stands in the example, is few mistakes, and mostly one: the rest would be its echo.
func TestOneMisspeltNameHasNoEcho(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "session.fsm"))
	require.NoError(t, err)
	words := pieces(string(text))
	wrong, echoes := 0, 0
	for i, w := range words {
		if !isNameText(w) || wordSet(reserved...)[w] {
			continue
		}
		words[i] = w + "x"
		_, diags := Compile([]Source{{Name: "session.fsm", Text: []byte(strings.Join(words, ""))}}, nil)
		words[i] = w
		errors := 0
		for _, d := range diags {
			if d.Severity == Error {
				errors++
			}
		}
		require.LessOrEqual(t, errors, 3, "%s: %v", w, diags)
		if errors > 0 {
			wrong++
		}
		if errors > 1 {
			echoes++
		}
	}
	require.Greater(t, wrong, 100)
	require.LessOrEqual(t, echoes, 5, "of %d", wrong)
}
