package property

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flag"
)

// passing matches what a line of a recording has anew each time.
var passing = regexp.MustCompile(`"(time|spec|sum)":"[^"]*"`)

// docs/operating.md, followed to the letter in the module of docs/embedding.md: what its program prints, and what it recorded.
// With -update the page is rewritten.
func TestOperatingPage(t *testing.T) {
	t.Parallel()
	c := newConsumer(t, "")
	embedding, err := os.ReadFile("../docs/embedding.md")
	require.NoError(t, err)
	for _, m := range block.FindAllStringSubmatch(string(embedding), -1) {
		if strings.HasPrefix(m[1], "session/") {
			c.write(m[1], m[3])
		}
	}
	c.run("go", "get", "-tool", "interlock/cmd/interlock")
	c.run("go", "generate", "./...")
	const name = "../docs/operating.md"
	page, err := os.ReadFile(name)
	require.NoError(t, err)
	steps := 0
	followed := block.ReplaceAllStringFunc(string(page), func(text string) string {
		m := block.FindStringSubmatch(text)
		steps++
		switch {
		case m[1] != "":
			c.write(m[1], m[3])
			return text
		case m[2] == "console":
			command, _, _ := strings.Cut(m[3], "\n")
			words := strings.Fields(strings.TrimPrefix(command, "$ "))
			return "```console\n" + command + "\n" + c.run(words[0], words[1:]...) + "```"
		case m[2] == "json":
			line, _, _ := strings.Cut(c.read("machines.jsonl"), "\n")
			return "```json\n" + passing.ReplaceAllString(line, `"$1":"…"`) + "\n```"
		}
		require.Fail(t, "a block of code that is no file", m[3])
		return text
	})
	require.Equal(t, 4, steps)
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		require.NoError(t, os.WriteFile(name, []byte(followed), 0o644))
		return
	}
	require.Equal(t, followed, string(page), "%s is not up to date (-update rewrites it)", name)
}
