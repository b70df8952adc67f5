package property

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// block matches a fenced block of docs/embedding.md, with the name of the file that it is, if it is one.
var block = regexp.MustCompile("(?ms)^(?:`([a-z/.]+)`\n\n)?```([a-z]+)\n(.*?)^```$")

// docs/embedding.md, followed to the letter by somebody who has nothing but a checkout beside an empty folder.
func TestEmbeddingPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/embedding.md")
	require.NoError(t, err)
	c := newConsumer(t, "") // has run the first two lines of the page
	steps := 0
	for _, m := range block.FindAllStringSubmatch(string(page), -1) {
		file, language, text := m[1], m[2], m[3]
		switch {
		case file != "":
			c.write(file, text)
		case language == "sh":
			for line := range strings.Lines(text) {
				if line = strings.TrimSpace(line); !strings.HasPrefix(line, "go mod ") {
					c.run("go", strings.Fields(line)[1:]...)
				}
			}
		case language == "console":
			command, want, _ := strings.Cut(text, "\n")
			require.Equal(t, "$ go run .", command)
			require.Equal(t, want, c.run("go", "run", "."))
		default:
			require.Fail(t, "a block of code that is no file", text)
		}
		steps++
	}
	require.Equal(t, 6, steps)
}
